"""The hypercube queueing model: who answers a call when officers are busy with others.

Larson's model of mobile officers: calls come at random from buildings, each building has a list
of officers, and the first free one on it is sent. The state of the system is the set of busy
officers, 2^n of them, hence the name. Few officers are solved exactly (`hypercube_loops`), many
by Larson's approximation.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zoning.errors import InternalError, OptionError, typed

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

SECONDS_PER_HOUR: Final = 3600.0

EXACT_OFFICERS: Final = 15
"""Most officers that share calls and are solved exactly by default where numba is installed:
0.2 s, or 1.8 s where second officers are sent; each officer more doubles it."""

EXACT_OFFICERS_SLOWLY: Final = 10
"""The same without numba: 2 s where second officers are sent."""

MAX_EXACT_OFFICERS: Final = 20
"""More are never solved exactly: 20 with second officers take 1.6 GB and about two minutes."""

_TOLERANCE: Final = 1e-10
"""The approximation ends when no busy fraction changes by more."""

_MAX_ROUNDS: Final = 2_000
"""Above this the approximation is taken not to converge. Random systems need 10 to 50 rounds."""


class WhenAllBusy(StrEnum):
    """What happens to a call when nobody who may be sent is free.

    ``queue``: it waits for the first officer who is done, first come first served.
    ``outside``: somebody else answers it, as the city police (or nobody: it is lost).
    """

    QUEUE = "queue"
    OUTSIDE = "outside"

    @classmethod
    def of(cls, value: str) -> WhenAllBusy:
        """Convert one of the words; `OptionError` if it is another."""
        try:
            return cls(value)
        except ValueError:
            raise OptionError(
                f"when_all_busy is {value!r}: give one of {', '.join(map(repr, map(str, cls)))}"
            ) from None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hypercube:
    """Calls, officers, and who is asked first.

    Calls come at random (Poisson) and keep an officer busy for a random time (exponential;
    where calls do not wait, the results depend little on its shape). An officer who is done is
    free at once.

    Attributes
    ----------
    calls_per_hour
        Shape (n_buildings,), each at least 0; read-only.
    service_per_hour
        Shape (n_officers,), the calls that an officer finishes in an hour of work: one over
        the hours that a call takes. All above 0; read-only.
    preferences
        For each building the officers, from 0, in the order in which they are asked. Those
        left out are never sent.
    second_officer_share
        Share of calls to which a second officer is sent at the same time: the next free one
        on the list, who is busy for a time of their own. Where only one is free, or the call
        waited, the second comes from outside; so it does for officers who share no calls.
    when_all_busy
        What happens to a call if nobody on its list is free.

    Raises
    ------
    OptionError
        If a number makes no sense; every fault in one error. Also if calls queue and officers
        who share some calls do not share them all: who is next in such a queue depends on
        more than the set of busy officers.
    """

    calls_per_hour: Floats
    service_per_hour: Floats
    preferences: tuple[tuple[int, ...], ...]
    second_officer_share: float = 0.0
    when_all_busy: WhenAllBusy = WhenAllBusy.QUEUE

    def __post_init__(self) -> None:
        strange = []
        for name in ("calls_per_hour", "service_per_hour"):
            try:
                values = np.array(getattr(self, name), dtype=np.float64, ndmin=1)
            except (TypeError, ValueError):
                strange.append(f"{name} is not an array of numbers")
                continue
            if values.ndim > 1:
                strange.append(f"{name} has {values.ndim} dimensions, not one")
            values.flags.writeable = False
            object.__setattr__(self, name, values)
        try:
            lists = tuple(tuple(int(j) for j in one) for one in self.preferences)
            object.__setattr__(self, "preferences", lists)
        except (TypeError, ValueError):
            strange.append("preferences are not a sequence of officers for each building")
        if strange:
            raise OptionError("the calls cannot be shared out among the officers", strange)
        object.__setattr__(self, "when_all_busy", WhenAllBusy.of(self.when_all_busy))
        faults = list(self._faults())
        if not faults and self.when_all_busy is WhenAllBusy.QUEUE:
            faults = list(self._queue_faults())
        if faults:
            raise OptionError("the calls cannot be shared out among the officers", faults)

    def _faults(self) -> Iterator[str]:
        n = len(self.service_per_hour)
        for i, calls in enumerate(self.calls_per_hour):
            if not (math.isfinite(calls) and calls >= 0):
                yield f"building {i} has {calls} calls an hour, not a number of at least 0"
        for j, rate in enumerate(self.service_per_hour):
            if not (math.isfinite(rate) and rate > 0):
                yield f"officer {j} finishes {rate} calls an hour, not a number above 0"
        if len(self.preferences) != len(self.calls_per_hour):
            yield (
                f"there are {len(self.preferences)} preferences for "
                f"{len(self.calls_per_hour)} buildings: give each building one"
            )
        for i, one in enumerate(self.preferences):
            if any(not 0 <= j < n for j in one):
                yield f"building {i} asks officers {one}; the officers are 0 to {n - 1}"
            if len(set(one)) < len(one):
                yield f"building {i} asks an officer twice: {one}"
        if not 0 <= self.second_officer_share <= 1:
            yield f"second_officer_share is {self.second_officer_share}, not between 0 and 1"

    def _queue_faults(self) -> Iterator[str]:
        for officers, buildings in self.groups():
            for i in buildings:
                missing = set(officers) - set(self.preferences[i])
                if missing or not officers:
                    yield (
                        f"calls of building {i} may not wait for officers {sorted(missing)}, with "
                        "whom its officers share other calls; a queue needs all of them on its "
                        "list (or when_all_busy='outside')"
                        if officers
                        else f"building {i} has no officer for whom its calls could wait"
                    )

    def groups(self) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
        """Officers who share calls, directly or through others, with their buildings.

        Groups have nothing to do with one another and are solved apart. A building without
        an officer is in a group without officers.
        """
        leader = list(range(len(self.service_per_hour)))

        def lead(j: int) -> int:
            while leader[j] != j:
                j = leader[j]
            return j

        for one in self.preferences:
            for j in one[1:]:
                leader[lead(j)] = lead(one[0])
        members: dict[int, tuple[list[int], list[int]]] = {}
        for j in range(len(leader)):
            members.setdefault(lead(j), ([], []))[0].append(j)
        for i, one in enumerate(self.preferences):
            members.setdefault(lead(one[0]) if one else -1, ([], []))[1].append(i)
        return [(tuple(officers), tuple(buildings)) for officers, buildings in members.values()]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HypercubeResult:
    """Who is busy and who answers, in the long run.

    Attributes
    ----------
    busy
        Shape (n_officers,), share of time that the officer spends on calls, as first or as
        second officer.
    answered
        Shape (n_buildings, n_officers), share of a building's calls to which the officer goes
        first, at once or after a wait. A row sums to 1, less what others answer. NaN for the
        buildings of overloaded officers.
    helped
        Shape (n_buildings, n_officers), share of a building's calls to which the officer goes
        second; NaN like ``answered``.
    none_free
        Shape (n_buildings,), the chance that nobody who may be sent is free: the share of
        calls that wait, or that others answer.
    mean_wait_s
        Shape (n_buildings,), mean seconds that calls wait for an officer to be done, those
        that do not wait included; 0 where calls do not queue, infinite for overloaded officers.
    overloaded
        Officers, from 0, who together get more calls than they can finish: their queue never
        ends. Empty where calls do not queue.
    is_exact
        False if any busy fraction is approximate.
    rounds
        Rounds of the approximation until no busy fraction changed; 0 if exact.
    """

    busy: Floats = field(repr=False)
    answered: Floats = field(repr=False)
    helped: Floats = field(repr=False)
    none_free: Floats = field(repr=False)
    mean_wait_s: Floats = field(repr=False)
    overloaded: tuple[int, ...]
    is_exact: bool
    rounds: int

    def mean_travel_s(self, travel_s: ArrayLike) -> Floats:
        """Mean drive of the officer who answers, by building.

        Parameters
        ----------
        travel_s
            Shape (n_officers, n_buildings), the expected drive of a free officer, seconds; may
            be infinite where the officer is not on the building's list. Also taken for calls
            that waited, although their officer comes from the last call.

        Returns
        -------
        array
            Shape (n_buildings,); NaN where no officer of ours answers.
        """
        drives = np.where(self.answered > 0, np.asarray(travel_s, dtype=np.float64).T, 0.0)
        shares = self.answered.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            means: Floats = (self.answered * drives).sum(axis=1) / shares
        return means


@dataclass(frozen=True, slots=True)
class _Group:
    """Officers who share calls: the arrays of one chain."""

    calls: Floats
    service: Floats
    lists: Indices
    lengths: Indices
    second: float
    queues: bool

    @classmethod
    def of(cls, problem: Hypercube, officers: Sequence[int], buildings: Sequence[int]) -> _Group:
        at = {j: k for k, j in enumerate(officers)}
        lists = np.zeros((len(buildings), len(officers)), dtype=np.int64)
        lengths = np.array([len(problem.preferences[i]) for i in buildings], dtype=np.int64)
        for row, i in enumerate(buildings):
            lists[row, : lengths[row]] = [at[j] for j in problem.preferences[i]]
        return cls(
            calls=problem.calls_per_hour[list(buildings)],
            service=problem.service_per_hour[list(officers)],
            lists=lists,
            lengths=lengths,
            second=problem.second_officer_share,
            queues=problem.when_all_busy is WhenAllBusy.QUEUE,
        )

    @property
    def is_overloaded(self) -> bool:
        """Whether more calls come than all can answer (or exactly as many: no queue ends then)."""
        return self.queues and float(self.calls.sum()) >= float(self.service.sum()) * (1 - 1e-9)

    def tail(self, all_busy: float) -> tuple[float, float]:
        """Time with a queue, and mean wait, if so much time all are busy and nobody waits.

        Each call that waits makes the next state rarer by the same factor.
        """
        done = float(self.service.sum())
        spare = done - float(self.calls.sum())
        total = all_busy * done / spare
        return total - all_busy, total / spare


@typed
def solve_hypercube(problem: Hypercube, *, exact_up_to: int | None = None) -> HypercubeResult:
    """Compute who is busy and who answers.

    Parameters
    ----------
    exact_up_to
        Groups of officers who share calls are solved exactly up to this many, above by
        approximation. 15 if None, or 10 without numba; at most 20. Time and memory double
        with each.

    Returns
    -------
    HypercubeResult
        More calls than the officers can finish are an answer: see ``overloaded``.

    Raises
    ------
    OptionError
        If ``exact_up_to`` is above 20.

    Notes
    -----
    The approximation multiplies the busy fractions of the officers asked before by Larson's
    correction factors, here those of the same system with officers alike: so many officers
    busy with such a chance, any set of them as likely as another. With officers alike it is
    exact (Erlang). Unequal service times enter by their mean over the calls answered (Jarvis).
    On random systems of 4 to 12 officers the busy fractions were within 0.014 of the exact ones
    at loads up to 0.2, and within 0.06 at loads up to 0.8; 0.01 is usual.

    References
    ----------
    Larson (1974), A hypercube queuing model for facility location and redistricting in urban
    emergency services, Computers and Operations Research 1.
    Larson (1975), Approximating the performance of urban emergency service systems, Operations
    Research 23.
    Chelst and Barlach (1981), Multiple unit dispatches in emergency services: models to estimate
    system performance, Management Science 27.
    Jarvis (1985), Approximating the equilibrium behavior of multi-server loss systems,
    Management Science 31.
    """
    most = _default_exact() if exact_up_to is None else exact_up_to
    if most > MAX_EXACT_OFFICERS:
        raise OptionError(
            f"exact_up_to is {most}: at most {MAX_EXACT_OFFICERS} officers who share calls can be "
            "solved exactly"
        )
    n_buildings, n_officers = len(problem.calls_per_hour), len(problem.service_per_hour)
    busy = np.zeros(n_officers)
    answered = np.zeros((n_buildings, n_officers))
    helped = np.zeros((n_buildings, n_officers))
    none_free = np.zeros(n_buildings)
    wait_h = np.zeros(n_buildings)
    overloaded: list[int] = []
    is_exact, rounds = True, 0
    for officers, buildings in problem.groups():
        if not officers:
            none_free[list(buildings)] = 1.0
            continue
        if not buildings:
            continue
        group = _Group.of(problem, officers, buildings)
        here = np.ix_(buildings, officers)
        if group.is_overloaded:
            overloaded += officers
            busy[list(officers)] = 1.0
            answered[here] = helped[here] = np.nan
            none_free[list(buildings)] = 1.0
            wait_h[list(buildings)] = np.inf
            continue
        if not group.calls.any():
            found = _without_calls(group)
        elif len(officers) <= most:
            found = _solve_exactly(group)
        else:
            found = _approximate(group)
            is_exact, rounds = False, max(rounds, found.rounds)
        busy[list(officers)] = found.busy
        answered[here] = found.answered
        helped[here] = found.helped
        none_free[list(buildings)] = found.none_free
        wait_h[list(buildings)] = found.wait
    return HypercubeResult(
        busy=_frozen(busy),
        answered=_frozen(answered),
        helped=_frozen(helped),
        none_free=_frozen(none_free),
        mean_wait_s=_frozen(wait_h * SECONDS_PER_HOUR),
        overloaded=tuple(sorted(overloaded)),
        is_exact=is_exact,
        rounds=rounds,
    )


def _default_exact() -> int:
    from zoning.compiled import IS_COMPILED  # noqa: PLC0415

    return EXACT_OFFICERS if IS_COMPILED else EXACT_OFFICERS_SLOWLY


def _frozen(values: Floats) -> Floats:
    values.flags.writeable = False
    return values


@dataclass(frozen=True, slots=True)
class _Found:
    """What is found of one group; the wait is in hours."""

    busy: Floats
    answered: Floats
    helped: Floats
    none_free: Floats
    wait: float = 0.0
    rounds: int = 0


def _solve_exactly(group: _Group) -> _Found:
    # Not at the top: it imports numba, which who only reads assumptions need not wait for.
    from zoning.response.hypercube_loops import solve_states  # noqa: PLC0415

    n = len(group.service)
    chances, answered, helped, none_free = solve_states(
        group.calls, group.service, group.lists, group.lengths, group.second
    )
    helped *= group.second
    states = np.arange(len(chances))
    busy = np.array([chances[states >> j & 1 == 1].sum() for j in range(n)])
    if not group.queues:
        return _Found(busy, answered, helped, none_free)
    # A queue changes nothing in the chances of the states without one but their sum.
    queue, wait = group.tail(float(chances[-1]))
    scale = 1 / (1 + queue)
    none_free = (none_free + queue) * scale
    by_officer = group.service / group.service.sum()
    return _Found(
        (busy + queue) * scale,
        answered * scale + none_free[:, None] * by_officer,
        helped * scale,
        none_free,
        wait * scale,
    )


def _approximate(group: _Group) -> _Found:
    """Larson's approximation: a fixed point of the busy fractions."""
    from zoning.response.hypercube_loops import read_lists  # noqa: PLC0415

    calls, service = group.calls, group.service
    n = len(service)
    everyone = float(service.sum())
    share = np.full(n, 1.0 / n)
    busy = np.empty(0)
    change, damping = math.inf, 1.0
    for rounds in range(1, _MAX_ROUNDS + 1):
        alike = _alike(group, 1.0 / float((share / service).sum()))
        if not len(busy):
            busy = np.full(n, alike.busy)
        to_first = np.zeros((len(calls), n))
        to_second = np.zeros((len(calls), n))
        none_free = np.zeros(len(calls))
        read_lists(
            group.lists,
            group.lengths,
            busy / alike.busy,
            (1 - busy) / (1 - alike.busy),
            alike.one_free,
            alike.two_free,
            alike.none_free,
            to_first,
            to_second,
            none_free,
        )
        if group.queues:
            none_free = np.full(len(calls), alike.all_busy)
            scale = np.ones(len(calls))
        else:  # of all calls, each is answered by somebody or by nobody
            scale = 1 / (to_first.sum(axis=1) + none_free)
        # The rate at which an officer is sent while free.
        rate = (calls * scale) @ (to_first + group.second * to_second) / (1 - busy)
        new = rate / (rate + service)
        if group.queues:
            # Whoever is done takes the next from the queue: Larson's D.
            handed = float(calls.sum()) * alike.all_busy * service / everyone
            new = (rate + handed) / (rate + service)
            sent = float(calls.sum()) * (1 + group.second * alike.two_free_of_all)
            new = np.minimum(new * sent / float(new @ service), 1 - 1e-12)
        last, change = change, float(np.abs(new - busy).max())
        # Where it swings, smaller steps for a while; where it swings on and on, ever smaller.
        damping = damping / 2 if change > last else damping * 1.2
        damping = min(max(damping, 1 / 16), 1.0, 50 / rounds)
        busy = busy + damping * (new - busy)
        work = busy * service
        share = work / work.sum()
        if change < _TOLERANCE:
            if not group.queues:
                answered = to_first * scale[:, None]
                helped = group.second * to_second * scale[:, None]
                return _Found(busy, answered, helped, none_free * scale, rounds=rounds)
            by_officer = service / everyone
            return _Found(
                busy,
                _with_sum(to_first, 1 - alike.all_busy) + alike.all_busy * by_officer,
                _with_sum(to_second, 1.0) * group.second * alike.two_free_of_all,
                none_free,
                alike.wait,
                rounds,
            )
    raise InternalError(
        f"the approximation for {n} officers did not converge in {_MAX_ROUNDS} rounds: "
        f"busy fractions still change by {change:.1e}"
    )


