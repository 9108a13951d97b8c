"""What an observer learns of drawn days, and what an intruder can hope for.

Days that are drawn afresh are measured by a sample, with confidence intervals; days of a finite
pool exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import csr_array
from scipy.special import betaincinv, gammaln, stdtrit

from zoning.errors import InternalError, ScheduleError
from zoning.patrol.day_problem import DayProblem, Ints, PlannedDay, PresenceKind
from zoning.patrol.drawn_days import (
    DayPool,
    DrawAssumptions,
    Floats,
    RandomSource,
    draw_pool,
    pool_of,
)

_GROUPS: Final = 10
"""Groups of days for an interval: with 10, Student's t is within 16 % of the normal quantile."""

_TOLERANCE: Final = 1e-6
"""How far a chance may be from the best; the linear programme's own is 1e-7."""

_ROUNDING: Final = 1e-9
"""Share of driving that may be lost in rounding."""

_START_STEP_S: Final = 900
"""The linear programme begins with an attack each quarter hour and adds better ones."""


def observe(
    pool: DayPool, *, watched_days: Sequence[int] = (1, 5, 10, 20, 40), step_s: int = 300
) -> pd.DataFrame:
    """How often an observer guesses the officer's building right, after days of watching.

    The observer wrote down at which building the officer was at each moment of some days, and
    guesses the one that was seen there most often; ties are broken by lot. A guess is wrong while
    the officer is on the road, when nobody is at any building. Averaged over the time from the
    first opening to the last closing.

    Returns
    -------
    DataFrame
        A row for each number of days watched, the last of an observer who knows all chances
        (``inf``):

        - ``watched_days``
        - ``chance``: of a right guess. Exact if the pool has chances. Else an estimate: without
          bias for days watched, on average no less than the truth for ``inf``;
        - ``low``, ``high``: 95 % confidence interval of it, from groups of days that share none
          (Student's t); equal to it where it is exact, NaN where there are too few days or for
          ``inf``;
        - ``least``: no way of patrolling with so much time on the road gives less, which is the
          share of time at buildings, over their number.
    """
    seen = _seen(pool, step_s)
    shares = _shares(pool, seen)
    at_buildings = shares[:, :-1]
    least = float(at_buildings.sum(axis=1).mean()) / pool.problem.size
    rows = []
    for count in watched_days:
        if pool.chances is not None:
            chance = low = high = guess_chance(shares, count)
        else:
            chance, low, high = _estimated_guess(seen, pool.problem.size, count)
        rows.append((float(count), chance, low, high, least))
    known = float(at_buildings.max(axis=1).mean())
    sure = known if pool.chances is not None else np.nan
    rows.append((np.inf, known, sure, sure, least))
    return pd.DataFrame(rows, columns=["watched_days", "chance", "low", "high", "least"])


