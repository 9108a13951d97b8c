"""What training an officer needs to stand in a school, and the files of the roster."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

from zoning.errors import OptionError
from zoning.settings import Setting, settings

MonthDay = tuple[int, int]
"""A day of every year: (12, 31)."""


class Programme(StrEnum):
    """Whose training it is: what is missing of the state's keeps an officer out of schools."""

    STATE = "state"
    DISTRICT = "district"


def _read_month_day(value: Any) -> MonthDay:
    match = re.fullmatch(r"(\d{1,2})-(\d{1,2})", value) if isinstance(value, str) else None
    try:
        # 2026 has no leap day: a deadline must be there every year.
        found = None if match is None else date(2026, int(match[1]), int(match[2]))
    except ValueError:
        found = None
    if found is None:
        raise ValueError('is no day of every year: give month and day, "12-31"')
    return found.month, found.day


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRules:
    """Training that officers must do in each training year.

    A training year ends on the deadline, and is named by the calendar year in which it ends.

    Attributes
    ----------
    state_hours
        Certified by the state. Default 40: KRS 15.404(2)(a), "forty (40) hours of annual in-service
        training". Missing hours keep an officer out of schools until they are done.
    district_hours
        Of the district's own programme. Default 60, of the programme planned in Jefferson County;
        missing hours are a flag only.
    deadline
        Month and day on which a training year ends. Default 31 December: KRS 446.010 means the
        calendar year by "year", and 503 KAR 1:120 says "each calendar year".
    district_deadline
        The same for the district's programme; None: as the state's.
    first_year
        First training year that is judged; None: the year of the earliest training in the table,
        of each programme.
    new_officer_months
        A new officer's first training year begins on the day of hire and lasts so long. Default
        12: Kentucky's officers take the first course "within one year from their assignment date"
        (Department of Criminal Justice Training). 0: it ends on the deadline after the hire.
    longest_extension_days
        Longest extension of a deadline. Default 180: KRS 15.404(1)(b) allows it for basic training.
    remind_days
        How long before it is due a duty is listed as due now. Our default.
    training_day_hours
        Hours of training that keep an officer away from the post for the day. Our default: half
        of a shift of eight hours.
    state_source
        What asks for the state hours, for lists of duties.
    """

    state_hours: Annotated[
        float, Setting(meaning="Hours of state training a year.", at_least=0, at_most=2000)
    ] = 40.0
    district_hours: Annotated[
        float,
        Setting(
            meaning="Hours of the district's own training a year; missing ones are a flag only.",
            at_least=0,
            at_most=2000,
        ),
    ] = 60.0
    deadline: Annotated[
        MonthDay,
        Setting(
            meaning="Month and day on which a training year ends.",
            read=_read_month_day,
            form='month-day, "12-31"',
            default='"12-31"',
        ),
    ] = (12, 31)
    district_deadline: Annotated[
        MonthDay | None,
        Setting(
            meaning="The same for the district's own training.",
            read=_read_month_day,
            form='month-day, "06-30"',
            default="as deadline",
        ),
    ] = None
    first_year: Annotated[
        int | None,
        Setting(
            meaning="First training year that is judged, by the year in which it ends.",
            at_least=1990,
            at_most=2100,
            default="the year of the earliest training in the table",
        ),
    ] = None
    new_officer_months: Annotated[
        int,
        Setting(
            meaning="Months from hire in which a new officer does the first year's training; "
            "0: by the deadline after the hire.",
            at_least=0,
            at_most=60,
        ),
    ] = 12
    longest_extension_days: Annotated[
        int, Setting(meaning="Longest extension of a deadline in days.", at_least=0, at_most=1000)
    ] = 180
    remind_days: Annotated[
        int,
        Setting(
            meaning="Days before its last day from which a duty is due now.",
            at_least=0,
            at_most=366,
        ),
    ] = 60
    training_day_hours: Annotated[
        float,
        Setting(
            meaning="Hours of training that keep an officer away from the post for that day.",
            above=0,
            at_most=24,
        ),
    ] = 4.0
    state_source: Annotated[
        str, Setting(meaning="The law that asks for the state hours, for lists of duties.")
    ] = "KRS 158.4414, KRS 15.404(2)"

    def __post_init__(self) -> None:
        faults = [
            f"{name} {getattr(self, name)} is not from 0 to 10,000"
            for name in (
                *("state_hours", "district_hours", "new_officer_months"),
                *("longest_extension_days", "remind_days"),
            )
            if not 0 <= getattr(self, name) < 10_000
        ]
        for name in ("deadline", "district_deadline"):
            day = getattr(self, name)
            try:
                _ = day is None or date(2026, *day)
            except (TypeError, ValueError):
                faults.append(f"{name} {day} is not the month and day of every year: (12, 31)")
        if not 0 < self.training_day_hours <= 24:
            faults.append(f"training_day_hours {self.training_day_hours} is not above 0 to 24")
        if faults:
            raise OptionError("the rules of training make no sense", faults)

    def hours(self, programme: Programme) -> float:
        """Hours of a programme that each training year asks for."""
        return self.state_hours if programme is Programme.STATE else self.district_hours

    def _ends(self, programme: Programme) -> MonthDay:
        own = self.district_deadline if programme is Programme.DISTRICT else None
        return own or self.deadline

    def deadline_of(self, programme: Programme, year: int) -> date:
        """Last day of a training year."""
        return date(year, *self._ends(programme))

    def year_of(self, programme: Programme, day: date) -> int:
        """Training year of a day, by the calendar year in which it ends."""
        return day.year + ((day.month, day.day) > self._ends(programme))


FILES: Final = ("officers", "training", "absences", "classes", "topics", "posts")
"""Tables of a roster, each a file of `RosterSettings`."""


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class RosterSettings(TrainingRules):
    """The officers: who may stand in a school. CSV files, or sheets named FILE.xlsx#SHEET."""

    officers: Annotated[
        Path | None,
        Setting(
            meaning="A row an officer: officer_id, employment (agency contract, state police or "
            "board); and if known name, funding, commission, certified_from, certified_until, "
            "extension_until, hired, left, post.",
            default="none: nothing is said of officers",
        ),
    ] = None
    training: Annotated[
        Path | None,
        Setting(
            meaning="Training that was done: officer_id, date, hours, programme (state or "
            "district), topic; began, the first day of a course of several.",
            default="none: training is not judged",
        ),
    ] = None
    absences: Annotated[
        Path | None,
        Setting(
            meaning="Absences: officer_id, first, last, kind (leave, sick, training or other).",
            default="none",
        ),
    ] = None
    classes: Annotated[
        Path | None,
        Setting(
            meaning="Training classes that are offered: class_id, dates, hours, programme, topic, "
            "size.",
            default="none",
        ),
    ] = None
    topics: Annotated[
        Path | None,
        Setting(
            meaning="Topics that each year's training must have: programme, topic and, if wanted, "
            "hours.",
            default="none: hours alone are judged",
        ),
    ] = None
    posts: Annotated[
        Path | None,
        Setting(
            meaning="Posts to fill: post_id, zone_id, building_ids.",
            default="one for each zone of the plan",
        ),
    ] = None

    @property
    def rules(self) -> TrainingRules:
        """The settings without the files."""
        return TrainingRules(**{one.name: getattr(self, one.name) for one in fields(TrainingRules)})
