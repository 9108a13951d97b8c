"""What officers guard: buildings, one a campus."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import time

import geopandas as gpd
import pandas as pd
from shapely import Point

from zoning.units import seconds_of_day

LEVELS_BY_RANK = ("high", "secondary", "middle", "combined", "elementary")
EVENT_WORDS = {
    "behavior_events": "reported behavior events",
    "assault_weapon_events": "reported assault and weapon events",
}
"""Columns with counts of events, and what they are called where people read them."""
EVENT_COLUMNS = tuple(EVENT_WORDS)


def buildings(schools: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """One row a campus; virtual schools, which have no building, left out.

    Parameters
    ----------
    schools
        From `read_schools`.

    Returns
    -------
    GeoDataFrame
        Index ``building_id`` (the ``campus_id``), in the order of first
        appearance; points in EPSG:4326 (a shared campus: the mean of its
        schools). Columns: ``name`` (joined by " + "), ``school_ids`` (tuple),
        ``level`` (the first of high, secondary, middle, combined, elementary
        that any school has), ``programs`` (tuple, distinct), ``enrollment``
        (students, sum of the known, NaN if none is), ``feeders`` (tuple of the
        ``feeder_high_school_ids`` of each school that has any),
        ``arrival_bells_s`` (tuple of distinct bell starts, seconds after
        midnight, sorted), ``bell_start_s`` and ``bell_end_s`` (earliest start,
        latest end, seconds, NaN unknown), and the sums ``behavior_events`` and
        ``assault_weapon_events`` where the schools have them (NaN if none known).
    """
    physical = schools[schools["program"] != "virtual"]
    events = [column for column in EVENT_COLUMNS if column in schools]
    rows = [
        _building(str(campus), group, events)
        for campus, group in physical.groupby("campus_id", sort=False)
    ]
    columns = [
        *("building_id", "name", "school_ids", "level", "programs", "enrollment", "feeders"),
        *("arrival_bells_s", "bell_start_s", "bell_end_s", *events, "geometry"),
    ]
    frame = pd.DataFrame(rows, columns=columns).astype(
        dict.fromkeys(("enrollment", "bell_start_s", "bell_end_s", *events), "float64")
        | {"building_id": "str", "name": "str", "level": "str"}
    )
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=schools.crs).set_index("building_id")


def high_school_ids(schools: gpd.GeoDataFrame) -> tuple[str, ...]:
    """The high schools that zones can be aligned with, sorted.

    Those that any feeder list names; if there are no feeder lists, the schools
    of level ``high`` that have a building. Can be empty.
    """
    named = {i for feeders in schools["feeder_high_school_ids"] for i in feeders}
    if not named:
        is_high = (schools["level"] == "high") & (schools["program"] != "virtual")
        named = set(schools.index[is_high])
    return tuple(sorted(named))


def _building(campus: str, group: gpd.GeoDataFrame, events: Iterable[str]) -> dict[str, object]:
    starts = _seconds(group["bell_start"])
    ends = _seconds(group["bell_end"])
    levels = set(group["level"])
    n = len(group)
    place = Point(math.fsum(group.geometry.x) / n, math.fsum(group.geometry.y) / n)
    return {
        "building_id": campus,
        "name": " + ".join(group["name"]),
        "school_ids": tuple(group.index),
        "level": next(level for level in LEVELS_BY_RANK if level in levels),
        "programs": tuple(dict.fromkeys(group["program"])),
        "enrollment": group["enrollment"].sum(min_count=1),
        "feeders": tuple(f for f in group["feeder_high_school_ids"] if f),
        "arrival_bells_s": tuple(sorted(set(starts))),
        "bell_start_s": min(starts, default=math.nan),
        "bell_end_s": max(ends, default=math.nan),
        **{column: group[column].sum(min_count=1) for column in events},
        "geometry": place,
    }


def _seconds(bells: Iterable[time | None]) -> list[int]:
    return [seconds_of_day(bell) for bell in bells if bell is not None]
