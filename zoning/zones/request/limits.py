"""Limits on the solver, and reports of its progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from zoning.errors import OptionError
from zoning.settings import PERCENT, SECONDS, Setting, settings


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class SolverLimits:
    """Bounds on the zone optimiser; the defaults prove districts of 150 schools.

    Attributes
    ----------
    gap
        Stop when the plan is proved this close to the best, as a share of its
        objective; a plan within it is called optimal.
    time_s
        Seconds after which the best plan so far is returned. A run that the
        clock does not stop is the same every time.
    candidates
        Limit on the zones of the last integer program; with more, the proof is
        given up and the gap is reported.
    workers
        Threads that look for zones; the answer does not depend on it.
    seed
        Passed to the solvers. Another seed may find another plan of equal cost.
    """

    gap: Annotated[
        float,
        Setting(
            meaning="Stop when the plan is proved to cost at most this much more than the optimum.",
            unit=PERCENT,
            at_least=0,
            below=100,
        ),
    ] = 1e-6
    time_s: Annotated[
        float,
        Setting(
            meaning="Longest search for the zones of one option; then the best plan so far is "
            "taken.",
            unit=SECONDS,
            key="time_limit_seconds",
            above=0,
        ),
    ] = 300.0
    candidates: Annotated[
        int,
        Setting(
            meaning="Most zones of the last integer program; with more, the gap is reported "
            "instead of a proof.",
            at_least=1,
        ),
    ] = 8_000
    workers: Annotated[
        int, Setting(meaning="Threads that look for zones; the plan is the same.", at_least=1)
    ] = 1
    seed: Annotated[
        int,
        Setting(
            meaning="Seed of the solvers; another may find another plan of equal cost. Public "
            "files do not show it.",
            at_least=0,
            at_most=2**31 - 1,  # the largest seed that the solvers accept
            restricted=True,
        ),
    ] = 0

    def __post_init__(self) -> None:
        faults = [
            f"{name} is {value}"
            for name, value, wrong in (
                ("gap", self.gap, not 0 <= self.gap < 1),
                ("time_s", self.time_s, not self.time_s > 0),
                ("candidates", self.candidates, self.candidates < 1),
                ("workers", self.workers, self.workers < 1),
                ("seed", self.seed, self.seed < 0),
            )
            if wrong
        ]
        if faults:
            raise OptionError("the solver limits make no sense", faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The state of the optimiser: its stage, and the best plan and bound so far.

    Attributes
    ----------
    stage
        The name of the step, in words for a planner.
    elapsed_s
        Seconds since the start.
    incumbent, bound
        Objective of the best plan and the proved lower bound, seconds; None
        while unknown.
    """

    stage: str
    elapsed_s: float
    incumbent: float | None = None
    bound: float | None = None

    @property
    def gap(self) -> float | None:
        """The gap between incumbent and bound, as a share of the incumbent; None if unknown."""
        if self.incumbent is None or self.bound is None:
            return None
        return relative_gap(self.incumbent, self.bound)


ProgressCallback = Callable[[Progress], None]


def relative_gap(objective: float, bound: float) -> float:
    """(objective - bound) / objective, never below 0; 0 when both are 0."""
    if objective <= bound:
        return 0.0
    return (objective - bound) / abs(objective) if objective else float("inf")
