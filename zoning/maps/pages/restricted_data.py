"""Restricted data of pages, beside `PublicPage`: routes, response by school, patrol days.

Made from a `RestrictedView` and from nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
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
from zoning.patrol import OfficerDay, PatrolSchedule, PresenceKind
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
    """The drives of a zone's officers: index of the zone, and indexes of the paths."""

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
        pairs = [pair for day in schedule.days_of(zone.zone_id) for pair in _drives(day)]
        if pairs:
            routes.append(Route(zone=k, paths=tuple(position[p] for p in dict.fromkeys(pairs))))
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


def _drives(day: OfficerDay) -> list[Pair]:
    """The distinct drives of an officer, those from and to the base included."""
    return consecutive([building for building, _, _ in day.stops])


def drive_lines(comparison: StaffingComparison) -> dict[Pair, Steps]:
    """Find the line of every drive of all patrol days: over streets if known, else straight."""
    schedules = (o.schedule for o in comparison.outcomes if o.schedule is not None)
    days = (day for schedule in schedules for day in schedule.days)
    pairs = list(dict.fromkeys(pair for day in days for pair in _drives(day)))
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
    "officer counts as being at the stop that is nearer in time. Schools that are closed at the "
    "time are not counted."
)
CALLED_IN_BREAK = "An officer on the paid break is called, and counts."
NOT_CALLED_IN_BREAK = "An officer on the break is not called, and does not count."
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
    """The day of one of a zone's officers.

    Attributes
    ----------
    zone
        Position of the zone in the option's zones.
    number
        Which of the zone's officers, from 1.
    stops
        In order; those at the base, of no length, first and last where there is a base.
    paths
        Positions in `PatrolDays.paths` of the drives between them.
    breaks
        Begin and end of each break, seconds after midnight.
    """

    zone: int
    number: int
    stops: tuple[Stop, ...]
    paths: tuple[int, ...]
    breaks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWindow:
    """A gap: a school without an officer at a bell or at lunch, or all day.

    Attributes
    ----------
    school, zone
        Positions; zone as in `OfficerTrack`.
    when
        The bells, or the hours of lunch; '' where unknown.
    why
        In words.
    """

    school: int
    zone: int
    when: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionDay:
    """The day of all officers of one option; no tracks where there is no timetable.

    Attributes
    ----------
    start, end
        First beginning and last end of any shift, seconds after midnight.
    hours
        For each of `PublicPage.schools` its opening and closing; None if it is closed all day.
    base
        Position of the school where shifts begin and end, None for the first and last visit.
    gaps
        Schools without a visit, or without one at a bell or at lunch.
    no_gaps
        Sentence for a day without gaps, as far as bell times are known.
    """

    start: int
    end: int
    tracks: tuple[OfficerTrack, ...]
    gaps: tuple[OpenWindow, ...]
    no_gaps: str
    hours: tuple[tuple[int, int] | None, ...] = ()
    base: int | None = None


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
    called_in_break
        Whether an officer on a break counts as able to come.
    notes
        Sentences about what the page shows and how it was computed.
    options
        One for each of `PublicPage.options`.
    """

    mark: str
    called_in_break: bool
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
        called_in_break=waits.on_call_in_break,
        thresholds=tuple(round(s / 60, 2) for s in waits.thresholds_s),
        reach=_compute_reach(comparison, waits, buildings.index),
        grounds=grounds,
        paths=tuple(lines.values()),
        notes=(
            NOT_A_ROSTER,
            drives_note(comparison),
            REACH_MEANING,
            CALLED_IN_BREAK if waits.on_call_in_break else NOT_CALLED_IN_BREAK,
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
    hours = schedule.school_day.hours
    base = next((day.base_id for day in schedule.days if not day.stands_by), None)
    return OptionDay(
        start=min(day.start_s for day in schedule.days),
        end=max(day.end_s for day in schedule.days),
        tracks=tuple(_tracks(schedule, outcome.plan, position, number)),
        gaps=_find_gaps(schedule, outcome.plan, buildings, position),
        no_gaps=_describe_no_gaps(schedule, buildings),
        hours=tuple(hours.get(building) for building in position),
        base=None if base is None else position[base],
    )


def _tracks(
    schedule: PatrolSchedule,
    plan: ZonePlan,
    position: Mapping[str, int],
    number: Mapping[Pair, int],
) -> Iterator[OfficerTrack]:
    # Officers of the whole district are shown with the zone in which they wait.
    floats = [day for day in schedule.days if not day.zone_id]
    for k, zone in enumerate(plan.zones):
        here = [day for day in floats if day.base_id in zone.building_ids]
        for which, day in enumerate((*schedule.days_of(zone.zone_id), *here), start=1):
            stays = _join_stays(day)
            yield OfficerTrack(
                zone=k,
                number=which,
                stops=tuple(
                    Stop(school=position[building], arrival=arrival, departure=departure)
                    for building, arrival, departure in stays
                ),
                paths=tuple(number[a, b] for (a, _, _), (b, _, _) in pairwise(stays)),
                breaks=day.breaks,
            )


def _join_stays(day: OfficerDay) -> list[tuple[str, int, int]]:
    """Building, arrival and departure; a break and the visits around it are one stay."""
    stays: list[tuple[str, int, int]] = []
    for building, arrival, departure in day.stops:
        begin = stays.pop()[1] if stays and stays[-1][0] == building else arrival
        stays.append((building, begin, departure))
    return stays


def _describe_no_gaps(schedule: PatrolSchedule, buildings: pd.DataFrame) -> str:
    """Describe that no visit and no wished presence is missed, as far as bell times are known."""
    wished = {wish.kind for wish in schedule.school_day.presences}
    *first, last = [f"every {kind}" for kind in PresenceKind if kind in wished] or [""]
    kinds = f"{', '.join(first)} and {last}" if first else last
    at = f", and an officer is there at {kinds} where one is wished" if kinds else ""
    return f"None: every school is visited{at}. {_without_bells(buildings)}".rstrip()


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
    position: Mapping[str, int],
) -> tuple[OpenWindow, ...]:
    unvisited = set(schedule.unvisited_ids)
    presences = schedule.presences()
    missed = presences[~presences["met"] & ~presences["building_id"].isin(unvisited)]
    of_building = dict(list(missed.groupby("building_id")))
    return tuple(
        OpenWindow(school=position[building], zone=k, when=when, why=why)
        for k, zone in enumerate(plan.zones)
        for building in sorted(zone.building_ids)
        for when, why in (
            [(_bells(buildings, building), "no visit all day")]
            if building in unvisited
            else _missed_at(of_building[building])
            if building in of_building
            else ()
        )
    )


def _missed_at(missed: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """When and what a school misses, one for each kind of presence, in the order of the day."""
    for kind, rows in missed.sort_values("open_s", kind="stable").groupby("kind", sort=False):
        when = [
            f"{clock(opens)} to {clock(closes)}" if math.isnan(bell) else clock(bell)
            for bell, opens, closes in rows[["bell_s", "open_s", "close_s"]].itertuples(index=False)
        ]
        yield ", ".join(when), f"no officer there at {kind}"


def _bells(buildings: pd.DataFrame, building: str) -> str:
    bells = buildings["arrival_bells_s"][building]
    return ", ".join(clock(bell) for bell in bells if not math.isnan(bell))
