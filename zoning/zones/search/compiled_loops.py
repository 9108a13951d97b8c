"""Loops over numbers of the zone search, compiled: growing zones, and choosing columns.

`zoning.zones.search.zone_growth` says which zones are enumerated, and why. `grow_from_seeds` lists
the same zones in the same order, from the same sums in the same order, without an array for each
step. Import this module where a search needs it, not before: it loads numba.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from zoning.compiled import compiled
from zoning.zones.arrays import Bools, Floats, Indices, Numbers


class Request(NamedTuple):
    """What is asked of a growth.

    Attributes
    ----------
    size, limit
        Number of buildings of a zone, and upper bound on its reduced cost.
    keep
        Beam width; -1 for none.
    parts
        Limit of partial zones of a seed.
    enough
        Number of partial zones after which the next seed is left to the next call.
    """

    size: int
    limit: float
    keep: int
    parts: int
    enough: int


class Tables(NamedTuple):
    """The arrays of a growth, over all its buildings.

    Attributes
    ----------
    charge, once, needs, begins
        The options of all choices side by side: choice ``c`` has those from ``begins[c]`` up to
        ``begins[c + 1]``.
    loads, bounds
        Shape (loads, n), and (loads, 2) with the least and most of each sum.
    """

    pair: Floats
    gain: Floats
    with_nearest: Floats
    within: Bools
    follows: Numbers
    charge: Floats
    once: Floats
    needs: Numbers
    begins: Numbers
    loads: Floats
    bounds: Floats


class Near(NamedTuple):
    """The arrays of a growth over the buildings that can share a zone with a seed, the seed first.

    Attributes
    ----------
    table
        A row for each building: its pair with each, its charge with each option, its value in
        each load, and its gain. A zone's sums are the sum of its rows.
    worth
        Shape (n, size), pairs with so many nearest others, less the gain.
    needs, begins
        Place of the building that an option needs, -1 for none; where each choice begins.
    groups
        Shape (n, 3): the next building of the same group, -1 for none; whether one is a later one
        of its group; whether the next one is out of reach.
    loads
        Shape (loads, 2 + 2 size): least and most, sums of the 0, 1 ... smallest values, and of
        the largest.
    sums
        Shape (size, columns of the table): the sums of the first 1, 2 ... members of a partial
        zone, which neighbours in a list share.
    work
        Shape (3, n, options or size): for one partial zone, the cost of each further building;
        its charge with each option; and the lowest of those costs in rising order.
    """

    table: Floats
    worth: Floats
    needs: Numbers
    begins: Numbers
    groups: Numbers
    loads: Floats
    sums: Floats
    work: Floats


class Step(NamedTuple):
    """Partial zones of as many buildings, the cost of their pairs, and their lower bound."""

    zones: Indices
    paid: Floats
    bound: Floats


@compiled
def grow_from_seeds(
    tables: Tables, request: Request, first: int, end: int
) -> tuple[Indices, int, int, bool]:
    """Enumerate the zones of the seeds from ``first`` up to ``end``.

    Returns
    -------
    tuple
        A table with zones in its first rows, and how many; the seed to go on from; and whether
        the limit of partial zones was kept: if not, that seed exceeds it.
    """
    size = request.size
    found = np.empty((256, size), dtype=np.int32)
    number = 0
    work = 0
    seed = first
    while seed < end and work < request.enough:
        at = _list_near(seed, tables.within)
        if tables.follows[seed] < 0 and len(at) >= size:
            near = _restrict(tables, at, size)
            step = _allocate(1, size)
            step.zones[0, 0] = 0
            step.paid[0] = 0.0
            if size == 1 and not _is_allowed_alone(near, request.limit):
                step = _first(step, 0)
            for members in range(1, size):
                step = _extend(near, request, step, members)
                work += len(step.paid)
                if 0 <= request.keep < len(step.paid):
                    step = _keep_best(step, request.keep)
                elif len(step.paid) > request.parts:
                    return found, number, seed, False
            for k in range(len(step.paid)):
                if not _is_complete(near, step.zones, k):
                    continue
                if number == len(found):
                    found = _lengthen(found)
                for a in range(size):
                    found[number, a] = at[step.zones[k, a]]
                number += 1
        seed += 1
    return found, number, seed, True


@compiled
def _list_near(seed: int, within: Bools) -> Numbers:
    """The seed, and the later buildings that can share a zone with it."""
    number = 1
    for building in range(seed + 1, len(within)):
        number += within[seed, building]
    near = np.empty(number, dtype=np.int64)
    near[0] = seed
    number = 1
    for building in range(seed + 1, len(within)):
        if within[seed, building]:
            near[number] = building
            number += 1
    return near


@compiled
def _restrict(tables: Tables, at: Numbers, size: int) -> Near:
    """Restrict the arrays to these buildings."""
    width = len(at)
    taken, needs, begins = _list_options(tables, at)
    options = len(taken)
    number = len(tables.loads)
    table = np.empty((width, width + options + number + 1))
    worth = np.empty((width, size))
    for i in range(width):
        for j in range(width):
            table[i, j] = tables.pair[at[i], at[j]]
        for k in range(options):
            table[i, width + k] = tables.charge[at[i], taken[k]]
        for k in range(number):
            table[i, width + options + k] = tables.loads[k, at[i]]
        table[i, width + options + number] = tables.gain[at[i]]
        for a in range(size):
            worth[i, a] = tables.with_nearest[at[i], a] - tables.gain[at[i]]
    sums = np.empty((size, table.shape[1]))
    for k in range(table.shape[1]):
        sums[0, k] = table[0, k]
    for k in range(options):
        sums[0, width + k] = tables.once[taken[k]] + table[0, width + k]
    loads = np.empty((number, 2 + 2 * size))
    work = np.empty((3, max(width, options, size)))
    for k in range(number):
        for i in range(width):
            _insert(work[0], i, tables.loads[k, at[i]])
        loads[k, 0] = tables.bounds[k, 0]
        loads[k, 1] = tables.bounds[k, 1]
        loads[k, 2] = 0.0
        loads[k, 2 + size] = 0.0
        for a in range(1, size):
            loads[k, 2 + a] = loads[k, 1 + a] + work[0, a - 1]
            loads[k, 2 + size + a] = loads[k, 1 + size + a] + work[0, width - a]
    return Near(table, worth, needs, begins, _find_groups(tables.follows, at), loads, sums, work)


@compiled
def _list_options(tables: Tables, at: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """The options that these buildings can take, the building each needs, where choices begin.

    Of the options of a choice that cost every building the most, one is enough: the cheapest.
    """
    taken = np.empty(len(tables.once), dtype=np.int64)
    needs = np.empty(len(tables.once), dtype=np.int64)
    begins = np.empty(len(tables.begins), dtype=np.int64)
    begins[0] = 0
    dearest = np.empty(len(at))
    number = 0
    for c in range(len(tables.begins) - 1):
        for i in range(len(at)):
            dearest[i] = -np.inf
            for option in range(tables.begins[c], tables.begins[c + 1]):
                dearest[i] = max(dearest[i], tables.charge[at[i], option])
        worst = -1
        for option in range(tables.begins[c], tables.begins[c + 1]):
            needs[number] = -1
            taken[number] = option
            if tables.needs[option] >= 0:
                for i in range(len(at)):
                    if at[i] == tables.needs[option]:
                        needs[number] = i
                number += needs[number] >= 0
                continue
            is_worst = True
            for i in range(len(at)):
                is_worst &= tables.charge[at[i], option] == dearest[i]
            if not is_worst:
                number += 1
            elif worst < 0:
                worst = number
                number += 1
            elif tables.once[option] < tables.once[taken[worst]]:
                taken[worst] = option
        begins[c + 1] = number
    return taken[:number], needs[:number], begins


@compiled
def _find_groups(follows: Numbers, at: Numbers) -> Numbers:
    """``groups`` of `Near`."""
    place = np.empty(len(follows), dtype=np.int64)
    for building in range(len(follows)):
        place[building] = -1
    groups = np.empty((len(at), 3), dtype=np.int64)
    for i in range(len(at)):
        place[at[i]] = i
        groups[i, 0] = -1
        groups[i, 1] = 0
        groups[i, 2] = 0
    for building in range(len(follows)):
        before = follows[building]
        if place[building] >= 0 and before >= 0:
            groups[place[building], 1] = 1
        if before >= 0 and place[before] >= 0:
            groups[place[before], 0] = place[building]
            groups[place[before], 2] = place[building] < 0
    return groups


@compiled
def _is_allowed_alone(near: Near, limit: float) -> bool:
    """Whether the seed alone is a zone."""
    charged = 0.0
    for c in range(len(near.begins) - 1):
        least = np.inf
        for k in range(near.begins[c], near.begins[c + 1]):
            if near.needs[k] <= 0:
                least = min(least, near.sums[0, len(near.table) + k])
        charged += least
    last = near.table.shape[1] - 1
    allowed = bool(charged - near.table[0, last] <= limit)
    for k in range(len(near.loads)):
        value = near.table[0, last - len(near.loads) + k]
        allowed &= near.loads[k, 0] <= value <= near.loads[k, 1]
    return allowed


@compiled
def _extend(near: Near, request: Request, step: Step, members: int) -> Step:
    """Extend partial zones by one building, until they exceed their limit."""
    sums, work, table = near.sums, near.work, near.table
    width, columns = table.shape
    others = request.size - members - 1
    inner = members - 1
    grown = _allocate(len(step.paid) + 16, request.size)
    count = 0
    for r in range(len(step.paid)):
        _add_members(near, step.zones, r, members)
        last = step.zones[r, inner]
        if not _rank_further(near, last, inner, others):
            continue
        rest = 0.0
        for k in range(others):
            rest += work[2, k]
        dearest = work[2, others] if others > 0 else -np.inf
        sure = step.paid[r] - sums[inner, columns - 1] + rest
        most = request.limit - sure - _charge_so_far(near, step.zones, r, inner)
        if not dearest <= most:
            continue
        due = near.groups[last, 0]
        for j in range(last + 1, width):
            if not work[0, j] <= most or (j != due if due >= 0 else near.groups[j, 1] > 0):
                continue
            bound = max(work[0, j], dearest) + sure
            bound += _charge_with_one_more(near, last, j, others)
            if not bound <= request.limit:
                continue
            if count == len(grown.paid):
                grown = _double(grown)
            for a in range(members):
                grown.zones[count, a] = step.zones[r, a]
            grown.zones[count, members] = j
            grown.paid[count] = step.paid[r] + sums[inner, j]
            grown.bound[count] = bound
            count += 1
        if request.keep < 0 and count > request.parts:
            break
    return _first(grown, count)


@compiled
def _add_members(near: Near, zones: Indices, row: int, members: int) -> None:
    """Sum over the members of a partial zone, from the first in which it differs from the last."""
    a = 1
    while row > 0 and a < members and zones[row, a] == zones[row - 1, a]:
        a += 1
    while a < members:
        for k in range(near.table.shape[1]):
            near.sums[a, k] = near.sums[a - 1, k] + near.table[zones[row, a], k]
        a += 1


@compiled
def _rank_further(near: Near, last: int, inner: int, others: int) -> bool:
    """Rank what further buildings cost; whether one and ``others`` can be added."""
    sums, work, table, loads = near.sums, near.work, near.table, near.loads
    first = table.shape[1] - 1 - len(loads)
    size = len(sums)
    ranked = 0
    for j in range(last + 1, len(table)):
        fits = near.groups[j, 2] == 0
        for k in range(len(loads)):
            load = sums[inner, first + k] + table[j, first + k]
            fits &= load + loads[k, 2 + others] <= loads[k, 1]
            fits &= load + loads[k, 2 + size + others] >= loads[k, 0]
        more = sums[inner, j] + near.worth[j, others] if fits else np.inf
        work[0, j] = more
        if fits and (ranked <= others or more < work[2, others]):
            _insert(work[2], min(ranked, others), more)
            ranked += 1
    return ranked > others


@compiled
def _charge_so_far(near: Near, zones: Indices, row: int, inner: int) -> float:
    """The least charges of a partial zone; an option whose building was passed costs inf."""
    width = len(near.table)
    total = 0.0
    for c in range(len(near.begins) - 1):
        least = np.inf
        for k in range(near.begins[c], near.begins[c + 1]):
            charged = near.sums[inner, width + k]
            needed = near.needs[k]
            if 0 <= needed <= zones[row, inner]:
                held = False
                for a in range(inner + 1):
                    held |= zones[row, a] == needed
                if not held:
                    charged = np.inf
            near.work[1, k] = charged
            least = min(least, charged)
        total += least
    return total


@compiled
def _charge_with_one_more(near: Near, last: int, added: int, others: int) -> float:
    """The least charges of a partial zone after adding one building."""
    width = len(near.table)
    total = 0.0
    for c in range(len(near.begins) - 1):
        least = np.inf
        for k in range(near.begins[c], near.begins[c + 1]):
            needed = near.needs[k]
            if last < needed and added != needed and (others == 0 or added > needed):
                continue
            least = min(least, near.work[1, k] + near.table[added, width + k])
        total += least
    return total


@compiled
def _insert(ranked: Floats, number: int, value: float) -> None:
    """Insert a value among so many in rising order, after those as small."""
    place = number
    while place > 0 and ranked[place - 1] > value:
        ranked[place] = ranked[place - 1]
        place -= 1
    ranked[place] = value


@compiled
def _keep_best(step: Step, keep: int) -> Step:
    """Keep the zones of least bound, of equal ones the first, in their order."""
    ranked = np.empty(keep + 1)
    for k in range(len(step.paid)):
        if k < keep or step.bound[k] < ranked[keep - 1]:
            _insert(ranked, min(k, keep), step.bound[k])
    limit = ranked[keep - 1]
    ties = keep
    for k in range(keep):
        ties -= ranked[k] < limit
    moved = 0
    for k in range(len(step.paid)):
        if step.bound[k] > limit or (step.bound[k] == limit and ties == 0):
            continue
        ties -= step.bound[k] == limit
        for a in range(step.zones.shape[1]):
            step.zones[moved, a] = step.zones[k, a]
        step.paid[moved] = step.paid[k]
        moved += 1
    return _first(step, keep)


@compiled
def _is_complete(near: Near, zones: Indices, row: int) -> bool:
    """Whether a zone holds the whole of each group that it holds a part of."""
    size = zones.shape[1]
    complete = bool(near.groups[zones[row, size - 1], 0] < 0)
    for a in range(size):
        complete &= near.groups[zones[row, a], 2] == 0
    return complete


@compiled
def _allocate(rows: int, size: int) -> Step:
    return Step(np.empty((rows, size), dtype=np.int32), np.empty(rows), np.empty(rows))


@compiled
def _first(step: Step, rows: int) -> Step:
    return Step(step.zones[:rows], step.paid[:rows], step.bound[:rows])


@compiled
def _lengthen(zones: Indices) -> Indices:
    longer = np.empty((2 * len(zones), zones.shape[1]), dtype=np.int32)
    for k in range(len(zones)):
        for a in range(zones.shape[1]):
            longer[k, a] = zones[k, a]
    return longer


@compiled
def _double(step: Step) -> Step:
    rows = len(step.paid)
    longer = Step(_lengthen(step.zones), np.empty(2 * rows), np.empty(2 * rows))
    for k in range(rows):
        longer.paid[k] = step.paid[k]
        longer.bound[k] = step.bound[k]
    return longer


@compiled
def take_evenly(members: Indices, room: Numbers) -> Bools:
    """Take zones in turn while one of their buildings has room, shape (zones,).

    Parameters
    ----------
    members
        Shape (zones, largest size); -1 behind the members of a smaller zone.
    room
        Shape (n,), for how many zones each building has room; lowered in place.
    """
    taken = np.zeros(len(members), dtype=np.bool_)
    for k in range(len(members)):
        for building in members[k]:
            if building >= 0 and room[building] > 0:
                taken[k] = True
        if taken[k]:
            for building in members[k]:
                if building >= 0:
                    room[building] -= 1
    return taken
