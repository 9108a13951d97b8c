"""Every rule against every plan, broken on purpose, asked for wrongly, and all at once."""

from __future__ import annotations

import dataclasses
import math
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest
from helpers.zone_requests import COSTS, OBJECTIVES, RULES, ids, odd_cost, require_best, towns
from helpers.zone_towns import best_of_all, on_a_line, problem, random_town
from hypothesis import given, settings
from hypothesis import strategies as st

from zoning.errors import OptionError, ProblemError
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
    NotInZone,
    OwnCost,
    OwnRule,
    Rule,
    SolverLimits,
    Status,
    Together,
    Workload,
    Zone,
    ZonePlan,
    ZoneProblem,
    solve,
)
from zoning.zones.search.zone_space import zone_space

FREE: dict[str, Any] = {"min_size": None, "max_size": None}


@pytest.mark.slow
@pytest.mark.parametrize("kind", RULES)
@given(data=st.data())
@settings(max_examples=5)
def test_each_rule_equals_looking_at_every_plan(kind: str, data: st.DataObject) -> None:
    require_best(data.draw(towns(objectives=OBJECTIVES, rules=[kind])))


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=40)
def test_any_mixture_equals_looking_at_every_plan(data: st.DataObject) -> None:
    """Objectives, rules, costs, numbers and sizes of zones, several at once."""
    rules = data.draw(st.lists(st.sampled_from([*RULES, "AtMostMoved"]), max_size=4))
    costs = data.draw(st.lists(st.sampled_from(COSTS), max_size=2))
    zones = st.one_of(st.integers(1, 4), st.tuples(st.integers(1, 2), st.integers(3, 5)), st.none())
    if "Imbalance" in costs:
        zones = st.integers(1, 4)
    if "Workload tolerance" in rules:
        zones = st.one_of(st.integers(1, 4), st.none())
    own = OwnCost(name="own objective", cost=odd_cost(5))
    town = towns(
        n=(4, 7), objectives=[*OBJECTIVES, own], rules=rules, costs=costs, zones=data.draw(zones)
    )
    require_best(data.draw(town))


@given(data=st.data(), n=st.integers(4, 7))
@settings(max_examples=40)
def test_the_search_and_the_reasons_agree_about_every_zone(data: st.DataObject, n: int) -> None:
    """A zone has a cost if and only if nothing is said against it with some high school."""
    kinds = data.draw(st.lists(st.sampled_from(RULES), min_size=1, max_size=3))
    town = data.draw(towns(n=(n, n), rules=kinds, **FREE))
    space = zone_space(town)
    for size in range(1, n + 1):
        groups = list(combinations(range(n), size))
        allowed = np.isfinite(space.costs(np.array(groups, dtype=np.int32)))
        for group, fine in zip(groups, allowed.tolist(), strict=True):
            members = tuple(town.building_ids[k] for k in group)
            ways = [
                Zone(zone_id="Z", building_ids=members, high_school_id=school)
                for h, school in enumerate(town.high_school_ids)
                if town.alignment != Alignment.strict() or not town.misaligned[list(group), h].any()
            ]
            reasons = [
                [reason for rule in town.zone_rules if (reason := rule.broken_by(way, town))]
                for way in ways
            ]
            assert fine == any(not said for said in reasons), (group, reasons)


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=12)
def test_one_rule_more_never_makes_it_better(data: st.DataObject) -> None:
    kinds = data.draw(st.lists(st.sampled_from(RULES), min_size=1, max_size=3, unique=True))
    town = data.draw(towns(rules=kinds, zones=3))
    costs = []
    for k in range(len(kinds) + 1):
        result = solve(dataclasses.replace(town, rules=town.rules[:k]))
        assert result.status in {Status.OPTIMAL, Status.INFEASIBLE}
        costs.append(math.inf if result.objective_s is None else result.objective_s)
    for before, after in pairwise(costs):
        assert after == before or after >= before * (1 - 2e-6) - 1e-6


@pytest.mark.parametrize(
    ("low", "high", "zones"),
    [(None, None, 2), (None, 3, None), (4, None, (1, 3)), (1, 8, (3, 3)), (2, 2, 4), (8, 8, 1)],
)
def test_sizes_with_any_bounds_or_none(
    low: int | None, high: int | None, zones: int | tuple[int, int] | None
) -> None:
    for seed in range(3):
        result = require_best(
            problem(random_town(seed, 8), min_size=low, max_size=high, zones=zones)
        )
        assert result.plan is not None


