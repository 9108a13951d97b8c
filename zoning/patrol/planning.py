"""From a zone plan to the timetable of every officer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from zoning.errors import PlanError, ScheduleError
from zoning.patrol.reach import require_zones_reachable
from zoning.patrol.rounds import Stop, earliest_begins, plan_stops
from zoning.patrol.schedule import OfficerDay, PatrolAssumptions, PatrolSchedule, Visit
from zoning.patrol.tours import shortest_round, windowed_order
from zoning.patrol.windows import DayFrame, day_frames, is_covered, service_slots
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

    In each patrol zone, exactly and first of all: visits inside the arrival
    windows of as many buildings as possible and, among those, with the least
    driving between them. Time left between them goes to the building unseen for
    longest; after the last of them the officer repeats the shortest round of the
    zone (exact, directions matter). Every building is visited whenever a round
    fits into the rest of the day; otherwise a notice names those left out. An
    officer with one building stays there all day.

    The officer's day starts where the first visit is: the drive to it, and home
    again, are not part of it. Drives are rounded up to whole seconds.

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
    _require_buildings(plan, buildings)
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
    """The day of one officer, and whether its visiting orders are proved best."""
    ids = sorted(zone.building_ids)
    dwell = assumptions.dwell_s
    if len(ids) == 1:
        proved = True
        stops = [Stop(place=0, arrival_s=frame.start_s, departure_s=frame.end_s)]
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


def _require_buildings(plan: ZonePlan, buildings: pd.DataFrame) -> None:
    known = set(buildings.index)
    strange = [
        f"{zone.zone_id}: {building}"
        for zone in plan.zones
        for building in zone.building_ids
        if building not in known
    ]
    if strange:
        raise PlanError(
            f"{len(strange)} buildings of the plan are not among the schools' buildings",
            strange,
            "A building goes by the campus_id of its schools; virtual schools have none.",
        )
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


def _bell_notices(
    zones: Sequence[Zone], frames: Sequence[DayFrame], assumptions: PatrolAssumptions
) -> list[str]:
    start, end = clock(assumptions.day_start_s), clock(assumptions.day_end_s)
    said = {
        (False, False): f"no bell times: no arrival windows, the default day {start} to {end}.",
        (False, True): f"no bell starts: no arrival windows, a day from the default {start}.",
        (True, False): f"no dismissal times: a day that ends at the default {end}.",
    }
    notices = []
    for known, sentence in said.items():
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
