"""Near-best plans: the best plan, then the best one that is unlike all before, and so on.

Two plans are as far apart as buildings must change zone to make one of the other, the zones
being matched so that these are fewest (partition distance, Gusfield 2002, Information
Processing Letters 82). Plans that cost little more than the best one have only zones whose
reduced cost is small; an integer program over all of these, without the plans that are too
near, is exact.

"Too near" is linear in the zones that are chosen. Say for each zone of an earlier plan what
keeps it: more than half of its buildings, or one certain building. Two zones of a plan cannot
both keep one, so each new zone counts the buildings that it shares with one zone it keeps, and
the sum is never more than what the best matching shares. A row that holds the sum down
therefore removes no plan that is far enough; and for each plan that is too near there is a
choice of these buildings whose row removes it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from zoning.errors import OptionError, typed
from zoning.units import counted, sentence
from zoning.zones.arrays import Bools, Indices, Numbers, Zones
from zoning.zones.plan import ZonePlan
from zoning.zones.request.limits import Progress, ProgressCallback, SolverLimits
from zoning.zones.request.objective import Objective
from zoning.zones.request.problem import ZoneProblem
from zoning.zones.review.score import require_same_buildings
from zoning.zones.search.column_generation import Partition, ZoneSearch
from zoning.zones.search.continuity import least_moved
from zoning.zones.search.interruptible import SolverRefusalError
from zoning.zones.search.master_problem import Cheapest, Exclusion
from zoning.zones.search.zone_space import today_of, zone_space
from zoning.zones.solve.result import ZoningResult
from zoning.zones.solve.solver import Solver

WITHIN = 0.005
"""Our choice: half a per cent of travel is less than what is known of travel times."""
COUNT = 3
"""Our choice: a board chooses among three."""
APART = 4
"""Our choice: plans that differ in fewer buildings look the same on a map."""
MAX_COUNT = 26
"""Plans are named by letters."""

_BY_USER = "the user stopped the search for further plans"

# The first list of zones holds those of plans that cost a thousandth more than the bound: six
# plans of Jefferson lie within 0.13 %.
_FIRST_SLACK = 1e-3
# Rounds of removing plans that are too near; three are enough on Jefferson.
_ROUNDS = 40
# Sums of the same costs in another order differ by less than this share.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Alternatives:
    """The best plan of a problem and near-best ones that differ from it; see `alternatives`.

    Attributes
    ----------
    results
        The best plan first: Plan A, Plan B ... Each has its proof. The bound of a plan
        holds for all plans that are ``apart`` buildings from every plan before it, and for
        the others nothing is said.
    within, apart
        As asked for.
    today
        The plan that moved buildings are counted from; None if none is known.
    complete
        Whether it is proved that no further plan is within the share and far enough from
        all of these; False if the count was reached or a limit ended the search.
    ended
        Why there are no more plans; '' if the count was reached.
    interrupted
        Whether the user stopped the search.
    """

    problem: ZoneProblem
    results: tuple[ZoningResult, ...]
    within: float
    apart: int
    today: ZonePlan | None = None
    complete: bool = False
    ended: str = ""
    interrupted: bool = False

    def __repr__(self) -> str:
        return f"Alternatives({', '.join(self.names)}, within={self.within}, apart={self.apart})"

    @property
    def names(self) -> tuple[str, ...]:
        """``'Plan A'``, ``'Plan B'`` ...: one for each plan that was found."""
        return plan_names(len(self.plans))

    @property
    def plans(self) -> tuple[ZonePlan, ...]:
        """The plans, the best first; empty if there is none."""
        return tuple(result.plan for result in self.results if result.plan is not None)

    def table(self) -> pd.DataFrame:
        """The figures of every plan.

        Returns
        -------
        DataFrame
            Index the names. Columns ``status`` and ``gap``, share, of each proof;
            ``objective_s``, building-seconds; ``above_best``, its share above that of the
            best plan; ``mean_travel_s``, expected travel per call; ``longest_drive_s``,
            inside a zone; ``calls_cv``, standard deviation of the zones' calls over their
            mean; ``misaligned``, schools outside their feeder's zone, ``<NA>`` without
            feeders; ``moved``, buildings in another zone than today, ``<NA>`` where no plan
            of today is known; ``from_best`` and ``from_nearest``, buildings in another zone
            than in the best and in the nearest other plan, ``<NA>`` where there is none.
        """
        apart = self.distances().to_numpy()
        best = self.results[0].objective_s
        rows = []
        for k, (result, plan) in enumerate(zip(self.results, self.plans, strict=False)):
            score = result.score
            assert score is not None
            assert best is not None
            others = np.delete(apart[k], k)
            rows.append(
                {
                    "status": str(result.status),
                    "gap": result.gap,
                    "objective_s": score.objective_s,
                    "above_best": score.objective_s / best - 1 if best else 0.0,
                    "mean_travel_s": score.mean_travel_s,
                    "longest_drive_s": score.longest_drive_s,
                    "calls_cv": _spread_of_calls(plan, self.problem),
                    "misaligned": score.misaligned if score.with_feeder else None,
                    "moved": None
                    if self.today is None
                    else _apart(_numbered(plan, self.problem), _homes(self.today, self.problem)),
                    "from_best": int(apart[k, 0]),
                    "from_nearest": int(others.min()) if len(others) else None,
                }
            )
        whole = ["misaligned", "moved", "from_best", "from_nearest"]
        table = pd.DataFrame(rows, index=pd.Index(self.names, name="plan"), columns=_COLUMNS)
        return table.astype(dict.fromkeys(whole, "Int64"))

    def assignments(self) -> pd.DataFrame:
        """The zone of each building in each plan.

        Returns
        -------
        DataFrame
            Index ``building_id``, sorted; one column of zone ids a plan, by name. A zone
            has the name of the zone of the best plan that it continues.
        """
        columns = {
            name: plan.to_frame()["zone_id"]
            for name, plan in zip(self.names, self.plans, strict=True)
        }
        return pd.DataFrame(columns)

    def distances(self) -> pd.DataFrame:
        """How many buildings must change zone to make one plan of another.

        Returns
        -------
        DataFrame
            Index and columns the names.
        """
        numbered = [_numbered(plan, self.problem) for plan in self.plans]
        homes = [_homes(plan, self.problem) for plan in self.plans]
        apart = [[_apart(one, other) for other in homes] for one in numbered]
        return pd.DataFrame(apart, index=list(self.names), columns=list(self.names))

    def describe(self) -> tuple[str, ...]:
        """Say in a sentence for each plan after the best what differs from the best plan."""
        return describe_alternatives(self.table())

    def __str__(self) -> str:
        first = self.results[0]
        if not self.plans:
            return str(first)
        lines = [str(first).split("\n", 1)[0], *self.describe()]
        lines += [sentence(self.ended)] if self.ended else []
        return "\n".join(lines)


def plan_names(count: int) -> tuple[str, ...]:
    """``'Plan A'``, ``'Plan B'`` ..."""
    return tuple(f"Plan {chr(ord('A') + k)}" for k in range(count))


_COLUMNS = [
    *("status", "gap", "objective_s", "above_best", "mean_travel_s", "longest_drive_s"),
    *("calls_cv", "misaligned", "moved", "from_best", "from_nearest"),
]


# What is compared in words: column, unit, form, and the words for less and for more of it.
_COMPARED = (
    ("mean_travel_s", 1.0, "{:.1f}", "mean travel {} s shorter", "mean travel {} s longer"),
    (
        "longest_drive_s",
        60.0,
        "{:.1f}",
        "longest drive {} min shorter",
        "longest drive {} min longer",
    ),
    ("calls_cv", 0.01, "{:.0f}", "spread of calls {} % less", "spread of calls {} % more"),
    (
        *("misaligned", 1.0, "{:.0f}"),
        *(
            "schools outside their feeder's zone {} fewer",
            "schools outside their feeder's zone {} more",
        ),
    ),
    (
        *("moved", 1.0, "{:.0f}"),
        *(
            "buildings that leave today's zone {} fewer",
            "buildings that leave today's zone {} more",
        ),
    ),
)


def describe_alternatives(table: pd.DataFrame) -> tuple[str, ...]:
    """Say what differs from the best plan, from the columns of `Alternatives.table` there are.

    A figure that is written alike in both plans is not mentioned.
    """
    names = [str(name) for name in table.index]
    rows = [
        {str(k): v for k, v in row.items() if not pd.isna(v)} for row in table.to_dict("records")
    ]
    return tuple(
        _describe(name, row, rows[0]) for name, row in zip(names[1:], rows[1:], strict=True)
    )


def _describe(name: str, row: Mapping[str, Any], best: Mapping[str, Any]) -> str:
    better: list[str] = []
    worse: list[str] = []
    for column, unit, form, less, more in _COMPARED:
        if column in row and column in best:
            change = (float(row[column]) - float(best[column])) / unit
            shown = form.format(abs(change))
            if shown != form.format(0.0):
                (better if change < 0 else worse).append(
                    (less if change < 0 else more).format(shown)
                )
    parts = [f"{counted(int(row['from_best']), 'building')} elsewhere"]
    parts += [f"better: {', '.join(better)}"] if better else []
    parts += [f"worse: {', '.join(worse)}"] if worse else []
    if "above_best" in row:
        above = round(float(row["above_best"]) * 100, 2)
        side = f"{abs(above):g} % {'above' if above > 0 else 'below'} the best"
        parts.append(f"objective {side}" if above else "objective as good as the best")
    return f"{name}: {'; '.join(parts)}."


@typed
def alternatives(
    problem: ZoneProblem,
    *,
    within: float = WITHIN,
    count: int = COUNT,
    apart: int = APART,
    limits: SolverLimits | None = None,
    start: ZonePlan | None = None,
    progress: ProgressCallback | None = None,
) -> Alternatives:
    """The best plan, then again and again the best plan that is unlike all before.

    Each plan after the first costs least of all plans that are at least ``apart``
    buildings away from every plan before it. The distance of two plans is the least number
    of buildings that must change zone to make one of the other, whatever the zones are
    called.

    With the objective ``worst``, the other plans have no longer drive than the best one,
    and cost least for ``patrol`` among these.

    Parameters
    ----------
    within
        How much more than the best plan another may cost, as a share of its objective.
    count
        How many plans, the best one among them; at most 26. There may be fewer: the answer
        says why, and whether that is proved.
    limits
        For each plan by itself.
    start
        As for `zoning.solve`.

    Returns
    -------
    Alternatives
        Without a plan if none exists: its only result then says why.

    Raises
    ------
    OptionError
        If ``within``, ``count`` or ``apart`` makes no sense.
    PlanError
        If the buildings of ``start`` are not the problem's.

    Examples
    --------
    >>> three = alternatives(problem, count=3)  # doctest: +SKIP
    >>> three.table()  # doctest: +SKIP
    """
    wrong = (
        ("within", within, 0 <= within < math.inf, "a share of at least 0, such as 0.005"),
        ("count", count, 1 <= count <= MAX_COUNT, f"a number of plans from 1 to {MAX_COUNT}"),
        ("apart", apart, apart >= 1, "a number of buildings of at least 1"),
    )
    faults = [f"{name} is {value}: give {form}" for name, value, right, form in wrong if not right]
    if faults:
        raise OptionError("no alternatives can be found", faults)
    if start is not None:
        require_same_buildings(start, problem)
    solver = _AlternativesSolver(problem, limits or SolverLimits(), progress)
    return solver.find(within=within, count=count, apart=apart, start=start)


# The distance.


def _numbered(plan: ZonePlan, problem: ZoneProblem) -> Zones:
    return tuple(
        sorted(
            tuple(sorted(problem.position(b) for b in zone.building_ids))
            for zone in plan.patrol_zones
        )
    )


def _homes(plan: ZonePlan, problem: ZoneProblem) -> Numbers:
    """The number of each building's patrol zone in a plan; -1 for none."""
    home = {b: k for k, zone in enumerate(plan.patrol_zones) for b in zone.building_ids}
    return np.array([home.get(b, -1) for b in problem.building_ids], dtype=np.intp)


