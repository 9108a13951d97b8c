"""Enumerate zones by adding one building at a time, pruned by a lower bound.

Where numba is installed, compiled loops (`zoning.zones.search.compiled_loops`) list the zones;
elsewhere NumPy lists the same zones in the same order. For that, both add the same numbers in the
same order: one column of a table after another, not by NumPy's sum, which adds in pairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from zoning.zones.arrays import Bools, Floats, Indices, Numbers
from zoning.zones.request.restrictions import Load
from zoning.zones.search.reduced_costs import Choice
from zoning.zones.search.tuning import TUNING


class PartialZonesLimitError(Exception):
    """The number of partial zones exceeds the limit."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Growth:
    """Zones of one size, grown by adding one building at a time.

    Buildings are numbered in the order in which zones grow, so each zone is enumerated
    once. A partial zone is pruned when the lower bound of its completions exceeds the
    limit. In that bound each further building adds its pairs with the buildings in the
    zone, and half of its cheapest pairs with as many others as are missing.

    Attributes
    ----------
    pair
        Shape (n, n), lower bound on the cost of each pair in a zone of this size;
        ``inf`` if no zone within the limit contains both.
    gain
        Shape (n,), dual of each building.
    choices
        Alternative fixed charges, one of which each zone pays.
    follows
        Shape (n,): predecessor of each building in its group, -1 for none; the
        buildings of a group have consecutive numbers.
    loads
        Bounds on sums over a zone's buildings.
    with_nearest
        Shape (n, size), half the summed pair cost to the 0, 1, 2 ... nearest buildings.
    within
        Shape (n, n), whether a zone with the row's building as seed can contain the
        column's building, which comes later.
    limit
        Upper bound on the cost less gains of the enumerated zones.
    """

    pair: Floats
    gain: Floats
    choices: tuple[Choice, ...]
    follows: Numbers
    loads: tuple[Load, ...]
    with_nearest: Floats
    within: Bools
    limit: float
    size: int

    @classmethod
    def of(
        cls,
        *,
        pair: Floats,
        gain: Floats,
        choices: tuple[Choice, ...],
        follows: Numbers,
        loads: tuple[Load, ...],
        threshold: float,
        size: int,
    ) -> Growth:
        """Precompute the bounds that all zones of a size share."""
        limit = threshold + TUNING.rounding * (1 + abs(threshold))
        apart = _find_costly_pairs(pair, gain, choices, limit, size)
        possible = np.where(apart, np.inf, pair)
        with_nearest = _sum_nearest(possible, size)
        return cls(
            pair=possible,
            gain=gain,
            choices=choices,
            follows=follows,
            loads=loads,
            with_nearest=with_nearest,
            within=_find_reachable(possible, gain, choices, with_nearest, limit),
            limit=limit,
            size=size,
        )

    def zones(self, *, keep: int | None, parts: int, one_seed: bool = False) -> Iterator[Indices]:
        """Enumerate the zones, some seeds at a time; a zone's seed is its first building.

        Parameters
        ----------
        keep
            Beam width: number of partial zones kept at each step; None for all.
        parts
            Limit of partial zones of a seed.
        one_seed
            Whether to enumerate the zones of the first building alone.

        Raises
        ------
        PartialZonesLimitError
            If the limit is exceeded.
        """
        seeds = 1 if one_seed else len(self.gain)
        from zoning.compiled import IS_COMPILED  # noqa: PLC0415, loads numba

        zones = self._in_loops if IS_COMPILED else self._in_steps
        return zones(seeds, keep, parts)

    def _in_steps(self, seeds: int, keep: int | None, parts: int) -> Iterator[Indices]:
        for seed in range(seeds):
            others = seed + 1 + np.flatnonzero(self.within[seed, seed + 1 :])
            if self.follows[seed] < 0 and len(others) >= self.size - 1:
                yield _SeedGrowth(self, np.concatenate([[seed], others])).zones(keep, parts)

    def _in_loops(self, seeds: int, keep: int | None, parts: int) -> Iterator[Indices]:
        from zoning.zones.search.compiled_loops import (  # noqa: PLC0415, loads numba
            Request,
            Tables,
            grow_from_seeds,
        )

        n, choices, loads = len(self.gain), self.choices, self.loads
        tables = Tables(
            pair=self.pair,
            gain=self.gain,
            with_nearest=self.with_nearest,
            within=self.within,
            follows=self.follows,
            charge=np.concatenate([np.empty((n, 0)), *(c.charge for c in choices)], axis=1),
            once=np.concatenate([np.empty(0), *(c.once for c in choices)]),
            needs=np.concatenate([np.empty(0, dtype=np.intp), *(c.needs for c in choices)]),
            begins=np.cumsum([0, *(len(c.once) for c in choices)]),
            loads=np.array([load.values for load in loads], dtype=float).reshape(-1, n),
            bounds=np.array([(x.least, x.most) for x in loads], dtype=float).reshape(-1, 2),
        )
        request = Request(
            size=self.size,
            limit=self.limit,
            keep=-1 if keep is None else keep,
            parts=parts,
            enough=TUNING.partial_zones_at_once,
        )
        seed, kept = 0, True
        while seed < seeds and kept:
            zones, number, seed, kept = grow_from_seeds(tables, request, seed, seeds)
            yield zones[:number]
        if not kept:
            raise PartialZonesLimitError


