"""Workbooks that are XML in a zip: what the sheets of .xlsx and .ods have beside values."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from xml.parsers import expat

from zoning.errors import FaultsError
from zoning.inputs import LARGEST_TEXT_BYTES, require_unpackable
from zoning.workbooks.scan import (
    LAST_ROW,
    PERCENT_FORMATS,
    LockedError,
    Scan,
    format_kind,
    require_small_grids,
)

_PARTS: Final = (".xml", ".rels", "mimetype")
_NO_RESULT: Final = "a formula without a result"


def scan_zip(path: Path, shown: str, error: type[FaultsError]) -> tuple[bytes, dict[str, Scan]]:
    """A workbook of the parts that were looked through, unpacked, and its sheets by name.

    Raises
    ------
    FaultsError
        Of the class ``error``, if it is too large to unpack.
    LockedError
        If it opens only with a password.
    LargeGridError
        If a sheet of OpenDocument has more cells than are read.
    ValueError, KeyError, ExpatError
        If it is damaged.
    """
    with zipfile.ZipFile(path) as archive:
        members = [info for info in archive.infolist() if info.filename.endswith(_PARTS)]
        require_unpackable(
            members,
            most_bytes=LARGEST_TEXT_BYTES,
            shown=shown,
            error=error,
            remedy="Copy the table alone into a new workbook.",
        )
        if any(info.flag_bits & 1 for info in members):
            raise LockedError
        parts = {info.filename: archive.read(info) for info in members}
    if "xl/workbook.xml" in parts:
        scans, looked_through = _scan_xlsx(parts)
        unseen = {name for name in parts if name.startswith("xl/worksheets/")} - looked_through
        parts = {name: part for name, part in parts.items() if name not in unseen}
    elif "content.xml" in parts:
        if b"encryption-data" in parts.get("META-INF/manifest.xml", b""):
            raise LockedError
        scans = _scan_ods(parts["content.xml"])
        require_small_grids(scans)
    else:
        raise ValueError("it has no sheets")
    plain = io.BytesIO()
    # Not packed again: what calamine unpacks has the size that was counted.
    with zipfile.ZipFile(plain, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return plain.getvalue(), scans


def _elements(
    data: bytes,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Call functions for every start, end and text of elements, without their prefixes.

    Raises
    ------
    ValueError
        If the XML declares a document type, which can stand for other text.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise ValueError("it declares a document type (<!DOCTYPE ...>)")

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, given: start(name.rpartition(":")[2], given)
    if end is not None:
        parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
    parser.CharacterDataHandler = text
    parser.Parse(data, True)


def _scan_xlsx(parts: Mapping[str, bytes]) -> tuple[dict[str, Scan], set[str]]:
    """The sheets by name, and the names of their parts."""
    targets: dict[str, str] = {}
    sheets: list[tuple[str, str]] = []

    def add_target(name: str, given: dict[str, str]) -> None:
        if name == "Relationship":
            if given["Id"] in targets:
                raise ValueError(f"two of its parts are called {given['Id'][:20]!r}")
            targets[given["Id"]] = posixpath.normpath(posixpath.join("/xl", given["Target"]))[1:]

    def add_sheet(name: str, given: dict[str, str]) -> None:
        if name == "sheet":
            key = next((value for k, value in given.items() if k.endswith(":id")), "")
            sheets.append((given["name"], key))

    _elements(parts["xl/_rels/workbook.xml.rels"], add_target)
    _elements(parts["xl/workbook.xml"], add_sheet)
    formats = _formats_of_styles(parts.get("xl/styles.xml", b"<styleSheet/>"))
    found, looked_through = {}, set()
    for name, key in sheets:
        part = targets.get(key, "")
        if part in parts and "/worksheets/" in f"/{part}":
            found[name] = _scan_worksheet(parts[part], formats)
            if not found[name].is_too_large:
                looked_through.add(part)
    return found, looked_through


def _formats_of_styles(data: bytes) -> dict[str, str]:
    """The numbers of the cell styles whose format matters: see `Scan.formats`."""
    formats = dict.fromkeys(map(str, PERCENT_FORMATS), "%")
    styles: dict[str, str] = {}
    inside: list[str] = []
    count = 0

    def start(name: str, given: dict[str, str]) -> None:
        nonlocal count
        if name == "numFmt" and (kind := format_kind(given.get("formatCode", ""))):
            formats[given.get("numFmtId", "")] = kind
        if name == "xf" and inside[-1:] == ["cellXfs"]:
            if kind := formats.get(given.get("numFmtId", "")):
                styles[str(count)] = kind
            count += 1
        inside.append(name)

    _elements(data, start, lambda _: inside.__delitem__(-1))
    return styles


_ADDRESS: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def _position(address: str) -> tuple[int, int]:
    """Row and column from 0 of ``C7``."""
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise ValueError(f"{address[:20]!r} is not a cell")
    column = 0
    for letter in match[1]:
        column = 26 * column + ord(letter) - ord("A") + 1
    return int(match[2]) - 1, column - 1


def _scan_worksheet(data: bytes, formats: Mapping[str, str]) -> Scan:
    scan = Scan()
    row, column = -1, -1
    kind = style = ""
    has_formula = has_value = False
    in_value = False
    value: list[str] = []

    def start(name: str, given: dict[str, str]) -> None:
        nonlocal row, column, kind, style, has_formula, has_value, in_value
        if name == "c":
            at = given.get("r")
            row, column = (row, column + 1) if at is None else _position(at)
            kind, style = given.get("t", "n"), given.get("s", "")
            has_formula = has_value = False
            value.clear()
        elif name == "v":
            in_value = True
            scan.reach(row, column)
        elif name == "is":
            has_value = True
            scan.reach(row, column)
        elif name == "f":
            has_formula = True
        elif name == "row":
            row, column = int(given["r"]) - 1 if "r" in given else row + 1, -1
            if given.get("hidden") in {"1", "true"}:
                scan.hidden_rows.add(row)
        elif name == "mergeCell":
            first, _, last = given["ref"].partition(":")
            (top, left), (bottom, _) = _position(first), _position(last or first)
            if bottom > top:
                scan.merged.append((top, bottom, left))

    def end(name: str) -> None:
        nonlocal in_value
        if name == "v":
            in_value = False
        elif name == "c":
            if value or has_value:
                scan.add(row, column)
                if kind == "e":
                    scan.doubts[row, column] = "".join(value)
                elif style in formats and kind == "n":
                    scan.formats[row, column] = formats[style]
            elif has_formula and kind != "str":
                scan.add(row, column)
                scan.doubts[row, column] = _NO_RESULT

    def text(said: str) -> None:
        if in_value:
            value.append(said)

    _elements(data, start, end, text)
    return scan


def _scan_ods(data: bytes) -> dict[str, Scan]:
    scans: dict[str, Scan] = {}
    scan = Scan()
    row = column = 0
    rows = columns = 1
    is_error = False
    value: list[str] = []

    def repeats(given: Mapping[str, str], what: str) -> int:
        count = int(given.get(f"table:number-{what}-repeated", 1))
        if not 1 <= count <= LAST_ROW:
            raise ValueError(f"a cell is repeated {count:,} times")
        return count

    def start(name: str, given: dict[str, str]) -> None:
        nonlocal scan, row, column, rows, columns, is_error
        if name == "table" and "table:name" in given:
            scan = scans.setdefault(given["table:name"], Scan())
            row = rows = 0
        elif name == "table-row":
            row, rows = row + rows, repeats(given, "rows")
            column = columns = 0
            if given.get("table:visibility", "visible") != "visible":
                scan.hidden_rows.update(range(row, min(row + rows, LAST_ROW)))
        elif name in {"table-cell", "covered-table-cell"}:
            column, columns = column + columns, repeats(given, "columns")
            is_error = given.get("calcext:value-type") == "error"
            value.clear()
            kind = given.get("office:value-type") or given.get("calcext:value-type")
            if kind is not None:
                scan.add(row, column, rows=rows, columns=columns)
                if kind == "percentage" and not scan.has_large_grid:
                    for k in range(columns):
                        scan.formats |= {(row + i, column + k): "%" for i in range(rows)}
            elif "table:formula" in given:
                scan.add(row, column)
                scan.doubts[row, column] = _NO_RESULT
            spanned = int(given.get("table:number-rows-spanned", 1))
            if spanned > 1:
                scan.merged.append((row, row + min(spanned, LAST_ROW) - 1, column))

    def end(name: str) -> None:
        nonlocal is_error
        if name in {"table-cell", "covered-table-cell"} and is_error:
            scan.doubts[row, column] = "".join(value).strip() or "an error"
            is_error = False

    def text(said: str) -> None:
        if is_error:
            value.append(said)

    _elements(data, start, end, text)
    return scans
