"""Patrol values that cannot be wrong, and what a school day asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from helpers.bell_towns import Bells, school_table

from zoning.errors import FaultsError, ScheduleError
from zoning.patrol import (
    Activity,
    DayProof,
    LongDay,
    OfficerDay,
    PatrolAssumptions,
    PatrolSchedule,
    PresenceKind,
    SchoolDay,
    Visit,
    WishedPresence,
    make_school_day,
)
from zoning.patrol.day_problem import (
    earliest_arrival,
    idle_gaps,
    latest_departure,
    met_presences,
)
from zoning.roads.travel.travel_times import TravelTimes
from zoning.schools import buildings

HOUR = 3600


def visit(building_id: str, arrival_s: int, departure_s: int, *, rest: bool = False) -> Visit:
    return Visit(
        building_id=building_id,
        arrival_s=arrival_s,
        departure_s=departure_s,
        activity=Activity.BREAK if rest else Activity.VISIT,
    )


def day(*visits: Visit, **also: Any) -> OfficerDay:
    shift = {"start_s": visits[0].arrival_s, "end_s": visits[-1].departure_s}
    return OfficerDay(**({"zone_id": "Zone 1", "visits": visits} | shift | also))


# --- assumptions ---


@pytest.mark.parametrize(
    ("values", "faults"),
    [
        ({"presence_s": 0}, ["presence_s is 0 s, a presence lasts at least a second"]),
        (
            {"presence_s": 500, "longest_stay_s": 700},
            [
                "presence_s is 500 s, longer than shortest_stay_s with 480 s",
                "dwell_s is 720 s, longer than longest_stay_s with 700 s",
            ],
        ),
        (
            {"arrival_lead_s": 100, "arrival_lag_s": 100},
            [
                "presence_s is 300 s, longer than the whole arrival window of 200 s "
                "(arrival_lead_s + arrival_lag_s)"
            ],
        ),
        ({"dismissal_lag_s": -1}, ["dismissal_lag_s is -1 s, less than 0"]),
        ({"lunch_weight": -1}, ["lunch_weight is -1, less than 0"]),
        ({"least_visits": -1}, ["least_visits is -1, less than 0"]),
        ({"longest_gap_s": 0}, ["longest_gap_s is 0 s, not above 0"]),
        (
            {"day_start_s": 50_000, "day_end_s": 40_000},
            [
                "the day from day_start_s 50000 s to day_end_s 40000 s is not a stretch of one day "
                "of 86400 s"
            ],
        ),
        (
            {"lunch_from_s": 50_000},
            [
                "lunch from lunch_from_s 50000 s to lunch_to_s 46800 s is not a stretch of one day "
                "of 86400 s"
            ],
        ),
        ({"shift_s": 0}, ["shift_s is 0 s, not above 0 to a day of 86400 s"]),
        (
            {"shift_s": 600, "break_s": 0},
            ["shift_s is 600 s, shorter than a visit of dwell_s 720 s"],
        ),
        (
            {"break_earliest_s": 5 * HOUR, "break_latest_s": 4 * HOUR},
            ["the break begins at the earliest after 05:00 h and at the latest after 04:00 h"],
        ),
        (
            {"shift_s": 3 * HOUR, "break_latest_s": 3 * HOUR},
            [
                "the break of 1800 s that begins 03:00 h into the shift ends after the shift of "
                "03:00 h; lengthen shift_s, lower break_earliest_s, or set break_s to 0"
            ],
        ),
        ({"long_day": "night"}, ["long_day is 'night', not one of overtime, one shift, second"]),
        ({"dwell_s": 720.5}, ["dwell_s is 720.5, not a whole number"]),
    ],
)
def test_assumptions_that_make_no_sense_are_named(
    values: dict[str, Any], faults: list[str]
) -> None:
    with pytest.raises(ScheduleError) as caught:
        PatrolAssumptions(**values)
    assert len(caught.value.faults) == len(faults)
    for found, words in zip(caught.value.faults, faults, strict=True):
        assert found.startswith(words)


def test_assumptions_report_every_fault_at_once() -> None:
    with pytest.raises(ScheduleError) as caught:
        PatrolAssumptions(least_visits=-1, shift_s=0, break_s=-1, day_start_s=60_000)
    assert len(caught.value.faults) == 4


def test_a_short_shift_has_no_break_and_a_kind_that_is_not_wished_needs_no_window() -> None:
    assumptions = PatrolAssumptions(long_day=LongDay("one shift"))
    assert not assumptions.has_break(5 * HOUR)
    assert assumptions.has_break(5 * HOUR + 1)
    assert not PatrolAssumptions(break_s=0).has_break(8 * HOUR)
    unwished = PatrolAssumptions(arrival_weight=0, arrival_lead_s=0, arrival_lag_s=0)
    assert unwished.weight(PresenceKind.ARRIVAL) == 0


# --- what a school day asks for ---

TOWN: Bells = {"A": ("07:30", "14:00"), "H": ("08:40", "15:30"), "X": (None, "15:00")}


def town() -> gpd.GeoDataFrame:
    schools = school_table(TOWN)
    schools.loc["H", "level"] = "high"
    return buildings(schools)


def at(clock: str) -> int:
    hours, mins = clock.split(":")
    return HOUR * int(hours) + 60 * int(mins)


def test_hours_and_wishes_follow_from_the_bells() -> None:
    asked = make_school_day(town(), assumptions=PatrolAssumptions())
    # 20 min before the first bell to 20 min after the last; X opens at the default 8:00.
    assert dict(asked.hours) == {
        "A": (at("7:10"), at("14:20")),
        "H": (at("8:20"), at("15:50")),
        "X": (at("8:00"), at("15:20")),
    }
    assert asked.assumed_ids == ("X",)
    wished = [(w.building_id, str(w.kind), w.open_s, w.close_s, w.bell_s) for w in asked.presences]
    assert wished == [
        ("A", "arrival", at("7:10"), at("7:40"), at("7:30")),
        ("A", "dismissal", at("13:50"), at("14:20"), at("14:00")),
        ("H", "arrival", at("8:20"), at("8:50"), at("8:40")),
        ("H", "lunch", at("11:00"), at("13:00"), None),
        ("H", "dismissal", at("15:20"), at("15:50"), at("15:30")),
        ("X", "dismissal", at("14:50"), at("15:20"), at("15:00")),
    ]
    assert dict(asked.least_visits) == dict.fromkeys("AHX", 1)
    assert dict(asked.longest_gap_s) == {}


def test_a_building_can_wish_otherwise() -> None:
    wishes = pd.DataFrame(
        {
            "arrival": [0, 3],
            "lunch": [2, np.nan],
            "least_visits": [np.nan, 4],
            "longest_gap_s": [3600.0, np.nan],
        },
        index=["A", "H"],
    )
    assumptions = PatrolAssumptions(dismissal_weight=0)
    asked = make_school_day(town(), assumptions=assumptions, wishes=wishes)
    weights = [(w.building_id, str(w.kind), w.weight) for w in asked.presences]
    assert weights == [("A", "lunch", 2), ("H", "arrival", 3), ("H", "lunch", 1)]
    assert dict(asked.least_visits) == {"A": 1, "H": 4, "X": 1}
    assert dict(asked.longest_gap_s) == {"A": 3600}


def test_wishes_that_cannot_be_read_are_named_all_at_once() -> None:
    wishes = pd.DataFrame(
        {"arrival": [1.5, -1, 1], "longest_gap_s": [0, 60, 60], "noon": [1, 1, 1]},
        index=["A", "A", "Z"],
    )
    with pytest.raises(ScheduleError) as caught:
        make_school_day(town(), assumptions=PatrolAssumptions(), wishes=wishes)
    told = "\n".join(caught.value.faults)
    for words in (
        "'noon' is no column of wishes",
        "Z is no building of the schools",
        "A has wishes twice",
        "A: arrival is 1.5, not a whole number",
        "A: longest_gap_s is 0, not a whole number",
        "A: arrival is -1.0, not a whole number",
    ):
        assert words in told
    assert len(caught.value.faults) == 6


def test_a_building_that_would_close_before_it_opens_is_named() -> None:
    schools = buildings(school_table({"A": ("15:30", None), "B": ("16:00", "08:00")}))
    with pytest.raises(ScheduleError) as caught:
        make_school_day(schools, assumptions=PatrolAssumptions())
    assert caught.value.faults == (
        "A: opens for the bell at 15:30, closes after 15:00 (day_end_s)",
        "B: opens for the bell at 16:00, closes after the bell at 08:00",
    )


def test_a_closed_building_asks_for_nothing() -> None:
    asked = make_school_day(
        town().assign(closed=[True, False, False]), assumptions=PatrolAssumptions()
    )
    assert sorted(asked.hours) == ["H", "X"]
    assert {wish.building_id for wish in asked.presences} == {"H", "X"}


# --- days ---


def test_a_visit_that_leaves_before_it_arrives_is_refused() -> None:
    with pytest.raises(ScheduleError, match="A leaves at 07:00, before it arrives at 08:00"):
        visit("A", 28_800, 25_200)


def test_a_day_reports_every_fault_at_once() -> None:
    with pytest.raises(ScheduleError) as caught:
        day(
            *(visit("A", 90, 300), visit("B", 200, 400), visit("B", 500, 900)),
            start_s=100,
            end_s=1000,
            unvisited_ids=("A",),
        )
    faults = "\n".join(caught.value.faults)
    assert len(caught.value.faults) == 5
    for words in ("first visit", "last visit", "begins before", "in a row", "listed as unvisited"):
        assert words in faults
    with pytest.raises(ScheduleError, match="no visit"):
        OfficerDay(zone_id="Zone 1", start_s=0, end_s=10, visits=())
    with pytest.raises(ScheduleError, match="ends at 00:00"):
        day(visit("A", 0, 0))


def test_a_day_with_a_base_begins_and_ends_with_a_drive() -> None:
    stops = visit("A", 100, 200), visit("B", 250, 400)
    based = day(*stops, start_s=40, end_s=480, base_id="B")
    assert (based.length_s, based.driving_s) == (440, 60 + 50 + 80)
    with pytest.raises(ScheduleError, match="first visit"):
        day(*stops, start_s=40)


def test_a_break_is_no_visit() -> None:
    stops = visit("A", 0, 600), visit("A", 600, 2400, rest=True), visit("A", 2400, 3000)
    rested = day(*stops)
    assert rested.breaks == ((600, 2400),)
    assert rested.officer_id == "Zone 1"
    wishes = (
        WishedPresence(building_id="A", kind=PresenceKind.LUNCH, open_s=600, close_s=2400),
        WishedPresence(building_id="A", kind=PresenceKind.DISMISSAL, open_s=2000, close_s=2700),
    )
    school_day = SchoolDay(hours={"A": (0, 3000), "B": (0, 100)}, presences=wishes)
    schedule = PatrolSchedule(
        days=(rested,), assumptions=PatrolAssumptions(), school_day=school_day
    )
    assert schedule.presences()["met"].tolist() == [False, True]
    assert schedule.count_presences("lunch") == (0, 1)
    assert schedule.officer_seconds().to_dict() == {"A": 1200.0, "B": 0.0}
    assert schedule.unvisited_ids == ("B",)
    idle = schedule.idleness()
    assert [idle[column]["A"] for column in idle] == [2, 1800**2 / 2 / 3000, 1800]


def test_the_table_the_hours_and_the_miles_of_a_schedule() -> None:
    first = day(visit("A", 0, 5 * HOUR), visit("B", 5 * HOUR + 300, 9 * HOUR))
    second = day(visit("B", 300, 900), zone_id="Zone 2", start_s=0, end_s=1500, base_id="A")
    schedule = PatrolSchedule(days=(first, second), assumptions=PatrolAssumptions())
    frame = schedule.to_frame()
    assert frame["travel_s"].tolist() == [0, 300, 300]
    assert frame["officer_id"].tolist() == ["Zone 1", "Zone 1", "Zone 2"]
    assert schedule.officer_hours == pytest.approx(9 + 1500 / 3600)
    assert schedule.overtime_hours == 1
    times = TravelTimes.from_array([[0, 1], [1, 0]], "AB", metres=[[0, 70], [50, 0]])
    assert schedule.metres_per_day(times) == 70 + 70 + 50
    assert schedule.metres_per_day(replace(times, metres=None)) is None
    assert schedule.day_of("Zone 2") is second
    with pytest.raises(KeyError):
        schedule.day_of("Zone 3")
    with pytest.raises(ScheduleError, match="more than one day"):
        PatrolSchedule(days=(first, first), assumptions=PatrolAssumptions())
    with pytest.raises(FaultsError, match="assumptions is a int"):
        PatrolSchedule(days=(), assumptions=1)  # type: ignore[arg-type]


def test_a_proof_says_which_layers_are_proved() -> None:
    proof = DayProof(engine="x", weight=3, weight_bound=3, longest_gap_s=90, gap_bound_s=90)
    assert proof.are_presences_proved
    assert proof.is_gap_proved
    assert not replace(proof, weight_bound=4).are_presences_proved
    assert not replace(proof, gap_bound_s=89).is_gap_proved
    assert not replace(proof, gap_bound_s=None).is_gap_proved


# --- numbers ---


def test_a_presence_needs_enough_of_one_stay_within_the_window() -> None:
    wish = WishedPresence(building_id="A", kind=PresenceKind.ARRIVAL, open_s=1000, close_s=2000)
    for stays, is_met in (
        ([(0, 1300)], True),
        ([(0, 1299)], False),
        ([(1700, 5000)], True),
        ([(1701, 5000)], False),
        ([(1000, 1200), (1400, 1600)], False),
        ([(0, 9000)], True),
        ([], False),
    ):
        assert met_presences([wish], {"A": stays}, presence_s=300) == (is_met,)
    assert met_presences([wish], {"B": [(0, 9000)]}, presence_s=300) == (False,)


@pytest.mark.parametrize(
    ("stays", "gaps"),
    [
        ([], [(100, 900)]),
        ([(0, 50)], [(100, 900)]),
        ([(200, 300), (300, 400), (350, 380)], [(100, 200), (400, 900)]),
        ([(50, 150), (850, 1000)], [(150, 850)]),
        ([(0, 1000)], []),
        ([(950, 990)], [(100, 900)]),
    ],
)
def test_gaps_are_the_stretches_of_open_hours_without_a_visit(
    stays: list[tuple[int, int]], gaps: list[tuple[int, int]]
) -> None:
    assert idle_gaps(stays, 100, 900) == gaps
    # The officer is there or not: both by the second.
    absent = sum(b - a for a, b in gaps)
    there = sum(any(a <= s < b for a, b in stays) for s in range(100, 900))
    assert absent + there == 800
    assert idle_gaps(stays, 500, 500) == []


def test_drives_by_the_hour_agree_with_trying_every_second() -> None:
    begins = np.array([0, 50, 80])
    drive = np.array([[[0, 30], [10, 0]], [[0, 60], [20, 0]], [[0, 5], [7, 0]]])
    for origin, target in ((0, 1), (1, 0), (0, 0)):
        arrivals = [
            s + int(drive[np.searchsorted(begins, s, side="right") - 1, origin, target])
            for s in range(200)
        ]
        for moment in range(120):
            best = min(arrivals[moment:])
            assert earliest_arrival(begins, drive, origin, target, moment) == best
            fits = [s for s, there in enumerate(arrivals) if there <= moment]
            assert latest_departure(begins, drive, origin, target, moment) == max(fits, default=-1)
