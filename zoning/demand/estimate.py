"""Estimate calls from students and incidents, where no calls were counted."""

from __future__ import annotations

import math
from collections.abc import Collection

import geopandas as gpd
import numpy as np
import pandas as pd

from zoning.demand.enforcement import refuse_enforcement
from zoning.demand.rates import CallRates, note_unusual
from zoning.errors import DemandError
from zoning.schools import require_inventory
from zoning.schools.buildings import EVENT_WORDS

BOSTON_CALLS_PER_SCHOOL_DAY = 0.17
_BOSTON = "published for Boston, doi 10.1007/s12310-022-09552-z; a default elsewhere"


def call_rates(
    schools: gpd.GeoDataFrame,
    *,
    calls_per_school_day: float = BOSTON_CALLS_PER_SCHOOL_DAY,
    incident_share: float = 0.5,
    incident_column: str | None = "assault_weapon_events",
    allow_enforcement_counts: bool = False,
    allow_enforcement: Collection[str] = (),
) -> CallRates:
    """Estimate calls per school-day of every building from students and incidents.

    A district of ``n`` schools with a building makes ``calls_per_school_day *
    n`` calls a day; a school's share of them is ``(1 - s)`` times its share of
    all students plus ``s`` times its share of all incidents, ``s`` being
    `incident_share`. A building's rate is the sum over its schools.

    Missing values are replaced, and a notice names the schools: without incident counts
    students alone decide; a school without a published count gets the district's
    incidents per student; a school without enrolment gets the median school's; without
    any enrolment all schools count the same. ``assault_weapon_events`` is part of
    ``behavior_events`` and counts as published only where that is published.

    Parameters
    ----------
    schools
        From `read_schools`.
    calls_per_school_day
        Calls per school and day. 0.17 is published for Boston (4 years, 102
        schools); using it for another district is a default. Louisville 2021
        had 0.10, Jefferson 2024 had 0.55 runs.
    incident_share
        Weight of the incident record against enrolment, 0 to 1; 0.5 is a
        default, not a finding.
    incident_column
        Column of `schools` with incident counts; default
        ``assault_weapon_events``; None to use enrolment alone.
    allow_enforcement_counts
        What officers and schools produce themselves is refused as demand, such as arrests,
        citations, referrals and suspensions (``demand/enforcement_words.toml``): they follow
        where officers are sent, and would send more officers there. True overrides.
    allow_enforcement
        Columns that are used although they are named so.

    Raises
    ------
    DemandError
        If a parameter is out of range, the column counts what officers or
        schools produce themselves, or a count is negative or not a number.

    References
    ----------
    doi 10.1007/s12310-022-09552-z (Boston, calls per school-day).
    """
    require_inventory(schools)
    physical = schools[schools["program"] != "virtual"]
    _check_parameters(
        physical,
        calls_per_school_day=calls_per_school_day,
        incident_share=incident_share,
        incident_column=incident_column,
        is_allowed=allow_enforcement_counts or incident_column in allow_enforcement,
    )
    notices: list[str] = []
    students = _fill_students(physical, notices)
    share = students / students.sum()
    by_school = "in proportion to enrolment"
    if not (physical["enrollment"] > 0).any():
        by_school = "in equal shares"
    basis = by_school
    if incident_column is not None and incident_share > 0:
        incidents = _fill_incidents(physical, incident_column, students, notices)
        if incidents is not None:
            share = (1 - incident_share) * share + incident_share * incidents / incidents.sum()
            basis = (
                f"{(1 - incident_share) * 100:.0f} % {by_school} and "
                f"{incident_share * 100:.0f} % to {_describe_column(incident_column)}"
            )
    published = calls_per_school_day == BOSTON_CALLS_PER_SCHOOL_DAY
    total = calls_per_school_day * len(physical)
    said = f"{calls_per_school_day:.2g} calls per school and school-day is"
    return CallRates(
        per_day=(total * share).groupby(physical["campus_id"], sort=False).sum(),
        source=f"{calls_per_school_day:g} calls per school-day"
        f"{f' ({_BOSTON})' if published else ''} × {len(physical)} schools, {basis}",
        notices=(*note_unusual(calls_per_school_day, said=said), *notices),
        is_counted=False,
    )


def _check_parameters(
    physical: gpd.GeoDataFrame,
    *,
    calls_per_school_day: float,
    incident_share: float,
    incident_column: str | None,
    is_allowed: bool,
) -> None:
    faults = []
    if physical.empty:
        faults.append("no school has a building")
    if not (math.isfinite(calls_per_school_day) and calls_per_school_day > 0):
        faults.append(f"calls_per_school_day is {calls_per_school_day}: give a number above 0")
    if not 0 <= incident_share <= 1:
        faults.append(f"incident_share is {incident_share}: give a share from 0 to 1")
    column = incident_column or ""
    if not is_allowed and (enforcement := refuse_enforcement(column)):
        faults.append(f"{enforcement}, or insist: allow_enforcement=[{column!r}]")
    if column in physical:
        counts = pd.to_numeric(physical[column], errors="coerce")
        text = physical.index[counts.isna() & physical[column].notna()]
        wrong = physical.index[(counts < 0) | np.isinf(counts)]
        faults += [
            f"{column} is {what}: {', '.join(ids)}"
            for what, ids in (("not a number", text), ("negative or infinite", wrong))
            if len(ids)
        ]
    if faults:
        raise DemandError("the call rates cannot be computed", faults)


def _fill_students(physical: gpd.GeoDataFrame, notices: list[str]) -> pd.Series[float]:
    students: pd.Series[float] = physical["enrollment"]
    if not (students > 0).any():
        notices.append("no enrolment: every school counts the same")
        return pd.Series(1.0, index=physical.index)
    unknown = students.isna()
    if unknown.any():
        median = float(students.median())
        notices.append(
            f"no enrolment, so the median school's {median:,.0f} students are used: "
            f"{_list_names(physical[unknown])}"
        )
        students = students.fillna(median)
    return students


def _fill_incidents(
    physical: gpd.GeoDataFrame, column: str, students: pd.Series[float], notices: list[str]
) -> pd.Series[float] | None:
    by_students = (physical["enrollment"] > 0).any()
    alone = (
        "calls are shared out by enrolment alone" if by_students else "calls are shared out equally"
    )
    if column not in physical:
        notices.append(f"no {_describe_column(column)} were given: {alone}")
        return None
    counts: pd.Series[float] = pd.to_numeric(physical[column], errors="coerce")
    if column == "assault_weapon_events" and "behavior_events" in physical:
        counts = counts.where(physical["behavior_events"].notna())
    known = counts.notna()
    if not counts.sum() > 0 or not students[known].sum() > 0:
        notices.append(f"no {_describe_column(column)} above 0: {alone}")
        return None
    if not known.all():
        per_student = counts.sum() / students[known].sum()
        notices.append(
            f"{_describe_column(column)} not published, so the district's "
            f"{100 * per_student:.1f} per 100 students are used: {_list_names(physical[~known])}"
        )
        counts = counts.fillna(students * per_student)
    return counts


def _describe_column(column: str) -> str:
    """Name a column of counts for a reader."""
    return EVENT_WORDS.get(column, f"counts of {column}")


def _list_names(schools: gpd.GeoDataFrame) -> str:
    return ", ".join(f"{name} ({school_id})" for school_id, name in schools["name"].items())
