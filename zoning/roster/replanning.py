"""An absence that was not planned: the days of a roster planned again, with few changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from zoning.errors import RecordError, typed
from zoning.roster.attendance import LateNeed
from zoning.roster.attendance_program import class_days
from zoning.roster.term import LAYERS, TermRoster, assign_on, layer_row
from zoning.roster.term_problem import Bools, TrainingClass, TrainingNeed
from zoning.schools.school_names import nearest
from zoning.units import counted

CHANGES: Final = ("date", "what", "id", "was", "now")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Replanned:
    """A roster after an absence that was not planned. Restricted.

    Attributes
    ----------
    roster
        The roster with the absence.
    changes
        Columns `CHANGES`: ``what`` is post, class or duty, ``id`` its id, ``was`` and ``now`` the
        officer ('' for none).
    words
        What changes, one sentence each.
    """

    roster: TermRoster
    changes: pd.DataFrame
    words: tuple[str, ...]


@typed
def replan_roster(roster: TermRoster, away: Mapping[str, Collection[date]]) -> Replanned:
    """Plan the days on which officers are away that were to be there.

    Each day is an assignment in which the least weight of posts is empty, and then the fewest posts
    change hands; both are exact, for the classes as they are. A class that is missed is made up in
    a later one with a place, where the least is lost; duties go to the officer with the fewest.

    Parameters
    ----------
    away
        Dates by officer id, such as ``{"O-12": [date(2026, 9, 18)]}``; school days and dates of
        duties.

    Raises
    ------
    RecordError
        If an officer or a date is not in the roster; every fault in one error.
    """
    gone = _require_away(roster, away)
    desk = _Desk(roster, gone)
    for n in gone:
        desk.make_up_classes(n)
    for j in range(len(roster.problem.duties)):
        desk.replace_duty(j)
    desk.assign_days()
    changed = replace(
        roster,
        posts=desk.posts,
        attends=desk.attends,
        has_duty=desk.has_duty,
        available=desk.available,
        late=desk.late,
    )
    changes = _changes(roster, changed)
    posts_changed = float((changes["what"] == "post").sum())
    over = "all rosters with these classes"
    empty = float((changed.is_empty * roster.problem.weights[:, None]).sum())
    layers = [
        layer_row("posts empty", "post-days, by weight", empty, empty, over),
        layer_row("posts that change hands", "post-days", posts_changed, posts_changed, over),
    ]
    changed = replace(changed, layers=pd.DataFrame(layers, columns=list(LAYERS)))
    words = tuple(_change_words(roster, changed, changes))
    return Replanned(roster=changed, changes=changes, words=words)


def _require_away(roster: TermRoster, away: Mapping[str, Collection[date]]) -> dict[int, set[date]]:
    known = set(roster.problem.dates) | {duty.date for duty in roster.problem.duties}
    numbers, faults = roster.problem.officers, []
    found: dict[int, set[date]] = {}
    for officer, days in away.items():
        if officer not in numbers:
            near = nearest(str(officer), sorted(numbers))
            maybe = f" (did you mean {' or '.join(near)}?)" if near else ""
            faults.append(f"{officer!r} is no officer of the roster{maybe}")
        else:
            found[numbers[officer]] = set(days)
        faults += [
            f"{officer}: {day} is no school day of the roster, nor the date of a duty"
            for day in sorted(set(days) - known)
        ]
    if not away:
        faults.append("nobody is away")
    if faults:
        raise RecordError(
            "the absence cannot be planned", faults, "Give an officer's id and dates of the roster."
        )
    return found


class _Desk:
    """A roster in which absences are entered one by one."""

    def __init__(self, roster: TermRoster, gone: Mapping[int, set[date]]) -> None:
        self.roster, self.problem, self.gone = roster, roster.problem, gone
        self.posts, self.attends = roster.posts.copy(), roster.attends.copy()
        self.has_duty, self.available = roster.has_duty.copy(), roster.available.copy()
        self.late = roster.late
        number = self.problem.days
        for n, days in gone.items():
            for day in days:
                if day in number:
                    self.available[n, number[day]] = False
            for k, one in enumerate(roster.classes):
                if set(one.dates) & days:
                    self.attends[n, k] = False
            for j, duty in enumerate(self.problem.duties):
                if duty.date in days:
                    self.has_duty[n, j] = False

    @property
    def present(self) -> Bools:
        in_class = class_days(self.problem, self.roster.classes, self.attends)
        found: Bools = self.available & ~in_class
        return found

    def make_up_classes(self, n: int) -> None:
        """Find other classes for those that an officer misses; else the training is late."""
        missed = np.flatnonzero(self.roster.attends[n] & ~self.attends[n]).tolist()
        classes = self.roster.classes
        for need in self.problem.needs:
            lost = [k for k in missed if classes[k].programme == need.programme]
            if need.officer_id != self.problem.officer_ids[n] or not lost:
                continue
            after = min(*self.gone[n], *(min(classes[k].dates) for k in lost))
            while True:
                own = [classes[k] for k in np.flatnonzero(self.attends[n]).tolist()]
                if need.missing(own) == (0.0, ()):
                    break
                choice = self._best_class(n, need.missing(own), need.programme, after, need.due)
                if choice is None:
                    break
                self.attends[n, choice] = True
            own = [classes[k] for k in np.flatnonzero(self.attends[n]).tolist()]
            in_time = [one for one in own if max(one.dates) <= need.due]
            late = need.missing(in_time)
            if late != (0.0, ()):
                self._enter_late(n, need, late, own)

    def _enter_late(
        self,
        n: int,
        need: TrainingNeed,
        late: tuple[float, tuple[str, ...]],
        own: Iterable[TrainingClass],
    ) -> None:
        back = None
        if need.removes:
            done = list(own)
            if need.missing(done) == (0.0, ()):
                last = max(max(one.dates) for one in done if one.programme == need.programme)
                back = next((day for day in self.problem.dates if day > last), None)
            for d, day in enumerate(self.problem.dates):
                if day > need.due and (back is None or day < back):
                    self.available[n, d] = False
        entry = LateNeed(need=need, hours=late[0], topics=late[1], back_on=back)
        self.late = (*(one for one in self.late if one.need != need), entry)

    def _best_class(
        self,
        n: int,
        missing: tuple[float, tuple[str, ...]],
        programme: str,
        after: date,
        due: date,
    ) -> int | None:
        """The class with a place that empties the least weight of posts, the earliest among them.

        Classes in time come before later ones, of which the first is taken.
        """
        classes, number = self.roster.classes, self.problem.days
        mine = np.flatnonzero(self.attends[n]).tolist()
        busy = {day for k in mine for day in classes[k].dates}
        taken = {classes[k].course_id for k in mine} - {""}
        seats = self.attends.sum(axis=0)
        present = self.present
        best: tuple[bool, int, date, int] | None = None
        for k, one in enumerate(classes):
            on = [number[day] for day in one.dates if day in number]
            useful = missing[0] > 0 or set(missing[1]) & set(one.topics)
            if (
                one.programme != programme
                or not useful
                or min(one.dates) < after
                or set(one.dates) & (busy | self.gone[n])
                or one.course_id in taken
                or seats[k] >= one.size
                or not self.problem.available[n, on].all()
            ):
                continue
            is_late = max(one.dates) > due
            loss = (
                0
                if is_late or not one.takes_day
                else sum(self._loss(n, d, present[:, d]) for d in on)
            )
            found = (is_late, loss, max(one.dates), k)
            best = found if best is None or found < best else best
        return None if best is None else best[-1]

    def _loss(self, n: int, d: int, present: Bools) -> int:
        """Weight of posts that is empty on a day if an officer is not there."""
        if not present[n]:
            return 0
        without = present.copy()
        without[n] = False
        filled = assign_on(self.problem, without, d, keep=self.posts[:, d], keep_first=True)
        return int(self.problem.weights[self.problem.needed[:, d] & (filled < 0)].sum())

    def replace_duty(self, j: int) -> None:
        """Give the places of a duty that became free to the officers with the fewest duties."""
        problem, duty = self.problem, self.problem.duties[j]
        week = duty.date.isocalendar()[:2]
        before = int(self.roster.has_duty[:, j].sum())
        while self.has_duty[:, j].sum() < before:
            loads = problem.duties_before + self.has_duty.sum(axis=1)
            in_week = [i for i, o in enumerate(problem.duties) if o.date.isocalendar()[:2] == week]
            same_day = [i for i, o in enumerate(problem.duties) if o.date == duty.date]
            free = (
                problem.duty_available[:, j]
                & (self.has_duty[:, in_week].sum(axis=1) < problem.duties_a_week)
                & ~self.has_duty[:, same_day].any(axis=1)
            )
            for one in self.late:
                if one.need.removes and duty.date > one.need.due:
                    is_back = one.back_on is not None and duty.date >= one.back_on
                    free[problem.officers[one.need.officer_id]] &= is_back
            for n, days in self.gone.items():
                free[n] &= duty.date not in days
            if not free.any():
                return
            order = [(int(loads[n]), bool(problem.unwanted[n, j]), n) for n in np.flatnonzero(free)]
            self.has_duty[min(order)[-1], j] = True

    def assign_days(self) -> None:
        """Assign the days on which somebody else is present than before, with fewest changes."""
        present, before = self.present, self.roster.present
        for d in np.flatnonzero((present != before).any(axis=0)).tolist():
            self.posts[:, d] = assign_on(
                self.problem, present[:, d], d, keep=self.posts[:, d], keep_first=True
            )


def _changes(before: TermRoster, after: TermRoster) -> pd.DataFrame:
    problem = before.problem
    named = ("", *problem.officer_ids)
    rows: list[tuple[object, ...]] = [
        (problem.dates[d], "post", problem.post_ids[p], named[was + 1], named[now + 1])
        for d, p in np.argwhere((before.posts != after.posts).T).tolist()
        for was, now in [(int(before.posts[p, d]), int(after.posts[p, d]))]
    ]
    for what, old, new, items in (
        (
            "class",
            before.attends,
            after.attends,
            [(o.dates[0], o.class_id) for o in before.classes],
        ),
        ("duty", before.has_duty, after.has_duty, [(o.date, o.duty_id) for o in problem.duties]),
    ):
        for n, k in np.argwhere(old != new).tolist():
            officer = problem.officer_ids[n]
            was, now = (officer, "") if old[n, k] else ("", officer)
            rows.append((items[k][0], what, items[k][1], was, now))
    frame = pd.DataFrame(rows, columns=list(CHANGES))
    return frame.sort_values(["date", "what", "id", "was"], ignore_index=True)


def _change_words(before: TermRoster, after: TermRoster, changes: pd.DataFrame) -> Iterator[str]:
    posts = changes[changes["what"] == "post"]
    yield f"{counted(len(posts), 'post-day')} with another officer than before."
    for day, what, name, was, now in changes.itertuples(index=False, name=None):
        if what == "post":
            told = f"{now} stands there" if now else "nobody stands there"
            yield f"{day}: {name}: {told} instead of {was}." if was else f"{day}: {name}: {told}."
        elif what == "class":
            yield f"{day}: {was or now} {'misses' if was else 'is added to'} class {name}."
        else:
            yield f"{day}: {was or now} {'is off' if was else 'takes'} duty {name}."
    known = {(day, post) for day, posts_ in before.unfilled_on().items() for post in posts_}
    for day, post, reason in after.unfilled.itertuples(index=False, name=None):
        if (day, post) not in known:
            yield f"{day}: {post} is not filled: {reason}."
