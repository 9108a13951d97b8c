"""Check a roster of any origin by every hard rule, row by row.

This module shares no code with the planner: it goes through the rows of the tables in plain Python
and asks the `TermProblem` alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

import pandas as pd

from zoning.errors import first_few, typed
from zoning.records import (
    Access,
    Column,
    RecordTable,
    read_date,
    read_id,
    read_number,
    read_records,
    read_text,
    require_columns,
)
from zoning.roster.term_problem import Course, TermProblem, TrainingClass, TrainingNeed
from zoning.schools.cells import unguarded
from zoning.units import counted


def _read_id(cell: object) -> str:
    """Read an id as zoning writes it, with an apostrophe before what might be a formula."""
    return read_id(unguarded(cell) if isinstance(cell, str) else cell)


def _column(name: str, meaning: str, read: object, *headings: str, required: bool = True) -> Column:
    return Column(
        name=name,
        meaning=meaning,
        read=read,  # type: ignore[arg-type]
        headings=headings,
        required=required,
        access=Access.SECURITY,
    )


_DATE: Final = _column("date", "The day.", read_date, "day", "school_day")
_OFFICER: Final = _column("officer_id", "The officer.", _read_id, "officer", "badge", "employee_id")
ROSTER_TABLE: Final = RecordTable(
    what="who stands where",
    one_row="Give one row a post and day: date, post_id and officer_id; dates as 2026-09-18.",
    columns=(_DATE, _column("post_id", "The post.", _read_id, "post"), _OFFICER),
)
CLASS_TABLE: Final = RecordTable(
    what="who is in class",
    one_row="Give one row an officer and date of a class: date, class_id and officer_id; for "
    "classes that are not in the table of classes course_id too.",
    columns=(
        _DATE,
        _column("class_id", "The class.", _read_id, "class"),
        _column(
            "course_id", "The course that it is a class of.", _read_id, "course", required=False
        ),
        _column("programme", "State or district.", read_text, "program", required=False),
        _column("hours", "Hours of the day.", read_number(at_least=0), required=False),
        _OFFICER,
    ),
)
DUTY_TABLE: Final = RecordTable(
    what="who has duties outside the school day",
    one_row="Give one row an officer and duty: date, duty_id and officer_id.",
    columns=(_DATE, _column("duty_id", "The duty.", _read_id, "duty", "event"), _OFFICER),
)


@typed
def read_term_roster(path: str | Path) -> pd.DataFrame:
    """Read a roster: ``date``, ``post_id``, ``officer_id``; of a CSV file or a sheet.

    Raises
    ------
    RecordError
        If the file cannot be read, or listing every row that cannot.
    """
    return read_records(path, ROSTER_TABLE).frame


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RosterCheck:
    """What a check of a roster found. Restricted.

    Attributes
    ----------
    faults
        Every hard rule that is broken, one sentence each, with its row.
    unfilled
        Columns ``date``, ``post_id``: posts to be filled that the roster leaves empty. That is no
        fault.
    """

    faults: tuple[str, ...]
    unfilled: pd.DataFrame = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether every hard rule is kept."""
        return not self.faults

    def __str__(self) -> str:
        empty = f"{counted(len(self.unfilled), 'post-day')} without an officer"
        if self.ok:
            return f"Every rule is kept; {empty}."
        # More than a screen of faults is a roster for another term.
        shown = first_few(self.faults, 40)
        return "\n".join([f"{counted(len(self.faults), 'fault')}; {empty}", *shown])


@typed
def check_roster(
    problem: TermProblem,
    assignments: pd.DataFrame,
    training: pd.DataFrame | None = None,
    duties: pd.DataFrame | None = None,
) -> RosterCheck:
    """Check a roster by every hard rule.

    An officer is at one place a day, is available, may stand at the post, and is in no class; a
    post has one officer, on days on which it is to be filled; classes are held on their dates,
    within their size and the rooms, once a course; whoever has not done the training that removes
    an officer stands nowhere after its last day until it is done; duties have no more officers
    than they take, and an officer no more than allowed.

    Parameters
    ----------
    assignments
        ``date``, ``post_id``, ``officer_id``, as `read_term_roster` reads it.
    training
        ``date``, ``class_id``, ``officer_id``, and ``course_id`` of classes that are not in
        `TermProblem.classes`; None: no classes.
    duties
        ``date``, ``duty_id``, ``officer_id``; None: no duties.

    Raises
    ------
    RecordError
        If a table lacks columns.
    """
    for given, one in ((assignments, ROSTER_TABLE), (training, CLASS_TABLE), (duties, DUTY_TABLE)):
        if given is not None:
            needed = [column.name for column in one.columns if column.required]
            require_columns(given, needed, what=one.what)
    check = _Check(problem)
    faults = [
        *check.posts(_rows(assignments, ("date", "post_id", "officer_id"))),
        *check.classes(_rows(training, ("date", "class_id", "course_id", "officer_id"))),
        *check.missing_training(),
        *check.duties(_rows(duties, ("date", "duty_id", "officer_id"))),
    ]
    rows = [
        (day, post)
        for d, day in enumerate(problem.dates)
        for p, post in enumerate(problem.post_ids)
        if problem.needed[p, d] and (day, post) not in check.filled
    ]
    return RosterCheck(
        faults=tuple(faults), unfilled=pd.DataFrame(rows, columns=["date", "post_id"])
    )


