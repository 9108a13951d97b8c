"""Read ways and nodes of OpenStreetMap files: extracts, edited files, answers of Overpass.

Streets and their nodes are read one after the other, so that the order of the file does
not matter: in two passes, or in one that keeps the nodes. Of an object that is there
more than once, the newest version counts. Osmium picks the objects and writes them as
text, one a line (https://osmcode.org/opl-file-format), which is faster
than reading each attribute of each object through Python.
"""

from __future__ import annotations

import bz2
import gzip
import mmap
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, repeat
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from zoning.errors import NetworkError
from zoning.inputs import LARGEST_STREETS_BYTES, read_json, require_kind, require_osm_text
from zoning.roads.sources import osm_tags
from zoning.roads.sources.classes import OSM_CLASSES
from zoning.roads.sources.files import CHANGE_ENDINGS, unreadable_file

WHOLE_QUERY: Final = '[out:xml]; way["highway"](SOUTH,WEST,NORTH,EAST); (._;>;); out body;'
"""An Overpass query whose answer holds streets with their places, signals and signs."""

_OPENERS: Final[Mapping[str, Callable[[Path], Any]]] = {".gz": gzip.open, ".bz2": bz2.open}
_JSON_HEAD: Final = 2000
"""Number of first characters of a JSON file that identify an answer of Overpass."""

_OPL: Final = "opl,add_metadata=version,locations_on_ways=true"
# Of osmium's filter of ids: ids in a block of its table, and how many nodes can be looked at in
# the time that a block takes to make (2 ms to 1.6 microseconds, measured).
_BLOCK_BITS: Final = 25
_NODES_A_BLOCK: Final = 1250
# Bytes of a file for each of its nodes, with the streets that run through it. Measured, 10 to 28
# and 150 to 280; packed XML counts as PBF.
_PBF_NODE: Final = 10
_XML_NODE: Final = 150
# Nodes in memory take about as much room as the XML.
_ONE_PASS_BYTES: Final = 200_000_000
_GONE: Final = "dD"
_NO_TAGS: Final[Mapping[str, str]] = {}
_HIGHWAY: Final = re.compile(r"(?:^T|,)highway=([^,]*)")
_ESCAPED: Final = re.compile(r"%([0-9a-f]+)%")
_TO_ESCAPE: Final = re.compile(r"[ ,=%]")
_REMARK: Final = re.compile(rb"<remark>(.*?)</remark>", re.DOTALL)
_INCOMPLETE: Final = re.compile(r"error|timed out|out of memory", re.IGNORECASE)
_DELETED: Final = re.compile(
    rb"""<(node|way|relation)\s(?=[^>]*\baction=["']delete["'])[^>]*?\bid=["'](-?\d+)["']"""
)


class Way(NamedTuple):
    """A way of a street class: its tags, the ids of its nodes, and their places if it has them.

    ``places`` has a (longitude, latitude) for every node, None for one without.
    """

    version: int
    tags: dict[str, str]
    nodes: list[int]
    places: list[tuple[float, float] | None] | None


class Node(NamedTuple):
    """A node of a street; ``tags`` only where it has any."""

    version: int
    lon: float
    lat: float
    tags: Mapping[str, str]


@dataclass(slots=True)
class OsmFile:
    """The streets of one file, and counts of what else it holds.

    ``ways`` are by id; ``others`` counts values of ``highway`` that are not a street
    class, ``repeated`` objects that are there more than once, ``deleted`` those that
    an editor or the history says are gone.
    """

    path: Path
    ways: dict[int, Way] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)
    restrictions: int = 0
    ferries: int = 0
    repeated: int = 0
    deleted: int = 0
    has_places: bool = False
    _newest: dict[int, int] = field(default_factory=dict)

    def add_way(self, number: int, version: int, *, gone: bool) -> bool:
        """Add a version of a way; return True if it is the newest so far and is not deleted."""
        before = self._newest.get(number)
        if before is not None:
            self.repeated += 1
            if version < before:
                return False
            self.deleted += gone and number in self.ways
            self.ways.pop(number, None)
        self._newest[number] = version
        return not gone


