"""What is assumed of a call and of how officers answer it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Final

from zoning.errors import OptionError
from zoning.settings import HIDDEN, MINUTES, SECONDS, Setting, settings

QUEUE, OUTSIDE = "queue", "outside"
"""What happens to a call when no officer who may answer it is free."""
LARGEST_SEED: Final = 2**31 - 1
_WIDEST_SPREAD: Final = 5.0
"""A lognormal time with this coefficient of variation has a median of a fifth of its mean."""


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseAssumptions:
    """What a call takes, who answers it, and how long to simulate; all are defaults.

    Times are lognormal with the mean and the spread (coefficient of variation, standard
    deviation over mean) given here; a spread of 0 is a constant.

    Attributes
    ----------
    dispatch_s, dispatch_spread
        Call handling: from the call to the officer being sent, seconds. Default 90; a
        1980 study of police found a median of 2:13 (OJP NCJ 71109). Spread 0.5, our choice.
    turnout_s, turnout_spread
        From being sent to driving off, seconds. Default 45, for an officer already in or
        near the car; 60 to 80 is usual in fire and emergency medical services. Spread
        0.5, our choice.
    thresholds_s
        Whole seconds within which the share of calls is reported, ascending.
        Default 3, 5, 8 and 10 minutes; police reached 51 severe events in a
        median of 3 minutes (FBI Law Enforcement Bulletin).
    on_scene_s, on_scene_spread
        At the building, seconds, each officer. Default 30 minutes; a comparison of cities
        found 28.7 (CPSM 2015). Spread 1, that of the exponential times of the hypercube
        model.
    drive_spread
        A drive is the travel time multiplied by a lognormal factor of median 1 with this
        spread. Default 0.2, our choice.
    routine_drive_factor
        A drive to a routine call, or back to the patrol, over one to an emergency.
        Default 1.35, a drive without lights and sirens (see ``travel_factor_range``).
    emergency_share
        Share of calls, 0 to 1, that are emergencies; used where the call rates do not say.
        Default 1: every call counts as an emergency.
    second_officer_share
        Share of calls, 0 to 1, that need a second officer. Default 0.5: 1.6 units answer
        a call in the comparison of cities; of the 0.6 further units, 0.5 are one second
        officer on half of the calls, and third units are left to outside police.
    mutual_aid
        Whether the nearest free officer answers when the zone's own is busy, and is the
        second officer. Otherwise calls wait for the zone's own officer and the second
        comes from outside police.
    fixed_officers_help
        Whether an officer posted at one campus leaves it for others.
    on_call_in_break
        Whether officers are called during their paid break. Default yes: a break without duties
        would be an unpaid meal period (29 CFR 785.19; for law enforcement 29 CFR 553.223), and
        the break of a patrol day is paid. Otherwise the officer is not sent until it ends.
    when_all_busy
        ``queue``: the call waits for the first officer who becomes free, emergencies
        first, then in order of calls. ``outside``: outside police answer, and the call
        is left out of the response.
    dispatch_range_s, turnout_range_s
        Low and high value, seconds. Default 60 to 133 and 30 to 80. A range left at its
        default moves with a changed value, in proportion; one that is given is widened to
        hold the value.
    travel_factor_range
        Low and high multiple of the travel times, which are assumed to be those of
        an emergency drive, 1.35 times as fast as traffic. Default 0.83, the
        38.5 % that lights and sirens were found to save in a city (a drive 1.63
        times as fast, 1.35 / 1.63), to 1.35, a drive without them. Widened to hold 1.
    precision_s
        School-days are simulated until the 95 % confidence interval of the mean is at
        most this far to either side, seconds.
    max_days
        Most school-days simulated.
    seed
        Of the random numbers. With one seed, options and scenarios see the same calls.

    The ranges contain other plausible assumptions. They are not a confidence interval.

    Raises
    ------
    OptionError
        If a value makes no sense; every fault in one error.
    """

    dispatch_s: Annotated[
        float,
        Setting(meaning="From the call to the officer being sent, mean.", unit=SECONDS, at_least=0),
    ] = 90.0
    turnout_s: Annotated[
        float,
        Setting(meaning="From being sent to driving off, mean.", unit=SECONDS, at_least=0),
    ] = 45.0
    thresholds_s: Annotated[
        tuple[int, ...],
        Setting(
            meaning="Times within which the share of calls is reported, ascending.",
            unit=MINUTES,
            above=0,
        ),
    ] = (180, 300, 480, 600)
    on_scene_s: Annotated[
        float,
        Setting(meaning="Time of each officer at the building, mean.", unit=MINUTES, at_least=0),
    ] = 1800.0
    dispatch_range_s: Annotated[
        tuple[float, float],
        Setting(
            meaning="Low and high value of the dispatch; moves with it.", unit=SECONDS, at_least=0
        ),
    ] = (60.0, 133.0)
    turnout_range_s: Annotated[
        tuple[float, float],
        Setting(
            meaning="Low and high value of the turnout; moves with it.", unit=SECONDS, at_least=0
        ),
    ] = (30.0, 80.0)
    travel_factor_range: Annotated[
        tuple[float, float],
        Setting(meaning="Low and high multiple of the travel times to a call.", at_least=0),
    ] = (0.83, 1.35)
    dispatch_spread: Annotated[
        float,
        Setting(
            meaning="Coefficient of variation of the dispatch; 0: constant.",
            at_least=0,
            at_most=_WIDEST_SPREAD,
        ),
    ] = 0.5
    turnout_spread: Annotated[
        float,
        Setting(
            meaning="Coefficient of variation of the turnout.",
            at_least=0,
            at_most=_WIDEST_SPREAD,
        ),
    ] = 0.5
    on_scene_spread: Annotated[
        float,
        Setting(
            meaning="Coefficient of variation of the time at the building.",
            at_least=0,
            at_most=_WIDEST_SPREAD,
        ),
    ] = 1.0
    drive_spread: Annotated[
        float,
        Setting(
            meaning="Coefficient of variation of a drive about its travel time.",
            at_least=0,
            at_most=_WIDEST_SPREAD,
        ),
    ] = 0.2
    routine_drive_factor: Annotated[
        float,
        Setting(
            meaning="A drive to a routine call, or back to the patrol, over an emergency's.",
            above=0,
        ),
    ] = 1.35
    emergency_share: Annotated[
        float,
        Setting(
            meaning="Share of calls that are emergencies, where the calls do not say.",
            at_least=0,
            at_most=1,
        ),
    ] = 1.0
    second_officer_share: Annotated[
        float,
        Setting(meaning="Share of calls that need a second officer.", at_least=0, at_most=1),
    ] = 0.5
    mutual_aid: Annotated[
        bool,
        Setting(meaning="Whether the nearest free officer answers if the zone's own is busy."),
    ] = True
    fixed_officers_help: Annotated[
        bool, Setting(meaning="Whether an officer posted at one campus leaves it for others.")
    ] = False
    on_call_in_break: Annotated[
        bool, Setting(meaning="Whether officers are called during their paid break.")
    ] = True
    when_all_busy: Annotated[
        str,
        Setting(
            meaning="With no officer free a call waits (queue) or outside police answer (outside).",
            words=(QUEUE, OUTSIDE),
        ),
    ] = QUEUE
    precision_s: Annotated[
        float,
        Setting(
            meaning="Simulate until the 95 % interval of the mean is this far to either side.",
            unit=SECONDS,
            above=0,
        ),
    ] = 3.0
    max_days: Annotated[int, Setting(meaning="Most school-days simulated.", at_least=2)] = 5000
    seed: Annotated[int, HIDDEN] = 0

    def __post_init__(self) -> None:
        faults = list(self._faults())
        if faults:
            raise OptionError("the response assumptions cannot be used", faults)
        for name, usual in _USUAL.items():
            value, bounds = getattr(self, f"{name}_s"), getattr(self, f"{name}_range_s")
            object.__setattr__(self, f"{name}_range_s", _move_range(value, bounds, usual))
        bounds = self.travel_factor_range
        object.__setattr__(self, "travel_factor_range", _hold(1.0, bounds))

    def _faults(self) -> Iterator[str]:
        for names, low, high, what in (
            (
                ("dispatch_s", "turnout_s", "on_scene_s"),
                0,
                math.inf,
                "a number of seconds of at least 0",
            ),
            (_SPREADS, 0, _WIDEST_SPREAD, f"a number from 0 to {_WIDEST_SPREAD:g}"),
            (("emergency_share", "second_officer_share"), 0, 1, "a share from 0 to 1"),
            (("routine_drive_factor", "precision_s"), _TINY, math.inf, "a number above 0"),
            (("seed",), 0, LARGEST_SEED, f"between 0 and {LARGEST_SEED}"),
            (("max_days",), 2, math.inf, "a number of at least 2"),
        ):
            for name in names:
                value = getattr(self, name)
                if not (math.isfinite(value) and low <= value <= high):
                    yield f"{name} is {value}, not {what}"
        for name in ("dispatch_range_s", "turnout_range_s", "travel_factor_range"):
            low, high = getattr(self, name)
            if not (math.isfinite(high) and 0 <= low <= high):
                yield f"{name} is ({low}, {high}), not a range from a low to a high value"
        if self.when_all_busy not in (QUEUE, OUTSIDE):
            yield f"when_all_busy is {self.when_all_busy!r}, neither {QUEUE!r} nor {OUTSIDE!r}"
        if not self.thresholds_s:
            yield "thresholds_s is empty"
        if any(t != int(t) or t <= 0 for t in self.thresholds_s) or any(
            b <= a for a, b in pairwise(self.thresholds_s)
        ):
            yield f"thresholds_s is {self.thresholds_s}, not ascending whole seconds above 0"


_SPREADS: Final = ("dispatch_spread", "turnout_spread", "on_scene_spread", "drive_spread")
_TINY: Final = 5e-324
_USUAL: Final = {"dispatch": (90.0, (60.0, 133.0)), "turnout": (45.0, (30.0, 80.0))}
"""Defaults of the values and their ranges."""


def _move_range(
    value: float, bounds: tuple[float, float], usual: tuple[float, tuple[float, float]]
) -> tuple[float, float]:
    """Scale a range left at its default with the value; widen one that is given to hold it."""
    usual_value, usual_bounds = usual
    if bounds == usual_bounds and value != usual_value:
        return value * bounds[0] / usual_value, value * bounds[1] / usual_value
    return _hold(value, bounds)


def _hold(value: float, bounds: tuple[float, float]) -> tuple[float, float]:
    return min(bounds[0], value), max(bounds[1], value)