@pytest.mark.slow
@given(town=towns(zones=None))
@settings(max_examples=12)
def test_the_number_of_zones_chosen_is_the_smallest_possible(town: ZoneProblem) -> None:
    best = best_of_all(town)
    result = require_best(town)
    if best.exists:
        assert result.plan is not None
        assert (len(result.plan.zones),) == best.zones


def test_workload_tolerance_is_around_the_mean_of_the_zones_that_are_made() -> None:
    """Calls 6, 3, 3, 1, 1, 1, 1, 2: 18 in all.

    Within 12 % of the mean two zones of 9 are possible; the smallest number
    chosen is 2 when one zone may not hold all.
    """
    town = problem(
        random_town(4, 8),
        columns={"calls": [6, 3, 3, 1, 1, 1, 1, 2]},
        zones=None,
        min_size=2,
        max_size=6,
        rules=(Workload(column="calls", tolerance=0.12),),
    )
    result = require_best(town)
    assert result.plan is not None
    calls = dict(zip(town.building_ids, town.columns["calls"], strict=True))
    sums = [sum(calls[b] for b in z.building_ids) for z in result.plan.zones]
    assert len(sums) == 2
    assert all(abs(s - 9) <= 0.12 * 9 for s in sums)


def test_workload_exactly_at_its_bound_keeps_it() -> None:
    """Three times 0.1 is 0.30000000000000004: no breach of 'at most 0.3'."""
    town = problem(
        random_town(4, 6),
        columns={"calls": [0.1] * 6},
        zones=2,
        rules=(Workload(column="calls", at_least=0.3, at_most=0.3),),
        **FREE,
    )
    assert require_best(town).status is Status.OPTIMAL


@pytest.mark.parametrize("alignment", [Alignment.strict(), Alignment.prefer(1.0), Alignment.off()])
def test_a_school_with_two_feeders_counts_for_either(alignment: Alignment) -> None:
    """b02 feeds both: it is misaligned nowhere, wherever travel puts it."""
    for place in (30, 970):
        town = problem(
            on_a_line(0, 10, place, 1000, 1010),
            feeders=[(0,), (0,), (0, 1), (1,), (1,)],
            high_schools=2,
            zones=2,
            alignment=alignment,
            min_size=2,
            max_size=3,
        )
        result = require_best(town)
        assert result.score is not None
        assert result.score.misaligned == 0
        assert result.plan is not None
        assert set(result.plan.zone_of("b02").building_ids) > (
            {"b00", "b01"} if place == 30 else {"b03", "b04"}
        )


def test_several_zones_may_hold_schools_of_one_high_school() -> None:
    town = problem(
        random_town(2, 8),
        feeders=[(0,)] * 6 + [(1,)] * 2,
        high_schools=2,
        zones=4,
        min_size=2,
        max_size=2,
        alignment=Alignment.strict(),
    )
    result = require_best(town)
    assert result.plan is not None
    assert sorted(str(z.high_school_id) for z in result.plan.zones) == ["H0", "H0", "H0", "H1"]


def test_each_zone_holds_its_own_high_school() -> None:
    """More zones than high schools among the buildings cannot all hold one."""
    for count, exists in ((1, True), (2, True), (3, False)):
        town = problem(
            random_town(5, 8),
            high_schools=2,
            campus=[1, 6],
            zones=count,
            rules=(HoldsHighSchool(),),
            **FREE,
        )
        assert (require_best(town).status is Status.OPTIMAL) == exists


A_ZONE = Zone(zone_id="Zone 7", building_ids=("b00", "b01", "b02"))
NAMES = {"b00": "Oak", "b01": "Elm", "b02": "Ash", "b03": "Fir", "H0": "North High"}
LINE = tuple((f"b0{k}", f"b0{k + 1}") for k in range(4))


def named_town() -> ZoneProblem:
    """Five on a line, a minute apart; North High is at Oak, South High at the end."""
    return problem(
        on_a_line(0, 60, 120, 180, 240),
        high_schools=2,
        campus=[0, 4],
        columns={"calls": [1, 2, 3, 4, 5.5]},
        zones=2,
        names=NAMES,
        **FREE,
    )


