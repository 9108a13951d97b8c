"""Starting from today's plan: who moved, at most so many, each at a price, and names that stay."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import numpy as np
import pytest
from helpers.zone_requests import OBJECTIVES, RULES, ids, plans, require_best, towns
from helpers.zone_towns import best_of_all, moved_in, on_a_line, plan_of, problem, random_town
from hypothesis import given, settings
from hypothesis import strategies as st

from zoning.errors import PlanError
from zoning.zones import (
    AtMostMoved,
    Locked,
    LongestDrive,
    MovedBuildings,
    Objective,
    SolverLimits,
    Status,
    Zone,
    ZoneKind,
    ZonePlan,
    ZoneProblem,
    score,
    solve,
)

FREE: dict[str, Any] = {"min_size": None, "max_size": None}


@pytest.mark.slow
@given(town=towns(n=(5, 7), objectives=OBJECTIVES, rules=["AtMostMoved"]))
@settings(max_examples=15)
def test_at_most_so_many_moves_equals_looking_at_every_plan(town: ZoneProblem) -> None:
    require_best(town)


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=15)
def test_moves_limited_and_priced_beside_another_rule(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(RULES))
    require_best(data.draw(towns(n=(4, 7), rules=["AtMostMoved", kind], costs=["MovedBuildings"])))


@pytest.mark.slow
@given(today=plans(7), data=st.data(), count=st.integers(1, 4))
@settings(max_examples=60)
def test_who_moved_equals_every_way_to_say_which_zone_continues_which(
    today: ZonePlan, data: st.DataObject, count: int
) -> None:
    home = data.draw(st.lists(st.integers(0, count - 1), min_size=7, max_size=7))
    groups = [[k for k in range(7) if home[k] == zone] for zone in sorted(set(home))]
    town = problem(
        random_town(1, 7), zones=len(groups), rules=(AtMostMoved(today=today, most=7),), **FREE
    )
    assert score(plan_of(town, groups), town).moved == moved_in(town, groups, today)


@pytest.mark.slow
def test_nothing_moves_when_nothing_may() -> None:
    """Today's plan comes back, zone by zone and name by name, whatever travel says."""
    for seed in range(5):
        rng = np.random.default_rng(seed)
        home = rng.permutation([0, 0, 0, 1, 1, 1, 2, 2])
        today = ZonePlan.from_assignment(
            {b: f"Beat {z + 1}" for b, z in zip(ids(8), home, strict=True)}
        )
        town = problem(
            random_town(seed, 8), zones=3, rules=(AtMostMoved(today=today, most=0),), **FREE
        )
        result = require_best(town)
        assert result.plan is not None
        assert result.score is not None
        assert result.score.moved == 0
        for zone in today.zones:
            assert result.plan.zone_of(zone.building_ids[0]) == zone


@pytest.mark.slow
def test_more_moves_never_make_it_worse_and_all_moves_are_no_limit() -> None:
    for seed in range(2):
        town = problem(random_town(seed, 7), zones=3, **FREE)
        today = plan_of(town, [(0, 1, 2), (3, 4), (5, 6)])
        costs = [
            require_best(dataclasses.replace(town, rules=(AtMostMoved(today=today, most=m),)))
            for m in range(8)
        ]
        found = [float(r.objective_s or 0.0) for r in costs]
        assert all(after <= before * (1 + 2e-6) for before, after in itertools.pairwise(found))
        assert found[-1] == pytest.approx(require_best(town).objective_s)
        assert [r.score.moved <= m for m, r in enumerate(costs) if r.score] == [True] * 8


@pytest.mark.slow
@given(today=plans(6), seed=st.integers(0, 10_000))
@settings(max_examples=8)
def test_a_dearer_move_is_made_no_more_often(today: ZonePlan, seed: int) -> None:
    town = problem(random_town(seed, 6), zones=2, **FREE)
    moved = []
    for price in (0.0, 20.0, 100.0, 1e6):
        cost = MovedBuildings(today=today, price_s=price)
        result = require_best(dataclasses.replace(town, costs=(cost,)))
        assert result.score is not None
        moved.append(result.score.moved)
    assert moved == sorted(moved, reverse=True)  # type: ignore[type-var]


@pytest.mark.slow
def test_names_of_todays_zones_mean_nothing_to_the_answer() -> None:
    """Other names and another order of today's zones: the same buildings move."""
    town = problem(random_town(4, 7), zones=3, **FREE)
    groups = [(0, 1, 2), (3, 4), (5, 6)]
    found = []
    for order in ((0, 1, 2), (2, 0, 1), (1, 2, 0)):
        today = plan_of(town, [groups[k] for k in order])
        rules = (AtMostMoved(today=today, most=1),)
        result = require_best(dataclasses.replace(town, rules=rules))
        assert result.plan is not None
        found.append((result.objective_s, {z.building_ids for z in result.plan.zones}))
    assert all(cost == pytest.approx(found[0][0]) for cost, _ in found)
    assert all(zones == found[0][1] for _, zones in found)


@pytest.mark.slow
def test_a_zone_that_continues_one_of_today_keeps_its_name_and_new_ones_get_fresh_names() -> None:
    """Three far apart groups become four: one of today's is cut, its larger half goes on."""
    town = problem(on_a_line(0, 1, 500, 501, 502, 900, 901, 1000, 1001), zones=4, **FREE)
    today = ZonePlan(
        (
            Zone(zone_id="Zone 1", building_ids=("b02", "b03", "b04")),
            Zone(zone_id="North", building_ids=("b00", "b01")),
            Zone(zone_id="Zone 2", building_ids=("b05", "b06", "b07", "b08")),
        )
    )
    priced = dataclasses.replace(town, costs=(MovedBuildings(today=today, price_s=1.0),))
    result = require_best(priced)
    assert result.plan is not None
    assert result.plan.zone_of("b00").zone_id == "North"
    assert result.plan.zone_of("b03").zone_id == "Zone 1"
    names = {z.zone_id for z in result.plan.zones}
    assert len(names) == 4
    assert {"North", "Zone 1", "Zone 2"} < names
    assert {result.plan.zone_of("b05").zone_id, result.plan.zone_of("b07").zone_id} == {
        "Zone 2",
        "Zone 4",
    }
    assert result.score is not None
    assert result.score.moved == 2


