"""The capacitated p-median, from a bare cost matrix, with a proof.

Each zone is served from its best building and holds no more demand than the
capacity. Lagrangian prices bound every plan and strike out what no better plan
can have. What is left is given to an integer programme if it is little enough;
if not, it is split by asking which of two groups of posts serves a building
(Ceselli and Righini 2005, Networks 45), each part bounded in the same way.
"""

from __future__ import annotations

import math

import numpy as np

from zoning.errors import ProblemError, first_few
from zoning.zones.arrays import Zones
from zoning.zones.request.limits import ProgressCallback, SolverLimits
from zoning.zones.search.p_median_instance import Floats, Services
from zoning.zones.search.p_median_search import Search
from zoning.zones.search.partition import Partition


def capacitated_p_median(
    cost: Floats,
    *,
    demand: Floats,
    capacity: float,
    counts: tuple[int, int],
    limits: SolverLimits,
    start: Zones | None = None,
    progress: ProgressCallback | None = None,
) -> Partition:
    """The cheapest zones, each served from one of its buildings.

    Parameters
    ----------
    cost
        Shape (n, n), any unit: ``cost[s, i]`` of serving building i from a post
        at building s, at least 0; inf forbids it. The building with the post
        belongs to its own zone.
    demand
        Shape (n,), at least 0.
    capacity
        Most demand of a zone; inf for none, which is the plain p-median.
    counts
        Fewest and most zones.
    limits
        A cost matrix of whole numbers is proved to the next whole number.
    start
        Building numbers of the zones of a plan to begin with; returned if no
        better one is found.

    Returns
    -------
    Partition
        Zones sorted, in the unit of the costs. Without zones and with the bound
        ``inf``, it is proved that there is no such plan. Stopped by a limit or
        Ctrl-C: the best plan so far, with the bound so far.

    Raises
    ------
    ProblemError
        The arguments are not such a problem; names everything that is wrong.
    """
    _check(cost, demand, capacity, counts, start)
    services = Services(
        cost=np.asarray(cost, dtype=np.float64),
        demand=np.asarray(demand, dtype=np.float64),
        capacity=float(capacity),
    )
    return Search(services, counts, limits=limits, progress=progress).run(start)


def _check(
    cost: Floats, demand: Floats, capacity: float, counts: tuple[int, int], start: Zones | None
) -> None:
    faults = []
    n = len(demand) if np.ndim(demand) == 1 else 0
    if np.ndim(demand) != 1 or n == 0:
        faults.append(f"the demand has the shape {np.shape(demand)}; it needs one for a building")
    if np.ndim(cost) != 2 or np.shape(cost)[0] != np.shape(cost)[1]:
        faults.append(f"the costs have the shape {np.shape(cost)}; they need to be square")
    elif n and len(cost) != n:
        faults.append(f"the costs are of {len(cost)} buildings and the demand of {n}")
    if np.ndim(cost) == 2:
        wrong = np.argwhere(~(np.asarray(cost) >= 0))
        faults += first_few(
            [f"the cost from building {s} to {i} is {cost[s, i]}" for s, i in wrong]
        )
    if np.ndim(demand) == 1:
        bad = np.flatnonzero(~(np.isfinite(demand) & (np.asarray(demand) >= 0)))
        faults += first_few([f"the demand of building {i} is {demand[i]}" for i in bad])
    if not capacity > 0:
        faults.append(f"the capacity is {capacity}")
    if not 1 <= counts[0] <= counts[1]:
        faults.append(f"the number of zones is from {counts[0]} to {counts[1]}")
    elif n and counts[0] > n:
        faults.append(f"at least {counts[0]} zones are asked of {n} buildings")
    if start is not None and n:
        faults += _faults_of_start(start, n)
    if not faults and start is not None:
        services = Services(cost=np.asarray(cost), demand=np.asarray(demand), capacity=capacity)
        faults += _rules_broken(start, services, counts)
    if faults:
        raise ProblemError(
            "this is not a capacitated p-median",
            faults,
            "Give square costs and one demand for each building, all at least 0 (a cost may "
            "be inf), a capacity above 0, and a start that keeps to them.",
        )


def _faults_of_start(start: Zones, n: int) -> list[str]:
    placed = [i for zone in start for i in zone]
    unknown = sorted({i for i in placed if not 0 <= i < n})
    known = np.bincount([i for i in placed if 0 <= i < n], minlength=n)
    return [
        *first_few([f"the start has building {i}, which there is not" for i in unknown]),
        *first_few([f"the start has building {i} twice" for i in np.flatnonzero(known > 1)]),
        *first_few([f"the start leaves out building {i}" for i in np.flatnonzero(known == 0)]),
        *[f"zone {k} of the start is empty" for k, zone in enumerate(start) if not zone],
    ]


def _rules_broken(start: Zones, services: Services, counts: tuple[int, int]) -> list[str]:
    faults = []
    if not counts[0] <= len(start) <= counts[1]:
        faults.append(f"the start has {len(start)} zones")
    for k, zone in enumerate(start):
        load = float(services.demand[list(zone)].sum())
        if not services.fits(load):
            faults.append(f"zone {k} of the start holds {load:g}, more than {services.capacity:g}")
        if math.isinf(services.zone_cost(zone)):
            faults.append(f"zone {k} of the start has no building that may serve all of it")
    return first_few(faults)
