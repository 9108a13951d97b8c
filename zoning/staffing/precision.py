"""Decide which figures of a comparison may be published, and round them.

A mean is published if it rests on enough buildings and none of them dominates.
Percentiles and shares of calls can reveal single buildings, and the miles of a few
officers reveal their dwell: with few patrolled buildings they are withheld. Where calls
were counted, an officer of one building tells by the wait how often it calls.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from zoning.editions import Edition
from zoning.patrol import PatrolAssumptions, PatrolSchedule, PresenceKind
from zoning.response import ResponseAssumptions
from zoning.staffing.budget import (
    ENDS,
    TOTAL,
    Budget,
    add_totals,
    amounts_of,
    merge_running_lines,
    over_years,
)
from zoning.staffing.costs import CostAssumptions
from zoning.staffing.figures import (
    DOLLARS,
    INDEX,
    NOISE,
    RESPONSE_STEP_S,
    Figure,
    find_figure,
    is_of_response,
    round_margin,
    round_to_step,
)
from zoning.staffing.options import OptionOutcome
from zoning.zones import Alternatives, Status, ZoneKind, ZonePlan, ZoningResult

MIN_PATROLLED: Final = 20
"""Our choice: with fewer patrolled buildings only means are published."""
MIN_CONTRIBUTORS: Final = 5
"""Minimum frequency rule. Our choice from the usual 3 to 10 (Hundepool et al.): a district of nine
schools can still publish means."""
DOMINANCE_N: Final = 2
DOMINANCE_SHARE: Final = 0.9
"""(n,k) rule: the n largest contributions are less than k of the total; n = 2 and k = 90 %."""
P_PERCENT: Final = 0.1
"""p % rule: the second largest contributor cannot estimate the largest to within p = 10 %."""

FEW_PATROLLED: Final = (
    f"Withheld: under an option where officers patrol fewer than {MIN_PATROLLED} buildings, "
    "percentiles, shares of calls, presences met, officer-hours and patrol miles would tell of "
    "single schools; a mean is told "
    f"only if it rests on {MIN_CONTRIBUTORS} patrolled buildings or more and none dominates it. "
    "Where calls were counted, a building with an officer of its own counts like a patrolled one: "
    "how long its calls wait tells how many there are. "
    "Presences of a kind are also withheld where they are wished at fewer patrolled buildings. "
    "Where the patrol settings are the district's own, patrol miles, officer-hours and overtime "
    "are withheld everywhere, and the range of the mean in such an option: the settings would "
    "follow from them."
)
MERGED_LINES: Final = (
    "What officers cost in a year is one line, and has no interval: hours and miles of patrols are "
    "withheld here, and would follow from lines of their own."
)
ROUNDED_APART: Final = (
    "Published dollars are rounded one by one to three digits, so that parts may not add up to "
    "their total to the last digit."
)
BESIDE_OTHER_SCHOOLS: Final = (
    "Withheld: beside the figures of an option with other schools, these would tell of the few "
    "schools that differ between the two. What the difference of two options tells must keep the "
    "same rules as a figure of its own: "
    f"a mean rests on {MIN_CONTRIBUTORS} patrolled buildings or more and none dominates it; "
    f"percentiles, shares of calls, presences met, officer-hours and patrol miles rest on "
    f"{MIN_PATROLLED} or more."
)

_MEAN_COLUMNS: Final = frozenset(
    {
        "mean_response_s",
        "mean_response_low_s",
        "mean_response_high_s",
        "mean_response_margin_s",
    }
)
_OF_OWN_PATROL: Final = frozenset(
    {"annual_patrol_m", "officer_hours", "overtime_hours", "overtime_cost_usd"}
)
"""Figures from which settings of the patrol day follow: whoever tries stays, shifts or bases finds
those that fit."""
_CALL_COLUMNS: Final = frozenset({"calls_per_day", "busy_fraction", "own_officer_share"})
"""Figures that are sums over calls: they tell how many there are, whoever answers."""


def may_publish_mean(contributions: ArrayLike) -> bool:
    """Whether a weighted mean over buildings reveals no single one of them.

    Applies the minimum frequency, the (n,k) dominance and the p % rule to the
    contributions of the buildings. Leave out public values (the response of an officer
    on campus), since they hide nothing; a mean of these alone may be published.

    Parameters
    ----------
    contributions
        Weight times value of each building; zeros do not count.

    References
    ----------
    Hundepool et al. (2012), Statistical Disclosure Control, Wiley, chapter 4.
    """
    parts = np.asarray(contributions, dtype=float)
    parts = np.sort(parts[parts > 0])[::-1]
    if not len(parts):
        return True
    return bool(
        len(parts) >= MIN_CONTRIBUTORS
        and parts[:DOMINANCE_N].sum() < DOMINANCE_SHARE * parts.sum()
        and parts[2:].sum() >= P_PERCENT * parts[0]
    )


def patrolled_ids(plan: ZonePlan | None) -> tuple[str, ...]:
    """Buildings without a fixed post: their response depends on restricted routes and bases."""
    if plan is None:
        return ()
    return tuple(
        building
        for zone in plan.zones
        if zone.kind is not ZoneKind.DEDICATED
        for building in zone.building_ids
    )


def few_patrolled(plan: ZonePlan | None) -> bool:
    """Whether a plan patrols some buildings, but fewer than `MIN_PATROLLED`."""
    return 0 < len(patrolled_ids(plan)) < MIN_PATROLLED


def rests_on_few(outcome: OptionOutcome) -> bool:
    """Whether the response rests on secrets of some buildings, but fewer than `MIN_PATROLLED`.

    Patrolled buildings have restricted routes; where calls were counted, every building has
    a restricted number of them.
    """
    plan = outcome.plan
    if plan is not None and outcome.calls_are_counted and len(plan.building_ids) < MIN_PATROLLED:
        return True
    return few_patrolled(plan)


def secret_waits(outcome: OptionOutcome) -> pd.Series[float]:
    """What is not public of the mean response at each building, seconds.

    All of it at a patrolled building. At one with an officer of its own the wait for that
    officer, where calls were counted; nothing else, since the calls are public.
    """
    if outcome.response is None:
        return pd.Series(dtype=float)
    means = outcome.response.buildings["mean_s"]
    patrolled = means.index.isin(patrolled_ids(outcome.plan))
    if not outcome.calls_are_counted:
        return means[patrolled]
    assumed = outcome.response.assumptions
    waits = (means - assumed.dispatch_s - assumed.turnout_s).clip(lower=0.0)
    return means.where(patrolled, waits.where(waits > NOISE, 0.0))


def round_for_public(column: str, value: float) -> float:
    """Round a public figure; times in seconds, shares from 0 to 1.

    Rounds to a tenth of a minute, one per cent, money to three digits and miles to
    two. Never reverses the order of two options, and gives equal figures for
    equal ones. Counts are unchanged.

    Raises
    ------
    KeyError
        If the column is not one of a public figure.
    """
    if not math.isfinite(value):
        return value
    if column == "presence_index":
        return INDEX.round_for_public(value)
    if (figure := find_figure(column)) is None:
        raise KeyError(column)
    if column == figure.margin:
        return round_margin(figure.unit, value)
    return figure.unit.round_for_public(value)


def mean_change_s(before_s: float, after_s: float) -> float:
    """Change of a mean response, rounded after subtracting.

    0 if both round to the same figure, or differ by less than half a rounding
    step. NaN if one is not known.
    """
    change = after_s - before_s
    if math.isnan(change):
        return math.nan
    if round_for_public("mean_response_s", before_s) == round_for_public(
        "mean_response_s", after_s
    ):
        return 0.0
    return math.copysign(round_to_step(abs(change), RESPONSE_STEP_S), change)


def round_beside(value: float, standard: float) -> float:
    """Round a mean response, to that of all students if it is within half a step of it."""
    differs = abs(value - standard) > RESPONSE_STEP_S / 2
    return round_for_public("mean_response_s", value if differs else standard)


def response_assumptions(outcomes: Sequence[OptionOutcome]) -> ResponseAssumptions | None:
    """The assumptions that all responses share; None if no option has a response."""
    return next((o.response.assumptions for o in outcomes if o.response), None)


def _needing_many(columns: Iterable[str]) -> frozenset[str]:
    """The columns of figures that are public only if many buildings are patrolled."""
    found = ((column, find_figure(column)) for column in columns)
    return frozenset(c for c, figure in found if figure and figure.needs_many_buildings)


def withheld_columns(outcome: OptionOutcome) -> frozenset[str]:
    """The public figures of an option that are computed but withheld."""
    columns = set(outcome.withheld_jointly)
    if rests_on_few(outcome):
        columns |= _needing_many(outcome.figures)
    if outcome.schedule is not None:
        if _has_own_patrol(outcome.schedule):
            columns |= _OF_OWN_PATROL
            if rests_on_few(outcome):  # the range of a few zones tells how long officers stay
                columns |= {"mean_response_low_s", "mean_response_high_s"}
        columns |= _presences_of_few(outcome.plan, outcome.schedule)
    if outcome.response is not None:
        calls = outcome.response.buildings["calls_per_day"]
        secret = secret_waits(outcome)
        if not may_publish_mean(calls[secret.index] * secret):
            # A building that dominates the mean also has the percentiles and the shares.
            columns |= _MEAN_COLUMNS
            columns |= {c for c in _needing_many(outcome.figures) if is_of_response(c)}
        if outcome.calls_are_counted and not may_publish_mean(calls):
            columns |= _CALL_COLUMNS
    return frozenset(columns & set(outcome.figures))


def _has_own_patrol(schedule: PatrolSchedule) -> bool:
    """Whether a timetable rests on patrol settings, shifts or wishes of the district's own."""
    return (
        schedule.assumptions != PatrolAssumptions()
        or schedule.school_day.has_own_wishes
        or any(day.shift_s is not None for day in schedule.days)
    )


