"""Zones grouped into areas of commanders: the least travel by its definition, and the rules."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from helpers.zone_towns import partitions, random_town

from zoning import (
    CallRates,
    CommandAreas,
    DemandError,
    OptionError,
    Together,
    TravelTimes,
    UnreachableError,
    Workload,
    Zone,
    ZonePlan,
    group_zones,
)
from zoning.zones import Status, ZoneKind

IDS = tuple(f"b{k:02d}" for k in range(13))
SECONDS = random_town(4, len(IDS))
TIMES = TravelTimes(ids=IDS, seconds=SECONDS, profile="emergency", source="made up")
CALLS = CallRates(per_day=pd.Series(np.arange(1.0, 14.0), index=list(IDS)), source="made up")
# Six zones of two buildings and an officer who stays at the thirteenth.
PLAN = ZonePlan(
    (
        *(
            Zone(
                zone_id=f"Zone {k + 1}",
                building_ids=IDS[2 * k : 2 * k + 2],
                high_school_id=("north", "south")[k % 2],
            )
            for k in range(6)
        ),
        Zone(zone_id="Post 1", building_ids=IDS[12:], kind=ZoneKind.DEDICATED),
    )
)


def travel(one: Zone, other: Zone) -> float:
    """From each building of the one alike, to the calls of the other."""
    if one is other:
        return 0.0
    calls = CALLS.per_day
    return sum(
        calls[b] / sum(calls[c] for c in other.building_ids) * SECONDS[IDS.index(a), IDS.index(b)]
        for a in one.building_ids
        for b in other.building_ids
    ) / len(one.building_ids)


def minutes_of(groups: list[list[int]]) -> float:
    """A commander is in each zone of the area equally often; per call of the district."""
    zones, calls = PLAN.zones, CALLS.per_day
    total = sum(
        sum(calls[b] for b in zones[to].building_ids) * travel(zones[start], zones[to]) / len(group)
        for group in groups
        for start in group
        for to in group
    )
    return float(total / calls.sum())


def test_areas_are_the_best_of_all_groupings() -> None:
    areas = group_zones(PLAN, TIMES, areas=3, calls=CALLS)
    assert areas.result.status is Status.OPTIMAL
    best = min(map(minutes_of, partitions(range(7), 3, 2, 3)))
    assert areas.result.score is not None
    assert areas.result.score.mean_travel_s == pytest.approx(best)
    assert minutes_of(_groups(areas)) == pytest.approx(best)
    table = areas.table()
    assert list(table.index) == [zone.zone_id for zone in PLAN.zones]
    assert set(table["area"]) == {"Area 1", "Area 2", "Area 3"}
    assert table.loc["Post 1", ["kind", "buildings"]].tolist() == ["dedicated", 1]
    assert f"{best / 60:.2f} min" in str(areas)


def _groups(areas: CommandAreas) -> list[list[int]]:
    of_zone = list(areas.of_zone.values())
    return [[k for k, one in enumerate(of_zone) if one == area] for area in sorted(set(of_zone))]


def test_rules_are_about_zones() -> None:
    rules = (Together(("Zone 1", "Zone 6")), Workload(column="calls", at_most=50.0))
    areas = group_zones(PLAN, TIMES, areas=3, min_size=1, max_size=4, calls=CALLS, rules=rules)
    of_zone = areas.of_zone
    assert of_zone["Zone 1"] == of_zone["Zone 6"]
    calls = [sum(CALLS.per_day[b] for b in zone.building_ids) for zone in PLAN.zones]
    allowed = [
        groups
        for groups in partitions(range(7), 3, 1, 4)
        if all((0 in g) == (5 in g) and sum(calls[k] for k in g) <= 50 for g in groups)
    ]
    assert minutes_of(_groups(areas)) == pytest.approx(min(map(minutes_of, allowed)))


def test_high_schools_and_names() -> None:
    areas = group_zones(
        PLAN, TIMES, areas=2, min_size=3, max_size=4, keep_high_schools=True,
        area_names={"Zone 2": "South command"},
    )  # fmt: skip
    assert {areas.of_zone[f"Zone {k}"] for k in (2, 4, 6)} == {"South command"}
    assert {areas.of_zone[f"Zone {k}"] for k in (1, 3, 5)} == {"Area 1"}


def test_neighbours_connect_areas() -> None:
    """On a ring of zones, areas are stretches of the ring."""
    ring = [zone.building_ids[0] for zone in PLAN.zones]
    pairs = list(pairwise([*ring, ring[0]]))
    areas = group_zones(PLAN, TIMES, areas=2, min_size=3, max_size=4, neighbours=pairs)
    for group in _groups(areas):
        assert sum((k + 1) % 7 not in group for k in group) == 1


def test_what_cannot_be_grouped_is_said() -> None:
    areas = group_zones(PLAN, TIMES, areas=3, keep_high_schools=True, max_size=2, min_size=1)
    assert areas.of_zone == {}
    assert areas.table().empty
    assert "a zone of the plan stands as a building" in str(areas)
    with pytest.raises(OptionError, match="max_size"):
        group_zones(PLAN, TIMES, areas=None)
    few = CallRates(per_day=CALLS.per_day.iloc[:12], source="made up")
    with pytest.raises(DemandError, match="b12"):
        group_zones(PLAN, TIMES, areas=3, calls=few)
    cut = SECONDS.copy()
    cut[0, 1:] = np.inf
    lost = TravelTimes(ids=IDS, seconds=cut, profile="emergency", source="made up")
    with pytest.raises(UnreachableError):
        group_zones(PLAN, lost, areas=3)
