"""Reading HTML, SVG, XML and QGIS styles: the source, not only what a reader sees."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote_to_bytes

from zoning.disclosure import vocabulary as words
from zoning.disclosure.audit.findings import UnreadableError
from zoning.disclosure.audit.kinds import decoded, kind_of_bytes
from zoning.disclosure.audit.scan import Scan
from zoning.disclosure.audit.texts import text_of

_DATA_URL = re.compile(r"data:([\w.+/-]*)((?:;[\w=.+-]+)*),([^\"'\s)>]*)", re.IGNORECASE)
_JSON_START = re.compile(r"[=(:,]\s*(?=[\[{])")
_MOST_JSON_TRIES = 20_000
_QUOTED_KEY = re.compile(r"""["'](\w{3,40})["']\s*:|\b(\w{3,40})\s*:""")
# A literal without an end goes to the end of its line, so that every text is read but once.
_DOUBLE_QUOTED = re.compile(r'"((?:[^"\\\n]|\\.)*+)"?')
_SINGLE_QUOTED = re.compile(r"'((?:[^'\\\n]|\\.)*+)'?")
_LONG = 40
_CELLS = {"td", "th"}
_SILENT = {"script", "style"}
_VOID = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
}  # fmt: skip
_BLOCKS = {
    "address", "article", "aside", "body", "button", "caption", "dd", "desc", "div", "dl", "dt",
    "figcaption", "figure", "footer", "form", "g", "h1", "h2", "h3", "h4", "h5", "h6", "head",
    "header", "html", "label", "legend", "li", "main", "metadata", "nav", "ol", "option", "p",
    "pre", "section", "summary", "svg", "table", "tbody", "td", "text", "tfoot", "th", "thead",
    "title", "tr", "ul",
}  # fmt: skip
_TRACKS = {"rtept", "trkpt"}
_ONLY_SHAPES = {"path", "polygon", "polyline"}
_NAMING = {"id", "class", "name", "gid", "data-layer", "inkscape:label", "data-name"}
_FIELDS = {"attr", "field", "fieldname", "attribute", "classattribute", "column", "layername"}
_PROSE = {"title", "alt", "content", "aria-label", "aria-description", "placeholder", "summary"}
_INTERNAL_ENTITY = re.compile(r"<!ENTITY\b", re.IGNORECASE)


def scan_markup(scan: Scan, data: bytes) -> None:
    """Text, attributes, comments, scripts, data blocks, tables and pictures of a page."""
    text = text_of(data)
    if _INTERNAL_ENTITY.search(text[:100_000]):
        raise UnreadableError("it declares entities, which are not expanded")
    page = _Page(scan, whole=" ".join(text.split()))
    page.feed(text)
    page.close()
    page.finish()


def scan_style(scan: Scan, text: str) -> None:
    """A style sheet: marks in comments or texts, and pictures inside."""
    for comment in re.findall(r"/\*(.*?)(?:\*/|\Z)", text, flags=re.DOTALL):
        scan.text(comment.strip(), where="style comment")
    for literal in re.findall(r"content\s*:\s*[\"']([^\"']*)", text):
        scan.text(literal, where="style")
    _data_urls(scan, text, "style")


def scan_script(scan: Scan, text: str) -> None:
    """Program code: what only a restricted page has, and every piece of JSON in it."""
    held = _json_or_none(text)
    if held is not None:
        scan.value(held)
        return
    if code := words.RESTRICTED_CODE.search(text):
        scan.found(words.LAYER, f"code {code[0]!r}", where="script")
    for quoted, bare in _QUOTED_KEY.findall(text):
        if (name := quoted or bare) in words.CODE_NAMES:
            scan.name(name, "name in code", where="script")
    for topic in words.stated(text):
        if topic is words.MARKED:
            scan.found(topic, "", where="script")
    for comment in re.findall(r"/\*(.*?)(?:\*/|\Z)", text, flags=re.DOTALL):
        for topic in words.stated(comment):
            scan.found(topic, "a comment", where="script")
    with scan.at("script"):
        _json_literals(scan, text)
        _strings(scan, text)
    _data_urls(scan, text, "script")


