"""Rules and costs of classes the library has never seen: counts swept, frontier, false proofs."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest
from helpers.zone_towns import partitions, problem, random_town
from numpy.typing import NDArray
from ortools.math_opt.python import mathopt

from zoning.errors import InternalError, ProblemError
from zoning.zones import (
    Apart,
    AtMostMoved,
    Imbalance,
    LongestDrive,
    MovedBuildings,
    Objective,
    OwnCost,
    OwnRule,
    SolverLimits,
    Status,
    TourLength,
    Workload,
    Zone,
    ZonePlan,
    ZoneProblem,
    ZoningResult,
    check_plan,
    frontier,
    score,
    solve,
)
from zoning.zones.request.restrictions import Load, Restrictions
from zoning.zones.request.rules import Easing, ProblemData, depends_on_count
from zoning.zones.search.interruptible import PROVED_IMPOSSIBLE, SolverRefusalError
from zoning.zones.solve.solver import solve_counts
from zoning.zones.tradeoffs.quantities import WorkloadTolerances, ZoneCounts

Floats = NDArray[np.float64]
CALLS = np.array([9.0, 1, 4, 1, 7, 2, 1, 8])
COUNTS = (2, 3, 4)


@dataclass(frozen=True, kw_only=True)
class Spread:
    """The formula of Imbalance; it has no member that the protocol does not ask for."""

    price_s: float
    column: str = "calls"
    unit: str = "means"
    text: str = "spread"

    def faults(self, problem: ProblemData) -> list[str]:  # noqa: ARG002
        return []

    def amounts(self, zones: NDArray[np.int32], problem: ProblemData) -> Floats:
        values = problem.columns[self.column]
        mean = values.sum() / problem.fewest_and_most[0]
        return np.asarray(abs(values[zones].sum(axis=1) / mean - 1))

    def pairs(self, problem: ProblemData) -> Floats | None:  # noqa: ARG002
        return None

    def per_pair(self, size: int) -> float:  # noqa: ARG002
        return 0.0

    def most(self, problem: ProblemData) -> float:
        return 2.0 * problem.fewest_and_most[0]


@dataclass(frozen=True, kw_only=True)
class WidestPair(Spread):
    """A cost by pairs of the zone, with a true lower bound, that says what it depends on."""

    depends_on_count: ClassVar[bool] = False

    def amounts(self, zones: NDArray[np.int32], problem: ProblemData) -> Floats:
        return np.asarray(problem.seconds[zones[:, :, None], zones[:, None, :]].max(axis=(1, 2)))

    def pairs(self, problem: ProblemData) -> Floats | None:
        return np.minimum(problem.seconds, problem.seconds.T)

    def per_pair(self, size: int) -> float:
        return 2.0 / (size * (size - 1)) if size > 1 else 0.0

    def most(self, problem: ProblemData) -> float:
        return float(problem.seconds.max()) * len(problem.building_ids)


class Boastful(WidestPair):
    """Its lower bound by pairs is above the cost: no proof with it holds."""

    def per_pair(self, size: int) -> float:  # noqa: ARG002
        return 50.0


@dataclass(frozen=True)
class Band:
    """The formula of Workload with a tolerance."""

    share: float
    text: str = "calls near the mean"

    def faults(self, problem: ProblemData) -> list[str]:  # noqa: ARG002
        return []

    def bounds(self, problem: ProblemData) -> tuple[float, float]:
        fewest, most = problem.fewest_and_most
        total = float(problem.columns["calls"].sum())
        return total / most * (1 - self.share), total / fewest * (1 + self.share)

    def broken_by(self, zone: Zone, problem: ProblemData) -> str | None:
        low, high = self.bounds(problem)
        total = sum(problem.columns["calls"][problem.position(b)] for b in zone.building_ids)
        return None if low - 1e-9 <= total <= high + 1e-9 else f"{total} calls"

    def restrictions(self, problem: ProblemData) -> Restrictions:
        low, high = self.bounds(problem)
        return Restrictions(loads=(Load(values=problem.columns["calls"], low=low, high=high),))

    def easings(self, problem: ProblemData) -> list[Easing]:  # noqa: ARG002
        return [Easing("drop the band", None)]


@dataclass(frozen=True)
class Capacity(Band):
    """One upper limit, as the capacitated p-median has it."""

    def bounds(self, problem: ProblemData) -> tuple[float, float]:
        return 0.0, self.share * float(problem.columns["calls"].sum())


def town(seed: int, **request: Any) -> ZoneProblem:
    sizes = {"min_size": 1, "max_size": 5} | request
    return problem(random_town(seed, 8), columns={"calls": CALLS}, zones=COUNTS[0], **sizes)


def least(given: ZoneProblem, count: int) -> float:
    """The optimum by looking at every plan, each part by its definition."""
    low, high = given.sizes
    at = dataclasses.replace(given, zones=count)
    costs = []
    for groups in partitions(range(given.n), count, low, min(high, given.n)):
        zones = [
            Zone(zone_id=f"{k}", building_ids=tuple(given.building_ids[b] for b in group))
            for k, group in enumerate(groups)
        ]
        if any(rule.broken_by(zone, at) for rule in at.rules for zone in zones):
            continue
        costs.append(sum(zone_cost(at, group) for group in groups))
    return min(costs, default=math.inf)


def zone_cost(given: ZoneProblem, group: Sequence[int]) -> float:
    drive = given.seconds[np.ix_(group, group)] * given.call_weight[group]
    travel = (
        drive.sum(axis=1).min() if given.objective is Objective.STATION else drive.mean(0).sum()
    )
    zone = np.array([sorted(group)], dtype=np.int32)
    extra = sum(cost.price_s * cost.amounts(zone, given)[0] for cost in given.zone_costs)
    return float(travel + extra)


def require_best(given: ZoneProblem, results: dict[int, ZoningResult]) -> None:
    for count, result in results.items():
        best = least(given, count)
        if math.isinf(best):
            assert result.status is Status.INFEASIBLE
            continue
        assert result.status is Status.OPTIMAL
        assert result.objective_s == pytest.approx(best, rel=2e-6)
        assert result.lower_bound_s <= best * (1 + 1e-6)


OWN = [
    pytest.param({"costs": (Spread(price_s=2_000.0),)}, id="cost"),
    pytest.param({"costs": (WidestPair(price_s=2.0),)}, id="cost with pairs"),
    pytest.param({"rules": (Band(0.4),)}, id="rule"),
    pytest.param({"rules": (Band(0.4),), "costs": (Spread(price_s=2_000.0),)}, id="both"),
    pytest.param({"costs": (WidestPair(price_s=2.0), Spread(price_s=900.0))}, id="two costs"),
]


@pytest.mark.slow
@pytest.mark.parametrize("objective", [Objective.PATROL, Objective.STATION])
@pytest.mark.parametrize("own", OWN)
def test_counts_swept_are_each_the_best_of_every_plan(
    own: dict[str, Any], objective: Objective
) -> None:
    given = town(1, objective=objective, **own)
    require_best(given, solve_counts(given, COUNTS))
    require_best(given, solve_counts(given, reversed(COUNTS)))


@pytest.mark.slow
@pytest.mark.parametrize("own", OWN)
def test_a_frontier_over_counts_is_the_best_of_every_plan(own: dict[str, Any]) -> None:
    given = town(3, **own)
    require_best(given, dict(frontier(given, over=ZoneCounts(COUNTS)).points))


@pytest.mark.parametrize("price_s", [500.0, 20_000.0])
def test_a_formula_of_ours_under_another_name_has_the_same_answers(price_s: float) -> None:
    ours = town(4, costs=(Imbalance(column="calls", price_s=price_s),))
    theirs = town(4, costs=(Spread(price_s=price_s),))
    expected, found = solve_counts(ours, COUNTS), solve_counts(theirs, COUNTS)
    for count in COUNTS:
        assert found[count].objective_s == pytest.approx(expected[count].objective_s)


def test_a_capacity_of_any_class_is_the_capacitated_p_median() -> None:
    free = {"min_size": None, "max_size": None, "objective": Objective.STATION}
    given = town(5, rules=(Capacity(0.5),), **free)
    require_best(given, solve_counts(given, COUNTS))


def test_what_does_not_say_so_may_depend_on_the_number_of_zones() -> None:
    today = ZonePlan((Zone(zone_id="1", building_ids=("b00",)),))
    assert depends_on_count(Spread(price_s=1.0))
    assert depends_on_count(Band(0.1))
    assert depends_on_count(Imbalance(column="calls", price_s=1.0))
    assert depends_on_count(Workload(column="calls", tolerance=0.1))
    assert not depends_on_count(Workload(column="calls", at_most=10))
    assert not depends_on_count(WidestPair(price_s=1.0))
    assert not depends_on_count(Boastful(price_s=1.0))
    for part in (
        *Objective,
        LongestDrive(limit_s=1.0),
        OwnRule(name="own", test=lambda _: None),
        OwnCost(name="own", cost=lambda _: 1.0),
        TourLength(price_s=1.0),
        AtMostMoved(today=today, most=1),
        MovedBuildings(today=today, price_s=1.0),
    ):
        assert not depends_on_count(part)


@pytest.mark.slow
def test_a_class_that_changes_the_formula_but_not_the_answer_may_depend_on_it() -> None:
    class Changed(OwnCost):
        def amounts(self, zones: NDArray[np.int32], problem: ProblemData) -> Floats:
            return np.full(len(zones), float(problem.fewest_and_most[0]))

    changed = Changed(name="changed", cost=lambda _: 1.0)
    assert depends_on_count(changed)
    given = town(6, costs=(changed,))
    require_best(given, solve_counts(given, COUNTS))


def test_a_false_proof_is_raised_and_not_printed() -> None:
    with pytest.raises(InternalError, match="Boastful") as caught:
        solve(dataclasses.replace(town(7, costs=(Boastful(price_s=3.0),)), zones=3))
    assert "contradicts itself" in str(caught.value)
    assert "per_pair" in str(caught.value)


def test_no_result_has_a_bound_above_its_plan() -> None:
    result = solve(town(8))
    assert result.plan is not None
    assert result.objective_s is not None
    kept = dataclasses.replace(result, lower_bound_s=result.objective_s * (1 + 1e-9))
    assert kept.gap == 0.0
    with pytest.raises(InternalError, match=r"the lower bound .* is above a plan's"):
        dataclasses.replace(result, lower_bound_s=result.objective_s * 1.01)
    worst = solve(town(8, objective=Objective.WORST))
    assert worst.drive is not None
    with pytest.raises(InternalError, match="no longest drive is proved below"):
        dataclasses.replace(
            worst, drive=dataclasses.replace(worst.drive, bound_s=2 * worst.drive.bound_s)
        )


@pytest.mark.parametrize("objective", Objective)
def test_a_solver_that_refuses_every_linear_model_gives_no_traceback(
    objective: Objective, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan that is known comes back without a proof, and says why."""

    def refuse(*_: object) -> None:
        raise AttributeError("'StatusNotOk' object has no attribute 'canonical_code'")

    monkeypatch.setattr("ortools.math_opt.python.mathopt.IncrementalSolver", refuse)
    result = solve(town(9, objective=objective), SolverLimits(time_s=30))
    assert result.status is Status.FEASIBLE
    assert score(result.plan, result.problem).objective_s == result.objective_s  # type: ignore[arg-type]
    assert "the precision of the solver" in str(result)