Row = tuple[str, date, str, str, str]
"""What to call it, and its cells; the fourth is '' where a table has three."""


def _rows(table: pd.DataFrame | None, columns: tuple[str, ...]) -> list[Row]:
    if table is None:
        return []
    found: list[Row] = []
    for number, row in enumerate(table.to_dict("records"), start=2):
        cells = [row.get(name) for name in columns]
        extra = str(cells[2]) if len(cells) == 4 and cells[2] is not None else ""
        found.append((f"row {number}", row["date"], str(cells[1]), str(cells[-1]), extra))
    return found


class _Check:
    """The rows of a roster, entered one by one."""

    def __init__(self, problem: TermProblem) -> None:
        self.problem = problem
        self.officers = {one: n for n, one in enumerate(problem.officer_ids)}
        self.post_numbers = {one: p for p, one in enumerate(problem.post_ids)}
        self.days = {one: d for d, one in enumerate(problem.dates)}
        self.filled: dict[tuple[date, str], str] = {}
        self.stands: dict[tuple[date, str], tuple[str, str]] = {}
        self.taken: dict[str, dict[str, TrainingClass | Course]] = defaultdict(dict)
        self.class_dates: dict[tuple[str, str], set[date]] = defaultdict(set)
        self.sizes: dict[str, int] = defaultdict(int)

    def posts(self, rows: list[Row]) -> Iterator[str]:
        problem = self.problem
        for where, day, post, officer, _ in rows:
            if officer not in self.officers:
                yield f"{where}: {officer!r} is no officer"
                continue
            if post not in self.post_numbers:
                yield f"{where}: {post!r} is no post"
                continue
            if day not in self.days:
                yield f"{where}: {day} is no school day of the term"
                continue
            n, p, d = self.officers[officer], self.post_numbers[post], self.days[day]
            if (day, officer) in self.stands:
                other = self.stands[day, officer][0]
                yield f"{where}: {officer} stands at {post} and at {other} on {day}"
            if (day, post) in self.filled:
                yield f"{where}: {post} has {self.filled[day, post]} and {officer} on {day}"
            if not problem.needed[p, d]:
                yield f"{where}: {post} is not to be filled on {day}"
            if not problem.available[n, d]:
                why = problem.why_away.get((officer, day), "away")
                yield f"{where}: {officer} stands at {post} on {day}: {why}"
            if not problem.may_fill[n, p]:
                yield f"{where}: {officer} may not stand at {post}"
            self.filled[day, post] = officer
            self.stands[day, officer] = post, where

    def classes(self, rows: list[Row]) -> Iterator[str]:
        offered = {one.class_id: one for one in self.problem.classes}
        courses = {one.course_id: one for one in self.problem.courses}
        on_day: dict[tuple[date, str], str] = {}
        held: dict[date, set[str]] = defaultdict(set)
        first_day: dict[str, date] = {}
        for where, day, class_id, officer, course_id in rows:
            one = offered.get(class_id) or courses.get(course_id)
            if officer not in self.officers:
                yield f"{where}: {officer!r} is no officer"
            elif one is None:
                yield f"{where}: {class_id!r} is no class that is offered, nor of a course"
            else:
                if class_id not in offered:
                    held[day].add(class_id)
                    if first_day.setdefault(class_id, day) != day:
                        yield f"{where}: class {class_id} is on {first_day[class_id]} and on {day}"
                if (day, officer) in on_day:
                    yield f"{where}: {officer} is in {on_day[day, officer]} and {class_id} on {day}"
                on_day[day, officer] = class_id
                yield from self._attendance(f"{where}: ", day, class_id, officer, one)
        for day, ids in held.items():
            if len(ids) > self.problem.classes_a_day:
                most = self.problem.classes_a_day
                yield f"{day}: classes {', '.join(sorted(ids))}, where {most} can be held"
        yield from self._half_attended()

    def _attendance(
        self, where: str, day: date, class_id: str, officer: str, one: TrainingClass | Course
    ) -> Iterator[str]:
        n, takes_day = self.officers[officer], True
        if isinstance(one, TrainingClass):
            takes_day = one.takes_day
            if day not in one.dates:
                yield f"{where}class {class_id} is not held on {day}"
        elif day not in self.days:
            yield f"{where}{day} is no school day of the term"
        if day in self.days and not self.problem.available[n, self.days[day]]:
            why = self.problem.why_away.get((officer, day), "away")
            yield f"{where}{officer} is in class {class_id} on {day}: {why}"
        if takes_day and (day, officer) in self.stands:
            post, at = self.stands[day, officer]
            yield f"{where}{officer} is in class {class_id} on {day}, and at {post} in {at}"
        for other_id, other in self.taken[officer].items():
            if one.course_id and one.course_id == other.course_id and other_id != class_id:
                yield f"{where}{officer} takes {one.course_id} twice, in {other_id} too"
        if class_id not in self.taken[officer]:
            self.sizes[class_id] += 1
            if self.sizes[class_id] == one.size + 1:
                yield f"{where}class {class_id} holds {one.size}, and has one more"
        self.taken[officer][class_id] = one
        self.class_dates[officer, class_id].add(day)

    def _half_attended(self) -> Iterator[str]:
        for officer, own in self.taken.items():
            for class_id, one in own.items():
                if isinstance(one, TrainingClass):
                    missed = set(one.dates) - self.class_dates[officer, class_id]
                    if missed:
                        days = ", ".join(map(str, sorted(missed)))
                        yield f"{officer} is not in class {class_id} on {days}"

    def missing_training(self) -> Iterator[str]:
        """Find officers who stand somewhere after training that removes them was due."""
        for need in self.problem.needs:
            if not need.removes:
                continue
            for (day, officer), (post, where) in self.stands.items():
                if officer != need.officer_id or day <= need.due:
                    continue
                hours, topics = self._left(need, day)
                if hours > 1e-9 or topics:
                    shown = f", topics {', '.join(sorted(topics))}" if topics else ""
                    yield (
                        f"{where}: {officer} stands at {post} on {day}, but misses {hours:g} hours "
                        f"of {need.programme} training{shown}, due {need.due}"
                    )

    def _left(self, need: TrainingNeed, day: date) -> tuple[float, set[str]]:
        hours, topics = need.hours, set(need.topics)
        for class_id, one in self.taken[need.officer_id].items():
            dates = self.class_dates[need.officer_id, class_id]
            if one.programme == need.programme and max(dates) < day:
                hours -= one.hours
                topics -= set(one.topics)
        return hours, topics

    def duties(self, rows: list[Row]) -> Iterator[str]:
        problem = self.problem
        known = {one.duty_id: j for j, one in enumerate(problem.duties)}
        count: dict[str, int] = defaultdict(int)
        dates: dict[tuple[str, date], str] = {}
        weeks: dict[tuple[str, int, int], int] = defaultdict(int)
        for where, day, duty_id, officer, _ in rows:
            if officer not in self.officers or duty_id not in known:
                what = repr(officer) if officer not in self.officers else repr(duty_id)
                noun = "officer" if officer not in self.officers else "duty"
                yield f"{where}: {what} is no {noun}"
                continue
            duty, n = problem.duties[known[duty_id]], self.officers[officer]
            if day != duty.date:
                yield f"{where}: duty {duty_id} is on {duty.date}, not on {day}"
            if not problem.duty_available[n, known[duty_id]]:
                yield f"{where}: {officer} cannot come to duty {duty_id} on {day}"
            if (officer, day) in dates:
                yield f"{where}: {officer} has {dates[officer, day]} and {duty_id} on {day}"
            dates[officer, day] = duty_id
            count[duty_id] += 1
            if count[duty_id] == duty.officers + 1:
                yield f"{where}: duty {duty_id} takes {duty.officers}, and has one more"
            year, week, _weekday = duty.date.isocalendar()
            weeks[officer, year, week] += 1
            if weeks[officer, year, week] == problem.duties_a_week + 1:
                yield (
                    f"{where}: {officer} has more than {problem.duties_a_week} duties in week "
                    f"{week} of {year}"
                )
            for need in problem.needs:
                if need.removes and need.officer_id == officer and day > need.due:
                    hours, topics = self._left(need, day)
                    if hours > 1e-9 or topics:
                        yield (
                            f"{where}: {officer} has duty {duty_id} on {day}, but misses "
                            f"{need.programme} training, due {need.due}"
                        )
