"""Requests that cannot be: the conflict is the smallest, every remedy right and the least."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from helpers.zone_requests import RULES, towns
from helpers.zone_towns import (
    best_of_all,
    on_a_line,
    partitions,
    plan_exists,
    plan_of,
    problem,
    random_town,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from zoning.zones import (
    Alignment,
    AlignmentMode,
    Apart,
    AtMostMoved,
    FromHighSchool,
    HoldsHighSchool,
    Imbalance,
    Infeasibility,
    InZone,
    Locked,
    LongestDrive,
    SolverLimits,
    Status,
    Together,
    TourLength,
    Workload,
    Zone,
    ZoneProblem,
    solve,
)

FREE: dict[str, Any] = {"min_size": None, "max_size": None}
Change = Callable[[ZoneProblem], ZoneProblem]


def without(town: ZoneProblem, text: str) -> ZoneProblem:
    """The request without the one thing that ``text`` says."""
    low, high = town.sizes
    change: dict[str, Any]
    if re.fullmatch(r"[\d to]+ zones?", text):
        change = {"zones": None}
    elif text == f"at most {high} building{'s' if high > 1 else ''} in a zone":
        change = {"max_size": None}
    elif text == f"at least {low} buildings in a zone":
        change = {"min_size": None}
    elif text == "strict alignment":
        change = {"alignment": Alignment.off()}
    else:
        said = [rule.text for rule in town.rules]
        at = said.index(text)
        change = {"rules": (*town.rules[:at], *town.rules[at + 1 :])}
    return dataclasses.replace(town, **change)


def everything_asked(town: ZoneProblem) -> list[str]:
    """What was asked for, one by one, in words."""
    low, high = town.sizes
    fewest, most = town.fewest_and_most
    asked = [] if town.zones is None else [_zones_asked(fewest, most)]
    asked += [f"at most {high} building{'s' if high > 1 else ''} in a zone"] * (high < town.n)
    asked += [f"at least {low} buildings in a zone"] * (low > 1)
    asked += ["strict alignment"] * (town.alignment.mode is AlignmentMode.STRICT)
    return [*asked, *(rule.text for rule in town.rules)]


def _zones_asked(fewest: int, most: int) -> str:
    if fewest == most:
        return f"{fewest} zone{'s' if fewest > 1 else ''}"
    return f"{fewest} to {most} zones"


def keeping(town: ZoneProblem, kept: tuple[str, ...]) -> ZoneProblem:
    """The request with nothing but these."""
    left = list(kept)
    for text in everything_asked(town):
        if text in left:
            left.remove(text)
        else:
            town = without(town, text)
    assert not left, left
    return town


def require_explained(town: ZoneProblem) -> Infeasibility:
    """No plan exists, and all that is said about it is right, by looking at every plan."""
    assert not plan_exists(town)
    result = solve(town, SolverLimits(time_s=60))
    assert result.status is Status.INFEASIBLE
    why = result.infeasibility
    assert why is not None
    assert why.complete
    assert why.minimal
    if why.conflict:
        assert set(why.conflict) <= set(everything_asked(town))
        assert not plan_exists(keeping(town, why.conflict))
        asked = everything_asked(town)
        for kept in combinations(asked, len(why.conflict) - 1):
            assert plan_exists(keeping(town, kept)), kept
    for remedy in why.remedies:
        _require_right_and_least(town, remedy)
    for text in why.conflict:
        if plan_exists(without(town, text)):
            assert any(_eases(remedy, text, town) for remedy in why.remedies), (text, why.remedies)
    return why


def _eases(remedy: str, text: str, town: ZoneProblem) -> bool:
    """Whether a remedy is about this part of the request."""
    if re.fullmatch(r"[\d to]+ zones?", text):
        return bool(re.match(r"\d+ zones? instead of", remedy))
    if text.endswith("in a zone"):
        return remedy.startswith("allow") and remedy.endswith("in a zone")
    if text == "strict alignment":
        return "instead of 'strict'" in remedy
    rule = next(rule for rule in town.rules if rule.text == text)
    if isinstance(rule, AtMostMoved):
        return remedy.startswith("let") and remedy.endswith("move")
    return any(easing.text == remedy for easing in rule.easings(town))


def _require_right_and_least(town: ZoneProblem, remedy: str) -> None:
    """Applied as it reads it is enough; the step before it is not."""
    low, high = town.sizes
    figures = [float(text) for text in re.findall(r"(?<![\w.])\d+\.?\d*", remedy)]
    if " instead of " in remedy and "zone" in remedy:
        k, (fewest, most) = int(figures[0]), town.fewest_and_most
        assert plan_exists(dataclasses.replace(town, zones=k)), remedy
        for between in [*range(k + 1, fewest), *range(most + 1, k)]:
            assert not plan_exists(dataclasses.replace(town, zones=between)), remedy
    elif match := re.fullmatch(r"allow (\d+) buildings? in a zone", remedy):
        k = int(match[1])
        name = "max_size" if k > high else "min_size"
        assert plan_exists(dataclasses.replace(town, **{name: k})), remedy
        for between in [*range(k + 1, low), *range(high + 1, k)]:
            assert not plan_exists(dataclasses.replace(town, **{name: between})), remedy
    elif "instead of 'strict'" in remedy:
        assert plan_exists(dataclasses.replace(town, alignment=Alignment.prefer(1.0)))
    elif match := re.fullmatch(r"let (\d+) buildings? move", remedy):
        for most, enough in ((int(match[1]), True), (int(match[1]) - 1, False)):
            rules = tuple(
                dataclasses.replace(rule, most=max(most, rule.most))
                if isinstance(rule, AtMostMoved)
                else rule
                for rule in town.rules
            )
            assert plan_exists(dataclasses.replace(town, rules=rules)) == enough, remedy
    elif " of the zones" in remedy or "own officer" in remedy or "outside their" in remedy:
        assert not town.rules
    else:
        _require_easing_right_and_least(town, remedy)


def _require_easing_right_and_least(town: ZoneProblem, remedy: str) -> None:
    at, step, easings = next(
        (at, step, rule.easings(town))
        for at, rule in enumerate(town.rules)
        if not isinstance(rule, AtMostMoved)
        for step, easing in enumerate(rule.easings(town))
        if easing.text == remedy
    )
    for k, enough in ((step, True), (step - 1, False)):
        if k >= 0:
            eased = easings[k].rule
            rules = (*town.rules[:at], *([] if eased is None else [eased]), *town.rules[at + 1 :])
            assert plan_exists(dataclasses.replace(town, rules=rules)) == enough, remedy


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=60)
def test_the_conflict_is_the_smallest_and_every_remedy_right_and_least(data: st.DataObject) -> None:
    """Over random requests; those that have a plan say so."""
    kinds = data.draw(st.lists(st.sampled_from([*RULES, "AtMostMoved"]), min_size=1, max_size=3))
    town = data.draw(
        towns(
            n=(4, 6), rules=kinds, zones=data.draw(st.sampled_from([1, 2, 3, (1, 2), (2, 4), None]))
        )
    )
    if len({rule.text for rule in town.rules}) < len(town.rules):
        return
    if best_of_all(town).exists:
        assert solve(town).status is Status.OPTIMAL
    else:
        require_explained(town)


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=25)
def test_sizes_counts_and_alignment_alone_are_explained(data: st.DataObject) -> None:
    town = data.draw(
        towns(
            n=(4, 7),
            zones=data.draw(st.sampled_from([1, 2, 3, 5, (1, 2), (4, 6), None])),
            alignment=Alignment.strict(),
            min_size=data.draw(st.sampled_from([None, 2, 3])),
            max_size=data.draw(st.sampled_from([None, 3, 4])),
        )
    )
    if not plan_exists(town):
        why = require_explained(town)
        for remedy in why.remedies:
            _require_few_exceptions(town, remedy)


def _require_few_exceptions(town: ZoneProblem, remedy: str) -> None:
    """'at most 8 buildings in 3 of the zones': enough, and with one fewer it is not."""
    low, high = town.sizes
    ways = []
    for groups, count in _every_division(town):
        outside = _outside(town, groups)
        larger = [max(len(g) - high, 0) for g in groups]
        smaller = [max(low - len(g), 0) for g in groups]
        ways.append((count, outside, larger, smaller))
    asked = range(town.fewest_and_most[0], town.fewest_and_most[1] + 1)
    if town.zones is None:
        asked = range(1, town.n + 1)
    if match := re.fullmatch(r"at most (\d+) buildings in (\d+) of the zones", remedy):
        assert int(match[1]) == high + 1
        least = min(
            sum(x) for c, o, x, s in ways if c in asked and not o and not any(s) and max(x) < 2
        )
        assert int(match[2]) == least
    elif match := re.fullmatch(r"only (\d+) buildings? in (\d+) of the zones", remedy):
        assert int(match[1]) == low - 1
        least = min(
            sum(s) for c, o, x, s in ways if c in asked and not o and not any(x) and max(s) < 2
        )
        assert int(match[2]) == least
    elif match := re.match(r"(\d+) schools? outside their", remedy):
        least = min(o for c, o, x, s in ways if c in asked and not any(x) and not any(s))
        assert int(match[1]) == least
    elif match := re.match(r"(\d+) buildings? given their own officer", remedy):
        assert int(match[1]) == _fewest_left_out(town)


def _every_division(town: ZoneProblem) -> list[tuple[list[list[int]], int]]:
    return [
        (groups, count)
        for count in range(1, town.n + 1)
        for groups in partitions(range(town.n), count, 1, town.n)
    ]


def _outside(town: ZoneProblem, groups: list[list[int]]) -> int:
    return sum(int(town.misaligned[g].sum(axis=0).min()) for g in groups)


def _fewest_left_out(town: ZoneProblem) -> float:
    for few in range(town.n):
        for away in combinations(range(town.n), few):
            left = [k for k in range(town.n) if k not in away]
            smaller = problem(
                town.seconds[np.ix_(left, left)],
                high_schools=2,
                zones=town.zones,
                min_size=town.min_size,
                max_size=town.max_size,
                alignment=town.alignment,
            )
            if plan_exists(dataclasses.replace(smaller, misaligned=town.misaligned[left])):
                return few
    return math.inf


TODAY = Zone(zone_id="Zone 7", building_ids=("b00", "b01", "b02"))


def test_a_conflict_in_plain_words() -> None:
    """Two buildings 10 min apart that are to be together, and no drive over 5 min."""
    town = problem(
        on_a_line(0, 60, 600, 660),
        zones=3,
        rules=(Together(("b00", "b02")), LongestDrive(limit_s=300), Apart(("b00", "b01"))),
        **FREE,
    )
    why = require_explained(town)
    assert why.conflict == ("together: b00, b02", "no drive over 5.0 min inside a zone")
    assert why.remedies == (
        "allow drives of 10.00 min inside a zone",
        "allow b00, b02 in different zones",
    )
    assert str(why).splitlines() == [
        "No plan exists: 4 buildings, zones of 1 to 4, 3 zones.",
        "  no plan keeps all of these: together: b00, b02; no drive over 5.0 min inside a zone",
        "Any one of these makes a plan possible (each was solved to check):",
        "  allow drives of 10.00 min inside a zone",
        "  allow b00, b02 in different zones",
    ]


@pytest.mark.parametrize(
    ("request_", "remedy"),
    [
        ({"zones": 2, "max_size": 3}, "3 zones instead of 2"),
        ({"zones": 2, "max_size": 3}, "allow 4 buildings in a zone"),
        ({"zones": 4, "min_size": 2}, "3 zones instead of 4"),
        ({"zones": 4, "min_size": 2}, "allow 1 building in a zone"),
        ({"zones": (4, 5), "min_size": 2}, "3 zones instead of 4 to 5"),
        ({"zones": 1, "max_size": 3}, "3 zones instead of 1"),
    ],
)
def test_numbers_and_sizes_at_odds_with_a_rule_beside_them(
    request_: dict[str, Any], remedy: str
) -> None:
    """Seven buildings, and a rule that has nothing to do with it."""
    town = problem(random_town(3, 7), rules=(Together(("b00", "b01")),), **FREE | request_)
    assert remedy in require_explained(town).remedies


def test_a_lock_is_released() -> None:
    town = problem(
        random_town(3, 6),
        zones=2,
        min_size=2,
        max_size=4,
        rules=(Locked(TODAY), InZone("b03", TODAY)),
    )
    why = require_explained(town)
    assert set(why.conflict) == {"Zone 7 locked", "b03 in Zone 7"}
    assert set(why.remedies) == {"release the lock on Zone 7", "let b03 leave Zone 7"}


def test_a_lock_that_is_too_large_says_how_large_zones_would_have_to_be() -> None:
    town = problem(random_town(3, 6), zones=3, min_size=1, max_size=2, rules=(Locked(TODAY),))
    why = require_explained(town)
    assert "release the lock on Zone 7" in why.remedies
    assert set(why.conflict) == {"Zone 7 locked", "at most 2 buildings in a zone"}
    assert "allow 3 buildings in a zone" in why.remedies


def test_a_workload_says_how_far_it_has_to_give_way() -> None:
    """Calls 5, 5, 2: two zones have at least 7; 7 % of the mean of 6 more than 6.58."""
    town = problem(
        random_town(3, 3),
        columns={"calls": [5, 5, 2]},
        zones=2,
        rules=(Workload(column="calls", at_most=6.58),),
        **FREE,
    )
    why = require_explained(town)
    assert why.remedies == ("allow calls of a zone at most 7", "3 zones instead of 2")


def test_a_tolerance_says_how_far_it_has_to_give_way() -> None:
    """Calls 5, 5, 2 in two zones: 7 and 5, which is 16.7 % off; three zones are worse."""
    town = problem(
        random_town(3, 3),
        columns={"calls": [5, 5, 2]},
        zones=2,
        rules=(Workload(column="calls", tolerance=0.1),),
        **FREE,
    )
    result = solve(town)
    assert result.infeasibility is not None
    assert "allow calls within 17 % of the mean" in result.infeasibility.remedies
    for remedy in result.infeasibility.remedies:
        if "instead of" in remedy:
            assert plan_exists(dataclasses.replace(town, zones=int(remedy.split()[0]))), remedy


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 3, 4])
def test_another_number_of_zones_helps_only_if_it_keeps_the_tolerance(count: int) -> None:
    rng = np.random.default_rng(count)
    for seed in range(8):
        town = problem(
            random_town(seed, 6),
            columns={"calls": rng.integers(1, 12, 6)},
            zones=count,
            rules=(Workload(column="calls", tolerance=0.15),),
            **FREE,
        )
        result = solve(town)
        assert (result.status is Status.INFEASIBLE) == (not plan_exists(town))
        if result.infeasibility is not None:
            for remedy in result.infeasibility.remedies:
                _require_right_and_least(town, remedy)


def test_moved_buildings_give_way_by_as_many_as_have_to_move() -> None:
    """Today's two zones are cut across by who must be together: two buildings move."""
    town = problem(random_town(3, 6), zones=2, min_size=3, max_size=3)
    today = plan_of(town, [(0, 1, 2), (3, 4, 5)])
    strict = dataclasses.replace(
        town, rules=(Together(("b00", "b05")), AtMostMoved(today=today, most=0))
    )
    why = require_explained(strict)
    assert set(why.conflict) >= {"together: b00, b05", "at most 0 buildings move"}
    assert "let 2 buildings move" in why.remedies


