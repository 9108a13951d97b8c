"""Busy officers of a plan against hand calculation, on buildings with one officer each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from helpers.bell_towns import Bells, school_table
from numpy.typing import ArrayLike

from zoning.demand import CallRates
from zoning.errors import DemandError, OptionError, ScheduleError, UnreachableError
from zoning.patrol import OfficerDay, PatrolAssumptions, PatrolSchedule, Visit
from zoning.response import BusyOfficers, ResponseAssumptions, WhenAllBusy, estimate_busy_officers
from zoning.roads.travel.travel_times import TravelTimes
from zoning.zones.plan import Zone, ZoneKind, ZonePlan

HOUR_S = 3600
AT_CALL_S = 45 + 1800  # turnout and time on scene
FIXED_S = 90 + 45  # dispatch and turnout


def town(
    calls: Mapping[str, float],
    *,
    seconds: ArrayLike = 600,
    dedicated: str = "",
    hours: Mapping[str, tuple[int, int]] | None = None,
    bells: Bells | None = None,
    **options: Any,
) -> BusyOfficers:
    """Buildings this far apart, each a zone whose officer stays there from 8 to 16 o'clock."""
    ids = list(calls)
    drives = np.array(seconds) * (1 - np.eye(len(ids)))
    plan = ZonePlan(
        tuple(
            Zone(
                zone_id=f"Zone {b}",
                building_ids=(b,),
                kind=ZoneKind.DEDICATED if b in dedicated else ZoneKind.PATROL,
            )
            for b in ids
        )
    )
    days = []
    for b in ids:
        start, end = (hours or {}).get(b, (8, 16))
        visit = Visit(building_id=b, arrival_s=start * HOUR_S, departure_s=end * HOUR_S)
        days.append(
            OfficerDay(
                zone_id=f"Zone {b}",
                start_s=visit.arrival_s,
                end_s=visit.departure_s,
                visits=(visit,),
            )
        )
    return estimate_busy_officers(
        plan,
        PatrolSchedule(days=tuple(days), assumptions=PatrolAssumptions()),
        TravelTimes.from_array(np.nan_to_num(drives, nan=0.0, posinf=np.inf), ids),
        schools=school_table(dict.fromkeys(ids, (None, None)) | dict(bells or {})),
        calls=CallRates(
            per_day=pd.Series(
                list(calls.values()), index=pd.Index(ids, name="building_id"), dtype=float
            ),
            source="by hand",
        ),
        **options,
    )


def test_an_officer_without_help_is_the_textbook_queue() -> None:
    """M/M/1 with 8 calls in 8 hours: busy 1,845 s of each hour, waits 1,845 rho / (1 - rho)."""
    busy = town({"A": 8.0})
    load = AT_CALL_S / HOUR_S

    assert busy.is_exact
    assert busy.busy_fraction == pytest.approx(load)
    assert busy.none_free == pytest.approx(load)
    assert busy.mean_wait_s == pytest.approx(AT_CALL_S * load / (1 - load))
    assert busy.mean_s == pytest.approx(FIXED_S + AT_CALL_S * load / (1 - load))
    assert busy.own_share == 1
    assert busy.officers == 1
    assert busy.calls_per_day == 8


def test_calls_come_in_school_hours() -> None:
    """The same calls within two hours: four an hour are too many, one is not."""
    bells = {"A": ("08:00", "10:00")}

    assert town({"A": 8.0}, bells=bells).overloaded == (
        (8 * HOUR_S, 9 * HOUR_S),
        (9 * HOUR_S, 10 * HOUR_S),
    )
    short = town({"A": 2.0}, bells=bells)
    assert short.none_free == pytest.approx(AT_CALL_S / HOUR_S)
    assert short.busy_fraction == pytest.approx(2 * AT_CALL_S / (8 * HOUR_S))


def test_two_officers_help_one_another() -> None:
    """With officers alike the waits are Erlang's; who helps drives 600 s and is busy longer."""
    busy = town({"A": 4.0, "B": 4.0}, second_officer_share=0.0)
    assert busy.own_share is not None
    assert busy.mean_s is not None
    assert busy.mean_wait_s is not None
    drive = (1 - busy.own_share) * 600
    load = (AT_CALL_S + drive) / HOUR_S  # one call an hour, two officers
    waiting = load**2 / (2 + load)  # Erlang C of two officers

    assert busy.busy_fraction == pytest.approx(load / 2, rel=1e-3)
    assert busy.none_free == pytest.approx(waiting, rel=1e-3)
    assert busy.mean_s == pytest.approx(FIXED_S + busy.mean_wait_s + drive)
    assert 0.6 < busy.own_share < 0.9


