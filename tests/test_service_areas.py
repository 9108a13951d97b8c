"""Zones as areas on the ground: they tile the district, and hold their buildings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from helpers.road_towns import CRS, EAST, GRID, GRID_LINKS, NORTH, buildings_at, degrees, link, town
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, box
from shapely.geometry.base import BaseGeometry

from zoning.district import District
from zoning.errors import NetworkError, PlanError
from zoning.roads import RoadNetwork
from zoning.roads.travel.nearest import reached_places
from zoning.schools import buildings, read_schools, schools_from_frame
from zoning.zones.areas import adjacent_buildings, building_areas, service_areas
from zoning.zones.plan import Zone, ZoneKind, ZonePlan

pytestmark = pytest.mark.slow

UTM = 32616
LAT, LON = 38.2, -85.7
OUTLINE = box(LON - 0.1, LAT - 0.1, LON + 0.1, LAT + 0.1)

Place = tuple[float, float]


def schools_at(places: Sequence[Place], *, campus_distance_m: float = 50.0) -> gpd.GeoDataFrame:
    """One school at each (degrees east, degrees north) of the middle of the town."""
    return schools_from_frame(
        pd.DataFrame(
            {
                "school_id": [f"S{k}" for k in range(len(places))],
                "name": [f"School {k}" for k in range(len(places))],
                "level": "elementary",
                "latitude": [LAT + north for _, north in places],
                "longitude": [LON + east for east, _ in places],
            }
        ),
        campus_distance_m=campus_distance_m,
    )


def plan_of(zones: Mapping[str, Sequence[str]]) -> ZonePlan:
    return ZonePlan(
        tuple(
            Zone(zone_id=zone_id, building_ids=tuple(sorted(members)))
            for zone_id, members in zones.items()
        )
    )


def by_size(schools: gpd.GeoDataFrame, size: int) -> ZonePlan:
    """Zones of consecutive buildings."""
    ids = sorted(buildings(schools).index)
    return plan_of({f"Zone {k // size + 1}": ids[k : k + size] for k in range(0, len(ids), size)})


def square_metres(geometry: BaseGeometry) -> float:
    return float(gpd.GeoSeries([geometry], crs=4326).to_crs(UTM).area.iloc[0])


def assert_tiled(areas: gpd.GeoDataFrame, outline: BaseGeometry) -> None:
    """No gap and no overlap: the parts add up to the whole, and to their union."""
    flat = areas.to_crs(UTM).geometry
    whole = square_metres(outline)
    assert flat.area.sum() == pytest.approx(whole, rel=1e-6)
    assert flat.union_all().area == pytest.approx(whole, rel=1e-6)
    for a, b in combinations(flat, 2):
        assert a.intersection(b).area < 1.0
    assert flat.is_valid.all()
    assert set(areas.geom_type) <= {"Polygon", "MultiPolygon"}


def assert_at_home(areas: gpd.GeoDataFrame, plan: ZonePlan, schools: gpd.GeoDataFrame) -> None:
    """Every building lies in its own zone's area and in no other."""
    places = buildings(schools).geometry
    for zone in plan.zones:
        for building in zone.building_ids:
            inside = areas.index[areas.covers(places[building])]
            assert list(inside) == [zone.zone_id], building


FOUR = [(-0.05, 0.0), (-0.02, 0.0), (0.02, 0.0), (0.05, 0.0)]


def test_two_zones_of_a_row_meet_half_way() -> None:
    schools = schools_at(FOUR)
    plan = plan_of({"West": ["S0", "S1"], "East": ["S2", "S3"]})
    areas = service_areas(plan, schools, outline=OUTLINE)
    west, south, east, north = areas.geometry["West"].bounds
    assert (west, south, north) == pytest.approx((LON - 0.1, LAT - 0.1, LAT + 0.1), abs=1e-4)
    assert east == pytest.approx(LON, abs=1e-4)
    assert areas.geometry["East"].bounds[0] == pytest.approx(LON, abs=1e-4)
    assert_tiled(areas, OUTLINE)
    assert_at_home(areas, plan, schools)


