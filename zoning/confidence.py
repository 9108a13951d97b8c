"""Confidence intervals of counts, shares and ratios of rates, each by a named method."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, gammaincinv, ndtri, stdtrit

COVERAGE: Final = 0.95
"""Of every interval of the programme: the usual choice."""
POISSON: Final = "exact Poisson (Garwood 1936)"
WILSON: Final = "Wilson (1927)"
CONDITIONAL: Final = "exact, given the sum of both counts (Clopper and Pearson 1934)"
CLUSTERED: Final = "ratio of sums over clusters (Cochran 1977, chapter 6)"
_TAIL: Final = (1 - COVERAGE) / 2
_Z: Final = float(ndtri(1 - _TAIL))  # so many standard deviations of a normal distribution

Interval = tuple[float, float, float]
"""A value with the lower and the upper end of its interval; NaN where it is not known."""
UNKNOWN: Final[Interval] = (math.nan, math.nan, math.nan)


def wilson_interval(part: int, whole: int) -> Interval:
    """Compute a share with Wilson's interval; NaN of nothing.

    References
    ----------
    Wilson (1927), doi 10.1080/01621459.1927.10502953.
    """
    if whole == 0:
        return UNKNOWN
    share, z2 = part / whole, _Z**2
    centre = (share + z2 / (2 * whole)) / (1 + z2 / whole)
    half = math.sqrt(share * (1 - share) / whole + z2 / (4 * whole**2)) * _Z / (1 + z2 / whole)
    return share, max(centre - half, 0.0), min(centre + half, 1.0)


def poisson_interval(count: float, exposure: float = 1.0) -> Interval:
    """Compute a rate, counts by exposure, with the exact interval of a Poisson count.

    It holds if the events come independently of one another: several records of one event make
    it too narrow.

    References
    ----------
    Garwood (1936), doi 10.1093/biomet/28.3-4.437.
    """
    if not exposure > 0:
        return UNKNOWN
    low = float(gammaincinv(count, _TAIL)) if count else 0.0
    return count / exposure, low / exposure, float(gammaincinv(count + 1, 1 - _TAIL)) / exposure


def rate_ratio_interval(
    first: float, first_exposure: float, second: float, second_exposure: float
) -> Interval:
    """Compute how many times the first rate the second is, with its exact interval.

    Given the sum of two Poisson counts the second is binomial, so the interval of its share is
    one of the ratio. NaN if both counts are 0.

    References
    ----------
    Clopper and Pearson (1934), doi 10.1093/biomet/26.4.404; Rothman, Greenland and Lash (2008),
    Modern Epidemiology, chapter 14.
    """
    if not (first_exposure > 0 and second_exposure > 0) or first + second == 0:
        return UNKNOWN
    low = float(betaincinv(second, first + 1, _TAIL)) if second else 0.0
    high = float(betaincinv(second + 1, first, 1 - _TAIL)) if first else 1.0
    value, low, high = (
        math.inf if share == 1 else share / (1 - share) * first_exposure / second_exposure
        for share in (second / (first + second), low, high)
    )
    return value, low, high


def ratio_interval(parts: Sequence[float], wholes: Sequence[float]) -> Interval:
    """Compute a ratio of two sums over clusters, such as officers, with an interval.

    Linearised, with Student's t of one degree fewer than there are clusters. The value alone is
    known of a single cluster.

    Parameters
    ----------
    parts, wholes
        The sums of each cluster.

    References
    ----------
    Cochran (1977), Sampling Techniques, chapter 6.
    """
    part, whole = np.asarray(parts, dtype=float), np.asarray(wholes, dtype=float)
    if not whole.sum() > 0:
        return UNKNOWN
    value, n = float(part.sum() / whole.sum()), len(part)
    if n < 2:
        return value, math.nan, math.nan
    spread = float(np.sqrt(((part - value * whole) ** 2).sum() * n / (n - 1)) / whole.sum())
    half = float(stdtrit(n - 1, 1 - _TAIL)) * spread
    return value, value - half, value + half


def percentile_interval(drawn: NDArray[np.float64]) -> tuple[float, float]:
    """Take the ends of an interval from bootstrap draws, percentile method (Efron 1979)."""
    known = np.sort(drawn[~np.isnan(drawn)])
    if len(known) < len(drawn) * COVERAGE:  # too many draws in which there is no ratio
        return math.nan, math.nan
    # Not interpolated, since some draws may be infinite.
    low, high = (known[round(q * (len(known) - 1))] for q in (_TAIL, 1 - _TAIL))
    return float(low), float(high)
