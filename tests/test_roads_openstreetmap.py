"""OpenStreetMap: extracts written by the tests, graphs of OSMnx, recorded downloads."""

from __future__ import annotations

import builtins
import copy
import itertools
import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import osmnx
import pytest
import requests
import shapely
from helpers.osm_towns import GRID, SUBURBAN, Nodes, Way, awaited, built, count, extract, way
from helpers.road_towns import buildings_at, degrees

from zoning.errors import NetworkError
from zoning.roads import RoadNetwork
from zoning.roads.reading import kind_of
from zoning.roads.sources import (
    BuildOptions,
    ServiceRoads,
    from_osmnx,
    from_place,
    osm_tags,
    read_graph,
    read_openstreetmap,
)


def test_times_by_hand_with_limits_in_two_units_and_a_one_way_street(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (1000, 0), 3: (2000, 0), 4: (2000, 1000), 5: (1000, 1000)}
    ways = [
        way(1, 2, maxspeed="60"),
        way(2, 3, maxspeed="37.2823 mph", oneway="yes"),
        way(3, 4, 5, 2, maxspeed="30", oneway="yes"),
    ]
    network = built(tmp_path, nodes, ways)
    times = network.travel_times(buildings_at({"a": (0, 0), "b": (2000, 0)})).seconds
    assert times[0, 1] == pytest.approx(120, rel=1e-3)
    assert times[1, 0] == pytest.approx(360 + 60, rel=1e-3)
    assert network.speed_given.all()
    assert network.attribution == osm_tags.ATTRIBUTION
    assert "OpenStreetMap" in network.attribution
    assert "town.osm" in network.source


def test_an_extract_reads_the_same_from_xml_and_pbf(tmp_path: Path) -> None:
    ways = [way(0, 1, 2, 3, name="Elm"), way(1, 11, 21, highway="primary"), way(20, 21, 22)]
    first, second = (
        read_openstreetmap(extract(tmp_path / name, GRID, ways), options=SUBURBAN, source="a town")
        for name in ("town.osm", "town.osm.pbf")
    )
    assert first.content_hash == second.content_hash
    assert first.source == "a town"


def test_ways_are_cut_at_shared_nodes_and_joined_where_nothing_else_meets(tmp_path: Path) -> None:
    """Two ways along one street, with a bend; a side street in the middle of the second."""
    nodes = {1: (0, 0), 2: (500, 50), 3: (1000, 0), 4: (1500, 0), 5: (2000, 0), 6: (1500, 500)}
    ways = [way(1, 2, 3, name="Elm"), way(3, 4, 5, name="Elm"), way(4, 6, name="Oak")]
    network = built(tmp_path, nodes, ways)
    assert set(network.node_ids) == {"1", "4", "5", "6"}
    assert len(network.lines) == 3
    assert sorted(len(shapely.get_coordinates(line)) for line in network.lines) == [2, 2, 4]
    apart = built(tmp_path, nodes, ways, merge=False)
    assert set(apart.node_ids) == {"1", "3", "4", "5", "6"}
    assert apart.length_m.sum() == pytest.approx(network.length_m.sum())


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ({}, "B"),
        ({"oneway": "yes"}, "FT"),
        ({"oneway": "1"}, "FT"),
        ({"oneway": "-1"}, "TF"),
        ({"oneway": "no"}, "B"),
        ({"junction": "roundabout"}, "FT"),
        ({"highway": "motorway"}, "FT"),
        ({"highway": "motorway", "oneway": "no"}, "B"),
        ({"highway": "motorway_link"}, "B"),
        ({"oneway": "reversible"}, "B"),
    ],
)
def test_directions_are_tagged_or_implied(tmp_path: Path, tags: dict[str, str], code: str) -> None:
    network = built(tmp_path, {1: (0, 0), 2: (1000, 0)}, [way(1, 2, **tags)])
    assert network.links_frame()["oneway"].tolist() == [code]
    assert count(network, "oneway_by_the_hour") == (tags.get("oneway") == "reversible")


def test_a_roundabout_is_driven_one_way_round(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (100, 0), 3: (100, 100), 4: (0, 100), 5: (-500, 0), 6: (600, 100)}
    ways = [way(1, 2, 3, 4, 1, junction="roundabout"), way(5, 1), way(3, 6)]
    network = built(tmp_path, nodes, ways)
    metres = network.travel_times(buildings_at({"w": (-500, 0), "e": (600, 100)})).metres
    assert metres is not None
    assert metres[0, 1] == pytest.approx(500 + 200 + 500, rel=1e-3)
    assert metres[1, 0] == pytest.approx(500 + 200 + 500, rel=1e-3)
    assert count(network, "one_way_ft") == 2


