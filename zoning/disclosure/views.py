"""The public and the restricted view of a comparison, the only inputs of output files."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import combinations
from math import nan
from types import MappingProxyType
from typing import Final

import geopandas as gpd
import pandas as pd
from shapely.geometry.base import BaseGeometry

from zoning.disclosure.assumptions import assumptions_table
from zoning.disclosure.certainty import Certainty, Checks
from zoning.disclosure.groups import public_equity
from zoning.disclosure.notices import (
    DEFAULTS_ARE_NOT_FACTS,
    NOT_LIKE_FOR_LIKE,
    RESPONSE_COUNTS_CALLS,
    cautions,
    describe_answers,
    describe_zone_areas,
    margins,
    read_unrounded,
)
from zoning.disclosure.standing import Standing
from zoning.disclosure.zone_tables import (
    ZoneGround,
    high_school_names,
    place_table,
    school_table,
    street_table,
    with_command_areas,
    zone_grounds,
    zone_table,
)
from zoning.editions import EXAMPLE_DAY, RESTRICTED_MARK, Edition
from zoning.schools.buildings import EVENT_COLUMNS, feeders_given
from zoning.schools.changes import building_changes, find_changes, summarise_changes
from zoning.staffing import OptionOutcome, StaffingComparison
from zoning.staffing.budget import ONCE, TOTAL, YEARS, amounts_of, period_of
from zoning.staffing.comparison import option_notices
from zoning.staffing.equity import GROUPS
from zoning.staffing.figures import (
    NOT_COMPUTED,
    OVERLOADED,
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
from zoning.staffing.state_law import LAW_NOT_CHECKED, law_on_campuses
from zoning.staffing.value import (
    VALUE_COLUMNS,
    Value,
    cumulate_years,
    pay_back,
    price_minutes,
)
from zoning.units import sentence
from zoning.zones import Status, ZoningResult
from zoning.zones.solve.alternatives import describe_alternatives

DEFAULT_TITLE: Final = "School safety staffing options"
PLANNED: Final = " (planned)"
"""Behind the name of a building that only a scenario of the schools has."""


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
        of its other schools that feeds any, the ids of these high schools) and points in EPSG:4326.
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
        meaning=describe_zone_areas(comparison.district),
        date=date,
        cautions=cautions(comparison),
        notices=(
            describe_zone_areas(comparison.district),
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
        high_schools=high_school_names(district.schools),
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
        high_schools=high_school_names(schools),
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
        zones=with_command_areas(
            zone_table(outcome.plan, ground, comparison.district.buildings, schools["name"]),
            command_areas,
        ),
        places=place_table(outcome.plan, ground, comparison.district.buildings),
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
        read_unrounded(other, "mean_response_s"), read_unrounded(outcome, "mean_response_s")
    )
    simulated = outcome.differences.get(other.option_id, {}).get("mean_s")
    if simulated is not None and not simulated.is_clear and not math.isnan(change):
        return 0.0
    return change


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
