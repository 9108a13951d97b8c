"""A made-up metropolis of 100,000 junctions and 1,000 buildings, prepared once.

Run from the repository: ``python benchmarks/large_network.py [JUNCTIONS [BUILDINGS]]``.
"""

from __future__ import annotations

import math
import os
import resource
import sys
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
from _routing_peers import Row, by_networkx, by_osmnx, by_routingkit, by_scipy, timed

from zoning.roads import PROFILES, RoadNetwork, SpeedTable
from zoning.roads.travel.access import AccessLegs, join_buildings, points_of
from zoning.roads.travel.routing import street_graph
from zoning.roads.travel.travel_times import matrix

SEED = 20_261_122
BLOCK_DEG = 0.0015
SPEEDS = SpeedTable.from_mapping(
    {("arterial", "urban"): 60.0, ("local", "urban"): 36.0}, note="made up"
)


def metropolis(junctions: int) -> RoadNetwork:
    """Crooked blocks of 165 m; every eighth street an arterial, 28 % of the others missing."""
    rng = np.random.default_rng(SEED)
    side = math.isqrt(junctions)
    at = np.arange(side * side).reshape(side, side)
    column, row = np.divmod(np.arange(side * side), side)
    lon = -85.7 + BLOCK_DEG * (column + rng.uniform(-0.25, 0.25, side * side)) * 1.27
    lat = 38.0 + BLOCK_DEG * (row + rng.uniform(-0.25, 0.25, side * side))
    start = np.concatenate([at[:-1].ravel(), at[:, :-1].ravel()])
    end = np.concatenate([at[1:].ravel(), at[:, 1:].ravel()])
    across = np.concatenate([row[at[:-1].ravel()], column[at[:, :-1].ravel()]])
    arterial = across % 8 == 0
    kept = arterial | (rng.random(len(start)) < 0.72)
    start, end, arterial = start[kept], end[kept], arterial[kept]
    points = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs="EPSG:4326").to_crs("EPSG:32616")
    x, y = points.x.to_numpy(), points.y.to_numpy()
    oneway = np.where(rng.random(len(start)) < 0.1, "FT", "B")
    return RoadNetwork.from_tables(
        pd.DataFrame({"junction_id": np.arange(side * side).astype(str), "lon": lon, "lat": lat}),
        pd.DataFrame(
            {
                "from_junction": start.astype(str),
                "to_junction": end.astype(str),
                "length_m": np.hypot(x[start] - x[end], y[start] - y[end]) * 1.02,
                "road_class": np.where(arterial, "arterial", "local"),
                "area": "urban",
                "oneway": np.where(arterial, "B", oneway),
            }
        ),
        speeds=SPEEDS,
        source="made up",
    )


def places(network: RoadNetwork, count: int) -> gpd.GeoDataFrame:
    rng = np.random.default_rng(SEED + 1)
    lon = rng.uniform(network.lon.min(), network.lon.max(), count)
    lat = rng.uniform(network.lat.min(), network.lat.max(), count)
    return gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(lon, lat),
        index=pd.Index([str(k) for k in range(count)], name="building_id"),
        crs="EPSG:4326",
    )


def buildings(network: RoadNetwork, count: int) -> AccessLegs:
    return join_buildings(network, points_of(places(network, count)))


def peak_mib() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def main() -> None:
    junctions, count = ([*map(int, sys.argv[1:]), 100_000, 1_000])[:2]
    network, built_s = timed(lambda: metropolis(junctions))
    legs, reach_s = timed(lambda: buildings(network, count))
    print(
        f"{len(network.node_ids):,} junctions, {len(network.lines):,} links, {count:,} buildings, "
        f"one run, {os.cpu_count()} cores; network made in {built_s:.1f} s, "
        f"buildings joined in {reach_s:.1f} s, {peak_mib():,.0f} MiB"
    )
    _, prepared_s = timed(lambda: network.preparation.hierarchy(network))
    free_flow = PROFILES["free_flow"]
    (ours, _), ours_s = timed(lambda: matrix(network, network.preparation, legs, free_flow))
    used = peak_mib()
    print(f"\n{'':<54}{'seconds':>10}{'vs ours':>10}{'differs s':>12}")
    Row(name="ours, hierarchy: preparation, once a network", seconds=prepared_s).show(ours_s)
    Row(name="ours, hierarchy: seconds, metres, weights", seconds=ours_s).show(ours_s)
    for name in ("school_arrival", "emergency"):
        _, again_s = timed(partial(matrix, network, network.preparation, legs, PROFILES[name]))
        Row(name=f"  the same for {name}", seconds=again_s).show(ours_s)
    graph = street_graph(network, legs, free_flow)
    rows = [
        *(by_routingkit(network, graph, ours) or ()),
        by_scipy(graph, ours),
        by_networkx(graph, ours, origins=10),
        by_osmnx(graph, ours, pairs=20),
    ]
    for row in rows:
        if row is not None:
            row.show(ours_s)
    print(f"\nmemory: {used:,.0f} MiB at most up to our answer")


if __name__ == "__main__":
    main()
