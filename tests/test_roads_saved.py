"""Saved networks: the same network back, whole files or none, clear words on a broken one."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from helpers.road_towns import (
    CRS,
    EAST,
    GRID,
    GRID_LINKS,
    NORTH,
    STREETS,
    buildings_at,
    link,
    tables,
    town,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString

from zoning.errors import DistrictNotice, NetworkError, OutputError
from zoning.roads import DEFAULT_SPEEDS, RoadNetwork, read_network
from zoning.roads.saved import load_network, save_network
from zoning.roads.sources import BuildOptions, read_centrelines


def built(tmp_path: Path) -> RoadNetwork:
    """Streets with everything a network can carry: bends, one-way, names, a report."""
    shapes = [
        LineString([(EAST, NORTH), (EAST + 500, NORTH + 80), (EAST + 1000, NORTH)]),
        LineString([(EAST + 1000, NORTH), (EAST + 1000, NORTH + 700)]),
        LineString([(EAST + 1000, NORTH + 700), (EAST, NORTH)]),
    ]
    cells = {"SPEED": [25, 35, 999], "ONEWAY": ["B", "TF", "B"], "ROADNAME": ["Élan Rd", "", "NA"]}
    path = tmp_path / "county.gpkg"
    gpd.GeoDataFrame(cells, geometry=shapes, crs=CRS).to_file(path)
    return read_centrelines(
        path, speed_unit="mph", attribution="County GIS", options=BuildOptions(area="rural")
    )


def assert_same(first: RoadNetwork, second: RoadNetwork) -> None:
    """Every field, so that a new one cannot be forgotten."""
    for field in fields(RoadNetwork):
        if not field.init:
            continue
        one, other = getattr(first, field.name), getattr(second, field.name)
        if isinstance(one, np.ndarray):
            assert one.dtype.kind == other.dtype.kind, field.name
            np.testing.assert_array_equal(one, other, err_msg=field.name)
            assert not other.flags.writeable
        else:
            assert one == other, field.name
    assert first.content_hash == second.content_hash


def test_a_network_saved_and_loaded_is_the_same_network(tmp_path: Path) -> None:
    network = built(tmp_path)
    path = save_network(network, tmp_path / "made" / "county.streets")
    loaded = load_network(path)
    assert_same(network, loaded)
    assert loaded.attribution == "County GIS"
    assert loaded.report is not None
    assert loaded.report.count("speed_implausible") == 1
    places = buildings_at({"a": (500, 80), "b": (1000, 350)})
    first, second = network.travel_times(places), loaded.travel_times(places)
    np.testing.assert_array_equal(first.seconds, second.seconds)
    np.testing.assert_array_equal(first.metres, second.metres)
    assert read_network(path).report == network.report


@pytest.mark.slow
@given(
    st.lists(
        st.floats(100, 5000, exclude_min=True).map(lambda m: float(np.float64(m) * 1.1)),
        min_size=12,
        max_size=12,
    ),
    st.text(max_size=8),
)
@settings(max_examples=8, deadline=None)
def test_lengths_and_names_survive_to_the_last_digit(
    tmp_path_factory: pytest.TempPathFactory, metres: list[float], name: str
) -> None:
    links = [
        dict(one) | {"length_m": 1000 + m, "name": name}
        for one, m in zip(GRID_LINKS, metres, strict=True)
    ]
    network = town(GRID, links)
    path = save_network(network, tmp_path_factory.mktemp("saved") / "town.streets")
    assert_same(network, load_network(path))


def test_the_same_network_gives_the_same_bytes(tmp_path: Path) -> None:
    network = built(tmp_path)
    one = save_network(network, tmp_path / "one.streets").read_bytes()
    other = save_network(load_network(tmp_path / "one.streets"), tmp_path / "other.streets")
    assert other.read_bytes() == one
    assert str(tmp_path).encode() not in one


def test_a_plain_network_has_no_report(tmp_path: Path) -> None:
    network = town(GRID, GRID_LINKS)
    loaded = load_network(save_network(network, tmp_path / "town.streets"))
    assert_same(network, loaded)
    assert loaded.report is None


@pytest.mark.parametrize("measured", [False, True])
def test_what_the_speeds_are_is_kept(tmp_path: Path, measured: bool) -> None:
    network = town(GRID, GRID_LINKS, speeds=replace(STREETS, include_stops=measured))
    network = replace(network, given_include_stops=not measured)
    assert_same(network, load_network(save_network(network, tmp_path / "town.streets")))


@pytest.mark.parametrize("from_a_map", [True, False])
def test_a_file_of_before_is_read_as_limits_if_it_came_from_a_map(
    tmp_path: Path, from_a_map: bool
) -> None:
    network = built(tmp_path) if from_a_map else town(GRID, GRID_LINKS)
    before = replace(
        network, given_include_stops=True, speeds=replace(network.speeds, include_stops=True)
    )
    path = save_network(before, tmp_path / "made.streets")
    with zipfile.ZipFile(path) as archive:
        about = json.loads(archive.read("network.json"))
    del about["given_include_stops"], about["speeds"]["include_stops"]
    old = rewritten(path, {"version": 1}, about=about)
    assert_same(network, load_network(old))


def test_signs_of_a_file_of_before_are_said_to_stop_main_streets(tmp_path: Path) -> None:
    """Version 1 knew a sign of its junction alone; a run's notices say what to do."""
    network = built(tmp_path)
    signed = replace(network, control=np.where(np.arange(len(network.node_ids)) == 1, "stop", ""))
    path = save_network(signed, tmp_path / "made.streets")
    with zipfile.ZipFile(path) as archive:
        about = json.loads(archive.read("network.json"))
    with pytest.warns(DistrictNotice, match=r"1 junction with stop or yield signs.*Build it again"):
        load_network(rewritten(path, {"version": 1}, about=about))


