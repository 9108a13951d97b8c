"""The capacitated p-median beside other ways to solve it: same matrix, one run.

Run from the repository: ``python benchmarks/capacitated_p_median.py`` for the two
published instances that are kept here, or with the paths of files as OR-Library
has them (``_pmedcap.read`` says how they look). ``--limit`` gives every method its
seconds, ``--only`` picks problems. Needs the extra ``bench``.

Ours, the plain compact programme (strong rows, HiGHS, the solver that we use too),
and spopt's PMedian with capacities and CBC. Times are of the wall clock.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pulp
from _pmedcap import EMBEDDED, Published, read
from ortools.math_opt.python import mathopt
from spopt.locate import PMedian

from zoning.zones import SolverLimits
from zoning.zones.search.p_median import capacitated_p_median


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a method found: objective and bound, inf and 0 while there is none."""

    objective: float
    bound: float


def ours(one: Published, limit_s: float) -> Answer:
    found = capacitated_p_median(
        one.cost,
        demand=one.demand,
        capacity=one.capacity,
        counts=(one.medians, one.medians),
        limits=SolverLimits(time_s=limit_s),
    )
    return Answer(objective=found.objective, bound=found.bound)


def compact(one: Published, limit_s: float) -> Answer:
    cost = one.cost
    n = len(cost)
    model = mathopt.Model()
    opened = [model.add_binary_variable() for _ in range(n)]
    served = [
        [opened[s] if i == s else model.add_binary_variable() for i in range(n)] for s in range(n)
    ]
    for s in range(n):
        load = mathopt.fast_sum([float(one.demand[i]) * served[s][i] for i in range(n)])
        model.add_linear_constraint(load <= one.capacity * opened[s])
        model.add_linear_constraint(mathopt.fast_sum([row[s] for row in served]) == 1)
        for i in range(n):
            if i != s:
                model.add_linear_constraint(served[s][i] <= opened[s])
    model.add_linear_constraint(mathopt.fast_sum(opened) == one.medians)
    model.minimize(
        mathopt.fast_sum([float(cost[s, i]) * served[s][i] for s in range(n) for i in range(n)])
    )
    result = mathopt.solve(
        model,
        mathopt.SolverType.HIGHS,
        params=mathopt.SolveParameters(
            time_limit=timedelta(seconds=limit_s), relative_gap_tolerance=0.0
        ),
    )
    found = result.has_primal_feasible_solution()
    return Answer(
        objective=result.objective_value() if found else float("inf"),
        bound=max(result.best_objective_bound(), 0.0),
    )


def spopt_cbc(one: Published, limit_s: float) -> Answer:
    """The PMedian of spopt, which weighs costs by demand: they are divided by it beforehand."""
    model = PMedian.from_cost_matrix(
        one.cost / one.demand[:, None],
        one.demand,
        p_facilities=one.medians,
        facility_capacities=np.full(len(one.demand), one.capacity),
    )
    solved = model.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=limit_s, threads=1))
    if solved.problem.sol_status == pulp.LpSolutionNoSolutionFound:
        return Answer(objective=float("inf"), bound=0.0)
    objective = float(pulp.value(solved.problem.objective))
    proved = solved.problem.sol_status == pulp.LpSolutionOptimal
    return Answer(objective=objective, bound=objective if proved else 0.0)


METHODS: dict[str, Callable[[Published, float], Answer]] = {
    "ours": ours,
    "compact + HiGHS": compact,
    "spopt PMedian + CBC": spopt_cbc,
}


def row(one: Published, method: str, answer: Answer, seconds: float, mine: float) -> str:
    gap = 1 - answer.bound / answer.objective if np.isfinite(answer.objective) else 1.0
    proof = "proved" if gap <= 1e-6 else f"{gap:.2%}" if answer.bound > 0 else "none"
    return (
        f"{one.number:4} {len(one.demand):5} {one.optimum:9g}  {method:<20} "
        f"{answer.objective:10.6g} {answer.bound:10.6g} {proof:>8} "
        f"{seconds:9.1f} {seconds / mine:8.1f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--limit", type=float, default=60.0, help="seconds of each method")
    parser.add_argument("--only", type=int, nargs="*", help="numbers of the problems to solve")
    options = parser.parse_args()
    instances = [one for path in options.files for one in read(path)] or list(EMBEDDED)
    print(
        f"ortools {version('ortools')}, spopt {version('spopt')}, PuLP {version('pulp')}, "
        f"{os.cpu_count()} cores, at most {options.limit:g} s each; times: seconds over ours"
    )
    print(
        f"{'no.':>4} {'n':>5} {'published':>9}  {'method':<20} {'objective':>10} {'bound':>10} "
        f"{'gap':>8} {'seconds':>9} {'times':>8}"
    )
    for one in instances:
        if options.only and one.number not in options.only:
            continue
        mine = 0.0
        for method, solve in METHODS.items():
            start = time.perf_counter()
            answer = solve(one, options.limit)
            seconds = time.perf_counter() - start
            mine = mine or seconds
            print(row(one, method, answer, seconds, mine), flush=True)


if __name__ == "__main__":
    main()
