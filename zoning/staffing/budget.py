"""The budget of a staffing option: lines by year, from the people it needs and their prices.

One computation gives the cost of a year, the one-time cost and the five years, at the low, the
likely and the high prices and at prices drawn at random: the lines of a budget are arrays over
sets of prices.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zoning.errors import OptionError
from zoning.patrol import PatrolAssumptions
from zoning.patrol.schedule import SECONDS_PER_HOUR
from zoning.staffing.costs import POSTS, CostAssumptions, DetailedPrices, Span
from zoning.staffing.staff import ARMED, Role, StaffLine
from zoning.units import METRES_PER_MILE, counted

YEARS: Final = 5
ONCE: Final = "start-up"
"""What is bought for everybody at first, at today's prices."""
STEADY: Final = "a year"
"""A year when everybody is hired, at today's prices; what wears out is bought in equal parts."""
TOTAL: Final = "Total"
ENDS: Final = ("low_usd", "likely_usd", "high_usd")
DISTRICT, CITY, STATE = "Paid by the district", "Paid by the city", "Paid by the state"
OFFICERS_ALL_IN: Final = "Officers, all in"
OVERTIME: Final = "Overtime"
MILES: Final = "Miles on patrol"
AID: Final = "State aid"
DRAWS: Final = 10_000
"""Our choice: the ends of the interval are then known to about 1 % of its width."""
LEVEL: Final = 0.9
"""Share of the draws inside the interval. Our choice."""
HOW_DRAWN: Final = (
    f"{100 * LEVEL:.0f} % of {DRAWS:,} simulated budgets lie in the interval: each price is drawn "
    "from a triangular distribution between its low, likely and high value, independently of the "
    "other prices; a price drawn holds for all people and years."
)
MERGED: Final = "Officers, with overtime and driving"
"""The line in place of `RUNNING_LINES` where hours or miles are withheld."""
RUNNING_LINES: Final = (
    *(OFFICERS_ALL_IN, "Pay of officers", "Benefits of officers", OVERTIME, "Training", MILES),
)
"""What own officers cost in a year besides what is bought; hours and miles of patrols are in it."""

Array = NDArray[np.float64]


def period_of(year: int) -> str:
    """Name a year of the budget: ``'year 1'``."""
    return f"year {year}"


def over_years(years: int = YEARS) -> str:
    """Name all years of the budget together: ``'5 years'``."""
    return counted(years, "year")