def test_a_high_school_with_one_zone_far_larger_than_most_is_explained() -> None:
    """Zones hold 2.5 buildings on average, and the only zone of one high school holds 7."""
    town = problem(
        random_town(3, 10),
        feeders=[*[(0,)] * 7, (1,), (2,), (3,)],
        high_schools=4,
        alignment=Alignment.strict(),
        zones=4,
        rules=(Apart(("b00", "b01")),),
        **FREE,
    )
    result = solve(town)
    assert result.infeasibility is not None
    assert "apart: b00, b01" in result.infeasibility.conflict


def test_a_high_school_too_far_away_says_how_far() -> None:
    town = problem(
        on_a_line(0, 60, 120, 400),
        high_schools=1,
        campus=[0],
        zones=2,
        rules=(FromHighSchool(limit_s=200),),
        **FREE,
    )
    why = require_explained(town)
    assert why.conflict == ("no building over 3.3 min from its zone's high school",)
    assert why.remedies == ("allow 6.67 min from the zone's high school",)


def test_more_zones_than_high_schools_to_hold() -> None:
    town = problem(
        random_town(3, 5), high_schools=1, campus=[2], zones=2, rules=(HoldsHighSchool(),), **FREE
    )
    why = require_explained(town)
    assert set(why.conflict) == {"2 zones", "a zone holds its own high school"}
    assert why.remedies == ("1 zone instead of 2", "allow zones without their own high school")


