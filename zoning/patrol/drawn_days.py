"""Draw days at random that meet as many presences as the planned day, within some driving."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice, pairwise
from typing import Annotated, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from zoning.errors import ScheduleError
from zoning.patrol.day_problem import (
    DayProblem,
    Ints,
    PlannedDay,
    Stop,
    WishedPresence,
    latest_departure,
    met_presences,
)
from zoning.patrol.drawing_loops import (
    DayNumbers,
    Manner,
    Tasks,
    draw_one,
    latest_ready,
    least_driving,
)
from zoning.settings import HIDDEN, MINUTES, PERCENT, Setting, settings

Floats = NDArray[np.float64]

_MOST_TASKS: Final = 12
"""A larger group keeps the planned day's order in parts of this size: each doubles the sets."""

_MOST_SETS: Final = 16
"""Sets of presences of one group that are drawn from; there can be hundreds as good."""

_MOST_TABLES: Final = 256
"""Tables of latest moments that are kept for other draws; one is some 100 kB."""

_THRIFTS: Final = (0.0, 1.0, 2.0, 3.0, 4.0, 6.0)
"""How much detours count in the tries of a day; above 6 far buildings are hardly visited."""

_THRIFTY: Final = 4.0
"""From here on the presences are those of the planned day, which are near one another."""

_TRIES: Final = (24, 24, 24, 24, 24, 400)
"""Tries of each thrift; of the last, 1 of 40 kept the bound in a real zone of far buildings."""

_LONGEST_WAIT: Final = 1.5
"""Longest stay to save driving, in longest stays: a zone where the planned day stays as long as
it may has no other way to drive as little. A default of ours."""


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class DrawAssumptions:
    """How unpredictable days are drawn and measured; every figure is a default, none is a fact.

    Attributes
    ----------
    extra_driving
        Most driving of a drawn day beyond that of the planned day, as a share of it; may be
        negative. Default 10 %.
    spread
        Chance in the choice of the next building: how much longer a building must have waited
        to be chosen e times as often, in rounds of the zone. Default 0.3; see the decision on
        unpredictable days for what less and more does.
    intruder_s
        How long an intruder needs to be undisturbed at a building. Default 10 minutes.
    sampled_days
        Days that are drawn to measure what an observer learns. Default 500.

    Raises
    ------
    ScheduleError
        If any value makes no sense; every fault in one error.
    """

    extra_driving: Annotated[
        float,
        Setting(
            meaning="Most driving of a drawn day beyond that of the planned day.",
            unit=PERCENT,
            at_least=-50,
            at_most=300,
            restricted=True,
        ),
    ] = 0.10
    spread: Annotated[
        float,
        Setting(
            meaning="Chance in the choice of the next building: how much longer a building must "
            "have waited to be chosen 2.7 times as often, in rounds of the zone.",
            above=0,
            at_most=100,
            restricted=True,
        ),
    ] = 0.3
    intruder_s: Annotated[
        int,
        Setting(
            meaning="How long an intruder needs to be undisturbed at a building.",
            unit=MINUTES,
            above=0,
            restricted=True,
        ),
    ] = 600
    sampled_days: Annotated[int, HIDDEN] = 500

    def __post_init__(self) -> None:
        faults = []
        if not -0.5 <= self.extra_driving <= 3:
            faults.append(f"extra_driving is {self.extra_driving}, not between -0.5 and 3")
        if not 0 < self.spread <= 100:
            faults.append(f"spread is {self.spread}, not above 0 and at most 100")
        if self.intruder_s <= 0:
            faults.append(f"intruder_s is {self.intruder_s} s, not above 0")
        if self.sampled_days < 1:
            faults.append(f"sampled_days is {self.sampled_days}, less than 1")
        if faults:
            raise ScheduleError("the assumptions of unpredictable days cannot be used", faults)


class RandomSource(Protocol):
    """What a day is drawn with: a numpy ``Generator``, or the stream of a `PatrolKey`."""

    def random(self, size: int, /) -> Floats:
        """Independent numbers from 0 to 1, 1 excluded."""


def driving_s(problem: DayProblem, stops: Sequence[Stop]) -> int:
    """Seconds of driving of a timetable, with the drives from and to the base.

    A drive begins at the departure of the stop before; if that would not arrive in time, or at
    the base, at the latest moment that does.
    """
    begins, drive = problem.period_begins_s, problem.drives_with_base()
    base = problem.size
    first, last = stops[0], stops[-1]
    seconds = first.arrival_s - latest_departure(begins, drive, base, first.place, first.arrival_s)
    for origin, target in pairwise(stops):
        needed = problem.drive(origin.place, target.place, origin.departure_s)
        if origin.departure_s + needed > target.arrival_s:
            by = problem.departure(origin.place, target.place, target.arrival_s)
            needed = target.arrival_s - by
        seconds += needed
    period = int(np.searchsorted(begins, last.departure_s, side="right")) - 1
    return int(seconds + drive[period, last.place, base])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """Presences that one stay meets, or the break (place -1)."""

    place: int
    open_s: int
    close_s: int
    weight: int
    is_met: bool
    earliest_end_s: int
    latest_begin_s: int


