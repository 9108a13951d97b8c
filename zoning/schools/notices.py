"""What a planner should know about an inventory: used, but not as given."""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd

from zoning.schools.buildings import EVENT_COLUMNS, EVENT_WORDS, buildings
from zoning.schools.campuses import same_address_far_apart

MOST_NAMED = 12
_COUNTED = {"enrollment": "enrolment", **EVENT_WORDS}


def notices(schools: gpd.GeoDataFrame) -> list[str]:
    """Plain sentences about what is missing, merged or left out, with names.

    Parameters
    ----------
    schools
        From `read_schools`; not changed.
    """
    physical = schools[schools["program"] != "virtual"]
    return [
        *_left_out(schools),
        *_merged(schools),
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
        _listed(schools.loc[list(ids), "name"].tolist(), " + ")
        for ids in buildings(schools)["school_ids"]
        if len(ids) > 1
    ]
    if shared:
        yield f"schools that share a campus count as one building: {_listed(shared, '; ')}"
    for ids in same_address_far_apart(schools):
        group = schools.loc[ids]
        yield (
            f"{_names(group)} have one address, {group['address'].iloc[0]}, but lie more than "
            "5 km apart: the address is not taken for a campus"
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
        yield "no feeder high schools: zones cannot be aligned by feeder"
        return
    few = schools[~has_feeder & (schools["program"] == "resides")]
    if len(few):
        yield f"{_count(few)} with an attendance area but no feeder high school: {_names(few)}"
    named = {i for feeders in schools["feeder_high_school_ids"] for i in feeders}
    not_high = schools[schools.index.isin(named) & schools["level"].isin(["elementary", "middle"])]
    if len(not_high):
        yield f"{_count(not_high)} named as a feeder high school but not one: {_names(not_high)}"


def _count(schools: gpd.GeoDataFrame, kind: str = "") -> str:
    return f"{len(schools)} {kind}school" + ("" if len(schools) == 1 else "s")


def _names(schools: gpd.GeoDataFrame) -> str:
    names = [
        name if name == school_id else f"{name} ({school_id})"
        for school_id, name in schools["name"].items()
    ]
    return _listed(names, ", ")


def _listed(names: list[str], separator: str) -> str:
    more = [f"and {len(names) - MOST_NAMED} more"] if len(names) > MOST_NAMED else []
    return separator.join(names[:MOST_NAMED] + more)
