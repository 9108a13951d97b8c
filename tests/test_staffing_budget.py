"""Budgets by hand: every line, year and price from small tables."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import triang

from zoning.errors import FaultsError, OptionError
from zoning.patrol import PatrolAssumptions
from zoning.settings import fields_of, read_settings
from zoning.staffing.budget import (
    AID,
    CITY,
    DISTRICT,
    ENDS,
    LEVEL,
    MILES,
    ONCE,
    OVERTIME,
    STATE,
    STEADY,
    TOTAL,
    Budget,
    compare_budgets,
    draw_prices,
    period_of,
    staff_of_posts,
)
from zoning.staffing.costs import (
    CostAssumptions,
    DetailedPrices,
    OutsideResponse,
    WorkYear,
    observe_relief,
)
from zoning.staffing.staff import Role, StaffLine
from zoning.units import METRES_PER_MILE

FIVE = "5 years"


def line(role: Role, posts: int, **more: Any) -> StaffLine:
    return StaffLine(role=role, what="made up", posts=posts, **{"hours": 8.0 * posts, **more})


def budget(*staff: StaffLine, **costs: Any) -> Budget:
    return Budget(staff=staff, costs=CostAssumptions(**costs))


def likely(of: Budget, name: str, period: str) -> float:
    return float(of.lines["likely_usd"][name, period])


def years(of: Budget, name: str) -> list[float]:
    return [likely(of, name, period_of(year)) for year in range(1, 6)]


# The simple price.


def test_the_hours_that_the_comparison_once_charged_wrongly() -> None:
    """Thirty days of 8.87 h were 35 employees without overtime; short posts whole employees.

    266.1 h, of which 240 within shifts: 1.15 x 240 / 8 = 34.5, 35 officers, and 26.1 h of
    overtime on 175 days at 1.5 x 150,000 / 2,080: $494,081 more than 35 x 150,000. Charged as
    further officers instead, 1.15 x 266.1 / 8 = 38.3 are 39: $600,000 more.
    """
    long = budget(line(Role.OFFICER, 30, hours=266.1, overtime_hours=26.1))
    assert likely(long, "Officers, all in", STEADY) == 35 * 150_000
    assert likely(long, OVERTIME, STEADY) == pytest.approx(26.1 * 175 * 1.5 * 150_000 / 2080)
    assert long.total(STEADY)[1] == pytest.approx(5_744_081, abs=1)
    # 48 posts of 6.7 h are 321.6 h: 1.15 x 321.6 / 8 = 46.2, 47 officers. As 48 full shifts they
    # were 1.15 x 48 = 55.2, 56: $1.35 M too much.
    short = budget(line(Role.OFFICER, 48, hours=48 * 6.7))
    as_posts = budget(line(Role.OFFICER, 48, hours=48 * 6.7), paid_for="posts")
    assert short.total(STEADY)[1] == 47 * 150_000
    assert as_posts.total(STEADY)[1] - short.total(STEADY)[1] == 9 * 150_000
    # Vehicles follow people, not hours.
    assert short.total(ONCE)[1] == as_posts.total(ONCE)[1] == 56 * 60_000


def test_five_years_are_the_start_and_five_equal_years() -> None:
    of = budget(line(Role.OFFICER, 5))
    assert of.total(STEADY) == (6 * 85_000, 6 * 150_000, 6 * 200_000)
    assert of.total(ONCE) == (6 * 45_000, 6 * 60_000, 6 * 75_000)
    for k in range(3):
        assert of.total(FIVE)[k] == of.total(ONCE)[k] + 5 * of.total(STEADY)[k]
    assert of.total("year 1")[1] == 6 * 210_000
    assert of.total("year 2")[1] == 6 * 150_000
    assert Budget(staff=(), costs=CostAssumptions()).total(FIVE) == (0, 0, 0)


def test_lines_of_several_kinds_of_posts_are_rounded_together() -> None:
    """3 and 2 posts are 1.15 x 5 = 5.75, 6 officers; each alone 4 and 3."""
    of = budget(line(Role.OFFICER, 3), line(Role.OFFICER, 2))
    assert of.total(STEADY)[1] == 6 * 150_000


def test_hiring_by_month_and_inflation_by_hand() -> None:
    """None, half from the fourth month on and all from the seventh: (3 x 0.5 + 6 x 1) / 12."""
    ramp = (0, 0, 0, 0.5, 0.5, 0.5, 1)
    of = budget(line(Role.OFFICER, 5), hired_by_month=ramp, inflation=0.02)
    assert years(of, "Officers, all in") == pytest.approx(
        [900_000 * share * 1.02**k for k, share in enumerate((0.625, 1, 1, 1, 1))]
    )
    assert years(of, "Vehicles and equipment") == [360_000, 0, 0, 0, 0]
    # Over two years: a half in the first, the rest in the third month of the second.
    slow = budget(line(Role.OFFICER, 5), hired_by_month=(*[0.5] * 14, 1), inflation=(0, 0.1, 0.2))
    assert years(slow, "Officers, all in")[:2] == pytest.approx(
        [450_000, 900_000 * 1.1 * (2 * 0.5 + 10) / 12]
    )
    assert years(slow, "Vehicles and equipment") == pytest.approx([180_000, 198_000, 0, 0, 0])
    assert slow.total("year 3")[2] == pytest.approx(6 * 200_000 * 1.2**2)
    # A year and the start are at today's prices, when everybody is hired.
    assert slow.total(STEADY)[1] == 900_000
    assert slow.total(ONCE)[1] == 360_000


def test_other_people_have_prices_of_their_own() -> None:
    """66 administrators at $74,514 are $4.9 M, and nobody stands in for them."""
    assert budget(line(Role.ADMINISTRATOR, 66)).total(STEADY) == (66 * 74_514,) * 3
    prices = {"monitor_year_usd": (40_000, 50_000, 60_000), "contracted_year_usd": 120_000}
    of = budget(
        line(Role.MONITOR, 10), line(Role.CONTRACTED, 3, hours=30, overtime_hours=6), **prices
    )
    # Ten monitors are 11.5, 12; a contract is paid by the post, whatever its hours.
    assert likely(of, "Monitors", STEADY) == 12 * 50_000
    assert likely(of, "Contracted officers", STEADY) == 3 * 120_000
    assert of.total(STEADY) == (840_000, 960_000, 1_080_000)
    assert of.total(ONCE) == (0, 0, 0)
    over = budget(line(Role.MONITOR, 1, hours=9, overtime_hours=1), monitor_year_usd=41_600)
    assert over.total(STEADY)[1] == pytest.approx(2 * 41_600 + 175 * 1.5 * 20)


@pytest.mark.parametrize("role", [Role.MONITOR, Role.CONTRACTED])
def test_without_a_price_there_is_no_cost_and_the_reason(role: Role) -> None:
    of = budget(line(Role.OFFICER, 5), line(role, 2))
    assert all(math.isnan(value) for value in (*of.total(STEADY), *of.total(FIVE)))
    assert of.total(ONCE)[1] == 360_000  # nothing is bought for the others
    assert likely(of, "Officers, all in", STEADY) == 900_000
    (told,) = of.missing
    assert str(role) in told
    assert "[costs]" in told
    assert of.intervals().loc[[STEADY, FIVE]].isna().to_numpy().all()


def test_aid_and_who_pays_by_hand() -> None:
    """5 posts, 3 of them at campuses of their own: 900,000 a year, less 60,000 of aid.

    The city pays a quarter and the state a tenth of 900,000; the state also pays the aid.
    """
    costs = {"city_share": 0.25, "state_share": 0.1, "state_aid_per_campus_usd": 20_000}
    of = budget(line(Role.OFFICER, 5, campuses=3), line(Role.ADMINISTRATOR, 0, campuses=4), **costs)
    assert of.total(STEADY)[1] == 840_000
    table = of.table()["likely_usd"]
    assert table[CITY, STEADY] == 225_000
    assert table[STATE, STEADY] == 90_000 + 60_000
    assert table[DISTRICT, STEADY] == 525_000
    assert table[DISTRICT, ONCE] == pytest.approx(0.65 * 360_000)
    for period in of.periods:
        paid = sum(table[payer, period] for payer in (DISTRICT, CITY, STATE))
        assert paid == pytest.approx(table[TOTAL, period] + (-table[AID, period]))
    assert DISTRICT not in budget(line(Role.OFFICER, 5)).table().index.get_level_values("line")


# Detailed prices.

STEPS = (50_000.0, 60_000.0, 70_000.0)
DETAIL = DetailedPrices(
    pay_steps_usd=STEPS,
    benefits=0.4,
    vehicle_usd=(40_000, 50_000, 70_000),
    vehicle_life_years=3,
    mile_usd=0.5,
    gear_usd=4_000,
    gear_life_years=2,
    training_hours=40,
    training_usd=500,
    recruiting_usd=10_000,
    attrition=0.0,
)
PATROL = line(Role.OFFICER, 8, hours=66.0, overtime_hours=2.0, patrol_m=100 * METRES_PER_MILE)
"""8 posts: 9.2, 10 officers; 64 h within shifts: 9.2, 10 paid."""


def detailed(
    staff: StaffLine = PATROL, *, costs: Mapping[str, Any] | None = None, **own: Any
) -> Budget:
    return budget(staff, **(costs or {}), detailed=dataclasses.replace(DETAIL, **own))


def test_every_detailed_line_by_hand() -> None:
    of = detailed()
    pay = [500_000.0, 600_000.0, 700_000.0, 700_000.0, 700_000.0]  # nobody leaves
    assert years(of, "Pay of officers") == pay
    assert years(of, "Benefits of officers") == pytest.approx([0.4 * each for each in pay])
    overtime_h = 2 * 175 * 1.5
    assert years(of, OVERTIME) == pytest.approx([overtime_h * p / 10 / 2080 for p in pay])
    assert years(of, "Training") == pytest.approx([10 * 500 + 40 * p / 2080 for p in pay])
    assert years(of, MILES) == pytest.approx([100 * 175 * 0.5] * 5)
    assert years(of, "Vehicles") == [500_000, 0, 0, 500_000, 0]
    assert years(of, "Equipment") == [40_000, 0, 40_000, 0, 40_000]
    assert years(of, "Recruiting") == [100_000, 0, 0, 0, 0]
    steady = {
        "Pay of officers": 700_000,
        "Benefits of officers": 280_000,
        OVERTIME: overtime_h * 70_000 / 2080,
        "Training": 10 * (500 + 40 * 70_000 / 2080),
        "Vehicles": 500_000 / 3,
        MILES: 8_750,
        "Equipment": 20_000,
        "Recruiting": 0,
    }
    for name, dollars in steady.items():
        assert likely(of, name, STEADY) == pytest.approx(dollars), name
    assert of.total(STEADY)[1] == pytest.approx(sum(steady.values()))
    assert of.total(ONCE) == (540_000, 640_000, 840_000)
    assert set(of.lines.index.get_level_values("line")) == set(steady)
    assert "Officers, all in" not in of.lines.index.get_level_values("line")


def test_attrition_by_hand() -> None:
    """A fifth of ten officers leave each year.

    In year 2, 2 are new and 8 in their second year; in year 3, 2 new, 1.6 and 6.4.
    """
    of = detailed(attrition=0.2)
    in_year_4 = (2 * 50 + 1.6 * 60 + (10 - 3.6) * 70) * 1000
    assert years(of, "Pay of officers")[:4] == pytest.approx(
        [500_000, 2 * 50_000 + 8 * 60_000, (2 * 50 + 1.6 * 60 + 6.4 * 70) * 1000, in_year_4]
    )
    assert years(of, "Recruiting") == pytest.approx([100_000, 20_000, 20_000, 20_000, 20_000])
    # Equipment is bought for the new, and for those in their third year; in year 5 also the fifth.
    assert years(of, "Equipment")[:3] == pytest.approx([40_000, 8_000, 4000 * (2 + 6.4)])
    # In the long run the shares of the steps are 0.2, 0.16 and 0.64.
    assert likely(of, "Pay of officers", STEADY) == pytest.approx(10_000 * (10 + 9.6 + 44.8))
    assert likely(of, "Recruiting", STEADY) == pytest.approx(20_000)


def test_attrition_widens_a_range_whichever_way_it_costs() -> None:
    """Who leaves saves pay and is recruited again: the range never runs from more to less."""
    plain = {"vehicle_usd": None, "mile_usd": None, "gear_usd": None, "training_usd": None}
    # Ten officers on 50,000 and then 100,000: pay is 1,000,000 - 500,000 times the attrition.
    steps = {"pay_steps_usd": (50_000.0, 100_000.0), "benefits": 0.0, "training_hours": 0.0}
    posts = line(Role.OFFICER, 8)
    for recruiting, year in (
        (None, (700_000, 950_000, 1_000_000)),
        (100_000.0, (1_000_000, 1_050_000, 1_300_000)),  # and 1,000,000 times it to recruit
    ):
        of = detailed(posts, **plain, **steps, recruiting_usd=recruiting, attrition=(0.0, 0.1, 0.6))
        assert of.total(STEADY) == pytest.approx(year)
        low, middle, high = of.total(FIVE)
        assert low < middle < high
        each = [of.total(period_of(y)) for y in range(1, 6)]
        assert np.sum(each, axis=0) == pytest.approx((low, middle, high))


@pytest.mark.parametrize("leave", [0.07, 0.5, 1.0])
def test_the_steady_year_is_where_the_years_lead(leave: float) -> None:
    """After many years of the same attrition, the mean over a whole life is the steady year."""
    own = dataclasses.replace(DETAIL, attrition=leave, gear_life_years=3)
    costs = CostAssumptions(detailed=own)
    of = Budget(staff=(PATROL,), costs=costs, years=30)
    late = [f"year {year}" for year in range(25, 31)]
    for name in ("Pay of officers", "Benefits of officers", "Equipment", "Recruiting", "Vehicles"):
        mean = np.mean([likely(of, name, period) for period in late])
        assert mean == pytest.approx(likely(of, name, STEADY), rel=0.02), name


def test_hiring_in_the_year_pays_a_part_of_it() -> None:
    ramp = {"hired_by_month": (*[0.0] * 6, *[0.5] * 6, 1.0)}
    of = detailed(costs=ramp)
    # Year 1: 5 officers for half a year; year 2: 5 at the second step and 5 new ones.
    assert years(of, "Pay of officers")[:3] == pytest.approx([125_000, 550_000, 650_000])
    assert years(of, "Recruiting")[:3] == pytest.approx([50_000, 50_000, 0])
    assert years(of, "Vehicles") == pytest.approx([250_000, 250_000, 0, 250_000, 250_000])
    assert years(of, MILES)[:2] == pytest.approx([8_750 / 4, 8_750])


def test_vehicles_may_be_shared() -> None:
    assert likely(detailed(vehicles_for="posts"), "Vehicles", ONCE) == 8 * 50_000


def test_what_has_no_price_is_named() -> None:
    of = budget(PATROL, detailed=DetailedPrices(pay_steps_usd=STEPS, benefits=0.3))
    (told,) = of.notices
    for what in ("vehicles", "miles", "equipment", "recruiting", "training"):
        assert what in told
    assert not of.missing
    assert not detailed().notices
    unknown = detailed(dataclasses.replace(PATROL, patrol_m=math.nan))
    assert math.isnan(unknown.total(STEADY)[1])
    assert "miles" in unknown.missing[0]


# A change of one price moves only what it should.

EVERYBODY = (
    dataclasses.replace(PATROL, campuses=2),
    line(Role.MONITOR, 4, hours=33, overtime_hours=1),
    line(Role.CONTRACTED, 2),
    line(Role.ADMINISTRATOR, 3),
)
KNOWN = {"monitor_year_usd": (40e3, 45e3, 50e3), "contracted_year_usd": (90e3, 95e3, 99e3)}
OWN = {"Officers, all in", OVERTIME}
DETAILED_PAY = {"Pay of officers", "Benefits of officers", OVERTIME, "Training"}
PEOPLE = {"Officers, all in", "Monitors", "Vehicles and equipment"}
EVERY_SIMPLE = {*OWN, *PEOPLE, "Contracted officers", "Safety Administrators"}
MOVES: dict[str, tuple[Any, set[str]]] = {
    "officer_year_usd": (160_000, OWN),
    "officer_year_range_usd": ((80_000, 210_000), OWN),
    "equipment_usd": (61_000, {"Vehicles and equipment"}),
    "equipment_range_usd": ((1_000, 75_000), {"Vehicles and equipment"}),
    "relief_factor": (1.5, PEOPLE),
    "school_days": (180, {OVERTIME, "Monitors"}),
    "paid_for": ("posts", set()),  # these officers work full shifts
    "overtime_premium": (2.0, {OVERTIME, "Monitors"}),
    "paid_hours_per_year": (2000, {OVERTIME, "Monitors"}),
    "state_aid_per_campus_usd": (10_000, {AID}),
    "administrator_year_usd": (80_000, {"Safety Administrators"}),
    "monitor_year_usd": (41_000, {"Monitors"}),
    "contracted_year_usd": (91_000, {"Contracted officers"}),
    "inflation": (0.03, EVERY_SIMPLE - {"Vehicles and equipment"}),  # bought in the first year
    "hired_by_month": ((0.5, 1.0), EVERY_SIMPLE - {"Vehicles and equipment"}),
    "city_share": (0.5, set()),
    "state_share": (0.5, set()),
    "work_year": (WorkYear(leave_days=50), PEOPLE),
    "detailed": (DETAIL, set()),  # tested below
}
DETAIL_MOVES: dict[str, tuple[Any, set[str]]] = {
    "pay_steps_usd": ((51_000.0, 61_000.0), DETAILED_PAY),
    "benefits": (0.5, {"Benefits of officers"}),
    "pay_level": ((0.9, 1.0, 1.1), DETAILED_PAY),
    "vehicle_usd": (45_000, {"Vehicles"}),
    "vehicle_life_years": (4, {"Vehicles"}),
    "vehicles_for": ("posts", {"Vehicles"}),
    "mile_usd": (0.6, {MILES}),
    "gear_usd": (4_500, {"Equipment"}),
    "gear_life_years": (3, {"Equipment"}),
    "training_hours": (50, {"Training"}),
    "training_usd": (600, {"Training"}),
    "recruiting_usd": (12_000, {"Recruiting"}),
    "attrition": (0.1, {*DETAILED_PAY, "Equipment", "Recruiting"}),
}


def moved(before: Budget, after: Budget) -> set[str]:
    """The lines of which some amount differs."""
    one, other = before.lines, after.lines
    names = {*one.index.get_level_values("line"), *other.index.get_level_values("line")}
    both = one.index.union(other.index)
    differ = ((one.reindex(both).fillna(0.0) - other.reindex(both).fillna(0.0)).abs() > 1e-6).any(
        axis=1
    )
    return {name for name in names if differ.xs(name, level="line").any()}


@pytest.mark.parametrize("name", [one.name for one in fields_of(CostAssumptions)])
def test_one_price_moves_only_its_own_lines(name: str) -> None:
    value, lines = MOVES[name]
    before = budget(*EVERYBODY, **KNOWN)
    after = budget(*EVERYBODY, **{**KNOWN, name: value})
    if name != "detailed":
        assert moved(before, after) == lines
    else:
        assert "Officers, all in" not in after.lines.index.get_level_values("line")
        assert moved(before, after).isdisjoint({"Monitors", "Contracted officers"})


@pytest.mark.parametrize("name", [one.name for one in fields_of(DetailedPrices)])
def test_one_detailed_price_moves_only_its_own_lines(name: str) -> None:
    value, lines = DETAIL_MOVES[name]
    assert (
        moved(
            budget(*EVERYBODY, **KNOWN, detailed=DETAIL),
            budget(*EVERYBODY, **KNOWN, detailed=dataclasses.replace(DETAIL, **{name: value})),
        )
        == lines
    )


def test_the_all_in_price_and_the_equipment_are_replaced_by_the_detailed_ones() -> None:
    costs = {"officer_year_usd": 1.0, "officer_year_range_usd": (1.0, 1.0)}
    equipment = {"equipment_usd": 1.0, "equipment_range_usd": (1.0, 1.0)}
    assert not moved(detailed(), detailed(costs={**costs, **equipment}))


# Uncertainty.


def test_prices_are_drawn_from_triangular_distributions() -> None:
    """Quantiles of the draws against those of scipy's distribution."""
    low, mode, high = 85_000, 150_000, 200_000
    drawn = draw_prices(CostAssumptions(), draws=200_000, seed=3)["officer_year_usd"]
    width = high - low
    known = triang(c=(mode - low) / width, loc=low, scale=width)
    at = [0.01, 0.05, 0.3, 0.5, 0.7, 0.95, 0.99]
    assert np.quantile(drawn, at) == pytest.approx(known.ppf(at), rel=0.003)


