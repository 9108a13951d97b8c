"""Where the mark hides in a file of any format, what only sounds restricted, and broken files."""

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
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pptx import Presentation
from shapely.geometry import LineString, Point

from zoning.disclosure.audit import AuditResult, Verdict, audit
from zoning.editions import RESTRICTED_MARK

SCHOOLS = ["Lincoln Elementary", "Adams Middle", "Route 66 Elementary", "Seed Academy"]


def audited(folder: Path, name: str, data: bytes | str) -> AuditResult:
    path = folder / name
    path.write_bytes(data.encode("utf-8") if isinstance(data, str) else data)
    return audit(path)


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


PAGE = f"<p>{RESTRICTED_MARK}</p>"
TEXTS = {
    "comment.html": f"<!-- {RESTRICTED_MARK} -->",
    "meta.html": f'<meta name="classification" content="{RESTRICTED_MARK}">',
    "title.html": "<title>RESTRICTED · Staffing options</title>",
    "block.html": f'<script type="application/json">{{"a":[{{"b":"{RESTRICTED_MARK}"}}]}}</script>',
    "code.html": f'<script>var a = {{"mark": "{RESTRICTED_MARK}"}};</script>',
    "address.html": f'<a href="data:text/html;base64,{in_base64(PAGE)}">table</a>',
    "frame.html": '<iframe srcdoc="&lt;p&gt;RESTRICTED: do not publish&lt;/p&gt;"></iframe>',
    "hidden.html": f"<div hidden>{RESTRICTED_MARK}</div>",
    "escaped.kml": f"<kml><description>&lt;p&gt;{RESTRICTED_MARK}&lt;/p&gt;</description></kml>",
    "metadata.svg": f"<svg><metadata><desc>{RESTRICTED_MARK}</desc></metadata></svg>",
    "words.html": RESTRICTED_MARK.replace("patrol", "<b>patrol</b>").replace(". ", ".\n "),
    "table.csv": "building,edition\nA,restricted\n",
    "semicolons.csv": "building;edition\nA;restricted\n",
    "record.json": json.dumps({"edition": "restricted", "options": []}),
    "lines.geojsonl": '{"properties": {"edition": "restricted"}}\n{"properties": {}}\n',
    "quoted.md": f"# Brief\n\n> {RESTRICTED_MARK}\n",
    "broken.json": f'{{"options": [1, "{RESTRICTED_MARK}',
}


@pytest.mark.parametrize("name", TEXTS)
def test_the_mark_is_found_in_a_text(tmp_path: Path, name: str) -> None:
    assert audited(tmp_path, name, TEXTS[name]).verdict is Verdict.RESTRICTED


def notebook(cell: dict[str, object]) -> str:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]})


def output(**data: object) -> dict[str, object]:
    shown = [{"output_type": "display_data", "metadata": {}, "data": data}]
    return {"cell_type": "code", "source": "x", "metadata": {}, "outputs": shown}


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
    sheet.append([RESTRICTED_MARK])


def in_hidden_row(book: openpyxl.Workbook) -> None:
    book.active["A9"] = RESTRICTED_MARK
    book.active.row_dimensions[9].hidden = True


def in_comment(book: openpyxl.Workbook) -> None:
    book.active["A1"].comment = Comment(RESTRICTED_MARK, "me")


def in_properties(book: openpyxl.Workbook) -> None:
    book.properties.description = RESTRICTED_MARK


def in_footer(book: openpyxl.Workbook) -> None:
    book.active.oddFooter.center.text = RESTRICTED_MARK


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
    notes.text = RESTRICTED_MARK[:40]
    notes.paragraphs[0].add_run().text = RESTRICTED_MARK[40:]


def in_hidden_slide(slides: object) -> None:
    slide = slides.slides.add_slide(slides.slide_layouts[5])
    slide.shapes.title.text = RESTRICTED_MARK
    slide._element.set("show", "0")


def in_master(slides: object) -> None:
    slides.slide_master.shapes[0].text_frame.text = RESTRICTED_MARK


def in_alternative_text(slides: object) -> None:
    slides.slides[0].shapes.title._element.nvSpPr.cNvPr.set("descr", RESTRICTED_MARK)


def in_picture(slides: object) -> None:
    slides.slides[0].shapes.add_picture(io.BytesIO(png({"Comment": RESTRICTED_MARK})), 0, 0)


def in_keywords(slides: object) -> None:
    slides.core_properties.keywords = RESTRICTED_MARK


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
    "exif.jpg": with_exif("JPEG"),
    "comment.jpg": jpeg(comment=RESTRICTED_MARK.encode()),
    "exif.webp": with_exif("WEBP"),
    "comment.gif": gif_with_comment(),
}


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


def parquet(frame: pd.DataFrame, **metadata: str) -> bytes:
    table = pa.Table.from_pandas(frame)
    held = {**(table.schema.metadata or {}), **metadata}
    out = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(held), out)
    return out.getvalue()


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


def database(sql: str) -> bytes:
    with sqlite3.connect(":memory:") as made:
        made.executescript(sql)
        return made.serialize()


