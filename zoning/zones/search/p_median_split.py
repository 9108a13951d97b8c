"""Splitting a capacitated p-median in two: which group of posts serves a building."""

from __future__ import annotations

import numpy as np

from zoning.zones.search.p_median_instance import Flags, Floats


def two_parts(share: Floats, allowed: Flags, apart: Floats) -> tuple[Flags, Flags] | None:
    """Let one group of posts serve a building, or the other; None if none can be split.

    The building is one whose posts, as the prices see them, are most of two
    minds: much of each group, and the groups far apart.

    Parameters
    ----------
    share
        Shape (n, n): how often each post served each building of late.
    allowed
        Shape (n, n): which post may serve which building.
    apart
        Shape (n, n): how differently two posts serve everybody.
    """
    weight = share * allowed
    weight /= np.maximum(weight.sum(axis=0), 1e-12)
    best, building, near = 0.0, -1, np.zeros(len(allowed), dtype=np.bool_)
    for i in range(len(allowed)):
        posts = np.flatnonzero(allowed[:, i])
        if len(posts) < 2:
            continue
        first = int(posts[np.argmax(weight[posts, i])])
        pull = (weight[posts, i] + 1e-9) * apart[first, posts]
        second = int(posts[np.argmax(pull)])
        mine = apart[first] <= apart[second]
        part = float(weight[mine, i].sum())
        score = (min(part, 1 - part) + 1e-9) * float(apart[first, second])
        if score > best and not mine[posts].all():
            best, building, near = score, i, mine
    if building < 0:
        return None
    return _without(allowed, near, building), _without(allowed, ~near, building)


def _without(allowed: Flags, posts: Flags, building: int) -> Flags:
    """The services that are left when these posts do not serve this building."""
    left = allowed.copy()
    left[posts, building] = False
    if posts[building]:
        left[building] = False
    return left
