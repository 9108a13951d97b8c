"""Zones of a new plan under the names that people know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from zoning.zones.plan import Zone, ZoneKind, ZonePlan
from zoning.zones.review.naming import fresh_ids
from zoning.zones.search.continuity import Stability


def named_after(plan: ZonePlan, before: ZonePlan) -> ZonePlan:
    """The plan with its zones named after those of another plan that they continue.

    Patrol zones are matched so that the fewest buildings move, as by
    `compare_plans`; officers who stay, by their building. A zone that continues
    none is called ``'Zone 1'``, ``'Zone 2'`` ... or ``'Post 1'`` ..., without the
    names of the plan before.
    """
    taken = [zone.zone_id for zone in before.zones]
    zones, posts = fresh_ids("Zone", taken), fresh_ids("Post", taken)
    continued = _continued(plan.patrol_zones, before.patrol_zones)
    same_post = {z.building_ids: z.zone_id for z in before.zones if z.kind is ZoneKind.DEDICATED}
    named = []
    for zone in plan.zones:
        if zone.kind is ZoneKind.DEDICATED:
            name = same_post.get(zone.building_ids) or next(posts)
        else:
            name = continued.get(zone.zone_id) or next(zones)
        named.append(replace(zone, zone_id=name))
    return ZonePlan(tuple(named))


def _continued(zones: Sequence[Zone], before: Sequence[Zone]) -> dict[str, str]:
    """Which of the zones before each zone continues, by id."""
    if not zones or not before:
        return {}
    home = {building: k for k, zone in enumerate(before) for building in zone.building_ids}
    ids = [building for zone in zones for building in zone.building_ids]
    number = {building: k for k, building in enumerate(ids)}
    today = np.array([home.get(building, -1) for building in ids], dtype=np.intp)
    groups = [tuple(number[building] for building in zone.building_ids) for zone in zones]
    matched = zip(zones, Stability(today=today).continued(groups), strict=True)
    return {zone.zone_id: before[k].zone_id for zone, k in matched if k is not None}
