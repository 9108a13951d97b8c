"""Kinds of files and archives that streets come in, and what is said of those not read."""

from __future__ import annotations

import gzip
import json
import shlex
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from helpers.road_towns import degrees
from typer.testing import CliRunner

from zoning.cli.network import network_app
from zoning.errors import NetworkError
from zoning.roads import RoadNetwork, read_centrelines, read_network
from zoning.roads.reading import kind_of
from zoning.roads.sources.files import LINE_DRIVERS, unpack

ENDS = degrees([(0, 0), (1000, 0), (2000, 0), (1000, 1000)])
STREETS = gpd.GeoDataFrame(
    {"ROADNAME": ["Elm", "Elm", "Oak"], "SPEED": ["35", "35", "25"]},
    geometry=[shapely.LineString([ENDS[a], ENDS[b]]) for a, b in ((0, 1), (1, 2), (1, 3))],
    crs="EPSG:4326",
)
WRITERS = {".gdb": "OpenFileGDB", ".kml": "LIBKML", ".tab": "MapInfo File", ".mif": "MapInfo File"}
ESRI = {
    "geometryType": "esriGeometryPolyline",
    "spatialReference": {"wkid": 4326},
    "fields": [{"name": n, "type": "esriFieldTypeString"} for n in ("ROADNAME", "SPEED")],
    "features": [
        {
            "attributes": {"ROADNAME": row.ROADNAME, "SPEED": row.SPEED},
            "geometry": {"paths": [[list(place) for place in row.geometry.coords]]},
        }
        for row in STREETS.itertuples()
    ],
}


def written(path: Path) -> Path:
    """The streets in a file of the kind that its ending says."""
    if path.suffix.endswith("parquet"):
        STREETS.to_parquet(path)
    elif path.name == "esri.json":
        path.write_text(json.dumps(ESRI))
    else:
        STREETS.to_file(path, driver=WRITERS.get(path.suffix))
    return path


def zipped(path: Path, parts: Iterable[Path], *, below: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for part in parts:
            archive.write(part, part.relative_to(below))
    return path


def built(path: Path) -> RoadNetwork:
    assert kind_of(path) == "centrelines"
    return read_centrelines(path, speed_unit="mph")


def built_by_command(*words: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(network_app, ["build", *map(str, words)], env={"COLUMNS": "300"})
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def require_streets(network: RoadNetwork) -> None:
    assert network.describe()["links"] == 3
    assert sorted(network.speed_kph.round(1).tolist()) == [40.2] * 2 + [56.3] * 4


@pytest.mark.parametrize("ending", [*LINE_DRIVERS, "esri.json"])
def test_every_kind_of_file_of_lines_gives_the_same_streets(tmp_path: Path, ending: str) -> None:
    path = tmp_path / (ending if ending[0] != "." else f"streets{ending}")
    require_streets(built(written(path)))


@pytest.mark.parametrize(
    ("inner", "outer"),
    [
        ("streets.shp", "tl_roads.zip"),
        ("streets.gdb", "streets.gdb.zip"),
        ("streets.gpkg", "a.zip"),
        ("doc.kml", "a.kmz"),
    ],
)
def test_an_archive_is_the_streets_in_it(tmp_path: Path, inner: str, outer: str) -> None:
    folder = tmp_path / "download"
    folder.mkdir()
    written(folder / inner)
    (folder / "readme.txt").write_text("about")
    (folder / "metadata.json").write_text("{}")
    parts = sorted(path for path in folder.rglob("*") if path.is_file())
    path = zipped(tmp_path / outer, parts, below=tmp_path)
    require_streets(built(path))
    with pytest.raises(NetworkError, match="is a map, not a network yet") as caught:
        read_network(path)
    built_file = path.with_name(f"{path.name.partition('.')[0]}.streets")
    assert shlex.join(["build", str(path), "--out", str(built_file)]) in str(caught.value)


def test_tables_and_extracts_in_archives_are_built(tmp_path: Path) -> None:
    (tmp_path / "node.csv").write_text("node_id,x_coord,y_coord\n1,-85.7,38.2\n2,-85.69,38.2\n")
    (tmp_path / "link.csv").write_text(
        "from_node_id,to_node_id,directed,free_speed\n1,2,0,30 mph\n"
    )
    (tmp_path / "town.osm").write_text(
        "<osm version='0.6'><node id='1' lat='38.2' lon='-85.7'/><node id='2' lat='38.2' "
        "lon='-85.69'/><way id='1'><nd ref='1'/><nd ref='2'/><tag k='highway' v='primary'/></way>"
        "</osm>"
    )
    (tmp_path / "town.osm.gz").write_bytes(gzip.compress((tmp_path / "town.osm").read_bytes()))
    tables = [tmp_path / "node.csv", tmp_path / "link.csv"]
    zipped(tmp_path / "gmns.zip", tables, below=tmp_path)
    zipped(tmp_path / "osm.zip", [tmp_path / "town.osm"], below=tmp_path)
    for name, says in (
        ("gmns.zip", "GMNS tables in gmns"),
        ("osm.zip", "OpenStreetMap extract town.osm"),
        ("town.osm.gz", "OpenStreetMap extract town.osm.gz"),
    ):
        out = tmp_path / f"{name}.streets"
        code, said = built_by_command(tmp_path / name, "--out", out)
        assert code == 0
        assert says in said
        assert read_network(out).describe()["links"] == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("streets.dbf", "Give the .shp file beside it"),
        ("streets.mdb", "Export the streets from a GIS as GeoPackage"),
        ("streets.lyrx", "holds no streets"),
        ("streets.csv", "node.csv and link.csv"),
        ("streets.7z", "Unpack it first"),
        ("streets.o5m", "osmium cat"),
        ("streets", "save the streets as one of these"),
    ],
)
def test_an_ending_that_is_not_read_is_told_what_is(tmp_path: Path, name: str, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"something")
    for read in (read_network, read_centrelines, kind_of):
        with pytest.raises(NetworkError, match="cannot be read") as caught:
            read(path)
        assert said in str(caught.value)
        for ending in (".osm.pbf", ".graphml", ".gdb", ".parquet", ".kmz", ".zip"):
            assert ending in str(caught.value)
    code, text = built_by_command(path, "--out", tmp_path / "x.streets")
    assert (code, said.split(maxsplit=1)[0] in text) == (2, True)


