"""A customisable contraction hierarchy: prepared once, weighed by any profile in a moment.

Junctions are contracted in the order of a minimum-degree elimination; every pair of
neighbours a junction leaves behind is joined by an arc. That depends on the streets
alone. A profile then weighs the arcs from the bottom up, and a building sees only the
junctions above its own: a few hundred of a hundred thousand.

Times are sums of the same seconds that Dijkstra's algorithm adds, in another order.
Both are whole multiples of a small power of two (`zoning.roads.travel.routing.ticks`), so that
the two agree to the last bit.

References
----------
Dibbelt, Strasser, Wagner (2016), Customizable contraction hierarchies, Journal of
Experimental Algorithmics 21, 1.5. Liu (1985), Modification of the minimum-degree
algorithm by multiple elimination, ACM Transactions on Mathematical Software 11, 141-153.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, diags_array
from scipy.sparse.linalg import spilu

_TOP: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hierarchy:
    """The contracted streets, without weights; junctions by rank, lowest first.

    Attributes
    ----------
    rank
        Shape (n_nodes,), the rank of each junction of the network.
    parent
        Shape (n_nodes,), by rank: the lowest higher neighbour, -1 at the top.
    depth
        Shape (n_nodes,), by rank: junctions above on the way to the top.
    entry, below
        Shape (n_nodes,), by rank: the junctions below one, itself included, are
        those whose entry lies in ``[entry, entry + below)``.
    first
        Shape (n_nodes + 1,), by rank: where the arcs of each junction begin.
    upper
        Shape (n_arcs,), the higher end of each arc; rising within a junction.
    level
        Pointers into the triangles: those of junctions that can be contracted
        together.
    side_a, side_b, closed
        Shape (n_triangles,), arcs: from the contracted junction to the lower and
        to the higher of two neighbours, and between the two.
    """

    rank: NDArray[np.intp]
    parent: NDArray[np.intp]
    depth: NDArray[np.intp]
    entry: NDArray[np.intp]
    below: NDArray[np.intp]
    first: NDArray[np.intp]
    upper: NDArray[np.intp]
    level: NDArray[np.intp]
    side_a: NDArray[np.int32]
    side_b: NDArray[np.int32]
    closed: NDArray[np.int32]

    @classmethod
    def of(cls, n_nodes: int, tail: NDArray[np.intp], head: NDArray[np.intp]) -> Hierarchy:
        """Contract a graph; directions do not matter, an edge to its own start is ignored."""
        rank = _elimination_ranks(n_nodes, tail, head)
        low = np.minimum(rank[tail], rank[head])
        high = np.maximum(rank[tail], rank[head])
        parent, height, first, upper = _contracted(n_nodes, low, high)
        depth, entry, below = _family(parent.tolist())
        level, side_a, side_b, closed = _triangles(height, first, upper)
        return cls(
            rank=rank,
            parent=parent,
            depth=depth,
            entry=entry,
            below=below,
            first=first,
            upper=upper,
            level=level,
            side_a=side_a,
            side_b=side_b,
            closed=closed,
        )

    def arcs(self, low: NDArray[np.intp], high: NDArray[np.intp]) -> NDArray[np.intp]:
        """The arc between each pair of ranks, lower and higher; every pair must have one."""
        n = len(self.rank)
        lower = np.repeat(np.arange(n), np.diff(self.first))
        return np.searchsorted(lower * n + self.upper, low * n + high)

    def weighed(
        self,
        tail: NDArray[np.intp],
        head: NDArray[np.intp],
        seconds: NDArray[np.float64],
        metres: NDArray[np.float64],
    ) -> WeighedHierarchy:
        """The hierarchy with the weights of a profile; one directed edge a (tail, head) at most."""
        shape = (2, len(self.upper))
        time, way = np.full(shape, np.inf), np.full(shape, np.inf)
        low, high = self.rank[tail], self.rank[head]
        down = (low > high).astype(np.intp)
        arc = self.arcs(np.minimum(low, high), np.maximum(low, high))
        time[down, arc], way[down, arc] = seconds, metres
        for start, stop in zip(self.level[:-1].tolist(), self.level[1:].tolist(), strict=True):
            a, b, closed = (side[start:stop] for side in (self.side_a, self.side_b, self.closed))
            # Up the closing arc: from the lower neighbour down to the junction, up to the other.
            _shorten(time, way, 0, (closed, a, b))
            _shorten(time, way, 1, (closed, b, a))
        return WeighedHierarchy(hierarchy=self, seconds=time, metres=way)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeighedHierarchy:
    """A hierarchy and the weights of its arcs.

    Attributes
    ----------
    seconds, metres
        Shape (2, n_arcs): up each arc, and down it.
    """

    hierarchy: Hierarchy
    seconds: NDArray[np.float64]
    metres: NDArray[np.float64]


@dataclass(slots=True, eq=False)
class Preparation:
    """Keeps the hierarchy of one set of streets from the first time it is asked for."""

    _hierarchy: Hierarchy | None = field(default=None, init=False)

    def hierarchy(self, n_nodes: int, tail: NDArray[np.intp], head: NDArray[np.intp]) -> Hierarchy:
        """The hierarchy of these streets, which must be the same at every call."""
        if self._hierarchy is None:
            self._hierarchy = Hierarchy.of(n_nodes, tail, head)
        return self._hierarchy


def _shorten(
    time: NDArray[np.float64],
    way: NDArray[np.float64],
    direction: int,
    triangles: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]],
) -> None:
    """Element-wise minimum of arcs in one direction and the ways down and up two others.

    ``triangles`` are the arcs, of which one may be there several times, the arcs
    that are driven down, and those that are driven up.
    """
    at, down, up = triangles
    seconds = time[1][down] + time[0][up]
    better = np.flatnonzero(seconds < time[direction][at])
    at, seconds = at[better], seconds[better]
    np.minimum.at(time[direction], at, seconds)
    won = np.flatnonzero(seconds == time[direction][at])
    best = better[won]
    way[direction][at[won]] = way[1][down[best]] + way[0][up[best]]


def _elimination_ranks(
    n_nodes: int, tail: NDArray[np.intp], head: NDArray[np.intp]
) -> NDArray[np.intp]:
    """The rank of every node in a minimum-degree elimination, as SuperLU orders a matrix."""
    ones = np.ones(len(tail))
    joined = csc_array((ones, (tail, head)), shape=(n_nodes, n_nodes))
    joined = ((joined + joined.T) > 0).astype(np.float64)
    # Weighty on the diagonal, so that the factorisation needs no pivot.
    degrees = np.asarray(joined.sum(axis=0))
    matrix = csc_array(diags_array(degrees + 1.0) - joined)
    # Only the order is wanted: with everything dropped it costs half of a factorisation.
    factors = spilu(
        matrix,
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        drop_tol=1.0,
        fill_factor=1.0,
        options={"SymmetricMode": True},
    )
    return np.asarray(factors.perm_c, dtype=np.intp)


def _contracted(
    n_nodes: int, low: NDArray[np.intp], high: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Parent, height, and arcs (pointers, higher ends) after contracting in order of rank.

    What a node leaves behind is handed to its lowest higher neighbour: the others
    are neighbours of that one from then on (Liu 1985).
    """
    above: list[set[int]] = [set() for _ in range(n_nodes)]
    for a, b in zip(low.tolist(), high.tolist(), strict=True):
        if a != b:
            above[a].add(b)
    parent = np.full(n_nodes, _TOP, dtype=np.intp)
    height = [0] * n_nodes
    count = np.zeros(n_nodes, dtype=np.intp)
    upper: list[int] = []
    for v in range(n_nodes):
        higher = sorted(above[v])
        above[v] = set()
        if not higher:
            continue
        lowest = higher[0]
        parent[v], count[v] = lowest, len(higher)
        height[lowest] = max(height[lowest], height[v] + 1)
        above[lowest].update(higher[1:])
        upper.extend(higher)
    first = np.concatenate([[0], np.cumsum(count)]).astype(np.intp)
    return parent, np.array(height, dtype=np.intp), first, np.array(upper, dtype=np.intp)


