"""OpenStreetMap files as people have them: edited, packed, from Overpass, with a history."""

from __future__ import annotations

import bz2
import gzip
import json
import zipfile
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import osmium.osm.mutable as osm
import pytest
import shapely
from helpers.osm_towns import count
from helpers.road_towns import degrees

from zoning.errors import NetworkError
from zoning.roads import RoadNetwork
from zoning.roads.sources import BuildOptions, ServiceRoads, read_openstreetmap
from zoning.roads.sources.finishing import finish_network
from zoning.roads.sources.links import Links
from zoning.roads.streets.build_report import ReportDraft

UNMERGED = BuildOptions(area="suburban", merge=False)
# A square of streets: two go north, 1-2 and 3-4, two go east, 1-3 and 2-4.
SQUARE = {1: (0.0, 0.0), 2: (0.0, 500.0), 3: (500.0, 0.0), 4: (500.0, 500.0)}
WAYS = {100: (1, 2), 101: (3, 4), 200: (1, 3), 201: (2, 4)}
STREET = '<tag k="highway" v="residential"/>'
PLACES = {k: (p.x, p.y) for k, p in zip(SQUARE, degrees(list(SQUARE.values())), strict=True)}


def node(number: int, place: int | None = None, more: str = 'version="1"') -> str:
    lon, lat = PLACES[number if place is None else place]
    return f'<node id="{number}" {more} lat="{lat:.7f}" lon="{lon:.7f}"/>'


def street(
    number: int, members: Sequence[int], more: str = 'version="1"', tags: str = STREET
) -> str:
    nds = "".join(f'<nd ref="{k}"/>' for k in members)
    return f'<way id="{number}" {more}>{nds}{tags}</way>'


NODES = [node(k) for k in SQUARE]
STREETS = [street(k, members) for k, members in WAYS.items()]


def document(*parts: str, root: str = "osm") -> str:
    body = "\n".join(parts)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} version="0.6">\n{body}\n</{root}>\n'


def read(tmp_path: Path, *parts: str, name: str = "town.osm", **options: Any) -> RoadNetwork:
    (tmp_path / name).write_text(document(*parts), encoding="utf-8")
    choices = BuildOptions(**({"area": "suburban", "merge": False} | options))
    return read_openstreetmap(tmp_path / name, options=choices)


def pairs(network: RoadNetwork) -> set[tuple[str, str]]:
    frame = network.links_frame()
    return set(zip(frame["from_junction"], frame["to_junction"], strict=True))


WHOLE = {("1", "2"), ("3", "4"), ("1", "3"), ("2", "4")}


def test_the_order_of_a_file_does_not_matter(tmp_path: Path) -> None:
    """Overpass's ``out body; >; out skel qt;`` gives the ways first."""
    first = read(tmp_path, *NODES, *STREETS)
    second = read(tmp_path, *STREETS, *NODES)
    assert pairs(first) == WHOLE
    assert first.content_hash == second.content_hash


def test_streets_that_an_editor_drew_are_there_and_those_it_deleted_are_not(
    tmp_path: Path,
) -> None:
    lon, lat = degrees([(-400.0, 0.0)])[0].coords[0]
    network = read(
        tmp_path,
        *NODES,
        f"<node id='-101' lat='{lat}' lon='{lon}'/>",
        f"<node id='9' action='delete' version='3' lat='{lat}' lon='{lon}'/>",
        STREETS[0],
        street(101, (3, 4), "action='delete' visible='true' version='2'"),
        *STREETS[2:],
        street(-200, (1, -101), "action='modify'"),
    )
    assert pairs(network) == (WHOLE - {("3", "4")}) | {("1", "-101")}
    assert count(network, "deleted") == 2


def test_words_in_a_name_are_no_edit(tmp_path: Path) -> None:
    note = STREET + '<tag k="note" v="an action=\'delete\' would be wrong"/>'
    network = read(tmp_path, *NODES, street(100, (1, 2), tags=note), *STREETS[1:])
    assert pairs(network) == WHOLE


