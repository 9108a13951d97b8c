"""Files are what their endings say and of a size that can be read, before a reader sees them.

Every hostile file here is harmless: it names a file beside it, and none is opened.
"""

from __future__ import annotations

import bz2
import gzip
import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from shapely.geometry import LineString, Point, box

from zoning import NetworkError, SchoolDataError, ZoningError, read_plan, read_schools
from zoning import inputs as limits
from zoning.district import read_outline
from zoning.errors import FaultsError, OptionError, PlanError, StudyError
from zoning.reports.deck.template import read_template
from zoning.roads import load_network, read_profile
from zoning.roads.sources.files import read_lines
from zoning.roads.sources.gmns import read_tables
from zoning.roads.sources.osm_files import read_ways
from zoning.roads.sources.osmnx_graphs import is_graph, read_graph
from zoning.roads.streets.build_report import ReportDraft
from zoning.schools.cells import guarded, unguarded
from zoning.study import read_study
from zoning.study.runs import read_run

SCHOOLS = gpd.GeoDataFrame(
    {"school_id": ["1"], "level": ["high"]}, geometry=[Point(-85.7, 38.2)], crs=4326
)


def outline(path: Path) -> object:
    return read_outline(path, buildings=SCHOOLS)


def streets(path: Path) -> object:
    return read_lines(path, layer=None, crs=None, draft=ReportDraft())


MORE = (".geojson", ".kmz", ".parquet", ".zip", ".vrt", ".xml", "")
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
TABLES = (
    *(".gpkg", ".shp", ".geojson", ".fgb", ".kml", ".kmz", ".parquet", ".zip", ".json", ".csv"),
    *WORKBOOKS,
)
READERS: dict[str, tuple[Callable[[Path], object], type[ZoningError], tuple[str, ...]]] = {
    "schools": (read_schools, SchoolDataError, TABLES),
    "plan": (read_plan, PlanError, TABLES),
    "outline": (
        outline,
        FaultsError,
        (".gpkg", ".shp", ".geojson", ".json", ".fgb", ".kml", ".kmz", ".tab", ".mif", *MORE),
    ),
    "streets": (
        streets,
        NetworkError,
        (".gpkg", ".shp", ".json", ".geojsonl", ".fgb", ".kml", ".tab", ".gdb", ".mif", *MORE),
    ),
}
VRT = '<OGRVRTDataSource><OGRVRTLayer name="beside"><SrcDataSource>{}</SrcDataSource>'
VRT += "</OGRVRTLayer></OGRVRTDataSource>"
GML = '<?xml version="1.0"?><a:b xmlns:a="urn:a" xmlns:gml="http://www.opengis.net/gml"/>'
STREAM = '{{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline read {}"}}'


