"""Reading lines from the files of a GIS, alone or in an archive."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyogrio
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from zoning.errors import NetworkError, first_few
from zoning.roads.sources.containers import (
    ARCHIVES,
    LINE_DRIVERS,
    refuse_unfit,
    unpacked,
    unread,
)
from zoning.roads.streets.build_report import FindingKind, ReportDraft
from zoning.roads.streets.tables import EAST, NORTH, SOUTH, km_from_middle

# A line is stray if it is farther from the median place than 5 times what 90 % of the lines are,
# and than 100 km: the largest districts span 300 km, and a state's streets stay within 5 times.
# The same beyond a gap of 5 times with at least 60 % before it: more than a tenth may be misplaced.
# At the origin of the coordinates, where failed geocoding puts things, 10 km are enough.
USUAL_SHARE: Final = 0.9
LEAST_SHARE: Final = 0.6
FAR_TIMES: Final = 5.0
FAR_STREET_KM: Final = 100.0
FAR_ORIGIN_KM: Final = 10.0
# Farther apart than a country is wide, lines are no district's, and no plane holds them.
FARTHEST_KM: Final = 3000.0
# With more features than this out of the system's range, the system is at fault, not they.
STRAY_SHARE: Final = 0.05


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
    system = _system(frame, path, crs)
    draft.add(
        FindingKind.READ,
        "features",
        f"features in {path.name}, coordinates in {_name(system)}",
        len(frame),
    )
    parts, feature = _parts(frame, draft)
    places, row = shapely.get_coordinates(parts, return_index=True)
    degrees = _degrees(places, system)
    stray = _stray(
        path, system, given=places, degrees=degrees, row=row, feature=feature, draft=draft
    )
    lines = parts
    if len(parts) and (degrees is not places or shapely.has_z(parts).any()):
        lines = np.asarray(shapely.linestrings(degrees, indices=row))
    cells = pd.DataFrame(frame.drop(columns=frame.active_geometry_name))
    return RawLines(
        lines=lines[~stray],
        feature=feature[~stray] + 1,
        cells=cells.iloc[feature[~stray]].reset_index(drop=True),
    )


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
        frame = _features(place, chosen)
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


def _features(path: Path, layer: str) -> gpd.GeoDataFrame:
    """The layer, by way of Arrow where its text allows, which is four times faster."""
    try:
        frame = gpd.read_file(path, layer=layer, use_arrow=True)
        for column in frame.select_dtypes("str"):
            # Arrow takes what is not UTF-8 and complains when a cell is looked at.
            pa.array(frame[column]).validate(full=True)
        return frame
    except pa.ArrowException:
        # The slow way takes a Shapefile without .cpg as Latin 1.
        try:
            return gpd.read_file(path, layer=layer)
        except UnicodeDecodeError:
            # The .cpg says UTF-8 and is wrong. Any byte is a letter of Latin 1.
            return gpd.read_file(path, layer=layer, encoding="ISO-8859-1")


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


def _system(frame: gpd.GeoDataFrame, path: Path, crs: str | None) -> CRS:
    """The coordinate system of the file, or the one given for a file that names none."""
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
    return CRS.from_user_input(frame.crs) if frame.crs is not None else _crs(str(crs))


def _crs(text: str) -> CRS:
    try:
        return CRS.from_user_input(text)
    except CRSError as error:
        raise NetworkError(
            f"{text!r} is not a coordinate system",
            remedy="Give a code such as EPSG:4326 or EPSG:2246.",
        ) from error


def _degrees(places: NDArray[np.float64], system: CRS) -> NDArray[np.float64]:
    if CRS.from_epsg(4326).equals(system, ignore_axis_order=True):
        return places
    transformer = Transformer.from_crs(system, "EPSG:4326", always_xy=True)
    return np.column_stack(transformer.transform(places[:, 0], places[:, 1]))


def _stray(
    path: Path,
    system: CRS,
    *,
    given: NDArray[np.float64],
    degrees: NDArray[np.float64],
    row: NDArray[np.intp],
    feature: NDArray[np.intp],
    draft: ReportDraft,
) -> NDArray[np.bool_]:
    """Which parts are nowhere near the rest, counted and named; shape (n_parts,).

    Raises
    ------
    NetworkError
        If more than a few features have coordinates that the system cannot have.
    """
    x, y = given.T
    lon, lat = degrees.T
    inside = (np.abs(lon) <= EAST) & (lat >= SOUTH) & (lat <= NORTH)
    # Degrees in a projected file; up to 100 since latitudes are often rounded up.
    like_degrees = (np.abs(x) <= EAST) & (np.abs(y) <= -SOUTH + 10)
    odd = ~inside | (like_degrees & (not system.is_geographic))
    n = len(feature)
    wrong = _any(odd, row, n)
    km = km_from_middle(np.where(odd, np.nan, lon), np.where(odd, np.nan, lat))
    away = np.zeros(n)
    np.fmax.at(away, row, np.where(odd, np.inf, km))
    origin = _any((x == 0) & (y == 0), row, n)
    usual = _usual_km(away if origin.all() else away[~origin])
    least = np.where(origin, FAR_ORIGIN_KM, FAR_STREET_KM)
    stray = away > np.maximum(least, FAR_TIMES * usual)
    unexplained = np.unique(feature[wrong & ~origin])
    first = np.searchsorted(row, np.arange(n))
    if len(unexplained) > STRAY_SHARE * len(np.unique(feature)) or (wrong & ~stray).any():
        at = [first[np.flatnonzero(feature == k)[0]] for k in np.unique(feature[wrong])]
        raise NetworkError(
            f"{path}: {len(at):,} of {len(np.unique(feature)):,} features have coordinates that "
            f"cannot be in {_name(system)}",
            first_few(
                [f"feature {feature[row[k]] + 1}: x {x[k]:.6g}, y {y[k]:.6g}" for k in at], 5
            ),
            "Projected and geographic coordinates may be mixed, or the wrong system is named: "
            "correct the file, or its .prj.",
        )
    apart = np.flatnonzero(~stray & (away > FARTHEST_KM))
    if len(apart):
        raise NetworkError(
            f"{path}: {len(apart):,} of {n:,} lines are more than {FARTHEST_KM:,.0f} km from the "
            "others",
            first_few(
                [
                    f"feature {feature[k] + 1} from x {x[first[k]]:.6g}, y {y[first[k]]:.6g}, "
                    f"{away[k]:,.0f} km away"
                    for k in apart
                ],
                5,
            ),
            "Leave one place's streets in the file: those around your district.",
        )
    named = np.flatnonzero(stray)
    farthest = np.where(np.isfinite(away), away, np.nan)
    draft.add(
        FindingKind.LEFT_OUT,
        "far_off",
        "lines far from all others, which must be misplaced",
        len(named),
        [
            f"feature {feature[k] + 1} from x {x[first[k]]:.6g}, y {y[first[k]]:.6g}"
            + ("" if np.isnan(farthest[k]) else f", {farthest[k]:,.0f} km away")
            for k in named.tolist()
        ],
    )
    return np.asarray(stray)


def _usual_km(away: NDArray[np.float64]) -> float:
    """How far from the middle lines are that are not misplaced, kilometres."""
    if not len(away):
        return 0.0
    km = np.sort(away)
    least = max(1, math.ceil(LEAST_SHARE * len(km)))
    gaps = km[least:] > np.maximum(FAR_STREET_KM, FAR_TIMES * km[least - 1 : -1])
    before_gap = km[least - 1 + int(gaps.argmax())] if gaps.any() else km[-1]
    return float(min(before_gap, np.quantile(km, USUAL_SHARE, method="lower")))


def _any(marks: NDArray[np.bool_], row: NDArray[np.intp], n: int) -> NDArray[np.bool_]:
    """Whether any vertex of each of n lines is marked."""
    return np.bincount(row[marks], minlength=n) > 0


def _name(system: CRS) -> str:
    code = system.to_authority()
    return f"{':'.join(code)} ({system.name})" if code else str(system.name)


def _parts(frame: gpd.GeoDataFrame, draft: ReportDraft) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Single lines and the row of the feature of each; what is no line is left out and counted."""
    shapes = frame.geometry.to_numpy()
    kinds = shapely.get_type_id(shapes)
    multi = kinds == shapely.GeometryType.MULTILINESTRING
    is_line = (kinds == shapely.GeometryType.LINESTRING) | multi
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    feature = np.flatnonzero(is_line & ~empty)
    parts = np.asarray(shapes[feature])
    if multi.any():
        parts, part_of = shapely.get_parts(parts, return_index=True)
        feature = feature[part_of]
    places, row = shapely.get_coordinates(parts, return_index=True)
    odd = _any(~np.isfinite(places).all(axis=1), row, len(parts))
    short = (shapely.length(parts) == 0) & ~odd
    several = np.flatnonzero(multi & ~empty)[shapely.get_num_geometries(shapes[multi & ~empty]) > 1]

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
    return parts[kept], feature[kept]


def features_named(numbers: Iterable[int]) -> list[str]:
    """Features as a message names them."""
    return [f"feature {number}" for number in numbers]


def unreadable(path: Path, why: str) -> NetworkError:
    """The error for a file that cannot be read."""
    return NetworkError(
        f"{path} cannot be read", [why], "Check that the file is whole and is what its ending says."
    )
