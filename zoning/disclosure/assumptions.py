"""The public assumptions of a comparison, in readers' units."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Final

import pandas as pd

from zoning.disclosure.notices import if_busy
from zoning.response import ResponseAssumptions
from zoning.staffing import CostAssumptions
from zoning.staffing.costs import HOURS, OFFICERS, DetailedPrices, Span, WorkYear
from zoning.staffing.figures import (
    WITHHELD,
)
from zoning.staffing.staff import Role
from zoning.units import counted, minutes

DEFAULT: Final = "general default"
NOT_GIVEN: Final = "not given"
PUBLISHED: Final = "published for Jefferson County, 2022"
GIVEN: Final = "given by the district"


def assumptions_table(
    costs: CostAssumptions,
    response: ResponseAssumptions | None,
    *,
    roles: frozenset[Role] = frozenset(),
) -> pd.DataFrame:
    """List the public assumptions, in readers' units.

    Parameters
    ----------
    response
        None if no option has a response.
    roles
        Of the people whom some option needs.

    Returns
    -------
    DataFrame
        ``assumption``, ``value``, ``span`` (the range used, '' for none) and
        ``basis`` (`DEFAULT`, `GIVEN` or `PUBLISHED`), all text.
    """
    rows = [
        *(_all_in_rows(costs) if costs.detailed is None else _detailed_rows(costs.detailed)),
        *_other_price_rows(costs, roles),
        (
            "Officers employed for each officer on duty (relief factor)",
            f"{costs.relief:.2f}",
            "",
            DEFAULT if costs.relief == CostAssumptions().relief else GIVEN,
        ),
        *_work_year_rows(costs.work_year),
        (
            "What is paid for",
            "the hours of the shifts"
            if costs.paid_for == HOURS
            else "a full shift for each officer on duty",
            "",
            _describe_basis(costs, "paid_for"),
        ),
        (
            "Pay of an hour of overtime over that of another hour",
            f"{costs.overtime_premium:g}",
            "",
            _describe_basis(costs, "overtime_premium"),
        ),
        (
            "Paid hours of an officer-year, for the price of overtime",
            f"{costs.paid_hours_per_year:,.0f}",
            "",
            _describe_basis(costs, "paid_hours_per_year"),
        ),
        (
            "Student days in a year",
            f"{costs.school_days}",
            "",
            _describe_basis(costs, "school_days"),
        ),
        (
            "State aid a year for each campus with its own officer",
            f"${costs.state_aid_per_campus_usd:,.0f}",
            "",
            _describe_basis(costs, "state_aid_per_campus_usd"),
        ),
    ]
    if response is not None:
        rows += [
            (
                "From the call to an officer being sent",
                f"{response.dispatch_s:.0f} s",
                "{:.0f} to {:.0f} s".format(*response.dispatch_range_s),
                _describe_basis(response, "dispatch_s", "dispatch_range_s"),
            ),
            (
                "From being sent to driving off",
                f"{response.turnout_s:.0f} s",
                "{:.0f} to {:.0f} s".format(*response.turnout_range_s),
                _describe_basis(response, "turnout_s", "turnout_range_s"),
            ),
            (
                "Time of each officer at the building",
                minutes(response.on_scene_s),
                "",
                _describe_basis(response, "on_scene_s"),
            ),
            (
                "Calls that need a second officer",
                f"{100 * response.second_officer_share:.0f} %",
                "",
                _describe_basis(response, "second_officer_share"),
            ),
            (
                "If the zone's officer is on another call",
                if_busy(response)[0],
                "",
                _describe_basis(response, "mutual_aid"),
            ),
            (
                "If no officer is free",
                if_busy(response)[1],
                "",
                _describe_basis(response, "when_all_busy"),
            ),
            (
                "Driving time to a call, as a multiple of the estimate",
                "1.00",
                "{:.2f} to {:.2f}".format(*response.travel_factor_range),
                _describe_basis(response, "travel_factor_range"),
            ),
        ]
    return pd.DataFrame(rows, columns=["assumption", "value", "span", "basis"])


AssumptionRow = tuple[str, str, str, str]
"""Assumption, value, span and basis."""


def _all_in_rows(costs: CostAssumptions) -> Iterator[AssumptionRow]:
    """The simple price of an officer: of a year, and once."""
    for what, name in (
        ("Cost of one officer for a year, all in", "officer_year"),
        ("Vehicle and equipment, once for each officer", "equipment"),
    ):
        low, high = getattr(costs, f"{name}_range_usd")
        yield (
            what,
            f"${getattr(costs, f'{name}_usd'):,.0f}",
            f"${low:,.0f} to ${high:,.0f}",
            _describe_basis(costs, f"{name}_usd", f"{name}_range_usd"),
        )


def _detailed_rows(prices: DetailedPrices) -> Iterator[AssumptionRow]:
    """The prices of the parts of an officer; all of them are the district's, but for two lives."""
    steps = prices.pay_steps_usd
    yield (
        "Base pay of an officer in the first year, and in the last step",
        f"${steps[0]:,.0f} and ${steps[-1]:,.0f}",
        f"{_percent(prices.pay_level[0])} to {_percent(prices.pay_level[2])} of it",
        GIVEN,
    )
    for what, span, unit in (
        ("Benefits, of base pay", prices.benefits, _percent),
        ("Vehicle with its fittings", prices.vehicle_usd, _dollars),
        ("Personal equipment of an officer", prices.gear_usd, _dollars),
        ("Fees of training a year for each officer", prices.training_usd, _dollars),
        ("Recruiting of each officer hired", prices.recruiting_usd, _dollars),
        ("Officers who leave in a year", prices.attrition, _percent),
    ):
        yield _span_row(what, span, unit, GIVEN)
    told = "not counted" if prices.mile_usd is None else WITHHELD
    yield ("Fuel, maintenance and tyres of a mile on patrol", told, "", GIVEN)
    usual = {f.name: f.default for f in fields(DetailedPrices)}
    for what, name, text in (
        (
            "A vehicle is replaced after",
            "vehicle_life_years",
            counted(prices.vehicle_life_years, "year"),
        ),
        ("Equipment is replaced after", "gear_life_years", counted(prices.gear_life_years, "year")),
        (
            "A vehicle for each officer",
            "vehicles_for",
            {OFFICERS: "employed"}.get(prices.vehicles_for, "on duty"),
        ),
        (
            "Paid training on top of an officer-year",
            "training_hours",
            f"{prices.training_hours:g} h",
        ),
    ):
        yield (what, text, "", DEFAULT if getattr(prices, name) == usual[name] else GIVEN)


