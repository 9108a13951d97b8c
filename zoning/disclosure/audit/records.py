"""Read files as records of text: the reader that all formats share, and text formats.

Nothing in a file is run, no entity is expanded, and no other file or network address is
opened.
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
import json
import re
import sqlite3
import struct
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from html.parser import HTMLParser
from itertools import islice
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

MAX_DEPTH: Final = 8
"""Limit of nesting of files inside files. Our choice: no honest file needs as much."""
MAX_BYTES: Final = 1 << 30
"""Limit of bytes unpacked from one file, against zip bombs."""
MAX_RECORDS: Final = 2_000_000
"""Limit of records of one file; a district's tables have some thousand rows."""
LONG_TEXT: Final = 64
"""Characters; shorter texts in a list or cell are taken for names and values, not files."""
_MAX_LITERALS: Final = 20_000
"""Limit of JSON literals in one script: our pages have a few, a map library some hundred."""
_MAX_CODE_LINE: Final = 2_000
"""Characters; longer lines of code are data (read as JSON) or generated."""
_MAX_SAMPLED: Final = 200
"""Rows sampled to find the separator of a table."""

_CALENDAR: Final = re.compile(r"\ufeff?\s*BEGIN:VCALENDAR", re.I)
_BROKEN: Final = (
    *(ValueError, LookupError, TypeError, AttributeError, EOFError, ArithmeticError),
    *(RecursionError, NotImplementedError, OSError, AssertionError),
    *(sqlite3.Error, struct.error, tarfile.TarError, zlib.error),
)
"""Errors of readers on broken or malicious files."""
_MARKUP: Final = re.compile(
    r"<(?:!--|!doctype|html|body|div|table|script|span|p|b|li|iframe|svg)\b", re.I
)
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_\s-]{64,}={0,2}")
_SPLIT: Final = re.compile(r"\s*\|\s*|\t|\s{2,}")
_DATA_URL: Final = re.compile(r"data:[\w.+/-]*((?:;[\w=.+-]+)*),([^\"'\s)>]*)", re.IGNORECASE)
_ANY_ROW: Final = re.compile(r"\[\d+\](?!.*\[\d+\])")  # rows of one list form one table
_LITERAL: Final = re.compile(r"[=(:,]\s*[\[{]")


class Record(NamedTuple):
    """A row of related cells.

    Attributes
    ----------
    where
        The part of the file; records of one part form a table or a text.
    cells
        Texts, in order.
    columns
        A name for each cell that is the same in all records of the part.
    """

    where: str
    cells: tuple[str, ...]
    columns: tuple[str, ...]


class UnreadableError(ValueError):
    """A file, or a part of one, cannot be read; the message says why."""


class Reader:
    """Reads a file; records the parts that could not be read and the limits of the audit.

    Parameters
    ----------
    opener
        Finds the reader of bytes with a name; None for an unknown format.

    Attributes
    ----------
    unread, notes
        Distinct sentences, in order of occurrence.
    """

    def __init__(self, opener: Callable[[bytes, str], Opener | None]) -> None:
        self._opener = opener
        self.unread: dict[str, None] = {}
        self.notes: dict[str, None] = {}
        self._spent = 0
        self._place: tuple[str, ...] = ()

    def read(self, data: bytes, name: str, *, opened: Opener | None = None) -> Iterator[Record]:
        """Yield every record of a file, and of the files inside it.

        Parameters
        ----------
        opened
            Its reader, if known already.
        """
        if len(self._place) > MAX_DEPTH:
            self.miss(f"files nested deeper than {MAX_DEPTH}")
            return
        self._place = (*self._place, name)
        try:
            if not data:
                raise UnreadableError("it is empty")
            opened = opened or self._opener(data, name)
            if opened is None:
                raise UnreadableError("its format is unknown")
            yield from opened(self, data)
        except _BROKEN as error:
            known = isinstance(error, UnreadableError)
            self.miss(str(error) if known else "it is damaged or incomplete")
        finally:
            self._place = self._place[:-1]

    def miss(self, why: str) -> None:
        """Record that a part could not be read."""
        self.unread[": ".join((", ".join(self._place), why)) if self._place else why] = None

    def record(
        self, cells: Sequence[object], *, where: str = "", columns: Sequence[str] | None = None
    ) -> Record:
        """Make a record of cells in the current file."""
        place = ", ".join((*self._place[1:], *([where] if where else []))) or self._place[0]
        texts = tuple("" if cell is None else str(cell) for cell in cells)
        names = tuple(map(str, range(len(texts)))) if columns is None else tuple(columns)
        return Record(place, texts, names)

    def spend(self, size: int) -> None:
        """Count unpacked bytes; `UnreadableError` above `MAX_BYTES`."""
        self._spent += size
        if self._spent > MAX_BYTES:
            raise UnreadableError(f"it unpacks to more than {MAX_BYTES >> 20:,} MB")


Opener = Callable[[Reader, bytes], Iterator[Record]]


