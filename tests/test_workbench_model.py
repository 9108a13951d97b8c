"""The workbench computes what the library computes: figures, rules, edits, best zones and steps.

The page's functions run in one Chromium page on problems, plans and edits drawn at random, and
are compared with `check_plan`, its edits and `explain_building`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from helpers.browser import Opened, blank_page
from helpers.map_towns import nine_schools
from helpers.zone_requests import COSTS, OBJECTIVES, RULES, towns
from helpers.zone_towns import on_a_line, plan_of, problem, random_town
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from zoning import maps
from zoning.disclosure.workbench import PlanBound, StartPlan, WorkbenchView
from zoning.district import District
from zoning.editions import WORKBENCH_MARK
from zoning.errors import FaultsError, PlanError, ProblemError
from zoning.maps.geometry import area_of, lines_of
from zoning.maps.pages import workbench_data
from zoning.maps.pages.offline import _fields, asset
from zoning.maps.pages.workbench_data import cell_arcs, fingerprint, pack, worksheet
from zoning.schools import schools_from_frame
from zoning.schools.school_names import plain
from zoning.units import minutes
from zoning.zones import (
    Alignment,
    LongestDrive,
    Objective,
    OwnCost,
    OwnRule,
    PlanCheck,
    Zone,
    ZoneKind,
    ZonePlan,
    ZoneProblem,
    adjacent_buildings,
    alternatives,
    building_areas,
    check_plan,
    explain_building,
    score,
    solve,
)
from zoning.zones.plan import zone_name_fault
from zoning.zones.request.costs import TourLength
from zoning.zones.request.limits import relative_gap
from zoning.zones.review.explanation import _NearbyPlans
from zoning.zones.review.score import ZoneValuer

pytestmark = pytest.mark.slow

MOST = 12
DEDICATED = ("x1", "x2")
NAMES = ["O'Brien", 'The "Best" School', "<b>bold</b>", "Ünïcödé ✓", "\u202eback", "plain"]
FEW = settings(max_examples=15, suppress_health_check=list(HealthCheck))
# Travel times of small districts are off by 2 ** -25 s, of large ones by 2 ** -17 s; the figures
# of a dozen schools, with a round trip at 3 s a second, by less than this.
CLOSE_S = 1e-5
LARGE_S = 1e-3


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
                officers=draw(st.integers(1, 2)) if kind is ZoneKind.DEDICATED else 1,
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


def sheet_of(problem: ZoneProblem, plan: ZonePlan, bound: PlanBound | None = None) -> str:
    view = WorkbenchView(
        district=district(),
        problem=problem,
        starts=(StartPlan(name="A", plan=plan),),
        bound=bound,
    )
    return json.dumps(worksheet(view), default=_fields, allow_nan=False)


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
  const problem = await readProblem(JSON.parse(sheet));
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
@given(case=cases(), large=st.booleans())
def test_the_page_says_what_the_library_says(
    model: Opened, case: tuple[ZoneProblem, ZonePlan, list[tuple[int, ...]]], large: bool
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
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(workbench_data, "_SMALL", 0 if large else MOST)
        sheet = sheet_of(given_problem, plan, bound)
    said = model.page.evaluate(SAID, {"sheet": sheet, "edits": edits})
    assert len(said) == len(checks)
    for check, told in zip(checks, said, strict=True):
        if isinstance(check, str):
            assert "refused" in told, (check, told)
        else:
            assert "refused" not in told, told
            require_same(check, told, given_problem, LARGE_S if large else CLOSE_S)


def require_same(
    check: PlanCheck, told: Mapping[str, Any], given_problem: ZoneProblem, close_s: float
) -> None:
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
        assert figures["without_strict_s"] == pytest.approx(rest, abs=close_s)
        if math.isfinite(score.objective_s):
            assert figures["objective_s"] == pytest.approx(score.objective_s, abs=close_s)
        else:
            assert figures["objective_s"] is None
        assert [(t["text"], t["unit"]) for t in figures["terms"]] == [
            (t.text, t.unit) for t in score.terms
        ]
        assert [t["amount"] for t in figures["terms"]] == pytest.approx(
            [t.amount for t in score.terms], abs=close_s
        )
        own_rules = len(given_problem.rules) > len(problem.rules)
        # Nobody asks an officer on call to keep the rules that the bound is proved for.
        patrolled = {b for zone in check.plan.patrol_zones for b in zone.building_ids}
        if check.broken or own_rules or not patrolled >= set(problem.building_ids):
            assert figures["gap"] is None
        else:
            gap = relative_gap(score.objective_s, 100.0)
            assert figures["gap"] == pytest.approx(gap, abs=close_s)
    for key in ("misaligned", "with_feeder", "moved"):
        assert figures[key] == getattr(score, key)
    for key in ("mean_travel_s", "longest_drive_s"):
        assert figures[key] == pytest.approx(getattr(score, key), abs=close_s)
    of_zones = [z["travel_s"] for z in figures["zones"]]
    assert sum(of_zones) / problem.call_weight.sum() == pytest.approx(
        score.mean_travel_s, abs=close_s
    )


# The best zones of a building, and the best steps with and without locks.
NEARBY = """async ({sheet, building, locks}) => {
  const problem = await readProblem(JSON.parse(sheet));
  const plan = startPlan(problem, 0);
  const steps = (more) => {
    const search = bestSteps(problem, plan, {count: 4, ...more});
    let now = search.next();
    while (!now.done) now = search.next();
    return now.value;
  };
  const lockedZones = new Set(locks.zones);
  const lockedSchools = new Set(locks.schools);
  return {
    zones: bestZones(problem, plan, building, 99),
    steps: steps({}),
    locked: steps({lockedZones, lockedSchools}),
  };
}"""


@st.composite
def divided(draw: st.DrawFn) -> tuple[ZoneProblem, ZonePlan, int, list[int]]:
    """A plan of the problem's buildings, each in a patrol zone, as explanations want it."""
    problem = without_own(replace(draw(problems()), dedicated=(), names={}))
    homes = draw(st.lists(st.integers(0, 3), min_size=problem.n, max_size=problem.n))
    schools = [draw(st.sampled_from([None, "H0", "H1", "H9"])) for _ in range(4)]
    plan = ZonePlan(
        tuple(
            Zone(
                zone_id=f"Zone {z}",
                building_ids=tuple(
                    b for b, home in zip(problem.building_ids, homes, strict=True) if home == z
                ),
                high_school_id=schools[z],
            )
            for z in sorted(set(homes))
        )
    )
    return problem, plan, draw(st.integers(0, problem.n - 1)), draw(st.lists(st.integers(0, 3)))


