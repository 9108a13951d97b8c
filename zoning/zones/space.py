"""Every zone there could be: what one costs, and which ones are worth a look.

A zone is a set of buildings. Its cost is pairwise, so the zones that can still
improve a plan are found by adding one building at a time and dropping every
partial zone that cannot end below the threshold, whatever is added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from zoning.zones.prices import Floats, Indices, Prices

# Cells of a work table: bounds the memory of one step to a few tens of MiB.
_CELLS_AT_ONCE = 4_000_000
_ROUNDING = 1e-9
_PARTIAL_PER_ZONE = 8


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

    def below(self, prices: Prices, threshold: float, *, most: int) -> tuple[list[Indices], bool]:
        """Zones whose reduced cost is at most ``threshold`` seconds.

        Parameters
        ----------
        most
            Partial zones kept at any step. When more would be needed the most
            promising are kept and the answer is not complete.

        Returns
        -------
        tables, complete
            One table of zones per size, and whether they are all there are.
        """
        found = [
            self._grow(size, prices, threshold + prices.charge, most) for size in self.each_size()
        ]
        return [zones for zones, _ in found if len(zones)], all(whole for _, whole in found)

    def all_below(self, prices: Prices, threshold: float, *, most: int) -> list[Indices] | None:
        """All zones whose reduced cost is at most ``threshold`` seconds.

        None when there are more than ``most``, or too many partial zones to find out.
        """
        tables: list[Indices] = []
        for size in reversed(self.each_size()):
            zones, whole = self._grow(
                size, prices, threshold + prices.charge, _PARTIAL_PER_ZONE * most, or_none=True
            )
            most -= len(zones)
            if not whole or most < 0:
                return None
            if len(zones):
                tables.append(zones)
        return tables

    def _grow(
        self,
        size: int,
        prices: Prices,
        threshold: float,
        most: int,
        *,
        or_none: bool = False,
    ) -> tuple[Indices, bool]:
        """Zones of one size with cost less worth at most ``threshold``.

        Buildings are added in order of worth. A partial zone is dropped when
        even the best completion stays above the threshold: each further
        building pays its way to those already in, and half its way to the
        nearest others that would come with it. With ``or_none`` it gives up
        where it would have to drop more.
        """
        order = np.argsort(-prices.worth, kind="stable")
        growth = _Growth(
            pair=self.pair_s[np.ix_(order, order)] / size,
            misfit=self.misfit_s[order],
            gain=prices.worth[order],
            limit=threshold + _ROUNDING * (1 + abs(threshold)),
        )
        zones = np.arange(self.n, dtype=np.int32)[:, None]
        value = -growth.gain
        complete = True
        for missing in range(size - 1, 0, -1):
            extend = growth.by_one_of(missing)
            steps = [extend(*part) for part in self._slices(zones, value)]
            zones, value, bound = (np.concatenate(parts) for parts in zip(*steps, strict=True))
            if len(zones) > most and or_none:
                return np.empty((0, size), dtype=np.int32), False
            if len(zones) > most:
                best = np.sort(np.argsort(bound, kind="stable")[:most])
                zones, value, complete = zones[best], value[best], False
        if size == 1:
            zones = zones[value + growth.misfit.min(axis=1) <= growth.limit]
        return np.sort(order[zones], axis=1).astype(np.int32), complete

    def _slices(self, zones: Indices, value: Floats) -> Iterator[tuple[Indices, Floats]]:
        step = max(1, _CELLS_AT_ONCE // self.n)
        for start in range(0, max(len(zones), 1), step):
            yield zones[start : start + step], value[start : start + step]


@dataclass(frozen=True, slots=True, eq=False)
class _Growth:
    """Adding buildings to partial zones, buildings in order of worth."""

    pair: Floats
    misfit: Floats
    gain: Floats
    limit: float

    def by_one_of(
        self, missing: int
    ) -> Callable[[Indices, Floats], tuple[Indices, Floats, Floats]]:
        """A step that adds one building to zones that still miss ``missing``."""
        n = len(self.pair)
        others = missing - 1
        nearest = np.sort(self.pair + np.diag(np.full(n, np.inf)), axis=1)
        alone = 0.5 * nearest[:, :others].sum(axis=1) - self.gain

        def extend(zones: Indices, value: Floats) -> tuple[Indices, Floats, Floats]:
            to_zone = np.zeros((len(zones), n))
            charged = np.zeros((len(zones), self.misfit.shape[1]))
            for a in range(zones.shape[1]):
                to_zone += self.pair[zones[:, a]]
                charged += self.misfit[zones[:, a]]
            step = np.where(np.arange(n) > zones[:, -1:], to_zone + alone, np.inf)
            rest = np.zeros(len(zones))
            if 0 < others < n:
                rest = np.partition(step, others - 1, axis=1)[:, :others].sum(axis=1)
            sure = rest + charged.min(axis=1)
            row, added = np.nonzero(step <= (self.limit - value - sure)[:, None])
            bound = (
                value[row]
                + step[row, added]
                + rest[row]
                + (charged[row] + self.misfit[added]).min(axis=1)
            )
            kept = bound <= self.limit
            row, added = row[kept], added[kept]
            grown = np.column_stack([zones[row], added.astype(np.int32)])
            return grown, value[row] + to_zone[row, added] - self.gain[added], bound[kept]

        return extend
