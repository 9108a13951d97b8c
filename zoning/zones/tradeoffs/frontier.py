"""Trade-offs: the best plan at each value of a quantity, as a table and a picture."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from zoning.errors import ProblemError, typed
from zoning.units import counted
from zoning.zones.plan import ZonePlan
from zoning.zones.request.limits import ProgressCallback, SolverLimits
from zoning.zones.request.objective import Objective
from zoning.zones.request.problem import ZoneProblem, cost_name
from zoning.zones.review.checking import check_plan
from zoning.zones.review.score import PlanScore
from zoning.zones.solve.feasibility import Existence, plan_exists, request_in_words
from zoning.zones.solve.result import Infeasibility, Status, ZoningResult
from zoning.zones.solve.solver import solve, solve_counts
from zoning.zones.tradeoffs.plot import Mark, Missing, Picture, draw
from zoning.zones.tradeoffs.quantities import (
    Trade,
    Traded,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


# Sums over the same buildings in another order differ by less than this share.
_SAME = 1e-9

# Share of the response below which no error bar is drawn: twice the default gap limit of 1e-6.
_NEGLIGIBLE = 2e-6


class FrontierPoint(NamedTuple):
    """The answer at one value of the quantity."""

    value: float
    result: ZoningResult


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frontier:
    """The best plan at each value of a trade-off; see `frontier`.

    Attributes
    ----------
    problem
        The problem, before the quantity was varied.
    over
        The quantity that is traded against response.
    points
        One for each value, in ascending order; ``dict(frontier.points)`` gives the
        result by value. Some values are missing if the user stopped the search.
    """

    problem: ZoneProblem
    over: Trade
    points: tuple[FrontierPoint, ...]

    def __repr__(self) -> str:
        return (
            f"Frontier(over={self.over!r}, {counted(len(self.points), 'point')}, {self.problem!r})"
        )

    def table(self) -> pd.DataFrame:
        """The figures of every point.

        Returns
        -------
        DataFrame
            Index the values: ``price_s`` (seconds; ``inf`` is strict), ``zones`` or
            ``tolerance`` (share). Columns ``status``; ``gap``, share of the
            objective that is not proved; ``objective_s``, building-seconds with
            all prices, not to be compared over alignment prices;
            ``mean_travel_s``, seconds of expected travel per call, as planned (not
            a response estimate); ``own_cost``, only where a cost of your own is
            minimised; ``longest_drive_s``; ``misaligned``, schools;
            ``aligned_share``; ``workload_max_over_min``, ``workload_cv`` and
            ``workload_off_mean``, as in `Traded`, of calls or of the column that
            is traded; ``patrol_zones``; ``on_frontier``, whether no other point is
            better in the quantity or in response and at least as good in both;
            ``reason``, why there is no plan, else None. Where there is no plan,
            figures are NaN or ``<NA>`` and ``on_frontier`` is False.
        """
        figures = self._figures()
        best = self._on_frontier()
        rows = [_row(result, figures.get(value)) for value, result in self.points]
        index = pd.Index([value for value, _ in self.points], name=self.over.words.index)
        table = pd.DataFrame(rows, index=index).assign(
            on_frontier=[value in best for value, _ in self.points],
            reason=pd.Series(
                [_describe_failure(r) for _, r in self.points], index=index, dtype=object
            ),
        )
        table = table.astype({"misaligned": "Int64", "patrol_zones": "Int64"})
        return table.drop(columns="own_cost") if self.problem.own_objective is None else table

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the quantity against response; needs the extra ``report``.

        Plans on the frontier are filled and joined by steps: along a step nothing
        better was found. Where a proof is not complete, an error bar ends at the
        proved lower bound. Values without a plan are written beside a dotted line,
        or below the axis.

        Parameters
        ----------
        ax
            Axes to draw into; new ones of a new figure if None.

        Returns
        -------
        Axes
            Of matplotlib; ``axes.get_figure().savefig(path)`` writes it.

        Raises
        ------
        OptionError
            If matplotlib is not installed.
        """
        return draw(self._picture(), ax)

    def _figures(self) -> dict[float, Traded]:
        work = self.over.work(self.problem)
        return {
            value: Traded.of(result.plan, result.score, result.problem, work)
            for value, result in self.points
            if result.plan is not None and result.score is not None
        }

    def _compute_axes(self) -> dict[float, tuple[float, float]]:
        """Amount of the quantity and response, by value; smaller is better for both."""
        return {
            value: (self.over.amount(traded), _response(traded.score, self.problem))
            for value, traded in self._figures().items()
        }

    def _on_frontier(self) -> set[float]:
        both = self._compute_axes()
        return {
            value
            for value, one in both.items()
            if not any(_is_dominating(other, one) for other in both.values())
        }

    def _picture(self) -> Picture:
        words = self.over.words
        best = self._on_frontier()
        results = dict(self.points)
        against, y_axis = _describe_response(self.problem)
        unit = 60.0 if self.problem.own_objective is None else 1.0
        both = self._compute_axes()
        places: dict[tuple[float, float], list[float]] = {}
        for value, (amount, response) in both.items():
            places.setdefault((round(amount, 9), round(response, 6)), []).append(value)
        marks = [
            Mark(
                x=both[values[0]][0] * words.scale,
                y=both[values[0]][1] / unit,
                unproved=min(_measure_unproved(results[value]) for value in values) / unit,
                text=self._label(values),
                best=values[0] in best,
            )
            for values in places.values()
        ]
        return Picture(
            title=f"{words.title} traded against {against}",
            subtitle=f"{_describe_request(self.problem, self.over)}; {words.labels}",
            x_axis=words.axis,
            y_axis=y_axis,
            marks=tuple(marks),
            missing=tuple(self._missing(v, r) for v, r in self.points if r.plan is None),
            note=self.problem.times_estimate or "",
            whole=words.scale == 1,
        )

    def _label(self, values: Sequence[float]) -> str:
        """Label a plan that is best at several values, such as ``'0 min to 3 min'``."""
        texts = [self.over.label(value) for value in values]
        between = [v for v in self.over.values if values[0] <= v <= values[-1]]
        if len(values) > 2 and len(between) == len(values):
            return f"{texts[0]} to {texts[-1]}"
        return ", ".join(texts)

    def _missing(self, value: float, result: ZoningResult) -> Missing:
        place = self.over.place(value)
        said = "no plan" if result.status is Status.INFEASIBLE else "no plan found in the limits"
        return Missing(
            x=None if place is None else place * self.over.words.scale,
            text=f"{self.over.label(value)}: {said}",
        )