@FEW
@given(case=divided())
def test_best_zones_and_steps_are_those_of_the_explanations(
    model: Opened, case: tuple[ZoneProblem, ZonePlan, int, list[int]]
) -> None:
    problem, plan, building, locked = case
    scored(plan, problem)
    locks = {"zones": [f"Zone {z}" for z in locked[:1]], "schools": locked[1:]}
    told = model.page.evaluate(
        NEARBY, {"sheet": sheet_of(problem, plan), "building": building, "locks": locks}
    )

    nearby = _NearbyPlans.of(plan, problem)
    moves = sorted(nearby._evaluate_moves(building), key=nearby._rank)
    said = explain_building(plan, problem, problem.building_ids[building]).alternatives
    assert len(told["zones"]) == len(said) == len(moves)
    for zone, move in zip(told["zones"], moves, strict=True):
        row = said.loc[zone["zone_id"]]
        assert zone["cost_s"] == pytest.approx(row["cost_s"], abs=CLOSE_S)
        assert "; ".join(zone["breaks"]) == row["breaks"]
        # Of equally good zones, either may be first.
        assert zone["cost_s"] == pytest.approx(move.cost_s, abs=CLOSE_S)
        if row["swap_with"] is None:
            assert zone["longest_drive_s"] == pytest.approx(row["longest_drive_s"], abs=CLOSE_S)

    for name, zones, schools in (("steps", (), ()), ("locked", locks["zones"], locks["schools"])):
        best = best_changes(nearby, zones, schools)[:4]
        assert len(told[name]) == len(best)
        for step, change in zip(told[name], best, strict=True):
            assert step["cost_s"] == pytest.approx(change.cost_s, abs=CLOSE_S)
            assert step["longest_drive_s"] == pytest.approx(change.longest_drive_s, abs=CLOSE_S)
            assert step["to"] not in zones
            assert not set(step["buildings"]) & set(schools)


