"""A quick plan without a proof: where the exact optimiser starts from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from zoning.zones.prices import Floats
from zoning.zones.space import ZoneSpace

Members = NDArray[np.intp]
Zones = tuple[tuple[int, ...], ...]

_CENTRING_ROUNDS = 10
_CELLS_AT_ONCE = 1_000_000


def quick_partition(space: ZoneSpace, count: int, *, distance: Floats) -> Zones | None:
    """Zones around centres, improved by moves and swaps until none helps.

    None where misalignment is forbidden, which this way of building cannot keep.

    Parameters
    ----------
    distance
        Shape (n, n), symmetric, between buildings.
    """
    if not np.isfinite(space.misfit_s).all():
        return None
    home = _around_centres(space, count, distance)
    improved = True
    while improved:
        improved = _best_move(space, home, count) or _best_swap(space, home, count)
    return tuple(
        sorted(tuple(int(b) for b in np.flatnonzero(home == zone)) for zone in range(count))
    )


def _around_centres(space: ZoneSpace, count: int, distance: Floats) -> Members:
    """Zone number of each building: the nearest centre that has room."""
    low, high = space.sizes
    centres = [int(np.argmax(distance.sum(axis=1)))]
    while len(centres) < count:
        centres.append(int(np.argmax(distance[centres].min(axis=0))))
    must_fill = -(1 + space.n * float(distance.max()))
    home = np.zeros(space.n, dtype=np.intp)
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


def _state(space: ZoneSpace, home: Members, count: int) -> tuple[Floats, ...]:
    """Per zone: size, pair costs, misfits; per building: pair costs with each zone."""
    member = np.zeros((space.n, count))
    member[np.arange(space.n), home] = 1.0
    with_zone = space.pair_s @ member
    pairs = (member * with_zone).sum(axis=0) / 2
    return member.sum(axis=0), pairs, member.T @ space.misfit_s, with_zone


def _cost(pairs: Floats, size: Floats, misfit: Floats) -> Floats:
    return np.asarray(pairs / size + misfit.min(axis=-1))


def _best_move(space: ZoneSpace, home: Members, count: int) -> bool:
    """Make the one move of a building to another zone that saves most, if any saves."""
    size, pairs, misfit, with_zone = _state(space, home, count)
    each = np.arange(space.n)
    here = _cost(pairs, size, misfit)
    with np.errstate(divide="ignore", invalid="ignore"):
        left = _cost(
            pairs[home] - with_zone[each, home], size[home] - 1, misfit[home] - space.misfit_s
        )
    joined = _cost(pairs + with_zone, size + 1, misfit[None] + space.misfit_s[:, None])
    saving = (here[home] - left)[:, None] + here[None, :] - joined
    saving[size[home] <= space.sizes[0]] = -np.inf
    saving[:, size >= space.sizes[1]] = -np.inf
    saving[each, home] = -np.inf
    building, zone = np.unravel_index(int(np.argmax(saving)), saving.shape)
    if not saving[building, zone] > _worth_it(here):
        return False
    home[building] = zone
    return True


def _best_swap(space: ZoneSpace, home: Members, count: int) -> bool:
    """Make the one swap of two buildings that saves most, if any saves."""
    size, pairs, misfit, with_zone = _state(space, home, count)
    here = _cost(pairs, size, misfit)
    each = np.arange(space.n)
    best, swap = _worth_it(here), (-1, -1)
    step = max(1, _CELLS_AT_ONCE // (space.n * space.misfit_s.shape[1]))
    theirs = home[None, :]
    for start in range(0, space.n, step):
        some = np.arange(start, min(start + step, space.n))
        mine = home[some][:, None]
        between = space.pair_s[some]
        gained = space.misfit_s[None] - space.misfit_s[some][:, None]
        saving = (
            here[mine]
            + here[theirs]
            - _cost(
                pairs[mine]
                + with_zone[:, home[some]].T
                - with_zone[some, home[some]][:, None]
                - between,
                size[mine],
                misfit[home[some]][:, None] + gained,
            )
            - _cost(
                pairs[theirs]
                + with_zone[np.ix_(some, home)]
                - with_zone[each, home][None]
                - between,
                size[theirs],
                misfit[home][None] - gained,
            )
        )
        saving[mine == theirs] = -np.inf
        one, other = np.unravel_index(int(np.argmax(saving)), saving.shape)
        if saving[one, other] > best:
            best, swap = float(saving[one, other]), (start + int(one), int(other))
    if swap[0] < 0:
        return False
    home[list(swap)] = home[list(reversed(swap))]
    return True


def _worth_it(costs: Floats) -> float:
    """Smallest saving that is no rounding error, seconds."""
    return 1e-9 * (1 + float(costs.sum()))
