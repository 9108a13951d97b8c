"""The town of nine schools and what becomes of it: one school opens, one closes, one moves."""

from __future__ import annotations

import pandas as pd
from helpers.map_towns import OPTIONS, nine_schools

from zoning.schools.changes import SchoolChanges, change_schools
from zoning.staffing import (
    PatrolZones,
    ScenarioOption,
    SchoolScenario,
    StaffingComparison,
    compare_staffing,
)

NAME = "2028 schools"


def rows(*, new_name: str = "School 9") -> pd.DataFrame:
    """School 0 closes, School 9 opens, School 2 grows, School 3 moves 300 m north."""
    place = nine_schools().schools.geometry
    return pd.DataFrame(
        [
            {"school_id": "s0", "change": "closes"},
            {
                "school_id": "s9",
                "change": "opens",
                "name": new_name,
                "level": "elementary",
                "latitude": place.y.mean() + 0.004,
                "longitude": place.x.mean() + 0.002,
                "enrollment": 300,
                "feeder_high_school_ids": "s1",
            },
            {"school_id": "s2", "enrollment": 999},
            {
                "school_id": "s3",
                "change": "changes",
                "latitude": place.y["s3"] + 0.003,
                "longitude": place.x["s3"],
            },
        ]
    )


def changed_schools(**more: str) -> SchoolChanges:
    return change_schools(rows(**more), nine_schools().schools)


def mixed_comparison(*, name: str = NAME, **more: str) -> StaffingComparison:
    """Today's options, and two of them with the schools of 2028."""
    changes = changed_schools(**more)
    scenario = SchoolScenario(name=name, schools=changes.schools, notices=changes.notices)
    later = [
        ScenarioOption(option=option, scenario=scenario)
        for option in OPTIONS
        if isinstance(option, PatrolZones)
    ]
    return compare_staffing(nine_schools(), [*OPTIONS, *later])