def best_changes(nearby: _NearbyPlans, zones: Sequence[str], schools: Sequence[int]) -> list[Any]:
    """Every move and swap there is that breaks no further rule, the best first."""
    fixed = [zone.zone_id in zones for zone in nearby.zones]
    found = []
    for building, home in enumerate(nearby.home.tolist()):
        if building in schools or fixed[home]:
            continue
        found += nearby._evaluate_moves(building)
        others = [z for z in range(len(nearby.zones)) if z != home]
        # A swap is the same from either side.
        found += [c for c in nearby._evaluate_swaps(building, others) if c.partner > building]
    free = [c for c in found if c.legal and not fixed[c.target] and c.partner not in schools]
    return sorted(free, key=nearby._rank)


# A zone of several zones' buildings, a multiple move, and a zone that is dissolved.
REMADE = """async ({sheet, numbers}) => {
  const problem = await readProblem(JSON.parse(sheet));
  const plan = startPlan(problem, 0);
  const [first] = plan.zones;
  const edits = {
    made: makeZone(problem, plan, numbers),
    moved: moveBuildings(problem, plan, numbers, first.id),
    dissolved: dissolveZone(problem, plan, first.id),
    renamed: renameZone(problem, plan, first.id, "North East"),
  };
  const told = ({refused, plan: now, notes}) => refused ? {refused} : {
    text: planText(problem, now), notes,
    kept: now.zones.filter((z) => plan.zones.includes(z)).length,
    plan: now.zones.map((z) => [z.id, z.school, z.members, z.kind]),
  };
  return Object.fromEntries(Object.entries(edits).map(([name, edit]) => [name, told(edit)]));
}"""


@FEW
@given(case=divided(), numbers=st.sets(st.integers(0, 5), min_size=1))
def test_edits_of_several_zones_give_plans_that_check(
    model: Opened, case: tuple[ZoneProblem, ZonePlan, int, list[int]], numbers: set[int]
) -> None:
    problem, plan, _, _ = case
    scored(plan, problem)
    chosen = sorted(k for k in numbers if k < problem.n) or [0]
    told = model.page.evaluate(REMADE, {"sheet": sheet_of(problem, plan), "numbers": chosen})
    valuer = ZoneValuer.of(problem)
    ids = problem.building_ids
    before = {z.zone_id: z for z in plan.zones}
    for name, edit in told.items():
        if "refused" in edit:
            continue
        zones = [
            Zone(zone_id=z, building_ids=tuple(ids[k] for k in members), high_school_id=school)
            for z, school, members, _ in edit["plan"]
        ]
        after = ZonePlan(tuple(zones))
        try:
            assert edit["text"] == str(check_plan(after, problem))
        except PlanError:
            assert "a cost is computed for zones of at most 14 buildings" in edit["text"]
        same = [z for z in zones if before.get(z.zone_id) == z]
        assert edit["kept"] == len(same)
        for zone in zones:
            # Schools leave a dissolved zone one by one, and each may change a high school.
            if zone.zone_id in before and zone not in same and name != "dissolved":
                school = before[zone.zone_id].high_school_id
                assert zone.high_school_id == valuer.school_after(school, valuer.group(zone))
    made, dissolved = told["made"], told["dissolved"]
    if "refused" not in made:
        assert chosen in [members for _, _, members, _ in made["plan"]]
    if "refused" in dissolved:
        assert len(plan.zones) == 1
    else:
        assert [z for z, *_ in dissolved["plan"]] == [z.zone_id for z in plan.zones[1:]]
    assert told["renamed"]["plan"][0][0] == "North East"


