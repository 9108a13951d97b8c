"""What the district would gain if officers shared the bells of all schools."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from zoning.errors import typed
from zoning.patrol.assumptions import PatrolAssumptions
from zoning.patrol.planning import PatrolTravel, day_problem
from zoning.patrol.school_day import make_school_day
from zoning.patrol.team import PresencePool, pool_presences
from zoning.patrol.team_problem import TeamOfficer, TeamProblem
from zoning.roads.traffic import TravelByHour
from zoning.roads.travel.travel_times import TravelTimes
from zoning.schools import buildings as buildings_of
from zoning.zones.plan import ZoneKind, ZonePlan


@typed
def share_presences(
    plan: ZonePlan,
    schools: gpd.GeoDataFrame,
    times: TravelTimes,
    *,
    assumptions: PatrolAssumptions | None = None,
    times_by_hour: TravelByHour = (),
    wishes: pd.DataFrame | None = None,
) -> PresencePool:
    """Compare the presences met zone by zone with those of officers who share all schools.

    Only the officers of patrol zones share; an officer of one building stays there. Shifts and
    breaks are those of the zones.

    Parameters
    ----------
    plan, schools, times, assumptions, times_by_hour, wishes
        As `zoning.plan_patrols`.

    Raises
    ------
    ScheduleError
        If no zone is patrolled on that day, or as `zoning.plan_patrols`.
    UnreachableError
        If some building cannot be reached from every other.
    """
    problem = team_problem(
        plan,
        schools,
        times,
        assumptions=assumptions,
        times_by_hour=times_by_hour,
        wishes=wishes,
    )
    at = times.positions(problem.building_ids)
    return pool_presences(problem, metres=None if times.metres is None else times.metres[at][:, at])


def team_problem(
    plan: ZonePlan,
    schools: gpd.GeoDataFrame,
    times: TravelTimes,
    *,
    assumptions: PatrolAssumptions | None = None,
    times_by_hour: TravelByHour = (),
    wishes: pd.DataFrame | None = None,
) -> TeamProblem:
    """State the presences of all patrol zones as numbers, each officer with the own zone."""
    assumed = assumptions or PatrolAssumptions()
    zones = [zone for zone in plan.zones if zone.kind is not ZoneKind.DEDICATED]
    ids = sorted(building for zone in zones for building in zone.building_ids)
    school_day = make_school_day(buildings_of(schools).loc[ids], assumptions=assumed, wishes=wishes)
    travel = PatrolTravel.of(times, times_by_hour, assumed.base)
    row = {building: k for k, building in enumerate(ids)}
    drive_s, from_base_s, to_base_s = travel.drives(ids)
    officers = []
    for zone in zones:
        if any(building in school_day.hours for building in zone.building_ids):
            day = day_problem(zone.building_ids, school_day, travel, assumptions=assumed)
            officers.append(
                TeamOfficer.of(
                    zone.zone_id,
                    day,
                    places=[row[building] for building in day.building_ids],
                    from_base_s=from_base_s,
                    to_base_s=to_base_s,
                )
            )
    return TeamProblem(
        building_ids=tuple(ids),
        period_begins_s=travel.begins_s,
        drive_s=drive_s,
        presences=school_day.presences,
        dwell_s=assumed.dwell_s,
        presence_s=assumed.presence_s,
        officers=tuple(officers),
    )
