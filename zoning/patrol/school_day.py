"""What a school day asks of patrols: when buildings are open, and where officers are wished."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import pandas as pd

from zoning.errors import ScheduleError
from zoning.patrol.assumptions import PatrolAssumptions
from zoning.patrol.day_problem import PresenceKind, WishedPresence
from zoning.schools.buildings import CLOSED, HIGH_LEVELS
from zoning.units import clock, counted

_NONE: Mapping[str, Any] = MappingProxyType({})
WISH_COLUMNS = ("arrival", "lunch", "dismissal", "least_visits", "longest_gap_s")
"""Columns of wishes, by building: weights of presences, visits, seconds without a visit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolDay:
    """What a day asks for at each building.

    Attributes
    ----------
    hours
        Opening and closing by building id, seconds after midnight: from the opening of its first
        arrival window to the closing of its last dismissal window. A building that is not here
        has no open hours.
    presences
        Where officers are wished, by building and time.
    least_visits, longest_gap_s
        By building id, what is wished; nothing where a building is not here.
    assumed_ids
        Buildings whose hours are the default, since a bell is unknown, sorted.
    has_own_wishes
        Whether single buildings wish something else than the settings have for all.
    """

    hours: Mapping[str, tuple[int, int]] = field(default_factory=lambda: _NONE)
    presences: tuple[WishedPresence, ...] = ()
    least_visits: Mapping[str, int] = field(default_factory=lambda: _NONE)
    longest_gap_s: Mapping[str, int] = field(default_factory=lambda: _NONE)
    assumed_ids: tuple[str, ...] = ()
    has_own_wishes: bool = False

    def presences_at(self, building_ids: Iterable[str]) -> tuple[WishedPresence, ...]:
        """The wished presences at some buildings."""
        ids = set(building_ids)
        return tuple(wish for wish in self.presences if wish.building_id in ids)


def make_school_day(
    buildings: pd.DataFrame,
    *,
    assumptions: PatrolAssumptions,
    wishes: pd.DataFrame | None = None,
) -> SchoolDay:
    """Find the open hours of buildings, and where officers are wished.

    Parameters
    ----------
    buildings
        From `zoning.schools.buildings`; those of a calendar day have that day's bells, and
        may be closed.
    assumptions
        Windows and weights.
    wishes
        Index building id, some of the columns `WISH_COLUMNS`; a building that is missing, or
        a missing value, has the assumption. Lunch is wished at high schools alone, and where a
        weight is given.

    Raises
    ------
    ScheduleError
        If the wishes name unknown buildings or have values that are none; all faults at once.
    """
    asked = _read_wishes(wishes, buildings)
    hours: dict[str, tuple[int, int]] = {}
    presences: list[WishedPresence] = []
    least: dict[str, int] = {}
    gaps: dict[str, int] = {}
    assumed: list[str] = []
    if CLOSED in buildings:
        buildings = buildings[~buildings[CLOSED].astype(bool)]
    bells = buildings["arrival_bells_s"], buildings["dismissal_bells_s"], buildings["level"]
    for building, starts, ends, level in zip(map(str, buildings.index), *bells, strict=True):
        wish = asked.get(building, {})
        windows = {
            PresenceKind.ARRIVAL: [
                (bell, bell - assumptions.arrival_lead_s, bell + assumptions.arrival_lag_s)
                for bell in map(int, starts)
            ],
            PresenceKind.DISMISSAL: [
                (bell, bell - assumptions.dismissal_lead_s, bell + assumptions.dismissal_lag_s)
                for bell in map(int, ends)
            ],
        }
        opens = min((a for _, a, _ in windows[PresenceKind.ARRIVAL]), default=None)
        closes = max((b for _, _, b in windows[PresenceKind.DISMISSAL]), default=None)
        if opens is None or closes is None:
            assumed.append(building)
        day = (
            assumptions.day_start_s if opens is None else max(0, opens),
            assumptions.day_end_s if closes is None else closes,
        )
        if day[0] >= day[1]:
            continue
        hours[building] = day
        lunch = max(day[0], assumptions.lunch_from_s), min(day[1], assumptions.lunch_to_s)
        if lunch[1] - lunch[0] >= assumptions.presence_s and (
            level in HIGH_LEVELS or PresenceKind.LUNCH in wish
        ):
            windows[PresenceKind.LUNCH] = [(-1, *lunch)]
        for kind, found in windows.items():
            weight = wish.get(kind, assumptions.weight(kind))
            presences += [
                WishedPresence(
                    building_id=building,
                    kind=kind,
                    open_s=max(0, opening),
                    close_s=closing,
                    weight=weight,
                    bell_s=None if bell < 0 else bell,
                )
                for bell, opening, closing in found
                if weight > 0
            ]
        least[building] = wish.get("least_visits", assumptions.least_visits)
        gap = wish.get("longest_gap_s", assumptions.longest_gap_s)
        if gap is not None:
            gaps[building] = gap
    _require_hours(buildings, hours, assumptions)
    presences.sort(key=lambda wish: (wish.building_id, wish.open_s, wish.kind))
    return SchoolDay(
        hours=MappingProxyType(hours),
        presences=tuple(presences),
        least_visits=MappingProxyType(least),
        longest_gap_s=MappingProxyType(gaps),
        assumed_ids=tuple(sorted(assumed)),
        has_own_wishes=bool(asked),
    )


def _require_hours(
    buildings: pd.DataFrame,
    hours: Mapping[str, tuple[int, int]],
    assumptions: PatrolAssumptions,
) -> None:
    """Raise unless every building closes after it opens."""
    faults = []
    start = f"{clock(assumptions.day_start_s)} (day_start_s)"
    end = f"{clock(assumptions.day_end_s)} (day_end_s)"
    bells = buildings["arrival_bells_s"], buildings["dismissal_bells_s"]
    for building, starts, ends in zip(map(str, buildings.index), *bells, strict=True):
        if building not in hours:
            first = f"the bell at {clock(min(starts))}" if starts else start
            last = f"the bell at {clock(max(ends))}" if ends else end
            faults.append(f"{building}: opens for {first}, closes after {last}")
    if faults:
        raise ScheduleError(
            f"{counted(len(faults), 'building')} would close before opening",
            faults,
            "Give bell_start and bell_end for these schools, or change the default day.",
        )


def _read_wishes(wishes: pd.DataFrame | None, buildings: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Read the wishes by building; a missing value is left out."""
    if wishes is None:
        return {}
    faults = [f"{c!r} is no column of wishes" for c in wishes if c not in WISH_COLUMNS]
    ids = [str(i) for i in wishes.index]
    faults += [f"{i} is no building of the schools" for i in ids if i not in buildings.index]
    faults += [f"{i} has wishes twice" for i in sorted({i for i in ids if ids.count(i) > 1})]
    read: dict[str, dict[str, int]] = {}
    for building, row in zip(ids, wishes.to_dict("records"), strict=True):
        for column, value in row.items():
            if column not in WISH_COLUMNS or value is None or value != value:  # noqa: PLR0124
                continue
            try:
                number = int(value)
            except (TypeError, ValueError, OverflowError):
                number = -1
            lowest = 1 if column == "longest_gap_s" else 0
            if number < lowest or number != value:
                faults.append(f"{building}: {column} is {value!r}, not a whole number")
            else:
                read.setdefault(building, {})[str(column)] = number
    if faults:
        raise ScheduleError(
            "the wishes cannot be used",
            faults,
            f"Give building ids as index, and columns of {', '.join(WISH_COLUMNS)}.",
        )
    return read
