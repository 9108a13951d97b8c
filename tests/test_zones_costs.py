"""Every cost by definition, its lower bounds, its price, and costs that misbehave."""

from __future__ import annotations

import dataclasses
import math
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest
from helpers.zone_requests import COSTS, OBJECTIVES, odd_cost, plans, require_best, towns
from helpers.zone_towns import every_plan, on_a_line, plan_of, problem, random_town, tour_of_group
from hypothesis import given, settings
from hypothesis import strategies as st

from zoning.errors import OptionError, ProblemError
from zoning.zones import (
    Alignment,
    Apart,
    Imbalance,
    MovedBuildings,
    Objective,
    OwnCost,
    Status,
    Together,
    TourLength,
    Workload,
    ZonePlan,
    ZoneProblem,
    score,
    solve,
)
from zoning.zones.request.costs import Charged, shortest_tours

FREE: dict[str, Any] = {"min_size": None, "max_size": None}


@pytest.mark.slow
@pytest.mark.parametrize("kind", COSTS)
@given(data=st.data())
@settings(max_examples=12)
def test_each_cost_equals_looking_at_every_plan(kind: str, data: st.DataObject) -> None:
    require_best(data.draw(towns(n=(4, 7), objectives=OBJECTIVES, costs=[kind])))


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=15)
def test_two_costs_at_once_equal_looking_at_every_plan(data: st.DataObject) -> None:
    kinds = data.draw(st.lists(st.sampled_from(COSTS), min_size=2, max_size=3))
    require_best(data.draw(towns(n=(4, 7), objectives=OBJECTIVES, costs=kinds)))


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=15)
def test_balance_at_a_high_price_is_proved_too(data: st.DataObject) -> None:
    """Nothing but balance matters: the bound has to come from the whole space."""
    town = data.draw(towns(costs=["Imbalance"], zones=3, max_size=None))
    dear = dataclasses.replace(town, costs=(Imbalance(column="calls", price_s=1e5),))
    require_best(dear)


@given(seed=st.integers(0, 10_000), size=st.integers(1, 7), metric=st.booleans())
@settings(max_examples=25)
def test_shortest_tours_equal_every_order_of_stops(seed: int, size: int, metric: bool) -> None:
    town = problem(_seconds(seed, 8, metric=metric), zones=1)
    zones = np.array(list(combinations(range(8), size)), dtype=np.int32)[::3]
    tours = shortest_tours(town.seconds, zones)
    for zone, tour in zip(zones.tolist(), tours.tolist(), strict=True):
        assert tour == pytest.approx(tour_of_group(town, zone))


@pytest.mark.slow
@given(seed=st.integers(0, 10_000), size=st.integers(2, 7), metric=st.booleans())
@settings(max_examples=60)
def test_the_pairs_of_a_zone_never_promise_more_than_its_tour(
    seed: int, size: int, metric: bool
) -> None:
    """Also where buildings are 0 s apart, and where a detour is a short cut."""
    seconds = _seconds(seed, 8, metric=metric)
    town = problem(seconds, zones=1, max_size=8)
    floor = Charged.on(town, TourLength(price_s=2.0)).pair_floor(size)
    assert floor is not None
    assert (floor >= 0).all()
    for zone in combinations(range(8), size):
        promised = sum(floor[a, b] for a, b in combinations(zone, 2))
        tour = 2.0 * float(shortest_tours(seconds, np.array([zone], dtype=np.int32))[0])
        assert promised <= tour * (1 + 1e-9) + 1e-9


def _seconds(seed: int, n: int, *, metric: bool) -> np.ndarray:
    """Seconds of a plane; or any numbers at all, a quarter of them 0."""
    if metric:
        return random_town(seed, n)
    rng = np.random.default_rng(seed)
    seconds = rng.uniform(0, 600, (n, n)) * (rng.random((n, n)) > 0.25)
    together = rng.integers(0, n, 2)
    seconds[together[0], together[1]] = seconds[together[1], together[0]] = 0.0
    np.fill_diagonal(seconds, 0.0)
    return seconds


