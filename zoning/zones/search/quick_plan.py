"""Construct and improve a feasible plan: the first incumbent of the exact search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from zoning.zones.arrays import Floats, Numbers, Zones
from zoning.zones.search.tuning import TUNING
from zoning.zones.search.zone_space import StopSignal, ZoneSpace, never


@dataclass(frozen=True, slots=True)
class Loads:
    """Number of zones and of buildings for each high school."""

    zones: tuple[int, ...]
    buildings: tuple[int, ...]


def quick_partition(
    space: ZoneSpace,
    count: int,
    *,
    distance: Floats,
    loads: Loads | None = None,
    stop: StopSignal = never,
    any_plan: bool = False,
) -> Zones | None:
    """Build zones around centres, and improve them by moves and swaps of near buildings.

    Parameters
    ----------
    distance
        Shape (n, n), symmetric, between buildings.
    loads
        With strict alignment, the zones and buildings of each high school.
    stop, any_plan
        As for `improve_zones`.

    Returns
    -------
    tuple or None
        None if a zone still breaks a rule at the end; a plan may exist all the same.
    """
    if loads is None or not space.choices or len(loads.zones) != len(space.choices[0].once):
        home = _assign_to_centres(
            space.sizes, count, distance, among=_find_required_buildings(space)
        )
    else:
        home = _assign_by_high_school(space, space.choices[0].charge, distance, loads)
    zones = [np.flatnonzero(home == zone).tolist() for zone in range(count)]
    return improve_zones(space, zones, distance=distance, stop=stop, any_plan=any_plan)


def improve_zones(
    space: ZoneSpace,
    zones: Sequence[Sequence[int]],
    *,
    distance: Floats,
    stop: StopSignal = never,
    any_plan: bool = False,
) -> Zones | None:
    """Move and swap near buildings between zones until no change saves anything.

    Returns None if a zone still breaks a rule.

    Parameters
    ----------
    stop
        Looked at between two rounds of changes; the zones of the last round are the answer.
    any_plan
        Whether to stop as soon as no zone breaks a rule.
    """
    work = _Improvement(space, zones, distance)
    while not stop() and not (any_plan and work.is_allowed) and work.step():
        pass
    final = tuple(sorted(tuple(sorted(zone)) for zone in work.zones))
    return final if np.isfinite(space.plan_cost(final)) else None


def _assign_by_high_school(
    space: ZoneSpace, charge: Floats, distance: Floats, loads: Loads
) -> Numbers:
    """Assign each building to an allowed high school, then to a zone around a centre."""
    allowed = np.isfinite(charge)
    own = allowed & (allowed.sum(axis=1, keepdims=True) == 1)
    heart = np.where(own.any(axis=0), own, allowed)
    away = distance @ heart / np.maximum(heart.sum(axis=0), 1)
    away[~allowed] = 1 + space.n * float(distance.max())
    places = np.repeat(np.arange(len(loads.buildings)), loads.buildings)
    school = places[linear_sum_assignment(away[:, places])[1]]
    home = np.zeros(space.n, dtype=np.intp)
    numbered = 0
    for h, zones in enumerate(loads.zones):
        at = np.flatnonzero(school == h)
        if zones:
            home[at] = numbered + _assign_to_centres(space.sizes, zones, distance[np.ix_(at, at)])
        numbered += zones
    return home


def _find_required_buildings(space: ZoneSpace) -> Numbers:
    """Find the buildings of which each zone must hold one; empty without such a rule."""
    for choice in space.choices:
        if (choice.needs >= 0).all():
            return np.unique(choice.needs)
    return np.zeros(0, dtype=np.intp)


def _assign_to_centres(
    sizes: tuple[int, int], count: int, distance: Floats, *, among: Numbers | None = None
) -> Numbers:
    """Assign each building to the nearest centre with room.

    If ``among`` has at least ``count`` buildings, the centres are chosen from it and fixed.
    """
    n = len(distance)
    low, high = sizes[0], min(sizes[1], max(sizes[0], 2 * -(-n // count)))
    fixed = among is not None and len(among) >= count
    possible = among if among is not None and fixed else np.arange(n)
    centres = [int(possible[np.argmax(distance[possible].sum(axis=1))])]
    away = distance[centres[0]].copy()
    while len(centres) < count:
        away[centres[-1]] = -1.0
        centres.append(int(possible[np.argmax(away[possible])]))
        away = np.minimum(away, distance[centres[-1]])
    must_fill = -(1 + n * float(distance.max()))
    home = np.zeros(n, dtype=np.intp)
    for _ in range(
        TUNING.centring_rounds if n <= TUNING.large else TUNING.centring_rounds_if_large
    ):
        places = np.repeat(distance[:, centres], high, axis=1)
        places[:, np.arange(count * high) % high < low] += must_fill
        home = linear_sum_assignment(places)[1] // high
        moved = [
            members[int(np.argmin(distance[np.ix_(members, members)].sum(axis=1)))]
            for members in (np.flatnonzero(home == zone) for zone in range(count))
        ]
        if fixed or moved == centres:
            break
        centres = moved
    return home


class _Improvement:
    """Local search: each step makes the best moves and swaps, at most one for each zone."""

    def __init__(self, space: ZoneSpace, zones: Sequence[Sequence[int]], distance: Floats) -> None:
        self.space = space
        self.zones = [list(zone) for zone in zones]
        self.home = np.zeros(space.n, dtype=np.intp)
        for number, zone in enumerate(self.zones):
            self.home[zone] = number
        near = np.argsort(distance, axis=1, kind="stable")[:, : TUNING.swap_neighbours + 1]
        self.one = np.repeat(np.arange(space.n), near.shape[1])
        self.other = near.ravel()
        self.prohibitive = np.inf
        now = self._compute_costs(self.zones)
        most = float(now[np.isfinite(now)].max(initial=0.0))
        self.prohibitive = 1 + 100 * most + space.travel.ceiling()
        self.cost = np.where(np.isfinite(now), now, self.prohibitive)
        self.changed = np.ones(len(self.zones), dtype=bool)

    @property
    def is_allowed(self) -> bool:
        """Whether no zone breaks a rule."""
        return bool((self.cost < self.prohibitive).all())

    def step(self) -> bool:
        """Make the improving moves and swaps; return whether there were any."""
        mine, theirs = self.home[self.one], self.home[self.other]
        fresh = (mine != theirs) & (self.changed[mine] | self.changed[theirs])
        trials = []
        low, high = self.space.sizes
        for i, j in zip(self.one[fresh].tolist(), self.other[fresh].tolist(), strict=True):
            a, b = int(self.home[i]), int(self.home[j])
            left = [k for k in self.zones[a] if k != i]
            if len(left) >= low and len(self.zones[b]) < high:
                trials.append((a, b, left, [*self.zones[b], i]))
            if i < j or not self._is_near(j, i):
                trials.append((a, b, [*left, j], [*(k for k in self.zones[b] if k != j), i]))
        if not trials:
            return False
        after = self._compute_costs([left for _, _, left, _ in trials])
        after += self._compute_costs([joined for _, _, _, joined in trials])
        first = np.array([a for a, _, _, _ in trials])
        second = np.array([b for _, b, _, _ in trials])
        saving = self.cost[first] + self.cost[second] - after
        least = TUNING.rounding * (1 + float(self.cost.sum()))
        self.changed[:] = False
        for k in np.argsort(-saving, kind="stable"):
            if saving[k] <= least:
                break
            a, b, left, joined = trials[k]
            if self.changed[a] or self.changed[b]:
                continue
            self.changed[[a, b]] = True
            self.zones[a], self.zones[b] = left, joined
            self.home[left], self.home[joined] = a, b
        touched = np.flatnonzero(self.changed)
        self.cost[touched] = self._compute_costs([self.zones[z] for z in touched])
        return bool(len(touched))

    def _is_near(self, one: int, other: int) -> bool:
        width = TUNING.swap_neighbours + 1
        return other in self.other[one * width : (one + 1) * width]

    def _compute_costs(self, zones: Sequence[Sequence[int]]) -> Floats:
        """Compute the cost of each zone; a zone that breaks a rule gets a prohibitive cost."""
        total = np.empty(len(zones))
        sizes = np.array([len(zone) for zone in zones])
        for size in np.unique(sizes):
            at = np.flatnonzero(sizes == size)
            table = np.array([zones[k] for k in at.tolist()], dtype=np.int32)
            total[at] = self.space.costs(table)
        return np.where(np.isfinite(total), total, self.prohibitive)
