"""Busy officers: the hypercube model beside scipy's direct solve of the same chain.

Officers and buildings stand at random on a square, the nearest officer is asked first, service
times are unequal; seeded. Processor seconds, so that a busy machine tells the same. Compiling is
timed apart, in fresh processes: with an empty cache, with a full one, and without numba.

Run from the repository: ``python benchmarks/response.py``. Needs the extra ``fast``; without it
the exact columns take 100 times as long.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.linalg import spsolve

from zoning.compiled import IS_COMPILED
from zoning.response import Hypercube, HypercubeResult, WhenAllBusy, solve_hypercube

SIDE_BY_SIDE = (8, 10, 12)
EXACT = (10, 12, 15)
MANY = (30, 100, 200)
BUILDINGS = 145
LOAD = 0.3
SECOND = 0.5
SLOW = 10
P = ParamSpec("P")
T = TypeVar("T")


def city(n: int, *, second: float = 0.0, when_all_busy: str = "outside") -> Hypercube:
    """N officers who are busy a third of the time."""
    rng = np.random.default_rng(1)
    service = rng.uniform(0.8, 1.25, n)
    calls = rng.gamma(2, 1, BUILDINGS)
    calls *= LOAD * service.sum() / (1 + second) / calls.sum()
    places, homes = rng.uniform(size=(BUILDINGS, 1, 2)), rng.uniform(size=(1, n, 2))
    orders = np.abs(places - homes).sum(axis=-1).argsort(axis=1)
    return Hypercube(
        calls_per_hour=calls,
        service_per_hour=service,
        preferences=tuple(map(tuple, orders)),
        second_officer_share=second,
        when_all_busy=WhenAllBusy(when_all_busy),
    )


def timed(work: Callable[P, T], *args: P.args, **options: P.kwargs) -> tuple[T, float]:
    """Result and processor seconds of one call."""
    started = time.process_time()
    result = work(*args, **options)
    return result, time.process_time() - started


def solve_sparse(problem: Hypercube) -> NDArray[np.float64]:
    """Busy fractions by scipy's direct solver, without second officers or a queue."""
    n = len(problem.service_per_hour)
    states = np.arange(1 << n)
    rows, columns, rates = [], [], []
    for j, rate in enumerate(problem.service_per_hour):
        busy = states[states >> j & 1 == 1]
        rows.append(busy)
        columns.append(busy ^ 1 << j)
        rates.append(np.full(len(busy), rate))
    for calls, order in zip(problem.calls_per_hour, problem.preferences, strict=True):
        waiting = states
        for j in order:
            free = waiting[waiting >> j & 1 == 0]
            rows.append(free)
            columns.append(free | 1 << j)
            rates.append(np.full(len(free), calls))
            waiting = waiting[waiting >> j & 1 == 1]
    here, there, rate_of = map(np.concatenate, (rows, columns, rates))
    flow = coo_array((rate_of, (there, here)), shape=(len(states),) * 2).tocsc()
    leaving = coo_array((flow.sum(axis=0), (states, states)), shape=flow.shape)
    # With the chance of "all free" set to 1 one equation is left over; no dense row of ones.
    balance = (flow - leaving).tocsc()
    others = spsolve(balance[1:, 1:], -balance[1:, [0]].toarray().ravel())
    chance = np.concatenate([[1.0], others])
    chance /= chance.sum()
    return np.array([chance[states >> j & 1 == 1].sum() for j in range(n)])


def compare_with_a_sparse_solve() -> None:
    """Both solve the same chain; the differences are of rounding."""
    print("the same chain without a matrix and with scipy's sparse direct solver")
    print(f"{'officers':>9} {'ours, s':>9} {'scipy, s':>9} {'times':>7} {'largest difference':>19}")
    for n in SIDE_BY_SIDE:
        problem = city(n)
        solve_hypercube(problem)
        ours, seconds = timed(solve_hypercube, problem)
        theirs, slowly = timed(solve_sparse, problem)
        print(
            f"{n:9d} {seconds:9.4f} {slowly:9.3f} {slowly / seconds:7.0f} "
            f"{np.abs(ours.busy - theirs).max():19.1e}",
            flush=True,
        )


def time_exact_and_approximate() -> None:
    """Exact up to 15 officers; the approximation beside it, and alone for many."""
    print(f"\nexact and approximate, {BUILDINGS} buildings, with a queue")
    print(
        f"{'officers':>9} {'second':>7} {'exact, s':>9} {'approx., s':>11} {'rounds':>7} "
        f"{'largest error of a busy fraction':>33}"
    )
    for n in (*EXACT, *MANY):
        for second in (0.0, SECOND):
            problem = city(n, second=second, when_all_busy="queue")
            near, seconds = timed(solve_hypercube, problem, exact_up_to=0)
            exact, slowly = None, ""
            if n in EXACT:
                exact, took = timed(solve_hypercube, problem, exact_up_to=n)
                slowly = f"{took:.3f}"
            error = "" if exact is None else f"{np.abs(exact.busy - near.busy).max():.4f}"
            print(
                f"{n:9d} {second:7.1f} {slowly:>9} {seconds:11.3f} {near.rounds:7d} {error:>33}",
                flush=True,
            )


def time_compiling() -> None:
    """Fresh processes solve ten officers exactly: what the first call of a session takes."""
    print(f"\nfirst solve of {SLOW} officers in a fresh process, and the next, seconds")
    with tempfile.TemporaryDirectory() as folder:
        for name, blocked in (("empty cache", ""), ("full cache", ""), ("no numba", "numba")):
            code = (
                "import sys, runpy\n"
                f"sys.modules.update(dict.fromkeys({blocked.split()!r}))\n"
                f"made = runpy.run_path({__file__!r})\n"
                "problem = made['city'](made['SLOW'], second=made['SECOND'])\n"
                "solve, most = made['solve_hypercube'], made['SLOW']\n"
                "for _ in range(2):\n"
                "    print(made['timed'](solve, problem, exact_up_to=most)[1])\n"
            )
            done = subprocess.run(
                [sys.executable, "-c", code],
                env=os.environ | {"NUMBA_CACHE_DIR": folder},
                capture_output=True,
                check=True,
                text=True,
            )
            first, then = done.stdout.split()
            print(f"{name:>12} {float(first):8.3f} {float(then):8.3f}", flush=True)


def warm_up() -> HypercubeResult:
    """Load or make the machine code, so that no figure contains it."""
    solve_hypercube(city(4, second=SECOND), exact_up_to=0)
    return solve_hypercube(city(4, second=SECOND))


def main() -> None:
    """Print all comparisons."""
    _, seconds = timed(warm_up)
    print(f"numba: {'yes' if IS_COMPILED else 'no'}; machine code ready after {seconds:.1f} s\n")
    compare_with_a_sparse_solve()
    time_exact_and_approximate()
    time_compiling()


if __name__ == "__main__":
    main()