class _Drawer:
    """Draws days of one problem that meet as much as a planned day; holds what all draws share."""

    def __init__(self, problem: DayProblem, planned: PlannedDay, assumed: DrawAssumptions) -> None:
        self.problem = problem
        self.visits = np.minimum(problem.wished_visits, visit_counts(problem, planned.stops))
        self.most_driving_s = int(driving_s(problem, planned.stops) * (1 + assumed.extra_driving))
        stays = [stop.departure_s - stop.arrival_s for stop in planned.stops if not stop.is_break]
        self.longest_wait_s = max(int(problem.longest_stay_s * _LONGEST_WAIT), *stays)
        self.most_stops = (problem.end_s - problem.start_s) // max(problem.dwell_s, 1) + 10
        between = problem.drive_s[:, ~np.eye(problem.size, dtype=bool)]
        self.usual_drive_s = max(float(between.mean()), 1.0) if between.size else 1.0
        usual_stay_s = (problem.dwell_s + problem.longest_stay_s) / 2
        round_s = problem.size * (usual_stay_s + self.usual_drive_s)
        self.patience_s = assumed.spread * round_s
        self.day = DayNumbers(
            begins=problem.period_begins_s,
            drive=problem.drives_with_base(),
            open_s=problem.open_s,
            close_s=problem.close_s,
            start_s=problem.start_s,
            end_s=problem.end_s,
            dwell_s=problem.dwell_s,
            presence_s=problem.presence_s,
            longest_stay_s=problem.longest_stay_s,
            break_s=problem.break_s,
        )
        groups = _groups(_tasks(problem, planned.stops), planned.stops)
        sizes = [len(group) for group in groups]
        tasks = [task for group in groups for task in group]
        self._tasks = Tasks(
            places=np.array([task.place for task in tasks], dtype=np.int64),
            opens=np.array([task.open_s for task in tasks], dtype=np.int64),
            closes=np.array([task.close_s for task in tasks], dtype=np.int64),
            starts=np.array([0, *np.cumsum(sizes)], dtype=np.int64),
            offsets=np.array([0, *np.cumsum([1 << size for size in sizes])], dtype=np.int64),
            masks=np.zeros(len(groups), dtype=np.int64),
        )
        self._tables: dict[tuple[int, ...], tuple[Tasks, Ints, Ints]] = {}
        self._choices = self._equally_good(groups)

    def _equally_good(self, groups: list[list[_Task]]) -> list[tuple[int, ...]]:
        """For each group, the sets of tasks that weigh what the planned day meets in it."""
        planned = tuple(
            sum(1 << k for k, task in enumerate(group) if task.is_met) for group in groups
        )
        if not self._is_possible(planned):
            raise ScheduleError(
                "the planned day cannot be driven as its problem is stated",
                remedy="Give the day that was planned for this problem.",
            )
        _, here, _ = self._table(planned)
        choices = []
        for g, group in enumerate(groups):
            others = (
                mask
                for mask in _masks_of_weight(group, planned[g])
                if here[:, self._tasks.offsets[g] + mask].max() >= self.problem.start_s
                and self._is_possible((*planned[:g], mask, *planned[g + 1 :]))
            )
            choices.append((planned[g], *islice(others, _MOST_SETS - 1)))
        return choices

    def _table(self, masks: tuple[int, ...]) -> tuple[Tasks, Ints, Ints]:
        """The tasks of a day, and by what is left of them latest moments and least driving."""
        if masks not in self._tables:
            if len(self._tables) >= _MOST_TABLES:
                self._tables.clear()
            tasks = self._tasks._replace(masks=np.array(masks, dtype=np.int64))
            latest, least = latest_ready(self.day, tasks), least_driving(self.day, tasks)
            self._tables[masks] = tasks, latest, least
        return self._tables[masks]

    def _is_possible(self, masks: tuple[int, ...]) -> bool:
        _, latest, _ = self._table(masks)
        return bool(latest[1, masks[0], self.problem.size] >= self.problem.start_s)

    def draw(self, rng: RandomSource) -> tuple[Stop, ...]:
        """Draw a day: by chance alone, or saving ever more driving if none keeps the bound."""
        stops = np.zeros((self.most_stops, 4), dtype=np.int64)
        for thrift, tries in zip(_THRIFTS, _TRIES, strict=True):
            manner = Manner(
                most_driving_s=self.most_driving_s,
                usual_drive_s=self.usual_drive_s,
                patience_s=self.patience_s,
                thrift=thrift,
                longest_wait_s=self.longest_wait_s,
            )
            for _ in range(tries):
                masks = tuple(
                    sets[int(pick * len(sets))]
                    for sets, pick in zip(
                        self._choices, rng.random(len(self._choices)), strict=True
                    )
                )
                if thrift >= _THRIFTY or not self._is_possible(masks):
                    masks = tuple(sets[0] for sets in self._choices)
                uniforms = rng.random(2 * self.most_stops).reshape(-1, 2)
                count = draw_one(self.day, *self._table(masks), manner, uniforms, stops)
                day = tuple(
                    Stop(place=place, arrival_s=begin, departure_s=end, is_break=bool(pause))
                    for place, begin, end, pause in stops[: max(count, 0)].tolist()
                )
                if day and np.all(visit_counts(self.problem, day) >= self.visits):
                    return _begin_before_break(self.problem, day)
        raise ScheduleError(
            f"no day within {self.most_driving_s / 60:.0f} min of driving was found in "
            f"{sum(_TRIES)} tries that meets as many presences as the planned day",
            remedy="Allow more extra driving, or plan the day anew.",
        )


