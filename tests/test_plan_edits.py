"""Moves, swaps, merges and splits: what they make, what they say, what they refuse."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from helpers.zone_requests import COSTS, OBJECTIVES, RULES, towns
from helpers.zone_towns import on_a_line, plan_of, problem, random_town, sizes_of
from hypothesis import given, settings
from hypothesis import strategies as st

from zoning.errors import PlanError
from zoning.zones import (
    Alignment,
    Objective,
    PlanCheck,
    Zone,
    ZoneKind,
    ZonePlan,
    ZoneProblem,
    check_plan,
    score,
)

NAMES = {f"b{k:02d}": f"School {k}" for k in range(9)} | {"H0": "North High", "H1": "South High"}
ROAD = on_a_line(0, 60, 120, 3720, 3780, 3840)
TWO = [(0, 1, 2), (3, 4, 5)]


def road(**request: object) -> ZoneProblem:
    """Two rows of three a minute apart, an hour between: each row is a zone, 320 s in all."""
    return problem(ROAD, **{"zones": 2, "min_size": 2, "names": NAMES} | request)


def zones_of(check: PlanCheck) -> dict[str, tuple[str, ...]]:
    return {zone.zone_id: zone.building_ids for zone in check.plan.zones}


def test_a_move_gives_a_new_plan_with_its_score_and_the_rules_it_breaks() -> None:
    """By hand: a row of two costs 60 s; the far school waits for 2/4 of three hours' drives."""
    town = road(max_size=3)
    plan = plan_of(town, TWO)
    before = plan_of(town, TWO)
    check = check_plan(plan, town).move("b02", to="B")
    assert zones_of(check) == {"A": ("b00", "b01"), "B": ("b02", "b03", "b04", "b05")}
    assert [str(b) for b in check.broken] == ["B: has 4 buildings, at most 3"]
    pairs = 60 + 60 + 120 + 3600 + 3660 + 3720
    assert check.score.objective_s == pytest.approx(60 + 2 * pairs / 4)
    assert check.score == score(check.plan, town)
    assert plan == before


def test_edits_can_follow_one_another() -> None:
    town = road()
    plan = plan_of(town, TWO)
    there_and_back = check_plan(plan, town).move("b02", to="B").move("b02", to="A")
    assert there_and_back.plan == plan
    assert there_and_back.score.objective_s == pytest.approx(320)
    assert check_plan(plan, town).swap("b02", "b03").swap("b03", "b02").plan == plan


def test_a_swap_exchanges_two_buildings() -> None:
    town = road()
    check = check_plan(plan_of(town, TWO), town).swap("b00", "b05")
    assert zones_of(check) == {"A": ("b01", "b02", "b05"), "B": ("b00", "b03", "b04")}
    assert check.ok


def test_moving_the_last_building_out_removes_the_zone_and_says_so() -> None:
    town = road(min_size=1, zones=3)
    plan = plan_of(town, [(0, 1, 2), (3, 4), (5,)])
    check = check_plan(plan, town).move("b05", to="B")
    assert zones_of(check) == {"A": ("b00", "b01", "b02"), "B": ("b03", "b04", "b05")}
    assert check.notes == ("C has no building left and is gone",)
    assert [str(b) for b in check.broken] == ["the plan has 2 patrol zones, not 3"]
    assert "Note: C has no building left and is gone." in str(check)


def test_a_merge_joins_zones_under_the_first_or_a_given_name() -> None:
    town = road(zones=(1, 3), min_size=1, max_size=6)
    plan = plan_of(town, [(0, 1), (2,), (3, 4, 5)])
    assert zones_of(check_plan(plan, town).merge(["B", "A"])) == {
        "B": ("b00", "b01", "b02"),
        "C": ("b03", "b04", "b05"),
    }
    assert list(zones_of(check_plan(plan, town).merge(["B", "A"], into="A"))) == ["A", "C"]
    assert list(zones_of(check_plan(plan, town).merge(["A", "B"], into="West"))) == ["West", "C"]
    everything = check_plan(plan, town).merge(["A", "B", "C"])
    assert zones_of(everything) == {"A": town.building_ids}
    assert everything.ok


def test_a_split_by_hand_makes_a_zone_with_a_free_name() -> None:
    town = road(zones=(1, 3), max_size=6)
    names = {"b00": "Zone 1", "b01": "Zone 1", "b02": "Zone 1", "b03": "Zone 3", "b04": "Zone 3"}
    plan = ZonePlan.from_assignment(names | {"b05": "Zone 3"})
    check = check_plan(plan, town).split("Zone 3", ["b05"])
    assert zones_of(check) == {
        "Zone 1": ("b00", "b01", "b02"),
        "Zone 3": ("b03", "b04"),
        "Zone 2": ("b05",),
    }
    assert "South" in zones_of(check_plan(plan, town).split("Zone 3", ["b05"], new_zone_id="South"))