def test_intervals_are_reproducible_narrower_than_the_range_and_independent() -> None:
    of = budget(*EVERYBODY, **KNOWN)
    first = of.intervals(draws=4000)
    pd.testing.assert_frame_equal(first, of.intervals(draws=4000))
    assert not first.equals(of.intervals(draws=4000, seed=1))
    low, _, high = of.total(FIVE)
    assert low < first.at[FIVE, "low_usd"] < first.at[FIVE, "median_usd"]
    assert first.at[FIVE, "high_usd"] < high
    # One price alone: the interval of the total is that of its price.
    alone = budget(line(Role.OFFICER, 5)).intervals()
    known = triang(c=65 / 115, loc=85_000, scale=115_000)
    ends = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    assert alone.loc[STEADY, ["low_usd", "high_usd"]].to_list() == pytest.approx(
        6 * known.ppf(ends), rel=0.01
    )


def test_a_difference_of_budgets_has_the_same_draws() -> None:
    """Two options that differ by one administrator differ by her price, for certain."""
    one, other = budget(*EVERYBODY, **KNOWN), budget(*EVERYBODY[:-1], **KNOWN)
    differ = compare_budgets(one, other, draws=100).loc[STEADY]
    assert differ.to_list() == pytest.approx([3 * 74_514] * 3)


