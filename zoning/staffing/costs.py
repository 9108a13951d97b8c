"""Inputs of a district: prices of its people, and the response of the outside police."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import wraps
from itertools import pairwise
from typing import Annotated, Any, Final, TypeVar

import pandas as pd
from scipy.stats import t as student_t

from zoning.errors import OptionError, typed, typed_fields
from zoning.settings import DOLLARS, MINUTES, PERCENT, Setting, settings, span_setting

T = TypeVar("T")

_HOURS_A_YEAR = 8784
_ROUNDING = 1e-9  # in floats 10 posts times 1.1 is 11.000000000000002, but needs 11 officers
HOURS, POSTS = "hours", "posts"
"""What is paid for: the hours of the shifts, or a full shift for each officer on duty."""
OFFICERS: Final = "officers"
"""Vehicles for each officer employed; `POSTS`: for each officer on duty, who share them."""

Span = tuple[float, float, float]
"""Low, likely and high value of a price; three times the same where it has no range."""


@typed_fields
@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class WorkYear:
    """The hours that an employee really gives in a school year; its values are rates a person.

    Attributes
    ----------
    leave_days, sick_days, holidays
        School days a year on which an employee is away. Default: ten days of leave.
    training_hours
        Hours a year of training on school days.
    hours_a_day
        Hours of a working day, which training is a part of.
    """

    leave_days: Annotated[
        float, Setting(meaning="School days a year on leave, each employee.", at_least=0)
    ] = 10.0
    sick_days: Annotated[
        float, Setting(meaning="School days a year sick, each employee.", at_least=0)
    ] = 0.0
    holidays: Annotated[
        float,
        Setting(meaning="School days a year that are holidays of the employees.", at_least=0),
    ] = 0.0
    training_hours: Annotated[
        float,
        Setting(meaning="Hours of training a year on school days, each employee.", at_least=0),
    ] = 0.0
    hours_a_day: Annotated[
        float, Setting(meaning="Hours of a working day.", above=0, at_most=24)
    ] = 8.0

    def __post_init__(self) -> None:
        faults = [
            f"{one.name} {getattr(self, one.name)} is not a number of 0 or more"
            for one in fields(self)
            if not 0 <= getattr(self, one.name) < math.inf
        ]
        if not faults and not 0 < self.hours_a_day <= 24:
            faults.append(f"hours_a_day {self.hours_a_day} is not above 0 to 24")
        if faults:
            raise OptionError("the work year makes no sense", faults)

    def hours_given(self, school_days: float) -> float:
        """Hours a year that an employee stands at a post; 0 or less if there are none."""
        away = self.leave_days + self.sick_days + self.holidays
        return (school_days - away) * self.hours_a_day - self.training_hours

    def relief_factor(self, school_days: float) -> float:
        """Employees for each post: hours that a post asks for over those that one gives.

        175 school days with ten of leave give 175 / 165 = 1.06, and with 100 hours of training
        on school days 1400 / 1220 = 1.15.

        Raises
        ------
        OptionError
            If an employee gives no hours.
        """
        given = self.hours_given(school_days)
        if given <= 0:
            raise OptionError(
                f"an employee who is away so long gives no hours in {school_days:g} school days",
                remedy="Lower leave_days, sick_days, holidays or training_hours of the work year.",
            )
        return school_days * self.hours_a_day / given


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedRelief:
    """A relief factor from records of a year, with its uncertainty.

    Attributes
    ----------
    work_year
        Mean rates of the officers.
    officers
        How many years of an officer they are the mean of.
    relief_factor, low, high
        The factor, and the ends of its 95 % interval; NaN from one officer alone.
    """

    work_year: WorkYear
    officers: int
    relief_factor: float
    low: float
    high: float


@typed
def observe_relief(
    absences: pd.DataFrame, *, school_days: int = 175, hours_a_day: float = 8.0
) -> ObservedRelief:
    """Compute the relief factor that a year's records of absences and training give.

    Parameters
    ----------
    absences
        One row an officer who was employed all year: ``leave_days``, ``sick_days`` and
        ``holidays`` (school days away) and ``training_hours`` (on school days). A column that is
        not there counts as 0.

    Raises
    ------
    OptionError
        If there is no officer, or naming every value that cannot be, with its row.

    References
    ----------
    The interval is Student's t of the mean hours given, and the factor the hours that a post asks
    for over it: it is of the mean of the officers, not of any one.
    """
    columns = ["leave_days", "sick_days", "holidays", "training_hours"]
    given = absences.reindex(columns=columns)
    given = given.where(given.notna() | given.columns.isin(absences.columns), 0.0)
    numbers = given.apply(pd.to_numeric, errors="coerce")
    faults = [
        f"row {row}: {column} {str(given.at[row, column])!r} is not a number of 0 or more"
        for row in given.index
        for column in columns
        if not 0 <= numbers.at[row, column] < math.inf
    ]
    if not len(given):
        faults = ["there is no officer: give one row each"]
    elif not set(columns) & set(absences.columns):
        faults = [f"there is no column of {', '.join(columns)}"]
    if faults:
        raise OptionError("the relief factor cannot be computed from these absences", faults)
    means = {column: float(numbers[column].mean()) for column in columns}
    year = WorkYear(**means, hours_a_day=hours_a_day)
    factor = year.relief_factor(school_days)
    away = numbers[columns[:3]].sum(axis=1)
    hours = ((school_days - away) * hours_a_day - numbers["training_hours"]).to_numpy(float)
    low = high = math.nan
    if len(hours) > 1:
        half = student_t.ppf(0.975, len(hours) - 1) * hours.std(ddof=1) / math.sqrt(len(hours))
        needed, mean = school_days * hours_a_day, float(hours.mean())
        low, high = needed / (mean + half), needed / (mean - half) if mean > half else math.inf
    return ObservedRelief(
        work_year=year, officers=len(hours), relief_factor=factor, low=float(low), high=float(high)
    )


def _with_numbers(*names: str) -> Callable[[type[T]], type[T]]:
    """Let a number stand for a price without a range, before types are checked."""

    def convert(kind: type[T]) -> type[T]:
        made = vars(kind)["__init__"]

        @wraps(made)
        def accept(self: T, **values: Any) -> None:
            for name in names:
                value = values.get(name)
                if isinstance(value, int | float) and not isinstance(value, bool):
                    values[name] = (float(value),) * 3
            made(self, **values)

        setattr(kind, "__init__", accept)  # noqa: B010
        return kind

    return convert


def _span_faults(of: object, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        value = getattr(of, name)
        if value is None:
            continue
        if len(value) != 3 or not 0 <= value[0] <= value[1] <= value[2] < math.inf:
            yield f"{name} {value} is not low, likely and high of 0 or more, in this order"


_DETAILED_SPANS: Final = (
    *("pay_level", "benefits", "vehicle_usd", "mile_usd", "gear_usd", "training_usd"),
    *("recruiting_usd", "attrition"),
)


@_with_numbers(*_DETAILED_SPANS)
@typed_fields
@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class DetailedPrices:
    """Prices of the parts of an own officer; they replace the all-in price and the equipment.

    A price is a number or low, likely and high. What has no price is not counted, and the budget
    says so.

    Attributes
    ----------
    pay_steps_usd
        Base pay of the first year of service, the second and so on; the last one stays.
    pay_level
        What the pay really is as a multiple of the steps, with its range.
    benefits
        Benefits as a share of pay; overtime has none.
    vehicle_usd, vehicle_life_years, vehicles_for
        Price of a vehicle with its fittings, after how many years it is replaced, and whether
        each officer employed has one (``officers``) or each officer on duty (``posts``).
    mile_usd
        Fuel, maintenance and tyres of a mile. Only the miles of patrols are counted.
    gear_usd, gear_life_years
        Personal equipment of an officer, and after how many years it is replaced. A new officer
        gets new equipment.
    training_hours
        Hours a year that an officer is paid for training on top of the officer-year, at the
        plain pay of an hour. Training on school days is in the relief factor.
    training_usd
        Fees of training a year for each officer.
    recruiting_usd
        Of each officer hired: advertising, screening, academy.
    attrition
        Share of officers who leave in a year and are replaced at the first step.
    """

    pay_steps_usd: Annotated[
        tuple[float, ...],
        Setting(
            meaning="Base pay a year of an officer in the first year of service, the second and "
            "so on.",
            unit=DOLLARS,
            above=0,
        ),
    ]
    benefits: Annotated[
        Span, span_setting(meaning="Benefits as a share of base pay.", unit=PERCENT)
    ]
    pay_level: Annotated[
        Span,
        span_setting(
            meaning="Pay as a share of the steps, for its range.", unit=PERCENT, default="100"
        ),
    ] = (1.0, 1.0, 1.0)
    vehicle_usd: Annotated[
        Span | None,
        span_setting(
            meaning="Price of a vehicle with its fittings.", unit=DOLLARS, default="not counted"
        ),
    ] = None
    vehicle_life_years: Annotated[
        int, Setting(meaning="Years after which a vehicle is replaced.", at_least=1, at_most=50)
    ] = 5
    vehicles_for: Annotated[
        str,
        Setting(
            meaning="Who has a vehicle: each officer employed (officers), or each on duty (posts).",
            words=(OFFICERS, POSTS),
        ),
    ] = OFFICERS
    mile_usd: Annotated[
        Span | None,
        span_setting(
            meaning="Fuel, maintenance and tyres of a mile on patrol; left out of the public "
            "edition, since the miles would follow from it.",
            unit=DOLLARS,
            default="not counted",
            restricted=True,
        ),
    ] = None
    gear_usd: Annotated[
        Span | None,
        span_setting(
            meaning="Personal equipment of an officer.", unit=DOLLARS, default="not counted"
        ),
    ] = None
    gear_life_years: Annotated[
        int, Setting(meaning="Years after which it is replaced.", at_least=1, at_most=50)
    ] = 5
    training_hours: Annotated[
        float,
        Setting(
            meaning="Hours a year that an officer is paid for training on top of the officer-year; "
            "those on school days are in the relief factor.",
            at_least=0,
        ),
    ] = 0.0
    training_usd: Annotated[
        Span | None,
        span_setting(
            meaning="Fees of training a year for each officer.",
            unit=DOLLARS,
            default="not counted",
        ),
    ] = None
    recruiting_usd: Annotated[
        Span | None,
        span_setting(
            meaning="Advertising, screening and academy of an officer who is hired.",
            unit=DOLLARS,
            default="not counted",
        ),
    ] = None
    attrition: Annotated[
        Span,
        span_setting(
            meaning="Share of officers who leave in a year and are replaced.",
            unit=PERCENT,
            at_most=100,
            default="0",
        ),
    ] = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        faults = list(_span_faults(self, _DETAILED_SPANS))
        if not self.pay_steps_usd or not all(0 < step < math.inf for step in self.pay_steps_usd):
            faults.append(f"pay_steps_usd {self.pay_steps_usd} is no list of pay above 0")
        if self.attrition[2] > 1:
            faults.append(
                f"attrition {self.attrition[2]} is above 1: more than all leave in a year"
            )
        faults += [
            f"{name} {getattr(self, name)} is not from 1 to 50"
            for name in ("vehicle_life_years", "gear_life_years")
            if not 1 <= getattr(self, name) <= 50
        ]
        if not 0 <= self.training_hours < math.inf:
            faults.append(f"training_hours {self.training_hours} is not 0 or more")
        if self.vehicles_for not in (OFFICERS, POSTS):
            faults.append(f"vehicles_for is {self.vehicles_for!r}, neither officers nor posts")
        if faults:
            raise OptionError("the detailed prices make no sense", faults)


_SPANS: Final = (
    *("administrator_year_usd", "monitor_year_usd", "contracted_year_usd", "inflation"),
)
ADMINISTRATOR_YEAR_USD: Final = 74_514.0
"""Published: 66 Safety Administrators of Jefferson County at $74,514 each (2022 proposal)."""
MOST_MONTHS: Final = 60
"""Hiring may take the five years of a budget."""
_MOST_INFLATION: Final = 0.5


@_with_numbers(*_SPANS)
@typed_fields
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
    administrator_year_usd
        Cost of a Safety Administrator a year, low, likely and high. Default: the published
        $74,514. They have no relief: nobody stands in for one who is away.
    monitor_year_usd
        Cost of an unsworn monitor a year; relieved and paid by hours as officers are. None: it
        is not known, and an option with monitors has no cost.
    contracted_year_usd
        Price a year of a post that a police agency fills: relief, hours, vehicle and equipment
        are the agency's. None as for monitors.
    inflation
        By how much prices rise from one year to the next. Default 0: today's dollars.
    hired_by_month
        Share of the people who are employed in the first month, the second and so on, the last
        one 1; () means all from the first month on.
    city_share, state_share
        Shares of the costs that the city and the state pay; the district pays the rest.
    work_year
        What an employee gives of a year; gives the relief factor in place of ``relief_factor``.
    detailed
        Prices of the parts of an own officer, which replace the all-in price and ``equipment_usd``.
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
    administrator_year_usd: Annotated[
        Span,
        span_setting(
            meaning="Cost of a Safety Administrator a year (published: $74,514).", unit=DOLLARS
        ),
    ] = (ADMINISTRATOR_YEAR_USD,) * 3
    monitor_year_usd: Annotated[
        Span | None,
        span_setting(
            meaning="Cost of an unsworn monitor a year.",
            unit=DOLLARS,
            default="not known: an option with monitors has no cost",
        ),
    ] = None
    contracted_year_usd: Annotated[
        Span | None,
        span_setting(
            meaning="Price a year of a post that a police agency fills by contract.",
            unit=DOLLARS,
            default="not known: an option with contracted officers has no cost",
        ),
    ] = None
    inflation: Annotated[
        Span,
        span_setting(
            meaning="By how much prices rise in a year; 0: today's dollars.",
            unit=PERCENT,
            at_most=50,
            default="0",
        ),
    ] = (0.0, 0.0, 0.0)
    hired_by_month: Annotated[
        tuple[float, ...],
        Setting(
            meaning="Share of the people who are employed in the first month, the second and so "
            "on; the last one is 100.",
            unit=PERCENT,
            at_least=0,
            at_most=100,
            default="all from the first month",
        ),
    ] = ()
    city_share: Annotated[
        float, Setting(meaning="Share that the city pays.", unit=PERCENT, at_least=0, at_most=100)
    ] = 0.0
    state_share: Annotated[
        float,
        Setting(
            meaning="Share that the state pays, besides the aid for campuses.",
            unit=PERCENT,
            at_least=0,
            at_most=100,
        ),
    ] = 0.0
    work_year: Annotated[
        WorkYear | None,
        Setting(
            meaning="What an employee gives of a year; gives the relief factor.",
        ),
    ] = None
    detailed: Annotated[
        DetailedPrices | None,
        Setting(
            meaning="Prices of the parts of an own officer; they replace the all-in price.",
        ),
    ] = None

    def __post_init__(self) -> None:
        faults = [*self._faults(), *_span_faults(self, _SPANS), *self._plan_faults()]
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

    def _plan_faults(self) -> Iterator[str]:
        """Find faults of the hiring, of who pays and of the relief."""
        hired = self.hired_by_month
        if hired and not (
            all(0 <= a <= b <= 1 for a, b in pairwise((0.0, *hired))) and hired[-1] == 1
        ):
            yield f"hired_by_month {list(hired)} does not rise from 0 or more to 1 (100 %)"
        if len(hired) > MOST_MONTHS:
            yield f"hired_by_month has {len(hired)} months, more than {MOST_MONTHS}"
        for name in ("city_share", "state_share"):
            if not 0 <= getattr(self, name) <= 1:
                yield f"{name} {getattr(self, name)} is not from 0 to 1"
        if self.city_share + self.state_share > 1:
            yield "city_share and state_share together are above 1 (100 %)"
        if self.inflation[2] > _MOST_INFLATION:
            yield f"inflation {self.inflation[2]} is above {_MOST_INFLATION}"
        if self.work_year is not None and 1 <= self.school_days <= 366:
            usual = next(f.default for f in fields(self) if f.name == "relief_factor")
            if self.relief_factor != usual:
                yield "relief_factor is given, and work_year gives another: give one of the two"
            elif self.work_year.hours_given(self.school_days) <= 0:
                yield "work_year leaves no hours of the school days"

    @property
    def relief(self) -> float:
        """Employees for each post: of ``work_year`` where it is given."""
        if self.work_year is not None:
            return self.work_year.relief_factor(self.school_days)
        return self.relief_factor

    def officers(self, posts: float) -> int:
        """Number of officers to employ for this many posts, rounded up."""
        return math.ceil(posts * self.relief - _ROUNDING)

    def prices(self) -> dict[str, Span | None]:
        """List every price with a range, by name, in an order that never changes.

        None where a price is not given. Those that are not used have their value too, so that a
        simulation draws the same values for every option.
        """
        names = [f.name for f in fields(DetailedPrices) if f.name in _DETAILED_SPANS]
        ends = (("officer_year_usd", "officer_year"), ("equipment_usd", "equipment"))
        simple: dict[str, Span | None] = {}
        for name, price in ends:
            low, high = getattr(self, f"{price}_range_usd")
            simple[name] = (low, getattr(self, name), high)
        simple |= {name: getattr(self, name) for name in _SPANS}
        return simple | {
            name: None if self.detailed is None else getattr(self.detailed, name) for name in names
        }


@typed_fields
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
