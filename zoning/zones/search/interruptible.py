"""Solver calls that Ctrl-C interrupts and that fall back to another solver."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable
from functools import partial
from typing import TypeVar

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
    model: mathopt.Model, *, params: mathopt.SolveParameters | None = None
) -> mathopt.SolveResult:
    """Solve an integer program with HiGHS, or with SCIP if HiGHS refuses the model.

    HiGHS refuses coefficients of 1e15 and more; SCIP accepts them. A termination that
    says nothing about the model, such as a numerical error, counts as a refusal: no
    plan and no bound would be read as a proof that there is none.

    Raises
    ------
    SolverRefusalError
        If both refuse the model.
    """
    refused = ""
    for solver in (mathopt.SolverType.HIGHS, mathopt.SolverType.GSCIP):
        try:
            result = run_interruptibly(partial(mathopt.solve, model, solver, params=params))
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