def test_the_table_is_in_the_plans_order_with_its_columns() -> None:
    schools = schools_at(FOUR)
    plan = ZonePlan(
        (
            Zone(zone_id="Z", building_ids=("S1", "S2", "S3"), high_school_id="H1"),
            Zone(zone_id="A", building_ids=("S0",), kind=ZoneKind.DEDICATED),
        )
    )
    areas = service_areas(plan, schools, outline=OUTLINE)
    assert areas.index.name == "zone_id"
    assert list(areas.index) == ["Z", "A"]
    assert set(areas.columns) == {"high_school_id", "kind", "buildings", "method", "geometry"}
    assert set(areas["method"]) == {"straight line"}
    assert list(areas["kind"]) == ["patrol", "dedicated"]
    assert list(areas["buildings"]) == [3, 1]
    assert areas.at["Z", "high_school_id"] == "H1"
    assert pd.isna(areas.at["A", "high_school_id"])
    assert areas.crs.to_epsg() == 4326
    assert_tiled(areas, OUTLINE)
    assert_at_home(areas, plan, schools)


def test_every_point_belongs_to_its_nearest_building() -> None:
    places = [(-0.06, 0.05), (0.01, 0.02), (0.04, -0.05), (-0.03, -0.07), (0.08, 0.08)]
    schools = schools_at(places)
    plan = plan_of({"One": ["S0", "S2", "S4"], "Two": ["S1", "S3"]})
    flat = service_areas(plan, schools, outline=OUTLINE).to_crs(UTM).geometry
    sites = buildings(schools).geometry.to_crs(UTM)
    rng = np.random.default_rng(5)
    east, north = rng.uniform(-0.099, 0.099, (2, 400))
    for point in gpd.GeoSeries(gpd.points_from_xy(LON + east, LAT + north), crs=4326).to_crs(UTM):
        away = sites.distance(point).sort_values()
        if away.iloc[1] - away.iloc[0] > 1:
            zone = plan.zone_of(str(away.index[0])).zone_id
            assert flat[zone].covers(point)


def test_a_zone_can_be_in_pieces() -> None:
    schools = schools_at(FOUR)
    plan = plan_of({"Outer": ["S0", "S3"], "Inner": ["S1", "S2"]})
    areas = service_areas(plan, schools, outline=OUTLINE)
    assert areas.geometry["Outer"].geom_type == "MultiPolygon"
    assert len(shapely.get_parts(areas.geometry["Outer"])) == 2
    assert_tiled(areas, OUTLINE)


def test_one_building_has_the_whole_district() -> None:
    schools = schools_at([(0.0, 0.0)])
    areas = service_areas(plan_of({"Zone 1": ["S0"]}), schools, outline=OUTLINE)
    assert_tiled(areas, OUTLINE)


def test_one_building_without_an_outline_has_a_disc() -> None:
    schools = schools_at([(0.0, 0.0)])
    areas = service_areas(plan_of({"Zone 1": ["S0"]}), schools)
    # 1.5 km around the point; a disc of straight edges is a little smaller.
    assert square_metres(areas.geometry["Zone 1"]) == pytest.approx(np.pi * 1500**2, rel=0.01)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_without_an_outline_the_areas_tile_the_ground_around_the_buildings(size: int) -> None:
    schools = schools_at([(-0.05, 0.01), (-0.02, 0.04), (0.02, -0.03), (0.05, 0.0), (0.0, 0.0)])
    plan = by_size(schools, size)
    areas = service_areas(plan, schools)
    flat = buildings(schools).geometry.to_crs(UTM)
    around = flat.union_all().convex_hull.buffer(1500)
    assert_tiled(areas, gpd.GeoSeries([around], crs=UTM).to_crs(4326).iloc[0])
    assert_at_home(areas, plan, schools)


