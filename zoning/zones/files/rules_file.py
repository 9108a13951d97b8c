"""A planner's rules in a file of their own, in TOML: minutes there, seconds here."""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import geopandas as gpd
from shapely.geometry.base import BaseGeometry

from zoning.errors import OptionError, PlanError, ProblemError, typed
from zoning.inputs import (
    DEEPEST,
    LARGEST_SETTINGS_BYTES,
    MOST_DIGITS,
    TOO_DEEP,
    is_nested,
    require_size,
)
from zoning.roads.road_network import RoadNetwork
from zoning.roads.travel.profiles import Profile
from zoning.schools import buildings
from zoning.schools.school_names import SchoolNames, plain, quote_value
from zoning.units import counted
from zoning.zones.areas import adjacent_buildings, building_areas
from zoning.zones.files.plan_files import read_plan
from zoning.zones.plan import Zone, ZoneKind, ZonePlan
from zoning.zones.request.costs import Imbalance, MovedBuildings, TourLength, ZoneCost
from zoning.zones.request.rules import (
    Apart,
    AtMostMoved,
    Contiguous,
    FromHighSchool,
    HoldsHighSchool,
    InZone,
    Locked,
    LongestDrive,
    NotInZone,
    Rule,
    Together,
    Workload,
)

WORKLOAD_COLUMNS: Final = ("calls", "enrollment")
"""What a district's workloads can be counted in: calls a school-day, and students."""

_KEYS: Final = (
    "today",
    "own_high_school",
    "contiguous",
    "together",
    "apart",
    "locked",
    "in_zone",
    "not_in_zone",
    "longest_drive",
    "from_high_school",
    "workload",
    "moves",
    "costs",
)
_LONG_NUMBER: Final = re.compile(rf"[0-9a-fA-F_]{{{MOST_DIGITS + 1}}}")
_COSTS: Final = ("moved_building_minutes", "round_trip_minutes", "imbalance_minutes")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRules:
    """What a rules file asks for.

    Attributes
    ----------
    rules, costs
        For `zoning.design_zones`.
    today
        The plan that moved buildings are counted from: the file's, else the one
        that was given.
    files
        Every file that was read: the rules, and today's plan.
    """

    rules: tuple[Rule, ...] = ()
    costs: tuple[ZoneCost, ...] = ()
    today: ZonePlan | None = None
    files: tuple[Path, ...] = ()


