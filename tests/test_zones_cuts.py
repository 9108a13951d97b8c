"""Cuts over listed zones, and limits that only end a search: compared with every plan there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import numpy as np
import pytest
from helpers.zone_programme import best_by_programme
from helpers.zone_requests import COSTS, RULES, require_best, towns
from helpers.zone_towns import problem, random_town
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.math_opt.python import mathopt

from zoning.errors import ProblemError
from zoning.zones import Alignment, Objective, SolverLimits, ZoneProblem, solve
from zoning.zones.search import column_generation, cuts, interruptible
from zoning.zones.search.column_generation import ZoneSearch
from zoning.zones.search.cuts import ListedZones
from zoning.zones.search.interruptible import integer_result
from zoning.zones.search.quick_plan import improve_zones
from zoning.zones.search.reduced_costs import Duals
from zoning.zones.search.tuning import TUNING
from zoning.zones.search.zone_space import zone_space

# Cuts for lists of any length, and integer programs of few zones: what large districts get.
EAGER = replace(
    TUNING, few_zones=0, fewest_chosen=4, many_zones=16, first_slack=0.02, least_rise=0.0
)


@pytest.fixture(scope="module", autouse=True)
def eager() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cuts, "TUNING", EAGER)
        patch.setattr(column_generation, "TUNING", EAGER)
        yield


@given(data=st.data())
@settings(max_examples=40)
def test_with_cuts_any_request_gets_the_best_of_all_plans(data: st.DataObject) -> None:
    rules = data.draw(st.lists(st.sampled_from([*RULES, "AtMostMoved"]), max_size=2))
    costs = data.draw(st.lists(st.sampled_from(COSTS), max_size=2))
    town = data.draw(towns(n=(5, 8), objectives=list(Objective), rules=rules, costs=costs))
    require_best(town)


@given(seed=st.integers(0, 10_000), zones=st.integers(4, 5))
@settings(max_examples=12)
def test_towns_with_a_gap_at_the_root_are_proved(seed: int, zones: int) -> None:
    """Zones that have to be nearly full: where the relaxation is farthest from a plan."""
    rng = np.random.default_rng(seed)
    town = problem(
        random_town(seed, 14),
        weights=rng.uniform(0.1, 3, 14),
        zones=zones,
        min_size=2,
        max_size=-(-14 // zones),
    )
    require_best(town, best=best_by_programme(town))


def test_a_cut_counts_the_zones_that_hold_two_or_three_of_its_buildings() -> None:
    town = problem(random_town(1, 7), zones=2, min_size=2, max_size=4)
    tables = [np.array(list(combinations(range(7), k)), dtype=np.int32) for k in (2, 3, 4)]
    listed = ListedZones(zone_space(town), tables)
    listed.add_cut((1, 3, 6))
    none = Duals(np.zeros(7), 0.0)
    extra = listed.compute_reduced(none, np.array([5.0])) - listed.compute_reduced(
        none, np.zeros(1)
    )
    zones = [zone for table in tables for zone in table.tolist()]
    assert extra.tolist() == [5.0 * (len({1, 3, 6} & set(zone)) >= 2) for zone in zones]
    for column in listed.make_columns(np.arange(len(zones)), none):
        assert bool(column.cuts) == (len({1, 3, 6} & set(column.members)) >= 2)


class Ticks:
    """A clock that ticks at each look: a limit in ticks ends a search at the same step."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        self.now += 1.0
        return self.now


def tight_town(seed: int) -> ZoneProblem:
    rng = np.random.default_rng(seed)
    return problem(
        random_town(seed, 20),
        weights=rng.uniform(0.1, 3, 20),
        feeders=[(k % 2,) for k in range(20)],
        high_schools=2,
        alignment=Alignment.prefer(1.0),
        zones=5,
        min_size=2,
        max_size=4,
    )


