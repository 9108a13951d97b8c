"""Designing zones with an earlier commit and with this one: processor time and memory.

Run from the repository: ``python benchmarks/zones_speed.py``, or with cases and another commit:
``python benchmarks/zones_speed.py jefferson 1000 2000 --before COMMIT``. The earlier commit is
checked out in a git worktree for the time of the run. Each case is solved by both in turn, in a
process of its own, with the same limits; a ratio is now over before.

``jefferson`` is Jefferson County in 30 zones, ``sweep`` its 21 to 48 zones in one sweep, and a
number is a made-up metro of so many buildings. Its buildings stand in clusters of about 40 on a
plane of 40 by 40 km, drives follow right angles at 11 m/s with up to a tenth more in one
direction, four schools in five feed the nearest of one high school for every nine buildings, and
a zone has 4.8 buildings on average; seeded.

The time counts from the request to the answer; loading numba and the machine code counts, compiling
does not: that is done once for each installation, and the first line says what it takes.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from ortools.math_opt.python import mathopt  # noqa: F401, since its import is not timed

from zoning import SolverLimits, ZoneProblem, load_district
from zoning.zones import Alignment

REPOSITORY = Path(__file__).resolve().parent.parent
BEFORE = "4cf2dd2"
QUICK = ("jefferson", "500")
CASES = ("jefferson", "sweep", "500", "1000", "2000", "4000")
TIME_LIMIT_S = 60.0
TIME_LIMIT_OF_MANY_S = 300.0
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


def jefferson() -> ZoneProblem:
    district = load_district("jefferson")
    if district.network is None:
        raise SystemExit("the embedded district has lost its streets")
    times = district.network.travel_times(district.schools, profile="emergency")
    return ZoneProblem.from_schools(district.schools, times, zones=30)


def solve_here(case: str, limits: SolverLimits) -> dict[str, Any]:
    """Solve one case with the library that this process imports."""
    problem = metro(int(case)) if case.isdigit() else jefferson()
    began, work_s = time.perf_counter(), time.process_time()
    from zoning.zones.solve.solver import solve, solve_counts  # noqa: PLC0415, loads numba

    if case == "sweep":
        results = list(solve_counts(replace(problem, zones=21), range(21, 49)).values())
    else:
        results = [solve(problem, limits)]
    return {
        "objective": sum((result.objective_s or 0.0) for result in results) / 60,
        "gap": max(result.gap or 0.0 for result in results),
        "work_s": time.process_time() - work_s,
        "wall_s": time.perf_counter() - began,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def solve_in(tree: Path, case: str, limits: SolverLimits, **environment: str) -> dict[str, Any]:
    """Solve one case with the library of a tree, in a process of its own."""
    limit = ["--time-limit", str(limits.time_s), "--candidates", str(limits.candidates)]
    done = subprocess.run(
        [sys.executable, __file__, case, "--here", *limit],
        env={**os.environ, "PYTHONPATH": str(tree), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@contextmanager
def earlier_tree(commit: str) -> Iterator[Path]:
    """A worktree of an earlier commit, removed afterwards."""
    git = ["git", "-C", str(REPOSITORY), "worktree"]
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "before"
        try:
            subprocess.run([*git, "add", "--detach", str(tree), commit], check=True)
        except subprocess.CalledProcessError:
            raise SystemExit(f"commit {commit} is not in this clone: fetch its history") from None
        try:
            yield tree
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def print_compile_time(limits: SolverLimits) -> None:
    """Time a small request with an empty cache of machine code, and again with the code in it."""
    with tempfile.TemporaryDirectory() as folder:
        first, then = (
            solve_in(REPOSITORY, "20", limits, NUMBA_CACHE_DIR=folder)["work_s"] for _ in range(2)
        )
    print(f"20 buildings: {first:.1f} CPU s with compiling, {then:.1f} s once it is done")


def described(found: dict[str, Any]) -> str:
    return (
        f"{found['work_s']:>9.2f}{found['wall_s']:>9.2f}{found['peak_mib']:>8,.0f}"
        f"{found['objective']:>12,.3f}{found['gap']:>9.3%}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Zones before and now.")
    parser.add_argument("cases", nargs="*", default=list(QUICK), help=", ".join(CASES))
    parser.add_argument("--before", default=BEFORE, help="an earlier commit")
    parser.add_argument("--now-only", action="store_true", help="leave the earlier commit out")
    parser.add_argument("--time-limit", type=float, help="seconds for each case")
    parser.add_argument("--candidates", type=int, default=SolverLimits().candidates)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()

    def limits(case: str) -> SolverLimits:
        many = case.isdigit() and int(case) > MANY
        usual_s = TIME_LIMIT_OF_MANY_S if many else TIME_LIMIT_S
        return SolverLimits(
            time_s=options.time_limit or usual_s, workers=1, candidates=options.candidates
        )

    if options.here:
        print(json.dumps(solve_here(options.cases[0], limits(options.cases[0]))))
        return
    print_compile_time(limits("20"))
    print(f"{'case':>10}{'build':>8}{'CPU s':>9}{'wall s':>9}{'MiB':>8}{'minutes':>12}{'gap':>9}")
    with earlier_tree(options.before) as tree:
        trees = {"now": REPOSITORY} if options.now_only else {"before": tree, "now": REPOSITORY}
        for case in options.cases:
            found = {}
            for build, at in trees.items():
                found[build] = solve_in(at, case, limits(case))
                print(f"{case:>10}{build:>8}{described(found[build])}", flush=True)
            if len(found) == 1:
                continue
            before, now = found["before"], found["now"]
            same = abs(now["objective"] - before["objective"]) <= 1e-6 * before["objective"]
            print(
                f"{case:>10}{'ratio':>8}{now['work_s'] / before['work_s']:>9.2f}"
                f"{now['wall_s'] / before['wall_s']:>9.2f}"
                f"{now['peak_mib'] / before['peak_mib']:>8.2f}"
                f"{'same' if same else 'another':>12}",
                flush=True,
            )


if __name__ == "__main__":
    main()
