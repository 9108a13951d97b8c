"""Near-best plans: each is the best of all plans that differ enough from those before."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from helpers.zone_requests import COSTS, RULES, odd_cost, towns
from helpers.zone_towns import counts_of, every_plan, on_a_line, problem, random_town
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zoning.errors import OptionError
from zoning.staffing.precision import public_alternatives
from zoning.zones import (
    Alternatives,
    Objective,
    OwnCost,
    SolverLimits,
    Status,
    ZonePlan,
    ZoneProblem,
    alternatives,
)
from zoning.zones.solve.alternatives import describe_alternatives

Groups = Sequence[Sequence[int]]


def buildings_apart(one: Groups, other: Groups) -> int:
    """Fewest buildings that change zone, by every way to match the zones."""
    n = sum(map(len, one))
    fewer, more = sorted((list(map(set, one)), list(map(set, other))), key=len)
    return n - max(
        sum(len(zone & more[k]) for zone, k in zip(fewer, way, strict=True))
        for way in permutations(range(len(more)), len(fewer))
    )


def groups_of(plan: ZonePlan, given_: ZoneProblem) -> list[list[int]]:
    """Building numbers of each zone."""
    return [[given_.building_ids.index(b) for b in z.building_ids] for z in plan.patrol_zones]


def best_after(
    given_: ZoneProblem, before: Sequence[Groups], apart: int, longest_s: float
) -> float:
    """The least cost of plans far enough from these, by listing every plan; inf if none."""
    for counts in counts_of(given_):
        every = [one for count in counts for one in every_plan(given_, count)]
        if every:  # the smallest number of zones, if none is asked for
            return min(_far_costs(given_, every, before, apart, longest_s), default=math.inf)
    return math.inf


def _far_costs(
    given_: ZoneProblem,
    every: Sequence[tuple[float, Groups]],
    before: Sequence[Groups],
    apart: int,
    longest_s: float,
) -> Iterator[float]:
    for cost, groups in every:
        drive = max(float(given_.seconds[np.ix_(list(g), list(g))].max()) for g in groups)
        if drive <= longest_s and all(buildings_apart(groups, b) >= apart for b in before):
            yield cost


def require_alternatives(given_: ZoneProblem, *, apart: int, within: float) -> Alternatives:
    """Every plan is the best one left, with its proof, and there is no further one."""
    found = alternatives(
        given_, within=within, count=4, apart=apart, limits=SolverLimits(time_s=60)
    )
    longest_s, best, before = math.inf, math.inf, []
    for result in found.results:
        if result.plan is None:
            assert result.status is Status.INFEASIBLE
            assert best_after(given_, [], apart, math.inf) == math.inf
            return found
        assert result.score is not None
        if given_.objective is Objective.WORST and not before:
            longest_s = result.score.longest_drive_s
        least = best_after(given_, before, apart, longest_s)
        close = 2e-6 * abs(least) + 1e-6
        assert result.status is Status.OPTIMAL, result
        assert abs(result.score.objective_s - least) <= close
        assert abs(result.lower_bound_s - least) <= close
        best = min(best, least)
        assert least <= best * (1 + within) + close
        before.append(groups_of(result.plan, given_))
    if len(found.results) < 4:
        left = best_after(given_, before, apart, longest_s)
        assert left >= best * (1 + within) - 2e-6 * best - 1e-6
        assert found.complete
        assert found.ended.startswith("it is proved that no plan within")
    assert found.distances().to_numpy().tolist() == [
        [buildings_apart(one, other) for other in before] for one in before
    ]
    return found


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_each_plan_is_the_best_one_left_whatever_is_asked_for(data: st.DataObject) -> None:
    rules = data.draw(st.lists(st.sampled_from([*RULES, "AtMostMoved"]), max_size=2, unique=True))
    costs = data.draw(st.lists(st.sampled_from(COSTS), max_size=2, unique=True))
    own = OwnCost(name="odd", cost=odd_cost(data.draw(st.integers(1, 50))))
    town = data.draw(towns(n=(5, 6), objectives=[*Objective, own], rules=rules, costs=costs))
    require_alternatives(
        town,
        apart=data.draw(st.integers(1, 4)),
        within=data.draw(st.sampled_from([0.0, 0.02, 0.3, 5.0])),
    )


@pytest.mark.parametrize("apart", [2, 3])
def test_plans_near_an_earlier_one_only_in_halves_and_thirds_of_zones_are_removed(
    apart: int,
) -> None:
    """Zones of 2 to 6 of which half or less stays: rows that count majorities are not enough."""
    town = problem(random_town(3, 8), zones=(2, 3), min_size=2, max_size=5)
    require_alternatives(town, apart=apart, within=2.0)


# What a planner reads.

TOWN = problem(
    random_town(7, 9),
    weights=[3, 1, 1, 2, 1, 1, 4, 1, 1],
    feeders=[(0,), (0,), (1,), (1,), (), (0,), (1,), (0,), ()],
    high_schools=2,
    zones=3,
    min_size=2,
    max_size=4,
)


@pytest.fixture(scope="module")
def three() -> Alternatives:
    """Three plans of one town."""
    return alternatives(TOWN, count=3, apart=2, within=1.0)


def test_table_says_what_the_plans_say_of_themselves(three: Alternatives) -> None:
    table = three.table()
    assert list(table.index) == ["Plan A", "Plan B", "Plan C"]
    assert three.ended == ""
    assert not three.complete
    for name, result in zip(table.index, three.results, strict=True):
        row, score = table.loc[name], result.score
        assert score is not None
        assert row["objective_s"] == score.objective_s
        assert row["longest_drive_s"] == score.longest_drive_s
        assert row["misaligned"] == score.misaligned
        assert row["above_best"] == pytest.approx(
            score.objective_s / table["objective_s"].iloc[0] - 1
        )
        assert "each plan before in 2 buildings or more" in result.among or name == "Plan A"
    apart = three.distances()
    assert table["from_best"].tolist() == apart["Plan A"].tolist()
    assert table["from_nearest"].tolist() == [min(apart.loc[one].drop(one)) for one in table.index]
    assert table["moved"].isna().all()
    calls = [TOWN.call_weight[group].sum() for group in groups_of(three.plans[1], TOWN)]
    assert table.at["Plan B", "calls_cv"] == pytest.approx(np.std(calls) / np.mean(calls))


def test_zones_have_the_names_of_those_of_the_best_plan_they_continue(three: Alternatives) -> None:
    where = three.assignments()
    apart = three.distances()
    for name in ("Plan B", "Plan C"):
        assert (where[name] != where["Plan A"]).sum() == apart.at[name, "Plan A"]


def test_moves_are_counted_from_the_plan_the_search_starts_from(three: Alternatives) -> None:
    found = alternatives(TOWN, count=2, apart=2, within=1.0, start=three.plans[2])
    away = [
        buildings_apart(groups_of(p, TOWN), groups_of(three.plans[2], TOWN)) for p in found.plans
    ]
    assert found.table()["moved"].tolist() == away


def test_words_name_what_is_better_and_what_is_worse() -> None:
    table = pd.DataFrame(
        {
            "above_best": [0.0, 0.0008, 0.0008],
            "mean_travel_s": [170.0, 170.0, 170.02],
            "longest_drive_s": [600.0, 474.0, 601.0],
            "misaligned": [4, 6, 4],
            "moved": [9, 8, 9],
            "from_best": [0, 5, 4],
        },
        index=["Plan A", "Plan B", "Plan C"],
    )
    assert describe_alternatives(table) == (
        "Plan B: 5 buildings elsewhere; better: longest drive 2.1 min shorter, buildings that "
        "leave today's zone 1 fewer; worse: schools outside their feeder's zone 2 more; objective "
        "0.08 % above the best.",
        "Plan C: 4 buildings elsewhere; objective 0.08 % above the best.",
    )


def test_what_a_plan_costs_above_the_best_is_published_rounded_up() -> None:
    town = problem(random_town(2, 21), zones=7, min_size=3, max_size=3)
    found = alternatives(town, count=3, apart=2, within=1.0)
    public = public_alternatives(found, calls_are_counted=False)
    assert not {"objective_s", "mean_travel_s", "longest_drive_s"} & set(public)
    exact = found.table()["above_best"]
    assert len(exact) == 3
    assert all(
        0 <= told - real < 0.001 for told, real in zip(public["above_best"], exact, strict=True)
    )
    assert all(told * 1000 == pytest.approx(round(told * 1000)) for told in public["above_best"])


def test_the_spread_of_counted_calls_over_zones_is_not_published() -> None:
    """Two plans of two zones that differ in one building: its calls follow from both spreads."""
    town = problem(random_town(2, 24), zones=2, min_size=10, max_size=14)
    found = alternatives(town, count=2, apart=1, within=1.0)
    assert public_alternatives(found, calls_are_counted=False)["calls_cv"].notna().all()
    assert public_alternatives(found, calls_are_counted=True)["calls_cv"].isna().all()


def test_a_limit_leaves_an_honest_gap_and_no_claim_that_there_is_no_other_plan() -> None:
    town = problem(random_town(1, 12), zones=4, min_size=2, max_size=4)
    best = alternatives(town, count=3, apart=2, within=1.0)
    found = alternatives(
        town, count=3, apart=2, within=1.0, limits=SolverLimits(candidates=20, time_s=20)
    )
    for result in found.results[1:]:
        assert result.status is Status.FEASIBLE
        assert result.stopped_by == "the limit of 20 candidate zones"
        assert result.lower_bound_s <= best.results[1].lower_bound_s * (1 + 1e-6)
    none = alternatives(
        town, count=3, apart=12, within=1.0, limits=SolverLimits(candidates=20, time_s=20)
    )
    assert "it is not proved" in none.ended
    assert not none.complete


def test_what_no_plan_can_be_far_enough_from_is_alone() -> None:
    found = alternatives(problem(on_a_line(0, 1, 5, 6), zones=2, min_size=2), apart=9, within=9.0)
    assert len(found.plans) == 1
    assert found.complete
    assert math.isclose(found.table()["above_best"].iloc[0], 0.0)


def test_faults_of_the_request_come_at_once() -> None:
    with pytest.raises(OptionError) as error:
        alternatives(TOWN, within=-0.1, count=0, apart=0)
    assert len(error.value.faults) == 3
