"""What a sheet has beside its values: how far it reaches, errors, percentages, merged cells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from zoning.inputs import MOST_ROWS

# A grid of 20,000 rows and 250 columns: what calamine makes of it takes some 200 MB.
MAX_CELLS: Final = 5_000_000
# Rows that may stand around a table of `MOST_ROWS`: a title, names, sources.
_MAX_ROWS_AROUND: Final = 100
# Excel's and LibreOffice's last row; a file that repeats a row more often is made to harm.
LAST_ROW: Final = 2**20
# Excel's own word for a value that is not available: it says what an empty cell says.
NOT_AVAILABLE: Final = "#N/A"
PERCENT_FORMATS: Final = (9, 10)
"""Excel's formats 0% and 0.00%, which files do not spell out (ECMA-376, part 1, 18.8.30)."""

# Ids, which have a number of digits: 41 shown as 00041.
_ZEROS: Final = re.compile(r"(0{2,40})(?:;.*)?")


class LargeGridError(Exception):
    """A sheet, by its name, with more cells than are read, which cannot be left out."""


class LockedError(Exception):
    """A workbook that opens only with a password."""


@dataclass(slots=True)
class Scan:
    """What a sheet has beside its values; rows and columns from 0.

    Attributes
    ----------
    last_row, last_column
        The last cell that is not empty; -1 where there is none.
    filled_rows, hidden_rows
        Rows with a value, and those of them that Excel hides.
    doubts
        Errors, and formulas without a result.
    formats
        Numbers that are shown as percentages, ``'%'``, or with zeros in front, ``'00000'``.
    merged
        First and last row, and column, of ranges of merged cells.
    """

    last_row: int = -1
    last_column: int = -1
    filled_rows: set[int] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    doubts: dict[tuple[int, int], str] = field(default_factory=dict)
    formats: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: list[tuple[int, int, int]] = field(default_factory=list)

    def add(self, row: int, column: int, *, rows: int = 1, columns: int = 1) -> None:
        """Count a cell that is not empty, with its repetitions."""
        self.reach(row, column, rows=rows, columns=columns)
        if row not in self.filled_rows and row + rows <= LAST_ROW:
            self.filled_rows.update(range(row, row + rows))

    def reach(self, row: int, column: int, *, rows: int = 1, columns: int = 1) -> None:
        """Stretch the sheet to a cell for which calamine makes room."""
        self.last_row = max(self.last_row, row + rows - 1)
        self.last_column = max(self.last_column, column + columns - 1)

    @property
    def is_too_large(self) -> bool:
        """Whether there are more cells or rows than are read."""
        return self.has_large_grid or len(self.filled_rows) > MOST_ROWS + _MAX_ROWS_AROUND

    @property
    def has_large_grid(self) -> bool:
        """Whether calamine would make more cells of it than are read."""
        return (self.last_row + 1) * (self.last_column + 1) > MAX_CELLS


def format_kind(code: str) -> str | None:
    """Of a number format of Excel ``'%'``, or its zeros if it has nothing else; or None."""
    if "%" in code:
        return "%"
    zeros = _ZEROS.fullmatch(code)
    return None if zeros is None else zeros[1]


def require_small_grids(scans: Mapping[str, Scan]) -> None:
    """Refuse a workbook of a kind whose sheets calamine reads all, as soon as it is opened.

    Raises
    ------
    LargeGridError
        Naming the first sheet that is too large.
    """
    for name, scan in scans.items():
        if scan.has_large_grid:
            raise LargeGridError(name)
