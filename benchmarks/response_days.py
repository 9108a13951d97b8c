"""School-days of a district: the event loop beside a simpy program of the same model.

The zones of the embedded district grow from buildings far apart, so that the benchmark does not
wait for the optimiser: their responses are longer than those of designed zones. What is timed side
by side is the answering of sampled calls, which both are given. Processor seconds, so that a busy
machine tells the same.

Run from the repository: ``python benchmarks/response_days.py``. Needs simpy.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from _simpy_response import run_days

from zoning.compiled import IS_COMPILED
from zoning.demand import call_rates
from zoning.district import District, load_district
from zoning.patrol import PatrolSchedule, plan_patrols
from zoning.response import ResponseAssumptions, estimate_response, sample_calls
from zoning.response.simulated_district import SimulatedDistrict, call_records
from zoning.response.simulation import Events, answer_calls
from zoning.roads.travel.travel_times import TravelTimes
from zoning.zones.plan import ZonePlan

DAYS = 1000
RATES = (0.17, 0.55, 1.1)
OFFICERS = (30, 21)
IN_SIMPY = (0.17,)


def near_zones(times: TravelTimes, officers: int) -> ZonePlan:
    """Zones of nearly equal size: seeds far apart take the nearest building in turn."""
    seconds = times.seconds + times.seconds.T
    seeds = [int(seconds.sum(axis=1).argmax())]
    while len(seeds) < officers:
        seeds.append(int(seconds[seeds].min(axis=0).argmax()))
    left = set(range(len(times.ids))) - set(seeds)
    zone_of = {seed: k for k, seed in enumerate(seeds)}
    while left:
        for k, seed in enumerate(seeds):
            if left:
                nearest = min(left, key=lambda b: seconds[seed, b])
                left.remove(nearest)
                zone_of[nearest] = k
    return ZonePlan.from_assignment({times.ids[b]: f"Zone {k + 1}" for b, k in zone_of.items()})


def timed(
    work: Callable[..., Any], *args: Any, rounds: int = 1, **options: Any
) -> tuple[Any, float]:
    """Result and least processor seconds of some rounds."""
    spent = []
    for _ in range(rounds):
        started = time.process_time()
        result = work(*args, **options)
        spent.append(time.process_time() - started)
    return result, min(spent)


def loop_inputs(arrays: SimulatedDistrict) -> tuple[Any, ...]:
    """The arguments of `answer_calls`."""
    sample = sample_calls(arrays.calls, arrays.schools, day=arrays.day, days=DAYS)
    events = Events(sample.starts, call_records(sample), np.empty((DAYS, 0, 2)))
    posted = np.ones((DAYS, len(arrays.plan.zones)), dtype=bool)
    return arrays.timetables, arrays.roads, events, posted


def compare(district: District, times: TravelTimes, plan: ZonePlan, day: PatrolSchedule) -> None:
    for rate in RATES:
        calls = call_rates(district.schools, calls_per_school_day=rate)
        arrays = SimulatedDistrict.of(
            plan,
            [day],
            times,
            schools=district.schools,
            calls=calls,
            assumed=ResponseAssumptions(),
        )
        inputs, sampling_s = timed(loop_inputs, arrays)
        answer_calls(*inputs, queue=True)  # compile
        found, ours = timed(answer_calls, *inputs, queue=True, rounds=3)
        answers = found.answers
        calls_in = inputs[2].calls
        waits = answers["sent_s"] - calls_in["call_s"] + calls_in["turnout_s"] + answers["drive_s"]
        line = (
            f"{len(plan.zones):8d} {rate:6.2f} {len(answers):8,d} {sampling_s:10.3f} {ours:9.3f} "
            f"{1e6 * ours / len(answers):9.2f} {waits.mean():13.9f}"
        )
        if rate in IN_SIMPY:
            theirs, spent = timed(run_days, *inputs, queue=True)
            its = np.array([c.sent_s - c.call_s + c.turnout_s + c.drive_s for c in theirs])
            line += f" {its.mean():13.9f} {spent:9.2f} {spent / ours:8.0f}"
        print(line)


def figures(district: District, times: TravelTimes, plan: ZonePlan, day: PatrolSchedule) -> None:
    for rate in RATES:
        calls = call_rates(district.schools, calls_per_school_day=rate)
        result, spent = timed(
            estimate_response, plan, day, times, schools=district.schools, calls=calls
        )
        found = result.district
        low, high = found.interval["mean_s"]
        print(
            f"{len(plan.zones):8d} {rate:6.2f} {found.days:6,d} {found.mean_s:7.1f} "
            f"{low:7.1f} {high:7.1f} {found.p90_s:7.1f} {found.share_within[480]:8.1%} "
            f"{found.busy_fraction:6.1%} {spent:7.2f}"
        )


def main(officers: Sequence[int] = OFFICERS) -> None:
    district = load_district("jefferson")
    assert district.network is not None
    patrol, emergency = (
        district.network.travel_times(district.schools, profile=name)
        for name in ("free_flow", "emergency")
    )
    plans = [near_zones(emergency, count) for count in officers]
    days = [plan_patrols(plan, district.schools, patrol) for plan in plans]
    print(f"{DAYS:,} school-days, {len(patrol.ids)} buildings, compiled: {IS_COMPILED}")
    print("officers  calls    calls  sampling s   loop s  µs a call     mean s, ours    "
          "simpy's  simpy s  ratio")  # fmt: skip
    for plan, day in zip(plans, days, strict=True):
        compare(district, emergency, plan, day)
    print("estimate_response, all of it")
    print("officers  calls   days    mean     low    high     p90  in 8min   busy   cpu s")
    for plan, day in zip(plans, days, strict=True):
        figures(district, emergency, plan, day)


if __name__ == "__main__":
    main()
