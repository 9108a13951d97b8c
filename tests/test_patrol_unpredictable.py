"""Unpredictable days: what is drawn is feasible and as good; what is learned is measured right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256
from itertools import combinations, pairwise, product

import numpy as np
import pytest
from helpers.day_rules import broken_rules, driving, met_weight

from zoning.errors import ScheduleError
from zoning.patrol.day_problem import (
    DayProblem,
    PlannedDay,
    PresenceKind,
    Stop,
    WishedPresence,
)
from zoning.patrol.day_search import plan_day
from zoning.patrol.drawn_days import (
    DayPool,
    DrawAssumptions,
    draw_days,
    draw_pool,
    driving_s,
    pool_of,
)
from zoning.patrol.key import PatrolKey
from zoning.patrol.unpredictable import (
    entropy_by_quarter_hour,
    guess_chance,
    hours_between_bells,
    maximin_days,
    observe,
    predictability_by_driving,
    worst_absences,
)

HOUR = 3600


def wish(building: str, kind: PresenceKind, open_s: float, close_s: float) -> WishedPresence:
    return WishedPresence(
        building_id=building, kind=kind, open_s=round(open_s), close_s=round(close_s)
    )


def day_problem(
    drives: Sequence[Sequence[int]],
    presences: Sequence[WishedPresence] = (),
    *,
    begin_s: float = 8 * HOUR,
    end_s: float = 15 * HOUR,
    break_s: int = 0,
) -> DayProblem:
    """A zone of buildings a, b, c ... whose drives take half as long again from 14:00 on."""
    drive = np.array(drives, dtype=np.int64)
    n = len(drive)
    return DayProblem(
        building_ids=tuple("abcdefgh"[:n]),
        period_begins_s=np.array([0, 14 * HOUR]),
        drive_s=np.stack([drive, drive * 3 // 2]),
        from_base_s=np.zeros((2, n), dtype=np.int64),
        to_base_s=np.zeros((2, n), dtype=np.int64),
        open_s=np.full(n, round(begin_s)),
        close_s=np.full(n, round(end_s)),
        presences=tuple(presences),
        start_s=round(begin_s),
        end_s=round(end_s),
        dwell_s=480,
        presence_s=300,
        longest_stay_s=960,
        break_s=break_s,
        break_from_s=11 * HOUR if break_s else 0,
        break_to_s=13 * HOUR if break_s else 0,
        wished_gap_s=np.zeros(n, dtype=np.int64),
        wished_visits=np.ones(n, dtype=np.int64),
    )


@pytest.fixture(scope="module")
def town() -> tuple[DayProblem, PlannedDay]:
    """Four buildings; of the arrivals at b, c and d, 9 min apart, any two can be met, not three."""
    drives = [[0, 300, 400, 500], [360, 0, 540, 540], [400, 540, 0, 540], [500, 540, 540, 0]]
    presences = [
        wish("a", PresenceKind.ARRIVAL, 8 * HOUR, 8.5 * HOUR),
        *(wish(place, PresenceKind.ARRIVAL, 9 * HOUR, 9.35 * HOUR) for place in "bcd"),
        wish("a", PresenceKind.LUNCH, 11 * HOUR, 13 * HOUR),
        *(wish(place, PresenceKind.DISMISSAL, 14 * HOUR, 14.5 * HOUR) for place in "ab"),
    ]
    problem = day_problem(drives, presences, break_s=1800)
    stops = [Stop(place=0, arrival_s=8 * HOUR, departure_s=8 * HOUR + 3000)]
    order = [1, 2, 0, 3, 1, 0, 2, 3, 0, 1, 2, 3, 0, 2, 0]
    for number, place in enumerate(order):
        leave = stops[-1].departure_s
        at = leave + problem.drive(stops[-1].place, place, leave)
        stops.append(Stop(place=place, arrival_s=at, departure_s=at + 720))
        if number == 7:
            stops.append(
                Stop(place=place, arrival_s=at + 720, departure_s=at + 2520, is_break=True)
            )
    leave = stops[-1].departure_s
    at = leave + problem.drive(stops[-1].place, 1, leave)
    stops.append(Stop(place=1, arrival_s=at, departure_s=15 * HOUR))
    weight = met_weight(problem, stops)
    planned = PlannedDay(stops=tuple(stops), weight=weight, weight_bound=weight)
    assert not broken_rules(problem, planned.stops)
    assert weight == 6
    return problem, planned


def test_drawn_days_are_feasible_and_meet_as_much(town: tuple[DayProblem, PlannedDay]) -> None:
    problem, planned = town
    days = draw_days(problem, planned, 200, rng=np.random.default_rng(1))
    most = driving_s(problem, planned.stops) * 1.1
    arrivals = set()
    for day in days:
        assert broken_rules(problem, day) == []
        assert met_weight(problem, day) == planned.weight
        assert driving_s(problem, day) <= most
        assert {stop.place for stop in day if not stop.is_break} == {0, 1, 2, 3}
        seen = [
            stop.place
            for stop in day
            if min(stop.departure_s, 9.35 * HOUR) - max(stop.arrival_s, 9 * HOUR) >= 300
        ]
        arrivals.add(frozenset(seen) - {0})
    assert {frozenset(pair) for pair in combinations((1, 2, 3), 2)} <= arrivals
    pauses = [stop.arrival_s for day in days for stop in day if stop.is_break]
    assert min(pauses) < 11.3 * HOUR
    assert max(pauses) > 12.7 * HOUR
    assert len({day[0].arrival_s for day in days}) > 50
    assert len(set(days)) == len(days)


def test_drives_lie_in_one_order_of_memory() -> None:
    """The loops are compiled once for each order, which takes longer than most days to plan."""
    drives = np.array([[[0, 300], [200, 0]], [[0, 450], [300, 0]]])
    for given in (drives, np.asfortranarray(drives), drives.transpose(0, 2, 1)):
        made = replace(day_problem(given[0]), drive_s=given).drives_with_base()
        assert made.flags.c_contiguous
        assert (made[:, :2, :2] == given).all()


@pytest.mark.parametrize("seed", range(12))
def test_days_of_any_problem_are_feasible(seed: int) -> None:
    """Random zones with bases, breaks, two bells at a building and weights; planned, then drawn."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 5))
    places = rng.uniform(0, 900, size=(n + 1, 2))
    drives = np.ceil(np.linalg.norm(places[:, None] - places, axis=2)).astype(np.int64)
    presences = [
        replace(
            wish("abcd"[place], kind, begin, begin + rng.integers(600, 2400)),
            weight=int(rng.integers(1, 3)),
        )
        for place in range(n)
        for kind in rng.choice([PresenceKind.ARRIVAL, PresenceKind.DISMISSAL], 2)
        for begin in [8 * HOUR + int(rng.integers(0, 3 * HOUR))]
    ]
    problem = replace(
        day_problem(drives[:n, :n], presences, end_s=12 * HOUR, break_s=900 if seed % 2 else 0),
        from_base_s=np.tile(drives[n, :n], (2, 1)),
        to_base_s=np.tile(drives[:n, n], (2, 1)),
        break_from_s=9 * HOUR if seed % 2 else 0,
        break_to_s=10 * HOUR if seed % 2 else 0,
    )
    planned = plan_day(problem)
    most = DrawAssumptions(extra_driving=1)
    days = draw_days(problem, planned, 30, rng=np.random.default_rng(seed), assumptions=most)
    for day in days:
        assert broken_rules(problem, day) == []
        assert met_weight(problem, day) >= met_weight(problem, planned.stops) == planned.weight
        assert driving(problem, day) <= 2 * driving(problem, planned.stops)
    assert len(set(days)) > 20