def test_the_lines_open_in_any_map_programme(tmp_path: Path) -> None:
    path = save_network(built(tmp_path), tmp_path / "county.streets")
    with zipfile.ZipFile(path) as archive:
        archive.extract("links.parquet", tmp_path)
    frame = gpd.read_parquet(tmp_path / "links.parquet")
    assert frame.crs == CRS
    assert len(frame) == 3


def test_nothing_is_replaced_unasked(tmp_path: Path) -> None:
    network = town(GRID, GRID_LINKS)
    path = tmp_path / "town.streets"
    path.write_text("mine")
    with pytest.raises(OutputError, match=r"exists; choose another name.*--force"):
        save_network(network, path)
    assert path.read_text() == "mine"
    save_network(network, path, force=True)
    assert_same(network, load_network(path))
    with pytest.raises(OutputError, match="is a folder"):
        save_network(network, tmp_path, force=True)


def test_a_write_that_fails_leaves_the_old_file_and_no_half_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save_network(town(GRID, GRID_LINKS), tmp_path / "town.streets")
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match="No space left on device"):
        save_network(town(GRID, GRID_LINKS[:-1]), path, force=True)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["town.streets"]


def test_every_kind_of_damage_is_one_clear_error(tmp_path: Path) -> None:
    path = save_network(built(tmp_path), tmp_path / "county.streets")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(NetworkError, match="is not a saved street network"):
        load_network(path)
    middle = len(whole) // 2
    path.write_bytes(whole[:middle] + bytes(64) + whole[middle + 64 :])
    with pytest.raises(NetworkError, match="is a saved network, but damaged"):
        load_network(path)
    with pytest.raises(NetworkError, match="is not there"):
        load_network(tmp_path / "nowhere.streets")


def rewritten(
    path: Path, change: dict[str, Any], *, without: str = "", about: dict[str, Any] | None = None
) -> Path:
    """The same file with other words in ``network.json``, all new ones, or without a member."""
    other = path.with_name("other.streets")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "network.json":
                data = json.dumps((json.loads(data) if about is None else about) | change).encode()
            if name != without:
                new.writestr(name, data)
    return other


@pytest.mark.parametrize(
    ("change", "without", "said"),
    [
        ({}, "network.json", "a zip file without network.json"),
        ({"format": "something else"}, "", "does not say that it is one"),
        ({"version": 99}, "", "of version 99, this is version 2"),
        ({}, "edges.parquet", "damaged"),
        ({"crs": "EPSG:32617"}, "", "not what it was when it was saved"),
        ({"speeds": {}}, "", "damaged"),
        ({"report": [{"kind": "Unheard of"}]}, "", "damaged"),
    ],
)
def test_files_that_are_not_ours_or_were_changed(
    tmp_path: Path, change: dict[str, Any], without: str, said: str
) -> None:
    path = save_network(town(GRID, GRID_LINKS), tmp_path / "town.streets")
    with pytest.raises(NetworkError, match=said):
        load_network(rewritten(path, change, without=without))


