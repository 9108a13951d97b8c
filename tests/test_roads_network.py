"""Travel times and paths on towns small enough to solve by hand."""

from __future__ import annotations

import dataclasses
import warnings

import geopandas as gpd
import numpy as np
import pytest
import shapely
from helpers.road_towns import (
    CRS,
    EAST,
    GRID,
    GRID_LINKS,
    NORTH,
    STREETS,
    buildings_at,
    city,
    link,
    tables,
    town,
)
from shapely import affinity
from shapely.geometry import LineString, Point

from zoning.errors import DistrictNotice, NetworkError, UnreachableError
from zoning.roads import (
    PROFILES,
    ClassFactor,
    Profile,
    RoadNetwork,
    SpeedTable,
    straight_line_times,
)


@pytest.fixture
def grid() -> RoadNetwork:
    """Three by three junctions, blocks of 1 km at 10 m/s; access legs at 5 m/s."""
    return town(GRID, GRID_LINKS)


def test_grid_times_by_hand(grid: RoadNetwork) -> None:
    schools = buildings_at({"corner": (0, 0), "far": (2000, 2000), "mid": (500, 100)})
    times = grid.travel_times(schools)
    # mid: 100 m of leg (20 s), 500 m to the corner (50 s), 3,500 m to the far corner (350 s).
    expected_s = [[0, 400, 70], [400, 0, 370], [70, 370, 0]]
    expected_m = [[0, 4000, 600], [4000, 0, 3600], [600, 3600, 0]]
    assert times.ids == ("corner", "far", "mid")
    np.testing.assert_allclose(times.seconds, expected_s, atol=1e-6)
    assert times.metres is not None
    np.testing.assert_allclose(times.metres, expected_m, atol=1e-6)
    assert times.profile == "free_flow"
    assert times.estimate is None
    assert "a small town" in times.source
    assert "36 km/h is 10 m/s" in times.source


def test_access_detour_lengthens_the_leg() -> None:
    speeds = dataclasses.replace(STREETS, access_detour=1.5)
    schools = buildings_at({"corner": (0, 0), "mid": (500, 100)})
    times = town(GRID, GRID_LINKS, speeds=speeds).travel_times(schools)
    assert times.between("corner", "mid") == pytest.approx(50 + 150 / 5)
    assert times.metres is not None
    assert times.metres[0, 1] == pytest.approx(500 + 150)


def test_buildings_on_one_link_see_one_another_along_it(grid: RoadNetwork) -> None:
    schools = buildings_at({"a": (250, 50), "b": (750, -50), "on": (400, 0), "also": (400, 0)})
    times = grid.travel_times(schools)
    assert times.between("a", "b") == pytest.approx(10 + 50 + 10)
    assert times.between("b", "a") == pytest.approx(10 + 50 + 10)
    assert times.between("a", "on") == pytest.approx(10 + 15)
    assert times.between("on", "also") == pytest.approx(0, abs=1e-6)


def test_places_that_join_at_one_point_are_two_legs_apart(grid: RoadNetwork) -> None:
    schools = buildings_at({"north": (500, 100), "south": (500, -60)})
    assert grid.travel_times(schools).between("north", "south") == pytest.approx(20 + 12)


def test_one_way_street_goes_round_the_block() -> None:
    links = [link("00", "10", 1000.0, oneway="FT"), *GRID_LINKS[1:]]
    assert GRID_LINKS[0]["from_junction"] == "00"
    assert GRID_LINKS[0]["to_junction"] == "10"
    network = town(GRID, links)
    times = network.travel_times(buildings_at({"a": (250, 0), "b": (750, 0)}))
    assert times.between("a", "b") == pytest.approx(50)
    # 250 m on, three blocks round, 250 m in.
    assert times.between("b", "a") == pytest.approx(25 + 300 + 25)
    assert network.describe()["one_way_links"] == 1
    assert sorted(network.links_frame()["oneway"].unique()) == ["B", "FT"]


