"""Compare staffing options on one district: plans, patrols, response, cost and other figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from zoning.demand import CallRates, call_rates
from zoning.district import District
from zoning.editions import Edition
from zoning.errors import OptionError, SchoolDataError, require_type
from zoning.patrol import PatrolAssumptions, PatrolSchedule, plan_patrols
from zoning.response import ResponseAssumptions, ResponseEstimate, estimate_response
from zoning.roads import Profile, TravelTimes, straight_line_times
from zoning.schools import notices as school_notices
from zoning.schools.buildings import feeders_given
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
from zoning.staffing.precision import (
    FEW_PATROLLED,
    precision_of,
    public_gap,
    public_values,
    withheld_columns,
)
from zoning.units import sentence
from zoning.zones import Progress, SolverLimits, ZoneKind, ZoningResult

PATROL_PROFILE = "free_flow"
EMERGENCY_PROFILE = "emergency"
_CRITERIA = ("annual_cost_usd", "mean_response_s", "p90_response_s")

ComparisonProgress = Callable[[str, Progress | None], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StaffingComparison:
    """Outcomes of several options on one district, and their assumptions.

    Attributes
    ----------
    patrol_times, emergency_times
        Seconds between buildings on patrol, and on the way to a call.
    calls, costs
        Call rates and prices all options share.
    notices
        What a reader of any figure should know.
    """

    district: District
    outcomes: tuple[OptionOutcome, ...]
    patrol_times: TravelTimes
    emergency_times: TravelTimes
    calls: CallRates
    costs: CostAssumptions
    notices: tuple[str, ...]

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
        precision = precision_of(self.outcomes)
        table = self._table(
            Edition.PUBLIC, {o.option_id: public_values(o, precision) for o in self.outcomes}
        )
        table["zoning_gap"] = [public_gap(o.zoning) for o in self.outcomes]
        reasons = [FEW_PATROLLED if withheld_columns(o) else "" for o in self.outcomes]
        return table.assign(withheld=reasons)

    def equity(self) -> pd.DataFrame:
        """Exposure by group of students for every option with officers.

        Returns
        -------
        DataFrame
            Index (``option_id``, ``group``); columns of
            `zoning.staffing.exposure_by_group`.
        """
        tables = {
            o.option_id: exposure_by_group(self.district.schools, o.schedule, o.response)
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
        feeders = feeders_given(self.district.schools)
        return figures(edition, state=self.district.state, feeders=feeders)

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
        return pd.DataFrame(rows).set_index("option_id")


def compare_staffing(
    district: District,
    options: Sequence[StaffingOption] | None = None,
    *,
    calls: CallRates | None = None,
    costs: CostAssumptions | None = None,
    patrol: PatrolAssumptions | None = None,
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
        `standard_options` of the schools if None.
    calls
        Calls per school-day; `zoning.call_rates` of the schools if None.
    costs, patrol, response
        Assumptions; the documented defaults if None.
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
    report = progress or (lambda _doing, _where: None)
    report("travel times", None)
    patrol_times, emergency_times = times or (
        district_times(district, patrol_profile),
        district_times(district, emergency_profile),
    )
    comparison = StaffingComparison(
        district=district,
        outcomes=(),
        patrol_times=patrol_times,
        emergency_times=emergency_times,
        calls=calls or call_rates(district.schools),
        costs=costs or CostAssumptions(),
        notices=(),
    )
    outcomes = []
    for option in chosen:
        report(option.label, None)
        placement = option.place_officers(
            OptionInputs(
                schools=district.schools,
                times=emergency_times,
                calls=comparison.calls,
                limits=limits or SolverLimits(),
                progress=lambda where, label=option.label: report(label, where),  # type: ignore[misc]
                solved=None if solved is None else solved.get(option.option_id),
            )
        )
        outcomes.append(
            _outcome(option, placement, comparison, patrol=patrol, assumptions=response)
        )
    notices = (
        *([emergency_times.estimate] if emergency_times.estimate else []),
        *school_notices(district.schools),
        *comparison.calls.notices,
        *fit_notices(patrol=patrol_times.driving, emergency=emergency_times.driving),
    )
    return replace(
        comparison, outcomes=_mark_dominated(outcomes), notices=tuple(dict.fromkeys(notices))
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


def _outcome(
    option: StaffingOption,
    placement: Placement,
    comparison: StaffingComparison,
    *,
    patrol: PatrolAssumptions | None,
    assumptions: ResponseAssumptions | None,
) -> OptionOutcome:
    """Plan the patrols, estimate the response and compute the figures of an option's placement."""
    schools, plan, zoning = comparison.district.schools, placement.plan, placement.zoning
    schedule = response = None
    notices: tuple[str, ...] = ()
    is_impossible = plan is None and zoning is not None
    if zoning is not None and is_impossible:
        notices = (str(zoning if zoning.infeasibility is None else zoning.infeasibility),)
    if plan is not None:
        schedule = plan_patrols(plan, schools, comparison.patrol_times, assumptions=patrol)
        response = estimate_response(
            plan,
            schedule,
            comparison.emergency_times,
            schools=schools,
            calls=comparison.calls,
            assumptions=assumptions,
        )
        notices = response.notices
    if zoning is not None:
        notices = (*map(sentence, zoning.notices), *notices)
    return OptionOutcome(
        option_id=option.option_id,
        label=option.label,
        description=option.description + _describe_high_schools(zoning),
        plan=plan,
        zoning=zoning,
        schedule=schedule,
        response=response,
        figures={} if is_impossible else _figures(placement, comparison, schedule, response),
        notices=notices,
    )


