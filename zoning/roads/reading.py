"""Detect the format of a file or folder of streets, and read networks that are already built."""

from __future__ import annotations

import shlex
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from zoning.errors import NetworkError, typed
from zoning.roads.road_network import RoadNetwork
from zoning.roads.saved import ENDING, is_saved_network, load_network
from zoning.roads.sources.files import (
    ARCHIVES,
    GMNS_FILES,
    GRAPH_ENDINGS,
    LINE_DRIVERS,
    MAP_ENDINGS,
    TABLE_FILES,
    find_member,
    unsupported_file,
)
from zoning.roads.sources.gmns import read_gmns, read_tables
from zoning.roads.sources.openstreetmap import is_openstreetmap
from zoning.roads.sources.osmnx_graphs import is_graph
from zoning.roads.streets.speeds import DEFAULT_SPEEDS, SpeedTable


class SourceKind(StrEnum):
    """Formats that a street network is built from."""

    OSM = "osm"
    PLACE = "place"
    CENTRELINES = "centrelines"
    GMNS = "gmns"
    TABLES = "tables"


@typed
def read_network(
    path: str | Path, *, speeds: SpeedTable | None = None, source: str | None = None
) -> RoadNetwork:
    """The network in a folder of tables, or in a file that `save_network` wrote.

    A folder holds ``junctions.csv`` and ``links.csv`` (columns as for
    `RoadNetwork.from_tables`, UTF-8), or ``node.csv`` and ``link.csv`` by the
    names of GMNS (see `read_gmns`, which takes options).

    Parameters
    ----------
    path
        The folder or the file; read only.
    speeds
        Speeds by class and area, for every street that the data give none; must
        have every class and area of the links. None keeps those of a saved
        network, and otherwise takes the defaults.
    source
        Where the streets come from, in words for a planner; the folder's name,
        or what a saved network says, if None.

    Raises
    ------
    NetworkError
        If nothing is there, a table is missing or is not CSV, the file is a map
        (which is built once, with `zoning network build`) or no streets at all,
        or as for `RoadNetwork.from_tables`.
    """
    place = Path(path)
    if place.is_file() and is_saved_network(place):
        network = load_network(place)
        if source is not None:
            network = replace(network, source=source)
        return network if speeds is None else network.with_speeds(speeds)
    kind = kind_of(place)
    if kind is SourceKind.TABLES:
        tables = read_tables(place, tuple(Path(name).stem for name in TABLE_FILES))
        return RoadNetwork.from_tables(
            tables["junctions"],
            tables["links"],
            speeds=speeds if speeds is not None else DEFAULT_SPEEDS,
            source=source if source is not None else f"street tables in {place.name}",
        )
    if kind is SourceKind.GMNS and place.is_dir():
        network = read_gmns(place, source=source)
        return network if speeds is None else network.with_speeds(speeds)
    raise NetworkError(f"{place} is a map, not a network yet", remedy=_say_how_to_build(place))


def _say_how_to_build(place: Path) -> str:
    """Say the command that builds a network from a map, with its paths."""
    endings = sorted((*MAP_ENDINGS, *LINE_DRIVERS, *ARCHIVES), key=len, reverse=True)
    stem = place.name
    while found := [one for one in endings if stem.lower().endswith(one) and stem.lower() != one]:
        stem = stem[: -len(found[0])]
    built = place.with_name(f"{stem}{ENDING}")
    command = shlex.join(["zoning", "network", "build", str(place), "--out", str(built)])
    return f"Build one from it once, and give {built} in its place: {command}"


def kind_of(path: str | Path) -> SourceKind:
    """Detect the format of a file or folder of streets from its ending and its content.

    Raises `NetworkError` if the path does not exist or its format is not supported; names the
    formats, and what to do about files of other kinds.
    """
    place = Path(path)
    name = place.name.lower()
    if is_openstreetmap(place) or name.endswith(GRAPH_ENDINGS) or is_graph(place):
        return SourceKind.OSM
    if place.suffix.lower() in LINE_DRIVERS:
        return SourceKind.CENTRELINES
    if not place.exists():
        raise NetworkError(f"{place} is not there", remedy="Check the path.")
    if place.is_dir():
        return _kind_of_folder(place)
    if name.endswith(ARCHIVES):
        return _kind_in_archive(place)
    if is_saved_network(place):
        raise NetworkError(
            f"{place} is a built network already", remedy="Use it as it is, with --streets."
        )
    raise unsupported_file(place)


def _kind_of_folder(folder: Path) -> SourceKind:
    names = sorted(path.name for path in folder.iterdir())
    if set(GMNS_FILES) <= set(names):
        return SourceKind.GMNS
    if set(TABLE_FILES) & set(names):
        return SourceKind.TABLES
    maps = [name for name in names if name.lower().endswith((*MAP_ENDINGS, *LINE_DRIVERS))]
    raise NetworkError(
        f"{folder} is a folder without street tables",
        [
            f"wanted are {' and '.join(TABLE_FILES)}, or {' and '.join(GMNS_FILES)} (GMNS)",
            *([f"it holds {', '.join(maps[:5])}"] if maps else []),
        ],
        f"Give the file in it. {_say_how_to_build(folder / maps[0])}"
        if maps
        else "Check the path.",
    )


def _kind_in_archive(path: Path) -> SourceKind:
    """Detect the format inside an archive; a GeoPackage there is taken for centrelines."""
    held = find_member(path)
    if held.lower().endswith(MAP_ENDINGS):
        return SourceKind.OSM
    if held.endswith(GMNS_FILES[0]):
        return SourceKind.GMNS
    return SourceKind.TABLES if held.endswith(TABLE_FILES[0]) else SourceKind.CENTRELINES
