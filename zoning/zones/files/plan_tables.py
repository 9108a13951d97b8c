"""Plan files as tables: opened and located, before anything in them is believed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from zoning.errors import FaultsError, PlanError, first_few
from zoning.inputs import TOO_DEEP, long_cells, read_json, require_kind, require_rows
from zoning.schools.csv_files import read_csv_table
from zoning.schools.values import as_id, is_shortened

LAYER: Final = "zone_plan"
"""The layer of a GeoPackage that holds the plan."""

COLUMNS: Final = ("building_id", "zone_id", "high_school_id", "kind")
# The first name a file has counts.
_NAMES: Final = {
    "building_id": (
        *("building_id", "building", "campus_id", "school_id"),
        *("building_name", "school_name", "school", "name"),
    ),
    "zone_id": ("zone_id", "zone", "zone_name"),
    "high_school_id": ("high_school_id", "high_school", "high_school_name"),
    "kind": ("kind",),
}
_SHAPEFILE_NAME_LENGTH = 10
# Where a spreadsheet may see a formula begin: at the start of a cell, and behind a semicolon,
# tab or line end, at which programs of other locales split a line whatever is quoted. There
# quotes and blanks may stand before it. It gets an apostrophe in front.
_FORMULA = re.compile(
    r"\A(?='*[=+\-@\t\r\n＝＋－＠])|(?<=[;\t\r\n])(?=[\s\"']*[=+\-@＝＋－＠])"  # noqa: RUF001
)
_GUARDED = re.compile(f"(?:{_FORMULA.pattern})'")
_DATE = re.compile(r"[0-9]{1,2}-[A-Za-z]{3}(-[0-9]{2,4})?|[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlanTable:
    """A plan file, row by row.

    Attributes
    ----------
    source
        What to call the file in a message.
    columns
        The file's columns, as it calls them.
    cells
        The values of those of `COLUMNS` that the file has, all of one length.
    where
        What to call each row in a message: ``'row 12'``, lines of a CSV, or
        ``'feature 3'``, features of any other file.
    shapes
        Shape (n_rows,), Points or Polygons in EPSG:4326, None where a row has
        none; None when no row has one.
    faults
        Those met while opening: position of the row and what is wrong.
    notices
        What was read other than as it is written.
    """

    source: str
    columns: Sequence[str]
    cells: Mapping[str, Sequence[Any]]
    where: Sequence[str]
    shapes: NDArray[Any] | None = None
    faults: tuple[tuple[int, str], ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def is_drawn(self) -> bool:
        """Whether the rows are zones drawn as polygons, not buildings."""
        return self.shapes is not None and any(
            shape.geom_type != "Point" for shape in self.shapes if shape is not None
        )


def read_table(path: Path) -> PlanTable:
    """The table in a file.

    Raises
    ------
    PlanError
        If the file is not there, empty, not what its ending says, has several
        layers none of which is called ``zone_plan``, has two columns that could
        be the same one, mixes points with polygons, or names no coordinate
        system and is not in degrees.
    """
    readers: dict[str, Callable[[Path], PlanTable]] = {
        ".csv": _from_csv,
        ".geojson": _from_geojson,
        ".json": _from_geojson,
        ".gpkg": _from_geopackage,
        ".shp": _from_shapefile,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise PlanError(
            f"{path}: a plan cannot be read from a file ending in {path.suffix or 'nothing'!r}",
            remedy=f"Save it as one of {', '.join(readers)}.",
        )
    if not path.is_file():
        raise PlanError(f"{path} is not there", remedy="Check the path.")
    try:
        table = None
        if path.stat().st_size:
            require_kind(path, shown=path, error=PlanError)
            table = reader(path)
    except UnicodeDecodeError as error:
        raise _unreadable(path, "it is not UTF-8 text", "Save it as UTF-8.") from error
    except PlanError:
        raise
    except RecursionError as error:
        raise _unreadable(path, TOO_DEEP) from error
    except FaultsError as error:
        raise _unreadable(path, error.headline, error.remedy) from error
    except (
        pyogrio.errors.FeatureError,
        pyogrio.errors.FieldError,
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        CRSError,
        OSError,
    ) as error:
        raise _unreadable(path, str(error)) from error
    if table is None or not table.where:
        raise PlanError(f"{path} is empty", remedy="Give one row a building, or one area a zone.")
    if faults := [f"{table.where[row]}: {fault}" for row, fault in long_cells(table.cells)]:
        raise _unreadable(path, "\n".join(faults), "Shorten these.")
    return table


def guarded(text: str) -> str:
    """Text for a cell of a CSV that no spreadsheet takes for a formula."""
    return _FORMULA.sub("'", text)


def unguarded(text: str) -> str:
    """The text that `guarded` was given."""
    return _GUARDED.sub("", text)


def id_fault(value: Any) -> str | None:
    """Why a cell cannot be an id; None if it can."""
    if isinstance(value, bool | list | dict):
        return f"{value!r} is not text"
    text = as_id(value)
    if text is not None and is_shortened(text):
        return f"{text} was shortened by a spreadsheet: format the column as text and save it again"
    return None


def looks_like_date(text: str) -> bool:
    """Whether a spreadsheet may have made a date of an id: ``1-Mar`` of 3-1."""
    return bool(_DATE.fullmatch(text))


def _from_csv(path: Path) -> PlanTable:
    table = read_csv_table(path)
    at = _located(path, table.header)
    return PlanTable(
        source=str(path),
        columns=table.header,
        cells={
            ours: [unguarded(row[k]) if k < len(row) else None for row in table.rows]
            for ours, k in at.items()
        },
        where=[f"row {number}" for number in table.lines],
        faults=tuple(table.faults),
        notices=tuple(table.notices),
    )


def _from_geojson(path: Path) -> PlanTable:
    content = read_json(path, shown=path, error=PlanError)
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not all(isinstance(f, dict) for f in features):
        raise _unreadable(path, "it is JSON, but not a GeoJSON FeatureCollection")
    require_rows(len(features), shown=path, error=PlanError)
    properties = [p if isinstance(p := f.get("properties"), dict) else {} for f in features]
    names = list(dict.fromkeys(name for row in properties for name in row))
    at = _located(path, names)
    given = [f.get("geometry") for f in features]
    texts = np.array([None if g is None else json.dumps(g) for g in given], dtype=object)
    shapes = shapely.from_geojson(texts, on_invalid="ignore")
    places, faults = _in_degrees(path, shapes, _crs_of_geojson(content))
    faults += [
        (k, "the geometry is not valid GeoJSON")
        for k, (g, shape) in enumerate(zip(given, shapes, strict=True))
        if g is not None and shape is None
    ]
    return PlanTable(
        source=str(path),
        columns=names,
        cells={ours: [row.get(names[k]) for row in properties] for ours, k in at.items()},
        where=[f"feature {k + 1}" for k in range(len(features))],
        shapes=places,
        faults=tuple(faults),
    )


def _crs_of_geojson(content: Mapping[str, Any]) -> CRS | None:
    """What the older ``crs`` member names; without one GeoJSON is in degrees."""
    member = content.get("crs")
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return None if name is None else CRS.from_user_input(name)


def _from_geopackage(path: Path) -> PlanTable:
    layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    if LAYER not in layers and len(layers) != 1:
        raise _unreadable(
            path,
            f"it has {len(layers)} layers with places" + "".join(f", {name}" for name in layers),
            f"Save the plan as a layer called {LAYER}, or as the only one.",
        )
    return _from_layer(path, driver="GPKG", layer=LAYER if LAYER in layers else layers[0])


def _from_shapefile(path: Path) -> PlanTable:
    return _from_layer(path, driver="ESRI Shapefile", layer=None, longest=_SHAPEFILE_NAME_LENGTH)


def _from_layer(
    path: Path, *, driver: str, layer: str | None, longest: int | None = None
) -> PlanTable:
    info = pyogrio.read_info(path, layer=layer, force_feature_count=True)
    if info["driver"] != driver:
        raise _unreadable(path, f"it is {info['driver']}")
    require_rows(info["features"], shown=path, error=PlanError)
    # Arrow keeps whole numbers whole where some are missing.
    about, table = pyogrio.read_arrow(path, layer=layer)
    names = [str(name) for name in about["fields"]]
    at = _located(path, names, longest=longest)
    (geometry,) = set(table.column_names) - set(names)
    shapes = shapely.from_wkb(np.array(table[geometry].to_pylist(), dtype=object))
    crs = CRS.from_user_input(about["crs"]) if about["crs"] else None
    places, faults = _in_degrees(path, shapes, crs)
    return PlanTable(
        source=str(path),
        columns=names,
        cells={ours: table[names[k]].to_pylist() for ours, k in at.items()},
        where=[f"feature {k + 1}" for k in range(table.num_rows)],
        shapes=places,
        faults=tuple(faults),
    )


def _located(path: Path, names: Sequence[str], *, longest: int | None = None) -> dict[str, int]:
    """Our column name -> position of the file's column, for every column it has."""
    plain = [re.sub(r"[^a-z0-9]", "", name.casefold()) for name in names]
    at = {}
    faults = []
    for ours, theirs in _NAMES.items():
        for name in theirs:
            wanted = {name, name[:longest]}
            sought = {re.sub(r"[^a-z0-9]", "", n) for n in wanted}
            hits = [k for k, n in enumerate(plain) if n in sought]
            if len(hits) > 1:
                listed = ", ".join(repr(names[k]) for k in hits)
                faults.append(f"columns {listed} could each be {ours}")
            if hits:
                at[ours] = hits[0]
                break
    if faults:
        raise PlanError(f"{path} cannot be read", faults, "Rename or remove all but one.")
    return at


