"""The two editions of every output; public is the default.

Patrol routes, times and gaps are security-sensitive, so only restricted files hold them.
"""

from __future__ import annotations

from enum import StrEnum


class Edition(StrEnum):
    """Public files may be given to anyone; restricted files carry a mark."""

    PUBLIC = "public"
    RESTRICTED = "restricted"


RESTRICTED_MARK = "RESTRICTED: holds patrol routes, times or per-school response. Do not publish."
WORKBENCH_MARK = "RESTRICTED: holds travel times and calls of every school. Do not publish."
RECORDS_MARK = "RESTRICTED: holds records of officers or of single campuses. Do not publish."

EXAMPLE_DAY = (
    "The officers' timetable is an example day that anyone with these inputs can compute, not a "
    "roster."
)
"""Shown on the first screen of both editions of a comparison: its days are the planned ones, not
drawn from a secret key as those of ``zoning patrol term``."""


class Purpose(StrEnum):
    """The purpose of a run."""

    PLAN = "plan"
    COMPARISON = "comparison"
    DECK = "deck"
