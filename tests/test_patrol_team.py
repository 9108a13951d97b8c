"""Officers who share presences, against every plan of tiny teams listed one by one."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from helpers.bell_towns import school_table

from zoning.errors import ScheduleError, UnreachableError
from zoning.patrol.day_problem import (
    DayProblem,
    PresenceKind,
    Stop,
    WishedPresence,
    met_presences,
)
from zoning.patrol.sharing import share_presences
from zoning.patrol.team import TeamPlan, plan_team, pool_presences
from zoning.patrol.team_problem import TeamOfficer, TeamProblem
from zoning.roads.travel.travel_times import TravelTimes
from zoning.zones.plan import ZonePlan

HOUR = 3600


def random_team(seed: int, *, buildings: int = 4, officers: int = 2) -> TeamProblem:
    """A small town whose windows bind: half an hour, bells near one another, slow roads."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 900, (buildings + 1, 2))
    metres = np.abs(xy[:, None] - xy[None, :]).sum(axis=2)
    drive = np.ceil(metres * np.array([1.0, 1.4, 1.1])[:, None, None]).astype(np.int64)
    drive += rng.integers(0, 60, drive.shape)
    drive[:, range(buildings), range(buildings)] = 0
    to_base, from_base = drive[:, :buildings, -1], drive[:, -1, :buildings]
    ids = tuple(f"b{k}" for k in range(buildings))
    presences = []
    for i in ids:
        bell = 8 * HOUR + int(rng.integers(0, 4)) * 900
        presences.append(
            WishedPresence(
                building_id=i,
                kind=PresenceKind.ARRIVAL,
                open_s=bell - 1200,
                close_s=bell + 600,
                weight=int(rng.integers(1, 4)),
                bell_s=bell,
            )
        )
    for i in rng.permutation(list(ids))[:2]:
        bell = 10 * HOUR + int(rng.integers(0, 3)) * 600
        presences.append(
            WishedPresence(
                building_id=str(i),
                kind=PresenceKind.DISMISSAL,
                open_s=bell - 600,
                close_s=bell + 1200,
                bell_s=bell,
            )
        )
    team = []
    for k in range(officers):
        start = 7 * HOUR + 1200 * int(rng.integers(0, 4))
        rests = bool(rng.integers(0, 2))
        based = bool(rng.integers(0, 2))
        team.append(
            TeamOfficer(
                officer_id=f"officer {k}",
                places=tuple(range(buildings)) if k == 0 else tuple(range(1, buildings)),
                start_s=start,
                end_s=start + int(rng.integers(2, 5)) * HOUR,
                break_s=1800 if rests else 0,
                break_from_s=start + HOUR // 2,
                break_to_s=start + HOUR,
                from_base_s=from_base if based else None,
                to_base_s=to_base if based else None,
            )
        )
    return TeamProblem(
        building_ids=ids,
        period_begins_s=np.array([0, 7 * HOUR + 2700, 9 * HOUR]),
        drive_s=drive[:, :buildings, :buildings],
        presences=tuple(presences),
        dwell_s=720,
        presence_s=300,
        officers=tuple(team),
    )


def day_of(problem: TeamProblem, k: int) -> DayProblem:
    """The day of one officer of the team alone, in the words of the contract."""
    officer, n = problem.officers[k], len(problem.building_ids)
    none = np.zeros((len(problem.period_begins_s), n), dtype=np.int64)
    return DayProblem(
        building_ids=problem.building_ids,
        period_begins_s=problem.period_begins_s,
        drive_s=problem.drive_s,
        from_base_s=none if officer.from_base_s is None else officer.from_base_s,
        to_base_s=none if officer.to_base_s is None else officer.to_base_s,
        open_s=np.zeros(n, dtype=np.int64),
        close_s=np.zeros(n, dtype=np.int64),
        presences=problem.presences,
        start_s=officer.start_s,
        end_s=officer.end_s,
        dwell_s=problem.dwell_s,
        presence_s=problem.presence_s,
        longest_stay_s=960,
        break_s=officer.break_s,
        break_from_s=officer.break_from_s,
        break_to_s=officer.break_to_s,
        wished_gap_s=np.zeros(n, dtype=np.int64),
        wished_visits=np.zeros(n, dtype=np.int64),
    )


def base_arrival(day: DayProblem, table: np.ndarray, place: int, ready_s: int) -> int:
    later = [*day.period_begins_s[1:].tolist(), 10**9]
    options = [
        max(ready_s, begin) + int(table[k, place])
        for k, (begin, end) in enumerate(zip(day.period_begins_s.tolist(), later, strict=True))
        if max(ready_s, begin) < end
    ]
    return min(options)