def read_ways(path: Path) -> tuple[OsmFile, Any]:
    """Read the streets of a file, and the source of their nodes for `read_nodes`.

    Raises `NetworkError` if the file is missing, damaged, a file of changes, or an answer of
    Overpass that is incomplete; or if the package osmium is missing.
    """
    name = path.name.lower()
    if not path.is_file():
        raise NetworkError(f"{path} is not there", remedy="Check the path.")
    if name.endswith(CHANGE_ENDINGS):
        raise _is_change(path)
    require_kind(path, shown=path, error=NetworkError)
    if name.endswith(".json"):
        from_json: list[str] = []
        try:
            return _ways(path, _json_lines(path), from_json), (None, set(), from_json)
        except NetworkError:
            raise
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise unreadable_file(path, f"an object is odd: {error}") from error
    try:
        import osmium  # noqa: PLC0415
    except ImportError as error:
        raise NetworkError(
            "reading OpenStreetMap files needs the package osmium",
            remedy="Install it with: pip install 'zoning[osm]'",
        ) from error
    source: Any = path
    deleted: dict[str, set[int]] = {}
    # Parsing XML twice is slower than keeping its nodes, as long as they fit in memory.
    nodes: list[str] | None = None
    with _translate_errors(path):
        if not name.endswith(".pbf"):
            nodes = [] if path.stat().st_size <= _ONE_PASS_BYTES else None
            source, deleted, every_object = _examine(path, osmium)
        else:
            every_object = False
        skipped = deleted.get("way", set())
        header = osmium.io.Reader(source, osmium.osm.NOTHING).header()
        every_object |= header.has_multiple_object_versions

        def objects(every_object: bool) -> Iterator[str]:
            kinds = osmium.osm.WAY | osmium.osm.RELATION
            keys = osmium.filter.KeyFilter("highway", "restriction", "route")
            keys.enable_for(kinds)
            kinds |= osmium.osm.NODE if nodes is not None else osmium.osm.NOTHING
            return _objects(osmium, source, kinds, [] if every_object else [keys])

        found = _ways(path, objects(every_object), nodes, skipped)
        if found.repeated and not every_object:
            # A filter would drop versions that are no longer streets, so read all versions.
            nodes = None
            found = _ways(path, objects(True), nodes, skipped)
    found.deleted += sum(len(ids) for ids in deleted.values())
    return found, (source, deleted.get("node", set()), nodes)


def read_nodes(found: OsmFile, source: Any, wanted: Set[int]) -> dict[int, Node]:
    """Read the newest version of each wanted node that is in the file and not deleted."""
    data, deleted, lines = source
    nodes: dict[int, Node] = {}
    gone: dict[int, int] = {}
    is_filtered = lines is None and _is_filter_cheaper(found.path, wanted)
    with _translate_errors(found.path):
        if lines is None:
            import osmium  # noqa: PLC0415

            filters = [osmium.filter.IdFilter(wanted)] if is_filtered else []
            lines = _objects(osmium, data, osmium.osm.NODE, filters)
        for line in lines:
            words = line.split(" ")
            number = int(words[0][1:])
            if number in deleted or not (is_filtered or number in wanted):
                continue
            version = int(words[1][1:])
            if number in nodes:
                found.repeated += 1
                if version < nodes[number].version:
                    continue
            east, north = words[4][1:], words[5][1:]
            if words[2] == _GONE or not north:
                gone[number] = max(version, gone.get(number, version))
                nodes.pop(number, None)
            elif gone.get(number, -1) < version:
                tags = _tags(words[3]) if len(words[3]) > 1 else _NO_TAGS
                nodes[number] = Node(version, float(east), float(north), tags)
    return nodes


