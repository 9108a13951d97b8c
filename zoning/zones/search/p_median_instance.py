"""A capacitated p-median: what zones cost and hold, and the same in whole units."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

Floats: TypeAlias = NDArray[np.float64]
Numbers: TypeAlias = NDArray[np.intp]
Flags: TypeAlias = NDArray[np.bool_]

_FIT = 1e-9
_MOST_UNITS = 500


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Services:
    """What zones cost and how much they may hold.

    Attributes
    ----------
    cost
        Shape (n, n): of serving building i from a post at s; inf forbids.
    demand
        Shape (n,).
    capacity
        Most demand of a zone; inf for none.
    """

    cost: Floats
    demand: Floats
    capacity: float

    @property
    def most(self) -> float:
        """The capacity, and what a sum of demand may be off by: one part in 10^9."""
        return self.capacity * (1 + _FIT)

    def fits(self, load: float) -> bool:
        """Whether a zone may hold this demand."""
        return bool(load <= self.most)

    def zone_cost(self, members: Sequence[int]) -> float:
        """Served from the best building of the zone; inf when none may serve all."""
        at = np.asarray(members, dtype=np.intp)
        return float(self.cost[np.ix_(at, at)].sum(axis=1).min())

    def post(self, members: Sequence[int]) -> int:
        """The best building of a zone to serve it from."""
        at = np.asarray(members, dtype=np.intp)
        return int(at[np.argmin(self.cost[np.ix_(at, at)].sum(axis=1))])

    def plan_cost(self, zones: Iterable[Sequence[int]]) -> float:
        """Sum over the zones."""
        return sum(self.zone_cost(members) for members in zones)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Instance:
    """A capacitated p-median in whole units of demand.

    Attributes
    ----------
    cost
        Shape (n, n): of serving building i from a post at s; inf forbids.
    demand
        Shape (n,), whole units; all zero when the capacity is unlimited.
    room
        Most units of a zone; 0 when the capacity is unlimited.
    counts
        Fewest and most posts.
    """

    cost: Floats
    demand: Numbers
    room: int
    counts: tuple[int, int]

    @property
    def n(self) -> int:
        """Number of buildings."""
        return len(self.demand)


def profiles(cost: Floats) -> Floats:
    """What each post would charge each building, forbidden services at the dearest allowed."""
    finite = np.isfinite(cost)
    dearest = np.where(finite, cost, 0.0).max(axis=0)
    return np.where(finite, cost, dearest)


def apart(cost: Floats) -> Floats:
    """How differently two posts serve everybody, shape (n, n)."""
    profile = profiles(cost)
    distance: Floats = cdist(profile, profile, "cityblock")
    return distance


def units(demand: Floats, capacity: float) -> tuple[Numbers, int]:
    """Demand in whole units and the units a zone may hold; (zeros, 0) without a capacity.

    Exact where the demand is in whole numbers that are not too large; else
    rounded down, so that every plan within the capacity stays within the units.
    """
    if math.isinf(capacity):
        return np.zeros(len(demand), dtype=np.intp), 0
    whole = np.round(demand)
    if np.array_equal(whole, demand) and demand.max() < 2**52:
        common = int(np.gcd.reduce(whole.astype(np.int64))) or 1
        room = int(capacity * (1 + 1e-9) // common)
        if 1 <= room <= _MOST_UNITS:
            return (whole / common).astype(np.intp), room
    share = demand * (_MOST_UNITS / capacity)
    return np.floor(np.minimum(share, 2.0 * _MOST_UNITS) + 1e-9).astype(np.intp), _MOST_UNITS


def grain(cost: Floats) -> float:
    """What all the costs are whole multiples of; 0 if there is no such number."""
    if not len(cost) or cost.max() >= 2**52 or not np.array_equal(cost, np.round(cost)):
        return 0.0
    return float(np.gcd.reduce(cost.astype(np.int64)))
