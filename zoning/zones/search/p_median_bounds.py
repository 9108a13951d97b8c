"""Lagrangian bounds on the capacitated p-median, and what they rule out.

Every building must be served by exactly one post. Pricing that rule instead of
imposing it (Geoffrion 1974) leaves one knapsack problem for each post: whom to
serve within the capacity. The prices are improved by subgradient steps (Held,
Wolfe and Crowder 1974; Polyak 1969). With the cost of a plan as a cutoff, a
post that cannot be opened, or cannot serve a building, below the cutoff is in
no better plan and is struck out (reduced-cost fixing; for this problem see
Ceselli and Righini 2005, Networks 45).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from zoning.zones.search.p_median_instance import Flags, Floats, Instance, Numbers

_STALL = 12
_SHRINK = 0.7
_SMALLEST_STEP = 2e-3
_MOMENTUM = 0.5
_MEMORY = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Priced:
    """The cheapest way to open posts under given prices.

    Attributes
    ----------
    value
        A lower bound on every plan.
    post
        Shape (n,): reduced cost of the best zone of each post; inf where none
        is allowed.
    opened
        The posts that were chosen.
    served
        Shape (n, n): served[s, i] where the chosen post s serves building i.
    """

    value: float
    post: Floats
    opened: Numbers
    served: Flags


def priced(instance: Instance, prices: Floats, allowed: Flags) -> Priced:
    """Solve the relaxation in which serving building i earns ``prices[i]``.

    Parameters
    ----------
    allowed
        Shape (n, n): which post may serve which building; its diagonal says
        which posts may be opened.
    """
    rows = np.flatnonzero(allowed.diagonal())
    reduced = np.where(allowed[rows], instance.cost[rows] - prices, 0.0)
    own = reduced[np.arange(len(rows)), rows]
    reduced[np.arange(len(rows)), rows] = 0.0
    post = np.full(instance.n, np.inf)
    served = np.zeros((instance.n, instance.n), dtype=np.bool_)
    if instance.room == 0:
        wanted = reduced < 0
        post[rows] = own + np.minimum(reduced, 0).sum(axis=1)
        opened = _chosen(post, instance.counts)
        served[rows] = wanted
        mask = np.zeros(instance.n, dtype=np.bool_)
        mask[opened] = True
        served[~mask] = False
    else:
        value, steps = _knapsacks(instance, reduced)
        room = instance.room - instance.demand[rows]
        post[rows] = own + value[np.arange(len(rows)), room]
        opened = _chosen(post, instance.counts)
        _unpack(instance, steps, rows, opened, served)
    served[opened, opened] = True
    return Priced(
        value=float(prices.sum() + post[opened].sum()), post=post, opened=opened, served=served
    )


_Steps: TypeAlias = list[tuple[int, Numbers, Flags]]


def _knapsacks(instance: Instance, reduced: Floats) -> tuple[Floats, _Steps]:
    """Least reduced cost of a load of each size, for all posts at once.

    Shape (rows, room + 1), and for each building which loads it is part of.
    """
    best = np.zeros((len(reduced), instance.room + 1))
    steps: _Steps = []
    for i in np.flatnonzero((reduced < 0).any(axis=0)):
        at = np.flatnonzero(reduced[:, i] < 0)
        load = instance.demand[i]
        without = best[at, load:]
        with_it = best[at, : instance.room + 1 - load] + reduced[at, i, None]
        steps.append((int(i), at, with_it < without))
        best[at, load:] = np.minimum(without, with_it)
    return best, steps


def _unpack(
    instance: Instance, steps: _Steps, rows: Numbers, opened: Numbers, served: Flags
) -> None:
    """Mark whom the opened posts serve."""
    place = np.full(instance.n, -1)
    place[rows] = np.arange(len(rows))
    left = instance.room - instance.demand[opened]
    where = np.full(len(rows), -1)
    for i, at, taken in reversed(steps):
        where[:] = -1
        where[at] = np.arange(len(at))
        line = where[place[opened]]
        spare = left - instance.demand[i]
        able = np.flatnonzero((line >= 0) & (spare >= 0))
        hit = able[taken[line[able], spare[able]]]
        served[opened[hit], i] = True
        left[hit] -= instance.demand[i]


def _chosen(post: Floats, counts: tuple[int, int]) -> Numbers:
    """The cheapest posts, no more than pay for themselves beyond the fewest."""
    order = np.argsort(post, kind="stable")
    return order[: _number(post, counts)]


def _number(post: Floats, counts: tuple[int, int]) -> int:
    fewest, most = counts
    return max(fewest, min(most, int((post < 0).sum())))


@dataclass(slots=True, kw_only=True, eq=False)
class Ascent:
    """The best prices found so far.

    Attributes
    ----------
    prices
        Shape (n,): what serving each building earns.
    value
        The bound they prove.
    post
        Reduced cost of each post under them.
    share
        Shape (n, n): how often, of late, each post served each building; an
        estimate of the linear relaxation's answer (Barahona and Anbil 2000).
    rounds
        Knapsacks solved for each post.
    """

    prices: Floats
    value: float
    post: Floats
    share: Floats
    rounds: int = 0


def ascend(
    instance: Instance,
    prices: Floats,
    allowed: Flags,
    *,
    cutoff: Callable[[], float],
    rounds: int,
    step: float = 1.0,
    visit: Callable[[Priced, Ascent], bool],
) -> Ascent:
    """Improve the prices until the bound meets the cutoff or the steps run out.

    Parameters
    ----------
    cutoff
        The cost below which a plan is sought; inf while there is none.
    step
        First step as a share of Polyak's.
    visit
        Told of every priced relaxation; stops the ascent by returning True.
    """
    best = Ascent(
        prices=prices,
        value=-np.inf,
        post=np.full(instance.n, np.inf),
        share=np.zeros((instance.n, instance.n)),
    )
    direction = np.zeros(instance.n)
    stalled = 0
    for best.rounds in range(1, rounds + 1):
        answer = priced(instance, prices, allowed)
        memory = max(_MEMORY, 1 / best.rounds)
        best.share += memory * (answer.served - best.share)
        if answer.value > best.value + 1e-6 * abs(best.value):
            stalled = 0
        else:
            stalled += 1
        if answer.value > best.value:
            best.value, best.prices, best.post = answer.value, prices, answer.post
        if visit(answer, best) or best.value >= cutoff():
            break
        missing = 1.0 - answer.served.sum(axis=0)
        if not missing.any():
            break
        if stalled >= _STALL:
            stalled, step = 0, step * _SHRINK
            prices, direction = best.prices, np.zeros(instance.n)
            if step < _SMALLEST_STEP:
                break
        direction = missing + _MOMENTUM * direction
        reach = best.value + 0.1 * (1 + abs(best.value))
        goal = min(reach, 1.02 * cutoff()) if cutoff() > 0 else reach
        distance = max(goal - answer.value, 1e-9 * (1 + abs(best.value)))
        prices = prices + step * distance / float(direction @ direction) * direction
    return best


def least_with(instance: Instance, ascent: Ascent, allowed: Flags, cutoff: float) -> Floats:
    """Bound on every plan in which post s serves building i; inf where not allowed.

    Shape (n, n). Bounds that reach the cutoff are not worked out further.
    """
    opening = _least_opening(instance, ascent)
    least = np.full(allowed.shape, np.inf)
    for s in np.flatnonzero(allowed.diagonal() & (opening < cutoff)):
        mine = np.flatnonzero(allowed[s])
        mine = mine[mine != s]
        reduced = instance.cost[s, mine] - ascent.prices[mine]
        extra = np.maximum(reduced, 0.0)
        if instance.room:
            worth = opening[s] + extra < cutoff
            mine, reduced = mine[worth], reduced[worth]
            extra = _extra_when_forced(
                instance.demand[mine], reduced, instance.room - int(instance.demand[s])
            )
        least[s, mine] = opening[s] + extra
        least[s, s] = opening[s]
    return least


def _least_opening(instance: Instance, ascent: Ascent) -> Floats:
    """Bound on every plan in which each post is opened."""
    post = ascent.post
    fewest, most = instance.counts
    order = np.argsort(post, kind="stable")
    number = _number(post, instance.counts)
    with_one_more = max(fewest - 1, min(most - 1, int((post < 0).sum())))
    opening: Floats = ascent.prices.sum() + post + post[order[:with_one_more]].sum()
    opening[order[:number]] = ascent.value
    return opening


def _extra_when_forced(demand: Numbers, reduced: Floats, room: int) -> Floats:
    """By how much the best load of one post rises when each building must be in it."""
    extra = np.full(len(demand), np.inf)
    gains = np.flatnonzero((reduced < 0) & (demand <= room))
    ahead = np.zeros((len(gains) + 1, room + 1))
    behind = np.zeros((len(gains) + 1, room + 1))
    for k, i in enumerate(gains):
        ahead[k + 1] = ahead[k]
        _offer(ahead[k + 1], ahead[k], int(demand[i]), reduced[i])
    for k in range(len(gains) - 1, -1, -1):
        behind[k] = behind[k + 1]
        _offer(behind[k], behind[k + 1], int(demand[gains[k]]), reduced[gains[k]])
    best = behind[0, room]
    for k, i in enumerate(gains):
        left = room - int(demand[i])
        others = (ahead[k, : left + 1] + behind[k + 1, left::-1]).min()
        extra[i] = max(reduced[i] + others - best, 0.0)
    losses = np.flatnonzero((reduced >= 0) & (demand <= room))
    extra[losses] = reduced[losses] + behind[0, room - demand[losses]] - best
    return extra


def _offer(best: Floats, before: Floats, demand: int, reduced: float) -> None:
    np.minimum(before[demand:], before[: len(before) - demand] + reduced, out=best[demand:])