def _presences_of_few(plan: ZonePlan | None, schedule: PatrolSchedule) -> set[str]:
    """The counts of presences that are wished at some patrolled buildings, but at few.

    Lunches are wished at high schools: of two of them "0 of 2" tells of both. An officer of its
    own is there all day, which is public.
    """
    patrolled = set(patrolled_ids(plan))
    columns: set[str] = set()
    for kind in PresenceKind:
        wished = {w.building_id for w in schedule.school_day.presences if w.kind is kind}
        if 0 < len(wished & patrolled) < MIN_PATROLLED:
            columns |= {f"{kind.plural}_met", f"{kind.plural}_wished"}
    return columns


def withheld_reason(outcome: OptionOutcome) -> str:
    """Why figures of an option are withheld, '' if none is."""
    alone = withheld_columns(replace(outcome, withheld_jointly=frozenset()))
    reasons = [FEW_PATROLLED] if alone else []
    if withheld_columns(outcome) - alone:
        reasons.append(BESIDE_OTHER_SCHOOLS)
    return " ".join(reasons)


def withheld_jointly(one: OptionOutcome, others: Iterable[OptionOutcome]) -> frozenset[str]:
    """The columns of an option that tell too much beside options of other schools.

    Two published means over nearly the same buildings are two equations, and what is common
    to both cancels in their difference: it is a statistic of the buildings whose weight or
    officer differs. The weights are known up to a factor, since calls follow enrolment, so
    the factor is taken that lets most buildings cancel. What is left must keep the rules of
    a published mean; percentiles, shares and miles need `MIN_PATROLLED` buildings that
    contribute a tenth of the largest contribution or more. Calls are the same whoever
    answers, so that a total of counted calls is held against the other total alone.
    """
    columns: set[str] = set()
    for other in others:
        counted = one.calls_are_counted or other.calls_are_counted
        if counted and any(map(_few_differ, _differing_calls(one, other))):
            columns |= _CALL_COLUMNS
        if one.is_overloaded or other.is_overloaded:
            # Without responses nobody knows how much of the difference each building makes up.
            columns |= _needing_many(one.figures)
            continue
        parts = _differing_contributions(one, other)
        if parts is None or not len(parts):
            continue
        if _few_differ(parts):
            columns |= _needing_many(one.figures)
        if not may_publish_mean(parts):
            columns |= _MEAN_COLUMNS
    return frozenset(columns)


