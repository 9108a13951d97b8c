"""Data of a public page, ready for display: text and whole numbers.

A page is made from a `PublicView`, which has no route, visit or response of one
school; `PublicPage` has no field for one either.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase, digits
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from zoning.disclosure import PublicOption, PublicScenario, PublicView, option_change
from zoning.disclosure.changes import KINDS, NOT_A_SCHOOL, SAME, SCHOOL_KINDS
from zoning.maps.geometry import (
    Area,
    Spot,
    Steps,
    Streets,
    area_of,
    inner_borders,
    label_places,
    lines_of,
    spot_of,
    street_background,
)
from zoning.roads.streets.antimeridian import metric_crs
from zoning.staffing.figures import NOT_COMPUTED, Figure
from zoning.symbols import SCHOOL_SYMBOLS, ZONE_FILLS, SchoolSymbol
from zoning.units import counted
from zoning.zones import ZoneKind

HEADLINES = ("posts", "annual_cost_usd", "mean_response_s", "p90_response_s")
SLIDER_ORDER = "posts"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolMark:
    """A building on the map: the schools of one campus.

    Attributes
    ----------
    programs
        Sorted, for example ``('magnet',)``.
    high
        Whether zones can be aligned with it or named after it.
    holds, feeds
        Positions in `PublicPage.high_schools` of the high schools in the building, and of those
        that each of its schools feeds, for each that feeds any.
    """

    name: str
    level: str
    programs: tuple[str, ...]
    high: bool
    at: Spot
    holds: tuple[int, ...] = ()
    feeds: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneShape:
    """A zone on the map.

    Attributes
    ----------
    name, label
        In full, and short enough to stand on the map.
    labels_at
        A place for the label in each part of the zone, the largest part first.
    high_school
        Name of its high school; None where there is none.
    officer, officers
        What its officers do, in words; how many stay or wait there.
    dedicated
        Whether the officer stays at the zone's one building.
    schools, area
        Positions in `PublicPage.schools` and `PublicPage.areas`.
    colour
        Position in `Look.fills`; zones that touch differ.
    high
        Position of its high school in `PublicPage.high_schools`; -1 where there is none.
    """

    name: str
    label: str
    labels_at: tuple[Spot, ...]
    high_school: str | None
    high: int
    dedicated: bool
    officer: str
    officers: int
    schools: tuple[int, ...]
    area: int
    colour: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaOfZone:
    """The commander's area that a zone is in, and its position in `Look.fills`."""

    name: str
    colour: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """The name of a figure, and its meaning in a sentence."""

    label: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureText:
    """A figure as text in readers' units, and its range of assumptions, '' when none."""

    value: str
    spread: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionPage:
    """A staffing option: its zones and its figures, one a row of the page.

    ``proof`` says how good the zones are known to be; '' where none were designed.
    ``commands`` has the commander's area of each zone; empty if zones are not grouped.
    ``neighbours`` is a position in `PublicPage.neighbours`; -1 without zones.
    """

    label: str
    description: str
    proof: str
    not_dominated: bool
    figures: tuple[FigureText, ...]
    zones: tuple[ZoneShape, ...]
    commands: tuple[AreaOfZone, ...]
    neighbours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Colours and symbols of zones and schools, from `zoning.symbols`."""

    fills: tuple[str, ...] = ZONE_FILLS
    symbols: tuple[SchoolSymbol, ...] = SCHOOL_SYMBOLS


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicPage:
    """All data that a public page may hold.

    Attributes
    ----------
    date
        In words; '' without one.
    cautions
        Sentences for the top of the page: what the figures are only an estimate of.
    notices
        Plain sentences about the data, for the foot of the page.
    certainty
        Sentences on what would change the ranking; empty if that was not computed.
    high_school_heading
        Heads the column of the zones' high schools: aligned with them by feeder,
        or named after them.
    borders
        The lines to draw around each of ``areas`` where no outline of the district
        is known: those with other zones. Empty where the outline is known; then
        an area is drawn with all of its border.
    headlines
        Indexes in ``rows`` of the figures shown beside every option.
    order
        Positions of the options from the fewest officers on duty to the most,
        those where it is not known last.
    shown
        Position of the option the page opens with.
    unbeaten
        What the mark of an option that is not dominated means; '' where none is
        dominated, and a mark would mean nothing.
    high_schools
        Names of those that zones are aligned with; empty where no school feeds one.
    neighbours
        Each of the options' lists of adjacent schools: for each of ``schools`` the positions
        of those further down.
    """

    title: str
    district: str
    date: str
    attribution: str
    cautions: tuple[str, ...]
    notices: tuple[str, ...]
    certainty: tuple[str, ...]
    high_school_heading: str
    rows: tuple[FigureRow, ...]
    headlines: tuple[int, ...]
    schools: tuple[SchoolMark, ...]
    outline: tuple[Steps, ...]
    streets: Streets
    areas: tuple[Area, ...]
    borders: tuple[tuple[Steps, ...], ...]
    options: tuple[OptionPage, ...]
    order: tuple[int, ...]
    shown: int
    look: Look
    unbeaten: str
    high_schools: tuple[str, ...] = ()
    neighbours: tuple[tuple[tuple[int, ...], ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioPage:
    """What a page shows of the schools, where options have different ones.

    Attributes
    ----------
    buildings
        How many there are, in words, for the head of the page.
    building
        For each mark of `PublicPage.schools` the number of its building: one that moves or is
        renamed has a mark for each.
    present, planned, closed
        For each option, positions of the marks that are its schools, those of them that open,
        and today's schools that it has no more.
    names
        For each option, the name of its schools, '' for today's.
    """

    buildings: str
    building: tuple[int, ...]
    present: tuple[tuple[int, ...], ...]
    planned: tuple[tuple[int, ...], ...]
    closed: tuple[tuple[int, ...], ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolMarks:
    """The marks of all schools of a view, each once.

    Attributes
    ----------
    marks
        Today's schools first, then those of the scenarios that differ.
    ids
        Building of each.
    position
        For each scenario ('' for today), the mark of each building.
    """

    marks: tuple[SchoolMark, ...]
    ids: tuple[str, ...]
    position: Mapping[str, Mapping[str, int]]

    @classmethod
    def of(cls, view: PublicView) -> SchoolMarks:
        """Collect the marks of today's schools and of every scenario."""
        sets: dict[str, PublicView | PublicScenario] = {"": view}
        sets |= {s.name: s for s in view.scenarios}
        high_schools = _number_high_schools(view)
        number: dict[tuple[str, SchoolMark], int] = {}
        position = {
            name: {
                str(building): number.setdefault((str(building), mark), len(number))
                for building, mark in zip(
                    of.schools.index, _marks_of(of, high_schools), strict=True
                )
            }
            for name, of in sets.items()
        }
        return cls(
            marks=tuple(mark for _, mark in number),
            ids=tuple(building for building, _ in number),
            position=position,
        )

    def position_of(self, scenario: str) -> Mapping[str, int]:
        """The mark of each building of a scenario, also in a view of its schools alone."""
        return self.position.get(scenario, self.position[""])

    def ids_of(self, scenario: str) -> list[str]:
        """The building of each mark, '' where the scenario's schools do not have the mark."""
        there = set(self.position_of(scenario).values())
        return [building if k in there else "" for k, building in enumerate(self.ids)]


