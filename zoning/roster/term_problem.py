"""The problem of a term: officers, posts, training and extra duties, as numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from zoning.errors import RecordError, typed_fields
from zoning.units import counted

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

MOST_WEIGHT: Final = 1_000
"""Largest weight of a post. Weights, moves and changes of a day are one exact sum of floats."""
_ROUNDING: Final = 1e-9  # hours: 0.1 added ten times is not 1 in floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Training of which classes may be held on any school day.

    Attributes
    ----------
    course_id
        An officer takes it once a term.
    programme
        Whose hours it gives: ``'state'`` or ``'district'``.
    hours
        Hours of a class, on one day.
    size
        Officers that a class holds.
    topics
        What it teaches, in the words of the needs.
    """

    course_id: str
    programme: str
    hours: float
    size: int
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingClass:
    """A class on its dates; who attends is in class on all of them.

    Attributes
    ----------
    class_id, programme, hours, size, topics
        As of a `Course`; ``hours`` of all dates together.
    dates
        When it is held.
    course_id
        Classes of one course teach the same, so an officer takes one of them; '': like no other.
    takes_day
        Whether an officer in class stands at no post that day.
    """

    class_id: str
    dates: tuple[date, ...]
    programme: str
    hours: float
    size: int
    topics: tuple[str, ...] = ()
    course_id: str = ""
    takes_day: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingNeed:
    """Hours of a programme that an officer still has to do by a date.

    Attributes
    ----------
    hours, topics
        What is missing when the term begins.
    due
        The last day on which it is in time.
    removes
        Whether the officer stands in no school after `due` until it is done, as for state
        training; else it is a flag only.
    """

    officer_id: str
    programme: str
    hours: float
    due: date
    topics: tuple[str, ...] = ()
    removes: bool = True

    def missing(self, classes: Iterable[TrainingClass]) -> tuple[float, tuple[str, ...]]:
        """Hours and topics that are missing after some classes; others' programmes count not."""
        own = [one for one in classes if one.programme == self.programme]
        hours = self.hours - sum(one.hours for one in own)
        taught = {topic for one in own for topic in one.topics}
        topics = tuple(topic for topic in self.topics if topic not in taught)
        return (hours if hours > _ROUNDING else 0.0), topics


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraDuty:
    """An event outside the school day, such as a game on a Saturday, that takes officers."""

    duty_id: str
    date: date
    officers: int = 1


