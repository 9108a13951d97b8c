"""The response over a term in which some posts are not filled on some days."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zoning.demand import CallRates
from zoning.errors import OptionError, typed
from zoning.patrol import PatrolSchedule
from zoning.response.assumptions import ResponseAssumptions
from zoning.response.estimate import SimulatedResponse, compare_means, simulate_response
from zoning.response.simulated_district import officers_in_order
from zoning.response.stress import StressAssumptions, find_posts
from zoning.roads.traffic import TravelByHour
from zoning.roads.travel.travel_times import TravelTimes
from zoning.schools import buildings as buildings_of
from zoning.units import counted, minutes
from zoning.zones.plan import ZonePlan

MOST_SETS: Final = 20
"""Sets of unfilled posts that are simulated by themselves; our choice, some seconds' work."""
OTHERS: Final = "other sets of posts"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UnfilledResponse:
    """What unfilled posts do to the response over a term. Restricted: which posts they are.

    Attributes
    ----------
    table
        A row for each set of posts that is unfilled on some day, most days first: ``posts`` (ids
        joined by ``; ``; '' for none), ``days``, ``mean_s``, ``outside_share``,
        ``is_overloaded``, ``change_s`` with ``change_low_s`` and ``change_high_s`` (the change of
        the mean on the same calls and its 95 % interval).
    days
        Days of the term.
    mean_s, outside_share
        Expected over the term: a call's mean response, and the share that no officer answers.
    change_s, change_low_s, change_high_s
        Change of the mean against every post filled. The interval adds those of the sets, so it is
        no narrower than the true one. NaN if the officers cannot keep up on some day.
    """

    table: pd.DataFrame = field(repr=False)
    days: int
    mean_s: float
    outside_share: float
    change_s: float
    change_low_s: float
    change_high_s: float

    def __str__(self) -> str:
        if math.isnan(self.mean_s):
            return "On some days the officers who are left cannot keep up with the calls."
        empty = self.table[self.table["posts"] != ""]
        return (
            f"Expected response over {counted(self.days, 'day')}, "
            f"{int(empty['days'].sum())} of them with posts unfilled: {minutes(self.mean_s)}, "
            f"{self.change_s:+.0f} s against every post filled ({self.change_low_s:+.0f} to "
            f"{self.change_high_s:+.0f} s)."
        )


@typed
def expect_unfilled(
    plan: ZonePlan,
    schedule: PatrolSchedule,
    times: TravelTimes,
    *,
    schools: gpd.GeoDataFrame,
    calls: CallRates,
    unfilled: Mapping[Hashable, Collection[str]],
    assumptions: ResponseAssumptions | None = None,
    stress: StressAssumptions | None = None,
    times_by_hour: TravelByHour = (),
    most_sets: int = MOST_SETS,
) -> UnfilledResponse:
    """Estimate the response over a term with the posts that are unfilled on each of its days.

    Days with the same posts unfilled are simulated once and weighed by their number. Of more than
    ``most_sets`` different sets those of most days are simulated by themselves, and all others
    together, in turn, so that the work is bounded.

    Parameters
    ----------
    unfilled
        The unfilled posts of each day, days without any among them: `TermRoster.unfilled_on`, or
        `SicknessExpectation.unfilled_on` for the days with the sick.
    stress
        Its ``days`` are the school-days simulated for each set.

    Other parameters and errors are those of `stress_plan`.
    """
    if not unfilled or most_sets < 1:
        raise OptionError(
            "the response over a term cannot be estimated",
            [*(() if unfilled else ("it has no day",)), *_few(most_sets)],
        )
    assumed, tested = assumptions or ResponseAssumptions(), stress or StressAssumptions()
    sets = Counter(frozenset(posts) for posts in unfilled.values())
    named = {posts: sorted(posts) for posts in sets}
    empty = find_posts(plan, schedule, named)
    places = buildings_of(schools)
    officers = len(officers_in_order(plan, schedule))

    def simulate(empty_posts: NDArray[np.bool_]) -> SimulatedResponse:
        return simulate_response(
            plan,
            schedule,
            times,
            schools=places,
            calls=calls,
            days=tested.days,
            assumptions=assumed,
            times_by_hour=times_by_hour,
            empty_posts=empty_posts,
        )

    base = simulate(np.zeros((1, officers), dtype=np.bool_))
    order = sorted(sets, key=lambda one: (bool(one), -sets[one], named[one]))
    alone, others = order[:most_sets], order[most_sets:]
    rows = []
    for posts in alone:
        found = simulate(empty[posts][None, :]) if posts else base
        rows.append(_row("; ".join(named[posts]), sets[posts], found, base))
    if others:
        together = np.repeat([empty[one] for one in others], [sets[one] for one in others], axis=0)
        # Shuffled, so that the first days of a simulation are of many sets.
        mixed = np.random.default_rng([assumed.seed, officers]).permutation(together)
        days = sum(sets[one] for one in others)
        rows.append(_row(OTHERS, days, simulate(mixed), base))
    table = pd.DataFrame(rows).sort_values("days", ascending=False, kind="stable")
    return _expect(table.reset_index(drop=True))


def _few(most_sets: int) -> tuple[str, ...]:
    return () if most_sets >= 1 else (f"most_sets is {most_sets}, less than 1",)


def _row(
    posts: str, days: int, found: SimulatedResponse, base: SimulatedResponse
) -> dict[str, object]:
    change = None if found is base else compare_means(found, base)
    none = 0.0 if found is base else math.nan
    return {
        "posts": posts,
        "days": days,
        "mean_s": found.mean_s,
        "outside_share": found.outside_share,
        "is_overloaded": found.is_overloaded,
        "change_s": change.value if change else none,
        "change_low_s": change.low if change else none,
        "change_high_s": change.high if change else none,
    }


def _expect(table: pd.DataFrame) -> UnfilledResponse:
    """Weigh the sets by their days, and by the calls that officers answer on them."""
    days = table["days"].to_numpy(np.float64)
    answered = days * (1 - table["outside_share"].to_numpy(np.float64))
    if answered.sum() > 0 and not table["is_overloaded"].any():
        weight = answered / answered.sum()
    else:
        weight = np.full(len(days), math.nan)
    means = {
        name: float(np.where(weight != 0, weight * table[name].to_numpy(np.float64), 0.0).sum())
        for name in ("mean_s", "change_s", "change_low_s", "change_high_s")
    }
    outside = float((days * table["outside_share"]).sum() / days.sum())
    return UnfilledResponse(table=table, days=int(days.sum()), outside_share=outside, **means)
