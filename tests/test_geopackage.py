from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import geopandas as gpd
import pyogrio
import pytest
from helpers.map_towns import hostile_comparison

from zoning.disclosure import PublicView, RestrictedView, restricted_view
from zoning.editions import RESTRICTED_MARK
from zoning.reports.gis_files import (
    LAYERS,
    Layer,
    geopackage,
    qgis_style,
    shape_columns,
    zone_layers,
    zones_geojson,
)
from zoning.reports.office_files import xml_text
from zoning.staffing import StaffingComparison
from zoning.symbols import SCHOOL_SYMBOLS, ZONE_FILLS

pytestmark = pytest.mark.slow

ZONE_COLUMNS = [
    "option_id",
    "option",
    "zone_id",
    "label",
    "kind",
    "high_school_id",
    "high_school",
    "buildings",
    "schools",
    "colour",
    "geometry",
]


@pytest.fixture(scope="module")
def restricted(compared: StaffingComparison) -> RestrictedView:
    return restricted_view(compared)


@pytest.fixture(scope="module")
def view(restricted: RestrictedView) -> PublicView:
    return restricted.public


@pytest.fixture(scope="module")
def hostile() -> RestrictedView:
    return restricted_view(hostile_comparison(), title="'; DROP TABLE schools; --\x00")


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "zoning.gpkg"


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(query).fetchall()


def test_the_layers_hold_what_the_view_holds(view: PublicView, written: Path) -> None:
    written.write_bytes(geopackage(view))
    names = dict(pyogrio.list_layers(written).tolist())
    drawn = zone_layers(view)
    assert set(names) == {
        "outline",
        "streets",
        "schools",
        *drawn.values(),
        "read_me",
        "layer_styles",
    }
    for option_id, layer in drawn.items():
        read = gpd.read_file(written, layer=layer)
        zones = view.option(option_id).zones
        assert list(read.columns) == ZONE_COLUMNS
        assert read.crs.to_epsg() == 4326
        assert read["zone_id"].tolist() == zones.index.tolist()
        assert read["colour"].tolist() == zones["colour"].tolist()
        assert read["buildings"].tolist() == [len(ids) for ids in zones["building_ids"]]
        drawn_again = gpd.GeoSeries(list(zones.geometry), crs=4326)
        assert read.geometry.geom_equals(drawn_again).all()
    schools = gpd.read_file(written, layer="schools")
    assert schools["building_id"].tolist() == view.schools.index.tolist()
    assert schools["high_school"].tolist() == view.schools["high_school"].tolist()
    written.write_bytes(geopackage(view, streets=False))
    assert "streets" not in dict(pyogrio.list_layers(written).tolist())


def test_the_file_says_where_it_comes_from(view: PublicView, written: Path) -> None:
    written.write_bytes(geopackage(replace(view, cautions=("Straight lines.",))))
    told = dict(rows(written, "SELECT item, text FROM read_me"))
    assert told["attribution"] == view.attribution
    assert told["estimate"] == "Straight lines."
    assert told["meaning"] == view.notices[0]
    assert told["edition"] == "public"
    ((metadata,),) = rows(written, "SELECT metadata FROM gpkg_metadata")
    assert view.attribution in str(metadata)


def test_a_public_file_holds_nothing_restricted(restricted: RestrictedView) -> None:
    data = geopackage(restricted.public)
    for word in (b"RESTRICTED", b"restricted", b"diameter", b"travel_s", b"response"):
        assert word not in data


def test_a_restricted_file_carries_the_mark_and_the_shapes(
    restricted: RestrictedView, written: Path
) -> None:
    written.write_bytes(geopackage(restricted))
    assert dict(rows(written, "SELECT item, text FROM read_me"))["edition"] == RESTRICTED_MARK
    ((metadata,),) = rows(written, "SELECT metadata FROM gpkg_metadata")
    assert RESTRICTED_MARK in str(metadata)
    for layer in ("schools", "streets", "outline"):
        assert set(gpd.read_file(written, layer=layer)["edition"]) == {"restricted"}
    for option_id, layer in zone_layers(restricted.public).items():
        read = gpd.read_file(written, layer=layer)
        plan = restricted.comparison.outcome(option_id).plan
        assert plan is not None
        shapes = shape_columns(plan, restricted.comparison)
        assert set(read["edition"]) == {"restricted"}
        for zone_id, area, diameter in zip(
            read["zone_id"], read["area_m2"], read["diameter_s"], strict=True
        ):
            assert area == pytest.approx(shapes[zone_id]["area_m2"], nan_ok=True)
            assert diameter == pytest.approx(shapes[zone_id]["diameter_s"], nan_ok=True)


def test_every_layer_with_places_has_a_style_by_default(view: PublicView, written: Path) -> None:
    """Columns as QGIS makes them: see ``qgsogrprovider.cpp``, ``layer_styles``."""
    written.write_bytes(geopackage(view))
    places = rows(written, "SELECT table_name, column_name FROM gpkg_geometry_columns")
    styled = rows(
        written,
        "SELECT f_table_name, f_geometry_column FROM layer_styles WHERE useAsDefault = 1 "
        "AND f_table_catalog = '' AND f_table_schema = ''",
    )
    assert sorted(styled) == sorted(places)
    for name, qml in rows(written, "SELECT f_table_name, styleQML FROM layer_styles"):
        kind = "zones" if str(name).startswith("zones_") else str(name)
        assert qml == qgis_style(kind)  # type: ignore[arg-type]
    listed = rows(written, "SELECT data_type FROM gpkg_contents WHERE table_name = 'layer_styles'")
    assert listed == [("attributes",)]