@pytest.mark.parametrize("limit_s", [61, 299.99, 300, 305.7, 599.4])
def test_a_limit_as_it_is_printed_is_enough(limit_s: float) -> None:
    """'allow drives of 5.1 min' is enough when a planner types 5.1 min."""
    town = problem(
        on_a_line(0, limit_s), zones=1, rules=(LongestDrive(limit_s=limit_s - 0.5),), **FREE
    )
    why = require_explained(town)
    allowed = next(r for r in why.remedies if r.startswith("allow drives"))
    typed = float(allowed.split()[3]) * 60
    assert plan_exists(dataclasses.replace(town, rules=(LongestDrive(limit_s=typed),)))


@pytest.mark.parametrize("at_most", [6.58, 6.999_999, 1.23456, 0.3])
def test_a_workload_as_it_is_printed_is_enough(at_most: float) -> None:
    town = problem(
        random_town(3, 3),
        columns={"calls": np.array([5, 5, 2]) * at_most / 6.9},
        zones=2,
        rules=(Workload(column="calls", at_most=at_most),),
        **FREE,
    )
    why = require_explained(town)
    allowed = next(r for r in why.remedies if "at most" in r)
    typed = float(allowed.split()[-1])
    assert plan_exists(
        dataclasses.replace(town, rules=(Workload(column="calls", at_most=typed),))
    ), allowed


