"""Travel cost of a zone, for an officer who patrols it or waits at one building.

It is the part of a zone's cost that bounds partial zones, see
`zoning.zones.search.zone_growth`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from zoning.zones.arrays import Floats, Indices, Numbers
from zoning.zones.request.restrictions import Load, Restrictions
from zoning.zones.search.reduced_costs import Choice
from zoning.zones.search.tuning import TUNING
from zoning.zones.search.zone_growth import Growth

Span = tuple[float, float]


class Travel(Protocol):
    """The part of a zone's cost that bounds partial zones."""

    @property
    def n(self) -> int:
        """Number of buildings."""

    def costs(self, zones: Indices) -> Floats:
        """Cost of each zone, seconds."""

    def span(self, size: int) -> Span:
        """Range of total presence of a zone; a narrower range gives a tighter bound."""

    def growths(
        self, size: int, gain: Floats, frame: Frame, span: Span | None
    ) -> Iterator[tuple[Growth, Numbers]]:
        """Yield growths that together enumerate all zones of a span, with their building order.

        Without a span, the growths enumerate only likely zones.
        """

    @property
    def one_seed(self) -> bool:
        """Whether every zone of a growth contains the seed."""

    @property
    def exact(self) -> bool:
        """Whether the grown bound is the exact cost, and no zone is enumerated twice."""

    @property
    def guides(self) -> bool:
        """Whether travel ranks zones; False if an own cost is the whole objective."""

    def ceiling(self) -> float:
        """Upper bound on the total over any plan, seconds."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Frame:
    """The bounds of a growth other than travel: choices, rules, pairwise floors, threshold."""

    choices: tuple[Choice, ...]
    rules: Restrictions
    floors: Floats | None
    threshold: float

    def growth(
        self, *, pair: Floats, gain: Floats, order: Numbers, size: int, loads: Sequence[Load] = ()
    ) -> Growth:
        """Build a growth over these buildings, in this order."""
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
        """Order buildings by falling dual; buildings that options need first, groups together."""
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
        Shape (n, n), ``calls[i] presence[j] seconds[j, i]`` summed over both
        directions; symmetric, zero diagonal, finite, not negative.
    presence
        Shape (n,), positive.
    guides
        False if an own cost is the whole objective, so that travel ranks no zones.
    """

    pair_s: Floats
    presence: Floats
    guides: bool = True

    @classmethod
    def of(cls, calls: Floats, seconds: Floats, presence: Floats) -> Patrol:
        """Build from calls, shape (n,), and seconds from building to building."""
        to_calls = calls[:, None] * presence * seconds.T
        return cls(pair_s=to_calls + to_calls.T, presence=presence)

    @property
    def n(self) -> int:
        """Number of buildings."""
        return len(self.pair_s)

    @property
    def one_seed(self) -> bool:
        """False: every building is a seed."""
        return False

    @property
    def even(self) -> bool:
        """Whether the officer is at each building equally often."""
        return bool((self.presence == self.presence[0]).all())

    @property
    def exact(self) -> bool:
        """Whether the grown bound is the exact cost, and no zone is enumerated twice."""
        return self.even

    def costs(self, zones: Indices) -> Floats:
        """Cost of each zone, seconds."""
        pairs = np.zeros(len(zones))
        for a in range(1, zones.shape[1]):
            for b in range(a):
                pairs += self.pair_s[zones[:, a], zones[:, b]]
        return np.asarray(pairs / self.presence[zones].sum(axis=1))

    def span(self, size: int) -> Span:
        """Least and most total presence of a zone of this size."""
        ordered = np.sort(self.presence)
        return float(ordered[:size].sum()), float(ordered[-size:].sum())

    def growths(
        self, size: int, gain: Floats, frame: Frame, span: Span | None
    ) -> Iterator[tuple[Growth, Numbers]]:
        """Yield one growth; the largest presence of the span bounds the cost of each pair."""
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
        """Upper bound on the total over any plan, seconds."""
        return float((self.pair_s / self.presence).max(axis=1).sum())


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Station:
    """An officer who waits at the best building of the zone (p-median).

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
        """True: the seed is the building to wait at."""
        return True

    @property
    def exact(self) -> bool:
        """False: a zone is enumerated once for each possible station."""
        return False

    def from_each(self, zones: Indices) -> Floats:
        """Cost of each zone when the officer waits at its first, second ... building."""
        return np.asarray(self.to_calls[zones[:, :, None], zones[:, None, :]].sum(axis=2))

    def costs(self, zones: Indices) -> Floats:
        """Cost of each zone, seconds."""
        return np.asarray(self.from_each(zones).min(axis=1))

    def span(self, size: int) -> Span:  # noqa: ARG002
        """Any range: the bound is exact for each station."""
        return 1.0, 1.0

    def growths(
        self,
        size: int,
        gain: Floats,
        frame: Frame,
        span: Span | None,  # noqa: ARG002
    ) -> Iterator[tuple[Growth, Numbers]]:
        """Yield one growth for each station, with the station as its only seed."""
        nothing = np.zeros((self.n, self.n))
        for post in range(self.n):
            worth = gain - self.to_calls[post]
            best = np.sort(np.delete(worth, post))[::-1][: max(size - 2, 0)].sum()
            near = worth >= -frame.threshold - worth[post] - best - TUNING.spare_s
            near[post] = True
            order = frame.order(worth, first=post)
            order = order[near[order]]
            if len(order) >= size:
                yield (
                    frame.growth(pair=nothing, gain=worth, order=order, size=size),
                    order,
                )

    def ceiling(self) -> float:
        """Upper bound on the total over any plan, seconds."""
        return float(self.to_calls.max(axis=0).sum())
