"""Rosters of a term: against lists of everything, closed forms, and a separate check."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.roster_terms import (
    FIRST,
    best_in_time,
    empty_weight,
    expected_empty_by_list,
    list_day,
    make_term,
    need,
    school_days,
)

from zoning.errors import OptionError, RecordError
from zoning.roster.attendance_program import AttendanceProgram
from zoning.roster.day_posts import assign_day
from zoning.roster.extra_duties import share_duties
from zoning.roster.replanning import replan_roster
from zoning.roster.roster_checks import check_roster, read_term_roster
from zoning.roster.sickness import simulate_sickness
from zoning.roster.term import TermRoster, plan_roster
from zoning.roster.term_problem import Course, ExtraDuty, TermProblem, TrainingClass

SATURDAY = FIRST + timedelta(5)


def layer(roster: TermRoster, name: str) -> pd.Series:
    """A row of the layers by name."""
    return roster.layers.set_index("layer").loc[name]


def require_kept(roster: TermRoster) -> None:
    """Check every hard rule with the separate check, and that both name the same empty posts."""
    check = check_roster(roster.problem, roster.assignments, roster.training, roster.duties)
    assert check.ok, check
    assert list(zip(check.unfilled["date"], check.unfilled["post_id"], strict=True)) == list(
        zip(roster.unfilled["date"], roster.unfilled["post_id"], strict=True)
    )


# One day.


@pytest.mark.parametrize("seed", range(12))
def test_a_day_equals_the_best_of_all_assignments(seed: int) -> None:
    """Weight empty, then posts filled by others, then posts that change: all listed."""
    rng = np.random.default_rng(seed)
    problem = make_term(
        4,
        4,
        1,
        barred=[(n, p) for n in range(4) for p in range(4) if n != p and rng.random() < 0.4],
        closed=[(int(rng.integers(4)), 0)],
        weights=[int(w) for w in rng.integers(1, 4, 4)],
        home=[0, 1, 2, -1],
    )
    present = rng.random(4) < 0.8
    keep = rng.permutation(4)
    for keep_first in (False, True):
        found = assign_day(
            present,
            may_fill=problem.may_fill,
            needed=problem.needed[:, 0],
            weights=problem.weights,
            home=problem.home,
            keep=keep,
            keep_first=keep_first,
        )

        def value(filled: dict[int, int], keep_first: bool = keep_first) -> tuple[int, int, int]:
            others = sum(problem.home[n] != p for p, n in filled.items())
            changed = sum(keep[p] != n for p, n in filled.items())
            first, second = (changed, others) if keep_first else (others, changed)
            return empty_weight(problem, 0, filled), first, second

        own = {p: int(n) for p, n in enumerate(found) if n >= 0}
        every = list(list_day(problem, 0, np.flatnonzero(present).tolist()))
        assert own in every
        assert value(own) == min(map(value, every))


def test_a_post_that_becomes_empty_is_a_change() -> None:
    """O0 is away from P0, and O1 is free: one change if O1 stands there, two if at P1."""
    given = {
        "may_fill": np.ones((2, 2), bool),
        "needed": np.ones(2, bool),
        "weights": np.ones(2, np.int64),
        "home": np.array([0, 1]),
        "keep": np.array([0, -1]),
    }
    present = np.array([False, True])
    assert assign_day(present, **given, keep_first=True).tolist() == [1, -1]
    assert assign_day(present, **given).tolist() == [-1, 1]


def test_a_day_of_arrays_that_do_not_belong_together_is_refused() -> None:
    with pytest.raises(RecordError, match="2 officers and 3 posts"):
        assign_day(
            np.ones(2, bool),
            may_fill=np.ones((2, 3), bool),
            needed=np.ones(2, bool),
            weights=np.ones(3, np.int64),
            home=np.zeros(2, np.int64),
        )


# A term against the list of all ways to train.


def random_term(seed: int) -> TermProblem:
    """Three officers, two posts, four days: small enough to list."""
    rng = np.random.default_rng(seed)
    days = school_days(4)
    courses: list[Course] = []
    classes: list[TrainingClass] = []
    if seed % 2:
        courses = [
            Course(course_id=c, programme="state", hours=8, size=int(rng.integers(1, 3)))
            for c in ("A", "B")
        ]
    else:
        for k in range(5):
            dates = (days[k % 4],) if k < 3 else (days[k - 3], days[k - 2])
            classes.append(
                TrainingClass(
                    class_id=f"K{k}",
                    dates=dates,
                    programme="state",
                    hours=8.0 * len(dates),
                    size=int(rng.integers(1, 4)),
                    topics=("law",) if k % 2 else ("drill",),
                )
            )
    needs = [
        need(
            n,
            float(rng.choice([0, 8, 16])),
            days[int(rng.integers(2, 4))],
            topics=("law",) if classes and rng.random() < 0.4 else (),
        )
        for n in range(3)
    ]
    return make_term(
        3,
        2,
        4,
        away=[(int(rng.integers(3)), int(rng.integers(4)))],
        barred=[(2, 0)] if rng.random() < 0.4 else [],
        weights=[int(w) for w in rng.integers(1, 3, 2)],
        needs=needs,
        classes=classes,
        courses=courses,
        classes_a_day=1 + seed % 3 // 2,
        sick_share=0.2,
    )


@cache
def listed_best(seed: int) -> tuple[int, float] | None:
    """The best of all ways to train, once for each term."""
    return best_in_time(random_term(seed))


@pytest.mark.parametrize("seed", range(14))
def test_a_term_equals_the_best_of_all_ways_to_train(seed: int) -> None:
    """Bounds never exceed, and plans never beat, the best of every attendance."""
    problem = random_term(seed)
    roster = plan_roster(problem)
    require_kept(roster)
    best = listed_best(seed)
    late = layer(roster, "training late")
    assert (best is not None) == (late["bound"] == 0 and late["value"] == 0)
    if best is None:
        return
    empty, sick = layer(roster, "posts empty"), layer(roster, "expected empty with the sick")
    assert empty["bound"] <= best[0] <= empty["value"]
    if not problem.courses:  # classes that are given: exact
        assert empty["value"] == best[0]
        assert sick["value"] == pytest.approx(best[1], abs=1e-6)
        assert empty["is_proved"]
        assert sick["is_proved"]
    elif empty["value"] == best[0]:
        assert sick["bound"] - 1e-6 <= best[1] <= sick["value"] + 1e-6


def test_classes_that_may_be_placed_are_placed_as_well_as_any() -> None:
    """The heuristic reaches the best of all placements on nearly all of these terms."""
    hits = []
    for seed in range(1, 14, 2):
        best, roster = listed_best(seed), plan_roster(random_term(seed))
        if best is not None:
            hits.append(layer(roster, "posts empty")["value"] == best[0])
    assert sum(hits) >= 0.8 * len(hits) > 3


def test_sickness_in_closed_form() -> None:
    """Five officers, four posts, chance one half: (10*1 + 10*2 + 5*3 + 1*4) / 32 = 49/32."""
    problem = make_term(5, 4, 1, sick_share=0.5)
    roster = plan_roster(problem)
    assert layer(roster, "expected empty with the sick")["value"] == pytest.approx(49 / 32)
    assert expected_empty_by_list(problem, 0, range(5)) == pytest.approx(49 / 32)


def test_classes_go_to_days_that_can_spare_officers() -> None:
    """Two officers and a post: the class of each is on a day on which the other stands there."""
    days = school_days(4)
    problem = make_term(
        2,
        1,
        4,
        away=[(1, 0), (0, 1)],
        needs=[need(0, 8, days[-1]), need(1, 8, days[-1])],
        courses=[Course(course_id="A", programme="state", hours=8, size=2)],
    )
    roster = plan_roster(problem)
    require_kept(roster)
    assert roster.unfilled.empty
    # Not on the first two days, on which only one is there; not both on one day.
    assert sorted(roster.training["date"]) == list(days[2:])
    assert layer(roster, "posts empty")["is_proved"]
    assert layer(roster, "posts empty")["over"] == "all ways to place the classes"


def test_the_same_term_gives_the_same_roster() -> None:
    first, again = (plan_roster(random_term(7)) for _ in range(2))
    for name in ("assignments", "training", "unfilled", "layers"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(again, name))


def test_own_officers_stand_at_their_posts_and_a_stand_in_stays() -> None:
    problem = make_term(4, 2, 5, away=[(0, 1), (0, 2), (0, 3)])
    roster = plan_roster(problem)
    at_first = roster.assignments[roster.assignments["post_id"] == "P0"]["officer_id"].tolist()
    assert at_first[0] == at_first[4] == "O0"
    assert len(set(at_first[1:4])) == 1
    others = layer(roster, "posts filled by another")
    assert (others["value"], others["bound"]) == (3, 3)
    assert roster.loads.loc["O0", ["post_days", "home_days"]].tolist() == [2, 2]
    assert roster.loads.loc["O1", ["post_days", "home_days"]].tolist() == [5, 5]


# What cannot be filled.


def test_too_few_officers_is_an_answer_that_names_posts_and_reasons() -> None:
    days = school_days(2)
    problem = make_term(
        3,
        3,
        2,
        weights=[2, 1, 3],
        away=[(0, 1)],
        why_away={("O0", days[1]): "on leave"},
        needs=[need(2, 8, days[1])],
        classes=[TrainingClass(class_id="K", dates=(days[0],), programme="state", hours=8, size=6)],
    )
    roster = plan_roster(problem)
    require_kept(roster)
    # One post is empty on each day: the one that counts least.
    assert roster.unfilled.values.tolist() == [
        [days[0], "P1", "3 officers may stand at the 3 posts that compete for them; O2 in class; "
         "2 left"],
        [days[1], "P1", "3 officers may stand at the 3 posts that compete for them; O0 on leave; "
         "2 left"],
    ]  # fmt: skip
    empty = layer(roster, "posts empty")
    assert (empty["value"], empty["bound"]) == (2, 2)
    assert roster.unfilled_on() == {days[0]: ("P1",), days[1]: ("P1",)}
    assert roster.describe()[0] == "4 of 6 post-days filled on 2 school days by 3 officers."


def test_a_term_without_classes_is_proved_the_least_with_the_sick() -> None:
    """Nothing is to be chosen as a whole number, so that the program is a linear one."""
    roster = plan_roster(make_term(3, 2, 4, away=[(0, 1)], sick_share=0.02))
    sick = layer(roster, "expected empty with the sick")
    assert sick["value"] > 0
    assert sick["bound"] == pytest.approx(sick["value"])
    assert "inf" not in " ".join(roster.describe())


def test_a_post_that_one_officer_may_fill_says_who_is_away() -> None:
    days = school_days(1)
    problem = make_term(
        3, 2, 1, barred=[(0, 1), (2, 1)], away=[(1, 0)], why_away={("O1", days[0]): "sick"}
    )
    roster = plan_roster(problem)
    assert roster.unfilled.values.tolist() == [
        [days[0], "P1", "1 officer may stand at P1; O1 sick; nobody left"]
    ]


def test_an_officer_whose_training_is_late_is_removed_until_it_is_done() -> None:
    """Stands on the last day in time, not on the next, and again on the day after the class."""
    days = school_days(6)
    problem = make_term(
        1,
        1,
        6,
        needs=[need(0, 8, days[1])],
        classes=[TrainingClass(class_id="K", dates=(days[3],), programme="state", hours=8, size=6)],
    )
    roster = plan_roster(problem)
    require_kept(roster)
    assert roster.assignments["date"].tolist() == [days[0], days[1], days[4], days[5]]
    (late,) = roster.late
    assert (late.hours, late.back_on) == (8, days[4])
    assert any("8 hours of state training missing after" in one for one in roster.describe())


def test_a_need_that_only_flags_keeps_the_officer_at_the_post() -> None:
    days = school_days(3)
    problem = make_term(1, 1, 3, needs=[need(0, 8, days[0], programme="district", removes=False)])
    roster = plan_roster(problem)
    assert len(roster.assignments) == 3
    assert roster.late_training["is_removed"].tolist() == [False]


def test_officers_who_are_removed_count_more_than_all_flags() -> None:
    """One place: it goes to the officer whose training keeps the officer in schools."""
    days = school_days(2)
    need_not = [need(n, 8, days[0], programme="state", removes=False) for n in (0, 1)]
    problem = make_term(
        3,
        1,
        2,
        needs=[*need_not, need(2, 8, days[0])],
        classes=[TrainingClass(class_id="K", dates=(days[0],), programme="state", hours=8, size=1)],
    )
    roster = plan_roster(problem)
    assert roster.training["officer_id"].tolist() == ["O2"]
    assert [one.need.officer_id for one in roster.late] == ["O0", "O1"]


def test_a_class_beside_the_shift_takes_nobody_from_a_post() -> None:
    days = school_days(1)
    evening = TrainingClass(
        class_id="K", dates=days, programme="state", hours=2, size=6, takes_day=False
    )
    roster = plan_roster(make_term(1, 1, 1, needs=[need(0, 2, days[0])], classes=[evening]))
    require_kept(roster)
    assert (len(roster.assignments), len(roster.training)) == (1, 1)


# Duties outside the school day.


@pytest.mark.parametrize("seed", range(15))
def test_duties_are_shared_as_evenly_as_any_plan(seed: int) -> None:
    """Against every plan: places filled, then squares of loads, then wishes; and the spread."""
    rng = np.random.default_rng(seed)
    duties = [
        ExtraDuty(
            duty_id=f"G{k}",
            date=SATURDAY + timedelta(7 * (k // 2) + k % 2),
            officers=1 + int(rng.random() < 0.4),
        )
        for k in range(4)
    ]
    pairs = list(itertools.product(range(4), range(4)))
    problem = make_term(
        4,
        1,
        1,
        duties=duties,
        no_duty=[pair for pair in pairs if rng.random() < 0.3],
        unwanted=[pair for pair in pairs if rng.random() < 0.3],
        duties_before=[int(x) for x in rng.integers(0, 2, 4)],
        duties_a_week=1 + seed % 2,
    )

    def plans() -> list[np.ndarray]:
        choices = [
            [
                chosen
                for size in range(one.officers + 1)
                for chosen in itertools.combinations(
                    np.flatnonzero(problem.duty_available[:, j]).tolist(), size
                )
            ]
            for j, one in enumerate(duties)
        ]
        found = []
        for picked in itertools.product(*choices):
            has = np.zeros((4, 4), dtype=bool)
            for j, chosen in enumerate(picked):
                has[list(chosen), j] = True
            weeks = np.stack([has[:, :2].sum(axis=1), has[:, 2:].sum(axis=1)])
            if weeks.max() <= problem.duties_a_week:
                found.append(has)
        return found

    def value(has: np.ndarray) -> tuple[int, int, int]:
        loads = problem.duties_before + has.sum(axis=1)
        return -int(has.sum()), int((loads**2).sum()), int((has & problem.unwanted).sum())

    def spread(has: np.ndarray) -> int:
        loads = problem.duties_before + has.sum(axis=1)
        return int(loads.max() - loads.min())

    found, every = share_duties(problem), plans()
    assert value(found) == min(map(value, every))
    most = max(int(has.sum()) for has in every)
    assert spread(found) == min(spread(has) for has in every if has.sum() == most)
    roster = plan_roster(problem)
    require_kept(roster)
    missing = sum(one.officers for one in duties) - most
    assert roster.unfilled_duties["missing"].sum() == missing


# Bad input.


def test_all_faults_of_a_problem_are_named_at_once() -> None:
    good = make_term(2, 2, 2)
    with pytest.raises(RecordError) as caught:
        replace(
            good,
            dates=good.dates[::-1],
            officer_ids=("O0", "O0"),
            weights=np.array([0, 2_000]),
            home=np.array([0, 7]),
            sick_share=1.0,
            needs=(need(9, -1, FIRST), need(9, 1, FIRST)),
            classes=(TrainingClass(class_id="K", dates=(), programme="state", hours=0, size=0),),
            duties=(ExtraDuty(duty_id="G", date=FIRST, officers=0),),
            duty_available=np.ones((2, 1), bool),
            unwanted=np.zeros((2, 1), bool),
        )
    told = str(caught.value)
    for words in (
        "officer 'O0' is there 2 times",
        "the school days are not in order",
        "post 'P0' has the weight 0",
        "post 'P1' has the weight 2000",
        "officer 'O0' has the post number 7",
        "sick_share is 1.0",
        "officer 'O9' has 2 needs of state training: join them",
        "'O9', who needs training, is no officer",
        "officer 'O9' needs -1 hours",
        "class 'K' holds 0 officers",
        "class 'K' has 0 hours",
        "class 'K' has no date",
        "duty 'G' takes 0 officers",
    ):
        assert words in told
    with pytest.raises(RecordError, match=r"may_fill has the shape \(1, 2\), not \(2, 2\)"):
        replace(good, may_fill=np.ones((1, 2), bool))


# The check of a roster.


def checked_term() -> TermProblem:
    days = school_days(6)
    return make_term(
        3,
        2,
        6,
        away=[(2, 2)],
        barred=[(2, 0)],
        closed=[(1, 3)],
        why_away={("O2", days[2]): "on leave"},
        needs=[need(0, 8, days[4])],
        classes=[TrainingClass(class_id="K", dates=(days[4],), programme="state", hours=8, size=1)],
        courses=[
            Course(course_id="C", programme="state", hours=8, size=2),
            Course(course_id="D", programme="state", hours=8, size=2),
        ],
        duties=[
            ExtraDuty(duty_id="G", date=SATURDAY),
            ExtraDuty(duty_id="H", date=SATURDAY + timedelta(1)),
        ],
        no_duty=[(2, 0)],
    )


DAYS = school_days(6)
K4 = (DAYS[4], "K", "", "O0")


@pytest.mark.parametrize(
    ("posts", "classes", "duties", "told"),
    [
        ([(DAYS[0], "P0", "O9")], [K4], [], "row 2: 'O9' is no officer"),
        ([(DAYS[0], "P9", "O0")], [K4], [], "row 2: 'P9' is no post"),
        ([(SATURDAY, "P0", "O0")], [K4], [], f"row 2: {SATURDAY} is no school day of the term"),
        (
            [(DAYS[0], "P0", "O0"), (DAYS[0], "P1", "O0")],
            [K4],
            [],
            f"row 3: O0 stands at P1 and at P0 on {DAYS[0]}",
        ),
        (
            [(DAYS[0], "P0", "O0"), (DAYS[0], "P0", "O1")],
            [K4],
            [],
            f"row 3: P0 has O0 and O1 on {DAYS[0]}",
        ),
        ([(DAYS[3], "P1", "O1")], [K4], [], f"row 2: P1 is not to be filled on {DAYS[3]}"),
        (
            [(DAYS[2], "P1", "O2")],
            [K4],
            [],
            f"row 2: O2 stands at P1 on {DAYS[2]}: on leave",
        ),
        ([(DAYS[0], "P0", "O2")], [K4], [], "row 2: O2 may not stand at P0"),
        (
            [(DAYS[5], "P0", "O0")],
            [],
            [],
            f"row 2: O0 stands at P0 on {DAYS[5]}, but misses 8 hours of state training, due "
            f"{DAYS[4]}",
        ),
        ([], [K4, (DAYS[4], "K", "", "O1")], [], "row 3: class K holds 1, and has one more"),
        ([], [K4, (DAYS[1], "K", "", "O1")], [], f"row 3: class K is not held on {DAYS[1]}"),
        ([], [(DAYS[4], "L", "", "O0")], [], "row 2: 'L' is no class that is offered, nor of a"),
        ([], [(DAYS[4], "K", "", "O9")], [], "row 2: 'O9' is no officer"),
        (
            [(DAYS[4], "P0", "O0")],
            [K4],
            [],
            f"row 2: O0 is in class K on {DAYS[4]}, and at P0 in row 2",
        ),
        (
            [],
            [(DAYS[2], "C 1", "C", "O2")],
            [],
            f"row 2: O2 is in class C 1 on {DAYS[2]}: on leave",
        ),
        (
            [],
            [(DAYS[0], "C 1", "C", "O0"), (DAYS[1], "C 2", "C", "O0")],
            [],
            "row 3: O0 takes C twice, in C 1 too",
        ),
        (
            [],
            [(DAYS[0], "C 1", "C", "O0"), (DAYS[0], "D 1", "D", "O1")],
            [],
            f"{DAYS[0]}: classes C 1, D 1, where 1 can be held",
        ),
        (
            [],
            [(DAYS[0], "C 1", "C", "O0"), (DAYS[1], "C 1", "C", "O1")],
            [],
            f"row 3: class C 1 is on {DAYS[0]} and on {DAYS[1]}",
        ),
        (
            [],
            [(DAYS[4], "C 1", "C", "O0"), K4],
            [],
            f"row 3: O0 is in C 1 and K on {DAYS[4]}",
        ),
        ([], [], [(SATURDAY, "G", "O2")], f"row 2: O2 cannot come to duty G on {SATURDAY}"),
        ([], [], [(DAYS[0], "G", "O1")], f"row 2: duty G is on {SATURDAY}, not on {DAYS[0]}"),
        ([], [], [(SATURDAY, "X", "O1")], "row 2: 'X' is no duty"),
        (
            [],
            [],
            [(SATURDAY, "G", "O1"), (SATURDAY + timedelta(1), "H", "O1")],
            "row 3: O1 has more than 1 duties in week 33 of 2026",
        ),
        (
            [],
            [],
            [(SATURDAY, "G", "O1"), (SATURDAY, "G", "O0")],
            "row 3: duty G takes 1, and has one more",
        ),
        (
            [],
            [],
            [(SATURDAY, "G", "O0")],
            f"row 2: O0 has duty G on {SATURDAY}, but misses state training, due {DAYS[4]}",
        ),
    ],
)
def test_each_hard_rule_is_checked(
    posts: list[tuple[date, str, str]],
    classes: list[tuple[date, str, str, str]],
    duties: list[tuple[date, str, str]],
    told: str,
) -> None:
    check = check_roster(
        checked_term(),
        pd.DataFrame(posts, columns=["date", "post_id", "officer_id"]),
        pd.DataFrame(classes, columns=["date", "class_id", "course_id", "officer_id"]),
        pd.DataFrame(duties, columns=["date", "duty_id", "officer_id"]),
    )
    assert any(one.startswith(told) for one in check.faults), check.faults
    assert not check.ok


def test_the_planned_roster_keeps_every_rule() -> None:
    roster = plan_roster(checked_term())
    require_kept(roster)
    assert str(check_roster(roster.problem, roster.assignments, roster.training)) == (
        "Every rule is kept; 0 post-days without an officer."
    )


def test_officers_attend_all_dates_of_a_class() -> None:
    days = school_days(3)
    two = TrainingClass(class_id="K", dates=days[:2], programme="state", hours=16, size=2)
    problem = make_term(1, 1, 3, classes=[two])
    half = pd.DataFrame([(days[0], "K", "O0")], columns=["date", "class_id", "officer_id"])
    posts = pd.DataFrame([], columns=["date", "post_id", "officer_id"])
    assert check_roster(problem, posts, half).faults == (f"O0 is not in class K on {days[1]}",)


def test_a_roster_file_reads_back(tmp_path: Path) -> None:
    roster = plan_roster(checked_term())
    path = tmp_path / "roster.csv"
    roster.assignments.to_csv(path, index=False)
    read = read_term_roster(path)
    pd.testing.assert_frame_equal(read, roster.assignments, check_dtype=False)
    path.write_text("date,post_id,officer_id\n2026-08-10,P0,\nsoon,P1,O1\n", encoding="utf-8")
    with pytest.raises(RecordError) as caught:
        read_term_roster(path)
    assert "row 2" in str(caught.value)
    assert "row 3" in str(caught.value)


# One absence.


def test_an_absence_changes_as_few_posts_as_possible() -> None:
    """Against every assignment of the day: weight empty, then posts that change hands."""
    for seed in range(10):
        rng = np.random.default_rng(seed)
        pairs = [(n, p) for n in range(5) for p in range(4) if n != p and rng.random() < 0.5]
        problem = make_term(5, 4, 2, barred=pairs, weights=[1, 2, 1, 2])
        roster = plan_roster(problem)
        day = problem.dates[1]
        found = replan_roster(roster, {"O1": [day]})
        after = found.roster
        assert after.assignments[after.assignments["date"] == day]["officer_id"].ne("O1").all()
        assert (after.posts[:, 0] == roster.posts[:, 0]).all()
        before = roster.posts[:, 1]

        def value(filled: dict[int, int], before: np.ndarray = before) -> tuple[int, int]:
            changed = sum(filled.get(p, -1) != n for p, n in enumerate(before.tolist()))
            return empty_weight(problem, 1, filled), changed  # noqa: B023

        own = {p: int(n) for p, n in enumerate(after.posts[:, 1]) if n >= 0}
        assert value(own) == min(map(value, list_day(problem, 1, [0, 2, 3, 4])))
        assert len(found.changes) == value(own)[1]


def test_a_class_that_is_missed_is_made_up_where_a_place_is_left() -> None:
    days = school_days(4)
    classes = [
        TrainingClass(class_id=f"K{k}", dates=(day,), programme="state", hours=8, size=1)
        for k, day in enumerate(days)
    ]
    problem = make_term(
        *(2, 1, 4),
        home=[0, -1],
        needs=[need(0, 8, days[-1])],
        classes=classes,
        away=[(1, 1)],
        closed=[(0, 0)],
    )
    roster = plan_roster(problem)
    (missed,) = roster.training["date"]
    assert missed == days[0]  # a class on the day on which the post is closed costs nothing
    found = replan_roster(roster, {"O0": [missed]})
    (made_up,) = found.roster.training["date"]
    # Not on the day on which nobody else is there.
    assert made_up in days[2:]
    assert found.roster.unfilled.empty
    assert found.roster.late == ()
    assert any("misses class" in one for one in found.words)
    absent = replace(
        problem,
        available=found.roster.available,
    )
    assert check_roster(absent, found.roster.assignments, found.roster.training).ok


def test_training_that_cannot_be_made_up_removes_the_officer() -> None:
    days = school_days(4)
    only = TrainingClass(class_id="K", dates=(days[0],), programme="state", hours=8, size=1)
    problem = make_term(1, 1, 4, needs=[need(0, 8, days[1])], classes=[only])
    found = replan_roster(plan_roster(problem), {"O0": [days[0]]})
    assert found.roster.assignments["date"].tolist() == [days[1]]
    assert found.roster.late_training["hours"].tolist() == [8]
    assert (days[2], "P0") in set(
        zip(found.roster.unfilled["date"], found.roster.unfilled["post_id"], strict=True)
    )


def test_a_duty_goes_to_the_officer_with_the_fewest() -> None:
    duties = [
        ExtraDuty(duty_id=f"G{k}", date=SATURDAY + timedelta(7 * k), officers=1) for k in range(2)
    ]
    problem = make_term(3, 1, 10, duties=duties, duties_before=[0, 0, 1])
    roster = plan_roster(problem)
    assert sorted(roster.duties["officer_id"]) == ["O0", "O1"]
    (who,) = roster.duties[roster.duties["duty_id"] == "G0"]["officer_id"]
    found = replan_roster(roster, {who: [SATURDAY]})
    (now,) = found.roster.duties[found.roster.duties["duty_id"] == "G0"]["officer_id"]
    assert now != who
    assert any(f"{now} takes duty G0" in one for one in found.words)


def test_an_absence_of_nobody_known_is_refused() -> None:
    roster = plan_roster(make_term(2, 1, 2))
    with pytest.raises(RecordError) as caught:
        replan_roster(roster, {"O12": [FIRST], "O1": [SATURDAY]})
    assert "'O12' is no officer of the roster (did you mean O1" in str(caught.value)
    assert f"O1: {SATURDAY} is no school day" in str(caught.value)
    with pytest.raises(RecordError, match="nobody is away"):
        replan_roster(roster, {})


# Sickness.


def test_sickness_of_nobody_leaves_the_plan() -> None:
    roster = plan_roster(make_term(3, 3, 5, away=[(0, 2)], sick_share=0))
    found = simulate_sickness(roster, terms=3)
    assert (found.planned, found.mean, found.low, found.high) == (1, 1, 1, 1)
    assert found.empty["date"].unique().tolist() == [roster.problem.dates[2]]
    days = found.unfilled_on()
    assert len(days) == 15
    assert {key for key, posts in days.items() if posts} == {
        (term, roster.problem.dates[2]) for term in (1, 2, 3)
    }


def test_simulated_sickness_agrees_with_the_closed_form() -> None:
    roster = plan_roster(make_term(6, 5, 40, sick_share=0.1))
    found = simulate_sickness(roster, terms=200, seed=3)
    assert found.low < found.closed_form < found.high
    assert found.high - found.low < 0.2 * found.mean
    assert found.by_post().sum() == pytest.approx(found.mean)
    again = simulate_sickness(roster, terms=200, seed=3)
    pd.testing.assert_frame_equal(found.empty, again.empty)


def test_simulated_sickness_knows_which_posts_an_officer_may_fill() -> None:
    """The reserve may stand at P0 alone: P1 is empty on 0.2 of 50 days, P0 on 0.04 of them."""
    problem = make_term(3, 2, 50, barred=[(0, 1), (1, 0), (2, 1)], sick_share=0.2)
    found = simulate_sickness(plan_roster(problem), terms=50)
    assert found.low < 50 * 0.24 < found.high
    assert found.low > found.closed_form == pytest.approx(50 * (0.2**3 * 2 + 3 * 0.2**2 * 0.8))
    assert found.by_post()["P1"] == pytest.approx(10, abs=1)


def test_sickness_of_no_share_is_refused() -> None:
    with pytest.raises(OptionError) as caught:
        simulate_sickness(plan_roster(make_term(1, 1, 1)), sick_share=2, terms=1)
    assert "sick_share is 2" in str(caught.value)
    assert "terms is 1" in str(caught.value)


# Late training.


def make_late_term(seed: int) -> TermProblem:
    """A small term in which some training is late before it begins, or cannot be in time."""
    rng = np.random.default_rng(seed)
    days, officers, programmes = school_days(6), int(rng.integers(2, 4)), ("state", "district")
    needs = [
        need(
            n,
            float(rng.choice([2, 8, 16])),
            days[int(rng.integers(5))] - timedelta(int(rng.choice([0, 0, 7]))),
            programme=one,
            removes=one == "state",
        )
        for n in range(officers)
        for one in programmes
        if rng.random() < 0.6
    ]
    courses: list[Course] = []
    classes: list[TrainingClass] = []
    if rng.random() < 0.6:
        courses = [
            Course(course_id=f"{one}{k}", programme=one, hours=8, size=int(rng.integers(1, 3)))
            for one in programmes
            for k in range(2)
        ]
    else:
        for k in range(7):
            day, programme = days[int(rng.integers(6))], str(rng.choice(programmes))
            hours = float(rng.choice([2, 8]))
            classes.append(
                TrainingClass(
                    class_id=f"C{k}",
                    dates=(day,),
                    programme=programme,
                    hours=hours,
                    size=int(rng.integers(1, 3)),
                    takes_day=hours > 4,
                )
            )
    return make_term(
        officers,
        int(rng.integers(1, 3)),
        6,
        needs=needs,
        away=[(int(rng.integers(officers)), int(rng.integers(6))) for _ in range(3)],
        classes_a_day=int(rng.integers(1, 3)),
        courses=courses,
        classes=classes,
    )


@pytest.mark.parametrize("seed", [*range(2, 12), 15, 52])
def test_no_bound_is_above_the_plan_where_training_is_late(seed: int) -> None:
    """A bound above its plan raises; seeds with catching up on other days, in class while away."""
    roster = plan_roster(make_late_term(seed))
    require_kept(roster)
    if roster.late:
        assert "and made up as here" in layer(roster, "posts empty")["over"]


def test_who_is_removed_leaves_no_post_for_a_class() -> None:
    problem = make_term(
        2,
        2,
        3,
        needs=[
            need(0, 8, FIRST - timedelta(7)),
            need(0, 8, FIRST + timedelta(1), programme="district", removes=False),
        ],
        classes=[
            TrainingClass(class_id="D", dates=(FIRST,), programme="district", hours=8, size=2)
        ],
    )
    empty = layer(plan_roster(problem), "posts empty")
    assert empty["value"] == empty["bound"] == 3


def test_training_that_is_made_up_leaves_no_second_class_on_its_date() -> None:
    short = TrainingClass(
        class_id="S", dates=(FIRST,), programme="state", hours=2, size=2, takes_day=False
    )
    other = replace(short, class_id="D", programme="district")
    asked = need(0, 2, FIRST, programme="district", removes=False)
    problem = make_term(1, 1, 2, needs=[asked], classes=[short, other])
    for fixed, pairs in (([[True, False]], 0), ([[False, False]], 1)):
        program = AttendanceProgram(
            problem, problem.classes, problem.needs, rooms=0, fixed=np.array(fixed)
        )
        assert len(program.pairs) == pairs


def test_a_check_of_tables_without_their_columns_names_them() -> None:
    with pytest.raises(RecordError, match="who stands where lacks post_id"):
        check_roster(make_term(1, 1, 1), pd.DataFrame({"date": [FIRST], "officer_id": ["O0"]}))
