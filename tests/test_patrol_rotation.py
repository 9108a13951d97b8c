"""Rotations: every building gets its share, wanted days come first."""

from __future__ import annotations

import hashlib
from datetime import date
from fractions import Fraction
from itertools import combinations, combinations_with_replacement, pairwise
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
import pytest
from helpers.bell_towns import Bells, school_table
from numpy.typing import ArrayLike
from scipy.optimize import linprog

from zoning.errors import ScheduleError
from zoning.patrol import LongDay, PatrolAssumptions, PatrolKey, check_schedule, plan_patrols
from zoning.patrol.day_problem import DayProblem
from zoning.patrol.planning import PatrolTravel, day_problem
from zoning.patrol.presences import can_meet
from zoning.patrol.rotation import DayClass, items_of, rotate
from zoning.patrol.school_day import make_school_day
from zoning.patrol.term import plan_rotation, plan_term
from zoning.patrol.working_day import QUICK
from zoning.roads.travel.travel_times import TravelTimes
from zoning.schools import buildings
from zoning.schools.calendar import read_school_calendar
from zoning.zones.plan import Zone, ZonePlan

# Three arrivals at one bell, half an hour apart by car: one officer meets one of them a day.
FAR: Bells = {"A": ("08:00", "13:00"), "B": ("08:00", "14:00"), "C": ("08:00", "15:00")}
APART = np.full((3, 3), 1800) * ~np.eye(3, dtype=bool)


def one_zone(bells: Bells) -> ZonePlan:
    return ZonePlan((Zone(zone_id="Zone 1", building_ids=tuple(bells)),))


def times_of(bells: Bells, seconds: ArrayLike) -> TravelTimes:
    return TravelTimes.from_array(seconds, list(bells))


def problem_of(bells: Bells, seconds: ArrayLike, assumptions: PatrolAssumptions) -> DayProblem:
    school_day = make_school_day(buildings(school_table(bells)), assumptions=assumptions)
    travel = PatrolTravel.of(times_of(bells, seconds), (), None)
    return day_problem(list(bells), school_day, travel, assumptions=assumptions)


def random_problem(seed: int) -> DayProblem:
    rng = Random(seed)
    bells = {
        name: (rng.choice(("08:00", "08:10", "08:20")), rng.choice(("14:00", "14:10")))
        for name in "ABCD"
    }
    seconds = np.array([[rng.randint(400, 1500) for _ in bells] for _ in bells])
    np.fill_diagonal(seconds, 0)
    return problem_of(bells, seconds, PatrolAssumptions(arrival_weight=rng.randint(1, 2)))


def possible_sets(problem: DayProblem) -> list[frozenset[int]]:
    """Every largest set of presences that one day can meet, by trying all."""
    wishes = range(len(problem.presences))
    found: list[frozenset[int]] = []
    for size in range(len(problem.presences), 0, -1):
        for chosen in combinations(wishes, size):
            if not any(set(chosen) <= larger for larger in found) and can_meet(problem, chosen):
                found.append(frozenset(chosen))
    return found


@pytest.mark.parametrize("seed", range(5))
def test_shares_are_those_of_all_rotations_tried(seed: int) -> None:
    """Three days, every choice of three sets: the sorted shares are the largest there are."""
    problem, days = random_problem(seed), 3
    sets = possible_sets(problem)
    m = len(problem.presences)
    weights = [wish.weight for wish in problem.presences]

    def below(counts: list[int]) -> list[int]:
        return [
            sum(w for w, c in zip(weights, counts, strict=True) if c < level)
            for level in range(1, days + 1)
        ]

    best = min(
        below([sum(k in one for one in chosen) for k in range(m)])
        for chosen in combinations_with_replacement(sets, days)
    )
    one = DayClass(shifts=((problem,),))
    rotation = rotate([one] * days)
    item_of = {wish: item for item, wish in items_of(problem.presences).items()}
    counts = [
        sum(item_of[wish] in chosen.met for chosen in rotation.sets) for wish in problem.presences
    ]
    assert below(counts) == best
    # The bound is the optimum of the linear programme over all sets, within the whole prices.
    met = np.array([[k in one for one in sets] for k in range(m)], dtype=float)
    found = linprog(
        [*([0.0] * len(sets)), -1.0],
        A_ub=np.hstack([-met, np.ones((m, 1))]),
        b_ub=np.zeros(m),
        A_eq=[[*([1.0] * len(sets)), 0.0]],
        b_eq=[1.0],
    )
    bound = rotation.least_share_bound[None]
    assert -found.fun - 1e-9 <= float(bound) <= min(1.0, -found.fun + 0.01)
    assert Fraction(min(counts), days) <= bound


