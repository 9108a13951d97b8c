"""The smallest set of conflicting rules, and the smallest relaxation of each.

The smallest infeasible subset is found by minimum hitting sets (Ignatiev, Previti,
Liffiton and Marques-Silva 2015): the smallest set that hits every known correction
set is tested; if some plan satisfies it, it is grown to a maximal satisfiable set,
whose complement is one more correction set.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from zoning.units import counted
from zoning.zones.request.limits import Progress, ProgressCallback, SolverLimits
from zoning.zones.request.objective import Alignment, AlignmentMode
from zoning.zones.request.problem import ZoneProblem
from zoning.zones.request.rules import Rule
from zoning.zones.solve.feasibility import Existence, any_plan, plan_exists, request_in_words
from zoning.zones.solve.result import Infeasibility

Change = Callable[[ZoneProblem], ZoneProblem]

# A short ladder is climbed step by step: more zones may be possible where fewer are not.
_FEW_STEPS = 12
# One question may take this share of the time there is for all of them.
_SHARE = 0.1


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Demand:
    """One requirement of the request.

    Attributes
    ----------
    text
        In plain words.
    drop
        The problem without it.
    ladders
        Ways to weaken it, each from the least change on: words and the problem.
    """

    text: str
    drop: Change
    ladders: tuple[tuple[tuple[str, Change], ...], ...]


def explain_conflict(
    problem: ZoneProblem, limits: SolverLimits, *, progress: ProgressCallback | None = None
) -> Infeasibility:
    """Find the smallest set of conflicting rules, and changes that make a plan possible.

    Every remedy was solved to check. Where ``limits.time_s`` runs out there are
    fewer, and the set may not be the smallest.
    """
    work = _Work(problem, limits, progress)
    conflict = work.smallest_conflict()
    return Infeasibility(
        request=request_in_words(problem),
        reasons=("these cannot all be kept: " + "; ".join(work.demands[k].text for k in conflict),),
        remedies=tuple(work.remedies(conflict)),
        conflict=tuple(work.demands[k].text for k in conflict),
        complete=work.certain and not work.late(),
    )


class _Work:
    def __init__(
        self, problem: ZoneProblem, limits: SolverLimits, progress: ProgressCallback | None
    ) -> None:
        self.problem, self.limits, self.progress = any_plan(problem), limits, progress
        self.started = time.monotonic()
        self.demands = _demands(self.problem)
        self.certain = True
        self.end = self.started + limits.time_s
        self.known: dict[frozenset[int], bool] = {}

    def late(self) -> bool:
        """Whether time has run out."""
        return time.monotonic() > self.end

    def smallest_conflict(self) -> tuple[int, ...]:
        """Indices of the smallest set of demands that no plan satisfies."""
        everything = range(len(self.demands))
        ways_out: list[frozenset[int]] = []
        while not self.late():
            tried = _smallest_hitting(ways_out, len(self.demands))
            if self._impossible(tried):
                return tuple(sorted(tried))
            kept = set(tried)
            for k in everything:
                if k not in kept and not self._impossible(frozenset(kept | {k})):
                    kept.add(k)
            if len(kept) == len(self.demands):
                break
            ways_out.append(frozenset(everything) - kept)
        self.certain = False
        return tuple(everything)

    def remedies(self, conflict: Sequence[int]) -> list[str]:
        """For each demand of the conflict the smallest change that suffices."""
        texts = []
        for k in conflict:
            for ladder in self.demands[k].ladders:
                step = self._least_step(ladder)
                if step is not None:
                    texts.append(ladder[step][0])
        return texts

    def _least_step(self, ladder: Sequence[tuple[str, Change]]) -> int | None:
        if len(ladder) <= _FEW_STEPS:
            return next((k for k, (_, change) in enumerate(ladder) if self._possible(change)), None)
        if self.late() or not self._possible(ladder[-1][1]):
            return None
        low, high = 0, len(ladder) - 1
        while low < high:
            middle = (low + high) // 2
            if self.late():
                return None
            if self._possible(ladder[middle][1]):
                high = middle
            else:
                low = middle + 1
        return high

    def _possible(self, change: Change) -> bool:
        if self.late():
            return False
        return plan_exists(change(self.problem), self._limits()) is Existence.YES

    def _impossible(self, kept: frozenset[int]) -> bool:
        """Whether it is proved that no plan satisfies these demands."""
        for known, answer in self.known.items():
            if (answer and known <= kept) or (not answer and kept <= known):
                return answer
        problem = self.problem
        for k in sorted(set(range(len(self.demands))) - kept, reverse=True):
            problem = self.demands[k].drop(problem)
        answer = plan_exists(problem, self._limits()) is Existence.NO
        self.known[kept] = answer
        return answer

    def _limits(self) -> SolverLimits:
        self._report()
        left = self.end - time.monotonic()
        return replace(self.limits, time_s=max(min(left, _SHARE * self.limits.time_s), 1e-3))

    def _report(self) -> None:
        if self.progress is not None:
            self.progress(
                Progress(
                    stage="looking for the rules that conflict",
                    elapsed_s=time.monotonic() - self.started,
                )
            )


def _smallest_hitting(sets: Sequence[frozenset[int]], n: int) -> frozenset[int]:
    """A minimum hitting set of these sets of the numbers below n."""
    for size in range(n + 1):
        for chosen in combinations(range(n), size):
            if all(one.intersection(chosen) for one in sets):
                return frozenset(chosen)
    return frozenset(range(n))


def _demands(problem: ZoneProblem) -> list[_Demand]:
    demands = []
    low, high = problem.sizes
    n = problem.n
    if problem.zones is not None:
        demands.append(_number_of_zones(problem))
    if high < n:
        larger = tuple(
            (f"allow {k} buildings in a zone", _with_largest(k)) for k in range(high + 1, n + 1)
        )
        demands.append(
            _Demand(
                text=f"at most {counted(high, 'building')} in a zone",
                drop=_with_largest(None),
                ladders=(larger,),
            )
        )
    if low > 1:
        smaller = tuple(
            (f"allow {counted(k, 'building')} in a zone", _with_smallest(k))
            for k in range(low - 1, 0, -1)
        )
        demands.append(
            _Demand(
                text=f"at least {counted(low, 'building')} in a zone",
                drop=_with_smallest(None),
                ladders=(smaller,),
            )
        )
    if problem.alignment.mode is AlignmentMode.STRICT:
        demands.append(
            _Demand(
                text="strict alignment",
                drop=_aligned,
                ladders=((("alignment 'prefer' instead of 'strict'", _aligned),),),
            )
        )
    for number, rule in enumerate(problem.rules):
        ladder = tuple(
            (easing.text, _with_rule(number, easing.rule)) for easing in rule.easings(problem)
        )
        demands.append(_Demand(text=rule.text, drop=_with_rule(number, None), ladders=(ladder,)))
    return demands


def _number_of_zones(problem: ZoneProblem) -> _Demand:
    fewest, most = problem.fewest_and_most
    asked = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    low, high = problem.sizes
    least, largest = -(-problem.n // high), problem.n // low
    first_more, first_fewer = max(most + 1, least), min(fewest - 1, largest)
    more = tuple(
        (f"{counted(k, 'zone')} instead of {asked}", _with_zones((k, k)))
        for k in range(first_more, min(first_more + _FEW_STEPS - 1, problem.n) + 1)
    )
    fewer = tuple(
        (f"{counted(k, 'zone')} instead of {asked}", _with_zones((k, k)))
        for k in range(first_fewer, max(first_fewer - _FEW_STEPS, 0), -1)
    )
    return _Demand(
        text=counted(most, "zone") if fewest == most else f"{asked} zones",
        drop=_with_zones(None),
        ladders=(more, fewer),
    )


def _with_zones(zones: tuple[int, int] | None) -> Change:
    return lambda problem: replace(problem, zones=zones)


def _with_largest(size: int | None) -> Change:
    return lambda problem: replace(problem, max_size=size)


def _with_smallest(size: int | None) -> Change:
    return lambda problem: replace(problem, min_size=size)


def _aligned(problem: ZoneProblem) -> ZoneProblem:
    return replace(problem, alignment=Alignment.off())


def _with_rule(number: int, rule: Rule | None) -> Change:
    def changed(problem: ZoneProblem) -> ZoneProblem:
        before, after = problem.rules[:number], problem.rules[number + 1 :]
        return replace(problem, rules=(*before, *([] if rule is None else [rule]), *after))

    return changed