def test_the_total_of_the_table_has_the_interval() -> None:
    table = budget(line(Role.OFFICER, 5)).table()
    assert table.loc[(TOTAL, STEADY), "interval_low_usd"] > 6 * 85_000
    assert math.isnan(table.loc[("Officers, all in", STEADY), "interval_low_usd"])
    assert list(table.columns[:3]) == list(ENDS)


# Relief.


def test_relief_factors_by_hand() -> None:
    """Ten days of leave: 175 / 165 = 1.06. With 100 h of training 1400 / 1220 = 1.15."""
    assert WorkYear().relief_factor(175) == pytest.approx(175 / 165)
    trained = WorkYear(training_hours=100)
    assert trained.relief_factor(175) == pytest.approx(1400 / 1220)
    assert round(trained.relief_factor(175), 2) == CostAssumptions().relief_factor == 1.15
    away = WorkYear(leave_days=5, sick_days=4, holidays=3, training_hours=16)
    assert away.hours_given(175) == 163 * 8 - 16
    assert CostAssumptions(work_year=away).relief == pytest.approx(1400 / (163 * 8 - 16))
    assert CostAssumptions(work_year=WorkYear()).officers(100) == 107


def test_relief_is_observed_with_its_interval() -> None:
    """Hours given: 1320 - 100, 1320 - 100 + 16 and - 16; t of 2 degrees of freedom is 4.3027."""
    table = pd.DataFrame(
        {"leave_days": [10, 8, 8], "sick_days": [0, 0, 4], "training_hours": [100.0] * 3}
    )
    found = observe_relief(table)
    assert found.officers == 3
    assert found.work_year.sick_days == pytest.approx(4 / 3)
    assert found.relief_factor == pytest.approx(1400 / 1220)
    half = 4.302653 * 16 / math.sqrt(3)
    assert [found.low, found.high] == pytest.approx([1400 / (1220 + half), 1400 / (1220 - half)])
    assert math.isnan(observe_relief(table[:1]).low)