def _begin_before_break(problem: DayProblem, stops: tuple[Stop, ...]) -> tuple[Stop, ...]:
    """Let a day that begins late begin so early that its break is not too soon after that.

    The times of the break count from the beginning of a shift, and the shift of a drawn day begins
    when the officer does.
    """
    first = stops[0]
    after_s = problem.break_from_s - problem.start_s
    by = next((stop.arrival_s - after_s for stop in stops if stop.is_break), first.arrival_s)
    period = int(np.searchsorted(problem.period_begins_s, by, side="right")) - 1
    arrival = by + int(problem.from_base_s[period, first.place])
    return (replace(first, arrival_s=min(first.arrival_s, arrival)), *stops[1:])


def visit_counts(problem: DayProblem, stops: Sequence[Stop]) -> Ints:
    """Visits of each building while it is open, breaks left out; shape (n,)."""
    counts = np.zeros(problem.size, dtype=np.int64)
    for stop in stops:
        begin = max(stop.arrival_s, int(problem.open_s[stop.place]))
        end = min(stop.departure_s, int(problem.close_s[stop.place]))
        if not stop.is_break and end > begin:
            counts[stop.place] += 1
    return counts


def _tasks(problem: DayProblem, stops: Sequence[Stop]) -> list[_Task]:
    """The wished presences and the break; presences that one planned stay meets are one task."""
    rows = {building_id: row for row, building_id in enumerate(problem.building_ids)}
    left = list(problem.presences)
    tasks = []
    for stop in stops:
        if stop.is_break:
            continue
        together: list[WishedPresence] = []
        stay = {problem.building_ids[stop.place]: [(stop.arrival_s, stop.departure_s)]}
        met = met_presences(left, stay, presence_s=problem.presence_s)
        for wish in [wish for wish, is_met in zip(left, met, strict=True) if is_met]:
            left.remove(wish)
            if together and _overlap_s([*together, wish]) < problem.presence_s:
                tasks.append(_presence(problem, stop.place, together, is_met=True))
                together = []
            together.append(wish)
        if together:
            tasks.append(_presence(problem, stop.place, together, is_met=True))
    tasks += [_presence(problem, rows[wish.building_id], [wish], is_met=False) for wish in left]
    if problem.break_s > 0:
        tasks.append(
            _Task(
                place=-1,
                open_s=problem.break_from_s,
                close_s=problem.break_to_s,
                weight=0,
                is_met=True,
                earliest_end_s=problem.break_from_s + problem.break_s,
                latest_begin_s=problem.break_to_s,
            )
        )
    return tasks


def _overlap_s(wishes: Sequence[WishedPresence]) -> int:
    return min(wish.close_s for wish in wishes) - max(wish.open_s for wish in wishes)


def _presence(
    problem: DayProblem, place: int, wishes: Sequence[WishedPresence], *, is_met: bool
) -> _Task:
    open_s = max(wish.open_s for wish in wishes)
    close_s = min(wish.close_s for wish in wishes)
    return _Task(
        place=place,
        open_s=open_s,
        close_s=close_s,
        weight=sum(wish.weight for wish in wishes),
        is_met=is_met,
        earliest_end_s=open_s + problem.presence_s,
        latest_begin_s=close_s - problem.presence_s,
    )


def _groups(tasks: Sequence[_Task], stops: Sequence[Stop]) -> list[list[_Task]]:
    """Tasks in groups, each of which is over before any task of the next can be finished."""
    ordered = sorted(tasks, key=lambda task: (task.latest_begin_s, task.earliest_end_s))
    groups: list[list[_Task]] = [[]]
    for k, task in enumerate(ordered):
        ends = min(later.earliest_end_s for later in ordered[k:])
        if groups[-1] and ends > max(earlier.latest_begin_s for earlier in groups[-1]):
            groups.append([])
        groups[-1].append(task)
    return [part for group in groups for part in _parts(group, stops)]


