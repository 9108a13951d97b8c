"""Designing patrol zones: the request, the solver, the answer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np

from zoning.demand import CallRates
from zoning.roads.travel_times import TravelTimes
from zoning.zones.alignment import Alignment
from zoning.zones.feasibility import explain, possible_loads, smallest_count
from zoning.zones.heuristic import quick_partition
from zoning.zones.limits import ProgressCallback, SolverLimits
from zoning.zones.optimiser import best_partition
from zoning.zones.plan import Zone, ZoneKind, ZonePlan
from zoning.zones.problem import ZoneProblem
from zoning.zones.result import Status, ZoningResult
from zoning.zones.score import score


def design_zones(
    schools: gpd.GeoDataFrame,
    times: TravelTimes,
    *,
    zones: int | None = 30,
    min_size: int = 3,
    max_size: int = 7,
    alignment: Alignment | None = None,
    calls: CallRates | None = None,
    dedicated: Collection[str] = (),
    limits: SolverLimits | None = None,
    progress: ProgressCallback | None = None,
) -> ZoningResult:
    """Divide a district's buildings into patrol zones, and prove how good it is.

    Every building is in exactly one zone; every zone is aligned with one high
    school. The plan minimises the call-weighted expected travel time of an
    officer who is at each building of the zone equally often, plus a price for
    each school outside its feeder's zone.

    Parameters
    ----------
    schools
        From `zoning.read_schools`.
    times
        Seconds between the schools' buildings, all reachable.
    zones
        How many patrol zones; None for the smallest number possible.
    min_size, max_size
        Buildings in a zone; 3 to 7 is the published programme.
    alignment
        `Alignment.prefer` (default, 1.5 min a school), ``strict`` or ``off``.
    calls
        Calls per school-day by building; `zoning.call_rates` of the schools if
        None.
    dedicated
        Buildings with an officer of their own, outside the patrol zones.
    limits, progress
        See `SolverLimits` and `Progress`.

    Returns
    -------
    ZoningResult
        With a plan and its proof; an impossible request is answered with the
        reason and what would make it possible, not with an exception.

    Raises
    ------
    ProblemError
        If bounds contradict or a building has no call rate.
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
    )
    return solve(problem, limits, progress=progress)


def solve(
    problem: ZoneProblem,
    limits: SolverLimits | None = None,
    *,
    progress: ProgressCallback | None = None,
) -> ZoningResult:
    """Solve a zone problem; see `design_zones`."""
    limits = limits or SolverLimits()
    count = smallest_count(problem) if problem.zones is None else problem.zones
    loads = None if count is None else possible_loads(problem, count)
    if count is None or loads is None:
        return ZoningResult(
            problem=problem,
            status=Status.INFEASIBLE,
            seed=limits.seed,
            infeasibility=explain(problem, problem.zones),
        )
    space, distance = problem.space(), problem.seconds + problem.seconds.T
    found = best_partition(
        space,
        count,
        distance=distance,
        start=quick_partition(space, count, distance=distance, loads=loads),
        limits=limits,
        progress=progress,
    )
    low, high = problem.min_size, problem.max_size
    answer = ZoningResult(
        problem=problem,
        status=Status.NO_SOLUTION,
        lower_bound_s=found.bound,
        bound_over=(
            f"all zones of {low} to {high} buildings"
            if found.over_all_zones
            else "no zones: the limits stopped the proof"
        ),
        candidates=found.candidates,
        runtime_s=found.runtime_s,
        seed=limits.seed,
    )
    if found.zones is None:
        return answer
    plan = _plan(problem, found.zones)
    scored = score(plan, problem)
    proved = found.over_all_zones and found.gap <= limits.gap
    return replace(
        answer, plan=plan, score=scored, status=Status.OPTIMAL if proved else Status.FEASIBLE
    )


def _plan(problem: ZoneProblem, groups: Sequence[Sequence[int]]) -> ZonePlan:
    """Name and number the zones: by high school, then by building id."""
    drafts = sorted(
        (
            _aligned_with(problem, group) or "",
            tuple(sorted(problem.building_ids[k] for k in group)),
        )
        for group in groups
    )
    patrol = [
        Zone(zone_id=f"Zone {number}", building_ids=members, high_school_id=school or None)
        for number, (school, members) in enumerate(drafts, start=1)
    ]
    fixed = [
        Zone(zone_id=f"Post {number}", building_ids=(building,), kind=ZoneKind.DEDICATED)
        for number, building in enumerate(problem.dedicated, start=1)
    ]
    return ZonePlan((*patrol, *fixed))


def _aligned_with(problem: ZoneProblem, group: Sequence[int]) -> str | None:
    """The high school that most of the zone's schools feed; among equals the nearest."""
    if not problem.high_school_ids:
        return None
    at = np.array(group)
    outside = problem.misaligned[at].sum(axis=0)
    with np.errstate(invalid="ignore"):
        away = problem.from_high_school[at].mean(axis=0)
    away = np.where(np.isnan(away), np.inf, away)
    best = min(range(len(outside)), key=lambda h: (outside[h], away[h], h))
    return problem.high_school_ids[best]
