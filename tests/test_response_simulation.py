"""The event loop against a simpy program, closed forms of queues, and itself without numba."""

from __future__ import annotations

import dataclasses
import math
import runpy
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from helpers.bell_towns import school_table

from zoning.demand import CallRates
from zoning.patrol import Activity, OfficerDay, PatrolSchedule, Visit, plan_patrols
from zoning.response import (
    ResponseAssumptions,
    ResponseEstimate,
    compare_responses,
    estimate_response,
    sample_calls,
)
from zoning.response import simulation as loop
from zoning.response.call_sample import call_times
from zoning.response.intervals import sample_figures
from zoning.response.simulated_district import SimulatedDistrict, call_records
from zoning.response.simulation import CALL, VISIT, Events, Roads, Timetables, answer_calls
from zoning.roads.travel.travel_times import TravelTimes
from zoning.zones.plan import Zone, ZoneKind, ZonePlan

SIMPY = Path(__file__).resolve().parent.parent / "benchmarks" / "_simpy_response.py"
IDS = [f"b{k}" for k in range(9)]


def rates(per_day: Mapping[str, float] | float) -> CallRates:
    given = per_day if isinstance(per_day, Mapping) else dict.fromkeys(IDS, per_day)
    index = pd.Index(list(given), name="building_id", dtype=object)
    return CallRates(per_day=pd.Series(list(given.values()), index=index, dtype=float), source="x")


def within(day: OfficerDay, from_s: int, to_s: int, officer_id: str) -> OfficerDay:
    """The part of a day that lies between two moments."""
    visits = tuple(v for v in day.visits if v.arrival_s >= from_s and v.departure_s <= to_s)
    return OfficerDay(
        zone_id=day.zone_id,
        officer_id=officer_id,
        start_s=visits[0].arrival_s,
        end_s=visits[-1].departure_s,
        visits=visits,
    )


class Town:
    """Nine buildings on a square, two patrol zones and an officer posted at one."""

    def __init__(self) -> None:
        rng = np.random.default_rng(7)
        places = rng.uniform(size=(10, 2)) * 900
        seconds = np.abs(places[:, None] - places[None]).sum(axis=-1)
        self.times = TravelTimes.from_array(seconds, [*IDS, "depot"])
        starts = ("07:30", "08:40", "09:40")
        self.schools = school_table({i: (starts[k % 3], "15:00") for k, i in enumerate(IDS)})
        self.plan = ZonePlan(
            (
                Zone(zone_id="East", building_ids=tuple(IDS[:4])),
                Zone(zone_id="West", building_ids=tuple(IDS[4:8])),
                Zone(zone_id="Post", building_ids=(IDS[8],), kind=ZoneKind.DEDICATED),
            )
        )
        planned = plan_patrols(self.plan, self.schools, self.times)
        # Without the breaks that are planned: tests have their own.
        self.schedule = replace(planned, days=tuple(map(self._at_work, planned.days)))

    @staticmethod
    def _at_work(day: OfficerDay) -> OfficerDay:
        visits = tuple(v for v in day.visits if not v.is_break)
        kept = [
            v for k, v in enumerate(visits) if not k or v.building_id != visits[k - 1].building_id
        ]
        kept[-1] = replace(kept[-1], departure_s=day.end_s)
        return replace(day, visits=tuple(kept))

    def with_breaks(self) -> PatrolSchedule:
        """East rests for the visit that begins after eleven, the posted officer at noon."""
        east, west, post = self.schedule.days
        at = next(k for k, v in enumerate(east.visits) if v.arrival_s > 39_600)
        resting = replace(east.visits[at], activity=Activity.BREAK)
        edges = (post.start_s, 43_200, 45_000, post.end_s)
        halves = [Visit(building_id=IDS[8], arrival_s=a, departure_s=b) for a, b in pairwise(edges)]
        halves[1] = replace(halves[1], activity=Activity.BREAK)
        east = replace(east, visits=(*east.visits[:at], resting, *east.visits[at + 1 :]))
        return replace(self.schedule, days=(east, west, replace(post, visits=tuple(halves))))

    def with_second_shift(self) -> PatrolSchedule:
        """Two officers in East, both there around noon, at different buildings."""
        east, *others = self.schedule.days
        late = within(east, 36_000, 86_400, "East late")
        return replace(self.schedule, days=(within(east, 0, 46_800, "East"), late, *others))

    def from_depot(self) -> PatrolSchedule:
        """Shifts that begin and end at a place that is no school of the plan."""
        days = []
        for day in self.schedule.days:
            first, last = day.visits[0].building_id, day.visits[-1].building_id
            out, back = self.times.between("depot", first), self.times.between(last, "depot")
            start, end = day.start_s - math.ceil(out), day.end_s + math.ceil(back)
            days.append(replace(day, start_s=start, end_s=end, base_id="depot"))
        return replace(self.schedule, days=tuple(days))

    def drawn(self) -> list[PatrolSchedule]:
        """Three days, each ten minutes after the other."""
        found = []
        for later in (0, 600, 1200):
            days = [
                replace(
                    day,
                    start_s=day.start_s + later,
                    end_s=day.end_s + later,
                    visits=tuple(
                        replace(v, arrival_s=v.arrival_s + later, departure_s=v.departure_s + later)
                        for v in day.visits
                    ),
                )
                for day in self.schedule.days
            ]
            found.append(replace(self.schedule, days=tuple(days)))
        return found

    def estimate(self, calls: float | Mapping[str, float], **options: Any) -> ResponseEstimate:
        named = {"times_by_hour", "empty_posts"}
        options = {"precision_s": 1000.0} | options
        return estimate_response(
            self.plan,
            options.pop("schedule", self.schedule),
            self.times,
            schools=self.schools,
            calls=rates(calls),
            assumptions=ResponseAssumptions(**{k: v for k, v in options.items() if k not in named}),
            **{k: v for k, v in options.items() if k in named},
        )

    def district(self, calls: float, **options: Any) -> SimulatedDistrict:
        """The inputs as arrays."""
        given = {k: options.pop(k) for k in ("times_by_hour", "empty_posts") if k in options}
        schedule = options.pop("schedule", self.schedule)
        return SimulatedDistrict.of(
            self.plan,
            schedule if isinstance(schedule, list) else [schedule],
            self.times,
            schools=self.schools,
            calls=rates(calls),
            assumed=ResponseAssumptions(**options),
            **given,
        )

    def inputs(self, calls: float, days: int, **options: Any) -> tuple[Any, ...]:
        """The arguments of `answer_calls`."""
        queue = options.pop("queue", True)
        town = self.district(calls, **options)
        assumed = town.assumed
        sample = sample_calls(
            rates(calls), self.schools, day=town.day, assumptions=assumed, days=days
        )
        events = Events(sample.starts, call_records(sample), np.empty((days, 0, 2)))
        posted = ~town.empty[np.arange(days) % len(town.empty)]
        return town.timetables, town.roads, events, posted, queue


