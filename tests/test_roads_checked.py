"""Travel times against networkx, on random towns and on the embedded streets."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from helpers.road_towns import CRS, buildings_at, link, town
from hypothesis import given, settings
from hypothesis import strategies as st

from zoning.roads import (
    DEFAULT_SPEEDS,
    PROFILES,
    ClassSpeed,
    Profile,
    RoadNetwork,
    SpeedTable,
    TravelTimes,
    read_network,
)
from zoning.roads.travel.access import join_buildings, points_of
from zoning.schools import buildings, read_schools

DATA = Path(__file__).parent.parent / "data"
MILLIMETRE = 1e-3


def reference_seconds(
    network: RoadNetwork, schools: gpd.GeoDataFrame, profile: Profile
) -> Iterator[tuple[str, dict[str, float]]]:
    """Times from each building by networkx, on a graph built the slow, plain way.

    Only the choice between links equally near is taken from the library; that
    the link is a nearest one is asserted here.
    """
    legs = join_buildings(network, points_of(schools))
    places = schools.geometry.to_crs(network.crs)
    open_lines = network.lines[
        np.unique(network.link_id[~np.isin(network.road_class, network.speeds.no_access_from)])
    ]
    stops: dict[int, list[tuple[float, str]]] = {}
    graph: nx.DiGraph[Any] = nx.DiGraph()

    def join(a: object, b: object, seconds: float) -> None:
        if not graph.has_edge(a, b) or graph[a][b]["s"] > seconds:
            graph.add_edge(a, b, s=seconds)

    kph = network.speeds.access_kph * profile.access_factor
    for building, place, link_id in zip(schools.index, places, legs.link, strict=True):
        line = network.lines[link_id]
        metres = place.distance(line)
        assert metres <= shapely.distance(open_lines, place).min() + 1e-6
        seconds = metres * network.speeds.access_detour / kph * 3.6
        join(("building", building), ("stop", building), seconds)
        join(("stop", building), ("building", building), seconds)
        stops.setdefault(int(link_id), []).append((line.project(place), building))

    factors = profile.factors_of(network.road_class, network.area)
    for edge in range(len(network.edge_from)):
        a = network.node_ids[network.edge_from[edge]]
        b = network.node_ids[network.edge_to[edge]]
        line = network.lines[network.link_id[edge]]
        marks: list[tuple[float, object]] = [(0.0, a), (line.length, b)]
        for at, building in stops.get(int(network.link_id[edge]), []):
            along = at if network.along[edge] else line.length - at
            for end, node in ((0.0, a), (line.length, b)):
                if abs(along - end) < MILLIMETRE:
                    join(("stop", building), node, 0.0)
                    join(node, ("stop", building), 0.0)
            marks.append((along, ("stop", building)))
        marks.sort(key=lambda mark: mark[0])
        per_metre = network.travel_time_s[edge] / factors[edge] / line.length
        for (here, x), (there, y) in itertools.pairwise(marks):
            join(x, y, (there - here) * per_metre)
            if there - here < MILLIMETRE and "stop" in (x[0], y[0]):
                join(y, x, (there - here) * per_metre)
    for building in schools.index:
        reached = nx.single_source_dijkstra_path_length(graph, ("building", building), weight="s")
        yield building, {b: reached.get(("building", b), np.inf) for b in schools.index}


def assert_same(times: TravelTimes, origin: str, expected: dict[str, float]) -> None:
    row = times.seconds[times.ids.index(origin)]
    np.testing.assert_allclose(row, [expected[i] for i in times.ids], rtol=1e-9, atol=1e-4)


# Tens of metres: two different places are never within the millimetre that counts as one.
_place = st.tuples(*[st.integers(0, 200).map(lambda v: 10.0 * v)] * 2)


@st.composite
def random_towns(draw: st.DrawFn) -> tuple[RoadNetwork, gpd.GeoDataFrame]:
    corners = draw(st.lists(_place, min_size=3, max_size=8, unique=True))
    junctions = {f"j{k}": place for k, place in enumerate(corners)}
    ends = st.lists(st.sampled_from(list(junctions)), min_size=2, max_size=2, unique=True)
    drawn = draw(
        st.lists(
            st.tuples(
                ends,
                st.floats(1.0, 2.0),
                st.sampled_from(["B", "B", "FT", "TF"]),
                st.sampled_from(["street", "street", "freeway"]),
            ),
            min_size=2,
            max_size=16,
        )
    )
    links = [
        link(
            a,
            b,
            float(np.hypot(*np.subtract(junctions[a], junctions[b]))) * winding,
            oneway=oneway,
            road_class=road_class if k else "street",
        )
        for k, ((a, b), winding, oneway, road_class) in enumerate(drawn)
    ]
    schools = draw(st.lists(_place, min_size=2, max_size=6))
    speeds = SpeedTable.from_mapping(
        {("street", "town"): 36.0, ("freeway", "town"): 72.0}, access_kph=18.0
    )
    return (
        town(junctions, links, speeds=speeds).with_islands(),
        buildings_at({f"b{k}": place for k, place in enumerate(schools)}),
    )


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::zoning.errors.DistrictNotice")
@settings(max_examples=100, deadline=None, derandomize=True)
@given(random_towns())
def test_random_towns_equal_networkx_and_keep_the_triangle(
    case: tuple[RoadNetwork, gpd.GeoDataFrame],
) -> None:
    network, schools = case
    profile = PROFILES["emergency"]
    times = network.travel_times(schools, profile=profile)
    for origin, expected in reference_seconds(network, schools, profile):
        assert_same(times, origin, expected)
    assert_triangle(times)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::zoning.errors.DistrictNotice")
@settings(max_examples=30, deadline=None, derandomize=True)
@given(random_towns())
def test_at_one_speed_metres_are_seconds_and_paths_agree(
    case: tuple[RoadNetwork, gpd.GeoDataFrame],
) -> None:
    network, schools = case
    table = SpeedTable.from_mapping(
        {("street", "town"): 36.0, ("freeway", "town"): 36.0}, access_kph=36.0
    )
    network = network.with_speeds(table)
    times = network.travel_times(schools)
    assert times.metres is not None
    np.testing.assert_allclose(times.metres, times.seconds * 10, rtol=1e-9)
    pairs = [
        (a, b)
        for (i, a), (j, b) in itertools.product(enumerate(times.ids), repeat=2)
        if np.isfinite(times.seconds[i, j])
    ]
    paths = network.paths(schools, pairs)
    for (a, b), row in paths.iterrows():
        i, j = times.ids.index(a), times.ids.index(b)
        assert (row["seconds"], row["metres"]) == (times.seconds[i, j], times.metres[i, j])
        assert row.geometry.coords[0] == schools.geometry.iloc[i].coords[0]
        assert row.geometry.coords[-1] == schools.geometry.iloc[j].coords[0]


def assert_triangle(times: TravelTimes) -> None:
    s = times.seconds
    for k in range(len(times.ids)):
        assert (s <= s[:, [k]] + s[[k], :] + 1e-6).all()


@pytest.fixture(scope="module")
def streets() -> RoadNetwork:
    return read_network(DATA)


@pytest.fixture(scope="module")
def jefferson() -> gpd.GeoDataFrame:
    return buildings(read_schools(DATA / "schools.geojson"))


@pytest.fixture(scope="module")
def free_flow(streets: RoadNetwork, jefferson: gpd.GeoDataFrame) -> TravelTimes:
    return streets.travel_times(jefferson)


def test_embedded_network_is_the_published_one(streets: RoadNetwork) -> None:
    """Counts and kilometres of the data's description: 3,244, 4,694, 2,044 km, one part."""
    counted = streets.describe()
    assert (counted["junctions"], counted["links"]) == (3244, 4694)
    assert counted["kilometres"] == pytest.approx(2044, abs=0.5)
    assert nx.is_strongly_connected(nx.DiGraph(streets.to_networkx()))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["free_flow", "school_arrival"])
