"""Rules and costs of classes the library has never seen: score, check, explain, compare, trade."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
from helpers.zone_towns import on_a_line, plan_of, problem
from numpy.typing import NDArray

from zoning.errors import PlanError, ProblemError
from zoning.zones import (
    AlignmentPrices,
    AtMostMoved,
    CostDefaults,
    MovedBuildings,
    RuleDefaults,
    Status,
    Zone,
    ZoneCounts,
    ZoneProblem,
    check_plan,
    compare_plans,
    explain_building,
    explain_plan,
    frontier,
    score,
    solve,
)
from zoning.zones.request.restrictions import Restrictions
from zoning.zones.request.rules import Easing, ProblemData
from zoning.zones.tradeoffs.quantities import Trade, Traded, TradeWords

Floats = NDArray[np.float64]
Zones = NDArray[np.int32]
# Two rows of three a minute apart, an hour between.
ROAD = on_a_line(0, 60, 120, 3720, 3780, 3840)
TWO = [(0, 1, 2), (3, 4, 5)]


@dataclass(frozen=True)
class NoFirst(RuleDefaults):
    """A rule of two members: a building is in no zone with another one."""

    first: str
    other: str
    text: str = "kept from one another"

    def broken_by(self, zone: Zone, problem: ProblemData) -> str | None:
        if {self.first, self.other} <= set(zone.building_ids):
            return f"{problem.name(self.first)} meets {problem.name(self.other)}"
        return None


class Bare:
    """A rule that derives from nothing and says no more than it must."""

    text = "at most two buildings"

    def faults(self, problem: ProblemData) -> list[str]:  # noqa: ARG002
        return []

    def broken_by(self, zone: Zone, problem: ProblemData) -> str | None:  # noqa: ARG002
        return "too many" if len(zone.building_ids) > 2 else None

    def restrictions(self, problem: ProblemData) -> Restrictions:  # noqa: ARG002
        return Restrictions(tests=(lambda zone: len(zone) <= 2,))

    def easings(self, problem: ProblemData) -> list[Easing]:  # noqa: ARG002
        return [Easing("allow more", None)]


@dataclass(frozen=True)
class Pairs(CostDefaults):
    """A cost of four members: pairs of buildings in a zone."""

    price_s: float
    text: str = "pairs"
    unit: str = "pairs of buildings"
    largest_zone: ClassVar[int] = 4

    def amounts(self, zones: Zones, problem: ProblemData) -> Floats:  # noqa: ARG002
        size = zones.shape[1]
        return np.full(len(zones), size * (size - 1) / 2)


@dataclass(frozen=True)
class Sizes(Trade):
    """Zones of at most so many buildings against response."""

    values: tuple[int, ...]
    varies: ClassVar[str] = "max_size"

    @property
    def words(self) -> TradeWords:
        return TradeWords(title="Size", axis="buildings", labels="size", name="size", index="size")

    @property
    def loosest_first(self) -> tuple[int, ...]:
        return self.values[::-1]

    def at(self, problem: ZoneProblem, value: float) -> ZoneProblem:
        return replace(problem, max_size=int(value))

    def amount(self, traded: Traded) -> float:
        return float(traded.zones)

    def label(self, value: float) -> str:
        return f"{value:g}"

    def reason(self, problem: ZoneProblem, value: float) -> str:  # noqa: ARG002
        return f"no zone holds more than {value:g}"


def road(**request: object) -> ZoneProblem:
    return problem(ROAD, **{"zones": 2, "min_size": 1, "max_size": 5} | request)


def test_an_own_rule_is_searched_checked_and_named() -> None:
    rule = NoFirst("b00", "b01")
    town = road(rules=(rule,))
    check = check_plan(plan_of(town, TWO), town)
    assert [(b.rule, b.zone_id, b.reason) for b in check.broken] == [
        (rule.text, "A", f"{town.name('b00')} meets {town.name('b01')}")
    ]
    result = solve(town)
    assert result.status is Status.OPTIMAL
    assert result.plan is not None
    assert check_plan(result.plan, town).ok
    assert result.score is not None
    best = min(
        score(plan_of(town, [part, rest]), town).objective_s
        for part, rest in (((0,), (1, 2, 3, 4, 5)), ((1,), (0, 2, 3, 4, 5)))
    )
    assert result.score.objective_s <= best


def test_an_own_rule_is_among_the_conflicts_and_can_be_dropped() -> None:
    town = road(zones=1, max_size=6, rules=(NoFirst("b00", "b01"), Bare()))
    why = solve(town).infeasibility
    assert why is not None
    assert {"kept from one another", Bare.text} & set(why.conflict)
    eased = problem(ROAD, zones=1, min_size=1, max_size=6, rules=(NoFirst("b00", "b01"),))
    reasons = solve(eased).infeasibility
    assert reasons is not None
    assert "drop the rule 'kept from one another'" in reasons.remedies


def test_a_rule_that_derives_from_nothing_is_as_good() -> None:
    town = road(zones=3, rules=(Bare(),))
    result = solve(town)
    assert result.plan is not None
    assert check_plan(result.plan, town).ok
    assert max(len(zone.building_ids) for zone in result.plan.zones) == 2


def test_an_own_cost_is_a_term_of_score_check_and_explanation() -> None:
    plain, town = road(), road(costs=(Pairs(price_s=10),))
    plan = plan_of(town, TWO)
    term = score(plan, town).terms[-1]
    assert (term.text, term.amount, term.unit, term.seconds) == ("pairs", 6, Pairs(1).unit, 60)
    assert score(plan, town).objective_s == score(plan, plain).objective_s + 60
    assert check_plan(plan, town).score == score(plan, town)
    why = explain_building(plan, town, "b00")
    assert why.terms[-1].amount == 2  # of 3 pairs in its zone 1 is left without it
    cost = explain_building(plan, plain, "b00").alternatives["cost_s"]["B"]
    assert why.alternatives["cost_s"]["B"] == pytest.approx(cost + 10 * (1 + 6 - 3 - 3))
    assert list(explain_plan(plan, town).columns)[-2:] == ["cost_s", "longest_drive_s"]


def test_an_own_cost_may_be_the_objective() -> None:
    town = road(objective=Pairs(price_s=2))
    result = solve(town)
    assert result.score is not None
    assert result.score.objective_s == 2 * 6
    assert result.score.terms[0].text == "pairs"
    assert "objective='pairs'" in repr(town)
    table = frontier(town, ZoneCounts([2, 3])).table()
    assert list(table["own_cost"]) == [6, 3]


def test_an_own_cost_says_itself_how_large_a_zone_may_be() -> None:
    town = road(costs=(Pairs(price_s=1),))
    with pytest.raises(PlanError, match=r"at most 4 buildings\n  A has 5"):
        check_plan(plan_of(town, [(0, 1, 2, 3, 4), (5,)]), town)
    whole = road(objective=Pairs(price_s=1))
    with pytest.raises(PlanError, match=r"at most 4 buildings\n  A has 5"):
        check_plan(plan_of(whole, [(0, 1, 2, 3, 4), (5,)]), whole)


def test_plans_are_compared_with_own_rules_and_costs() -> None:
    town = road(costs=(Pairs(price_s=1),), rules=(NoFirst("b00", "b01"),))
    before, after = plan_of(town, TWO), plan_of(town, [(0, 3), (1, 2, 4, 5)])
    compared = compare_plans(before, after, town)
    assert compared.totals["after"]["pairs"] == 1 + 6
    assert list(compared.rules["plan"]) == ["before"]


def test_an_own_quantity_can_be_traded() -> None:
    table = frontier(road(), Sizes((2, 3))).table()
    assert list(table["status"]) == ["infeasible", "optimal"]
    assert table["objective_s"][3] == 320


def test_moves_are_counted_by_what_says_so() -> None:
    today = plan_of(road(), TWO)
    town = road(
        rules=(AtMostMoved(today=today, most=1), NoFirst("b00", "b01")),
        costs=(MovedBuildings(today=today, price_s=5), Pairs(price_s=1)),
    )
    assert [rule.text for rule in town.moving] == ["at most 1 building moves"]
    assert [cost.text for cost in town.zone_costs] == ["pairs"]
    assert town.plans_of_today == (today, today)


def test_what_is_no_rule_or_cost_is_refused_by_name() -> None:
    with pytest.raises(ProblemError, match=r"rules holds 'word': give rules of zoning\.zones"):
        road(rules=("word",))
    with pytest.raises(ProblemError, match="costs holds 7: give TourLength"):
        road(costs=(7,))
    with pytest.raises(ProblemError, match="no school can be misaligned"):
        frontier(road(), AlignmentPrices())