class _SeedGrowth:
    """A growth from one seed, restricted to buildings that can share a zone with it."""

    def __init__(self, growth: Growth, at: Numbers) -> None:
        self.at, self.size, self.limit = at, growth.size, growth.limit
        self.pair = growth.pair[np.ix_(at, at)]
        self.gain = growth.gain[at]
        self.nearest = growth.with_nearest[at]
        self.choices = [_restrict(choice, at) for choice in growth.choices]
        self.loads = [
            Load(values=load.values[at], low=load.low, high=load.high) for load in growth.loads
        ]
        self.grouped = bool((growth.follows >= 0).any())
        if self.grouped:
            self._find_groups(growth, at)

    def _find_groups(self, growth: Growth, at: Numbers) -> None:
        """Find each building's predecessor in its group, and mark incomplete groups."""
        place = np.full(len(growth.pair) + 1, -1)
        place[at] = np.arange(len(at))
        before = growth.follows[at]
        self.follows = np.where(before >= 0, place[before], -1)
        self.led = before >= 0
        self.next = np.full(len(at), -1)
        self.next[self.follows[self.follows >= 0]] = np.flatnonzero(self.follows >= 0)
        leads = np.isin(at, growth.follows)
        self.is_incomplete = leads & (self.next < 0)

    def zones(self, keep: int | None, parts: int) -> Indices:
        zones = np.zeros((1, 1), dtype=np.intp)
        paid = np.zeros(1)
        if self.size == 1:
            charged = sum(float(c.totals(zones).min()) for c in self.choices)
            zones = zones[(charged - self.gain[0] <= self.limit) & self._check_loads(zones)]
        for missing in range(self.size - 1, 0, -1):
            steps = [
                self._extend(some, so_far, missing)
                for some, so_far in _split_rows(zones, paid, len(self.at))
            ]
            zones, paid, bound = (np.concatenate(step) for step in zip(*steps, strict=True))
            if keep is not None and len(zones) > keep:
                best = np.sort(np.argsort(bound, kind="stable")[:keep])
                zones, paid = zones[best], paid[best]
            elif len(zones) > parts:
                raise PartialZonesLimitError
        if self.grouped:
            zones = zones[(self.next[zones[:, -1]] < 0) & ~self.is_incomplete[zones].any(axis=1)]
        return self.at[zones].astype(np.int32)

    def _extend(self, zones: Numbers, paid: Floats, missing: int) -> tuple[Numbers, Floats, Floats]:
        """Extend partial zones by one building; return zones, pair costs and lower bounds."""
        others = missing - 1
        to_zone = self.pair[zones[:, 0]]
        for a in range(1, zones.shape[1]):
            to_zone = to_zone + self.pair[zones[:, a]]
        earned = _add_up(self.gain[zones])
        more = to_zone + (self.nearest[:, missing - 1] - self.gain)
        more = np.where(self._find_candidates(zones, missing), more, np.inf)
        rest, dearest = _sum_smallest(more, others)
        charged = [_charges_so_far(choice, zones) for choice in self.choices]
        sure = paid - earned + rest
        limit = self.limit - sure - sum((c.min(axis=1) for c in charged), np.zeros(len(zones)))
        fits = (more <= limit[:, None]) & (dearest <= limit)[:, None]
        if self.grouped:
            fits &= self._find_successors(zones)
        row, added = np.nonzero(fits)
        bound = np.maximum(more[row, added], dearest[row]) + sure[row]
        bound += sum(
            _charge_with_one_more(choice, so_far, zones, row, added, last=missing == 1)
            for choice, so_far in zip(self.choices, charged, strict=True)
        )
        kept = bound <= self.limit
        row, added = row[kept], added[kept]
        grown = np.column_stack([zones[row], added])
        return grown, paid[row] + to_zone[row, added], bound[kept]

    def _find_candidates(self, zones: Numbers, missing: int) -> Bools:
        """Find the buildings that can still be added to each partial zone."""
        possible = np.arange(len(self.pair)) > zones[:, -1:]
        if self.grouped:
            possible &= ~self.is_incomplete
        for load in self.loads:
            ordered = np.sort(load.values)
            so_far = _add_up(load.values[zones])[:, None] + load.values
            possible &= so_far + _add_up(ordered[: missing - 1]) <= load.most
            possible &= so_far + _add_up(ordered[::-1][: missing - 1]) >= load.least
        return possible

    def _check_loads(self, zones: Numbers) -> Bools:
        kept = np.ones(len(zones), dtype=bool)
        for load in self.loads:
            kept &= load.allows(zones.astype(np.int32))
        return kept

    def _find_successors(self, zones: Numbers) -> Bools:
        """Find the buildings that may come next, so that groups are complete and consecutive."""
        due = self.next[zones[:, -1]]
        return np.asarray(
            np.where(due[:, None] >= 0, np.arange(len(self.pair)) == due[:, None], ~self.led)
        )


