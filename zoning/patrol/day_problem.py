"""The day of an officer as numbers: what the solvers of a patrol day take and give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from zoning.compiled import compiled

Ints = NDArray[np.int64]

NO_TIME: Final = np.int64(2**62)
"""A moment that never comes, seconds after midnight."""


class PresenceKind(StrEnum):
    """What an officer is wished to be present for."""

    ARRIVAL = "arrival"
    LUNCH = "lunch"
    DISMISSAL = "dismissal"

    @property
    def plural(self) -> str:
        """Of columns and counts: ``'lunches'``."""
        return "lunches" if self is PresenceKind.LUNCH else f"{self}s"


@dataclass(frozen=True, slots=True, kw_only=True)
class WishedPresence:
    """An officer is wished at a building during a window of the day.

    It is met by a stay, not on a break, of which `PatrolAssumptions.presence_s` or more lie within
    the window.

    Attributes
    ----------
    open_s, close_s
        The window, seconds after midnight.
    weight
        How much it counts beside the others, a whole number above 0.
    bell_s
        The bell that it is about, seconds after midnight; None for lunch.
    """

    building_id: str
    kind: PresenceKind
    open_s: int
    close_s: int
    weight: int = 1
    bell_s: int | None = None

    def is_met_by(self, arrival_s: int, departure_s: int, *, presence_s: int) -> bool:
        """Whether a stay at the building, not on a break, is long enough within the window."""
        return min(departure_s, self.close_s) - max(arrival_s, self.open_s) >= presence_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A stretch of time at a place, seconds after midnight.

    Attributes
    ----------
    place
        Row of the building in the problem.
    is_break
        Whether the officer is on the paid break: then it is no visit and no presence.
    """

    place: int
    arrival_s: int
    departure_s: int
    is_break: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DayProblem:
    """One officer's day among some buildings, in whole seconds.

    A timetable is a sequence of stops. It is feasible if

    - the officer leaves the base at ``start_s`` or later, arrives at each stop no earlier than
      the drive allows, and is back at the base by ``end_s``. A drive takes the seconds of the
      period in which it begins; the officer may wait at a building before leaving;
    - every stop that is not the break lasts ``dwell_s`` or more, and two in a row are at
      different buildings. Stops around the break at one building are two visits, unless one of
      them is missing;
    - there is exactly one break of ``break_s`` if that is above 0, at a building, and it begins
      from ``break_from_s`` to ``break_to_s``, both included.

    The layers of what is best: 1. the weights of the wished presences met; 2. the longest time
    that a building is without a visit while it is open (see `idle_gaps`); 3. the driving.

    Attributes
    ----------
    building_ids
        The buildings, in the order of rows.
    period_begins_s
        Shape (periods,): when each period of traffic begins, seconds after midnight, ascending
        from 0.
    drive_s
        Shape (periods, n, n): seconds of a drive that begins in the period, rounded up; the
        diagonal is 0.
    from_base_s, to_base_s
        Shape (periods, n): seconds from and to the base; 0 if the shift begins and ends at the
        first and last school.
    open_s, close_s
        Shape (n,): when a building is open, seconds after midnight; equal if it is closed.
    presences
        The wished presences of these buildings.
    start_s, end_s
        The shift, seconds after midnight.
    dwell_s, presence_s, longest_stay_s
        Shortest stay at a visit; shortest stay within a window that counts; the stay after which
        an officer goes on to the next building, unless there is a reason to wait. Presence is no
        longer than dwell, dwell no longer than the longest stay.
    break_s, break_from_s, break_to_s
        The break and when it may begin; 0 for none.
    wished_gap_s, wished_visits
        Shape (n,): longest time without a visit that is wished (0: none is), and the least
        number of visits.
    """

    building_ids: tuple[str, ...]
    period_begins_s: Ints
    drive_s: Ints
    from_base_s: Ints
    to_base_s: Ints
    open_s: Ints
    close_s: Ints
    presences: tuple[WishedPresence, ...]
    start_s: int
    end_s: int
    dwell_s: int
    presence_s: int
    longest_stay_s: int
    break_s: int
    break_from_s: int
    break_to_s: int
    wished_gap_s: Ints
    wished_visits: Ints

    @property
    def size(self) -> int:
        """Number of buildings."""
        return len(self.building_ids)

    def drive(self, origin: int, target: int, departure_s: int) -> int:
        """Seconds of a drive that begins at a moment."""
        period = int(np.searchsorted(self.period_begins_s, departure_s, side="right")) - 1
        return int(self.drive_s[period, origin, target])

    def arrival(self, origin: int, target: int, ready_s: int) -> int:
        """Earliest arrival at a place of an officer who is ready to leave, waiting included."""
        return int(earliest_arrival(self.period_begins_s, self.drive_s, origin, target, ready_s))

    def departure(self, origin: int, target: int, by_s: int) -> int:
        """Latest departure that arrives by a moment; below 0 if there is none."""
        return int(latest_departure(self.period_begins_s, self.drive_s, origin, target, by_s))

    def drives_with_base(self) -> Ints:
        """Drives with the base as last row and column: shape (periods, n + 1, n + 1), seconds."""
        # In one order of memory: numba compiles anew for another, and `np.pad` keeps the order.
        drive = np.ascontiguousarray(self.drive_s, dtype=np.int64)
        drive = np.pad(drive, ((0, 0), (0, 1), (0, 1)))
        drive[:, -1, :-1] = self.from_base_s
        drive[:, :-1, -1] = self.to_base_s
        return drive

    def stays(self, *days: Sequence[Stop]) -> dict[str, list[tuple[int, int]]]:
        """Arrival and departure of the visits of some officers, breaks left out, by building id.

        In order of time; a building without a visit is not among them.
        """
        found: dict[str, list[tuple[int, int]]] = {}
        for stop in (stop for stops in days for stop in stops if not stop.is_break):
            stay = stop.arrival_s, stop.departure_s
            found.setdefault(self.building_ids[stop.place], []).append(stay)
        return {building: sorted(stays) for building, stays in found.items()}

    def gaps(self, *days: Sequence[Stop]) -> list[list[tuple[int, int]]]:
        """For each building the stretches without a visit while it is open; see `idle_gaps`."""
        stays = self.stays(*days)
        return [
            idle_gaps(stays.get(building, ()), int(self.open_s[k]), int(self.close_s[k]))
            for k, building in enumerate(self.building_ids)
        ]

    def longest_gap_s(self, *days: Sequence[Stop]) -> int:
        """Longest time that a building is without a visit of any officer while open, seconds."""
        return max((b - a for gaps in self.gaps(*days) for a, b in gaps), default=0)

    def met(self, *days: Sequence[Stop]) -> tuple[WishedPresence, ...]:
        """The wished presences that some officers meet together."""
        flags = met_presences(self.presences, self.stays(*days), presence_s=self.presence_s)
        return tuple(wish for wish, is_met in zip(self.presences, flags, strict=True) if is_met)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDay:
    """A timetable of a problem, with what is proved of it.

    Attributes
    ----------
    stops
        In order of time.
    weight, weight_bound
        Weights of the presences met, and a number that no timetable of the problem exceeds; equal
        if the first layer is proved.
    gap_bound_s
        No timetable that meets as much has a shorter longest gap, seconds; None if no bound was
        computed. Proved if it is the longest gap.
    is_driving_proved
        Whether no timetable as good in the layers above drives less.
    engine
        What found it, in words for a planner.
    """

    stops: tuple[Stop, ...]
    weight: int
    weight_bound: int
    gap_bound_s: int | None = None
    is_driving_proved: bool = False
    engine: str = ""