def test_every_bad_absence_is_named_with_its_row() -> None:
    table = pd.DataFrame(
        {"leave_days": [10, -1, "x"], "training_hours": [math.nan, 1, 2]}, index=["A", "B", "C"]
    )
    with pytest.raises(OptionError) as caught:
        observe_relief(table)
    told = "\n".join(caught.value.faults)
    assert len(caught.value.faults) == 3
    for part in ("row A: training_hours", "row B: leave_days '-1'", "row C: leave_days 'x'"):
        assert part in told
    with pytest.raises(OptionError, match="no officer"):
        observe_relief(table[:0])
    with pytest.raises(OptionError, match="no column"):
        observe_relief(pd.DataFrame({"days": [1]}))
    with pytest.raises(OptionError, match="no hours"):
        observe_relief(pd.DataFrame({"leave_days": [175]}))


# Bad input.


def test_every_bad_price_is_named_at_once() -> None:
    with pytest.raises(OptionError) as caught:
        CostAssumptions(
            administrator_year_usd=(3, 2, 1),
            monitor_year_usd=-1,
            inflation=(0, 0, 0.6),
            hired_by_month=(0.5, 0.4),
            city_share=0.7,
            state_share=0.5,
            relief_factor=1.2,
            work_year=WorkYear(),
        )
    told = "\n".join(caught.value.faults)
    names = ("administrator_year", "monitor_year", "inflation", "hired_by_month", "together")
    for name in (*names, "give one of the two"):
        assert name in told
    with pytest.raises(OptionError) as caught:
        DetailedPrices(
            pay_steps_usd=(),
            benefits=-0.1,
            attrition=1.5,
            gear_life_years=0,
            training_hours=-1,
            vehicles_for="all",
        )
    assert len(caught.value.faults) == 6
    with pytest.raises(OptionError, match="work_year leaves no hours"):
        CostAssumptions(work_year=WorkYear(leave_days=175))
    with pytest.raises(OptionError, match="leave_days"):
        WorkYear(leave_days=-1, hours_a_day=0)
    with pytest.raises(OptionError, match="years: give"):
        Budget(staff=(), costs=CostAssumptions(), shift_s=0, years=0)


