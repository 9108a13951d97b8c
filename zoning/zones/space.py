"""Every zone there could be: what one costs, and which ones are worth a look.

A zone is a set of buildings. Its cost is pairwise, so the zones that can still
improve a plan are found by adding one building at a time and dropping every
partial zone that cannot end below the threshold, whatever is added.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from zoning.zones.prices import Floats, Indices, Prices

# Cells of a work table: bounds the memory of one step to a few tens of MiB.
_CELLS_AT_ONCE = 4_000_000
_ROUNDING = 1e-9
_KEPT_PER_SEED = 60
_MANY_HIGH_SCHOOLS = 32
_PARTIAL_ZONES = 500_000


@dataclass(frozen=True, slots=True, eq=False)
class ZoneSpace:
    """The zones of ``sizes`` that can be made of n buildings, and their costs.

    The cost of zone ``S`` aligned with high school ``h`` is
    ``sum(pair_s[i, j] for i < j in S) / len(S) + sum(misfit_s[i, h] for i in S)``
    at the ``h`` for which it is least: with ``pair_s[i, j] = w_i t_ji + w_j t_ij``
    the first part is the expected travel, weighted by calls ``w``, of an officer
    who is at each building of the zone equally often.

    Attributes
    ----------
    pair_s
        Shape (n, n), symmetric, zero diagonal, not negative, finite, seconds.
    misfit_s
        Shape (n, number of high schools), seconds charged when building i is in
        a zone aligned with school h; ``inf`` forbids it.
    sizes
        Smallest and largest number of buildings in a zone.
    """

    pair_s: Floats
    misfit_s: Floats
    sizes: tuple[int, int]

    @property
    def n(self) -> int:
        """Number of buildings."""
        return len(self.pair_s)

    def each_size(self) -> range:
        """The sizes a zone can have, smallest first."""
        return range(self.sizes[0], min(self.sizes[1], self.n) + 1)

    def costs(self, zones: Indices) -> Floats:
        """Cost of each zone, seconds; ``zones`` has shape (zones, size)."""
        size = zones.shape[1]
        pairs = np.zeros(len(zones))
        for a in range(1, size):
            for b in range(a):
                pairs += self.pair_s[zones[:, a], zones[:, b]]
        return np.asarray(pairs / size + self.misfits(zones).min(axis=1))

    def plan_cost(self, zones: Iterable[tuple[int, ...]]) -> float:
        """Cost of zones together, seconds; ``inf`` if one of them is forbidden."""
        return float(sum(self.costs(table)[0] for table in one_by_one(zones)))

    def misfits(self, zones: Indices) -> Floats:
        """Seconds charged by zone and high school, shape (zones, high schools)."""
        total = np.zeros((len(zones), self.misfit_s.shape[1]))
        for a in range(zones.shape[1]):
            total += self.misfit_s[zones[:, a]]
        return total

    def neighbourhood(self, distance: Floats, reach: int) -> list[Indices]:
        """Zones made of a building and some of its ``reach`` nearest.

        Parameters
        ----------
        distance
            Shape (n, n), symmetric; what nearest means.

        Returns
        -------
        list
            One table per size, rows sorted, no zone twice.
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
            kept = np.sort(zones[~seen], axis=1)
            tables.append(kept[np.isfinite(self.costs(kept))])
        return tables

    def promising(self, prices: Prices, threshold: float) -> list[Indices]:
        """Some zones whose reduced cost is at most ``threshold``, around every building."""
        return [
            zones
            for size in self.each_size()
            if len(zones := self._search(size, prices, threshold, keep=_KEPT_PER_SEED))
        ]

    def all_below(self, prices: Prices, threshold: float, *, most: int) -> list[Indices] | None:
        """All zones whose reduced cost is at most ``threshold`` seconds.

        None when there are more than ``most``, or too many partial zones to find out.
        """
        tables: list[Indices] = []
        try:
            for size in reversed(self.each_size()):
                zones = self._search(size, prices, threshold, most=most)
                most -= len(zones)
                if len(zones):
                    tables.append(zones)
        except _TooManyError:
            return None
        return tables

    def _search(
        self,
        size: int,
        prices: Prices,
        threshold: float,
        *,
        keep: int | None = None,
        most: int | None = None,
    ) -> Indices:
        """Zones of one size, grown from each building with those of less worth.

        With ``keep``, that many partial zones of each building at each step;
        without, all of them, unless that is too many or more than ``most``.
        """
        order = np.argsort(-prices.worth, kind="stable")
        growth = _Growth.of(
            self.pair_s[np.ix_(order, order)] / size,
            self.misfit_s[order],
            prices.worth[order],
            threshold + prices.charge,
            size,
        )
        found = []
        for seed in range(self.n):
            zones = growth.from_seed(seed, keep=keep)
            found.append(zones)
            if most is not None:
                most -= len(zones)
                if most < 0:
                    raise _TooManyError
        return np.sort(order[np.concatenate(found)], axis=1).astype(np.int32)


def one_by_one(zones: Iterable[tuple[int, ...]]) -> list[Indices]:
    """A table for each zone."""
    return [np.array([zone], dtype=np.int32) for zone in zones]


class _TooManyError(Exception):
    """There are more zones than anyone wants to look at."""