def _is_filter_cheaper(path: Path, wanted: Set[int]) -> bool:
    """True if osmium's id filter is faster than reading all nodes; it rejects negative ids.

    Its filter makes a table of 4 MB for every block of ids that occurs, which costs as much as
    looking at some thousand nodes here: in the extract of a town, far more than all of them.
    """
    if min(wanted, default=0) < 0:
        return False
    blocks = len({number >> _BLOCK_BITS for number in wanted})
    is_plain = path.suffix.lower() not in (".pbf", *_OPENERS)
    most_nodes = path.stat().st_size / (_XML_NODE if is_plain else _PBF_NODE)
    return most_nodes > blocks * _NODES_A_BLOCK


def looks_like_overpass_json(path: Path) -> bool:
    """True if a ``.json`` file begins like an answer of Overpass."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            head = file.read(_JSON_HEAD)
    except OSError:
        return False
    return '"elements"' in head or '"osm3s"' in head


def _ways(
    path: Path,
    lines: Iterable[str],
    node_lines: list[str] | None,
    skipped: Set[int] = frozenset(),
) -> OsmFile:
    """Parse the streets among lines of OPL; add nodes to ``node_lines``, if given."""
    found = OsmFile(path)
    for line in lines:
        if line[0] == "n":
            if node_lines is not None:
                node_lines.append(line)
            continue
        words = line.split(" ")
        number, version, is_gone = int(words[0][1:]), int(words[1][1:]), words[2] == _GONE
        if words[0][0] == "r":
            found.restrictions += not is_gone and "restriction" in _tags(words[3])
        elif number not in skipped and found.add_way(number, version, gone=is_gone):
            value = _HIGHWAY.search(words[3])
            highway = None if value is None else _unescape(value[1])
            if highway in OSM_CLASSES:
                nodes, places = _members(words[4][1:])
                found.has_places |= places is not None
                found.ways[number] = Way(version, _tags(words[3]), nodes, places)
            elif highway is not None:
                found.others[highway] += 1
            else:
                found.ferries += _tags(words[3]).get("route") == "ferry"
    return found


def _objects(osmium: Any, source: Any, kinds: Any, filters: list[Any]) -> Iterator[str]:
    """Yield each object that passes the filters, as a line of OPL."""
    with TemporaryDirectory() as folder:
        place = Path(folder) / "objects.opl"
        writer = osmium.SimpleWriter(osmium.io.File(str(place), _OPL))
        try:
            osmium.apply(osmium.io.Reader(source, kinds), *filters, writer)
        finally:
            writer.close()
        with place.open(encoding="utf-8", newline="\n") as lines:
            for line in lines:
                yield line[:-1]


def _tags(field: str) -> dict[str, str]:
    """Parse the tags that zoning uses from ``Tkey=value,key=value``."""
    parts = [part.partition("=") for part in field[1:].split(",")]
    return {
        key: _unescape(value)
        for key, _, value in parts
        if key in osm_tags.KEYS or key.startswith(osm_tags.KEY_START)
    }


def _unescape(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "%" in text else text


def _members(field: str) -> tuple[list[int], list[tuple[float, float] | None] | None]:
    """Parse node ids, and coordinates if given, from ``n1x-85.7y38.2,n2xy``."""
    if not field:
        return [], None
    parts = [part[1:].partition("x") for part in field.split(",")]
    nodes = [int(number) for number, _, _ in parts]
    if all(place == "y" for _, _, place in parts):
        return nodes, None
    halves = [place.partition("y") for _, _, place in parts]
    return nodes, [(float(east), float(north)) if north else None for east, _, north in halves]


def _examine(path: Path, osmium: Any) -> tuple[Any, dict[str, set[int]], bool]:
    """Find what osmium ignores in XML: edits, remarks and deleted objects.

    Returns what osmium reads, ids that an editor deleted by kind of object, and whether every
    object must be looked at.
    """
    opener = _OPENERS.get(path.suffix.lower())
    if opener is not None:
        with opener(path) as packed:
            data: Any = packed.read(LARGEST_STREETS_BYTES + 1)
        if len(data) > LARGEST_STREETS_BYTES:
            raise NetworkError(
                f"{path} unpacks to more than {LARGEST_STREETS_BYTES // 2**30} GB of text",
                remedy=f"Convert it with osmium cat {path.name} --output streets.osm.pbf.",
            )
        require_osm_text(data, shown=path, error=NetworkError)
        kind = "osh" if ".osh" in path.name.lower() else "osm"
        return (osmium.io.FileBuffer(data, kind), *_edits(path, data))
    if path.stat().st_size == 0:
        raise unreadable_file(path, "the file is empty")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return (path, *_edits(path, data))


def _edits(path: Path, data: Any) -> tuple[dict[str, set[int]], bool]:
    if data.find(b"<osmChange", 0, _JSON_HEAD) >= 0:
        raise _is_change(path)
    # Overpass writes a remark before or after all objects.
    remark = _REMARK.search(data) if data.find(b"<remark") >= 0 else None
    if remark is not None:
        _require_complete(path, remark[1].decode(errors="replace"))
    deleted: dict[str, set[int]] = {}
    if data.find(b"action=") >= 0:
        for kind, number in _DELETED.findall(data):
            deleted.setdefault(kind.decode(), set()).add(int(number))
    return deleted, any(data.find(b"visible=%sfalse" % quote) >= 0 for quote in (b'"', b"'"))


def _require_complete(path: Path, remark: str) -> None:
    if _INCOMPLETE.search(remark):
        raise NetworkError(
            f"{path}: the answer of the map server is incomplete",
            [" ".join(remark.split())],
            "Ask again with a longer time limit ([timeout:600]) or for a smaller area, or take an "
            "extract of the region.",
        )


def _is_change(path: Path) -> NetworkError:
    return NetworkError(
        f"{path} holds changes to a map, not a map",
        remedy="Apply it to an extract first (osmium apply-changes EXTRACT CHANGES -o NEW.osm.pbf) "
        "and build from that.",
    )


@contextmanager
def _translate_errors(path: Path) -> Iterator[None]:
    """Translate a reader's exceptions for a broken file into a `NetworkError` with a remedy."""
    try:
        yield
    except (RuntimeError, OSError, EOFError, zlib.error) as error:
        raise unreadable_file(path, str(error)) from error


