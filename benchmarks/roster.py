"""A roster of a term: our plan beside one CP-SAT model of officers, posts and days.

The instance is made up from a seed: 55 officers with ten days of leave each, 47 posts on 175 school
days, 40 hours of state training by the 90th day and 60 of the district by the last, in classes of
six of which one a day may be held, and 2 % of the officers sick on a day, who are not known in
advance. Both plans are judged by the same check and by the same expectation. Processor seconds, so
that a busy machine tells the same.

Run from the repository: ``python benchmarks/roster.py [SECONDS]``. The limit of CP-SAT is 60 s of
two cores.
"""

from __future__ import annotations

import itertools
import resource
import sys
import threading
import time
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from zoning.roster.attendance_program import expected_empty
from zoning.roster.day_posts import assign_day
from zoning.roster.replanning import replan_roster
from zoning.roster.roster_checks import check_roster
from zoning.roster.sickness import simulate_sickness
from zoning.roster.term import plan_roster
from zoning.roster.term_problem import Course, ExtraDuty, TermProblem, TrainingNeed

OFFICERS, POSTS, DAYS, LEAVE, SIZE, SICK = 55, 47, 175, 10, 6, 0.02
STATE_DUE = 90
SCALE = 10_000  # CP-SAT counts in whole numbers: an expected post-day has four digits


def instance(seed: int) -> TermProblem:
    """Make the term of a seed."""
    rng = np.random.default_rng(seed)
    first = date(2026, 8, 10)
    days = [day for k in range(2 * DAYS) if (day := first + timedelta(k)).weekday() < 5][:DAYS]
    available = np.ones((OFFICERS, DAYS), dtype=bool)
    for officer in range(OFFICERS):
        left = LEAVE
        while left:
            length = min(int(rng.integers(1, 6)), left)
            start = int(rng.integers(0, DAYS - length + 1))
            if available[officer, start : start + length].all():
                available[officer, start : start + length] = False
                left -= length
    ids = tuple(f"O-{k + 1}" for k in range(OFFICERS))
    needs = [
        TrainingNeed(officer_id=one, programme=programme, hours=hours, due=due, removes=removes)
        for one in ids
        for programme, hours, due, removes in (
            ("state", 40, days[STATE_DUE - 1], True),
            ("district", 60, days[-1], False),
        )
    ]
    courses = [
        Course(course_id=f"{programme} {k + 1}", programme=programme, hours=8, size=SIZE)
        for programme, count in (("state", 5), ("district", 8))
        for k in range(count)
    ]
    return TermProblem(
        dates=tuple(days),
        officer_ids=ids,
        post_ids=tuple(f"Post {k + 1}" for k in range(POSTS)),
        available=available,
        may_fill=np.ones((OFFICERS, POSTS), dtype=bool),
        needed=np.ones((POSTS, DAYS), dtype=bool),
        home=np.array([k if k < POSTS else -1 for k in range(OFFICERS)]),
        weights=np.ones(POSTS, dtype=np.int64),
        needs=tuple(needs),
        courses=tuple(courses),
        duties=tuple(
            ExtraDuty(duty_id=f"Game {k + 1}", date=day + timedelta(5), officers=3)
            for k, day in enumerate(day for day in days if day.weekday() == 0)
        ),
        sick_share=SICK,
    )


