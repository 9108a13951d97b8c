"""One officer's stops through the day: bell windows, then idle buildings, then rounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from zoning.patrol.tours import Drive, Interval

NEVER_SEEN = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A stay at a place (row of the driving table), seconds after midnight."""

    place: int
    arrival_s: int
    departure_s: int


def earliest_begins(
    order: Sequence[int], drive: Drive, slots: Sequence[Sequence[Interval]], *, dwell_s: int
) -> list[int]:
    """The earliest beginning of service at each place of a feasible order, seconds."""
    begins: list[int] = []
    for k, place in enumerate(order):
        ready = begins[-1] + dwell_s + drive[order[k - 1]][place] if k else 0
        begins.append(min(max(low, ready) for low, high in slots[place] if ready <= high))
    return begins


def plan_stops(
    drive: Drive,
    *,
    start_s: int,
    end_s: int,
    dwell_s: int,
    windowed: Sequence[tuple[int, int]],
    tour: Sequence[int],
) -> list[Stop]:
    """The stops of one day, from `start_s` to `end_s` without a gap.

    1. The windowed visits, given as (place, beginning of service), are kept. The
       officer is at the first of them from the start of the day.
    2. While there is time before the next of them, the officer visits the place
       unseen for longest among those that leave time to drive on (idleness:
       Machado et al. 2002, Chevaleyre 2004); ties go to the shorter drive, then
       to the lower row.
    3. Afterwards the officer repeats the tour until the day's end. Where the day
       is too short for the tour to reach every unseen place, step 2's rule goes
       on instead, since it sees unseen places first.

    Without windowed visits the day begins on the tour, after its longest leg, so
    that this leg is driven as seldom as possible. Spare time is spent at a
    place, never on the road, and no stay is shorter than the dwell unless the
    day itself is.

    References
    ----------
    Machado, Ramalho, Zucker and Drogoul (2002), Multi-agent patrolling: an
    empirical analysis of alternative architectures, MABS. Chevaleyre (2004),
    Theoretical analysis of the multi-agent patrolling problem, IAT.
    """
    day = _Day(drive=drive, dwell_s=dwell_s, end_s=end_s)
    if windowed:
        first, begin = windowed[0]
        day.go(first, start_s, ready_s=begin + dwell_s)
        for place, begin in windowed[1:]:
            day.fill(until=(place, begin))
            day.go(place, begin, ready_s=begin + dwell_s)
    else:
        day.go(_after_longest_leg(tour, drive), start_s, ready_s=start_s + dwell_s)
    rounds = day.rounds(tour)
    if day.unseen() - {place for place, _ in rounds}:
        day.fill(until=None)
    else:
        for place, arrival in rounds:
            day.go(place, arrival, ready_s=arrival + dwell_s)
    return day.stops()


@dataclass(slots=True)
class _Day:
    """A timetable being written: arrivals so far, and when the officer may leave."""

    drive: Drive
    dwell_s: int
    end_s: int
    arrivals: list[tuple[int, int]] = field(default_factory=list)
    ready_s: int = 0
    left_s: dict[int, int] = field(default_factory=dict)

    @property
    def here(self) -> int:
        return self.arrivals[-1][0]

    def go(self, place: int, arrival_s: int, *, ready_s: int) -> None:
        if self.arrivals:
            self.left_s[self.here] = arrival_s - self.drive[self.here][place]
        self.arrivals.append((place, arrival_s))
        self.ready_s = ready_s

    def unseen(self) -> set[int]:
        return set(range(len(self.drive))) - {place for place, _ in self.arrivals}

    def fill(self, *, until: tuple[int, int] | None) -> None:
        """Visit the longest unseen places that fit before the next fixed visit."""
        goal, deadline = until if until is not None else (None, self.end_s)
        while True:
            row = self.drive[self.here]
            candidates = [
                (self.left_s.get(place, NEVER_SEEN), row[place], place)
                for place in range(len(self.drive))
                if place not in (self.here, goal)
                and self.ready_s
                + row[place]
                + self.dwell_s
                + (0 if goal is None else self.drive[place][goal])
                <= deadline
            ]
            if not candidates:
                return
            _, seconds, place = min(candidates)
            arrival = self.ready_s + seconds
            self.go(place, arrival, ready_s=arrival + self.dwell_s)

    def rounds(self, tour: Sequence[int]) -> list[tuple[int, int]]:
        """(place, arrival) along the tour from here, while a whole stay fits."""
        ahead: list[tuple[int, int]] = []
        if len(tour) == 1:
            return ahead
        at, here, ready = tour.index(self.here), self.here, self.ready_s
        while True:
            at = (at + 1) % len(tour)
            arrival = ready + self.drive[here][tour[at]]
            if arrival + self.dwell_s > self.end_s:
                return ahead
            here, ready = tour[at], arrival + self.dwell_s
            ahead.append((here, arrival))

    def stops(self) -> list[Stop]:
        leave = [
            arrival - self.drive[before][place]
            for (before, _), (place, arrival) in zip(self.arrivals, self.arrivals[1:], strict=False)
        ]
        return [
            Stop(place=place, arrival_s=arrival, departure_s=departure)
            for (place, arrival), departure in zip(self.arrivals, [*leave, self.end_s], strict=True)
        ]


def _after_longest_leg(tour: Sequence[int], drive: Drive) -> int:
    legs = [(drive[a][b], -b) for a, b in zip(tour, [*tour[1:], tour[0]], strict=True)]
    return -max(legs)[1]