def _json_lines(path: Path) -> Iterator[str]:
    """Yield the objects of an Overpass answer in JSON as lines of OPL."""
    whole = read_json(path, shown=path, error=NetworkError, most_bytes=LARGEST_STREETS_BYTES)
    things = whole.get("elements") if isinstance(whole, dict) else None
    if not isinstance(things, list) or not all(isinstance(one, dict) for one in things):
        raise unreadable_file(path, "it has no list of elements, as an answer of Overpass has")
    _require_complete(path, str(whole.get("remark", "")))
    for thing in things:
        kind = thing.get("type")
        if kind not in {"node", "way", "relation"}:
            continue
        if kind != "relation" and not isinstance(thing.get("id"), int):
            raise unreadable_file(path, "an object has no id")
        tags = thing.get("tags")
        pairs = tags.items() if isinstance(tags, dict) else ()
        gone = _GONE if thing.get("visible") is False else "dV"
        version = int(thing.get("version", 0))
        listed = ",".join(f"{_escape(str(key))}={_escape(str(value))}" for key, value in pairs)
        head = f"{kind[0]}{thing.get('id', 0)} v{version} {gone} T{listed}"
        if kind == "way":
            places = chain(thing.get("geometry") or (), repeat(None))
            nodes = zip(thing.get("nodes", ()), places, strict=False)
            members = ",".join(f"n{int(node)}{_place(at, '')}" for node, at in nodes)
            yield f"{head} N{members}"
        elif kind == "relation":
            yield head
        elif gone == _GONE or "lat" in thing:
            yield f"{head} {_place(thing if 'lat' in thing else None, ' ')}"


def _place(at: Mapping[str, Any] | None, between: str) -> str:
    return f"x{between}y" if at is None else f"x{float(at['lon'])}{between}y{float(at['lat'])}"


def _escape(text: str) -> str:
    return _TO_ESCAPE.sub(lambda found: f"%{ord(found[0]):x}%", text)
