"""Dated patrol days as calendar files (iCalendar, RFC 5545), for an officer's phone or desk.

Restricted, as every timetable is. One dated event a stop in UTC: calendars were seen to show
repeated events, and events of a named time zone, an hour off after a change of the clocks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from zoning.demand.call_times import find_zone
from zoning.editions import RESTRICTED_MARK
from zoning.errors import DemandError, ScheduleError, group_by_kind, typed
from zoning.patrol import PatrolSchedule
from zoning.reports.office_files import one_line, require_package
from zoning.units import clock, counted

_PRODUCT = "-//zoning//patrol days//EN"
_DAY_S = 86_400
# Outlook and Google hide the details of an event of this class from whom a calendar is shared
# with; CONFIDENTIAL is a mere label in Outlook.
_CLASS = "PRIVATE"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedStop:
    """A stop of an officer on a date.

    Attributes
    ----------
    officer
        The officer or the zone, in words.
    place
        The name of the building.
    arrival_s, departure_s
        Seconds after midnight that the clock shows there.
    what
        Such as visit or break.
    """

    day: date
    officer: str
    place: str
    arrival_s: int
    departure_s: int
    what: str = "visit"


def dated_stops(
    schedules: Mapping[date | int | None, PatrolSchedule], names: Mapping[str, str]
) -> tuple[DatedStop, ...]:
    """List the visits and breaks of dated schedules; a day of no date is in no calendar.

    ``names``: of the buildings, by id.
    """
    return tuple(
        DatedStop(
            day=day,
            officer=of.officer_id,
            place=names[stop.building_id],
            arrival_s=stop.arrival_s,
            departure_s=stop.departure_s,
            what=str(stop.activity),
        )
        for day, schedule in schedules.items()
        if isinstance(day, date)
        for of in schedule.days
        for stop in of.visits
    )


@typed
def calendar_file(
    stops: Iterable[DatedStop], *, time_zone: str, title: str, revision: int = 0
) -> bytes:
    """Write dated stops as a calendar, one event each; restricted.

    The same stops give the same bytes: an event's UID is a hash of the title, the officer, the date
    and its number on that day; its DTSTAMP is 00:00 UTC of its date. A revision of a day so
    replaces the events of the earlier one in calendars that follow UIDs. Events that the day has
    no more must be deleted by hand.

    Parameters
    ----------
    stops
        In any order.
    time_zone
        Of the district, such as ``America/Kentucky/Louisville``.
    title
        Names the calendar, after the word RESTRICTED.
    revision
        A number that is raised each time that the stops of these dates are issued again.

    Raises
    ------
    ScheduleError
        If there are no stops or the time zone is unknown, or listing every stop that ends no later
        than it begins, or begins or ends at a time that its date does not have, or has twice, where
        the clocks change.
    OutputError
        If the package icalendar is not installed.
    """
    require_package("icalendar", "icalendar", "a calendar file")
    from icalendar import Calendar, Event  # noqa: PLC0415

    try:
        zone = find_zone(time_zone)
    except DemandError as error:
        raise ScheduleError(error.headline, remedy=error.remedy) from error
    assert zone is not None
    listed = sorted(
        stops, key=lambda s: (s.day, s.officer, s.arrival_s, s.departure_s, s.place, s.what)
    )
    if not listed:
        raise ScheduleError("a calendar needs a stop or more")
    moments = _moments(listed, zone)
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    # Programs read the first of these names, or the second (RFC 7986).
    for name in ("x-wr-calname", "name"):
        calendar.add(name, one_line(f"RESTRICTED: {title}"))
    numbers: dict[tuple[date, str], int] = {}
    for stop, (begins, ends) in zip(listed, moments, strict=True):
        number = numbers[stop.day, stop.officer] = numbers.get((stop.day, stop.officer), 0) + 1
        event = Event()
        event.add("uid", _uid(title, stop, number))
        event.add("dtstamp", datetime.combine(stop.day, time(), UTC))
        event.add("dtstart", begins)
        event.add("dtend", ends)
        event.add("sequence", revision)
        event.add("class", _CLASS)
        event.add("summary", one_line(f"{stop.what[:1].upper()}{stop.what[1:]}: {stop.place}"))
        event.add("location", one_line(stop.place))
        event.add("description", f"{one_line(stop.officer)}\n{RESTRICTED_MARK}")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _uid(title: str, stop: DatedStop, number: int) -> str:
    parts = (title, stop.officer, stop.day.isoformat(), str(number))
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return f"{hashlib.sha256(text.encode()).hexdigest()[:32]}@zoning"


def _moments(stops: Sequence[DatedStop], zone: tzinfo) -> list[tuple[datetime, datetime]]:
    """Find when the stops begin and end, in UTC."""
    moments: list[tuple[datetime, datetime]] = []
    faults: list[tuple[str, str]] = []
    for k, stop in enumerate(stops):
        found = list(_faults(stop))
        both: list[datetime] = []
        for seconds in () if found else (stop.arrival_s, stop.departure_s):
            try:
                both.append(_utc(stop.day, seconds, zone))
            except ValueError as error:
                found.append(str(error))
        faults += [
            (f"stop {k + 1}", f"{one_line(stop.officer)} at {one_line(stop.place)}: {text}")
            for text in found
        ]
        if not found:
            moments.append((both[0], both[1]))
    if faults:
        raise ScheduleError(
            f"{counted(len(faults), 'stop')} cannot be put into a calendar",
            group_by_kind(faults, [f"{where}, {text}" for where, text in faults]),
            "Stops are numbered by date, officer and arrival.",
        )
    return moments


def _faults(stop: DatedStop) -> Iterator[str]:
    if not 0 <= stop.arrival_s < stop.departure_s <= _DAY_S:
        yield (
            f"from {stop.arrival_s} s to {stop.departure_s} s is no stretch of time in a day of "
            f"{_DAY_S} s"
        )


def _utc(day: date, seconds: int, zone: tzinfo) -> datetime:
    """Find the moment at which the clock of the zone shows this."""
    shown = datetime.combine(day, time()) + timedelta(seconds=seconds)
    first, second = (shown.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return first
    what = "occurs twice: the clocks are set back"
    if first.astimezone(zone).replace(tzinfo=None) != shown:
        what = "does not exist: the clocks are set forward"
    raise ValueError(f"{clock(seconds)} on {shown.date().isoformat()} {what}")
