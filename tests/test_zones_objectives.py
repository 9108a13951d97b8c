"""Every objective against every plan there is, and the search against every zone there is."""

from __future__ import annotations

import dataclasses
import math
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from helpers.zone_programme import best_by_programme
from helpers.zone_requests import FEEDERS, ids, odd_cost, require_best, rule_kinds, towns
from helpers.zone_towns import best_of_all, cost_of_group, on_a_line, problem, random_town
from hypothesis import given, settings
from hypothesis import strategies as st

from zoning.errors import ProblemError
from zoning.zones import (
    Alignment,
    AtMostMoved,
    MovedBuildings,
    Objective,
    OwnCost,
    Status,
    TourLength,
    ZonePlan,
    ZoneProblem,
    solve,
)
from zoning.zones.search.reduced_costs import Duals
from zoning.zones.search.zone_space import zone_space

FREE: dict[str, Any] = {"min_size": None, "max_size": None}


@pytest.mark.slow
@pytest.mark.parametrize("objective", list(Objective))
@pytest.mark.parametrize("presence", ["equal", "calls", "mixed"])
@pytest.mark.parametrize(
    ("zones", "low", "high"), [(3, 3, 3), (2, None, None), ((2, 4), 2, None), (None, None, 4)]
)
def test_an_objective_equals_looking_at_every_plan(
    objective: Objective,
    presence: str,
    zones: int | tuple[int, int] | None,
    low: int | None,
    high: int | None,
) -> None:
    rng = np.random.default_rng(7)
    calls = rng.uniform(0.1, 4, 9)
    town = problem(
        random_town(3, 9),
        weights=calls,
        feeders=FEEDERS,
        high_schools=2,
        zones=zones,
        min_size=low,
        max_size=high,
        objective=objective,
        alignment=Alignment.prefer(1.5),
        presence={"equal": None, "calls": calls, "mixed": rng.uniform(0.1, 9, 9)}[presence],
    )
    result = require_best(town)
    assert "all zones" in result.bound_over


@pytest.mark.slow
@given(town=towns(objectives=list(Objective)))
@settings(max_examples=40)
def test_any_small_request_equals_looking_at_every_plan(town: ZoneProblem) -> None:
    require_best(town)


@pytest.mark.slow
@given(
    town=towns(
        n=(4, 7), objectives=[OwnCost(name="own", cost=odd_cost(k), price_s=3.0) for k in (1, 5, 8)]
    )
)
@settings(max_examples=25)
def test_a_cost_of_ones_own_as_the_objective(town: ZoneProblem) -> None:
    """A function without any pattern, in towns small enough to ask it of every zone."""
    require_best(town)


@pytest.mark.parametrize("scale", [1e-4, 1e-2, 1e3, 1e7])
@pytest.mark.parametrize("objective", list(Objective))
def test_the_unit_of_the_times_does_not_matter(scale: float, objective: Objective) -> None:
    """A table in days or in milliseconds is proved like one in seconds."""
    for seed in (2, 5):
        town = problem(
            random_town(seed, 8) * scale,
            weights=np.random.default_rng(seed).uniform(0.5, 2, 8),
            zones=3,
            min_size=2,
            max_size=4,
            objective=objective,
        )
        require_best(town)


@pytest.mark.slow
@given(seed=st.integers(0, 10_000), data=st.data())
@settings(max_examples=25)
def test_towns_with_equal_and_with_no_distances(seed: int, data: st.DataObject) -> None:
    """Whole steps of 100 s, several buildings at one place: many plans of equal cost."""
    town = data.draw(towns(objectives=list(Objective)))
    rough = np.round(random_town(seed, town.n) / 300) * 100
    require_best(dataclasses.replace(town, seconds=rough))


def test_a_relaxation_that_costs_nothing_is_no_end() -> None:
    """Two towns of three: half-zones cost 0 s, real pairs need one drive of 1,000 s.

    Each building calls for (0 + 1000) / 2 of the pair across: 1,000 s in all.
    """
    seconds = np.full((6, 6), 1000.0)
    seconds[:3, :3] = seconds[3:, 3:] = 0.0
    town = problem(seconds, zones=3, min_size=2, max_size=2)
    assert require_best(town).objective_s == pytest.approx(1000.0)


