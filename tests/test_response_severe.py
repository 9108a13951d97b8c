"""Coverage of severe events, against counting minute by minute and cases by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from helpers.bell_towns import school_table

from zoning.errors import OptionError, PlanError, ScheduleError
from zoning.patrol import OfficerDay, PatrolAssumptions, PatrolSchedule, Visit
from zoning.response import ResponseAssumptions, cover_severe_events
from zoning.roads.travel.travel_times import TravelTimes
from zoning.zones.plan import Zone, ZonePlan

WAITING = 90 + 45
Stays = Sequence[tuple[str, int, int]]
EIGHT, NINE, TEN = 8 * 3600, 9 * 3600, 10 * 3600


def timetable(days: Mapping[str, Stays]) -> PatrolSchedule:
    return PatrolSchedule(
        days=tuple(
            OfficerDay(
                zone_id=zone,
                start_s=stays[0][1],
                end_s=stays[-1][2],
                visits=tuple(Visit(building_id=b, arrival_s=a, departure_s=d) for b, a, d in stays),
            )
            for zone, stays in days.items()
        ),
        assumptions=PatrolAssumptions(),
    )


def zones(**members: str) -> ZonePlan:
    return ZonePlan(tuple(Zone(zone_id=z, building_ids=tuple(m)) for z, m in members.items()))


def test_the_nearest_officer_comes_whoever_s_zone_it_is() -> None:
    """B is 60 s from the other zone's officer at C; its own is at A, 600 s away, until 9:00."""
    times = TravelTimes.from_array([[0, 600, 900], [600, 0, 60], [900, 60, 0]], "ABC")
    found = cover_severe_events(
        zones(one="AB", two="C"),
        timetable({"one": [("A", EIGHT, TEN)], "two": [("C", EIGHT, NINE)]}),
        times,
        schools=school_table(dict.fromkeys("ABC", ("08:00", "10:00"))),
    )
    b, c = found.buildings.loc["B"], found.buildings.loc["C"]
    assert b["mean_s"] == pytest.approx(WAITING + (60 + 600) / 2)
    assert (b["share_within_300_s"], b["share_within_600_s"]) == (0.5, 0.5)
    assert b["worst_s"] == WAITING + 600
    assert c["mean_s"] == pytest.approx(WAITING + 900 / 2)
    assert list(found.gaps.itertuples(index=False, name=None)) == [
        (0, "B", NINE, TEN, WAITING + 600.0),
        (0, "C", NINE, TEN, WAITING + 900.0),
    ]
    assert found.district.buildings_within == {180: 1 / 3, 300: 1 / 3, 480: 1 / 3, 600: 1 / 3}
    assert found.district.minutes_within[300] == pytest.approx(2 / 3)
    assert found.district.without_officer == 0


def test_minutes_without_an_officer_and_students_by_enrolment() -> None:
    """School from 7:50:30; the only officer works 8:00 to 9:00, and leaves B to A's 100."""
    schools = school_table({"A": ("07:50:30", "09:00"), "B": ("08:00", "09:00")})
    schools["enrollment"] = [100.0, 300.0]
    found = cover_severe_events(
        zones(one="AB"),
        timetable({"one": [("A", EIGHT, NINE)]}),
        TravelTimes.from_array([[0, 400], [400, 0]], "AB"),
        schools=schools,
        assumptions=ResponseAssumptions(thresholds_s=(240,)),
    )
    open_a = 3600 + 570
    assert found.buildings.loc["A", "without_officer"] == pytest.approx(570 / open_a)
    assert found.buildings.loc["A", "share_within_240_s"] == pytest.approx(3600 / open_a)
    assert found.buildings.loc["A", "mean_s"] == WAITING
    assert math.isinf(found.buildings.loc["A", "worst_s"])
    assert found.buildings.loc["A", "longest_gap_s"] == 570
    assert found.district.without_officer == pytest.approx(570 / (open_a + 3600))
    assert found.district.students_within == {240: pytest.approx(0.25 * 3600 / open_a)}
    assert found.district.minutes_within == {240: pytest.approx(3600 / (open_a + 3600))}
    assert found.district.buildings_within == {240: 0.0}
    assert found.district.figures() == {
        "severe_buildings_within_240_s": 0.0,
        "severe_students_within_240_s": pytest.approx(0.25 * 3600 / open_a),
        "severe_minutes_within_240_s": pytest.approx(3600 / (open_a + 3600)),
        "severe_without_officer": pytest.approx(570 / (open_a + 3600)),
    }


def nearest_by_hand(
    moment: float, days: Mapping[str, Stays], seconds: np.ndarray, building: int
) -> float:
    """The shortest drive of any officer on duty, by walking through each timetable."""
    best = math.inf
    for stays in days.values():
        for k, (place, arrival, departure) in enumerate(stays):
            here = "ABCDE".index(place)
            if arrival <= moment < departure:
                best = min(best, seconds[here, building])
            elif k + 1 < len(stays) and departure <= moment < stays[k + 1][1]:
                there = "ABCDE".index(stays[k + 1][0])
                done = (moment - departure) / (stays[k + 1][1] - departure)
                to_go = 1 - done
                on, back = seconds[here, there], seconds[there, here]
                a, b = seconds[here, building], seconds[there, building]
                stewart = to_go * a**2 + done * b**2 - done * to_go * on**2
                drive = max(math.sqrt(max(stewart, 0)), a - done * on, b - to_go * back)
                best = min(best, drive, to_go * on + b, done * back + a)
    return best