def _figures(
    placement: Placement,
    comparison: StaffingComparison,
    schedule: PatrolSchedule | None,
    response: ResponseEstimate | None,
) -> Mapping[str, float]:
    buildings = comparison.district.buildings
    score = None if placement.zoning is None else placement.zoning.score
    zones = () if placement.plan is None else placement.plan.zones
    inputs = FigureInputs(
        posts=len(zones),
        own_officer=sum(zone.kind is ZoneKind.DEDICATED for zone in zones),
        buildings=len(buildings),
        students=float(buildings["enrollment"].sum()) or math.nan,
        costs=comparison.costs,
        response=placement.outside if response is None else response.district,
        aligned_share=None if score is None else score.aligned_share,
        patrol_m=0.0 if schedule is None else schedule.metres_per_day(comparison.patrol_times),
    )
    if response is not None:
        inputs = replace(
            inputs,
            shares_within=response.district.share_within,
            busy_fraction=float(response.zones["busy_fraction"].mean()),
        )
    return compute_figures(inputs)


def _describe_high_schools(zoning: ZoningResult | None) -> str:
    """Say whether zones are aligned with or only named after high schools."""
    if zoning is None or not zoning.problem.high_school_ids:
        return ""
    if zoning.problem.feeders_given:
        return " Each zone is aligned with a high school."
    return " Each zone is named after a high school; feeders were not given."


def _mark_dominated(outcomes: Sequence[OptionOutcome]) -> tuple[OptionOutcome, ...]:
    return tuple(
        replace(
            one,
            not_dominated=bool(one.figures) and not any(_is_dominating(o, one) for o in outcomes),
        )
        for one in outcomes
    )


def _is_dominating(one: OptionOutcome, other: OptionOutcome) -> bool:
    """Whether ``one`` is at least as good in all criteria, all known, and better in one."""
    pairs = [(one.figures.get(c, math.nan), other.figures.get(c, math.nan)) for c in _CRITERIA]
    if any(math.isnan(a) or math.isnan(b) for a, b in pairs):
        return False
    return all(a <= b + NOISE for a, b in pairs) and any(a < b - NOISE for a, b in pairs)
