"""The loops of `zoning.patrol.presences`: labels of partial days, and what can still be met.

Times are seconds after midnight. Place ``n`` is the base: the drives from and to it are the last
row and column. Import this module where a search needs it, not before: it loads numba.
"""

# ruff: noqa: PLR0912, PLR0917
# Compiled functions take no keywords, and a call that is not inlined costs more than a branch.

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from zoning.compiled import compiled
from zoning.patrol.day_problem import earliest_arrival, latest_departure

# States of the break.
BEFORE_BREAK: Final = 0
JUST_AFTER_BREAK: Final = 1  # no visit since: the next may be at the same building
NO_BREAK_LEFT: Final = 2
STATES: Final = 3

# Columns of labels.
PLACE: Final = 0
ARRIVAL: Final = 1
READY: Final = 2  # when the officer may leave
ON_BREAK: Final = 3
STATE: Final = 4
PARENT: Final = 5
WEIGHT: Final = 6  # wishes that are not remembered count at every visit
DISTINCT: Final = 7  # weight with every wish counted once
DRIVEN: Final = 8
MASK: Final = 9  # remembered wishes that are met
IS_DROPPED: Final = 10
NEXT_THERE: Final = 11  # an earlier label of the same place and state
NEXT_THEN: Final = 12  # an earlier label that is ready in the same second
FIELDS: Final = 13


class Roads(NamedTuple):
    """Drives, and when the officer must leave for the base.

    Attributes
    ----------
    begins, drive
        ``period_begins_s`` and ``drive_s`` of `DayProblem`, with the base as the last place.
    leave_by
        Shape (n + 1,): latest departure that is back at the base in time.
    is_stop_quicker
        Whether a visit on the way may be quicker than the direct drive between some places.
    """

    begins: Any
    drive: Any
    leave_by: Any
    is_stop_quicker: bool


class Wishes(NamedTuple):
    """Wished presences in the order of places: those of a place are rows first[p] to first[p + 1].

    Attributes
    ----------
    open_s, last_s
        Opening of the window, and the latest arrival that meets it (-1: none does).
    bit
        Bit of the wish in the mask; 0 if it is not remembered.
    remembered
        Shape (bits,): the wish of each bit.
    reach
        Shape (n + 1, bits): latest departure from each place that still meets it.
    """

    first: Any
    open_s: Any
    last_s: Any
    weight: Any
    bit: Any
    remembered: Any
    reach: Any


class Rules(NamedTuple):
    """Numbers of a `DayProblem` by the same names."""

    start_s: int
    end_s: int
    dwell_s: int
    presence_s: int
    break_s: int
    break_from_s: int
    break_to_s: int


class Bound(NamedTuple):
    """What a partial day must be able to become.

    Attributes
    ----------
    left, step_s
        Of `bound_completions`; without steps there is no bound.
    floor
        Partial days that can become no heavier than this are dropped.
    """

    left: Any
    step_s: int
    floor: int


class Lists(NamedTuple):
    """The last label of each list, -1 for none; changed by the loops.

    Attributes
    ----------
    there
        Shape (STATES (n + 1),): labels of each place and state.
    then
        Shape (seconds of the shift + 1,): labels that are ready in each second.
    """

    there: Any
    then: Any


@compiled
def next_departure(wishes: Any, rules: Any, place: int, arrival: int, after: int) -> int:
    """Earliest departure above ``after`` that meets one more wish; 0 if none does."""
    best = 0
    for w in range(wishes.first[place], wishes.first[place + 1]):
        if arrival <= wishes.last_s[w]:
            ready = max(arrival, wishes.open_s[w]) + rules.presence_s
            if ready > after and (best == 0 or ready < best):
                best = ready
    return best


