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

# What OR-Tools raises when a solver refuses a model: `AttributeError` where it fails to say
# what the solver said (findings/mathopt_refusal_is_an_attribute_error.sh).
REFUSALS = (AttributeError, ValueError, RuntimeError)

# Terminations that prove that there is no solution: nothing here is unbounded, since every variable
# of an integer program has bounds.
PROVED_IMPOSSIBLE = (
    mathopt.TerminationReason.INFEASIBLE,
    mathopt.TerminationReason.INFEASIBLE_OR_UNBOUNDED,
)

# A Ctrl-C feels immediate within a tenth of a second.
_LOOK_EVERY_S = 0.1
# Nobody waits longer for a program that was told to stop.
_WAIT_AT_EXIT_S = 30.0


def run_interruptibly(work: Callable[[], T]) -> T:
    """Run ``work`` in a thread, so that Ctrl-C interrupts the wait for it at once.

    A solver does not return to Python before it is done. After a Ctrl-C its thread
    goes on; the process ends when that is done, or 30 s later, since a solver that
    returns to a Python that is shutting down aborts the process.
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
    """Solve an integer program with HiGHS, or with SCIP where HiGHS refuses the model.

    HiGHS takes no coefficient from 1e15 up, and SCIP does. A termination that says
    nothing of the model, such as a numerical error, counts as a refusal: no plan and
    no bound would be read as a proof that there is none.

    Raises
    ------
    SolverRefusalError
        If both refuse it.
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
        "no solver takes this request as it is",
        [refused],
        "Costs and loads of very different size are the usual reason: give smaller prices, or "
        "loads and costs of your own in larger units.",
    )
