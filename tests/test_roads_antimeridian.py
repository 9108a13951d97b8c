"""A town on both sides of 180 degrees, as on Taveuni in Fiji: nothing goes round the globe."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from helpers.road_towns import STREETS, link

from zoning.roads import RoadNetwork, isochrones, network_quality, straight_line_times
from zoning.roads.streets.antimeridian import in_degrees, metric_crs, unwrap
from zoning.zones.areas import adjacent_buildings, building_areas

ZONE = "EPSG:32701"  # UTM 1 south, central meridian 177 degrees west.
PLACE = gpd.GeoSeries.from_xy([180.0], [-16.85], crs="EPSG:4326").to_crs(ZONE).iloc[0]


def degrees(places: dict[str, tuple[float, float]]) -> gpd.GeoSeries:
    """Metres east and north of 180 degrees."""
    points = [shapely.Point(PLACE.x + x, PLACE.y + y) for x, y in places.values()]
    return gpd.GeoSeries(points, index=list(places), crs=ZONE).to_crs("EPSG:4326")


def buildings(places: dict[str, tuple[float, float]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=degrees(places)).rename_axis("building_id")


@pytest.fixture(scope="module")
def town() -> RoadNetwork:
    """A street of 4 km from west to east across 180 degrees, a junction each kilometre."""
    at = {f"j{k}": (1000.0 * k - 1900.0, 0.0) for k in range(5)}
    points = degrees(at)
    return RoadNetwork.from_tables(
        pd.DataFrame({"junction_id": list(at), "lon": points.x, "lat": points.y}),
        pd.DataFrame(
            [
                link(f"j{k}", f"j{k + 1}", 1000.0) | {"road_class": "street", "area": "town"}
                for k in range(4)
            ]
        ),
        speeds=STREETS,
        source="Taveuni",
    )


SCHOOLS = {"west": (-1400.0, 0.0), "east": (1600.0, 0.0)}


def test_streets_across_180_degrees_are_as_long_as_they_are(town: RoadNetwork) -> None:
    assert (np.abs(town.lon) > 179.97).all()
    assert set(np.sign(town.lon)) == {-1.0, 1.0}
    assert town.crs in {"EPSG:32760", "EPSG:32701"}
    times = town.travel_times(buildings(SCHOOLS))
    assert times.between("west", "east") == pytest.approx(300, rel=1e-3)
    straight = straight_line_times(buildings(SCHOOLS))
    assert straight.between("west", "east") < 3000
    found = network_quality(town, buildings(SCHOOLS))
    assert found.access["straight_m"].max() < 1.0
    assert found.detours["pairs"].sum() == 1


def test_ways_and_streets_run_on_past_180_degrees(town: RoadNetwork) -> None:
    path = town.paths(buildings(SCHOOLS), [("west", "east")])
    line = path.geometry.iloc[0]
    assert line.geom_type == "LineString"
    assert line.bounds[0] == pytest.approx(179.987, abs=0.002)
    assert line.bounds[2] == pytest.approx(180.015, abs=0.002)
    assert path.to_crs(ZONE).length.iloc[0] == pytest.approx(3000, rel=1e-3)
    widths = town.links_frame().bounds
    assert (widths["maxx"] - widths["minx"]).max() < 0.02


def test_isochrones_across_180_degrees_are_cut_there(town: RoadNetwork) -> None:
    ground = isochrones(town, buildings(SCHOOLS), [2, 4], width_m=50.0)
    # 2 minutes at 36 km/h from 1,400 m west reach 200 m short of 180 degrees, 4 cross it.
    west = ground.loc["west"].geometry
    assert west.loc[2.0].geom_type == "Polygon"
    assert west.loc[4.0].geom_type == "MultiPolygon"
    assert ground.is_valid.all()
    for shape in ground.geometry:
        for part in shapely.get_parts(shape):
            assert part.bounds[2] - part.bounds[0] < 0.05
            assert -180 <= part.bounds[0] <= part.bounds[2] <= 180
    assert west.loc[4.0].covers(degrees({"beyond": (500.0, 0.0)}).iloc[0])
    # 2,400 m to the east, 500 m to the end in the west, 100 m wide.
    area_m2 = gpd.GeoSeries([west.loc[4.0]], crs="EPSG:4326").to_crs(ZONE).area.iloc[0]
    assert area_m2 == pytest.approx(2900 * 100 + np.pi * 50**2, rel=0.02)


@pytest.mark.parametrize("over_streets", [True, False])
def test_service_areas_across_180_degrees_cover_the_ground(
    town: RoadNetwork, over_streets: bool
) -> None:
    schools = buildings(SCHOOLS).rename_axis("school_id").reset_index()
    frame = gpd.GeoDataFrame(
        schools.assign(
            name=schools["school_id"], level="elementary", program="resides",
            campus_id=schools["school_id"], enrollment=100.0, bell_start=None, bell_end=None,
            feeder_high_school_ids=[()] * 2,
        ).set_index("school_id"),
        crs="EPSG:4326",
    )  # fmt: skip
    areas = building_areas(
        ["west", "east"], frame, network=town if over_streets else None, profile="free_flow"
    )
    flat = areas.to_crs(ZONE)
    # 1.5 km round a hull of 3 km: both halves alike.
    assert flat.area.sum() == pytest.approx(3000 * 3000 + np.pi * 1500**2, rel=0.02)
    assert flat.area["west"] == pytest.approx(flat.area["east"], rel=0.05)
    assert (areas.bounds["minx"].min(), areas.bounds["maxx"].max()) == (-180.0, 180.0)
    assert adjacent_buildings(areas) == (("east", "west"),)


def test_places_on_one_side_are_as_they_were() -> None:
    points = gpd.GeoSeries.from_xy([-85.9, -85.5], [38.0, 38.3], crs="EPSG:4326")
    assert metric_crs(points) == points.estimate_utm_crs()
    assert unwrap(np.array([-85.9, -85.5])).tolist() == [-85.9, -85.5]
    assert unwrap(np.array([179.0, -179.0])).tolist() == [179.0, 181.0]
    assert in_degrees(points).equals(points)
