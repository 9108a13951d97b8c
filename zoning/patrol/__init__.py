"""Patrols: one officer's day in each zone, timed to the school bells."""

from zoning.patrol.planning import plan_patrols, require_buildings, require_zones_reachable
from zoning.patrol.schedule import OfficerDay, PatrolAssumptions, PatrolSchedule, Visit

__all__ = [
    "OfficerDay",
    "PatrolAssumptions",
    "PatrolSchedule",
    "Visit",
    "plan_patrols",
    "require_buildings",
    "require_zones_reachable",
]
