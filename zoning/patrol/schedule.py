"""The patrol timetable: each officer's visits, from the first bell to the last dismissal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from numbers import Integral
from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zoning.errors import ScheduleError, typed_fields
from zoning.roads.travel.travel_times import TravelTimes
from zoning.settings import CLOCK, HIDDEN, MINUTES, Setting, settings
from zoning.units import clock, counted

SECONDS_PER_DAY = 86_400
LARGEST_SEED = 2**31 - 1


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolAssumptions:
    """The settings of a patrol day; every figure is a default, none is a fact.

    Attributes
    ----------
    dwell_s
        Shortest stay at a visit, whole seconds. Default 12 minutes; studies of
        hot-spot patrols found 10 to 16 minutes on the spot to deter most
        (Koper 1995 and later trials).
    arrival_lead_s
        How long before the bell a building's arrival window opens, whole
        seconds. Default 20 minutes.
    arrival_lag_s
        How long after the bell it closes, whole seconds. Default 10 minutes.
    day_start_s, day_end_s
        The officer's day if a zone has no bell times, seconds after midnight.
        Default 08:00 to 15:00; a notice names the zones that use it.
    seed
        Seed of the exact solver; the same seed gives the same timetable.

    Raises
    ------
    ScheduleError
        If any value makes no sense; every fault in one error.

    References
    ----------
    Koper (1995), Just enough police presence, Justice Quarterly 12(4).
    """

    dwell_s: Annotated[
        int, Setting(meaning="Shortest stay of an officer at a visit.", unit=MINUTES, above=0)
    ] = 720
    arrival_lead_s: Annotated[
        int,
        Setting(
            meaning="How long before the bell a building's arrival window opens.",
            unit=MINUTES,
            at_least=0,
        ),
    ] = 1200
    arrival_lag_s: Annotated[
        int,
        Setting(
            meaning="How long after the bell the arrival window closes.", unit=MINUTES, at_least=0
        ),
    ] = 600
    day_start_s: Annotated[
        int,
        Setting(meaning="Start of the officer's day in zones without bell times.", unit=CLOCK),
    ] = 28_800
    day_end_s: Annotated[
        int, Setting(meaning="End of the officer's day in zones without bell times.", unit=CLOCK)
    ] = 54_000
    seed: Annotated[int, HIDDEN] = 0

    def __post_init__(self) -> None:
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        faults = [
            f"{name} is {value!r}, not a whole number"
            for name, value in values.items()
            if not isinstance(value, Integral)
        ]
        if not faults:
            faults = list(self._faults())
        if faults:
            raise ScheduleError("the patrol assumptions cannot be used", faults)

    def _faults(self) -> Iterator[str]:
        if self.dwell_s <= 0:
            yield f"dwell_s is {self.dwell_s} s, a visit lasts at least a second"
        for name in ("arrival_lead_s", "arrival_lag_s"):
            if getattr(self, name) < 0:
                yield f"{name} is {getattr(self, name)} s, less than 0"
        if self.dwell_s > self.arrival_lead_s + self.arrival_lag_s:
            yield (
                f"dwell_s is {self.dwell_s} s, longer than the whole arrival window of "
                f"{self.arrival_lead_s + self.arrival_lag_s} s (arrival_lead_s + arrival_lag_s)"
            )
        if not 0 <= self.day_start_s < self.day_end_s <= SECONDS_PER_DAY:
            yield (
                f"the day from day_start_s {self.day_start_s} s to day_end_s {self.day_end_s} s "
                f"is not a stretch of one day of {SECONDS_PER_DAY} s"
            )
        if not 0 <= self.seed <= LARGEST_SEED:
            yield f"seed is {self.seed}, not between 0 and {LARGEST_SEED}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One stop of an officer.

    Attributes
    ----------
    arrival_s, departure_s
        Seconds after midnight.
    in_arrival_window
        Whether the officer is there for a whole dwell inside an arrival window
        of the building. At a dedicated officer's building: whether its bells
        are known.

    Raises
    ------
    ScheduleError
        If the officer leaves before arriving.
    """

    building_id: str
    arrival_s: int
    departure_s: int
    in_arrival_window: bool = False

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


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerDay:
    """One officer's day in one zone.

    Attributes
    ----------
    start_s, end_s
        Arrival at the first visit and departure from the last, seconds after
        midnight.
    visits
        The stops in order; at least one, never two in a row at one building.
    bell_building_ids
        The buildings of the zone whose bells are known, sorted.
    unvisited_ids
        The buildings of the zone that the day was too short to reach, sorted.

    Raises
    ------
    ScheduleError
        If visits are missing, overlap, repeat a building in a row, or do not
        fill the day; every fault in one error.
    """

    zone_id: str
    start_s: int
    end_s: int
    visits: tuple[Visit, ...]
    bell_building_ids: tuple[str, ...] = ()
    unvisited_ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        faults = list(self._faults())
        if faults:
            raise ScheduleError(f"the day of {self.zone_id} cannot be driven as written", faults)

    def _faults(self) -> Iterator[str]:
        if self.end_s <= self.start_s:
            yield f"it ends at {clock(self.end_s)} and starts at {clock(self.start_s)}"
        if not self.visits:
            yield "it has no visit"
            return
        first, last = self.visits[0], self.visits[-1]
        if first.arrival_s != self.start_s:
            yield (
                f"the first visit, to {first.building_id}, arrives at {clock(first.arrival_s)}, "
                f"the day starts at {clock(self.start_s)}"
            )
        if last.departure_s != self.end_s:
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
            if after.building_id == before.building_id:
                yield f"two visits in a row are to {after.building_id}"
        for building in sorted({v.building_id for v in self.visits} & {*self.unvisited_ids}):
            yield f"{building} is both visited and listed as unvisited"

    @property
    def windows_covered(self) -> int:
        """Number of the zone's buildings visited inside one of their arrival windows."""
        return len({v.building_id for v in self.visits if v.in_arrival_window})

    @property
    def windows_total(self) -> int:
        """Number of the zone's buildings with known bells."""
        return len(self.bell_building_ids)

    @property
    def driving_s(self) -> int:
        """Driving time, seconds."""
        return sum(b.arrival_s - a.departure_s for a, b in pairwise(self.visits))