@typed
def frontier(
    problem: ZoneProblem,
    over: Trade,
    *,
    limits: SolverLimits | None = None,
    progress: ProgressCallback | None = None,
) -> Frontier:
    """The best response at each of several values of another quantity.

    The problem is solved to a proof at each value, with everything else unchanged.
    If the limits leave a gap, a better plan found at another value is used, so no
    point is worse than another that keeps its rules.

    Parameters
    ----------
    problem
        As for `zoning.solve`. Its own value of the varied quantity is ignored.
    over
        `AlignmentPrices`, `ZoneCounts` or `WorkloadTolerances`, with the values.
    limits
        For each value by itself.
    progress
        Called as by `zoning.solve`, for each value.

    Returns
    -------
    Frontier
        Values at which no plan exists are among its points, with the reason.

    Raises
    ------
    ProblemError
        If the quantity cannot vary: no high school, no such column, or a number of
        zones that is open while another quantity is traded.

    Examples
    --------
    >>> tradeoff = frontier(problem, ZoneCounts(range(24, 49, 4)))  # doctest: +SKIP
    >>> tradeoff.table()  # doctest: +SKIP
    >>> tradeoff.plot()  # doctest: +SKIP
    """
    faults = over.faults(problem)
    if faults:
        raise ProblemError("this trade-off makes no sense for the problem", faults)
    answers = answers_by_value(problem, over, limits or SolverLimits(), progress)
    points = tuple(FrontierPoint(v, answers[v]) for v in over.values if v in answers)
    return Frontier(problem=problem, over=over, points=points)


def _row(result: ZoningResult, traded: Traded | None) -> dict[str, object]:
    score = None if traded is None else traded.score
    own = result.problem.own_objective is not None
    return {
        "status": str(result.status),
        "gap": math.nan if result.gap is None else result.gap,
        "objective_s": math.nan if score is None else score.objective_s,
        "mean_travel_s": math.nan if score is None else score.mean_travel_s,
        "own_cost": score.terms[0].amount if score is not None and own else math.nan,
        "longest_drive_s": math.nan if score is None else score.longest_drive_s,
        "misaligned": score.misaligned if score is not None and score.with_feeder else None,
        "aligned_share": math.nan if score is None else score.aligned_share,
        "workload_max_over_min": math.nan if traded is None else traded.max_over_min,
        "workload_cv": math.nan if traded is None else traded.cv,
        "workload_off_mean": math.nan if traded is None else traded.off_mean,
        "patrol_zones": None if traded is None else traded.zones,
    }


def _describe_failure(result: ZoningResult) -> str | None:
    if result.plan is not None:
        return None
    if result.infeasibility is not None:
        return "; ".join(result.infeasibility.reasons)
    return "no plan was found within the limits, and it is not proved that none exists"


def _describe_request(problem: ZoneProblem, over: Trade) -> str:
    """Describe the part of the request that is the same for all values."""
    low, high = problem.sizes
    sizes = f"{low}" if low == high else f"{low} to {high}"
    if problem.max_size is None:
        sizes = f"{low} or more" if low > 1 else "any size"
    parts = [counted(problem.n, "building"), f"zones of {sizes}"]
    if over.varies != "zones":
        low, high = problem.fewest_and_most
        parts.append(counted(high, "zone") if low == high else f"{low} to {high} zones")
    if over.varies != "alignment" and problem.feeders_given:
        parts.append(f"alignment {problem.alignment.short}")
    return ", ".join(parts)