def test_three_far_arrivals_take_turns() -> None:
    """By hand: one of three arrivals a day, so 3, 3 and 4 of ten days, and none below 3."""
    schools, times = school_table(FAR), times_of(FAR, APART)
    term = plan_rotation(one_zone(FAR), schools, times, effort=QUICK)
    shares = term.shares().set_index(["kind", "building_id"])
    assert sorted(shares.loc["arrival", "met"]) == [3, 3, 4]
    assert (shares.loc["dismissal", "share"] == 1).all()
    fairness = term.fairness().set_index("kind")
    assert fairness.loc["arrival", "least_share"] == 0.3
    assert fairness.loc["arrival", "greatest_share"] == 0.4
    assert fairness.loc["arrival", "least_share_bound"] == 0.3
    assert fairness["is_proved"].all()
    assert term.district_fairness()["is_proved"].all()
    # Turns lie apart: nobody has two days in a row.
    met = term.presences().query("kind == 'arrival' and met")["building_id"].tolist()
    assert len(met) == 10
    assert all(a != b for a, b in pairwise(met))
    for schedule in term.schedules.values():
        assert check_schedule(schedule, one_zone(FAR), schools, times).ok


@pytest.mark.parametrize("way", list(LongDay))
def test_a_rotation_of_one_day_is_the_plan(way: LongDay) -> None:
    bells: Bells = {"A": ("07:30", "14:00"), "B": ("07:30", "15:00"), "C": ("09:40", "16:00")}
    schools, times = school_table(bells), times_of(bells, APART // 2)
    assumed = PatrolAssumptions(long_day=way, dismissal_weight=2)
    plan = plan_patrols(one_zone(bells), schools, times, assumptions=assumed, effort=QUICK)
    term = plan_rotation(one_zone(bells), schools, times, days=1, assumptions=assumed, effort=QUICK)
    assert term.schedules[1].days == plan.days


def test_wanted_days_are_met_or_explained() -> None:
    wanted = pd.DataFrame(
        [("A", "arrival", 1), ("A", "arrival", 2), ("A", "arrival", 3), ("B", "arrival", 3)],
        columns=["building_id", "kind", "day"],
    )
    term = plan_rotation(
        one_zone(FAR), school_table(FAR), times_of(FAR, APART), wanted=wanted, effort=QUICK
    )
    asked = term.wanted.set_index(["day", "building_id"])
    assert asked.loc[(1, "A"), "is_met"]
    assert asked.loc[(2, "A"), "is_met"]
    assert sorted(asked.loc[3, "is_met"]) == [False, True]
    (why,) = asked.loc[3].query("not is_met")["why"]
    assert "together with the arrival at" in why
    assert "Wanted and not met: " in term.notices[0]
    met = term.presences().query("kind == 'arrival' and met").groupby("day")["building_id"].first()
    assert met[1] == met[2] == "A"
    # Fairness comes after: the others share what is left.
    assert sorted(term.shares().query("kind == 'arrival'")["met"]) == [3, 3, 4]


def test_wanted_tables_with_faults_name_them_all() -> None:
    wanted = pd.DataFrame(
        [("A", "recess", 1), ("X", "arrival", 1), ("A", "lunch", 1), ("A", "arrival", 11)],
        columns=["building_id", "kind", "day"],
    )
    with pytest.raises(ScheduleError) as caught:
        plan_rotation(one_zone(FAR), school_table(FAR), times_of(FAR, APART), wanted=wanted)
    assert [fault[:6] for fault in caught.value.faults] == ["row 1:", "row 2:", "row 3:", "row 4:"]
    with pytest.raises(ScheduleError, match="there is no column 'day'"):
        plan_rotation(
            one_zone(FAR),
            school_table(FAR),
            times_of(FAR, APART),
            wanted=wanted.drop(columns="day"),
        )
    with pytest.raises(ScheduleError, match="a rotation of 0 days"):
        plan_rotation(one_zone(FAR), school_table(FAR), times_of(FAR, APART), days=0)


def test_a_term_follows_its_calendar(tmp_path: Path) -> None:
    """Five days: three full, one early release at noon, one on which C is off."""
    schools = school_table(FAR)
    file = tmp_path / "calendar.csv"
    file.write_text(
        "date,kind,tier,start,end\n"
        "2026-11-02,full,,,\n2026-11-03,full,,,\n2026-11-04,early release,,,\n"
        "2026-11-05,full,,,\n2026-11-05,off,C,,\n2026-11-06,full,,,\n,early release,,,12:00\n"
    )
    calendar = read_school_calendar(file, schools=schools)
    wanted = pd.DataFrame({"building_id": ["B"], "kind": ["arrival"], "day": ["Monday"]})
    term = plan_term(
        one_zone(FAR),
        schools,
        times_of(FAR, APART),
        calendar=calendar,
        rotation_days=3,
        wanted=wanted,
        effort=QUICK,
    )
    assert list(term.schedules) == list(calendar.school_days)
    assert list(term.rotations.values()) == [1, 1, 1, 2, 2]
    half = term.schedules[date(2026, 11, 4)]
    assert max(day.end_s for day in half.days) == 12 * 3600 + 1200
    off = term.schedules[date(2026, 11, 5)]
    assert "C" not in off.school_day.hours
    assert term.wanted[["day", "is_met"]].values.tolist() == [[date(2026, 11, 2), True]]
    shares = term.shares().query("kind == 'arrival'").set_index(["rotation", "building_id"])
    assert shares.loc[1, "met"].tolist() == [1, 1, 1]
    assert shares.loc[(2, "C"), "wished"] == 1
    table = term.by_day()
    assert table["officer_hours"].sum() == pytest.approx(
        sum(schedule.officer_hours for schedule in term.schedules.values())
    )
    assert table["arrivals_wished"].tolist() == [3, 3, 3, 2, 3]
    assert set(term.visits()["day"]) == set(calendar.school_days)
    later = plan_term(
        one_zone(FAR),
        schools,
        times_of(FAR, APART),
        calendar=calendar,
        first=date(2026, 11, 3),
        last=date(2026, 11, 5),
        rotation_days=3,
        wanted=wanted,
        effort=QUICK,
    )
    assert later.rotations == {date(2026, 11, k): r for k, r in ((3, 1), (4, 1), (5, 2))}
    assert all(later.schedules[day].days == term.schedules[day].days for day in later.schedules)
    assert not later.fairness()["is_proved"].any()  # of parts of rotations nothing is proved
    with pytest.raises(ScheduleError, match="no rotation of 3 days"):
        plan_term(
            one_zone(FAR),
            schools,
            times_of(FAR, APART),
            calendar=calendar,
            first=date(2027, 1, 1),
            rotation_days=3,
        )


def test_drawn_days_keep_the_turns_of_the_rotation() -> None:
    schools, times = school_table(FAR), times_of(FAR, APART // 3)
    key, other = (PatrolKey(hashlib.sha256(text).digest()) for text in (b"one", b"two"))
    planned, drawn, again, another = (
        plan_rotation(one_zone(FAR), schools, times, days=3, effort=QUICK, key=k)
        for k in (None, key, key, other)
    )
    before, after = planned.shares(), drawn.shares()
    assert (after["met"] >= before["met"]).all()
    assert drawn.visits().equals(again.visits())
    assert not drawn.visits().equals(another.visits())
    assert not drawn.visits().equals(planned.visits())


def test_turns_do_not_hang_on_the_order_of_ids() -> None:
    """The plan of the day is one of the days that are rotated: its presences are its own."""
    bells = dict(zip("CBA", FAR.values(), strict=True))
    term = plan_rotation(one_zone(bells), school_table(bells), times_of(bells, APART), days=3)
    arrivals = term.shares().query("kind == 'arrival'")
    assert arrivals["met"].tolist() == [1, 1, 1]
    assert term.fairness()["is_proved"].all()