def test_buildings_at_one_place_in_one_zone() -> None:
    schools = schools_at([(-0.05, 0.0), (-0.05, 0.0), (0.05, 0.0)], campus_distance_m=0)
    apart = schools.assign(campus_id=list(schools.index))
    plan = plan_of({"West": ["S0", "S1"], "East": ["S2"]})
    areas = service_areas(plan, apart, outline=OUTLINE)
    assert list(areas["buildings"]) == [2, 1]
    assert_tiled(areas, OUTLINE)


def test_all_buildings_at_one_place() -> None:
    schools = schools_at([(0.0, 0.0)] * 3)
    apart = schools.assign(campus_id=list(schools.index))
    areas = service_areas(plan_of({"Zone 1": ["S0", "S1", "S2"]}), apart, outline=OUTLINE)
    assert_tiled(areas, OUTLINE)


def test_a_building_outside_the_outline_still_claims_what_is_nearest_to_it() -> None:
    schools = schools_at([(-0.05, 0.0), (0.13, 0.0)])
    plan = plan_of({"In": ["S0"], "Out": ["S1"]})
    areas = service_areas(plan, schools, outline=OUTLINE)
    assert_tiled(areas, OUTLINE)
    assert areas.geometry["Out"].bounds[0] == pytest.approx(LON + 0.04, abs=1e-3)


def test_an_outline_of_two_islands() -> None:
    islands = shapely.union_all(
        [
            box(LON - 0.1, LAT - 0.1, LON - 0.01, LAT + 0.1),
            box(LON + 0.03, LAT, LON + 0.1, LAT + 0.1),
        ]
    )
    schools = schools_at(FOUR)
    plan = by_size(schools, 2)
    areas = service_areas(plan, schools, outline=islands)
    assert_tiled(areas, islands)


def test_the_schools_and_the_outline_are_not_changed() -> None:
    schools = schools_at(FOUR)
    before = schools.copy(deep=True)
    outline = box(*OUTLINE.bounds)
    service_areas(by_size(schools, 2), schools, outline=outline)
    pd.testing.assert_frame_equal(pd.DataFrame(schools), pd.DataFrame(before))
    assert outline.equals_exact(OUTLINE, 0)


@settings(max_examples=25)
@given(
    places=st.lists(
        st.tuples(st.integers(-40, 40), st.integers(-40, 40)), min_size=1, max_size=12, unique=True
    ),
    size=st.integers(1, 4),
)
def test_any_town_is_tiled(places: list[tuple[int, int]], size: int) -> None:
    """Also where buildings stand in a row or at the corners of squares."""
    schools = schools_at([(x / 500, y / 500) for x, y in places])
    plan = by_size(schools, size)
    areas = service_areas(plan, schools, outline=OUTLINE)
    assert_tiled(areas, OUTLINE)
    assert_at_home(areas, plan, schools)


def test_jefferson_is_tiled(jefferson: District) -> None:
    outline = jefferson.outline
    assert outline is not None
    plan = by_size(jefferson.schools, 5)
    areas = service_areas(plan, jefferson.schools, outline=outline)
    assert len(areas) == 29
    assert_tiled(areas, outline)
    places = jefferson.buildings.geometry
    for building, place in places[places.within(outline)].items():
        zone = plan.zone_of(str(building)).zone_id
        assert areas.geometry[zone].covers(place)


def test_the_small_district_without_an_outline(shared_data: Path) -> None:
    schools = read_schools(shared_data / "ccs_schools.csv")
    plan = by_size(schools, 3)
    areas = service_areas(plan, schools)
    assert list(areas["buildings"]) == [3, 3, 3]
    assert_at_home(areas, plan, schools)
    assert areas.crs.to_epsg() == 4326
    places = buildings(schools).geometry
    assert areas.union_all().contains(shapely.MultiPoint([Point(p.x, p.y) for p in places]))


