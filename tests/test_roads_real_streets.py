"""A real county: the centrelines of Lexington-Fayette, where they lie beside the checkout."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from helpers.engines import times_by

from zoning.roads import PROFILES, RoadNetwork
from zoning.roads.quality import network_quality
from zoning.roads.sources import read_centrelines
from zoning.roads.travel.access import join_buildings, points_of
from zoning.roads.travel.isochrones import isochrones
from zoning.roads.travel.profiles import STREET_DELAYS

CLASSES = {
    "1": "freeway", "2": "arterial", "3": "arterial", "4": "collector", "5": "collector",
    "6": "local", "7": "ramp", "8": "ramp", "69": "local", "0": "local",
}  # fmt: skip


@pytest.fixture(scope="module")
def lexington() -> RoadNetwork:
    path = Path(__file__).parents[2] / "shared" / "data" / "lexington_streets" / "streets.shp"
    if not path.exists():
        pytest.skip("the centrelines of Lexington are not beside this checkout")
    return read_centrelines(path, speed_unit="mph", classes=CLASSES)


@pytest.fixture(scope="module")
def places(lexington: RoadNetwork) -> gpd.GeoDataFrame:
    """Sixty places a little off junctions of the largest part."""
    streets = np.isin(lexington.road_class, ["local", "collector"])
    corners = np.unique(lexington.edge_from[streets])
    chosen = np.random.default_rng(4).choice(corners, 60, replace=False)
    return gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(lexington.lon[chosen] + 4e-4, lexington.lat[chosen] + 3e-4),
        index=pd.Index([f"p{k}" for k in range(60)], name="building_id"),
        crs="EPSG:4326",
    )


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::zoning.errors.DistrictNotice")
def test_engines_agree_on_a_real_county(lexington: RoadNetwork, places: gpd.GeoDataFrame) -> None:
    profile = PROFILES["midday"].with_delays(STREET_DELAYS)
    one = times_by("dijkstra", lexington, places, profile=profile)
    two = times_by("hierarchy", lexington, places, profile=profile)
    np.testing.assert_allclose(two.seconds, one.seconds, rtol=1e-11)
    # One-way streets: there and back differ.
    apart = ~np.eye(60, dtype=bool)
    assert (np.abs(one.seconds - one.seconds.T)[apart] > 1).mean() > 0.3
    s = one.seconds
    for k in range(60):
        assert (s <= s[:, [k]] + s[[k], :] + 1e-6).all()


@pytest.mark.slow
def test_a_real_county_in_words(lexington: RoadNetwork, places: gpd.GeoDataFrame) -> None:
    found = network_quality(lexington, places)
    figures = found.to_frame()["value"]
    assert figures["share_of_junctions_in_largest_part"] > 0.99
    assert figures["guessed_speed_share"] < 0.02
    assert 1.1 < figures["detour_median_3_to_5_miles"] < 1.5
    assert len(lexington.snapped().joins) == len(found.near_misses) > 0


def test_isochrones_of_a_real_county_agree_with_its_times(
    lexington: RoadNetwork, places: gpd.GeoDataFrame
) -> None:
    ground = isochrones(lexington, places.iloc[:1], [4], width_m=1.0).to_crs(lexington.crs)
    legs = join_buildings(lexington, points_of(places))
    to_street_s = lexington.travel_times(places).seconds[0] - legs.metres / (
        lexington.speeds.access_kph / 3.6
    )
    shape = ground.geometry.iloc[0]
    for k in range(1, 60):
        join = lexington.lines[legs.link[k]].interpolate(legs.share[k], normalized=True)
        if to_street_s[k] < 239:
            assert shape.distance(join) < 0.1
        elif to_street_s[k] > 250:
            assert shape.distance(join) > 0.1