def test_all_buildings_at_one_place() -> None:
    for objective in Objective:
        town = problem(np.zeros((6, 6)), zones=2, min_size=2, max_size=4, objective=objective)
        assert require_best(town).objective_s == 0.0


@pytest.mark.parametrize("objective", list(Objective))
def test_one_building_is_one_zone(objective: Objective) -> None:
    town = problem(np.zeros((1, 1)), zones=1, objective=objective, **FREE)
    assert require_best(town).objective_s == 0.0


def test_patrol_by_hand() -> None:
    """Two buildings 60 s apart, the officer 3/4 of the time at the first.

    A call at the first waits 1/4 x 60 = 15 s, one at the second 45 s.
    """
    town = problem(on_a_line(0, 60), zones=1, presence=[3, 1], **FREE)
    result = require_best(town)
    assert result.objective_s == pytest.approx(15 + 45)
    assert result.score is not None
    assert result.score.mean_travel_s == pytest.approx(30)


def test_station_by_hand() -> None:
    """Three in a row, a minute apart; two thirds of the calls at one end: wait there.

    With weights 2, 1/2, 1/2: from the end 0 + 30 + 60 = 90 s; from the middle
    120 + 30 = 150 s.
    """
    town = problem(
        on_a_line(0, 60, 120), weights=[4, 1, 1], zones=1, objective=Objective.STATION, **FREE
    )
    result = require_best(town)
    assert result.objective_s == pytest.approx(90)
    assert result.score is not None
    assert result.score.mean_travel_s == pytest.approx(90 / 3)


def test_worst_by_hand() -> None:
    """Four on a line at 0, 10, 20 and 100 s, two zones.

    The longest drive is least, 20 s, with 100 alone; ``patrol`` agrees. With two
    at 100 s there are still several plans of 20 s, and ``patrol`` decides.
    """
    town = problem(on_a_line(0, 10, 20, 100), zones=2, objective=Objective.WORST, **FREE)
    result = require_best(town)
    assert result.plan is not None
    assert {z.building_ids for z in result.plan.zones} == {("b00", "b01", "b02"), ("b03",)}
    assert result.drive is not None
    assert result.drive.bound_s == 20


@pytest.mark.slow
def test_worst_prefers_a_short_longest_drive_to_a_short_mean() -> None:
    """The best plan for ``patrol`` leaves one drive long; ``worst`` does not."""
    found = 0
    for seed in range(12):
        town = problem(random_town(seed, 8), zones=3, min_size=2, max_size=4)
        short = require_best(dataclasses.replace(town, objective=Objective.WORST))
        usual = require_best(town)
        assert short.score is not None
        assert usual.score is not None
        assert short.score.longest_drive_s <= usual.score.longest_drive_s
        assert short.objective_s >= usual.objective_s - 1e-6
        found += short.score.longest_drive_s < usual.score.longest_drive_s
    assert found > 2


def test_worst_counts_both_ways_of_a_drive() -> None:
    """10 s there and 500 s back is a drive of 500 s."""
    seconds = on_a_line(0, 10, 1000, 1010)
    seconds[1, 0] = 500.0
    town = problem(seconds, zones=2, objective=Objective.WORST, min_size=2, max_size=2)
    assert require_best(town).score.longest_drive_s == 500.0  # type: ignore[union-attr]


def test_a_price_of_zero_leaves_the_other_part_alone() -> None:
    """An objective of one's own that is 0 everywhere: only the tour counts."""
    town = problem(
        random_town(4, 7),
        zones=2,
        objective=OwnCost(name="nothing", cost=lambda _: 0.0),
        costs=(TourLength(price_s=1.0),),
        **FREE,
    )
    require_best(town)


def test_objectives_by_name_by_function_and_unknown() -> None:
    seconds = random_town(1, 6)

    def by_size(zone: frozenset[str]) -> float:
        return 10.0 * len(zone) ** 2

    even = ZoneProblem.from_costs(seconds, zones=2, min_size=2, objective=by_size)
    assert isinstance(even.objective, OwnCost)
    assert even.objective.name == "by_size"
    assert require_best(even).objective_s == pytest.approx(2 * 10 * 9)
    for name in Objective:
        named = ZoneProblem.from_costs(seconds, zones=2, min_size=1, objective=str(name))
        assert named.objective is name
    with pytest.raises(ProblemError, match=r"no objective 'fastest'[\s\S]*patrol, station, worst"):
        ZoneProblem.from_costs(seconds, zones=2, objective="fastest")