def test_an_outline_that_is_no_area_is_refused() -> None:
    schools = schools_at(FOUR)
    plan = by_size(schools, 2)
    bow_tie = shapely.Polygon([(LON, LAT), (LON + 1, LAT + 1), (LON + 1, LAT), (LON, LAT + 1)])
    for outline, why in (
        (shapely.Polygon(), "it is empty"),
        (Point(LON, LAT), "it is a Point"),
        (bow_tie, "Self-intersection"),
    ):
        with pytest.raises(PlanError, match=why):
            service_areas(plan, schools, outline=outline)


def test_buildings_the_schools_do_not_have_are_named() -> None:
    schools = schools_at(FOUR)
    with pytest.raises(PlanError, match="X1, X2"):
        building_areas(["S0", "X1", "X2"], schools)
    with pytest.raises(PlanError, match="named twice\n  S1"):
        building_areas(["S1", "S0", "S1"], schools)
    with pytest.raises(PlanError, match="no building"):
        building_areas([], schools)


# Neighbours


def test_neighbours_in_a_row() -> None:
    areas = building_areas(["S3", "S1", "S0", "S2"], schools_at(FOUR), outline=OUTLINE)
    assert list(areas.index) == ["S3", "S1", "S0", "S2"]
    assert adjacent_buildings(areas) == (("S0", "S1"), ("S1", "S2"), ("S2", "S3"))


def test_areas_that_meet_in_a_corner_are_not_neighbours() -> None:
    """Nine buildings in a square grid: 12 borders, and no diagonal."""
    schools = grid_schools([(1000.0 * x, 1000.0 * y) for x in range(3) for y in range(3)])
    areas = building_areas([f"S{k}" for k in range(9)], schools)
    pairs = adjacent_buildings(areas)
    assert len(pairs) == 12
    assert ("S0", "S4") not in pairs
    assert ("S1", "S4") in pairs


def test_buildings_at_one_point_are_neighbours_and_share_theirs() -> None:
    schools = schools_at([(-0.05, 0.0), (0.0, 0.0), (0.0, 0.0), (0.05, 0.0)], campus_distance_m=0)
    apart = schools.assign(campus_id=list(schools.index))
    areas = building_areas(["S0", "S1", "S2", "S3"], apart, outline=OUTLINE)
    assert adjacent_buildings(areas) == (
        ("S0", "S1"),
        ("S0", "S2"),
        ("S1", "S2"),
        ("S1", "S3"),
        ("S2", "S3"),
    )


def test_a_building_without_ground_has_no_neighbours() -> None:
    schools = schools_at([(-0.05, 0.0), (0.05, 0.0), (0.4, 0.0)])
    areas = building_areas(["S0", "S1", "S2"], schools, outline=OUTLINE)
    assert areas.geometry["S2"].is_empty
    assert adjacent_buildings(areas) == (("S0", "S1"),)


def test_neighbours_do_not_reach_across_water() -> None:
    islands = box(LON - 0.1, LAT - 0.1, LON - 0.01, LAT + 0.1).union(
        box(LON + 0.01, LAT - 0.1, LON + 0.1, LAT + 0.1)
    )
    areas = building_areas(["S0", "S1", "S2", "S3"], schools_at(FOUR), outline=islands)
    assert adjacent_buildings(areas) == (("S0", "S1"), ("S2", "S3"))


# By travel time


def grid_schools(places: Sequence[Place]) -> gpd.GeoDataFrame:
    """One school at each place, metres east and north of the town of `road_towns`."""
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


def outline_of(west: float, south: float, east: float, north: float) -> BaseGeometry:
    whole = box(EAST + west, NORTH + south, EAST + east, NORTH + north)
    return gpd.GeoSeries([whole], crs=CRS).to_crs(4326).iloc[0]


def owner_at(areas: gpd.GeoDataFrame, east: float, north: float) -> str:
    (name,) = areas.index[areas.to_crs(CRS).covers(Point(EAST + east, NORTH + north))]
    return str(name)


STREET = town({"W": (0.0, 0.0), "E": (4000.0, 0.0)}, [link("W", "E", 4000.0)])
AROUND_STREET = outline_of(-1000, -1500, 5000, 1500)