def _few_differ(parts: NDArray[np.float64]) -> bool:
    """Whether a difference rests on some buildings, but on few that contribute much."""
    return bool(len(parts)) and int((parts >= P_PERCENT * parts.max()).sum()) < MIN_PATROLLED


def _differing_calls(one: OptionOutcome, other: OptionOutcome) -> list[NDArray[np.float64]]:
    """By how many calls a school-day each building differs, as given and up to a factor.

    Where all calls grow by a factor that is known, what is left is of the others alone.
    Buildings that do not differ are left out.
    """
    if one.response is None or other.response is None:
        return []
    mine, its = (o.response.buildings["calls_per_day"] for o in (one, other) if o.response)
    ratio = float((mine / its[its > 0]).median())
    found = []
    for factor in (1.0, ratio if math.isfinite(ratio) else 1.0):
        parts = mine.sub(factor * its, fill_value=0.0).abs().to_numpy(np.float64)
        found.append(np.asarray(parts[parts > NOISE * max(parts.max(initial=0.0), NOISE)]))
    return found


def _differing_contributions(
    one: OptionOutcome, other: OptionOutcome
) -> NDArray[np.float64] | None:
    """What each building adds to the difference of two means; None if a mean is missing.

    A building with another officer counts with both of its responses, and one with an officer
    of its own with what is secret of them.
    """
    if one.response is None or other.response is None:
        return None
    tables = []
    for outcome, response in ((one, one.response), (other, other.response)):
        secret = secret_waits(outcome)
        shared = (
            {}
            if outcome.plan is None
            else {
                (b, frozenset(z.building_ids)): b
                for z in outcome.plan.zones
                for b in z.building_ids
                if b in secret.index
            }
        )
        rows = list(shared.values())
        calls = response.buildings["calls_per_day"].reindex(rows)
        values = zip(calls, secret.reindex(rows), strict=True)
        tables.append(dict(zip(shared, values, strict=True)))
    mine, its = tables
    both = [served for served in mine if served in its]
    ratios = [mine[s][0] / its[s][0] for s in both if its[s][0] > 0]
    factor = float(np.median(ratios)) if ratios else 1.0
    of_building: dict[str, float] = {}
    for served, (calls, mean) in mine.items():
        weight = abs(calls - factor * its[served][0]) if served in its else calls
        of_building[served[0]] = of_building.get(served[0], 0.0) + weight * mean
    for served, (calls, mean) in its.items():
        if served not in mine:
            of_building[served[0]] = of_building.get(served[0], 0.0) + factor * calls * mean
    found = np.array(list(of_building.values()), dtype=np.float64)
    largest = found.max(initial=0.0)
    # Differences of the weights that are rounding errors of a sum are none.
    return np.asarray(found[found > NOISE * max(largest, NOISE)])


