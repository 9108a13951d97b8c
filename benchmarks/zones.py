"""Our zones against other ways to draw them: same matrix, same calls, one run.

Run from the repository: ``python benchmarks/zones.py``, or with other numbers of
zones: ``python benchmarks/zones.py 25 30 40``. Needs the extra ``bench``.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TypeVar

import geopandas as gpd
import numpy as np
from _greedy import Groups, grown_from_high_schools, improved, with_enough_buildings
from _peers import k_means, p_median, plain_p_median

from zoning import (
    Alignment,
    Objective,
    Status,
    Zone,
    ZonePlan,
    ZoneProblem,
    load_district,
    score,
    solve,
)
from zoning.zones import AlignmentMode

T = TypeVar("T")

_HEADER = ("objective", "mean", "worst zone", "waiting", "misaligned", "broken", "seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Zones somebody drew: building numbers, and the seconds it took."""

    method: str
    groups: Groups
    seconds: float


def timed(work: Callable[[], T]) -> tuple[T, float]:
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def ours(problem: ZoneProblem) -> Drawn:
    result, seconds = timed(lambda: solve(problem))
    if result.plan is None or result.gap is None:
        raise SystemExit(str(result))
    proved = "proved" if result.status is Status.OPTIMAL else f"gap {result.gap:.2%}"
    number = {b: k for k, b in enumerate(problem.building_ids)}
    groups = [[number[b] for b in zone.building_ids] for zone in result.plan.patrol_zones]
    return Drawn(method=f"ours ({proved})", groups=groups, seconds=seconds)


def greedy(problem: ZoneProblem, count: int) -> list[Drawn]:
    groups, seconds = timed(lambda: grown_from_high_schools(problem, count))
    by = "nearest first" if problem.alignment.mode is AlignmentMode.OFF else "by feeder"
    drawn = Drawn(method=f"greedy {by}", groups=groups, seconds=seconds)
    return [drawn, made_better(problem, drawn)]


def made_better(problem: ZoneProblem, one: Drawn) -> Drawn:
    """The same zones, those too small filled up, after moves and swaps."""
    groups, seconds = timed(lambda: improved(problem, with_enough_buildings(problem, one.groups)))
    filled = any(len(g) < problem.sizes[0] for g in one.groups)
    method = "  then filled and improved" if filled else "  then improved"
    return Drawn(method=method, groups=groups, seconds=one.seconds + seconds)


def spopt_p_median(problem: ZoneProblem, count: int, *, capacity: int | None) -> Drawn:
    (groups, proved), seconds = timed(lambda: p_median(problem, count, capacity=capacity))
    method = "spopt PMedian + CBC" + (f", at most {capacity}" if capacity else "")
    return Drawn(method=method if proved else f"{method} (stopped)", groups=groups, seconds=seconds)


def plain_milp(problem: ZoneProblem, count: int) -> Drawn:
    (groups, proved), seconds = timed(lambda: plain_p_median(problem, count))
    method = "plain p-median MILP + HiGHS"
    return Drawn(method=method if proved else f"{method} (stopped)", groups=groups, seconds=seconds)


def constrained_k_means(problem: ZoneProblem, count: int, places: gpd.GeoSeries) -> Drawn:
    groups, seconds = timed(lambda: k_means(problem, count, places))
    return Drawn(method="k-means-constrained", groups=groups, seconds=seconds)


def plan_of(problem: ZoneProblem, groups: Groups) -> ZonePlan:
    """A plan of the zones, each aligned with the high school that most of it feeds."""
    high = problem.high_school_ids
    return ZonePlan(
        tuple(
            Zone(
                zone_id=f"Zone {number}",
                building_ids=tuple(sorted(problem.building_ids[b] for b in group)),
                high_school_id=high[int(problem.misaligned[group].sum(axis=0).argmin())],
            )
            for number, group in enumerate(groups, start=1)
        )
    )


def worst_zone_s(problem: ZoneProblem, groups: Groups) -> float:
    """The longest expected travel of a zone to one of its calls, seconds."""
    return max(
        float(problem.call_weight[g] @ problem.seconds[np.ix_(g, g)].mean(axis=0))
        / float(problem.call_weight[g].sum())
        for g in groups
    )


def waiting_s(problem: ZoneProblem, groups: Groups) -> float:
    """Call-weighted travel if officers wait at the best building: the p-median, seconds."""
    return sum(
        float((problem.seconds[np.ix_(g, g)] @ problem.call_weight[g]).min()) for g in groups
    )


def broken(problem: ZoneProblem, groups: Groups) -> int:
    return sum(not problem.sizes[0] <= len(g) <= problem.sizes[1] for g in groups)


def print_table(problem: ZoneProblem, rows: Sequence[Drawn]) -> None:
    """Each method's plan by the same measures; the first row is ours."""
    width = max(len(row.method) for row in rows)
    print(f"{'method':<{width}}" + "".join(f"{h:>12}" for h in _HEADER) + f"{'vs ours':>10}")
    best = score(plan_of(problem, rows[0].groups), problem).objective_s
    for row in rows:
        scored = score(plan_of(problem, row.groups), problem)
        wrong = broken(problem, row.groups)
        ratio = f"{scored.objective_s / best:.3f}" if wrong == 0 else "not legal"
        print(
            f"{row.method:<{width}}"
            f"{scored.objective_s / 60:>12.2f}{scored.mean_travel_s / 60:>12.2f}"
            f"{worst_zone_s(problem, row.groups) / 60:>12.2f}"
            f"{waiting_s(problem, row.groups) / 60:>12.2f}"
            f"{scored.misaligned:>12}{wrong:>12}{row.seconds:>12.2f}{ratio:>10}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="Our zones against other ways to draw them.")
    parser.add_argument("zones", type=int, nargs="*", default=[30], help="numbers of zones")
    counts: list[int] = parser.parse_args().zones
    district = load_district("jefferson")
    if district.network is None:
        raise SystemExit("the embedded district has lost its streets")
    times = district.network.travel_times(district.schools, profile="emergency")
    places = district.buildings.geometry
    print("objective: building-minutes of the objective named, and the price of misalignment")
    print("mean, worst zone: minutes of expected travel to a call, district and worst zone")
    print("waiting: building-minutes if officers waited at the best building (p-median)")
    print("misaligned: schools outside their feeder's zone; broken: zones not of 3 to 7")
    print(
        f"spopt {version('spopt')}, PuLP {version('pulp')}, "
        f"k-means-constrained {version('k-means-constrained')}, ortools {version('ortools')}"
    )
    for count in counts:
        aligned = ZoneProblem.from_schools(district.schools, times, zones=count)
        free = spopt_p_median(aligned, count, capacity=None)
        capped = spopt_p_median(aligned, count, capacity=aligned.sizes[1])
        plain = plain_milp(aligned, count)
        clusters = constrained_k_means(aligned, count, places)
        free_of_feeders = replace(aligned, alignment=Alignment.off())
        waiting = replace(free_of_feeders, objective=Objective.STATION)
        for problem in (aligned, free_of_feeders, waiting):
            rows = [
                ours(problem),
                *greedy(problem, count),
                free,
                *(
                    row
                    for one in (capped, plain, clusters)
                    for row in (one, made_better(problem, one))
                ),
            ]
            print(
                f"\nzones, {problem.n} buildings, {count} zones, objective {problem.objective}, "
                f"alignment {problem.alignment.mode}, same matrix, one run, {os.cpu_count()} cores"
            )
            print_table(problem, rows)


if __name__ == "__main__":
    main()
