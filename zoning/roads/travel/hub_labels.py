"""The matrix by hierarchy: what every building sees above it, and where two of them meet.

A building's label holds the quickest way up to, and down from, every junction above
the link it joins. The quickest way between two buildings runs over a junction above
both, or along a link that they share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from zoning.roads.travel.access import AccessLegs
from zoning.roads.travel.hierarchy import Hierarchy, WeighedHierarchy
from zoning.roads.travel.profiles import Profile
from zoning.roads.travel.routing import driven, running_s, ticks
from zoning.roads.travel.turns import junction_delays
from zoning.units import metres_per_second

if TYPE_CHECKING:
    from zoning.roads.road_network import RoadNetwork

_UP, _DOWN = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Edges:
    """Weights by edge of the network: seconds driving, seconds at the end, metres."""

    running_s: NDArray[np.float64]
    delay_s: NDArray[np.float64]
    metres: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Places:
    """Where buildings join: link, share of it, and the rank of the lowest junction above.

    Sorted by the entry of that junction.
    """

    link: NDArray[np.intp]
    share: NDArray[np.float64]
    host: NDArray[np.intp]


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


def matrix(
    network: RoadNetwork, legs: AccessLegs, profile: Profile
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Seconds as `zoning.roads.travel.routing.matrix` finds them, to the last bit, and metres.

    Of two ways that take the same seconds, the engines may tell the metres of either.
    """
    hierarchy = network.preparation.hierarchy(
        len(network.node_ids), network.edge_from, network.edge_to
    )
    edges = _Edges(
        running_s=running_s(network, profile),
        delay_s=ticks(junction_delays(network, profile)),
        metres=network.length_m,
    )
    places, place_of = np.unique(
        np.stack([legs.link.astype(np.float64), legs.share], axis=1), axis=0, return_inverse=True
    )
    link, share = places[:, 0].astype(np.intp), places[:, 1]
    seconds, metres = _between(network, hierarchy, edges, link, share)

    access_kph = network.speeds.access_kph * profile.access_factor
    leg_s = legs.metres / metres_per_second(access_kph)
    at = np.ix_(place_of.ravel(), place_of.ravel())
    seconds = leg_s[:, None] + seconds[at] + leg_s[None, :]
    metres = legs.metres[:, None] + metres[at] + legs.metres[None, :]
    np.fill_diagonal(seconds, 0.0)
    np.fill_diagonal(metres, 0.0)
    return seconds, metres