def _other_price_rows(costs: CostAssumptions, roles: frozenset[Role]) -> Iterator[AssumptionRow]:
    """Prices of other people, where some option needs them, and what changes over the years."""
    usual = CostAssumptions()
    for role, what, name in (
        (Role.ADMINISTRATOR, "Cost of a Safety Administrator for a year", "administrator_year_usd"),
        (Role.MONITOR, "Cost of a monitor for a year", "monitor_year_usd"),
        (
            Role.CONTRACTED,
            "Price of a contracted officer's post for a year",
            "contracted_year_usd",
        ),
    ):
        span = getattr(costs, name)
        if role in roles:
            own = span != getattr(usual, name)
            basis = GIVEN if own else PUBLISHED if span is not None else NOT_GIVEN
            yield _span_row(what, span, _dollars, basis)
    yield _span_row(
        "Prices rise in a year by", costs.inflation, _percent, _describe_basis(costs, "inflation")
    )
    months = len(costs.hired_by_month)
    yield (
        "Everybody is hired",
        f"by month {months}" if months else "from the first month",
        "",
        _describe_basis(costs, "hired_by_month"),
    )
    if costs.city_share or costs.state_share:
        yield (
            "Shares of the city and the state",
            f"{_percent(costs.city_share)} and {_percent(costs.state_share)}",
            "",
            GIVEN,
        )


def _work_year_rows(year: WorkYear | None) -> Iterator[AssumptionRow]:
    if year is not None:
        away = year.leave_days + year.sick_days + year.holidays
        yield (
            "School days a year that an employee is away, and hours of training on others",
            f"{away:g} and {year.training_hours:g} h",
            "",
            GIVEN if year != WorkYear() else DEFAULT,
        )


def _dollars(value: float) -> str:
    return f"${value:,.0f}"


def _percent(value: float) -> str:
    return f"{100 * value:.3g} %"


def _span_row(
    what: str, span: Span | None, text: Callable[[float], str], basis: str
) -> AssumptionRow:
    """Write a price with its range, if it has one."""
    if span is None:
        return (what, "not known" if basis == NOT_GIVEN else "not counted", "", basis)
    low, likely, high = span
    between = f"{text(low)} to {text(high)}" if low < high else ""
    return (what, text(likely), between, basis)


def _describe_basis(assumptions: CostAssumptions | ResponseAssumptions, *names: str) -> str:
    usual = type(assumptions)()
    own = any(getattr(assumptions, name) != getattr(usual, name) for name in names)
    return GIVEN if own else DEFAULT
