"""Quickest ways: one graph of junctions and the places where buildings join it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from shapely.geometry import LineString
from shapely.ops import substring

from zoning.errors import DistrictNotice, NetworkError, UnreachableError, first_few
from zoning.roads.streets.antimeridian import in_degrees
from zoning.roads.travel.access import AccessLegs
from zoning.roads.travel.profiles import Profile
from zoning.roads.travel.travel_times import TravelTimes, no_way_in_words
from zoning.roads.travel.turns import junction_delays
from zoning.units import metres_per_second

if TYPE_CHECKING:
    from zoning.roads.road_network import RoadNetwork

_BATCH = 128
# A power of two, so that scaling by it is exact; 2**53 / 2**30 is 97 days in seconds.
_PER_UNIT = 2.0**30
_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StreetGraph:
    """The network with its links split where buildings join them.

    Edges are sorted by (tail, head), one for each such pair, the quickest of
    any parallel streets. A building that joins at a junction, or where another does,
    shares its node.

    Attributes
    ----------
    n_nodes
        Junctions first, then the joining places.
    node_of
        Shape (n_buildings,), the node where each building joins.
    leg_s
        Shape (n_buildings,), seconds of each access leg.
    tail, head, seconds, metres
        Shape (n_edges,); the seconds include the junction at the end.
    key
        Shape (n_edges,), ``tail * n_nodes + head``, rising.
    link, share_from, share_to
        Shape (n_edges,), the stretch of link each edge is; the shares fall
        where the edge runs against its link.
    """

    n_nodes: int
    node_of: NDArray[np.intp]
    leg_s: NDArray[np.float64]
    tail: NDArray[np.intp]
    head: NDArray[np.intp]
    key: NDArray[np.intp]
    seconds: NDArray[np.float64]
    metres: NDArray[np.float64]
    link: NDArray[np.intp]
    share_from: NDArray[np.float64]
    share_to: NDArray[np.float64]

    def search(
        self, sources: NDArray[np.intp]
    ) -> Iterator[tuple[slice, NDArray[np.float64], NDArray[np.int32]]]:
        """Seconds to and predecessor of every node, some sources at a time."""
        pointers = np.searchsorted(self.tail, np.arange(self.n_nodes + 1)).astype(np.int32)
        shape = (self.n_nodes, self.n_nodes)
        weights = csr_array((self.seconds, self.head.astype(np.int32), pointers), shape=shape)
        for start in range(0, len(sources), _BATCH):
            part = slice(start, min(start + _BATCH, len(sources)))
            seconds, before = dijkstra(weights, indices=sources[part], return_predecessors=True)
            yield part, seconds, before

    def edges(self, tail: NDArray[np.intp], head: NDArray[np.intp]) -> NDArray[np.intp]:
        """Position of the edge between each pair of nodes; every pair must have one."""
        return np.searchsorted(self.key, tail * self.n_nodes + head)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """One entry a pair: seconds, metres and a LineString in EPSG:4326."""

    seconds: NDArray[np.float64]
    metres: NDArray[np.float64]
    lines: list[LineString]


def street_graph(network: RoadNetwork, legs: AccessLegs, profile: Profile) -> StreetGraph:
    """Split the links where buildings join and weigh every edge by a profile."""
    start, end = network.link_ends()
    n_links, n_junctions = len(network.lines), len(network.node_ids)

    within = (legs.share > 0) & (legs.share < 1)
    places, joined = np.unique(
        np.stack([legs.link[within].astype(np.float64), legs.share[within]], axis=1),
        axis=0,
        return_inverse=True,
    )
    node_of = np.where(legs.share == 0, start[legs.link], end[legs.link])
    node_of[within] = n_junctions + joined.ravel()

    # Along each link: its start, the joining places in order, its end.
    mark_link = np.concatenate(
        [np.arange(n_links), places[:, 0].astype(np.intp), np.arange(n_links)]
    )
    mark_share = np.concatenate([np.zeros(n_links), places[:, 1], np.ones(n_links)])
    mark_node = np.concatenate([start, n_junctions + np.arange(len(places)), end])
    order = np.lexsort((mark_share, mark_link))
    mark_link, mark_share, mark_node = mark_link[order], mark_share[order], mark_node[order]
    piece = np.flatnonzero(mark_link[1:] == mark_link[:-1])
    first = np.searchsorted(mark_link[piece], np.arange(n_links))
    count = np.bincount(mark_link[piece], minlength=n_links)

    per_edge = count[network.link_id]
    edge = np.repeat(np.arange(len(per_edge)), per_edge)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(per_edge) - per_edge, per_edge)
    at = piece[first[network.link_id[edge]] + number]
    along = network.along[edge]
    # How far along the link, as it is driven, the edge begins and ends.
    begins = np.where(along, mark_share[at], 1 - mark_share[at + 1])
    ends = np.where(along, mark_share[at + 1], 1 - mark_share[at])
    tail = np.where(along, mark_node[at], mark_node[at + 1])
    head = np.where(along, mark_node[at + 1], mark_node[at])
    seconds = driven(running_s(network, profile)[edge], begins, ends)
    reaches_junction = head < n_junctions
    seconds[reaches_junction] += ticks(junction_delays(network, profile)[edge[reaches_junction]])

    order = np.lexsort((seconds, head, tail))
    tail, head = tail[order], head[order]
    quickest = np.ones(len(order), dtype=bool)
    quickest[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    kept = order[quickest]
    n_nodes = n_junctions + len(places)
    access_kph = network.speeds.access_kph * profile.access_factor
    return StreetGraph(
        n_nodes=n_nodes,
        node_of=node_of,
        leg_s=legs.metres / metres_per_second(access_kph),
        tail=tail[quickest],
        head=head[quickest],
        key=(tail * n_nodes + head)[quickest],
        seconds=seconds[kept],
        metres=driven(network.length_m[edge], begins, ends)[kept],
        link=network.link_id[edge][kept],
        share_from=np.where(along, mark_share[at], mark_share[at + 1])[kept],
        share_to=np.where(along, mark_share[at + 1], mark_share[at])[kept],
    )


def running_s(network: RoadNetwork, profile: Profile) -> NDArray[np.float64]:
    """Seconds of each edge at the profile's speed, without the junction it ends at."""
    return network.travel_time_s / profile.factors_of(network.road_class, network.area)


