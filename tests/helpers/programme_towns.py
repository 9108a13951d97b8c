"""An invented town of nine schools with a year of programme data; hostile names on demand."""

from __future__ import annotations

from datetime import date

import pandas as pd
from helpers.map_towns import nine_schools

from zoning.district import District

ON = date(2026, 9, 15)
FIELDS = ("building", "time", "reported", "category", "description")


def town(names: tuple[str, ...] | None = None) -> District:
    """Nine schools of five levels: four elementary, two high, one of each other level."""
    district = nine_schools(names)
    schools = district.schools.copy()
    schools["pct_black"] = [40.0, 10.0, 20.0, 40.0, 10.0, 50.0, 0.0, 30.0, 20.0]
    schools["pct_white"] = [40.0, 80.0, 60.0, 40.0, 80.0, 30.0, 99.0, 50.0, 60.0]
    object.__setattr__(district, "schools", schools)
    return district


def events() -> pd.DataFrame:
    """Incidents of two school years: 40 and 61, among them 4 and 7 weapons."""
    rows = []
    for year, fights, weapons, thefts in ((2024, 24, 4, 12), (2025, 30, 7, 24)):
        kinds = ["fight"] * fights + ["weapon"] * weapons + ["theft"] * thefts
        for k, category in enumerate(kinds):
            day = date(year, 9, 1) if k % 2 else date(year + 1, 3, 1 + k % 28)
            rows.append(
                {
                    "kind": "incident",
                    "id": f"{year}-{k}",
                    "building": f"s{k % 9}",
                    "occurred": day.isoformat(),
                    "time": f"{8 + k % 7:02d}:15",
                    "reported": day.isoformat() if k % 4 else "",
                    "category": category,
                    "description": "what J. Doe said" if k % 3 else "",
                    "officer_involved": "yes" if category == "weapon" else "no",
                    "students": "2",
                    "students_black": "1" if k % 2 else "0",
                    "students_white": "1",
                }
            )
    return pd.DataFrame(rows)
