"""The smallest set of conflicting rules, and the smallest relaxation of each.

The smallest infeasible subset is found by minimum hitting sets (Ignatiev, Previti,
Liffiton and Marques-Silva 2015). The smallest set that hits every known correction
set is tested. If some plan satisfies it, it is extended to a maximal satisfiable
set, whose complement is a further correction set.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from zoning.units import counted
from zoning.zones.request.limits import Progress, ProgressCallback, SolverLimits
from zoning.zones.request.objective import Alignment, AlignmentMode
from zoning.zones.request.problem import ZoneProblem
from zoning.zones.request.rules import Rule
from zoning.zones.solve.feasibility import Existence, any_plan, plan_exists, request_in_words
from zoning.zones.solve.result import Infeasibility

Change = Callable[[ZoneProblem], ZoneProblem]

# Up to 12 relaxations are tried one by one, since feasibility need not be monotone in the number
# of zones; longer lists by bisection. Our choice.
_FEW_STEPS = 12
# One feasibility check may take this share of the time limit. Our choice.
_TIME_SHARE = 0.1


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Requirement:
    """One requirement of the request.

    Attributes
    ----------
    text
        In plain words.
    drop
        Removes it from a problem.
    relaxations
        Lists of weaker versions, the smallest change first: words and the change.
    """

    text: str
    drop: Change
    relaxations: tuple[tuple[tuple[str, Change], ...], ...]


def explain_conflict(
    problem: ZoneProblem, limits: SolverLimits, *, progress: ProgressCallback | None = None
) -> Infeasibility:
    """Find the smallest set of conflicting rules, and changes that make a plan possible.

    Every remedy was solved to check. If ``limits.time_s`` runs out, remedies may be
    missing and the set may not be the smallest.
    """
    work = _ConflictSearch(problem, limits, progress)
    conflict = work.smallest_conflict()
    return Infeasibility(
        request=request_in_words(problem),
        reasons=(
            "no plan keeps all of these: " + "; ".join(work.requirements[k].text for k in conflict),
        ),
        remedies=tuple(work.remedies(conflict)),
        conflict=tuple(work.requirements[k].text for k in conflict),
        complete=work.certain and not work.is_out_of_time(),
    )


class _ConflictSearch:
    def __init__(
        self, problem: ZoneProblem, limits: SolverLimits, progress: ProgressCallback | None
    ) -> None:
        self.problem, self.limits, self.progress = any_plan(problem), limits, progress
        self.started = time.monotonic()
        self.requirements = _list_requirements(self.problem)
        self.certain = True
        self.end = self.started + limits.time_s
        self.known: dict[frozenset[int], bool] = {}

    def is_out_of_time(self) -> bool:
        """Whether the time limit has passed."""
        return time.monotonic() > self.end

    def smallest_conflict(self) -> tuple[int, ...]:
        """Find the smallest set of requirements, by index, that no plan satisfies."""
        every_index = range(len(self.requirements))
        correction_sets: list[frozenset[int]] = []
        while not self.is_out_of_time():
            tried = _find_hitting_set(correction_sets, len(self.requirements))
            if self._is_impossible(tried):
                return tuple(sorted(tried))
            kept = set(tried)
            for k in every_index:
                if k not in kept and not self._is_impossible(frozenset(kept | {k})):
                    kept.add(k)
            if len(kept) == len(self.requirements):
                break
            correction_sets.append(frozenset(every_index) - kept)
        self.certain = False
        return tuple(every_index)

    def remedies(self, conflict: Sequence[int]) -> list[str]:
        """Find the smallest sufficient change of each requirement of the conflict."""
        texts = []
        for k in conflict:
            for ladder in self.requirements[k].relaxations:
                step = self._find_least_step(ladder)
                if step is not None:
                    texts.append(ladder[step][0])
        return texts

    def _find_least_step(self, ladder: Sequence[tuple[str, Change]]) -> int | None:
        if len(ladder) <= _FEW_STEPS:
            return next(
                (k for k, (_, change) in enumerate(ladder) if self._is_possible(change)), None
            )
        if self.is_out_of_time() or not self._is_possible(ladder[-1][1]):
            return None
        low, high = 0, len(ladder) - 1
        while low < high:
            middle = (low + high) // 2
            if self.is_out_of_time():
                return None
            if self._is_possible(ladder[middle][1]):
                high = middle
            else:
                low = middle + 1
        return high

    def _is_possible(self, change: Change) -> bool:
        if self.is_out_of_time():
            return False
        return plan_exists(change(self.problem), self._next_limits()) is Existence.YES

    def _is_impossible(self, kept: frozenset[int]) -> bool:
        """Whether it is proved that no plan satisfies these requirements."""
        for known, answer in self.known.items():
            if (answer and known <= kept) or (not answer and kept <= known):
                return answer
        problem = self.problem
        for k in sorted(set(range(len(self.requirements))) - kept, reverse=True):
            problem = self.requirements[k].drop(problem)
        answer = plan_exists(problem, self._next_limits()) is Existence.NO
        self.known[kept] = answer
        return answer

    def _next_limits(self) -> SolverLimits:
        if self.progress is not None:
            elapsed_s = time.monotonic() - self.started
            stage = "looking for the rules that conflict"
            self.progress(Progress(stage=stage, elapsed_s=elapsed_s))
        left = self.end - time.monotonic()
        return replace(self.limits, time_s=max(min(left, _TIME_SHARE * self.limits.time_s), 1e-3))


def _find_hitting_set(sets: Sequence[frozenset[int]], n: int) -> frozenset[int]:
    """Find a minimum hitting set of these subsets of 0 ... n - 1."""
    for size in range(n + 1):
        for chosen in combinations(range(n), size):
            if all(one.intersection(chosen) for one in sets):
                return frozenset(chosen)
    return frozenset(range(n))


def _list_requirements(problem: ZoneProblem) -> list[_Requirement]:
    requirements = []
    low, high = problem.sizes
    n = problem.n
    if problem.zones is not None:
        requirements.append(_require_zone_count(problem))
    if high < n:
        larger = tuple(
            (f"allow {k} buildings in a zone", _set(max_size=k)) for k in range(high + 1, n + 1)
        )
        requirements.append(
            _Requirement(
                text=f"at most {counted(high, 'building')} in a zone",
                drop=_set(max_size=None),
                relaxations=(larger,),
            )
        )
    if low > 1:
        smaller = tuple(
            (f"allow {counted(k, 'building')} in a zone", _set(min_size=k))
            for k in range(low - 1, 0, -1)
        )
        requirements.append(
            _Requirement(
                text=f"at least {counted(low, 'building')} in a zone",
                drop=_set(min_size=None),
                relaxations=(smaller,),
            )
        )
    if problem.alignment.mode is AlignmentMode.STRICT:
        no_alignment = _set(alignment=Alignment.off())
        requirements.append(
            _Requirement(
                text="strict alignment",
                drop=no_alignment,
                relaxations=((("alignment 'prefer' instead of 'strict'", no_alignment),),),
            )
        )
    for number, rule in enumerate(problem.rules):
        ladder = tuple(
            (easing.text, _set_rule(number, easing.rule)) for easing in rule.easings(problem)
        )
        requirements.append(
            _Requirement(text=rule.text, drop=_set_rule(number, None), relaxations=(ladder,))
        )
    return requirements


def _require_zone_count(problem: ZoneProblem) -> _Requirement:
    fewest, most = problem.fewest_and_most
    asked = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    low, high = problem.sizes
    least, largest = -(-problem.n // high), problem.n // low
    first_more, first_fewer = max(most + 1, least), min(fewest - 1, largest)
    more = tuple(
        (f"{counted(k, 'zone')} instead of {asked}", _set(zones=(k, k)))
        for k in range(first_more, min(first_more + _FEW_STEPS - 1, problem.n) + 1)
    )
    fewer = tuple(
        (f"{counted(k, 'zone')} instead of {asked}", _set(zones=(k, k)))
        for k in range(first_fewer, max(first_fewer - _FEW_STEPS, 0), -1)
    )
    return _Requirement(
        text=counted(most, "zone") if fewest == most else f"{asked} zones",
        drop=_set(zones=None),
        relaxations=(more, fewer),
    )


def _set(**fields: Any) -> Change:
    return lambda problem: replace(problem, **fields)


def _set_rule(number: int, rule: Rule | None) -> Change:
    def changed(problem: ZoneProblem) -> ZoneProblem:
        before, after = problem.rules[:number], problem.rules[number + 1 :]
        return replace(problem, rules=(*before, *([] if rule is None else [rule]), *after))

    return changed
