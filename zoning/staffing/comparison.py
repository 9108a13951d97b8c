"""Compare staffing options on one district: plans, patrols, response, cost and other figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import pandas as pd

from zoning.demand import CallRates, call_rates
from zoning.district import District
from zoning.editions import Edition
from zoning.errors import OptionError, SchoolDataError, first_few, require_type
from zoning.patrol import PatrolAssumptions, PatrolSchedule, plan_patrols
from zoning.patrol.working_day import COMPARED
from zoning.response import (
    ResponseAssumptions,
    ResponseDifference,
    ResponseEstimate,
    SevereCoverage,
    compare_responses,
    cover_severe_events,
    estimate_response,
)
from zoning.roads import Profile, TravelTimes, straight_line_times
from zoning.roads.traffic import TravelByHour, carry_over, school_traffic
from zoning.schools import buildings
from zoning.schools import notices as school_notices
from zoning.schools.buildings import feeders_given
from zoning.schools.changes import find_changes, summarise_changes
from zoning.staffing.costs import CostAssumptions
from zoning.staffing.equity import exposure_by_group
from zoning.staffing.figures import (
    NOISE,
    Figure,
    FigureInputs,
    compute_figures,
    figures,
)
from zoning.staffing.options import (
    OptionInputs,
    OptionOutcome,
    Placement,
    SolvedZones,
    StaffingOption,
    standard_options,
)
from zoning.staffing.people import (
    describe_prices,
    describe_staff,
    mean_with_outside,
    staff_lines,
    unanswered_ids,
    unanswered_notice,
)
from zoning.staffing.precision import (
    public_gap,
    public_values,
    response_assumptions,
    round_for_public,
    withheld_jointly,
    withheld_reason,
)
from zoning.staffing.scenarios import ScenarioOption, SchoolScenario
from zoning.staffing.staff import StaffLine
from zoning.units import join_names, sentence
from zoning.zones import Alternatives, Progress, SolverLimits, ZoneKind, ZoningResult

PATROL_PROFILE = "free_flow"
EMERGENCY_PROFILE = "emergency"
_MOST_NAMED = 3  # our choice: options in one sentence
_CRITERIA = ("annual_cost_usd", "mean_response_s", "p90_response_s")
_OUTSIDE = ("mean_response_s", "median_response_s", "p90_response_s")

SCENARIO_COLUMNS = ("scenario", "buildings", "students")
"""Columns of the table of figures where schools differ between options: '' for today's schools."""

