"""The loops of the hypercube model: over the sets of busy officers, and over preferences.

A state is a whole number whose bit ``j`` says that officer ``j`` is busy. No matrix is made: a
transition changes one bit, or two where two officers are sent, so a sweep over the states needs
``n 2^n`` steps. Kept apart from `hypercube`, which many import who solve nothing, because numba
takes long to import.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zoning.compiled import compiled
from zoning.errors import InternalError

Floats = NDArray[np.float64]

TOLERANCE = 1e-13
"""Sweeps end when all chances together change by less than this. On random systems a sweep halves
the error or better, so what is left is of this size, near the rounding of floats."""

MAX_SWEEPS = 20_000
"""Above this the sweeps are taken not to converge. Random systems of 4 to 15 officers need 15 to
60; only rates that differ a million times need thousands."""

NEGLIGIBLE = 1e-16
"""Where the chance that all officers asked before are busy is smaller, a list is not read on."""


def solve_states(
    calls: Floats,
    service: Floats,
    lists: NDArray[np.int64],
    lengths: NDArray[np.int64],
    second: float,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Solve the chain in which calls that find nobody free leave.

    Parameters
    ----------
    calls
        Shape (n_buildings,), calls per unit of time.
    service
        Shape (n_officers,), calls that a busy officer finishes per unit of time.
    lists
        Shape (n_buildings, n_officers): the officers in the order in which they are asked.
    lengths
        Shape (n_buildings,): how many of a row of ``lists`` count.
    second
        Share of calls to which the next free officer on the list is sent as well.

    Returns
    -------
    chances
        Shape (2^n_officers,), the share of time in each state.
    answered
        Shape (n_buildings, n_officers), the chance that this officer is the first free one.
    helped
        Shape (n_buildings, n_officers), the chance that this officer is the second free one.
    all_busy
        Shape (n_buildings,), the chance that nobody on the list is free.

    Raises
    ------
    InternalError
        If the sweeps do not converge.

    References
    ----------
    Larson (1974), A hypercube queuing model; Chelst and Barlach (1981), Multiple unit dispatches.
    """
    n = len(service)
    states = 1 << n
    single = np.zeros((states, n))
    pairs = np.zeros((states if second else 1, n * (n - 1) // 2 if second else 0))
    leaving = np.zeros(states)
    _fill_rates(calls, service, lists, lengths, second, single, pairs, leaving)
    chances = np.full(states, 1.0 / states)
    for _ in range(MAX_SWEEPS):
        if _sweep(chances, service, single, pairs, leaving) < TOLERANCE:
            break
        _balance_officers(chances, service, single, pairs)
    else:
        raise InternalError(
            f"the hypercube model of {n} officers did not converge in {MAX_SWEEPS} sweeps: their "
            "rates differ by too many orders of magnitude"
        )
    answered = np.zeros((len(calls), n))
    helped = np.zeros((len(calls), n))
    all_busy = np.zeros(len(calls))
    _share_calls(chances, lists, lengths, answered, helped, all_busy)
    return chances, answered, helped, all_busy


@compiled
def _fill_rates(  # noqa: PLR0917 (compiled functions take no keywords)
    calls: Floats,
    service: Floats,
    lists: NDArray[np.int64],
    lengths: NDArray[np.int64],
    second: float,
    single: Floats,
    pairs: Floats,
    leaving: Floats,
) -> None:
    """Rates into each state: by sending the officer ``j``, and by sending a pair at once."""
    n = len(service)
    for state in range(len(leaving)):
        for j in range(n):
            if state >> j & 1:
                leaving[state] += service[j]
        for i in range(len(calls)):
            first = -1
            other = -1
            for k in range(lengths[i]):
                j = lists[i, k]
                if state >> j & 1:
                    continue
                if first < 0:
                    first = j
                    if second == 0.0:
                        break
                else:
                    other = j
                    break
            if first < 0:
                continue
            leaving[state] += calls[i]
            reached = state | 1 << first
            if other < 0:
                single[reached, first] += calls[i]
            else:
                single[reached, first] += calls[i] * (1.0 - second)
                high = max(first, other)
                low = min(first, other)
                pairs[reached | 1 << other, high * (high - 1) // 2 + low] += calls[i] * second


@compiled
def _sweep(
    chances: Floats, service: Floats, single: Floats, pairs: Floats, leaving: Floats
) -> float:
    """Gauss-Seidel, down from all busy and up again; return how much the chances changed."""
    n = len(service)
    states = len(chances)
    change = 0.0
    total = 0.0
    for step in range(2 * states):
        state = states - 1 - step if step < states else step - states
        flow = 0.0
        for j in range(n):
            other = state ^ 1 << j
            if state >> j & 1:
                flow += single[state, j] * chances[other]
                if pairs.shape[1] > 0:
                    for k in range(j):
                        if state >> k & 1:
                            flow += pairs[state, j * (j - 1) // 2 + k] * chances[other ^ 1 << k]
            else:
                flow += service[j] * chances[other]
        new = flow / leaving[state]
        change += abs(new - chances[state])
        chances[state] = new
        if step >= states:
            total += new
    for state in range(states):
        chances[state] /= total
    return change


@compiled
def _balance_officers(chances: Floats, service: Floats, single: Floats, pairs: Floats) -> None:
    """Scale the states in which an officer is busy so that as many calls begin as end.

    It changes nothing in the solution, and finds in one step what sweeps find slowly: the busy
    fraction of an officer with rare or long calls (aggregation of each officer's two halves).
    """
    states = len(chances)
    for j in range(len(service)):
        busy = 0.0
        begun = 0.0
        for state in range(states):
            if not state >> j & 1:
                continue
            busy += chances[state]
            begun += single[state, j] * chances[state ^ 1 << j]
            if pairs.shape[1] > 0:
                for k in range(len(service)):
                    if k != j and state >> k & 1:
                        high = max(j, k)
                        pair = high * (high - 1) // 2 + min(j, k)
                        begun += pairs[state, pair] * chances[state ^ 1 << j ^ 1 << k]
        free = 1.0 - busy
        ended = service[j] * busy
        # Scaled by u and v, the halves begin u * begun and end v * ended calls.
        total = free * ended + busy * begun
        if total <= 0.0 or begun <= 0.0 or ended <= 0.0:
            continue
        for state in range(states):
            if state >> j & 1:
                chances[state] *= begun / total
            else:
                chances[state] *= ended / total


@compiled
def _share_calls(  # noqa: PLR0917 (compiled functions take no keywords)
    chances: Floats,
    lists: NDArray[np.int64],
    lengths: NDArray[np.int64],
    answered: Floats,
    helped: Floats,
    all_busy: Floats,
) -> None:
    for state in range(len(chances)):
        for i in range(len(all_busy)):
            found = 0
            for k in range(lengths[i]):
                j = lists[i, k]
                if state >> j & 1:
                    continue
                found += 1
                if found == 1:
                    answered[i, j] += chances[state]
                else:
                    helped[i, j] += chances[state]
                    break
            if found == 0:
                all_busy[i] += chances[state]


@compiled
def read_lists(  # noqa: PLR0917 (compiled functions take no keywords)
    lists: NDArray[np.int64],
    lengths: NDArray[np.int64],
    relative: Floats,
    free: Floats,
    one_free: Floats,
    two_free: Floats,
    nobody: Floats,
    first: Floats,
    second: Floats,
    none_free: Floats,
) -> None:
    """Fill the chances that each officer is sent first or second, and that nobody is free.

    Parameters
    ----------
    relative, free
        Shape (n_officers,), the busy and the free fraction over those of officers alike.
    one_free, two_free, nobody
        Shape (n,), (n,), (n + 1,): with officers alike, the chance that m are busy and one
        more, two more, or none is free.
    first, second, none_free
        Zeros to be filled; shapes (n_buildings, n_officers) twice and (n_buildings,).
    """
    for i in range(len(lengths)):
        all_before = 1.0  # all officers asked so far are busy, relative to officers alike
        one_before = 0.0  # all but one are
        read = 0
        for place in range(lengths[i]):
            j = lists[i, place]
            first[i, j] = one_free[place] * all_before * free[j]
            if place > 0:
                second[i, j] = two_free[place - 1] * one_before * free[j]
            one_before = one_before * relative[j] + all_before * free[j]
            all_before *= relative[j]
            read += 1
            if nobody[place] * (all_before + one_before) < NEGLIGIBLE:
                break
        if read == lengths[i]:
            none_free[i] = nobody[read] * all_before
