"""Proofs that no plan exists, by prices of buildings: no search, and each is checked exactly.

Give each building a weight ``w``. If no zone weighs more than ``M``, a plan of ``K`` zones
weighs at most ``K M``. So no plan exists if all buildings together weigh more (Farkas'
lemma, for the linear relaxation over all zones). With weights of 1 that says that K zones
of 7 hold 7 K buildings; with enrollment, that K zones of at most 3,000 students hold
3,000 K; with 1 for one building and 0 for the others, that no zone holds it. With a
limit ``m`` of moved buildings, a zone that continues zone ``z`` of today's plan weighs
``c_z`` less, and ``v`` less for each building that moved: no plan exists if all buildings
weigh more than ``K M + sum(c) + m v``.

The weights are duals of the linear relaxation, found by adding zones of greatest weight.
Weights are integers, and each greatest weight is proved by the solver, so rounding can
make a proof fail, but not make it wrong.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from zoning.zones.arrays import Counts, Floats, Numbers, Zones
from zoning.zones.solve.zone_program import PricedZone, ZoneProgram

# Duals become integers of this many units: a violated sum is far larger than what is rounded.
_UNITS = 1_000_000
# Weight of a unit that is not wanted again: more than the others of a zone can outweigh.
_UNDESIRED = -1_000 * _UNITS
# Violations of the relaxation below this share of a building are taken for rounding errors.
_NEGLIGIBLE = 1e-5
# Rounds of adding zones: Jefferson's conflicts take fewer than ten, and a relaxation that has
# a solution is found in about thirty. Our choice.
_ROUNDS = 60


@dataclass(frozen=True, slots=True, eq=False)
class PriceProof:
    """Weights that no plan can reach.

    Attributes
    ----------
    weights
        Shape (n,), integers.
    claims, move
        Weight that a zone loses if it continues each zone of today's plan, and for each
        building that moved; 0 or more.
    """

    weights: Numbers
    claims: Numbers
    move: int

    def holds(self, program: ZoneProgram, counts: Counts) -> bool:
        """Whether these weights prove that no plan has so many zones."""
        today = program.shared.shape[1]
        same = len(self.claims) == today
        claims, move = (self.claims, self.move) if same else (np.zeros(today, dtype=int), 0)
        return self._exceeds(program, counts, claims, move)[0]

    def _exceeds(
        self, program: ZoneProgram, counts: Counts, claims: Numbers, move: int
    ) -> tuple[bool, PricedZone]:
        weights = np.zeros(program.units, dtype=np.int64)
        np.add.at(weights, program.unit, self.weights)
        heaviest = program.heaviest_zone(weights.tolist(), claims.tolist(), int(move))
        if not np.isfinite(heaviest.bound):
            return heaviest.bound < 0, heaviest
        bound = int(heaviest.bound)
        stability = program.space.stability
        most = 0 if stability is None or stability.most is None else stability.most
        zones = counts[1] if bound > 0 else counts[0]
        given = zones * bound + int(claims.sum()) + int(move) * most
        return int(weights.sum()) > given, heaviest


class _Relaxation:
    """The dual of the linear relaxation over some zones: weights for a proof."""

    def __init__(self, program: ZoneProgram, counts: Counts) -> None:
        self.program, self.counts = program, counts
        self.today = program.shared.shape[1]
        stability = program.space.stability
        self.most_moved = stability.most if stability and stability.most is not None else 0
        self.rows: list[tuple[Numbers, int, int]] = []

    def add(self, units: tuple[int, ...], continued: int) -> None:
        """Add a zone that continues one of today's, or none (-1)."""
        at = np.array(units, dtype=np.intp)
        shared = self.program.shared[at].sum(axis=0)
        stays = int(shared[continued]) if continued >= 0 else 0
        self.rows.append((at, continued, int(shared.sum()) - stays))

    def solve(self) -> tuple[float, Floats, Floats, float, float] | None:
        """Return the violation, the weights, claims, the cost of a move, and the limit."""
        program, today = self.program, self.today
        units = program.units
        # Columns: weights, more than 0 and less than 0 that a zone may weigh, claims, move.
        fewest, most = self.counts
        cost = np.concatenate(
            [-np.ones(units), [most, -fewest], np.ones(today), [float(self.most_moved)]]
        )
        high = float(min(program.space.sizes[1], program.space.n))
        bounds = [(-1.0, 1.0)] * units + [(0.0, None), (0.0, high)] + [(0.0, None)] * today
        bounds += [(0.0, None if today else 0.0)]
        row, column, value = [], [], []
        for number, (at, continued, moved) in enumerate(self.rows):
            entries = [*((int(u), 1.0) for u in at), (units, -1.0), (units + 1, 1.0)]
            if continued >= 0:
                entries.append((units + 2 + continued, -1.0))
            if moved:
                entries.append((units + 2 + today, -float(moved)))
            for c, v in entries:
                row.append(number)
                column.append(c)
                value.append(v)
        table = coo_array((value, (row, column)), shape=(len(self.rows), len(cost))).tocsr()
        found = linprog(
            cost, A_ub=table, b_ub=np.zeros(len(self.rows)), bounds=bounds, method="highs"
        )
        if found.x is None:
            return None
        x = found.x
        return (
            -float(found.fun),
            x[:units],
            x[units + 2 : units + 2 + today],
            float(x[-1]),
            float(x[units] - x[units + 1]),
        )