def test_a_dissolved_zone_goes_where_it_costs_least(model: Opened) -> None:
    # Places on a line: 0 and 10 in one zone, 20 and 30 in another, 1000 and 1010 in a third.
    line = problem(on_a_line(0, 10, 20, 30, 1000, 1010), zones=(2, 3), min_size=1)
    plan = plan_of(line, [(0, 1), (2, 3), (4, 5)])
    told = model.page.evaluate(REMADE, {"sheet": sheet_of(line, plan), "numbers": [0]})
    assert told["dissolved"]["plan"] == [
        ["B", None, [0, 1, 2, 3], "patrol"],
        ["C", None, [4, 5], "patrol"],
    ]
    assert told["dissolved"]["notes"] == ["A has no building left and is gone"]


def test_a_dissolved_zone_keeps_the_rules_where_it_can(model: Opened) -> None:
    line = problem(on_a_line(0, 10, 20, 30, 1000, 1010), zones=(2, 3), min_size=1, max_size=3)
    plan = plan_of(line, [(0, 1), (2, 3), (4, 5)])
    told = model.page.evaluate(REMADE, {"sheet": sheet_of(line, plan), "numbers": [0]})
    assert [members for _, _, members, _ in told["dissolved"]["plan"]] == [[1, 2, 3], [0, 4, 5]]
    tight = replace(line, max_size=2)
    told = model.page.evaluate(REMADE, {"sheet": sheet_of(tight, plan), "numbers": [0]})
    assert told["dissolved"]["notes"] == [
        "no zone can take b01 without breaking a rule: it is in B now",
        "no zone can take b00 without breaking a rule: it is in B now",
        "A has no building left and is gone",
    ]


WORDS = """({values, names}) => ({
  fixed: values.map((v) => [0, 1, 2, 5].map((d) => fixedText(v, d))),
  digits: values.map((v) => [3, 4, 7, 12].map((d) => digitsText(v, d))),
  minutes: values.map((v) => [minutesText(v), minutesText(v, 2)]),
  faults: names.map(nameFault), quoted: names.map(quotedText), plain: names.map(plainName),
})"""


def test_numbers_and_names_are_written_as_in_python(model: Opened) -> None:
    rng = np.random.default_rng(1)
    values = [*(10 ** rng.uniform(-6, 7, 300)).round(9).tolist(), 0.0, 0.5, 1.5, 2.5, 0.125, 0.375]
    values += [1234.5, 1235.5, 99995.0, 100000.0, 9999.5, 270.0, 273.0, 1e7, 1e-5, 12345678.5]
    names = [*NAMES, "", " ", " x", "x ", "a\tb", "1.0", "007", '="12"', "'12", "1E+11", "1.5e3"]
    names += ["x" * 60, "x" * 61, "tab\there", "no\u00a0break", "STRASSE", "Straße", "a  b"]
    told = model.page.evaluate(WORDS, {"values": values, "names": names})
    assert told["fixed"] == [[f"{v:.{d}f}" for d in (0, 1, 2, 5)] for v in values]
    assert told["digits"] == [[f"{v:,.{d}g}" for d in (3, 4, 7, 12)] for v in values]
    assert told["minutes"] == [[minutes(v), minutes(v, digits=2)] for v in values]
    assert told["faults"] == [zone_name_fault(name) for name in names]
    assert told["quoted"] == [repr(name) for name in names]
    assert told["plain"] == [plain(name) for name in names]


