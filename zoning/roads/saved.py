"""A street network in one file: write it, and read the same network again."""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from zoning.errors import DistrictNotice, NetworkError, typed
from zoning.files import refuse_to_replace, write_whole
from zoning.inputs import BAD_ARCHIVE, LARGEST_STREETS_BYTES, require_unpackable
from zoning.roads.road_network import RoadNetwork
from zoning.roads.streets.build_report import BuildReport
from zoning.roads.streets.speeds import ClassSpeed, SpeedTable
from zoning.roads.streets.streets import EDGE_COLUMNS, NODE_COLUMNS
from zoning.units import counted

FORMAT: Final = "zoning road network"
VERSION: Final = 2
"""Version 2 has the control of single approaches and whether speeds include stops.

Files of version 1 are read: they have no approaches; for stops see `_mark_posted_limits`.
"""
ENDING: Final = ".streets"
_ABOUT: Final = "network.json"
# Timestamp of the archive's members: the earliest of zip, so that equal networks give equal bytes.
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_TEXTS: Final = frozenset({"control", "approach", "road_class", "area", "name"})
_POSITIONS: Final = frozenset({"edge_from", "edge_to", "link_id"})


@typed
def save_network(network: RoadNetwork, path: str | Path, *, force: bool = False) -> Path:
    """Write a network to one file, which `load_network` reads back the same.

    The file is a zip of ``nodes.parquet``, ``edges.parquet``, ``links.parquet``
    (GeoParquet, in the network's coordinate system) and ``network.json``: the
    coordinate system, the speed table, the source, the attribution, the report
    and the content hash. It has no timestamp and no name of a machine, so the same
    network gives the same bytes, with the same versions of pandas,
    geopandas and pyarrow.

    Parameters
    ----------
    path
        Where to; any ending, ``.streets`` is ours. Folders on the way are made.
    force
        True to replace a file of that name.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutputError
        If the file exists and ``force`` is False, or it cannot be written; the old
        file stays as it is.
    """
    place = Path(path)
    refuse_to_replace(place, replace=force)
    members = {
        _ABOUT: json.dumps(_make_metadata(network), indent=1, ensure_ascii=False).encode(),
        "nodes.parquet": _parquet(network.frame(NODE_COLUMNS).assign(node_id=network.node_ids)),
        "edges.parquet": _parquet(network.frame(EDGE_COLUMNS)),
        "links.parquet": _parquet(gpd.GeoDataFrame(geometry=network.lines, crs=network.crs)),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, date_time=_EPOCH), data)
    return write_whole(place, buffer.getvalue(), replace=force)


@typed
def load_network(path: str | Path) -> RoadNetwork:
    """Read a network that `save_network` wrote; every number is the same to the last digit.

    Raises
    ------
    NetworkError
        If the file is missing, is not a saved network or is of a newer version,
        or if its content is damaged.
    """
    place = Path(path)
    if not place.is_file():
        raise NetworkError(f"{place} is not there", remedy="Check the path.")
    if not zipfile.is_zipfile(place):
        raise _make_format_error(place, "it is cut short, or of another kind")
    with _report_damage(place), zipfile.ZipFile(place) as archive:
        require_unpackable(
            archive.infolist(), most_bytes=LARGEST_STREETS_BYTES, shown=place, error=NetworkError
        )
        if _ABOUT not in archive.namelist():
            raise _make_format_error(place, f"it is a zip file without {_ABOUT}")
        about = json.loads(archive.read(_ABOUT))
        _require_ours(place, about)
        nodes, edges = (
            pd.read_parquet(io.BytesIO(archive.read(f"{name}.parquet")))
            for name in ("nodes", "edges")
        )
        links = gpd.read_parquet(io.BytesIO(archive.read("links.parquet")))
        if about["version"] == 1:
            edges["approach"] = ""
        network = RoadNetwork(
            node_ids=tuple(nodes["node_id"].tolist()),
            crs=about["crs"],
            lines=links.geometry.to_numpy().copy(),
            speeds=_read_speeds(about["speeds"]),
            source=about["source"],
            attribution=about["attribution"],
            report=None if about["report"] is None else BuildReport.from_records(about["report"]),
            given_include_stops=about.get("given_include_stops", True),
            keep_islands=about.get("keep_islands", False) is True,
            **_read_arrays(nodes, NODE_COLUMNS),
            **_read_arrays(edges, EDGE_COLUMNS),
        )
        if network.content_hash != about["content"]:
            raise ValueError("its content is not what it was when it was saved")
    if about["version"] == 1:
        _warn_signs_stop_all(place, network)
    return network if "given_include_stops" in about else _mark_posted_limits(network)


