"""Where restricted facts hide in a file, what only looks like one, and files made to break."""

from __future__ import annotations

import base64
import gzip
import io
import json
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches
from shapely.geometry import LineString, Point, box

from zoning.disclosure.audit import Verdict, audit
from zoning.disclosure.audit.findings import AuditResult
from zoning.editions import RESTRICTED_MARK

SCHOOLS = ["Lincoln Elementary", "Adams Middle", "Route 66 Elementary", "Seed Academy"]
MINUTES = [5.4, 6.1, 7.0, 8.8]
TIMES = {"School": SCHOOLS, "Mean response (min)": MINUTES}


def audited(folder: Path, name: str, data: bytes | str) -> AuditResult:
    path = folder / name
    path.write_bytes(data.encode("utf-8") if isinstance(data, str) else data)
    return audit(path)


# HTML, SVG, XML and styles

PAGES = {
    "a mark in a comment": f"<!-- {RESTRICTED_MARK} -->",
    "a mark in a meta tag": f'<meta name="classification" content="{RESTRICTED_MARK}">',
    "a class of restricted": '<meta name="classification" content="restricted">',
    "a title": "<title>RESTRICTED · Staffing options</title>",
    "a data block": '<script type="application/json">{"a":[{"routes":[[1,2]]}]}</script>',
    "code of the restricted page": "<script>restrictedPage(map, data, page);</script>",
    "data in code": '<script>var layer = {"type": "x", "features": [{"arrival": 27000}]};</script>',
    "a string of JSON in code": "<script>load('"
    + json.dumps({"padding": "x" * 40, "seed": 7})
    + "')</script>",
    "a data address": '<a href="data:text/csv;base64,'
    + base64.b64encode(b"building,arrival\n1,07:10\n").decode()
    + '">table</a>',
    "a page in a page": '<iframe srcdoc="&lt;p&gt;Slowest school: 9.1 min&lt;/p&gt;"></iframe>',
    "a Folium notebook frame": '<div data-html="'
    + base64.b64encode(b"<table><tr><th>arrival</th><td>07:10</td></tr></table>").decode()
    + '"></div>',
    "a table": "<table><tr><th>School<th>Response</tr><tr><td>Lincoln Elementary<td>5.4 min</tr>"
    "<tr><td>Adams Middle<td>6.1 min</table>",
    "a tooltip": '<circle data-tip="x"><title>Lincoln Elementary: mean response 5.4 min</title>',
    "hidden text": "<div hidden>Arrives at Lincoln Elementary at 07:10</div>",
    "a page escaped in a text": "<kml><description>&lt;table&gt;&lt;tr&gt;"
    "&lt;th&gt;arrival&lt;/th&gt;&lt;th&gt;School&lt;/th&gt;&lt;/tr&gt;&lt;/table&gt;</description></kml>",
    "an SVG group": '<svg xmlns="http://www.w3.org/2000/svg"><g id="routes"><path d="M0 0"/></g>',
    "an SVG's metadata": f"<svg><metadata><desc>{RESTRICTED_MARK}</desc></metadata></svg>",
    "a mark cut into words": "<p>RESTRICTED: holds <b>patrol</b> routes, times or per-school "
    "response. Do\n not publish.</p>",
    "a mark in a style": '<style>body::before{content:"RESTRICTED: do not publish"}</style>',
    "a style of QGIS": '<!DOCTYPE qgis PUBLIC "x" "y"><qgis><categories attr="busy_fraction"/>'
    "</qgis>",
    "a setting of QGIS": '<qgis><Option name="field" value="arrival" type="QString"/></qgis>',
    "an expression of QGIS": '<qgis><rule filter="&quot;dwell_s&quot; &gt; 600"/></qgis>',
    "a packed data block": '<script id="z">'
    + json.dumps(base64.b64encode(gzip.compress(b'{"arrival": [1, 2, 3], "zone": 4}' * 9)).decode())
    + "</script>",
}


@pytest.mark.parametrize("what", PAGES)
def test_it_is_found_in_a_page(tmp_path: Path, what: str) -> None:
    assert audited(tmp_path, "page.html", PAGES[what]).verdict is Verdict.RESTRICTED


# Tables and JSON