def test_a_price_of_a_study_is_a_number_or_three() -> None:
    table = {
        "inflation_percent": [1, 2, "3 %"],
        "administrator_year_usd": "$80,000",
        "work_year": {"leave_days": 8},
        "detailed": {"pay_steps_usd": [50_000], "benefits_percent": 35},
    }
    read, faults = read_settings(CostAssumptions, table)
    assert not faults
    assert read == CostAssumptions(
        inflation=(0.01, 0.02, 0.03),
        administrator_year_usd=80_000.0,  # type: ignore[arg-type]
        work_year=WorkYear(leave_days=8),
        detailed=DetailedPrices(pay_steps_usd=(50_000.0,), benefits=0.35),  # type: ignore[arg-type]
    )
    wrong = {"inflation_percent": [1, 2], "administrator_year_usd": [1, "x", -1], "detailed": {}}
    read, faults = read_settings(CostAssumptions, wrong)
    told = {".".join(map(str, fault.where)): fault.what for fault in faults}
    assert "neither a number nor three" in told["inflation_percent"]
    assert told["detailed.pay_steps_usd"] == "it is missing"
    bad = [fault.what for fault in faults if fault.where == ("administrator_year_usd",)]
    assert len(bad) == 2


def test_posts_without_a_timetable_are_full_shifts() -> None:
    (made,) = staff_of_posts(5, shift_s=7 * 3600)
    assert made.hours == 35
    assert staff_of_posts(0) == ()
    of = Budget(staff=(made,), costs=CostAssumptions(), shift_s=7 * 3600)
    assert of.total(STEADY)[1] == 900_000
    assert PatrolAssumptions().shift_s == 8 * 3600


def test_a_price_of_another_type_is_told_in_a_sentence() -> None:
    with pytest.raises(FaultsError, match="city_share is a str") as error:
        CostAssumptions(city_share="a tenth", officer_year_usd=None)  # type: ignore[arg-type]
    assert "officer_year_usd is a NoneType" in str(error.value)
    with pytest.raises(FaultsError, match="sick_days is a str"):
        WorkYear(sick_days="3")  # type: ignore[arg-type]
    with pytest.raises(FaultsError, match="mean_s is a str"):
        OutsideResponse(mean_s="8 min")  # type: ignore[arg-type]
