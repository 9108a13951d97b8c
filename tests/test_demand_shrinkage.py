"""Empirical Bayes against published examples, scipy's distributions and a brute-force search."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.optimize import minimize

from zoning.demand.shrinkage import shrink_rates, shrink_shares
from zoning.demand.sources import chapman

# Efron and Hastie (2016), Computer Age Statistical Inference, table 6.1: claims of 9,461 policies
# in a year, and the next year's as a fitted gamma prior expects them.
CLAIMS = (7840, 1317, 239, 42, 14, 4, 4, 1)
NEXT_YEAR = (0.164, 0.398, 0.633, 0.87, 1.10, 1.34, 1.57)
# Gaver and O'Muircheartaigh (1987), doi 10.1080/00401706.1987.10488178: failures of ten pumps and
# thousands of hours.
FAILURES = (5, 1, 5, 14, 3, 19, 1, 1, 4, 22)
HOURS = (94.32, 15.72, 62.88, 125.76, 5.24, 31.44, 1.048, 1.048, 2.096, 10.48)


def test_claims_of_policies_as_published() -> None:
    counts = np.repeat(np.arange(len(CLAIMS)), CLAIMS)
    found = shrink_rates(counts, 1.0, np.ones(len(counts)))
    of_each = [found.mean[counts == k][0] for k in range(len(NEXT_YEAR))]
    assert of_each == pytest.approx(NEXT_YEAR, abs=0.006)
    # Robbins (1956) needs no prior: (k + 1) times how many have k + 1, by how many have k.
    robbins = [(k + 1) * CLAIMS[k + 1] / CLAIMS[k] for k in range(2)]
    assert of_each[:2] == pytest.approx(robbins, abs=0.04)


def test_pumps_of_unequal_exposure_as_published() -> None:
    """The manual of NIMBLE, section on MCEM, gives 0.8221657 and 1.2589865 for these pumps."""
    found = shrink_rates(FAILURES, HOURS, np.ones(10))
    prior_mean = found.scale * sum(FAILURES) / sum(HOURS)
    assert found.strength == pytest.approx(0.822, abs=5e-4)
    assert found.strength / prior_mean == pytest.approx(1.259, abs=5e-4)
    shape, rate = found.strength + np.array(FAILURES), found.strength / prior_mean + np.array(HOURS)
    posterior = stats.gamma(shape, scale=1 / rate)
    assert found.mean == pytest.approx(posterior.mean())
    assert found.sd == pytest.approx(posterior.std())
    assert found.low == pytest.approx(posterior.ppf(0.05))
    assert found.high == pytest.approx(posterior.ppf(0.95))


def test_no_other_prior_makes_the_counts_more_likely() -> None:
    """Nelder and Mead over both parameters of scipy's negative binomial."""
    rng = np.random.default_rng(3)
    expected, exposure = rng.uniform(0.2, 3.0, 25), rng.uniform(50, 300, 25)
    counts = rng.poisson(rng.gamma(2.0, 0.5, 25) * expected * exposure * 0.05)
    found = shrink_rates(counts, exposure, expected)

    def unlikely(logs: np.ndarray) -> float:
        strength, each = np.exp(logs[0]), np.exp(logs[1]) * expected * exposure
        return -float(stats.nbinom.logpmf(counts, strength, strength / (strength + each)).sum())

    each = found.scale * counts.sum() / (expected * exposure).sum()
    best = minimize(unlikely, [1.0, np.log(each)], method="Nelder-Mead", options={"fatol": 1e-9})
    assert np.exp(best.x) == pytest.approx([found.strength, each], rel=1e-3)
    assert (found.mean * exposure).sum() == pytest.approx(counts.sum(), rel=1e-9)


def test_one_bad_month_at_a_small_school_does_not_rule() -> None:
    """Schools of 1,000 students have 20 calls or so in 20 days; one of 50 had 6."""
    counts, students = [12, 30, 18, 28, 13, 6], [1000, 1000, 1000, 1000, 1000, 50]
    found = shrink_rates(counts, 20.0, students)
    assert 1.07 / 20 < found.mean[-1] < 0.75 * 6 / 20
    assert found.mean[:5] == pytest.approx(np.array(counts[:5]) / 20, rel=0.2)
    assert found.low[-1] < found.mean[-1] < found.high[-1]