def test_the_break_of_a_drawn_day_is_not_too_soon_after_it_begins(
    town: tuple[DayProblem, PlannedDay],
) -> None:
    problem, planned = town
    (paused,) = (stop.arrival_s for stop in planned.stops if stop.is_break)
    problem = replace(problem, break_from_s=paused, break_to_s=paused + 60)
    after = paused - problem.start_s
    late = 0
    for day in draw_days(problem, planned, rng=np.random.default_rng(7), count=40):
        (pause,) = (stop.arrival_s for stop in day if stop.is_break)
        assert pause - day[0].arrival_s >= after
        late += day[0].arrival_s > problem.start_s
    assert late  # else every day begins with the shift, and nothing is tried


def test_a_key_draws_the_same_day_of_a_date(town: tuple[DayProblem, PlannedDay]) -> None:
    problem, planned = town
    key, other = (PatrolKey(sha256(name).digest()) for name in (b"one", b"other"))
    monday, tuesday = date(2026, 11, 30), date(2026, 12, 1)
    drawn = [
        draw_days(problem, planned, rng=one.stream(day, "zone 1"))
        for one, day in [(key, monday), (key, monday), (key, tuesday), (other, monday)]
    ]
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) == 3


def test_the_same_source_gives_the_same_day(town: tuple[DayProblem, PlannedDay]) -> None:
    problem, planned = town
    one, again, other = (
        draw_days(problem, planned, 3, rng=np.random.default_rng(seed)) for seed in (5, 5, 6)
    )
    assert one == again
    assert not set(one) & set(other)


