"""Several officers who share wished presences: two in one zone, or all of a district.

Bells come in waves, and a wave is short: between the first and the last moment of a window of
half an hour an officer stays at two or three buildings. So all routes of a wave can be listed,
and which of them together meet the most is a set packing problem, solved exactly by MILP. The sum
of the optima of all waves is a bound on the day (each plan of a day is a plan of every wave). The
day is made wave by wave: routes that no officer reaches in time from where the last wave ended
are ruled out by Hall's condition, and an assignment with the least driving joins the others. If
the day meets as much as the bound, it is proved. A team with few presences whose waves do not
join is solved as one wave, exactly; an officer who shares with nobody by `best_presences`.

References
----------
Balinski and Quandt (1964), On an integer program for a delivery problem, Operations Research
12(2): routes as columns. Hall (1935), On representatives of subsets.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from ortools.math_opt.python import mathopt
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from zoning.patrol.day_problem import Ints, PlannedDay, PresenceKind, WishedPresence
from zoning.patrol.presences import best_presences
from zoning.patrol.team_problem import NEVER, Bools, TeamModel, TeamProblem
from zoning.zones.search.interruptible import integer_result

_ROUTES: Final = 60_000
"""Most routes that are listed for a wave. Our choice: a wave of 50 buildings has some 2,000."""
_LABELS: Final = 20_000
"""Most partial days that are listed for a small team. Our choice: about a second's work."""
_NODES: Final = 20_000
"""Limit of branch-and-bound nodes of a set packing; Jefferson's need none. Not a clock, so that
the same input gives the same plan."""
_CHEAPEST: Final = 20
_DRIVING_GAP: Final = 0.01
"""Driving is not proved least: each officer looks at so many sets of a length, to within 1 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamPlan:
    """Who meets which of the shared presences.

    Attributes
    ----------
    officer_ids
        The officers, in the problem's order.
    days
        For each of them the stops for the presences alone, with the break; the time between them
        is left to the search of a single day.
    met
        For each officer the presences to meet, in order of time; none is given to two.
    weight, weight_bound
        Weights of the presences met, and a number that no plan of the problem exceeds.
    driving_s
        Seconds that all officers drive, from and to the bases included.
    engine
        What found it and what is proved, in words for a planner.
    """

    officer_ids: tuple[str, ...]
    days: tuple[PlannedDay, ...]
    met: tuple[tuple[WishedPresence, ...], ...]
    weight: int
    weight_bound: int
    driving_s: int
    engine: str

    @property
    def is_proved(self) -> bool:
        """Whether no plan meets more."""
        return self.weight == self.weight_bound


def plan_team(problem: TeamProblem) -> TeamPlan:
    """Share the wished presences among officers so that the weights met are most.

    Driving comes second and is not proved least.

    Raises
    ------
    ScheduleError
        If an officer cannot reach any building, take the break there and end the shift in time;
        names every such officer.
    """
    model = TeamModel(problem)
    model.require_days()
    count = len(problem.officers)
    stops = [model.timetable(k, ()) for k in range(count)]
    met: list[tuple[WishedPresence, ...]] = [() for _ in range(count)]
    engines = set()
    bound = 0
    for officers, services in model.groups():
        if len(officers) == 1:
            k = int(officers[0])
            day, rows = model.day_of(k)
            alone = best_presences(day)
            stops[k] = tuple(replace(stop, place=rows[stop.place]) for stop in alone.stops)
            met[k] = tuple(day.presences[j] for j in alone.met)
            most = alone.weight_bound
            engines.add(alone.engine)
        else:
            chains, most = _plan_by_waves(model, officers, services)
            if model.weigh(itertools.chain(*chains)) < most:
                chains, most = _plan_whole_day(model, officers, services) or (chains, most)
            for k, chain in zip(officers.tolist(), chains, strict=True):
                stops[k] = model.timetable(k, chain)
                met[k] = tuple(model.wishes[j] for j in chain)
            if not model.stops_never_help:
                most = model.weigh(services.tolist())
            engines.add(_ENGINE)
        bound += most
    weights = [sum(wish.weight for wish in own) for own in met]
    weight = sum(weights)
    engine = "; ".join(sorted(engines))
    days = [
        PlannedDay(stops=day, weight=own, weight_bound=own, engine=engine)
        for day, own in zip(stops, weights, strict=True)
    ]
    return TeamPlan(
        officer_ids=tuple(officer.officer_id for officer in problem.officers),
        days=tuple(days),
        met=tuple(met),
        weight=weight,
        weight_bound=bound,
        driving_s=sum(model.driving(k, day) for k, day in enumerate(stops)),
        engine=f"{engine}; " + ("proved" if weight == bound else f"at most {bound} is proved"),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PresencePool:
    """Presences met zone by zone, and by all officers together.

    Attributes
    ----------
    zone_by_zone, shared
        What the officers meet where each stays with the own buildings, and where all of them
        share all.
    wished
        Number of presences wished, by kind.
    metres
        Shape (n, n): metres from building to building; None if unknown.
    """

    zone_by_zone: TeamPlan
    shared: TeamPlan
    wished: Mapping[PresenceKind, int]
    metres: NDArray[np.float64] | None = None

    def to_frame(self) -> pd.DataFrame:
        """Both ways as a table, for the district as a whole.

        Returns
        -------
        DataFrame
            Index ``officers`` (``zone by zone``, ``all share all``); columns for each kind that
            is wished, such as ``arrivals_met`` and ``arrivals_wished``; ``weight``,
            ``weight_bound`` (no plan meets more); ``driving_s`` and ``metres`` between these
            presences and the bases; metres without the drives from and to a base, and only where
            they are known.
        """
        rows = []
        for plan in (self.zone_by_zone, self.shared):
            row: dict[str, float] = {}
            for kind, wished in self.wished.items():
                name = kind.plural
                row[f"{name}_met"] = sum(p.kind is kind for met in plan.met for p in met)
                row[f"{name}_wished"] = wished
            row |= {"weight": plan.weight, "weight_bound": plan.weight_bound}
            row["driving_s"] = plan.driving_s
            if self.metres is not None:
                legs = [pair for day in plan.days for pair in itertools.pairwise(day.stops)]
                row["metres"] = float(sum(self.metres[a.place, b.place] for a, b in legs))
            rows.append(row)
        index = pd.Index(["zone by zone", "all share all"], name="officers")
        return pd.DataFrame(rows, index=index)


def pool_presences(
    problem: TeamProblem, *, metres: NDArray[np.float64] | None = None
) -> PresencePool:
    """Compare officers who stay with their own buildings with officers who share all.

    Parameters
    ----------
    problem
        Each officer with the buildings of the own zone. A base needs its drives to all buildings.
    metres
        Shape (n, n): metres from building to building, if known.

    Raises
    ------
    ScheduleError, UnreachableError
        As `plan_team` and `TeamProblem`: if all share all, every building has to be reached from
        every other.
    """
    everywhere = tuple(range(len(problem.building_ids)))
    officers = tuple(replace(officer, places=everywhere) for officer in problem.officers)
    kinds = [presence.kind for presence in problem.presences]
    return PresencePool(
        zone_by_zone=plan_team(problem),
        shared=plan_team(replace(problem, officers=officers)),
        wished={kind: kinds.count(kind) for kind in PresenceKind if kind in kinds},
        metres=metres,
    )


_ENGINE: Final = "set packing of all routes between bells (HiGHS), joined by assignment"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Routes:
    """Ordered presences of one officer, one route a row, and the sets that they meet.

    Attributes
    ----------
    services
        Shape (routes, longest): -1 behind the end.
    set_of
        Shape (routes,): row of ``sets``.
    sets
        Shape (sets, longest): the same presences sorted.
    is_complete
        Whether no route is longer.
    """

    services: Ints
    set_of: Ints
    sets: Ints
    is_complete: bool

    @classmethod
    def of(cls, levels: Sequence[Ints], *, is_complete: bool) -> _Routes:
        longest = levels[-1].shape[1]
        services = np.concatenate(
            [np.pad(s, ((0, 0), (0, longest - s.shape[1])), constant_values=-1) for s in levels]
        )
        sets, set_of = np.unique(np.sort(services, axis=1), axis=0, return_inverse=True)
        return cls(services=services, set_of=set_of.reshape(-1), sets=sets, is_complete=is_complete)


def _list_routes(model: TeamModel, wave: Ints) -> Iterator[_Routes]:
    """List the routes of a wave, those of one presence first, then ever longer ones.

    The officer may be anywhere before the wave, and has the break at another time. Stops if no
    route is longer, or if the next would be too many.
    """
    levels = [wave[:, None]]
    ready = model.open[wave] + model.need
    while True:
        last = levels[-1]
        if len(last) * len(wave) > 40 * _ROUTES:
            yield _Routes.of(levels, is_complete=False)
            return
        longer = model.go(model.place[last[:, -1:]], ready[:, None], wave[None, :])
        longer = np.where((last[:, :, None] == wave).any(axis=1), NEVER, longer)
        at, service = np.nonzero(longer < NEVER)
        yield _Routes.of(levels, is_complete=not len(at))
        if not len(at) or sum(map(len, levels)) + len(at) > _ROUTES:
            return
        ready = longer[at, service]
        levels.append(np.column_stack([last[at], wave[service]]))


def _most_services(model: TeamModel, wave: Ints) -> int:
    """At most how many presences of a wave one officer meets, by time alone."""
    places = model.place[wave]
    among = model.drive.min(axis=0)[np.ix_(np.unique(places), np.unique(places))]
    quickest = int(among[~np.eye(len(among), dtype=bool)].min(initial=0))
    # From the end of the first stay to the begin of the last there is time for a drive before
    # each stay but the first, and for a dwell at all but those two.
    time = int(model.close[wave].max() - model.open[wave].min()) - 2 * model.need
    stays = (time + 2 * model.dwell + quickest) // (model.dwell + quickest)
    return min(len(wave), max(stays, 1) * int(np.bincount(places).max()))


def _plan_by_waves(model: TeamModel, officers: Ints, services: Ints) -> tuple[list[list[int]], int]:
    """Make the day wave by wave; return chains and a bound on the weight."""
    place, before, after = model.start_state(officers)
    fresh = _State(place, before, after)
    state = fresh
    chains: list[list[int]] = [[] for _ in officers]
    bound = 0
    for wave in model.waves(services):
        total = model.weigh(wave.tolist())
        for routes in _list_routes(model, wave):
            ends = _drive_routes(model, officers, state, routes)
            chosen, most = _pack(model, routes, ends.feasible, repeat=1)
            weight = model.weigh([j for s in chosen for j in routes.sets[s].tolist() if j >= 0])
            if weight == total:
                break
        if weight < total:
            alone = _drive_routes(model, officers, fresh, routes).feasible
            longest = routes.sets.shape[1]
            repeat = 1 if routes.is_complete else -(-_most_services(model, wave) // longest)
            _, most = _pack(model, routes, alone, repeat=repeat)
            bound += min(total, most)
        else:
            bound += total
        state, met = _assign(model, routes, chosen, ends, state)
        chains = [[*chain, *more] for chain, more in zip(chains, met, strict=True)]
    return chains, bound


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """Where officers are, and when they are ready to leave: break to come, break taken."""

    place: Ints
    before: Ints
    after: Ints


@dataclass(frozen=True, slots=True, eq=False)
class _Ends:
    """What comes of each route for each officer, shape (officers, routes).

    Attributes
    ----------
    place, before, after
        The state at the end of the route.
    cost
        Seconds of driving by the traffic of the presences; `NEVER` if the officer cannot.
    feasible
        Shape (officers, sets): whether the officer can meet the set, in some order.
    """

    place: Ints
    before: Ints
    after: Ints
    cost: Ints
    feasible: Bools


def _drive_routes(model: TeamModel, officers: Ints, state: _State, routes: _Routes) -> _Ends:
    """Let each officer drive each route from where the officer is."""
    shape = len(officers), len(routes.services)
    who = officers[:, None]
    place, before, after = (
        np.broadcast_to(moment[:, None], shape)
        for moment in (state.place, state.before, state.after)
    )
    cost = np.zeros(shape, dtype=np.int64)
    can = np.ones(shape, dtype=bool)
    for column in routes.services.T:
        goes = column[None, :] >= 0
        there = model.place[column][None, :]
        ready, taken = model.advance(who, place, before, after, column[None, :])
        cost = cost + np.where(goes, model.drive[model.period[column][None, :], place, there], 0)
        before, after = np.where(goes, ready, before), np.where(goes, taken, after)
        can &= model.allowed[who, there] | ~goes
        place = np.where(goes, there, place)
    can &= model.home(who, place, before, after) <= model.end[who]
    order = np.argsort(routes.set_of, kind="stable")
    starts = np.searchsorted(routes.set_of[order], np.arange(len(routes.sets)))
    return _Ends(
        place=place,
        before=before,
        after=after,
        cost=np.where(can, cost, NEVER),
        feasible=np.logical_or.reduceat(can[:, order], starts, axis=1),
    )


def _pack(
    model: TeamModel, routes: _Routes, feasible: Bools, *, repeat: int
) -> tuple[list[int], int]:
    """Choose sets for different officers that meet the most; return them and a bound.

    Parameters
    ----------
    feasible
        Shape (officers, sets): whether the officer can meet the set.
    repeat
        How many sets each officer may be given. A route of any length is a sequence of so many
        listed ones, so with this the bound holds where not all routes are listed.
    """
    usable = np.flatnonzero(feasible.any(axis=0))
    if not len(usable):
        return [], 0
    can = np.repeat(feasible[:, usable], repeat, axis=0)
    sets = routes.sets[usable]
    weight = np.where(sets >= 0, model.weight[sets], 0).sum(axis=1)
    # Of plans that meet as much, one with few stops that are driven to in vain: the least driving
    # inside the sets. A weight counts more than all of it.
    inside = _inside_cost(model, routes)[usable]
    worth = 1 + min(len(can), len(model.place)) * int(inside.max())
    program = mathopt.Model(name="presences")
    taken = [program.add_binary_variable() for _ in usable]
    program.maximize(
        mathopt.fast_sum(
            [float(worth * w - c) * x for w, c, x in zip(weight, inside, taken, strict=True)]
        )
    )
    program.add_linear_constraint(mathopt.fast_sum(taken) <= len(can))
    meets: dict[int, list[Any]] = {}
    for x, row in zip(taken, sets.tolist(), strict=True):
        for j in row:
            if j >= 0:
                meets.setdefault(j, []).append(x)
    for variables in meets.values():
        program.add_linear_constraint(mathopt.fast_sum(variables) <= 1)
    while True:
        result = integer_result(
            program,
            params=mathopt.SolveParameters(
                relative_gap_tolerance=0.0, node_limit=_NODES, random_seed=0
            ),
        )
        values = result.variable_values(taken)
        chosen = np.flatnonzero(np.array(values) > 0.5)
        most = int(np.floor((result.best_objective_bound() + worth - 1) / worth + 1e-6))
        short = _too_few_officers(can, chosen)
        if not short:
            return usable[chosen].tolist(), most
        for group in short:
            only = ~can[~group].any(axis=0)
            program.add_linear_constraint(
                mathopt.fast_sum([taken[s] for s in np.flatnonzero(only)]) <= int(group.sum())
            )


def _inside_cost(model: TeamModel, routes: _Routes) -> Ints:
    """Least driving between the presences of each set, seconds."""
    services = routes.services
    cost = np.zeros(len(services), dtype=np.int64)
    for a, b in itertools.pairwise(services.T):
        drive = model.drive[model.period[b], model.place[a], model.place[b]]
        cost += np.where(b >= 0, drive, 0)
    least = np.full(len(routes.sets), NEVER)
    np.minimum.at(least, routes.set_of, cost)
    return least


def _too_few_officers(can: Bools, chosen: Ints) -> list[Bools]:
    """Groups of officers who alone can meet more of the chosen sets than they are.

    Empty if each set can have an officer of its own (Hall 1935).
    """
    among = csr_array(can[:, chosen].T)
    officer_of = maximum_bipartite_matching(among, perm_type="column")
    set_of = {int(o): s for s, o in enumerate(officer_of.tolist()) if o >= 0}
    groups: list[Bools] = []
    for unmatched in np.flatnonzero(officer_of < 0).tolist():
        group = np.zeros(len(can), dtype=bool)
        waiting = [unmatched]
        while waiting:
            new = np.flatnonzero(can[:, chosen[waiting.pop()]] & ~group)
            group[new] = True
            waiting += [set_of[o] for o in new.tolist()]
        if not any(np.array_equal(group, other) for other in groups):
            groups.append(group)
    return groups


def _assign(
    model: TeamModel, routes: _Routes, chosen: list[int], ends: _Ends, state: _State
) -> tuple[_State, list[list[int]]]:
    """Give sets that weigh as much as the chosen to officers.

    Returns where the officers are then, and what each meets.
    """
    met: list[list[int]] = [[] for _ in state.place]
    if not chosen:
        return state, met
    order = np.argsort(routes.set_of, kind="stable")
    starts = np.searchsorted(routes.set_of[order], np.arange(len(routes.sets)))
    cost = np.minimum.reduceat(ends.cost[:, order], starts, axis=1)
    officers, columns = linear_sum_assignment(cost[:, chosen])
    pairs = [(int(o), chosen[c]) for o, c in zip(officers, columns, strict=True)]
    place, before, after = state.place.copy(), state.before.copy(), state.after.copy()
    for officer, taken in _drive_less(model, routes, cost, pairs):
        own = np.flatnonzero(routes.set_of == taken)
        route = own[ends.cost[officer, own].argmin()]
        met[officer] = [j for j in routes.services[route].tolist() if j >= 0]
        place[officer] = ends.place[officer, route]
        before[officer] = ends.before[officer, route]
        after[officer] = ends.after[officer, route]
    return _State(place, before, after), met


def _drive_less(
    model: TeamModel, routes: _Routes, cost: Ints, pairs: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Look among the cheapest sets of each officer for less driving to and inside the sets."""
    weight = np.where(routes.sets >= 0, model.weight[routes.sets], 0).sum(axis=1)
    size = (routes.sets >= 0).sum(axis=1)
    near = set(pairs)
    for length in range(1, routes.sets.shape[1] + 1):
        at = np.flatnonzero(size == length)
        for officer, row in enumerate(cost[:, at]):
            cheapest = at[np.argsort(row, kind="stable")[:_CHEAPEST]]
            near |= {(officer, s) for s in cheapest.tolist() if cost[officer, s] < NEVER}
    listed = sorted(near)
    program = mathopt.Model(name="driving")
    taken = [program.add_binary_variable() for _ in listed]
    rows: dict[tuple[str, int], list[Any]] = {}
    for x, (officer, s) in zip(taken, listed, strict=True):
        rows.setdefault(("officer", officer), []).append(x)
        for j in routes.sets[s].tolist():
            if j >= 0:
                rows.setdefault(("presence", j), []).append(x)
    for variables in rows.values():
        program.add_linear_constraint(mathopt.fast_sum(variables) <= 1)
    total = sum(int(weight[s]) for _, s in pairs)
    program.add_linear_constraint(
        mathopt.fast_sum([float(weight[s]) * x for x, (_, s) in zip(taken, listed, strict=True)])
        >= total
    )
    program.minimize(
        mathopt.fast_sum([float(cost[pair]) * x for x, pair in zip(taken, listed, strict=True)])
    )
    result = integer_result(
        program,
        params=mathopt.SolveParameters(
            relative_gap_tolerance=_DRIVING_GAP, node_limit=_NODES // 20, random_seed=0
        ),
        start=[k for k, pair in enumerate(listed) if pair in set(pairs)],
    )
    if not result.has_primal_feasible_solution():
        return pairs
    values = result.variable_values(taken)
    found = [pair for pair, value in zip(listed, values, strict=True) if value > 0.5]
    driven = [sum(int(cost[pair]) for pair in plan) for plan in (pairs, found)]
    return found if driven[1] < driven[0] else pairs


