"""Which officers are in class on which day: the one choice of a term that joins its days.

Once it is made, each day is an assignment of its own (`day_posts`). So a term is an integer program
over officers and classes alone: some ten thousand numbers, where officers, posts and days would
make half a million. It is nearly a flow, and its linear relaxation is integral or close to it.

Where classes may be placed freely, the same program over days instead of classes (an officer is in
*some* class of the programme, and the rooms hold so many) is a bound over all ways to place them.
Its answer says how many officers should be in class on each day, and the classes are placed so.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

import numpy as np

from zoning.roster.attendance_program import (
    AttendanceProgram,
    class_days,
    fewest_classes,
    late_weight,
)
from zoning.roster.term_problem import Bools, Course, Ints, TermProblem, TrainingClass, TrainingNeed

_ROUNDING: Final = 1e-6  # solvers keep rows and whole numbers to about this


@dataclass(frozen=True, slots=True, kw_only=True)
class LateNeed:
    """Training that is not done in time.

    Attributes
    ----------
    need
        What is missing when the term begins.
    hours, topics
        What is missing after the last day in time.
    back_on
        The first school day on which a removed officer may stand in a school again; None: not in
        this term, or never removed.
    """

    need: TrainingNeed
    hours: float
    topics: tuple[str, ...]
    back_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Attendance:
    """Who is in which class, and who may then stand in a school.

    Attributes
    ----------
    classes
        Offered ones, and those that were placed.
    attends
        Shape (officers, classes).
    available
        Shape (officers, dates): as `TermProblem.available`, without officers who are removed
        until their training is done.
    late
        Training that is not done in time.
    late_bound
        Weight of late needs that no attendance is below, a need that removes an officer counting
        more than all that do not; see `late_weight`.
    empty_bound
        Weight of post-days that stay empty, whoever else attends which class, with these needs
        late and made up as they are here.
    sick_bound
        Post-days expected to be empty through sickness, for attendances with as little weight
        empty.
    over
        Which attendances the bounds are about, in words.
    """

    classes: tuple[TrainingClass, ...]
    attends: Bools = field(repr=False)
    available: Bools = field(repr=False)
    late: tuple[LateNeed, ...]
    late_bound: float
    empty_bound: float
    sick_bound: float
    over: str


def plan_attendance(problem: TermProblem) -> Attendance:
    """Decide who attends which class.

    First the least weight of needs is late, then the least weight of posts is empty, then the
    fewest post-days are expected to be empty when `TermProblem.sick_share` of the officers is sick,
    which spreads classes over the days that can spare officers.

    Officers whose training cannot be in time take the first classes that have a place. Which ones
    these are is decided before posts are looked at.
    """
    taught = {need.programme for need in problem.needs}
    free = [one for one in problem.courses if one.programme in taught]
    if not free:
        return _attend(problem, problem.classes, over="the classes offered")
    rooms = _rooms(problem, free)
    ideal = _attend(problem, (*problem.classes, *rooms), rooms=len(rooms), over="")
    trained = class_days(problem, ideal.classes, ideal.attends).sum(axis=0)
    found = _attend(problem, (*problem.classes, *_place(problem, free, trained)), over="")
    if late_weight(problem, _needs(found)) > late_weight(problem, _needs(ideal)):
        # A day that should have no class may be what a deadline needs.
        most = max(one.size for one in free) * problem.classes_a_day
        trained = np.full(len(problem.dates), most, dtype=np.int64)
        found = _attend(problem, (*problem.classes, *_place(problem, free, trained)), over="")
    # Late training is made up on days of its own in each of the two, so the bound of one is none
    # of the other.
    if found.late or ideal.late or found.empty_bound > ideal.empty_bound + _ROUNDING:
        bounds = _bound(problem, found, (*problem.classes, *rooms), rooms=len(rooms))
    else:
        bounds = ideal.empty_bound, ideal.sick_bound
    offered = len(problem.classes)
    held = [k for k in range(len(found.classes)) if k < offered or found.attends[:, k].any()]
    return replace(
        found,
        classes=tuple(found.classes[k] for k in held),
        attends=found.attends[:, held],
        late_bound=ideal.late_bound,
        empty_bound=bounds[0],
        sick_bound=bounds[1],
        over="all ways to place the classes",
    )


def _needs(found: Attendance) -> list[TrainingNeed]:
    return [one.need for one in found.late]


def _attend(
    problem: TermProblem, classes: Sequence[TrainingClass], *, rooms: int = 0, over: str
) -> Attendance:
    """Solve the layers over given classes; the last ``rooms`` of them stand for any class."""
    everything = AttendanceProgram(problem, classes, problem.needs, rooms=rooms)
    late, attends, late_bound = everything.fewest_late()
    caught, back = _catch_up(problem, classes, late, attends)
    available = problem.available.copy()
    for need in late:
        if need.removes:
            day = back.get(need)
            gone = [one > need.due and (day is None or one < day) for one in problem.dates]
            available[problem.officers[need.officer_id], gone] = False
    in_time = [need for need in problem.needs if need not in late]
    program = AttendanceProgram(
        problem, classes, in_time, rooms=rooms, available=available, fixed=caught
    )
    best, empty_bound, sick_bound = program.spare_posts(start=attends)
    best = _without_idle(problem, classes, in_time, best) | caught
    return Attendance(
        classes=tuple(classes),
        attends=best,
        available=available,
        late=tuple(_describe_late(problem, classes, need, best, back.get(need)) for need in late),
        late_bound=late_bound,
        empty_bound=empty_bound,
        sick_bound=sick_bound,
        over=over,
    )


def _bound(
    problem: TermProblem, found: Attendance, classes: Sequence[TrainingClass], *, rooms: int
) -> tuple[float, float]:
    """Bounds over all ways to place classes, with the late needs of an attendance."""
    in_time = [need for need in problem.needs if need not in _needs(found)]
    program = AttendanceProgram(problem, classes, in_time, rooms=rooms, available=found.available)
    _, empty_bound, sick_bound = program.spare_posts(empty_at_most=found.empty_bound)
    return empty_bound, sick_bound


def _describe_late(
    problem: TermProblem,
    classes: Sequence[TrainingClass],
    need: TrainingNeed,
    attends: Bools,
    back: date | None,
) -> LateNeed:
    own = np.flatnonzero(attends[problem.officers[need.officer_id]]).tolist()
    in_time = [classes[k] for k in own if max(classes[k].dates) <= need.due]
    hours, topics = need.missing(in_time)
    return LateNeed(need=need, hours=hours, topics=topics, back_on=back)


# Free classes.


def _rooms(problem: TermProblem, courses: Sequence[Course]) -> tuple[TrainingClass, ...]:
    """For each programme and day a class that stands for all that could be held."""
    found = []
    for programme in sorted({one.programme for one in courses}):
        own = [one for one in courses if one.programme == programme]
        seats = max(one.size for one in own) * problem.classes_a_day
        topics = tuple(sorted({topic for one in own for topic in one.topics}))
        found += [
            TrainingClass(
                class_id=f"any {programme} {day}",
                dates=(day,),
                programme=programme,
                hours=max(one.hours for one in own),
                size=seats,
                topics=topics,
            )
            for day in problem.dates
        ]
    return tuple(found)


def _place(
    problem: TermProblem, courses: Sequence[Course], trained: Ints
) -> Iterator[TrainingClass]:
    """Place classes so that so many officers can be in class on each day.

    Each class goes to the programme whose deadline is tightest, and there, the largest first, to
    the course that most officers still need: a heuristic, which the bound over all ways to place
    them judges.
    """
    left: dict[str, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    wanted: dict[str, float] = dict.fromkeys((one.course_id for one in courses), 0.0)
    for need in problem.needs:
        own = [one for one in courses if one.programme == need.programme]
        if not own:
            continue
        days = fewest_classes(need, own)
        left[need.programme][need.due] += days
        exact = [one for one in own if set(one.topics) & set(need.topics)]
        others = [one for one in own if one not in exact]
        for one in exact:
            wanted[one.course_id] += 1
        for one in others:
            wanted[one.course_id] += max(days - len(exact), 0) / len(others)
    seats_from = np.cumsum(trained[::-1])[::-1].tolist()
    seats_after = {
        day: (seats_from[at] if at < len(seats_from) else 0)
        for day in {due for of in left.values() for due in of}
        for at in [sum(one <= day for one in problem.dates)]
    }
    size = max(one.size for one in courses)
    slots: list[tuple[float, int, str]] = []
    for d, day in enumerate(problem.dates):
        count = min(problem.classes_a_day, math.ceil(trained[d] / size))
        for _ in range(count):
            urgency = {
                programme: max(
                    (
                        sum(n for other, n in dues.items() if other <= due)
                        / max(seats_from[d] - seats_after[due], 1)
                        for due in dues
                        if due >= day and any(dues[o] > 0 for o in dues if o <= due)
                    ),
                    default=0.0,
                )
                for programme, dues in left.items()
            }
            programme = max(urgency, key=lambda one: (urgency[one], one))
            places = trained[d] / count
            slots.append((-places, d, programme))
            dues = left[programme]
            for due in sorted(dues):
                used = min(dues[due], places) if due >= day else 0.0
                dues[due] -= used
                places -= used
    # Large classes first, so that the small ones make up what a course still lacks.
    held: dict[int, set[str]] = defaultdict(set)
    for places, d, programme in sorted(slots):
        choice = [
            one for one in courses if one.programme == programme and one.course_id not in held[d]
        ]
        if not choice:
            continue
        course = max(choice, key=lambda one: (wanted[one.course_id], one.course_id))
        held[d].add(course.course_id)
        wanted[course.course_id] += places
        day = problem.dates[d]
        yield TrainingClass(
            class_id=f"{course.course_id} {day}",
            dates=(day,),
            programme=course.programme,
            hours=course.hours,
            size=course.size,
            topics=course.topics,
            course_id=course.course_id,
        )


# Training that is late.


def _catch_up(
    problem: TermProblem,
    classes: Sequence[TrainingClass],
    late: Sequence[TrainingNeed],
    attends: Bools,
) -> tuple[Bools, dict[TrainingNeed, date | None]]:
    """Give officers whose training is late the first classes that have a place.

    Returns who attends which of them, and on which school day each may be in a school again.
    """
    caught = np.zeros_like(attends)
    back: dict[TrainingNeed, date | None] = {}
    places = [one.size for one in classes] - attends.sum(axis=0)
    order = sorted(range(len(classes)), key=lambda k: (max(classes[k].dates), k))
    number = problem.days
    for need in sorted(late, key=lambda one: (not one.removes, one.due, one.officer_id)):
        n = problem.officers[need.officer_id]
        own: list[TrainingClass] = []
        busy = {
            day for k in np.flatnonzero(attends[n] | caught[n]).tolist() for day in classes[k].dates
        }
        back[need] = None
        for k in order:
            one = classes[k]
            before = need.missing(own)
            if places[k] < 1 or busy & set(one.dates) or need.missing([*own, one]) == before:
                continue
            if any(one.course_id and one.course_id == other.course_id for other in own):
                continue
            if not all(problem.available[n, number[day]] for day in one.dates if day in number):
                continue
            own.append(one)
            caught[n, k] = True
            places[k] -= 1
            busy |= set(one.dates)
            if need.missing(own) == (0.0, ()):
                later = [day for day in problem.dates if day > max(one.dates)]
                back[need] = later[0] if later and need.removes else None
                break
    return caught, back


def _without_idle(
    problem: TermProblem,
    classes: Sequence[TrainingClass],
    needs: Sequence[TrainingNeed],
    attends: Bools,
) -> Bools:
    """Leave out classes that an officer does not need; the program may add some at no cost."""
    found = attends.copy()
    for need in needs:
        n = problem.officers[need.officer_id]
        for k in np.flatnonzero(found[n]).tolist():
            own = [
                classes[j]
                for j in np.flatnonzero(found[n]).tolist()
                if j != k and max(classes[j].dates) <= need.due
            ]
            if classes[k].programme == need.programme and need.missing(own) == (0.0, ()):
                found[n, k] = False
    return found
