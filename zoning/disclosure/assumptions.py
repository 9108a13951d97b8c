"""What the figures rest on, each value beside where it comes from."""

from __future__ import annotations

import pandas as pd

from zoning.response import ResponseAssumptions
from zoning.staffing import CostAssumptions

DEFAULT = "general default"
GIVEN = "given by the district"


def assumptions_table(costs: CostAssumptions, response: ResponseAssumptions | None) -> pd.DataFrame:
    """Values that may be published, in people's units.

    Parameters
    ----------
    response
        None where no option has a response, and nothing rests on it.

    Returns
    -------
    DataFrame
        ``assumption``, ``value``, ``span`` (the range used, '' for none) and
        ``basis`` (`DEFAULT` or `GIVEN`), all text.
    """
    usual = CostAssumptions()
    rows = [
        (
            "Cost of one officer for a year, all in",
            f"${costs.officer_year_usd:,.0f}",
            _dollars(costs.officer_year_range_usd),
            costs.officer_year_usd == usual.officer_year_usd,
        ),
        (
            "Vehicle and equipment, once for each officer",
            f"${costs.equipment_usd:,.0f}",
            _dollars(costs.equipment_range_usd),
            costs.equipment_usd == usual.equipment_usd,
        ),
        (
            "Officers employed for each officer on duty (relief factor)",
            f"{costs.relief_factor:.2f}",
            "",
            costs.relief_factor == usual.relief_factor,
        ),
        (
            "Student days in a year",
            f"{costs.school_days}",
            "",
            costs.school_days == usual.school_days,
        ),
        (
            "State aid a year for each campus with its own officer",
            f"${costs.state_aid_per_campus_usd:,.0f}",
            "",
            costs.state_aid_per_campus_usd == usual.state_aid_per_campus_usd,
        ),
        *(() if response is None else _waits(response)),
    ]
    return pd.DataFrame(
        [(name, value, span, DEFAULT if same else GIVEN) for name, value, span, same in rows],
        columns=["assumption", "value", "span", "basis"],
    )


def _waits(response: ResponseAssumptions) -> list[tuple[str, str, str, bool]]:
    usual = ResponseAssumptions()
    return [
        (
            "From the call to an officer being sent",
            f"{response.dispatch_s:.0f} s",
            _seconds(response.dispatch_range_s),
            response.dispatch_s == usual.dispatch_s,
        ),
        (
            "From being sent to driving off",
            f"{response.turnout_s:.0f} s",
            _seconds(response.turnout_range_s),
            response.turnout_s == usual.turnout_s,
        ),
        (
            "Driving time to a call, as a multiple of the estimate",
            "1.00",
            f"{response.travel_factor_range[0]:.2f} to {response.travel_factor_range[1]:.2f}",
            response.travel_factor_range == usual.travel_factor_range,
        ),
    ]


def _dollars(span: tuple[float, float]) -> str:
    return f"${span[0]:,.0f} to ${span[1]:,.0f}"


def _seconds(span: tuple[float, float]) -> str:
    return f"{span[0]:.0f} to {span[1]:.0f} s"
