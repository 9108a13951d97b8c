"""Read street centrelines of a county: Shapefile, GeoPackage, file geodatabase, GeoJSON."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from zoning.errors import NetworkError, typed
from zoning.roads.road_network import RoadNetwork
from zoning.roads.sources.classes import AREAS, LEAVE_OUT, SHOWN, is_openstreetmap, line_classes
from zoning.roads.sources.columns import (
    CLOSED,
    FoundColumns,
    SpeedUnit,
    directions,
    find_columns,
    flags,
    ground_level_of,
    levels_of,
    parse_speed_unit,
    speeds_kph,
)
from zoning.roads.sources.files import RawLines, feature_names, read_lines
from zoning.roads.sources.finishing import finish_network, require_streets, select_classes
from zoning.roads.sources.links import Links, lengths_m
from zoning.roads.sources.noding import (
    LEAST_SNAP_M,
    TOUCH_M,
    Cuts,
    Pieces,
    cut,
    find_meetings,
    join_ends,
)
from zoning.roads.sources.options import BuildOptions
from zoning.roads.streets.build_report import FindingKind, ReportDraft, value_counts
from zoning.roads.streets.tables import as_text, utm_of

SNAP_M: Final = 0.5
"""Default, our choice: ends drawn for one junction lie decimetres apart, carriageways metres."""
MAX_SNAP_M: Final = 50.0
"""Maximum: beyond the width of a street, snapping joins streets that do not meet."""
_BRIDGED: Final = ("freeway", "ramp")
# Shapefiles made from OpenStreetMap use F (forward), T (backward) and B, also where B is absent.
_MAP_ONEWAY: Final = {"F": "FT", "T": "TF", "B": "B"}
# Lines are taken to run on through junctions if places inside lines are more than a quarter of the
# junctions that ends make. A city that splits its lines has 1 in 40 (its bridges); the Census
# Bureau's roads, which are not split, have 2 for each. Fewer than 10 may all be bridges.
WHOLE_SHARE: Final = 0.25
LEAST_WHOLE: Final = 10


@typed
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
    crossings: bool | None = None,
    options: BuildOptions | None = None,
    source: str | None = None,
    attribution: str = "",
) -> RoadNetwork:
    """Build a street network from a file of centrelines; its ``report`` lists guesses and repairs.

    Lines meet where their ends do. Where they meet inside, it may be an
    intersection or a bridge: levels say which, and so does the file as a whole.
    A file that splits streets at intersections leaves few places inside lines,
    its bridges. If there are more than a quarter as many as junctions of ends, it
    draws its streets whole, and they are made to meet at vertices that lines
    share, or where they cross if few do share one; freeways and ramps meet others
    at ends only. Places that are not joined are counted.

    Columns are used when named in ``columns``, or when the file has them under a
    well-known name (SPEED, ONEWAY, RDCLASS, ROADNAME, MTFCC, FULLNAME, F_ELEV
    and T_ELEV among them; all are in ``sources/words.toml``), and then the
    report says so. A street without a speed that can be believed is driven at
    the default of its class and area. A class that is neither in ``classes`` nor
    a plain word is guessed from the speed: at least 64 km/h (40 mph) arterial,
    at least 48 km/h (30 mph) collector, else local; never freeway or ramp.
    These bounds are our choice. Without a speed it is local, and the report asks.

    Parameters
    ----------
    path
        A file of lines of any kind that ``containers.LINE_DRIVERS`` names, such as
        ``.shp``, also in a ``.zip``; read only. Any coordinate system.
    columns
        Our column -> the file's: ``speed``, ``oneway``, ``road_class``, ``name``,
        ``area`` (urban, suburban, rural), ``level`` (of the line) or
        ``level_from`` and ``level_to`` (of its ends; blank is the ground),
        ``bridge`` and ``tunnel`` (yes or no), ``layer``. None uses no column.
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
        Ends within this distance are joined, metres; moved ends are
        counted. Default 0.5.
    crossings
        Whether lines also meet away from their ends: at one level if the file has
        levels, else everywhere but across freeways and ramps. None, the default,
        is inferred from the file.
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
        be identified, or one-way codes are unknown (with their counts), or speeds have
        no unit.
    """
    place = Path(path)
    choices = options if options is not None else BuildOptions()
    unit = None if speed_unit is None else parse_speed_unit(speed_unit)
    if not (math.isfinite(snap_m) and 0 <= snap_m <= MAX_SNAP_M):
        raise NetworkError(f"a snapping distance of {snap_m!r} m is not from 0 to {MAX_SNAP_M:g} m")
    draft = ReportDraft()
    raw = read_lines(place, layer=layer, crs=crs, draft=draft)
    found = find_columns(raw.cells, given=columns or {}, source=place.name, draft=draft)
    streets = _streets(
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
    return finish_network(
        _join(streets, snap_m=snap_m, crossings=crossings, draft=draft),
        options=choices,
        merge=False,
        draft=draft,
        source=source if source is not None else f"street centrelines in {place.name}",
        attribution=attribution,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Streets:
    """Lines of drivable streets with their attributes: arrays of shape (n,), levels (n, 2).

    Lines of different ``layers`` do not meet where they cross; ``bridged`` lines
    meet others at ends only. ``level_of_line`` says that levels are of whole
    lines, ``nodes_shared`` that lines meet where they share a vertex.
    """

    lines: NDArray[Any]
    feature: NDArray[np.intp]
    oneway: NDArray[np.str_]
    kph: NDArray[np.float64]
    road_class: NDArray[np.str_]
    area: NDArray[np.str_]
    name: NDArray[np.str_]
    levels: NDArray[np.str_]
    layers: NDArray[np.str_]
    bridged: NDArray[np.bool_]
    levels_known: bool
    classes_known: bool
    level_of_line: bool
    nodes_shared: bool


def _streets(
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
    @cache
    def texts(ours: str) -> NDArray[np.str_]:
        column = found.get(ours)
        return as_text(raw.cells[column]) if column else np.full(len(raw.lines), "")

    class_column = found.get("road_class") or ""
    from_map = bool(class_column) and is_openstreetmap(texts("road_class"), column=class_column)
    oneway = directions(
        texts("oneway").tolist(),
        given=(_MAP_ONEWAY if from_map else {}) | dict(oneway_codes),
        column=found.get("oneway") or "oneway",
        source=source,
    )
    left_out = FindingKind.LEFT_OUT
    closed = oneway == CLOSED
    features = feature_names(raw.feature[closed])
    draft.add(left_out, "closed", "lines closed in both directions", len(features), features)
    if unit is None and from_map and (found.get("speed") or "").casefold() == "maxspeed":
        unit = SpeedUnit.KMH
        draft.add(
            FindingKind.GUESSED,
            "speed_unit",
            "speeds in maxspeed without a unit, km/h as OpenStreetMap has it",
            int((np.char.isnumeric(texts("speed")) & (texts("speed") != "0")).sum()),
        )
    kph = speeds_kph(
        texts("speed").tolist(),
        unit=unit,
        plausible=options.plausible_kph,
        draft=draft,
        column=found.get("speed") or "speed",
    )
    road_class = line_classes(
        texts("road_class"), kph, given=classes, draft=draft, column=class_column
    )
    no_street = road_class == LEAVE_OUT
    draft.add(
        left_out,
        "not_streets",
        "lines of a class that is not a street",
        int(no_street.sum()),
        value_counts(texts("road_class")[no_street].tolist()),
        most=SHOWN,
    )
    candidates = np.flatnonzero(~closed & ~no_street)
    kept_class, is_kept = select_classes(road_class[candidates], options, draft)
    kept = candidates[is_kept]
    levels, levels_known = _levels(found, texts, kept, draft)
    n = len(raw.lines)
    bridge = np.zeros(n, dtype=bool)
    for ours in ("bridge", "tunnel"):
        bridge |= flags(texts(ours)) if found.get(ours) else False
    levels_known |= bool(bridge.any())
    bridged = bridge | (np.isin(road_class, _BRIDGED) & (not levels_known))
    layer = levels_of(texts("layer")).texts if found.get("layer") else np.full(n, "0")
    return _Streets(
        lines=raw.lines[kept],
        feature=raw.feature[kept],
        oneway=oneway[kept],
        kph=kph[kept],
        road_class=kept_class[is_kept],
        area=_areas(texts("area"))[kept],
        name=texts("name")[kept],
        levels=levels[kept],
        layers=np.char.add(layer, np.where(bridge, "b", ""))[kept],
        bridged=bridged[kept] & (not from_map),
        levels_known=levels_known,
        classes_known=bool(np.isin(road_class, _BRIDGED).any()),
        level_of_line=found.get("level") is not None,
        nodes_shared=from_map,
    )


def _levels(
    found: FoundColumns,
    texts: Callable[[str], NDArray[np.str_]],
    kept: NDArray[np.intp],
    draft: ReportDraft,
) -> tuple[NDArray[np.str_], bool]:
    """Find the level of both ends of every line, shape (n, 2), and whether any is known."""
    fields = ("level", "level") if found.get("level") else ("level_from", "level_to")
    named = " and ".join(dict.fromkeys(filter(None, map(found.get, fields))))
    ground = np.full((len(texts("level")), 2), "0")
    if not named:
        return ground, False
    read = [levels_of(texts(ours)) for ours in fields]
    if any(each.altitudes for each in read):
        ranges = [each.range_text for each in read]
        if not set(fields) & found.mapped:
            draft.add(
                FindingKind.TO_DECIDE,
                "altitudes",
                f"lines with altitudes rather than levels in {named}, which are not used: bridges "
                "are not distinguished from intersections; map columns with levels, if there are "
                "some, with --column level_from=COLUMN and level_to=COLUMN",
                len(kept),
                ranges,
            )
            return ground, False
        draft.add(
            FindingKind.GUESSED,
            "altitudes",
            f"lines with what looks like altitudes in {named}, used as levels because they are "
            "mapped: ends meet only where the numbers are equal",
            len(kept),
            ranges,
        )
    blank = np.column_stack([each.blank for each in read])
    levels = np.column_stack([each.texts for each in read])
    ground_level = ground_level_of(levels, blank)
    draft.add(
        FindingKind.GUESSED,
        "level_missing",
        f"lines without a level in {named}, taken as on the ground"
        + ("" if ground_level == "0" else f", which is level {ground_level} here"),
        int(blank[kept].any(axis=1).sum()),
    )
    return np.where(blank, ground_level, levels), True


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


def _cuts(
    streets: _Streets, *, crs: str, snap_m: float, crossings: bool | None, draft: ReportDraft
) -> Cuts:
    """Choose the places inside lines that become junctions; report the others with a remedy.

    A file that splits its streets at intersections leaves a vertex, or a bare
    crossing, inside two lines where one passes over the other: there only ends
    meet, and an end that would be a dead end meets the line it lies on. A file
    that draws streets whole has its intersections inside lines. Which it is shows
    in how many there are.
    """
    found, split = find_meetings(
        streets.lines,
        streets.levels,
        layers=streets.layers,
        bridged=streets.bridged,
        crs=crs,
        snap_m=snap_m,
    )
    through = ~found.end
    dead_end = found.end & (found.off_m <= TOUCH_M)
    if streets.nodes_shared:
        # OpenStreetMap's ways meet where they share a node, and nowhere else.
        vertices = (found.off_m == 0) & ~found.crossing
        return found.of_kind(vertices | (found.crossing & bool(crossings)))
    if crossings:
        _report_flat(streets, found.places(through), draft)
        return found
    at_vertices = through & ~found.crossing
    inside = found.places(through)
    words = f"{inside:,} places inside lines, and {split:,} where three ends or more meet"
    if crossings is None and inside >= LEAST_WHOLE and inside > WHOLE_SHARE * split:
        bare = found.crossing.any() and found.places(found.crossing) > found.places(at_vertices)
        draft.add(
            FindingKind.GUESSED,
            "whole_streets",
            "places inside lines taken for intersections, because the file seems to draw its "
            "streets whole; --no-crossings leaves them apart (in Python: crossings=False)",
            found.places(through & ~found.crossing) if not bare else inside,
            [words],
        )
        _report_flat(streets, inside, draft)
        left = found.crossing & (not bare)
        _report_apart(found, left, streets, draft)
        return found.of_kind(~left)
    met = dead_end & (crossings is None)
    _report_apart(found, ~met, streets, draft)
    draft.add(
        FindingKind.REPAIRED,
        "ends_on_lines",
        f"dead ends that lie on another line, at most {TOUCH_M:g} m off, joined to it there",
        found.places(met),
    )
    return found.of_kind(met)


def _report_apart(
    found: Cuts, left: NDArray[np.bool_], streets: _Streets, draft: ReportDraft
) -> None:
    """Report places that were not joined, with the option that joins them."""
    kinds = (
        (left & found.end, "ends on another line"),
        (left & ~found.end & ~found.crossing, "vertices or ends that several lines share"),
        (left & found.crossing, "bare crossings"),
    )
    freeways = (
        ""
        if streets.levels_known or streets.classes_known
        else "; then freeways meet what they pass, unless classes or levels are mapped too"
    )
    draft.add(
        FindingKind.TO_DECIDE,
        "apart",
        "places where lines cross or touch and are not joined: right for bridges; if they are "
        f"intersections, add --crossings (in Python: crossings=True){freeways}",
        found.places(left),
        [f"{found.places(which):,} {what}" for which, what in kinds if which.any()],
    )


def _report_flat(streets: _Streets, count: int, draft: ReportDraft) -> None:
    """Report that lines were joined at crossings although bridges are unknown."""
    if streets.levels_known:
        return
    if streets.classes_known:
        kind = FindingKind.GUESSED
        words = (
            "; without levels only freeways and ramps pass over or under others, so other bridges "
            "are intersections"
        )
    else:
        kind = FindingKind.TO_DECIDE
        words = (
            ", those of freeways and bridges among them: no line has the class of a freeway, and "
            "the file has no levels; if there are some, map them with --column "
            "road_class=COLUMN and --class VALUE=freeway, or with --column level_from=COLUMN and "
            "level_to=COLUMN"
        )
    draft.add(kind, "flat", f"places where lines meet away from their ends{words}", count)


def _join(streets: _Streets, *, snap_m: float, crossings: bool | None, draft: ReportDraft) -> Links:
    """Cut lines and join them at junctions; leave out lines that shrink to one place."""
    n = len(streets.lines)
    bounds = shapely.bounds(streets.lines)
    crs = utm_of((bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2)
    cuts = _cuts(streets, crs=crs, snap_m=snap_m, crossings=crossings, draft=draft)
    pieces = Pieces(lines=streets.lines, of=np.arange(n), levels=streets.levels)
    if len(cuts.line):
        snap_m = max(snap_m, LEAST_SNAP_M)
        pieces = cut(streets.lines, streets.levels, cuts, crs=crs, snap_m=snap_m)
        draft.add(
            FindingKind.REPAIRED,
            "cut",
            "cuts where lines meet away from their ends, so that they are joined there",
            len(pieces.lines) - n,
        )
    lonely_join = streets.level_of_line
    joined = join_ends(pieces.lines, pieces.levels, crs=crs, snap_m=snap_m, lonely_join=lonely_join)
    snapped = f"line ends moved to another at most {snap_m:g} m away"
    draft.add(FindingKind.REPAIRED, "snapped", snapped, joined.moved)
    gone = shapely.length(joined.lines) == 0
    draft.add(
        FindingKind.LEFT_OUT,
        "snapped_away",
        "lines so short that their ends were one place",
        int(gone.sum()),
        feature_names(streets.feature[pieces.of[gone]]),
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
