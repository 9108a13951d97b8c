"""Traffic by the hour: what a comparison and its stress tests assume alike."""

from __future__ import annotations

import numpy as np
import pytest

from zoning import District, PatrolZones, compare_staffing, load_district
from zoning.roads import TravelTimes
from zoning.roads.traffic import carry_over, travel_by_hour
from zoning.staffing.sensitivity import DAYS, stress_options, vary_assumptions

IDS = ("a", "b", "c")


def table(factor: float) -> TravelTimes:
    seconds = factor * np.array([[0.0, 60, np.inf], [90, 0, 30], [np.inf, 40, 0]])
    return TravelTimes.from_array(seconds, IDS)


def test_traffic_is_carried_over_pair_by_pair() -> None:
    hour = table(1.0)
    slowed = hour.seconds * np.where(
        np.eye(3, dtype=bool), 1.0, [[1, 2, 1], [3, 1, 1.5], [1, 1, 1]]
    )
    by_hour = ((0.0, 100.0, TravelTimes.from_array(slowed, IDS)),)
    ((begin, end, times),) = carry_over(by_hour, of=table(1.0), to=table(2.0))
    assert (begin, end) == (0.0, 100.0)
    assert times.seconds.tolist() == (2 * slowed).tolist()


@pytest.fixture(scope="module")
def district() -> District:
    return load_district("jefferson")


@pytest.mark.slow
def test_arrival_midday_and_dismissal_follow_one_another(district: District) -> None:
    assert district.network is not None
    times = district.network.travel_times(district.schools, profile="emergency")
    by_hour = travel_by_hour(district.network, district.schools, times)
    assert [round(begin) for begin, _, _ in by_hour[1:]] == [round(e) for _, e, _ in by_hour[:-1]]
    means = [float(t.seconds[np.isfinite(t.seconds)].mean()) for _, _, t in by_hour]
    free = float(times.seconds.mean())
    # 0.85 and 0.95 of the speed in town: longer than free flow, and longest in the rush.
    assert free < means[1] < min(means[0], means[2]) < free / 0.8


@pytest.mark.slow
def test_stress_and_sensitivity_start_from_the_comparison(district: District) -> None:
    """Table and tornado tell one mean: a hundred days of the same calls in the same traffic."""
    compared = compare_staffing(district, [PatrolZones(zones=30), PatrolZones(zones=40)])
    assert compared.times_by_hour
    tests, varied = stress_options(compared), vary_assumptions(compared)
    for one in compared.outcomes:
        assert one.response is not None
        mean = one.response.district.mean_s
        low, high = one.response.district.interval["mean_s"]
        wide = 3 * (high - low) * (one.response.district.days / DAYS) ** 0.5
        assert tests[one.option_id].table.at["base", "mean_s"] == pytest.approx(mean, abs=wide)
        told = varied.means.xs(one.option_id, level="option_id")["mean_s"]
        assert told.to_list() == pytest.approx([mean] * len(told), abs=wide)