ComparisonProgress = Callable[[str, Progress | None], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StaffingComparison:
    """Outcomes of several options on one district, and their assumptions.

    Attributes
    ----------
    patrol_times, emergency_times
        Seconds between buildings on patrol, and on the way to a call.
    times_by_hour
        The latter in the traffic of arrival, midday and dismissal, where streets are known.
    patrol_by_hour
        The former in the same traffic.
    calls, costs
        Call rates and prices all options share.
    notices
        What a reader of any figure should know.
    scenario
        Name of the schools, where they are not today's; else ''.
    scenarios
        For each scenario of the schools the comparison of its options alone, with its
        own district, travel times and calls. ``outcomes`` has all options; the other
        attributes are those of today's schools.
    alternatives
        Where the options are near-best plans for one request: these, in the same order.
    """

    district: District
    outcomes: tuple[OptionOutcome, ...]
    patrol_times: TravelTimes
    emergency_times: TravelTimes
    calls: CallRates
    costs: CostAssumptions
    notices: tuple[str, ...]
    times_by_hour: TravelByHour = ()
    patrol_by_hour: TravelByHour = ()
    scenario: str = ""
    scenarios: tuple[StaffingComparison, ...] = ()
    alternatives: Alternatives | None = None

    def __repr__(self) -> str:
        return f"StaffingComparison({self.district.name!r}, {[o.option_id for o in self.outcomes]})"

    def table(self) -> pd.DataFrame:
        """All figures of all options.

        Returns
        -------
        DataFrame
            Index ``option_id``; ``label``, a column for every figure (see `FIGURES`;
            NaN is not computed; without feeders there is no ``aligned_share``),
            ``not_dominated``, ``zoning_status``, ``zoning_gap``, and ``travel_times``,
            the source of the times. For the analyst: some figures are not public.
        """
        return self._table(Edition.RESTRICTED, {o.option_id: o.figures for o in self.outcomes})

    def public_table(self) -> pd.DataFrame:
        """The table for publication: fewer figures, rounded; NaN if not computed or withheld.

        ``withheld`` says why figures of an option are left out, '' where none is; see
        `zoning.staffing.precision`.
        """
        shown = self.figures(Edition.PUBLIC)
        table = self._table(
            Edition.PUBLIC, {o.option_id: public_values(o, shown) for o in self.outcomes}
        )
        table["zoning_gap"] = [public_gap(o.zoning) for o in self.outcomes]
        return table.assign(withheld=[withheld_reason(o) for o in self.outcomes])

    @property
    def parts(self) -> tuple[StaffingComparison, ...]:
        """The comparison of each set of schools, today's first; itself without scenarios."""
        if not self.scenarios:
            return (self,)
        elsewhere = {o.option_id for part in self.scenarios for o in part.outcomes}
        today = tuple(o for o in self.outcomes if o.option_id not in elsewhere)
        return (
            replace(self, outcomes=today, scenarios=()),
            *(
                replace(part, outcomes=tuple(self.outcome(o.option_id) for o in part.outcomes))
                for part in self.scenarios
            ),
        )

    def part_of(self, option_id: str) -> StaffingComparison:
        """The comparison of the schools of one option; `KeyError` if it was not compared."""
        self.outcome(option_id)
        of_scenario = (
            part
            for part in self.parts[1:]
            if any(outcome.option_id == option_id for outcome in part.outcomes)
        )
        return next(of_scenario, self.parts[0])

    def equity(self) -> pd.DataFrame:
        """Exposure by group of students for every option with officers.

        Returns
        -------
        DataFrame
            Index (``option_id``, ``group``); columns of
            `zoning.staffing.exposure_by_group`.
        """
        tables = {
            o.option_id: exposure_by_group(
                self.part_of(o.option_id).district.schools, o.schedule, o.response
            )
            for o in self.outcomes
            if o.schedule is not None and o.response is not None
        }
        return pd.concat(tables, names=["option_id", "group"]) if tables else pd.DataFrame()

    def outcome(self, option_id: str) -> OptionOutcome:
        """The outcome of one option; `KeyError` if it was not compared."""
        for outcome in self.outcomes:
            if outcome.option_id == option_id:
                return outcome
        raise KeyError(option_id)

    def figures(self, edition: Edition) -> tuple[Figure, ...]:
        """The figures an edition shows of this district."""
        feeders = any(feeders_given(part.district.schools) for part in self.parts)
        assumed = response_assumptions(self.outcomes) or ResponseAssumptions()
        return figures(
            edition,
            state=self.district.state,
            feeders=feeders,
            thresholds_s=assumed.thresholds_s,
        )

    def _table(self, edition: Edition, values: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
        columns = [column for figure in self.figures(edition) for column in figure.columns]
        rows = [
            {
                "option_id": o.option_id,
                "label": o.label,
                **{column: values[o.option_id].get(column, math.nan) for column in columns},
                "not_dominated": o.not_dominated,
                "zoning_status": None if o.zoning is None else str(o.zoning.status),
                "zoning_gap": math.nan
                if o.zoning is None or o.zoning.gap is None
                else o.zoning.gap,
                "travel_times": self.emergency_times.estimate or self.emergency_times.source,
            }
            for o in self.outcomes
        ]
        table = pd.DataFrame(rows).set_index("option_id")
        if self.scenarios:
            sizes = {o: self._sizes(o) for o in table.index}
            for place, column in enumerate(SCENARIO_COLUMNS, start=1):
                table.insert(place, column, [sizes[o][column] for o in table.index])
        return table

    def _sizes(self, option_id: str) -> dict[str, object]:
        """The values of `SCENARIO_COLUMNS`."""
        part = self.part_of(option_id)
        places = part.district.buildings
        return dict(
            zip(
                SCENARIO_COLUMNS,
                (part.scenario, len(places), float(places["enrollment"].sum(min_count=1))),
                strict=True,
            )
        )


def compare_staffing(
    district: District,
    options: Sequence[StaffingOption] | None = None,
    *,
    calls: CallRates | None = None,
    costs: CostAssumptions | None = None,
    patrol: PatrolAssumptions | None = None,
    wishes: pd.DataFrame | None = None,
    response: ResponseAssumptions | None = None,
    times: tuple[TravelTimes, TravelTimes] | None = None,
    patrol_profile: str | Profile = PATROL_PROFILE,
    emergency_profile: str | Profile = EMERGENCY_PROFILE,
    limits: SolverLimits | None = None,
    progress: ComparisonProgress | None = None,
    solved: Mapping[str, SolvedZones] | None = None,
) -> StaffingComparison:
    """Draw zones, plan patrols, estimate response and add up costs for every option.

    Parameters
    ----------
    options
        `standard_options` of the schools if None. A `ScenarioOption` is one on other
        schools than the district's: see `StaffingComparison.scenarios`.
    calls
        Calls per school-day; `zoning.call_rates` of the schools if None.
    costs, patrol, response
        Assumptions; the documented defaults if None.
    wishes
        What single buildings wish of the patrol; see `zoning.plan_patrols`.
    times
        Patrol and emergency travel times. If None they come from the district's
        streets, or without streets from `straight_line_times`, and every output
        says so.
    patrol_profile, emergency_profile
        How officers drive on patrol and to a call: names in
        `zoning.roads.PROFILES`, or profiles of your own. Not used if ``times``
        are given.
    limits
        For the zone optimiser.
    progress
        Called with the current step and, in the optimiser, its `Progress`.
    solved
        Zones found in an earlier run, by option id: they are not searched again.

    Raises
    ------
    OptionError
        If there is no option, or two options share an id.
    SchoolDataError
        If no school has a building.
    ZoningError
        As raised by `zoning.design_zones`, `zoning.plan_patrols` and
        `zoning.estimate_response`.
    """
    require_type(
        "district", district, District, remedy="Make one: District(name=..., schools=schools)."
    )
    chosen = _require_options(district, options)
    scenarios = _require_scenarios(chosen, calls_given=calls is not None, times_given=bool(times))

    def compare(schools: District, of: Sequence[StaffingOption], **own: Any) -> StaffingComparison:
        return _compare_schools(
            schools,
            of,
            costs=costs,
            patrol=patrol,
            wishes=wishes,
            response=response,
            patrol_profile=patrol_profile,
            emergency_profile=emergency_profile,
            limits=limits,
            progress=progress,
            solved=solved or {},
            **own,
        )

    today = [option for option in chosen if not isinstance(option, ScenarioOption)]
    comparison = compare(district, today, calls=calls, times=times)
    if not scenarios:
        return comparison
    parts = [
        compare(
            replace(district, schools=scenario.schools),
            [o for o in chosen if isinstance(o, ScenarioOption) and o.scenario is scenario],
            calls=scenario.calls,
            times=scenario.times,
            scenario=scenario.name,
        )
        for scenario in scenarios
    ]
    outcomes = {o.option_id: o for o in comparison.outcomes}
    for part in parts:  # beside the options of today's schools and of the scenarios before
        before = tuple(outcomes.values())
        for one in part.outcomes:
            outcomes[one.option_id] = replace(one, withheld_jointly=withheld_jointly(one, before))
    notices = [
        f"{scenario.name}: {notice}"
        for scenario, part in zip(scenarios, parts, strict=True)
        for notice in _scenario_notices(comparison, part, scenario)
    ]
    return replace(
        comparison,
        outcomes=tuple(outcomes[option.option_id] for option in chosen),
        notices=(*comparison.notices, *dict.fromkeys(notices)),
        scenarios=tuple(parts),
    )


def _scenario_notices(
    today: StaffingComparison, part: StaffingComparison, scenario: SchoolScenario
) -> Iterator[str]:
    """What a reader should know of a scenario that is not true of today's schools."""
    yield summarise_changes(find_changes(today.district.schools, part.district.schools))
    yield from scenario.notices
    yield f"call rates: {part.calls.source}"
    yield from (notice for notice in part.notices if notice not in today.notices)


def _compare_schools(
    district: District,
    options: Sequence[StaffingOption],
    *,
    calls: CallRates | None,
    costs: CostAssumptions | None,
    patrol: PatrolAssumptions | None,
    wishes: pd.DataFrame | None,
    response: ResponseAssumptions | None,
    times: tuple[TravelTimes, TravelTimes] | None,
    patrol_profile: str | Profile,
    emergency_profile: str | Profile,
    limits: SolverLimits | None,
    progress: ComparisonProgress | None,
    solved: Mapping[str, SolvedZones],
    scenario: str = "",
) -> StaffingComparison:
    """Compare options on one set of schools."""
    report = progress or (lambda _doing, _where: None)
    report("travel times", None)
    patrol_times, emergency_times = times or (
        district_times(district, patrol_profile),
        district_times(district, emergency_profile),
    )
    by_hour: TravelByHour = ()
    patrol_by_hour: TravelByHour = ()
    if times is None and district.network is not None:
        free, slowed = school_traffic(district.network, district.schools)
        by_hour = carry_over(slowed, of=free, to=emergency_times)
        patrol_by_hour = carry_over(slowed, of=free, to=patrol_times)
    comparison = StaffingComparison(
        district=district,
        outcomes=(),
        patrol_times=patrol_times,
        emergency_times=emergency_times,
        times_by_hour=by_hour,
        patrol_by_hour=patrol_by_hour,
        calls=calls or call_rates(district.schools),
        costs=costs or CostAssumptions(),
        notices=(),
        scenario=scenario,
    )
    outcomes = []
    for option in options:
        report(option.label, None)
        placement = option.place_officers(
            OptionInputs(
                schools=district.schools,
                times=emergency_times,
                calls=comparison.calls,
                limits=limits or SolverLimits(),
                progress=lambda where, label=option.label: report(label, where),  # type: ignore[misc]
                solved=solved.get(option.option_id),
            )
        )
        outcomes.append(
            _outcome(
                option,
                placement,
                comparison,
                patrol=patrol,
                wishes=wishes,
                assumptions=response,
                times_by_hour=by_hour,
            )
        )
    notices = (
        *([emergency_times.estimate] if emergency_times.estimate else []),
        *school_notices(district.schools),
        *comparison.calls.notices,
        *fit_notices(patrol=patrol_times.driving, emergency=emergency_times.driving),
    )
    return replace(
        comparison,
        outcomes=_mark_dominated(_with_differences(outcomes)),
        notices=tuple(dict.fromkeys(notices)),
    )


def fit_notices(*, patrol: Profile | None, emergency: Profile | None) -> Iterator[str]:
    """Say which speeds were fitted to observed trips, and which were not; none if none were."""
    driven = {"on patrol": patrol, "to a call": emergency}
    known = {where: profile for where, profile in driven.items() if profile is not None}
    if any(profile.fitted for profile in known.values()):
        for where, profile in known.items():
            how = profile.fitted or f"not fitted to trips; profile {profile.name}: {profile.note}"
            yield f"speeds {where} are {how}"


def district_times(district: District, profile: str | Profile = EMERGENCY_PROFILE) -> TravelTimes:
    """Times of one profile over the streets, or the straight-line estimate.

    Zones are designed on those of ``emergency``.
    """
    if district.network is None:
        return straight_line_times(district.schools, profile=profile)
    return district.network.travel_times(district.schools, profile=profile)


def _require_options(
    district: District, options: Sequence[StaffingOption] | None
) -> tuple[StaffingOption, ...]:
    if options is not None and not isinstance(options, Sequence):
        raise OptionError(f"options is {options!r}", remedy="Give a list of staffing options.")
    if district.buildings.empty:
        raise SchoolDataError("no school of the district has a building to patrol")
    chosen = tuple(standard_options(district.schools) if options is None else options)
    if not chosen:
        raise OptionError("there is no staffing option to compare")
    ids = [o.option_id for o in chosen]
    repeated = sorted({i for i in ids if ids.count(i) > 1})
    if repeated:
        raise OptionError(f"option ids are used twice: {', '.join(repeated)}")
    return chosen


def _require_scenarios(
    options: Sequence[StaffingOption], *, calls_given: bool, times_given: bool
) -> tuple[SchoolScenario, ...]:
    """The scenarios of the options, each once; `OptionError` with every fault."""
    scenarios: list[SchoolScenario] = []
    for option in options:
        if isinstance(option, ScenarioOption) and option.scenario not in scenarios:
            scenarios.append(option.scenario)
    names = [scenario.name for scenario in scenarios]
    faults = [
        f"two scenarios have the name {name!r}: give its options one SchoolScenario"
        for name in dict.fromkeys(n for n in names if names.count(n) > 1)
    ]
    for scenario in scenarios:
        given = (
            ("call rates", "calls", calls_given and scenario.calls is None),
            ("travel times", "times", times_given and scenario.times is None),
        )
        faults += [
            f"{what} were given for today's schools, and {scenario.name!r} has none of its own: "
            f"give SchoolScenario({argument}=...)"
            for what, argument, lacks in given
            if lacks
        ]
        if buildings(scenario.schools).empty:
            faults.append(f"no school of {scenario.name!r} has a building to patrol")
    if faults:
        raise OptionError("the scenarios of the schools cannot be compared", faults)
    return tuple(scenarios)


def _outcome(
    option: StaffingOption,
    placement: Placement,
    comparison: StaffingComparison,
    *,
    patrol: PatrolAssumptions | None,
    wishes: pd.DataFrame | None,
    assumptions: ResponseAssumptions | None,
    times_by_hour: Sequence[tuple[float, float, TravelTimes]],
) -> OptionOutcome:
    """Plan the patrols, estimate the response and compute the figures of an option's placement."""
    schools, plan, zoning = comparison.district.schools, placement.plan, placement.zoning
    schedule = response = severe = None
    outside, remarks = placement.outside, list(placement.remarks)
    notices: tuple[str, ...] = ()
    public: list[str] = []
    is_impossible = plan is None and zoning is not None
    if zoning is not None and is_impossible:
        notices = (str(zoning if zoning.infeasibility is None else zoning.infeasibility),)
    if plan is not None:
        schedule = plan_patrols(
            plan,
            schools,
            comparison.patrol_times,
            assumptions=patrol,
            times_by_hour=comparison.patrol_by_hour,
            wishes=None if wishes is None else wishes[wishes.index.isin(plan.building_ids)],
            effort=COMPARED,
            standby=placement.standby,
            shifts_s=placement.shifts_s,
        )
        response = estimate_response(
            plan,
            schedule,
            comparison.emergency_times,
            schools=schools,
            calls=comparison.calls,
            assumptions=assumptions,
            times_by_hour=times_by_hour,
        )
        notices = response.notices
        if left := unanswered_ids(plan, placement, response.assumptions):
            # Figures of the calls that are answered would make an option look good that leaves
            # most calls to others.
            outside = mean_with_outside(response, left, outside)
            response, notices = None, ()
            public.append(unanswered_notice(left, outside))
        severe = cover_severe_events(
            plan,
            schedule,
            comparison.emergency_times,
            schools=schools,
            assumptions=assumptions,
        )
    if zoning is not None:
        notices = (*map(sentence, zoning.notices), *notices)
    staff: tuple[StaffLine, ...] = ()
    shift_s = (patrol or PatrolAssumptions()).shift_s
    if placement.groups and not is_impossible:
        staff = staff_lines(placement, schedule, comparison.patrol_times, shift_s=shift_s)
        remarks.insert(0, describe_staff(staff))
    if placement.costs is not None and placement.costs != comparison.costs:
        remarks.append(describe_prices(placement.costs, comparison.costs))
    inputs = _figure_inputs(placement, comparison, schedule, response, severe)
    inputs = replace(inputs, staff=staff, shift_s=float(shift_s))
    if response is None:
        inputs = replace(inputs, response=outside)
    budget = None if is_impossible else inputs.budget
    if budget is not None:
        public += budget.notices
    public += placement.notices
    return OptionOutcome(
        option_id=option.option_id,
        label=option.label,
        description=" ".join(
            filter(None, (option.description + _describe_high_schools(zoning), *remarks))
        ),
        plan=plan,
        zoning=zoning,
        schedule=schedule,
        response=response,
        figures={} if is_impossible else compute_figures(inputs),
        severe=severe,
        budget=budget,
        notices=(*notices, *public),
        public_notices=tuple(public),
        calls_are_counted=comparison.calls.is_counted,
    )


def option_notices(outcomes: Sequence[OptionOutcome]) -> Iterator[str]:
    """What may be published for a reader of the figures of options, each with whom it is of."""
    labels: dict[str, list[str]] = {}
    for outcome in outcomes:
        for notice in outcome.public_notices:
            labels.setdefault(notice, []).append(outcome.label)
    for notice, of in labels.items():
        yield f"{join_names(first_few(of, _MOST_NAMED))}: {notice}" if len(outcomes) > 1 else notice


def _figure_inputs(
    placement: Placement,
    comparison: StaffingComparison,
    schedule: PatrolSchedule | None,
    response: ResponseEstimate | None,
    severe: SevereCoverage | None,
) -> FigureInputs:
    buildings = comparison.district.buildings
    score = None if placement.zoning is None else placement.zoning.score
    zones = () if placement.plan is None else placement.plan.zones
    return FigureInputs(
        posts=len(zones if schedule is None else schedule.days),
        own_officer=sum(zone.kind is ZoneKind.DEDICATED for zone in zones),
        buildings=len(buildings),
        students=float(buildings["enrollment"].sum()) or math.nan,
        costs=placement.costs or comparison.costs,
        response=placement.outside if response is None else response.district,
        severe=None if severe is None else severe.district,
        aligned_share=None if score is None else score.aligned_share,
        patrol_m=0.0 if schedule is None else schedule.metres_per_day(comparison.patrol_times),
        schedule=schedule,
    )


def _describe_high_schools(zoning: ZoningResult | None) -> str:
    """Say whether zones are aligned with or only named after high schools."""
    if zoning is None or not zoning.problem.high_school_ids:
        return ""
    if zoning.problem.feeders_given:
        return " Each zone is aligned with a high school."
    return " Each zone is named after a high school; feeders were not given."


def _with_differences(outcomes: Sequence[OptionOutcome]) -> list[OptionOutcome]:
    """Compare the responses of each two options on the same calls."""
    found: dict[str, dict[str, Mapping[str, ResponseDifference]]] = {}
    for one, other in combinations(outcomes, 2):
        if one.response is None or other.response is None:
            continue
        difference = compare_responses(one.response, other.response)
        found.setdefault(one.option_id, {})[other.option_id] = difference
        found.setdefault(other.option_id, {})[one.option_id] = {
            key: ResponseDifference(value=-d.value, low=-d.high, high=-d.low)
            for key, d in difference.items()
        }
    return [replace(o, differences=found.get(o.option_id, {})) for o in outcomes]


def _mark_dominated(outcomes: Sequence[OptionOutcome]) -> tuple[OptionOutcome, ...]:
    return tuple(
        replace(
            one,
            not_dominated=bool(one.figures) and not any(_is_dominating(o, one) for o in outcomes),
        )
        for one in outcomes
    )


def _is_dominating(one: OptionOutcome, other: OptionOutcome) -> bool:
    """Whether ``one`` is at least as good in all criteria, all known, and clearly better in one."""
    signs = [_rank(one, other, criterion) for criterion in _CRITERIA]
    return not any(map(math.isnan, signs)) and max(signs) <= 0 and min(signs) < 0


def _rank(one: OptionOutcome, other: OptionOutcome, criterion: str) -> float:
    """Tell which of two options is better: -1 the first, 1 the other, 0 neither clearly."""
    mine, its = (o.figures.get(criterion, math.nan) for o in (one, other))
    if criterion == "annual_cost_usd":
        # A minute of overtime makes no option dearer: costs that a reader sees as equal are.
        mine, its = (round_for_public(criterion, cost) for cost in (mine, its))
    difference = mine - its
    simulated = one.differences.get(other.option_id, {}).get(criterion.replace("_response", ""))
    if simulated is not None and not simulated.is_clear:
        return 0.0
    if criterion in _OUTSIDE and _have_same_police(one, other):
        return 0.0
    if math.isnan(difference):
        return math.nan
    return 0.0 if abs(difference) <= NOISE else math.copysign(1.0, difference)


def _have_same_police(one: OptionOutcome, other: OptionOutcome) -> bool:
    """Whether the same outside police answer every call of both, known response or not."""
    if any(o.plan is not None or not o.figures for o in (one, other)):
        return False
    waits = [[o.figures.get(key, math.nan) for key in _OUTSIDE] for o in (one, other)]
    return all(a == b or (math.isnan(a) and math.isnan(b)) for a, b in zip(*waits, strict=True))
