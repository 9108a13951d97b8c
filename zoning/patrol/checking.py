"""Check a given timetable by the rules of a plan, and find what it meets."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from zoning.errors import ScheduleError, first_few, typed
from zoning.patrol.assumptions import LongDay, PatrolAssumptions
from zoning.patrol.day_problem import (
    Ints,
    PresenceKind,
    WishedPresence,
    earliest_arrival,
    latest_departure,
)
from zoning.patrol.planning import PatrolTravel, open_buildings, require_buildings
from zoning.patrol.schedule import (
    SECONDS_PER_HOUR,
    OfficerDay,
    PatrolSchedule,
    Visit,
    idleness_table,
    presence_table,
    visits_by_building,
)
from zoning.patrol.school_day import SchoolDay, make_school_day
from zoning.patrol.timetables import GivenDay, GivenStop, days_of_schedule, days_of_stops
from zoning.roads.traffic import TravelByHour
from zoning.roads.travel.travel_times import TravelTimes
from zoning.schools import buildings as buildings_of
from zoning.units import clock, counted, lasting, minutes
from zoning.zones.plan import ZonePlan

_NO_WAY: Final = 2**40
"""Seconds of a drive that does not exist; sums of a few stay far below the largest integer."""
_MINUTE: Final = 60
_MOST_LINES: Final = 40
"""Faults that the text lists; a page of a supervisor's. The table has all."""


