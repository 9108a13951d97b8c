"""The times of a given order of stops, and better orders by local search.

For a given order, the longest gap allowed fixes a system of difference constraints: each bounds
one moment by a monotone function of another (a drive, a stay, a gap, a window). Such a system has
an earliest and a latest solution, and none if they cross (Bellman 1958 for constant drives; with
drives that nobody shortens by leaving later the same fixed point exists). So the times are exact
in whole seconds, not on a grid.
"""

# Compiled functions take no keywords and are one piece, as calls between them cost time.
# ruff: noqa: PLR0911, PLR0912, PLR0915, PLR0917

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from zoning.compiled import compiled
from zoning.patrol.day_problem import (
    DayProblem,
    Ints,
    Stop,
    earliest_arrival,
    latest_departure,
)

ANY_TIME: Final = 10**6
"""Later than every moment of a day, seconds after midnight."""
ROUNDS: Final = 10_000
"""Passes over the stops after which an order is taken to have no times. With constant drives two
for each stop are enough (Bellman 1958); where traffic changes it can take as many as seconds."""
MISSING_VISIT: Final = 1e10
"""What a day is worth in which one wished visit is missing; the less the better."""
FEW_ROUNDS: Final[Any] = np.int64(60)
"""The same while many orders are tried. Our choice: hardly an order needs more. A number of NumPy,
as a Python one would have numba compile `set_times` once more, for this value alone."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DayArrays:
    """A problem as the loops take it.

    Attributes
    ----------
    drive
        Shape (periods, n + 1, n + 1), seconds; the last row and column are the base.
    numbers
        Start and end of the shift, shortest and longest stay, break, and when it may begin.
    place, latest_arrival, earliest_departure, weight
        Shape (presences,): the building of each presence that can be met; a stay of the shortest
        length or more meets it if it begins and ends so.
    wished
        Rows of these presences in the problem.
    """

    begins: Ints
    drive: Ints
    open_s: Ints
    close_s: Ints
    numbers: Ints
    place: Ints
    latest_arrival: Ints
    earliest_departure: Ints
    weight: Ints
    wished: tuple[int, ...]
    visits: Ints

    @classmethod
    def of(cls, problem: DayProblem) -> DayArrays:
        """Take the arrays of a problem."""
        row = {name: k for k, name in enumerate(problem.building_ids)}
        wished = tuple(
            k
            for k, wish in enumerate(problem.presences)
            if wish.close_s - wish.open_s >= problem.presence_s and wish.weight > 0
        )
        wishes = [problem.presences[k] for k in wished]
        # Of one layout: numba would compile the loops again for a column of a table.
        return cls(
            begins=np.ascontiguousarray(problem.period_begins_s, dtype=np.int64),
            drive=problem.drives_with_base(),
            open_s=np.ascontiguousarray(problem.open_s, dtype=np.int64),
            close_s=np.ascontiguousarray(problem.close_s, dtype=np.int64),
            numbers=np.array(
                [
                    problem.start_s,
                    problem.end_s,
                    problem.dwell_s,
                    problem.longest_stay_s,
                    problem.break_s,
                    problem.break_from_s,
                    problem.break_to_s,
                ],
                dtype=np.int64,
            ),
            place=np.array([row[wish.building_id] for wish in wishes], dtype=np.int64),
            latest_arrival=np.array(
                [wish.close_s - problem.presence_s for wish in wishes], dtype=np.int64
            ),
            earliest_departure=np.array(
                [wish.open_s + problem.presence_s for wish in wishes], dtype=np.int64
            ),
            weight=np.array([wish.weight for wish in wishes], dtype=np.int64),
            wished=wished,
            visits=np.ascontiguousarray(problem.wished_visits, dtype=np.int64),
        )


def gap_limits(problem: DayProblem, gap_s: int) -> Ints:
    """How long each building may be without a visit if the longest gap is ``gap_s``.

    A building with a wished gap counts its gaps longer, by the largest wish of the problem over
    its own: a gap of 30 minutes where 30 are wished counts as one of 60 where 60 are. With equal
    or no wishes it is the plain gap.
    """
    wishes = np.asarray(problem.wished_gap_s, dtype=np.int64)
    base = int(wishes.max(initial=0))
    if base == 0:
        return np.full(problem.size, gap_s, dtype=np.int64)
    return np.where(wishes > 0, gap_s * wishes // base, gap_s).astype(np.int64)


def longest_gap(problem: DayProblem, stops: tuple[Stop, ...]) -> int:
    """Longest time that a building is without a visit while open, seconds (see `gap_limits`)."""
    base = int(np.max(problem.wished_gap_s, initial=0))
    longest = 0
    for place, gaps in enumerate(problem.gaps(stops)):
        wish = int(problem.wished_gap_s[place]) or base
        for begin, end in gaps:
            gap = end - begin
            longest = max(longest, -(-gap * base // wish) if wish else gap)
    return longest


@compiled
def set_times(
    rounds: Any,
    count: int,
    place: Any,
    rest: Any,
    latest: Any,
    least: Any,
    begins: Any,
    drive: Any,
    opens: Any,
    closes: Any,
    limits: Any,
    numbers: Any,
    a: Any,
    d: Any,
    high_a: Any,
    high_d: Any,
) -> bool:
    """Times of ``count`` stops that keep the limits on gaps, or False.

    ``rest`` marks the break; ``latest`` and ``least`` bound the arrival from above and the
    departure from below. Gives arrivals ``a`` and departures ``d`` that leave no second of the
    shift between a stop and the next drive. They are the earliest for which no stay is longer
    than the longest, except where the latest times allow no other.
    """
    n = len(opens)
    start, end, dwell, longest = numbers[0], numbers[1], numbers[2], numbers[3]
    pause, pause_from, pause_to = numbers[4], numbers[5], numbers[6]
    before = np.full(count, -1, dtype=np.int64)
    final = np.full(n, -1, dtype=np.int64)
    for k in range(count):
        if rest[k] == 0:
            before[k] = final[place[k]]
            final[place[k]] = k
    for i in range(n):
        if final[i] < 0 and closes[i] - opens[i] > limits[i]:
            return False
    if count == 0:
        return True
    first = earliest_arrival(begins, drive, n, place[0], start)
    home = latest_departure(begins, drive, place[count - 1], n, end)

    # One after the other, as if there were no gaps.
    for k in range(count):
        a[k] = earliest_arrival(begins, drive, place[k - 1], place[k], d[k - 1]) if k else first
        if rest[k]:
            a[k] = max(a[k], pause_from)
        d[k] = a[k] + pause if rest[k] else max(a[k] + dwell, least[k])

    # The latest times, by lowering bounds until none is too high.
    for k in range(count):
        high_a[k] = pause_to if rest[k] else latest[k]
        high_d[k] = home
    if not rest[0]:  # a break that comes first may have to wait for its time
        high_a[0] = min(high_a[0], first)
    changed, passed = True, 0
    while changed:
        changed = False
        passed += 1
        if passed > rounds:
            return False
        for k in range(count - 1, -1, -1):
            leave = high_d[k]
            come = high_a[k]
            if k and rest[k - 1]:  # nobody waits after the break
                come = min(
                    come,
                    earliest_arrival(begins, drive, place[k - 1], place[k], high_d[k - 1]),
                )
            if k + 1 < count:
                leave = min(
                    leave, latest_departure(begins, drive, place[k], place[k + 1], high_a[k + 1])
                )
            if rest[k]:
                come = min(come, leave - pause)
                leave = min(leave, come + pause)
            else:
                come = min(come, leave - dwell)
                since = opens[place[k]]
                if before[k] >= 0:
                    since = max(since, high_d[before[k]])
                if closes[place[k]] - since > limits[place[k]]:
                    come = min(come, since + limits[place[k]])
            if leave < d[k] or come < a[k]:
                return False
            if leave < high_d[k] or come < high_a[k]:
                changed = True
                high_d[k], high_a[k] = leave, come

    # The earliest times, by raising bounds until none is too low.
    if not rest[count - 1]:
        d[count - 1] = max(d[count - 1], home)
    for i in range(n):
        if final[i] >= 0 and closes[i] - limits[i] > opens[i]:
            d[final[i]] = max(d[final[i]], closes[i] - limits[i])
    changed, passed = True, 0
    while changed:
        changed = False
        passed += 1
        if passed > rounds:
            return False
        for k in range(count):
            come, leave = a[k], d[k]
            if k:
                come = max(come, earliest_arrival(begins, drive, place[k - 1], place[k], d[k - 1]))
            if k + 1 < count:
                leave = max(
                    leave, latest_departure(begins, drive, place[k], place[k + 1], a[k + 1])
                )
            if rest[k]:
                come = max(come, leave - pause)
                leave = max(leave, come + pause)
            else:
                come = max(come, min(leave - longest, high_a[k]))
                leave = max(leave, come + dwell)
            if come > high_a[k] or leave > high_d[k]:
                return False
            if come > a[k] or leave > d[k]:
                changed = True
                a[k], d[k] = come, leave
            if before[k] >= 0:
                i, p = place[k], before[k]
                by = min(a[k], closes[i]) - limits[i]
                if by > opens[i] and by > d[p]:
                    d[p] = by
                    changed = True

    # Who leaves just before traffic gets slower arrives earlier than needed.
    for k in range(1, count):
        come = earliest_arrival(begins, drive, place[k - 1], place[k], d[k - 1])
        if rest[k]:
            a[k] = max(pause_from, min(a[k], come))
            d[k] = a[k] + pause
        else:
            a[k] = min(a[k], come)
    return True


@compiled
def measure_day(
    count: int,
    place: Any,
    rest: Any,
    a: Any,
    d: Any,
    begins: Any,
    drive: Any,
    opens: Any,
    closes: Any,
    scales: Any,
    visits: Any,
    numbers: Any,
    values: Any,
) -> None:
    """Write what a timetable is worth into ``values``.

    Largest scaled gap, sum of squares of scaled gaps, buildings without a visit, wished visits
    that are missing, seconds stood beyond the longest stay, seconds of driving.

    A visit while the building is closed counts as a longest stay more, and its time and drives as
    standing: nobody drives to a closed school rather than stand at the school before it.
    """
    n = len(opens)
    since = opens.copy()
    seen = np.zeros(n, dtype=np.int64)
    largest, squares, over, driving = 0.0, 0.0, 0, 0
    here, ready, is_idle = n, numbers[0], False
    for k in range(count):
        i = place[k]
        ride = 0
        if i != here:
            p = 0
            while p + 1 < len(begins) and begins[p + 1] <= ready:
                p += 1
            ride = drive[p, here, i]
        driving += ride
        if is_idle:
            over += ride
        here, ready, is_idle = i, d[k], False
        if rest[k]:
            continue
        if a[k] < closes[i] and d[k] > opens[i]:
            seen[i] += 1
            over += max(0, d[k] - a[k] - numbers[3])
        else:
            is_idle = True
            over += ride + d[k] - a[k] + numbers[3]
        if min(a[k], closes[i]) > since[i]:
            gap = (min(a[k], closes[i]) - since[i]) * scales[i]
            largest = max(largest, gap)
            squares += gap * gap
        since[i] = max(since[i], d[k])
    if count:
        p = 0
        while p + 1 < len(begins) and begins[p + 1] <= ready:
            p += 1
        driving += drive[p, here, n]
        if rest[count - 1]:  # nothing after the break
            over += max(0, numbers[1] - drive[p, here, n] - ready)
    unseen, short = 0, 0
    for i in range(n):
        if closes[i] > since[i]:
            gap = (closes[i] - since[i]) * scales[i]
            largest = max(largest, gap)
            squares += gap * gap
        if closes[i] > opens[i]:
            unseen += seen[i] == 0
            short += max(0, visits[i] - seen[i])
    values[0], values[1], values[2] = largest, squares, unseen
    values[3], values[4], values[5] = short, over, driving


@compiled
def judge_order(
    for_gaps: bool,
    count: int,
    place: Any,
    rest: Any,
    latest: Any,
    least: Any,
    begins: Any,
    drive: Any,
    opens: Any,
    closes: Any,
    limits: Any,
    scales: Any,
    visits: Any,
    numbers: Any,
    times: Any,
    values: Any,
) -> float:
    """What an order is worth, the less the better; infinite if no times keep the limits.

    For gaps the sum of squares; else buildings without a visit, missing visits, time stood beyond
    the longest stay, and driving, each before the next.
    """
    for k in range(count - 1):
        if place[k] == place[k + 1] and rest[k] == rest[k + 1]:
            return np.inf
    if not set_times(
        FEW_ROUNDS, count, place, rest, latest, least, begins, drive, opens, closes, limits,
        numbers, times[0], times[1], times[2], times[3],
    ):  # fmt: skip
        return np.inf
    measure_day(
        count, place, rest, times[0], times[1], begins, drive, opens, closes, scales, visits,
        numbers, values,
    )  # fmt: skip
    if for_gaps:
        return float(values[1] + values[5])  # equal gaps: less driving
    return float((values[2] * 1000.0 + values[3]) * MISSING_VISIT + values[4] * 1e5 + values[5])


@compiled
def improve_order(
    for_gaps: bool,
    budget: int,
    count: int,
    place: Any,
    rest: Any,
    latest: Any,
    least: Any,
    begins: Any,
    drive: Any,
    opens: Any,
    closes: Any,
    limits: Any,
    scales: Any,
    visits: Any,
    numbers: Any,
) -> tuple[int, int, float]:
    """Change an order, in its arrays, until no move makes it better or the budget is used up.

    Moves: a visit more, a visit at another building, a visit less (the two around it become one
    if they are at one building), a stop at another moment, two stops exchanged; and, where visits
    are missing, two visits more. Stops that a presence needs are moved, never dropped. Returns the
    number of stops, of orders judged, and what the order is worth.
    """
    n, room = len(opens), len(place)
    times = np.zeros((4, room), dtype=np.int64)
    values = np.zeros(6, dtype=np.float64)
    p, r = place.copy(), rest.copy()
    late, soon = latest.copy(), least.copy()
    best = judge_order(
        for_gaps, count, place, rest, latest, least, begins, drive, opens, closes, limits,
        scales, visits, numbers, times, values,
    )  # fmt: skip
    judged, since_better = 1, 0
    move, x, y = 0, 0, 0
    reach = 4 if n > 10 else room
    pairs = n
    while judged < budget:
        moves = 6 if not for_gaps and MISSING_VISIT <= best < np.inf else 5
        if since_better >= moves:
            break
        # One candidate: stops (place, rest, latest, least) after the move, or none.
        size = -1
        if move == 0:  # y before stop x
            if count < room and x <= count:
                size = count + 1
                for k in range(size):
                    s = k if k < x else k - 1
                    if k == x:
                        p[k], r[k], late[k], soon[k] = y, 0, ANY_TIME, 0
                    else:
                        p[k], r[k], late[k], soon[k] = place[s], rest[s], latest[s], least[s]
        elif move == 1:  # stop x at y
            if x < count and latest[x] == ANY_TIME and place[x] != y:
                size = count
                for k in range(size):
                    p[k], r[k], late[k], soon[k] = place[k], rest[k], latest[k], least[k]
                p[x] = y
        elif move == 2:  # without stop x
            if y == 0 and x < count and rest[x] == 0 and latest[x] == ANY_TIME:
                is_one = (
                    0 < x < count - 1
                    and place[x - 1] == place[x + 1]
                    and rest[x - 1] == rest[x + 1] == 0
                )
                size = count - 2 if is_one else count - 1
                for k in range(size):
                    s = k if k < x else k + count - size
                    p[k], r[k], late[k], soon[k] = place[s], rest[s], latest[s], least[s]
                if is_one:
                    late[x - 1] = min(latest[x - 1], latest[x + 1])
                    soon[x - 1] = max(least[x - 1], least[x + 1])
        elif move == 5:  # two visits before stop x; among many buildings, to y and back
            if (pairs > n or x > 0) and x <= count and count + 1 < room:
                size = count + 2
                for k in range(size):
                    s = k if k < x else k - 2
                    if x <= k < x + 2:
                        p[k], r[k], late[k], soon[k] = y % n, 0, ANY_TIME, 0
                    else:
                        p[k], r[k], late[k], soon[k] = place[s], rest[s], latest[s], least[s]
                p[x + 1] = y // n if pairs > n else place[x - 1]
        elif x < count and y < count and x != y and abs(x - y) <= reach:
            size = count
            if move == 3:  # stop x moves to the place of stop y
                for k in range(size):
                    s = k
                    if x < y and x <= k < y:
                        s = k + 1
                    elif y < x and y < k <= x:
                        s = k - 1
                    if k == y:
                        s = x
                    p[k], r[k], late[k], soon[k] = place[s], rest[s], latest[s], least[s]
            elif x < y:  # stops x and y exchanged
                for k in range(size):
                    s = y if k == x else x if k == y else k
                    p[k], r[k], late[k], soon[k] = place[s], rest[s], latest[s], least[s]
            else:
                size = -1
        if size >= 0:
            judged += 1
            value = judge_order(
                for_gaps, size, p, r, late, soon, begins, drive, opens, closes, limits, scales,
                visits, numbers, times, values,
            )  # fmt: skip
            if value < best:
                best = value
                count = size
                for k in range(size):
                    place[k], rest[k], latest[k], least[k] = p[k], r[k], late[k], soon[k]
                since_better = 0
        # The next one.
        y += 1
        if y >= (n if move < 2 else 1 if move == 2 else pairs if move == 5 else count):
            y = 0
            x += 1
            if x > count:
                x = 0
                move += 1
                since_better += 1
                if move >= moves:
                    move = 0
    return count, judged, best
