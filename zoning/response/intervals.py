"""Figures of simulated school-days, with confidence intervals from batches of days."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

Floats = NDArray[np.float64]

BATCH: Final = 25
"""Days in a batch: its 100 moments cover the day evenly, so that batches are alike."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ResponseSample:
    """What the figures are computed of: the answer to a call from each building at many moments.

    Attributes
    ----------
    days
        School-days, ``len(response_s) / days`` moments each.
    response_s
        Shape (moments, buildings), sampled response, seconds; NaN if no officer answers.
    expected_s
        The same with dispatch, turnout and the spread of the drive at their means.
    weight
        Calls that each entry stands for, up to a factor; 0 if no officer answers.
    """

    days: int
    response_s: Floats
    expected_s: Floats
    weight: Floats
    _known: dict[tuple[int, tuple[int, ...]], dict[str, SampledFigure]] = field(
        repr=False, default_factory=dict
    )

    def figures(self, days: int, thresholds_s: Sequence[int]) -> dict[str, SampledFigure]:
        """The figures of the first days, kept: each is compared with several options."""
        key = days, tuple(thresholds_s)
        if key not in self._known:
            self._known[key] = sample_figures(self.first(days), thresholds_s)
        return self._known[key]

    def first(self, days: int) -> ResponseSample:
        """The sample of the first days."""
        looks = days * (len(self.response_s) // self.days)
        return ResponseSample(
            days=days,
            response_s=self.response_s[:looks],
            expected_s=self.expected_s[:looks],
            weight=self.weight[:looks],
        )

    def batch_sums(self, values: Floats) -> Floats:
        """Weighted sums of values, by batch of days, shape (batches,)."""
        looks = BATCH * (len(self.response_s) // self.days)
        products = np.where(self.weight > 0, self.weight * values, 0.0).sum(axis=1)
        return np.add.reduceat(products, np.arange(0, len(products), looks))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SampledFigure:
    """A figure, and the influence of each batch of days on it, whose mean is 0."""

    value: float
    influence: Floats

    @property
    def half_width(self) -> float:
        """Half the width of the 95 % confidence interval; ``inf`` from a single batch."""
        return half_width_of(self.influence)

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval."""
        half = self.half_width
        return self.value - half, self.value + half


def half_width_of(influence: Floats) -> float:
    """Half the width of the 95 % interval of a figure, by the influence of each batch."""
    n = len(influence)
    if n < 2:
        return math.inf
    return float(stdtrit(n - 1, 0.975) * influence.std(ddof=1) / math.sqrt(n))


def ratio(sample: ResponseSample, values: Floats) -> SampledFigure:
    """A weighted mean: the ratio of two sums over batches."""
    sums, weights = sample.batch_sums(values), sample.batch_sums(np.ones_like(values))
    if not weights.sum() > 0:
        return SampledFigure(value=math.nan, influence=np.full(len(sums), math.nan))
    value = sums.sum() / weights.sum()
    return SampledFigure(value=float(value), influence=(sums - value * weights) / weights.mean())


def mean_response(sample: ResponseSample) -> SampledFigure:
    """The mean response of a sample."""
    return ratio(sample, sample.expected_s)


def _quantile_figure(
    sample: ResponseSample, level: float, values: Floats, weights: Floats
) -> SampledFigure:
    """A percentile; its influence is that of the share below it over the density there."""
    value = _quantile(values, weights, level)
    share = ratio(sample, (sample.response_s <= value).astype(float))
    half = min(share.half_width, 0.5)
    low, high = (_quantile(values, weights, level + side * half) for side in (-1, 1))
    slope = (high - low) / (2 * half) if half > 0 else 0.0
    return SampledFigure(value=value, influence=-share.influence * slope)


def _sorted(values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """The values that count, ascending, and their cumulated shares."""
    counts = weights > 0
    values, weights = values[counts], weights[counts]
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    return values[order], reached / reached[-1] if len(reached) else reached


def _quantile(values: Floats, reached: Floats, level: float) -> float:
    if not len(values):
        return math.nan
    # Cumulated shares within this of a quantile count as reaching it (float rounding).
    at = int(np.searchsorted(reached, level - 1e-9))
    return float(values[min(at, len(values) - 1)])


def sample_figures(sample: ResponseSample, thresholds_s: Sequence[int]) -> dict[str, SampledFigure]:
    """Every figure of a sample, by its key."""
    ordered = _sorted(sample.response_s, sample.weight)
    return {
        "mean_s": mean_response(sample),
        "median_s": _quantile_figure(sample, 0.5, *ordered),
        "p90_s": _quantile_figure(sample, 0.9, *ordered),
    } | {
        f"share_within_{t}_s": ratio(sample, (sample.response_s <= t).astype(float))
        for t in thresholds_s
    }


def plain_figures(
    expected: Floats, response: Floats, weight: Floats, thresholds_s: Sequence[int]
) -> dict[str, float]:
    """The figures of entries, without intervals."""
    counts = weight > 0
    total = weight[counts].sum()
    if not total > 0:
        return dict.fromkeys(figure_keys(thresholds_s), math.nan)
    values, reached = _sorted(response, weight)
    return {
        "mean_s": float((weight[counts] * expected[counts]).sum() / total),
        "median_s": _quantile(values, reached, 0.5),
        "p90_s": _quantile(values, reached, 0.9),
    } | {
        f"share_within_{t}_s": float(reached[at - 1]) if at else 0.0
        for t, at in ((t, int(np.searchsorted(values, t, side="right"))) for t in thresholds_s)
    }


def figure_keys(thresholds_s: Sequence[int]) -> list[str]:
    """The figures' keys, in their order."""
    return ["mean_s", "median_s", "p90_s", *(f"share_within_{t}_s" for t in thresholds_s)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseDifference:
    """A figure of one option less that of another, on the same calls.

    Attributes
    ----------
    value
        The difference; below 0: the first is smaller.
    low, high
        Its 95 % confidence interval, from the differences of the same days.
    """

    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out 0; otherwise there is no clear difference."""
        return self.low > 0 or self.high < 0
