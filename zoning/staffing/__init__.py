"""Staffing: options, what each costs, and what it buys."""

from zoning.staffing.comparison import OptionOutcome, StaffingComparison, compare_staffing
from zoning.staffing.costs import CostAssumptions
from zoning.staffing.equity import exposure_by_group
from zoning.staffing.figures import FIGURES, Figure, figures
from zoning.staffing.options import (
    NoDistrictOfficers,
    OnePerCampus,
    OutsideResponse,
    standard_options,
)
from zoning.staffing.posting import Posting, Site, SolvedZones, StaffingOption
from zoning.staffing.zone_options import FixedSecondary, PatrolZones

__all__ = [
    "FIGURES",
    "CostAssumptions",
    "Figure",
    "FixedSecondary",
    "NoDistrictOfficers",
    "OnePerCampus",
    "OptionOutcome",
    "OutsideResponse",
    "PatrolZones",
    "Posting",
    "Site",
    "SolvedZones",
    "StaffingComparison",
    "StaffingOption",
    "compare_staffing",
    "exposure_by_group",
    "figures",
    "standard_options",
]
