"""The integer programme over the services that are left in question.

Strong rows (no service without its post), capacities, and the number of posts
in each of a tree of regions as an integer of its own: whether a region has two
posts or three is what a solver should decide before which buildings they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from ortools.math_opt.python import mathopt
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import pdist

from zoning.zones.arrays import Zones
from zoning.zones.search.interruptible import integer_result
from zoning.zones.search.p_median_instance import Flags, Floats, Numbers, Services, profiles

_IMPOSSIBLE = (
    mathopt.TerminationReason.INFEASIBLE,
    mathopt.TerminationReason.INFEASIBLE_OR_UNBOUNDED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the integer programme found.

    Attributes
    ----------
    zones
        The best plan it found; None when it found none.
    bound
        Proved for every plan made of the services it was given that costs no
        more than the cutoff; inf when there is none.
    """

    zones: Zones | None
    bound: float


def choose(
    services: Services,
    allowed: Flags,
    *,
    counts: tuple[int, int],
    cutoff: float,
    seconds: float,
    seed: int,
    any_plan: bool = False,
) -> Choice:
    """The cheapest plan made of allowed services.

    Parameters
    ----------
    allowed
        Shape (n, n): which post may serve which building; its diagonal says
        which posts may be opened.
    cutoff
        Plans dearer than this are not looked for.
    any_plan
        Stop at the first plan.
    """
    model = mathopt.Model(name="posts")
    posts = np.flatnonzero(allowed.diagonal())
    opened = {int(s): model.add_binary_variable() for s in posts}
    taken = {
        (int(s), int(i)): opened[int(s)] if s == i else model.add_binary_variable()
        for s, i in np.argwhere(allowed & allowed.diagonal()[:, None])
    }
    servers: list[list[mathopt.Variable]] = [[] for _ in range(len(allowed))]
    for (s, i), service in taken.items():
        servers[i].append(service)
        if s != i:
            model.add_linear_constraint(service <= opened[s])
    if not all(servers):
        return Choice(zones=None, bound=np.inf)
    for served_by in servers:
        model.add_linear_constraint(mathopt.fast_sum(served_by) == 1)
    model.add_linear_constraint(
        lb=counts[0], ub=counts[1], expr=mathopt.fast_sum(list(opened.values()))
    )
    if np.isfinite(services.capacity):
        _add_capacities(model, services, opened, taken)
        _add_regions(model, services.cost, posts, opened, most=counts[1])
    total = mathopt.fast_sum([float(services.cost[pair]) * one for pair, one in taken.items()])
    model.add_linear_constraint(total <= cutoff)
    model.minimize(total)
    parameters = mathopt.SolveParameters(
        time_limit=timedelta(seconds=max(seconds, 0.0)),
        relative_gap_tolerance=0.0,
        random_seed=seed,
        solution_limit=1 if any_plan else None,
    )
    result = integer_result(model, params=parameters)
    if result.termination.reason in _IMPOSSIBLE:
        return Choice(zones=None, bound=np.inf)
    bound = max(0.0, result.best_objective_bound())
    if not result.has_primal_feasible_solution():
        return Choice(zones=None, bound=bound)
    values = result.variable_values()
    zones: dict[int, list[int]] = {}
    for (s, i), service in taken.items():
        if values[service] > 0.5:
            zones.setdefault(s, []).append(i)
    return Choice(zones=tuple(sorted(tuple(sorted(zone)) for zone in zones.values())), bound=bound)


def _add_capacities(
    model: mathopt.Model,
    services: Services,
    opened: dict[int, mathopt.Variable],
    taken: dict[tuple[int, int], mathopt.Variable],
) -> None:
    loads: dict[int, list[mathopt.LinearExpression]] = {s: [] for s in opened}
    for (s, i), service in taken.items():
        if s != i:
            loads[s].append(float(services.demand[i]) * service)
    for s, load in loads.items():
        room = services.capacity - float(services.demand[s])
        model.add_linear_constraint(mathopt.fast_sum(load) <= room * opened[s])


def _add_regions(
    model: mathopt.Model,
    cost: Floats,
    posts: Numbers,
    opened: dict[int, mathopt.Variable],
    *,
    most: int,
) -> None:
    """Count the posts of every cluster of posts that serve alike."""
    if len(posts) < 3:
        return
    clusters = [[int(s)] for s in posts]
    for one, other, *_ in linkage(pdist(profiles(cost)[posts], "cityblock"), "average")[:-1]:
        clusters.append(clusters[int(one)] + clusters[int(other)])
        count = model.add_integer_variable(lb=0, ub=min(most, len(clusters[-1])))
        model.add_linear_constraint(mathopt.fast_sum([opened[s] for s in clusters[-1]]) == count)
