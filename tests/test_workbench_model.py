"""The workbench computes what the library computes: figures, rules, edits, best zones and steps.

The page's functions run in one Chromium page on problems, plans and edits drawn at random, and
are compared with `check_plan`, its edits and `explain_building`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from helpers.browser import Opened, blank_page
from helpers.zone_requests import COSTS, OBJECTIVES, RULES, towns
from hypothesis import Phase, HealthCheck, assume, given, settings
from hypothesis import strategies as st

from zoning.disclosure.workbench import PlanBound, StartPlan, WorkbenchView
from zoning.district import District
from zoning.errors import FaultsError, PlanError, ProblemError
from zoning.maps.pages import workbench_data
from zoning.maps.pages.offline import _fields, asset
from zoning.maps.pages.workbench_data import worksheet
from zoning.schools import schools_from_frame
from zoning.zones import (
    OwnCost,
    OwnRule,
    PlanCheck,
    Zone,
    ZoneKind,
    ZonePlan,
    ZoneProblem,
    building_areas,
    check_plan,
)
from zoning.zones.request.limits import relative_gap

pytestmark = pytest.mark.slow

MOST = 12
DEDICATED = ("x1", "x2")
NAMES = ["O'Brien", 'The "Best" School', "<b>bold</b>", "Ünïcödé ✓", "\u202eback", "plain"]
FEW = settings(max_examples=int(__import__("os").environ.get("EX","15")), phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
# Travel times of small districts are off by 2 ** -25 s; sums of a few of them by this.
CLOSE_S = 1e-5


@cache
def district() -> District:
    """Schools for the buildings of every problem: only their places matter."""
    ids = [*(f"b{k:02d}" for k in range(MOST)), *DEDICATED]
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "school_id": ids,
            "name": ids,
            "level": "elementary",
            "latitude": 38.0 + rng.uniform(0, 0.1, len(ids)),
            "longitude": -85.0 + rng.uniform(0, 0.1, len(ids)),
        }
    )
    return District(name="made up", schools=schools_from_frame(frame))


@cache
def areas_of(building_ids: tuple[str, ...]) -> gpd.GeoDataFrame:
    return building_areas(building_ids, district().schools)


@pytest.fixture(scope="module", autouse=True)
def _areas_once() -> Iterator[None]:
    """The ground of the same buildings is the same: it is divided once."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(workbench_data, "building_areas", lambda ids, *_, **__: areas_of(ids))
        yield


@pytest.fixture(scope="module")
def model(browser: Any) -> Iterator[Opened]:
    """An empty page that has the page's functions."""
    with blank_page(browser) as opened:
        opened.page.add_script_tag(content=asset("workbench_model.js"))
        yield opened
        assert opened.complaints == []


@st.composite
def problems(draw: st.DrawFn) -> ZoneProblem:
    """Any request: with and without feeders, dedicated officers and names; own parts as well."""
    rules = draw(st.lists(st.sampled_from([*RULES, "AtMostMoved"]), max_size=4))
    costs = draw(st.lists(st.sampled_from(COSTS), max_size=2, unique=True))
    try:
        town = draw(towns(n=(3, MOST), objectives=OBJECTIVES, rules=rules, costs=costs))
    except ProblemError:
        assume(condition=False)
        raise
    more: dict[str, Any] = {"dedicated": draw(st.sampled_from([(), DEDICATED[:1], DEDICATED]))}
    more["high_school_students"] = draw(st.sampled_from([(math.nan, 900.0), (500.0, 500.0)]))
    more["alternative_high_schools"] = frozenset(draw(st.sets(st.sampled_from(["H0", "H1"]))))
    if draw(st.booleans()):
        named = (*town.building_ids, *DEDICATED, "H0", "H1")
        more["names"] = {b: f"{NAMES[k % len(NAMES)]} {k}" for k, b in enumerate(named)}
    if draw(st.booleans()):
        more["with_feeder"], more["misaligned"] = town.with_feeder * 0, town.misaligned * 0
    if draw(st.sampled_from([True, False, False])):
        more["zones"] = None
    try:
        return replace(town, **more)
    except ProblemError:
        assume(condition=False)
        raise


