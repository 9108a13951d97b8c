"""Scan a workbook before calamine reads it: sizes, errors, percentages, merged cells.

calamine returns values alone, and makes a grid as large as the last cell. The scan bounds that
grid, and finds what the values do not say. It reads the XML parts of .xlsx and .ods, and the
records of .xls ([MS-CFB], [MS-XLS]).
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from xml.parsers import expat

from zoning.errors import FaultsError
from zoning.inputs import LARGEST_TEXT_BYTES, MOST_ROWS, require_unpackable

# A grid of 20,000 rows and 250 columns: what calamine makes of it takes some 200 MB.
MAX_CELLS: Final = 5_000_000
# Rows that may stand around a table of `MOST_ROWS`: a title, names, sources.
_MAX_ROWS_AROUND: Final = 100
# Excel's and LibreOffice's last row; a file that repeats a row more often is made to harm.
LAST_ROW: Final = 2**20
# Excel's own word for a value that is not available: it says what an empty cell says.
NOT_AVAILABLE: Final = "#N/A"
PERCENT_FORMATS: Final = (9, 10)
"""Excel's formats 0% and 0.00%, which files do not spell out (ECMA-376, part 1, 18.8.30)."""

# Ids, which have a number of digits: 41 shown as 00041.
_ZEROS: Final = re.compile(r"(0{2,40})(?:;.*)?")


class LargeGridError(Exception):
    """A sheet, by its name, with more cells than are read, which cannot be left out."""


class LockedError(Exception):
    """A workbook that opens only with a password."""


@dataclass(slots=True)
class Scan:
    """What a sheet has beside its values; rows and columns from 0.

    Attributes
    ----------
    last_row, last_column
        The last cell that is not empty; -1 where there is none.
    filled_rows, hidden_rows
        Rows with a value, and those of them that Excel hides.
    doubts
        Errors, and formulas without a result.
    formats
        Numbers that are shown as percentages, ``'%'``, or with zeros in front, ``'00000'``.
    merged
        First and last row, and column, of ranges of merged cells.
    """

    last_row: int = -1
    last_column: int = -1
    filled_rows: set[int] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    doubts: dict[tuple[int, int], str] = field(default_factory=dict)
    formats: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: list[tuple[int, int, int]] = field(default_factory=list)

    def add(self, row: int, column: int, *, rows: int = 1, columns: int = 1) -> None:
        """Count a cell that is not empty, with its repetitions."""
        self.reach(row, column, rows=rows, columns=columns)
        if row not in self.filled_rows and row + rows <= LAST_ROW:
            self.filled_rows.update(range(row, row + rows))

    def reach(self, row: int, column: int, *, rows: int = 1, columns: int = 1) -> None:
        """Stretch the sheet to a cell for which calamine makes room."""
        self.last_row = max(self.last_row, row + rows - 1)
        self.last_column = max(self.last_column, column + columns - 1)

    @property
    def is_too_large(self) -> bool:
        """Whether there are more cells or rows than are read."""
        return self.has_large_grid or len(self.filled_rows) > MOST_ROWS + _MAX_ROWS_AROUND

    @property
    def has_large_grid(self) -> bool:
        """Whether calamine would make more cells of it than are read."""
        return (self.last_row + 1) * (self.last_column + 1) > MAX_CELLS


def format_kind(code: str) -> str | None:
    """Of a number format of Excel ``'%'``, or its zeros if it has nothing else; or None."""
    if "%" in code:
        return "%"
    zeros = _ZEROS.fullmatch(code)
    return None if zeros is None else zeros[1]


def require_small_grids(scans: Mapping[str, Scan]) -> None:
    """Refuse a workbook of a kind whose sheets calamine reads all, as soon as it is opened.

    Raises
    ------
    LargeGridError
        Naming the first sheet that is too large.
    """
    for name, scan in scans.items():
        if scan.has_large_grid:
            raise LargeGridError(name)


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


_FREE_SECTOR: Final = 0xFFFFFFFA
"""This and all above it end a chain of sectors."""
_END, _BOUNDSHEET, _FILEPASS, _FORMAT, _XF = 0x0A, 0x85, 0x2F, 0x41E, 0xE0
_ROW, _FORMULA, _MERGED, _MULRK, _BOOLERR = 0x208, 0x06, 0xE5, 0xBD, 0x205
_DIMENSIONS, _SST = 0x200, 0xFC
# Of a sheet of Excel 97 to 2003.
_LAST_ROW: Final = 65_536
_LAST_COLUMN: Final = 256
_NUMBERS: Final = (0x203, 0x27E)  # NUMBER, RK
_TEXTS: Final = (0x204, 0xFD, 0xD6)  # LABEL, LABELSST, RSTRING
_ERRORS: Final[Mapping[int, str]] = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: NOT_AVAILABLE,
}


