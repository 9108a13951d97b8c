"""Exact search for a day whose longest gap is at most a given number of seconds.

A partial day ends at a place, ready to leave at some time ``t``. Later, only ``t``, the presences
met, whether the break is over, and when each building was last visited matter. For one order of
stops all of these are bound by differences of two moments, so the values that can be reached, and
those that are worse, form the set

    t >= T,    last[x] <= min(C[x], t - c[x])  for each building x,

and no others: an inequality in which all ``last`` have positive and ``t`` negative coefficients is
a flow from the former to the latter or to midnight, hence a sum of the inequalities above. A label
therefore holds T, C and c, and stands for all times of its order at once, in whole seconds and
without a grid; the moment of leaving is chosen by what comes later. Each period of traffic in which
a drive can begin makes a label of its own, since within it a drive takes the same time.

Label A makes label B needless if both are at one place with the break in one state, T of A is no
later, A has met what B has of the presences whose windows are not over and as much of the others,
and A's ``last`` is no earlier at any t >= T of B.
"""

# Compiled functions take no keywords and are one piece, as calls between them cost time.
# ruff: noqa: PLR0912, PLR0915, PLR0917

from __future__ import annotations

from typing import Any, Final

import numpy as np

from zoning.compiled import compiled
from zoning.patrol.day_problem import latest_departure

FOUND: Final = 1
"""A day was found."""
NONE: Final = 0
"""No day exists."""
OPEN: Final = -1
"""The search was cut short."""

LONG_AGO: Final = -(10**6)
ALWAYS: Final = 10**6
CHECKS: Final = 2_000
"""Labels with which a new one is compared, the latest first. Our choice: more cost more than the
labels that they drop."""


@compiled
def shortest_ways(drive: Any, between_s: int) -> Any:
    """Least seconds from the end of a stop to the arrival at another, whatever lies between.

    Shape (n + 1, n + 1): each stop between takes ``between_s`` or more, each drive the least of
    all periods.
    """
    size = drive.shape[1]
    ways = drive[0].copy()
    for p in range(1, drive.shape[0]):
        ways = np.minimum(ways, drive[p])
    for m in range(size - 1):  # not by the base
        for i in range(size):
            for j in range(size):
                ways[i, j] = min(ways[i, j], ways[i, m] + between_s + ways[m, j])
    return ways