def require_feasible(day: DayProblem, places: tuple[int, ...], stops: tuple[Stop, ...]) -> None:
    """Every sentence of `DayProblem` on a feasible timetable."""
    assert all(stop.place in places for stop in stops)
    for before, after in itertools.pairwise(stops):
        assert after.arrival_s >= day.arrival(before.place, after.place, before.departure_s)
        assert before.place != after.place or before.is_break or after.is_break
    if stops:
        assert stops[0].arrival_s >= base_arrival(day, day.from_base_s, stops[0].place, day.start_s)
        last = stops[-1]
        assert base_arrival(day, day.to_base_s, last.place, last.departure_s) <= day.end_s
    for stop in stops:
        assert stop.is_break or stop.departure_s - stop.arrival_s >= day.dwell_s
    breaks = [stop for stop in stops if stop.is_break]
    assert len(breaks) == (day.break_s > 0)
    for stop in breaks:
        assert day.break_from_s <= stop.arrival_s <= day.break_to_s
        assert stop.departure_s - stop.arrival_s == day.break_s


def require_plan(problem: TeamProblem, plan: TeamPlan) -> None:
    """The stops can be driven, and meet what the plan says, once."""
    weight = 0
    for k, day_plan in enumerate(plan.days):
        day = day_of(problem, k)
        require_feasible(day, problem.officers[k].places, day_plan.stops)
        stays: dict[str, list[tuple[int, int]]] = {}
        for stop in day_plan.stops:
            if not stop.is_break:
                stays.setdefault(problem.building_ids[stop.place], []).append(
                    (stop.arrival_s, stop.departure_s)
                )
        met = met_presences(problem.presences, stays, presence_s=problem.presence_s)
        assert all(met[problem.presences.index(wish)] for wish in plan.met[k])
        assert day_plan.weight == sum(wish.weight for wish in plan.met[k])
        weight += day_plan.weight
    given = [wish for met in plan.met for wish in met]
    assert len(given) == len(set(given))
    assert plan.weight == weight <= plan.weight_bound


def every_set(problem: TeamProblem, k: int) -> set[frozenset[int]]:
    """Each set of presences that one officer can meet, by trying all orders and breaks."""
    day, officer = day_of(problem, k), problem.officers[k]
    rows = {b: i for i, b in enumerate(problem.building_ids)}
    found: set[frozenset[int]] = set()

    def leave(place: int, target: int, ready: int) -> int:
        if place < 0:
            return base_arrival(day, day.from_base_s, target, ready)
        return day.arrival(place, target, ready)

    def rest(ready: int) -> int | None:
        begin = max(ready, day.break_from_s)
        return begin + day.break_s if begin <= day.break_to_s else None

    def search(place: int, since: int, ready: int, *, rested: bool, met: frozenset[int]) -> None:
        # since: the arrival of the stay that goes on at the place; -1 after a break.
        done = ready if rested else (rest(ready) if place >= 0 else None)
        if done is not None and (
            place < 0 or base_arrival(day, day.to_base_s, place, done) <= day.end_s
        ):
            found.add(met)
        if ready > day.end_s:
            return
        if not rested:
            for at in officer.places:
                if place < 0 or at == place:
                    begun = rest(leave(place, at, ready) if place < 0 else ready)
                    if begun is not None:
                        search(at, -1, begun, rested=True, met=met)
        for j, wish in enumerate(problem.presences):
            target = rows[wish.building_id]
            if j in met or target not in officer.places:
                continue
            if target == place and since >= 0:
                arrival, least = since, ready
            else:
                arrival = leave(place, target, ready)
                least = arrival + day.dwell_s
                if not rested and place >= 0:
                    begun = rest(arrival)
                    if begun is not None:
                        serve(target, begun, begun + day.dwell_s, rested=True, met=met, j=j)
            serve(target, arrival, least, rested=rested, met=met, j=j)

    def serve(
        target: int, arrival: int, least: int, *, rested: bool, met: frozenset[int], j: int
    ) -> None:
        wish = problem.presences[j]
        departure = max(least, max(arrival, wish.open_s) + day.presence_s)
        if arrival <= wish.close_s - day.presence_s:
            search(target, arrival, departure, rested=rested, met=met | {j})

    search(-1, -1, day.start_s, rested=day.break_s == 0, met=frozenset())
    return found


def best_weight(problem: TeamProblem) -> int:
    """The most weight that disjoint sets of the officers have, by trying all of them."""
    best = {frozenset[int](): 0}
    for k in range(len(problem.officers)):
        sets = every_set(problem, k)
        best = {
            union: sum(problem.presences[j].weight for j in union)
            for taken in best
            for union in {taken | more for more in sets}
        }
    return max(best.values())


