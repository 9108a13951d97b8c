"""Where an officer is, by the timetable, during some hours of the day."""

from __future__ import annotations

from itertools import pairwise

from zoning.patrol import OfficerDay


def presence(day: OfficerDay, from_s: float, to_s: float) -> dict[str, float]:
    """Share of a stretch of an officer's day spent at each building.

    Time on the road counts as being at the nearer end: the first half of a
    drive at its origin, the second half at its destination.

    Parameters
    ----------
    day
        The officer's timetable.
    from_s, to_s
        The stretch, seconds after midnight, within the officer's day.

    Returns
    -------
    dict
        Building id to share, in order of first visit; the shares sum to 1.
    """
    halfway = [(a.departure_s + b.arrival_s) / 2 for a, b in pairwise(day.visits)]
    bounds = [float(day.start_s), *halfway, float(day.end_s)]
    shares: dict[str, float] = {}
    for visit, (begin, end) in zip(day.visits, pairwise(bounds), strict=True):
        seconds = min(end, to_s) - max(begin, from_s)
        if seconds > 0:
            building = visit.building_id
            shares[building] = shares.get(building, 0.0) + seconds / (to_s - from_s)
    return shares