def _in_degrees(
    path: Path, shapes: NDArray[Any], crs: CRS | None
) -> tuple[NDArray[Any] | None, list[tuple[int, str]]]:
    """Points and polygons in EPSG:4326, and the rows whose geometry is neither or nowhere."""
    there = np.flatnonzero([s is not None and not s.is_empty for s in shapes])
    if not len(there):
        return None, []
    given = shapely.force_2d(shapes[there])
    # Some programs write every point and polygon as a collection of one.
    single = (shapely.get_type_id(given) == shapely.GeometryType.MULTIPOINT) & (
        shapely.get_num_geometries(given) == 1
    )
    given[single] = shapely.get_geometry(given[single], 0)
    types = np.array([s.geom_type for s in given])
    areas, points = np.isin(types, ["Polygon", "MultiPolygon"]), types == "Point"
    if areas.any() and points.any():
        raise PlanError(
            f"{path} has both points and polygons",
            [f"points: {points.sum()}, polygons: {areas.sum()}"],
            "Give one point a building, or one polygon a zone, and remove the others.",
        )
    faults = [
        (int(there[k]), f"it is a {types[k]}, neither a point nor a polygon")
        for k in np.flatnonzero(~areas & ~points)
    ]
    known = crs is not None and (crs.is_geographic or crs.is_projected)
    if not known and not _look_like_degrees(given):
        raise PlanError(
            f"{path} does not say which coordinate system it is in",
            [f"its coordinates are not degrees, for example {_example(given)}"],
            "Set the coordinate system of the layer in the GIS and save it again.",
        )
    degrees = gpd.GeoSeries(given, crs=crs if known else 4326).to_crs(4326).to_numpy(copy=True)
    if known and not _look_like_degrees(degrees):
        wrong = [k for k, shape in enumerate(degrees) if not _look_like_degrees(shape)]
        faults += [(int(there[k]), "it lies outside its coordinate system") for k in wrong]
    degrees[~areas & ~points] = None
    places = np.full(len(shapes), None, dtype=object)
    places[there] = degrees
    return places, faults


def _look_like_degrees(shapes: Any) -> bool:
    xy = shapely.get_coordinates(shapes)
    return bool((np.isfinite(xy) & (np.abs(xy) <= (180.0, 90.0))).all())


def _example(shapes: NDArray[Any]) -> str:
    x, y = shapely.get_coordinates(shapes)[0].tolist()
    return f"{x:g}, {y:g}"


def _unreadable(
    path: Path, why: str, remedy: str = "Check that the file is what its ending says."
) -> PlanError:
    return PlanError(f"{path} cannot be read", first_few(why.splitlines()), remedy)
