"""A town of nine schools with streets, compared for real, and the same with hostile names."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pandas as pd
from helpers.road_towns import GRID, GRID_LINKS, degrees, link, town
from shapely.geometry import box

from zoning.district import District
from zoning.schools import schools_from_frame
from zoning.staffing import (
    NoDistrictOfficers,
    OnePerCampus,
    OptionOutcome,
    OutsideResponse,
    PatrolZones,
    StaffingComparison,
    compare_staffing,
)
from zoning.zones import ZonePlan

LEVELS = (
    "elementary",
    "high",
    "middle",
    "elementary",
    "secondary",
    "elementary",
    "combined",
    "elementary",
    "high",
)
OPTIONS = (
    NoDistrictOfficers(outside=OutsideResponse(mean_s=700.0, p90_s=1200.0, source="a survey")),
    PatrolZones(zones=2),
    PatrolZones(zones=3),
    OnePerCampus(),
)
ATTACKS = (
    "${alert(1)}",
    "`O`Brien`",
    "</script><script>window.__x=1</script>",
    '<img src=x onerror="window.__x=1">',
    '=HYPERLINK("javascript:alert(1)")',
    "{{ 7*7 }} {% raw %}",
    'O\'Brien & "Sons" &amp; &lt;b&gt;',
    "line\u2028para\u2029end \u202edesrever\u202c 🏫 <!-- ]]>",
    "Extraordinarilylongunbrokenname" * 9,
)


def nine_schools(names: tuple[str, ...] | None = None) -> District:
    """Nine schools, one near each junction of a grid of streets 1 km apart."""
    places = degrees([(x + 40.0, y + 30.0) for x, y in GRID.values()])
    frame = pd.DataFrame(
        {
            "school_id": [f"s{k}" for k in range(9)],
            "name": names or [f"School {k}" for k in range(9)],
            "level": LEVELS,
            "program": "resides",
            "latitude": places.y,
            "longitude": places.x,
            "enrollment": [400.0 + 50 * k for k in range(9)],
            "feeder_high_school_ids": ["s1"] * 5 + ["s8"] * 4,
            "bell_start": ["07:30", "08:40", "09:40"] * 3,
            "bell_end": ["14:10", "15:20", "16:20"] * 3,
        }
    )
    name = names[2] if names else "I-1/US 1"
    freeway = [link("00", "22", 2900.0, road_class="freeway", name=name)]
    corners = degrees([(-1000.0, -1000.0), (3200.0, 3200.0)])
    return District(
        name=names[3] if names else "Nine Schools",
        schools=schools_from_frame(frame),
        network=town(GRID, [*GRID_LINKS, *freeway]),
        outline=box(corners.x.min(), corners.y.min(), corners.x.max(), corners.y.max()),
        attribution=names[2] if names else "made up for a test",
    )


def plain_comparison() -> StaffingComparison:
    return compare_staffing(nine_schools(), OPTIONS)


@cache
def hostile_comparison() -> StaffingComparison:
    """Attack strings wherever a name, label, id or sentence comes from data; do not change it."""
    compared = compare_staffing(nine_schools(ATTACKS), OPTIONS)
    attack = ATTACKS[2] + ATTACKS[3] + ATTACKS[5]
    return replace(
        compared,
        outcomes=tuple(
            _hostile(outcome, ATTACKS[(k + 2) % len(ATTACKS)])
            for k, outcome in enumerate(compared.outcomes)
        ),
        emergency_times=replace(compared.emergency_times, estimate=f"Estimate {attack}"),
        notices=(*compared.notices, *ATTACKS),
    )


def _hostile(outcome: OptionOutcome, attack: str) -> OptionOutcome:
    changed = replace(outcome, label=attack, description=attack, notices=(attack,))
    if outcome.plan is None or outcome.schedule is None:
        return changed

    def renamed(zone_id: str) -> str:
        return f"{zone_id}{attack}"

    return replace(
        changed,
        plan=ZonePlan(tuple(replace(z, zone_id=renamed(z.zone_id)) for z in outcome.plan.zones)),
        schedule=replace(
            outcome.schedule,
            days=tuple(replace(d, zone_id=renamed(d.zone_id)) for d in outcome.schedule.days),
        ),
    )
