"""Other ways on our problem: spopt's p-median, a plain one, and constrained k-means."""

from __future__ import annotations

import warnings
from datetime import timedelta

import geopandas as gpd
import numpy as np
import pulp
from k_means_constrained import KMeansConstrained
from ortools.math_opt.python import mathopt
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


def plain_p_median(problem: ZoneProblem, count: int) -> tuple[Groups, bool]:
    """Zones of the textbook p-median model with the sizes as rows, and whether it was proved.

    One variable for each pair of buildings, ``x_si <= y_s``, solved by HiGHS as it
    stands: what an analyst would write down first.
    """
    low, high = problem.sizes
    n = problem.n
    cost = problem.seconds * problem.call_weight
    model = mathopt.Model(name="p-median")
    post = [model.add_binary_variable() for _ in range(n)]
    serves = [[model.add_binary_variable() for _ in range(n)] for _ in range(n)]
    for i in range(n):
        model.add_linear_constraint(mathopt.fast_sum(serves[s][i] for s in range(n)) == 1)
    for s in range(n):
        for i in range(n):
            model.add_linear_constraint(serves[s][i] <= post[s])
        total = mathopt.fast_sum(serves[s])
        model.add_linear_constraint(total <= high * post[s])
        model.add_linear_constraint(total >= low * post[s])
    model.add_linear_constraint(mathopt.fast_sum(post) == count)
    model.minimize(
        mathopt.fast_sum(
            float(cost[s, i]) * serves[s][i] for s in range(n) for i in range(n) if s != i
        )
    )
    result = mathopt.solve(
        model,
        mathopt.SolverType.HIGHS,
        params=mathopt.SolveParameters(time_limit=timedelta(seconds=_LIMIT_S)),
    )
    if not result.has_primal_feasible_solution():
        raise SystemExit(f"the plain p-median model found no plan in {_LIMIT_S} s")
    values = result.variable_values()
    groups = [[i for i in range(n) if values[serves[s][i]] > 0.5] for s in range(n)]
    proved = result.termination.reason is mathopt.TerminationReason.OPTIMAL
    return [zone for zone in groups if zone], proved


def k_means(problem: ZoneProblem, count: int, places: gpd.GeoSeries) -> Groups:
    """Zones of k-means-constrained: the sizes are kept, streets and calls unknown to it."""
    flat = places.loc[list(problem.building_ids)].to_crs(places.estimate_utm_crs())
    solver = KMeansConstrained(
        n_clusters=count,
        size_min=problem.sizes[0],
        size_max=problem.sizes[1],
        n_init=_STARTS,
        n_jobs=1,
        random_state=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=FutureWarning)
        labels = solver.fit_predict(np.column_stack([flat.x, flat.y]))
    return [np.flatnonzero(labels == k).tolist() for k in range(count)]