TEXTS = {
    "times.csv": pd.DataFrame(TIMES).to_csv(index=False),
    "times.tsv": pd.DataFrame(TIMES).to_csv(index=False, sep="\t"),
    "units.csv": "Building;Travel time (s)\nA;310\nB;290\n",
    "clock.csv": "zone_id,wait\nZone 1,05:24\nZone 2,06:00\n",
    "names.csv": 'place,share_within_300_s\n"Ash Elementary",0.4\n"North High",0.9\n',
    "records.json": json.dumps([{"school": "A", "response": 310}, {"school": "B", "response": 2}]),
    "by_name.json": json.dumps({"mean_response": dict(zip(SCHOOLS, MINUTES, strict=True))}),
    "columns.json": json.dumps({"school": SCHOOLS, "p90": MINUTES}),
    "split.json": json.dumps({"columns": ["school", "travel"], "data": [["A", 3], ["B", 4]]}),
    "lines.geojsonl": '{"properties": {"dwell": 720}}\n{"properties": {"dwell": 720}}\n',
    "quoted.csv": "'dwell,building\n720,A\n",
    "vertical.csv": "setting,value\nseed,7\n",
    "notes.md": f"# Brief\n\n> {RESTRICTED_MARK}\n",
    "command.txt": "zoning compare --district jefferson --seed 17\n",
    "sentence.txt": "Zone 3: the day from 08:00 to 15:00 is too short to visit Ash Elementary.\n",
}


@pytest.mark.parametrize("name", TEXTS)
def test_it_is_found_in_a_table_or_a_text(tmp_path: Path, name: str) -> None:
    assert audited(tmp_path, name, TEXTS[name]).verdict is Verdict.RESTRICTED


def test_lines_that_belong_to_zones_are_routes_whatever_they_are_called(tmp_path: Path) -> None:
    feature = {
        "type": "Feature",
        "properties": {"zone_id": "Zone 1"},
        "geometry": {"type": "LineString", "coordinates": [[0, 0], [1, 1]]},
    }
    layer = {"type": "FeatureCollection", "name": "streets", "features": [feature]}
    assert "patrol routes" in str(audited(tmp_path, "a.geojson", json.dumps(layer)))
    feature["properties"] = {"road_class": "arterial"}
    assert audited(tmp_path, "b.geojson", json.dumps(layer)).verdict is Verdict.PUBLIC


def notebook(cell: dict[str, object]) -> str:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]})


def output(**data: object) -> dict[str, object]:
    shown = [{"output_type": "display_data", "metadata": {}, "data": data}]
    return {"cell_type": "code", "source": "x", "metadata": {}, "outputs": shown}


NOTEBOOKS = {
    "html": output(**{"text/html": [PAGES["a table"]]}),
    "printed": output(
        **{"text/plain": "                School  response_s\n0  Ash Elementary       310.0\n"
           "1      North High       290.0"}
    ),
    "text": {
        "cell_type": "code", "source": "x", "metadata": {},
        "outputs": [{"output_type": "stream", "name": "stdout", "text": [RESTRICTED_MARK]}],
    },
    "seed": {"cell_type": "code", "source": "design_zones(seed=7)", "metadata": {}, "outputs": []},
    "markdown": {"cell_type": "markdown", "source": RESTRICTED_MARK, "metadata": {}},
}  # fmt: skip


@pytest.mark.parametrize("what", NOTEBOOKS)
def test_it_is_found_in_a_notebook(tmp_path: Path, what: str) -> None:
    assert audited(tmp_path, "n.ipynb", notebook(NOTEBOOKS[what])).verdict is Verdict.RESTRICTED


def test_a_picture_in_a_notebook_is_opened(tmp_path: Path) -> None:
    shown = base64.b64encode(png({"Description": RESTRICTED_MARK})).decode()
    result = audited(tmp_path, "n.ipynb", notebook(output(**{"image/png": shown})))
    assert "tEXt 'Description'" in str(result)


# Excel


