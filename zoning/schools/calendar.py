"""The school calendar: which days of a term are shortened or off, and the bells of each.

A day changes the bells and nothing else: `SchoolCalendar.schools_on` gives the table of schools
with the bells of a date, and whatever takes a table of schools works on that day.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from enum import StrEnum
from functools import partial
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from zoning.errors import SchoolDataError, first_few, group_by_kind, typed
from zoning.geotables import GeoTable, TableUse, read_named_columns
from zoning.schools.buildings import CLOSED, require_inventory
from zoning.schools.cells import (
    DATED,
    as_bell_end,
    as_bell_start,
    as_date,
    as_number,
    as_text,
    as_time,
)
from zoning.schools.school_names import SchoolWords
from zoning.units import clock, counted, seconds_of_day
from zoning.workbooks import ShownDate


class DayKind(StrEnum):
    """What a date of a calendar is."""

    FULL = "full"
    LATE_START = "late start"
    EARLY_RELEASE = "early release"
    SHORTENED = "shortened"
    """Shorter than a full day at both ends, or at hours that are not given."""
    OFF = "off"


_SHORTENED: Final = frozenset({DayKind.LATE_START, DayKind.EARLY_RELEASE, DayKind.SHORTENED})
_WORDS: Final[Mapping[DayKind, Sequence[str]]] = {
    DayKind.FULL: (
        *("full", "full day", "whole day", "regular", "regular day", "normal", "normal day"),
        *("school day", "school", "in session", "instructional", "instructional day"),
        *("student day", "student attendance day", "first day", "first day of school"),
    ),
    DayKind.LATE_START: (
        *("late start", "late start day", "late opening", "late arrival", "late", "delay"),
        *("delayed", "delayed start", "delayed opening", "delayed arrival", "start delay"),
    ),
    DayKind.EARLY_RELEASE: (
        *("early release", "early release day", "early dismissal", "early dismissal day"),
        *("early out", "early closing", "early closure", "early end", "half day", "half"),
        *("minimum day", "min day", "early"),
    ),
    DayKind.SHORTENED: ("shortened", "shortened day", "short day", "abbreviated day"),
    DayKind.OFF: (
        *("off", "day off", "no school", "holiday", "student holiday", "school holiday", "closed"),
        *("schools closed", "no students", "no students report", "non student day", "break"),
        *("fall break", "winter break", "spring break", "vacation", "recess", "snow day"),
        *("weather closure", "teacher workday", "workday", "teacher work day", "staff day"),
        *("teacher day", "professional development", "professional development day", "pd"),
        *("pd day", "in service", "in service day", "non instructional day", "conference day"),
        # Students are at home: there is nobody at the buildings.
        *("remote", "remote learning", "remote day", "virtual day", "virtual learning", "nti"),
        *("nti day", "e learning", "e learning day"),
    ),
}
_NAMES: Final = {
    "date": ("date", "day", "school_day", "school_date", "calendar_date"),
    "kind": ("kind", "day_kind", "kind_of_day", "type", "day_type", "type_of_day", "status"),
    "share": ("share", "share_of_day", "fraction", "day_length"),
    "tier": ("tier", "bell_tier", "regular_start", "regular_bell", "schools", "school", "level"),
    "start": ("start", "bell_start", "start_time", "starts", "begins", "arrival"),
    "end": ("end", "bell_end", "end_time", "ends", "release", "release_time", "dismissal"),
    "minutes": ("minutes", "shift_minutes", "shift", "delay", "delay_minutes"),
}
_ROW: Final = (
    "Give one row a day: date and kind (full, late start, early release, shortened or off). Give "
    "the bells of a kind once: a row without a date, with kind, tier, and start or end, or minutes."
)
_USE: Final = TableUse(
    what="a calendar of school days",
    error=SchoolDataError,
    one_row="Give one row a school day: date, and share (0.5) if it is not a whole day.",
    needs=(("date",),),
)
_BELLS_USE: Final = TableUse(
    what="the bells of shortened days",
    error=SchoolDataError,
    one_row="Give one row for a kind of day and a tier: kind, tier, start, end or minutes.",
    needs=(("kind",), ("start", "end", "minutes")),
)
_NUMBER_WORDS: Final = {"one": 1.0, "two": 2.0, "three": 3.0}
_LENGTH: Final = re.compile(
    rf"(?P<number>\d+(?:\.\d+)?|{'|'.join(_NUMBER_WORDS)})[\s-]*"
    r"(?P<unit>h|hrs?|hours?|m|mins?|minutes?)\b",
    re.IGNORECASE,
)
_ALL: Final = frozenset({"all", "allschools", "alltiers", "every"})
# A summer lasts some 12 weeks; dates of one calendar that are farther apart have another year.
_FAR_DAYS: Final = 183
# A few dates this far from a whole year's: longer than a winter break of 2 or 3 weeks.
_LONG_BREAK_DAYS, _FEW_DAYS, _MANY_DAYS = 35, 5, 20
_SATURDAY: Final = 5
_MAX_NAMED: Final = 6  # schools or tiers that a sentence names


# The most exact word for a school holds.
_RANKS: Final = {"all": 1, "level": 2, "start": 3, "tier": 4, "school": 5}


@dataclass(frozen=True, slots=True)
class _Tier:
    """The schools that a row is about: a school, a level, a regular start, or all."""

    text: str
    kind: str = "all"
    value: Any = None

    def rank(self, school: Mapping[str, Any]) -> int:
        """Say how exactly the row means a school; 0 if it does not."""
        fits = self.kind == "all" or self.value in school[self.kind]
        return _RANKS[self.kind] if fits else 0

    def is_as(self, other: _Tier) -> bool:
        """True if both mean the same schools in the same words."""
        return (self.kind, self.value) == (other.kind, other.value)


@dataclass(frozen=True, slots=True)
class _Bells:
    """The bells of some schools on a shortened day, as a row gives them."""

    where: str
    tier: _Tier
    start: time | None
    end: time | None
    shift_s: int | None
    is_in_words: bool = False  # whether the words of the kind give the shift


@dataclass(frozen=True, slots=True)
class _Row:
    """What a row says of a date: its kind for some schools, and their bells."""

    tier: _Tier
    kind: DayKind
    bells: tuple[_Bells, ...] = ()
    words: str = ""

    @property
    def named(self) -> str:
        """The kind in the words of the file, quoted."""
        return repr(self.words or str(self.kind))


_Rule = tuple[_Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SchoolCalendar:
    """The days of a term, and the bells of each.

    Attributes
    ----------
    source
        The file.
    days
        The kind of each date, in order. A date on which some schools are off has the kind of
        the others.
    notices
        What a reader should know, one sentence each.
    """

    source: str
    days: Mapping[date, DayKind]
    notices: tuple[str, ...] = ()
    _rules: Mapping[date, _Rule] = field(repr=False)
    _shares: Mapping[date, float] = field(repr=False)

    @property
    def school_days(self) -> tuple[date, ...]:
        """The dates on which there is school, in order."""
        return tuple(day for day, kind in self.days.items() if kind is not DayKind.OFF)

    def share(self, day: date) -> float:
        """Share of a whole school day, for counts of calls; 0 of a day off.

        The column ``share`` if it is given; else the mean over the schools of the time between
        the bells, as a share of the time between their regular bells.

        Raises `SchoolDataError` if the calendar does not have the date.
        """
        day = _plain(day)
        if day not in self.days:
            raise self._no_school(day, "is not in the calendar")
        return self._shares[day]

    def schools_on(self, schools: gpd.GeoDataFrame, day: date) -> gpd.GeoDataFrame:
        """Make the table of schools with the bells of a date.

        Parameters
        ----------
        schools
            From `zoning.read_schools`, with the regular bells; not changed.
        day
            A school day of the calendar.

        Returns
        -------
        GeoDataFrame
            The same schools. A school that is off that day has no bells, and then there is a
            column ``closed``. One whose bells cannot be known, since its regular ones are not,
            has none either.

        Raises
        ------
        SchoolDataError
            If there is no school that day (naming the nearest school days), its bells are not
            given, or the schools are others than the calendar was read for and lack bells.
        """
        require_inventory(schools)
        day = _plain(day)
        kind = self.days.get(day)
        if kind is None:
            raise self._no_school(day, "is not in the calendar")
        if kind is DayKind.OFF:
            raise self._no_school(day, "is a day off")
        bells, closed, faults = _bells_on(self._rules[day], _tiers_of(schools))
        if faults:
            raise SchoolDataError(
                f"the bells of {_shown(day)} are not known", [text for _, text in faults], _ROW
            )
        made = schools.copy()
        for k, column in enumerate(("bell_start", "bell_end")):
            made[column] = pd.Series([b[k] for b in bells], index=made.index, dtype=object)
        if any(closed):
            made[CLOSED] = closed
        return made

    def _no_school(self, day: date, why: str) -> SchoolDataError:
        days = self.school_days
        at = bisect_left(days, day)
        near = " and ".join(_shown(one) for one in days[max(at - 1, 0) : at + 1] if one != day)
        return SchoolDataError(
            f"{_shown(day)} {why}",
            remedy=f"The nearest school days are {near}." if near else "It has no school days.",
        )


@typed
def read_school_calendar(
    path: str | Path,
    schools: gpd.GeoDataFrame | None = None,
    *,
    bells: str | Path | None = None,
    kinds: Mapping[str, str] | None = None,
    columns: Mapping[str, str] | None = None,
) -> SchoolCalendar:
    """Read a school calendar: a row a date, and the bells of shortened days.

    *Days*. ``date`` (2026-09-18 or 9/18/2026) and ``kind``: full (or empty), late start, early
    release or off, in the usual words (half day, holiday, 2-hour delay). ``share`` is the share
    of a whole day (0.5) where bells are not known: it counts calls, but gives no bells.

    *Bells*. A row without a date gives the bells of a kind: ``start``, ``end``, or ``minutes`` by
    which a late start begins later, or an early release ends earlier. What is not given is as on
    a full day. ``tier`` says for which schools: their regular start (7:30), a level (elementary),
    a school by id or name, a value of the schools' column ``tier`` if there is one, ``all``, or
    nothing. The most exact row holds. Bells in a row with a date are of that date, which may have
    a row for each tier; ``off`` with a tier closes those schools.

    Parameters
    ----------
    path
        CSV or workbook; of a workbook the sheet may be named, ``term.xlsx#Days``.
    schools
        From `zoning.read_schools`. Without them the calendar counts days only, and a shortened day
        needs its ``share``.
    bells
        Another table, or another sheet, with the rows without a date.
    kinds
        What other words mean: ``{"A day": "full"}``.
    columns
        Other names of these columns: ``{"kind": "Type of day"}``.

    Raises
    ------
    SchoolDataError
        If a file cannot be read, or listing every fault with its row: dates that are none, given
        twice or far from the others; unknown kinds and tiers; bells that are missing for some
        schools, end before they start, or stand at a day off.
    """
    if schools is not None:
        require_inventory(schools)
    reader = _Reader(schools, kinds or {})
    table = read_named_columns(path, _USE, _NAMES, mapped=columns)
    reader.read(table)
    if bells is not None:
        names = {ours: theirs for ours, theirs in _NAMES.items() if ours not in {"date", "share"}}
        given = {ours: theirs for ours, theirs in (columns or {}).items() if ours in names}
        there = read_named_columns(bells, _BELLS_USE, names, mapped=given)
        reader.read(there, name=there.source)
    return reader.finish(table)


def _plain(day: date) -> date:
    return day.date() if isinstance(day, datetime) else day


def _shown(day: date) -> str:
    return f"{day:%a} {day.isoformat()}"


def _key(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


_KINDS: Final = {_key(word): kind for kind, words in _WORDS.items() for word in words}


class _Reader:
    """Reads the rows of a calendar, and collects what is wrong with them."""

    def __init__(self, schools: gpd.GeoDataFrame | None, kinds: Mapping[str, str]) -> None:
        self.faults: list[tuple[str | None, str]] = []
        self.kinds = dict(_KINDS)
        for word, meaning in kinds.items():
            found = _KINDS.get(_key(meaning))
            if found is None:
                self.faults.append((None, f"kinds: {word!r} means {meaning!r}: {_kinds_known()}"))
            else:
                self.kinds[_key(word)] = found
        self.schools = None if schools is None else _tiers_of(schools)
        self.words = (
            SchoolWords([], [])
            if schools is None
            else SchoolWords(list(schools.index), [*schools["name"]])
        )
        self.bells: dict[str, list[_Bells]] = {}  # by the words of a kind
        self.spelled: dict[str, str] = {}
        self.unused: dict[str, str] = {}  # words of the bells that no date has used yet
        self.other_words: dict[str, str] = {}  # words of a kind with the bells of others
        self.rows: dict[date, list[tuple[str, _Row]]] = {}  # with the name of the row
        self.shares: dict[date, float] = {}
        self.has_kinds = False

    def read(self, table: GeoTable, *, name: str = "") -> None:
        """Read the rows of a table; `name` tells them from those of the calendar itself."""
        blank: Sequence[Any] = [None] * len(table.where)
        cells = {ours: table.cells.get(ours, blank) for ours in _NAMES}
        self.faults += [
            (None if row is None else table.where[row], text) for row, text in table.faults
        ]
        for k, where in enumerate(table.where):
            self._read_row(where, {ours: of[k] for ours, of in cells.items()}, name)

    def _fault(self, where: str, text: str, name: str = "") -> None:
        self.faults.append((where, f"{name}: {text}" if name else text))

    def _read_row(self, where: str, cells: Mapping[str, Any], name: str) -> None:
        fault = partial(self._fault, where, name=name)
        is_dated = as_text(cells["date"]) is not None
        day = _date(cells["date"])
        if is_dated and day is None:
            fault(f"{str(cells['date'])!r} is no date, such as 2025-03-14 or 3/14/2025")
        share = self._share(cells["share"], fault)
        words = as_text(cells["kind"])
        if not is_dated and words is None:
            fault("it has neither a date nor a kind")
            return
        kind, shift_s = self._kind(words, fault)
        tier = self._tier(cells["tier"], fault)
        given = self._bells(where, cells, tier or _Tier(""), shift_s, fault)
        if kind is None or tier is None or given is None or (is_dated and day is None):
            return
        has_bells = (given.start, given.end, given.shift_s) != (None, None, None)
        if has_bells and kind in {DayKind.FULL, DayKind.OFF}:
            is_off = kind is DayKind.OFF
            what = "a day off has bells" if is_off else "a full day has bells: it has the regular"
            fault(f"{what}; take them out, or write late start or early release")
            return
        if has_bells:
            if kind is DayKind.SHORTENED and given.shift_s is not None:
                fault("minutes at which end? Write late start or early release, or start and end")
            self._doubt_one_tier(given, fault)
        if not is_dated:
            self._add_bells(kind, words or "", given, has_bells, fault)
            return
        assert day is not None
        row = _Row(tier, kind, (given,) if has_bells else (), words or "")
        rows = self.rows.setdefault(day, [])
        if any(other.tier.is_as(tier) for _, other in rows):
            of = "" if tier.kind == "all" else f" for tier {tier.text!r}"
            fault(f"{day.isoformat()!r} is given twice{of}")
            return
        rows.append((where, row))
        self.has_kinds |= words is not None
        if math.isnan(share):
            return
        if kind is DayKind.OFF or (words is not None and kind is DayKind.FULL and share != 1):
            fault(f"share {share:g} of a day that is {kind}")
        self.shares[day] = share

    def _share(self, cell: Any, fault: Any) -> float:
        try:
            share = as_number(cell)
        except ValueError:
            share = 0.0
        if share <= 0 or share > 1:
            fault(f"share {str(cell)!r} is not a share above 0 to 1")
        return share

    def _kind(self, words: str | None, fault: Any) -> tuple[DayKind | None, int | None]:
        """Read a kind, and the seconds of ``2-hour delay``."""
        if words is None:
            return DayKind.FULL, None
        known = self.kinds.get(_key(words))
        if known is not None:
            return known, None
        length = _LENGTH.search(words)
        left = words if length is None else words.replace(length[0], " ")
        known = self.kinds.get(_key(left))
        if known is None or (length and known not in {DayKind.LATE_START, DayKind.EARLY_RELEASE}):
            fault(f"kind {words!r} is not known: {_kinds_known()}")
            return None, None
        return known, None if length is None else _seconds_of(length)

    def _tier(self, cell: Any, fault: Any) -> _Tier | None:
        text = as_text(cell) or ""
        if not text or _key(text) in _ALL:
            return _Tier(text)
        if self.schools is None:
            fault(f"tier {text!r} can be read only with the table of schools")
            return None
        try:
            start = as_time(text)
        except ValueError:
            start = None
        level = re.sub(r"\s*(?:schools?|s)$", "", text.casefold())
        school = None if start else self.words.find(text)[0]
        for tier in (
            _Tier(text, "tier", _key(text)),
            _Tier(text, "level", level),
            _Tier(text, "start", start),
            _Tier(text, "school", school),
        ):
            if any(tier.rank(one) for one in self.schools):
                return tier
        starts = sorted({i for one in self.schools for i in one["start"]})
        known = ", ".join(clock(seconds_of_day(one)) for one in starts) or "none known"
        fault(
            f"tier {text!r} is no regular start of the schools ({known}), nor the level, name or "
            "id of any"
        )
        return None

    def _bells(
        self, where: str, cells: Mapping[str, Any], tier: _Tier, shift_s: int | None, fault: Any
    ) -> _Bells | None:
        moments: list[time | None] = []
        is_wrong = False
        for column, parse in (("start", as_bell_start), ("end", as_bell_end)):
            try:
                moments.append(parse(cells[column]))
            except ValueError as error:
                fault(f"{column} {str(cells[column])!r} {error}")
                is_wrong = True
        given = as_text(cells["minutes"])
        if given is not None:
            seconds = _shift_s(cells["minutes"])
            if seconds is None:
                fault(f"minutes {given!r} is no number of minutes from 1 to 480")
                is_wrong = True
            elif shift_s is not None and seconds != shift_s:
                fault(f"minutes {given!r} differ from those in the kind")
                is_wrong = True
            shift_s = seconds
        if is_wrong:
            return None
        start, end = moments
        if start is not None or end is not None:
            if given is not None:
                fault("it gives both minutes and a time: give one of them")
                return None
            shift_s = None  # the times say more than "2-hour delay"
        is_in_words = given is None and shift_s is not None
        return _Bells(where, tier, start, end, shift_s, is_in_words)

    def _doubt_one_tier(self, given: _Bells, fault: Any) -> None:
        """Find a clock time that is meant for all although the schools begin at several times."""
        if given.shift_s is not None or given.tier.text or self.schools is None:
            return
        starts = {i for school in self.schools for i in school["start"]}
        if len(starts) > 1:
            known = ", ".join(clock(seconds_of_day(one)) for one in sorted(starts))
            fault(
                f"one time for schools that begin at {known}: give a row for each tier, or write "
                "all in tier if it is meant"
            )

    def _add_bells(
        self, kind: DayKind, words: str, given: _Bells, has_bells: bool, fault: Any
    ) -> None:
        if not has_bells:
            fault(f"the bells of {words!r} are empty: give start, end or minutes")
            return
        others = self.bells.setdefault(_key(words), [])
        if any(other.tier.is_as(given.tier) for other in others):
            fault(f"the bells of {words!r} are given twice for tier {given.tier.text or 'all'!r}")
            return
        others.append(given)
        self.kinds.setdefault(_key(words), kind)
        self.spelled.setdefault(_key(words), words)
        self.unused.setdefault(_key(words), words)

    def finish(self, table: GeoTable) -> SchoolCalendar:
        """Check the days against each other and the schools, and make the calendar."""
        days = dict(sorted(self.rows.items()))
        rules = {day: self._rule(rows) for day, rows in days.items()}
        kinds = {day: _kind_of(rule) for day, rule in rules.items()}
        shares = {day: self.shares.get(day, 1.0) for day in days}
        self._find_far(days)
        done: dict[_Rule, float] = {}
        for day, rule in rules.items():
            if kinds[day] is DayKind.OFF and all(row.kind is DayKind.OFF for row in rule):
                shares[day] = 0.0
            elif any(row.kind is not DayKind.FULL for row in rule):
                is_given = day in self.shares
                if rule not in done:
                    done[rule] = self._judge(rule, days[day][0][0], is_given=is_given)
                if not is_given:
                    shares[day] = done[rule]
            elif day in self.shares and not days[day][0][1].words and shares[day] < 1:
                # A share alone, as of a calendar for calls: how long, but not when.
                rules[day] = (_Row(rule[0].tier, DayKind.SHORTENED),)
                kinds[day] = DayKind.SHORTENED
        if not self.faults and not any(kind is not DayKind.OFF for kind in kinds.values()):
            self.faults.append((None, "it has no school day"))
        if self.faults:
            rows = [(where, text) for where, text in self.faults if where is not None]
            lines = group_by_kind(rows)
            raise SchoolDataError(
                f"{table.source} has {counted(len(self.faults), 'fault')}",
                [*lines, *(text for where, text in self.faults if where is None)],
                _ROW if self.has_kinds else "",
            )
        return SchoolCalendar(
            source=table.source,
            days=MappingProxyType(kinds),
            notices=tuple(self._notices(kinds)),
            _rules=MappingProxyType(rules),
            _shares=MappingProxyType(shares),
        )

    def _rule(self, rows: Sequence[tuple[str, _Row]]) -> _Rule:
        """Give the rows of a date the bells of their kind, where they have none of their own.

        Bells of the very words hold before minutes in the words: "2-hour delay".
        """
        made = []
        for _, row in rows:
            bells, words = row.bells, row.words
            is_in_words = len(bells) == 1 and bells[0].is_in_words
            if _key(words) in self.bells and (is_in_words or not bells):
                bells = self._take(_key(words))
            elif not bells and row.kind in _SHORTENED:
                of_kind = [key for key in self.bells if self.kinds[key] is row.kind]
                key = _key(row.kind) if _key(row.kind) in of_kind else "".join(of_kind[:1])
                if key and (key == _key(row.kind) or len(of_kind) == 1):
                    self.other_words[words] = self.spelled[key]
                    bells = self._take(key)
            made.append(replace(row, bells=bells))
        return tuple(made)

    def _take(self, key: str) -> tuple[_Bells, ...]:
        self.unused.pop(key, None)
        return tuple(self.bells[key])

    def _judge(self, rule: _Rule, where: str, *, is_given: bool) -> float:
        """Find the faults of the bells of a date; return its share of a whole day."""
        has_bells = all(row.bells for row in rule if row.kind in _SHORTENED)
        if self.schools is None or not has_bells:
            if not is_given:
                named = next((row.named for row in rule if row.kind in _SHORTENED), "'off'")
                self._fault(
                    where,
                    f"the bells of {named} are nowhere given: add a row without a date, "
                    "with kind, tier, and start, end or minutes"
                    if not has_bells
                    else f"the share of a day with {named} is not given, and without the "
                    "table of schools its bells tell none",
                )
            return 1.0
        bells, closed, faults = _bells_on(rule, self.schools)
        self.faults += [(at or where, text) for at, text in faults if not self._has(at, text)]
        lengths = []
        for school, (start, end), is_closed in zip(self.schools, bells, closed, strict=True):
            whole = _length_s(*school["bells"])
            if whole > 0 and not school["virtual"]:
                lengths.append(0.0 if is_closed else _length_s(start, end) / whole)
        if not lengths and not is_given and not faults:
            self._fault(where, "no school has regular bells: give the share of a shortened day")
        return math.fsum(lengths) / len(lengths) if lengths else 1.0

    def _has(self, where: str | None, text: str) -> bool:
        return where is not None and (where, text) in self.faults

    def _find_far(self, days: Mapping[date, Sequence[tuple[str, _Row]]]) -> None:
        """Find dates that are so far from the others that their year is probably wrong."""
        runs: list[list[date]] = []
        for day in days:
            if runs and (day - runs[-1][-1]).days <= _LONG_BREAK_DAYS:
                runs[-1].append(day)
            else:
                runs.append([day])
        if len(runs) < 2:
            return
        longest = max(runs, key=len)
        gaps = [math.inf, *((b[0] - a[-1]).days for a, b in pairwise(runs)), math.inf]
        for run, before, after in zip(runs, gaps[:-1], gaps[1:], strict=True):
            few = len(run) <= _FEW_DAYS and len(longest) >= _MANY_DAYS
            if run is not longest and (min(before, after) > _FAR_DAYS or few):
                self._fault(
                    days[run[0]][0][0],
                    f"{run[0].isoformat()!r} is {min(before, after)} days from the next date of "
                    "the calendar: check the year",
                )

    def _notices(self, kinds: Mapping[date, DayKind]) -> Iterable[str]:
        weekend = [
            _shown(day)
            for day, kind in kinds.items()
            if kind is not DayKind.OFF and day.weekday() >= _SATURDAY
        ]
        if weekend:
            yield f"school days on a weekend: {', '.join(first_few(weekend, _MAX_NAMED))}"
        for words, others in self.other_words.items():
            yield f"{words!r} has the bells of {others!r}"
        if self.unused:
            listed = ", ".join(map(repr, self.unused.values()))
            yield f"bells are given of kinds that no date has: {listed}"
        without = [
            school["name"]
            for school in self.schools or ()
            if not school["start"] and not school["virtual"]
        ]
        if without and any(kind in _SHORTENED for kind in kinds.values()):
            yield (
                "bells of shortened days are not known for schools without regular bells, unless "
                f"a row names them: {', '.join(first_few(without, _MAX_NAMED))}"
            )


def _kinds_known() -> str:
    return f"write {', '.join(list(DayKind)[:-1])} or off, or say what it means with kinds"


def _kind_of(rule: _Rule) -> DayKind:
    """The kind of a date: of the row for all schools, else of the first that is not off."""
    general = [row.kind for row in rule if row.tier.kind == "all"]
    partly = [row.kind for row in rule if row.kind is not DayKind.OFF]
    if general and (general[0] is not DayKind.OFF or not partly):
        return general[0]
    return partly[0] if partly else DayKind.OFF


def _date(cell: Any) -> date | None:
    is_text = isinstance(cell, str) and not isinstance(cell, ShownDate)
    return None if is_text and not DATED.fullmatch(cell.strip()) else as_date(cell)


def _seconds_of(length: re.Match[str]) -> int:
    number = _NUMBER_WORDS.get(length["number"].casefold()) or float(length["number"])
    return round(number * (3600 if length["unit"].casefold().startswith("h") else 60))


def _shift_s(cell: Any) -> int | None:
    """Read minutes: 120, 120 min, 2 hours, 2:00; None if it is none or not 1 to 480."""
    text = as_text(cell) or ""
    length = _LENGTH.fullmatch(text)
    try:
        if length is not None:
            seconds = _seconds_of(length)
        elif ":" in text:
            moment = as_time(text)
            seconds = 0 if moment is None else seconds_of_day(moment)
        else:
            seconds = round(as_number(text) * 60)
    except ValueError:
        return None
    return seconds if 60 <= seconds <= 480 * 60 else None


def _length_s(start: time | None, end: time | None) -> int:
    return 0 if start is None or end is None else seconds_of_day(end) - seconds_of_day(start)


def _tiers_of(schools: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Find what a tier can call each school: its id, tier, regular start and level."""
    tiers = schools["tier"] if "tier" in schools else [None] * len(schools)
    columns = (schools[c] for c in ("name", "level", "program", "bell_start", "bell_end"))
    campuses = schools["campus_id"]
    return [
        {
            "name": name,
            "school": {str(school), str(campus)},
            "tier": {_key(text)} if (text := as_text(tier)) else set(),
            "start": set() if start is None else {start},
            "level": {level},
            "bells": (start, end),
            "virtual": program == "virtual",
        }
        for school, campus, tier, (name, level, program, start, end) in zip(
            schools.index, campuses, tiers, zip(*columns, strict=True), strict=True
        )
    ]


