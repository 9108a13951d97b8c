"""Plans drawn by hand: scored, checked against every rule, and improved."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
from helpers.zone_requests import COSTS, OBJECTIVES, RULES, no_sum_of, towns
from helpers.zone_towns import (
    alignment_of_group,
    keeps,
    moved_in,
    on_a_line,
    plan_of,
    problem,
    random_town,
    sizes_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from zoning.errors import PlanError
from zoning.zones import (
    Alignment,
    Apart,
    AtMostMoved,
    Contiguous,
    FromHighSchool,
    HoldsHighSchool,
    InZone,
    Locked,
    LongestDrive,
    NotInZone,
    Objective,
    Status,
    Together,
    TourLength,
    Workload,
    Zone,
    ZoneKind,
    ZonePlan,
    ZoneProblem,
    check_plan,
    compare_plans,
    read_plan,
    score,
    solve,
    write_plan,
)

NAMES = {f"b{k:02d}": f"School {k}" for k in range(9)} | {"H0": "North High", "H1": "South High"}
ROAD = on_a_line(0, 60, 120, 3720, 3780, 3840)
TWO = [(0, 1, 2), (3, 4, 5)]


def road(**request: object) -> ZoneProblem:
    """Two rows of three a minute apart, an hour between: each row is a zone, 320 s in all."""
    return problem(ROAD, **{"zones": 2, "names": NAMES} | request)


def reasons(plan: ZonePlan, town: ZoneProblem) -> list[str]:
    return [str(b) for b in check_plan(plan, town).broken]


@st.composite
def drawn_plans(draw: st.DrawFn, town: ZoneProblem) -> ZonePlan:
    """Any plan of a town's buildings, in up to four zones with any high schools or none."""
    homes = draw(st.lists(st.integers(0, 3), min_size=town.n, max_size=town.n))
    groups = [[k for k in range(town.n) if homes[k] == zone] for zone in sorted(set(homes))]
    schools = st.sampled_from([None, *town.high_school_ids])
    return plan_of(town, groups, **{chr(ord("A") + k): draw(schools) for k in range(len(groups))})


def test_a_plan_that_keeps_every_rule_is_scored_and_said_to() -> None:
    town = road()
    plan = plan_of(town, TWO)
    check = check_plan(plan, town)
    assert check.ok
    assert check.score == score(plan, town)
    assert check.score.objective_s == pytest.approx(320)
    assert check.to_frame().empty
    assert str(check).splitlines() == [
        "2 zones for 6 buildings: keeps every rule",
        "mean expected travel 0.89 min per call, longest drive inside a zone 2.0 min",
        "objective 5.33 building-minutes",
    ]