def test_one_way_against_the_given_direction_is_the_mirror_image() -> None:
    links = [link("00", "10", 1000.0, oneway="TF"), *GRID_LINKS[1:]]
    times = town(GRID, links).travel_times(buildings_at({"a": (250, 0), "b": (750, 0)}))
    assert times.between("b", "a") == pytest.approx(50)
    assert times.between("a", "b") == pytest.approx(350)


def test_partial_link_takes_its_share_of_the_length_driven() -> None:
    network = town({"a": (0, 0), "b": (1000, 0)}, [link("a", "b", 1600.0)])
    times = network.travel_times(buildings_at({"quarter": (250, 0), "end": (1000, 0)}))
    assert times.between("quarter", "end") == pytest.approx(0.75 * 160)


@pytest.mark.parametrize("order", [1, -1])
def test_the_quicker_of_two_parallel_streets_is_taken(order: int) -> None:
    links = [link("a", "b", 1000.0), link("a", "b", 1500.0, road_class="freeway")][::order]
    network = town({"a": (0, 0), "b": (1000, 0)}, links)
    times = network.travel_times(buildings_at({"a": (0, 0), "b": (1000, 0)}))
    assert times.between("a", "b") == pytest.approx(75)
    assert times.metres is not None
    assert times.metres[0, 1] == pytest.approx(1500)


def test_school_beside_a_freeway_is_joined_to_the_street() -> None:
    junctions = {"f0": (0, 0), "f1": (2000, 0), "s0": (0, 300), "s1": (2000, 300)}
    links = [
        link("f0", "f1", 2000.0, road_class="freeway"),
        link("s0", "s1", 2000.0),
        link("f0", "s0", 300.0, road_class="ramp"),
        link("f1", "s1", 300.0, road_class="ramp"),
    ]
    network = town(junctions, links)
    schools = buildings_at({"beside": (1000, 50), "west": (0, 300)})
    times = network.travel_times(schools)
    assert times.between("beside", "west") == pytest.approx(250 / 5 + 100)
    # From end to end the freeway is the quicker way: 30 + 100 + 30, not 200 seconds.
    ends = network.travel_times(buildings_at({"west": (0, 300), "east": (2000, 300)}))
    assert ends.between("west", "east") == pytest.approx(160)


def test_a_network_of_freeways_reaches_no_building() -> None:
    network = town({"a": (0, 0), "b": (1000, 0)}, [link("a", "b", 1000.0, road_class="freeway")])
    with pytest.raises(NetworkError, match="no street can be reached"):
        network.travel_times(buildings_at({"x": (10, 10)}))


def test_building_outside_a_corner_joins_at_the_junction(grid: RoadNetwork) -> None:
    times = grid.travel_times(buildings_at({"out": (-30, -40), "north": (0, 1000)}))
    assert times.between("out", "north") == pytest.approx(50 / 5 + 100)


def test_unreachable_is_inf_and_named() -> None:
    junctions = {"a": (0, 0), "b": (1000, 0), "c": (0, 3000), "d": (1000, 3000)}
    network = town(junctions, [link("a", "b", 1000.0), link("c", "d", 1000.0)]).with_islands()
    schools = buildings_at({"one": (0, 0), "two": (500, 0), "island": (500, 3000)})
    with pytest.warns(DistrictNotice, match=r"4 pairs.*Cut off from the other 2.*: island\..*"):
        times = network.travel_times(schools)
    np.testing.assert_array_equal(np.isinf(times.seconds), [[0, 0, 1], [0, 0, 1], [1, 1, 0]])
    assert times.metres is not None
    np.testing.assert_array_equal(np.isinf(times.metres), np.isinf(times.seconds))
    assert ("one", "island") in times.unreachable_pairs()
    with pytest.raises(UnreachableError, match="two to island"):
        network.paths(schools, [("one", "two"), ("two", "island")])
    with pytest.raises(UnreachableError, match=r"cut off from the other 2 .*: island\n"):
        times.require_reachable()


