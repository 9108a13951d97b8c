"""Dividing one zone into the two best zones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from zoning.zones.arrays import Bools, Floats, Numbers
from zoning.zones.plan import Zone, ZonePlan
from zoning.zones.request.question import Objective
from zoning.zones.review.zone_values import Group, MovedCount, ZoneValuer

_EVERY_WAY_TO = 14
_SEEDS = 400
_ROUNDED = 6


@dataclass(frozen=True, slots=True)
class Division:
    """Which buildings leave a zone for a new one.

    Attributes
    ----------
    leaving
        Building ids, sorted.
    tried
        How many divisions were compared.
    every_way
        Whether these were all there are.
    """

    leaving: tuple[str, ...]
    tried: int
    every_way: bool


def best_division(plan: ZonePlan, zone: Zone, valuer: ZoneValuer) -> Division:
    """The division of a zone that is best for the plan.

    First the one nearest to the bounds on sizes, then one that keeps every rule,
    then the one of the least objective: for the objective ``worst``, the
    shortest longest drive before that. Zones of up to 14 buildings are divided
    in every way; of larger ones, the buildings nearer to either of two are put
    together, and the best of these improved by moves and swaps.

    Parameters
    ----------
    zone
        A zone of the plan with at least two of the problem's buildings.
    """
    divisions = _Divisions.of(plan, zone, valuer)
    group = divisions.group
    if len(group) <= _EVERY_WAY_TO:
        parts = [part for size in range(1, len(group)) for part in combinations(group, size)]
        best, tried = divisions.best(parts), len(parts)
    else:
        best, tried = _searched(divisions)
    ids = valuer.problem.building_ids
    return Division(
        leaving=tuple(sorted(ids[k] for k in best)),
        tried=tried,
        every_way=len(group) <= _EVERY_WAY_TO,
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Divisions:
    """Comparing divisions of one zone of a plan."""

    valuer: ZoneValuer
    group: Group
    school: str | None
    number: int
    zones: int
    longest_elsewhere_s: float
    moved: MovedCount | None

    @classmethod
    def of(cls, plan: ZonePlan, zone: Zone, valuer: ZoneValuer) -> _Divisions:
        zones = plan.patrol_zones
        groups = [valuer.group(z) for z in zones]
        number = zones.index(zone)
        longest = valuer.values(groups, [z.high_school_id for z in zones]).longest_drive_s
        stability = valuer.space.stability
        return cls(
            valuer=valuer,
            group=groups[number],
            school=zone.high_school_id,
            number=number,
            zones=len(zones),
            longest_elsewhere_s=float(np.delete(longest, number).max(initial=0.0)),
            moved=None if stability is None else MovedCount.of(stability, groups),
        )

    def best(self, parts: Sequence[Group]) -> Group:
        """The part that leaves in the best division; among equals the smaller, then the first."""
        keys = self.keys(parts)
        return parts[int(np.lexsort([np.arange(len(parts)), *keys[::-1]])[0])]

    def keys(self, parts: Sequence[Group]) -> list[Floats]:
        """What divisions are compared by, most important first; less is better."""
        valuer = self.valuer
        rests = [tuple(k for k in self.group if k not in part) for part in parts]
        stay = valuer.values(rests, [valuer.school_after(self.school, g) for g in rests])
        leave = valuer.values(parts, [valuer.school_of_new(self.school, g) for g in parts])
        sizes = np.array([len(part) for part in parts])
        kept = stay.kept & leave.kept
        cost = stay.cost_s + leave.cost_s
        if self.moved is not None:
            moved = np.array(
                [
                    self.moved.after({self.number: rest, self.zones: part})
                    for part, rest in zip(parts, rests, strict=True)
                ]
            )
            cost += self.moved.stability.price_s * moved
            kept &= moved <= self.moved.limit
        longest = np.zeros(len(parts))
        if valuer.problem.objective is Objective.WORST:
            here = np.maximum(stay.longest_drive_s, leave.longest_drive_s)
            longest = np.maximum(here, self.longest_elsewhere_s)
        return [
            (self._off(sizes) + self._off(len(self.group) - sizes)).astype(np.float64),
            (~kept).astype(np.float64),
            longest,
            np.round(cost, _ROUNDED),
            sizes.astype(np.float64),
        ]

    def _off(self, sizes: Numbers) -> Numbers:
        """By how many buildings zones miss the bounds on sizes."""
        low, high = self.valuer.space.sizes
        return np.maximum(low - sizes, 0) + np.maximum(sizes - high, 0)


def _searched(divisions: _Divisions) -> tuple[Group, int]:
    """A good division of a zone too large to divide in every way, and how many were tried."""
    group = np.array(divisions.group)
    seconds = divisions.valuer.problem.seconds
    away = (seconds + seconds.T)[np.ix_(group, group)]
    pairs = sorted(combinations(range(len(group)), 2), key=lambda pair: -away[pair])[:_SEEDS]
    parts = []
    for a, b in pairs:
        nearer = away[a] < away[b]
        nearer[a] = True
        parts += [_chosen(group, nearer), _chosen(group, ~nearer)]
    best, tried = divisions.best(parts), len(parts)
    while True:
        near = _one_change_from(best, divisions.group)
        better = divisions.best([best, *near])
        tried += len(near)
        if better == best:
            return best, tried
        best = better


def _chosen(group: Numbers, inside: Bools) -> Group:
    return tuple(int(k) for k in group[inside])


def _one_change_from(part: Group, group: Group) -> list[Group]:
    """The parts after one building leaves, enters, or both."""
    rest = [k for k in group if k not in part]
    fewer = [tuple(k for k in part if k != out) for out in part]
    more = [tuple(sorted((*part, into))) for into in rest]
    swapped = [
        tuple(sorted((*(k for k in part if k != out), into))) for out, into in product(part, rest)
    ]
    return [p for p in (*fewer, *more, *swapped) if 0 < len(p) < len(group)]
