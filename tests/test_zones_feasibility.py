"""An impossible request is answered with the reason and with what would help."""

from __future__ import annotations

from typing import Any

import pytest
from helpers.zone_towns import partitions, problem, random_town

from zoning.zones import Alignment, Status, TourLength, ZoneProblem, solve
from zoning.zones.solve.feasibility import possible_loads


def town(n: int, **request: Any) -> ZoneProblem:
    return problem(random_town(1, n), **request)


def test_too_few_zones_says_how_many_are_left_over_and_what_helps() -> None:
    """143 buildings in 20 zones of 7: the example of the issue."""
    result = solve(town(143, zones=20))
    assert result.status is Status.INFEASIBLE
    assert result.plan is None
    assert result.gap is None
    assert str(result).splitlines() == [
        "No plan exists: 143 buildings, zones of 3 to 7, 20 zones.",
        "  20 zones of at most 7 hold 140 buildings; 3 are left over",
        "Any one of these makes a plan possible (each was solved to check):",
        "  21 zones instead of 20",
        "  at most 8 buildings in 3 of the zones",
        "  3 buildings given their own officer",
    ]


def test_too_many_zones() -> None:
    result = solve(town(9, zones=30))
    assert result.infeasibility is not None
    assert result.infeasibility.reasons == (
        "30 zones of at least 3 need 90 buildings; there are 9",
    )
    assert result.infeasibility.remedies == ("3 zones instead of 30",)


def test_smallest_number_of_zones() -> None:
    result = solve(town(15, zones=None))
    assert result.plan is not None
    assert len(result.plan.zones) == 3


def test_no_number_of_zones_fits() -> None:
    """11 buildings cannot be split into fours, nor 2 into zones of 3."""
    result = solve(town(11, zones=None, min_size=4, max_size=4))
    assert result.infeasibility is not None
    assert "no number of zones of 4 to 4 holds exactly 11" in result.infeasibility.reasons[0]
    assert "only 3 buildings in 1 of the zones" in result.infeasibility.remedies
    assert "3 buildings given their own officer" in result.infeasibility.remedies


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_strict_alignment_that_cannot_be_kept(count: int) -> None:
    """Feasibility under strict alignment equals looking at every partition."""
    feeders = [(0,)] * 4 + [(1,)] * 2 + [()] * 2
    given = problem(
        random_town(2, 8),
        feeders=feeders,
        high_schools=2,
        zones=count,
        alignment=Alignment.strict(),
    )

    def aligned(group: list[int]) -> bool:
        return any(not given.misaligned[group, h].any() for h in range(2))

    exists = any(all(aligned(g) for g in groups) for groups in partitions(range(8), count, 3, 7))
    assert (solve(given).status is not Status.INFEASIBLE) == exists


def test_strict_alignment_says_how_many_schools_must_give_way() -> None:
    """Two schools alone feed H1 and no school is free: they must join H0's zones."""
    given = problem(
        random_town(2, 8),
        feeders=[(0,)] * 6 + [(1,)] * 2,
        high_schools=2,
        zones=2,
        alignment=Alignment.strict(),
    )
    result = solve(given)
    assert result.infeasibility is not None
    assert "1 school outside their feeder's zone (alignment 'prefer')" in str(result)
    assert "only 2 buildings in 1 of the zones" in result.infeasibility.remedies


def test_each_remedy_works_when_applied() -> None:
    assert possible_loads(town(143), (20, 20)) is None
    assert possible_loads(town(143), (21, 21)) is not None
    assert possible_loads(town(140), (20, 20)) is not None
    assert possible_loads(town(143, max_size=8), (20, 20)) is not None


@pytest.mark.parametrize(
    ("n", "asked", "remedies"),
    [
        (1, {"zones": None}, {"allow 1 building in a zone"}),
        (9, {"zones": 9}, {"3 zones instead of 9", "allow 1 building in a zone"}),
        (
            9,
            {"zones": 2, "min_size": 1, "max_size": 2},
            {
                "5 zones instead of 2",
                "allow 5 buildings in a zone",
                "5 buildings given their own officer",
            },
        ),
    ],
)
def test_a_size_is_changed_as_far_as_it_takes(
    n: int, asked: dict[str, Any], remedies: set[str]
) -> None:
    """One school alone needs zones of 1; 9 in two zones need zones of 5, 9 in nine of 1."""
    result = solve(problem(random_town(1, n), **asked))
    assert result.infeasibility is not None
    assert remedies <= set(result.infeasibility.remedies)


def test_no_remedy_asks_for_zones_that_a_cost_cannot_take() -> None:
    """Round trips are computed for up to 9 buildings, and one zone would have to hold all 10."""
    town = problem(
        random_town(3, 10), zones=1, min_size=3, max_size=3, costs=(TourLength(price_s=1.0),)
    )
    result = solve(town)
    assert result.infeasibility is not None
    assert result.infeasibility.remedies
    assert not any("10 buildings" in remedy for remedy in result.infeasibility.remedies)
