"""Whole days of one officer: presences first, then the buildings left longest ago."""

from __future__ import annotations

from zoning.patrol.day_problem import DayProblem, PlannedDay, Stop, met_presences
from zoning.patrol.tours import earliest_begins, plan_stops, shortest_round, windowed_order


def plan_day(problem: DayProblem) -> PlannedDay:
    """Plan the stops of a day; drives take the longest seconds of any period."""
    n = problem.size
    if n == 1:
        stops: tuple[Stop, ...] = (
            Stop(place=0, arrival_s=problem.start_s, departure_s=problem.end_s),
        )
    else:
        drive = problem.drive_s.max(axis=0).tolist()
        row = {building: k for k, building in enumerate(problem.building_ids)}
        slots: list[list[tuple[int, int]]] = [[] for _ in range(n)]
        for wish in problem.presences:
            low = max(wish.open_s, problem.start_s)
            high = min(wish.close_s, problem.end_s) - problem.dwell_s
            if low <= high and wish.kind == "arrival":
                slots[row[wish.building_id]].append((low, high))
        order = windowed_order(drive, slots, dwell_s=problem.dwell_s)
        begins = earliest_begins(order.places, drive, slots, dwell_s=problem.dwell_s)
        planned = plan_stops(
            drive,
            start_s=problem.start_s,
            end_s=problem.end_s,
            dwell_s=problem.dwell_s,
            windowed=list(zip(order.places, begins, strict=True)),
            tour=shortest_round(drive).places,
        )
        stops = tuple(
            Stop(place=s.place, arrival_s=s.arrival_s, departure_s=s.departure_s) for s in planned
        )
    stays: dict[str, list[tuple[int, int]]] = {}
    for stop in stops:
        building = problem.building_ids[stop.place]
        stays.setdefault(building, []).append((stop.arrival_s, stop.departure_s))
    met = met_presences(problem.presences, stays, presence_s=problem.presence_s)
    wishes = problem.presences
    return PlannedDay(
        stops=stops,
        weight=sum(wish.weight for wish, is_met in zip(wishes, met, strict=True) if is_met),
        weight_bound=sum(wish.weight for wish in wishes),
        engine="order of arrivals by CP-SAT, then the buildings left longest ago",
    )
