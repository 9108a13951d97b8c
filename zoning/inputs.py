"""Check an input file before a reader opens it: its first bytes and its size.

GDAL chooses a reader by the content of a file, not by its ending, and some readers open
other files or addresses that the file names. So a file must begin with the bytes of its
ending (`require_kind`), and anything else is refused unopened.
"""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from zoning.errors import FaultsError

MOST_ROWS: Final = 20_000
"""Rows of schools or of a plan: California, the largest state, has half as many schools."""

MOST_ROWS_TO_CHOOSE_FROM: Final = 250_000
"""Rows of a list of which one district is read: NCES's national list has 100,000 schools."""

LARGEST_TEXT_BYTES: Final = 200 * 2**20
"""The size of a file that is read into memory whole: 20,000 schools with 10 KB each."""

LARGEST_STREETS_BYTES: Final = 4 * 2**30
"""The size of street tables, and of OpenStreetMap data unpacked; larger ones come as .osm.pbf."""

LARGEST_SETTINGS_BYTES: Final = 2**20
"""The size of a study or a driving profile, which a person writes."""

LONGEST_CELL: Final = 32_767
"""Characters of a cell; the limit of Excel."""

MOST_DIGITS: Final = 100
"""Digits of a whole number in JSON or TOML; the largest float has 309."""

LAYER_DRIVERS: Final[Mapping[str, tuple[str, ...]]] = {
    ".shp": ("ESRI Shapefile",),
    ".gpkg": ("GPKG",),
    ".gdb": ("OpenFileGDB", "FileGDB"),
    ".geojson": ("GeoJSON", "GeoJSONSeq", "ESRIJSON"),
    ".json": ("GeoJSON", "GeoJSONSeq", "ESRIJSON"),
    ".geojsonl": ("GeoJSONSeq", "GeoJSON"),
    ".fgb": ("FlatGeobuf",),
    ".kml": ("LIBKML", "KML"),
    ".tab": ("MapInfo File",),
    ".mif": ("MapInfo File",),
    ".parquet": (),
    ".geoparquet": (),
}
"""Endings of GIS files, and the GDAL drivers that read them; geopandas reads those with none."""

DEEPEST: Final = 50
"""Levels of nested lists and tables in a settings file; a study has at most seven."""

TOO_DEEP: Final = "its lists and tables are nested too deeply"

BAD_ARCHIVE: Final = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    RuntimeError,  # a password is needed
    NotImplementedError,  # an unknown compression method
    EOFError,
    ValueError,
    zlib.error,
)
"""The exceptions of `zipfile` for archives that are damaged, locked or unusual."""

_HEAD_BYTES: Final = 2**16
_MOST_MEMBERS: Final = 10_000
"""Files in an archive; a geodatabase has some hundreds."""

_SQLITE: Final = b"SQLite format 3\0"
_GDB_VERSIONS: Final = (b"\3\0\0\0", b"\4\0\0\0")
_SHAPEFILE: Final = b"\0\0\x27\x0a"
# Marks by which GDAL knows the formats that open other files.
_NAMES_OTHERS: Final = re.compile(rb"<ogr[a-z]|gdal_streamed_alg", re.IGNORECASE)
_OTHER_KINDS: Final = (
    (b"PK\x03\x04", "a zip archive or an office file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Access file"),
    (b"%PDF", "a PDF"),
    (_SQLITE, "a database (SQLite)"),
    (_SHAPEFILE, "a Shapefile"),
    (b"fgb", "a FlatGeobuf"),
    (b"PAR1", "a Parquet file"),
    (b"\x1f\x8b", "packed (gzip)"),
    (b"BZh", "packed (bzip2)"),
    (b"version https://git-lfs", "a pointer to a file in Git LFS"),
)
CHECK_FILE: Final = "Check that the file is whole and is what its ending says."
"""The remedy for a file that cannot be read."""