def test_stays_are_drawn_between_shortest_and_longest(
    town: tuple[DayProblem, PlannedDay],
) -> None:
    """With plenty of driving allowed, only windows stretch a stay."""
    problem, planned = town
    free = DrawAssumptions(extra_driving=3)
    days = draw_days(problem, planned, 50, rng=np.random.default_rng(2), assumptions=free)
    stays = [
        stop.departure_s - stop.arrival_s for day in days for stop in day[:-1] if not stop.is_break
    ]
    assert min(stays) >= 480
    assert np.quantile(stays, 0.95) <= 960
    assert np.mean([stay for stay in stays if stay <= 960]) == pytest.approx(720, abs=30)


def test_less_driving_is_kept_by_longer_stays(town: tuple[DayProblem, PlannedDay]) -> None:
    problem, planned = town
    means = []
    for extra in (0.0, 0.3):
        assumed = DrawAssumptions(extra_driving=extra)
        days = draw_days(problem, planned, 50, rng=np.random.default_rng(3), assumptions=assumed)
        driving = [driving_s(problem, day) for day in days]
        assert max(driving) <= driving_s(problem, planned.stops) * (1 + extra)
        means.append(np.mean(driving))
    assert means[0] < means[1]


def test_an_impossible_bound_is_said(town: tuple[DayProblem, PlannedDay]) -> None:
    problem, planned = town
    with pytest.raises(ScheduleError, match=r"no day within .* min of driving(.|\n)*Allow more"):
        draw_days(
            problem,
            planned,
            rng=np.random.default_rng(4),
            assumptions=DrawAssumptions(extra_driving=-0.5),
        )


def test_a_day_of_another_problem_is_refused(town: tuple[DayProblem, PlannedDay]) -> None:
    problem, planned = town
    far = replace(problem, drive_s=problem.drive_s * 20)
    with pytest.raises(ScheduleError, match="cannot be driven as its problem is stated"):
        draw_days(far, planned, rng=np.random.default_rng(4))


def test_assumptions_name_every_fault() -> None:
    with pytest.raises(ScheduleError, match=r"extra_driving(.|\n)*spread(.|\n)*intruder_s"):
        DrawAssumptions(extra_driving=-1, spread=0, intruder_s=0)


# What an observer learns


def still_days(count: int) -> DayPool:
    """Equally likely days, on each of which the officer stays at a building of its own."""
    problem = day_problem(np.ones((count, count)) - np.eye(count))
    days = [
        [Stop(place=k, arrival_s=problem.start_s, departure_s=problem.end_s)] for k in range(count)
    ]
    return pool_of(problem, days, chances=np.full(count, 1 / count))


@pytest.mark.parametrize("count", [1, 2, 5])
def test_uniform_days_are_guessed_as_often_as_there_are_days(count: int) -> None:
    """Of k equally likely places any guess is right with chance 1 / k; entropy is log2 k."""
    pool = still_days(count)
    table = observe(pool, watched_days=[1, 7])
    assert table["chance"].to_numpy() == pytest.approx(1 / count)
    assert table["least"].to_numpy() == pytest.approx(1 / count)
    entropy = entropy_by_quarter_hour(pool)
    assert entropy["entropy_bits"].to_numpy() == pytest.approx(np.log2(count))
    assert len(entropy) == 28
    assert entropy["on_the_road"].to_numpy() == pytest.approx(0)


def brute_force_guess(shares: Sequence[float], watched: int) -> float:
    """Over every sequence of places that an observer may see; the last place is the road."""
    total = 0.0
    for sequence in product(range(len(shares)), repeat=watched):
        counts = [sequence.count(place) for place in range(len(shares) - 1)]
        best = [place for place, count in enumerate(counts) if count == max(counts)]
        right = np.mean([shares[place] for place in best])
        total += float(np.prod([shares[place] for place in sequence]) * right)
    return total


