"""The planner's rules: each tests a zone, and restricts the search."""

from zoning.zones.request.rules.base import (
    BrokenRule,
    Easing,
    OwnRule,
    ProblemData,
    Rule,
    RuleDefaults,
    depends_on_count,
)
from zoning.zones.request.rules.geography import (
    Contiguous,
    FromHighSchool,
    HoldsHighSchool,
    LongestDrive,
)
from zoning.zones.request.rules.membership import (
    Apart,
    AtMostMoved,
    InZone,
    Locked,
    NotInZone,
    Together,
)
from zoning.zones.request.rules.workload import Workload

__all__ = [
    "Apart",
    "AtMostMoved",
    "BrokenRule",
    "Contiguous",
    "Easing",
    "FromHighSchool",
    "HoldsHighSchool",
    "InZone",
    "Locked",
    "LongestDrive",
    "NotInZone",
    "OwnRule",
    "ProblemData",
    "Rule",
    "RuleDefaults",
    "Together",
    "Workload",
    "depends_on_count",
]
