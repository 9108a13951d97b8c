"""The capacitated p-median against every plan, a plain programme and published optima."""

from __future__ import annotations

import math
import runpy
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from zoning.zones import Progress, SolverLimits, Status, ZoneProblem, solve
from zoning.zones.search.column_generation import Partition
from zoning.zones.search.p_median import (
    Instance,
    ascend,
    capacitated_p_median,
    grain,
    least_with,
    relax,
)

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
PUBLISHED = runpy.run_path(str(BENCHMARKS / "_pmedcap.py"))["EMBEDDED"]
LIMITS = SolverLimits()


def solved(cost: np.ndarray, **options: Any) -> Partition:
    given = {"capacity": math.inf, "demand": np.ones(len(cost)), "limits": LIMITS, **options}
    return capacitated_p_median(cost, **given)


def groupings(items: Sequence[int], count: int) -> Iterator[list[tuple[int, ...]]]:
    """Every way to put the items in so many groups."""
    if not items or count == 0:
        if not items and count == 0:
            yield []
        return
    first, rest = items[0], items[1:]
    for size in range(len(rest) + 1):
        for others in combinations(rest, size):
            left = [i for i in rest if i not in others]
            for groups in groupings(left, count - 1):
                yield [(first, *others), *groups]


def zone_cost(cost: np.ndarray, zone: Sequence[int]) -> float:
    return min(sum(cost[s, i] for i in zone) for s in zone)


def cheapest(
    cost: np.ndarray, demand: np.ndarray, capacity: float, counts: tuple[int, int]
) -> float:
    """The cost of the best plan, by looking at every one; inf if there is none."""
    return min(
        (
            sum(zone_cost(cost, zone) for zone in plan)
            for count in range(counts[0], counts[1] + 1)
            for plan in groupings(range(len(cost)), count)
            if all(sum(demand[i] for i in zone) <= capacity * (1 + 1e-9) for zone in plan)
        ),
        default=math.inf,
    )


