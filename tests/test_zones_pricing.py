"""Pricing zones: bounds on parts of zones, prices lowered, and what is known when time is out."""

from __future__ import annotations

import dataclasses
import math
from itertools import combinations
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from helpers.zone_towns import best_of_all, plan_of, problem, random_town
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.math_opt.python import mathopt

from zoning.zones import (
    Alignment,
    AtMostMoved,
    Progress,
    SolverLimits,
    Status,
    ZoneProblem,
    solve,
)
from zoning.zones.arrays import Floats, Indices
from zoning.zones.search import column_generation
from zoning.zones.search import zone_space as zone_space_module
from zoning.zones.search.column_generation import Proof
from zoning.zones.search.master_problem import Column, Master, Pool, Rows
from zoning.zones.search.reduced_costs import Choice, Duals
from zoning.zones.search.tuning import TUNING
from zoning.zones.search.zone_space import ZoneSpace, zone_space

MANY_SCHOOLS = 40


def tune(monkeypatch: pytest.MonkeyPatch, module: ModuleType, **changed: int) -> None:
    monkeypatch.setattr(module, "TUNING", dataclasses.replace(TUNING, **changed))


def tables(buildings: int, size: int) -> Indices:
    return np.array(list(combinations(range(buildings), size)), dtype=np.int32)


@st.composite
def choices(draw: st.DrawFn) -> Choice:
    """Charges of 7 buildings: few options or many, free or not, some for zones with a building."""
    options = draw(st.sampled_from([1, 3, MANY_SCHOOLS]))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    charge: Floats = np.full((7, options), 60.0) * rng.integers(1, 3, (7, 1))
    for building in range(7):
        charge[building, rng.integers(0, options, 2)] = rng.integers(0, 50, 2)
    if draw(st.booleans()):
        charge[rng.random(charge.shape) < 0.2] = np.inf
    once: Floats = np.zeros(options)
    if draw(st.booleans()):
        once += rng.integers(0, 30, options)
    needs = rng.integers(0, 7, options) if draw(st.booleans()) else np.full(options, -1)
    return Choice(charge, once, needs)


@given(choice=choices(), size=st.integers(1, 4))
def test_what_a_zone_is_charged_is_the_least_of_its_options(choice: Choice, size: int) -> None:
    zones = tables(7, size)
    by_hand = [
        min(
            choice.once[h] + choice.charge[list(zone), h].sum()
            if choice.needs[h] < 0 or choice.needs[h] in zone
            else np.inf
            for h in range(choice.charge.shape[1])
        )
        for zone in zones.tolist()
    ]
    np.testing.assert_allclose(choice.least(zones), by_hand)


@given(choice=choices(), part=st.integers(1, 3))
def test_no_zone_is_charged_less_than_the_floor_of_a_part_of_it(choice: Choice, part: int) -> None:
    floor = dict(zip(map(tuple, tables(7, part)), choice.floor(tables(7, part)), strict=True))
    zones = tables(7, 4)
    for zone, charged in zip(zones.tolist(), choice.least(zones), strict=True):
        assert all(floor[inner] <= charged + 1e-9 for inner in combinations(zone, part))


@pytest.mark.slow
@given(seed=st.integers(0, 10_000), size=st.integers(1, 5), share=st.floats(0.1, 1.5))
@settings(max_examples=60)
def test_zones_that_pay_are_all_found_among_many_high_schools(
    seed: int, size: int, share: float
) -> None:
    """Against every zone of 9 buildings, with more options than are looked at one by one."""
    rng = np.random.default_rng(seed)
    zones_of = aligned_town(seed, 9, min_size=1, max_size=5)
    price = share * float(np.median(zones_of.costs(tables(9, 3)))) / 3
    prices = Duals(rng.uniform(0, 2 * price, 9), float(rng.uniform(-price, price)))
    every = tables(9, size)
    reduced = zones_of.reduced(every, zones_of.costs(every), prices)
    expected = {tuple(zone) for zone in every[reduced <= 0].tolist()}
    for hurried in (False, True):
        found, complete = zones_of.all_below(prices, 0.0, most=10_000, hurried=hurried)
        rows = [tuple(row) for t in found if t.shape[1] == size for row in t.tolist()]
        assert complete
        assert len(rows) == len(set(rows))
        assert set(rows) == expected