@pytest.fixture(scope="module")
def town() -> Town:
    return Town()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"emergency_share": 0.4, "fixed_officers_help": True},
        {"mutual_aid": False},
        {"queue": False},
        {"empty_posts": [[True, False, False], [False] * 3]},
        {"schedule": Town.with_breaks, "on_call_in_break": False},
        {"schedule": Town.with_second_shift},
        # Without second officers: two at one place would be done at the same moment.
        {"schedule": Town.with_second_shift, "mutual_aid": False, "second_officer_share": 0.0},
        {"schedule": Town.from_depot},
        {"schedule": Town.drawn},
        {"times_by_hour": "slow at noon"},
    ],
)
def test_answers_are_those_of_a_simpy_program(town: Town, options: dict[str, Any]) -> None:
    """Every call: the officers, the moment, the drive."""
    options = dict(options)
    if "times_by_hour" in options:
        slow = TravelTimes.from_array(town.times.seconds * 2, town.times.ids)
        options["times_by_hour"] = [(39_600, 46_800, slow)]
    if "schedule" in options:
        options["schedule"] = options["schedule"](town)
    *inputs, queue = town.inputs(1.5, 40, **options)
    outcome = answer_calls(*inputs, queue=queue)
    found = outcome.answers
    expected = runpy.run_path(str(SIMPY))["run_days"](*inputs, queue=queue)
    assert len(expected) > 400
    for name in ("officer", "second", "none_free"):
        assert found[name].tolist() == [getattr(call, name) for call in expected]
    for name in ("sent_s", "drive_s"):
        values = [getattr(call, name) for call in expected]
        assert np.allclose(found[name], values, rtol=1e-12, atol=1e-8, equal_nan=True)
    timetables, _, events, _ = inputs
    ends_s = timetables.visits["departure_s"][timetables.first[:, 1:] - 1]
    day_of = np.repeat(np.arange(40), np.diff(events.starts)) % len(ends_s)
    busy = sum(
        np.clip(min(call.sent_s + service, ends_s[day, call.officer]) - call.sent_s, 0, None)
        for call, day in zip(expected, day_of, strict=True)
        if call.officer >= 0
        for service in [call.turnout_s + call.drive_s + call.on_scene_s]
    )
    alone = [call.second < 0 for call in expected]
    assert outcome.busy_s.sum() >= busy * (1 - 1e-9)
    assert all(alone) == math.isclose(outcome.busy_s.sum(), busy)
    assert found["none_free"].any()
    assert (found["officer"][found["none_free"]] >= 0).any() == queue


