"""Inputs of a district: prices of an officer, and the response of the outside police."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from zoning.errors import OptionError
from zoning.settings import DOLLARS, MINUTES, Setting, settings

_HOURS_A_YEAR = 8784
_ROUNDING = 1e-9  # in floats 10 posts times 1.1 is 11.000000000000002, but needs 11 officers
HOURS, POSTS = "hours", "posts"
"""What is paid for: the hours of the shifts, or a full shift for each officer on duty."""


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class CostAssumptions:
    """Prices of an officer; every value is a default of ours, not a fact.

    Attributes
    ----------
    officer_year_usd
        All-in cost of one officer for a year. Published for calibration: a
        2024-25 programme of $11.2 M for 73 staff is about $153,000 each.
    officer_year_range_usd
        Low and high value, for the range of the annual cost.
    equipment_usd
        One-time vehicle and equipment for each officer; not part of the annual
        cost. Published: Duval County put its loss per own hire at $13,000 in 2009.
    equipment_range_usd
        Low and high value, a quarter below and above the default.
    relief_factor
        Officers employed for each post. 175 student days over 165 worked gives
        1.06; with 100 training hours on school days 1.15.
    school_days
        Student days in a year.
    paid_for
        ``hours``: the hours of the shifts, so that a shift of 6 hours of 8 costs three quarters
        of an officer. ``posts``: each officer on duty costs a full shift, however short the day.
    overtime_premium
        Pay of an hour beyond the shift over that of any other. Default 1.5, of the Fair Labor
        Standards Act (29 USC 207(a) and 29 CFR 553.232); it is due beyond 40 hours a week, or for
        law enforcement beyond 43 in 7 days (29 USC 207(k), 29 CFR 553.230), not beyond 8 a day,
        so that the default is on the safe side: five days of up to 8.6 hours stay within 43.
    paid_hours_per_year
        Hours that the cost of an officer-year pays, for the price of an hour of overtime.
        Default 2,080: 52 weeks of 40.
    state_aid_per_campus_usd
        Yearly aid for each campus with an officer of its own. Kentucky pays up
        to $20,000; whether roving officers count is not settled, so it is off.
    """

    officer_year_usd: Annotated[
        float, Setting(meaning="All-in cost of an officer a year.", unit=DOLLARS, at_least=0)
    ] = 150_000.0
    officer_year_range_usd: Annotated[
        tuple[float, float],
        Setting(
            meaning="Low and high value of that cost.",
            unit=DOLLARS,
            at_least=0,
            default="[85000, 200000]; none for a cost of your own",
        ),
    ] = (85_000.0, 200_000.0)
    equipment_usd: Annotated[
        float,
        Setting(
            meaning="One-time vehicle and equipment of each officer.", unit=DOLLARS, at_least=0
        ),
    ] = 60_000.0
    equipment_range_usd: Annotated[
        tuple[float, float],
        Setting(
            meaning="Low and high value of the equipment.",
            unit=DOLLARS,
            at_least=0,
            default="[45000, 75000]; none for a price of your own",
        ),
    ] = (45_000.0, 75_000.0)
    relief_factor: Annotated[
        float,
        Setting(
            meaning="Officers employed for each post, to cover leave and training.", at_least=1
        ),
    ] = 1.15
    school_days: Annotated[
        int, Setting(meaning="Student days in a year.", at_least=1, at_most=366)
    ] = 175
    paid_for: Annotated[
        str,
        Setting(
            meaning="What is paid for: the hours of the shifts (hours), or a full shift for each "
            "officer on duty (posts).",
            words=(HOURS, POSTS),
        ),
    ] = HOURS
    overtime_premium: Annotated[
        float,
        Setting(
            meaning="Pay of an hour beyond the shift over that of any other; 1: no premium.",
            at_least=1,
        ),
    ] = 1.5
    paid_hours_per_year: Annotated[
        float,
        Setting(
            meaning="Hours a year that the cost of an officer pays, for the price of an hour of "
            "overtime.",
            above=0,
        ),
    ] = 2080.0
    state_aid_per_campus_usd: Annotated[
        float,
        Setting(
            meaning="Yearly aid for each campus with an officer of its own.",
            unit=DOLLARS,
            at_least=0,
        ),
    ] = 0.0

    def __post_init__(self) -> None:
        faults = list(self._faults())
        if faults:
            raise OptionError("the cost assumptions make no sense", faults)

    def _faults(self) -> Iterator[str]:
        for name, value, (low, high) in (
            ("officer_year", self.officer_year_usd, self.officer_year_range_usd),
            ("equipment", self.equipment_usd, self.equipment_range_usd),
        ):
            if not 0 <= low <= value <= high < math.inf:
                yield f"{name}_usd {value:,.0f} is not between {low:,.0f} and {high:,.0f}"
        for name in ("relief_factor", "overtime_premium"):
            if not 1 <= getattr(self, name) < math.inf:
                yield f"{name} {getattr(self, name)} is below 1"
        if not 0 < self.paid_hours_per_year <= _HOURS_A_YEAR:
            yield (
                f"paid_hours_per_year {self.paid_hours_per_year} is not above 0 to "
                f"{_HOURS_A_YEAR:,}"
            )
        if self.paid_for not in (HOURS, POSTS):
            yield f"paid_for is {self.paid_for!r}, neither {HOURS!r} nor {POSTS!r}"
        if not 1 <= self.school_days <= 366:
            yield f"school_days {self.school_days} is not between 1 and 366"
        if not 0 <= self.state_aid_per_campus_usd < math.inf:
            yield f"state_aid_per_campus_usd {self.state_aid_per_campus_usd} is not 0 or more"

    def officers(self, posts: float) -> int:
        """Number of officers to employ for this many posts, rounded up."""
        return math.ceil(posts * self.relief_factor - _ROUNDING)


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideResponse:
    """How soon the outside police arrive: an input, from the district's records.

    Attributes
    ----------
    mean_s, median_s, p90_s
        Seconds from call to arrival; None if not known, and then not shown.
    source
        Where the figures come from.
    """

    mean_s: Annotated[
        float | None,
        Setting(
            meaning="Mean response of the outside police, from the district's records.",
            unit=MINUTES,
            above=0,
            default="not shown",
        ),
    ] = None
    median_s: Annotated[
        float | None,
        Setting(meaning="Median of that response.", unit=MINUTES, above=0, default="not shown"),
    ] = None
    p90_s: Annotated[
        float | None,
        Setting(
            meaning="90th percentile of that response.",
            unit=MINUTES,
            above=0,
            default="not shown",
        ),
    ] = None
    source: Annotated[
        str, Setting(meaning="Where these figures come from; shown on maps and slides.")
    ] = "figures given by the planner"

    def __post_init__(self) -> None:
        faults = [
            f"{name} is {value}"
            for name in ("mean_s", "median_s", "p90_s")
            if (value := getattr(self, name)) is not None and not 0 < value < math.inf
        ]
        if faults:
            raise OptionError("the outside response makes no sense", faults)
