"""The outline of a user's own district, from a file."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

import geopandas as gpd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError
from shapely.geometry.base import BaseGeometry

from zoning.errors import FaultsError
from zoning.inputs import (
    BAD_ARCHIVE,
    LARGEST_TEXT_BYTES,
    LAYER_DRIVERS,
    require_kind,
    require_unpackable,
)

_ARCHIVES = (".zip", ".kmz", ".shz")


def read_outline(path: Path, *, buildings: gpd.GeoDataFrame) -> BaseGeometry:
    """The polygons of a file as one shape in EPSG:4326.

    Raises
    ------
    FaultsError
        If the file cannot be read, names no coordinate reference system, holds
        anything but polygons, or none of the buildings is inside.
    """
    if not path.is_file():
        raise FaultsError(f"{path} is not there", remedy="Check the path given with --outline.")
    frame = _frame(path)
    shapes = getattr(frame, "geometry", None) if isinstance(frame, gpd.GeoDataFrame) else None
    kinds = set() if shapes is None else set(shapes.geom_type)
    faults = []
    if shapes is None or shapes.empty or not kinds <= {"Polygon", "MultiPolygon"}:
        found = ", ".join(sorted(str(kind) for kind in kinds)) or "no shapes"
        faults.append(f"it holds {found}; an outline is a Polygon or MultiPolygon")
    elif shapes.crs is None:
        faults.append("it names no coordinate reference system")
    if shapes is None or faults:
        raise FaultsError(f"{path} cannot be used as an outline", faults)
    outline = shapely.make_valid(shapes.to_crs(4326).union_all())
    if not buildings.geometry.within(outline).any():
        raise FaultsError(
            f"{path} cannot be used as an outline",
            ["none of the schools is inside it"],
            "Check that it is the outline of this district, and its coordinate reference system.",
        )
    return outline


def _frame(path: Path) -> gpd.GeoDataFrame:
    """The shapes in a file of a GIS, or in the one that a zip holds."""
    ending = path.suffix.lower()
    require_kind(path, shown=path, error=FaultsError)
    try:
        if ending in _ARCHIVES:
            return _from_zip(path)
        drivers = LAYER_DRIVERS.get(ending)
        if drivers is None:
            known = ", ".join((*LAYER_DRIVERS, *_ARCHIVES))
            raise FaultsError(
                f"{path} cannot be read as an outline",
                [f"it ends in {ending or 'nothing'!r}; read are {known}"],
                "Save the outline as one of these.",
            )
        if not drivers:
            return gpd.read_parquet(path)
        found = pyogrio.read_info(path)["driver"]
        if found not in drivers:
            raise FaultsError(f"{path} cannot be read as an outline", [f"it is {found}"])
        return gpd.read_file(path)
    except FaultsError:
        raise
    except (DataSourceError, DataLayerError, FeatureError, *BAD_ARCHIVE, OSError) as error:
        raise FaultsError(f"{path} cannot be read as an outline", [str(error)]) from error


def _from_zip(path: Path) -> gpd.GeoDataFrame:
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
        require_unpackable(
            archive.infolist(), most_bytes=LARGEST_TEXT_BYTES, shown=path, error=FaultsError
        )
        archive.extractall(folder)
        found = [
            inner
            for inner in sorted(Path(folder).rglob("*"))
            if inner.suffix.lower() in LAYER_DRIVERS and "__MACOSX" not in inner.parts
        ]
        if len(found) != 1:
            raise FaultsError(
                f"{path} holds {len(found)} files that could be the outline",
                remedy="Unpack it and give the file itself.",
            )
        return _frame(found[0])