@pytest.mark.parametrize("seed", range(14))
def test_two_officers_meet_what_the_best_of_all_plans_meets(seed: int) -> None:
    problem = random_team(seed)
    plan = plan_team(problem)
    require_plan(problem, plan)
    assert plan.weight == best_weight(problem)
    assert plan.is_proved


def test_the_windows_of_these_teams_bind() -> None:
    """Else the comparison with brute force would say little."""
    problems = [random_team(seed) for seed in range(14)]
    short = [p for p in problems if best_weight(p) < sum(w.weight for w in p.presences)]
    assert len(short) >= 5


@pytest.mark.parametrize("seed", range(6))
def test_one_officer_meets_what_the_best_order_meets(seed: int) -> None:
    problem = random_team(seed, buildings=5, officers=1)
    plan = plan_team(problem)
    require_plan(problem, plan)
    best = max(sum(problem.presences[j].weight for j in chosen) for chosen in every_set(problem, 0))
    assert plan.weight == best == plan.weight_bound


@pytest.mark.parametrize("seed", range(4))
def test_one_more_officer_never_meets_less(seed: int) -> None:
    """Nor does one more building that an officer may go to."""
    three = random_team(seed, buildings=6, officers=3)
    weights = [
        plan_team(replace(three, officers=three.officers[:count])).weight for count in (1, 2, 3)
    ]
    assert weights == sorted(weights)
    wider = replace(
        three, officers=tuple(replace(o, places=tuple(range(6))) for o in three.officers)
    )
    assert plan_team(wider).weight >= weights[-1]


def straight_road(
    *, officers: int, bells: int, apart_s: int = 300, buildings: int = 6
) -> TeamProblem:
    """Buildings along a road, all with the same bells, an hour and a half from one to the next."""
    at = np.arange(buildings) * apart_s
    ids = tuple(f"b{k}" for k in range(buildings))
    return TeamProblem(
        building_ids=ids,
        period_begins_s=np.array([0]),
        drive_s=np.abs(at[:, None] - at)[None],
        presences=tuple(
            WishedPresence(
                building_id=i,
                kind=PresenceKind.ARRIVAL,
                open_s=bell - 1200,
                close_s=bell + 600,
                bell_s=bell,
            )
            for bell in (8 * HOUR + 5400 * k for k in range(bells))
            for i in ids
        ),
        dwell_s=720,
        presence_s=300,
        officers=tuple(
            TeamOfficer(
                officer_id=f"officer {k}",
                places=tuple(range(buildings)),
                start_s=7 * HOUR,
                end_s=15 * HOUR,
                break_s=1800,
                break_from_s=10 * HOUR,
                break_to_s=12 * HOUR,
            )
            for k in range(officers)
        ),
    )


def test_the_waves_of_a_road_are_proved() -> None:
    """Between the fifth minute of a window and the twenty-fifth an officer stays 12 minutes at one
    building and drives 8: at 5 minutes a drive two presences each, at 4 minutes three."""
    two = plan_team(straight_road(officers=2, bells=3))
    assert (two.weight, two.weight_bound) == (12, 12)
    three = plan_team(straight_road(officers=2, bells=3, apart_s=240))
    assert (three.weight, three.weight_bound) == (18, 18)
    later = plan_team(straight_road(officers=2, bells=3, apart_s=241))
    assert (later.weight, later.weight_bound) == (12, 12)
    require_plan(straight_road(officers=2, bells=3), two)


def test_routes_that_are_too_many_leave_a_bound_that_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = straight_road(officers=2, bells=3, apart_s=240)
    monkeypatch.setattr("zoning.patrol.team._ROUTES", 20)
    monkeypatch.setattr("zoning.patrol.team._LABELS", 20)
    plan = plan_team(problem)
    require_plan(problem, plan)
    assert plan.weight < 18 <= plan.weight_bound
    assert not plan.is_proved
    assert f"at most {plan.weight_bound}" in plan.engine


def test_the_pool_is_compared_with_the_zones() -> None:
    """Two zones of three buildings, one bell: a zone's officer meets two, both together four."""
    problem = straight_road(officers=2, bells=1)
    officers = tuple(
        replace(o, places=places)
        for o, places in zip(problem.officers, ((0, 1, 2), (3,)), strict=True)
    )
    pool = pool_presences(
        replace(problem, officers=officers), metres=problem.drive_s[0].astype(float)
    )
    table = pool.to_frame()
    assert table["arrivals_met"].tolist() == [3, 4]
    assert table["arrivals_wished"].tolist() == [6, 6]
    assert table["weight_bound"].tolist() == [3, 4]
    assert table["driving_s"].tolist() == [300, 600]
    assert table["metres"].tolist() == [300.0, 600.0]


