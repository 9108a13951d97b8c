"""How finely the public figures of a comparison are told.

A percentile of a zone of two schools is the drive between them, and a share of
calls within five minutes tells which school lies beyond: exact figures of a few
buildings are figures of single schools. One option that needs rough figures makes
those of all options rough: figures rounded differently cannot be compared.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from zoning.response import ResponseAssumptions
from zoning.staffing import StaffingComparison
from zoning.zones import ZonePlan

FEWEST_PATROLLED: Final = 20
"""Default: with fewer patrolled buildings than this figures are told roughly."""
ROUGHLY: Final = (
    f"Under an option here officers patrol fewer than {FEWEST_PATROLLED} buildings. The response "
    "of all options is therefore rounded alike, to half a minute and to five per cent of calls, "
    "so that it tells less about any one school."
)
_FINE_S, _ROUGH_S = 6.0, 30.0
_FINE_SHARE, _ROUGH_SHARE = 0.01, 0.05
_NOISE = 1e-6


def few_patrolled(plan: ZonePlan | None) -> bool:
    """Whether a plan patrols some buildings, but too few to hide one among them."""
    patrolled = 0 if plan is None else sum(len(zone.building_ids) for zone in plan.patrol_zones)
    return 0 < patrolled < FEWEST_PATROLLED


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """How finely the figures of one comparison are told, for all of its options.

    Attributes
    ----------
    roughly
        Half a minute and five per cent of calls; else a tenth of a minute and one
        per cent.
    least_s, least_low_s, least_high_s
        Seconds from a call until an officer drives off, as expected and at either
        end of the range: no response of an officer is told as less.
    """

    roughly: bool
    least_s: float = 0.0
    least_low_s: float = 0.0
    least_high_s: float = 0.0

    @property
    def step_s(self) -> float:
        """What responses are rounded to, seconds."""
        return _ROUGH_S if self.roughly else _FINE_S

    @property
    def step_in_words(self) -> str:
        """The same for a reader."""
        return "half a minute" if self.roughly else "a tenth of a minute"

    def told(self, column: str, value: float) -> float:
        """A public figure as finely as it is told; times in seconds, shares from 0 to 1.

        Never turns the order of two options around, and gives equal figures for
        equal ones. Counts and dollars stay as they are.
        """
        if column.startswith("share_within_"):
            step = _ROUGH_SHARE if self.roughly else _FINE_SHARE
            whole = _nearest(value, step)
            # Not all, and not none: rounding must not say otherwise.
            return min(max(whole, step), 1 - step) if 0 < value < 1 else whole
        if "response" not in column or not column.endswith("_s"):
            return value
        least = self._least(column)
        whole = _nearest(value, self.step_s)
        if whole < least and value > least - _NOISE:
            return math.ceil(least / self.step_s - _NOISE) * self.step_s
        return whole

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
        return math.copysign(_nearest(abs(change), self.step_s), change)

    def _least(self, column: str) -> float:
        if column.endswith("_low_s"):
            return self.least_low_s
        return self.least_high_s if column.endswith("_high_s") else self.least_s


def precision_of(comparison: StaffingComparison) -> Precision:
    """The one precision of a comparison: its roughest option decides."""
    roughly = any(few_patrolled(outcome.plan) for outcome in comparison.outcomes)
    waits = waits_of(comparison)
    if waits is None:
        return Precision(roughly=roughly)
    return Precision(
        roughly=roughly,
        least_s=waits.dispatch_s + waits.turnout_s,
        least_low_s=waits.dispatch_range_s[0] + waits.turnout_range_s[0],
        least_high_s=waits.dispatch_range_s[1] + waits.turnout_range_s[1],
    )


def waits_of(comparison: StaffingComparison) -> ResponseAssumptions | None:
    """What the responses rest on: all options share it; None where none has a response."""
    return next((o.response.assumptions for o in comparison.outcomes if o.response), None)


def _nearest(value: float, step: float) -> float:
    """The nearest step, the upper one in the middle: noise must not part two equal figures."""
    if not math.isfinite(value):
        return value
    return round(math.floor(value / step + 0.5 + _NOISE) * step, 6)