@dataclass(frozen=True, kw_only=True, eq=False)
class Budget:
    """What an option costs, by line and year.

    Attributes
    ----------
    staff, costs
        The people and the prices.
    shift_s
        Seconds of a full shift.
    years
        How many years it covers.
    """

    staff: tuple[StaffLine, ...]
    costs: CostAssumptions
    shift_s: float = field(default=float(PatrolAssumptions().shift_s))
    years: int = YEARS

    def __post_init__(self) -> None:
        faults = []
        if not 0 < self.shift_s < math.inf:
            faults.append(f"a shift of {self.shift_s} s")
        if not 1 <= self.years <= 30:
            faults.append(f"{self.years} years: give 1 to 30")
        if faults:
            raise OptionError("this budget makes no sense", faults)

    @cached_property
    def lines(self) -> pd.DataFrame:
        """The lines of the budget.

        Returns
        -------
        DataFrame
            Index (``line``, ``period``): `STEADY`, `ONCE`, each year, and all of them together;
            the columns of `ENDS`, dollars. Prices are all low in the first, all likely in the
            second and all high in the third; attrition is at that of its three values which makes
            the year, or all years together, cheapest in the first and dearest in the third: who
            leaves is recruited again, but on lower pay. NaN: a price is not known, see `missing`.
            Aid is negative.
        """
        found = [self._at(prices) for prices in _ends(self.costs)]
        by_period = [{name: line.periods(self.years) for name, line in at.items()} for at in found]
        years = over_years(self.years)
        at_ends = {period: _cheapest_and_dearest(by_period, period) for period in (STEADY, years)}
        table = {
            (name, period): [
                by_period[at][name][period][end]
                for end, at in enumerate(at_ends[period if period == STEADY else years])
            ]
            for name in found[0]
            for period in self.periods
        }
        index = pd.MultiIndex.from_tuples(list(table), names=["line", "period"])
        if not table:
            index = pd.MultiIndex.from_product([[], []], names=["line", "period"])
        return pd.DataFrame(list(table.values()), index=index, columns=list(ENDS), dtype=float)

    @property
    def periods(self) -> tuple[str, ...]:
        """The periods of `lines`, in order."""
        years = (period_of(year) for year in range(1, self.years + 1))
        return (STEADY, ONCE, *years, over_years(self.years))

    def total(self, period: str) -> Span:
        """Dollars of all lines in a period: low, likely and high; NaN if a price is not known."""
        low, likely, high = sum_lines(self.lines, period)
        return low, likely, high

    def table(self) -> pd.DataFrame:
        """`lines` with totals, who pays, and how sure the totals are; see `add_totals`."""
        return add_totals(self.lines, self.costs, self.periods, self.intervals())

    def intervals(self, *, draws: int = DRAWS, seed: int = 0) -> pd.DataFrame:
        """How sure the totals are: see `HOW_DRAWN`.

        Returns
        -------
        DataFrame
            Index ``period``; ``low_usd``, ``median_usd``, ``high_usd``. NaN where a price is not
            known.
        """
        return _quantiles(self.draw(draws=draws, seed=seed))

    def draw(self, *, draws: int = DRAWS, seed: int = 0) -> dict[str, Array]:
        """Dollars of all lines in each period, at prices drawn at random; shape (draws,)."""
        prices = draw_prices(self.costs, draws=draws, seed=seed)
        lines = [line.periods(self.years) for line in self._at(prices).values()]
        zero = np.zeros(draws)
        return {
            period: np.sum([zero, *(line[period] for line in lines)], axis=0)
            for period in self.periods
        }

    @property
    def hired_first(self) -> float:
        """Share of the people who are hired in the first year, and equipped then."""
        return float(_Hiring.of(self.costs.hired_by_month, self.years).new[0])

    @property
    def spread(self) -> Array:
        """What a constant cost a year is in each year, shape (years, 3): hiring and inflation."""
        present = _Hiring.of(self.costs.hired_by_month, self.years).present
        growth = (1 + np.array(self.costs.inflation)) ** np.arange(self.years)[:, None]
        return np.asarray(present[:, None] * growth)

    @property
    def missing(self) -> tuple[str, ...]:
        """Why there is no total, one sentence each; () if there is one."""
        return tuple(_missing(self.staff, self.costs))

    @property
    def notices(self) -> tuple[str, ...]:
        """What the budget does not count."""
        return (*self.missing, *_not_counted(self.staff, self.costs))

    def _at(self, prices: Mapping[str, Array]) -> dict[str, _Line]:
        return dict(_lines(self.staff, self.costs, prices, self.shift_s, self.years))


def sum_lines(lines: pd.DataFrame, period: str) -> tuple[float, ...]:
    """Add up the lines of a budget in a period; NaN if one is not known."""
    here = lines.index.get_level_values("period") == period
    return tuple(map(float, lines.loc[here, list(ENDS)].to_numpy(float).sum(axis=0)))


def merge_running_lines(
    budget: Budget, year_usd: Mapping[str, float], *, name: str = MERGED
) -> pd.DataFrame:
    """The lines of a budget for readers who may not learn hours and miles of patrols.

    What own officers cost in a year becomes one line, whose amount in a year is what is left of
    the published cost of a year; in the other periods hours and miles count as they do in that
    year. So the lines follow from what is published anyway, and tell nothing more.

    Parameters
    ----------
    year_usd
        The published cost of a year, by the names of `ENDS`.
    """
    lines, running = budget.lines, {*RUNNING_LINES}
    if lines.empty:
        return lines
    names = lines.index.get_level_values("line")
    known = lines[~names.isin([OVERTIME, MILES])]
    of_all = np.array([year_usd[end] for end in ENDS])
    rest = of_all - np.array(sum_lines(known, STEADY))
    by_year = rest * budget.spread
    left = {STEADY: rest, ONCE: np.zeros(len(ENDS)), over_years(budget.years): by_year.sum(axis=0)}
    left |= {period_of(year + 1): by_year[year] for year in range(budget.years)}
    inside = known[known.index.get_level_values("line").isin(running)]
    merged = {
        (name, period): np.array(sum_lines(inside, period)) + left[period]
        for period in budget.periods
    }
    index = pd.MultiIndex.from_tuples(list(merged), names=["line", "period"])
    first = pd.DataFrame(list(merged.values()), index=index, columns=list(ENDS))
    return pd.concat([first, lines[~names.isin(running)]])


