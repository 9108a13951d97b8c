"""Read what single schools wish of the patrol, in place of what holds for all."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Self

import geopandas as gpd
import pandas as pd

from zoning.errors import ScheduleError, typed
from zoning.geotables import TableUse, read_named_columns
from zoning.patrol.day_problem import PresenceKind
from zoning.patrol.school_day import WISH_COLUMNS
from zoning.schools.cells import as_date, as_number, as_text
from zoning.schools.school_names import SchoolWords, buildings_by_id
from zoning.units import counted

_NAMES: Final = {
    "school": (
        *("school_id", "school", "building_id", "building", "campus_id"),
        *("school_name", "building_name", "name"),
    ),
    "arrival": ("arrival", "arrivals", "arrival_weight"),
    "lunch": ("lunch", "lunches", "lunch_weight"),
    "dismissal": ("dismissal", "dismissals", "dismissal_weight"),
    "least_visits": ("visits", "least_visits", "visits_a_day"),
    "longest_gap_s": ("longest_gap_minutes", "gap_minutes", "longest_gap"),
}
_USE: Final = TableUse(
    what="wishes of schools",
    error=ScheduleError,
    one_row="Give one row a school: school, and arrival, lunch, dismissal, visits or "
    "longest_gap_minutes.",
    needs=(("school",), WISH_COLUMNS),
)
_WANTED_NAMES: Final = {
    "school": _NAMES["school"],
    "kind": ("kind", "presence", "what"),
    "day": ("day", "date", "weekday"),
}
_WANTED_USE: Final = TableUse(
    what="wanted presences",
    error=ScheduleError,
    one_row="Give one row a wanted presence: school, kind and day.",
    needs=(("school",), ("kind",), ("day",)),
)
_HEADINGS: Final = {"least_visits": "visits", "longest_gap_s": "longest_gap_minutes"}
"""What a table calls a column, where that is another word than ours."""
_WEIGHTS: Final = frozenset(PresenceKind)
_WORDS: Final = {"yes": 1.0, "y": 1.0, "x": 1.0, "true": 1.0, "no": 0.0, "n": 0.0, "false": 0.0}


@typed
def read_wishes(
    path: str | Path, schools: gpd.GeoDataFrame, *, columns: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Read a table of wishes for `zoning.plan_patrols`, one row a school.

    Parameters
    ----------
    path
        CSV or workbook with ``school`` (id or name) and some of ``arrival``, ``lunch`` and
        ``dismissal`` (a weight, or yes and no), ``visits`` (a day) and
        ``longest_gap_minutes``. An empty cell is no wish of its own.
    schools
        Table of `zoning.read_schools`.
    columns
        Other names of these columns.

    Returns
    -------
    DataFrame
        Index building id, columns `zoning.patrol.WISH_COLUMNS`; NaN where nothing is wished.

    Raises
    ------
    ScheduleError
        If the file cannot be read, or listing every fault with its row.
    """
    rows: dict[str, dict[str, float]] = {}
    with _Reader(path, schools, _USE, _NAMES, columns) as reader:
        for row, building in reader.buildings():
            wish = {}
            for column in WISH_COLUMNS:
                cell = reader.cell(column, row)
                try:
                    number = _weight(cell) if column in _WEIGHTS else as_number(cell)
                    number *= 60 if column == "longest_gap_s" else 1
                except ValueError:
                    number = -1.0
                if number < 0 or (not math.isnan(number) and number % 1):
                    what = _HEADINGS.get(column, column)
                    reader.fault(row, f"{what} {str(cell)!r} is not a whole number of 0 or more")
                wish[column] = number
            if building in rows:
                reader.fault(row, f"school {str(reader.cell('school', row))!r} has wishes twice")
            rows[building] = wish
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(WISH_COLUMNS))


@typed
def read_wanted(
    path: str | Path, schools: gpd.GeoDataFrame, *, columns: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Read the presences that are wanted on certain days, for `zoning.plan_term`.

    Parameters
    ----------
    path
        CSV or workbook with ``school`` (id or name), ``kind`` (arrival, lunch or dismissal) and
        ``day``: a date (2026-11-02 or 11/2/2026), a weekday, or the number of a day of the
        rotation.
    schools
        Table of `zoning.read_schools`.
    columns
        Other names of these columns.

    Returns
    -------
    DataFrame
        Columns ``building_id``, ``kind`` and ``day``.

    Raises
    ------
    ScheduleError
        If the file cannot be read, or listing every fault with its row.
    """
    rows = []
    with _Reader(path, schools, _WANTED_USE, _WANTED_NAMES, columns) as reader:
        for row, building in reader.buildings():
            kind = (as_text(reader.cell("kind", row)) or "").strip().casefold()
            if kind not in list(PresenceKind):
                reader.fault(row, f"kind {kind!r} is none of {', '.join(PresenceKind)}")
            cell = reader.cell("day", row)
            word = as_text(cell)
            if word is None:
                reader.fault(row, "day is empty")
            day = as_date(cell)
            rows.append((building, kind, (word or "").strip() if day is None else day))
    return pd.DataFrame(rows, columns=["building_id", "kind", "day"])


class _Reader:
    """Reads rows about schools; at the end of ``with`` every fault is raised."""

    def __init__(
        self,
        path: str | Path,
        schools: gpd.GeoDataFrame,
        use: TableUse,
        names: Mapping[str, Sequence[str]],
        columns: Mapping[str, str] | None,
    ) -> None:
        self._table = read_named_columns(path, use, names, mapped=columns)
        self._faults: list[tuple[int | None, str]] = list(self._table.faults)
        self._words = SchoolWords.of(schools)
        self._homes = buildings_by_id(schools)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if error is not None or not self._faults:
            return
        raise ScheduleError(
            f"{self._table.source} has {counted(len(self._faults), 'fault')}",
            self._table.describe_faults(self._faults),
            "Leave a cell empty where a school wishes nothing of its own.",
        )

    def fault(self, row: int, text: str) -> None:
        """Record what is wrong in a row."""
        self._faults.append((row, text))

    def cell(self, column: str, row: int) -> object:
        """The cell of a row; None where the file has no such column."""
        cells = self._table.cells.get(column)
        return None if cells is None else cells[row]

    def buildings(self) -> Iterator[tuple[int, str]]:
        """The rows whose school has a building, with its id."""
        for row in range(len(self._table.where)):
            cell = self.cell("school", row)
            try:
                found = self._words.require(cell)
            except ValueError as wrong:
                self.fault(row, f"school {wrong}")
                continue
            if found in self._homes:
                yield row, self._homes[found]
            else:
                self.fault(row, f"school {str(cell)!r} is virtual, without a building")


def _weight(cell: object) -> float:
    word = str(cell).strip().casefold()
    return _WORDS[word] if word in _WORDS else as_number(cell)
