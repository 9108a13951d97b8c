"""Both ways to compute a matrix, whatever the number of buildings."""

from __future__ import annotations

import sys
from typing import Any, Final, Literal
from unittest import mock

import geopandas as gpd

from zoning.roads import RoadNetwork, TravelTimes
from zoning.roads.travel import travel_times

Engine = Literal["dijkstra", "hierarchy"]
ENGINES: Final[tuple[Engine, ...]] = ("dijkstra", "hierarchy")


def times_by(
    engine: Engine, network: RoadNetwork, schools: gpd.GeoDataFrame, **options: Any
) -> TravelTimes:
    """The travel times of a network by one engine; options as for `RoadNetwork.travel_times`."""
    first = 0 if engine == "hierarchy" else sys.maxsize
    with mock.patch.object(travel_times, "HIERARCHY_FROM", first):
        return network.travel_times(schools, **options)
