"""A planner's method, with a map and a list: zones grown from the high schools.

Used by ``zones.py`` as a peer. It keeps every rule and gives exactly the number
of zones asked for; it proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from zoning import ZoneProblem
from zoning.zones import AlignmentMode
from zoning.zones.search.zone_space import ZoneSpace, zone_space

Groups = list[list[int]]
Floats = NDArray[np.float64]

_GAIN = 1e-6


def grown_from_high_schools(problem: ZoneProblem, count: int) -> Groups:
    """Zones by the greedy method, as building numbers.

    1. Zones are shared out among the high schools by how many buildings feed
       each (d'Hondt). A building that feeds two counts for the nearer.
    2. The first zone of a high school starts at its building nearest to the high
       school, every further one at the leftover building farthest from it. A zone
       adds the feeder's leftover building nearest to its own, until it has its
       share of them, and never more than the district's average.
    3. A zone that is too small takes the nearest building that is left over, or
       that a zone above the least size can spare.
    4. The other leftovers (magnets, alternative schools, remainders) go one by
       one where the objective rises least and there is room.

    With alignment off the whole district is one feeder, around the building with
    the shortest drives to all others.
    """
    apart = problem.seconds + problem.seconds.T
    home, from_hub = _feeders(problem)
    usual = round(problem.n / count)
    groups: Groups = []
    for area, zones in _shared_out(home, count).items():
        left = [b for b in range(problem.n) if home[b] == area]
        for zones_left in range(zones, 0, -1):
            first = zones_left == zones
            start = (min if first else max)(left, key=lambda b: from_hub[b, area])
            zone = [start]
            left.remove(start)
            share = min(usual, -(-(len(left) + 1) // zones_left))
            while len(zone) < share:
                nearest = _nearest(zone, left, apart)
                zone.append(nearest)
                left.remove(nearest)
            groups.append(zone)
    return with_leftovers(problem, with_enough_buildings(problem, groups))


def with_enough_buildings(problem: ZoneProblem, groups: Groups) -> Groups:
    """Zones of at least the least size: step 3."""
    apart = problem.seconds + problem.seconds.T
    groups = [list(zone) for zone in groups]
    low = problem.sizes[0]
    while short := [zone for zone in groups if len(zone) < low]:
        zone = short[0]
        givers = [other for other in groups if len(other) > low]
        free = [*_leftovers(problem, groups), *(b for other in givers for b in other)]
        taken = _nearest(zone, free, apart)
        for other in givers:
            if taken in other:
                other.remove(taken)
        zone.append(taken)
    return groups


def with_leftovers(problem: ZoneProblem, groups: Groups) -> Groups:
    """Every building in a zone: step 4."""
    space = zone_space(problem)
    groups = [list(zone) for zone in groups]
    while left := _leftovers(problem, groups):
        rises = [
            (float(rise), b, number)
            for number, zone in enumerate(groups)
            if len(zone) < problem.sizes[1]
            for b, rise in zip(left, _rises(space, zone, left), strict=True)
        ]
        _, building, number = min(rises)
        groups[number].append(building)
    return groups


def improved(problem: ZoneProblem, groups: Groups) -> Groups:
    """Zones after moving a building or swapping two, until neither gains anything.

    Two zones at a time, taking the best move or swap between them.
    """
    space = zone_space(problem)
    groups = [list(zone) for zone in groups]
    stale = set(combinations(range(len(groups)), 2))
    while stale:
        pair = min(stale)
        stale.remove(pair)
        a, b = pair
        better = _best_trade(space, groups[a], groups[b])
        if better is not None:
            groups[a], groups[b] = better
            stale |= {(min(k, z), max(k, z)) for k in pair for z in range(len(groups)) if z != k}
    return groups


def _feeders(problem: ZoneProblem) -> tuple[NDArray[np.int64], Floats]:
    """The feeder area of each building (-1: none), and seconds from each area's hub."""
    if problem.alignment.mode is AlignmentMode.OFF:
        hub = int(problem.seconds.sum(axis=1).argmin())
        return np.zeros(problem.n, dtype=np.int64), problem.seconds[hub][:, None]
    outside = problem.misaligned
    feeds = outside == outside.min(axis=1, keepdims=True)
    home = np.where(feeds, problem.from_high_school, np.inf).argmin(axis=1)
    return np.where(problem.with_feeder > 0, home, -1), problem.from_high_school


def _shared_out(home: NDArray[np.int64], count: int) -> dict[int, int]:
    """How many zones each feeder area gets, areas with the most buildings first."""
    areas, sizes = np.unique(home[home >= 0], return_counts=True)
    claims = sorted(
        (-size / place, -size, area)
        for area, size in zip(areas.tolist(), sizes.tolist(), strict=True)
        for place in range(1, size + 1)
    )
    given: dict[int, int] = {}
    for _, _, area in claims[:count]:
        given[area] = given.get(area, 0) + 1
    return given


def _nearest(zone: list[int], free: list[int], apart: Floats) -> int:
    return free[int(apart[np.ix_(zone, free)].sum(axis=0).argmin())]


def _leftovers(problem: ZoneProblem, groups: Groups) -> list[int]:
    placed = {b for zone in groups for b in zone}
    return [b for b in range(problem.n) if b not in placed]


def _rises(space: ZoneSpace, zone: list[int], added: list[int]) -> Floats:
    now = space.costs(np.array([zone], dtype=np.int32))
    return space.costs(np.array([[*zone, b] for b in added], dtype=np.int32)) - now


def _best_trade(
    space: ZoneSpace, one: list[int], other: list[int]
) -> tuple[list[int], list[int]] | None:
    """The two zones after the move or swap that gains most; None if none gains."""
    least = _cost_of_both(space, [one], [other])[0] - _GAIN
    best = None
    for ones, others in _trades(one, other, sizes=space.sizes):
        costs = _cost_of_both(space, ones, others)
        k = int(costs.argmin())
        if costs[k] < least:
            least, best = costs[k], (ones[k], others[k])
    return best


def _trades(
    one: list[int], other: list[int], *, sizes: tuple[int, int]
) -> Iterator[tuple[Groups, Groups]]:
    """Both zones after each move one way, each move back, and each swap."""
    low, high = sizes
    for give, take in ((1, 0), (0, 1), (1, 1)):
        grown = take - give
        if not (low <= len(one) + grown <= high and low <= len(other) - grown <= high):
            continue
        pairs = [(g, t) for g in combinations(one, give) for t in combinations(other, take)]
        yield (
            [[*(b for b in one if b not in g), *t] for g, t in pairs],
            [[*(b for b in other if b not in t), *g] for g, t in pairs],
        )


def _cost_of_both(space: ZoneSpace, ones: Groups, others: Groups) -> Floats:
    return space.costs(np.array(ones, dtype=np.int32)) + space.costs(
        np.array(others, dtype=np.int32)
    )