def test_hostile_names_are_kept_as_typed_and_tables_have_plain_names(
    hostile: RestrictedView, written: Path
) -> None:
    written.write_bytes(geopackage(hostile))
    for name, _ in pyogrio.list_layers(written).tolist():
        assert name.isidentifier()
    read = gpd.read_file(written, layer="schools")
    assert read["name"].tolist() == [xml_text(name) for name in hostile.public.schools["name"]]
    told = dict(rows(written, "SELECT item, text FROM read_me"))
    assert told["title"] == "'; DROP TABLE schools; --�"
    for option_id, layer in zone_layers(hostile.public).items():
        label = hostile.public.option(option_id).label
        assert set(gpd.read_file(written, layer=layer)["option"]) == {xml_text(label)}


def test_layer_names_never_agree(view: PublicView) -> None:
    option = next(o for o in view.options if len(o.zones))
    ids = ("A b", "a_b", "a-b", "Ä", "!!", "x" * 99, "x" * 98)
    many = replace(view, options=tuple(replace(option, option_id=i) for i in ids))
    names = zone_layers(many)
    assert list(names) == list(ids)
    assert len({name.lower() for name in names.values()}) == len(ids)
    assert names["A b"] == "zones_a_b"
    assert names["a_b"] == "zones_a_b_2"
    assert names["!!"] == "zones_option_2"
    assert all(name.isidentifier() for name in names.values())


def test_the_same_view_gives_the_same_bytes_at_another_time(restricted: RestrictedView) -> None:
    first = geopackage(restricted)
    time.sleep(1.1)
    assert geopackage(restricted) == first


def test_a_zone_without_ground_is_there_without_a_shape(view: PublicView, written: Path) -> None:
    option = next(o for o in view.options if len(o.zones))
    zones = option.zones.copy()
    empty = zones.geometry.to_numpy(copy=True)
    empty[0] = type(empty[0])()
    zones = zones.set_geometry(gpd.GeoSeries(empty, index=zones.index, crs=4326))
    bare = replace(view, options=(replace(option, zones=zones),), streets=None, outline=None)
    written.write_bytes(geopackage(bare))
    read = gpd.read_file(written, layer=zone_layers(bare)[option.option_id])
    assert len(read) == len(zones)
    assert read.geometry.iloc[0] is None


@pytest.mark.parametrize("layer", LAYERS)
def test_a_style_is_what_qgis_reads(layer: Layer) -> None:
    root = ElementTree.fromstring(qgis_style(layer).split("\n", 1)[1])
    assert root.tag == "qgis"
    renderer = root.find("renderer-v2")
    assert renderer is not None
    symbols = {symbol.get("name"): symbol for symbol in renderer.iter("symbol")}
    used = [category.get("symbol") for category in renderer.iter("category")]
    assert used == list(symbols)[: len(used)]
    for symbol in symbols.values():
        drawn = symbol.find("layer")
        assert drawn is not None
        options = {o.get("name"): o.get("value") for o in drawn.findall("Option/Option")}
        assert options == {p.get("k"): p.get("v") for p in drawn.findall("prop")}


def rgba(colour: str, alpha: int) -> str:
    return ",".join(str(int(colour[k : k + 2], 16)) for k in (1, 3, 5)) + f",{alpha}"


def test_a_style_has_our_colours_and_shapes() -> None:
    zones = ElementTree.fromstring(qgis_style("zones").split("\n", 1)[1])
    fills = [node.get("value") for node in zones.iter("Option") if node.get("name") == "color"]
    assert fills == [rgba(fill, 190) for fill in ZONE_FILLS]
    values = [node.get("value") for node in zones.iter("category")]
    assert values == [str(k) for k in range(len(ZONE_FILLS))]
    schools = ElementTree.fromstring(qgis_style("schools").split("\n", 1)[1])
    shapes = [node.get("value") for node in schools.iter("Option") if node.get("name") == "name"]
    levels = [node.get("value") for node in schools.iter("category")]
    fills = [node.get("value") for node in schools.iter("Option") if node.get("name") == "color"]
    labels = [node.get("label") for node in schools.iter("category")]
    assert list(zip(levels, shapes, fills, labels, strict=True)) == [
        (level, symbol.shape, rgba(symbol.fill, 255), symbol.name)
        for symbol in SCHOOL_SYMBOLS
        for level in symbol.levels
    ]


def test_a_style_for_no_layer_is_refused() -> None:
    with pytest.raises(ValueError, match="no style for 'roads': choose one of zones, schools"):
        qgis_style("roads")  # type: ignore[arg-type]


def test_the_type_of_the_view_decides_what_a_zone_tells(restricted: RestrictedView) -> None:
    public = zones_geojson(restricted.public)
    assert b"diameter_s" not in public
    assert RESTRICTED_MARK.encode() not in public
    told = zones_geojson(restricted)
    assert b"diameter_s" in told
    assert RESTRICTED_MARK.encode() in told