def test_of_several_versions_the_newest_counts(tmp_path: Path) -> None:
    """A street that is a path by now, one that is gone, one that ran elsewhere, a node moved."""
    path, gone = '<tag k="highway" v="path"/>', 'version="2" visible="false"'
    history = [
        node(1, 4),
        node(1, 1, 'version="2"'),
        *NODES[1:],
        street(100, (2, 1)),
        street(100, (1, 2), 'version="2"'),
        street(101, (3, 4)),
        street(101, (3, 4), 'version="2"', path),
        street(200, (1, 3)),
        f'<way id="200" {gone}/>',
        street(201, (2, 3), 'version="1"', path),
        street(201, (2, 4), 'version="2"'),
    ]
    for name in ("town.osm", "town.osh"):
        network = read(tmp_path, *history, name=name)
        assert pairs(network) == {("1", "2"), ("2", "4")}
        assert network.length_m.max() == pytest.approx(500, rel=2e-3)
        assert count(network, "repeated") > 0


def test_a_history_that_loses_its_highway_tag_is_no_street(tmp_path: Path) -> None:
    writer = osmium.SimpleWriter(
        osmium.io.File(str(tmp_path / "town.osh.pbf")),
        header=None,
    )
    for k, place in PLACES.items():
        writer.add_node(osm.Node(id=k, version=1, location=place, visible=True))
    for k, members in WAYS.items():
        tags = {"highway": "residential"}
        writer.add_way(osm.Way(id=k, version=1, nodes=list(members), tags=tags, visible=True))
        if k == 100:
            writer.add_way(osm.Way(id=k, version=2, nodes=list(members), visible=True))
    writer.close()
    network = read_openstreetmap(tmp_path / "town.osh.pbf", options=UNMERGED)
    assert pairs(network) == WHOLE - {("1", "2")}


def test_two_downloads_in_one_file_give_each_street_once(tmp_path: Path) -> None:
    network = read(tmp_path, *NODES, *STREETS, *NODES, *STREETS)
    assert pairs(network) == WHOLE
    assert len(network.lines) == 4
    assert count(network, "repeated") == 8


def with_places(number: int, members: Sequence[int]) -> str:
    nds = "".join(
        f'<nd ref="{k}" lat="{PLACES[k][1]:.7f}" lon="{PLACES[k][0]:.7f}"/>' for k in members
    )
    return f'<way id="{number}">{nds}{STREET}</way>'


def test_places_on_the_ways_are_read(tmp_path: Path) -> None:
    network = read(tmp_path, *(with_places(k, members) for k, members in WAYS.items()))
    assert pairs(network) == WHOLE
    assert network.length_m.max() == pytest.approx(500, rel=2e-3)
    assert count(network, "no_nodes") == 4


def test_places_on_the_ways_of_a_pbf_are_read(tmp_path: Path) -> None:
    whole = tmp_path / "whole.osm"
    whole.write_text(document(*NODES, *STREETS), encoding="utf-8")
    kind = "pbf,locations_on_ways=true"
    writer = osmium.SimpleWriter(osmium.io.File(str(tmp_path / "town.osm.pbf"), kind))
    for way in osmium.FileProcessor(str(whole)).with_locations():
        if way.is_way():
            writer.add_way(way)
    writer.close()
    network = read_openstreetmap(tmp_path / "town.osm.pbf", options=UNMERGED)
    assert pairs(network) == WHOLE


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (STREETS, "none of which is in the file"),
        ([f'<way id="1">{STREET}</way>'], "do not say which nodes they run through"),
        (
            [*NODES, *STREETS, "<remark> runtime error: Query timed out after 25 s. </remark>"],
            "Query timed out after 25 s",
        ),
        (
            ["<remark> runtime error: out of memory </remark>", *NODES, *STREETS],
            "the answer of the map server is incomplete",
        ),
    ],
)
def test_what_cannot_be_whole_is_refused_for_the_true_reason(
    tmp_path: Path, parts: Sequence[str], said: str
) -> None:
    with pytest.raises(NetworkError) as caught:
        read(tmp_path, *parts)
    assert said in str(caught.value)
    assert "columns" not in str(caught.value)


