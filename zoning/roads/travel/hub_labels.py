"""The travel-time matrix by hub labels over a customisable contraction hierarchy.

Junctions are contracted in the order of a minimum-degree elimination; every pair of a contracted
junction's remaining neighbours is joined by an arc. That depends on the streets alone and is
prepared once. A profile then weighs the arcs from the bottom up.

A building's label holds the quickest path up to, and down from, every junction above its link: a
few hundred of a hundred thousand. The quickest path between two buildings runs over a junction in
both labels, or along a link that they share.

Times are sums of the same seconds that Dijkstra's algorithm adds, in another order. Both
are whole multiples of a small power of two (`zoning.roads.travel.routing.round_to_ticks`), so that
the two agree to the last bit.

References
----------
Dibbelt, Strasser, Wagner (2016), Customizable contraction hierarchies, Journal of
Experimental Algorithmics 21, 1.5. Liu (1985), Modification of the minimum-degree
algorithm by multiple elimination, ACM Transactions on Mathematical Software 11, 141-153.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, diags_array
from scipy.sparse.linalg import spilu

from zoning.roads.streets.streets import Streets
from zoning.roads.travel.access import AccessLegs
from zoning.roads.travel.profiles import Profile, junction_delays
from zoning.roads.travel.routing import between_shares, quickest_edges, round_to_ticks, running_s

_UP, _DOWN = 0, 1
_TOP: Final = -1
"""Parent of a junction with nothing above it."""


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
        """Contract a graph; directions do not matter, and loops are ignored."""
        rank = _elimination_ranks(n_nodes, tail, head)
        low = np.minimum(rank[tail], rank[head])
        high = np.maximum(rank[tail], rank[head])
        parent, height, first, upper = _contract(n_nodes, low, high)
        depth, entry, below = _number_descendants(parent.tolist())
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
        """Find the arc between each pair of ranks, lower and higher; every pair must have one."""
        n = len(self.rank)
        lower = np.repeat(np.arange(n), np.diff(self.first))
        return np.searchsorted(lower * n + self.upper, low * n + high)

    def weigh(
        self,
        tail: NDArray[np.intp],
        head: NDArray[np.intp],
        seconds: NDArray[np.float64],
        metres: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Customise: seconds and metres up and down each arc, shape (2, n_arcs) each.

        ``tail`` and ``head`` are the directed edges; at most one a pair of junctions.
        """
        shape = (2, len(self.upper))
        time, way = np.full(shape, np.inf), np.full(shape, np.inf)
        low, high = self.rank[tail], self.rank[head]
        down = (low > high).astype(np.intp)
        arc = self.arcs(np.minimum(low, high), np.maximum(low, high))
        time[down, arc], way[down, arc] = seconds, metres
        for start, stop in zip(self.level[:-1].tolist(), self.level[1:].tolist(), strict=True):
            a, b, closed = (side[start:stop] for side in (self.side_a, self.side_b, self.closed))
            # The third arc upward: from the lower neighbour down to the junction, then up.
            _shorten(time, way, 0, (closed, a, b))
            _shorten(time, way, 1, (closed, b, a))
        return time, way


@dataclass(slots=True, eq=False)
class Preparation:
    """Caches the hierarchy of one set of streets."""

    _hierarchy: Hierarchy | None = field(default=None, init=False)

    def hierarchy(self, network: Streets) -> Hierarchy:
        """The hierarchy of a network, whose junctions and edges must be the same at every call."""
        if self._hierarchy is None:
            n_nodes = len(network.node_ids)
            self._hierarchy = Hierarchy.of(n_nodes, network.edge_from, network.edge_to)
        return self._hierarchy


def _shorten(
    time: NDArray[np.float64],
    way: NDArray[np.float64],
    direction: int,
    triangles: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]],
) -> None:
    """Relax arcs in one direction by the path down and up the other two arcs of each triangle.

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
    """Rank every node by a minimum-degree elimination, computed by SuperLU."""
    ones = np.ones(len(tail))
    joined = csc_array((ones, (tail, head)), shape=(n_nodes, n_nodes))
    joined = ((joined + joined.T) > 0).astype(np.float64)
    # A dominant diagonal avoids pivoting in the factorisation.
    degrees = np.asarray(joined.sum(axis=0))
    matrix = csc_array(diags_array(degrees + 1.0) - joined)
    # Only the order is needed; dropping all fill halves the time of the factorisation.
    factors = spilu(
        matrix,
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        drop_tol=1.0,
        fill_factor=1.0,
        options={"SymmetricMode": True},
    )
    return np.asarray(factors.perm_c, dtype=np.intp)


def _contract(
    n_nodes: int, low: NDArray[np.intp], high: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Contract in order of rank; return parents, heights and arcs (pointers, higher ends).

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


def _number_descendants(
    parent: list[int],
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Compute depth, entry and number of descendants of every node; parents rank higher."""
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
    """List every pair of higher neighbours of every node, grouped by the node's height."""
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
        arcs = np.repeat(first[nodes], count[nodes]) + _count_up(count[nodes])
        # Pair arc a with every later arc b of the same node.
        later = first[lower[arcs] + 1] - arcs - 1
        a = np.repeat(arcs, later)
        b = a + 1 + _count_up(later)
        of_level = sides[:, level[-1] : level[-1] + len(a)]
        of_level[:] = a, b, np.searchsorted(key, upper[a] * n + upper[b])
        level.append(level[-1] + len(a))
    return np.array(level, dtype=np.intp), sides[0], sides[1], sides[2]


