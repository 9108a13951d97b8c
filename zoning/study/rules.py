"""The ``[rules]`` of a study, and the rules and prices of zones that they make on a district."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Final

from zoning.district import District
from zoning.errors import first_few
from zoning.roads import Profile
from zoning.schools.school_names import SchoolNames, plain
from zoning.settings import MINUTES, PERCENT, Fault, Location, Setting, settings, show
from zoning.zones import (
    Apart,
    AtMostMoved,
    Contiguous,
    FromHighSchool,
    HoldsHighSchool,
    Imbalance,
    InZone,
    Locked,
    LongestDrive,
    MovedBuildings,
    NotInZone,
    Rule,
    Together,
    TourLength,
    Workload,
    Zone,
    ZoneCost,
    ZoneKind,
    ZonePlan,
    adjacent_buildings,
    building_areas,
)

WORKLOAD_COLUMNS: Final = ("calls", "enrollment")
"""Columns for workloads: calls a school-day, and students."""


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolGroup:
    """Schools that belong in one zone, or apart."""

    schools: Annotated[tuple[str, ...], Setting(meaning="At least two schools, by id or name.")]


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class LockedZone:
    """A zone of today's plan that stays as it is."""

    zone: Annotated[str, Setting(meaning="A zone of today's plan.")]


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolAndZone:
    """A school that stays in, or out of, a zone of today's plan."""

    school: Annotated[str, Setting(meaning="A school, by id or name.")]
    zone: Annotated[str, Setting(meaning="A zone of today's plan.")]