@pytest.mark.parametrize(
    ("rule", "members", "reason"),
    [
        (LongestDrive(limit_s=150), (0, 1, 3), "Oak to Fir is 3.0 min, over 2.5 min"),
        (LongestDrive(limit_s=179.9), (0, 3), "Oak to Fir is 3.000 min, over 2.998 min"),
        (FromHighSchool(limit_s=100), (0, 2), "Ash from North High is 2.0 min, over 1.7 min"),
        (HoldsHighSchool(), (1, 2), "North High, its high school, is not in the zone"),
        (Workload(column="calls", at_most=4), (2, 3), "calls 7, over 4"),
        (Workload(column="calls", at_least=4), (0, 1), "calls 3, below 4"),
        (Workload(column="calls", at_most=9.4999), (3, 4), "calls 9.5, over 9.4999"),
        (Workload(column="calls", tolerance=0.1), (0, 4), "calls 6.5, below 6.975"),
        (Together(("b00", "b03")), (0, 1), "Oak without Fir"),
        (Together(("b00", "b01", "b03")), (0, 3), "Oak, Fir without Elm"),
        (Apart(("b00", "b01", "b04")), (0, 1, 2), "Oak, Elm in one zone"),
        (InZone("b03", A_ZONE), (0, 3), "Fir is with 1 of the 3 other buildings of Zone 7"),
        (InZone("b00", A_ZONE), (0, 3), "Oak is with 0 of the 2 other buildings of Zone 7"),
        (NotInZone("b03", A_ZONE), (1, 2, 3), "Fir is with 2 of the 3 other buildings of Zone 7"),
        (Locked(A_ZONE), (0, 1), "Zone 7 is locked but lacks Ash"),
        (Locked(A_ZONE), (0, 1, 2, 3), "Zone 7 is locked but has Fir as well"),
        (Locked(A_ZONE), (2, 3), "Zone 7 is locked but lacks Oak, Elm and has Fir as well"),
        (Contiguous(LINE), (0, 1, 3), "Fir is cut off by other zones"),
        (Contiguous(LINE), (0, 2, 3), "Oak is cut off by other zones"),
        (OwnRule(name="no Elm", test=lambda z: "Elm!" if "b01" in z else None), (1, 2), "Elm!"),
    ],
)
def test_a_broken_rule_says_why(rule: Rule, members: tuple[int, ...], reason: str) -> None:
    town = named_town()
    zone = Zone(
        zone_id="A",
        building_ids=tuple(town.building_ids[k] for k in members),
        high_school_id="H0",
    )
    told = rule.broken_by(zone, town)
    assert told is not None
    assert told.startswith(reason)
    assert rule.text


@pytest.mark.parametrize(
    ("rule", "members"),
    [
        (LongestDrive(limit_s=180), (0, 1, 3)),
        (FromHighSchool(limit_s=120), (0, 2)),
        (HoldsHighSchool(), (0, 4)),
        (Workload(column="calls", at_least=3, at_most=7), (2, 3)),
        (Together(("b00", "b03")), (1, 2)),
        (Together(("b00", "b03")), (0, 2, 3)),
        (Apart(("b00", "b01")), (0, 2)),
        (InZone("b03", A_ZONE), (0, 1, 3)),
        (InZone("b03", A_ZONE), (0, 1, 2)),
        (NotInZone("b03", A_ZONE), (2, 3)),
        (Locked(A_ZONE), (0, 1, 2)),
        (Locked(A_ZONE), (3, 4)),
        (Contiguous(LINE), (1, 2, 3)),
        (Contiguous(LINE), (4,)),
    ],
)
def test_a_kept_rule_says_nothing(rule: Rule, members: tuple[int, ...]) -> None:
    town = named_town()
    chosen = tuple(town.building_ids[k] for k in members)
    assert rule.broken_by(Zone(zone_id="A", building_ids=chosen, high_school_id="H0"), town) is None


@pytest.mark.parametrize("rule", [FromHighSchool(limit_s=900), HoldsHighSchool()])
def test_a_zone_without_a_high_school_breaks_rules_about_high_schools(rule: Rule) -> None:
    zone = Zone(zone_id="A", building_ids=("b00",))
    assert rule.broken_by(zone, named_town()) == "the zone has no high school"


