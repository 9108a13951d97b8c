"""What planners' rules forbid, in building numbers: what the search and the scoring obey."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from zoning.zones.arrays import Bools, Floats, Indices

# A sum of numbers may miss its bound by this share of it without breaking it.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Load:
    """The values of a zone's buildings add up to at least ``low`` and at most ``high``.

    Attributes
    ----------
    values
        Shape (n,), not negative.
    """

    values: Floats
    low: float = 0.0
    high: float = float("inf")

    @property
    def least(self) -> float:
        """``low``, less what rounding may take."""
        return self.low - _ROUNDING * (1 + abs(self.low))

    @property
    def most(self) -> float:
        """``high``, and what rounding may add."""
        return self.high + _ROUNDING * (1 + abs(self.high))

    def allows(self, zones: Indices) -> Bools:
        """Whether each zone keeps it."""
        total = self.values[zones].sum(axis=1)
        return np.asarray((total >= self.least) & (total <= self.most))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Company:
    """A zone with ``building`` holds at least ``fewest`` and at most ``most`` of ``others``.

    Attributes
    ----------
    others
        Shape (n,), True for the others.
    """

    building: int
    others: Bools
    fewest: int
    most: int

    def allows(self, zones: Indices) -> Bools:
        """Whether each zone keeps it."""
        here = (zones == self.building).any(axis=1)
        with_it = self.others[zones].sum(axis=1)
        return np.asarray(~here | ((with_it >= self.fewest) & (with_it <= self.most)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Restrictions:
    """Everything that one zone must keep; put together with `Restrictions.all_of`.

    Attributes
    ----------
    apart
        Pairs of buildings that no zone holds both of: shape (n, n), symmetric.
    groups
        Buildings that are all in a zone, or none of them; no building in two.
    loads, companies
        See `Load` and `Company`.
    touching
        Shape (n, n), symmetric: which buildings are neighbours; a zone's are
        connected through neighbours of the zone.
    away
        Shape (n, number of high schools): which building may not be in a zone
        aligned with which high school.
    own_school
        Whether a zone holds the high school that it is aligned with.
    tests
        Rules of the planner's own, zone by zone.
    """

    apart: Bools | None = None
    groups: tuple[tuple[int, ...], ...] = ()
    loads: tuple[Load, ...] = ()
    companies: tuple[Company, ...] = ()
    touching: tuple[Bools, ...] = ()
    away: Bools | None = None
    own_school: bool = False
    tests: tuple[Callable[[tuple[int, ...]], bool], ...] = field(default=())

    @classmethod
    def all_of(cls, parts: Iterable[Restrictions]) -> Restrictions:
        """What keeps every part."""
        several = list(parts)
        return cls(
            apart=_any([p.apart for p in several]),
            groups=_joined([g for p in several for g in p.groups]),
            loads=tuple(load for p in several for load in p.loads),
            companies=tuple(c for p in several for c in p.companies),
            touching=tuple(t for p in several for t in p.touching),
            away=_any([p.away for p in several]),
            own_school=any(p.own_school for p in several),
            tests=tuple(test for p in several for test in p.tests),
        )

    def allows(self, zones: Indices) -> Bools:
        """Whether each zone keeps everything but what depends on its high school."""
        kept = np.ones(len(zones), dtype=bool)
        size = zones.shape[1]
        if self.apart is not None:
            for a in range(1, size):
                for b in range(a):
                    kept &= ~self.apart[zones[:, a], zones[:, b]]
        for group in self.groups:
            held = np.isin(zones, group).sum(axis=1)
            kept &= (held == 0) | (held == len(group))
        kept &= np.logical_and.reduce([load.allows(zones) for load in self.loads] or [kept])
        kept &= np.logical_and.reduce([one.allows(zones) for one in self.companies] or [kept])
        for touching in self.touching:
            kept[kept] = _connected(zones[kept], touching)
        for test in self.tests:
            at = np.flatnonzero(kept)
            kept[at] = [test(tuple(zone)) for zone in zones[at].tolist()]
        return kept


def _any(tables: list[Bools | None]) -> Bools | None:
    given = [t for t in tables if t is not None]
    return np.logical_or.reduce(given) if given else None


def _joined(groups: list[tuple[int, ...]]) -> tuple[tuple[int, ...], ...]:
    """Groups with a building in common made one."""
    apart: list[set[int]] = []
    for group in groups:
        one = set(group)
        for other in [o for o in apart if o & one]:
            apart.remove(other)
            one |= other
        apart.append(one)
    return tuple(sorted(tuple(sorted(g)) for g in apart if len(g) > 1))


def _connected(zones: Indices, touching: Bools) -> Bools:
    """Whether the buildings of each zone hang together."""
    size = zones.shape[1]
    meets = touching[zones[:, :, None], zones[:, None, :]]
    reached = np.zeros(zones.shape, dtype=bool)
    reached[:, 0] = True
    for _ in range(size - 1):
        reached |= (meets & reached[:, :, None]).any(axis=1)
    return np.asarray(reached.all(axis=1))
