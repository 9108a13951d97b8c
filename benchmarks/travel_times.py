"""The travel-time matrix against scipy, networkx, OSMnx and RoutingKit, in one run.

First the table that a plan rests on, three profiles of 150 schools: by the algorithm that is
taken by default, preparation included, and by a search from every school.

Run from the repository: ``python benchmarks/travel_times.py [STREETS.shp]``. Street
centrelines of Lexington, or of any other place read with the same defaults, are a
second network if they are given or lie beside the checkout.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

import geopandas as gpd
import large_network
import numpy as np
import pandas as pd
from _routing_peers import Row, by_networkx, by_osmnx, by_routingkit, by_scipy, timed

from zoning.errors import DistrictNotice
from zoning.roads import PROFILES, Profile, RoadNetwork, read_network
from zoning.roads.sources import read_centrelines
from zoning.roads.travel import travel_times
from zoning.roads.travel.access import AccessLegs, join_buildings, points_of
from zoning.roads.travel.routing import street_graph
from zoning.schools import read_schools

REPOSITORY = Path(__file__).resolve().parent.parent
DATA = REPOSITORY / "data"
LEXINGTON = REPOSITORY.parent / "shared" / "data" / "lexington_streets" / "streets.shp"
LEXINGTON_CLASSES = {
    "1": "freeway", "2": "arterial", "3": "arterial", "4": "collector", "5": "collector",
    "6": "local", "7": "ramp", "8": "ramp", "69": "local", "0": "local",
}  # fmt: skip


Engine = Literal["default", "dijkstra", "hierarchy"]


@contextmanager
def engine_is(engine: Engine) -> Iterator[None]:
    """Compute every matrix by one engine, whatever the number of buildings."""
    usual = travel_times.HIERARCHY_FROM
    first = {"default": usual, "dijkstra": sys.maxsize, "hierarchy": 0}[engine]
    setattr(travel_times, "HIERARCHY_FROM", first)  # noqa: B010
    try:
        yield
    finally:
        setattr(travel_times, "HIERARCHY_FROM", usual)  # noqa: B010


def computed(
    network: RoadNetwork, legs: AccessLegs, profile: Profile, engine: Engine
) -> travel_times.Tables:
    with engine_is(engine):
        return travel_times.matrix(network, network.preparation, legs, profile)


def run(network: RoadNetwork, legs: AccessLegs, profile: Profile) -> None:
    graph = street_graph(network, legs, profile)
    (ours, _), ours_s = timed(lambda: computed(network, legs, profile, "dijkstra"))
    computed(network, legs, profile, "hierarchy")
    (also, _), hierarchy_s = timed(lambda: computed(network, legs, profile, "hierarchy"))
    header = f"{profile.name}, {len(legs.ids)} x {len(legs.ids)}"
    print(f"\n{header:<54}{'seconds':>10}{'vs ours':>10}{'differs s':>12}")
    rows: list[Row | None] = [
        Row(name="ours, dijkstra: seconds, metres, graph", seconds=ours_s),
        Row(
            name="ours, hierarchy once prepared: seconds, metres, graph",
            seconds=hierarchy_s,
            difference_s=float(np.abs(also - ours)[np.isfinite(ours)].max()),
        ),
        by_scipy(graph, ours),
        *(by_routingkit(network, graph, ours) or ()),
        by_networkx(graph, ours, origins=200),
        by_osmnx(graph, ours, pairs=200),
    ]
    for row in rows:
        if row is not None:
            row.show(ours_s)


PAIR: tuple[Engine, Engine] = ("dijkstra", "default")
PLANNED = ("school_arrival", "school_dismissal", "emergency")


def cpu_s(network: RoadNetwork, schools: gpd.GeoDataFrame, engine: Engine) -> float:
    """Processor seconds for three profiles on streets that nothing was prepared of; best of 3."""
    shortest = float("inf")
    for _ in range(3):
        fresh = replace(network)
        start = time.process_time()
        for profile in PLANNED:
            with engine_is(engine):
                fresh.travel_times(schools, profile=profile)
        shortest = min(shortest, time.process_time() - start)
    return shortest


def three_profiles(name: str, network: RoadNetwork, schools: gpd.GeoDataFrame) -> None:
    by_search, by_default = (cpu_s(network, schools, e) for e in PAIR)
    size = f"{name}: {len(network.node_ids):,} junctions, {len(schools):,} schools"
    print(f"{size:<64}{by_default:>8.2f}{by_search:>8.2f}{by_default / by_search:>8.2f}")


def tables() -> None:
    print(f"\n{'three profiles, CPU seconds':<64}{'default':>8}{'search':>8}{'ratio':>8}")
    three_profiles("Jefferson", read_network(DATA), read_schools(DATA / "schools.geojson"))
    for junctions in (10_000, 40_000):
        made_up = large_network.metropolis(junctions)
        three_profiles("made up", made_up, large_network.places(made_up, 150))


def jefferson() -> None:
    network = read_network(DATA)
    legs = join_buildings(network, points_of(read_schools(DATA / "schools.geojson")))
    print(f"Jefferson County as shipped: {len(network.node_ids):,} junctions")
    for profile in PROFILES.values():
        run(network, legs, profile)


def centrelines(path: Path) -> None:
    network, built_s = timed(
        lambda: read_centrelines(path, speed_unit="mph", classes=LEXINGTON_CLASSES)
    )
    print(f"\n{path.parent.name}: {len(network.node_ids):,} junctions, built in {built_s:.1f} s")
    three_profiles("its streets", network, beside_streets(network, 150))
    run(
        network,
        join_buildings(network, points_of(beside_streets(network, 80))),
        PROFILES["free_flow"],
    )


def beside_streets(network: RoadNetwork, count: int) -> gpd.GeoDataFrame:
    open_edges = ~np.isin(network.road_class, network.speeds.no_access_from)
    corners = np.unique(network.edge_from[open_edges])
    chosen = np.random.default_rng(0).choice(corners, count, replace=False)
    return gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(network.lon[chosen] + 5e-4, network.lat[chosen] + 5e-4),
        index=pd.Index([f"place {k}" for k in range(count)], name="building_id"),
        crs="EPSG:4326",
    )


def main() -> None:
    print(f"travel times, one run, {os.cpu_count()} cores")
    warnings.simplefilter("ignore", category=DistrictNotice)
    tables()
    jefferson()
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else LEXINGTON
    if path.exists():
        centrelines(path)
    else:
        print(f"\nstreet centrelines: skipped, {path.name} is not there")


if __name__ == "__main__":
    main()