def public_values(outcome: OptionOutcome, listed: Iterable[Figure]) -> dict[str, float]:
    """The public figures of an option among those listed, rounded.

    NaN is not computed or withheld.
    """
    withheld = withheld_columns(outcome)
    values: dict[str, float] = dict(outcome.figures)
    if outcome.budget is not None and {"annual_cost_usd"} <= values.keys():
        # Other roundings of one cost would tell more digits of it.
        year = values["annual_cost_usd"]
        told = round_for_public("annual_cost_usd", year)
        for column in _SHARES_OF_COST & values.keys():
            values[column] *= told / year if year else 1.0
        five = amounts_of(public_budget(outcome), TOTAL, over_years())
        values |= {c: float(v) for c, v in zip(_FIVE_YEARS, five, strict=True)}
    return {
        column: math.nan
        if column in withheld
        else round_for_public(column, values.get(column, math.nan))
        for figure in listed
        if figure.edition is Edition.PUBLIC
        for column in figure.columns
    }


def public_cost_change(one: OptionOutcome, other: OptionOutcome) -> float:
    """By how many dollars a year an option costs more than another, rounded; NaN: not known.

    Rounded after subtracting. Where hours or miles of one of them are withheld it is the difference
    of the published costs: that of two options may be small, and to three digits it would tell
    their overtime.
    """
    column = "annual_cost_usd"
    mine, its = (o.figures.get(column, math.nan) for o in (one, other))
    if _hides_hours(one) or _hides_hours(other):
        mine, its = (round_for_public(column, cost) for cost in (mine, its))
    return round_for_public(column, mine - its)