def town(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Distances on a square of side 100 and demands from 1 to 20, both whole numbers."""
    rng = np.random.default_rng(seed)
    place = rng.uniform(0, 100, (n, 2))
    cost = np.floor(np.hypot(*(place[:, None] - place).transpose(2, 0, 1)))
    return cost, rng.integers(1, 21, n).astype(float)


def by_plain_programme(cost: np.ndarray, demand: np.ndarray, capacity: float, count: int) -> float:
    """The optimum of the textbook programme, x[s, i] with y[s] = x[s, s]."""
    n = len(cost)
    x = np.arange(n * n).reshape(n, n)
    rows, low, high = [], [], []

    def add(places: np.ndarray, values: np.ndarray | float, lo: float, hi: float) -> None:
        row = np.zeros(n * n)
        row[places] = values
        rows.append(row)
        low.append(lo)
        high.append(hi)

    for i in range(n):
        add(x[:, i], 1.0, 1, 1)
    for s in range(n):
        load = demand.copy()
        load[s] -= capacity
        add(x[s], load, -np.inf, 0)
        for i in range(n):
            if i != s:
                add(np.array([x[s, i], x[s, s]]), np.array([1.0, -1.0]), -np.inf, 0)
    add(x.diagonal(), 1.0, count, count)
    return float(
        milp(
            cost.ravel(),
            constraints=LinearConstraint(np.array(rows), low, high),
            integrality=np.ones(n * n),
            bounds=Bounds(0, 1),
        ).fun
    )


def check(found: Partition, cost: np.ndarray, demand: np.ndarray, capacity: float) -> None:
    """The zones are a plan, sorted, and cost what is said."""
    assert found.zones is not None
    assert sorted(i for zone in found.zones for i in zone) == list(range(len(cost)))
    assert list(found.zones) == sorted(tuple(sorted(zone)) for zone in found.zones)
    assert all(demand[list(zone)].sum() <= capacity * (1 + 1e-9) for zone in found.zones)
    assert found.objective == pytest.approx(sum(zone_cost(cost, z) for z in found.zones))
    assert found.bound <= found.objective


@st.composite
def problems(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, float, tuple[int, int]]:
    n = draw(st.integers(1, 6))
    whole = draw(st.booleans())
    price = st.integers(0, 9).map(float) if whole else st.floats(0, 9)
    some = st.one_of(price, price, price, st.just(math.inf))
    cost = np.array([[draw(some) for _ in range(n)] for _ in range(n)])
    load = st.integers(0, 6).map(float) if draw(st.booleans()) else st.floats(0, 6)
    demand = np.array([draw(load) for _ in range(n)])
    capacity = draw(st.one_of(st.just(math.inf), st.floats(1, 20)))
    fewest = draw(st.integers(1, n))
    return cost, demand, capacity, (fewest, draw(st.integers(fewest, n)))


@pytest.mark.slow
@settings(max_examples=150)
@given(problems())
def test_answer_equals_brute_force(
    drawn: tuple[np.ndarray, np.ndarray, float, tuple[int, int]],
) -> None:
    cost, demand, capacity, counts = drawn
    best = cheapest(cost, demand, capacity, counts)
    found = solved(cost, demand=demand, capacity=capacity, counts=counts)
    assert found.over_all_zones
    if math.isinf(best):
        assert found.zones is None
        assert found.bound == found.objective == math.inf
        return
    check(found, cost, demand, capacity)
    assert counts[0] <= len(found.zones or ()) <= counts[1]
    assert found.objective == pytest.approx(best, rel=2e-6, abs=1e-9)
    assert found.bound <= best + 1e-9
    assert found.gap <= LIMITS.gap


@pytest.mark.slow
@pytest.mark.parametrize("instance", PUBLISHED, ids=lambda one: f"pmedcap1 problem {one.number}")
def test_published_optima_are_reached_and_proved(instance: Any) -> None:
    """Osman and Christofides (1994), optima as OR-Library gives them."""
    counts = (instance.medians, instance.medians)
    found = solved(instance.cost, demand=instance.demand, capacity=instance.capacity, counts=counts)
    check(found, instance.cost, instance.demand, instance.capacity)
    assert found.objective == found.bound == instance.optimum
    assert found.over_all_zones


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "tightness"), [(1, 1.1), (2, 1.05), (3, 1.3)])
def test_tight_towns_agree_with_the_plain_programme(seed: int, tightness: float) -> None:
    cost, demand = town(seed, 18)
    capacity = math.ceil(demand.sum() / 4 * tightness)
    found = solved(cost, demand=demand, capacity=capacity, counts=(4, 4))
    check(found, cost, demand, capacity)
    assert found.objective == found.bound
    assert found.objective == pytest.approx(by_plain_programme(cost, demand, capacity, 4))


def test_fractions_of_demand_are_not_rounded_in_the_answer() -> None:
    """Loads that miss the capacity by a ten-thousandth do not fit."""
    cost = np.array([[0, 1, 4, 9], [1, 0, 5, 9], [4, 5, 0, 9], [9, 9, 9, 0]], dtype=float)
    demand = np.array([0.50005, 0.50005, 0.25, 0.25])
    close = solved(cost, demand=demand, capacity=1.0, counts=(3, 3))
    assert close.zones == ((0, 2), (1,), (3,))
    wide = solved(cost, demand=demand, capacity=1.0002, counts=(3, 3))
    assert wide.zones == ((0, 1), (2,), (3,))
    assert (close.bound, wide.bound) == (4.0, 1.0)


def test_without_a_capacity_it_is_the_plain_p_median() -> None:
    cost, demand = town(5, 40)
    best = min(float(cost[list(posts)].min(axis=0).sum()) for posts in combinations(range(40), 3))
    found = solved(cost, demand=demand, counts=(3, 3))
    assert found.objective == found.bound == best
    ample = solved(cost, demand=demand, capacity=float(demand.sum()), counts=(3, 3))
    assert ample.objective == ample.bound == best


def test_cost_of_a_post_for_itself_counts() -> None:
    cost = np.array([[7.0, 1.0], [1.0, 2.0]])
    assert solved(cost, counts=(1, 1)).objective == 3.0
    assert solved(cost, counts=(2, 2)).objective == 9.0


def test_directions_differ() -> None:
    """From 0 to all others is cheap, back is not: 0 has the post."""
    cost = np.array([[0.0, 1.0, 1.0], [50.0, 0.0, 50.0], [50.0, 50.0, 0.0]])
    assert solved(cost, counts=(1, 1)).objective == 2.0
    assert solved(cost.T, counts=(1, 1)).objective == 51.0


def test_the_number_of_zones_is_chosen_within_its_range() -> None:
    """Serving oneself costs 3, a neighbour 1: two zones are best, one allows no post for all."""
    cost = np.full((4, 4), math.inf)
    cost[:2, :2] = cost[2:, 2:] = 1.0
    np.fill_diagonal(cost, 3.0)
    found = solved(cost, counts=(1, 4))
    assert found.zones == ((0, 1), (2, 3))
    assert found.objective == found.bound == 8.0
    assert solved(cost, counts=(3, 4)).objective == 10.0
    assert solved(cost, counts=(1, 1)).bound == math.inf


@pytest.mark.slow
def test_relabelling_and_scaling_change_nothing() -> None:
    cost, demand = town(7, 24)
    capacity = math.ceil(demand.sum() / 4 * 1.1)
    order = np.random.default_rng(0).permutation(24)
    first = solved(cost, demand=demand, capacity=capacity, counts=(4, 4))
    turned = solved(
        cost[np.ix_(order, order)], demand=demand[order], capacity=capacity, counts=(4, 4)
    )
    tiny = solved(cost * 1e-7, demand=demand * 1e5, capacity=capacity * 1e5, counts=(4, 4))
    assert turned.objective == first.objective
    assert tiny.objective == pytest.approx(1e-7 * first.objective)
    assert tiny.gap <= LIMITS.gap


@pytest.mark.slow
def test_the_same_call_gives_the_same_plan() -> None:
    cost, demand = town(8, 30)
    options = {"demand": demand, "capacity": 1.15 * demand.sum() / 5, "counts": (5, 5)}
    first, second = solved(cost, **options), solved(cost, **options)
    assert (first.zones, first.bound) == (second.zones, second.bound)
    assert first.candidates == second.candidates


@pytest.mark.parametrize(
    ("demand", "capacity", "counts"),
    [
        pytest.param([5, 5, 5, 5], 6, (3, 3), id="too much in all"),
        pytest.param([1, 1, 1, 9], 8, (1, 4), id="one is too much"),
        pytest.param([6, 6, 6, 1], 10, (2, 2), id="it does not pack"),
    ],
)
def test_a_capacity_that_cannot_be_kept_is_proved(
    demand: list[float], capacity: float, counts: tuple[int, int]
) -> None:
    cost = town(9, 4)[0]
    found = solved(cost, demand=np.array(demand), capacity=capacity, counts=counts)
    assert found.zones is None
    assert found.over_all_zones
    assert found.bound == found.objective == math.inf


def test_packing_that_only_the_programme_can_refuse_is_proved_impossible() -> None:
    """Seven loads of 4 in three zones of 11 fit by their sum, 28 of 33, but not two by two."""
    cost = town(10, 7)[0]
    found = solved(cost, demand=np.full(7, 4.0), capacity=11.0, counts=(3, 3))
    assert found.zones is None
    assert found.bound == math.inf


def test_a_first_plan_is_found_where_hardly_any_packs() -> None:
    """Four zones of 100 that must all be full: one way to pair the loads."""
    demand = np.array([51, 49, 62, 38, 73, 27, 84, 16], dtype=float)
    cost = np.random.default_rng(3).uniform(1, 9, (8, 8))
    found = solved(cost, demand=demand, capacity=100.0, counts=(4, 4))
    assert found.zones == ((0, 1), (2, 3), (4, 5), (6, 7))
    assert found.gap <= LIMITS.gap


@pytest.mark.parametrize("time_s", [0.001, 0.3])
def test_a_time_limit_returns_the_best_so_far_with_a_bound(time_s: float) -> None:
    one = PUBLISHED[1]
    found = solved(
        one.cost,
        demand=one.demand,
        capacity=one.capacity,
        counts=(one.medians, one.medians),
        limits=SolverLimits(time_s=time_s),
    )
    assert found.bound <= one.optimum <= found.objective
    assert not found.interrupted
    if found.zones is not None:
        check(found, one.cost, one.demand, one.capacity)


def test_a_gap_limit_stops_early() -> None:
    one = PUBLISHED[1]
    options = {"demand": one.demand, "capacity": one.capacity, "counts": (one.medians,) * 2}
    rough = solved(one.cost, limits=SolverLimits(gap=0.03), **options)
    assert rough.gap <= 0.03
    assert rough.bound <= one.optimum <= rough.objective


@pytest.mark.slow
def test_a_start_is_kept_when_nothing_better_is_found_in_time() -> None:
    cost, demand = town(11, 30)
    options = {"demand": demand, "capacity": 1.2 * demand.sum() / 4, "counts": (4, 4)}
    best = solved(cost, **options)
    again = solved(cost, start=best.zones, limits=SolverLimits(time_s=1e-6), **options)
    assert again.zones == best.zones
    assert again.bound <= best.objective
    assert solved(cost, start=best.zones, **options).objective == best.objective


@pytest.mark.slow
def test_progress_tells_ever_better_plans_and_bounds() -> None:
    cost, demand = town(12, 30)
    told: list[Progress] = []
    found = solved(
        cost,
        demand=demand,
        capacity=1.1 * demand.sum() / 4,
        counts=(4, 4),
        progress=told.append,
    )
    bounds = [one.bound for one in told if one.bound is not None]
    plans = [one.incumbent for one in told if one.incumbent is not None]
    assert bounds == sorted(bounds)
    assert plans == sorted(plans, reverse=True)
    assert told[-1].stage == "finished"
    assert told[-1].incumbent == pytest.approx(found.objective)
    assert told[-1].bound == pytest.approx(found.bound)


@pytest.mark.parametrize("calls", [1, 4])
def test_an_interrupt_returns_the_best_so_far(calls: int) -> None:
    one = PUBLISHED[1]
    seen: list[Progress] = []

    def stop(progress: Progress) -> None:
        seen.append(progress)
        if len(seen) == calls:
            raise KeyboardInterrupt

    found = solved(
        one.cost,
        demand=one.demand,
        capacity=one.capacity,
        counts=(one.medians, one.medians),
        progress=stop,
    )
    assert found.interrupted
    assert len(seen) == calls
    assert found.bound <= one.optimum <= found.objective


@pytest.mark.parametrize("capacity", [math.inf, 45.0])
def test_a_bound_forced_by_a_service_is_below_every_plan_with_it(capacity: float) -> None:
    cost, demand = town(13, 7)
    one = Instance(cost=cost, demand=demand, capacity=capacity, counts=(3, 3))
    allowed = one.possible()
    best = ascend(
        one,
        np.full(7, 20.0),
        allowed,
        cutoff=lambda: math.inf,
        step=1.0,
        visit=lambda *_: False,
    )
    least = least_with(one, best, allowed)
    plans = [
        plan
        for plan in groupings(range(7), 3)
        if all(demand[list(zone)].sum() <= capacity for zone in plan)
    ]
    assert plans
    for s in range(7):
        for i in range(7):
            with_it = [
                sum(
                    cost[s, list(zone)].sum() if s in zone else zone_cost(cost, zone)
                    for zone in plan
                )
                for plan in plans
                if any(s in zone and i in zone for zone in plan)
            ]
            assert least[s, i] <= min(with_it, default=math.inf) + 1e-9
            assert least[s, i] >= best.value - 1e-9


@pytest.mark.parametrize("capacity", [math.inf, 30.0, 45.0])
def test_the_relaxation_is_the_cheapest_choice_of_posts_and_shares(capacity: float) -> None:
    """By a linear programme for every post; never above a post's best whole load."""
    cost, demand = town(14, 6)
    duals = np.array([30.0, 10.0, 45.0, 0.0, 60.0, 25.0])
    one = Instance(cost=cost, demand=demand, capacity=capacity, counts=(2, 2))
    answer = relax(one, duals, one.possible())
    loads = [set(some) for size in range(7) for some in combinations(range(6), size)]
    for s in range(6):
        others = [i for i in range(6) if i != s]
        room = min(capacity, 1e9) - demand[s]
        able = [i for i in others if demand[i] <= room]
        shares = linprog(
            [cost[s, i] - duals[i] for i in able],
            [[demand[i] for i in able]],
            [room],
            bounds=(0, 1),
        )
        assert answer.post[s] == pytest.approx(cost[s, s] - duals[s] + shares.fun)
        whole = min(
            sum(cost[s, i] - duals[i] for i in some)
            for some in loads
            if s in some and sum(demand[i] for i in some) <= capacity
        )
        assert answer.post[s] <= whole + 1e-6
    assert answer.value == pytest.approx(duals.sum() + sum(sorted(answer.post)[:2]))
    served = [answer.served[s] @ (cost[s] - duals) for s in answer.opened]
    assert served == pytest.approx(answer.post[answer.opened])


@pytest.mark.slow
def test_many_large_zones_with_a_capacity_end_with_a_plan_or_an_honest_status() -> None:
    """120 buildings in 4 zones of about 30, no sizes: it once recurred until Python gave up."""
    rng = np.random.default_rng(1)
    place = rng.uniform(0, 1800, (120, 2))
    demand = rng.integers(1, 21, 120).astype(float)
    town = ZoneProblem.from_costs(
        np.hypot(*(place[:, None] - place).transpose(2, 0, 1)),
        demand=demand,
        capacity=math.ceil(demand.sum() / 4 * 1.1),
        zones=4,
    )
    result = solve(town, SolverLimits(time_s=20))
    assert result.plan is not None
    assert result.status in {Status.OPTIMAL, Status.FEASIBLE}
    assert result.gap is not None
    assert result.gap <= 0.05


@pytest.mark.parametrize(
    ("costs", "common"), [([4.0, 10.0], 2.0), ([0.5, 1.0], 0.0), ([], 0.0), ([7.0], 7.0)]
)
def test_grain_of_costs_is_their_common_divisor(costs: list[float], common: float) -> None:
    assert grain(np.array(costs)) == common


def test_arguments_are_not_changed() -> None:
    cost, demand = town(15, 12)
    before = cost.copy(), demand.copy()
    solved(cost, demand=demand, capacity=60.0, counts=(3, 4))
    assert np.array_equal(cost, before[0])
    assert np.array_equal(demand, before[1])
