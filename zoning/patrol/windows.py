"""When an officer's day begins and ends, and when each building wants a visit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from zoning.errors import ScheduleError
from zoning.patrol.schedule import PatrolAssumptions
from zoning.patrol.tours import Interval
from zoning.units import clock
from zoning.zones.plan import Zone, ZoneKind


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFrame:
    """The bounds of one officer's day, before any visit is planned.

    Attributes
    ----------
    start_s, end_s
        Seconds after midnight.
    bells
        Bell starts of each building of the zone, seconds after midnight, in the
        order of the sorted building ids.
    start_known, end_known
        False where the default day had to be used.
    """

    start_s: int
    end_s: int
    bells: tuple[tuple[int, ...], ...]
    start_known: bool
    end_known: bool


def day_frames(
    zones: Sequence[Zone], buildings: pd.DataFrame, *, assumptions: PatrolAssumptions
) -> list[DayFrame]:
    """The day of each zone's officer.

    A patrolling officer starts when the first arrival window opens (first bell
    less the lead), a dedicated one at the bell; both work to the last dismissal.

    Raises
    ------
    ScheduleError
        If a day would end before it starts; names every such zone.
    """
    frames = [_day_frame(zone, buildings, assumptions=assumptions) for zone in zones]
    faults = [
        f"{zone.zone_id}: ends at {clock(frame.end_s)}{'' if frame.end_known else ' (day_end_s)'}, "
        f"starts at {clock(frame.start_s)}{'' if frame.start_known else ' (day_start_s)'}"
        for zone, frame in zip(zones, frames, strict=True)
        if frame.end_s <= frame.start_s
    ]
    if faults:
        raise ScheduleError(
            f"{len(faults)} officers have no working day",
            faults,
            "Give bell_start and bell_end for these schools, or change the default day.",
        )
    return frames


def _day_frame(zone: Zone, buildings: pd.DataFrame, *, assumptions: PatrolAssumptions) -> DayFrame:
    rows = buildings.loc[sorted(zone.building_ids)]
    bells = tuple(tuple(int(bell) for bell in known) for known in rows["arrival_bells_s"])
    first = min((bell for known in bells for bell in known), default=None)
    lead = 0 if zone.kind is ZoneKind.DEDICATED else assumptions.arrival_lead_s
    dismissals = rows["bell_end_s"].dropna()
    return DayFrame(
        start_s=assumptions.day_start_s if first is None else max(0, first - lead),
        end_s=assumptions.day_end_s if dismissals.empty else int(dismissals.max()),
        bells=bells,
        start_known=first is not None,
        end_known=not dismissals.empty,
    )


def service_slots(frame: DayFrame, *, assumptions: PatrolAssumptions) -> list[list[Interval]]:
    """When a windowed visit of each building may begin, both ends included.

    From the opening of a bell's arrival window to the last moment from which a
    whole dwell still fits before it closes, within the officer's day.
    """
    dwell = assumptions.dwell_s
    slots: list[list[Interval]] = []
    for bells in frame.bells:
        bounds = (
            (
                max(bell - assumptions.arrival_lead_s, frame.start_s),
                min(bell + assumptions.arrival_lag_s, frame.end_s) - dwell,
            )
            for bell in bells
        )
        slots.append([(low, high) for low, high in bounds if low <= high])
    return slots


def is_covered(
    arrival_s: int, departure_s: int, bells: Sequence[int], *, assumptions: PatrolAssumptions
) -> bool:
    """Whether a stay holds a whole dwell inside an arrival window of a bell."""
    return any(
        max(arrival_s, bell - assumptions.arrival_lead_s) + assumptions.dwell_s
        <= min(departure_s, bell + assumptions.arrival_lag_s)
        for bell in bells
    )