def test_embedded_streets_equal_networkx(
    streets: RoadNetwork, jefferson: gpd.GeoDataFrame, name: str
) -> None:
    times = streets.travel_times(jefferson, profile=name)
    checked = reference_seconds(streets, jefferson, PROFILES[name])
    # A sample over all of them: the matrix is searched for in batches of origins.
    for origin, expected in itertools.islice(checked, 0, None, 13):
        assert_same(times, origin, expected)


def test_embedded_times_are_whole_and_keep_the_triangle(free_flow: TravelTimes) -> None:
    assert len(free_flow.ids) == 143
    assert np.isfinite(free_flow.seconds).all()
    assert_triangle(free_flow)


def test_embedded_access_legs_are_no_longer_than_to_a_junction(
    streets: RoadNetwork, jefferson: gpd.GeoDataFrame
) -> None:
    """The data's description: median school 220 m from a junction, farthest 1.7 km."""
    legs = join_buildings(streets, points_of(jefferson))
    assert np.median(legs.straight_m) <= 220
    assert legs.straight_m.max() <= 1700
    joined = [c for k in legs.link for c in streets.road_class[streets.link_id == k]]
    assert set(joined) == {"arterial", "collector"}


def test_embedded_roads_against_straight_lines(
    streets: RoadNetwork, jefferson: gpd.GeoDataFrame
) -> None:
    """The data's description: shortest road 1.27 times the straight line, median."""
    flat = SpeedTable(
        speeds=tuple(ClassSpeed(c, a, 40.0) for c, a, _ in DEFAULT_SPEEDS.speeds), access_kph=40.0
    )
    metres = streets.with_speeds(flat).travel_times(jefferson).metres
    places = jefferson.geometry.to_crs(CRS)
    x, y = places.x.to_numpy(), places.y.to_numpy()
    straight = np.hypot(x[:, None] - x, y[:, None] - y)
    assert metres is not None
    apart = ~np.eye(len(x), dtype=bool)
    assert (metres >= straight * 0.99 - 1).all()
    assert 1.2 <= np.median(metres[apart] / straight[apart]) <= 1.35