def test_read_network_takes_a_folder_or_a_file(tmp_path: Path) -> None:
    network = replace(town(GRID, GRID_LINKS), source="the county")
    path = save_network(network, tmp_path / "town.streets")
    assert read_network(path).source == "the county"
    assert read_network(path, source="another").source == "another"
    slower = replace(STREETS, speeds=tuple(s._replace(kph=s.kph / 2) for s in STREETS.speeds))
    assert read_network(path, speeds=slower).travel_time_s.sum() == pytest.approx(
        2 * network.travel_time_s.sum()
    )
    with pytest.raises(NetworkError, match="links have no speed"):
        read_network(path, speeds=DEFAULT_SPEEDS)
    junctions, links = tables(GRID, GRID_LINKS)
    junctions.to_csv(tmp_path / "junctions.csv", index=False)
    links.to_csv(tmp_path / "links.csv", index=False)
    assert len(read_network(tmp_path, speeds=STREETS).node_ids) == 9


def test_read_network_sends_a_map_to_the_builder(tmp_path: Path) -> None:
    path = tmp_path / "county.osm.pbf"
    path.write_bytes(b"a map")
    command = f"zoning network build {path} --out {tmp_path / 'county.streets'}"
    with pytest.raises(NetworkError, match=re.escape(command)):
        read_network(path)
    (tmp_path / "notes.txt").write_text("a note")
    with pytest.raises(NetworkError, match="is not a saved street network"):
        read_network(tmp_path / "notes.txt")


def test_tables_may_hold_speeds_geometry_and_control() -> None:
    junctions, links = tables({"a": (0, 0), "b": (1000, 0), "c": (2000, 0)}, [])
    bend = [(600000, 4230000), (600500, 4230100), (601000, 4230000)]
    line = gpd.GeoSeries([LineString(bend)], crs=CRS).to_crs("EPSG:4326").iloc[0]
    straight = LineString([(junctions["lon"][k], junctions["lat"][k]) for k in (1, 2)])
    _, links = tables(
        {}, [link("a", "b", 1025.0, speed_kph="50"), link("b", "c", 1000.0, speed_kph="")]
    )
    links["geometry"] = [line, straight]
    junctions["control"] = ["", "signal", "stop"]
    network = RoadNetwork.from_tables(junctions, links, speeds=STREETS, source="test")
    assert network.speed_kph.tolist() == [50, 50, 36, 36]
    assert network.speed_given.tolist() == [True, True, False, False]
    assert network.control.tolist() == ["", "signal", "stop"]
    assert network.lines[0].length == pytest.approx(2 * np.hypot(500, 100))


def test_faults_of_speeds_geometry_and_control_are_told_at_once() -> None:
    places = {"a": (0, 0), "b": (1000, 0), "c": (2000, 0)}
    junctions, links = tables(
        places,
        [
            link("a", "b", 1025.0, speed_kph="35 mph"),
            link("b", "c", 1000.0, speed_kph=0),
            link("a", "c", 2000.0, speed_kph=50),
        ],
    )
    lon, lat = junctions["lon"], junctions["lat"]
    links["geometry"] = [
        None,
        LineString([(lon[1], lat[1]), (lon[2], lat[2] + 0.01)]),
        LineString([(lon[0], lat[0]), (lon[1], np.nan), (lon[2], lat[2])]),
    ]
    junctions["control"] = ["", "lights", "none"]
    with pytest.raises(NetworkError) as caught:
        RoadNetwork.from_tables(junctions, links, speeds=STREETS, source="test")
    text = str(caught.value)
    for said in (
        "junctions row 2: control 'lights' is not one of none, signal, stop, yield, roundabout",
        "links row 1: speed_kph '35 mph' is not a number",
        "links row 2: speed_kph '0' is not a number above 0",
        "links row 1: the geometry is not a line",
        "links row 3: the geometry is not a line",
        "links row 2: the geometry does not run from its from_junction to its to_junction",
        "more than the 30 m allowed",
    ):
        assert said in text
    assert len(caught.value.faults) == 6
