"""How finely a public figure is told.

A percentile of a zone of two schools is the drive between them, and a share of
calls within five minutes tells which school lies beyond: exact figures of a few
buildings are figures of single schools.
"""

from __future__ import annotations

import math
from typing import Final

from zoning.zones import ZonePlan

FEWEST_PATROLLED: Final = 20
"""Default: with fewer patrolled buildings than this figures are told roughly."""
ROUGHLY: Final = (
    f"Response of options with fewer than {FEWEST_PATROLLED} patrolled buildings is rounded to "
    "half a minute, and to five per cent of calls, so that it tells less about any one school."
)
_FINE_S, _ROUGH_S = 6.0, 30.0
_FINE_SHARE, _ROUGH_SHARE = 0.01, 0.05
_NOISE = 1e-6


def few_patrolled(plan: ZonePlan | None) -> bool:
    """Whether a plan patrols some buildings, but too few to hide one among them."""
    patrolled = 0 if plan is None else sum(len(zone.building_ids) for zone in plan.patrol_zones)
    return 0 < patrolled < FEWEST_PATROLLED


def told(column: str, value: float, *, roughly: bool) -> float:
    """A public figure as finely as it is told; times in seconds, shares from 0 to 1.

    Responses to a tenth of a minute, shares of calls to one per cent; half a minute
    and five per cent where few buildings are patrolled. Other figures, counts and
    dollars, as they are.
    """
    if column.startswith("share_within_"):
        step = _ROUGH_SHARE if roughly else _FINE_SHARE
        whole = _nearest(value, step)
        # Not all, and not none: rounding must not say otherwise.
        return min(max(whole, step), 1 - step) if 0 < value < 1 else whole
    if "response" in column and column.endswith("_s"):
        return _nearest(value, _ROUGH_S if roughly else _FINE_S)
    return value


def _nearest(value: float, step: float) -> float:
    """The nearest step, the lower one in the middle: noise must not part two equal figures."""
    if not math.isfinite(value):
        return value
    return round(math.floor(value / step + 0.5 - _NOISE) * step, 6)
