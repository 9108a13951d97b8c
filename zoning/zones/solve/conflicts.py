"""A minimal set of conflicting rules, and the smallest relaxation of each.

A proof that no plan exists (`Question.contradiction`) is tried without each rule: those
that it does not need are dropped. What is left is made minimal by dropping one rule at a
time. The smallest minimal set is found by minimum hitting sets (Ignatiev, Previti,
Liffiton and Marques-Silva 2015): the smallest set that hits every known correction set is
tested. If some plan satisfies it, the rules that this plan breaks are a further correction
set.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import combinations
from typing import Any

from zoning.units import counted
from zoning.zones.arrays import Zones
from zoning.zones.request.limits import Progress, ProgressCallback, SolverLimits
from zoning.zones.request.objective import Alignment, AlignmentMode
from zoning.zones.request.problem import ZoneProblem
from zoning.zones.request.rules import Rule
from zoning.zones.solve.feasibility import Answer, Existence, Question, any_plan, request_in_words
from zoning.zones.solve.result import Infeasibility

Change = Callable[[ZoneProblem], ZoneProblem]

# Up to 12 relaxations are tried one by one, since feasibility need not be monotone in the number
# of zones; longer lists by bisection. Our choice.
_FEW_STEPS = 12
# One search may take so many seconds, and all remedies so many, or a fifteenth of the time limit:
# a planner waits half a minute in all. Our choice.
_SEARCH_S = 8.0
_REMEDIES_S = 20.0
# Seconds for making sure that no smaller set conflicts. Our choice.
_SMALLEST_S = 0.5
# Seconds for one proof by weights: it is tried on many sets. Our choice.
_PROOF_S = 1.0
# Plans that are tried on each set: the latest are the most like what is asked. Our choice.
_PLANS = 12


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """A weaker version of a requirement.

    Attributes
    ----------
    text
        What is changed.
    change
        Makes it in a problem.
    share
        How much is changed, as a share of what was asked; None if it is dropped.
    """

    text: str
    change: Change
    share: float | None = None


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
        Lists of weaker versions, the smallest change first.
    monotone
        Whether each weaker version allows every plan of the one before.
    """

    text: str
    drop: Change
    relaxations: tuple[tuple[_Step, ...], ...]
    monotone: bool = True


def explain_conflict(
    problem: ZoneProblem, limits: SolverLimits, *, progress: ProgressCallback | None = None
) -> Infeasibility:
    """Find a minimal set of conflicting rules, and changes that make a plan possible.

    Every remedy was solved to check; the best come first. If time runs out, remedies may
    be missing and the set may not be minimal.
    """
    work = _ConflictSearch(problem, limits, progress)
    conflict = sorted(work.find_conflict())
    remedies = work.find_remedies(conflict)
    certain = work.is_minimal(frozenset(conflict))
    texts = tuple(work.requirements[k].text for k in conflict)
    return Infeasibility(
        request=request_in_words(problem),
        reasons=("no plan keeps all of these: " + "; ".join(texts),),
        remedies=tuple(remedies),
        conflict=texts,
        minimal=certain,
        complete=work.complete,
    )


class _Effort(IntEnum):
    """How much is done to decide whether some plan keeps a set of requirements.

    A glance looks at known plans, counts, the usual weights and a quick plan. Then come a
    constraint program, weights from the relaxation, and the search, which does all.
    """

    GLANCE = 0
    PROGRAM = 1
    PROVE = 2
    SEARCH = 3


