"""Compactness, diameter and contiguity of zones, on shapes whose figures are known."""

from __future__ import annotations

import math
from itertools import combinations, permutations

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from helpers.road_towns import CRS, EAST, GRID, GRID_LINKS, NORTH, degrees, town
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from zoning.district import District
from zoning.errors import NetworkError, PlanError
from zoning.roads.travel.travel_times import TravelTimes
from zoning.schools import schools_from_frame
from zoning.zones.areas import is_connected, zone_shapes
from zoning.zones.plan import Zone, ZonePlan

pytestmark = pytest.mark.slow

ROW = [(500.0, 500.0), (1500.0, 500.0), (2500.0, 500.0), (3500.0, 500.0)]


def schools_at(places: list[tuple[float, float]]) -> gpd.GeoDataFrame:
    at = degrees(places)
    return schools_from_frame(
        pd.DataFrame(
            {
                "school_id": [f"S{k}" for k in range(len(places))],
                "name": [f"School {k}" for k in range(len(places))],
                "level": "elementary",
                "latitude": at.y,
                "longitude": at.x,
            }
        ),
        campus_distance_m=0,
    )


def rectangle(west: float, south: float, east: float, north: float) -> BaseGeometry:
    whole = box(EAST + west, NORTH + south, EAST + east, NORTH + north)
    return gpd.GeoSeries([whole], crs=CRS).to_crs(4326).iloc[0]


def plan_of(**zones: tuple[str, ...]) -> ZonePlan:
    return ZonePlan(tuple(Zone(zone_id=k, building_ids=v) for k, v in zones.items()))


def no_time(n: int) -> TravelTimes:
    return TravelTimes.from_array(np.zeros((n, n)), [f"S{k}" for k in range(n)])


def test_squares_and_strips_have_the_compactness_of_the_textbook() -> None:
    """A square: pi/4 and 2/pi. A strip of 1 by 3: 12 pi / 64 and 3 / (pi 10 / 4)."""
    schools = schools_at(ROW)
    shapes = zone_shapes(
        plan_of(Square=("S0",), Strip=("S1", "S2", "S3")),
        schools,
        no_time(4),
        outline=rectangle(0, 0, 4000, 1000),
    )
    assert shapes.at["Square", "area_m2"] == pytest.approx(1e6, rel=1e-4)
    assert shapes.at["Strip", "area_m2"] == pytest.approx(3e6, rel=1e-4)
    assert shapes.at["Square", "polsby_popper"] == pytest.approx(math.pi / 4, rel=1e-4)
    assert shapes.at["Square", "reock"] == pytest.approx(2 / math.pi, rel=1e-4)
    assert shapes.at["Strip", "polsby_popper"] == pytest.approx(12 * math.pi / 64, rel=1e-4)
    assert shapes.at["Strip", "reock"] == pytest.approx(3 / (math.pi * 10 / 4), rel=1e-4)
    assert list(shapes["parts"]) == [1, 1]
    assert list(shapes["contiguous"]) == [True, True]
    assert shapes.crs.to_epsg() == 4326


def test_a_disc_is_as_compact_as_can_be() -> None:
    """Without an outline, the ground of one building is a disc of 1.5 km."""
    shapes = zone_shapes(plan_of(One=("S0",)), schools_at([(0.0, 0.0)]), no_time(1))
    assert shapes.at["One", "polsby_popper"] == pytest.approx(1, rel=0.01)
    assert shapes.at["One", "reock"] == pytest.approx(1, rel=0.01)


def test_a_zone_in_pieces_is_not_contiguous() -> None:
    shapes = zone_shapes(
        plan_of(Outer=("S0", "S3"), Inner=("S1", "S2")),
        schools_at(ROW),
        no_time(4),
        outline=rectangle(0, 0, 4000, 1000),
    )
    assert list(shapes["parts"]) == [2, 1]
    assert list(shapes["contiguous"]) == [False, True]
    # Two squares 2 km apart: 4 pi 2 / 8^2.
    assert shapes.at["Outer", "polsby_popper"] == pytest.approx(math.pi / 8, rel=1e-4)


def test_a_zone_without_ground_has_no_compactness() -> None:
    shapes = zone_shapes(
        plan_of(Here=("S0",), Away=("S1",)),
        schools_at([(500.0, 500.0), (9000.0, 500.0)]),
        no_time(2),
        outline=rectangle(0, 0, 1000, 1000),
    )
    away = shapes.loc["Away"]
    assert (away["area_m2"], away["parts"], away["contiguous"]) == (0, 0, True)
    assert math.isnan(away["polsby_popper"])
    assert math.isnan(away["reock"])