def test_embedded_speeds_near_the_planning_figure(
    free_flow: TravelTimes,
) -> None:
    """Between a building and its six nearest, about 25 mph, the planning sanity figure."""
    assert free_flow.metres is not None
    near = np.argsort(free_flow.seconds, axis=1)[:, 1:7]
    mph = (
        np.take_along_axis(free_flow.metres, near, 1)
        / np.take_along_axis(free_flow.seconds, near, 1)
        / 0.44704
    )
    assert 22 <= np.median(mph) <= 28


def test_embedded_profiles_keep_their_order(
    streets: RoadNetwork, jefferson: gpd.GeoDataFrame, free_flow: TravelTimes
) -> None:
    arrival = streets.travel_times(jefferson, profile="school_arrival").seconds
    emergency = streets.travel_times(jefferson, profile="emergency").seconds
    apart = ~np.eye(len(jefferson), dtype=bool)
    assert (emergency[apart] < free_flow.seconds[apart]).all()
    assert (arrival[apart] > free_flow.seconds[apart]).all()
    assert (emergency >= free_flow.seconds / 1.35 - 1e-6).all()


def test_schools_and_their_buildings_have_the_same_times(
    streets: RoadNetwork, free_flow: TravelTimes
) -> None:
    times = streets.travel_times(read_schools(DATA / "schools.geojson"))
    assert times.ids == free_flow.ids
    assert times.seconds.tobytes() == free_flow.seconds.tobytes()


def test_renaming_and_reordering_change_nothing(
    streets: RoadNetwork, jefferson: gpd.GeoDataFrame, free_flow: TravelTimes
) -> None:
    order = np.random.default_rng(7).permutation(len(jefferson))
    shuffled = jefferson.iloc[order].rename(index="x{}".format)
    times = streets.travel_times(shuffled)
    assert times.ids == tuple(f"x{free_flow.ids[k]}" for k in order)
    np.testing.assert_allclose(times.seconds, free_flow.seconds[np.ix_(order, order)], rtol=1e-12)


def test_a_table_of_times_is_a_copy_of_what_was_given() -> None:
    seconds, metres = np.array([[0.0, 60.0], [90.0, 0.0]]), np.array([[0.0, 500.0], [500.0, 0.0]])
    times = TravelTimes(
        ids=("A", "B"), seconds=seconds, metres=metres, profile="given", source="test"
    )
    seconds[0, 1], metres[0, 1] = 1.0, 1.0
    assert times.between("A", "B") == 60
    assert times.metres is not None
    assert times.metres[0, 1] == 500
    assert not times.seconds.flags.writeable
