"""The hierarchy against Dijkstra's algorithm, networkx and RoutingKit."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
from helpers.engines import ENGINES, Engine, times_by
from helpers.road_towns import GRID, GRID_LINKS, buildings_at, city, link, town
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity
from test_roads_checked import assert_triangle, random_towns

from zoning.roads import PROFILES, ClassFactor, Profile, RoadNetwork, SpeedTable
from zoning.roads.travel.hub_labels import Hierarchy
from zoning.roads.travel.profiles import STREET_DELAYS

WITH_DELAYS = PROFILES["emergency"].with_delays(STREET_DELAYS)
pytestmark = pytest.mark.filterwarnings("ignore::zoning.errors.DistrictNotice")


@pytest.mark.slow
@settings(max_examples=40)
@given(random_towns(), st.sampled_from([PROFILES["free_flow"], WITH_DELAYS]))
def test_both_engines_agree_on_random_towns(
    case: tuple[RoadNetwork, gpd.GeoDataFrame], profile: Profile
) -> None:
    network, schools = case
    one = times_by("dijkstra", network, schools, profile=profile)
    two = times_by("hierarchy", network, schools, profile=profile)
    np.testing.assert_array_equal(two.seconds, one.seconds)
    assert one.metres is not None
    assert two.metres is not None
    assert (np.isinf(one.metres) == np.isinf(two.metres)).all()
    assert_triangle(two)


@pytest.mark.slow
@settings(max_examples=40)
@given(
    st.integers(2, 12).flatmap(
        lambda n: st.lists(
            st.tuples(
                st.integers(0, n - 1),
                st.integers(0, n - 1),
                st.integers(1, 30).map(float),
            ),
            max_size=40,
        ).map(lambda edges: (n, edges))
    )
)
def test_random_directed_graphs_equal_networkx(
    case: tuple[int, list[tuple[int, int, float]]],
) -> None:
    """Every junction to every other, by both engines and by `networkx`."""
    n, drawn = case
    edges = [(a, b, s) for a, b, s in drawn if a != b]
    # All junctions within 1 m of one another, so that any length of street is possible.
    junctions = {str(k): (0.5 * np.cos(k), 0.5 * np.sin(k)) for k in range(n)}
    links = [link(str(a), str(b), s * 10.0, oneway="FT") for a, b, s in edges]
    network = town(junctions, [*links, link("0", "1", 5000.0)]).with_islands()
    graph: nx.DiGraph[Any] = nx.DiGraph()
    graph.add_nodes_from(range(n))
    for a, b, seconds in [*edges, (0, 1, 500.0), (1, 0, 500.0)]:
        if not graph.has_edge(a, b) or graph[a][b]["s"] > seconds:
            graph.add_edge(a, b, s=seconds)
    expected = np.full((n, n), np.inf)
    for a, reached in nx.all_pairs_dijkstra_path_length(graph, weight="s"):
        expected[a, list(reached)] = list(reached.values())
    linked = sorted({a for a, _, _ in edges} | {b for _, b, _ in edges} | {0, 1})
    schools = buildings_at({str(k): junctions[str(k)] for k in linked})
    for engine in ENGINES:
        times = times_by(engine, network, schools)
        np.testing.assert_allclose(times.seconds, expected[np.ix_(linked, linked)], atol=0.05)


@pytest.fixture(scope="module")
def crooked() -> tuple[RoadNetwork, gpd.GeoDataFrame]:
    places = np.random.default_rng(1).uniform(0.0, 4600.0, (60, 2))
    return city(24), buildings_at({f"b{k}": (x, y) for k, (x, y) in enumerate(places.tolist())})


def test_engines_agree_on_seconds_and_metres_of_a_city(
    crooked: tuple[RoadNetwork, gpd.GeoDataFrame],
) -> None:
    network, schools = crooked
    for profile in (PROFILES["free_flow"], WITH_DELAYS):
        one = times_by("dijkstra", network, schools, profile=profile)
        two = times_by("hierarchy", network, schools, profile=profile)
        np.testing.assert_array_equal(two.seconds, one.seconds)
        assert one.metres is not None
        assert two.metres is not None
        np.testing.assert_array_equal(two.metres, one.metres)


def test_routingkit_agrees_to_its_resolution(
    crooked: tuple[RoadNetwork, gpd.GeoDataFrame],
) -> None:
    """RoutingKit's own hierarchy, which counts in whole tenths of a millisecond."""
    kit = pytest.importorskip("routingkit_cch")
    network, _ = crooked
    tail, head = network.edge_from.tolist(), network.edge_to.tolist()
    order = kit.compute_order_inertial(
        len(network.node_ids), tail, head, network.lat.tolist(), network.lon.tolist()
    )
    weights = np.rint(network.travel_time_s * 1e4).astype(int).tolist()
    metric = kit.CCHMetric(kit.CCH(order, tail, head, False), weights)
    corners = [0, 100, 333, 575]
    many = kit.CCHOneToMany(metric, corners)
    expected = np.array(
        [[np.inf if d is None else d / 1e4 for d in many.distances_from(k)] for k in corners]
    )
    ids = [network.node_ids[k] for k in corners]
    places = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(network.lon[corners], network.lat[corners]),
        index=ids,
        crs="EPSG:4326",
    ).rename_axis("building_id")
    times = times_by("hierarchy", network, places)
    np.testing.assert_allclose(times.seconds, expected, atol=0.02)