def test_a_dead_end_one_way_is_unreachable_in_one_direction() -> None:
    network = town({"a": (0, 0), "b": (1000, 0)}, [link("a", "b", 1000.0, oneway="FT")])
    with pytest.warns(DistrictNotice, match="1 pair of buildings has"):
        times = network.travel_times(buildings_at({"a": (0, 0), "b": (1000, 0)}))
    assert times.between("a", "b") == pytest.approx(100)
    assert times.unreachable_pairs() == [("b", "a")]


def test_buildings_off_the_network_are_all_named(grid: RoadNetwork) -> None:
    schools = buildings_at({"in": (0, 0), "east": (9000, 0), "north": (0, 9000)})
    with pytest.raises(NetworkError) as caught:
        grid.travel_times(schools)
    assert caught.value.faults == ("east: 7,000 m", "north: 7,000 m")
    reached = grid.travel_times(schools, max_access_m=8000)
    assert np.isfinite(reached.seconds).all()


def test_swapped_coordinates_are_off_the_network(grid: RoadNetwork) -> None:
    place = buildings_at({"x": (0, 0)}).geometry.iloc[0]
    swapped = gpd.GeoDataFrame(
        geometry=[Point(place.y, place.x)], index=["x"], crs="EPSG:4326"
    ).rename_axis("building_id")
    with pytest.raises(NetworkError, match=r"1 buildings .* from every street"):
        grid.travel_times(swapped)


def test_unusable_places_are_all_named(grid: RoadNetwork) -> None:
    schools = buildings_at({"a": (0, 0), "b": (0, 0), "c": (0, 0)})
    schools.geometry = [Point(), None, schools.geometry.iloc[2]]
    with pytest.raises(NetworkError) as caught:
        grid.travel_times(schools)
    assert caught.value.faults == ("a has no usable point", "b has no usable point")
    with pytest.raises(NetworkError, match="no coordinate system"):
        grid.travel_times(buildings_at({"a": (0, 0)}).set_crs(None, allow_override=True))


def test_path_follows_the_streets_and_measures_what_was_driven(grid: RoadNetwork) -> None:
    schools = buildings_at({"a": (250, 50), "b": (1000, 1700)})
    line = grid.path(*schools.geometry)
    assert (line.coords[0], line.coords[-1]) == tuple(p.coords[0] for p in schools.geometry)
    metres = gpd.GeoSeries([line], crs="EPSG:4326").to_crs(CRS)
    streets = shapely.union_all(grid.links_frame().to_crs(CRS).geometry.to_numpy())
    assert metres.length.iloc[0] == pytest.approx(50 + 750 + 1700, abs=1e-3)
    assert metres.intersection(streets.buffer(0.01)).length.iloc[0] == pytest.approx(2450, abs=0.1)


def test_paths_are_the_matrix_to_the_last_digit(grid: RoadNetwork) -> None:
    schools = buildings_at(
        {"a": (250, 50), "b": (1010, 1700), "c": (1990, 333), "d": (666, 990), "e": (667, 2000)}
    )
    times = grid.travel_times(schools, profile="school_arrival")
    pairs = [(a, b) for b in times.ids for a in times.ids]
    paths = grid.paths(schools, pairs, profile="school_arrival")
    assert list(paths.index) == pairs
    assert paths.index.names == ["origin_id", "destination_id"]
    at = [(times.ids.index(a), times.ids.index(b)) for a, b in pairs]
    assert times.metres is not None
    assert paths["seconds"].tolist() == [times.seconds[k] for k in at]
    assert paths["metres"].tolist() == [times.metres[k] for k in at]
    np.testing.assert_allclose(paths.to_crs(CRS).length, paths["metres"], atol=1e-3)


@pytest.mark.parametrize("oneway", ["FT", "TF", "B"])
def test_path_follows_the_bends_of_a_link(oneway: str) -> None:
    straight = town(
        {"a": (0, 0), "b": (1000, 0), "c": (2000, 0)},
        [link("a", "b", 3000.0, oneway=oneway), link("b", "c", 1000.0)],
    )
    bend = affinity.translate(LineString([(0, 0), (0, 1000), (1000, 1000), (1000, 0)]), EAST, NORTH)
    lines = np.array([bend, straight.lines[1]], dtype=object)
    network = dataclasses.replace(straight, lines=lines).with_islands()
    schools = buildings_at({"west": (0, 500), "east": (1500, 0)})
    pair = ("west", "east") if oneway != "TF" else ("east", "west")
    path = network.paths(schools, [pair]).to_crs(CRS)
    assert path["metres"].iloc[0] == pytest.approx(3000)
    assert path.length.iloc[0] == pytest.approx(500 + 1000 + 1000 + 500, abs=1e-3)