def aligned_town(seed: int, n: int, **sizes: Any) -> ZoneSpace:
    rng = np.random.default_rng(seed)
    town = problem(
        random_town(seed, n),
        weights=rng.uniform(0.2, 3, n),
        feeders=[(int(h),) for h in rng.integers(0, MANY_SCHOOLS, n)],
        high_schools=MANY_SCHOOLS,
        zones=2,
        alignment=Alignment.prefer(1.5),
        **sizes,
    )
    return zone_space(town)


@given(seed=st.integers(0, 10_000), share=st.floats(0.2, 2.0))
@settings(max_examples=60)
def test_lowered_prices_leave_no_zone_that_pays(seed: int, share: float) -> None:
    """And they are lowered by no more than what these zones are missing together."""
    zones_of = aligned_town(seed, 8, min_size=2, max_size=3)
    prices = Duals(np.random.default_rng(seed).uniform(0, 500 * share, 8), 10.0)
    every = [tables(8, size) for size in (2, 3)]
    reduced = [zones_of.reduced(t, zones_of.costs(t), prices) for t in every]
    lowered = prices.lowered(every, reduced)
    after = [zones_of.reduced(t, zones_of.costs(t), lowered) for t in every]
    assert min(float(values.min()) for values in after) >= -1e-6
    missing = sum(float(np.minimum(values, 0).sum()) for values in reduced)
    assert lowered.worth.sum() >= prices.worth.sum() + missing - 1e-6
    assert (lowered.worth <= prices.worth).all()
    assert lowered.charge == prices.charge


def test_prices_at_which_every_zone_pays_its_way_stay() -> None:
    zones_of = aligned_town(3, 8, min_size=2, max_size=3)
    prices = Duals(np.zeros(8), 0.0)
    every = [tables(8, 2)]
    lowered = prices.lowered(every, [zones_of.costs(every[0])])
    np.testing.assert_array_equal(lowered.worth, prices.worth)


def test_a_pool_has_each_zone_once() -> None:
    zones_of = aligned_town(5, 8, min_size=2, max_size=3)
    pool = Pool(zones_of)
    pool.add([tables(8, 2)[:10], tables(8, 3)[:5]])
    assert len(pool) == 15
    pool.add([tables(8, 3)[3:7], tables(8, 2)[5:12], tables(8, 3)[6:9]], known=True)
    assert pool.tables[2].tolist() == tables(8, 2)[:12].tolist()
    assert pool.tables[3].tolist() == tables(8, 3)[:9].tolist()
    for size, zones in pool.tables.items():
        np.testing.assert_allclose(pool.cost[size], zones_of.costs(zones))


def test_columns_handed_over_at_once_make_the_model_that_mathopt_makes_one_by_one() -> None:
    town = town_of(6, zones=2)
    today = plan_of(town, [[0, 1, 2], [3, 4, 5]])
    moving = dataclasses.replace(town, rules=(AtMostMoved(today=today, most=2),))
    columns = [
        Column((0, 1, 4), 12.5, 0, 1),
        Column((2, 3, 5), 7.25, 1, 1),
        Column((0, 5), 0.0, -1, 2),
        Column((1, 2, 3, 4), 3.0, -1, 0),
    ]
    for integer in (False, True):
        at_once, by_one = mathopt.Model(), mathopt.Model()
        Rows(at_once, zone_space(moving), (2, 3), 4.0).place(columns, integer=integer)
        rows = Rows(by_one, zone_space(moving), (2, 3), 4.0)
        assert rows.moves is not None
        for column in columns:
            taken = by_one.add_variable(lb=0, ub=1 if integer else math.inf, is_integer=integer)
            by_one.objective.set_linear_coefficient(taken, column.cost / 4)
            rows.count.set_coefficient(taken, 1)
            for building in column.members:
                rows.cover[building].set_coefficient(taken, 1)
            if column.continues >= 0:
                rows.claims[column.continues].set_coefficient(taken, 1)
            rows.moves.set_coefficient(taken, column.moved)
        assert at_once.export_model() == by_one.export_model()


