"""Zones known so far, with their costs: where the column generation looks first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from zoning.zones.arrays import Floats, Indices, distinct_rows
from zoning.zones.search.reduced_costs import Prices
from zoning.zones.search.zone_space import ZoneSpace

_COLUMNS_PER_BUILDING = 6
_NOTHING_S = 1e-9


class Column(NamedTuple):
    """A zone in the linear relaxation.

    Attributes
    ----------
    members
        Its buildings.
    cost
        Seconds, with the price of the buildings that moved.
    continues
        The zone of today's plan it continues; -1 for none.
    moved
        How many buildings moved.
    """

    members: tuple[int, ...]
    cost: float
    continues: int
    moved: int


class Pool:
    """Zones by size; none is forbidden, none is in it twice."""

    def __init__(self, space: ZoneSpace) -> None:
        self.space = space
        self.tables: dict[int, Indices] = {}
        self.cost: dict[int, Floats] = {}
        self.used: set[tuple[int, int, int]] = set()

    def __len__(self) -> int:
        return sum(len(zones) for zones in self.tables.values())

    def add(self, tables: Sequence[Indices], *, known: bool = False) -> None:
        """Add zones; with ``known``, some may be there already."""
        for size in sorted({table.shape[1] for table in tables}):
            fresh = np.concatenate([table for table in tables if table.shape[1] == size])
            if known and size in self.tables:
                fresh = _not_in(fresh, self.tables[size])
            cost = self.space.costs(fresh)
            allowed = np.isfinite(cost)
            fresh, cost = fresh[allowed], cost[allowed]
            if not len(fresh):
                continue
            if size in self.tables:
                self.tables[size] = np.concatenate([self.tables[size], fresh])
                self.cost[size] = np.concatenate([self.cost[size], cost])
            else:
                self.tables[size], self.cost[size] = fresh, cost

    def cheapest_share(self) -> Floats:
        """For each building the least cost of a zone with it, split equally."""
        share = np.full(self.space.n, np.inf)
        for size, zones in self.tables.items():
            for column in range(size):
                np.minimum.at(share, zones[:, column], self.cost[size] / size)
        return np.where(np.isfinite(share), share, share[np.isfinite(share)].max(initial=1.0))

    def typical_share(self) -> float:
        """Seconds a building of a zone costs, typically; 1 where no zone costs anything."""
        shares = np.concatenate([np.zeros(0), *(c / size for size, c in self.cost.items())])
        dear = shares[shares > _NOTHING_S]
        return float(np.median(dear)) if len(dear) else 1.0

    def cheapest(self, prices: Prices, most: int) -> list[Indices]:
        """The zones of least reduced cost, by size."""
        reduced = self._reduced(prices)
        everything = np.concatenate([np.zeros(0), *reduced.values()])
        limit = np.inf if len(everything) <= most else np.partition(everything, most)[most]
        return [zones[reduced[size] < limit] for size, zones in self.tables.items()]

    def below(self, prices: Prices, threshold: float, *, most: int) -> list[Indices] | None:
        """The zones whose reduced cost is at most ``threshold``; None if more than ``most``."""
        reduced = self._reduced(prices)
        tables = [zones[reduced[size] <= threshold] for size, zones in self.tables.items()]
        return tables if sum(map(len, tables)) <= most else None

    def least(self, prices: Prices) -> float:
        """The least reduced cost; ``inf`` of an empty pool."""
        return min(
            (float(r.min()) for r in self._reduced(prices).values() if len(r)), default=np.inf
        )

    def promising(self, prices: Prices, below: float) -> tuple[float, list[Column]]:
        """The least reduced cost, and new columns spread over the buildings."""
        least = np.inf
        found: list[tuple[float, int, int]] = []
        keep = _COLUMNS_PER_BUILDING * self.space.n
        for size, reduced in self._reduced(prices).items():
            least = min(least, float(reduced.min()))
            good = np.flatnonzero(reduced < below)
            if len(good) > 4 * keep:
                good = good[np.argpartition(reduced[good], 4 * keep)[: 4 * keep]]
            found += [(float(reduced[k]), size, int(k)) for k in good]
        found.sort()
        room = np.full(self.space.n, _COLUMNS_PER_BUILDING)
        columns = []
        for _, size, k in found:
            members = self.tables[size][k]
            if room[members].max() <= 0:
                continue
            column = self._column(size, k, prices)
            if (size, k, column.continues) in self.used:
                continue
            room[members] -= 1
            self.used.add((size, k, column.continues))
            columns.append(column)
        return least, columns

    def _reduced(self, prices: Prices) -> dict[int, Floats]:
        return {
            size: self.space.reduced(zones, self.cost[size], prices)
            for size, zones in self.tables.items()
        }

    def _column(self, size: int, k: int, prices: Prices) -> Column:
        members = tuple(int(b) for b in self.tables[size][k])
        cost = float(self.cost[size][k])
        stability = self.space.stability
        if stability is None:
            return Column(members, cost, -1, 0)
        zone = self.tables[size][k : k + 1]
        option = int(stability.choice(prices).totals(zone)[0].argmin())
        moved = int(stability.moved(zone)[0, option])
        continues = option if option < stability.zones else -1
        return Column(members, cost + moved * stability.price_s, continues, moved)


def _not_in(table: Indices, others: Indices) -> Indices:
    """The different rows of a table that are not rows of another, in their order."""
    for column in range(table.shape[1]):
        others = others[np.isin(others[:, column], table[:, column])]
    first = distinct_rows(np.concatenate([others, table])).first
    return np.asarray(table[np.sort(first[first >= len(others)]) - len(others)])
