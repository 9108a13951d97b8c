"""Planners' rules about a zone: each says in plain words when it is broken."""

from zoning.zones.request.rules.base import (
    BrokenRule,
    Easing,
    Ground,
    Rule,
    broken,
    depends_on_count,
)
from zoning.zones.request.rules.company import Apart, InZone, Locked, NotInZone, Together
from zoning.zones.request.rules.drives import FromHighSchool, LongestDrive
from zoning.zones.request.rules.others import AtMostMoved, Contiguous, HoldsHighSchool, OwnRule
from zoning.zones.request.rules.workload import Workload

__all__ = [
    "Apart",
    "AtMostMoved",
    "BrokenRule",
    "Contiguous",
    "Easing",
    "FromHighSchool",
    "Ground",
    "HoldsHighSchool",
    "InZone",
    "Locked",
    "LongestDrive",
    "NotInZone",
    "OwnRule",
    "Rule",
    "Together",
    "Workload",
    "broken",
    "depends_on_count",
]
