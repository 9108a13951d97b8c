"""Assumptions of a response besides the drive, each with its range."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from zoning.errors import OptionError


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseAssumptions:
    """Dispatch, turnout, time on scene, and their ranges; all are defaults.

    Attributes
    ----------
    dispatch_s
        From the call to the officer being sent, seconds. Default 90; a 1980
        study of police found a median of 2:13 (OJP NCJ 71109).
    turnout_s
        From being sent to driving off, seconds. Default 45, for an officer
        already in or near the car; 60 to 80 is usual in fire and emergency
        medical services.
    thresholds_s
        Whole seconds within which the share of calls is reported, ascending.
        Default 3, 5, 8 and 10 minutes; police reached 51 severe events in a
        median of 3 minutes (FBI Law Enforcement Bulletin).
    on_scene_s
        At the building, seconds; used for the busy fraction only. Default 30
        minutes; a comparison of cities found 28.7 (CPSM 2015).
    dispatch_range_s, turnout_range_s
        Low and high value, seconds. Default 60 to 133 and 30 to 80.
    travel_factor_range
        Low and high multiple of the travel times, which are taken to be those
        of an emergency drive 1.35 times as fast as traffic. Default 0.83, the
        38.5 % that lights and sirens were found to save in a city (a drive 1.63
        times as fast, 1.35 / 1.63), to 1.35, a drive without them.

    The ranges contain other plausible assumptions. They are not a confidence interval.

    Raises
    ------
    OptionError
        If a value makes no sense or lies outside its own range; every fault in
        one error.
    """

    dispatch_s: float = 90.0
    turnout_s: float = 45.0
    thresholds_s: tuple[int, ...] = (180, 300, 480, 600)
    on_scene_s: float = 1800.0
    dispatch_range_s: tuple[float, float] = (60.0, 133.0)
    turnout_range_s: tuple[float, float] = (30.0, 80.0)
    travel_factor_range: tuple[float, float] = (0.83, 1.35)

    def __post_init__(self) -> None:
        faults = list(self._faults())
        if faults:
            raise OptionError("the response assumptions cannot be used", faults)

    def _faults(self) -> Iterator[str]:
        for name in ("dispatch_s", "turnout_s", "on_scene_s"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                yield f"{name} is {value}, not a number of seconds of at least 0"
        for name, (low, high), value in (
            ("dispatch_range_s", self.dispatch_range_s, self.dispatch_s),
            ("turnout_range_s", self.turnout_range_s, self.turnout_s),
            ("travel_factor_range", self.travel_factor_range, 1.0),
        ):
            if not (math.isfinite(high) and 0 <= low <= high):
                yield f"{name} is ({low}, {high}), not a range from a low to a high value"
            elif not low <= value <= high:
                yield f"{name} is ({low}, {high}), which leaves out the value used, {value}"
        if not self.thresholds_s:
            yield "thresholds_s is empty"
        if any(t != int(t) or t <= 0 for t in self.thresholds_s) or any(
            b <= a for a, b in pairwise(self.thresholds_s)
        ):
            yield f"thresholds_s is {self.thresholds_s}, not ascending whole seconds above 0"
