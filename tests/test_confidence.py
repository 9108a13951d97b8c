"""Intervals beside published tables and scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from zoning.confidence import (
    percentile_interval,
    poisson_interval,
    rate_ratio_interval,
    ratio_interval,
    wilson_interval,
)


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)],
)
def test_wilson_as_published(part: int, whole: int, low: float, high: float) -> None:
    """Newcombe (1998), Statistics in Medicine 17, table I, method 3."""
    assert wilson_interval(part, whole)[1:] == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(0, 0.0, 3.689), (1, 0.0253, 5.572), (10, 4.795, 18.390), (100, 81.364, 121.627)],
)
def test_poisson_as_published(count: int, low: float, high: float) -> None:
    """Garwood (1936), as in the tables of Ulm (1990), Am. J. Epidemiol. 131, 373."""
    assert poisson_interval(count)[1:] == pytest.approx((low, high), rel=2e-3)


def test_rate_ratio_as_published() -> None:
    """Stata's manual of ``ir``: 41 cases of 28,010 person-years, 15 of 19,017."""
    assert rate_ratio_interval(15, 19017, 41, 28010) == pytest.approx(
        (1.855759, 1.005684, 3.6093), rel=1e-5
    )


def test_shares_and_counts_beside_scipy() -> None:
    for whole in (1, 7, 40, 300):
        for part in {0, 1, whole // 2, whole}:
            ours = wilson_interval(part, whole)
            theirs = stats.binomtest(part, whole).proportion_ci(method="wilson")
            assert ours[1:] == pytest.approx((theirs.low, theirs.high), abs=1e-12)
            exact = stats.binomtest(part, whole).proportion_ci(method="exact")
            value, low, high = rate_ratio_interval(whole - part, 2.0, part, 1.0)
            assert low == pytest.approx(2 * exact.low / (1 - exact.low))
            if part < whole:
                assert high == pytest.approx(2 * exact.high / (1 - exact.high))
            assert low <= value <= high
    for count in (0, 1, 4, 37):
        _, low, high = poisson_interval(count, 4.0)
        # The ends are where the tails of the distribution hold 2.5 %.
        assert stats.poisson.cdf(count, high * 4) == pytest.approx(0.025)
        if count:
            assert stats.poisson.sf(count - 1, low * 4) == pytest.approx(0.025)


def test_a_ratio_of_equal_clusters_is_a_mean_with_student_s_interval() -> None:
    hours = [0.2, 0.5, 0.4, 0.9]
    theirs = stats.t.interval(0.95, 3, loc=np.mean(hours), scale=stats.sem(hours))
    assert ratio_interval(hours, [1.0] * 4) == pytest.approx((0.5, *theirs))
    rng = np.random.default_rng(3)
    whole = rng.uniform(20, 60, 300)
    part = whole * rng.uniform(0, 1, 300)
    _, low, high = ratio_interval(part, whole)
    drawn = rng.integers(0, 300, (4000, 300))
    boot = percentile_interval(part[drawn].sum(axis=1) / whole[drawn].sum(axis=1))
    assert (low, high) == pytest.approx(boot, abs=0.006)


def test_what_is_not_known_is_nan() -> None:
    assert all(map(math.isnan, wilson_interval(0, 0)))
    assert all(map(math.isnan, poisson_interval(3, 0)))
    assert all(map(math.isnan, rate_ratio_interval(0, 1, 0, 1)))
    assert rate_ratio_interval(0, 1, 4, 1)[0] == math.inf
    value, low, _ = ratio_interval([2.0], [4.0])
    assert (value, math.isnan(low)) == (0.5, True)
    assert all(map(math.isnan, ratio_interval([], [])))
    assert all(map(math.isnan, percentile_interval(np.array([1.0, math.nan]))))
