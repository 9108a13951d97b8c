"""What each way to staff a long school day costs in officer-hours, and what it buys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import geopandas as gpd
import pandas as pd

from zoning.errors import typed
from zoning.patrol.assumptions import LongDay, PatrolAssumptions
from zoning.patrol.day_problem import idle_gaps
from zoning.patrol.day_search import DayEffort
from zoning.patrol.planning import PatrolTravel, open_buildings, plan_zone, prepare_day, whole_day
from zoning.patrol.schedule import OfficerDay, PatrolSchedule
from zoning.patrol.school_day import SchoolDay
from zoning.patrol.working_day import QUICK
from zoning.roads.traffic import TravelByHour
from zoning.roads.travel.travel_times import TravelTimes
from zoning.zones.plan import Zone, ZonePlan

_SUMMED: Final = [
    *("officers", "officer_hours", "overtime_hours"),
    *("presences_met", "presences_wished", "unstaffed_s"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftOptions:
    """The ways to staff long school days side by side. Restricted: gaps by zone.

    Attributes
    ----------
    by_zone
        A row a zone and option. Columns ``zone_id``, ``option`` (overtime, one shift, second
        shift), ``is_long`` (whether the school day is longer than a shift; if not, all options
        are the same), ``officers``, ``officer_hours``, ``overtime_hours`` (above a shift each),
        ``presences_met``, ``presences_wished``, ``longest_gap_s`` (longest time that a building
        is without a visit while open), ``unstaffed_s`` (seconds in which a building of the zone
        is open and no officer of the zone is on shift; a break is on shift), ``is_chosen``.
    district
        Index ``option``: the sums over zones, the longest gap of all, and ``is_chosen``.
    """

    by_zone: pd.DataFrame
    district: pd.DataFrame


@typed
def shift_options(
    plan: ZonePlan,
    schools: gpd.GeoDataFrame,
    times: TravelTimes,
    *,
    assumptions: PatrolAssumptions | None = None,
    times_by_hour: TravelByHour = (),
    wishes: pd.DataFrame | None = None,
    effort: DayEffort = QUICK,
) -> ShiftOptions:
    """Plan every zone with overtime, with one shift and with a second shift, and compare.

    Parameters and errors are those of `plan_patrols`; the option that is chosen is that of the
    assumptions. ``effort`` is the search of each day: quick by default, so that gaps may be
    longer than those of `plan_patrols`; presences are the same.
    """
    assumed = assumptions or PatrolAssumptions()
    school_day, travel = prepare_day(
        plan, schools, times, assumptions=assumed, times_by_hour=times_by_hour, wishes=wishes
    )
    rows = [
        row
        for zone in plan.zones
        if open_buildings(zone, school_day)
        for row in _rows_of_zone(zone, school_day, travel, assumed, effort)
    ]
    by_zone = pd.DataFrame(rows)
    grouped = by_zone.groupby("option", sort=False)
    district = grouped[_SUMMED].sum()
    district["longest_gap_s"] = grouped["longest_gap_s"].max()
    district["is_chosen"] = grouped["is_chosen"].all()
    return ShiftOptions(by_zone=by_zone, district=district)


def _rows_of_zone(
    zone: Zone,
    school_day: SchoolDay,
    travel: PatrolTravel,
    assumed: PatrolAssumptions,
    effort: DayEffort,
) -> list[dict[str, object]]:
    ids = open_buildings(zone, school_day)
    _, out, back = travel.drives(ids)
    start, end = whole_day(ids, school_day, out, back)
    is_long = end - start > assumed.shift_s
    rows: list[dict[str, object]] = []
    for option in LongDay:
        if is_long or not rows:
            days = plan_zone(
                zone, school_day, travel, assumptions=assumed, long_day=option, effort=effort
            )
            figures = _figures(ids, days, school_day, assumed)
        rows.append(
            {
                "zone_id": zone.zone_id,
                "option": str(option),
                "is_long": is_long,
                **figures,
                "is_chosen": option is assumed.long_day,
            }
        )
    return rows


def _figures(
    ids: Sequence[str],
    days: tuple[OfficerDay, ...],
    school_day: SchoolDay,
    assumed: PatrolAssumptions,
) -> dict[str, float]:
    hours = {building: school_day.hours[building] for building in ids}
    of_zone = PatrolSchedule(
        days=days,
        assumptions=assumed,
        school_day=replace(
            school_day,
            hours=MappingProxyType(hours),
            presences=school_day.presences_at(ids),
        ),
    )
    met = of_zone.presences()["met"]
    opens, closes = min(a for a, _ in hours.values()), max(b for _, b in hours.values())
    closed = [(a, b) for a, b in idle_gaps(sorted(hours.values()), opens, closes)]
    on_shift = sorted([*closed, *((day.start_s, day.end_s) for day in days)])
    return {
        "officers": len(days),
        "officer_hours": of_zone.officer_hours,
        "overtime_hours": of_zone.overtime_hours,
        "presences_met": int(met.sum()),
        "presences_wished": len(met),
        "longest_gap_s": float(of_zone.idleness()["longest_gap_s"].max()),
        "unstaffed_s": sum(b - a for a, b in idle_gaps(on_shift, opens, closes)),
    }
