"""Every zone there could be: what one costs, and which ones are worth a look.

A zone is a set of buildings. The zones that can still improve a plan are found
by growing them, one building at a time, with a lower bound on what every
completion costs (`zoning.zones.growth`): no list of all zones is ever made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import combinations
from threading import Event
from typing import Protocol, TypeVar

import numpy as np
from scipy.optimize import linear_sum_assignment

from zoning.zones.growth import Growth, Numbers, TooManyPartsError
from zoning.zones.prices import Choice, Floats, Indices, Prices
from zoning.zones.restrictions import Load, Restrictions

_KEPT_PER_SEED = 60
_SPARE_S = 1e-6
_NARROWEST = 1.02
_ZONES_AT_ONCE = 20_000
_TRIES = 12
_PARTS = 500_000
_PARTS_IF_WIDE = 20_000
_PARTS_IF_UNEVEN = 60_000

T = TypeVar("T")
StopSignal = Callable[[], bool]
Span = tuple[float, float]


class TooManyError(Exception):
    """There are more zones than anyone wants to look at, or the search was stopped.

    Attributes
    ----------
    found
        Zones that were found before.
    """

    def __init__(self, found: Sequence[Indices] = ()) -> None:
        self.found = found
        super().__init__()


def never() -> bool:
    """A search that nobody stops."""
    return False


class Travel(Protocol):
    """The part of a zone's cost that a lower bound can be grown for."""

    @property
    def n(self) -> int:
        """Number of buildings."""

    def costs(self, zones: Indices) -> Floats:
        """Cost of each zone, seconds."""

    def span(self, size: int) -> Span:
        """The range of what the lower bound depends on; narrower ranges are bounded better."""

    def growths(
        self, size: int, gain: Floats, frame: Frame, span: Span | None
    ) -> Iterator[tuple[Growth, Numbers]]:
        """Growths that together meet every zone of a span, and the order of the buildings.

        Without a span, growths that meet the likely ones.
        """

    @property
    def one_seed(self) -> bool:
        """Whether zones of a growth all hold its first building, and grow from it alone."""

    @property
    def exact(self) -> bool:
        """Whether zones are grown with their own cost, and met once."""

    @property
    def guides(self) -> bool:
        """Whether this part of the cost says which zones are worth a look."""

    def ceiling(self) -> float:
        """More than any plan costs, seconds."""


