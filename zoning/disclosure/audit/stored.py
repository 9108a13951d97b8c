"""Reading SQLite, which a GeoPackage is, and Parquet."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator, Sequence
from contextlib import closing

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from zoning.disclosure import vocabulary as words
from zoning.disclosure.audit.findings import UnreadableError
from zoning.disclosure.audit.kinds import decoded, kind_of_bytes
from zoning.disclosure.audit.scan import Scan

_MOST_STEPS = 200_000_000
_STEPS_BETWEEN = 1_000_000
_WAL_VERSION = 2
_MOST_ROWS = 2_000_000
_LINES = {2, 5}


def scan_sqlite(scan: Scan, data: bytes) -> None:
    """Every table and view with every column: layers, styles and metadata alike."""
    if len(data) < 100 or len(data) % 512:
        raise UnreadableError("the database stops before its end")
    if _WAL_VERSION in data[18:20]:
        data = data[:18] + b"\x01\x01" + data[20:]
    steps = iter(range(_MOST_STEPS // _STEPS_BETWEEN))
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(data)
        database.execute("PRAGMA trusted_schema = OFF")
        database.text_factory = lambda raw: raw.decode("utf-8", "replace")
        database.set_progress_handler(lambda: next(steps, None) is None, _STEPS_BETWEEN)
        pages = database.execute("PRAGMA page_count").fetchone()[0]
        if pages * database.execute("PRAGMA page_size").fetchone()[0] > len(data):
            raise UnreadableError("the database stops before its end")
        if database.execute("PRAGMA freelist_count").fetchone()[0]:
            scan.unread("pages of deleted rows are still in the database: run VACUUM on it")
        for name, kind, sql in database.execute(
            "SELECT name, type, coalesce(sql, '') FROM sqlite_master ORDER BY name"
        ).fetchall():
            if "--" in sql or "/*" in sql:
                scan.text(sql, where=f"definition of {name}")
            if kind in {"table", "view"}:
                with scan.at(f"{kind} '{name}'"):
                    scan.name(name, kind)
                    if not sql.upper().startswith("CREATE VIRTUAL"):
                        try:
                            _table(scan, database, name)
                        except sqlite3.Error as error:
                            scan.unread(f"it cannot be read: {error}")


def _table(scan: Scan, database: sqlite3.Connection, name: str) -> None:
    quoted = name.replace('"', '""')
    read = database.execute(f'SELECT * FROM "{quoted}" LIMIT {_MOST_ROWS + 1}')
    header = [column[0] for column in read.description]
    rows = read.fetchall()
    if len(rows) > _MOST_ROWS:
        scan.unread(f"rows after the first {_MOST_ROWS:,}")
    _rows(scan, header, rows)


def scan_parquet(scan: Scan, data: bytes) -> None:
    """Every column, nested ones too, and the metadata of the file and of its columns."""
    if data[-4:] != b"PAR1":
        raise UnreadableError("the file stops before its end, or is encrypted")
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        if file.metadata.num_rows > _MOST_ROWS:
            raise UnreadableError(f"it has more than {_MOST_ROWS:,} rows")
        table = file.read()
    except (pa.ArrowException, OSError) as error:
        raise UnreadableError("it is damaged or encrypted") from error
    for level in (table.schema.metadata, *(column.metadata for column in table.schema)):
        for key, value in (level or {}).items():
            if key != b"ARROW:schema":
                label = key.decode("utf-8", "replace")
                text = value.decode("utf-8", "replace")
                scan.name(label, "metadata", value=text)
                scan.text(text, where=f"metadata {label!r}")
    for column in table.schema:
        _nested(scan, column)
    held = [column.to_pylist() for column in table.columns]
    _rows(scan, table.column_names, list(zip(*held, strict=True)))


def _nested(scan: Scan, column: pa.Field) -> None:
    if isinstance(column.type, pa.StructType):
        for k in range(column.type.num_fields):
            scan.name(column.type.field(k).name, "column")
            _nested(scan, column.type.field(k))
    elif pa.types.is_list(column.type):
        _nested(scan, column.type.value_field)


def _rows(scan: Scan, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    lines = False
    seen: dict[str, None] = {}
    for row in rows:
        for name, cell in zip(header, row, strict=True):
            if isinstance(cell, str):
                seen[cell] = None
                if words.words_of(name) == ["edition"]:
                    scan.name(name, "column", value=cell)
            elif isinstance(cell, bytes):
                lines = lines or _is_line(cell)
                if kind_of_bytes(cell) is not None:
                    scan.embedded(cell, f"column '{name}'")
                elif (text := decoded(cell)) is not None:
                    seen[text] = None
            elif isinstance(cell, list | dict):
                scan.value(cell, name)
    for text in seen:
        scan.text(text)
    scan.table(header, rows)
    if lines and any(map(words.names_a_place, header)):
        scan.found(words.ROUTES, "lines that belong to zones or schools")


def _is_line(cell: bytes) -> bool:
    """Whether bytes are a line in WKB, alone or in a GeoPackage's envelope."""
    return next(_wkb_types(cell), None) in _LINES


def _wkb_types(cell: bytes) -> Iterator[int]:
    at = 0
    if cell[:2] == b"GP" and len(cell) > 8:
        at = 8 + (0, 32, 48, 48, 64)[min((cell[3] >> 1) & 7, 4)]
    if len(cell) >= at + 5 and cell[at] in {0, 1}:
        (kind,) = struct.unpack("<I" if cell[at] else ">I", cell[at + 1 : at + 5])
        yield (kind & 0xFFFF) % 1000
