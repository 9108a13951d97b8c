"""Reading ZIP files, and Office files as the packages of XML that they are."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping

from zoning.disclosure.audit.findings import UnreadableError
from zoning.disclosure.audit.images import scan_strings
from zoning.disclosure.audit.open_document import scan_open_document
from zoning.disclosure.audit.scan import Scan
from zoning.disclosure.audit.xml_tree import Node, parse_xml

_MOST_MEMBERS = 20_000
_CHUNK = 1 << 20
_NAMED_BY_ATTRIBUTE = {
    "definedName": "name",
    "tableColumn": "name",
    "table": "displayName",
    "cacheField": "name",
    "property": "name",
    "cNvPr": "name",
    "sheet": "name",
    "section": "name",
    "custShow": "name",
    "bookmarkStart": "name",
}
_PROSE_ATTRIBUTES = ("descr", "title", "tooltip", "comment", "alt", "prompt")
_MARGINS = (
    "oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter",
)  # fmt: skip
_MARGIN_CODE = re.compile(r'&(?:"[^"]*"|\d+|K[0-9A-F]{6}|[A-Z])')
# Of no district: settings of a printer, shapes of letters, drawings in old formats. Only the
# readable runs in them are judged.
_OPAQUE = re.compile(r"printerSettings\d*\.bin$|\.(?:fntdata|odttf|emf|wmf)$", re.IGNORECASE)
_PARAGRAPHS = {"p", "si", "is", "text", "comment"}
_PLACES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"ppt/slides/slide(\d+)\.xml$"), "slide {}"),
    (re.compile(r"ppt/notesSlides/notesSlide(\d+)\.xml$"), "speaker notes {}"),
    (re.compile(r"ppt/slideMasters/slideMaster(\d+)\.xml$"), "slide master {}"),
    (re.compile(r"ppt/slideLayouts/slideLayout(\d+)\.xml$"), "slide layout {}"),
    (re.compile(r"ppt/comments/(.*)\.xml$"), "comments {}"),
    (re.compile(r"docProps/(\w+)\.xml$"), "document properties ({})"),
    (re.compile(r"(?:ppt|xl|word)/charts/chart(\d+)\.xml$"), "chart {}"),
    (re.compile(r"xl/comments/?\w*?(\d+)\.xml$"), "cell comments {}"),
)


def scan_zip(scan: Scan, data: bytes) -> None:
    """An Office file, or any other archive: every member."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if archive.comment:
                scan.text(archive.comment.decode("utf-8", "replace"), where="archive comment")
            members = [info for info in archive.infolist() if not info.is_dir()]
            if len(members) > _MOST_MEMBERS:
                raise UnreadableError(f"it holds more than {_MOST_MEMBERS:,} files")
            contents = dict(_members(scan, archive, members))
    except (zipfile.BadZipFile, RuntimeError) as error:
        raise UnreadableError("the archive is damaged") from error
    if "[Content_Types].xml" in contents:
        _office(scan, contents)
    elif contents.get("mimetype", b"").startswith(b"application/vnd.oasis"):
        scan_open_document(scan, contents)
    else:
        for name, content in contents.items():
            scan.embedded(content, name)


def _members(
    scan: Scan, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]
) -> Iterator[tuple[str, bytes]]:
    for info in members:
        if info.flag_bits & 1:
            scan.unread(f"{info.filename} is encrypted")
            continue
        if info.comment:
            scan.text(info.comment.decode("utf-8", "replace"), where=info.filename)
        parts = []
        with archive.open(info) as packed:
            while part := packed.read(_CHUNK):
                scan.spend(len(part))
                parts.append(part)
        yield info.filename, b"".join(parts)


def _office(scan: Scan, contents: Mapping[str, bytes]) -> None:
    trees: dict[str, Node] = {}
    for name, content in contents.items():
        if _OPAQUE.search(name):
            scan_strings(scan, content, name)
            continue
        if not name.endswith((".xml", ".rels", ".vml")):
            scan.embedded(content, name)
            continue
        try:
            trees[name] = parse_xml(content)
        except UnreadableError as error:
            scan.unread(f"{name}: {error}")
    for name, tree in trees.items():
        with scan.at(_place(name, tree)):
            _part(scan, name, tree)
    if "xl/workbook.xml" in trees:
        _workbook(scan, trees)


def _place(name: str, tree: Node) -> str:
    for pattern, words in _PLACES:
        if match := pattern.search(name):
            hidden = any(n.attributes.get("show") == "0" for n in tree.children)
            return words.format(match[1]) + (" (hidden)" if hidden else "")
    return name