def test_two_shifts_of_a_zone_share_its_presences() -> None:
    """The first officer meets the first two bells, the second the last two."""
    problem = straight_road(officers=2, bells=3, buildings=2)
    days = {
        name: replace(day_of(problem, 0), start_s=start, end_s=start + 3 * HOUR, break_s=0)
        for name, start in (("first", 7 * HOUR), ("second", 9 * HOUR))
    }
    team = TeamProblem.of_zone(days)
    assert len(team.presences) == 6
    plan = plan_team(team)
    assert plan.weight == 6
    days["second"] = replace(days["second"], presences=plan.met[1])
    assert {p.bell_s for p in plan.met[0]} == {8 * HOUR, 8 * HOUR + 5400}
    assert 8 * HOUR not in {p.bell_s for p in days["second"].presences}


def test_a_bound_is_not_claimed_where_a_stop_on_the_way_saves_time() -> None:
    """A drive of an hour that is 2 minutes by way of another building: waves do not see it.

    The second officer comes after the bell.
    """
    problem = straight_road(officers=2, bells=1, apart_s=60, buildings=3)
    late = replace(problem.officers[1], start_s=9 * HOUR)
    drive = problem.drive_s.copy()
    drive[0, 0, 2] = drive[0, 2, 0] = HOUR
    ends = tuple(p for p in problem.presences if p.building_id != "b1")
    officers = (problem.officers[0], late)
    plan = plan_team(replace(problem, drive_s=drive, presences=ends, officers=officers))
    assert (plan.weight, plan.weight_bound) == (1, 2)


def test_every_fault_is_named_at_once() -> None:
    problem = straight_road(officers=2, bells=1)
    with pytest.raises(ScheduleError) as caught:
        replace(
            problem,
            drive_s=problem.drive_s * 1.5,
            presence_s=800,
            officers=(
                replace(problem.officers[0], places=()),
                replace(problem.officers[0], end_s=7 * HOUR + 60, from_base_s=np.zeros((1, 2))),
                replace(problem.officers[1], break_from_s=15 * HOUR, break_to_s=15 * HOUR),
            ),
        )
    text = str(caught.value)
    for fault in (
        "drive_s is not in whole seconds (float64)",
        "presence_s is 800",
        "officer 0 is given twice",
        "officer 0 has no building",
        "too short for a visit and the break",
        "a break from 15:00 to 15:00 does not fit into the shift",
        "from_base_s is not in whole seconds",
    ):
        assert fault in text


def test_buildings_without_a_route_are_named() -> None:
    problem = straight_road(officers=1, bells=1, buildings=3)
    drive = problem.drive_s.copy()
    drive[0, 0, 2] = 2**62
    with pytest.raises(UnreachableError, match="b0 to b2"):
        replace(problem, drive_s=drive)
    apart = replace(problem.officers[0], places=(0, 1))
    assert plan_team(replace(problem, drive_s=drive, officers=(apart,))).weight == 2


def test_an_officer_whose_base_is_too_far_is_named() -> None:
    problem = straight_road(officers=2, bells=1)
    far = np.full((1, 6), 4 * HOUR)
    officers = (problem.officers[0], replace(problem.officers[1], from_base_s=far, to_base_s=far))
    with pytest.raises(ScheduleError, match="officer 1: no building can be reached"):
        plan_team(replace(problem, officers=officers))


def test_the_same_team_gives_the_same_plan() -> None:
    problem = straight_road(officers=3, bells=2)
    first, second = plan_team(problem), plan_team(problem)
    assert first.days == second.days


def test_a_district_compares_its_zones_with_shared_bells() -> None:
    """Schools 9, 9 and 6 minutes apart: a wave leaves 20 minutes for one drive, 8 for two.

    So an officer meets two schools: in the west two of three, in the east the only one. If they
    share, the officer of the east takes the third of the west as well.
    """
    schools = school_table(dict.fromkeys("abcd", ("08:00", "14:00")))
    minutes = np.abs(np.array([0, 9, 18, 24])[:, None] - np.array([0, 9, 18, 24]))
    times = TravelTimes(
        ids=tuple("abcd"),
        seconds=minutes * 60.0,
        metres=minutes * 1000.0,
        profile="free_flow",
        source="made up",
    )
    plan = ZonePlan.from_assignment({"a": "west", "b": "west", "c": "west", "d": "east"})
    table = share_presences(plan, schools, times).to_frame()
    assert table["arrivals_met"].tolist() == [3, 4]
    assert table["dismissals_met"].tolist() == [3, 4]
    assert table["arrivals_wished"].tolist() == [4, 4]
    assert table["weight_bound"].tolist() == [6, 8]
    assert (table["metres"] * 60 == table["driving_s"] * 1000).all()
    cut = times.seconds.copy()
    cut[0, 3] = np.inf
    with pytest.raises(UnreachableError, match="a to d"):
        share_presences(plan, schools, replace(times, seconds=cut))
