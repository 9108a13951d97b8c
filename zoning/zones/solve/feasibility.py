"""Decide whether any plan exists, and find the smallest change that makes one possible.

Sizes, number of zones and strict alignment depend on counts alone, not on locations.
A small integer program checks them, with one type for all buildings of the same feeders.
``load[h]`` buildings in ``zones[h]`` zones must satisfy
``min_size * zones[h] <= load[h] <= max_size * zones[h]``. Any such load can be
split into zones of the allowed sizes, so the answer is exact.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Literal

import numpy as np
from ortools.math_opt.python import mathopt

from zoning.errors import ProblemError
from zoning.units import counted
from zoning.zones.arrays import Counts, Floats, Zones, distinct_rows
from zoning.zones.request.limits import SolverLimits
from zoning.zones.request.objective import AlignmentMode, Objective
from zoning.zones.request.problem import ZoneProblem
from zoning.zones.request.rules import depends_on_count
from zoning.zones.search.column_generation import Partition, ZoneSearch
from zoning.zones.search.interruptible import PROVED_IMPOSSIBLE, integer_result
from zoning.zones.search.quick_plan import Loads, quick_partition
from zoning.zones.search.zone_space import StopSignal, ZoneSpace, never, zone_space
from zoning.zones.solve.price_proof import prove_impossible
from zoning.zones.solve.result import Infeasibility
from zoning.zones.solve.zone_program import ZoneProgram


@dataclass(frozen=True, slots=True)
class _Slack:
    """The one requirement that is relaxed; its total violation is minimised."""

    larger: bool = False
    smaller: bool = False
    misaligned: bool = False
    own_officer: bool = False


_NO_SLACK = _Slack()


def smallest_count(problem: ZoneProblem) -> int | None:
    """Find the smallest number of zones that sizes and alignment allow; None if none does."""
    return _minimise_slack(problem, counts=(1, problem.n), zone_weight=1)


def possible_loads(problem: ZoneProblem, counts: tuple[int, int]) -> Loads | None:
    """Find loads of a plan with as many zones as sizes and alignment allow.

    Returns None if no plan keeps the sizes and strict alignment; other rules are
    ignored. Without strict alignment any school can be in any zone, and there is
    one load.
    """
    found = _solve(problem, counts=counts, zone_weight=-1)
    return None if found is None else found[1]


def explain(problem: ZoneProblem) -> Infeasibility:
    """Explain why sizes, number of zones and strict alignment conflict, with remedies."""
    return Infeasibility(
        request=request_in_words(problem),
        reasons=(_find_reason(problem),),
        remedies=tuple(_find_remedies(problem)),
    )


def request_in_words(problem: ZoneProblem) -> str:
    """Describe buildings, sizes, number of zones and alignment in one line."""
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


def _find_reason(problem: ZoneProblem) -> str:
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


def _find_remedies(problem: ZoneProblem) -> list[str]:
    low, high = problem.sizes
    remedies = []
    counts = (1, problem.n)
    if problem.zones is not None:
        counts = problem.fewest_and_most
        asked = f"{counts[0]}" if counts[0] == counts[1] else f"{counts[0]} to {counts[1]}"
        more = _minimise_slack(problem, counts=(counts[1] + 1, problem.n), zone_weight=1)
        fewer = _minimise_slack(problem, counts=(1, counts[0] - 1), zone_weight=-1)
        remedies += [
            f"{counted(abs(k), 'zone')} instead of {asked}" for k in (more, fewer) if k is not None
        ]
    larger = _minimise_slack(problem, _Slack(larger=True), counts=counts)
    if larger:
        remedies.append(f"at most {high + 1} buildings in {larger} of the zones")
    else:
        remedies += _find_size_change(problem, "max_size", range(high + 2, problem.n + 1), counts)
    smaller = _minimise_slack(problem, _Slack(smaller=True), counts=counts)
    if smaller and low > 1:
        few = counted(low - 1, "building")
        remedies.append(f"only {few} in {smaller} of the zones")
    else:
        remedies += _find_size_change(problem, "min_size", range(low - 2, 0, -1), counts)
    outside = _minimise_slack(problem, _Slack(misaligned=True), counts=counts)
    if outside:
        remedies.append(
            f"{counted(outside, 'school')} outside their feeder's zone (alignment 'prefer')"
        )
    own = _minimise_slack(problem, _Slack(own_officer=True), counts=counts)
    if own:
        remedies.append(f"{counted(own, 'building')} given their own officer")
    return remedies


def _find_size_change(
    problem: ZoneProblem,
    bound: Literal["min_size", "max_size"],
    steps: range,
    counts: tuple[int, int],
) -> list[str]:
    """Find the smallest sufficient change of a size by more than one building.

    Each step allows all zones of the one before, so bisection finds the first that suffices.
    """

    def ask(size: int) -> ZoneProblem | None:
        try:
            return (
                replace(problem, min_size=size)
                if bound == "min_size"
                else replace(problem, max_size=size)
            )
        except ProblemError:  # a cost or a rule takes no zones of this size
            return None

    def possible(size: int) -> bool:
        asked = ask(size)
        return asked is None or _solve(asked, counts=counts) is not None

    first = bisect_left(steps, True, key=possible)
    if first == len(steps) or ask(steps[first]) is None:
        return []
    return [f"allow {counted(steps[first], 'building')} in a zone"]


def _minimise_slack(
    problem: ZoneProblem,
    slack: _Slack = _NO_SLACK,
    *,
    counts: tuple[int, int],
    zone_weight: int = 0,
) -> int | None:
    """Minimise the total slack; None if there is no plan."""
    found = _solve(problem, slack, counts=counts, zone_weight=zone_weight)
    return None if found is None else found[0]


def _solve(
    problem: ZoneProblem,
    slack: _Slack = _NO_SLACK,
    *,
    counts: tuple[int, int],
    zone_weight: int = 0,
) -> tuple[int, Loads] | None:
    """Minimise the total slack; return it with the loads of a plan, None if there is none.

    Parameters
    ----------
    counts
        Fewest and most zones.
    zone_weight
        Cost of each zone in the objective.
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
    model.minimize(cost + zone_weight * total)
    result = integer_result(model)
    if result.termination.reason in PROVED_IMPOSSIBLE:
        return None
    values = result.variable_values()
    return round(result.objective_value()), Loads(
        zones=tuple(round(values[k]) for k in zones),
        buildings=tuple(round(mathopt.evaluate_expression(k, values)) for k in load),
    )