@st.composite
def plans_for(draw: st.DrawFn, problem: ZoneProblem) -> ZonePlan:
    """Any plan that can be scored: of all sizes, with and without high schools, and mistakes."""
    buildings = [*problem.building_ids, *problem.dedicated]
    homes = draw(st.lists(st.integers(0, 4), min_size=len(buildings), max_size=len(buildings)))
    alone = draw(st.booleans())
    members: dict[object, list[str]] = {}
    for building, home in zip(buildings, homes, strict=True):
        apart = alone and building in problem.dedicated
        members.setdefault(building if apart else home, []).append(building)
    schools = st.sampled_from([None, "H0", "H1", "H0", "H1", "H9 'x'"])
    zones = []
    for k, (key, inside) in enumerate(members.items()):
        kind = ZoneKind.DEDICATED if isinstance(key, str) else ZoneKind.PATROL
        if draw(st.integers(0, 11)) == 0:
            kind = draw(st.sampled_from([ZoneKind.DEDICATED, ZoneKind.ON_CALL]))
        zones.append(
            Zone(
                zone_id=draw(st.sampled_from([f"Zone {k + 1}", f"{NAMES[k % 6]}{k}"])),
                building_ids=tuple(sorted(inside)),
                high_school_id=draw(schools),
                kind=kind,
            )
        )
    return ZonePlan(tuple(zones))


@st.composite
def cases(draw: st.DrawFn) -> tuple[ZoneProblem, ZonePlan, list[tuple[int, ...]]]:
    problem = draw(problems())
    numbers = st.integers(0, 1000)
    edits = draw(st.lists(st.tuples(numbers, numbers, numbers), max_size=5))
    return problem, draw(plans_for(problem)), edits


def without_own(problem: ZoneProblem) -> ZoneProblem:
    """The problem as far as the page can compute it."""
    return replace(
        problem,
        rules=tuple(r for r in problem.rules if not isinstance(r, OwnRule)),
        costs=tuple(c for c in problem.costs if not isinstance(c, OwnCost)),
    )


def sheet_of(problem: ZoneProblem, plan: ZonePlan, bound: PlanBound | None = None) -> Any:
    view = WorkbenchView(
        district=district(),
        problem=problem,
        starts=(StartPlan(name="A", plan=plan),),
        bound=bound,
    )
    return json.loads(json.dumps(worksheet(view), default=_fields, allow_nan=False))


def scored(plan: ZonePlan, problem: ZoneProblem) -> PlanCheck:
    try:
        return check_plan(plan, problem)
    except PlanError:  # buildings to patrol are in dedicated zones, or all are
        assume(condition=False)
        raise


def numbered(plan: ZonePlan, problem: ZoneProblem) -> list[list[Any]]:
    number = {b: k for k, b in enumerate((*problem.building_ids, *problem.dedicated))}
    return [
        [z.zone_id, z.high_school_id, sorted(number[b] for b in z.building_ids), str(z.kind)]
        for z in plan.zones
    ]


# What the page says of a plan, and of its plans after each edit.
SAID = """async ({sheet, edits}) => {
  const problem = await readProblem(sheet);
  const told = (plan, notes) => ({
    text: planText(problem, plan), notes, figures: scorePlan(problem, plan),
    plan: plan.zones.map((z) => [z.id, z.school, z.members, z.kind]),
  });
  let plan = startPlan(problem, 0);
  const said = [told(plan, [])];
  for (const {kind, args} of edits) {
    const edit = {move: moveBuildings, swap: swapBuildings, split: makeZone}[kind];
    const edited = edit(problem, plan, ...args);
    if (edited.refused) said.push(edited);
    else {
      plan = edited.plan;
      said.push(told(plan, edited.notes));
    }
  }
  return said;
}"""


