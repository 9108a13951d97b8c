"""The zone problem: the buildings to divide, with objective, rules, costs and bounds."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise
from numbers import Integral
from types import MappingProxyType
from typing import Annotated

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zoning.demand import CallRates, call_rates
from zoning.errors import ProblemError, first_few
from zoning.roads.travel.travel_times import TravelTimes
from zoning.schools import buildings, high_school_ids
from zoning.schools.buildings import feeders_given
from zoning.schools.school_names import SchoolNames, plain
from zoning.settings import HIDDEN, Setting, read_words, settings
from zoning.units import counted
from zoning.zones.plan import ZonePlan, zone_name_fault
from zoning.zones.request.costs import (
    MovedBuildings,
    OwnCost,
    ZoneCost,
    cost_faults,
    counts_moves,
)
from zoning.zones.request.objective import Alignment, AlignmentMode, Objective
from zoning.zones.request.rules import AtMostMoved, OwnRule, Rule, Workload
from zoning.zones.request.rules.membership import limits_moves

OwnTest = Callable[[frozenset[str]], str | None]
OwnAmount = Callable[[frozenset[str]], float]


@settings
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ZoneSettings:
    """What a planner asks of the zones, whatever the district; see `ZoneProblem` for each.

    The one list of these fields: a staffing option inherits them and hands them on by
    name, ``run.json`` of both editions has every one, and a study gives those with a
    `Setting` under ``[zones]``. To add one, give it here, to `ZoneProblem.from_schools`
    and to `zoning.design_zones`.
    """

    zones: int | tuple[int, int] | None = 30
    min_size: Annotated[
        int | None, Setting(meaning="Smallest number of buildings in a zone.", at_least=1)
    ] = 3
    max_size: Annotated[
        int | None, Setting(meaning="Largest number of buildings in a zone.", at_least=1)
    ] = 7
    alignment: Annotated[
        Alignment,
        Setting(
            meaning="Whether schools belong in a zone of the high school they feed.",
            shortcut="mode",
        ),
    ] = field(default_factory=Alignment)
    objective: Objective | ZoneCost = Objective.PATROL
    rules: Annotated[tuple[Rule, ...], HIDDEN] = ()
    costs: Annotated[tuple[ZoneCost, ...], HIDDEN] = ()
    zone_names: Annotated[
        Mapping[str, str],
        Setting(
            meaning="Names of zones, each by a school that lies in the zone. A name is published.",
            key="names",
            read=read_words,
            form='table, { "Ballard High" = "North East" }',
        ),
    ] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ZoneProblem(ZoneSettings):
    """A request to divide buildings into patrol zones, with its objective, rules and costs.

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
        ``patrol``: call-weighted expected travel of the zone's officer, who is at
        each building of the zone for its share of ``presence`` (Larson and Odoni
        1981, chapter 5). ``station``: the same with the officer waiting at the zone's best
        building (p-median). ``worst``: the longest drive inside any zone is as
        short as possible (p-center), and among such plans the best for
        ``patrol``. Or a cost of your own, such as an `OwnCost`.
    presence
        Shape (n,), positive: how an officer's time in a zone is shared among its
        buildings; equally if None.
    rules
        What every zone has to keep: `LongestDrive`, `Workload`, `Together` ..., or
        a class of your own with the members of `Rule`.
    costs
        Further costs: `TourLength`, `Imbalance`, `MovedBuildings`, `OwnCost`, or a
        class of your own with the members of `ZoneCost`.
    zone_names
        Names that a planner gives to patrol zones, by a building that lies in the
        zone: it goes with the building, whatever the zone looks like.
    columns
        The columns that workloads can be counted in, shape (n,) each.
    high_school_buildings
        The building of each high school; None where it has none.
    high_school_students
        Students of each high school, NaN where unknown: a tie between high schools
        inside a zone goes to the largest.
    alternative_high_schools
        High schools of an alternative program: a tie goes to a regular one.
    names
        Names of buildings and high schools, by id.
    times_source, times_estimate
        The source of the seconds, and a sentence for readers if they are an estimate.

    The tables are read-only copies.

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
    presence: NDArray[np.float64] | None = None
    columns: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    high_school_buildings: tuple[str | None, ...] | None = None
    high_school_students: tuple[float, ...] = ()
    alternative_high_schools: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)
    times_source: str = ""
    times_estimate: str | None = None
    _positions: Mapping[str, int] = field(init=False, repr=False, default_factory=dict)

    def __repr__(self) -> str:
        own = self.own_objective
        return (
            f"ZoneProblem({counted(self.n, 'building')}, zones={self.zones}, "
            f"min_size={self.min_size}, max_size={self.max_size}, "
            f"objective={str(self.objective) if own is None else cost_name(own)!r}, "
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
        if faults := self._type_faults():
            raise ProblemError("the zone request has values of the wrong type", faults)
        faults = [*self._bound_faults(), *find_name_faults(self.zone_names)]
        known = {*self.building_ids, *self.dedicated}
        faults += [
            f"zone_names has {building!r}, which is no building of the problem"
            for building in self.zone_names
            if building not in known
        ]
        if not self.building_ids:
            faults.append("there is no building to divide")
        tables = self._table_faults()
        faults += tables or self._rule_and_cost_faults()
        if faults:
            raise ProblemError("the zone request contradicts itself", faults)
        for name in self._shapes():
            object.__setattr__(self, name, _copy_read_only(getattr(self, name)))
        columns = {name: _copy_read_only(values) for name, values in self.columns.items()}
        object.__setattr__(self, "columns", MappingProxyType(columns))
        for name in ("names", "zone_names"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        positions = {b: k for k, b in enumerate(self.building_ids)}
        object.__setattr__(self, "_positions", positions)

    def _type_faults(self) -> list[str]:
        faults = [
            f"{name} is {size!r}: give a whole number, or None for no bound"
            for name, size in (("min_size", self.min_size), ("max_size", self.max_size))
            if not (size is None or _is_whole(size))
        ]
        zones: Sequence[object] = self.zones if isinstance(self.zones, tuple) else [self.zones] * 2
        if self.zones is not None and not (len(zones) == 2 and all(map(_is_whole, zones))):
            faults.append(f"zones is {self.zones!r}: give a whole number, two as (20, 30), or None")
        parts: list[tuple[str, object, tuple[type, ...], str]] = [
            ("alignment is", self.alignment, (Alignment,), "an Alignment"),
            ("objective is", self.objective, (Objective, ZoneCost), "an Objective or an OwnCost"),
            ("zone_names is", self.zone_names, (Mapping,), "a mapping from schools to names"),
        ]
        rules = "rules of zoning.zones, or an OwnRule"
        parts += [("rules holds", rule, (Rule,), rules) for rule in self.rules]
        costs = "TourLength, Imbalance, MovedBuildings or OwnCost"
        parts += [("costs holds", cost, (ZoneCost,), costs) for cost in self.costs]
        return faults + [
            f"{what} {value!r}: give {form}"
            for what, value, kinds, form in parts
            if not isinstance(value, kinds)
        ]

    def _bound_faults(self) -> list[str]:
        faults = []
        low, high = self.sizes
        if low < 1:
            faults.append(f"min_size is {low}: a zone has at least 1 building")
        if high < low and self.max_size is not None:
            faults.append(f"max_size {high} is below min_size {low}")
        if self.zones is not None:
            min_zones, max_zones = self.fewest_and_most
            faults += [
                f"zones is {count}: at least 1 is needed"
                for count in dict.fromkeys((min_zones, max_zones))
                if count < 1
            ]
            if max_zones < min_zones:
                faults.append(f"zones from {min_zones} to {max_zones}: the range is empty")
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

    def _rule_and_cost_faults(self) -> list[str]:
        faults = [fault for rule in self.rules for fault in rule.faults(self)]
        own = self.own_objective
        if own is not None and counts_moves(own):
            faults.append(
                f"{own.text}: moved buildings are a cost besides, not the whole objective"
            )
        elif own is not None:
            faults += cost_faults(own, self)
        faults += [fault for cost in self.costs for fault in cost_faults(cost, self)]
        if any(one != other for one, other in pairwise(self.plans_of_today)):
            faults.append("moved buildings are counted from two different plans")
        return faults

    @property
    def own_objective(self) -> ZoneCost | None:
        """The cost that is the whole objective; None if the objective is travel."""
        return None if isinstance(self.objective, Objective) else self.objective

    def settings(self) -> dict[str, object]:
        """Every field of `ZoneSettings` in values for JSON: rules and costs as their texts."""
        values = {item.name: _in_words(getattr(self, item.name)) for item in fields(ZoneSettings)}
        # Without feeders nothing is aligned, whatever the setting says.
        return values if self.feeders_given else {**values, "alignment": None}

    @property
    def sizes(self) -> tuple[int, int]:
        """Smallest and largest number of buildings in a zone."""
        most = max(len(self.building_ids), 1) if self.max_size is None else self.max_size
        return (1 if self.min_size is None else self.min_size), most

    @property
    def fewest_and_most(self) -> tuple[int, int]:
        """Smallest and largest number of patrol zones that the request allows."""
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
        """The rules about one zone: all, since one that limits moves may ask more of a zone."""
        return self.rules

    @property
    def moving(self) -> tuple[AtMostMoved, ...]:
        """The rules about how many buildings move."""
        return tuple(r for r in self.rules if limits_moves(r))

    @property
    def zone_costs(self) -> tuple[ZoneCost, ...]:
        """The further costs of one zone: all but those of moved buildings alone."""
        nothing = MovedBuildings.amounts
        return tuple(c for c in self.costs if not (counts_moves(c) and type(c).amounts is nothing))

    @property
    def moving_costs(self) -> tuple[MovedBuildings, ...]:
        """The costs of moved buildings."""
        return tuple(c for c in self.costs if counts_moves(c))

    @property
    def plans_of_today(self) -> tuple[ZonePlan, ...]:
        """The plans that moved buildings are counted from."""
        return tuple(r.today for r in self.moving) + tuple(c.today for c in self.moving_costs)

    def position(self, building_id: str) -> int:
        """Number of a building; `KeyError` if it is not in the problem."""
        return self._positions[building_id]

    def building_of(self, high_school_id: str) -> str | None:
        """The building of a high school; None if it is not known."""
        known = self.high_school_buildings or self.high_school_ids
        return dict(zip(self.high_school_ids, known, strict=True)).get(high_school_id)

    def name(self, building_id: str) -> str:
        """Name of a building or a high school; its id if none is known."""
        return self.names.get(building_id, building_id)

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
        objective: Objective | str | ZoneCost | OwnAmount = Objective.PATROL,
        presence: str | Mapping[str, float] = "equal",
        rules: Sequence[Rule | OwnTest] = (),
        costs: Sequence[ZoneCost] = (),
        zone_names: Mapping[str, str] | None = None,
    ) -> ZoneProblem:
        """The problem of a district; see `zoning.design_zones` for the parameters.

        Raises
        ------
        ProblemError
            If a dedicated building is not one of the schools' buildings, a
            building has no call rate, bounds contradict, or zone names cannot be used.
        NetworkError, UnreachableError
            If a building has no travel times, or there is no way to it.
        """
        places = buildings(schools)
        _require_types(times=times, calls=calls, dedicated=dedicated, rules=rules, costs=costs)
        named = find_named_buildings(zone_names or {}, schools)
        aligned_as = Alignment.of(alignment)
        if aligned_as.mode is AlignmentMode.STRICT and not feeders_given(schools):
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
        divided = [str(b) for b in places.index if b not in set(dedicated)]
        between = times.subset(divided)
        between.require_reachable()
        rates = (calls or call_rates(schools)).per_day.reindex(divided)
        if rates.isna().any():
            missing = list(rates.index[rates.isna()])
            raise ProblemError(f"{len(missing)} buildings have no call rate", [", ".join(missing)])
        mean = float(rates.mean()) if len(rates) else 0.0
        if divided and mean == 0:
            raise ProblemError("none of the buildings to divide has any calls")
        high = high_school_ids(schools)
        misaligned = np.array(
            [[sum(h not in f for f in places.at[b, "feeders"]) for h in high] for b in divided],
            dtype=np.int64,
        ).reshape(len(divided), len(high))
        return cls(
            building_ids=tuple(divided),
            call_weight=np.asarray(rates / (mean or 1.0), dtype=np.float64),
            seconds=between.seconds,
            high_school_ids=high,
            misaligned=misaligned,
            with_feeder=np.array([len(places.at[b, "feeders"]) for b in divided], dtype=np.int64),
            from_high_school=_table_from_high_schools(schools, times, high, divided),
            dedicated=tuple(dedicated),
            zones=zones,
            min_size=min_size,
            max_size=max_size,
            alignment=aligned_as,
            objective=_make_objective(objective),
            presence=_make_presence(presence, rates),
            rules=tuple(_make_rule(rule) for rule in rules),
            costs=tuple(costs),
            zone_names=named,
            columns={
                "calls": np.asarray(rates, dtype=np.float64),
                "enrollment": np.asarray(places.loc[divided, "enrollment"], dtype=np.float64),
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
        objective: Objective | str | ZoneCost | OwnAmount = Objective.STATION,
        weigh_by_demand: bool = False,
        rules: Sequence[Rule | OwnTest] = (),
        costs: Sequence[ZoneCost] = (),
    ) -> ZoneProblem:
        """A problem from a cost matrix, without schools or streets.

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
            Whether travel to a place is weighted by its demand.

        Raises
        ------
        ProblemError
            If a table has another shape or an impossible value.
        """
        n = len(seconds)
        weight = np.ones(n) if demand is None else np.asarray(demand, dtype=np.float64)
        bad = np.flatnonzero(~(np.isfinite(weight) & (weight >= 0)))
        given = range(n) if building_ids is None else building_ids
        ids = tuple(str(b) for b in given)
        if len(bad):
            raise ProblemError(
                f"{len(bad)} places have no demand of at least 0",
                [f"{ids[k] if k < len(ids) else k}: {weight[k]}" for k in bad],
            )
        bounds = [] if capacity is None else [Workload(column="demand", at_most=capacity)]
        return cls(
            building_ids=ids,
            call_weight=weight if weigh_by_demand else np.ones(n),
            seconds=np.asarray(seconds, dtype=np.float64),
            high_school_ids=(),
            misaligned=np.zeros((n, 0), dtype=np.int64),
            with_feeder=np.zeros(n, dtype=np.int64),
            from_high_school=np.zeros((n, 0)),
            zones=zones,
            min_size=min_size,
            max_size=max_size,
            alignment=Alignment.off(),
            objective=_make_objective(objective),
            rules=(*bounds, *(_make_rule(rule) for rule in rules)),
            costs=tuple(costs),
            columns={"demand": weight},
        )

    @property
    def n(self) -> int:
        """Number of buildings to divide."""
        return len(self.building_ids)


def _copy_read_only(table: NDArray[np.float64]) -> NDArray[np.float64]:
    copy = table.copy()
    copy.flags.writeable = False
    return copy


def _table_from_high_schools(
    schools: gpd.GeoDataFrame, times: TravelTimes, high: tuple[str, ...], divided: list[str]
) -> NDArray[np.float64]:
    known = set(times.ids)
    to = times.positions(divided)
    table = np.full((len(divided), len(high)), np.nan)
    for column, school in enumerate(high):
        campus = str(schools.at[school, "campus_id"]) if school in schools.index else ""
        if campus in known:
            table[:, column] = times.seconds[times.positions((campus,))[0], to]
    return table


def find_named_buildings(given: Mapping[str, str], schools: gpd.GeoDataFrame) -> dict[str, str]:
    """Read names of zones by school, its id or its name, as names by building.

    Raises
    ------
    ProblemError
        Listing every school that is not known (with the nearest), every text that
        cannot be a name, every name given twice, and every campus with two names.
    """
    if not isinstance(given, Mapping):
        raise ProblemError(
            f"zone_names is a {type(given).__name__}: give a mapping from schools to names"
        )
    if not given:
        return {}  # most requests name no zone, and looking at every school takes a while
    faults = find_name_faults(given)
    known = SchoolNames.of(schools, ())
    found: dict[str, str] = {}
    words: dict[str, str] = {}
    for word, name in given.items():
        try:
            building = known.building(str(word))
        except ValueError as error:
            faults.append(str(error))
            continue
        if building in found:
            faults.append(f"{words[building]!r} and {word!r} are on one campus: name it once")
        found[building], words[building] = name, str(word)
    if faults:
        raise ProblemError(
            "the zone names cannot be used",
            faults,
            "Give each zone's name once, by one school that lies in it.",
        )
    return found


def find_name_faults(given: Mapping[str, str]) -> list[str]:
    """List the texts that cannot be names of zones, and the names that are given twice."""
    faults = [
        f"the name for {school!r} is {name!r}: {why}"
        for school, name in given.items()
        if (why := zone_name_fault(name)) is not None
    ]
    alike: dict[str, list[str]] = {}
    for school, name in given.items():
        alike.setdefault(plain(str(name)), []).append(str(school))
    return faults + [
        f"the name {given[same[0]]!r} is given for {', '.join(map(repr, same))}: two zones "
        "cannot have it; to keep schools in one zone, add a rule"
        for same in alike.values()
        if len(same) > 1
    ]


def _in_words(setting: object) -> object:
    """A setting as it stands in ``run.json``."""
    if isinstance(setting, Mapping):
        return dict(setting)
    if isinstance(setting, tuple):
        return [_in_words(one) for one in setting]
    if isinstance(setting, Rule | ZoneCost):
        return setting.text
    return str(setting) if isinstance(setting, Alignment) else setting


def cost_name(cost: ZoneCost) -> str:
    """The name of a cost, if it has one; else its text."""
    return str(getattr(cost, "name", cost.text))


def _make_objective(given: Objective | str | ZoneCost | OwnAmount) -> Objective | ZoneCost:
    """Turn a word into an `Objective`, and a function into an `OwnCost`."""
    if isinstance(given, ZoneCost):
        return given
    if callable(given):
        return OwnCost(name=getattr(given, "__name__", "own cost"), cost=given)
    try:
        return Objective(given)
    except ValueError:
        known = ", ".join(Objective)
        raise ProblemError(
            f"there is no objective {given!r}",
            remedy=f"Choose one of {known}, or give a function of a zone.",
        ) from None


def _make_rule(given: Rule | OwnTest) -> Rule:
    """Turn a function into an `OwnRule`."""
    if isinstance(given, Rule):
        return given
    if not callable(given):
        raise ProblemError(
            f"{given!r} is not a rule",
            remedy="Give a rule of zoning.zones, or a function of a zone.",
        )
    return OwnRule(name=getattr(given, "__name__", "own rule"), test=given)


def _require_types(
    *, times: object, calls: object, dedicated: object, rules: object, costs: object
) -> None:
    """Raise one `ProblemError` that lists the arguments of the wrong type."""
    faults = [
        f"{name} is a {type(given).__name__}: give {form}"
        for name, given, kinds, form in (
            ("times", times, TravelTimes, "TravelTimes, as of network.travel_times(schools)"),
            ("calls", calls, (CallRates, type(None)), "CallRates, as of call_rates(schools)"),
        )
        if not isinstance(given, kinds)
    ]
    faults += [
        f"{name} is {given!r}: give a list"
        for name, given in (("dedicated", dedicated), ("rules", rules), ("costs", costs))
        if isinstance(given, str) or not isinstance(given, Collection)
    ]
    if faults:
        raise ProblemError("the zone request has values of the wrong type", faults)


def _is_whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _make_presence(given: str | Mapping[str, float], calls: pd.Series) -> NDArray[np.float64]:
    """Presence by building, from a word or from minutes of dwell by building id."""
    if not isinstance(given, str):
        shares = pd.Series(dict(given), dtype=float).reindex(calls.index)
        wrong = list(shares.index[~(np.isfinite(shares) & (shares > 0))])
        if wrong:
            raise ProblemError(
                f"{len(wrong)} buildings have no presence above 0", [", ".join(first_few(wrong))]
            )
        return np.asarray(shares, dtype=np.float64)
    if given == "equal":
        return np.ones(len(calls))
    if given != "demand":
        raise ProblemError(
            f"there is no presence {given!r}",
            remedy="Choose equal or demand, or give minutes of dwell by building id.",
        )
    without = list(calls.index[calls == 0])
    if without:
        raise ProblemError(
            f"presence by demand: {len(without)} buildings have no calls",
            [", ".join(first_few(without))],
        )
    return np.asarray(calls / calls.mean(), dtype=np.float64)