def scenario_page(view: PublicView) -> ScenarioPage:
    """Say which schools each option of a view has; its scenarios are not empty."""
    marks = SchoolMarks.of(view)
    number: dict[str, int] = {}
    scenarios = {s.name: s for s in view.scenarios}
    names = tuple(option.scenario for option in view.options)
    today = marks.position[""]
    counts = [f"{s.name}: {len(s.schools)}" for s in view.scenarios]
    return ScenarioPage(
        buildings=f"{counted(len(view.schools), 'school building')} today, {', '.join(counts)}",
        building=tuple(number.setdefault(building, len(number)) for building in marks.ids),
        present=tuple(tuple(marks.position[name].values()) for name in names),
        planned=tuple(
            tuple(marks.position[name][b] for b in (scenarios[name].opens if name else ()))
            for name in names
        ),
        closed=tuple(
            tuple(today[b] for b in (scenarios[name].closes if name else ())) for name in names
        ),
        names=names,
    )


def public_page(view: PublicView, *, options: Sequence[str] | None = None) -> PublicPage:
    """Make the public data that a page of any edition shows.

    ``options``: ids of those to show; all when None.

    Raises `KeyError` if an option was not compared.
    """
    chosen = view.options if options is None else tuple(view.option(o) for o in options)
    metric = metric_crs(view.schools)
    areas: dict[Area, int] = {}
    borders: dict[Area, tuple[Steps, ...]] = {}
    high_schools = _number_high_schools(view)
    neighbours: dict[tuple[tuple[int, ...], ...], int] = {}
    marks = SchoolMarks.of(view)
    pages = tuple(
        _option_page(
            option,
            view.at(option.option_id),
            metric=metric,
            areas=areas,
            borders=borders,
            high_schools=high_schools,
            neighbours=neighbours,
            position=marks.position_of(option.scenario),
            n_marks=len(marks.marks),
        )
        for option in chosen
    )
    keys = [figure.key for figure in view.figures]
    return PublicPage(
        title=view.title,
        district=view.district,
        date=format_date(view.date),
        attribution=view.attribution,
        cautions=view.cautions,
        notices=view.notices,
        certainty=() if view.certainty is None else view.certainty.sentences(),
        high_school_heading=view.high_school_heading,
        rows=figure_rows(view.figures),
        headlines=tuple(keys.index(key) for key in HEADLINES),
        schools=marks.marks,
        outline=() if view.outline is None else lines_of(view.outline.boundary),
        streets=Streets()
        if view.streets is None
        else street_background(view.streets, metric=metric),
        areas=tuple(areas),
        borders=() if view.outline is not None else tuple(borders[area] for area in areas),
        options=pages,
        order=tuple(sorted(range(len(chosen)), key=lambda k: _slider_place(chosen[k]))),
        shown=next((k for k, option in enumerate(pages) if option.zones), 0),
        look=Look(),
        unbeaten=view.unbeaten if view.some_dominated else "",
        high_schools=tuple(name for _, name in high_schools),
        neighbours=tuple(neighbours),
    )


