"""Random plans: drawn as they are said to be, within the rules, and compared as they should be."""

import math
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from helpers.zone_requests import FEEDERS, RULES, ids, no_sum_of, towns
from helpers.zone_towns import every_plan, plan_of, problem, random_town
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, chisquare

from zoning import (
    Alignment,
    Apart,
    AtMostMoved,
    Contiguous,
    Imbalance,
    MovedBuildings,
    OptionError,
    PlanError,
    Status,
    Together,
    Workload,
    ZoneProblem,
    draw_plans,
    score,
    solve,
)
from zoning.disclosure import standing
from zoning.zones import check_plan
from zoning.zones.tradeoffs.ensemble import (
    FIGURES,
    _compute_r_hat,
    _count_effective,
    _wilson,
)

N = 7


def small_town(**request: object) -> ZoneProblem:
    """Seven buildings in three zones of two to four."""
    return problem(
        random_town(3, N),
        weights=[1.0, 2, 1, 1, 3, 1, 1],
        feeders=FEEDERS[:N],
        high_schools=2,
        columns={"calls": [1.0, 2, 1, 1, 3, 1, 1]},
        **({"zones": 3, "min_size": 2, "max_size": 4} | request),
    )


def trees(linked: np.ndarray, group: tuple[int, ...]) -> float:
    """Spanning trees of the links of a zone: a minor of the Laplacian (Kirchhoff 1847)."""
    links = linked[np.ix_(group, group)].astype(float)
    laplacian = np.diag(links.sum(axis=1)) - links
    return float(round(np.linalg.det(laplacian[1:, 1:]))) if len(group) > 1 else 1.0


def may_share(town: ZoneProblem, *, apart: tuple[int, int] | None = None) -> np.ndarray:
    """Buildings that may share a zone: not to be apart and, if strict, with a school in common."""
    linked = ~np.eye(N, dtype=bool)
    if apart is not None:
        linked[apart] = linked[apart[::-1]] = False
    if town.alignment == Alignment.strict():
        feeds = [set(f) or {0, 1} for f in FEEDERS[:N]]
        linked &= [[bool(a & b) for b in feeds] for a in feeds]
    return linked


RING = tuple(pairwise([*ids(N), ids(N)[0]]))
CROSSED_RING = (*RING, ("b00", "b04"), ("b02", "b06"))


def ring_links() -> np.ndarray:
    linked = np.zeros((N, N), dtype=bool)
    for one, other in CROSSED_RING:
        linked[ids(N).index(one), ids(N).index(other)] = True
    return linked | linked.T


CASES = {
    "sizes": (small_town(), may_share(small_town())),
    "two rules": (
        small_town(rules=(Workload(column="calls", at_most=5.0), Together(("b00", "b05")))),
        may_share(small_town()),
    ),
    "own rule": (small_town(rules=(no_sum_of(5),)), may_share(small_town())),
    "apart": (
        small_town(rules=(Apart(("b01", "b02")),)),
        may_share(small_town(), apart=(1, 2)),
    ),
    "strict": (
        small_town(alignment=Alignment.strict()),
        may_share(small_town(alignment=Alignment.strict())),
    ),
    "contiguous": (small_town(rules=(Contiguous(CROSSED_RING),)), ring_links()),
}


@pytest.mark.parametrize("case", CASES)
def test_every_plan_is_drawn_as_often_as_its_trees_say(case: str) -> None:
    """Against every plan there is: none is left out, and frequencies are those that are stated.

    Cannon, Duchin, Randall and Rule (2022): in proportion to the product of spanning trees.
    """
    town, linked = CASES[case]
    chance = {
        frozenset(groups): math.prod(trees(linked, g) for g in groups)
        for _, groups in every_plan(town, 3)
    }
    chance = {plan: value for plan, value in chance.items() if value}
    drawn = draw_plans(town, 40 * len(chance), seed=1, near=N, chains=2)
    seen = Counter(
        frozenset(tuple(np.flatnonzero(home == zone).tolist()) for zone in range(3))
        for home in drawn.homes
    )
    assert set(seen) == set(chance)
    expected = np.array(list(chance.values())) / sum(chance.values()) * len(drawn)
    assert chisquare([seen[plan] for plan in chance], expected).pvalue > 1e-3


def test_far_buildings_are_not_linked() -> None:
    """With two neighbours each, zones hang together by these links: fewer plans are drawn."""
    town = small_town()
    drawn = draw_plans(town, 1000, near=2)
    all_plans = sum(1 for _ in every_plan(town, 3))
    assert len({tuple(_numbered(home)) for home in drawn.homes}) < all_plans / 2


def _numbered(home: np.ndarray) -> list[int]:
    first: dict[int, int] = {}
    return [first.setdefault(zone, len(first)) for zone in home.tolist()]