def _plan_whole_day(
    model: TeamModel, officers: Ints, services: Ints
) -> tuple[list[list[int]], int] | None:
    """Solve a small team's day as one wave; None if it has too many partial days.

    Partial days of a kind of officer that meet the same presences and end at the same place are
    one, unless one is ready earlier with the break to come and the other with the break taken.
    """
    if len(services) > 62:  # bits of a set
        return None
    kinds: dict[tuple[Any, ...], int] = {}
    for k in officers.tolist():
        key = (
            *(int(table[k]) for table in (model.base, model.start, model.end)),
            *(int(table[k]) for table in (model.break_s, model.break_from, model.break_to)),
            model.allowed[k].tobytes(),
        )
        kinds.setdefault(key, k)
    levels: list[Ints] = []
    for k in kinds.values():
        listed = _list_days(model, k, services)
        if listed is None:
            return None
        levels += listed
    longest = max(level.shape[1] for level in levels)
    levels.sort(key=lambda level: level.shape[1] == longest)
    routes = _Routes.of(levels, is_complete=True)
    place, before, after = model.start_state(officers)
    state = _State(place, before, after)
    ends = _drive_routes(model, officers, state, routes)
    chosen, most = _pack(model, routes, ends.feasible, repeat=1)
    _, chains = _assign(model, routes, chosen, ends, state)
    return chains, most


