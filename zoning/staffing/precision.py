"""Which figures of a comparison may be published, and how finely: the one place that rounds.

A mean is published if enough buildings stand behind it and none of them dominates.
Percentiles and shares of calls come down to single buildings, and the miles of a few
officers to their dwell: with few patrolled buildings they are withheld, not blurred.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike

from zoning.editions import Edition
from zoning.patrol import PatrolAssumptions
from zoning.response import ResponseAssumptions
from zoning.staffing.figures import figures
from zoning.units import METRES_PER_MILE
from zoning.zones import Status, ZonePlan, ZoningResult

if TYPE_CHECKING:
    from zoning.staffing.comparison import OptionOutcome

FEWEST_PATROLLED: Final = 20
"""Default of ours: with fewer patrolled buildings only means are published."""
MIN_CONTRIBUTORS: Final = 5
"""Minimum frequency rule: Hundepool et al. name 3 to 10 as usual; ours suits nine schools."""
DOMINANCE_N: Final = 2
DOMINANCE_SHARE: Final = 0.9
"""(n,k) rule: the n largest contributions are less than k of the total; n = 2 and k = 90 %."""
P_PERCENT: Final = 0.1
"""p % rule: the second largest contributor cannot tell the largest closer than p = 10 %."""

FEW_PATROLLED: Final = (
    f"Withheld: under an option where officers patrol fewer than {FEWEST_PATROLLED} buildings, "
    "percentiles, shares of calls and patrol miles would tell of single schools; a mean is told "
    f"only if it rests on {MIN_CONTRIBUTORS} patrolled buildings or more and none dominates it. "
    "Patrol miles are also withheld where the patrol settings are the district's own: they follow "
    "from the miles."
)
STEP_S: Final = 6.0  # a tenth of a minute, what a board reads
STEP_IN_WORDS: Final = "a tenth of a minute"
_STEP_SHARE = 0.01
_STEPS: Final[Mapping[str, float]] = {"presence_index": 0.01, "buildings_per_post": 0.1}
_MONEY_DIGITS, _MILE_DIGITS = 3, 2
_MEANS = ("mean_response_s", "mean_response_low_s", "mean_response_high_s")
_NOISE = 1e-6


def may_publish_mean(contributions: ArrayLike) -> bool:
    """Whether a weighted mean over buildings tells too little of any one of them.

    The minimum frequency, the (n,k) dominance and the p % rule, all three, on what each
    building adds to the sum. What is public anyway (the response of an officer on
    campus) hides nothing: leave it out. With nothing left there is nothing to tell.

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
    """Buildings in patrol zones: only their response rests on what must stay inside."""
    if plan is None:
        return ()
    return tuple(building for zone in plan.patrol_zones for building in zone.building_ids)


def few_patrolled(plan: ZonePlan | None) -> bool:
    """Whether a plan patrols some buildings, but too few to hide one among them."""
    return 0 < len(patrolled_ids(plan)) < FEWEST_PATROLLED


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """How finely the public figures of a comparison are told, the same for all options.

    Attributes
    ----------
    least_s, least_low_s, least_high_s
        Seconds from a call until an officer drives off, as expected and at either
        end of the range. The response of an officer on campus: told as it is, and no
        response of an officer as less.
    """

    least_s: float = 0.0
    least_low_s: float = 0.0
    least_high_s: float = 0.0

    def told(self, column: str, value: float) -> float:
        """A public figure as finely as it is told; times in seconds, shares from 0 to 1.

        A tenth of a minute, one per cent, money to three figures and miles to two.
        Never turns the order of two options around, and gives equal figures for
        equal ones. Counts stay as they are.
        """
        if not math.isfinite(value):
            return value
        if column in _STEPS:
            return _nearest(value, _STEPS[column])
        if column.startswith("share_within_") or column == "aligned_share":
            whole = _nearest(value, _STEP_SHARE)
            # Not all, and not none: rounding must not say otherwise.
            return min(max(whole, _STEP_SHARE), 1 - _STEP_SHARE) if 0 < value < 1 else whole
        if column.endswith("_usd"):
            return _significant(value, _MONEY_DIGITS)
        if column == "annual_patrol_m":
            return _significant(value / METRES_PER_MILE, _MILE_DIGITS) * METRES_PER_MILE
        return self._response(column, value) if column.endswith("_s") else value

    def _response(self, column: str, value: float) -> float:
        least = self._least(column)
        if abs(value - least) <= _NOISE:
            return least
        steps = least / STEP_S
        whole = _nearest(value, STEP_S)
        if value > least:
            return max(whole, math.ceil(steps - _NOISE) * STEP_S)
        return min(whole, math.floor(steps + _NOISE) * STEP_S)

    def difference_s(self, before_s: float, after_s: float) -> float:
        """Change of a mean response, rounded after subtracting.

        0 where the two cannot be told apart: they are told as equal, or differ by
        less than half of what they are rounded to. NaN where one is not known.
        """
        change = after_s - before_s
        if math.isnan(change):
            return math.nan
        column = "mean_response_s"
        if self.told(column, before_s) == self.told(column, after_s):
            return 0.0
        return math.copysign(_nearest(abs(change), STEP_S), change)

    def beside(self, value: float, standard: float) -> float:
        """A mean response beside that of all students: told as equal within half a step."""
        apart = abs(value - standard) > STEP_S / 2
        return self.told("mean_response_s", value if apart else standard)

    def _least(self, column: str) -> float:
        if column.endswith("_low_s"):
            return self.least_low_s
        return self.least_high_s if column.endswith("_high_s") else self.least_s