class Quota(OwnRule):
    """Overrides ``broken_by`` of a rule that does not depend on the number of zones."""

    def broken_by(self, zone: Zone, problem: ProblemData) -> str | None:
        mean = len(problem.building_ids) / problem.fewest_and_most[0]
        return f"more than {mean} buildings" if len(zone.building_ids) > mean + 1 else None


class ShareOfMean(Workload):
    """Overrides the bounds of a workload rule that does not depend on the number of zones."""

    def bounds(self, problem: ProblemData) -> tuple[float, float]:
        mean = float(problem.columns[self.column].sum()) / problem.fewest_and_most[0]
        return 0.0, mean * (self.at_most or 0.0)


@pytest.mark.parametrize(
    "rule",
    [Quota(name="quota", test=lambda _: None), ShareOfMean(column="calls", at_most=1.4)],
    ids=["broken_by", "bounds"],
)
def test_a_subclass_that_changes_any_formula_may_depend_on_the_number_of_zones(
    rule: OwnRule | Workload,
) -> None:
    assert depends_on_count(rule)
    given = town(10, rules=(rule,), max_size=None)
    require_best(given, solve_counts(given, COUNTS))


class NotAlone(AtMostMoved):
    """Limits moves, and forbids a zone of the first building alone."""

    def broken_by(self, zone: Zone, problem: ProblemData) -> str | None:  # noqa: ARG002
        return "alone" if zone.building_ids == ("b00",) else None

    def restrictions(self, problem: ProblemData) -> Restrictions:  # noqa: ARG002
        return Restrictions(tests=(lambda members: members != (0,),))


