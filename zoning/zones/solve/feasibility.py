"""Whether any plan exists, and the least change of one rule that makes one possible.

Sizes, number of zones and strict alignment depend on counts alone, not on places:
a small integer program with one type for all buildings of the same feeders.
``load[h]`` buildings in ``zones[h]`` zones must satisfy
``min_size * zones[h] <= load[h] <= max_size * zones[h]``. Any such load can be
split into zones of the allowed sizes, so the answer is exact.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

import numpy as np
from ortools.math_opt.python import mathopt

from zoning.units import counted
from zoning.zones.arrays import Counts, Floats, distinct_rows
from zoning.zones.request.limits import SolverLimits
from zoning.zones.request.objective import AlignmentMode, Objective
from zoning.zones.request.problem import ZoneProblem
from zoning.zones.search.column_generation import Partition, ZoneSearch
from zoning.zones.search.interruptible import PROVED_IMPOSSIBLE, integer_result
from zoning.zones.search.quick_plan import Loads, quick_partition
from zoning.zones.search.zone_space import ZoneSpace, zone_space
from zoning.zones.solve.result import Infeasibility


@dataclass(frozen=True, slots=True)
class _Slack:
    """The one rule that is relaxed; its total violation is minimised."""

    larger: bool = False
    smaller: bool = False
    misaligned: bool = False
    own_officer: bool = False


_NONE = _Slack()


def smallest_count(problem: ZoneProblem) -> int | None:
    """The smallest number of zones that some plan of these sizes has; None if none works."""
    return _least(problem, counts=(1, problem.n), weigh_zones=1)


def possible_loads(problem: ZoneProblem, counts: tuple[int, int]) -> Loads | None:
    """Loads of a plan with the most zones of these that one can have.

    None if no plan has allowed sizes and keeps strict alignment; of the other
    rules nothing is known here. Without strict alignment any school can be in
    any zone, and there is one load.
    """
    found = _solve(problem, counts=counts, weigh_zones=-1)
    return None if found is None else found[1]


def explain(problem: ZoneProblem) -> Infeasibility:
    """Explain why sizes, number of zones and strict alignment conflict, with remedies."""
    return Infeasibility(
        request=request_in_words(problem),
        reasons=(_reason(problem),),
        remedies=tuple(_remedies(problem)),
    )


def request_in_words(problem: ZoneProblem) -> str:
    """Buildings, sizes, number of zones and alignment, in one line."""
    low, high = problem.sizes
    sizes = f"zones of {low} to {high}" if low < high else f"zones of {low}"
    parts = [counted(problem.n, "building"), sizes]
    if isinstance(problem.zones, tuple):
        parts.append(f"{problem.zones[0]} to {problem.zones[1]} zones")
    elif problem.zones is not None:
        parts.append(counted(problem.zones, "zone"))
    if problem.alignment.mode is AlignmentMode.STRICT:
        parts.append("strict alignment")
    return ", ".join(parts)


def _reason(problem: ZoneProblem) -> str:
    n, (low, high) = problem.n, problem.sizes
    if problem.zones is None:
        if problem.alignment.mode is not AlignmentMode.STRICT:
            return f"no number of zones of {low} to {high} holds exactly {counted(n, 'building')}"
    else:
        fewest, most = problem.fewest_and_most
        left = n - most * high
        if left > 0:
            return (
                f"{counted(most, 'zone')} of at most {high} {'holds' if most == 1 else 'hold'} "
                f"{most * high} buildings; {left} {'is' if left == 1 else 'are'} left over"
            )
        if n < fewest * low:
            return (
                f"{counted(fewest, 'zone')} of at least {low} "
                f"{'needs' if fewest == 1 else 'need'} {fewest * low} buildings; "
                f"there {'is' if n == 1 else 'are'} {n}"
            )
    return "the schools of some high schools do not fill zones of the allowed sizes by themselves"


def _remedies(problem: ZoneProblem) -> list[str]:
    low, high = problem.sizes
    remedies = []
    counts = (1, problem.n)
    if problem.zones is not None:
        counts = problem.fewest_and_most
        asked = f"{counts[0]}" if counts[0] == counts[1] else f"{counts[0]} to {counts[1]}"
        more = _least(problem, counts=(counts[1] + 1, problem.n), weigh_zones=1)
        fewer = _least(problem, counts=(1, counts[0] - 1), weigh_zones=-1)
        remedies += [
            f"{counted(abs(k), 'zone')} instead of {asked}" for k in (more, fewer) if k is not None
        ]
    larger = _least(problem, _Slack(larger=True), counts=counts)
    if larger:
        remedies.append(f"at most {high + 1} buildings in {larger} of the zones")
    else:
        remedies += _size(problem, "max_size", range(high + 2, problem.n + 1), counts)
    smaller = _least(problem, _Slack(smaller=True), counts=counts)
    if smaller and low > 1:
        few = counted(low - 1, "building")
        remedies.append(f"only {few} in {smaller} of the zones")
    else:
        remedies += _size(problem, "min_size", range(low - 2, 0, -1), counts)
    outside = _least(problem, _Slack(misaligned=True), counts=counts)
    if outside:
        remedies.append(
            f"{counted(outside, 'school')} outside their feeder's zone (alignment 'prefer')"
        )
    own = _least(problem, _Slack(own_officer=True), counts=counts)
    if own:
        remedies.append(f"{counted(own, 'building')} given their own officer")
    return remedies


def _size(
    problem: ZoneProblem,
    bound: Literal["min_size", "max_size"],
    steps: range,
    counts: tuple[int, int],
) -> list[str]:
    """The smallest change of a size, beyond one building, that suffices by itself.

    Every further step allows more zones, so the first that is enough is found by bisection.
    """

    def possible(size: int) -> bool:
        asked = (
            replace(problem, min_size=size)
            if bound == "min_size"
            else replace(problem, max_size=size)
        )
        return _solve(asked, counts=counts) is not None

    first = bisect_left(steps, True, key=possible)
    if first == len(steps):
        return []
    return [f"allow {counted(steps[first], 'building')} in a zone"]


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
    types = distinct_rows(rows)
    model = mathopt.Model(name="feasibility")
    schools = range(rows.shape[1])
    low, high = problem.sizes
    zones = [model.add_integer_variable(lb=0, ub=problem.n) for _ in schools]
    load: list[mathopt.LinearExpression] = [mathopt.LinearExpression() for _ in schools]
    cost = mathopt.LinearExpression()
    for kind, size in zip(rows[types.first], types.counts, strict=True):
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
        model.add_linear_constraint(load[h] <= high * zones[h] + over)
        model.add_linear_constraint(load[h] >= low * zones[h] - under)
        cost += over + under
    total = mathopt.fast_sum(zones)
    model.add_linear_constraint(counts[0] <= (total <= counts[1]))
    model.minimize(cost + weigh_zones * total)
    result = integer_result(model)
    if result.termination.reason in PROVED_IMPOSSIBLE:
        return None
    values = result.variable_values()
    return round(result.objective_value()), Loads(
        zones=tuple(round(values[k]) for k in zones),
        buildings=tuple(round(mathopt.evaluate_expression(k, values)) for k in load),
    )


# The gap limit at which the first plan ends a search.
_ANY_PLAN = 0.999_999


class Existence(StrEnum):
    """Whether a plan exists, as far as it was decided."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def any_plan(problem: ZoneProblem) -> ZoneProblem:
    """The problem without its costs, to look for any plan."""
    return replace(problem, objective=Objective.PATROL, costs=())


