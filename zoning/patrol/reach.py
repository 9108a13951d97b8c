"""Which buildings of one zone cannot be reached from one another."""

from __future__ import annotations

from zoning.errors import UnreachableError
from zoning.roads.travel_times import TravelTimes
from zoning.zones.plan import ZonePlan

PAIRS_SHOWN = 10


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
        shown = pairs[:PAIRS_SHOWN]
        if len(pairs) > len(shown):
            shown.append(f"and {len(pairs) - len(shown)} more")
        raise UnreachableError(
            f"{len(pairs)} pairs of buildings of one zone have no way between them",
            shown,
            "Repair the street network there, or put these buildings in other zones.",
        )