def _list_days(model: TeamModel, officer: int, services: Ints) -> list[Ints] | None:
    """List the presences that one officer can meet in a day, in order; None if too many."""
    bit = np.int64(1) << np.arange(len(services), dtype=np.int64)
    who = np.array([officer])
    place, before, after = model.start_state(who)
    own = model.allowed[officer, model.place[services]]
    route, met = np.zeros((1, 0), dtype=np.int64), np.zeros(1, dtype=np.int64)
    levels = [np.full((1, 1), -1, dtype=np.int64)]
    count = 0
    while len(route):
        ready, taken = model.advance(
            officer, place[:, None], before[:, None], after[:, None], services[None, :]
        )
        there = model.place[services][None, :]
        fits = own & ((met[:, None] & bit) == 0)
        fits &= model.home(officer, there, ready, taken) <= model.end[officer]
        at, service = np.nonzero(fits)
        met, place = met[at] | bit[service], model.place[services[service]]
        before, after = ready[at, service], taken[at, service]
        kept = _undominated(met, place, before, after)
        at, service, met, place = at[kept], service[kept], met[kept], place[kept]
        before, after = before[kept], after[kept]
        route = np.column_stack([route[at], services[service]])
        count += len(route)
        if count > _LABELS:
            return None
        if len(route):
            levels.append(route)
    return levels


def _undominated(met: Ints, place: Ints, before: Ints, after: Ints) -> Ints:
    kept: list[int] = []
    group, least = (-1, -1), NEVER
    for k in np.lexsort((before, after, place, met)).tolist():
        here = int(met[k]), int(place[k])
        if here != group:
            group = here
        elif before[k] >= least:
            continue
        least = before[k]
        kept.append(k)
    return np.array(kept, dtype=np.int64)
