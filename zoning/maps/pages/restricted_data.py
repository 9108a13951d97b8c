"""What a restricted page holds besides the public one: routes and response by school."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from zoning.disclosure import RestrictedView
from zoning.editions import Edition
from zoning.maps.geometry import Steps, consecutive
from zoning.maps.pages.change_data import ChangeKind
from zoning.maps.pages.drives import Pair, driven, drives_note, drives_of
from zoning.maps.pages.page_data import FigureRow, FigureText, figure_rows, figure_text
from zoning.patrol import PatrolSchedule
from zoning.response import ResponseEstimate
from zoning.staffing import OptionOutcome
from zoning.staffing.figures import figures, response_text
from zoning.zones import ZonePlan

RESPONSE_BANDS_S = (180.0, 300.0, 480.0, 600.0)
CHANGE_BANDS_S = (30, 120)
"""By how much a mean response differs to count as other, and as much other: our choice."""
SLOWEST_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolResponse:
    """Response to one building.

    Attributes
    ----------
    mean, p90
        As text.
    mean_s
        Whole seconds, to tell two options apart.
    band
        How many of the thresholds the mean is over.
    """

    mean: str
    p90: str
    mean_s: int
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
    """What a restricted page holds besides a `PublicPage`.

    Attributes
    ----------
    bands
        Names of the bands of mean response, shortest first.
    changes_s
        A mean response that differs by less than the first counts as about the
        same, by more than the second as much faster or slower; seconds.
    speed_kinds
        The five kinds that makes, fastest first.
    """

    mark: str
    rows: tuple[FigureRow, ...]
    route_note: str
    bands: tuple[str, ...]
    changes_s: tuple[int, int]
    speed_kinds: tuple[ChangeKind, ...]
    paths: tuple[Steps, ...]
    options: tuple[RestrictedOption, ...]


def restricted_layer(view: RestrictedView) -> RestrictedLayer:
    """Routes and per-school response of every option."""
    comparison = view.comparison
    ids = comparison.district.buildings.index
    listed = [f for f in figures(Edition.RESTRICTED) if f.edition is Edition.RESTRICTED]
    pairs = dict.fromkeys(p for o in comparison.outcomes for p in drives_of(o.schedule))
    lines = driven(comparison, pairs)
    position = {pair: k for k, pair in enumerate(lines)}
    return RestrictedLayer(
        mark=view.mark,
        rows=figure_rows(listed),
        route_note=drives_note(comparison),
        bands=_band_names(),
        changes_s=CHANGE_BANDS_S,
        speed_kinds=_speed_kinds(),
        paths=tuple(lines.values()),
        options=tuple(
            RestrictedOption(
                figures=tuple(figure_text(figure, outcome.figures) for figure in listed),
                routes=_routes(outcome.plan, outcome.schedule, position),
                responses=_responses(outcome.response, ids),
                slowest=_slowest(outcome.response, ids),
                notices=_notices(outcome),
            )
            for outcome in comparison.outcomes
        ),
    )


def _routes(
    plan: ZonePlan | None, schedule: PatrolSchedule | None, position: Mapping[Pair, int]
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
            mean=response_text(mean),
            p90=response_text(p90),
            mean_s=round(mean),
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


def _speed_kinds() -> tuple[ChangeKind, ...]:
    little, much = (f"{seconds / 60:g}" for seconds in CHANGE_BANDS_S)
    some = f"by {little} to {much} min"
    return (
        ChangeKind(name=f"faster by over {much} min", sign="▲", fill="#0b4f8a", ink="#ffffff"),
        ChangeKind(name=f"faster {some}", sign="▲", fill="#a9d3ec", ink="#111111"),
        ChangeKind(name=f"the same within {little} min", sign="=", fill="#ffffff", ink="#111111"),
        ChangeKind(name=f"slower {some}", sign="▼", fill="#fdc27a", ink="#111111"),
        ChangeKind(name=f"slower by over {much} min", sign="▼", fill="#8c2d04", ink="#ffffff"),
    )
