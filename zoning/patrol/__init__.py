"""Patrols: one officer's day in each zone, timed to the school bells."""

from zoning.patrol.key import KEY_VARIABLE, KeyedStream, PatrolKey, read_patrol_key
from zoning.patrol.planning import plan_patrols, require_buildings, require_zones_reachable
from zoning.patrol.schedule import OfficerDay, PatrolAssumptions, PatrolSchedule, Visit

__all__ = [
    "KEY_VARIABLE",
    "KeyedStream",
    "OfficerDay",
    "PatrolAssumptions",
    "PatrolKey",
    "PatrolSchedule",
    "Visit",
    "plan_patrols",
    "read_patrol_key",
    "require_buildings",
    "require_zones_reachable",
]