def no_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail the test if a reader that goes by content is called."""

    def seen(*_: object, **__: object) -> None:
        pytest.fail("a reader saw the file")

    for name in ("list_layers", "read_info", "read_arrow", "read_dataframe"):
        monkeypatch.setattr(pyogrio, name, seen)
    for name in ("read_file", "read_parquet"):
        monkeypatch.setattr(gpd, name, seen)


@pytest.mark.parametrize("text", [VRT, "<?xml version='1.0'?>\n<!-- a -->\n" + VRT, STREAM, GML])
@pytest.mark.parametrize("kind", list(READERS))
def test_a_file_that_names_others_is_refused_unopened(
    kind: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, error, endings = READERS[kind]
    beside = tmp_path / "beside.csv"
    beside.write_text("building_id,zone_id\n1,a\n")
    no_reader(monkeypatch)
    for ending in endings:
        path = tmp_path / f"file{ending}"
        path.write_text(text.format(beside))
        if ending == ".csv" and text is STREAM:
            continue  # it is read as text, and nothing else
        with pytest.raises(error) as refused:
            reader(path)
        assert path.name in str(refused.value)
        assert "a reader saw" not in str(refused.value)


@pytest.mark.parametrize("kind", ["schools", "plan", "outline", "streets"])
@pytest.mark.parametrize("inside", ["file.kml", "file.shp"])
def test_what_a_zip_holds_is_looked_at_too(
    kind: str, inside: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, error, _ = READERS[kind]
    path = tmp_path / ("file.kmz" if inside.endswith(".kml") else "file.zip")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(inside, VRT.format("beside.csv"))
    no_reader(monkeypatch)
    with pytest.raises(error, match=r"names other files|is no Shapefile but XML"):
        reader(path)


def test_a_graph_is_told_by_its_first_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "graph.gpkg"
    path.write_text(VRT.format("beside.csv"))
    no_reader(monkeypatch)
    for reader in (is_graph, read_graph):
        with pytest.raises(NetworkError, match="it is no GeoPackage but XML"):
            reader(path)


ENTITY = '<!DOCTYPE a [<!ENTITY b "c">]>'


@pytest.mark.parametrize(
    ("name", "text", "reader"),
    [
        ("a.kml", ENTITY + "<kml>&b;</kml>", read_schools),
        ("a.kml", '<?xml version="1.0"?><!-- -->' + ENTITY + "<kml/>", streets),
        ("a.graphml", ENTITY + "<graphml>&b;</graphml>", read_graph),
        ("a.osm", ENTITY + "<osm>&b;</osm>", read_ways),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_entities_are_refused(
    name: str,
    text: str,
    reader: Callable[[Path], object],
    encoding: str,
    tmp_path: Path,
) -> None:
    (tmp_path / name).write_text(text, encoding=encoding)
    with pytest.raises(FaultsError, match="declares a document type"):
        reader(tmp_path / name)


def test_entities_packed_are_refused(tmp_path: Path) -> None:
    text = (ENTITY + "<osm>&b;</osm>").encode()
    for name, pack in (("a.osm.gz", gzip.compress), ("a.osm.bz2", bz2.compress)):
        (tmp_path / name).write_bytes(pack(text))
        with pytest.raises(NetworkError, match="declares a document type"):
            read_ways(tmp_path / name)


def test_what_a_file_is_instead(tmp_path: Path) -> None:
    page = b"<!DOCTYPE html><html>not found</html>"
    for name, head, what in [
        ("schools.csv", b"PK\x03\x04rest", "no table of text but a zip archive or an office file"),
        ("schools.csv", page, "no table of text but a web page"),
        ("schools.geojson", page, "no JSON but a web page"),
        ("schools.kml", page, "no KML but a web page"),
        ("schools.gpkg", b"version https://git-lfs.github.com/spec/v1\n", "in Git LFS"),
        ("schools.gpkg", b"SQLite format 3\0" + 52 * b"\0" + b"ABCD", "but a database"),
        ("schools.gdb", b"x", "not the folder of a geodatabase"),
    ]:
        (tmp_path / name).write_bytes(head)
        with pytest.raises(SchoolDataError, match=what):
            read_schools(tmp_path / name)


@pytest.mark.parametrize("driver", ["GPKG", "FlatGeobuf", "GeoJSON", "GeoJSONSeq", "KML"])
@pytest.mark.parametrize("kind", ["schools", "outline", "streets"])
def test_real_files_pass(kind: str, driver: str, tmp_path: Path) -> None:
    ending = {
        "GPKG": ".gpkg",
        "FlatGeobuf": ".fgb",
        "GeoJSON": ".geojson",
        "GeoJSONSeq": ".geojsonl",
        "KML": ".kml",
    }[driver]
    if ending not in READERS[kind][2]:
        return
    shape = {
        "schools": SCHOOLS.geometry[0],
        "outline": box(-86, 38, -85, 39),
        "streets": LineString([(-85.7, 38.2), (-85.6, 38.2)]),
    }[kind]
    frame = gpd.GeoDataFrame({"school_id": ["1"], "level": ["high"]}, geometry=[shape], crs=4326)
    path = tmp_path / f"file{ending}"
    frame.to_file(path, driver=driver)
    READERS[kind][0](path)
    if ending in {".kml", ".gpkg"}:
        packed = tmp_path / ("file.kmz" if ending == ".kml" else "file.zip")
        with zipfile.ZipFile(packed, "w") as archive:
            archive.write(path, path.name)
        READERS[kind][0](packed)


def test_old_systems_of_a_geojson_pass(tmp_path: Path) -> None:
    # GeoServer's name of a system has the name of GML in it, which is no mark of GML in JSON.
    content = json.loads(SCHOOLS.to_json(drop_id=True))
    name = "http://www.opengis.net/gml/srs/epsg.xml#4326"
    content["crs"] = {"type": "name", "properties": {"name": name}}
    (tmp_path / "a.geojson").write_text(json.dumps(content))
    limits.require_kind(tmp_path / "a.geojson", shown="a", error=SchoolDataError)


# Depth and numbers

DEEP = "[" * 5000 + "]" * 5000
FEATURE = '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": %s}]}'


@pytest.mark.parametrize("value", [DEEP, "9" * 5000, "9" * 400, '{"a":' * 900 + "1" + "}" * 900])
def test_deep_lists_and_long_numbers_in_json(value: str, tmp_path: Path) -> None:
    path = tmp_path / "file.geojson"
    path.write_text(FEATURE % f'{{"id": {value}}}')
    for reader, error in ((read_schools, SchoolDataError), (read_plan, PlanError)):
        with pytest.raises(error, match=r"file\.geojson"):
            reader(path)
    osm = tmp_path / "file.osm.json"
    osm.write_text(f'{{"elements": [{{"type": "way", "id": {value}}}]}}')
    with pytest.raises(NetworkError, match=r"file\.osm\.json cannot be read"):
        read_ways(osm)
    (tmp_path / "run.json").write_text(f'{{"command": {value}}}')
    with pytest.raises(OptionError, match=r"run\.json"):
        read_run(tmp_path)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"a = {DEEP}", "nested too deeply"),
        ("[rules" + ".a" * 300 + "]\n", "nested too deeply"),
        ("[rules]\nmost_moved = " + "9" * 5000, "a number has more than 100 digits .*line 2"),
        ("[rules]\nmost_moved = " + "9" * 400, "a number has more than 100 digits .*line 2"),
        ("own_high_school = 'a\0'", "line 1"),
        ("#" * (2**20 + 1), "too large: 1 MB, and at most 1 MB"),
    ],
)
def test_studies_that_cannot_be_meant(text: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "town.toml").write_text(text)
    with pytest.raises(StudyError, match=why):
        read_study(tmp_path / "town.toml")


@pytest.mark.parametrize(
    "record",
    [
        [],
        {"command": 5},
        {"command": "zoning compare", "options": [{"option_id": 5}], "files": {}},
        {"command": "zoning compare", "options": [], "files": None},
        {"command": "zoning compare", "options": [], "files": {}, "edition": "public"},
        {"command": 'zoning "', "options": [], "files": {}},
    ],
)
def test_a_record_that_no_run_wrote(record: object, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps(record))
    with pytest.raises(OptionError, match="Give the folder that zoning plan"):
        read_run(tmp_path)


# Size


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that small files pass."""
    monkeypatch.setattr(limits, "MOST_ROWS", 2)
    monkeypatch.setattr("zoning.geotables.MOST_ROWS", 2)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("ending", [".csv", ".geojson", ".gpkg", ".shp", ".parquet", ".fgb"])
