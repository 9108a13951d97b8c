"""Which sheet of a workbook has the table that is meant, and where in the sheet it is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from zoning.errors import FaultsError, first_few
from zoning.units import counted
from zoning.workbooks.reading import Sheet

Recognise = Callable[[Sequence[str]], Collection[str]]
"""Names of columns -> which of our columns they are."""

HEAD_LINES: Final = 20
"""Rows in which the names of the columns are sought: a title, a source and a date may be above."""

MIN_NAMES: Final = 3
"""Cells of a header; a row of fewer is a title."""

SENTENCE_LENGTH: Final = 20
"""Text this long with blanks in it is a sentence; ids have none."""

# One name of ours can stand in a title: "Schools".
_MIN_KNOWN: Final = 2
_SHOWN_COLUMNS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SheetTable:
    """The table in a sheet.

    Attributes
    ----------
    sheet
        The sheet.
    names
        Names of the columns from A on; empty where a column has none.
    top
        How many rows with something in them stand above its rows, the names too.
    name_rows
        How many of these have the names: 2 where groups of columns have a name each.
    below
        How many rows under the table are a source or a legend.
    known
        Which of our columns it has.
    """

    sheet: Sheet
    names: Sequence[str]
    top: int
    name_rows: int
    below: int
    known: frozenset[str]

    @property
    def rows(self) -> Sequence[tuple[int, list[Any]]]:
        """The rows of the table: Excel's row number, and the cells."""
        return self.sheet.rows[self.top : len(self.sheet.rows) - self.below]

    def describe(self) -> str:
        """The sheet in a line of a message: its name, rows and columns."""
        hidden = " (hidden)" if self.sheet.is_hidden else ""
        if self.sheet.is_too_large:
            return f"{self.sheet.name}{hidden}: {counted(self.sheet.row_count, 'row')}, too large"
        if not self.sheet.rows:
            return f"{self.sheet.name}{hidden}: empty"
        columns = ", ".join(first_few([n for n in self.names if n], _SHOWN_COLUMNS))
        if not self.rows:
            return f"{self.sheet.name}{hidden}: only {columns}"
        return f"{self.sheet.name}{hidden}: {counted(len(self.rows), 'row')} of {columns}"

    def notices(self) -> list[str]:
        """What was read other than as it is written."""
        found = []
        above = self.top - self.name_rows
        if self.name_rows > 1:
            found.append("the names of the columns stand in two rows and were put together")
        if above:
            found.append(f"{counted(above, 'line')} above the names of the columns left out")
        if self.below:
            found.append(f"{counted(self.below, 'line')} below the table left out")
        if self.sheet.hidden_rows:
            found.append(
                f"{counted(self.sheet.hidden_rows, 'row')} that Excel hides, as a filter does, "
                "read like the others"
            )
        numbers = {number for number, _ in self.rows}
        if merged := sum(number in numbers for number, _ in self.sheet.merged):
            found.append(
                f"{counted(merged, 'cell')} below the first of merged cells given its value"
            )
        outside = sum(
            cell is not None
            for _, cells in self.rows
            for k, cell in enumerate(cells)
            if k >= len(self.names) or not self.names[k]
        )
        if outside:
            found.append(f"{counted(outside, 'cell')} in columns without a name left out")
        return found


def find_table(sheet: Sheet, recognise: Recognise) -> SheetTable:
    """The table in a sheet: where the names of its columns are, and where it ends.

    The names are in that one of the first rows, or two rows one above the other,
    of which most are known. Two rows are taken only where one alone has fewer.
    """
    head = [[_name(cell) for cell in cells] for _, cells in sheet.rows[:HEAD_LINES]]
    best, names, top, name_rows = frozenset[str](), list[str](), 0, 0
    options = [(k + 1, 1, row) for k, row in enumerate(head)]
    options += [
        (k + 2, 2, _join(head[k], head[k + 1], recognise))
        for k in range(len(head) - 1)
        if _may_be_joined(head[k], head[k + 1])
    ]
    for end, count, row in options:
        known = _known(recognise, row)
        if len(known) > max(len(best), _MIN_KNOWN - 1):
            best, names, top, name_rows = known, row, end, count
    if not name_rows and head:
        top = header_row(head) + 1
        names, name_rows = head[top - 1], 1
        best = _known(recognise, names)
    while top < len(head) and head[top] == names:  # cells merged over the rows of the names
        top, name_rows = top + 1, name_rows + 1
    return SheetTable(
        sheet=sheet,
        names=names,
        top=top,
        name_rows=min(name_rows, 2),
        below=_count_below(sheet.rows[top:], width=sum(map(bool, names))),
        known=best,
    )


def header_row(rows: Sequence[Sequence[str]]) -> int:
    """Which row has the names: the first, or the first that is wide below a title."""
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows[:HEAD_LINES]]
    if not filled or filled[0] > 1:
        return 0
    return next((k for k, count in enumerate(filled) if count >= MIN_NAMES), 0)