def test_the_street_changes_hands_where_both_take_equally_long() -> None:
    """One street of 400 s; S1 first drives 900 m to it at 5 m/s, so it gives up 900 m."""
    schools = grid_schools([(0.0, 0.0), (4000.0, 900.0)])
    areas = building_areas(
        ["S0", "S1"], schools, outline=AROUND_STREET, network=STREET, profile="free_flow"
    )
    assert set(areas["method"]) == {"travel time"}
    assert owner_at(areas, 2840, 0) == "S0"
    assert owner_at(areas, 2960, 0) == "S1"
    assert_tiled(areas, AROUND_STREET)


def test_the_profile_counts() -> None:
    """At 1.35 times the speed, but not on the leg of 180 s, the street is 2,000 + 1,215 m S0's."""
    schools = grid_schools([(0.0, 0.0), (4000.0, 900.0)])
    areas = building_areas(["S0", "S1"], schools, outline=AROUND_STREET, network=STREET)
    assert owner_at(areas, 3160, 0) == "S0"
    assert owner_at(areas, 3270, 0) == "S1"


def test_the_officer_drives_from_the_building_in_the_direction_of_the_streets() -> None:
    """A one-way ring W -> E -> N -> W: ground behind a building is reached the long way round."""
    ring = town(
        {"W": (0.0, 0.0), "E": (4000.0, 0.0), "N": (2000.0, 3000.0)},
        [
            link("W", "E", 4000.0, oneway="FT"),
            link("E", "N", 3606.0, oneway="FT"),
            link("N", "W", 3606.0, oneway="FT"),
        ],
    )
    schools = grid_schools([(500.0, 0.0), (3500.0, 0.0)])
    areas = building_areas(
        ["S0", "S1"], schools, outline=outline_of(-500, -500, 4500, 3500), network=ring
    )
    # Just short of S1 it is still S0's, which has 3,000 m to drive; S1 would go all round.
    assert owner_at(areas, 3200, 0) == "S0"
    assert owner_at(areas, 3600, 0) == "S1"
    # Just short of S0 it is S1's.
    assert owner_at(areas, 250, 0) == "S1"


def test_a_freeway_is_driven_but_nothing_beside_it_is_reached_from_it() -> None:
    """S0 is at the far ramp before S1 is, but no ground lies along the freeway."""
    network = town(
        {"A": (0, 0), "B": (6000, 0), "C": (0, 2000), "D": (6000, 2000)},
        [
            link("A", "B", 6000.0, road_class="freeway"),
            link("A", "C", 2000.0),
            link("B", "D", 2000.0),
            link("C", "D", 6000.0),
        ],
    )
    schools = grid_schools([(0.0, 100.0), (2500.0, 2000.0)])
    reached = reached_places(network, schools, profile="free_flow")
    on_freeway = (reached.y - NORTH < 1) & (abs(reached.x - EAST - 3000) < 2900)
    assert not on_freeway.any()
    # S0 needs 10 + 300 s along the freeway to B, and S1 350 + 200 s.
    near_b = np.argmin(np.hypot(reached.x - EAST - 6000, reached.y - NORTH - 50))
    assert reached.building[near_b] == 0
    assert reached.seconds[near_b] == pytest.approx(315, abs=1)


