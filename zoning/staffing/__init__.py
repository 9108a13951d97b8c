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

__all__ = [
    "FIGURES",
    "PRESETS",
    "SAFETY_ADMINISTRATORS",
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
    "compare_staffing",
    "exposure_by_group",
    "figures",
    "preset_options",
    "presets_table",
    "public_stress_table",
    "standard_options",
    "stress_options",
    "vary_assumptions",
]
