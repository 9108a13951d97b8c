"""Groups of students in public files: small ones, and those that would give them away, are out."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoning.disclosure.groups import (
    counts_to_withhold,
    public_equity,
    publishable_groups,
    waits_alike,
)
from zoning.response import ResponseAssumptions
from zoning.staffing import StaffingComparison
from zoning.staffing.equity import exposure_by_group
from zoning.staffing.precision import may_publish_mean
from zoning.zones import Zone, ZoneKind, ZonePlan

# --- numbers of students ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("students", "told"),
    [
        ({"Black": 145, "White": 255}, {"Black", "White"}),
        # 400 - 255 - 140 gives the 5 back, so the smallest other is left out too.
        ({"Black": 140, "White": 255, "Asian": 5}, {"White"}),
        # Nobody names the last 5: without a second hole they could be counted.
        ({"Black": 140, "White": 255, "Asian": 0}, {"White", "Asian"}),
        # 4 who are not disadvantaged are as few as 4 who are.
        ({"Economically disadvantaged": 396, "White": 400}, {"White"}),
    ],
)
def test_no_small_number_can_be_worked_out(students: dict[str, int], told: set[str]) -> None:
    found = publishable_groups(pd.Series({"All students": 400, **students}))
    assert set(found.index[found]) == {"All students", *told}


def test_a_district_of_nine_students_tells_nothing() -> None:
    found = publishable_groups(pd.Series({"All students": 9, "White": 9}))
    assert not found.any()


def attacked(counts: dict[str, int], hidden: set[str], *, below: int) -> dict[str, set[int]]:
    """Every value of each small count for whoever knows the total, the rule and which are small."""
    total = sum(counts[part] for part in hidden)
    small = [part for part in sorted(hidden) if counts[part] < below]
    large = len(hidden) - len(small)
    fits = [
        values
        for values in product(range(1, below), repeat=len(small))
        if (total - sum(values) >= large * below if large else total == sum(values))
    ]
    return {part: {values[k] for values in fits} for k, part in enumerate(small)}


@given(st.lists(st.integers(0, 30), min_size=1, max_size=4), st.integers(3, 6))
def test_a_small_number_can_be_any_small_number(numbers: list[int], below: int) -> None:
    counts = {f"part {k}": n for k, n in enumerate(numbers)}
    hidden = counts_to_withhold(counts, below=below)
    small = {part for part, n in counts.items() if 0 < n < below}
    assert hidden >= small
    everything = {part for part, n in counts.items() if n > 0}
    for part, values in attacked(counts, hidden, below=below).items():
        assert values == set(range(1, below)) or hidden == everything, part


# --- means that are not one building ---------------------------------------------------------


@given(st.lists(st.floats(0.01, 1e6), max_size=12))
def test_the_rules_are_those_of_the_literature(contributions: list[float]) -> None:
    """Recomputed: frequency 5, (n,k) = (2, 90 %), p = 10 % (Hundepool et al. 2012, chapter 4).

    PyPI acro 1.0.2, set to the same three values, suppressed the same 60 of 150 random
    cells; so does it here where it is installed.
    """
    one, two, *others = [*sorted(contributions, reverse=True), 0.0, 0.0]
    total = sum(contributions)
    fine = len(contributions) >= 5 and one + two < 0.9 * total and total - one - two >= 0.1 * one
    assert may_publish_mean(contributions) == (fine or not contributions)
    assert sum(others) == pytest.approx(total - one - two, rel=1e-6, abs=1e-6)


def test_a_disclosure_control_tool_withholds_the_same_cells() -> None:
    acro = pytest.importorskip("acro")
    random = np.random.default_rng(1)
    rows = [
        (f"cell {cell}", "all", float(value))
        for cell in range(40)
        for value in random.lognormal(5, random.choice([0.3, 1.5, 3]), random.integers(1, 12))
    ]
    frame = pd.DataFrame(rows, columns=["cell", "one", "value"])
    tool = acro.ACRO(suppress=True)
    tool.config.update(safe_threshold=5, safe_nk_n=2, safe_nk_k=0.9, safe_pratio_p=0.1)
    shown = tool.crosstab(frame["cell"], frame["one"], values=frame["value"], aggfunc="sum")
    ours = frame.groupby("cell")["value"].apply(may_publish_mean)
    assert shown.iloc[:, 0].reindex(ours.index).notna().tolist() == ours.tolist()


def town(
    students: dict[str, list[float]], waits: list[float], *, own: int = 0, counted: bool = False
) -> StaffingComparison:
    """One option on schools of 100 students; shares of groups and waits by school.

    Stands in for a comparison: the last ``own`` buildings have an officer of their own.
    """
    ids = [f"{k:02d}" for k in range(len(waits))]
    schools: Any = pd.DataFrame({"campus_id": ids, "enrollment": 100.0, **students})
    patrolled = tuple(ids[: len(ids) - own])
    zones = [Zone(zone_id="Zone 1", building_ids=patrolled)]
    zones += [
        Zone(zone_id=f"Post {k}", building_ids=(k,), kind=ZoneKind.DEDICATED)
        for k in ids[len(ids) - own :]
    ]
    response: Any = SimpleNamespace(
        buildings=pd.DataFrame({"mean_s": waits}, index=ids), assumptions=ResponseAssumptions()
    )
    schedule: Any = SimpleNamespace(officer_seconds=lambda: pd.Series(3600.0, index=ids))
    exact = exposure_by_group(schools, schedule, response)
    outcome = SimpleNamespace(
        plan=ZonePlan(tuple(zones)), schedule=schedule, response=response, calls_are_counted=counted
    )
    made: Any = SimpleNamespace(
        district=SimpleNamespace(schools=schools),
        equity=lambda: pd.concat({"a": exact}, names=["option_id", "group"]),
        outcome=lambda _: outcome,
        part_of=lambda _: made,
        scenario="",
    )
    return made


def withheld(comparison: StaffingComparison) -> set[str]:
    told = public_equity(comparison).loc["a"]
    assert (told["withheld"] != "").equals(told["mean_response_s"].isna())
    return set(told.index[told["mean_response_s"].isna()])


WAITS = [200.0 + 10 * k for k in range(25)]


def test_the_mean_of_a_group_at_one_school_is_withheld() -> None:
    """25 schools, one with all Asian students: their mean is that school's response."""
    alone = {"pct_asian": [20.0] + [0.0] * 24, "pct_white": [60.0] * 25, "pct_black": [10.0] * 25}
    assert withheld(town(alone, WAITS)) == {"Asian"}


