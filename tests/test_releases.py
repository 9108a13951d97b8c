"""What several releases tell together: intervals on hand-made systems and a town of twenty."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from zoning.disclosure.releases import (
    NARROW_S,
    PublishedMean,
    Served,
    find_narrowed,
    plan_hash,
    possible_drives,
    published_means,
    zones_of,
)

PAIR = frozenset("AB")
A, B = ("A", PAIR), ("B", PAIR)
LONGEST: dict[Served, float] = {A: 300.0, B: 300.0}
RESPONSE = {
    "dispatch_s": 90.0,
    "turnout_s": 45.0,
    "dispatch_range_s": [60.0, 133.0],
    "turnout_range_s": [30.0, 80.0],
    "travel_factor_range": [0.5, 2.0],
}


def mean(a: float, b: float, low_s: float, high_s: float) -> PublishedMean:
    return PublishedMean(weights={A: a, B: b}, low_s=low_s, high_s=high_s)


def test_one_mean_leaves_what_the_other_building_can_make_up() -> None:
    # A = 200 - B and B is at most 300, so at most A = 200 +- 6 with B = 0.
    found, contradiction = possible_drives([mean(0.5, 0.5, 97.0, 103.0)], LONGEST, [A])
    assert found[A] == pytest.approx((0.0, 206.0), abs=0.01)
    assert contradiction == 0.0


def test_two_means_of_the_same_buildings_solve_for_both() -> None:
    # A + B = 2 m and 3 A + B = 4 n: A = 2 n - m and B = 3 m - 2 n, m = 100 +- 3, n = 110 +- 3.
    both = [mean(0.5, 0.5, 97.0, 103.0), mean(0.75, 0.25, 107.0, 113.0)]
    found, _ = possible_drives(both, LONGEST, [A, B])
    assert found[A] == pytest.approx((111.0, 129.0), abs=0.01)
    assert found[B] == pytest.approx((65.0, 95.0), abs=0.01)
    table, _ = find_narrowed(both[:1], both[1:], LONGEST, asked=[A, B])
    assert table["building_id"].tolist() == ["A", "B"]
    assert table["together_s"].tolist() == pytest.approx([18.0, 30.0], abs=0.01)
    assert table["alone_s"].tolist() == pytest.approx([206.0, 206.0], abs=0.01)


def test_the_same_mean_rounded_in_two_ways_is_narrower_than_either() -> None:
    # 210 to half a minute is 195 to 225, 198 to a tenth is 195 to 201: both say 195 to 201.
    rough, fine = mean(1.0, 0.0, 60.0, 90.0), mean(1.0, 0.0, 60.0, 66.0)
    table, _ = find_narrowed([rough], [fine], LONGEST, asked=[A])
    assert table["together_s"].tolist() == pytest.approx([6.0], abs=0.01)


def test_a_building_whose_zone_changed_is_another_unknown() -> None:
    moved = ("A", frozenset("AC"))
    longest = {**LONGEST, moved: 300.0}
    before = PublishedMean(weights={moved: 1.0}, low_s=100.0, high_s=106.0)
    table, _ = find_narrowed([mean(0.5, 0.5, 97.0, 103.0)], [before], longest, asked=[A, B])
    assert table.empty


def test_what_the_streets_tell_and_what_no_mean_is_about_is_not_named() -> None:
    near: dict[Served, float] = {A: 50.0, B: 0.0, ("C", frozenset("CD")): 300.0}
    found, _ = possible_drives([mean(1.0, 0.0, 10.0, 12.0)], near, near)
    assert found["C", frozenset("CD")] == (0.0, 300.0)
    table, _ = find_narrowed([], [mean(1.0, 0.0, 10.0, 12.0)], near, asked=near)
    assert table.empty


def test_releases_that_contradict_one_another_say_by_how_much() -> None:
    # 3 s between them are met half-way by 1.5 s; as wide again, so that no point is proved.
    means = [mean(1.0, 0.0, 100.0, 106.0), mean(1.0, 0.0, 109.0, 115.0)]
    found, contradiction = possible_drives(means, LONGEST, [A])
    assert contradiction == pytest.approx(1.5, abs=0.01)
    assert found[A] == pytest.approx((106.0, 109.0), abs=0.01)


def test_the_range_of_a_mean_narrows_it() -> None:
    """What is told: 135 s and the drive; the ends are 90 + half the drive and 213 + twice it."""
    told = {
        "step_s": 6.0,
        "figures": {"mean_response_s": 234.0, "mean_response_high_s": 414.0},
        "groups": {"All students": 240.0, "a group nobody knows": 1.0},
    }
    weights = {name: pd.Series({"A": 1.0, "B": 3.0, "C": 4.0}) for name in ("", "All students")}
    zones = zones_of([("patrol", "AB"), ("dedicated", "C")])
    by_calls, of_all = published_means(told, zones, response=RESPONSE, weights=weights)
    # 96 to 102 by the mean; 99 to 102 by its high end: (414 +- 3 - 213) / 2.
    assert (by_calls.low_s, by_calls.high_s) == pytest.approx((99.0, 102.0))
    assert (of_all.low_s, of_all.high_s) == pytest.approx((102.0, 108.0))
    # C has an officer of its own: nobody drives there, and its calls count as no drive.
    assert dict(by_calls.weights) == {A: 0.125, B: 0.375}


def test_a_mean_rounded_up_to_the_shortest_wait_has_no_lower_end() -> None:
    told = {"step_s": 30.0, "figures": {"mean_response_s": 150.0}, "groups": {}}
    weights = {"": pd.Series({"A": 1.0, "B": 1.0})}
    (only,) = published_means(
        told, zones_of([("patrol", "AB")]), response=RESPONSE, weights=weights
    )
    assert (only.low_s, only.high_s) == pytest.approx((0.0, 30.0))


def test_the_hash_of_a_plan_is_of_who_shares_an_officer() -> None:
    plan = [("patrol", ["b", "a"]), ("dedicated", ["c"])]
    assert plan_hash(plan) == plan_hash([("dedicated", ("c",)), ("patrol", ("a", "b"))])
    assert plan_hash(plan) != plan_hash([("patrol", ["a"]), ("patrol", ["b"]), ("dedicated", "c")])


@pytest.mark.slow
@pytest.mark.parametrize(("step_s", "told", "narrowest_s"), [(6.0, 3, 100.0), (0.1, 20, 0.0)])
def test_four_years_of_a_town_of_twenty_tell_what_one_does_not(
    step_s: float, told: int, narrowest_s: float
) -> None:
    """Twenty buildings, five zones, means of all and of seven groups of students.

    Enrolment changes from year to year and response does not. The truth is in every
    interval, and one year narrows none to a minute. Four years told to a tenth of a
    minute narrow three intervals by half, and none to less than 100 s; told to a tenth
    of a second they give every school away.
    """
    random = np.random.default_rng(4)
    zones = {b: frozenset(range(b // 4 * 4, b // 4 * 4 + 4)) for b in range(20)}
    served: list[Served] = [(str(b), frozenset(map(str, of))) for b, of in zones.items()]
    drives = random.uniform(40.0, 260.0, size=20)
    longest = dict.fromkeys(served, 300.0)
    shares = random.dirichlet(np.ones(7), size=20).T
    years = []
    for _ in range(4):
        students = shares * random.uniform(300.0, 1500.0, size=20)
        years.append(
            [
                told_mean(served, row / row.sum(), drives, step_s)
                for row in (students.sum(axis=0), *students)
            ]
        )
    before, last = [one for year in years[:-1] for one in year], years[-1]
    found, contradiction = possible_drives([*before, *last], longest, served)
    assert contradiction == 0.0
    for one, drive in zip(served, drives, strict=True):
        low, high = found[one]
        assert low - 0.01 <= drive <= high + 0.01
    alone, _ = possible_drives(last, longest, served)
    assert min(high - low for low, high in alone.values()) > NARROW_S
    table, _ = find_narrowed(last, before, longest, asked=served)
    assert len(table) == told
    assert table["together_s"].is_monotonic_increasing
    assert table["together_s"].iloc[0] > narrowest_s
    if step_s < 1:
        assert table["together_s"].max() < 16.0


def told_mean(
    served: list[Served], weights: np.ndarray, drives: np.ndarray, step_s: float
) -> PublishedMean:
    value = round(float(weights @ drives) / step_s) * step_s
    return PublishedMean(
        weights=dict(zip(served, map(float, weights), strict=True)),
        low_s=value - step_s / 2,
        high_s=value + step_s / 2,
    )
