"""Plan the timetable of every officer from a zone plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from zoning.errors import PlanError, ScheduleError, UnreachableError, first_few
from zoning.patrol.schedule import OfficerDay, PatrolAssumptions, PatrolSchedule, Visit
from zoning.patrol.tours import (
    Interval,
    Stay,
    earliest_begins,
    plan_stops,
    shortest_round,
    windowed_order,
)
from zoning.roads.travel.travel_times import TravelTimes
from zoning.schools import buildings as buildings_of
from zoning.units import clock
from zoning.zones.plan import Zone, ZoneKind, ZonePlan


def plan_patrols(
    plan: ZonePlan,
    schools: gpd.GeoDataFrame,
    times: TravelTimes,
    *,
    assumptions: PatrolAssumptions | None = None,
) -> PatrolSchedule:
    """Plan one day of every officer, from the first bell to the last dismissal.

    In each patrol zone an exact solver first plans visits inside the arrival windows of
    as many buildings as possible, with the least driving among those solutions. Time
    left between these visits goes to the building that has waited longest. After the
    last of them the officer repeats the shortest round trip of the zone (exact,
    directions matter). Every building is visited if a round trip fits into the rest of
    the day; otherwise a notice names those left out. An officer with one building stays
    there all day.

    The officer's day starts at the first visit: the drive to it and the drive home are
    not part of the day. Drives are rounded up to whole seconds.

    Parameters
    ----------
    plan
        The zones; their buildings must be buildings of the schools.
    schools
        Table of `zoning.read_schools`.
    times
        Seconds, and metres if known, from building to building by the profile
        officers patrol with; must hold every building of the plan.
    assumptions
        Dwell, windows and the default day; the defaults if None.

    Raises
    ------
    PlanError
        If the plan names buildings the schools do not have.
    ScheduleError
        If a dedicated officer has several buildings, or a day would end before
        it starts.
    UnreachableError
        If buildings of one zone cannot be reached from one another.
    NetworkError
        If a building has no travel times.
    """
    assumed = assumptions or PatrolAssumptions()
    buildings = buildings_of(schools)
    require_buildings(plan, buildings)
    _require_one_building_each(plan)
    require_zones_reachable(plan, times)
    frames = day_frames(plan.zones, buildings, assumptions=assumed)

    days: list[OfficerDay] = []
    unproved: list[str] = []
    for zone, frame in zip(plan.zones, frames, strict=True):
        day, proved = _officer_day(zone, frame, times, assumptions=assumed)
        days.append(day)
        if not proved:
            unproved.append(zone.zone_id)
    return PatrolSchedule(
        days=tuple(days),
        assumptions=assumed,
        notices=(
            *([times.estimate] if times.estimate else []),
            *_bell_notices(plan.zones, frames, assumed),
            *_unproved_notice(unproved),
            *_unvisited_notices(days, buildings),
        ),
    )


def _officer_day(
    zone: Zone, frame: DayFrame, times: TravelTimes, *, assumptions: PatrolAssumptions
) -> tuple[OfficerDay, bool]:
    """Plan the day of one officer; return also whether its visiting orders are proved best."""
    ids = sorted(zone.building_ids)
    dwell = assumptions.dwell_s
    if len(ids) == 1:
        proved = True
        stops = [Stay(place=0, arrival_s=frame.start_s, departure_s=frame.end_s)]
    else:
        at = times.positions(ids)
        drive = np.ceil(times.seconds[np.ix_(at, at)]).astype(int).tolist()
        slots = service_slots(frame, assumptions=assumptions)
        windowed = windowed_order(drive, slots, dwell_s=dwell, seed=assumptions.seed)
        tour = shortest_round(drive, seed=assumptions.seed)
        proved = windowed.proved and tour.proved
        begins = earliest_begins(windowed.places, drive, slots, dwell_s=dwell)
        stops = plan_stops(
            drive,
            start_s=frame.start_s,
            end_s=frame.end_s,
            dwell_s=dwell,
            windowed=list(zip(windowed.places, begins, strict=True)),
            tour=tour.places,
        )
    stays = zone.kind is ZoneKind.DEDICATED
    visits = tuple(
        Visit(
            building_id=ids[stop.place],
            arrival_s=stop.arrival_s,
            departure_s=stop.departure_s,
            in_arrival_window=bool(frame.bells[stop.place])
            if stays
            else is_covered(
                stop.arrival_s,
                stop.departure_s,
                frame.bells[stop.place],
                assumptions=assumptions,
            ),
        )
        for stop in stops
    )
    seen = {visit.building_id for visit in visits}
    day = OfficerDay(
        zone_id=zone.zone_id,
        start_s=frame.start_s,
        end_s=frame.end_s,
        visits=visits,
        bell_building_ids=tuple(i for i, bells in zip(ids, frame.bells, strict=True) if bells),
        unvisited_ids=tuple(i for i in ids if i not in seen),
    )
    return day, proved


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFrame:
    """The bounds of one officer's day, before any visit is planned.

    Attributes
    ----------
    start_s, end_s
        Seconds after midnight.
    bells
        Bell starts of each building of the zone, seconds after midnight, in the
        order of the sorted building ids.
    start_known, end_known
        False if the default day is used.
    """

    start_s: int
    end_s: int
    bells: tuple[tuple[int, ...], ...]
    start_known: bool
    end_known: bool


def day_frames(
    zones: Sequence[Zone], buildings: pd.DataFrame, *, assumptions: PatrolAssumptions
) -> list[DayFrame]:
    """The day of each zone's officer.

    A patrolling officer starts when the first arrival window opens (first bell
    less the lead), a dedicated one at the bell; both work to the last dismissal.

    Raises
    ------
    ScheduleError
        If a day would end before it starts; names every such zone.
    """
    frames = [_day_frame(zone, buildings, assumptions=assumptions) for zone in zones]
    faults = [
        f"{zone.zone_id}: ends at {clock(frame.end_s)}{'' if frame.end_known else ' (day_end_s)'}, "
        f"starts at {clock(frame.start_s)}{'' if frame.start_known else ' (day_start_s)'}"
        for zone, frame in zip(zones, frames, strict=True)
        if frame.end_s <= frame.start_s
    ]
    if faults:
        raise ScheduleError(
            f"{len(faults)} officers have no working day",
            faults,
            "Give bell_start and bell_end for these schools, or change the default day.",
        )
    return frames


def _day_frame(zone: Zone, buildings: pd.DataFrame, *, assumptions: PatrolAssumptions) -> DayFrame:
    rows = buildings.loc[sorted(zone.building_ids)]
    bells = tuple(tuple(int(bell) for bell in known) for known in rows["arrival_bells_s"])
    first = min((bell for known in bells for bell in known), default=None)
    lead = 0 if zone.kind is ZoneKind.DEDICATED else assumptions.arrival_lead_s
    dismissals = rows["bell_end_s"].dropna()
    return DayFrame(
        start_s=assumptions.day_start_s if first is None else max(0, first - lead),
        end_s=assumptions.day_end_s if dismissals.empty else int(dismissals.max()),
        bells=bells,
        start_known=first is not None,
        end_known=not dismissals.empty,
    )


def service_slots(frame: DayFrame, *, assumptions: PatrolAssumptions) -> list[list[Interval]]:
    """When a windowed visit of each building may begin, both ends included.

    A slot runs from the opening of an arrival window to a dwell before it closes,
    within the officer's day.
    """
    dwell = assumptions.dwell_s
    slots: list[list[Interval]] = []
    for bells in frame.bells:
        bounds = (
            (
                max(bell - assumptions.arrival_lead_s, frame.start_s),
                min(bell + assumptions.arrival_lag_s, frame.end_s) - dwell,
            )
            for bell in bells
        )
        slots.append([(low, high) for low, high in bounds if low <= high])
    return slots


def is_covered(
    arrival_s: int, departure_s: int, bells: Sequence[int], *, assumptions: PatrolAssumptions
) -> bool:
    """Whether a stay contains a whole dwell inside an arrival window."""
    return any(
        max(arrival_s, bell - assumptions.arrival_lead_s) + assumptions.dwell_s
        <= min(departure_s, bell + assumptions.arrival_lag_s)
        for bell in bells
    )


def require_buildings(plan: ZonePlan, buildings: pd.DataFrame) -> None:
    """Raise `PlanError` unless every building of the plan is one of the schools'."""
    known = set(buildings.index)
    unknown = [
        f"{zone.zone_id}: {building}"
        for zone in plan.zones
        for building in zone.building_ids
        if building not in known
    ]
    if unknown:
        raise PlanError(
            f"{len(unknown)} buildings of the plan are not among the schools' buildings",
            unknown,
            "The id of a building is the campus_id of its schools; virtual schools have none.",
        )