def workbook(change: Callable[[openpyxl.Workbook], object]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Options"
    for row in (["Option", "Mean response (min)"], ["30 patrol zones", 5.2]):
        sheet.append(row)
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def in_hidden_sheet(book: openpyxl.Workbook) -> None:
    sheet = book.create_sheet("data")
    sheet.sheet_state = "veryHidden"
    sheet.append(["A title above the table"])
    sheet.append([])
    sheet.append(["building_id", "arrival"])
    sheet.append(["A", "07:10"])


def in_hidden_column(book: openpyxl.Workbook) -> None:
    book.active["H1"], book.active["H2"] = "dwell_s", 720
    book.active.column_dimensions["H"].hidden = True


def in_hidden_row(book: openpyxl.Workbook) -> None:
    book.active["A9"] = RESTRICTED_MARK
    book.active.row_dimensions[9].hidden = True


def in_comment(book: openpyxl.Workbook) -> None:
    book.active["A1"].comment = Comment("Slowest school: Ash Elementary, 9.1 min", "me")


def in_defined_name(book: openpyxl.Workbook) -> None:
    book.defined_names["patrol_routes"] = DefinedName("patrol_routes", attr_text="Options!$A$1")


def in_properties(book: openpyxl.Workbook) -> None:
    book.properties.description = RESTRICTED_MARK


def in_category(book: openpyxl.Workbook) -> None:
    book.properties.category = "restricted"


def in_footer(book: openpyxl.Workbook) -> None:
    book.active.oddFooter.center.text = "RESTRICTED"


def in_school_rows(book: openpyxl.Workbook) -> None:
    sheet = book.create_sheet("Schools")
    for row in [list(TIMES), *zip(SCHOOLS, MINUTES, strict=True)]:
        sheet.append(row)


BOOKS = [
    in_hidden_sheet, in_hidden_column, in_hidden_row, in_comment, in_defined_name, in_properties,
    in_category, in_footer, in_school_rows,
]  # fmt: skip


@pytest.mark.parametrize("change", BOOKS)
def test_it_is_found_in_a_workbook(
    tmp_path: Path, change: Callable[[openpyxl.Workbook], object]
) -> None:
    assert audited(tmp_path, "a.xlsx", workbook(lambda _: None)).verdict is Verdict.PUBLIC
    assert audited(tmp_path, "b.xlsx", workbook(change)).verdict is Verdict.RESTRICTED


def test_a_hidden_sheet_is_named_as_one(tmp_path: Path) -> None:
    found = audited(tmp_path, "b.xlsx", workbook(in_hidden_sheet)).findings[0]
    assert found.where == "sheet 'data' (hidden)"
    assert found.what == "column 'arrival': visit times or the order of visits"


# PowerPoint


def deck(change: Callable[[object], object]) -> bytes:
    slides = Presentation()
    slide = slides.slides.add_slide(slides.slide_layouts[5])
    slide.shapes.title.text = "Options at a glance"
    slide.notes_slide.notes_text_frame.text = "Routes are not shown; response is for the district."
    change(slides)
    out = io.BytesIO()
    slides.save(out)
    return out.getvalue()


def in_notes(slides: object) -> None:
    notes = slides.slides[0].notes_slide.notes_text_frame
    notes.text = "RESTRICTED: holds patrol routes, times"
    notes.paragraphs[0].add_run().text = " or per-school response. Do not publish."


def in_hidden_slide(slides: object) -> None:
    slide = slides.slides.add_slide(slides.slide_layouts[5])
    slide.shapes.title.text = "Slowest schools"
    slide._element.set("show", "0")


def in_master(slides: object) -> None:
    slides.slide_master.shapes[0].text_frame.text = RESTRICTED_MARK


def in_alternative_text(slides: object) -> None:
    shape = slides.slides[0].shapes.title
    shape._element.nvSpPr.cNvPr.set("descr", "Lincoln Elementary: mean response 5.4 min")


def in_native_table(slides: object) -> None:
    rows = [list(TIMES), *zip(SCHOOLS, MINUTES, strict=True)]
    frame = slides.slides[0].shapes.add_table(5, 2, 0, 0, Inches(4), Inches(3))
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            frame.table.cell(i, j).text = str(cell)


def in_native_chart(slides: object) -> None:
    data = CategoryChartData()
    data.categories = SCHOOLS
    data.add_series("Mean response (min)", MINUTES)
    slides.slides[0].shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, 0, 0, Inches(4), Inches(3), data)


def in_picture(slides: object) -> None:
    picture = io.BytesIO(png({"Comment": RESTRICTED_MARK}))
    slides.slides[0].shapes.add_picture(picture, 0, 0)


def in_core_properties(slides: object) -> None:
    slides.core_properties.keywords = RESTRICTED_MARK


DECKS = [
    in_notes, in_hidden_slide, in_master, in_alternative_text, in_native_table, in_native_chart,
    in_picture, in_core_properties,
]  # fmt: skip


