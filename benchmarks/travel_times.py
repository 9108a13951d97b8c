"""The travel-time matrix against networkx: same graph, same buildings, one run.

Run from the repository: ``python benchmarks/travel_times.py``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from zoning.roads import PROFILES, Profile, RoadNetwork, read_network
from zoning.roads.access import AccessLegs, points_of, reach
from zoning.roads.routing import StreetGraph, matrix, street_graph
from zoning.schools import read_schools

T = TypeVar("T")
DATA = Path(__file__).parent.parent / "data"


def by_networkx(graph: StreetGraph, streets: nx.DiGraph[Any]) -> NDArray[np.float64]:
    """Seconds between buildings, one single-source Dijkstra a building."""
    seconds = np.full((len(graph.node_of), len(graph.node_of)), np.inf)
    for i, origin in enumerate(graph.node_of.tolist()):
        reached = nx.single_source_dijkstra_path_length(streets, origin, weight="seconds")
        for j, node in enumerate(graph.node_of.tolist()):
            seconds[i, j] = graph.leg_s[i] + reached.get(node, np.inf) + graph.leg_s[j]
    np.fill_diagonal(seconds, 0.0)
    return seconds


def timed(work: Callable[[], T]) -> tuple[T, float]:
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def run(network: RoadNetwork, legs: AccessLegs, profile: Profile) -> None:
    graph = street_graph(network, legs, profile)
    streets: nx.DiGraph[Any] = nx.DiGraph()
    edges = zip(graph.tail.tolist(), graph.head.tolist(), graph.seconds.tolist(), strict=True)
    streets.add_weighted_edges_from(edges, weight="seconds")

    (ours, _), our_s = timed(lambda: matrix(network, legs, profile))
    theirs, their_s = timed(lambda: by_networkx(graph, streets))
    print(f"{'ours: seconds, metres, graph':<34}{our_s:>9.3f}{1.0:>9.1f}")
    print(f"{'networkx: seconds only, no graph':<34}{their_s:>9.3f}{their_s / our_s:>9.1f}")
    print(f"largest difference {np.abs(ours - theirs).max():.1e} s")


def main() -> None:
    network = read_network(DATA)
    legs = reach(network, points_of(read_schools(DATA / "schools.geojson")))
    print(
        f"travel times, {len(legs.ids)} buildings, {len(network.node_ids):,} junctions, "
        f"one run, {os.cpu_count()} cores"
    )
    for profile in PROFILES.values():
        print(f"\n{profile.name:<34}{'seconds':>9}{'vs ours':>9}")
        run(network, legs, profile)


if __name__ == "__main__":
    main()
