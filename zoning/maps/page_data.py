"""What a page holds, by edition: the one place where map data is chosen.

`PublicPage` has no field for a route, a visit, a time at a school or the
response of one; a page made from it cannot show them. `RestrictedLayer` holds
those and is built only for the restricted edition. Everything is text or whole
numbers, ready to be shown as it stands.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from zoning.editions import RESTRICTED_MARK, Edition
from zoning.maps.geometry import (
    Area,
    Spot,
    Steps,
    Streets,
    area_of,
    consecutive,
    label_places,
    lines_of,
    neighbouring_colours,
    spot_of,
    steps_of,
    street_background,
)
from zoning.patrol import PatrolSchedule
from zoning.response import ResponseEstimate
from zoning.roads.profiles import PROFILES
from zoning.staffing import OptionOutcome, StaffingComparison
from zoning.staffing.figures import NOT_COMPUTED, Figure, figures
from zoning.staffing.grounds import grounds_meaning, zone_grounds
from zoning.units import minutes
from zoning.zones import Status, ZoneKind, ZonePlan, ZoningResult

DEFAULT_TITLE = "School safety staffing options"
ZONE_COLOURS = 8
HEADLINES = ("posts", "annual_cost_usd", "mean_response_s", "p90_response_s")
RESPONSE_BANDS_S = (180.0, 300.0, 480.0, 600.0)
SLOWEST_SHOWN = 10
DRAWN_WITHOUT_PROFILE = "free_flow"
RESPONSE_IS_WHEN_FREE = (
    "Response counts dispatch, turnout and travel of the zone's own officer when free; waiting "
    "while that officer is on another call and help from other zones are not counted."
)
DEFAULTS_ARE_NOT_FACTS = (
    "Costs, the relief factor, call rates, speeds, dispatch and time on scene are documented "
    "defaults of the library unless the district gave its own; they are not facts about it."
)
ROUTES_OVER_STREETS = "Patrol routes follow the quickest way over the streets."
ROUTES_STRAIGHT = (
    "Patrol routes are drawn as straight lines between schools: there is no street network."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolMark:
    """A building on the map: the schools of one campus."""

    name: str
    level: str
    at: Spot


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
        Name of the aligned high school; None where there is none.
    dedicated
        Whether the officer stays at the zone's one building.
    schools, area
        Positions in `PublicPage.schools` and `PublicPage.areas`.
    colour
        Below `ZONE_COLOURS`; zones that touch differ.
    """

    name: str
    label: str
    labels_at: tuple[Spot, ...]
    high_school: str | None
    dedicated: bool
    schools: tuple[int, ...]
    area: int
    colour: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """The name of a figure and the sentence that says what it is."""

    label: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureText:
    """A figure in people's units; the range of assumptions apart, '' when none."""

    value: str
    spread: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionPage:
    """A staffing option: its zones and its figures, one a row of the page.

    ``proof`` says how good the zones are known to be; '' where none were designed.
    """

    label: str
    description: str
    proof: str
    not_dominated: bool
    figures: tuple[FigureText, ...]
    zones: tuple[ZoneShape, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicPage:
    """Everything a public page may hold.

    Attributes
    ----------
    cautions
        Sentences for the top of the page: what the figures are only an estimate of.
    notices
        Plain sentences about the data, for the foot of the page.
    headlines
        Positions in ``rows`` of the figures shown beside every option.
    shown
        Position of the option the page opens with.
    """

    title: str
    district: str
    attribution: str
    cautions: tuple[str, ...]
    notices: tuple[str, ...]
    rows: tuple[FigureRow, ...]
    headlines: tuple[int, ...]
    schools: tuple[SchoolMark, ...]
    outline: tuple[Steps, ...]
    streets: Streets
    areas: tuple[Area, ...]
    options: tuple[OptionPage, ...]
    shown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolResponse:
    """Response to one building; ``band`` counts the thresholds its mean is over."""

    mean: str
    p90: str
    band: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The drives of one officer: positions of the zone and of the paths."""

    zone: int
    paths: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedOption:
    """Routes and per-school response of one option.

    Attributes
    ----------
    figures
        One for each of `RestrictedLayer.rows`.
    responses
        One for each of `PublicPage.schools`; None where there is none.
    slowest
        Positions of the schools with the longest mean response, longest first.
    notices
        Sentences that may name schools, routes or times.
    """

    figures: tuple[FigureText, ...]
    routes: tuple[Route, ...]
    responses: tuple[SchoolResponse | None, ...]
    slowest: tuple[int, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedLayer:
    """What a restricted page holds besides a `PublicPage`."""

    mark: str
    rows: tuple[FigureRow, ...]
    route_note: str
    bands: tuple[str, ...]
    paths: tuple[Steps, ...]
    options: tuple[RestrictedOption, ...]


def public_page(comparison: StaffingComparison, *, title: str | None = None) -> PublicPage:
    """Everything a page of any edition shows to anyone.

    Parameters
    ----------
    title
        Heading of the page; a plain one when None.
    """
    district = comparison.district
    buildings = district.buildings
    listed = figures(Edition.PUBLIC)
    estimates = {comparison.emergency_times.estimate, comparison.patrol_times.estimate}
    metric = buildings.estimate_utm_crs()
    grounds = zone_grounds(comparison)
    areas: dict[Area, int] = {}
    options = tuple(
        OptionPage(
            label=outcome.label,
            description=outcome.description,
            proof="" if outcome.zoning is None else _proof(outcome.zoning),
            not_dominated=outcome.not_dominated,
            figures=tuple(_figure_text(figure, outcome.figures) for figure in listed),
            zones=()
            if outcome.plan is None
            else _zone_shapes(
                outcome.plan,
                grounds[outcome.option_id],
                buildings,
                names=district.schools["name"],
                metric=metric,
                areas=areas,
            ),
        )
        for outcome in comparison.outcomes
    )
    keys = [figure.key for figure in listed]
    streets = (
        Streets()
        if district.network is None
        else street_background(district.network.links_frame(), metric=metric)
    )
    outline = () if district.outline is None else lines_of(district.outline.boundary)
    return PublicPage(
        title=DEFAULT_TITLE if title is None else title,
        district=district.name,
        attribution=district.attribution,
        cautions=_estimates(comparison),
        notices=(
            grounds_meaning(comparison),
            DEFAULTS_ARE_NOT_FACTS,
            RESPONSE_IS_WHEN_FREE,
            f"Travel times: {comparison.emergency_times.source}.",
            f"Call rates: {comparison.calls.source}.",
            *(n for n in dict.fromkeys(comparison.notices) if n not in estimates),
        ),
        rows=_rows(listed),
        headlines=tuple(keys.index(key) for key in HEADLINES),
        schools=tuple(
            SchoolMark(name=name, level=level, at=spot_of(point))
            for name, level, point in zip(
                buildings["name"], buildings["level"], buildings.geometry, strict=True
            )
        ),
        outline=outline,
        streets=streets,
        areas=tuple(areas),
        options=options,
        shown=next((k for k, option in enumerate(options) if option.zones), 0),
    )


def restricted_layer(comparison: StaffingComparison) -> RestrictedLayer:
    """Routes and per-school response, for the restricted edition only."""
    network = comparison.district.network
    buildings = comparison.district.buildings
    listed = [f for f in figures(Edition.RESTRICTED) if f.edition is Edition.RESTRICTED]
    drives = {
        pair: None
        for outcome in comparison.outcomes
        if outcome.schedule is not None
        for day in outcome.schedule.days
        for pair in consecutive([visit.building_id for visit in day.visits])
    }
    pairs = list(drives)
    if network is None or not pairs:
        place = buildings.geometry
        lines = [shapely.LineString([place[a], place[b]]) for a, b in pairs]
    else:
        named = comparison.patrol_times.profile
        driven = network.paths(
            comparison.district.schools,
            pairs,
            profile=named if named in PROFILES else DRAWN_WITHOUT_PROFILE,
        )
        lines = list(driven.geometry)
    position = {pair: k for k, pair in enumerate(pairs)}
    return RestrictedLayer(
        mark=RESTRICTED_MARK,
        rows=_rows(listed),
        route_note=ROUTES_STRAIGHT if network is None else ROUTES_OVER_STREETS,
        bands=_band_names(),
        paths=tuple(steps_of(shapely.get_coordinates(line)) for line in lines),
        options=tuple(
            RestrictedOption(
                figures=tuple(_figure_text(figure, outcome.figures) for figure in listed),
                routes=_routes(outcome.plan, outcome.schedule, position),
                responses=_responses(outcome.response, buildings.index),
                slowest=_slowest(outcome.response, buildings.index),
                notices=_notices(outcome),
            )
            for outcome in comparison.outcomes
        ),
    )


def _estimates(comparison: StaffingComparison) -> tuple[str, ...]:
    to_calls, on_patrol = comparison.emergency_times.estimate, comparison.patrol_times.estimate
    if to_calls == on_patrol:
        return () if to_calls is None else (to_calls,)
    named = (("On the way to a call", to_calls), ("On patrol", on_patrol))
    return tuple(f"{when}: {sentence}" for when, sentence in named if sentence)


def _proof(zoning: ZoningResult) -> str:
    if zoning.infeasibility is not None:
        why = "; ".join(zoning.infeasibility.reasons)
        return f"No plan exists: {zoning.infeasibility.request}. {why}".strip()
    if zoning.status is Status.OPTIMAL:
        return "Zones proved optimal: no plan within the rules is better in travel and alignment."
    if zoning.plan is None or zoning.gap is None:
        return "No plan was found within the solver's limits."
    return f"Zones not proved optimal: at most {zoning.gap:.1%} from the best plan."


def _rows(listed: Sequence[Figure]) -> tuple[FigureRow, ...]:
    return tuple(FigureRow(label=figure.label, meaning=figure.meaning) for figure in listed)


def _figure_text(figure: Figure, row: Mapping[str, float]) -> FigureText:
    value = row.get(figure.key, math.nan)
    if math.isnan(value):
        return FigureText(value=NOT_COMPUTED, spread="")
    shown = figure.text(value)
    return FigureText(value=shown, spread=figure.present(row).removeprefix(shown).strip())


def _zone_shapes(
    plan: ZonePlan,
    service: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    names: pd.Series[str],
    metric: Any,
    areas: dict[Area, int],
) -> tuple[ZoneShape, ...]:
    """The zones of a plan; puts areas not yet known into ``areas``."""
    flat = service.geometry.loc[[zone.zone_id for zone in plan.zones]].to_crs(metric)
    at = shapely.get_coordinates(buildings.geometry.to_crs(metric))
    position = {building: k for k, building in enumerate(buildings.index)}
    grounds = [
        shapely.Point(at[position[zone.building_ids[0]]]) if area.is_empty else area
        for zone, area in zip(plan.zones, flat, strict=True)
    ]
    places = [gpd.GeoSeries(label_places(area, at), crs=metric).to_crs(4326) for area in grounds]
    colours = neighbouring_colours(grounds, colours=ZONE_COLOURS)
    shapes = []
    for zone, place, colour in zip(plan.zones, places, colours, strict=True):
        area = area_of(service.geometry.loc[zone.zone_id])
        high_school = zone.high_school_id
        shapes.append(
            ZoneShape(
                name=zone.zone_id,
                label=_short(zone.zone_id),
                labels_at=tuple(spot_of(point) for point in place),
                high_school=None if high_school is None else names.get(high_school, high_school),
                dedicated=zone.kind is ZoneKind.DEDICATED,
                schools=tuple(position[building] for building in zone.building_ids),
                area=areas.setdefault(area, len(areas)),
                colour=colour,
            )
        )
    return tuple(shapes)


def _short(zone_id: str) -> str:
    """``'7'`` for ``'Zone 7'``, ``'P7'`` for ``'Post 7'``; any other name as it is."""
    numbered = re.fullmatch(r"(zone|post)\s+(\w{1,5})", zone_id, flags=re.IGNORECASE)
    if numbered is None:
        return zone_id
    return numbered[2] if numbered[1].lower() == "zone" else f"P{numbered[2]}"


def _routes(
    plan: ZonePlan | None,
    schedule: PatrolSchedule | None,
    position: Mapping[tuple[str, str], int],
) -> tuple[Route, ...]:
    if plan is None or schedule is None:
        return ()
    routes = []
    for k, zone in enumerate(plan.zones):
        stops = [visit.building_id for visit in schedule.day_of(zone.zone_id).visits]
        if paths := tuple(position[pair] for pair in consecutive(stops)):
            routes.append(Route(zone=k, paths=paths))
    return tuple(routes)


def _responses(
    response: ResponseEstimate | None, ids: pd.Index[str]
) -> tuple[SchoolResponse | None, ...]:
    if response is None:
        return (None,) * len(ids)
    table = response.buildings.reindex(ids)[["mean_s", "p90_s"]]
    return tuple(
        None
        if math.isnan(mean)
        else SchoolResponse(
            mean=minutes(mean),
            p90=minutes(p90),
            band=sum(mean > threshold for threshold in RESPONSE_BANDS_S),
        )
        for mean, p90 in table.itertuples(index=False)
    )


def _notices(outcome: OptionOutcome) -> tuple[str, ...]:
    timetable = () if outcome.schedule is None else outcome.schedule.notices
    return tuple(dict.fromkeys((*outcome.notices, *timetable)))


def _slowest(response: ResponseEstimate | None, ids: pd.Index[str]) -> tuple[int, ...]:
    if response is None:
        return ()
    means = response.buildings["mean_s"].reindex(ids).reset_index(drop=True).dropna()
    slowest = means.sort_values(ascending=False, kind="stable").index[:SLOWEST_SHOWN]
    return tuple(int(k) for k in slowest)


def _band_names() -> tuple[str, ...]:
    whole = [f"{threshold / 60:.0f}" for threshold in RESPONSE_BANDS_S]
    between = [f"{low} to {high} min" for low, high in pairwise(whole)]
    return (f"up to {whole[0]} min", *between, f"over {whole[-1]} min")