# A gap limit so large that the first plan ends a search.
_ANY_PLAN = 0.999_999
# Seconds for weights from the relaxation, and the solver's own measure of work, about a second, for
# a constraint program that looks for a plan: on 143 buildings those that succeed take less. Our
# choice.
WEIGHTS_S = 1.0
# With more pairs apart, as under short drives, few zones are left, and the search over all zones
# finds a plan sooner than a constraint program. Our choice.
_MANY_APART = 0.5
# More numbers of zones than these are too many for one constraint program. Our choice.
_FEW_COUNTS = 4
_PROGRAM_WORK = 2.5
# A program with more cells takes many seconds to build alone, on any clock. 143 buildings in 30
# zones have 300,000 at most. Our choice.
_MOST_CELLS = 2_000_000


class Existence(StrEnum):
    """Whether a plan exists; ``UNKNOWN`` if a limit stopped the search."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """Whether a plan exists, with a plan or a proof that can be applied to other requests.

    Attributes
    ----------
    plan
        A plan that keeps every rule, if one was found.
    disproves
        Whether the same argument proves that another request has no plan.
    """

    existence: Existence
    plan: Zones | None = None
    disproves: Callable[[ZoneProblem], bool] = lambda _: False


_UNKNOWN = Answer(Existence.UNKNOWN)


def any_plan(problem: ZoneProblem) -> ZoneProblem:
    """Remove the costs of a problem, to search for any plan."""
    return replace(problem, objective=Objective.PATROL, costs=())


def possible_counts(problem: ZoneProblem) -> Counts:
    """Fewest and most zones to try: as requested, or any number."""
    return (1, problem.n) if problem.zones is None else problem.fewest_and_most


def plan_exists(problem: ZoneProblem, limits: SolverLimits) -> Existence:
    """Whether some plan keeps the sizes, the number of zones, alignment and every rule."""
    return Question(problem).decide(limits).existence


class Question:
    """Whether a plan exists for one request: first what is known at once, then by searching."""

    def __init__(self, problem: ZoneProblem) -> None:
        self.problem = any_plan(problem)
        self.counts = possible_counts(problem)
        self.distance = problem.seconds + problem.seconds.T

    @cached_property
    def space(self) -> ZoneSpace:
        """The zones that the rules allow."""
        return zone_space(self.problem)

    @property
    def varies(self) -> bool:
        """Whether the number of zones is open, and a rule asks more once it is known."""
        return self.problem.zones is None and any(map(depends_on_count, self.problem.rules))

    @cached_property
    def program(self) -> ZoneProgram:
        """The zones as a constraint program."""
        return ZoneProgram(self.space)

    @cached_property
    def loads(self) -> Loads | None:
        """Zones and buildings of each high school by counts; None if counts allow no plan."""
        return possible_loads(self.problem, self.counts)

    def is_kept_by(self, plan: Zones) -> bool:
        """Whether a plan keeps every rule, with the number of zones that it has."""
        fewest, most = self.counts
        space = self.space
        if self.varies:
            space = zone_space(replace(self.problem, zones=len(plan)))
        return fewest <= len(plan) <= most and bool(np.isfinite(space.plan_cost(plan)))

    def contradiction(self, known: Iterable[Zones] = (), *, time_s: float = WEIGHTS_S) -> Answer:
        """Look for a contradiction, without a search: by counts, then by weights."""
        if self.loads is None:
            return Answer(Existence.NO, disproves=_is_impossible_by_counts)
        if self.program.cells > _MOST_CELLS:
            return _UNKNOWN
        today = self.space.stability
        zones = {zone for plan in known for zone in plan}
        if today is not None:
            zones |= {tuple(np.flatnonzero(today.today == z).tolist()) for z in range(today.zones)}
        low, high = self.space.sizes
        start = sorted(z for z in zones if low <= len(z) <= high and self._allows(z))
        proof = prove_impossible(self.program, self.counts, known=tuple(start), time_s=time_s)
        if proof is None:
            return _UNKNOWN

        def disproves(other: ZoneProblem) -> bool:
            return proof.holds(ZoneProgram(zone_space(other)), possible_counts(other))

        return Answer(Existence.NO, disproves=disproves)

    def _allows(self, zone: tuple[int, ...]) -> bool:
        return bool(np.isfinite(self.space.costs(np.array([zone], dtype=np.int32))[0]))

    def quick_plan(self, *, stop: StopSignal = never) -> Zones | None:
        """Build a plan around centres, or one of the simplest plans; None if all break a rule."""
        if self.loads is None:
            return None
        n = self.problem.n
        units = [np.flatnonzero(self.program.unit == u).tolist() for u in range(self.program.units)]
        for simple in (tuple(map(tuple, units)), (tuple(range(n)),)):
            if self.is_kept_by(simple):
                return simple
        count = sum(self.loads.zones)
        low, high = self.space.sizes
        # Without a bound on sizes, each round of moves and swaps takes long. The zones of one high
        # school may have to be larger than most.
        most = max(
            -(-b // z) for b, z in zip(self.loads.buildings, self.loads.zones, strict=True) if z
        )
        space = replace(self.space, sizes=(low, min(high, max(low, most, 2 * -(-n // count)))))
        plan = quick_partition(
            space, count, distance=self.distance, loads=self.loads, stop=stop, any_plan=True
        )
        return plan if plan is not None and self.is_kept_by(plan) else None

    def answer_at_once(self, known: Iterable[Zones] = (), *, time_s: float = WEIGHTS_S) -> Answer:
        """Answer by a known plan, by counts, by the usual weights, by a quick plan, by weights."""
        plans = list(known)
        for plan in plans:
            if self.is_kept_by(plan):
                return Answer(Existence.YES, plan)
        usual = self.contradiction(time_s=0.0)
        if usual.existence is Existence.NO:
            return usual
        if (quick := self.quick_plan()) is not None:
            return Answer(Existence.YES, quick)
        return self.contradiction(plans, time_s=time_s) if time_s > 0 else usual

    def find_by_program(self, limits: SolverLimits, *, count: int | None = None) -> Answer:
        """Search for a plan by a constraint program, unless drives leave few zones.

        Parameters
        ----------
        count
            The number of zones to try, where many are allowed.
        """
        if self.program.apart.mean() > _MANY_APART:
            return _UNKNOWN
        fewest, most = self.counts
        if most - fewest > _FEW_COUNTS:
            wanted = sum(self.loads.zones) if self.loads is not None else most
            fewest = most = min(max(wanted if count is None else count, fewest), most)
        if max(most, self.program.shared.shape[1]) * self.program.cells > _MOST_CELLS:
            return _UNKNOWN
        found = self.program.find_plan(
            (fewest, most), work=_PROGRAM_WORK, time_s=limits.time_s, seed=limits.seed
        )
        if found is False and (fewest, most) == self.counts:
            return Answer(Existence.NO)
        if isinstance(found, tuple) and self.is_kept_by(found):
            return Answer(Existence.YES, found)
        return _UNKNOWN

    def decide(self, limits: SolverLimits) -> Answer:
        """Answer by all means there are, the quickest first.

        Raises
        ------
        KeyboardInterrupt
            If the user stopped it.
        """
        started = time.monotonic()
        found = self.answer_at_once(time_s=min(WEIGHTS_S, limits.time_s))
        if found.existence is Existence.UNKNOWN:
            found = self.find_by_program(limits)
        if found.existence is Existence.UNKNOWN:
            left = max(limits.time_s - (time.monotonic() - started), 1e-3)
            found = self.search(replace(limits, time_s=left))
        return found

    def search(self, limits: SolverLimits) -> Answer:
        """Search for a plan over all zones.

        Raises
        ------
        KeyboardInterrupt
            If the user stopped it.
        """
        if self.varies:
            return self._search_each_count(limits)
        searched = any_partition(self.space, self.counts, self.distance, limits)
        return Answer(existence(searched), searched.zones)

    def _search_each_count(self, limits: SolverLimits) -> Answer:
        end = time.monotonic() + limits.time_s
        fewest, most = self.problem.fewest_and_most
        decided = True
        for count in range(fewest, most + 1):
            if (left := end - time.monotonic()) <= 0:
                return _UNKNOWN
            one = Question(replace(self.problem, zones=count))
            found = one.decide(replace(limits, time_s=left))
            if found.existence is Existence.YES:
                return found
            decided &= found.existence is Existence.NO
        return Answer(Existence.NO) if decided else _UNKNOWN


def _is_impossible_by_counts(problem: ZoneProblem) -> bool:
    return possible_loads(problem, possible_counts(problem)) is None


def any_partition(
    space: ZoneSpace, counts: Counts, distance: Floats, limits: SolverLimits
) -> Partition:
    """Search for any partition, or a proof that there is none.

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
    """Read the result of `any_partition`."""
    if found.zones is not None:
        return Existence.YES
    return Existence.NO if np.isinf(found.bound) else Existence.UNKNOWN