def _count_up(counts: NDArray[np.intp]) -> NDArray[np.intp]:
    """Concatenate the ranges 0, 1, ... below each count."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Edges:
    """Weights by edge of the network: driving seconds, delay at its end, metres."""

    running_s: NDArray[np.float64]
    delay_s: NDArray[np.float64]
    metres: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Labels:
    """By depth and place: seconds and metres up to and down from the junction there.

    Attributes
    ----------
    seconds, metres
        Shape (2, n_depths, n_places), places in order of entry.
    nodes
        Ranks of all junctions above a place, lowest first.
    first, last
        Shape (n_nodes,): the places below each of ``nodes``, ``last`` not included.
    """

    seconds: NDArray[np.float64]
    metres: NDArray[np.float64]
    nodes: NDArray[np.intp]
    first: NDArray[np.intp]
    last: NDArray[np.intp]

    def spans(self) -> Iterator[tuple[int, int, int]]:
        """Each junction, lowest first, and the range of places below it."""
        return zip(self.nodes.tolist(), self.first.tolist(), self.last.tolist(), strict=True)


def times_between(
    network: Streets, hierarchy: Hierarchy, legs: AccessLegs, profile: Profile
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Seconds and metres on the streets between all buildings, ``inf`` for no way.

    The seconds are those of `zoning.roads.travel.routing.times_between`, to the last bit;
    of two ways that take the same seconds, the metres may be those of either.
    """
    edges = _Edges(
        running_s=running_s(network, profile),
        delay_s=round_to_ticks(junction_delays(network, profile)),
        metres=network.length_m,
    )
    places, place_of = np.unique(
        np.stack([legs.link.astype(np.float64), legs.share], axis=1), axis=0, return_inverse=True
    )
    link, share = places[:, 0].astype(np.intp), places[:, 1]
    # The lowest junction of a place's label: the lower end of its link, or its own junction.
    start, end = (hierarchy.rank[ends] for ends in network.link_ends())
    host = np.where(share == 0, start[link], np.minimum(start[link], end[link]))
    host = np.where(share == 1, end[link], host)
    order = np.argsort(hierarchy.entry[host], kind="stable")
    link, share = link[order], share[order]

    labels = _first_labels(network, hierarchy, edges, (link, share), host[order])
    _climb(hierarchy, _arc_weights(network, hierarchy, edges), labels)
    seconds, metres = _best_meetings(hierarchy, labels)
    _use_shared_links(network, edges, link, share, (seconds, metres))
    np.fill_diagonal(seconds, 0.0)
    np.fill_diagonal(metres, 0.0)
    position = np.argsort(order)[place_of.ravel()]
    at = np.ix_(position, position)
    return seconds[at], metres[at]