def _between(
    network: RoadNetwork,
    hierarchy: Hierarchy,
    edges: _Edges,
    link: NDArray[np.intp],
    share: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Seconds and metres between places on links."""
    start, end = (hierarchy.rank[ends] for ends in network.link_ends())
    host = np.where(share == 0, start[link], np.minimum(start[link], end[link]))
    host = np.where(share == 1, end[link], host)
    order = np.argsort(hierarchy.entry[host], kind="stable")
    places = _Places(link=link[order], share=share[order], host=host[order])

    labels = _first_labels(network, hierarchy, edges, places)
    _climb(hierarchy, _weighed(network, hierarchy, edges), labels)
    seconds, metres = _met(hierarchy, labels)
    _along_shared_links(network, edges, places, seconds, metres)
    np.fill_diagonal(seconds, 0.0)
    np.fill_diagonal(metres, 0.0)
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return seconds[np.ix_(back, back)], metres[np.ix_(back, back)]


def _weighed(network: RoadNetwork, hierarchy: Hierarchy, edges: _Edges) -> WeighedHierarchy:
    """The hierarchy with the quickest edge between every two junctions."""
    seconds, metres = ticks(edges.running_s) + edges.delay_s, ticks(edges.metres)
    order = np.lexsort((seconds, network.edge_to, network.edge_from))
    tail, head = network.edge_from[order], network.edge_to[order]
    quickest = np.ones(len(order), dtype=bool)
    quickest[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    kept = order[quickest]
    return hierarchy.weighed(tail[quickest], head[quickest], seconds[kept], metres[kept])


def _first_labels(
    network: RoadNetwork, hierarchy: Hierarchy, edges: _Edges, places: _Places
) -> _Labels:
    """Labels with the ways from every place to the ends of its link, and back, alone."""
    entry = hierarchy.entry[places.host]
    first = np.searchsorted(entry, hierarchy.entry)
    last = np.searchsorted(entry, hierarchy.entry + hierarchy.below)
    nodes = np.flatnonzero(last > first)
    shape = (2, int(hierarchy.depth[nodes].max(initial=0)) + 1, len(places.host))
    labels = _Labels(
        seconds=np.full(shape, np.inf),
        metres=np.full(shape, np.inf),
        nodes=nodes,
        first=first[nodes],
        last=last[nodes],
    )
    link, share = places.link, places.share
    edge_of = edges_of_links(network)
    depth = [hierarchy.depth[hierarchy.rank[ends]] for ends in network.link_ends()]
    place = np.arange(len(link))
    for end, at_end in ((0, share == 0), (1, share == 1)):
        here = place[at_end]
        labels.seconds[:, depth[end][link[here]], here] = 0.0
        labels.metres[:, depth[end][link[here]], here] = 0.0
    within = (share > 0) & (share < 1)
    for along in (0, 1):
        # Driven as given: up to the link's end, down from its start; else the other way.
        here = place[within & (edge_of[along][link] >= 0)]
        edge = edge_of[along][link[here]]
        at = share[here] if along else 1 - share[here]
        reached, left = depth[along][link[here]], depth[1 - along][link[here]]
        labels.seconds[_UP, reached, here] = (
            driven(edges.running_s[edge], at, 1.0) + edges.delay_s[edge]
        )
        labels.metres[_UP, reached, here] = driven(edges.metres[edge], at, 1.0)
        labels.seconds[_DOWN, left, here] = driven(edges.running_s[edge], 0.0, at)
        labels.metres[_DOWN, left, here] = driven(edges.metres[edge], 0.0, at)
    return labels


def edges_of_links(network: RoadNetwork) -> NDArray[np.intp]:
    """The edge against each link and along it, shape (2, n_links), -1 where there is none."""
    edge_of = np.full((2, len(network.lines)), -1, dtype=np.intp)
    edge_of[network.along.astype(np.intp), network.link_id] = np.arange(len(network.link_id))
    return edge_of


def _climb(hierarchy: Hierarchy, weighed: WeighedHierarchy, labels: _Labels) -> None:
    """Carry the labels of every junction to the junctions above it, lowest first."""
    spans = zip(labels.nodes.tolist(), labels.first.tolist(), labels.last.tolist(), strict=True)
    for node, first, last in spans:
        arcs = slice(hierarchy.first[node], hierarchy.first[node + 1])
        depth, above = hierarchy.depth[node], hierarchy.depth[hierarchy.upper[arcs]]
        # Up and down at once: shape (2, arcs, places).
        here = labels.seconds[:, None, depth, first:last]
        seconds = here + weighed.seconds[:, arcs, None]
        known = labels.seconds[:, above, first:last]
        better = seconds < known
        if better.any():
            labels.seconds[:, above, first:last] = np.minimum(seconds, known)
            metres = labels.metres[:, None, depth, first:last] + weighed.metres[:, arcs, None]
            known = labels.metres[:, above, first:last]
            labels.metres[:, above, first:last] = np.where(better, metres, known)


def _met(hierarchy: Hierarchy, labels: _Labels) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The quickest way over any junction above both places, for every two places."""
    n = labels.seconds.shape[2]
    seconds, metres = np.full((n, n), np.inf), np.full((n, n), np.inf)
    spans = zip(labels.nodes.tolist(), labels.first.tolist(), labels.last.tolist(), strict=True)
    for node, first, last in spans:
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


def _along_shared_links(
    network: RoadNetwork,
    edges: _Edges,
    places: _Places,
    seconds: NDArray[np.float64],
    metres: NDArray[np.float64],
) -> None:
    """Take the stretch of link between two places on it where that is quickest."""
    link, share = places.link, places.share
    edge_of = edges_of_links(network)
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
            # A place at the far end is the junction itself, which costs what it costs.
            delay_s = np.where(onward == 1, edges.delay_s[edge], 0.0)
            direct = driven(edges.running_s[edge], begins, ends) + delay_s
            better = (ends > begins) & (direct < seconds[at])
            seconds[at] = np.where(better, direct, seconds[at])
            metres[at] = np.where(better, driven(edges.metres[edge], begins, ends), metres[at])
