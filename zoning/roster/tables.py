"""The tables of the roster, and the faults between their rows and between them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

import pandas as pd

from zoning.errors import typed
from zoning.records import (
    Access,
    Column,
    Read,
    RecordTable,
    read_date,
    read_date_since,
    read_id,
    read_number,
    read_one_of,
    read_several,
    read_text,
    read_whole_number,
    read_word,
)
from zoning.roster.rules import Programme, TrainingRules
from zoning.roster.training_years import deadline_before
from zoning.schools.school_names import nearest
from zoning.units import counted
from zoning.workbooks import ShownDate

Fault = tuple[int | None, str]
Rows = Callable[[pd.DataFrame], Iterator[Fault]]

_DAY_HOURS: Final = 24.0
_ROUNDING: Final = 1e-9  # hours: three thirds of a course are not its hours in floats
_SATURDAY: Final = 5
_read_day = read_date_since(1950)  # no officer of today was hired before


class Employment(StrEnum):
    """Methods of employment of KRS 158.441(5)(b)."""

    AGENCY = "agency contract"
    """Employed by a law enforcement agency, by contract with the district."""
    STATE_POLICE = "state police"
    """Of the state police, employed by the district as secondary employment."""
    BOARD = "board"
    """Employed by the board: a School Safety Officer."""


class AbsenceKind(StrEnum):
    """Why an officer is away."""

    LEAVE = "leave"
    SICK = "sick"
    TRAINING = "training"
    OTHER = "other"


_EMPLOYMENT: Final = {
    str(Employment.AGENCY): (
        *("agency", "contract", "contracted", "contract with an agency", "police contract"),
        *("contract with a law enforcement agency", "law enforcement agency"),
    ),
    str(Employment.STATE_POLICE): (
        *(
            "secondary employment",
            "secondary",
            "ksp",
            "kentucky state police",
            "state police secondary employment",
        ),
        "secondary employment state police",
    ),
    str(Employment.BOARD): (
        "district",
        "board of education",
        "employed by the board",
        "local board",
        "sso",
    ),
}
_ABSENCE: Final = {
    str(AbsenceKind.LEAVE): (
        *("vacation", "annual leave", "personal", "personal day", "pto", "holiday"),
    ),
    str(AbsenceKind.SICK): ("sick leave", "sick day", "ill", "illness", "medical"),
    str(AbsenceKind.TRAINING): ("class", "course", "academy", "in service"),
    str(AbsenceKind.OTHER): (
        *("court", "military", "bereavement", "family", "jury duty", "suspended", "fmla"),
        *("parental", "administrative"),
    ),
}
_PROGRAMMES: Final = {
    str(Programme.STATE): ("state certified", "in service", "docjt", "klec"),
    str(Programme.DISTRICT): ("local", "board"),
}


def _read_dates(cell: Any) -> tuple[date, ...]:
    """Read one date or several separated by ``;``."""
    if not isinstance(cell, str) or isinstance(cell, ShownDate):
        return (_read_day(cell),)
    return tuple(dict.fromkeys(_read_day(one.strip()) for one in cell.split(";") if one.strip()))


def _pairs_in_order(*pairs: tuple[str, str]) -> Rows:
    """Find rows in which the second of two dates is before the first."""

    def find(frame: pd.DataFrame) -> Iterator[Fault]:
        for first, last in pairs:
            for row, (begin, end) in enumerate(zip(frame[first], frame[last], strict=True)):
                if begin is not None and end is not None and end < begin:
                    yield row, f"{last} {str(end)!r} is before {first} {str(begin)!r}"

    return find


OFFICERS: Final = RecordTable(
    what="officers",
    one_row="Give one row an officer: officer_id and employment (agency contract, state police or "
    "board), and what is known of name, funding, commission, certified_until, extension_until, "
    "hired, left and post; dates as 2026-09-18.",
    columns=(
        Column(
            name="officer_id",
            meaning="The officer's id, by which all tables are joined.",
            read=read_id,
            headings=("officer", "id", "badge", "employee_id"),
            required=True,
            access=Access.PERSONNEL,
        ),
        Column(
            name="employment",
            meaning="Method of employment: agency contract, state police (secondary employment) "
            "or board (KRS 158.441(5)(b)).",
            read=read_word(_EMPLOYMENT),
            headings=("employment_method", "method_of_employment", "employer", "method"),
            required=True,
            access=Access.PERSONNEL,
        ),
        Column(
            name="name",
            meaning="The officer's name.",
            read=read_text,
            headings=("officer_name", "full_name"),
            access=Access.PERSONNEL,
        ),
        Column(
            name="funding",
            meaning="Source of funding, in the district's words.",
            read=read_text,
            headings=("funding_source", "source_of_funding", "fund"),
            access=Access.PERSONNEL,
        ),
        Column(
            name="commission",
            meaning="What makes the officer a sworn one, in the district's words.",
            read=read_text,
            headings=("commissioned_by", "commission_type", "sworn"),
            access=Access.PERSONNEL,
        ),
        Column(
            name="certified_from",
            meaning="First day of the certification, of an officer who has it later than hired.",
            read=_read_day,
            headings=("certified", "certified_since", "certification_date"),
            access=Access.PERSONNEL,
        ),
        Column(
            name="certified_until",
            meaning="Last day of the certification; empty: it has none.",
            read=read_date,
            headings=("certification_until", "certification_expires", "certified_to", "expires"),
            access=Access.PERSONNEL,
        ),
        Column(
            name="extension_until",
            meaning="Last day on which state training is in time, where the deadline before it was "
            "extended; several are separated by ;.",
            read=_read_dates,
            headings=("extension", "extended_until", "training_extension"),
            default=(),
            access=Access.PERSONNEL,
        ),
        Column(
            name="hired",
            meaning="First day of employment; empty: before all dates.",
            read=_read_day,
            headings=("from", "hired_from", "hire_date", "start_date"),
            access=Access.PERSONNEL,
        ),
        Column(
            name="left",
            meaning="Last day of employment; empty: still employed.",
            read=read_date,
            headings=("until", "left_until", "end_date", "termination_date"),
            access=Access.PERSONNEL,
        ),
        Column(
            name="post",
            meaning="Id of the post that the officer usually fills.",
            read=read_id,
            headings=("post_id", "zone", "zone_id", "assignment"),
        ),
    ),
    key=("officer_id",),
    check=_pairs_in_order(("hired", "left"), ("certified_from", "certified_until")),
)
_PROGRAMME: Final = Column(
    name="programme",
    meaning="state or district.",
    read=read_word(_PROGRAMMES),
    headings=("program", "state_or_district", "provider"),
    required=True,
    access=Access.PERSONNEL,
)
_TOPIC: Final = Column(
    name="topic",
    meaning="What it is about.",
    read=read_text,
    headings=("subject", "course", "training_topic"),
    access=Access.PERSONNEL,
)
TRAINING: Final = RecordTable(
    what="training",
    may_be_empty=True,
    one_row="Give one row a training: officer_id, date (2026-09-18), hours, programme (state or "
    "district) and topic; of a course of several days began and date are the first and last.",
    columns=(
        replace(OFFICERS.columns[0], meaning="The officer."),
        Column(
            name="date",
            meaning="The day on which it was done; of a course of several days, the last.",
            read=_read_day,
            headings=("training_date", "day", "completed"),
            required=True,
            access=Access.PERSONNEL,
        ),
        Column(
            name="began",
            meaning="The first day of a course of several days; empty: it took the one day.",
            read=_read_day,
            headings=("first", "first_day", "start", "start_date", "from"),
            access=Access.PERSONNEL,
        ),
        Column(
            name="hours",
            meaning="Hours of all its days together.",
            read=read_number(at_least=0),
            headings=("training_hours", "hours_done"),
            required=True,
            access=Access.PERSONNEL,
        ),
        _PROGRAMME,
        _TOPIC,
    ),
)
ABSENCES: Final = RecordTable(
    what="absences",
    may_be_empty=True,
    one_row="Give one row an absence: officer_id, first and last day (2026-09-18) and kind (leave, "
    "sick, training or other).",
    columns=(
        replace(OFFICERS.columns[0], meaning="The officer."),
        Column(
            name="first",
            meaning="First day away.",
            read=_read_day,
            headings=("from", "start", "start_date", "date", "first_day"),
            required=True,
            access=Access.PERSONNEL,
        ),
        Column(
            name="last",
            meaning="Last day away; empty: the first day alone.",
            read=_read_day,
            headings=("to", "end", "until", "end_date", "last_day"),
            access=Access.PERSONNEL,
        ),
        Column(
            name="kind",
            meaning="leave, sick, training or other.",
            read=read_word(_ABSENCE),
            headings=("reason", "type", "absence_kind"),
            default=str(AbsenceKind.OTHER),
            access=Access.PERSONNEL,
        ),
    ),
)
CLASSES: Final = RecordTable(
    what="training classes",
    may_be_empty=True,
    one_row="Give one row a class: class_id, dates (2026-09-18; 2026-09-19), hours of all its days "
    "together, programme (state or district), topic and size.",
    columns=(
        Column(
            name="class_id",
            meaning="Its id.",
            read=read_id,
            headings=("class", "id", "course_id"),
            required=True,
        ),
        Column(
            name="dates",
            meaning="The days on which it is held, separated by ;.",
            read=_read_dates,
            headings=("date", "days", "day"),
            required=True,
        ),
        Column(
            name="hours",
            meaning="Hours of all its days together.",
            read=read_number(at_least=0),
            headings=("class_hours", "training_hours"),
            required=True,
        ),
        replace(_PROGRAMME, access=Access.SECURITY),
        replace(_TOPIC, access=Access.SECURITY),
        Column(
            name="size",
            meaning="Officers who can take part; empty: any number.",
            read=read_whole_number(at_least=1),
            headings=("places", "seats", "capacity"),
        ),
    ),
    key=("class_id",),
)
TOPICS: Final = RecordTable(
    what="topics of training",
    one_row="Give one row a topic: programme (state or district), topic and, if it asks for some, "
    "hours.",
    columns=(
        replace(_PROGRAMME, access=Access.PUBLIC),
        replace(_TOPIC, required=True, access=Access.PUBLIC),
        Column(
            name="hours",
            meaning="Least hours of it a year; 0: any.",
            read=read_number(at_least=0),
            headings=("least_hours", "min_hours"),
            default=0.0,
            access=Access.PUBLIC,
        ),
    ),
    key=("programme", "topic"),
)
POSTS: Final = RecordTable(
    what="posts",
    one_row="Give one row a post: post_id, and if known zone_id and building_ids (A; B).",
    columns=(
        Column(
            name="post_id",
            meaning="Its id.",
            read=read_id,
            headings=("post", "id"),
            required=True,
        ),
        Column(name="zone_id", meaning="The zone that it patrols.", read=read_id, default=""),
        Column(
            name="building_ids",
            meaning="The buildings that it serves, separated by ;.",
            read=read_several(read_id),
            headings=("buildings", "building_id", "schools", "school"),
            default=(),
        ),
        Column(
            name="weight",
            meaning="How much a day on which nobody fills it counts; 1 if empty.",
            read=read_whole_number(at_least=1, at_most=1000),
            headings=("importance", "priority_weight"),
            default=1.0,
        ),
        Column(
            name="employment",
            meaning="Methods of employment of officers who may fill it, separated by ;; empty: "
            "any.",
            read=read_several(read_word(_EMPLOYMENT)),
            headings=("employment_methods", "only_employment"),
            default=(),
        ),
        Column(
            name="kind",
            meaning="patrol: the officer drives between its buildings; dedicated: stays at one; on "
            "call: waits outside. Empty: as in the plan.",
            read=read_word(
                {"patrol": ("zone", "roving"), "dedicated": ("fixed", "campus"), "on call": ()}
            ),
            headings=("post_kind",),
            default=None,
        ),
    ),
    key=("post_id",),
)
DUTIES: Final = RecordTable(
    what="duties outside the school day",
    one_row="Give one row a duty: duty_id, date and the number of officers that it takes.",
    columns=(
        Column(
            name="duty_id",
            meaning="Its id: the event.",
            read=read_id,
            headings=("duty", "event", "id"),
            required=True,
        ),
        Column(name="date", meaning="The day.", read=read_date, headings=("day",), required=True),
        Column(
            name="officers",
            meaning="Officers that it takes; 1 if empty.",
            read=read_whole_number(at_least=1, at_most=1000),
            headings=("places", "needed"),
            default=1.0,
        ),
    ),
    key=("duty_id",),
)
WISHES: Final = RecordTable(
    what="wishes about duties",
    one_row="Give one row an officer and a date on which the officer would rather have no duty.",
    columns=(
        replace(OFFICERS.columns[0], meaning="The officer."),
        Column(
            name="date",
            meaning="The day.",
            read=read_date,
            headings=("day",),
            required=True,
            access=Access.PERSONNEL,
        ),
    ),
    key=("officer_id", "date"),
)
COURSES: Final = RecordTable(
    what="training courses",
    one_row="Give one row a course of a day: course_id, programme (state or district), hours, "
    "size, and topics separated by ;.",
    columns=(
        Column(
            name="course_id",
            meaning="Its id; an officer takes it once a term.",
            read=read_id,
            headings=("course", "id"),
            required=True,
        ),
        replace(_PROGRAMME, access=Access.SECURITY),
        Column(
            name="hours",
            meaning="Hours of a class, on one day.",
            read=read_number(at_least=0.25, at_most=_DAY_HOURS),
            required=True,
        ),
        Column(
            name="size",
            meaning="Officers that a class holds.",
            read=read_whole_number(at_least=1, at_most=1000),
            headings=("places", "seats", "capacity"),
            required=True,
        ),
        Column(
            name="topics",
            meaning="What it teaches, separated by ;.",
            read=read_several(read_text),
            headings=("topic", "subjects"),
            default=(),
        ),
    ),
    key=("course_id",),
)


def topic_key(topic: str) -> str:
    """Make topics alike that differ in capitals alone."""
    return topic.casefold()


def training_days(began: date | None, day: date) -> list[date]:
    """List the days of a training: the weekdays from the first to the last, or all if none is."""
    first = day if began is None else began
    days = [first + timedelta(days=k) for k in range((day - first).days + 1)]
    return [one for one in days if one.weekday() < _SATURDAY] or days


@typed
def posts_of_zones(assignment: pd.DataFrame) -> pd.DataFrame:
    """Make a post for each officer of a plan; those of several at one school are numbered.

    Parameters
    ----------
    assignment
        Index building ids, columns ``zone_id``, ``kind`` and, if zones have another number of
        officers than 1, ``zone_officers``: `zoning.ZonePlan.to_frame`.

    Returns
    -------
    DataFrame
        Columns ``post_id`` (the zone's id; of further officers as in a timetable, ``High (officer
        2)``), ``zone_id``, ``building_ids`` (a tuple) and ``kind``.
    """
    rows = [
        (
            zone if k == 0 else f"{zone} (officer {k + 1})",
            *(zone, tuple(sorted(map(str, part.index))), part["kind"].iloc[0]),
        )
        for zone, part in assignment.groupby("zone_id", sort=False)
        for k in range(int(part["zone_officers"].iloc[0]) if "zone_officers" in part else 1)
    ]
    frame = pd.DataFrame(rows, columns=["post_id", "zone_id", "building_ids", "kind"])
    return frame.sort_values("post_id", ignore_index=True)


# Tables that know of the others.


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the tables before have, by which a table is checked; None where it is not known.

    Attributes
    ----------
    officers
        The first and the last day of employment of each officer.
    topics
        Topics of each programme that lists any, by their `topic_key`.
    posts
        Ids of posts.
    building
        Reads a building.
    on
        The day on which the tables are read: no training is later.
    rules
        For the longest extension.
    """

    officers: dict[str, tuple[date | None, date | None]] | None = None
    topics: Mapping[str, Mapping[str, str]] | None = None
    posts: Collection[str] | None = None
    building: Read | None = None
    on: date | None = None
    rules: TrainingRules = field(default_factory=TrainingRules)

    def table(self, table: RecordTable) -> RecordTable:
        """Make a table that is checked against the others."""
        readers: dict[str, Read] = {}
        if table in (TRAINING, ABSENCES) and self.officers is not None:
            readers["officer_id"] = read_one_of(self.officers, "officer of the table of officers")
        if table is OFFICERS and self.posts is not None:
            readers["post"] = read_one_of(self.posts, "post: a zone of the plan, or a row of posts")
        if table is POSTS and self.building is not None:
            readers["building_ids"] = _read_each(self.building)
        columns = tuple(
            replace(one, read=readers[one.name]) if one.name in readers else one
            for one in table.columns
        )
        checks: dict[str, Rows] = {
            OFFICERS.what: self._officers,
            TRAINING.what: self._training,
            ABSENCES.what: self._absences,
            CLASSES.what: self._classes,
        }
        return replace(table, columns=columns, check=checks.get(table.what, table.check))

    def _officers(self, frame: pd.DataFrame) -> Iterator[Fault]:
        assert OFFICERS.check is not None
        yield from OFFICERS.check(frame)
        for row, (hired, dates) in enumerate(
            zip(frame["hired"], frame["extension_until"], strict=True)
        ):
            for day in dates or ():
                base = deadline_before(day, self.rules, hired)
                if (day - base).days > self.rules.longest_extension_days:
                    yield (
                        row,
                        f"extension_until {str(day)!r} is {(day - base).days} days after the "
                        f"deadline {str(base)!r}; at most {self.rules.longest_extension_days} are "
                        "allowed",
                    )

    def _training(self, frame: pd.DataFrame) -> Iterator[Fault]:
        yield from _pairs_in_order(("began", "date"))(frame)
        totals: defaultdict[tuple[str, date], float] = defaultdict(float)
        rows = frame[["officer_id", "began", "date", "hours"]].itertuples(index=False, name=None)
        for row, (officer, began, day, hours) in enumerate(rows):
            if None in (officer, day) or hours is None or math.isnan(hours):
                continue
            if self.on is not None and day > self.on:
                yield (
                    row,
                    f"date {str(day)!r} is in the future, seen on {self.on}: planned training is a "
                    "row of classes",
                )
            yield from self._outside(row, officer, began or day, day, "training")
            if began is not None and began > day:
                continue
            days = training_days(began, day)
            if hours > _DAY_HOURS * len(days):
                several = "" if began else ": of a course of several days give began, the first"
                yield (
                    row,
                    f"hours {hours:g} are more than {counted(len(days), 'day')} can have"
                    + (several),
                )
                continue
            for one in days:
                totals[officer, one] += hours / len(days)
                if totals[officer, one] > _DAY_HOURS + _ROUNDING:
                    yield (
                        row,
                        f"with the rows before, officer {officer!r} has "
                        f"{totals[officer, one]:g} hours on {one}: a day has 24",
                    )
        yield from self._unknown_topics(frame)

    def _absences(self, frame: pd.DataFrame) -> Iterator[Fault]:
        yield from _pairs_in_order(("first", "last"))(frame)
        spans: defaultdict[str, list[tuple[date, date, int]]] = defaultdict(list)
        rows = frame[["officer_id", "first", "last"]].itertuples(index=False, name=None)
        for row, (officer, first, last) in enumerate(rows):
            if officer is None or first is None or (last is not None and last < first):
                continue
            yield from self._outside(row, officer, first, last or first, "absence")
            spans[officer].append((first, last or first, row))
        for officer, found in spans.items():
            until: tuple[date, date] | None = None
            for first, last, row in sorted(found):
                if until is not None and first <= until[1]:
                    yield (
                        row,
                        f"officer {officer!r} is away from {first} to {last}, and in another row "
                        f"from {until[0]} to {until[1]}",
                    )
                if until is None or last > until[1]:
                    until = (first, last)

    def _classes(self, frame: pd.DataFrame) -> Iterator[Fault]:
        for row, (dates, hours) in enumerate(zip(frame["dates"], frame["hours"], strict=True)):
            if dates and hours is not None and hours > _DAY_HOURS * len(dates):
                yield row, f"hours {hours:g} are more than {counted(len(dates), 'day')} can have"
        yield from self._unknown_topics(frame)

    def _outside(
        self, row: int, officer: str, first: date, last: date, what: str
    ) -> Iterator[Fault]:
        hired, left = (self.officers or {}).get(officer, (None, None))
        if hired is not None and first < hired:
            yield row, f"{what} on {first} is before officer {officer!r} was hired on {hired}"
        if left is not None and last > left:
            yield row, f"{what} on {last} is after officer {officer!r} left on {left}"

    def _unknown_topics(self, frame: pd.DataFrame) -> Iterator[Fault]:
        rows = zip(frame["programme"], frame["topic"], strict=True)
        for row, (programme, topic) in enumerate(rows):
            known = (self.topics or {}).get(programme)
            if topic is None or not known or topic_key(topic) in known:
                continue
            near = nearest(topic, sorted(known.values()))
            maybe = f" (did you mean {' or '.join(near)}?)" if near else ""
            yield row, f"topic {topic!r} is none of the {programme} topics{maybe}"


def _read_each(read: Read) -> Read:
    """Make a reader of values separated by ``;`` whose faults quote the value."""

    def one(word: Any) -> Any:
        try:
            return read(word)
        except ValueError as error:
            raise ValueError(f"names {str(word)!r}, which {error}") from None

    return read_several(one)
