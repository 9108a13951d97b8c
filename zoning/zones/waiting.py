"""Long solver calls that Ctrl-C can walk away from."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

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
