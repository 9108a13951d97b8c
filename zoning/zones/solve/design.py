"""Designing patrol zones: the request, the solver, the answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import geopandas as gpd

from zoning.demand import CallRates
from zoning.errors import OptionError, typed
from zoning.roads.travel.travel_times import TravelTimes
from zoning.zones.plan import ZonePlan
from zoning.zones.request.costs import MovedBuildings, OwnCost, ZoneCost
from zoning.zones.request.limits import ProgressCallback, SolverLimits
from zoning.zones.request.objective import Alignment, Objective
from zoning.zones.request.problem import OwnAmount, OwnTest, ZoneProblem
from zoning.zones.request.rules import AtMostMoved, Rule
from zoning.zones.review.score import require_same_buildings
from zoning.zones.solve.result import ZoningResult
from zoning.zones.solve.solver import Solver


def design_zones(
    schools: gpd.GeoDataFrame,
    times: TravelTimes,
    *,
    zones: int | tuple[int, int] | None = 30,
    min_size: int | None = 3,
    max_size: int | None = 7,
    alignment: Alignment | str | None = None,
    objective: Objective | str | OwnCost | OwnAmount = Objective.PATROL,
    presence: str | Mapping[str, float] = "equal",
    rules: Sequence[Rule | AtMostMoved | OwnTest] = (),
    costs: Sequence[ZoneCost | MovedBuildings] = (),
    calls: CallRates | None = None,
    dedicated: Collection[str] = (),
    start: ZonePlan | None = None,
    limits: SolverLimits | None = None,
    progress: ProgressCallback | None = None,
) -> ZoningResult:
    """Divide a district's buildings into patrol zones, and prove how good it is.

    Every building is in exactly one zone; every zone is aligned with one high
    school or, where no feeders are known, named after one. As asked by default,
    the plan minimises the call-weighted expected travel time of an officer who is
    at each building of the zone equally often, plus a price for each school
    outside its feeder's zone.

    Parameters
    ----------
    schools
        From `zoning.read_schools`.
    times
        Seconds between the schools' buildings, all reachable.
    zones
        How many patrol zones; two numbers for the fewest and the most; None for
        the smallest number possible.
    min_size, max_size
        Buildings in a zone; 3 to 7 is the published programme; None for no bound.
    alignment
        `Alignment.prefer` (default, 1.5 min a school), ``strict`` or ``off``; or
        one of these words. ``strict`` needs feeders.
    objective
        ``'patrol'`` (default), ``'station'``, ``'worst'`` or a cost of your own:
        see `ZoneProblem`.
    presence
        How an officer's time in a zone is shared: ``'equal'`` (default),
        ``'demand'`` for by calls, or minutes of dwell by building id.
    rules
        What every zone has to keep: `LongestDrive`, `FromHighSchool`,
        `HoldsHighSchool`, `Workload`, `Together`, `Apart`, `InZone`,
        `NotInZone`, `Locked`, `Contiguous`, `AtMostMoved`, or a function from
        the building ids of a zone to None or the reason why it may not be.
    costs
        What is charged besides: `TourLength`, `Imbalance`, `MovedBuildings`,
        `OwnCost`.
    calls
        Calls per school-day by building; `zoning.call_rates` of the schools if
        None.
    dedicated
        Buildings with an officer of their own, outside the patrol zones.
    start
        A plan to improve: today's, or one drawn by hand.
    limits, progress
        See `SolverLimits` and `Progress`. Ctrl-C returns the best plan so far.

    Returns
    -------
    ZoningResult
        With a plan and its proof; an impossible request is answered with the
        reason and what would make it possible, not with an exception.

    Raises
    ------
    ProblemError, OptionError
        If bounds contradict, a building has no call rate, strict alignment is
        asked for without feeders, or an argument is of another type.
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
        the answer is at least as good.

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
