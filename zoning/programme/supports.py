"""Counsellors and mental-health staff of each building, beside the officers' presence there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from zoning.confidence import percentile_interval, poisson_interval
from zoning.patrol import PatrolSchedule
from zoning.programme.event_records import GROUP_COLUMNS, EventRecords
from zoning.programme.periods import Period
from zoning.records import (
    Access,
    Column,
    Records,
    RecordTable,
    read_building,
    read_number,
    read_records,
    read_text,
    read_word,
)
from zoning.response import ResponseEstimate
from zoning.schools import buildings
from zoning.staffing.equity import ALL_STUDENTS, students_by_school

SUPPORTS: Final[Mapping[str, tuple[str, ...]]] = {
    "counsellor": ("counselor", "school counselor", "guidance counselor"),
    "psychologist": ("school psychologist",),
    "social worker": ("school social worker",),
    "nurse": ("school nurse",),
    "other mental health": ("mental health practitioner", "therapist", "mental health"),
}
"""Roles of the supports inventory. The Civil Rights Data Collection publishes such staff by school,
so they are public."""
RECOMMENDED: Final[Mapping[str, tuple[int, str]]] = {
    "counsellor": (250, "American School Counselor Association, since 1965"),
    "psychologist": (500, "National Association of School Psychologists"),
}
"""Students for one of them at most, with who recommends it."""
DRAWS: Final = 2_000


def _table(schools: gpd.GeoDataFrame) -> RecordTable:
    public = partial(Column, access=Access.PUBLIC)
    return RecordTable(
        what="supports",
        one_row="Give one row a building and role: building, role, fte.",
        columns=(
            public(
                name="building",
                meaning="School or building, id or name.",
                read=read_building(schools),
                headings=("building_id", "school", "school_id", "school_name"),
                required=True,
            ),
            public(
                name="role",
                meaning=f"{', '.join(SUPPORTS)}.",
                read=read_word(SUPPORTS),
                headings=("position",),
                required=True,
            ),
            public(
                name="fte",
                meaning="Full-time equivalents of it at the building.",
                read=read_number(at_least=0, at_most=100),
                headings=("full_time_equivalent", "positions"),
                required=True,
            ),
            public(name="source", meaning="Where it is from.", read=read_text, default=""),
        ),
        key=("building", "role"),
    )


def read_supports(source: str | Path | pd.DataFrame, schools: gpd.GeoDataFrame) -> Records:
    """Read the supports inventory: ``building``, ``role`` and ``fte``, one a row.

    Raises
    ------
    RecordError
        Listing every fault with its row.
    """
    return read_records(source, _table(schools))


def supports_by_building(schools: gpd.GeoDataFrame, supports: Records) -> pd.DataFrame:
    """List the supports of every building.

    A building without a row has none of that role: the inventory is taken to be whole.

    Returns
    -------
    DataFrame
        Index ``building``; ``name``, ``level``, ``students``, full-time equivalents by role, and
        ``students_per_counsellor`` and its like for roles of `RECOMMENDED` (inf without one).
    """
    places = buildings(schools)
    table = places[["name", "level"]].assign(students=places["enrollment"])
    table = pd.DataFrame(table).rename_axis(index="building")
    for role in SUPPORTS:
        mine = supports.frame[supports.frame["role"] == role]
        fte = mine.set_index("building")["fte"].astype(float)
        table[role] = fte.reindex(table.index, fill_value=0.0)
    for role in RECOMMENDED:
        with np.errstate(divide="ignore", invalid="ignore"):
            table[f"students_per_{role}"] = table["students"] / table[role]
    return table


def students_of_groups(schools: gpd.GeoDataFrame) -> pd.DataFrame:
    """Students of each group (columns) at each building (index). Restricted."""
    by_school = students_by_school(schools)
    return by_school.groupby(schools["campus_id"].reindex(by_school.index)).sum()


def support_rates(
    schools: gpd.GeoDataFrame, supports: Records, students: pd.DataFrame
) -> Iterator[tuple[str, pd.Series[float]]]:
    """Staff of each role per 1,000 students of each building, by the name of the figure."""
    inventory = supports_by_building(schools, supports).reindex(students.index)
    enrolled = students[ALL_STUDENTS].where(students[ALL_STUDENTS] > 0)
    for role in SUPPORTS:
        yield f"{role} per 1,000 students", 1000 * inventory[role] / enrolled


def supports_by_group(
    schools: gpd.GeoDataFrame,
    supports: Records,
    *,
    schedule: PatrolSchedule | None = None,
    response: ResponseEstimate | None = None,
    seed: int = 1,
) -> pd.DataFrame:
    """Compute what supports and which officer exposure a student of each group has.

    Each figure is a mean over students: that of the building in which a student is. Its interval
    is a bootstrap over buildings: how much the figure rests on single buildings, not how exactly
    it was measured.

    Parameters
    ----------
    schedule, response
        For ``officer_minutes`` and ``mean_response_s``, as `zoning.staffing.equity` has them.

    Returns
    -------
    DataFrame
        Index ``group`` and ``figure``: staff of a role per 1,000 students, ``officer_minutes`` (a
        school-day), ``mean_response_s``; ``students``, ``value``, ``low`` and ``high``.
        Restricted where it has officers.
    """
    students = students_of_groups(schools)
    values = dict(support_rates(schools, supports, students))
    if schedule is not None:
        values["officer_minutes"] = schedule.officer_seconds() / 60
    if response is not None:
        values["mean_response_s"] = response.buildings["mean_s"]
    rng = np.random.default_rng(seed)
    n = len(students)
    drawn = (
        rng.multinomial(n, np.full(n, 1 / n), size=DRAWS).astype(float) if n else np.ones((1, 0))
    )
    rows = []
    for group in students:
        for figure, of in values.items():
            known = of.reindex(students.index).astype(float)
            weight = students[group].where(known.notna(), 0.0).to_numpy(float)
            total = weight * known.fillna(0.0).to_numpy(float)
            if not weight.sum() > 0:
                continue
            with np.errstate(invalid="ignore"):
                ends = percentile_interval((drawn @ total) / (drawn @ weight))
            value = total.sum() / weight.sum()
            rows.append((group, figure, round(float(students[group].sum())), value, *ends))
    columns = ["group", "figure", "students", "value", "low", "high"]
    return pd.DataFrame(rows, columns=columns).set_index(["group", "figure"])


def records_by_group(
    records: EventRecords, schools: gpd.GeoDataFrame, *, kind: str, period: Period
) -> pd.DataFrame:
    """Compute how often students of each group stand in records. Restricted.

    A student who stands in two records counts twice, so the exact Poisson interval is too narrow
    where the same students return.

    Returns
    -------
    DataFrame
        Index ``group``; ``enrolled``, ``students`` (in records), ``per_1000`` (of those
        enrolled), ``low`` and ``high``.
    """
    of_kind = records.of_kind(kind)
    chosen = of_kind[period.holds(of_kind)]
    enrolled = students_by_school(schools).sum()
    columns = {ALL_STUDENTS: "students"} | {group: name for name, group in GROUP_COLUMNS.items()}
    rows = []
    for group, column in columns.items():
        if chosen[column].isna().all() or not enrolled.get(group, 0) > 0:
            continue
        count, per = float(chosen[column].sum()), float(enrolled[group])
        rows.append((group, round(per), int(count), *poisson_interval(count, per / 1000)))
    columns_out = ["group", "enrolled", "students", "per_1000", "low", "high"]
    return pd.DataFrame(rows, columns=columns_out).set_index("group")
