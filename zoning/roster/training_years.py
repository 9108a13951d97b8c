"""What training each officer must do by when, which hours count for it, and what is missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from zoning.due import add_months
from zoning.roster.rules import Programme, TrainingRules

Training = tuple[date, float, str | None]
"""The day, the hours and the topic of a training."""
_NOTHING: Final = (0.0, ())
_ROUNDING: Final = 1e-9  # hours: 0.1 added ten times is not 1 in floats


@dataclass(frozen=True, slots=True)
class Done:
    """Hours of one training that count for one duty."""

    day: date
    hours: float
    topic: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingDuty:
    """What an officer must do of a programme in a training year.

    Attributes
    ----------
    officer_id, programme, year
        Whose, of which programme, and the year in which the training year ends.
    begins, due
        The first day of the training year, and the last on which it is in time, with the officer's
        extension.
    hours
        What it asks for.
    topics
        Topics that it asks for, with the least hours of each; 0 is any.
    done
        What counts for it, by day.
    done_on
        The day of the training that completed it; None while something is missing.
    """

    officer_id: str
    programme: Programme
    year: int
    begins: date
    due: date
    hours: float
    topics: Mapping[str, float]
    done: tuple[Done, ...] = ()
    done_on: date | None = None

    def missing(self, before: date | None = None) -> tuple[float, tuple[str, ...]]:
        """Hours and topics that are missing, of the training before a day; of all if None."""
        counted = [one for one in self.done if before is None or one.day < before]
        of_topic: defaultdict[str, float] = defaultdict(float)
        for one in counted:
            if one.topic is not None:
                of_topic[one.topic] += one.hours
        hours = self.hours - sum(one.hours for one in counted)
        topics = tuple(
            topic
            for topic, least in self.topics.items()
            if of_topic[topic] < max(least - _ROUNDING, _ROUNDING)
        )
        return (hours if hours > _ROUNDING else 0.0), topics

    def describe(self, before: date | None = None) -> str:
        """Say what is missing: ``'state training of 2026: 12 of 40 hours missing'``."""
        hours, topics = self.missing(before)
        parts = [f"{hours:g} of {self.hours:g} hours missing"] if hours else []
        parts += [f"topics missing: {', '.join(topics)}"] if topics else []
        return f"{self.programme} training of {self.year}: {'; '.join(parts)}"

    def _needs(self, topic: str | None) -> float:
        """Hours of a training on this topic that help to complete it."""
        hours, topics = self.missing()
        if topic not in topics or topic is None:
            return hours
        least = self.topics[topic]
        had = sum(one.hours for one in self.done if one.topic == topic)
        # A topic without hours of its own asks for the class, not for a part of it.
        return max(hours, least - had) if least else float("inf")

    def take(self, training: Training, *, whole: bool) -> tuple[TrainingDuty, float]:
        """Count a training, the whole or as far as it helps; return the hours that are left."""
        day, hours, topic = training
        taken = hours if whole else min(hours, self._needs(topic))
        if taken <= 0:
            return self, hours
        made = replace(self, done=(*self.done, Done(day, taken, topic)))
        if self.done_on is None and made.missing() == _NOTHING:
            made = replace(made, done_on=day)
        return made, hours - taken


def first_year_of(rules: TrainingRules, programme: Programme, days: Iterable[date]) -> int | None:
    """Find the first training year that is judged; None where nothing is known of training."""
    if rules.first_year is not None:
        return rules.first_year
    return min((rules.year_of(programme, day) for day in days), default=None)


def make_duties(
    officer_id: str,
    programme: Programme,
    training: Sequence[Training],
    *,
    rules: TrainingRules,
    topics: Mapping[str, float],
    first_year: int,
    last_year: int,
    hired: date | None = None,
    extensions: Sequence[date] = (),
) -> list[TrainingDuty]:
    """Make an officer's duties of a programme, and count training for them.

    A training year asks for its hours by its deadline. Training after the deadline counts for that
    year first, as far as something is missing there, and then for the running year; otherwise an
    hour counts once, and hours beyond what a year asks for are not carried over. A new officer's
    first year begins with the hire and has its own deadline; training for it counts for the
    training year of its date too, as the law asks for both.

    Parameters
    ----------
    officer_id, programme
        Whose, and of which programme.
    training
        Of this officer and programme.
    rules
        Hours and deadlines.
    topics
        Topics that every year asks for, with their least hours.
    first_year, last_year
        Training years that are judged.
    hired
        First day of employment. Who was hired before the first year that is judged is no new
        officer: the training before it is not known.
    extensions
        Days to which the deadline before each was extended.

    Returns
    -------
    list
        By year. Years that ended before the officer was hired ask for nothing.
    """
    years = list(_years(programme, rules, first_year, last_year, hired))
    dues = [one.due for one in years]
    for extended in sorted(extensions):
        before = [(due, k) for k, due in enumerate(dues) if due < extended]
        if before:
            dues[max(before)[1]] = extended
    duties = []
    for one, due in zip(years, dues, strict=True):
        duty = TrainingDuty(
            officer_id=officer_id,
            programme=programme,
            year=one.year,
            begins=one.begins,
            due=due,
            hours=rules.hours(programme),
            topics=topics,
        )
        # Where nothing is asked for, it is done before all dates.
        duties.append(replace(duty, done_on=date.min) if duty.missing() == _NOTHING else duty)
    for day, hours, topic in sorted(training, key=lambda one: (one[0], one[2] or "")):
        left = hours
        for k, (one, duty) in enumerate(zip(years, duties, strict=True)):
            is_own = one.begins <= day <= one.due
            is_late = day > one.due and duty.done_on is None
            if left > 0 and (is_own or is_late):
                duties[k], rest = duty.take((day, left, topic), whole=is_own)
                left = left if one.is_first else rest
    return duties


@dataclass(frozen=True, slots=True, kw_only=True)
class _Year:
    """A training year of an officer, its deadline not extended."""

    year: int
    begins: date
    due: date
    is_first: bool = False


def _years(
    programme: Programme, rules: TrainingRules, first: int, last: int, hired: date | None
) -> Iterator[_Year]:
    if hired is not None and (year := rules.year_of(programme, hired)) >= first:
        first = year
        if rules.new_officer_months:
            ends = add_months(hired, rules.new_officer_months)
            first += 1
            if year <= last:
                yield _Year(year=year, begins=hired, due=ends, is_first=True)
    for year in range(first, last + 1):
        begins = rules.deadline_of(programme, year - 1) + timedelta(days=1)
        yield _Year(year=year, begins=begins, due=rules.deadline_of(programme, year))


def deadline_before(day: date, rules: TrainingRules, hired: date | None) -> date:
    """Find the deadline of state training that an extension to this day extends."""
    year = rules.year_of(Programme.STATE, day)
    years = _years(Programme.STATE, rules, year - 2, year, hired)
    return max((one.due for one in years if one.due < day), default=day)
