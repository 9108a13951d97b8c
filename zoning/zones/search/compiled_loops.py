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
    worth
        Shape (n, size), gain of each building less its pairs with so many nearest others.
    needs
        Place of the building that an option needs; -1 for none.
    next_of
        The next building of the same group; -1 for none.
    succeeds, incomplete
        Whether a building is a later one of its group; whether the next one is out of reach.
    lightest, heaviest
        Shape (loads, size), sums of the so many smallest and largest values.
    """

    pair: Floats
    gain: Floats
    worth: Floats
    charge: Floats
    once: Floats
    needs: Numbers
    begins: Numbers
    next_of: Numbers
    succeeds: Bools
    incomplete: Bools
    values: Floats
    lightest: Floats
    heaviest: Floats
    bounds: Floats


class Sums(NamedTuple):
    """Sums over the first 1, 2 ... members of a partial zone, which neighbours in a table share.

    Attributes
    ----------
    to_zone, charged, earned, loads
        Shape (size, n), (size, options), (size,) and (size, loads).
    more, begun, least
        For one partial zone: cost of each further building, shape (n,); its charge with each
        option; and the lowest of ``more`` in rising order.
    """

    to_zone: Floats
    charged: Floats
    earned: Floats
    loads: Floats
    more: Floats
    begun: Floats
    least: Floats


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
            sums = _begin_sums(near, size)
            step = _allocate(1, size)
            step.zones[0, 0] = 0
            step.paid[0] = 0.0
            if size == 1 and not _is_allowed_alone(near, request.limit):
                step = _first(step, 0)
            for members in range(1, size):
                step = _extend(near, sums, request, step, members)
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
    pair = np.empty((width, width))
    gain = np.empty(width)
    worth = np.empty((width, size))
    charge = np.empty((width, len(taken)))
    once = np.empty(len(taken))
    for k in range(len(taken)):
        once[k] = tables.once[taken[k]]
    for i in range(width):
        gain[i] = tables.gain[at[i]]
        for j in range(width):
            pair[i, j] = tables.pair[at[i], at[j]]
        for a in range(size):
            worth[i, a] = tables.with_nearest[at[i], a] - gain[i]
        for k in range(len(taken)):
            charge[i, k] = tables.charge[at[i], taken[k]]
    next_of, succeeds, incomplete = _find_groups(tables.follows, at)
    values = np.empty((len(tables.loads), width))
    lightest = np.zeros((len(tables.loads), size))
    heaviest = np.zeros((len(tables.loads), size))
    ordered = np.empty(width)
    for k in range(len(tables.loads)):
        for i in range(width):
            values[k, i] = tables.loads[k, at[i]]
            _insert(ordered, i, values[k, i])
        for a in range(1, size):
            lightest[k, a] = lightest[k, a - 1] + ordered[a - 1]
            heaviest[k, a] = heaviest[k, a - 1] + ordered[width - a]
    return Near(
        pair,
        gain,
        worth,
        charge,
        once,
        needs,
        begins,
        next_of,
        succeeds,
        incomplete,
        values,
        lightest,
        heaviest,
        tables.bounds,
    )


@compiled
def _list_options(tables: Tables, at: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """The options that these buildings can take, the building each needs, where choices begin.

    Of the options of a choice that cost every building the most, one is enough: the cheapest.
    """
    taken = np.empty(len(tables.once), dtype=np.int64)
    needs = np.empty(len(tables.once), dtype=np.int64)
    begins = np.zeros(len(tables.begins), dtype=np.int64)
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
def _find_groups(follows: Numbers, at: Numbers) -> tuple[Numbers, Bools, Bools]:
    """``next_of``, ``succeeds`` and ``incomplete`` of `Near`."""
    place = np.full(len(follows), -1, dtype=np.int64)
    for i in range(len(at)):
        place[at[i]] = i
    next_of = np.full(len(at), -1, dtype=np.int64)
    succeeds = np.zeros(len(at), dtype=np.bool_)
    incomplete = np.zeros(len(at), dtype=np.bool_)
    for building in range(len(follows)):
        before = follows[building]
        if place[building] >= 0 and before >= 0:
            succeeds[place[building]] = True
        if before >= 0 and place[before] >= 0:
            next_of[place[before]] = place[building]
            incomplete[place[before]] = place[building] < 0
    return next_of, succeeds, incomplete


@compiled
def _begin_sums(near: Near, size: int) -> Sums:
    """The sums over the seed alone."""
    width, options = near.charge.shape
    sums = Sums(
        np.empty((size, width)),
        np.empty((size, options)),
        np.empty(size),
        np.empty((size, len(near.values))),
        np.empty(width),
        np.empty(options),
        np.empty(size),
    )
    for j in range(width):
        sums.to_zone[0, j] = near.pair[0, j]
    for k in range(options):
        sums.charged[0, k] = near.once[k] + near.charge[0, k]
    sums.earned[0] = near.gain[0]
    for k in range(len(near.values)):
        sums.loads[0, k] = near.values[k, 0]
    return sums


@compiled
def _is_allowed_alone(near: Near, limit: float) -> bool:
    """Whether the seed alone is a zone."""
    charged = 0.0
    for c in range(len(near.begins) - 1):
        least = np.inf
        for k in range(near.begins[c], near.begins[c + 1]):
            if near.needs[k] <= 0:
                least = min(least, near.once[k] + near.charge[0, k])
        charged += least
    allowed = bool(charged - near.gain[0] <= limit)
    for k in range(len(near.values)):
        allowed &= near.bounds[k, 0] <= near.values[k, 0] <= near.bounds[k, 1]
    return allowed


@compiled
def _extend(near: Near, sums: Sums, request: Request, step: Step, members: int) -> Step:
    """Extend partial zones by one building, until they exceed their limit."""
    width = len(near.gain)
    others = request.size - members - 1
    inner = members - 1
    grown = _allocate(len(step.paid) + 16, request.size)
    count = 0
    for r in range(len(step.paid)):
        zone = step.zones[r]
        shared = 1
        while r > 0 and shared < members and zone[shared] == step.zones[r - 1, shared]:
            shared += 1
        for a in range(shared, members):
            _add_member(near, sums, zone[a], a)
        last = zone[inner]
        if not _rank_further(near, sums, last, inner, others):
            continue
        rest = 0.0
        for k in range(others):
            rest += sums.least[k]
        dearest = sums.least[others] if others > 0 else -np.inf
        sure = step.paid[r] - sums.earned[inner] + rest
        most = request.limit - sure - _charge_so_far(near, sums, zone, inner)
        if not dearest <= most:
            continue
        due = near.next_of[last]
        for j in range(last + 1, width):
            if not sums.more[j] <= most or (j != due if due >= 0 else near.succeeds[j]):
                continue
            bound = max(sums.more[j], dearest) + sure
            bound += _charge_with_one_more(near, sums, last, j, others)
            if not bound <= request.limit:
                continue
            if count == len(grown.paid):
                grown = _double(grown)
            for a in range(members):
                grown.zones[count, a] = zone[a]
            grown.zones[count, members] = j
            grown.paid[count] = step.paid[r] + sums.to_zone[inner, j]
            grown.bound[count] = bound
            count += 1
        if request.keep < 0 and count > request.parts:
            break
    return _first(grown, count)


@compiled
def _add_member(near: Near, sums: Sums, added: int, a: int) -> None:
    """Add a zone's member to the sums over those before it."""
    for j in range(len(near.gain)):
        sums.to_zone[a, j] = sums.to_zone[a - 1, j] + near.pair[added, j]
    for k in range(len(near.once)):
        sums.charged[a, k] = sums.charged[a - 1, k] + near.charge[added, k]
    sums.earned[a] = sums.earned[a - 1] + near.gain[added]
    for k in range(len(near.values)):
        sums.loads[a, k] = sums.loads[a - 1, k] + near.values[k, added]