def far_first_building() -> ZoneProblem:
    seconds = random_town(11, 6)
    seconds[0, 1:] = seconds[1:, 0] = 5_000.0
    return problem(seconds, zones=2, min_size=1, max_size=5)


def test_a_rule_that_limits_moves_may_also_judge_zones() -> None:
    given = far_first_building()
    today = ZonePlan((Zone(zone_id="1", building_ids=given.building_ids),))
    alone = solve(given)
    assert alone.plan is not None
    assert ("b00",) in [zone.building_ids for zone in alone.plan.zones]
    result = solve(dataclasses.replace(given, rules=(NotAlone(today=today, most=6),)))
    assert result.plan is not None
    assert ("b00",) not in [zone.building_ids for zone in result.plan.zones]
    broken = check_plan(alone.plan, result.problem).broken
    assert [one.reason for one in broken] == ["alone"]


class MovesAndFewMembers(MovedBuildings):
    """Charges for moved buildings, and for the size of a zone."""

    def amounts(self, zones: NDArray[np.int32], problem: ProblemData) -> Floats:  # noqa: ARG002
        return np.full(len(zones), float(zones.shape[1] ** 2))


def test_a_cost_of_moved_buildings_may_also_charge_zones() -> None:
    given = far_first_building()
    today = ZonePlan((Zone(zone_id="1", building_ids=given.building_ids),))
    even = dataclasses.replace(given, costs=(MovesAndFewMembers(today=today, price_s=9e5),))
    result = solve(even)
    assert result.status is Status.OPTIMAL
    assert result.plan is not None
    assert [len(zone.building_ids) for zone in result.plan.zones] == [3, 3]
    assert result.score is not None
    assert result.score.terms[-1].amount == 3 + 9 + 9
    assert result.lower_bound_s == pytest.approx(result.objective_s)


