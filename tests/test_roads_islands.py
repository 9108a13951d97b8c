"""Buildings beside streets that are cut off: who is moved, by how much, and who is not."""

from __future__ import annotations

import dataclasses
import itertools
import warnings
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from helpers.engines import ENGINES, Engine, times_by
from helpers.road_towns import CRS, GRID, GRID_LINKS, buildings_at, link, town
from hypothesis import given, settings
from test_roads_checked import random_towns

from zoning.errors import DistrictNotice, NetworkError, UnreachableError
from zoning.roads import RoadNetwork, isochrones, load_network, save_network
from zoning.roads.quality import network_quality
from zoning.roads.travel.access import find_access_legs, join_buildings, points_of
from zoning.roads.travel.nearest import reached_places

# 500 m east of the grid's east side; the streets of the grid lie at x = 0, 1000 and 2000.
ISLAND = {"i0": (2100, 450), "i1": (2100, 550)}
ISLAND_LINKS = [link("i0", "i1", 100.0)]
HOME = {"home": (0.0, 500.0), "away": (2000.0, 1500.0)}


def with_island() -> RoadNetwork:
    return town(GRID | ISLAND, [*GRID_LINKS, *ISLAND_LINKS])


def with_trap() -> RoadNetwork:
    """A one-way street out of the grid, which nobody can leave."""
    return town(GRID | {"out": (2900, 0)}, [*GRID_LINKS, link("20", "out", 900.0, oneway="FT")])


def rows(
    count: int, *, east: float = 0.0, north: float = 0.0
) -> tuple[dict[str, tuple[float, float]], list[dict[str, object]]]:
    """Streets in a row from west to east, 100 m from junction to junction."""
    at = {f"{east}-{north}-{k}": (east + 100.0 * k, north) for k in range(count)}
    return at, [link(a, b, 100.0) for a, b in itertools.pairwise(at)]


def two_parts(first: int, second: int, *, apart_m: float) -> RoadNetwork:
    (one, links), (two, more) = rows(first), rows(second, north=apart_m)
    return town(one | two, [*links, *more])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("network", "place", "farther_m", "home_s"),
    [
        # 90 m from the grid and not on the island: 90 m at 5 m/s, 2,500 m to home, no leg there.
        (with_island(), (2090.0, 500.0), 80.0, 18.0 + 300.0),
        # 300 m along the trap: back to the corner in a straight line.
        (with_trap(), (2300.0, 0.0), 300.0, 60.0 + 250.0),
    ],
    ids=["island", "trap"],
)
def test_a_school_beside_a_cut_off_street_is_joined_to_the_next(
    network: RoadNetwork,
    place: tuple[float, float],
    farther_m: float,
    home_s: float,
    engine: Engine,
) -> None:
    schools = buildings_at(HOME | {"off": place})
    with pytest.warns(DistrictNotice, match=rf"1 building joined .* off \({farther_m:.0f} m far"):
        times = times_by(engine, network, schools)
    times.require_reachable()
    assert times.between("off", "home") == pytest.approx(home_s, abs=0.01)
    assert times.between("home", "off") == pytest.approx(home_s, abs=0.01)


def test_everything_that_joins_buildings_moves_them_alike() -> None:
    network, schools = with_island(), buildings_at(HOME | {"off": (2090.0, 500.0)})
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        times = network.travel_times(schools)
        path = network.paths(schools, [("off", "home")]).to_crs(CRS)
        places = reached_places(network, schools, profile="free_flow")
        ground = isochrones(network, schools.loc[["off"]], [1], width_m=1.0).to_crs(CRS)
    assert len(warned) == 4
    assert {"off (80 m farther, 90 m in all)" in str(w.message) for w in warned} == {True}
    assert path["seconds"].iloc[0] == pytest.approx(times.between("off", "home"))
    # 18 s of leg, then 42 s at 10 m/s to either side of (2000, 500).
    assert ground["street_m"].iloc[0] == pytest.approx(840)
    own = places.seconds[places.building == places.ids.index("off")]
    assert np.isfinite(own).all()
    assert len(own) > 10


def test_a_building_on_the_largest_part_stays_in_silence(
    recwarn: pytest.WarningsRecorder,
) -> None:
    legs = join_buildings(with_island(), points_of(buildings_at(HOME)))
    assert legs.farther_m.tolist() == [0.0, 0.0]
    assert not recwarn.list


