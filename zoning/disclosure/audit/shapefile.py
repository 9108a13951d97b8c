"""Reading shapefiles: the table beside the shapes, and what kind of shapes they are."""

from __future__ import annotations

import struct

from zoning.disclosure.audit.findings import UnreadableError
from zoning.disclosure.audit.kinds import decoded
from zoning.disclosure.audit.scan import Scan

_LINES = {3, 13, 23}
_HEADER = 32
_FIELD = 32


def scan_shapes(scan: Scan, data: bytes) -> None:
    """Shapes alone say nothing unless they are lines, which may be routes."""
    (kind,) = struct.unpack("<i", data[32:36])
    if kind in _LINES:
        scan.unread("lines without their columns: somebody has to see whether they are routes")


def scan_dbase(scan: Scan, data: bytes) -> None:
    """The table of a shapefile."""
    rows, start, width = struct.unpack("<IHH", data[4:12])
    if len(data) < start + rows * width:
        raise UnreadableError("the table stops before its end")
    names, widths = [], []
    at = _HEADER
    while at + _FIELD <= start and data[at] != 0x0D:
        names.append(data[at : at + 11].split(b"\x00")[0].decode("latin-1").strip())
        widths.append(data[at + 16])
        at += _FIELD
    table: list[list[str]] = [names]
    for row in range(rows):
        place = start + row * width + 1
        cells = []
        for size in widths:
            cells.append((decoded(data[place : place + size]) or "").strip())
            place += size
        table.append(cells)
    scan.grid(table, header_rows=1)
