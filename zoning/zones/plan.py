"""A zone plan: an assignment of every building to one zone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from zoning.errors import PlanError, typed_fields
from zoning.units import counted


class ZoneKind(StrEnum):
    """How an officer serves a zone."""

    PATROL = "patrol"
    DEDICATED = "dedicated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """The buildings that one officer serves.

    Attributes
    ----------
    zone_id
        Name on maps and tables, for example ``'Zone 7'``.
    building_ids
        The buildings, sorted; at least one.
    high_school_id
        The high school the zone is aligned with or, where no feeders are known,
        named after; None where there is none.
    kind
        ``patrol``: one officer drives between the buildings; ``dedicated``: the
        officer stays at the one building.
    """

    zone_id: str
    building_ids: tuple[str, ...]
    high_school_id: str | None = None
    kind: ZoneKind = ZoneKind.PATROL


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
            f"{counted(len(self.zones) - len(self.patrol_zones), 'dedicated officer')}, "
            f"{counted(len(self.building_ids), 'building')})"
        )

    def __post_init__(self) -> None:
        faults = [f"{zone.zone_id} has no building" for zone in self.zones if not zone.building_ids]
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
    def patrol_zones(self) -> tuple[Zone, ...]:
        """The zones whose officer drives between buildings."""
        return tuple(zone for zone in self.zones if zone.kind is ZoneKind.PATROL)

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
            Index ``building_id`` (sorted); columns ``zone_id``,
            ``high_school_id``, ``kind``.
        """
        rows = [
            (building, zone.zone_id, zone.high_school_id, str(zone.kind))
            for zone in self.zones
            for building in zone.building_ids
        ]
        frame = pd.DataFrame(rows, columns=["building_id", "zone_id", "high_school_id", "kind"])
        return frame.set_index("building_id").sort_index()