def found(town: ZoneProblem, limits: SolverLimits) -> tuple[float, float]:
    """Objective and bound over all zones, 0 where there is none."""
    distance = town.seconds + town.seconds.T
    partition = ZoneSearch(zone_space(town), distance=distance).partition(
        town.fewest_and_most, limits=limits
    )
    return partition.objective, partition.bound if partition.over_all_zones else 0.0


@pytest.mark.parametrize("seed", [3, 5])
def test_more_time_or_candidates_never_give_a_worse_plan_or_bound(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = tight_town(seed)
    last = (np.inf, 0.0)
    for candidates in (1, 3, 4, 10, 16, 40, 64, 200, 1_000, 8_000):
        objective, bound = found(town, SolverLimits(candidates=candidates))
        assert objective <= last[0] + 1e-6
        assert bound >= last[1] - 1e-6
        last = objective, bound
    assert last[0] == pytest.approx(last[1])
    best, last = last[0], (np.inf, 0.0)
    seen = set()
    for ticks in (1, 3, 10, 20, 30, 40, 50, 60, 80, 120, 200, 1_000):
        monkeypatch.setattr(column_generation, "time", Ticks())
        objective, bound = found(town, SolverLimits(time_s=ticks))
        assert objective <= last[0] + 1e-6
        assert bound >= last[1] - 1e-6
        last = objective, bound
        seen.add(last)
    assert last == (pytest.approx(best), pytest.approx(best))
    assert len(seen) > 2


def test_what_a_limit_of_candidates_leaves_is_said() -> None:
    result = solve(tight_town(3), SolverLimits(candidates=5))
    assert result.stopped_by == "the limit of 5 candidate zones"
    assert result.gap is not None
    assert result.gap > 0


def small_program() -> tuple[mathopt.Model, list[mathopt.Variable]]:
    """At most two of three, worth 3, 2 and 2: the best is 5."""
    model = mathopt.Model()
    taken = [model.add_binary_variable() for _ in range(3)]
    model.add_linear_constraint(mathopt.fast_sum(taken) <= 2)
    model.maximize(3 * taken[0] + 2 * taken[1] + 2 * taken[2])
    return model, taken


def test_a_solver_in_its_own_process_gives_the_same_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interruptible, "_APART_FROM", 0)
    model, taken = small_program()
    params = mathopt.SolveParameters(time_limit=timedelta(seconds=60))
    found = integer_result(model, params=params, start=[1, 2])
    assert found.termination.reason is mathopt.TerminationReason.OPTIMAL
    assert found.objective_value() == pytest.approx(5.0)
    assert found.variable_values(taken[0]) == pytest.approx(1.0)


def test_a_solver_that_ignores_its_limit_is_ended_and_proves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(interruptible, "_APART_FROM", 0)
    monkeypatch.setattr(interruptible, "_PROGRAM", "import time; time.sleep(600)")
    params = mathopt.SolveParameters(time_limit=timedelta(seconds=0.1))
    found = integer_result(small_program()[0], params=params)
    assert found.termination.reason is mathopt.TerminationReason.NO_SOLUTION_FOUND
    assert not found.has_primal_feasible_solution()
    assert found.best_objective_bound() == -np.inf


def test_a_process_that_fails_leaves_the_model_to_the_next_solver_and_then_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(interruptible, "_APART_FROM", 0)
    monkeypatch.setattr(interruptible, "_PROGRAM", "raise SystemExit(1)")
    params = mathopt.SolveParameters(time_limit=timedelta(seconds=60))
    with pytest.raises(ProblemError, match="ended without an answer"):
        integer_result(small_program()[0], params=params)


def test_a_quick_plan_that_is_stopped_keeps_the_zones_it_has() -> None:
    town = tight_town(3)
    space, distance = zone_space(town), town.seconds + town.seconds.T
    zones = tuple(tuple(range(k, k + 4)) for k in range(0, 20, 4))
    improved = improve_zones(space, zones, distance=distance)
    assert improved is not None
    assert space.plan_cost(improved) < space.plan_cost(zones)
    for more in ({"stop": lambda: True}, {"any_plan": True}):
        assert improve_zones(space, zones, distance=distance, **more) == zones
