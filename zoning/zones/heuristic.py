"""A quick plan without a proof: where the exact optimiser starts from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from zoning.zones.feasibility import Loads
from zoning.zones.prices import Floats
from zoning.zones.space import ZoneSpace

Zones = tuple[tuple[int, ...], ...]
Numbers = NDArray[np.intp]

_CENTRING_ROUNDS = 10
_NEIGHBOURS = 24


def quick_partition(
    space: ZoneSpace, count: int, *, distance: Floats, loads: Loads | None = None
) -> Zones | None:
    """Zones around centres, improved by moves and swaps between near buildings.

    Parameters
    ----------
    distance
        Shape (n, n), symmetric, between buildings.
    loads
        Where misalignment is forbidden, how many zones and buildings each high
        school can have; without them some may be left, and then there is no plan.
    """
    dear = 1 + space.n * float(space.pair_s.max())
    finite = replace(space, misfit_s=np.minimum(space.misfit_s, dear))
    if loads is None or len(loads.zones) != space.misfit_s.shape[1]:
        home = _around_centres(space.sizes, count, distance)
    else:
        home = _by_high_school(space, distance, loads)
    near = np.argsort(distance, axis=1, kind="stable")[:, : _NEIGHBOURS + 1]
    one = np.repeat(np.arange(space.n), near.shape[1])
    other = near.ravel()
    while _improve(finite, home, count, one, other):
        pass
    zones = sorted(tuple(int(b) for b in np.flatnonzero(home == zone)) for zone in range(count))
    return tuple(zones) if np.isfinite(space.plan_cost(zones)) else None


def _by_high_school(space: ZoneSpace, distance: Floats, loads: Loads) -> Numbers:
    """Zone number of each building: first a high school that may have it, then a centre."""
    allowed = np.isfinite(space.misfit_s)
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
            home[at] = numbered + _around_centres(space.sizes, zones, distance[np.ix_(at, at)])
        numbered += zones
    return home


def _around_centres(sizes: tuple[int, int], count: int, distance: Floats) -> Numbers:
    """Zone number of each building: the nearest centre that has room."""
    low, high = sizes
    n = len(distance)
    centres = [int(np.argmax(distance.sum(axis=1)))]
    away = distance[centres[0]].copy()
    while len(centres) < count:
        centres.append(int(np.argmax(away)))
        away = np.minimum(away, distance[centres[-1]])
    must_fill = -(1 + n * float(distance.max()))
    home = np.zeros(n, dtype=np.intp)
    for _ in range(_CENTRING_ROUNDS):
        places = np.repeat(distance[:, centres], high, axis=1)
        places[:, np.arange(count * high) % high < low] += must_fill
        home = linear_sum_assignment(places)[1] // high
        moved = [
            members[int(np.argmin(distance[np.ix_(members, members)].sum(axis=1)))]
            for members in (np.flatnonzero(home == zone) for zone in range(count))
        ]
        if moved == centres:
            break
        centres = moved
    return home


def _improve(space: ZoneSpace, home: Numbers, count: int, one: Numbers, other: Numbers) -> bool:
    """Make moves and swaps that save, best first, each zone in one of them; whether any did."""
    member = np.zeros((space.n, count))
    member[np.arange(space.n), home] = 1.0
    with_zone = space.pair_s @ member
    size = member.sum(axis=0)
    pairs = (member * with_zone).sum(axis=0) / 2
    misfit = member.T @ space.misfit_s
    here = pairs / size + misfit.min(axis=1)

    apart = home[one] != home[other]
    i, j = one[apart], other[apart]
    mine, theirs = home[i], home[j]
    before = here[mine] + here[theirs]
    between = space.pair_s[i, j]
    left, joined = with_zone[i, mine], with_zone[i, theirs]
    lost, gained = misfit[mine] - space.misfit_s[i], misfit[theirs] + space.misfit_s[i]

    movable = (size[mine] > space.sizes[0]) & (size[theirs] < space.sizes[1])
    move = np.full(len(i), -np.inf)
    move[movable] = (
        before
        - (pairs[mine] - left) / np.maximum(size[mine] - 1, 1)
        - lost.min(axis=1)
        - (pairs[theirs] + joined) / (size[theirs] + 1)
        - gained.min(axis=1)
    )[movable]
    swap = (
        before
        - (pairs[mine] - left + with_zone[j, mine] - between) / size[mine]
        - (lost + space.misfit_s[j]).min(axis=1)
        - (pairs[theirs] + joined - with_zone[j, theirs] - between) / size[theirs]
        - (gained - space.misfit_s[j]).min(axis=1)
    )
    saving = np.maximum(move, swap)
    touched = np.zeros(count, dtype=bool)
    least = 1e-9 * (1 + float(here.sum()))
    changed = False
    for k in np.argsort(-saving, kind="stable"):
        if saving[k] <= least:
            break
        if touched[mine[k]] or touched[theirs[k]]:
            continue
        touched[[mine[k], theirs[k]]] = changed = True
        home[i[k]] = theirs[k]
        if swap[k] >= move[k]:
            home[j[k]] = mine[k]
    return changed
