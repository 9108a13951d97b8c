"""What is empty on the day itself, when some officers are sick: an expectation, by simulation."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from zoning.errors import OptionError, typed
from zoning.roster.day_posts import assign_day
from zoning.roster.term import TermRoster, expected_with_sickness

_STREAM = 16
"""Keeps these random numbers apart from others of the same seed."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SicknessExpectation:
    """Posts empty after the officers of each day were assigned anew. Restricted.

    Attributes
    ----------
    planned
        Post-days that are empty in the plan.
    mean, low, high
        Post-days expected to be empty in a term, planned ones among them, and the 95 % interval
        of that mean, from the simulated terms.
    closed_form
        The same mean by formula, if every officer could stand at every post.
    terms
        How many terms were simulated.
    dates
        The school days of the term.
    post_days
        Post-days to be filled.
    empty
        Columns ``term``, ``date``, ``post_id``: what was empty.
    """

    planned: int
    mean: float
    low: float
    high: float
    closed_form: float
    terms: int
    dates: tuple[date, ...] = field(repr=False)
    post_days: int
    empty: pd.DataFrame = field(repr=False)

    def by_post(self) -> pd.Series[float]:
        """Days of a term on which each post is expected to be empty."""
        counts = self.empty.groupby("post_id").size() / self.terms
        return counts.rename("empty_days")

    def unfilled_on(self) -> dict[tuple[int, date], tuple[str, ...]]:
        """The empty posts of each simulated day, by term and date; days without any among them."""
        found: dict[tuple[int, date], tuple[str, ...]] = {
            (term + 1, day): () for term in range(self.terms) for day in self.dates
        }
        for term, day, post in self.empty.itertuples(index=False, name=None):
            found[term, day] += (post,)
        return found

    def __str__(self) -> str:
        share = 100 * self.mean / self.post_days if self.post_days else 0.0
        return (
            f"Planned empty: {self.planned:,} of {self.post_days:,} post-days. Expected with the "
            f"sick: {self.mean:,.1f} ({self.low:,.1f} to {self.high:,.1f}, 95 % interval of the "
            f"mean of {self.terms} simulated terms), {share:.2g} %."
        )


@typed
def simulate_sickness(
    roster: TermRoster, *, sick_share: float | None = None, terms: int = 20, seed: int = 0
) -> SicknessExpectation:
    """Simulate terms in which officers are sick, and assign each day anew.

    Each officer who is expected at work is sick on a day with the same chance, whatever happened
    the day before. On the day the officers who are left are assigned so that the least weight of
    posts is empty and the fewest posts change. Nobody is called out of a class.

    Parameters
    ----------
    sick_share
        The chance; that of the problem if None.
    terms
        How many terms; the interval is that of their mean.
    """
    problem = roster.problem
    share = problem.sick_share if sick_share is None else sick_share
    faults = [f"sick_share is {share}, not a share from 0 to 1"] if not 0 <= share <= 1 else []
    faults += [f"terms is {terms}, less than 2"] if terms < 2 else []
    if faults:
        raise OptionError("sickness cannot be simulated", faults)
    rng = np.random.default_rng([seed, _STREAM])
    present = roster.present
    counts = np.zeros(terms)
    rows = []
    for term in range(terms):
        sick = rng.random(present.shape) < share
        for d, day in enumerate(problem.dates):
            filled = roster.posts[:, d]
            if sick[filled[filled >= 0], d].any():
                filled = assign_day(
                    present[:, d] & ~sick[:, d],
                    may_fill=problem.may_fill,
                    needed=problem.needed[:, d],
                    weights=problem.weights,
                    home=problem.home,
                    keep=filled,
                    keep_first=True,
                )
            empty = np.flatnonzero(problem.needed[:, d] & (filled < 0)).tolist()
            counts[term] += len(empty)
            rows += [(term + 1, day, problem.post_ids[p]) for p in empty]
    mean = float(counts.mean())
    half = float(stdtrit(terms - 1, 0.975) * counts.std(ddof=1) / math.sqrt(terms))
    return SicknessExpectation(
        planned=int((problem.needed & (roster.posts < 0)).sum()),
        mean=mean,
        low=max(mean - half, 0.0),
        high=mean + half,
        closed_form=expected_with_sickness(roster, sick_share=share),
        terms=terms,
        dates=problem.dates,
        post_days=problem.post_days,
        empty=pd.DataFrame(rows, columns=["term", "date", "post_id"]),
    )
