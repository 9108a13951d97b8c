"""Small terms of a roster, and their best rosters by listing everything.

The lists share no code with the planner: they go through all choices of classes and all
assignments of a day.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

import numpy as np

from zoning.roster.term_problem import (
    Course,
    ExtraDuty,
    TermProblem,
    TrainingClass,
    TrainingNeed,
)

FIRST = date(2026, 8, 10)  # a Monday


def school_days(count: int, first: date = FIRST) -> tuple[date, ...]:
    """The first weekdays from a date."""
    days = (first + timedelta(k) for k in itertools.count())
    return tuple(itertools.islice((day for day in days if day.weekday() < 5), count))


def make_term(
    officers: int,
    posts: int,
    days: int,
    *,
    away: Sequence[tuple[int, int]] = (),
    barred: Sequence[tuple[int, int]] = (),
    closed: Sequence[tuple[int, int]] = (),
    home: Sequence[int] | None = None,
    weights: Sequence[int] | None = None,
    needs: Sequence[TrainingNeed] = (),
    classes: Sequence[TrainingClass] = (),
    courses: Sequence[Course] = (),
    duties: Sequence[ExtraDuty] = (),
    no_duty: Sequence[tuple[int, int]] = (),
    unwanted: Sequence[tuple[int, int]] = (),
    duties_before: Sequence[int] | None = None,
    duties_a_week: int = 1,
    classes_a_day: int = 1,
    sick_share: float = 0.1,
    why_away: Mapping[tuple[str, date], str] | None = None,
) -> TermProblem:
    """Make a term: officers O0, O1 ..., posts P0, P1 ..., where all is possible that is not named.

    ``away`` are officers and days, ``barred`` officers and posts, ``closed`` posts and days.
    """

    def table(rows: int, columns: int, no: Sequence[tuple[int, int]]) -> np.ndarray:
        found = np.ones((rows, columns), dtype=np.bool_)
        for row, column in no:
            found[row, column] = False
        return found

    if home is None:
        home = [k if k < posts else -1 for k in range(officers)]
    return TermProblem(
        dates=school_days(days),
        officer_ids=tuple(f"O{k}" for k in range(officers)),
        post_ids=tuple(f"P{k}" for k in range(posts)),
        available=table(officers, days, away),
        may_fill=table(officers, posts, barred),
        needed=table(posts, days, closed),
        home=np.array(home, dtype=np.int64),
        weights=np.array(weights or [1] * posts, dtype=np.int64),
        needs=tuple(needs),
        classes=tuple(classes),
        courses=tuple(courses),
        classes_a_day=classes_a_day,
        duties=tuple(duties),
        duty_available=table(officers, len(duties), no_duty),
        unwanted=~table(officers, len(duties), unwanted),
        duties_before=np.array(duties_before or [0] * officers, dtype=np.int64),
        duties_a_week=duties_a_week,
        sick_share=sick_share,
        why_away=why_away or {},
    )


def need(officer: int, hours: float, due: date, **more: object) -> TrainingNeed:
    """State training of an officer."""
    given: dict[str, object] = {"programme": "state", **more}
    return TrainingNeed(officer_id=f"O{officer}", hours=hours, due=due, **given)  # type: ignore[arg-type]


def list_day(problem: TermProblem, d: int, present: Sequence[int]) -> Iterator[dict[int, int]]:
    """Every assignment of a day: officers by post."""
    posts = [p for p in range(len(problem.post_ids)) if problem.needed[p, d]]
    for chosen in itertools.product([None, *present], repeat=len(posts)):
        used = [n for n in chosen if n is not None]
        if len(set(used)) < len(used):
            continue
        found = {p: n for p, n in zip(posts, chosen, strict=True) if n is not None}
        if all(problem.may_fill[n, p] for p, n in found.items()):
            yield found


def empty_weight(problem: TermProblem, d: int, filled: Mapping[int, int]) -> int:
    """Weight of the posts of a day that an assignment leaves empty."""
    posts = [p for p in range(len(problem.post_ids)) if problem.needed[p, d] and p not in filled]
    return int(sum(problem.weights[p] for p in posts))


def expected_empty_by_list(problem: TermProblem, d: int, present: Sequence[int]) -> float:
    """Posts expected empty, over every set of officers who are sick."""
    needed, total = int(problem.needed[:, d].sum()), 0.0
    for sick in itertools.product([False, True], repeat=len(present)):
        count = sum(sick)
        chance = problem.sick_share**count * (1 - problem.sick_share) ** (len(sick) - count)
        total += chance * max(0, needed - (len(sick) - count))
    return total


def best_in_time(problem: TermProblem) -> tuple[int, float] | None:
    """Least weight empty, then fewest expected empty, over all ways to train everyone in time.

    None if there is no way. Classes of courses may be on any day.
    """
    best: tuple[int, float] | None = None
    days = range(len(problem.dates))
    cache: dict[tuple[int, frozenset[int]], tuple[int, float]] = {}
    for in_class in _list_attendance(problem):
        total, expected = 0, 0.0
        for d in days:
            present = frozenset(
                n
                for n in range(len(problem.officer_ids))
                if problem.available[n, d] and (n, d) not in in_class
            )
            if (d, present) not in cache:
                least = min(
                    empty_weight(problem, d, f) for f in list_day(problem, d, sorted(present))
                )
                cache[d, present] = (
                    least,
                    expected_empty_by_list(problem, d, sorted(present)),
                )
            total += cache[d, present][0]
            expected += cache[d, present][1]
        if best is None or (total, expected - 1e-12) < best:
            best = total, expected
    return best


def _list_attendance(problem: TermProblem) -> Iterator[set[tuple[int, int]]]:
    """Every way to train all officers in time: the days on which each is in class."""
    number = {day: d for d, day in enumerate(problem.dates)}
    offered = [
        *problem.classes,
        *(
            TrainingClass(
                class_id=f"{one.course_id}/{day}/{room}",
                dates=(day,),
                programme=one.programme,
                hours=one.hours,
                size=one.size,
                topics=one.topics,
                course_id=one.course_id,
            )
            for one in problem.courses
            for day in problem.dates
            for room in range(problem.classes_a_day)
        ),
    ]
    placed = set(range(len(problem.classes), len(offered)))
    choices = []
    for wanted in problem.needs:
        n = problem.officer_ids.index(wanted.officer_id)
        ways: list[tuple[int, tuple[int, ...]]] = []
        for size in range(len(offered) + 1):
            for chosen in itertools.combinations(range(len(offered)), size):
                own = [offered[k] for k in chosen]
                dates = [day for one in own for day in one.dates]
                courses = [one.course_id for one in own if one.course_id]
                taught = {topic for one in own for topic in one.topics}
                if (
                    all(one.programme == wanted.programme for one in own)
                    and len(set(dates)) == len(dates)
                    and len(set(courses)) == len(courses)
                    and all(problem.available[n, number[day]] for day in dates)
                    and all(day <= wanted.due for day in dates)
                    and sum(one.hours for one in own) >= wanted.hours
                    and set(wanted.topics) <= taught
                    and not any(set(fewer) <= set(chosen) for _, fewer in ways)
                ):
                    ways.append((n, chosen))  # a class more than is needed never helps
        choices.append(ways)
    for picked in itertools.product(*choices):
        seats: dict[int, int] = {}
        days: set[tuple[int, int]] = set()
        clash = False
        for n, chosen in picked:
            for k in chosen:
                seats[k] = seats.get(k, 0) + 1
                for day in offered[k].dates:
                    clash |= (n, number[day]) in days
                    days.add((n, number[day]))
        held: dict[date, int] = {}
        for k in seats:
            if k in placed:
                held[offered[k].dates[0]] = held.get(offered[k].dates[0], 0) + 1
        fits = all(count <= offered[k].size for k, count in seats.items())
        if fits and not clash and all(c <= problem.classes_a_day for c in held.values()):
            yield days