def precision_of(outcomes: Sequence[OptionOutcome]) -> Precision:
    """The one precision of a comparison."""
    waits = waits_of(outcomes)
    if waits is None:
        return Precision()
    return Precision(
        least_s=waits.dispatch_s + waits.turnout_s,
        least_low_s=waits.dispatch_range_s[0] + waits.turnout_range_s[0],
        least_high_s=waits.dispatch_range_s[1] + waits.turnout_range_s[1],
    )


def waits_of(outcomes: Sequence[OptionOutcome]) -> ResponseAssumptions | None:
    """What the responses rest on: all options share it; None where none has a response."""
    return next((o.response.assumptions for o in outcomes if o.response), None)


def withheld_columns(outcome: OptionOutcome) -> frozenset[str]:
    """The public figures of an option that are computed but not told."""
    columns: set[str] = set()
    if few_patrolled(outcome.plan):
        fine = [c for c in outcome.figures if c.startswith("share_within_")]
        columns = {*fine, "median_response_s", "p90_response_s", "annual_patrol_m"}
    # The seed only breaks ties: it moves no mile.
    if outcome.schedule is not None and (
        replace(outcome.schedule.assumptions, seed=0) != PatrolAssumptions()
    ):
        columns.add("annual_patrol_m")
    if outcome.response is not None:
        by_building = outcome.response.buildings.reindex(list(patrolled_ids(outcome.plan)))
        if not may_publish_mean(by_building["calls_per_day"] * by_building["mean_s"]):
            columns.update(_MEANS)
    return frozenset(columns & set(outcome.figures))


def public_values(outcome: OptionOutcome, precision: Precision) -> dict[str, float]:
    """The public figures of an option as they are told; NaN is not computed or withheld."""
    hidden = withheld_columns(outcome)
    values: Mapping[str, float] = outcome.figures
    return {
        column: math.nan
        if column in hidden
        else precision.told(column, values.get(column, math.nan))
        for figure in figures(Edition.PUBLIC)
        for column in figure.columns
    }


def public_gap(zoning: ZoningResult | None) -> float:
    """The gap of an option to a tenth of a per cent, never less than it is; NaN for none."""
    if zoning is None or zoning.gap is None:
        return math.nan
    if zoning.status is Status.OPTIMAL and not zoning.stopped_by:
        return 0.0
    return round(math.ceil(zoning.gap * 1000 - _NOISE) / 1000, 3)


def _significant(value: float, digits: int) -> float:
    """A number to so many figures; never finer than a whole one."""
    if value == 0:
        return 0.0
    step = 10.0 ** max(math.floor(math.log10(abs(value)) + _NOISE) + 1 - digits, 0)
    return math.copysign(_nearest(abs(value), step), value)


def _nearest(value: float, step: float) -> float:
    """The nearest step, the upper one in the middle: noise must not part two equal figures."""
    return round(math.floor(value / step + 0.5 + _NOISE) * step, 6)
