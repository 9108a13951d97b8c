"""What an option buys: dollars a minute and an officer, and when a higher start is paid back.

A value that rests on a difference which is not clear is not computed, and the reason stands in
its place.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Final

import numpy as np
import pandas as pd

from zoning.errors import OptionError, typed
from zoning.patrol.schedule import SECONDS_PER_HOUR
from zoning.staffing.budget import ONCE, STEADY, Budget, over_years, period_of
from zoning.staffing.options import OptionOutcome
from zoning.staffing.staff import Role

SECONDS_PER_MINUTE: Final = 60.0
NO_COST: Final = "the cost of one of the two is not known"
NO_RESPONSE: Final = "one has no response, or they were not simulated on the same calls"
NOT_CLEAR: Final = "no clear difference in response"
NOT_DEARER: Final = "it costs no more, so nothing is paid for a minute"
NOT_SOONER: Final = "it costs more and answers later"
NO_HIGHER_START: Final = "neither costs more at the start and less later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What an option buys over another that costs less.

    Attributes
    ----------
    extra_usd
        Cost of a year, less that of the other.
    saved_s, saved_low_s, saved_high_s
        By how much its mean response is shorter, and the 95 % interval of that; NaN: not known.
    per_minute_usd, per_minute_low_usd, per_minute_high_usd
        Dollars a year for each minute of the mean; the ends follow from the interval. NaN where
        the difference is not clear.
    no_minute
        Why there is none, '' if there is one.
    extra_officers, per_officer_usd, saved_per_officer_s
        Officers on duty more; dollars a year and seconds of the mean for each, on average.
    pays_back_years
        After how many years the one that costs more at the start has cost less in all; NaN if it
        does not within the budget.
    pays_back
        A sentence on that.
    """

    extra_usd: float
    saved_s: float = math.nan
    saved_low_s: float = math.nan
    saved_high_s: float = math.nan
    per_minute_usd: float = math.nan
    per_minute_low_usd: float = math.nan
    per_minute_high_usd: float = math.nan
    no_minute: str = ""
    extra_officers: float = math.nan
    per_officer_usd: float = math.nan
    saved_per_officer_s: float = math.nan
    pays_back_years: float = math.nan
    pays_back: str = ""


VALUE_COLUMNS: Final = ("option_id", "other_id", *Value.__dataclass_fields__)


def price_minutes(
    extra_usd: float,
    saved_s: float,
    *,
    saved_low_s: float = math.nan,
    saved_high_s: float = math.nan,
    is_clear: bool = True,
    extra_officers: float = math.nan,
) -> Value:
    """Divide a difference in cost by the minutes and the officers that it buys.

    Parameters
    ----------
    extra_usd, saved_s, saved_low_s, saved_high_s, extra_officers
        See `Value`.
    is_clear
        Whether the interval of the time saved leaves out 0.
    """
    reason = ""
    if math.isnan(extra_usd):
        reason = NO_COST
    elif math.isnan(saved_s):
        reason = NO_RESPONSE
    elif not is_clear or saved_s == 0:
        reason = NOT_CLEAR
    elif extra_usd <= 0:
        reason = NOT_DEARER
    elif saved_s < 0:
        reason = NOT_SOONER
    value = Value(
        extra_usd=extra_usd,
        saved_s=saved_s,
        saved_low_s=saved_low_s,
        saved_high_s=saved_high_s,
        no_minute=reason,
        extra_officers=extra_officers,
    )
    if not reason:
        per_minute = SECONDS_PER_MINUTE * extra_usd
        value = replace(
            value,
            per_minute_usd=per_minute / saved_s,
            per_minute_low_usd=per_minute / saved_high_s,
            per_minute_high_usd=per_minute / saved_low_s,
        )
    if extra_officers > 0:
        saved = saved_s / extra_officers if is_clear and saved_s else math.nan
        value = replace(
            value, per_officer_usd=extra_usd / extra_officers, saved_per_officer_s=saved
        )
    return value


def compare_value(one: OptionOutcome, other: OptionOutcome) -> Value:
    """What an option buys over another, of the same schools."""
    figures = [o.figures for o in (one, other)]
    cost, posts = (
        [of.get(column, math.nan) for of in figures] for column in ("annual_cost_usd", "posts")
    )
    simulated = one.differences.get(other.option_id, {}).get("mean_s")
    saved = {"saved_s": math.nan}
    if simulated is not None:
        saved = {
            "saved_s": -simulated.value,
            "saved_low_s": -simulated.high,
            "saved_high_s": -simulated.low,
        }
    value = price_minutes(
        cost[0] - cost[1],
        **saved,
        is_clear=simulated is None or simulated.is_clear,
        extra_officers=posts[0] - posts[1],
    )
    if one.budget is None or other.budget is None:
        return value
    years, told = pay_back((one.label, cumulate(one.budget)), (other.label, cumulate(other.budget)))
    return replace(value, pays_back_years=years, pays_back=told)


