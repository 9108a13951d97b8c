"""Street centrelines of a county: Shapefile, GeoPackage, file geodatabase, GeoJSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from zoning.errors import NetworkError
from zoning.roads.build_report import FindingKind, ReportDraft, value_counts
from zoning.roads.network import RoadNetwork
from zoning.roads.sources.classes import AREAS, LEAVE_OUT
from zoning.roads.sources.columns import FoundColumns, found_columns
from zoning.roads.sources.finishing import finished, kept_classes, require_streets
from zoning.roads.sources.line_classes import line_classes
from zoning.roads.sources.line_files import RawLines, features_named, read_lines
from zoning.roads.sources.links import Links, lengths_m
from zoning.roads.sources.noding import (
    LEAST_SNAP_M,
    Pieces,
    cut_at_crossings,
    joined_at_ends,
)
from zoning.roads.sources.options import BuildOptions
from zoning.roads.sources.values import CLOSED, SpeedUnit, directions, speed_unit_named, speeds_kph
from zoning.roads.tables import as_text

SNAP_M: Final = 0.5
_BRIDGED: Final = ("freeway", "ramp")


def read_centrelines(
    path: str | Path,
    *,
    columns: Mapping[str, str | None] | None = None,
    speed_unit: SpeedUnit | str | None = None,
    classes: Mapping[str, str] | None = None,
    oneway_codes: Mapping[str, str] | None = None,
    layer: str | None = None,
    crs: str | None = None,
    snap_m: float = SNAP_M,
    crossings: bool = False,
    options: BuildOptions | None = None,
    source: str | None = None,
    attribution: str = "",
) -> RoadNetwork:
    """A street network from a file of centrelines; its ``report`` says what was done.

    Lines meet where their ends do. With ``crossings`` they also meet where they
    cross or touch: at one level if the file has levels, and otherwise everywhere
    but across freeways and ramps.

    Columns are used when named in ``columns``, or when the file has them under a
    well-known name (SPEED, ONEWAY, RDCLASS, ROADNAME, MTFCC, FULLNAME, F_ELEV
    and T_ELEV among them; see `zoning.roads.sources.columns`), and then the
    report says so. A street without a speed that can be believed is driven at
    the default of its class and area. A class that is neither in ``classes`` nor
    a plain word is guessed from the speed: at least 64 km/h (40 mph) arterial,
    at least 48 km/h (30 mph) collector, else local; never freeway or ramp.
    These bounds are our choice.

    Parameters
    ----------
    path
        ``.shp``, ``.gpkg``, ``.gdb`` (a folder), ``.geojson`` or ``.json``; read
        only. Any coordinate system.
    columns
        Our column -> the file's: ``speed``, ``oneway``, ``road_class``, ``name``,
        ``area`` (urban, suburban, rural), ``level`` (of the line) or
        ``level_from`` and ``level_to`` (of its ends). None uses no column.
    speed_unit
        ``mph`` or ``kmh``, of numbers that name no unit.
    classes
        Value of the class column -> freeway, arterial, collector, local,
        service, ramp, private, or ``leave out``.
    oneway_codes
        One-way code -> ``B``, ``FT``, ``TF`` or ``closed``, for codes that are
        not understood without.
    layer
        Which layer of a file with several.
    crs
        Coordinate system of a file that names none.
    snap_m
        Ends at most this far apart are one place, metres; those moved are
        counted. Default 0.5.
    crossings
        Whether lines also meet away from their ends. Default no.
    options
        What to keep, and what to put where the file says nothing. Links are not
        merged unless asked, so that each line stays a link.
    source
        Where the streets come from, in words for a planner; the file's name if
        None.
    attribution
        To be shown on every map of the network.

    Raises
    ------
    NetworkError
        If the file cannot be read, is not what its ending says, or names no
        coordinate system or one its coordinates cannot be in; if columns cannot
        be told, or one-way codes are unknown (with their counts), or speeds have
        no unit.
    """
    place = Path(path)
    choices = options if options is not None else BuildOptions()
    unit = None if speed_unit is None else speed_unit_named(speed_unit)
    if not (math.isfinite(snap_m) and 0 <= snap_m <= 50):
        raise NetworkError(f"a snapping distance of {snap_m!r} m is not from 0 to 50 m")
    draft = ReportDraft()
    raw = read_lines(place, layer=layer, crs=crs, draft=draft)
    found = found_columns(
        [str(column) for column in raw.cells],
        given=columns or {},
        source=place.name,
        draft=draft,
    )
    streets = _in_our_words(
        raw,
        found,
        unit=unit,
        classes=classes or {},
        oneway_codes=oneway_codes or {},
        options=choices,
        source=place.name,
        draft=draft,
    )
    require_streets(len(streets.lines), draft, place.name)
    return finished(
        _noded(streets, snap_m=snap_m, crossings=crossings, draft=draft),
        options=choices,
        merge=False,
        draft=draft,
        source=source if source is not None else f"street centrelines in {place.name}",
        attribution=attribution,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Streets:
    """Drivable lines in our words; arrays of shape (n,), levels (n, 2)."""

    lines: NDArray[Any]
    feature: NDArray[np.intp]
    oneway: NDArray[np.str_]
    kph: NDArray[np.float64]
    road_class: NDArray[np.str_]
    area: NDArray[np.str_]
    name: NDArray[np.str_]
    levels: NDArray[np.str_]
    levels_known: bool


def _in_our_words(
    raw: RawLines,
    found: FoundColumns,
    *,
    unit: SpeedUnit | None,
    classes: Mapping[str, str],
    oneway_codes: Mapping[str, str],
    options: BuildOptions,
    source: str,
    draft: ReportDraft,
) -> _Streets:
    def texts(ours: str) -> NDArray[np.str_]:
        column = found.get(ours)
        return as_text(raw.cells[column]) if column else np.full(len(raw.lines), "")

    oneway = directions(
        texts("oneway").tolist(),
        given=oneway_codes,
        column=found.get("oneway") or "oneway",
        source=source,
    )
    closed = oneway == CLOSED
    draft.add(
        FindingKind.LEFT_OUT,
        "closed",
        "lines closed in both directions",
        int(closed.sum()),
        features_named(raw.feature[closed]),
    )
    kph = speeds_kph(
        texts("speed").tolist(),
        unit=unit,
        plausible=options.plausible_kph,
        draft=draft,
        column=found.get("speed") or "speed",
    )
    road_class = line_classes(texts("road_class"), kph, given=classes, draft=draft)
    left_out = road_class == LEAVE_OUT
    draft.add(
        FindingKind.LEFT_OUT,
        "not_streets",
        "lines of a class that is not a street",
        int(left_out.sum()),
        value_counts(texts("road_class")[left_out].tolist()),
    )
    candidates = np.flatnonzero(~closed & ~left_out)
    kept_class, is_kept = kept_classes(road_class[candidates], options, draft)
    kept = candidates[is_kept]
    if found.get("level"):
        levels = np.stack([texts("level"), texts("level")], axis=1)
    else:
        levels = np.stack([texts("level_from"), texts("level_to")], axis=1)
    return _Streets(
        lines=raw.lines[kept],
        feature=raw.feature[kept],
        oneway=oneway[kept],
        kph=kph[kept],
        road_class=kept_class[is_kept],
        area=_areas(texts("area"))[kept],
        name=texts("name")[kept],
        levels=levels[kept],
        levels_known=found.get("level") is not None or found.get("level_from") is not None,
    )


def _areas(values: NDArray[np.str_]) -> NDArray[np.str_]:
    plain = np.char.lower(values)
    odd = ~np.isin(plain, ("", *AREAS))
    if odd.any():
        raise NetworkError(
            f"{int(odd.sum()):,} kinds of area are not understood",
            value_counts(values[odd].tolist()),
            f"Each must be one of {', '.join(AREAS)}, or blank.",
        )
    return plain


def _noded(streets: _Streets, *, snap_m: float, crossings: bool, draft: ReportDraft) -> Links:
    """The lines cut and joined at junctions, those that come to nothing left out."""
    n = len(streets.lines)
    pieces = Pieces(lines=streets.lines, of=np.arange(n), levels=streets.levels)
    crs = str(gpd.GeoSeries(streets.lines, crs="EPSG:4326").estimate_utm_crs().to_string())
    if crossings:
        snap_m = max(snap_m, LEAST_SNAP_M)
        pieces = cut_at_crossings(
            streets.lines,
            streets.levels,
            crs=crs,
            snap_m=snap_m,
            bridged=np.isin(streets.road_class, _BRIDGED) & (not streets.levels_known),
        )
        draft.add(
            FindingKind.REPAIRED,
            "cut",
            "cuts where lines cross or touch, so that they meet there",
            len(pieces.lines) - n,
        )
    joined = joined_at_ends(pieces.lines, pieces.levels, crs=crs, snap_m=snap_m)
    draft.add(
        FindingKind.REPAIRED,
        "snapped",
        f"line ends moved to another at most {snap_m:g} m away",
        joined.moved,
    )
    gone = shapely.length(joined.lines) == 0
    draft.add(
        FindingKind.LEFT_OUT,
        "snapped_away",
        "lines so short that their ends were one place",
        int(gone.sum()),
        features_named(streets.feature[pieces.of[gone]]),
    )
    of = pieces.of[~gone]
    n_junctions = len(joined.lon)
    return Links(
        junction_ids=np.array([str(k + 1) for k in range(n_junctions)], dtype=str),
        lon=joined.lon,
        lat=joined.lat,
        control=np.full(n_junctions, "", dtype=str),
        start=joined.start[~gone],
        end=joined.end[~gone],
        lines=joined.lines[~gone],
        length_m=lengths_m(joined.lines[~gone]),
        oneway=streets.oneway[of],
        kph=streets.kph[of],
        road_class=streets.road_class[of],
        area=streets.area[of],
        name=streets.name[of],
    )
