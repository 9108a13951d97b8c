"""Shapes on a page: stored small and exact to a metre, labelled apart."""

from __future__ import annotations

from itertools import accumulate, pairwise

import geopandas as gpd
import numpy as np
import shapely
from helpers.road_towns import CRS, EAST, NORTH
from hypothesis import given
from hypothesis import strategies as st

from zoning.maps.geometry import (
    area_of,
    consecutive,
    label_places,
    steps_of,
    street_background,
)

degree = st.floats(-180, 180, allow_nan=False)


@given(st.lists(st.tuples(degree, degree), min_size=1, max_size=30))
def test_steps_lead_back_to_every_point(places: list[tuple[float, float]]) -> None:
    steps = steps_of(np.array(places))
    whole = list(zip(accumulate(steps[0::2]), accumulate(steps[1::2]), strict=True))
    wanted = [(round(x * 1e5), round(y * 1e5)) for x, y in places]
    unrepeated = [wanted[0], *(b for a, b in pairwise(wanted) if a != b)]
    assert np.abs(np.array(whole) - np.array(unrepeated)).max() <= 1


def test_a_ring_and_its_hole_are_kept_apart() -> None:
    square = shapely.box(0, 0, 3, 3) - shapely.box(1, 1, 2, 2)
    ((shell, hole),) = area_of(square)
    assert len(shell) == len(hole) == 10


def test_what_is_not_ground_is_left_out_of_an_area() -> None:
    mixed = shapely.GeometryCollection([shapely.box(0, 0, 1, 1), shapely.Point(5, 5)])
    assert len(area_of(mixed)) == 1
    assert area_of(shapely.Polygon()) == ()


def test_a_label_stands_in_every_part_largest_first_away_from_schools() -> None:
    small, large = shapely.box(0, 0, 10, 10), shapely.box(100, 0, 140, 40)
    school = np.array([[120.0, 20.0]])
    first, second = label_places(shapely.union_all([small, large]), school)
    assert large.contains(first)
    assert small.contains(second)
    assert first.distance(shapely.Point(school[0])) > 8


def test_a_sliver_still_gets_a_label_in_it() -> None:
    sliver = shapely.LineString([(0, 0), (100, 103)]).buffer(0.01)
    (place,) = label_places(sliver, np.array([[500.0, 500.0]]))
    assert sliver.distance(place) < 0.01


def test_streets_are_joined_by_weight_and_freeways_named_once() -> None:
    lines = [[(0, 0), (500, 0)], [(500, 0), (1000, 0)], [(0, 0), (0, 900)], [(0, 900), (80, 900)]]
    at = [shapely.LineString([(EAST + x, NORTH + y) for x, y in line]) for line in lines]
    links = gpd.GeoDataFrame(
        {
            "road_class": ["freeway", "freeway", "arterial", "collector"],
            "name": ["I-64/US 150", "I-64", "Main Street", None],
        },
        geometry=at,
        crs=CRS,
    ).to_crs(4326)
    streets = street_background(links, metric=CRS)
    assert [name for name, _ in streets.names] == ["I-64"]
    assert [len(x) for x in (streets.freeways, streets.arterials, streets.others)] == [1, 1, 1]
    # 500 m + 500 m in one direction become one line of two points.
    assert len(streets.freeways[0]) == 4
    assert street_background(links.iloc[:0], metric=CRS).others == ()


def test_drives_are_listed_once_in_order() -> None:
    assert consecutive(["a", "b", "a", "b", "c"]) == [("a", "b"), ("b", "a"), ("b", "c")]
    assert consecutive(["a"]) == []