def _is_dominating(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether one is at least as good in both and better in one."""
    slack = [_SAME * max(abs(a), abs(b)) for a, b in zip(one, other, strict=True)]
    as_good = all(a <= b + s for a, b, s in zip(one, other, slack, strict=True))
    return as_good and any(a < b - s for a, b, s in zip(one, other, slack, strict=True))


def _response(score: PlanScore, problem: ZoneProblem) -> float:
    """The figure that the objective minimises, without prices; seconds, or an own cost's unit."""
    if problem.own_objective is not None:
        return score.terms[0].amount
    return score.longest_drive_s if problem.objective is Objective.WORST else score.mean_travel_s


def _describe_response(problem: ZoneProblem) -> tuple[str, str]:
    """Name the response, for a title and for an axis."""
    own = problem.own_objective
    if own is not None:
        name = cost_name(own)
        return name, f"{name}, {own.unit}\n(what the optimiser minimises)"
    if problem.objective is Objective.WORST:
        return (
            "the longest drive",
            "longest drive inside a zone, minutes\n(what the optimiser minimises first)",
        )
    return (
        "expected travel",
        "mean expected travel of the plan, minutes per call\n"
        "(what the optimiser minimises; not a response estimate)",
    )


def _measure_unproved(result: ZoningResult) -> float:
    """Distance from the response down to the proved lower bound, in its unit."""
    score, problem = result.score, result.problem
    if score is None:
        return 0.0
    response = _response(score, problem)
    if problem.objective is Objective.WORST:
        left = response - (0.0 if result.drive is None else result.drive.bound_s)
    else:
        own = problem.own_objective
        weight = float(problem.call_weight.sum()) if own is None else own.price_s
        left = (score.objective_s - result.lower_bound_s) / weight if weight else math.inf
    left = min(left, response)
    return left if left > _NEGLIGIBLE * response else 0.0


Answers = dict[float, ZoningResult]

# A gap below this share is rounding: the plan is optimal.
_NO_GAP = 1e-9


def answers_by_value(
    problem: ZoneProblem, over: Trade, limits: SolverLimits, progress: ProgressCallback | None
) -> Answers:
    """Solve the problem at each value; at fewer if the user stops the search."""
    if over.varies == "zones":
        solved = _solve_by_count(problem, over, limits, progress)
    else:
        solved = _solve_from_tightest(problem, over, limits, progress)
    answers = {value: _with_best_plan(one, solved.values()) for value, one in solved.items()}
    if any(answer.interrupted for answer in answers.values()):
        return answers
    left = [value for value in over.values if value not in answers]
    return answers | {v: _make_infeasible(problem, over, v, answers, limits) for v in left}


def _solve_by_count(
    problem: ZoneProblem,
    over: Trade,
    limits: SolverLimits,
    progress: ProgressCallback | None,
) -> Answers:
    """Solve the feasible numbers of zones; if there is none, explain the first."""
    counts = [int(v) for v in over.values]
    possible = [v for v in counts if not _is_impossible(over.at(problem, v), limits)]
    solved = solve_counts(problem, possible or counts[:1], limits, progress=progress)
    return {float(count): answer for count, answer in solved.items()}


def _solve_from_tightest(
    problem: ZoneProblem,
    over: Trade,
    limits: SolverLimits,
    progress: ProgressCallback | None,
) -> Answers:
    """Solve from the tightest value on: each plan keeps the rules of the next value too.

    Skips the first impossible value and all tighter ones; if all are impossible, the
    loosest is explained.
    """
    possible: list[float] = []
    for value in over.loosest_first:
        if _is_impossible(over.at(problem, value), limits):
            break
        possible.append(value)
    answers: Answers = {}
    start: ZonePlan | None = None
    for value in reversed(possible or over.loosest_first[:1]):
        named = None if progress is None else _prefix_stage(over.label(value), progress)
        result = solve(over.at(problem, value), limits, start=start, progress=named)
        answers[value] = result
        if result.interrupted:
            break
        start = result.plan or start
    return answers


def _prefix_stage(label: str, progress: ProgressCallback) -> ProgressCallback:
    return lambda one: progress(replace(one, stage=f"{label}: {one.stage}"))


def _is_impossible(problem: ZoneProblem, limits: SolverLimits) -> bool:
    """Whether the rules leave no plan; without rules the solver itself is as fast."""
    return bool(problem.rules) and plan_exists(problem, limits) is Existence.NO


def _make_infeasible(
    problem: ZoneProblem, over: Trade, value: float, answers: Answers, limits: SolverLimits
) -> ZoningResult:
    """Make the result that no plan exists, with the nearest feasible values."""
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
    """If a gap is left, use the best plan of any value that keeps the rules here."""
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