def is_saved_network(path: Path) -> bool:
    """Whether a file looks like one that `save_network` wrote, whole or damaged."""
    if not (path.is_file() and zipfile.is_zipfile(path)):
        return path.is_file() and path.suffix.lower() == ENDING
    try:
        with zipfile.ZipFile(path) as archive:
            return path.suffix.lower() == ENDING or _ABOUT in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return True


def _make_metadata(network: RoadNetwork) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "source": network.source,
        "attribution": network.attribution,
        "crs": network.crs,
        "content": network.content_hash,
        "speeds": asdict(network.speeds),
        "given_include_stops": network.given_include_stops,
        "report": None if network.report is None else network.report.to_records(),
        "keep_islands": network.keep_islands,
    }


def _read_speeds(record: Mapping[str, Any]) -> SpeedTable:
    return SpeedTable(
        speeds=tuple(ClassSpeed(*row) for row in record["speeds"]),
        access_kph=record["access_kph"],
        access_detour=record["access_detour"],
        no_access_from=tuple(record["no_access_from"]),
        note=record["note"],
        include_stops=record.get("include_stops", True),
    )


def _mark_posted_limits(network: RoadNetwork) -> RoadNetwork:
    """Mark the speeds of a version 1 network as posted limits if it was built from a map.

    Only networks built from maps have a report.
    """
    if network.report is None:
        return network
    limits = replace(network.speeds, include_stops=False)
    return replace(network, speeds=limits, given_include_stops=False)


def _warn_signs_stop_all(path: Path, network: RoadNetwork) -> None:
    """Warn if a version 1 network has signs: it puts them at junctions, not at approaches."""
    signs = int(np.isin(network.control, ("stop", "yield")).sum())
    if signs and network.report is not None:
        warnings.warn(
            f"{path.name} was built by an earlier version, which took a sign for every street "
            f"that meets there: {counted(signs, 'junction')} with stop or yield signs delay main "
            "streets too. Build it again with zoning network build.",
            DistrictNotice,
            stacklevel=3,
        )


def _parquet(frame: pd.DataFrame) -> bytes:
    sink = io.BytesIO()
    frame.to_parquet(sink, index=False, compression="zstd")
    return sink.getvalue()


def _read_arrays(frame: pd.DataFrame, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: _read_array(frame[name], name) for name in names}


def _read_array(column: pd.Series, name: str) -> NDArray[Any]:
    if name in _TEXTS:
        return np.array(column.tolist(), dtype=str)
    return column.to_numpy(dtype=np.intp if name in _POSITIONS else None, copy=True)


def _require_ours(path: Path, about: Mapping[str, Any]) -> None:
    if about.get("format") != FORMAT:
        raise _make_format_error(path, f"{_ABOUT} does not say that it is one")
    if about.get("version") not in {1, VERSION}:
        raise NetworkError(
            f"{path} is a saved network of version {about.get('version')}, this is version "
            f"{VERSION}",
            remedy="Build the network again with zoning network build, or use the version of "
            "zoning that saved it.",
        )


@contextmanager
def _report_damage(path: Path) -> Iterator[None]:
    """Translate every exception that a damaged file raises into one `NetworkError`."""
    try:
        yield
    except NetworkError:
        raise
    except (
        *BAD_ARCHIVE,
        OSError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
        RecursionError,
        shapely.errors.ShapelyError,
    ) as error:
        raise NetworkError(
            f"{path} is a saved network, but damaged",
            [f"{type(error).__name__}: {error}"],
            "Copy it again, or build the network again with zoning network build.",
        ) from error


def _make_format_error(path: Path, why: str) -> NetworkError:
    return NetworkError(
        f"{path} is not a saved street network",
        [why],
        "Make one with zoning network build SOURCE --out FILE.",
    )
