"""Building and loading a street network, beside what others do with the same lines.

Run from the repository: ``python benchmarks/network_sources.py [CENTRELINES]``, where
CENTRELINES is a file with the columns SPEED (mph), ONEWAY and RDCLASS; without one the
streets of Lexington are taken if they lie beside the checkout, else a made-up town.
With ``--osm FILE`` an OpenStreetMap extract is built too, beside OSMnx (``.osm``) or
pyrosm (``.pbf``) where they are installed; without it the extract that pyrosm ships.
``--before FOLDER`` builds all of it with the library in another checkout in the same
run; without it the library of one commit is taken out of the repository's history,
where it is. Times are CPU seconds.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import geopandas as gpd
import large_network
import networkx as nx
import numpy as np
import shapely
from travel_times import LEXINGTON, REPOSITORY

from zoning.roads import RoadNetwork
from zoning.roads.saved import load_network, save_network
from zoning.roads.sources import BuildOptions, from_osmnx, read_centrelines, read_openstreetmap

T = TypeVar("T")
REPEATS = 3
EARLIER = "a10210f"  # the last commit before reading streets was made faster
MADE_UP = 10_000  # junctions of the town that is made where there is no file


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
from zoning.roads.sources import read_centrelines, read_openstreetmap
def build():
    start = time.process_time()
    if sys.argv[2] == "osm":
        read_openstreetmap(sys.argv[1])
    else:
        read_centrelines(sys.argv[1], speed_unit="mph", crossings=sys.argv[2] == "crossings")
    return time.process_time() - start
print(min(build() for _ in range(int(sys.argv[3]))))
"""


def before(path: Path, checkout: Path, build: str) -> float:
    """CPU seconds of a build by another checkout: ``ends``, ``crossings`` or ``osm``."""
    words = [sys.executable, "-c", BEFORE, str(path.resolve()), build, str(REPEATS)]
    environment = {**os.environ, "PYTHONPATH": str(checkout.resolve())}
    done = subprocess.run(
        words, check=True, capture_output=True, text=True, env=environment, cwd=checkout
    )
    return float(done.stdout.split()[-1])


def earlier_library(folder: Path) -> Path | None:
    """The library of an earlier commit, unpacked into the folder; None if git does not have it."""
    archive = folder / "earlier.tar"
    words = ["git", "archive", "--output", str(archive), EARLIER, "zoning"]
    try:
        subprocess.run(words, check=True, capture_output=True, cwd=REPOSITORY)
    except (OSError, subprocess.CalledProcessError):
        return None
    checkout = folder / EARLIER
    shutil.unpack_archive(archive, checkout, filter="data")
    return checkout


def made_up(folder: Path) -> Path:
    """Centrelines of a made-up town as a county would send them."""
    network = large_network.metropolis(MADE_UP)
    frame = network.links_frame()
    is_arterial = (frame["road_class"] == "arterial").to_numpy()
    start, end = network.link_ends()
    gpd.GeoDataFrame(
        {
            "SPEED": np.where(is_arterial, 40, 25),
            "ONEWAY": frame["oneway"].to_numpy(),
            "RDCLASS": np.where(is_arterial, "arterial", "local"),
        },
        geometry=shapely.linestrings(
            np.stack(
                [np.stack([network.lon[ends], network.lat[ends]], axis=1) for ends in (start, end)],
                axis=1,
            )
        ),
        crs="EPSG:4326",
    ).to_file(folder / "made_up.shp")
    return folder / "made_up.shp"


def centrelines(path: Path, folder: Path, earlier: Path | None) -> None:
    network, ours = best(lambda: read_centrelines(path, speed_unit="mph"))
    row("ours: build, checked and reported", size_of(network), ours, ours)
    crossed, seconds = best(lambda: read_centrelines(path, speed_unit="mph", crossings=True))
    row("ours: build, noded at crossings too", size_of(crossed), seconds, ours)
    if earlier is not None:
        for build, now in (("ends", ours), ("crossings", seconds)):
            then = before(path, earlier, build)
            row(f"{earlier.name}: noded at {build}", "", then, ours)
            print(f"CPU time of ours to {earlier.name}'s, noded at {build}: {now / then:.2f}")
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
    # Its other engine keeps what it read on the disk, and does not read again.
    return lambda: pyrosm.OSM(str(path), engine="in_memory").get_network("driving", nodes=True)


def shipped_extract() -> Path | None:
    """The extract of central Helsinki that comes with pyrosm; None if that is not installed."""
    home = importlib.util.find_spec("pyrosm")
    if home is None or home.origin is None:
        return None
    path = Path(home.origin).parent / "data" / "Helsinki.osm.pbf"
    return path if path.is_file() else None


def extract(path: Path, earlier: Path | None) -> None:
    network, ours = best(lambda: read_openstreetmap(path))
    row(f"ours: build from {path.name}", size_of(network), ours, ours)
    if earlier is not None:
        then = before(path, earlier, "osm")
        row(f"{earlier.name}: build from {path.name}", "", then, ours)
        print(f"CPU time of ours to {earlier.name}'s: {ours / then:.2f}")
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
    parser.add_argument("centrelines", type=Path, nargs="?")
    parser.add_argument("--osm", type=Path, default=shipped_extract())
    parser.add_argument("--before", type=Path, help="another checkout, to compare with")
    given = parser.parse_args()
    warnings.simplefilter("ignore", category=UserWarning)
    print(f"street networks, best of {REPEATS} runs, {os.cpu_count()} cores")
    print(f"{'':<44}{'junctions / links':>18}{'CPU s':>10}{'vs ours':>9}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        earlier = given.before if given.before is not None else earlier_library(folder)
        lines = given.centrelines
        if lines is None:
            lines = LEXINGTON if LEXINGTON.exists() else made_up(folder)
        centrelines(lines, folder, earlier)
        if given.osm is None:
            print("OpenStreetMap: skipped, no --osm FILE and no pyrosm to bring one")
        else:
            extract(given.osm, earlier)


if __name__ == "__main__":
    main()
