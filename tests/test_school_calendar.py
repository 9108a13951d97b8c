"""Calendars of invented terms: kinds, bells by tier, shares, and what is wrong with them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from datetime import date, time
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from helpers.bell_towns import school_table

from zoning import CallRates, SchoolDataError, buildings, read_school_calendar, read_school_days
from zoning.demand import school_hours
from zoning.schools import DayKind, SchoolCalendar

# Three tiers, as large districts have them: one fleet of buses drives three rounds.
TOWN = school_table({"a": ("07:30", "14:20"), "b": ("08:40", "15:20"), "c": ("09:40", "16:20")})
HEADER = ("date", "kind", "tier", "start", "end", "minutes")
FULL, HALF, LATE = date(2026, 8, 12), date(2026, 8, 13), date(2026, 8, 14)
HALF_BELLS = (
    ("", "half day", "7:30", "", "11:00"),
    ("", "half day", "8:40", "", "12:00"),
    ("", "half day", "9:40", "", "1:00 PM"),
)


def write(folder: Path, rows: Sequence[Sequence[Any]], header: Sequence[str] = HEADER) -> Path:
    filled = [[*row, *[""] * (len(header) - len(row))] for row in rows]
    path = folder / "term.csv"
    pd.DataFrame(filled, columns=list(header)).to_csv(path, index=False)
    return path


def read(folder: Path, *rows: Sequence[Any], schools: Any = TOWN, **options: Any) -> SchoolCalendar:
    return read_school_calendar(write(folder, rows), schools, **options)


def faults_of(folder: Path, *rows: Sequence[Any], **options: Any) -> str:
    with pytest.raises(SchoolDataError) as caught:
        read(folder, *rows, **options)
    return "\n".join(caught.value.faults)


def bells_on(calendar: SchoolCalendar, day: date, schools: Any = TOWN) -> list[str]:
    table = calendar.schools_on(schools, day)
    return [
        "-" if start is None else f"{start:%H:%M}-{end:%H:%M}"
        for start, end in zip(table["bell_start"], table["bell_end"], strict=True)
    ]


def test_a_term_of_full_late_early_and_free_days(tmp_path: Path) -> None:
    days = [
        ("2026-08-14", "2-hour delay"),
        ("8/12/2026", "Full"),
        ("2026-08-13", "Half Day"),
        ("2026-08-17", "Teacher Workday"),
    ]
    calendar = read(tmp_path, *days, *HALF_BELLS)
    assert list(calendar.days) == [FULL, HALF, LATE, date(2026, 8, 17)]
    assert [str(kind) for kind in calendar.days.values()] == [
        *("full", "early release", "late start", "off"),
    ]
    assert calendar.school_days == (FULL, HALF, LATE)
    assert bells_on(calendar, FULL) == ["07:30-14:20", "08:40-15:20", "09:40-16:20"]
    assert bells_on(calendar, HALF) == ["07:30-11:00", "08:40-12:00", "09:40-13:00"]
    assert bells_on(calendar, LATE) == ["09:30-14:20", "10:40-15:20", "11:40-16:20"]
    # The tiers are open for 410, 400 and 400 minutes, on the half day for 210, 200 and 200.
    assert calendar.share(FULL) == 1
    assert calendar.share(HALF) == pytest.approx((210 / 410 + 1 / 2 + 1 / 2) / 3)
    assert calendar.share(LATE) == pytest.approx((290 / 410 + 280 / 400 * 2) / 3)
    assert calendar.share(date(2026, 8, 17)) == 0
    # The table that was read is as it was.
    assert TOWN["bell_end"].tolist() == [time(14, 20), time(15, 20), time(16, 20)]
    assert buildings(calendar.schools_on(TOWN, HALF))["bell_end_s"].tolist() == [
        *(11 * 3600, 12 * 3600, 13 * 3600),
    ]


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("", DayKind.FULL),
        ("Regular Day", DayKind.FULL),
        ("1-hr delay", DayKind.LATE_START),
        ("Two-Hour Delayed Opening", DayKind.LATE_START),
        ("early dismissal 90 min", DayKind.EARLY_RELEASE),
        ("2 hour early release", DayKind.EARLY_RELEASE),
        ("No School", DayKind.OFF),
        ("In-Service Day", DayKind.OFF),
        ("NTI", DayKind.OFF),
    ],
)
def test_words_of_districts_for_kinds_of_days(tmp_path: Path, words: str, kind: DayKind) -> None:
    calendar = read(tmp_path, ("2026-08-12", "full"), ("2026-08-13", words))
    assert calendar.days[HALF] is kind


def test_bells_by_minutes_level_school_and_date(tmp_path: Path) -> None:
    """The most exact row holds: a school before a regular start before a level before all."""
    town = TOWN.assign(level=["high", "elementary", "elementary"])
    calendar = read(
        tmp_path,
        ("2026-08-13", "early release"),
        ("2026-08-14", "early release", "", "", "", "60"),
        ("", "early release", "", "", "", "2 hours"),
        ("", "early release", "elementary schools", "", "12:30"),
        ("", "early release", "9:40 AM", "", "13:00"),
        ("", "early release", "School b", "9:00", "12:45"),
        schools=town,
    )
    assert bells_on(calendar, HALF, town) == ["07:30-12:20", "09:00-12:45", "09:40-13:00"]
    assert bells_on(calendar, LATE, town) == ["07:30-13:20", "08:40-14:20", "09:40-15:20"]
    tiers = TOWN.assign(tier=["Red", "red", "Blue"])
    calendar = read(
        tmp_path,
        ("2026-08-13", "late start", "Red", "10:00"),
        ("2026-08-13", "late start", "blue", "11:00"),
        schools=tiers,
    )
    assert bells_on(calendar, HALF, tiers) == ["10:00-14:20", "10:00-15:20", "11:00-16:20"]


def test_bells_of_the_very_words_hold_before_others(tmp_path: Path) -> None:
    """Two kinds of early release, and a delay whose bells are not simply two hours later."""
    calendar = read(
        tmp_path,
        ("2026-08-12", "half day"),
        ("2026-08-13", "early release"),
        ("2026-08-14", "2-hour delay"),
        ("2026-08-17", "1-hour delay"),
        *HALF_BELLS,
        ("", "early release", "", "", "", "60"),
        ("", "2-hour delay", "7:30", "9:15"),
        ("", "2-hour delay", "", "", "", "120"),
    )
    assert bells_on(calendar, FULL) == ["07:30-11:00", "08:40-12:00", "09:40-13:00"]
    assert bells_on(calendar, HALF) == ["07:30-13:20", "08:40-14:20", "09:40-15:20"]
    assert bells_on(calendar, LATE) == ["09:15-14:20", "10:40-15:20", "11:40-16:20"]
    assert bells_on(calendar, date(2026, 8, 17))[0] == "08:30-14:20"
    assert calendar.notices == ()
    # Which bells of two does a third word mean?
    found = faults_of(tmp_path, ("2026-08-12", "early out"), *HALF_BELLS, *MINIMUM)
    assert "the bells of 'early out' are nowhere given" in found


MINIMUM = [("", "minimum day", "", "", "", "60")]


def test_bells_from_another_sheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    days, bells = book.active, book.create_sheet("Bells")
    assert days is not None
    days.title = "Days"
    for row in (
        ("Date", "Type of day"),
        (FULL, "Regular"),
        (datetime.datetime(2026, 8, 13), "Early Out"),
    ):
        days.append(row)
    for row in (("Kind", "Tier", "End"), *((k, t, e) for _, k, t, _, e in HALF_BELLS)):
        bells.append(row)
    path = tmp_path / "term.xlsx"
    book.save(path)
    calendar = read_school_calendar(f"{path}#Days", TOWN, bells=f"{path}#Bells")
    # "Early out" is another word for the one early release that has bells.
    assert bells_on(calendar, HALF) == ["07:30-11:00", "08:40-12:00", "09:40-13:00"]
    assert calendar.notices == ("'Early Out' has the bells of 'half day'",)
    bells.append(("half day", "7:30", "11:15"))
    book.save(path)
    with pytest.raises(SchoolDataError, match=r"Bells: the bells of 'half day' are given twice"):
        read_school_calendar(f"{path}#Days", TOWN, bells=f"{path}#Bells")


def test_schools_that_are_off_while_others_are_not(tmp_path: Path) -> None:
    calendar = read(tmp_path, ("2026-08-12", ""), ("2026-08-13", ""), ("2026-08-13", "off", "8:40"))
    assert calendar.days[HALF] is DayKind.FULL
    table = calendar.schools_on(TOWN, HALF)
    assert bells_on(calendar, HALF) == ["07:30-14:20", "-", "09:40-16:20"]
    assert table["closed"].tolist() == [False, True, False]
    assert "closed" not in calendar.schools_on(TOWN, FULL)
    assert calendar.share(HALF) == pytest.approx(2 / 3)
    hours = school_hours(table)
    assert (hours["closes_s"] > hours["opens_s"]).tolist() == [True, False, True]
    assert not hours["is_default"].any()
    shared = TOWN.assign(campus_id=["a", "a", "c"])
    assert buildings(calendar.schools_on(shared, HALF))["closed"].tolist() == [False, False]


def test_a_school_without_bells_keeps_none(tmp_path: Path) -> None:
    town = school_table({"a": ("07:30", "14:20"), "d": (None, None)})
    days = [("2026-08-13", "early release")]
    calendar = read(tmp_path, *days, ("", "early release", "7:30", "", "11:00"), schools=town)
    assert bells_on(calendar, HALF, town) == ["07:30-11:00", "-"]
    assert any("School d" in notice for notice in calendar.notices)
    assert calendar.share(HALF) == pytest.approx(210 / 410)
    named = [
        ("", "early release", "7:30", "", "11:00"),
        ("", "early release", "d", "8:00", "11:30"),
    ]
    calendar = read(tmp_path, *days, *named, schools=town)
    assert bells_on(calendar, HALF, town) == ["07:30-11:00", "08:00-11:30"]


def test_a_date_without_school_names_the_nearest_days(tmp_path: Path) -> None:
    calendar = read(tmp_path, ("2026-08-12", ""), ("2026-08-13", "off"), ("2026-08-14", ""))
    for day, why in ((HALF, "is a day off"), (date(2026, 8, 20), "is not in the calendar")):
        with pytest.raises(SchoolDataError, match=why) as caught:
            calendar.schools_on(TOWN, day)
        assert "Fri 2026-08-14" in caught.value.remedy
    with pytest.raises(
        SchoolDataError, match=r"not in the calendar\nThe nearest .* Wed 2026-08-12"
    ):
        calendar.share(date(2026, 8, 1))
    # A datetime is its date.
    assert calendar.share(datetime.datetime(2026, 8, 12, 7)) == 1


def test_every_fault_of_the_rows_at_once(tmp_path: Path) -> None:
    found = faults_of(
        tmp_path,
        ("2026-08-12", "full"),
        ("2026-08-12", "full"),
        ("14 Aug 2026", "full"),
        ("3/14/2026-3/18/2026", "off"),
        ("2026-08-17", "pajama day"),
        ("2026-08-18", "off", "", "8:00"),
        ("2026-08-19", "early release", "7:35", "", "11:00"),
        ("2026-08-20", "early release", "", "", "12:00"),
        ("2026-08-21", "late start", "", "", "", "ages"),
        ("2026-08-24", "late start", "", "10 o'clock"),
        ("", "early release", "7:30"),
        ("", "", "7:30", "", "11:00"),
        ("2026-08-25", "late start", "all", "10:00", "", "60"),
        ("2026-08-26", "shortened", "", "", "", "60"),
    )
    for row, text in (
        (3, "'2026-08-12' is given twice"),
        (4, "'14 Aug 2026' is no date, such as"),
        (5, "'3/14/2026-3/18/2026' is no date"),
        (6, "kind 'pajama day' is not known: write full, late start, early release"),
        (7, "a day off has bells"),
        (8, "tier '7:35' is no regular start of the schools (07:30, 08:40, 09:40)"),
        (9, "one time for schools that begin at 07:30, 08:40, 09:40"),
        (10, "minutes 'ages' is no number of minutes"),
        (11, 'start "10 o\'clock" is not a time (write 07:30)'),
        (12, "the bells of 'early release' are empty"),
        (13, "it has neither a date nor a kind"),
        (14, "it gives both minutes and a time"),
        (15, "minutes at which end?"),
    ):
        assert f"row {row}: {text}" in found


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("", "half day", "7:30", "", "11:00")], "no bells of 'half day' for tier 08:40 (1"),
        ([], "row 2: the bells of 'half day' are nowhere given: add a row without a date"),
        (
            [*HALF_BELLS[:2], ("", "half day", "9:40", "", "1:00")],
            "row 5: 09:40 to 01:00: it ends before it starts (the regular day of the schools that "
            "begin at 09:40)",
        ),
        (
            [*HALF_BELLS[:2], ("", "half day", "9:40", "", "16:30")],
            "row 5: 09:40 to 16:30: an early release ends no earlier than the regular day",
        ),
        ([("", "half day", "", "", "", "450")], "row 3: 07:30 to 06:50: it ends before it starts"),
    ],
)
def test_faults_of_the_bells_of_a_kind(tmp_path: Path, rows: Any, told: str) -> None:
    assert told in faults_of(tmp_path, ("2026-08-13", "half day"), *rows)


def test_all_tiers_at_one_time_only_if_it_is_meant(tmp_path: Path) -> None:
    calendar = read(tmp_path, ("2026-08-13", "early release", "all", "", "12:00"))
    assert bells_on(calendar, HALF) == ["07:30-12:00", "08:40-12:00", "09:40-12:00"]
    level = TOWN.iloc[:1]
    calendar = read(tmp_path, ("2026-08-13", "early release", "", "", "12:00"), schools=level)
    assert bells_on(calendar, HALF, level) == ["07:30-12:00"]


def test_a_mistyped_year_is_found(tmp_path: Path) -> None:
    dates = [f"{day:%Y-%m-%d}" for day in pd.bdate_range("2026-08-12", "2026-09-25")]
    rows = [(day, "full") for day in dates]
    for wrong in ("2025-09-21", "2026-05-10", "2126-09-21"):
        told = faults_of(tmp_path, *rows, (wrong, "full"))
        assert f"row {len(rows) + 2}: '{wrong}' is" in told
        assert "days from the next date of the calendar: check the year" in told
    # A winter break, a summer, and a term of few days are no mistakes.
    years = [
        *pd.bdate_range("2026-12-01", "2026-12-18"),
        *pd.bdate_range("2027-01-05", "2027-05-28"),
    ]
    years += [*pd.bdate_range("2027-08-11", "2027-08-31")]
    assert len(read(tmp_path, *((f"{day:%Y-%m-%d}", "") for day in years)).days) == len(years)


def test_what_looks_wrong_and_may_be_right_is_a_notice(tmp_path: Path) -> None:
    calendar = read(tmp_path, ("2026-08-15", "full"), ("2026-08-17", "full"), *HALF_BELLS)
    assert "school days on a weekend: Sat 2026-08-15" in calendar.notices
    assert "bells are given of kinds that no date has: 'half day'" in calendar.notices


def test_own_words_and_columns(tmp_path: Path) -> None:
    path = write(tmp_path, [("2026-08-12", "A day")], ("Tag", "What"))
    columns = {"date": "Tag", "kind": "What"}
    calendar = read_school_calendar(path, TOWN, kinds={"A day": "full"}, columns=columns)
    assert calendar.days == {FULL: DayKind.FULL}
    with pytest.raises(SchoolDataError, match="'A day' means 'gold'"):
        read_school_calendar(path, TOWN, kinds={"A day": "gold"}, columns=columns)


def test_a_share_counts_a_day_but_gives_no_bells(tmp_path: Path) -> None:
    path = write(tmp_path, [("2026-08-12", ""), ("2026-08-13", "0.5")], ("date", "share"))
    assert dict(read_school_days(path)) == {FULL: 1.0, HALF: 0.5}
    calendar = read_school_calendar(path, TOWN)
    assert calendar.days[HALF] is DayKind.SHORTENED
    with pytest.raises(SchoolDataError, match="the bells of Thu 2026-08-13 are not known"):
        calendar.schools_on(TOWN, HALF)
    assert bells_on(calendar, FULL)[0] == "07:30-14:20"


def test_a_calendar_with_bells_counts_the_days_of_a_log(tmp_path: Path) -> None:
    path = write(tmp_path, [("2026-08-12", ""), ("2026-08-13", "half day"), *HALF_BELLS])
    days = read_school_days(path, TOWN)
    assert days[HALF] == pytest.approx((210 / 410 + 1) / 3)
    with pytest.raises(ValueError, match="can be read only with the table of schools"):
        read_school_days(path)
    path = write(tmp_path, [("2026-08-12", ""), ("2026-08-13", "off")])
    assert list(read_school_days(path)) == [FULL]


def test_calls_of_a_day_come_while_schools_are_open(tmp_path: Path) -> None:
    """School a is open 7:30-14:20 and calls once an hour, as the half day from 7:30 to 11:00."""
    calendar = read(
        tmp_path, ("2026-08-13", "half day"), ("2026-08-14", ""), ("2026-08-14", "off", "8:40"),
        *HALF_BELLS,
    )  # fmt: skip
    half, off = (calendar.schools_on(TOWN, day) for day in (HALF, LATE))
    even = CallRates(per_day=pd.Series({"a": 410 / 60, "b": 2.0, "c": 2.0}), source="invented")
    assert even.on_day(half, schools=TOWN).per_day.tolist() == pytest.approx([3.5, 1.0, 1.0])
    assert even.on_day(off, schools=TOWN).per_day.tolist() == pytest.approx([410 / 60, 0, 2])
    hourly = pd.DataFrame({8: [1.0, 0, 0], 11: [2.0, 4, 0], 12: [0.0, 0, 6]}, index=list("abc"))
    rates = CallRates(per_day=hourly.sum(axis=1), hourly=hourly, source="invented")
    today = rates.on_day(half, schools=TOWN)
    assert today.per_day.tolist() == [1, 4, 6]
    assert today.hourly is not None
    assert today.hourly[11].tolist() == [0, 4, 0]
    assert "open that day" in today.source
