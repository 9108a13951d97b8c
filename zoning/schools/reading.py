"""School inventories from files: CSV, GeoJSON, GeoPackage, Shapefile, GeoParquet and more."""

from __future__ import annotations

import json
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from zoning.errors import FaultsError, SchoolDataError
from zoning.geotables import read_csv_table
from zoning.inputs import (
    BAD_ARCHIVE,
    LAYER_DRIVERS,
    TOO_DEEP,
    read_json,
    require_kind,
    require_rows,
    require_unpackable,
)
from zoning.schools.checks import checked
from zoning.schools.columns import SHAPEFILE_NAME_LENGTH, RawTable
from zoning.schools.coordinates import DEGREES

# A zip that unpacks to more than this is no list of schools.
_UNPACKED_LIMIT_BYTES: Final = 2_000_000_000


def read_schools(
    path: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    levels: Mapping[str, str] | None = None,
    crs: str | None = None,
    state: str | None = None,
    campus_distance_m: float = 50.0,
) -> gpd.GeoDataFrame:
    """A checked school inventory from a file.

    The ending says the format: ``.csv`` (with latitude and longitude; comma,
    semicolon or tab), ``.geojson`` or ``.json`` (also Esri JSON), ``.gpkg``,
    ``.gdb``, ``.shp``, ``.fgb``, ``.kml``, ``.kmz``, ``.parquet``,
    ``.geoparquet``, or a ``.zip`` with one of these in it. Only one layer may
    hold points. Any coordinate reference system is understood; a file that names
    none is refused, unless it is CSV or GeoJSON, which are in degrees, or
    ``crs`` names it.

    Required: ``school_id``, ``level`` or the grades, and a place. ``name`` falls
    back to the id; without a ``program`` every school is ``resides`` (`notices`
    says so). Everything else is optional. Column names are found whatever their
    case, spaces and punctuation, and by what public lists call them: NCESSCH,
    SCH_NAME, LATCOD, GSLO, MEMBER, Grade Span and many more
    (`zoning.schools.names`). Without any ids the row numbers of the file
    (``fid``, ``OBJECTID``) are taken. A Shapefile may hold names cut at ten
    letters. Columns that are not used are named in a notice.

    Cells: blank is missing, and so are the marks of public tables where a
    number, a time or an id is meant: ``-1``, ``-2``, ``-9``, ``M``, ``N``,
    ``†``, ``‡``, ``–``, ``*``, ``n/a`` and their kin, counted in a notice. Ids
    are text (leading zeros kept, ``275004.0`` read as ``275004``). Times are as
    `zoning.schools.clocks.as_time` has them: ``7:30``, ``2:10 PM``, ``0730``, a
    date and time, or a part of a day (0.3125); a moment in UTC is refused.

    Levels are elementary, middle, high, k-8, secondary (6-12), combined (K-12),
    in many words (ES, Junior High, Jr/Sr High School), as a span of grades (K-5,
    PK-08, 6-12), or as NCES's codes 1 to 3. Grades, in one column or in two,
    say the level where there is no word for it, and that an elementary school
    reaches up to grade 8. Programs are resides, magnet, alternative, virtual;
    regular and neighborhood mean resides; without a column of them the type of
    school (SCH_TYPE) is read, also from words such as Charter, Continuation or
    Online. Schools that a column of their status says are closed are left out,
    with a notice. Feeders are ids, or names that only one school has: a list, or
    text separated by ``;``.

    Parameters
    ----------
    path
        The file; read only.
    columns
        Our column name -> the file's, where they differ; '' if none of the
        file's is to be read for it. ``latitude`` and
        ``longitude`` can be mapped too, and then replace a file's geometry.
    levels
        Value of the file's level column -> level, for values of its own; or
        ``'leave out'``, for schools that are not to be planned for.
    crs
        Coordinate system of x and y, or of a file that names none, for example
        ``'EPSG:2246'``.
    state
        Two letters: places that are not in that state are faults.
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
    if not isinstance(path, str | PathLike):
        raise SchoolDataError(
            f"read_schools takes the path of a file, not a {type(path).__name__}",
            remedy="For a table in memory use schools_from_frame(frame).",
        )
    try:
        return checked(
            _raw_table(Path(path), shown=str(path)),
            columns=columns,
            levels=levels,
            crs=crs,
            state=state,
            campus_distance_m=campus_distance_m,
        )
    except RecursionError as error:
        raise _unreadable(str(path), TOO_DEEP) from error


def _raw_table(path: Path, *, shown: str) -> RawTable:
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise SchoolDataError(
            f"{shown}: files ending in {path.suffix or 'nothing'!r} cannot be read",
            remedy=f"Save the schools as one of {', '.join(_READERS)}.",
        )
    is_folder = path.suffix.lower() == ".gdb" and path.is_dir()
    if not (path.is_file() or is_folder):
        raise SchoolDataError(f"{shown} is not there", remedy="Check the path.")
    try:
        if not is_folder and path.stat().st_size == 0:
            raise SchoolDataError(f"{shown} is empty", remedy="Give one row a school.")
        require_kind(path, shown=shown, error=SchoolDataError)
        return reader(path, shown)
    except SchoolDataError:
        raise
    except FaultsError as error:
        raise _unreadable(shown, error.headline, error.remedy) from error
    except RecursionError as error:
        raise _unreadable(shown, TOO_DEEP) from error
    except UnicodeDecodeError as error:
        raise _unreadable(shown, "it is not UTF-8 text", "Save it as UTF-8.") from error
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        pyogrio.errors.FeatureError,
        pyogrio.errors.FieldError,
        CRSError,
        OSError,
        *BAD_ARCHIVE,
    ) as error:
        raise _unreadable(shown, str(error)) from error


def _from_csv(path: Path, shown: str) -> RawTable:
    table = read_csv_table(path)
    found: list[tuple[int | None, str]] = [
        (None, f"column {name} appears {table.header.count(name)} times in the header")
        for name in dict.fromkeys(table.header)
        if name and table.header.count(name) > 1
    ]
    cells = {
        name: [row[k] if k < len(row) else None for row in table.rows]
        for k, name in enumerate(table.header)
        if name
    }
    return RawTable(
        source=shown,
        cells=cells,
        where=[f"row {line}" for line in table.lines],
        found=[*found, *table.faults],
        notices=table.notices,
    )


def _from_zip(path: Path, shown: str) -> RawTable:
    """The one list of schools in a zip, unpacked beside nothing and forgotten after."""
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
        require_unpackable(
            archive.infolist(),
            most_bytes=_UNPACKED_LIMIT_BYTES,
            shown=shown,
            error=SchoolDataError,
        )
        archive.extractall(folder)
        root = Path(folder)
        found = sorted(
            inner
            for inner in root.rglob("*")
            if inner.suffix.lower() in _READERS
            and "__MACOSX" not in inner.parts
            and not any(p.suffix.lower() == ".gdb" for p in inner.relative_to(root).parents)
        )
        if len(found) != 1:
            names = ", ".join(str(inner.relative_to(root)) for inner in found)
            raise _unreadable(
                shown,
                f"it has {len(found)} files that could be the schools{': ' * bool(found)}{names}",
                "Unpack it and give the file itself.",
            )
        return _raw_table(found[0], shown=f"{shown}/{found[0].relative_to(root)}")


def _from_geojson(path: Path, shown: str) -> RawTable:
    content = read_json(path, shown=shown, error=SchoolDataError)
    if isinstance(content, dict) and _is_one_page(content):
        raise _unreadable(
            shown,
            "it is one page of a longer answer of a map server (exceededTransferLimit)",
            "Ask for the other pages too, or download the whole layer.",
        )
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not all(isinstance(f, dict) for f in features):
        raise _unreadable(shown, "it is JSON, but not a GeoJSON FeatureCollection")
    require_rows(len(features), shown=shown, error=SchoolDataError)
    if any("attributes" in feature for feature in features):  # Esri JSON
        return _from_features(_features(path).reset_index(drop=True), shown)
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
        assumed_crs=DEGREES,
    )


def _is_one_page(content: Mapping[str, Any]) -> bool:
    properties = content.get("properties")
    inside = properties if isinstance(properties, dict) else {}
    return bool(content.get("exceededTransferLimit") or inside.get("exceededTransferLimit"))


def _properties(feature: Mapping[str, Any]) -> dict[str, Any]:
    properties = feature.get("properties")
    own = {"id": feature["id"]} if "id" in feature else {}
    return own | (properties if isinstance(properties, dict) else {})


def _crs_of_geojson(content: Mapping[str, Any]) -> CRS | None:
    """What the older ``crs`` member names; without one GeoJSON is in degrees."""
    member = content.get("crs")
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return None if name is None else CRS.from_user_input(name)


def _from_layers(path: Path, shown: str) -> RawTable:
    """The only layer with points of a file that can hold several."""
    layers = [str(name) for name, kind in pyogrio.list_layers(path) if _may_be_points(kind)]
    if len(layers) != 1:
        raise _unreadable(
            shown,
            f"it has {len(layers)} layers with places" + "".join(f", {name}" for name in layers),
            "Save the schools as the only layer of points in a file.",
        )
    about = pyogrio.read_info(path, layer=layers[0], force_feature_count=True)
    if about["driver"] not in LAYER_DRIVERS[path.suffix.lower()]:
        raise _unreadable(shown, f"it is {about['driver']}")
    require_rows(about["features"], shown=shown, error=SchoolDataError)
    number = str(about["fid_column"] or "")
    frame = _features(path, layer=layers[0])
    if number and number not in frame:
        frame.insert(0, number, frame.index)
    return _from_features(frame.reset_index(drop=True), shown)


def _features(path: Path, *, layer: str | None = None) -> gpd.GeoDataFrame:
    """The features of a layer, the index being their numbers in the file.

    As text, a moment keeps the offset that it was written with; else all come in
    UTC if they differ in it. GDAL warns of such offsets in a GeoPackage.
    """
    options = {} if layer is None else {"layer": layer}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Non-conformant content", RuntimeWarning)
        return gpd.read_file(path, datetime_as_string=True, fid_as_index=True, **options)


def _may_be_points(kind: str | None) -> bool:
    return kind is not None and (kind == "Unknown" or "Point" in kind or "Collection" in kind)


def _from_shapefile(path: Path, shown: str) -> RawTable:
    rows = pyogrio.read_info(path, force_feature_count=True)["features"]
    require_rows(rows, shown=shown, error=SchoolDataError)
    frame = _features(path).reset_index(drop=True)
    return _from_features(frame, shown, name_length=SHAPEFILE_NAME_LENGTH)


def _from_geoparquet(path: Path, shown: str) -> RawTable:
    try:
        rows = pq.read_metadata(path).num_rows
        require_rows(rows, shown=shown, error=SchoolDataError)
        frame = gpd.read_parquet(path)
    except SchoolDataError:
        raise
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


_READERS: Final[dict[str, Callable[[Path, str], RawTable]]] = {
    ".csv": _from_csv,
    ".geojson": _from_geojson,
    ".json": _from_geojson,
    ".gpkg": _from_layers,
    ".shp": _from_shapefile,
    ".parquet": _from_geoparquet,
    ".geoparquet": _from_geoparquet,
    ".gdb": _from_layers,
    ".fgb": _from_layers,
    ".kml": _from_layers,
    ".kmz": _from_zip,  # GDAL keeps the columns of a KML, and loses those of a KMZ
    ".zip": _from_zip,
}
