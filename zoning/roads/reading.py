"""One way in for every network that is already built or already a table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from zoning.errors import NetworkError
from zoning.roads.network import RoadNetwork
from zoning.roads.saved import load_network
from zoning.roads.sources.gmns import GMNS_FILES, read_gmns, read_tables
from zoning.roads.sources.line_files import DRIVERS
from zoning.roads.sources.openstreetmap import OSM_ENDINGS
from zoning.roads.speeds import DEFAULT_SPEEDS, SpeedTable


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
        If nothing is there, a table is missing or is not CSV, the file is not a
        saved network, or as for `RoadNetwork.from_tables`.
    """
    place = Path(path)
    if place.is_file() and place.name.lower().endswith((*OSM_ENDINGS, *DRIVERS)):
        raise NetworkError(
            f"{place} is a map, not a network yet",
            remedy=f"Build one from it first: zoning network build {place.name} --out FILE.",
        )
    if place.is_file():
        network = load_network(place)
        if source is not None:
            network = replace(network, source=source)
        return network if speeds is None else network.with_speeds(speeds)
    if all((place / name).is_file() for name in GMNS_FILES):
        network = read_gmns(place, source=source)
        return network if speeds is None else network.with_speeds(speeds)
    tables = read_tables(place, ("junctions", "links"))
    return RoadNetwork.from_tables(
        tables["junctions"],
        tables["links"],
        speeds=speeds if speeds is not None else DEFAULT_SPEEDS,
        source=source if source is not None else f"street tables in {place.name}",
    )
