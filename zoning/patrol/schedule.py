"""The patrol timetable: each officer's shift, visits and break, and what they meet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

import numpy as np
import pandas as pd

from zoning.errors import ScheduleError, typed_fields
from zoning.patrol.assumptions import PatrolAssumptions
from zoning.patrol.day_problem import PresenceKind, WishedPresence, idle_gaps, met_presences
from zoning.patrol.school_day import SchoolDay
from zoning.roads.travel.travel_times import TravelTimes
from zoning.units import clock, counted

SECONDS_PER_HOUR = 3600
Stays = Mapping[str, Sequence[tuple[int, int]]]
"""Arrival and departure of visits by building id, in order of time, seconds."""


class Activity(StrEnum):
    """What an officer does at a stop."""

    VISIT = "visit"
    BREAK = "break"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One stop of an officer.

    Attributes
    ----------
    arrival_s, departure_s
        Seconds after midnight.
    activity
        A break is no visit: it counts neither for presences nor for open hours.
    present_for
        The wished presences that this stay meets, alone or with others.

    Raises
    ------
    ScheduleError
        If the officer leaves before arriving.
    """

    building_id: str
    arrival_s: int
    departure_s: int
    activity: Activity = Activity.VISIT
    present_for: tuple[PresenceKind, ...] = ()

    def __post_init__(self) -> None:
        if self.departure_s < self.arrival_s:
            raise ScheduleError(
                f"visit to {self.building_id} leaves at {clock(self.departure_s)}, "
                f"before it arrives at {clock(self.arrival_s)}"
            )

    @property
    def dwell_s(self) -> int:
        """Length of the stay, seconds."""
        return self.departure_s - self.arrival_s

    @property
    def is_break(self) -> bool:
        """Whether the officer is on the paid break."""
        return self.activity is Activity.BREAK


