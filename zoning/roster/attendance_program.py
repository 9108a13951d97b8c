"""The integer program of who attends which class, and what that leaves of the posts."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array
from scipy.special import bdtr

from zoning.roster.term_problem import Bools, Course, TermProblem, TrainingClass, TrainingNeed

Floats = NDArray[np.float64]

_NODES: Final = 1_000
"""Limit of branch-and-bound nodes of a layer. Not a clock, so that the same input gives the same
roster; 55 officers and 175 days need one node."""
_GAP: Final = 1e-6
_ROUNDING: Final = 1e-6  # solvers keep rows and whole numbers to about this
_OPTIMAL, _INFEASIBLE = 0, 2  # the status of scipy's milp


def class_days(problem: TermProblem, classes: Sequence[TrainingClass], attends: Bools) -> Bools:
    """Shape (officers, dates): who is in a class that takes the day."""
    found = np.zeros(problem.available.shape, dtype=np.bool_)
    number = problem.days
    for k, one in enumerate(classes):
        for day in one.dates if one.takes_day else ():
            if day in number:
                found[attends[:, k], number[day]] = True
    return found


@cache
def expected_empty(present: int, needed: int, sick_share: float) -> float:
    """Posts expected to be empty when each officer present is sick with the same chance.

    Every officer is taken to be able to stand at every post: the mean of how many more posts than
    officers there are, the number of the sick being binomial.
    """
    sick = np.arange(present + 1)
    chance = np.diff(bdtr(sick, present, sick_share), prepend=0.0)
    return float(chance @ np.maximum(needed - present + sick, 0))


def late_weight(problem: TermProblem, late: Iterable[TrainingNeed]) -> int:
    """The weight of late needs: one that removes an officer counts more than all that do not."""
    flags = sum(not need.removes for need in problem.needs)
    return sum(flags + 1 if need.removes else 1 for need in late)


def fewest_classes(
    need: TrainingNeed, classes: Iterable[TrainingClass | Course], *, apart: int = 0
) -> int:
    """The fewest classes that can do what is missing; ``apart``: the most topics of a class."""
    own = [one for one in classes if one.programme == need.programme]
    if not own:
        return 1 if need.hours or need.topics else 0
    hours = math.ceil(need.hours / max(one.hours for one in own) - _ROUNDING)
    topics = max((len(set(one.topics) & set(need.topics)) for one in own), default=0)
    topics = min(topics, apart) if apart else topics
    return max(hours, math.ceil(len(need.topics) / topics) if topics else 0)


@dataclass(slots=True, eq=False)
class _Rows:
    """Rows and columns of an integer program."""

    upper: list[float] = field(default_factory=list)
    is_whole: list[bool] = field(default_factory=list)
    at: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def column(self, upper: float = 1.0, *, is_whole: bool = False) -> int:
        self.upper.append(upper)
        self.is_whole.append(is_whole)
        return len(self.upper) - 1

    def row(
        self, terms: Mapping[int, float], *, low: float = -math.inf, high: float = math.inf
    ) -> None:
        self.at += [len(self.low)] * len(terms)
        self.columns += terms.keys()
        self.values += terms.values()
        self.low.append(low)
        self.high.append(high)

    def solve(self, costs: Mapping[int, float]) -> tuple[Floats | None, float, bool]:
        """Minimise; the values (None: none found), a bound, and whether it is impossible."""
        if not self.upper:
            return np.zeros(0), 0.0, False
        price = np.zeros(len(self.upper))
        price[list(costs)] = list(costs.values())
        shape = len(self.low), len(self.upper)
        table = coo_array((self.values, (self.at, self.columns)), shape=shape).tocsr()
        found = milp(
            price,
            integrality=np.array(self.is_whole, dtype=np.int64),
            bounds=Bounds(0, np.array(self.upper)),
            constraints=LinearConstraint(table, self.low, self.high) if self.low else (),
            options={"node_limit": _NODES, "mip_rel_gap": _GAP},
        )
        if found.status == _INFEASIBLE:
            return None, math.inf, True
        if found.status == _OPTIMAL and not any(self.is_whole):  # no bound of an LP
            return found.x, float(found.fun), False
        bound = found.mip_dual_bound
        return found.x, (-math.inf if bound is None else float(bound)), False


class AttendanceProgram:
    """Officers in classes, and what they leave of the posts."""

    def __init__(
        self,
        problem: TermProblem,
        classes: Sequence[TrainingClass],
        needs: Sequence[TrainingNeed],
        *,
        rooms: int,
        available: Bools | None = None,
        fixed: Bools | None = None,
    ) -> None:
        self.problem, self.classes, self.needs = problem, classes, needs
        self.shape = len(problem.officer_ids), len(classes)
        self.fixed = np.zeros(self.shape, dtype=np.bool_) if fixed is None else fixed
        in_class = class_days(problem, classes, self.fixed)
        self.available = (problem.available if available is None else available) & ~in_class
        self.rows = _Rows()
        self.pairs: dict[tuple[int, int], int] = {}
        self.late: dict[TrainingNeed, int] = {}
        self._add_needs()
        self._add_places(rooms)

    def _add_needs(self) -> None:
        problem, rows = self.problem, self.rows
        number = problem.days
        by_programme: dict[str, list[int]] = defaultdict(list)
        for k, one in enumerate(self.classes):
            by_programme[one.programme].append(k)
        on = [[number[day] for day in one.dates if day in number] for one in self.classes]
        busy: dict[int, set[date]] = defaultdict(set)
        for n, k in np.argwhere(self.fixed).tolist():
            busy[n].update(self.classes[k].dates)
        for need in self.needs:
            n = problem.officers[need.officer_id]
            own = [
                k
                for k in by_programme[need.programme]
                if max(self.classes[k].dates) <= need.due
                and problem.available[n, on[k]].all()
                and busy[n].isdisjoint(self.classes[k].dates)
                and (need.hours > 0 or set(need.topics) & set(self.classes[k].topics))
            ]
            for k in own:
                self.pairs[n, k] = rows.column(is_whole=True)
            late = self.late[need] = rows.column(is_whole=True)
            if need.hours > 0:
                terms = {self.pairs[n, k]: self.classes[k].hours for k in own}
                rows.row({**terms, late: need.hours}, low=need.hours - _ROUNDING)
            for topic in need.topics:
                terms = {self.pairs[n, k]: 1.0 for k in own if topic in self.classes[k].topics}
                rows.row({**terms, late: 1.0}, low=1)
            fewest = fewest_classes(need, [self.classes[k] for k in own], apart=self._most_topics())
            if fewest > 1:
                rows.row({**{self.pairs[n, k]: 1.0 for k in own}, late: fewest}, low=fewest)
            courses = defaultdict(list)
            for k in own:
                courses[self.classes[k].course_id].append(self.pairs[n, k])
            for course, same in courses.items():
                if course and len(same) > 1:
                    rows.row(dict.fromkeys(same, 1.0), high=1)

    def _most_topics(self) -> int:
        """Most topics of one class: a class that stands for any teaches no more of them."""
        every: tuple[TrainingClass | Course, ...] = (*self.problem.classes, *self.problem.courses)
        return max((len(one.topics) for one in every), default=0)

    def _add_places(self, rooms: int) -> None:
        problem, rows = self.problem, self.rows
        of_class: dict[int, list[int]] = defaultdict(list)
        of_day: dict[tuple[int, date], list[int]] = defaultdict(list)
        in_rooms: dict[date, list[int]] = defaultdict(list)
        for (n, k), column in self.pairs.items():
            of_class[k].append(column)
            for day in self.classes[k].dates:
                of_day[n, day].append(column)
            if k >= len(self.classes) - rooms:
                in_rooms[self.classes[k].dates[0]].append(column)
        taken = self.fixed.sum(axis=0)
        for k, columns in of_class.items():
            size = self.classes[k].size - taken[k]
            if len(columns) > size:
                rows.row(dict.fromkeys(columns, 1.0), high=size)
        for columns in of_day.values():
            if len(columns) > 1:
                rows.row(dict.fromkeys(columns, 1.0), high=1)
        seats = max((one.size for one in problem.courses), default=0) * problem.classes_a_day
        for columns in in_rooms.values():
            rows.row(dict.fromkeys(columns, 1.0), high=seats)

    def fewest_late(self) -> tuple[list[TrainingNeed], Bools, float]:
        """The needs that are late, an attendance for the others, and the least weight late."""
        weights = {
            column: float(late_weight(self.problem, [need])) for need, column in self.late.items()
        }
        values, bound, _ = self.rows.solve(weights)
        if values is None:  # the search ended early: everything late is an answer
            return list(self.needs), np.zeros(self.shape, dtype=np.bool_), 0.0
        late = [need for need, column in self.late.items() if values[column] > 0.5]
        attends = self._attends(values)
        for need in late:  # it may be in classes at no cost, which do not bring it in time
            own = [k for k, one in enumerate(self.classes) if one.programme == need.programme]
            attends[self.problem.officers[need.officer_id], own] = False
        return late, attends, _whole(bound)

    def _attends(self, values: Floats) -> Bools:
        found = np.zeros(self.shape, dtype=np.bool_)
        for (n, k), column in self.pairs.items():
            found[n, k] = values[column] > 0.5
        return found

    def spare_posts(
        self, *, start: Bools | None = None, empty_at_most: float | None = None
    ) -> tuple[Bools, float, float]:
        """An attendance of least weight empty, then of fewest post-days expected empty.

        Parameters
        ----------
        start
            An attendance that keeps the rows, for a search that ends early.
        empty_at_most
            The weight that may be empty, if it is known already.

        Returns
        -------
        attends, empty_bound, sick_bound
        """
        rows = self.rows
        for column in self.late.values():
            rows.upper[column] = 0.0
        empty = self._add_empty()
        best = np.zeros(self.shape, dtype=np.bool_) if start is None else start & ~self.fixed
        values, bound, _ = rows.solve(empty)
        empty_bound = _whole(bound)
        if values is not None:
            best = self._attends(values)
            reached = sum(price * values[column] for column, price in empty.items())
            empty_at_most = max(float(round(reached)), empty_at_most or 0.0)
        if empty and empty_at_most is not None:
            rows.row(empty, high=empty_at_most + _ROUNDING)
        costs, base = self._add_sick()
        values, bound, _ = rows.solve(costs)
        if values is not None:
            best = self._attends(values)
        return best, empty_bound, max(bound, 0.0) + base  # one more officer in class costs no less

    def _in_class(self) -> dict[int, dict[int, list[int]]]:
        """By day and officer the columns of classes that take the day from a post.

        Whoever is removed until training is done leaves no post for a class.
        """
        number = self.problem.days
        found: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        for (n, k), column in self.pairs.items():
            for day in self.classes[k].dates if self.classes[k].takes_day else ():
                if day in number and self.available[n, number[day]]:
                    found[number[day]][n].append(column)
        return found

    def _add_empty(self) -> dict[int, float]:
        """Columns of empty posts with their weights.

        Officers who may fill the same posts are one kind, and posts of one weight that the same
        officers may fill are one group, so a day is a transport problem of a few rows.
        """
        problem, rows = self.problem, self.rows
        in_class = self._in_class()
        kinds, kind_of = np.unique(problem.may_fill, axis=0, return_inverse=True)
        column_of = np.vstack([problem.weights[None, :], kinds])
        groups, group_of = np.unique(column_of, axis=1, return_inverse=True)
        may: Bools = groups[1:] > 0
        kind_of, group_of = kind_of.ravel(), group_of.ravel()
        costs: dict[int, float] = {}
        for d in range(len(problem.dates)):
            needed = np.bincount(group_of, problem.needed[:, d], minlength=groups.shape[1])
            present = np.bincount(kind_of, self.available[:, d], minlength=len(kinds))
            taught: dict[int, list[int]] = defaultdict(list)
            for n, columns in in_class[d].items():
                taught[int(kind_of[n])] += columns
            can_stand = [
                (a, g)
                for a in range(len(kinds))
                for g in range(groups.shape[1])
                if may[a, g] and needed[g]
            ]
            stand = {pair: rows.column(float(needed[pair[1]])) for pair in can_stand}
            for g in range(groups.shape[1]):
                if needed[g]:
                    empty = rows.column(float(needed[g]))
                    costs[empty] = float(groups[0, g])
                    filled = {stand[pair]: 1.0 for pair in can_stand if pair[1] == g}
                    rows.row({**filled, empty: 1.0}, low=float(needed[g]))
            for a in range(len(kinds)):
                own = {stand[pair]: 1.0 for pair in can_stand if pair[0] == a}
                if own:
                    away = dict.fromkeys(taught[a], 1.0)
                    rows.row({**own, **away}, high=float(present[a]))
        return costs

    def _add_sick(self) -> tuple[dict[int, float], float]:
        """Columns of officers in class on a day, by what one more of them costs."""
        problem, rows = self.problem, self.rows
        can_stand = np.array(problem.may_fill.any(axis=1), dtype=np.bool_)
        in_class = self._in_class()
        costs: dict[int, float] = {}
        base = 0.0
        for d in range(len(problem.dates)):
            needed = int(problem.needed[:, d].sum())
            present = int((self.available[:, d] & can_stand).sum())
            base += expected_empty(present, needed, problem.sick_share)
            taught = {n: columns for n, columns in in_class[d].items() if can_stand[n]}
            most = min(len(taught), present)
            steps = {}
            for more in range(1, most + 1):
                column = rows.column()
                steps[column] = -1.0
                costs[column] = expected_empty(
                    present - more, needed, problem.sick_share
                ) - expected_empty(present - more + 1, needed, problem.sick_share)
            if steps:
                terms = {column: 1.0 for columns in taught.values() for column in columns}
                rows.row({**terms, **steps}, low=0, high=0)
        return costs, base


def _whole(bound: float) -> float:
    """Round a bound on a whole number up, and one that says nothing to 0."""
    return float(max(math.ceil(bound - _ROUNDING), 0)) if math.isfinite(bound) else 0.0
