"""Officers' days: a town solved by hand, and what holds of every day."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from itertools import pairwise, permutations
from random import Random

import geopandas as gpd
import numpy as np
import pytest
from helpers.bell_towns import Bells, school_table
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from zoning.errors import NetworkError, PlanError, ScheduleError, UnreachableError, ZoningError
from zoning.patrol import OfficerDay, PatrolAssumptions, PatrolSchedule, plan_patrols
from zoning.patrol.planning import DayFrame, is_covered, service_slots
from zoning.patrol.tours import shortest_round
from zoning.roads.travel.travel_times import TravelTimes
from zoning.zones.plan import Zone, ZoneKind, ZonePlan


def one_zone(ids: Sequence[str], kind: ZoneKind = ZoneKind.PATROL) -> ZonePlan:
    return ZonePlan((Zone(zone_id="Zone 1", building_ids=tuple(ids), kind=kind),))


def times_of(ids: Sequence[str], seconds: ArrayLike) -> TravelTimes:
    return TravelTimes.from_array(seconds, ids)


def at(clock: str) -> int:
    hours, mins = clock.split(":")
    return 3600 * int(hours) + 60 * int(mins)


def stops(day: OfficerDay) -> list[tuple[str, int, int, bool]]:
    return [(v.building_id, v.arrival_s, v.departure_s, v.in_arrival_window) for v in day.visits]


TOWN: Bells = {"A": ("07:30", "10:00"), "B": ("07:30", "10:00"), "C": ("08:40", "10:30")}
DRIVE = [[0, 300, 900], [300, 0, 600], [840, 600, 0]]


def test_the_timetable_of_a_town_solved_by_hand() -> None:
    # Windows open 20 minutes before the bell and close 10 minutes after, a visit
    # takes 12: A and B from 7:10 to 7:28, C from 8:20 to 8:38. A, B, C drives
    # 900 s; B, A, C 1,200 s. Before C there is time to see A again (5 minutes
    # there, 12 there, 15 to C), not B too. The round A B C takes 1,740 s, the
    # other way about 2,100 s. At 10:20 the next visit (C at 10:30) is too late.
    schedule = plan_patrols(one_zone("ABC"), school_table(TOWN), times_of("ABC", DRIVE))
    assert stops(schedule.day_of("Zone 1")) == [
        ("A", at("7:10"), at("7:22"), True),
        ("B", at("7:27"), at("7:39"), True),
        ("A", at("7:44"), at("8:05"), False),
        ("C", at("8:20"), at("8:32"), True),
        ("A", at("8:46"), at("8:58"), False),
        ("B", at("9:03"), at("9:15"), False),
        ("C", at("9:25"), at("9:37"), False),
        ("A", at("9:51"), at("10:03"), False),
        ("B", at("10:08"), at("10:30"), False),
    ]
    assert (schedule.windows_covered, schedule.windows_total) == (3, 3)
    assert schedule.unvisited_ids == ()
    assert schedule.notices == ()


def test_the_table_and_totals_of_the_same_day() -> None:
    metres = [[0, 3000, 9000], [3100, 0, 6000], [8400, 6100, 0]]
    times = TravelTimes.from_array(DRIVE, "ABC", metres=metres)
    schedule = plan_patrols(one_zone("ABC"), school_table(TOWN), times)
    frame = schedule.to_frame()
    assert list(frame["stop"]) == list(range(1, 10))
    assert list(frame["travel_s"]) == [0, 300, 300, 900, 840, 300, 600, 840, 300]
    assert list(frame["dwell_s"])[:3] == [720, 720, 1260]
    assert schedule.officer_seconds().to_dict() == {"A": 3 * 720 + 1260, "B": 2760, "C": 1440}
    # A B, B A, A C, C A, A B, B C, C A, A B
    expected = 3000 + 3100 + 9000 + 8400 + 3000 + 6000 + 8400 + 3000
    assert schedule.metres_per_day(times) == expected
    assert schedule.metres_per_day(times_of("ABC", DRIVE)) is None


def test_a_window_holds_a_whole_dwell_between_opening_and_closing() -> None:
    # 7:30 bell: open 7:10 to 7:40, so a 12-minute visit begins 7:10 to 7:28. The
    # day from 7:20 to 8:55 cuts the front of it and the tail of 8:50's window;
    # 9:30's opens too late.
    assumptions = PatrolAssumptions()
    frame = DayFrame(
        start_s=at("7:20"),
        end_s=at("8:55"),
        bells=((at("7:30"), at("8:50")), (at("9:30"),), ()),
        start_known=True,
        end_known=True,
    )
    assert service_slots(frame, assumptions=assumptions) == [
        [(at("7:20"), at("7:28")), (at("8:30"), at("8:43"))],
        [],
        [],
    ]
    for arrival, departure, covered in (
        ("7:10", "7:22", True),
        ("7:28", "7:40", True),
        ("6:00", "7:22", True),
        ("6:00", "7:21", False),
        ("7:29", "9:00", False),
        ("7:12", "7:23", False),
    ):
        stay = (at(arrival), at(departure))
        assert is_covered(*stay, [at("7:30")], assumptions=assumptions) is covered


def test_idle_time_goes_to_the_building_unseen_for_longest() -> None:
    # A's window is at 7:30, B's at 9:40; C and D have no bells. C is the nearer
    # of the two never seen, then D, then A (left first), then C and D again and A
    # until 9:15: from a visit to C, 9:09 to 9:21, B could not be reached by 9:20.
    bells: Bells = {
        "A": ("07:30", "11:00"),
        "B": ("09:40", "11:00"),
        "C": (None, None),
        "D": (None, None),
    }
    drive = np.full((4, 4), 300.0)
    drive[0, 3] = 301
    np.fill_diagonal(drive, 0)
    day = plan_patrols(one_zone("ABCD"), school_table(bells), times_of("ABCD", drive)).days[0]
    assert [v.building_id for v in day.visits][:8] == ["A", "C", "D", "A", "C", "D", "A", "B"]
    covered = [(v.building_id, v.arrival_s) for v in day.visits if v.in_arrival_window]
    assert covered == [("A", at("7:10")), ("B", at("9:20"))]
    assert day.windows_total == 2


def test_without_windows_the_round_starts_after_its_longest_leg() -> None:
    # The round A B C: C to A is the longest leg (840 s), so the day starts at A.
    bells: Bells = dict.fromkeys("ABC", (None, None))
    schedule = plan_patrols(one_zone("ABC"), school_table(bells), times_of("ABC", DRIVE))
    day = schedule.days[0]
    assert [v.building_id for v in day.visits][:4] == ["A", "B", "C", "A"]
    assert (day.start_s, day.end_s) == (at("8:00"), at("15:00"))
    assert schedule.windows_total == 0
    assert len(schedule.notices) == 1
    assert "no bell times" in schedule.notices[0]
    assert "08:00 to 15:00" in schedule.notices[0]


def test_notices_say_which_half_of_the_bells_is_missing() -> None:
    bells: Bells = {"A": ("08:00", None), "B": (None, "14:00"), "C": ("08:00", "14:00")}
    plan = ZonePlan(tuple(Zone(zone_id=f"Zone {i}", building_ids=(i,)) for i in "ABC"))
    schedule = plan_patrols(plan, school_table(bells), times_of("ABC", DRIVE))
    assert [(day.start_s, day.end_s) for day in schedule.days] == [
        (at("7:40"), at("15:00")),
        (at("8:00"), at("14:00")),
        (at("7:40"), at("14:00")),
    ]
    assert schedule.notices == (
        "Zone B: no bell starts: no arrival windows, a day from the default 08:00.",
        "Zone A: no dismissal times: a day that ends at the default 15:00.",
    )


def test_an_officer_with_one_building_stays() -> None:
    bells: Bells = {"A": ("07:30", "14:30"), "B": ("07:30", "14:30"), "C": (None, None)}
    plan = ZonePlan(
        (
            Zone(zone_id="fixed", building_ids=("A",), kind=ZoneKind.DEDICATED),
            Zone(zone_id="alone", building_ids=("B",)),
            Zone(zone_id="bell-less", building_ids=("C",), kind=ZoneKind.DEDICATED),
        )
    )
    schedule = plan_patrols(plan, school_table(bells), times_of("ABC", DRIVE))
    assert [stops(day) for day in schedule.days] == [
        [("A", at("7:30"), at("14:30"), True)],
        [("B", at("7:10"), at("14:30"), True)],
        [("C", at("8:00"), at("15:00"), False)],
    ]
    assert schedule.metres_per_day(TravelTimes.from_array(DRIVE, "ABC", metres=DRIVE)) == 0


def test_a_day_too_short_for_everyone_is_said_with_names() -> None:
    bells: Bells = dict.fromkeys("ABC", (None, None))
    short = PatrolAssumptions(day_start_s=at("8:00"), day_end_s=at("8:35"))
    schedule = plan_patrols(
        one_zone("ABC"), school_table(bells), times_of("ABC", DRIVE), assumptions=short
    )
    assert [v.building_id for v in schedule.days[0].visits] == ["A", "B"]
    assert schedule.unvisited_ids == ("C",)
    assert schedule.officer_seconds()["C"] == 0
    assert schedule.notices[-1] == (
        "Zone 1: the day from 08:00 to 08:35 is too short to visit School C (C)."
    )


def test_unseen_buildings_come_first_where_a_whole_round_does_not_fit() -> None:
    # The round C A B D would come to D past the end; going there first is in time.
    bells: Bells = {
        "A": ("07:30", "09:00"),
        "B": ("07:30", "09:00"),
        "C": ("08:40", "09:00"),
        "D": (None, None),
    }
    drive = [
        [0, 300, 900, 2000],
        [300, 0, 600, 1500],
        [840, 600, 0, 900],
        [5000, 5000, 1500, 0],
    ]
    assert shortest_round(drive).places == (0, 1, 3, 2)
    day = plan_patrols(one_zone("ABCD"), school_table(bells), times_of("ABCD", drive)).days[0]
    assert [v.building_id for v in day.visits] == ["A", "B", "A", "C", "D"]
    assert day.visits[-1].arrival_s == at("8:47")
    assert day.unvisited_ids == ()


def test_estimated_times_are_said() -> None:
    times = dataclasses.replace(
        times_of("ABC", DRIVE), estimate="Travel times are a straight-line estimate."
    )
    schedule = plan_patrols(one_zone("ABC"), school_table(TOWN), times)
    assert schedule.notices == ("Travel times are a straight-line estimate.",)


@st.composite
def districts(
    draw: st.DrawFn,
) -> tuple[ZonePlan, gpd.GeoDataFrame, TravelTimes, PatrolAssumptions]:
    """Up to six buildings in two zones; drives so short that no detour saves time."""
    n = draw(st.integers(1, 6))
    ids = [f"b{k}" for k in range(n)]
    starts = st.sampled_from([None, "07:30", "07:50", "08:40", "09:40"])
    ends = st.sampled_from([None, "13:30", "14:20", "16:20"])
    bells = {i: (draw(starts), draw(ends)) for i in ids}
    seconds = [[0.0 if a == b else draw(st.floats(0.5, 699.5, width=32)) for b in ids] for a in ids]
    zone_of = {i: draw(st.sampled_from(["east", "west"])) for i in ids}
    assumptions = PatrolAssumptions(dwell_s=draw(st.sampled_from([600, 720, 960])))
    return (
        ZonePlan.from_assignment(zone_of),
        school_table(bells),
        times_of(ids, seconds),
        assumptions,
    )


def most_windows(zone: Zone, schools: gpd.GeoDataFrame, times: TravelTimes, dwell_s: int) -> int:
    """The longest order in which every building is served in its window, by trying all."""
    bell_of = {
        i: at(schools.loc[i, "bell_start"].strftime("%H:%M"))
        for i in zone.building_ids
        if schools.loc[i, "bell_start"] is not None
    }
    for size in range(len(bell_of), 0, -1):
        for order in permutations(bell_of, size):
            ready = 0
            for k, building in enumerate(order):
                drive = math.ceil(times.between(order[k - 1], building)) if k else 0
                ready = max(ready + drive, bell_of[building] - 1200) + dwell_s
                if ready > bell_of[building] + 600:
                    break
            else:
                return size
    return 0


@pytest.mark.slow
@given(districts())
@settings(max_examples=50, deadline=None)
def test_every_day_can_be_driven_and_reaches_every_building(
    district: tuple[ZonePlan, gpd.GeoDataFrame, TravelTimes, PatrolAssumptions],
) -> None:
    plan, schools, times, assumptions = district
    schedule = plan_patrols(plan, schools, times, assumptions=assumptions)
    assert schedule == plan_patrols(plan, schools, times, assumptions=assumptions)
    assert [day.zone_id for day in schedule.days] == [zone.zone_id for zone in plan.zones]
    for zone, day in zip(plan.zones, schedule.days, strict=True):
        assert day.visits[0].arrival_s == day.start_s
        assert day.visits[-1].departure_s == day.end_s
        for before, after in pairwise(day.visits):
            travel = math.ceil(times.between(before.building_id, after.building_id))
            assert after.arrival_s == before.departure_s + travel
        assert all(v.dwell_s >= assumptions.dwell_s for v in day.visits)
        assert {v.building_id for v in day.visits} == set(zone.building_ids)
        assert day.unvisited_ids == ()
        assert day.windows_covered == most_windows(zone, schools, times, assumptions.dwell_s)
    assert schedule.officer_seconds().sum() == sum(
        day.end_s - day.start_s - day.driving_s for day in schedule.days
    )


@pytest.mark.slow
@given(districts(), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_the_order_of_buildings_changes_nothing(
    district: tuple[ZonePlan, gpd.GeoDataFrame, TravelTimes, PatrolAssumptions], random: Random
) -> None:
    plan, schools, times, assumptions = district
    ids = list(times.ids)
    random.shuffle(ids)
    shuffled = ZonePlan(
        tuple(
            dataclasses.replace(zone, building_ids=tuple(i for i in ids if i in zone.building_ids))
            for zone in plan.zones
        )
    )
    assert plan_patrols(
        shuffled, schools.loc[ids], times.subset(ids), assumptions=assumptions
    ) == plan_patrols(plan, schools, times, assumptions=assumptions)


@pytest.mark.slow
@given(districts())
@settings(max_examples=25, deadline=None)
def test_other_names_change_no_window_count(
    district: tuple[ZonePlan, gpd.GeoDataFrame, TravelTimes, PatrolAssumptions],
) -> None:
    plan, schools, times, assumptions = district
    other = {i: f"x{len(times.ids) - k}" for k, i in enumerate(times.ids)}
    renamed_schools = schools.rename(index=other).assign(
        campus_id=[other[i] for i in schools["campus_id"]]
    )
    renamed_plan = ZonePlan.from_assignment(
        {other[b]: zone.zone_id for zone in plan.zones for b in zone.building_ids}
    )
    renamed_times = times_of([other[i] for i in times.ids], times.seconds)
    before = plan_patrols(plan, schools, times, assumptions=assumptions)
    after = plan_patrols(renamed_plan, renamed_schools, renamed_times, assumptions=assumptions)
    assert {d.zone_id: (d.windows_covered, d.windows_total) for d in after.days} == {
        d.zone_id: (d.windows_covered, d.windows_total) for d in before.days
    }


def test_unreachable_buildings_of_a_zone_are_named() -> None:
    drive = np.array(DRIVE, dtype=float)
    drive[0, 2] = math.inf
    with pytest.raises(UnreachableError, match="Zone 1: A to C"):
        plan_patrols(one_zone("ABC"), school_table(TOWN), times_of("ABC", drive))


def test_unreachable_buildings_of_two_zones_do_not_matter() -> None:
    drive = np.array(DRIVE, dtype=float)
    drive[0, 2] = math.inf
    plan = ZonePlan.from_assignment({"A": "east", "B": "east", "C": "west"})
    assert len(plan_patrols(plan, school_table(TOWN), times_of("ABC", drive)).days) == 2


def test_buildings_that_do_not_fit_together_are_named() -> None:
    schools = school_table(TOWN)
    with pytest.raises(PlanError, match="Zone 1: D"):
        plan_patrols(one_zone("ABD"), schools, times_of("ABC", DRIVE))
    with pytest.raises(NetworkError, match="C"):
        plan_patrols(one_zone("ABC"), schools, times_of("AB", [[0, 1], [1, 0]]))
    with pytest.raises(ScheduleError, match="Zone 1: A, B"):
        plan_patrols(one_zone("AB", ZoneKind.DEDICATED), schools, times_of("ABC", DRIVE))


def test_a_day_that_ends_before_it_starts_is_refused() -> None:
    schools = school_table({"A": ("15:30", None), "B": ("08:00", "14:00")})
    plan = ZonePlan.from_assignment({"A": "late", "B": "day"})
    with pytest.raises(ScheduleError, match=r"late: ends at 15:00 \(day_end_s\), starts at 15:10"):
        plan_patrols(plan, schools, times_of("AB", [[0, 1], [1, 0]]))


def test_nothing_given_is_changed() -> None:
    schools = school_table(TOWN)
    before = schools.copy(deep=True)
    schedule = plan_patrols(one_zone("ABC"), schools, times_of("ABC", DRIVE))
    assert isinstance(schedule, PatrolSchedule)
    assert schools.equals(before)
    assert issubclass(ScheduleError, ZoningError)
