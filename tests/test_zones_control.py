"""Limits, progress, interrupts and repeats: what is said is true however early it stops."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.zone_requests import FEEDERS, RULES, odd_cost, towns
from helpers.zone_towns import Best, best_of_all, plan_of, problem, random_town
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.math_opt.python import mathopt

from zoning.errors import OptionError, ProblemError
from zoning.zones import (
    Alignment,
    Apart,
    AtMostMoved,
    Contiguous,
    Imbalance,
    LongestDrive,
    Objective,
    OwnCost,
    Progress,
    SolverLimits,
    Status,
    Together,
    TourLength,
    Workload,
    ZoneProblem,
    ZoningResult,
    score,
    solve,
)
from zoning.zones.search.interruptible import integer_result
from zoning.zones.search.zone_space import _map_parallel

pytestmark = pytest.mark.slow

TESTS = Path(__file__).resolve().parent
FREE: dict[str, Any] = {"min_size": None, "max_size": None}


def require_true(result: ZoningResult, best: Best) -> None:
    """Whatever was found, nothing that is said of it is wrong."""
    close = 1e-6 * (1 + abs(best.objective))
    if result.status is Status.INFEASIBLE:
        assert not best.exists
        return
    worst = result.problem.objective is Objective.WORST
    if not worst or result.status is Status.OPTIMAL:
        assert result.lower_bound_s <= best.objective + close
    if result.drive is not None:
        assert result.drive.bound_s <= best.longest_drive
    if result.plan is None:
        assert result.status is Status.NO_SOLUTION
        assert "it is not proved that none exists" in str(result)
        return
    assert result.score is not None
    assert best.exists
    assert result.gap is not None
    assert 0 <= result.gap <= 1
    if not worst:
        assert result.objective_s is not None
        assert result.objective_s >= best.objective - close
    assert score(result.plan, result.problem).objective_s == result.objective_s
    if result.status is Status.OPTIMAL:
        assert result.objective_s == pytest.approx(best.objective, rel=2e-6, abs=1e-9)
    assert str(result)


def requests() -> dict[str, ZoneProblem]:
    """One of each kind that is solved in its own way."""
    town = problem(
        random_town(3, 8),
        feeders=FEEDERS[:8],
        high_schools=2,
        campus=[0, 5],
        columns={"calls": np.arange(1, 9)},
        zones=3,
        min_size=2,
        max_size=4,
        alignment=Alignment.prefer(1.0),
    )
    today = plan_of(town, [(0, 1, 2), (3, 4), (5, 6, 7)])
    ring = tuple((f"b0{k}", f"b0{(k + 1) % 8}") for k in range(8))
    return {
        **{str(o): dataclasses.replace(town, objective=o) for o in Objective},
        "own": dataclasses.replace(town, objective=OwnCost(name="own", cost=odd_cost(5))),
        "chosen": dataclasses.replace(town, zones=None, rules=(Contiguous(ring),)),
        "tours": dataclasses.replace(town, costs=(TourLength(price_s=2.0),)),
        "balance": dataclasses.replace(town, costs=(Imbalance(column="calls", price_s=900.0),)),
        "stable": dataclasses.replace(town, rules=(AtMostMoved(today=today, most=3),)),
        "impossible": dataclasses.replace(
            town, rules=(Apart(("b00", "b01", "b02")), Together(("b03", "b04", "b05"))), zones=2
        ),
        "worst and chosen": dataclasses.replace(
            town, zones=None, objective=Objective.WORST, rules=(Contiguous(ring),)
        ),
    }


REQUESTS = requests()


@pytest.mark.parametrize("kind", REQUESTS)
def test_stopped_at_any_moment_the_best_so_far_comes_back(kind: str) -> None:
    """A user who stops at the first, second, third ... report, to the last."""
    town = REQUESTS[kind]
    best = best_of_all(town)
    for calls in range(1, 60):
        heard = 0

        def stop(_: Progress, calls: int = calls) -> None:
            nonlocal heard
            heard += 1
            if heard == calls:
                raise KeyboardInterrupt

        result = solve(town, progress=stop)
        require_true(result, best)
        if heard < calls:
            assert not result.interrupted
            assert result.status is (Status.OPTIMAL if best.exists else Status.INFEASIBLE)
            return
        assert result.interrupted or result.status is Status.INFEASIBLE
    pytest.fail("it never ended")


@pytest.mark.parametrize("kind", [k for k in REQUESTS if k != "impossible"])
def test_an_interrupted_search_keeps_the_plan_it_started_from(kind: str) -> None:
    town = REQUESTS[kind]
    proved = solve(town)
    assert proved.plan is not None

    def stop(_: Progress) -> None:
        raise KeyboardInterrupt

    result = solve(town, start=proved.plan, progress=stop)
    assert result.interrupted
    assert result.objective_s == pytest.approx(proved.objective_s)


@pytest.mark.parametrize("objective", [Objective.PATROL, Objective.WORST])
def test_interrupted_before_the_search_the_plan_it_started_from_is_kept(
    objective: Objective, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = REQUESTS[str(objective)]
    proved = solve(town)
    assert proved.plan is not None

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["zoning.zones.solve.solver"], "quick_partition", stop)
    result = solve(town, start=proved.plan)
    assert result.interrupted
    assert result.objective_s == pytest.approx(proved.objective_s)


@pytest.mark.parametrize("workers", [1, 2])
def test_zones_are_never_looked_for_where_ctrl_c_is_raised(workers: int) -> None:
    """Numba turns a Ctrl-C inside it into another error, or stays half loaded."""

    def is_main(_: int) -> bool:
        return threading.current_thread() is threading.main_thread()

    assert _map_parallel(is_main, [3, 4, 5], workers, threading.Event()) == [False] * 3


@pytest.mark.parametrize("kind", REQUESTS)
@pytest.mark.parametrize("time_s", [1e-9, 1e-3, 0.02])
def test_out_of_time_nothing_is_claimed_that_is_not_so(kind: str, time_s: float) -> None:
    town = REQUESTS[kind]
    require_true(solve(town, SolverLimits(time_s=time_s)), best_of_all(town))


@given(data=st.data(), time_s=st.sampled_from([1e-9, 1e-3, 0.01, 0.05]))
@settings(max_examples=25)
def test_any_request_out_of_time_is_answered_truly(data: st.DataObject, time_s: float) -> None:
    kinds = data.draw(st.lists(st.sampled_from(RULES), max_size=2))
    town = data.draw(towns(n=(4, 7), objectives=list(Objective), rules=kinds))
    require_true(solve(town, SolverLimits(time_s=time_s)), best_of_all(town))


@pytest.mark.parametrize("kind", REQUESTS)
@pytest.mark.parametrize("candidates", [1, 5, 20])
def test_few_candidates_leave_a_gap_that_is_true(kind: str, candidates: int) -> None:
    town = REQUESTS[kind]
    require_true(solve(town, SolverLimits(candidates=candidates, time_s=30)), best_of_all(town))


@pytest.mark.parametrize("gap", [0.0, 0.01, 0.2, 0.9])
def test_a_gap_that_is_enough_is_kept(gap: float) -> None:
    for kind in ("patrol", "station", "worst", "tours"):
        town = REQUESTS[kind]
        best = best_of_all(town)
        result = solve(town, SolverLimits(gap=gap))
        assert result.status is Status.OPTIMAL
        assert result.gap is not None
        assert result.gap <= gap + 1e-9
        assert result.lower_bound_s <= best.objective * (1 + 1e-6)
        assert result.objective_s is not None
        assert result.objective_s <= best.objective / (1 - gap) * (1 + 1e-6)


@pytest.mark.parametrize("kind", REQUESTS)
def test_the_same_call_gives_the_same_answer(kind: str) -> None:
    town = REQUESTS[kind]
    one, other = solve(town), solve(town)
    assert one.plan == other.plan
    assert one.score == other.score
    assert one.lower_bound_s == other.lower_bound_s
    assert one.bound_over == other.bound_over
    assert one.candidates == other.candidates
    assert one.infeasibility == other.infeasibility


@pytest.mark.parametrize("workers", [2, 4])
@pytest.mark.parametrize("objective", list(Objective))
def test_the_number_of_workers_changes_nothing(workers: int, objective: Objective) -> None:
    town = problem(
        random_town(5, 16),
        zones=4,
        objective=objective,
        rules=(LongestDrive(limit_s=700),),
        costs=(TourLength(price_s=0.5),),
    )
    alone = solve(town, SolverLimits(workers=1))
    together = solve(town, SolverLimits(workers=workers))
    assert together.plan == alone.plan
    assert together.lower_bound_s == alone.lower_bound_s


def test_another_seed_costs_the_same() -> None:
    for kind in ("patrol", "station", "stable"):
        found = {
            round(float(solve(REQUESTS[kind], SolverLimits(seed=s)).objective_s or 0), 3)
            for s in range(3)
        }
        assert len(found) == 1


@pytest.mark.parametrize("kind", [k for k in REQUESTS if k != "impossible"])
def test_progress_only_ever_gets_better(kind: str) -> None:
    seen: list[Progress] = []
    result = solve(REQUESTS[kind], progress=seen.append)
    assert result.status is Status.OPTIMAL
    assert seen
    elapsed = [p.elapsed_s for p in seen]
    assert all(e >= 0 for e in elapsed)
    if "worst" in kind or kind == "chosen":
        return
    bounds = [p.bound for p in seen if p.bound is not None]
    plans = [p.incumbent for p in seen if p.incumbent is not None]
    assert bounds == sorted(bounds)
    assert plans == sorted(plans, reverse=True)
    assert elapsed == sorted(elapsed)
    assert all(p.stage for p in seen)
    for p in seen:
        if p.bound is not None:
            assert p.bound <= float(result.objective_s or 0.0) * (1 + 1e-6) + 1e-6


def test_a_fault_in_the_progress_callback_is_not_hidden() -> None:
    def broken(_: Progress) -> None:
        raise RuntimeError("no screen")

    with pytest.raises(RuntimeError, match="no screen"):
        solve(REQUESTS["patrol"], progress=broken)


@pytest.mark.parametrize(
    ("limits", "faults"),
    [
        ({"gap": 1.0}, ["gap is 1.0"]),
        ({"gap": float("nan"), "time_s": float("nan")}, ["gap is nan", "time_s is nan"]),
        (
            {"gap": -1, "time_s": 0, "candidates": 0, "workers": 0, "seed": -1},
            ["gap is -1", "time_s is 0", "candidates is 0", "workers is 0", "seed is -1"],
        ),
    ],
)
def test_limits_that_make_no_sense_are_all_told(
    limits: dict[str, float], faults: list[str]
) -> None:
    with pytest.raises(OptionError) as caught:
        SolverLimits(**limits)  # type: ignore[arg-type]
    assert list(caught.value.faults) == faults


LONG_SOLVE = """
    import sys

    import numpy as np
    from helpers.zone_towns import problem, random_town
    from zoning.zones import Objective, SolverLimits, solve

    def tell(progress):
        print(progress.stage, flush=True)

    for objective in sys.argv[1:]:
        town = problem(
            random_town(1, 200),
            zones=(30, 45),
            objective=Objective(objective),
            presence=np.random.default_rng(1).uniform(0.2, 9, 200),
        )
        result = solve(town, SolverLimits(time_s=600), progress=tell)
        is_true = result.objective_s * 1.00001 >= result.lower_bound_s >= 0
        print("RESULT", result.status, result.interrupted, is_true, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent another way there")
def test_ctrl_c_in_a_long_search_returns_the_plan_so_far() -> None:
    """A real signal, in a process of its own, after so many reports, for one after another."""
    reports = {"patrol": 3, "station": 2, "worst": 1}
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(LONG_SOLVE), *reports],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(TESTS), "OMP_NUM_THREADS": "1"},
    ) as run:
        late = threading.Timer(120, run.kill)
        late.start()
        try:
            assert run.stdout is not None
            for objective, count in reports.items():
                stages = [run.stdout.readline() for _ in range(count)]
                assert all(stages), (objective, run.communicate()[1])
                assert not [stage for stage in stages if "RESULT" in stage]
                run.send_signal(signal.SIGINT)
                ended = next((line for line in run.stdout if line.startswith("RESULT")), "")
                assert ended == "RESULT feasible True True\n", objective
            assert run.wait() == 0
        finally:
            late.cancel()
            run.kill()


