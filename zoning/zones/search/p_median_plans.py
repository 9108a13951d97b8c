"""Plans for the capacitated p-median without a proof: posts given, zones found.

Buildings choose their post by regret (Martello and Toth 1990, section 7.4),
then moves and swaps save what they can, then every zone moves its post to its
best building, and so on until nothing changes.
"""

from __future__ import annotations

import numpy as np

from zoning.zones.arrays import Zones
from zoning.zones.search.p_median_instance import Floats, Numbers, Services

_ROUNDS = 20
_HARDER = 3


def plan_around(services: Services, posts: Numbers) -> Zones | None:
    """Zones around these posts, or around better ones near by; None if none was found."""
    for _ in range(_ROUNDS):
        home = _assigned(services, posts)
        moved = np.sort(
            [_best_post(services, posts[k], np.flatnonzero(home == k)) for k in range(len(posts))]
        )
        if np.array_equal(moved, np.sort(posts)):
            break
        posts = moved
    zones = tuple(
        sorted(tuple(int(i) for i in np.flatnonzero(home == k)) for k in range(len(posts)))
    )
    fits = all(services.fits(float(services.demand[list(zone)].sum())) for zone in zones)
    return zones if fits and np.isfinite(services.plan_cost(zones)) else None


def _best_post(services: Services, post: int, members: Numbers) -> int:
    sums = services.cost[np.ix_(members, members)].sum(axis=1)
    best = int(np.argmin(sums))
    return int(members[best]) if np.isfinite(sums[best]) else post


def _assigned(services: Services, posts: Numbers) -> Numbers:
    """Number of the post of each building; a zone may hold too much if none fits."""
    cost = services.cost[posts]
    dear = 1 + cost[np.isfinite(cost)].sum()
    cost = np.where(np.isfinite(cost), cost, dear)
    cost[:, posts] = dear
    cost[np.arange(len(posts)), posts] = -dear
    if np.isinf(services.capacity):
        nearest: Numbers = np.argmin(cost, axis=0)
        return nearest
    home = _by_regret(services, cost)
    spread = np.partition(cost, min(1, len(cost) - 1), axis=0)
    typical = float(np.median(spread[min(1, len(cost) - 1)])) + 1e-9
    price = typical / max(float(services.demand.mean()), 1e-9)
    for _ in range(_HARDER):
        _improve(services, cost, home, price)
        load = np.bincount(home, services.demand, len(posts))
        if services.fits(float(load.max())):
            break
        price *= 10
    return home


def _by_regret(services: Services, cost: Floats) -> Numbers:
    """The dearest second choices choose first, among the posts with room."""
    order = np.argsort(cost, axis=0, kind="stable")
    best = np.take_along_axis(cost, order, axis=0)
    regret = best[min(1, len(best) - 1)] - best[0]
    home: Numbers = order[0].copy()
    left = np.full(len(cost), services.most)
    for i in np.argsort(-regret, kind="stable"):
        room = left[order[:, i]] >= services.demand[i]
        home[i] = order[int(np.argmax(room)), i] if room.any() else int(np.argmax(left))
        left[home[i]] -= services.demand[i]
    return home


def _improve(services: Services, cost: Floats, home: Numbers, price: float) -> None:
    """Move and swap buildings while that saves, too much load paid at ``price``."""
    n = len(home)
    everyone = np.arange(n)
    demand = services.demand
    most = services.most
    least = 1e-9 * (1 + float(np.abs(cost[home, everyone]).sum()) / n)

    def over(held: Floats) -> Floats:
        paid: Floats = price * np.maximum(held - most, 0.0)
        return paid

    while True:
        held: Floats = np.bincount(home, demand, len(cost)).astype(np.float64)
        here, holds = cost[home, everyone], held[home]
        relief = over(holds) - over(holds - demand)
        move = cost - here + over(held[:, None] + demand) - over(held)[:, None] - relief
        move[home, everyone] = 0.0
        target = move.argmin(axis=0)
        gain = -move[target, everyone]
        apart = _one_a_zone(gain, home, target, least)
        if len(apart):
            home[apart] = target[apart]
            continue
        there = cost[home].T
        change = demand - demand[:, None]
        swap = there + there.T - here[:, None] - here
        swap += over(holds[:, None] + change) + over(holds - change)
        swap -= over(holds)[:, None] + over(holds)
        swap[home[:, None] == home] = 0.0
        partner = swap.argmin(axis=1)
        apart = _one_a_zone(-swap[everyone, partner], home, home[partner], least)
        if not len(apart):
            return
        home[apart], home[partner[apart]] = home[partner[apart]], home[apart]


def _one_a_zone(gain: Floats, one: Numbers, other: Numbers, least: float) -> Numbers:
    """The buildings of the best changes, each zone in one of them at most."""
    used: set[int] = set()
    chosen = []
    for i in np.argsort(-gain, kind="stable"):
        if gain[i] <= least:
            break
        if int(one[i]) not in used and int(other[i]) not in used:
            used |= {int(one[i]), int(other[i])}
            chosen.append(i)
    return np.array(chosen, dtype=np.intp)