@pytest.mark.parametrize("counts", [[3, 3, 3], [5]])
def test_places_that_differ_by_chance_alone_get_what_is_expected(counts: list[int]) -> None:
    found = shrink_rates(counts, 2.0, np.ones(len(counts)))
    assert np.isinf(found.strength)
    assert found.mean == pytest.approx(np.array(counts) / 2)
    total = stats.gamma(sum(counts))
    share = np.array([total.ppf(0.05), total.ppf(0.95)]) / sum(counts)
    assert [found.low[0], found.high[0]] == pytest.approx(share * found.mean[0])


def test_intervals_hold_the_true_rate_about_as_often_as_they_say() -> None:
    """60 districts of 40 buildings drawn from the model; the counts alone are farther off."""
    rng = np.random.default_rng(11)
    inside, off, off_counted = [], 0.0, 0.0
    for _ in range(60):
        expected = rng.uniform(0.3, 2.0, 40)
        true = 0.1 * expected * rng.gamma(3.0, 1 / 3, 40)
        counts = rng.poisson(30 * true)
        found = shrink_rates(counts, 30.0, expected)
        inside.append((found.low <= true) & (true <= found.high))
        off += float(((found.mean - true) ** 2).sum())
        off_counted += float(((counts / 30 - true) ** 2).sum())
    assert 0.85 < np.mean(inside) < 0.93
    assert off < 0.75 * off_counted


def test_hours_are_drawn_towards_the_districts() -> None:
    """The strength against a search with scipy's Dirichlet-multinomial."""
    rng = np.random.default_rng(5)
    prior = np.array([0.1, 0.2, 0.4, 0.3])
    counts = pd.DataFrame(
        [rng.multinomial(n, rng.dirichlet(6 * prior)) for n in rng.integers(0, 40, 30)]
    )
    shares, strength = shrink_shares(counts, pd.DataFrame([prior] * 30))

    def unlikely(log: np.ndarray) -> float:
        law = stats.dirichlet_multinomial
        rows = counts.to_numpy()
        return -float(sum(law.logpmf(r, np.exp(log[0]) * prior, r.sum()) for r in rows))

    best = minimize(unlikely, [1.0], method="Nelder-Mead")
    assert strength == pytest.approx(float(np.exp(best.x[0])), rel=1e-3)
    total = counts.sum(axis=1)
    by_hand = counts.add(strength * prior).div(total + strength, axis=0)
    assert shares.to_numpy() == pytest.approx(by_hand.to_numpy())


def test_hours_that_are_alike_are_the_districts() -> None:
    prior = pd.DataFrame([[0.5, 0.5, 0.0]] * 2)
    shares, strength = shrink_shares(pd.DataFrame([[5, 5, 0], [4, 4, 0]]), prior)
    assert np.isinf(strength)
    assert shares.equals(prior)


def test_capture_and_recapture_by_hand() -> None:
    """Chapman (1951): (24 + 1)(30 + 1)/(9 + 1) - 1, and Seber's (1970) variance."""
    estimate, low, high = chapman(24, 30, 9)
    assert estimate == pytest.approx(25 * 31 / 10 - 1)
    variance = 25 * 31 * 15 * 21 / (10**2 * 11)
    unseen = estimate - 45
    factor = np.exp(1.959964 * np.sqrt(np.log(1 + variance / unseen**2)))
    assert [low, high] == pytest.approx([45 + unseen / factor, 45 + unseen * factor])
    assert chapman(20, 20, 20) == (20.0, 20.0, 20.0)
    assert np.isnan(chapman(30, 30, 6)).all()


def test_intervals_of_capture_and_recapture_hold_the_truth() -> None:
    """300 draws of 120 calls, of which two sources have 60 and 70 %."""
    rng = np.random.default_rng(2)
    one, other = (rng.random((300, 120)) < share for share in (0.6, 0.7))
    drawn = zip(one.sum(axis=1), other.sum(axis=1), (one & other).sum(axis=1), strict=True)
    found = np.array([chapman(int(a), int(b), int(c)) for a, b, c in drawn])
    assert 0.91 < np.mean((found[:, 1] <= 120) & (found[:, 2] >= 120)) < 0.99
    assert found[:, 0].mean() == pytest.approx(120, abs=1.0)
