"""Read observed trips from a file: origin, destination and how long each drive took."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from zoning.errors import DistrictNotice, NetworkError, typed
from zoning.geotables import GeoTable, TableUse, read_named_columns
from zoning.schools.cells import as_number, as_text
from zoning.schools.school_names import SchoolWords
from zoning.units import counted

_NAMES: Final = {
    "origin": ("origin", "from", "origin_id", "from_id", "origin_school", "from_school"),
    "destination": (
        *("destination", "to", "destination_id", "to_id"),
        *("destination_school", "to_school"),
    ),
    "seconds": ("seconds", "sec", "travel_seconds", "drive_seconds", "duration_s"),
    "minutes": ("minutes", "min", "travel_minutes", "drive_minutes", "duration_min"),
    "time": ("time", "duration", "travel_time", "drive_time", "elapsed", "elapsed_time"),
    "weight": ("weight",),
}
_DURATIONS: Final = {"seconds": 1.0, "minutes": 60.0, "time": math.nan}
_USE: Final = TableUse(
    what="trips",
    error=NetworkError,
    one_row="Give one row a trip: origin, destination and seconds, minutes or time (4:30).",
    needs=(("origin",), ("destination",), tuple(_DURATIONS)),
)
_CLOCK: Final = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d(?:\.\d+)?)")
_HOUR_S: Final = 3600.0


@typed
def read_trips(
    path: str | Path,
    schools: gpd.GeoDataFrame,
    *,
    columns: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Read the trips that `zoning.calibrate` fits a driving profile to.

    Parameters
    ----------
    path
        CSV or workbook, one row a trip, with columns ``origin`` and ``destination`` (schools by
        id or name) and one of ``seconds``, ``minutes`` and ``time``; optional ``weight``
        (above 0). In any of the three, ``4:30`` is 4 minutes 30 seconds, ``0:04:30`` and a time
        of Excel too. Of several sheets the one with these columns, or ``trips.xlsx#Sheet``.
    schools
        From `zoning.read_schools`.
    columns
        Other names of these columns: ``{"origin": "From"}``; '' reads no column.

    Returns
    -------
    DataFrame
        ``origin`` and ``destination`` (ids of buildings), ``seconds`` and, if given,
        ``weight``; one row a trip, in the order of the file.

    Raises
    ------
    NetworkError
        If the file cannot be read, or listing every fault with its row: schools that are unknown
        or have no building, trips to itself, times that are not above 0.
    """
    table = read_named_columns(path, _USE, _NAMES, mapped=columns)
    given = [name for name in _DURATIONS if name in table.cells]
    if len(given) > 1:
        raise NetworkError(
            f"{table.source} says more than once how long a trip took",
            [f"in columns {', '.join(given)}"],
            f"Leave one out: columns = {{ {given[-1]} = '' }}.",
        )
    (column,) = given
    faults = list(table.faults)
    homes = schools["campus_id"].where(schools["program"] != "virtual").to_dict()
    words = SchoolWords.of(schools)
    ends: dict[str, list[str]] = {"origin": [], "destination": []}
    for row in range(len(table.where)):
        for end, found in ends.items():
            try:
                found.append(_building(table.cells[end][row], words, homes))
            except ValueError as wrong:
                found.append("")
                faults.append((row, f"{end} {wrong}"))
        if ends["origin"][row] and ends["origin"][row] == ends["destination"][row]:
            faults.append((row, "the trip leads from a building to itself"))
    numbers = {column: _read_each(table, column, faults)}
    if "weight" in table.cells:
        numbers["weight"] = _read_each(table, "weight", faults)
    if faults:
        raise _unusable(table, faults)
    for notice in table.notices:
        # The caller of read_trips.
        warnings.warn(f"{Path(table.source).name}: {notice}", DistrictNotice, stacklevel=3)
    return pd.DataFrame({**ends, "seconds": numbers.pop(column), **numbers})


def _building(cell: Any, words: SchoolWords, homes: Mapping[str, Any]) -> str:
    found = words.require(cell)
    home = homes.get(found, found)
    if not isinstance(home, str):
        raise ValueError(f"{found!r} is a virtual school, which has no building")
    return home


def _read_each(table: GeoTable, column: str, faults: list[tuple[int | None, str]]) -> list[float]:
    """Read the numbers of a column above 0; record the others as faults."""
    found = []
    for row, cell in enumerate(table.cells[column]):
        try:
            size = _DURATIONS.get(column)
            value = _number(cell) if size is None else as_seconds(cell, unit_s=size)
            if not value > 0:
                raise ValueError("is empty" if math.isnan(value) else f"{value:g} is not above 0")
        except ValueError as wrong:
            value = math.nan
            faults.append((row, f"{column} {wrong}"))
        found.append(value)
    return found


def _number(cell: Any) -> float:
    try:
        return as_number(cell)
    except ValueError:
        raise ValueError(f"{str(cell)!r} is not a number") from None


def as_seconds(cell: Any, *, unit_s: float) -> float:
    """Convert a duration to seconds; NaN if the cell is empty.

    Parameters
    ----------
    unit_s
        Seconds in the unit of a number without one; NaN if it is not known.

    Raises
    ------
    ValueError
        If it is not a duration, or could be two, with the reason.
    """
    if isinstance(cell, datetime):  # a time that Excel shows with a date
        cell = cell.time()
    if isinstance(cell, time):
        seconds = cell.hour * _HOUR_S + cell.minute * 60 + cell.second + cell.microsecond / 1e6
        return _require_clear(seconds, cell.isoformat())
    if isinstance(cell, timedelta):
        return _require_clear(cell.total_seconds(), str(cell))
    text = as_text(cell)
    if text is not None and (clock := _CLOCK.fullmatch(text)) is not None:
        hours, minutes, seconds = (float(part or 0) for part in clock.groups())
        return hours * _HOUR_S + minutes * 60 + seconds
    try:
        number = as_number(cell)
    except ValueError:
        raise ValueError(f"{text!r} is not a duration, such as 4:30") from None
    if math.isfinite(number) and math.isnan(unit_s):
        raise ValueError(
            f"{number:g} is a number without a unit: call the column seconds or minutes"
        )
    return number * unit_s


def _require_clear(seconds: float, shown: str) -> float:
    """Refuse what Excel makes of ``4:30`` typed for 4 minutes 30 seconds: 4 h 30 min."""
    if seconds >= _HOUR_S and seconds % 60 == 0:
        raise ValueError(
            f"{shown} is hours and minutes in Excel; if it means minutes and seconds, type "
            "0:04:30 for 4:30, else give minutes as a number"
        )
    return seconds


def _unusable(table: GeoTable, faults: Sequence[tuple[int | None, str]]) -> NetworkError:
    return NetworkError(
        f"{table.source} has {counted(len(faults), 'fault')}",
        table.describe_faults(faults),
        "Correct or leave out these trips.",
    )
