"""Who stands where on one school day: an assignment, and why a post stays empty."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from zoning.errors import RecordError
from zoning.roster.term_problem import Bools, Ints, TermProblem
from zoning.units import counted, join_names


def assign_day(
    present: Bools,
    *,
    may_fill: Bools,
    needed: Bools,
    weights: Ints,
    home: Ints,
    keep: Ints | None = None,
    keep_first: bool = False,
) -> Ints:
    """Assign officers to the posts of one day.

    The least weight of posts stays empty; among such assignments the fewest posts are filled by
    another than their own officer, and among those the fewest differ from ``keep``. Each is
    exact: the three are one sum, in which no sum of the later ones outweighs an earlier one.

    Parameters
    ----------
    present
        Shape (officers,): who is there and not in class.
    may_fill
        Shape (officers, posts).
    needed, weights
        Shape (posts,): which posts are to be filled, and how much each counts.
    home
        Shape (officers,): the number of the own post, -1 for none.
    keep
        Shape (posts,): the officer of each post, -1 for none, to be kept where possible.
    keep_first
        Whether keeping comes before own posts, as when a roster that is known is changed; a post
        that somebody leaves empty then is a change too.

    Returns
    -------
    array
        Shape (posts,): the number of the officer, or -1.

    Raises
    ------
    RecordError
        If the arrays do not belong together.

    References
    ----------
    Crouse (2016), On implementing 2D rectangular assignment algorithms, IEEE Transactions on
    Aerospace and Electronic Systems 52(4): the algorithm of scipy.
    """
    officers, posts = may_fill.shape
    shapes = (present.shape, needed.shape, weights.shape, home.shape)
    if shapes != ((officers,), (posts,), (posts,), (officers,)):
        raise RecordError(
            "the day cannot be assigned",
            [f"{officers} officers and {posts} posts, but arrays of the shapes {shapes}"],
        )
    who, where = np.flatnonzero(present), np.flatnonzero(needed)
    found = np.full(posts, -1, dtype=np.int64)
    if not len(where):
        return found
    step = float(len(where) + 1)
    away_price, change_price = (1.0, step) if keep_first else (step, 1.0)
    cost = np.full((len(where), len(who)), away_price)
    cost[home[who][None, :] == where[:, None]] = 0.0
    if keep is not None:
        cost += change_price * (keep[where][:, None] != who[None, :])
    cost[~may_fill[np.ix_(who, where)].T] = np.inf
    # One place for each post to be empty, at a price above all moves and changes together.
    empty = np.full((len(where), len(where)), np.inf)
    price = weights[where] * step * step
    if keep is not None and keep_first:
        price += change_price * (keep[where] >= 0)
    np.fill_diagonal(empty, price)
    rows, columns = linear_sum_assignment(np.hstack([cost, empty]))
    is_filled = columns < len(who)
    found[where[rows[is_filled]]] = who[columns[is_filled]]
    return found


def explain_empty(
    problem: TermProblem, post: int, day: int, *, filled: Ints, in_class: Bools, available: Bools
) -> str:
    """Say why a post is empty on a day: the posts that compete for too few officers.

    From the empty post, alternating between who may stand there and where those stand, one
    reaches posts that together have fewer officers than they are (Hall, 1935).

    Parameters
    ----------
    filled
        Shape (posts,): the assignment of the day, of least weight empty.
    in_class
        Shape (officers,): who is in a class that takes the day.
    available
        Shape (officers,): who is there, in class or not.
    """
    present = available & ~in_class
    at = {int(n): p for p, n in enumerate(filled) if n >= 0}
    posts, queue = {post}, [post]
    officers: set[int] = set()
    while queue:
        p = queue.pop()
        for n in np.flatnonzero(present & problem.may_fill[:, p]).tolist():
            if n not in officers and n in at:
                officers.add(n)
                if at[n] not in posts:
                    posts.add(at[n])
                    queue.append(at[n])
    may = problem.may_fill[:, sorted(posts)].any(axis=1)
    where = (
        problem.post_ids[post]
        if len(posts) == 1
        else f"the {len(posts)} posts that compete for them"
    )
    away = np.flatnonzero(may & ~available).tolist()
    taught = np.flatnonzero(may & in_class & available).tolist()
    parts = [
        f"{counted(int(may.sum()), 'officer')} may stand at {where}",
        *([_named(problem, away, day)] if away else []),
        *([f"{_ids(problem, taught)} in class"] if taught else []),
        f"{len(officers)} left" if len(posts) > 1 else "nobody left",
    ]
    return "; ".join(parts)


def _ids(problem: TermProblem, officers: Sequence[int]) -> str:
    """Name up to three officers, and count more."""
    if len(officers) > 3:  # a sentence that a reader takes in at a glance
        return str(len(officers))
    return join_names([problem.officer_ids[n] for n in officers])


def _named(problem: TermProblem, away: Sequence[int], day: int) -> str:
    if len(away) > 3:
        return f"{len(away)} away"
    return ", ".join(f"{problem.officer_ids[n]} {problem.reason_away(n, day)}" for n in away)