def value_table(outcomes: Sequence[OptionOutcome]) -> pd.DataFrame:
    """What each option buys over each cheaper one: columns `VALUE_COLUMNS`, a row a pair.

    Impossible options are left out; of two that cost the same the later one stands first.
    """
    rows = []
    for other, one in combinations([o for o in outcomes if o.figures], 2):
        if other.figures.get("annual_cost_usd", 0.0) > one.figures.get("annual_cost_usd", 0.0):
            one, other = other, one  # noqa: PLW2901 - the dearer one first
        rows.append(
            {
                "option_id": one.option_id,
                "other_id": other.option_id,
                **asdict(compare_value(one, other)),
            }
        )
    return pd.DataFrame(rows, columns=list(VALUE_COLUMNS))


# When a higher start is paid back.


def cumulate(budget: Budget) -> list[float]:
    """What an option has cost at the start and after each year, likely prices; NaN: not known."""
    totals = [budget.total(period_of(year))[1] for year in range(1, budget.years + 1)]
    return cumulate_years(budget.total(ONCE)[1] * budget.hired_first, totals)


def cumulate_years(start_usd: float, by_year: Iterable[float]) -> list[float]:
    """Add up years, of which the first holds what is bought at the start."""
    return [start_usd, *np.cumsum(list(by_year)).tolist()]


def pay_back(
    one: tuple[str, Sequence[float]], other: tuple[str, Sequence[float]]
) -> tuple[float, str]:
    """After how many years the option that costs more at the start has cost less in all.

    Within a year the cost is spread evenly. An own officer needs $13,000 more than a contracted
    one at the start and costs $6,500 less a year: it is paid back after two years.

    Parameters
    ----------
    one, other
        Name of the option, and what it has cost at the start and after each year.

    Returns
    -------
    tuple
        The years, NaN if there are none, and a sentence.
    """
    names, gaps = (one[0], other[0]), np.subtract(one[1], other[1])
    if np.isnan(gaps).any():
        return math.nan, f"Pay-back: not computed, {NO_COST}."
    if gaps[0] < 0:
        names, gaps = names[::-1], -gaps
    if gaps[0] <= 0 or gaps[-1] >= gaps[0]:
        return math.nan, f"Pay-back: none, {NO_HIGHER_START}."
    at = int(np.flatnonzero(gaps > 0)[-1]) + 1  # from then on it has cost less
    if at == len(gaps):
        horizon = over_years(len(gaps) - 1)
        return math.nan, f"{names[0]} does not pay back its higher start within {horizon}."
    before, after = gaps[at - 1], gaps[at]
    years = float(at - 1 + before / (before - after))
    return years, f"{names[0]} pays back its higher start against {names[1]} in {years:.1f} years."


def chance_of_less(one: Budget, other: Budget) -> float:
    """Share of drawn prices at which one option costs less over all years than another.

    NaN if a price is not known. Draws as in `zoning.staffing.budget.HOW_DRAWN`, the same for both.
    """
    if one.years != other.years:
        raise OptionError(f"budgets of {one.years} and {other.years} years cannot be compared")
    mine, its = (of.draw()[over_years(of.years)] for of in (one, other))
    known = not (np.isnan(mine).any() or np.isnan(its).any())
    return float((mine < its).mean()) if known else math.nan


# One more officer.


@typed
def price_extra_officers(ranked: pd.DataFrame, budget: Budget) -> pd.DataFrame:
    """Add what one more officer on duty costs to the table of `zoning.rank_extra_officers`.

    The officer works a full shift. As people are whole, one more on duty may be one or two more
    employees.

    Returns
    -------
    DataFrame
        The table with ``extra_usd`` (a year), ``per_minute_usd`` of the district's mean, with its
        ends ``per_minute_low_usd`` and ``per_minute_high_usd``, and ``no_minute``, why there is
        none.
    """
    own = next((line for line in budget.staff if line.role is Role.OFFICER), None)
    if own is None:
        raise OptionError("an option without own officers cannot have one more of them")
    more = replace(own, posts=own.posts + 1, hours=own.hours + budget.shift_s / SECONDS_PER_HOUR)
    staff = tuple(more if line is own else line for line in budget.staff)
    extra = replace(budget, staff=staff).total(STEADY)[1] - budget.total(STEADY)[1]
    values = [
        price_minutes(
            extra,
            -row["change_s"],
            saved_low_s=-row["change_high_s"],
            saved_high_s=-row["change_low_s"],
            is_clear=not row["change_low_s"] <= 0 <= row["change_high_s"],
        )
        for row in ranked.to_dict("records")
    ]
    table = ranked.copy()
    for name in ("extra_usd", "per_minute_usd", "per_minute_low_usd", "per_minute_high_usd"):
        table[name] = [getattr(value, name) for value in values]
    return table.assign(no_minute=[value.no_minute for value in values])
