"""Make the machine code of the compiled loops, so that the first run does not wait for it.

A small made-up town is planned, compared and stressed; one officer has more lunches than can be
met, and a day of them is drawn. numba keeps what it compiled beside the modules. Nothing is done
without numba.
"""

from __future__ import annotations

import importlib.util

import numpy as np
import pandas as pd

from zoning import District, OnePerCampus, PatrolZones, compare_staffing, schools_from_frame
from zoning.patrol.day_problem import DayProblem, PlannedDay, PresenceKind, Stop, WishedPresence
from zoning.patrol.day_search import plan_day
from zoning.patrol.drawn_days import draw_days
from zoning.staffing.sensitivity import stress_options, vary_assumptions


def main() -> None:
    if importlib.util.find_spec("numba") is None:
        return
    places = [
        (f"s{k}", "high" if k == 0 else "elementary", 38.0 + 0.01 * k, -85.0 + 0.01 * (k % 3))
        for k in range(7)
    ]
    table = pd.DataFrame(places, columns=["school_id", "level", "latitude", "longitude"])
    town = District(name="Town", schools=schools_from_frame(table))
    compared = compare_staffing(town, [PatrolZones(zones=2), OnePerCampus()])
    stress_options(compared)
    vary_assumptions(compared)
    problem = lunches(schools=2)
    plan_day(problem)
    stay = Stop(place=0, arrival_s=problem.start_s, departure_s=problem.end_s)
    planned = PlannedDay(stops=(stay,), weight=7, weight_bound=7)
    draw_days(problem, planned, rng=np.random.default_rng(0))


def lunches(*, schools: int) -> DayProblem:
    """The day of an officer among schools with seven lunches each, next to each other."""
    ids = tuple(f"s{k}" for k in range(schools))
    nothing = np.zeros((1, schools), dtype=np.int64)
    wishes = [
        WishedPresence(building_id=school, kind=PresenceKind.LUNCH, open_s=opens, close_s=46_800)
        for school in ids
        for opens in range(39_600, 43_800, 600)
    ]
    return DayProblem(
        building_ids=ids,
        period_begins_s=np.zeros(1, dtype=np.int64),
        drive_s=np.zeros((1, schools, schools), dtype=np.int64),
        from_base_s=nothing,
        to_base_s=nothing,
        open_s=nothing[0],
        close_s=nothing[0] + 46_800,
        presences=tuple(wishes),
        start_s=39_600,
        end_s=43_200,
        dwell_s=720,
        presence_s=300,
        longest_stay_s=960,
        break_s=0,
        break_from_s=0,
        break_to_s=0,
        wished_gap_s=nothing[0],
        wished_visits=nothing[0],
    )


if __name__ == "__main__":
    main()
