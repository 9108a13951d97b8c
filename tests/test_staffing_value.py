"""What a minute and an officer cost, when a start is paid back, and what of it is published."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from zoning.disclosure import public_view, restricted_view
from zoning.disclosure.assumptions import (
    DEFAULT,
    GIVEN,
    NOT_GIVEN,
    PUBLISHED,
    assumptions_table,
)
from zoning.editions import Edition
from zoning.errors import OptionError
from zoning.patrol import PatrolAssumptions, PatrolSchedule
from zoning.reports.run_record import WITHHELD as LEFT_OUT_OF_RECORD
from zoning.reports.run_record import RunSettings, run_record
from zoning.reports.tables import budget_table, value_table
from zoning.response import ResponseAssumptions
from zoning.response.estimate import ResponseDifference
from zoning.settings import fields_of
from zoning.staffing import StaffingComparison
from zoning.staffing.budget import (
    AID,
    ENDS,
    MERGED,
    MILES,
    ONCE,
    OVERTIME,
    STEADY,
    TOTAL,
    Budget,
    amounts_of,
    over_years,
)
from zoning.staffing.costs import CostAssumptions, DetailedPrices, WorkYear
from zoning.staffing.figures import FigureInputs, compute_figures
from zoning.staffing.precision import (
    MERGED_LINES,
    public_budget,
    public_cost_change,
    round_for_public,
)
from zoning.staffing.staff import Role, StaffLine
from zoning.staffing.value import (
    NO_COST,
    NO_RESPONSE,
    NOT_CLEAR,
    NOT_DEARER,
    NOT_SOONER,
    chance_of_less,
    compare_value,
    cumulate,
    pay_back,
    price_extra_officers,
    price_minutes,
)
from zoning.units import METRES_PER_MILE
from zoning.zones import SolverLimits, Zone, ZonePlan

NAN = math.nan


def officers(posts: int, **costs: Any) -> Budget:
    staff = StaffLine(role=Role.OFFICER, what="zones", posts=posts, hours=8.0 * posts)
    return Budget(staff=(staff,), costs=CostAssumptions(**costs))


def test_a_minute_and_an_officer_by_hand() -> None:
    """$120,000 more for a minute, half a minute or two: $120,000, $240,000 and $60,000 each."""
    value = price_minutes(120_000, 60, saved_low_s=30, saved_high_s=120, extra_officers=4)
    assert value.per_minute_usd == 120_000
    assert (value.per_minute_low_usd, value.per_minute_high_usd) == (60_000, 240_000)
    assert (value.per_officer_usd, value.saved_per_officer_s) == (30_000, 15)
    assert value.no_minute == ""


@pytest.mark.parametrize(
    ("extra", "saved", "clear", "why"),
    [
        (NAN, 60, True, NO_COST),
        (1000, NAN, True, NO_RESPONSE),
        (1000, 60, False, NOT_CLEAR),
        (1000, 0, True, NOT_CLEAR),
        (0, 60, True, NOT_DEARER),
        (-5, 60, True, NOT_DEARER),
        (1000, -60, True, NOT_SOONER),
    ],
)
def test_without_a_clear_gain_no_minute_has_a_price(
    extra: float, saved: float, clear: bool, why: str
) -> None:
    value = price_minutes(extra, saved, is_clear=clear, extra_officers=2)
    assert math.isnan(value.per_minute_usd)
    assert value.no_minute == why
    assert math.isnan(value.saved_per_officer_s) == (why in (NO_RESPONSE, NOT_CLEAR))
    fewer = price_minutes(extra, saved, is_clear=clear, extra_officers=-1)
    assert math.isnan(fewer.per_officer_usd)
    unclear = price_minutes(extra, saved, is_clear=False, extra_officers=2)
    assert math.isnan(unclear.saved_per_officer_s)


def outcome(name: str, cost: float, posts: int, **differences: Any) -> Any:
    return SimpleNamespace(
        option_id=name,
        label=name.title(),
        figures={"annual_cost_usd": cost, "posts": posts},
        differences={i: {"mean_s": d} for i, d in differences.items()},
        budget=None,
    )


def test_options_are_compared_by_the_interval_of_their_difference() -> None:
    clear = ResponseDifference(value=-30.0, low=-60.0, high=-15.0)
    more, fewer = outcome("more", 500_000, 5, fewer=clear), outcome("fewer", 400_000, 4)
    value = compare_value(more, fewer)
    assert value.per_minute_usd == 200_000
    assert (value.per_minute_low_usd, value.per_minute_high_usd) == (100_000, 400_000)
    assert value.per_officer_usd == 100_000
    noisy = ResponseDifference(value=-30.0, low=-60.0, high=1.0)
    assert compare_value(outcome("more", 5, 5, fewer=noisy), fewer).no_minute == NOT_CLEAR
    assert compare_value(outcome("more", 5e6, 5), fewer).no_minute == NO_RESPONSE


def test_a_higher_start_is_paid_back_by_hand() -> None:
    """Duval County put an own hire at $13,000 more at the start: $6,500 a year less, two years."""
    own, contract = ("Own", [13_000, 63_000, 113_000]), ("Contract", [0, 56_500, 113_000])
    years, told = pay_back(own, contract)
    assert years == 2
    assert "Own pays back its higher start against Contract in 2.0 years." in told
    assert pay_back(contract, own) == (years, told)
    # $4,000 less in a year: 3.25 years, so not within two.
    slow, told = pay_back(("Own", [13_000, 22_000, 31_000]), ("Contract", [0, 13_000, 26_000]))
    assert math.isnan(slow)
    assert "does not pay back its higher start within 2 years" in told
    assert math.isnan(pay_back(("A", [2, 3]), ("B", [1, 2]))[0])
    assert math.isnan(pay_back(("A", [1, 3]), ("B", [1, 2]))[0])
    assert math.isnan(pay_back(("A", [1, NAN]), ("B", [1, 2]))[0])
    # It is ahead after a year, behind after a new vehicle in the third, and ahead for good later.
    again, _ = pay_back(("A", [10, 10, 10, 40, 40, 40]), ("B", [0, 11, 22, 33, 44, 55]))
    assert again == pytest.approx(3 + 7 / 11)


def test_own_officers_against_a_contract_from_their_budgets() -> None:
    """One own officer of $100,000 and $13,000 once; a contracted post for $106,500 a year."""
    prices = {"relief_factor": 1.0, "contracted_year_usd": 106_500.0}
    ranges = {"officer_year_range_usd": (100_000,) * 2, "equipment_range_usd": (13_000,) * 2}
    own = officers(1, officer_year_usd=100_000, equipment_usd=13_000, **ranges, **prices)
    post = StaffLine(role=Role.CONTRACTED, what="city police", posts=1, hours=8)
    contract = Budget(staff=(post,), costs=own.costs)
    assert pay_back(("Own", cumulate(own)), ("Contract", cumulate(contract)))[0] == 2
    assert chance_of_less(own, contract) == 1.0
    assert chance_of_less(contract, own) == 0.0
    half = officers(1, hired_by_month=(0.5,) * 12 + (1.0,))
    assert cumulate(half)[0] == 0.5 * 2 * 60_000
    with pytest.raises(OptionError, match="cannot be compared"):
        chance_of_less(own, Budget(staff=(), costs=own.costs, years=4))
    unknown = Budget(staff=(post,), costs=CostAssumptions())
    assert math.isnan(chance_of_less(own, unknown))


def test_one_more_officer_has_its_price() -> None:
    """5 posts are 5.75, 6 officers, and 6 are 6.9, 7: $150,000. Half a minute less: $300,000."""
    ranked = pd.DataFrame(
        {
            "zone_id": ["A", "B", "C"],
            "change_s": [-30.0, -5.0, NAN],
            "change_low_s": [-60.0, -12.0, NAN],
            "change_high_s": [-20.0, 2.0, NAN],
        }
    )
    priced = price_extra_officers(ranked, officers(5))
    assert priced["extra_usd"].to_list() == [150_000] * 3
    assert priced["per_minute_usd"].to_list()[0] == 300_000
    assert priced.loc[0, ["per_minute_low_usd", "per_minute_high_usd"]].to_list() == [150e3, 450e3]
    assert priced["no_minute"].to_list() == ["", NOT_CLEAR, NO_RESPONSE]
    assert "extra_usd" not in ranked
    with pytest.raises(OptionError, match="without own officers"):
        price_extra_officers(ranked, Budget(staff=(), costs=CostAssumptions()))


# What is published.


def patrolled(
    *, hours: float, overtime: float, metres: float, costs: CostAssumptions, **assumed: Any
) -> Any:
    """An option of thirty patrolled buildings with settings of its own, or the defaults."""
    ids = tuple(f"{k:02d}" for k in range(30))
    staff = StaffLine(
        role=Role.OFFICER,
        what="zones",
        posts=6,
        hours=hours,
        overtime_hours=overtime,
        patrol_m=metres,
    )
    inputs = FigureInputs(
        posts=6, own_officer=0, buildings=30, students=9000, costs=costs, staff=(staff,)
    )
    return SimpleNamespace(
        plan=ZonePlan((Zone(zone_id="Zone 1", building_ids=ids),)),
        schedule=PatrolSchedule(days=(), assumptions=PatrolAssumptions(**assumed)),
        response=None,
        figures={**compute_figures(inputs), "annual_patrol_m": metres * costs.school_days},
        budget=inputs.budget,
        withheld_jointly=frozenset(),
        calls_are_counted=False,
    )


DETAIL = DetailedPrices(pay_steps_usd=(60_000.0, 70_000.0), benefits=0.4, mile_usd=0.31)


@pytest.mark.parametrize("detailed", [None, DETAIL])
def test_a_public_budget_tells_nothing_that_the_cost_of_a_year_does_not(
    detailed: DetailedPrices | None,
) -> None:
    """Other hours and miles with the same published cost of a year: the same budget, to a cent."""
    costs = CostAssumptions(
        detailed=detailed, inflation=(0.01, 0.02, 0.04), hired_by_month=(0, 0.5, 1)
    )
    one = patrolled(hours=50, overtime=2.0, metres=90_000, costs=costs, dwell_s=600)
    other = patrolled(hours=50.002, overtime=2.002, metres=91_000, costs=costs, dwell_s=600)
    for column in ("annual_cost_usd", "annual_cost_low_usd", "annual_cost_high_usd"):
        told = [round_for_public(column, o.figures[column]) for o in (one, other)]
        assert told[0] == told[1]
    assert one.figures["overtime_cost_usd"] != other.figures["overtime_cost_usd"]
    shown, same = public_budget(one), public_budget(other)
    pd.testing.assert_frame_equal(shown, same)
    names = {*shown.index.get_level_values("line")}
    assert MERGED in names
    assert names.isdisjoint({OVERTIME, MILES, "Officers, all in", "Pay of officers"})
    assert shown[["interval_low_usd", "interval_high_usd"]].isna().to_numpy().all()
    year = [f"annual_cost{end}_usd" for end in ("_low", "", "_high")]
    assert amounts_of(shown, TOTAL, STEADY).tolist() == [
        round_for_public(column, one.figures[column]) for column in year
    ]
    # Rounding apart it is the budget: nothing was dropped.
    for period in one.budget.periods:
        published = amounts_of(shown, TOTAL, period)
        assert published == pytest.approx(one.budget.total(period), rel=0.02), period


def test_the_change_of_a_cost_tells_no_overtime_of_own_patrols() -> None:
    """$18,930 and $25,934 of overtime: the change, $7,004, was told as $7,000."""
    costs, told = CostAssumptions(), {}
    for dwell_s in (600, PatrolAssumptions().dwell_s):
        one, other = (
            patrolled(hours=48, overtime=h, metres=90_000, costs=costs, dwell_s=dwell_s)
            for h in (1.37, 1.0)
        )
        told[dwell_s] = public_cost_change(one, other), public_cost_change(other, one)
    assert told[600] == (10_000, -10_000)  # $1,080,000 and $1,070,000 are published
    assert told[PatrolAssumptions().dwell_s] == (7_000, -7_000)


@pytest.mark.parametrize("shift_s", [None, 6 * 3600])
def test_a_post_s_own_shift_is_a_patrol_setting_of_the_district(shift_s: int | None) -> None:
    """When the officer of a school goes home is as secret as the shift of the patrol day."""
    one = patrolled(hours=50, overtime=2.0, metres=90_000, costs=CostAssumptions())
    one.schedule = SimpleNamespace(
        assumptions=one.schedule.assumptions,
        school_day=one.schedule.school_day,
        days=[SimpleNamespace(shift_s=None), SimpleNamespace(shift_s=shift_s)],
    )
    is_merged = (MERGED, STEADY) in public_budget(one).index
    assert is_merged == (shift_s is not None)


def test_with_default_patrols_every_line_is_published() -> None:
    one = patrolled(hours=50, overtime=2.0, metres=90_000, costs=CostAssumptions())
    shown = public_budget(one)
    assert {*shown.index.get_level_values("line")} == {
        *("Officers, all in", OVERTIME, "Vehicles and equipment", TOTAL),
    }
    assert amounts_of(shown, OVERTIME, STEADY)[1] == round_for_public(
        "overtime_cost_usd", one.figures["overtime_cost_usd"]
    )
    assert shown.loc[[(TOTAL, STEADY)], "interval_low_usd"].notna().all()


def rows_of(table: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table.decode())))


def test_the_lines_of_the_files_add_up(compared: StaffingComparison) -> None:
    """In the restricted edition to a dollar for each line, in the public one to its rounding."""
    for view, off in ((restricted_view(compared), 0), (public_view(compared), 0.006)):
        rows = rows_of(budget_table(view))
        for option in compared.outcomes:
            for period in (STEADY, ONCE, "year 1", over_years()):
                mine = [
                    r for r in rows if r["option_id"] == option.option_id and r["period"] == period
                ]
                (total,) = (float(r["likely_usd"]) for r in mine if r["line"] == TOTAL)
                parts = [float(r["likely_usd"]) for r in mine if r["line"] != TOTAL]
                assert total == pytest.approx(sum(parts), rel=off, abs=len(parts) + 1)
        assert ("edition" in rows[0]) == (off == 0)
    withheld = {r["option_id"]: r["withheld"] for r in rows}
    assert withheld["zones-3"] == MERGED_LINES
    assert not withheld["campus"]


def test_the_public_value_is_computed_from_published_figures(compared: StaffingComparison) -> None:
    view = public_view(compared)
    rows = view.value.to_dict("records")
    assert len(rows) == 6
    for row in rows:
        one, other = view.option(row["option_id"]), view.option(row["other_id"])
        assert row["extra_usd"] == one.cost_changes[other.option_id] >= 0
        assert math.isnan(row["per_minute_low_usd"])
        if not row["no_minute"]:
            saved = -one.mean_changes[other.option_id]
            assert row["per_minute_usd"] == round_for_public(
                "annual_cost_usd", 60 * row["extra_usd"] / saved
            )
    exact = rows_of(value_table(restricted_view(compared)))
    assert [(r["option_id"], r["other_id"]) for r in exact] == [
        (r["option_id"], r["other_id"]) for r in rows
    ]
    reasons = {r["no_minute"] for r in rows if r["other_id"] == "none"}
    assert reasons == {NO_RESPONSE}  # what the police say is no simulation on the same calls
    for public, whole in zip(rows, exact, strict=True):
        assert (public["no_minute"] == NO_RESPONSE) == (whole["no_minute"] == NO_RESPONSE)


def test_every_price_that_is_used_has_its_basis() -> None:
    """Each setting of the prices changes the table of assumptions, or is a share that does."""
    plain = assumptions_table(CostAssumptions(), None)
    assert set(plain["basis"]) == {DEFAULT}
    everybody = frozenset(Role)
    known = assumptions_table(CostAssumptions(), None, roles=everybody).set_index("assumption")
    assert known.at["Cost of a Safety Administrator for a year", "basis"] == PUBLISHED
    assert known.at["Cost of a Safety Administrator for a year", "value"] == "$74,514"
    assert known.at["Cost of a monitor for a year", "basis"] == NOT_GIVEN
    changes: dict[str, Any] = {
        "officer_year_usd": 160_000,
        "officer_year_range_usd": (90_000, 190_000),
        "equipment_usd": 61_000,
        "equipment_range_usd": (50_000, 70_000),
        "relief_factor": 1.2,
        "school_days": 180,
        "paid_for": "posts",
        "overtime_premium": 2,
        "paid_hours_per_year": 2000,
        "state_aid_per_campus_usd": 5,
        "administrator_year_usd": 80_000,
        "monitor_year_usd": 50_000,
        "contracted_year_usd": 90_000,
        "inflation": 0.02,
        "hired_by_month": (0.5, 1.0),
        "city_share": 0.5,
        "state_share": 0.5,
        "work_year": WorkYear(leave_days=12),
        "detailed": DETAIL,
    }
    assert list(changes) == [one.name for one in fields_of(CostAssumptions)]
    for name, value in changes.items():
        table = assumptions_table(CostAssumptions(**{name: value}), None, roles=everybody)
        assert GIVEN in set(table["basis"]), name
        assert not table.equals(assumptions_table(CostAssumptions(), None, roles=everybody)), name
    mile = assumptions_table(CostAssumptions(detailed=DETAIL), None).set_index("assumption")
    assert mile.at["Fuel, maintenance and tyres of a mile on patrol", "value"] == "withheld"
    assert not mile["value"].str.contains("0.31").any()


@pytest.mark.parametrize("edition", Edition)
def test_the_public_record_holds_no_price_of_a_mile(
    compared: StaffingComparison, edition: Edition
) -> None:
    priced = dataclasses.replace(compared, costs=CostAssumptions(detailed=DETAIL))
    settings = RunSettings(
        command=("zoning", "compare"),
        inputs=(),
        calls_per_school_day=0.17,
        limits=SolverLimits(),
        patrol=PatrolAssumptions(),
        response=ResponseAssumptions(),
    )
    told = {o.option_id: {"figures": {}} for o in compared.outcomes}
    record = json.loads(
        run_record(
            priced, settings, edition=edition, purpose="comparison", files={}, published=told
        )
    )
    price = record["parameters"]["costs"]["detailed"]["mile_usd"]
    assert price == (LEFT_OUT_OF_RECORD if edition is Edition.PUBLIC else [0.31] * 3)


def test_miles_are_priced_by_hand() -> None:
    """90 km a day on 175 days are 9,787 miles; at $0.31 that is $3,034."""
    one = patrolled(hours=48, overtime=0, metres=90_000, costs=CostAssumptions(detailed=DETAIL))
    miles = 90_000 * 175 / METRES_PER_MILE
    assert miles == pytest.approx(9787, abs=1)
    assert amounts_of(one.budget.lines, MILES, STEADY)[1] == pytest.approx(0.31 * miles)
    assert amounts_of(one.budget.lines, AID, STEADY).tolist() == [0.0] * len(ENDS)