def _restrict(choice: Choice, at: Numbers) -> Choice:
    """Restrict a choice to the buildings near a seed; drop dominated options of many."""
    near = choice.among(at)
    if (near.needs >= 0).any() or len(near.once) <= TUNING.many_options:
        return near
    kept = _without_dominated(near.charge, near.once)
    return Choice(near.charge[:, kept], near.once[kept], near.needs[kept])


def _charges_so_far(choice: Choice, zones: Numbers) -> Floats:
    """Charges of partial zones; an option whose required building was passed costs inf."""
    total = choice.sums(zones)
    for option in np.flatnonzero(choice.needs >= 0):
        building = choice.needs[option]
        gone = (zones[:, -1] >= building) & ~(zones == building).any(axis=1)
        total[gone, option] = np.inf
    return total


def _charge_with_one_more(
    choice: Choice, so_far: Floats, zones: Numbers, row: Numbers, added: Numbers, *, last: bool
) -> Floats:
    """The least charge of partial zones after adding one building."""
    total = so_far[row] + choice.charge[added]
    for option in np.flatnonzero(choice.needs >= 0):
        building = choice.needs[option]
        missing = (added != building) & ~(zones[row] == building).any(axis=1)
        if not last:
            missing &= added > building
        total[missing, option] = np.inf
    return np.asarray(total.min(axis=1))