@compiled
def bound_completions(
    roads: Any, wishes: Any, rules: Any, bound: Any, visits: Any, breaks: Any
) -> None:
    """Bound the weight that a partial day can still meet.

    Every wish may be met again at each visit, and times are rounded down to the step, which is no
    longer than a dwell and a break: so no day meets more.

    Parameters
    ----------
    bound
        Its ``left``, shape (STATES, n + 1, steps) and filled with -1, becomes the bound for an
        officer who is ready at ``start_s + k * step_s`` or later; -1 where no day can be completed.
    visits, breaks
        The same for one who arrives for a visit, shape (STATES, n, steps), and for the break,
        shape (n, steps).
    """
    n = len(wishes.first) - 1
    left, step = bound.left, bound.step_s
    steps = left.shape[2]
    first_state = BEFORE_BREAK if rules.break_s > 0 else NO_BREAK_LEFT
    for k in range(steps - 1, -1, -1):
        now = rules.start_s + k * step
        for place in range(n):
            departure = now + rules.dwell_s
            while departure > 0 and departure <= rules.end_s:
                gain = 0
                for w in range(wishes.first[place], wishes.first[place + 1]):
                    ready = max(now, wishes.open_s[w]) + rules.presence_s
                    if now <= wishes.last_s[w] and ready <= departure:
                        gain += wishes.weight[w]
                if gain > 0 or roads.is_stop_quicker:
                    at = (departure - rules.start_s) // step
                    for state in range(first_state, STATES):
                        if left[state, place, at] >= 0:
                            visits[state, place, k] = max(
                                visits[state, place, k], gain + left[state, place, at]
                            )
                departure = next_departure(wishes, rules, place, now, departure)
            begin = max(now, rules.break_from_s)
            at = (begin + rules.break_s - rules.start_s) // step
            if begin <= rules.break_to_s and at < steps:
                breaks[place, k] = left[JUST_AFTER_BREAK, place, at]
        for place in range(n + 1):
            for state in range(first_state, STATES):
                if k + 1 < steps:
                    left[state, place, k] = left[state, place, k + 1]
                if state != BEFORE_BREAK and now <= roads.leave_by[place]:
                    left[state, place, k] = max(left[state, place, k], 0)
            for other in range(n):
                arrival = earliest_arrival(roads.begins, roads.drive, place, other, now)
                at = (arrival - rules.start_s) // step
                if at >= steps:
                    continue
                for state in range(first_state, STATES):
                    best = left[state, place, k]
                    if state == BEFORE_BREAK:
                        best = max(best, breaks[other, at])
                    if other != place or state == JUST_AFTER_BREAK:
                        visiting = BEFORE_BREAK if state == BEFORE_BREAK else NO_BREAK_LEFT
                        best = max(best, visits[visiting, other, at])
                    left[state, place, k] = best


@compiled
def grow_days(
    roads: Any,
    wishes: Any,
    rules: Any,
    bound: Any,
    lists: Any,
    labels: Any,
    limit: int,
) -> Any:
    """Grow partial days, earliest first, and keep those that no other makes needless.

    Parameters
    ----------
    labels
        Shape (any, FIELDS): room for labels; the first is the officer at the base.
    limit
        Number of labels after which the search ends.

    Returns
    -------
    tuple
        The labels, their number, and whether the search ended by itself.
    """
    n = len(wishes.first) - 1
    count = 1
    new = np.zeros(FIELDS, dtype=np.int64)
    for second in range(len(lists.then)):
        at = lists.then[second]
        while at >= 0:
            for choice in range(2 * n):  # a visit to each place, and the break there
                other, on_break = choice // 2, choice % 2
                place, state = labels[at, PLACE], labels[at, STATE]
                if labels[at, IS_DROPPED] or (on_break and state != BEFORE_BREAK):
                    continue
                if other == place and not on_break and state != JUST_AFTER_BREAK:
                    continue
                arrival = earliest_arrival(
                    roads.begins, roads.drive, place, other, labels[at, READY]
                )
                stay = rules.dwell_s
                next_state = BEFORE_BREAK if state == BEFORE_BREAK else NO_BREAK_LEFT
                if on_break:
                    arrival = max(arrival, rules.break_from_s)
                    if arrival > rules.break_to_s or not is_break_needed(
                        roads, wishes, rules, place, other, labels[at, READY], arrival
                    ):
                        continue
                    stay = rules.break_s
                    next_state = JUST_AFTER_BREAK
                new[PLACE] = other
                new[ARRIVAL] = arrival
                new[READY] = arrival + stay
                new[ON_BREAK] = on_break
                new[STATE] = next_state
                new[PARENT] = at
                gained = -1
                while new[READY] > 0 and new[READY] <= rules.end_s:
                    gain = meet(labels, wishes, rules, new)
                    is_of_use = gain > 0 or on_break or roads.is_stop_quicker
                    if gain > gained and is_of_use:
                        gained = gain
                        if is_needed(labels, new, roads, wishes, rules, bound, lists.there):
                            if count == len(labels):
                                labels = doubled(labels)
                            add(labels, count, new, rules, lists)
                            count += 1
                    if on_break:
                        break
                    new[READY] = next_departure(wishes, rules, other, arrival, new[READY])
            if count > limit:
                return labels, count, False
            at = labels[at, NEXT_THEN]
    return labels, count, True


