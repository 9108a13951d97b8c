"""The files of ``zoning patrol``: names, meanings and writers. All are restricted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

import pandas as pd

from zoning.editions import Edition
from zoning.patrol import PatrolSchedule
from zoning.patrol.term import Day
from zoning.reports.office_files import file_stems
from zoning.reports.patrol import tables
from zoning.reports.patrol.calendar_files import DatedStop, calendar_file, dated_stops
from zoning.reports.patrol.sheets import officer_sheets, timeline_page
from zoning.reports.tables import csv_table
from zoning.roads.travel.travel_times import TravelTimes
from zoning.zones import ZonePlan

_EMPTY: Final = MappingProxyType[str, pd.DataFrame]({})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PatrolDays:
    """What the files of patrol days are made of.

    Attributes
    ----------
    schedules
        By date, or one under None for the day of no date.
    plan
        The zones.
    names
        Of the buildings, by id.
    times
        On patrol, for miles.
    district
        Its name.
    tables
        More tables, by the name of the file.
    notes
        What every sheet says at its foot.
    """

    schedules: Mapping[Day | None, PatrolSchedule]
    plan: ZonePlan
    names: Mapping[str, str]
    times: TravelTimes
    district: str
    tables: Mapping[str, pd.DataFrame] = field(default_factory=lambda: _EMPTY)
    notes: tuple[str, ...] = ()

    @property
    def zones(self) -> dict[str, tuple[str, ...]]:
        """Building ids by zone."""
        return {zone.zone_id: tuple(zone.building_ids) for zone in self.plan.zones}

    def sheets(self) -> bytes:
        """A sheet an officer and day."""
        return officer_sheets(
            self.schedules,
            self.names,
            district=self.district,
            zones=self.zones,
            times=self.times,
            notes=self.notes,
        ).encode()

    def of_day(self, day: Day | None) -> PatrolDays:
        """The same with one day alone."""
        return replace(self, schedules={day: self.schedules[day]})

    def calendars(self, time_zone: str, names: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
        """A calendar file for each officer with dated days, by its name."""
        by_officer: dict[str, list[DatedStop]] = {}
        for stop in dated_stops(self.schedules, self.names):
            by_officer.setdefault(stop.officer, []).append(stop)
        for officer, stops in by_officer.items():
            yield names[officer], calendar_file(stops, time_zone=time_zone, title=officer)

    def more_tables(self) -> dict[str, bytes]:
        """The further tables."""
        return {n: csv_table(frame, Edition.RESTRICTED) for n, frame in self.tables.items()}

    def timeline(self) -> bytes:
        """The first day as a picture."""
        date, schedule = next(iter(self.schedules.items()))
        return timeline_page(
            schedule, self.names, district=self.district, zones=self.zones, date=date
        ).encode()


FILES: Final[Mapping[str, tuple[str, Callable[[PatrolDays], bytes]]]] = MappingProxyType(
    {
        "sheets.html": ("a sheet for each officer, to print", PatrolDays.sheets),
        "timeline.html": ("the day of all zones as pictures", PatrolDays.timeline),
        "visits.csv": (
            "every stop; zoning patrol check reads it back",
            lambda days: tables.visits_table(days.schedules, days.names),
        ),
        "presences.csv": (
            "where an officer is wished, and whether one comes",
            lambda days: tables.presences_table(days.schedules, days.names),
        ),
        "idleness.csv": (
            "how long buildings are without a visit while they are open",
            lambda days: tables.idleness_table(days.schedules, days.names),
        ),
        "officers.csv": (
            "shift, hours and drives of each officer, and what is proved",
            lambda days: tables.officers_table(days.schedules, days.times),
        ),
    }
)


TERM_FILES: Final = ("visits.csv", "presences.csv", "idleness.csv", "officers.csv")
"""Of `FILES`, those that a term has too: one for all its days."""


MISSED, LONG_DAYS, SHARING = "missed.csv", "long_days.csv", "sharing.csv"
SHARES, FAIRNESS, DAYS, WANTED = "shares.csv", "fairness.csv", "days.csv", "wanted.csv"
TAKEN_OVER, LOST = "taken_over.csv", "lost.csv"
OBSERVED, OBSERVED_PAGE = "predictability.csv", "predictability.html"
_SHEETS: Final = re.compile(r"sheets_[\d-]+\.html")
_CALENDAR: Final = re.compile(r"officer_.+\.ics")
TERM_TABLES: Final = {
    SHARES: "how often each school has an officer at arrival, lunch and dismissal",
    FAIRNESS: "the least and the greatest share of each zone, and what is proved",
    DAYS: "hours, miles and presences of each day",
    WANTED: "what was wanted on certain days, and whether it is met",
}
_OTHERS: Final = {
    TAKEN_OVER: "who takes over which school",
    LOST: "presences that only one of the two days meets",
    OBSERVED: "what an observer learns, by zone and bound of extra driving",
    OBSERVED_PAGE: "the same as a picture",
}
PLAN_TABLES: Final = {
    MISSED: "what is missed, why, and what would help",
    LONG_DAYS: "ways to staff a zone whose day is longer than a shift, with hours and gaps",
    SHARING: "presences met zone by zone, and by officers who share all schools",
}


def sheets_name(day: Day) -> str:
    """The sheets of a day of a term."""
    return f"sheets_{day if isinstance(day, int) else day.isoformat()}.html"


def calendar_names(officer_ids: Iterable[str]) -> dict[str, str]:
    """Name the calendar file of each officer."""
    return {i: f"officer_{stem}.ics" for i, stem in file_stems(officer_ids).items()}


def term_names(
    sheets: Iterable[Day], officers: Iterable[str], more: Iterable[str]
) -> tuple[str, ...]:
    """List the files of a term: sheets of days, tables, calendars of officers."""
    return (*map(sheets_name, sheets), *TERM_FILES, *more, *calendar_names(officers).values())


def term_files(
    days: PatrolDays, *, sheets: Iterable[Day], officers: Iterable[str], time_zone: str | None
) -> dict[str, bytes]:
    """Write the files of a term or a rotation to bytes, by name.

    Parameters
    ----------
    sheets
        The days that have sheets to print.
    officers
        Ids that officers may have, for the names of their calendar files.
    time_zone
        Of the district, for a calendar file an officer; none are written without it.
    """
    written = {sheets_name(day): days.of_day(day).sheets() for day in sheets}
    written |= {name: FILES[name][1](days) for name in TERM_FILES} | days.more_tables()
    return written | (
        {} if time_zone is None else dict(days.calendars(time_zone, calendar_names(officers)))
    )


def patrol_files(days: PatrolDays) -> dict[str, bytes]:
    """Write the files of patrol days to bytes, by name."""
    return {name: write(days) for name, (_, write) in FILES.items()} | days.more_tables()


def patrol_names(more: Iterable[str] = ()) -> tuple[str, ...]:
    """List the files of patrol days, and the further tables."""
    return (*FILES, *more)


def meaning_of(name: str) -> str:
    """Describe a file of ``zoning patrol`` in a few words; '' for one of another name."""
    if _SHEETS.fullmatch(name):
        return FILES["sheets.html"][0]
    if _CALENDAR.fullmatch(name):
        return "an officer's days, for a calendar program"
    return FILES[name][0] if name in FILES else (PLAN_TABLES | TERM_TABLES | _OTHERS).get(name, "")
