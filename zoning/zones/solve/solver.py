"""Solve a zone problem: choose the search and the number of zones; return plan and proof."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import geopandas as gpd
import numpy as np

from zoning.demand import CallRates
from zoning.errors import OptionError, typed
from zoning.roads.travel.travel_times import TravelTimes
from zoning.zones.arrays import Counts, Floats, Zones
from zoning.zones.plan import ZonePlan
from zoning.zones.request.costs import ZoneCost
from zoning.zones.request.limits import Progress, ProgressCallback, SolverLimits
from zoning.zones.request.objective import Alignment, Objective
from zoning.zones.request.problem import OwnAmount, OwnTest, ZoneProblem
from zoning.zones.request.restrictions import Load
from zoning.zones.request.rules import Rule, depends_on_count
from zoning.zones.review.naming import describe_unused_names, name_zones
from zoning.zones.review.score import require_same_buildings, score
from zoning.zones.search.column_generation import Partition, ZoneSearch
from zoning.zones.search.p_median import capacitated_p_median
from zoning.zones.search.quick_plan import Loads, improve_zones, quick_partition
from zoning.zones.search.zone_space import ZoneSpace, zone_space
from zoning.zones.solve.conflicts import explain_conflict
from zoning.zones.solve.feasibility import (
    WEIGHTS_S,
    Existence,
    Question,
    any_partition,
    any_plan,
    existence,
    explain,
    plan_exists,
    possible_counts,
    possible_loads,
    smallest_count,
)
from zoning.zones.solve.result import DriveProof, Status, ZoningResult, contradiction, percent


def design_zones(
    schools: gpd.GeoDataFrame,
    times: TravelTimes,
    *,
    zones: int | tuple[int, int] | None = 30,
    min_size: int | None = 3,
    max_size: int | None = 7,
    alignment: Alignment | str | None = None,
    objective: Objective | str | ZoneCost | OwnAmount = Objective.PATROL,
    presence: str | Mapping[str, float] = "equal",
    rules: Sequence[Rule | OwnTest] = (),
    costs: Sequence[ZoneCost] = (),
    zone_names: Mapping[str, str] | None = None,
    calls: CallRates | None = None,
    dedicated: Collection[str] = (),
    start: ZonePlan | None = None,
    limits: SolverLimits | None = None,
    progress: ProgressCallback | None = None,
) -> ZoningResult:
    """Divide a district's buildings into patrol zones, and prove how good the plan is.

    Every building is in exactly one zone; every zone is aligned with one high school
    or, where no feeders are known, named after one. By default, the plan minimises the
    call-weighted expected travel time of an officer who is at each building of the zone
    equally often, plus a price for each school outside its feeder's zone.

    Parameters
    ----------
    schools
        From `zoning.read_schools`.
    times
        Seconds between the schools' buildings, all reachable.
    zones
        How many patrol zones; two numbers for the fewest and the most; None for the
        smallest possible number.
    min_size, max_size
        Buildings in a zone; 3 to 7 is the published programme; None for no bound.
    alignment
        `Alignment.prefer` (default, 1.5 min a school), ``strict`` or ``off``; or
        one of these words. ``strict`` needs feeders.
    objective
        ``'patrol'`` (default), ``'station'``, ``'worst'`` or a cost of your own:
        see `ZoneProblem`.
    presence
        How an officer's time in a zone is divided: ``'equal'`` (default),
        ``'demand'`` (by calls), or minutes of dwell by building id.
    rules
        Rules for every zone: `LongestDrive`, `FromHighSchool`,
        `HoldsHighSchool`, `Workload`, `Together`, `Apart`, `InZone`,
        `NotInZone`, `Locked`, `Contiguous`, `AtMostMoved`, or a function from
        the building ids of a zone to None or the reason why it may not be.
    costs
        Further costs: `TourLength`, `Imbalance`, `MovedBuildings`, `OwnCost`.
    zone_names
        Names for zones, each by one school that lies in the zone, its id or name:
        ``{"Ballard High": "North East"}``. The school's zone gets the name, in this
        plan and in every later one. Other zones keep the names of the zones of
        ``start``, or of today's plan where moves are counted, that they continue;
        new ones have a number. The result's ``notices`` say which names were not used.
    calls
        Calls per school-day by building; `zoning.call_rates` of the schools if
        None.
    dedicated
        Buildings with an officer of their own, outside the patrol zones.
    start
        A plan to improve: today's, or one drawn by hand. It also gives the names.
    limits, progress
        See `SolverLimits` and `Progress`. Ctrl-C returns the best plan so far.

    Returns
    -------
    ZoningResult
        With a plan and its proof. For an impossible request it gives the reason and the
        changes that would allow a plan; no exception is raised.

    Raises
    ------
    ProblemError, OptionError
        If bounds contradict, a building has no call rate, strict alignment is
        requested without feeders, zone names cannot be used, or an argument has the
        wrong type.
    NetworkError, UnreachableError
        If a building has no travel times, or there is no way to it; named.

    Examples
    --------
    >>> result = design_zones(schools, times, zones=30)  # doctest: +SKIP
    >>> print(result)  # doctest: +SKIP
    """
    problem = ZoneProblem.from_schools(
        schools,
        times,
        calls=calls,
        dedicated=dedicated,
        zones=zones,
        min_size=min_size,
        max_size=max_size,
        alignment=alignment,
        objective=objective,
        presence=presence,
        rules=rules,
        costs=costs,
        zone_names=zone_names,
    )
    return solve(problem, limits, start=start, progress=progress)


@typed
def solve(
    problem: ZoneProblem,
    limits: SolverLimits | None = None,
    *,
    start: ZonePlan | None = None,
    progress: ProgressCallback | None = None,
) -> ZoningResult:
    """Solve a zone problem; see `design_zones`.

    Parameters
    ----------
    start
        A plan to improve, today's or one drawn by hand. If it keeps every rule,
        the answer is at least as good. Zones that continue its zones keep their
        names, unless the problem counts moves from another plan.

    Raises
    ------
    PlanError
        If the buildings of ``start`` are not the problem's.
    """
    limits = limits or SolverLimits()
    if not isinstance(limits, SolverLimits):
        raise OptionError(
            f"limits is {limits!r}", remedy="Give SolverLimits(time_s=..., gap=...), or None."
        )
    if start is not None:
        require_same_buildings(start, problem)
    return Solver(problem, limits, progress=progress).best(start=start)


@typed
def solve_counts(
    problem: ZoneProblem,
    counts: Iterable[int],
    limits: SolverLimits | None = None,
    *,
    progress: ProgressCallback | None = None,
) -> dict[int, ZoningResult]:
    """Solve a problem for several numbers of zones, each as by `zoning.solve`.

    Columns and duals of one number are reused for the next, unless a rule or a cost
    depends on the number of zones: all numbers from 21 to 48 of a district of 143
    buildings take a few times as long as one.

    Parameters
    ----------
    problem
        Its own number of zones is ignored.
    limits
        For each number by itself.

    Returns
    -------
    dict
        The result by number of zones, in the order given; numbers after an
        interrupted one are missing.
    """
    search = None
    results = {}
    for count in counts:
        one = Solver(replace(problem, zones=count), limits or SolverLimits(), progress, search)
        results[count] = one.best()
        if results[count].interrupted:
            break
        if not any(map(depends_on_count, (problem.objective, *problem.rules, *problem.costs))):
            search = one.search
    return results


@dataclass(slots=True, eq=False)
class Solver:
    """Solves one problem within one time limit.

    Attributes
    ----------
    search
        Column generation over the same zones from another number of zones; None to
        start a new one.
    known
        The incumbent: zones that keep every rule.
    end
        Time limit on the monotonic clock.
    loads
        Zones and buildings of each high school that sizes, number of zones and
        strict alignment allow; None until it is computed.
    before
        The plan whose names zones continue, if the problem has no plan of today.
    chosen
        Whether the number of zones was left open, and is the smallest not proved
        impossible: that it has no plan says nothing of larger numbers.
    """

    problem: ZoneProblem
    limits: SolverLimits
    progress: ProgressCallback | None = None
    search: ZoneSearch | None = None
    known: Zones | None = None
    end: float = 0.0
    loads: Loads | None = None
    before: ZonePlan | None = None
    chosen: bool = False

    def best(self, *, start: ZonePlan | None = None) -> ZoningResult:
        """Find the best plan with its proof, or the reason why none exists."""
        self.end = time.monotonic() + self.limits.time_s
        self.before = start
        try:
            return self._best(None if start is None else _number_zones(start, self.problem))
        except KeyboardInterrupt:
            return self._answer_interrupted()

    def _best(self, start: Zones | None) -> ZoningResult:
        self.loads = possible_loads(self.problem, possible_counts(self.problem))
        if self.loads is None:
            return self._explain_infeasible()
        if self.problem.zones is None:
            if self._is_contradictory():
                return self._explain_infeasible()
            least = self._find_smallest_count()
            if least is None:
                return self._explain_infeasible()
            self.problem, self.chosen = replace(self.problem, zones=least), True
            self.loads = possible_loads(self.problem, (least, least))
        counts = self.problem.fewest_and_most
        if self.problem.objective is Objective.WORST:
            return self._minimise_longest_drive(counts, start)
        return self._answer(self._find_partition(zone_space(self.problem), counts, start))

    def _is_contradictory(self) -> bool:
        """Whether the rules contradict each other, as far as can be seen without a search."""
        problem = self.problem
        if not problem.rules:
            return False
        if problem.zones is None:
            # What such a rule asks is known only when the number of zones is.
            fixed = tuple(rule for rule in problem.rules if not depends_on_count(rule))
            problem = replace(problem, rules=fixed)
        question = Question(problem)
        late = time.monotonic() + _SHARE_FOR_QUICK_PLAN * self._remaining_limits().time_s
        if question.quick_plan(stop=lambda: time.monotonic() > late) is not None:
            return False
        time_s = min(WEIGHTS_S, self._remaining_limits().time_s)
        return question.contradiction(time_s=time_s).existence is Existence.NO

    def _answer_interrupted(self) -> ZoningResult:
        """Return the incumbent without a bound, if the user stops between two searches."""
        return self._answer(
            Partition(
                zones=self.known,
                objective=float("nan"),
                bound=0.0,
                over_all_zones=False,
                candidates=0,
                runtime_s=0.0,
                interrupted=True,
            )
        )

    def _is_out_of_time(self) -> bool:
        return time.monotonic() > self.end

    def _remaining_limits(self) -> SolverLimits:
        return replace(self.limits, time_s=max(self.end - time.monotonic(), 1e-3))

    @property
    def _distance(self) -> Floats:
        return self.problem.seconds + self.problem.seconds.T

    def _find_smallest_count(self) -> int | None:
        """Find the smallest number of zones that keeps every rule; None if none does."""
        least = smallest_count(self.problem)
        if least is None or not self.problem.rules:
            return least
        for count in range(least, self.problem.n // self.problem.sizes[0] + 1):
            found = plan_exists(replace(self.problem, zones=count), self._remaining_limits())
            if found is not Existence.NO:
                return count
        return None

    def _find_partition(self, space: ZoneSpace, counts: Counts, start: Zones | None) -> Partition:
        problem = self.problem
        capacity = _find_single_capacity(problem, space)
        if capacity is not None:
            if self._is_contradictory():
                return _NO_PARTITION
            return capacitated_p_median(
                problem.seconds * problem.call_weight,
                demand=capacity.values,
                capacity=capacity.high,
                counts=counts,
                limits=self._remaining_limits(),
                start=start,
                progress=self.progress,
            )
        if self.known is None and start is not None and _has_count(counts, start):
            # Ctrl-C may come before the quick plan is made.
            self.known = start if np.isfinite(space.plan_cost(start)) else None
        plans = [self.known, start]
        if start is not None:
            plans.append(
                improve_zones(space, start, distance=self._distance, stop=self._is_out_of_time)
            )
        plans.append(self._make_quick_plan(space))
        known = [plan for plan in plans if plan is not None and _has_count(counts, plan)]
        best = min(known, key=space.plan_cost, default=None)
        if best is not None and np.isfinite(space.plan_cost(best)):
            self.known = best
        elif self._is_contradictory():
            return _NO_PARTITION
        search = self.search
        if search is None or problem.objective is Objective.WORST:
            search = ZoneSearch(space, distance=self._distance, progress=self.progress)
        self.search = search
        return search.partition(counts, limits=self._remaining_limits(), start=best)

    def _make_quick_plan(self, space: ZoneSpace) -> Zones | None:
        if self.loads is None:
            return None
        count = sum(self.loads.zones)
        return quick_partition(
            space, count, distance=self._distance, loads=self.loads, stop=self._is_out_of_time
        )

    def _minimise_longest_drive(self, counts: Counts, start: Zones | None) -> ZoningResult:
        """Minimise the longest drive by bisection, then the objective under that limit."""
        problem = self.problem
        between = np.maximum(problem.seconds, problem.seconds.T)
        lengths = np.unique(between)
        nearest = np.sort(between, axis=1)[:, min(problem.sizes[0], problem.n) - 1]
        low = proved = int(np.searchsorted(lengths, nearest.max()))
        high = len(lengths) - 1
        space = zone_space(any_plan(problem))
        for plan in self._list_first_plans(space, start):
            if plan is not None and _has_count(counts, plan) and np.isfinite(space.plan_cost(plan)):
                high = min(high, self._keep(plan, lengths, between))
        if self.known is None:
            if self._is_contradictory():
                return self._explain_infeasible()
            found = any_partition(space, counts, self._distance, self._remaining_limits())
            if existence(found) is Existence.NO:
                return self._explain_infeasible()
            if found.zones is not None:
                high = self._keep(found.zones, lengths, between)
        while low < high and not self._is_out_of_time():
            middle = (low + high) // 2
            limit_s = float(lengths[middle])
            tight = zone_space(any_plan(problem), longest_drive_s=limit_s)
            if self.progress is not None:
                elapsed = self.limits.time_s - (self.end - time.monotonic())
                self.progress(Progress(stage="shortening the longest drive", elapsed_s=elapsed))
            quick = self._make_quick_plan(tight)
            if quick is not None:
                high = self._keep(quick, lengths, between)
                continue
            found = any_partition(tight, counts, self._distance, self._remaining_limits())
            if found.zones is not None:
                high = self._keep(found.zones, lengths, between)
                continue
            low = middle + 1
            if existence(found) is Existence.NO:
                proved = low
        space = zone_space(problem, longest_drive_s=float(lengths[high]))
        drive = DriveProof(bound_s=float(lengths[min(proved, high)]))
        return self._answer(self._find_partition(space, counts, start), drive=drive)

    def _list_first_plans(self, space: ZoneSpace, start: Zones | None) -> Iterator[Zones | None]:
        """Yield the plan to improve before the quick one is made, which Ctrl-C may interrupt."""
        yield start
        yield self._make_quick_plan(space)

    def _keep(self, plan: Zones, lengths: Floats, between: Floats) -> int:
        """Make a plan the incumbent if its longest drive is shorter; return that drive's rank."""
        if self.known is None or _longest_drive(plan, between) < _longest_drive(
            self.known, between
        ):
            self.known = plan
        return int(np.searchsorted(lengths, _longest_drive(self.known, between)))

    def _answer(self, found: Partition, *, drive: DriveProof | None = None) -> ZoningResult:
        space = zone_space(self.problem)
        if found.zones is None and (np.isinf(found.bound) or self._is_impossible(found)):
            if self.known is not None:
                raise contradiction(self.problem, "it proved that no plan exists, but one is known")
            return self._explain_infeasible()
        # With an open number, the bound holds for the smallest one that may have a plan alone.
        of_one_number = self.chosen and found.zones is None
        answer = ZoningResult(
            problem=self.problem,
            status=Status.NO_SOLUTION,
            lower_bound_s=0.0 if of_one_number else found.bound,
            bound_over=_describe_bound(found, space),
            candidates=found.candidates,
            runtime_s=found.runtime_s,
            seed=self.limits.seed,
            drive=drive,
            interrupted=found.interrupted,
            stopped_by=self._describe_stop(found),
        )
        if found.zones is None:
            return answer
        plan = name_zones(self.problem, space, found.zones, before=self.before)
        for rule, zone in product(self.problem.zone_rules, plan.patrol_zones):
            if reason := rule.broken_by(zone, self.problem):
                what = f"its plan breaks {rule.text!r}: {zone.zone_id}: {reason}"
                raise contradiction(self.problem, what)
        scored = score(plan, self.problem)
        proved = found.over_all_zones and found.gap <= self.limits.gap
        if drive is not None:
            proved &= scored.longest_drive_s <= drive.bound_s
        unused = describe_unused_names(plan, self.problem, self.before)
        answer = replace(answer, plan=plan, score=scored, notices=unused)
        if not proved:
            return replace(answer, status=Status.FEASIBLE)
        wide = (answer.gap or 0.0) > SolverLimits().gap
        within = f"the gap limit of {percent(self.limits.gap)}" if wide else ""
        return replace(answer, status=Status.OPTIMAL, stopped_by=within)

    def _describe_stop(self, found: Partition) -> str:
        """Describe what ended a search without a proof."""
        if found.interrupted:
            return "the user"
        candidates = f"the limit of {self.limits.candidates:,} candidate zones"
        return self._describe_limit() or found.stopped_by or candidates

    def _describe_limit(self) -> str:
        """Describe the time limit if it has passed; '' if it has not."""
        late = self._is_out_of_time()
        return f"the time limit of {self.limits.time_s:g} s" if late else ""

    def _is_impossible(self, found: Partition) -> bool:
        """Whether the problem without costs is proved infeasible."""
        if self._is_out_of_time() or found.interrupted or not self.problem.rules:
            return False
        return plan_exists(self.problem, self._remaining_limits()) is Existence.NO

    def _explain_infeasible(self) -> ZoningResult:
        if self.chosen:
            return ZoningResult(
                problem=self.problem,
                status=Status.NO_SOLUTION,
                seed=self.limits.seed,
                stopped_by=self._describe_limit() or "the limits of the search for fewer zones",
            )
        rules = self.problem.rules
        why = (
            explain_conflict(self.problem, self._remaining_limits(), progress=self.progress)
            if rules
            else explain(self.problem)
        )
        return ZoningResult(
            problem=self.problem,
            status=Status.INFEASIBLE,
            seed=self.limits.seed,
            infeasibility=why,
        )