def edited(check: PlanCheck, draws: tuple[int, ...]) -> tuple[PlanCheck | str, dict[str, Any]]:
    """An edit of the library, and the same for the page."""
    one, two, three = draws
    problem, plan = check.problem, check.plan
    ids = [*problem.building_ids, *problem.dedicated]
    kind = ("move", "swap", "split")[three % 3]
    a, b = one % len(ids), two % len(ids)
    zone = plan.zones[two % len(plan.zones)]
    try:
        if kind == "move":
            edit = {"kind": kind, "args": [[a], zone.zone_id]}
            return check.move(ids[a], to=zone.zone_id), edit
        if kind == "swap":
            edit = {"kind": kind, "args": [a, b]}
            return check.swap(ids[a], ids[b]), edit
        leaving = [x for x in zone.building_ids if x not in problem.dedicated][: 1 + one % 3]
        edit = {"kind": kind, "args": [[ids.index(x) for x in leaving]]}
        return check.split(zone.zone_id, leaving), edit
    except PlanError as error:
        return str(error), edit


@FEW
@given(case=cases())
def test_the_page_says_what_the_library_says(
    model: Opened, case: tuple[ZoneProblem, ZonePlan, list[tuple[int, ...]]]
) -> None:
    given_problem, plan, draws = case
    problem = without_own(given_problem)
    checks: list[PlanCheck | str] = [scored(plan, problem)]
    edits = []
    now = scored(plan, problem)
    for numbers in draws:
        try:
            check, edit = edited(now, numbers)
        except FaultsError:
            continue
        edits.append(edit)
        checks.append(check)
        now = check if isinstance(check, PlanCheck) else now
    bound = PlanBound(objective_s=100.0, over="all zones")
    sheet = sheet_of(given_problem, plan, bound)
    said = model.page.evaluate(SAID, {"sheet": sheet, "edits": edits})
    assert len(said) == len(checks)
    for check, told in zip(checks, said, strict=True):
        if isinstance(check, str):
            assert "refused" in told, (check, told)
        else:
            assert "refused" not in told, told
            require_same(check, told, given_problem)


def require_same(check: PlanCheck, told: Mapping[str, Any], given_problem: ZoneProblem) -> None:
    """All that the page tells of a plan is what the library says of it."""
    figures, score, problem = told["figures"], check.score, check.problem
    alone = check_plan(check.plan, problem)
    assert told["plan"] == numbered(check.plan, problem)
    assert [*told["notes"], *alone.notes] == list(check.notes)
    assert [(b["rule"], b["zone_id"], b["reason"]) for b in figures["broken"]] == [
        (b.rule, b.zone_id, b.reason) for b in check.broken
    ]
    own_costs = len(given_problem.costs) > len(problem.costs)
    if own_costs:
        assert figures["objective_s"] is figures["without_strict_s"] is figures["gap"] is None
        assert figures["terms"] == []
        assert told["text"].splitlines()[2] == "objective not computed in this page"
    else:
        assert told["text"] == str(alone)
        rest = sum(t.seconds for t in score.terms if math.isfinite(t.seconds))
        assert figures["without_strict_s"] == pytest.approx(rest, abs=CLOSE_S)
        if math.isfinite(score.objective_s):
            assert figures["objective_s"] == pytest.approx(score.objective_s, abs=CLOSE_S)
        else:
            assert figures["objective_s"] is None
        assert [(t["text"], t["unit"]) for t in figures["terms"]] == [
            (t.text, t.unit) for t in score.terms
        ]
        assert [t["amount"] for t in figures["terms"]] == pytest.approx(
            [t.amount for t in score.terms], abs=CLOSE_S
        )
        own_rules = len(given_problem.rules) > len(problem.rules)
        if check.broken or own_rules:
            assert figures["gap"] is None
        else:
            gap = relative_gap(score.objective_s, 100.0)
            assert figures["gap"] == pytest.approx(gap, abs=1e-9)
    for key in ("misaligned", "with_feeder", "moved"):
        assert figures[key] == getattr(score, key)
    for key in ("mean_travel_s", "longest_drive_s"):
        assert figures[key] == pytest.approx(getattr(score, key), abs=CLOSE_S)
    of_zones = [z["travel_s"] for z in figures["zones"]]
    assert sum(of_zones) / problem.call_weight.sum() == pytest.approx(
        score.mean_travel_s, abs=CLOSE_S
    )
