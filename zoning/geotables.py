"""Tables of text as office programs save them: separators, encodings, quotes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from zoning.errors import FaultsError
from zoning.inputs import LARGEST_TEXT_BYTES, MOST_ROWS, require_rows, require_size

_NAMED_SEPARATOR = re.compile("sep=(.)", re.IGNORECASE)
# A title, a source and a date may stand above the names of the columns.
_HEAD_LINES = 20
_FEWEST_NAMES = 3
# Text this long with blanks in it is a sentence; ids have none.
_SENTENCE = 20
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvTable:
    """A table of text, before anything in it is believed.

    Attributes
    ----------
    header
        Names of the columns, without blanks around them; '' where there is none.
    rows
        Cells of every row that has any text.
    lines
        Where each row begins, from 1: the line of the file.
    notices
        What was read other than as it is written, one sentence each.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    lines: Sequence[int]
    notices: Sequence[str]

    @property
    def faults(self) -> list[tuple[int, str]]:
        """Rows that are longer or shorter than the header, by position."""
        return [
            (k, f"{len(row)} cells, but the header has {len(self.header)}")
            for k, row in enumerate(self.rows)
            if len(row) != len(self.header)
        ]


def read_csv_table(path: Path) -> CsvTable:
    """The rows of a CSV with commas, semicolons or tabs between its cells.

    The text is UTF-8 or UTF-16, or else Windows-1252, in which Excel saves what
    it calls CSV. A first line ``sep=;`` says the separator, as Excel has it.
    Empty cells beyond the last name of the header, and a title above it, are
    left out.

    Raises
    ------
    FaultsError
        If it is not text, is too large, has more than `MOST_ROWS` rows, or quotes do
        not close, with the line.
    """
    require_size(path, most_bytes=LARGEST_TEXT_BYTES, shown=path.name, error=FaultsError)
    text, notices = _text(path.read_bytes())
    first, _, rest = text.partition("\n")
    skipped = 0
    if named := _NAMED_SEPARATOR.fullmatch(first.strip()):
        separator, text, skipped = named.group(1), rest, 1
    else:
        head = [line for line in text.splitlines()[:_HEAD_LINES] if any(c in line for c in ",;\t")]
        separator = max(",;\t", key=(head or [""])[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for row in reader:
            if any(cell.strip() for cell in row) or not rows:
                rows.append(row)
                lines.append(line + skipped)
                # Stopped here: to read a million rows takes minutes and gigabytes.
                if len(rows) > MOST_ROWS + _HEAD_LINES:
                    below = max(len(rows), text.count("\n")) - 1
                    require_rows(below, shown=path.name, error=FaultsError)
            line = reader.line_num + 1
    except csv.Error as error:
        raise FaultsError(
            f"row {line + skipped}: {error}", remedy="Check the quotes there."
        ) from error
    top = _header_at(rows)
    if top:
        notices.append(f"{top} line{'s' * (top > 1)} above the names of the columns left out")
    header = [name.strip() for name in rows[top]] if rows else []
    below = _lines_below(rows[top + 1 :], len(header))
    if below:
        notices.append(f"{below} line{'s' * (below > 1)} below the table left out")
    end = len(rows) - below
    body = [_trimmed(row, len(header)) for row in rows[top + 1 : end]]
    return CsvTable(header=header, rows=body, lines=lines[top + 1 : end], notices=notices)


def _lines_below(rows: Sequence[Sequence[str]], width: int) -> int:
    """How many lines at the end are a source or a legend, and no rows of the table."""
    count = 0
    for row in reversed(rows):
        first, *others = (cell.strip() for cell in row)
        is_long = " " in first and len(first) >= _SENTENCE and (len(row) < width or not any(others))
        if width < _FEWEST_NAMES or not (len(row) == 1 or is_long):
            break
        count += 1
    return count


def _header_at(rows: Sequence[Sequence[str]]) -> int:
    """Which row has the names: the first, or the first that is wide below a title."""
    if not rows or sum(bool(cell.strip()) for cell in rows[0]) > 1:
        return 0
    wide = (
        k
        for k, row in enumerate(rows[:_HEAD_LINES])
        if sum(bool(cell.strip()) for cell in row) >= _FEWEST_NAMES
    )
    return next(wide, 0)


def _trimmed(row: list[str], width: int) -> list[str]:
    """A row without empty cells beyond the last name of the header."""
    while len(row) > width and not row[-1].strip():
        row = row[:-1]
    return row


def _text(content: bytes) -> tuple[str, list[str]]:
    encodings = ("utf-16",) if content.startswith(_UTF16_MARKS) else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        if encoding != "cp1252":
            return text, []
        return text, ["not UTF-8: read as Windows-1252, as Excel saves CSV"]
    raise FaultsError("it is not text in UTF-8 or Windows-1252", remedy="Save it as CSV UTF-8.")
