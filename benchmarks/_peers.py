"""Other people's solvers on our problem: spopt's p-median and constrained k-means."""

from __future__ import annotations

import warnings

import geopandas as gpd
import numpy as np
import pulp
from k_means_constrained import KMeansConstrained
from spopt.locate import PMedian

from zoning import ZoneProblem

Groups = list[list[int]]

_LIMIT_S = 60
_STARTS = 10


def p_median(problem: ZoneProblem, count: int, *, capacity: int | None) -> tuple[Groups, bool]:
    """Zones of spopt's PMedian with CBC, and whether it proved its optimum.

    Its officer waits at the best building of the zone. Costs are weighted by
    calls beforehand, so that in the capacity every building counts as one; it
    has no least size.
    """
    to_calls = problem.call_weight[:, None] * problem.seconds.T
    model = PMedian.from_cost_matrix(
        to_calls,
        np.ones(problem.n),
        p_facilities=count,
        facility_capacities=None if capacity is None else np.full(problem.n, capacity),
    )
    solved = model.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=_LIMIT_S, threads=1))
    groups = [[int(b) for b in clients] for clients in solved.fac2cli if clients]
    return groups, solved.problem.sol_status == pulp.LpSolutionOptimal


def k_means(problem: ZoneProblem, count: int, places: gpd.GeoSeries) -> Groups:
    """Zones of k-means-constrained: the sizes are kept, streets and calls unknown to it."""
    flat = places.loc[list(problem.building_ids)].to_crs(places.estimate_utm_crs())
    solver = KMeansConstrained(
        n_clusters=count,
        size_min=problem.min_size,
        size_max=problem.max_size,
        n_init=_STARTS,
        n_jobs=1,
        random_state=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=FutureWarning)
        labels = solver.fit_predict(np.column_stack([flat.x, flat.y]))
    return [np.flatnonzero(labels == k).tolist() for k in range(count)]
