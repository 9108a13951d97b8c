"""Plan which buildings each School Safety Officer looks after, and what it buys.

Schools and streets in; zones, patrols, response times and a staffing decision
out. See the documentation for a quick start.
"""

from zoning import maps
from zoning.demand import CallRates, call_rates
from zoning.district import District, load_district
from zoning.editions import Edition
from zoning.errors import (
    DemandError,
    DistrictNotice,
    FaultsError,
    NetworkError,
    OptionError,
    OutputError,
    PlanError,
    ProblemError,
    ScheduleError,
    SchoolDataError,
    UnreachableError,
    ZoningError,
)
from zoning.patrol import PatrolAssumptions, PatrolSchedule, plan_patrols
from zoning.response import ResponseAssumptions, ResponseEstimate, estimate_response
from zoning.roads import (
    Profile,
    RoadNetwork,
    SpeedTable,
    TravelTimes,
    read_network,
    straight_line_times,
)
from zoning.schools import buildings, read_schools, schools_from_frame
from zoning.staffing import (
    CostAssumptions,
    FixedSecondary,
    NoDistrictOfficers,
    OnePerCampus,
    OutsideResponse,
    PatrolZones,
    StaffingComparison,
    StaffingOption,
    compare_staffing,
    standard_options,
)
from zoning.zones import (
    Alignment,
    PlanScore,
    SolverLimits,
    Status,
    Zone,
    ZonePlan,
    ZoneProblem,
    ZoningResult,
    design_zones,
    score,
    service_areas,
    solve,
)

__version__ = "0.1.0"

__all__ = [
    "Alignment",
    "CallRates",
    "CostAssumptions",
    "DemandError",
    "District",
    "DistrictNotice",
    "Edition",
    "FaultsError",
    "FixedSecondary",
    "NetworkError",
    "NoDistrictOfficers",
    "OnePerCampus",
    "OptionError",
    "OutputError",
    "OutsideResponse",
    "PatrolAssumptions",
    "PatrolSchedule",
    "PatrolZones",
    "PlanError",
    "PlanScore",
    "ProblemError",
    "Profile",
    "ResponseAssumptions",
    "ResponseEstimate",
    "RoadNetwork",
    "ScheduleError",
    "SchoolDataError",
    "SolverLimits",
    "SpeedTable",
    "StaffingComparison",
    "StaffingOption",
    "Status",
    "TravelTimes",
    "UnreachableError",
    "Zone",
    "ZonePlan",
    "ZoneProblem",
    "ZoningError",
    "ZoningResult",
    "buildings",
    "call_rates",
    "compare_staffing",
    "design_zones",
    "estimate_response",
    "load_district",
    "maps",
    "plan_patrols",
    "read_network",
    "read_schools",
    "schools_from_frame",
    "score",
    "service_areas",
    "solve",
    "standard_options",
    "straight_line_times",
]
