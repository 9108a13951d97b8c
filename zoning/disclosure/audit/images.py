"""Reading what pictures say besides their pixels: PNG, JPEG, GIF and WebP."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator

from zoning.disclosure.audit.findings import UnreadableError
from zoning.disclosure.audit.scan import Scan

_ICON_BYTES = 10_000
_NOTE = "what a picture shows is not read; only what is written in and beside it"
_PNG_START = 8
_MOST_TEXT = 1 << 26
_XML_TEXT = re.compile(rb">([^<>]{3,})<|=\"([^\"]{3,})\"")
_PRINTABLE = re.compile(rb"[\x20-\x7e\t\n\r]{4,}|(?:[\x20-\x7e]\x00){4,}")


def _note(scan: Scan, data: bytes) -> None:
    if len(data) > _ICON_BYTES:
        scan.note(_NOTE)


def scan_png(scan: Scan, data: bytes) -> None:
    """Text, EXIF and private chunks, and whatever follows the picture."""
    _note(scan, data)
    at, ended = _PNG_START, False
    while not ended:
        if at + 12 > len(data):
            raise UnreadableError("the picture stops before its end")
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        if len(body) < length:
            raise UnreadableError("the picture stops before its end")
        _png_chunk(scan, kind, body)
        ended = kind == b"IEND"
        at += 12 + length
    _after(scan, data[at:])


def _png_chunk(scan: Scan, kind: bytes, body: bytes) -> None:
    name = kind.decode("latin-1")
    if kind in {b"tEXt", b"zTXt", b"iTXt"}:
        keyword, _, rest = body.partition(b"\x00")
        if kind == b"zTXt":
            rest = _inflated(scan, rest[1:])
        elif kind == b"iTXt":
            packed = rest[:1] == b"\x01"
            _, _, rest = rest[2:].partition(b"\x00")
            _, _, rest = rest.partition(b"\x00")
            rest = _inflated(scan, rest) if packed else rest
        text = rest.decode("utf-8" if kind == b"iTXt" else "latin-1", "replace")
        label = keyword.decode("latin-1")
        scan.name(label, "text", value=text, where=name)
        _metadata_text(scan, text, f"{name} {label!r}")
    elif kind == b"eXIf":
        scan_strings(scan, body, "EXIF")
    elif name[:1].islower() and kind not in _KNOWN_CHUNKS:
        scan_strings(scan, body, f"chunk {name!r}")


_KNOWN_CHUNKS = {
    b"bKGD", b"cHRM", b"gAMA", b"hIST", b"iCCP", b"pHYs", b"sBIT", b"sPLT", b"sRGB", b"tIME",
    b"tRNS", b"cICP", b"acTL", b"fcTL", b"fdAT",
}  # fmt: skip


def scan_jpeg(scan: Scan, data: bytes) -> None:
    """Comments, EXIF and XMP, and whatever follows the picture."""
    _note(scan, data)
    at = 2
    while True:
        if at + 4 > len(data) or data[at] != 0xFF:
            raise UnreadableError("the picture stops before its end")
        marker = data[at + 1]
        if marker in {0xFF, 0x01} or 0xD0 <= marker <= 0xD8:
            at += 1 if marker == 0xFF else 2
            continue
        if marker in {0xD9, 0xDA}:
            break
        (length,) = struct.unpack(">H", data[at + 2 : at + 4])
        body = data[at + 4 : at + 2 + length]
        if marker == 0xFE:
            _metadata_text(scan, body.decode("utf-8", "replace"), "comment")
        elif 0xE1 <= marker <= 0xEF:
            scan_strings(scan, body, f"segment APP{marker - 0xE0}")
        at += 2 + length
    end = data.rfind(b"\xff\xd9")
    if end < at - 2:
        raise UnreadableError("the picture stops before its end")
    _after(scan, data[end + 2 :])


def scan_gif(scan: Scan, data: bytes) -> None:
    """Comments and application data."""
    _note(scan, data)
    at = 13 + (3 << ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
    while at < len(data) and data[at] != 0x3B:
        if data[at] == 0x21:
            label = data[at + 1]
            body, at = _blocks(data, at + 2)
            if label in {0xFE, 0xFF}:
                _metadata_text(scan, body.decode("utf-8", "replace"), "comment")
        elif data[at] == 0x2C:
            flags = data[at + 9]
            at += 10 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0) + 1
            _, at = _blocks(data, at)
        else:
            raise UnreadableError("the picture is damaged")
    _after(scan, data[at + 1 :])


def _blocks(data: bytes, at: int) -> tuple[bytes, int]:
    parts = []
    while data[at]:
        parts.append(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
    return b"".join(parts), at + 1


def scan_webp(scan: Scan, data: bytes) -> None:
    """EXIF and XMP."""
    _note(scan, data)
    for name, body in _riff(data):
        if name not in {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}:
            scan_strings(scan, body, f"chunk {name.decode('latin-1').strip()!r}")


def _riff(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        (length,) = struct.unpack("<I", data[at + 4 : at + 8])
        if at + 8 + length > len(data):
            raise UnreadableError("the picture stops before its end")
        yield data[at : at + 4], data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _inflated(scan: Scan, packed: bytes) -> bytes:
    unpack = zlib.decompressobj()
    text = unpack.decompress(packed, _MOST_TEXT)
    if unpack.unconsumed_tail:
        raise UnreadableError("a text in the picture is too long")
    scan.spend(len(text))
    return text


def _metadata_text(scan: Scan, text: str, where: str) -> None:
    stripped = text.strip()
    if stripped.startswith(("<?xpacket", "<x:xmpmeta", "<rdf:")):
        scan_xmp(scan, stripped.encode("utf-8", "surrogatepass"), where)
    else:
        scan.text(stripped, where=where)


def scan_xmp(scan: Scan, packet: bytes, where: str) -> None:
    """The texts and attribute values of an XMP packet; no entity is expanded."""
    for pair in _XML_TEXT.findall(packet):
        for value in pair:
            if text := value.decode("utf-8", "replace").strip():
                scan.text(text, where=where)
                if text.casefold() == "restricted":
                    scan.name("classification", "XMP", value=text, where=where)


def scan_strings(scan: Scan, body: bytes, where: str) -> None:
    """Readable runs in binary metadata, one or two bytes a letter."""
    if b"<x:xmpmeta" in body or b"<rdf:RDF" in body:
        scan_xmp(scan, body, where)
        return
    for run in _PRINTABLE.findall(body):
        scan.text(run.replace(b"\x00", b"").decode("latin-1").strip(), where=where)


def _after(scan: Scan, rest: bytes) -> None:
    if rest.strip(b"\x00\r\n "):
        scan.embedded(rest, "data after the end of the picture")