def test_new_columns_are_taken_evenly_and_never_twice() -> None:
    """Against the same choice by hand: cheapest first, while one of its buildings has room."""
    town = town_of(12, zones=3)
    space = zone_space(town)
    pool = Pool(space)
    pool.add([tables(12, size) for size in (3, 4, 5)])
    duals = Duals(np.random.default_rng(2).uniform(100, 900, 12), -50.0)
    seen: set[tuple[int, ...]] = set()
    for _ in range(3):
        offered = sorted(
            (value, len(zone), k, tuple(zone))
            for size, zones in pool.tables.items()
            for k, (zone, value) in enumerate(
                zip(zones.tolist(), space.reduced(zones, pool.cost[size], duals), strict=True)
            )
            if value < 0
        )
        room = dict.fromkeys(range(12), TUNING.columns_per_building)
        expected = []
        for *_, zone in offered:
            if zone not in seen and any(room[b] > 0 for b in zone):
                expected.append(zone)
                for b in zone:
                    room[b] -= 1
        least, columns = pool.promising(duals, 0.0)
        assert least == offered[0][0]
        assert [column.members for column in columns] == expected
        assert expected
        seen |= set(expected)


def town_of(n: int, **request: Any) -> ZoneProblem:
    rng = np.random.default_rng(n)
    return problem(random_town(n, n), weights=rng.uniform(0.2, 3, n), **request)


