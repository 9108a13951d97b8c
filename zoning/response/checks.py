"""Checks of what a simulation is given."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zoning.demand import CallRates
from zoning.errors import DemandError, OptionError, ScheduleError, first_few
from zoning.patrol import PatrolSchedule
from zoning.roads.traffic import TravelByHour
from zoning.roads.travel.travel_times import TravelTimes
from zoning.units import clock
from zoning.zones.plan import ZonePlan

_SECONDS_A_DAY: Final = 86_400.0
_FASTEST_SHARE: Final = 0.05
"""A drive of a timetable that takes a smaller share of the time to a call was left out. Not 1:
patrols may be planned by a profile of one's own that is several times faster."""


def require_same_buildings(plan: ZonePlan, calls: CallRates) -> None:
    """Raise `DemandError` unless plan and call rates hold the same buildings."""
    planned = set(plan.building_ids)
    rated = set(calls.per_day.index)
    faults = [
        f"{what}: {', '.join(sorted(ids))}"
        for what, ids in (
            ("in the plan without a call rate", planned - rated),
            ("with a call rate but in no zone", rated - planned),
        )
        if ids
    ]
    if faults:
        raise DemandError(
            "the plan and the call rates are not about the same buildings",
            faults,
            "Make both from the same schools.",
        )


def require_timetable(plan: ZonePlan, schedule: PatrolSchedule) -> None:
    """Raise `ScheduleError` unless every zone has a day, which visits its own buildings alone.

    A zone whose buildings are all closed on the day of the timetable has none, nor has a zone on
    call without officers of its own. An officer of the whole district visits any building.
    """
    zones = {zone.zone_id: zone for zone in plan.zones}
    hours = schedule.school_day.hours
    faults = [
        f"{zone_id} has no officer's day"
        for zone_id, zone in zones.items()
        if zone.officers
        and not schedule.days_of(zone_id)
        and (not hours or any(building in hours for building in zone.building_ids))
    ]
    for day in schedule.days:
        if day.zone_id and day.zone_id not in zones:
            faults.append(f"{day.zone_id} is not a zone of the plan")
            continue
        visited = {visit.building_id for visit in day.visits if not visit.is_break}
        own = set(zones[day.zone_id].building_ids if day.zone_id else plan.building_ids)
        where = "in another zone" if day.zone_id else "in no zone"
        faults += [
            f"the officer of {day.officer_id} visits {building}, which is {where}"
            for building in sorted(visited - own)
        ]
    if faults:
        raise ScheduleError(
            "the timetable is not one of this plan", faults, "Plan the patrols of this plan."
        )


def require_same_officers(plan: ZonePlan, schedules: Sequence[PatrolSchedule]) -> None:
    """Raise `ScheduleError` unless all timetables are of the same officers."""
    if not schedules:
        raise ScheduleError("no timetable was given")
    first, *others = [
        [
            day.officer_id
            for zone_id in (*(zone.zone_id for zone in plan.zones), "")
            for day in schedule.days_of(zone_id)
        ]
        for schedule in schedules
    ]
    faults = [
        f"timetable {number}: {', '.join(sorted(set(ids) ^ set(first)))}"
        for number, ids in enumerate(others, start=2)
        if set(ids) != set(first)
    ]
    if faults:
        raise ScheduleError(
            "these officers are in one timetable and not in the first, or the reverse",
            faults,
            "Estimate the response of each by itself.",
        )


def require_hours(plan: ZonePlan, schedule: PatrolSchedule, buildings: pd.DataFrame) -> None:
    """Raise `ScheduleError` if a building is open only while its zone's officers are off duty."""
    faults: list[str] = []
    times = buildings[["bell_start_s", "bell_end_s"]].to_numpy(np.float64)
    bells = dict(zip(buildings.index, times, strict=True))
    for zone in plan.zones:
        shifts = [(day.start_s, day.end_s) for day in schedule.days_of(zone.zone_id)]
        for building in zone.building_ids:
            opens, closes = bells[building]  # NaN where unknown
            there = [np.fmin(closes, end) > np.fmax(opens, start) for start, end in shifts]
            if shifts and not any(there):
                told = " and ".join(f"{clock(start)} to {clock(end)}" for start, end in shifts)
                faults.append(f"{building} in {zone.zone_id}: the officer's day is {told}")
    if faults:
        raise ScheduleError(
            f"{len(faults)} buildings have no officer during their school hours",
            faults,
            "Plan the patrols again with the bell times of these schools.",
        )


def require_drives(
    schedule: PatrolSchedule, times: TravelTimes, times_by_hour: TravelByHour
) -> None:
    """Raise `ScheduleError` if officers change building faster than any car could.

    A drive of the timetable takes at least a twentieth of the shortest time to a call between the
    same buildings: less was forgotten. `zoning.check_schedule` holds a timetable against the times
    it is driven by.
    """
    tables = [times, *(table for _, _, table in times_by_hour)]
    faults = []
    for day in schedule.days:
        stops = day.stops
        at = [table.positions([building for building, _, _ in stops]) for table in tables]
        least = np.min([t.seconds[k[:-1], k[1:]] for t, k in zip(tables, at, strict=True)], axis=0)
        for (a, _, leaves), (b, arrives, _), drive in zip(stops, stops[1:], least, strict=False):
            if arrives - leaves < _FASTEST_SHARE * drive:
                faults.append(
                    f"{day.officer_id}: {a} at {clock(leaves)} to {b} at {clock(arrives)}, "
                    f"{arrives - leaves} s for a drive of {drive:.0f} s"
                )
    if faults:
        raise ScheduleError(
            f"{len(faults)} drives of the timetable are faster than any car",
            first_few(faults),
            "Check the timetable with zoning.check_schedule; where roads are slower than those it "
            "was planned for, use zoning.response.stress_plan.",
        )


def require_options(officers: int, empty: NDArray[np.bool_], times_by_hour: TravelByHour) -> None:
    """Raise `OptionError` unless empty posts and periods fit."""
    faults: list[str] = []
    if empty.ndim != 2 or empty.shape[1] != officers or not len(empty):
        faults.append(
            f"empty_posts has shape {empty.shape}, {officers} officers need (days, {officers})"
        )
    periods = sorted((a, b) for a, b, _ in times_by_hour)
    faults += [
        f"times_by_hour have a stretch from {clock(a)} to {clock(b)}, which is none"
        for a, b in periods
        if not 0 <= a < b <= _SECONDS_A_DAY
    ]
    faults += [
        f"times_by_hour overlap at {clock(after[0])}"
        for before, after in pairwise(periods)
        if after[0] < before[1]
    ]
    if faults:
        raise OptionError("the response cannot be simulated", faults)