@compiled
def is_break_needed(
    roads: Any, wishes: Any, rules: Any, place: int, other: int, ready: int, begin: int
) -> bool:
    """Whether a break elsewhere may be better than one here, or where the officer goes on to.

    A place without a wish that can still be met is only on the way.
    """
    after = begin + rules.break_s
    if other == place or roads.is_stop_quicker or has_wish(wishes, other, after):
        return True
    n = len(wishes.first) - 1
    begins, drive = roads.begins, roads.drive
    begin_here = max(ready, rules.break_from_s)
    for goal in range(n + 1):
        if goal < n and not has_wish(wishes, goal, after):
            continue
        arrival = earliest_arrival(begins, drive, other, goal, after)
        if place < n and begin_here <= rules.break_to_s:
            leave = begin_here + rules.break_s
            if earliest_arrival(begins, drive, place, goal, leave) <= arrival:
                continue
        if goal < n:
            begin_there = max(
                earliest_arrival(begins, drive, place, goal, ready), rules.break_from_s
            )
            if begin_there <= rules.break_to_s and begin_there + rules.break_s <= arrival:
                continue
        return True
    return False


@compiled
def has_wish(wishes: Any, place: int, now: int) -> bool:
    """Whether a wish of a place can be met by an arrival from now on."""
    last_s = -1
    for w in range(wishes.first[place], wishes.first[place + 1]):
        last_s = max(last_s, wishes.last_s[w])
    return now <= last_s


@compiled
def doubled(labels: Any) -> Any:
    """Copy labels into twice the room."""
    larger = np.empty((2 * len(labels), FIELDS), dtype=np.int64)
    for k in range(len(labels)):  # numba takes 5 s to compile a slice
        for field in range(FIELDS):
            larger[k, field] = labels[k, field]
    return larger


@compiled
def meet(labels: Any, wishes: Any, rules: Any, new: Any) -> int:
    """Fill in what the last stop of a new label meets; return the weight that it adds."""
    parent, place = new[PARENT], new[PLACE]
    mask = labels[parent, MASK]
    gain = 0
    distinct = 0
    for w in range(wishes.first[place], wishes.first[place + 1]):
        if not is_met(wishes, rules, w, new) or mask & wishes.bit[w]:
            continue
        gain += wishes.weight[w]
        mask |= wishes.bit[w]
        at = parent
        while at > 0 and not (labels[at, PLACE] == place and is_met(wishes, rules, w, labels[at])):
            at = labels[at, PARENT]
        if at <= 0:
            distinct += wishes.weight[w]
    new[MASK] = mask
    new[WEIGHT] = labels[parent, WEIGHT] + gain
    new[DISTINCT] = labels[parent, DISTINCT] + distinct
    return gain