def test_second_officers_make_officers_busier() -> None:
    """Every call takes both, as nearly all find both free: 300 s of drive a head."""
    busy = town({"A": 0.01, "B": 0.01}, second_officer_share=1.0)

    assert busy.busy_fraction == pytest.approx(0.02 * (AT_CALL_S + 300) / (8 * HOUR_S), rel=2e-3)


def test_without_mutual_aid_each_waits_for_their_own() -> None:
    alone = town({"A": 8.0, "B": 1.0}, mutual_aid=False)
    load = AT_CALL_S / HOUR_S

    assert alone.own_share == 1
    assert alone.zones.loc["Zone A", "none_free"] == pytest.approx(load)
    assert alone.zones.loc["Zone B", "none_free"] == pytest.approx(load / 8)
    assert alone.none_free == pytest.approx((8 * load + load / 8) / 9)


def test_calls_that_others_answer_do_not_wait() -> None:
    """Erlang B of one officer: a / (1 + a) of the calls leave."""
    busy = town({"A": 8.0}, when_all_busy=WhenAllBusy.OUTSIDE)
    load = AT_CALL_S / HOUR_S

    assert busy.none_free == pytest.approx(load / (1 + load))
    assert busy.own_share == pytest.approx(1 / (1 + load))
    assert busy.mean_wait_s == 0
    assert busy.mean_s == FIXED_S


def test_dedicated_officers_neither_help_nor_are_helped() -> None:
    busy = town({"A": 4.0, "B": 4.0, "C": 8.0}, dedicated="C", second_officer_share=0.0)
    pair = town({"A": 4.0, "B": 4.0}, second_officer_share=0.0)

    assert busy.zones.loc["Zone C", "own_share"] == 1
    assert busy.zones.loc["Zone C", "busy_fraction"] == pytest.approx(AT_CALL_S / HOUR_S)
    assert busy.zones.loc["Zone A", "none_free"] == pytest.approx(pair.none_free)


def test_the_nearest_free_officer_helps() -> None:
    """B and C are 100 s apart, A is 900 s away."""
    busy = town(
        {"A": 0.0, "B": 4.0, "C": 0.0},
        seconds=[[0, 900, 900], [900, 0, 100], [900, 100, 0]],
        second_officer_share=0.0,
        when_all_busy=WhenAllBusy.OUTSIDE,
    )
    zones = busy.zones["busy_fraction"]

    assert zones["Zone B"] > zones["Zone C"] > 3 * zones["Zone A"] > 0
    assert busy.buildings.loc["A", "own_share"] == pytest.approx(1 - zones["Zone A"])


def test_the_officer_is_where_the_timetable_says() -> None:
    """At A for 2 h of 8, on the road for an hour, half of which counts as A, then at B."""
    stays = (("A", 8, 10), ("B", 11, 16))
    visits = tuple(
        Visit(building_id=b, arrival_s=a * HOUR_S, departure_s=d * HOUR_S) for b, a, d in stays
    )
    day = OfficerDay(zone_id="Zone 1", start_s=8 * HOUR_S, end_s=16 * HOUR_S, visits=visits)
    busy = estimate_busy_officers(
        ZonePlan((Zone(zone_id="Zone 1", building_ids=("A", "B")),)),
        PatrolSchedule(days=(day,), assumptions=PatrolAssumptions()),
        TravelTimes.from_array([[0, 400], [200, 0]], "AB"),
        schools=school_table(dict.fromkeys("AB", (None, None))),
        calls=CallRates(per_day=pd.Series({"A": 1e-9, "B": 3e-9}), source="by hand"),
        when_all_busy="outside",
    )

    assert busy.buildings.loc["A", "mean_s"] == pytest.approx(FIXED_S + 200 * 5.5 / 8)
    assert busy.buildings.loc["B", "mean_s"] == pytest.approx(FIXED_S + 400 * 2.5 / 8)
    assert busy.mean_s == pytest.approx(FIXED_S + (200 * 5.5 + 3 * 400 * 2.5) / 32)
    assert busy.when_all_busy is WhenAllBusy.OUTSIDE


