"""The public and the restricted view of a comparison, the only inputs of output files."""

from __future__ import annotations

import datetime
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from itertools import combinations
from math import nan
from types import MappingProxyType
from typing import Final, NamedTuple

import geopandas as gpd
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from zoning.disclosure.certainty import Certainty, Checks
from zoning.disclosure.groups import public_equity
from zoning.disclosure.standing import Standing
from zoning.editions import EXAMPLE_DAY, RESTRICTED_MARK, Edition
from zoning.response import ResponseAssumptions
from zoning.response.assumptions import QUEUE
from zoning.roads.streets.antimeridian import metric_crs
from zoning.schools.buildings import EVENT_COLUMNS, feeders_given, high_school_ids
from zoning.schools.changes import building_changes, find_changes, summarise_changes
from zoning.schools.levels import PROGRAM_WORDS
from zoning.staffing import CostAssumptions, OptionOutcome, StaffingComparison
from zoning.staffing.budget import ONCE, TOTAL, YEARS, amounts_of, period_of
from zoning.staffing.comparison import EMERGENCY_PROFILE, option_notices
from zoning.staffing.costs import HOURS, OFFICERS, DetailedPrices, Span, WorkYear
from zoning.staffing.equity import GROUPS
from zoning.staffing.figures import (
    NOT_COMPUTED,
    OVERLOADED,
    SHARE,
    UNBEATEN,
    UNBEATEN_AMONG_ALIKE,
    WITHHELD,
    Figure,
    find_figure,
    is_of_response,
)
from zoning.staffing.precision import (
    BESIDE_OTHER_SCHOOLS,
    FEW_PATROLLED,
    mean_change_s,
    public_alternatives,
    public_budget,
    public_cost_change,
    public_gap,
    public_values,
    response_assumptions,
    round_for_public,
    withheld_columns,
    withheld_reason,
)
from zoning.staffing.staff import Role
from zoning.staffing.state_law import LAW_NOT_CHECKED, law_on_campuses
from zoning.staffing.value import (
    VALUE_COLUMNS,
    Value,
    cumulate_years,
    pay_back,
    price_minutes,
)
from zoning.symbols import ZONE_FILLS
from zoning.units import counted, minutes, sentence
from zoning.zones import Status, Zone, ZoneKind, ZonePlan, ZoningResult, building_areas
from zoning.zones.areas import MARGIN_M, adjacent_buildings, zones_of
from zoning.zones.solve.alternatives import describe_alternatives

