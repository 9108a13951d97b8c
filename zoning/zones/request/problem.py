"""The zone problem: what is to be divided, by which costs and within which bounds."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from zoning.demand import CallRates, call_rates
from zoning.errors import ProblemError
from zoning.roads.travel.travel_times import TravelTimes
from zoning.schools import buildings, high_school_ids
from zoning.schools.buildings import feeders_given
from zoning.units import counted
from zoning.zones.plan import ZonePlan
from zoning.zones.request.alignment import Alignment, AlignmentMode
from zoning.zones.request.costs import MovedBuildings, OwnCost, ZoneCost
from zoning.zones.request.question import Objective
from zoning.zones.request.readings import (
    OwnAmount,
    OwnTest,
    objective_of,
    presence_of,
    require_types,
    rule_of,
    type_faults,
)
from zoning.zones.request.rules import AtMostMoved, Rule, Workload
from zoning.zones.review.checking import PlanCheck, check_plan


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ZoneProblem:
    """Buildings to divide into patrol zones, and what a good division is.

    The objective of a plan is in building-seconds: the travel of ``objective``,
    the alignment price of every misaligned school, and the further ``costs``.

    Attributes
    ----------
    building_ids
        The buildings to divide, n of them; those with a dedicated officer are
        not among them.
    call_weight
        Shape (n,), calls of each building relative to the mean of all n.
    seconds
        Shape (n, n), seconds from building to building.
    high_school_ids
        The high schools a zone can be aligned with, or without feeders named
        after; may be empty.
    misaligned
        Shape (n, number of high schools): how many schools of the building
        would be outside their feeder's zone.
    with_feeder
        Shape (n,), how many schools of the building feed a high school.
    from_high_school
        Shape (n, number of high schools), seconds from the high school to the
        building; NaN where the high school has no travel times.
    dedicated
        Buildings whose officer stays there.
    zones
        How many patrol zones: a number, the fewest and the most, or None for the
        smallest number that is possible.
    min_size, max_size
        Buildings in a zone, at least and at most; None for no bound.
    objective
        ``patrol``: over all buildings, the expected travel of the zone's officer
        to a call there, weighted by calls; the officer is at each building of
        the zone for its share of ``presence`` (Larson and Odoni 1981, chapter
        5). ``station``: the same with the officer waiting at the zone's best
        building (p-median). ``worst``: the longest drive inside any zone is as
        short as possible (p-center), and among such plans the best for
        ``patrol``. Or a cost of your own, an `OwnCost` or a function from the
        building ids of a zone to a number of at least 0.
    presence
        Shape (n,), positive: how an officer's time in a zone is shared among its
        buildings; equally if None.
    rules
        What every zone has to keep: `LongestDrive`, `Workload`, `Together` ...,
        `AtMostMoved`, or a function from the building ids of a zone to None or
        the reason why it may not be.
    costs
        What is charged besides: `TourLength`, `Imbalance`, `MovedBuildings`,
        `OwnCost`.
    columns
        What workloads can be counted in, shape (n,) each.
    high_school_buildings
        The building of each high school; None where it has none.
    high_school_students
        Students of each high school, NaN where unknown: of equally good high
        schools inside a zone the largest gives it its name.
    alternative_high_schools
        High schools of an alternative program: no zone has one's name where a
        regular one is as good.
    names
        What people call buildings and high schools, by id.
    times_source, times_estimate
        Where the seconds came from, and what to say if they are an estimate.

    The tables are copies of what is given, and read-only.

    Raises
    ------
    ProblemError
        If bounds contradict, or a table has another shape or an impossible
        value; every fault in one error.
    """

    building_ids: tuple[str, ...]
    call_weight: NDArray[np.float64]
    seconds: NDArray[np.float64]
    high_school_ids: tuple[str, ...]
    misaligned: NDArray[np.int64]
    with_feeder: NDArray[np.int64]
    from_high_school: NDArray[np.float64]
    dedicated: tuple[str, ...] = ()
    zones: int | tuple[int, int] | None = 30
    min_size: int | None = 3
    max_size: int | None = 7
    alignment: Alignment = field(default_factory=Alignment)
    objective: Objective | OwnCost = Objective.PATROL
    presence: NDArray[np.float64] | None = None
    rules: tuple[Rule | AtMostMoved, ...] = ()
    costs: tuple[ZoneCost | MovedBuildings, ...] = ()
    columns: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    high_school_buildings: tuple[str | None, ...] | None = None
    high_school_students: tuple[float, ...] = ()
    alternative_high_schools: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)
    times_source: str = ""
    times_estimate: str | None = None
    _positions: Mapping[str, int] = field(init=False, repr=False, default_factory=dict)

    def __repr__(self) -> str:
        asked = self.objective
        objective = asked.name if isinstance(asked, OwnCost) else str(asked)
        return (
            f"ZoneProblem({counted(self.n, 'building')}, zones={self.zones}, "
            f"min_size={self.min_size}, max_size={self.max_size}, "
            f"objective={objective!r}, "
            f"{counted(len(self.rules), 'rule')}, {counted(len(self.costs), 'cost')})"
        )

    def __post_init__(self) -> None:
        if self.presence is None:
            object.__setattr__(self, "presence", np.ones(len(self.building_ids)))
        if self.high_school_buildings is None:
            object.__setattr__(self, "high_school_buildings", self.high_school_ids)
        if not self.high_school_students:
            unknown = (math.nan,) * len(self.high_school_ids)
            object.__setattr__(self, "high_school_students", unknown)
        wrong = type_faults(
            zones=self.zones,
            sizes=(self.min_size, self.max_size),
            alignment=self.alignment,
            objective=self.objective,
            rules=self.rules,
            costs=self.costs,
        )
        if wrong:
            raise ProblemError("the zone request has values of another type", wrong)
        faults = self._bound_faults()
        if not self.building_ids:
            faults.append("there is no building to divide")
        tables = self._table_faults()
        faults += tables
        if not tables:
            faults += self._request_faults()
        if faults:
            raise ProblemError("the zone request contradicts itself", faults)
        for name in self._shapes():
            object.__setattr__(self, name, _kept(getattr(self, name)))
        kept = {name: _kept(values) for name, values in self.columns.items()}
        object.__setattr__(self, "columns", MappingProxyType(kept))
        object.__setattr__(self, "names", MappingProxyType(dict(self.names)))
        positions = {b: k for k, b in enumerate(self.building_ids)}
        object.__setattr__(self, "_positions", positions)

    def _bound_faults(self) -> list[str]:
        faults = []
        low, high = self.sizes
        if low < 1:
            faults.append(f"min_size is {low}: a zone has at least 1 building")
        if high < low and self.max_size is not None:
            faults.append(f"max_size {high} is below min_size {low}")
        counts = self.zones if isinstance(self.zones, tuple) else (self.zones, self.zones)
        faults += [
            f"zones is {count}: at least 1 is needed"
            for count in dict.fromkeys(counts)
            if count is not None and count < 1
        ]
        if isinstance(self.zones, tuple) and self.zones[1] < self.zones[0]:
            faults.append(f"zones from {self.zones[0]} to {self.zones[1]}: the range is empty")
        return faults

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        n, high_schools = len(self.building_ids), len(self.high_school_ids)
        return {
            "call_weight": (n,),
            "seconds": (n, n),
            "misaligned": (n, high_schools),
            "with_feeder": (n,),
            "from_high_school": (n, high_schools),
            "presence": (n,),
        }

    def _table_faults(self) -> list[str]:
        faults = [
            f"{name} has shape {getattr(self, name).shape}, not {shape}"
            for name, shape in self._shapes().items()
            if getattr(self, name).shape != shape
        ]
        faults += [
            f"column {name!r} has shape {values.shape}, not {(len(self.building_ids),)}"
            for name, values in self.columns.items()
            if values.shape != (len(self.building_ids),)
        ]
        for name in ("call_weight", "seconds"):
            table = getattr(self, name)
            if not (np.isfinite(table) & (table >= 0)).all():
                faults.append(f"{name} holds a value that is not a number of at least 0")
        if self.building_ids and not self.call_weight.any():
            faults.append("none of the buildings to divide has any calls")
        presence = np.asarray(self.presence)
        if not (np.isfinite(presence) & (presence > 0)).all():
            faults.append("presence holds a value that is not a number above 0")
        if self.seconds.ndim > 1 and np.diagonal(self.seconds).any():
            faults.append("seconds from a building to itself are not 0")
        if len(set(self.building_ids)) < len(self.building_ids):
            faults.append("a building is named twice")
        return faults

    def _request_faults(self) -> list[str]:
        faults = [f for rule in self.zone_rules for f in rule.faults(self)]
        faults += [f for cost in self.zone_costs for f in cost.faults(self)]
        if any(one != other for one, other in pairwise(self.plans_of_today)):
            faults.append("moved buildings are counted from two different plans")
        return faults

    @property
    def sizes(self) -> tuple[int, int]:
        """Smallest and largest number of buildings in a zone."""
        most = max(len(self.building_ids), 1) if self.max_size is None else self.max_size
        return (1 if self.min_size is None else self.min_size), most

    @property
    def fewest_and_most(self) -> tuple[int, int]:
        """How many patrol zones a plan may have, as far as the request says."""
        if isinstance(self.zones, tuple):
            return self.zones
        if self.zones is not None:
            return self.zones, self.zones
        low, high = self.sizes
        return -(-self.n // high), max(self.n // low, 1)

    @property
    def feeders_given(self) -> bool:
        """Whether any building to divide has a school that feeds a high school.

        Else zones are named after high schools, and nothing is misaligned.
        """
        return bool(self.with_feeder.any())

    @property
    def zone_rules(self) -> tuple[Rule, ...]:
        """The rules about one zone."""
        return tuple(r for r in self.rules if not isinstance(r, AtMostMoved))

    @property
    def moving(self) -> tuple[AtMostMoved, ...]:
        """The rules about how many buildings move."""
        return tuple(r for r in self.rules if isinstance(r, AtMostMoved))

    @property
    def zone_costs(self) -> tuple[ZoneCost, ...]:
        """The further costs of one zone."""
        return tuple(c for c in self.costs if not isinstance(c, MovedBuildings))

    @property
    def moving_costs(self) -> tuple[MovedBuildings, ...]:
        """What moved buildings are charged."""
        return tuple(c for c in self.costs if isinstance(c, MovedBuildings))

    @property
    def plans_of_today(self) -> tuple[ZonePlan, ...]:
        """The plans that moved buildings are counted from."""
        rules = tuple(rule.today for rule in self.moving)
        return rules + tuple(cost.today for cost in self.moving_costs)

    def position(self, building_id: str) -> int:
        """Number of a building; `KeyError` if it is not one to divide."""
        return self._positions[building_id]

    def building_of(self, high_school_id: str) -> str | None:
        """The building of a high school; None if it is not known."""
        known = self.high_school_buildings or self.high_school_ids
        return dict(zip(self.high_school_ids, known, strict=True)).get(high_school_id)

    def name(self, building_id: str) -> str:
        """What people call a building or a high school; its id if nothing is known."""
        return self.names.get(building_id, building_id)

    def check(self, plan: ZonePlan) -> PlanCheck:
        """The plan's figures and every rule it breaks; see `zoning.check_plan`."""
        return check_plan(plan, self)

    @classmethod
    def from_schools(
        cls,
        schools: gpd.GeoDataFrame,
        times: TravelTimes,
        *,
        calls: CallRates | None = None,
        dedicated: Collection[str] = (),
        zones: int | tuple[int, int] | None = 30,
        min_size: int | None = 3,
        max_size: int | None = 7,
        alignment: Alignment | str | None = None,
        objective: Objective | str | OwnCost | OwnAmount = Objective.PATROL,
        presence: str | Mapping[str, float] = "equal",
        rules: Sequence[Rule | AtMostMoved | OwnTest] = (),
        costs: Sequence[ZoneCost | MovedBuildings] = (),
    ) -> ZoneProblem:
        """The problem of a district; see `zoning.design_zones` for the parameters.

        Raises
        ------
        ProblemError
            If a dedicated building is not one of the schools' buildings, a
            building has no call rate, or bounds contradict.
        NetworkError, UnreachableError
            If a building has no travel times, or there is no way to it.
        """
        places = buildings(schools)
        require_types(times=times, calls=calls, dedicated=dedicated, rules=rules, costs=costs)
        wished = Alignment.of(alignment)
        if wished.mode is AlignmentMode.STRICT and not feeders_given(schools):
            raise ProblemError(
                "strict alignment needs feeder high schools, and no school names one",
                remedy="Add a column feeder_high_school_ids to the schools, or leave strict "
                "alignment out: without feeders zones are named after high schools.",
            )
        unknown = [b for b in dedicated if b not in places.index]
        if unknown:
            raise ProblemError(
                f"{len(unknown)} dedicated buildings are not in the schools", [", ".join(unknown)]
            )
        kept = [str(b) for b in places.index if b not in set(dedicated)]
        between = times.subset(kept)
        between.require_reachable()
        rates = (calls or call_rates(schools)).per_day.reindex(kept)
        if rates.isna().any():
            missing = list(rates.index[rates.isna()])
            raise ProblemError(f"{len(missing)} buildings have no call rate", [", ".join(missing)])
        mean = float(rates.mean()) if len(rates) else 0.0
        if kept and mean == 0:
            raise ProblemError("none of the buildings to divide has any calls")
        high = high_school_ids(schools)
        misaligned = np.array(
            [[sum(h not in f for f in places.at[b, "feeders"]) for h in high] for b in kept],
            dtype=np.int64,
        ).reshape(len(kept), len(high))
        return cls(
            building_ids=tuple(kept),
            call_weight=np.asarray(rates / (mean or 1.0), dtype=np.float64),
            seconds=between.seconds,
            high_school_ids=high,
            misaligned=misaligned,
            with_feeder=np.array([len(places.at[b, "feeders"]) for b in kept], dtype=np.int64),
            from_high_school=_from_high_schools(schools, times, high, kept),
            dedicated=tuple(dedicated),
            zones=zones,
            min_size=min_size,
            max_size=max_size,
            alignment=wished,
            objective=objective_of(objective),
            presence=presence_of(presence, rates),
            rules=tuple(rule_of(rule) for rule in rules),
            costs=tuple(costs),
            columns={
                "calls": np.asarray(rates, dtype=np.float64),
                "enrollment": np.asarray(places.loc[kept, "enrollment"], dtype=np.float64),
            },
            high_school_buildings=tuple(
                str(schools.at[h, "campus_id"]) if h in schools.index else None for h in high
            ),
            high_school_students=tuple(
                float(schools.at[h, "enrollment"]) if h in schools.index else math.nan for h in high
            ),
            alternative_high_schools=frozenset(
                h for h in high if h in schools.index and schools.at[h, "program"] == "alternative"
            ),
            names={
                **{str(h): str(schools.at[h, "name"]) for h in high if h in schools.index},
                **{str(b): str(places.at[b, "name"]) for b in places.index},
            },
            times_source=times.source,
            times_estimate=times.estimate,
        )

    @classmethod
    def from_costs(
        cls,
        seconds: NDArray[np.float64],
        *,
        demand: Sequence[float] | NDArray[np.float64] | None = None,
        capacity: float | None = None,
        building_ids: Sequence[str] | None = None,
        zones: int | tuple[int, int],
        min_size: int | None = None,
        max_size: int | None = None,
        objective: Objective | str | OwnCost | OwnAmount = Objective.STATION,
        weigh_by_demand: bool = False,
        rules: Sequence[Rule | AtMostMoved | OwnTest] = (),
        costs: Sequence[ZoneCost | MovedBuildings] = (),
    ) -> ZoneProblem:
        """A problem from a bare table of costs, without schools or streets.

        With the defaults, a demand and a capacity it is the capacitated p-median
        problem of the literature.

        Parameters
        ----------
        seconds
            Shape (n, n), from every place to every place; any unit.
        demand
            Shape (n,), at least 0; 1 each if None. The column ``'demand'``.
        capacity
            The most demand of a zone; None for any.
        building_ids
            Names of the places; ``'0'``, ``'1'`` ... if None.
        weigh_by_demand
            Whether travel counts as often as a place has demand.

        Raises
        ------
        ProblemError
            If a table has another shape or an impossible value.
        """
        n = len(seconds)
        asked = np.ones(n) if demand is None else np.asarray(demand, dtype=np.float64)
        bad = np.flatnonzero(~(np.isfinite(asked) & (asked >= 0)))
        given = range(n) if building_ids is None else building_ids
        ids = tuple(str(b) for b in given)
        if len(bad):
            raise ProblemError(
                f"{len(bad)} places have no demand of at least 0",
                [f"{ids[k] if k < len(ids) else k}: {asked[k]}" for k in bad],
            )
        bounds = [] if capacity is None else [Workload(column="demand", at_most=capacity)]
        return cls(
            building_ids=ids,
            call_weight=asked if weigh_by_demand else np.ones(n),
            seconds=np.asarray(seconds, dtype=np.float64),
            high_school_ids=(),
            misaligned=np.zeros((n, 0), dtype=np.int64),
            with_feeder=np.zeros(n, dtype=np.int64),
            from_high_school=np.zeros((n, 0)),
            zones=zones,
            min_size=min_size,
            max_size=max_size,
            alignment=Alignment.off(),
            objective=objective_of(objective),
            rules=(*bounds, *(rule_of(rule) for rule in rules)),
            costs=tuple(costs),
            columns={"demand": asked},
        )

    @property
    def n(self) -> int:
        """Number of buildings to divide."""
        return len(self.building_ids)


def _kept(table: NDArray[np.float64]) -> NDArray[np.float64]:
    kept = table.copy()
    kept.flags.writeable = False
    return kept


def _from_high_schools(
    schools: gpd.GeoDataFrame, times: TravelTimes, high: tuple[str, ...], kept: list[str]
) -> NDArray[np.float64]:
    known = set(times.ids)
    to = times.positions(kept)
    table = np.full((len(kept), len(high)), np.nan)
    for column, school in enumerate(high):
        campus = str(schools.at[school, "campus_id"]) if school in schools.index else ""
        if campus in known:
            table[:, column] = times.seconds[times.positions((campus,))[0], to]
    return table
