"""Workbooks of Excel and OpenDocument: their sheets, as rows of cells with Excel's row numbers.

python-calamine reads the values. It does not say which cells hold errors, percentages or
formulas without a result, and it makes a grid as large as the last cell says, whatever that
costs. So the parts of a file are looked through first (`Scan`), and only those that were are
handed to it.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from xml.parsers import expat

import python_calamine as calamine

from zoning.errors import FaultsError
from zoning.inputs import (
    BAD_ARCHIVE,
    CHECK_FILE,
    LARGEST_TEXT_BYTES,
    LOCKED_WORKBOOK,
    UNLOCK_WORKBOOK,
    require_size,
)
from zoning.workbooks.scan import (
    MAX_CELLS,
    NOT_AVAILABLE,
    LargeGridError,
    LockedError,
    Scan,
    scan_xls,
    scan_zip,
)

WORKBOOK_ENDINGS: Final = (".xlsx", ".xlsm", ".xls", ".ods")
"""The endings of workbooks that are read.

Not ``.xlsb``: its cells cannot be looked through before they are read.
"""

_NAMED_SHEET: Final = re.compile(
    rf"(.*(?:{'|'.join(map(re.escape, (*WORKBOOK_ENDINGS, '.zip')))}))#(.+)",
    re.IGNORECASE | re.DOTALL,
)
# Excel keeps 15 digits of a number and makes zeros of the others.
_EXACT_BELOW: Final = 10.0**15
_DIGITS_LOST: Final = (
    "a number of over 15 digits, and Excel keeps 15, so the others are lost: format the column as "
    "text and enter the numbers again"
)
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
# What calamine raises where its own code fails; it is no `Exception`.
_PANIC: Final = "PanicException"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """One sheet of a workbook.

    Attributes
    ----------
    name
        Its name.
    is_hidden
        Whether Excel hides it.
    rows
        Rows with something in them: Excel's row number, and the cells from column A on,
        None where there is nothing. Numbers are whole where they can be; a percentage
        is text (``72.5%``), and so are a boolean (``TRUE``) and a number with zeros
        in front, as in a CSV.
    doubts
        What cannot be read as it stands: (row number, column from 0) -> what it is.
    merged
        Cells below the first of a merged range, which have its value: (row number,
        column).
    hidden_rows
        How many of the rows Excel hides, as a filter does.
    row_count
        How many rows there are.
    is_too_large
        Whether there are more cells than are read; then ``rows`` is empty.
    """

    name: str
    is_hidden: bool = False
    rows: Sequence[tuple[int, list[Any]]] = ()
    doubts: Mapping[tuple[int, int], str] = field(default_factory=dict)
    merged: frozenset[tuple[int, int]] = frozenset()
    hidden_rows: int = 0
    row_count: int = 0
    is_too_large: bool = False


def split_sheet(path: str | Path) -> tuple[Path, str | None]:
    """The file and the sheet of ``schools.xlsx#Sheet name``; None where no sheet is named.

    A file whose name has such a sign in it is a file.
    """
    place = Path(path)
    named = None if place.exists() else _NAMED_SHEET.fullmatch(str(place))
    return (place, None) if named is None else (Path(named[1]), named[2])


def read_workbook(path: Path, *, shown: str, error: type[FaultsError]) -> list[Sheet]:
    """The sheets of a workbook, in its order; sheets of charts and macros are left out.

    Parameters
    ----------
    path
        A file whose first bytes `zoning.inputs.require_kind` has seen.
    shown
        What the user calls it.
    error
        The error to raise.

    Raises
    ------
    FaultsError
        Of the class ``error``, if it is too large, locked or damaged.
    """
    require_size(path, most_bytes=LARGEST_TEXT_BYTES, shown=shown, error=error)
    try:
        is_old = path.suffix.lower() == ".xls"
        data, scans = scan_xls(path.read_bytes()) if is_old else scan_zip(path, shown, error)
        with calamine.load_workbook(io.BytesIO(data)) as book:
            return [
                _read_sheet(book, about, scans[about.name])
                for about in book.sheets_metadata
                if about.typ is calamine.SheetTypeEnum.WorkSheet
            ]
    except (LockedError, calamine.PasswordError) as wrong:
        raise error(f"{shown} cannot be read", [LOCKED_WORKBOOK], UNLOCK_WORKBOOK) from wrong
    except LargeGridError as wrong:
        raise error(
            f"{shown} cannot be read",
            [f"sheet {wrong} has more cells than are read, or one cell far out"],
            "Copy the table alone into a new workbook, or save this one as .xlsx.",
        ) from wrong
    except (
        *(calamine.CalamineError, expat.ExpatError, struct.error, OSError, KeyError),
        *(IndexError, *BAD_ARCHIVE),
    ) as wrong:
        raise error(
            f"{shown} cannot be read",
            [f"the workbook is damaged: {wrong}"],
            f"{CHECK_FILE} Opening it in Excel and saving it again can repair it.",
        ) from wrong
    except BaseException as wrong:
        if type(wrong).__name__ != _PANIC:
            raise
        raise error(f"{shown} cannot be read", ["the workbook is damaged"], CHECK_FILE) from wrong


def cell_name(row: int, column: int) -> str:
    """The name of a cell in Excel: ``C7``, of row 7 and column 2 (from 0)."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def _read_sheet(
    book: calamine.CalamineWorkbook, about: calamine.SheetMetadata, scan: Scan
) -> Sheet:
    is_hidden = about.visible is not calamine.SheetVisibleEnum.Visible
    count = len(scan.filled_rows)
    if scan.is_too_large:
        return Sheet(name=about.name, is_hidden=is_hidden, row_count=count, is_too_large=True)
    given = book.get_sheet_by_name(about.name)
    grid = given.to_python(skip_empty_area=False) if scan.last_row >= 0 else []
    doubts = {(row + 1, column): what for (row, column), what in scan.doubts.items()}
    rows = []
    for k, values in enumerate(grid):
        cells: list[Any] = []
        for column, value in enumerate(values):
            where = (k, column)
            if where in scan.doubts:
                cells.append(scan.doubts[where])
                if scan.doubts[where] == NOT_AVAILABLE:
                    del doubts[k + 1, column]
                continue
            if isinstance(value, float) and abs(value) >= _EXACT_BELOW:
                doubts[k + 1, column] = _DIGITS_LOST
            cells.append(_as_csv(value, scan.formats.get(where)))
        rows.append(cells)
    if sum(last - first for first, last, _ in scan.merged) > MAX_CELLS:
        raise ValueError(f"sheet {about.name} has ranges of merged cells that overlap")
    merged = set()
    for first, last, column in scan.merged:
        for row in range(first + 1, min(last + 1, len(rows))):
            if column < len(rows[row]) and rows[first][column] is not None:
                rows[row][column] = rows[first][column]
                merged.add((row + 1, column))
    return Sheet(
        name=about.name,
        is_hidden=is_hidden,
        rows=[
            (k + 1, _without_end(cells))
            for k, cells in enumerate(rows)
            if any(cell is not None for cell in cells)
        ],
        doubts=doubts,
        merged=frozenset(merged),
        hidden_rows=len(scan.hidden_rows & scan.filled_rows),
        row_count=count,
    )


class ShownDate(str):
    """A date as Excel shows what it made of 6-8, ``8-Jun``; with its year it is `day`."""

    day: date

    def __new__(cls, day: date) -> ShownDate:
        """Show a date."""
        made = super().__new__(cls, f"{day.day}-{_MONTHS[day.month - 1]}")
        made.day = day
        return made


def _as_csv(value: Any, shown: str | None) -> Any:
    """A value as a CSV of the sheet would have it, but for dates, times and long decimals.

    `shown` is its format, where that matters: see `Scan.formats`.
    """
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float) and shown == "%":
        return f"{100 * value:.12g}%"
    if isinstance(value, int | float) and float(value).is_integer():
        return int(value) if shown is None else f"{int(value):0{len(shown)}d}"
    if isinstance(value, date) and not isinstance(value, datetime):
        return ShownDate(value)
    return value


def _without_end(cells: list[Any]) -> list[Any]:
    """The cells up to the last that is not empty."""
    last = next((k for k in range(len(cells), 0, -1) if cells[k - 1] is not None), 0)
    return cells[:last]