DEFAULT_TITLE: Final = "School safety staffing options"
RESPONSE_COUNTS_CALLS: Final = (
    "Response is the time from a call until the first officer arrives: one is sent (dispatch), "
    "sets off (turnout) and drives there. School-days with their calls are simulated, so an "
    "officer can be on another call when one comes."
)
DEFAULTS_ARE_NOT_FACTS: Final = (
    "Costs, call rates, speeds, and who answers how soon and for how long are general starting "
    "values (defaults) unless the district gave its own; a default is no fact about the district."
)
NOT_LIKE_FOR_LIKE: Final = (
    "Options of different schools are not alike: each figure is of the option's own schools, "
    "students and calls. Their costs may be subtracted; a difference of two mean responses, or of "
    "two shares, would mix other schools with other officers, and is not formed."
)
PLANNED: Final = " (planned)"
"""Behind the name of a building that only a scenario of the schools has."""
DEFAULT: Final = "general default"
NOT_GIVEN: Final = "not given"
PUBLISHED: Final = "published for Jefferson County, 2022"
GIVEN: Final = "given by the district"
_NUMBERED: Final = re.compile(r"(zone|post)\s+(\w{1,5})", re.IGNORECASE)
_TOUCHING_M: Final = 1.0  # simplification can separate areas that share a border by this


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PublicOption:
    """The public part of a staffing option.

    Attributes
    ----------
    option_id, label, description
        The option, in words.
    proof
        How close to optimal the zones are proved to be, in a sentence; '' without
        zones.
    zoning_status, zoning_gap
        The same for a table: of `zoning.zones.ZoningResult`; None and NaN where
        no zones were designed.
    not_dominated
        No other option is as good in annual cost, mean response and 90th
        percentile and better in one of them.
    values
        Public figures by column of `zoning.staffing.figures.FIGURES`, in
        seconds, metres, dollars and shares, rounded (see
        `zoning.staffing.precision`); NaN is not computed, or withheld.
    mean_changes, cost_changes
        Change of the mean response (seconds) and of the annual cost (dollars) from
        each option to this one, by option id, rounded after subtracting (costs see
        `zoning.staffing.precision.public_cost_change`); 0 where
        the rounded figures are equal or the difference of two simulated responses is
        not clear, NaN where one is not known. The change of the
        mean response from an option of other schools is NaN: it is not formed.
    withheld
        The columns that were computed and withheld.
    withheld_reason
        Why, '' if none is.
    is_overloaded
        Whether calls ask for more time than the officers have: then no response exists.
    budget
        Index (``line``, ``period``); dollars, see `zoning.staffing.precision.public_budget`.
    hired_first
        Share of the people who are hired in the first year.
    scenario, students
        Name of the option's schools, where they are not today's, else ''; and how many
        students they have, NaN where enrolment is not known.
    zones
        Index ``zone_id``; ``label`` (short enough to stand on a map), ``kind``
        (``patrol``, ``dedicated`` or ``on call``), ``officer`` (what its officers do, in words),
        ``officers`` (how many stay or wait there), ``high_school_id``, ``high_school`` (its
        name; None without one), ``building_ids`` (tuple), ``colour`` (position in
        `zoning.symbols.ZONE_FILLS`; zones that touch differ) and the area as
        geometry in EPSG:4326 (empty where there is none). No rows without a plan.
    places
        Index ``building_id``; ``zone_id``, ``full_time_officer`` (bool),
        ``aligned`` (whether every school that feeds a high school is in a zone of
        its own; None where there is nothing to say) and ``neighbours`` (ids of the
        adjacent buildings, sorted, by the areas that zones are drawn from). No rows
        without a plan.

    Raises
    ------
    ValueError
        If a value is not a public figure.
    """

    option_id: str
    label: str
    description: str
    proof: str
    zoning_status: str | None
    zoning_gap: float
    not_dominated: bool
    values: Mapping[str, float]
    mean_changes: Mapping[str, float]
    cost_changes: Mapping[str, float]
    withheld: frozenset[str]
    zones: gpd.GeoDataFrame = field(repr=False)
    places: pd.DataFrame = field(repr=False)
    withheld_reason: str = ""
    is_overloaded: bool = False
    budget: pd.DataFrame = field(repr=False, default_factory=pd.DataFrame)
    hired_first: float = 1.0
    scenario: str = ""
    students: float = math.nan

    def __post_init__(self) -> None:
        found = {column: find_figure(column) for column in self.values}
        hidden = sorted(c for c, f in found.items() if f is None or f.edition is not Edition.PUBLIC)
        if hidden:
            raise ValueError(f"not public figures: {', '.join(hidden)}")
        for name in ("values", "mean_changes", "cost_changes"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def missing(self, column: str) -> str:
        """Say why a figure is NaN."""
        if self.is_overloaded and is_of_response(column):
            return OVERLOADED
        return WITHHELD if column in self.withheld else NOT_COMPUTED


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PublicScenario:
    """The schools of a scenario, beside today's.

    Attributes
    ----------
    name
        Of the scenario.
    summary
        The schools that open, close or change, in a sentence.
    table
        Every change, as `zoning.SchoolChanges.table`; without the values of groups of
        students and of incidents.
    schools
        As `PublicView.schools`; the name of a building that opens says so.
    opens, closes
        Buildings that only the scenario has, and that it has no more.
    by_feeder, high_schools
        As in `PublicView`.
    """

    name: str
    summary: str
    table: pd.DataFrame = field(repr=False)
    schools: gpd.GeoDataFrame = field(repr=False)
    opens: tuple[str, ...]
    closes: tuple[str, ...]
    by_feeder: bool
    high_schools: Mapping[str, str] = field(repr=False, default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PublicView:
    """Everything that public files may contain.

    Attributes
    ----------
    title, district, state
        Heading; name of the district; two letters, None if not known.
    attribution
        Sources of the data, in one line.
    travel_times
        Source of the travel times.
    estimate
        How travel times were estimated, if they do not come from streets; else None.
    meaning
        The meaning of a zone's area.
    date
        The plan's date from the caller; None to show none. Never read from a clock, so
        that the same call gives the same file.
    cautions
        Sentences for the top: which figures are only estimates.
    notices
        Plain sentences about the data and the method, for the end.
    by_feeder
        Whether zones are aligned with high schools by feeder; else they are only
        named after them.
    assumptions
        Assumptions of the figures, see `assumptions_table`.
    figures
        The public figures, in the order a reader meets them.
    options
        The options compared.
    schools
        Buildings, index ``building_id``: ``name``, ``level``, ``programs``
        (tuple, in words), ``high_school`` (bool: zones can be aligned with it or
        named after it), ``high_school_ids`` (those in the building), ``feeds`` (for each
        of its schools that feeds any, the ids of these high schools) and points in EPSG:4326.
    high_schools
        Names of the high schools that zones can be aligned with or named after, by id.
    outline
        Of the district, EPSG:4326; None if not known.
    streets
        ``road_class``, ``name`` and lines in EPSG:4326 of the two-way links; None
        without a street network.
    equity
        Index (``option_id``, ``group``): ``students``, ``presence_index``,
        ``mean_response_s`` and ``withheld`` (why the two before are missing, or '').
    scenarios
        Other sets of schools that options are compared on; `schools` are today's.
    standing
        Where the plan stands among random plans; None if none were drawn.
    certainty
        The options under stress, and which assumption changes their order; None if that was
        not computed.
    alternatives
        Where the options are near-best plans for one request: the public columns of
        `zoning.Alternatives.table`; else None.
    """

    title: str
    district: str
    state: str | None
    attribution: str
    travel_times: str
    estimate: str | None
    meaning: str
    date: datetime.date | None
    cautions: tuple[str, ...]
    notices: tuple[str, ...]
    by_feeder: bool
    assumptions: pd.DataFrame = field(repr=False)
    figures: tuple[Figure, ...] = field(repr=False)
    options: tuple[PublicOption, ...] = field(repr=False)
    schools: gpd.GeoDataFrame = field(repr=False)
    outline: BaseGeometry | None = field(repr=False)
    streets: gpd.GeoDataFrame | None = field(repr=False)
    equity: pd.DataFrame = field(repr=False)
    scenarios: tuple[PublicScenario, ...] = ()
    standing: Standing | None = field(default=None, repr=False)
    certainty: Certainty | None = field(default=None, repr=False)
    alternatives: pd.DataFrame | None = field(repr=False, default=None)
    high_schools: Mapping[str, str] = field(repr=False, default_factory=dict)

    @property
    def public(self) -> PublicView:
        """The view itself: renderers of both editions ask any view for its public part."""
        return self

    @property
    def mark(self) -> str:
        """No mark: a public file carries none."""
        return ""

    @property
    def some_dominated(self) -> bool:
        """Whether any option is dominated, so that marking the others is informative."""
        return any(
            not option.not_dominated and not all(map(math.isnan, option.values.values()))
            for option in self.options
        )

    @property
    def unbeaten(self) -> str:
        """The meaning of "not dominated": an option is judged beside those of its schools."""
        return UNBEATEN_AMONG_ALIKE if self.scenarios else UNBEATEN

    @property
    def value(self) -> pd.DataFrame:
        """What each option buys over each cheaper one of the same schools, a row a pair.

        Columns of `zoning.staffing.value.VALUE_COLUMNS`, all computed from published figures: a
        change of the mean response is known to a tenth of a minute, and has no interval here.
        """
        known = [o for o in self.options if not math.isnan(o.values.get("annual_cost_usd", nan))]
        rows = []
        for other, one in combinations(known, 2):
            if one.scenario != other.scenario:
                continue
            if one.cost_changes.get(other.option_id, nan) < 0:
                one, other = other, one  # noqa: PLW2901 - the dearer one first
            rows.append(
                {
                    "option_id": one.option_id,
                    "other_id": other.option_id,
                    **asdict(_public_value(one, other)),
                }
            )
        return pd.DataFrame(rows, columns=list(VALUE_COLUMNS))

    def scenario_of(self, option_id: str) -> PublicScenario | None:
        """The scenario of an option; None for today's schools."""
        name = self.option(option_id).scenario
        return next((s for s in self.scenarios if s.name == name), None) if name else None

    def at(self, option_id: str) -> PublicView:
        """The view with the schools of one option: its own, where they are not today's."""
        scenario = self.scenario_of(option_id)
        if scenario is None:
            return self
        return replace(
            self,
            schools=scenario.schools,
            by_feeder=scenario.by_feeder,
            high_schools=scenario.high_schools,
        )

    def every_school(self) -> pd.DataFrame:
        """The buildings of today's schools, then those that only a scenario has."""
        tables = [pd.DataFrame(t) for t in (self.schools, *(s.schools for s in self.scenarios))]
        if len(tables) == 1:
            return tables[0]
        joined = pd.concat(tables)
        return joined[~joined.index.duplicated()]

    def alone(self, option_id: str) -> PublicView:
        """The view of one option and its schools."""
        if not self.scenarios:
            return self
        option = self.option(option_id)
        return replace(self.at(option_id), options=(option,), scenarios=())

    def __repr__(self) -> str:
        return f"PublicView({self.district!r}, {[option.option_id for option in self.options]})"

    @property
    def high_school_heading(self) -> str:
        """Heading of the column of high schools: aligned with, or named after."""
        return "Aligned with" if self.by_feeder else "Named after"

    def option(self, option_id: str) -> PublicOption:
        """One of the options; `KeyError` if it was not compared."""
        for option in self.options:
            if option.option_id == option_id:
                return option
        raise KeyError(option_id)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RestrictedView:
    """Everything that restricted files may contain.

    Attributes
    ----------
    public
        What every edition shows.
    comparison
        Everything else: timetables, response by building, travel times.
    certainty
        As in the public view, with exact figures and the buildings that lose most.
    mark
        The sentence that every page and the metadata of a restricted file carry.
    """

    public: PublicView
    comparison: StaffingComparison = field(repr=False)
    mark: str = RESTRICTED_MARK
    certainty: Certainty | None = field(default=None, repr=False)

    @property
    def parts(self) -> tuple[RestrictedView, ...]:
        """The view of each set of schools that has options; itself without scenarios."""
        if not self.comparison.scenarios:
            return (self,)
        return tuple(
            replace(
                self,
                comparison=part,
                public=replace(
                    self.public.at(part.outcomes[0].option_id),
                    options=tuple(self.public.option(o.option_id) for o in part.outcomes),
                    scenarios=(),
                ),
            )
            for part in self.comparison.parts
            if part.outcomes
        )

    def __repr__(self) -> str:
        return f"RestrictedView({self.public.district!r})"


def public_view(
    comparison: StaffingComparison,
    *,
    title: str | None = None,
    date: datetime.date | None = None,
    standing: Standing | None = None,
    command_areas: Mapping[str, str] | None = None,
    checks: Checks | None = None,
) -> PublicView:
    """Make the public view of a comparison.

    Parameters
    ----------
    title
        Heading; a plain one when None.
    date
        The plan's date, shown on every output; none is shown when None.
    standing
        Where the plan stands among random plans, if that was asked for.
    command_areas
        The commander's area of each zone of the one option, by zone id; None for none.
    checks
        Stress tests and sensitivity of the comparison, if they were computed.
    """
    district = comparison.district
    buildings = district.buildings
    grounds = zone_grounds(comparison)
    times = comparison.emergency_times
    outcomes = comparison.outcomes
    hidden = " ".join(map(withheld_reason, outcomes))
    unlike = [o.label for o in outcomes if comparison.part_of(o.option_id).scenario]
    parts = comparison.parts
    estimates = {t.estimate for part in parts for t in (part.emergency_times, part.patrol_times)}
    options = tuple(
        _option(
            outcome,
            comparison.part_of(outcome.option_id),
            others=comparison,
            ground=grounds.get(outcome.option_id),
            command_areas=command_areas or {},
        )
        for outcome in outcomes
    )
    found = comparison.alternatives
    near = (
        None
        if found is None
        else public_alternatives(found, calls_are_counted=comparison.calls.is_counted)
    )
    return PublicView(
        title=DEFAULT_TITLE if title is None else title,
        district=district.name,
        state=district.state,
        attribution=district.attribution,
        travel_times=times.estimate or times.source,
        estimate=times.estimate,
        meaning=describe_zone_areas(comparison),
        date=date,
        cautions=_cautions(comparison),
        notices=(
            describe_zone_areas(comparison),
            DEFAULTS_ARE_NOT_FACTS,
            RESPONSE_COUNTS_CALLS,
            *describe_answers(comparison),
            *margins(comparison),
            EXAMPLE_DAY,
            *(  # the cautions describe estimates
                f"Travel times {driven}: {drives.source}."
                for driven, drives in (
                    ("to a call", times),
                    ("on patrol", comparison.patrol_times),
                )
                if drives.estimate is None
            ),
            f"Call rates: {comparison.calls.source}.",
            *([law] if (law := law_on_campuses(district.state)) == LAW_NOT_CHECKED else []),
            *(reason for reason in (FEW_PATROLLED, BESIDE_OTHER_SCHOOLS) if reason in hidden),
            *([NOT_LIKE_FOR_LIKE] if unlike else []),
            *(sentence(n) for n in dict.fromkeys(comparison.notices) if n not in estimates),
            *option_notices(outcomes),
        ),
        assumptions=assumptions_table(
            comparison.costs,
            response_assumptions(outcomes),
            roles=frozenset(
                line.role
                for outcome in outcomes
                if outcome.budget is not None
                for line in outcome.budget.staff
                if line.posts
            ),
        ),
        by_feeder=any(feeders_given(part.district.schools) for part in parts),
        figures=comparison.figures(Edition.PUBLIC),
        options=_with_differences(options, near),
        schools=school_table(district.schools, buildings),
        outline=district.outline,
        streets=None if district.network is None else street_table(district.network.links_frame()),
        equity=public_equity(comparison),
        scenarios=tuple(_scenario(part, district.schools) for part in parts[1:]),
        standing=standing,
        certainty=None if checks is None else Certainty.of(comparison, checks, Edition.PUBLIC),
        alternatives=near,
        high_schools=_high_schools(district.schools),
    )


def _with_differences(
    options: tuple[PublicOption, ...], near: pd.DataFrame | None
) -> tuple[PublicOption, ...]:
    """Say of each near-best plan after the first what differs from the best one."""
    if near is None:
        return options
    told = ["", *(f" {line}" for line in describe_alternatives(near))]
    return tuple(
        replace(option, description=f"{option.description}{line}")
        for option, line in zip(options, told, strict=True)
    )


def _scenario(part: StaffingComparison, today: gpd.GeoDataFrame) -> PublicScenario:
    schools = part.district.schools
    changes = find_changes(today, schools)
    # Groups of students and incidents of one school are in no public file.
    restricted = changes["column"].isin([*EVENT_COLUMNS, *GROUPS])
    opens, closes = building_changes(today, schools)
    shown = school_table(schools, part.district.buildings)
    opening = shown.index.isin(opens)
    shown["name"] = shown["name"].where(~opening, shown["name"] + PLANNED)
    return PublicScenario(
        name=part.scenario,
        summary=summarise_changes(changes),
        table=changes.assign(**changes[["before", "after"]].mask(restricted, "")),
        schools=shown,
        opens=opens,
        closes=closes,
        by_feeder=feeders_given(schools),
        high_schools=_high_schools(schools),
    )


def restricted_view(
    comparison: StaffingComparison,
    *,
    title: str | None = None,
    date: datetime.date | None = None,
    standing: Standing | None = None,
    command_areas: Mapping[str, str] | None = None,
    checks: Checks | None = None,
) -> RestrictedView:
    """Make the restricted view of a comparison; see `public_view`."""
    public = public_view(
        comparison,
        title=title,
        date=date,
        standing=standing,
        command_areas=command_areas,
        checks=checks,
    )
    exact = None if checks is None else Certainty.of(comparison, checks, Edition.RESTRICTED)
    return RestrictedView(public=public, comparison=comparison, certainty=exact)


class ZoneGround(NamedTuple):
    """The ground of an option's zones.

    Attributes
    ----------
    areas
        As `zoning.service_areas` gives them: by travel time of an officer on the way
        to a call where the district has streets, else as the crow flies.
    neighbours
        Ids of the adjacent buildings of each, sorted: see `zoning.adjacent_buildings`.
    """

    areas: gpd.GeoDataFrame
    neighbours: Mapping[str, tuple[str, ...]]


def zone_grounds(comparison: StaffingComparison) -> dict[str, ZoneGround]:
    """The ground of every option that has zones, by ``option_id``."""
    if comparison.scenarios:
        return {i: of for part in comparison.parts for i, of in zone_grounds(part).items()}
    district = comparison.district
    of_buildings: dict[tuple[str, ...], tuple[gpd.GeoDataFrame, Mapping[str, tuple[str, ...]]]] = {}
    grounds = {}
    for outcome in comparison.outcomes:
        if outcome.plan is None:
            continue
        ids = outcome.plan.building_ids
        if ids not in of_buildings:
            areas = building_areas(
                ids,
                district.schools,
                outline=district.outline,
                network=district.network,
                profile=comparison.emergency_times.driving or EMERGENCY_PROFILE,
            )
            of_buildings[ids] = (areas, _neighbours(areas))
        areas, neighbours = of_buildings[ids]
        grounds[outcome.option_id] = ZoneGround(zones_of(outcome.plan, areas), neighbours)
    return grounds


def _neighbours(areas: gpd.GeoDataFrame) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {str(building): [] for building in areas.index}
    for one, other in adjacent_buildings(areas):
        found[one].append(other)
        found[other].append(one)
    return {building: tuple(sorted(others)) for building, others in found.items()}


def describe_zone_areas(comparison: StaffingComparison) -> str:
    """Describe the meaning of a zone's area in a sentence."""
    nearest = "reached soonest from its schools over the streets"
    if comparison.district.network is None:
        nearest = "nearest to its schools in a straight line"
    meaning = f"A zone's area is the ground {nearest}: a picture of the plan, not attendance areas."
    if comparison.district.outline is None:
        meaning += (
            f" The district's outline was not given: areas end about {MARGIN_M / 1000:g} km around "
            "the schools, which is not its border."
        )
    return meaning


def describe_answers(comparison: StaffingComparison) -> Iterator[str]:
    """Say who answers a call, how long it keeps an officer, and which calls the figures count."""
    assumed = response_assumptions(comparison.outcomes)
    if assumed is None:
        return
    busy, none_free = _if_busy(assumed)
    kinds = "an emergency"
    share = comparison.calls.emergency_share
    share = assumed.emergency_share if share is None else share
    if share == 0:
        kinds = "routine"
    elif share < 1:
        kinds = f"an emergency or not ({100 * share:.0f} % are), and the figures count emergencies"
    posted = "leaves it for" if assumed.fixed_officers_help else "does not leave it for"
    yield (
        f"If the zone's officer is on another call, {busy}"
        + (f"; if none is free, {none_free}" if assumed.mutual_aid else "")
        + f". An officer posted at one campus {posted} others. Each call is {kinds}; "
        f"{100 * assumed.second_officer_share:.0f} % need a second officer, and each officer is at "
        f"the building for {minutes(assumed.on_scene_s)} on average."
    )


def _if_busy(assumed: ResponseAssumptions) -> tuple[str, str]:
    """What happens to a call if the zone's officer is busy, and if nobody is free."""
    waits = assumed.when_all_busy == QUEUE
    none_free = "the call waits" if waits else "outside police answer"
    if assumed.mutual_aid:
        return "the nearest free officer goes", none_free
    return "the call waits for that officer" if waits else none_free, none_free


def margins(comparison: StaffingComparison) -> Iterator[str]:
    """Say how far simulated figures can be off by chance, over all options."""
    widest: dict[str, float] = {}
    days = []
    for outcome in comparison.outcomes:
        if outcome.response is None or outcome.is_overloaded:
            continue
        days.append(outcome.response.district.days)
        for column in set(outcome.figures) - withheld_columns(outcome):
            figure = find_figure(column)
            if figure is not None and column == figure.margin:
                margin = round_for_public(column, outcome.figures[column])
                name = "a share of calls" if figure.unit is SHARE else figure.label.lower()
                widest[name] = max(widest.get(name, 0.0), margin)
    known = {name: margin for name, margin in widest.items() if math.isfinite(margin)}
    if known:
        listed = "; ".join(
            f"{name} by "
            + (counted(round(100 * m), "point") if name == "a share of calls" else minutes(m))
            for name, m in sorted(known.items())
        )
        yield (
            f"By chance of the simulation ({_round_down(min(days)):,} school-days or more) figures "
            f"can be off, at 95 % confidence, by at most: {listed}. Differences of options are "
            "compared on the same calls; where the interval of a difference holds 0, there is no "
            "clear difference."
        )


def _round_down(days: int) -> int:
    """To one digit: how many days a mean needs follows from all that it rests on."""
    step = int(10 ** (len(str(days)) - 1))
    return days // step * step


def overloads(comparison: StaffingComparison) -> Iterator[str]:
    """Say which options cannot answer the calls."""
    for outcome in comparison.outcomes:
        if outcome.is_overloaded:
            calls = _read_unrounded(outcome, "calls_per_day")
            rate = "" if math.isnan(calls) else f"at {calls:,.0f} calls a school-day "
            yield (
                f"{outcome.label}: {rate}officers cannot keep up. Calls ask for more time than "
                "officers have, and the queue never ends; no response is given."
            )


def _cautions(comparison: StaffingComparison) -> tuple[str, ...]:
    return (*overloads(comparison), *_estimates(comparison))


def _estimates(comparison: StaffingComparison) -> tuple[str, ...]:
    if comparison.scenarios:
        today, *others = (_estimates(part) for part in comparison.parts)
        return (
            *today,
            *(
                f"{part.scenario}: {caution}"
                for part, cautions in zip(comparison.scenarios, others, strict=True)
                for caution in cautions
                if caution not in today
            ),
        )
    to_calls, on_patrol = comparison.emergency_times.estimate, comparison.patrol_times.estimate
    if to_calls == on_patrol:
        return () if to_calls is None else (to_calls,)
    named = (("On the way to a call", to_calls), ("On patrol", on_patrol))
    return tuple(f"{when}: {sentence}" for when, sentence in named if sentence)


def _option(
    outcome: OptionOutcome,
    comparison: StaffingComparison,
    *,
    others: StaffingComparison,
    ground: ZoneGround | None,
    command_areas: Mapping[str, str],
) -> PublicOption:
    zoning, schools = outcome.zoning, comparison.district.schools
    alike = {o.option_id for o in comparison.outcomes}
    changes = [
        (
            other.option_id,
            _mean_change(outcome, other) if other.option_id in alike else math.nan,
            public_cost_change(outcome, other),
        )
        for other in others.outcomes
    ]
    return PublicOption(
        option_id=outcome.option_id,
        label=outcome.label,
        description=outcome.description,
        proof="" if zoning is None else _describe_proof(zoning),
        zoning_status=None if zoning is None else str(zoning.status),
        zoning_gap=public_gap(zoning),
        not_dominated=outcome.not_dominated,
        values=public_values(outcome, others.figures(Edition.PUBLIC)),
        mean_changes={option_id: seconds for option_id, seconds, _ in changes},
        cost_changes={option_id: dollars for option_id, _, dollars in changes},
        withheld=withheld_columns(outcome),
        zones=_with_command_areas(
            _zones(outcome.plan, ground, comparison.district.buildings, schools["name"]),
            command_areas,
        ),
        places=_places(outcome.plan, ground, comparison.district.buildings),
        withheld_reason=withheld_reason(outcome),
        is_overloaded=outcome.is_overloaded,
        budget=public_budget(outcome),
        hired_first=1.0 if outcome.budget is None else outcome.budget.hired_first,
        scenario=comparison.scenario,
        students=float(comparison.district.buildings["enrollment"].sum(min_count=1)),
    )


def _public_value(one: PublicOption, other: PublicOption) -> Value:
    """What an option buys over another, from published figures alone."""
    posts = [o.values.get("posts", nan) for o in (one, other)]
    simulated = len(one.zones) > 0 and len(other.zones) > 0
    value = price_minutes(
        one.cost_changes.get(other.option_id, nan),
        0.0 - one.mean_changes.get(other.option_id, nan) if simulated else nan,
        extra_officers=posts[0] - posts[1],
    )
    paths = [
        cumulate_years(
            o.hired_first * amounts_of(o.budget, TOTAL, ONCE)[1],
            [amounts_of(o.budget, TOTAL, period_of(year))[1] for year in range(1, YEARS + 1)],
        )
        for o in (one, other)
    ]
    years, told = pay_back((one.label, paths[0]), (other.label, paths[1]))
    return replace(
        value,
        per_minute_usd=round_for_public("annual_cost_usd", value.per_minute_usd),
        per_officer_usd=round_for_public("annual_cost_usd", value.per_officer_usd),
        pays_back_years=round(years, 1),
        pays_back=told,
    )


def _mean_change(outcome: OptionOutcome, other: OptionOutcome) -> float:
    """Change of the mean response from another option, 0 if the two do not clearly differ."""
    change = mean_change_s(
        _read_unrounded(other, "mean_response_s"), _read_unrounded(outcome, "mean_response_s")
    )
    simulated = outcome.differences.get(other.option_id, {}).get("mean_s")
    if simulated is not None and not simulated.is_clear and not math.isnan(change):
        return 0.0
    return change


def _read_unrounded(outcome: OptionOutcome, column: str) -> float:
    """A figure before rounding; NaN if it is withheld."""
    withheld = column in withheld_columns(outcome)
    return math.nan if withheld else outcome.figures.get(column, math.nan)


def _describe_proof(zoning: ZoningResult) -> str:
    """Describe what is proved of the zones, without revealing a travel time."""
    if zoning.infeasibility is not None:
        why = "; ".join(zoning.infeasibility.reasons)
        return f"No plan exists: {zoning.infeasibility.request}. {why}".strip()
    if zoning.plan is None or zoning.gap is None:
        return f"No plan was found: the search was stopped by {zoning.stopped_by}."
    if zoning.status is Status.OPTIMAL and not zoning.stopped_by:
        better = "travel and alignment" if zoning.problem.feeders_given else "travel"
        if zoning.among:
            return f"Zones proved best of {zoning.among}: none is better in {better}."
        return f"Zones proved best: no plan within the rules is better in {better}."
    best = f"the best of {zoning.among}" if zoning.among else "the best plan"
    proved = f"how far they are from {best} is not known"
    if zoning.lower_bound_s > 0:
        proved = f"{best} is better by at most {100 * public_gap(zoning):.1f} %"
    return f"Zones not proved best: {proved}; the search was stopped by {zoning.stopped_by}."


def _zones(
    plan: ZonePlan | None,
    ground: ZoneGround | None,
    buildings: gpd.GeoDataFrame,
    names: pd.Series[str],
) -> gpd.GeoDataFrame:
    zones = () if plan is None or ground is None else plan.zones
    ids = [zone.zone_id for zone in zones]
    shapes = gpd.GeoSeries([], crs=4326) if ground is None else ground.areas.geometry.loc[ids]
    high_schools = [zone.high_school_id for zone in zones]
    table = {
        "label": [
            label if zone.officers < 2 else f"{label} ×{zone.officers}"
            for label, zone in zip(short_labels(ids), zones, strict=True)
        ],
        "kind": [str(zone.kind) for zone in zones],
        "officer": [zone.officer for zone in zones],
        "officers": [zone.officers for zone in zones],
        "high_school_id": high_schools,
        "high_school": [None if h is None else names.get(h, h) for h in high_schools],
        "building_ids": [zone.building_ids for zone in zones],
        "colour": _colour_zones(zones, shapes, buildings.geometry),
    }
    frame = pd.DataFrame(table, index=pd.Index(ids, name="zone_id", dtype="str"), dtype=object)
    return gpd.GeoDataFrame(frame, geometry=list(shapes), crs=4326)


def _with_command_areas(
    zones: gpd.GeoDataFrame, command_areas: Mapping[str, str]
) -> gpd.GeoDataFrame:
    """Add the commander's area of each zone and its colour, if zones are grouped."""
    if not command_areas:
        return zones
    area_of = [command_areas[zone_id] for zone_id in zones.index]
    flat = zones.geometry.to_crs(metric_crs(zones.geometry)).buffer(0)
    merged = flat.groupby(area_of).agg(lambda shapes: shapes.union_all())
    colours = neighbouring_colours(list(merged), colours=len(ZONE_FILLS))
    colour_of = dict(zip(merged.index, colours, strict=True))
    return zones.assign(command_area=area_of, command_colour=[colour_of[a] for a in area_of])


def short_labels(zone_ids: Sequence[str]) -> list[str]:
    """Shorten ids as `short_label`, except where two would be the same: ``'7'``, ``'Zone 7'``."""
    labels = [short_label(zone_id) for zone_id in zone_ids]
    shared = {label for label, times in Counter(labels).items() if times > 1}
    return [
        zone_id if label in shared else label
        for zone_id, label in zip(zone_ids, labels, strict=True)
    ]


def short_label(zone_id: str) -> str:
    """``'7'`` for ``'Zone 7'``, ``'P7'`` for ``'Post 7'``; any other name as it is."""
    numbered = _NUMBERED.fullmatch(zone_id)
    if numbered is None:
        return zone_id
    return numbered[2] if numbered[1].lower() == "zone" else f"P{numbered[2]}"


def is_numbered(zone_id: str) -> bool:
    """Whether a zone has only a number, ``'Zone 7'``, and no name of its own."""
    numbered = _NUMBERED.fullmatch(zone_id)
    return numbered is not None and numbered[2].isdigit()


def _colour_zones(zones: Sequence[Zone], shapes: gpd.GeoSeries, points: gpd.GeoSeries) -> list[int]:
    """Colour zones; one without an area is placed at its first building."""
    if not zones:
        return []
    metric = metric_crs(points)
    at = points.loc[[zone.building_ids[0] for zone in zones]].to_crs(metric)
    flat = shapes.to_crs(metric)
    lying = [point if area.is_empty else area for point, area in zip(at, flat, strict=True)]
    return neighbouring_colours(lying, colours=len(ZONE_FILLS))


def neighbouring_colours(areas: Sequence[BaseGeometry], *, colours: int) -> list[int]:
    """Colour areas so that areas that touch differ.

    The area with most colours around it is coloured next (Brelaz 1979, DSATUR), with
    the free colour used least so far. With too few colours, neighbours can have the
    same; a planar map needs at most four.

    Parameters
    ----------
    areas
        Polygons in metres; within 1 m of each other counts as touching.
    """
    touching: list[set[int]] = [set() for _ in areas]
    pairs = shapely.STRtree(areas).query(areas, predicate="dwithin", distance=_TOUCHING_M)
    for one, other in pairs.T.tolist():
        touching[one] |= {other} - {one}
    colour: dict[int, int] = {}
    while len(colour) < len(areas):
        around = {
            i: {colour[j] for j in touching[i] if j in colour}
            for i in range(len(areas))
            if i not in colour
        }
        chosen = max(around, key=lambda i: (len(around[i]), len(touching[i]), -i))
        used = list(colour.values())
        colour[chosen] = min(range(colours), key=lambda c: (c in around[chosen], used.count(c), c))
    return [colour[i] for i in range(len(areas))]


def _places(
    plan: ZonePlan | None, ground: ZoneGround | None, buildings: gpd.GeoDataFrame
) -> pd.DataFrame:
    neighbours = {} if ground is None else ground.neighbours
    rows = [
        (
            building,
            zone.zone_id,
            zone.kind is ZoneKind.DEDICATED,
            _is_aligned(buildings["feeders"][building], zone),
            neighbours.get(building, ()),
        )
        for zone in (() if plan is None else plan.zones)
        for building in zone.building_ids
    ]
    columns = ["building_id", "zone_id", "full_time_officer", "aligned", "neighbours"]
    return pd.DataFrame(rows, columns=columns, dtype=object).set_index("building_id")


def _is_aligned(feeders: Sequence[Sequence[str]], zone: Zone) -> bool | None:
    """Whether every school of the building feeds the zone's high school; None if none feeds one."""
    if zone.kind is ZoneKind.DEDICATED or not feeders or zone.high_school_id is None:
        return None
    return all(zone.high_school_id in of_school for of_school in feeders)


def school_table(schools: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """What every map may show of the buildings: see `PublicView.schools`."""
    high = set(high_school_ids(schools))
    shown = buildings[["name", "level", "programs", "geometry"]].copy()
    shown["programs"] = [
        tuple(PROGRAM_WORDS[p] for p in programs) for programs in shown["programs"]
    ]
    held = [tuple(i for i in ids if i in high) for ids in buildings["school_ids"]]
    shown.insert(3, "high_school", list(map(bool, held)))
    return shown.assign(high_school_ids=held, feeds=buildings["feeders"])


def _high_schools(schools: gpd.GeoDataFrame) -> dict[str, str]:
    names = schools["name"]
    return {i: str(names.get(i, i)) for i in high_school_ids(schools)}


def street_table(links: gpd.GeoDataFrame) -> gpd.GeoDataFrame | None:
    """What every map shows of the streets; None without any."""
    return None if links.empty else links[["road_class", "name", "geometry"]].to_crs(4326)


def assumptions_table(
    costs: CostAssumptions,
    response: ResponseAssumptions | None,
    *,
    roles: frozenset[Role] = frozenset(),
) -> pd.DataFrame:
    """List the public assumptions, in readers' units.

    Parameters
    ----------
    response
        None if no option has a response.
    roles
        Of the people whom some option needs.

    Returns
    -------
    DataFrame
        ``assumption``, ``value``, ``span`` (the range used, '' for none) and
        ``basis`` (`DEFAULT`, `GIVEN` or `PUBLISHED`), all text.
    """
    rows = [
        *(_all_in_rows(costs) if costs.detailed is None else _detailed_rows(costs.detailed)),
        *_other_price_rows(costs, roles),
        (
            "Officers employed for each officer on duty (relief factor)",
            f"{costs.relief:.2f}",
            "",
            DEFAULT if costs.relief == CostAssumptions().relief else GIVEN,
        ),
        *_work_year_rows(costs.work_year),
        (
            "What is paid for",
            "the hours of the shifts"
            if costs.paid_for == HOURS
            else "a full shift for each officer on duty",
            "",
            _describe_basis(costs, "paid_for"),
        ),
        (
            "Pay of an hour of overtime over that of another hour",
            f"{costs.overtime_premium:g}",
            "",
            _describe_basis(costs, "overtime_premium"),
        ),
        (
            "Paid hours of an officer-year, for the price of overtime",
            f"{costs.paid_hours_per_year:,.0f}",
            "",
            _describe_basis(costs, "paid_hours_per_year"),
        ),
        (
            "Student days in a year",
            f"{costs.school_days}",
            "",
            _describe_basis(costs, "school_days"),
        ),
        (
            "State aid a year for each campus with its own officer",
            f"${costs.state_aid_per_campus_usd:,.0f}",
            "",
            _describe_basis(costs, "state_aid_per_campus_usd"),
        ),
    ]
    if response is not None:
        rows += [
            (
                "From the call to an officer being sent",
                f"{response.dispatch_s:.0f} s",
                "{:.0f} to {:.0f} s".format(*response.dispatch_range_s),
                _describe_basis(response, "dispatch_s", "dispatch_range_s"),
            ),
            (
                "From being sent to driving off",
                f"{response.turnout_s:.0f} s",
                "{:.0f} to {:.0f} s".format(*response.turnout_range_s),
                _describe_basis(response, "turnout_s", "turnout_range_s"),
            ),
            (
                "Time of each officer at the building",
                minutes(response.on_scene_s),
                "",
                _describe_basis(response, "on_scene_s"),
            ),
            (
                "Calls that need a second officer",
                f"{100 * response.second_officer_share:.0f} %",
                "",
                _describe_basis(response, "second_officer_share"),
            ),
            (
                "If the zone's officer is on another call",
                _if_busy(response)[0],
                "",
                _describe_basis(response, "mutual_aid"),
            ),
            (
                "If no officer is free",
                _if_busy(response)[1],
                "",
                _describe_basis(response, "when_all_busy"),
            ),
            (
                "Driving time to a call, as a multiple of the estimate",
                "1.00",
                "{:.2f} to {:.2f}".format(*response.travel_factor_range),
                _describe_basis(response, "travel_factor_range"),
            ),
        ]
    return pd.DataFrame(rows, columns=["assumption", "value", "span", "basis"])


AssumptionRow = tuple[str, str, str, str]
"""Assumption, value, span and basis."""


def _all_in_rows(costs: CostAssumptions) -> Iterator[AssumptionRow]:
    """The simple price of an officer: of a year, and once."""
    for what, name in (
        ("Cost of one officer for a year, all in", "officer_year"),
        ("Vehicle and equipment, once for each officer", "equipment"),
    ):
        low, high = getattr(costs, f"{name}_range_usd")
        yield (
            what,
            f"${getattr(costs, f'{name}_usd'):,.0f}",
            f"${low:,.0f} to ${high:,.0f}",
            _describe_basis(costs, f"{name}_usd", f"{name}_range_usd"),
        )


def _detailed_rows(prices: DetailedPrices) -> Iterator[AssumptionRow]:
    """The prices of the parts of an officer; all of them are the district's, but for two lives."""
    steps = prices.pay_steps_usd
    yield (
        "Base pay of an officer in the first year, and in the last step",
        f"${steps[0]:,.0f} and ${steps[-1]:,.0f}",
        f"{_percent(prices.pay_level[0])} to {_percent(prices.pay_level[2])} of it",
        GIVEN,
    )
    for what, span, unit in (
        ("Benefits, of base pay", prices.benefits, _percent),
        ("Vehicle with its fittings", prices.vehicle_usd, _dollars),
        ("Personal equipment of an officer", prices.gear_usd, _dollars),
        ("Fees of training a year for each officer", prices.training_usd, _dollars),
        ("Recruiting of each officer hired", prices.recruiting_usd, _dollars),
        ("Officers who leave in a year", prices.attrition, _percent),
    ):
        yield _span_row(what, span, unit, GIVEN)
    told = "not counted" if prices.mile_usd is None else WITHHELD
    yield ("Fuel, maintenance and tyres of a mile on patrol", told, "", GIVEN)
    usual = {f.name: f.default for f in fields(DetailedPrices)}
    for what, name, text in (
        (
            "A vehicle is replaced after",
            "vehicle_life_years",
            counted(prices.vehicle_life_years, "year"),
        ),
        ("Equipment is replaced after", "gear_life_years", counted(prices.gear_life_years, "year")),
        (
            "A vehicle for each officer",
            "vehicles_for",
            {OFFICERS: "employed"}.get(prices.vehicles_for, "on duty"),
        ),
        (
            "Paid training on top of an officer-year",
            "training_hours",
            f"{prices.training_hours:g} h",
        ),
    ):
        yield (what, text, "", DEFAULT if getattr(prices, name) == usual[name] else GIVEN)


def _other_price_rows(costs: CostAssumptions, roles: frozenset[Role]) -> Iterator[AssumptionRow]:
    """Prices of other people, where some option needs them, and what changes over the years."""
    usual = CostAssumptions()
    for role, what, name in (
        (Role.ADMINISTRATOR, "Cost of a Safety Administrator for a year", "administrator_year_usd"),
        (Role.MONITOR, "Cost of a monitor for a year", "monitor_year_usd"),
        (
            Role.CONTRACTED,
            "Price of a contracted officer's post for a year",
            "contracted_year_usd",
        ),
    ):
        span = getattr(costs, name)
        if role in roles:
            own = span != getattr(usual, name)
            basis = GIVEN if own else PUBLISHED if span is not None else NOT_GIVEN
            yield _span_row(what, span, _dollars, basis)
    yield _span_row(
        "Prices rise in a year by", costs.inflation, _percent, _describe_basis(costs, "inflation")
    )
    months = len(costs.hired_by_month)
    yield (
        "Everybody is hired",
        f"by month {months}" if months else "from the first month",
        "",
        _describe_basis(costs, "hired_by_month"),
    )
    if costs.city_share or costs.state_share:
        yield (
            "Shares of the city and the state",
            f"{_percent(costs.city_share)} and {_percent(costs.state_share)}",
            "",
            GIVEN,
        )


def _work_year_rows(year: WorkYear | None) -> Iterator[AssumptionRow]:
    if year is not None:
        away = year.leave_days + year.sick_days + year.holidays
        yield (
            "School days a year that an employee is away, and hours of training on others",
            f"{away:g} and {year.training_hours:g} h",
            "",
            GIVEN if year != WorkYear() else DEFAULT,
        )


def _dollars(value: float) -> str:
    return f"${value:,.0f}"


def _percent(value: float) -> str:
    return f"{100 * value:.3g} %"


def _span_row(
    what: str, span: Span | None, text: Callable[[float], str], basis: str
) -> AssumptionRow:
    """Write a price with its range, if it has one."""
    if span is None:
        return (what, "not known" if basis == NOT_GIVEN else "not counted", "", basis)
    low, likely, high = span
    between = f"{text(low)} to {text(high)}" if low < high else ""
    return (what, text(likely), between, basis)


def _describe_basis(assumptions: CostAssumptions | ResponseAssumptions, *names: str) -> str:
    usual = type(assumptions)()
    own = any(getattr(assumptions, name) != getattr(usual, name) for name in names)
    return GIVEN if own else DEFAULT
