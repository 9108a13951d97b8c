"""Reading PDF: properties, notes, files inside, and text as far as its fonts tell the letters."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from zoning.disclosure import vocabulary as words
from zoning.disclosure.audit.findings import UnreadableError
from zoning.disclosure.audit.images import scan_jpeg, scan_xmp
from zoning.disclosure.audit.kinds import kind_of_bytes
from zoning.disclosure.audit.scan import Scan

_MOST_UNPACKED = 1 << 28
_OBJECT = re.compile(rb"(?<!\d)(\d{1,9})\s+\d{1,5}\s+obj\b")
_STREAM = re.compile(rb"\bstream\r?\n")
_REFERENCE = re.compile(rb"/([^\s/<>\[\]()]+)\s+(\d+)\s+\d+\s+R")
_FILTER = re.compile(rb"/Filter\s*(?:\[([^\]]*)\]|(/\w+))")
_LITERAL = rb"\((?:[^()\\]|\\.|\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\))*\)"
_HEX = rb"<[0-9A-Fa-f\s]*>"
_STRING = re.compile(_LITERAL + rb"|(?<!<)" + _HEX + rb"(?!>)", re.DOTALL)
_TOKEN = re.compile(
    _LITERAL + rb"|" + _HEX + rb"|/[^\s/<>\[\]()]+|[-+]?\d*\.?\d+|[A-Za-z'\"*]+|\[|\]", re.DOTALL
)
# A header and the first row of a table, without the spaces that a page may put anywhere.
_TIMES_OF_SCHOOLS = re.compile(
    r"(?:School|Building|Campus)(?!s)\w{0,20}(?i:response|travel|drive|wait|arrival|departure)"
    r"[^.]{0,60}?[a-z](?:Elementary|Middle|High|Academy)\d"
)
_WIDE_GAP = -150.0
_SAME_LINE = 0.5
_SIMPLE_FILTERS = {b"FlateDecode", b"Fl", b"ASCII85Decode", b"A85", b"ASCIIHexDecode", b"AHx"}
_NOT_TEXT = (b"/Subtype /Image", b"/Subtype/Image", b"/FontFile", b"/Length1", b"/FunctionType",
             b"/Type /XRef", b"/Type/XRef", b"/ShadingType", b"/CIDFontType0C", b"/Type1C",
             b"/OpenType", b"/Alternate", b"/N 3", b"/N 1", b"/N 4")  # fmt: skip


@dataclass(slots=True)
class _Object:
    """An object's own text, and its stream as it is stored."""

    head: bytes
    stream: bytes | None = None


def scan_pdf(scan: Scan, data: bytes) -> None:
    """Every string, note, property, file and text of a PDF."""
    scan.note("in a PDF tables are read as lines of text, and pictures and outlines not at all")
    if b"%%EOF" not in data[-2048:]:
        raise UnreadableError("the file stops before its end")
    objects = dict(_objects(data))
    if b"/Encrypt" in data and any(
        b"/Encrypt" in part for part in (*_trailers(data), *(o.head for o in objects.values()))
    ):
        raise UnreadableError("it is encrypted")
    unpacked: dict[int, bytes] = {}
    for number, item in list(objects.items()):
        if item.stream is None:
            continue
        plain = _unpacked(scan, item)
        if plain is not None:
            unpacked[number] = plain
            if re.search(rb"/Type\s*/ObjStm", item.head):
                objects.update(_packed_objects(item.head, plain))
    for trailer in _trailers(data):
        _strings(scan, trailer, "properties")
    for item in objects.values():
        _strings(scan, item.head, "object")
    letters = _fonts(objects, unpacked)
    for number, plain in unpacked.items():
        _stream(scan, objects[number].head, plain, letters)


def _trailers(data: bytes) -> list[bytes]:
    return re.findall(rb"trailer(.{0,8192}?)startxref", data, flags=re.DOTALL)


def _objects(data: bytes) -> Iterator[tuple[int, _Object]]:
    at = 0
    while (found := _OBJECT.search(data, at)) is not None:
        end = data.find(b"endobj", found.end())
        end = len(data) if end < 0 else end
        stream = _STREAM.search(data, found.end(), end)
        if stream is None:
            yield int(found[1]), _Object(data[found.end() : end])
            at = end
            continue
        head = data[found.end() : stream.start()]
        stop = data.find(b"endstream", _declared_end(head, stream.end()))
        if stop < 0:
            raise UnreadableError("the file stops before its end")
        yield int(found[1]), _Object(head, data[stream.end() : stop])
        at = stop


def _declared_end(head: bytes, start: int) -> int:
    length = re.search(rb"/Length\s+(\d+)(?!\s+\d+\s+R)\b", head)
    return start if length is None else start + max(0, int(length[1]) - 2)


