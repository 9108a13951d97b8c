"""Every number of zones of a real district: one sweep against each number by itself.

Run from the repository: ``python benchmarks/sweep.py``, or with other numbers:
``python benchmarks/sweep.py 25 30 40``. The sweep hands on what it learns of one
number to the next; both ways are timed in the same run and have to agree. The
target is all 28 numbers from 21 to 48, the last of them impossible, within 90 s
on two idle cores.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from zoning import ZoneProblem, ZoningResult, load_district, solve
from zoning.zones.solve.solver import solve_counts

_COUNTS = range(21, 49)
_TARGET_S = 90.0


def jefferson() -> ZoneProblem:
    district = load_district("jefferson")
    if district.network is None:
        raise SystemExit("the embedded district has lost its streets")
    times = district.network.travel_times(district.schools, profile="emergency")
    return ZoneProblem.from_schools(district.schools, times)


def in_one_sweep(
    problem: ZoneProblem, counts: Sequence[int]
) -> tuple[dict[int, ZoningResult], list[float]]:
    """The results, and the seconds each number took."""
    moments: list[float] = []

    def noted() -> Iterator[int]:
        for count in counts:
            moments.append(time.perf_counter())
            yield count

    results = solve_counts(problem, noted())
    moments.append(time.perf_counter())
    return results, [after - before for before, after in pairwise(moments)]


def by_itself(problem: ZoneProblem, count: int) -> tuple[ZoningResult, float]:
    started = time.perf_counter()
    result = solve(replace(problem, zones=count))
    return result, time.perf_counter() - started


def agree(one: ZoningResult, other: ZoningResult) -> bool:
    if one.objective_s is None or other.objective_s is None:
        return one.status is other.status
    allowed = 1e-6 * one.objective_s
    return one.status is other.status and abs(one.objective_s - other.objective_s) <= allowed


def shown(result: ZoningResult) -> str:
    objective = "-" if result.objective_s is None else f"{result.objective_s / 60:.3f}"
    gap = "-" if result.gap is None else f"{result.gap:.4%}"
    return f"{result.status:>11}{objective:>11}{gap:>11}"


def main() -> None:
    parser = argparse.ArgumentParser(description="All numbers of zones in one sweep.")
    parser.add_argument("zones", type=int, nargs="*", default=list(_COUNTS), help="numbers")
    counts: list[int] = parser.parse_args().zones
    problem = jefferson()
    print(
        f"{problem.n} buildings, zones of 3 to 7, same matrix, one run, {os.cpu_count()} cores; "
        "objective in building-minutes"
    )
    results, seconds = in_one_sweep(problem, counts)
    print(f"{'zones':>5}{'status':>11}{'objective':>11}{'gap':>11}", end="")
    print(f"{'sweep, s':>11}{'alone, s':>11}{'alone/sweep':>13}")
    alone = 0.0
    for count, swept_s in zip(counts, seconds, strict=True):
        result, own_s = by_itself(problem, count)
        alone += own_s
        wrong = "" if agree(results[count], result) else f"  alone: {shown(result).strip()}"
        print(
            f"{count:>5}{shown(results[count])}{swept_s:>11.2f}{own_s:>11.2f}"
            f"{own_s / swept_s:>13.2f}{wrong}",
            flush=True,
        )
    swept = sum(seconds)
    print(f"{'all':>5}{'':>33}{swept:>11.2f}{alone:>11.2f}{alone / swept:>13.2f}")
    if counts == list(_COUNTS):
        print(f"target for the sweep: {_TARGET_S:.0f} s on two idle cores")


if __name__ == "__main__":
    main()