def _parts(group: list[_Task], stops: Sequence[Stop]) -> Iterator[list[_Task]]:
    """Split a group that is too large in the order in which the planned day does its tasks."""
    if len(group) <= _MOST_TASKS:
        yield group
        return

    def done_s(task: _Task) -> int:
        needed = task.earliest_end_s - task.open_s
        return min(
            max(stop.arrival_s, task.open_s)
            for stop in stops
            if stop.is_break == (task.place < 0)
            and task.place in (-1, stop.place)
            and stop.departure_s - max(stop.arrival_s, task.open_s) >= needed
        )

    met = sorted((task for task in group if task.is_met), key=done_s)
    for k in range(0, len(met), _MOST_TASKS):
        yield met[k : k + _MOST_TASKS]


def _masks_of_weight(group: Sequence[_Task], planned: int) -> Iterator[int]:
    """Other sets of a group's tasks with the weight of the planned one, and its break."""
    wishes = [k for k, task in enumerate(group) if task.weight > 0]
    fixed = sum(1 << k for k, task in enumerate(group) if task.weight == 0 and planned >> k & 1)
    weight = sum(group[k].weight for k in wishes if planned >> k & 1)
    for size in range(len(wishes) + 1):
        for chosen in combinations(wishes, size):
            mask = fixed + sum(1 << k for k in chosen)
            if mask != planned and sum(group[k].weight for k in chosen) == weight:
                yield mask


def draw_days(
    problem: DayProblem,
    planned: PlannedDay,
    count: int = 1,
    *,
    rng: RandomSource,
    assumptions: DrawAssumptions | None = None,
) -> tuple[tuple[Stop, ...], ...]:
    """Draw days that meet presences of the same weight as a planned day, none like another.

    The officer goes on to a building by chance, the likelier the longer it has waited and the
    shorter the drive; stays last from ``dwell_s`` to ``longest_stay_s``, longer only to wait for
    a presence, where no other building is open, or to save driving; the last not beyond half as
    much again, or the longest stay of the planned day. Break, start and, where several are as good,
    the presences themselves are drawn too. Every choice leaves time for all that is still to be
    met. Days that drive more than is allowed, or visit a building less often than is wished and
    the planned day does, are drawn again.

    Parameters
    ----------
    problem
        The day; its ``dwell_s`` is the shortest stay that is drawn.
    planned
        A day of the same problem: its presences are kept, its driving is what more is counted on.
    rng
        Where chance comes from. The same source in the same state gives the same days; whoever
        knows it knows the days.

    Raises
    ------
    ScheduleError
        If the planned day is not one of the problem, or no day within the bound was found.
    """
    drawer = _Drawer(problem, planned, assumptions or DrawAssumptions())
    return tuple(drawer.draw(rng) for _ in range(count))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DayPool:
    """Days of one officer and their chances.

    Attributes
    ----------
    problem
        The day that they are timetables of.
    days
        The timetables.
    driving_s
        Shape (days,): driving of each, from and to the base, seconds.
    chances
        Shape (days,): how likely each is to be worked. None if every day is drawn afresh, and
        these are a sample of what is drawn.
    """

    problem: DayProblem
    days: tuple[tuple[Stop, ...], ...]
    driving_s: Ints
    chances: Floats | None = None

    @property
    def weights(self) -> Floats:
        """Chances, or equal parts of a sample; shape (days,), summing to 1."""
        if self.chances is not None:
            return self.chances
        return np.full(len(self.days), 1 / len(self.days))

    @property
    def mean_driving_s(self) -> float:
        """Mean driving of a day, seconds."""
        return float(self.weights @ self.driving_s)


def draw_pool(
    problem: DayProblem,
    planned: PlannedDay,
    *,
    rng: RandomSource,
    assumptions: DrawAssumptions | None = None,
) -> DayPool:
    """Draw the days by which the chance of the draws is measured; see `draw_days`."""
    assumed = assumptions or DrawAssumptions()
    days = draw_days(problem, planned, assumed.sampled_days, rng=rng, assumptions=assumed)
    return pool_of(problem, days)


def pool_of(
    problem: DayProblem, days: Sequence[Sequence[Stop]], *, chances: Floats | None = None
) -> DayPool:
    """A pool of given days, such as those of a rotation or the one planned day."""
    return DayPool(
        problem=problem,
        days=tuple(tuple(day) for day in days),
        driving_s=np.array([driving_s(problem, day) for day in days], dtype=np.int64),
        chances=chances,
    )
