"""Call rates: calls for an officer from each building."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zoning.errors import DemandError, group_by_kind, typed
from zoning.geotables import TableUse, read_named_columns
from zoning.schools import require_inventory
from zoning.schools.buildings import EVENT_WORDS
from zoning.schools.cells import as_number
from zoning.schools.school_names import SchoolWords
from zoning.units import counted

BOSTON_CALLS_PER_SCHOOL_DAY = 0.17
# The lowest and the highest published rates that we know of: a rate outside them is probably in
# another unit (calls a week, calls of the district).
_LOWEST_PUBLISHED, _HIGHEST_PUBLISHED = 0.10, 0.55
_PUBLISHED = "0.10 (Louisville 2021), 0.17 (Boston, 4 years), 0.55 (Jefferson County 2024)"
_BOSTON = "published for Boston, doi 10.1007/s12310-022-09552-z; a default elsewhere"
_ENFORCEMENT_WORDS = ("arrest", "suspension")
_NAMES = {
    "school": (
        *("school_id", "school", "building_id", "building", "campus_id"),
        *("school_name", "building_name", "name"),
    ),
    "calls": ("calls", "call_count", "calls_for_service", "number_of_calls", "cfs"),
}
_USE = TableUse(
    what="counts of calls",
    error=DemandError,
    one_row="Give one row a school: school and calls.",
    needs=(("school",), ("calls",)),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CallRates:
    """Calls per school-day by building.

    Attributes
    ----------
    per_day
        Index ``building_id`` (unique), calls per school-day: all finite and at
        least 0, one or more above 0; read-only.
    source
        Where the rates come from, in words for a planner.
    notices
        Missing data and their replacements, one plain sentence each.

    Raises
    ------
    DemandError
        Names every building with a fault.
    """

    per_day: pd.Series[float]
    source: str
    notices: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"CallRates({counted(len(self.per_day), 'building')}, source={self.source!r})"

    def __post_init__(self) -> None:
        if not isinstance(self.per_day, pd.Series):
            raise DemandError(
                f"per_day is a {type(self.per_day).__name__}: it must be a Series of calls by "
                "building id, as of call_rates(schools)"
            )
        index = self.per_day.index.map(str)
        values = pd.to_numeric(self.per_day, errors="coerce").to_numpy(np.float64, copy=True)
        faults = _find_faults(index, values)
        if not faults and not (values > 0).any():
            faults.append("no building has any calls")
        if faults:
            raise DemandError(
                "the call rates cannot be used",
                faults,
                "Give every building a number of calls per school-day, 0 or more.",
            )
        values.flags.writeable = False
        rates = pd.Series(
            values, index=index.rename("building_id"), name="calls_per_day", copy=False
        )
        object.__setattr__(self, "per_day", rates)

    @classmethod
    def from_series(
        cls,
        calls: pd.Series[float],
        *,
        source: str,
        schools: gpd.GeoDataFrame | None = None,
        school_days: float = 1.0,
    ) -> CallRates:
        """Compute call rates from the totals of a district's own call log.

        Parameters
        ----------
        calls
            Calls over `school_days` by building id, or by school id if
            `schools` is given (schools that share a campus are added up).
        source
            The source of the log, and its definition of a call.
        schools
            From `read_schools`; every building must then have a number, 0 if it
            never called, and every id must be known. Calls to virtual schools,
            which have no building, are left out with a notice.
        school_days
            School-days the log covers; 1 if `calls` are already rates.

        Raises
        ------
        DemandError
            Naming every id that is missing, unknown, repeated, negative or not
            a number.
        """
        faults = []
        if not (math.isfinite(school_days) and school_days > 0):
            faults.append(f"school_days is {school_days}: give a number above 0")
        index = calls.index.map(str)
        given = pd.Series(pd.to_numeric(calls, errors="coerce").to_numpy(np.float64), index=index)
        notices: tuple[str, ...] = ()
        if schools is not None:
            require_inventory(schools)
            virtual = schools.index[schools["program"] == "virtual"]
            expected = dict.fromkeys(schools["campus_id"][schools["program"] != "virtual"])
            campus = index.map(lambda i: schools["campus_id"].get(i, i))
            unknown = index[~index.isin(schools.index)]
            missing = [i for i in expected if i not in set(campus)]
            faults += [f"not a school: {', '.join(unknown)}"] if len(unknown) else []
            faults += [f"no number for: {', '.join(missing)}"] if missing else []
            faults += _find_faults(index, given.to_numpy())
            if index.isin(virtual).any():
                left_out = ", ".join(index[index.isin(virtual)])
                notices = (f"calls to virtual schools left out: {left_out}",)
            given = given.groupby(campus).sum(min_count=1).reindex(list(expected))
        if faults:
            raise DemandError(
                "the call log cannot be used",
                faults,
                "Give every building of the district one number, 0 if it never called.",
            )
        places = given if schools is None else schools[schools["program"] != "virtual"]
        # Without the figure: notices are public, and a log of few schools is not.
        rate = float(given.sum()) / school_days / max(len(places), 1)
        notices += _note_unusual(rate, said="the log's calls per school and school-day are")
        return cls(per_day=given / school_days, source=source, notices=notices)


@typed
def read_calls(
    path: str | Path,
    schools: gpd.GeoDataFrame,
    *,
    school_days: float,
    source: str,
    columns: Mapping[str, str] | None = None,
) -> CallRates:
    """Read a district's own counts of calls, one row a school, as call rates.

    Parameters
    ----------
    path
        CSV or workbook with columns ``school`` (id or name) and ``calls``; of several sheets
        the one with these columns, or ``calls.xlsx#Sheet``.
    schools
        From `read_schools`; every building must have a number, 0 if it never called.
    school_days
        School-days that the counts cover.
    source
        The source of the counts, and what a call is. Public outputs show it.
    columns
        Other names of these columns: ``{"calls": "CFS 2025"}``.

    Raises
    ------
    DemandError
        If the file cannot be read, or listing every fault with its row; if the column counts
        arrests or suspensions; or as `CallRates.from_series`.
    """
    table = read_named_columns(path, _USE, _NAMES, mapped=columns)
    faults = list(table.faults)
    if enforcement := _refuse_enforcement((columns or {}).get("calls", "")):
        faults.append((None, enforcement))
    words, ids, counts = SchoolWords.of(schools), [], []
    for row, (school, calls) in enumerate(
        zip(table.cells["school"], table.cells["calls"], strict=True)
    ):
        try:
            ids.append(words.require(school))
        except ValueError as wrong:
            faults.append((row, f"school {wrong}"))
        try:
            counts.append(as_number(calls))
            if not counts[-1] >= 0:
                what = "empty: write 0 for a school that never called"
                faults.append((row, f"calls is {what if math.isnan(counts[-1]) else calls}"))
        except ValueError:
            faults.append((row, f"calls {str(calls)!r} is not a number"))
    if faults:
        rows = [(table.where[row], text) for row, text in faults if row is not None]
        raise DemandError(
            f"{table.source} has {counted(len(faults), 'fault')}",
            [
                *group_by_kind(rows, [f"{where}: {text}" for where, text in rows]),
                *(text for row, text in faults if row is None),
            ],
            "Give every school of the district one row with its number of calls.",
        )
    read = CallRates.from_series(
        pd.Series(counts, index=ids), source=source, schools=schools, school_days=school_days
    )
    shown = Path(table.source).name
    return replace(read, notices=(*(f"{shown}: {n}" for n in table.notices), *read.notices))


def _refuse_enforcement(column: str) -> str:
    """Say why counts of arrests or suspensions are no demand; '' for any other column."""
    if not any(word in column.casefold() for word in _ENFORCEMENT_WORDS):
        return ""
    return (
        f"{column} counts actions of officers, so it would send more officers where they "
        "already are; use incidents or calls"
    )


def _find_faults(index: pd.Index[str], values: NDArray[np.float64]) -> list[str]:
    """List ids that are repeated, or have no number of at least 0."""
    kinds = (
        ("listed more than once", index.duplicated()),
        ("not a number", ~np.isfinite(values)),
        ("less than 0", values < 0),
    )
    return [f"{what}: {', '.join(index[at])}" for what, at in kinds if at.any()]


def call_rates(
    schools: gpd.GeoDataFrame,
    *,
    calls_per_school_day: float = BOSTON_CALLS_PER_SCHOOL_DAY,
    incident_share: float = 0.5,
    incident_column: str | None = "assault_weapon_events",
    allow_enforcement_counts: bool = False,
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
        Arrests and suspensions are refused as demand: they follow where
        officers are sent, and would send more officers there. True overrides.

    Raises
    ------
    DemandError
        If a parameter is out of range, the column counts arrests or
        suspensions, or a count is negative or not a number.

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
        allow_enforcement_counts=allow_enforcement_counts,
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
        notices=(*_note_unusual(calls_per_school_day, said=said), *notices),
    )


def _note_unusual(per_school_day: float, *, said: str) -> tuple[str, ...]:
    """Notice a rate outside the range of published rates; ``said`` is how the sentence begins."""
    if _LOWEST_PUBLISHED <= per_school_day <= _HIGHEST_PUBLISHED:
        return ()
    side = "below the lowest" if per_school_day < _LOWEST_PUBLISHED else "above the highest"
    return (
        f"{said} {side} published rate: {_PUBLISHED}; check that these are calls for an officer "
        "per school and day",
    )


def _check_parameters(
    physical: gpd.GeoDataFrame,
    *,
    calls_per_school_day: float,
    incident_share: float,
    incident_column: str | None,
    allow_enforcement_counts: bool,
) -> None:
    faults = []
    if physical.empty:
        faults.append("no school has a building")
    if not (math.isfinite(calls_per_school_day) and calls_per_school_day > 0):
        faults.append(f"calls_per_school_day is {calls_per_school_day}: give a number above 0")
    if not 0 <= incident_share <= 1:
        faults.append(f"incident_share is {incident_share}: give a share from 0 to 1")
    column = incident_column or ""
    if not allow_enforcement_counts and (enforcement := _refuse_enforcement(column)):
        faults.append(f"{enforcement}, or set allow_enforcement_counts=True")
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