def _json_literals(scan: Scan, text: str) -> None:
    """Values written as JSON inside code, as map libraries do."""
    decode, at = json.JSONDecoder().raw_decode, 0
    for _ in range(_MOST_JSON_TRIES):
        start = _JSON_START.search(text, at)
        if start is None:
            return
        at = start.end()
        try:
            value, at = decode(text, at)
        except (ValueError, RecursionError):
            continue
        if value:
            scan.value(value)
    scan.unread("more pieces of data in a script than are looked at")


def _strings(scan: Scan, text: str) -> None:
    """String literals that hold JSON or a page of their own."""
    for literal in _DOUBLE_QUOTED.findall(text) + _SINGLE_QUOTED.findall(text):
        if len(literal) >= _LONG and literal.lstrip()[:1] in {"{", "["}:
            plain = _json_or_none(literal) or _json_or_none(_json_or_none(f'"{literal}"'))
            if plain is not None:
                scan.value(plain)


def _json_or_none(text: object) -> object:
    if not isinstance(text, str):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _data_urls(scan: Scan, text: str, where: str) -> None:
    for media, options, content in _DATA_URL.findall(text):
        _data_url(scan, media, options, content, where)


def _data_url(scan: Scan, media: str, options: str, content: str, where: str) -> None:
    raw = unquote_to_bytes(content)
    if "base64" in options.lower():
        plain = re.sub(rb"\s+", b"", raw)
        try:
            raw = base64.b64decode(plain + b"=" * (-len(plain) % 4))
        except (ValueError, binascii.Error):
            scan.unread(f"a data address in {where} is broken")
            return
    if not raw:
        return
    ending = {"text/html": ".html", "image/svg+xml": ".svg", "text/csv": ".csv"}
    fallback = ".json" if "json" in media else ".txt"
    scan.embedded(raw, f"{where}, data address{ending.get(media.lower(), fallback)}")


@dataclass(slots=True)
class _Table:
    """Rows of cells; a cell ends where the next begins, whether closed or not."""

    rows: list[list[str]] = field(default_factory=list)
    cell: list[str] | None = None

    def close_cell(self) -> None:
        """Put the open cell, if one is, into the last row."""
        if self.cell is None:
            return
        if not self.rows:
            self.rows.append([])
        self.rows[-1].append(" ".join("".join(self.cell).split()))
        self.cell = None


