"""Zone requests of every kind, drawn at random, and what an answer to one has to be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from helpers.zone_towns import (
    Best,
    alignment_of_group,
    best_of_all,
    cost_of_group,
    misaligned_price,
    moved_in,
    problem,
    random_town,
    sizes_of,
)
from hypothesis import strategies as st

from zoning.zones import (
    Alignment,
    Apart,
    AtMostMoved,
    Contiguous,
    FromHighSchool,
    HoldsHighSchool,
    Imbalance,
    InZone,
    Locked,
    LongestDrive,
    MovedBuildings,
    NotInZone,
    Objective,
    OwnCost,
    OwnRule,
    Rule,
    SolverLimits,
    Status,
    Together,
    TourLength,
    Workload,
    Zone,
    ZonePlan,
    ZoneProblem,
    ZoningResult,
    solve,
)

FEEDERS = [(0,), (0,), (1,), (1,), (), (0, 1), (1,), (0,), ()]
OBJECTIVES = [Objective.PATROL, Objective.STATION, Objective.WORST]


def ids(n: int) -> list[str]:
    """The ids of the buildings of a town."""
    return [f"b{k:02d}" for k in range(n)]


@st.composite
def some_ids(draw: st.DrawFn, n: int, fewest: int, most: int) -> tuple[str, ...]:
    """So many buildings."""
    return tuple(
        draw(st.lists(st.sampled_from(ids(n)), min_size=fewest, max_size=most, unique=True))
    )


@st.composite
def plans(draw: st.DrawFn, n: int) -> ZonePlan:
    """A plan of up to three zones of any sizes, and of buildings that are not divided too."""
    everyone = [*ids(n), "elsewhere"]
    home = draw(st.lists(st.integers(0, 2), min_size=n + 1, max_size=n + 1))
    return ZonePlan(
        tuple(
            Zone(
                zone_id=f"Zone {k}",
                building_ids=tuple(b for b, z in zip(everyone, home, strict=True) if z == k),
            )
            for k in sorted(set(home))
        )
    )


@st.composite
def zones_of_others(draw: st.DrawFn, n: int) -> Zone:
    """A zone of another plan."""
    return Zone(zone_id="Zone 9", building_ids=tuple(sorted(draw(some_ids(n, 2, 4)))))


@st.composite
def neighbours(draw: st.DrawFn, n: int) -> tuple[tuple[str, str], ...]:
    """Every building has a neighbour: a ring, and some more pairs."""
    ring = draw(st.permutations(ids(n)))
    pairs = st.tuples(st.sampled_from(ids(n)), st.sampled_from(ids(n)))
    more = draw(st.lists(pairs, max_size=3))
    return (*zip(ring, ring[1:] + ring[:1], strict=True), *more)


def no_sum_of(divisor: int) -> OwnRule:
    """Forbids zones whose building numbers add up to a multiple."""

    def test(zone: frozenset[str]) -> str | None:
        return "unlucky" if sum(int(b[1:]) for b in zone) % divisor == 0 else None

    return OwnRule(name=f"no multiple of {divisor}", test=test)


def odd_cost(factor: int) -> Callable[[frozenset[str]], float]:
    """A cost without any pattern, from 0 to 96."""
    return lambda zone: float(sum(factor * int(b[1:]) ** 2 for b in zone) * 7919 % 97)


def rule_kinds(n: int) -> dict[str, st.SearchStrategy[Rule]]:
    """Every rule about a zone, at random, by name."""
    seconds = st.floats(150, 900)
    building = st.sampled_from(ids(n))
    return {
        "LongestDrive": st.builds(LongestDrive, limit_s=seconds),
        "FromHighSchool": st.builds(FromHighSchool, limit_s=seconds),
        "HoldsHighSchool": st.just(HoldsHighSchool()),
        "Workload at most": st.builds(Workload, column=st.just("calls"), at_most=st.floats(2, 9)),
        "Workload at least": st.builds(
            Workload, column=st.just("enrollment"), at_least=st.floats(50, 900)
        ),
        "Workload range": st.builds(
            Workload, column=st.just("calls"), at_least=st.floats(0, 3), at_most=st.floats(3, 9)
        ),
        "Workload tolerance": st.builds(
            Workload, column=st.just("enrollment"), tolerance=st.floats(0.1, 0.9)
        ),
        "Together": st.builds(Together, some_ids(n, 2, 3)),
        "Apart": st.builds(Apart, some_ids(n, 2, 3)),
        "InZone": st.builds(InZone, building, zones_of_others(n)),
        "NotInZone": st.builds(NotInZone, building, zones_of_others(n)),
        "Locked": st.builds(Locked, zones_of_others(n)),
        "Contiguous": st.builds(Contiguous, neighbours(n)),
        "OwnRule": st.builds(no_sum_of, st.integers(2, 5)),
    }


RULES = list(rule_kinds(5))


def prices(most: float) -> st.SearchStrategy[float]:
    """Nothing, or a price that somebody could mean."""
    return st.one_of(st.just(0.0), st.floats(0.01, most))


def cost_kinds(today: ZonePlan) -> dict[str, st.SearchStrategy[object]]:
    """Every cost, at random, by name."""
    price = prices(500)
    return {
        "TourLength": st.builds(TourLength, price_s=prices(3)),
        "Imbalance": st.builds(Imbalance, column=st.just("calls"), price_s=price),
        "MovedBuildings": st.builds(MovedBuildings, today=st.just(today), price_s=price),
        "OwnCost": st.builds(
            OwnCost,
            name=st.just("own"),
            cost=st.builds(odd_cost, st.integers(1, 50)),
            price_s=prices(5),
        ),
    }


COSTS = list(cost_kinds(ZonePlan(())))


@st.composite
def towns(
    draw: st.DrawFn,
    /,
    *,
    n: tuple[int, int] = (5, 8),
    objectives: Sequence[Objective | OwnCost] = (Objective.PATROL,),
    rules: Sequence[str] = (),
    costs: Sequence[str] = (),
    **request: Any,
) -> ZoneProblem:
    """A town with these rules and costs; what is not said is drawn."""
    number = draw(st.integers(*n))
    seed = draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    calls = rng.uniform(0.05, 3, number)
    today = draw(plans(number))
    kinds, charges = rule_kinds(number), cost_kinds(today)
    settings: dict[str, Any] = {
        "objective": draw(st.sampled_from(list(objectives))),
        "zones": draw(st.integers(1, 4)),
        "min_size": draw(st.sampled_from([None, 1, 2])),
        "max_size": draw(st.sampled_from([None, 4, 5])),
        "presence": draw(st.sampled_from([None, calls, rng.uniform(0.2, 5, number)])),
        "alignment": draw(
            st.sampled_from([Alignment.off(), Alignment.prefer(2.0), Alignment.strict()])
        ),
        "high_schools": 2,
    } | request
    return problem(
        random_town(seed, number),
        weights=calls,
        feeders=(FEEDERS * 2)[:number],
        campus=rng.permutation(number)[:2].tolist(),
        columns={"calls": calls, "enrollment": rng.integers(1, 900, number)},
        rules=tuple(
            draw(kinds[name])
            if name in kinds
            else AtMostMoved(today=today, most=draw(st.integers(0, number)))
            for name in rules
        ),
        costs=tuple(draw(charges[name]) for name in costs),
        **settings,
    )


def require_best(
    given: ZoneProblem, *, best: Best | None = None, time_s: float = 60.0, **more: Any
) -> ZoningResult:
    """Solve; the answer is the best of all plans with a proof, or that there is none.

    ``best`` is looked for by listing every plan if it is not given.
    """
    best = best or best_of_all(given)
    result = solve(given, SolverLimits(time_s=time_s), **more)
    assert result.status is (Status.OPTIMAL if best.exists else Status.INFEASIBLE), result
    if not best.exists:
        assert result.plan is None
        assert result.infeasibility is not None
        return result
    close = 2e-6 * abs(best.objective) + 1e-9
    assert result.objective_s is not None
    assert abs(result.objective_s - best.objective) <= close
    assert abs(result.lower_bound_s - best.objective) <= close
    assert result.lower_bound_s <= result.objective_s + close
    if given.objective is Objective.WORST:
        assert result.score is not None
        assert result.score.longest_drive_s == best.longest_drive
        assert result.drive is not None
        assert result.drive.bound_s == best.longest_drive
    require_plan(result)
    return result


def require_plan(result: ZoningResult) -> None:
    """The plan divides the buildings, keeps every rule, and costs what is said."""
    given, plan = result.problem, result.plan
    assert plan is not None
    zones = plan.patrol_zones
    assert sorted(b for zone in zones for b in zone.building_ids) == sorted(given.building_ids)
    low, high = sizes_of(given)
    assert all(low <= len(zone.building_ids) <= high for zone in zones)
    groups = [sorted(given.building_ids.index(b) for b in zone.building_ids) for zone in zones]
    total = 0.0
    for zone, group in zip(zones, groups, strict=True):
        total += cost_of_group(given, group, len(zones)) - alignment_of_group(given, group)
        if given.high_school_ids:
            school = given.high_school_ids.index(str(zone.high_school_id))
            total += misaligned_price(given, group, school)
        assert [
            rule.broken_by(zone, given) for rule in given.zone_rules if rule.broken_by(zone, given)
        ] == []
    for cost in given.costs:
        if isinstance(cost, MovedBuildings):
            total += cost.price_s * moved_in(given, groups, cost.today)
    for limit in given.moving:
        assert moved_in(given, groups, limit.today) <= limit.most
    assert result.objective_s is not None
    assert abs(result.objective_s - total) <= 1e-9 * (abs(total) + 1)
    assert result.score is not None
    assert abs(sum(t.seconds for t in result.score.terms) - total) <= 1e-9 * (abs(total) + 1)