@typed
def read_rules(
    path: str | Path,
    schools: gpd.GeoDataFrame,
    *,
    dedicated: Collection[str] = (),
    today: ZonePlan | None = None,
    outline: BaseGeometry | None = None,
    network: RoadNetwork | None = None,
    profile: str | Profile = "emergency",
) -> PlanRules:
    """The rules and costs of a TOML file, checked against a district.

    Everything in it is optional, times are in minutes, and a school is named by
    its id or, where only one has it, by its name::

        today = "today.csv"        # a plan for read_plan, beside this file
        own_high_school = true     # a zone holds its own high school
        contiguous = true          # no other zone's building lies between

        [[together]]               # in one zone; [[apart]]: no two of them are
        schools = ["Ballard High", "Kammerer Middle"]

        [[locked]]                 # a zone of today's plan stays as it is
        zone = "Zone 7"

        [[in_zone]]                # or [[not_in_zone]]
        school = "275012"
        zone = "Zone 4"            # of today's plan

        [longest_drive]            # between two buildings of a zone
        minutes = 15

        [from_high_school]         # from the zone's high school to a building
        minutes = 12

        [workload.calls]           # a school-day; or workload.enrollment
        tolerance_percent = 20     # of the mean; or at_least and at_most

        [moves]                    # buildings that leave their zone of today
        most = 10

        [costs]                    # in minutes of travel at an average building
        moved_building_minutes = 2           # each building that moves
        round_trip_minutes = 0.1             # each minute of a zone's round trip
        imbalance_minutes = { calls = 5 }    # a zone that is off by one mean

    Parameters
    ----------
    path
        The file, UTF-8; read only.
    schools
        From `zoning.read_schools`.
    dedicated
        Buildings whose officer stays there: no rule can be about them.
    today
        Today's plan, where the file names none of its own.
    outline, network, profile
        For ``contiguous``: how to draw the areas that decide which buildings are
        neighbours; see `zoning.zones.building_areas`.

    Raises
    ------
    ProblemError
        If the file cannot be read or is not TOML, or listing every fault in it
        by table and key: unknown keys, schools and zones, impossible numbers,
        a plan of today that is missing or faulty.
    NetworkError
        With ``contiguous``, if a building is too far from every street.
    """
    place = Path(path)
    faults: list[str] = []
    top = _Section("", _toml(place), faults)
    top.allow(_KEYS)
    files = [place]
    plan = today
    if (name := top.read("today", _as_text)) is not None:
        files.append(place.parent / name)
        plan = _today(files[-1], schools, top)
    reader = _Reader(
        top=top, names=SchoolNames.of(schools, dedicated), plan=plan, lost="today" in top.values
    )
    rules, costs = list(reader.rules()), list(reader.costs())
    contiguous = top.read("contiguous", _as_flag)
    if faults:
        raise ProblemError(
            f"{place} has {counted(len(faults), 'fault')}",
            faults,
            "Correct these in the file; nothing was computed.",
        )
    if contiguous:
        patrolled = [b for b in buildings(schools).index if b not in set(dedicated)]
        areas = building_areas(
            patrolled, schools, outline=outline, network=network, profile=profile
        )
        rules.append(Contiguous(adjacent_buildings(areas)))
    return PlanRules(rules=tuple(rules), costs=tuple(costs), today=plan, files=tuple(files))


def _toml(path: Path) -> Mapping[str, object]:
    require_size(path, most_bytes=LARGEST_SETTINGS_BYTES, shown=path, error=ProblemError)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        why = "it is not there" if isinstance(error, FileNotFoundError) else error.strerror
        raise ProblemError(
            f"{path} cannot be read as a rules file", [str(why)], "Check the path."
        ) from error
    except UnicodeDecodeError as error:
        raise ProblemError(
            f"{path} cannot be read as a rules file", ["it is not UTF-8 text"]
        ) from error
    try:
        if number := _LONG_NUMBER.search(text):
            line = text.count("\n", 0, number.start()) + 1
            raise ValueError(f"line {line}: a number has more than {MOST_DIGITS} digits")
        found = tomllib.loads(text)
        if is_nested(found, DEEPEST):
            raise ValueError(TOO_DEEP)
        return found
    except (ValueError, RecursionError) as error:
        raise ProblemError(
            f"{path} is not TOML that can be read",
            [TOO_DEEP if isinstance(error, RecursionError) else str(error)],
            "Texts stand in quotes, lists in brackets, each table under its [name].",
        ) from error