class _Page(HTMLParser):
    """Hands everything in a page to a scan, tables as tables."""

    def __init__(self, scan: Scan, *, whole: str) -> None:
        super().__init__(convert_charrefs=True)
        self._whole = whole
        self._scan = scan
        self._tables: list[_Table] = []
        self._silent: str | None = None
        self._text: list[str] = []
        self._raw: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self._flush()
        if ":" in tag or "_" in tag:
            self._scan.name(tag.rpartition(":")[2], "element")
        elif tag in _TRACKS:
            self._scan.found(words.ROUTES, f"element '{tag}'")
        self._attributes(tag, [(name, value or "") for name, value in attrs])
        if tag in _SILENT:
            self._flush()
            self._silent, self._raw = tag, []
        elif tag == "table":
            self._tables.append(_Table())
        elif self._tables:
            table = self._tables[-1]
            if tag == "tr":
                table.close_cell()
                table.rows.append([])
            elif tag in _CELLS:
                table.close_cell()
                table.cell = []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._flush()
        if tag == self._silent:
            self._end_of_code(tag)
        elif self._tables:
            table = self._tables[-1]
            if tag in _CELLS or tag == "tr":
                table.close_cell()
            elif tag == "table":
                self._end_of_table()

    def handle_data(self, data: str) -> None:
        if self._silent is not None:
            self._raw.append(data)
            return
        self._text.append(data)
        if self._tables and self._tables[-1].cell is not None:
            self._tables[-1].cell.append(data)

    def handle_comment(self, data: str) -> None:
        self._scan.text(data.strip(), where="comment")

    def handle_decl(self, decl: str) -> None:
        self._scan.text(decl, where="declaration")

    def unknown_decl(self, data: str) -> None:
        if data.startswith("CDATA["):
            self.handle_data(data.removeprefix("CDATA["))
        else:
            self._scan.text(data, where="declaration")

    def handle_pi(self, data: str) -> None:
        self._scan.text(data, where="instruction")

    def finish(self) -> None:
        """Whatever the page left open."""
        self._flush()
        if self._silent is not None:
            self._end_of_code(self._silent)
        while self._tables:
            self._end_of_table()

    def _end_of_table(self) -> None:
        table = self._tables.pop()
        table.close_cell()
        self._scan.grid([row for row in table.rows if row], where="table")

    def _end_of_code(self, tag: str) -> None:
        code = "".join(self._raw)
        self._silent, self._raw = None, []
        if tag == "style":
            scan_style(self._scan, code)
        else:
            scan_script(self._scan, code)

    def _flush(self) -> None:
        text = " ".join("".join(self._text).split())
        self._text = []
        if text:
            self._scan.text(text, where="text", markup=text != self._whole)

    def _attributes(self, tag: str, attrs: list[tuple[str, str]]) -> None:
        where = f"<{tag}>"
        by_name = dict(attrs)
        if tag == "meta" and "content" in by_name:
            named = by_name.get("name") or by_name.get("property") or ""
            self._scan.name(named, "meta", value=by_name["content"], where=where)
        for name, value in attrs:
            if not value:
                continue
            if tag == "option" and name in {"name", "value"}:
                self._option(by_name, name, value)
            elif name in _NAMING:
                for token in value.split() if name == "class" else (value,):
                    self._scan.name(token, name, where=where)
            elif name in _FIELDS:
                self._scan.name(value.strip('"'), name, where=where)
            elif name in _PROSE:
                self._scan.text(value, where=f"{name} of {where}")
            else:
                self._content(tag, name, value)

    def _option(self, attributes: dict[str, str], name: str, value: str) -> None:
        """A setting of a QGIS style: its own name is QGIS's, its value may name a field."""
        if name == "value":
            setting = attributes.get("name", "")
            if "_" in value or setting in _FIELDS or setting == "expression":
                self._scan.name(value, "field", where=f"<option {setting}>")
            self._scan.text(value, where="<option>")

    def _content(self, tag: str, name: str, value: str) -> None:
        """An attribute that can hold a page, code, a file or data."""
        where = f"{name} of <{tag}>"
        if name == "srcdoc":
            self._scan.embedded(value.encode("utf-8", "surrogatepass"), "srcdoc.html")
        elif name == "data-html":
            self._data_html(value)
        elif name == "style":
            scan_style(self._scan, value)
        elif name.startswith("on"):
            scan_script(self._scan, value)
        elif value.lstrip()[:5].lower() == "data:":
            _data_urls(self._scan, value.replace(" ", "%20"), where)
        elif name.startswith("data-"):
            self._scan.name(name.removeprefix("data-"), "attribute", value=value, where=where)
            self._scan.text(value, where=where)
        elif tag not in _ONLY_SHAPES:
            self._expression(value, where)

    def _expression(self, value: str, where: str) -> None:
        """Attributes such as the expressions and filters of a QGIS style."""
        if '"' in value or value.lstrip()[:1] in {"{", "["}:
            for name in re.findall(r'"(\w+)"', value):
                self._scan.name(name, "field", where=where)
        self._scan.text(value, where=where)

    def _data_html(self, value: str) -> None:
        """What Folium puts into a notebook: the page as base64 or percent-encoded."""
        raw = unquote_to_bytes(value)
        plain = decoded(raw) or ""
        if "<" not in plain:
            try:
                raw = base64.b64decode(raw, validate=True)
            except (ValueError, binascii.Error):
                self._scan.unread("a page inside the page is broken")
                return
        if kind_of_bytes(raw) is None:
            self._scan.embedded(raw, "page inside the page.html")
