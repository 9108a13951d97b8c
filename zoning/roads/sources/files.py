"""Open files and archives of streets, and read lines from GIS formats."""

from __future__ import annotations

import math
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
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
from zoning.inputs import BAD_ARCHIVE, CHECK_FILE, LAYER_DRIVERS, require_kind, require_unpackable
from zoning.roads.sources.classes import WORDS, words_of
from zoning.roads.streets.build_report import FindingKind, ReportDraft
from zoning.roads.streets.tables import EAST, NORTH, SOUTH, km_from_middle

# A line is stray if it is farther from the median place than 5 times what 90 % of the lines are,
# and than 100 km: the largest districts span 300 km, and a state's streets stay within 5 times.
# The same beyond a gap of 5 times with at least 60 % before it: more than a tenth may be misplaced.
# Near the origin of the coordinates, where failed geocoding puts features, 10 km are enough.
USUAL_SHARE: Final = 0.9
LEAST_SHARE: Final = 0.6
FAR_TIMES: Final = 5.0
FAR_STREET_KM: Final = 100.0
FAR_ORIGIN_KM: Final = 10.0
# Lines farther apart than a country's width are not one district's, and no projection fits them.
FARTHEST_KM: Final = 3000.0
# With more features than this out of its range, the coordinate system is wrong, not the features.
STRAY_SHARE: Final = 0.05
OSM_ENDINGS: Final = tuple(WORDS["endings"]["osm"])
CHANGE_ENDINGS: Final = tuple(WORDS["endings"]["osm_changes"])
GRAPH_ENDINGS: Final = (".graphml",)
MAP_ENDINGS: Final = (*OSM_ENDINGS, *GRAPH_ENDINGS)
ARCHIVES: Final = (".zip", ".kmz", ".shz")
LINE_DRIVERS: Final = LAYER_DRIVERS
GMNS_FILES: Final = ("node.csv", "link.csv")
TABLE_FILES: Final = ("junctions.csv", "links.csv")
_FIRST_TABLES: Final = (GMNS_FILES[0], TABLE_FILES[0])
_REMEDIES: Final = words_of("remedies")
_LARGEST_BYTES: Final = 8 * 2**30
"""Largest unpacked size of an archive: more than the centrelines of a whole state."""
# A server reports that it stopped at its limit within the first or the last lines.
_HEAD_BYTES: Final = 2**16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RawLines:
    """Lines of a file, in degrees; each part of a multi-line is a line of its own.

    ``lines`` are two-dimensional and of some length, ``feature`` is the number of the
    feature each comes from, from 1, and ``cells`` the other columns, one row a line.
    """

    lines: NDArray[Any]
    feature: NDArray[np.intp]
    cells: pd.DataFrame