@compiled
def _rank_further(near: Near, sums: Sums, last: int, inner: int, others: int) -> bool:
    """Rank what further buildings cost; whether one and ``others`` can be added."""
    ranked = 0
    for j in range(last + 1, len(near.gain)):
        fits = not near.incomplete[j]
        for k in range(len(near.values)):
            load = sums.loads[inner, k] + near.values[k, j]
            fits &= load + near.lightest[k, others] <= near.bounds[k, 1]
            fits &= load + near.heaviest[k, others] >= near.bounds[k, 0]
        more = sums.to_zone[inner, j] + near.worth[j, others] if fits else np.inf
        sums.more[j] = more
        if fits and (ranked <= others or more < sums.least[others]):
            _insert(sums.least, min(ranked, others), more)
            ranked += 1
    return ranked > others


@compiled
def _charge_so_far(near: Near, sums: Sums, zone: Indices, inner: int) -> float:
    """The least charges of a partial zone; an option whose building was passed costs inf."""
    total = 0.0
    for c in range(len(near.begins) - 1):
        least = np.inf
        for k in range(near.begins[c], near.begins[c + 1]):
            charged = sums.charged[inner, k]
            needed = near.needs[k]
            if 0 <= needed <= zone[inner]:
                held = False
                for a in range(inner + 1):
                    held |= zone[a] == needed
                if not held:
                    charged = np.inf
            sums.begun[k] = charged
            least = min(least, charged)
        total += least
    return total


@compiled
def _charge_with_one_more(near: Near, sums: Sums, last: int, added: int, others: int) -> float:
    """The least charges of a partial zone after adding one building."""
    total = 0.0
    for c in range(len(near.begins) - 1):
        least = np.inf
        for k in range(near.begins[c], near.begins[c + 1]):
            needed = near.needs[k]
            if last < needed and added != needed and (others == 0 or added > needed):
                continue
            least = min(least, sums.begun[k] + near.charge[added, k])
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
    complete = bool(near.next_of[zones[row, size - 1]] < 0)
    for a in range(size):
        complete &= not near.incomplete[zones[row, a]]
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
