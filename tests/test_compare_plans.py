"""Two plans side by side: what moved, what got better or worse, and for whom."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from helpers.zone_requests import COSTS, OBJECTIVES, towns
from helpers.zone_towns import moved_in, on_a_line, plan_of, problem, random_town
from hypothesis import given, settings
from hypothesis import strategies as st

from zoning.errors import PlanError
from zoning.zones import (
    Alignment,
    MovedBuildings,
    Zone,
    ZoneKind,
    ZonePlan,
    ZoneProblem,
    compare_plans,
    score,
)

NAMES = {f"b{k:02d}": f"School {k}" for k in range(9)}
ROAD = on_a_line(0, 60, 120, 3720, 3780, 3840)
TWO = [(0, 1, 2), (3, 4, 5)]


def road(**request: object) -> ZoneProblem:
    """Two rows of three a minute apart, an hour between: each row is a zone, 320 s in all."""
    return problem(ROAD, **{"zones": 2, "min_size": 1, "names": NAMES} | request)


def post(zone_id: str, *building_ids: str) -> Zone:
    return Zone(zone_id=zone_id, building_ids=building_ids, kind=ZoneKind.DEDICATED)


def renamed(plan: ZonePlan) -> ZonePlan:
    """The same zones under other names, in another order."""
    return ZonePlan(
        tuple(
            dataclasses.replace(zone, zone_id=f"New {k}")
            for k, zone in enumerate(reversed(plan.zones))
        )
    )


def test_by_hand_one_school_changes_rows() -> None:
    """School 2 goes to the other row: its calls wait (3600 + 3660 + 3720)/4 s, not 60."""
    town = road(max_size=4)
    before, after = plan_of(town, TWO), plan_of(town, [(0, 1), (2, 3, 4, 5)])
    told = compare_plans(before, after, town)
    assert told.moved.to_dict("index") == {
        "b02": {"name": "School 2", "from_zone": "A", "to_zone": "B"}
    }
    assert told.buildings["before_s"].to_list() == pytest.approx([60, 40, 60, 60, 40, 60])
    after_s = [30, 30, 2745, (3600 + 60 + 120) / 4, (3660 + 120) / 4, (3720 + 120 + 60) / 4]
    assert told.buildings["after_s"].to_list() == pytest.approx(after_s)
    assert told.buildings["zone_after"].to_list() == ["A", "A", "B", "B", "B", "B"]
    assert told.totals.at["objective", "before"] == pytest.approx(320)
    assert told.totals.at["objective", "change"] == pytest.approx(sum(after_s) - 320)
    assert told.totals.at["longest drive", "after"] == 3720
    assert told.totals.at["busiest zone to quietest", "after"] == pytest.approx(2)
    assert told.totals.at["spread of calls over zones", "after"] == pytest.approx(1 / 3)
    assert told.by_group.loc["all buildings", ["better", "worse", "same"]].to_list() == [2, 4, 0]
    assert list(told.zones["buildings_after"]) == [2, 4]
    assert told.zones["mean_travel_s_before"].to_list() == pytest.approx([160 / 3, 160 / 3])
    assert told.rules.empty
    text = str(told)
    assert text.startswith("1 building moved: School 2 from A to B\n")
    assert "better for 2 buildings, worse for 4, the same for 0" in text
    assert "before 5.33" in text


def test_for_whom_it_got_better_is_weighted_by_calls() -> None:
    town = road(max_size=4, weights=[1, 3, 1, 1, 1, 1])
    before, after = plan_of(town, TWO), plan_of(town, [(0, 1), (2, 3, 4, 5)])
    level = pd.Series(["high", "high", "middle", "middle", "middle", "middle"], town.building_ids)
    table = compare_plans(before, after, town, groups=level).by_group
    assert list(table.index) == ["high", "middle"]
    assert table.at["high", "before_s"] == pytest.approx((60 + 3 * 40) / 4)
    assert table.at["high", "after_s"] == pytest.approx(30)
    assert table.at["high", "change_s"] == pytest.approx(-15)
    assert table.loc["high", ["buildings", "better", "worse", "same"]].to_list() == [2, 2, 0, 0]
    assert table["calls"].sum() == pytest.approx(6)
    silent = road(max_size=4, weights=[0, 0, 1, 1, 1, 1])
    quiet = compare_plans(before, after, silent, groups=level)
    assert math.isnan(quiet.by_group.at["high", "before_s"])
    assert "high: no calls; better for 2 buildings" in str(quiet)


def test_a_plan_compared_with_itself_under_other_names_has_nothing_moved() -> None:
    town = road()
    plan = plan_of(town, TWO)
    told = compare_plans(plan, renamed(plan), town)
    assert told.moved.empty
    assert told.zones[["zone_before", "zone_after"]].to_numpy().tolist() == [
        ["B", "New 0"],
        ["A", "New 1"],
    ]
    assert (told.buildings["change_s"] == 0).all()
    assert (told.totals["change"] == 0).all()
    assert str(told).startswith("No building moved\n")
    assert "all buildings: as much travel per call; better for 0" in str(told)


def test_zones_that_are_new_or_gone_have_no_other_side() -> None:
    town = road(zones=(1, 3), max_size=6)
    told = compare_plans(plan_of(town, TWO), plan_of(town, [range(6)]), town)
    assert told.zones["zone_after"].to_list() == ["A", None]
    assert told.zones["zone_before"].to_list() == ["A", "B"]
    assert math.isnan(told.zones.at[1, "buildings_after"])
    assert list(told.moved.index) == ["b03", "b04", "b05"]
    back = compare_plans(plan_of(town, [range(6)]), plan_of(town, TWO), town)
    assert back.zones["zone_before"].to_list() == ["A", None]
    assert len(back.moved) == 3


def test_a_building_that_gets_an_officer_of_its_own_has_moved() -> None:
    """And its calls wait for nobody, whichever zone the rest is in."""
    town = road()
    before = plan_of(town, TWO)
    after = ZonePlan((*plan_of(town, [(0, 1), (3, 4, 5)]).zones, post("Post 1", "b02")))
    told = compare_plans(before, after, town)
    assert told.moved.to_dict("index") == {
        "b02": {"name": "School 2", "from_zone": "A", "to_zone": "Post 1"}
    }
    assert told.buildings.at["b02", "after_s"] == 0
    assert told.totals.at["dedicated officers", "change"] == 1
    assert told.rules["plan"].to_list() == ["after"]
    assert "broken after: Post 1: no dedicated officer was requested at School 2" in str(told)
    assert list(compare_plans(after, before, town).moved["from_zone"]) == ["Post 1"]


def test_a_building_with_an_officer_of_its_own_may_have_been_on_patrol_before() -> None:
    """The problem knows no travel to it, but that it moved, and from where."""
    town = road(dedicated=("x",), names=NAMES | {"x": "School X"})
    plan = plan_of(town, TWO)
    with_x = dataclasses.replace(plan.zones[0], building_ids=("b00", "b01", "b02", "x"))
    before = ZonePlan((with_x, plan.zones[1]))
    after = ZonePlan((*plan.zones, post("Post 1", "x")))
    told = compare_plans(before, after, town)
    assert list(told.moved.index) == ["x"]
    assert str(told).startswith("1 building moved: School X from A to Post 1\n")
    assert told.rules["plan"].to_list() == ["before"]
    gone = compare_plans(after, plan, town)
    assert str(gone).startswith("1 building moved: School X from Post 1 to no zone\n")


def test_strict_alignment_broken_in_one_plan_leaves_the_rest_to_compare() -> None:
    town = road(
        feeders=[(0,), (0,), (0,), (1,), (1,), (1,)], high_schools=2, alignment=Alignment.strict()
    )
    kept, broken = plan_of(town, TWO), plan_of(town, [(0, 1, 3), (2, 4, 5)])
    told = compare_plans(kept, broken, town)
    assert told.totals.at["objective", "after"] == math.inf
    assert told.totals.at["misaligned schools", "change"] == 2
    assert np.isfinite(told.totals.at["mean travel", "change"])
    assert "2 schools outside their feeder's zone, before 0" in str(told)
    assert "objective" not in str(told)
    both = compare_plans(broken, broken, town).totals
    assert both.at["objective", "change"] == 0


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=20)
def test_as_few_as_possible_have_moved_and_figures_are_those_of_the_scores(
    data: st.DataObject,
) -> None:
    """Against every way to say which zone continues which."""
    costs = data.draw(st.lists(st.sampled_from([c for c in COSTS if c != "Imbalance"]), max_size=1))
    town = data.draw(towns(objectives=OBJECTIVES, costs=costs, alignment=Alignment.prefer(2)))
    homes = st.lists(st.integers(0, 3), min_size=town.n, max_size=town.n)
    plans, groups = [], []
    for _ in range(2):
        home = data.draw(homes)
        groups.append([[k for k in range(town.n) if home[k] == z] for z in sorted(set(home))])
        plans.append(plan_of(town, groups[-1]))
    told = compare_plans(*plans, town)
    assert len(told.moved) == moved_in(town, groups[1], plans[0])
    scores = [score(plan, town) for plan in plans]
    for which, figures in zip(("before", "after"), scores, strict=True):
        assert told.totals.at["objective", which] == figures.objective_s
        calls = told.buildings["calls"]
        waits = (calls * told.buildings[f"{which}_s"]).sum() / calls.sum()
        assert waits == pytest.approx(figures.mean_travel_s)
        assert told.by_group.at["all buildings", f"{which}_s"] == pytest.approx(waits)
        assert told.zones[f"misaligned_{which}"].sum() == figures.misaligned
        assert told.zones[f"longest_drive_s_{which}"].max() == figures.longest_drive_s
        assert told.zones[f"calls_{which}"].sum() == pytest.approx(calls.sum())
    assert (told.totals["after"] - told.totals["before"]).to_list() == pytest.approx(
        told.totals["change"].to_list(), nan_ok=True
    )


def test_terms_of_the_objective_are_listed_one_by_one() -> None:
    today = plan_of(road(), TWO)
    town = road(max_size=4, costs=(MovedBuildings(today=today, price_s=60),))
    told = compare_plans(today, plan_of(town, [(0, 1), (2, 3, 4, 5)]), town)
    assert told.totals.at["moved buildings, each is worth 1 min", "after"] == 60
    assert told.totals.at["travel", "before"] == pytest.approx(320)


def test_groups_that_are_missing_or_double_are_all_named() -> None:
    town = road()
    plan = plan_of(town, TWO)
    groups = pd.Series(["a", "b", "c", "d"], ["b00", "b01", "b01", "b02"])
    with pytest.raises(PlanError) as fault:
        compare_plans(plan, plan, town, groups=groups)
    assert fault.value.faults == ("no group: b03, b04, b05", "more than one row: b01")


def test_plans_of_other_buildings_are_refused() -> None:
    town = road()
    plan = plan_of(town, TWO)
    with pytest.raises(PlanError, match="in no zone: b05"):
        compare_plans(plan, plan_of(town, [(0, 1, 2), (3, 4)]), town)


def test_a_large_comparison_names_only_the_first_to_move() -> None:
    town = problem(random_town(3, 24), zones=2, min_size=1, max_size=None)
    one, other = plan_of(town, [range(12), range(12, 24)]), plan_of(town, [range(1), range(1, 24)])
    assert "and 3 more" in str(compare_plans(one, other, town)).splitlines()[0]