MADE = {
    **PICTURES,
    **{f"{c.__name__}.xlsx": workbook(c) for c in (
        in_hidden_sheet, in_hidden_row, in_comment, in_properties, in_footer)},
    **{f"{c.__name__}.pptx": deck(c) for c in (
        in_notes, in_hidden_slide, in_master, in_alternative_text, in_picture, in_keywords)},
    "html.ipynb": notebook(output(**{"text/html": [PAGE]})).encode(),
    "printed.ipynb": notebook(output(**{"text/plain": RESTRICTED_MARK})).encode(),
    "markdown.ipynb": notebook({"cell_type": "markdown", "source": [RESTRICTED_MARK]}).encode(),
    "picture.ipynb": notebook(output(**{
        "image/png": base64.b64encode(png({"Description": RESTRICTED_MARK})).decode()})).encode(),
    "sheet.ods": open_sheet((RESTRICTED_MARK, "Response"), ("Ash Elementary", "5.4")),
    "column.parquet": parquet(pd.DataFrame({"edition": ["restricted"]})),
    "nested.parquet": parquet(pd.DataFrame({"a": [{"mark": RESTRICTED_MARK}]})),
    "noted.parquet": parquet(pd.DataFrame({"a": [1]}), note=RESTRICTED_MARK),
    "page.pdf": pdf(shown("Staffing options", RESTRICTED_MARK)),
    "plain.pdf": pdf(shown(RESTRICTED_MARK), packed=False),
    "keywords.pdf": pdf(b"", info=f"/Keywords ({RESTRICTED_MARK})".encode()),
    "utf16.pdf": pdf(
        b"", info=b"/Subject <feff" + RESTRICTED_MARK.encode("utf-16-be").hex().encode() + b">"),
    "table.sqlite": database(f"CREATE TABLE t (a); INSERT INTO t VALUES ('{RESTRICTED_MARK}')"),
    "definition.sqlite": database(f"CREATE TABLE t (a TEXT /* {RESTRICTED_MARK} */)"),
    "blob.sqlite": database(
        f"CREATE TABLE t (a); INSERT INTO t VALUES (x'{png({'a': RESTRICTED_MARK}).hex()}')"),
    "after.png": png({"a": "b"}) + PAGE.encode(),
    "after.jpg": jpeg() + zipped(a=PAGE.encode()),
    "packed.gz": gzip.compress(PAGE.encode()),
    "in.zip": zipped(a=zipped(b=PAGE.encode())),
}  # fmt: skip


@pytest.mark.parametrize("name", MADE)
def test_the_mark_is_found_in_a_file(tmp_path: Path, name: str) -> None:
    result = audited(tmp_path, name, MADE[name])
    assert result.verdict is Verdict.RESTRICTED, str(result)
    assert audited(tmp_path, "report.txt", MADE[name]).verdict is Verdict.RESTRICTED


def test_a_hidden_sheet_is_named_as_one(tmp_path: Path) -> None:
    found = audited(tmp_path, "b.xlsx", workbook(in_hidden_sheet)).findings[0]
    assert found.where == "sheet 'data' (hidden)"


@pytest.mark.parametrize("driver", ["KML", "GML", "GPKG", "ESRI Shapefile"])
def test_the_mark_is_found_in_geographic_files(tmp_path: Path, driver: str) -> None:
    for name, note in (("plain", "x"), ("marked", RESTRICTED_MARK)):
        place = gpd.GeoDataFrame({"note": [note]}, geometry=[Point(-85.7, 38.1)], crs=4326)
        place.to_file(tmp_path / name, driver=driver, engine="pyogrio")
        assert audit(tmp_path / name).verdict is (
            Verdict.PUBLIC if name == "plain" else Verdict.RESTRICTED
        )


def test_lines_without_their_table_are_unknown(tmp_path: Path) -> None:
    lines = gpd.GeoDataFrame({"id": [1]}, geometry=[LineString([(0, 0), (1, 1)])], crs=4326)
    lines.to_file(tmp_path / "lines.shp")
    assert audit(tmp_path / "lines.shp").verdict is Verdict.UNKNOWN


def test_deleted_rows_make_a_database_unknown(tmp_path: Path) -> None:
    data = database("CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(90000)); DELETE FROM t")
    assert "VACUUM" in str(audited(tmp_path, "a.gpkg", data))