def _family(
    parent: list[int],
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Depth, entry and number below of every node, from the parents; parents rank higher."""
    n = len(parent)
    below = [1] * n
    for v, p in enumerate(parent):
        if p != _TOP:
            below[p] += below[v]
    depth, entry, free = [0] * n, [0] * n, [0] * n
    unused = 0
    for v in range(n - 1, -1, -1):
        p = parent[v]
        if p == _TOP:
            entry[v], unused = unused, unused + below[v]
        else:
            depth[v], entry[v] = depth[p] + 1, free[p]
            free[p] += below[v]
        free[v] = entry[v] + 1
    return np.array(depth), np.array(entry), np.array(below)


def _triangles(
    height: NDArray[np.intp], first: NDArray[np.intp], upper: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Every pair of higher neighbours of every node, nodes of one height together."""
    n = len(height)
    count = np.diff(first)
    lower = np.repeat(np.arange(n), count)
    key = lower * n + upper
    by_height = np.argsort(height, kind="stable")
    # One array for all, since there are a hundred times as many triangles as junctions.
    sides = np.empty((3, int((count * (count - 1) // 2).sum())), dtype=np.int32)
    level = [0]
    bounds = np.searchsorted(height[by_height], np.arange(height.max(initial=0) + 2))
    for start, stop in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        nodes = by_height[start:stop]
        arcs = np.repeat(first[nodes], count[nodes]) + _counted(count[nodes])
        # Arc a with every later arc b of the same node.
        later = first[lower[arcs] + 1] - arcs - 1
        a = np.repeat(arcs, later)
        b = a + 1 + _counted(later)
        of_level = sides[:, level[-1] : level[-1] + len(a)]
        of_level[:] = a, b, np.searchsorted(key, upper[a] * n + upper[b])
        level.append(level[-1] + len(a))
    return np.array(level, dtype=np.intp), sides[0], sides[1], sides[2]


def _counted(counts: NDArray[np.intp]) -> NDArray[np.intp]:
    """0, 1, ... up to each count in turn."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
