"""A table under our column names: what can be read of it, and what is wrong."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoning.schools.cells import (
    as_degrees,
    as_number,
    as_text,
    have_decimal_commas,
    is_missing,
    with_decimal_point,
)
from zoning.schools.clocks import as_bell_end, as_bell_start
from zoning.schools.columns import (
    COUNTS,
    PERCENTAGES,
    Columns,
    Faults,
    RawTable,
    missing_column,
    plain_name,
)

_PLACES = ("latitude", "longitude")
_NUMBERS = (*_PLACES, "bell_start", "bell_end", *COUNTS, *PERCENTAGES)

# Of a column whose name is not ours this part must be readable, or it holds something else.
_READABLE = 0.5
_VALUES_SHOWN = 5


class Table:
    """Columns under our names; whatever cannot be read becomes a fault.

    Attributes
    ----------
    raw, faults, columns
        The table as found, its faults, and where it keeps our columns.
    notices
        What was read other than as it is written.
    also_read
        Columns of the table that none of ours stands for, and that were read.
    """

    def __init__(self, raw: RawTable, columns: Columns, faults: Faults) -> None:
        self.raw = raw
        self.faults = faults
        self.columns = columns
        self.notices = [*raw.notices, *columns.notices]
        self.also_read: list[str] = []
        self._has_commas = have_decimal_commas(
            cell
            for ours, theirs in columns.of.items()
            if ours in _NUMBERS
            for cell in raw.cells[theirs]
        )
        if self._has_commas:
            self.notices.append("numbers read with decimal commas: 38,05 is 38.05")

    def __len__(self) -> int:
        return len(self.raw.where)

    def has(self, ours: str) -> bool:
        """Whether the table has one of our columns."""
        return ours in self.columns.of

    def unread(self, wanted: Sequence[str]) -> list[str]:
        """The columns of these plain names, in this order, that none of ours stands for."""
        taken = {*self.columns.of.values(), *self.also_read}
        free = [name for name in self.raw.cells if name not in taken]
        return [name for plain in wanted for name in free if plain_name(name) == plain]

    def cells(self, ours: str) -> list[Any]:
        """The cells of one of our columns; None everywhere if there is none."""
        if not self.has(ours):
            return [None] * len(self)
        cells = self.raw.cells[self.columns.of[ours]]
        if self._has_commas and ours in _NUMBERS:
            return [with_decimal_point(cell, is_count=ours in COUNTS) for cell in cells]
        return list(cells)

    def known_cells(self, ours: str, *, letters: bool = True) -> list[Any]:
        """The cells, with None for those that say that nothing is known; these are counted."""
        marks: Counter[str] = Counter()
        cells = self.cells(ours)
        for row, cell in enumerate(cells):
            if not isinstance(cell, list | tuple | np.ndarray) and is_missing(
                cell, letters=letters
            ):
                marks[repr(as_text(cell))] += 1
                cells[row] = None
        if marks:
            count = f"{marks.total():,} cell" + ("s" if marks.total() > 1 else "")
            self.notices.append(f"{ours}: {count} taken for not known: {counted_values(marks)}")
        return cells

    def drop_unreadable(self, ours: str, read: Callable[[Any], object]) -> None:
        """Forget a column that nobody named and that does not hold what its name suggests."""
        if ours not in self.columns.renamed:
            return
        there = [c for c in self.cells(ours) if as_text(c) is not None and not is_missing(c)]
        if sum(_reads(read, cell) for cell in there) < _READABLE * max(len(there), 1):
            del self.columns.of[ours]

    def texts(
        self,
        ours: str,
        read: Callable[[Any], str | None],
        *,
        required: bool = False,
        letters: bool = False,
    ) -> list[str | None]:
        """The text of every cell; a required one that is empty is a fault."""
        values = [read(cell) for cell in self.known_cells(ours, letters=letters)]
        if required and not self.has(ours):
            self.faults.add(None, missing_column(ours, self.raw))
        elif required:
            for row in (row for row, value in enumerate(values) if value is None):
                self.faults.add(row, f"no {ours}")
        return values

    def numbers(
        self, ours: str, *, least: float = 0.0, most: float = math.inf
    ) -> NDArray[np.float64]:
        """The numbers of a column, NaN where there is none."""
        values = np.full(len(self), np.nan)
        read = as_degrees if ours in _PLACES else as_number
        for row, cell in enumerate(self.known_cells(ours)):
            try:
                values[row] = read(cell)
            except ValueError:
                self.faults.add(row, f"{ours} {as_text(cell)!r} is not a number (empty if unknown)")
                continue
            if values[row] < least:
                self.faults.add(row, f"{ours} {values[row]:g} is less than {least:g}")
            if values[row] > most:
                self.faults.add(row, f"{ours} {values[row]:g} is more than {most:g}")
        return values

    def times(self, ours: str) -> list[time | None]:
        """The clock times of a column, None where there is none."""
        found: list[time | None] = []
        read = as_bell_end if ours == "bell_end" else as_bell_start
        for row, cell in enumerate(self.known_cells(ours)):
            try:
                found.append(read(cell))
            except ValueError as error:
                self.faults.add(row, f"{ours} {as_text(cell)!r} {error}")
                found.append(None)
        return found


def counted_values(counts: Mapping[str, int]) -> str:
    """Values with how often each was found, the most frequent first."""
    most = Counter(counts).most_common()
    told = [value if n == 1 else f"{value} ({n:,} times)" for value, n in most[:_VALUES_SHOWN]]
    more = [f"and {len(most) - _VALUES_SHOWN} more"] if len(most) > _VALUES_SHOWN else []
    return ", ".join([*told, *more])


def _reads(read: Callable[[Any], object], cell: object) -> bool:
    try:
        return read(cell) is not None
    except ValueError:
        return False
