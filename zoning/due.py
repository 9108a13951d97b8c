"""What a programme has to do by a date: one list of all duties, and which are overdue."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

import pandas as pd

from zoning.errors import typed


class DueState(StrEnum):
    """Where a duty stands on a date."""

    OVERDUE = "overdue"
    NOW = "due now"
    LATER = "later"


_ORDER: Final = {state: place for place, state in enumerate(DueState)}
DUE_COLUMNS: Final = ("due", "state", "days_left", "duty", "of", "remedy", "source", "restricted")


@dataclass(frozen=True, slots=True, kw_only=True)
class DueItem:
    """A duty that is to be done by a date.

    Attributes
    ----------
    due
        The last day on which it is done in time.
    alarm_from
        The day from which a reader is reminded.
    duty
        What is to be done, in words: ``'state training, 12 of 40 hours missing'``.
    of
        Who or what it is about: an officer's id, a building; '' for the programme.
    remedy
        What to do.
    source
        The law, the policy or the setting that asks for it.
    restricted
        Whether it tells of single officers or campuses, so that no public file may hold it.
    """

    due: date
    alarm_from: date
    duty: str
    of: str = ""
    remedy: str = ""
    source: str = ""
    restricted: bool = True

    def state(self, on: date) -> DueState:
        """Say where the duty stands: a duty is overdue on the day after it was due."""
        if on > self.due:
            return DueState.OVERDUE
        return DueState.NOW if on >= self.alarm_from else DueState.LATER


@typed
def due_table(items: Iterable[DueItem], on: date) -> pd.DataFrame:
    """List duties as they stand on a date: overdue ones first, then by date.

    Returns
    -------
    DataFrame
        Columns `DUE_COLUMNS`; ``days_left`` is negative for overdue duties.
    """
    listed = sorted(items, key=lambda one: (_ORDER[one.state(on)], one.due, one.duty, one.of))
    rows = [
        (
            *(one.due, str(one.state(on)), (one.due - on).days, one.duty, one.of),
            *(one.remedy, one.source, one.restricted),
        )
        for one in listed
    ]
    return pd.DataFrame(rows, columns=list(DUE_COLUMNS))


def add_months(day: date, months: int) -> date:
    """The same day some months later, or the last one of a shorter month.

    A year after 29 February is 28 February: the last day within the year.
    """
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
