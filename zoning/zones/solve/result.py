"""The result of a zone problem: a plan with its proof, or the reason why none exists."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from zoning.errors import InternalError
from zoning.units import counted, sentence
from zoning.zones.plan import ZonePlan
from zoning.zones.request.limits import relative_gap
from zoning.zones.request.problem import ZoneProblem
from zoning.zones.review.score import PlanScore, long_drive

# Bounds and objectives sum the same numbers in another order, and the solvers' tolerance is 1e-7:
# a bound above the objective by more than this share means that one of them is wrong.
_ROUNDING = 1e-6


class Status(StrEnum):
    """What is proved about the best plan."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    NO_SOLUTION = "no solution"


@dataclass(frozen=True, slots=True, kw_only=True)
class Infeasibility:
    """Why no plan exists, and what would make one possible.

    Attributes
    ----------
    request
        The request in one line.
    reasons
        Why no plan exists.
    remedies
        Changes, each of which is enough by itself, the best first; each was solved to
        check.
    conflict
        A minimal set of rules that no plan keeps together, in plain words; empty if
        only sizes, number of zones and alignment conflict, and there are no rules.
    minimal
        Whether it is proved that some plan keeps the conflict without any one of its
        rules.
    complete
        False if time ran out before a remedy of every rule of the conflict was found or
        ruled out.
    """

    request: str
    reasons: tuple[str, ...]
    remedies: tuple[str, ...]
    conflict: tuple[str, ...] = ()
    minimal: bool = True
    complete: bool = True

    def __str__(self) -> str:
        lines = [f"No plan exists: {self.request}.", *(f"  {r}" for r in self.reasons)]
        if self.remedies:
            lines.append("Any one of these makes a plan possible (each was solved to check):")
            lines += [f"  {r}" for r in self.remedies]
        elif self.complete:
            lines.append("No single change makes a plan possible.")
        unsure = [
            *(["fewer rules may conflict"] if not self.minimal else []),
            *(["other changes may help"] if not self.complete else []),
        ]
        if unsure:
            lines.append(f"Time ran out: {', and '.join(unsure)}.")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveProof:
    """Lower bound on the longest drive inside a zone, with the objective ``worst``.

    Attributes
    ----------
    bound_s
        Seconds; every plan has a drive at least this long.
    """

    bound_s: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ZoningResult:
    """The answer to a zone problem.

    Attributes
    ----------
    status
        ``optimal``: no plan is better by more than the gap limit, over all
        zones of the allowed sizes; ``feasible``: a plan with the gap stated;
        ``infeasible``: no plan exists, see ``infeasibility``; ``no solution``:
        none was found within the limits.
    plan
        The best plan; None if there is none.
    score
        The figures of the plan; None if there is none.
    lower_bound_s
        Building-seconds; proved: no plan has a smaller objective.
    bound_over
        The zones that the bound covers, in words.
    among
        The plans that the bound covers, in words, where it is not all plans of these zones;
        see `zoning.alternatives`.
    candidates
        Number of zones that were priced one by one.
    runtime_s
        Seconds of computing; differs from run to run.
    seed
        Seed of the solvers.
    drive
        Bound on the longest drive; only with the objective ``worst``.
        The lower bound is then over plans whose drives are as short as this one's.
    interrupted
        Whether the user stopped the search.
    stopped_by
        What ended the search before the proof, in words: ``'the time limit of 300
        s'``, ``'the limit of 8,000 candidate zones'``, ``'the gap limit of 1 %'``,
        ``'the user'``; '' if the proof is complete.
    notices
        Sentences on the names of zones that were given and not used.
    """

    problem: ZoneProblem
    status: Status
    plan: ZonePlan | None = None
    score: PlanScore | None = None
    lower_bound_s: float = 0.0
    bound_over: str = ""
    among: str = ""
    candidates: int = 0
    runtime_s: float = 0.0
    seed: int = 0
    infeasibility: Infeasibility | None = None
    drive: DriveProof | None = None
    interrupted: bool = False
    stopped_by: str = ""
    notices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.score is None:
            return
        objective, bound = self.score.objective_s, self.lower_bound_s
        if bound > objective + _ROUNDING * (1 + abs(objective)):
            raise contradiction(
                self.problem, f"the lower bound {bound:,.6g} s is above a plan's {objective:,.6g} s"
            )
        longest = self.score.longest_drive_s
        if self.drive is not None and self.drive.bound_s > longest + _ROUNDING * (1 + longest):
            raise contradiction(
                self.problem,
                f"no longest drive is proved below {self.drive.bound_s:,.6g} s, and a plan's "
                f"is {longest:,.6g} s",
            )

    def __repr__(self) -> str:
        return (
            f"ZoningResult({self.status}, {self.plan!r}, "
            f"gap={'None' if self.gap is None else percent(self.gap)})"
        )

    @property
    def objective_s(self) -> float | None:
        """Objective of the plan in building-seconds; None without a plan."""
        return None if self.score is None else self.score.objective_s

    @property
    def gap(self) -> float | None:
        """(objective - lower bound) / objective; None without a plan."""
        if self.score is None:
            return None
        return relative_gap(self.score.objective_s, self.lower_bound_s)

    def __str__(self) -> str:
        if self.infeasibility is not None:
            return str(self.infeasibility)
        stopped = f"; stopped by {self.stopped_by}" if self.stopped_by else ""
        among = f", of {self.among}" if self.among else ""
        if self.plan is None or self.score is None or self.gap is None:
            return (
                "No plan was found within the limits, and it is not proved that none exists: "
                f"allow more time or more candidates{stopped}."
            )
        lines = [
            f"{counted(len(self.plan.patrol_zones), 'zone')} for {self.problem.n} buildings: "
            f"{self.status}, gap {percent(self.gap)} over {self.bound_over}{among}{stopped}",
            f"mean expected travel {self.score.mean_travel_s / 60:.2f} min per call"
            + self._describe_alignment(self.score),
            f"objective {self.score.objective_s / 60:.2f} building-minutes, "
            f"lower bound {self.lower_bound_s / 60:.2f}",
        ]
        if far := long_drive(self.plan, self.problem):
            lines.append(far)
        if self.problem.times_estimate:
            lines.append(self.problem.times_estimate)
        lines += [sentence(notice) for notice in self.notices]
        return "\n".join(lines)

    def _describe_alignment(self, score: PlanScore) -> str:
        if not score.with_feeder:
            return ""
        return (
            f", {score.misaligned} of {score.with_feeder} schools outside their feeder's zone "
            f"(alignment: {self.problem.alignment})"
        )


def contradiction(problem: ZoneProblem, what: str) -> InternalError:
    """Make the error for a bound that a plan refutes: the result must not be used."""
    parts = [type(part).__name__ for part in (*problem.rules, *problem.costs)]
    return InternalError(
        f"the zone solver contradicts itself: {what}\n"
        f"  asked: {problem!r}, with {', '.join(parts) or 'no rules or costs'}\n"
        "No result is returned, since it could not be trusted. A cost of your own has to keep what "
        "its pairs, per_pair, most and depends_on_count say, and a rule of your own has to say in "
        "restrictions what it says in broken_by; if you use neither, please report this."
    )


def percent(share: float) -> str:
    """Format a gap; 0 % only if it is proved to be 0."""
    if share < 1e-9:
        return "0 %"
    return "below 0.001 %" if share < 1e-5 else f"{share * 100:.3f} %"
