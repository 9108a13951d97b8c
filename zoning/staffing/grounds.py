"""The ground of the zones of a comparison, for maps and files alike."""

from __future__ import annotations

import geopandas as gpd

from zoning.staffing.comparison import EMERGENCY_PROFILE, StaffingComparison
from zoning.zones import building_areas
from zoning.zones.areas import MARGIN_M, zones_of


def zone_grounds(comparison: StaffingComparison) -> dict[str, gpd.GeoDataFrame]:
    """The service areas of every option that has zones, by ``option_id``.

    As `zoning.service_areas` gives them: by travel time of an officer on the way
    to a call where the district has streets, else as the crow flies.
    """
    district = comparison.district
    of_buildings: dict[tuple[str, ...], gpd.GeoDataFrame] = {}
    grounds = {}
    for outcome in comparison.outcomes:
        if outcome.plan is None:
            continue
        ids = outcome.plan.building_ids
        if ids not in of_buildings:
            of_buildings[ids] = building_areas(
                ids,
                district.schools,
                outline=district.outline,
                network=district.network,
                profile=comparison.emergency_times.driving or EMERGENCY_PROFILE,
            )
        grounds[outcome.option_id] = zones_of(outcome.plan, of_buildings[ids])
    return grounds


def grounds_meaning(comparison: StaffingComparison) -> str:
    """What the areas of `zone_grounds` are, in a sentence that stands beside them."""
    nearest = "reached soonest from its schools over the streets"
    if comparison.district.network is None:
        nearest = "nearest to its schools in a straight line"
    told = f"A zone's area is the ground {nearest}: a picture of the plan, not attendance areas."
    if comparison.district.outline is None:
        told += (
            f" The district's outline was not given: areas end about {MARGIN_M / 1000:g} km around "
            "the schools, which is not its border."
        )
    return told
