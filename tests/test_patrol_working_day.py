"""School days longer than a shift: what each way to staff them gives and costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from random import Random

import numpy as np
import pytest
from helpers.bell_towns import Bells, school_table
from numpy.typing import ArrayLike

from zoning.errors import ScheduleError
from zoning.patrol import LongDay, PatrolAssumptions, plan_patrols
from zoning.patrol.day_problem import DayProblem
from zoning.patrol.planning import PatrolTravel, day_problem
from zoning.patrol.presences import best_presences
from zoning.patrol.school_day import make_school_day
from zoning.patrol.shift_options import shift_options
from zoning.patrol.working_day import QUICK, best_starts, divide_presences, on_shift, plan_shifts
from zoning.roads.travel.travel_times import TravelTimes
from zoning.schools import buildings
from zoning.zones.plan import Zone, ZonePlan

# Open from 07:10 to 16:20: 9 h 10 min.
TIERS: Bells = {"A": ("07:30", "14:00"), "B": ("08:40", "15:00"), "C": ("09:40", "16:00")}
DRIVE = [[0, 300, 900], [300, 0, 600], [840, 600, 0]]


def zone_plan(*zones: Sequence[str]) -> ZonePlan:
    return ZonePlan(
        tuple(
            Zone(zone_id=f"Zone {k}", building_ids=tuple(ids))
            for k, ids in enumerate(zones, start=1)
        )
    )


def times_of(bells: Bells, seconds: ArrayLike = DRIVE) -> TravelTimes:
    return TravelTimes.from_array(seconds, list(bells))


def whole_day(bells: Bells, assumptions: PatrolAssumptions, seconds: ArrayLike) -> DayProblem:
    school_day = make_school_day(buildings(school_table(bells)), assumptions=assumptions)
    travel = PatrolTravel.of(times_of(bells, seconds), (), None)
    return day_problem(list(bells), school_day, travel, assumptions=assumptions)


@pytest.mark.parametrize("seed", range(4))
def test_the_best_starts_are_those_of_all_starts(seed: int) -> None:
    """Against every beginning on a whole minute, each planned on its own."""
    rng = Random(seed)
    bells = {
        name: (
            f"{rng.randint(7, 9):02d}:{rng.choice((0, 20, 40)):02d}",
            f"{rng.randint(14, 16)}:00",
        )
        for name in "ABCD"
    }
    seconds = np.array([[rng.randint(300, 1200) for _ in bells] for _ in bells])
    np.fill_diagonal(seconds, 0)
    assumed = PatrolAssumptions(shift_s=7 * 3600, arrival_weight=rng.randint(1, 3))
    problem = whole_day(bells, assumed, seconds)
    latest = problem.end_s - assumed.shift_s
    assert problem.start_s < latest
    weight = {
        start: best_presences(
            on_shift(problem, (start, start + assumed.shift_s), assumptions=assumed)
        ).weight
        for start in {*range(problem.start_s, latest, 60), latest}
    }
    stretches, bound = best_starts(problem, assumptions=assumed)
    assert bound == max(weight.values())
    found = {s for s in weight if any(a <= s <= b for a, b in stretches)}
    assert found == {s for s, w in weight.items() if w == bound}


def test_a_day_that_fits_is_one_shift_whatever_is_chosen() -> None:
    bells: Bells = {"A": ("08:00", "14:00"), "B": ("08:40", "15:00")}
    plan, schools, times = (
        zone_plan("AB"),
        school_table(bells),
        times_of(bells, [[0, 300], [300, 0]]),
    )
    days = {
        plan_patrols(
            plan, schools, times, assumptions=PatrolAssumptions(long_day=way), effort=QUICK
        ).days
        for way in LongDay
    }
    assert len(days) == 1


def test_what_is_chosen_for_long_days_is_said_with_its_hours() -> None:
    plan, schools, times = zone_plan("ABC"), school_table(TIERS), times_of(TIERS)
    hours, notices = {}, {}
    for way in LongDay:
        schedule = plan_patrols(
            plan, schools, times, assumptions=PatrolAssumptions(long_day=way), effort=QUICK
        )
        hours[way] = schedule.officer_hours, schedule.overtime_hours, len(schedule.days)
        notices[way] = " ".join(schedule.notices)
    assert hours[LongDay.OVERTIME] == pytest.approx((9 + 1 / 6, 1 + 1 / 6, 1))
    assert hours[LongDay.ONE_SHIFT][0] <= 8
    assert hours[LongDay.ONE_SHIFT][1:] == (0, 1)
    assert hours[LongDay.SECOND_SHIFT][0] <= 16
    assert hours[LongDay.SECOND_SHIFT][1:] == (0, 2)
    assert (
        "Zone 1: the school day of 9.2 h is longer than the shift of 8.0 h"
        in notices[LongDay.OVERTIME]
    )
    assert "9.2 officer-hours, of which 1.2 are overtime" in notices[LongDay.OVERTIME]
    assert "(long_day: second shift)" in notices[LongDay.SECOND_SHIFT]


def test_one_shift_is_the_one_that_meets_most() -> None:
    """A shift of 8 h of a day of 9 h 10 min: without the first arrival, or the last dismissal."""
    dismissal = PatrolAssumptions(long_day=LongDay.ONE_SHIFT, dismissal_weight=5)
    arrival = PatrolAssumptions(long_day=LongDay.ONE_SHIFT, arrival_weight=5)
    plan, schools, times = zone_plan("ABC"), school_table(TIERS), times_of(TIERS)
    late = plan_patrols(plan, schools, times, assumptions=dismissal, effort=QUICK)
    early = plan_patrols(plan, schools, times, assumptions=arrival, effort=QUICK)
    assert late.count_presences("dismissal") == (3, 3)
    assert late.count_presences("arrival")[0] < 3
    assert early.count_presences("arrival") == (3, 3)
    assert early.count_presences("dismissal")[0] < 3
    assert early.days[0].start_s < late.days[0].start_s
    assert late.days[0].proof is not None
    assert late.days[0].proof.are_presences_proved


def test_two_shifts_meet_as_much_as_any_split_of_the_presences() -> None:
    """Against every split of the wishes between the officers."""
    bells: Bells = {"A": ("07:30", "15:00"), "B": ("07:30", "15:00"), "C": ("07:40", "16:00")}
    assumed = PatrolAssumptions(long_day=LongDay.SECOND_SHIFT, second_shift_s=6 * 3600)
    problem = whole_day(bells, assumed, np.full((3, 3), 1500) * ~np.eye(3, dtype=bool))
    shifts = plan_shifts(problem, assumptions=assumed, effort=QUICK)
    assert [s.problem.end_s - s.problem.start_s for s in shifts] == [8 * 3600, 6 * 3600]
    assert shifts[0].problem.start_s == problem.start_s
    assert shifts[1].problem.end_s == problem.end_s
    wishes = problem.presences
    best = 0
    for owner in product((0, 1), repeat=len(wishes)):
        best = max(
            best,
            sum(
                best_presences(
                    on_shift(
                        replace(
                            problem,
                            presences=tuple(
                                w for w, who in zip(wishes, owner, strict=True) if who == k
                            ),
                        ),
                        (shift.problem.start_s, shift.problem.end_s),
                        assumptions=assumed,
                    )
                ).weight
                for k, shift in enumerate(shifts)
            ),
        )
    shares, bound = divide_presences(
        [
            on_shift(problem, (s.problem.start_s, s.problem.end_s), assumptions=assumed)
            for s in shifts
        ]
    )
    assert sum(len(share) for share in shares) == best == bound
    assert sum(shift.planned.weight for shift in shifts) == best


def test_the_options_say_what_each_costs_and_buys() -> None:
    bells: Bells = {**TIERS, "D": ("08:00", "14:00")}
    seconds = np.full((4, 4), 600) * ~np.eye(4, dtype=bool)
    plan, schools, times = zone_plan("ABC", "D"), school_table(bells), times_of(bells, seconds)
    found = shift_options(plan, schools, times)
    table = found.by_zone.set_index(["zone_id", "option"])
    assert table.loc[("Zone 1", "overtime"), "overtime_hours"] == pytest.approx(1 + 1 / 6)
    assert table.loc[("Zone 1", "one shift"), "unstaffed_s"] == 70 * 60
    assert table.loc[("Zone 1", "second shift"), "unstaffed_s"] == 0
    assert table.loc[("Zone 1", "second shift"), "officers"] == 2
    assert not table.loc["Zone 2", "is_long"].any()
    assert (table.loc["Zone 2", "officer_hours"] == 6 + 2 / 3).all()
    assert table.xs("overtime", level="option")["is_chosen"].all()
    assert found.district["is_chosen"].tolist() == [True, False, False]
    for option, row in found.district.iterrows():
        of_option = found.by_zone[found.by_zone["option"] == option]
        assert row["officer_hours"] == pytest.approx(of_option["officer_hours"].sum())
        assert row["presences_met"] == of_option["presences_met"].sum()
    met = found.district["presences_met"]
    assert met["one shift"] <= met["overtime"] <= met["second shift"]


def test_a_shift_too_short_for_its_visit_and_break_says_what_to_relax() -> None:
    plan, schools, times = zone_plan("ABC"), school_table(TIERS), times_of(TIERS)
    short = PatrolAssumptions(
        long_day=LongDay.ONE_SHIFT,
        shift_s=3000,
        break_s=2400,
        break_earliest_s=0,
        break_latest_s=0,
    )
    with pytest.raises(ScheduleError, match="no visit fits into the shift") as caught:
        plan_patrols(plan, schools, times, assumptions=short)
    assert "Lengthen shift_s (now 50.0 min), shorten break_s or dwell_s" in str(caught.value)
    with pytest.raises(ScheduleError, match="second_shift_s is 60 s"):
        PatrolAssumptions(second_shift_s=60)