_Found = tuple[
    list[tuple[time | None, time | None]], list[bool], list[tuple[str | None, str]]
]  # bells, closed, faults with the row


def _bells_on(rule: _Rule, schools: Sequence[Mapping[str, Any]]) -> _Found:
    """Compute the bells of every school on a date, by the row that means it most exactly."""
    bells: list[tuple[time | None, time | None]] = []
    closed: list[bool] = []
    unmeant: dict[str, list[str]] = {}
    faults: dict[tuple[str | None, str], None] = {}
    for school in schools:
        row = _most_exact(rule, school)
        of = None if row is None else _most_exact(row.bells, school)
        closed.append(row is not None and row.kind is DayKind.OFF)
        start, end = school["bells"]
        is_shortened = row is not None and row.kind in _SHORTENED
        if row is None or (is_shortened and of is None):
            if not school["virtual"] and school["bells"] != (None, None):
                what = "kind" if row is None else f"bells of {row.named}"
                tier = "no known start" if start is None else clock(seconds_of_day(start))
                unmeant.setdefault(f"no {what} for tier {tier}", []).append(school["name"])
            bells.append((None, None))
        elif closed[-1]:
            bells.append((None, None))
        elif of is None:
            bells.append((start, end))
        else:
            assert row is not None
            moments, why = _shorten(start, end, row.kind, of)
            bells.append(moments)
            if why:
                faults[(of.where, why)] = None
    for what, names in unmeant.items():
        named = ", ".join(first_few(names, _MAX_NAMED))
        faults[(None, f"{what} ({counted(len(names), 'school')}: {named})")] = None
    return bells, closed, list(faults)