def _with_sum(shares: Floats, total: float) -> Floats:
    """Scale every row to this sum; a row of zeros stays one."""
    sums = shares.sum(axis=1)
    scaled: Floats = (
        shares * np.divide(total, sums, out=np.zeros(len(sums)), where=sums > 0)[:, None]
    )
    return scaled


def _without_calls(group: _Group) -> _Found:
    """Everybody is free: the first on the list would answer."""
    answered = np.zeros(group.lists.shape)
    answered[np.arange(len(answered)), group.lists[:, 0]] = 1.0
    helped = np.zeros(group.lists.shape)
    longer = np.flatnonzero(group.lengths > 1)
    if len(longer):
        helped[longer, group.lists[longer, 1]] = group.second
    return _Found(np.zeros(len(group.service)), answered, helped, np.zeros(len(answered)))


@dataclass(frozen=True, slots=True)
class _Alike:
    """The system with officers alike, asked in random order; m officers are a given set.

    Attributes
    ----------
    busy
        Busy fraction.
    all_busy, two_free_of_all
        Chance that all officers are busy, or that two or more are free.
    wait
        Mean wait of a call.
    one_free, two_free
        Shape (n,), chance that m officers are busy and the next, or the next two, free.
    none_free
        Shape (n + 1,), chance that m officers are busy.
    """

    busy: float
    all_busy: float
    two_free_of_all: float
    wait: float
    one_free: Floats
    two_free: Floats
    none_free: Floats