UNPACKED = "async (packed) => Array.from(await unpackTable(packed), (v) => (isNaN(v) ? null : v))"


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 1000), n=st.integers(1, 7), columns=st.integers(0, 3))
def test_packed_tables_are_close_and_on_the_right_side_of_limits(
    model: Opened, seed: int, n: int, columns: int
) -> None:
    rng = np.random.default_rng(seed)
    square = columns == 0
    table = rng.uniform(0, 10 ** rng.uniform(0, 5), (n, n if square else columns))
    limits = rng.choice(table.ravel(), 2)  # exactly at, just below and just above a limit
    table.flat[0] = limits[0]
    table.flat[-1] = np.nextafter(limits[0], 0)
    if n > 2:
        table.flat[1] = np.nextafter(limits[1], math.inf)
    if not square:
        table[rng.random(table.shape) < 0.2] = np.nan
    packed = pack(table, limits=limits, fraction_bits=16)
    told = model.page.evaluate(UNPACKED, json.loads(json.dumps(packed, default=_fields)))
    found = np.array([math.nan if v is None else v for v in told]).reshape(table.shape)
    assert (np.isnan(found) == np.isnan(table)).all()
    known = ~np.isnan(table)
    assert abs(found[known] - table[known]).max(initial=0) < 2**-16
    for limit in limits:
        assert ((found > limit) == (table > limit)).all()


def test_a_drive_at_a_limit_keeps_the_rule(model: Opened) -> None:
    # A third of a minute is no binary fraction: rounded it could be over its own limit.
    third = 1000 / 3
    town = problem(on_a_line(0, third), zones=1, min_size=1, rules=(LongestDrive(limit_s=third),))
    plan = plan_of(town, [(0, 1)])
    assert check_plan(plan, town).ok
    said = model.page.evaluate(SAID, {"sheet": sheet_of(town, plan), "edits": []})
    assert said[0]["figures"]["broken"] == []
    just = replace(town, rules=(LongestDrive(limit_s=math.nextafter(third, 0)),))
    said = model.page.evaluate(SAID, {"sheet": sheet_of(just, plan), "edits": []})
    assert [b["reason"] for b in said[0]["figures"]["broken"]] == [
        b.reason for b in check_plan(plan, just).broken
    ]


def test_the_matching_is_that_of_scipy(model: Opened) -> None:
    # Of equally good matchings too: it decides which buildings are named as moved.
    rng = np.random.default_rng(0)
    tables = [rng.integers(0, 4, rng.integers(1, 8, 2)).tolist() for _ in range(150)]
    told = model.page.evaluate("(all) => all.map((t) => bestMatching(t, t[0].length))", tables)
    for table, columns in zip(tables, told, strict=True):
        expected = np.full(len(table), -1)
        rows, found = linear_sum_assignment(-np.array(table))
        expected[rows] = found
        assert columns == expected.tolist()


def test_a_bound_holds_only_for_plans_that_it_covers(model: Opened) -> None:
    line = problem(on_a_line(0, 10, 20, 30), zones=2, min_size=1, objective=Objective.WORST)
    best, far = plan_of(line, [(0, 1), (2, 3)]), plan_of(line, [(0, 3), (1, 2)])
    bound = PlanBound(objective_s=5.0, over="all zones", drive_s=10.0, drives_to_s=10.0)
    for plan, gap, drive_gap in ((best, 1 - 5 / 20, 0.0), (far, None, 1 - 10 / 30)):
        sheet = sheet_of(line, plan, bound)
        figures = model.page.evaluate(SAID, {"sheet": sheet, "edits": []})[0]["figures"]
        assert figures["gap"] == (None if gap is None else pytest.approx(gap))
        assert figures["drive_gap"] == pytest.approx(drive_gap)
    one = ZonePlan((Zone(zone_id="A", building_ids=line.building_ids),))
    figures = model.page.evaluate(SAID, {"sheet": sheet_of(line, one, bound), "edits": []})[0]
    assert figures["figures"]["gap"] is figures["figures"]["drive_gap"] is None


