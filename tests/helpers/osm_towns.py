"""Small towns as OpenStreetMap's objects, in files that the tests write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import osmium.osm.mutable as osm
from helpers.road_towns import degrees

from zoning.roads import RoadNetwork
from zoning.roads.sources import BuildOptions, read_openstreetmap
from zoning.roads.travel.profiles import approach_kinds

SUBURBAN = BuildOptions(area="suburban")
Nodes = Mapping[int, tuple[float, float]]
Way = tuple[Sequence[int], dict[str, str]]
GRID: Nodes = {10 * x + y: (500.0 * x, 500.0 * y) for x in range(4) for y in range(4)}


def way(*nodes: int, **tags: str) -> Way:
    return nodes, {"highway": "residential"} | tags


def extract(
    path: Path,
    nodes: Nodes,
    ways: Sequence[Way],
    *,
    tagged: Mapping[int, dict[str, str]] | None = None,
    restrictions: int = 0,
) -> Path:
    """A file in the order that OpenStreetMap keeps: nodes, ways, relations."""
    places = dict(zip(nodes, degrees(list(nodes.values())), strict=True))
    writer = osmium.SimpleWriter(str(path), overwrite=True)
    for number, place in sorted(places.items()):
        tags = (tagged or {}).get(number, {})
        writer.add_node(osm.Node(id=number, version=1, location=(place.x, place.y), tags=tags))
    for number, (members, tags) in enumerate(ways, start=1):
        writer.add_way(osm.Way(id=number, version=1, nodes=list(members), tags=tags))
    for number in range(1, restrictions + 1):
        tags = {"type": "restriction", "restriction": "no_left_turn"}
        writer.add_relation(
            osm.Relation(id=number, version=1, members=[("w", 1, "from")], tags=tags)
        )
    writer.close()
    return path


def built(tmp_path: Path, nodes: Nodes, ways: Sequence[Way], **options: Any) -> RoadNetwork:
    path = extract(tmp_path / "town.osm", nodes, ways)
    return read_openstreetmap(path, options=BuildOptions(**{"area": "suburban"} | options))


def count(network: RoadNetwork, code: str) -> int:
    assert network.report is not None
    return network.report.count(code)


def awaited(network: RoadNetwork) -> dict[tuple[str, str], str]:
    """What drivers wait for, by the junctions they come from and arrive at."""
    kinds = approach_kinds(network).tolist()
    ids = np.array(network.node_ids)
    ends = zip(ids[network.edge_from].tolist(), ids[network.edge_to].tolist(), strict=True)
    return {end: kind for end, kind in zip(ends, kinds, strict=True) if kind not in {"", "fork"}}