def _packed_objects(head: bytes, plain: bytes) -> Iterator[tuple[int, _Object]]:
    first = re.search(rb"/First\s+(\d+)", head)
    if first is None:
        return
    start = int(first[1])
    numbers = [int(n) for n in plain[:start].split()]
    places = [*(start + n for n in numbers[1::2]), len(plain)]
    for number, here, there in zip(numbers[::2], places, places[1:], strict=False):
        yield number, _Object(plain[here:there])


def _unpacked(scan: Scan, item: _Object) -> bytes | None:
    """A stream without its filters; None for pictures and what no filter here undoes."""
    named = _FILTER.search(item.head)
    filters = re.findall(rb"/(\w+)", named[1] or named[2]) if named is not None else []
    plain = item.stream or b""
    if filters[-1:] == [b"DCTDecode"] and len(filters) == 1:
        scan_jpeg(scan, plain)
        return None
    for name in filters:
        if name not in _SIMPLE_FILTERS:
            if b"/Image" not in item.head:
                scan.unread(f"a part packed with {name.decode('latin-1')}")
            return None
        if name in {b"FlateDecode", b"Fl"}:
            unpack = zlib.decompressobj()
            plain = unpack.decompress(plain, _MOST_UNPACKED)
            if unpack.unconsumed_tail:
                raise UnreadableError("a part of it is too large")
            scan.spend(len(plain))
        elif name in {b"ASCII85Decode", b"A85"}:
            plain = base64.a85decode(plain.strip().removeprefix(b"<~").removesuffix(b"~>"))
        else:
            plain = bytes.fromhex(plain.partition(b">")[0].decode("ascii"))
    return plain


def _strings(scan: Scan, head: bytes, where: str) -> None:
    for key, text in re.findall(rb"/(\w+)\s*(" + _LITERAL + rb")", head, flags=re.DOTALL):
        scan.name(key.decode("latin-1"), "property", value=_said(text), where=where)
    for raw in dict.fromkeys(_STRING.findall(head)):
        if text := _said(raw).strip():
            scan.text(text, where=where)


def _raw(token: bytes) -> bytes:
    """The bytes that a string in a PDF stands for."""
    if token.startswith(b"<"):
        digits = re.sub(rb"\s", b"", token[1:-1])
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))
    escapes = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}

    def plain(match: re.Match[bytes]) -> bytes:
        said = match[1]
        if said.isdigit():
            return bytes([int(said, 8) & 255])
        return b"" if said in {b"\n", b"\r", b"\r\n"} else escapes.get(said, said)

    return re.sub(rb"\\([0-7]{1,3}|\r\n|.)", plain, token[1:-1], flags=re.DOTALL)


def _said(token: bytes) -> str:
    raw = _raw(token)
    if raw.startswith((b"\xfe\xff", b"\xff\xfe")):
        return raw.decode("utf-16", "replace")
    return raw.decode("utf-8" if raw.startswith(b"\xef\xbb\xbf") else "latin-1", "replace")


def _stream(
    scan: Scan, head: bytes, plain: bytes, letters: Mapping[bytes, list[_Letters | None]]
) -> None:
    if re.search(rb"/Type\s*/Metadata", head):
        scan_xmp(scan, plain, "XMP")
    elif re.search(rb"/Type\s*/EmbeddedFile", head):
        scan.embedded(plain, "attached file")
    elif any(word in head for word in _NOT_TEXT) or b"begincmap" in plain[:2000]:
        return
    elif kind_of_bytes(plain) is not None:
        scan.embedded(plain, "a part of the file")
    elif b"BT" in plain and (b"Tj" in plain or b"TJ" in plain):
        lines = _lines(scan, plain, letters)
        for line in lines:
            scan.text(line, where="page text")
        if table := _TIMES_OF_SCHOOLS.search("".join("".join(lines).split())):
            scan.found(words.BY_SCHOOL, f"'{table[0]}...'", where="a table on a page")
        for topic in words.stated(" ".join(lines)):
            if topic is words.MARKED:
                scan.found(topic, "", where="page text")


@dataclass(slots=True)
class _Letters:
    """From codes of a font to text, all codes of one length."""

    size: int
    text: dict[int, str]

    def read(self, raw: bytes) -> str:
        codes = (raw[k : k + self.size] for k in range(0, len(raw), self.size))
        return "".join(self.text.get(int.from_bytes(code), "") for code in codes)


def _fonts(
    objects: Mapping[int, _Object], unpacked: Mapping[int, bytes]
) -> dict[bytes, list[_Letters | None]]:
    """The tables of letters by the names that pages give fonts; None: plain Latin letters."""
    tables: dict[int, _Letters | None] = {}
    for number, item in objects.items():
        if re.search(rb"/Type\s*/Font\b", item.head):
            table = re.search(rb"/ToUnicode\s+(\d+)", item.head)
            plain = unpacked.get(int(table[1])) if table is not None else None
            if plain is not None:
                tables[number] = _letters(plain)
            elif b"/Type0" in item.head:
                tables[number] = _Letters(2, {})
            else:
                tables[number] = None
    names: dict[bytes, list[_Letters | None]] = {}
    for item in (*objects.values(), *(_Object(plain) for plain in unpacked.values())):
        for name, number in _REFERENCE.findall(item.head):
            if int(number) in tables:
                names.setdefault(name, []).append(tables[int(number)])
    return names