@pytest.mark.parametrize("change", DECKS)
def test_it_is_found_in_a_deck(tmp_path: Path, change: Callable[[object], object]) -> None:
    plain = audited(tmp_path, "a.pptx", deck(lambda _: None))
    assert plain.verdict is Verdict.PUBLIC, str(plain)
    assert audited(tmp_path, "b.pptx", deck(change)).verdict is Verdict.RESTRICTED


def test_a_hidden_slide_is_named_as_one(tmp_path: Path) -> None:
    found = audited(tmp_path, "b.pptx", deck(in_hidden_slide)).findings[0]
    assert found.where == "slide 2 (hidden)"


def test_the_workbook_behind_a_chart_is_opened(tmp_path: Path) -> None:
    """Of a chart of options: its workbook keeps a second sheet that no slide shows."""
    data = CategoryChartData()
    data.categories = ["21 zones", "30 zones"]
    data.add_series("Mean response (min)", [6.1, 5.2])

    def change(slides: object) -> None:
        frame = slides.slides[0].shapes.add_chart(
            XL_CHART_TYPE.BAR_CLUSTERED, 0, 0, Inches(4), Inches(3), data
        )
        frame.chart.part.chart_workbook.update_from_xlsx_blob(workbook(in_hidden_sheet))

    found = audited(tmp_path, "b.pptx", deck(change)).findings
    assert any("ppt/embeddings" in f.where and "sheet 'data' (hidden)" in f.where for f in found)


# Pictures


def png(texts: dict[str, str], *, packed: bool = False) -> bytes:
    info = PngInfo()
    for key, text in texts.items():
        if packed:
            info.add_text(key, text, zip=True)
        else:
            info.add_text(key, text)
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "PNG", pnginfo=info)
    return out.getvalue()


def with_exif(kind: str) -> bytes:
    exif = Image.Exif()
    exif[0x010E] = RESTRICTED_MARK
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, kind, exif=exif)
    return out.getvalue()


def png_with_itxt() -> bytes:
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", f"<x:xmpmeta><a>{RESTRICTED_MARK}</a></x:xmpmeta>", zip=True)
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "PNG", pnginfo=info)
    return out.getvalue()


def jpeg(**options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "JPEG", **options)
    return out.getvalue()


def gif_with_comment() -> bytes:
    out = io.BytesIO()
    Image.new("P", (4, 4)).save(out, "GIF", comment=RESTRICTED_MARK.encode())
    return out.getvalue()


PICTURES = {
    "text.png": png({"Title": RESTRICTED_MARK}),
    "packed.png": png({"Title": RESTRICTED_MARK}, packed=True),
    "international.png": png_with_itxt(),
    "exif.png": with_exif("PNG"),
    "json.png": png({"data": json.dumps({"seed": 7})}),
    "exif.jpg": with_exif("JPEG"),
    "comment.jpg": jpeg(comment=RESTRICTED_MARK.encode()),
    "exif.webp": with_exif("WEBP"),
    "comment.gif": gif_with_comment(),
}


@pytest.mark.parametrize("name", PICTURES)
def test_it_is_found_in_the_metadata_of_a_picture(tmp_path: Path, name: str) -> None:
    assert audited(tmp_path, name, PICTURES[name]).verdict is Verdict.RESTRICTED


def test_a_plain_picture_passes_and_what_follows_one_does_not(tmp_path: Path) -> None:
    plain = png({"Software": "zoning", "Title": "Route 66 Elementary"})
    assert audited(tmp_path, "a.png", plain).verdict is Verdict.PUBLIC
    assert audited(tmp_path, "a.jpg", jpeg()).verdict is Verdict.PUBLIC
    assert audited(tmp_path, "b.png", plain + b"\x07odd bytes").verdict is Verdict.UNKNOWN
    hidden = io.BytesIO()
    with zipfile.ZipFile(hidden, "w") as archive:
        archive.writestr("visits.csv", "building,arrival\nA,07:10\n")
    assert audited(tmp_path, "c.png", plain + hidden.getvalue()).verdict is Verdict.RESTRICTED


# GeoPackage and Parquet


def places(**columns: object) -> gpd.GeoDataFrame:
    frame = pd.DataFrame({"building": ["A", "B"], "level": ["high", "middle"], **columns})
    return gpd.GeoDataFrame(frame, geometry=[Point(0, 0), Point(1, 1)], crs=4326)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    path = tmp_path / "zones.gpkg"
    places().to_file(path, layer="schools")
    zones = gpd.GeoDataFrame({"zone_id": ["Zone 1"]}, geometry=[box(0, 0, 1, 1)], crs=4326)
    zones.to_file(path, layer="zones", mode="a")
    return path