def test_a_split_without_buildings_finds_the_two_rows() -> None:
    town = road(zones=(1, 2), max_size=6)
    whole = ZonePlan.from_assignment(dict.fromkeys(town.building_ids, "Zone 1"))
    check = check_plan(whole, town).split("Zone 1")
    assert {frozenset(z) for z in zones_of(check).values()} == {
        frozenset(("b00", "b01", "b02")),
        frozenset(("b03", "b04", "b05")),
    }
    assert check.score.objective_s == pytest.approx(320)
    assert check.notes == ()


def test_a_merge_and_the_best_split_give_back_rows_that_were_best() -> None:
    town = road()
    plan = plan_of(town, TWO)
    again = check_plan(plan, town).merge(["A", "B"]).split("A")
    assert again.score.objective_s == pytest.approx(check_plan(plan, town).score.objective_s)


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=12)
def test_the_best_split_is_the_best_of_every_division(data: st.DataObject) -> None:
    """Sizes first, then rules, then (for the longest drive that, and) the objective."""
    rules = data.draw(st.lists(st.sampled_from([*RULES, "AtMostMoved"]), max_size=2))
    costs = data.draw(st.lists(st.sampled_from([c for c in COSTS if c != "Imbalance"]), max_size=1))
    town = data.draw(
        towns(objectives=OBJECTIVES, rules=rules, costs=costs, zones=(1, 4), presence=None)
    )
    cut = data.draw(st.integers(2, town.n))
    schools = st.sampled_from([None, *town.high_school_ids])
    groups = [g for g in (range(cut), range(cut, town.n)) if g]
    plan = plan_of(town, groups, A=data.draw(schools), B=data.draw(schools))
    everyone = plan.zones[0].building_ids
    every = [
        check_plan(plan, town).split("A", part)
        for size in range(1, cut)
        for part in combinations(everyone, size)
    ]
    best = check_plan(plan, town).split("A")
    assert worth(best, town) == pytest.approx(min(worth(check, town) for check in every))


def worth(check: PlanCheck, town: ZoneProblem) -> tuple[float, ...]:
    """What divisions of zone A are compared by, from the check of the whole plan."""
    low, high = sizes_of(town)
    halves = [z for z in check.plan.zones if z.zone_id != "B"]
    sizes = [len(z.building_ids) for z in halves]
    off = sum(max(low - s, 0) + max(s - high, 0) for s in sizes)
    names = {z.zone_id for z in halves}
    moved = [b for b in check.broken if b.zone_id is None and "moved" in b.reason]
    broken = any(b.zone_id in names for b in check.broken) or bool(moved)
    longest = check.score.longest_drive_s if town.objective is Objective.WORST else 0.0
    finite = sum(t.seconds for t in check.score.terms if math.isfinite(t.seconds))
    return float(off), float(broken), longest, round(finite, 4)


def test_splitting_a_huge_zone_tries_many_divisions_and_says_so() -> None:
    """Two clusters of twelve, far apart: no need for every one of 16 million divisions."""
    rng = np.random.default_rng(4)
    places = np.vstack([rng.uniform(0, 200, (12, 2)), rng.uniform(9000, 9200, (12, 2))])
    seconds = np.hypot(*(places[:, None] - places[None]).T)
    town = problem(seconds, zones=2, min_size=1, max_size=12)
    whole = ZonePlan.from_assignment(dict.fromkeys(town.building_ids, "Zone 1"))
    check = check_plan(whole, town).split("Zone 1")
    assert sorted(zones_of(check).values()) == [town.building_ids[:12], town.building_ids[12:]]
    assert check.ok
    assert "too many to try every division: this is the best of" in check.notes[0]


def test_an_edited_zone_keeps_its_high_school_while_somebody_feeds_it() -> None:
    town = road(
        feeders=[(0,), (1,), (1,), (1,), (1,), ()],
        high_schools=2,
        alignment=Alignment.prefer(1.0),
        min_size=1,
    )
    plan = plan_of(town, TWO, A="H0", B="H1")
    kept = check_plan(plan, town).move("b01", to="B")
    assert [z.high_school_id for z in kept.plan.zones] == ["H0", "H1"]
    assert kept.notes == ()
    changed = check_plan(plan, town).move("b00", to="B")
    assert [z.high_school_id for z in changed.plan.zones] == ["H1", "H1"]
    assert changed.notes == (
        "A is aligned with South High now: none of its schools feeds North High",
    )
    unnamed = check_plan(plan_of(town, TWO), town).move("b00", to="B")
    assert [z.high_school_id for z in unnamed.plan.zones] == [None, None]
    divided = check_plan(plan, town).split("A", ["b01", "b02"])
    assert [z.high_school_id for z in divided.plan.zones] == ["H0", "H1", "H1"]


