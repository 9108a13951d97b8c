"""Compare two plans: the moved buildings, and the change of travel at each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from zoning.errors import PlanError, first_few, typed
from zoning.units import counted, minutes
from zoning.zones.arrays import Floats
from zoning.zones.plan import Zone, ZoneKind, ZonePlan
from zoning.zones.request.problem import ZoneProblem
from zoning.zones.review.checking import PlanCheck, check_plan, keep_patrolled
from zoning.zones.review.naming import continued_names
from zoning.zones.review.score import ZoneValuer, building_travel

_ALL = "all buildings"
# Our choice: the text names this many moved buildings or renamed zones; the tables have all.
_MAX_NAMED = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlanComparison:
    """The differences between two plans.

    Zones are matched so that the fewest buildings move: a zone that continues
    one of the plan before may have another id, and is then renamed, not moved. A
    building moved if its zone does not continue the one it was in, or if it gets or
    loses an officer of its own.

    Attributes
    ----------
    before, after
        The plans, checked: figures and broken rules.
    moved
        Index ``building_id``, sorted; ``name``, ``from_zone`` and ``to_zone``
        (None where a plan has it in no zone).
    renamed
        The new id of each zone, and of each dedicated officer's, that goes on under
        another one, by the id before.
    buildings
        Index ``building_id`` in the problem's order; ``name``; ``zone_before``,
        ``zone_after``; ``calls``, relative to the district's mean building;
        ``before_s``, ``after_s``, ``change_s``, expected seconds of travel to a
        call there (0 where an officer stays); ``weighted_change_s``, the change
        times the calls.
    zones
        One row a patrol zone, in the order of the plan after, then those that
        are gone; ``zone_before`` and ``zone_after``, ids, None for a zone that
        is new or gone; then for both plans, ``_before`` and ``_after``:
        ``buildings``, ``calls`` (relative, as above), ``mean_travel_s`` (each
        call weighing the same), ``longest_drive_s`` and, where schools feed high
        schools, ``misaligned``; NaN where there is no such zone.
    totals
        Index ``measure``; ``before``, ``after``, ``change`` and ``unit``: the
        objective and each of its terms, mean travel, longest drive, misaligned
        schools (where any feeds a high school), patrol zones, dedicated officers,
        the calls of the busiest zone over those of the quietest, and the
        coefficient of variation of the zones' calls (standard deviation over mean).
    by_group
        Index ``group``; ``buildings``; ``calls``, relative; ``before_s``, ``after_s``,
        ``change_s``, seconds of travel that an average call of the group waits (NaN
        without calls); ``better``, ``worse`` and ``same``, how many buildings wait at
        least half a second less, at least half a second more, or neither.
    rules
        The rules broken: ``plan`` (``'before'`` or ``'after'``), ``zone_id``,
        ``rule``, ``reason``.
    """

    before: PlanCheck
    after: PlanCheck
    moved: pd.DataFrame
    renamed: Mapping[str, str]
    buildings: pd.DataFrame
    zones: pd.DataFrame
    totals: pd.DataFrame
    by_group: pd.DataFrame
    rules: pd.DataFrame

    def __repr__(self) -> str:
        return (
            f"PlanComparison({counted(len(self.moved), 'building')} moved, "
            f"before={self.before!r}, after={self.after!r})"
        )

    def __str__(self) -> str:
        totals = {str(measure): row.to_dict() for measure, row in self.totals.iterrows()}
        mean, drive = totals["mean travel"], totals["longest drive"]
        objective = totals["objective"]
        lines = [
            self._moved(),
            *self._renamed(),
            f"mean expected travel {minutes(mean['after'], digits=2)} per call, "
            f"before {minutes(mean['before'], digits=2)}; longest drive inside a zone "
            f"{minutes(drive['after'])}, before {minutes(drive['before'])}",
        ]
        if self.after.score.with_feeder:
            outside = totals["misaligned schools"]
            lines.append(
                f"{counted(round(outside['after']), 'school')} outside their feeder's zone, "
                f"before {outside['before']:.0f}"
            )
        if np.isfinite([objective["before"], objective["after"]]).all():
            lines.append(
                f"objective {objective['after'] / 60:.2f} building-minutes, "
                f"before {objective['before'] / 60:.2f}"
            )
        ratio = totals["busiest zone to quietest"]
        if np.isfinite([ratio["before"], ratio["after"]]).all():
            lines.append(
                f"the busiest zone has {ratio['after']:.2f} times the calls of the quietest, "
                f"before {ratio['before']:.2f}"
            )
        lines += [f"{group}: {_describe_group(row)}" for group, row in self.by_group.iterrows()]
        for which, check in (("before", self.before), ("after", self.after)):
            lines += [f"broken {which}: {fault}" for fault in check.broken]
        return "\n".join(lines)

    def _moved(self) -> str:
        if self.moved.empty:
            return "No building moved"
        each = [
            f"{row['name']} from {row['from_zone'] or 'no zone'} to {row['to_zone'] or 'no zone'}"
            for row in self.moved.to_dict("records")
        ]
        shown = ", ".join(first_few(each, most=_MAX_NAMED))
        return f"{counted(len(self.moved), 'building')} moved: {shown}"

    def _renamed(self) -> list[str]:
        each = [f"{old} is {new}" for old, new in self.renamed.items()]
        shown = ", ".join(first_few(each, most=_MAX_NAMED))
        return [f"{counted(len(each), 'zone')} renamed: {shown}"] if each else []


@typed
def compare_plans(
    before: ZonePlan, after: ZonePlan, problem: ZoneProblem, *, groups: pd.Series | None = None
) -> PlanComparison:
    """Compare two plans: buildings moved, and how travel changes for each and by group.

    Both plans are scored by the same problem, whichever problem they were made for. A
    building with its own officer has no travel. A plan may give its own officer to a
    building that the problem wants patrolled: it then breaks a rule of the problem, but
    can be compared.

    Parameters
    ----------
    groups
        A group for each building of the problem, by building id: its level, its
        board district. All buildings are one group if None.

    Raises
    ------
    PlanError
        If a plan lacks a building of the problem or has one that it does not
        know, or a building has no group, or two.
    """
    group_of = _require_groups(problem, groups)
    checks = check_plan(before, problem), check_plan(after, problem)
    names = continued_names(after, before)
    continues = {zone.zone_id: names.get(zone.zone_id) for zone in after.patrol_zones}
    buildings = buildings_table(before, after, problem)
    zones = zones_table(before, after, continues, problem)
    rules = [c.to_frame() for c in checks]
    return PlanComparison(
        before=checks[0],
        after=checks[1],
        moved=moved_buildings(before, after, continues, problem.name),
        renamed={old: new for new, old in names.items() if old != new},
        buildings=buildings,
        zones=zones,
        totals=totals_table(checks, zones),
        by_group=groups_table(buildings, group_of),
        rules=pd.concat(rules, keys=["before", "after"], names=["plan", None])
        .reset_index(level="plan")
        .reset_index(drop=True),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlanMoves:
    """How two plans differ, whether they are of the same schools or not.

    Zones are matched as for `PlanComparison`, by the buildings that both plans have.

    Attributes
    ----------
    moved
        Buildings of both plans whose zone does not continue the one before, or that get
        or lose an officer of their own. Index ``building_id``, sorted; ``from_zone``
        and ``to_zone``.
    opened, closed
        Buildings that only the plan after has, and only the plan before; sorted. They
        did not move.
    continued
        Patrol zone after -> the zone before that it continues, None for a new zone.
    """

    moved: pd.DataFrame
    opened: tuple[str, ...]
    closed: tuple[str, ...]
    continued: Mapping[str, str | None]

    def __repr__(self) -> str:
        return f"PlanMoves({self})"

    def __str__(self) -> str:
        counts = (
            f"{counted(len(self.moved), 'building')} moved",
            f"{len(self.opened)} opened",
            f"{len(self.closed)} closed",
        )
        return ", ".join(counts)


@typed
def plan_moves(before: ZonePlan, after: ZonePlan) -> PlanMoves:
    """Compare the zones of two plans that may be of different schools.

    For figures both plans must be of one problem: see `compare_plans`.
    """
    names = continued_names(after, before)
    shared = (zone.zone_id for zone in after.zones if zone.kind is not ZoneKind.DEDICATED)
    continues = {zone_id: names.get(zone_id) for zone_id in shared}
    homes = [{b: z for z in plan.zones for b in z.building_ids} for plan in (before, after)]
    rows = [
        (building, homes[0][building].zone_id, homes[1][building].zone_id)
        for building in sorted(homes[0].keys() & homes[1].keys())
        if not _is_same_zone(homes[0][building], homes[1][building], continues)
    ]
    columns = ["building_id", "from_zone", "to_zone"]
    return PlanMoves(
        moved=pd.DataFrame(rows, columns=columns, dtype=object).set_index("building_id"),
        opened=tuple(sorted(homes[1].keys() - homes[0].keys())),
        closed=tuple(sorted(homes[0].keys() - homes[1].keys())),
        continued=continues,
    )


def _require_groups(problem: ZoneProblem, groups: pd.Series | None) -> pd.Series:
    ids = list(problem.building_ids)
    if groups is None:
        return pd.Series(_ALL, index=ids)
    twice = [str(b) for b in groups.index[groups.index.duplicated()].unique() if b in set(ids)]
    known = groups[~groups.index.duplicated()].reindex(ids)
    missing = [str(b) for b in known.index[known.isna()]]
    faults = [f"no group: {', '.join(first_few(missing))}"] if missing else []
    faults += [f"more than one row: {', '.join(first_few(twice))}"] if twice else []
    if faults:
        raise PlanError("buildings do not have one group each", faults)
    return known


def moved_buildings(
    before: ZonePlan,
    after: ZonePlan,
    continues: Mapping[str, str | None],
    name: Callable[[str], str],
) -> pd.DataFrame:
    """Make the table of moved buildings, also of those that only one of the plans has.

    Parameters
    ----------
    continues
        The patrol zone before that each one after continues; None for none.
    name
        The name of a building.
    """
    homes = [
        {b: zone for zone in plan.zones for b in zone.building_ids} for plan in (before, after)
    ]
    rows = []
    for building in sorted({*homes[0], *homes[1]}):
        old, new = (home.get(building) for home in homes)
        if not _is_same_zone(old, new, continues):
            rows.append(
                (
                    building,
                    name(building),
                    None if old is None else old.zone_id,
                    None if new is None else new.zone_id,
                )
            )
    columns = ["building_id", "name", "from_zone", "to_zone"]
    return pd.DataFrame(rows, columns=columns, dtype=object).set_index("building_id")


def _is_same_zone(old: Zone | None, new: Zone | None, continues: Mapping[str, str | None]) -> bool:
    if old is None or new is None or old.kind is not new.kind:
        return False
    if new.kind is ZoneKind.DEDICATED:
        return True
    return continues[new.zone_id] == old.zone_id


def _describe_group(row: pd.Series) -> str:
    change = float(row["change_s"])
    if not np.isfinite(change):
        travel = "no calls"
    elif abs(change) < SAME_S:
        travel = "as much travel per call"
    else:
        more = "more" if change > 0 else "less"
        travel = f"{minutes(abs(change), digits=2)} {more} travel per call"
    return (
        f"{travel}; better for {counted(int(row['better']), 'building')}, "
        f"worse for {row['worse']:.0f}, the same for {row['same']:.0f}"
    )


SAME_S = 0.5
"""Travel that changes by less than this many seconds counts as the same: it rounds to 0 s."""


def buildings_table(before: ZonePlan, after: ZonePlan, problem: ZoneProblem) -> pd.DataFrame:
    """Make the table of travel to each building in both plans."""
    ids = list(problem.building_ids)
    travel = [
        building_travel(keep_patrolled(p, problem), problem).loc[ids] for p in (before, after)
    ]
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
    before: ZonePlan, after: ZonePlan, continues: Mapping[str, str | None], problem: ZoneProblem
) -> pd.DataFrame:
    """Make the table of patrol zones and the zones they continue."""
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


def _zone_figures(plan: ZonePlan, problem: ZoneProblem) -> pd.DataFrame:
    """Compute figures of the patrol zones that hold buildings of the problem."""
    scored = keep_patrolled(plan, problem)
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
        "mean_travel_s": _divide(waited, calls),
        "longest_drive_s": values.longest_drive_s,
    }
    if problem.feeders_given:
        figures["misaligned"] = values.misaligned.astype(np.float64)
    return pd.DataFrame(figures, index=rows)


def totals_table(checks: Sequence[PlanCheck], zones: pd.DataFrame) -> pd.DataFrame:
    """Make the table of figures of the whole plans."""
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
    posts = [float(plan.dedicated_officers) for plan in plans]
    calls = [zones[f"calls_{which}"].dropna().to_numpy() for which in ("before", "after")]
    ratio = [float(_divide(c.max(keepdims=True), c.min(keepdims=True))[0]) for c in calls]
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
    """Make the table of travel by group, with the number of buildings where it changed."""
    rows = {}
    for group, members in buildings.groupby(group_of.reindex(buildings.index), sort=True):
        calls = members["calls"].to_numpy()
        waits = [
            float(_divide(np.array([calls @ members[column]]), calls.sum(keepdims=True))[0])
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


def _divide(total: Floats, weight: Floats) -> Floats:
    """Divide totals by weights; NaN where the weight is 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(weight > 0, total / weight, np.nan)
