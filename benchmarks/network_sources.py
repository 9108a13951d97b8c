"""Building and loading a street network, beside what others do with the same lines.

Run from the repository: ``python benchmarks/network_sources.py CENTRELINES``, where
CENTRELINES is a file with the columns SPEED (mph), ONEWAY and RDCLASS. With
``--osm FILE`` an OpenStreetMap extract is built too, beside OSMnx (``.osm``) or pyrosm
(``.pbf``) where they are installed; with ``--before FOLDER`` the library in another
checkout builds the centrelines in the same run. Times are CPU seconds.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import geopandas as gpd
import networkx as nx

from zoning.roads import RoadNetwork
from zoning.roads.saved import load_network, save_network
from zoning.roads.sources import BuildOptions, from_osmnx, read_centrelines, read_openstreetmap

T = TypeVar("T")
REPEATS = 3


def by_hand_in_networkx(path: Path) -> nx.MultiDiGraph[Any]:
    """The shortest script a planner would write: read, split at ends, weigh, one-way streets."""
    frame = gpd.read_file(path).explode().to_crs("EPSG:32616")
    graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph()
    for row in frame.itertuples():
        places = row.geometry.coords
        seconds = row.geometry.length / (row.SPEED * 1.609344 / 3.6)
        graph.add_edge(places[0], places[-1], seconds=seconds)
        if row.ONEWAY == "B":
            graph.add_edge(places[-1], places[0], seconds=seconds)
    return graph


def by_momepy(path: Path) -> nx.MultiDiGraph[Any] | None:
    """The directed graph of momepy.gdf_to_nx with its lengths; None if it is not installed."""
    try:
        import momepy  # noqa: PLC0415
    except ImportError:
        return None
    frame = gpd.read_file(path).explode().to_crs("EPSG:32616")
    frame["oneway"] = frame["ONEWAY"] != "B"
    graph: nx.MultiDiGraph[Any] = momepy.gdf_to_nx(frame, directed=True, oneway_column="oneway")
    return graph


def best(work: Callable[[], T]) -> tuple[T, float]:
    """The result and the shortest of a few runs, CPU seconds."""
    shortest = float("inf")
    for _ in range(REPEATS):
        start = time.process_time()
        result = work()
        shortest = min(shortest, time.process_time() - start)
    return result, shortest


def cpu_s(work: Callable[[], object]) -> float:
    """The least processor seconds of a few runs, those of other threads included."""
    least = float("inf")
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        least = min(least, time.process_time() - start)
    return least


def row(what: str, size: str, seconds: float, ours: float) -> None:
    print(f"{what:<44}{size:>18}{seconds:>10.2f}{seconds / ours:>9.2f}")


def size_of(network: RoadNetwork) -> str:
    return f"{len(network.node_ids):,} / {len(network.lines):,}"


BEFORE = """
import sys, time, warnings
warnings.simplefilter("ignore")
from zoning.roads.sources import read_centrelines
def build():
    start = time.process_time()
    read_centrelines(sys.argv[1], speed_unit="mph", crossings=sys.argv[2] == "yes")
    return time.process_time() - start
print(min(build() for _ in range(int(sys.argv[3]))))
"""


def before(path: Path, checkout: Path, *, crossings: bool) -> float:
    """CPU seconds of the same build by the library in another checkout."""
    words = [sys.executable, "-c", BEFORE, str(path.resolve()), "yes" if crossings else "no"]
    environment = {**os.environ, "PYTHONPATH": str(checkout.resolve())}
    done = subprocess.run(
        [*words, str(REPEATS)],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
        cwd=checkout,
    )
    return float(done.stdout.split()[-1])


def centrelines(path: Path, folder: Path, earlier: Path | None) -> None:
    network, ours = best(lambda: read_centrelines(path, speed_unit="mph"))
    row("ours: build, checked and reported", size_of(network), ours, ours)
    crossed, seconds = best(lambda: read_centrelines(path, speed_unit="mph", crossings=True))
    row("ours: build, noded at crossings too", size_of(crossed), seconds, ours)
    if earlier is not None:
        for what, met in (("build", False), ("build, noded at crossings too", True)):
            row(f"ours in {earlier.name}: {what}", "", before(path, earlier, crossings=met), ours)
    saved, seconds = best(lambda: save_network(network, folder / "built.streets", force=True))
    row("ours: save to one file", f"{saved.stat().st_size / 1e6:.1f} MB", seconds, ours)
    loaded, seconds = best(lambda: load_network(saved))
    row("ours: load, content checked", size_of(loaded), seconds, ours)
    print(f"loaded network is the same: {loaded.content_hash == network.content_hash}")
    graph, seconds = best(lambda: by_hand_in_networkx(path))
    row("networkx: by hand, nothing checked", f"{len(graph):,} nodes", seconds, ours)
    other, seconds = best(lambda: by_momepy(path))
    if other is not None:
        row("momepy.gdf_to_nx, no times", f"{len(other):,} nodes", seconds, ours)


def by_pyrosm(path: Path) -> Callable[[], object] | None:
    """Streets and their nodes as tables by pyrosm; None if it is not installed."""
    try:
        import pyrosm  # noqa: PLC0415
    except ImportError:
        return None
    return lambda: pyrosm.OSM(str(path)).get_network("driving", nodes=True)


def extract(path: Path) -> None:
    network, ours = best(lambda: read_openstreetmap(path))
    row("ours: build from the extract", size_of(network), ours, ours)
    other = by_pyrosm(path) if path.suffix == ".pbf" else None
    if other is not None:
        other()
        ratio = cpu_s(lambda: read_openstreetmap(path)) / cpu_s(other)
        print(
            f"processor time of ours to pyrosm's (no times, nothing merged or checked): {ratio:.2f}"
        )
    if path.suffix == ".osm":
        import osmnx  # noqa: PLC0415

        graph, seconds = best(lambda: osmnx.graph_from_xml(path, retain_all=True))
        row("OSMnx: graph_from_xml, no times", f"{len(graph):,} nodes", seconds, ours)
        plain = osmnx.graph_from_xml(path, retain_all=True, simplify=False)
        again, seconds = best(lambda: from_osmnx(plain, options=BuildOptions()))
        row("ours: from the graph of OSMnx", size_of(again), seconds, ours)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("centrelines", type=Path)
    parser.add_argument("--osm", type=Path)
    parser.add_argument("--before", type=Path, help="another checkout, to compare with")
    given = parser.parse_args()
    warnings.simplefilter("ignore", category=UserWarning)
    print(f"street networks, best of {REPEATS} runs, {os.cpu_count()} cores")
    print(f"{'':<44}{'junctions / links':>18}{'CPU s':>10}{'vs ours':>9}")
    with tempfile.TemporaryDirectory() as folder:
        centrelines(given.centrelines, Path(folder), given.before)
    if given.osm is not None:
        extract(given.osm)


if __name__ == "__main__":
    main()