def test_moved_buildings_are_not_the_whole_objective() -> None:
    today = ZonePlan((Zone(zone_id="1", building_ids=("b00",)),))
    with pytest.raises(ProblemError, match="a cost besides, not the whole objective"):
        town(12, objective=MovedBuildings(today=today, price_s=1.0))


@pytest.mark.parametrize(
    ("objective", "request_", "fault"),
    [
        (Imbalance(column="none", price_s=1.0), {}, "there is no column 'none'"),
        (TourLength(price_s=1.0), {"max_size": 10}, "zones of up to 10 buildings"),
    ],
)
def test_an_objective_is_checked_like_a_cost(
    objective: Any, request_: dict[str, Any], fault: str
) -> None:
    with pytest.raises(ProblemError, match=fault):
        town(13, objective=objective, **request_)


@dataclass(frozen=True, kw_only=True)
class Gives(Spread):
    """Gives what it is told to."""

    given: Any

    def amounts(self, zones: NDArray[np.int32], problem: ProblemData) -> Any:  # noqa: ARG002
        return self.given if np.ndim(self.given) else np.full(len(zones), self.given)


@pytest.mark.parametrize("given", [-1.0, math.nan, math.inf, "many", [1.0, 2.0, 3.0]])
@pytest.mark.parametrize("whole", [False, True])
def test_an_amount_that_no_bound_holds_for_is_refused(given: Any, *, whole: bool) -> None:
    """A class that derives from nothing is held to what `OwnCost` is held to."""
    cost = Gives(price_s=1.0, given=given)
    asked = {"objective": cost} if whole else {"costs": (cost,)}
    with pytest.raises(ProblemError, match="the cost 'spread'"):
        solve(town(14, **asked), SolverLimits(time_s=30))


@pytest.mark.parametrize("price_s", [-1.0, math.nan, math.inf])
def test_a_price_that_no_bound_holds_for_is_refused(price_s: float) -> None:
    with pytest.raises(ProblemError, match="the price is"):
        town(15, costs=(Spread(price_s=price_s),))


