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

    larger: bool = False
    smaller: bool = False
    misaligned: bool = False
    own_officer: bool = False


_NONE = _Slack()


def smallest_count(problem: ZoneProblem) -> int | None:
    """The smallest number of zones that some plan has; None if no number works."""
    return _least(problem, counts=(1, problem.n), weigh_zones=1)


@dataclass(frozen=True, slots=True)
class Loads:
    """How many zones, and buildings in them, each high school of some plan has."""

    zones: tuple[int, ...]
    buildings: tuple[int, ...]


def possible_loads(problem: ZoneProblem, count: int) -> Loads | None:
    """Loads of some plan with this number of zones; None if no plan keeps every rule.

    Without strict alignment any school can be in any zone, and there is one load.
    """
    found = _solve(problem, counts=(count, count))
    return None if found is None else found[1]


def explain(problem: ZoneProblem, count: int | None) -> Infeasibility:
    """Why a request is impossible, and each single change that is enough."""
    n, low, high = problem.n, problem.min_size, problem.max_size
    sizes = f"zones of {low} to {high}" if low < high else f"zones of {low}"
    strict = problem.alignment.mode is AlignmentMode.STRICT
    request = f"{_counted(n, 'building')}, {sizes}"
    request += f", {_counted(count, 'zone')}" if count is not None else ""
    request += ", strict alignment" if strict else ""
    reasons = []
    left = 0 if count is None else n - count * high
    if count is not None and left > 0:
        reasons.append(
            f"{_counted(count, 'zone')} of at most {high} {'holds' if count == 1 else 'hold'} "
            f"{count * high} buildings; {left} {'is' if left == 1 else 'are'} left over"
        )
    elif count is not None and n < count * low:
        reasons.append(
            f"{_counted(count, 'zone')} of at least {low} {'needs' if count == 1 else 'need'} "
            f"{count * low} buildings; there {'is' if n == 1 else 'are'} {n}"
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
    counts = (1, problem.n) if count is None else (count, count)
    remedies = []
    if count is not None:
        more = _least(problem, counts=(count + 1, problem.n), weigh_zones=1)
        fewer = _least(problem, counts=(1, count - 1), weigh_zones=-1)
        remedies += [
            f"{_counted(abs(k), 'zone')} instead of {count}" for k in (more, fewer) if k is not None
        ]
    larger = _least(problem, _Slack(larger=True), counts=counts)
    if larger:
        remedies.append(f"at most {problem.max_size + 1} buildings in {larger} of the zones")
    smaller = _least(problem, _Slack(smaller=True), counts=counts)
    if smaller and problem.min_size > 1:
        few = _counted(problem.min_size - 1, "building")
        remedies.append(f"only {few} in {smaller} of the zones")
    outside = _least(problem, _Slack(misaligned=True), counts=counts)
    if outside:
        remedies.append(
            f"{_counted(outside, 'school')} outside their feeder's zone (alignment 'prefer')"
        )
    own = _least(problem, _Slack(own_officer=True), counts=counts)
    if own:
        remedies.append(f"{_counted(own, 'building')} given their own officer")
    return remedies


def _counted(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count} {what}s"


def _least(
    problem: ZoneProblem,
    slack: _Slack = _NONE,
    *,
    counts: tuple[int, int],
    weigh_zones: int = 0,
) -> int | None:
    """The least total slack for which a plan exists; None if none does."""
    found = _solve(problem, slack, counts=counts, weigh_zones=weigh_zones)
    return None if found is None else found[0]


def _solve(
    problem: ZoneProblem,
    slack: _Slack = _NONE,
    *,
    counts: tuple[int, int],
    weigh_zones: int = 0,
) -> tuple[int, Loads] | None:
    """The least total slack, and the loads of a plan with it; None if there is no plan.

    Parameters
    ----------
    counts
        Fewest and most zones.
    weigh_zones
        What each zone adds to the total.
    """
    if counts[0] > counts[1]:
        return None
    strict = problem.alignment.mode is AlignmentMode.STRICT and problem.high_school_ids
    rows = problem.misaligned if strict else np.zeros((problem.n, 1), dtype=np.int64)
    types, members = np.unique(rows, axis=0, return_counts=True)
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
    model.add_linear_constraint(counts[0] <= (total <= counts[1]))
    model.minimize(cost + weigh_zones * total)
    result = mathopt.solve(model, mathopt.SolverType.HIGHS)
    if not result.has_primal_feasible_solution():
        return None
    values = result.variable_values()
    return round(result.objective_value()), Loads(
        zones=tuple(round(values[k]) for k in zones),
        buildings=tuple(round(mathopt.evaluate_expression(k, values)) for k in load),
    )