def test_names_that_do_not_exist_are_refused_with_those_that_are_near() -> None:
    town = road()
    plan = ZonePlan.from_assignment(
        dict(zip(town.building_ids, ["Zone 1"] * 3 + ["Zone 2"] * 3, strict=True))
    )
    with pytest.raises(PlanError, match=r"no zone 'Zone 11'; near: Zone 1, Zone 2"):
        check_plan(plan, town).move("b00", to="Zone 11")
    with pytest.raises(PlanError, match=r"no building 'b06' in the plan; near: b0. \(School"):
        check_plan(plan, town).move("b06", to="Zone 2")
    with pytest.raises(
        PlanError, match=r"no building 'School 5' in the plan; near: b05 \(School 5"
    ):
        check_plan(plan, town).move("School 5", to="Zone 2")
    with pytest.raises(PlanError, match="School 0 is in Zone 1 already"):
        check_plan(plan, town).move("b00", to="Zone 1")
    with pytest.raises(PlanError, match="School 0 and School 1 are both in Zone 1"):
        check_plan(plan, town).swap("b00", "b01")


def test_merges_that_make_no_sense_are_refused() -> None:
    town = road()
    plan = plan_of(town, [(0, 1), (2, 3), (4, 5)])
    with pytest.raises(PlanError, match="two or more different zones"):
        check_plan(plan, town).merge(["A"])
    with pytest.raises(PlanError, match="two or more different zones"):
        check_plan(plan, town).merge(["A", "A"])
    with pytest.raises(PlanError, match="there is a zone 'C' already"):
        check_plan(plan, town).merge(["A", "B"], into="C")


def test_splits_that_make_no_sense_are_refused_with_every_fault() -> None:
    town = road(min_size=1)
    plan = plan_of(town, [(0, 1, 2, 3), (4, 5)])
    with pytest.raises(PlanError) as fault:
        check_plan(plan, town).split("A", ["b00", "b05", "b09"])
    assert fault.value.faults[0] == "School 5 is in B"
    assert fault.value.faults[1].startswith("there is no building 'b09' in the plan; near: b0")
    with pytest.raises(PlanError, match="every building of it is named"):
        check_plan(plan, town).split("B", ["b04", "b05"])
    with pytest.raises(PlanError, match="no building is named"):
        check_plan(plan, town).split("B", [])
    with pytest.raises(PlanError, match=r"there is a zone 'B' already\n.*'Zone 1' is free"):
        check_plan(plan, town).split("A", ["b00"], new_zone_id="B")
    single = plan_of(town, [(0, 1, 2, 3, 4), (5,)])
    with pytest.raises(PlanError, match="B has one building: it cannot be split"):
        check_plan(single, town).split("B")


def test_dedicated_officers_stay_where_they_are() -> None:
    town = road(dedicated=("x",), names=NAMES | {"x": "Alternative X"})
    post = Zone(zone_id="Post 1", building_ids=("x",), kind=ZoneKind.DEDICATED)
    plan = ZonePlan((*plan_of(town, TWO).zones, post))
    with pytest.raises(PlanError, match=r"Alternative X has an officer of its own\nLeave it out"):
        check_plan(plan, town).move("x", to="A")
    with pytest.raises(PlanError, match="Post 1 is no patrol zone: its officer stays at Alternat"):
        check_plan(plan, town).move("b00", to="Post 1")
    with pytest.raises(PlanError, match="Post 1 is no patrol zone"):
        check_plan(plan, town).merge(["A", "Post 1"])
    with pytest.raises(PlanError, match="Post 1 is no patrol zone"):
        check_plan(plan, town).split("Post 1")


@pytest.mark.slow
@given(seed=st.integers(0, 1000), order=st.permutations(range(8)))
@settings(max_examples=8)
def test_relabelling_the_buildings_changes_no_edit(seed: int, order: list[int]) -> None:
    seconds, calls = random_town(seed, 8), np.random.default_rng(seed).uniform(0.5, 2, 8)
    one = problem(seconds, weights=calls, zones=(2, 3), min_size=1)
    ids = [f"b{k:02d}" for k in order]
    other = problem(
        seconds[np.ix_(order, order)], weights=calls[order], ids=ids, zones=(2, 3), min_size=1
    )
    plan = plan_of(one, [(0, 1, 2, 3, 4), (5, 6, 7)])
    for town in (one, other):
        check = check_plan(plan, town).split("A").move("b07", to="A")
        assert zones_of(check) == zones_of(check_plan(plan, one).split("A").move("b07", to="A"))
        expected = check_plan(plan, one).split("A").move("b07", to="A").score.objective_s
        assert check.score.objective_s == pytest.approx(expected)