def test_reasons_never_print_equal_figures() -> None:
    """'5.01 min, over 5.01 min' explains nothing."""
    town = problem(on_a_line(0, 300.2), columns={"calls": [6.172839, 6.172841]}, zones=1, **FREE)
    zone = Zone(zone_id="A", building_ids=town.building_ids)
    for rule in (LongestDrive(limit_s=300.1), Workload(column="calls", at_most=12.34567)):
        told = rule.broken_by(zone, town)
        assert told is not None
        figures = [word.strip(",") for word in told.split() if word[0].isdigit()]
        assert len(figures) == len(set(figures)) == 2, told


NOBODY = Zone(zone_id="Zone 9", building_ids=("b00", "zz"))


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        (Together(("b00", "zz")), "not among the buildings to divide: zz"),
        (Together(("b00", "b00")), r"named twice: b00[\s\S]*at least 2 buildings"),
        (Together(("b00",)), "at least 2 buildings are needed"),
        (Apart(("b00", "yy", "zz")), "not among the buildings to divide: yy, zz"),
        (Apart(("b00", "b01", "b01")), "named twice: b01"),
        (InZone("zz", A_ZONE), "not among the buildings to divide: zz"),
        (InZone("b01", NOBODY), "not among the buildings to divide: zz"),
        (NotInZone("b00", Zone(zone_id="Z", building_ids=("b00",))), "no other building"),
        (Locked(NOBODY), "not among the buildings to divide: zz"),
        (Workload(column="pupils", at_most=3), "no column 'pupils'; there are bad, calls"),
        (
            Workload(column="bad", at_most=3),
            "3 buildings have no value of at least 0: b01, b02, b03",
        ),
        (Imbalance(column="pupils", price_s=1), "no column 'pupils'"),
        (Imbalance(column="bad", price_s=1), "3 buildings have no value"),
        (Contiguous((("b00", "b01"), ("b01", "b02"))), "no neighbours are known of b03, b04"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(rule: object, fault: str) -> None:
    town = problem(
        random_town(1, 5),
        columns={"calls": np.ones(5), "bad": [1, np.nan, -1, np.inf, 2]},
        zones=2,
        **FREE,
    )
    part = "costs" if isinstance(rule, Imbalance) else "rules"
    with pytest.raises(ProblemError, match=fault):
        dataclasses.replace(town, **{part: (rule,)})


@pytest.mark.parametrize("rule", [FromHighSchool(limit_s=60), HoldsHighSchool()])
def test_rules_about_high_schools_need_them(rule: Rule) -> None:
    with pytest.raises(ProblemError, match="no high school"):
        problem(random_town(1, 5), zones=2, rules=(rule,), **FREE)


def test_a_high_school_without_travel_times_is_named() -> None:
    with pytest.raises(ProblemError, match="no travel times from H1"):
        problem(
            random_town(1, 5),
            high_schools=2,
            campus=[0, None],
            zones=2,
            rules=(FromHighSchool(limit_s=60),),
            **FREE,
        )


def test_every_fault_of_a_request_is_told_at_once() -> None:
    with pytest.raises(ProblemError) as caught:
        problem(
            random_town(1, 5),
            columns={"calls": np.ones(5)},
            zones=(3, 2),
            min_size=0,
            max_size=None,
            rules=(Together(("b00", "zz")), Workload(column="nope", at_most=3)),
            costs=(Imbalance(column="nope", price_s=1.0),),
        )
    told = str(caught.value)
    for part in ("min_size is 0", "zones from 3 to 2", "zz", "column 'nope'", "imbalance of nope"):
        assert part in told


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (lambda: LongestDrive(limit_s=0), "the longest drive is 0"),
        (lambda: LongestDrive(limit_s=math.nan), "the longest drive is nan"),
        (lambda: FromHighSchool(limit_s=-3), "from the high school is -3"),
        (lambda: Workload(column="calls"), "neither at_least, at_most nor tolerance"),
        (
            lambda: Workload(column="calls", at_least=5, at_most=4, tolerance=-1),
            r"tolerance is -1[\s\S]*give either tolerance[\s\S]*at_most 4 is below at_least 5",
        ),
        (lambda: AtMostMoved(today=ZonePlan(()), most=-1), "-1 buildings may move"),
    ],
)
def test_a_rule_with_an_impossible_figure_is_refused(make: object, fault: str) -> None:
    with pytest.raises(OptionError, match=fault):
        make()  # type: ignore[operator]


