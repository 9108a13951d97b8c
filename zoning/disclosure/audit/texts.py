"""Reading JSON, notebooks, tables as text, and plain text."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from zoning.disclosure import vocabulary as words
from zoning.disclosure.audit.findings import UnreadableError
from zoning.disclosure.audit.kinds import decoded
from zoning.disclosure.audit.scan import Scan

_LINE_TYPES = {"LineString", "MultiLineString"}
_QUOTED_KEY = re.compile(r"""["']([A-Za-z][\w ]{1,40})["']\s*:""")
_SOURCE_SEED = re.compile(r"""\bseed["']?\s*[=:]\s*\d+""")


def text_of(data: bytes) -> str:
    """The text of a file; `UnreadableError` if it is none."""
    text = decoded(data)
    if text is None:
        raise UnreadableError("it is not text in a known encoding")
    return text


def scan_text(scan: Scan, data: bytes) -> None:
    """A plain text, line by line."""
    for number, line in enumerate(text_of(data).splitlines(), start=1):
        scan.text(line, where=f"line {number}")


def scan_json(scan: Scan, data: bytes) -> None:
    """JSON, GeoJSON or a notebook: keys, texts, and lists of records as tables."""
    text = text_of(data)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        if (lines := _json_lines(text)) is None:
            _broken_json(scan, text)
            return
        value = lines
    if isinstance(value, Mapping) and "nbformat" in value and "cells" in value:
        _notebook(scan, value)
        return
    if isinstance(value, Mapping) and isinstance(value.get("features"), list):
        layer = str(value.get("name") or "features")
        scan.name(layer, "layer")
        _lines_by_officer(scan, value["features"], layer)
    scan.value(value)


def _json_lines(text: str) -> list[Any] | None:
    """One JSON value a line (GeoJSON sequences); None if it is not that."""
    lines = [line.strip("\x1e \r") for line in text.split("\n") if line.strip("\x1e \r")]
    if len(lines) < 2:
        return None
    try:
        return [json.loads(line) for line in lines]
    except (ValueError, RecursionError):
        return None


def _broken_json(scan: Scan, text: str) -> None:
    for key in dict.fromkeys(_QUOTED_KEY.findall(text)):
        scan.name(key, "key")
    for line in text.splitlines():
        for topic in words.stated(line[:10_000]):
            scan.found(topic, "a text")
    scan.unread("it is broken JSON, so only its names were looked at")


def _lines_by_officer(scan: Scan, features: list[Any], layer: str) -> None:
    """Lines that belong to a zone or an option are drives, whatever they are called."""
    for feature in features:
        if not isinstance(feature, Mapping):
            continue
        geometry, properties = feature.get("geometry"), feature.get("properties")
        if not isinstance(geometry, Mapping) or geometry.get("type") not in _LINE_TYPES:
            continue
        if isinstance(properties, Mapping) and any(map(words.names_a_place, map(str, properties))):
            scan.found(words.ROUTES, "lines that belong to zones or schools", where=layer)


def _notebook(scan: Scan, notebook: Mapping[str, Any]) -> None:
    scan.value(notebook.get("metadata", {}), "metadata")
    for number, cell in enumerate(notebook["cells"], start=1):
        if not isinstance(cell, Mapping):
            continue
        with scan.at(f"cell {number}"):
            source = _joined(cell.get("source", ""))
            if cell.get("cell_type") == "code":
                if seed := _SOURCE_SEED.search(source):
                    scan.found(words.SEEDS, f"'{seed[0]}'", where="code")
                for line in source.splitlines():
                    for topic in words.stated(line):
                        scan.found(topic, "a line of code")
            else:
                scan.text(source, where="text")
            scan.value(cell.get("metadata", {}), "metadata")
            for name, held in dict(cell.get("attachments") or {}).items():
                _bundle(scan, held, name=f"attachment {name}")
            for output in cell.get("outputs") or ():
                _output(scan, output)


def _output(scan: Scan, output: Mapping[str, Any]) -> None:
    with scan.at("output"):
        for part in ("text", "traceback", "evalue"):
            for line in _joined(output.get(part, "")).splitlines():
                scan.text(line, where=part)
        _bundle(scan, output.get("data") or {}, name="")
        scan.value(output.get("metadata", {}), "metadata")


def _bundle(scan: Scan, held: Mapping[str, Any], *, name: str) -> None:
    """One value in several media types."""
    for media, value in held.items():
        if isinstance(value, Mapping):
            with scan.at(media):
                scan.value(value)
            continue
        content = _joined(value)
        if media == "text/plain":
            _printed_table(scan, content)
        elif media.startswith("text/") or media.endswith("+xml"):
            scan.embedded(content.encode("utf-8", "surrogatepass"), _file_name(media))
        else:
            with scan.at(name or media):
                scan.text(re.sub(r"\s+", "", content), where=media)


def _file_name(media: str) -> str:
    endings = {"text/html": ".html", "image/svg+xml": ".svg", "text/markdown": ".md"}
    return f"{media.replace('/', ' ')}{endings.get(media, '.txt')}"


def _printed_table(scan: Scan, text: str) -> None:
    """What pandas prints: cells apart by two spaces or more."""
    lines = text.splitlines()
    for line in lines:
        scan.text(line, where="printed text")
    if len(lines) > 2:
        header = lines[0].split()
        for name in header:
            if "_" in name:
                scan.name(name, "printed column")
        rows = [re.split(r"\s{2,}", line.strip()) for line in lines[1:]]
        titles = [name for name in re.split(r"\s{2,}", lines[0].strip()) if name]
        longest = max(len(row) for row in rows)
        padded = [""] * (longest - len(titles)) + titles
        scan.table(padded, rows, where="printed table")


def _joined(source: object) -> str:
    if isinstance(source, str):
        return source
    if isinstance(source, list):
        return "".join(str(part) for part in source)
    return ""


def scan_table(scan: Scan, data: bytes) -> None:
    """A CSV: its header, its cells, and times in rows about schools."""
    text = text_of(data)
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    try:
        rows = [[_unguarded(cell) for cell in row] for row in _csv_rows(text)]
    except csv.Error as error:
        raise UnreadableError(f"it is no CSV: {error}") from error
    if not rows:
        return
    header = rows[0]
    for k, name in enumerate(header):
        if words.words_of(name) == ["edition"] and any(
            len(row) > k and row[k].strip().casefold() == "restricted" for row in rows[1:]
        ):
            scan.found(words.MARKED, "column 'edition' says restricted")
    scan.grid(rows, header_rows=1)


def _csv_rows(text: str) -> Iterator[list[str]]:
    first = text.lstrip().split("\n", 1)[0]
    comma = max((",", ";", "\t", "|"), key=first.count)
    return csv.reader(io.StringIO(text, newline=""), delimiter=comma)


def _unguarded(cell: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from taking a text for a formula."""
    return cell[1:] if cell[:1] == "'" and len(cell) > 1 else cell