def test_costs_that_need_sizes_and_counts_do_not_stand_in_the_way() -> None:
    town = problem(
        random_town(3, 12),
        columns={"calls": np.arange(1, 13)},
        zones=3,
        min_size=2,
        max_size=5,
        rules=(Locked(Zone(zone_id="Zone 1", building_ids=tuple(f"b0{k}" for k in range(6)))),),
        costs=(Imbalance(column="calls", price_s=9.0), TourLength(price_s=1.0)),
    )
    result = solve(town)
    assert result.infeasibility is not None
    assert set(result.infeasibility.conflict) == {"Zone 1 locked", "at most 5 buildings in a zone"}


def test_many_more_zones_are_still_found() -> None:
    """40 buildings in pairs need 20 zones, not 2: 18 more, and a rule that is no trouble."""
    town = problem(
        random_town(3, 40), zones=2, min_size=1, max_size=2, rules=(Together(("b00", "b01")),)
    )
    result = solve(town)
    assert result.infeasibility is not None
    assert "20 zones instead of 2" in result.infeasibility.remedies


def test_two_conflicts_at_once_have_no_single_way_out() -> None:
    town = problem(
        random_town(3, 6),
        zones=2,
        rules=(
            Together(("b00", "b01")),
            Apart(("b00", "b01")),
            Together(("b02", "b03")),
            Apart(("b02", "b03")),
        ),
        **FREE,
    )
    why = require_explained(town)
    assert len(why.conflict) == 2
    assert why.remedies == ()
    assert "No single change makes a plan possible." in str(why)


def test_out_of_time_an_explanation_says_that_it_is_not_complete() -> None:
    """Too many rules to sort out in no time: no claim is made that is not proved."""
    town = problem(
        random_town(3, 24),
        zones=6,
        min_size=3,
        max_size=5,
        rules=tuple(Apart((f"b{k:02d}", f"b{j:02d}")) for k in range(8) for j in range(k)),
    )
    result = solve(town, SolverLimits(time_s=0.05))
    assert result.status is not Status.OPTIMAL
    if result.infeasibility is not None:
        assert not result.infeasibility.complete
        assert "Time ran out" in str(result)
