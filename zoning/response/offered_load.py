"""What calls ask of officers, and whether a queue would ever end."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoning.response.assumptions import OUTSIDE
from zoning.response.call_sample import mean_drive_factor
from zoning.response.intervals import BATCH
from zoning.response.simulated_district import SimulatedDistrict

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OfferedLoad:
    """What the calls ask of the officers, over the time they are on duty.

    Attributes
    ----------
    by_zone
        Shape (zones,): of the first officers of the zone's calls; ``inf`` if the post is
        always empty. Officers of the whole district, if there are any, are one more zone.
    total
        Of all officers, second officers included.
    is_overloaded
        Whether a queue would never end.
    headroom
        Multiple of the calls from which it would not.
    """

    by_zone: Floats
    total: float
    is_overloaded: bool
    headroom: float

    @classmethod
    def of(cls, district: SimulatedDistrict) -> OfferedLoad:
        """The load with drives of officers who are on the timetable."""
        assumed, timetables = district.assumed, district.timetables
        idle = district.simulate(BATCH, no_calls=True)
        known = np.where(np.isnan(idle.drive_s), 0.0, idle.density)
        drives = (known * np.nan_to_num(idle.drive_s)).sum(axis=0) / np.maximum(
            known.sum(axis=0), 1e-300
        )
        routine = 1 + (1 - district.emergency) * (assumed.routine_drive_factor - 1)
        slower = mean_drive_factor(assumed.drive_spread) * routine
        service = assumed.turnout_s + drives * slower + assumed.on_scene_s
        asked = np.bincount(
            timetables.home,
            weights=district.rates * service,
            minlength=len(timetables.zones) - 1,
        )
        has = district.by_zone(district.lengths_s(on_call=True))
        # Officers who answer no call of another zone only serve the own zone.
        zone_of = np.repeat(np.arange(len(has)), np.diff(timetables.zones))
        elsewhere = timetables.serves & (timetables.home != zone_of[:, None])
        helps = district.by_zone(elsewhere.any(axis=1)) > 0
        seconds = assumed.second_officer_share * asked.sum() if helps.any() else 0.0
        excess = np.maximum(asked - has, 0.0)[~helps]
        if helps.any():
            # A second officer is only sent if one is free, so seconds make no queue longer.
            is_overloaded = asked[helps].sum() + excess.sum() >= has[helps].sum()
        else:
            # Where all posts of a zone are empty, nobody answers: other days have a queue.
            staffed = (district.by_zone(~district.empty.T) > 0).mean(axis=1)
            is_overloaded = bool(((asked * staffed >= has) & (asked * staffed > 0)).any())
        with np.errstate(divide="ignore", invalid="ignore"):
            by_zone = np.where(asked > 0, asked / has, 0.0)
        everybody = has.sum()
        return cls(
            by_zone=by_zone,
            total=float((asked.sum() + seconds) / everybody) if everybody else math.inf,
            is_overloaded=bool(is_overloaded) and assumed.when_all_busy != OUTSIDE,
            headroom=math.inf
            if assumed.when_all_busy == OUTSIDE
            else headroom(np.where((has > 0) | helps.any(), asked, 0.0), has, helps),
        )


def headroom(asked: NDArray[Any], has: Floats, helps: NDArray[np.bool_]) -> float:
    """Multiple of the calls from which a queue would never end; ``inf`` without calls.

    What officers who help each other are asked for as first officers, with what those who serve
    one zone cannot do, grows with the calls, in pieces of straight lines.
    """
    if not asked.any():
        return math.inf
    if not helps.any():
        return float((has[asked > 0] / asked[asked > 0]).min())
    total, alone = asked[helps].sum(), ~helps & (asked > 0)
    filled = has[alone] / asked[alone]  # from this multiple on, one who serves alone is full
    turns, spare = np.sort(filled), has[helps].sum()
    for before in [0.0, *turns.tolist()]:
        full = filled <= before
        slope = total + asked[alone][full].sum()
        if slope <= 0:
            continue
        root = (spare + has[alone][full].sum()) / slope
        beyond = turns[turns > before]
        if root <= (beyond[0] if len(beyond) else math.inf):
            return float(root)
    return math.inf
