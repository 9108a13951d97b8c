"""Which assumption changes the order of options: known crossings, and a small town."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from helpers.bell_towns import school_table

from zoning.demand import CallRates
from zoning.errors import OptionError
from zoning.patrol import plan_patrols
from zoning.response import ResponseAssumptions, StressAssumptions, simulate_response
from zoning.roads.travel.travel_times import TravelTimes
from zoning.staffing import StaffingComparison
from zoning.staffing.precision import withheld_columns
from zoning.staffing.sensitivity import (
    FIRST,
    NEITHER,
    SECOND,
    Assumption,
    Model,
    Sensitivity,
    compare_order,
    find_flip,
    find_flips,
    public_stress_table,
    stress_options,
    vary_assumptions,
)
from zoning.zones.plan import Zone, ZoneKind, ZonePlan


def assumption(key: str, value: float, low: float, high: float) -> Assumption:
    return Assumption(
        key=key, label=key.title(), value=value, low=low, high=high, text=lambda v: f"{v:g}"
    )


def test_a_flip_is_found_where_two_lines_cross() -> None:
    """A answers in 100 + 2 x, B in 150 + x: they cross at x = 50; C is always slowest."""
    lines = {"A": (100.0, 2.0), "B": (150.0, 1.0), "C": (1000.0, 0.0)}
    asked: list[tuple[str, str, float]] = []

    def respond(option: str, key: str, value: float) -> float:
        asked.append((option, key, value))
        start, slope = lines[option]
        return start + slope * (value if key == "x" else 20.0)

    means, order = find_flips(
        ("A", "B", "C"),
        (assumption("x", 20.0, 0.0, 80.0), assumption("y", 5.0, 5.0, 9.0)),
        Model(respond=respond, mean=float, compare=lambda a, b: int(np.sign(a - b))),
        steps=12,
    )
    row = order.loc[("x", "A", "B")]
    assert (row["now"], row["at_low"], row["at_high"]) == (FIRST, FIRST, SECOND)
    assert math.isnan(row["flips_below"])
    assert row["flips_above"] == pytest.approx(50, abs=60 / 2**13)
    assert order.loc["y"][["flips_below", "flips_above"]].isna().all(axis=None)
    assert order.loc[("x", "B", "C")][["flips_below", "flips_above"]].isna().all()
    assert list(means.loc[("B", "x")]) == ["X", 20.0, 0.0, 80.0, 170.0, 150.0, 230.0]
    assert len(asked) == len(set(asked)), "nothing is simulated twice"
    assert ("A", "y", 5.0) not in asked, "the values used are one simulation"


@pytest.mark.parametrize("crossing", [10.001, 33.3, 64.0, 99.9])
def test_flips_below_the_value_used_and_to_no_clear_difference(crossing: float) -> None:
    below = find_flip(lambda v: FIRST if v > crossing else NEITHER, 100.0, 10.0, steps=20)
    assert below == pytest.approx(crossing, abs=90 / 2**21 + 1e-9)
    assert math.isnan(find_flip(lambda _: NEITHER, 100.0, 10.0, steps=20))
    assert math.isnan(find_flip(lambda _: FIRST, 10.0, 10.0, steps=20))


SELDOM = 1e-7
EXACT = ResponseAssumptions(dispatch_spread=0, turnout_spread=0, on_scene_spread=0, drive_spread=0)


vary = vary_assumptions.__wrapped__  # type: ignore[attr-defined]
"""Of stand-ins for a comparison, which the public function refuses."""


def comparison(assumed: ResponseAssumptions, per_day: float) -> SimpleNamespace:
    """Two options for three schools: an officer at each, or one officer for all."""
    ids = "ABC"
    schools = school_table(dict.fromkeys(ids, ("08:00", "10:00")))
    times = TravelTimes.from_array([[0, 300, 300], [300, 0, 300], [300, 300, 0]], ids)
    index = pd.Index(list(ids), name="building_id", dtype=object)
    calls = CallRates(per_day=pd.Series(per_day, index=index), source="by hand", notices=())
    fixed = tuple(Zone(zone_id=i, building_ids=(i,), kind=ZoneKind.DEDICATED) for i in ids)
    one = (Zone(zone_id="all", building_ids=tuple(ids)),)
    outcomes = [
        SimpleNamespace(
            option_id=option,
            label=label,
            plan=ZonePlan(of),
            schedule=plan_patrols(ZonePlan(of), schools, times),
            response=SimpleNamespace(assumptions=assumed),
        )
        for option, label, of in (("campus", "One a campus", fixed), ("one", "One officer", one))
    ]
    part = SimpleNamespace(
        outcomes=[*outcomes, SimpleNamespace(option_id="none", response=None)],
        calls=calls,
        emergency_times=times,
        district=SimpleNamespace(buildings=schools_buildings(schools)),
        times_by_hour=(),
    )
    return SimpleNamespace(parts=(part,))


def schools_buildings(schools: object) -> object:
    from zoning.schools import buildings  # noqa: PLC0415

    return buildings(schools)


def test_officers_who_are_never_busy_wait_for_dispatch_and_drives_alone() -> None:
    """At hardly any calls an officer on campus takes dispatch and turnout, and no drive."""
    found = vary(comparison(EXACT, SELDOM), days=50)
    assert set(found.labels) == {"campus", "one"}
    campus = found.means.loc["campus"]
    assert campus.loc["dispatch_s", ["mean_s", "mean_low_s", "mean_high_s"]].tolist() == (
        pytest.approx([135, 105, 178])
    )
    for key in ("travel_factor", "on_scene_s", "second_officer_share"):
        assert campus.loc[key, ["mean_low_s", "mean_high_s"]].tolist() == pytest.approx([135, 135])
    one = found.means.loc["one"]
    drive = one.loc["travel_factor", "mean_s"] - 135
    assert one.loc["travel_factor", ["mean_low_s", "mean_high_s"]].tolist() == pytest.approx(
        [135 + 0.83 * drive, 135 + 1.35 * drive]
    )
    assert (found.order["now"] == FIRST).all()
    flips = found.order[["flips_below", "flips_above"]].notna().any(axis=1)
    assert flips[["travel_factor", "on_scene_s", "dispatch_s", "second_officer_share"]].sum() == 0


def test_a_load_that_officers_cannot_keep_up_with_comes_last_and_is_told() -> None:
    """One officer for three schools with 0.55 calls each in two hours cannot do hour-long calls."""
    found = vary(comparison(replace(EXACT, when_all_busy="queue"), 0.3), days=50)
    assert found.means.loc[("one", "on_scene_s"), "mean_high_s"] > 1000
    assert (found.means["mean_high_s"] >= found.means["mean_s"] - 1e-9).all()
    assert found.assumptions["calls_per_day"].low == 0.10
    assert found.assumptions["calls_per_day"].high == 0.55


def test_overload_decides_the_order() -> None:
    part = comparison(EXACT, 0.3).parts[0]
    plan = part.outcomes[1]

    def simulate(of: SimpleNamespace, per_day: float) -> object:
        calls = replace(part.calls, per_day=part.calls.per_day * per_day / 0.3)
        schools = part.district.buildings
        return simulate_response(
            of.plan, of.schedule, part.emergency_times, schools=schools, calls=calls, days=25
        )

    fine, overloaded = simulate(plan, 0.1), simulate(plan, 50.0)
    assert compare_order(fine, overloaded) == FIRST
    assert compare_order(overloaded, fine) == SECOND
    assert compare_order(overloaded, overloaded) == NEITHER
    assert compare_order(fine, fine) == NEITHER


@pytest.fixture
def varied() -> Sensitivity:
    """Two options whose order flips on x, one of them overloaded at its high end."""
    columns = ["label", "value", "low", "high", "mean_s", "mean_low_s", "mean_high_s"]
    index = pd.MultiIndex.from_tuples([("A", "x"), ("B", "x")], names=["option_id", "assumption"])
    means = pd.DataFrame(
        [["X", 2.0, 1.0, 3.0, 301.7, 240.0, np.inf], ["X", 2.0, 1.0, 3.0, 350.0, 349.0, 360.0]],
        index=index,
        columns=columns,
    )
    order = pd.DataFrame(
        [[FIRST, FIRST, SECOND, np.nan, 2.5]],
        index=pd.MultiIndex.from_tuples([("x", "A", "B")], names=["assumption", "first", "second"]),
        columns=["now", "at_low", "at_high", "flips_below", "flips_above"],
    )
    return Sensitivity(
        means=means,
        order=order,
        assumptions={"x": assumption("x", 2.0, 1.0, 3.0)},
        labels={"A": "Ten zones", "B": "Nine zones"},
        notices=(),
    )


def test_a_flip_is_told_in_words(varied: Sensitivity) -> None:
    assert varied.describe() == (
        "X (2 assumed), Ten zones and Nine zones: Ten zones answers sooner; above about 2.5 "
        "Nine zones answers sooner.",
    )


def test_an_order_that_holds_is_told(varied: Sensitivity) -> None:
    held = replace(varied, order=varied.order.assign(flips_above=np.nan))
    assert held.describe() == (
        "No assumption changes the order of the options within its range (x).",
    )


def test_the_tornado_marks_flips_and_overload(varied: Sensitivity) -> None:
    pytest.importorskip("matplotlib")
    ax = varied.plot()
    texts = [text.get_text() for text in ax.texts]
    assert texts.count("cannot keep up") == 1
    assert [label.get_text() for label in ax.get_yticklabels()] == ["X: 1 to 3 ◆"] * 2
    ends = {round(bar.get_x() + bar.get_width(), 3) for bar in ax.patches}
    assert {240 / 60, round(349 / 60, 3), 6.0} <= ends
    picture = varied.png()
    assert picture == varied.png()
    assert b"matplotlib" not in picture.lower()


def test_the_public_table_rounds_and_leaves_out_what_is_withheld(
    varied: Sensitivity, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = {"B": {"mean_response_s"}, "A": set()}
    monkeypatch.setattr("zoning.staffing.sensitivity.withheld_columns", lambda o: hidden[o])
    public = varied.for_public(SimpleNamespace(outcome=lambda option: option))
    assert list(public.labels) == ["A"]
    assert public.order.empty
    row = public.means.loc[("A", "x")]
    assert row[["mean_s", "mean_low_s", "mean_high_s"]].tolist() == [300.0, 240.0, np.inf]
    assert varied.means.loc[("A", "x"), "mean_s"] == 301.7


def test_options_must_share_their_assumptions() -> None:
    both = comparison(EXACT, 0.1)
    both.parts[0].outcomes[0].response.assumptions = ResponseAssumptions()
    with pytest.raises(OptionError, match="differ in assumptions"):
        vary(both)
    both.parts[0].outcomes[:2] = []
    with pytest.raises(OptionError, match="no option with officers"):
        vary(both)


def test_stress_of_every_option_and_its_public_table(monkeypatch: pytest.MonkeyPatch) -> None:
    given = comparison(EXACT, 0.1)
    part = given.parts[0]
    part.district.network = None
    part.emergency_times = TravelTimes.from_array(
        [[0, 301, 302], [303, 0, 304], [305, 306, 0]], "ABC"
    )
    part.outcomes[-1].plan = part.outcomes[-1].schedule = None
    tests = stress_options.__wrapped__(
        given, stress=StressAssumptions(days=50), closed_streets=["I-65"]
    )
    assert list(tests) == ["campus", "one"]
    table = tests["one"].table
    assert not any(str(key).startswith("closed") for key in table.index), "no streets are known"
    hidden = {"one": {"p90_response_s"}, "campus": {"mean_response_s"}}
    monkeypatch.setattr("zoning.staffing.sensitivity.withheld_columns", lambda o: hidden[o])
    public = public_stress_table(SimpleNamespace(outcome=lambda option: option), tests)
    assert public.loc["one", "p90_s"].isna().all()
    assert public.loc["campus", "mean_s"].isna().all()
    shown = public.loc[("one", "base"), "mean_s"]
    assert shown % 6 == 0
    assert abs(shown - table.loc["base", "mean_s"]) <= 3
    assert "offered_load" not in public


def test_a_comparison_of_a_town_is_stressed_and_varied(compared: StaffingComparison) -> None:
    """Nine schools without streets: every option with officers, today's and in public."""
    staffed = [o.option_id for o in compared.outcomes if o.plan is not None]
    tests = stress_options(compared, stress=StressAssumptions(days=50))
    assert list(tests) == staffed
    public = public_stress_table(compared, tests)
    few = [o for o in staffed if withheld_columns(compared.outcome(o)) & {"p90_response_s"}]
    assert few, "with nine schools percentiles are withheld"
    assert public.loc[few, "p90_s"].isna().all()
    found = vary_assumptions(compared, days=50)
    assert list(found.labels) == staffed
    told = found.for_public(compared)
    assert set(told.labels) == {
        o for o in staffed if "mean_response_s" not in withheld_columns(compared.outcome(o))
    }
    assert (told.means["mean_s"] % 6 == 0).all()
