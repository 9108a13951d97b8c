"""Group schools into campuses, and make the table of buildings, one a campus."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import time
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from zoning.errors import SchoolDataError
from zoning.schools.places import earth_metres
from zoning.units import seconds_of_day

LEVELS_BY_RANK = ("high", "secondary", "middle", "combined", "k-8", "elementary")
# Columns of every inventory; see `read_schools`.
INVENTORY_COLUMNS = (
    *("name", "level", "program", "enrollment", "feeder_high_school_ids"),
    *("bell_start", "bell_end", "campus_id"),
)
CLOSED = "closed"
"""Column of a day's table, see `SchoolCalendar.schools_on`: True for a school that is off."""
_JOINED = tuple(column for column in INVENTORY_COLUMNS if column != "campus_id")
# Levels that can reach grade 12: high, 6-12 and K-12.
HIGH_LEVELS = frozenset({"high", "secondary", "combined"})
# Many lists call "combined" whatever spans two levels, so the name decides as far as it can:
# an "Upper Elementary" or a "K-8 School" ends before grade 9, a "K-12" or a "High School" does not.
_ENDS_EARLY = re.compile(
    r"\b(?:elementary|elem|primary|middle|intermediate|jr\.? high|junior high|(?:pre)?-?k-?8)\b",
    re.IGNORECASE,
)
_REACHES_12 = re.compile(
    r"\b(?:(?<!junior )(?<!jr )(?<!jr\. )high|hs|senior|(?:k|[1-9]) ?(?:-|to|through) ?12)\b",
    re.IGNORECASE,
)
# No campus is this large: schools of one address that are farther apart are a data error.
_SAME_ADDRESS_LIMIT_M = 5_000.0
EVENT_WORDS = {
    "behavior_events": "reported behavior events",
    "assault_weapon_events": "reported assault and weapon events",
}
"""Columns of event counts, with their names for readers."""
EVENT_COLUMNS = tuple(EVENT_WORDS)


def require_inventory(schools: object) -> None:
    """Raise `SchoolDataError` unless `read_schools` or `schools_from_frame` made the table.

    Raises
    ------
    SchoolDataError
        Saying what it is instead, or which columns it lacks.
    """
    remedy = "Make it with read_schools(path), or schools_from_frame(frame) from a table of yours."
    if not isinstance(schools, gpd.GeoDataFrame):
        raise SchoolDataError(
            f"schools is a {type(schools).__name__}, not the table that read_schools gives",
            remedy=remedy,
        )
    lacking = [column for column in INVENTORY_COLUMNS if column not in schools]
    if lacking:
        raise SchoolDataError(
            "schools is not a table that read_schools has checked",
            [f"it lacks {', '.join(lacking)}"],
            remedy,
        )


