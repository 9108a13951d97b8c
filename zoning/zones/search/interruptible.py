"""Solver calls that Ctrl-C or a time limit ends, and that fall back to another solver."""

from __future__ import annotations

import atexit
import math
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

from ortools.math_opt import result_pb2, rpc_pb2
from ortools.math_opt.python import mathopt

from zoning.errors import ProblemError

T = TypeVar("T")

# Errors of OR-Tools when a solver refuses a model; `AttributeError` where OR-Tools fails to read
# the solver's message (findings/mathopt_refusal_is_an_attribute_error.sh).
REFUSALS = (AttributeError, ValueError, RuntimeError)

# Terminations that prove that there is no solution: nothing here is unbounded, since every variable
# of an integer program has bounds.
PROVED_IMPOSSIBLE = (
    mathopt.TerminationReason.INFEASIBLE,
    mathopt.TerminationReason.INFEASIBLE_OR_UNBOUNDED,
)

# Our choice: a reaction to Ctrl-C within a tenth of a second feels immediate.
_LOOK_EVERY_S = 0.1
# Our choice: the longest that a stopped program may wait for its solver.
_WAIT_AT_EXIT_S = 30.0

# From so many variables on HiGHS may overrun its time limit by many seconds, since it looks at no
# clock in presolve: 45,000 overran 40 s by 13 s.
_APART_FROM = 10_000
# Our choice: a solver's process is ended 2 % after its limit, of which it takes this much to start.
_LATE_SHARE = 1.02
_STARTS_S = 0.7


def run_interruptibly(work: Callable[[], T]) -> T:
    """Run ``work`` in a thread, so that Ctrl-C interrupts the wait for it at once.

    A solver does not return to Python before it is done, so after a Ctrl-C its thread
    keeps running. The process waits up to 30 s for it: a solver that returns while
    Python shuts down aborts the process.
    """
    done = threading.Event()
    results: list[T] = []
    faults: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as fault:
            faults.append(fault)
        finally:
            done.set()

    try:
        threading.Thread(target=run, daemon=True).start()
        while not done.wait(_LOOK_EVERY_S):
            pass
    except KeyboardInterrupt:
        atexit.register(done.wait, _WAIT_AT_EXIT_S)
        raise
    if faults:
        raise faults[0]
    return results[0]


class SolverRefusalError(ProblemError):
    """No solver takes a model, or none says anything of it."""


def integer_result(
    model: mathopt.Model,
    *,
    params: mathopt.SolveParameters | None = None,
    start: Sequence[int] | None = None,
) -> mathopt.SolveResult:
    """Solve an integer program with HiGHS, or with SCIP if HiGHS refuses the model.

    HiGHS refuses coefficients of 1e15 and more; SCIP accepts them. A termination that
    says nothing about the model, such as a numerical error, counts as a refusal: no
    plan and no bound would be read as a proof that there is none.

    Parameters
    ----------
    start
        Numbers of the variables that are 1 in a solution to begin with; the others are 0.

    Raises
    ------
    SolverRefusalError
        If both refuse the model.
    """
    refused = ""
    given = mathopt.ModelSolveParameters()
    if start is not None:
        ones = set(start)
        values = {variable: float(variable.id in ones) for variable in model.variables()}
        given.solution_hints.append(mathopt.SolutionHint(variable_values=values))
    for solver in (mathopt.SolverType.HIGHS, mathopt.SolverType.GSCIP):
        try:
            result = _solve(model, solver, params or mathopt.SolveParameters(), given)
        except REFUSALS as error:
            refused = str(error)
            continue
        reason = result.termination.reason
        at_limit = params is not None and reason is mathopt.TerminationReason.NO_SOLUTION_FOUND
        if result.has_primal_feasible_solution() or reason in PROVED_IMPOSSIBLE or at_limit:
            return result
        refused = f"{solver.name} ended with {reason.name}"
    raise SolverRefusalError(
        "the solvers refuse this request",
        [refused],
        "The usual reason is costs and loads of very different size: give smaller prices, or "
        "loads and costs of your own in larger units.",
    )


def _solve(
    model: mathopt.Model,
    solver: mathopt.SolverType,
    params: mathopt.SolveParameters,
    given: mathopt.ModelSolveParameters,
) -> mathopt.SolveResult:
    """Solve here; a large model with a time limit in a process that can be ended."""
    limit = params.time_limit
    if limit is None or model.get_num_variables() < _APART_FROM or not sys.executable:
        work = partial(mathopt.solve, model, solver, params=params, model_params=given)
        return run_interruptibly(work)
    less = timedelta(seconds=max(limit.total_seconds() - _STARTS_S, 0.0))
    request = rpc_pb2.SolveRequest(
        solver_type=solver.value,
        model=model.export_model(),
        parameters=replace(params, time_limit=less).to_proto(),
        model_parameters=given.to_proto(),
    )
    answer = _run_apart(request.SerializeToString(), limit.total_seconds())
    if answer is None:
        nothing = mathopt.ObjectiveBounds(primal_bound=math.inf, dual_bound=-math.inf)
        return mathopt.SolveResult(
            termination=mathopt.Termination(
                reason=mathopt.TerminationReason.NO_SOLUTION_FOUND, objective_bounds=nothing
            )
        )
    if not answer:
        raise RuntimeError("the solver's process ended without an answer")
    found = result_pb2.SolveResultProto.FromString(answer)
    return mathopt.parse_solve_result(found, model, validate=False)


# What a solver's process runs: it needs nothing of this package, and nothing of the caller's.
_PROGRAM = """
import sys
from ortools.math_opt import rpc_pb2
from ortools.math_opt.core.python import solver
from ortools.math_opt.python import callback, init_arguments
given = rpc_pb2.SolveRequest.FromString(sys.stdin.buffer.read())
found = solver.solve(
    given.model,
    given.solver_type,
    init_arguments.StreamableSolverInitArguments().to_proto(),
    given.parameters,
    given.model_parameters,
    None,
    callback.CallbackRegistration().to_proto(),
    None,
    None,
)
sys.stdout.buffer.write(found.SerializeToString())
"""


def _run_apart(request: bytes, limit_s: float) -> bytes | None:
    """Solve in a process of its own; None if it had to be ended, b'' if it failed."""
    with subprocess.Popen(
        [sys.executable, "-P", "-c", _PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    ) as process:
        try:
            answer, _ = process.communicate(request, timeout=limit_s * _LATE_SHARE)
        except subprocess.TimeoutExpired:
            return None
        finally:
            process.kill()
    return answer if process.returncode == 0 else b""