def _today(path: Path, schools: gpd.GeoDataFrame, top: _Section) -> ZonePlan | None:
    try:
        return read_plan(path, schools)
    except PlanError as error:
        for what in error.faults or (error.headline,):
            top.fault("today", f"{path.name}: {what}")
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Turns the tables of the file into rules and costs.

    Attributes
    ----------
    lost
        Whether the file names a plan of today, which may have faults.
    """

    top: _Section
    names: SchoolNames
    plan: ZonePlan | None
    lost: bool

    def rules(self) -> Iterator[Rule]:
        """Every rule but contiguity."""
        if self.top.read("own_high_school", _as_flag):
            yield HoldsHighSchool()
        for key, group_rule in (("together", Together), ("apart", Apart)):
            for table in self.top.tables(key, ("schools",)):
                if (ids := self._buildings(table)) is not None:
                    yield group_rule(ids)
        for table in self.top.tables("locked", ("zone",)):
            if (zone := self._zone(table)) is not None:
                yield Locked(zone)
        for key, zone_rule in (("in_zone", InZone), ("not_in_zone", NotInZone)):
            for table in self.top.tables(key, ("school", "zone")):
                if (pair := self._school_and_zone(table)) is not None:
                    yield zone_rule(*pair)
        if (limit_s := self._limit_s("longest_drive")) is not None:
            yield LongestDrive(limit_s=limit_s)
        if (limit_s := self._limit_s("from_high_school")) is not None:
            yield FromHighSchool(limit_s=limit_s)
        yield from self._workloads()
        yield from self._moves()

    def costs(self) -> Iterator[ZoneCost]:
        """Every cost."""
        table = self.top.table("costs", _COSTS)
        if table is None:
            return
        moved, trip, imbalance = _COSTS
        price = table.read(moved, _as_number)
        if price is not None and (today := self._of_today(table, moved)) is not None:
            yield MovedBuildings(today=today, price_s=price * 60)
        if (price := table.read(trip, _as_number)) is not None:
            yield TourLength(price_s=price)
        if (prices := table.table(imbalance, WORKLOAD_COLUMNS)) is not None:
            for column in WORKLOAD_COLUMNS:
                if (price := prices.read(column, _as_number)) is not None:
                    yield Imbalance(column=column, price_s=price * 60)

    def _buildings(self, table: _Section) -> tuple[str, ...] | None:
        """At least two different buildings; None after a fault."""
        words = table.read("schools", _as_texts, needed=True) or []
        homes = [self._building(table, "schools", word) for word in words]
        known = [home for home in homes if home is not None]
        for home in dict.fromkeys(known):
            same = [word for word, at in zip(words, homes, strict=True) if at == home]
            if len(same) > 1:
                table.fault("schools", f"{' and '.join(map(quote_value, same))} are one building")
        if len(words) == 1:
            table.fault("schools", "at least two schools are needed")
        whole = len(known) == len(words) and len(set(known)) > 1
        return tuple(known) if whole else None

    def _school_and_zone(self, table: _Section) -> tuple[str, Zone] | None:
        word = table.read("school", _as_text, needed=True)
        home = None if word is None else self._building(table, "school", word)
        zone = self._zone(table)
        if zone is not None and zone.building_ids == (home,):
            table.fault("zone", f"{zone.zone_id} has no other building to know it by")
            return None
        return None if home is None or zone is None else (home, zone)

    def _limit_s(self, key: str) -> float | None:
        table = self.top.table(key, ("minutes",))
        return None if table is None else table.read("minutes", _as_minutes, needed=True)

    def _moves(self) -> Iterator[Rule]:
        if (table := self.top.table("moves", ("most",))) is None:
            return
        most, today = table.read("most", _as_whole, needed=True), self._of_today(table, "most")
        if most is not None and today is not None:
            yield AtMostMoved(today=today, most=most)

    def _workloads(self) -> Iterator[Rule]:
        workload = self.top.table("workload", WORKLOAD_COLUMNS)
        for column in WORKLOAD_COLUMNS:
            before = len(self.top.faults)
            bounds = ("at_least", "at_most", "tolerance_percent")
            table = None if workload is None else workload.table(column, bounds)
            if table is None:
                continue
            low, high, percent = (table.read(key, _as_number) for key in bounds)
            if len(self.top.faults) > before:
                continue
            share = None if percent is None else percent / 100
            try:
                yield Workload(column=column, at_least=low, at_most=high, tolerance=share)
            except OptionError as error:
                for what in error.faults:
                    table.fault("", what.replace("tolerance", "tolerance_percent"))

    def _building(self, table: _Section, key: str, word: str) -> str | None:
        try:
            return self.names.building(word)
        except ValueError as wrong:
            table.fault(key, str(wrong))
            return None

    def _zone(self, table: _Section) -> Zone | None:
        word = table.read("zone", _as_text, needed=True)
        today = None if word is None else self._of_today(table, "zone")
        if word is None or today is None:
            return None
        zones = {plain(zone.zone_id): zone for zone in today.zones}
        zone = zones.get(plain(word))
        if zone is None:
            near = difflib.get_close_matches(word, [z.zone_id for z in today.zones], n=1)
            maybe = f" (did you mean {near[0]}?)" if near else ""
            table.fault("zone", f"{quote_value(word)} is not a zone of today's plan{maybe}")
            return None
        own = sorted(self.names.dedicated.intersection(zone.building_ids))
        if zone.kind is ZoneKind.DEDICATED or own:
            who = ", ".join(own or zone.building_ids)
            table.fault("zone", f"{zone.zone_id} holds {who}, with an officer of its own")
            return None
        return zone

    def _of_today(self, table: _Section, key: str) -> ZonePlan | None:
        if self.plan is None and not self.lost:
            table.fault(key, 'it needs today\'s plan: add today = "FILE" at the top of the file')
        return self.plan


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Section:
    """A table of the file, read key by key; faults are collected, not raised.

    Attributes
    ----------
    where
        Its name in a message, ``'[longest_drive]'`` or ``'[[together]] 2'``; ''
        for the file itself.
    values
        Its keys.
    faults
        The faults of the whole file, in the order they were found.
    """

    where: str
    values: Mapping[str, Any]
    faults: list[str]

    def fault(self, key: str, what: str) -> None:
        """Add a fault of a key, or of the table as a whole for ``''``."""
        self.faults.append(f"{f'{self.where} {key}'.strip()}: {what}")

    def allow(self, known: Collection[str]) -> None:
        """Add a fault for every key that is not known."""
        for key in self.values:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                instead = (
                    f" (did you mean {near[0]}?)" if near else f"; there are {', '.join(known)}"
                )
                self.fault(key, f"there is no such key{instead}")

    def read(self, key: str, parse: Callable[[Any], T], *, needed: bool = False) -> T | None:
        """A value; None if it is not there, or after a fault."""
        if key not in self.values:
            if needed:
                self.fault(key, "it is missing")
            return None
        try:
            return parse(self.values[key])
        except ValueError as wrong:
            self.fault(key, str(wrong))
            return None

    def table(self, key: str, known: Collection[str]) -> _Section | None:
        """A table, ``[key]``, with these keys; None if it is not there or not a table."""
        inside = f"{self.where.strip('[]')}.{key}" if self.where else key
        values = self.read(key, lambda value: _as_table(value, inside))
        if values is None:
            return None
        section = _Section(f"[{inside}]", values, self.faults)
        section.allow(known)
        return section

    def tables(self, key: str, known: Collection[str]) -> Iterator[_Section]:
        """Any number of tables, ``[[key]]``, with these keys."""
        listed = self.read(key, lambda value: _as_tables(value, key)) or ()
        for number, values in enumerate(listed, start=1):
            section = _Section(f"[[{key}]] {number}", values, self.faults)
            section.allow(known)
            yield section


def _as_text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{quote_value(value)} is no text; put it in quotes")
    if not value.strip():
        raise ValueError("it is blank")
    return value.strip()


def _as_texts(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise ValueError(f'{quote_value(value)} is no list; write it as ["...", "..."]')
    return [_as_text(one) for one in value]


def _as_number(value: Any) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value < 0:
        raise ValueError(f"{quote_value(value)} is not a number of 0 or more")
    return float(value)


def _as_minutes(value: Any) -> float:
    """Minutes above 0, as seconds."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value <= 0:
        raise ValueError(f"{quote_value(value)} is not a number above 0")
    return float(value) * 60


def _as_whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{quote_value(value)} is not a whole number of 0 or more")
    return value


def _as_flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{quote_value(value)} is neither true nor false")
    return value


def _as_table(value: Any, name: str) -> Mapping[str, Any]:
    if isinstance(value, list):
        raise ValueError(f"it can be given once; write [{name}], not [[{name}]]")
    if not isinstance(value, Mapping):
        raise ValueError(
            f"{quote_value(value)} is not a table; write [{name}] on a line of its own"
        )
    return value


def _as_tables(value: Any, name: str) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise ValueError(f"write each on its own, under a line [[{name}]]")
    return value
