"""All officers of a district share its bells: ours beside OR-Tools routing, PyVRP and VROOM.

The other tools know one travel time a pair, no breaks and no proof: each instance has the traffic
of one period and officers without a break. All solve a prize-collecting routing problem with time
windows, and are scored by the same replay. They get the seconds below; ours stops by itself.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

import geopandas as gpd
import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from zoning import design_zones, load_district
from zoning.patrol.day_problem import Ints, PresenceKind
from zoning.patrol.sharing import team_problem
from zoning.patrol.team import plan_team
from zoning.patrol.team_problem import TeamProblem
from zoning.roads import RoadNetwork
from zoning.roads.traffic import travel_by_hour
from zoning.zones.plan import ZonePlan

DAY_S = 86_400
LIMITS_S = (2, 20)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bells:
    """The instance of every tool: a visit of ``dwell_s`` begins within its window."""

    drive_s: Ints
    place: list[int]
    earliest: list[int]
    latest: list[int]
    dwell_s: int
    shifts: list[tuple[int, int]]

    @classmethod
    def of(cls, problem: TeamProblem) -> Bells:
        """A stay that begins early waits: what counts is ``presence_s`` inside the window."""
        row = {building: k for k, building in enumerate(problem.building_ids)}
        need, dwell = problem.presence_s, problem.dwell_s
        return cls(
            drive_s=problem.drive_s[0],
            place=[row[p.building_id] for p in problem.presences],
            earliest=[p.open_s + need - dwell for p in problem.presences],
            latest=[p.close_s - need for p in problem.presences],
            dwell_s=dwell,
            shifts=[(officer.start_s, officer.end_s) for officer in problem.officers],
        )

    def met(self, routes: Sequence[Sequence[int]]) -> int:
        """Number of visits that can be driven, no visit twice."""
        seen = set()
        for (start, end), route in zip(self.shifts, routes, strict=True):
            ready, here = start, None
            for j in route:
                leg = 0 if here is None else int(self.drive_s[here, self.place[j]])
                begin = max(ready + leg, self.earliest[j])
                if begin > self.latest[j] or begin + self.dwell_s > end or j in seen:
                    raise ValueError(f"the route {route} cannot be driven at {j}")
                seen.add(j)
                ready, here = begin + self.dwell_s, self.place[j]
        return len(seen)

    @property
    def drives(self) -> Ints:
        """Shape (1 + visits, 1 + visits): no drive from and to the depot, row 0."""
        at = np.array(self.place)
        drives = np.zeros((len(at) + 1,) * 2, dtype=np.int64)
        drives[1:, 1:] = self.drive_s[np.ix_(at, at)]
        return drives


def by_ortools(bells: Bells, limit_s: int) -> list[list[int]]:
    """Routing library, guided local search; matrices of integers, never a Python callback."""
    manager = pywrapcp.RoutingIndexManager(len(bells.place) + 1, len(bells.shifts), 0)
    routing = pywrapcp.RoutingModel(manager)
    drives = bells.drives
    stays = drives.copy()
    stays[1:] += bells.dwell_s
    cost = routing.RegisterTransitMatrix(drives.tolist())
    spent = routing.RegisterTransitMatrix(stays.tolist())
    routing.SetArcCostEvaluatorOfAllVehicles(cost)
    routing.AddDimension(spent, DAY_S, DAY_S, False, "time")
    clock = routing.GetDimensionOrDie("time")
    for j, (low, high) in enumerate(zip(bells.earliest, bells.latest, strict=True), 1):
        clock.CumulVar(manager.NodeToIndex(j)).SetRange(low, high)
        routing.AddDisjunction([manager.NodeToIndex(j)], 10 * DAY_S)
    for k, (start, end) in enumerate(bells.shifts):
        clock.CumulVar(routing.Start(k)).SetRange(start, end)
        clock.CumulVar(routing.End(k)).SetRange(start, end)
    search = pywrapcp.DefaultRoutingSearchParameters()
    strategy = routing_enums_pb2.FirstSolutionStrategy
    search.first_solution_strategy = strategy.PARALLEL_CHEAPEST_INSERTION
    search.local_search_metaheuristic = (
        routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    )
    search.time_limit.FromSeconds(limit_s)
    found = routing.SolveWithParameters(search)
    routes = []
    for k in range(len(bells.shifts)):
        route, at = [], found.Value(routing.NextVar(routing.Start(k)))
        while not routing.IsEnd(at):
            route.append(manager.IndexToNode(at) - 1)
            at = found.Value(routing.NextVar(at))
        routes.append(route)
    return routes


def by_pyvrp(bells: Bells, limit_s: int) -> list[list[int]]:
    """Iterated local search with optional clients whose prize exceeds all driving."""
    import pyvrp  # noqa: PLC0415
    from pyvrp.stop import MaxRuntime  # noqa: PLC0415

    model: Any = pyvrp.Model()
    places = [model.add_location(0, 0) for _ in range(len(bells.place) + 1)]
    model.add_depot(places[0])
    shifts = sorted(set(bells.shifts))
    for start, end in shifts:
        model.add_vehicle_type(
            bells.shifts.count((start, end)), tw_early=start, tw_late=end, unit_distance_cost=1
        )
    for place, low, high in zip(places[1:], bells.earliest, bells.latest, strict=True):
        model.add_client(
            place,
            service_duration=bells.dwell_s,
            tw_early=low,
            tw_late=high,
            prize=10 * DAY_S,
            required=False,
        )
    for i, row in enumerate(bells.drives.tolist()):
        for j, seconds in enumerate(row):
            if i != j:
                model.add_edge(places[i], places[j], distance=seconds, duration=seconds)
    found = model.solve(stop=MaxRuntime(limit_s), seed=0, display=False).best
    free = {shift: [k for k, s in enumerate(bells.shifts) if s == shift] for shift in shifts}
    routes: list[list[int]] = [[] for _ in bells.shifts]
    for route in found.routes():
        visits = [activity.idx for activity in route if activity.is_client()]
        routes[free[shifts[route.vehicle_type()]].pop()] = visits
    return routes


def by_vroom(bells: Bells, _: int) -> list[list[int]]:
    """Its own heuristics at the highest level of exploration."""
    import vroom  # noqa: PLC0415

    problem = vroom.Input()
    problem.set_durations_matrix("car", bells.drives.astype(np.uint32))
    for k, (start, end) in enumerate(bells.shifts):
        problem.add_vehicle(vroom.Vehicle(k, start=0, end=0, time_window=(start, end)))
    for j in range(len(bells.place)):
        problem.add_job(
            vroom.Job(
                j,
                location=j + 1,
                default_service=bells.dwell_s,
                time_windows=[vroom.TimeWindow(bells.earliest[j], bells.latest[j])],
            )
        )
    found = problem.solve(exploration_level=5, nb_threads=1)
    routes: list[list[int]] = [[] for _ in bells.shifts]
    steps = found.routes
    for vehicle, kind, job in zip(steps["vehicle_id"], steps["type"], steps["id"], strict=True):
        if kind == "job":
            routes[int(vehicle)].append(int(job))
    return routes


def show_pool(problem: TeamProblem) -> None:
    """Print the table of one instance; the officers' places are those of their zones."""
    everywhere = tuple(range(len(problem.building_ids)))
    shared = tuple(replace(officer, places=everywhere) for officer in problem.officers)
    wished = len(problem.presences)
    print(f"{'':<34}{'met':>6}{'of':>6}{'at most':>9}{'drive h':>9}{'seconds':>9}{'CPU s':>8}")
    for name, officers in (("zone by zone", problem.officers), ("ours, shared", shared)):
        started, cpu = time.perf_counter(), time.process_time()
        plan = plan_team(replace(problem, officers=officers))
        spent, cpu = time.perf_counter() - started, time.process_time() - cpu
        print(
            f"{name:<34}{plan.weight:>6}{wished:>6}{plan.weight_bound:>9}"
            f"{plan.driving_s / 3600:>9.1f}{spent:>9.1f}{cpu:>8.1f}"
        )
    bells = Bells.of(problem)
    for package, name, solve, limits in (
        ("ortools", "OR-Tools routing", by_ortools, LIMITS_S),
        ("pyvrp", "PyVRP", by_pyvrp, LIMITS_S),
        ("vroom", "VROOM", by_vroom, (0,)),
    ):
        if find_spec(package) is None:
            print(f"{name}: skipped, it is not installed")
            continue
        for limit_s in limits:
            started, cpu = time.perf_counter(), time.process_time()
            routes = solve(bells, limit_s)
            spent, cpu = time.perf_counter() - started, time.process_time() - cpu
            drive = sum(
                int(bells.drive_s[bells.place[a], bells.place[b]])
                for route in routes
                for a, b in itertools.pairwise(route)
            )
            limit = f", {limit_s} s" if limit_s else ""
            print(
                f"{name + limit:<34}{bells.met(routes):>6}{wished:>6}{'':>9}"
                f"{drive / 3600:>9.1f}{spent:>9.1f}{cpu:>8.1f}"
            )


