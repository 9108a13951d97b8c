"""What kind of file some bytes are: by their content first, by the name only for texts."""

from __future__ import annotations

from enum import StrEnum
from pathlib import PurePosixPath


class Kind(StrEnum):
    """Kinds of files that an audit tells apart."""

    ZIP = "ZIP"
    GZIP = "gzip"
    SQLITE = "SQLite"
    PARQUET = "Parquet"
    PNG = "PNG"
    JPEG = "JPEG"
    GIF = "GIF"
    WEBP = "WebP"
    PDF = "PDF"
    FONT = "font"
    OLE = "OLE"
    MARKUP = "markup"
    JSON = "JSON"
    TABLE = "table"
    SHAPES = "shapefile"
    DBASE = "dBase table"
    STYLE = "style sheet"
    SCRIPT = "script"
    TEXT = "text"


_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"PK\x03\x04", Kind.ZIP),
    (b"PK\x05\x06", Kind.ZIP),
    (b"\x1f\x8b", Kind.GZIP),
    (b"SQLite format 3\x00", Kind.SQLITE),
    (b"PAR1", Kind.PARQUET),
    (b"\x00\x00\x27\x0a", Kind.SHAPES),
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"\xff\xd8\xff", Kind.JPEG),
    (b"GIF87a", Kind.GIF),
    (b"GIF89a", Kind.GIF),
    (b"%PDF-", Kind.PDF),
    (b"wOFF", Kind.FONT),
    (b"wOF2", Kind.FONT),
    (b"\x00\x01\x00\x00\x00", Kind.FONT),
    (b"OTTO", Kind.FONT),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind.OLE),
)
_BY_SUFFIX = {
    **dict.fromkeys((".html", ".htm", ".xhtml", ".svg", ".qml", ".qgs", ".sld"), Kind.MARKUP),
    **dict.fromkeys((".xml", ".kml", ".gml", ".gpx", ".rels", ".vml"), Kind.MARKUP),
    **dict.fromkeys((".json", ".geojson", ".ipynb", ".topojson"), Kind.JSON),
    **dict.fromkeys((".csv", ".tsv", ".tab"), Kind.TABLE),
    ".css": Kind.STYLE,
    **dict.fromkeys((".js", ".mjs"), Kind.SCRIPT),
    **dict.fromkeys(
        (".txt", ".md", ".log", ".py", ".toml", ".yaml", ".yml", ".prj", ".cpg"), Kind.TEXT
    ),
}
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def kind_of_bytes(data: bytes) -> Kind | None:
    """The kind that the first bytes name; None for texts and for what is not known."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Kind.WEBP
    if b"%PDF-" in data[:1024]:
        return Kind.PDF
    return next((kind for start, kind in _MAGIC if data.startswith(start)), None)


def kind_of(data: bytes, name: str) -> Kind | None:
    """The kind of a file; None if it is none that can be read."""
    known = kind_of_bytes(data)
    if known is not None:
        return known
    if name.lower().endswith(".dbf"):
        return Kind.DBASE
    text = decoded(data[:4096], whole=len(data) <= 4096)
    if text is None:
        return None
    start = text.lstrip()
    if start.startswith("<"):
        return Kind.MARKUP
    by_name = _BY_SUFFIX.get(PurePosixPath(name).suffix.lower())
    if by_name is not None:
        return by_name
    return Kind.JSON if start[:1] in {"{", "["} else None


def decoded(data: bytes, *, whole: bool = True) -> str | None:
    """Bytes as text; None if they are none.

    Parameters
    ----------
    whole
        False when the bytes may stop inside a character.
    """
    encoding = next((named for bom, named in _BOMS if data.startswith(bom)), None)
    if encoding is None and b"\x00" in data:
        return None
    cut = 0 if whole else 4
    for candidate in (encoding,) if encoding is not None else ("utf-8", "cp1252", "latin-1"):
        for end in range(len(data), max(-1, len(data) - cut - 1), -1):
            try:
                return data[:end].decode(candidate)
            except UnicodeDecodeError:
                continue
    return None
