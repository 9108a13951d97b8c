"""Whether any plan exists, and the least change of one rule that makes one.

Where zones are is of no matter here, only how many buildings each high school's
zones must hold, so the question is a small integer programme: buildings with
the same feeders are one type; ``load[h]`` buildings in ``zones[h]`` zones must
satisfy ``min_size * zones[h] <= load[h] <= max_size * zones[h]``. Any such
load can be split into zones of the allowed sizes, so the answer is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ortools.math_opt.python import mathopt

from zoning.zones.alignment import AlignmentMode
from zoning.zones.problem import ZoneProblem
from zoning.zones.result import Infeasibility


@dataclass(frozen=True, slots=True)
class _Slack:
    """Which one rule may give way; its total is minimised."""

    zones: bool = False
    larger: bool = False
    smaller: bool = False
    misaligned: bool = False
    own_officer: bool = False


def smallest_count(problem: ZoneProblem) -> int | None:
    """The smallest number of zones that some plan has; None if no number works."""
    least = _least(problem, _Slack(zones=True), count=0)
    return None if least is None else round(least)


def is_possible(problem: ZoneProblem, count: int) -> bool:
    """Whether some plan with this number of zones keeps every rule."""
    return _least(problem, _Slack(), count=count) is not None


def explain(problem: ZoneProblem, count: int | None) -> Infeasibility:
    """Why a request is impossible, and each single change that is enough."""
    n, low, high = problem.n, problem.min_size, problem.max_size
    sizes = f"zones of {low} to {high}" if low < high else f"zones of {low}"
    strict = problem.alignment.mode is AlignmentMode.STRICT
    request = f"{n} buildings, {sizes}" + (f", {count} zones" if count is not None else "")
    request += ", strict alignment" if strict else ""
    reasons = []
    if count is not None and n > count * high:
        reasons.append(
            f"{count} zones of at most {high} hold {count * high} buildings; "
            f"{n - count * high} are left over"
        )
    elif count is not None and n < count * low:
        reasons.append(
            f"{count} zones of at least {low} need {count * low} buildings; there are {n}"
        )
    elif count is None and not strict:
        reasons.append(f"no number of zones of {low} to {high} holds exactly {n} buildings")
    else:
        reasons.append(
            "the schools of some high schools do not fill zones of the allowed sizes by themselves"
        )
    return Infeasibility(
        request=request, reasons=tuple(reasons), remedies=tuple(_remedies(problem, count))
    )


def _remedies(problem: ZoneProblem, count: int | None) -> list[str]:
    remedies = []
    if count is not None:
        up, down = _nearest_counts(problem, count)
        remedies += [f"{k} zones instead of {count}" for k in (up, down) if k is not None]
    wanted = 0 if count is None else count
    free = count is None
    larger = _least(problem, _Slack(zones=free, larger=True), count=wanted, weigh_zones=False)
    if larger:
        k = round(larger)
        zones = "1 of the zones" if k == 1 else f"{k} of the zones"
        remedies.append(f"at most {problem.max_size + 1} buildings in {zones}")
    smaller = _least(problem, _Slack(zones=free, smaller=True), count=wanted, weigh_zones=False)
    if smaller and problem.min_size > 1:
        k = round(smaller)
        zones = "1 of the zones" if k == 1 else f"{k} of the zones"
        remedies.append(f"only {problem.min_size - 1} buildings in {zones}")
    outside = _least(problem, _Slack(zones=free, misaligned=True), count=wanted, weigh_zones=False)
    if outside:
        k = round(outside)
        schools = "1 school" if k == 1 else f"{k} schools"
        remedies.append(f"{schools} outside their feeder's zone (alignment 'prefer')")
    own = _least(problem, _Slack(zones=free, own_officer=True), count=wanted, weigh_zones=False)
    if own:
        k = round(own)
        given = (
            "1 building given its own officer"
            if k == 1
            else f"{k} buildings given their own officer"
        )
        remedies.append(given)
    return remedies


def _nearest_counts(problem: ZoneProblem, count: int) -> tuple[int | None, int | None]:
    """The nearest possible numbers of zones above and below ``count``."""
    up = next((k for k in range(count + 1, problem.n + 1) if is_possible(problem, k)), None)
    down = next(
        (k for k in range(min(count - 1, problem.n), 0, -1) if is_possible(problem, k)), None
    )
    return up, down


def _least(
    problem: ZoneProblem, slack: _Slack, *, count: int, weigh_zones: bool = True
) -> float | None:
    """The least total slack for which a plan exists; None if none does."""
    rows = (
        problem.misaligned if problem.high_school_ids else np.zeros((problem.n, 1), dtype=np.int64)
    )
    types, members = np.unique(rows, axis=0, return_counts=True)
    strict = problem.alignment.mode is AlignmentMode.STRICT
    model = mathopt.Model(name="feasibility")
    schools = range(rows.shape[1])
    zones = [model.add_integer_variable(lb=0, ub=problem.n) for _ in schools]
    load: list[mathopt.LinearExpression] = [mathopt.LinearExpression() for _ in schools]
    cost = mathopt.LinearExpression()
    for kind, size in zip(types, members, strict=True):
        placed = mathopt.LinearExpression()
        for h in schools:
            if strict and kind[h] > 0 and not slack.misaligned:
                continue
            some = model.add_integer_variable(lb=0, ub=int(size))
            placed += some
            load[h] += some
            if strict and slack.misaligned:
                cost += int(kind[h]) * some
        if slack.own_officer:
            apart = model.add_integer_variable(lb=0, ub=int(size))
            placed += apart
            cost += apart
        model.add_linear_constraint(placed == int(size))
    for h in schools:
        over = model.add_integer_variable(lb=0, ub=problem.n if slack.larger else 0)
        under = model.add_integer_variable(lb=0, ub=problem.n if slack.smaller else 0)
        model.add_linear_constraint(over <= zones[h])
        model.add_linear_constraint(under <= zones[h])
        model.add_linear_constraint(load[h] <= problem.max_size * zones[h] + over)
        model.add_linear_constraint(load[h] >= problem.min_size * zones[h] - under)
        cost += over + under
    total = mathopt.fast_sum(zones)
    if slack.zones:
        model.add_linear_constraint(total >= 1)
        if weigh_zones:
            cost += total
    else:
        model.add_linear_constraint(total == count)
    model.minimize(cost)
    result = mathopt.solve(model, mathopt.SolverType.HIGHS)
    return result.objective_value() if result.has_primal_feasible_solution() else None