def amounts_of(lines: pd.DataFrame, line: str, period: str) -> Array:
    """The dollars of a line in a period, low, likely and high; 0 without the line."""
    if (line, period) not in lines.index:
        return np.zeros(len(ENDS))
    here = (lines.index == (line, period)).nonzero()[0][0]
    return np.asarray(lines[list(ENDS)].to_numpy(np.float64)[here])


def add_totals(
    lines: pd.DataFrame,
    costs: CostAssumptions,
    periods: Sequence[str],
    intervals: pd.DataFrame | None,
) -> pd.DataFrame:
    """Add the total of each period to lines, and who pays it if it is not the district alone.

    City and state pay their shares of the cost before aid, and the state the aid; the district
    pays the rest.

    Returns
    -------
    DataFrame
        Index (``line``, ``period``); the columns of `ENDS`, and ``interval_low_usd`` and
        ``interval_high_usd`` of the total, see `HOW_DRAWN`; NaN of other lines.
    """
    rows: dict[tuple[str, str], tuple[float, ...]] = {
        (TOTAL, period): sum_lines(lines, period) for period in periods
    }
    aided = AID in lines.index.get_level_values("line")
    if aided or costs.city_share or costs.state_share:
        paid: dict[str, dict[str, Array]] = {DISTRICT: {}, CITY: {}, STATE: {}}
        for period in periods:
            aid = -amounts_of(lines, AID, period)
            gross = np.array(rows[TOTAL, period]) + aid
            paid[CITY][period] = costs.city_share * gross
            paid[STATE][period] = costs.state_share * gross + aid
            paid[DISTRICT][period] = gross - paid[CITY][period] - paid[STATE][period]
        for payer, by_period in paid.items():
            rows |= {(payer, period): tuple(map(float, v)) for period, v in by_period.items()}
    index = pd.MultiIndex.from_tuples(list(rows), names=["line", "period"])
    sums = pd.DataFrame(list(rows.values()), index=index, columns=list(ENDS))
    table = sums if lines.empty else pd.concat([lines, sums])
    for end, column in (("low_usd", "interval_low_usd"), ("high_usd", "interval_high_usd")):
        known = {} if intervals is None else intervals[end].to_dict()
        table[column] = [
            float(known.get(period, math.nan)) if line == TOTAL else math.nan
            for line, period in table.index
        ]
    return table


def compare_budgets(
    one: Budget, other: Budget, *, draws: int = DRAWS, seed: int = 0
) -> pd.DataFrame:
    """How sure the difference of two budgets is, ``one`` less ``other``: as `Budget.intervals`.

    Both have the same draws, so that a price that both pay cancels as far as both pay it.
    """
    mine, its = (of.draw(draws=draws, seed=seed) for of in (one, other))
    shared = [period for period in mine if period in its]
    return _quantiles({period: mine[period] - its[period] for period in shared})


def draw_prices(costs: CostAssumptions, *, draws: int, seed: int) -> dict[str, Array]:
    """Draw every price from its triangular distribution, by inversion.

    A price has the same random numbers whatever the others are.
    """
    random = np.random.default_rng(seed)
    return {name: _triangular(span, random.random(draws)) for name, span in costs.prices().items()}


def _triangular(span: Span | None, uniform: Array) -> Array:
    """Invert the distribution function of the triangular distribution (Johnson et al. 1995)."""
    if span is None:
        return np.full_like(uniform, math.nan)
    low, likely, high = span
    if low == high:
        return np.full_like(uniform, likely)
    width = high - low
    below = low + np.sqrt(uniform * width * (likely - low))
    above = high - np.sqrt((1 - uniform) * width * (high - likely))
    return np.where(uniform * width < likely - low, below, above)


def _ends(costs: CostAssumptions) -> list[dict[str, Array]]:
    """All prices at their low, their likely and their high value at once, by value of attrition."""
    ends = {
        name: np.array((math.nan,) * 3 if span is None else span, dtype=np.float64)
        for name, span in costs.prices().items()
    }
    attrition = ends["attrition"]
    if not attrition[0] < attrition[2]:
        return [ends]
    return [{**ends, "attrition": np.full(3, value)} for value in attrition]


