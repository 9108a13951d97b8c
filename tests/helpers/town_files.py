"""A made-up town of eleven schools in ten buildings, as the files a planner would have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from zoning.staffing import StaffingComparison
from zoning.study import inputs

RESIDES = "resides"
ELEMENTARY = "elementary"
FORMULA = '=HYPERLINK("evil","Ash Elementary")'
STEERING = "Birch \x1b[31mElementary"

# id, name, level, program, latitude, longitude, students, feeders, bells, % Black
_SCHOOLS = (
    ("H1", "North High", "high", RESIDES, 38.05, -85.70, 900, "H1", "07:40", "14:20", 40),
    ("H2", "South High", "high", RESIDES, 37.99, -85.70, 800, "H2", "07:40", "14:20", 20),
    ("M1", "North Middle", "middle", RESIDES, 38.05, -85.68, 500, "H1", "07:40", "14:20", 40),
    ("M2", "South Middle", "middle", RESIDES, 37.99, -85.68, 450, "H1;H2", "07:40", "14:20", 30),
    ("E1", FORMULA, ELEMENTARY, RESIDES, 38.06, -85.69, 300, "H1", "09:05", "15:45", 50),
    ("E2", STEERING, ELEMENTARY, RESIDES, 38.04, -85.69, "", "H1", "09:05", "15:45", 45),
    ("E3", "Cedar Elementary", ELEMENTARY, RESIDES, 38.03, -85.70, 310, "H2", "09:05", "15:45", 10),
    ("E4", "Dogwood", ELEMENTARY, RESIDES, 38.00, -85.69, 330, "H2", "09:05", "15:45", 15),
    ("E5", "Elm Elementary", ELEMENTARY, RESIDES, 37.98, -85.69, 280, "H2", "09:05", "15:45", 20),
    ("X1", "Fir Magnet", ELEMENTARY, "magnet", 38.01, -85.68, 260, "", "09:05", "15:45", 30),
    ("V1", "Cloud School", "secondary", "virtual", 38.02, -85.69, 90, "", "", "", 30),
)  # fmt: skip
_HEADER = (
    "school_id,name,level,program,latitude,longitude,enrollment,feeder_high_school_ids,"
    "bell_start,bell_end,pct_black"
)
BUILDINGS = 10


def write_schools(path: Path, *, header: str = _HEADER) -> Path:
    """The town's schools as CSV."""
    rows = [",".join(_quoted(cell) for cell in school) for school in _SCHOOLS]
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def write_faulty_schools(path: Path) -> Path:
    """Three rows, four faults."""
    path.write_text(
        "school_id,name,level,latitude,longitude\n"
        "1,Oak,elementary,-85.7,38.0\n"
        "2,Pine,nursery,38.0,-85.7\n"
        "2,Yew,high,,\n",
        encoding="utf-8",
    )
    return path


def _quoted(cell: object) -> str:
    text = str(cell)
    return '"' + text.replace('"', '""') + '"' if '"' in text or "," in text else text


def put(key: str, value: object) -> tuple[str, str]:
    """The words of the command that give a setting."""
    return "--set", f"{key}={value}"


@contextmanager
def comparing_once() -> Iterator[None]:
    """Let commands that differ only in what they write compare once: the first one does it."""
    compare, done = inputs.compare_staffing, list[StaffingComparison]()

    def compare_once(*given: Any, **named: Any) -> StaffingComparison:
        if not done:
            done.append(compare(*given, **named))
        return done[0]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(inputs, "compare_staffing", compare_once)
        yield