@given(data=st.data())
@settings(max_examples=30)
def test_no_plan_costs_more_than_the_ceiling_of_a_cost(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["TourLength", "Imbalance"]))
    town = data.draw(towns(n=(4, 6), costs=[kind], zones=2, alignment=Alignment.off(), **FREE))
    extra = Charged.on(town, town.zone_costs[0])
    for _, groups in every_plan(town, 2):
        costs = sum(float(extra.costs(np.array([g], dtype=np.int32))[0]) for g in groups)
        assert costs <= extra.ceiling() * (1 + 1e-9)


@pytest.mark.slow
def test_buildings_at_one_place_do_not_hide_the_best_tours() -> None:
    """Two pairs of buildings 0 s apart: the floor over pairs may not count the way round."""
    seconds = np.full((6, 6), 600.0)
    for a, b in ((0, 1), (2, 3), (4, 5)):
        seconds[a, b] = seconds[b, a] = 0.0
    np.fill_diagonal(seconds, 0.0)
    for price in (0.5, 3.0, 50.0):
        for zones in (2, 3, (2, 4)):
            require_best(problem(seconds, zones=zones, costs=(TourLength(price_s=price),), **FREE))


def test_tour_imbalance_and_moves_by_hand() -> None:
    """Stops at 0, 60, 180 and 600, 660 s: round trips of 360 and 120 s.

    Calls 1, 2, 3 and 1, 1: 6 and 2 of a mean of 4, off by a half each.
    Today b02 is with the last two: one building moved.
    """
    town = problem(
        on_a_line(0, 60, 180, 600, 660),
        columns={"calls": [1, 2, 3, 1, 1]},
        zones=2,
        costs=(
            TourLength(price_s=0.5),
            Imbalance(column="calls", price_s=80.0),
            MovedBuildings(
                today=plan_of(problem(on_a_line(*range(5)), zones=1), [(0, 1), (2, 3, 4)]),
                price_s=120.0,
            ),
        ),
        **FREE,
    )
    scored = score(plan_of(town, [(0, 1, 2), (3, 4)]), town)
    travel, *others = scored.terms
    assert [(t.amount, t.unit) for t in others] == [
        (pytest.approx(480), "s of driving"),
        (pytest.approx(1.0), "mean workloads"),
        (1, "buildings moved"),
    ]
    assert [t.seconds for t in others] == pytest.approx([240, 80, 120])
    assert scored.objective_s == pytest.approx(travel.seconds + 440)
    assert scored.moved == 1
    assert "one second of driving is worth 0.5 s" in others[0].text


@pytest.mark.slow
@pytest.mark.parametrize("kind", COSTS)
@given(data=st.data())
@settings(max_examples=4)
def test_a_higher_price_never_buys_more_of_it(kind: str, data: st.DataObject) -> None:
    town = data.draw(towns(n=(5, 7), costs=[kind], zones=2, max_size=None))
    amounts = []
    for price in (0.0, 1.0, 30.0, 1000.0):
        priced: Any = dataclasses.replace(town.costs[0], price_s=price)
        result = solve(dataclasses.replace(town, costs=(priced,)))
        if result.status is Status.INFEASIBLE:
            return
        assert result.status is Status.OPTIMAL
        assert result.score is not None
        amounts.append(result.score.terms[-1].amount)
    for before, after in pairwise(amounts):
        assert after <= before + 1e-5 * (1 + before)


@pytest.mark.slow
def test_a_higher_alignment_price_never_puts_more_schools_outside() -> None:
    for seed in range(4):
        town = problem(
            random_town(seed, 8),
            feeders=[(0,), (1,)] * 4,
            high_schools=2,
            zones=3,
            min_size=2,
            max_size=4,
        )
        found = []
        for price in (0.0, 0.5, 1.5, 5.0, 60.0):
            aligned = dataclasses.replace(town, alignment=Alignment.prefer(price))
            result = require_best(aligned)
            assert result.score is not None
            found.append(result.score.misaligned)
        assert found == sorted(found, reverse=True)


def hostile(answer: object) -> OwnCost:
    """Well behaved but for one zone."""

    def cost(zone: frozenset[str]) -> float:
        if zone != {"b01", "b02", "b04"}:
            return 1.0
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[return-value]

    return OwnCost(name="quarrels", cost=cost)