def test_a_plain_package_passes(package: Path) -> None:
    result = audit(package)
    assert result.verdict is Verdict.PUBLIC, str(result)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("CREATE TABLE layer_styles (f_table_name TEXT, styleQML TEXT);"
         "INSERT INTO layer_styles VALUES ('zones', '<qgis><rule attr=\"dwell_s\"/></qgis>')",
         "layer_styles"),
        (f"INSERT INTO gpkg_contents (table_name, data_type, identifier, description) "
         f"VALUES ('x', 'attributes', 'x', '{RESTRICTED_MARK}')", "gpkg_contents"),
        ("CREATE TABLE notes (building_id TEXT, arrival TEXT)", "column 'arrival'"),
        ("CREATE TABLE held (x BLOB); INSERT INTO held VALUES (CAST('{\"seed\": 7}' AS BLOB))",
         "key 'seed'"),
        ("CREATE TABLE patrol_routes (id INTEGER)", "table 'patrol_routes'"),
        ("CREATE VIEW v AS SELECT building, 310.0 AS response_s FROM schools",
         "column 'response_s'"),
        (f"CREATE TABLE t (a TEXT /* {RESTRICTED_MARK} */)", "definition of t"),
    ],
)  # fmt: skip
def test_it_is_found_in_a_package(package: Path, sql: str, said: str) -> None:
    database = sqlite3.connect(package)
    database.executescript(sql)
    database.close()
    result = audit(package)
    assert result.verdict is Verdict.RESTRICTED
    assert said in str(result)


def test_a_table_that_cannot_be_read_does_not_hide_the_others(package: Path) -> None:
    database = sqlite3.connect(package)
    database.execute("CREATE VIEW a AS SELECT absent FROM schools")
    assert audit(package).verdict is Verdict.UNKNOWN
    database.execute("CREATE TABLE z (arrival TEXT)")
    database.close()
    result = audit(package)
    assert result.verdict is Verdict.RESTRICTED
    assert "view 'a', it cannot be read: no such column: absent" in str(result)


def test_a_layer_of_lines_by_zone_is_routes(package: Path) -> None:
    frame = {"zone_id": ["Zone 1"]}
    lines = gpd.GeoDataFrame(frame, geometry=[LineString([(0, 0), (1, 1)])], crs=4326)
    lines.to_file(package, layer="drawn", mode="a")
    assert "table 'drawn': lines that belong to zones" in str(audit(package))


def test_deleted_rows_make_a_package_unknown(package: Path) -> None:
    database = sqlite3.connect(package)
    database.execute("PRAGMA secure_delete = OFF")
    database.execute("CREATE TABLE extra AS SELECT hex(randomblob(500)) AS x FROM gpkg_contents")
    database.executemany("INSERT INTO extra VALUES (?)", [("x" * 4000,)] * 20)
    database.execute("DROP TABLE extra")
    database.commit()
    database.close()
    result = audit(package)
    assert result.verdict is Verdict.UNKNOWN
    assert "VACUUM" in str(result)


def test_it_is_found_in_the_parts_of_a_shapefile(tmp_path: Path) -> None:
    places().to_file(tmp_path / "plain.shp")
    assert audit(tmp_path / "plain.dbf").verdict is Verdict.PUBLIC
    assert audit(tmp_path / "plain.shp").verdict is Verdict.PUBLIC
    places(dwell_s=[600, 720]).to_file(tmp_path / "visits.shp")
    assert "column 'dwell_s'" in str(audit(tmp_path / "visits.dbf"))
    lines = gpd.GeoDataFrame({"id": [1]}, geometry=[LineString([(0, 0), (1, 1)])], crs=4326)
    lines.to_file(tmp_path / "lines.shp")
    assert audit(tmp_path / "lines.shp").verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("driver", ["KML", "GML"])
def test_it_is_found_in_geographic_xml(tmp_path: Path, driver: str) -> None:
    places().to_file(tmp_path / f"a.{driver.lower()}", driver=driver)
    assert audit(tmp_path / f"a.{driver.lower()}").verdict is Verdict.PUBLIC
    places(dwell_s=[600, 720]).to_file(tmp_path / f"b.{driver.lower()}", driver=driver)
    assert audit(tmp_path / f"b.{driver.lower()}").verdict is Verdict.RESTRICTED