def stopped_after(
    monkeypatch: pytest.MonkeyPatch, stage: str, times: int
) -> tuple[list[Progress], Any]:
    """A clock that stands still until a stage was reported so often, and then is out of time."""
    now, seen = [0.0], []
    monkeypatch.setattr(column_generation, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def tick(where: Progress) -> None:
        seen.append(where)
        if sum(p.stage == stage for p in seen) == times:
            now[0] = 1_000.0

    return seen, tick


@pytest.mark.slow
@pytest.mark.parametrize("by_user", [False, True])
def test_stopped_before_all_zones_are_priced_the_candidates_are_bounded(
    monkeypatch: pytest.MonkeyPatch, *, by_user: bool
) -> None:
    town = town_of(40, zones=9)
    best = solve(town)
    _, tick = stopped_after(monkeypatch, "pricing every other zone", 1)

    def stop(where: Progress) -> None:
        tick(where)
        if by_user and where.stage == "pricing every other zone":
            raise KeyboardInterrupt

    result = solve(town, SolverLimits(time_s=100), progress=stop)
    assert best.objective_s is not None
    assert result.status is Status.FEASIBLE
    assert result.interrupted is by_user
    assert "candidate zones made of near buildings" in result.bound_over
    assert 0.9 * best.objective_s < result.lower_bound_s <= 1.01 * best.objective_s


@pytest.mark.slow
def test_out_of_time_while_zones_still_beat_the_prices_the_bound_is_over_all_zones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With all that do known, the prices are lowered until none does: a bound all the same."""
    tune(monkeypatch, column_generation, neighbours=5)
    town = town_of(40, zones=8)
    seen, tick = stopped_after(monkeypatch, "no such stage", 1)
    best = solve(town, SolverLimits(time_s=100), progress=tick)
    assert best.objective_s is not None
    bounded = next(k for k, p in enumerate(seen) if p.bound is not None)
    last = max(k for k, p in enumerate(seen) if p.stage == "pricing every other zone")
    assert bounded < last
    times = sum(p.stage == seen[bounded].stage for p in seen[: bounded + 1])
    _, tick = stopped_after(monkeypatch, seen[bounded].stage, times)
    result = solve(town, SolverLimits(time_s=100), progress=tick)
    assert result.status is Status.FEASIBLE
    assert result.bound_over == "all zones of 3 to 7 buildings"
    assert 0.8 * best.objective_s < result.lower_bound_s < best.objective_s


@pytest.mark.slow
def test_once_all_zones_are_bounded_candidates_do_not_raise_the_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first pricing is complete, those after it are given up: as if they were too many."""
    tune(monkeypatch, column_generation, neighbours=5)
    town = town_of(40, zones=8)
    best = solve(town)
    complete = ZoneSpace.all_below
    calls = []

    def first_only(self: ZoneSpace, *args: Any, **options: Any) -> tuple[list[Indices], bool]:
        found, ended = complete(self, *args, **options)
        if ended:
            calls.append(1)
        return (found, True) if ended and len(calls) == 1 else ([], False)

    monkeypatch.setattr(ZoneSpace, "all_below", first_only)
    result = solve(town)
    assert len(calls) > 1
    assert best.objective_s is not None
    assert result.objective_s is not None
    assert result.bound_over == "all zones of 3 to 7 buildings"
    assert result.lower_bound_s <= best.objective_s <= result.objective_s
    assert result.status is Status.FEASIBLE


@pytest.mark.slow
def test_prices_that_the_solver_got_wrong_are_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """GLOP, going on from its last solution, may call prices optimal that are far off."""
    town = town_of(30, zones=6)
    right = solve(town)
    exact = Master.solve
    asked = []

    def imprecise(
        self: Master, *, afresh: bool = False, time_s: float = math.inf
    ) -> tuple[float, Duals] | None:
        asked.append(afresh)
        solved = exact(self, afresh=afresh, time_s=time_s)
        if afresh or solved is None:
            return solved
        worth = solved[1].worth.copy()
        worth[0] *= 1.1
        return solved[0], dataclasses.replace(solved[1], worth=worth)

    monkeypatch.setattr(Master, "solve", imprecise)
    result = solve(town)
    assert True in asked
    assert result.status is Status.OPTIMAL
    assert result.objective_s == pytest.approx(right.objective_s)
    assert result.lower_bound_s == pytest.approx(right.lower_bound_s, rel=1e-6)


def told(proof: Proof) -> tuple[float | None, float, bool]:
    return proof.known, proof.reached, proof.over_all_zones


def test_bounds_are_of_the_zones_they_are_said_to_be_of() -> None:
    proof = Proof()
    assert told(proof) == (None, 0.0, False)
    proof.over_known(70.0)
    assert told(proof) == (70.0, 70.0, False)
    proof.with_more_candidates()
    assert told(proof) == (None, 0.0, False)
    proof.over_all(50.0)
    proof.over_all(40.0)
    assert told(proof) == (50.0, 50.0, True)
    proof.raise_to(55.0)
    assert told(proof) == (55.0, 55.0, True)
    proof.over_known(80.0)
    proof.raise_to(90.0)
    assert told(proof) == (55.0, 90.0, True)
    proof.with_more_candidates()
    assert told(proof) == (55.0, 0.0, True)
    proof.no_plan()
    assert told(proof) == (np.inf, np.inf, True)


@pytest.mark.slow
def test_a_search_that_hurries_in_vain_takes_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    town = town_of(30, zones=6)
    quick = solve(town)
    tune(monkeypatch, zone_space_module, partial_zones_if_hurried=1)
    slow = solve(town)
    assert slow.status is quick.status is Status.OPTIMAL
    assert slow.objective_s == pytest.approx(quick.objective_s)
    assert slow.lower_bound_s == pytest.approx(quick.lower_bound_s, rel=1e-6)


@pytest.mark.parametrize("count", [2, 3])
def test_a_plan_chosen_before_the_proof_changes_no_answer(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for many buildings, here for few; without the quick plan that it makes better."""
    tune(monkeypatch, column_generation, early_plan_from=1)
    seen: list[Progress] = []
    town = town_of(9, zones=count, min_size=2, max_size=5)
    result = solve(town, progress=seen.append)
    assert result.status is Status.OPTIMAL
    assert result.objective_s == pytest.approx(best_of_all(town).objective)
    priced = next(p for p in seen if p.stage == "pricing every other zone")
    assert priced.incumbent is not None
    assert priced.incumbent <= next(p.incumbent for p in seen if p.incumbent is not None)
