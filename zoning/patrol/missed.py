"""Say which wishes a timetable misses, why, and what was proved to help."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property, partial
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from zoning.errors import ScheduleError, typed
from zoning.patrol.assumptions import SECONDS_PER_DAY, LongDay, PatrolAssumptions
from zoning.patrol.day_problem import (
    DayProblem,
    PresenceKind,
    WishedPresence,
    idle_gaps,
    met_presences,
)
from zoning.patrol.day_search import DayEffort, plan_day
from zoning.patrol.planning import PatrolTravel, day_problem, open_buildings
from zoning.patrol.presences import (
    PresenceConflict,
    best_presences,
    can_meet,
    conflict_of,
)
from zoning.patrol.schedule import OfficerDay, PatrolSchedule, Stays, visits_by_building
from zoning.patrol.school_day import SchoolDay
from zoning.patrol.working_day import on_shift
from zoning.roads.traffic import TravelByHour
from zoning.roads.travel.travel_times import TravelTimes
from zoning.schools import buildings as buildings_of
from zoning.units import clock, counted, join_names, lasting
from zoning.zones.plan import Zone, ZonePlan

_MINUTE: Final = 60
_MAX_WIDER_MIN: Final = 60
"""Windows are widened by no more than this: a presence an hour from the bell is none."""
_NEAR_S: Final = 7200
"""Presences whose windows are farther apart hardly conflict, so nearer ones are tried first."""
_NO_PROOF: Final = DayEffort(proof_buildings=0)
"""A day that is planned to see whether a change helps needs no proof, which takes longest."""
_MOST_SENTENCES: Final = 12
"""Missed wishes that the text lists one by one; above it tells them by bell."""


class RemedyKind(StrEnum):
    """What would have to change."""

    WINDOW = "window"
    STAY = "stay"
    SHIFT = "shift"
    WEIGHT = "weight"
    FEWER = "fewer presences"
    WISH = "wish"
    OFFICER = "second officer"


# What the summary tells of several schools: a weight only exchanges one for another, and a wish of
# what there is changes nothing.
_REMEDIES: Final = {
    RemedyKind.WINDOW: "a wider window",
    RemedyKind.STAY: "shorter stays",
    RemedyKind.SHIFT: "a longer shift",
    RemedyKind.FEWER: "fewer presences",
    RemedyKind.OFFICER: "a second officer",
}
_WORDS: Final = {"visits": "fewer visits than wished", "gap": "longer without a visit than wished"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedRemedy:
    """A change that was solved, and found to help.

    Attributes
    ----------
    minutes
        How many minutes something becomes longer or shorter; None where the change is another.
    text
        What to change, and what it brings.
    """

    kind: RemedyKind
    text: str
    minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedWish:
    """A wish that a timetable misses. Restricted: it names when nobody is where.

    Attributes
    ----------
    kind
        arrival, lunch, dismissal; or visits (fewer than wished), gap (longer than wished).
    bell_s
        The bell, seconds after midnight; None where there is none.
    conflicts_with
        The presences that were met in its place, as few as explain it: with it, no timetable
        meets all. Empty if it cannot be met at all, or nothing stands against it.
    short_s
        Seconds by which the windows of these are too short to meet all; None if an hour more does
        not help, or there is no conflict.
    remedies
        What was solved and found to help, the least change first.
    text
        Why it is missed, and the remedies, for a planner.
    """

    zone_id: str
    building_id: str
    name: str
    kind: str
    bell_s: int | None
    conflicts_with: tuple[str, ...]
    short_s: int | None
    remedies: tuple[MissedRemedy, ...]
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, kw_only=True)
class MissedWishes:
    """Every wish that a timetable misses, zone by zone. Restricted.

    Attributes
    ----------
    wishes
        One a missed wish.
    wished
        Presences wished, by kind and bell.
    """

    wishes: tuple[MissedWish, ...]
    wished: Mapping[tuple[str, int | None], int] = field(repr=False)

    def __iter__(self) -> Iterator[MissedWish]:
        return iter(self.wishes)

    def __len__(self) -> int:
        return len(self.wishes)

    def __str__(self) -> str:
        if not self.wishes:
            return "Every wish is met."
        if len(self.wishes) <= _MOST_SENTENCES:
            return "\n".join(wish.text for wish in self.wishes)
        return "\n".join(self.summary)

    @cached_property
    def summary(self) -> tuple[str, ...]:
        """One sentence a kind of wish and bell, however many schools miss it."""
        groups: dict[tuple[str, int | None], list[MissedWish]] = {}
        for wish in self.wishes:
            groups.setdefault((wish.kind, wish.bell_s), []).append(wish)
        return tuple(self._sentence(*key, found) for key, found in sorted(groups.items(), key=_by))

    def _sentence(self, kind: str, bell_s: int | None, found: Sequence[MissedWish]) -> str:
        text = f"{_WORDS.get(kind, kind)} at {counted(len(found), 'school')}"
        if kind in list(PresenceKind):
            bell = "" if bell_s is None else f"{clock(bell_s)} "
            text = f"{bell}{kind}: missed at {len(found)} of {self.wished[kind, bell_s]} schools"
        text += f", in {counted(len({wish.zone_id for wish in found}), 'zone')}."
        helps = [
            f"{words}{_by_minutes(found, remedy)} in {counted(zones, 'zone')}"
            for remedy, words in _REMEDIES.items()
            if (zones := len({w.zone_id for w in found if remedy in {r.kind for r in w.remedies}}))
        ]
        if helps:
            text += f" Proved to allow one more: {'; '.join(helps)}."
        none = sum(not wish.remedies for wish in found)
        return f"{text} Nothing that was tried helps at {none} of them." if none else text

    def to_frame(self) -> pd.DataFrame:
        """The missed wishes as a table.

        Returns
        -------
        DataFrame
            Columns ``zone_id``, ``building_id``, ``name``, ``kind``, ``bell_s`` (NaN for none),
            ``conflicts_with`` (joined by "; "), ``short_s`` (NaN for none), ``remedies`` (joined
            by "; ") and ``text``.
        """
        rows = [
            (
                *(wish.zone_id, wish.building_id, wish.name, wish.kind),
                np.nan if wish.bell_s is None else float(wish.bell_s),
                "; ".join(wish.conflicts_with),
                np.nan if wish.short_s is None else float(wish.short_s),
                "; ".join(remedy.text for remedy in wish.remedies),
                wish.text,
            )
            for wish in self.wishes
        ]
        columns = ["zone_id", "building_id", "name", "kind", "bell_s", "conflicts_with"]
        return pd.DataFrame(rows, columns=[*columns, "short_s", "remedies", "text"])


@typed
def explain_missed(
    schedule: PatrolSchedule,
    plan: ZonePlan,
    schools: gpd.GeoDataFrame,
    times: TravelTimes,
    *,
    times_by_hour: TravelByHour = (),
) -> MissedWishes:
    """Explain every missed presence, wished visit and gap, with what would help.

    A missed presence is explained by the fewest presences in its place that no timetable meets
    together with it. A remedy is stated only if, with it, a timetable was found that meets the
    missed wish and loses none of those the officer meets now, unless it says which.

    Parameters
    ----------
    schedule
        Of `zoning.plan_patrols`, or `ScheduleCheck.schedule`.
    plan, schools, times, times_by_hour
        As it was planned with.
    """
    names = {str(i): str(name) for i, name in buildings_of(schools)["name"].items()}
    travel = PatrolTravel.of(times, times_by_hour, schedule.assumptions.base)
    found = [
        missed
        for zone in plan.zones
        if open_buildings(zone, schedule.school_day)
        for missed in _Zone.of(zone, schedule, travel, names).missed()
    ]
    wished: dict[tuple[str, int | None], int] = {}
    for wish in schedule.school_day.presences:
        key = str(wish.kind), wish.bell_s
        wished[key] = wished.get(key, 0) + 1
    return MissedWishes(wishes=tuple(found), wished=wished)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Case:
    """A missed presence of an officer's day, by index in the problem, and what stands against it.

    Attributes
    ----------
    met
        Indices of what the officer meets.
    """

    problem: DayProblem
    missed: int
    met: Sequence[int]
    conflict: PresenceConflict
    day: OfficerDay

    @property
    def wish(self) -> WishedPresence:
        """The missed presence."""
        return self.problem.presences[self.missed]

    @property
    def others(self) -> list[WishedPresence]:
        """The presences that conflict with it."""
        return [self.problem.presences[i] for i in self.conflict.others]

    @property
    def wanted(self) -> list[int]:
        """All that is met, and what is missed."""
        return [*self.met, self.missed]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Zone:
    """A zone with the days of its officers, and the day as a problem."""

    zone: Zone
    days: tuple[OfficerDay, ...]
    school_day: SchoolDay
    assumptions: PatrolAssumptions
    travel: PatrolTravel
    names: Mapping[str, str]
    stays: Stays

    @classmethod
    def of(
        cls, zone: Zone, schedule: PatrolSchedule, travel: PatrolTravel, names: Mapping[str, str]
    ) -> _Zone:
        return cls(
            zone=zone,
            days=schedule.days_of(zone.zone_id),
            school_day=schedule.school_day,
            assumptions=schedule.assumptions,
            travel=travel,
            names=names,
            stays=schedule.stays(),
        )

    def missed(self) -> Iterator[MissedWish]:
        """Explain every missed wish of the zone's buildings."""
        wishes = self.whole.presences
        met = met_presences(wishes, self.stays, presence_s=self.assumptions.presence_s)
        missed = [k for k, is_met in enumerate(met) if not is_met]
        by_second = self._met_by_second(missed)
        for k in missed:
            yield self._explain(k, missed, by_second)
        yield from self._few_visits()
        yield from self._long_gaps()

    # --- presences ---

    @cached_property
    def whole(self) -> DayProblem:
        """The school day of the zone, from the first opening to the last closing."""
        ids = open_buildings(self.zone, self.school_day)
        return self._with_stays(
            day_problem(ids, self.school_day, self.travel, assumptions=self.assumptions)
        )

    def _with_stays(self, problem: DayProblem) -> DayProblem:
        """The problem with the shortest stay of the timetable, if that is shorter."""
        stays = [v.dwell_s for day in self.days for v in day.visits if not v.is_break]
        shortest = min([s for s in stays if s >= self.assumptions.shortest_stay_s], default=None)
        return replace(problem, dwell_s=min(problem.dwell_s, shortest or problem.dwell_s))

    def _problem(self, day: OfficerDay) -> DayProblem:
        """The officer's day: the whole school day, or the shift if it has to be shorter."""
        length = self.whole.end_s - self.whole.start_s
        is_whole = self.assumptions.long_day is LongDay.OVERTIME and len(self.days) == 1
        if is_whole or length <= self.assumptions.shift_s:
            return self.whole
        end = day.start_s + max(day.length_s, self.assumptions.shift_s)
        shift = on_shift(self.whole, (day.start_s, end), assumptions=self.assumptions)
        return self._with_stays(shift)

    def _explain(self, k: int, missed: Sequence[int], by_second: int) -> MissedWish:
        """Explain one missed presence by the day of the officer who is on duty for most of it."""
        wish = self.whole.presences[k]
        if not self.days:
            text = f"{self._label(wish)}: {self.zone.zone_id} has no officer that day."
            return self._row(wish, text)
        day = max(
            self.days,
            key=lambda day: min(day.end_s, wish.close_s) - max(day.start_s, wish.open_s),
        )
        problem = self._problem(day)
        stays = visits_by_building([day.visits])
        is_met = met_presences(problem.presences, stays, presence_s=problem.presence_s)
        met = [i for i, one in enumerate(is_met) if one]
        try:
            conflict = self._conflict(problem, k, met)
        except ScheduleError:
            text = f"{self._label(wish)}: the reason was not found within the work limit."
            return self._row(wish, text)
        if conflict is None:
            text = (
                f"{self._label(wish)}: it can be met beside all that {day.officer_id} meets; plan "
                "the day anew."
            )
            return self._row(wish, text)
        case = _Case(problem=problem, missed=k, met=met, conflict=conflict, day=day)
        remedies = self._remedies(case, missed, by_second)
        return self._row(wish, self._why(case), case=case, remedies=remedies)

    def _conflict(self, problem: DayProblem, k: int, met: Sequence[int]) -> PresenceConflict | None:
        """The fewest presences that stand against one; those of about the same time first."""
        wish = problem.presences[k]
        near = [
            i
            for i in met
            if problem.presences[i].open_s - wish.close_s < _NEAR_S
            and wish.open_s - problem.presences[i].close_s < _NEAR_S
        ]
        return conflict_of(problem, k, near) or conflict_of(problem, k, met)

    def _why(self, case: _Case) -> str:
        problem, wish, others, conflict = case.problem, case.wish, case.others, case.conflict
        stays = f"stays of {lasting(problem.dwell_s)}"
        if not others:
            from_to = f"from {clock(problem.start_s)} to {clock(problem.end_s)}"
            return (
                f"{self._label(wish)}: {case.day.officer_id} cannot be there in a shift {from_to} "
                f"with {stays}."
            )
        named = [self._label(other) for other in others]
        windows = " and ".join(
            dict.fromkeys(lasting(w.close_s - w.open_s) for w in (wish, *others))
        )
        if len(others) == 1:
            apart = lasting(self._apart(problem, wish, others[0]))
            return (
                f"{self._label(wish)} or {named[0]}: {apart} apart, windows of {windows}, {stays}: "
                f"{self._name(others[0])} kept."
            )
        short = (
            "too short" if conflict.short_s is None else f"{lasting(conflict.short_s)} too short"
        )
        return (
            f"{self._label(wish)}: an officer at {join_names(named)} cannot be there too; with "
            f"{stays}, windows of {windows} are {short}."
        )

    def _apart(self, problem: DayProblem, one: WishedPresence, other: WishedPresence) -> int:
        """Seconds of the quicker drive between two, in the traffic of the earlier window."""
        a, b = (problem.building_ids.index(wish.building_id) for wish in (one, other))
        at = min(one.open_s, other.open_s)
        return min(problem.drive(a, b, at), problem.drive(b, a, at))

    def _remedies(
        self, case: _Case, missed: Sequence[int], by_second: int
    ) -> tuple[MissedRemedy, ...]:
        """Try what could help; the least change first."""
        in_minutes = [r for r in (self._wider(case), self._shorter(case)) if r is not None]
        in_minutes.sort(key=lambda remedy: remedy.minutes or 0)
        others = (
            self._longer_shift(case),
            self._heavier(case),
            self._second_officer(case.missed, missed, by_second),
        )
        return (*in_minutes, *(remedy for remedy in others if remedy is not None))

    def _wider(self, case: _Case) -> MissedRemedy | None:
        """Widen every window of the kind by whole minutes, at its end or its beginning."""
        kind = case.wish.kind
        best: tuple[int, str] | None = None
        for end in ("close", "open"):

            def helps(by_min: int, end: str = end) -> bool:
                by = by_min * _MINUTE
                early, late = (0, by) if end == "close" else (by, 0)
                return _can(self._widened(case.problem, kind, early, late), case.wanted)

            least = _least(_MAX_WIDER_MIN if best is None else best[0] - 1, helps)
            if least is not None:
                best = least, end
        if best is None:
            return None
        by, end = best
        setting = self._window_setting(kind, end, by)
        text = f"a window of {kind} that {setting} ({by} min more) would allow all"
        return MissedRemedy(kind=RemedyKind.WINDOW, minutes=by, text=text)

    def _widened(
        self, problem: DayProblem, kind: PresenceKind, early: int, late: int
    ) -> DayProblem:
        """Widen the windows of a kind; a shift over the whole school day begins or ends with them.

        See `zoning.patrol.SchoolDay.hours`.
        """
        wider = tuple(
            replace(w, open_s=w.open_s - early, close_s=w.close_s + late) if w.kind is kind else w
            for w in problem.presences
        )
        is_whole = problem is self.whole
        earlier = early if is_whole and kind is PresenceKind.ARRIVAL else 0
        later = late if is_whole and kind is PresenceKind.DISMISSAL else 0
        return replace(
            problem,
            presences=wider,
            start_s=problem.start_s - earlier,
            end_s=problem.end_s + later,
            break_from_s=problem.break_from_s - earlier,
            break_to_s=problem.break_to_s - earlier,
        )

    def _window_setting(self, kind: PresenceKind, end: str, by_min: int) -> str:
        a, by = self.assumptions, by_min * _MINUTE
        if kind is PresenceKind.LUNCH:
            lunch_s = a.lunch_to_s + by if end == "close" else a.lunch_from_s - by
            return f"{end}s at {clock(lunch_s)}"
        lead, lag = {
            PresenceKind.ARRIVAL: (a.arrival_lead_s, a.arrival_lag_s),
            PresenceKind.DISMISSAL: (a.dismissal_lead_s, a.dismissal_lag_s),
        }[kind]
        if end == "close":
            return f"closes {lasting(lag + by)} after the bell"
        return f"opens {lasting(lead + by)} before the bell"

    def _shorter(self, case: _Case) -> MissedRemedy | None:
        """Shorten stays by whole minutes, to the shortest that is a visit."""
        problem = case.problem
        most = (problem.dwell_s - self.assumptions.shortest_stay_s) // _MINUTE
        least = _least(
            most,
            lambda by: _can(replace(problem, dwell_s=problem.dwell_s - by * _MINUTE), case.wanted),
        )
        if least is None:
            return None
        stay = lasting(problem.dwell_s - least * _MINUTE)
        text = f"stays of {stay} ({least} min less) would allow all"
        return MissedRemedy(kind=RemedyKind.STAY, minutes=least, text=text)

    def _longer_shift(self, case: _Case) -> MissedRemedy | None:
        """Let the officer work the whole school day."""
        if case.problem is self.whole or not _can(self.whole, case.wanted):
            return None
        more = self.whole.end_s - self.whole.start_s - case.day.length_s
        text = (
            f"a shift over the whole school day, {clock(self.whole.start_s)} to "
            f"{clock(self.whole.end_s)} ({lasting(more)} more), would allow it"
        )
        return MissedRemedy(kind=RemedyKind.SHIFT, minutes=more // _MINUTE, text=text)

    def _heavier(self, case: _Case) -> MissedRemedy | None:
        """Let it count more than the lightest that can give way, if the day is proved best.

        No timetable without the presence weighs more than the day; so one with it is best if it
        weighs more than what gives way.
        """
        if case.day.proof is None or not case.day.proof.are_presences_proved:
            return None
        wishes = case.problem.presences
        for i in sorted(case.conflict.others, key=lambda i: (wishes[i].weight, i)):
            if _can(case.problem, [j for j in case.wanted if j != i]):
                text = (
                    f"with a weight of {wishes[i].weight + 1} in place of {case.wish.weight} it is "
                    f"kept, and {self._label(wishes[i])} is not"
                )
                return MissedRemedy(kind=RemedyKind.WEIGHT, text=text)
        return None

    def _second_officer(self, k: int, missed: Sequence[int], best: int) -> MissedRemedy | None:
        """Let another officer meet what is missed."""
        if not _can(self.whole, [k]):
            return None
        count = f"all {best}" if best == len(missed) else f"{best} of the {len(missed)}"
        of = f", and could meet {count} missed in one day" if len(missed) > 1 else ""
        text = f"a second officer in {self.zone.zone_id} could be there{of}"
        return MissedRemedy(kind=RemedyKind.OFFICER, text=text)

    def _met_by_second(self, missed: Sequence[int]) -> int:
        """How many of the missed presences the best day of another officer meets."""
        wishes = tuple(self.whole.presences[k] for k in missed)
        try:
            return len(best_presences(replace(self.whole, presences=wishes)).met)
        except ScheduleError:
            return 0

    # --- visits and gaps ---

    def _few_visits(self) -> Iterator[MissedWish]:
        """Explain buildings with fewer visits than wished."""
        for building in self.zone.building_ids:
            wished = self.school_day.least_visits.get(building, 0)
            visits = self._count(building, self.stays.get(building, ()))
            if building in self.school_day.hours and visits < wished:
                remedies = self._tried(building, partial(self._has_visits, building, wished))
                text = f"{self._named(building)}: {visits} of {counted(wished, 'wished visit')}."
                yield self._row_of(building, "visits", text, remedies)

    def _count(self, building: str, stays: Sequence[tuple[int, int]]) -> int:
        opens, closes = self.school_day.hours.get(building, (0, 0))
        return sum(a < closes and b > opens for a, b in stays)

    def _longest(self, building: str, stays: Sequence[tuple[int, int]]) -> int:
        hours = self.school_day.hours.get(building, (0, 0))
        return max((b - a for a, b in idle_gaps(stays, *hours)), default=0)

    def _long_gaps(self) -> Iterator[MissedWish]:
        """Explain buildings that are without a visit for longer than wished."""
        told = False  # what is proved holds for the zone: once is enough
        for building in self.zone.building_ids:
            wished = self.school_day.longest_gap_s.get(building, SECONDS_PER_DAY)
            gap = self._longest(building, self.stays.get(building, ()))
            if gap <= wished:
                continue
            text = (
                f"{self._named(building)}: {lasting(gap)} without a visit, {lasting(wished)} are "
                f"wished.{'' if told else self._bound(wished)}"
            )
            told = True
            now = MissedRemedy(
                kind=RemedyKind.WISH,
                minutes=-(-(gap - wished) // _MINUTE),
                text=f"a wish of {lasting(gap)} is met",
            )
            remedies = self._tried(building, partial(self._has_no_gap, building, wished))
            yield self._row_of(building, "gap", text, (*remedies, now))

    def _bound(self, wished: int) -> str:
        """What is proved of the longest gap of the zone, if it rules the wish out."""
        bounds = [day.proof.gap_bound_s for day in self.days if day.proof is not None]
        if len(self.days) != 1 or not bounds or bounds[0] is None or bounds[0] <= wished:
            return ""
        return (
            f" With the presences that are met, some school of {self.zone.zone_id} is without a "
            f"visit for {lasting(bounds[0])} in any timetable."
        )

    def _has_visits(self, building: str, wished: int, stays: Stays) -> bool:
        return self._count(building, stays.get(building, ())) >= wished

    def _has_no_gap(self, building: str, wished: int, stays: Stays) -> bool:
        return self._longest(building, stays.get(building, ())) <= wished

    def _tried(self, building: str, is_met: Callable[[Stays], bool]) -> tuple[MissedRemedy, ...]:
        """Plan the day again with one change after the other, and keep those that help."""
        found = []
        shortest = self.assumptions.shortest_stay_s
        if shortest < self.whole.dwell_s and is_met(self._with_short_stays):
            less = (self.whole.dwell_s - shortest) // _MINUTE
            text = f"stays of {lasting(shortest)} ({less} min less) would meet it"
            found.append(MissedRemedy(kind=RemedyKind.STAY, minutes=less, text=text))
        if self.whole.presences and is_met(self._without_presences):
            text = "without wished presences it would be met"
            found.append(MissedRemedy(kind=RemedyKind.FEWER, text=text))
        if len(self.zone.building_ids) > 1 and is_met(self._alone(building)):
            text = f"a second officer in {self.zone.zone_id} would meet it"
            found.append(MissedRemedy(kind=RemedyKind.OFFICER, text=text))
        return tuple(found)

    @cached_property
    def _with_short_stays(self) -> Stays:
        return _stays_of(replace(self.whole, dwell_s=self.assumptions.shortest_stay_s))

    @cached_property
    def _without_presences(self) -> Stays:
        return _stays_of(replace(self.whole, presences=()))

    def _alone(self, building: str) -> Stays:
        """The stays of an officer who has this building alone."""
        return _stays_of(
            day_problem([building], self.school_day, self.travel, assumptions=self.assumptions)
        )

    # --- words ---

    def _row(
        self,
        wish: WishedPresence,
        why: str,
        *,
        case: _Case | None = None,
        remedies: tuple[MissedRemedy, ...] = (),
    ) -> MissedWish:
        return MissedWish(
            zone_id=self.zone.zone_id,
            building_id=wish.building_id,
            name=self._name(wish),
            kind=str(wish.kind),
            bell_s=wish.bell_s,
            conflicts_with=() if case is None else tuple(map(self._label, case.others)),
            short_s=None if case is None else case.conflict.short_s,
            remedies=remedies,
            text=_with_remedies(why, remedies, is_tried=case is not None),
        )

    def _row_of(
        self, building: str, kind: str, why: str, remedies: tuple[MissedRemedy, ...]
    ) -> MissedWish:
        return MissedWish(
            zone_id=self.zone.zone_id,
            building_id=building,
            name=self._named(building),
            kind=kind,
            bell_s=None,
            conflicts_with=(),
            short_s=None,
            remedies=remedies,
            text=_with_remedies(why, remedies, is_tried=True),
        )

    def _label(self, wish: WishedPresence) -> str:
        """Name a presence: ``'Waggener 08:40 arrival'``."""
        bell = "" if wish.bell_s is None else f" {clock(wish.bell_s)}"
        return f"{self._name(wish)}{bell} {wish.kind}"

    def _name(self, wish: WishedPresence) -> str:
        return self._named(wish.building_id)

    def _named(self, building: str) -> str:
        return self.names.get(building, building)


def _stays_of(problem: DayProblem) -> Stays:
    """Plan a day, and give its stays; none if there is no such day."""
    try:
        return problem.stays(plan_day(problem, effort=_NO_PROOF).stops)
    except ScheduleError:
        return {}


def _can(problem: DayProblem, wanted: Sequence[int]) -> bool:
    """Whether one timetable meets all; False if that is not decided within the work limit."""
    try:
        return can_meet(problem, wanted)
    except ScheduleError:
        return False


def _least(most: int, helps: Callable[[int], bool]) -> int | None:
    """The least whole number from 1 that helps, where more never helps less; None if none does."""
    if most < 1 or not helps(most):
        return None
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if helps(middle) else (middle, high)
    return high


def _with_remedies(why: str, remedies: Sequence[MissedRemedy], *, is_tried: bool) -> str:
    if remedies:
        first, *others = (remedy.text for remedy in remedies)
        listed = "; ".join([f"{first[:1].upper()}{first[1:]}", *others])
        return f"{why} {listed}."
    return f"{why} Nothing that was tried helps." if is_tried else why


def _by_minutes(found: Sequence[MissedWish], kind: RemedyKind) -> str:
    """By how much something has to change, at least and at most: ``' (by 4 to 9 min)'``."""
    changes = [r.minutes for wish in found for r in wish.remedies if r.kind is kind]
    known = [change for change in changes if change is not None]
    if not known:
        return ""
    low, high = min(known), max(known)
    return f" (by {low} min)" if low == high else f" (by {low} to {high} min)"


def _by(item: tuple[tuple[str, int | None], object]) -> tuple[str, int]:
    (kind, bell_s), _ = item
    return kind, -1 if bell_s is None else bell_s
