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
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, box
from shapely.geometry.base import BaseGeometry

from zoning.district import District
from zoning.schools import buildings, read_schools, schools_from_frame
from zoning.zones import Zone, ZoneKind, ZonePlan, service_areas

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
    assert set(areas.columns) == {"high_school_id", "kind", "buildings", "geometry"}
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