LOCKED_WORKBOOK: Final = "it opens only with a password"
UNLOCK_WORKBOOK: Final = (
    "Open it in Excel, take the password off (File, Info, Protect Workbook), and save it again."
)
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TEXT_AS_XLS: Final = "it is a table of text, such as CSV, that was named .xls"
_PAGE_AS_XLS: Final = "it is a web page or XML that was named .xls, as many portals hand out"
_NEW_AS_XLS: Final = "it is a newer workbook (.xlsx or .ods) that was named .xls"
_OLD_AS_NEW: Final = "it is an old workbook (.xls) under another ending, or is locked"
_SAVE_AS_XLSX: Final = "Open it in Excel and save it as an Excel workbook (.xlsx)."
_REMEDIES: Final[Mapping[str, str]] = {
    _TEXT_AS_XLS: "Rename it so that it ends in .csv.",
    _PAGE_AS_XLS: _SAVE_AS_XLSX,
    _NEW_AS_XLS: "Rename it so that it ends in .xlsx or .ods.",
    _OLD_AS_NEW: f"{_SAVE_AS_XLSX} If it asks for a password, take it off first (File, Info, "
    "Protect Workbook).",
}


def require_kind(path: Path, *, shown: object, error: type[FaultsError]) -> None:
    """Refuse a file that does not begin with the bytes of its ending.

    Files of endings without a rule pass: their readers open nothing else.

    Parameters
    ----------
    path
        A file, or the folder of a geodatabase; one that is missing passes.
    shown
        What the user calls it.
    error
        The error to raise.

    Raises
    ------
    FaultsError
        Of the class ``error``, saying what the file is instead.
    """
    ending = next((e for e in _LONG_ENDINGS if path.name.lower().endswith(e)), path.suffix.lower())
    rule = _RULES.get(ending)
    if path.is_dir() and ending == ".gdb":
        catalogue = path / "a00000001.gdbtable"
        head = catalogue.read_bytes()[:4] if catalogue.is_file() else b""
        # Version 3 is that of ArcGIS 9, version 4 has 64-bit object ids.
        fault = None if head in _GDB_VERSIONS else "it is no file geodatabase"
    elif rule is None or not path.is_file():
        return
    else:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        fault = rule(head) if head else "it is empty"
    if fault is not None:
        raise error(f"{shown} cannot be read", [fault], _REMEDIES.get(fault, CHECK_FILE))


def require_osm_text(data: bytes, *, shown: object, error: type[FaultsError]) -> None:
    """Refuse unpacked data that is not OpenStreetMap XML."""
    fault = _RULES[".osm"](data[:_HEAD_BYTES])
    if fault is not None:
        raise error(f"{shown} cannot be read", [fault], CHECK_FILE)


def require_size(path: Path, *, most_bytes: int, shown: object, error: type[FaultsError]) -> None:
    """Refuse a file that is too large, before it is read."""
    size = path.stat().st_size if path.is_file() else 0
    if size > most_bytes:
        raise error(
            f"{shown} is too large: {_size(size)}, and at most {_size(most_bytes)} are read",
            remedy="Leave out what is not of the district.",
        )


def require_rows(
    count: int, *, shown: object, error: type[FaultsError], most: int = MOST_ROWS
) -> None:
    """Raise the error for a table of more than `most` rows."""
    if count > most:
        raise error(
            f"{shown} has {count:,} rows, and at most {most:,} are read: the largest state "
            "has half as many schools",
            remedy="Keep the rows of the district.",
        )


def require_unpackable(
    members: Sequence[zipfile.ZipInfo],
    *,
    most_bytes: int,
    shown: object,
    error: type[FaultsError],
    remedy: str = "Unpack it first and give the file itself.",
) -> None:
    """Refuse an archive that is too large by the sizes in its directory, before unpacking it."""
    total = sum(member.file_size for member in members)
    if total > most_bytes or len(members) > _MOST_MEMBERS:
        raise error(
            f"{shown} is too large to unpack here: {len(members):,} files of {_size(total)}, and "
            f"at most {_MOST_MEMBERS:,} of {_size(most_bytes)} are unpacked",
            remedy=remedy,
        )


