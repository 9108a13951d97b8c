"""Whole days of officers, planned from schools and streets: what is asked, and what holds."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from random import Random
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from helpers.bell_towns import Bells, school_table
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from zoning.errors import NetworkError, PlanError, ScheduleError, UnreachableError
from zoning.patrol import (
    LongDay,
    PatrolAssumptions,
    PatrolSchedule,
    check_schedule,
    plan_patrols,
)
from zoning.patrol.schedule import Activity, OfficerDay, Visit
from zoning.patrol.working_day import QUICK
from zoning.roads.travel.travel_times import TravelTimes
from zoning.zones.plan import Zone, ZoneKind, ZonePlan

TOWN: Bells = {"A": ("07:30", "13:00"), "B": ("07:30", "13:00"), "C": ("08:40", "14:30")}
DRIVE = [[0, 300, 900], [300, 0, 600], [840, 600, 0]]


def one_zone(ids: Sequence[str], kind: ZoneKind = ZoneKind.PATROL) -> ZonePlan:
    return ZonePlan((Zone(zone_id="Zone 1", building_ids=tuple(ids), kind=kind),))


def times_of(ids: Sequence[str], seconds: ArrayLike) -> TravelTimes:
    return TravelTimes.from_array(seconds, ids)


def at(clock: str) -> int:
    hours, mins = clock.split(":")
    return 3600 * int(hours) + 60 * int(mins)


def plan(bells: Bells = TOWN, drive: ArrayLike = DRIVE, **options: Any) -> PatrolSchedule:
    """Plan a town of one zone, and hold the day to every rule."""
    ids, schools = list(bells), school_table(bells)
    times = times_of(ids, drive)
    schedule = plan_patrols(one_zone(ids), schools, times, **options)
    given = {k: v for k, v in options.items() if k != "assumptions"}
    checked = check_schedule(schedule, one_zone(ids), schools, times, **given)
    assert checked.ok, str(checked)
    return schedule


def test_the_day_of_a_small_town() -> None:
    schedule = plan()
    (day,) = schedule.days
    # 7:10 to 7:22 at A, five minutes' drive, 7:27 to 7:39 at B, ten to C before 8:50; the
    # dismissals the other way round: A and B until 13:20, and C from 14:20.
    assert schedule.count_presences("arrival") == (3, 3)
    assert schedule.count_presences("dismissal") == (3, 3)
    assert schedule.count_presences("lunch") == (0, 0)
    assert day.proof is not None
    assert day.proof.are_presences_proved
    assert day.proof.weight == 6
    assert at("7:10") <= day.start_s < at("7:30")
    assert day.end_s <= at("14:50")
    (rest,) = day.breaks
    assert rest[1] - rest[0] == 1800
    assert 3 * 3600 <= rest[0] - day.start_s <= 5 * 3600
    assert day.unvisited_ids == ()
    assert schedule.notices == ()
    idle = schedule.idleness()
    assert day.proof.longest_gap_s == idle["longest_gap_s"].max()
    # The officer has 7 h 40 min less the break, and 12 minutes at a visit.
    assert all(visit.dwell_s >= 720 for visit in day.visits if not visit.is_break)


def test_two_visits_are_added_where_one_does_not_fit() -> None:
    """Two schools by turns, from one arrival to one dismissal: each has five visits or more."""
    bells: Bells = {"A": ("08:00", "14:00"), "B": ("08:00", "14:00")}
    drive = [[0, 900], [900, 0]]
    assert plan(bells, drive).idleness()["visits"].tolist() == [5, 4]
    often = plan(bells, drive, assumptions=PatrolAssumptions(least_visits=5))
    assert often.idleness()["visits"].min() >= 5


def test_other_ids_make_no_other_day() -> None:
    """The same schools under other names: the same stops at the same times."""
    drive = [[0, 300, 700, 800], [300, 0, 600, 500], [700, 600, 0, 250], [800, 500, 250, 0]]
    hours = [("07:30", "13:30")] * 2 + [("09:00", "15:30")] * 2
    days = []
    for ids in ("ABCD", "DCBA"):
        schools, times = school_table(dict(zip(ids, hours, strict=True))), times_of(ids, drive)
        schedule = plan_patrols(one_zone(ids), schools, times, effort=QUICK)
        (day,) = schedule.days
        days.append([(ids.index(v.building_id), v.arrival_s, v.activity) for v in day.visits])
    assert days[0] == days[1]


def test_a_break_is_no_visit_of_its_building() -> None:
    """An officer may rest at a school that is not visited."""
    visits = (
        Visit(building_id="A", arrival_s=0, departure_s=900),
        Visit(building_id="B", arrival_s=1000, departure_s=2800, activity=Activity.BREAK),
    )
    day = OfficerDay(zone_id="Z", start_s=0, end_s=2800, visits=visits, unvisited_ids=("B",))
    assert day.unvisited_ids == ("B",)


def test_each_wish_of_a_building_is_met_if_it_can_be() -> None:
    bells: Bells = {"A": ("08:00", "14:00"), "B": ("08:00", "14:00")}
    drive = [[0, 1500], [1500, 0]]
    weights = {}
    for heavy in "AB":
        wishes = pd.DataFrame({"arrival": [3], "lunch": [1]}, index=[heavy])
        schedule = plan(bells, drive, wishes=wishes)
        met = schedule.presences().set_index(["building_id", "kind"])["met"]
        weights[heavy] = [bool(met[b, "arrival"]) for b in "AB"]
        assert met[heavy, "lunch"]
    # 25 minutes apart: one of both, the heavier.
    assert weights == {"A": [True, False], "B": [False, True]}
    # Six visits at each are possible where fewer come of short gaps alone.
    assert plan().idleness()["visits"].min() == 5
    often = plan(assumptions=PatrolAssumptions(least_visits=6))
    assert often.idleness()["visits"].min() == 6
    wishes = pd.DataFrame({"least_visits": [8]}, index=["A"])
    assert plan(wishes=wishes).idleness()["visits"]["A"] == 8


def test_a_shift_holds_the_drives_from_and_to_the_base() -> None:
    bells = {**TOWN, "D": ("08:00", "14:00")}
    drive = [[0, 300, 900, 500], [300, 0, 600, 400], [840, 600, 0, 700], [450, 400, 650, 0]]
    ids, schools, times = list(bells), school_table(bells), times_of("ABCD", drive)
    zones = ZonePlan.from_assignment({"A": "East", "B": "East", "C": "East", "D": "West"})
    based = PatrolAssumptions(base="D")
    schedule = plan_patrols(zones, schools, times, assumptions=based)
    checked = check_schedule(schedule, zones, schools, times)
    assert checked.ok, str(checked)
    east, west = schedule.days
    first, last = east.visits[0], east.visits[-1]
    row = {building: k for k, building in enumerate(ids)}
    assert first.arrival_s - east.start_s == drive[3][row[first.building_id]]
    assert east.end_s - last.departure_s == drive[row[last.building_id]][3]
    # D's officer is at the base all day.
    assert west.driving_s == 0
    assert schedule.metres_per_day(times) is None


def test_drives_take_the_traffic_of_the_hour() -> None:
    slow = times_of("ABC", np.array(DRIVE) * 2)
    schedule = plan(times_by_hour=((at("07:00"), at("08:00"), slow),))
    # At 7:22 B is ten minutes away: 7:32 is still in time, for all.
    assert schedule.count_presences("arrival") == (3, 3)
    jam = times_of("ABC", np.array(DRIVE) * 4)
    assert plan(times_by_hour=((at("07:00"), at("08:00"), jam),)).count_presences("arrival") == (
        2,
        3,
    )


def test_an_officer_with_one_building_stays_and_takes_a_break() -> None:
    bells: Bells = {"A": ("07:30", "14:00"), "B": ("07:30", "11:00"), "C": (None, None)}
    zones = ZonePlan(
        (
            Zone(zone_id="fixed", building_ids=("A",), kind=ZoneKind.DEDICATED),
            Zone(zone_id="alone", building_ids=("B",)),
            Zone(zone_id="bell-less", building_ids=("C",), kind=ZoneKind.DEDICATED),
        )
    )
    schools, times = school_table(bells), times_of("ABC", DRIVE)
    schedule = plan_patrols(zones, schools, times)
    assert check_schedule(schedule, zones, schools, times).ok
    fixed, alone, bell_less = schedule.days
    assert [(v.building_id, str(v.activity)) for v in fixed.visits] == [
        ("A", "visit"),
        ("A", "break"),
        ("A", "visit"),
    ]
    assert (fixed.start_s, fixed.end_s) == (at("7:10"), at("14:20"))
    # A shift of 4 h 10 min has no break.
    assert [(v.arrival_s, v.departure_s) for v in alone.visits] == [(at("7:10"), at("11:20"))]
    assert (bell_less.start_s, bell_less.end_s) == (at("8:00"), at("15:00"))
    assert all(day.driving_s == 0 for day in schedule.days)


def test_notices_say_which_bells_are_missing() -> None:
    bells: Bells = {"A": ("08:00", None), "B": (None, "14:00"), "C": ("08:00", "14:00")}
    zones = ZonePlan(tuple(Zone(zone_id=f"Zone {i}", building_ids=(i,)) for i in "ABC"))
    schedule = plan_patrols(zones, school_table(bells), times_of("ABC", DRIVE))
    assert [(day.start_s, day.end_s) for day in schedule.days] == [
        (at("7:40"), at("15:00")),
        (at("8:00"), at("14:20")),
        (at("7:40"), at("14:20")),
    ]
    assert schedule.notices == (
        "A, B: a bell is unknown; without a start no arrival is timed and the opening is the "
        "default 08:00, without a dismissal the closing is the default 15:00.",
    )
    assert schedule.count_presences("arrival") == (2, 2)
    none = plan_patrols(
        zones, school_table(dict.fromkeys("ABC", (None, None))), times_of("ABC", DRIVE)
    )
    assert none.notices[0].startswith("All buildings: a bell is unknown")
    assert none.presences().empty


def test_schools_that_are_off_are_not_visited() -> None:
    schools = school_table(TOWN)
    schools["closed"] = [False, True, True]
    zones = ZonePlan.from_assignment({"A": "East", "B": "East", "C": "West"})
    times = times_of("ABC", DRIVE)
    schedule = plan_patrols(zones, schools, times)
    assert [day.zone_id for day in schedule.days] == ["East"]
    assert {visit.building_id for visit in schedule.days[0].visits} == {"A"}
    assert check_schedule(schedule, zones, schools, times).ok


def test_a_day_too_short_for_every_school_is_said_with_names() -> None:
    bells: Bells = dict.fromkeys("ABC", (None, None))
    short = PatrolAssumptions(day_start_s=at("8:00"), day_end_s=at("8:35"))
    schedule = plan(bells, assumptions=short)
    (left_out,) = schedule.unvisited_ids
    assert schedule.officer_seconds()[left_out] == 0
    assert "is too short to visit" in schedule.notices[-1]
    assert f"School {left_out} ({left_out})" in schedule.notices[-1]


def test_estimated_times_are_said() -> None:
    times = dataclasses.replace(
        times_of("ABC", DRIVE), estimate="Travel times are a straight-line estimate."
    )
    schedule = plan_patrols(one_zone("ABC"), school_table(TOWN), times)
    assert schedule.notices == ("Travel times are a straight-line estimate.",)


@st.composite
def districts(
    draw: st.DrawFn,
) -> tuple[ZonePlan, gpd.GeoDataFrame, TravelTimes, PatrolAssumptions, pd.DataFrame]:
    """Up to five buildings in two zones, some far apart, with every kind of setting."""
    n = draw(st.integers(1, 5))
    ids = [f"b{k}" for k in range(n)]
    starts = st.sampled_from([None, "07:30", "07:50", "08:40", "09:40"])
    ends = st.sampled_from([None, "13:30", "14:20", "16:20"])
    bells = {i: (draw(starts), draw(ends)) for i in ids}
    seconds = [[0.0 if a == b else draw(st.floats(0.5, 1500, width=32)) for b in ids] for a in ids]
    zone_of = {i: draw(st.sampled_from(["east", "west"])) for i in ids}
    assumptions = PatrolAssumptions(
        dwell_s=draw(st.sampled_from([480, 720, 900])),
        shift_s=draw(st.sampled_from([25_200, 28_800])),
        long_day=draw(st.sampled_from(list(LongDay))),
        break_s=draw(st.sampled_from([0, 1800])),
        break_latest_s=draw(st.sampled_from([12_600, 18_000])),
        base=draw(st.sampled_from([None, ids[0]])),
        longest_gap_s=draw(st.sampled_from([None, 5400])),
    )
    wishes = pd.DataFrame(
        {"arrival": draw(st.sampled_from([0, 1, 3])), "lunch": draw(st.sampled_from([0, 1]))},
        index=[draw(st.sampled_from(ids))],
    )
    return (
        ZonePlan.from_assignment(zone_of),
        school_table(bells),
        times_of(ids, seconds),
        assumptions,
        wishes,
    )


District = tuple[ZonePlan, gpd.GeoDataFrame, TravelTimes, PatrolAssumptions, pd.DataFrame]


@given(districts())
@settings(max_examples=10, deadline=None, derandomize=True)
def test_a_planned_day_keeps_every_rule(district: District) -> None:
    zones, schools, times, assumptions, wishes = district
    slow = dataclasses.replace(times, seconds=times.seconds * 1.4)
    by_hour = ((at("07:00"), at("09:00"), slow), (at("13:00"), at("15:00"), slow))
    options: dict[str, Any] = {"times_by_hour": by_hour, "wishes": wishes}
    schedule = plan_patrols(zones, schools, times, assumptions=assumptions, **options)
    checked = check_schedule(schedule, zones, schools, times, **options)
    assert checked.ok, str(checked)
    assert {day.zone_id for day in schedule.days} == {zone.zone_id for zone in zones.zones}
    pd.testing.assert_frame_equal(checked.presences(), schedule.presences())
    pd.testing.assert_frame_equal(checked.idleness(), schedule.idleness())
    weight = sum(day.proof.weight for day in schedule.days if day.proof is not None)
    assert checked.figures.weight >= weight
    for day in schedule.days:
        assert day.length_s == day.driving_s + sum(visit.dwell_s for visit in day.visits)
    # What was planned, written and read again is the same timetable.
    again = check_schedule(
        schedule.to_frame(), zones, schools, times, assumptions=assumptions, **options
    )
    assert again.ok, str(again)
    assert again.schedule is not None
    pd.testing.assert_frame_equal(again.presences(), schedule.presences())
    shifts = [(day.start_s, day.end_s) for day in again.schedule.days]
    assert shifts == [(day.start_s, day.end_s) for day in schedule.days]


@pytest.mark.slow
@given(districts(), st.randoms(use_true_random=False))
@settings(max_examples=10, deadline=None)
def test_the_order_of_buildings_changes_nothing(district: District, random: Random) -> None:
    zones, schools, times, assumptions, wishes = district
    ids = list(times.ids)
    random.shuffle(ids)
    shuffled = ZonePlan(
        tuple(
            dataclasses.replace(zone, building_ids=tuple(i for i in ids if i in zone.building_ids))
            for zone in zones.zones
        )
    )
    first = plan_patrols(zones, schools, times, assumptions=assumptions, wishes=wishes)
    second = plan_patrols(
        shuffled, schools.loc[ids], times.subset(ids), assumptions=assumptions, wishes=wishes
    )
    assert first == second


@pytest.mark.slow
@given(districts(), st.sampled_from([60, 300, 900]))
@settings(max_examples=10, deadline=None)
def test_a_wider_window_never_meets_less(district: District, by_s: int) -> None:
    zones, schools, times, assumptions, wishes = district
    overtime = dataclasses.replace(assumptions, long_day=LongDay.OVERTIME)
    wider = dataclasses.replace(overtime, arrival_lag_s=overtime.arrival_lag_s + by_s)
    weights = []
    for assumed in (overtime, wider):
        schedule = plan_patrols(zones, schools, times, assumptions=assumed, wishes=wishes)
        weights.append(sum(day.proof.weight for day in schedule.days if day.proof is not None))
    assert weights[0] <= weights[1]


def test_unreachable_buildings_of_a_zone_are_named() -> None:
    drive = np.array(DRIVE, dtype=float)
    drive[0, 2] = math.inf
    with pytest.raises(UnreachableError, match="Zone 1: A to C"):
        plan_patrols(one_zone("ABC"), school_table(TOWN), times_of("ABC", drive))
    apart = ZonePlan.from_assignment({"A": "east", "B": "east", "C": "west"})
    assert len(plan_patrols(apart, school_table(TOWN), times_of("ABC", drive)).days) == 2
    with pytest.raises(UnreachableError, match="C: no way from or to the base A"):
        plan_patrols(
            apart,
            school_table(TOWN),
            times_of("ABC", drive),
            assumptions=PatrolAssumptions(base="A"),
        )


def test_buildings_that_do_not_fit_together_are_named() -> None:
    schools = school_table(TOWN)
    with pytest.raises(PlanError, match="Zone 1: D"):
        plan_patrols(one_zone("ABD"), schools, times_of("ABC", DRIVE))
    with pytest.raises(NetworkError, match="C"):
        plan_patrols(one_zone("ABC"), schools, times_of("AB", [[0, 1], [1, 0]]))
    with pytest.raises(ScheduleError, match="Zone 1: A, B"):
        plan_patrols(one_zone("AB", ZoneKind.DEDICATED), schools, times_of("ABC", DRIVE))
    with pytest.raises(NetworkError, match="Z"):
        plan_patrols(
            one_zone("ABC"),
            schools,
            times_of("ABC", DRIVE),
            assumptions=PatrolAssumptions(base="Z"),
        )


def test_every_building_that_closes_before_it_opens_is_named_at_once() -> None:
    schools = school_table({"A": ("15:30", None), "B": ("08:00", "14:00"), "C": ("16:00", None)})
    zones = ZonePlan.from_assignment({"A": "late", "B": "day", "C": "late"})
    with pytest.raises(ScheduleError) as caught:
        plan_patrols(zones, schools, times_of("ABC", DRIVE))
    assert [fault.split(":")[0] for fault in caught.value.faults] == ["A", "C"]


def test_nothing_given_is_changed() -> None:
    schools, wishes = school_table(TOWN), pd.DataFrame({"arrival": [2]}, index=["A"])
    before = schools.copy(deep=True), wishes.copy(deep=True)
    plan_patrols(one_zone("ABC"), schools, times_of("ABC", DRIVE), wishes=wishes)
    assert schools.equals(before[0])
    assert wishes.equals(before[1])