def one_model(problem: TermProblem, limit_s: float) -> tuple[float, float, float, int]:
    """The whole term as one model of CP-SAT: value, bound, expected empty, and empty post-days.

    The objective is that of our layers in one sum: an empty post-day counts a hundred expected
    ones.
    """
    model = cp_model.CpModel()
    days, courses = range(DAYS), problem.courses
    at_post: dict[tuple[int, int], list[cp_model.IntVar]] = defaultdict(list)
    by_officer: dict[tuple[int, int], list[cp_model.IntVar]] = defaultdict(list)
    taught: dict[tuple[int, int], list[cp_model.IntVar]] = defaultdict(list)
    taken: dict[tuple[int, int], list[cp_model.IntVar]] = defaultdict(list)
    for n, d in np.argwhere(problem.available).tolist():
        for p in range(POSTS):
            one = model.new_bool_var("")
            at_post[p, d].append(one)
            by_officer[n, d].append(one)
        for c, course in enumerate(courses):
            if course.programme == "district" or d < STATE_DUE:
                one = model.new_bool_var("")
                by_officer[n, d].append(one)
                taught[c, d].append(one)
                taken[n, c].append(one)
    for several in by_officer.values():
        model.add_at_most_one(several)
    for several in taken.values():
        model.add_exactly_one(several)
    costs: list[Any] = []
    empty: list[cp_model.IntVar] = []
    for d in days:
        held = [model.new_bool_var("") for _ in courses]
        model.add_at_most_one(held)
        for c, is_held in enumerate(held):
            if taught[c, d]:
                model.add(sum(taught[c, d]) <= SIZE * is_held)
        for p in range(POSTS):
            one = model.new_bool_var("")
            model.add_exactly_one([*at_post[p, d], one])
            empty.append(one)
        present = int(problem.available[:, d].sum())
        steps = [model.new_bool_var("") for _ in range(SIZE)]
        model.add(sum(steps) == sum(sum(taught[c, d]) for c in range(len(courses))))
        values = [round(SCALE * expected_empty(present - k, POSTS, SICK)) for k in range(SIZE + 1)]
        costs += [(values[k + 1] - values[k]) * step for k, step in enumerate(steps)]
        costs.append(values[0])
        for sooner, later in itertools.pairwise(steps):
            model.add_implication(later, sooner)
    model.minimize(sum(100 * SCALE * one for one in empty) + sum(costs))
    solver, status = solve_for(model, 2 * limit_s)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return float("nan"), solver.best_objective_bound / SCALE, float("nan"), -1
    unfilled = sum(solver.value(one) for one in empty)
    value = solver.objective_value / SCALE
    return value, solver.best_objective_bound / SCALE, value - 100 * unfilled, unfilled


def solve_for(model: cp_model.CpModel, limit_s: float) -> tuple[cp_model.CpSolver, object]:
    """Solve for so many processor seconds on two cores."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 2
    solver.parameters.random_seed = 0
    ends = threading.Event()

    def watch() -> None:
        until = processor_s() + limit_s
        while processor_s() < until and not ends.wait(0.2):
            pass
        solver.stop_search()

    watcher = threading.Thread(target=watch)
    watcher.start()
    status = solver.solve(model)
    ends.set()
    watcher.join()
    return solver, status


def processor_s() -> float:
    """Processor seconds of this process, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Print the plans side by side, and the time of a day and of an absence."""
    limit_s = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    for seed in (1, 2, 3):
        problem = instance(seed)
        began = processor_s()
        roster = plan_roster(problem)
        ours = processor_s() - began
        check = check_roster(problem, roster.assignments, roster.training, roster.duties)
        print(
            f"seed {seed}: {OFFICERS} officers, {POSTS} posts, {DAYS} days; {ours:.1f} s; {check}"
        )
        print(roster.layers[["layer", "value", "bound", "gap", "is_proved"]].to_string(index=False))
        print(simulate_sickness(roster))
        if seed == 1:
            layers = roster.layers.set_index("layer")
            goal = 100 * layers["value"]["posts empty"] + layers["value"].iloc[2]
            began = processor_s()
            value, bound, expected, unfilled = one_model(problem, limit_s)
            theirs = processor_s() - began
            found = (
                f"{unfilled} post-days empty, {expected:.1f} expected, {value / goal:.1f} of ours"
                if unfilled >= 0
                else "no plan"
            )
            print(
                f"one CP-SAT model, {limit_s:g} s of two cores: {theirs:.0f} processor seconds "
                f"({theirs / ours:.0f} times ours); {found}; bound {bound / goal:.2f} of ours"
            )
            present = roster.available[:, 0]
            began = time.process_time()
            for _ in range(200):
                assign_day(
                    present,
                    may_fill=problem.may_fill,
                    needed=problem.needed[:, 0],
                    weights=problem.weights,
                    home=problem.home,
                )
            print(f"the assignment of a day: {(time.process_time() - began) / 200 * 1000:.2f} ms")
            worst = 0.0
            for officer in problem.officer_ids:
                began = processor_s()
                replan_roster(roster, {officer: problem.dates[40:45]})
                worst = max(worst, processor_s() - began)
            print(f"an absence of a week planned again, the slowest of all officers: {worst:.2f} s")


if __name__ == "__main__":
    main()
