"""A zone plan: an assignment of every building to one zone."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import pandas as pd

from zoning.errors import PlanError, first_few, typed, typed_fields
from zoning.schools.cells import as_id, is_shortened
from zoning.schools.school_names import plain
from zoning.units import counted

OFFICERS: Final = "zone_officers"
"""Column of the officers of a zone, in tables and files of plans where one has not just one."""
MAX_NAME: Final = 60
"""Most characters of a name that is given to a zone. Our choice: two lines in a slide's table."""


NO_OFFICER: Final = "none of its own"
"""What the officer of a zone does that has none."""


class ZoneKind(StrEnum):
    """How an officer serves a zone."""

    PATROL = "patrol"
    DEDICATED = "dedicated"
    ON_CALL = "on call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """The buildings that one officer serves.

    Attributes
    ----------
    zone_id
        Name on maps, slides and tables and in files: ``'Zone 7'``, or one that a
        planner gave, such as ``'North East'``. A zone has no other name.
    building_ids
        The buildings, sorted; at least one.
    high_school_id
        The high school the zone is aligned with or, where no feeders are known,
        named after; None where there is none.
    kind
        ``patrol``: one officer drives between the buildings; ``dedicated``: the
        officer stays at the one building; ``on call``: no officer goes in unless called.
    officers
        How many stay at the building of a dedicated zone, or wait outside the buildings of
        one on call: 0 where it has no officer of its own.
    """

    zone_id: str
    building_ids: tuple[str, ...]
    high_school_id: str | None = None
    kind: ZoneKind = ZoneKind.PATROL
    officers: int = 1

    @property
    def officer(self) -> str:
        """What its officers do, in words: ``'patrols'``, ``'4 stay all day'``."""
        if self.kind is ZoneKind.PATROL:
            return "patrols"
        if self.kind is ZoneKind.DEDICATED:
            return "stays all day" if self.officers == 1 else f"{self.officers} stay all day"
        return "waits outside, comes when called" if self.officers else NO_OFFICER


@typed_fields
@dataclass(frozen=True, slots=True)
class ZonePlan:
    """Zones that put every building in exactly one of them.

    A plan does not change. `zoning.check_plan` scores it, and its answer has
    edits that give a new plan.

    Raises
    ------
    PlanError
        If a building is in two zones, a zone is empty, or a zone id repeats;
        every fault in one error.
    """

    zones: tuple[Zone, ...]

    def __repr__(self) -> str:
        return (
            f"ZonePlan({counted(len(self.patrol_zones), 'patrol zone')}, "
            f"{counted(self.dedicated_officers, 'dedicated officer')}, "
            f"{counted(len(self.building_ids), 'building')})"
        )

    def __post_init__(self) -> None:
        faults = [f"{zone.zone_id} has no building" for zone in self.zones if not zone.building_ids]
        faults += [fault for zone in self.zones if (fault := _officers_fault(zone)) is not None]
        home: dict[str, str] = {}
        named: set[str] = set()
        for zone in self.zones:
            if zone.zone_id in named:
                faults.append(f"zone id {zone.zone_id!r} is used twice")
            named.add(zone.zone_id)
            for building in zone.building_ids:
                if building in home:
                    faults.append(f"{building} is in {home[building]} and in {zone.zone_id}")
                home[building] = zone.zone_id
        if faults:
            raise PlanError("the zones are not a plan", faults)

    @classmethod
    def from_assignment(
        cls,
        zone_of: Mapping[str, str],
        *,
        high_school_of: Mapping[str, str] | None = None,
        dedicated: Iterable[str] = (),
    ) -> ZonePlan:
        """Build a plan from ``building id -> zone id``; zones in order of first use.

        Parameters
        ----------
        high_school_of
            The aligned high school by zone id.
        dedicated
            Zone ids whose officer stays at the building.
        """
        members: dict[str, list[str]] = {}
        for building, zone_id in zone_of.items():
            members.setdefault(zone_id, []).append(building)
        fixed = set(dedicated)
        schools = high_school_of or {}
        return cls(
            tuple(
                Zone(
                    zone_id=zone_id,
                    building_ids=tuple(sorted(buildings)),
                    high_school_id=schools.get(zone_id),
                    kind=ZoneKind.DEDICATED if zone_id in fixed else ZoneKind.PATROL,
                )
                for zone_id, buildings in members.items()
            )
        )

    @property
    def building_ids(self) -> tuple[str, ...]:
        """Every building of the plan, sorted."""
        return tuple(sorted(b for zone in self.zones for b in zone.building_ids))

    @property
    def dedicated_officers(self) -> int:
        """How many officers stay at a building; several may stay at one."""
        return sum(zone.officers for zone in self.zones if zone.kind is ZoneKind.DEDICATED)

    @property
    def patrol_zones(self) -> tuple[Zone, ...]:
        """The zones whose officer drives between buildings."""
        return tuple(zone for zone in self.zones if zone.kind is ZoneKind.PATROL)

    @typed
    def rename(self, names: Mapping[str, str]) -> ZonePlan:
        """Give zones other names, all at once; the others keep theirs.

        Parameters
        ----------
        names
            The new name by the name until now: ``{"Zone 7": "North East"}``. Two
            zones may exchange their names.

        Raises
        ------
        PlanError
            If there is no such zone (names the nearest), a text cannot be a name, or
            two zones would have the same; every fault in one error.
        """
        known = [zone.zone_id for zone in self.zones]
        faults = [unknown_zone(old, known) for old in names if old not in known]
        faults += [
            f"{old!r} cannot be {new!r}: {why}"
            for old, new in names.items()
            if (why := zone_name_fault(new)) is not None
        ]
        if not faults:
            faults = find_alike(names.get(zone_id, zone_id) for zone_id in known)
        if faults:
            raise PlanError("the zones cannot be renamed", faults, "Nothing was renamed.")
        return ZonePlan(
            tuple(replace(z, zone_id=names.get(z.zone_id, z.zone_id)) for z in self.zones)
        )

    def zone_of(self, building_id: str) -> Zone:
        """The zone of a building; `KeyError` if the plan does not have it."""
        for zone in self.zones:
            if building_id in zone.building_ids:
                return zone
        raise KeyError(building_id)

    def to_frame(self) -> pd.DataFrame:
        """The assignment as a table.

        Returns
        -------
        DataFrame
            Index ``building_id`` (sorted); columns ``zone_id``, ``high_school_id``, ``kind`` and,
            if a zone has another number of officers than 1, ``zone_officers``.
        """
        rows = [
            (building, zone.zone_id, zone.high_school_id, str(zone.kind))
            for zone in self.zones
            for building in zone.building_ids
        ]
        frame = pd.DataFrame(rows, columns=["building_id", "zone_id", "high_school_id", "kind"])
        officers = {zone.zone_id: zone.officers for zone in self.zones}
        if set(officers.values()) - {1}:
            frame[OFFICERS] = frame["zone_id"].map(officers)
        return frame.set_index("building_id").sort_index()


def _officers_fault(zone: Zone) -> str | None:
    """Say why a zone cannot have its number of officers; None if it can."""
    if zone.kind is ZoneKind.PATROL and zone.officers != 1:
        return f"{zone.zone_id} is patrolled by {zone.officers} officers, and one patrols a zone"
    least = 0 if zone.kind is ZoneKind.ON_CALL else 1
    few = f"{zone.zone_id} has {zone.officers} officers, less than {least}"
    return few if zone.officers < least else None


def unknown_zone(given: str, known: Collection[str]) -> str:
    """Say that there is no such zone, with the nearest ids."""
    near = difflib.get_close_matches(str(given), known, n=3)
    return f"there is no zone {given!r}; {suggest(near, list(known))}"


def suggest(near: Sequence[str], known: Sequence[str]) -> str:
    """Name what is near to a wrong word, else what there is."""
    return f"near: {', '.join(near)}" if near else f"there are {', '.join(first_few(known))}"


def text_fault(text: str) -> str | None:
    """Say why a text would not be read back from a file as it is; None if it would."""
    if not text.strip():
        return "it is blank"
    if text != text.strip():
        return "it has blanks around it"
    if not text.isprintable():
        return "it has characters that cannot be printed"
    return None if as_id(text) == text else f"it would be read as {as_id(text)}"


def zone_name_fault(name: object) -> str | None:
    """Say why this cannot be the name of a zone; None if it can.

    Any text of one line can, in any writing, as long as every file gives it back as it is.
    """
    if not isinstance(name, str):
        return "it is not text"
    if len(name) > MAX_NAME:
        return f"it has {len(name)} characters, at most {MAX_NAME} fit on maps and slides"
    if is_shortened(name):
        return "it looks like a number that a spreadsheet has shortened"
    return text_fault(name)


def find_alike(zone_ids: Iterable[str]) -> list[str]:
    """List the names that no reader could tell apart: they differ by case or blanks at most."""
    alike: dict[str, list[str]] = {}
    for zone_id in zone_ids:
        alike.setdefault(plain(zone_id), []).append(zone_id)
    return [
        f"zone ids differ only by case or blanks: {', '.join(map(repr, same))}"
        if len(set(same)) > 1
        else f"{counted(len(same), 'zone')} would be called {same[0]!r}"
        for same in alike.values()
        if len(same) > 1
    ]
