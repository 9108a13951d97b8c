"""Figures of a plan: functions of the assignment, whoever made it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zoning.errors import PlanError
from zoning.zones.alignment import AlignmentMode
from zoning.zones.plan import Zone, ZonePlan
from zoning.zones.problem import ZoneProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanScore:
    """How good a plan is for a problem.

    Attributes
    ----------
    objective_s
        Building-seconds: expected travel plus the price of misalignment.
    mean_travel_s
        Seconds an average call waits for travel: each call weighs the same.
    misaligned
        Schools outside their feeder's zone.
    with_feeder
        Schools that feed a high school and are in a patrol zone.
    """

    objective_s: float
    mean_travel_s: float
    misaligned: int
    with_feeder: int

    @property
    def aligned_share(self) -> float:
        """Share of schools with a feeder that are in its zone; NaN if none has one."""
        if self.with_feeder == 0:
            return float("nan")
        return 1 - self.misaligned / self.with_feeder


def score(plan: ZonePlan, problem: ZoneProblem) -> PlanScore:
    """Score the patrol zones of a plan, drawn by the optimiser or by hand.

    A zone without a high school counts as aligned with the one that most of its
    schools feed; in a zone aligned with a high school that nobody feeds, every
    school that feeds one is misaligned.

    Raises
    ------
    PlanError
        If the plan's buildings are not the problem's; names them.
    """
    zones = plan.patrol_zones
    _same_buildings(zones, problem)
    position = {b: k for k, b in enumerate(problem.building_ids)}
    travel, misaligned = 0.0, 0
    for zone in zones:
        at = np.array([position[b] for b in zone.building_ids])
        to_calls = problem.call_weight[at, None] * problem.seconds[np.ix_(at, at)].T
        travel += float(to_calls.sum()) / len(at)
        if zone.high_school_id in problem.high_school_ids:
            column = problem.high_school_ids.index(zone.high_school_id)
            misaligned += int(problem.misaligned[at, column].sum())
        elif zone.high_school_id is not None:
            misaligned += int(problem.with_feeder[at].sum())
        elif problem.high_school_ids:
            misaligned += int(problem.misaligned[at].sum(axis=0).min())
    priced = 0.0
    if problem.alignment.mode is AlignmentMode.PREFER:
        priced = misaligned * problem.alignment.price_s
    elif problem.alignment.mode is AlignmentMode.STRICT and misaligned:
        priced = float("inf")
    return PlanScore(
        objective_s=travel + priced,
        mean_travel_s=travel / float(problem.call_weight.sum()),
        misaligned=misaligned,
        with_feeder=int(problem.with_feeder.sum()),
    )


def _same_buildings(zones: tuple[Zone, ...], problem: ZoneProblem) -> None:
    planned = {b for zone in zones for b in zone.building_ids}
    asked = set(problem.building_ids)
    faults = [
        f"{what}: {', '.join(sorted(ids))}"
        for what, ids in (("in no zone", asked - planned), ("not to be zoned", planned - asked))
        if ids
    ]
    if faults:
        raise PlanError("the plan's buildings are not the problem's", faults)