def test_islands_can_be_kept(tmp_path: Path) -> None:
    network, schools = with_island(), buildings_at(HOME | {"off": (2090.0, 500.0)})
    kept = network.with_islands()
    assert not network.keep_islands
    assert kept.content_hash != network.content_hash
    again = load_network(save_network(kept, tmp_path / "kept.streets"))
    assert again.keep_islands
    assert again.content_hash == kept.content_hash
    with pytest.warns(DistrictNotice, match="4 pairs"):
        times = again.travel_times(schools)
    with pytest.raises(UnreachableError, match=r"cut off from the other 2 .* off"):
        times.require_reachable()


def test_a_link_of_the_largest_part_is_taken_before_an_island_as_near() -> None:
    """An island that begins at the very place of a corner of the grid, without a junction there."""
    network = town(GRID | {"i0": (0, 0), "i1": (-500, -500)}, [*GRID_LINKS, link("i0", "i1", 710)])
    legs = join_buildings(network, points_of(buildings_at({"corner": (0.0, 0.0)})))
    assert legs.farther_m.tolist() == [0.0]
    assert network.link_ends()[0][legs.link[0]] != network.node_ids.index("i0")


def test_the_largest_part_is_one_that_buildings_may_join() -> None:
    """A freeway of twenty junctions, and two streets of two junctions beside it."""
    junctions, links = rows(20)
    streets = {"s0": (0, 50), "s1": (500, 50), "t0": (0, 900), "t1": (450, 900)}
    links = [row | {"road_class": "freeway"} for row in links]
    network = town(junctions | streets, [*links, link("s0", "s1", 500.0), link("t0", "t1", 450.0)])
    legs = _moved(network, {"a": (100, 60), "b": (100, 880)})
    # Two parts have two junctions; the one with more metres of street is the largest.
    assert legs == {"a": 0.0, "b": pytest.approx(810.0, abs=0.01)}


def test_of_parts_equal_in_all_the_first_is_the_largest() -> None:
    legs = _moved(two_parts(5, 5, apart_m=600.0), {"a": (50, 0), "b": (50, 600)})
    assert legs == {"a": 0.0, "b": pytest.approx(600.0, abs=0.01)}


def _moved(network: RoadNetwork, places: Mapping[str, tuple[float, float]]) -> dict[str, float]:
    legs, _ = find_access_legs(network, points_of(buildings_at(places)), max_access_m=5000.0)
    return dict(zip(legs.ids, legs.farther_m.tolist(), strict=True))


@pytest.mark.parametrize(
    ("main", "other", "apart_m", "schools", "moved"),
    [
        (600, 49, 999.0, 3, True),  # A fragment that is near.
        (600, 59, 999.0, 3, True),  # More junctions, but under a tenth of the largest, and near.
        (600, 60, 30.0, 1, False),  # As good as a tenth of the largest, however near.
        (600, 49, 1001.0, 1, True),  # Far, but a fragment with one school.
        (600, 49, 1001.0, 2, False),  # Far, and two schools live there.
        (600, 50, 1001.0, 1, False),  # Far, and as many junctions as a village.
    ],
)
def test_a_place_of_its_own_is_told_from_a_fault_by_size_distance_and_schools(
    main: int, other: int, apart_m: float, schools: int, moved: bool
) -> None:
    network = two_parts(main, other, apart_m=apart_m)
    there = {f"there {k}": (200.0 * k, apart_m) for k in range(schools)}
    places = buildings_at({"here": (500.0, 0.0)} | there)
    said = "joined to a street" if moved else rf"{schools} buildings? left .*{other} junctions"
    with pytest.warns(DistrictNotice, match=said):
        legs = join_buildings(network, points_of(places))
    assert (legs.farther_m[1:] > 0).tolist() == [moved] * schools


def test_a_district_beside_a_larger_neighbour_is_left_in_peace(
    recwarn: pytest.WarningsRecorder,
) -> None:
    """All schools stand beside the smaller part: nothing is moved, and nothing is missing."""
    network = two_parts(200, 60, apart_m=3000.0)
    schools = buildings_at({"a": (100.0, 3000.0), "b": (900.0, 3000.0)})
    network.travel_times(schools).require_reachable()
    assert network.paths(schools, [("a", "b")])["metres"].tolist() == pytest.approx([800.0])
    assert not recwarn.list