def _arc_weights(
    network: Streets, hierarchy: Hierarchy, edges: _Edges
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weigh every arc by the quickest edge between its two junctions."""
    seconds, metres = round_to_ticks(edges.running_s) + edges.delay_s, round_to_ticks(edges.metres)
    kept = quickest_edges(network.edge_from, network.edge_to, seconds)
    return hierarchy.weigh(
        network.edge_from[kept], network.edge_to[kept], seconds[kept], metres[kept]
    )


def _first_labels(
    network: Streets,
    hierarchy: Hierarchy,
    edges: _Edges,
    places: tuple[NDArray[np.intp], NDArray[np.float64]],
    host: NDArray[np.intp],
) -> _Labels:
    """Initialise the labels with the paths from every place to the ends of its link, and back.

    ``places`` are links and shares of them; ``host`` is the rank of the lowest junction
    above each.
    """
    link, share = places
    entry = hierarchy.entry[host]
    first = np.searchsorted(entry, hierarchy.entry)
    last = np.searchsorted(entry, hierarchy.entry + hierarchy.below)
    nodes = np.flatnonzero(last > first)
    shape = (2, int(hierarchy.depth[nodes].max(initial=0)) + 1, len(host))
    labels = _Labels(
        seconds=np.full(shape, np.inf),
        metres=np.full(shape, np.inf),
        nodes=nodes,
        first=first[nodes],
        last=last[nodes],
    )
    edge_of = network.edges_of_links()
    depth = [hierarchy.depth[hierarchy.rank[ends]] for ends in network.link_ends()]
    place = np.arange(len(link))
    for end, at_end in ((0, share == 0), (1, share == 1)):
        here = place[at_end]
        labels.seconds[:, depth[end][link[here]], here] = 0.0
        labels.metres[:, depth[end][link[here]], here] = 0.0
    within = (share > 0) & (share < 1)
    for along in (0, 1):
        # Along the link's direction: up to its end, down from its start; else reversed.
        here = place[within & (edge_of[along][link] >= 0)]
        edge = edge_of[along][link[here]]
        at = share[here] if along else 1 - share[here]
        reached, left = depth[along][link[here]], depth[1 - along][link[here]]
        labels.seconds[_UP, reached, here] = (
            between_shares(edges.running_s[edge], at, 1.0) + edges.delay_s[edge]
        )
        labels.metres[_UP, reached, here] = between_shares(edges.metres[edge], at, 1.0)
        labels.seconds[_DOWN, left, here] = between_shares(edges.running_s[edge], 0.0, at)
        labels.metres[_DOWN, left, here] = between_shares(edges.metres[edge], 0.0, at)
    return labels


def _climb(
    hierarchy: Hierarchy,
    weights: tuple[NDArray[np.float64], NDArray[np.float64]],
    labels: _Labels,
) -> None:
    """Propagate the labels of every junction to the junctions above it, lowest first."""
    arc_s, arc_m = weights
    for node, first, last in labels.spans():
        arcs = slice(hierarchy.first[node], hierarchy.first[node + 1])
        depth, above = hierarchy.depth[node], hierarchy.depth[hierarchy.upper[arcs]]
        # Both directions at once: shape (2, arcs, places).
        here = labels.seconds[:, None, depth, first:last]
        seconds = here + arc_s[:, arcs, None]
        known = labels.seconds[:, above, first:last]
        better = seconds < known
        if better.any():
            labels.seconds[:, above, first:last] = np.minimum(seconds, known)
            metres = labels.metres[:, None, depth, first:last] + arc_m[:, arcs, None]
            known = labels.metres[:, above, first:last]
            labels.metres[:, above, first:last] = np.where(better, metres, known)


def _best_meetings(
    hierarchy: Hierarchy, labels: _Labels
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Find, for every two places, the quickest path over a junction in both labels."""
    n = labels.seconds.shape[2]
    seconds, metres = np.full((n, n), np.inf), np.full((n, n), np.inf)
    for node, first, last in labels.spans():
        depth = hierarchy.depth[node]
        up, down = labels.seconds[:, depth, first:last]
        over = up[:, None] + down[None, :]
        block = seconds[first:last, first:last]
        better = over < block
        if better.any():
            block[better] = over[better]
            up, down = labels.metres[:, depth, first:last]
            metres[first:last, first:last][better] = (up[:, None] + down[None, :])[better]
    return seconds, metres


def _use_shared_links(
    network: Streets,
    edges: _Edges,
    link: NDArray[np.intp],
    share: NDArray[np.float64],
    matrix: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> None:
    """Use the direct stretch between two places on one link where it is quicker."""
    seconds, metres = matrix
    edge_of = network.edges_of_links()
    order = np.argsort(link, kind="stable")
    _, group_first = np.unique(link[order], return_index=True)
    for together in np.split(order, group_first[1:]):
        if len(together) < 2:
            continue
        for along in (0, 1):
            edge = edge_of[along, link[together[0]]]
            if edge < 0:
                continue
            onward = share[together] if along else 1 - share[together]
            begins, ends = onward[:, None], onward[None, :]
            at = np.ix_(together, together)
            # A place at the far end is the junction itself, so its delay counts.
            delay_s = np.where(onward == 1, edges.delay_s[edge], 0.0)
            direct = between_shares(edges.running_s[edge], begins, ends) + delay_s
            better = (ends > begins) & (direct < seconds[at])
            seconds[at] = np.where(better, direct, seconds[at])
            metres[at] = np.where(
                better, between_shares(edges.metres[edge], begins, ends), metres[at]
            )