def open_sheet(*rows: tuple[str, str]) -> bytes:
    cells = "".join(
        f"<t:table-row><t:table-cell><x:p>{a}</x:p></t:table-cell>"
        f'<t:table-cell o:value="{b}"><x:p>{b}</x:p></t:table-cell></t:table-row>'
        if b[0].isdigit()
        else f"<t:table-row><t:table-cell><x:p>{a}</x:p></t:table-cell>"
        f"<t:table-cell><x:p>{b}</x:p></t:table-cell></t:table-row>"
        for a, b in rows
    )
    spaces = 'xmlns:o="o" xmlns:t="t" xmlns:x="x"'
    content = f'<o:body {spaces}><t:table t:name="S">{cells}</t:table></o:body>'
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    return zipped(mimetype=kind, content_xml=content.encode())


def test_it_is_found_in_an_open_document(tmp_path: Path) -> None:
    plain = open_sheet(("School", "Students"), ("Ash Elementary", "400"))
    assert audited(tmp_path, "a.ods", plain).verdict is Verdict.PUBLIC
    times = open_sheet(("School", "Response"), ("Ash Elementary", "5.4"), ("North High", "6"))
    assert "table 'S': column 'Response'" in str(audited(tmp_path, "b.ods", times))


def parquet(frame: pd.DataFrame, **metadata: str) -> bytes:
    table = pa.Table.from_pandas(frame)
    held = {**(table.schema.metadata or {}), **metadata}
    out = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(held), out)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        parquet(pd.DataFrame(TIMES)),
        parquet(pd.DataFrame({"a": [1]}), note=RESTRICTED_MARK),
        parquet(pd.DataFrame({"a": [{"arrival": 1}]})),
        parquet(pd.DataFrame({"edition": ["restricted"]})),
    ],
)
def test_it_is_found_in_parquet(tmp_path: Path, data: bytes) -> None:
    plain = parquet(pd.DataFrame({"name": SCHOOLS}))
    assert audited(tmp_path, "a.parquet", plain).verdict is Verdict.PUBLIC
    assert audited(tmp_path, "b.parquet", data).verdict is Verdict.RESTRICTED


# PDF


def pdf(content: bytes, *, info: bytes = b"", packed: bool = True, extra: bytes = b"") -> bytes:
    stream = zlib.compress(content) if packed else content
    named = b"/Filter /FlateDecode " if packed else b""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< " + named + b"/Length " + str(len(stream)).encode() + b" >>\nstream\n"
        + stream + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Title (Options) " + info + b" >>",
    ]  # fmt: skip
    body = b"%PDF-1.7\n" + b"".join(
        str(k).encode() + b" 0 obj\n" + held + b"\nendobj\n" for k, held in enumerate(objects, 1)
    )
    return body + extra + b"trailer\n<< /Root 1 0 R /Info 6 0 R >>\nstartxref\n0\n%%EOF\n"


def shown(*lines: str) -> bytes:
    return b"BT /F1 12 Tf " + b" ".join(
        f"0 -14 Td ({line}) Tj".encode("latin-1") for line in lines
    ) + b" ET"  # fmt: skip


DOCUMENTS = {
    "a mark on the page": pdf(shown("Staffing options", RESTRICTED_MARK)),
    "a mark over two lines": pdf(shown(RESTRICTED_MARK[:40], RESTRICTED_MARK[40:])),
    "a line of a table": pdf(shown("Lincoln Elementary 5.4 min")),
    "a table with its unit in the header": pdf(
        shown("School Mean response \\(min\\)", "Lincoln Elementary 5.4", "Adams Middle 6.1")
    ),
    "letters kerned apart": pdf(b"BT /F1 9 Tf [(Slow) -20 (est) -250 (schools)] TJ ET"),
    "without a filter": pdf(shown("Slowest schools"), packed=False),
    "its properties": pdf(b"", info=f"/Keywords ({RESTRICTED_MARK})".encode()),
    "properties in UTF-16": pdf(
        b"", info=b"/Subject <feff" + RESTRICTED_MARK.encode("utf-16-be").hex().encode() + b">"
    ),
}