@pytest.mark.filterwarnings("ignore::zoning.errors.DistrictNotice")
def test_a_school_too_far_from_the_largest_part_is_an_error_that_names_both() -> None:
    network = two_parts(30, 2, apart_m=6000.0)
    schools = buildings_at({"here": (0.0, 0.0), "there": (50.0, 6000.0)})
    with pytest.raises(NetworkError) as caught:
        network.travel_times(schools)
    assert caught.value.faults == (
        "there: its street is in a part of 2 junctions, the largest part is 6,000 m away",
    )
    assert "keep_islands = true" in caught.value.remedy
    assert np.isinf(network.with_islands().travel_times(schools).seconds[0, 1])
    assert np.isfinite(network.travel_times(schools, max_access_m=7000.0).seconds).all()


def test_streets_that_lead_nowhere_have_no_largest_part() -> None:
    """One-way streets from a to d: no two junctions lead to each other, so nobody is moved."""
    at, links = rows(4)
    network = town(at, [row | {"oneway": "FT"} for row in links])
    with pytest.warns(DistrictNotice, match="1 pair of buildings has no way"):
        times = network.travel_times(buildings_at({"a": (50, 0), "b": (250, 0)}))
    assert times.between("a", "b") == pytest.approx(20)


def test_messages_about_many_schools_stay_short() -> None:
    at, links = rows(200)
    schools = {f"s{k:03}": (100.0 * k, 20.0) for k in range(100)}
    for k in range(100):
        at |= {f"i{k}a": (100.0 * k, 30.0), f"i{k}b": (100.0 * k + 30, 30.0)}
        links.append(link(f"i{k}a", f"i{k}b", 30.0))
    network = town(at, links)
    with pytest.warns(DistrictNotice) as warned:
        network.travel_times(buildings_at(schools))
    words = str(warned[0].message)
    assert words.startswith("100 buildings joined")
    assert "and 95 more" in words
    with pytest.warns(DistrictNotice) as warned:
        times = network.with_islands().travel_times(buildings_at(schools))
    assert len(str(warned[0].message)) < 500
    with pytest.raises(UnreachableError) as caught:
        times.require_reachable()
    assert len(str(caught.value)) < 800


@pytest.mark.slow
def test_the_quality_report_tells_islands_and_who_is_moved_from_them() -> None:
    schools = buildings_at(HOME | {"off": (2090.0, 500.0)})
    found = network_quality(with_island(), schools)
    assert found.cut_off == ("off",)
    assert found.access["straight_m"].tolist() == pytest.approx([0, 0, 10], abs=1e-6)
    assert found.access["farther_m"].tolist() == pytest.approx([0, 0, 80], abs=1e-6)
    assert "1 building is beside streets that are cut off: off." in str(found)
    assert "joined to the largest part instead: off (80 m farther)" in str(found)
    assert found.detours["unreachable"].sum() == 0
    kept = network_quality(with_island().with_islands(), schools)
    assert "instead" not in str(kept)
    assert kept.detours["unreachable"].sum() == 2


@pytest.mark.slow
@settings(max_examples=40, deadline=None, derandomize=True)
@given(random_towns())
def test_random_towns_are_joined_to_the_largest_part_of_networkx(
    case: tuple[RoadNetwork, gpd.GeoDataFrame],
) -> None:
    network, schools = dataclasses.replace(case[0], keep_islands=False), case[1]
    legs, left = find_access_legs(network, points_of(schools), max_access_m=np.inf)
    start, end = network.link_ends()
    freeways = np.unique(network.link_id[network.road_class == "freeway"])
    is_open = ~np.isin(np.arange(len(network.lines)), freeways)
    ids = np.array(network.node_ids)
    graph = nx.DiGraph(network.to_networkx())
    ranked = []
    for part in nx.strongly_connected_components(graph):
        links = np.flatnonzero(is_open & np.isin(ids[start], [*part]) & np.isin(ids[end], [*part]))
        served = {*start[links].tolist(), *end[links].tolist()}
        first = min(network.node_ids.index(node) for node in part)
        metres = sum(network.length_m[network.link_id == k][0] for k in links)
        ranked.append((-len(served), -metres, first, links))
    links = min(ranked, key=lambda row: row[:3])[3]
    places = schools.geometry.to_crs(network.crs).to_numpy()
    to_open = [shapely.distance(network.lines[is_open], place).min() for place in places]
    np.testing.assert_allclose(legs.straight_m - legs.farther_m, to_open, atol=1e-6)
    for k, place in enumerate(places):
        if not len(links) or (left and legs.link[k] not in links):
            assert legs.farther_m[k] == 0.0
        else:
            assert legs.link[k] in links
            nearest = shapely.distance(network.lines[links], place).min()
            assert legs.straight_m[k] <= nearest + 1e-6
            assert not legs.farther_m[k] or legs.straight_m[k] == pytest.approx(nearest)