@pytest.mark.parametrize("as_objective", [False, True])
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (-1.0, "is -1.0"),
        (math.nan, "is nan"),
        (math.inf, "is inf"),
        (None, "is None"),
        ("12", "is '12'"),
        ("dear", "is 'dear'"),
        (1j, "is 1j"),
        ([1.0, 2.0], r"is \[1.0, 2.0\]"),
        (ValueError("no such street"), r"failed on the zone[\s\S]*ValueError: no such street"),
        (KeyError("b07"), r"failed on the zone[\s\S]*KeyError: 'b07'"),
    ],
)
def test_a_hostile_cost_is_told_by_its_name_and_the_zone(
    answer: object, said: str, as_objective: bool
) -> None:
    town = problem(random_town(1, 6), zones=2, **FREE)
    own = hostile(answer)
    given = {"objective": own} if as_objective else {"costs": (own,)}
    with pytest.raises(ProblemError, match=said) as caught:
        solve(dataclasses.replace(town, **given))
    assert "'quarrels'" in str(caught.value)
    assert "b01, b02, b04" in str(caught.value)


def test_a_hostile_cost_is_caught_in_scoring_too() -> None:
    town = problem(random_town(1, 6), zones=2, costs=(hostile(-3),), **FREE)
    with pytest.raises(ProblemError, match="quarrels"):
        score(plan_of(town, [(1, 2, 4), (0, 3, 5)]), town)


def test_a_cost_may_be_a_whole_number_or_of_numpy() -> None:
    for answer in (3, np.float64(3.0), np.int32(3), True):
        cost = OwnCost(name="c", cost=lambda _, a=answer: a)  # type: ignore[misc]
        require_best(problem(random_town(1, 6), zones=2, costs=(cost,), **FREE))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_requests_that_cannot_be_end_whatever_they_cost(seed: int) -> None:
    """Own costs have no ceiling, tours and balance need sizes and counts: all still end."""
    rules = (Apart(("b00", "b01", "b02")), Together(("b03", "b04")))
    town = problem(
        random_town(seed, 6),
        columns={"calls": np.arange(1, 7)},
        zones=2,
        min_size=2,
        max_size=4,
        rules=rules,
    )
    today = plan_of(town, [(0, 1, 2), (3, 4, 5)])
    for costs in (
        (OwnCost(name="own", cost=odd_cost(3)),),
        (Imbalance(column="calls", price_s=1.0),),
        (TourLength(price_s=1.0), MovedBuildings(today=today, price_s=5.0)),
    ):
        for objective in (*Objective, OwnCost(name="own objective", cost=odd_cost(7))):
            require_best(dataclasses.replace(town, costs=costs, objective=objective))


@pytest.mark.parametrize("costs", [(), (OwnCost(name="own", cost=odd_cost(3)),)])
@pytest.mark.parametrize("objective", [*Objective, OwnCost(name="o", cost=odd_cost(7))])
def test_plans_that_only_half_zones_could_make_are_no_plans(
    objective: Objective | OwnCost, costs: tuple[OwnCost, ...]
) -> None:
    """Two triangles of streets, zones of two: halves of three pairs cover each, no pairs do."""
    pairs = ("01", "12", "02", "34", "45", "35")
    meets = {frozenset((f"b0{a}", f"b0{b}")) for a, b in pairs}

    def streets(zone: frozenset[str]) -> str | None:
        return None if zone in meets else "no street"

    town = ZoneProblem.from_costs(
        random_town(1, 6),
        building_ids=[f"b0{k}" for k in range(6)],
        zones=3,
        min_size=2,
        max_size=2,
        objective=objective,
        rules=[streets],
        costs=costs,
    )
    result = require_best(town)
    assert result.infeasibility is not None
    assert "streets" in str(result)


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (lambda: TourLength(price_s=-1), "the price of the tour length is -1"),
        (lambda: TourLength(price_s=math.nan), "is nan"),
        (lambda: Imbalance(column="calls", price_s=math.inf), "the price of imbalance is inf"),
        (lambda: OwnCost(name="quarrels", cost=odd_cost(1), price_s=-2), "price of quarrels is -2"),
        (lambda: MovedBuildings(today=ZonePlan(()), price_s=-1), "moving a building is -1"),
        (lambda: Alignment.prefer(math.nan), "the alignment price is nan"),
    ],
)
def test_a_price_that_makes_no_sense_is_refused(make: object, fault: str) -> None:
    with pytest.raises(OptionError, match=fault):
        make()  # type: ignore[operator]