def read_lines(path: Path, *, layer: str | None, crs: str | None, draft: ReportDraft) -> RawLines:
    """Read the lines of a file in degrees; leave out and count features that cannot be streets.

    ``layer`` is wanted of a file with several, ``crs`` of a file that names none.

    Raises `NetworkError` if the file is missing, is not what its ending says, has no or several
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
        raise unsupported_file(path)
    if not path.exists():
        raise NetworkError(f"{path} is not there", remedy="Check the path.")
    with unpack(path) as place:
        refuse_unfit(place, named=path)
        try:
            frame = _read(path, place, layer)
        except (RuntimeError, OSError, UnicodeDecodeError) as error:  # GDAL raises RuntimeError.
            raise unreadable_file(path, str(error)) from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise unreadable_file(path, "it has no lines")
    return frame


def _read(path: Path, place: Path, layer: str | None) -> gpd.GeoDataFrame:
    """Read the features in ``place``, which is ``path`` or the member of that archive."""
    drivers = LINE_DRIVERS.get(place.suffix.lower())
    if drivers is None:
        raise unreadable_file(path, f"{place.name} in it holds no lines")
    if not drivers:
        return _parquet(path, place, layer)
    layers = [str(name) for name, kind in pyogrio.list_layers(place) if kind is not None]
    chosen = _choose_layer(path, layers, layer)
    driver = str(pyogrio.read_info(place, layer=chosen)["driver"])
    if driver not in drivers:
        raise unreadable_file(path, f"it is a file of the kind {driver}")
    return _features(place, chosen)


def _parquet(path: Path, place: Path, layer: str | None) -> gpd.GeoDataFrame:
    if layer is not None:
        raise NetworkError(f"{path} has no layers", remedy="Leave --layer out.")
    try:
        return gpd.read_parquet(place)
    except ValueError as error:  # pyarrow also raises it for a file that is not Parquet.
        raise unreadable_file(path, str(error).splitlines()[0]) from error


def _features(path: Path, layer: str) -> gpd.GeoDataFrame:
    """Read the layer through Arrow where its text is valid UTF-8, which is four times faster."""
    try:
        frame = gpd.read_file(path, layer=layer, use_arrow=True)
        for column in frame.select_dtypes("str"):
            # Arrow accepts text that is not UTF-8 and fails only when a cell is read.
            pa.array(frame[column]).validate(full=True)
        return frame
    except pa.ArrowException:
        # Without Arrow a Shapefile without .cpg is read as Latin 1.
        try:
            return gpd.read_file(path, layer=layer)
        except UnicodeDecodeError:
            # The .cpg wrongly names UTF-8. Latin 1 can decode any byte.
            return gpd.read_file(path, layer=layer, encoding="ISO-8859-1")


def _choose_layer(path: Path, layers: list[str], wanted: str | None) -> str:
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
    """Find the coordinate system of the file, or the one given for a file that names none."""
    own = None if frame.crs is None else CRS.from_user_input(frame.crs)
    if crs is not None and own is not None and own != parse_crs(crs):
        raise NetworkError(
            f"{path} says that its coordinates are in {_name(own)}",
            [f"{crs} was given"],
            "Leave --crs out, or correct the file if it is wrong.",
        )
    if own is None and crs is None:
        raise NetworkError(
            f"{path} does not say which coordinate system it is in",
            remedy="Say it with --crs, for example EPSG:4326 for longitude and latitude "
            "(in Python: crs='EPSG:4326'). A Shapefile needs its .prj file.",
        )
    return own if own is not None else parse_crs(str(crs))


def parse_crs(text: str) -> CRS:
    """Parse a coordinate system; raise `NetworkError` if it is unknown."""
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
    """Mark the parts that are far from all others, and report them; returns shape (n_parts,).

    Raises `NetworkError` if more than a few features have coordinates that the system cannot have.
    """
    x, y = given.T
    lon, lat = degrees.T
    inside = (np.abs(lon) <= EAST) & (lat >= SOUTH) & (lat <= NORTH)
    # Degrees in a projected file. The limit of latitudes is 100: files round bounds up.
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

    def described(part: int) -> str:
        k = first[part]
        far = "" if np.isinf(away[part]) else f", {away[part]:,.0f} km away"
        return f"feature {feature[part] + 1} from x {x[k]:.6g}, y {y[k]:.6g}{far}"

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
            first_few([described(k) for k in apart.tolist()], 5),
            "Leave one place's streets in the file: those around your district.",
        )
    named = np.flatnonzero(stray)
    draft.add(
        FindingKind.LEFT_OUT,
        "far_off",
        "lines far from all others, which must be misplaced",
        len(named),
        [described(k) for k in named.tolist()],
    )
    return np.asarray(stray)


def _usual_km(away: NDArray[np.float64]) -> float:
    """Kilometres from the median place within which nearly all lines lie."""
    if not len(away):
        return 0.0
    km = np.sort(away)
    least = max(1, math.ceil(LEAST_SHARE * len(km)))
    gaps = km[least:] > np.maximum(FAR_STREET_KM, FAR_TIMES * km[least - 1 : -1])
    before_gap = km[least - 1 + int(gaps.argmax())] if gaps.any() else km[-1]
    return float(min(before_gap, np.quantile(km, USUAL_SHARE, method="lower")))


def _any(marks: NDArray[np.bool_], row: NDArray[np.intp], n: int) -> NDArray[np.bool_]:
    """True for each of n lines if any of its vertices is marked."""
    return np.bincount(row[marks], minlength=n) > 0


def _name(system: CRS) -> str:
    code = system.to_authority()
    return f"{':'.join(code)} ({system.name})" if code else str(system.name)


def _parts(frame: gpd.GeoDataFrame, draft: ReportDraft) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Split features into single lines with their rows; leave out and count what is not a line."""
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
        draft.add(kind, code, words, len(which), feature_names(which + 1))
    kept = ~(odd | short)
    return parts[kept], feature[kept]


def feature_names(numbers: Iterable[int]) -> list[str]:
    """Name features for a message."""
    return [f"feature {number}" for number in numbers]


def unreadable_file(path: Path, why: str) -> NetworkError:
    """Make the error for a file that cannot be read."""
    return NetworkError(f"{path} cannot be read", [why], CHECK_FILE)