@compiled
def earliest_arrival(begins: Any, drive: Any, origin: int, target: int, ready_s: int) -> int:
    """Earliest arrival of a drive that begins at ``ready_s`` or later, seconds after midnight.

    A drive takes the seconds of the period in which it begins. Waiting for a quicker period can
    pay, so that nobody who leaves later arrives earlier.
    """
    if origin == target:
        return ready_s
    k = 0
    while k + 1 < len(begins) and begins[k + 1] <= ready_s:
        k += 1
    best: int = ready_s + drive[k, origin, target]
    for later in range(k + 1, len(begins)):
        best = min(best, begins[later] + drive[later, origin, target])
    return best


@compiled
def latest_departure(begins: Any, drive: Any, origin: int, target: int, by_s: int) -> int:
    """Latest departure that arrives by ``by_s``; below 0 if there is none."""
    if origin == target:
        return by_s
    for k in range(len(begins) - 1, -1, -1):
        departure: int = by_s - drive[k, origin, target]
        if k + 1 < len(begins):
            departure = min(departure, begins[k + 1] - 1)
        if departure >= begins[k]:
            return departure
    return -1


def idle_gaps(stays: Sequence[tuple[int, int]], open_s: int, close_s: int) -> list[tuple[int, int]]:
    """Stretches without a visit while a building is open.

    Parameters
    ----------
    stays
        Arrival and departure of each visit, breaks left out, in order of time, seconds.
    open_s, close_s
        When the building is open, seconds after midnight.

    Returns
    -------
    list of tuple
        Begin and end of each, seconds after midnight: from the opening to the first visit,
        between visits, from the last to the closing; none for a closed building.
    """
    gaps = []
    since = open_s
    for arrival, departure in stays:
        if arrival > since:
            gaps.append((since, min(arrival, close_s)))
        since = max(since, departure)
        if since >= close_s:
            return [gap for gap in gaps if gap[0] < gap[1]]
    gaps.append((since, close_s))
    return [gap for gap in gaps if gap[0] < gap[1]]


def met_presences(
    presences: Sequence[WishedPresence],
    stays: Mapping[str, Sequence[tuple[int, int]]],
    *,
    presence_s: int,
) -> tuple[bool, ...]:
    """Whether each wished presence is met by a stay at its building, breaks left out."""
    return tuple(
        any(
            wish.is_met_by(arrival, departure, presence_s=presence_s)
            for arrival, departure in stays.get(wish.building_id, ())
        )
        for wish in presences
    )
