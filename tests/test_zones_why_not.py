"""Contradictions between rules are found before any search, and what is proved is true."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import pytest
from helpers.impossible_requests import Impossible, impossible_requests, jefferson, todays_plan
from helpers.zone_requests import RULES, towns
from helpers.zone_towns import on_a_line, plan_exists, plan_of, problem, random_town
from hypothesis import given, settings
from hypothesis import strategies as st

from zoning.zones import (
    Alignment,
    Apart,
    AtMostMoved,
    Locked,
    LongestDrive,
    SolverLimits,
    Status,
    Together,
    Workload,
    Zone,
    ZoneProblem,
    solve,
)
from zoning.zones.plan import Zone as AnyZone
from zoning.zones.request.restrictions import Load, Restrictions
from zoning.zones.request.rules import Easing, OwnRule, ProblemData, RuleDefaults
from zoning.zones.search.column_generation import ZoneSearch
from zoning.zones.solve import feasibility, solver
from zoning.zones.solve.conflicts import _ConflictSearch
from zoning.zones.solve.feasibility import Answer, Existence, Question
from zoning.zones.solve.price_proof import prove_impossible

NAMES = [
    "too few zones",
    "too many zones",
    "locks too small for so few zones",
    "locks overlap",
    "a lock too big",
    "strict, feeders of two together",
    "strict with too few zones",
    "feeders too small for the sizes",
    "a building too far from all",
    "drives too short for so few zones",
    "too far from every high school",
    "a building above the workload",
    "a workload below the mean",
    "nothing moves, two together",
    "few move, fewer zones",
    "together and apart",
    "a lock with two apart",
    "in and not in",
    "in a locked zone",
    "three at once",
]


@pytest.fixture(scope="module")
def twenty() -> dict[str, Impossible]:
    base = jefferson()
    return {one.name: one for one in impossible_requests(base, todays_plan(base))}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_set_is_named_on_jefferson(name: str, twenty: dict[str, Impossible]) -> None:
    """By a contradiction that needs no search; a plan is found for the set without any one."""
    assert list(twenty) == NAMES
    problem = twenty[name].problem
    assert Question(problem).contradiction(time_s=0.0).existence is Existence.NO
    work = _ConflictSearch(problem, SolverLimits(), None)
    work.search_s = 60.0  # on a busy machine too
    conflict = work.find_conflict()
    assert {work.requirements[k].text for k in conflict} == twenty[name].conflict
    assert work.is_minimal(conflict)


def _refuse(*_: object, **__: object) -> None:
    raise AssertionError("a search was started")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "remedies"),
    [
        ("too few zones", ("21 zones instead of 20", "allow 8 buildings in a zone")),
        ("too many zones", ("47 zones instead of 48", "allow 2 buildings in a zone")),
        ("a lock too big", ("allow 9 buildings in a zone", "release the lock on Zone 1")),
        ("three at once", ()),
    ],
)
def test_remedies_on_jefferson_the_best_first(
    name: str, remedies: tuple[str, ...], twenty: dict[str, Impossible]
) -> None:
    result = solve(twenty[name].problem)
    assert result.infeasibility is not None
    assert result.infeasibility.remedies == remedies
    assert result.infeasibility.minimal
    assert result.infeasibility.complete


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=100)
def test_what_is_proved_without_a_search_is_true(data: st.DataObject) -> None:
    """Over random requests with every rule: no proof and no refusal where there is a plan."""
    kinds = data.draw(st.lists(st.sampled_from([*RULES, "AtMostMoved"]), min_size=1, max_size=4))
    town = data.draw(towns(n=(4, 7), rules=kinds, zones=data.draw(st.sampled_from([1, 2, (2, 4)]))))
    exists = plan_exists(town)
    question = Question(town)
    if question.loads is None:
        assert not exists
        return
    program = question.program
    assert not (exists and prove_impossible(program, question.counts, time_s=5))
    found = program.find_plan(question.counts, work=5, time_s=60)
    if found is False:
        assert not exists
    elif program.complete:
        assert exists
        assert isinstance(found, tuple)
        assert question.is_kept_by(found)


@dataclass(frozen=True)
class NeverWith(RuleDefaults):
    """A rule that the library has never seen: two buildings not in one zone."""

    one: str
    other: str

    @property
    def text(self) -> str:
        return f"{self.one} never with {self.other}"

    def broken_by(self, zone: AnyZone, problem: ProblemData) -> str | None:  # noqa: ARG002
        return "both" if {self.one, self.other} <= set(zone.building_ids) else None

    def restrictions(self, problem: ProblemData) -> Restrictions:
        apart = np.zeros((len(problem.building_ids),) * 2, dtype=bool)
        apart[problem.position(self.one), problem.position(self.other)] = True
        return Restrictions(apart=apart)

    def easings(self, problem: ProblemData) -> list[Easing]:  # noqa: ARG002
        return [Easing("let them meet", None)]


def of_forty(*rules: object, **asked: object) -> ZoneProblem:
    settings = {"zones": 8, "min_size": 3, "max_size": 7} | asked
    return problem(random_town(5, 40), rules=rules, **settings)


def test_a_rule_of_an_unknown_class_is_named_like_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ZoneSearch, "partition", _refuse)
    result = solve(
        of_forty(Together(("b03", "b09")), NeverWith("b03", "b09"), Apart(("b01", "b02")))
    )
    assert result.infeasibility is not None
    assert set(result.infeasibility.conflict) == {"together: b03, b09", "b03 never with b09"}
    assert "let them meet" in result.infeasibility.remedies


def test_a_rule_that_only_tests_zones_is_found_by_the_search() -> None:
    rule = OwnRule(name="b00 in no zone", test=lambda zone: "b00" if "b00" in zone else None)
    town = problem(random_town(2, 6), zones=2, min_size=1, max_size=5, rules=(rule,))
    assert Question(town).contradiction().existence is Existence.UNKNOWN
    result = solve(town)
    assert result.status is Status.INFEASIBLE
    assert result.infeasibility is not None
    assert result.infeasibility.conflict == ("b00 in no zone",)


def test_weights_of_a_group_are_a_proof_without_the_group_only_if_they_still_hold() -> None:
    both = of_forty(Together(("b03", "b09")), Apart(("b03", "b09")))
    answer = Question(both).contradiction()
    assert answer.existence is Existence.NO
    assert answer.disproves(both)
    assert not answer.disproves(of_forty(Apart(("b03", "b09"))))
    assert not answer.disproves(of_forty(Together(("b03", "b09"))))


def test_a_drive_gives_way_before_a_rule_is_dropped() -> None:
    town = problem(
        on_a_line(0, 60, 600, 660),
        zones=3,
        min_size=None,
        max_size=None,
        rules=(Together(("b00", "b02")), LongestDrive(limit_s=300)),
    )
    result = solve(town)
    assert result.infeasibility is not None
    assert result.infeasibility.remedies == (
        "allow drives of 10.00 min inside a zone",
        "allow b00, b02 in different zones",
    )


def test_moves_that_another_number_of_zones_implies_are_counted() -> None:
    """Eight zones of five today, seven tomorrow: one zone's five buildings move."""
    base = of_forty(alignment=Alignment.off())
    today = plan_of(base, [range(5 * k, 5 * k + 5) for k in range(8)])
    few = of_forty(AtMostMoved(today=today, most=4), zones=7)
    assert Question(few).contradiction(time_s=0.0).existence is Existence.NO
    enough = dataclasses.replace(few, rules=(AtMostMoved(today=today, most=5),))
    assert Question(enough).contradiction().existence is Existence.UNKNOWN


