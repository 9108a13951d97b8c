"""The answers along a trade-off: each value solved, none worse than another's plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from zoning.zones.plan import ZonePlan
from zoning.zones.request.limits import ProgressCallback, SolverLimits
from zoning.zones.request.problem import ZoneProblem
from zoning.zones.request.question import Objective
from zoning.zones.review.checking import check_plan
from zoning.zones.review.score import PlanScore
from zoning.zones.solve.feasibility import Existence, plan_exists, request_in_words
from zoning.zones.solve.result import Infeasibility, Status, ZoningResult
from zoning.zones.solve.solver import solve, solve_counts
from zoning.zones.tradeoffs.varied import AlignmentPrices, Trade, WorkloadTolerances, ZoneCounts

Answers = dict[float, ZoningResult]

_NO_GAP = 1e-9


def answers_by_value(
    problem: ZoneProblem, over: Trade, limits: SolverLimits, progress: ProgressCallback | None
) -> Answers:
    """The answer at each value; only at those that were reached, if the user stopped it."""
    if isinstance(over, ZoneCounts):
        solved = _by_count(problem, over, limits, progress)
    else:
        solved = _from_tightest(problem, over, limits, progress)
    answers = {value: _with_best_plan(one, solved.values()) for value, one in solved.items()}
    if any(answer.interrupted for answer in answers.values()):
        return answers
    left = [value for value in over.values if value not in answers]
    return answers | {v: _refused(problem, over, v, answers, limits) for v in left}


def _by_count(
    problem: ZoneProblem,
    over: ZoneCounts,
    limits: SolverLimits,
    progress: ProgressCallback | None,
) -> Answers:
    """The numbers of zones that are not refused; if all are, one of them explained."""
    possible = [v for v in over.values if not _impossible(over.at(problem, v), limits)]
    solved = solve_counts(problem, possible or over.values[:1], limits, progress=progress)
    return {float(count): answer for count, answer in solved.items()}


def _from_tightest(
    problem: ZoneProblem,
    over: AlignmentPrices | WorkloadTolerances,
    limits: SolverLimits,
    progress: ProgressCallback | None,
) -> Answers:
    """From the tightest value on, since each plan keeps the rules of the next value too.

    Values from the first that is impossible on are left out; if all are, the
    loosest is explained.
    """
    possible: list[float] = []
    for value in over.loosest_first:
        if _impossible(over.at(problem, value), limits):
            break
        possible.append(value)
    answers: Answers = {}
    start: ZonePlan | None = None
    for value in reversed(possible or over.loosest_first[:1]):
        told = None if progress is None else _naming(over.label(value), progress)
        result = solve(over.at(problem, value), limits, start=start, progress=told)
        answers[value] = result
        if result.interrupted:
            break
        start = result.plan or start
    return answers


def _naming(label: str, progress: ProgressCallback) -> ProgressCallback:
    return lambda told: progress(replace(told, stage=f"{label}: {told.stage}"))


def _impossible(problem: ZoneProblem, limits: SolverLimits) -> bool:
    """Whether rules leave no plan; without rules the solver says so, and why, in no time."""
    return bool(problem.rules) and plan_exists(problem, limits) is Existence.NO


def _refused(
    problem: ZoneProblem, over: Trade, value: float, answers: Answers, limits: SolverLimits
) -> ZoningResult:
    """Why there is no plan, and the nearest values that have one."""
    one = over.at(problem, value)
    below = [v for v, result in answers.items() if result.plan is not None and v < value]
    above = [v for v, result in answers.items() if result.plan is not None and v > value]
    nearest = [*([max(below)] if below else []), *([min(above)] if above else [])]
    return ZoningResult(
        problem=one,
        status=Status.INFEASIBLE,
        seed=limits.seed,
        infeasibility=Infeasibility(
            request=request_in_words(one),
            reasons=(over.reason(one, value),),
            remedies=tuple(
                f"{over.words.name}: {over.label(v)} instead of {over.label(value)}"
                for v in nearest
            ),
            complete=bool(nearest),
        ),
    )


def _with_best_plan(result: ZoningResult, others: Iterable[ZoningResult]) -> ZoningResult:
    """Where a gap is left, the best of all plans that keep the rules here."""
    if result.status is Status.INFEASIBLE or (result.gap is not None and result.gap < _NO_GAP):
        return result
    best = result
    for plan in [other.plan for other in others if other.plan is not None]:
        check = check_plan(plan, result.problem)
        if check.ok and (best.score is None or _rank(check.score, best) < _rank(best.score, best)):
            status = Status.FEASIBLE if result.plan is None else result.status
            best = replace(result, plan=plan, score=check.score, status=status)
    return best


def _rank(score: PlanScore, result: ZoningResult) -> tuple[float, float]:
    worst = result.problem.objective is Objective.WORST
    return (score.longest_drive_s if worst else 0.0), score.objective_s
