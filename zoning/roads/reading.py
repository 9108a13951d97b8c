"""Reading a street network from a folder."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from zoning.errors import NetworkError
from zoning.roads.network import RoadNetwork
from zoning.roads.speeds import DEFAULT_SPEEDS, SpeedTable


def read_network(
    folder: str | Path, *, speeds: SpeedTable = DEFAULT_SPEEDS, source: str | None = None
) -> RoadNetwork:
    """The network in ``junctions.csv`` and ``links.csv`` of a folder.

    Parameters
    ----------
    folder
        Holds both files; columns as for `RoadNetwork.from_tables`, UTF-8.
    speeds
        Must have every class and area of the links.
    source
        Where the streets come from, in words for a planner; the folder's name
        if None.

    Raises
    ------
    NetworkError
        If a file is missing or is not a CSV table, or as for
        `RoadNetwork.from_tables`.
    """
    place = Path(folder)
    tables, faults = {}, []
    for name in ("junctions", "links"):
        path = place / f"{name}.csv"
        try:
            # As text: 'NA' can be a street, and ids keep their leading zeros.
            tables[name] = pd.read_csv(path, dtype=str, keep_default_na=False)
        except FileNotFoundError:
            faults.append(f"{path} does not exist")
        except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as e:
            faults.append(f"{path} cannot be read as a CSV table: {e}")
    if faults:
        raise NetworkError("the street network cannot be read", faults)
    return RoadNetwork.from_tables(
        tables["junctions"],
        tables["links"],
        speeds=speeds,
        source=source if source is not None else f"street tables in {place.name}",
    )