def _letters(table: bytes) -> _Letters:
    text: dict[int, str] = {}
    size = 1
    for block in re.findall(rb"beginbfchar(.*?)(?:endbfchar|\Z)", table, flags=re.DOTALL):
        for code, said in re.findall(rb"<\s*([0-9A-Fa-f]+)\s*>\s*<([0-9A-Fa-f\s]*)>", block):
            size = max(size, len(code) // 2)
            text[int(code, 16)] = _utf16(said)
    for block in re.findall(rb"beginbfrange(.*?)(?:endbfrange|\Z)", table, flags=re.DOTALL):
        for first, last, said, several in re.findall(
            rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(?:<([0-9A-Fa-f\s]+)>|\[(.*?)\])", block,
            flags=re.DOTALL,
        ):  # fmt: skip
            size = max(size, len(first) // 2)
            codes = range(int(first, 16), min(int(last, 16), int(first, 16) + 65535) + 1)
            if several:
                given = re.findall(rb"<([0-9A-Fa-f\s]*)>", several)
                text.update({c: _utf16(t) for c, t in zip(codes, given, strict=False)})
            elif len(start := _utf16(said)) == 1:
                text.update({c: chr(ord(start) + c - codes[0]) for c in codes})
    return _Letters(size, text)


def _utf16(digits: bytes) -> str:
    return _raw(b"<" + digits + b">").decode("utf-16-be", "replace")


_Matrix = tuple[float, float, float, float, float, float]
_UPRIGHT: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def _times(one: _Matrix, other: _Matrix) -> _Matrix:
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return (
        a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k,
        e * h + f * j + m,
    )  # fmt: skip


@dataclass(slots=True)
class _Pen:
    """Where a page writes: the page's own matrices, and the start of the line."""

    page: _Matrix = _UPRIGHT
    kept: list[_Matrix] = field(default_factory=list)
    line: _Matrix = _UPRIGHT

    def moved(self, operator: bytes, numbers: list[float]) -> None:
        """Follow an operator that moves the pen."""
        if operator == b"q":
            self.kept.append(self.page)
        elif operator == b"Q" and self.kept:
            self.page = self.kept.pop()
        elif operator == b"BT":
            self.line = _UPRIGHT
        elif operator in {b"Td", b"TD"} and len(numbers) >= 2:
            self.line = _times((1.0, 0.0, 0.0, 1.0, numbers[-2], numbers[-1]), self.line)
        elif operator in {b"T*", b"'", b'"'}:
            self.line = _times((1.0, 0.0, 0.0, 1.0, 0.0, -12.0), self.line)
        elif operator in {b"cm", b"Tm"} and len(numbers) >= 6:
            a, b, c, d, e, f = numbers[-6:]
            if operator == b"cm":
                self.page = _times((a, b, c, d, e, f), self.page)
            else:
                self.line = (a, b, c, d, e, f)

    @property
    def height(self) -> float:
        """Of the line on the page."""
        return _times(self.line, self.page)[5]


def _lines(scan: Scan, content: bytes, letters: Mapping[bytes, list[_Letters | None]]) -> list[str]:
    """The text of a page, a line for each height at which something is written."""
    lines: list[list[str]] = [[]]
    height: float | None = None
    pen = _Pen()
    reading: list[_Letters | None] = [None]
    before: list[bytes] = []
    for token in _TOKEN.findall(content):
        if token[:1] in {b"(", b"<", b"/", b"[", b"]"} or _is_number(token):
            before.append(token)
            continue
        pen.moved(token, [float(part) for part in before if _is_number(part)])
        if token == b"Tf" and len(before) >= 2:
            reading = letters.get(before[-2].removeprefix(b"/"), [None])
        elif token in {b"Tj", b"TJ", b"'", b'"'}:
            if height is not None and abs(pen.height - height) > _SAME_LINE:
                lines.append([])
            height = pen.height
            for part in before:
                if part[:1] in {b"(", b"<"}:
                    lines[-1].append(_read(scan, _raw(part), reading))
                elif token == b"TJ" and _is_number(part) and float(part) < _WIDE_GAP:
                    lines[-1].append(" ")
        elif token in {b"Tm", b"Td", b"TD", b"T*", b"BT"}:
            lines[-1].append(" ")
        before = []
    return [said for line in lines if (said := " ".join("".join(line).split()))]


def _read(scan: Scan, raw: bytes, reading: list[_Letters | None]) -> str:
    """A text by the first table of letters that knows it."""
    options = [
        raw.decode("cp1252", "replace") if table is None else table.read(raw) for table in reading
    ]
    best = max(options, key=lambda text: len(text.strip()), default="")
    if raw and not best:
        scan.unread("text in a font that does not tell its letters")
    return best


def _is_number(token: bytes) -> bool:
    return token[-1:].isdigit() and token[:1] != b"/"