class _ConflictSearch:
    """The requirements of one request, and what is known about sets of them.

    Attributes
    ----------
    plans
        Plans that were found for some of the requirements, the latest first.
    possible, impossible
        Sets of requirements that some plan keeps, and that no plan keeps, both proved.
    complete
        False if time ran out before a remedy was found or ruled out.
    search_s
        Limit of one search.
    stage
        The step that is reported.
    """

    def __init__(
        self, problem: ZoneProblem, limits: SolverLimits, progress: ProgressCallback | None
    ) -> None:
        self.problem, self.limits, self.progress = any_plan(problem), limits, progress
        self.started = time.monotonic()
        self.end = self.started + limits.time_s
        self.requirements = _list_requirements(self.problem)
        self.all = frozenset(range(len(self.requirements)))
        self.plans = _plans_of_today(self.problem)
        self.possible: list[frozenset[int]] = []
        self.impossible = [self.all]
        self.effort: dict[frozenset[int], _Effort] = {}
        self.complete = True
        self.search_s = _SEARCH_S
        self.stage = "looking for the rules that conflict"

    def find_conflict(self) -> frozenset[int]:
        """Find a minimal set of requirements that no plan keeps; the smallest if time allows."""
        core = self._find_core()
        if core is None:
            return self._find_smallest(self.all, self.limits.time_s, grow=True)
        return self._find_smallest(self._shrink(core), _SMALLEST_S)

    def is_minimal(self, conflict: frozenset[int]) -> bool:
        """Whether some plan keeps the conflict without any one of its requirements."""
        return all(
            self._decide(conflict - {k}, _Effort.GLANCE) is Existence.YES for k in sorted(conflict)
        )

    def _find_core(self) -> frozenset[int] | None:
        """Find the requirements that one proof needs; None if no proof is found at once."""
        answer = Question(self.problem).contradiction(self.plans)
        if answer.existence is not Existence.NO:
            return None
        core = self.all
        for k in sorted(self.all):
            if answer.disproves(self._keep_only(core - {k})):
                core -= {k}
        self.impossible.append(core)
        return core

    def _shrink(self, conflict: frozenset[int]) -> frozenset[int]:
        """Drop requirements without which there is still no plan."""
        for k in sorted(conflict):
            if k in conflict and self._decide(conflict - {k}, _Effort.SEARCH) is Existence.NO:
                smaller = [known for known in self.impossible if known <= conflict - {k}]
                conflict = min(smaller, key=len)
        return conflict

    def _find_smallest(
        self, conflict: frozenset[int], work_s: float, *, grow: bool = False
    ) -> frozenset[int]:
        """Find the smallest conflict by minimum hitting sets; the known one if time runs out."""
        last = _work_s() + work_s
        corrections = [self.all - kept for kept in self.possible]
        while _work_s() < last and not self._is_out_of_time():
            tried = _find_hitting_set(corrections, len(self.requirements), len(conflict) - 1)
            if tried is None:
                break
            usual, self.search_s = self.search_s, min(self.search_s, last - _work_s())
            answer = self._decide(tried, _Effort.SEARCH)
            self.search_s = usual
            if answer is Existence.NO:
                return self._shrink(tried)
            # Undecided counts as possible: that nothing smaller conflicts is not proved then.
            kept = max((known for known in self.possible if tried <= known), key=len, default=tried)
            for k in sorted(self.all - kept) if grow else ():
                if self._is_out_of_time():
                    break
                if self._decide(kept | {k}, _Effort.SEARCH) is not Existence.NO:
                    kept |= {k}
            corrections.append(self.all - kept)
        return conflict

    def _is_out_of_time(self) -> bool:
        return time.monotonic() > self.end

    def _decide(self, kept: frozenset[int], effort: _Effort) -> Existence:
        """Decide whether some plan keeps these requirements."""
        if any(kept <= known for known in self.possible):
            return Existence.YES
        if any(known <= kept for known in self.impossible):
            return Existence.NO
        # A glance is always worth it: plans may have been found in the meantime.
        if effort and (self.effort.get(kept, -1) >= effort or self._is_out_of_time()):
            return Existence.UNKNOWN
        self.effort[kept] = max(effort, self.effort.get(kept, effort))
        answer = self._answer(self._keep_only(kept), effort)
        if answer.existence is Existence.NO:
            self.impossible.append(kept)
        elif answer.plan is not None:
            self.possible.append(self._find_kept(answer.plan, kept))
        return answer.existence

    def _answer(self, problem: ZoneProblem, effort: _Effort) -> Answer:
        """Answer whether a problem has a plan, and note the plan."""
        self._report()
        question = Question(problem)
        answer = question.answer_at_once(self.plans, time_s=0.0)
        if answer.existence is Existence.UNKNOWN and effort in (_Effort.PROGRAM, _Effort.SEARCH):
            count = sum(self.problem.fewest_and_most) // 2
            answer = question.find_by_program(self._next_limits(), count=count)
        if answer.existence is Existence.UNKNOWN and effort >= _Effort.PROVE:
            answer = question.contradiction(self.plans, time_s=_PROOF_S)
        if answer.existence is Existence.UNKNOWN and effort is _Effort.SEARCH:
            answer = question.search(self._next_limits())
        if answer.plan is not None and answer.plan not in self.plans:
            self.plans = [answer.plan, *self.plans[: _PLANS - 1]]
        return answer

    def _find_kept(self, plan: Zones, kept: frozenset[int]) -> frozenset[int]:
        """Add the other requirements that a plan keeps."""
        for k in sorted(self.all - kept):
            if Question(self._keep_only(kept | {k})).is_kept_by(plan):
                kept |= {k}
        return kept

    def _keep_only(self, kept: frozenset[int]) -> ZoneProblem:
        problem = self.problem
        for k in sorted(self.all - kept, reverse=True):
            problem = self.requirements[k].drop(problem)
        return problem

    def find_remedies(self, conflict: Collection[int]) -> list[str]:
        """Find the smallest sufficient change of each requirement of a conflict, the best first.

        The best keeps the requirement in a weaker form, as close to what was asked as
        possible; dropping one comes last.
        """
        self.stage = "looking for changes that make a plan possible"
        self._report()
        last = _work_s() + max(_REMEDIES_S, self.limits.time_s / 15)
        ladders = [
            (self.requirements[k].monotone, steps)
            for k in sorted(conflict)
            if self._decide(self.all - {k}, _Effort.GLANCE) is not Existence.NO
            for steps in self.requirements[k].relaxations
        ]
        found: list[_Step] = []
        for number, (monotone, steps) in enumerate(ladders):
            share_s = (last - _work_s()) / (len(ladders) - number)
            find = self._find_least_step if monotone else self._find_first_step
            step = find(steps, _work_s() + share_s)
            found += [] if step is None else [step]
        found.sort(key=lambda step: (step.share is None, step.share or 0.0))
        return [step.text for step in found]

    def _find_first_step(self, steps: Sequence[_Step], last: float) -> _Step | None:
        """Find the first step that makes a plan possible, by trying one by one.

        Steps are tried quickly first; those before the first that has a plan are then
        searched, as far as time allows.
        """
        found = None
        for effort in (_Effort.PROGRAM, _Effort.SEARCH):
            undecided = []
            for step in steps:
                if _work_s() > last or self._is_out_of_time():
                    self.complete &= found is not None
                    return found
                answer = self._answer(step.change(self.problem), effort)
                if answer.existence is Existence.YES:
                    found = step
                    break
                undecided += [step] if answer.existence is Existence.UNKNOWN else []
            steps = undecided
        self.complete &= found is not None or not steps
        return found

    def _find_least_step(self, steps: Sequence[_Step], last: float) -> _Step | None:
        """Find the least step that makes a plan possible.

        Wider and wider steps are tried until one has a plan; the narrowest step that this
        plan keeps bounds the search from above, and bisection does the rest. A step that
        is not decided counts as not enough.
        """
        low, high, tried = 0, len(steps), 0
        effort, decided = _Effort.PROGRAM, True
        while low < high:
            if _work_s() > last or self._is_out_of_time():
                self.complete &= high < len(steps)
                break
            answer = self._answer(steps[tried].change(self.problem), effort)
            if answer.plan is not None:
                plan = answer.plan
                high = bisect_left(
                    steps,
                    True,
                    lo=low,
                    hi=tried,
                    key=lambda step: Question(step.change(self.problem)).is_kept_by(plan),
                )
            elif answer.existence is Existence.NO or effort is _Effort.SEARCH:
                low = tried + 1
                # The last step allows the most: nothing before it helps if it does not.
                decided = answer.existence is Existence.NO
            if high < len(steps):
                effort, tried = _Effort.SEARCH, (low + high) // 2
            elif tried < len(steps) - 1:
                tried = min(2 * tried + 1, len(steps) - 1)
            elif effort is _Effort.PROGRAM:
                effort, tried = _Effort.SEARCH, low
            else:
                tried = low
        self.complete &= decided or high < len(steps)
        return steps[high] if high < len(steps) else None

    def _report(self) -> None:
        if self.progress is not None:
            elapsed_s = time.monotonic() - self.started
            self.progress(Progress(stage=self.stage, elapsed_s=elapsed_s))

    def _next_limits(self) -> SolverLimits:
        left = self.end - time.monotonic()
        return replace(self.limits, time_s=max(min(left, self.search_s), 1e-3))


