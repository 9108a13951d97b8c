"""Rates from few counts: gamma-Poisson empirical Bayes, and hours of the day in the same way.

A building with few students and one bad month is probably not that bad every month. Its rate is
drawn towards what its enrolment leads us to expect, the more so the fewer calls the district has
and the more alike its buildings are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, minimize_scalar
from scipy.special import gammaincinv, gammaln

Floats = NDArray[np.float64]

COVERAGE: Final = 0.9
"""Of intervals: 90 %, a default."""
# Strength of the prior, in calls: beyond these ends the likelihood is flat in it.
_WEAKEST, _STRONGEST = 1e-3, 1e5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShrunkRates:
    """Rates of several places, each drawn towards what is expected of it.

    The rate of place ``i`` is ``scale * expected[i] * q``, and ``q`` varies between places by a
    gamma distribution of mean 1 and variance ``1 / strength``. ``scale`` and ``strength`` are
    chosen so that the counts are most likely (their distribution is then negative binomial).

    Attributes
    ----------
    mean, sd, low, high
        Of each rate, given the counts: its mean, standard deviation and interval. The interval
        takes ``scale`` and ``strength`` for known, so it is somewhat too narrow.
    scale
        Calls for each call expected, over all places.
    strength
        Expected calls that weigh as much as the prior; infinite if the places differ no more
        than by chance.

    References
    ----------
    Robbins (1956); Efron and Hastie (2016), Computer Age Statistical Inference, section 6.1;
    Morris (1983), doi 10.1080/01621459.1983.10477920, on intervals.
    """

    mean: Floats
    sd: Floats
    low: Floats
    high: Floats
    scale: float
    strength: float


def shrink_rates(
    counts: ArrayLike, exposure: ArrayLike, expected: ArrayLike, *, coverage: float = COVERAGE
) -> ShrunkRates:
    """Estimate the rate of each place from its count and from those of all places.

    The sum of rate times exposure is the sum of the counts.

    Parameters
    ----------
    counts
        Calls of each place, at least one in all.
    exposure
        Over how long they were counted, above 0.
    expected
        What the rates are expected to be in proportion to, such as enrolment; above 0.
    coverage
        Of the intervals.
    """
    y = np.asarray(counts, dtype=np.float64)
    e = np.broadcast_to(np.asarray(exposure, dtype=np.float64), y.shape)
    m = e * np.asarray(expected, dtype=np.float64)
    # Expected calls in the unit of counts, so that the strength of the prior is in calls.
    m = m * (y.sum() / m.sum())

    def log_likelihood(log_strength: float) -> float:
        a = np.exp(log_strength)
        mean = _best_scale(y, m, a) * m
        each = gammaln(a + y) - gammaln(a) - a * np.log1p(mean / a) - y * np.log1p(a / mean)
        return float(each.sum())

    low, high = np.log(_WEAKEST), np.log(_STRONGEST)
    found = minimize_scalar(
        lambda x: -log_likelihood(x), bounds=(low, high), method="bounded", options={"xatol": 1e-6}
    )
    strength = float(np.exp(found.x))
    if log_likelihood(high) >= -float(found.fun) - 1e-9:
        strength = np.inf
    scale = 1.0 if np.isinf(strength) else _best_scale(y, m, strength)
    prior = scale * m
    tail = (1 - coverage) / 2
    if np.isinf(strength):
        # All that is left is the error of the total.
        total = float(y.sum())
        bounds = gammaincinv(total, [tail, 1 - tail]) / total
        mean, sd = prior / e, prior / e / np.sqrt(total)
        ends = mean[None] * bounds[:, None]
    else:
        shape, per_call = strength + y, prior / (strength + prior) / e
        mean, sd = shape * per_call, np.sqrt(shape) * per_call
        ends = gammaincinv(shape[None], np.array([[tail], [1 - tail]])) * per_call
    return ShrunkRates(mean=mean, sd=sd, low=ends[0], high=ends[1], scale=scale, strength=strength)


def _best_scale(y: Floats, m: Floats, strength: float) -> float:
    """Find the scale of the expected counts at which the counts are most likely."""

    def slope(scale: float) -> float:
        return float(((y - scale * m) / (strength + scale * m)).sum())

    # The slope falls, and the best scale lies between the extremes of single places.
    ratio = y / m
    low, high = float(ratio.min()), float(ratio.max())
    return low if low == high else float(brentq(slope, low, high, xtol=1e-12, rtol=1e-12))


def shrink_shares(counts: pd.DataFrame, prior: pd.DataFrame) -> tuple[pd.DataFrame, float]:
    """Estimate how the calls of each place are spread over hours, drawn towards the prior.

    The counts of a place are multinomial, and its shares vary around the prior's by a Dirichlet
    distribution, whose strength is chosen so that the counts are most likely.

    Parameters
    ----------
    counts
        One row a place, one column an hour.
    prior
        Shares that are expected, in the same form; rows sum to 1; 0 where no calls can be.

    Returns
    -------
    tuple
        The shares, and how many calls weigh as much as the prior (infinite: the prior alone).
    """
    n, p = counts.to_numpy(np.float64), prior.to_numpy(np.float64)
    possible = p > 0
    at, of = n[possible], p[possible]
    totals = n.sum(axis=1)

    def log_likelihood(log_strength: float) -> float:
        k = np.exp(log_strength)
        each = gammaln(k) - gammaln(k + totals)
        return float(each.sum() + (gammaln(k * of + at) - gammaln(k * of)).sum())

    low, high = np.log(_WEAKEST), np.log(_STRONGEST)
    found = minimize_scalar(
        lambda x: -log_likelihood(x), bounds=(low, high), method="bounded", options={"xatol": 1e-6}
    )
    strength = float(np.exp(found.x))
    if log_likelihood(high) >= -float(found.fun) - 1e-9:
        return prior.copy(), np.inf
    shares = (n + strength * p) / (totals + strength)[:, None]
    return pd.DataFrame(shares, index=counts.index, columns=counts.columns), strength