def test_locks_that_leave_too_few_places_are_seen_without_a_search() -> None:
    small = [
        Locked(Zone(zone_id=f"Zone {k}", building_ids=tuple(f"b{3 * k + j:02d}" for j in range(3))))
        for k in range(3)
    ]
    # 6 zones of 7 hold 42: two of the three locks leave 34 for 28 places.
    town = of_forty(*small, zones=6)
    result = solve(town)
    assert result.infeasibility is not None
    assert set(result.infeasibility.conflict) >= {"6 zones", "at most 7 buildings in a zone"}
    assert len(result.infeasibility.conflict) == 3
    assert result.infeasibility.minimal


def test_a_workload_that_the_total_exceeds_is_seen_without_a_search() -> None:
    calls = np.arange(1, 41)
    town = of_forty(Workload(column="calls", at_most=102.4), columns={"calls": calls})
    assert Question(town).contradiction(time_s=0.0).existence is Existence.NO
    wider = dataclasses.replace(town, rules=(Workload(column="calls", at_most=103.5),))
    assert Question(wider).contradiction().existence is Existence.UNKNOWN


@dataclass(frozen=True)
class AboutTheMean(RuleDefaults):
    """A rule that the library has never seen: at most 1.5 times the mean of all zones."""

    text: str = "no zone far above the mean"

    def broken_by(self, zone: AnyZone, problem: ProblemData) -> str | None:
        return "many" if len(zone.building_ids) > self._most(problem) else None

    def restrictions(self, problem: ProblemData) -> Restrictions:
        count = len(problem.building_ids)
        return Restrictions(loads=(Load(values=np.ones(count), high=self._most(problem)),))

    def _most(self, problem: ProblemData) -> float:
        return 1.5 * len(problem.building_ids) / problem.fewest_and_most[1]