@pytest.mark.parametrize("watched", [1, 2, 3, 5, 6])
@pytest.mark.parametrize("shares", [(0.7, 0.3, 0), (0.5, 0.2, 0.1, 0.2), (0, 0.1, 0.2, 0.3, 0.4)])
def test_the_chance_of_a_guess_equals_brute_force(shares: tuple[float, ...], watched: int) -> None:
    assert guess_chance(np.array([shares]), watched) == pytest.approx(
        brute_force_guess(shares, watched), rel=1e-12
    )


def test_watching_longer_never_lowers_the_guess(town: tuple[DayProblem, PlannedDay]) -> None:
    problem, planned = town
    pool = pool_of(
        problem,
        draw_days(problem, planned, 60, rng=np.random.default_rng(5)),
        chances=np.full(60, 1 / 60),
    )
    table = observe(pool, watched_days=[1, 2, 3, 5, 10, 20, 40, 80], step_s=1800)
    chances = table["chance"].to_numpy()
    assert np.all(np.diff(chances) >= -1e-12)
    assert chances[0] < chances[-2] <= chances[-1]


def test_the_estimate_covers_what_is_exact(town: tuple[DayProblem, PlannedDay]) -> None:
    """A sample of days of a pool: its interval holds the exact figure of the pool."""
    problem, planned = town
    rng = np.random.default_rng(6)
    pool = pool_of(
        problem, draw_days(problem, planned, 100, rng=rng), chances=np.full(100, 1 / 100)
    )
    exact = observe(pool, watched_days=[1, 10])
    inside = 0
    for _ in range(20):
        sample = pool_of(problem, [pool.days[k] for k in rng.integers(100, size=250)])
        table = observe(sample, watched_days=[1, 10])
        inside += int(
            np.sum((table["low"] <= exact["chance"]) & (exact["chance"] <= table["high"]))
        )
        assert table["chance"].iloc[-1] >= table["chance"].iloc[0]
    assert inside >= 34  # of 40 that hold with 95 %, 33 or fewer in 1 of 1,000


def test_too_few_days_give_no_figure(town: tuple[DayProblem, PlannedDay]) -> None:
    problem, planned = town
    table = observe(pool_of(problem, [planned.stops] * 5), watched_days=[3, 5])
    assert table["chance"].notna().tolist() == [True, False, True]
    assert table["low"].isna().all()


def test_drawn_days_are_harder_to_guess_for_few_more_miles(
    town: tuple[DayProblem, PlannedDay],
) -> None:
    problem, planned = town
    table = predictability_by_driving(
        problem,
        planned,
        rng=np.random.default_rng(7),
        extra_driving=[-0.5, 0.0, 0.2],
        drive_m=problem.drive_s[0] * 10.0,
        assumptions=DrawAssumptions(sampled_days=100),
    )
    planned, impossible, equal, more = table.to_dict("records")
    assert planned["chance"] == pytest.approx(planned["high"])
    assert planned["chance"] > 0.7
    assert planned["entropy_bits"] == 0
    assert planned["undisturbed"] == 1
    assert np.isnan(impossible["chance"])
    assert equal["high"] < 0.5
    assert equal["driving_s"] <= planned["driving_s"] < more["driving_s"]
    assert equal["driving_m"] < more["driving_m"]
    assert equal["entropy_bits"] > 1.3
    assert equal["undisturbed_between_bells"] <= equal["undisturbed"]


# Intruders


def walks(links: Sequence[tuple[int, int]], periods: int) -> Iterator[list[int]]:
    """Every walk on a graph, a node or a stay a period."""
    nodes = range(max(max(link) for link in links) + 1)
    steps = {*links, *((b, a) for a, b in links), *((k, k) for k in nodes)}
    for walk in product(nodes, repeat=periods):
        if all(step in steps for step in pairwise(walk)):
            yield list(walk)


CYCLE_4 = [(0, 1), (1, 2), (2, 3), (3, 0)]
CYCLE_5 = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)]
STAR_3 = [(0, 1), (0, 2), (0, 3)]
LINE_4 = [(0, 1), (1, 2), (2, 3)]
LINE_5 = [(0, 1), (1, 2), (2, 3), (3, 4)]


