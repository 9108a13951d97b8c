"""Officer time and response time by group of students."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from zoning.patrol import PatrolSchedule
from zoning.response import ResponseEstimate

GROUPS = {
    "pct_econ_disadvantaged": "Economically disadvantaged",
    "pct_black": "Black",
    "pct_hispanic": "Hispanic",
    "pct_white": "White",
    "pct_asian": "Asian",
    "pct_two_or_more": "Two or more races",
}
ALL_STUDENTS = "All students"
NOT_A_RACE = GROUPS["pct_econ_disadvantaged"]


def exposure_by_group(
    schools: gpd.GeoDataFrame,
    schedule: PatrolSchedule,
    response: ResponseEstimate,
) -> pd.DataFrame:
    """Officer time and response by group of students, enrolment-weighted.

    A student's officer time is the officer-minutes a day in the student's building while it is
    open, breaks left out.
    Shares of enrolment published as 0.0 can be suppressed small counts, so small
    groups are understated. Published evaluations find that officers change
    suspensions, referrals and arrests unevenly (doi 10.1002/pam.22498): read
    officer time as exposure, not as a benefit.

    Not for publication: small groups are included. In public files
    `zoning.disclosure` leaves out groups whose number of students must not be
    published.

    Returns
    -------
    DataFrame
        Index ``group``; columns ``students`` (rounded), ``officer_minutes``
        (mean a school-day; restricted, since it reveals the dwell), ``presence_index``
        (officer minutes over those of all students) and ``mean_response_s``.
        Empty when there is no enrolment.
    """
    students = students_by_building(schools, response)
    minutes = schedule.officer_seconds().reindex(students.index).to_numpy(float) / 60
    waits = response.buildings["mean_s"].reindex(students.index).to_numpy(float)
    rows = [
        (
            group,
            round(float(weight.sum())),
            float(np.average(minutes, weights=weight)),
            float(np.average(waits, weights=weight)),
        )
        for group, weight in students.items()
        if weight.sum() > 0
    ]
    table = pd.DataFrame(rows, columns=["group", "students", "officer_minutes", "mean_response_s"])
    table = table.set_index("group")
    everyone = table["officer_minutes"].get(ALL_STUDENTS, np.nan)
    table.insert(2, "presence_index", table["officer_minutes"] / everyone)
    return table


def students_by_building(schools: gpd.GeoDataFrame, response: ResponseEstimate) -> pd.DataFrame:
    """Students of each group (columns) at each building with a response (index)."""
    served = schools[schools["campus_id"].isin(response.buildings.index)]
    students = students_by_school(served)
    return students.groupby(served["campus_id"].reindex(students.index)).sum()


def students_by_school(schools: gpd.GeoDataFrame) -> pd.DataFrame:
    """Students of each group (columns) at each school whose enrolment is known (index)."""
    known = schools[schools["enrollment"].notna()]
    enrolled = known["enrollment"].astype(float)
    return pd.DataFrame(
        {ALL_STUDENTS: enrolled}
        | {
            group: enrolled * known[column].fillna(0).astype(float) / 100
            for column, group in GROUPS.items()
            if column in known
        }
    )
