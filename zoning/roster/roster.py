"""The roster: who may stand in a school on a date, who is there, and why not."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from zoning.due import DueItem
from zoning.errors import FaultsError, RecordError, typed
from zoning.records import (
    Records,
    RecordTable,
    empty_records,
    raise_together,
    read_building,
    read_records,
)
from zoning.roster.rules import Programme, TrainingRules
from zoning.roster.tables import (
    ABSENCES,
    CLASSES,
    OFFICERS,
    POSTS,
    TOPICS,
    TRAINING,
    AbsenceKind,
    Known,
    topic_key,
    training_days,
)
from zoning.roster.training_years import TrainingDuty, first_year_of, make_duties
from zoning.schools.calendar import SchoolCalendar
from zoning.units import counted

Source = str | Path | pd.DataFrame
"""A file, a sheet of a workbook (``staff.xlsx#Officers``), or a table."""
Bools = npt.NDArray[np.bool_]

_IDS: Final = replace(OFFICERS, columns=OFFICERS.columns[:1], key=(), check=None)
_NEVER: Final = date.max.toordinal() + 1
_NO_END: Final = date(2100, 12, 31)  # personnel systems write 9999-12-31 where there is none
_AWAY_COLUMNS: Final = {
    AbsenceKind.LEAVE: "leave_days",
    AbsenceKind.SICK: "sick_days",
    AbsenceKind.OTHER: "other_days",
}
HOURS_COLUMNS: Final = (
    *("officer_id", "programme", "topic", "done_hours", "required_hours", "missing_hours"),
    *("due", "done_on"),
)
"""Columns of `Roster.hours`."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Availability:
    """Who may stand in a school, and who is there, on each of several dates.

    Attributes
    ----------
    officer_ids
        The officers, in the order of their table.
    dates
        As they were given.
    may_stand
        Shape (officers, dates): employed, certified, and no state training overdue.
    present
        Shape (officers, dates): employed, neither absent nor at training for the day.
    """

    officer_ids: tuple[str, ...]
    dates: tuple[date, ...]
    may_stand: Bools
    present: Bools

    @property
    def deployable(self) -> Bools:
        """Shape (officers, dates): may stand in a school, and is there."""
        deployable: Bools = self.may_stand & self.present
        return deployable

    def to_frame(self) -> pd.DataFrame:
        """Make a table of `deployable`: index ``officer_id``, a column for each date."""
        index = pd.Index(self.officer_ids, name="officer_id", dtype=object)
        return pd.DataFrame(self.deployable, index=index, columns=list(self.dates))


@dataclass(frozen=True, kw_only=True, eq=False)
class Roster:
    """Officers with their training and absences.

    Attributes
    ----------
    officers
        Index ``officer_id``; the other columns of `zoning.roster.OFFICERS`. Dates are None where
        they are not known.
    training, absences, classes, topics, posts
        The columns of `TRAINING`, `ABSENCES`, `CLASSES`, `TOPICS` and `POSTS`; without rows where
        no table was given.
    calendar
        School days; None without one.
    rules
        What training an officer needs.
    notices
        What a reader should know, one sentence each.
    """

    officers: pd.DataFrame = field(repr=False)
    training: pd.DataFrame = field(repr=False)
    absences: pd.DataFrame = field(repr=False)
    classes: pd.DataFrame = field(repr=False)
    topics: pd.DataFrame = field(repr=False)
    posts: pd.DataFrame = field(repr=False)
    calendar: SchoolCalendar | None
    rules: TrainingRules
    notices: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.officers)

    # Who may stand in a school.

    def availability(self, dates: Sequence[date], *, judge_training: bool = True) -> Availability:
        """Find who may stand in a school, and who is there, on each of these dates.

        An officer may stand in a school from the day of hire to the last day of employment, while
        certified, and until the last day on which state training is in time. After it, an officer
        with state training missing may not, until the day after the training that completes it.
        Whoever plans that training asks without ``judge_training``.
        """
        days = np.array([one.toordinal() for one in dates], dtype=np.int64)
        employed = self._between("hired", "left", days)
        may_stand = employed & self._between("certified_from", "certified_until", days)
        until = max(dates, default=date.min)
        for row, duties in enumerate(self._duties_until(until) if judge_training else ()):
            for duty in duties:
                if duty.programme is Programme.STATE:
                    may_stand[row] &= ~_overdue(duty, days)
        present = employed.copy()
        for row, first, last in self._away:
            present[row] &= (days < first) | (days > last)
        at = {int(day): np.flatnonzero(days == day) for day in set(days.tolist())}
        for (row, day), hours in self._training_hours.items():
            if hours >= self.rules.training_day_hours and day in at:
                present[row, at[day]] = False
        return Availability(
            officer_ids=tuple(self.officers.index),
            dates=tuple(dates),
            may_stand=may_stand,
            present=present,
        )

    def employed_on(self, day: date) -> Bools:
        """Find who is employed on a date, in the order of `officers`."""
        employed: Bools = self._between("hired", "left", np.array([day.toordinal()]))[:, 0]
        return employed

    def deployable_on(self, day: date) -> pd.DataFrame:
        """Say of each officer whether they may stand in a school on a date, and why not.

        Returns
        -------
        DataFrame
            Index ``officer_id``; columns ``deployable`` (may stand, and is there), ``may_stand``,
            ``present``, ``reason`` (why not, in words; '' if deployable), ``flags`` (what keeps
            nobody out, in words) and ``post``.
        """
        found = self.availability([day])
        reasons = ["; ".join(self._reasons(row, day)) for row in range(len(self))]
        flags = ["; ".join(self._flags(row, day)) for row in range(len(self))]
        return pd.DataFrame(
            {
                "deployable": found.deployable[:, 0],
                "may_stand": found.may_stand[:, 0],
                "present": found.present[:, 0],
                "reason": pd.Series(reasons, dtype=object, index=self.officers.index),
                "flags": pd.Series(flags, dtype=object, index=self.officers.index),
                "post": self.officers["post"],
            },
            index=self.officers.index,
        )

    def _between(self, first: str, last: str, days: npt.NDArray[np.int64]) -> Bools:
        """Find on which days an officer is between two dates of the table, each included."""
        begin = [0 if day is None else day.toordinal() for day in self.officers[first]]
        end = [_NEVER if day is None else day.toordinal() for day in self.officers[last]]
        begins, ends = (np.array(one, dtype=np.int64)[:, None] for one in (begin, end))
        between: Bools = (begins <= days) & (days <= ends)
        return between

    def why_not(self, officer_id: str, day: date, *, judge_training: bool = True) -> str:
        """Say why an officer does not stand in a school on a date; '' if the officer may."""
        row = self._row_of[officer_id]
        return "; ".join(self._reasons(row, day, judge_training=judge_training))

    def training_to_do(self, until: date) -> list[TrainingDuty]:
        """List training that is not done and is due up to a date, by officer."""
        return [
            duty
            for duties in self._duties_until(until)
            for duty in duties
            if duty.due <= until and duty.done_on is None
        ]

    def _reasons(self, row: int, day: date, *, judge_training: bool = True) -> Iterator[str]:
        officer = self.officers.iloc[row]
        if officer["hired"] is not None and day < officer["hired"]:
            yield f"not hired before {officer['hired']}"
            return
        if officer["left"] is not None and day > officer["left"]:
            yield f"left on {officer['left']}"
            return
        if officer["certified_from"] is not None and day < officer["certified_from"]:
            yield f"not certified before {officer['certified_from']}"
        if officer["certified_until"] is not None and day > officer["certified_until"]:
            yield f"certification expired on {officer['certified_until']}"
        for duty in self._duties_until(day)[row] if judge_training else ():
            if duty.programme is Programme.STATE and _is_overdue(duty, day):
                yield f"{duty.describe(day)}, due {duty.due}"
        for first, last, words in self._away_of[row]:
            if first <= day.toordinal() <= last:
                yield words
        hours = self._training_hours.get((row, day.toordinal()), 0.0)
        if hours >= self.rules.training_day_hours:
            yield f"at training for {hours:g} hours"

    def _flags(self, row: int, day: date) -> Iterator[str]:
        for duty in self._duties_until(day)[row]:
            if duty.programme is Programme.DISTRICT and _is_overdue(duty, day):
                yield f"{duty.describe(day)}, due {duty.due}"

    # Training.

    def hours(self, year: int, *, on: date | None = None) -> pd.DataFrame:
        """List hours done and missing in a training year, by officer, programme and topic.

        Parameters
        ----------
        year
            The year in which the training year ends.
        on
            Training after this day is left out; None counts all.

        Returns
        -------
        DataFrame
            Columns `HOURS_COLUMNS`. The row with an empty topic is of all topics together; its
            ``missing_hours`` are those of the programme, those of a topic that topic's own.
        """
        before = None if on is None else on + timedelta(days=1)
        rows = []
        duties = [one for several in self._duties_in(year) for one in several if one.year == year]
        for duty in duties:
            done = [one for one in duty.done if on is None or one.day <= on]
            done_on = duty.done_on if duty.done_on not in (None, date.min) else None
            if done_on is not None and on is not None and done_on > on:
                done_on = None
            of_topic: defaultdict[str, float] = defaultdict(float, dict.fromkeys(duty.topics, 0.0))
            for one in done:
                if one.topic is not None:
                    of_topic[one.topic] += one.hours
            begin = (duty.officer_id, str(duty.programme))
            total = math.fsum(one.hours for one in done)
            rows.append((*begin, "", total, duty.hours, duty.missing(before)[0], duty.due, done_on))
            for topic, hours in of_topic.items():
                least = duty.topics.get(topic, 0.0)
                missing = max(0.0, least - hours)
                rows.append((*begin, topic, hours, least, missing, duty.due, None))
        return pd.DataFrame(rows, columns=list(HOURS_COLUMNS))

    def due(self, on: date) -> list[DueItem]:
        """List what the officers who are employed on a date have to do: training, certification."""
        items = []
        for row, duties in enumerate(self._duties_until(on)):
            officer = self.officers.iloc[row]
            name, hired, left = self.officers.index[row], officer["hired"], officer["left"]
            if (hired is not None and hired > on) or (left is not None and left < on):
                continue
            remind = partial(_alarm, days=self.rules.remind_days)
            until = officer["certified_until"]
            if until is not None and until < _NO_END and (left is None or left > until):
                items.append(
                    DueItem(
                        due=until,
                        alarm_from=remind(until),
                        duty="certification to renew",
                        of=name,
                        remedy="Renew it, or plan for another officer from the day after.",
                        source="officers.certified_until",
                    )
                )
            for duty in duties:
                hours, topics = duty.missing(on + timedelta(days=1))
                is_done, is_later = not hours and not topics, duty.begins > on
                if is_done or is_later or (left is not None and left < duty.due):
                    continue
                is_state = duty.programme is Programme.STATE
                items.append(
                    DueItem(
                        due=duty.due,
                        alarm_from=remind(duty.due),
                        duty=duty.describe(on + timedelta(days=1)),
                        of=name,
                        remedy=self._classes_for(duty, topics, on),
                        source=self.rules.state_source if is_state else "the district's programme",
                    )
                )
        return items

    def _classes_for(self, duty: TrainingDuty, topics: Sequence[str], on: date) -> str:
        offered = [
            (min(dates), max(dates), class_id)
            for class_id, dates, programme, topic in self.classes[
                ["class_id", "dates", "programme", "topic"]
            ].itertuples(index=False, name=None)
            if programme == duty.programme and min(dates) > on and (not topics or topic in topics)
        ]
        if not offered:
            return "Enrol the officer in a class."
        day, last, class_id = min(offered)
        late = "" if last <= duty.due or duty.due < on else ", which is late"
        return f"Enrol the officer in a class; the next one offered is {class_id} on {day}{late}."

    def _duties_until(self, day: date) -> list[list[TrainingDuty]]:
        """The duties of each officer, of the training years up to that of a day."""
        rules = self.rules
        last = max(rules.year_of(one, day) for one in Programme) if day > date.min else 0
        return self._duties_in(last)

    def _duties_in(self, last_year: int) -> list[list[TrainingDuty]]:
        """Make the duties up to a training year, once for each year that is asked about."""
        if last_year not in self._made:
            self._made[last_year] = [
                [duty for duty in duties if duty.year <= last_year]
                for duties in self._make_duties(max(last_year, self._latest_year))
            ]
        return self._made[last_year]

    @cached_property
    def _made(self) -> dict[int, list[list[TrainingDuty]]]:
        return {}

    @cached_property
    def _latest_year(self) -> int:
        """The last training year of any training or extension."""
        days = [*self.training["date"]]
        days += [day for several in self.officers["extension_until"] for day in several]
        return max((self.rules.year_of(p, day) for day in days for p in Programme), default=0)

    def _make_duties(self, last_year: int) -> list[list[TrainingDuty]]:
        done: defaultdict[tuple[str, str], list[tuple[date, float, str | None]]] = defaultdict(list)
        columns = ["officer_id", "programme", "date", "hours", "topic"]
        for officer, programme, *training in self.training[columns].itertuples(
            index=False, name=None
        ):
            done[officer, programme].append(tuple(training))
        topics: dict[str, dict[str, float]] = {one: {} for one in Programme}
        for programme, topic, hours in self.topics[["programme", "topic", "hours"]].itertuples(
            index=False, name=None
        ):
            topics[programme][topic] = hours
        made: list[list[TrainingDuty]] = [[] for _ in range(len(self))]
        for programme in Programme:
            days = self.training.loc[self.training["programme"] == programme, "date"]
            first_year = first_year_of(self.rules, programme, days)
            if first_year is None:
                continue
            for row, (officer, hired, extensions) in enumerate(
                zip(
                    self.officers.index,
                    self.officers["hired"],
                    self.officers["extension_until"],
                    strict=True,
                )
            ):
                made[row] += make_duties(
                    officer,
                    programme,
                    done[officer, programme],
                    rules=self.rules,
                    topics=topics[programme],
                    first_year=first_year,
                    last_year=last_year,
                    hired=hired,
                    extensions=extensions if programme is Programme.STATE else (),
                )
        return made

    # Time away.

    @cached_property
    def _row_of(self) -> dict[str, int]:
        return {officer: row for row, officer in enumerate(self.officers.index)}

    @cached_property
    def _away(self) -> Mapping[tuple[int, int, int], str]:
        """Absences: the officer's row and the ordinals of the first and the last day; in words."""
        return {
            (self._row_of[officer], first.toordinal(), last.toordinal()): _describe_absence(
                kind, first, last
            )
            for officer, first, last, kind in self.absences[
                ["officer_id", "first", "last", "kind"]
            ].itertuples(index=False, name=None)
        }

    @cached_property
    def _away_of(self) -> Mapping[int, list[tuple[int, int, str]]]:
        """The absences of each officer's row: every officer would look at those of all else."""
        found: defaultdict[int, list[tuple[int, int, str]]] = defaultdict(list)
        for (row, first, last), words in self._away.items():
            found[row].append((first, last, words))
        return found

    @cached_property
    def _training_hours(self) -> Mapping[tuple[int, int], float]:
        """Hours of training by the officer's row and the ordinal of the day."""
        hours: defaultdict[tuple[int, int], float] = defaultdict(float)
        columns = ["officer_id", "began", "date", "hours"]
        for officer, began, last, total in self.training[columns].itertuples(
            index=False, name=None
        ):
            days = training_days(began, last)
            for day in days:
                hours[self._row_of[officer], day.toordinal()] += total / len(days)
        return dict(hours)

    def time_away(self, first: date | None = None, last: date | None = None) -> pd.DataFrame:
        """Count what each officer was away on school days.

        Parameters
        ----------
        first, last
            The period; None: the first and the last school day of the calendar. Absences that are
            not in the table yet are not counted, so let it end before today.

        Returns
        -------
        DataFrame
            Index ``officer_id``; columns ``school_days`` (of the period, while employed),
            ``leave_days``, ``sick_days``, ``other_days`` (other reasons and longer training) and
            ``training_hours`` (of days on which the officer was not away).

        Raises
        ------
        RecordError
            If there is no calendar, or no school day in the period.
        """
        days = self.school_days(first, last)
        at = {day.toordinal(): k for k, day in enumerate(days)}
        employed = self._between("hired", "left", np.array(list(at), dtype=np.int64))
        away = np.zeros(employed.shape, dtype=bool)
        table = pd.DataFrame({"school_days": employed.sum(axis=1)}, index=self.officers.index)
        counts = {kind: np.zeros(len(self), dtype=int) for kind in _AWAY_COLUMNS}
        for (row, begin, end), kind in zip(self._away, self.absences["kind"], strict=True):
            found = [k for day, k in at.items() if begin <= day <= end and employed[row, k]]
            away[row, found] = True
            counts[kind if kind in counts else AbsenceKind.OTHER][row] += len(found)
        hours = np.zeros(len(self))
        for (row, day), one in self._training_hours.items():
            if day in at and employed[row, at[day]] and not away[row, at[day]]:
                hours[row] += one
        columns = {name: counts[kind] for kind, name in _AWAY_COLUMNS.items()}
        return table.assign(**columns, training_hours=hours)

    def school_days(self, first: date | None = None, last: date | None = None) -> list[date]:
        """The school days of a period, as `time_away` has it."""
        if self.calendar is None:
            raise RecordError(
                "time away on school days needs a school calendar",
                remedy="Give the roster one: [calendar] file = 'calendar.csv'.",
            )
        days = [
            day
            for day in self.calendar.school_days
            if (first is None or day >= first) and (last is None or day <= last)
        ]
        if not days:
            raise RecordError(f"no school day is from {first} to {last}")
        return days


def _alarm(due: date, *, days: int) -> date:
    return due - timedelta(days=days)


def _overdue(duty: TrainingDuty, days: npt.NDArray[np.int64]) -> Bools:
    """Find the days on which a duty is overdue: after it was due, up to the day it was done."""
    done = _NEVER if duty.done_on is None else duty.done_on.toordinal()
    overdue: Bools = (days > duty.due.toordinal()) & (days <= done)
    return overdue


def _is_overdue(duty: TrainingDuty, day: date) -> bool:
    return bool(_overdue(duty, np.array([day.toordinal()]))[0])


def _describe_absence(kind: str, first: date, last: date) -> str:
    span = f"on {first}" if first == last else f"{first} to {last}"
    return f"away ({kind}), {span}" if kind != AbsenceKind.OTHER else f"away, {span}"


# Reading.


@typed
def read_roster(
    officers: Source,
    *,
    training: Source | None = None,
    absences: Source | None = None,
    classes: Source | None = None,
    topics: Source | None = None,
    posts: Source | None = None,
    calendar: SchoolCalendar | None = None,
    schools: gpd.GeoDataFrame | None = None,
    rules: TrainingRules | None = None,
    on: date | None = None,
) -> Roster:
    """Read the tables of a roster: CSV files, sheets (``staff.xlsx#Officers``) or DataFrames.

    Parameters
    ----------
    officers
        See `zoning.roster.OFFICERS`.
    training
        Training that was done: `TRAINING`. Without it no training is judged.
    absences
        `ABSENCES`; an officer's may not overlap.
    classes
        Classes that are offered: `CLASSES`.
    topics
        What each year's training must have: `TOPICS`. Without it hours alone are judged.
    posts
        `POSTS`; with them an officer's post must be one.
    calendar
        School days, for `Roster.time_away`.
    schools
        From `zoning.read_schools`: the buildings of posts must be in it.
    rules
        Hours and deadlines; the defaults of `TrainingRules` if None.
    on
        The day on which the tables are read: training after it is a fault. None checks nothing.

    Raises
    ------
    RecordError
        With every fault of every table, its row and the remedy: ids twice, officers, posts,
        buildings and topics that are none, absences that overlap, dates that are none, training in
        the future or outside of employment, hours below 0 or above 24 a day.
    """
    known = Known(rules=rules or TrainingRules(), on=on)
    known = known if schools is None else replace(known, building=read_building(schools))
    found: dict[str, Records] = {}

    def read(table: RecordTable, source: Source | None) -> None:
        if source is None:
            found[table.what] = empty_records(table)
        else:
            found[table.what] = read_records(source, known.table(table))

    def read_posts() -> None:
        nonlocal known
        read(POSTS, posts)
        if posts is not None:
            known = replace(known, posts=[*found[POSTS.what].frame["post_id"]])

    def read_topics() -> None:
        nonlocal known
        read(TOPICS, topics)
        named: dict[str, dict[str, str]] = {}
        for programme, topic in (
            found[TOPICS.what].frame[["programme", "topic"]].itertuples(index=False, name=None)
        ):
            named.setdefault(programme, {})[topic_key(topic)] = topic
        known = replace(known, topics=named)

    def read_officers() -> None:
        nonlocal known
        try:
            read(OFFICERS, officers)
        except FaultsError:
            # The ids alone are enough to find unknown officers in the other tables.
            with suppress(FaultsError):
                ids = read_records(officers, _IDS).frame["officer_id"]
                known = replace(known, officers=dict.fromkeys(ids, (None, None)))
            raise
        frame = found[OFFICERS.what].frame
        spans = zip(frame["hired"], frame["left"], strict=True)
        known = replace(known, officers=dict(zip(frame["officer_id"], spans, strict=True)))

    raise_together(
        "the tables of the roster have faults",
        [
            read_posts,
            read_topics,
            read_officers,
            lambda: read(TRAINING, training),
            lambda: read(ABSENCES, absences),
            lambda: read(CLASSES, classes),
        ],
    )
    frames = {what: one.frame for what, one in found.items()}
    away = frames[ABSENCES.what]
    away["last"] = away["last"].where(away["last"].notna(), away["first"])
    for table in (TRAINING, CLASSES):
        frames[table.what]["topic"] = _as_listed(frames[table.what], known.topics or {})
    return Roster(
        officers=frames[OFFICERS.what].set_index("officer_id"),
        training=frames[TRAINING.what],
        absences=away,
        classes=frames[CLASSES.what],
        topics=frames[TOPICS.what],
        posts=frames[POSTS.what],
        calendar=calendar,
        rules=known.rules,
        notices=(
            *(notice for one in found.values() for notice in one.notices),
            *_notices(frames, known.rules, given=training is not None),
        ),
    )


def _as_listed(frame: pd.DataFrame, topics: Mapping[str, Mapping[str, str]]) -> pd.Series[Any]:
    """Spell topics as the list of topics does."""
    spelled = [
        topic if topic is None else topics.get(programme, {}).get(topic_key(topic), topic)
        for programme, topic in zip(frame["programme"], frame["topic"], strict=True)
    ]
    return pd.Series(spelled, index=frame.index, dtype=object)


def _notices(
    frames: Mapping[str, pd.DataFrame], rules: TrainingRules, *, given: bool
) -> Iterator[str]:
    undated = int(frames[OFFICERS.what]["certified_until"].isna().sum())
    if undated:
        yield (
            f"{counted(undated, 'officer')} without certified_until: their certification is taken "
            "not to expire"
        )
    training, topics = frames[TRAINING.what], frames[TOPICS.what]
    for one in Programme:
        days = training.loc[training["programme"] == one, "date"]
        first_year = first_year_of(rules, one, days)
        if first_year is None:
            why = f"the table of training has none of the {one}" if given else "no table is given"
            yield f"{one} training is not judged: {why}"
            continue
        count = sum(rules.year_of(one, day) == first_year for day in days)
        has_topics = (topics["programme"] == one).any()
        yield (
            f"{one} training is judged from {first_year} on ({counted(count, 'row')} of that year)"
            + ("" if has_topics else ", by its hours alone: no topics of it are listed")
        )
