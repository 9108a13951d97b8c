"""Compile numeric loops with numba where it is installed (``pip install "zoning[fast]"``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

try:
    import numba as _numba
except ImportError:
    numba: Any = None
else:
    numba = _numba

F = TypeVar("F", bound=Callable[..., Any])

IS_COMPILED: Final = numba is not None
"""Whether `compiled` functions run as machine code."""


def compiled(function: F) -> F:
    """Compile a function, or return it as it is where numba is missing.

    Both run the same operations in the same order, without the reordering of sums that
    ``fastmath`` allows, so they give the same floats. The machine code is kept beside the module
    or in the user's cache folder; where neither can be written it is made anew in each process.
    Compiled functions run without the interpreter's lock: threads work side by side.

    Only modules that compute import this one, when they are about to: numba takes half a second
    to import.
    """
    if numba is None:
        return function
    try:
        made: F = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # numba finds no folder to keep machine code in
        made = numba.njit(nogil=True)(function)
    return made