@pytest.mark.slow
@given(town=towns(objectives=list(Objective)), data=st.data())
@settings(max_examples=15)
def test_relabelling_changes_nothing(town: ZoneProblem, data: st.DataObject) -> None:
    """The same buildings in another order, under the same names."""
    order = data.draw(st.permutations(range(town.n)))
    turned = dataclasses.replace(
        town,
        building_ids=tuple(town.building_ids[k] for k in order),
        seconds=town.seconds[np.ix_(order, order)],
        **{
            name: getattr(town, name)[order]
            for name in ("call_weight", "misaligned", "with_feeder", "from_high_school", "presence")
        },
        columns={name: values[order] for name, values in town.columns.items()},
    )
    one, other = solve(town), solve(turned)
    assert one.status is other.status
    if one.objective_s is not None:
        assert other.objective_s == pytest.approx(one.objective_s, rel=1e-6, abs=1e-6)
        assert other.lower_bound_s == pytest.approx(one.lower_bound_s, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("objective", list(Objective))
def test_turning_and_mirroring_the_map_changes_nothing(objective: Objective) -> None:
    places = np.random.default_rng(3).uniform(0, 600, (9, 2))
    turn = np.array([[math.cos(1.0), -math.sin(1.0)], [math.sin(1.0), math.cos(1.0)]])
    found = []
    for moved in (places, places @ turn, places * [-1, 1], places + 1e5):
        seconds = np.hypot(*(moved[:, None] - moved[None]).transpose(2, 0, 1))
        result = solve(problem(seconds, zones=3, min_size=2, max_size=4, objective=objective))
        assert result.plan is not None
        found.append(([z.building_ids for z in result.plan.zones], result.objective_s))
    for groups, cost in found:
        assert groups == found[0][0]
        assert cost == pytest.approx(found[0][1], rel=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("objective", list(Objective))
def test_more_zones_never_make_it_worse(objective: Objective) -> None:
    """With any sizes a zone can be split, and neither half is worse than the whole."""
    for seed in range(3):
        town = problem(random_town(seed, 8), objective=objective, zones=1, **FREE)
        results = [solve(dataclasses.replace(town, zones=k)) for k in range(1, 9)]
        costs = [r.objective_s for r in results]
        if objective is Objective.WORST:
            costs = [r.score.longest_drive_s for r in results if r.score is not None]
        assert costs == sorted(costs, reverse=True)  # type: ignore[type-var]
        assert costs[-1] == 0.0


@pytest.mark.slow
@given(data=st.data(), seed=st.integers(0, 10_000), n=st.integers(12, 14), planar=st.booleans())
@settings(max_examples=20)
def test_larger_towns_equal_an_integer_programme_over_every_zone(
    data: st.DataObject, seed: int, n: int, planar: bool
) -> None:
    """More buildings than the search looks at as neighbours, near ones not always cheap."""
    kinds = data.draw(st.lists(st.sampled_from([*rule_kinds(n), "AtMostMoved"]), max_size=2))
    costs = data.draw(st.lists(st.sampled_from(["TourLength", "Imbalance"]), max_size=1))
    town = data.draw(
        towns(
            n=(n, n),
            objectives=list(Objective),
            rules=kinds,
            costs=costs,
            zones=data.draw(st.sampled_from([4, 5, 6])),
            min_size=data.draw(st.sampled_from([1, 2])),
            max_size=data.draw(st.sampled_from([3, 4])),
        )
    )
    if not planar:
        seconds = np.random.default_rng(seed).uniform(0, 30, (n, n)) ** 2
        np.fill_diagonal(seconds, 0.0)
        town = dataclasses.replace(town, seconds=seconds)
    require_best(town, best=best_by_programme(town))


@pytest.mark.slow
@given(town=towns(objectives=list(Objective), zones=(2, 4)))
@settings(max_examples=15)
def test_a_range_holds_the_best_exact_number(town: ZoneProblem) -> None:
    exact = [best_of_all(dataclasses.replace(town, zones=k)) for k in (2, 3, 4)]
    best = min((b.longest_drive, b.objective) for b in exact)
    result = require_best(town)
    if math.isfinite(best[1]) and town.objective is not Objective.WORST:
        assert result.objective_s == pytest.approx(min(b.objective for b in exact), rel=2e-6)
    if math.isfinite(best[1]) and town.objective is Objective.WORST:
        assert result.objective_s == pytest.approx(best[1], rel=2e-6)


@pytest.mark.slow
@given(data=st.data(), seed=st.integers(0, 10_000), n=st.integers(4, 8))
@settings(max_examples=60)
def test_growing_zones_misses_none_below_a_threshold(
    data: st.DataObject, seed: int, n: int
) -> None:
    """For every kind of travel, rule and choice, at any prices, against listing all zones."""
    names = data.draw(st.lists(st.sampled_from(list(rule_kinds(n))), max_size=3))
    costs = data.draw(st.lists(st.sampled_from(["TourLength", "Imbalance", "OwnCost"]), max_size=1))
    town = data.draw(towns(n=(n, n), objectives=list(Objective), rules=names, costs=costs))
    if data.draw(st.booleans()):
        town = dataclasses.replace(town, seconds=np.round(town.seconds / 200) * 100)
    today = data.draw(st.sampled_from([None, *_some_plans(n)]))
    if today is not None:
        town = dataclasses.replace(
            town,
            rules=(*town.rules, AtMostMoved(today=today, most=2)),
            costs=(*town.costs, MovedBuildings(today=today, price_s=50.0)),
        )
    rng = np.random.default_rng(seed)
    prices = Duals(
        rng.uniform(-50, 500, n),
        float(rng.uniform(-300, 300)),
        claim=rng.uniform(0, 200, 0 if today is None else len(today.zones)),
        move=0.0 if today is None else float(rng.uniform(0, 100)),
    )
    low, high = town.sizes
    every = {
        group: cost_of_group(town, group, town.fewest_and_most[0])
        - float(prices.worth[list(group)].sum())
        - prices.charge
        + _stability(town, group, today, prices)
        for size in range(low, min(high, n) + 1)
        for group in combinations(range(n), size)
    }
    finite = sorted(cost for cost in every.values() if math.isfinite(cost))
    threshold = data.draw(st.sampled_from([-100.0, 0.0, *finite[:: max(len(finite) // 5, 1)]]))
    space = zone_space(town)
    tables, complete = space.all_below(prices, threshold, most=10_000)
    found = [tuple(row) for table in tables for row in table.tolist()]
    assert complete
    assert len(found) == len(set(found))
    spare = 1e-6 * (1 + abs(threshold))
    assert {g for g, cost in every.items() if cost <= threshold - spare} <= set(found)
    assert set(found) <= {g for g, cost in every.items() if cost <= threshold + spare}
    some = [tuple(row) for table in space.promising(prices, threshold) for row in table.tolist()]
    assert set(some) <= set(found)
    if len(found) > 3:
        assert not space.all_below(prices, threshold, most=1)[1]


def _some_plans(n: int) -> list[ZonePlan]:
    return [
        ZonePlan.from_assignment({b: f"Zone {k % zones}" for k, b in enumerate(ids(n))})
        for zones in (1, 2, 3)
    ]


def _stability(
    town: ZoneProblem, group: tuple[int, ...], today: ZonePlan | None, prices: Duals
) -> float:
    """The least a zone pays for moved buildings, with each zone that it could continue."""
    if today is None:
        return 0.0
    names = {town.building_ids[k] for k in group}
    each = 50.0 + prices.move
    ways = [each * len(names)]
    for zone, claim in zip(today.zones, prices.claim, strict=True):
        ways.append(claim + each * len(names - set(zone.building_ids)))
    return float(min(ways))


def test_a_plan_for_every_objective_names_its_terms() -> None:
    for objective, text in (
        (Objective.PATROL, "travel"),
        (Objective.STATION, "travel"),
        (OwnCost(name="quarrels", cost=odd_cost(3), unit="rows", price_s=2.0), "quarrels"),
    ):
        result = solve(problem(random_town(2, 6), zones=2, objective=objective, **FREE))
        assert result.status is Status.OPTIMAL
        assert result.score is not None
        assert result.score.terms[0].text.startswith(text)
        assert result.score.terms[0].seconds == pytest.approx(result.objective_s)
