"""How zone design grows with the district: made-up metros of 250 to 2,000 buildings.

Buildings stand in clusters of about 40 on a plane of 40 by 40 km, drives follow
right angles at 11 m/s with up to a tenth more in one direction, four schools in
five feed the nearest of one high school for every nine buildings; seeded. The
exact optimiser stands beside the quick plan it starts from (balanced centres,
then moves and swaps until none helps), in the same run, and is stopped after a
minute, or after two where there are more than 1,000 buildings. Seconds and proved
gap are plotted into ``build/growth.svg``.

Run from the repository: ``python benchmarks/growth.py``, or with other sizes:
``python benchmarks/growth.py 100 300``. Needs the extra ``bench``.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import pyplot

from zoning.zones import Alignment, SolverLimits, ZoneProblem, solve
from zoning.zones.search.quick_plan import quick_partition
from zoning.zones.search.zone_space import zone_space

SIZES = (250, 500, 1000, 2000)
TIME_LIMIT_S = 60.0
TIME_LIMIT_OF_MANY_S = 120.0
MANY = 1_000
BUILDINGS_PER_ZONE = 4.8
SEED = 1


def metro(n: int) -> ZoneProblem:
    """A problem with n buildings."""
    rng = np.random.default_rng(SEED)
    centres = rng.uniform(0, 40_000, (max(n // 40, 1), 2))
    places = centres[rng.integers(0, len(centres), n)] + rng.normal(0, 3_500, (n, 2))
    seconds = np.abs(places[:, None] - places[None]).sum(axis=-1) / 11
    seconds *= rng.uniform(1, 1.1, (n, n))
    np.fill_diagonal(seconds, 0.0)
    high_schools = rng.choice(n, n // 9, replace=False)
    feeds = seconds[:, high_schools].argmin(axis=1)
    has_feeder = rng.random(n) < 0.8
    misaligned = (feeds[:, None] != np.arange(len(high_schools))) & has_feeder[:, None]
    calls = rng.gamma(2, 1, n) + 0.1
    return ZoneProblem(
        building_ids=tuple(f"b{k:04d}" for k in range(n)),
        call_weight=calls / calls.mean(),
        seconds=seconds,
        high_school_ids=tuple(f"h{k:03d}" for k in range(len(high_schools))),
        misaligned=misaligned.astype(np.int64),
        with_feeder=has_feeder.astype(np.int64),
        from_high_school=seconds[high_schools].T,
        zones=int(n / BUILDINGS_PER_ZONE),
        alignment=Alignment.prefer(1.5),
    )


def main(sizes: tuple[int, ...]) -> None:
    """Print a line for each size."""
    print("zones of made-up metros, 3 to 7 buildings, one run; objective in building-minutes")
    print(
        f"{'buildings':>9} {'zones':>6} {'ours':>10} {'proved gap':>11} {'seconds':>8} "
        f"{'peak MiB':>9} {'quick plan':>11} {'seconds':>8} {'vs ours':>8}"
    )
    drawn = []
    for n in sizes:
        problem = metro(n)
        count = problem.fewest_and_most[0]
        started = time.perf_counter()
        space = zone_space(problem)
        quick = quick_partition(space, count, distance=problem.seconds + problem.seconds.T)
        quick_seconds = time.perf_counter() - started
        quick_cost = space.plan_cost(quick or ())
        time_s = TIME_LIMIT_S if n <= MANY else TIME_LIMIT_OF_MANY_S
        result = solve(problem, SolverLimits(time_s=time_s, workers=2))
        took = time.perf_counter() - started
        ours = result.objective_s or float("nan")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{n:>9,} {count:>6} {ours / 60:>10,.1f} {result.gap or 0:>11.4%} "
            f"{took:>8.1f} {peak:>9,.0f} {quick_cost / 60:>11,.1f} "
            f"{quick_seconds:>8.1f} {quick_cost / ours:>8.3f}",
            flush=True,
        )
        drawn.append((n, took, 100 * (result.gap or 0.0)))
    plot(drawn)


def plot(drawn: Sequence[tuple[int, float, float]]) -> None:
    """Seconds and proved gap by size."""
    sizes, seconds, gaps = zip(*drawn, strict=True)
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for axes, values, label in ((left, seconds, "seconds"), (right, gaps, "proved gap, %")):
        axes.plot(sizes, values, marker="o", color="#1f4e79")
        axes.set(xlabel="buildings", ylabel=label, ylim=(0, None))
        axes.grid(alpha=0.3)
    figure.suptitle("Zones of made-up metros, 4.8 buildings each")
    target = Path("build/growth.svg")
    target.parent.mkdir(exist_ok=True)
    figure.savefig(target)
    print(f"plotted in {target}")


if __name__ == "__main__":
    main(tuple(int(size) for size in sys.argv[1:]) or SIZES)
