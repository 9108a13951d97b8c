"""The problem of a term from the tables of a roster."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import pandas as pd

from zoning.errors import RecordError, typed
from zoning.records import RecordTable, empty_records, raise_together, read_one_of, read_records
from zoning.roster.roster import Roster, Source
from zoning.roster.rules import Programme
from zoning.roster.tables import COURSES, DUTIES, WISHES
from zoning.roster.term_problem import Course, ExtraDuty, TermProblem, TrainingClass, TrainingNeed
from zoning.roster.training_years import TrainingDuty
from zoning.settings import PERCENT, Setting, settings
from zoning.units import counted

_ANY: Final = 100_000
"""Places of a class whose size is not given: more than any programme has officers."""
TERM_FILES: Final = ("duties", "wishes", "courses")
"""Tables of a term, each a file of `TermSettings`."""


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class TermSettings:
    """The roster of a term: what is planned beside the posts. CSV files, or sheets."""

    duties: Annotated[
        Path | None,
        Setting(
            meaning="Duties outside the school day, such as games: duty_id, date, officers.",
            default="none",
        ),
    ] = None
    wishes: Annotated[
        Path | None,
        Setting(
            meaning="Dates on which officers would rather have no duty: officer_id, date.",
            default="none",
        ),
    ] = None
    courses: Annotated[
        Path | None,
        Setting(
            meaning="Courses of a day whose classes the plan places: course_id, programme, hours, "
            "size, topics.",
            default="where no class of a programme is offered, as many courses as its hours take",
        ),
    ] = None
    class_size: Annotated[
        int, Setting(meaning="Officers in a class of those courses.", at_least=1, at_most=1000)
    ] = 6
    class_hours: Annotated[
        float, Setting(meaning="Hours of a class of those courses.", above=0, at_most=24)
    ] = 8.0
    classes_a_day: Annotated[
        int, Setting(meaning="Classes that the plan may place on one day.", at_least=1, at_most=50)
    ] = 1
    duties_a_week: Annotated[
        int, Setting(meaning="Most duties of an officer in a week.", at_least=1, at_most=7)
    ] = 1
    sick_share: Annotated[
        float,
        Setting(
            meaning="Share of the officers expected at work who are sick on a day. Classes are "
            "spread so that the fewest posts are expected to be empty.",
            unit=PERCENT,
            at_least=0,
            below=100,
        ),
    ] = 0.02


@typed
def read_term(
    roster: Roster,
    *,
    since: date | None = None,
    until: date | None = None,
    settings: TermSettings | None = None,
    duties: Source | None = None,
    wishes: Source | None = None,
    courses: Source | None = None,
) -> tuple[TermProblem, tuple[str, ...]]:
    """Make the problem of a term from a roster and the tables of the term.

    What an officer has to train is what is missing of duties whose last day is in the term; classes
    are those offered in it and the courses. Training after the term is not planned.

    Parameters
    ----------
    since, until
        First and last day; those of the calendar if None.
    settings
        Sizes and shares; its files are not read, see the next.
    duties, wishes, courses
        Files, sheets or tables: `zoning.roster.tables.DUTIES`, `WISHES` and `COURSES`.

    Returns
    -------
    problem
        For `plan_roster`.
    notices
        What a reader should know, one sentence each.

    Raises
    ------
    RecordError
        If there is no calendar, school day, officer or post; with every fault of the tables.
    """
    given = settings or TermSettings()
    days = _school_days(roster, since, until)
    tables: dict[str, pd.DataFrame] = {}
    known = read_one_of(map(str, roster.officers.index), "officer of the table of officers")

    def read(table: RecordTable, source: Source | None) -> None:
        found = empty_records(table) if source is None else read_records(source, table)
        tables[table.what] = found.frame

    officer = replace(WISHES.columns[0], read=known)
    raise_together(
        "the tables of the term have faults",
        [
            lambda: read(DUTIES, duties),
            lambda: read(replace(WISHES, columns=(officer, *WISHES.columns[1:])), wishes),
            lambda: read(COURSES, courses),
        ],
    )
    events = [
        ExtraDuty(duty_id=one, date=day, officers=int(officers))
        for one, day, officers in tables[DUTIES.what].itertuples(index=False, name=None)
        if days[0] <= day <= days[-1]
    ]
    employed = [k for k, one in enumerate(roster.officers.index) if _is_employed(roster, k, days)]
    ids = tuple(str(roster.officers.index[k]) for k in employed)
    available = roster.availability(days, judge_training=False).deployable[employed]
    posts = [str(post) for post in roster.posts["post_id"]]
    own = roster.officers["post"].iloc[employed]
    home = np.array([posts.index(one) if one in posts else -1 for one in own], dtype=np.int64)
    methods = roster.officers["employment"].iloc[employed].to_numpy()
    may_fill = np.array(
        [[not only or method in only for only in roster.posts["employment"]] for method in methods],
        dtype=np.bool_,
    ).reshape(len(ids), len(posts))
    asked = set(tables[WISHES.what].itertuples(index=False, name=None))
    needs = tuple(_needs(roster, ids, days))
    classes = tuple(_classes(roster, days))
    made, notices = _courses(tables[COURSES.what], needs, classes, given)
    problem = TermProblem(
        dates=days,
        officer_ids=ids,
        post_ids=tuple(posts),
        available=available,
        may_fill=may_fill,
        needed=np.ones((len(posts), len(days)), dtype=np.bool_),
        home=home,
        weights=np.array([round(one) for one in roster.posts["weight"]], dtype=np.int64),
        needs=needs,
        classes=classes,
        courses=made,
        classes_a_day=given.classes_a_day,
        duties=tuple(events),
        duty_available=roster.availability(
            [duty.date for duty in events], judge_training=False
        ).deployable[employed],
        unwanted=np.array(
            [[(one, duty.date) in asked for duty in events] for one in ids], dtype=np.bool_
        ).reshape(len(ids), len(events)),
        duties_a_week=given.duties_a_week,
        sick_share=given.sick_share,
        why_away={
            (ids[n], days[d]): roster.why_not(ids[n], days[d], judge_training=False)
            for n, d in np.argwhere(~available).tolist()
        },
    )
    return problem, notices


def _school_days(roster: Roster, since: date | None, until: date | None) -> tuple[date, ...]:
    faults = []
    if roster.calendar is None:
        faults.append("there is no school calendar: give one, [calendar] file = 'calendar.csv'")
    if not len(roster.posts):
        faults.append("there are no posts: give [roster] posts, or a plan of zones")
    school_days = () if roster.calendar is None else roster.calendar.school_days
    days = tuple(
        day
        for day in school_days
        if (since is None or day >= since) and (until is None or day <= until)
    )
    if school_days and not days:
        faults.append(
            f"no school day is from {since} to {until}: the calendar has {school_days[0]} to "
            f"{school_days[-1]}"
        )
    if faults:
        raise RecordError("the roster of the term cannot be planned", faults)
    return days


def _is_employed(roster: Roster, row: int, days: Sequence[date]) -> bool:
    hired, left = roster.officers["hired"].iloc[row], roster.officers["left"].iloc[row]
    return (hired is None or hired <= days[-1]) and (left is None or left >= days[0])


def _needs(roster: Roster, ids: Sequence[str], days: Sequence[date]) -> Iterator[TrainingNeed]:
    """What is missing of each programme, joined where two training years end in the term."""
    found: dict[tuple[str, str], list[TrainingDuty]] = defaultdict(list)
    for duty in roster.training_to_do(days[-1]):
        left = roster.officers["left"].get(duty.officer_id)
        if duty.officer_id in ids and (left is None or left > duty.due):
            found[duty.officer_id, str(duty.programme)].append(duty)
    for (officer, programme), duties in found.items():
        missing = [duty.missing() for duty in duties]
        yield TrainingNeed(
            officer_id=officer,
            programme=programme,
            hours=sum(hours for hours, _ in missing),
            due=min(duty.due for duty in duties),
            topics=tuple(dict.fromkeys(topic for _, topics in missing for topic in topics)),
            removes=programme == Programme.STATE,
        )


def _classes(roster: Roster, days: Sequence[date]) -> Iterator[TrainingClass]:
    columns = ["class_id", "dates", "hours", "programme", "topic", "size"]
    for class_id, dates, hours, programme, topic, size in roster.classes[columns].itertuples(
        index=False, name=None
    ):
        if min(dates) >= days[0] and max(dates) <= days[-1]:
            yield TrainingClass(
                class_id=class_id,
                dates=tuple(sorted(dates)),
                programme=str(programme),
                hours=hours,
                size=_ANY if size is None or math.isnan(size) else int(size),
                topics=() if topic is None else (topic,),
                # Both programmes may have a topic of one name, and ask for a class of each.
                course_id="" if topic is None else f"{programme} {topic}",
                takes_day=hours / len(dates) >= roster.rules.training_day_hours,
            )


def _courses(
    table: pd.DataFrame,
    needs: Sequence[TrainingNeed],
    classes: Sequence[TrainingClass],
    given: TermSettings,
) -> tuple[tuple[Course, ...], tuple[str, ...]]:
    """The courses of the table, and for a programme without any class as many as it takes."""
    found = [
        Course(
            course_id=course_id,
            programme=str(programme),
            hours=hours,
            size=int(size),
            topics=tuple(topics),
        )
        for course_id, programme, hours, size, topics in table[
            ["course_id", "programme", "hours", "size", "topics"]
        ].itertuples(index=False, name=None)
    ]
    notices = []
    for programme in sorted({need.programme for need in needs}):
        if programme in {one.programme for one in found} | {one.programme for one in classes}:
            continue
        own = [need for need in needs if need.programme == programme]
        count = max(math.ceil(max(need.hours for need in own) / given.class_hours), 1)
        topics = sorted({topic for need in own for topic in need.topics})
        found += [
            Course(
                course_id=f"{programme} {k + 1}",
                programme=programme,
                hours=given.class_hours,
                size=given.class_size,
                topics=tuple(topics[k::count]),
            )
            for k in range(count)
        ]
        notices.append(
            f"no {programme} class is offered: the plan places "
            f"{counted(count, 'course')} of {given.class_hours:g} hours for {given.class_size} "
            "officers ([term] class_hours, class_size)"
        )
    return tuple(found), tuple(notices)
