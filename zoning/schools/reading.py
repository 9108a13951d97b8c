"""School inventories from files: CSV, GeoJSON, GeoPackage, Shapefile, GeoParquet."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from zoning.errors import SchoolDataError
from zoning.schools.checks import checked
from zoning.schools.columns import SHAPEFILE_NAME_LENGTH, RawTable

DEGREES = "EPSG:4326"


def read_schools(
    path: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    campus_distance_m: float = 50.0,
) -> gpd.GeoDataFrame:
    """A checked school inventory from a file.

    The ending says the format: ``.csv`` (with latitude and longitude in
    degrees; comma, semicolon or tab), ``.geojson`` or ``.json``, ``.gpkg`` (one
    layer), ``.shp``, ``.parquet`` or ``.geoparquet``. Any coordinate reference
    system is understood; a file that names none is refused, unless it is CSV or
    GeoJSON, which are in degrees.

    Required: ``school_id``, ``level`` and a place. ``name`` falls back to the
    id; without a ``program`` column every school is ``resides`` (`notices` says
    so). Everything else is optional. Column names are found whatever their case,
    spaces and punctuation; ``lat``/``y`` mean latitude, ``lon``/``lng``/``x``
    longitude, ``enrolment`` enrollment, and a Shapefile may hold our names cut
    at ten letters. Other columns are left out.

    Cells: blank is missing. Ids are text (leading zeros kept, ``275004.0`` read
    as ``275004``). Levels are elementary, middle, high, secondary, combined,
    with or without the word "school"; also elem, primary (elementary), junior
    high (middle), senior high (high), K-12 (combined). Programs are resides,
    magnet, alternative, virtual; regular and neighborhood mean resides. Feeder
    ids are a list, or text separated by ``;``. Times are ``7:30``, ``07:30:00``
    or ``2:10 PM``.

    Parameters
    ----------
    path
        The file; read only.
    columns
        Our column name -> the file's, where they differ; ``latitude`` and
        ``longitude`` can be mapped too, and then replace a file's geometry.
    campus_distance_m
        Schools within this distance (metres) share a building; default 50.
        So do schools with one address.

    Returns
    -------
    GeoDataFrame
        Index ``school_id`` (text, unique), points in EPSG:4326, file order.
        Always: ``name``, ``level``, ``program``, ``address`` (text or None),
        ``enrollment`` (students, NaN unknown), ``feeder_high_school_ids``
        (tuple), ``bell_start`` and ``bell_end`` (`datetime.time` or None),
        ``campus_id``. When the file has them: ``zip``, ``grade_low``,
        ``grade_high`` (text or None), ``behavior_events``,
        ``assault_weapon_events`` (counts), ``pct_*`` (percent of enrolment).

    Raises
    ------
    SchoolDataError
        Listing every fault with its row and name. Rows of a CSV are line
        numbers (the header is line 1); of other files, features from 1.
    """
    raw = _raw_table(Path(path), shown=str(path))
    return checked(raw, columns=columns, campus_distance_m=campus_distance_m)


def _raw_table(path: Path, *, shown: str) -> RawTable:
    readers: dict[str, Callable[[Path, str], RawTable]] = {
        ".csv": _from_csv,
        ".geojson": _from_geojson,
        ".json": _from_geojson,
        ".gpkg": _from_geopackage,
        ".shp": _from_shapefile,
        ".parquet": _from_geoparquet,
        ".geoparquet": _from_geoparquet,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise SchoolDataError(
            f"{shown}: files ending in {path.suffix or 'nothing'!r} cannot be read",
            remedy=f"Save the schools as one of {', '.join(readers)}.",
        )
    if not path.is_file():
        raise SchoolDataError(f"{shown} is not there", remedy="Check the path.")
    try:
        if path.stat().st_size == 0:
            raise SchoolDataError(f"{shown} is empty", remedy="Give one row a school.")
        return reader(path, shown)
    except UnicodeDecodeError as error:
        raise _unreadable(shown, "it is not UTF-8 text", "Save it as UTF-8.") from error
    except (
        csv.Error,
        json.JSONDecodeError,
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        CRSError,
        OSError,
    ) as error:
        raise _unreadable(shown, str(error)) from error


def _from_csv(path: Path, shown: str) -> RawTable:
    with path.open(encoding="utf-8-sig", newline="") as file:
        separator = max(",;\t", key=file.readline().count)
        file.seek(0)
        reader = csv.reader(file, delimiter=separator, strict=True)
        header = [name.strip() for name in next(reader, [])]
        rows: list[list[str]] = []
        where: list[str] = []
        line = reader.line_num + 1
        try:
            for row in reader:
                if any(cell.strip() for cell in row):
                    rows.append(row)
                    where.append(f"row {line}")
                line = reader.line_num + 1
        except csv.Error as error:
            raise _unreadable(shown, f"row {line}: {error}", "Check the quotes there.") from error
    found: list[tuple[int | None, str]] = [
        (None, f"column {name} appears {header.count(name)} times in the header")
        for name in dict.fromkeys(header)
        if name and header.count(name) > 1
    ]
    found += [
        (k, f"{len(row)} cells, but the header has {len(header)}")
        for k, row in enumerate(rows)
        if len(row) != len(header)
    ]
    cells = {
        name: [row[k] if k < len(row) else None for row in rows]
        for k, name in enumerate(header)
        if name
    }
    return RawTable(source=shown, cells=cells, where=where, found=found)


def _from_geojson(path: Path, shown: str) -> RawTable:
    content = json.loads(path.read_text(encoding="utf-8-sig"))
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not all(isinstance(f, dict) for f in features):
        raise _unreadable(shown, "it is JSON, but not a GeoJSON FeatureCollection")
    rows = [_properties(feature) for feature in features]
    given = [feature.get("geometry") for feature in features]
    texts = np.array([None if g is None else json.dumps(g) for g in given], dtype=object)
    shapes = shapely.from_geojson(texts, on_invalid="ignore")
    return RawTable(
        source=shown,
        cells={name: [row.get(name) for row in rows] for row in rows for name in row},
        where=[f"feature {k + 1}" for k in range(len(features))],
        points=gpd.GeoSeries(shapes, crs=_crs_of_geojson(content)),
        found=[
            (k, "the geometry is not valid GeoJSON")
            for k, (g, shape) in enumerate(zip(given, shapes, strict=True))
            if g is not None and shape is None
        ],
    )


def _properties(feature: Mapping[str, Any]) -> dict[str, Any]:
    properties = feature.get("properties")
    own = {"id": feature["id"]} if "id" in feature else {}
    return own | (properties if isinstance(properties, dict) else {})


def _crs_of_geojson(content: Mapping[str, Any]) -> CRS:
    """Degrees, unless the older ``crs`` member names another system."""
    member = content.get("crs")
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return CRS.from_user_input(name or DEGREES)


def _from_geopackage(path: Path, shown: str) -> RawTable:
    layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    if len(layers) != 1:
        raise _unreadable(
            shown,
            f"it has {len(layers)} layers with places" + "".join(f", {name}" for name in layers),
            "Save the schools as the only layer of a file.",
        )
    return _from_features(gpd.read_file(path, layer=layers[0]), shown)


def _from_shapefile(path: Path, shown: str) -> RawTable:
    return _from_features(gpd.read_file(path), shown, name_length=SHAPEFILE_NAME_LENGTH)


def _from_geoparquet(path: Path, shown: str) -> RawTable:
    try:
        frame = gpd.read_parquet(path)
    except ValueError as error:  # not Parquet, or Parquet without places
        raise _unreadable(shown, str(error)) from error
    return _from_features(frame, shown)


def _from_features(frame: pd.DataFrame, shown: str, *, name_length: int | None = None) -> RawTable:
    if not isinstance(frame, gpd.GeoDataFrame):
        raise _unreadable(shown, "it has no places")
    points = frame.geometry.reset_index(drop=True)
    table = pd.DataFrame(frame.drop(columns=frame.active_geometry_name))
    if table.index.name is not None and table.index.name not in table:
        table = table.reset_index()
    return RawTable(
        source=shown,
        cells={str(name): table[name].tolist() for name in table},
        where=[f"feature {k + 1}" for k in range(len(table))],
        points=points,
        name_length=name_length,
    )


def _unreadable(
    shown: str, why: str, remedy: str = "Check that the file is what its ending says."
) -> SchoolDataError:
    return SchoolDataError(f"{shown} cannot be read", [why], remedy)
