"""A planner's rules in a file of their own, in TOML: minutes there, seconds here."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

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
from zoning.zones.areas import adjacent_buildings, building_areas
from zoning.zones.files.plan_files import read_plan
from zoning.zones.files.school_names import SchoolNames, plain
from zoning.zones.files.toml_tables import Faults, Section, shown
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

    rules: tuple[Rule | AtMostMoved, ...] = ()
    costs: tuple[ZoneCost | MovedBuildings, ...] = ()
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
        What neighbours are told by where ``contiguous`` is asked for; see
        `zoning.zones.building_areas`.

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
    faults = Faults()
    top = Section("", _toml(place), faults)
    top.only(_KEYS)
    files = [place]
    plan = today
    told = top.text("today") if "today" in top.values else None
    if told is not None:
        files.append(place.parent / told)
        plan = _today(files[-1], schools, top)
    reader = _Reader(
        top=top, names=SchoolNames.of(schools, dedicated), plan=plan, lost="today" in top.values
    )
    rules, costs = reader.rules(), reader.costs()
    contiguous = top.flag("contiguous")
    if faults.found:
        count = len(faults.found)
        raise ProblemError(
            f"{place} has {count} fault{'s' if count > 1 else ''}",
            faults.found,
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


def _today(path: Path, schools: gpd.GeoDataFrame, top: Section) -> ZonePlan | None:
    try:
        return read_plan(path, schools)
    except PlanError as error:
        for what in error.faults or (error.headline,):
            top.fault("today", f"{path.name}: {what}")
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """The tables of the file as rules and costs; ``lost`` is a plan of today with faults."""

    top: Section
    names: SchoolNames
    plan: ZonePlan | None
    lost: bool

    def rules(self) -> list[Rule | AtMostMoved]:
        """Every rule but contiguity."""
        found: list[Rule | AtMostMoved | None] = []
        found += [HoldsHighSchool()] if self.top.flag("own_high_school") else []
        found += [self._company(one, Together) for one in self.top.tables("together")]
        found += [self._company(one, Apart) for one in self.top.tables("apart")]
        found += [self._locked(one) for one in self.top.tables("locked")]
        found += [self._homed(one, InZone) for one in self.top.tables("in_zone")]
        found += [self._homed(one, NotInZone) for one in self.top.tables("not_in_zone")]
        if (limit_s := self._minutes("longest_drive")) is not None:
            found.append(LongestDrive(limit_s=limit_s))
        if (limit_s := self._minutes("from_high_school")) is not None:
            found.append(FromHighSchool(limit_s=limit_s))
        found += self._workloads()
        if (moves := self.top.table("moves")) is not None:
            moves.only(("most",))
            most, today = moves.whole("most", needed=True), self._of_today(moves, "most")
            found.append(None if most is None or not today else AtMostMoved(today=today, most=most))
        return [rule for rule in found if rule is not None]

    def costs(self) -> list[ZoneCost | MovedBuildings]:
        """What is charged."""
        table = self.top.table("costs")
        found: list[ZoneCost | MovedBuildings] = []
        if table is None:
            return found
        table.only(_COSTS)
        moved, trip, imbalance = _COSTS
        if (price := table.number(moved)) is not None and (today := self._of_today(table, moved)):
            found.append(MovedBuildings(today=today, price_s=price * 60))
        if (price := table.number(trip)) is not None:
            found.append(TourLength(price_s=price))
        if (prices := table.table(imbalance)) is not None:
            prices.only(WORKLOAD_COLUMNS)
            found += [
                Imbalance(column=column, price_s=price * 60)
                for column in WORKLOAD_COLUMNS
                if (price := prices.number(column)) is not None
            ]
        return found

    def _company(self, table: Section, rule: type[Together | Apart]) -> Rule | None:
        table.only(("schools",))
        words = table.texts("schools")
        homes = [self._building(table, "schools", word) for word in words]
        known = [home for home in homes if home is not None]
        for home in dict.fromkeys(known):
            same = [word for word, at in zip(words, homes, strict=True) if at == home]
            if len(same) > 1:
                table.fault("schools", f"{' and '.join(map(shown, same))} are one building")
        if len(words) == 1:
            table.fault("schools", "at least two schools are needed")
        whole = len(known) == len(words) and len(set(known)) > 1
        return rule(tuple(known)) if whole else None

    def _locked(self, table: Section) -> Rule | None:
        table.only(("zone",))
        zone = self._zone(table)
        return None if zone is None else Locked(zone)

    def _homed(self, table: Section, rule: type[InZone | NotInZone]) -> Rule | None:
        table.only(("school", "zone"))
        word = table.text("school")
        home = None if word is None else self._building(table, "school", word)
        zone = self._zone(table)
        if zone is not None and zone.building_ids == (home,):
            table.fault("zone", f"{zone.zone_id} has no other building to know it by")
            return None
        return None if home is None or zone is None else rule(home, zone)

    def _minutes(self, key: str) -> float | None:
        table = self.top.table(key)
        if table is None:
            return None
        table.only(("minutes",))
        minutes = table.number("minutes", above=0, needed=True)
        return None if minutes is None else minutes * 60

    def _workloads(self) -> list[Rule | AtMostMoved | None]:
        found: list[Rule | AtMostMoved | None] = []
        table = self.top.table("workload")
        if table is None:
            return found
        table.only(WORKLOAD_COLUMNS)
        for column in WORKLOAD_COLUMNS:
            inside = table.table(column)
            if inside is None:
                continue
            before = len(inside.faults.found)
            inside.only(("at_least", "at_most", "tolerance_percent"))
            low, high = inside.number("at_least"), inside.number("at_most")
            percent = inside.number("tolerance_percent")
            if len(inside.faults.found) > before:
                continue
            share = None if percent is None else percent / 100
            try:
                found.append(Workload(column=column, at_least=low, at_most=high, tolerance=share))
            except OptionError as error:
                for what in error.faults:
                    told = what.replace("tolerance", "tolerance_percent")
                    inside.faults.add(inside.where, told)
        return found

    def _building(self, table: Section, key: str, word: str) -> str | None:
        try:
            return self.names.building(word)
        except ValueError as wrong:
            table.fault(key, str(wrong))
            return None

    def _zone(self, table: Section) -> Zone | None:
        word = table.text("zone")
        today = None if word is None else self._of_today(table, "zone")
        if word is None or today is None:
            return None
        zones = {plain(zone.zone_id): zone for zone in today.zones}
        zone = zones.get(plain(word))
        if zone is None:
            near = difflib.get_close_matches(word, [z.zone_id for z in today.zones], n=1)
            maybe = f" (did you mean {near[0]}?)" if near else ""
            table.fault("zone", f"{shown(word)} is not a zone of today's plan{maybe}")
            return None
        own = sorted(self.names.dedicated.intersection(zone.building_ids))
        if zone.kind is ZoneKind.DEDICATED or own:
            who = ", ".join(own or zone.building_ids)
            table.fault("zone", f"{zone.zone_id} holds {who}, with an officer of its own")
            return None
        return zone

    def _of_today(self, table: Section, key: str) -> ZonePlan | None:
        if self.plan is None and not self.lost:
            table.fault(key, 'it needs today\'s plan: add today = "FILE" at the top of the file')
        return self.plan