def assert_places_as_in_the_table(
    network: RoadNetwork, schools: gpd.GeoDataFrame, spacing_m: float
) -> None:
    """Every place against the travel-time table, then off the streets from those beside it."""
    reached = reached_places(network, schools, profile="free_flow", spacing_m=spacing_m)
    points = gpd.points_from_xy(reached.x, reached.y, crs=CRS)
    usable = ~np.isin(network.road_class, network.speeds.no_access_from)
    streets = shapely.union_all(network.lines[np.unique(network.link_id[usable])])
    n = len(reached.ids)
    on_street = np.flatnonzero(shapely.distance(points, streets) < 1e-3)
    on_street = on_street[on_street >= n]
    homes = buildings(schools).geometry.to_crs(4326)
    everything = gpd.GeoDataFrame(
        geometry=[*homes, *gpd.GeoSeries(points[on_street]).to_crs(4326)],
        index=pd.Index([*homes.index, *(f"p{k}" for k in on_street)], name="building_id"),
        crs=4326,
    )
    table = network.travel_times(everything, profile="free_flow").seconds[:n, n:]
    direct = np.full(len(reached.x), np.inf)
    direct[on_street] = table.min(axis=0)
    xy = np.stack([reached.x, reached.y], axis=1)
    away = np.linalg.norm(xy[on_street, None] - xy[None, on_street], axis=2)
    kph = network.speeds.access_kph / network.speeds.access_detour
    via = np.where(away <= spacing_m, direct[on_street][None] + away / (kph / 3.6), np.inf)
    beside_home = shapely.distance(points[on_street], shapely.multipoints(xy[:n])) < 2 * spacing_m
    expected = via.min(axis=1)
    assert reached.seconds[on_street][~beside_home] == pytest.approx(
        expected[~beside_home], abs=0.01
    )
    from_beside = table.argmin(axis=0)[via.argmin(axis=1)]
    ranked = np.sort(table, axis=0)
    clear = ~beside_home & (ranked[1] - ranked[0] > 1)
    assert clear.sum() > 100
    assert (reached.building[on_street] == from_beside)[clear].all()


def test_places_agree_with_the_travel_time_table() -> None:
    schools = grid_schools([(100.0, 30.0), (1900.0, 1950.0), (1040.0, 600.0)])
    assert_places_as_in_the_table(town(GRID, GRID_LINKS), schools, 40.0)


def test_places_on_one_way_streets_agree_with_the_travel_time_table() -> None:
    one_way = [
        dict(row) | {"oneway": "FT" if k % 3 else "B"} for k, row in enumerate(GRID_LINKS)
    ] + [link("22", "00", 3000.0, oneway="FT", road_class="freeway")]
    schools = grid_schools([(100.0, 30.0), (1900.0, 1950.0), (1040.0, 600.0)])
    assert_places_as_in_the_table(town(GRID, one_way), schools, 40.0)


def test_ground_goes_to_the_building_that_would_reach_it_first() -> None:
    """Random ground taken as a building of its own, and asked of the travel-time table."""
    network = town(GRID, GRID_LINKS)
    schools = grid_schools([(100.0, 20.0), (1900.0, 1980.0), (1020.0, 600.0), (0.0, 1500.0)])
    around = outline_of(-300, -300, 2300, 2300)
    areas = building_areas(
        ["S0", "S1", "S2", "S3"], schools, outline=around, network=network, profile="free_flow"
    )
    assert_tiled(areas, around)
    flat = areas.to_crs(CRS)
    rng = np.random.default_rng(3)
    ground = rng.uniform(-250, 2250, (400, 2))
    clear = flat.boundary.union_all().distance(
        gpd.GeoSeries(gpd.points_from_xy(EAST + ground[:, 0], NORTH + ground[:, 1]))
    )
    homes = buildings_at({f"g{k}": (x, y) for k, (x, y) in enumerate(ground)})
    both = pd.concat([buildings(schools)[["geometry"]], homes])
    both.index.name = "building_id"
    seconds = network.travel_times(both, profile="free_flow").seconds[:4, 4:]
    checked = 0
    for k, (east, north) in enumerate(ground):
        ranked = np.sort(seconds[:, k])
        if clear[k] > 120 and ranked[1] - ranked[0] > 20:
            assert owner_at(areas, east, north) == f"S{seconds[:, k].argmin()}"
            checked += 1
    assert checked > 150


