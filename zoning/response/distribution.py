"""Response times as exact discrete mixtures: no sampling, no binning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

ROUNDING = 1e-9
"""Shares are sums of products of floats: this much short of a quantile or of all is there."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mixture:
    """A discrete distribution of seconds.

    Attributes
    ----------
    seconds
        Shape (k,), ascending, read-only.
    shares
        Shape (k,), probability of each value, summing to 1, read-only.
    """

    seconds: NDArray[np.float64]
    shares: NDArray[np.float64]

    @classmethod
    def of(cls, seconds: ArrayLike, weights: ArrayLike) -> Mixture:
        """The distribution of some values by their weights.

        Parameters
        ----------
        seconds
            Shape (k,), in any order.
        weights
            Shape (k,), none negative, at least one positive.
        """
        values = np.asarray(seconds, dtype=np.float64)
        shares = np.asarray(weights, dtype=np.float64)
        order = np.argsort(values, kind="stable")
        values, shares = values[order], shares[order] / shares.sum()
        values.flags.writeable = False
        shares.flags.writeable = False
        return cls(seconds=values, shares=shares)

    @classmethod
    def blend(cls, parts: Sequence[Mixture], weights: ArrayLike) -> Mixture:
        """The distribution of a value drawn from one part, chosen by weight."""
        chances = np.asarray(weights, dtype=np.float64)
        return cls.of(
            np.concatenate([part.seconds for part in parts]),
            np.concatenate(
                [part.shares * chance for part, chance in zip(parts, chances, strict=True)]
            ),
        )

    @property
    def mean(self) -> float:
        """Mean, in seconds."""
        return float(self.seconds @ self.shares)

    def quantile(self, share: float) -> float:
        """The smallest value that at least this share does not exceed, in seconds."""
        reached = np.cumsum(self.shares) >= share - ROUNDING
        return float(self.seconds[int(np.argmax(reached))])

    def share_within(self, seconds: float) -> float:
        """The share, 0 to 1, that takes at most so many seconds."""
        share = float(self.shares[self.seconds <= seconds + ROUNDING].sum())
        return 1.0 if share >= 1 - ROUNDING else share
