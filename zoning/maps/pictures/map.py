"""Draw the map of one option on a sheet: zones, streets, schools and their labels."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from zoning.disclosure import OptionChange, PublicOption, PublicView, RestrictedView
from zoning.disclosure.changes import NAMED_KINDS, OTHER_ZONE, kind_in_words
from zoning.disclosure.notices import DEFAULTS_ARE_NOT_FACTS
from zoning.maps.geometry import inner_borders, label_places
from zoning.maps.pages.restricted_data import RESPONSE_BANDS_S, band_names
from zoning.maps.pictures.legend import (
    BAND_FILLS,
    DASHES,
    DISTRICT,
    FREEWAY,
    MARKER_PX,
    NEW_BORDER,
    OLD_BORDER,
    PLANNED,
    RING,
    STREET,
    ZONE,
    Key,
    band_keys,
    draw_legend,
    draw_scale_bar,
    draw_symbols,
    headlines,
    legend_height,
    legend_width,
    scale_bar_size,
    school_keys,
)
from zoning.maps.pictures.sheet import INK, QUIET_INK, Box, OccupiedBoxes, Sheet, around, shortened
from zoning.response import SevereCoverage
from zoning.roads.streets.antimeridian import metric_crs
from zoning.symbols import ZONE_FILLS, Shape, school_symbol
from zoning.units import minutes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


# Beside the map where the sheet is at least so much wider than tall, else below it.
_LANDSCAPE = 1.2
_MARGIN, _BARE_MARGIN = 24, 8
_INSIDE = 6  # from the edge of a map to the nearest school or border: half a symbol
_LEGEND_SHARE = 0.2  # of the width of a bare map: our choice, three words of a legend
# Map area, in units squared, for each school and zone from which marks have full size: that of
# 150 schools and 60 zones on a sheet of 1600 x 1000.
_SCHOOL_ROOM, _ZONE_ROOM = 6_700.0, 16_700.0
_EVERY_NAME_UP_TO = 40
_SCENARIO_LETTERS = 30  # a line of the legend
_ZONE_STRENGTH = 0.72
GAP_BANDS_S: Final = (0.0, 900.0, 3600.0, 7200.0)
"""Upper ends of the bands of gaps a day: never, a quarter of an hour, one hour, two hours."""
GAP_NAMES: Final[tuple[str, ...]] = (
    "never",
    "up to 15 min a day",
    "15 to 60 min",
    "1 to 2 h",
    "over 2 h a day",
)
# Tolerance for simplifying lines: a fifth of a pixel is not visible.
_SIMPLE_PX = 0.2
# Who gets another officer or zone: blue gains, red loses, orange moves; the shape says it too.
_MOVE_MARKS: Final[Mapping[str, tuple[Shape, str]]] = dict(
    zip(
        (*NAMED_KINDS, OTHER_ZONE),
        (
            ("star", "#8fd19e"),  # opens
            ("square", "#ffffff"),  # closes
            ("triangle", "#0b4f8a"),  # gains its own officer
            ("square", "#9c2f0c"),  # loses it
            ("triangle", "#99ddff"),  # gains a patrol officer
            ("square", "#ee8866"),  # loses one
            ("diamond", "#e07b00"),  # to a zone of another high school
            ("diamond", "#ffd23f"),  # to another zone
        ),
        strict=True,
    )
)
_MOVE_PX, _STAY_PX, _STAYS = 19.0, 10.0, "#6a7076"
_MOVE_STRENGTH = 0.5  # paler than a map of zones, so that the marks stand out
_NAMED_MOVES_UP_TO = 12  # more names than these hide the zones that they are about
# Colour and width of streets by class, the heaviest on top.
_WEIGHTS = {"other": ("#9aa0a5", 0.6), "arterial": ("#868c92", 1.1), "freeway": ("#6a7076", 2.6)}
_LINE_STRING, _LINEAR_RING = 1, 2  # type ids of `shapely.get_type_id`

Lines = NDArray[np.object_]


def draw_map(
    sheet: Sheet,
    view: PublicView | RestrictedView,
    option: PublicOption,
    *,
    title: bool,
    bare: bool,
    severe: SevereCoverage | None = None,
) -> None:
    """Fill a sheet with the map of one option; ``bare`` leaves out figures and foot.

    The discs of a restricted map show the gaps of ``severe``, where it is given.
    """
    discs = _discs(view, option, severe) if isinstance(view, RestrictedView) else None
    public = view.public
    margin = (_BARE_MARGIN if bare else _MARGIN) * sheet.unit
    paper = sheet.paper()
    top = sheet.heading(view, option.label if title else None) - 0.6 * margin
    notices = (public.meaning, DEFAULTS_ARE_NOT_FACTS)
    bottom = (0.0 if bare else sheet.foot(public, notices=notices)) + 0.5 * margin
    keys = _keys(view, option, discs, bare=bare)
    figures = () if bare else headlines(option, public.figures)
    side = None if bare else max(0.235 * sheet.width_px, 200 * sheet.unit)
    box = _beside_legend(sheet, paper, keys, (bottom, top), figures=figures, side=side)
    _Map.of(sheet, paper, box, view, option, discs=discs).draw()


def draw_moves(sheet: Sheet, view: PublicView | RestrictedView, change: OptionChange) -> None:
    """Fill a sheet with the map of what changes: the new zones, the old borders, who moves."""
    moves = change.moves()
    paper = sheet.paper()
    margin = _BARE_MARGIN * sheet.unit
    top = sheet.heading(view, None) - 0.6 * margin
    keys = _move_keys(change, moves)
    box = _beside_legend(sheet, paper, keys, (0.5 * margin, top), figures=(), side=None)
    schools = gpd.GeoDataFrame(view.public.every_school().reindex(change.schools.index))
    drawn = _Map.of(sheet, paper, box, view, change.after, discs=None, schools=schools)
    drawn.draw_moves(change, moves)


def _beside_legend(
    sheet: Sheet,
    paper: Axes,
    keys: Sequence[Key],
    between: tuple[float, float],
    *,
    figures: Sequence[tuple[str, str, str]],
    side: float | None,
) -> Box:
    """Draw the legend beside or below the room for a map; return that room.

    ``side``: width of the legend; None for as little as its words and the map allow.
    """
    bottom, top = between
    margin = (_BARE_MARGIN if side is None else _MARGIN) * sheet.unit
    if sheet.width_px >= _LANDSCAPE * sheet.height_px:
        if side is None:
            side = max(_LEGEND_SHARE * sheet.width_px, legend_width(sheet, keys))
        box = (margin, bottom, sheet.width_px - side - 1.8 * margin, top)
        beside = (box[2] + 0.8 * margin, bottom, sheet.width_px - margin, top)
        draw_legend(sheet, paper, beside, keys, figures=figures, columns=1)
        return box
    height = legend_height(sheet, keys, columns=3)
    below = (margin, bottom, sheet.width_px - margin, bottom + height)
    draw_legend(sheet, paper, below, keys, figures=(), columns=3)
    return (margin, below[3] + 0.5 * margin, sheet.width_px - margin, top)


def _move_keys(change: OptionChange, moves: pd.Series) -> list[Key]:
    """Say what each mark means, and for how many schools."""
    kinds = moves.value_counts()
    keys = [
        Key(shape, f"{kinds[kind]:,} {kind_in_words(kind, kinds[kind])}", fill)
        for kind, (shape, fill) in _MOVE_MARKS.items()
        if kind in kinds.index
    ]
    stays = len(change.schools) - len(moves)
    keys += (
        [Key("dot", f"{stays:,} {'other' if stays == 1 else 'others'}", _STAYS)] if stays else []
    )
    keys += [NEW_BORDER] if len(change.after.zones) else []
    return [*keys, OLD_BORDER] if len(change.before.zones) else keys


def _keys(
    view: PublicView | RestrictedView, option: PublicOption, discs: Discs | None, *, bare: bool
) -> list[Key]:
    public = view.public.at(option.option_id)
    keys = school_keys(public.schools["level"])
    scenario = view.public.scenario_of(option.option_id)
    if scenario is not None:
        keys += [Key("", shortened(f"Schools: {scenario.name}", _SCENARIO_LETTERS))]
        keys += [PLANNED] if scenario.opens else []
    if option.places["full_time_officer"].any():
        keys.append(RING)
    keys.append(ZONE if len(option.zones) else Key("", "This option has no zones"))
    if public.outline is not None and not bare:
        keys.append(DISTRICT)
    if public.streets is not None and not bare:
        freeway = (public.streets["road_class"] == "freeway").any()
        keys += [FREEWAY, STREET] if freeway else [STREET]
    if discs is not None:
        keys += band_keys(discs.title, discs.names)
    return keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Discs:
    """A restricted figure by building, shown as discs in bands of colour.

    Attributes
    ----------
    title, names
        Of the legend; one name a band, the best first.
    bands
        Which band each building of the view is in; -1 for no disc.
    """

    title: str
    names: tuple[str, ...]
    bands: NDArray[np.intp]


def _discs(
    view: RestrictedView, option: PublicOption, severe: SevereCoverage | None
) -> Discs | None:
    """Gaps in the coverage of severe events, else mean response; None where neither is known."""
    outcome = next(o for o in view.comparison.outcomes if o.option_id == option.option_id)
    schools = view.public.at(option.option_id).schools
    if severe is not None:
        title = f"Nearest officer over {minutes(severe.gap_s, digits=0)} away:"
        shown = severe.buildings["gap_s_per_day"], GAP_BANDS_S, GAP_NAMES
    elif outcome.response is not None:
        title = "Mean response at the school:"
        shown = outcome.response.buildings["mean_s"], RESPONSE_BANDS_S, band_names()
    else:
        return None
    values, ends, names = shown
    seconds = values.reindex(schools.index).to_numpy(dtype=np.float64)
    bands = np.searchsorted(ends, seconds, side="left")
    return Discs(title=title, names=names, bands=np.where(np.isfinite(seconds), bands, -1))


@dataclass(slots=True, kw_only=True, eq=False)
class _Map:
    """A map in pixels of the sheet, north up, with one scale in both directions."""

    sheet: Sheet
    paper: Axes
    box: Box
    public: PublicView
    option: PublicOption
    px_per_m: float
    schools: NDArray[np.float64]
    zones: Sequence[BaseGeometry]
    borders: Sequence[BaseGeometry]
    outline: BaseGeometry | None
    streets: Sequence[Lines]
    discs: Discs | None
    planned: NDArray[np.bool_]
    labels: Labels
    placed: Callable[[Any], Any]

    @classmethod
    def of(
        cls,
        sheet: Sheet,
        paper: Axes,
        box: Box,
        view: PublicView | RestrictedView,
        option: PublicOption,
        *,
        discs: Discs | None,
        schools: gpd.GeoDataFrame | None = None,
    ) -> _Map:
        public = view.public.at(option.option_id)
        public = public if schools is None else replace(public, schools=schools)
        scenario = view.public.scenario_of(option.option_id)
        opens = () if scenario is None else scenario.opens
        metric = metric_crs(public.schools)
        points = public.schools.geometry.to_crs(metric)
        zones = option.zones.geometry.to_crs(metric)
        outline = None
        if public.outline is not None:
            outline = gpd.GeoSeries([public.outline], crs=4326).to_crs(metric).iloc[0]
        whole = np.vstack(
            [
                shapely.bounds(shape)
                for shape in (*points, *zones, *(() if outline is None else (outline,)))
                if not shape.is_empty
            ]
        )
        west, south = whole[:, :2].min(axis=0).tolist()
        east, north = whole[:, 2:].max(axis=0).tolist()
        inside = _INSIDE * sheet.unit
        wide, tall = (box[2] - box[0] - 2 * inside, box[3] - box[1] - 2 * inside)
        px_per_m = min(wide / max(east - west, 1.0), tall / max(north - south, 1.0))
        middle = np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2])
        centre = np.array([(west + east) / 2, (south + north) / 2])

        def placed(shapes: Any) -> Any:
            return shapely.transform(shapes, lambda xy: (xy - centre) * px_per_m + middle)

        return cls(
            sheet=sheet,
            paper=paper,
            box=box,
            public=public,
            option=option,
            px_per_m=px_per_m,
            schools=shapely.get_coordinates(placed(points.to_numpy())),
            zones=placed(zones.to_numpy()),
            borders=placed(
                inner_borders(list(zones))
                if outline is None
                else shapely.boundary(zones.to_numpy())
            ),
            outline=None if outline is None else placed(outline),
            streets=[placed(lines) for lines in _streets(public)],
            discs=discs,
            placed=lambda shapes: placed(shapes.to_crs(metric).to_numpy()),
            planned=public.schools.index.isin(opens),
            labels=Labels(
                sheet,
                paper,
                box,
                max(0.6, _share_of_size(sheet, box, count=len(zones), room=_ZONE_ROOM)),
            ),
        )

    def draw(self) -> None:
        self._ground(_ZONE_STRENGTH)
        self._schools()
        self._reserve_scale_bar()
        self._labels()

    def draw_moves(self, change: OptionChange, moves: pd.Series) -> None:
        self._ground(_MOVE_STRENGTH, streets=False)
        unit, old = self.sheet.unit, self.placed(change.before.zones.geometry)
        # Over the new borders, which show between the dashes where both are.
        for border in inner_borders(list(old)):
            self._line(border, OLD_BORDER.fill, OLD_BORDER.width * unit, at=7, dashed=True)
        kinds = moves.reindex(self.public.schools.index)
        draw_symbols(
            self.sheet, self.paper, self.schools[kinds.isna()], "circle",
            across=_STAY_PX * unit * self._shrink, fill=_STAYS, edge="#ffffff", at=11,
        )  # fmt: skip
        across = _MOVE_PX * unit * max(0.6, self._shrink)
        for kind, (shape, fill) in _MOVE_MARKS.items():
            there = self.schools[(kinds == kind).to_numpy()]
            draw_symbols(self.sheet, self.paper, there, shape, across=across, fill=fill, at=12)
            self.labels.symbols.add(*around(there, 0.5 * across))
        self._reserve_scale_bar()
        zones = self.option.zones
        for k in np.flatnonzero((zones["kind"] == "patrol").to_numpy()).tolist():
            self.labels.zone(zones["label"].iloc[k], self.zones[k], self.schools)
        if len(moves) <= _NAMED_MOVES_UP_TO:
            names = self.public.schools["name"].tolist()
            for k in np.flatnonzero(kinds.notna().to_numpy()).tolist():
                self.labels.name(names[k], self.schools[k], gap=0.6 * across)

    def _ground(self, strength: float, *, streets: bool = True) -> None:
        """Draw zones, streets and borders."""
        unit = self.sheet.unit
        for zone, colour in zip(self.zones, self.option.zones["colour"], strict=True):
            fill = _lighten(ZONE_FILLS[int(colour) % len(ZONE_FILLS)], strength)
            self._area(zone, fill=fill, at=1)
        drawn = zip(_WEIGHTS.values(), self.streets, strict=True) if streets else ()
        for (colour, width), lines in drawn:
            self._line(_select_visible(lines, self.box), colour, width * unit, at=2)
        if self.outline is not None:
            frame = shapely.box(*self.box)
            self._area(shapely.difference(frame, self.outline), fill="#ffffffa8", at=3)
        for border in self.borders:
            self._line(border, "#ffffff", 3.6 * unit, at=4)
        for border in self.borders:
            self._line(border, "#3b434b", 1.4 * unit, at=5)
        if self.outline is not None:
            self._line(shapely.boundary(self.outline), "#20262c", 2.6 * unit, at=6)

    @property
    def _shrink(self) -> float:
        """Factor for smaller symbols where there are many, so that they overlap less."""
        count = len(self.schools)
        return max(0.45, _share_of_size(self.sheet, self.box, count=count, room=_SCHOOL_ROOM))

    def _schools(self) -> None:
        unit = self.sheet.unit * self._shrink
        levels = [school_symbol(level) for level in self.public.schools["level"]]
        if self.discs is not None:
            for band, fill in enumerate(BAND_FILLS):
                draw_symbols(
                    self.sheet, self.paper, self.schools[self.discs.bands == band], "circle",
                    across=24 * unit, fill=fill, edge="#444444", at=10,
                )  # fmt: skip
        if self.planned.any():
            draw_symbols(
                self.sheet, self.paper, self.schools[self.planned], "circle",
                across=27 * unit, fill=PLANNED.fill, edge=INK, at=9,
            )  # fmt: skip
        posts = self.option.places["full_time_officer"]
        own = self.public.schools.index.isin(posts.index[posts.astype(bool)])
        draw_symbols(
            self.sheet, self.paper, self.schools[own], "circle",
            across=19 * unit, fill="#ffffff", edge="#111111", at=11,
        )  # fmt: skip
        for symbol in {s.name: s for s in levels}.values():
            there = np.array([s is symbol for s in levels])
            across = MARKER_PX[symbol.shape] * unit
            draw_symbols(
                self.sheet, self.paper, self.schools[there], symbol.shape,
                across=across, fill=symbol.fill, at=13 if symbol.shape == "star" else 12,
            )  # fmt: skip
            reach = 0.4 * across if self.discs is None else 10 * unit
            self.labels.symbols.add(*around(self.schools[there], reach))
            if symbol.shape == "star":
                self.labels.taken.add(*around(self.schools[there], reach))

    def _reserve_scale_bar(self) -> None:
        """Reserve the corner that hides least of the zones for the scale bar."""
        unit, (left, bottom, right, top) = self.sheet.unit, self.box
        wide, tall = scale_bar_size(self.sheet, px_per_m=self.px_per_m)
        inset = 8 * unit
        corners = [
            (x, y, x + wide, y + tall)
            for y in (bottom + inset, top - tall - inset)
            for x in (right - wide - inset, left + inset)
        ]
        ground = [shape for shape in (self.outline, *self.zones) if shape is not None]
        hidden = [
            sum(shapely.area(shapely.intersection(shapely.box(*corner), g)) for g in ground)
            + sum(corner[0] < x < corner[2] and corner[1] < y < corner[3] for x, y in self.schools)
            for corner in corners
        ]
        chosen = corners[int(np.argmin(hidden))]
        draw_scale_bar(self.sheet, self.paper, chosen, px_per_m=self.px_per_m)
        self.labels.taken.add(chosen)

    def _labels(self) -> None:
        zones = self.option.zones
        patrol = (zones["kind"] == "patrol").to_numpy()
        texts = zones["label"].tolist()
        for k in np.flatnonzero(patrol).tolist():
            self.labels.zone(texts[k], self.zones[k], self.schools)
        stars = self.public.schools["high_school"].to_numpy(dtype=bool)
        others = ~stars if len(stars) <= _EVERY_NAME_UP_TO else np.zeros_like(stars)
        names = self.public.schools["name"].tolist()
        gaps = np.where(stars, 11, 7) * self.sheet.unit * self._shrink
        for k in (*np.flatnonzero(stars).tolist(), *np.flatnonzero(others).tolist()):
            self.labels.name(names[k], self.schools[k], gap=float(gaps[k]))
        for k in np.flatnonzero(~patrol).tolist():
            self.labels.post(texts[k], self.zones[k], self.schools)

    def _area(self, area: BaseGeometry, *, fill: str, at: float) -> None:
        from matplotlib.patches import PathPatch  # noqa: PLC0415

        path = _path(shapely.boundary(shapely.simplify(area, _SIMPLE_PX)))
        if path is not None:
            self._add(PathPatch(path, facecolor=fill, edgecolor="none", zorder=at))

    def _line(
        self,
        line: BaseGeometry | Lines,
        colour: str,
        width: float,
        *,
        at: float,
        dashed: bool = False,
    ) -> None:
        from matplotlib.patches import PathPatch  # noqa: PLC0415

        path = _path(shapely.simplify(line, _SIMPLE_PX, preserve_topology=False))
        if path is None:
            return
        points = self.sheet.points(width)
        style: Any = (0, DASHES) if dashed else "-"
        self._add(
            PathPatch(
                path, fill=False, edgecolor=colour, linewidth=points, linestyle=style, zorder=at
            )
        )

    def _add(self, patch: Any) -> None:
        from matplotlib.patches import Rectangle  # noqa: PLC0415

        left, bottom, right, top = self.box
        self.paper.add_artist(patch)  # not add_patch, which computes an extent
        patch.set_clip_path(
            Rectangle((left, bottom), right - left, top - bottom, transform=self.paper.transData)
        )


def _share_of_size(sheet: Sheet, box: Box, *, count: int, room: float) -> float:
    """Scale factor for this many marks on a map; 1 where each has enough room."""
    ground = (box[2] - box[0]) * (box[3] - box[1]) / sheet.unit**2
    return min(1.0, math.sqrt(ground / (room * max(count, 1))))


@lru_cache(maxsize=1)
def _streets(public: PublicView) -> tuple[Lines, ...]:
    """Join the streets of each weight, in metres; cached for all pictures of a view."""
    if public.streets is None:
        return tuple(np.empty(0, dtype=object) for _ in _WEIGHTS)
    flat = public.streets.to_crs(metric_crs(public.schools))
    classes = flat["road_class"].where(flat["road_class"].isin(list(_WEIGHTS)), "other")
    lines = flat.geometry.to_numpy()
    return tuple(
        shapely.get_parts(
            shapely.line_merge(
                shapely.multilinestrings(shapely.get_parts(lines[classes == weight]))
            )
        )
        for weight in _WEIGHTS
    )


def _select_visible(lines: Lines, box: Box) -> Lines:
    """Select lines, in pixels, that lie in a box and are longer than a pixel."""
    west, south, east, north = shapely.bounds(lines).reshape(-1, 4).T
    inside = (west < box[2]) & (box[0] < east) & (south < box[3]) & (box[1] < north)
    visible: Lines = lines[inside & (shapely.length(lines) > 1)]
    return visible


def _path(lines: BaseGeometry | Lines) -> Any:
    """Make one path of all lines or rings; None if there is nothing to draw."""
    from matplotlib.path import Path  # noqa: PLC0415

    parts = shapely.get_parts(shapely.get_parts(lines))
    is_line = np.isin(shapely.get_type_id(parts), (_LINE_STRING, _LINEAR_RING))
    coordinates, of_line = shapely.get_coordinates(parts[is_line], return_index=True)
    if not len(coordinates):
        return None
    codes = np.full(len(coordinates), Path.LINETO, dtype=np.uint8)
    codes[np.flatnonzero(np.diff(of_line, prepend=-1))] = Path.MOVETO
    return Path(coordinates, codes)


def _lighten(colour: str, strength: float) -> str:
    """Blend a fill with white to an opaque colour, so that overlapping zones do not darken."""
    channels = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - c) * strength):02x}" for c in channels)


_ZONE_PX, _POST_PX, _NAME_PX = 19, 12, 12
_LONGEST_LABEL, _LONGEST_NAME = 14, 30
# Names of zones take up to two lines of this many letter heights, and smaller letters in two lines:
# a number or a short name is read from afar, and a long one covers little more of its zone.
_LABEL_WIDTH, _LABEL_LINES, _LABEL_SHRINK = 11.0, 2, 0.8
_LINE = 1.28  # letter heights from one line of a label to the next
# Another part of a zone gets its own label if it is this many labels large.
_PART_ROOM = 12
_PARTS = 3
_SIDES: Final = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))


@dataclass(slots=True, eq=False)
class Labels:
    """Places labels on a map without overlaps; earlier calls take precedence.

    Attributes
    ----------
    sheet, paper, box
        The sheet, its axes in pixels, and where the map is on it.
    zone_shrink
        Share of their usual size that labels of zones have.
    taken
        No label goes there.
    symbols
        Where schools are: names keep clear of them, labels of zones if they can.
    """

    sheet: Sheet
    paper: Axes
    box: Box
    zone_shrink: float = 1.0
    taken: OccupiedBoxes = field(default_factory=OccupiedBoxes)
    symbols: OccupiedBoxes = field(default_factory=OccupiedBoxes)

    def zone(self, label: str, ground: BaseGeometry, schools: NDArray[np.float64]) -> None:
        """Write a zone's label, always; also on its larger parts if there is room."""
        size = _ZONE_PX * self.zone_shrink * self.sheet.unit
        width = _LABEL_WIDTH * size
        text = self.sheet.wrapped(label, size=size, width=width, lines=_LABEL_LINES, bold=True)
        if len(text) > 1:
            size *= _LABEL_SHRINK
        if not any(text) or ground.is_empty:
            return
        wide, tall = self._size(text, size, bold=True)
        parts = shapely.get_parts(ground)
        areas = sorted(shapely.area(parts).tolist(), reverse=True)
        spots = _find_spots(ground, schools)[:_PARTS]
        for part, ((x, y), area) in enumerate(zip(spots, areas, strict=False)):
            places = [(x, y)] + [
                (x + dx * far * tall, y + dy * far * tall)
                for far in (0.7, 1.4)
                for dx, dy in _SIDES
            ]
            boxes = [
                _centred(*place, wide, tall)
                for place in places
                if shapely.contains_xy(ground, *place)
            ]
            free = [b for b in boxes if self.taken.is_free(b) and self._is_inside(b)]
            clear = [b for b in free if self.symbols.is_free(b)]
            if part == 0:
                chosen = (clear or free or boxes or [_centred(x, y, wide, tall)])[0]
                self._write(text, chosen, size=size, bold=True)
            elif clear and area > _PART_ROOM * wide * tall:
                self._write(text, clear[0], size=size, bold=True)

    def post(self, label: str, ground: BaseGeometry, schools: NDArray[np.float64]) -> None:
        """Write the label of a zone with one school and its own officer, if there is room."""
        text, size = shortened(label, _LONGEST_LABEL), _POST_PX * self.sheet.unit
        if not text or ground.is_empty:
            return
        x, y = _find_spots(ground, schools)[0]
        box = _centred(x, y, *self._size([text], size, bold=True))
        if self._is_inside(box) and self.taken.is_free(box) and self.symbols.is_free(box):
            self._write([text], box, size=size, bold=True)

    def name(self, name: str, at: NDArray[np.float64], *, gap: float) -> None:
        """Write the name of a school on one of its sides, ``gap`` pixels off, if there is room."""
        text, size = shortened(name, _LONGEST_NAME), _NAME_PX * self.sheet.unit
        if not text:
            return
        wide, tall = self._size([text], size, bold=False)
        for dx, dy in _SIDES:
            x = at[0] + dx * (gap + wide / 2)
            y = at[1] + dy * ((0.4 * gap if dx else gap) + tall / 2)
            box = _centred(x, y, wide, tall)
            if self._is_inside(box) and self.taken.is_free(box) and self.symbols.is_free(box):
                self._write([text], box, size=size, bold=False)
                return

    def _size(self, lines: Sequence[str], size: float, *, bold: bool) -> tuple[float, float]:
        longest = max(self.sheet.length(line, size=size, bold=bold) for line in lines)
        return longest + 0.55 * size, _LINE * size * len(lines)

    def _write(self, lines: Sequence[str], box: Box, *, size: float, bold: bool) -> None:
        """Write dark letters on near white, which is readable over any fill, also in greyscale."""
        from matplotlib.patches import FancyBboxPatch  # noqa: PLC0415

        self.taken.add(box)
        left, bottom, right, top = box
        corner = 0.22 * size
        self.paper.add_patch(
            FancyBboxPatch(
                (left + corner, bottom + corner),
                right - left - 2 * corner,
                top - bottom - 2 * corner,
                boxstyle=f"round,pad={corner},rounding_size={corner}",
                facecolor="#ffffffd9",
                edgecolor="#00000055" if bold else "none",
                linewidth=self.sheet.points(0.7 * self.sheet.unit),
                zorder=20,
            )
        )
        middle = (bottom + top) / 2
        for k, line in enumerate(lines):
            self.sheet.write(
                (left + right) / 2,
                middle + ((len(lines) - 1) / 2 - k) * _LINE * size,
                line,
                size=size,
                bold=bold,
                ha="center",
                va="center_baseline",
                color=INK if bold else QUIET_INK,
            )

    def _is_inside(self, box: Box) -> bool:
        left, bottom, right, top = self.box
        return left <= box[0] and bottom <= box[1] and box[2] <= right and box[3] <= top


def _find_spots(ground: BaseGeometry, schools: NDArray[np.float64]) -> list[list[float]]:
    """Find spots with room for a label, one a part, the largest part first.

    A school further off than the ground is wide is left out: a spot is never so
    far from the ground's edge, so that the school could not move it.
    """
    west, south, east, north = ground.bounds
    far = max(east - west, north - south)
    x, y = schools.T
    near = (x > west - far) & (x < east + far) & (y > south - far) & (y < north + far)
    places = label_places(ground, schools[near] if near.any() else schools)
    spots: list[list[float]] = shapely.get_coordinates(places).tolist()
    return spots


def _centred(x: float, y: float, wide: float, tall: float) -> Box:
    return (x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2)