@typed_fields
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TermProblem:
    """What a roster of a term has to keep.

    Attributes
    ----------
    dates
        School days, in order.
    officer_ids, post_ids
        Their order is that of the arrays.
    available
        Shape (officers, dates): employed, certified and not absent. Training of the term is not
        in it: `needs` say what it does.
    may_fill
        Shape (officers, posts): whether an officer may stand at a post at all.
    needed
        Shape (posts, dates): whether the post is to be filled that day.
    home
        The number of each officer's own post, -1 for none.
    weights
        How much a post-day unfilled counts, whole numbers from 1.
    needs, classes
        Training to be done, and the classes that are offered.
    courses, classes_a_day
        Courses of which the plan may place classes, and how many on a day.
    duties, duty_available
        Events outside the school day; shape (officers, duties): who can come.
    duties_before
        Duties that each officer has had already, so that fairness goes on.
    duties_a_week
        Most duties of an officer in a calendar week.
    unwanted
        Shape (officers, duties): duties that an officer would rather not have.
    sick_share
        Share of officers expected at work who are sick on a day, for the reserve.
    why_away
        Why an officer is not available on a date, for messages.

    Raises
    ------
    RecordError
        If it contradicts itself; every fault in one error.
    """

    dates: tuple[date, ...]
    officer_ids: tuple[str, ...]
    post_ids: tuple[str, ...]
    available: Bools = field(repr=False)
    may_fill: Bools = field(repr=False)
    needed: Bools = field(repr=False)
    home: Ints = field(repr=False)
    weights: Ints = field(repr=False)
    needs: tuple[TrainingNeed, ...] = field(default=(), repr=False)
    classes: tuple[TrainingClass, ...] = field(default=(), repr=False)
    courses: tuple[Course, ...] = field(default=(), repr=False)
    classes_a_day: int = 1
    duties: tuple[ExtraDuty, ...] = field(default=(), repr=False)
    duty_available: Bools = field(default_factory=lambda: np.zeros((0, 0), bool), repr=False)
    duties_before: Ints = field(default_factory=lambda: np.zeros(0, np.int64), repr=False)
    duties_a_week: int = 1
    unwanted: Bools = field(default_factory=lambda: np.zeros((0, 0), bool), repr=False)
    sick_share: float = 0.02
    why_away: Mapping[tuple[str, date], str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        n, d = len(self.officer_ids), len(self.duties)
        empty = {"duty_available": (n, d), "unwanted": (n, d), "duties_before": (n,)}
        for name, shape in empty.items():
            value = getattr(self, name)
            if value.size == 0:
                filled = np.ones if name == "duty_available" else np.zeros
                object.__setattr__(self, name, filled(shape, dtype=value.dtype))
        faults = list(self._faults())
        if faults:
            raise RecordError(
                "the roster of the term cannot be planned",
                faults,
                "Mend the tables of officers, posts, classes and duties.",
            )

    @property
    def officers(self) -> dict[str, int]:
        """The number of each officer."""
        return {one: k for k, one in enumerate(self.officer_ids)}

    @property
    def posts(self) -> dict[str, int]:
        """The number of each post."""
        return {one: k for k, one in enumerate(self.post_ids)}

    @property
    def days(self) -> dict[date, int]:
        """The number of each school day."""
        return {one: k for k, one in enumerate(self.dates)}

    @property
    def post_days(self) -> int:
        """Post-days that are to be filled."""
        return int(self.needed.sum())

    def reason_away(self, officer: int, day: int) -> str:
        """Say why an officer is not available on a school day."""
        return self.why_away.get((self.officer_ids[officer], self.dates[day]), "away")

    def _faults(self) -> Iterator[str]:
        n, p, t, d = map(len, (self.officer_ids, self.post_ids, self.dates, self.duties))
        shapes = {
            "available": (n, t),
            "may_fill": (n, p),
            "needed": (p, t),
            "home": (n,),
            "weights": (p,),
            "duty_available": (n, d),
            "unwanted": (n, d),
            "duties_before": (n,),
        }
        wrong = [name for name, shape in shapes.items() if getattr(self, name).shape != shape]
        for name in wrong:
            shown = getattr(self, name).shape
            yield f"{name} has the shape {shown}, not {shapes[name]}"
        yield from _twice("officer", self.officer_ids)
        yield from _twice("post", self.post_ids)
        yield from _twice("class", [one.class_id for one in self.classes])
        yield from _twice("course", [one.course_id for one in self.courses])
        yield from _twice("duty", [one.duty_id for one in self.duties])
        if not self.dates:
            yield "there is no school day"
        if any(a >= b for a, b in zip(self.dates, self.dates[1:], strict=False)):
            yield "the school days are not in order, or one is there twice"
        if not 0 <= self.sick_share < 1:
            yield f"sick_share is {self.sick_share}, not a share from 0 to below 1"
        for name in ("classes_a_day", "duties_a_week"):
            if getattr(self, name) < 1:
                yield f"{name} is {getattr(self, name)}, less than 1"
        if not {"home", "weights", "may_fill"} & set(wrong):
            yield from self._post_faults()
        yield from self._training_faults()
        for duty in self.duties:
            if duty.officers < 1:
                yield f"duty {duty.duty_id!r} takes {counted(duty.officers, 'officer')}"

    def _post_faults(self) -> Iterator[str]:
        for post, weight in zip(self.post_ids, self.weights.tolist(), strict=True):
            if not 1 <= weight <= MOST_WEIGHT:
                yield f"post {post!r} has the weight {weight}, not from 1 to {MOST_WEIGHT}"
        for n, home in enumerate(self.home.tolist()):
            officer = self.officer_ids[n]
            if not -1 <= home < len(self.post_ids):
                yield f"officer {officer!r} has the post number {home}, which is none"
            elif home >= 0 and not self.may_fill[n, home]:
                yield f"officer {officer!r} may not stand at the own post {self.post_ids[home]!r}"

    def _training_faults(self) -> Iterator[str]:
        known = set(self.officer_ids)
        for key, count in Counter((one.officer_id, one.programme) for one in self.needs).items():
            if count > 1:
                yield f"officer {key[0]!r} has {count} needs of {key[1]} training: join them"
        for need in self.needs:
            if need.officer_id not in known:
                yield f"{need.officer_id!r}, who needs training, is no officer"
            if not 0 <= need.hours < 10_000:
                yield f"officer {need.officer_id!r} needs {need.hours} hours"
        every: tuple[TrainingClass | Course, ...] = (*self.classes, *self.courses)
        for one in every:
            what = (
                f"class {one.class_id!r}"
                if isinstance(one, TrainingClass)
                else f"course {one.course_id!r}"
            )
            if one.size < 1:
                yield f"{what} holds {counted(one.size, 'officer')}"
            if not 0 < one.hours < 10_000:
                yield f"{what} has {one.hours} hours"
        for held in self.classes:
            if not held.dates or len(set(held.dates)) < len(held.dates):
                yield f"class {held.class_id!r} has no date, or one twice"


def _twice(what: str, ids: Iterable[Hashable]) -> Iterator[str]:
    for one, count in Counter(ids).items():
        if count > 1:
            yield f"{what} {one!r} is there {count} times"