def decode(data: bytes) -> str | None:
    """Decode bytes to text; None if they are not text."""
    boms = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
    marked = next((encoding for bom, encoding in boms if data.startswith(bom)), None)
    if marked is None and b"\x00" in data:
        return None
    for encoding in (marked,) if marked is not None else ("utf-8", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None if marked is not None else data.decode("latin-1")


def text_records(reader: Reader, text: str, *, where: str = "") -> Iterator[Record]:
    """Read a text as JSON, a page or a base64 file, else line by line."""
    start = text.lstrip()[:1]
    if start in {"{", "["} and (held := _parse_json(text)) is not None:
        yield from json_records(reader, held, where)
    elif start == "<" or _MARKUP.search(text):
        page = text.encode("utf-8", "surrogatepass")
        yield from reader.read(page, f"{where or 'text'}.html", opened=markup_records)
    elif _BASE64.fullmatch(text.strip()) and (data := _from_base64(text)) is not None:
        if data and decode(data) is None:  # binary, so a file
            yield from reader.read(data, f"{where or 'text'} (base64)")
    else:
        for line in text.splitlines():
            yield reader.record(_SPLIT.split(line), where=where)


def _parse_json(text: str) -> object:
    """Parse a text as JSON; None if it is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _from_base64(text: str) -> bytes | None:
    plain = "".join(text.split()).replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (ValueError, binascii.Error):
        return None


def plain_records(reader: Reader, data: bytes) -> Iterator[Record]:
    """Read a text file: a page, JSON, a table with a separator, or plain text."""
    text = decode(data) or ""
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    start = text.lstrip("\ufeff \t\r\n")[:1]
    if start == "<":
        yield from markup_records(reader, data)
    elif start in {"{", "["}:
        yield from _json_text(reader, text)
    elif _CALENDAR.match(text):
        yield from _calendar_records(reader, text)
    elif (separator := _find_separator(text)) is not None:
        header: list[str] | None = None
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            cells = [cell.removeprefix("'") for cell in row]
            if header is None:
                header = cells
            same = len(cells) == len(header) == len(set(header))
            yield reader.record(cells, columns=header if same else None)
    else:
        yield from text_records(reader, text)


def _calendar_records(reader: Reader, text: str) -> Iterator[Record]:
    """Read a calendar file: its lines are folded and its commas escaped (RFC 5545, 3.1, 3.3.11)."""
    for line in re.sub(r"\r?\n[ \t]", "", text).splitlines():
        name, _, value = line.partition(":")
        plain = re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)
        for part in plain.splitlines():
            yield reader.record([part], columns=[name])


def _find_separator(text: str) -> str | None:
    """Find the separator that gives most rows as many cells as the first; None for prose."""
    best, most = None, 1
    for candidate in ("\t", ";", "|", ","):
        try:
            rows = csv.reader(io.StringIO(text, newline=""), delimiter=candidate)
            sizes = [len(row) for row in islice(rows, _MAX_SAMPLED) if row]
        except csv.Error:
            continue
        if len(sizes) > 1 and sizes[0] > most and sizes.count(sizes[0]) * 2 > len(sizes):
            best, most = candidate, sizes[0]
    return best


def _json_text(reader: Reader, text: str) -> Iterator[Record]:
    held = _parse_json(text)
    if held is None:  # JSON Lines, or broken
        lines = [line for line in text.splitlines() if line.strip("\x1e \r")]
        values = [_parse_json(line.strip("\x1e")) for line in lines]
        if len(values) < 2 or None in values:
            reader.miss("it is broken JSON, and was read as plain text")
            for line in lines:
                yield reader.record([line])
            return
        held = values
    yield from json_records(reader, held, "")


def json_records(reader: Reader, value: object, where: str) -> Iterator[Record]:
    """Read objects as records, equally long lists of one object as columns, texts as files."""
    waiting: list[tuple[object, str]] = [(value, where)]
    while waiting:
        item, at = waiting.pop()
        if isinstance(item, str):
            yield from text_records(reader, item, where=at)
        elif isinstance(item, Mapping):
            if isinstance(item.get("coordinates"), list):
                continue  # coordinates are not figures
            names, cells = _flatten(item)
            if cells:
                yield reader.record(cells, where=_ANY_ROW.sub("[]", at), columns=names)
            lists = [v for v in item.values() if isinstance(v, list) and v]
            if len(lists) > 1 and len({len(v) for v in lists}) == 1:
                rows = zip(*lists, strict=True)
                yield from (reader.record(row, where=f"{at} columns") for row in rows)
            waiting += [
                (v, f"{at}.{k}" if at else str(k))
                for k, v in item.items()
                if isinstance(v, Mapping | list | str)
            ][::-1]
        elif isinstance(item, list):
            plain = [v for v in item if not isinstance(v, Mapping | list)]
            if len(plain) == len(item) and plain:
                source = "".join(map(str, plain))
                if all(isinstance(v, str) for v in plain) and "\n" in source:
                    yield from text_records(reader, source, where=at)  # lines of a notebook cell
                else:
                    yield reader.record(plain, where=_ANY_ROW.sub("[]", at))
                    texts = [(v, f"{at}[{k}]") for k, v in enumerate(plain) if isinstance(v, str)]
                    waiting += [(v, p) for v, p in texts if len(v) > LONG_TEXT]
            else:
                waiting += [(v, f"{at}[{k}]") for k, v in enumerate(item)][::-1]


def _flatten(item: Mapping[str, object], prefix: str = "") -> tuple[list[str], list[object]]:
    """List names and plain values of an object and nested objects; keys count as values too."""
    names: list[str] = []
    cells: list[object] = []
    for key, value in item.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            inner = _flatten(value, f"{name}.") if len(prefix) < LONG_TEXT else ([], [])
            if inner[0]:
                names += [f"{name} (key)", *inner[0]]
                cells += [key, *inner[1]]
        elif not isinstance(value, list) and not (isinstance(value, str) and "\n" in value):
            names += [f"{name} (key)", name]
            cells += [key, value]
    return names, cells


# Pages and other markup


class _Page(HTMLParser):
    """Collect rows of tables and other containers, blocks of text, attributes and scripts."""

    ROWS = frozenset(
        (
            *("tr", "w:tr", "a:tr", "row", "table:table-row", "placemark", "wpt", "trkpt"),
            *("rtept", "member", "entry", "item"),
        )
    )
    INLINE = frozenset(
        (
            *("a", "abbr", "b", "br", "code", "em", "font", "i", "mark", "small", "span", "strong"),
            *("sub", "sup", "tspan", "u", "w:r", "w:t", "a:r", "a:t", "text:span"),
        )
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[tuple[str, list[str]]] = []
        self.parts: list[tuple[str, str]] = []
        self._row: list[str] | None = None
        self._line: list[str] = []
        self._silent = ""
        self._code: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._boundary(tag)
        for name, value in attrs:
            if value and name not in {"d", "points", "style", "class", "id", "transform"}:
                self.parts.append((f"attribute {name}", value))
            elif value and name == "style" and "data:" in value:
                self.parts.append(("style", value))
        if tag in {"script", "style"}:
            self._silent, self._code = tag, []
        if tag in self.ROWS:
            self._row = []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag in self.ROWS:
            self._row = None
        self._silent = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == self._silent:
            self.parts.append((tag, "".join(self._code)))
            self._silent = ""
        self._boundary(tag)
        if tag in self.ROWS and self._row is not None:
            self.rows.append((f"{tag} rows", self._row))
            self._row = None

    def handle_data(self, data: str) -> None:
        (self._code if self._silent else self._line).append(data)

    def handle_comment(self, data: str) -> None:
        self.parts.append(("comment", data))

    def unknown_decl(self, data: str) -> None:
        self._line.append(data.removeprefix("CDATA["))

    def handle_pi(self, data: str) -> None:
        self.parts.append(("instruction", data))

    def close(self) -> None:
        super().close()
        if self._silent:
            self.parts.append((self._silent, "".join(self._code)))
        self._boundary("end")

    def _boundary(self, tag: str) -> None:
        if tag in self.INLINE:
            self._line.append(" ")
            return
        text = " ".join("".join(self._line).split())
        self._line = []
        if text and self._row is not None:
            self._row.append(text)
        elif text:
            self.rows.append(("text", [text]))


def markup_records(reader: Reader, data: bytes) -> Iterator[Record]:
    """Read text, attributes, comments, scripts and data URLs of a page."""
    text = decode(data) or ""
    page = _Page()
    page.feed(text)
    page.close()
    for where, cells in page.rows:
        is_nested = len(cells) == 1 and len(cells[0]) < len(text)  # prevents endless recursion
        if is_nested and ("<" in cells[0] or len(cells[0]) > LONG_TEXT):
            yield from text_records(reader, cells[0], where=where)
        yield reader.record(cells, where=where)
    for where, value in page.parts:
        if where == "script":
            yield from _script_records(reader, value)
        elif where != "style":
            yield from text_records(reader, value, where=where)
        yield from _data_urls(reader, value, where)


def _script_records(reader: Reader, code: str) -> Iterator[Record]:
    """Read JSON literals in program code, and the code line by line."""
    if (held := _parse_json(code)) is not None:
        yield from json_records(reader, held, "script")
        return
    decoder, at = json.JSONDecoder(), 0
    for match in islice(_LITERAL.finditer(code), _MAX_LITERALS):
        if match.end() - 1 < at:
            continue
        try:
            held, at = decoder.raw_decode(code, match.end() - 1)
        except (ValueError, RecursionError):
            continue
        yield from json_records(reader, held, "script")
    for line in code.splitlines():
        if len(line) < _MAX_CODE_LINE:
            yield reader.record([line], where="code")


def _data_urls(reader: Reader, text: str, where: str) -> Iterator[Record]:
    for options, body in _DATA_URL.findall(text):
        data = unquote_to_bytes(body)
        if ";base64" in options.lower():
            data = _from_base64(data.decode("latin-1")) or b""
        if data:
            yield from reader.read(data, f"{where} (data URL)")