def ticks(amount: NDArray[np.float64]) -> NDArray[np.float64]:
    """Seconds or metres as whole multiples of 2**-30, about a billionth.

    Sums of such numbers are exact below 8 million, so that they do not depend on the
    order in which an engine adds them.
    """
    return np.asarray(np.rint(amount * _PER_UNIT) / _PER_UNIT)


def driven(
    amount: NDArray[np.float64],
    begins: NDArray[np.float64] | float,
    ends: NDArray[np.float64] | float,
) -> NDArray[np.float64]:
    """Seconds or metres of a link between two shares of it; pieces add up to the whole."""
    return ticks(amount * ends) - ticks(amount * begins)


def matrix(
    network: RoadNetwork, legs: AccessLegs, profile: Profile
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Seconds and metres between all buildings, shape (n, n) each, ``inf`` for no way.

    Two buildings that join the streets at one place are an access leg out and
    an access leg in apart.
    """
    graph = street_graph(network, legs, profile)
    sources, row_of = np.unique(graph.node_of, return_inverse=True)
    seconds = np.empty((len(sources), len(legs.ids)))
    metres = np.empty_like(seconds)
    for part, reached, before in graph.search(sources):
        seconds[part] = reached[:, graph.node_of]
        metres[part] = _metres_driven(graph, before, seconds[part])
    seconds = graph.leg_s[:, None] + seconds[row_of] + graph.leg_s[None, :]
    metres = legs.metres[:, None] + metres[row_of] + legs.metres[None, :]
    np.fill_diagonal(seconds, 0.0)
    np.fill_diagonal(metres, 0.0)
    return seconds, metres


def _metres_driven(
    graph: StreetGraph, before: NDArray[np.int32], seconds: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Metres along the quickest ways, walking all of them back at once."""
    metres = np.where(np.isfinite(seconds), 0.0, np.inf)
    row, column = np.nonzero(np.isfinite(seconds))
    node = graph.node_of[column]
    while len(row):
        previous = before[row, node].astype(np.intp)
        on_the_way = previous >= 0
        row, column = row[on_the_way], column[on_the_way]
        previous, node = previous[on_the_way], node[on_the_way]
        metres[row, column] += graph.metres[graph.edges(previous, node)]
        node = previous
    return metres


def warn_unreachable(times: TravelTimes) -> None:
    """Warn, naming buildings and pairs, if some have no way between them."""
    pairs = times.unreachable_pairs()
    if not pairs:
        return
    off = times.cut_off()
    shown = ", ".join(first_few([f"{a} to {b}" for a, b in pairs], _NAMED))
    warnings.warn(
        f"{no_way_in_words(len(pairs))}, their time is inf. "
        f"Cut off from the other {len(times.ids) - len(off)} in one direction or both: "
        f"{', '.join(first_few(off, _NAMED))}. Pairs: {shown}.",
        DistrictNotice,
        stacklevel=4,
    )


def paths(
    network: RoadNetwork, legs: AccessLegs, pairs: Sequence[tuple[str, str]], profile: Profile
) -> Paths:
    """The quickest way of every pair; errors as for `RoadNetwork.paths`."""
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
            no_way_in_words(int(np.isinf(seconds).sum())),
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
        # cumsum adds one by one, as the matrix does, so that both agree to the last digit.
        streets = np.cumsum(graph.metres[back])[-1] if len(back) else 0.0
        metres[k] = legs.metres[origin[k]] + streets + legs.metres[destination[k]]
    at_home = origin == destination
    seconds[at_home] = 0.0
    metres[at_home] = 0.0
    forward = [back[::-1] for back in ways]
    trips = [*zip(origin.tolist(), destination.tolist(), forward, strict=True)]
    lines = _drawn(network, legs, graph, trips)
    return Paths(seconds=seconds, metres=metres, lines=lines)


def ways_between(
    graph: StreetGraph, origin: NDArray[np.intp], destination: NDArray[np.intp]
) -> tuple[NDArray[np.float64], list[NDArray[np.intp]]]:
    """The quickest ways over the streets between buildings, by position.

    Returns
    -------
    tuple
        Seconds with access legs, ``inf`` for no way, and the edges of each way,
        last first.
    """
    sources, row_of = np.unique(graph.node_of[origin], return_inverse=True)
    seconds = np.full(len(origin), np.inf)
    ways: list[NDArray[np.intp]] = [np.empty(0, dtype=np.intp)] * len(origin)
    for part, reached, before in graph.search(sources):
        for k in np.flatnonzero((row_of >= part.start) & (row_of < part.stop)).tolist():
            row, node = int(row_of[k]) - part.start, int(graph.node_of[destination[k]])
            seconds[k] = graph.leg_s[origin[k]] + reached[row, node] + graph.leg_s[destination[k]]
            ways[k] = _edges_back(graph, before[row], node)
    return seconds, ways


def _edges_back(graph: StreetGraph, before: NDArray[np.int32], node: int) -> NDArray[np.intp]:
    """The edges of the quickest way to a node, last first; none if it is the source."""
    nodes = [node]
    while before[nodes[-1]] >= 0:
        nodes.append(int(before[nodes[-1]]))
    way = np.array(nodes, dtype=np.intp)
    return graph.edges(way[1:], way[:-1])


def _drawn(
    network: RoadNetwork,
    legs: AccessLegs,
    graph: StreetGraph,
    trips: Sequence[tuple[int, int, NDArray[np.intp]]],
) -> list[LineString]:
    """Lines in EPSG:4326 of trips (origin, destination, edges in driving order)."""
    used = {e for _, _, edges in trips for e in edges.tolist()}
    stretch = {e: _stretch(network, graph, e) for e in used}
    joins = shapely.line_interpolate_point(network.lines[legs.link], legs.share, normalized=True)
    start = shapely.get_coordinates(joins)
    streets = [_joined(start[[a]], *(stretch[e] for e in edges.tolist())) for a, _, edges in trips]
    degrees = gpd.GeoSeries(streets, crs=network.crs).to_crs("EPSG:4326")
    home = np.stack([legs.lon, legs.lat], axis=1)
    lines = [
        _joined(home[[a]], shapely.get_coordinates(line) if a != b else home[[a]], home[[b]])
        for (a, b, _), line in zip(trips, degrees, strict=True)
    ]
    return list(in_degrees(gpd.GeoSeries(lines, crs="EPSG:4326")))


def _stretch(network: RoadNetwork, graph: StreetGraph, edge: int) -> NDArray[np.float64]:
    """Coordinates of the stretch of link that an edge is, as it is driven."""
    line = network.lines[graph.link[edge]]
    there, here = graph.share_to[edge], graph.share_from[edge]
    if {there, here} == {0.0, 1.0}:
        whole: NDArray[np.float64] = shapely.get_coordinates(line)
        return whole if there > here else whole[::-1]
    part: NDArray[np.float64] = shapely.get_coordinates(
        substring(line, here, there, normalized=True)
    )
    return part


def _joined(*parts: NDArray[np.float64]) -> LineString:
    """One line through all coordinates, a place once where two parts meet."""
    xy = np.concatenate(parts)
    moves = np.ones(len(xy), dtype=bool)
    moves[1:] = (xy[1:] != xy[:-1]).any(axis=1)
    kept = xy[moves]
    return LineString(kept if len(kept) > 1 else np.repeat(kept, 2, axis=0))