@pytest.mark.parametrize("seed", range(4))
def test_equals_counting_every_minute(seed: int) -> None:
    """Random timetables of two days; shares, gaps and means counted without arrays."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 900, (5, 2))
    seconds = np.hypot(*(places[:, None] - places[None]).T) * rng.uniform(1, 1.2, (5, 5))
    np.fill_diagonal(seconds, 0)
    members = {"one": "ABC", "two": "DE"}
    drawn: list[dict[str, Stays]] = []
    for _ in range(2):
        day: dict[str, Stays] = {}
        for zone, ids in members.items():
            at, stays = EIGHT + int(rng.integers(0, 1800)), []
            for stop in range(6):
                leave = at + int(rng.integers(200, 1200))
                stays.append((ids[stop % len(ids)], at, leave))
                at = leave + int(rng.integers(100, 900))
            day[zone] = stays
        drawn.append(day)
    bells = {"A": ("08:00", "10:00"), "B": ("08:20", "10:30"), "C": ("08:00", "10:00")}
    found = cover_severe_events(
        zones(**members),
        [timetable(day) for day in drawn],
        TravelTimes.from_array(seconds, "ABCDE"),
        schools=school_table({**bells, "D": ("08:30", "10:00"), "E": ("09:00", "11:00")}),
        gap_s=400,
    )
    hours = {"A": (480, 600), "B": (500, 630), "C": (480, 600), "D": (510, 600), "E": (540, 660)}
    within, minutes, uncovered = dict.fromkeys((180, 300, 480, 600), 0), 0, 0
    for building, (opens, closes) in hours.items():
        waits = [
            [WAITING + nearest_by_hand(60 * m + 30, day, seconds, "ABCDE".index(building))
             for m in range(opens, closes)]
            for day in drawn
        ]  # fmt: skip
        both = [w for day in waits for w in day]
        row = found.buildings.loc[building]
        for t in within:
            assert row[f"share_within_{t}_s"] == pytest.approx(np.mean([w <= t for w in both]))
            within[t] += sum(w <= t for w in both)
        assert row["mean_s"] == pytest.approx(np.mean([w for w in both if w < math.inf]))
        assert row["worst_s"] == pytest.approx(max(both))
        minutes += len(both)
        uncovered += sum(w == math.inf for w in both)
        runs = "".join("x" if w > 400 else " " for w in waits[0]) + " "
        runs += "".join("x" if w > 400 else " " for w in waits[1])
        lengths = [len(run) * 60 for run in runs.split()]
        mine = found.gaps[found.gaps["building_id"] == building]
        assert list(mine["end_s"] - mine["start_s"]) == lengths
        assert row["longest_gap_s"] == max(lengths, default=0)
        assert row["gap_s_per_day"] == sum(lengths) / 2
    assert uncovered > 0
    assert found.district.without_officer == pytest.approx(uncovered / minutes)
    for t, count in within.items():
        assert found.district.minutes_within[t] == pytest.approx(count / minutes)
        by_day = found.days[f"minutes_within_{t}_s"]
        assert by_day.mean() == pytest.approx(count / minutes)


def test_unknown_bells_take_the_officers_day_and_are_told() -> None:
    found = cover_severe_events(
        zones(one="AB"),
        timetable({"one": [("A", EIGHT, NINE), ("B", NINE + 300, TEN)]}),
        TravelTimes.from_array([[0, 300], [300, 0]], "AB"),
        schools=school_table({"A": (None, None), "B": ("08:00", "10:00")}),
    )
    assert list(found.buildings["open_s"]) == [7200, 7200]
    assert any("not known of 1 of 2 buildings" in notice for notice in found.notices)
    assert any("90 s of dispatch and 45 s of turnout" in notice for notice in found.notices)


def test_faults_are_told() -> None:
    times = TravelTimes.from_array([[0, 300], [300, 0]], "AB")
    day = timetable({"one": [("A", EIGHT, NINE)]})
    plan = zones(one="AB")
    bells = dict.fromkeys("AB", ("08:00", "10:00"))
    with pytest.raises(OptionError, match="no timetable"):
        cover_severe_events(plan, [], times, schools=school_table(bells))
    with pytest.raises(OptionError, match="gap_s is 0"):
        cover_severe_events(plan, day, times, schools=school_table(bells), gap_s=0)
    with pytest.raises(ScheduleError, match="not one of this plan"):
        cover_severe_events(zones(two="AB"), day, times, schools=school_table(bells))
    with pytest.raises(PlanError):
        cover_severe_events(zones(one="AX"), day, times, schools=school_table(bells))
    late = school_table({"A": ("09:30", None), "B": bells["B"]})
    with pytest.raises(ScheduleError, match="A: 09:30 to 09:00"):
        cover_severe_events(plan, day, times, schools=late)