def test_many_profiles_weigh_one_preparation(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    contract = Hierarchy.of.__func__  # type: ignore[attr-defined]

    def counted(cls: type[Hierarchy], *args: Any) -> Hierarchy:
        made.append(cls)
        return contract(cls, *args)

    monkeypatch.setattr(Hierarchy, "of", classmethod(counted))
    network = town(GRID, GRID_LINKS)
    schools = buildings_at({"a": (10, 10), "b": (1500, 20)})
    for profile in PROFILES:
        times_by("hierarchy", network, schools, profile=profile)
    fast = SpeedTable.from_mapping({("street", "town"): 72.0}, access_kph=18.0)
    quicker = times_by("hierarchy", network.with_speeds(fast), schools)
    assert len(made) == 1
    assert quicker.seconds[0, 1] < network.travel_times(schools).seconds[0, 1]


def test_changed_streets_are_prepared_anew() -> None:
    junctions = {"a": (0, 0), "b": (1000, 0), "c": (2000, 0)}
    network = town(junctions, [link("a", "b", 1000.0), link("a", "b", 1000.0)])
    times_by("hierarchy", network, buildings_at({"a": (0, 0), "b": (1000, 0)}))
    # The second link now leads from b to c.
    lines = network.lines.copy()
    lines[1] = affinity.translate(lines[1], 1000.0)
    moved = dataclasses.replace(
        network, edge_from=np.array([0, 1, 1, 2]), edge_to=np.array([1, 0, 2, 1]), lines=lines
    )
    one, two = (times_by(e, moved, buildings_at(junctions)) for e in ENGINES)
    np.testing.assert_allclose(one.seconds, two.seconds, atol=1e-9)
    assert two.between("a", "c") == pytest.approx(200)


@pytest.mark.parametrize(("count", "prepared"), [(49, False), (50, True), (150, True)])
def test_the_hierarchy_is_prepared_for_every_ordinary_district(count: int, prepared: bool) -> None:
    network = town(GRID, GRID_LINKS)
    schools = buildings_at({str(k): (10.0 * k, 5.0) for k in range(count)})
    by_default = network.travel_times(schools)
    assert (network.preparation._hierarchy is not None) is prepared
    by_search = times_by("dijkstra", network, schools)
    np.testing.assert_array_equal(by_default.seconds, by_search.seconds)


@pytest.mark.parametrize("engine", ENGINES)
def test_no_buildings_and_one_building_are_no_special_case(engine: Engine) -> None:
    network = town(GRID, GRID_LINKS)
    for count in (0, 1):
        schools = buildings_at({"a": (10, 10)}).iloc[:count]
        assert times_by(engine, network, schools).seconds.shape == (count, count)


def test_contraction_keeps_every_neighbour_on_the_way_up() -> None:
    """What a chordal graph must have: higher neighbours of a node are all its ancestors."""
    network = city(8)
    made = Hierarchy.of(len(network.node_ids), network.edge_from, network.edge_to)
    for node in range(len(made.rank)):
        above, ancestor = set(), int(made.parent[node])
        while ancestor >= 0:
            above.add(ancestor)
            ancestor = int(made.parent[ancestor])
        higher = made.upper[made.first[node] : made.first[node + 1]].tolist()
        assert set(higher) <= above
        for a, b in itertools.combinations(higher, 2):
            assert made.upper[made.arcs(np.array([a]), np.array([b]))[0]] == b


@pytest.mark.parametrize("engine", ENGINES)
def test_a_jam_in_one_class_changes_the_way_in_both_engines(engine: Engine) -> None:
    junctions = {"a": (0, 0), "b": (1000, 0)}
    links = [link("a", "b", 1000.0), link("a", "b", 1500.0, road_class="freeway")]
    jam = Profile(name="jam", exceptions=(ClassFactor("freeway", "town", 0.5),))
    network = town(junctions, links)
    free = times_by(engine, network, buildings_at(junctions))
    slow = times_by(engine, network, buildings_at(junctions), profile=jam)
    assert free.metres is not None
    assert slow.metres is not None
    assert (free.seconds[0, 1], free.metres[0, 1]) == pytest.approx((75, 1500))
    assert (slow.seconds[0, 1], slow.metres[0, 1]) == pytest.approx((100, 1000))
