"""The files of ``zoning patrol``: names, meanings and writers. All are restricted."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import pandas as pd

from zoning.editions import Edition
from zoning.patrol import PatrolSchedule
from zoning.reports.patrol import tables
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

    schedules: Mapping[datetime.date | None, PatrolSchedule]
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


def patrol_files(days: PatrolDays) -> dict[str, bytes]:
    """Write the files of patrol days to bytes, by name."""
    written = {name: write(days) for name, (_, write) in FILES.items()}
    for name, frame in days.tables.items():
        written[name] = csv_table(frame, Edition.RESTRICTED)
    return written


def patrol_names(more: Iterable[str] = ()) -> tuple[str, ...]:
    """List the files of patrol days, and the further tables."""
    return (*FILES, *more)