@compiled
def find_day(
    begins: Any,
    drive: Any,
    opens: Any,
    closes: Any,
    limits: Any,
    numbers: Any,
    w_place: Any,
    w_latest: Any,
    w_least: Any,
    w_weight: Any,
    need: int,
    room: int,
    width: int,
) -> tuple[int, int, Any, Any, Any]:
    """Find a day with weight ``need`` or more and no gap above its limit.

    Parameters
    ----------
    begins, drive, opens, closes, limits, numbers
        As `day_order.set_times` takes them.
    w_place, w_latest, w_least, w_weight
        The presences, 62 at most.
    room
        Labels after which the search ends.
    width
        Labels that are kept in each slice of time, those with most time to spare first.

    Returns
    -------
    tuple
        `FOUND`, `NONE` or `OPEN`; the labels made; and of the day found, from its last stop to
        its first, the places, whether it is the break, and the presences that the stop is for,
        as bits.
    """
    n, count = len(opens), len(w_place)
    periods = len(begins)
    start, end, dwell = numbers[0], numbers[1], numbers[2]
    pause, pause_from, pause_to = numbers[4], numbers[5], numbers[6]
    shortest = min(dwell, pause) if pause > 0 else dwell
    ways = shortest_ways(drive, shortest)
    inward = np.full(n, ALWAYS, dtype=np.int64)
    for x in range(n):
        for i in range(n):
            if i != x:
                inward[x] = min(inward[x], ways[i, x])
    home = np.zeros(n + 1, dtype=np.int64)
    for i in range(n):
        home[i] = latest_departure(begins, drive, i, n, end)
    spare = -need
    for w in range(count):
        spare += w_weight[w]

    time = np.zeros(room, dtype=np.int64)
    place = np.zeros(room, dtype=np.int64)
    state = np.zeros(room, dtype=np.int64)  # 0 before the break, 1 after it, 2 right after it
    met = np.zeros(room, dtype=np.int64)
    got = np.zeros(room, dtype=np.int64)  # weight of what is met
    parent = np.full(room, -1, dtype=np.int64)
    aim = np.zeros(room, dtype=np.int64)
    slack = np.zeros(room, dtype=np.int64)
    top = np.zeros((room, n), dtype=np.int64)
    lag = np.zeros((room, n), dtype=np.int64)
    after = np.full(room, -1, dtype=np.int64)  # the next label of its slice, then of its place

    slices = (end - start) // shortest + 2
    first = np.full(slices, -1, dtype=np.int64)
    recent = np.full((n + 1) * 3, -1, dtype=np.int64)
    c_new = np.zeros(n, dtype=np.int64)
    l_new = np.zeros(n, dtype=np.int64)
    due = np.zeros(n, dtype=np.int64)
    order = np.zeros(n, dtype=np.int64)
    windows = np.zeros(count + 1, dtype=np.int64)

    made = 1
    time[0], place[0], state[0] = start, n, 0 if pause > 0 else 1
    for x in range(n):
        top[0, x], lag[0, x] = opens[x], LONG_AGO
    first[0] = 0
    is_whole = True
    for s in range(slices):
        size = 0
        at = first[s]
        while at >= 0:
            size += 1
            at = after[at]
        if size == 0:
            continue
        members = np.zeros(size, dtype=np.int64)
        at, k = first[s], 0
        while at >= 0:
            members[k] = at
            k += 1
            at = after[at]
        members = members[np.argsort(time[members], kind="mergesort")]
        # Drop what another label makes needless.
        kept = 0
        for k in range(size):
            b = members[k]
            group = place[b] * 3 + state[b]
            at, checks, is_needless = recent[group], 0, False
            ahead = np.int64(0)  # presences that may still be met
            for w in range(count):
                if w_latest[w] >= time[b]:
                    ahead |= 1 << w
            while at >= 0 and checks < CHECKS:
                checks += 1
                more = met[at] & ahead
                if (more & met[b]) == (met[b] & ahead) and time[at] <= time[b]:
                    is_needless = got[at] >= got[b]
                    if is_needless and more != met[b] & ahead:
                        extra = got[at] - got[b]
                        for w in range(count):
                            if (more & ~met[b]) >> w & 1:
                                extra -= w_weight[w]
                        is_needless = extra >= 0
                    if not is_needless:
                        at = after[at]
                        continue
                    for x in range(n):
                        if top[at, x] < top[b, x] or (
                            lag[at, x] > lag[b, x] and time[b] - lag[at, x] < top[b, x]
                        ):
                            is_needless = False
                            break
                    if is_needless:
                        break
                at = after[at]
            if not is_needless:
                after[b] = recent[group]
                recent[group] = b
                members[kept] = b
                kept += 1
        members = members[:kept]
        if kept > width:
            is_whole = False
            members = members[np.argsort(-slack[members], kind="mergesort")][:width]
        for k in range(len(members)):
            b = members[k]
            i, t = place[b], time[b]
            # Latest moment of leaving that lets every other building be visited in time.
            leave_by = home[i] if i < n else end
            for x in range(n):
                if (x != i or state[b] == 2) and top[b, x] < closes[x] - limits[x]:
                    leave_by = min(leave_by, top[b, x] + limits[x] - ways[i, x])
            p0 = 0
            while p0 + 1 < periods and begins[p0 + 1] <= t:
                p0 += 1
            for stop in range(2 * n):  # a visit, or the break
                j, is_break = stop % n, stop >= n
                if is_break and state[b] != 0:
                    continue
                if not is_break and j == i and state[b] != 2:
                    continue
                for p in range(p0, periods):
                    low0 = max(t, begins[p])
                    if low0 > leave_by:
                        break
                    high0 = leave_by if p + 1 == periods else min(leave_by, begins[p + 1] - 1)
                    ride = 0 if i == j else drive[p, i, j]
                    stay = pause if is_break else dwell
                    for variant in range(4):
                        # Whether building j counts as seen to its closing, or is in time; and
                        # whether building i was left before it opens, or after.
                        low, high = low0, high0
                        is_early = variant >= 2
                        if is_early and (i == n or state[b] == 2 or low >= opens[i]):
                            continue
                        if not is_early and i < n and state[b] != 2:
                            low = max(low, opens[i])
                        if is_break:
                            if variant % 2:
                                continue
                            high = min(high, pause_to - ride)
                        elif variant % 2 == 0:
                            if lag[b, j] + ride > limits[j] or (
                                min(top[b, j], low - lag[b, j]) >= closes[j] - limits[j]
                            ):
                                continue
                            high = min(high, top[b, j] + limits[j] - ride)
                        else:
                            if top[b, j] < closes[j] - limits[j]:
                                continue
                            low = max(low, closes[j] - limits[j] + lag[b, j])
                        if low > high:
                            continue
                        # Presences of j that this visit could be for.
                        choices = 0
                        if not is_break:
                            for w in range(count):
                                if (
                                    w_place[w] == j
                                    and not (met[b] >> w) & 1
                                    and low + ride <= w_latest[w]
                                ):
                                    windows[choices] = w
                                    choices += 1
                        for choice in range(1 << choices):
                            high1 = high
                            ready = low + ride + stay
                            if is_break:
                                ready = max(low + ride, pause_from) + pause
                            bits = 0
                            is_free_left = False
                            for q in range(choices):
                                w = windows[q]
                                if (choice >> q) & 1:
                                    bits |= 1 << w
                                    high1 = min(high1, w_latest[w] - ride)
                                    ready = max(ready, w_least[w])
                                elif high + ride <= w_latest[w] and low + ride + stay >= w_least[w]:
                                    is_free_left = True  # met at no cost: better taken
                            if is_free_left or high1 < low or ready > home[j]:
                                continue
                            # last[x] as a function of the new moment of leaving.
                            for x in range(n):
                                if x == j and not is_break:
                                    c_new[x], l_new[x] = ALWAYS, 0
                                    continue
                                if x == i and state[b] != 2:
                                    if is_early:
                                        c_new[x], l_new[x] = opens[x], LONG_AGO
                                        continue
                                    c, lagged = high1, ride + stay
                                else:
                                    c, lagged = top[b, x], lag[b, x]
                                    if lagged > LONG_AGO:
                                        c = min(c, high1 - lagged)
                                        lagged += ride + stay
                                if ready - lagged >= c:
                                    lagged = LONG_AGO
                                c_new[x], l_new[x] = c, lagged
                            # Enough time for what is due?
                            mets = met[b] | bits
                            now = 1 if state[b] == 2 else 2 if is_break else state[b]
                            missed = 0
                            for w in range(count):
                                if not (mets >> w) & 1:
                                    x = w_place[w]
                                    way = ways[j, x]
                                    if x == j and now != 2:
                                        way = shortest + (0 if now == 0 else inward[x])
                                    if ready + way > w_latest[w]:
                                        missed += w_weight[w]
                            if missed > spare:
                                continue
                            is_lost = False
                            for x in range(n):
                                due[x] = ALWAYS
                                if x == j and now != 2:
                                    continue
                                if c_new[x] < closes[x] - limits[x]:
                                    due[x] = min(c_new[x] + limits[x] - ready, limits[x] - l_new[x])
                                if due[x] < ways[j, x]:
                                    is_lost = True
                                    break
                            if is_lost:
                                continue
                            for w in range(count):
                                x = w_place[w]
                                if (
                                    not (mets >> w) & 1
                                    and missed + w_weight[w] > spare
                                    and (x != j or now == 2)
                                    and ready + ways[j, x] <= w_latest[w]
                                ):
                                    due[x] = min(due[x], w_latest[w] - ready)
                            for q in range(n):  # insertion sort, the first due first
                                order[q] = q
                                r = q
                                while r and due[order[r - 1]] > due[q]:
                                    order[r] = order[r - 1]
                                    r -= 1
                                order[r] = q
                            passed, least_slack = 0, ALWAYS
                            is_pausing = pause > 0 and now == 0
                            for q in range(n):
                                x = order[q]
                                if due[x] == ALWAYS:
                                    break
                                passed += 0 if x == j else inward[x]
                                if is_pausing and ready + passed > pause_to:
                                    passed += pause
                                    is_pausing = False
                                if passed > due[x]:
                                    is_lost = True
                                    break
                                least_slack = min(least_slack, due[x] - passed)
                                passed += dwell
                            if is_lost:
                                continue
                            if pause > 0 and now == 0 and ready > pause_to:
                                continue
                            if made == room:
                                return OPEN, made, place[:0], state[:0], aim[:0]
                            m = made
                            made += 1
                            time[m], place[m], state[m], met[m] = ready, j, now, mets
                            parent[m], aim[m], slack[m] = b, bits, least_slack
                            got[m] = got[b]
                            for w in range(count):
                                if bits >> w & 1:
                                    got[m] += w_weight[w]
                            is_done = now != 0
                            for x in range(n):
                                top[m, x], lag[m, x] = c_new[x], l_new[x]
                                last = min(c_new[x], home[j] - l_new[x])
                                if last < closes[x] - limits[x] and closes[x] > opens[x]:
                                    is_done = False
                            if is_done and got[m] >= need:
                                length = 0
                                at = m
                                while parent[at] >= 0:
                                    length += 1
                                    at = parent[at]
                                places = np.zeros(length, dtype=np.int64)
                                rests = np.zeros(length, dtype=np.int64)
                                aims = np.zeros(length, dtype=np.int64)
                                at = m
                                for q in range(length):
                                    places[q], aims[q] = place[at], aim[at]
                                    rests[q] = 1 if state[at] == 2 else 0
                                    at = parent[at]
                                return FOUND, made, places, rests, aims
                            to = (ready - start) // shortest
                            after[m] = first[to]
                            first[to] = m
    return (NONE if is_whole else OPEN), made, place[:0], state[:0], aim[:0]
