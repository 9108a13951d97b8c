"""Opening files by what they are: archives, office files, databases, PDF and pictures."""

from __future__ import annotations

import gzip
import io
import re
import sqlite3
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import IO, Final

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import python_calamine as calamine

from zoning.disclosure.audit.records import (
    LONG_TEXT,
    Opener,
    Reader,
    Record,
    UnreadableError,
    decode,
    json_records,
    plain_records,
    text_records,
)

_MAX_STEPS: Final = 200_000_000
"""Of SQLite's machine for one file, so that a view made to run for ever ends."""
_CHUNK: Final = 1 << 20  # bytes unpacked at a time, so that a zip bomb is noticed early
_ICON_BYTES: Final = 10_000
"""A picture below this size shows no table anybody could read."""
_OPAQUE: Final = re.compile(
    r"(?:printerSettings\d*\.bin|\.(?:fntdata|odttf|emf|wmf|ttf|otf))$", re.I
)
"""Parts of office files that hold no data: printer settings, fonts, drawings in old formats."""

# Archives, office files and databases


def _zip(reader: Reader, data: bytes) -> Iterator[Record]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
            names = {info.filename for info in members}
            if archive.comment:
                yield from text_records(
                    reader, archive.comment.decode("utf-8", "replace"), where="comment"
                )
            sheets = "xl/workbook.xml" in names or "xl/workbook.bin" in names
            if sheets or ("content.xml" in names and b"spreadsheet" in data[:200]):
                yield from _workbook(reader, data)
            for info in members:
                if info.flag_bits & 1:
                    reader.miss(f"{info.filename} is encrypted")
                    continue
                if info.comment:
                    yield reader.record([info.comment.decode("utf-8", "replace")], where="comment")
                if _OPAQUE.search(info.filename):
                    continue
                with archive.open(info) as packed:
                    content = _unpack(reader, packed)
                yield from reader.read(content or b" ", info.filename)
    except (zipfile.BadZipFile, RuntimeError) as error:
        raise UnreadableError("the archive is damaged or encrypted") from error


def _workbook(reader: Reader, data: bytes) -> Iterator[Record]:
    """Every sheet, hidden ones too."""
    try:
        book = calamine.load_workbook(io.BytesIO(data))
        for sheet in book.sheets_metadata:
            hidden = "" if sheet.visible is calamine.SheetVisibleEnum.Visible else " (hidden)"
            yield reader.record([sheet.name], where="sheets")
            if sheet.typ is not calamine.SheetTypeEnum.WorkSheet:
                continue
            for row in book.get_sheet_by_name(sheet.name).iter_rows():
                yield reader.record(row, where=f"sheet '{sheet.name}'{hidden}")
    except calamine.CalamineError as error:
        raise UnreadableError("the workbook is damaged, encrypted or of an old format") from error


def _gzip(reader: Reader, data: bytes) -> Iterator[Record]:
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
        unpacked = _unpack(reader, packed)
    yield from reader.read(unpacked, "unpacked")


def _unpack(reader: Reader, packed: IO[bytes] | gzip.GzipFile) -> bytes:
    parts = []
    while part := packed.read(_CHUNK):
        reader.spend(len(part))
        parts.append(part)
    return b"".join(parts)


def _tar(reader: Reader, data: bytes) -> Iterator[Record]:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        for member in archive:
            if member.isfile() and (held := archive.extractfile(member)) is not None:
                reader.spend(member.size)
                yield from reader.read(held.read(), member.name)


