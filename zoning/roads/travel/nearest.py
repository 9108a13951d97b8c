"""Find the building from which each place on the streets is reached soonest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from zoning.roads.streets.streets import Streets
from zoning.roads.travel.access import MAX_ACCESS_M, join_buildings, points_of
from zoning.roads.travel.profiles import Profile, profile_named
from zoning.roads.travel.routing import StreetGraph, running_s, street_graph
from zoning.units import metres_per_second

SPACING_M: Final = 100.0
"""Default distance between places along a street, metres."""

# Places of shorter stretches would coincide with those of the next stretch.
_SHORTEST_M = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReachedPlaces:
    """Places along the streets, each with the building it is reached from soonest.

    Attributes
    ----------
    ids
        Building ids.
    x, y
        Shape (n_places,), metres in the network's CRS; the buildings come first,
        in the order of ``ids``.
    building
        Shape (n_places,), positions in ``ids``.
    seconds
        Shape (n_places,), seconds from that building.
    """

    ids: tuple[str, ...]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    building: NDArray[np.intp]
    seconds: NDArray[np.float64]


class _Samples(NamedTuple):
    """Sampled places: stretch, share along it, nearest building, seconds from there."""

    stretch: NDArray[np.intp]
    share: NDArray[np.float64]
    building: NDArray[np.intp]
    seconds: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Stretches:
    """Stretches of street or access leg, arrays of shape (n,).

    The two ends are reached in ``start_s`` and ``end_s`` from the buildings
    ``start_by`` and ``end_by``; the stretch is driven in ``forward_s`` from its
    start and ``backward_s`` from its end, ``inf`` where that is not allowed.
    """

    length_m: NDArray[np.float64]
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    start_by: NDArray[np.intp]
    end_by: NDArray[np.intp]
    forward_s: NDArray[np.float64]
    backward_s: NDArray[np.float64]

    def samples(self, spacing_m: float) -> _Samples:
        """Sample places along the stretches, each in the middle of the piece that it represents.

        A stretch whose ends belong to two buildings changes hands where both
        take equally long; no place represents the ends of two of them.
        """
        from_start = np.isfinite(self.start_s + self.forward_s)
        from_end = np.isfinite(self.end_s + self.backward_s)
        meet = from_start.astype(np.float64)
        both = np.flatnonzero(from_start & from_end & (self.start_by != self.end_by))
        there_and_back_s = self.forward_s[both] + self.backward_s[both]
        from_end_s = self.end_s[both] + self.backward_s[both]
        meet[both] = np.clip((from_end_s - self.start_s[both]) / there_and_back_s, 0.0, 1.0)

        stretch = np.tile(np.flatnonzero(from_start | from_end), 2)
        half = len(stretch) // 2
        first, second = stretch[:half], stretch[half:]
        low = np.concatenate([np.zeros(half), meet[second]])
        high = np.concatenate([meet[first], np.ones(half)])
        building = np.concatenate([self.start_by[first], self.end_by[second]])

        metres = (high - low) * self.length_m[stretch]
        count = np.ceil(metres / spacing_m).astype(np.intp) * (metres >= _SHORTEST_M)
        part = np.repeat(np.arange(len(stretch)), count)
        number = np.arange(len(part)) - np.repeat(np.cumsum(count) - count, count)
        share = low[part] + (high - low)[part] * (number + 0.5) / count[part]
        at = stretch[part]
        seconds = np.minimum(
            self.start_s[at] + share * self.forward_s[at],
            self.end_s[at] + (1.0 - share) * self.backward_s[at],
        )
        return _Samples(at, share, building[part], seconds)


def reached_places(
    network: Streets,
    schools: gpd.GeoDataFrame,
    *,
    profile: str | Profile = "emergency",
    spacing_m: float = SPACING_M,
    max_access_m: float = MAX_ACCESS_M,
) -> ReachedPlaces:
    """Places along the streets, each with the building it is reached from soonest.

    An officer drives from the building to the place: out along the access leg,
    then along the streets, in their direction. Between two places of a two-way
    street that belong to two buildings, the street changes hands where both
    take equally long. Streets that no building may be joined to (freeways and
    ramps by default) are driven but have no places, since nothing beside them is
    reached from there; nor has a street that no building reaches. Access legs
    and the buildings themselves are places too.

    Streets side by side need not meet in the network. Where it is quicker to get
    to a place from another one within ``spacing_m``, off the streets at the speed
    and with the detour of an access leg, the place goes with that one.

    Parameters
    ----------
    schools
        From `zoning.read_schools`, or buildings (index ``building_id``), no two
        at one point.
    profile
        A name in `zoning.roads.PROFILES`, or a `Profile`.
    spacing_m
        Longest stretch of street that one place represents, metres.
    max_access_m
        As for `RoadNetwork.travel_times`.

    Raises
    ------
    NetworkError
        As for `RoadNetwork.travel_times`.
    """
    chosen = profile_named(profile)
    points = points_of(schools)
    legs = join_buildings(network, points, max_access_m=max_access_m)
    graph = street_graph(network, legs, chosen)
    pieces = graph.pieces
    soonest_s, soonest_by = _search_soonest(graph)

    # Every link that buildings may be joined to, including slower parallel links.
    is_open = np.zeros(len(network.lines), dtype=bool)
    is_open[network.link_id] = ~np.isin(network.road_class, network.speeds.no_access_from)
    at = np.flatnonzero(is_open[pieces.link])
    link, low, share = pieces.link[at], pieces.low[at], (pieces.high - pieces.low)[at]
    backward_s, forward_s = _link_seconds(network, chosen)
    streets = _Stretches(
        length_m=shapely.length(network.lines[link]) * share,
        start_s=soonest_s[pieces.low_node[at]],
        end_s=soonest_s[pieces.high_node[at]],
        start_by=soonest_by[pieces.low_node[at]],
        end_by=soonest_by[pieces.high_node[at]],
        forward_s=forward_s[link] * share,
        backward_s=backward_s[link] * share,
    )
    street = streets.samples(spacing_m)
    along = low[street.stretch] + share[street.stretch] * street.share
    street_xy = _along(network, link[street.stretch], along)

    own = np.arange(len(legs.ids))
    access = _Stretches(
        length_m=legs.straight_m,
        start_s=np.zeros(len(own)),
        end_s=soonest_s[graph.pieces.node_of],
        start_by=own,
        end_by=soonest_by[graph.pieces.node_of],
        forward_s=graph.leg_s,
        backward_s=graph.leg_s,
    )
    leg = access.samples(spacing_m)
    home = shapely.get_coordinates(points.geometry.to_crs(network.crs).to_numpy())
    joins = _along(network, legs.link, legs.share)
    leg_xy = home[leg.stretch] + (joins - home)[leg.stretch] * leg.share[:, None]

    xy = np.concatenate([home, street_xy, leg_xy])
    by = np.concatenate([own, street.building, leg.building])
    reached_s = np.concatenate([np.zeros(len(own)), street.seconds, leg.seconds])
    kph = network.speeds.access_kph * chosen.access_factor / network.speeds.access_detour
    by, reached_s = _find_sooner_places(xy, by, reached_s, spacing_m, metres_per_second(kph))
    return ReachedPlaces(ids=legs.ids, x=xy[:, 0], y=xy[:, 1], building=by, seconds=reached_s)


def _along(
    network: Streets, link: NDArray[np.intp], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    points = shapely.line_interpolate_point(network.lines[link], share, normalized=True)
    return np.asarray(shapely.get_coordinates(points))


def _find_sooner_places(
    xy: NDArray[np.float64],
    building: NDArray[np.intp],
    seconds: NDArray[np.float64],
    within_m: float,
    metres_a_second: float,
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Find places that are reached sooner off the streets, from a nearby place."""
    pairs = cKDTree(xy).query_pairs(within_m, output_type="ndarray")
    place, beside = np.concatenate([pairs, pairs[:, ::-1]]).T
    off_street_m = np.linalg.norm(xy[place] - xy[beside], axis=1)
    via_s = seconds[beside] + off_street_m / metres_a_second
    order = np.lexsort((building[beside], via_s, place))
    found, first = np.unique(place[order], return_index=True)
    best = order[first]
    sooner = via_s[best] < seconds[found]
    building, seconds = building.copy(), seconds.copy()
    building[found[sooner]] = building[beside[best[sooner]]]
    seconds[found[sooner]] = via_s[best[sooner]]
    return building, seconds


def _search_soonest(graph: StreetGraph) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Seconds to every node of the street graph from its soonest building, and that building."""
    n_nodes, node_of = graph.pieces.n_nodes, graph.pieces.node_of
    n = n_nodes + len(node_of)
    homes = np.arange(n_nodes, n)
    tail = np.concatenate([graph.tail, homes])
    head = np.concatenate([graph.head, node_of]).astype(np.int32)
    pointers = np.searchsorted(tail, np.arange(n + 1)).astype(np.int32)
    weights = csr_array((np.concatenate([graph.seconds, graph.leg_s]), head, pointers), (n, n))
    seconds, _, source = dijkstra(weights, indices=homes, min_only=True, return_predecessors=True)
    return seconds[:n_nodes], source[:n_nodes].astype(np.intp) - n_nodes


def _link_seconds(network: Streets, profile: Profile) -> NDArray[np.float64]:
    """Seconds against each link and along it, shape (2, n_links), ``inf`` where not allowed."""
    edge_of = network.edges_of_links()
    return np.where(edge_of >= 0, running_s(network, profile)[edge_of], np.inf)