class Extra(Protocol):
    """A part of a zone's cost that is only known of whole zones; never negative."""

    def costs(self, zones: Indices) -> Floats:
        """Cost of each zone, seconds."""

    def pair_floor(self, size: int) -> Floats | None:
        """Shape (n, n): summed over its pairs never more than the cost of a zone of the size."""

    def ceiling(self) -> float:
        """More than any plan costs, seconds; ``inf`` where nothing is known."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Frame:
    """What a growth obeys besides travel."""

    choices: tuple[Choice, ...]
    rules: Restrictions
    floors: Floats | None
    threshold: float

    def growth(
        self, *, pair: Floats, gain: Floats, order: Numbers, size: int, loads: Sequence[Load] = ()
    ) -> Growth:
        """A growth over these buildings, in this order; the others are left out."""
        place = np.full(len(pair), -1)
        place[order] = np.arange(len(order))
        joint = pair[np.ix_(order, order)]
        if self.floors is not None:
            joint = joint + self.floors[np.ix_(order, order)]
        if self.rules.apart is not None:
            joint = np.where(self.rules.apart[np.ix_(order, order)], np.inf, joint)
        follows = np.full(len(order), -1)
        for group in self.rules.groups:
            row = np.sort(place[list(group)])
            if row[0] >= 0:
                follows[row[1:]] = row[:-1]
            else:
                here = row[row >= 0]
                joint[here], joint[:, here] = np.inf, np.inf
        return Growth.of(
            pair=joint,
            gain=gain[order],
            choices=tuple(c.among(order) for c in self.choices),
            follows=follows,
            loads=tuple(
                replace(load, values=load.values[order]) for load in (*self.rules.loads, *loads)
            ),
            threshold=self.threshold,
            size=size,
        )

    def order(self, worth: Floats, *, first: int | None = None) -> Numbers:
        """Buildings by falling worth; those others need, and groups, stand together."""
        rank = -worth
        for group in self.rules.groups:
            rank[list(group)] = rank[list(group)].min()
        group_of = np.full(len(worth), -1)
        for number, group in enumerate(self.rules.groups):
            group_of[list(group)] = number
        late = np.ones(len(worth), dtype=np.intp)
        for choice in self.choices:
            needed = choice.needs[choice.needs >= 0]
            whole = group_of[needed]
            late[needed] = 0
            late[np.isin(group_of, whole[whole >= 0])] = 0
        if first is not None:
            late[first if group_of[first] < 0 else group_of == group_of[first]] = -1
        inside = np.zeros(len(worth), dtype=np.intp)
        if first is not None:
            inside[first] = -1
        return np.lexsort((np.arange(len(worth)), inside, group_of, rank, late))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Patrol:
    """An officer who moves between the buildings of the zone all day.

    The officer is at building j of zone ``S`` for the share
    ``presence[j] / sum(presence[S])`` of the time, and a call comes from
    building i in proportion to ``calls[i]``: the cost of ``S`` is
    ``sum(calls[i] * presence[j] * seconds[j, i]) / sum(presence[S])``, the
    call-weighted expected travel (Larson and Odoni 1981, chapter 5).

    Attributes
    ----------
    pair_s
        Shape (n, n), ``calls[i] presence[j] seconds[j, i]`` both ways added up;
        symmetric, zero diagonal, finite, not negative.
    presence
        Shape (n,), positive.
    guides
        Whether what a zone costs here says which zones are worth a look.
    """

    pair_s: Floats
    presence: Floats
    guides: bool = True

    @classmethod
    def of(cls, calls: Floats, seconds: Floats, presence: Floats) -> Patrol:
        """From calls, shape (n,), and seconds from building to building."""
        to_calls = calls[:, None] * presence * seconds.T
        return cls(pair_s=to_calls + to_calls.T, presence=presence)

    @property
    def n(self) -> int:
        """Number of buildings."""
        return len(self.pair_s)

    @property
    def one_seed(self) -> bool:
        """Zones grow from every building."""
        return False

    @property
    def even(self) -> bool:
        """Whether the officer is at each building equally often."""
        return bool((self.presence == self.presence[0]).all())

    @property
    def exact(self) -> bool:
        """Whether zones are grown with their own cost, and met once."""
        return self.even

    def costs(self, zones: Indices) -> Floats:
        """Cost of each zone, seconds."""
        pairs = np.zeros(len(zones))
        for a in range(1, zones.shape[1]):
            for b in range(a):
                pairs += self.pair_s[zones[:, a], zones[:, b]]
        return np.asarray(pairs / self.presence[zones].sum(axis=1))

    def span(self, size: int) -> Span:
        """Least and most presence of a zone of this size."""
        ordered = np.sort(self.presence)
        return float(ordered[:size].sum()), float(ordered[-size:].sum())

    def growths(
        self, size: int, gain: Floats, frame: Frame, span: Span | None
    ) -> Iterator[tuple[Growth, Numbers]]:
        """One growth, from every seed; the most presence bounds what a pair costs."""
        order = frame.order(gain)
        if self.even or span is None:
            pair = self.pair_s / (size * float(self.presence.mean()))
            yield frame.growth(pair=pair, gain=gain, order=order, size=size), order
            return
        near = Load(values=self.presence, low=span[0], high=span[1])
        slope = max(float(np.polyfit(self.presence, gain, 1)[0]), 0.0)
        flat = replace(frame, threshold=frame.threshold + slope * near.most)
        order = frame.order(gain - slope * self.presence)
        yield (
            flat.growth(
                pair=self.pair_s / near.most,
                gain=gain - slope * self.presence,
                order=order,
                size=size,
                loads=[near],
            ),
            order,
        )

    def ceiling(self) -> float:
        """More than any plan costs, seconds."""
        return float((self.pair_s / self.presence).max(axis=1).sum())


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Station:
    """An officer who waits at the building of the zone from where calls are soonest reached.

    Attributes
    ----------
    to_calls
        Shape (n, n): ``calls[i] * seconds[s, i]`` at row s and column i.
    """

    to_calls: Floats
    guides: bool = True

    @property
    def n(self) -> int:
        """Number of buildings."""
        return len(self.to_calls)

    @property
    def one_seed(self) -> bool:
        """Zones grow from the building to wait at."""
        return True

    @property
    def exact(self) -> bool:
        """A zone is met from each building that is good enough to wait at."""
        return False

    def from_each(self, zones: Indices) -> Floats:
        """Cost of each zone when the officer waits at its first, second ... building."""
        return np.asarray(self.to_calls[zones[:, :, None], zones[:, None, :]].sum(axis=2))

    def costs(self, zones: Indices) -> Floats:
        """Cost of each zone, seconds."""
        return np.asarray(self.from_each(zones).min(axis=1))

    def span(self, size: int) -> Span:  # noqa: ARG002
        """The bound is the cost."""
        return 1.0, 1.0

    def growths(
        self,
        size: int,
        gain: Floats,
        frame: Frame,
        span: Span | None,  # noqa: ARG002
    ) -> Iterator[tuple[Growth, Numbers]]:
        """A growth for each building to wait at, from that building alone."""
        nothing = np.zeros((self.n, self.n))
        for post in range(self.n):
            worth = gain - self.to_calls[post]
            best = np.sort(np.delete(worth, post))[::-1][: max(size - 2, 0)].sum()
            near = worth >= -frame.threshold - worth[post] - best - _SPARE_S
            near[post] = True
            order = frame.order(worth, first=post)
            order = order[near[order]]
            if len(order) >= size:
                yield (
                    frame.growth(pair=nothing, gain=worth, order=order, size=size),
                    order,
                )

    def ceiling(self) -> float:
        """More than any plan costs, seconds."""
        return float(self.to_calls.max(axis=0).sum())


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Stability:
    """Today's plan, and what it costs to depart from it.

    A zone may continue one zone of today's plan, each of which is continued at
    most once; buildings of a zone that were not in the one it continues have
    moved. A building that today's plan does not have never moves.

    Attributes
    ----------
    today
        Shape (n,), the number of each building's zone today; -1 for none.
    price_s
        Seconds charged for a building that moves.
    most
        Buildings that may move; None for any number.
    """

    today: Numbers
    price_s: float = 0.0
    most: int | None = None

    @property
    def zones(self) -> int:
        """Number of zones today."""
        return int(self.today.max(initial=-1)) + 1

    def moved(self, zones: Indices) -> Numbers:
        """How many buildings of each zone moved if it continues today's 0, 1 ... or no zone."""
        options = np.arange(self.zones + 1)
        options[-1] = -2
        before = self.today[zones]
        elsewhere = (before[:, :, None] != options) & (before[:, :, None] >= 0)
        return np.asarray(elsewhere.sum(axis=1))

    def choice(self, prices: Prices) -> Choice:
        """Which zone of today's plan a zone continues, at these prices."""
        options = np.arange(self.zones + 1)
        options[-1] = -2
        elsewhere = (self.today[:, None] != options) & (self.today[:, None] >= 0)
        claims = np.append(prices.claim, 0.0)
        return Choice(elsewhere * (self.price_s + prices.move), claims, np.full(len(options), -1))

    def continued(self, zones: Iterable[tuple[int, ...]]) -> list[int | None]:
        """Which of today's zones each zone continues, so that the fewest buildings move."""
        stayed = self._stayed(zones)
        rows, columns = linear_sum_assignment(-stayed)
        found: list[int | None] = [None] * len(stayed)
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            if stayed[row, column] > 0:
                found[row] = column
        return found

    def moved_in_plan(self, zones: Sequence[tuple[int, ...]]) -> int:
        """How few buildings of a plan can be said to have moved."""
        stayed = self._stayed(zones)
        kept = sum(stayed[k, z] for k, z in enumerate(self.continued(zones)) if z is not None)
        had_a_zone = sum(int((self.today[list(zone)] >= 0).sum()) for zone in zones)
        return had_a_zone - int(kept)

    def _stayed(self, zones: Iterable[tuple[int, ...]]) -> Numbers:
        """How many buildings of each zone are in each of today's zones."""
        moved = np.array([self.moved(table)[0] for table in one_by_one(zones)])
        return np.asarray(moved[:, -1:] - moved[:, :-1])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ZoneSpace:
    """The zones that can be made of n buildings, and their costs.

    Attributes
    ----------
    travel
        Cost of serving a zone.
    sizes
        Smallest and largest number of buildings in a zone.
    choices
        What a zone is charged besides; at the option for which it is least.
    rules
        Zones that break one cost ``inf``.
    extras
        Costs only known of whole zones.
    stability
        Today's plan; what moving buildings costs is a matter of the whole plan,
        and not in the cost of a zone.
    """

    travel: Travel
    sizes: tuple[int, int]
    choices: tuple[Choice, ...] = ()
    rules: Restrictions = field(default_factory=Restrictions)
    extras: tuple[Extra, ...] = ()
    stability: Stability | None = None

    @property
    def n(self) -> int:
        """Number of buildings."""
        return self.travel.n

    @property
    def covers(self) -> str:
        """What a bound over these zones is over, in words."""
        low, high = self.sizes
        if low <= 1 and high >= self.n:
            return "all zones"
        return f"all zones of {low} to {high} buildings"

    def each_size(self) -> range:
        """The sizes a zone can have, smallest first."""
        return range(self.sizes[0], min(self.sizes[1], self.n) + 1)

    def costs(self, zones: Indices) -> Floats:
        """Cost of each zone, seconds, ``inf`` if forbidden; ``zones`` has shape (zones, size)."""
        if len(zones) > _ZONES_AT_ONCE:
            parts = range(0, len(zones), _ZONES_AT_ONCE)
            return np.concatenate([self.costs(zones[k : k + _ZONES_AT_ONCE]) for k in parts])
        total = self.travel.costs(zones)
        for choice in self.choices:
            total = total + choice.least(zones)
        total = np.where(self.rules.allows(zones), total, np.inf)
        if self.extras:
            at = np.flatnonzero(np.isfinite(total))
            for extra in self.extras:
                total[at] += extra.costs(zones[at])
        return np.asarray(total)

    def reduced(self, zones: Indices, cost: Floats, prices: Prices) -> Floats:
        """Reduced cost of zones whose cost is known."""
        total = prices.reduced(zones, cost)
        if self.stability is not None:
            total += self.stability.choice(prices).totals(zones).min(axis=1)
        return total

    def plan_cost(self, zones: Sequence[tuple[int, ...]]) -> float:
        """Cost of zones together, seconds; ``inf`` if one of them is forbidden."""
        low, high = self.sizes
        if not all(low <= len(zone) <= high for zone in zones):
            return float("inf")
        total = float(sum(self.costs(table)[0] for table in one_by_one(zones)))
        if self.stability is not None:
            moved = self.stability.moved_in_plan(zones)
            if self.stability.most is not None and moved > self.stability.most:
                return float("inf")
            total += moved * self.stability.price_s
        return total

    def ceiling(self) -> float:
        """More than any plan costs, seconds."""
        charged = sum(
            float(np.where(np.isfinite(c.charge), c.charge, 0.0).max(axis=1).sum())
            for c in self.choices
        )
        moved = 0.0 if self.stability is None else self.n * self.stability.price_s
        extra = sum(extra.ceiling() for extra in self.extras)
        return self.travel.ceiling() + charged + moved + extra

    def neighbourhood(self, distance: Floats, reach: int) -> list[Indices]:
        """Zones made of a building and some of its ``reach`` nearest.

        Parameters
        ----------
        distance
            Shape (n, n), symmetric; what nearest means.

        Returns
        -------
        list
            One table per size, rows sorted, no zone twice, none forbidden.
        """
        n = self.n
        reach = min(reach, n - 1)
        ranked = distance + np.diag(np.full(n, -1.0))
        near = np.argsort(ranked, axis=1, kind="stable")[:, 1 : reach + 1].astype(np.int32)
        is_near = np.eye(n, dtype=bool)
        is_near[np.arange(n)[:, None], near] = True
        tables = []
        for size in self.each_size():
            picks = np.array(list(combinations(range(reach), size - 1)), dtype=np.intp)
            if len(picks) == 0:
                continue
            seeds = np.repeat(np.arange(n, dtype=np.int32), len(picks))[:, None]
            zones = np.hstack([seeds, near[:, picks].reshape(n * len(picks), size - 1)])
            seen = np.zeros(len(zones), dtype=bool)
            for a in range(1, size):
                from_lower = zones[:, a] < zones[:, 0]
                for b in range(size):
                    from_lower &= is_near[zones[:, a], zones[:, b]]
                seen |= from_lower
            tables.append(np.sort(zones[~seen], axis=1))
        return tables

    def promising(
        self, prices: Prices, threshold: float, *, stop: StopSignal = never, workers: int = 1
    ) -> list[Indices]:
        """Some zones whose reduced cost is at most ``threshold``, around every building."""
        if not self.travel.guides:
            return []

        left = Event()

        def of_size(size: int) -> Indices:
            def halted() -> bool:
                return left.is_set() or stop()

            try:
                return self._search(size, prices, threshold, keep=_KEPT_PER_SEED, stop=halted)
            except TooManyError:
                return np.empty((0, size), dtype=np.int32)

        found = _in_parallel(of_size, reversed(self.each_size()), workers, left)
        return [zones for zones in found if len(zones)]

    def all_below(
        self,
        prices: Prices,
        threshold: float,
        *,
        most: int,
        whole: bool = False,
        stop: StopSignal = never,
        workers: int = 1,
    ) -> tuple[list[Indices], bool]:
        """Zones whose reduced cost is at most ``threshold`` seconds, and whether these are all.

        They are not when there are more than ``most``, or too many partial zones
        to find out, or the search was stopped.

        Parameters
        ----------
        whole
            Whether a part of them is of no use: the search ends once it is sure
            that it cannot be finished.
        """
        given_up, left = False, Event()

        def halted() -> bool:
            return (whole and given_up) or left.is_set() or stop()

        def of_size(size: int) -> tuple[list[Indices], bool]:
            nonlocal given_up
            try:
                return [self._search(size, prices, threshold, most=most, stop=halted)], True
            except TooManyError as unfinished:
                given_up = True
                return list(unfinished.found), False

        found = _in_parallel(of_size, reversed(self.each_size()), workers, left)
        tables = [zones for some, _ in found for zones in some if len(zones)]
        return tables, all(ended for _, ended in found) and sum(map(len, tables)) <= most

    def _search(
        self,
        size: int,
        prices: Prices,
        threshold: float,
        *,
        keep: int | None = None,
        most: int | None = None,
        stop: StopSignal,
    ) -> Indices:
        """Zones of one size.

        With ``keep``, that many partial zones of each seed at each step; without,
        all of them, unless that is too many or more than ``most``.
        """
        choices = self.choices
        if self.stability is not None:
            choices = (*choices, self.stability.choice(prices))
        floors = [f for f in (extra.pair_floor(size) for extra in self.extras) if f is not None]
        frame = Frame(
            choices=choices,
            rules=self.rules,
            floors=sum(floors[1:], floors[0]) if floors else None,
            threshold=threshold + prices.charge,
        )
        found = [np.empty((0, size), dtype=np.int32)]
        spans: list[Span | None] = [None if keep is not None else self.travel.span(size)]
        tries = 0
        while spans:
            tries += 1
            if tries > _TRIES:
                raise TooManyError(found)
            span = spans.pop()
            part = []
            try:
                for zones in self._grown(size, prices, frame, span, keep=keep, stop=stop):
                    part.append(self._kept(zones, prices, threshold))
                    if most is not None and sum(map(len, (*found, *part))) > most:
                        raise TooManyError([*found, *part])
            except TooManyPartsError:
                if span is None or span[1] <= _NARROWEST * span[0]:
                    raise TooManyError(found) from None
                middle = (span[0] * span[1]) ** 0.5
                spans += [(middle, span[1]), (span[0], middle)]
                continue
            found += part
        zones = np.concatenate(found)
        return zones if self.travel.exact else np.unique(zones, axis=0)

    def _grown(
        self,
        size: int,
        prices: Prices,
        frame: Frame,
        span: Span | None,
        *,
        keep: int | None,
        stop: StopSignal,
    ) -> Iterator[Indices]:
        wide = span is not None and span[1] > _NARROWEST * span[0]
        parts = _PARTS_IF_WIDE if wide or not self.travel.guides else _PARTS
        if not (wide or self.travel.exact or self.travel.one_seed):
            parts = _PARTS_IF_UNEVEN
        for growth, order in self.travel.growths(size, prices.worth, frame, span):
            for seed in range(1 if self.travel.one_seed else len(order)):
                if stop():
                    raise TooManyError
                zones = growth.from_seed(seed, keep=keep, parts=parts)
                if len(zones):
                    yield np.sort(order[zones], axis=1).astype(np.int32)

    def _kept(self, zones: Indices, prices: Prices, threshold: float) -> Indices:
        """Those that keep every rule and, with all their costs, stay within the threshold."""
        if self.extras or not self.travel.exact:
            reduced = self.reduced(zones, self.costs(zones), prices)
            return zones[reduced <= threshold + _SPARE_S]
        return zones[self.rules.allows(zones)]


def _in_parallel(
    work: Callable[[int], T], sizes: Iterable[int], workers: int, left: Event
) -> list[T]:
    """What ``work`` gives for each size, in their order, whoever is done first.

    When the user stops it, ``left`` tells the work to end.
    """
    if workers == 1:
        return [work(size) for size in sizes]
    with ThreadPoolExecutor(workers) as pool:
        try:
            return list(pool.map(work, sizes))
        except BaseException:
            left.set()
            raise


def one_by_one(zones: Iterable[tuple[int, ...]]) -> list[Indices]:
    """A table for each zone."""
    return [np.array([zone], dtype=np.int32) for zone in zones]