def test_a_bound_over_candidate_zones_is_not_shown() -> None:
    line = problem(on_a_line(0, 10, 20, 30), zones=2, min_size=2)
    result = solve(line)
    assert WorkbenchView.of(district(), result).bound is not None
    partial = replace(result, bound_over="the 12 candidate zones made of near buildings")
    assert WorkbenchView.of(district(), partial).bound is None


def test_starts_are_named_and_proved() -> None:
    line = problem(on_a_line(0, 10, 20, 30), zones=2, min_size=1, max_size=None)
    result = solve(line)
    hand = plan_of(line, [(0, 2), (1, 3)])
    view = WorkbenchView.of(district(), result, {"By hand": hand}, today=hand)
    assert [s.name for s in view.starts] == ["By hand", "Best plan"]
    other = plan_of(line, [(0, 3), (1, 2)])
    named = WorkbenchView.of(district(), result, {"By hand": hand}, today=other).starts
    assert [s.name for s in named] == ["By hand", "Best plan", "Today"]
    assert view.starts[1].proof == "optimal, gap 0 % over all zones"
    near = alternatives(line, within=9.0, apart=1)
    found = WorkbenchView.of(district(), near)
    assert [s.name for s in found.starts] == list(near.names)
    assert found.starts[0].meaning == "The best plan: proved."
    told = [f"{s.name}: {s.meaning}" for s in found.starts[1:]]
    assert told == list(near.describe())
    with pytest.raises(FaultsError, match="two plans are called 'Best plan'"):
        WorkbenchView.of(district(), result, {"Best plan": hand})
    with pytest.raises(FaultsError, match="there is no plan"):
        WorkbenchView.of(district(), line)
    strange = ZonePlan((Zone(zone_id="A", building_ids=("b00", "elsewhere")),))
    with pytest.raises(PlanError, match="Mine: "):
        WorkbenchView.of(district(), line, {"Mine": strange})
    away = replace(line, building_ids=("b00", "b01", "b02", "z9"))
    with pytest.raises(PlanError, match="the problem's buildings are not the district's"):
        WorkbenchView.of(district(), away, {"A": plan_of(away, [(0, 1), (2, 3)])})


def test_the_fingerprint_changes_with_all_that_decides_figures() -> None:
    line = problem(on_a_line(0, 10, 20, 30), zones=2, high_schools=1, feeders=[(0,)] * 4)
    others = [
        replace(line, seconds=line.seconds * 1.001),
        replace(line, zones=3),
        replace(line, max_size=3),
        replace(line, objective=Objective.STATION),
        replace(line, rules=(LongestDrive(limit_s=60.0),)),
        replace(line, rules=(LongestDrive(limit_s=60.001),)),
        replace(line, costs=(TourLength(price_s=1.0),)),
        replace(line, alignment=Alignment.prefer(3)),
        replace(line, call_weight=line.call_weight[::-1] * [1, 1, 1, 2]),
        replace(line, dedicated=("x1",)),
        replace(line, high_school_students=(9.0,)),
    ]
    made = [fingerprint(one) for one in (line, *others)]
    assert len(set(made)) == len(made)
    assert fingerprint(replace(line, names={"b00": "Ash"}, zone_names={"b00": "A"})) == made[0]


def test_borders_of_cells_are_shared_and_closed() -> None:
    # Two unit squares side by side, and a third building at the place of the second.
    left = ((0, 0, 2, 0, 0, 2, -2, 0, 0, -2),)
    right = ((2, 0, 2, 0, 0, 2, -2, 0, 0, -2),)
    arcs = cell_arcs([(left,), (right,), (right,)])
    between = [arc for arc in arcs if arc[1] >= 0]
    assert between == [(0, 1, (2, 0, 0, 2)), (0, 2, (2, 0, 0, 2))]
    assert {arc[0] for arc in arcs if arc[1] < 0} == {0, 1, 2}