def _require_one_building_each(plan: ZonePlan) -> None:
    crowded = [
        f"{zone.zone_id}: {', '.join(zone.building_ids)}"
        for zone in plan.zones
        if zone.kind is ZoneKind.DEDICATED and len(zone.building_ids) > 1
    ]
    if crowded:
        raise ScheduleError(
            f"{len(crowded)} dedicated officers have more than one building",
            crowded,
            "Make these patrol zones, or give each building its own officer.",
        )


def require_zones_reachable(plan: ZonePlan, times: TravelTimes) -> None:
    """Raise unless every building of a zone is reachable from every other.

    Raises
    ------
    UnreachableError
        Naming the pairs and their zones.
    NetworkError
        Naming the buildings the table does not have.
    """
    ids = plan.building_ids
    row = dict(zip(ids, times.positions(ids).tolist(), strict=True))
    pairs = []
    for zone in plan.zones:
        at = [row[building] for building in zone.building_ids]
        if not np.isfinite(times.seconds[np.ix_(at, at)]).all():
            inside = times.subset(zone.building_ids)
            pairs += [f"{zone.zone_id}: {a} to {b}" for a, b in inside.unreachable_pairs()]
    if pairs:
        raise UnreachableError(
            f"{len(pairs)} pairs of buildings of one zone have no route between them",
            first_few(pairs),
            "Repair the street network there, or put these buildings in other zones.",
        )