def _cheapest_and_dearest(
    by_attrition: Sequence[Mapping[str, Mapping[str, Array]]], period: str
) -> tuple[int, int, int]:
    """At which value of attrition the low total of a period is least, and the high one most."""
    if len(by_attrition) == 1:
        return 0, 0, 0
    totals = [np.nansum([line[period] for line in at.values()], axis=0) for at in by_attrition]
    low, _, high = np.array(totals).T
    return int(low.argmin()), 1, int(high.argmax())


def _quantiles(totals: Mapping[str, Array]) -> pd.DataFrame:
    ends = ((1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2)
    rows = {period: np.quantile(values, ends) for period, values in totals.items()}
    frame = pd.DataFrame.from_dict(
        rows, orient="index", columns=["low_usd", "median_usd", "high_usd"]
    )
    return frame.rename_axis("period")


# The lines.


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A line at k sets of prices: ``steady`` and ``once`` of shape (k,), ``by_year`` (years, k)."""

    steady: Array
    by_year: Array
    once: Array

    def periods(self, years: int) -> dict[str, Array]:
        named = {period_of(y + 1): self.by_year[y] for y in range(years)}
        whole = {over_years(years): self.by_year.sum(axis=0)}
        return {STEADY: self.steady, ONCE: self.once, **named, **whole}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hiring:
    """Hiring as shares of all people, by year.

    ``present``: mean share employed over the year; ``by_end``: at its end.
    """

    present: Array
    by_end: Array

    @classmethod
    def of(cls, hired_by_month: Sequence[float], years: int) -> _Hiring:
        months = np.ones(12 * years)
        given = np.array(hired_by_month, dtype=np.float64)[: 12 * years]
        months[: len(given)] = given
        by_year = months.reshape(years, 12)
        return cls(present=by_year.mean(axis=1), by_end=by_year[:, -1])

    @property
    def new(self) -> Array:
        """Share of all posts that are filled for the first time in each year."""
        return np.diff(self.by_end, prepend=0.0)


def _lines(
    staff: Sequence[StaffLine],
    costs: CostAssumptions,
    prices: Mapping[str, Array],
    shift_s: float,
    years: int,
) -> Iterator[tuple[str, _Line]]:
    """Every line that the people of an option ask for."""
    hiring = _Hiring.of(costs.hired_by_month, years)
    growth = (1 + prices["inflation"]) ** np.arange(years)[:, None]
    rising = hiring.present[:, None] * growth
    none = np.zeros(len(prices["inflation"]))

    def running(steady: Array) -> _Line:
        return _Line(steady=steady, by_year=steady * rising, once=none)

    officers = [line for line in staff if line.role is Role.OFFICER]
    if any(line.posts for line in officers):
        own = _Own(officers, costs, prices, shift_s, hiring)
        yield from own.simple(growth) if costs.detailed is None else own.detailed(growth)
    for role, name, price in (
        (Role.CONTRACTED, "Contracted officers", "contracted_year_usd"),
        (Role.MONITOR, "Monitors", "monitor_year_usd"),
        (Role.ADMINISTRATOR, "Safety Administrators", "administrator_year_usd"),
    ):
        lines = [line for line in staff if line.role is role]
        posts = sum(line.posts for line in lines)
        if not posts:
            continue
        year = prices[price]
        if role is Role.MONITOR:
            overtime = sum(line.overtime_hours for line in lines) * costs.school_days
            paid = full_time_people(lines, costs, shift_s)
            hour = costs.overtime_premium * year / costs.paid_hours_per_year
            yield name, running(paid * year + overtime * hour)
        else:  # an agency or nobody stands in for who is away
            yield name, running(posts * year)
    campuses = sum(line.campuses for line in staff if line.role in ARMED)
    if campuses and costs.state_aid_per_campus_usd:
        aid = none - costs.state_aid_per_campus_usd * campuses
        yield (
            AID,
            _Line(steady=aid, by_year=aid * hiring.present[:, None], once=none),
        )


def full_time_people(lines: Iterable[StaffLine], costs: CostAssumptions, shift_s: float) -> int:
    """Count the people to pay for full shifts: by the hours within shifts, or by the posts."""
    lines = list(lines)
    if costs.paid_for == POSTS:
        return costs.officers(sum(line.posts for line in lines))
    within = sum(line.hours for line in lines) - sum(line.overtime_hours for line in lines)
    return costs.officers(within * SECONDS_PER_HOUR / shift_s)


class _Own:
    """The lines of the district's own officers."""

    def __init__(
        self,
        officers: Sequence[StaffLine],
        costs: CostAssumptions,
        prices: Mapping[str, Array],
        shift_s: float,
        hiring: _Hiring,
    ) -> None:
        self.costs, self.prices, self.hiring = costs, prices, hiring
        self.posts = sum(line.posts for line in officers)
        self.employed = costs.officers(self.posts)
        self.paid = full_time_people(officers, costs, shift_s)
        self.overtime = sum(line.overtime_hours for line in officers) * costs.school_days
        metres = sum(line.patrol_m for line in officers)
        self.miles = metres * costs.school_days / METRES_PER_MILE
        self.none = np.zeros(len(prices["inflation"]))

    def _overtime(self, year: Array) -> Array:
        """Dollars for the hours beyond a shift, at the pay of an officer-year."""
        price = self.costs.overtime_premium * year / self.costs.paid_hours_per_year
        return self.overtime * price

    def simple(self, growth: Array) -> Iterator[tuple[str, _Line]]:
        """Lines at the all-in price of an officer-year."""
        year, rising = self.prices["officer_year_usd"], self.hiring.present[:, None] * growth
        for name, steady in (
            (OFFICERS_ALL_IN, self.paid * year),
            (OVERTIME, self._overtime(year)),
        ):
            yield name, _Line(steady=steady, by_year=steady * rising, once=self.none)
        once = self.employed * self.prices["equipment_usd"]
        yield (
            "Vehicles and equipment",
            _Line(steady=self.none, by_year=once * self.hiring.new[:, None] * growth, once=once),
        )

    def detailed(self, growth: Array) -> Iterator[tuple[str, _Line]]:
        """Lines at the prices of the parts."""
        detail = self.costs.detailed
        assert detail is not None
        people = _Service.of(detail, self.prices["attrition"], self.hiring)
        level, rising = self.prices["pay_level"], self.hiring.present[:, None] * growth
        steady_pay, pay = level * people.steady_pay, level * people.pay
        for name, of_pay in (
            ("Pay of officers", np.full_like(level, self.paid)),
            ("Benefits of officers", self.paid * self.prices["benefits"]),
            (OVERTIME, self._overtime(np.ones_like(level))),
        ):
            yield (
                name,
                _Line(steady=of_pay * steady_pay, by_year=of_pay * pay * growth, once=self.none),
            )
        if detail.training_hours or detail.training_usd is not None:
            hours = self.employed * detail.training_hours / self.costs.paid_hours_per_year
            fees = self.none
            if detail.training_usd is not None:
                fees = self.employed * self.prices["training_usd"]
            yield (
                "Training",
                _Line(
                    steady=hours * steady_pay + fees,
                    by_year=hours * pay * growth + fees * rising,
                    once=self.none,
                ),
            )
        if detail.vehicle_usd is not None:
            cars = self.employed if detail.vehicles_for != POSTS else self.posts
            all_cars, life = cars * self.prices["vehicle_usd"], detail.vehicle_life_years
            bought = _bought(self.hiring.new, life)
            yield (
                "Vehicles",
                _Line(
                    steady=all_cars / life,
                    by_year=all_cars * bought[:, None] * growth,
                    once=all_cars,
                ),
            )
        if detail.mile_usd is not None:
            steady = self.miles * self.prices["mile_usd"]
            yield (
                MILES,
                _Line(steady=steady, by_year=steady * rising, once=self.none),
            )
        for name, price, steady_share, share in (
            ("Equipment", "gear_usd", people.steady_gear, people.gear),
            ("Recruiting", "recruiting_usd", self.prices["attrition"], people.hired),
        ):
            if getattr(detail, price) is not None:
                once = self.employed * self.prices[price]
                yield (
                    name,
                    _Line(steady=once * steady_share, by_year=once * share * growth, once=once),
                )


def _bought(new: Array, life: int) -> Array:
    """Purchases by year: what is new, and what replaces a purchase ``life`` years before."""
    bought = new.copy()
    for year in range(life, len(bought)):
        bought[year] += bought[year - life]
    return bought


@dataclass(frozen=True, slots=True, kw_only=True)
class _Service:
    """Officers by years of service, for one post; shape (years, k), steady ones (k,).

    Who leaves is replaced at the first step at the start of the next year, whatever the years
    of service: after s years (1 - attrition)^s of those hired together are left.
    """

    pay: Array
    steady_pay: Array
    hired: Array
    gear: Array
    steady_gear: Array

    @classmethod
    def of(cls, detail: DetailedPrices, attrition: Array, hiring: _Hiring) -> _Service:
        steps = np.array(detail.pay_steps_usd)
        years, stay = len(hiring.by_end), 1 - attrition
        served = np.zeros((years, len(attrition)))  # row s: in year of service s + 1
        pay, hired, gear = (np.zeros_like(served) for _ in range(3))
        step_of = steps[np.minimum(np.arange(years), len(steps) - 1)][:, None]
        is_new_gear = (np.arange(years) % detail.gear_life_years == 0)[:, None]
        for year in range(years):
            older = np.roll(served, 1, axis=0) * stay
            older[0] = 0.0
            served = older.copy()
            served[0] = hiring.by_end[year] - older.sum(axis=0)
            hired[year] = served[0]
            at_work = older.copy()  # those hired in the year are there for a part of it
            at_work[0] = hiring.present[year] - older.sum(axis=0)
            pay[year] = (at_work * step_of).sum(axis=0)
            gear[year] = (served * is_new_gear).sum(axis=0)
        # In the long run a share attrition (1 - attrition)^s is in year of service s + 1.
        weights = np.array([attrition * stay**s for s in range(len(steps) - 1)])
        last = stay ** (len(steps) - 1)
        steady_pay = last * steps[-1]
        if len(weights):
            steady_pay = steady_pay + (weights * steps[:-1, None]).sum(axis=0)
        kept = 1 - stay**detail.gear_life_years
        steady_gear = np.where(
            attrition > 0, attrition / np.where(kept > 0, kept, 1.0), 1 / detail.gear_life_years
        )
        return cls(pay=pay, steady_pay=steady_pay, hired=hired, gear=gear, steady_gear=steady_gear)


# What is not known or not counted.


def _missing(staff: Sequence[StaffLine], costs: CostAssumptions) -> Iterator[str]:
    for role, price in (
        (Role.CONTRACTED, "contracted_year_usd"),
        (Role.MONITOR, "monitor_year_usd"),
    ):
        if getattr(costs, price) is None and any(x.posts for x in staff if x.role is role):
            yield (
                f"The price of a {role} is not known, so this option has no cost: give {price} "
                "under [costs]."
            )
    detail = costs.detailed
    if detail is not None and detail.mile_usd is not None:
        own = [line for line in staff if line.role is Role.OFFICER and line.posts]
        if any(math.isnan(line.patrol_m) for line in own):
            yield (
                "The miles on patrol are not known, so this option has no cost: leave out mile_usd "
                "under [costs.detailed]."
            )


def _not_counted(staff: Sequence[StaffLine], costs: CostAssumptions) -> Iterator[str]:
    detail = costs.detailed
    if detail is None or not any(x.posts for x in staff if x.role is Role.OFFICER):
        return
    names = {
        "vehicle_usd": "vehicles",
        "mile_usd": "miles on patrol",
        "gear_usd": "personal equipment",
        "recruiting_usd": "recruiting",
    }
    left_out = [what for price, what in names.items() if getattr(detail, price) is None]
    if not detail.training_hours and detail.training_usd is None:
        left_out.append("training besides that in the relief factor")
    if left_out:
        yield f"Without a price, and so not in the costs: {', '.join(left_out)}."


def staff_of_posts(
    posts: int,
    *,
    hours: float | None = None,
    overtime_hours: float = 0.0,
    patrol_m: float | None = None,
    campuses: int = 0,
    shift_s: float = float(PatrolAssumptions().shift_s),
) -> tuple[StaffLine, ...]:
    """Make the one line of an option whose posts are all of own officers.

    Parameters
    ----------
    hours
        Of the shifts; full shifts if None.
    """
    if not posts:
        return ()
    line = StaffLine(
        role=Role.OFFICER,
        what="officers",
        posts=posts,
        hours=posts * shift_s / SECONDS_PER_HOUR if hours is None else hours,
        overtime_hours=overtime_hours,
        patrol_m=math.nan if patrol_m is None else patrol_m,
        campuses=campuses,
    )
    return (line,)