def test_the_diameter_is_the_longest_way_in_either_direction() -> None:
    seconds = np.zeros((4, 4))
    seconds[0, 1], seconds[1, 0], seconds[1, 2], seconds[0, 3] = 60, 300, 299, 900
    times = TravelTimes.from_array(seconds, ["S0", "S1", "S2", "S3"])
    shapes = zone_shapes(plan_of(A=("S0", "S1", "S2"), B=("S3",)), schools_at(ROW), times)
    assert shapes.at["A", "diameter_s"] == 300
    assert (shapes.at["A", "diameter_from"], shapes.at["A", "diameter_to"]) == ("S1", "S0")
    assert shapes.at["B", "diameter_s"] == 0
    assert shapes.loc["B", ["diameter_from", "diameter_to"]].isna().all()


def test_a_zone_with_no_way_between_has_no_end_to_its_diameter() -> None:
    seconds = np.array([[0.0, 60.0], [np.inf, 0.0]])
    times = TravelTimes.from_array(seconds, ["S0", "S1"])
    shapes = zone_shapes(plan_of(A=("S0", "S1")), schools_at(ROW[:2]), times)
    assert shapes.at["A", "diameter_s"] == np.inf
    assert shapes.at["A", "diameter_from"] == "S1"


def test_twins_at_one_place_are_a_pair_like_any_other() -> None:
    """No time between them: the diameter is 0, and it is between the two."""
    schools = schools_at([(0.0, 0.0), (0.0, 0.0)])
    apart = schools.assign(campus_id=list(schools.index))
    shapes = zone_shapes(plan_of(A=("S0", "S1")), apart, no_time(2))
    assert shapes.at["A", "diameter_s"] == 0
    assert shapes.at["A", "diameter_from"] == "S0"
    assert shapes.at["A", "contiguous"]


def test_buildings_without_travel_times_are_named() -> None:
    with pytest.raises(NetworkError, match="S3"):
        zone_shapes(plan_of(A=("S0", "S3")), schools_at(ROW), no_time(3))
    with pytest.raises(PlanError, match="S4"):
        zone_shapes(plan_of(A=("S0", "S4")), schools_at(ROW), no_time(3))


def test_with_streets_the_areas_are_by_travel_time() -> None:
    schools = schools_at([(0.0, 0.0), (2000.0, 0.0), (0.0, 2000.0), (2000.0, 2000.0)])
    network = town(GRID, GRID_LINKS)
    times = network.travel_times(schools)
    around = rectangle(-200, -200, 2200, 2200)
    shapes = zone_shapes(
        plan_of(South=("S0", "S1"), Diagonal=("S2",), Rest=("S3",)),
        schools,
        times,
        outline=around,
        network=network,
    )
    assert set(shapes["method"]) == {"travel time"}
    assert shapes["area_m2"].sum() == pytest.approx(2400**2, rel=1e-3)
    # 2,000 m at 10 m/s.
    assert shapes.at["South", "diameter_s"] == pytest.approx(200, rel=1e-4)
    assert list(shapes["contiguous"]) == [True, True, True]


def test_every_jefferson_zone_has_its_figures(jefferson: District) -> None:
    ids = sorted(jefferson.buildings.index)
    plan = ZonePlan.from_assignment({b: f"Zone {k // 5}" for k, b in enumerate(ids)})
    assert jefferson.network is not None
    times = jefferson.network.travel_times(jefferson.schools, profile="emergency")
    shapes = zone_shapes(
        plan, jefferson.schools, times, outline=jefferson.outline, network=jefferson.network
    )
    assert shapes[["polsby_popper", "reock"]].gt(0).all(axis=None)
    assert shapes[["polsby_popper", "reock"]].lt(1).all(axis=None)
    for zone in plan.zones:
        row = shapes.loc[zone.zone_id]
        longest = max(times.between(a, b) for a, b in permutations(zone.building_ids, 2))
        assert row["diameter_s"] == longest
        assert times.between(row["diameter_from"], row["diameter_to"]) == longest


@given(
    edges=st.lists(st.sampled_from(list(combinations("ABCDEFG", 2))), max_size=12, unique=True),
    chosen=st.sets(st.sampled_from("ABCDEFG"), min_size=1),
)
def test_connected_means_what_networkx_says(edges: list[tuple[str, str]], chosen: set[str]) -> None:
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from("ABCDEFG")
    graph.add_edges_from(edges)
    assert is_connected(chosen, edges) == nx.is_connected(graph.subgraph(chosen))