# Share of the time that is left for a quick plan, which shows that rules do not contradict.
_SHARE_FOR_QUICK_PLAN = 0.2

# The answer where the rules contradict each other.
_NO_PARTITION = Partition(
    zones=None,
    objective=float("inf"),
    bound=float("inf"),
    over_all_zones=True,
    candidates=0,
    runtime_s=0.0,
)


def _number_zones(plan: ZonePlan, problem: ZoneProblem) -> Zones:
    return tuple(
        sorted(
            tuple(sorted(problem.position(b) for b in z.building_ids)) for z in plan.patrol_zones
        )
    )


def _has_count(counts: Counts, zones: Zones) -> bool:
    return counts[0] <= len(zones) <= counts[1]


def _longest_drive(zones: Zones, between: Floats) -> float:
    return max(float(between[np.ix_(zone, zone)].max()) for zone in zones)


def _find_single_capacity(problem: ZoneProblem, space: ZoneSpace) -> Load | None:
    """Return the capacity, if a problem is exactly a (capacitated) p-median.

    Looks at the zone space, so that it holds for rules and costs of any class.
    """
    if problem.objective is not Objective.STATION or problem.n == 1:
        return None
    if space.sizes != (1, problem.n) or space.choices or space.extras or space.stability:
        return None
    rules = space.rules
    if any((rules.groups, rules.companions, rules.touching, rules.tests, rules.own_school)):
        return None
    if rules.apart is not None or rules.away is not None:
        return None
    loads = rules.loads or (Load(values=np.ones(problem.n)),)
    return loads[0] if len(loads) == 1 and loads[0].low <= 0 else None


def _describe_bound(found: Partition, space: ZoneSpace) -> str:
    if found.over_all_zones:
        return space.covers
    if np.isfinite(found.bound) and found.bound > 0:
        return f"the {found.candidates:,} candidate zones made of near buildings"
    return "no zones: the limits stopped the proof"