def test_a_plain_function_is_a_rule() -> None:
    def no_pair_of_firsts(zone: frozenset[str]) -> str | None:
        return "0 and 1 quarrel" if {"0", "1"} <= zone else None

    town = ZoneProblem.from_costs(
        on_a_line(0, 1, 2, 100), zones=2, objective="patrol", rules=[no_pair_of_firsts]
    )
    assert town.rules[0].text == "no_pair_of_firsts"
    result = require_best(town)
    assert result.plan is not None
    assert result.plan.zone_of("0") != result.plan.zone_of("1")


@pytest.mark.parametrize(
    ("test", "said"),
    [
        (lambda _: True, "answered True"),
        (lambda _: False, "answered False"),
        (lambda _: 3.5, "answered 3.5"),
        (lambda _: "", "answered ''"),
        (lambda zone: sorted(zone)[99], "IndexError: list index out of range"),
    ],
)
def test_a_hostile_rule_is_told_by_its_name_and_the_zone(test: object, said: str) -> None:
    town = problem(
        random_town(1, 5),
        zones=2,
        rules=(OwnRule(name="my rule", test=test),),  # type: ignore[arg-type]
        **FREE,
    )
    with pytest.raises((OptionError, ProblemError)) as caught:
        solve(town)
    told = str(caught.value)
    assert "'my rule'" in told
    assert said in told
    assert "b0" in told


def test_a_hostile_rule_among_many_zones_names_the_one_it_failed_on() -> None:
    def fails_once(zone: frozenset[str]) -> str | None:
        if zone == {"b01", "b02", "b04"}:
            raise ZeroDivisionError
        return None

    town = problem(random_town(1, 6), zones=2, rules=(OwnRule(name="r", test=fails_once),), **FREE)
    with pytest.raises(OptionError, match="failed on the zone b01, b02, b04"):
        solve(town)


def test_today_from_two_different_plans_is_refused_and_from_equal_ones_not() -> None:
    zone_of = dict(zip(ids(6), "AABBCC", strict=True))
    one = ZonePlan.from_assignment(zone_of)
    same = ZonePlan.from_assignment(zone_of)
    other = ZonePlan.from_assignment(zone_of | {"b00": "B"})
    town = problem(random_town(1, 6), zones=3, **FREE)
    limits = AtMostMoved(today=one, most=2)
    dataclasses.replace(town, rules=(limits, AtMostMoved(today=same, most=1)))
    with pytest.raises(ProblemError, match="two different plans"):
        dataclasses.replace(town, rules=(limits, AtMostMoved(today=other, most=1)))


@pytest.mark.parametrize("kind", RULES)
@given(data=st.data())
@settings(max_examples=4)
def test_easings_are_ever_weaker(kind: str, data: st.DataObject) -> None:
    """Zones that keep a rule keep each of its easings, and those keep the next."""
    n = 6
    town = data.draw(towns(n=(n, n), rules=[kind], zones=2, **FREE))
    rule = town.zone_rules[0]
    kept = [_zones_kept(town, rule)]
    easings = rule.easings(town)
    for easing in easings[:: max(len(easings) // 6, 1)]:
        assert easing.text
        eased = easing.rule
        kept.append(_zones_kept(town, eased) if eased is not None else {"everything"} | kept[-1])
    for before, after in pairwise(kept):
        assert before <= after


def _zones_kept(town: ZoneProblem, rule: Rule) -> set[object]:
    return {
        (members, school)
        for size in range(1, town.n + 1)
        for members in combinations(town.building_ids, size)
        for school in town.high_school_ids
        if rule.broken_by(Zone(zone_id="Z", building_ids=members, high_school_id=school), town)
        is None
    }


def test_dedicated_buildings_are_no_part_of_the_patrol_zones() -> None:
    town = problem(random_town(1, 6), zones=2, dedicated=("d1", "d2"), **FREE)
    result = solve(town, SolverLimits(time_s=30))
    assert result.plan is not None
    posts = [z for z in result.plan.zones if z not in result.plan.patrol_zones]
    assert [z.building_ids for z in posts] == [("d1",), ("d2",)]
    assert len(result.plan.patrol_zones) == 2