def test_a_total_less_its_parts_gives_no_group_back() -> None:
    """White and Asian are all students: with White told, Asian could be subtracted."""
    alone = {"pct_asian": [20.0] + [0.0] * 24, "pct_white": [80.0] + [100.0] * 24}
    assert withheld(town(alone, WAITS)) == {"Asian", "White"}


def test_those_who_are_not_disadvantaged_may_be_one_school_too() -> None:
    share = {"pct_econ_disadvantaged": [50.0] + [100.0] * 24, "pct_white": [50.0] * 25}
    assert withheld(town(share, WAITS)) == {"Economically disadvantaged"}


def test_schools_with_an_officer_of_their_own_hide_nothing() -> None:
    """Four patrolled schools have Asian students and nine posts, whose wait is known: 135 s."""
    waits = [*WAITS, *[135.0] * 9]
    shares = [20.0] * 4 + [0.0] * 21 + [20.0] * 9
    assert withheld(town({"pct_asian": shares, "pct_white": [50.0] * 34}, waits, own=9)) == {
        "Asian"
    }


def test_an_officer_of_one_school_hides_how_often_it_calls() -> None:
    """As before, but calls were counted: how long they wait at the posts is no longer known."""
    waits = [*WAITS, *[135.0 + 20 * k for k in range(1, 9)], 135.0 + 9000.0]
    shares = [20.0] * 6 + [0.0] * 27 + [60.0]
    groups = {"pct_asian": shares, "pct_white": [30.0] * 34}
    assert withheld(town(groups, waits, own=9)) == set()
    assert withheld(town(groups, waits, own=9, counted=True)) == {"Asian"}


def test_noise_is_no_gap_between_groups() -> None:
    waits = [140.9999999 if k % 2 else 141.0000001 for k in range(25)]
    groups = {"pct_asian": [50.0, 10.0] * 12 + [30.0], "pct_white": [30.0, 80.0] * 12 + [30.0]}
    told = public_equity(town(groups, waits))
    assert set(told["mean_response_s"]) == {144.0}
    assert waits_alike(told, "a")
    # Half a second apart around a border of rounding: still told as equal.
    apart = [140.6 if k % 2 else 141.4 for k in range(25)]
    assert waits_alike(public_equity(town(groups, apart)), "a")
    far = [141.0 if k % 2 else 241.0 for k in range(25)]
    assert not waits_alike(public_equity(town(groups, far)), "a")