def _part(scan: Scan, name: str, tree: Node) -> None:
    """Names, texts and tables of one part, whatever it is for."""
    for node in tree.every():
        key = _NAMED_BY_ATTRIBUTE.get(node.tag)
        if key is not None and (named := node.attributes.get(key)):
            value = node.said() if node.tag == "property" else ...
            scan.name(named, f"name of a {_word(node.tag)}", value=value)
            scan.text(named)
        for attribute in _PROSE_ATTRIBUTES:
            if said := node.attributes.get(attribute):
                scan.text(said, where="alternative text")
        if node.tag == "#comment":
            scan.text(node.said().strip(), where="XML comment")
        elif node.tag == "tbl":
            scan.grid(_rows_of_table(node), where="table")
        elif node.tag in {"lineChart", "barChart", "scatterChart", "pieChart", "areaChart",
                          "bar3DChart", "radarChart", "bubbleChart"}:  # fmt: skip
            _chart(scan, node)
    if name.startswith("docProps/"):
        for node in tree.every():
            if text := "".join(node.text).strip():
                scan.name(node.tag, "property", value=text)
    if not name.startswith("xl/worksheets/sheet"):
        for text in dict.fromkeys(_texts(tree)):
            scan.text(text)


def _word(tag: str) -> str:
    return {"cNvPr": "shape", "tableColumn": "column", "definedName": "range"}.get(tag, tag)


def _texts(tree: Node) -> Iterator[str]:
    """Paragraph by paragraph, for a word may be cut into several runs; then all the rest."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        whole = node.tag in _PARAGRAPHS
        text = (node.said() if whole else "".join(node.text)).strip()
        if text and node.tag != "#comment":
            yield text
        if not whole:
            waiting += reversed(node.children)


def _rows_of_table(table: Node) -> list[list[str]]:
    return [[cell.said().strip() for cell in row.every("tc")] for row in table.every("tr")]


def _chart(scan: Scan, chart: Node) -> None:
    """The values a native chart keeps: its categories beside each of its series."""
    for series in chart.every("ser"):
        parts = {child.tag: _points(child) for child in series.children}
        title = " ".join(parts.get("tx", ())) or "value"
        names, values = parts.get("cat") or parts.get("xVal"), parts.get("val") or parts.get("yVal")
        scan.name(title, "series of a chart")
        if names and values:
            rows = [[n, _number(v)] for n, v in zip(names, values, strict=False)]
            scan.table(["category", title], rows, where="chart", named=True)


def _points(node: Node) -> list[str]:
    return [v.said() for v in node.every("v")]


def _number(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text


def _workbook(scan: Scan, trees: Mapping[str, Node]) -> None:
    """Every sheet as a table, hidden ones, hidden rows and columns too."""
    shared = [node.said() for node in trees.get("xl/sharedStrings.xml", Node("", {})).every("si")]
    targets = {
        node.attributes.get("Id"): node.attributes.get("Target", "").rpartition("/")[2]
        for node in trees.get("xl/_rels/workbook.xml.rels", Node("", {})).every("Relationship")
    }
    titles = {
        targets.get(node.attributes.get("id")): (
            node.attributes.get("name", ""),
            node.attributes.get("state", "visible"),
        )
        for node in trees["xl/workbook.xml"].every("sheet")
    }
    for name, tree in trees.items():
        if not name.startswith("xl/worksheets/") or not name.endswith(".xml"):
            continue
        title, state = titles.get(name.rpartition("/")[2], (name, "visible"))
        said = f"sheet '{title}'" + ("" if state == "visible" else " (hidden)")
        with scan.at(said):
            scan.name(title, "sheet")
            scan.grid([_cells(row, shared) for row in tree.every("row")])
            for formula in dict.fromkeys(node.said() for node in tree.every("f", "t")):
                scan.text(formula)
            for node in tree.every(*_MARGINS):
                for part in _MARGIN_CODE.split(node.said()):
                    scan.text(part, where="header or footer")


def _cells(row: Node, shared: list[str]) -> list[object]:
    """The cells of a row by column, None where there is none."""
    cells: list[object] = []
    for cell in row.children:
        if cell.tag != "c":
            continue
        at = _column(cell.attributes.get("r", ""), len(cells))
        cells += [None] * (at - len(cells))
        cells.append(_cell(cell, shared))
    return cells


def _column(reference: str, following: int) -> int:
    letters = re.match(r"[A-Z]{1,3}", reference)
    if letters is None:
        return following
    number = 0
    for letter in letters[0]:
        number = number * 26 + ord(letter) - 64
    return max(following, number - 1)


def _cell(cell: Node, shared: list[str]) -> object:
    kind = cell.attributes.get("t", "n")
    value = "".join(node.said() for node in cell.children if node.tag in {"v", "is"})
    if kind == "s":
        return shared[int(value)] if value else None
    if kind in {"n", "b"}:
        return _number(value) if value else None
    return value
