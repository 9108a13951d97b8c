"""Make notices about an inventory: missing, merged or left-out data."""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from zoning.errors import first_few
from zoning.schools.buildings import (
    EVENT_COLUMNS,
    EVENT_WORDS,
    buildings,
    high_school_ids,
    require_inventory,
    same_address_far_apart,
)
from zoning.schools.places import earth_metres
from zoning.units import counted

# A line or two of a terminal.
_MAX_NAMED = 12
# A default: a building this far from the next in a straight line is some 40 minutes' drive away
# (1.3 times the line at 40 km/h, as in the straight-line estimate), too far to answer a call in
# time. A wrong coordinate looks the same.
FAR_M = 20_000.0
_COUNTED = {"enrollment": "enrolment", **EVENT_WORDS}


def notices(schools: gpd.GeoDataFrame) -> list[str]:
    """Write the notices about missing, merged or left-out data, with names.

    Parameters
    ----------
    schools
        From `read_schools`; not changed.
    """
    require_inventory(schools)
    physical = schools[schools["program"] != "virtual"]
    return [
        *_left_out(schools),
        *_merged(schools),
        *_remote(schools),
        *_defaults(schools),
        *_missing_bells(physical),
        *_missing_counts(physical),
        *_missing_feeders(schools),
    ]


def _left_out(schools: gpd.GeoDataFrame) -> Iterable[str]:
    virtual = schools[schools["program"] == "virtual"]
    if len(virtual):
        yield (
            f"{_count(virtual, 'virtual ')} left out, with no building to patrol: {_names(virtual)}"
        )


def _merged(schools: gpd.GeoDataFrame) -> Iterable[str]:
    shared = [
        _join(schools.loc[list(ids), "name"].tolist(), " + ")
        for ids in buildings(schools)["school_ids"]
        if len(ids) > 1
    ]
    if shared:
        yield f"schools that share a campus count as one building: {_join(shared, '; ')}"
    for ids in same_address_far_apart(schools):
        group = schools.loc[ids]
        yield (
            f"{_names(group)} have one address, {group['address'].iloc[0]}, but lie more than "
            "5 km apart: the address is not taken for a campus"
        )


def _remote(schools: gpd.GeoDataFrame) -> Iterable[str]:
    """Name buildings too far from all others to share an officer."""
    places = buildings(schools)
    if len(places) < 2:
        return
    spots = earth_metres(places.geometry.y.to_numpy(), places.geometry.x.to_numpy())
    one, other = cKDTree(spots).query_pairs(FAR_M, output_type="ndarray").T
    near = coo_array((np.ones(len(one)), (one, other)), shape=(len(spots), len(spots)))
    count, group = connected_components(near, directed=False)
    if count == 1:
        return
    most = int(np.bincount(group).argmax())
    found = []
    for k in set(range(count)) - {most}:
        inside, outside = spots[group == k], spots[group != k]
        away = float(cKDTree(outside).query(inside)[0].min())
        names = _join(places["name"][group == k].tolist(), ", ")
        found.append((-away, f"{names} ({away / 1000:,.0f} km)"))
    yield (
        f"far from all other buildings, over {FAR_M / 1000:g} km in a straight line to the next: "
        + _join([text for _, text in sorted(found)], "; ")
    )


def _defaults(schools: gpd.GeoDataFrame) -> Iterable[str]:
    nameless = schools[schools["name"] == schools.index]
    if len(nameless):
        yield f"{_count(nameless)} without a name, shown by id: {_names(nameless)}"
    if (schools["program"] == "resides").all():
        yield (
            "no magnet, alternative or virtual programs: every school counts as a "
            "neighbourhood school"
        )


def _missing_bells(physical: gpd.GeoDataFrame) -> Iterable[str]:
    no_start, no_end = physical["bell_start"].isna(), physical["bell_end"].isna()
    if (no_start & no_end).all():
        yield "no bell times were given: patrols are not timed to the start of school"
        return
    for lacking, what, effect in (
        (no_start & no_end, "bell times", "no patrol is timed to them there"),
        (no_start & ~no_end, "a start bell", "no patrol is timed to it there"),
        (no_end & ~no_start, "an end bell", "the last dismissal is not known there"),
    ):
        few = physical[lacking]
        if len(few):
            yield f"{_count(few)} without {what}, {effect}: {_names(few)}"


def _missing_counts(physical: gpd.GeoDataFrame) -> Iterable[str]:
    if physical["enrollment"].isna().all():
        yield "no enrolment: calls cannot be scaled by students"
    for column in ("enrollment", *(c for c in EVENT_COLUMNS if c in physical)):
        few = physical[physical[column].isna()]
        if 0 < len(few) < len(physical):
            yield f"{_count(few)} without {_COUNTED[column]}: {_names(few)}"
        elif column in EVENT_COLUMNS and len(few):
            yield f"no {_COUNTED[column]}: the column {column} is empty"


def _missing_feeders(schools: gpd.GeoDataFrame) -> Iterable[str]:
    has_feeder = schools["feeder_high_school_ids"].map(bool).astype(bool)
    if not has_feeder.any():
        yield (
            "no feeder high schools: a zone is named after the largest regular high, 6-12 or K-12 "
            "school in it, else the nearest, and nothing is said about alignment"
            if high_school_ids(schools)
            else "no feeder high schools, and no regular high, 6-12 or K-12 school: zones have no "
            "high school"
        )
        return
    few = schools[~has_feeder & (schools["program"] == "resides")]
    if len(few):
        yield f"{_count(few)} with an attendance area but no feeder high school: {_names(few)}"
    named = {i for feeders in schools["feeder_high_school_ids"] for i in feeders}
    not_high = schools[
        schools.index.isin(named) & schools["level"].isin(["elementary", "k-8", "middle"])
    ]
    if len(not_high):
        yield f"{_count(not_high)} named as a feeder high school but not one: {_names(not_high)}"


def _count(schools: gpd.GeoDataFrame, kind: str = "") -> str:
    return counted(len(schools), f"{kind}school")


def _names(schools: gpd.GeoDataFrame) -> str:
    names = [
        name if name == school_id else f"{name} ({school_id})"
        for school_id, name in schools["name"].items()
    ]
    return _join(names, ", ")


def _join(names: list[str], separator: str) -> str:
    return separator.join(first_few(names, _MAX_NAMED))