@pytest.mark.parametrize("what", DOCUMENTS)
def test_it_is_found_in_a_pdf(tmp_path: Path, what: str) -> None:
    plain = audited(tmp_path, "a.pdf", pdf(shown("Route 66 Elementary", "Seed Academy")))
    assert plain.verdict is Verdict.PUBLIC, str(plain)
    assert audited(tmp_path, "b.pdf", DOCUMENTS[what]).verdict is Verdict.RESTRICTED


def test_a_pdf_that_cannot_be_read_is_unknown(tmp_path: Path) -> None:
    whole = pdf(shown("Options"))
    assert "encrypted" in str(audited(tmp_path, "a.pdf", whole.replace(b"/Info", b"/Encrypt")))
    assert audited(tmp_path, "b.pdf", whole[:200]).verdict is Verdict.UNKNOWN
    letters = whole.replace(b"/Type1 ", b"/Type0 ")
    assert "does not tell its letters" in str(audited(tmp_path, "c.pdf", letters))


# What only looks restricted

INNOCENT = {
    "tags.json": json.dumps(["< 5 min", "<b", "x <b", "<i>x</i> <b", "<!-- ]]>", "<3", "a <table"]),
    "page.pdf": pdf(
        shown("Figure 21 zones 30 zones", "Mean response 6.2 min 5.2 min", "Schools in zones 143")
    ).decode("latin-1"),
    "names.html": "<ul><li>Route 66 Elementary<li>Seed Academy<li>Dwell Middle"
    "<li>Arrival Heights High</ul><p>Patrol routes are not shown. Visit times, dwell and breaks "
    "are restricted; ask the district. Slowest schools are not named.</p>",
    "hostile.html": '<p>&lt;img src=x onerror=alert(1)&gt; `O`Brien` =HYPERLINK("x") \u202e</p>',
    "names.csv": "name,level,enrollment\nRoute 66 Elementary,elementary,400\nSeed Academy,high,9\n",
    "bells.csv": "school_id,name,bell_start,bell_end,arrival_bells_s\n1,Ash Elementary,07:30,14:10,"
    "27000\n",
    "by_name.json": json.dumps({"Seed Academy": {"students": 3}, "Route 66 Elementary": {}}),
    "withheld.json": json.dumps({"seed": "library defaults", "dwell_s": None}),
    "options.csv": "option_id,mean_response_s,p90_response_s,share_within_300_s\nzones-21,371,591,"
    "0.3\nzones-30,331,541,0.4\n",
    "figures.html": "<table><tr><th>Figure<th>21 zones<th>30 zones<tr><td>Mean response<td>6.2 min"
    "<td>5.2 min<tr><td>Schools in their feeder's zone<td>79 %<td>81 %</table>",
    "zones.csv": "zone_id,high_school,buildings\nZone 1,Eastern High,7\nZone 2,Ballard High,5\n",
    "code.js": 'function f(a){return {"stop":1,"seed":a.seed,"paths":[],"break":2}}',
    "hours.md": "School starts at 07:30. The Department of Transportation counted at 08:15.",
    "hash.json": json.dumps({"sha256": "a" * 64, "other": "b" * 128}),
    "style.qml": '<!DOCTYPE qgis PUBLIC "x" "y"><qgis>'
    '<Option name="scale_method" value="diameter"/>'
    '<Option name="stops" value="0.5;1,2,3"/><category value="patrol"/></qgis>',
    "gradient.svg": '<svg><linearGradient><stop offset="0"/></linearGradient>'
    '<path class="line" d="M0 0L1 1"/></svg>',
}


def _encoding(name: str) -> str:
    return "latin-1" if name.endswith(".pdf") else "utf-8"


@pytest.mark.parametrize("name", INNOCENT)
def test_what_only_looks_restricted_passes(tmp_path: Path, name: str) -> None:
    result = audited(tmp_path, name, INNOCENT[name].encode(_encoding(name)))
    assert result.verdict is Verdict.PUBLIC, str(result)


# Files that cannot be read, or are made so that reading never ends


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), data)
    return out.getvalue()


def encrypted_zip() -> bytes:
    data = bytearray(zipped(a=b"x" * 50))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        flags = data.index(mark) + at
        data[flags] |= 1
    return bytes(data)


def matryoshka(depth: int) -> bytes:
    data = b"name\nx\n"
    for k in range(depth):
        data = zipped(**{f"inner{k}.zip" if k else "a.csv": data})
    return data


