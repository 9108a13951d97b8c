"""Colours for zones so that zones that touch differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import shapely
from shapely.geometry.base import BaseGeometry

TOUCHING_M = 1.0


def neighbouring_colours(areas: Sequence[BaseGeometry], *, colours: int) -> list[int]:
    """A colour number for each area so that areas that touch differ.

    The area with most colours around it is coloured next (Brelaz 1979, DSATUR);
    of the colours left it takes the one used least so far. With fewer colours
    than a map needs, neighbours can agree: planar maps need at most four.

    Parameters
    ----------
    areas
        Polygons in metres; within 1 m of each other counts as touching.
    """
    touching: dict[int, set[int]] = defaultdict(set)
    one, other = shapely.STRtree(areas).query(areas, predicate="dwithin", distance=TOUCHING_M)
    for i, j in zip(one.tolist(), other.tolist(), strict=True):
        if i != j:
            touching[i].add(j)
    colour: dict[int, int] = {}
    while len(colour) < len(areas):
        around = {
            i: {colour[j] for j in touching[i] if j in colour}
            for i in range(len(areas))
            if i not in colour
        }
        following = max(around, key=lambda i: (len(around[i]), len(touching[i]), -i))
        used = list(colour.values())
        colour[following] = min(
            range(colours), key=lambda c: (c in around[following], used.count(c), c)
        )
    return [colour[i] for i in range(len(areas))]