def _without_dominated(charge: Floats, once: Floats) -> Bools:
    """Drop dominated options; of those that are uniformly worst keep the cheapest."""
    worst = (charge == charge.max(axis=1, keepdims=True)).all(axis=0)
    kept = ~worst
    if worst.any():
        kept[np.flatnonzero(worst)[np.argmin(once[worst])]] = True
    return np.asarray(kept)


def _split_rows(zones: Numbers, paid: Floats, width: int) -> Iterator[tuple[Numbers, Floats]]:
    step = max(1, TUNING.cells_at_once // width)
    for start in range(0, max(len(zones), 1), step):
        yield zones[start : start + step], paid[start : start + step]


def _sum_nearest(pair: Floats, size: int) -> Floats:
    """Half the summed pair cost to the 0, 1, 2 ... size - 1 nearest other buildings."""
    others = pair.copy()
    np.fill_diagonal(others, np.inf)
    if size < len(pair):
        others = np.partition(others, size - 1, axis=1)[:, :size]
    nearest = np.sort(others, axis=1)[:, : size - 1]
    half = np.zeros((len(pair), size))
    half[:, 1 : 1 + nearest.shape[1]] = 0.5 * np.cumsum(nearest, axis=1)
    half[:, 1 + nearest.shape[1] :] = np.inf
    return half


def _sum_smallest(more: Floats, others: int) -> tuple[Floats, Floats]:
    """Sum of the k smallest values of each row, and the (k+1)-th, with k = ``others``."""
    rows, width = more.shape
    if others >= width:
        return np.full(rows, np.inf), np.full(rows, np.inf)
    if others == 0:
        return np.zeros(rows), np.full(rows, -np.inf)
    least = np.partition(more, (others - 1, others), axis=1)
    return _add_up(np.sort(least[:, :others], axis=1)), least[:, others]


def _add_up(values: Floats) -> Floats:
    """Sum over the last axis, one value after another."""
    total = np.zeros(values.shape[:-1])
    for k in range(values.shape[-1]):
        total = total + values[..., k]
    return np.asarray(total)


def _find_reachable(
    pair: Floats, gain: Floats, choices: Sequence[Choice], with_nearest: Floats, limit: float
) -> Bools:
    """Whether a zone with a seed (row) can contain a later building (column)."""
    n, size = with_nearest.shape
    if size == 1:
        return np.zeros((n, n), dtype=bool)
    more = pair + (with_nearest[:, size - 2] - gain)
    more[np.tri(n, dtype=bool)] = np.inf
    rest, dearest = _sum_smallest(more, size - 2)
    least = np.maximum(more, dearest[:, None]) + (rest - gain)[:, None]
    return np.asarray(~_exceed_limit(least, choices, limit))


def _exceed_limit(least: Floats, choices: Sequence[Choice], limit: float) -> Bools:
    """Pairs whose lower bound exceeds the limit once the charge of both is added."""
    above = ~(least <= limit)
    for choice in choices:
        i, j = np.nonzero(~above)
        least[i, j] += choice.floor(np.column_stack([i, j]))
        above[i, j] = ~(least[i, j] <= limit)
    return above


def _find_costly_pairs(
    pair: Floats,
    gain: Floats,
    choices: Sequence[Choice],
    limit: float,
    size: int,
) -> Bools:
    """Find the pairs of buildings that no zone within the limit contains."""
    n = len(pair)
    rest = np.zeros(n)
    if size > 2:
        best = pair + (_sum_nearest(pair, size)[:, size - 3] - gain)
        np.fill_diagonal(best, np.inf)
        if size - 2 < n:
            rest = np.partition(best, size - 3, axis=1)[:, : size - 2].sum(axis=1)
    least = -gain[:, None] - gain[None] + pair + np.maximum(rest[:, None], rest[None])
    least[np.tri(n, dtype=bool)] = np.inf
    later = np.triu(_exceed_limit(least, choices, limit), 1)
    return np.asarray(later | later.T)
