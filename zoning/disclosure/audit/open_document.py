"""Reading OpenDocument texts, sheets and slides."""

from __future__ import annotations

from collections.abc import Mapping

from zoning.disclosure.audit.findings import UnreadableError
from zoning.disclosure.audit.scan import Scan
from zoning.disclosure.audit.xml_tree import Node, parse_xml

_MOST_REPEATED = 1000


def scan_open_document(scan: Scan, contents: Mapping[str, bytes]) -> None:
    """Every part: tables as tables, names of sheets and shapes, texts, properties, pictures."""
    if "encryption-data" in contents.get("META-INF/manifest.xml", b"").decode("utf-8", "replace"):
        raise UnreadableError("it is encrypted")
    for name, content in contents.items():
        if not name.endswith(".xml"):
            if name != "mimetype":
                scan.embedded(content, name)
            continue
        with scan.at(name):
            try:
                _part(scan, parse_xml(content))
            except UnreadableError as error:
                scan.unread(str(error))


def _part(scan: Scan, tree: Node) -> None:
    for node in tree.every():
        if named := node.attributes.get("name"):
            scan.name(named, "name")
        if node.tag == "table":
            said = f"table '{node.attributes.get('name', '')}'"
            scan.grid([_cells(row) for row in node.every("table-row")], where=said)
        elif node.tag in {"p", "h", "title", "desc", "#comment", "user-defined", "keyword"}:
            scan.text(node.said().strip())
        elif text := "".join(node.text).strip():
            scan.name(node.tag, "property", value=text)
            scan.text(text)


def _cells(row: Node) -> list[object]:
    cells: list[object] = []
    for cell in row.every("table-cell", "covered-table-cell"):
        repeated = int(cell.attributes.get("number-columns-repeated", "1"))
        cells += [_value(cell)] * min(repeated, _MOST_REPEATED)
    return cells


def _value(cell: Node) -> object:
    number = cell.attributes.get("value")
    return float(number) if number is not None else cell.said().strip()