def test_a_building_that_is_new_or_had_its_own_officer_does_not_move() -> None:
    """Nor does it matter which buildings of today's plan are not divided any more."""
    town = problem(random_town(2, 5), zones=2, **FREE)
    today = ZonePlan(
        (
            Zone(zone_id="A", building_ids=("b00", "b01", "closed")),
            Zone(zone_id="B", building_ids=("b02",)),
            Zone(zone_id="Post 1", building_ids=("b03",), kind=ZoneKind.DEDICATED),
        )
    )
    limited = dataclasses.replace(town, rules=(AtMostMoved(today=today, most=0),))
    assert score(plan_of(limited, [(0, 1, 3, 4), (2,)]), limited).moved == 0
    assert score(plan_of(limited, [(0, 3, 4), (1, 2)]), limited).moved == 1
    require_best(limited)


def test_today_that_has_none_of_the_buildings_is_no_limit() -> None:
    today = ZonePlan((Zone(zone_id="A", building_ids=("x", "y")),))
    town = problem(random_town(2, 5), zones=2, **FREE)
    limited = dataclasses.replace(town, rules=(AtMostMoved(today=today, most=0),))
    assert require_best(limited).objective_s == pytest.approx(require_best(town).objective_s)


@pytest.mark.slow
@pytest.mark.parametrize(("count", "fewest"), [(2, 2), (3, 0), (4, 1)])
def test_another_number_of_zones_than_today_moves_at_least_so_many(count: int, fewest: int) -> None:
    """Today 3 + 2 + 2: two zones free of one take in 2, a fourth needs 1."""
    town = problem(random_town(6, 7), zones=count, **FREE)
    today = plan_of(town, [(0, 1, 2), (3, 4), (5, 6)])
    for most in range(fewest + 2):
        limited = dataclasses.replace(town, rules=(AtMostMoved(today=today, most=most),))
        result = require_best(limited)
        assert (result.status is Status.OPTIMAL) == (most >= fewest)


def test_a_locked_zone_and_few_moves_together() -> None:
    town = problem(random_town(6, 8), zones=3, min_size=2, max_size=4)
    today = plan_of(town, [(0, 1, 2), (3, 4, 5), (6, 7)])
    for most in range(5):
        rules = (Locked(today.zones[1]), AtMostMoved(today=today, most=most))
        result = require_best(dataclasses.replace(town, rules=rules))
        assert result.plan is not None
        assert result.plan.zone_of("b04") == today.zones[1]


@pytest.mark.parametrize("objective", list(Objective))
def test_a_plan_to_start_from_is_never_worsened(objective: Objective) -> None:
    """Not even where there is no time at all."""
    for seed in range(4):
        town = problem(random_town(seed, 8), zones=3, min_size=2, max_size=4, objective=objective)
        best = best_of_all(town)
        start = plan_of(town, [(0, 1, 2), (3, 4), (5, 6, 7)])
        for time_s in (1e-9, 60.0):
            result = solve(town, SolverLimits(time_s=time_s), start=start)
            assert result.score is not None
            drive, cost = result.score.longest_drive_s, result.score.objective_s
            mine = score(start, town)
            if objective is Objective.WORST:
                assert (drive, cost) <= (mine.longest_drive_s, mine.objective_s + 1e-6)
            else:
                assert cost <= mine.objective_s + 1e-6
            assert result.lower_bound_s <= result.score.objective_s + 1e-6
        assert result.objective_s == pytest.approx(best.objective)


def test_a_start_that_breaks_the_rules_does_no_harm() -> None:
    """Too few zones, too large zones, a drive that is too long: it is not used as it is."""
    town = problem(
        random_town(3, 8), zones=3, min_size=2, max_size=4, rules=(LongestDrive(limit_s=700),)
    )
    for groups in (
        [tuple(range(8))],
        [(0,), (1, 2, 3), (4, 5, 6, 7)],
        [(0, 7), (1, 6), (2, 3, 4, 5)],
    ):
        require_best(town, start=plan_of(town, groups))


def test_a_start_of_other_buildings_is_refused() -> None:
    town = problem(random_town(3, 4), zones=2, **FREE)
    start = ZonePlan.from_assignment({"b00": "A", "b01": "A", "b02": "B", "zz": "B"})
    with pytest.raises(PlanError, match=r"in no zone: b03[\s\S]*not to be zoned: zz"):
        solve(town, start=start)


@pytest.mark.slow
def test_todays_plan_as_the_start_of_a_limited_search() -> None:
    """Where nothing may move, the start is the only plan, and it is found without time."""
    town = problem(random_town(3, 20), zones=4)
    today = plan_of(town, np.random.default_rng(1).permutation(20).reshape(4, 5).tolist())
    limited = dataclasses.replace(town, rules=(AtMostMoved(today=today, most=0),))
    result = solve(limited, SolverLimits(time_s=1e-9), start=today)
    assert result.plan is not None
    assert result.score is not None
    assert result.score.moved == 0
    proved = solve(limited, SolverLimits(time_s=60), start=today)
    assert proved.status is Status.OPTIMAL