def test_the_cells_of_a_district_leave_no_slivers() -> None:
    # Ground by travel time, whose borders are smoothed: the outer edge of all cells is the
    # district's outline, so that no border inside has one side only.
    town = nine_schools()
    ids = tuple(town.buildings.index)
    areas = building_areas(ids, town.schools, outline=town.outline, network=town.network)
    arcs = cell_arcs([area_of(shape) for shape in areas.geometry])
    outer = sum(length_of(line) for _, other, line in arcs if other < 0)
    assert town.outline is not None
    outline = sum(map(length_of, lines_of(town.outline.boundary)))
    assert outer == pytest.approx(outline, rel=1e-3)
    pairs = {(ids[i], ids[j]) for i, j, _ in arcs if j >= 0}
    assert set(adjacent_buildings(areas)) <= pairs | {(b, a) for a, b in pairs}


def length_of(line: Sequence[int]) -> float:
    return float(np.hypot(*np.array(line[2:]).reshape(-1, 2).T).sum())


MOVES = """async ({sheet, moves}) => {
  const problem = await readProblem(JSON.parse(sheet));
  let plan = startPlan(problem, 0);
  for (const [building, zone] of moves) {
    plan = moveBuildings(problem, plan, [building], zone).plan;
    scorePlan(problem, plan);
  }
  return [plan.zones.map((z) => z.members), scorePlan(problem, plan).objective_s];
}"""


def test_a_large_district_fits_and_agrees(model: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    n, count = 1000, 200
    rng = np.random.default_rng(0)
    town = problem(
        random_town(0, n) * 6, weights=rng.gamma(2, 1, n), zones=count, min_size=1, max_size=None
    )
    plan = plan_of_numbers(town, np.arange(n).reshape(count, -1).tolist())
    ids = pd.Index(town.building_ids)
    frame = pd.DataFrame({"school_id": ids, "name": ids, "level": "elementary"})
    north, east = np.divmod(np.arange(n), 40) + rng.uniform(0, 0.3, (2, n))
    frame = frame.assign(latitude=38 + north / 50, longitude=-85 + east / 50)
    large = District(name="large", schools=schools_from_frame(frame))
    monkeypatch.setattr(workbench_data, "building_areas", building_areas)
    view = WorkbenchView(
        district=large, problem=town, starts=(StartPlan(name="A", plan=plan),), today=plan
    )
    text = json.dumps(worksheet(view), default=_fields)
    assert len(text) < 5.2e6  # of a page of 6 MB: scripts, streets and names are the rest
    moves = [(k * 137 % n, f"Zone {k * 31 % count}") for k in range(1, 41)]
    groups, told = model.page.evaluate(MOVES, {"sheet": text, "moves": moves})
    assert told == pytest.approx(score(plan_of_numbers(town, groups), town).objective_s, abs=1e-4)


def plan_of_numbers(town: ZoneProblem, groups: list[list[int]]) -> ZonePlan:
    return ZonePlan(
        tuple(
            Zone(
                zone_id=f"Zone {k}",
                building_ids=tuple(sorted(town.building_ids[b] for b in group)),
            )
            for k, group in enumerate(groups)
        )
    )


def test_the_page_is_restricted_and_refuses_other_types(tmp_path: Path) -> None:
    line = problem(on_a_line(0, 10, 20, 30), zones=2, min_size=1)
    plan = plan_of(line, [(0, 1), (2, 3)])
    saved = tmp_path / "workbench.html"
    maps.workbench(district(), line, {"Mine": plan}, made_from={"schools": "abc"}).save(str(saved))
    text = saved.read_text(encoding="utf-8")
    assert "<title>RESTRICTED · " in text
    assert f'content="{WORKBENCH_MARK}"' in text
    assert '"made_from":{"schools":"abc"}' in text
    with pytest.raises(FaultsError, match="shown is a str: it must be Alternatives or Zone"):
        maps.workbench(district(), "plan.csv")  # type: ignore[arg-type]