def scan_xls(data: bytes) -> tuple[bytes, dict[str, Scan]]:
    """The workbook as it is, and what its sheets have beside values, by name.

    Raises
    ------
    LockedError
        If it opens only with a password.
    LargeGridError
        If a sheet has more cells than are read.
    ValueError, IndexError, struct.error
        If it is damaged.
    """
    stream = _workbook_stream(data)
    scans: dict[str, Scan] = {}
    places: list[tuple[str, int]] = []
    formats, styles = dict.fromkeys(PERCENT_FORMATS, "%"), []
    for kind, record in _records(stream, 0):
        if kind == _FILEPASS:
            raise LockedError
        if kind == _SST and struct.unpack("<I", record[4:8])[0] > len(stream):
            raise ValueError("it says it has more texts than fit into it")
        if kind == _BOUNDSHEET:
            (at,), length, is_wide = struct.unpack("<I", record[:4]), record[6], record[7] & 1
            letters = record[8 : 8 + length * (1 + is_wide)]
            places.append((letters.decode("utf-16-le" if is_wide else "latin-1"), at))
        elif kind == _FORMAT:
            number, is_wide = struct.unpack("<H", record[:2])[0], record[4] & 1
            code = record[5:].decode("utf-16-le" if is_wide else "latin-1", errors="replace")
            if shown := format_kind(code):
                formats[number] = shown
        elif kind == _XF:
            styles.append(struct.unpack("<H", record[2:4])[0])
    shown_by = {k: formats[number] for k, number in enumerate(styles) if number in formats}
    for name, at in places:
        scans[name] = _scan_records(stream, at, shown_by)
    require_small_grids(scans)
    return data, scans


def _scan_records(stream: bytes, at: int, formats: Mapping[int, str]) -> Scan:
    scan = Scan()
    for kind, record in _records(stream, at):
        if kind == _DIMENSIONS:
            # calamine makes room for as many cells as this says, whether they are there or not.
            first, last, left, right = struct.unpack("<2I2H", record[:12])
            if first > last or left > right or last > _LAST_ROW or right > _LAST_COLUMN:
                raise ValueError("it says that a sheet ends where none can")
        elif kind == _ROW:
            row, flags = struct.unpack("<H10xH", record[:14])
            if flags & 0x20:
                scan.hidden_rows.add(row)
        elif kind == _MERGED:
            for k in range(struct.unpack("<H", record[:2])[0]):
                top, bottom, left, _ = struct.unpack("<4H", record[2 + 8 * k : 10 + 8 * k])
                if bottom > top:
                    scan.merged.append((top, bottom, left))
        elif kind in (*_NUMBERS, *_TEXTS, _FORMULA, _MULRK, _BOOLERR):
            row, column, style = struct.unpack("<3H", record[:6])
            numbers = [(column, style)]
            if kind == _MULRK:
                count = (len(record) - 6) // 6
                numbers = [
                    (column + k, struct.unpack("<H", record[4 + 6 * k : 6 + 6 * k])[0])
                    for k in range(count)
                ]
            scan.add(row, column, columns=len(numbers))
            is_formula_error = kind == _FORMULA and record[12:14] == b"\xff\xff" and record[6] == 2
            if is_formula_error or (kind == _BOOLERR and record[7]):
                code = record[8 if is_formula_error else 6]
                scan.doubts[row, column] = _ERRORS.get(code, "an error")
            elif kind in (*_NUMBERS, _MULRK) or (kind == _FORMULA and record[12:14] != b"\xff\xff"):
                scan.formats |= {(row, c): formats[s] for c, s in numbers if s in formats}
    return scan


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Kind and content of the records of a part, up to its end."""
    while at + 4 <= len(stream):
        kind, length = struct.unpack("<HH", stream[at : at + 4])
        if kind == _END:
            return
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _workbook_stream(data: bytes) -> bytes:
    """The stream of records in a compound file."""
    shift, small_shift = struct.unpack("<HH", data[30:34])
    first_directory, _, cutoff, first_small = struct.unpack("<IIII", data[48:64])
    if shift not in {9, 12} or small_shift != 6:
        raise ValueError("its sectors have an unknown size")
    size = 1 << shift

    def sector(k: int) -> bytes:
        return data[(k + 1) << shift : (k + 2) << shift]

    def chain(first: int, table: Sequence[int]) -> list[int]:
        found, seen = [], set()
        while first < _FREE_SECTOR:
            if first in seen or first >= len(table):
                raise ValueError("its sectors run in a circle or out of the file")
            seen.add(first)
            found.append(first)
            first = table[first]
        return found

    def numbers(part: bytes) -> list[int]:
        return list(struct.unpack(f"<{len(part) // 4}I", part[: len(part) // 4 * 4]))

    lists = numbers(data[76:512])
    more = struct.unpack("<I", data[68:72])[0]
    for _ in range(len(data) // size):
        if more >= _FREE_SECTOR:
            break
        *others, more = numbers(sector(more))
        lists += others
    table = [n for k in lists if k < _FREE_SECTOR for n in numbers(sector(k))]
    directory = b"".join(map(sector, chain(first_directory, table)))
    entries: dict[str, tuple[int, int]] = {}
    for k in range(0, len(directory) - 127, 128):
        entry = directory[k : k + 128]
        length = max(struct.unpack("<H", entry[64:66])[0] - 2, 0)
        name = entry[: min(length, 62)].decode("utf-16-le", errors="replace")
        entries[name.casefold()] = struct.unpack("<II", entry[116:124])
    if "encryptedpackage" in entries:
        raise LockedError
    if "workbook" not in entries:
        raise ValueError("it is no workbook of Excel 97 or later")
    first, length = entries["workbook"]
    if length >= cutoff:
        return b"".join(map(sector, chain(first, table)))[:length]
    small_table = [n for k in chain(first_small, table) for n in numbers(sector(k))]
    root = next(iter(entries.values()))
    smalls = b"".join(map(sector, chain(root[0], table)))
    return b"".join(smalls[k << 6 : (k + 1) << 6] for k in chain(first, small_table))[:length]