def test_an_officer_off_duty_does_not_help() -> None:
    """B is there in the last hour only: seven of eight hours A is alone."""
    busy = town({"A": 8.0, "B": 0.0}, hours={"B": (15, 16)}, second_officer_share=0.0)
    load = AT_CALL_S / HOUR_S
    helped = 1 - float(busy.buildings.loc["A", "own_share"])

    assert 0 < helped < 1 / 8
    assert busy.none_free > 7 / 8 * load


@pytest.mark.parametrize("mutual_aid", [True, False])
def test_too_many_calls_are_an_answer(mutual_aid: bool) -> None:
    busy = town({"A": 40.0, "B": 2.0}, mutual_aid=mutual_aid)

    assert busy.mean_s is None
    assert busy.mean_wait_s is None
    assert busy.own_share is None
    assert len(busy.overloaded) == 8
    assert busy.zones.loc["Zone A", "mean_wait_s"] == math.inf
    assert math.isfinite(busy.zones.loc["Zone B", "mean_wait_s"]) is not mutual_aid
    assert busy.notices[0].startswith(
        "At 21.00 calls a school-day 2 officers cannot keep up: in a part of the day"
    )


def test_calls_beyond_all_officers_go_outside() -> None:
    busy = town({"A": 40.0, "B": 2.0}, when_all_busy=WhenAllBusy.OUTSIDE)

    assert not busy.overloaded
    assert busy.none_free > 0.5
    assert busy.mean_s is not None


def test_a_zone_without_calls_has_figures() -> None:
    busy = town({"A": 4.0, "B": 0.0}, second_officer_share=0.0)

    assert busy.zones.loc["Zone B", "calls_per_day"] == 0
    assert math.isfinite(busy.zones.loc["Zone B", "mean_s"])
    assert 0 < busy.zones.loc["Zone B", "busy_fraction"] < busy.zones.loc["Zone A", "busy_fraction"]


CUT_OFF = [[0, np.inf, 600], [600, 0, 600], [600, 600, 0]]


def test_a_queue_needs_officers_who_can_reach_the_building() -> None:
    with pytest.raises(UnreachableError, match="1 building cannot be reached by every") as caught:
        town({"A": 1.0, "B": 1.0, "C": 1.0}, seconds=CUT_OFF)

    assert "\n  B\n" in str(caught.value)


def test_an_officer_who_cannot_come_is_not_asked() -> None:
    busy = town({"A": 0.0, "B": 8.0, "C": 0.0}, seconds=CUT_OFF, when_all_busy=WhenAllBusy.OUTSIDE)

    assert busy.zones.loc["Zone A", "busy_fraction"] == pytest.approx(0, abs=1e-9)
    assert busy.zones.loc["Zone C", "busy_fraction"] > 0
    assert town({"A": 1.0, "B": 1.0, "C": 1.0}, seconds=CUT_OFF, mutual_aid=False).own_share == 1


def test_many_officers_are_approximated_and_told_so() -> None:
    calls = {f"B{k:02d}": 0.5 + 0.1 * k for k in range(9)}
    exact = town(calls)
    near = town(calls, exact_up_to=4)

    assert exact.is_exact
    assert not near.is_exact
    assert not exact.notices
    assert "within 0.014" in near.notices[0]
    assert near.zones["busy_fraction"].to_numpy() == pytest.approx(
        exact.zones["busy_fraction"].to_numpy(), abs=0.01
    )
    assert near.mean_s == pytest.approx(exact.mean_s, rel=0.03)


def test_assumptions_count() -> None:
    assumptions = ResponseAssumptions(
        dispatch_s=100, turnout_s=50, on_scene_s=600, dispatch_range_s=(60, 133)
    )
    busy = town({"A": 8.0}, assumptions=assumptions)

    assert busy.busy_fraction == pytest.approx(650 / HOUR_S)
    assert busy.mean_s == pytest.approx(150 + 650 * 650 / (HOUR_S - 650))


def test_inputs_must_fit_together() -> None:
    with pytest.raises(OptionError, match="second_officer_share is 2"):
        town({"A": 1.0, "B": 1.0}, second_officer_share=2)
    with pytest.raises(ScheduleError, match="no officer during their school hours"):
        town({"A": 1.0}, bells={"A": ("17:00", "18:00")})
    with pytest.raises(DemandError):
        town({"A": 0.0})
