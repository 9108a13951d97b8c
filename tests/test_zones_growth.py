"""Compiled growth of zones against the same growth in NumPy: the same zones in the same order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from helpers.zone_towns import plan_of, problem, random_town
from hypothesis import given, settings
from hypothesis import strategies as st

import zoning.compiled
from zoning.zones import (
    Alignment,
    AtMostMoved,
    MovedBuildings,
    Objective,
    Together,
    Workload,
    solve,
)
from zoning.zones.arrays import Floats, Indices
from zoning.zones.request.restrictions import Load, Restrictions
from zoning.zones.search.reduced_costs import Choice
from zoning.zones.search.travel import Frame
from zoning.zones.search.zone_growth import Growth, PartialZonesLimitError

N = 12


def random_choice(rng: np.random.Generator) -> Choice:
    """A few options or many; dear ones, forbidden ones, ones that need a building, equal ones."""
    options = int(rng.choice([1, 3, 8, 40]))
    charge: Floats = np.full((N, options), 60.0) * rng.integers(1, 3, (N, 1))
    for building in range(N):
        charge[building, rng.integers(0, options, 2)] = rng.uniform(0, 50, 2)
    charge[rng.random(charge.shape) < rng.choice([0.0, 0.3])] = np.inf
    once = rng.uniform(0, 30, options) * rng.integers(0, 2)
    needs = rng.integers(-1, N, options) if rng.random() < 0.4 else np.full(options, -1)
    return Choice(charge, once, needs)


def random_growth(rng: np.random.Generator, size: int) -> Growth:
    """Random costs with ties, groups, pairs apart, loads and choices."""
    places = rng.integers(0, 15, (N, 2)).astype(np.float64)
    pair = np.abs(places[:, None] - places[None]).sum(axis=-1) * 7.3 / size
    gain = rng.uniform(0, 60, N) if rng.random() < 0.8 else np.full(N, 30.0)
    apart = rng.random((N, N)) < 0.05
    mixed = rng.permutation(N).tolist()
    groups = [(mixed[:2]), (mixed[2:5]), ()][: rng.integers(0, 3)]
    weights = rng.uniform(0, 3, N)
    total = float(np.sort(weights)[N // 2]) * size
    loads = (Load(values=weights, low=0.7 * total, high=1.3 * total),) * int(rng.integers(0, 3))
    frame = Frame(
        choices=tuple(random_choice(rng) for _ in range(rng.integers(0, 3))),
        rules=Restrictions(
            apart=apart | apart.T if rng.random() < 0.5 else None,
            groups=tuple(tuple(sorted(group)) for group in groups if group),
            loads=loads,
        ),
        floors=pair / 9 if rng.random() < 0.3 else None,
        threshold=float(rng.uniform(-40, 60)),
    )
    return frame.growth(pair=pair, gain=gain, order=frame.order(gain), size=size)


def listed(growth: Growth, *, compiled: bool, **request: Any) -> tuple[list[list[int]], bool]:
    """The zones, and whether the limit of partial zones was kept."""
    rows: list[Indices] = []
    with patch.object(zoning.compiled, "IS_COMPILED", compiled):
        try:
            rows.extend(growth.zones(**request))
        except PartialZonesLimitError:
            return [row for zones in rows for row in zones.tolist()], False
    return [row for zones in rows for row in zones.tolist()], True


@given(
    seed=st.integers(0, 1_000_000),
    size=st.integers(1, N),
    keep=st.sampled_from([None, None, 1, 3, 20]),
    parts=st.sampled_from([5, 100, 1_000_000]),
    one_seed=st.booleans(),
)
@settings(max_examples=200)
def test_loops_list_the_zones_that_numpy_lists(
    seed: int, size: int, keep: int | None, parts: int, *, one_seed: bool
) -> None:
    growth = random_growth(np.random.default_rng(seed), size)
    request = {"keep": keep, "parts": parts, "one_seed": one_seed}
    assert listed(growth, compiled=True, **request) == listed(growth, compiled=False, **request)


RNG = np.random.default_rng(8)
TOWN = problem(
    random_town(8, 20),
    columns={"calls": RNG.uniform(0.2, 3, 20)},
    weights=RNG.uniform(0.2, 3, 20),
    feeders=[(int(h),) for h in RNG.integers(0, 6, 20)],
    high_schools=6,
    zones=5,
    alignment=Alignment.prefer(1.5),
)
TODAY = plan_of(TOWN, RNG.permutation(20).reshape(5, 4).tolist())
REQUESTS = {
    "plain": TOWN,
    "groups": replace(TOWN, rules=(Together(("b03", "b11", "b19")),)),
    "loads": replace(TOWN, rules=(Workload(column="calls", tolerance=0.2),)),
    "moves": replace(
        TOWN,
        rules=(AtMostMoved(today=TODAY, most=14),),
        costs=(MovedBuildings(today=TODAY, price_s=60.0),),
    ),
    "uneven presence": replace(TOWN, presence=RNG.uniform(0.5, 2, 20)),
    "station": replace(TOWN, objective=Objective.STATION),
}


@pytest.mark.parametrize("name", list(REQUESTS))
def test_a_solve_is_the_same_to_the_byte_without_compiled_loops(name: str) -> None:
    answers = []
    for compiled in (True, False):
        with patch.object(zoning.compiled, "IS_COMPILED", compiled):
            answers.append(solve(REQUESTS[name]))
    one, other = answers
    assert one.plan is not None
    assert (one.plan, one.objective_s, one.lower_bound_s, one.candidates) == (
        other.plan,
        other.objective_s,
        other.lower_bound_s,
        other.candidates,
    )
