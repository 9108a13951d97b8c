"""Car times of a public router, beside ours on the same OpenStreetMap extract.

Run from the repository: ``python benchmarks/router_times.py EXTRACT [EXTRACT ...]``.
It needs OSRM (``pip install osrm-bindings``, wheels for Python 3.12 and newer); if
that lives in another environment, name its interpreter with ``--osrm-python``.
The graph is OSRM's own: the stock car profile that comes with it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from zoning.roads import PROFILES, RoadNetwork
from zoning.roads.sources import read_openstreetmap

PLACES = 30
SHORTEST_S = 60.0  # below it a second of rounding or a corner's snap decides the ratio
SNAPPED_M = 10.0  # a place that OSRM puts further away is on a street we do not have
SEED = 9

# What runs where OSRM is: builds the graph of argv[1] in argv[2], answers on stdout.
OSRM = r"""
import importlib.metadata, json, pathlib, subprocess, sys
import osrm
home = pathlib.Path(osrm.__file__).parent
graph = pathlib.Path(sys.argv[2]) / "car.osrm"
car = home / "share" / "profiles" / "car.lua"
for tool, *words in (
    ("osrm-extract", "-p", car, "-o", graph, sys.argv[1]),
    ("osrm-partition", graph),
    ("osrm-customize", graph),
):
    program = [home / "bin" / tool, *words]
    subprocess.run([str(word) for word in program], check=True, stdout=subprocess.DEVNULL)
engine = osrm.OSRM(algorithm="MLD", storage_config=str(graph), use_shared_memory=False)
places = [osrm.Coordinate((lon, lat)) for lon, lat in json.load(sys.stdin)]
found = engine.Table(osrm.TableParameters(coordinates=places, annotations=["duration"]))
print(json.dumps({
    "version": importlib.metadata.version("osrm-bindings"),
    "seconds": [[None if s is None else float(s) for s in row] for row in found["durations"]],
    "snapped_m": [float(place["distance"]) for place in found["sources"]],
}))
"""


def places_of(network: RoadNetwork) -> gpd.GeoDataFrame:
    """Junctions of streets at random, within the largest part where all lead to all."""
    n = len(network.node_ids)
    edges = coo_array(
        (np.ones(len(network.edge_from)), (network.edge_from, network.edge_to)), shape=(n, n)
    )
    _, part = connected_components(edges, directed=True, connection="strong")
    street = np.zeros(n, dtype=bool)
    street[network.edge_from[~np.isin(network.road_class, ("freeway", "ramp", "service"))]] = True
    usable = np.flatnonzero(street & (part == np.bincount(part).argmax()))
    some = np.random.default_rng(SEED).choice(usable, min(PLACES, len(usable)), replace=False)
    return gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(network.lon[some], network.lat[some], crs="EPSG:4326"),
        index=pd.Index([f"p{k:03d}" for k in range(len(some))], name="building_id"),
    )


def by_osrm(
    extract: Path, places: gpd.GeoDataFrame, python: str
) -> tuple[str, NDArray[np.float64], NDArray[np.float64]]:
    """OSRM's version, its seconds between the places, and how far it moved each, metres."""
    asked = json.dumps([[p.x, p.y] for p in places.geometry])
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [python, "-c", OSRM, str(extract), folder],
            input=asked,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise SystemExit(f"OSRM did not answer for {extract}:\n{done.stderr.strip()}")
    answer = json.loads(done.stdout.splitlines()[-1])
    return (
        answer["version"],
        np.array(answer["seconds"], dtype=float),
        np.array(answer["snapped_m"]),
    )


def compare(extract: Path, python: str) -> None:
    network = read_openstreetmap(extract)
    places = places_of(network)
    version, theirs, moved_m = by_osrm(extract, places, python)
    near = moved_m <= SNAPPED_M
    counted = near[:, None] & near[None, :] & (theirs >= SHORTEST_S) & np.isfinite(theirs)
    print(
        f"\n{extract.name}: {len(network.node_ids):,} junctions, {int(counted.sum()):,} pairs of "
        f"places; OSRM {version}, stock car profile, median {np.median(theirs[counted]):.0f} s"
    )
    print(f"{'ours / OSRM':<30}{'median':>8}{'10 %':>8}{'90 %':>8}")
    driven = {name: PROFILES[name] for name in ("free_flow", "midday", "emergency")}
    driven["midday, no delays"] = PROFILES["midday"].with_delays(())
    for label, profile in driven.items():
        ours = network.travel_times(places, profile=profile).seconds
        low, middle, high = np.quantile(ours[counted] / theirs[counted], (0.1, 0.5, 0.9))
        print(f"{label:<30}{middle:>8.2f}{low:>8.2f}{high:>8.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("extract", nargs="*", type=Path, help=".osm or .osm.pbf")
    parser.add_argument("--osrm-python", default=sys.executable)
    given = parser.parse_args()
    probe = [given.osrm_python, "-c", "import osrm"]
    if subprocess.run(probe, check=False, capture_output=True).returncode:
        print("skipped: OSRM is not installed here (pip install osrm-bindings; --osrm-python)")
    elif not given.extract:
        print("skipped: name one or more OpenStreetMap extracts")
    else:
        for extract in given.extract:
            compare(extract, given.osrm_python)


if __name__ == "__main__":
    main()