def _alike(group: _Group, service: float) -> _Alike:
    n = len(group.service)
    k = np.arange(n + 1.0)
    # busy_set[m, k]: chance that m given officers are busy when k are, any k as likely as another
    busy_set = np.ones((n + 1, n + 1))
    for m in range(n):
        busy_set[m + 1] = busy_set[m] * np.maximum(k - m, 0) / (n - m)
    sent = np.zeros(n + 1)
    sent_two = np.zeros(n + 1)
    for length in np.unique(group.lengths):
        calls = float(group.calls[group.lengths == length].sum())
        one = length * busy_set[length - 1] * (n - k) / (n - length + 1)
        sent += calls * (1 - busy_set[length])
        sent_two += calls * group.second * np.maximum(1 - busy_set[length] - one, 0)
    chance = np.zeros(n + 1)
    chance[0] = 1.0
    for now in range(n):
        from_below = sent_two[now - 1] * chance[now - 1] if now else 0.0
        chance[now + 1] = (sent[now] * chance[now] + from_below) / ((now + 1) * service)
        if chance[now + 1] > 1e200:  # thousands of calls at once: keep within the range of floats
            chance /= chance[now + 1]
    queue, wait = group.tail(float(chance[n])) if group.queues else (0.0, 0.0)
    total = float(chance.sum()) + queue
    chance, queue, wait = chance / total, queue / total, wait / total
    all_busy = float(chance[n]) + queue
    before = np.arange(n)
    spread = busy_set @ (chance * (n - k))
    spread_two = busy_set @ (chance * (n - k) * (n - k - 1))
    return _Alike(
        busy=float(chance @ k) / n + queue,
        all_busy=all_busy,
        two_free_of_all=float(chance[: n - 1].sum()),
        wait=wait,
        one_free=spread[:n] / (n - before),
        two_free=spread_two[:n] / ((n - before) * np.maximum(n - before - 1, 1)),
        none_free=busy_set @ chance + queue,
    )
