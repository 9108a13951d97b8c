"""Read what single schools wish of the patrol, in place of what holds for all."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd

from zoning.errors import ScheduleError, group_by_kind, typed
from zoning.geotables import TableUse, read_named_columns
from zoning.patrol.day_problem import PresenceKind
from zoning.patrol.school_day import WISH_COLUMNS
from zoning.schools.buildings import buildings
from zoning.schools.cells import as_number
from zoning.schools.school_names import SchoolWords
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
    table = read_named_columns(path, _USE, _NAMES, mapped=columns)
    faults = list(table.faults)
    words, rows = SchoolWords.of(schools), {}
    homes = {building: building for building in buildings(schools).index}
    homes |= schools.loc[schools["program"] != "virtual", "campus_id"].to_dict()
    for row, school in enumerate(table.cells["school"]):
        wish = {}
        for column in WISH_COLUMNS:
            cell = table.cells.get(column, [None] * len(table.where))[row]
            try:
                number = _weight(cell) if column in _WEIGHTS else as_number(cell)
                number *= 60 if column == "longest_gap_s" else 1
            except ValueError:
                number = -1.0
            if number < 0 or (not math.isnan(number) and number % 1):
                what = _HEADINGS.get(column, column)
                faults.append((row, f"{what} {str(cell)!r} is not a whole number of 0 or more"))
            wish[column] = number
        try:
            found = words.require(school)
        except ValueError as wrong:
            faults.append((row, f"school {wrong}"))
            continue
        if found not in homes:
            faults.append((row, f"school {str(school)!r} is virtual, without a building"))
            continue
        building = homes[found]
        if building in rows:
            faults.append((row, f"school {str(school)!r} has wishes twice"))
        rows[building] = wish
    if faults:
        placed = [(table.where[row], text) for row, text in faults if row is not None]
        raise ScheduleError(
            f"{table.source} has {counted(len(faults), 'fault')}",
            [
                *group_by_kind(placed, [f"{where}: {text}" for where, text in placed]),
                *(text for row, text in faults if row is None),
            ],
            "Give a school one row; leave a cell empty where it wishes nothing of its own.",
        )
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(WISH_COLUMNS))


def _weight(cell: object) -> float:
    word = str(cell).strip().casefold()
    return _WORDS[word] if word in _WORDS else as_number(cell)