BROKEN = {
    "nothing.csv": (b"", "empty"),
    "odd.bin": (bytes(range(256)), "no kind that can be read"),
    "short.png": (png({"a": "b"})[:-20], "stops before its end"),
    "short.jpg": (jpeg()[:30], "JPEG"),
    "short.xlsx": (workbook(lambda _: None)[:900], "archive is damaged"),
    "short.json": (b'{"options": [1, 2', "broken JSON"),
    "short.gz": (gzip.compress(b"x" * 5000)[:30], "gzip"),
    "short.parquet": (parquet(pd.DataFrame({"a": [1]}))[:-9], "stops before its end"),
    "old.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "encrypted Office file"),
    "locked.zip": (encrypted_zip(), "a is encrypted"),
    "dolls.zip": (matryoshka(12), "nested deeper"),
    "entities.xlsx": (
        zipped(**{"[Content_Types]_xml": b"<a/>", "xl__workbook_xml":
                  b'<!DOCTYPE a [<!ENTITY b "ccc">]><a>&b;</a>'}),
        "document type",
    ),
    "entities.svg": (b'<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>', "declares entities"),
    "deep.json": (b"[" * 200_000, "broken JSON"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_is_unknown_with_the_reason(tmp_path: Path, name: str) -> None:
    data, said = BROKEN[name]
    result = audited(tmp_path, name, data)
    assert result.verdict is Verdict.UNKNOWN
    assert said in str(result)


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zoning.disclosure.audit.scan.MOST_BYTES", 1 << 20)
    result = audited(tmp_path, "bomb.zip", zipped(a=bytes(40 << 20)))
    assert result.verdict is Verdict.UNKNOWN
    assert "unpacks to more than" in str(result)
    result = audited(tmp_path, "bomb.gz", gzip.compress(bytes(40 << 20)))
    assert "unpacks to more than" in str(result)


def test_broken_json_is_still_searched(tmp_path: Path) -> None:
    result = audited(tmp_path, "a.json", '{"visits": [{"arrival": 1}, ')
    assert result.verdict is Verdict.RESTRICTED
    assert result.unread


def test_findings_of_one_kind_are_counted_not_repeated(tmp_path: Path) -> None:
    result = audited(tmp_path, "a.json", json.dumps([{"arrival": k} for k in range(50)]))
    assert [(f.where, f.times) for f in result.findings] == [("[0].arrival", 50)]


WHOLE_FILES = {
    ".xlsx": workbook(in_hidden_sheet),
    ".pptx": deck(lambda _: None),
    ".png": png({"a": "b"}),
    ".jpg": with_exif("JPEG"),
    ".gif": gif_with_comment(),
    ".pdf": pdf(shown("a")),
    ".parquet": parquet(pd.DataFrame(TIMES)),
    ".html": PAGES["a table"].encode(),
    ".zip": matryoshka(3),
}


@settings(max_examples=150)
@given(st.sampled_from(sorted(WHOLE_FILES)), st.randoms(use_true_random=False), st.booleans())
def test_no_damage_ends_in_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, ending: str, chance: object, cut: bool
) -> None:
    data = bytearray(WHOLE_FILES[ending])
    if cut:
        del data[chance.randrange(len(data)) :]
    else:
        for _ in range(20):
            data[chance.randrange(len(data))] = chance.randrange(256)
    path = tmp_path_factory.getbasetemp() / f"damaged{ending}"
    path.write_bytes(bytes(data))
    assert audit(path).verdict in set(Verdict)


def test_a_file_of_every_kind_is_read_the_same_whatever_its_name(tmp_path: Path) -> None:
    for data in (WHOLE_FILES[".xlsx"], WHOLE_FILES[".parquet"], WHOLE_FILES[".html"]):
        assert audited(tmp_path, "report.txt", data).verdict is Verdict.RESTRICTED


def test_the_size_of_a_chunk_is_not_believed(tmp_path: Path) -> None:
    lying = png({})[:8] + struct.pack(">I", 2**31) + b"tEXt" + b"x" * 20
    assert audited(tmp_path, "a.png", lying).verdict is Verdict.UNKNOWN


def test_numbers_of_every_type_are_amounts(tmp_path: Path) -> None:
    frame = pd.DataFrame({"school": ["A", "B"], "response": np.array([1, 2], dtype=np.int16)})
    assert audited(tmp_path, "a.parquet", parquet(frame)).verdict is Verdict.RESTRICTED
