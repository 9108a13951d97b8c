"""A reversible Markov chain over plans: merge neighbouring zones and split them again.

The recombination of DeFord, Duchin and Solomon (2021), made reversible as by Cannon, Duchin,
Randall and Rule (2022): two or three zones that links of a graph join are merged, a spanning tree
of their buildings is drawn uniformly (Wilson 1996), and one or two of its links are cut.

Why the chance of a plan is known: let ``t(Z)`` be the number of spanning trees of a zone's
buildings. One draw of links merges the zones of a plan with a chance in proportion to the number
``q`` of ways in which links join them into a tree. The trees whose cut gives certain new zones are
those of the new zones, joined in any of their own ``q'`` ways: a share ``t' q' / t(union)`` of all.
Each cut is made with a chance that depends on the union alone. So the chance to go from one plan to
the other is in proportion to ``q * t' * q'``, and that to come back to ``q' * t * q``: in the long
run a plan is drawn in proportion to the product of its zones' ``t``. A plan that breaks a rule is
not entered, which changes no other ratio.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoning.compiled import IS_COMPILED, compiled
from zoning.zones.arrays import Bools, Numbers

# The kernels take flat arrays, and lists where nothing is compiled: element by element plain Python
# reads a list three times as fast as an array. Arguments are positional, as numba is quickest with.
FlatInts = NDArray[np.int64]
FlatFloats = NDArray[np.float64]

# Of four draws one merges three zones: fewer are accepted and each takes longer, but where sizes
# are tight they reach plans that pairs do not. Our choice.
_THREE_OF = 0.25

# How a run of steps ended.
ENDED, ASKS, NEEDS_NUMBERS = 0, 1, 2


class Graph(NamedTuple):
    """The links that join zones, and along which trees are drawn.

    Attributes
    ----------
    one, other
        Shape (links,), the ends of each link.
    begins, beside
        The neighbours of building b are ``beside[begins[b] : begins[b + 1]]``.
    """

    one: FlatInts
    other: FlatInts
    begins: FlatInts
    beside: FlatInts

    @classmethod
    def of(cls, linked: Bools) -> Graph:
        """Build the graph of a symmetric table of pairs."""
        one, other = np.nonzero(np.triu(linked, 1))
        begins = np.concatenate([[0], np.cumsum(linked.sum(axis=1))])
        return cls(*map(_flat, (one, other, begins, np.nonzero(linked)[1])))


class Limits(NamedTuple):
    """The rules that are kept number by number; every other rule is asked for.

    Attributes
    ----------
    sizes
        Fewest and most buildings in a zone.
    apart
        Shape (n * n,), 1 for two buildings that no zone holds both of; may be empty.
    group
        Shape (n,), the number of the group that a building stays with; -1 for none.
    values, least, most
        Sums of a zone, with bounds: ``values`` has shape (sums * n,).
    closed, needs
        Shape (n * options,), 1 where a zone with the building cannot have an option, and the
        building that an option needs, -1 for none; a zone has at least one option. Empty for no
        such rule.
    """

    sizes: FlatInts
    apart: FlatInts
    group: FlatInts
    values: FlatFloats
    least: FlatFloats
    most: FlatFloats
    closed: FlatInts
    needs: FlatInts

    @classmethod
    def of(cls, **parts: NDArray[Any]) -> Limits:
        """Bring tables of these names to the form of the kernels."""
        return cls(**{name: _flat(table) for name, table in parts.items()})


class Work(NamedTuple):
    """Memory of one step: numbers of merged buildings, their links, the tree and its parts."""

    place: FlatInts
    node: FlatInts
    before: FlatInts
    degree: FlatInts
    beside: FlatInts
    parent: FlatInts
    inside: FlatInts
    order: FlatInts
    below: FlatInts
    part: FlatInts
    cuts: FlatInts
    first: FlatInts
    counts: FlatInts

    @classmethod
    def of(cls, graph: Graph, n: int, most: int) -> Work:
        """Reserve memory for merging three zones of at most ``most`` buildings."""
        merged = min(n, 3 * most)
        widest = int(np.diff(np.asarray(graph.begins)).max(initial=1))
        shapes = [n, *[merged] * 3, merged * widest, *[merged] * 6, n, 2]
        made = [np.zeros(size, dtype=np.int64) for size in shapes]
        made[0][:] = -1
        return cls(*map(_flat, made))


def _flat(values: NDArray[Any]) -> NDArray[Any]:
    """Numbers as the kernels read them fastest; a list where nothing is compiled."""
    kind = np.float64 if values.dtype.kind == "f" else np.int64
    made = np.ascontiguousarray(values.ravel(), dtype=kind)
    return made if IS_COMPILED else made.tolist()


class Chain:
    """One chain of plans.

    Attributes
    ----------
    steps, merged, changed
        Steps made, those in which zones were merged, and those that gave another plan.
    """

    def __init__(self, graph: Graph, limits: Limits, home: Numbers, seed: np.random.SeedSequence):
        self.graph, self.limits = graph, limits
        self.home = _flat(home.copy())  # a chain changes its own
        self.work = Work.of(graph, len(home), min(int(limits.sizes[1]), len(home)))
        self.steps = 0
        self._generator = np.random.default_rng(seed)
        self._block = 1 << 16
        self._random = _flat(self._generator.random(self._block))
        self._used = 0

    @property
    def merged(self) -> int:
        """Steps in which zones were merged."""
        return int(self.work.counts[0])

    @property
    def changed(self) -> int:
        """Steps that gave another plan."""
        return int(self.work.counts[1])

    def plan(self) -> Numbers:
        """The zone of each building, shape (n,)."""
        return np.array(self.home, dtype=np.intp)

    def advance(self, steps: int, *, asks: bool) -> bool:
        """Make steps; with ``asks`` return True after one that changed the plan, to be asked."""
        left = steps
        while left > 0:
            made, self._used, ended = advance(
                left,
                asks,
                self.home,
                self.graph,
                self.limits,
                self.work,
                self._random,
                self._used,
            )
            left -= made
            self.steps += made
            if ended == ASKS:
                return True
            if ended == NEEDS_NUMBERS:
                self._draw_numbers()
        return False

    def touched(self) -> dict[int, tuple[int, ...]]:
        """The buildings of the zones of the last change, by the number of the zone."""
        zones: dict[int, list[int]] = {}
        for i in range(self._last()):
            building = int(self.work.node[i])
            zones.setdefault(int(self.home[building]), []).append(building)
        return {number: tuple(zone) for number, zone in zones.items()}

    def undo(self) -> None:
        """Take back the last change."""
        for i in range(self._last()):
            self.home[self.work.node[i]] = self.work.before[i]
        self.work.counts[1] -= 1

    def _last(self) -> int:
        """Number of buildings of the last change."""
        node = self.work.node
        return next((i for i in range(len(node)) if node[i] < 0), len(node))

    def _draw_numbers(self) -> None:
        """Append random numbers; the step that ran out of them is made again with the same."""
        left = np.asarray(self._random[self._used :], dtype=np.float64)
        if self._used == 0:
            self._block *= 2
        self._random = _flat(np.concatenate([left, self._generator.random(self._block)]))
        self._used = 0


@compiled
def advance(  # noqa: PLR0917
    steps: int,
    asks: bool,
    home: FlatInts,
    graph: Graph,
    limits: Limits,
    work: Work,
    random: FlatFloats,
    used: int,
) -> tuple[int, int, int]:
    """Make steps until one asks, or there are no more random numbers.

    Returns
    -------
    tuple
        Steps made, random numbers used, and how it ended. A step without enough random
        numbers is not made.
    """
    links = len(graph.one)
    for step in range(steps):
        at = used
        if at + 3 > len(random):
            return step, used, NEEDS_NUMBERS
        three = random[at] < _THREE_OF
        first = int(random[at + 1] * links)
        second = int(random[at + 2] * links)
        at += 3
        a, b, c = home[graph.one[first]], home[graph.other[first]], home[graph.one[first]]
        joined = a != b
        if three:
            c, d = home[graph.one[second]], home[graph.other[second]]
            leads = c in (a, b)
            joined = joined and leads != (d in (a, b))
            if leads:
                c = d
        if not joined:
            used = at
            continue
        merged = merge(a, b, c, home, graph, work)
        at = draw_tree(merged, work, random, at)
        if at < 0 or at >= len(random):
            forget(merged, work)
            return step, used, NEEDS_NUMBERS
        drawn = random[at]
        used = at + 1
        work.counts[0] += 1
        kept = (
            cut_two(merged, drawn, limits, work) if three else cut_one(merged, drawn, limits, work)
        )
        kept = kept and keeps_rules(merged, 3 if three else 2, limits, work)
        changed = kept and enter(merged, a, b, c, home, work)
        forget(merged, work)
        if changed:
            work.counts[1] += 1
            if asks:
                return step + 1, used, ASKS
    return steps, used, ENDED


@compiled
def merge(  # noqa: PLR0917
    a: int, b: int, c: int, home: FlatInts, graph: Graph, work: Work
) -> int:
    """Number the buildings of the zones, and list the links among them; return how many."""
    count = 0
    for building in range(len(home)):
        zone = home[building]
        if zone in (a, b, c):
            work.node[count] = building
            work.before[count] = zone
            work.place[building] = count
            count += 1
    if count < len(work.node):
        work.node[count] = -1
    widest = len(work.beside) // len(work.node)
    for i in range(count):
        degree = 0
        building = work.node[i]
        for k in range(graph.begins[building], graph.begins[building + 1]):
            j = work.place[graph.beside[k]]
            if j >= 0:
                work.beside[i * widest + degree] = j
                degree += 1
        work.degree[i] = degree
    return count


@compiled
def forget(count: int, work: Work) -> None:
    """Take the numbers back, but keep the list of buildings for `Chain.undo`."""
    for i in range(count):
        work.place[work.node[i]] = -1


@compiled
def draw_tree(count: int, work: Work, random: FlatFloats, at: int) -> int:
    """Draw a spanning tree uniformly by loop-erased walks (Wilson 1996), rooted at number 0.

    Returns the random numbers used so far, or -1 if there were not enough.
    """
    widest = len(work.beside) // len(work.node)
    for i in range(count):
        work.inside[i] = 0
        work.below[i] = 1
    work.inside[0] = 1
    work.parent[0] = 0
    work.order[0] = 0
    placed = 1
    for i in range(1, count):
        u = i
        while work.inside[u] == 0:
            if at >= len(random):
                return -1
            u_next = work.beside[u * widest + int(random[at] * work.degree[u])]
            at += 1
            work.parent[u] = u_next
            u = u_next
        u, length = i, 0
        while work.inside[u] == 0:
            work.inside[u] = 1
            work.cuts[length] = u
            length += 1
            u = work.parent[u]
        for k in range(length):  # parents come before children
            work.order[placed + k] = work.cuts[length - 1 - k]
        placed += length
    for k in range(count - 1, 0, -1):
        u = work.order[k]
        work.below[work.parent[u]] += work.below[u]
    return at


@compiled
def most_links(count: int, least: int) -> int:
    """Most links of any tree that leave at least so many of its buildings on both sides.

    Seen from the centroid no branch holds more than half. Of the ``b`` buildings of a branch at
    least ``least - 1`` have fewer than ``least`` below them, so at most ``b - least + 1`` of its
    links count; with two or more branches that is ``count - 1 - 2 * (least - 1)``, and one branch
    alone has no more.
    """
    return count - 2 * least + 1


@compiled
def cut_one(count: int, drawn: float, limits: Limits, work: Work) -> bool:
    """Cut one link, each that gives allowed sizes with the same chance in any tree."""
    least = max(limits.sizes[0], count - limits.sizes[1])
    found = 0
    for u in range(1, count):
        if work.below[u] >= least and count - work.below[u] >= least:
            work.cuts[found] = u
            found += 1
    pick = int(drawn * most_links(count, least))
    if pick >= found:
        return False
    divide(count, work.cuts[pick], -1, work)
    return True


@compiled
def cut_two(count: int, drawn: float, limits: Limits, work: Work) -> bool:
    """Cut two links, each pair that gives allowed sizes with the same chance in any tree."""
    low, high = limits.sizes[0], limits.sizes[1]
    least = max(low, count - 2 * high)
    most = most_links(count, least)
    pick = int(drawn * (most * (most - 1) // 2))
    found = 0
    for u in range(1, count):
        one = work.below[u]
        if one < least or count - one < least:
            continue
        for v in range(1, u):
            other = work.below[v]
            if other < least or count - other < least:
                continue
            x, y, z = one, other, count - one - other
            if lies_below(u, v, work.parent):
                y, z = other - one, count - other
            elif lies_below(v, u, work.parent):
                x, z = one - other, count - one
            if min(x, y, z) >= low and max(x, y, z) <= high:
                if found == pick:
                    divide(count, u, v, work)
                    return True
                found += 1
    return False


@compiled
def lies_below(u: int, v: int, parent: FlatInts) -> bool:
    """Whether the way from u to the root passes v."""
    while u != 0:
        u = parent[u]
        if u == v:
            return True
    return False


@compiled
def divide(count: int, u: int, v: int, work: Work) -> None:
    """Number the parts of the tree without the links above u and v."""
    work.part[0] = 0
    for k in range(1, count):
        w = work.order[k]
        if w == u:
            work.part[w] = 1
        elif w == v:
            work.part[w] = 2
        else:
            work.part[w] = work.part[work.parent[w]]


@compiled
def keeps_rules(count: int, parts: int, limits: Limits, work: Work) -> bool:  # noqa: PLR0912
    """Whether each part keeps the rules that are known in numbers."""
    n = len(work.place)
    for i in range(count):
        group = limits.group[work.node[i]]
        if group >= 0:
            work.first[group] = -1
    for i in range(count):
        group = limits.group[work.node[i]]
        if group >= 0:
            if work.first[group] < 0:
                work.first[group] = work.part[i]
            elif work.first[group] != work.part[i]:
                return False
    if len(limits.apart) > 0:
        for i in range(count):
            for j in range(i):
                if work.part[i] == work.part[j] and limits.apart[work.node[i] * n + work.node[j]]:
                    return False
    for k in range(len(limits.least)):
        for part in range(parts):
            total = 0.0
            for i in range(count):
                if work.part[i] == part:
                    total += limits.values[k * n + work.node[i]]
            if total < limits.least[k] or total > limits.most[k]:
                return False
    if len(limits.needs) == 0:
        return True
    for part in range(parts):  # noqa: SIM110
        if not has_option(count, part, limits, work):
            return False
    return True


@compiled
def has_option(count: int, part: int, limits: Limits, work: Work) -> bool:
    """Whether some option, a high school, is open to every building of a part."""
    options = len(limits.needs)
    for option in range(options):
        possible = True
        held = limits.needs[option] < 0
        for i in range(count):
            if work.part[i] == part:
                building = work.node[i]
                if limits.closed[building * options + option]:
                    possible = False
                    break
                held = held or building == limits.needs[option]
        if possible and held:
            return True
    return False


@compiled
def enter(  # noqa: PLR0917
    count: int, a: int, b: int, c: int, home: FlatInts, work: Work
) -> bool:
    """Put the parts in the place of the zones; return False if they are the same zones."""
    same = True
    for i in range(count):
        for j in range(i):
            if (work.part[i] == work.part[j]) != (work.before[i] == work.before[j]):
                same = False
                break
        if not same:
            break
    if same:
        return False
    for i in range(count):
        part = work.part[i]
        home[work.node[i]] = a if part == 0 else (b if part == 1 else c)
    return True