def format_date(date: datetime.date | None) -> str:
    """``'4 May 2026'``; '' for none."""
    return "" if date is None else f"{date.day} {date:%B %Y}"


def figure_rows(listed: Sequence[Figure]) -> tuple[FigureRow, ...]:
    """List label and meaning of each figure."""
    return tuple(FigureRow(label=figure.label, meaning=figure.meaning) for figure in listed)


def figure_text(
    figure: Figure, row: Mapping[str, float], *, missing: str = NOT_COMPUTED
) -> FigureText:
    """Format a figure of one option, with its range separate."""
    if math.isnan(row.get(figure.key, math.nan)):
        return FigureText(value=missing, spread="")
    shown = figure.with_whole(row)
    return FigureText(value=shown, spread=figure.present(row).removeprefix(shown).strip())


def _option_page(
    option: PublicOption,
    view: PublicView,
    *,
    metric: Any,
    areas: dict[Area, int],
    borders: dict[Area, tuple[Steps, ...]],
    high_schools: HighSchools,
    neighbours: dict[tuple[tuple[int, ...], ...], int],
    position: Mapping[str, int],
    n_marks: int,
) -> OptionPage:
    adjacent = _adjacent_marks(option, position, n_marks)
    return OptionPage(
        label=option.label,
        description=option.description,
        proof=option.proof,
        not_dominated=option.not_dominated,
        figures=tuple(
            figure_text(figure, option.values, missing=option.missing(figure.key))
            for figure in view.figures
        ),
        zones=_zone_shapes(
            option.zones,
            view.schools,
            metric=metric,
            areas=areas,
            borders=borders,
            high_schools=high_schools if _are_fed(view) else None,
            position=position,
        ),
        neighbours=neighbours.setdefault(adjacent, len(neighbours)) if len(option.zones) else -1,
        commands=tuple(
            AreaOfZone(name=name, colour=colour)
            for name, colour in zip(
                option.zones["command_area"], option.zones["command_colour"], strict=True
            )
        )
        if "command_area" in option.zones
        else (),
    )


