"""Archives that streets come in, and what is read of a file by its ending."""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from zoning.errors import NetworkError
from zoning.inputs import BAD_ARCHIVE, LAYER_DRIVERS, require_kind, require_unpackable

OSM_ENDINGS: Final = (
    ".osm",
    ".osm.pbf",
    ".pbf",
    ".osm.gz",
    ".osm.bz2",
    ".osm.json",
    ".osh",
    ".osh.gz",
    ".osh.bz2",
)
CHANGE_ENDINGS: Final = (".osc", ".osc.gz", ".osc.bz2")
"""Files of changes are OpenStreetMap's, and refused with what to do."""
GRAPH_ENDINGS: Final = (".graphml",)
MAP_ENDINGS: Final = (*OSM_ENDINGS, *GRAPH_ENDINGS)
ARCHIVES: Final = (".zip", ".kmz", ".shz")
LINE_DRIVERS: Final = LAYER_DRIVERS

GMNS_FILES: Final = ("node.csv", "link.csv")
TABLE_FILES: Final = ("junctions.csv", "links.csv")
_FIRST_TABLES: Final = (GMNS_FILES[0], TABLE_FILES[0])
_EXPORT: Final = "Export the streets from a GIS as GeoPackage or Shapefile."
_REMEDIES: Final[Mapping[str, str]] = {
    **dict.fromkeys((".shx", ".dbf", ".prj", ".cpg"), "Give the .shp file beside it."),
    **dict.fromkeys((".mid", ".dat", ".map", ".id"), "Give the .tab or .mif file beside it."),
    **dict.fromkeys((".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz"), "Unpack it first."),
    **dict.fromkeys((".dwg", ".dxf", ".dgn", ".gml", ".xml", ".sqlite", ".db"), _EXPORT),
    **dict.fromkeys((".mdb", ".accdb", ".sde", ".lpk", ".lpkx", ".mpk", ".mpkx"), _EXPORT),
    **dict.fromkeys(
        (".lyr", ".lyrx", ".mxd", ".aprx", ".qgs", ".qgz", ".qlr"),
        f"It says how a map is drawn and holds no streets. {_EXPORT}",
    ),
    **dict.fromkeys(
        (".csv", ".txt"),
        "Tables come in a folder: node.csv and link.csv (GMNS), or junctions.csv and links.csv.",
    ),
    **dict.fromkeys(
        (".xls", ".xlsx", ".xlsm", ".xlsb", ".ods"),
        "Save its sheets as CSV in a folder: node.csv and link.csv (GMNS), or junctions.csv and "
        "links.csv.",
    ),
    **dict.fromkeys((".o5m", ".opl"), "Convert it with osmium cat FILE --output streets.osm.pbf."),
}
_LARGEST_BYTES: Final = 8 * 2**30
"""What an archive may unpack to: more than the centrelines of a whole state take."""
_HEAD_BYTES: Final = 2**16


def unread(path: Path) -> NetworkError:
    """The error for a file of a kind that is not read: what is, and what to do."""
    ending = path.suffix.lower()
    listed = ", ".join((*MAP_ENDINGS, *LINE_DRIVERS, *ARCHIVES))
    return NetworkError(
        f"{path} is not a saved street network, and files ending in {ending or 'nothing'!r} cannot "
        "be read",
        [f"these are: a built network, a folder of tables, and files ending in {listed}"],
        _REMEDIES.get(ending, "Check the path, or save the streets as one of these."),
    )


def member_of(path: Path) -> str:
    """The one file of streets in an archive; of tables the first, or a geodatabase's folder.

    Raises
    ------
    NetworkError
        If it cannot be opened, or holds none or several.
    """
    with _opened(path) as archive:
        names = [PurePosixPath(name) for name in archive.namelist() if "__MACOSX" not in name]
    found = set()
    for name in names:
        geodatabase = next((p for p in (name, *name.parents) if p.suffix.lower() == ".gdb"), None)
        if geodatabase is not None:
            found.add(str(geodatabase))
        elif name.name.lower().endswith((*MAP_ENDINGS, *LINE_DRIVERS)):
            found.add(str(name))
    for first, second in (GMNS_FILES, TABLE_FILES):
        found |= {
            str(name) for name in names if name.name == first and name.with_name(second) in names
        }
    # Descriptions of the data come as .json beside them.
    streets = sorted(n for n in found if not n.lower().endswith(".json")) or sorted(found)
    if len(streets) != 1:
        held = streets or [str(name) for name in names]
        raise NetworkError(
            f"{path} holds {len(streets) or 'no'} files of streets",
            [", ".join(held[:8]) + (", ..." if len(held) > 8 else "")],
            "Unpack it and give the one that holds the streets.",
        )
    return streets[0]


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """The file or folder of streets: itself, or what an archive holds, as long as needed.

    Raises
    ------
    NetworkError
        As for `member_of`, or if the archive is damaged, locked or too large.
    """
    if not (path.is_file() and path.name.lower().endswith(ARCHIVES)):
        yield path
        return
    wanted = PurePosixPath(member_of(path))
    with tempfile.TemporaryDirectory(prefix="zoning-") as scratch:
        folder = Path(scratch, path.stem)  # the name that tables are said to come from
        with _opened(path) as archive:
            parts = [info for info in archive.infolist() if _belongs(info.filename, wanted)]
            require_unpackable(parts, most_bytes=_LARGEST_BYTES, shown=path, error=NetworkError)
            for info in parts:
                archive.extract(info, folder)  # never outside the folder, whatever the name
        place = Path(folder, *(part for part in wanted.parts if part not in {"/", "..", "."}))
        yield place.parent if wanted.name in _FIRST_TABLES else place


def _belongs(name: str, wanted: PurePosixPath) -> bool:
    """Whether a member is the one wanted, lies in it, or is a part of it by its name."""
    place = PurePosixPath(name)
    parts_of_it = place.parent == wanted.parent and place.stem.casefold() == wanted.stem.casefold()
    tables = wanted.name in _FIRST_TABLES and place.parent == wanted.parent
    return place == wanted or wanted in place.parents or parts_of_it or tables


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except NetworkError:
        raise
    except (*BAD_ARCHIVE, OSError) as error:
        raise NetworkError(
            f"{path} cannot be unpacked", [str(error)], "Unpack it first, or get it again."
        ) from error


def refuse_unfit(path: Path, *, named: Path) -> None:
    """Refuse what is not of its ending's kind, and answers of a server cut short or without lines.

    Parameters
    ----------
    named
        The file as the user knows it, for the message.

    Raises
    ------
    NetworkError
        If the file is one of these.
    """
    require_kind(path, shown=named, error=NetworkError)
    if not path.is_file():
        return
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        file.seek(max(0, path.stat().st_size - _HEAD_BYTES))
        tail = file.read()
    if path.suffix.lower().endswith("json") and re.search(
        rb'"exceededTransferLimit"\s*:\s*true', head + tail
    ):
        raise NetworkError(
            f"{named} holds a part of the streets only",
            ["the server stopped at its limit and said so (exceededTransferLimit)"],
            "Get the rest with resultOffset, or download the whole layer.",
        )
    if path.suffix.lower().endswith("json") and b'"osm3s"' in head:
        raise NetworkError(
            f"{named} is an answer of Overpass in JSON",
            remedy="Ask for it with [out:xml] instead of [out:json] and save it as .osm.",
        )