WORDS = {
    "dwell.csv": "building,dwell_s\nA,720\n",
    "sentence.txt": "The officer is at Lincoln Elementary at 07:10.",
    "slow.md": "Slowest school: Lincoln Elementary.",
    "command.txt": "zoning compare --district jefferson --set solver.seed=17",
    "officers.csv": "officer_id,shift_start,shift_end\nAlpha,07:10,15:10\n",
    "idleness.csv": "building_id,visits,mean_idle_s\nA,4,2400\n",
    "sheet.md": "Patrol sheets, Ash County",
    "break.txt": "Break from 11:05 at Lincoln Elementary.",
    "shift.txt": "Zone 4 (second shift)",
    "missed.txt": "Ash Elementary: no officer there at dismissal.",
    "days.key": "# Secret of the patrol days that zoning draws. Keep it; do not share it.\n",
    "run.txt": "ZONING_PATROL_KEY=0123, key fingerprint 83a1",
    "screen.txt": "Drawn with the key 83a1; only who has it can compute these days",
    "kept.json": json.dumps({"format": "zoning workbench plan", "version": 1}),
    "edits.csv": "step,edit,reason,objective_change_s\n1,Moved Ash to Zone 2,,95.667\n",
    "staging.json": json.dumps({"note": "the staging area is behind the gym"}),
}


@pytest.mark.parametrize("name", WORDS)
def test_words_alone_are_a_hint(tmp_path: Path, name: str) -> None:
    result = audited(tmp_path, name, WORDS[name])
    assert result.verdict is Verdict.HINT
    assert "sounds restricted" in str(result)


INNOCENT = {
    "tags.json": json.dumps(["< 5 min", "<b", "x <b", "<i>x</i> <b", "<!-- ]]>", "<3", "a <table"]),
    "names.html": "<ul><li>Route 66 Elementary<li>Seed Academy<li>Dwelling Middle"
    "<li>Arrival Heights High</ul><p>Visit times and breaks are restricted; ask the district.</p>",
    "hostile.html": '<p>&lt;img src=x onerror=alert(1)&gt; `O`Brien` =HYPERLINK("x") \u202e</p>',
    "bells.csv": "school_id,name,bell_start,bell_end\n1,Ash Elementary,07:30,14:10\n",
    "options.csv": "option_id,mean_response_s,p90_response_s\nzones-21,371,591\nzones-30,331,541\n",
    "code.js": 'function f(a){return {"stop":1,"seed":a.seed,"paths":[],"break":2}}',
    "next.md": "Then run zoning workbench district.toml to move schools by hand.",
    "hours.md": "School starts at 07:30. The Department of Transportation counted at 08:15.",
    "hash.json": json.dumps({"sha256": "a" * 64, "other": "b" * 128}),
    "entities.svg": '<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>',
    "plain.xlsx": workbook(lambda _: None),
    "plain.pptx": deck(lambda _: None),
    "plain.pdf": pdf(shown("Route 66 Elementary", "Seed Academy")),
    "plain.png": png({"Software": "zoning", "Title": "Route 66 Elementary"}),
    "plain.jpg": jpeg(),
    "plain.parquet": parquet(pd.DataFrame({"name": SCHOOLS})),
    "plain.ods": open_sheet(("School", "Students"), ("Ash Elementary", "400")),
}


@pytest.mark.parametrize("name", INNOCENT)
def test_what_only_looks_restricted_passes(tmp_path: Path, name: str) -> None:
    result = audited(tmp_path, name, INNOCENT[name])
    assert result.verdict is Verdict.PUBLIC, str(result)


BROKEN = {
    "nothing.csv": (b"", "empty"),
    "odd.bin": (bytes(range(256)), "its format is unknown"),
    "short.png": (png({"a": "b"})[:-20], "stops before its end"),
    "short.xlsx": (workbook(lambda _: None)[:900], "archive is damaged"),
    "short.json": (b'{"options": [1, 2', "broken JSON"),
    "short.gz": (gzip.compress(b"x" * 5000)[:30], "damaged or incomplete"),
    "short.parquet": (parquet(pd.DataFrame({"a": [1]}))[:-9], "damaged or encrypted"),
    "short.pdf": (pdf(shown("Options"))[:200], "damaged or incomplete"),
    "old.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "damaged, encrypted"),
    "locked.zip": (encrypted_zip(), "a is encrypted"),
    "dolls.zip": (matryoshka(12), "nested deeper"),
    "deep.json": (b"[" * 200_000, "broken JSON"),
    "lying.png": (png({})[:8] + struct.pack(">I", 2**31) + b"tEXt" + b"x" * 20, "before its end"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_is_unknown_with_the_reason(tmp_path: Path, name: str) -> None:
    data, said = BROKEN[name]
    result = audited(tmp_path, name, data)
    assert result.verdict is Verdict.UNKNOWN
    assert said in str(result)


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zoning.disclosure.audit.records.MAX_BYTES", 1 << 20)
    for name, data in (
        ("a.zip", zipped(a=bytes(40 << 20))),
        ("a.gz", gzip.compress(bytes(1 << 25))),
    ):
        assert "unpacks to more than" in str(audited(tmp_path, name, data))


WHOLE_FILES = {
    ".xlsx": workbook(in_hidden_sheet),
    ".pptx": deck(lambda _: None),
    ".png": png({"a": "b"}),
    ".jpg": with_exif("JPEG"),
    ".pdf": pdf(shown("a")),
    ".parquet": parquet(pd.DataFrame({"name": SCHOOLS})),
    ".sqlite": MADE["table.sqlite"],
    ".html": TEXTS["block.html"].encode(),
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