def read_json(
    path: Path,
    *,
    shown: object,
    error: type[FaultsError],
    most_bytes: int = LARGEST_TEXT_BYTES,
) -> Any:
    """Parse a JSON file in UTF-8.

    Raises
    ------
    FaultsError
        Of the class ``error``, if the file is too large, not UTF-8, not JSON, nested
        too deeply, or has a whole number of over `MOST_DIGITS` digits.
    """
    require_size(path, most_bytes=most_bytes, shown=shown, error=error)
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"), parse_int=_parse_int)
    except UnicodeDecodeError as wrong:
        raise error(
            f"{shown} cannot be read", ["it is not UTF-8 text"], "Save it as UTF-8."
        ) from wrong
    except RecursionError as wrong:
        raise error(f"{shown} cannot be read", [TOO_DEEP], CHECK_FILE) from wrong
    except (OSError, ValueError) as wrong:
        raise error(f"{shown} cannot be read", [str(wrong)], CHECK_FILE) from wrong


def is_nested(value: object, levels: int) -> bool:
    """True if lists and tables are nested deeper than this many levels."""
    inside = [value]
    for _ in range(levels):
        inside = [
            part
            for one in inside
            if isinstance(one, Mapping | list)
            for part in (one.values() if isinstance(one, Mapping) else one)
        ]
    return any(isinstance(one, Mapping | list) for one in inside)


def long_cells(cells: Mapping[str, Sequence[object]]) -> Iterator[tuple[int, str]]:
    """Find the row and the fault of every cell of more than `LONGEST_CELL` characters."""
    for name, column in cells.items():
        for row, cell in enumerate(column):
            if isinstance(cell, str) and len(cell) > LONGEST_CELL:
                yield row, f"{name} has {len(cell):,} characters; at most {LONGEST_CELL:,} are read"


