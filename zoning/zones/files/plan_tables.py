"""Read a plan file as a table: locate its columns and convert shapes to degrees."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from zoning.errors import PlanError, first_few
from zoning.geotables import (
    GeoTable,
    TableUse,
    locate_columns,
    read_geotable,
    recognise_columns,
)
from zoning.inputs import long_cells
from zoning.schools.cells import as_id, is_shortened, unguarded
from zoning.workbooks import split_sheet
from zoning.zones.plan import OFFICERS

LAYER: Final = "zone_plan"
"""The layer of a GeoPackage that holds the plan."""

COLUMNS: Final = ("building_id", "zone_id", "high_school_id", "kind")
# Accepted column names; the first one found in the file is used.
_NAMES: Final = {
    "building_id": (
        *("building_id", "building", "campus_id", "school_id"),
        *("building_name", "school_name", "school", "name"),
    ),
    "zone_id": ("zone_id", "zone", "zone_name"),
    "zone_name": ("zone_name",),
    "high_school_id": ("high_school_id", "high_school", "high_school_name"),
    "kind": ("kind",),
    OFFICERS: (OFFICERS,),
}

_USE: Final = TableUse(
    what="plan",
    error=PlanError,
    one_row="Give one row a building, or one area a zone.",
    layer=LAYER,
    allow_areas=True,
    recognise=lambda names: recognise_columns(names, _NAMES),
    needs=(("building_id",), ("zone_id",)),
)
_DATE = re.compile(r"[0-9]{1,2}-[A-Za-z]{3}(-[0-9]{2,4})?|[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4}")


def read_table(path: Path, *, sheet: str | None = None) -> GeoTable:
    """The table in a plan file, its cells under those of `COLUMNS` that it has, and ``zone_name``.

    Shapes are Points or Polygons in EPSG:4326, None where a row has none; no row
    has one if there are no shapes. Of a workbook the sheet is that named, or behind
    the path (``plan.xlsx#Sheet``), or found.

    Raises
    ------
    PlanError
        If the file cannot be read (see `read_geotable`), has several layers none
        of which is called ``zone_plan``, has two columns that could be the same
        one, mixes points with polygons, or names no coordinate system and is not
        in degrees.
    """
    path, named = split_sheet(path)
    table = read_geotable(path, replace(_USE, sheet=named if sheet is None else sheet))
    if not table.where:
        raise PlanError(f"{path} is empty", remedy=_USE.one_row)
    found, faults_of_names = locate_columns(table, _NAMES)
    if faults_of_names:
        remedy = "Rename or remove all but one."
        raise PlanError(f"{table.source} cannot be read", faults_of_names, remedy)
    if found.get("zone_name") == found.get("zone_id"):
        found.pop("zone_name", None)
    cells = {ours: table.cells[theirs] for ours, theirs in found.items()}
    if table.is_csv:
        cells = {
            ours: [unguarded(cell) if isinstance(cell, str) else cell for cell in cells[ours]]
            for ours in cells
        }
    if long := [f"{table.where[row]}: {fault}" for row, fault in long_cells(cells)]:
        raise PlanError(f"{path} cannot be read", first_few(long), "Shorten these.")
    shapes, faults = _convert_to_degrees(table)
    doubts = table.doubts_of(set(found.values()))
    return replace(table, cells=cells, shapes=shapes, faults=[*faults, *table.faults, *doubts])


def has_areas(table: GeoTable) -> bool:
    """Whether the rows are zones drawn as polygons, not buildings."""
    shapes = () if table.shapes is None else table.shapes
    return any(shape.geom_type != "Point" for shape in shapes if shape is not None)


def id_fault(value: Any) -> str | None:
    """Say why a cell cannot be an id; None if it can."""
    if isinstance(value, bool | list | dict):
        return f"{value!r} is not text"
    text = as_id(value)
    if text is not None and is_shortened(text):
        return f"{text} was shortened by a spreadsheet: format the column as text and save it again"
    return None


def looks_like_date(text: str) -> bool:
    """Whether a spreadsheet may have converted an id to a date: ``1-Mar`` from 3-1."""
    return bool(_DATE.fullmatch(text))


def _convert_to_degrees(
    table: GeoTable,
) -> tuple[gpd.GeoSeries | None, list[tuple[int | None, str]]]:
    """Convert points and polygons to EPSG:4326; list other or misplaced geometry as faults."""
    if table.shapes is None:
        return None, []
    shapes, crs = table.shapes.to_numpy(), table.shapes.crs
    there = np.flatnonzero([s is not None and not s.is_empty for s in shapes])
    if not len(there):
        return None, []
    given = shapely.force_2d(shapes[there])
    # Some programs write every point as a MultiPoint of one.
    single = (shapely.get_type_id(given) == shapely.GeometryType.MULTIPOINT) & (
        shapely.get_num_geometries(given) == 1
    )
    given[single] = shapely.get_geometry(given[single], 0)
    types = np.array([s.geom_type for s in given])
    areas, points = np.isin(types, ["Polygon", "MultiPolygon"]), types == "Point"
    if areas.any() and points.any():
        raise PlanError(
            f"{table.source} has both points and polygons",
            [f"points: {points.sum()}, polygons: {areas.sum()}"],
            "Give one point a building, or one polygon a zone, and remove the others.",
        )
    faults: list[tuple[int | None, str]] = [
        (int(there[k]), f"it is a {types[k]}, neither a point nor a polygon")
        for k in np.flatnonzero(~areas & ~points)
    ]
    known = crs is not None and (crs.is_geographic or crs.is_projected)
    if not known and not _look_like_degrees(given):
        raise PlanError(
            f"{table.source} does not say which coordinate system it is in",
            [f"its coordinates are not degrees, for example {_show_example(given)}"],
            "Set the coordinate system of the layer in the GIS and save it again.",
        )
    degrees = gpd.GeoSeries(given, crs=crs if known else 4326).to_crs(4326).to_numpy(copy=True)
    if known and not _look_like_degrees(degrees):
        wrong = [k for k, shape in enumerate(degrees) if not _look_like_degrees(shape)]
        faults += [(int(there[k]), "it lies outside its coordinate system") for k in wrong]
    degrees[~areas & ~points] = None
    places = np.full(len(shapes), None, dtype=object)
    places[there] = degrees
    return gpd.GeoSeries(places, crs=4326), faults


def _look_like_degrees(shapes: Any) -> bool:
    xy = shapely.get_coordinates(shapes)
    return bool((np.isfinite(xy) & (np.abs(xy) <= (180.0, 90.0))).all())


def _show_example(shapes: NDArray[Any]) -> str:
    x, y = shapely.get_coordinates(shapes)[0].tolist()
    return f"{x:g}, {y:g}"
