"""Whether a plan that keeps every rule exists at all."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

import numpy as np

from zoning.zones.arrays import Counts, Floats
from zoning.zones.request.limits import SolverLimits
from zoning.zones.request.objective import Objective
from zoning.zones.request.problem import ZoneProblem
from zoning.zones.search.column_generation import ZoneSearch
from zoning.zones.search.partition import Partition
from zoning.zones.search.quick_plan import quick_partition
from zoning.zones.search.spaces import zone_space
from zoning.zones.search.zone_space import ZoneSpace
from zoning.zones.solve.feasibility import possible_loads

_ANY_PLAN = 0.999_999


class Existence(StrEnum):
    """What is known."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def any_plan(problem: ZoneProblem) -> ZoneProblem:
    """The same zones, charged for travel alone: what it takes to look for any plan."""
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
    """Zones of a space, the first that are found; or the proof that there are none.

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
    """What a search for any plan has found out."""
    if found.zones is not None:
        return Existence.YES
    return Existence.NO if np.isinf(found.bound) else Existence.UNKNOWN