def prove_impossible(
    program: ZoneProgram, counts: Counts, *, known: Zones = (), time_s: float = np.inf
) -> PriceProof | None:
    """Find weights that prove that no plan exists; None if none are found.

    Parameters
    ----------
    known
        Zones to begin with; those that break a restriction must not be among them.
    time_s
        Processor seconds for weights from the relaxation, so that a busy machine finds
        the same as an idle one; the usual weights are always tried.
    """
    for proof in _usual_weights(program, counts):
        if proof.holds(program, counts):
            return proof
    end = time.process_time() + time_s
    relaxation = _Relaxation(program, counts)
    for zone in known:
        units = tuple(sorted({int(program.unit[b]) for b in zone}))
        relaxation.add(units, -1)
        for continued in np.flatnonzero(program.shared[list(units)].any(axis=0)).tolist():
            relaxation.add(units, continued)
    for _ in range(_ROUNDS):
        if time.process_time() > end:
            return None
        solved = relaxation.solve()
        if solved is None or solved[0] < _NEGLIGIBLE:
            return None
        _, weights, claims, move, limit = solved
        whole = np.rint(weights * _UNITS).astype(np.int64)
        proof = PriceProof(
            _per_building(program, whole),
            np.rint(np.maximum(claims, 0) * _UNITS).astype(np.int64),
            round(max(move, 0.0) * _UNITS),
        )
        proved, heaviest = proof._exceeds(program, counts, proof.claims, proof.move)
        if proved:
            return proof
        before = len(relaxation.rows)
        _add_disjoint(
            relaxation, whole, proof, heaviest=heaviest, limit=round(limit * _UNITS), end=end
        )
        if len(relaxation.rows) == before:
            return None
    return None


def _add_disjoint(
    relaxation: _Relaxation,
    weights: Numbers,
    proof: PriceProof,
    *,
    heaviest: PricedZone,
    limit: int,
    end: float,
) -> None:
    """Add the heaviest zone, then the heaviest of the buildings that are left, and so on."""
    left = weights.copy()
    found = heaviest
    while found.units is not None and found.weight > limit + 1:
        relaxation.add(found.units, found.continued)
        if time.process_time() > end:
            return
        left[list(found.units)] = _UNDESIRED
        found = relaxation.program.heaviest_zone(left.tolist(), proof.claims.tolist(), proof.move)


def _usual_weights(program: ZoneProgram, counts: Counts) -> Iterator[PriceProof]:
    """Weights that prove the usual contradictions: of a building, sizes, a workload, moves."""
    none = np.zeros(0, dtype=np.int64)
    barred = program.barred[program.unit]
    if barred.any():
        yield PriceProof(barred.astype(np.int64), none, 0)
    named = {limit.building for limit in program.space.rules.companions}
    units = {int(program.unit[b]) for b in named} | set(np.flatnonzero(program.size > 1).tolist())
    for unit in sorted(units):
        yield PriceProof((program.unit == unit).astype(np.int64), none, 0)
    # Of a building in zones of 3 at most, a zone holds a third at least.
    smallest, largest = program.zone_sizes()
    yield PriceProof(_UNITS // largest[program.unit], none, 0)
    yield PriceProof(-_UNITS // smallest[program.unit], none, 0)
    for needed in program.needed:
        yield PriceProof(-needed[program.unit].astype(np.int64), none, 0)
    for load in program.space.rules.loads:
        total = float(load.values.sum())
        if total > 0:
            whole = np.floor(load.values / total * _UNITS).astype(np.int64)
            yield PriceProof(whole, none, 0)
            yield PriceProof(-whole, none, 0)
    yield from _weights_of_moves(program, counts)


def _weights_of_moves(program: ZoneProgram, counts: Counts) -> Iterator[PriceProof]:
    """Weights that say how many buildings have to move.

    First those of groups that are in several of today's zones: all but the most in one of
    them. Then those that another number of zones leaves over: a building that stays weighs
    1, and of a zone of today's at most ``count`` are free.
    """
    stability = program.space.stability
    if stability is None or stability.most is None:
        return
    divided = program.shared.sum(axis=1) - program.shared.max(axis=1, initial=0)
    if divided.sum() > stability.most:
        none = np.zeros(program.shared.shape[1], dtype=np.int64)
        yield PriceProof(_per_building(program, divided), none, 1)
    weights = (stability.today >= 0).astype(np.int64)
    sizes = program.shared.sum(axis=0)
    for count in np.unique(sizes):
        claims = np.maximum(sizes - count, 0)
        if weights.sum() - claims.sum() - stability.most > counts[1] * count:
            yield PriceProof(weights, claims, 1)


def _per_building(program: ZoneProgram, weights: Numbers) -> Numbers:
    """Divide the weight of each unit among its buildings."""
    shares, left = np.divmod(weights, program.size)
    each = shares[program.unit]
    _, first = np.unique(program.unit, return_index=True)
    each[first] += left
    return np.asarray(each)