def test_twins_at_one_point_share_their_ground_by_travel_time_too() -> None:
    schools = grid_schools([(0.0, 0.0), (0.0, 0.0), (4000.0, 0.0)])
    apart = schools.assign(campus_id=list(schools.index))
    areas = building_areas(["S0", "S1", "S2"], apart, outline=AROUND_STREET, network=STREET)
    assert areas.geometry["S0"].equals_exact(areas.geometry["S1"], 0)
    assert adjacent_buildings(areas) == (("S0", "S1"), ("S0", "S2"), ("S1", "S2"))


def test_streets_no_building_reaches_have_no_places() -> None:
    """An island of streets goes with the nearest street that is reached."""
    network = town(
        {"W": (0, 0), "E": (4000, 0), "I": (0, 1000), "J": (4000, 1000)},
        [link("W", "E", 4000.0), link("I", "J", 4000.0)],
    )
    schools = grid_schools([(0.0, 0.0), (4000.0, 0.0)])
    reached = reached_places(network, schools, spacing_m=100)
    assert (reached.y - NORTH < 1).all()
    areas = building_areas(["S0", "S1"], schools, outline=AROUND_STREET, network=network)
    assert_tiled(areas, AROUND_STREET)


def test_the_outline_keeps_every_corner_by_travel_time() -> None:
    """Borders are smoothed, but not the district's own, with a tooth of 30 m every 60 m."""
    teeth = [(x, -1000.0 + 30.0 * (k % 2)) for k, x in enumerate(range(-1000, 5001, 30))]
    corners = [(EAST + x, NORTH + y) for x, y in [*teeth, (5000.0, 1000.0), (-1000.0, 1000.0)]]
    around = gpd.GeoSeries([shapely.Polygon(corners)], crs=CRS).to_crs(4326).iloc[0]
    schools = grid_schools([(0.0, 0.0), (4000.0, 900.0)])
    areas = building_areas(["S0", "S1"], schools, outline=around, network=STREET)
    assert_tiled(areas, around)


def test_one_building_has_all_ground_by_travel_time() -> None:
    schools = grid_schools([(100.0, 50.0)])
    areas = building_areas(["S0"], schools, outline=AROUND_STREET, network=STREET)
    assert_tiled(areas, AROUND_STREET)


def test_a_building_far_from_the_streets_is_named() -> None:
    schools = grid_schools([(0.0, 0.0), (0.0, 9000.0)])
    with pytest.raises(NetworkError, match="S1"):
        building_areas(["S0", "S1"], schools, network=STREET)


@settings(max_examples=15)
@given(
    places=st.lists(
        st.tuples(st.integers(-2, 22), st.integers(-2, 22)), min_size=1, max_size=9, unique=True
    )
)
def test_any_grid_town_is_tiled_by_travel_time(places: list[tuple[int, int]]) -> None:
    schools = grid_schools([(100.0 * x, 100.0 * y) for x, y in places])
    around = outline_of(-400, -400, 2400, 2400)
    areas = building_areas(
        sorted(schools.index), schools, outline=around, network=town(GRID, GRID_LINKS)
    )
    assert_tiled(areas, around)
    assert set(areas.geom_type) == {"Polygon"}
    for building, place in buildings(schools).geometry.items():
        assert areas.geometry[building].covers(place)


def test_jefferson_is_tiled_by_travel_time(jefferson: District) -> None:
    outline = jefferson.outline
    assert outline is not None
    plan = by_size(jefferson.schools, 5)
    areas = building_areas(
        plan.building_ids, jefferson.schools, outline=outline, network=jefferson.network
    )
    assert shapely.coverage_is_valid(areas.geometry.to_numpy())
    assert set(areas.geom_type) == {"Polygon"}
    places = jefferson.buildings.geometry
    for building, place in places[places.within(outline)].items():
        assert areas.geometry[building].covers(place)
    zones = service_areas(plan, jefferson.schools, outline=outline, network=jefferson.network)
    assert_tiled(zones, outline)
    assert list(zones.index) == [zone.zone_id for zone in plan.zones]
    again = service_areas(plan, jefferson.schools, outline=outline, network=jefferson.network)
    assert list(again.geometry.to_wkb()) == list(zones.geometry.to_wkb())
