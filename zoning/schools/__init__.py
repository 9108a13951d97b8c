"""The school inventory: reading it, checking it, and the buildings it makes."""

from zoning.schools.buildings import buildings, high_school_ids, require_inventory
from zoning.schools.reading import notices, read_schools, schools_from_frame

__all__ = [
    "buildings",
    "high_school_ids",
    "notices",
    "read_schools",
    "require_inventory",
    "schools_from_frame",
]
