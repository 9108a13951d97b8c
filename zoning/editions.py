"""Who may see an output: the public edition is the default everywhere.

Patrol routes, times and gaps are security-sensitive. What each edition may
hold is decided here and nowhere else.
"""

from __future__ import annotations

from enum import StrEnum


class Edition(StrEnum):
    """Public files can be handed to anyone; restricted files carry a mark."""

    PUBLIC = "public"
    RESTRICTED = "restricted"


RESTRICTED_MARK = "RESTRICTED: holds patrol routes, times or per-school response. Do not publish."

EXAMPLE_DAY = (
    "The officers' timetable is an example day that anyone with these inputs can compute, not a "
    "roster."
)
"""Stands on the first screen of both editions, until days are drawn from a secret key."""