def _parse_int(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise ValueError(f"a number has {len(text):,} digits, {text[:10]}...")
    return int(text)


def _size(count: int) -> str:
    for unit, size in (("GB", 2**30), ("MB", 2**20), ("KB", 2**10)):
        if count >= size:
            return f"{count / size:,.3g} {unit}"
    return f"{count} bytes"


def _guess_kind(head: bytes) -> str:
    """Guess the format of a file from its first bytes."""
    for mark, kind in _OTHER_KINDS:
        if head.startswith(mark):
            return kind
    text = _text(head).lstrip()
    if re.match(r"<!doctype html|<html", text, re.IGNORECASE):
        return "a web page"
    if text.startswith("<"):
        return "XML"
    return "JSON" if text.startswith(("{", "[")) else "of another kind"


def _text(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", errors="ignore")
    return head.decode("utf-8-sig", errors="replace")


def _begins(
    kind: str, pattern: bytes, *refused: tuple[re.Pattern[bytes], str]
) -> Callable[[bytes], str | None]:
    """Make the check for files that begin with a pattern and contain no refused pattern."""
    begins = re.compile(pattern, re.DOTALL)

    def fault(head: bytes) -> str | None:
        for unfit, why in refused:
            if unfit.search(head):
                return why
        return None if begins.match(head) else f"it is no {kind} but {_guess_kind(head)}"

    return fault


def _xml(kind: str, *roots: str) -> Callable[[bytes], str | None]:
    def fault(head: bytes) -> str | None:
        text = _text(head)
        # GDAL reads XML that mentions GML as GML, and fetches the schema that it names.
        if _NAMES_OTHERS.search(text.encode()) or "opengis.net/gml" in text:
            return _OPENS_OTHERS[1]
        before_root = r"\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*"
        found = re.match(before_root + r"<(!?)(?:[\w.-]+:)?([\w.-]+)", text, re.DOTALL)
        if found and found[1]:
            if re.match("html", text[found.end() :].lstrip(), re.IGNORECASE):
                return f"it is no {kind} but a web page"
            return "it declares a document type (<!DOCTYPE ...>), which can stand for other text"
        if found is None or found[2].lower() not in roots:
            return f"it is no {kind} but {_guess_kind(head)}"
        return None

    return fault


def _is_text(head: bytes) -> bool:
    return b"\0" not in head or head.startswith((b"\xff\xfe", b"\xfe\xff"))


def _csv(head: bytes) -> str | None:
    kind = _guess_kind(head)
    # The first letters of these can be the name of a column.
    if kind not in {"of another kind", "JSON", "a FlatGeobuf", "a Parquet file"}:
        return f"it is no table of text but {kind}"
    if not _is_text(head):
        return "it is not text in UTF-8 or Windows-1252: it has NUL bytes"
    return None


def _workbook(kind: str, pattern: bytes) -> Callable[[bytes], str | None]:
    """The rule of workbooks that are zips."""
    begins = _begins(kind, pattern)
    return lambda head: _OLD_AS_NEW if head.startswith(_OLE) else begins(head)


def _old_workbook(head: bytes) -> str | None:
    if head.startswith(_OLE):
        return None
    if head.startswith(b"PK\x03\x04"):
        return _NEW_AS_XLS
    kind = _guess_kind(head)
    if kind in {"a web page", "XML"}:
        return _PAGE_AS_XLS
    is_text = kind in {"of another kind", "JSON"} and _is_text(head)
    return _TEXT_AS_XLS if is_text else f"it is no Excel file but {kind}"


_LONG_ENDINGS: Final = (".osm.gz", ".osh.gz", ".osm.bz2", ".osh.bz2", ".osm.json")
_OPENS_OTHERS: Final = (_NAMES_OTHERS, "it holds no places but names other files")
_UTF16: Final = (re.compile(rb"\A(?:\xff\xfe|\xfe\xff)"), "it is not UTF-8 text")
# A MapInfo table that is a view or a seamless layer consists of other tables.
_VIEW: Final = re.compile(rb'create view|isseamless"\s*=\s*"true', re.IGNORECASE)
# A sequence of features may begin each with a record separator (RFC 8142).
_JSON: Final = _begins("JSON", rb"(?:\xef\xbb\xbf)?[ \t\r\n\x1e]*[{\[]", _OPENS_OTHERS, _UTF16)
_OSM: Final = _xml("OpenStreetMap file", "osm", "osmchange")
_PARQUET: Final = _begins("Parquet file", rb"PAR1")
_GZIP: Final = _begins("file packed by gzip", rb"\x1f\x8b")
_BZIP2: Final = _begins("file packed by bzip2", rb"BZh")
_RULES: Final[Mapping[str, Callable[[bytes], str | None]]] = {
    ".shp": _begins("Shapefile", re.escape(_SHAPEFILE)),
    # At byte 68 the version, 1.0, 1.1, or 1.2 and later (OGC 12-128r19, requirement 2). Some
    # programs leave it 0, which GDAL takes by the ending.
    ".gpkg": _begins("GeoPackage", re.escape(_SQLITE) + rb".{52}(?:GP10|GP11|GPKG|\0{4})"),
    ".gdb": lambda _: "it is a file, not the folder of a geodatabase",
    ".geojson": _JSON,
    ".json": _JSON,
    ".geojsonl": _JSON,
    ".osm.json": _JSON,
    ".fgb": _begins("FlatGeobuf", rb"fgb\x03fgb"),
    ".kml": _xml("KML", "kml", "document", "folder", "placemark"),
    ".kmz": _begins("KMZ", rb"PK\x03\x04"),
    ".tab": _begins(
        "MapInfo table",
        rb"\s*(?i:!table)",
        _OPENS_OTHERS,
        (_VIEW, "it holds no places but names other tables"),
    ),
    ".mif": _begins("MapInfo file", rb"\s*(?i:version)", _OPENS_OTHERS),
    ".parquet": _PARQUET,
    ".geoparquet": _PARQUET,
    ".zip": _begins("zip archive", rb"PK(?:\x03\x04|\x05\x06)"),
    ".shz": _begins("zip archive", rb"PK\x03\x04"),
    ".csv": _csv,
    ".xlsx": _workbook("Excel workbook", rb"PK\x03\x04"),
    ".xlsm": _workbook("Excel workbook", rb"PK\x03\x04"),
    # The type is the first member of the zip, not packed (ODF 1.3, part 2, 3.3).
    ".ods": _workbook(
        "OpenDocument spreadsheet",
        rb"PK\x03\x04.{26}mimetype.{0,40}application/vnd\.oasis\.opendocument\.spreadsheet",
    ),
    ".xls": _old_workbook,
    ".graphml": _xml("GraphML", "graphml"),
    ".osm": _OSM,
    ".osh": _OSM,
    ".osm.gz": _GZIP,
    ".osh.gz": _GZIP,
    ".osm.bz2": _BZIP2,
    ".osh.bz2": _BZIP2,
    # The length of a header, then the header, whose first field is this word.
    ".pbf": _begins(".osm.pbf", rb".{0,23}OSMHeader"),
}