def _zone_shapes(
    zones: gpd.GeoDataFrame,
    schools: gpd.GeoDataFrame,
    *,
    metric: Any,
    areas: dict[Area, int],
    borders: dict[Area, tuple[Steps, ...]],
    high_schools: HighSchools | None,
    position: Mapping[str, int],
) -> tuple[ZoneShape, ...]:
    """Make the zones of an option; add new areas to ``areas`` and ``borders``.

    ``high_schools`` is None where zones are only named after them.
    """
    if zones.empty:
        return ()
    at = shapely.get_coordinates(schools.geometry.to_crs(metric))
    row = {building: k for k, building in enumerate(schools.index)}
    shapes = []
    grounds = zones.geometry.to_crs(metric)
    inner = gpd.GeoSeries(inner_borders(list(grounds)), crs=metric).to_crs(4326)
    for zone, flat, border in zip(zones.itertuples(), grounds, inner, strict=True):
        inside = tuple(position[building] for building in zone.building_ids)
        ground = shapely.Point(at[row[zone.building_ids[0]]]) if flat.is_empty else flat
        places = gpd.GeoSeries(label_places(ground, at), crs=metric).to_crs(4326)
        area = area_of(zone.geometry)
        borders.setdefault(area, lines_of(border))
        shapes.append(
            ZoneShape(
                name=zone.Index,
                label=zone.label,
                labels_at=tuple(spot_of(place) for place in places),
                high_school=zone.high_school,
                high=-1
                if high_schools is None or zone.high_school_id is None
                else high_schools.setdefault(
                    (zone.high_school_id, zone.high_school), len(high_schools)
                ),
                dedicated=zone.kind == ZoneKind.DEDICATED,
                officer=zone.officer,
                officers=zone.officers,
                schools=inside,
                area=areas.setdefault(area, len(areas)),
                colour=zone.colour,
            )
        )
    return tuple(shapes)


def _adjacent_marks(
    option: PublicOption, position: Mapping[str, int], n_marks: int
) -> tuple[tuple[int, ...], ...]:
    """For each mark the adjacent ones further down, so that each pair stands once."""
    further: list[tuple[int, ...]] = [()] * n_marks
    for building, others in option.places["neighbours"].items():
        at = position[str(building)]
        further[at] = tuple(sorted(k for k in map(position.__getitem__, others) if k > at))
    return tuple(further)


HighSchools = dict[tuple[str, str], int]
"""Number of each high school, by its id and its name."""


def _number_high_schools(view: PublicView) -> HighSchools:
    """Number the high schools that schools feed; those of a scenario come last."""
    sets: tuple[PublicView | PublicScenario, ...] = (view, *view.scenarios)
    named = [item for of in sets for item in of.high_schools.items()]
    return {item: k for k, item in enumerate(dict.fromkeys(named))} if view.by_feeder else {}


def _are_fed(view: PublicView | PublicScenario) -> bool:
    return bool(view.schools["feeds"].map(bool).any())


def _marks_of(
    view: PublicView | PublicScenario, high_schools: HighSchools
) -> tuple[SchoolMark, ...]:
    fed = view.high_schools if _are_fed(view) else {}
    return school_marks(view.schools, {i: high_schools[i, name] for i, name in fed.items()})


def school_marks(
    schools: gpd.GeoDataFrame, high_schools: Mapping[str, int] | None = None
) -> tuple[SchoolMark, ...]:
    """Make the marks of `PublicView.schools`.

    ``high_schools``: positions in `PublicPage.high_schools`, by id; None where feeders are
    not shown.
    """
    number = high_schools or {}
    return tuple(
        SchoolMark(
            name=name,
            level=level,
            programs=tuple(programs),
            high=bool(high),
            at=spot_of(point),
            holds=tuple(number[i] for i in held if i in number),
            feeds=tuple(tuple(number[i] for i in of_school) for of_school in feeds)
            if number
            else (),
        )
        for name, level, programs, high, held, feeds, point in zip(
            schools["name"],
            schools["level"],
            schools["programs"],
            schools["high_school"],
            schools["high_school_ids"],
            schools["feeds"],
            schools.geometry,
            strict=True,
        )
    )


def _slider_place(option: PublicOption) -> float:
    posts = option.values.get(SLIDER_ORDER, math.nan)
    return math.inf if math.isnan(posts) else posts


