"""The officers of a programme: who may stand in a school on a date, and who fills which post."""

from zoning.roster.roster import (
    HOURS_COLUMNS,
    Availability,
    Roster,
    read_roster,
)
from zoning.roster.rules import Programme, RosterSettings, TrainingRules
from zoning.roster.tables import (
    ABSENCES,
    CLASSES,
    OFFICERS,
    POSTS,
    TOPICS,
    TRAINING,
    AbsenceKind,
    Employment,
    posts_of_zones,
)

__all__ = [
    "ABSENCES",
    "CLASSES",
    "HOURS_COLUMNS",
    "OFFICERS",
    "POSTS",
    "TOPICS",
    "TRAINING",
    "AbsenceKind",
    "Availability",
    "Employment",
    "Programme",
    "Roster",
    "RosterSettings",
    "TrainingRules",
    "posts_of_zones",
    "read_roster",
]
