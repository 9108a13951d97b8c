"""Given timetables: what they break, what they meet, and how they are read."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from helpers.bell_towns import Bells, school_table

import zoning
from zoning.disclosure import restricted_view
from zoning.errors import NetworkError, ScheduleError
from zoning.patrol import (
    Activity,
    LongDay,
    OfficerDay,
    PatrolAssumptions,
    PatrolSchedule,
    ScheduleCheck,
    TimetableRule,
    Visit,
    check_schedule,
    make_school_day,
    read_schedule,
)
from zoning.reports.tables import visits_table
from zoning.roads.travel.travel_times import TravelTimes
from zoning.schools import buildings
from zoning.staffing import StaffingComparison
from zoning.zones.plan import Zone, ZonePlan

TOWN: Bells = {
    "A": ("07:30", "14:00"),
    "B": ("07:30", "14:00"),
    "C": ("08:40", "15:00"),
    "D": ("08:00", "15:00"),
}
DRIVE = [[0, 300, 900, 400], [300, 0, 600, 400], [840, 600, 0, 400], [400, 400, 400, 0]]
SCHOOLS = school_table(TOWN)
TIMES = TravelTimes.from_array(DRIVE, "ABCD")
PLAN = ZonePlan(
    (
        Zone(zone_id="East", building_ids=("A", "B", "C")),
        Zone(zone_id="West", building_ids=("D",)),
    )
)
# A to B takes 5 minutes, B to A too; B to C 10.
DAY = [
    ("A", "07:10", "07:25", "visit"),
    ("B", "07:30", "07:45", "visit"),
    ("C", "08:20", "08:40", "visit"),
    ("B", "08:50", "10:30", "visit"),
    ("B", "10:30", "11:00", "break"),
    ("A", "11:05", "13:55", "visit"),
    ("B", "14:00", "14:15", "visit"),
    ("C", "14:50", "15:10", "visit"),
]
REST = [
    ("D", "07:40", "11:00", "visit"),
    ("D", "11:00", "11:30", "break"),
    ("D", "11:30", "15:20", "visit"),
]


def at(clock: str) -> int:
    parts = [int(part) for part in clock.split(":")]
    return sum(part * unit for part, unit in zip(parts, (3600, 60, 1), strict=False))


def stops(day: list[tuple[str, str, str, str]], officer: str = "East", **also: Any) -> pd.DataFrame:
    rows = [
        {
            "officer_id": officer,
            "activity": activity,
            "building_id": building,
            "arrival_s": at(arrival),
            "departure_s": at(departure),
            **also,
        }
        for building, arrival, departure, activity in day
    ]
    return pd.DataFrame(rows)


def check(
    day: list[tuple[str, str, str, str]] | pd.DataFrame, *, rest: bool = True, **options: Any
) -> ScheduleCheck:
    frame = stops(day) if isinstance(day, list) else day
    if rest:
        frame = pd.concat([frame, stops(REST, "West")], ignore_index=True)
    return check_schedule(frame, PLAN, SCHOOLS, options.pop("times", TIMES), **options)


def change(number: int, **cells: str) -> list[tuple[str, str, str, str]]:
    """The day with other cells of one stop, numbered from 1."""
    day = [list(stop) for stop in DAY]
    for column, cell in cells.items():
        day[number - 1][["building", "arrival", "departure", "activity"].index(column)] = cell
    return [(a, b, c, d) for a, b, c, d in day]


def told(checked: ScheduleCheck) -> list[tuple[str, int | None]]:
    return [(str(fault.rule), fault.stop) for fault in checked.faults]


def test_a_day_that_keeps_every_rule() -> None:
    checked = check(DAY)
    assert checked.ok, str(checked)
    # The shift is from the first arrival to the last departure: 8 h, and 7 h 40 min at D.
    assert checked.figures.officer_hours == pytest.approx(8 + 7 + 2 / 3)
    assert checked.figures.overtime_hours == 0
    # A B 300, B C 600, C B 600, B B 0, B A 300, A B 300, B C 600.
    assert checked.figures.driving_s == 2700
    # Arrivals at A, B, C and D; A at 13:55 leaves 5 min after its dismissal opens (13:50).
    met = {str(kind): n for kind, n in checked.figures.met.items()}
    assert met == {"arrival": 4, "lunch": 0, "dismissal": 4}


@pytest.mark.parametrize(
    ("day", "rule", "stop", "words"),
    [
        (
            change(2, arrival="07:29"),
            TimetableRule.DRIVE,
            2,
            "arrives at School B at 07:29, 4 min after leaving; the drive from School A takes "
            "5 min; arrive at 07:30 or later, or leave School A by 07:24",
        ),
        (
            change(2, arrival="07:25"),
            TimetableRule.DRIVE,
            2,
            "arrives at School B at 07:25, at the moment of leaving",
        ),
        (
            change(3, arrival="07:44"),
            TimetableRule.OVERLAP,
            3,
            "before it leaves School B at 07:45; arrive at 07:55 or later",
        ),
        (
            change(3, departure="08:27:59"),
            TimetableRule.STAY,
            3,
            "stays 7 min 59 s at School C; a visit is at least 8 min; stay until 08:28 or later",
        ),
        (
            change(8, building="D"),
            TimetableRule.ZONE,
            8,
            "School D is in West; leave it to the officer there",
        ),
        (
            change(5, activity="visit"),
            TimetableRule.BREAK,
            None,
            "a shift of 8 h has no break; give 30 min, beginning from 10:10 to 12:10",
        ),
        (
            change(5, departure="10:59"),
            TimetableRule.BREAK,
            5,
            "the break lasts 29 min, less than 30 min; end it at 11:00 or later",
        ),
        (
            change(7, activity="break"),
            TimetableRule.BREAK,
            7,
            "a second break, at 14:00; keep one",
        ),
        (
            change(6, building="B", arrival="11:10"),
            TimetableRule.STAY,
            7,
            "two visits in a row are to School B; write them as one stay",
        ),
    ],
)
def test_each_rule_that_a_day_breaks_is_named_with_its_remedy(
    day: list[tuple[str, str, str, str]], rule: TimetableRule, stop: int | None, words: str
) -> None:
    checked = check(day)
    assert told(checked) == [(str(rule), stop)]
    assert words in str(checked.faults[0])


def test_a_break_outside_its_window_is_named() -> None:
    day = [*DAY[:4], ("B", "12:11", "12:41", "break"), ("A", "12:46", "13:55", "visit"), *DAY[6:]]
    checked = check(day)
    assert told(checked) == [("break", 5)]
    assert "begins at 12:11; begin it from 10:10 to 12:10" in str(checked.faults[0])
    # One that begins at either end is in it, and a short shift needs none.
    day[4] = ("B", "12:10", "12:40", "break")
    assert check(day).ok
    assert check(DAY[:3]).ok


def test_every_fault_of_every_officer_is_listed_at_once_with_its_row() -> None:
    frame = stops(
        [("A", "07:10", "07:12", "visit"), ("C", "07:20", "15:30", "visit")],
        where="row 7",
    )
    checked = check(frame, rest=False)
    assert told(checked) == [
        ("stay", 1),
        ("drive", 2),
        ("break", None),
        ("officer", None),
    ]
    assert str(checked.faults[0]).startswith("East, stop 1 (row 7): stays 2 min")
    assert "West: no officer has a day for its 1 building" in str(checked)
    table = checked.to_frame()
    assert list(table["rule"]) == [rule for rule, _ in told(checked)]
    assert table.loc[0, "where"] == "row 7"


def test_sixty_changes_of_building_without_driving_are_sixty_faults() -> None:
    day = [
        ("AB"[k % 2], f"{7 + k // 6:02d}:{k % 6}0", f"{7 + (k + 1) // 6:02d}:{(k + 1) % 6}0")
        for k in range(48)
    ]
    checked = check([(*stop, "visit") for stop in day], rest=False)
    assert sum(rule == "drive" for rule, _ in told(checked)) == 47
    assert "and " in str(checked)


def test_drives_take_the_traffic_of_their_hour() -> None:
    slow = TravelTimes.from_array(np.array(DRIVE) * 2, "ABCD")
    by_hour = ((at("07:00"), at("09:00"), slow),)
    checked = check(DAY, times_by_hour=by_hour)
    # A to B takes 10 min then. C to B at 8:40 takes 20; but who waits until 9:00 arrives at
    # 9:10, no sooner.
    assert told(checked) == [("drive", 2), ("drive", 4)]
    assert "arrive at 07:35 or later" in str(checked.faults[0])
    assert "arrive at 09:00 or later" in str(checked.faults[1])


def test_the_shift_holds_the_drives_from_and_to_the_base() -> None:
    based = PatrolAssumptions(base="D")
    checked = check(DAY, assumptions=based)
    # D to A and C to D take 400 s each: 8 h and 13 min 20 s.
    assert checked.ok
    assert checked.figures.overtime_hours == pytest.approx(800 / 3600)
    assert checked.notes[0] == "Overtime beyond a shift of 8 h: East 13 min 20 s."
    frame = stops(DAY, shift_start_s=at("07:05"), shift_end_s=at("15:15"))
    checked = check(frame, assumptions=based)
    assert told(checked) == [("shift", 1), ("shift", 8)]
    assert "cannot be reached from the base School D before 07:12" in str(checked.faults[0])
    assert "or end at 15:17" in str(checked.faults[1])
    assert told(check(frame)) == [("shift", None), ("shift", None)]


def test_a_long_shift_is_a_fault_where_no_overtime_is_allowed() -> None:
    day = [*DAY[:-1], ("C", "14:50", "15:30", "visit")]
    assert check(day).ok
    assert "East 20 min" in check(day).notes[0]
    checked = check(day, assumptions=PatrolAssumptions(long_day=LongDay.SECOND_SHIFT))
    assert told(checked) == [("shift", None)]
    assert "20 min more than a shift; end at 15:10 or earlier" in str(checked.faults[0])


def test_officers_and_zones_that_do_not_fit_are_named() -> None:
    # The zone follows from the buildings, if they are of one.
    assert check(stops(DAY, "Smith")).ok
    mixed = [*DAY[:-1], ("D", "14:50", "15:10", "visit")]
    checked = check(stops(mixed, "Smith"))
    assert told(checked) == [("officer", None), ("officer", None)]
    assert "the officer has no zone; the buildings visited are of East and West" in str(checked)
    unknown = check(stops(DAY, "Smith", zone_id="North"))
    assert "North is no zone of the plan" in str(unknown)
    assert told(unknown) == [
        ("officer", None),
        *(("zone", k) for k in (1, 2, 3, 4, 6, 7, 8)),
        ("officer", None),
    ]


def test_a_short_stay_meets_nothing_and_visits_of_closed_schools_do_not_count() -> None:
    checked = check(change(3, departure="08:27:59"))
    presences = checked.presences().set_index(["building_id", "kind"])["met"]
    assert not presences["C", "arrival"]
    early = [("A", "06:30", "06:45", "visit"), *DAY]
    checked = check(early)
    assert checked.figures.closed_visits == 1
    assert checked.figures.visits == check(DAY).figures.visits
    assert any("1 visit of 10 while the school is closed" in note for note in checked.notes)


def test_the_figures_are_those_of_a_schedule() -> None:
    assumptions = PatrolAssumptions(longest_gap_s=7200, least_visits=2)
    checked = check(DAY, assumptions=assumptions)
    schedule = checked.schedule
    assert schedule is not None
    pd.testing.assert_frame_equal(checked.presences(), schedule.presences())
    pd.testing.assert_frame_equal(checked.idleness(), schedule.idleness())
    figures = checked.figures
    assert figures.driving_s <= sum(day.driving_s for day in schedule.days)
    assert figures.officer_hours == schedule.officer_hours
    # C is left at 8:40 and seen again at 14:50; A and B are without a visit for over 2 h too.
    assert (figures.longest_gap_s, figures.longest_gap_id) == (at("14:50") - at("08:40"), "C")
    assert figures.long_gap_ids == ("A", "B", "C")
    assert figures.few_visits_ids == ()
    beside = check(change(3, departure="08:21"), compared_to=schedule)
    compared = beside.compare()
    assert [compared[c]["arrival_met"] for c in ("given", "planned")] == [3, 4]
    assert "arrival: 3 of 4 presences; the plan 4" in str(beside)


def test_a_timetable_that_cannot_be_driven_is_no_schedule() -> None:
    assert check(change(3, arrival="07:44")).schedule is None


def test_an_order_that_no_street_allows_is_named() -> None:
    cut = np.array(DRIVE, dtype=float)
    cut[1, 2] = np.inf
    checked = check(DAY, times=TravelTimes.from_array(cut, "ABCD"))
    assert told(checked) == [("drive", 3), ("drive", 8)]
    assert "School C cannot be reached from School B" in str(checked.faults[0])


def test_stops_that_cannot_be_read_are_refused_all_at_once() -> None:
    frame = stops([("X", "07:10", "07:05", "visit"), ("A", "07:10", "07:25", "lunch")])
    frame["arrival_s"] = [at("07:10"), 1.5]
    with pytest.raises(ScheduleError) as caught:
        check(frame, rest=False)
    assert caught.value.faults == (
        "row 1: X is no building of the schools",
        "row 1: leaves X at 07:05, before it arrives at 07:10",
        "row 2: arrival_s is 1.5, not whole seconds after midnight",
        "row 2: activity is 'lunch', not one of visit, break",
    )
    with pytest.raises(ScheduleError, match="it has no column zone_id or officer_id"):
        check(frame.drop(columns=["officer_id"]), rest=False)
    with pytest.raises(NetworkError, match="C"):
        check(DAY, times=TravelTimes.from_array(np.zeros((2, 2)), "AD"), rest=False)


# --- files ---


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.csv"
    path.write_text(text, encoding="utf-8")
    return path


def given_schedule(assumptions: PatrolAssumptions | None = None) -> PatrolSchedule:
    """A schedule with odd seconds, which a table in minutes would lose."""
    assumed = assumptions or PatrolAssumptions()
    school_day = make_school_day(buildings(SCHOOLS), assumptions=assumed)
    visits = (
        Visit(building_id="A", arrival_s=at("07:10:07"), departure_s=at("07:31:11")),
        Visit(
            building_id="B",
            arrival_s=at("07:36:11"),
            departure_s=at("10:40:59"),
        ),
        Visit(
            building_id="B",
            arrival_s=at("10:40:59"),
            departure_s=at("11:10:59"),
            activity=Activity.BREAK,
        ),
        Visit(building_id="A", arrival_s=at("11:15:59"), departure_s=at("14:00:01")),
    )
    day = OfficerDay(
        zone_id="East",
        start_s=at("07:10:07"),
        end_s=at("14:00:01"),
        visits=visits,
        unvisited_ids=("C",),
    )
    bare = PatrolSchedule(days=(day,), assumptions=assumed, school_day=school_day)
    made = check_schedule(bare, PLAN, SCHOOLS, TIMES).schedule
    assert made is not None
    return made


def test_a_schedule_written_as_a_run_writes_it_is_read_back_as_it_was(tmp_path: Path) -> None:
    schedule = given_schedule()
    frame = schedule.to_frame()
    clocks = {
        column: [f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in frame[f"{column}_s"]]
        for column in ("arrival", "departure")
    }
    written = frame.assign(
        option_id="zones-2", name=[f"School {b}" for b in frame["building_id"]], **clocks
    ).drop(columns=["arrival_s", "departure_s"])
    path = tmp_path / "visits.csv"
    written.to_csv(path, index=False)
    for table in (read_schedule(path, SCHOOLS), frame):
        assert check_schedule(table, PLAN, SCHOOLS, TIMES).schedule == schedule
    frame.to_csv(path, index=False)
    assert check_schedule(read_schedule(path, SCHOOLS), PLAN, SCHOOLS, TIMES).schedule == schedule


@pytest.mark.slow
def test_the_visits_of_a_run_are_read_back_option_by_option(
    compared: StaffingComparison, tmp_path: Path
) -> None:
    path = tmp_path / "visits.csv"
    path.write_bytes(visits_table(restricted_view(compared)))
    schools = compared.district.schools
    planned = [outcome for outcome in compared.outcomes if outcome.schedule is not None]
    assert len(planned) > 1
    for outcome in planned:
        assert outcome.schedule is not None
        assert outcome.plan is not None
        checked = check_schedule(
            read_schedule(path, schools, option_id=outcome.option_id),
            outcome.plan,
            schools,
            compared.patrol_times,
            assumptions=outcome.schedule.assumptions,
            times_by_hour=compared.patrol_by_hour,
        )
        assert checked.ok, str(checked)
        assert checked.schedule is not None
        assert checked.schedule.days == outcome.schedule.days


def test_a_supervisors_own_table_is_read(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "Officer,School,Arrives,Departs,Activity\n"
        "Smith,School B,7:45 AM,8:00 AM,\n"
        "Smith,School A,7:10,0730,Visit\n"
        "Smith,,10:30,11:00,Break\n"
        "Jones,d,1:30 PM,13:45:30,\n",
    )
    table = read_schedule(path, SCHOOLS)
    assert table["officer_id"].tolist() == ["Smith", "Smith", "Smith", "Jones"]
    assert table["stop"].tolist() == [1, 2, 3, 1]
    assert table["building_id"].tolist() == ["A", "B", "B", "D"]
    assert table["activity"].tolist() == ["visit", "visit", "break", "visit"]
    assert table["arrival_s"].tolist() == [at(c) for c in ("7:10", "7:45", "10:30", "13:30")]
    assert table["departure_s"].tolist()[-1] == at("13:45:30")
    assert table["where"].tolist() == ["row 3", "row 2", "row 4", "row 5"]


def test_a_workbook_with_times_of_excel_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Zone", "Building", "In", "Out", "On duty"])
    for building, arrival, departure in (("A", "07:10:30", "07:25:00"), ("B", "07:31:00", "9:00")):
        times = [pd.Timestamp(f"2026-01-01 {c}").time() for c in (arrival, departure, "07:10:30")]
        sheet.append(["East", building, *times])
    book.save(tmp_path / "mine.xlsx")
    table = read_schedule(tmp_path / "mine.xlsx", SCHOOLS)
    assert table["arrival_s"].tolist() == [at("07:10:30"), at("07:31")]
    assert table["shift_start_s"].tolist() == [at("07:10:30")] * 2
    assert table["zone_id"].tolist() == ["East", "East"]


def test_every_fault_of_a_file_is_listed_with_its_row(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "officer,building,arrival,departure,activity\n"
        "Smith,School X,7:10,7:30,\n"
        "Smith,School A,7,7:30,\n"
        "Smith,School A,12:50,1:10,\n"
        "Smith,School A,8:50,,lunch\n"
        ",School A,8:50,9:00,\n",
    )
    with pytest.raises(ScheduleError) as caught:
        read_schedule(path, SCHOOLS)
    assert caught.value.faults == (
        "row 2: building 'School X' is not a school of the district (did you mean School A or "
        "School B or School C?)",
        "row 3: arrival '7' is not a time (write 07:30)",
        "row 4: leaves at 01:10, before it arrives at 12:50 (in the afternoon: write 13:10)",
        "row 5: activity 'lunch' is not visit or break (the officer's break, or a visit at lunch?)",
        "row 5: departure is empty",
        "row 6: no officer and no zone is named",
    )


def test_an_option_of_a_file_is_chosen_by_its_id(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "option_id,zone_id,building_id,arrival,departure\n"
        "zones-1,East,A,07:10:00,07:30:00\n"
        "zones-2,East,B,07:10:00,07:40:00\n",
    )
    with pytest.raises(ScheduleError) as caught:
        read_schedule(path, SCHOOLS)
    assert caught.value.faults == ("zones-1", "zones-2")
    assert "option_id='zones-1'" in str(caught.value)
    assert read_schedule(path, SCHOOLS, option_id="zones-2")["building_id"].tolist() == ["B"]
    with pytest.raises(ScheduleError, match="Did you mean 'zones-2'"):
        read_schedule(path, SCHOOLS, option_id="zone-2")
    plain = write(tmp_path, "zone,building,arrival,departure\nEast,A,07:10,07:30\n")
    with pytest.raises(ScheduleError, match="names no options"):
        read_schedule(plain, SCHOOLS, option_id="zones-2")


def test_a_day_of_a_term_is_chosen_by_its_date(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "day,zone_id,building_id,arrival,departure\n"
        "2026-12-01,East,A,07:10:00,07:30:00\n"
        "12/2/2026,East,B,07:10:00,07:40:00\n",
    )
    with pytest.raises(ScheduleError, match="2 days, 2026-12-01 to 2026-12-02"):
        read_schedule(path, SCHOOLS)
    assert read_schedule(path, SCHOOLS, day=date(2026, 12, 2))["building_id"].tolist() == ["B"]
    with pytest.raises(ScheduleError, match="no timetable of 2026-12-03"):
        read_schedule(path, SCHOOLS, day=date(2026, 12, 3))
    plain = write(tmp_path, "zone,building,arrival,departure\nEast,A,07:10,07:30\n")
    assert len(read_schedule(plain, SCHOOLS, day=date(2026, 12, 3))) == 1


def test_the_public_names_are_there() -> None:
    assert zoning.read_schedule is read_schedule
    assert zoning.check_schedule is check_schedule