def show_pools(plan: ZonePlan, schools: gpd.GeoDataFrame, network: RoadNetwork) -> None:
    """Print three instances of a district."""
    free = network.travel_times(schools, profile="free_flow")
    problem = team_problem(
        plan, schools, free, times_by_hour=travel_by_hour(network, schools, free)
    )
    arrivals = tuple(p for p in problem.presences if p.kind is PresenceKind.ARRIVAL)
    begin = min(p.open_s for p in arrivals)
    period = int(np.searchsorted(problem.period_begins_s, begin, side="right")) - 1
    plain = replace(
        problem,
        period_begins_s=np.array([0]),
        drive_s=problem.drive_s[[period]],
        officers=tuple(
            replace(o, break_s=0, from_base_s=None, to_base_s=None) for o in problem.officers
        ),
    )
    print("\nevery presence of the day, 5 minutes count, traffic of arrival, no break")
    show_pool(plain)
    print("\narrivals, 5 minutes count, traffic of arrival")
    show_pool(replace(plain, presences=arrivals))
    print("\narrivals, the whole dwell of 12 minutes in the window, free flow, shifts from 6:00")
    early = tuple(replace(o, start_s=6 * 3600) for o in plain.officers)
    show_pool(
        replace(
            plain,
            presences=arrivals,
            presence_s=problem.dwell_s,
            drive_s=problem.drive_s[[0]],
            officers=early,
        )
    )


if __name__ == "__main__":
    district = load_district("jefferson")
    assert district.network is not None
    times = district.network.travel_times(district.schools, profile="emergency")
    zones = design_zones(district.schools, times, zones=30).plan
    assert zones is not None
    show_pools(zones, district.schools, district.network)