def any_number(*rules: object, **asked: object) -> ZoneProblem:
    settings = {"zones": None, "min_size": None, "max_size": None} | asked
    return problem(random_town(7, 6), rules=rules, **settings)


def test_a_rule_about_the_mean_proves_nothing_before_the_number_of_zones_is_known() -> None:
    """As for six zones it forbids pairs; there is a plan of one zone."""
    result = solve(any_number(AboutTheMean(), Together(("b00", "b01"))))
    assert result.status is Status.OPTIMAL
    assert result.plan is not None
    assert len(result.plan.patrol_zones) == 1


def test_that_a_number_left_open_has_no_plan_is_not_that_none_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whether one zone has a plan stays undecided, then it has none: two may."""
    monkeypatch.setattr(solver, "plan_exists", lambda *_: Existence.UNKNOWN)
    result = solve(any_number(Apart(("b00", "b01"))))
    assert result.status is Status.NO_SOLUTION
    assert result.infeasibility is None
    assert result.stopped_by == "the limits of the search for fewer zones"


def test_a_tolerance_is_kept_with_the_number_of_zones_that_a_plan_has() -> None:
    calls = np.array([1, 1, 1, 1, 1, 5])
    town = any_number(Workload(column="calls", tolerance=0.2), columns={"calls": calls})
    question = Question(town)
    assert question.is_kept_by(((0, 1, 2, 3, 4), (5,)))
    assert not question.is_kept_by(((0, 1), (2, 3, 4, 5)))


def test_a_tolerance_that_no_number_of_zones_keeps() -> None:
    """Six calls and four are within its bounds for 1 to 3 zones, not within those for two."""
    town = any_number(
        Workload(column="calls", tolerance=0.05),
        Together(("b00", "b01", "b02")),
        *(Apart(("b00", other)) for other in ("b03", "b04", "b05")),
        min_size=2,
        columns={"calls": np.array([4, 1, 1, 1, 1, 2])},
    )
    assert Question(town).contradiction().existence is Existence.UNKNOWN
    assert Question(town).decide(SolverLimits()).existence is Existence.NO
    wider = dataclasses.replace(
        town, rules=(Workload(column="calls", tolerance=0.2), *town.rules[1:])
    )
    assert Question(wider).decide(SolverLimits()).plan == ((0, 1, 2), (3, 4, 5))


@pytest.mark.parametrize("find", ["_find_least_step", "_find_first_step"])
@pytest.mark.parametrize("existence", [Existence.UNKNOWN, Existence.NO])
def test_a_remedy_that_stays_undecided_is_said_to_be_missing(
    find: str, existence: Existence, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = _ConflictSearch(of_forty(Apart(("b00", "b01"))), SolverLimits(), None)
    monkeypatch.setattr(work, "_answer", lambda *_: Answer(existence))
    steps = work.requirements[0].relaxations[0]
    assert getattr(work, find)(steps, np.inf) is None
    assert work.complete is (existence is Existence.NO)


def test_a_program_too_large_to_build_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    question = Question(of_forty(Together(("b03", "b09")), Apart(("b03", "b09"))))
    assert question.contradiction().existence is Existence.NO
    assert question.find_by_program(SolverLimits()).existence is Existence.NO
    monkeypatch.setattr(feasibility, "_MOST_CELLS", 1)
    assert question.contradiction().existence is Existence.UNKNOWN
    assert question.find_by_program(SolverLimits()).existence is Existence.UNKNOWN