def _work_s() -> float:
    """Processor seconds: so that a busy machine finds the same as an idle one."""
    return time.process_time()


def _plans_of_today(problem: ZoneProblem) -> list[Zones]:
    """Today's plans that moves are counted from, as far as their buildings are divided."""
    plans = []
    for today in problem.plans_of_today:
        zones = [
            tuple(sorted(problem.position(b) for b in zone.building_ids if b in known))
            for zone in today.patrol_zones
            for known in [set(problem.building_ids)]
        ]
        plan = tuple(sorted(zone for zone in zones if zone))
        if sum(map(len, plan)) == problem.n:
            plans.append(plan)
    return plans


def _find_hitting_set(sets: Sequence[frozenset[int]], n: int, most: int) -> frozenset[int] | None:
    """Find a minimum hitting set of these subsets of 0 ... n - 1; None if all exceed ``most``."""
    for size in range(min(n, most) + 1):
        for chosen in combinations(range(n), size):
            if all(one.intersection(chosen) for one in sets):
                return frozenset(chosen)
    return None


def _list_requirements(problem: ZoneProblem) -> list[_Requirement]:
    requirements = []
    low, high = problem.sizes
    if problem.zones is not None:
        requirements.append(_require_zone_count(problem))
    if high < problem.n:
        larger = tuple(
            _Step(f"allow {k} buildings in a zone", _set(max_size=k), k / high - 1)
            for k in range(high + 1, problem.n + 1)
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
            _Step(f"allow {counted(k, 'building')} in a zone", _set(min_size=k), 1 - k / low)
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
        step = _Step("alignment 'prefer' instead of 'strict'", no_alignment)
        requirements.append(
            _Requirement(text="strict alignment", drop=no_alignment, relaxations=((step,),))
        )
    for number, rule in enumerate(problem.rules):
        ladder = tuple(
            _Step(easing.text, _set_rule(number, easing.rule), easing.share)
            for easing in rule.easings(problem)
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

    def step(k: int) -> _Step:
        share = max(k - most, fewest - k) / most
        return _Step(f"{counted(k, 'zone')} instead of {asked}", _set(zones=(k, k)), share)

    return _Requirement(
        text=counted(most, "zone") if fewest == most else f"{asked} zones",
        drop=_set(zones=None),
        relaxations=(
            tuple(map(step, range(first_more, min(first_more + _FEW_STEPS - 1, problem.n) + 1))),
            tuple(map(step, range(first_fewer, max(first_fewer - _FEW_STEPS, 0), -1))),
        ),
        monotone=False,
    )


def _set(**fields: Any) -> Change:
    return lambda problem: replace(problem, **fields)


def _set_rule(number: int, rule: Rule | None) -> Change:
    def changed(problem: ZoneProblem) -> ZoneProblem:
        before, after = problem.rules[:number], problem.rules[number + 1 :]
        return replace(problem, rules=(*before, *([] if rule is None else [rule]), *after))

    return changed