@pytest.mark.parametrize("way", [("a", "b", "FT"), ("a", "b", "TF"), ("b", "a", "FT")])
def test_a_place_at_a_junction_is_the_junction(way: tuple[str, str, str]) -> None:
    """Half a millimetre into a one-way street is not a trap."""
    start, end, oneway = way
    links = [link(start, end, 1000.0, oneway=oneway), link("b", "c", 1000.0)]
    network = town({"a": (0, 0), "b": (1000, 0), "c": (2000, 0)}, links)
    times = network.travel_times(buildings_at({"near": (999.9995, 0), "c": (2000, 0)}))
    assert times.between("c", "near") == pytest.approx(100, abs=1e-3)
    assert times.between("near", "c") == pytest.approx(100, abs=1e-3)


def test_paths_of_nothing_and_of_strangers(grid: RoadNetwork) -> None:
    schools = buildings_at({"a": (250, 50), "b": (1000, 1700)})
    assert grid.paths(schools, []).empty
    with pytest.raises(NetworkError, match="2 ids are not buildings\n  x, y"):
        grid.paths(schools, [("a", "x"), ("y", "b")])


def test_profiles_scale_streets_and_legs_apart(grid: RoadNetwork) -> None:
    schools = buildings_at({"corner": (0, 0), "mid": (500, 100)})
    emergency = grid.travel_times(schools, profile="emergency")
    assert emergency.between("corner", "mid") == pytest.approx(50 / 1.35 + 20)
    arrival = grid.travel_times(schools, profile="school_arrival")
    assert arrival.between("corner", "mid") == pytest.approx(70 / 0.85)
    own = Profile(name="fog", factor=0.5, exceptions=(ClassFactor("street", "town", 0.25),))
    fog = grid.travel_times(schools, profile=own)
    assert fog.between("corner", "mid") == pytest.approx(50 / 0.25 + 20)
    assert fog.profile == "fog"


def test_a_profile_can_change_the_way() -> None:
    junctions = {"a": (0, 0), "b": (1000, 0)}
    links = [link("a", "b", 1000.0), link("a", "b", 1500.0, road_class="freeway")]
    jam = Profile(name="jam", exceptions=(ClassFactor("freeway", "town", 0.5),))
    times = town(junctions, links).travel_times(buildings_at(junctions), profile=jam)
    assert times.between("a", "b") == pytest.approx(100)
    assert times.metres is not None
    assert times.metres[0, 1] == pytest.approx(1000)


def test_arrival_slows_town_streets_and_leaves_the_country() -> None:
    arrival = PROFILES["school_arrival"]
    areas = np.array(["urban", "suburban", "rural"])
    assert arrival.factors_of(np.array(["arterial"] * 3), areas).tolist() == [0.85, 0.85, 1.0]


def test_unknown_profile_lists_the_known(grid: RoadNetwork) -> None:
    with pytest.raises(NetworkError, match="free_flow, school_arrival, emergency"):
        grid.travel_times(buildings_at({"a": (0, 0)}), profile="rush")


@pytest.mark.parametrize(
    "fields", [{"factor": 0.0}, {"factor": float("nan")}, {"access_factor": -1.0}]
)
def test_profiles_that_make_no_sense(fields: dict[str, float]) -> None:
    with pytest.raises(NetworkError, match="not a number above 0"):
        Profile(name="odd", **fields)


def test_the_shipped_profiles_are_read_only() -> None:
    assert tuple(PROFILES)[:3] == ("free_flow", "school_arrival", "emergency")
    with pytest.raises(TypeError):
        PROFILES["mine"] = Profile(name="mine")  # type: ignore[index]


