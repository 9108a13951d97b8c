"""Days of officers in Jefferson County: presences beside the model before, and whole days.

The zones are the 30 that the demo designs; the large ones are the buildings nearest to one of them.
Presences at arrival, lunch and dismissal are wished, with a break, an open shift and the traffic of
the hour. The model before is that of an earlier commit, taken from git: CP-SAT, which knows
arrivals only, and neither a break nor traffic. Processor seconds, so that a busy machine tells the
same; loading numba and compiling do not count.

Run from the repository: ``python benchmarks/patrol.py``.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from _patrol_pool import show_pools

from zoning import design_zones, load_district
from zoning.patrol import PatrolAssumptions
from zoning.patrol.absence import cover_absence
from zoning.patrol.day_order import longest_gap
from zoning.patrol.day_problem import DayProblem, PresenceKind
from zoning.patrol.day_search import plan_day
from zoning.patrol.planning import PatrolTravel, day_problem, prepare_day
from zoning.patrol.presences import PresencePlan, best_presences
from zoning.patrol.school_day import SchoolDay
from zoning.patrol.shift_options import shift_options
from zoning.patrol.term import plan_rotation
from zoning.roads.traffic import travel_by_hour
from zoning.zones.plan import ZonePlan

REPOSITORY = Path(__file__).resolve().parent.parent
BEFORE = "73ce303"  # the last commit whose visits at bells came from CP-SAT
ZONES = 30
LARGE = (20, 50)
EARLIER_LIMIT = 20.0  # its own default, deterministic seconds of CP-SAT


def county() -> tuple[ZonePlan, SchoolDay, PatrolTravel]:
    """The zones of the demo, what its school day asks for, and drives by the hour."""
    district = load_district("jefferson")
    if district.network is None:
        raise SystemExit("the embedded district has lost its streets")
    network, schools = district.network, district.schools
    emergency = network.travel_times(schools, profile="emergency")
    plan = design_zones(schools, emergency, zones=ZONES).plan
    if plan is None:
        raise SystemExit("no plan of the demo's zones was found")
    times = network.travel_times(schools, profile="free_flow")
    school_day, travel = prepare_day(
        plan,
        schools,
        times,
        assumptions=PatrolAssumptions(),
        times_by_hour=travel_by_hour(network, schools, times),
    )
    return plan, school_day, travel


def timed(work: Callable[..., Any], *args: Any) -> tuple[Any, float]:
    """Result and processor seconds of some work."""
    started = time.process_time()
    return work(*args), time.process_time() - started


def plan_all(problems: Iterable[DayProblem]) -> list[PresencePlan]:
    return [best_presences(problem) for problem in problems]


def earlier_module(path: str) -> ModuleType:
    """A module of the earlier commit."""
    source = subprocess.run(
        ["git", "-C", str(REPOSITORY), "show", f"{BEFORE}:{path}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    module = ModuleType("earlier")
    sys.modules["earlier"] = module  # its dataclasses look themselves up
    exec(compile(source, path, "exec"), vars(module))
    return module


def arrivals_before(problems: Iterable[DayProblem]) -> tuple[int, int]:
    """Arrivals that the model before meets, and the problems that it proves."""
    earlier = earlier_module("zoning/patrol/tours.py")
    met = proved = 0
    for problem in problems:
        slots: list[list[tuple[int, int]]] = [[] for _ in problem.building_ids]
        for wish in problem.presences:
            if wish.kind is PresenceKind.ARRIVAL:
                place = problem.building_ids.index(wish.building_id)
                slots[place].append((wish.open_s, wish.close_s - problem.dwell_s))
        order = earlier.windowed_order(
            problem.drive_s[0].tolist(), slots, dwell_s=problem.dwell_s, limit=EARLIER_LIMIT
        )
        met += len(order.places)
        proved += order.proved
    return met, proved


def print_presences(plan: ZonePlan, school_day: SchoolDay, travel: PatrolTravel) -> None:
    """Print presences met by one officer a zone, and by one in a large zone."""
    assumed = PatrolAssumptions()

    def problem_of(building_ids: Sequence[str]) -> DayProblem:
        return day_problem(building_ids, school_day, travel, assumptions=assumed)

    ids, seconds = travel.periods[0].ids, travel.periods[0].seconds
    near = np.argsort(seconds[len(ids) // 2])
    cases = {
        f"{len(plan.zones)} zones": [problem_of(sorted(z.building_ids)) for z in plan.zones],
        **{f"{n} buildings": [problem_of([ids[k] for k in near[:n]])] for n in LARGE},
    }
    best_presences(cases["20 buildings"][0])  # compiles
    print(f"{'':14}{'wished':>8}{'met':>6}{'bound':>7}{'proved':>8}{'CPU s':>8}", end="")
    print("   | arrivals before: met, proved, CPU s")
    for name, problems in cases.items():
        plans, spent_s = timed(plan_all, problems)
        (met, proved), before_s = timed(arrivals_before, problems)
        print(
            f"{name:14}{sum(len(p.presences) for p in problems):8}"
            f"{sum(p.weight for p in plans):6}{sum(p.weight_bound for p in plans):7}"
            f"{sum(p.is_proved for p in plans):8}{spent_s:8.2f}   |"
            f"{met:6}{proved:5}{before_s:9.2f}",
            flush=True,
        )


def print_days(plan: ZonePlan, school_day: SchoolDay, travel: PatrolTravel) -> None:
    """Print the whole day of each zone, and of one in a large zone, with what is proved."""
    assumed = PatrolAssumptions()

    def problem_of(building_ids: Sequence[str]) -> DayProblem:
        return day_problem(building_ids, school_day, travel, assumptions=assumed)

    ids, seconds = travel.periods[0].ids, travel.periods[0].seconds
    near = np.argsort(seconds[len(ids) // 2])
    plan_day(problem_of([ids[k] for k in near[:4]]))  # compiles
    print(f"{'buildings':>9}{'met':>6}{'gap, min':>10}{'bound':>8}{'stops':>7}{'CPU s':>8}")
    zones = sorted((sorted(zone.building_ids) for zone in plan.zones), key=len)
    spent_s, proved = 0.0, 0
    for building_ids in [*zones, *([ids[k] for k in near[:n]] for n in LARGE)]:
        problem = problem_of(building_ids)
        day, day_s = timed(plan_day, problem)
        gap_s = longest_gap(problem, day.stops)
        if len(building_ids) not in LARGE:
            spent_s += day_s
            proved += gap_s == day.gap_bound_s
        print(
            f"{len(building_ids):9}{day.weight:6}{gap_s / 60:10.1f}{day.gap_bound_s / 60:8.1f}"
            f"{len(day.stops):7}{day_s:8.2f}",
            flush=True,
        )
    print(f"{len(zones)} zones: longest gap proved in {proved}, {spent_s:.1f} CPU s")


def print_working_days(plan: ZonePlan, travel: PatrolTravel) -> None:
    """Ways to staff long days, a rotation of two weeks, and absences."""
    schools, times = load_district("jefferson").schools, travel.periods[0]
    ends = [*travel.begins_s.tolist()[1:], 86_400]
    by_hour = tuple(zip(travel.begins_s.tolist(), ends, travel.periods, strict=True))
    first = ZonePlan(plan.zones[:2])
    warm = plan_rotation(first, schools, times, days=2, times_by_hour=by_hour)  # compiles
    cover_absence(
        warm.schedules[1],
        first,
        schools,
        times,
        away=[first.zones[0].zone_id],
        times_by_hour=by_hour,
    )
    options, spent_s = timed(lambda: shift_options(plan, schools, times, times_by_hour=by_hour))
    print(f"\nlong school days, {len(plan.zones)} zones, three ways each: {spent_s:.1f} CPU s")
    print(options.district.drop(columns="is_chosen").to_string(float_format="%.1f"))
    term, spent_s = timed(lambda: plan_rotation(plan, schools, times, times_by_hour=by_hour))
    print(f"\nrotation of {len(term.schedules)} days: {spent_s:.1f} CPU s")
    print(term.district_fairness().drop(columns="rotation").to_string(index=False))
    print(f"zones and kinds proved: {term.fairness()['is_proved'].sum()} of {len(term.fairness())}")
    schedule, names = term.schedules[1], [zone.zone_id for zone in plan.zones]
    wished = int(schedule.presences()["met"].sum())
    for count in (1, 3):
        spent, lost = [], []
        for k in range(len(names)):
            away = [names[(k + 7 * j) % len(names)] for j in range(count)]
            cover, seconds = timed(
                lambda away=away: cover_absence(
                    schedule, plan, schools, times, away=away, times_by_hour=by_hour
                )
            )
            spent.append(seconds)
            lost.append(wished - int(cover.schedule.presences()["met"].sum()))
        print(
            f"{count} away, each officer in turn: {np.mean(spent):.2f} CPU s, at most "
            f"{max(spent):.2f}; {np.mean(lost):.1f} of {wished} presences lost, at most {max(lost)}"
        )


def main() -> None:
    plan, school_day, travel = county()
    print_presences(plan, school_day, travel)
    print_days(plan, school_day, travel)
    print_working_days(plan, travel)
    district = load_district("jefferson")
    if district.network is not None:
        show_pools(plan, district.schools, district.network)


if __name__ == "__main__":
    main()