def test_changes_are_no_map(tmp_path: Path) -> None:
    text = document("<create>", *NODES, *STREETS, "</create>", root="osmChange")
    for name in ("town.osc", "town.osm"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        with pytest.raises(NetworkError, match="osmium apply-changes"):
            read_openstreetmap(tmp_path / name)


@pytest.mark.parametrize(("ending", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress)])
def test_packed_files_are_read_and_cut_ones_refused(
    tmp_path: Path, ending: str, pack: Callable[[bytes], bytes]
) -> None:
    edit = street(101, (3, 4), "action='delete'")
    data = pack(document(*NODES, STREETS[0], edit, *STREETS[2:]).encode())
    path = tmp_path / f"town.osm{ending}"
    path.write_bytes(data)
    assert pairs(read_openstreetmap(path, options=UNMERGED)) == WHOLE - {("3", "4")}
    path.write_bytes(data[:-12])
    with pytest.raises(NetworkError, match="Check that the file is whole"):
        read_openstreetmap(path)


def test_an_extract_in_a_zip_is_read_in_python_too(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "town.osm.zip", "w") as archive:
        archive.writestr("town/town.osm", document(*NODES, *STREETS))
    network = read_openstreetmap(tmp_path / "town.osm.zip", options=UNMERGED)
    assert pairs(network) == WHOLE


@pytest.mark.parametrize("geometry", [False, True])
def test_an_answer_of_overpass_in_json(tmp_path: Path, geometry: bool) -> None:
    tags = {"highway": "residential"}
    ways: list[dict[str, Any]] = [
        {"type": "way", "id": k, "nodes": list(members), "tags": tags}
        for k, members in WAYS.items()
    ]
    nodes = [{"type": "node", "id": k, "lon": x, "lat": y} for k, (x, y) in PLACES.items()]
    if geometry:
        for way in ways:
            way["geometry"] = [{"lon": PLACES[k][0], "lat": PLACES[k][1]} for k in way["nodes"]]
    answer = {"version": 0.6, "elements": ways + ([] if geometry else nodes)}
    path = tmp_path / "town.json"
    path.write_text(json.dumps(answer), encoding="utf-8")
    assert pairs(read_openstreetmap(path, options=UNMERGED)) == WHOLE
    path.write_text(json.dumps(answer | {"remark": "runtime error: out of memory"}))
    with pytest.raises(NetworkError, match="incomplete"):
        read_openstreetmap(path)
    path.write_text(json.dumps(answer | {"elements": [{"type": "way", "tags": tags}]}))
    with pytest.raises(NetworkError, match="an object has no id"):
        read_openstreetmap(path)


def test_what_no_car_drives_is_counted_and_what_is_not_understood_named(tmp_path: Path) -> None:
    more = [
        street(300 + k, (1, 4), tags=tags)
        for k, tags in enumerate(
            [
                '<tag k="highway" v="footway"/>',
                '<tag k="highway" v="steps"/>',
                '<tag k="highway" v="residental"/>',
                '<tag k="route" v="ferry"/>',
                STREET + '<tag k="oneway" v="alternating"/>',
                STREET + '<tag k="oneway:conditional" v="yes @ (07:00-09:00)"/>',
                STREET + '<tag k="motor_vehicle:conditional" v="no @ (07:00-09:00)"/>',
                STREET + '<tag k="maxspeed:conditional" v="20 mph @ (07:00-09:00)"/>',
            ]
        )
    ]
    network = read(tmp_path, *NODES, *STREETS, *more)
    assert count(network, "not_streets") == 2
    counted = ["class_unknown", "ferries", "oneway_by_the_hour", "oneway_conditional"]
    counted += ["access_conditional", "limits_in_part"]
    assert [count(network, code) for code in counted] == [1] * 6
    assert "'residental' × 1" in str(network.report)