def test_with_speeds_is_another_network(grid: RoadNetwork) -> None:
    twice = SpeedTable.from_mapping({("street", "town"): 72.0}, access_kph=18.0, access_detour=1.0)
    schools = buildings_at({"corner": (0, 0), "mid": (500, 100)})
    assert grid.with_speeds(twice).travel_times(schools).between("corner", "mid") == pytest.approx(
        25 + 20
    )
    assert grid.travel_times(schools).between("corner", "mid") == pytest.approx(70)
    with pytest.raises(NetworkError, match="road class 'street' in area 'town': 24 links"):
        grid.with_speeds(SpeedTable.from_mapping({("lane", "town"): 30.0}))


RIVER = {
    **{f"n{x}": (1000.0 * x, 1000.0) for x in range(3)},
    **{f"s{x}": (1000.0 * x, 0.0) for x in range(3)},
}
RIVER_LINKS = [
    *(link(f"n{x}", f"n{x + 1}", 1000.0, name="north bank") for x in (0, 1)),
    *(link(f"s{x}", f"s{x + 1}", 1000.0, name="south bank") for x in (0, 1)),
    link("n0", "s0", 1000.0, name="Old Bridge"),
    link("n2", "s2", 1000.0, name="I-65/US 31"),
]
BANKS = {"north": (0.0, 1000.0), "south": (0.0, 0.0), "on": (100.0, 600.0)}


def test_a_closed_bridge_sends_drivers_round_by_the_other() -> None:
    """Two banks and two bridges, blocks of 1 km at 10 m/s."""
    network, schools = town(RIVER, RIVER_LINKS), buildings_at(BANKS)
    before = network.travel_times(schools).seconds
    assert before[:2, 2] == pytest.approx([20 + 40, 20 + 60])  # by the bridge, a leg of 100 m
    times = network.times_without(schools, ["old bridge"], profile="free_flow")
    # The building beside the bridge joins the north bank now, 400 m away at 5 m/s.
    assert times.seconds == pytest.approx(
        np.array([[0, 500, 90], [500, 0, 570], [90, 570, 0]]), abs=1e-6
    )
    assert times.source == "streets: a small town, without old bridge"
    assert network.travel_times(schools).seconds == pytest.approx(before)


def test_a_closure_that_cuts_off_leaves_no_way_and_joins_nobody_across() -> None:
    links = [*RIVER_LINKS[:-1], {**RIVER_LINKS[-1], "road_class": "freeway"}]
    network, schools = town(RIVER, links), buildings_at(BANKS)
    for closed in (["Old Bridge", "US 31"], ["Old Bridge", "freeway"]):
        times = network.times_without(schools, closed, profile="free_flow")
        assert times.unreachable_pairs() == [
            *(("north", "south"), ("south", "north")),
            *(("south", "on"), ("on", "south")),
        ]
    by_class = network.times_without(schools, ["freeway"], profile="free_flow")
    assert by_class.between("north", "south") == pytest.approx(100)


def test_many_buildings_and_few_see_the_same_closure() -> None:
    """From `HIERARCHY_FROM` buildings the hierarchy answers, below it Dijkstra's algorithm."""
    network = city(9, seed=3)
    schools = buildings_at({f"b{k}": (37.0 * k % 1600, 91.0 * k % 1600) for k in range(60)})
    many = network.times_without(schools, ["arterial"], profile="free_flow")
    few = network.times_without(schools.iloc[:20], ["arterial"], profile="free_flow")
    assert many.subset(few.ids).seconds == pytest.approx(few.seconds)
    before = network.travel_times(schools).seconds
    assert (many.seconds > before + 1).mean() > 0.5


def test_a_closure_that_names_no_street_says_what_is_near(grid: RoadNetwork) -> None:
    with pytest.raises(NetworkError, match="'Row 7'; similar: Row 2, Row 1, Row 0") as told:
        grid.times_without(buildings_at({"a": (0, 0)}), ["Row 7", "motorway", "Row 1"])
    assert "'motorway'" in str(told.value)


