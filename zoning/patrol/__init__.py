"""Patrols: the day of each officer, timed to the school bells."""

from zoning.patrol.assumptions import LongDay, PatrolAssumptions
from zoning.patrol.checking import (
    ScheduleCheck,
    TimetableFault,
    TimetableFigures,
    TimetableRule,
    check_schedule,
)
from zoning.patrol.day_problem import PresenceKind, WishedPresence
from zoning.patrol.key import KEY_VARIABLE, KeyedStream, PatrolKey, read_patrol_key
from zoning.patrol.missed import (
    MissedRemedy,
    MissedWish,
    MissedWishes,
    RemedyKind,
    explain_missed,
)
from zoning.patrol.planning import plan_patrols, require_buildings, require_zones_reachable
from zoning.patrol.schedule import Activity, DayProof, OfficerDay, PatrolSchedule, Visit
from zoning.patrol.school_day import WISH_COLUMNS, SchoolDay, make_school_day
from zoning.patrol.standby import Standby
from zoning.patrol.timetables import STOP_COLUMNS, read_schedule

__all__ = [
    "KEY_VARIABLE",
    "STOP_COLUMNS",
    "WISH_COLUMNS",
    "Activity",
    "DayProof",
    "KeyedStream",
    "LongDay",
    "MissedRemedy",
    "MissedWish",
    "MissedWishes",
    "OfficerDay",
    "PatrolAssumptions",
    "PatrolKey",
    "PatrolSchedule",
    "PresenceKind",
    "RemedyKind",
    "ScheduleCheck",
    "SchoolDay",
    "Standby",
    "TimetableFault",
    "TimetableFigures",
    "TimetableRule",
    "Visit",
    "WishedPresence",
    "check_schedule",
    "explain_missed",
    "make_school_day",
    "plan_patrols",
    "read_patrol_key",
    "read_schedule",
    "require_buildings",
    "require_zones_reachable",
]
