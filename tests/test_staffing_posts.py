"""Options made of posts: who is where, who answers calls, what they cost, what cannot be."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from helpers.town_files import write_schools

from zoning.cli.comparison_table import show_comparison
from zoning.cli.screen import Screen
from zoning.demand import CallRates, call_rates
from zoning.disclosure import public_view
from zoning.district import District, load_district
from zoning.editions import Edition
from zoning.errors import OptionError, ScheduleError
from zoning.patrol import OfficerDay, PatrolAssumptions, PresenceKind, Standby, plan_patrols
from zoning.patrol.standby import stand_by
from zoning.response import ResponseAssumptions, estimate_response
from zoning.response.busy_officers import estimate_busy_officers
from zoning.response.call_sample import mean_drive_factor
from zoning.roads import straight_line_times
from zoning.schools import buildings, read_schools
from zoning.schools.buildings import HIGH_LEVELS
from zoning.staffing import (
    PRESETS,
    SAFETY_ADMINISTRATORS,
    CostAssumptions,
    NoDistrictOfficers,
    OnePerCampus,
    OptionOutcome,
    OutsideResponse,
    PatrolZones,
    PostKind,
    Posts,
    Role,
    StaffMix,
    compare_staffing,
    preset_options,
    presets_table,
)
from zoning.staffing.people import describe_prices
from zoning.staffing.precision import patrolled_ids
from zoning.staffing.presets import preset_posts, preset_sizes
from zoning.zones import Zone, ZoneKind, ZonePlan
from zoning.zones.review.comparison import plan_moves

MIDDLE = frozenset({"middle"})
QUICK = ResponseAssumptions(precision_s=60.0, max_days=200)
AT_HIGH = Posts(kind=PostKind.FIXED, levels=HIGH_LEVELS)
ZONES = Posts(kind=PostKind.ZONES)
FLOATS = Posts(kind=PostKind.FLOAT, number=2)
SMALL = PatrolZones(zones=None, min_size=1, max_size=7)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> District:
    """Two high, two middle and six elementary schools."""
    path = write_schools(tmp_path_factory.mktemp("town") / "town.csv")
    return District(name="Town", schools=read_schools(path))


def outcome(town: District, option: Any, **more: Any) -> OptionOutcome:
    (found,) = compare_staffing(town, [option], response=QUICK, **more).outcomes
    return found


@pytest.fixture(scope="module")
def austin(town: District) -> OptionOutcome:
    at_middle = Posts(kind=PostKind.FIXED, levels=MIDDLE)
    mix = StaffMix(posts=(replace(AT_HIGH, each=2), at_middle, ZONES), zones=SMALL, name="Austin")
    return outcome(town, mix)


@pytest.fixture(scope="module")
def floating(town: District) -> OptionOutcome:
    return outcome(town, StaffMix(posts=(AT_HIGH, FLOATS)))


# Rows.


@pytest.mark.parametrize(
    ("row", "faults"),
    [
        (
            {"kind": "fixd", "who": "guard"},
            ["kind is 'fixd', not one of zones", "who is 'guard', not one of officer"],
        ),
        (
            {"kind": "fixed", "number": 3, "base": "H1", "each": 0},
            [
                "base has no effect on posts that are fixed",
                "number has no effect on posts that are fixed",
                "levels or schools: give one of them",
                "each is 0",
            ],
        ),
        ({"kind": "fixed", "levels": {"high"}, "schools": ["H1"]}, ["give one of them"]),
        ({"kind": "fixed", "levels": {"hihg"}}, ["levels has hihg; there are high"]),
        ({"kind": "float"}, ["number of floats: give one"]),
        ({"kind": "float", "number": 0}, ["number of floats: give one"]),
        ({"kind": "zones", "who": "monitor"}, ["only armed officers have zones"]),
        (
            {"kind": "float", "number": 1, "who": "administrator", "base": "H1"},
            ["base is for officers who answer calls"],
        ),
        ({"kind": "per_campus", "shift_s": 0}, ["shift_s is 0"]),
    ],
)
def test_a_row_says_every_fault(row: dict[str, Any], faults: list[str]) -> None:
    with pytest.raises(OptionError) as error:
        Posts(**row)
    for fault in faults:
        assert fault in str(error.value)
    assert len(error.value.faults) == len(faults)


def test_rows_must_not_contradict_each_other() -> None:
    with pytest.raises(OptionError) as error:
        StaffMix(posts=(ZONES, Posts(kind=PostKind.ON_CALL), AT_HIGH, AT_HIGH))
    assert [fault[:6] for fault in error.value.faults] == ["row 2:", "row 4:"]
    with pytest.raises(OptionError, match="no posts"):
        StaffMix()
    with pytest.raises(OptionError, match="floats, or not armed"):
        StaffMix(base=OnePerCampus(), posts=(AT_HIGH,))


def test_what_does_not_fit_the_district_is_said_at_once(town: District) -> None:
    mix = StaffMix(
        posts=(
            replace(AT_HIGH, each=2),
            Posts(kind=PostKind.FIXED, schools=("North High", "Nowhere")),
            Posts(kind=PostKind.FIXED, levels=frozenset({"combined"})),
            Posts(kind=PostKind.ZONES, number=9),
        )
    )
    told = [(fault.row, fault.key, fault.what) for fault in mix.check(town.schools)]
    assert [(row, key) for row, key, _ in told] == [
        (1, "schools"),
        (2, "levels"),
        (1, "schools"),
        (3, "number"),
    ]
    assert "Nowhere" in told[0][2]
    assert "there are high, middle and elementary ones" in told[1][2]
    assert "rows 1 and 2 both have posts at North High" in told[2][2]
    assert "9 zones for 8 schools" in told[3][2]
    with pytest.raises(OptionError) as error:
        outcome(town, mix)
    assert len(error.value.faults) == 4


def test_zones_need_a_school_that_is_left(town: District) -> None:
    mix = StaffMix(posts=(Posts(kind=PostKind.PER_CAMPUS), ZONES))
    (fault,) = mix.check(town.schools)
    assert "leave the row out" in fault.what


def test_ids_and_words_follow_from_the_rows() -> None:
    mix = StaffMix(
        posts=(
            replace(AT_HIGH, each=2),
            replace(FLOATS, who=Role.CONTRACTED),
            SAFETY_ADMINISTRATORS,
            Posts(kind=PostKind.FLOAT, number=1, who=Role.MONITOR),
        )
    )
    assert mix.option_id == "posts-2high-2float-contracted-administrators-1float-monitors"
    assert mix.description == (
        "2 officers stay at every high school; 2 contracted officers of no zone answer calls from "
        "any school; one Safety Administrator stays at every high and middle school; 1 security "
        "monitor of no zone goes round all schools."
    )
    assert replace(mix, name="My mix").option_id == "my-mix"
    on_call = StaffMix(posts=(Posts(kind=PostKind.ON_CALL, number=(2, 3)),))
    assert on_call.option_id == "posts-2to3on-call"
    assert "each zone and goes in" in on_call.description
    both = StaffMix(base=PatrolZones(zones=3), posts=(SAFETY_ADMINISTRATORS,))
    assert (both.option_id, both.label) == (
        "zones-3-administrators",
        "3 patrol zones, with Safety Administrators",
    )


# Several officers at one school.


def test_officers_at_one_school_take_their_breaks_in_turn(austin: OptionOutcome) -> None:
    assert austin.schedule is not None
    assert austin.plan is not None
    posts = {z.building_ids[0]: z for z in austin.plan.zones if z.kind is ZoneKind.DEDICATED}
    assert {b: z.officers for b, z in posts.items()} == {"H1": 2, "H2": 2, "M1": 1, "M2": 1}
    first, second = austin.schedule.days_of(posts["H1"].zone_id)
    assert second.officer_id == f"{first.officer_id} (officer 2)"
    (mine,), (its,) = first.breaks, second.breaks
    assert its[1] == mine[0]  # the first officer's is at the latest
    assert its[1] - its[0] == mine[1] - mine[0]
    assert (first.start_s, first.end_s) == (second.start_s, second.end_s)
    met = {kind for visit in second.visits for kind in visit.present_for}
    assert {PresenceKind.ARRIVAL, PresenceKind.DISMISSAL} <= met


def test_posts_and_campuses_are_counted(austin: OptionOutcome) -> None:
    figures = austin.figures
    zones = len(austin.plan.patrol_zones) if austin.plan is not None else 0
    assert figures["posts"] == 4 + 2 + zones
    assert figures["campuses_with_own_officer"] == 4
    assert austin.budget is not None
    assert [(one.what, one.posts, one.campuses) for one in austin.budget.staff] == [
        ("fixed at high schools", 4, 2),
        ("fixed at middle schools", 2, 2),
        ("patrol zones", zones, 0),
    ]
    assert austin.schedule is not None
    told = sum(one.hours for one in austin.budget.staff)
    assert told == pytest.approx(austin.schedule.officer_hours)
    assert "In numbers: 4 officers fixed at high schools (2);" in austin.description


@pytest.mark.parametrize(("officers", "lost"), [(1, 1 / 2), (2, 1 / 5), (3, 1 / 16)])
def test_calls_find_nobody_free_as_often_as_erlang_says(
    town: District, officers: int, lost: float
) -> None:
    """Erlang (1917): of a load of 1, n officers lose a^n/n! over the sum of a^k/k!.

    Calls at one school take half an hour on average, two an hour come. The day begins with all
    officers free, so that a little less is lost.
    """
    schools = town.schools.loc[["H1"]]
    times = straight_line_times(schools)
    zone = Zone(zone_id="Post 1", building_ids=("H1",), kind=ZoneKind.DEDICATED, officers=officers)
    plan = ZonePlan((zone,))
    schedule = plan_patrols(plan, schools, times, assumptions=PatrolAssumptions(break_s=0))
    (start, end) = buildings(schools).loc["H1", ["bell_start_s", "bell_end_s"]]
    rate = 2 * (end - start) / 3600
    calls = CallRates(
        per_day=pd.Series([rate], index=pd.Index(["H1"], name="building_id")), source="a test"
    )
    found = estimate_response(
        plan,
        schedule,
        times,
        schools=schools,
        calls=calls,
        assumptions=ResponseAssumptions(
            turnout_s=0.0,
            turnout_range_s=(0.0, 0.0),
            second_officer_share=0.0,
            when_all_busy="outside",
            max_days=1000,
            precision_s=0.1,
        ),
    )
    assert found.district.none_free_share == pytest.approx(lost, abs=0.2 * lost)


# Who stands by.


def test_a_float_comes_from_its_base(town: District) -> None:
    """With hardly a call the drive is that from the nearest float, as no one else may come."""
    plan = ZonePlan(
        (
            Zone(
                zone_id="On call",
                building_ids=tuple(sorted(buildings(town.schools).index)),
                kind=ZoneKind.ON_CALL,
                officers=0,
            ),
        )
    )
    ids = plan.building_ids
    posts = [Standby(officer_id=f"Float {b}", base_id=b, building_ids=ids) for b in ("E4", "M1")]
    times = straight_line_times(town.schools)
    schedule = plan_patrols(plan, town.schools, times, standby=posts)
    assert [day.zone_id for day in schedule.days] == ["", ""]
    assert all(day.stands_by and day.driving_s == 0 for day in schedule.days)
    calls = call_rates(town.schools)
    rare = replace(calls, per_day=calls.per_day * 1e-9)
    found = estimate_response(
        plan, schedule, times, schools=town.schools, calls=rare, assumptions=QUICK
    )
    near = np.minimum(*(times.subset(ids).seconds[ids.index(b)] for b in ("E4", "M1")))
    waits = QUICK.dispatch_s + QUICK.turnout_s + near * mean_drive_factor(QUICK.drive_spread)
    assert found.buildings["mean_s"].to_numpy() == pytest.approx(waits)
    assert found.district.own_officer_share == 0
    with pytest.raises(OptionError, match="serves the whole district"):
        estimate_busy_officers(plan, schedule, times, schools=town.schools, calls=calls)


def test_floats_help_although_zones_do_not_help_each_other(town: District) -> None:
    alone = replace(QUICK, mutual_aid=False)
    zones = StaffMix(posts=(Posts(kind=PostKind.ZONES, number=2),), zones=SMALL)
    more = replace(zones, posts=(*zones.posts, FLOATS))
    comparison = compare_staffing(town, [zones, more], response=alone)
    first, second = (o.response for o in comparison.outcomes)
    assert first is not None
    assert second is not None
    assert second.district.none_free_share < first.district.none_free_share
    assert second.district.own_officer_share < 1 == first.district.own_officer_share
    assert comparison.outcomes[1].figures["posts"] == 4
    assert len(second.zones) == 2


def test_floats_wait_where_calls_are_reached_soonest(
    town: District, floating: OptionOutcome
) -> None:
    assert floating.schedule is not None
    bases = [day.base_id for day in floating.schedule.days if not day.zone_id]
    times, weight = straight_line_times(town.schools, profile="emergency"), call_rates(town.schools)
    ids = sorted(weight.per_day.index)
    seconds = times.subset(ids).seconds
    calls = weight.per_day[ids].to_numpy()
    first = min(ids, key=lambda b: float(seconds[ids.index(b)] @ calls))
    second = min(
        ids,
        key=lambda b: float(np.minimum(seconds[ids.index(first)], seconds[ids.index(b)]) @ calls),
    )
    assert bases == [first, second]


def test_schools_without_a_post_are_told(floating: OptionOutcome) -> None:
    assert "8 schools without a post: the floats answer their calls." in floating.description
    assert floating.plan is not None
    assert floating.plan.zones[-1].zone_id == "On call"
    assert set(patrolled_ids(floating.plan)) == set(floating.plan.zones[-1].building_ids)
    assert any("absent officer is not modelled" in notice for notice in floating.public_notices)
    assert math.isfinite(floating.figures["mean_response_s"])


def test_officers_on_call_do_not_go_in(town: District) -> None:
    found = outcome(town, StaffMix(posts=(Posts(kind=PostKind.ON_CALL, number=2),), zones=SMALL))
    assert found.plan is not None
    assert found.schedule is not None
    assert {zone.kind for zone in found.plan.zones} == {ZoneKind.ON_CALL}
    assert found.schedule.count_presences(PresenceKind.ARRIVAL)[0] == 0
    assert found.figures["annual_patrol_m"] == 0
    assert set(found.schedule.unvisited_ids) == set(found.plan.building_ids)
    times, calls = straight_line_times(town.schools, profile="emergency"), call_rates(town.schools)
    for zone, day in zip(found.plan.zones, found.schedule.days, strict=True):
        ids = list(zone.building_ids)
        costs = times.subset(ids).seconds @ calls.per_day[ids].to_numpy()
        assert day.base_id == ids[int(costs.argmin())]
        assert day.officer_id == zone.zone_id
    assert any("drive around outside is not modelled" in notice for notice in found.notices)
    moves = plan_moves(found.plan, found.plan)
    assert moves.moved.empty


def test_shifts_of_those_who_stand_by(town: District) -> None:
    ids = tuple(sorted(buildings(town.schools).index))
    plan = ZonePlan((Zone(zone_id="Z", building_ids=ids, kind=ZoneKind.ON_CALL, officers=0),))
    times = straight_line_times(town.schools)
    day = plan_patrols(plan, town.schools, times).school_day
    posts = [Standby(officer_id=f"Float {k}", base_id="E1", building_ids=ids) for k in (1, 2)]
    opens = min(a for a, _ in day.hours.values())
    closes = max(b for _, b in day.hours.values())
    hour = 3600

    def shifts(**more: Any) -> list[tuple[int, int]]:
        assumed = PatrolAssumptions(shift_s=8 * hour, **more)
        return [(d.start_s, d.end_s) for d in stand_by(posts, day, assumptions=assumed)]

    assert shifts() == [(opens, closes)] * 2
    spare = closes - opens - 8 * hour
    assert spare > 0
    assert shifts(long_day="one shift") == [
        (opens + spare // 4, opens + spare // 4 + 8 * hour),
        (opens + 3 * spare // 4, opens + 3 * spare // 4 + 8 * hour),
    ]
    assert (
        shifts(long_day="second shift")
        == [
            (opens, opens + 8 * hour),
            (closes - 8 * hour, closes),
        ]
        * 2
    )
    first, second = stand_by(posts, day, assumptions=PatrolAssumptions())
    assert first.breaks[0][1] == second.breaks[0][0]


def test_a_day_has_a_visit_or_a_base() -> None:
    with pytest.raises(ScheduleError, match="no visit"):
        OfficerDay(zone_id="Z", start_s=0, end_s=10, visits=())
    with pytest.raises(ScheduleError, match="a name of its own"):
        OfficerDay(zone_id="", start_s=0, end_s=10, visits=(), base_id="H1")


# Schools to which nobody comes.


def test_no_response_is_computed_where_nobody_comes(town: District) -> None:
    compared = compare_staffing(
        town, [StaffMix(posts=(AT_HIGH,)), NoDistrictOfficers()], response=QUICK
    )
    found = compared.outcomes[0]
    assert "mean_response_s" not in found.figures
    assert found.response is None
    assert "8 schools without a post: outside police answer" in found.description
    (told,) = found.public_notices
    assert "no response is computed" in told
    assert f"{found.label}: {told}" in public_view(compared).notices
    screen = Screen()
    with screen.out.capture() as shown:
        show_comparison(screen, compared, edition=Edition.PUBLIC)
    assert told in " ".join(shown.get().split())
    helped = compare_staffing(
        town, [StaffMix(posts=(AT_HIGH,))], response=replace(QUICK, fixed_officers_help=True)
    )
    assert math.isfinite(helped.outcomes[0].figures["mean_response_s"])


def test_a_given_outside_mean_is_mixed_in_by_calls(town: District) -> None:
    outside = OutsideResponse(mean_s=600.0, source="a log")
    rates = call_rates(town.schools)
    rare = replace(rates, per_day=rates.per_day * 1e-9)  # so that no officer is ever busy
    found = outcome(town, StaffMix(posts=(AT_HIGH,), outside=outside), calls=rare)
    own = rates.per_day[["H1", "H2"]].sum() / rates.per_day.sum()
    expected = own * (QUICK.dispatch_s + QUICK.turnout_s) + (1 - own) * 600
    assert found.figures["mean_response_s"] == pytest.approx(expected)
    assert "p90_response_s" not in found.figures


def test_without_armed_officers_only_outside_police_answer(town: District) -> None:
    monitors = Posts(kind=PostKind.FIXED, who=Role.MONITOR, levels=HIGH_LEVELS)
    outside = OutsideResponse(mean_s=480.0, source="a log")
    found = outcome(town, StaffMix(posts=(monitors,), outside=outside))
    assert found.plan is None
    assert found.figures["posts"] == found.figures["campuses_with_own_officer"] == 0
    assert found.figures["mean_response_s"] == 480
    assert "No officer is armed" in found.description


def test_monitors_are_no_response_beside_the_same_police(town: District) -> None:
    """Who answers no calls is paid for and answers none: the police come as soon without them."""
    monitors = Posts(kind=PostKind.FIXED, who=Role.MONITOR, levels=HIGH_LEVELS)
    costs = CostAssumptions(monitor_year_usd=40_000.0)

    def flags(outside: OutsideResponse | None, its: OutsideResponse | None) -> list[bool]:
        options = [NoDistrictOfficers(outside=outside), StaffMix(posts=(monitors,), outside=its)]
        return [o.not_dominated for o in compare_staffing(town, options, costs=costs).outcomes]

    known = OutsideResponse(mean_s=480.0, source="a log")
    assert flags(None, None) == flags(known, known) == [True, False]
    # Of other police, or of police of whom less is known, nothing is concluded.
    assert flags(None, known) == flags(known, replace(known, mean_s=400.0)) == [True, True]


# Costs.


def test_administrators_cost_their_number_times_their_pay() -> None:
    """Jefferson County budgeted 66 at $74,514 each in January 2022, $4.9 M (wdrb.com).

    Its 66 included some for elementary schools and second ones; one in each of the 55 middle and
    high schools of the data costs 55 times that.
    """
    district = load_district("jefferson")
    times = straight_line_times(district.schools)
    without, having = compare_staffing(
        replace(district, network=None),
        [
            NoDistrictOfficers(),
            StaffMix(base=NoDistrictOfficers(), posts=(SAFETY_ADMINISTRATORS,)),
        ],
        times=(times, times),
    ).outcomes
    levels = buildings(district.schools)["level"]
    count = int(levels.isin({"high", "secondary", "middle", "combined"}).sum())
    assert count == 55
    more = having.figures["annual_cost_usd"] - without.figures["annual_cost_usd"]
    assert more == pytest.approx(count * 74_514)
    assert pytest.approx(4.9e6, rel=0.01) == 66 * 74_514


def test_each_role_has_its_price_and_an_option_prices_of_its_own(town: District) -> None:
    costs = CostAssumptions(monitor_year_usd=40_000.0, contracted_year_usd=90_000.0)
    monitors = Posts(kind=PostKind.FIXED, who=Role.MONITOR, levels=MIDDLE, each=3)
    contracted = Posts(
        kind=PostKind.FIXED, who=Role.CONTRACTED, levels=HIGH_LEVELS, shift_s=8 * 3600
    )
    plain = StaffMix(posts=(contracted,), name="plain")
    more = StaffMix(posts=(contracted, monitors), name="more")
    dear = replace(more, name="dear", costs=replace(costs, monitor_year_usd=50_000.0))
    comparison = compare_staffing(town, [plain, more, dear], costs=costs, response=QUICK)
    cost = {o.option_id: o.figures["annual_cost_usd"] for o in comparison.outcomes}
    assert cost["plain"] == pytest.approx(2 * 90_000)
    employed = math.ceil(2 * 3 * 1.15)  # with the relief factor
    assert cost["more"] - cost["plain"] == pytest.approx(employed * 40_000)
    assert cost["dear"] - cost["more"] == pytest.approx(employed * 10_000)
    assert "Prices of its own:" in comparison.outcome("dear").description
    assert "Prices of its own:" not in comparison.outcome("more").description
    assert comparison.outcome("more").figures["campuses_with_own_officer"] == 2


def test_hiring_by_month_is_no_range_of_a_price() -> None:
    usual = CostAssumptions()
    ramp = replace(usual, hired_by_month=(0.3, 0.6, 1.0))
    assert describe_prices(ramp, usual).endswith(": 30, 60, 100 percent.")
    assert describe_prices(usual, ramp).endswith(": all from the first month.")
    ranged = replace(usual, monitor_year_usd=(1.0, 2.0, 4.0))
    assert describe_prices(ranged, usual).endswith(": $2 ($1 to $4).")


def test_monitors_alone_work_the_shift_of_the_district(town: District) -> None:
    """A post is an employee whatever the hours of a full shift: 2 at $40,000."""
    monitors = Posts(kind=PostKind.FIXED, who=Role.MONITOR, levels=HIGH_LEVELS)
    costs = CostAssumptions(monitor_year_usd=40_000.0, relief_factor=1.0)
    for hours in (6, 8, 10):
        patrol = PatrolAssumptions(shift_s=hours * 3600)
        found = outcome(town, StaffMix(posts=(monitors,)), costs=costs, patrol=patrol)
        assert found.figures["annual_cost_usd"] == 2 * 40_000


def test_a_shift_of_its_own_is_worked_around_the_school_day(town: District) -> None:
    mix = StaffMix(posts=(replace(AT_HIGH, each=2, shift_s=8 * 3600), FLOATS))
    found = outcome(town, mix)
    assert found.schedule is not None
    days = [day for day in found.schedule.days if day.zone_id]
    assert len(days) == 4
    assert {day.length_s for day in days} == {8 * 3600}
    assert found.budget is not None
    fixed = found.budget.staff[0]
    assert (fixed.hours, fixed.overtime_hours) == (4 * 8, 0)
    short = outcome(town, StaffMix(posts=(replace(AT_HIGH, shift_s=5 * 3600), FLOATS)))
    assert short.budget is not None
    line = short.budget.staff[0]
    assert line.overtime_hours == pytest.approx(line.hours - 2 * 5)


def test_todays_options_have_the_figures_that_they_had(town: District) -> None:
    base = PatrolZones(zones=2, min_size=1)
    plain, more = compare_staffing(
        town, [base, StaffMix(base=base, posts=(SAFETY_ADMINISTRATORS,))], response=QUICK
    ).outcomes
    assert plain.plan == more.plan
    assert plain.schedule == more.schedule
    same = {k: v for k, v in plain.figures.items() if "cost" not in k}
    assert same == {k: v for k, v in more.figures.items() if "cost" not in k}
    assert "answer no calls" in more.description
    assert "In numbers" not in plain.description


# Presets.


def test_presets_scale_with_the_schools_of_a_level(town: District) -> None:
    counts = {"high": 6, "middle": 12, "elementary": 38}
    rows = PRESETS["fayette"].make(counts)
    assert [(row.kind, row.each, row.number) for row in rows] == [
        (PostKind.FIXED, 4, None),
        (PostKind.FIXED, 1, None),
        (PostKind.ZONES, 1, 17),
    ]
    assert PRESETS["albemarle"].make({"high": 3})[1].number == 1
    assert PRESETS["albemarle"].make({"high": 9})[1].number == 3
    assert preset_posts("fayette", town.schools)[2].number == round(6 * 17 / 38)
    assert preset_sizes(preset_posts("fayette", town.schools), town.schools) == (2, 7)
    assert preset_sizes(preset_posts("austin", town.schools), town.schools) is None
    jefferson = load_district("jefferson").schools
    sizes = {n: preset_sizes(preset_posts(f"officers-{n}", jefferson), jefferson) for n in (13, 30)}
    assert sizes == {13: (3, 13), 30: None}
    assert preset_sizes(preset_posts("officers-55", jefferson), jefferson) == (2, 7)


def test_presets_that_do_not_fit_are_all_named(town: District) -> None:
    with pytest.raises(OptionError) as error:
        preset_options(town.schools, ["officers-13", "austn", "miami-dade", "officers-55"])
    first, second, third = error.value.faults
    assert "13 officers in zones are too many for 10 schools" in first
    assert "number = 2" in first
    assert "Did you mean 'austin'?" in second
    assert third.startswith("officers-55:")


def test_presets_name_their_sources(town: District) -> None:
    table = presets_table()
    assert list(table.index) == list(PRESETS)
    assert table["source"].str.contains(r"20\d\d|no published number").all()
    fitting = [name for name in PRESETS if not name.startswith("officers")]
    options = preset_options(town.schools, fitting, administrators=True)
    more = ", with Safety Administrators"
    assert [one.label for one in options] == [f"{PRESETS[name].title}{more}" for name in fitting]
    assert len({one.option_id for one in options}) == len(fitting)


def test_the_page_of_settings_has_the_presets() -> None:
    page = (Path(__file__).parents[1] / "docs" / "settings.md").read_text(encoding="utf-8")
    for one in PRESETS.values():
        assert f"| `{one.name}` | {one.title} | {one.source} | {one.adapted} |" in page