def test_classes_and_limits_nobody_can_read(tmp_path: Path) -> None:
    kinds = ["motorway", "motorway_link", "trunk", "secondary_link", "tertiary", "living_street"]
    limits = ["RU:urban", "none", "0", "999", "signals", "50"]
    nodes = {k: (1000.0 * (k % 2), 100.0 * (k // 2)) for k in range(12)}
    ways = [
        way(2 * k, 2 * k + 1, highway=kind, maxspeed=limit)
        for k, (kind, limit) in enumerate(zip(kinds, limits, strict=True))
    ]
    network = built(tmp_path, nodes, ways)
    assert network.links_frame()["road_class"].tolist() == [
        "freeway",
        "ramp",
        "arterial",
        "arterial",
        "collector",
        "local",
    ]
    assert [count(network, c) for c in ("speed_unreadable", "speed_implausible")] == [3, 2]
    assert count(network, "speed_by_class") == 5
    assert "'RU:urban' × 1" in str(network.report)


def test_private_and_service_roads_are_a_choice(tmp_path: Path) -> None:
    nodes = {k: (1000.0 * (k % 2), 100.0 * (k // 2)) for k in range(16)}
    tags = [
        {},
        {"highway": "service"},
        {"highway": "service", "service": "alley"},
        {"highway": "service", "service": "driveway"},
        {"access": "private"},
        {"access": "no"},
        {"access": "no", "motor_vehicle": "yes"},
        {"highway": "footway"},
    ]
    ways = [way(2 * k, 2 * k + 1, **one) for k, one in enumerate(tags)]
    network = built(tmp_path, nodes, ways)
    assert len(network.lines) == 4
    counted = ("ways", "minor_service", "private", "closed", "service")
    assert [count(network, code) for code in counted] == [7, 1, 1, 1, 0]
    assert len(built(tmp_path, nodes, ways, service=ServiceRoads.ALL).lines) == 5
    assert len(built(tmp_path, nodes, ways, service=ServiceRoads.NONE).lines) == 2
    gated = built(tmp_path, nodes, ways, private=True).links_frame()
    assert gated["road_class"].tolist().count("service") == 3


def test_signals_and_signs_belong_to_the_junction_they_stand_before(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (980, 0), 3: (1000, 0), 4: (2000, 0), 5: (1000, 500), 6: (1500, 0)}
    ways = [way(1, 2, 3), way(3, 6, 4), way(3, 5)]
    tagged = {2: {"highway": "stop"}, 6: {"highway": "traffic_signals"}, 5: {"highway": "crossing"}}
    path = extract(tmp_path / "town.osm", nodes, ways, tagged=tagged)
    network = read_openstreetmap(path, options=SUBURBAN)
    control = dict(zip(network.node_ids, network.control.tolist(), strict=True))
    assert control == {"1": "", "3": "", "4": "", "5": "", "6": "signal"}
    assert awaited(network) == {("1", "3"): "stop", ("3", "6"): "signal", ("4", "6"): "signal"}


def test_what_is_not_modelled_is_counted(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (500, 0), 3: (1000, 0), 9: (0, 900)}
    ways = [way(1, 2, 3, **{"maxspeed:forward": "30"}), way(3, 777, 2)]
    tagged = {2: {"barrier": "gate"}, 9: {"barrier": "gate"}}
    path = extract(tmp_path / "town.osm", nodes, ways, tagged=tagged, restrictions=3)
    network = read_openstreetmap(path, options=SUBURBAN)
    codes = ("turn_restrictions", "barriers", "limits_in_part", "missing_nodes")
    assert [count(network, code) for code in codes] == [3, 1, 1, 1]
    assert len(network.lines) == 1  # nothing is drawn across the place that is missing


@pytest.mark.parametrize("name", ["town.osm", "town.osm.pbf"])
def test_a_file_cut_short_is_refused(tmp_path: Path, name: str) -> None:
    whole = extract(tmp_path / name, GRID, [way(0, 1, 2, 3), way(1, 11, 21)]).read_bytes()
    for size in (0, len(whole) // 3, len(whole) - 1 if name.endswith("pbf") else len(whole) - 9):
        (tmp_path / name).write_bytes(whole[:size])
        with pytest.raises(NetworkError, match="Check that the file is whole") as caught:
            read_openstreetmap(tmp_path / name)
        assert f"{name} cannot be read" in str(caught.value)


def test_a_file_that_is_not_what_its_ending_says(tmp_path: Path) -> None:
    pbf = extract(tmp_path / "town.osm.pbf", GRID, [way(0, 1)])
    xml = extract(tmp_path / "town.osm", GRID, [way(0, 1)])
    (tmp_path / "other.osm").write_bytes(pbf.read_bytes())
    (tmp_path / "other.osm.pbf").write_bytes(xml.read_bytes())
    (tmp_path / "page.osm").write_text("<html></html>")
    for name in ("other.osm", "other.osm.pbf", "page.osm"):
        with pytest.raises(NetworkError, match=f"{name} cannot be read"):
            read_openstreetmap(tmp_path / name)
    with pytest.raises(NetworkError, match=r"an OpenStreetMap extract ends in \.osm"):
        read_openstreetmap(tmp_path / "town.zip")
    with pytest.raises(NetworkError, match="is not there"):
        read_openstreetmap(tmp_path / "nowhere.osm")


def test_an_extract_without_streets_says_what_was_left_out(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (1000, 0)}
    with pytest.raises(NetworkError, match="no street is left") as caught:
        built(tmp_path, nodes, [way(1, 2, access="private"), way(1, 2, highway="path")])
    assert "private roads: 1" in str(caught.value)


def test_the_extra_is_named_where_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = extract(tmp_path / "town.osm", GRID, [way(0, 1)])
    found = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name in {"osmium", "osmnx"}:
            raise ImportError(name)
        return found(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(NetworkError, match=r"pip install 'zoning\[osm\]'"):
        read_openstreetmap(path)
    with pytest.raises(NetworkError, match=r"pip install 'zoning\[osm\]'"):
        from_place("Nowhere")


def graph_of(nodes: Nodes, ways: Sequence[Way]) -> nx.MultiDiGraph[int]:
    """What OSMnx makes of some ways before it simplifies: every node, every direction."""
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs="EPSG:4326")
    for number, place in zip(nodes, degrees(list(nodes.values())), strict=True):
        graph.add_node(number, x=place.x, y=place.y)
    for osmid, (members, tags) in enumerate(ways, start=1):
        oneway = tags.get("oneway") == "yes"
        for u, v in pairwise(members):
            (ax, ay), (bx, by) = nodes[u], nodes[v]
            given = tags | {"osmid": osmid, "length": float(np.hypot(ax - bx, ay - by))}
            graph.add_edge(u, v, **given | {"oneway": oneway, "reversed": False})
            if not oneway:
                graph.add_edge(v, u, **given | {"oneway": False, "reversed": True})
    return graph


STREETS = [
    way(0, 1, 2, 3, name="Elm", maxspeed="25 mph"),
    way(0, 10, 20, 30, highway="primary", maxspeed="60"),
    way(30, 31, 32, 33, oneway="yes"),
    way(3, 13, 23, 33, highway="service"),
    way(1, 11, 21, 31),
    way(2, 12, 22, 32, access="private"),
]


def test_a_graph_of_osmnx_is_the_network_of_the_same_extract(tmp_path: Path) -> None:
    extracted = built(tmp_path, GRID, STREETS)
    graph = graph_of(GRID, STREETS)
    before = copy.deepcopy(graph)
    network = from_osmnx(graph, options=SUBURBAN)
    assert nx.utils.graphs_equal(graph, before)
    assert network.describe()["links"] == extracted.describe()["links"]
    assert sorted(network.node_ids) == sorted(extracted.node_ids)
    places = buildings_at({"a": (250, 0), "b": (1250, 0), "c": (750, 500), "d": (0, 750)})
    np.testing.assert_allclose(
        network.travel_times(places).seconds, extracted.travel_times(places).seconds, rtol=2e-3
    )
    assert network.attribution == osm_tags.ATTRIBUTION


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_simplified_and_projected_graph_is_the_same_network() -> None:
    graph = graph_of(GRID, STREETS)
    plain = from_osmnx(graph, options=SUBURBAN)
    simple = osmnx.project_graph(osmnx.simplify_graph(graph, edge_attrs_differ=["osmid"]))
    network = from_osmnx(simple, options=SUBURBAN)
    assert network.describe()["links"] == plain.describe()["links"]
    places = buildings_at({"a": (250, 0), "b": (1250, 0), "c": (750, 500), "d": (0, 750)})
    np.testing.assert_allclose(
        network.travel_times(places).seconds, plain.travel_times(places).seconds, rtol=1e-4
    )


@pytest.mark.parametrize("order", itertools.permutations(range(3)))
def test_no_order_of_merged_values_changes_a_street(order: tuple[int, ...]) -> None:
    """OSMnx makes the lists of sets. 1,200 m, a third each at 30, 50 and 60: 100.8 s."""
    values: dict[str, list[Any]] = {
        "highway": ["tertiary", "residential", "service"],
        "maxspeed": ["30", "50", "60"],
        "name": ["Elm", "Ash", "Oak"],
        "oneway": ["no", "yes", "no"],
        "osmid": [7, 8, 9],
    }
    graph = graph_of({1: (0, 0), 2: (1000, 0)}, [])
    graph.add_edge(1, 2, length=1200.0)
    graph.edges[1, 2, 0].update({k: [v[i] for i in order] for k, v in values.items()})
    network = from_osmnx(graph, options=SUBURBAN)
    assert network.road_class.tolist() == ["local"]
    assert network.name.tolist() == ["Ash"]
    assert network.links_frame()["oneway"].tolist() == ["FT"]
    assert network.travel_time_s.tolist() == pytest.approx([400 / 30 * 3.6 + 400 / 50 * 3.6 + 24])
    assert [count(network, code) for code in ("several_classes", "several_limits")] == [1, 1]


@pytest.mark.parametrize(
    ("tags", "links"),
    [
        ({"highway": ["residential", "footway"]}, 0),
        ({"access": ["yes", "private"]}, 0),
        ({"access": "['yes', 'no']"}, 0),
        ({"highway": ["service", "residential"], "service": "driveway"}, 1),
        ({"highway": "service", "service": ["alley", "driveway"]}, 0),
    ],
)
def test_what_stops_a_car_on_a_part_of_a_merged_edge_stops_it(
    tags: dict[str, Any], links: int
) -> None:
    graph = graph_of({1: (0, 0), 2: (1000, 0), 3: (2000, 0)}, [way(1, 2)])
    graph.add_edge(2, 3, **{"highway": "residential", "oneway": True} | tags)
    assert from_osmnx(graph, options=SUBURBAN).describe()["links"] == 1 + links


def times_of(network: RoadNetwork) -> Any:
    places = buildings_at({"a": (250, 0), "b": (1250, 0), "c": (750, 500), "d": (0, 750)})
    return network.travel_times(places).seconds


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_undirected_and_all_oneway_graphs_are_the_same_network() -> None:
    """They keep one edge of each street; the tags say which are one-way."""
    graph = graph_of(GRID, STREETS)
    plain = from_osmnx(graph, options=SUBURBAN)
    undirected = from_osmnx(osmnx.convert.to_undirected(graph), options=SUBURBAN)
    assert undirected.describe() == plain.describe()
    np.testing.assert_allclose(times_of(undirected), times_of(plain), rtol=1e-9)

    every: nx.MultiDiGraph[int] = nx.MultiDiGraph(**graph.graph)
    every.add_nodes_from(graph.nodes(data=True))
    for u, v, data in graph.edges(data=True):
        if not data["reversed"]:
            own = {key: value for key, value in data.items() if key != "oneway"}
            every.add_edge(u, v, **own | ({"oneway": "yes"} if data["oneway"] else {}))
    network = from_osmnx(every, options=SUBURBAN)
    assert network.describe() == plain.describe()
    assert count(network, "two_way_by_tag") > 0
    np.testing.assert_allclose(times_of(network), times_of(plain), rtol=1e-9)


def test_an_undirected_graph_that_lost_its_directions_is_refused() -> None:
    graph = graph_of(GRID, STREETS)
    with pytest.raises(NetworkError, match="which way its 3 one-way streets run"):
        from_osmnx(nx.MultiGraph(graph))
    both_ways: nx.Graph[int] = nx.MultiGraph(graph).to_directed()
    with pytest.raises(NetworkError, match="Give the directed graph"):
        from_osmnx(both_ways)
    two_way = from_osmnx(nx.MultiGraph(graph_of(GRID, STREETS[:2])), options=SUBURBAN)
    assert set(two_way.links_frame()["oneway"]) == {"B"}
    with pytest.raises(NetworkError, match="a graph of streets is wanted, not a tuple"):
        from_osmnx((1, 2))  # type: ignore[arg-type]


def test_a_street_whose_edge_back_was_taken_out_is_one_way_and_counted() -> None:
    graph = graph_of(GRID, STREETS)
    graph.remove_edge(1, 0)
    network = from_osmnx(graph, options=BuildOptions(area="suburban", merge=False))
    assert count(network, "no_edge_back") == 1


@pytest.mark.parametrize("tags", [{"highway": "motorway"}, {"junction": "circular"}])
def test_motorways_and_circles_without_a_tag_are_one_way_as_in_a_file(
    tmp_path: Path, tags: dict[str, str]
) -> None:
    """OSMnx makes two edges of them, and marks the one back as reversed."""
    nodes = {1: (0, 0), 2: (1000, 0), 3: (1000, 1000)}
    streets = [way(2, 1, **tags), way(2, 3), way(3, 1)]
    file = built(tmp_path, nodes, streets)
    for graph in (graph_of(nodes, streets), osmnx.convert.to_undirected(graph_of(nodes, streets))):
        network = from_osmnx(graph, options=SUBURBAN)
        assert count(network, "implied_one_way") == 1
        assert network.describe()["one_way_links"] == file.describe()["one_way_links"] == 1
        places = buildings_at({"a": (1000, 500), "b": (500, 500)})
        np.testing.assert_allclose(
            network.travel_times(places).seconds, file.travel_times(places).seconds, rtol=2e-3
        )
    told = graph_of(nodes, streets)
    for _, _, data in told.edges(data=True):
        data["oneway"] = "no"
    assert from_osmnx(told, options=SUBURBAN).describe()["one_way_links"] == 0


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_graphs_in_files_are_the_same_network(tmp_path: Path) -> None:
    """GraphML of OSMnx and of NetworkX, all of it text; GeoPackage, directed or not."""
    graph = osmnx.simplify_graph(graph_of(GRID, STREETS))
    plain = from_osmnx(graph, options=SUBURBAN)
    osmnx.save_graphml(graph, tmp_path / "a.graphml")
    osmnx.save_graph_geopackage(graph, tmp_path / "b.gpkg")
    osmnx.save_graph_geopackage(graph, tmp_path / "c.gpkg", directed=True)
    for name in ("a.graphml", "b.gpkg", "c.gpkg"):
        assert kind_of(tmp_path / name) == "osm"
        network = read_graph(tmp_path / name, options=SUBURBAN)
        assert network.describe() == plain.describe()
        np.testing.assert_allclose(times_of(network), times_of(plain), rtol=1e-6)
    assert network.source == "OpenStreetMap, a graph in c.gpkg"
    (tmp_path / "bad.graphml").write_text("<graphml>")
    with pytest.raises(NetworkError, match=r"bad\.graphml cannot be read"):
        read_graph(tmp_path / "bad.graphml")


def test_speeds_that_osmnx_filled_in_are_no_limits() -> None:
    graph = osmnx.add_edge_travel_times(osmnx.add_edge_speeds(graph_of(GRID, STREETS)))
    network = from_osmnx(graph, options=SUBURBAN)
    assert network.speed_given.mean() < 1
    assert count(network, "imputed_speeds") == graph.number_of_edges()


def test_a_two_way_loop_is_one_link_before_it_is_cut() -> None:
    graph = graph_of({1: (0, 0), 2: (1000, 0)}, [way(1, 2)])
    ring = shapely.LineString(
        [(p.x, p.y) for p in degrees([(0, 0), (-100, 50), (-120, 0), (-100, -60), (0, 0)])]
    )
    for line, turned in ((ring, False), (ring.reverse(), True)):
        graph.add_edge(1, 1, osmid=9, highway="residential", geometry=line, reversed=turned)
    network = from_osmnx(graph, options=SUBURBAN)
    assert len(network.lines) == 3
    assert set(network.links_frame()["oneway"]) == {"B"}


def test_faults_of_a_graph_are_told() -> None:
    graph = graph_of({1: (0, 0), 2: (1000, 0)}, [way(1, 2)])
    del graph.graph["crs"]
    with pytest.raises(NetworkError, match="does not say which coordinate system"):
        from_osmnx(graph)
    graph = graph_of({1: (0, 0), 2: (1000, 0)}, [way(1, 2)])
    del graph.nodes[2]["x"]
    graph.nodes[1]["x"] = 600_000.0
    with pytest.raises(NetworkError, match="2 nodes of the graph have no place") as caught:
        from_osmnx(graph)
    assert "node 1: x 600000" in str(caught.value)
    graph = graph_of({1: (0, 0), 2: (1000, 0)}, [way(1, 2)])
    graph.edges[1, 2, 0]["length"] = 3.0
    assert count(from_osmnx(graph, options=SUBURBAN), "length_short") == 1


class Recorded:
    """Answers of the place search and the map server, as they would come over the network."""

    def __init__(self, nodes: Nodes, ways: Sequence[Way]) -> None:
        places = dict(zip(nodes, degrees(list(nodes.values())), strict=True))
        box = shapely.box(*shapely.total_bounds(list(places.values()))).buffer(0.01)
        west, south, east, north = box.bounds
        self.calls: list[str] = []
        self.search = [
            {
                "place_id": 1,
                "osm_type": "relation",
                "osm_id": 1,
                "boundingbox": [str(south), str(north), str(west), str(east)],
                "lat": str(south),
                "lon": str(west),
                "display_name": "Testville",
                "class": "boundary",
                "type": "administrative",
                "importance": 0.5,
                "geojson": shapely.geometry.mapping(box),
            }
        ]
        self.map = {
            "elements": [
                *({"type": "node", "id": k, "lat": p.y, "lon": p.x} for k, p in places.items()),
                *(
                    {"type": "way", "id": k, "nodes": list(members), "tags": tags}
                    for k, (members, tags) in enumerate(ways, start=1)
                ),
            ]
        }

    def get(self, url: str, **_: Any) -> requests.Response:
        return self._answer(url, self.search if "search" in url else {})

    def post(self, url: str, **_: Any) -> requests.Response:
        return self._answer(url, self.map)

    def _answer(self, url: str, content: Any) -> requests.Response:
        self.calls.append(url)
        response = requests.Response()
        response.status_code = 200
        response.url = url
        response._content = json.dumps(content).encode()
        return response


@pytest.mark.slow
def test_a_place_is_downloaded_once_and_then_read_from_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = Recorded(GRID, STREETS)
    monkeypatch.setattr(requests, "get", recorded.get)
    monkeypatch.setattr(requests, "post", recorded.post)
    monkeypatch.setattr("socket.gethostbyname", lambda _: "127.0.0.1")
    monkeypatch.setattr("socket.getaddrinfo", lambda *_: [])  # OSMnx replaces it: put it back
    monkeypatch.setattr("time.sleep", lambda _: None)
    settings = (osmnx.settings.cache_folder, osmnx.settings.useful_tags_way)

    first = from_place("Testville", options=SUBURBAN, cache_folder=tmp_path / "cache")
    asked = len(recorded.calls)
    assert asked >= 2
    again = from_place("Testville", options=SUBURBAN, cache_folder=tmp_path / "cache")
    assert len(recorded.calls) == asked
    assert again.content_hash == first.content_hash
    assert (osmnx.settings.cache_folder, osmnx.settings.useful_tags_way) == settings

    (tmp_path / "file").mkdir()
    extracted = built(tmp_path / "file", GRID, STREETS)
    assert sorted(first.node_ids) == sorted(extracted.node_ids)
    assert first.source == "OpenStreetMap, Testville"
    assert first.attribution == osm_tags.ATTRIBUTION
    assert count(first, "private") == 3  # edges of one way


def test_a_download_that_fails_says_so_and_restores_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: Any, **__: Any) -> None:
        raise requests.ConnectionError("no route to host")

    before = osmnx.settings.cache_folder
    monkeypatch.setattr(osmnx, "graph_from_place", unreachable)
    with pytest.raises(NetworkError, match="streets of 'Testville' cannot be downloaded") as caught:
        from_place("Testville", cache_folder=tmp_path)
    assert "no route to host" in str(caught.value)
    assert "download an extract" in str(caught.value)
    assert osmnx.settings.cache_folder == before


def test_the_cache_is_the_platforms_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def recorded(place: str, **_: Any) -> nx.MultiDiGraph[int]:
        seen.append(f"{place} in {osmnx.settings.cache_folder}")
        return graph_of(GRID, STREETS)

    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / name)
    monkeypatch.setattr(osmnx, "graph_from_place", recorded)
    from_place("Testville", options=SUBURBAN)
    assert seen == [f"Testville in {tmp_path / 'zoning' / 'openstreetmap'}"]