_bound: Final = partial(Setting, at_least=0, default="no bound")
_drive: Final = partial(Setting, unit=MINUTES, above=0, default="no bound")
_price: Final = partial(Setting, at_least=0, default="no price")


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadBounds:
    """Bounds of a workload of every zone: a tolerance, or sums."""

    at_least: Annotated[float | None, _bound(meaning="Least sum of a zone.")] = None
    at_most: Annotated[float | None, _bound(meaning="Largest sum of a zone.")] = None
    tolerance: Annotated[
        float | None,
        _bound(meaning="How far a zone may be from the mean of all zones.", unit=PERCENT),
    ] = None

    def __post_init__(self) -> None:
        """Let the rule check the bounds, so that a fault comes with the others of the file."""
        self.rule("calls")

    def rule(self, column: str) -> Workload:
        """Make the rule on a column."""
        return Workload(
            column=column,
            at_least=self.at_least,
            at_most=self.at_most,
            tolerance=self.tolerance,
        )


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class Workloads:
    """Bounds on what the zones have to do."""

    calls: Annotated[WorkloadBounds | None, Setting(meaning="Calls of a zone on a school-day.")] = (
        None
    )
    enrollment: Annotated[WorkloadBounds | None, Setting(meaning="Students of a zone.")] = None


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What a plan pays besides travel, in minutes of drive at an average building."""

    moved_building_s: Annotated[
        float | None,
        _price(meaning="Price of each building that leaves its zone of today.", unit=MINUTES),
    ] = None
    round_trip: Annotated[
        float | None,
        _price(
            meaning="Price of each minute of a zone's round trip, in minutes.",
            key="round_trip_minutes",
        ),
    ] = None
    imbalance_calls_s: Annotated[
        float | None,
        _price(
            meaning="Price of a zone whose calls are off by one mean of all zones.", unit=MINUTES
        ),
    ] = None
    imbalance_enrollment_s: Annotated[
        float | None,
        _price(
            meaning="Price of a zone whose students are off by one mean of all zones.",
            unit=MINUTES,
        ),
    ] = None


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class RulesSettings:
    """What every plan has to keep, and what it pays for; schools are given by id or name."""

    today: Annotated[
        Path | None,
        Setting(
            meaning="Today's plan: moved buildings are counted from it, locked zones are its, and "
            "zones that continue keep their names.",
            default="none",
        ),
    ] = None
    own_high_school: Annotated[
        bool, Setting(meaning="Every zone holds the high school that it is aligned with.")
    ] = False
    contiguous: Annotated[
        bool, Setting(meaning="No building of another zone lies between the buildings of a zone.")
    ] = False
    longest_drive_s: Annotated[
        float | None,
        _drive(meaning="Longest drive allowed between two buildings of a zone."),
    ] = None
    from_high_school_s: Annotated[
        float | None,
        _drive(meaning="Longest drive allowed from the zone's high school to its buildings."),
    ] = None
    most_moved: Annotated[
        int | None,
        _bound(meaning="Most buildings that may leave their zone of today.", formerly=("moves",)),
    ] = None
    workload: Annotated[Workloads, Setting(meaning="Bounds on workloads.")] = field(
        default_factory=Workloads
    )
    prices: Annotated[Prices, Setting(meaning="Prices besides travel.")] = field(
        default_factory=Prices
    )
    together: Annotated[
        tuple[SchoolGroup, ...], Setting(meaning="Schools that belong in one zone.")
    ] = ()
    apart: Annotated[
        tuple[SchoolGroup, ...], Setting(meaning="Schools of which no zone holds two.")
    ] = ()
    locked: Annotated[
        tuple[LockedZone, ...], Setting(meaning="Zones of today that stay as they are.")
    ] = ()
    in_zone: Annotated[
        tuple[SchoolAndZone, ...], Setting(meaning="Schools that stay in a zone of today.")
    ] = ()
    not_in_zone: Annotated[
        tuple[SchoolAndZone, ...], Setting(meaning="Schools that leave a zone of today.")
    ] = ()

    def general_rules(self) -> Iterator[Rule]:
        """Make the rules that name no school and no plan: they fit any set of buildings."""
        if self.longest_drive_s is not None:
            yield LongestDrive(limit_s=self.longest_drive_s)
        for column in WORKLOAD_COLUMNS:
            bounds: WorkloadBounds | None = getattr(self.workload, column)
            if bounds is not None:
                yield bounds.rule(column)


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneRules:
    """The rules and costs of zones on a district.

    Attributes
    ----------
    rules, costs
        For `zoning.design_zones`.
    zone_names
        Names that locked zones keep, by a building of theirs.
    faults
        What is wrong with the settings; then rules and costs are not complete.
    """

    rules: tuple[Rule, ...] = ()
    costs: tuple[ZoneCost, ...] = ()
    zone_names: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()


def make_rules(
    asked: RulesSettings,
    names: SchoolNames,
    *,
    today: ZonePlan | None,
    today_is_missing: bool,
    contiguous: Callable[[], Rule],
) -> ZoneRules:
    """Make the rules and costs of a study on a district.

    Parameters
    ----------
    names
        The schools, and the buildings whose officer stays there: rules cannot name those.
    today
        Today's plan; None if there is none.
    today_is_missing
        Whether none was given, which is a fault of every rule that needs it; a plan that could
        not be read has its own.
    contiguous
        Makes the rule about neighbours, which takes seconds: only if all others could be made.
    """
    maker = _Maker(
        asked=asked, names=names, today=today, today_is_missing=today_is_missing, faults=[]
    )
    rules, costs = list(maker.rules()), list(maker.costs())
    if asked.contiguous and not maker.faults:
        rules.append(contiguous())
    return ZoneRules(rules=tuple(rules), costs=tuple(costs), faults=tuple(maker.faults))


def make_locks(
    zones: Iterable[str], schools: Iterable[str], *, plan: ZonePlan, names: SchoolNames
) -> ZoneRules:
    """Make the rules that keep zones and schools of the plan under review where they are.

    A locked zone stays as it is. A locked school stays with at least half of the others of its
    zone; of a zone of its own it may get any company. Locked schools of different zones stay
    apart, so that no two of their zones become one, and each such zone keeps its name.

    Parameters
    ----------
    zones, schools
        As a planner writes them: zones of the plan, schools by id or name.
    """
    faults: list[Fault] = []
    locked: dict[str, Zone] = {}
    kept: dict[str, tuple[Zone, list[str]]] = {}
    for word in zones:
        try:
            zone = _zone_named(word, plan, names.dedicated, of="the plan")
            locked[zone.zone_id] = zone
        except ValueError as wrong:
            faults.append(Fault(("plan", "lock"), str(wrong)))
    for word in schools:
        try:
            building = names.building(word)
            zone = _zone_around(building, plan, names)
        except ValueError as wrong:
            faults.append(Fault(("plan", "lock_schools"), str(wrong)))
            continue
        _, inside = kept.setdefault(zone.zone_id, (zone, []))
        if building not in inside:
            inside.append(building)
    free = [(zone, inside) for zone, inside in kept.values() if zone.zone_id not in locked]
    rules: list[Rule] = [Locked(zone) for zone in locked.values()]
    rules += [InZone(b, zone) for zone, inside in free for b in inside if zone.building_ids != (b,)]
    if len(free) > 1:  # the others of one zone are with the first: each has most of the zone
        rules.append(Apart(tuple(inside[0] for _, inside in free)))
    first = [(zone.building_ids[0], zone.zone_id) for zone in locked.values()]
    first += [(inside[0], zone.zone_id) for zone, inside in free]
    return ZoneRules(rules=tuple(rules), zone_names=dict(first), faults=tuple(faults))


def _zone_around(building: str, plan: ZonePlan, names: SchoolNames) -> Zone:
    """Find the zone of a building without those of dedicated officers; `ValueError` if none."""
    try:
        zone = plan.zone_of(building)
    except KeyError:
        raise ValueError(f"{building} is in no zone of the plan") from None
    if zone.kind is not ZoneKind.PATROL:
        raise ValueError(f"{building} is in {zone.zone_id}, which is not patrolled")
    patrolled = tuple(b for b in zone.building_ids if b not in names.dedicated)
    return replace(zone, building_ids=patrolled)


def _zone_named(word: str, plan: ZonePlan, dedicated: Collection[str], *, of: str) -> Zone:
    """Find a zone by its name; `ValueError` if there is none, or if its officers stay."""
    zone = {plain(zone.zone_id): zone for zone in plan.zones}.get(plain(word))
    if zone is None:
        known = [zone.zone_id for zone in plan.zones]
        near = difflib.get_close_matches(word, known, n=1)
        maybe = f"did you mean {near[0]}?" if near else f"it has {', '.join(first_few(known))}"
        raise ValueError(f"{show(word)} is not a zone of {of} ({maybe})")
    own = sorted(set(dedicated).intersection(zone.building_ids))
    if zone.kind is ZoneKind.DEDICATED or own:
        who = ", ".join(own or zone.building_ids)
        raise ValueError(f"{zone.zone_id} holds {who}, with an officer of its own")
    return zone


def make_contiguous(
    district: District, dedicated: Collection[str], *, profile: Profile
) -> Contiguous:
    """Make the rule about neighbours; those with an officer of their own are none.

    ``profile``: how an officer drives to a call, which decides where areas meet.
    """
    patrolled = [b for b in district.buildings.index if b not in set(dedicated)]
    areas = building_areas(
        patrolled,
        district.schools,
        outline=district.outline,
        network=district.network,
        profile=profile,
    )
    return Contiguous(adjacent_buildings(areas))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maker:
    """Makes rules of the settings; what cannot be made is a fault."""

    asked: RulesSettings
    names: SchoolNames
    today: ZonePlan | None
    today_is_missing: bool
    faults: list[Fault]

    def rules(self) -> Iterator[Rule]:
        """Yield every rule but contiguity."""
        asked = self.asked
        if asked.own_high_school:
            yield HoldsHighSchool()
        for key, group_rule in (("together", Together), ("apart", Apart)):
            for k, group in enumerate(getattr(asked, key)):
                if (ids := self._find_group(group, (key, k))) is not None:
                    yield group_rule(ids)
        for k, locked in enumerate(asked.locked):
            if (zone := self._find_zone(locked.zone, ("locked", k, "zone"))) is not None:
                yield Locked(zone)
        yield from self._membership()
        yield from asked.general_rules()
        if asked.from_high_school_s is not None:
            yield FromHighSchool(limit_s=asked.from_high_school_s)
        if asked.most_moved is not None:
            today = self._require_today(("most_moved",))
            if today is not None:
                yield AtMostMoved(today=today, most=asked.most_moved)

    def _membership(self) -> Iterator[Rule]:
        for key, zone_rule in (("in_zone", InZone), ("not_in_zone", NotInZone)):
            for k, pair in enumerate(getattr(self.asked, key)):
                home = self._find_building(pair.school, (key, k, "school"))
                zone = self._find_zone(pair.zone, (key, k, "zone"))
                if zone is not None and zone.building_ids == (home,):
                    what = f"{zone.zone_id} has no other building to identify it by"
                    self._fault((key, k, "zone"), what)
                elif home is not None and zone is not None:
                    yield zone_rule(home, zone)

    def costs(self) -> Iterator[ZoneCost]:
        """Yield every cost."""
        prices = self.asked.prices
        if prices.moved_building_s is not None:
            today = self._require_today(("prices", "moved_building_minutes"))
            if today is not None:
                yield MovedBuildings(today=today, price_s=prices.moved_building_s)
        if prices.round_trip is not None:
            yield TourLength(price_s=prices.round_trip)
        for column in WORKLOAD_COLUMNS:
            price_s = getattr(prices, f"imbalance_{column}_s")
            if price_s is not None:
                yield Imbalance(column=column, price_s=price_s)

    def _fault(self, where: Location, what: str) -> None:
        self.faults.append(Fault(("rules", *where), what))

    def _find_group(self, group: SchoolGroup, where: Location) -> tuple[str, ...] | None:
        """Find at least two different buildings; None after a fault."""
        where = (*where, "schools")
        homes = [self._find_building(word, where) for word in group.schools]
        known = [home for home in homes if home is not None]
        for home in dict.fromkeys(known):
            same = [word for word, at in zip(group.schools, homes, strict=True) if at == home]
            if len(same) > 1:
                self._fault(where, f"{' and '.join(map(show, same))} are one building")
        if len(group.schools) < 2:
            self._fault(where, "at least two schools are needed")
        whole = len(known) == len(group.schools) and len(set(known)) > 1
        return tuple(known) if whole else None

    def _find_building(self, word: str, where: Location) -> str | None:
        try:
            return self.names.building(word)
        except ValueError as wrong:
            self._fault(where, str(wrong))
            return None

    def _find_zone(self, word: str, where: Location) -> Zone | None:
        today = self._require_today(where)
        if today is None:
            return None
        try:
            return _zone_named(word, today, self.names.dedicated, of="today's plan")
        except ValueError as wrong:
            self._fault(where, str(wrong))
            return None

    def _require_today(self, where: Location) -> ZonePlan | None:
        if self.today is None and self.today_is_missing:
            self._fault(where, 'it needs today\'s plan: add today = "FILE" under [rules]')
        return self.today
