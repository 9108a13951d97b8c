"""Reading lines from the files of a GIS, alone or in an archive."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from zoning.errors import NetworkError, first_few
from zoning.roads.build_report import FindingKind, ReportDraft
from zoning.roads.sources.containers import (
    ARCHIVES,
    LINE_DRIVERS,
    refuse_unfit,
    unpacked,
    unread,
)
from zoning.roads.tables import EAST, NORTH, SOUTH


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RawLines:
    """Lines as a file gives them, in degrees; parts of a multi-line are lines of their own.

    Attributes
    ----------
    lines
        Shape (n,), LineString in degrees, two-dimensional, of some length.
    feature
        Shape (n,), number of the feature each comes from, from 1.
    cells
        The other columns, one row a line.
    """

    lines: NDArray[Any]
    feature: NDArray[np.intp]
    cells: pd.DataFrame


def read_lines(path: Path, *, layer: str | None, crs: str | None, draft: ReportDraft) -> RawLines:
    """The lines of a file, in degrees, with what cannot be a street left out and counted.

    Parameters
    ----------
    layer
        Which layer, where there are several.
    crs
        Coordinate system of a file that names none.
    draft
        Takes what was read, repaired and left out.

    Raises
    ------
    NetworkError
        If the file is missing, is not what its ending says, has no or several
        layers, names no coordinate system, or has coordinates that do not fit it.
    """
    frame = _frame(path, layer)
    degrees = _in_degrees(frame, path, crs, draft)
    return _usable(frame, degrees, draft)


def _frame(path: Path, layer: str | None) -> gpd.GeoDataFrame:
    if not path.name.lower().endswith((*LINE_DRIVERS, *ARCHIVES)):
        raise unread(path)
    if not path.exists():
        raise NetworkError(f"{path} is not there", remedy="Check the path.")
    with unpacked(path) as place:
        refuse_unfit(place, named=path)
        return _read(path, place, layer)


def _read(path: Path, place: Path, layer: str | None) -> gpd.GeoDataFrame:
    """The lines in ``place``, which is ``path`` or what that archive holds."""
    drivers = LINE_DRIVERS.get(place.suffix.lower())
    try:
        if drivers is None:
            raise unreadable(path, f"{place.name} in it holds no lines")
        if not drivers:
            return _parquet(path, place, layer)
        layers = [str(name) for name, kind in pyogrio.list_layers(place) if kind is not None]
        chosen = _chosen_layer(path, layers, layer)
        driver = str(pyogrio.read_info(place, layer=chosen)["driver"])
        if driver not in drivers:
            raise unreadable(path, f"it is a file of the kind {driver}")
        frame = gpd.read_file(place, layer=chosen)
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        pyogrio.errors.FeatureError,
        pyogrio.errors.FieldError,
        CRSError,
        OSError,
        UnicodeDecodeError,
    ) as error:
        raise unreadable(path, str(error)) from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise unreadable(path, "it has no lines")
    return frame


def _parquet(path: Path, place: Path, layer: str | None) -> gpd.GeoDataFrame:
    if layer is not None:
        raise NetworkError(f"{path} has no layers", remedy="Leave --layer out.")
    try:
        return gpd.read_parquet(place)
    except ValueError as error:  # also what pyarrow says of a file that is not Parquet
        raise unreadable(path, str(error).splitlines()[0]) from error


def _chosen_layer(path: Path, layers: list[str], wanted: str | None) -> str:
    listed = ", ".join(layers)
    if wanted is not None and wanted not in layers:
        raise NetworkError(
            f"{path} has no layer {wanted!r}", [f"it has: {listed}"], "Name one of these."
        )
    if wanted is None and len(layers) != 1:
        raise NetworkError(
            f"{path} has {len(layers)} layers with places",
            [listed] if layers else [],
            "Say which holds the streets with --layer (in Python: layer=).",
        )
    return wanted if wanted is not None else layers[0]


def _in_degrees(
    frame: gpd.GeoDataFrame, path: Path, crs: str | None, draft: ReportDraft
) -> NDArray[Any]:
    """The geometry in EPSG:4326, after a check that the coordinates fit the system."""
    if crs is not None and frame.crs is not None and CRS.from_user_input(frame.crs) != _crs(crs):
        raise NetworkError(
            f"{path} says that its coordinates are in {_name(frame.crs)}",
            [f"{crs} was given"],
            "Leave --crs out, or correct the file if it is wrong.",
        )
    if frame.crs is None and crs is None:
        raise NetworkError(
            f"{path} does not say which coordinate system it is in",
            remedy="Say it with --crs, for example EPSG:4326 for longitude and latitude "
            "(in Python: crs='EPSG:4326'). A Shapefile needs its .prj file.",
        )
    system = CRS.from_user_input(frame.crs) if frame.crs is not None else _crs(str(crs))
    shapes = shapely.force_2d(frame.geometry.to_numpy())
    degrees = gpd.GeoSeries(shapes, crs=system).to_crs("EPSG:4326").to_numpy()
    _require_on_earth(path, system, shapes, degrees)
    draft.add(
        FindingKind.READ,
        "features",
        f"features in {path.name}, coordinates in {_name(system)}",
        len(frame),
    )
    return np.asarray(degrees)


def _crs(text: str) -> CRS:
    try:
        return CRS.from_user_input(text)
    except CRSError as error:
        raise NetworkError(
            f"{text!r} is not a coordinate system",
            remedy="Give a code such as EPSG:4326 or EPSG:2246.",
        ) from error


def _require_on_earth(path: Path, system: CRS, given: NDArray[Any], degrees: NDArray[Any]) -> None:
    """Refuse coordinates that cannot be in the system the file names."""
    x, y = shapely.bounds(given)[:, 0], shapely.bounds(given)[:, 1]
    low, high = shapely.bounds(degrees)[:, :2], shapely.bounds(degrees)[:, 2:]
    there = np.isfinite(shapely.bounds(given)).all(axis=1)
    inside = (
        (low[:, 0] >= -EAST) & (high[:, 0] <= EAST) & (low[:, 1] >= SOUTH) & (high[:, 1] <= NORTH)
    )
    like_degrees = (np.abs(x) <= EAST) & (np.abs(y) <= -SOUTH + 10)
    wrong = there & (~inside | (like_degrees & (not system.is_geographic)))
    if not wrong.any():
        return
    lines = [f"feature {k + 1}: x {x[k]:.6g}, y {y[k]:.6g}" for k in np.flatnonzero(wrong)]
    raise NetworkError(
        f"{path}: {len(lines):,} of {len(given):,} features have coordinates that cannot be in "
        f"{_name(system)}",
        first_few(lines, 5),
        "Projected and geographic coordinates may be mixed, or the wrong system is named: correct "
        "the file, or its .prj.",
    )


def _name(system: CRS) -> str:
    code = system.to_authority()
    return f"{':'.join(code)} ({system.name})" if code else str(system.name)


def _usable(frame: gpd.GeoDataFrame, degrees: NDArray[Any], draft: ReportDraft) -> RawLines:
    kinds = shapely.get_type_id(degrees)
    multi = kinds == shapely.GeometryType.MULTILINESTRING
    is_line = (kinds == shapely.GeometryType.LINESTRING) | multi
    empty = shapely.is_missing(degrees) | shapely.is_empty(degrees)
    parts, feature = shapely.get_parts(degrees[is_line & ~empty], return_index=True)
    feature = np.flatnonzero(is_line & ~empty)[feature]
    places, row = shapely.get_coordinates(parts, return_index=True)
    odd = np.zeros(len(parts), dtype=bool)
    odd[row[~np.isfinite(places).all(axis=1)]] = True
    short = (shapely.length(parts) == 0) & ~odd
    several = np.flatnonzero(multi & ~empty)[
        shapely.get_num_geometries(degrees[multi & ~empty]) > 1
    ]

    for kind, code, words, which in (
        (FindingKind.LEFT_OUT, "empty", "features without a geometry", np.flatnonzero(empty)),
        (
            FindingKind.LEFT_OUT,
            "not_lines",
            "features that are not lines",
            np.flatnonzero(~is_line & ~empty),
        ),
        (
            FindingKind.LEFT_OUT,
            "not_finite",
            "lines with a coordinate that is not a number",
            feature[odd],
        ),
        (FindingKind.LEFT_OUT, "zero_length", "lines of no length", feature[short]),
        (FindingKind.REPAIRED, "multi_part", "lines of several parts, taken apart", several),
    ):
        draft.add(kind, code, words, len(which), features_named(which + 1))
    kept = ~(odd | short)
    cells = pd.DataFrame(frame.drop(columns=frame.active_geometry_name))
    return RawLines(
        lines=parts[kept],
        feature=feature[kept] + 1,
        cells=cells.iloc[feature[kept]].reset_index(drop=True),
    )


def features_named(numbers: Iterable[int]) -> list[str]:
    """Features as a message names them."""
    return [f"feature {number}" for number in numbers]


def unreadable(path: Path, why: str) -> NetworkError:
    """The error for a file that cannot be read."""
    return NetworkError(
        f"{path} cannot be read", [why], "Check that the file is whole and is what its ending says."
    )
