"""Zones: the problem, its costs, the plan, the exact optimiser, the areas."""

from zoning.zones.alignment import Alignment, AlignmentMode
from zoning.zones.areas import service_areas
from zoning.zones.design import design_zones, solve
from zoning.zones.limits import Progress, ProgressCallback, SolverLimits
from zoning.zones.plan import Zone, ZoneKind, ZonePlan
from zoning.zones.problem import ZoneProblem
from zoning.zones.result import Infeasibility, Status, ZoningResult
from zoning.zones.score import PlanScore, score

__all__ = [
    "Alignment",
    "AlignmentMode",
    "Infeasibility",
    "PlanScore",
    "Progress",
    "ProgressCallback",
    "SolverLimits",
    "Status",
    "Zone",
    "ZoneKind",
    "ZonePlan",
    "ZoneProblem",
    "ZoningResult",
    "design_zones",
    "score",
    "service_areas",
    "solve",
]
