"""Test whether figures beside names in a file are those of a restricted run.

A column of a table, or the n-th number after each name in a text, is compared with every
kind of figure of the run, in all usual units and roundings. A single match can be chance.
A finding needs far more matches with the figures of *the school beside the number* than
with those of other schools.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence, Set
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from zoning.disclosure.audit.facts import Facts, FactSeries, Token, split_tokens
from zoning.disclosure.audit.records import Record

MIN_HITS: Final = 4
"""Minimum number of matches: fewer occur by chance too often."""
MIN_SHARE: Final = 0.5
"""Minimum share of a column that matches. Our choice: half allows for notes, totals and gaps."""
MIN_SHARE_PRESENT: Final = 0.8
"""The same for presence at a time, which matches by chance far more often."""
MAX_CHANCE: Final = 1e-8
"""Maximum p-value of the matches. A file has some hundred columns, and a run some thousand kinds of
figure, unit and clock shift; false alarms should be rarer than one in 100 files."""
_MAX_NUMBERS_AFTER: Final = 12
"""Numbers after a name that may belong to it. Our choice."""
_HOURS_EAST: Final = (0, 4, 5, 6, 7, 8)
"""Clock shifts in hours: calendars are written in UTC, which is 4 to 8 hours ahead of US time."""
_MAX_PAIRS: Final = 3_000_000
"""Limit of stored (name, number) pairs: some 300 bytes each, so 1 GB."""

_CLOCK = re.compile(r"(\d{1,2})[:h](\d{2})(?::(\d{2}))?(?:[.,]\d+)?$")
_COMPACT = re.compile(r"(\d{2})(\d{2})(\d{2})$")
_NUMBER = re.compile(r"(\d+)(?:[.,](\d+))?$")


class _Number(NamedTuple):
    """A number as written: its value, half a unit of its last digit, and its clock time."""

    value: float
    half: float
    clock_s: float
    width_s: float


def matches(records: Iterable[Record], facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield what in some records matches a restricted run: where, and which figures."""
    collector = _Collector(facts)
    for record in records:
        collector.add(record)
    found: dict[tuple[str, str], int] = {}
    for (kind, where, *_), pairs in collector.columns.items():
        best = _find_best_agreement(kind, pairs, facts)
        if best is not None:
            hits, series = best
            found[where, series.what] = hits
    for (where, what), hits in found.items():
        yield where, f"{hits:,} figures agree with {what}"
    follows = {pair for day in facts.rounds for pair in pairwise(day)}
    together = {(a, b) for day in facts.rounds for a in day for b in day if a != b}
    for where, walk in collector.walks.items():
        hits = _count_in_order(walk, follows, together)
        if hits:
            yield where, f"{hits:,} schools are in the order of a patrol"


class _Collector:
    """Pairs each number of a record with the names it may belong to.

    Attributes
    ----------
    columns
        Pairs of subject and number, by kind of subject, part of the file and column.
    walks
        Buildings in the order of their names, by part of the file.
    """

    def __init__(self, facts: Facts) -> None:
        self.columns: dict[tuple[str, ...], dict[tuple[int, _Number], None]] = defaultdict(dict)
        self.walks: dict[str, list[int]] = defaultdict(list)
        self._facts = facts
        self._where = ""
        self._last: dict[str, tuple[int, int]] = {}  # kind -> subject, numbers since
        self._heads: dict[str, dict[str, int]] = {}  # kind -> column -> subject
        self._row = 0
        self._left = _MAX_PAIRS

    def add(self, record: Record) -> None:
        """Add one record."""
        if record.where != self._where:
            self._where, self._last, self._heads, self._row = record.where, {}, {}, 0
        self._row += 1
        cells = [split_tokens(cell) for cell in record.cells]
        for kind, names in self._facts.names.items():
            found = [list(names.find_in(cell)) for cell in cells]
            self._add(kind, record, cells, found)
        # As many values as the run has buildings may be theirs, in the run's order.
        if len(cells) == len(self._facts.order) >= MIN_HITS:
            for number, cell in zip(self._facts.order, cells, strict=True):
                self._put(("building", record.where, "in order", str(self._row)), number, cell[:1])

    def _add(
        self,
        kind: str,
        record: Record,
        cells: Sequence[Sequence[Token]],
        found: Sequence[Sequence[tuple[int, int, int]]],
    ) -> None:
        """Pair the numbers of a record with its names of one kind.

        A number may be in the row or the column of a name, before or after it. Each
        layout gives its own column, and only the true one matches.
        """
        subjects = [subject for cell in found for _, _, subject in cell]
        where = record.where
        if kind == "building":
            self.walks[where] += subjects
        label: Sequence[Token] = ()
        waiting: list[Token] = []
        for column, tokens, names in zip(record.columns, cells, found, strict=True):
            taken = {at for start, end, _ in names for at in range(start, end)}
            starts = {start: subject for start, _, subject in names}
            nth = 0
            for at, token in enumerate(tokens):
                if at in starts:
                    subject = starts[at]
                    for back, before in enumerate(reversed(waiting[-_MAX_NUMBERS_AFTER:])):
                        self._put((kind, where, "before", str(back)), subject, [before])
                    if label:
                        self._put((kind, where, "row label"), subject, label)
                    self._last[kind], waiting = (subject, 0), []
                if at in taken or not token.is_number:
                    continue
                number = list(tokens[at : at + 2])
                label = label or number
                waiting.append(token)
                if len(set(subjects)) == 1:
                    self._put((kind, where, column, str(nth)), subjects[0], number)
                elif column in self._heads.get(kind, {}):
                    row = f"row {self._row}"
                    self._put((kind, where, row, str(nth)), self._heads[kind][column], number)
                if kind in self._last:
                    subject, since = self._last[kind]
                    if since < _MAX_NUMBERS_AFTER:
                        self._put((kind, where, "after", str(since)), subject, number)
                    self._last[kind] = (subject, since + 1)
                nth += 1
        if len(set(subjects)) >= MIN_HITS:  # names of several subjects are column headings
            self._heads[kind] = {
                column: names[0][2]
                for column, names in zip(record.columns, found, strict=True)
                if len(names) == 1
            }

    def _put(self, key: tuple[str, ...], subject: int, tokens: Sequence[Token]) -> None:
        number = _parse_number(tokens)
        if number is not None and self._left:
            self._left -= 1
            self.columns[key][subject, number] = None