def test_limits_apply_to_explanations_too() -> None:
    """A conflict that takes long to sort out ends with the clock, and says so."""
    town = problem(
        random_town(2, 40),
        columns={"calls": np.arange(1, 41)},
        zones=8,
        rules=(
            Workload(column="calls", tolerance=0.001),
            Apart(tuple(f"b{k:02d}" for k in range(12))),
            LongestDrive(limit_s=400),
        ),
    )
    result = solve(town, SolverLimits(time_s=0.3))
    assert result.plan is None
    if result.infeasibility is not None and not result.infeasibility.complete:
        assert "Time ran out" in str(result)


def test_nothing_to_choose_is_solved_in_no_time_at_all() -> None:
    town = problem(random_town(2, 5), zones=5, **FREE)
    result = solve(town)
    assert result.status is Status.OPTIMAL
    assert result.objective_s == 0.0


def test_what_ended_a_search_is_told() -> None:
    town = problem(random_town(8, 24), zones=6, min_size=3, max_size=5)
    assert solve(town).stopped_by == ""
    few = solve(town, SolverLimits(candidates=5))
    late = solve(town, SolverLimits(time_s=1e-9))
    loose = solve(town, SolverLimits(gap=0.9))
    assert few.status is late.status is Status.FEASIBLE
    assert few.stopped_by == "the limit of 5 candidate zones"
    assert late.stopped_by == "the time limit of 1e-09 s"
    assert str(few).splitlines()[0].endswith("; stopped by the limit of 5 candidate zones")
    assert loose.status is Status.OPTIMAL
    assert loose.stopped_by in {"", "the gap limit of 90.000 %"}


def test_a_model_that_highs_refuses_is_solved_by_another_solver() -> None:
    """1e16 is too much for HiGHS; without the whole one, 1 is the best."""
    model = mathopt.Model()
    share, whole = model.add_variable(lb=0.0, ub=1.0), model.add_binary_variable()
    model.add_linear_constraint(1e16 * share + 1e16 * whole <= 1e16)
    model.maximize(share + whole)
    assert integer_result(model).objective_value() == pytest.approx(1.0)


def test_a_model_that_every_solver_refuses_is_said_to_be_one() -> None:
    model = mathopt.Model()
    model.maximize(model.add_binary_variable())
    with pytest.raises(ProblemError, match="the solvers refuse this request"):
        integer_result(model, params=mathopt.SolveParameters(threads=-1))
