"""The quality report on towns whose faults were put there on purpose."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
from helpers.road_towns import (
    CRS,
    GRID,
    GRID_LINKS,
    STREETS,
    buildings_at,
    city,
    link,
    tables,
    town,
)

from zoning.errors import NetworkError
from zoning.roads import RoadNetwork, read_network
from zoning.roads.quality import class_table, components, network_quality
from zoning.roads.streets.snapping import ends_beside_streets, near_misses
from zoning.schools import read_schools

DATA = Path(__file__).parent.parent / "data"
SCHOOLS = {"a": (10.0, 0.0), "b": (2000.0, 1500.0), "c": (500.0, 450.0)}


def broken_town() -> RoadNetwork:
    """The grid, an island of two junctions, and a street that leads out of the grid only."""
    junctions = GRID | {"i0": (5000, 0), "i1": (6000, 0), "out": (3000, 0)}
    links = [*GRID_LINKS, link("i0", "i1", 1000.0), link("20", "out", 1000.0, oneway="FT")]
    return town(junctions, links)


def test_parts_are_counted_with_and_without_directions() -> None:
    parts, in_largest = components(broken_town())
    assert parts["junctions"].tolist() == [9, 2, 1]
    assert parts["kilometres"].tolist() == [12.0, 1.0, 0.0]
    assert parts["whole"].tolist() == [0, 1, 0]
    assert in_largest.tolist() == [True] * 9 + [False] * 3


def test_parts_equal_networkx() -> None:
    network = city(12)
    parts, in_largest = components(network)
    graph = nx.DiGraph(network.to_networkx())
    # A junction of no street is of no interest.
    graph.remove_nodes_from([n for n, d in dict(graph.degree()).items() if d == 0])
    sizes = sorted((len(c) for c in nx.strongly_connected_components(graph)), reverse=True)
    assert parts["junctions"].tolist() == sizes
    assert int(in_largest.sum()) == sizes[0]
    assert parts["whole"].nunique() == nx.number_weakly_connected_components(graph)


@pytest.mark.slow
def test_schools_off_the_largest_part_are_named_with_the_direction() -> None:
    schools = buildings_at(SCHOOLS | {"isle": (5500.0, 10.0), "trap": (2900.0, 0.0)})
    found = network_quality(broken_town(), schools)
    assert found.cut_off == ("isle", "trap")
    assert found.access.loc["trap", ["can_leave", "can_be_reached"]].tolist() == [False, True]
    words = str(found)
    assert "2 buildings are beside streets that are cut off: isle, trap." in words
    told = "joined to the largest part instead: isle (3,490 m farther), trap (900 m farther)."
    assert told in words
    assert "The rest are in 2 parts; 1 of them touch no other street" in words
    cut = found.problems[found.problems["kind"] == "cut off"]
    assert cut["words"].tolist() == ["isle: no way leads there or away", "trap: no way leads away"]


def test_access_legs_are_measured_and_the_far_named() -> None:
    found = network_quality(town(GRID, GRID_LINKS), buildings_at(SCHOOLS))
    assert found.access["straight_m"].tolist() == pytest.approx([0, 0, 450], abs=1e-6)
    assert found.cut_off == ()
    assert "the farthest 0.28 miles (450 m)" in str(found)
    assert "1 building over 0.25 miles (400 m) away: c (450 m)." in str(found)
    far = found.problems.set_index("kind").loc["far from street"]
    assert far["words"] == "c is 450 m from its street"
    assert far["geometry"].equals(buildings_at(SCHOOLS).geometry.loc["c"])


def test_a_school_too_far_is_reported_and_the_rest_still_measured() -> None:
    found = network_quality(town(GRID, GRID_LINKS), buildings_at(SCHOOLS | {"far": (9000.0, 0.0)}))
    assert found.access["too_far"].tolist() == [False, False, False, True]
    assert "1 building is too far from every street for travel times: far." in str(found)
    assert found.detours["pairs"].sum() == 3


def test_a_district_outside_the_network_is_refused() -> None:
    network = town(GRID, GRID_LINKS)
    with pytest.raises(NetworkError) as caught:
        network_quality(network, buildings_at({"x": (90_000.0, 0.0), "y": (190_000.0, 0.0)}))
    assert caught.value.headline == "none of the 2 buildings lies within 5,000 m of a street"
    assert caught.value.faults == ("the nearest is 88 km away",)
    assert "the streets of another place" in caught.value.remedy
    swapped = buildings_at(SCHOOLS)
    swapped.geometry = gpd.points_from_xy(swapped.geometry.y, swapped.geometry.x)
    with pytest.raises(NetworkError, match="streets of another place"):
        network_quality(network, swapped)


def test_suspicious_speeds_are_those_outside_the_range_of_their_class() -> None:
    junctions, links = tables(GRID, GRID_LINKS)
    links["speed_kph"] = [np.nan, 4.0, 199.0] + [np.nan] * 9
    network = RoadNetwork.from_tables(junctions, links, speeds=STREETS, source="odd speeds")
    found = network_quality(network, buildings_at(SCHOOLS))
    assert found.speeds["speed_kph"].tolist() == [4.0, 199.0]
    assert found.speeds["name"].tolist() == ["Row 1", "Row 2"]
    assert "2 links with a speed to check: Row 1 (street, 2 mph), Row 2 (street, 124 mph)." in str(
        found
    )
    assert found.guessed_share == pytest.approx(10 / 12)
    assert "17% of the length has a speed of the data, 83% a default" in str(found)
    assert set(found.problems[found.problems["kind"] == "suspicious speed"].geom_type) == {
        "LineString"
    }


def test_shares_by_class_add_up() -> None:
    table = class_table(city(10))
    assert table["share_of_links"].sum() == pytest.approx(1)
    assert table["share_of_length"].sum() == pytest.approx(1)
    assert table["guessed_share"].tolist() == [1.0, 1.0]
    assert dict(table["mean_kph"]) == pytest.approx({"street": 36, "arterial": 72})


def nearly_meeting() -> RoadNetwork:
    """Two streets of 1 km that stop 3 m short of one another, and a court 40 m from a corner."""
    junctions = {"w": (0, 0), "m1": (1000, 0), "m2": (1003, 0), "e": (2000, 0), "court": (40, 40)}
    links = [
        link("w", "m1", 1000.0, oneway="B", road_class="street"),
        link("m2", "e", 997.0),
        link("e", "court", 2600.0),
    ]
    return town(junctions, links)


def test_dead_ends_that_nearly_meet_are_paired_once() -> None:
    network = nearly_meeting()
    assert near_misses(network, tolerance_m=2.0).empty
    found = near_misses(network)
    assert found[["dead_end", "junction"]].to_numpy().tolist() == [["m1", "m2"]]
    assert found["metres"].iloc[0] == pytest.approx(3, abs=1e-6)
    assert len(near_misses(network, tolerance_m=60.0)) == 2
    with pytest.raises(NetworkError, match=r"tolerance_m 0\.0 is not a number above 0"):
        near_misses(network, tolerance_m=0.0)


def test_dead_ends_beside_the_middle_of_a_street_are_listed_and_left() -> None:
    """A side street that stops 2 m short of Main Street, which has no junction there."""
    junctions = {"w": (0, 0), "e": (2000, 0), "end": (800, 2), "n": (800, 900)}
    links = [link("w", "e", 2000.0, name="Main Street"), link("end", "n", 898.0)]
    network = town(junctions, links)
    found = ends_beside_streets(network)
    assert found[["dead_end", "street"]].to_numpy().tolist() == [["end", "Main Street"]]
    assert found["metres"].iloc[0] == pytest.approx(2, abs=1e-3)
    assert ends_beside_streets(network, tolerance_m=1.0).empty
    assert network.snapped().joins == ()
    quality = network_quality(network, buildings_at({"a": (500, 0), "b": (800, 500)}))
    told = "1 dead end beside the middle of a street: end beside Main Street (2.0 m)."
    assert told in str(quality)
    row = quality.problems.set_index("kind").loc["end beside a street"]
    assert row["words"] == "end ends 2.0 m from Main Street"


def test_a_loop_of_a_street_to_its_own_neighbour_is_no_miss() -> None:
    junctions = {"a": (0, 0), "b": (4, 0)}
    assert near_misses(town(junctions, [link("a", "b", 400.0)])).empty


def test_snapping_joins_what_nearly_meets_and_says_so() -> None:
    network = nearly_meeting()
    before = network.content_hash
    schools = buildings_at({"west": (500.0, 0.0), "east": (1503.0, 0.0)})
    repaired = network.snapped(tolerance_m=5.0)
    assert repaired.joins == (("m1", "m2"),)
    assert repaired.dropped_links == 0
    assert str(repaired).startswith("1 junction joined to another within reach, 0 links")
    assert repaired.network.node_ids == ("w", "m1", "e", "court")
    times = repaired.network.travel_times(schools)
    # 500 m, then the longer link from 1,000 to 2,000 m, half of it.
    assert times.between("west", "east") == pytest.approx(50 + 50.3, abs=0.01)
    assert repaired.network.report is not None
    assert repaired.network.report.count("snapped_ends") == 1
    assert network.content_hash == before
    assert near_misses(repaired.network).empty
    path = repaired.network.paths(schools, [("west", "east")]).to_crs(CRS)
    assert path.length.iloc[0] == pytest.approx(1003, abs=1e-3)


def test_snapping_drops_a_link_shorter_than_the_tolerance_and_counts_twice_snapped() -> None:
    junctions = {"w": (0, 0), "x": (1000, 0), "s": (1003, 0), "y": (1006, 0), "e": (2000, 0)}
    links = [link("w", "x", 1000.0), link("s", "y", 3.0), link("y", "e", 994.0)]
    once = town(junctions, links).snapped(tolerance_m=4.0)
    # x and s nearly meet; s and y are joined by a street and stay two.
    assert (once.joins, once.dropped_links) == ((("x", "s"),), 0)
    again = town(junctions | {"z": (2003.0, 0.0), "q": (3000, 0)}, [*links, link("z", "q", 997.0)])
    twice = again.snapped(tolerance_m=3.5).network.snapped(tolerance_m=7.0)
    assert twice.network.report is not None
    assert twice.network.report.count("snapped_ends") >= 2


def test_nothing_to_snap_changes_nothing() -> None:
    network = town(GRID, GRID_LINKS)
    repaired = network.snapped()
    assert repaired.joins == ()
    assert repaired.network.content_hash == network.content_hash
    assert repaired.network.report is None


def test_snapping_keeps_what_the_network_knew() -> None:
    network = dataclasses.replace(nearly_meeting(), attribution="the county")
    repaired = network.snapped().network
    assert repaired.attribution == "the county"
    assert repaired.speeds == network.speeds
    np.testing.assert_array_equal(repaired.link_ends()[0], [0, 1, 2])
    np.testing.assert_allclose(repaired.travel_time_s, repaired.length_m / 10.0)


@pytest.mark.slow
def test_detours_by_hand_and_by_band() -> None:
    """Along a 1 km block the index is 1, across the grid from corner to corner sqrt(2)."""
    schools = buildings_at({"o": (0, 0), "e": (1000, 0), "far": (2000, 2000)})
    found = network_quality(town(GRID, GRID_LINKS), schools)
    bands = found.detours
    assert list(bands.index) == [
        "0 to 1 miles", "1 to 3 miles", "3 to 5 miles", "5 to 10 miles", "over 10 miles",
    ]  # fmt: skip
    assert bands["pairs"].tolist() == [1, 2, 0, 0, 0]
    assert bands["median"].iloc[0] == pytest.approx(1, abs=1e-3)
    across, side = 4000 / np.hypot(2000, 2000), 3000 / np.hypot(1000, 2000)
    assert bands["largest"].iloc[1] == pytest.approx(across, abs=1e-3)
    assert bands["median"].iloc[1] == pytest.approx((across + side) / 2, abs=1e-3)
    assert "median 1.00 at 0 to 1 miles, 1.38 at 1 to 3 miles" in str(found)


def test_delays_at_junctions_are_no_part_of_a_detour() -> None:
    """The straight way, past three forks, is shorter than the free way round by 50 m."""
    junctions = {"a": (0, 0), "b": (500, 0), "c": (1000, 0), "d": (1500, 0), "e": (2000, 0)}
    spurs = {f"{k}s": (500.0 * n, -300.0) for n, k in enumerate("bcd", start=1)}
    ends = zip("abcd", "bcde", strict=True)
    links = [link(a, b, 500.0) for a, b in ends] + [link("a", "e", 2050.0)]
    links += [link(k, f"{k}s", 300.0) for k in "bcd"]
    network = town(
        junctions | spurs, links, speeds=dataclasses.replace(STREETS, include_stops=False)
    )
    found = network_quality(network, buildings_at({"a": (0, 0), "e": (2000, 0)}))
    assert found.detours["largest"].iloc[1] == pytest.approx(1, abs=1e-3)


def test_the_detour_index_is_of_the_shortest_way_not_the_quickest() -> None:
    junctions = {"a": (0, 0), "b": (3000, 0)}
    links = [link("a", "b", 3000.0), link("a", "b", 5000.0, road_class="freeway")]
    found = network_quality(town(junctions, links), buildings_at(junctions))
    assert found.detours["largest"].iloc[1] == pytest.approx(1, abs=1e-3)


def test_a_pair_far_apart_by_road_is_a_problem_place() -> None:
    junctions = {"a": (0, 0), "b": (0, 4000), "c": (2000, 4000), "d": (2000, 0)}
    links = [link("a", "b", 4000.0), link("b", "c", 2000.0), link("c", "d", 4000.0)]
    found = network_quality(town(junctions, links), buildings_at({"a": (0, 0), "d": (2000, 0)}))
    row = found.problems.iloc[0]
    assert (row["kind"], row["words"]) == ("detour", "a and d are 5.0 times as far apart by road")
    assert row["geometry"].length > 0


def test_the_embedded_network_is_whole_and_near_its_published_ratio() -> None:
    """The data's description: one part, shortest road 1.27 times the straight line, median."""
    network = read_network(DATA)
    schools = read_schools(DATA / "schools.geojson")
    found = network_quality(network, schools)
    assert len(found.components) == 1
    assert found.cut_off == ()
    assert found.speeds.empty
    assert found.guessed_share == pytest.approx(1)
    weights = found.detours["pairs"] / found.detours["pairs"].sum()
    assert (weights * found.detours["median"]).sum() == pytest.approx(1.27, abs=0.05)
    assert "all are defaults by class and area" in str(found)
    figures = found.to_frame()["value"]
    assert figures["junctions"] == 3244
    assert figures["kilometres"] == pytest.approx(2044, abs=0.5)
    assert found.problems.crs == "EPSG:4326"


def test_a_network_without_problems_has_an_empty_layer() -> None:
    schools = buildings_at({"a": (0, 0), "b": (1000, 1000)})
    found = network_quality(town(GRID, GRID_LINKS), schools)
    assert found.problems.empty
    assert list(found.problems.columns) == ["kind", "words", "geometry"]
    assert found.problems.crs == "EPSG:4326"