def buildings(schools: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Make one row a campus, without virtual schools, which have no building.

    Parameters
    ----------
    schools
        From `read_schools`; or a table made by this function, which is returned as it is.

    Returns
    -------
    GeoDataFrame
        Index ``building_id`` (the ``campus_id``), in the order of first
        appearance; points in EPSG:4326 (a shared campus: the mean of its
        schools). Columns: ``name`` (joined by " + "), ``school_ids`` (tuple),
        ``level`` (the first of high, secondary, middle, combined, k-8,
        elementary that any school has), ``programs`` (tuple, distinct), ``enrollment``
        (students, sum of the known, NaN if none is), ``feeders`` (tuple of the
        ``feeder_high_school_ids`` of each school that has any),
        ``arrival_bells_s`` (tuple of distinct bell starts, seconds after
        midnight, sorted), ``dismissal_bells_s`` (the same of the bell ends),
        ``bell_start_s`` and ``bell_end_s`` (earliest start, latest end, seconds, NaN
        unknown), and the sums ``behavior_events`` and ``assault_weapon_events`` where
        the schools have them (NaN if none known); of a day of a calendar on which some
        schools are off, ``closed``: True if all of the campus are.

    Raises
    ------
    SchoolDataError
        If ``schools`` is not such a table.
    """
    if isinstance(schools, gpd.GeoDataFrame) and {"school_ids", "arrival_bells_s"} <= {*schools}:
        return schools
    require_inventory(schools)
    is_physical = (schools["program"] != "virtual").to_numpy(dtype=bool)
    events = [column for column in EVENT_COLUMNS if column in schools]
    campuses: dict[str, list[int]] = {}
    for k, campus in enumerate(schools["campus_id"].to_numpy()[is_physical]):
        campuses.setdefault(str(campus), []).append(k)
    is_closed = [CLOSED] if CLOSED in schools else []
    cells = {c: schools[c][is_physical].tolist() for c in (*_JOINED, *events, *is_closed)}
    cells["school_id"] = schools.index[is_physical].tolist()
    rows = [_building(at, cells, events) for at in campuses.values()]
    kinds = dict.fromkeys(("enrollment", "bell_start_s", "bell_end_s", *events), "float64")
    kinds |= {"name": "str", "level": "str"}
    columns = [
        *("name", "school_ids", "level", "programs", "enrollment", "feeders"),
        *("arrival_bells_s", "dismissal_bells_s", "bell_start_s", "bell_end_s"),
        *(*events, *is_closed),
    ]
    # Made column by column and with the points at once: tables of rows, and a type set
    # afterwards, take three times as long, and this table is asked for everywhere.
    ids, points = _places(schools, is_physical)
    return gpd.GeoDataFrame(
        {
            column: pd.Series([row[column] for row in rows], index=ids, dtype=kinds.get(column))
            for column in columns
        },
        geometry=points,
        crs=schools.crs,
    )


def building_places(schools: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Compute the index and the points of `buildings`, without its columns.

    Travel times need no more, and to compute the columns takes most of the time.
    A building has a NaN point if any of its schools has no point.
    """
    require_inventory(schools)
    ids, points = _places(schools, (schools["program"] != "virtual").to_numpy(dtype=bool))
    return gpd.GeoDataFrame(geometry=points, index=ids, crs=schools.crs)


def _places(
    schools: gpd.GeoDataFrame, is_physical: NDArray[np.bool_]
) -> tuple[pd.Index[str], NDArray[np.object_]]:
    """Compute the ids and points of the campuses of some schools, in order of appearance."""
    at, ids = pd.factorize(schools["campus_id"].to_numpy()[is_physical])
    points = schools.geometry.to_numpy()[is_physical]
    xy = np.stack([shapely.get_x(points), shapely.get_y(points)], axis=1)
    _, first = np.unique(at, return_index=True)
    places = xy[first]
    for k in np.flatnonzero(np.bincount(at, minlength=len(ids)) > 1).tolist():
        here = xy[at == k]
        places[k] = [math.fsum(here[:, axis]) / len(here) for axis in (0, 1)]
    index = pd.Index([str(i) for i in ids], name="building_id", dtype="str")
    return index, shapely.points(places)


def feeders_given(schools: gpd.GeoDataFrame) -> bool:
    """True if any school names the high school that its students go on to."""
    return bool(schools["feeder_high_school_ids"].map(bool).any())


def high_school_ids(schools: gpd.GeoDataFrame) -> tuple[str, ...]:
    """List the high schools that zones can be aligned with or named after, sorted.

    Those that any feeder list names; if there are no feeder lists, the regular
    schools with a building that reach grade 12: of level ``high``, ``secondary``
    or ``combined``, and of no alternative or virtual program. Can be empty.
    """
    require_inventory(schools)
    named = {i for feeders in schools["feeder_high_school_ids"] for i in feeders}
    if not named:
        regular = ~schools["program"].isin(["alternative", "virtual"])
        named = {
            str(school)
            for school, level, name in schools.loc[regular, ["level", "name"]].itertuples()
            if level in HIGH_LEVELS and (level != "combined" or _may_reach_12(name))
        }
    return tuple(sorted(named))


def _may_reach_12(name: str) -> bool:
    """True if the name of a school that spans levels allows a grade 12."""
    return bool(_REACHES_12.search(name)) or not _ENDS_EARLY.search(name)


def _building(
    at: Sequence[int], cells: Mapping[str, Sequence[Any]], events: Iterable[str]
) -> dict[str, object]:
    """Make one row; ``at``: where its schools stand in each column of the cells."""
    of = {column: [values[k] for k in at] for column, values in cells.items()}
    starts = _seconds(of["bell_start"])
    ends = _seconds(of["bell_end"])
    return {
        "name": " + ".join(of["name"]),
        "school_ids": tuple(of["school_id"]),
        "level": next(level for level in LEVELS_BY_RANK if level in of["level"]),
        "programs": tuple(dict.fromkeys(of["program"])),
        "enrollment": _sum_of_known(of["enrollment"]),
        "feeders": tuple(f for f in of["feeder_high_school_ids"] if f),
        "arrival_bells_s": tuple(sorted(set(starts))),
        "dismissal_bells_s": tuple(sorted(set(ends))),
        "bell_start_s": min(starts, default=math.nan),
        "bell_end_s": max(ends, default=math.nan),
        **{column: _sum_of_known(of[column]) for column in events},
        **({CLOSED: all(of[CLOSED])} if CLOSED in of else {}),
    }


def _sum_of_known(counts: Iterable[float]) -> float:
    known = [count for count in counts if not math.isnan(count)]
    return sum(known) if known else math.nan


def _seconds(bells: Iterable[time | None]) -> list[int]:
    return [seconds_of_day(bell) for bell in bells if bell is not None]


def campus_ids(schools: gpd.GeoDataFrame, *, campus_distance_m: float) -> list[str]:
    """Find the campus of every school, named by its first school in the order given.

    Two schools share a campus when they lie within `campus_distance_m`, or have
    the same address (and the same zip, where there is one), or when a chain of
    such pairs joins them. Which schools are together does not depend on their
    order; only the name does. A virtual school is a campus of its own. An
    address whose schools lie more than 5 km apart is taken for an error of the
    data and joins none of them (`notices` says so).

    Parameters
    ----------
    schools
        Index ``school_id``; columns ``program``, ``address``, ``zip`` (if
        known), geometry.
    campus_distance_m
        Metres, straight, on the WGS 84 ellipsoid (see `earth_metres`).

    Raises
    ------
    SchoolDataError
        If the distance is negative or not a number.
    """
    if math.isnan(campus_distance_m) or campus_distance_m < 0:
        raise SchoolDataError(
            f"campus_distance_m is {campus_distance_m}",
            remedy="Give metres, 0 or more; the default is 50.",
        )
    where = _metres(schools)
    physical = np.flatnonzero((schools["program"] != "virtual").to_numpy())
    pairs = np.concatenate(
        [
            _pairs_within(campus_distance_m, physical, where),
            *(
                _pairs_within(_SAME_ADDRESS_LIMIT_M, members, where)
                for members in _one_address(schools)
                if _is_one_place(members, where)
            ),
        ]
    )
    links = coo_array((np.ones(len(pairs)), pairs.T), shape=(len(schools), len(schools)))
    _, group = connected_components(links, directed=False)
    first: dict[int, str] = {}
    for school, campus in zip(schools.index, group.tolist(), strict=True):
        first.setdefault(campus, school)
    return [first[campus] for campus in group.tolist()]


def same_address_far_apart(schools: gpd.GeoDataFrame) -> list[list[str]]:
    """Find schools that share an address although they are more than 5 km apart."""
    where = _metres(schools)
    return [
        schools.index[members].tolist()
        for members in _one_address(schools)
        if not _is_one_place(members, where)
    ]


def _one_address(schools: gpd.GeoDataFrame) -> list[NDArray[np.intp]]:
    """Group positions of schools by address, for addresses of several schools."""
    at: dict[tuple[str, str], list[int]] = {}
    zips = schools["zip"] if "zip" in schools else [None] * len(schools)
    columns = zip(schools["program"], schools["address"], zips, strict=True)
    for k, (program, address, zip_code) in enumerate(columns):
        if program != "virtual" and isinstance(address, str) and address.strip():
            zip_text = _plain_text(zip_code) if isinstance(zip_code, str) else ""
            at.setdefault((_plain_text(address), zip_text), []).append(k)
    return [np.array(members, dtype=np.intp) for members in at.values() if len(members) > 1]


def _is_one_place(members: NDArray[np.intp], where: NDArray[np.float64]) -> bool:
    near = _pairs_within(_SAME_ADDRESS_LIMIT_M, members, where)
    return len(near) == math.comb(len(members), 2)


def _pairs_within(
    limit_m: float, members: NDArray[np.intp], where: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Find pairs of members at most a distance apart, shape (n, 2)."""
    near = cKDTree(where[members]).query_pairs(limit_m, output_type="ndarray")
    pairs: NDArray[np.intp] = members[near]
    return pairs


def _metres(schools: gpd.GeoDataFrame) -> NDArray[np.float64]:
    return earth_metres(schools.geometry.y.to_numpy(), schools.geometry.x.to_numpy())


def _plain_text(text: str) -> str:
    return " ".join(text.casefold().split())
