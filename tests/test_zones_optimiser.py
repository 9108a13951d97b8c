"""The zone optimiser against every partition, and against itself turned around."""

from __future__ import annotations

import dataclasses
import math
from itertools import combinations
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from helpers.zone_towns import (
    best_of_all,
    cheapest,
    cost_of_group,
    partitions,
    problem,
    random_town,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from zoning.district import District
from zoning.errors import OptionError, PlanError, ProblemError, UnreachableError
from zoning.roads import TravelTimes
from zoning.schools import buildings
from zoning.zones import (
    Alignment,
    Apart,
    Imbalance,
    Objective,
    Progress,
    SolverLimits,
    Status,
    Workload,
    ZonePlan,
    design_zones,
    score,
    solve,
    solve_counts,
)
from zoning.zones.search import column_generation
from zoning.zones.search.column_generation import ZoneSearch
from zoning.zones.search.quick_plan import quick_partition
from zoning.zones.search.zone_space import zone_space
from zoning.zones.solve import solver
from zoning.zones.solve.feasibility import possible_loads

FEEDERS = [(0,), (0,), (1,), (1,), (2,), (2,), (0, 1), (), ()]


def test_partitions_are_all_there_are() -> None:
    """280 ways to make 3 zones of 3 from 9: 9! / (3!^3 3!)."""
    assert sum(1 for _ in partitions(range(9), 3, 3, 3)) == 280
    assert sum(1 for _ in partitions(range(10), 3, 3, 7)) == 2100


@pytest.mark.parametrize("alignment", [Alignment.off(), Alignment.prefer(1.0), Alignment.strict()])
@pytest.mark.parametrize(("count", "low", "high"), [(3, 3, 3), (2, 3, 7), (3, 2, 4), (4, 1, 5)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_partition_equals_brute_force(
    seed: int, count: int, low: int, high: int, alignment: Alignment
) -> None:
    rng = np.random.default_rng(100 + seed)
    town = problem(
        random_town(seed, 9),
        weights=rng.uniform(0.1, 4, 9),
        feeders=FEEDERS,
        high_schools=3,
        zones=count,
        min_size=low,
        max_size=high,
        alignment=alignment,
    )
    best = cheapest(town, count)
    result = solve(town)
    if math.isinf(best):
        assert result.status is Status.INFEASIBLE
        return
    assert result.status is Status.OPTIMAL
    assert result.objective_s == pytest.approx(best, rel=1e-9)
    assert result.lower_bound_s == pytest.approx(best, rel=1e-6)
    assert result.bound_over == f"all zones of {low} to {high} buildings"


@pytest.mark.slow
@given(
    seed=st.integers(0, 10_000),
    n=st.integers(3, 10),
    low=st.integers(1, 3),
    extra=st.integers(0, 4),
    data=st.data(),
)
@settings(max_examples=40)
def test_any_small_problem_equals_brute_force(
    seed: int, n: int, low: int, extra: int, data: st.DataObject
) -> None:
    price = data.draw(st.sampled_from([0.0, 30.0, 300.0]))
    count = data.draw(st.integers(1, n // low))
    feeders = data.draw(st.lists(st.sampled_from([(), (0,), (1,), (0, 1)]), min_size=n, max_size=n))
    town = problem(
        random_town(seed, n),
        weights=np.random.default_rng(seed).uniform(0.0, 3, n) + 0.01,
        feeders=feeders,
        high_schools=2,
        zones=count,
        min_size=low,
        max_size=low + extra,
        alignment=Alignment.prefer(price / 60),
    )
    best = cheapest(town, count)
    result = solve(town)
    assert (result.status is Status.INFEASIBLE) == math.isinf(best)
    if result.plan is not None:
        assert result.status is Status.OPTIMAL
        assert result.objective_s == pytest.approx(best, rel=1e-9, abs=1e-6)
        planned = [b for zone in result.plan.zones for b in zone.building_ids]
        assert sorted(planned) == sorted(town.building_ids)
        assert len(result.plan.zones) == count
        assert all(low <= len(z.building_ids) <= low + extra for z in result.plan.zones)


def test_a_town_solved_by_hand() -> None:
    """Two rows of three, a minute apart, an hour between: each row is a zone.

    In a row a-b-c the officer is a third of the day at each place; calls wait
    (0+60+120)/3, (60+0+60)/3 and (120+60+0)/3 seconds: 160 a row, 320 in all.
    """
    at = np.array([0, 60, 120, 3720, 3780, 3840], dtype=float)
    town = problem(abs(at[:, None] - at[None]), zones=2)
    result = solve(town)
    assert result.objective_s == pytest.approx(320)
    assert result.plan is not None
    assert [z.building_ids for z in result.plan.zones] == [
        ("b00", "b01", "b02"),
        ("b03", "b04", "b05"),
    ]
    assert result.score is not None
    assert result.score.mean_travel_s == pytest.approx(320 / 6)


def test_travel_is_from_the_officer_to_the_call() -> None:
    """A one-way town: all calls are at b00, which is 10 s from b01 but 1,000 s to it."""
    seconds = np.array([[0.0, 1000.0], [10.0, 0.0]])
    town = problem(seconds, weights=[1.0, 0.0], zones=1, min_size=1)
    assert solve(town).objective_s == pytest.approx(2 * 10 / 2)


def test_a_misaligned_school_costs_its_price_and_no_more() -> None:
    """A school is moved to its feeder's zone only if that costs less than the price."""
    at = np.array([0, 10, 20, 30, 1000, 1010, 1020, 1030], dtype=float)
    feeders = [(0,), (0,), (0,), (1,), (1,), (1,), (1,), (0,)]
    between = abs(at[:, None] - at[None])
    for minutes, misaligned in ((1.0, 2), (1000.0, 0)):
        town = problem(
            between,
            feeders=feeders,
            high_schools=2,
            zones=2,
            alignment=Alignment.prefer(minutes),
        )
        result = solve(town)
        assert result.score is not None
        assert result.score.misaligned == misaligned
        assert result.score.aligned_share == pytest.approx(1 - misaligned / 8)
        assert result.objective_s == pytest.approx(cheapest(town, 2))


def test_strict_alignment_puts_nobody_outside() -> None:
    town = problem(
        random_town(5, 9),
        feeders=[(0,), (1,), (2,)] * 3,
        high_schools=3,
        zones=3,
        alignment=Alignment.strict(),
    )
    result = solve(town)
    assert result.plan is not None
    for zone in result.plan.zones:
        members = [int(b[1:]) for b in zone.building_ids]
        assert {m % 3 for m in members} == {int(str(zone.high_school_id)[1:])}


def test_neighbourhood_holds_no_zone_twice() -> None:
    town = problem(random_town(3, 12))
    tables = zone_space(town).neighbourhood(town.seconds + town.seconds.T, 6)
    zones = [tuple(row) for table in tables for row in table.tolist()]
    assert len(zones) == len(set(zones))
    nearest = np.argsort(town.seconds + town.seconds.T, axis=1)[:, 1:7]
    assert {tuple(sorted((0, *pair))) for pair in combinations(nearest[0].tolist(), 2)} <= {
        z for z in zones if len(z) == 3
    }


def test_quick_plan_is_a_plan_and_no_better_than_the_best() -> None:
    for seed in range(5):
        town = problem(random_town(seed, 10), zones=3, min_size=2, max_size=5)
        zones = quick_partition(zone_space(town), 3, distance=town.seconds + town.seconds.T)
        assert zones is not None
        assert sorted(b for zone in zones for b in zone) == list(range(10))
        assert all(2 <= len(zone) <= 5 for zone in zones)
        assert sum(cost_of_group(town, z) for z in zones) >= cheapest(town, 3) - 1e-6


def test_quick_plan_keeps_strict_alignment_or_is_none() -> None:
    feeders = [(0,)] * 5 + [(1,)] * 4 + [()] * 3
    given: dict[str, Any] = {"feeders": feeders, "high_schools": 2, "alignment": Alignment.strict()}
    town = problem(random_town(6, 12), zones=3, **given)
    zones = quick_partition(zone_space(town), 3, distance=town.seconds + town.seconds.T)
    assert zones is not None
    assert all(math.isfinite(cost_of_group(town, zone)) for zone in zones)
    alone = problem(random_town(6, 12), zones=1, max_size=12, **given)
    assert quick_partition(zone_space(alone), 1, distance=alone.seconds + alone.seconds.T) is None


@pytest.mark.slow
def test_quick_plan_under_strict_alignment_is_found_wherever_one_exists() -> None:
    """By the loads that feasibility finds, for towns where going by distance alone fails."""
    found = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        town = problem(
            random_town(seed, 40),
            feeders=[(int(h),) if h < 5 else () for h in rng.integers(0, 6, 40)],
            high_schools=5,
            zones=8,
            alignment=Alignment.strict(),
        )
        loads = possible_loads(town, (8, 8))
        if loads is None:
            continue
        distance = town.seconds + town.seconds.T
        zones = quick_partition(zone_space(town), 8, distance=distance, loads=loads)
        assert zones is not None
        assert sorted(b for zone in zones for b in zone) == list(range(40))
        assert all(3 <= len(zone) <= 7 for zone in zones)
        assert all(math.isfinite(cost_of_group(town, zone)) for zone in zones)
        found += 1
    assert found > 10


def test_many_high_schools_change_no_answer() -> None:
    """More high schools than are looked at one by one, against brute force."""
    rng = np.random.default_rng(8)
    town = problem(
        random_town(8, 9),
        feeders=[(int(h),) for h in rng.integers(0, 40, 9)],
        high_schools=40,
        zones=3,
        alignment=Alignment.prefer(2.0),
    )
    assert solve(town).objective_s == pytest.approx(cheapest(town, 3))


@pytest.mark.slow
@pytest.mark.parametrize("counts", [(2, 3, 4, 5), (5, 2, 4), (3, 3)])
def test_one_search_serves_several_numbers_of_zones(counts: tuple[int, ...]) -> None:
    """What is learned for one number changes no answer for the next."""
    for seed in range(4):
        town = problem(
            random_town(seed, 9), feeders=FEEDERS, high_schools=3, zones=1, min_size=1, max_size=5
        )
        search = ZoneSearch(zone_space(town), distance=town.seconds + town.seconds.T)
        for count in counts:
            found = search.partition((count, count), limits=SolverLimits())
            assert found.objective == pytest.approx(cheapest(town, count))
            assert found.bound == pytest.approx(found.objective, rel=2e-6)
            assert found.over_all_zones
            assert found.zones is not None
            assert len(found.zones) == count
        wide = search.partition((min(counts), max(counts)), limits=SolverLimits())
        every = range(min(counts), max(counts) + 1)
        assert wide.objective == pytest.approx(min(cheapest(town, k) for k in every))


def test_a_search_goes_on_after_a_number_that_is_impossible() -> None:
    town = problem(random_town(3, 9), zones=1, min_size=2, max_size=4)
    search = ZoneSearch(zone_space(town), distance=town.seconds + town.seconds.T)
    for count, possible in ((3, True), (2, False), (4, True), (5, False), (3, True)):
        found = search.partition((count, count), limits=SolverLimits())
        assert (found.zones is not None) == possible
        assert math.isinf(found.bound) != possible
        if possible:
            assert found.objective == pytest.approx(cheapest(town, count))


def test_a_search_starts_from_a_plan_and_keeps_it_if_nothing_is_better() -> None:
    town = problem(random_town(3, 9), zones=3, min_size=2, max_size=4)
    search = ZoneSearch(zone_space(town), distance=town.seconds + town.seconds.T)
    best = search.partition((3, 3), limits=SolverLimits())
    assert best.zones is not None
    again = ZoneSearch(zone_space(town), distance=town.seconds + town.seconds.T).partition(
        (3, 3), limits=SolverLimits(time_s=1e-9), start=best.zones
    )
    assert again.zones == best.zones
    assert again.objective == pytest.approx(best.objective)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["patrol", "station", "worst", "tolerance", "balance", "rules"])
def test_a_sweep_of_counts_equals_solving_each(kind: str) -> None:
    town = problem(
        random_town(6, 8),
        columns={"calls": np.arange(1, 9)},
        zones=3,
        min_size=1,
        max_size=5,
        objective=Objective(kind) if kind in set(Objective) else Objective.PATROL,
    )
    more: dict[str, dict[str, Any]] = {
        "tolerance": {"rules": (Workload(column="calls", tolerance=0.3),)},
        "balance": {"costs": (Imbalance(column="calls", price_s=500.0),)},
        "rules": {"rules": (Apart(("b00", "b01", "b02")),)},
    }
    town = dataclasses.replace(town, **more.get(kind, {}))
    swept = solve_counts(town, [4, 1, 2, 3, 8])
    assert list(swept) == [4, 1, 2, 3, 8]
    for count, result in swept.items():
        best = best_of_all(dataclasses.replace(town, zones=count))
        assert result.problem.zones == count
        assert result.status is (Status.OPTIMAL if best.exists else Status.INFEASIBLE)
        if best.exists:
            assert result.objective_s == pytest.approx(best.objective, rel=2e-6, abs=1e-9)
            assert result.lower_bound_s == pytest.approx(best.objective, rel=2e-6, abs=1e-6)


def test_out_of_time_gives_the_best_so_far_and_says_so() -> None:
    town = problem(random_town(7, 40), zones=8)
    result = solve(town, SolverLimits(time_s=1e-9))
    assert result.status is Status.FEASIBLE
    assert result.plan is not None
    assert result.gap == 1.0
    assert "limits stopped the proof" in result.bound_over
    assert "feasible" in str(result)


def test_the_clock_stops_the_choice_of_zones_and_its_proof(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without a quick plan, stopped while choosing, there is none, and no proof."""
    now = [0.0]
    monkeypatch.setattr(solver, "quick_partition", lambda *_, **__: None)
    monkeypatch.setattr(column_generation, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def tick(where: Progress) -> None:
        if where.stage == "choosing zones":
            now[0] = 1_000.0

    town = problem(
        random_town(2, 9),
        feeders=[(0,), (1,), (0, 1)] * 3,
        high_schools=2,
        zones=2,
        alignment=Alignment.strict(),
    )
    result = solve(town, SolverLimits(time_s=100), progress=tick)
    assert result.status is Status.NO_SOLUTION
    assert 0 < result.lower_bound_s <= cheapest(town, 2)
    assert "allow more time" in str(result)


def test_progress_tells_incumbent_and_bound() -> None:
    seen: list[Progress] = []
    result = solve(problem(random_town(7, 30), zones=6), progress=seen.append)
    assert {p.stage for p in seen} >= {"pricing every other zone", "choosing zones"}
    assert all(p.incumbent is not None for p in seen)
    gaps = [p.gap for p in seen if p.gap is not None]
    assert gaps
    assert gaps == sorted(gaps, reverse=True)
    assert result.status is Status.OPTIMAL


@pytest.mark.slow
def test_same_call_same_plan() -> None:
    town = problem(random_town(11, 30), zones=6)
    assert solve(town).plan == solve(town).plan


def test_bad_requests_name_every_fault() -> None:
    with pytest.raises(ProblemError, match=r"(?s)min_size is 0.*zones is 0"):
        problem(random_town(1, 4), zones=0, min_size=0)
    with pytest.raises(ProblemError, match="max_size 2 is below min_size 3"):
        problem(random_town(1, 4), max_size=2)
    with pytest.raises(OptionError, match=r"(?s)gap is 2.*time_s is 0"):
        SolverLimits(gap=2, time_s=0)
    with pytest.raises(OptionError, match="price"):
        Alignment.prefer(-1)


def test_tables_that_make_no_sense_are_all_named() -> None:
    seconds = random_town(1, 4)
    seconds[1, 2], seconds[3, 3] = np.nan, 5.0
    with pytest.raises(ProblemError) as caught:
        dataclasses.replace(
            problem(random_town(1, 4), zones=1),
            seconds=seconds,
            call_weight=np.array([1.0, 1.0, -1.0, 1.0]),
            with_feeder=np.zeros(3, dtype=np.int64),
        )
    assert caught.value.faults == (
        "with_feeder has shape (3,), not (4,)",
        "call_weight holds a value that is not a number of at least 0",
        "seconds holds a value that is not a number of at least 0",
        "seconds from a building to itself are not 0",
    )


def test_a_problem_leaves_the_tables_it_is_given_alone() -> None:
    given = problem(random_town(1, 4), zones=1)
    seconds = random_town(2, 4)
    town = dataclasses.replace(given, seconds=seconds)
    seconds[0, 1] = 1.0
    assert town.seconds[0, 1] != 1.0
    assert not town.seconds.flags.writeable


@pytest.mark.parametrize(("high_schools", "outside"), [({}, 1), ({"A": "H1"}, 2), ({"A": "X"}, 3)])
def test_a_plan_by_hand_is_aligned_as_it_says(high_schools: dict[str, str], outside: int) -> None:
    """Two schools feed H0, one H1, one none; no high school named: with H0, that most feed."""
    town = problem(
        random_town(1, 4), feeders=[(0,), (0,), (1,), ()], high_schools=2, zones=1, max_size=4
    )
    plan = ZonePlan.from_assignment(
        dict.fromkeys(town.building_ids, "A"), high_school_of=high_schools
    )
    scored = score(plan, town)
    assert scored.misaligned == outside
    assert scored.aligned_share == pytest.approx(1 - outside / 3)


def test_scoring_a_plan_of_other_buildings_names_them() -> None:
    town = problem(random_town(1, 4), zones=1)
    plan = ZonePlan.from_assignment({"b00": "A", "b01": "A", "b02": "A", "zz": "A"})
    with pytest.raises(PlanError, match=r"(?s)in no zone: b03.*not to be zoned: zz"):
        score(plan, town)


@pytest.mark.slow
def test_jefferson_with_30_officers_is_proved_optimal(jefferson: District) -> None:
    network = jefferson.network
    assert network is not None
    times = network.travel_times(jefferson.schools, profile="emergency")
    result = design_zones(jefferson.schools, times, zones=30)
    assert result.status is Status.OPTIMAL
    assert result.gap is not None
    assert result.gap <= 1e-4
    assert result.plan is not None
    assert set(result.plan.building_ids) == set(buildings(jefferson.schools).index)
    assert all(3 <= len(zone.building_ids) <= 7 for zone in result.plan.zones)
    assert all(zone.high_school_id for zone in result.plan.zones)
    scored = score(result.plan, result.problem)
    assert scored.objective_s == pytest.approx(result.lower_bound_s, rel=1e-6)


def test_unreachable_and_unknown_buildings_are_named(jefferson: District) -> None:
    ids = list(buildings(jefferson.schools).index)
    seconds = np.full((len(ids), len(ids)), 60.0)
    np.fill_diagonal(seconds, 0.0)
    seconds[3, 5] = np.inf
    with pytest.raises(UnreachableError, match=f"{ids[3]} to {ids[5]}"):
        design_zones(jefferson.schools, TravelTimes.from_array(seconds, ids))
    with pytest.raises(ProblemError, match="nowhere"):
        design_zones(jefferson.schools, TravelTimes.from_array(seconds, ids), dedicated=["nowhere"])