def _bell_notices(
    zones: Sequence[Zone], frames: Sequence[DayFrame], assumptions: PatrolAssumptions
) -> list[str]:
    start, end = clock(assumptions.day_start_s), clock(assumptions.day_end_s)
    sentences = {
        (False, False): f"no bell times: no arrival windows, the default day {start} to {end}.",
        (False, True): f"no bell starts: no arrival windows, a day from the default {start}.",
        (True, False): f"no dismissal times: a day that ends at the default {end}.",
    }
    notices = []
    for known, sentence in sentences.items():
        without = [
            zone.zone_id
            for zone, frame in zip(zones, frames, strict=True)
            if (frame.start_known, frame.end_known) == known
        ]
        if without:
            subject = "All zones" if len(without) == len(zones) else ", ".join(without)
            notices.append(f"{subject}: {sentence}")
    return notices


def _unproved_notice(zone_ids: Sequence[str]) -> list[str]:
    if not zone_ids:
        return []
    return [
        f"{', '.join(zone_ids)}: too many buildings to prove the visiting order the best within "
        "the work limit; the best order found is used."
    ]


def _unvisited_notices(days: Iterable[OfficerDay], buildings: pd.DataFrame) -> list[str]:
    notices = []
    for day in days:
        if day.unvisited_ids:
            ids = list(day.unvisited_ids)
            names = buildings.loc[ids, "name"]
            named = ", ".join(f"{name} ({i})" for name, i in zip(names, ids, strict=True))
            notices.append(
                f"{day.zone_id}: the day from {clock(day.start_s)} to {clock(day.end_s)} is too "
                f"short to visit {named}."
            )
    return notices