@pytest.mark.parametrize("pairs", [np.ones((2, 2)), np.full((8, 8), np.nan), -np.ones((8, 8))])
def test_a_bound_by_pairs_that_is_none_is_refused(pairs: Floats) -> None:
    class Odd(WidestPair):
        def pairs(self, problem: ProblemData) -> Floats | None:  # noqa: ARG002
            return pairs

    with pytest.raises(ProblemError, match="pairs are not numbers of at least 0"):
        town(16, costs=(Odd(price_s=1.0),))


@dataclass(frozen=True)
class Says(Band):
    """Says one thing to the search and nothing, or another thing, of a zone."""

    rest: Restrictions | None = None
    reason: str | None = None

    def broken_by(self, zone: Zone, problem: ProblemData) -> str | None:  # noqa: ARG002
        return self.reason

    def restrictions(self, problem: ProblemData) -> Restrictions:  # noqa: ARG002
        return self.rest or Restrictions()


def test_a_plan_that_breaks_a_rule_is_raised_and_not_printed() -> None:
    with pytest.raises(InternalError, match=r"its plan breaks 'calls near the mean': .*too odd"):
        solve(town(17, rules=(Says(0.5, reason="too odd"),)))


def test_pairs_of_a_rule_may_be_named_in_either_order() -> None:
    upper = np.zeros((8, 8), dtype=bool)
    upper[2, 5] = upper[3, 3] = True
    lower = solve(town(18, rules=(Says(0.5, rest=Restrictions(apart=upper.T)),)))
    result = solve(town(18, rules=(Says(0.5, rest=Restrictions(apart=upper)),)))
    expected = solve(town(18, rules=(Apart(("b02", "b05")),)))
    assert result.objective_s == lower.objective_s == expected.objective_s


@pytest.mark.parametrize("value", [-1.0, math.nan])
def test_a_sum_that_no_bound_holds_for_is_refused(value: float) -> None:
    with pytest.raises(ProblemError, match="not numbers of at least 0"):
        Load(values=np.array([1.0, value]), high=3.0)


def test_a_frontier_of_tolerances_keeps_rules_derived_from_workload() -> None:
    given = town(19, rules=(ShareOfMean(column="calls", tolerance=0.3),))
    at = WorkloadTolerances([0.9]).at(given, 0.9)
    assert at.rules[0] is given.rules[0]
    plain = town(19, rules=(Workload(column="calls", tolerance=0.3),))
    assert len(WorkloadTolerances([0.9]).at(plain, 0.9).rules) == 1


FAILURES = [
    pytest.param(None, id="raises"),
    *[
        pytest.param(reason, id=reason.name)
        for reason in mathopt.TerminationReason
        if reason not in (*PROVED_IMPOSSIBLE, mathopt.TerminationReason.OPTIMAL)
    ],
]


@pytest.mark.parametrize("answer", FAILURES)
@pytest.mark.parametrize(
    ("objective", "sizes"),
    [
        (Objective.PATROL, {}),
        (Objective.WORST, {}),
        (Objective.STATION, {"min_size": None, "max_size": None}),
    ],
    ids=["patrol", "worst", "p-median"],
)
@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_integer_programmes_that_fail_give_an_answer_or_a_clean_error(
    objective: Objective,
    sizes: dict[str, Any],
    answer: mathopt.TerminationReason | None,
    after: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whichever call fails, nothing is called impossible and no plan optimal but by proof."""
    given = town(20, objective=objective, **sizes)
    truth = solve(given)
    real, asked = mathopt.solve, []

    def fail(model: mathopt.Model, *rest: Any, **more: Any) -> mathopt.SolveResult:
        asked.append(model.name)
        if len(asked) <= after:
            return real(model, *rest, **more)
        if answer is None:
            raise AttributeError("'StatusNotOk' object has no attribute 'canonical_code'")
        bounds = mathopt.ObjectiveBounds(primal_bound=math.inf, dual_bound=-math.inf)
        ended = mathopt.Termination(reason=answer, objective_bounds=bounds)
        return mathopt.SolveResult(termination=ended, solve_stats=mathopt.SolveStats())

    monkeypatch.setattr("ortools.math_opt.python.mathopt.solve", fail)
    try:
        result = solve(given, SolverLimits(time_s=5))
    except SolverRefusalError:
        return
    assert result.status in (Status.OPTIMAL, Status.FEASIBLE, Status.NO_SOLUTION)
    assert str(result)
    if result.status is Status.OPTIMAL:
        assert result.objective_s == pytest.approx(truth.objective_s, rel=1e-6)