class TimetableRule(StrEnum):
    """A rule that every timetable has to keep."""

    DRIVE = "drive"
    """Nobody arrives before the drive in the traffic of the hour allows."""
    OVERLAP = "overlap"
    """One stop ends before the next begins."""
    STAY = "stay"
    """A stay shorter than the shortest is no visit."""
    SHIFT = "shift"
    """The shift holds every stop and the drives from and to the base."""
    BREAK = "break"
    """One break of the length and at the time that the assumptions have."""
    ZONE = "zone"
    """An officer visits buildings of the own zone."""
    OFFICER = "officer"
    """Every zone has an officer, and every officer a zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimetableFault:
    """A rule that a timetable breaks. Restricted.

    Attributes
    ----------
    stop
        Number of the stop in the officer's day, from 1; None for the day as a whole.
    where
        Row of the file; '' if it is not from a file.
    text
        What is wrong.
    remedy
        What would help, in words.
    """

    rule: TimetableRule
    zone_id: str
    officer_id: str
    text: str
    remedy: str
    stop: int | None = None
    where: str = ""

    def __str__(self) -> str:
        stop = "" if self.stop is None else f", stop {self.stop}"
        row = f" ({self.where})" if self.where else ""
        return f"{self.officer_id}{stop}{row}: {self.text}; {self.remedy}."


@dataclass(frozen=True, slots=True, kw_only=True)
class TimetableFigures:
    """What a timetable meets, and what it takes. Restricted, but for the counts of presences.

    Attributes
    ----------
    officers
        Officers with a day.
    met, wished
        Presences met and wished, by kind.
    weight
        Weights of the presences met.
    visits
        Visits while the building is open.
    closed_visits
        Visits while it is closed: they count for nothing.
    unvisited_ids
        Buildings without a visit while open, sorted.
    longest_gap_s
        Longest time that a building is without a visit while open, seconds, and which.
    mean_idle_s
        Time since the last visit, averaged over open hours and buildings, seconds.
    few_visits_ids, long_gap_ids
        Buildings with fewer visits, and with a longer gap, than is wished; sorted.
    driving_s
        Seconds of the drives, with those from and to the base.
    officer_hours, overtime_hours
        Hours of all shifts, and those beyond the length of a shift.
    """

    officers: int
    met: Mapping[PresenceKind, int]
    wished: Mapping[PresenceKind, int]
    weight: int
    visits: int
    closed_visits: int
    unvisited_ids: tuple[str, ...]
    longest_gap_s: float
    longest_gap_id: str | None
    mean_idle_s: float
    few_visits_ids: tuple[str, ...]
    long_gap_ids: tuple[str, ...]
    driving_s: float
    officer_hours: float
    overtime_hours: float

    def to_series(self) -> pd.Series[float]:
        """The figures as numbers, by name."""
        named: dict[str, float] = {"officers": self.officers}
        for kind in PresenceKind:
            named[f"{kind}_met"] = self.met[kind]
            named[f"{kind}_wished"] = self.wished[kind]
        named |= {
            "presence_weight": self.weight,
            "visits": self.visits,
            "closed_visits": self.closed_visits,
            "unvisited_buildings": len(self.unvisited_ids),
            "longest_gap_s": self.longest_gap_s,
            "mean_idle_s": self.mean_idle_s,
            "buildings_with_few_visits": len(self.few_visits_ids),
            "buildings_with_long_gaps": len(self.long_gap_ids),
            "driving_s": self.driving_s,
            "officer_hours": self.officer_hours,
            "overtime_hours": self.overtime_hours,
        }
        return pd.Series(named, dtype=float)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScheduleCheck:
    """A timetable with the rules that it breaks and what it meets. Restricted.

    Attributes
    ----------
    faults
        Every rule that is broken, officer by officer in order of stops; empty if it keeps all.
    notes
        Sentences about what is no fault: overtime, visits outside open hours.
    figures
        What it meets. A stay that is no visit meets nothing; a stop that cannot be reached in time
        counts as it is written.
    planned
        The same of the plan that it was compared with.
    stays
        Arrival and departure of every visit by building id, in order of time, seconds.
    schedule
        The timetable as a schedule; None if it cannot be one, as of an officer in two places.
    """

    faults: tuple[TimetableFault, ...]
    notes: tuple[str, ...]
    figures: TimetableFigures
    planned: TimetableFigures | None
    stays: Mapping[str, Sequence[tuple[int, int]]]
    schedule: PatrolSchedule | None
    school_day: SchoolDay
    assumptions: PatrolAssumptions
    names: Mapping[str, str] = field(repr=False)

    def __repr__(self) -> str:
        return (
            f"ScheduleCheck({counted(self.figures.officers, 'officer')}, "
            f"{counted(len(self.faults), 'broken rule')})"
        )

    @property
    def ok(self) -> bool:
        """Whether the timetable keeps every rule."""
        return not self.faults

    def presences(self) -> pd.DataFrame:
        """Every wished presence, and whether it is met; as `PatrolSchedule.presences`."""
        wishes = self.school_day.presences
        return presence_table(wishes, self.stays, presence_s=self.assumptions.presence_s)

    def idleness(self) -> pd.DataFrame:
        """How long buildings are without a visit; as `PatrolSchedule.idleness`."""
        return idleness_table(self.school_day.hours, self.stays)

    def compare(self) -> pd.DataFrame:
        """The figures of the timetable, and of the plan if there is one.

        Returns
        -------
        DataFrame
            Index the names of figures, with units; columns ``given`` and, if compared,
            ``planned``.
        """
        columns = {"given": self.figures.to_series()}
        if self.planned is not None:
            columns["planned"] = self.planned.to_series()
        return pd.DataFrame(columns)

    def to_frame(self) -> pd.DataFrame:
        """The faults as a table.

        Returns
        -------
        DataFrame
            Columns ``rule``, ``zone_id``, ``officer_id``, ``stop`` (None for a whole day),
            ``where`` (row of the file), ``text`` and ``remedy``.
        """
        columns = ["rule", "zone_id", "officer_id", "stop", "where", "text", "remedy"]
        rows = [[str(f.rule), *(getattr(f, c) for c in columns[1:])] for f in self.faults]
        return pd.DataFrame(rows, columns=columns, dtype=object)

    def __str__(self) -> str:
        verdict = "keeps every rule" if self.ok else f"breaks {counted(len(self.faults), 'rule')}"
        lines = [f"{counted(self.figures.officers, 'officer')}: the timetable {verdict}"]
        lines += [f"  {line}" for line in self._figures()]
        lines += [f"  {line}" for line in first_few(list(map(str, self.faults)), _MOST_LINES)]
        return "\n".join([*lines, *(f"Note: {note}" for note in self.notes)])

    def _figures(self) -> Iterator[str]:
        given, plan = self.figures, self.planned
        for kind in PresenceKind:
            if given.wished[kind]:
                also = "" if plan is None else f"; the plan {plan.met[kind]}"
                yield f"{kind}: {given.met[kind]} of {given.wished[kind]} presences{also}"
        yield (
            f"{counted(given.visits, 'visit')} while open"
            f"{'' if plan is None else f'; the plan {plan.visits}'}"
        )
        if given.longest_gap_id is not None:
            at = self.names.get(given.longest_gap_id, given.longest_gap_id)
            also = "" if plan is None else f"; the plan {minutes(plan.longest_gap_s, digits=0)}"
            gap = minutes(given.longest_gap_s, digits=0)
            yield f"longest time without a visit while open: {gap}, at {at}{also}"
        also = "" if plan is None else f"; the plan {minutes(plan.driving_s, digits=0)}"
        yield f"driving: {minutes(given.driving_s, digits=0)}{also}"
        also = "" if plan is None else f"; the plan {plan.officer_hours:.2f}"
        yield (
            f"officer-hours: {given.officer_hours:.2f}, of which {given.overtime_hours:.2f} "
            f"overtime{also}"
        )


@typed
def check_schedule(
    timetable: PatrolSchedule | pd.DataFrame,
    plan: ZonePlan,
    schools: gpd.GeoDataFrame,
    times: TravelTimes,
    *,
    assumptions: PatrolAssumptions | None = None,
    times_by_hour: TravelByHour = (),
    wishes: pd.DataFrame | None = None,
    compared_to: PatrolSchedule | None = None,
) -> ScheduleCheck:
    """Check any timetable by the rules of a plan, and find what it meets.

    Every rule of `TimetableRule` is checked at every stop. What a supervisor may decide is no
    fault but noted: overtime where the assumptions allow it, and visits while a building is
    closed, which count for nothing.

    Parameters
    ----------
    timetable
        A schedule, or stops as `read_schedule` gives them: columns ``building_id``,
        ``arrival_s``, ``departure_s`` (whole seconds after midnight) and ``zone_id`` or
        ``officer_id``; optional ``stop``, ``activity``, ``shift_start_s``, ``shift_end_s``,
        ``where``. An officer without a zone has the one of all visited buildings. Without a
        shift it begins at the first stop, or with the drive from the base.
    plan
        The zones.
    schools
        Table of `zoning.read_schools`; with the bells of a day, that of
        `SchoolCalendar.schools_on`.
    times, times_by_hour, wishes
        As `zoning.plan_patrols`.
    assumptions
        Those of a plan; None: those of the schedule, or the defaults.
    compared_to
        A plan of `zoning.plan_patrols` whose figures stand beside.

    Raises
    ------
    ScheduleError
        If stops cannot be read: unknown buildings, times that are none; all faults at once.
    PlanError
        If the plan names buildings the schools do not have.
    NetworkError
        If a building has no travel times.
    """
    places = buildings_of(schools)
    require_buildings(plan, places)
    names = {str(i): str(name) for i, name in places["name"].items()}
    if isinstance(timetable, PatrolSchedule):
        assumed = assumptions or timetable.assumptions
        given = days_of_schedule(timetable)
    else:
        assumed = assumptions or PatrolAssumptions()
        given = days_of_stops(timetable, names, assumed)
    school_day = make_school_day(
        places.loc[list(plan.building_ids)], assumptions=assumed, wishes=wishes
    )
    planned_days = () if compared_to is None else days_of_schedule(compared_to)
    rules = _Rules(
        plan=plan,
        school_day=school_day,
        assumptions=assumed,
        names=names,
        travel=_Drives.of([*given, *planned_days], times, times_by_hour),
        zone_of={b: zone.zone_id for zone in plan.zones for b in zone.building_ids},
    )
    days = tuple(rules.complete(day) for day in given)
    faults = [fault for day in days for fault in rules.faults(day)]
    figures = rules.figures(days)
    return ScheduleCheck(
        faults=(*faults, *rules.missing_officers(days)),
        notes=tuple(rules.notes(days, figures)),
        figures=figures,
        planned=None if compared_to is None else rules.figures(planned_days),
        stays=rules.stays(days),
        schedule=rules.schedule(days),
        school_day=school_day,
        assumptions=assumed,
        names=names,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Drives:
    """Whole seconds among the buildings of a timetable, by the hour."""

    row: Mapping[str, int]
    begins_s: Ints
    drive_s: Ints

    @classmethod
    def of(cls, days: Iterable[GivenDay], times: TravelTimes, by_hour: TravelByHour) -> _Drives:
        used = {stop.visit.building_id for day in days for stop in day.stops}
        used |= {day.base_id for day in days if day.base_id is not None}
        ids = sorted(used)
        travel = PatrolTravel.of(times, by_hour, None)
        seconds = np.stack([period.subset(ids).seconds for period in travel.periods])
        drive = np.where(np.isfinite(seconds), np.ceil(seconds), _NO_WAY).astype(np.int64)
        drive[:, range(len(ids)), range(len(ids))] = 0
        row = {building: k for k, building in enumerate(ids)}
        return cls(row=row, begins_s=travel.begins_s, drive_s=drive)

    def seconds(self, origin: str, target: str, at_s: int) -> int:
        """Seconds of a drive that begins at a moment."""
        period = int(self.begins_s.searchsorted(at_s, side="right")) - 1
        return int(self.drive_s[period, self.row[origin], self.row[target]])

    def arrival(self, origin: str, target: str, ready_s: int) -> int:
        """Earliest arrival of an officer who is ready to leave at a moment."""
        a, b = self.row[origin], self.row[target]
        return int(earliest_arrival(self.begins_s, self.drive_s, a, b, ready_s))

    def departure(self, origin: str, target: str, by_s: int) -> int:
        """Latest departure that arrives by a moment; below 0 if there is none."""
        a, b = self.row[origin], self.row[target]
        return int(latest_departure(self.begins_s, self.drive_s, a, b, by_s))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Rules:
    """The rules of a plan's timetables."""

    plan: ZonePlan
    school_day: SchoolDay
    assumptions: PatrolAssumptions
    names: Mapping[str, str]
    travel: _Drives
    zone_of: Mapping[str, str]

    def complete(self, day: GivenDay) -> GivenDay:
        """Add the zone and the shift where they follow from the stops."""
        first, last = day.stops[0].visit, day.stops[-1].visit
        start, end, zone = day.start_s, day.end_s, day.zone_id
        if start is None:
            start = first.arrival_s
            if day.base_id is not None:
                start = max(0, self.travel.departure(day.base_id, first.building_id, start))
        if end is None:
            end = last.departure_s
            if day.base_id is not None:
                back = self.travel.seconds(last.building_id, day.base_id, end)
                end += back if back < _NO_WAY else 0
        if not zone:
            found = {self.zone_of.get(building, "") for building in day.visited}
            known = {z.zone_id for z in self.plan.zones}
            zone = day.officer_id if day.officer_id in known else min(found, default="")
            zone = zone if len(found) == 1 or day.officer_id in known else ""
        stops = tuple(replace(stop, visit=self._with_presences(stop.visit)) for stop in day.stops)
        return replace(day, start_s=start, end_s=end, zone_id=zone, stops=stops)

    def _with_presences(self, visit: Visit) -> Visit:
        wishes = () if visit.is_break else self.school_day.presences_at([visit.building_id])
        kinds = dict.fromkeys(wish.kind for wish in wishes if self._meets(visit, wish))
        return replace(visit, present_for=tuple(kinds))

    def _meets(self, visit: Visit, wish: WishedPresence) -> bool:
        return wish.is_met_by(
            visit.arrival_s, visit.departure_s, presence_s=self.assumptions.presence_s
        )

    def faults(self, day: GivenDay) -> Iterator[TimetableFault]:
        """Every rule that a day breaks, in order of stops."""
        yield from self._zone_faults(day)
        for before, after in zip((None, *day.stops), day.stops, strict=False):
            if before is not None:
                yield from self._hop_faults(day, before, after)
            yield from self._stay_faults(day, after)
        yield from self._shift_faults(day)
        yield from self._break_faults(day)

    def _fault(
        self,
        rule: TimetableRule,
        day: GivenDay,
        text: str,
        remedy: str,
        stop: GivenStop | None = None,
    ) -> TimetableFault:
        return TimetableFault(
            rule=rule,
            zone_id=day.zone_id,
            officer_id=day.officer_id,
            text=text,
            remedy=remedy,
            stop=None if stop is None else stop.number,
            where="" if stop is None else stop.where,
        )

    def _zone_faults(self, day: GivenDay) -> Iterator[TimetableFault]:
        if day.zone_id in {zone.zone_id for zone in self.plan.zones}:
            return
        zones = sorted({self.zone_of.get(building, "no zone") for building in day.visited})
        what = f"{day.zone_id} is no zone of the plan" if day.zone_id else "the officer has no zone"
        yield self._fault(
            TimetableRule.OFFICER,
            day,
            f"{what}; the buildings visited are of {' and '.join(zones)}",
            "name the officer's one zone",
        )

    def _hop_faults(
        self, day: GivenDay, before: GivenStop, after: GivenStop
    ) -> Iterator[TimetableFault]:
        """Find drives that are too short, and stops that begin before the last ended."""
        left, come = before.visit, after.visit
        here, there = self._name(left), self._name(come)
        ready = self.travel.arrival(left.building_id, come.building_id, left.departure_s)
        if ready >= _NO_WAY:
            text = f"{there} cannot be reached from {here}: no street leads there"
            yield self._fault(TimetableRule.DRIVE, day, text, "choose another order", after)
        elif come.arrival_s < left.departure_s:
            text = (
                f"arrives at {there} at {_at(come.arrival_s)}, before it leaves {here} at "
                f"{_at(left.departure_s)}"
            )
            yield self._fault(TimetableRule.OVERLAP, day, text, self._later(left, come), after)
        elif come.arrival_s < ready:
            drive = f"the drive from {here} takes {lasting(ready - left.departure_s)}"
            has = lasting(come.arrival_s - left.departure_s)
            text = f"arrives at {there} at {_at(come.arrival_s)}, {has} after leaving; {drive}"
            if come.arrival_s == left.departure_s:
                text = (
                    f"arrives at {there} at {_at(come.arrival_s)}, at the moment of leaving: "
                    f"{drive}"
                )
            yield self._fault(TimetableRule.DRIVE, day, text, self._later(left, come), after)
        if (
            come.building_id == left.building_id
            and come.activity is left.activity
            and come.arrival_s > left.departure_s
        ):
            text = f"two visits in a row are to {there}"
            yield self._fault(TimetableRule.STAY, day, text, "write them as one stay", after)

    def _later(self, left: Visit, come: Visit) -> str:
        ready = self.travel.arrival(left.building_id, come.building_id, left.departure_s)
        by = self.travel.departure(left.building_id, come.building_id, come.arrival_s)
        sooner = f", or leave {self._name(left)} by {_at(by, up=False)}" if by >= 0 else ""
        sooner = sooner if by - by % _MINUTE >= left.arrival_s else ""
        return f"arrive at {_at(ready, up=True)} or later{sooner}"

    def _stay_faults(self, day: GivenDay, stop: GivenStop) -> Iterator[TimetableFault]:
        visit, shortest = stop.visit, self.assumptions.shortest_stay_s
        if visit.is_break:
            return
        if visit.dwell_s < shortest:
            yield self._fault(
                TimetableRule.STAY,
                day,
                f"stays {lasting(visit.dwell_s)} at {self._name(visit)}; a visit is at least "
                f"{lasting(shortest)}",
                f"stay until {_at(visit.arrival_s + shortest, up=True)} or later",
                stop,
            )
        home = self.zone_of.get(visit.building_id)
        if home is None or (day.zone_id and home != day.zone_id):
            yield self._fault(
                TimetableRule.ZONE,
                day,
                f"{self._name(visit)} is in {home or 'no zone of the plan'}",
                "leave it to the officer there" if home else "leave it out, or give it a zone",
                stop,
            )

    def _shift_faults(self, day: GivenDay) -> Iterator[TimetableFault]:
        start, end = _shift(day)
        first, last = day.stops[0], day.stops[-1]
        base, shift = day.base_id, TimetableRule.SHIFT
        begin, finish = first.visit, last.visit
        if base is None:
            if begin.arrival_s != start:
                text = (
                    f"the shift begins at {_at(start)}, and the first stop at "
                    f"{_at(begin.arrival_s)}"
                )
                yield self._fault(shift, day, text, "begin at the first school, or name a base")
            if finish.departure_s != end:
                text = f"the shift ends at {_at(end)}, and the last stop at"
                text = f"{text} {_at(finish.departure_s)}"
                yield self._fault(shift, day, text, "end at the last school, or name a base")
        else:
            ready = self.travel.arrival(base, begin.building_id, start)
            if begin.arrival_s < ready:
                text = (
                    f"arrives at {self._name(begin)} at {_at(begin.arrival_s)}, which cannot be "
                    f"reached from the base {self._named(base)} before {_at(ready, up=True)}"
                )
                remedy = f"arrive at {_at(ready, up=True)} or later, or begin earlier"
                yield self._fault(shift, day, text, remedy, first)
            home = self.travel.arrival(finish.building_id, base, finish.departure_s)
            if home > end:
                text = (
                    f"leaves {self._name(finish)} at {_at(finish.departure_s)} and is not back at "
                    f"the base {self._named(base)} by {_at(end)}, the end of the shift"
                )
                remedy = "leave earlier"
                if home < _NO_WAY:
                    remedy += f", or end at {_at(home, up=True)}"
                yield self._fault(shift, day, text, remedy, last)
        beyond = end - start - self.assumptions.shift_s
        if beyond > 0 and self.assumptions.long_day is not LongDay.OVERTIME:
            yield self._fault(
                shift,
                day,
                f"the shift lasts {lasting(end - start)}, {lasting(beyond)} more than a shift",
                f"end at {_at(end - beyond, up=False)} or earlier, or allow overtime",
            )

    def _break_faults(self, day: GivenDay) -> Iterator[TimetableFault]:
        a, rule = self.assumptions, TimetableRule.BREAK
        start, end = _shift(day)
        breaks = [stop for stop in day.stops if stop.visit.is_break]
        window = f"{_at(start + a.break_earliest_s)} to {_at(start + a.break_latest_s)}"
        for stop in breaks[1:]:
            text = f"a second break, at {_at(stop.visit.arrival_s)}"
            yield self._fault(rule, day, text, "keep one", stop)
        if not a.has_break(end - start):
            return
        if not breaks:
            yield self._fault(
                rule,
                day,
                f"a shift of {lasting(end - start)} has no break",
                f"give {lasting(a.break_s)}, beginning from {window}",
            )
        for stop in breaks[:1]:
            rest = stop.visit
            if rest.dwell_s < a.break_s:
                yield self._fault(
                    rule,
                    day,
                    f"the break lasts {lasting(rest.dwell_s)}, less than {lasting(a.break_s)}",
                    f"end it at {_at(rest.arrival_s + a.break_s, up=True)} or later",
                    stop,
                )
            if not a.break_earliest_s <= rest.arrival_s - start <= a.break_latest_s:
                text = f"the break begins at {_at(rest.arrival_s)}"
                yield self._fault(rule, day, text, f"begin it from {window}", stop)

    def missing_officers(self, days: Iterable[GivenDay]) -> Iterator[TimetableFault]:
        """Find zones of the plan that no officer has."""
        staffed = {day.zone_id for day in days}
        for zone in self.plan.zones:
            ids = open_buildings(zone, self.school_day)
            if ids and zone.zone_id not in staffed:
                yield TimetableFault(
                    rule=TimetableRule.OFFICER,
                    zone_id=zone.zone_id,
                    officer_id=zone.zone_id,
                    text=f"no officer has a day for its {counted(len(ids), 'building')}",
                    remedy="give the zone an officer",
                )

    def counted_days(self, days: Iterable[GivenDay]) -> list[list[Visit]]:
        """The stays that are visits, by officer."""
        shortest = self.assumptions.shortest_stay_s
        return [
            [s.visit for s in day.stops if not s.visit.is_break and s.visit.dwell_s >= shortest]
            for day in days
        ]

    def stays(self, days: Iterable[GivenDay]) -> dict[str, list[tuple[int, int]]]:
        """Arrival and departure of every visit by building id."""
        return visits_by_building(self.counted_days(days))

    def figures(self, days: Sequence[GivenDay]) -> TimetableFigures:
        """Find what days meet, and what they take."""
        stays, school_day = self.stays(days), self.school_day
        presences = presence_table(
            school_day.presences, stays, presence_s=self.assumptions.presence_s
        )
        idle = idleness_table(school_day.hours, stays)
        of_kind = {kind: presences[presences["kind"] == str(kind)]["met"] for kind in PresenceKind}
        visits = idle["visits"]
        lengths = [end - start for start, end in map(_shift, days)]
        shift = self.assumptions.shift_s
        return TimetableFigures(
            officers=len(days),
            met={kind: int(met.sum()) for kind, met in of_kind.items()},
            wished={kind: len(met) for kind, met in of_kind.items()},
            weight=int(presences.loc[presences["met"], "weight"].sum()),
            visits=int(visits.sum()),
            closed_visits=sum(map(len, stays.values())) - int(visits.sum()),
            unvisited_ids=tuple(visits.index[visits == 0]),
            longest_gap_s=float(idle["longest_gap_s"].max()) if len(idle) else 0.0,
            longest_gap_id=str(idle["longest_gap_s"].idxmax()) if len(idle) else None,
            mean_idle_s=float(idle["mean_idle_s"].mean()) if len(idle) else 0.0,
            few_visits_ids=tuple(
                str(b) for b, n in visits.items() if n < school_day.least_visits.get(str(b), 0)
            ),
            long_gap_ids=tuple(
                str(b)
                for b, gap in idle["longest_gap_s"].items()
                if gap > school_day.longest_gap_s.get(str(b), math.inf)
            ),
            driving_s=float(sum(self._driving(day) for day in days)),
            officer_hours=sum(lengths) / SECONDS_PER_HOUR,
            overtime_hours=sum(max(0, length - shift) for length in lengths) / SECONDS_PER_HOUR,
        )

    def _driving(self, day: GivenDay) -> int:
        """Seconds of the drives of a day; nothing for one that no street allows."""
        visits = [stop.visit for stop in day.stops]
        hops = [(a.building_id, b.building_id, a.departure_s) for a, b in pairwise(visits)]
        if day.base_id is not None:
            start, _ = _shift(day)
            hops.append((day.base_id, visits[0].building_id, start))
            hops.append((visits[-1].building_id, day.base_id, visits[-1].departure_s))
        drives = [self.travel.seconds(*hop) for hop in hops]
        return sum(drive for drive in drives if drive < _NO_WAY)

    def notes(self, days: Sequence[GivenDay], figures: TimetableFigures) -> Iterator[str]:
        """Say what is no fault, and what a supervisor should know."""
        shift = self.assumptions.shift_s
        long = {day.officer_id: b - a - shift for day in days for a, b in [_shift(day)]}
        over = {officer: beyond for officer, beyond in long.items() if beyond > 0}
        if over and self.assumptions.long_day is LongDay.OVERTIME:
            named = [f"{officer} {lasting(beyond)}" for officer, beyond in over.items()]
            yield f"Overtime beyond a shift of {lasting(shift)}: {', '.join(first_few(named))}."
        if figures.closed_visits:
            yield (
                f"{counted(figures.closed_visits, 'visit')} of "
                f"{figures.visits + figures.closed_visits} while the school is closed: they count "
                "for nothing."
            )
        if figures.unvisited_ids:
            named = [self._named(building) for building in figures.unvisited_ids]
            yield f"Without a visit while open: {', '.join(first_few(named))}."

    def schedule(self, days: Sequence[GivenDay]) -> PatrolSchedule | None:
        """The timetable as a schedule; None if it cannot be one."""
        seen = {building for day in days for building in day.visited}
        unvisited = {
            zone.zone_id: tuple(sorted({*open_buildings(zone, self.school_day)} - seen))
            for zone in self.plan.zones
        }
        try:
            made = tuple(
                OfficerDay(
                    zone_id=day.zone_id,
                    officer_id=day.officer_id,
                    start_s=start,
                    end_s=end,
                    visits=tuple(stop.visit for stop in day.stops),
                    base_id=day.base_id,
                    unvisited_ids=unvisited.get(day.zone_id, ()),
                )
                for day in days
                for start, end in [_shift(day)]
            )
        except ScheduleError:
            return None
        return PatrolSchedule(days=made, assumptions=self.assumptions, school_day=self.school_day)

    def _name(self, visit: Visit) -> str:
        return self._named(visit.building_id)

    def _named(self, building_id: str) -> str:
        return self.names.get(building_id, building_id)


def _shift(day: GivenDay) -> tuple[int, int]:
    """Begin and end of a completed day."""
    if day.start_s is None or day.end_s is None:
        raise ScheduleError(f"the day of {day.officer_id} has no shift")
    return day.start_s, day.end_s


def _at(seconds: int, *, up: bool | None = None) -> str:
    """Format a moment; to the minute, rounded up or down, if it is one to keep to."""
    if up is not None:
        seconds = seconds - seconds % _MINUTE + (_MINUTE if up and seconds % _MINUTE else 0)
    return clock(seconds, to_the_second=bool(seconds % _MINUTE))