def _hides_hours(outcome: OptionOutcome) -> bool:
    """Whether the hours or the miles of an option are withheld, so that its costs tell none."""
    return bool({"overtime_cost_usd", "annual_patrol_m"} & withheld_columns(outcome))


_SHARES_OF_COST: Final = frozenset({"cost_per_student_usd", "cost_per_building_usd"})
_FIVE_YEARS: Final = ("five_year_cost_low_usd", "five_year_cost_usd", "five_year_cost_high_usd")
_A_YEAR: Final = ("annual_cost_low_usd", "annual_cost_usd", "annual_cost_high_usd")


def public_budget(outcome: OptionOutcome) -> pd.DataFrame:
    """The budget of an option for publication: the columns of `zoning.staffing.budget.add_totals`.

    Rounded as money is. Where overtime or miles are withheld, what officers cost in a year is one
    line and follows from the published cost of a year, and the interval is left out: hours and
    miles follow from nothing that is not public already. No rows without a budget.
    """
    budget = outcome.budget
    if budget is None:
        return Budget(staff=(), costs=CostAssumptions()).table().iloc[:0]
    if not _hides_hours(outcome):
        table = budget.table()
    else:
        year = {
            end: round_for_public(column, outcome.figures.get(column, math.nan))
            for end, column in zip(ENDS, _A_YEAR, strict=True)
        }
        lines = merge_running_lines(budget, year)
        table = add_totals(lines, budget.costs, budget.periods, None)
    return table.map(DOLLARS.round_for_public, na_action="ignore")


_PUBLIC_OF_ALTERNATIVES: Final = (
    *("status", "gap", "above_best", "calls_cv"),
    *("misaligned", "moved", "from_best", "from_nearest"),
)


def public_alternatives(found: Alternatives, *, calls_are_counted: bool) -> pd.DataFrame:
    """The table of near-best plans for publication: no travel times, and shares rounded.

    What a plan costs above the best is rounded up to a tenth of a per cent, as a gap is.
    It and the spread of calls are NaN where so few buildings are patrolled that they would
    tell of single ones. Where calls were counted the spread is NaN in any case: two plans
    that differ in the zone of one school would tell its calls.
    """
    table = found.table()[list(_PUBLIC_OF_ALTERNATIVES)]
    few = np.array([few_patrolled(plan) for plan in found.plans], dtype=bool)
    above = [math.ceil(share * 1000 - NOISE) / 1000 for share in table["above_best"]]
    return table.assign(
        gap=[public_gap(result) for result in found.results[: len(table)]],
        above_best=np.where(few, math.nan, above),
        calls_cv=table["calls_cv"].map(INDEX.round_for_public).mask(few | calls_are_counted),
    )


def public_gap(zoning: ZoningResult | None) -> float:
    """The gap of an option, rounded up to a tenth of a per cent; NaN for none."""
    if zoning is None or zoning.gap is None:
        return math.nan
    if zoning.status is Status.OPTIMAL and not zoning.stopped_by:
        return 0.0
    return round(math.ceil(zoning.gap * 1000 - NOISE) / 1000, 3)
