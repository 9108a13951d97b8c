"""Which buildings of one zone cannot be reached from one another."""

from __future__ import annotations

from zoning.errors import UnreachableError, first_few
from zoning.roads.travel.travel_times import TravelTimes
from zoning.zones.plan import ZonePlan


def require_zones_reachable(plan: ZonePlan, times: TravelTimes) -> None:
    """Raise unless every building of a zone is reachable from every other.

    Raises
    ------
    UnreachableError
        Naming the pairs and their zones.
    NetworkError
        Naming the buildings the table does not have.
    """
    times.positions(plan.building_ids)
    pairs = [
        f"{zone.zone_id}: {a} to {b}"
        for zone in plan.zones
        for a, b in times.subset(zone.building_ids).unreachable_pairs()
    ]
    if pairs:
        raise UnreachableError(
            f"{len(pairs)} pairs of buildings of one zone have no way between them",
            first_few(pairs),
            "Repair the street network there, or put these buildings in other zones.",
        )
