"""The tables of a comparison of two plans; see `zoning.PlanComparison`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from zoning.zones.arrays import Floats
from zoning.zones.plan import ZonePlan
from zoning.zones.request.question import Question
from zoning.zones.review.checking import PlanCheck
from zoning.zones.review.plan_rules import patrolled
from zoning.zones.review.score import building_travel
from zoning.zones.review.zone_values import ZoneValuer

SAME_S = 0.5
"""Travel that changed by less than this many seconds counts as the same."""


def buildings_table(before: ZonePlan, after: ZonePlan, problem: Question) -> pd.DataFrame:
    """Travel to each building in both plans."""
    ids = list(problem.building_ids)
    travel = [building_travel(patrolled(p, problem), problem).loc[ids] for p in (before, after)]
    table = pd.DataFrame(
        {
            "name": [problem.name(b) for b in ids],
            "zone_before": travel[0]["zone_id"],
            "zone_after": travel[1]["zone_id"],
            "calls": np.array(problem.call_weight),
            "before_s": travel[0]["travel_s"],
            "after_s": travel[1]["travel_s"],
        },
        index=pd.Index(ids, name="building_id"),
    )
    table["change_s"] = table["after_s"] - table["before_s"]
    table["weighted_change_s"] = table["change_s"] * table["calls"]
    return table


def zones_table(
    before: ZonePlan, after: ZonePlan, continues: Mapping[str, str | None], problem: Question
) -> pd.DataFrame:
    """Each patrol zone and the one it continues."""
    figures = [_zone_figures(plan, problem) for plan in (before, after)]
    pairs: list[tuple[str | None, str | None]] = [(old, new) for new, old in continues.items()]
    pairs += [
        (zone.zone_id, None)
        for zone in before.patrol_zones
        if zone.zone_id not in set(continues.values())
    ]
    ids = pd.DataFrame(pairs, columns=["zone_before", "zone_after"], dtype=object)
    return pd.concat(
        [
            ids,
            figures[0].reindex(ids["zone_before"]).add_suffix("_before").reset_index(drop=True),
            figures[1].reindex(ids["zone_after"]).add_suffix("_after").reset_index(drop=True),
        ],
        axis=1,
    )


def _zone_figures(plan: ZonePlan, problem: Question) -> pd.DataFrame:
    """Figures of the patrol zones, as far as they hold buildings of the problem."""
    scored = patrolled(plan, problem)
    names = {zone.zone_id for zone in plan.patrol_zones}
    zones = [zone for zone in scored.zones if zone.zone_id in names]
    valuer = ZoneValuer.of(problem)
    values = valuer.values(
        [valuer.group(zone) for zone in zones], [zone.high_school_id for zone in zones]
    )
    travel = building_travel(scored, problem)
    travel["calls"] = pd.Series(problem.call_weight, index=list(problem.building_ids))
    sums = travel.groupby("zone_id")[["calls", "weighted_s"]].sum()
    rows = [zone.zone_id for zone in zones]
    calls = sums["calls"].reindex(rows).to_numpy()
    waited = sums["weighted_s"].reindex(rows).to_numpy()
    figures = {
        "buildings": [float(len(zone.building_ids)) for zone in zones],
        "calls": calls,
        "mean_travel_s": _mean(waited, calls),
        "longest_drive_s": values.longest_drive_s,
    }
    if problem.feeders_given:
        figures["misaligned"] = values.misaligned.astype(np.float64)
    return pd.DataFrame(figures, index=rows)


def totals_table(checks: Sequence[PlanCheck], zones: pd.DataFrame) -> pd.DataFrame:
    """Figures of the whole plans."""
    rows: list[tuple[str, float, float, str]] = []
    one, other = (check.score for check in checks)
    rows.append(("objective", one.objective_s, other.objective_s, "building-seconds"))
    rows += [
        (a.text, a.seconds, b.seconds, "building-seconds")
        for a, b in zip(one.terms, other.terms, strict=True)
    ]
    rows += [
        ("mean travel", one.mean_travel_s, other.mean_travel_s, "s per call"),
        ("longest drive", one.longest_drive_s, other.longest_drive_s, "s"),
    ]
    if one.with_feeder:
        rows.append(("misaligned schools", one.misaligned, other.misaligned, "schools"))
    plans = [check.plan for check in checks]
    patrol = [float(len(plan.patrol_zones)) for plan in plans]
    posts = [float(len(plan.zones) - len(plan.patrol_zones)) for plan in plans]
    calls = [zones[f"calls_{which}"].dropna().to_numpy() for which in ("before", "after")]
    ratio = [float(_mean(c.max(keepdims=True), c.min(keepdims=True))[0]) for c in calls]
    spread = [float(c.std() / c.mean()) for c in calls]
    rows += [
        ("patrol zones", patrol[0], patrol[1], "zones"),
        ("dedicated officers", posts[0], posts[1], "officers"),
        ("busiest zone to quietest", ratio[0], ratio[1], "times the calls"),
        ("spread of calls over zones", spread[0], spread[1], "standard deviations per mean"),
    ]
    table = pd.DataFrame(rows, columns=["measure", "before", "after", "unit"])
    same = table["before"] == table["after"]
    change = (table["after"] - table["before"]).where(~same, 0.0)
    table.insert(3, "change", change)
    return table.set_index("measure")


def groups_table(buildings: pd.DataFrame, group_of: pd.Series) -> pd.DataFrame:
    """Travel in both plans by group, and for how many it changed."""
    rows = {}
    for group, members in buildings.groupby(group_of.reindex(buildings.index), sort=True):
        calls = members["calls"].to_numpy()
        waits = [
            float(_mean(np.array([calls @ members[column]]), calls.sum(keepdims=True))[0])
            for column in ("before_s", "after_s")
        ]
        better = int((members["change_s"] <= -SAME_S).sum())
        worse = int((members["change_s"] >= SAME_S).sum())
        rows[group] = {
            "buildings": len(members),
            "calls": float(calls.sum()),
            "before_s": waits[0],
            "after_s": waits[1],
            "change_s": waits[1] - waits[0],
            "better": better,
            "worse": worse,
            "same": len(members) - better - worse,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("group")


def _mean(total: Floats, weight: Floats) -> Floats:
    """Total over weight; NaN where there is no weight."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(weight > 0, total / weight, np.nan)
