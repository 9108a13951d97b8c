"""Why a building is where it is: every alternative against making the change and scoring it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from helpers.zone_requests import COSTS, OBJECTIVES, RULES, towns
from helpers.zone_towns import on_a_line, plan_of, problem, random_town
from hypothesis import given, settings
from hypothesis import strategies as st

from zoning.errors import PlanError
from zoning.schools.school_names import nearest
from zoning.zones import (
    Alignment,
    Apart,
    AtMostMoved,
    Objective,
    PlanCheck,
    Status,
    TourLength,
    Zone,
    ZoneKind,
    ZonePlan,
    ZoneProblem,
    building_travel,
    check_plan,
    explain_building,
    explain_plan,
    solve,
)

NAMES = {f"b{k:02d}": f"School {k}" for k in range(9)} | {"H0": "North High", "H1": "South High"}


def finite(check: PlanCheck) -> float:
    """The objective without strict alignment, which has no price."""
    return sum(t.seconds for t in check.score.terms if math.isfinite(t.seconds))


def adds_a_fault(before: PlanCheck, after: PlanCheck, old: str, new: tuple[str, ...]) -> bool:
    """Whether a change breaks a rule, what was broken elsewhere or before left aside."""
    was = {b.zone_id for b in before.broken}
    for fault in after.broken:
        if fault.zone_id in new or (fault.zone_id == old and old not in was):
            return True
        if fault.zone_id is None and "moved" in fault.reason:
            if (after.score.moved or 0) > (before.score.moved or 0):
                return True
        elif fault.zone_id is None and all(b.rule != fault.rule for b in before.broken):
            return True
    return False


@st.composite
def planned_towns(draw: st.DrawFn) -> tuple[ZoneProblem, ZonePlan]:
    """A town of any kind, and any plan of it with two to four zones."""
    rules = draw(st.lists(st.sampled_from([*RULES, "AtMostMoved"]), max_size=2))
    costs = draw(st.lists(st.sampled_from(COSTS), max_size=1))
    count = draw(st.integers(2, 4))
    zones = count if "Imbalance" in costs else draw(st.sampled_from([count, (2, 4), None]))
    town = draw(towns(objectives=OBJECTIVES, rules=rules, costs=costs, zones=zones))
    homes = draw(st.permutations([*range(count), *(k % count for k in range(town.n - count))]))
    schools = st.sampled_from([None, *town.high_school_ids])
    groups = [[k for k in range(town.n) if homes[k] == zone] for zone in range(count)]
    return town, plan_of(town, groups, **{chr(ord("A") + k): draw(schools) for k in range(count)})


@pytest.mark.slow
@given(drawn=planned_towns(), data=st.data())
@settings(max_examples=25)
def test_every_alternative_is_what_making_the_change_would_give(
    drawn: tuple[ZoneProblem, ZonePlan], data: st.DataObject
) -> None:
    town, plan = drawn
    building = data.draw(st.sampled_from(town.building_ids))
    before = check_plan(plan, town)
    told = explain_building(plan, town, building)
    old = plan.zone_of(building).zone_id
    assert set(told.alternatives.index) == {z.zone_id for z in plan.zones} - {old}
    for zone_id, row in told.alternatives.iterrows():
        after = check_plan(plan, town).move(building, to=str(zone_id))
        assert row["cost_s"] == pytest.approx(finite(after) - finite(before), abs=1e-6)
        assert bool(row["breaks"]) == adds_a_fault(before, after, old, (str(zone_id),))
        travel = building_travel(after.plan, town)
        assert row["call_travel_s"] == pytest.approx(travel.at[building, "travel_s"])
        swaps = {
            other: after
            for other in next(z for z in plan.zones if z.zone_id == zone_id).building_ids
            if not adds_a_fault(
                before,
                after := check_plan(plan, town).swap(building, other),
                old,
                (old, str(zone_id)),
            )
        }
        if not row["breaks"] or not swaps:
            assert row["swap_with"] is None
            assert math.isnan(row["swap_cost_s"])
            continue
        keys = {other: key(check, town) for other, check in swaps.items()}
        assert keys[row["swap_with"]] == pytest.approx(min(keys.values()))
        gained = finite(swaps[row["swap_with"]]) - finite(before)
        assert row["swap_cost_s"] == pytest.approx(gained, abs=1e-6)
        assert row["longest_drive_s"] == swaps[row["swap_with"]].score.longest_drive_s


def key(check: PlanCheck, town: ZoneProblem) -> tuple[float, float]:
    longest = check.score.longest_drive_s if town.objective is Objective.WORST else 0.0
    return longest, round(finite(check), 4)


@given(drawn=planned_towns())
@settings(max_examples=10)
def test_the_table_of_a_plan_has_the_best_other_zone_of_each_building(
    drawn: tuple[ZoneProblem, ZonePlan],
) -> None:
    town, plan = drawn
    table = explain_plan(plan, town)
    assert sorted(table.index) == sorted(town.building_ids)
    assert table["cost_s"].dropna().round(6).is_monotonic_increasing
    for row in table.reset_index().to_dict("records"):
        told = explain_building(plan, town, row["building_id"])
        assert row["best_other"] == told.best_other
        assert row["zone_id"] == told.zone.zone_id
        if told.best_other is not None:
            assert row["cost_s"] == told.best_other_cost_s
            assert row["swap_with"] == told.alternatives.at[told.best_other, "swap_with"]


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=15)
def test_in_a_proved_optimum_no_change_that_keeps_the_rules_saves_anything(
    data: st.DataObject,
) -> None:
    rules = data.draw(st.lists(st.sampled_from([*RULES, "AtMostMoved"]), max_size=1))
    costs = data.draw(st.lists(st.sampled_from(COSTS), max_size=1))
    town = data.draw(
        towns(n=(6, 8), objectives=OBJECTIVES, rules=rules, costs=costs, zones=2, max_size=5)
    )
    result = solve(town)
    if result.plan is None or result.score is None:
        return
    assert result.status is Status.OPTIMAL
    table = explain_plan(result.plan, town).dropna(subset=["cost_s"])
    if town.objective is Objective.WORST:
        assert (table["longest_drive_s"] >= result.score.longest_drive_s).all()
        table = table[table["longest_drive_s"] == result.score.longest_drive_s]
    assert (table["cost_s"] >= -2e-6 * result.score.objective_s - 1e-6).all()


def test_by_hand_the_middle_school_is_explained() -> None:
    """Schools at minutes 0, 1 | 3, 4 and 7 | 8: calls at 3 wait for half of a minute's drive.

    With 0 and 1 the school at 3 would wait (3 + 2 + 0)/3 min, with 7 and 8 (4 + 5)/3;
    its own zone of 3 and 4 costs 2 * 1/2 = 1 building-minute, and nothing without it.
    """
    town = problem(
        on_a_line(0, 60, 180, 240, 420, 480), zones=3, min_size=1, max_size=3, names=NAMES
    )
    plan = plan_of(town, [(0, 1), (2, 3), (4, 5)])
    told = explain_building(plan, town, "b02")
    assert told.travel_s == pytest.approx(30)
    assert [t.seconds for t in told.terms] == pytest.approx([30, 30])
    assert told.best_other == "A"
    assert list(told.alternatives.index) == ["A", "C"]
    best = told.alternatives.loc["A"]
    # Zone A would cost 2 (1 + 2 + 3)/3 = 4 minutes, now 1; zone B nothing, now 1.
    assert best["cost_s"] == pytest.approx(120)
    assert best["building_s"] == pytest.approx(100 - 30)
    assert best["old_zone_s"] == pytest.approx(-30)
    assert best["new_zone_s"] == pytest.approx(2 * 60 * (1 + 2) / 3 + 20 - 60)
    assert told.best_other_cost_s == pytest.approx(120)
    assert str(told).splitlines() == [
        "School 2 is in B with School 3.",
        "A call there waits 0.5 min for travel; being there it adds 1.00 building-minutes "
        "(travel to its own calls 0.50, travel to the zone's other calls 0.50).",
        "The best other zone is A, which would cost 2.00 building-minutes more: travel to its "
        "own calls +1.17, to those of B -0.50, to those of A +1.33; the longest drive inside a "
        "zone would be 3.0 min, now 1.0 min.",
        "  C: would cost 4.67 building-minutes more; the longest drive inside a zone would be "
        "5.0 min, now 1.0 min.",
    ]


@given(seed=st.integers(0, 1000), building=st.integers(0, 7))
@settings(max_examples=20)
def test_the_parts_of_a_cost_add_up(seed: int, building: int) -> None:
    """Travel of three kinds, misaligned schools and tours make the whole change."""
    town = problem(
        random_town(seed, 8),
        weights=np.random.default_rng(seed).uniform(0.2, 3, 8),
        feeders=[(0,), (0,), (0,), (1,), (1,), (1,), (0, 1), ()],
        high_schools=2,
        alignment=Alignment.prefer(2),
        zones=2,
        min_size=1,
        costs=(TourLength(price_s=0.0),),
    )
    plan = plan_of(town, [(0, 1, 2, 6), (3, 4, 5, 7)], A="H0", B="H1")
    told = explain_building(plan, town, f"b{building:02d}")
    row = told.alternatives.iloc[0]
    travel = row["building_s"] + row["old_zone_s"] + row["new_zone_s"]
    assert row["cost_s"] == pytest.approx(travel + 120 * (row["misaligned"] - told.misaligned))
    zone = told.zone
    rest = [b for b in zone.building_ids if b != told.building_id]
    alone = ZonePlan.from_assignment(
        dict.fromkeys(rest, "in") | {b: b for b in town.building_ids if b not in rest}
    )
    whole = building_travel(plan, town).groupby("zone_id")["weighted_s"].sum()[zone.zone_id]
    without = building_travel(alone, town).groupby("zone_id")["weighted_s"].sum()["in"]
    assert sum(t.seconds for t in told.terms) == pytest.approx(
        whole - without + 120 * told.misaligned
    )


def test_where_sizes_are_full_a_swap_is_offered_instead() -> None:
    town = problem(on_a_line(0, 60, 180, 240), zones=2, min_size=2, max_size=2, names=NAMES)
    plan = plan_of(town, [(0, 2), (1, 3)])
    told = explain_building(plan, town, "b02")
    row = told.alternatives.loc["B"]
    assert row["breaks"] == "A: has 1 building, at least 2; B: has 3 buildings, at most 2"
    assert row["swap_with"] == "b01"
    assert told.best_other_cost_s == pytest.approx(2 * 60 - 2 * 180)
    assert "B in exchange for School 1, which would save 4.00 building-minutes." in str(told)
    table = explain_plan(plan, town)
    assert table.at["b02", "swap_with"] == "b01"


def test_a_building_that_no_zone_can_have_is_said_to_stay() -> None:
    town = problem(
        on_a_line(0, 60, 180, 240),
        zones=2,
        min_size=2,
        max_size=2,
        names=NAMES,
        rules=(Apart(("b00", "b02")), Apart(("b00", "b03"))),
    )
    told = explain_building(plan_of(town, [(0, 1), (2, 3)]), town, "b00")
    assert told.best_other is None
    assert math.isnan(told.best_other_cost_s)
    assert "No other zone can take it without breaking a rule." in str(told)
    assert "School 0, School 2, School 3 in one zone" not in told.alternatives["breaks"].iloc[0]
    assert "B: School 0, School 2 in one zone" in told.alternatives["breaks"].iloc[0]


def test_the_words_name_schools_and_what_a_move_would_break() -> None:
    today = plan_of(problem(on_a_line(0, 60, 600, 660)), [(0, 1), (2, 3)])
    town = problem(
        on_a_line(0, 60, 600, 660),
        feeders=[(0,), (1,), (1,), (1,)],
        high_schools=2,
        alignment=Alignment.prefer(1),
        zones=2,
        min_size=1,
        names=NAMES,
        rules=(AtMostMoved(today=today, most=0),),
    )
    told = explain_building(plan_of(town, [(0, 1), (2, 3)], A="H0", B="H1"), town, "b01")
    text = str(told)
    assert text.startswith("School 1 is in A (North High) with School 0.\n")
    assert "1 school of it is outside its feeder's zone." in text
    assert "but 1 buildings would have moved, at most 0" not in text
    assert "; but 1 building would have moved, at most 0" in text


def test_with_the_longest_drive_first_it_decides_which_zone_is_best() -> None:
    """Going to A shortens travel but lengthens the longest drive; going to C does not."""
    town = problem(
        on_a_line(0, 100, 300, 500, 720, 750), zones=3, min_size=1, objective=Objective.WORST
    )
    plan = plan_of(town, [(0, 1), (2, 3), (4, 5)])
    told = explain_building(plan, town, "b02")
    drives = told.alternatives["longest_drive_s"].to_list()
    assert drives == sorted(drives)
    assert told.alternatives.index[0] == told.best_other


def test_unknown_and_dedicated_buildings_are_refused() -> None:
    town = problem(random_town(1, 6), zones=2, dedicated=("x",), names=NAMES | {"x": "School X"})
    post = Zone(zone_id="Post 1", building_ids=("x",), kind=ZoneKind.DEDICATED)
    plan = ZonePlan((*plan_of(town, [(0, 1, 2), (3, 4, 5)]).zones, post))
    with pytest.raises(PlanError, match=r"no building 'School 1' in the plan; near: b01 \(School"):
        explain_building(plan, town, "School 1")
    with pytest.raises(PlanError, match="School X has an officer of its own"):
        explain_building(plan, town, "x")
    with pytest.raises(PlanError, match="in no zone: b05"):
        explain_plan(plan_of(town, [(0, 1, 2), (3, 4)]), town)


@given(seed=st.integers(0, 1000), order=st.permutations(range(7)))
@settings(max_examples=15)
def test_relabelling_the_buildings_changes_no_explanation(seed: int, order: list[int]) -> None:
    seconds, calls = random_town(seed, 7), np.random.default_rng(seed).uniform(0.5, 2, 7)
    one = problem(seconds, weights=calls, zones=3, min_size=1)
    other = problem(
        seconds[np.ix_(order, order)],
        weights=calls[order],
        ids=[f"b{k:02d}" for k in order],
        zones=3,
        min_size=1,
    )
    plan = plan_of(one, [(0, 1, 2), (3, 4), (5, 6)])
    tables = [explain_plan(plan, town).sort_index() for town in (one, other)]
    pd.testing.assert_frame_equal(tables[0], tables[1])


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("Baldwin", ["Baldwin Elementary", "Baldwin Hills Elementary"]),
        ("baldwyn hills", ["Baldwin Hills Elementary"]),
        ("Balard High", ["Ballard High"]),
        ("zzz", []),
    ],
)
def test_a_part_of_a_name_or_a_slip_finds_the_school(word: str, near: list[str]) -> None:
    names = ["B1", "Ballard High", "Baldwin Hills Elementary", "Baldwin Elementary"]
    assert nearest(word, names) == near


def test_a_building_asked_for_by_a_part_of_its_name_is_suggested() -> None:
    names = {"b00": "Baldwin Elementary", "b01": "North High"}
    town = problem(random_town(1, 4), zones=2, min_size=1, names=names)
    with pytest.raises(PlanError, match=r"near: b00 \(Baldwin Elementary\)"):
        explain_building(plan_of(town, [(0, 1), (2, 3)]), town, "Baldwin")
