"""The people that a staffing option needs on a school day: what its cost follows from."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from zoning.errors import OptionError


class Role(StrEnum):
    """What someone does in the programme, and so what an hour of theirs costs."""

    OFFICER = "officer"
    """Armed and sworn, employed by the district: an SSO, patrolling or at one building."""
    CONTRACTED = "contracted officer"
    """Armed and sworn, employed by a police agency and paid by contract."""
    MONITOR = "monitor"
    """Unsworn security monitor; answers no calls for an officer."""
    ADMINISTRATOR = "administrator"
    """Safety Administrator in a school; answers no calls for an officer."""


ARMED = frozenset({Role.OFFICER, Role.CONTRACTED})
"""Roles that answer calls for an officer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffLine:
    """Posts of one kind on a school day.

    Attributes
    ----------
    role
        Who fills the posts.
    what
        What the posts are, in words: ``'patrol zones'``, ``'fixed at high schools'``.
    posts
        How many people work a shift there on a school day.
    hours
        Hours of all these shifts together, overtime among them; ``posts`` full shifts where no
        timetable is known.
    overtime_hours
        Hours beyond a full shift, of all these posts together.
    patrol_m
        Metres that they drive on patrol on a school day; NaN where it is not known.
    campuses
        Campuses that have one of these people all day.
    """

    role: Role
    what: str
    posts: int
    hours: float
    overtime_hours: float = 0.0
    patrol_m: float = math.nan
    campuses: int = 0

    def __post_init__(self) -> None:
        faults = list(self._faults())
        if faults:
            raise OptionError(f"the posts {self.what!r} make no sense", faults)

    def _faults(self) -> Iterator[str]:
        if self.posts < 0 or self.campuses < 0:
            yield f"{self.posts} posts at {self.campuses} campuses: less than none"
        if not 0 <= self.overtime_hours <= self.hours < math.inf:
            yield f"{self.hours} hours with {self.overtime_hours} of overtime"
        if self.patrol_m < 0:
            yield f"{self.patrol_m} metres driven"
