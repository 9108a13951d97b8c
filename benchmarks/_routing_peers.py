"""Other people's routing on our street graph: networkx, SciPy, OSMnx, RoutingKit.

The graph is ready before the clock starts, for all but RoutingKit, whose preparation
is a figure of its own. Where all pairs would take minutes, some are timed and the time
is scaled up, and the row says so.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, TypeVar

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from zoning.roads import RoadNetwork
from zoning.roads.travel.routing import StreetGraph

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a table: who, seconds for all pairs, largest difference to ours in seconds."""

    name: str
    seconds: float
    difference_s: float | None = None

    def show(self, ours_s: float) -> None:
        off = "" if self.difference_s is None else f"{self.difference_s:>12.1e}"
        print(f"{self.name:<54}{self.seconds:>10.3f}{self.seconds / ours_s:>10.1f}{off}")


def timed(work: Callable[[], T]) -> tuple[T, float]:
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def by_scipy(graph: StreetGraph, ours: NDArray[np.float64]) -> Row:
    """Seconds only, no way back, all buildings in one call."""
    nodes, shape = graph.pieces.node_of, (graph.pieces.n_nodes, graph.pieces.n_nodes)
    weights = csr_array((graph.seconds, (graph.tail, graph.head)), shape=shape)
    reached, seconds = timed(
        lambda: np.concatenate([dijkstra(weights, indices=[n])[:, nodes] for n in nodes.tolist()])
    )
    return Row(
        name="scipy dijkstra: seconds only",
        seconds=seconds,
        difference_s=_off(graph, reached, ours, range(len(graph.pieces.node_of))),
    )


def by_networkx(graph: StreetGraph, ours: NDArray[np.float64], *, origins: int) -> Row:
    """One single-source Dijkstra a building."""
    streets: nx.DiGraph[Any] = nx.DiGraph()
    streets.add_nodes_from(range(graph.pieces.n_nodes))
    edges = zip(graph.tail.tolist(), graph.head.tolist(), graph.seconds.tolist(), strict=True)
    streets.add_weighted_edges_from(edges, weight="seconds")
    n = len(graph.pieces.node_of)
    rows = range(min(origins, n))

    def search() -> NDArray[np.float64]:
        found = [
            nx.single_source_dijkstra_path_length(streets, node, weight="seconds")
            for node in graph.pieces.node_of[rows].tolist()
        ]
        return np.array([[f.get(t, np.inf) for t in graph.pieces.node_of.tolist()] for f in found])

    reached, seconds = timed(search)
    return Row(
        name="networkx: seconds only" + _scaled(len(rows), n, "origins"),
        seconds=seconds * n / len(rows),
        difference_s=_off(graph, reached, ours, rows),
    )


def by_osmnx(graph: StreetGraph, ours: NDArray[np.float64], *, pairs: int) -> Row | None:
    """`osmnx.routing.shortest_path` on one process: a list of nodes for each pair."""
    if find_spec("osmnx") is None:
        print("osmnx: skipped, it is not installed")
        return None
    import osmnx as ox  # noqa: PLC0415

    streets: Any = nx.MultiDiGraph(crs="EPSG:4326")
    streets.add_nodes_from(range(graph.pieces.n_nodes))
    for tail, head, s in zip(
        graph.tail.tolist(), graph.head.tolist(), graph.seconds.tolist(), strict=True
    ):
        streets.add_edge(tail, head, seconds=s)
    n = len(graph.pieces.node_of)
    rng = np.random.default_rng(0)
    origin, destination = (rng.integers(0, n, pairs) for _ in range(2))
    ends = [graph.pieces.node_of[k].tolist() for k in (origin, destination)]
    routes, seconds = timed(
        lambda: ox.routing.shortest_path(streets, *ends, weight="seconds", cpus=1)
    )
    off = 0.0
    for i, j, route in zip(origin.tolist(), destination.tolist(), routes, strict=True):
        if route is not None and i != j:
            total = sum(streets[a][b][0]["seconds"] for a, b in itertools.pairwise(route))
            off = max(off, abs(ours[i, j] - graph.leg_s[i] - graph.leg_s[j] - total))
    return Row(
        name="osmnx shortest_path: ways" + _scaled(pairs, n * n, "pairs"),
        seconds=seconds * n * n / pairs,
        difference_s=off,
    )


def by_routingkit(
    network: RoadNetwork, graph: StreetGraph, ours: NDArray[np.float64]
) -> tuple[Row, Row] | None:
    """Preparation (order and contraction), then weights and all pairs; seconds only."""
    if find_spec("routingkit_cch") is None:
        print("routingkit-cch: skipped, it is not installed")
        return None
    import routingkit_cch as kit  # noqa: PLC0415

    # Places where buildings join lie between the junctions, near enough for its order.
    lat, lon = (
        np.full(graph.pieces.n_nodes, network.lat.mean()),
        np.full(graph.pieces.n_nodes, network.lon.mean()),
    )
    lat[: len(network.lat)], lon[: len(network.lon)] = network.lat, network.lon
    tail, head = graph.tail.tolist(), graph.head.tolist()

    def prepare() -> Any:
        order = kit.compute_order_inertial(
            graph.pieces.n_nodes, tail, head, lat.tolist(), lon.tolist()
        )
        return kit.CCH(order, tail, head, False)

    def search() -> NDArray[np.float64]:
        metric = kit.CCHMetric(contracted, np.rint(graph.seconds * 1e4).astype(int).tolist())
        many = kit.CCHOneToMany(metric, graph.pieces.node_of.tolist())
        rows = [many.distances_from(node) for node in graph.pieces.node_of.tolist()]
        return np.array([[np.inf if d is None else d / 1e4 for d in row] for row in rows])

    contracted, prepared_s = timed(prepare)
    reached, seconds = timed(search)
    off = _off(graph, reached, ours, range(len(graph.pieces.node_of)))
    return (
        Row(name="routingkit: preparation", seconds=prepared_s),
        Row(name="routingkit: seconds only", seconds=seconds, difference_s=off),
    )


def _scaled(done: int, all_of_them: int, what: str) -> str:
    return "" if done == all_of_them else f" ({done} of {all_of_them:,} {what}, scaled)"


def _off(
    graph: StreetGraph, reached: NDArray[np.float64], ours: NDArray[np.float64], rows: range
) -> float:
    """Largest difference in seconds to our matrix, over pairs with a way."""
    at = np.array(rows)
    theirs = graph.leg_s[at][:, None] + reached + graph.leg_s[None, :]
    theirs[np.arange(len(at)), at] = 0.0
    known = np.isfinite(theirs) & np.isfinite(ours[at])
    if (np.isfinite(theirs) != np.isfinite(ours[at])).any():
        return float("inf")
    return float(np.abs(theirs[known] - ours[at][known]).max())