def test_costs_that_do_not_fit_the_request_are_refused_together() -> None:
    with pytest.raises(ProblemError) as caught:
        problem(
            random_town(1, 12),
            columns={"calls": np.zeros(12)},
            zones=(2, 3),
            costs=(TourLength(price_s=1.0), Imbalance(column="calls", price_s=1.0)),
            **FREE,
        )
    told = str(caught.value)
    assert "zones of up to 12 buildings; at most 9" in told
    assert "every value is 0" in told
    assert "the mean needs an exact number of zones" in told


@pytest.mark.slow
@given(today=plans(7), seed=st.integers(0, 10_000))
@settings(max_examples=8)
def test_moving_for_nothing_is_free_and_at_any_price_never_done(today: ZonePlan, seed: int) -> None:
    town = problem(random_town(seed, 7), zones=2, **FREE)
    free = require_best(
        dataclasses.replace(town, costs=(MovedBuildings(today=today, price_s=0.0),))
    )
    assert free.objective_s == pytest.approx(require_best(town).objective_s)
    dear = require_best(
        dataclasses.replace(town, costs=(MovedBuildings(today=today, price_s=1e6),))
    )
    assert dear.score is not None
    assert free.score is not None
    assert dear.score.moved is not None
    assert free.score.moved is not None
    assert dear.score.moved <= free.score.moved


@pytest.mark.parametrize("demand", [[1, 1, -2, 1], [1, math.nan, 1, 1], [1, 1, 1, math.inf]])
def test_a_demand_missing_or_negative_is_named(demand: list[float]) -> None:
    with pytest.raises(ProblemError, match=r"1 places have no demand[\s\S]*[123]: (-2|nan|inf)"):
        ZoneProblem.from_costs(random_town(1, 4), demand=demand, zones=2, capacity=3)


def test_a_bare_table_may_have_ids_from_anywhere() -> None:
    for given_ids in (["a", "b", "c", "d"], ("a", "b", "c", "d"), np.array(["a", "b", "c", "d"])):
        town = ZoneProblem.from_costs(random_town(1, 4), building_ids=given_ids, zones=2)
        assert town.building_ids == ("a", "b", "c", "d")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"demand": [1, 1, 1]}, "shape"),
        ({"building_ids": ["a", "b", "c"]}, "shape"),
        ({"building_ids": ["a", "b", "c", "c"]}, "named twice"),
        ({"seconds": random_town(1, 4)[:, :3]}, r"seconds has shape \(4, 3\), not \(4, 4\)"),
        ({"seconds": -random_town(1, 4)}, "seconds holds a value"),
        ({"capacity": -1.0}, "at_most is -1"),
    ],
)
def test_a_bare_table_that_makes_no_sense_is_refused(change: dict[str, Any], fault: str) -> None:
    given = {"seconds": random_town(1, 4), "zones": 2} | change
    with pytest.raises((ProblemError, OptionError), match=fault):
        ZoneProblem.from_costs(given.pop("seconds"), **given)  # type: ignore[arg-type]


def test_buildings_that_nobody_calls_from_cannot_be_weighed_by_calls() -> None:
    """All weights 0: every plan would cost 0, and a mean wait is of nothing."""
    with pytest.raises(ProblemError, match="none of the buildings to divide has any calls"):
        ZoneProblem.from_costs(random_town(1, 4), demand=np.zeros(4), weigh_by_demand=True, zones=2)


@pytest.mark.slow
@given(seed=st.integers(0, 10_000), n=st.integers(4, 7), count=st.integers(1, 4))
@settings(max_examples=20)
def test_a_capacitated_p_median_equals_looking_at_every_plan(seed: int, n: int, count: int) -> None:
    """The problem of the literature: demands, one capacity, the officer waits at a median."""
    rng = np.random.default_rng(seed)
    demand = rng.integers(0, 20, n)
    town = ZoneProblem.from_costs(
        random_town(seed, n),
        demand=demand,
        capacity=float(demand.sum()) / count * rng.uniform(0.9, 1.6),
        zones=count,
        weigh_by_demand=bool(seed % 2) and bool(demand.sum()),
    )
    assert isinstance(town.rules[0], Workload)
    require_best(town)
