"""The school inventory: reading it, checking it, and the buildings it makes."""

from zoning.schools.buildings import buildings, high_school_ids, require_inventory
from zoning.schools.calendar import DayKind, SchoolCalendar, read_school_calendar
from zoning.schools.changes import (
    SchoolChanges,
    change_schools,
    find_changes,
    read_school_changes,
)
from zoning.schools.reading import notices, read_schools, schools_from_frame

__all__ = [
    "DayKind",
    "SchoolCalendar",
    "SchoolChanges",
    "buildings",
    "change_schools",
    "find_changes",
    "high_school_ids",
    "notices",
    "read_school_calendar",
    "read_school_changes",
    "read_schools",
    "require_inventory",
    "schools_from_frame",
]