def _moments(problem: DayProblem, step_s: int) -> Ints:
    """Moments from the first opening to the last closing, in the middle of steps."""
    is_open = problem.open_s < problem.close_s
    if not is_open.any():
        raise ScheduleError("no building is open on this day, so there is nothing to observe")
    begin, end = problem.open_s[is_open].min(), problem.close_s[is_open].max()
    return np.arange(begin + step_s // 2, end, step_s, dtype=np.int64)


def _seen(pool: DayPool, step_s: int) -> Ints:
    """Where the officer is: shape (days, moments), the building or, on the road, their number."""
    moments = _moments(pool.problem, step_s)
    seen = np.full((len(pool.days), len(moments)), pool.problem.size, dtype=np.int64)
    for row, day in zip(seen, pool.days, strict=True):
        begins = np.searchsorted(moments, [stop.arrival_s for stop in day])
        ends = np.searchsorted(moments, [stop.departure_s for stop in day])
        for stop, begin, end in zip(day, begins, ends, strict=True):
            row[begin:end] = stop.place
    return seen


def _shares(pool: DayPool, seen: Ints) -> Floats:
    """Chance of each place at each moment: shape (moments, n + 1), on the road last."""
    places = range(pool.problem.size + 1)
    return np.stack([pool.weights @ (seen == place) for place in places], axis=1)


def guess_chance(shares: Floats, watched_days: int) -> float:
    """Chance that the place seen most often on some days is right on the next; exact.

    Parameters
    ----------
    shares
        Shape (moments, n + 1): chances of n buildings, and of the road, which is never guessed.

    Notes
    -----
    The counts of the places are multinomial: independent Poisson numbers, given their sum. With
    ``k`` sightings of the winner, the others have at most ``k``; a tie with ``r`` of them is won
    with chance 1 / (r + 1), the integral of ``y**r`` from 0 to 1, which Gauss-Legendre's nodes
    sum exactly.
    """
    n = shares.shape[1] - 1
    nodes, node_weights = np.polynomial.legendre.leggauss(n // 2 + 1)
    y = (nodes + 1)[:, None, None] / 2
    counts = np.arange(watched_days + 1)
    means = np.clip(shares * watched_days, 1e-300, None)
    poisson = np.exp(
        counts * np.log(means)[:, :, None] - means[:, :, None] - gammaln(counts + 1)
    )  # (moments, n + 1, counts)
    total = 0.0
    for k in range(watched_days + 1):
        rest = watched_days - k
        capped = poisson[None, :, :n, : rest + 1].repeat(len(nodes), axis=0)
        capped[..., k + 1 :] = 0.0
        if k <= rest:
            capped[..., k] *= y
        before = np.broadcast_to(poisson[None, :, n, : rest + 1], (*capped.shape[:2], rest + 1))
        befores = []
        for place in range(n):
            befores.append(before)
            before = _convolve(before, capped[:, :, place], k)
        after = np.zeros_like(before)
        after[..., 0] = 1.0
        for place in range(n - 1, -1, -1):
            others = (befores[place] * after[..., ::-1]).sum(axis=-1)
            won = (node_weights[:, None] / 2 * others).sum(axis=0)
            total += float((shares[:, place] * poisson[:, place, k] * won).sum())
            after = _convolve(after, capped[:, :, place], k)
    at_sum = np.exp(watched_days * np.log(watched_days) - watched_days - gammaln(watched_days + 1))
    return total / float(at_sum) / len(shares)


def _convolve(left: Floats, right: Floats, most: int) -> Floats:
    """Distribution of a sum of two counts, cut off at the length of ``left``."""
    length = left.shape[-1]
    result = np.zeros_like(left)
    for count in range(min(most, length - 1) + 1):
        result[..., count:] += left[..., : length - count] * right[..., count : count + 1]
    return result


def _estimated_guess(seen: Ints, n: int, watched_days: int) -> tuple[float, float, float]:
    """Chance of a right guess on a fresh day, and its interval, from a sample of days.

    In each group every day is guessed once, from the days that follow it in the group.
    """
    groups = min(_GROUPS, len(seen) // (watched_days + 1))
    if groups == 0:
        return np.nan, np.nan, np.nan
    rates = []
    for days in np.array_split(seen, groups):
        size = len(days)
        at = np.stack([days == place for place in range(n)], axis=2).astype(np.int64)
        sums = np.cumsum(np.concatenate([np.zeros_like(at[:1]), at, at]), axis=0)
        watched = sums[1 + watched_days : 1 + watched_days + size] - sums[1 : 1 + size]
        best = watched == watched.max(axis=2, keepdims=True)
        rates.append(float(((best & (at == 1)).any(axis=2) / best.sum(axis=2)).mean()))
    mean = float(np.mean(rates))
    if groups == 1:
        return mean, np.nan, np.nan
    half = float(stdtrit(groups - 1, 0.975)) * float(np.std(rates, ddof=1)) / np.sqrt(groups)
    return mean, max(mean - half, 0.0), min(mean + half, 1.0)


def entropy_by_quarter_hour(pool: DayPool) -> pd.DataFrame:
    """How uncertain the officer's place is through the day (Shannon entropy).

    Returns
    -------
    DataFrame
        A row for each quarter hour by the clock, from the first opening to the last closing:

        - ``begin_s``: seconds after midnight
        - ``entropy_bits``: mean over its minutes; on the road is one more place. Exact if the
          pool has chances; of a sample of ``d`` days low by about n / (2 ln 2 d) bits
        - ``most_bits``: log2 of the number of places
        - ``on_the_road``: share of time
    """
    step_s = 60
    shares = _shares(pool, _seen(pool, step_s))
    logs = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
    bits = -(shares * logs).sum(axis=1)
    quarter = _moments(pool.problem, step_s) // 900
    first = int(quarter[0])
    quarter = quarter - first
    counts = np.bincount(quarter)
    return pd.DataFrame(
        {
            "begin_s": 900 * (first + np.arange(len(counts))),
            "entropy_bits": np.bincount(quarter, bits) / counts,
            "most_bits": np.log2(pool.problem.size + 1),
            "on_the_road": np.bincount(quarter, shares[:, -1]) / counts,
        }
    )


Hours = tuple[int, int]
"""A stretch of the day, seconds after midnight."""


def hours_between_bells(problem: DayProblem) -> Hours | None:
    """From the close of the last arrival window to the opening of the first dismissal window.

    Around the bells an officer is where presence is wished, which no draw can hide. None if there
    is no such stretch, or no bell.
    """
    wishes = problem.presences
    begin = max((w.close_s for w in wishes if w.kind is PresenceKind.ARRIVAL), default=0)
    end = min((w.open_s for w in wishes if w.kind is PresenceKind.DISMISSAL), default=0)
    return (begin, end) if 0 < begin < end else None


class _Attacks:
    """The attacks on a pool that lie within open hours, and when the officer disturbs them."""

    def __init__(self, pool: DayPool, intruder_s: int, hours: Hours | None) -> None:
        problem = pool.problem
        begin_s, end_s = hours or (0, int(problem.close_s.max()))
        self.pool = pool
        self.first_s = np.maximum(problem.open_s, begin_s)
        self.last_s = np.minimum(problem.close_s, end_s) - intruder_s
        self.places = [k for k in range(problem.size) if self.last_s[k] >= self.first_s[k]]
        if not self.places or intruder_s <= 0:
            raise ScheduleError(
                f"no attack of {intruder_s / 60:g} min fits into the open hours of a building",
                remedy="Give an intruder less time, or longer hours.",
            )
        intervals = list(_disturbed(pool, intruder_s))
        self._intervals = np.array(intervals, dtype=np.int64).reshape(-1, 4)
        self._length = int(max(problem.close_s.max(), self._intervals[:, 3].max(initial=0))) + 1

    def chances(self, weights: Floats) -> list[Floats]:
        """Chance that an attack is disturbed, for each of the places and second of its begin."""
        sums = np.zeros((self.pool.problem.size, self._length))
        day, place, begin, end = self._intervals.T
        np.add.at(sums, (place, begin), weights[day])
        np.subtract.at(sums, (place, end), weights[day])
        sums = np.clip(np.cumsum(sums, axis=1), 0.0, 1.0)
        return [sums[k, self.first_s[k] : self.last_s[k] + 1] for k in self.places]

    def days(self, place: int, begin_s: int) -> Floats:
        """1 for each day on which the attack is disturbed, else 0; shape (days,)."""
        day, at, begin, end = self._intervals.T
        disturbed = np.zeros(len(self.pool.days))
        disturbed[day[(at == place) & (begin <= begin_s) & (begin_s < end)]] = 1.0
        return disturbed


def _disturbed(pool: DayPool, intruder_s: int) -> Iterator[tuple[int, int, int, int]]:
    """When attacks must begin to be disturbed: day, building, first moment, last + 1; no overlaps.

    An attack of ``m`` seconds from ``s`` on is disturbed if the officer is there in any of them.
    """
    for day, stops in enumerate(pool.days):
        latest = [0] * pool.problem.size
        for stop in stops:
            begin = max(stop.arrival_s - intruder_s + 1, latest[stop.place])
            if begin < stop.departure_s:
                latest[stop.place] = stop.departure_s
                yield day, stop.place, begin, stop.departure_s


def worst_absences(
    pool: DayPool, *, intruder_s: int = 600, hours: Hours | None = None
) -> pd.DataFrame:
    """Chance that an intruder who knows how days are drawn stays undisturbed (patrolling game).

    The intruder picks the building and the moment, within its open hours, at which the officer is
    least likely to be there at any time of the ``intruder_s`` seconds that are needed.

    Parameters
    ----------
    hours
        Within which the attack lies, such as `hours_between_bells`; the open hours if None.

    Returns
    -------
    DataFrame
        A row for each building that is open for so long, the worst first: ``building_id``;
        ``begin_s``, the intruder's best moment; ``undisturbed``, the chance that the officer is
        absent throughout; ``low``, ``high``: equal to it if the pool has chances. Of a sample,
        95 % confidence for all rows together (Clopper-Pearson): the low end from a moment chosen
        in one half of the days and counted in the other, the high end for every second of every
        building (Bonferroni), since the worst of many estimates looks worse than it is.

    References
    ----------
    Alpern, Morton and Papadaki (2011), Patrolling games, Operations Research 59(5), 1246-1257.
    """
    attacks = _Attacks(pool, intruder_s, hours)
    halves = [np.zeros(len(pool.days)) for _ in range(2)]
    for half, weights in enumerate(halves):
        weights[half::2] = 1.0 / max(len(weights[half::2]), 1)
    all_days, *by_half = [attacks.chances(weights) for weights in (pool.weights, *halves)]
    tests = sum(len(chances) for chances in all_days)
    rows = []
    for k, place in enumerate(attacks.places):
        best = int(all_days[k].argmin())
        undisturbed = low = high = 1.0 - float(all_days[k][best])
        if pool.chances is None:
            days = len(pool.days)
            counted = len(range(1, days, 2))
            free = round(counted * (1.0 - by_half[1][k][int(by_half[0][k].argmin())]))
            low = _binomial_bound(free, counted, 0.025 / len(attacks.places))
            high = 1.0 - _binomial_bound(round(days * (1 - undisturbed)), days, 0.025 / tests)
        begin_s = int(attacks.first_s[place]) + best
        rows.append((pool.problem.building_ids[place], begin_s, undisturbed, low, high))
    columns = ["building_id", "begin_s", "undisturbed", "low", "high"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values("undisturbed", ascending=False, kind="stable", ignore_index=True)


def _binomial_bound(successes: int, trials: int, risk: float) -> float:
    """Clopper-Pearson's lower bound of a chance."""
    if successes == 0:
        return 0.0
    return float(betaincinv(successes, trials - successes + 1, risk))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MixedStrategy:
    """The chances of a pool's days that leave an intruder the least chance.

    Attributes
    ----------
    pool
        The days with these chances.
    disturbed
        Least chance, over buildings and seconds, that an attack is disturbed.
    bound
        No chances of these days within the driving reach more (linear programming duality);
        it says nothing of other days.
    equal_disturbed
        The same with all days equally likely.
    """

    pool: DayPool
    disturbed: float
    bound: float
    equal_disturbed: float


def maximin_days(
    pool: DayPool,
    *,
    intruder_s: int = 600,
    hours: Hours | None = None,
    most_driving_s: float | None = None,
) -> MixedStrategy:
    """Find the chances of days that maximise the least chance to disturb an attack.

    Parameters
    ----------
    hours
        As in `worst_absences`.
    most_driving_s
        Most driving expected of a day; None for that of the pool as it is.

    Raises
    ------
    ScheduleError
        If every day of the pool drives more than is allowed.

    Notes
    -----
    The linear programme of a matrix game, days against pairs of building and second. Pairs are
    added until none succeeds more often than those in it, so that it holds for every second. Of
    the chances that reach as much, the second programme takes those whose largest is least.
    """
    attacks = _Attacks(pool, intruder_s, hours)
    limit = pool.mean_driving_s if most_driving_s is None else float(most_driving_s)
    if pool.driving_s.min() > limit:
        raise ScheduleError(
            f"every day of the pool drives more than {limit / 60:.1f} min",
            remedy=f"Allow {pool.driving_s.min() / 60:.1f} min or more.",
        )
    driving = pool.driving_s / max(limit, 1.0)  # 1 is allowed in the mean, but for rounding
    count = len(pool.days)
    equal = np.full(count, 1.0 / count)
    equal_chances = attacks.chances(equal)
    pairs = {
        (place, int(begin_s))
        for place in attacks.places
        for begin_s in range(
            int(attacks.first_s[place]), int(attacks.last_s[place]) + 1, _START_STEP_S
        )
    } | _worst_pairs(attacks, equal_chances)
    rows = {pair: attacks.days(*pair) for pair in sorted(pairs)}
    bound = 1.0
    for is_even in (False, True):
        while True:
            games = np.array(list(rows.values()))
            if is_even:
                weights = _most_even(games, driving, bound)
            else:
                weights, bound = _maximin(games, driving)
            chances = attacks.chances(weights)
            value = min(float(chance.min()) for chance in chances)
            below = _worst_pairs(attacks, chances, bound - _TOLERANCE) - rows.keys()
            if not below:
                break
            rows |= {pair: attacks.days(*pair) for pair in sorted(below)}
    return MixedStrategy(
        pool=replace(pool, chances=weights),
        disturbed=value,
        bound=bound,
        equal_disturbed=min(float(chance.min()) for chance in equal_chances),
    )


def _maximin(games: Floats, driving: Floats) -> tuple[Floats, float]:
    """Chances of days whose least row is greatest, and that least.

    Parameters
    ----------
    games
        Shape (attacks, days): 1 where a day disturbs an attack.
    driving
        Shape (days,): driving in terms of what is allowed in the mean.
    """
    attacks, days = games.shape
    least = np.hstack([-games, np.ones((attacks, 1))])
    matrix = np.vstack([least, np.append(driving, 0.0)])
    limits = np.append(np.zeros(attacks), 1.0 + _ROUNDING)
    values = _solve(np.append(np.zeros(days), -1.0), matrix, limits)
    return values[:-1] / values[:-1].sum(), float(np.clip(values[-1], 0.0, 1.0))


def _most_even(games: Floats, driving: Floats, bound: float) -> Floats:
    """Of the chances of days whose least row is at the bound, those whose largest is least."""
    attacks, days = games.shape
    matrix = np.vstack(
        [
            np.hstack([-games, np.zeros((attacks, 1))]),
            np.hstack([np.eye(days), -np.ones((days, 1))]),
            np.append(driving, 0.0),
        ]
    )
    limits = np.concatenate(
        [np.full(attacks, _TOLERANCE / 2 - bound), np.zeros(days), [1.0 + _ROUNDING]]
    )
    values = _solve(np.append(np.zeros(days), 1.0), matrix, limits)[:-1]
    weights = np.clip(values, 0.0, None)
    return np.asarray(weights / weights.sum())


def _solve(objective: Floats, matrix: Floats, limits: Floats) -> Floats:
    """Solve for chances of days, which sum to 1, and one more value."""
    sums = np.append(np.ones(len(objective) - 1), 0.0)[None, :]
    solved = linprog(
        objective,
        A_ub=csr_array(matrix),
        b_ub=limits,
        A_eq=sums,
        b_eq=[1.0],
        bounds=(0, None),
        method="highs",
    )
    if solved.status != 0:
        raise InternalError(f"the linear programme of the days was not solved: {solved.message}")
    values: Floats = solved.x
    return values


def _worst_pairs(
    attacks: _Attacks, chances: list[Floats], below: float = np.inf
) -> set[tuple[int, int]]:
    """The least disturbed moment of each building in each quarter hour, if below a chance."""
    pairs = set()
    for place, chance in zip(attacks.places, chances, strict=True):
        for begin in range(0, len(chance), _START_STEP_S):
            at = begin + int(chance[begin : begin + _START_STEP_S].argmin())
            if chance[at] < below:
                pairs.add((place, int(attacks.first_s[place]) + at))
    return pairs


def predictability_by_driving(
    problem: DayProblem,
    planned: PlannedDay,
    *,
    rng: RandomSource,
    extra_driving: Sequence[float] = (-0.1, -0.05, 0.0, 0.05, 0.1, 0.2, 0.3),
    watched_days: int = 20,
    drive_m: Floats | None = None,
    assumptions: DrawAssumptions | None = None,
) -> pd.DataFrame:
    """What more driving buys: how predictable days are under several bounds of extra driving.

    Parameters
    ----------
    drive_m
        Shape (n, n): metres between buildings; None if they are not known.

    Returns
    -------
    DataFrame
        First the planned day, worked every day, then a row for each bound:

        - ``extra_driving``: the bound, as a share of the planned day; NaN for that day itself
        - ``driving_s``, ``driving_m``: mean of a day; metres without drives from and to a base,
          NaN if not known
        - ``chance``, ``low``, ``high``: of a right guess after ``watched_days``; see `observe`
        - ``entropy_bits``: mean over the day; see `entropy_by_quarter_hour`
        - ``undisturbed``, ``undisturbed_between_bells``: the worst building's; see
          `worst_absences` and `hours_between_bells` (NaN if there are none)
        - ``longest_gap_s``: mean over days of the longest time without a visit while open

        Bounds within which no days were found are NaN in all else.
    """
    assumed = assumptions or DrawAssumptions()
    alone = pool_of(problem, [planned.stops], chances=np.ones(1))
    rows = [_curve_row(np.nan, alone, watched_days, drive_m, assumed)]
    for extra in extra_driving:
        try:
            pool = draw_pool(
                problem, planned, rng=rng, assumptions=replace(assumed, extra_driving=extra)
            )
        except ScheduleError:
            rows.append({"extra_driving": extra})
        else:
            rows.append(_curve_row(extra, pool, watched_days, drive_m, assumed))
    return pd.DataFrame(rows)


def _curve_row(
    extra: float,
    pool: DayPool,
    watched_days: int,
    drive_m: Floats | None,
    assumed: DrawAssumptions,
) -> dict[str, float]:
    guess = observe(pool, watched_days=[watched_days]).iloc[0]
    between = hours_between_bells(pool.problem)
    metres = np.nan
    if drive_m is not None:
        legs = [sum(drive_m[a.place, b.place] for a, b in pairwise(day)) for day in pool.days]
        metres = float(pool.weights @ np.array(legs))
    return {
        "extra_driving": extra,
        "driving_s": pool.mean_driving_s,
        "driving_m": metres,
        "chance": guess["chance"],
        "low": guess["low"],
        "high": guess["high"],
        "entropy_bits": float(entropy_by_quarter_hour(pool)["entropy_bits"].mean()),
        "undisturbed": _worst(pool, assumed.intruder_s, None),
        "undisturbed_between_bells": np.nan
        if between is None
        else _worst(pool, assumed.intruder_s, between),
        "longest_gap_s": float(
            pool.weights @ np.array([pool.problem.longest_gap_s(day) for day in pool.days])
        ),
    }


def _worst(pool: DayPool, intruder_s: int, hours: Hours | None) -> float:
    absences = worst_absences(pool, intruder_s=intruder_s, hours=hours)
    return float(absences["undisturbed"].iloc[0])
