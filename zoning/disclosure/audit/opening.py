"""Opening any file, and the files inside it, by what they are."""

from __future__ import annotations

import gzip
import io
import sqlite3
import struct
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from zoning.disclosure.audit.findings import AuditResult, UnreadableError
from zoning.disclosure.audit.images import scan_gif, scan_jpeg, scan_png, scan_webp
from zoning.disclosure.audit.kinds import Kind, kind_of
from zoning.disclosure.audit.markup import scan_markup, scan_script, scan_style
from zoning.disclosure.audit.office import scan_zip
from zoning.disclosure.audit.pdf import scan_pdf
from zoning.disclosure.audit.scan import Scan
from zoning.disclosure.audit.shapefile import scan_dbase, scan_shapes
from zoning.disclosure.audit.stored import scan_parquet, scan_sqlite
from zoning.disclosure.audit.texts import scan_json, scan_table, scan_text, text_of

LARGEST = 1 << 29
_CHUNK = 1 << 20


def audit(path: str | Path) -> AuditResult:
    """Whether a file holds anything restricted, as far as can be told from it.

    The content decides, not the name. Files inside the file are opened too. What
    cannot be read is named, and the verdict is then never that all is well.

    Parameters
    ----------
    path
        A file of any kind, or a folder of them.

    Raises
    ------
    OSError
        If there is no such file or it may not be opened.
    """
    place = Path(path)
    scan = Scan(_open)
    if place.is_dir():
        files = sorted(p for p in place.rglob("*") if p.is_file())
        if not files:
            scan.unread("the folder holds no file")
        for file in files:
            scan.embedded(_bytes(scan, file), file.relative_to(place).as_posix())
    else:
        _open(scan, _bytes(scan, place), place.name)
    return scan.result(place)


def _bytes(scan: Scan, path: Path) -> bytes:
    if path.stat().st_size > LARGEST:
        scan.unread(f"{path.name} is larger than {LARGEST >> 20} MB")
        return b""
    return path.read_bytes()


def _gzip(scan: Scan, data: bytes, name: str) -> None:
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
        parts = []
        while part := packed.read(_CHUNK):
            scan.spend(len(part))
            parts.append(part)
    scan.embedded(b"".join(parts), name.removesuffix(".gz").removesuffix("z"))


def _ole(_scan: Scan, _data: bytes) -> None:
    raise UnreadableError("it is an encrypted Office file, or one of an old format")


def _font(_scan: Scan, _data: bytes) -> None:
    """Shapes of letters: nothing of a district is in them."""


_READERS: Mapping[Kind, Callable[[Scan, bytes], None]] = MappingProxyType(
    {
        Kind.ZIP: scan_zip,
        Kind.SQLITE: scan_sqlite,
        Kind.PARQUET: scan_parquet,
        Kind.SHAPES: scan_shapes,
        Kind.DBASE: scan_dbase,
        Kind.PNG: scan_png,
        Kind.JPEG: scan_jpeg,
        Kind.GIF: scan_gif,
        Kind.WEBP: scan_webp,
        Kind.PDF: scan_pdf,
        Kind.FONT: _font,
        Kind.OLE: _ole,
        Kind.MARKUP: scan_markup,
        Kind.JSON: scan_json,
        Kind.TABLE: scan_table,
        Kind.STYLE: lambda scan, data: scan_style(scan, text_of(data)),
        Kind.SCRIPT: lambda scan, data: scan_script(scan, text_of(data)),
        Kind.TEXT: scan_text,
    }
)
# What the readers of the standard library raise on files that are broken or made to break them.
_BROKEN = (
    UnreadableError,
    ValueError,
    KeyError,
    IndexError,
    EOFError,
    OverflowError,
    RecursionError,
    NotImplementedError,
    OSError,
    sqlite3.Error,
    struct.error,
    zlib.error,
)


def _open(scan: Scan, data: bytes, name: str) -> None:
    if not data:
        scan.unread("the file is empty")
        return
    kind = kind_of(data, name)
    if kind is None:
        scan.unread("it is of no kind that can be read here")
        return
    try:
        if kind is Kind.GZIP:
            _gzip(scan, data, name)
        else:
            _READERS[kind](scan, data)
    except _BROKEN as error:
        why = str(error) if isinstance(error, UnreadableError) else "it is damaged or incomplete"
        scan.unread(f"{kind}: {why}")