BROKEN = {
    "too few buildings": (
        {"min_size": 3},
        [(0, 1), (2, 3, 4, 5)],
        ["A: has 2 buildings, at least 3"],
    ),
    "too many buildings": (
        {"max_size": 3},
        [(0, 1, 2, 3), (4, 5)],
        ["A: has 4 buildings, at most 3"],
    ),
    "too many zones": (
        {"zones": 2},
        [(0, 1), (2, 3), (4, 5)],
        ["the plan has 3 patrol zones, not 2"],
    ),
    "outside a range of zones": (
        {"zones": (2, 4)},
        [(0, 1, 2, 3, 4, 5)],
        ["the plan has 1 patrol zone, not 2 to 4"],
    ),
    "a long drive": (
        {"rules": (LongestDrive(limit_s=600),)},
        [(0, 1, 3), (2, 4, 5)],
        [
            "A: School 0 to School 3 is 62.0 min, over 10.0 min",
            "B: School 2 to School 5 is 62.0 min, over 10.0 min",
        ],
    ),
    "a workload": (
        {
            "rules": (Workload(column="calls", at_most=10),),
            "columns": {"calls": [5, 5, 5, 1, 1, 1]},
        },
        TWO,
        ["A: calls 15, over 10"],
    ),
    "apart": ({"rules": (Apart(("b00", "b01")),)}, TWO, ["A: School 0, School 1 in one zone"]),
    "together": (
        {"rules": (Together(("b00", "b03")),)},
        TWO,
        ["A: School 0 without School 3", "B: School 3 without School 0"],
    ),
    "in a zone": (
        {"rules": (InZone("b00", Zone(zone_id="Zone 9", building_ids=("b03", "b04"))),)},
        TWO,
        ["A: School 0 is with 0 of the 2 other buildings of Zone 9"],
    ),
    "not in a zone": (
        {"rules": (NotInZone("b00", Zone(zone_id="Zone 9", building_ids=("b01", "b02"))),)},
        TWO,
        ["A: School 0 is with 2 of the 2 other buildings of Zone 9"],
    ),
    "locked": (
        {"rules": (Locked(Zone(zone_id="Zone 9", building_ids=("b00", "b01"))),)},
        TWO,
        ["A: Zone 9 is locked but has School 2 as well"],
    ),
    "cut off": (
        {
            "rules": (Contiguous(tuple((f"b{k:02d}", f"b{k + 1:02d}") for k in range(5))),),
        },
        [(0, 1, 3), (2, 4, 5)],
        [
            "A: School 3 is cut off by other zones",
            "B: School 2 is cut off by other zones",
        ],
    ),
    "a rule of one's own": ({"rules": (no_sum_of(3),)}, TWO, ["A: unlucky", "B: unlucky"]),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_each_rule_broken_on_purpose_is_named_with_its_zone(kind: str) -> None:
    request, groups, expected = BROKEN[kind]
    town = road(**{"min_size": None, "max_size": None, "zones": len(groups)} | request)
    plan = plan_of(town, groups)
    assert reasons(plan, town) == expected
    check = check_plan(plan, town)
    assert not check.ok
    assert f"breaks {len(expected)} rule" in str(check)
    assert all(f"\n  {reason}" in str(check) for reason in expected)
    frame = check.to_frame()
    assert list(frame.columns) == ["zone_id", "rule", "reason"]
    assert list(frame["rule"]) == [b.rule for b in check.broken]


def test_strict_alignment_names_the_schools_and_still_shows_the_travel() -> None:
    town = road(
        feeders=[(0,), (0,), (1,), (1,), (1,), ()], high_schools=2, alignment=Alignment.strict()
    )
    check = check_plan(plan_of(town, TWO, A="H0", B="H1"), town)
    assert [str(b) for b in check.broken] == [
        "A: School 2 feeds another high school than North High"
    ]
    assert math.isinf(check.score.objective_s)
    assert check.score.mean_travel_s == pytest.approx(320 / 6)
    assert "objective without strict alignment, which is broken, 5.33" in str(check)
    assert "1 of 5 schools outside their feeder's zone" in str(check)


def test_rules_about_high_schools_are_checked() -> None:
    town = road(
        feeders=[(0,)] * 3 + [(1,)] * 3,
        high_schools=2,
        campus=[0, 1],
        rules=(FromHighSchool(limit_s=90), HoldsHighSchool()),
    )
    assert reasons(plan_of(town, TWO, A="H0", B="H1"), town) == [
        "A: School 2 from North High is 2.0 min, over 1.5 min",
        "B: School 5 from South High is 63.0 min, over 1.5 min",
        "B: South High, its high school, is not in the zone",
    ]


def test_a_high_school_that_the_district_does_not_have_breaks_a_rule() -> None:
    town = road(feeders=[(0,)] * 6, high_schools=1)
    assert reasons(plan_of(town, TWO, A="H7", B="H0"), town) == [
        "A: is aligned with 'H7', which is not among them"
    ]


def test_zones_that_name_no_high_school_count_as_aligned_with_the_best() -> None:
    town = road(
        feeders=[(0,), (0,), (0,), (1,), (1,), (1,)], high_schools=2, alignment=Alignment.strict()
    )
    check = check_plan(plan_of(town, TWO), town)
    assert check.ok
    assert check.notes == (
        "2 zones name no high school and count as aligned: A with North High, B with South High",
    )


def test_moved_buildings_are_named() -> None:
    today = plan_of(road(), TWO)
    town = road(rules=(AtMostMoved(today=today, most=1),))
    assert reasons(today, town) == []
    assert reasons(plan_of(town, [(0, 1, 5), (3, 4, 2)]), town) == [
        "2 buildings moved, at most 1: School 2, School 5"
    ]


def with_posts(town: ZoneProblem, *zones: Zone) -> ZonePlan:
    return ZonePlan((*plan_of(town, TWO).zones, *zones))


def post(zone_id: str, *building_ids: str) -> Zone:
    return Zone(zone_id=zone_id, building_ids=building_ids, kind=ZoneKind.DEDICATED)


def test_dedicated_officers_are_alone_and_where_they_were_asked_for() -> None:
    town = road(dedicated=("x", "y"), names=NAMES | {"x": "Alternative X", "y": "Alternative Y"})
    assert reasons(with_posts(town, post("Post 1", "x"), post("Post 2", "y")), town) == []
    assert reasons(with_posts(town, post("Post 1", "x", "y")), town) == [
        "Post 1: its officer stays at one building, but it has Alternative X, Alternative Y"
    ]
    assert reasons(with_posts(town, post("Post 1", "x")), town) == [
        "Alternative Y was to have an officer of its own, and is in no zone"
    ]
    plan = plan_of(town, TWO)
    joined = dataclasses.replace(plan.zones[0], building_ids=("b00", "b01", "b02", "x"))
    in_patrol = ZonePlan((joined, plan.zones[1], post("Post 2", "y")))
    check = check_plan(in_patrol, town)
    assert [str(b) for b in check.broken] == ["A: Alternative X was to have an officer of its own"]
    assert check.score == score(plan, town)
    assert "2 zones and 1 dedicated officer for 8 buildings" in str(check)


def test_an_officer_who_stays_where_none_was_asked_for_breaks_a_rule() -> None:
    town = road(min_size=1)
    plan = ZonePlan((*plan_of(town, [(0, 1), (3, 4, 5)]).zones, post("Post 1", "b02")))
    check = check_plan(plan, town)
    assert [str(b) for b in check.broken] == [
        "Post 1: no dedicated officer was requested at School 2"
    ]
    assert check.score.objective_s == pytest.approx(160 + 60)
    two = dataclasses.replace(plan.zones[2], officers=2)
    doubled = check_plan(ZonePlan((*plan.zones[:2], two)), town)
    assert (doubled.broken, doubled.score) == (check.broken, check.score)
    assert "2 zones and 2 dedicated officers for 6 buildings" in str(doubled)
    told = compare_plans(plan, doubled.plan, town).totals.loc["dedicated officers"]
    assert told[["before", "after"]].tolist() == [1, 2]


def test_faulty_plans_are_refused_with_what_is_near() -> None:
    town = road()
    with pytest.raises(PlanError, match=r"in no zone: b05"):
        check_plan(plan_of(town, [(0, 1, 2), (3, 4)]), town)
    whole = plan_of(town, TWO)
    with pytest.raises(PlanError, match=r"no building 'b5' in the problem; near: .*b05 \(School 5"):
        check_plan(ZonePlan((*whole.zones, post("Post 1", "b5"))), town)


def test_round_trips_of_huge_zones_are_refused_by_name() -> None:
    town = problem(
        random_town(1, 16), zones=2, min_size=1, max_size=8, costs=(TourLength(price_s=1),)
    )
    with pytest.raises(PlanError, match=r"at most 14 buildings\n  A has 15"):
        check_plan(plan_of(town, [range(15), [15]]), town)


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=60)
def test_a_plan_is_ok_exactly_if_it_keeps_everything(data: st.DataObject) -> None:
    """Against rules worked out one zone at a time, with high schools left to the check."""
    rules = data.draw(st.lists(st.sampled_from([*RULES, "AtMostMoved"]), max_size=3))
    town = data.draw(towns(objectives=OBJECTIVES, rules=rules, zones=data.draw(st.integers(2, 3))))
    named = data.draw(drawn_plans(town))
    plan = ZonePlan(tuple(dataclasses.replace(z, high_school_id=None) for z in named.zones))
    groups = [[town.position(b) for b in zone.building_ids] for zone in plan.zones]
    low, high = sizes_of(town)
    expected = (
        len(groups) == town.zones
        and all(low <= len(g) <= high for g in groups)
        and all(keeps(town, rule, g, len(groups)) for rule in town.zone_rules for g in groups)
        and all(math.isfinite(alignment_of_group(town, g)) for g in groups)
        and all(moved_in(town, groups, rule.today) <= rule.most for rule in town.moving)
    )
    assert check_plan(plan, town).ok == expected


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=10)
def test_an_answer_of_the_optimiser_keeps_everything(data: st.DataObject) -> None:
    rules = data.draw(st.lists(st.sampled_from([*RULES, "AtMostMoved"]), max_size=2))
    costs = data.draw(st.lists(st.sampled_from(COSTS), max_size=1))
    town = data.draw(towns(objectives=OBJECTIVES, rules=rules, costs=costs, zones=2, max_size=5))
    result = solve(town)
    if result.plan is not None:
        check = check_plan(result.plan, town)
        assert check.broken == ()
        assert check.score == result.score


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=10)
def test_improving_a_plan_drawn_by_hand_never_makes_it_worse(data: st.DataObject) -> None:
    """And one that breaks rules is replaced by one that keeps them, where there is one."""
    rules = data.draw(st.lists(st.sampled_from(["LongestDrive", "Together", "Apart"]), max_size=1))
    town = data.draw(
        towns(
            n=(6, 8),
            objectives=OBJECTIVES,
            rules=rules,
            zones=2,
            max_size=5,
            alignment=Alignment.off(),
        )
    )
    plan = data.draw(drawn_plans(town))
    drawn = check_plan(plan, town)
    result = solve(town, start=plan)
    if drawn.ok:
        assert result.status is Status.OPTIMAL
    if result.plan is None:
        return
    improved = check_plan(result.plan, town)
    assert improved.ok
    if drawn.ok:
        if town.objective is Objective.WORST:
            assert improved.score.longest_drive_s <= drawn.score.longest_drive_s
        if improved.score.longest_drive_s == drawn.score.longest_drive_s or (
            town.objective is not Objective.WORST
        ):
            assert improved.score.objective_s <= drawn.score.objective_s * (1 + 2e-6) + 1e-6


def test_a_plan_drawn_in_a_gis_is_loaded_scored_checked_and_improved(tmp_path: Path) -> None:
    town = road(min_size=2, max_size=4)
    drawn = ZonePlan.from_assignment(
        dict(zip(town.building_ids, ["East", "East", "West", "West", "East", "West"], strict=True))
    )
    write_plan(drawn, tmp_path / "plan.csv")
    plan = read_plan(tmp_path / "plan.csv", building_ids=town.building_ids)
    check = check_plan(plan, town)
    assert check.ok
    assert check.score.objective_s > 320
    better = solve(town, start=plan)
    assert better.objective_s == pytest.approx(320)
    assert np.isclose(check_plan(better.plan, town).score.objective_s, 320)  # type: ignore[arg-type]


def test_a_drive_of_over_an_hour_inside_a_zone_is_told() -> None:
    """The rows of three are an hour apart: School 0 to School 5 is 64 min."""
    town = road(zones=1, min_size=None)
    said = "the longest drive of A is 64 min, from School 0 to School 5"
    assert said in str(check_plan(plan_of(town, [range(6)]), town))
    assert "the longest drive of Zone 1 is 64 min" in str(solve(town))
    assert "longest drive of" not in str(check_plan(plan_of(town, TWO), town))
