"""Staffing options: where officers are, their cost and their response."""

from zoning.staffing.comparison import StaffingComparison, compare_staffing
from zoning.staffing.costs import CostAssumptions, OutsideResponse
from zoning.staffing.equity import exposure_by_group
from zoning.staffing.figures import FIGURES, Figure, figures
from zoning.staffing.options import (
    FixedSecondary,
    FoundZones,
    NoDistrictOfficers,
    OnePerCampus,
    OptionInputs,
    OptionOutcome,
    PatrolZones,
    Placement,
    SolvedZones,
    StaffingOption,
    standard_options,
)
from zoning.staffing.scenarios import ScenarioOption, SchoolScenario
from zoning.staffing.sensitivity import (
    Sensitivity,
    public_stress_table,
    stress_options,
    vary_assumptions,
)

__all__ = [
    "FIGURES",
    "CostAssumptions",
    "Figure",
    "FixedSecondary",
    "FoundZones",
    "NoDistrictOfficers",
    "OnePerCampus",
    "OptionInputs",
    "OptionOutcome",
    "OutsideResponse",
    "PatrolZones",
    "Placement",
    "ScenarioOption",
    "SchoolScenario",
    "Sensitivity",
    "SolvedZones",
    "StaffingComparison",
    "StaffingOption",
    "compare_staffing",
    "exposure_by_group",
    "figures",
    "public_stress_table",
    "standard_options",
    "stress_options",
    "vary_assumptions",
]
