"""A roster of a term: who stands where on each school day, who is in class, who has extra duties.

Every layer of the objective states what the plan reaches and what no plan is below: needs of
training that are late, posts that stay empty, posts expected to be empty through sickness, how
evenly duties outside the school day are shared, and post-days filled by another than the post's
own officer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from zoning.errors import InternalError, typed
from zoning.roster.attendance import Attendance, LateNeed, plan_attendance
from zoning.roster.attendance_program import class_days, expected_empty, late_weight
from zoning.roster.day_posts import assign_day, explain_empty
from zoning.roster.extra_duties import share_duties
from zoning.roster.term_problem import Bools, Ints, TermProblem, TrainingClass
from zoning.units import counted

_ROUNDING: Final = 1e-6
ASSIGNMENTS: Final = ("date", "post_id", "officer_id")
TRAINING: Final = ("date", "class_id", "course_id", "programme", "hours", "officer_id")
DUTIES: Final = ("date", "duty_id", "officer_id")
UNFILLED: Final = ("date", "post_id", "reason")
LATE: Final = ("officer_id", "programme", "due", "hours", "topics", "is_removed", "back_on")
LAYERS: Final = ("layer", "unit", "value", "bound", "gap", "is_proved", "over")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TermRoster:
    """The roster of a term. Restricted: who stands where, who is away, which posts are empty.

    Attributes
    ----------
    problem
        What it was planned for.
    posts
        Shape (posts, dates): the number of the officer, -1 for none.
    classes, attends
        The classes, and who attends them; shape (officers, classes).
    has_duty
        Shape (officers, duties).
    available
        Shape (officers, dates): who is there, in class or not, and not removed.
    late
        Training that is not done in time.
    layers
        Columns `LAYERS`: ``value`` of the plan and ``bound`` below which no plan is that is as good
        in the layers before; ``gap`` is the share between them; ``over`` says of which plans.
    """

    problem: TermProblem
    posts: Ints = field(repr=False)
    classes: tuple[TrainingClass, ...] = field(repr=False)
    attends: Bools = field(repr=False)
    has_duty: Bools = field(repr=False)
    available: Bools = field(repr=False)
    late: tuple[LateNeed, ...] = field(repr=False)
    layers: pd.DataFrame = field(repr=False)

    def __repr__(self) -> str:
        days, empty = counted(len(self.problem.dates), "school day"), self.is_empty.sum()
        return f"TermRoster({days}, {counted(int(empty), 'post-day')} unfilled)"

    @property
    def is_empty(self) -> Bools:
        """Shape (posts, dates): posts that are to be filled and have nobody."""
        return self.problem.needed & (self.posts < 0)

    @property
    def assignments(self) -> pd.DataFrame:
        """Who stands where: columns `ASSIGNMENTS`, by date and post."""
        asked = self.problem
        rows = [
            (day, post, asked.officer_ids[self.posts[p, d]])
            for d, day in enumerate(asked.dates)
            for p, post in enumerate(asked.post_ids)
            if self.posts[p, d] >= 0
        ]
        return pd.DataFrame(rows, columns=list(ASSIGNMENTS))

    @property
    def training(self) -> pd.DataFrame:
        """Who is in class: columns `TRAINING`; hours of a class are spread over its dates."""
        rows = [
            (day, one.class_id, one.course_id, one.programme, one.hours / len(one.dates), officer)
            for k, one in enumerate(self.classes)
            for day in one.dates
            for n, officer in enumerate(self.problem.officer_ids)
            if self.attends[n, k]
        ]
        return pd.DataFrame(sorted(rows), columns=list(TRAINING))

    @property
    def duties(self) -> pd.DataFrame:
        """Who has duties outside the school day: columns `DUTIES`."""
        rows = [
            (duty.date, duty.duty_id, officer)
            for j, duty in enumerate(self.problem.duties)
            for n, officer in enumerate(self.problem.officer_ids)
            if self.has_duty[n, j]
        ]
        return pd.DataFrame(sorted(rows), columns=list(DUTIES))

    @property
    def reserve(self) -> pd.DataFrame:
        """Officers who are there and have no post, by day: columns ``date``, ``officer_id``."""
        rows = [
            (day, self.problem.officer_ids[n])
            for d, day in enumerate(self.problem.dates)
            for n in np.flatnonzero(self.present[:, d]).tolist()
            if n not in self.posts[:, d]
        ]
        return pd.DataFrame(rows, columns=["date", "officer_id"])

    @property
    def unfilled(self) -> pd.DataFrame:
        """Posts that nobody fills, and why: columns `UNFILLED`."""
        asked = self.problem
        in_class = class_days(asked, self.classes, self.attends)
        rows = [
            (
                asked.dates[d],
                asked.post_ids[p],
                explain_empty(
                    asked,
                    p,
                    d,
                    filled=self.posts[:, d],
                    in_class=in_class[:, d],
                    available=self.available[:, d],
                ),
            )
            for d, p in np.argwhere(self.is_empty.T).tolist()
        ]
        return pd.DataFrame(rows, columns=list(UNFILLED))

    @property
    def unfilled_duties(self) -> pd.DataFrame:
        """Duties with fewer officers than they take: ``date``, ``duty_id``, ``missing``."""
        rows = [
            (duty.date, duty.duty_id, duty.officers - int(self.has_duty[:, j].sum()))
            for j, duty in enumerate(self.problem.duties)
            if self.has_duty[:, j].sum() < duty.officers
        ]
        return pd.DataFrame(rows, columns=["date", "duty_id", "missing"])

    @property
    def late_training(self) -> pd.DataFrame:
        """Training that is not done in time: columns `LATE`."""
        rows = [
            (
                *(one.need.officer_id, one.need.programme, one.need.due, one.hours),
                *("; ".join(one.topics), one.need.removes, one.back_on),
            )
            for one in self.late
        ]
        return pd.DataFrame(rows, columns=list(LATE))

    @property
    def loads(self) -> pd.DataFrame:
        """What each officer does: ``post_days``, ``home_days``, ``class_days``, ``duties``."""
        asked = self.problem
        own = self.posts[asked.home] == np.arange(len(asked.officer_ids))[:, None]
        stands = [int((self.posts == n).sum()) for n in range(len(asked.officer_ids))]
        return pd.DataFrame(
            {
                "post_days": stands,
                "home_days": np.where(asked.home >= 0, own.sum(axis=1), 0),
                "class_days": class_days(asked, self.classes, self.attends).sum(axis=1),
                "duties": self.has_duty.sum(axis=1),
            },
            index=pd.Index(asked.officer_ids, name="officer_id"),
        )

    def unfilled_on(self) -> dict[date, tuple[str, ...]]:
        """The posts that nobody fills, by school day; days without any are there too."""
        asked, empty = self.problem, self.is_empty
        return {
            day: tuple(asked.post_ids[p] for p in np.flatnonzero(empty[:, d]).tolist())
            for d, day in enumerate(asked.dates)
        }

    @property
    def present(self) -> Bools:
        """Shape (officers, dates): who is there and not in class."""
        in_class = class_days(self.problem, self.classes, self.attends)
        found: Bools = self.available & ~in_class
        return found

    def describe(self) -> tuple[str, ...]:
        """Say what the roster reaches and what is proved, a sentence each."""
        return tuple(_describe(self))


@typed
def plan_roster(problem: TermProblem) -> TermRoster:
    """Plan the roster of a term.

    Who attends which class is decided for the whole term (`attendance`); given that, each day is
    an assignment of its own (`day_posts`), and duties outside the school day are a flow
    (`extra_duties`). A roster that cannot fill a post names it, with the reason.

    The same problem gives the same roster: no layer is ended by a clock.
    """
    found = plan_attendance(problem)
    in_class = class_days(problem, found.classes, found.attends)
    present = found.available & ~in_class
    posts = np.full(problem.needed.shape, -1, dtype=np.int64)
    keep: Ints | None = None
    for d in range(len(problem.dates)):
        posts[:, d] = assign_on(problem, present[:, d], d, keep=keep)
        # A post that was closed or empty keeps the officer before.
        keep = posts[:, d] if keep is None else np.where(posts[:, d] >= 0, posts[:, d], keep)
    removed = _removed_from_duties(problem, found)
    has_duty = share_duties(problem, removed=removed)
    roster = TermRoster(
        problem=problem,
        posts=posts,
        classes=found.classes,
        attends=found.attends,
        has_duty=has_duty,
        available=found.available,
        late=found.late,
        layers=pd.DataFrame(),
    )
    rows = list(_layers(roster, found))
    return replace(roster, layers=pd.DataFrame(rows, columns=list(LAYERS)))


def assign_on(
    problem: TermProblem, present: Bools, d: int, *, keep: Ints | None, keep_first: bool = False
) -> Ints:
    """Assign one school day of a term; see `assign_day`."""
    return assign_day(
        present,
        may_fill=problem.may_fill,
        needed=problem.needed[:, d],
        weights=problem.weights,
        home=problem.home,
        keep=keep,
        keep_first=keep_first,
    )


def _removed_from_duties(problem: TermProblem, found: Attendance) -> Bools:
    """Shape (officers, duties): officers whose state training is late then."""
    removed = np.zeros(problem.duty_available.shape, dtype=np.bool_)
    for one in found.late:
        if one.need.removes:
            n = problem.officers[one.need.officer_id]
            for j, duty in enumerate(problem.duties):
                is_back = one.back_on is not None and duty.date >= one.back_on
                removed[n, j] |= duty.date > one.need.due and not is_back
    return removed


def _layers(roster: TermRoster, found: Attendance) -> Iterator[tuple[object, ...]]:
    problem, filled = roster.problem, roster.posts >= 0
    if problem.needs:
        late = late_weight(problem, [one.need for one in found.late])
        yield layer_row("training late", "needs, by weight", late, found.late_bound, found.over)
    over = found.over + (", with the same training late and made up as here" if found.late else "")
    empty = float((roster.is_empty * problem.weights[:, None]).sum())
    yield layer_row("posts empty", "post-days, by weight", empty, found.empty_bound, over)
    if problem.sick_share > 0:
        sick = expected_with_sickness(roster)
        yield layer_row("expected empty with the sick", "post-days", sick, found.sick_bound, over)
    if problem.duties:
        # The flow is exact; its proof is of the maximum, the minimum and all between.
        loads = problem.duties_before + roster.has_duty.sum(axis=1)
        spread = float(loads.max() - loads.min()) if len(loads) else 0.0
        yield layer_row(
            "difference of duties between officers",
            "",
            spread,
            spread,
            "all plans of duties that fill as many places",
        )
    others = float((filled & ~_by_owner(roster)).sum())
    bound = _least_by_others(roster)
    words = "all rosters with as many post-days filled and this training"
    yield layer_row("posts filled by another", "post-days", others, min(bound, others), words)


def layer_row(name: str, unit: str, value: float, bound: float, over: str) -> tuple[object, ...]:
    """Make a row of `LAYERS`.

    Raises `InternalError` if a bound is above what a plan reaches: then it is none.
    """
    room = _ROUNDING * max(1.0, abs(value))
    if bound > value + room:
        raise InternalError(f"{name}: the bound {bound} is above the plan's {value}")
    bound = min(bound, value)
    proved = value - bound <= room
    gap = 0.0 if proved else (value - bound) / value
    return name, unit, value, bound, gap, proved, over


def _by_owner(roster: TermRoster) -> Bools:
    """Shape (posts, dates): whether an officer whose own post it is stands there."""
    home = np.append(roster.problem.home, -2)  # the last, which -1 finds, is nobody's
    found: Bools = home[roster.posts] == np.arange(len(roster.problem.post_ids))[:, None]
    return found


def _least_by_others(roster: TermRoster) -> float:
    """Post-days that another than the own officer fills in every roster with these classes.

    On each day at most as many posts have their own officer as own officers are there, and as
    many are filled as in the plan, which is the most.
    """
    problem, present = roster.problem, roster.present
    has = np.flatnonzero(problem.home >= 0)
    owned = np.zeros(problem.needed.shape, dtype=np.bool_)
    np.logical_or.at(owned, problem.home[has], present[has])
    own = (owned & problem.needed).sum(axis=0)
    filled = (roster.posts >= 0).sum(axis=0)
    return float(np.maximum(filled - own, 0).sum())


def expected_with_sickness(roster: TermRoster, *, sick_share: float | None = None) -> float:
    """Post-days expected to be empty when each officer present is sick with the same chance.

    In closed form, with every officer able to stand at every post; `simulate_sickness` has the
    posts that officers may fill.
    """
    problem = roster.problem
    share = problem.sick_share if sick_share is None else sick_share
    present = roster.present[problem.may_fill.any(axis=1)].sum(axis=0)
    needed = problem.needed.sum(axis=0)
    return sum(expected_empty(int(a), int(b), share) for a, b in zip(present, needed, strict=True))


def _describe(roster: TermRoster) -> Iterator[str]:
    problem, unfilled = roster.problem, roster.is_empty
    filled = problem.post_days - int(unfilled.sum())
    yield (
        f"{filled:,} of {counted(problem.post_days, 'post-day')} filled on "
        f"{counted(len(problem.dates), 'school day')} by "
        f"{counted(len(problem.officer_ids), 'officer')}."
    )
    for name, unit, value, bound, gap, proved, over in roster.layers.itertuples(
        index=False, name=None
    ):
        proof = (
            f"proved the least of {over}"
            if proved
            else (
                f"at least {bound:,.5g} in {over}, so the best is at most {100 * gap:.2g} % lower"
            )
        )
        yield " ".join(f"{name.capitalize()}: {value:,.5g} {unit}".split()) + f", {proof}."
    for one in roster.late:
        topics = f", topics {', '.join(one.topics)}" if one.topics else ""
        then = (
            ("back on " + one.back_on.isoformat() if one.back_on else "not back in this term")
            if one.need.removes
            else "a flag only"
        )
        yield (
            f"{one.need.officer_id}: {one.hours:g} hours of {one.need.programme} training{topics} "
            f"missing after {one.need.due}; {then}."
        )
