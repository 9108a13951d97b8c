"""Isochrones: by hand, nested, and consistent with the travel times."""

from __future__ import annotations

import itertools

import geopandas as gpd
import numpy as np
import pytest
import shapely
from helpers.road_towns import CRS, GRID, GRID_LINKS, buildings_at, city, link, town

from zoning.errors import NetworkError
from zoning.roads import PROFILES
from zoning.roads.travel.access import join_buildings, points_of
from zoning.roads.travel.isochrones import isochrones
from zoning.roads.travel.profiles import STREET_DELAYS


def test_streets_are_cut_where_the_time_runs_out() -> None:
    """From the corner of the grid at 10 m/s; legs are 5 m/s."""
    network = town(GRID, GRID_LINKS)
    ground = isochrones(network, buildings_at({"corner": (0, 0), "leg": (-50, 0)}), [3, 1])
    assert list(ground.index) == [("corner", 1.0), ("corner", 3.0), ("leg", 1.0), ("leg", 3.0)]
    # 1 min: 600 m two ways. 3 min: 1,000 m two ways, then 800 m two ways from both ends.
    metres = ground["street_m"].tolist()
    # With the leg: 10 s less, 500 m and 700 m.
    assert metres == pytest.approx([1200, 2000 + 4 * 800, 1000, 2000 + 4 * 700], abs=1e-3)
    assert ground.crs == "EPSG:4326"


def test_ground_is_the_streets_and_their_width() -> None:
    """600 m east and 600 m north of a corner, 50 m to either side, rounded at the three ends."""
    network = town(GRID, GRID_LINKS)
    ground = isochrones(network, buildings_at({"corner": (0, 0)}), [1], width_m=50.0)
    square_metres = ground.to_crs(CRS).area.iloc[0]
    straight = 2 * 600 * 100 - 50 * 50
    assert square_metres == pytest.approx(straight + (2 / 2 + 1 / 4) * np.pi * 50**2, rel=0.01)


def test_leaving_follows_one_way_streets() -> None:
    corners = {"a": (0, 0), "b": (2000, 0)}
    network = town(corners, [link("a", "b", 2000.0, oneway="FT")])
    ground = isochrones(network, buildings_at({"mid": (1000, 0)}), [1], width_m=1.0).to_crs(CRS)
    west, _, east, _ = ground.geometry.iloc[0].bounds
    assert (west, east) == pytest.approx((600_999, 601_601), abs=0.01)


def test_own_street_is_counted_once_when_one_comes_back_along_it() -> None:
    """A ring of 4 km driven all the way round in 400 s."""
    corners = {"a": (0, 0), "b": (0, 1000), "c": (1000, 1000), "d": (1000, 0)}
    ring = town(corners, [link(x, y, 1000.0, oneway="FT") for x, y in ("ab", "bc", "cd", "da")])
    school = buildings_at({"one": (0, 300)})
    ground = isochrones(ring, school, [5, 6.5, 7, 10])
    assert ground["street_m"].tolist() == pytest.approx([3000, 3900, 4000, 4000], abs=1e-3)


def test_an_access_leg_longer_than_the_time_reaches_no_street() -> None:
    network = town(GRID, GRID_LINKS)
    ground = isochrones(network, buildings_at({"out": (-600, 0)}), [1], width_m=10.0).to_crs(CRS)
    assert ground["street_m"].iloc[0] == 0
    west, _, east, _ = ground.geometry.iloc[0].bounds
    assert (west, east) == pytest.approx((599_390, 599_710), abs=0.1)


@pytest.mark.slow
def test_ground_is_nested_and_agrees_with_the_times_of_a_city() -> None:
    network = city(14)
    rng = np.random.default_rng(5)
    schools = buildings_at(
        {f"b{k}": (x, y) for k, (x, y) in enumerate(rng.uniform(0, 2600, (25, 2)).tolist())}
    )
    profile = PROFILES["free_flow"].with_delays(STREET_DELAYS)
    posts = schools.iloc[:4]
    ground = isochrones(network, posts, [1, 2, 4, 30], profile=profile, width_m=0.05).to_crs(CRS)
    times = network.travel_times(schools, profile=profile)
    legs = join_buildings(network, points_of(schools))
    joins = shapely.line_interpolate_point(network.lines[legs.link], legs.share, normalized=True)
    leg_s = legs.metres / 5.0
    for post in posts.index:
        shapes = [ground.geometry.loc[(post, m)] for m in (1.0, 2.0, 4.0, 30.0)]
        for fewer, more in itertools.pairwise(shapes):
            assert fewer.difference(more).area < 1e-3
            assert fewer.area < more.area
        for minutes, shape in zip((1.0, 2.0, 4.0, 30.0), shapes, strict=True):
            to_street_s = times.seconds[times.ids.index(post)] - leg_s
            # Delays at junctions are met at their end, so a join there may be seen without.
            for k, join in enumerate(joins):
                if times.ids[k] == post or legs.share[k] in (0.0, 1.0):
                    continue
                if abs(to_street_s[k] - minutes * 60) > 0.1:
                    assert (shape.distance(join) < 0.1) == (to_street_s[k] < minutes * 60)


def test_what_cannot_be_drawn() -> None:
    network = town(GRID, GRID_LINKS)
    school = buildings_at({"a": (0, 0)})
    with pytest.raises(NetworkError) as caught:
        isochrones(network, school, [5.0, 0.0, float("nan")], width_m=-1.0)
    assert caught.value.faults == (
        "0.0 minutes is not a number above 0",
        "nan minutes is not a number above 0",
        "width_m -1.0 is not a number above 0",
    )
    with pytest.raises(NetworkError, match="no minutes are given"):
        isochrones(network, school, [])
    with pytest.raises(NetworkError, match="more than 5,000 m"):
        isochrones(network, buildings_at({"far": (90_000, 0)}), [5.0])


def test_arguments_stay_as_they_are() -> None:
    network = town(GRID, GRID_LINKS)
    schools = buildings_at({"a": (10, 10)})
    before: gpd.GeoDataFrame = schools.copy()
    isochrones(network, schools, [1.0])
    assert schools.equals(before)
