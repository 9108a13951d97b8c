"""Periods of records, and how many there were in one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

import pandas as pd

from zoning.programme.event_records import EventRecords
from zoning.records import Column, read_yes
from zoning.schools.levels import LEVELS

LEVEL_WORDS: Final[Mapping[str, tuple[str, ...]]] = dict.fromkeys(LEVELS, ())
"""Levels of buildings, for `zoning.records.read_word`."""
PUBLISH: Final = Column(
    name="publish", meaning="Whether the public edition shows it.", read=read_yes, default=False
)
"""Of a goal or a comparison: whether the public may see it."""
YEAR_STARTS: Final = (7, 1)
"""Month and day on which a school year begins: our default, the fiscal year of most states."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Some days in a row, the first and the last among them."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"

    def holds(self, records: pd.DataFrame) -> pd.Series[bool]:
        """Say which records occurred in it; a count of a period must lie in it as a whole."""
        inside = [
            self.first <= start and (start if pd.isna(end) else end) <= self.last
            for start, end in zip(records["occurred"], records["until"], strict=True)
        ]
        return pd.Series(inside, index=records.index, dtype=bool)


def terms_of(records: EventRecords, starts: Sequence[date] = ()) -> tuple[Period, ...]:
    """Find the terms of the records, without gaps; the last one may still run.

    Parameters
    ----------
    starts
        The first day of each term; by default school years from `YEAR_STARTS`.
    """
    days = list(records.frame["occurred"])
    if not days:
        return ()
    first, last = min(days), max([*days, records.on])
    if not starts:
        month, day = YEAR_STARTS
        years = range(first.year - 1, last.year + 2)
        starts = [date(year, month, day) for year in years]
    else:
        # The last term has no next one to end it: it runs for a year.
        ordered = sorted(set(starts))
        starts = [*ordered, ordered[-1] + timedelta(days=365)]
    whole = (Period(first=a, last=b - timedelta(days=1)) for a, b in pairwise(starts))
    return tuple(one for one in whole if one.last >= first and one.first <= last)


def select(
    records: EventRecords,
    *,
    kind: str,
    period: Period,
    category: str = "",
    level: str = "",
) -> pd.DataFrame:
    """Take the records of one kind in a period, of one category and one level of building."""
    frame = records.of_kind(kind)
    frame = frame[period.holds(frame)]
    for column, value in (("category", category), ("level", level)):
        frame = frame[frame[column] == value] if value else frame
    return frame


def straddling(records: EventRecords, periods: Iterable[Period]) -> int:
    """Count the records that lie in none of the periods as a whole."""
    inside = pd.Series(False, index=records.frame.index)
    for period in periods:
        inside |= period.holds(records.frame)
    return int((~inside).sum())
