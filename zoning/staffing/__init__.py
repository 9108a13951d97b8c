"""Staffing options: where officers are, their cost and their response."""

from zoning.staffing.budget import Budget, compare_budgets
from zoning.staffing.comparison import StaffingComparison, compare_staffing
from zoning.staffing.costs import (
    CostAssumptions,
    DetailedPrices,
    ObservedRelief,
    OutsideResponse,
    WorkYear,
    observe_relief,
)
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
from zoning.staffing.posts import SAFETY_ADMINISTRATORS, PostKind, Posts
from zoning.staffing.presets import PRESETS, Preset, preset_options, presets_table
from zoning.staffing.scenarios import ScenarioOption, SchoolScenario
from zoning.staffing.sensitivity import (
    Sensitivity,
    public_stress_table,
    stress_options,
    vary_assumptions,
)
from zoning.staffing.staff import Role, StaffLine
from zoning.staffing.staff_mix import StaffMix
from zoning.staffing.value import Value, compare_value, price_extra_officers, value_table

__all__ = [
    "FIGURES",
    "PRESETS",
    "SAFETY_ADMINISTRATORS",
    "Budget",
    "CostAssumptions",
    "DetailedPrices",
    "Figure",
    "FixedSecondary",
    "FoundZones",
    "NoDistrictOfficers",
    "ObservedRelief",
    "OnePerCampus",
    "OptionInputs",
    "OptionOutcome",
    "OutsideResponse",
    "PatrolZones",
    "Placement",
    "PostKind",
    "Posts",
    "Preset",
    "Role",
    "ScenarioOption",
    "SchoolScenario",
    "Sensitivity",
    "SolvedZones",
    "StaffLine",
    "StaffMix",
    "StaffingComparison",
    "StaffingOption",
    "Value",
    "WorkYear",
    "compare_budgets",
    "compare_staffing",
    "compare_value",
    "exposure_by_group",
    "figures",
    "observe_relief",
    "preset_options",
    "presets_table",
    "price_extra_officers",
    "public_stress_table",
    "standard_options",
    "stress_options",
    "value_table",
    "vary_assumptions",
]