def _parse_number(tokens: Sequence[Token]) -> _Number | None:
    if not tokens:
        return None
    text = tokens[0].plain
    afternoon = len(tokens) > 1 and tokens[1].plain in {"pm", "p"}
    if (clock := _CLOCK.match(text)) or (clock := _COMPACT.match(text)):
        hour, minute, second = (int(part) if part else 0 for part in clock.groups())
        hour += 12 if afternoon and hour < 12 else 0
        if hour > 24 or minute > 59:
            return None
        at, width = hour * 3600.0 + minute * 60 + second, 1.0 if clock[3] else 60.0
        return _Number(np.nan, np.nan, at, width)
    if number := _NUMBER.match(text):
        whole, part = number[1], number[2] or ""
        if len(whole) > 9:
            return None
        clock_s = np.nan
        if len(part) == 2 and int(whole) < 24 and int(part) < 60:  # some people write 7:45 as 7.45
            clock_s = int(whole) * 3600.0 + int(part) * 60 + (43200.0 if afternoon else 0.0)
        return _Number(float(f"{whole}.{part or 0}"), 0.5 * 10.0 ** -len(part), clock_s, 60.0)
    return None


def _find_best_agreement(
    kind: str, pairs: Collection[tuple[int, _Number]], facts: Facts
) -> tuple[int, FactSeries] | None:
    """Find the kind of figure that a column matches best; None if by chance."""
    if len(pairs) < MIN_HITS:
        return None
    subject = np.array([subject for subject, _ in pairs], dtype=np.intp)
    numbers = np.array([number for _, number in pairs], dtype=np.float64)
    readings = {of: list(_list_readings(of, subject, numbers)) for of in _KINDS}
    found = [
        (*agreed, series)
        for whole in facts.series.get(kind, ())
        for reading in readings[whole.kind]
        # If all options together do not match, no single one does.
        if _compute_chance(whole, reading) is not None
        for series in (whole, *whole.parts)
        if (agreed := _compute_chance(series, reading)) is not None
    ]
    chance, hits, series = min(found, key=lambda each: each[:2], default=(1.0, 0, None))
    return None if series is None or chance >= MAX_CHANCE else (hits, series)


_KINDS: Final = ("duration", "clock", "presence", "share", "number")
_Reading = tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]


def _compute_chance(series: FactSeries, reading: _Reading) -> tuple[float, int] | None:
    """Compute the p-value and the number of the matches; None for too few."""
    own, chance = series.agreements(*reading)
    hits, least = int(own.sum()), MIN_SHARE
    if series.kind == "presence":
        least = MIN_SHARE_PRESENT
    if hits < MIN_HITS or hits < least * len(own):
        return None
    return float(binom.sf(hits - 1, len(own), float(chance.mean()))), hits


def _list_readings(
    kind: str, subject: NDArray[np.intp], numbers: NDArray[np.float64]
) -> Iterator[_Reading]:
    """Yield the possible values of the numbers as this kind of figure: low and high bounds.

    A truncated number can be up to a whole unit of its last digit too low.
    """
    for low, high in _list_bounds(kind, *numbers.T):
        usable = np.isfinite(low)
        if usable.sum() >= MIN_HITS:
            slack = 1e-9 * np.maximum(1.0, np.abs(high[usable]))
            yield subject[usable], low[usable] - slack, high[usable] + slack


def _list_bounds(
    kind: str,
    value: NDArray[np.float64],
    half: NDArray[np.float64],
    clock_s: NDArray[np.float64],
    width_s: NDArray[np.float64],
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    low, high = value - half, value + 2 * half
    if kind in {"clock", "presence"}:
        for hours in _HOURS_EAST:
            at = clock_s - 3600.0 * hours
            yield at - width_s / 2, at + width_s
        if kind == "clock":  # decimal hours, and the fraction of a day in a workbook
            yield low * 3600.0, high * 3600.0
            yield np.where(value < 1, low, np.nan) * 86400.0, high * 86400.0
    elif kind == "duration":
        yield low, high
        yield low * 60.0, high * 60.0
        yield clock_s / 60 - 0.5, clock_s / 60 + 1.0  # 8:18 was parsed as hours and minutes
        yield clock_s - 0.5, clock_s + 1.0
    else:
        yield low, high
        if kind == "share":
            yield low / 100, high / 100


def _count_in_order(
    walk: Sequence[int], follows: Set[tuple[int, int]], together: Set[tuple[int, int]]
) -> int:
    """Count names that follow each other as in officers' days; 0 if that may be chance.

    Parameters
    ----------
    follows, together
        Pairs of buildings that follow each other in some officer's day, and pairs that
        share a day.
    """
    known = {pair for pair in pairwise(walk) if pair in together}
    hits = len(known & follows)
    if hits < 2 * MIN_HITS or hits < MIN_SHARE_PRESENT * len(known):
        return 0
    chance = len(follows & together) / len(together)
    return hits if float(binom.sf(hits - 1, len(known), chance)) < MAX_CHANCE else 0
