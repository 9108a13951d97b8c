"""Restrictions: the planner's rules in building numbers, for search and scoring."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from zoning.errors import ProblemError
from zoning.zones.arrays import Bools, Floats, Indices

# A sum may miss its bound by this share: the order of summation changes the last digits.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Load:
    """The sum of ``values`` over a zone is between ``low`` and ``high``.

    Attributes
    ----------
    values
        Shape (n,), not negative.
    """

    values: Floats
    low: float = 0.0
    high: float = float("inf")

    def __post_init__(self) -> None:
        if not (np.isfinite(self.values) & (self.values >= 0)).all():
            raise ProblemError(
                "a rule adds up values that are not numbers of at least 0",
                remedy="Give Restrictions loads of other values, or tests.",
            )

    @property
    def least(self) -> float:
        """``low`` minus the tolerance for rounding."""
        return self.low - _ROUNDING * (1 + abs(self.low))

    @property
    def most(self) -> float:
        """``high`` plus the tolerance for rounding."""
        return self.high + _ROUNDING * (1 + abs(self.high))

    def allows(self, zones: Indices) -> Bools:
        """Whether each zone keeps the restriction."""
        total = self.values[zones].sum(axis=1)
        return np.asarray((total >= self.least) & (total <= self.most))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CompanionCount:
    """A zone with ``building`` holds between ``min_count`` and ``max_count`` of ``others``.

    Attributes
    ----------
    others
        Shape (n,), True for the others.
    """

    building: int
    others: Bools
    min_count: int
    max_count: int

    def allows(self, zones: Indices) -> Bools:
        """Whether each zone keeps the restriction."""
        here = (zones == self.building).any(axis=1)
        with_it = self.others[zones].sum(axis=1)
        return np.asarray(~here | ((with_it >= self.min_count) & (with_it <= self.max_count)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Restrictions:
    """All restrictions on one zone.

    Attributes
    ----------
    apart
        Pairs of buildings that no zone holds both of: shape (n, n), symmetric.
    groups
        Buildings that are all in a zone, or none of them; no building in two.
    loads, companions
        See `Load` and `CompanionCount`.
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
    companions: tuple[CompanionCount, ...] = ()
    touching: tuple[Bools, ...] = ()
    away: Bools | None = None
    own_school: bool = False
    tests: tuple[Callable[[tuple[int, ...]], bool], ...] = field(default=())

    @classmethod
    def all_of(cls, parts: Iterable[Restrictions]) -> Restrictions:
        """Combine the restrictions of several rules."""
        several = list(parts)
        return cls(
            apart=_combine([None if p.apart is None else _pairs(p.apart) for p in several]),
            groups=_merge_groups([g for p in several for g in p.groups]),
            loads=tuple(load for p in several for load in p.loads),
            companions=tuple(c for p in several for c in p.companions),
            touching=tuple(_pairs(t) for p in several for t in p.touching),
            away=_combine([p.away for p in several]),
            own_school=any(p.own_school for p in several),
            tests=tuple(test for p in several for test in p.tests),
        )

    def allows(self, zones: Indices) -> Bools:
        """Whether each zone keeps all restrictions except ``away`` and ``own_school``."""
        allowed = np.ones(len(zones), dtype=bool)
        size = zones.shape[1]
        if self.apart is not None:
            for a in range(1, size):
                for b in range(a):
                    allowed &= ~self.apart[zones[:, a], zones[:, b]]
        for group in self.groups:
            held = np.isin(zones, group).sum(axis=1)
            allowed &= (held == 0) | (held == len(group))
        for load in self.loads:
            allowed &= load.allows(zones)
        for limit in self.companions:
            allowed &= limit.allows(zones)
        for touching in self.touching:
            allowed[allowed] = _are_connected(zones[allowed], touching)
        for test in self.tests:
            at = np.flatnonzero(allowed)
            allowed[at] = [test(tuple(zone)) for zone in zones[at].tolist()]
        return allowed


def _combine(tables: list[Bools | None]) -> Bools | None:
    given = [t for t in tables if t is not None]
    return np.logical_or.reduce(given) if given else None


def _pairs(table: Bools) -> Bools:
    """Pairs of different buildings, whichever is named first."""
    either: Bools = table | table.T
    np.fill_diagonal(either, val=False)
    return either


def _merge_groups(groups: list[tuple[int, ...]]) -> tuple[tuple[int, ...], ...]:
    """Merge groups that have a building in common."""
    apart: list[set[int]] = []
    for group in groups:
        one = set(group)
        for other in [o for o in apart if o & one]:
            apart.remove(other)
            one |= other
        apart.append(one)
    return tuple(sorted(tuple(sorted(g)) for g in apart if len(g) > 1))


def _are_connected(zones: Indices, touching: Bools) -> Bools:
    """Whether neighbours connect the buildings of each zone."""
    size = zones.shape[1]
    meets = touching[zones[:, :, None], zones[:, None, :]]
    reached = np.zeros(zones.shape, dtype=bool)
    reached[:, 0] = True
    for _ in range(size - 1):
        reached |= (meets & reached[:, :, None]).any(axis=1)
    return np.asarray(reached.all(axis=1))