def _sqlite(reader: Reader, data: bytes) -> Iterator[Record]:
    """Every table and view, a GeoPackage's among them."""
    if data[18:20] == b"\x02\x02":  # write-ahead logging, which memory has not
        data = data[:18] + b"\x01\x01" + data[20:]
    steps = iter(range(_MAX_STEPS // _CHUNK))
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(data)
        database.execute("PRAGMA trusted_schema = OFF")
        database.text_factory = lambda raw: raw.decode("utf-8", "replace")
        database.set_progress_handler(lambda: next(steps, None) is None, _CHUNK)
        if database.execute("PRAGMA freelist_count").fetchone()[0]:
            reader.miss("pages of deleted rows are still in the database: run VACUUM on it")
        schema = "SELECT name, type, coalesce(sql, '') FROM sqlite_master ORDER BY name"
        for name, kind, sql in database.execute(schema).fetchall():
            yield reader.record([sql], where=f"definition of {name}")
            if kind not in {"table", "view"} or sql.upper().startswith("CREATE VIRTUAL"):
                continue
            quoted = name.replace('"', '""')
            try:
                rows = database.execute(f'SELECT * FROM "{quoted}"')
                columns = [column[0] for column in rows.description]
                yield reader.record(columns, where=f"table '{name}'")
                for row in rows:
                    yield from _row(reader, row, columns, f"table '{name}'")
            except sqlite3.Error as error:
                reader.miss(f"table '{name}': {error}")


def _row(
    reader: Reader, row: Sequence[object], columns: Sequence[str], where: str
) -> Iterator[Record]:
    cells = [None if isinstance(cell, bytes | list | dict) else cell for cell in row]
    yield reader.record(cells, where=where, columns=columns)
    for cell in row:
        if isinstance(cell, list | dict):
            yield from json_records(reader, cell, where)
        elif isinstance(cell, str) and len(cell) > LONG_TEXT:
            yield from text_records(reader, cell, where=where)
        elif isinstance(cell, bytes):
            yield from _blob(reader, cell, where)


def _parquet(reader: Reader, data: bytes) -> Iterator[Record]:
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        names = file.schema_arrow.names
        for level in (file.schema_arrow.metadata, *(f.metadata for f in file.schema_arrow)):
            for key, value in (level or {}).items():
                if key != b"ARROW:schema":
                    yield from text_records(
                        reader, value.decode("utf-8", "replace"), where="metadata"
                    )
        yield reader.record(names)
        for batch in file.iter_batches():
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                yield from _row(reader, row, names, "")
    except (pa.ArrowException, OSError) as error:
        raise UnreadableError("it is damaged or encrypted") from error


def _pdf(reader: Reader, data: bytes) -> Iterator[Record]:
    """Text of every page, notes on it, attachments and properties."""
    try:
        import pypdf  # noqa: PLC0415
    except ImportError as error:
        raise UnreadableError("reading PDF needs pip install 'zoning[audit]'") from error
    try:
        document = pypdf.PdfReader(io.BytesIO(data))
        if document.is_encrypted:
            raise UnreadableError("it is encrypted")
        for value in (document.metadata or {}).values():
            yield reader.record([str(value)], where="properties")
        for number, page in enumerate(document.pages, start=1):
            text = page.extract_text()
            reader.spend(len(text))
            if not text.strip() and page.images:
                reader.miss(f"page {number} is a picture")
            yield from text_records(reader, text, where=f"page {number}")
            for note in page.get("/Annots") or ():
                said = note.get_object().get("/Contents")
                if said:
                    yield from text_records(reader, str(said), where=f"note on page {number}")
        for name, files in document.attachments.items():
            for held in files:
                yield from reader.read(held, name)
    except pypdf.errors.PyPdfError as error:
        raise UnreadableError("it is damaged or incomplete") from error


def _png(reader: Reader, data: bytes) -> Iterator[Record]:
    """Texts beside the pixels, and whatever follows the picture."""
    _note_picture(reader, data)
    at, kind = 8, b""
    while kind != b"IEND":
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        if len(body) < length:
            raise UnreadableError("the picture stops before its end")
        if kind in {b"zTXt", b"iTXt"}:
            key, _, rest = body.partition(b"\x00")
            plain = rest.split(b"\x00", 3)[-1] if kind == b"iTXt" else rest[1:]
            if kind == b"zTXt" or rest[:1] == b"\x01":
                plain = zlib.decompressobj().decompress(plain, _CHUNK)
            body = key + b" " + plain
        if kind in {b"tEXt", b"zTXt", b"iTXt", b"eXIf"}:
            text = _readable(body.replace(b"\x00", b" "))
            yield from text_records(reader, text, where=kind.decode())
        at += 12 + length
    if data[at:].strip(b"\x00\r\n "):
        yield from reader.read(data[at:], "data after the end of the picture")


def _picture(reader: Reader, data: bytes) -> Iterator[Record]:
    """Readable runs of a JPEG, GIF, WebP or TIFF: comments, EXIF and XMP stand in plain text."""
    _note_picture(reader, data)
    yield from text_records(reader, _readable(data), where="metadata")
    end = data.rfind(b"\xff\xd9")
    if data.startswith(b"\xff\xd8") and data[end + 2 :].strip(b"\x00\r\n "):
        yield from reader.read(data[end + 2 :], "data after the end of the picture")


def _note_picture(reader: Reader, data: bytes) -> None:
    if len(data) > _ICON_BYTES:
        reader.notes["what a picture shows is not read; only what is written beside it"] = None


def _readable(data: bytes) -> str:
    runs = re.findall(rb"[\x20-\x7e\t\n\r\x80-\xff]{6,}|(?:[\x20-\x7e]\x00){6,}", data)
    return "\n".join(run.replace(b"\x00", b"").decode("utf-8", "replace") for run in runs)


def _dbase(reader: Reader, data: bytes) -> Iterator[Record]:
    """The table of a shapefile."""
    rows, start, width = struct.unpack("<IHH", data[4:12])
    if len(data) < start + rows * width:
        raise UnreadableError("the table stops before its end")
    fields = [data[at : at + 32] for at in range(32, start - 1, 32) if data[at] != 0x0D]
    columns = [field[:11].split(b"\x00")[0].decode("latin-1") for field in fields]
    yield reader.record(columns)
    for row in range(rows):
        at, cells = start + row * width + 1, []
        for field in fields:
            cells.append((decode(data[at : at + field[16]]) or "").strip())
            at += field[16]
        yield reader.record(cells, columns=columns)


def _shapes(reader: Reader, data: bytes) -> Iterator[Record]:
    if struct.unpack("<i", data[32:36])[0] in {3, 13, 23}:
        reader.miss("lines without their columns: somebody has to see whether they are routes")
    yield from ()


def _nothing(_reader: Reader, _data: bytes) -> Iterator[Record]:
    """Shapes of letters: nothing of a district is in them."""
    yield from ()


_MAGIC: Final[tuple[tuple[Opener, tuple[bytes, ...]], ...]] = (
    (_zip, (b"PK\x03\x04", b"PK\x05\x06")),
    (_gzip, (b"\x1f\x8b",)),
    (_sqlite, (b"SQLite format 3\x00",)),
    (_parquet, (b"PAR1",)),
    (_pdf, (b"%PDF-",)),
    (_png, (b"\x89PNG\r\n\x1a\n",)),
    (_picture, (b"\xff\xd8\xff", b"GIF8", b"RIFF", b"II*\x00", b"MM\x00*")),
    (_workbook, (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",)),
    (_shapes, (b"\x00\x00\x27\x0a",)),
    (_nothing, (b"wOFF", b"wOF2", b"\x00\x01\x00\x00\x00", b"OTTO")),
)
"""What reads a file that begins with these bytes."""


def _opener_by_magic(data: bytes) -> Opener | None:
    return next((opener for opener, magic in _MAGIC if data.startswith(magic)), None)


def _blob(reader: Reader, cell: bytes, where: str) -> Iterator[Record]:
    """A cell of bytes, if it is a file; most are shapes."""
    if _opener_by_magic(cell) is not None:
        yield from reader.read(cell, where)


def opener_of(data: bytes, name: str) -> Opener | None:
    """What reads a file: by its first bytes, and by its name only where they say nothing."""
    known = _opener_by_magic(data)
    if known is not None:
        return known
    if b"%PDF-" in data[:1024]:
        return _pdf
    if data[257:262] == b"ustar":
        return _tar
    if name.lower().endswith(".dbf"):
        return _dbase
    return None if decode(data) is None else plain_records