def grid(
    n: int, *, service: bool, limits: Sequence[str]
) -> tuple[dict[int, tuple[float, float]], list[str]]:
    """Arterials of a grid of n x n, 700 m apart, with 20 alleys between any two if wanted."""
    places = {100 * x + y: (700.0 * x, 700.0 * y) for x in range(n) for y in range(n)}
    parts = []
    for k in range(2 * n):
        ids = [100 * (k // 2) + y if k % 2 else 100 * y + k // 2 for y in range(n)]
        limit = f'<tag k="maxspeed" v="{limits[k]}"/>' if limits[k] else ""
        members = []
        for a, b in zip(ids, [*ids[1:], -1], strict=True):
            members.append(a)
            if b < 0 or not service:
                continue
            (ax, ay), (bx, by) = places[a], places[b]
            for step in range(1, 20):
                here, off = (1 + k) * 1_000_000 + a * 100 + step, 20_000_000
                x, y = ax + (bx - ax) * step / 20, ay + (by - ay) * step / 20
                places[here] = (x, y)
                places[here + off] = (x + 5.0 * (ay != by), y + 5.0 * (ax != bx))
                members.append(here)
                alley = '<tag k="highway" v="service"/>'
                parts.append(street(here, (here, here + off), tags=alley))
        tags = f'<tag k="highway" v="secondary"/>{limit}'
        parts.append(street(1 + k, members, tags=tags))
    return places, parts


def built_grid(tmp_path: Path, *, service: bool, limits: Sequence[str]) -> RoadNetwork:
    places, parts = grid(len(limits) // 2, service=service, limits=limits)
    points = degrees(list(places.values()))
    nodes = [
        f'<node id="{k}" version="1" lat="{p.y:.7f}" lon="{p.x:.7f}"/>'
        for k, p in zip(places, points, strict=True)
    ]
    return read(
        tmp_path,
        *nodes,
        *parts,
        area=None,
        merge=True,
        service=ServiceRoads.ALL if service else ServiceRoads.NONE,
    )


def test_service_roads_change_no_speed_of_an_arterial(tmp_path: Path) -> None:
    """About two junctions a square kilometre of streets, and forty of alleys."""
    limits = [""] * 10
    speeds = []
    for service in (False, True):
        network = built_grid(tmp_path, service=service, limits=limits)
        frame = network.links_frame().query("road_class == 'arterial'")
        speeds.append(frame.groupby("speed_kph")["length_m"].sum())
    assert speeds[1].to_dict() == pytest.approx(speeds[0].to_dict(), rel=1e-3)


def test_streets_without_a_limit_are_driven_at_what_like_streets_post(tmp_path: Path) -> None:
    """Of ten equal arterials eight post 40 mph or 30 mph; the table's rural speed is 55."""
    limits = ["40 mph"] * 6 + ["30 mph"] * 2 + [""] * 2
    network = built_grid(tmp_path, service=False, limits=limits)
    frame = network.links_frame()
    guessed = ~network.speed_given
    assert guessed.sum() == 14
    posted = frame[~frame.index.isin(network.link_id[guessed])]
    for area, of_area in frame[frame.index.isin(network.link_id[guessed])].groupby("area"):
        alike = posted[posted["area"] == area]
        mean = (alike["speed_kph"] * alike["length_m"]).sum() / alike["length_m"].sum()
        assert of_area["speed_kph"].tolist() == pytest.approx([mean] * len(of_area), abs=0.06)
    assert count(network, "speed_by_posted") == 7
    few = built_grid(tmp_path, service=False, limits=["40 mph"] + [""] * 9)
    assert count(few, "speed_by_posted") == 0


@pytest.mark.parametrize(("posted", "share"), [(10, 40.0 / 45.0), (9, 1.0)])
def test_an_area_without_limits_follows_its_class(posted: int, share: float) -> None:
    """Suburban arterials post 40 mph for the table's 45: rural ones have 55 in proportion."""
    n = posted + 1
    places = degrees([(100.0 * k, 0.0) for k in range(n + 1)])
    lines = [shapely.LineString([a, b]) for a, b in pairwise(places)]
    links = Links(
        junction_ids=np.arange(n + 1).astype(str),
        lon=places.x.to_numpy(),
        lat=places.y.to_numpy(),
        control=np.full(n + 1, ""),
        start=np.arange(n),
        end=np.arange(1, n + 1),
        lines=np.array(lines, dtype=object),
        length_m=np.full(n, 100.0),
        oneway=np.full(n, "B"),
        kph=np.array([40 * 1.609344] * posted + [np.nan]),
        road_class=np.full(n, "arterial"),
        area=np.array(["suburban"] * posted + ["rural"]),
        name=np.full(n, ""),
    )
    network = finish_network(
        links,
        options=BuildOptions(),
        merge=False,
        draft=ReportDraft(),
        source="a road",
        attribution="",
    )
    assert network.speed_kph[-1] == pytest.approx(55 * 1.609344 * share, abs=0.1)
    assert not network.speed_given[-1]
