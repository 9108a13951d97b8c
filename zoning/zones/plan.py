"""A zone plan: an assignment of every building to one zone, and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, Self, TypeVar

import pandas as pd

from zoning.errors import PlanError, typed_fields
from zoning.units import counted


class ZoneKind(StrEnum):
    """How an officer serves a zone."""

    PATROL = "patrol"
    DEDICATED = "dedicated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """The buildings one officer looks after.

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


class Edits(Protocol):
    """A plan checked against a problem, and what can be changed in it; see `zoning.PlanCheck`."""

    def move(self, building_id: str, *, to: str) -> Self:
        """The plan with one building in another zone, checked."""

    def swap(self, building_id: str, other_building_id: str) -> Self:
        """The plan with two buildings in one another's zone, checked."""

    def merge(self, zone_ids: Collection[str], *, into: str | None = None) -> Self:
        """The plan with several zones made one, checked."""

    def split(
        self,
        zone_id: str,
        building_ids: Collection[str] | None = None,
        *,
        new_zone_id: str | None = None,
    ) -> Self:
        """The plan with one zone made two, checked."""


E = TypeVar("E", bound=Edits)
E_co = TypeVar("E_co", bound=Edits, covariant=True)


class Checks(Protocol[E_co]):
    """What can check a plan; see `zoning.ZoneProblem`."""

    def check(self, plan: ZonePlan) -> E_co:
        """The plan with its figures and the rules it breaks."""


@typed_fields
@dataclass(frozen=True, slots=True)
class ZonePlan:
    """Zones that put every building in exactly one of them.

    A plan does not change: `move`, `swap`, `merge` and `split` give a new one,
    scored and checked against a problem.

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
        """A plan from ``building id -> zone id``; zones in order of first use.

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

    def move(self, building_id: str, *, to: str, problem: Checks[E]) -> E:
        """A new plan with the building in another zone, scored and checked.

        A zone whose last building leaves is gone, which the answer's ``notes``
        say. A zone keeps its high school while one of its schools feeds that or,
        without feeders, while it is in the zone; else it has the one that a zone
        of a new plan has.

        Parameters
        ----------
        to
            The id of a patrol zone of the plan.
        problem
            What the plan is for, a `ZoneProblem`.

        Returns
        -------
        PlanCheck
            The new plan, its score and the rules it breaks; it can be edited in
            the same way, ``check.move(...)``.

        Raises
        ------
        PlanError
            If there is no such building or zone (says what is near), the
            building is there already, its officer stays there, or the plan's
            buildings are not the problem's.
        """
        return problem.check(self).move(building_id, to=to)

    def swap(self, building_id: str, other_building_id: str, *, problem: Checks[E]) -> E:
        """A new plan with two buildings in one another's zone, scored and checked; see `move`.

        Raises
        ------
        PlanError
            As `move`, and if both are in one zone.
        """
        return problem.check(self).swap(building_id, other_building_id)

    def merge(self, zone_ids: Collection[str], *, problem: Checks[E], into: str | None = None) -> E:
        """A new plan with several patrol zones made one, scored and checked; see `move`.

        Parameters
        ----------
        into
            Id of the one zone: one of them, or a new id; the first of
            ``zone_ids`` if None. It has the high school of the zone of that id,
            else of the first.

        Raises
        ------
        PlanError
            If there are not at least two different zones, one is unknown or
            dedicated, or ``into`` is the id of yet another zone.
        """
        return problem.check(self).merge(zone_ids, into=into)

    def split(
        self,
        zone_id: str,
        building_ids: Collection[str] | None = None,
        *,
        problem: Checks[E],
        new_zone_id: str | None = None,
    ) -> E:
        """A new plan with one patrol zone made two, scored and checked; see `move`.

        Parameters
        ----------
        building_ids
            The buildings that leave the zone. If None, the best division for
            the problem: one that keeps every rule if there is one, and among
            those the one of the least objective. Zones of up to 14 buildings are
            divided in every way there is; of larger ones many divisions are
            tried, and the answer's ``notes`` say so.
        new_zone_id
            Id of the new zone; the first ``'Zone 1'``, ``'Zone 2'`` ... that is
            free if None.

        Raises
        ------
        PlanError
            If the zone is unknown, dedicated or of one building, the buildings
            are not some but not all of its own, or the new id is taken.
        """
        return problem.check(self).split(zone_id, building_ids, new_zone_id=new_zone_id)

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