def test_figures_are_those_of_the_plans() -> None:
    today = plan_of(small_town(), [(0, 1, 2), (3, 4), (5, 6)])
    town = small_town(
        alignment=Alignment.prefer(2.0),
        costs=(Imbalance(column="calls", price_s=50.0), MovedBuildings(today=today, price_s=9.0)),
    )
    drawn = draw_plans(town, 20, near=N)
    table = drawn.table()
    for k in range(0, 20, 5):
        plan = drawn.plan(k)
        scored = score(plan, town)
        loads = [
            sum(town.call_weight[town.position(b)] for b in z.building_ids) for z in plan.zones
        ]
        mean = sum(loads) / 3
        assert table.loc[k, list(FIGURES)].tolist() == pytest.approx(
            [
                scored.objective_s,
                scored.mean_travel_s,
                scored.longest_drive_s,
                max(abs(load - mean) for load in loads) / mean,
                scored.aligned_share,
                scored.moved,
            ]
        )
        assert drawn.rank(plan)["value"].tolist() == pytest.approx(table.loc[k, list(FIGURES)])


def test_ranks_agree_with_all_plans() -> None:
    """The share of better plans, against the plans themselves with their chances."""
    town = small_town()
    best = solve(town)
    drawn = draw_plans(town, 2000, near=N)
    assert best.plan is not None
    assert drawn.rank(best.plan).loc["objective_s", "better"] == 0
    middle = drawn.plan(7)
    linked = may_share(town)
    every = [
        (cost, math.prod(trees(linked, g) for g in groups)) for cost, groups in every_plan(town, 3)
    ]
    limit = score(middle, town).objective_s - 1e-6
    exact = sum(w for cost, w in every if cost < limit) / sum(w for _, w in every)
    row = drawn.rank(middle).loc["objective_s"]
    assert row["better_low"] <= exact <= row["better_high"]
    both = drawn.compare({"ours": best.plan, "other": middle})
    assert both.loc[("other", "objective_s"), "better"] == row["better"]
    assert both["keeps_rules"].all()
    assert "objective no random plan is better (95 %" in drawn.describe(best.plan)


def test_more_aligned_schools_are_better() -> None:
    town = small_town()
    drawn = draw_plans(town, 400, near=N)
    shares = drawn.table()["aligned_share"]
    most, least = drawn.plan(int(shares.idxmax())), drawn.plan(int(shares.idxmin()))
    assert drawn.rank(most).loc["aligned_share", "better"] == 0
    row = drawn.rank(least).loc["aligned_share"]
    assert row["better"] == pytest.approx(1 - row["alike"])
    assert row["better"] > 0.5


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(st.data())
def test_drawn_plans_keep_every_rule(data: st.DataObject) -> None:
    """Requests with any mix of rules: what is drawn keeps them, by the definition of each."""
    rules = st.lists(st.sampled_from([*RULES, "AtMostMoved"]), max_size=3, unique=True)
    town = data.draw(towns(rules=data.draw(rules)))
    found = solve(town)
    drawn = draw_plans(town, 8, chains=2)
    if found.status is Status.INFEASIBLE:
        assert len(drawn) == 0
        assert drawn.infeasibility is not None
        return
    assert len(drawn) == 8
    for k in (0, 7):
        assert check_plan(drawn.plan(k), drawn.problem).ok


def test_moves_are_limited() -> None:
    today = plan_of(small_town(), [(0, 1, 2), (3, 4), (5, 6)])
    drawn = draw_plans(small_town(rules=(AtMostMoved(today=today, most=2),)), 200, near=N)
    assert set(drawn.table()["moved"]) == {0, 1, 2}


_DIGEST = """
from hashlib import sha256
from helpers.zone_towns import random_town
from zoning.compiled import IS_COMPILED
from zoning.zones import Apart, Workload, ZoneProblem, draw_plans

def odd(zone): return None if sum(map(int, zone)) % 5 else "unlucky"

def digest(seed):
    rules = (odd, Workload(column="demand", at_most=4.5), Apart(("3", "8")))
    town = ZoneProblem.from_costs(
        random_town(3, 9), zones=3, min_size=2, max_size=4, rules=rules, demand=[1.0, 2] * 4 + [0.5]
    )
    drawn = draw_plans(town, 60, seed=seed, near=4)
    return sha256(drawn.homes.tobytes() + drawn.table().to_numpy().tobytes()).hexdigest()
"""


def test_same_seed_same_plans_without_machine_code() -> None:
    """Another process where numba cannot be imported draws the same plans and figures."""
    here: dict[str, Any] = {}
    exec(_DIGEST, here)
    code = f"import sys; sys.modules['numba'] = None\n{_DIGEST}\nprint(IS_COMPILED, digest(5))"
    made = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(path for path in sys.path if path)},
    )
    assert made.stdout.split() == ["False", here["digest"](5)]
    assert here["digest"](6) != here["digest"](5)