def _most_exact(rows: Sequence[Any], school: Mapping[str, Any]) -> Any:
    best = max(rows, key=lambda row: row.tier.rank(school), default=None)
    return best if best is not None and best.tier.rank(school) else None


def _shorten(
    start: time | None, end: time | None, kind: DayKind, of: _Bells
) -> tuple[tuple[time | None, time | None], str]:
    """Compute the bells of a school, and say what is wrong with them."""
    tier = "" if start is None else f" of the schools that begin at {clock(seconds_of_day(start))}"
    regular = f"the regular day{tier}"
    new = [of.start or start, of.end or end]
    if of.shift_s is not None:
        k, sign = (0, 1) if kind is DayKind.LATE_START else (1, -1)
        bell = new[k]
        if bell is not None:
            moved = seconds_of_day(bell) + sign * of.shift_s
            if not 0 <= moved < 86_400:
                return (start, end), f"{of.shift_s // 60} minutes lead out of {regular}"
            new[k] = time(moved // 3600, moved % 3600 // 60, moved % 60)
    begins, ends = new
    if begins is None or ends is None:
        return (begins, ends), ""
    said = f"{clock(seconds_of_day(begins))} to {clock(seconds_of_day(ends))}"
    if ends <= begins:
        return (begins, ends), f"{said}: it ends before it starts ({regular})"
    if kind is DayKind.LATE_START and start is not None and begins <= start:
        return (begins, ends), f"{said}: a late start begins no later than {regular}"
    if kind is DayKind.EARLY_RELEASE and end is not None and ends >= end:
        return (begins, ends), f"{said}: an early release ends no earlier than {regular}"
    return (begins, ends), ""