def choose_table(
    tables: Sequence[SheetTable],
    *,
    what: str,
    shown: str,
    wanted: str | None,
    needs: Sequence[Collection[str]],
    fail: Callable[[str, str], FaultsError],
) -> tuple[SheetTable, list[str]]:
    """The table that is meant, and a notice if other sheets are not read.

    Without a name, it is the only sheet that is not empty or hidden; or else that one
    which has all columns that are needed, and beside them all that any other such
    sheet has.

    Parameters
    ----------
    tables
        One for each sheet.
    what
        For messages: ``'schools'``.
    shown
        What the user calls the file.
    wanted
        The name of the sheet, whatever its case and blanks; None to find it.
    needs
        One of the columns of each of these must be there.
    fail
        Makes an error of what is wrong, in lines, and of a remedy.

    Raises
    ------
    FaultsError
        If there is no such sheet, or it cannot be told which is meant.
    """
    # Those that could be meant come first; a message has only so many lines.
    likely = sorted(tables, key=lambda table: (table.sheet.is_hidden, -len(table.known)))
    listed = "".join(f"\n{table.describe()}" for table in likely)
    if wanted is not None:
        exact = [table for table in tables if table.sheet.name == wanted]
        alike = [table for table in tables if _plain(table.sheet.name) == _plain(wanted)]
        chosen = (exact or alike)[:1]
        if not chosen:
            raise fail(f"it has no sheet {wanted!r}; its sheets are{listed}", "Give one of these.")
        return chosen[0], []
    filled = [t for t in tables if t.sheet.rows or t.sheet.is_too_large]
    visible = [t for t in filled if not t.sheet.is_hidden]
    if not filled:
        raise fail("it has no sheet with anything in it", "Check that it is the right file.")
    if len(visible) == 1:
        chosen = visible
    else:
        fits = [t for t in visible if all(t.known.intersection(group) for group in needs)]
        fits = fits or [t for t in visible if len(t.known) >= _MIN_KNOWN]
        chosen = [t for t in fits if all(t is other or t.known > other.known for other in fits)]
        if not chosen:
            why = (
                f"sheets {', '.join(t.sheet.name for t in fits)} could each be the {what}"
                if len(fits) > 1
                else f"none of its sheets is clearly the {what}"
            )
            name = likely[0].sheet.name
            raise fail(
                f"{why}; its sheets are{listed}",
                f"Say which one with the file, in quotes: '{shown}#{name}' (in Python also "
                f"sheet={name!r}).",
            )
    others = [t.sheet.name + " (hidden)" * t.sheet.is_hidden for t in tables if t is not chosen[0]]
    if not others:
        return chosen[0], []
    names = ", ".join(first_few(others, _SHOWN_COLUMNS))
    return chosen[0], [f"other sheets of the workbook not read: {names}"]


def _known(recognise: Recognise, row: Sequence[str]) -> frozenset[str]:
    return frozenset(recognise([name for name in row if name]))


def _may_be_joined(upper: Sequence[str], lower: Sequence[str]) -> bool:
    """Whether the upper of two rows may name groups: it repeats a name, or has gaps of its own."""
    names = [name for name in upper if name]
    places = [[k for k, name in enumerate(row) if name] for row in (upper, lower)]
    return len(set(names)) < len(names) or places[0] != places[1]


def _join(upper: Sequence[str], lower: Sequence[str], recognise: Recognise) -> list[str]:
    """The names of two rows: the lower, or the upper where that is empty.

    Where the two together are a known name and the lower alone is none, both:
    ``Bell time`` above ``Start``. The name of a group stands above its first column.
    """
    names, group = [], ""
    for k in range(max(len(upper), len(lower))):
        above = upper[k] if k < len(upper) else ""
        below = lower[k] if k < len(lower) else ""
        group = above or group
        both = f"{group} {below}".strip()
        is_both = below and group != below and not recognise([below]) and recognise([both])
        names.append(both if is_both else below or above)
    return names


def _count_below(rows: Sequence[tuple[int, list[Any]]], *, width: int) -> int:
    """The number of rows at the end that are a source or a legend, not rows of the table.

    Such a row has text in its first column alone, and is a sentence, or is parted from
    the table by an empty row.
    """
    if width < MIN_NAMES:
        return 0
    found = 0
    for count, k in enumerate(range(len(rows) - 1, 0, -1), start=1):
        number, cells = rows[k]
        texts = [cell for cell in cells if cell is not None]
        if len(texts) != 1 or not isinstance(texts[0], str):
            break
        is_sentence = " " in texts[0].strip() and len(texts[0].strip()) >= SENTENCE_LENGTH
        if is_sentence or number > rows[k - 1][0] + 1:
            found = count
    return found


def _name(cell: Any) -> str:
    return "" if cell is None else " ".join(str(cell).split())


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