@typed_fields
@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolSchedule:
    """One day of every officer of a plan. Restricted: routes, times and gaps.

    Attributes
    ----------
    days
        One a zone, in the plan's order.
    assumptions
        What the timetable was made with.
    notices
        Plain sentences on what a planner should know. They may name buildings
        without a visit: for the restricted edition only.

    Raises
    ------
    ScheduleError
        If a zone has two days.
    """

    days: tuple[OfficerDay, ...]
    assumptions: PatrolAssumptions
    notices: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return (
            f"PatrolSchedule({counted(len(self.days), 'officer')}, "
            f"{counted(sum(len(day.visits) for day in self.days), 'visit')})"
        )

    def __post_init__(self) -> None:
        ids = [day.zone_id for day in self.days]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ScheduleError("a zone has more than one officer's day", twice)

    def day_of(self, zone_id: str) -> OfficerDay:
        """The day of one zone's officer; `KeyError` if there is none."""
        for day in self.days:
            if day.zone_id == zone_id:
                return day
        raise KeyError(zone_id)

    @property
    def windows_covered(self) -> int:
        """Number of buildings visited inside one of their arrival windows."""
        return sum(day.windows_covered for day in self.days)

    @property
    def windows_total(self) -> int:
        """Buildings whose bells are known."""
        return sum(day.windows_total for day in self.days)

    @property
    def bell_building_ids(self) -> frozenset[str]:
        """Buildings whose bells are known."""
        return frozenset(b for day in self.days for b in day.bell_building_ids)

    @property
    def unvisited_ids(self) -> tuple[str, ...]:
        """Buildings without a visit, sorted."""
        return tuple(sorted(b for day in self.days for b in day.unvisited_ids))

    def to_frame(self) -> pd.DataFrame:
        """Every visit as a table.

        Returns
        -------
        DataFrame
            Columns ``zone_id``, ``stop`` (from 1), ``building_id``,
            ``arrival_s``, ``departure_s`` (seconds after midnight),
            ``dwell_s``, ``travel_s`` (seconds from the previous stop, 0 for the
            first), ``in_arrival_window``.
        """
        return pd.DataFrame(
            [
                (
                    day.zone_id,
                    stop,
                    visit.building_id,
                    visit.arrival_s,
                    visit.departure_s,
                    visit.dwell_s,
                    0 if stop == 1 else visit.arrival_s - day.visits[stop - 2].departure_s,
                    visit.in_arrival_window,
                )
                for day in self.days
                for stop, visit in enumerate(day.visits, start=1)
            ],
            columns=[
                "zone_id",
                "stop",
                "building_id",
                "arrival_s",
                "departure_s",
                "dwell_s",
                "travel_s",
                "in_arrival_window",
            ],
        )

    def officer_seconds(self) -> pd.Series[float]:
        """Seconds a day that an officer is at each building.

        Returns
        -------
        Series
            Name ``officer_s``, index ``building_id`` (sorted); 0 for a building
            without a visit.
        """
        seconds = dict.fromkeys(self.unvisited_ids, 0.0)
        for day in self.days:
            for visit in day.visits:
                seconds[visit.building_id] = seconds.get(visit.building_id, 0.0) + visit.dwell_s
        ids = sorted(seconds)
        index = pd.Index(ids, name="building_id", dtype=object)
        return pd.Series([seconds[i] for i in ids], index=index, name="officer_s", dtype=float)

    def metres_per_day(self, times: TravelTimes) -> float | None:
        """Metres that all officers together drive on patrol in a day.

        Returns
        -------
        float or None
            None where the table holds no distances.

        Raises
        ------
        NetworkError
            If the table lacks a visited building.
        """
        if times.metres is None:
            return None
        return float(sum(_metres(times.metres, times, day.visits) for day in self.days))


def _metres(metres: NDArray[np.float64], times: TravelTimes, visits: Sequence[Visit]) -> float:
    at = times.positions([visit.building_id for visit in visits])
    return float(metres[at[:-1], at[1:]].sum())