@dataclass(frozen=True, slots=True, eq=False)
class _Growth:
    """Growing zones of one size by adding one building at a time.

    Buildings are in order of worth and zones grow along it, so each is met once.
    A partial zone is dropped when even the best completion stays above the limit:
    each further building pays its way to those already in, and half its way to
    the nearest others that would come with it.

    Attributes
    ----------
    pair
        Shape (n, n), cost of two buildings in a zone of this size; ``inf`` when
        no zone with both can stay within the limit.
    with_nearest
        Shape (n, size), half the cost to the 0, 1, 2 ... nearest buildings.
    """

    pair: Floats
    misfit: Floats
    gain: Floats
    with_nearest: Floats
    limit: float
    size: int

    @classmethod
    def of(cls, pair: Floats, misfit: Floats, gain: Floats, threshold: float, size: int) -> _Growth:
        limit = threshold + _ROUNDING * (1 + abs(threshold))
        apart = _too_costly_together(pair, misfit, gain, limit, size)
        possible = np.where(apart, np.inf, pair)
        return cls(possible, misfit, gain, _with_nearest(possible, size), limit, size)

    def from_seed(self, seed: int, *, keep: int | None) -> Indices:
        """Zones whose first building is ``seed``."""
        others = seed + 1 + np.flatnonzero(np.isfinite(self.pair[seed, seed + 1 :]))
        if len(others) < self.size - 1:
            return np.empty((0, self.size), dtype=np.int32)
        at = np.concatenate([[seed], others])
        pair, gain = self.pair[np.ix_(at, at)], self.gain[at]
        misfit = self.misfit[at]
        if misfit.shape[1] > _MANY_HIGH_SCHOOLS:
            misfit = _without_worst(misfit)
        zones = np.zeros((1, 1), dtype=np.intp)
        value = -gain[:1]
        if self.size == 1:
            zones = zones[value + misfit[0].min() <= self.limit]
        for missing in range(self.size - 1, 0, -1):
            alone = self.with_nearest[at, missing - 1] - gain
            steps = [
                self._extend(part, worth, pair, misfit, alone, missing)
                for part, worth in _slices(zones, value, len(at))
            ]
            zones, added, bound = (np.concatenate(parts) for parts in zip(*steps, strict=True))
            value = added - gain[zones[:, -1]]
            if keep is not None and len(zones) > keep:
                best = np.sort(np.argsort(bound, kind="stable")[:keep])
                zones, value = zones[best], value[best]
            elif len(zones) > _PARTIAL_ZONES:
                raise _TooManyError
        return at[zones].astype(np.int32)

    def _extend(  # noqa: PLR0917
        self,
        zones: NDArray[np.intp],
        value: Floats,
        pair: Floats,
        misfit: Floats,
        alone: Floats,
        missing: int,
    ) -> tuple[NDArray[np.intp], Floats, Floats]:
        """Partial zones with one more building, what they cost so far, and at least in the end."""
        n, others = len(pair), missing - 1
        to_zone = pair[zones[:, 0]]
        charged = misfit[zones[:, 0]]
        for a in range(1, zones.shape[1]):
            to_zone = to_zone + pair[zones[:, a]]
            charged = charged + misfit[zones[:, a]]
        step = np.where(np.arange(n) > zones[:, -1:], to_zone + alone, np.inf)
        rest = np.zeros(len(zones))
        if 0 < others < n:
            rest = np.partition(step, others - 1, axis=1)[:, :others].sum(axis=1)
        sure = rest + charged.min(axis=1)
        row, added = np.nonzero(step <= (self.limit - value - sure)[:, None])
        bound = (
            value[row] + step[row, added] + rest[row] + (charged[row] + misfit[added]).min(axis=1)
        )
        kept = bound <= self.limit
        row, added = row[kept], added[kept]
        grown = np.column_stack([zones[row], added])
        return grown, value[row] + to_zone[row, added], bound[kept]


def _without_worst(misfit: Floats) -> Floats:
    """The high schools that could be a zone's best: one where all are charged is enough."""
    worst = (misfit == misfit.max(axis=1, keepdims=True)).all(axis=0)
    worst[np.argmax(worst)] = False
    return misfit[:, ~worst]


def _slices(
    zones: NDArray[np.intp], value: Floats, width: int
) -> Iterator[tuple[NDArray[np.intp], Floats]]:
    step = max(1, _CELLS_AT_ONCE // width)
    for start in range(0, max(len(zones), 1), step):
        yield zones[start : start + step], value[start : start + step]


def _with_nearest(pair: Floats, size: int) -> Floats:
    """Half the cost to the 0, 1, 2 ... size - 1 nearest other buildings."""
    nearest = np.sort(pair + np.diag(np.full(len(pair), np.inf)), axis=1)[:, : size - 1]
    half = np.zeros((len(pair), size))
    half[:, 1 : 1 + nearest.shape[1]] = 0.5 * np.cumsum(nearest, axis=1)
    half[:, 1 + nearest.shape[1] :] = np.inf
    return half


def _too_costly_together(
    pair: Floats, misfit: Floats, gain: Floats, limit: float, size: int
) -> NDArray[np.bool_]:
    """Pairs of buildings that no zone within the limit holds."""
    n = len(pair)
    rest = np.zeros(n)
    if size > 2:
        best = pair + (_with_nearest(pair, size)[:, size - 3] - gain)
        np.fill_diagonal(best, np.inf)
        if size - 2 < n:
            rest = np.partition(best, size - 3, axis=1)[:, : size - 2].sum(axis=1)
    least = -gain[:, None] - gain[None] + pair + np.maximum(rest[:, None], rest[None])
    apart = least > limit
    rows, columns = np.nonzero(~apart)
    step = max(1, _CELLS_AT_ONCE // max(misfit.shape[1], 1))
    for start in range(0, len(rows), step):
        i, j = rows[start : start + step], columns[start : start + step]
        apart[i, j] = least[i, j] + (misfit[i] + misfit[j]).min(axis=1) > limit
    return apart
