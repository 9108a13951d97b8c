"""The ways officers drive between the stops of their days."""

from __future__ import annotations

from collections.abc import Iterable

import shapely

from zoning.maps.geometry import Steps, consecutive, steps_of
from zoning.patrol import PatrolSchedule
from zoning.staffing import StaffingComparison
from zoning.staffing.comparison import PATROL_PROFILE

ROUTES_OVER_STREETS = "Patrol routes follow the quickest way over the streets."
ROUTES_STRAIGHT = (
    "Patrol routes are drawn as straight lines between schools: there is no street network."
)

Pair = tuple[str, str]


def drives_of(schedule: PatrolSchedule | None) -> list[Pair]:
    """The drives of all officers' days, each once, in the order they are met."""
    if schedule is None:
        return []
    days = ([visit.building_id for visit in day.visits] for day in schedule.days)
    return list(dict.fromkeys(pair for stops in days for pair in consecutive(stops)))


def driven(comparison: StaffingComparison, pairs: Iterable[Pair]) -> dict[Pair, Steps]:
    """The line of each drive, over the streets where there are any, else straight."""
    asked = list(pairs)
    network = comparison.district.network
    if network is None or not asked:
        place = comparison.district.buildings.geometry
        lines = [shapely.LineString([place[a], place[b]]) for a, b in asked]
    else:
        profile = comparison.patrol_times.driving or PATROL_PROFILE
        lines = list(network.paths(comparison.district.schools, asked, profile=profile).geometry)
    return {
        pair: steps_of(shapely.get_coordinates(line))
        for pair, line in zip(asked, lines, strict=True)
    }


def drives_note(comparison: StaffingComparison) -> str:
    """How the lines of `driven` come about, in a sentence."""
    return ROUTES_STRAIGHT if comparison.district.network is None else ROUTES_OVER_STREETS