def test_speeds_that_came_with_the_data_stay() -> None:
    junctions, links = tables(GRID, GRID_LINKS)
    links["speed_kph"] = [90.0] + [np.nan] * 11
    network = RoadNetwork.from_tables(junctions, links, speeds=STREETS, source="a grid")
    assert network.speed_given.tolist() == [True] * 2 + [False] * 22
    slow = SpeedTable.from_mapping({("street", "town"): 18.0}, access_kph=18.0, access_detour=1.0)
    for asked, seconds in ((network, 100), (network.with_speeds(slow), 200)):
        assert asked.travel_time_s[:3].tolist() == pytest.approx([40, 40, seconds])


def test_network_arrays_are_read_only_and_inputs_untouched() -> None:
    junctions, links = tables(GRID, GRID_LINKS)
    before = junctions.copy(), links.copy()
    network = RoadNetwork.from_tables(junctions, links, speeds=STREETS, source="a grid")
    schools = buildings_at({"a": (1, 1), "b": (5, 5)})
    schools_before = schools.copy()
    network.travel_times(schools)
    assert junctions.equals(before[0])
    assert links.equals(before[1])
    assert schools.equals(schools_before)
    with pytest.raises(ValueError, match="read-only"):
        network.length_m[0] = 1.0


def test_same_inputs_same_bytes(grid: RoadNetwork) -> None:
    # 50 m from four streets at once: every tie is decided by the order of the table.
    schools = buildings_at({"a": (500, 500), "b": (1500, 500), "c": (500, 1500), "d": (0, 0)})
    again = town(GRID, GRID_LINKS)
    one, two = grid.travel_times(schools), again.travel_times(schools)
    assert one.metres is not None
    assert two.metres is not None
    assert one.seconds.tobytes() == two.seconds.tobytes()
    assert one.metres.tobytes() == two.metres.tobytes()


def test_views_of_the_network(grid: RoadNetwork) -> None:
    graph = grid.to_networkx()
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (9, 24)
    assert graph["00"]["10"][0]["travel_time_s"] == pytest.approx(100)
    frame = grid.links_frame()
    assert len(frame) == 12
    assert frame.crs == "EPSG:4326"
    assert frame.loc[0, ["from_junction", "to_junction", "name"]].tolist() == ["00", "10", "Row 0"]
    np.testing.assert_allclose(frame.to_crs(CRS).length, 1000, atol=1e-3)
    assert repr(grid) == "RoadNetwork(9 junctions, 12 links, EPSG:32616, source='a small town')"
    assert grid.describe() == {
        "junctions": 9,
        "links": 12,
        "one_way_links": 0,
        "kilometres": 12.0,
        "kilometres_street": 12.0,
    }


def test_straight_line_estimate_by_hand() -> None:
    schools = buildings_at({"a": (0, 0), "b": (3000, 4000)})
    times = straight_line_times(schools, detour=1.2, speed_kph=36.0)
    assert times.between("a", "b") == pytest.approx(600, rel=1e-6)
    assert times.metres is not None
    assert times.metres[1, 0] == pytest.approx(6000, rel=1e-6)
    assert times.estimate == (
        "Straight-line estimate, no streets were used: "
        "1.2 times the straight line at 36 km/h (22 mph)."
    )
    fast = straight_line_times(schools, profile="emergency")
    assert fast.between("a", "b") == pytest.approx(5000 * 1.3 / (40 * 1.35 / 3.6), rel=1e-6)
    assert fast.profile == "emergency"


@pytest.mark.parametrize("options", [{"detour": 0.9}, {"speed_kph": 0.0}, {"speed_kph": 999.0}])
def test_straight_line_refuses_nonsense(options: dict[str, float]) -> None:
    with pytest.raises(NetworkError, match="no straight-line estimate"):
        straight_line_times(buildings_at({"a": (0, 0)}), **options)


def test_one_building_and_no_warning(grid: RoadNetwork) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert grid.travel_times(buildings_at({"a": (0, 0)})).seconds.tolist() == [[0.0]]
