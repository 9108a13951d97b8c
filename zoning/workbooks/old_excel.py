"""Workbooks of Excel 97 to 2003: a compound file ([MS-CFB]) with a stream of records ([MS-XLS])."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from zoning.workbooks.scan import (
    NOT_AVAILABLE,
    PERCENT_FORMATS,
    LockedError,
    Scan,
    format_kind,
    require_small_grids,
)

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