COST = ("annual_cost_usd", "annual_cost_low_usd", "annual_cost_high_usd")
RESPONSE = ("mean_response_s", "mean_response_low_s", "mean_response_high_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class CostPoint:
    """One option with both a cost and a response.

    Attributes
    ----------
    option
        Position in `PublicView.options`.
    cost, response
        Annual dollars and mean response in minutes, each as value, low and high
        end of the range of assumptions; the value thrice where there is no range.
    said
        Both figures in words, rounded as in every other output.
    not_dominated
        As in `zoning.disclosure.PublicOption`.
    """

    option: int
    cost: tuple[float, float, float]
    response: tuple[float, float, float]
    said: str
    not_dominated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CostFrontier:
    """The points of all options, and the options without a point.

    Attributes
    ----------
    points
        Cheapest first.
    missing
        Positions of the options without a cost or a response.
    reasons
        Why, for each of these.
    """

    points: tuple[CostPoint, ...]
    missing: tuple[int, ...]
    reasons: tuple[str, ...]


def cost_frontier(view: PublicView) -> CostFrontier:
    """Make the points of annual cost against mean response of a view's options."""
    found: list[CostPoint] = []
    missing: list[int] = []
    texts = {figure.key: figure.text for figure in view.figures}
    for k, option in enumerate(view.options):
        cost, response = _format_range(option, COST, 1.0), _format_range(option, RESPONSE, 60.0)
        if cost is None or response is None:
            missing.append(k)
            continue
        found.append(
            CostPoint(
                option=k,
                cost=cost,
                response=response,
                said=f"{texts[COST[0]](cost[0])} a year, mean response "
                f"{texts[RESPONSE[0]](response[0] * 60)}",
                not_dominated=option.not_dominated,
            )
        )
    return CostFrontier(
        points=tuple(sorted(found, key=lambda point: point.cost)),
        missing=tuple(missing),
        reasons=tuple(view.options[k].missing(RESPONSE[0]) for k in missing),
    )


def _format_range(
    option: PublicOption, columns: tuple[str, str, str], unit: float
) -> tuple[float, float, float] | None:
    value, low, high = (option.values.get(column, math.nan) / unit for column in columns)
    if math.isnan(value):
        return None
    if math.isnan(low) or math.isnan(high):
        low = high = value
    return round(value, 4), round(low, 4), round(high, 4)


_LOOKS = (
    ("+", "#0b4f8a", "#ffffff"),
    ("−", "#8c2d04", "#ffffff"),
    ("P", "#1f6f9f", "#ffffff"),
    ("×", "#b83c07", "#ffffff"),
    ("→", "#6d2077", "#ffffff"),
    ("↑", "#a9d3ec", "#111111"),
    ("↓", "#fdc27a", "#111111"),
    ("~", "#dcdcdc", "#111111"),
    ("○", "#7a5c00", "#ffffff"),
    ("N", "#1b6e3c", "#ffffff"),
    ("C", "#444444", "#ffffff"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeKind:
    """A kind of change and its mark: a disc with a sign in it.

    The sign distinguishes the kinds without colour.
    """

    name: str
    sign: str
    fill: str
    ink: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage:
    """Changes between every two options.

    Attributes
    ----------
    kinds
        Of change, most weighty first; no change is not among them.
    words
        Who looks after a school, in words, each once.
    care
        For each option, for each school, a position in ``words``.
    between
        For each option before, for each option after, one digit a school: a
        position in ``kinds``, or their number where nothing changes. A digit of base 36 where
        options have different schools; a mark that neither option has is no change.
    """

    kinds: tuple[ChangeKind, ...]
    words: tuple[str, ...]
    care: tuple[tuple[int, ...], ...]
    between: tuple[tuple[str, ...], ...]


def change_page(view: PublicView) -> ChangePage:
    """Compare every two options of a view, in both directions."""
    kinds = (*(kind for kind in KINDS if kind != SAME), *(SCHOOL_KINDS if view.scenarios else ()))
    number = {kind: k for k, kind in enumerate(kinds)}
    marks = SchoolMarks.of(view)
    words: dict[str, int] = {}
    ids = [option.option_id for option in view.options]
    changes = [[option_change(view, before, after).schools for after in ids] for before in ids]
    position = [marks.position_of(option.scenario) for option in view.options]
    return ChangePage(
        kinds=tuple(
            ChangeKind(name=name, sign=sign, fill=fill, ink=ink)
            for name, (sign, fill, ink) in zip(number, _LOOKS, strict=False)
        ),
        care=tuple(
            tuple(
                words.setdefault(text, len(words))
                for text in row[k]["before"].reindex(pd.Index(marks.ids)).fillna(NOT_A_SCHOOL)
            )
            for k, row in enumerate(changes)
        ),
        words=tuple(words),
        between=tuple(
            tuple(
                "".join(
                    _DIGITS[number.get(kind, len(number))]
                    # The mark of a building is that of the option after, where it has one.
                    for kind in _of_marks(
                        of["change"], {**position[k], **position[m]}, marks, none=SAME
                    )
                )
                for m, of in enumerate(row)
            )
            for k, row in enumerate(changes)
        ),
    )


_DIGITS = digits + ascii_lowercase


def _of_marks(
    texts: pd.Series[str], position: Mapping[str, int], marks: SchoolMarks, *, none: str
) -> list[str]:
    """The text of the building of each mark; ``none`` for marks of no building."""
    found = [none] * len(marks.marks)
    for building, text in texts.items():
        found[position[str(building)]] = text
    return found
