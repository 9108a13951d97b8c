"""Restricted data of pages, beside `PublicPage`: routes, response by school, patrol days.

Made from a `RestrictedView` and from nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
import shapely

from zoning.disclosure import RestrictedView
from zoning.editions import EXAMPLE_DAY, Edition
from zoning.maps.geometry import Area, Steps, area_of, consecutive, steps_of
from zoning.maps.pages.public_data import (
    ChangeKind,
    FigureRow,
    FigureText,
    SchoolMarks,
    figure_rows,
    figure_text,
)
from zoning.patrol import OfficerDay, PatrolSchedule
from zoning.response import ResponseAssumptions, ResponseEstimate
from zoning.roads import isochrones
from zoning.staffing import OptionOutcome, StaffingComparison
from zoning.staffing.comparison import EMERGENCY_PROFILE, PATROL_PROFILE
from zoning.staffing.figures import figures, response_text
from zoning.staffing.precision import response_assumptions
from zoning.units import clock, counted
from zoning.zones import ZonePlan

RESPONSE_BANDS_S = (180.0, 300.0, 480.0, 600.0)
"""Upper ends of the bands of mean response: whole minutes that a board reads at a glance."""
CHANGE_BANDS_S = (30, 120)
"""Differences of two mean responses from which one is slower, and much slower: our choice."""
SLOWEST_SHOWN = 10
"""A list that fits one screen beside the map."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolResponse:
    """Response to one building.

    Attributes
    ----------
    mean, p90
        As text.
    mean_s
        Whole seconds, to distinguish options.
    band
        How many of the thresholds the mean is over.
    """

    mean: str
    p90: str
    mean_s: int
    band: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The drives of one officer: index of the zone, and indexes of the paths."""

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
    """The restricted data of a page, beside its `PublicPage`.

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
    """Collect routes and per-school response of every option."""
    comparison = view.comparison
    marks = SchoolMarks.of(view.public)
    listed = [f for f in figures(Edition.RESTRICTED) if f.edition is Edition.RESTRICTED]
    paths: list[Steps] = []
    options: dict[str, RestrictedOption] = {}
    for part in comparison.parts:
        lines = drive_lines(part)
        position = {pair: k for k, pair in enumerate(lines, start=len(paths))}
        paths += lines.values()
        ids = pd.Index(marks.ids_of(part.scenario))
        options |= {
            outcome.option_id: RestrictedOption(
                figures=tuple(figure_text(figure, outcome.figures) for figure in listed),
                routes=_routes(outcome.plan, outcome.schedule, position),
                responses=_responses(outcome.response, pd.Index(marks.ids)),
                slowest=_slowest(outcome.response, ids),
                notices=_make_notices(outcome),
            )
            for outcome in part.outcomes
        }
    return RestrictedLayer(
        mark=view.mark,
        rows=figure_rows(listed),
        route_note=drives_note(comparison),
        bands=band_names(),
        changes_s=CHANGE_BANDS_S,
        speed_kinds=_speed_kinds(),
        paths=tuple(paths),
        options=tuple(options[outcome.option_id] for outcome in comparison.outcomes),
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


def _make_notices(outcome: OptionOutcome) -> tuple[str, ...]:
    timetable = () if outcome.schedule is None else outcome.schedule.notices
    return tuple(dict.fromkeys((*outcome.notices, *timetable)))


def _slowest(response: ResponseEstimate | None, ids: pd.Index[str]) -> tuple[int, ...]:
    if response is None:
        return ()
    means = response.buildings["mean_s"].reindex(ids).reset_index(drop=True).dropna()
    slowest = means.sort_values(ascending=False, kind="stable").index[:SLOWEST_SHOWN]
    return tuple(int(k) for k in slowest)


def band_names() -> tuple[str, ...]:
    """Name the bands of mean response, shortest first."""
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


ROUTES_OVER_STREETS = "Patrol routes follow the quickest way over the streets."
ROUTES_STRAIGHT = (
    "Patrol routes are drawn as straight lines between schools: there is no street network."
)

Pair = tuple[str, str]


def drive_lines(comparison: StaffingComparison) -> dict[Pair, Steps]:
    """Find the line of every drive of all patrol days: over streets if known, else straight."""
    schedules = (o.schedule for o in comparison.outcomes if o.schedule is not None)
    days = ([v.building_id for v in day.visits] for schedule in schedules for day in schedule.days)
    pairs = list(dict.fromkeys(pair for stops in days for pair in consecutive(stops)))
    network = comparison.district.network
    if network is None or not pairs:
        place = comparison.district.buildings.geometry
        lines = [shapely.LineString([place[a], place[b]]) for a, b in pairs]
    else:
        profile = comparison.patrol_times.driving or PATROL_PROFILE
        lines = list(network.paths(comparison.district.schools, pairs, profile=profile).geometry)
    return {
        pair: steps_of(shapely.get_coordinates(line))
        for pair, line in zip(pairs, lines, strict=True)
    }


def drives_note(comparison: StaffingComparison) -> str:
    """Describe how the lines of `drive_lines` are drawn."""
    return ROUTES_STRAIGHT if comparison.district.network is None else ROUTES_OVER_STREETS


GROUND_TOLERANCE_M = 60.0
STREET_GROUND_M = 200.0
REACH_MEANING = (
    "Area and schools that the nearest officer on duty, of any zone, could reach within these "
    "minutes of a call if none were on another call, dispatch and turnout included. Times in the "
    "other tables are longer: there the zone's own officer goes, and can be busy. A driving "
    "officer counts as being at the stop that is nearer in time."
)
NO_REACH = (
    "The area that officers reach is not drawn: it is computed over streets, and there are none."
)
NOT_A_ROSTER = f"{EXAMPLE_DAY} Leave, late officers and calls change it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A visit: index of the school, and seconds after midnight."""

    school: int
    arrival: int
    departure: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerTrack:
    """The day of one zone's officer.

    Attributes
    ----------
    zone
        Position of the zone in the option's zones.
    stops
        In order.
    paths
        Positions in `PatrolDays.paths` of the drives between them.
    """

    zone: int
    stops: tuple[Stop, ...]
    paths: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWindow:
    """A gap: a school without an officer around its bell, or all day.

    Attributes
    ----------
    school, zone
        Positions; zone as in `OfficerTrack`.
    bells
        Clock times, '' where unknown.
    why
        In words.
    """

    school: int
    zone: int
    bells: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionDay:
    """The day of all officers of one option; no tracks where there is no timetable.

    Attributes
    ----------
    start, end
        First arrival and last departure of any officer, seconds after midnight.
    gaps
        Schools without a visit, or without one around the bell.
    no_gaps
        Sentence for a day without gaps, as far as bell times are known.
    """

    start: int
    end: int
    tracks: tuple[OfficerTrack, ...]
    gaps: tuple[OpenWindow, ...]
    no_gaps: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolDays:
    """The restricted data of the page of patrol days, beside its `PublicPage`.

    Attributes
    ----------
    thresholds
        Minutes, rising.
    reach
        For each school as origin one digit a school as destination: how many of
        the thresholds the response is over. '' where the times do not know the
        school.
    grounds
        For each school, for each threshold, the ground reached within it; empty
        without streets.
    paths
        The drives.
    notes
        Sentences about what the page shows and how it was computed.
    options
        One for each of `PublicPage.options`.
    """

    mark: str
    thresholds: tuple[float, ...]
    reach: tuple[str, ...]
    grounds: tuple[tuple[Area, ...], ...]
    paths: tuple[Steps, ...]
    notes: tuple[str, ...]
    options: tuple[OptionDay, ...]


def patrol_days(view: RestrictedView) -> PatrolDays:
    """Collect the patrol days of all options of a comparison."""
    comparison = view.comparison
    buildings = comparison.district.buildings
    position = {building: k for k, building in enumerate(buildings.index)}
    lines = drive_lines(comparison)
    number = {pair: k for k, pair in enumerate(lines)}
    waits = _find_assumptions(comparison)
    grounds = _compute_isochrones(comparison, waits)
    return PatrolDays(
        mark=view.mark,
        thresholds=tuple(round(s / 60, 2) for s in waits.thresholds_s),
        reach=_compute_reach(comparison, waits, buildings.index),
        grounds=grounds,
        paths=tuple(lines.values()),
        notes=(
            NOT_A_ROSTER,
            drives_note(comparison),
            REACH_MEANING,
            *(() if grounds else (NO_REACH,)),
            *filter(None, (_without_bells(buildings),)),
        ),
        options=tuple(_make_day(o, buildings, position, number) for o in comparison.outcomes),
    )


def _find_assumptions(comparison: StaffingComparison) -> ResponseAssumptions:
    return response_assumptions(comparison.outcomes) or ResponseAssumptions()


def _compute_reach(
    comparison: StaffingComparison, waits: ResponseAssumptions, ids: pd.Index[str]
) -> tuple[str, ...]:
    times = comparison.emergency_times
    known = {building: k for k, building in enumerate(times.ids)}
    at = [known.get(building, -1) for building in ids]
    response = times.seconds + waits.dispatch_s + waits.turnout_s
    bands = np.searchsorted(np.asarray(waits.thresholds_s, float), response, side="left")
    none = len(waits.thresholds_s)
    return tuple(
        "" if k < 0 else "".join(str(none if j < 0 else int(bands[k, j])) for j in at) for k in at
    )


def _compute_isochrones(
    comparison: StaffingComparison, waits: ResponseAssumptions
) -> tuple[tuple[Area, ...], ...]:
    """Isochrones around each school; empty where dispatch and turnout use up the threshold."""
    network = comparison.district.network
    if network is None or not any(o.schedule for o in comparison.outcomes):
        return ()
    driving = [(s - waits.dispatch_s - waits.turnout_s) / 60 for s in waits.thresholds_s]
    ahead = [minutes for minutes in driving if minutes > 0]
    buildings = comparison.district.buildings
    if not ahead:
        return ((((),) * len(driving)),) * len(buildings)
    reached = isochrones(
        network,
        buildings,
        ahead,
        profile=comparison.emergency_times.driving or EMERGENCY_PROFILE,
        width_m=STREET_GROUND_M,
    )
    flat = reached.geometry.to_crs(network.crs)
    closed = flat.buffer(GROUND_TOLERANCE_M).buffer(-GROUND_TOLERANCE_M)
    drawn = closed.simplify(GROUND_TOLERANCE_M).to_crs(4326)
    none: tuple[Area, ...] = ((),) * (len(driving) - len(ahead))
    return tuple((*none, *map(area_of, drawn.loc[building])) for building in buildings.index)


def _make_day(
    outcome: OptionOutcome,
    buildings: pd.DataFrame,
    position: dict[str, int],
    number: dict[Pair, int],
) -> OptionDay:
    schedule = outcome.schedule
    if schedule is None or outcome.plan is None or not schedule.days:
        return OptionDay(start=0, end=0, tracks=(), gaps=(), no_gaps="No timetable.")
    zone_of = {zone.zone_id: k for k, zone in enumerate(outcome.plan.zones)}
    return OptionDay(
        start=min(day.start_s for day in schedule.days),
        end=max(day.end_s for day in schedule.days),
        tracks=tuple(
            OfficerTrack(
                zone=zone_of[day.zone_id],
                stops=tuple(
                    Stop(school=position[building], arrival=arrival, departure=departure)
                    for building, arrival, departure in _stays(day)
                ),
                paths=tuple(number[a, b] for (a, _, _), (b, _, _) in pairwise(_stays(day))),
            )
            for day in schedule.days
        ),
        gaps=_find_gaps(schedule, outcome.plan, buildings, position),
        no_gaps=_describe_no_gaps(schedule, buildings),
    )


def _stays(day: OfficerDay) -> list[tuple[str, int, int]]:
    """Building, arrival and departure; visits before and after a break there are one stay."""
    stays: list[tuple[str, int, int]] = []
    for visit in day.visits:
        arrival = visit.arrival_s
        if stays and stays[-1][0] == visit.building_id:
            arrival = stays.pop()[1]
        stays.append((visit.building_id, arrival, visit.departure_s))
    return stays


def _describe_no_gaps(schedule: PatrolSchedule, buildings: pd.DataFrame) -> str:
    """Describe that no visit is missed, as far as bell times are known."""
    unknown = _without_bells(buildings)
    if not unknown:
        return "None: every school is visited around its bell."
    if not schedule.school_day.presences:
        return f"None: every school is visited. {unknown}"
    return f"None: every school is visited, and those with bell times around them. {unknown}"


def _without_bells(buildings: pd.DataFrame) -> str:
    """State how many schools have no bell time, and the consequence; '' for none."""
    unknown = sum(all(map(math.isnan, bells)) for bells in buildings["arrival_bells_s"])
    if unknown == len(buildings):
        return "No bell times were given: no visit is timed to the start of school."
    if unknown == 0:
        return ""
    return (
        f"No bell time was given for {counted(unknown, 'school')}: no visit there is timed to the "
        "start of school."
    )


def _find_gaps(
    schedule: PatrolSchedule,
    plan: ZonePlan,
    buildings: pd.DataFrame,
    position: dict[str, int],
) -> tuple[OpenWindow, ...]:
    zone_of = {zone.zone_id: k for k, zone in enumerate(plan.zones)}
    of_zone = {zone.zone_id: frozenset(zone.building_ids) for zone in plan.zones}
    return tuple(
        OpenWindow(
            school=position[building],
            zone=zone_of[day.zone_id],
            bells=_bells(buildings, building),
            why=why,
        )
        for day in {day.zone_id: day for day in schedule.days}.values()
        for building, why in _left_open(schedule, of_zone[day.zone_id])
    )


def _left_open(schedule: PatrolSchedule, building_ids: frozenset[str]) -> list[tuple[str, str]]:
    """The buildings of a zone without a visit, or without an officer at a bell or at lunch."""
    unvisited = set(schedule.unvisited_ids) & building_ids
    table = schedule.presences()
    missed = table[~table["met"] & table["building_id"].isin(building_ids - unvisited)]
    return [
        *((building, "no visit all day") for building in sorted(unvisited)),
        *(
            (str(building), "no officer there at " + " and ".join(dict.fromkeys(kinds)))
            for building, kinds in missed.groupby("building_id")["kind"]
        ),
    ]


def _bells(buildings: pd.DataFrame, building: str) -> str:
    bells = buildings["arrival_bells_s"][building]
    return ", ".join(clock(bell) for bell in bells if not math.isnan(bell))