def possible_counts(problem: ZoneProblem) -> Counts:
    """Fewest and most zones to try: those asked for, or any number."""
    return (1, problem.n) if problem.zones is None else problem.fewest_and_most


def plan_exists(problem: ZoneProblem, limits: SolverLimits) -> Existence:
    """Whether some plan keeps the sizes, the number of zones, alignment and every rule.

    By counting first, then by a quick plan, then by a relaxation over all zones:
    where that has no solution no plan has.
    """
    counts = possible_counts(problem)
    loads = possible_loads(problem, counts)
    if loads is None:
        return Existence.NO
    if not problem.rules:
        return Existence.YES
    space = zone_space(any_plan(problem))
    if any((c.needs >= 0).all() and counts[0] > len(set(c.needs)) for c in space.choices):
        return Existence.NO
    distance = problem.seconds + problem.seconds.T
    if quick_partition(space, sum(loads.zones), distance=distance, loads=loads) is not None:
        return Existence.YES
    return existence(any_partition(space, counts, distance, limits))


def any_partition(
    space: ZoneSpace, counts: Counts, distance: Floats, limits: SolverLimits
) -> Partition:
    """Find any partition, or the proof that there is none.

    Raises
    ------
    KeyboardInterrupt
        If the user stopped it.
    """
    found = ZoneSearch(space, distance=distance).partition(
        counts, limits=replace(limits, gap=_ANY_PLAN)
    )
    if found.interrupted:
        raise KeyboardInterrupt
    return found


def existence(found: Partition) -> Existence:
    """What a search for any plan decided."""
    if found.zones is not None:
        return Existence.YES
    return Existence.NO if np.isinf(found.bound) else Existence.UNKNOWN
