"""Patrol days as calendars, read back by the icalendar library and compared with zoneinfo."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from helpers.bell_towns import school_table

from zoning import OutputError, ScheduleError
from zoning.editions import RESTRICTED_MARK
from zoning.patrol import plan_patrols
from zoning.reports.patrol.calendar_files import DatedStop, calendar_file, dated_stops
from zoning.roads.travel.travel_times import TravelTimes
from zoning.zones import Zone, ZonePlan

icalendar = pytest.importorskip("icalendar")

FRIDAY = date(2026, 9, 18)
VISIT = DatedStop(
    day=FRIDAY, officer="Ballard", place="Waggener High", arrival_s=27_000, departure_s=27_720
)
BREAK = replace(VISIT, arrival_s=39_600, departure_s=41_400, what="break")


def write(*stops: DatedStop, time_zone: str = "America/New_York", **options: Any) -> bytes:
    return calendar_file(stops, time_zone=time_zone, title="Ballard", **options)


def events_of(data: bytes) -> list[Any]:
    return list(icalendar.Calendar.from_ical(data).walk("VEVENT"))


@pytest.mark.parametrize("zone", ["America/New_York", "America/Chicago", "America/Phoenix"])
def test_times_are_those_of_the_clock_on_both_sides_of_its_changes(zone: str) -> None:
    """The clocks of 1 November 2026 and 14 March 2027 change at 2:00, but in Phoenix never."""
    days = [
        *(date(2026, 10, 30), date(2026, 11, 1), date(2026, 11, 2)),
        *(date(2027, 3, 12), date(2027, 3, 14), date(2027, 3, 15)),
    ]
    events = events_of(write(*(replace(VISIT, day=day) for day in days), time_zone=zone))
    for day, event in zip(days, events, strict=True):
        for name, shown in (("DTSTART", time(7, 30)), ("DTEND", time(7, 42))):
            moment = event.decoded(name)
            assert moment.utcoffset() == timedelta(0)
            assert moment == datetime.combine(day, shown, ZoneInfo(zone))
    hours = [event.decoded("DTSTART").hour for event in events]
    assert (
        hours
        == {
            "America/New_York": [11, 12, 12, 12, 11, 11],
            "America/Chicago": [12, 13, 13, 13, 12, 12],
            "America/Phoenix": [14] * 6,
        }[zone]
    )


def test_an_event_a_stop_dated_private_and_without_recurrence() -> None:
    data = write(BREAK, VISIT)
    calendar = icalendar.Calendar.from_ical(data)
    assert str(calendar["X-WR-CALNAME"]) == str(calendar["NAME"]) == "RESTRICTED: Ballard"
    visit, rest = calendar.walk("VEVENT")
    assert [str(event["SUMMARY"]) for event in (visit, rest)] == [
        *("Visit: Waggener High", "Break: Waggener High"),
    ]
    assert str(visit["LOCATION"]) == "Waggener High"
    assert str(visit["CLASS"]) == "PRIVATE"
    assert RESTRICTED_MARK in visit["DESCRIPTION"]
    assert visit.decoded("DTSTAMP") == datetime(2026, 9, 18, tzinfo=UTC)
    for word in (b"RRULE", b"TZID", b"VTIMEZONE", b"VALARM", b"METHOD"):
        assert word not in data
    assert b"DTSTART:20260918T113000Z\r\n" in data


def test_the_same_stops_give_the_same_bytes_and_each_its_own_uid() -> None:
    noon = replace(VISIT, officer="Atherton", arrival_s=43_200, departure_s=44_000)
    stops = [VISIT, BREAK, noon, replace(VISIT, day=date(2026, 9, 21))]
    data = write(*stops)
    assert write(*reversed(stops)) == data
    uids = [str(event["UID"]) for event in events_of(data)]
    assert len(set(uids)) == len(stops)
    # A day that is issued again has the events that it had, at other times.
    later = replace(VISIT, arrival_s=28_000, departure_s=29_000)
    again = events_of(write(later, *stops[1:], revision=1))
    assert [str(event["UID"]) for event in again] == uids
    assert [int(event["SEQUENCE"]) for event in again] == [1] * 4
    # An event does not depend on what else is in the file.
    assert write(VISIT).split(b"BEGIN:VEVENT")[1].split(b"END:VEVENT")[0] in data


@pytest.mark.parametrize(
    "name",
    [
        "Ash\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:planted",
        "Ash\nATTACH:https://example.org/",
        "Ash\u2028BEGIN:VALARM\u0085X:1\x0bY:2\x0cZ:3",
        'A, b; c: "d" \\n \\\\ e\\',
        "É" * 120 + "\U0001f6a8" * 30,
        "\x00\x07\x1b[31m",
        "=HYPERLINK(1)",
    ],
)
def test_a_hostile_name_stays_text(name: str) -> None:
    hostile = replace(VISIT, officer=name, place=name, what=name)
    data = calendar_file([hostile, BREAK], time_zone="America/New_York", title=name)
    calendar = icalendar.Calendar.from_ical(data)
    assert [component.name for component in calendar.walk()] == ["VCALENDAR", "VEVENT", "VEVENT"]
    expected = ["BEGIN", "UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "CLASS", "SUMMARY"]
    (event,) = [e for e in calendar.walk("VEVENT") if "Waggener" not in e["LOCATION"]]
    assert set(event) == {*expected[1:], "LOCATION", "DESCRIPTION"}
    assert not {"\r", "\n", "\x00", "\u2028", "\u0085", "\x0b"} & set(str(event["LOCATION"]))
    if name.isprintable():
        assert str(event["LOCATION"]) == name
        assert str(calendar["NAME"]) == f"RESTRICTED: {name}"
    # RFC 5545, 3.1: lines end with CRLF and have at most 75 octets; folded ones go on with a blank.
    assert data.endswith(b"END:VCALENDAR\r\n")
    for line in data.removesuffix(b"\r\n").split(b"\r\n"):
        assert len(line) <= 75
        assert b"\n" not in line
        assert b"\r" not in line
    names = [line.split(b":")[0] for line in data.split(b"\r\n") if line[:1] not in (b" ", b"")]
    assert names.count(b"BEGIN") == names.count(b"END") == 3


def test_times_that_a_clock_does_not_show_once() -> None:
    """On 14 March 2027 2:30 does not exist in New York; on 1 November 2026 1:30 is there twice."""
    gone = replace(VISIT, day=date(2027, 3, 14), arrival_s=9_000, departure_s=12_000)
    twice = replace(VISIT, day=date(2026, 11, 1), arrival_s=3_000, departure_s=5_400)
    with pytest.raises(ScheduleError) as caught:
        write(VISIT, gone, twice)
    assert caught.value.faults == (
        "stop 2, Ballard at Waggener High: 01:30 on 2026-11-01 occurs twice: the clocks are set "
        "back",
        "stop 3, Ballard at Waggener High: 02:30 on 2027-03-14 does not exist: the clocks are set "
        "forward",
    )
    assert events_of(write(gone, twice, time_zone="America/Phoenix"))


def test_the_stops_of_planned_days() -> None:
    town = school_table({"a": ("07:30", "14:20"), "b": ("08:40", "15:20")})
    plan = ZonePlan((Zone(zone_id="Ash", building_ids=("a", "b")),))
    times = TravelTimes.from_array([[0, 300], [300, 0]], ["a", "b"])
    schedule = plan_patrols(plan, town, times)
    stops = dated_stops({FRIDAY: schedule, None: schedule}, town["name"].to_dict())
    planned = [(v.arrival_s, v.departure_s) for day in schedule.days for v in day.visits]
    assert [(stop.arrival_s, stop.departure_s) for stop in stops] == planned
    assert {stop.what for stop in stops} == {"visit", "break"}
    assert {(stop.day, stop.officer) for stop in stops} == {(FRIDAY, "Ash")}
    events = events_of(write(*stops))
    assert len(events) == len(planned)
    assert {str(event["LOCATION"]) for event in events} == {"School a", "School b"}


def test_what_cannot_be_a_calendar(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ScheduleError, match="a stop or more"):
        write()
    with pytest.raises(ScheduleError, match="'Mars/Olympus' is not a time zone\nGive one such as"):
        write(VISIT, time_zone="Mars/Olympus")
    backwards = replace(VISIT, departure_s=27_000)
    with pytest.raises(ScheduleError, match="from 27000 s to 27000 s is no stretch of time"):
        write(backwards)
    to_midnight = replace(VISIT, arrival_s=82_800, departure_s=86_400)
    (event,) = events_of(write(to_midnight))
    assert event.decoded("DTEND") == datetime(2026, 9, 19, 4, tzinfo=UTC)
    monkeypatch.setitem(sys.modules, "icalendar", None)
    with pytest.raises(OutputError, match=r"needs the package icalendar.*\n.*zoning\[report\]"):
        write(VISIT)