def test_more_rows_than_schools_are_refused_before_they_are_read(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = pd.concat([SCHOOLS] * 40, ignore_index=True)
    path = tmp_path / f"file{ending}"
    if ending == ".csv":
        many.assign(latitude=38.2, longitude=-85.7).drop(columns="geometry").to_csv(path)
    elif ending == ".parquet":
        many.to_parquet(path)
    else:
        many.to_file(path)
    monkeypatch.setattr(gpd, "read_file", no_reader)
    monkeypatch.setattr(gpd, "read_parquet", no_reader)
    with pytest.raises(SchoolDataError, match=r"4[01] rows, and at most 2 are read"):
        read_schools(path)
    if ending in READERS["plan"][2]:
        with pytest.raises(PlanError, match=r"4[01] rows, and at most 2 are read"):
            read_plan(path)


def test_files_too_large_are_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def grown(name: str, size: int, head: bytes = b"") -> Path:
        with (tmp_path / name).open("wb") as file:  # sparse: it takes no room
            file.write(head)
            file.truncate(size)
        return tmp_path / name

    monkeypatch.setattr(Path, "read_bytes", no_reader)
    monkeypatch.setattr(Path, "read_text", no_reader)
    monkeypatch.setattr(pd, "read_csv", no_reader)
    with pytest.raises(SchoolDataError, match="300 MB, and at most 200 MB"):
        read_schools(grown("a.csv", 300 * 2**20, b"a,b\n" * 2**14))
    with pytest.raises(PlanError, match="300 MB, and at most 200 MB"):
        read_plan(grown("a.geojson", 300 * 2**20, b"{"))
    with pytest.raises(NetworkError, match="2 MB, and at most 1 MB"):
        read_profile(grown("p.csv", 2**21, b"a,b\n" * 2**14))
    with pytest.raises(NetworkError, match="5 GB, and at most 4 GB"):
        read_tables(grown("link.csv", 5 * 2**30, b"a,b\n" * 2**14).parent, ("link",))


def test_archives_that_unpack_to_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("network.json", b"0" * 2**20)
        archive.writestr("streets.geojson", b"0" * 2**20)
    for module in ("geotables._UNPACKED_LIMIT_BYTES", "district.LARGEST_TEXT_BYTES"):
        monkeypatch.setattr(f"zoning.{module}", 1000)
    monkeypatch.setattr("zoning.roads.sources.files._LARGEST_BYTES", 1000)
    monkeypatch.setattr("zoning.roads.saved.LARGEST_STREETS_BYTES", 1000)
    monkeypatch.setattr(zipfile.ZipFile, "extract", no_reader)
    monkeypatch.setattr(zipfile.ZipFile, "extractall", no_reader)
    monkeypatch.setattr(sys.modules[read_template.__module__], "_LARGEST_BYTES", 1000)
    for reader in (read_schools, read_plan, outline, streets, load_network, read_template):
        with pytest.raises(FaultsError, match=r"too large to unpack here: \d files of [12]"):
            reader(tmp_path / "a.zip")


def test_packed_maps_that_unpack_to_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zoning.roads.sources.osm_files.LARGEST_STREETS_BYTES", 1000)
    for name, pack in (("a.osm.gz", gzip.compress), ("a.osm.bz2", bz2.compress)):
        (tmp_path / name).write_bytes(pack(b"<osm>" + b" " * 2**20))
        with pytest.raises(NetworkError, match=r"unpacks to more than(.|\n)*osmium cat"):
            read_ways(tmp_path / name)


def test_a_cell_that_no_spreadsheet_holds(tmp_path: Path) -> None:
    long = "x" * 40_000
    (tmp_path / "s.csv").write_text(
        f"school_id,level,latitude,longitude,name,other\n1,high,38.2,-85.7,{long},{long}\n"
    )
    with pytest.raises(SchoolDataError) as refused:
        read_schools(tmp_path / "s.csv")
    (fault,) = refused.value.faults  # the column "other" is not read
    assert "name has 40,000 characters; at most 32,767 are read" in fault
    (tmp_path / "p.csv").write_text(f"building_id,zone_id\n1,{long}\n")
    with pytest.raises(PlanError, match="row 2: zone_id has 40,000 characters"):
        read_plan(tmp_path / "p.csv")
    assert len(str(FaultsError("a", ["b" * 10**6]))) < 5_000


def test_nul_bytes_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_bytes(b"junction,road_class,area,factor\n\0,a,b,1\n")
    with pytest.raises(NetworkError, match="NUL bytes"):
        read_profile(tmp_path / "p.csv")
    with pytest.raises(NetworkError, match="NUL bytes"):
        read_tables(tmp_path, ("p",))


# Formulas


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Oak", "Oak"),
        ("=1+1", "'=1+1"),
        ("'=1+1", "''=1+1"),
        ("Oak;=1+1", "Oak;'=1+1"),
        ("Oak; =1+1", "Oak;' =1+1"),
        ("Oak;'=1+1", "Oak;''=1+1"),
        ('Oak;"=1+1"', 'Oak;\'"=1+1"'),
        ("Oak\t@a\n-b", "Oak\t'@a\n'-b"),
        ("Oak;;+1", "Oak;;'+1"),
        ("Oak; Ash - Elm", "Oak; Ash - Elm"),
        ("a,=1", "a,=1"),  # a comma is ours, and the cell is in quotes
        (";'b", ";'b"),
    ],
)
def test_no_locale_makes_a_formula_of_a_cell(text: str, shown: str) -> None:
    assert guarded(text) == shown
    assert unguarded(shown) == text
    for cell in shown.replace("\n", ";").replace("\t", ";").split(";"):
        assert not cell.lstrip(' "').startswith(("=", "+", "-", "@"))


def test_a_plan_with_such_names_comes_back(tmp_path: Path) -> None:
    from zoning.zones import Zone, ZoneKind, ZonePlan, write_plan  # noqa: PLC0415

    zone: Any = Zone(
        zone_id="Oak;=1+1", high_school_id="1", kind=ZoneKind.PATROL, building_ids=("1", "a;'-2")
    )
    plan = ZonePlan(zones=(zone,))
    path = write_plan(plan, tmp_path / "plan.csv")
    assert "Oak;'=1+1" in path.read_text()
    assert read_plan(path).zones[0].zone_id == "Oak;=1+1"
    assert set(read_plan(path).zones[0].building_ids) == {"1", "a;'-2"}