def test_what_cannot_be_drawn_is_said() -> None:
    nothing = draw_plans(small_town(max_size=2))
    assert len(nothing) == 0
    assert "left over" in str(nothing.infeasibility)
    with pytest.raises(OptionError, match="left over"):
        nothing.rank(plan_of(small_town(), [(0, 1, 2), (3, 4), (5, 6)]))
    with pytest.raises(OptionError, match=r"count is 0[\s\S]*near is 0"):
        draw_plans(small_town(), 0, near=0)
    town = small_town(rules=(Apart(("b00", "b01")),))
    with pytest.raises(PlanError, match="breaks rules"):
        draw_plans(town, start=plan_of(town, [(0, 1, 2), (3, 4), (5, 6)]))
    together = tuple(Together(pair) for pair in (("b00", "b01", "b02"), ("b03", "b04")))
    one = draw_plans(small_town(rules=together, max_size=3), 40)
    assert "Only one plan was drawn" in one.notices[0]
    with pytest.raises(OptionError, match="no figure"):
        one.histogram(figure="speed")
    with pytest.raises(OptionError, match="leave today"):
        one.histogram(figure="moved")


def test_numbers_of_draws_against_textbooks() -> None:
    """A first-order chain of correlation 0.8 is worth (1 - 0.8) / (1 + 0.8) of its length."""
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(4, 5000))
    chains = noise.copy()
    for k in range(1, 5000):
        chains[:, k] = 0.8 * chains[:, k - 1] + 0.6 * noise[:, k]
    assert _count_effective(chains) == pytest.approx(20000 / 9, rel=0.15)
    assert _count_effective(noise) == pytest.approx(20000, rel=0.1)
    assert _compute_r_hat(noise) == pytest.approx(1, abs=2e-3)
    assert _compute_r_hat(noise + np.array([[0.0], [0], [0], [1]])) > 1.05
    assert _compute_r_hat(noise * np.array([[1.0], [1], [1], [3]])) > 1.05
    assert _compute_r_hat(np.linspace(0, 1, 5000) + noise / 10) > 1.5
    assert math.isnan(_compute_r_hat(np.ones((4, 100))))


def test_interval_is_wilsons() -> None:
    for better in (0, 3, 70):
        known = binomtest(better, 70).proportion_ci(method="wilson")
        assert _wilson(better / 70, 70) == pytest.approx((known.low, known.high), abs=1e-6)


def test_disagreement_is_said() -> None:
    drawn = draw_plans(small_town(), 100, near=N)
    assert any("draw more plans" in notice for notice in drawn.notices)
    drawn = draw_plans(small_town(), 4000, near=N)
    assert not any("draw more plans" in notice for notice in drawn.notices)
    apart = replace(drawn, _values=drawn._values + drawn.chains[:, None] * 100)
    assert apart.diagnostics()["r_hat"].min() > 1.1


def test_histogram_says_how_plans_were_drawn() -> None:
    pytest.importorskip("matplotlib")
    town = small_town()
    drawn = draw_plans(town, 200, near=N)
    best = solve(town).plan
    assert best is not None
    ax = drawn.plot({"Today": drawn.plan(3), "Proposed": best})
    assert "not a uniform sample" in ax.get_xlabel().replace("\n", " ")
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert words[1].startswith("Proposed: no random plan is better (95 % interval 0 to ")
    assert sum(bar.get_height() for bar in ax.patches) == 200
    assert {line.get_xdata()[0] for line in ax.lines} == {
        score(plan, town).objective_s / 60 for plan in (drawn.plan(3), best)
    }


def test_what_is_told_of_random_plans_is_of_the_whole_district(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rounded, without the longest drive and the objective; and withheld as a mean response is."""
    today = plan_of(small_town(), [(0, 1, 2), (3, 4), (5, 6)])
    drawn = draw_plans(small_town(), 100, near=N, today=today)
    hidden: frozenset[str] = frozenset()
    monkeypatch.setattr(standing, "withheld_columns", lambda _: hidden)
    told = standing.Standing.of(drawn, {"Today": today}, None)  # type: ignore[arg-type]
    shown = told.table.set_index("figure")
    assert list(shown.index) == [FIGURES[f].words for f in ("objective_s", *PUBLIC)]
    assert shown["value"].isna().tolist() == [True, False, False, False]
    exact = drawn.rank(today).loc["mean_travel_s", "value"] / 60
    assert shown.loc["mean expected travel to a call", "value"] == round(exact, 1)
    assert told.histogram is not None
    assert all(value == round(value, 1) for value in told.histogram.values)
    hidden = frozenset({"mean_response_s"})
    few = standing.Standing.of(drawn, {"Today": today}, None)  # type: ignore[arg-type]
    assert few.histogram is None
    assert few.table["figure"].tolist() == ["buildings that leave today's zone"]
    assert "Withheld" in few.how


PUBLIC = ("mean_travel_s", "aligned_share", "moved")