def unsupported_file(path: Path) -> NetworkError:
    """Make the error for an unsupported format, with the supported ones and the remedy."""
    ending = path.suffix.lower()
    listed = ", ".join((*MAP_ENDINGS, *LINE_DRIVERS, *ARCHIVES))
    return NetworkError(
        f"{path} is not a saved street network, and files ending in {ending or 'nothing'!r} cannot "
        "be read",
        [f"these are: a built network, a folder of tables, and files ending in {listed}"],
        _REMEDIES.get(ending, "Check the path, or save the streets as one of these."),
    )


def find_member(path: Path) -> str:
    """Find the streets in an archive: a file, the first of two tables, or a geodatabase's folder.

    Raises `NetworkError` if it cannot be opened, or holds none or several.
    """
    with _open_archive(path) as archive:
        names = [PurePosixPath(name) for name in archive.namelist() if "__MACOSX" not in name]
    found = set()
    for name in names:
        geodatabase = next((p for p in (name, *name.parents) if p.suffix.lower() == ".gdb"), None)
        if geodatabase is not None:
            found.add(str(geodatabase))
        elif name.name.lower().endswith((*MAP_ENDINGS, *LINE_DRIVERS)):
            found.add(str(name))
    for first, second in (GMNS_FILES, TABLE_FILES):
        found |= {
            str(name) for name in names if name.name == first and name.with_name(second) in names
        }
    # Archives often hold metadata as .json beside the data.
    streets = sorted(n for n in found if not n.lower().endswith(".json")) or sorted(found)
    if len(streets) != 1:
        held = streets or [str(name) for name in names]
        raise NetworkError(
            f"{path} holds {len(streets) or 'no'} files of streets",
            [", ".join(held[:8]) + (", ..." if len(held) > 8 else "")],
            "Unpack it and give the one that holds the streets.",
        )
    return streets[0]


@contextmanager
def unpack(path: Path) -> Iterator[Path]:
    """Unpack an archive into a temporary folder; yield any other path unchanged.

    Raises `NetworkError` as for `find_member`, or if the archive is damaged, locked or too large.
    """
    if not (path.is_file() and path.name.lower().endswith(ARCHIVES)):
        yield path
        return
    wanted = PurePosixPath(find_member(path))
    with tempfile.TemporaryDirectory(prefix="zoning-") as scratch:
        folder = Path(scratch, path.stem)  # Reports name the source by this folder.
        with _open_archive(path) as archive:
            parts = [info for info in archive.infolist() if _belongs(info.filename, wanted)]
            require_unpackable(parts, most_bytes=_LARGEST_BYTES, shown=path, error=NetworkError)
            for info in parts:
                archive.extract(info, folder)  # A member's name must not lead outside the folder.
        place = Path(folder, *(part for part in wanted.parts if part not in {"/", "..", "."}))
        yield place.parent if wanted.name in _FIRST_TABLES else place


def _belongs(name: str, wanted: PurePosixPath) -> bool:
    """True if an archive member is the wanted file, lies in that folder, or shares its stem."""
    place = PurePosixPath(name)
    parts_of_it = place.parent == wanted.parent and place.stem.casefold() == wanted.stem.casefold()
    tables = wanted.name in _FIRST_TABLES and place.parent == wanted.parent
    return place == wanted or wanted in place.parents or parts_of_it or tables


@contextmanager
def _open_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except NetworkError:
        raise
    except (*BAD_ARCHIVE, OSError) as error:
        raise NetworkError(
            f"{path} cannot be unpacked", [str(error)], "Unpack it first, or get it again."
        ) from error


def refuse_unfit(path: Path, *, named: Path) -> None:
    """Refuse a file that does not match its ending, or a server's answer that is incomplete.

    ``named``: the file as the user knows it, for the message.

    Raises `NetworkError` if the file is one of these.
    """
    require_kind(path, shown=named, error=NetworkError)
    if not path.is_file():
        return
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        file.seek(max(0, path.stat().st_size - _HEAD_BYTES))
        tail = file.read()
    if path.suffix.lower().endswith("json") and re.search(
        rb'"exceededTransferLimit"\s*:\s*true', head + tail
    ):
        raise NetworkError(
            f"{named} holds a part of the streets only",
            ["the server stopped at its limit and said so (exceededTransferLimit)"],
            "Get the rest with resultOffset, or download the whole layer.",
        )
    if path.suffix.lower().endswith("json") and b'"osm3s"' in head:
        raise NetworkError(
            f"{named} is an answer of Overpass in JSON",
            remedy="Ask for it with [out:xml] instead of [out:json] and save it as .osm.",
        )