def test_the_loop_gives_the_same_floats_without_numba(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    *inputs, queue = town.inputs(1.5, 4, emergency_share=0.5)
    timetables, roads, events, posted = inputs
    looks = np.array([[[36_000.0, 36_100.0], [50_000.0, 50_050.0]]] * 4)
    events = events._replace(looks=looks)
    compiled = answer_calls(timetables, roads, events, posted, queue=queue)
    for name in vars(loop).copy():
        function = getattr(loop, name)
        if hasattr(function, "py_func"):
            monkeypatch.setattr(loop, name, function.py_func)
    plain = answer_calls(timetables, roads, events, posted, queue=queue)
    for one, other in zip(compiled, plain, strict=True):
        assert one.tobytes() == other.tobytes()


def one_place(
    officers: int, calls_s: Any, service_s: Any, *, queue: bool = True, looks: Any = None
) -> Any:
    """A single day without end at one place: a queue with so many servers."""
    n = len(calls_s)
    calls = np.zeros(n, dtype=CALL)
    calls["call_s"] = calls["ready_s"] = calls_s
    calls["on_scene_s"] = service_s
    calls["factor"] = calls["second_factor"] = 1.0
    visits = np.array([(0, 0.0, 1e12)] * officers, dtype=VISIT)
    return answer_calls(
        Timetables(
            first=np.arange(officers + 1)[None],
            visits=visits,
            breaks=np.full((1, officers, 0, 2), math.inf),
            serves=np.ones((officers, 1), dtype=bool),
            zones=np.array([0, officers]),
            home=np.zeros(1, dtype=np.int64),
        ),
        Roads(until_s=np.array([math.inf]), seconds=np.zeros((1, 1, 1)), return_factor=1.0),
        Events(
            starts=np.array([0, n]),
            calls=calls,
            looks=np.empty((1, 0, 2)) if looks is None else looks,
        ),
        np.ones((1, officers), dtype=bool),
        queue=queue,
    )


@pytest.mark.parametrize(("officers", "load"), [(1, 0.6), (3, 2.0), (8, 6.0)])
def test_waiting_is_that_of_erlang(officers: int, load: float) -> None:
    """M/M/c: chance to wait (Erlang C), mean wait, and the chance of loss (Erlang B)."""
    rng = np.random.default_rng(11)
    n = 300_000
    calls_s = np.cumsum(rng.exponential(1 / load, n))
    service_s = rng.exponential(1.0, n)
    terms = [load**k / math.factorial(k) for k in range(officers + 1)]
    erlang_b = terms[-1] / sum(terms)
    erlang_c = erlang_b / (1 - load / officers * (1 - erlang_b))
    queued = one_place(officers, calls_s, service_s).answers
    waits = queued["sent_s"] - calls_s
    # The waits of neighbours are alike: a batch of 3,000 counts as one.
    batches = waits.reshape(100, -1).mean(axis=1)
    error = 4 * batches.std(ddof=1) / 10
    assert abs(waits.mean() - erlang_c / (officers - load)) < error
    assert queued["none_free"].mean() == pytest.approx(erlang_c, abs=0.02)
    lost = one_place(officers, calls_s, service_s, queue=False).answers
    assert (lost["officer"] < 0).mean() == pytest.approx(erlang_b, abs=0.01)


@pytest.mark.parametrize("emergency_share", [1.0, 0.3])
def test_an_imagined_call_sees_what_a_call_would(town: Town, emergency_share: float) -> None:
    """The looked-up answer is that of a real emergency at the same moment, put in instead."""
    timetables, roads, events, posted, queue = town.inputs(
        2.0, 1, second_officer_share=0.0, emergency_share=emergency_share
    )
    moments = np.linspace(30_000, 53_000, 60)
    looks = np.stack([moments, moments + 60], axis=1)[None]
    seen = answer_calls(timetables, roads, events._replace(looks=looks), posted, queue=queue)
    assert (seen.wait_s[0] > 0).any()
    for k, (call_s, ready_s) in enumerate(looks[0]):
        for building in (0, 5, 8):
            extra = np.zeros(1, dtype=CALL)
            extra["building"], extra["call_s"], extra["ready_s"] = building, call_s, ready_s
            extra["factor"], extra["is_emergency"] = 1.0, True
            at = int(np.searchsorted(events.calls["ready_s"], ready_s))
            calls = np.insert(events.calls, at, extra[0])
            outcome = answer_calls(
                timetables, roads, Events(np.array([0, len(calls)]), calls, np.empty((1, 0, 2))),
                posted, queue=queue,
            )  # fmt: skip
            answer = outcome.answers[at]
            assert seen.wait_s[0, k, building] == pytest.approx(answer["sent_s"] - ready_s)
            assert seen.drive_s[0, k, building] == pytest.approx(answer["drive_s"])
            assert seen.own[0, k, building] == (answer["officer"] == timetables.home[building])
            assert timetables.zones.tolist() == [0, 1, 2, 3]  # an officer a zone


def test_on_a_plane_an_officer_on_the_road_is_where_the_road_is() -> None:
    """Stewart's theorem is exact for straight roads, and never outside the triangle inequality."""
    rng = np.random.default_rng(3)
    for _ in range(50):
        a, c, p = rng.uniform(size=(3, 2)) * 500
        f = rng.uniform()
        points = np.array([a, c, p])
        seconds = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
        there = a + f * (c - a)
        assert loop.along_road(seconds, 0, 1, f, 2) == pytest.approx(np.hypot(*(there - p)))
        assert loop.along_road(seconds, 0, 1, f, 1) == pytest.approx((1 - f) * seconds[0, 1])
        one_by_one = loop._to_all_one_by_one(seconds, 0, 1, f)
        assert one_by_one.tobytes() == loop._to_all_at_once(seconds, 0, 1, f).tobytes()


def test_calls_at_a_lower_rate_are_among_those_at_a_higher(town: Town) -> None:
    day = (25_000.0, 54_000.0)
    few = sample_calls(rates(0.4), town.schools, day=day, days=200)
    many = sample_calls(rates(0.8), town.schools, day=day, days=200)

    def keys(sample: Any) -> set[Any]:
        days = np.repeat(np.arange(sample.days), np.diff(sample.starts))
        return set(zip(days, sample.building, sample.call_s, sample.on_scene_s, strict=True))

    assert keys(few) < keys(many)
    assert len(few.call_s) == pytest.approx(0.4 * 9 * 200, abs=4 * math.sqrt(0.4 * 9 * 200))
    # Days 100 to 199 alone are those of the longer sample; other schools change nothing.
    later = sample_calls(rates(0.4), town.schools, day=day, days=100, first_day=100)
    assert later.call_s.tolist() == few.call_s[few.starts[100] :].tolist()
    five = sample_calls(rates(dict.fromkeys(IDS[:5], 0.4)), town.schools, day=day, days=200)
    assert keys(five) == {key for key in keys(few) if key[1] < 5}


def test_sampled_calls_have_the_given_distributions(town: Town) -> None:
    assumed = ResponseAssumptions(dispatch_s=80, dispatch_spread=0.7, emergency_share=0.3)
    sample = sample_calls(rates(2.0), town.schools, day=(0.0, 1.0), assumptions=assumed, days=2000)
    n = len(sample.call_s)
    counts = np.bincount(sample.building, minlength=9)
    assert np.allclose(counts / 2000, 2.0, atol=5 * math.sqrt(2.0 / 2000))
    assert sample.dispatch_s.mean() == pytest.approx(80, rel=5 * 0.7 / math.sqrt(n))
    assert sample.dispatch_s.std() / sample.dispatch_s.mean() == pytest.approx(0.7, rel=0.05)
    assert np.median(sample.drive_factor[sample.is_emergency]) == pytest.approx(1, abs=0.01)
    assert np.median(sample.drive_factor[~sample.is_emergency]) == pytest.approx(1.35, abs=0.01)
    assert sample.is_emergency.mean() == pytest.approx(0.3, abs=0.02)
    assert sample.needs_second.mean() == pytest.approx(0.5, abs=0.02)
    opens = sample.call_s[sample.building == 0]
    assert (opens.min() >= 27_000) & (opens.max() <= 54_000)
    assert opens.mean() == pytest.approx((27_000 + 54_000) / 2, abs=400)


def test_calls_follow_the_hours_of_the_rates(town: Town) -> None:
    hourly = pd.DataFrame(0.0, index=IDS, columns=range(24))
    hourly[7], hourly[12] = 0.3, 0.9
    calls = dataclasses.make_dataclass("Hourly", ["per_day", "hourly"])(rates(1.2).per_day, hourly)
    times = call_times(calls, town.schools, day=(0.0, 1.0))
    assert times.span == (7 * 3600, 13 * 3600)
    uniform = np.linspace(0.0005, 0.9995, 1000)  # the first building opens at half past seven
    found = times.at(np.zeros(1000, dtype=np.int64), uniform)
    assert ((found >= 27_000) & (found <= 28_800)).mean() == pytest.approx(0.25)
    assert ((found >= 43_200) & (found <= 46_800)).mean() == pytest.approx(0.75)
    density = times.density(np.array([27_500.0, 30_000.0, 45_000.0]))[:, 0]
    assert density == pytest.approx([0.25 / 1800, 0, 0.75 / 3600])


def test_more_calls_wait_longer_on_the_same_days(town: Town) -> None:
    means = [town.estimate(rate, max_days=250).district.mean_s for rate in (0.02, 0.2, 0.5, 1, 2)]
    assert means == sorted(means)
    assert means[-1] > 1.5 * means[0]


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_they_say(town: Town) -> None:
    """40 seeds of a busy town: the truth is the mean of them all."""
    thresholds = ResponseAssumptions().thresholds_s
    found = [
        sample_figures(town.district(1.0, seed=seed).simulate(150).sample, thresholds)
        for seed in range(40)
    ]
    for key in ("mean_s", "p90_s", "share_within_480_s"):
        intervals = np.array([one[key].interval for one in found])
        truth = intervals.mean()
        inside = ((intervals[:, 0] <= truth) & (truth <= intervals[:, 1])).sum()
        assert inside >= 34  # binomial with 0.95: fewer once in 70


def test_days_are_added_until_the_mean_is_precise(town: Town) -> None:
    loose = town.estimate(0.5)
    low, high = loose.district.interval["mean_s"]
    wanted = 0.45 * (high - low)
    tight = town.estimate(0.5, precision_s=wanted)
    assert tight.district.days > loose.district.days == 500
    low, high = tight.district.interval["mean_s"]
    assert (high - low) / 2 <= wanted
    short = town.estimate(0.5, precision_s=0.1, max_days=600)
    assert any("more than the 0.1 s asked for" in notice for notice in short.notices)
    assert short.district.model == "simulation of 600 school-days"


def test_differences_are_paired_by_day(town: Town) -> None:
    one, other = town.estimate(0.5), town.estimate(0.5, turnout_s=46.0)
    apart = compare_responses(other, one)["mean_s"]
    assert apart.is_clear
    assert apart.value == pytest.approx(1.0, abs=0.5)
    # The intervals of the two means overlap, that of the difference is far narrower.
    low, high = one.district.interval["mean_s"]
    assert apart.high - apart.low < (high - low) / 4
    same = compare_responses(one, town.estimate(0.5))
    assert not any(difference.is_clear for difference in same.values())
    assert set(same) == set(one.district.interval)


def test_overload_is_an_answer(town: Town) -> None:
    swamped = town.estimate(12.0)
    assert swamped.district.is_overloaded
    assert swamped.district.offered_load > 1
    assert math.isnan(swamped.district.mean_s)
    assert swamped.buildings["mean_s"].isna().all()
    assert any("3 officers cannot keep up: the queue never ends" in n for n in swamped.notices)
    assert compare_responses(swamped, swamped) == {}
    lossy = town.estimate(12.0, when_all_busy="outside", max_days=100)
    assert not lossy.district.is_overloaded
    assert lossy.district.outside_share > 0.3
    assert lossy.district.none_free_share == pytest.approx(lossy.district.outside_share)


def test_one_zone_without_help_is_overloaded_alone(town: Town) -> None:
    calls = dict.fromkeys(IDS, 0.05) | {IDS[8]: 20.0}
    assert not town.estimate(calls).district.is_overloaded
    alone = town.estimate(calls, mutual_aid=False)
    assert alone.district.is_overloaded
    assert alone.zones["offered_load"].idxmax() == "Post"
    assert any("of 1 zone" in notice for notice in alone.notices)


def test_aid_and_posts_change_who_answers(town: Town) -> None:
    helped, alone = town.estimate(0.5), town.estimate(0.5, mutual_aid=False)
    assert helped.district.mean_s < alone.district.mean_s
    assert helped.district.none_free_share < alone.district.none_free_share
    assert helped.district.own_officer_share < alone.district.own_officer_share == 1  # some wait
    assert helped.district.busy_fraction > alone.district.busy_fraction  # second officers
    gone = town.estimate(0.5, empty_posts=[[True, False, False]])
    assert gone.zones.loc["East", "own_officer_share"] == 0
    assert math.isnan(gone.zones.loc["East", "busy_fraction"])
    assert gone.district.mean_s > helped.district.mean_s
    never = town.estimate(0.5, empty_posts=[[True, False, False]], mutual_aid=False)
    assert never.district.outside_share == pytest.approx(4 / 9, abs=0.03)
    slow = TravelTimes.from_array(town.times.seconds * 3, town.times.ids)
    assert (
        town.estimate(0.5, times_by_hour=[(0, 86_400, slow)]).district.mean_s
        > town.estimate(0.5).district.mean_s + 100
    )


def test_routine_calls_are_told_apart(town: Town) -> None:
    both = town.estimate(0.5, emergency_share=0.5).district
    assert both.routine["mean_s"] > both.mean_s
    assert set(both.routine) == set(both.interval)
    assert town.estimate(0.5).district.routine == {}
    # Emergencies do not wait behind routine calls, which are longer than they on the road only.
    busy = {"precision_s": 20.0, "routine_drive_factor": 1.0}
    few = town.estimate(2.0, emergency_share=0.1, **busy).district
    assert few.mean_s < 0.9 * town.estimate(2.0, **busy).district.mean_s
    assert few.mean_s < few.routine["mean_s"]


def test_the_same_seed_gives_the_same_figures(town: Town) -> None:
    one, other = town.estimate(0.5), town.estimate(0.5)
    assert one.district == other.district
    pd.testing.assert_frame_equal(one.buildings, other.buildings)
    assert town.estimate(0.5, seed=1).district.mean_s != one.district.mean_s


def test_officers_of_two_zones_are_those_of_the_markov_chain() -> None:
    """Two officers, each first for a zone, calls lost when both are busy: four states, solved.

    The hypercube model of Larson and Odoni (1981), chapter 5, by brute force.
    """
    east, west, n = 0.5, 0.9, 200_000
    rates_of = {  # (east busy, west busy) -> next state: rate, with a service rate of 1
        (0, 0): {(1, 0): east, (0, 1): west},
        (1, 0): {(1, 1): east + west, (0, 0): 1.0},
        (0, 1): {(1, 1): east + west, (0, 0): 1.0},
        (1, 1): {(0, 1): 1.0, (1, 0): 1.0},
    }
    states = list(rates_of)
    flow = np.zeros((4, 4))
    for state, leads in rates_of.items():
        for other, rate in leads.items():
            flow[states.index(other), states.index(state)] += rate
            flow[states.index(state), states.index(state)] -= rate
    flow[-1] = 1
    chance = dict(zip(states, np.linalg.solve(flow, [0, 0, 0, 1]), strict=True))

    rng = np.random.default_rng(5)
    calls = np.zeros(n, dtype=CALL)
    calls["call_s"] = np.cumsum(rng.exponential(1 / (east + west), n))
    calls["ready_s"] = calls["call_s"]
    calls["building"] = rng.uniform(size=n) < west / (east + west)
    calls["on_scene_s"] = rng.exponential(1.0, n)
    answers = answer_calls(
        Timetables(
            first=np.arange(3)[None],
            visits=np.array([(0, 0.0, 1e12), (1, 0.0, 1e12)], dtype=VISIT),
            breaks=np.empty((1, 2, 0, 2)),
            serves=np.ones((2, 2), dtype=bool),
            zones=np.arange(3),
            home=np.arange(2),
        ),
        Roads(until_s=np.array([math.inf]), seconds=np.zeros((1, 2, 2)), return_factor=1.0),
        Events(starts=np.array([0, n]), calls=calls, looks=np.empty((1, 0, 2))),
        np.ones((1, 2), dtype=bool),
        queue=False,
    ).answers
    for zone in (0, 1):
        own = answers["officer"][calls["building"] == zone] == zone
        exact = sum(p for state, p in chance.items() if not state[zone])
        batches = np.array([part.mean() for part in np.array_split(own, 100)])
        half = 2 * batches.std(ddof=1) / 10
        assert half < 0.01
        assert abs(own.mean() - exact) < half
    assert (answers["officer"] < 0).mean() == pytest.approx(chance[1, 1], abs=0.005)