@pytest.mark.parametrize(
    ("links", "periods", "attack", "value"),
    [
        (CYCLE_4, 3, 2, 2 / 4),
        (CYCLE_5, 4, 3, 3 / 5),
        (STAR_3, 4, 2, 2 / 6),
        (LINE_4, 4, 2, 1 / 2),
        (LINE_5, 4, 2, 1 / 3),
    ],
)
def test_the_game_has_the_published_value(
    links: list[tuple[int, int]], periods: int, attack: int, value: float
) -> None:
    """Alpern, Morton and Papadaki (2011): m/n with a Hamiltonian cycle, m/2b on a star.

    Papadaki, Alpern, Lidbetter and Morton (2016), Patrolling a border: 1 / ceil(n / 2) on a line
    for attacks of two periods. An attack that begins within a period meets one period more, so
    that seconds give an intruder nothing.
    """
    n = max(max(link) for link in links) + 1
    end_s = 8 * HOUR + 600 * periods
    problem = replace(
        day_problem(np.zeros((n, n)), end_s=end_s), period_begins_s=np.array([0, 86_399])
    )
    days = [
        [
            Stop(
                place=place,
                arrival_s=8 * HOUR + 600 * period,
                departure_s=8 * HOUR + 600 * (period + 1),
            )
            for period, place in enumerate(walk)
        ]
        for walk in walks(links, periods)
    ]
    best = maximin_days(pool_of(problem, days), intruder_s=600 * attack)
    assert best.disturbed == pytest.approx(value, abs=1e-5)
    assert best.bound == pytest.approx(value, abs=1e-5)
    assert best.equal_disturbed <= best.disturbed + 1e-9
    worst = worst_absences(best.pool, intruder_s=600 * attack)["undisturbed"].iloc[0]
    assert worst == pytest.approx(1 - value, abs=1e-5)


def test_an_intruder_picks_the_best_second() -> None:
    """Two days, told apart by the second at which the officer leaves a for b."""
    problem = day_problem([[0, 600], [600, 0]], end_s=10 * HOUR)
    days = [
        [
            Stop(place=0, arrival_s=8 * HOUR, departure_s=leave),
            Stop(place=1, arrival_s=leave + 600, departure_s=10 * HOUR),
        ]
        for leave in (9 * HOUR, 9 * HOUR + 300)
    ]
    table = worst_absences(pool_of(problem, days, chances=np.array([0.25, 0.75])), intruder_s=600)
    assert table["undisturbed"].tolist() == [1.0, 1.0]
    begins = table.set_index("building_id")["begin_s"]
    assert begins["a"] == 9 * HOUR + 300
    assert begins["b"] == 8 * HOUR
    short = worst_absences(
        pool_of(problem, days, chances=np.array([0.25, 0.75])),
        intruder_s=200,
        hours=(9 * HOUR, 9 * HOUR + 300),
    )
    undisturbed = short.set_index("building_id")["undisturbed"]
    assert undisturbed["a"] == pytest.approx(0.25)
    assert undisturbed["b"] == 1.0


def test_the_best_chances_beat_equal_ones_within_the_driving(
    town: tuple[DayProblem, PlannedDay],
) -> None:
    problem, planned = town
    pool = draw_pool(
        problem,
        planned,
        rng=np.random.default_rng(8),
        assumptions=DrawAssumptions(sampled_days=80),
    )
    hours = (10 * HOUR, 13 * HOUR)
    limit = pool.mean_driving_s * 0.99
    best = maximin_days(pool, hours=hours, most_driving_s=limit)
    assert best.pool.mean_driving_s <= limit * (1 + 1e-9)
    assert best.disturbed == pytest.approx(best.bound, abs=2e-6)
    assert best.disturbed > best.equal_disturbed
    assert best.pool.weights.sum() == pytest.approx(1)
    with pytest.raises(ScheduleError, match="every day of the pool drives more"):
        maximin_days(pool, hours=hours, most_driving_s=60)


def test_a_sample_says_how_sure_the_worst_absence_is(
    town: tuple[DayProblem, PlannedDay],
) -> None:
    problem, planned = town
    days = draw_days(problem, planned, 120, rng=np.random.default_rng(9))
    hours = hours_between_bells(problem)
    assert hours == (9.35 * HOUR, 14 * HOUR)
    table = worst_absences(pool_of(problem, days), hours=hours)
    assert np.all(table["low"] <= table["undisturbed"])
    assert np.all(table["undisturbed"] <= table["high"])
    assert np.all(table["high"] - table["low"] > 0.01)
    with pytest.raises(ScheduleError, match="no attack of 600 min fits"):
        worst_absences(pool_of(problem, days), intruder_s=36_000)
