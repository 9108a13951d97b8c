"""Long solver calls that Ctrl-C can walk away from, and that a refusal does not end."""

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

_LOOK_EVERY_S = 0.1
_WAIT_AT_EXIT_S = 30.0


def interruptibly(work: Callable[[], T]) -> T:
    """What ``work`` returns or raises; a Ctrl-C meanwhile is heard at once.

    A solver's own code does not return to Python before it is done, so it works
    in a thread of its own, and is left to itself when the user stops waiting. The
    process then ends after it, or 30 s later: a solver that comes back to a Python
    that is shutting down aborts the process.
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


def integer_result(
    model: mathopt.Model, *, params: mathopt.SolveParameters | None = None
) -> mathopt.SolveResult:
    """The result of HiGHS, or of SCIP where HiGHS refuses the model.

    HiGHS takes no coefficient from 1e15 up, and SCIP does.

    Raises
    ------
    ProblemError
        If both refuse it.
    """
    for solver in (mathopt.SolverType.HIGHS, mathopt.SolverType.GSCIP):
        try:
            return interruptibly(partial(mathopt.solve, model, solver, params=params))
        except REFUSALS as error:
            refused = error
    raise ProblemError(
        "no solver takes this request as it is",
        [str(refused)],
        "Costs and loads of very different size are the usual reason: give smaller prices, or "
        "loads and costs of your own in larger units.",
    ) from refused
