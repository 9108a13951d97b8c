"""Staffing options as data: rows of posts, of officers and of other staff."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Annotated, Final

from zoning.errors import OptionError, first_few
from zoning.schools.buildings import HIGH_LEVELS, LEVELS_BY_RANK
from zoning.settings import HOURS, Setting, settings
from zoning.staffing.options import SECONDARY_LEVELS, read_levels, read_zone_number
from zoning.staffing.staff import ARMED, Role
from zoning.units import counted, join_names

A_DAY_S: Final = 86_400
MOST_NAMED: Final = 4  # our choice, as for rules: a description is a few lines of a slide
_ID_WORDS: Final = {
    Role.OFFICER: "",
    Role.CONTRACTED: "contracted",
    Role.MONITOR: "monitors",
    Role.ADMINISTRATOR: "administrators",
}


_PERSON: Final = {
    Role.ADMINISTRATOR: "Safety Administrator",
    Role.MONITOR: "security monitor",
}
OF_OTHERS: Final = " of the other schools"
"""Of which schools zones are, where others have fixed posts."""


class PostKind(StrEnum):
    """Where posts are."""

    ZONES = "zones"
    """An officer patrols each zone of the schools that have no fixed post."""
    ON_CALL = "on_call"
    """An officer for each such zone waits or drives outside and goes in when called."""
    FIXED = "fixed"
    """So many stay all day at each school of some levels, or at schools that are named."""
    PER_CAMPUS = "per_campus"
    """So many stay all day at every campus."""
    FLOAT = "float"
    """Staff of the whole district; an armed float answers calls from any school."""


_WHAT: Final = {
    PostKind.ZONES: "patrol zones",
    PostKind.ON_CALL: "outside, in zones on call",
    PostKind.PER_CAMPUS: "fixed at every campus",
    PostKind.FLOAT: "floats of the whole district",
}
STAYING: Final = frozenset({PostKind.FIXED, PostKind.PER_CAMPUS})
SHARING: Final = frozenset({PostKind.ZONES, PostKind.ON_CALL})
_USED: Final = {
    PostKind.ZONES: {"number"},
    PostKind.ON_CALL: {"number"},
    PostKind.FIXED: {"levels", "schools", "each"},
    PostKind.PER_CAMPUS: {"each"},
    PostKind.FLOAT: {"number", "base"},
}
"""The fields that a kind of post has a use for."""


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class Posts:
    """A row of posts of one kind.

    Attributes
    ----------
    kind, who
        Where they are, and who fills them.
    number
        Of zones (a number, two for the fewest and the most, None for as few as possible), or
        of floats.
    levels, schools, each
        Of fixed posts: levels of the buildings, or schools by id or name; how many at each.
    base
        Of floats: the school, by id or name, at which they wait. Restricted.
    shift_s
        Length of their shift, seconds; None: that of the patrol day. Restricted, as that is.
    """

    kind: Annotated[
        PostKind,
        Setting(
            meaning="zones: an officer patrols each zone of the schools without a fixed post. "
            "on_call: likewise, but they wait outside and go in when called. fixed: at schools of "
            "some levels or that are named. per_campus: at every one. float: of the whole district."
        ),
    ]
    who: Annotated[
        Role,
        Setting(
            meaning="Who fills the posts. Monitors and administrators are not armed, answer no "
            "calls for an officer, and count in the cost alone."
        ),
    ] = Role.OFFICER
    number: Annotated[
        int | tuple[int, int] | None,
        Setting(
            meaning="How many zones, or the best of a range; how many floats.",
            read=read_zone_number,
            form='number, or range "21-30"',
            default="as few zones as possible; required for floats",
        ),
    ] = None
    levels: Annotated[
        frozenset[str],
        Setting(
            meaning="Of fixed: levels of the buildings.",
            read=read_levels,
            form=f"list of {', '.join(LEVELS_BY_RANK)}",
            default="schools",
        ),
    ] = frozenset()
    schools: Annotated[
        tuple[str, ...],
        Setting(meaning="Of fixed: schools by id or name.", default="levels"),
    ] = ()
    each: Annotated[
        int,
        Setting(
            meaning="Of fixed and per_campus: how many at each school.", at_least=1, at_most=50
        ),
    ] = 1
    base: Annotated[
        str | None,
        Setting(
            meaning="Of float: the school, by id or name, at which armed floats wait.",
            default="where calls are reached soonest",
            restricted=True,
        ),
    ] = None
    shift_s: Annotated[
        int | None,
        Setting(
            meaning="Length of the shift of these posts. Fixed posts are filled so long, also "
            "around a shorter school day.",
            unit=HOURS,
            above=0,
            at_most=24,
            default="that of [patrol]",
            restricted=True,
        ),
    ] = None

    def __post_init__(self) -> None:
        faults = []
        for name, kind in (("kind", PostKind), ("who", Role)):
            try:
                object.__setattr__(self, name, kind(getattr(self, name)))
            except ValueError:
                given = getattr(self, name)
                faults.append(f"{name} is {given!r}, not one of {', '.join(kind)}")
        object.__setattr__(self, "levels", frozenset(self.levels))
        object.__setattr__(self, "schools", tuple(self.schools))
        faults = faults or list(self._faults())
        if faults:
            raise OptionError("these posts make no sense", faults)

    def _faults(self) -> Iterator[str]:
        given = {
            one.name
            for one in fields(self)
            if one.name in {"number", "levels", "schools", "each", "base"}
            and getattr(self, one.name) != one.default
        }
        for name in sorted(given - _USED[self.kind]):
            yield f"{name} has no effect on posts that are {self.kind}"
        if self.kind is PostKind.FIXED and bool(self.levels) == bool(self.schools):
            yield "levels or schools: give one of them for fixed posts"
        if unknown := sorted(self.levels - set(LEVELS_BY_RANK)):
            yield f"levels has {', '.join(unknown)}; there are {', '.join(LEVELS_BY_RANK)}"
        if self.each < 1:
            yield f"each is {self.each}, less than 1"
        if self.kind is PostKind.FLOAT and (
            not isinstance(self.number, int) or isinstance(self.number, bool) or self.number < 1
        ):
            yield "number of floats: give one, 1 or more"
        if self.kind in SHARING and not self.is_armed:
            yield f"who is {self.who}: only armed officers have zones; give float or fixed posts"
        if self.base is not None and not self.is_armed:
            yield f"base is for officers who answer calls, and a {self.who} does not"
        if self.shift_s is not None and not 0 < self.shift_s <= A_DAY_S:
            yield f"shift_s is {self.shift_s}, not above 0 to a day"

    @property
    def is_armed(self) -> bool:
        """Whether they answer calls for an officer."""
        return self.who in ARMED

    @property
    def word(self) -> str:
        """Its part of an option's id."""
        places = {
            PostKind.ZONES: "zones",
            PostKind.ON_CALL: "on-call",
            PostKind.FIXED: "-".join(level_words(self.levels)) or f"{len(self.schools)}schools",
            PostKind.PER_CAMPUS: "campus",
            PostKind.FLOAT: "float",
        }
        if self.who is Role.ADMINISTRATOR and self == SAFETY_ADMINISTRATORS:
            return _ID_WORDS[self.who]
        count = self.each if self.kind in STAYING else self.number
        told = f"{count[0]}to{count[1]}" if isinstance(count, tuple) else str(count or "")
        where = f"{told}{places[self.kind]}"
        return "-".join(filter(None, (where, _ID_WORDS[self.who])))

    @property
    def what(self) -> str:
        """What the posts are, in words: of a `StaffLine`."""
        if self.schools:
            return f"fixed at {counted(len(self.schools), 'named school')}"
        if self.levels:
            return f"fixed at {join_names(level_words(self.levels))} schools"
        return _WHAT[self.kind]

    @property
    def text(self) -> str:
        """Who is where, as a part of a sentence."""
        one = _PERSON.get(self.who, str(self.who))
        several = f"{one}s"
        if self.kind is PostKind.FLOAT:
            assert isinstance(self.number, int)
            who = f"{self.number} {one if self.number == 1 else several}"
            does = "answer calls from" if self.is_armed else "go round"
            if self.number == 1:
                does = does.replace("answer", "answers").replace("go ", "goes ")
            return f"{who} of no zone {does} {'any school' if self.is_armed else 'all schools'}"
        if self.kind in SHARING:
            does = (
                f"patrols each zone{OF_OTHERS}"
                if self.kind is PostKind.ZONES
                else f"waits outside in each zone{OF_OTHERS} and goes in when called"
            )
            return f"one {one} {does} ({self._zones()})"
        who = f"one {one} stays" if self.each == 1 else f"{self.each} {several} stay"
        if self.kind is PostKind.PER_CAMPUS:
            return f"{who} at every campus"
        if self.schools:
            return f"{who} at each of {join_names(first_few(self.schools, MOST_NAMED))}"
        words = level_words(self.levels)
        return f"{who} at every {join_names(words)} school"

    def _zones(self) -> str:
        if self.number is None:
            return "as few zones as possible"
        if isinstance(self.number, tuple):
            return f"{self.number[0]} to {self.number[1]} zones"
        return counted(self.number, "zone")


def level_words(levels: frozenset[str]) -> list[str]:
    """Name levels as a planner does: a high school is any with grades 9 to 12."""
    left = set(levels)
    words = []
    if left >= HIGH_LEVELS:
        words, left = ["high"], left - HIGH_LEVELS
    return [*words, *(level for level in LEVELS_BY_RANK if level in left)]


SAFETY_ADMINISTRATORS: Final = Posts(
    kind=PostKind.FIXED, who=Role.ADMINISTRATOR, levels=SECONDARY_LEVELS
)
"""A Safety Administrator in every middle and high school, as Jefferson County's proposal has it."""
