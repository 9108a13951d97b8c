"""Quickest paths by Dijkstra's algorithm, between the points where buildings join the streets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from shapely.geometry import LineString
from shapely.ops import substring

from zoning.errors import NetworkError, UnreachableError, first_few
from zoning.roads.streets.antimeridian import in_degrees
from zoning.roads.streets.streets import Streets
from zoning.roads.travel.access import AccessLegs
from zoning.roads.travel.profiles import Profile, junction_delays
from zoning.units import metres_per_second

# Sources of one batch: with predecessors, 128 searches of 100,000 junctions take 150 MB.
_SOURCES_AT_ONCE = 128
# A power of two, so that scaling by it is exact; 2**53 / 2**30 is 97 days in seconds.
_TICKS_PER_UNIT = 2.0**30


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pieces:
    """The links of a network, split where buildings join; by link, from its start to its end.

    Attributes
    ----------
    n_nodes
        Junctions first, then the joining places.
    node_of
        Shape (n_buildings,), the node where each building joins. One that joins at a
        junction, or where another does, shares its node.
    link, low, high
        Shape (n_pieces,), the stretch of link that each piece is, as shares of it.
    low_node, high_node
        Shape (n_pieces,), the nodes at its ends.
    """

    n_nodes: int
    node_of: NDArray[np.intp]
    link: NDArray[np.intp]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    low_node: NDArray[np.intp]
    high_node: NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StreetGraph:
    """The pieces of the links as directed edges, weighed by a profile.

    Edges are sorted by (tail, head), one for each such pair, the quickest of
    any parallel streets.

    Attributes
    ----------
    pieces
        The pieces, whose nodes are those of the graph.
    leg_s
        Shape (n_buildings,), seconds of each access leg.
    tail, head, seconds, metres
        Shape (n_edges,); the seconds include the junction at the end.
    key
        Shape (n_edges,), ``tail * n_nodes + head``, rising.
    piece, along
        Shape (n_edges,), the piece that each edge is, and True where it runs as its
        link was given.
    """

    pieces: Pieces
    leg_s: NDArray[np.float64]
    tail: NDArray[np.intp]
    head: NDArray[np.intp]
    key: NDArray[np.intp]
    seconds: NDArray[np.float64]
    metres: NDArray[np.float64]
    piece: NDArray[np.intp]
    along: NDArray[np.bool_]

    def search(
        self, sources: NDArray[np.intp]
    ) -> Iterator[tuple[slice, NDArray[np.float64], NDArray[np.int32]]]:
        """Search from sources in batches; yield seconds to, and predecessor of, every node."""
        n = self.pieces.n_nodes
        pointers = np.searchsorted(self.tail, np.arange(n + 1)).astype(np.int32)
        weights = csr_array((self.seconds, self.head.astype(np.int32), pointers), shape=(n, n))
        for start in range(0, len(sources), _SOURCES_AT_ONCE):
            part = slice(start, min(start + _SOURCES_AT_ONCE, len(sources)))
            seconds, before = dijkstra(weights, indices=sources[part], return_predecessors=True)
            yield part, seconds, before

    def searches_from(
        self, nodes: NDArray[np.intp]
    ) -> Iterator[tuple[int, NDArray[np.float64], NDArray[np.int32]]]:
        """Search from each of ``nodes``; yield its position, and seconds and predecessors.

        Nodes that are equal are searched once, and come one after the other.
        """
        sources, source_of = np.unique(nodes, return_inverse=True)
        for part, seconds, before in self.search(sources):
            for row, source in enumerate(range(part.start, part.stop)):
                for k in np.flatnonzero(source_of == source).tolist():
                    yield k, seconds[row], before[row]

    def edges(self, tail: NDArray[np.intp], head: NDArray[np.intp]) -> NDArray[np.intp]:
        """Find the edge between each pair of nodes; every pair must have one."""
        return np.searchsorted(self.key, tail * self.pieces.n_nodes + head)


def split_links(network: Streets, legs: AccessLegs) -> Pieces:
    """Split the links where buildings join them."""
    start, end = network.link_ends()
    n_links, n_junctions = len(network.lines), len(network.node_ids)
    within = (legs.share > 0) & (legs.share < 1)
    places, place_of = np.unique(
        np.stack([legs.link[within].astype(np.float64), legs.share[within]], axis=1),
        axis=0,
        return_inverse=True,
    )
    node_of = np.where(legs.share == 0, start[legs.link], end[legs.link])
    node_of[within] = n_junctions + place_of.ravel()
    # Nodes along each link: its start, the joining places in order, its end.
    links = np.arange(n_links)
    link = np.concatenate([links, places[:, 0].astype(np.intp), links])
    share = np.concatenate([np.zeros(n_links), places[:, 1], np.ones(n_links)])
    node = np.concatenate([start, n_junctions + np.arange(len(places)), end])
    order = np.lexsort((share, link))
    link, share, node = link[order], share[order], node[order]
    low = np.flatnonzero(link[1:] == link[:-1])
    return Pieces(
        n_nodes=n_junctions + len(places),
        node_of=node_of,
        link=link[low],
        low=share[low],
        high=share[low + 1],
        low_node=node[low],
        high_node=node[low + 1],
    )


def street_graph(network: Streets, legs: AccessLegs, profile: Profile) -> StreetGraph:
    """Split the links where buildings join them, and weigh every edge by a profile."""
    pieces = split_links(network, legs)
    links = np.arange(len(network.lines))
    first = np.searchsorted(pieces.link, links)
    per_edge = np.bincount(pieces.link, minlength=len(links))[network.link_id]
    edge = np.repeat(np.arange(len(per_edge)), per_edge)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(per_edge) - per_edge, per_edge)
    at = first[network.link_id[edge]] + number
    along = network.along[edge]
    low, high = pieces.low[at], pieces.high[at]
    # Shares of the link at which the edge begins and ends, for between_shares.
    begins, ends = np.where(along, low, 1 - high), np.where(along, high, 1 - low)
    low_node, high_node = pieces.low_node[at], pieces.high_node[at]
    tail, head = np.where(along, low_node, high_node), np.where(along, high_node, low_node)
    seconds = between_shares(running_s(network, profile)[edge], begins, ends)
    reaches_junction = head < len(network.node_ids)
    seconds[reaches_junction] += round_to_ticks(
        junction_delays(network, profile)[edge[reaches_junction]]
    )

    kept = quickest_edges(tail, head, seconds)
    tail, head = tail[kept], head[kept]
    return StreetGraph(
        pieces=pieces,
        leg_s=leg_seconds(network, legs, profile),
        tail=tail,
        head=head,
        key=tail * pieces.n_nodes + head,
        seconds=seconds[kept],
        metres=between_shares(network.length_m[edge], begins, ends)[kept],
        piece=at[kept],
        along=along[kept],
    )


def quickest_edges(
    tail: NDArray[np.intp], head: NDArray[np.intp], seconds: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Positions of the quickest edge of each pair (tail, head), in ascending order of pairs."""
    order = np.lexsort((seconds, head, tail))
    tail, head = tail[order], head[order]
    quickest = np.ones(len(order), dtype=bool)
    quickest[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    return np.asarray(order[quickest])


def running_s(network: Streets, profile: Profile) -> NDArray[np.float64]:
    """Seconds of each edge at the profile's speed, without the delay at its end."""
    return network.travel_time_s / profile.factors_of(network.road_class, network.area)


def leg_seconds(network: Streets, legs: AccessLegs, profile: Profile) -> NDArray[np.float64]:
    """Seconds of each access leg."""
    access_kph = network.speeds.access_kph * profile.access_factor
    return np.asarray(legs.metres / metres_per_second(access_kph))


def round_to_ticks(amount: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round seconds or metres to whole multiples of 2**-30, about a billionth.

    Sums of such numbers are exact below 8 million, so that they do not depend on the
    order in which an engine adds them.
    """
    return np.asarray(np.rint(amount * _TICKS_PER_UNIT) / _TICKS_PER_UNIT)


def between_shares(
    amount: NDArray[np.float64],
    begins: NDArray[np.float64] | float,
    ends: NDArray[np.float64] | float,
) -> NDArray[np.float64]:
    """Seconds or metres between two shares of a link; the pieces of a link sum to the whole."""
    return round_to_ticks(amount * ends) - round_to_ticks(amount * begins)


def times_between(graph: StreetGraph) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Seconds and metres on the streets between all buildings, ``inf`` without a path.

    Dijkstra's algorithm from every place where a building joins.
    """
    sources, row_of = np.unique(graph.pieces.node_of, return_inverse=True)
    seconds = np.empty((len(sources), len(graph.pieces.node_of)))
    metres = np.empty_like(seconds)
    for part, reached, before in graph.search(sources):
        seconds[part] = reached[:, graph.pieces.node_of]
        metres[part] = _metres_driven(graph, before, seconds[part])
    return seconds[row_of], metres[row_of]


def _metres_driven(
    graph: StreetGraph, before: NDArray[np.int32], seconds: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Sum the metres of all quickest paths, following predecessors of all at once."""
    metres = np.where(np.isfinite(seconds), 0.0, np.inf)
    row, column = np.nonzero(np.isfinite(seconds))
    node = graph.pieces.node_of[column]
    while len(row):
        previous = before[row, node].astype(np.intp)
        on_the_way = previous >= 0
        row, column = row[on_the_way], column[on_the_way]
        previous, node = previous[on_the_way], node[on_the_way]
        metres[row, column] += graph.metres[graph.edges(previous, node)]
        node = previous
    return metres


def paths(
    network: Streets, legs: AccessLegs, pairs: Sequence[tuple[str, str]], profile: Profile
) -> gpd.GeoDataFrame:
    """Compute the table of `zoning.roads.RoadNetwork.paths`, which documents the errors."""
    position = {building: k for k, building in enumerate(legs.ids)}
    unknown = sorted({i for pair in pairs for i in pair} - position.keys())
    if unknown:
        raise NetworkError(f"{len(unknown)} ids are not buildings", [", ".join(first_few(unknown))])
    origin = np.array([position[a] for a, _ in pairs], dtype=np.intp)
    destination = np.array([position[b] for _, b in pairs], dtype=np.intp)

    graph = street_graph(network, legs, profile)
    seconds, ways = ways_between(graph, origin, destination)
    if np.isinf(seconds).any():
        raise UnreachableError(
            describe_unreachable(int(np.isinf(seconds).sum())),
            first_few(
                [
                    f"{pairs[k][0]} to {pairs[k][1]}"
                    for k in np.flatnonzero(np.isinf(seconds)).tolist()
                ]
            ),
            "Repair the street network there, or ask for other pairs.",
        )

    metres = np.empty(len(pairs))
    for k, back in enumerate(ways):
        # cumsum adds in sequence, as the matrix does, so that both agree to the last digit.
        streets = np.cumsum(graph.metres[back])[-1] if len(back) else 0.0
        metres[k] = legs.metres[origin[k]] + streets + legs.metres[destination[k]]
    at_home = origin == destination
    seconds[at_home] = 0.0
    metres[at_home] = 0.0
    forward = [back[::-1] for back in ways]
    trips = [*zip(origin.tolist(), destination.tolist(), forward, strict=True)]
    ids = [[pair[end] for pair in pairs] for end in (0, 1)]
    return gpd.GeoDataFrame(
        {"seconds": seconds, "metres": metres},
        geometry=_lines(network, legs, graph, trips),
        index=pd.MultiIndex.from_arrays(ids, names=["origin_id", "destination_id"]),
        crs="EPSG:4326",
    )


def describe_unreachable(pairs: int) -> str:
    """State how many pairs of buildings have no path between them, for messages."""
    of = "pair of buildings has" if pairs == 1 else "pairs of buildings have"
    return f"{pairs} {of} no way between them"


def ways_between(
    graph: StreetGraph, origin: NDArray[np.intp], destination: NDArray[np.intp]
) -> tuple[NDArray[np.float64], list[NDArray[np.intp]]]:
    """The quickest paths over the streets between buildings, by position.

    Returns seconds with access legs, ``inf`` without a path, and each path's edges, last first.
    """
    node_of = graph.pieces.node_of
    seconds = np.full(len(origin), np.inf)
    ways: list[NDArray[np.intp]] = [np.empty(0, dtype=np.intp)] * len(origin)
    for k, reached, before in graph.searches_from(node_of[origin]):
        node = int(node_of[destination[k]])
        seconds[k] = graph.leg_s[origin[k]] + reached[node] + graph.leg_s[destination[k]]
        ways[k] = _edges_back(graph, before, node)
    return seconds, ways


def _edges_back(graph: StreetGraph, before: NDArray[np.int32], node: int) -> NDArray[np.intp]:
    """Edges of the quickest path to a node, last first; none if it is the source."""
    nodes = [node]
    while before[nodes[-1]] >= 0:
        nodes.append(int(before[nodes[-1]]))
    way = np.array(nodes, dtype=np.intp)
    return graph.edges(way[1:], way[:-1])


def _lines(
    network: Streets,
    legs: AccessLegs,
    graph: StreetGraph,
    trips: Sequence[tuple[int, int, NDArray[np.intp]]],
) -> list[LineString]:
    """Lines in EPSG:4326 of trips (origin, destination, edges in driving order)."""
    used = {e for _, _, edges in trips for e in edges.tolist()}
    stretch = {e: _stretch(network, graph, e) for e in used}
    joins = shapely.line_interpolate_point(network.lines[legs.link], legs.share, normalized=True)
    start = shapely.get_coordinates(joins)
    streets = [
        _line_through(start[[a]], *(stretch[e] for e in edges.tolist())) for a, _, edges in trips
    ]
    degrees = gpd.GeoSeries(streets, crs=network.crs).to_crs("EPSG:4326")
    home = np.stack([legs.lon, legs.lat], axis=1)
    lines = [
        _line_through(home[[a]], shapely.get_coordinates(line) if a != b else home[[a]], home[[b]])
        for (a, b, _), line in zip(trips, degrees, strict=True)
    ]
    return list(in_degrees(gpd.GeoSeries(lines, crs="EPSG:4326")))


def _stretch(network: Streets, graph: StreetGraph, edge: int) -> NDArray[np.float64]:
    """Coordinates of the stretch of link that an edge is, in driving order."""
    piece = graph.piece[edge]
    line = network.lines[graph.pieces.link[piece]]
    low, high = graph.pieces.low[piece], graph.pieces.high[piece]
    if (low, high) != (0.0, 1.0):
        shares = (low, high) if graph.along[edge] else (high, low)
        return np.asarray(shapely.get_coordinates(substring(line, *shares, normalized=True)))
    whole: NDArray[np.float64] = shapely.get_coordinates(line)
    return whole if graph.along[edge] else whole[::-1]


def _line_through(*parts: NDArray[np.float64]) -> LineString:
    """Join coordinates to one line, without repeating the point where two parts meet."""
    xy = np.concatenate(parts)
    moves = np.ones(len(xy), dtype=bool)
    moves[1:] = (xy[1:] != xy[:-1]).any(axis=1)
    kept = xy[moves]
    return LineString(kept if len(kept) > 1 else np.repeat(kept, 2, axis=0))
