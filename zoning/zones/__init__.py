"""Zones: the problem, the exact optimiser, plans, reviews, trade-offs and areas."""

from zoning.zones.areas import adjacent_buildings, building_areas, service_areas, zone_shapes
from zoning.zones.files.plan_files import read_plan, write_plan
from zoning.zones.plan import Zone, ZoneKind, ZonePlan
from zoning.zones.request.costs import (
    CostDefaults,
    Imbalance,
    MovedBuildings,
    OwnCost,
    TourLength,
    ZoneCost,
)
from zoning.zones.request.limits import Progress, ProgressCallback, SolverLimits
from zoning.zones.request.objective import Alignment, AlignmentMode, Objective
from zoning.zones.request.problem import ZoneProblem
from zoning.zones.request.rules import (
    Apart,
    AtMostMoved,
    BrokenRule,
    Contiguous,
    FromHighSchool,
    HoldsHighSchool,
    InZone,
    Locked,
    LongestDrive,
    NotInZone,
    OwnRule,
    Rule,
    RuleDefaults,
    Together,
    Workload,
)
from zoning.zones.review.checking import PlanCheck, check_plan
from zoning.zones.review.comparison import (
    PlanComparison,
    PlanMoves,
    compare_plans,
    plan_moves,
)
from zoning.zones.review.explanation import BuildingExplanation, explain_building, explain_plan
from zoning.zones.review.score import PlanScore, building_travel, score
from zoning.zones.solve.alternatives import Alternatives, alternatives
from zoning.zones.solve.command_areas import CommandAreas, group_zones
from zoning.zones.solve.result import DriveProof, Infeasibility, Status, ZoningResult
from zoning.zones.solve.solver import design_zones, solve, solve_counts
from zoning.zones.tradeoffs.ensemble import Ensemble, draw_plans
from zoning.zones.tradeoffs.frontier import Frontier, FrontierPoint, frontier
from zoning.zones.tradeoffs.quantities import AlignmentPrices, WorkloadTolerances, ZoneCounts

__all__ = [
    "Alignment",
    "AlignmentMode",
    "AlignmentPrices",
    "Alternatives",
    "Apart",
    "AtMostMoved",
    "BrokenRule",
    "BuildingExplanation",
    "CommandAreas",
    "Contiguous",
    "CostDefaults",
    "DriveProof",
    "Ensemble",
    "FromHighSchool",
    "Frontier",
    "FrontierPoint",
    "HoldsHighSchool",
    "Imbalance",
    "InZone",
    "Infeasibility",
    "Locked",
    "LongestDrive",
    "MovedBuildings",
    "NotInZone",
    "Objective",
    "OwnCost",
    "OwnRule",
    "PlanCheck",
    "PlanComparison",
    "PlanMoves",
    "PlanScore",
    "Progress",
    "ProgressCallback",
    "Rule",
    "RuleDefaults",
    "SolverLimits",
    "Status",
    "Together",
    "TourLength",
    "Workload",
    "WorkloadTolerances",
    "Zone",
    "ZoneCost",
    "ZoneCounts",
    "ZoneKind",
    "ZonePlan",
    "ZoneProblem",
    "ZoningResult",
    "adjacent_buildings",
    "alternatives",
    "building_areas",
    "building_travel",
    "check_plan",
    "compare_plans",
    "design_zones",
    "draw_plans",
    "explain_building",
    "explain_plan",
    "frontier",
    "group_zones",
    "plan_moves",
    "read_plan",
    "score",
    "service_areas",
    "solve",
    "solve_counts",
    "write_plan",
    "zone_shapes",
]
