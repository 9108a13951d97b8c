"""The outline of a user's own district, from a file."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from shapely.geometry.base import BaseGeometry

from zoning.errors import FaultsError


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
    try:
        frame = gpd.read_file(path)
    except (DataSourceError, DataLayerError, UnicodeDecodeError, OSError) as error:
        raise FaultsError(f"{path} cannot be read as an outline", [str(error)]) from error
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