def test_a_place_that_is_no_file_is_asked_about(tmp_path: Path) -> None:
    code, said = built_by_command("Albemarle County", "--out", tmp_path / "x.streets")
    assert code == 2
    assert "a place to download is --kind place" in said


def test_archives_and_folders_without_streets_or_with_several(tmp_path: Path) -> None:
    first, second = written(tmp_path / "a.gpkg"), written(tmp_path / "b.fgb")
    both = zipped(tmp_path / "two.zip", [first, second], below=tmp_path)
    with pytest.raises(NetworkError, match="holds 2 files of streets") as caught:
        kind_of(both)
    assert "a.gpkg, b.fgb" in str(caught.value)
    (tmp_path / "cut.zip").write_bytes(both.read_bytes()[:-30])
    with pytest.raises(NetworkError, match=r"cut\.zip cannot be unpacked"):
        kind_of(tmp_path / "cut.zip")
    with pytest.raises(NetworkError, match="a folder without street tables") as caught:
        read_network(tmp_path)
    assert "a.gpkg" in str(caught.value)


def test_nothing_is_unpacked_outside_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(written(tmp_path / "s.fgb"), "../../s.fgb")
    with unpack(path) as place:
        assert place.is_file()
        assert place.parent.name == "evil"
    assert not place.exists()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.geojson", "<OGRVRTDataSource><OGRVRTLayer name='s'/></OGRVRTDataSource>", "names oth"),
        ("a.json", '{"type": "gdal_streamed_alg", "command_line": "gdal"}', "names other files"),
        ("a.json", '{"version": 0.6, "osm3s": {}, "elements": []}', "Ask for it with [out:xml]"),
        ("a.json", json.dumps(ESRI | {"exceededTransferLimit": True}), "a part of the streets"),
    ],
)
def test_files_that_name_others_and_answers_cut_short_are_refused(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(NetworkError) as caught:
        read_centrelines(tmp_path / name)
    assert said in str(caught.value)


def test_a_parquet_file_without_places_and_a_layer_of_one(tmp_path: Path) -> None:
    STREETS.drop(columns="geometry").to_parquet(tmp_path / "plain.parquet")
    with pytest.raises(NetworkError, match="Missing geo metadata"):
        read_centrelines(tmp_path / "plain.parquet")
    options: dict[str, Any] = {"layer": "streets", "speed_unit": "mph"}
    with pytest.raises(NetworkError, match="has no layers"):
        read_centrelines(written(tmp_path / "a.parquet"), **options)