@compiled
def is_met(wishes: Any, rules: Any, w: int, label: Any) -> bool:
    """Whether the stop of a label, at the place of a wish, meets it."""
    ready = max(label[ARRIVAL], wishes.open_s[w]) + rules.presence_s
    return bool(
        not label[ON_BREAK] and label[ARRIVAL] <= wishes.last_s[w] and ready <= label[READY]
    )


@compiled
def is_needed(
    labels: Any, new: Any, roads: Any, wishes: Any, rules: Any, bound: Any, there: Any
) -> bool:
    """Whether no label makes a new one needless; if so, drop those that it makes needless.

    Label A makes B needless if it is at the same place, in the same state of the break, ready no
    later, and weighs no less after the remembered wishes are taken off that A has met and B can
    still meet: whatever B can become, A can become at least as heavy.
    """
    place, state, ready = new[PLACE], new[STATE], new[READY]
    if state == BEFORE_BREAK and ready > rules.break_to_s:
        return False
    if state != BEFORE_BREAK and ready > roads.leave_by[place] and not roads.is_stop_quicker:
        return False
    if bound.left.shape[2] > 0:
        more = bound.left[state, place, (ready - rules.start_s) // bound.step_s]
        if more < 0 or new[WEIGHT] + more <= bound.floor:
            return False
    bits = len(wishes.remembered)
    if bits == len(wishes.weight):
        unmet = ((1 << bits) - 1) & ~new[MASK]
        if new[WEIGHT] + lost(unmet, wishes, place, ready) <= bound.floor:
            return False
    parent = labels[new[PARENT], PLACE]
    new[DRIVEN] = labels[new[PARENT], DRIVEN]
    if parent != place:
        new[DRIVEN] += new[ARRIVAL] - latest_departure(
            roads.begins, roads.drive, parent, place, new[ARRIVAL]
        )
    at = there[STATES * place + state]
    while at >= 0:
        extra = labels[at, WEIGHT] - new[WEIGHT]
        if (
            labels[at, READY] <= ready
            and extra >= 0
            and extra >= lost(labels[at, MASK] & ~new[MASK], wishes, place, ready)
        ):
            is_tie = (
                labels[at, READY] == ready
                and extra == 0
                and lost(new[MASK] & ~labels[at, MASK], wishes, place, ready) == 0
            )
            is_better = new[DISTINCT] > labels[at, DISTINCT] or (
                new[DISTINCT] == labels[at, DISTINCT] and new[DRIVEN] < labels[at, DRIVEN]
            )
            if not (is_tie and is_better):
                return False
        at = labels[at, NEXT_THERE]
    before = -1
    at = there[STATES * place + state]
    while at >= 0:
        following = labels[at, NEXT_THERE]
        extra = new[WEIGHT] - labels[at, WEIGHT]
        if (
            labels[at, READY] >= ready
            and extra >= 0
            and extra >= lost(new[MASK] & ~labels[at, MASK], wishes, place, labels[at, READY])
        ):
            labels[at, IS_DROPPED] = 1
            if before < 0:
                there[STATES * place + state] = following
            else:
                labels[before, NEXT_THERE] = following
        else:
            before = at
        at = following
    return True


@compiled
def lost(mask: int, wishes: Any, place: int, ready: int) -> int:
    """Weight of the wishes of a mask that an officer at a place can still meet."""
    total = 0
    k = 0
    while mask >> k != 0:
        if (mask >> k) & 1 and ready <= wishes.reach[place, k]:
            total += wishes.weight[wishes.remembered[k]]
        k += 1
    return total


@compiled
def add(labels: Any, count: int, new: Any, rules: Any, lists: Any) -> None:
    """Put a label to the others."""
    for field in range(FIELDS):
        labels[count, field] = new[field]
    node = STATES * new[PLACE] + new[STATE]
    second = new[READY] - rules.start_s
    labels[count, NEXT_THERE] = lists.there[node]
    labels[count, NEXT_THEN] = lists.then[second]
    labels[count, IS_DROPPED] = 0
    lists.there[node] = count
    lists.then[second] = count