def _homes_of(zones: Zones, n: int) -> Numbers:
    home = np.full(n, -1)
    for k, zone in enumerate(zones):
        home[list(zone)] = k
    return home


def _shared(zones: Sequence[tuple[int, ...]], home: Numbers) -> Numbers:
    """Count the buildings that each zone shares with each zone of a plan."""
    lengths = [len(zone) for zone in zones]
    flat = home[np.concatenate([np.asarray(zone) for zone in zones])]
    rows = np.repeat(np.arange(len(zones)), lengths)
    shared = np.zeros((len(zones), int(home.max(initial=0)) + 1), dtype=np.intp)
    np.add.at(shared, (rows[flat >= 0], flat[flat >= 0]), 1)
    return shared


def _apart(zones: Zones, home: Numbers) -> int:
    """The least number of buildings that must change zone; those in no zone of a plan do not."""
    return least_moved(_shared(zones, home))


# Rows that remove plans too near to an earlier one.


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """Which zones of an earlier plan a new zone keeps.

    Attributes
    ----------
    home
        Shape (n,), number of each building's zone in the earlier plan.
    anchor
        Shape (zones,), a building of each zone of it.
    by_majority
        Shape (zones,): whether the zone is kept by more than half of it, or half of it with
        its anchor; else by the anchor alone. Two zones of a plan never both keep it.
    """

    home: Numbers
    anchor: Numbers
    by_majority: Bools

    @classmethod
    def in_plan(cls, zones: Zones, home: Numbers) -> _Kept:
        """Choose so that a plan counts all that its zones share with those they are matched to."""
        shared = _shared(zones, home)
        sizes = np.bincount(home)
        anchor = np.array([int(np.flatnonzero(home == k)[0]) for k in range(len(sizes))])
        by_majority = np.ones(len(sizes), dtype=bool)
        for row, k in zip(*linear_sum_assignment(shared, maximize=True), strict=True):
            if shared[row, k]:
                anchor[k] = next(b for b in zones[row] if home[b] == k)
                by_majority[k] = 2 * shared[row, k] >= sizes[k]
        return cls(home, anchor, by_majority)

    def weigh(self, zones: Sequence[tuple[int, ...]]) -> Numbers:
        """Count the buildings that each zone shares with the zone it keeps; 0 if it keeps none."""
        shared = _shared(zones, self.home)
        sizes = np.bincount(self.home)
        flat = np.concatenate([np.asarray(zone) for zone in zones])
        rows = np.repeat(np.arange(len(zones)), [len(zone) for zone in zones])
        anchored = np.zeros(shared.shape, dtype=bool)
        at = np.isin(flat, self.anchor)
        anchored[rows[at], self.home[flat[at]]] = True
        most = (2 * shared > sizes) | ((2 * shared == sizes) & anchored)
        kept = np.where(self.by_majority, most, anchored)
        return np.asarray(np.where(kept, shared, 0).max(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class _Largest:
    """Counts the most that a zone shares with any: never less than what is matched."""

    home: Numbers

    def weigh(self, zones: Sequence[tuple[int, ...]]) -> Numbers:
        return np.asarray(_shared(zones, self.home).max(axis=1))


# The search.


@dataclass(slots=True, eq=False)
class _Found:
    """The cheapest plan far enough from those before, if any, and the bound on all such plans."""

    zones: Zones | None = None
    cost: float = math.inf
    bound: float = 0.0
    stopped_by: str = ""


@dataclass(slots=True, eq=False)
class _FarPlans:
    """Plans over ever more zones, each at least ``apart`` buildings from those before.

    Attributes
    ----------
    tables, reach
        Zones to choose from; a plan with any other zone costs at least ``reach``.
    """

    search: ZoneSearch
    apart: int
    most_cost: float
    earlier: list[Numbers] = field(default_factory=list)
    cuts: list[Exclusion] = field(default_factory=list)
    tables: list[Indices] = field(default_factory=list)
    reach: float = -math.inf
    listed_all: bool = True

    def forbid(self, zones: Zones) -> None:
        """Forbid plans near this one."""
        home = _homes_of(zones, self.search.space.n)
        self.earlier.append(home)
        self._cut_off(zones, home)

    def _cut_off(self, zones: Zones, home: Numbers) -> None:
        most = self.search.space.n - self.apart
        self.cuts.append(Exclusion(_Kept.in_plan(zones, home).weigh, most))

    def next(self) -> _Found:
        """Find the cheapest plan; proved if its cost is the bound."""
        if self.reach == -math.inf:
            first = self.most_cost if self.most_cost == 0 else self._lowest() * (1 + _FIRST_SLACK)
            self._list(min(first, self.most_cost))
        found = _Found()
        while True:
            if self.reach > -math.inf:
                found = self._cheapest()
            if found.cost <= self.reach or self.reach >= self.most_cost or not self.listed_all:
                break
            lowest = self._lowest()
            self._list(min(found.cost, self.most_cost, lowest + 2 * (self.reach - lowest)))
        if found.cost > self.reach and not self.listed_all:
            # More zones than can be listed: those of least reduced cost may hold a better plan.
            known, self.tables = self.tables, self.search.cheapest_columns()
            other = self._cheapest()
            self.tables = known
            bound = found.bound if known else 0.0
            found = replace(other if other.cost < found.cost else found, bound=bound)
        return replace(found, bound=max(0.0, min(found.bound, self.reach)))

    def _lowest(self) -> float:
        return max(self.search.relaxed, self.most_cost / 2)

    def _list(self, cost: float) -> None:
        listed = self.search.zones_within(cost)
        if listed is None:
            self.listed_all = False
        else:
            self.tables, self.reach = listed

    def _cheapest(self) -> _Found:
        """The cheapest plan over the zones listed, and a bound on those far enough."""
        n = self.search.space.n
        if not any(map(len, self.tables)):
            return _Found(bound=math.inf)
        found = Cheapest(None, 0.0)
        for _ in range(_ROUNDS):
            found = self.search.cheapest_plan(self.tables, self.cuts)
            if found.columns is None:
                return _Found(bound=found.bound)
            zones = _zones_of(found)
            near = [home for home in self.earlier if _apart(zones, home) < self.apart]
            if not near:
                return _Found(zones, _cost_of(found), found.bound)
            for home in near:
                self._cut_off(zones, home)
        # Plans that are far enough by a measure that never says too much.
        far = [Exclusion(_Largest(home).weigh, n - self.apart) for home in self.earlier]
        other = self.search.cheapest_plan(self.tables, far)
        if other.columns is None:
            return _Found(bound=found.bound)
        return _Found(_zones_of(other), _cost_of(other), found.bound)


def _zones_of(found: Cheapest) -> Zones:
    return tuple(sorted(column.members for column in found.columns or ()))


def _cost_of(found: Cheapest) -> float:
    return sum(column.cost for column in found.columns or ())


@dataclass(slots=True, eq=False)
class _AlternativesSolver(Solver):
    """Finds the best plan, and then those that are unlike it."""

    def find(
        self, *, within: float, count: int, apart: int, start: ZonePlan | None
    ) -> Alternatives:
        """Find the plans; see `alternatives`."""
        best = self.best(start=start)
        found = Alternatives(
            problem=self.problem,
            results=(best,),
            within=within,
            apart=apart,
            today=today_of(self.problem) or start,
        )
        if best.interrupted:
            return replace(found, ended=_BY_USER, interrupted=True)
        if best.plan is None or count == 1:
            return found
        return self._add_others(found, best.plan, count)

    def _add_others(self, found: Alternatives, best: ZonePlan, count: int) -> Alternatives:
        try:
            search = self._search_of(best)
        except KeyboardInterrupt:
            return replace(found, ended=_BY_USER, interrupted=True)
        zones = _numbered(best, self.problem)
        most = search.space.plan_cost(zones) * (1 + found.within)
        far = _FarPlans(search, found.apart, most + _ROUNDING * (1 + abs(most)))
        self.before = best
        while len(found.results) < count:
            far.forbid(zones)
            letter = chr(ord("A") + len(found.results))
            began = time.monotonic()
            self.end = began + self.limits.time_s
            search.restart_clock(self.limits)
            if self.progress is not None:
                self.progress(Progress(stage=f"choosing zones of plan {letter}", elapsed_s=0.0))
            try:
                one = far.next()
            except SolverRefusalError:
                one = _Found(stopped_by="the precision of the solver")
            except KeyboardInterrupt:
                return replace(found, ended=_BY_USER, interrupted=True)
            if one.zones is None or one.cost > far.most_cost:
                return self._with_end(found, search, proved=one.bound >= far.most_cost)
            zones = one.zones
            answer = self._result(one, search, found, runtime_s=time.monotonic() - began)
            found = replace(found, results=(*found.results, answer))
        return found

    def _search_of(self, best: ZonePlan) -> ZoneSearch:
        """The search that found the best plan; a new one after the p-median."""
        if self.search is not None:
            return self.search
        search = ZoneSearch(
            zone_space(self.problem), distance=self._distance, progress=self.progress
        )
        counts = self.problem.fewest_and_most
        search.partition(counts, limits=self.limits, start=_numbered(best, self.problem))
        self.search = search
        return search

    def _result(
        self, one: _Found, search: ZoneSearch, found: Alternatives, *, runtime_s: float
    ) -> ZoningResult:
        proof, best = search.proof, found.results[0]
        # What holds of all plans holds of these; over all zones it says more than over some.
        bound = max(one.bound, proof.bound if proof.over_all_zones else 0.0)
        if proof.over_all_zones and proof.over_candidates:
            bound = proof.bound
        answer = self._answer(
            Partition(
                zones=one.zones,
                objective=one.cost,
                bound=min(bound, one.cost),
                over_all_zones=proof.over_all_zones or not proof.over_candidates,
                candidates=len(search.pool),
                runtime_s=runtime_s,
                stopped_by=one.stopped_by,
            ),
            drive=best.drive,
        )
        among = f"plans that differ from each plan before in {_at_least(found.apart)}"
        if self.problem.objective is Objective.WORST:
            among += " and have no longer drive than the best one"
        return replace(answer, among=among)

    def _with_end(self, found: Alternatives, search: ZoneSearch, *, proved: bool) -> Alternatives:
        what = (
            f"plan within {found.within * 100:g} % of the best differs from each of these in "
            f"{_at_least(found.apart)}"
        )
        if not proved:
            ended = f"no further plan was found, and it is not proved that no {what}"
        elif search.proof.over_candidates:
            ended = f"no {what}; only the candidate zones made of near buildings were looked at"
        else:
            ended = f"it is proved that no {what}"
        complete = proved and not search.proof.over_candidates
        return replace(found, ended=ended, complete=complete)


def _at_least(apart: int) -> str:
    return "1 building or more" if apart == 1 else f"{apart} buildings or more"


def _spread_of_calls(plan: ZonePlan, problem: ZoneProblem) -> float:
    calls = np.array([problem.call_weight[list(z)].sum() for z in _numbered(plan, problem)])
    return float(calls.std() / calls.mean())