@dataclass(frozen=True, slots=True, kw_only=True)
class DayProof:
    """What is proved of an officer's day.

    Attributes
    ----------
    engine
        What found the day, in words.
    weight, weight_bound
        Weights of the wished presences met, and a number that no timetable exceeds.
    longest_gap_s, gap_bound_s
        Longest time that one of the officer's buildings is without a visit while open,
        and a number of seconds below which no timetable that meets as much comes; None
        if it is not computed.
    is_driving_proved
        Whether no timetable as good in both drives less.
    """

    engine: str
    weight: int
    weight_bound: int
    longest_gap_s: int | None = None
    gap_bound_s: int | None = None
    is_driving_proved: bool = False

    @property
    def are_presences_proved(self) -> bool:
        """Whether no timetable meets more."""
        return self.weight >= self.weight_bound

    @property
    def is_gap_proved(self) -> bool:
        """Whether no timetable that meets as much has a shorter longest gap."""
        return (
            self.longest_gap_s is not None
            and self.gap_bound_s is not None
            and self.longest_gap_s <= self.gap_bound_s
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerDay:
    """One officer's shift in one zone, or in the whole district.

    Attributes
    ----------
    zone_id
        The officer's zone; '' for an officer of the whole district, such as a float.
    officer_id
        Whose shift it is; the zone's id for its first or only officer.
    start_s, end_s
        Beginning and end of the shift, seconds after midnight: at the base, or else the
        arrival at the first stop and the departure from the last.
    visits
        The stops in order; at least one. Two in a row are at different buildings,
        unless one of them is a break. An officer who stands by has none, but for the break.
    base_id
        Building where the shift begins and ends; None: at the first and last stop. An officer
        who stands by waits there, outside, for the whole shift.
    shift_s
        Length of a full shift of this officer; None: that of the assumptions.
    unvisited_ids
        The buildings that the officer had to visit and did not, sorted.
    proof
        What is proved of the day; None of a timetable that was given.

    Raises
    ------
    ScheduleError
        If stops are missing, overlap, repeat a building in a row, or do not
        fill the shift; every fault in one error.
    """

    zone_id: str
    officer_id: str = ""
    start_s: int
    end_s: int
    visits: tuple[Visit, ...]
    base_id: str | None = None
    shift_s: int | None = None
    unvisited_ids: tuple[str, ...] = ()
    proof: DayProof | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if not self.officer_id and self.zone_id:
            object.__setattr__(self, "officer_id", self.zone_id)
        faults = list(self._faults())
        if faults:
            raise ScheduleError(f"the day of {self.officer_id} cannot be driven as written", faults)

    def _faults(self) -> Iterator[str]:
        if self.end_s <= self.start_s:
            yield f"it ends at {clock(self.end_s)} and starts at {clock(self.start_s)}"
        if not self.officer_id:
            yield "an officer of the whole district has a name of its own"
        if not self.visits:
            if self.base_id is None:
                yield "it has no visit"
            return
        first, last = self.visits[0], self.visits[-1]
        has_base = self.base_id is not None
        if first.arrival_s < self.start_s or (not has_base and first.arrival_s != self.start_s):
            yield (
                f"the first visit, to {first.building_id}, arrives at {clock(first.arrival_s)}, "
                f"the day starts at {clock(self.start_s)}"
            )
        if last.departure_s > self.end_s or (not has_base and last.departure_s != self.end_s):
            yield (
                f"the last visit, to {last.building_id}, leaves at {clock(last.departure_s)}, "
                f"the day ends at {clock(self.end_s)}"
            )
        for before, after in pairwise(self.visits):
            if after.arrival_s < before.departure_s:
                yield (
                    f"the visit to {after.building_id} at {clock(after.arrival_s)} begins before "
                    f"the one to {before.building_id} ends at {clock(before.departure_s)}"
                )
            if after.building_id == before.building_id and after.is_break == before.is_break:
                yield f"two visits in a row are to {after.building_id}"
        visited = {v.building_id for v in self.visits if not v.is_break}
        for building in sorted(visited & {*self.unvisited_ids}):
            yield f"{building} is both visited and listed as unvisited"

    @property
    def length_s(self) -> int:
        """Length of the shift, seconds: drives, stays and break."""
        return self.end_s - self.start_s

    @property
    def stands_by(self) -> bool:
        """Whether the officer waits at the base, outside, and goes in only when called."""
        return all(visit.is_break for visit in self.visits)

    @property
    def driving_s(self) -> int:
        """Driving time, seconds, with the drives from and to the base."""
        if self.stands_by:
            return 0
        return self.length_s - sum(visit.dwell_s for visit in self.visits)

    def metres(self, times: TravelTimes) -> float | None:
        """Metres driven, base included; None where the table holds no distances."""
        if times.metres is None:
            return None
        at = times.positions([building for building, _, _ in self.stops])
        return float(times.metres[at[:-1], at[1:]].sum())

    @property
    def stops(self) -> tuple[tuple[str, int, int], ...]:
        """Building, arrival and departure of every stay: visits, breaks, and the base at the ends.

        Between two of them the officer is on the road. Seconds after midnight.
        """
        stays = tuple((v.building_id, v.arrival_s, v.departure_s) for v in self.visits)
        if self.base_id is None:
            return stays
        start, end = ((self.base_id, moment, moment) for moment in (self.start_s, self.end_s))
        return (start, *stays, end)

    @property
    def breaks(self) -> tuple[tuple[int, int], ...]:
        """Begin and end of each break, seconds after midnight."""
        return tuple((v.arrival_s, v.departure_s) for v in self.visits if v.is_break)


@typed_fields
@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolSchedule:
    """One day of every officer of a plan. Restricted: routes, times and gaps.

    Attributes
    ----------
    days
        One an officer, in the plan's order; a zone can have several officers.
    assumptions
        What the timetable was made with.
    school_day
        When buildings are open and where officers are wished.
    notices
        Plain sentences on what a planner should know. They may name buildings
        without a visit: for the restricted edition only.

    Raises
    ------
    ScheduleError
        If an officer has two days.
    """

    days: tuple[OfficerDay, ...]
    assumptions: PatrolAssumptions
    school_day: SchoolDay = field(default_factory=SchoolDay)
    notices: tuple[str, ...] = ()

    def __repr__(self) -> str:
        visits = sum(not visit.is_break for day in self.days for visit in day.visits)
        return f"PatrolSchedule({counted(len(self.days), 'officer')}, {counted(visits, 'visit')})"

    def __post_init__(self) -> None:
        ids = [day.officer_id for day in self.days]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ScheduleError("an officer has more than one day", twice)

    def days_of(self, zone_id: str) -> tuple[OfficerDay, ...]:
        """The days of the officers of a zone; empty if there is none."""
        return tuple(day for day in self.days if day.zone_id == zone_id)

    def day_of(self, zone_id: str) -> OfficerDay:
        """The day of the first officer of a zone; `KeyError` if there is none."""
        for day in self.days:
            if day.zone_id == zone_id:
                return day
        raise KeyError(zone_id)

    @property
    def officer_hours(self) -> float:
        """Hours of all shifts together."""
        return sum(day.length_s for day in self.days) / SECONDS_PER_HOUR

    def overtime_s(self, day: OfficerDay) -> int:
        """Seconds of an officer's day beyond the length of a shift."""
        return max(0, day.length_s - (day.shift_s or self.assumptions.shift_s))

    @property
    def overtime_hours(self) -> float:
        """Hours beyond the length of a shift."""
        return sum(map(self.overtime_s, self.days)) / SECONDS_PER_HOUR

    @property
    def unvisited_ids(self) -> tuple[str, ...]:
        """Buildings without a visit, sorted."""
        seen = {v.building_id for day in self.days for v in day.visits if not v.is_break}
        wanted = {*self.school_day.hours, *(b for day in self.days for b in day.unvisited_ids)}
        return tuple(sorted(wanted - seen))

    def stays(self) -> Mapping[str, list[tuple[int, int]]]:
        """Arrival and departure of every visit by building id, in order of time, seconds."""
        return visits_by_building(day.visits for day in self.days)

    def presences(self) -> pd.DataFrame:
        """Every wished presence, and whether it is met.

        Returns
        -------
        DataFrame
            Columns ``building_id``, ``kind`` (arrival, lunch, dismissal), ``bell_s`` (NaN for
            lunch), ``open_s``, ``close_s`` (seconds after midnight), ``weight``, ``met``.
        """
        return presence_table(
            self.school_day.presences, self.stays(), presence_s=self.assumptions.presence_s
        )

    def count_presences(self, kind: PresenceKind | str) -> tuple[int, int]:
        """How many presences of a kind are met, and how many are wished."""
        table = self.presences()
        of_kind = table[table["kind"] == str(PresenceKind(kind))]
        return int(of_kind["met"].sum()), len(of_kind)

    def idleness(self) -> pd.DataFrame:
        """How long buildings are without a visit while they are open.

        Returns
        -------
        DataFrame
            Index ``building_id`` (sorted); ``visits`` (stays that overlap the open hours),
            ``mean_idle_s`` (time since the last visit or the opening, averaged over the open
            hours, seconds) and ``longest_gap_s`` (longest stretch without a visit).

        References
        ----------
        Machado, Ramalho, Zucker and Drogoul (2002), Multi-agent patrolling: an empirical
        analysis of alternative architectures, MABS: average and worst idleness.
        """
        return idleness_table(self.school_day.hours, self.stays())

    def to_frame(self) -> pd.DataFrame:
        """Every stop as a table; `zoning.read_schedule` reads it back.

        Returns
        -------
        DataFrame
            Columns ``zone_id``, ``officer_id``, ``stop`` (from 1), ``activity`` (visit,
            break), ``building_id``, ``arrival_s``, ``departure_s`` (seconds after
            midnight), ``dwell_s``, ``travel_s`` (seconds from the previous stop, or from
            the base), ``present_for`` (the presences met, joined by ", ").
        """
        rows = []
        for day in self.days:
            left = day.start_s
            for stop, visit in enumerate(day.visits, start=1):
                rows.append(
                    (
                        day.zone_id,
                        day.officer_id,
                        stop,
                        str(visit.activity),
                        visit.building_id,
                        visit.arrival_s,
                        visit.departure_s,
                        visit.dwell_s,
                        visit.arrival_s - left,
                        ", ".join(visit.present_for),
                    )
                )
                left = visit.departure_s
        return pd.DataFrame(rows, columns=VISIT_COLUMNS)

    def officer_seconds(self) -> pd.Series[float]:
        """Seconds a day that an officer is at each building while it is open, breaks left out.

        Returns
        -------
        Series
            Name ``officer_s``, index ``building_id`` (sorted); 0 for a building
            without a visit. Officers there at the same time count each.
        """
        seconds = dict.fromkeys(self.unvisited_ids, 0.0)
        hours = self.school_day.hours
        for building, stays in self.stays().items():
            opens, closes = hours.get(building, (-np.inf, np.inf))
            present = (max(0.0, min(b, closes) - max(a, opens)) for a, b in stays)
            seconds[building] = float(sum(present))
        ids = sorted(seconds)
        index = pd.Index(ids, name="building_id", dtype=object)
        return pd.Series([seconds[i] for i in ids], index=index, name="officer_s", dtype=float)

    def metres_per_day(self, times: TravelTimes) -> float | None:
        """Metres that all officers together drive on patrol in a day, base included.

        Returns
        -------
        float or None
            None where the table holds no distances.

        Raises
        ------
        NetworkError
            If the table lacks a visited building.
        """
        metres = [day.metres(times) for day in self.days]
        known = [one for one in metres if one is not None]
        return None if len(known) < len(metres) else float(sum(known))


VISIT_COLUMNS = [
    *("zone_id", "officer_id", "stop", "activity", "building_id", "arrival_s", "departure_s"),
    *("dwell_s", "travel_s", "present_for"),
]


def visits_by_building(days: Iterable[Sequence[Visit]]) -> dict[str, list[tuple[int, int]]]:
    """Arrival and departure of the visits of officers by building id, breaks left out, sorted."""
    stays: dict[str, list[tuple[int, int]]] = {}
    for visits in days:
        for visit in visits:
            if not visit.is_break:
                stays.setdefault(visit.building_id, []).append((visit.arrival_s, visit.departure_s))
    return {building: sorted(found) for building, found in stays.items()}


def presence_table(
    wishes: Sequence[WishedPresence], stays: Stays, *, presence_s: int
) -> pd.DataFrame:
    """List wished presences, and whether stays meet them; see `PatrolSchedule.presences`."""
    met = met_presences(wishes, stays, presence_s=presence_s)
    return pd.DataFrame(
        {
            "building_id": [wish.building_id for wish in wishes],
            "kind": [str(wish.kind) for wish in wishes],
            "bell_s": [np.nan if w.bell_s is None else float(w.bell_s) for w in wishes],
            "open_s": np.array([wish.open_s for wish in wishes], dtype=np.int64),
            "close_s": np.array([wish.close_s for wish in wishes], dtype=np.int64),
            "weight": np.array([wish.weight for wish in wishes], dtype=np.int64),
            "met": np.array(met, dtype=bool),
        }
    )


def idleness_table(hours: Mapping[str, tuple[int, int]], stays: Stays) -> pd.DataFrame:
    """Find how long buildings are without a visit; see `PatrolSchedule.idleness`."""
    rows = []
    for building in sorted(hours):
        opens, closes = hours[building]
        here = stays.get(building, ())
        gaps = np.array([b - a for a, b in idle_gaps(here, opens, closes)], dtype=np.float64)
        visits = sum(a < closes and b > opens for a, b in here)
        mean = float((gaps**2).sum() / 2 / (closes - opens))
        rows.append((building, visits, mean, float(gaps.max(initial=0.0))))
    columns = ["building_id", "visits", "mean_idle_s", "longest_gap_s"]
    return pd.DataFrame(rows, columns=columns).set_index("building_id")
