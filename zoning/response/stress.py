"""Stress: a plan's response when posts are empty, calls come together, roads close or it snows."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Final, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zoning.demand import CallRates
from zoning.errors import OptionError, UnreachableError, first_few
from zoning.patrol import PatrolSchedule
from zoning.response.assumptions import ResponseAssumptions
from zoning.response.call_sample import call_times, drive_factor, lognormal, mean_drive_factor
from zoning.response.estimate import SimulatedResponse, compare_means, simulate_response
from zoning.response.severe import officer_drives
from zoning.response.simulated_district import officers_in_order
from zoning.roads.traffic import TravelByHour, carry_over
from zoning.roads.travel.travel_times import TravelTimes
from zoning.schools import buildings as buildings_of
from zoning.settings import HIDDEN, PERCENT, Setting, settings
from zoning.units import counted
from zoning.zones.plan import ZoneKind, ZonePlan

Floats = NDArray[np.float64]
K = TypeVar("K", bound=Hashable)

SIMULATION, TIMETABLE = "simulation", "timetable"
"""What gave a row of the table: simulated school-days, or the timetable minute by minute."""
BASE: Final = "base"
_STEP_S: Final = 60.0
_TOGETHER: Final = {
    "second_call": "A second call during the first",
    "two_campuses": "Severe events at two campuses at once",
}
_POSTS_STREAM: Final = 15
"""Keeps the random numbers of empty posts apart from those of the calls, which share the seed."""


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class StressAssumptions:
    """How hard a plan is tested; all are defaults.

    Attributes
    ----------
    empty_shares
        Shares of posts, 0 to 1, that nobody fills; a fresh random set each simulated day.
        Default 15, 50 and 80 %: absence with training, and half and a fifth of the posts
        filled, as Jefferson County's were (14 of 30 in 2023).
    snow_speed_loss
        Share by which snow lowers speeds. Default 35 %: the Federal Highway Administration
        gives 30 to 40 % on arterials with snowy or slushy pavement (Road Weather Management
        Program, How Do Weather Events Impact Roads?).
    growth
        Multiples of the calls. Default 1.5, 2 and 3, our choice.
    days
        School-days simulated for each. Default 100, fewer than for the main figures: changes
        are paired with the same calls, and each carries its interval.

    Raises
    ------
    OptionError
        If a value makes no sense; every fault in one error.
    """

    empty_shares: Annotated[
        tuple[float, ...],
        Setting(
            meaning="Shares of posts that nobody fills.", unit=PERCENT, at_least=0, at_most=100
        ),
    ] = (0.15, 0.5, 0.8)
    snow_speed_loss: Annotated[
        float,
        Setting(meaning="Share by which snow lowers speeds.", unit=PERCENT, at_least=0, below=100),
    ] = 0.35
    growth: Annotated[
        tuple[float, ...], Setting(meaning="Multiples of today's calls.", above=0)
    ] = (1.5, 2.0, 3.0)
    days: Annotated[int, HIDDEN] = 100

    def __post_init__(self) -> None:
        faults = [
            f"empty_shares has {share}, not a share from 0 to 1"
            for share in self.empty_shares
            if not 0 <= share <= 1
        ]
        if not 0 <= self.snow_speed_loss < 1:
            faults.append(f"snow_speed_loss is {self.snow_speed_loss}, not from 0 to below 1")
        faults += [
            f"growth has {factor}, not a number above 0"
            for factor in self.growth
            if not (math.isfinite(factor) and factor > 0)
        ]
        if self.days < 2:
            faults.append(f"days is {self.days}, less than 2")
        if faults:
            raise OptionError("the stress tests cannot be made", faults)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StressTest:
    """What stress does to the response of one plan.

    Attributes
    ----------
    table
        Index ``stress`` (``base`` first); columns ``label``, ``model`` (`SIMULATION` or
        `TIMETABLE`), ``mean_s``, ``p90_s``, ``share_within_<t>_s``, ``outside_share`` (calls that
        no officer answers), ``change_s`` with ``change_low_s`` and ``change_high_s`` (change of the
        mean and its 95 % interval, on the same calls; no interval where nothing is sampled),
        ``offered_load``, ``is_overloaded`` and ``note``. NaN: not computed.
    buildings
        Index (``stress``, ``building_id``); ``mean_s`` and ``change_s``. Which buildings lose
        most. Restricted.
    most_calls
        Calls a school-day and building up to which the officers can keep up; ``inf`` if outside
        police take what they cannot.
    notices
        Plain sentences on what was assumed; no school is named.
    """

    table: pd.DataFrame = field(repr=False)
    buildings: pd.DataFrame = field(repr=False)
    most_calls: float
    notices: tuple[str, ...]


def stress_plan(
    plan: ZonePlan,
    schedule: PatrolSchedule,
    times: TravelTimes,
    *,
    schools: gpd.GeoDataFrame,
    calls: CallRates,
    assumptions: ResponseAssumptions | None = None,
    stress: StressAssumptions | None = None,
    closures: Mapping[str, TravelTimes] | None = None,
    unfilled: Mapping[str, Collection[str]] | None = None,
    times_by_hour: TravelByHour = (),
) -> StressTest:
    """Test one plan under stress; see `StressTest.table`.

    Empty posts, snow, closures and growth of calls are simulated with the calls of the base
    case. Two cases come from the timetable, minute by minute, with every other officer free:

    ``second_call``
        A call while the zone's officer is on another: the nearest officer of the other zones
        comes, if officers help each other.
    ``two_campuses``
        Severe events at two campuses at once: the nearest officer goes to the first, the nearest
        of the others to the second, whoever's zone it is. The figures are the second's, over all
        pairs in proportion to calls.

    Officers keep the timetable of the base case in snow and when roads are closed.

    Parameters
    ----------
    plan, schedule, times, schools, calls, assumptions
        As for `estimate_response`.
    stress
        How hard; the defaults if None.
    closures
        Travel times with roads closed, by label, such as ``{"I-64": network.times_without(schools,
        ["I-64"])}``.
    unfilled
        Posts that nobody fills, by label, such as ``{"2026-10-05": ["Zone 7"]}``; an officer's id
        of the timetable, or a zone's that is no officer's, for all its officers. The table tells
        what single posts are worth, so it is restricted.
    times_by_hour
        As for `estimate_response`. Every stress has the same traffic; the two cases from the
        timetable have none, which their note says.

    Raises
    ------
    ZoningError
        As `estimate_response` for the base case. A closure that cuts a zone in two is a row
        with a note.
    OptionError
        If an unfilled post is none of the timetable's.
    """
    assumed, tested = assumptions or ResponseAssumptions(), stress or StressAssumptions()
    places = buildings_of(schools)
    empty = find_posts(plan, schedule, unfilled or {})
    cases = dict(
        _cases(len(schedule.days), times, calls, (assumed, tested), closures=closures or {})
    )
    cases |= {
        f"unfilled_{label}": _Case(
            label=f"Unfilled: {label}", times=times, calls=calls, empty_posts=posts[None, :]
        )
        for label, posts in empty.items()
    }
    rows: dict[str, dict[str, object]] = {}
    means: dict[str, pd.Series[float]] = {}
    base: SimulatedResponse | None = None
    for key, case in cases.items():
        try:
            found = simulate_response(
                plan,
                schedule,
                case.times,
                schools=places,
                calls=case.calls,
                days=tested.days,
                assumptions=assumed,
                times_by_hour=carry_over(times_by_hour, of=times, to=case.times),
                empty_posts=case.empty_posts,
            )
        except UnreachableError as error:
            if base is None:
                raise
            rows[key] = {"label": case.label, "model": SIMULATION, "note": _cut_off(error)}
            continue
        base = base or found
        rows[key] = {"label": case.label, "model": SIMULATION, **_row(found, base)}
        means[key] = found.building_means()
    together = _calls_together(plan, schedule, times, places, calls, assumed=assumed)
    rows |= {key: {"label": _TOGETHER[key], "model": TIMETABLE} for key in _TOGETHER}
    against: dict[str, pd.Series[float]] = {}
    for key, found_together in together.items():
        rows[key] |= found_together.row
        means[key], against[key] = found_together.means, found_together.against
    order = [BASE, *_TOGETHER, *(key for key in cases if key != BASE)]
    table = pd.DataFrame([rows[key] for key in order], index=pd.Index(order, name="stress"))
    table["note"] = table["note"].fillna("") if "note" in table else ""
    if times_by_hour:
        table.loc[list(_TOGETHER), "note"] += " Without the traffic of the hour."
        table["note"] = table["note"].str.strip()
    return StressTest(
        table=table,
        buildings=_building_changes(means, against),
        most_calls=base.headroom * float(calls.per_day.mean()) if base else math.nan,
        notices=tuple(_notices(assumed, tested)),
    )


def find_posts(
    plan: ZonePlan, schedule: PatrolSchedule, unfilled: Mapping[K, Collection[str]]
) -> dict[K, NDArray[np.bool_]]:
    """Find which officers of a timetable named posts are: shape (officers,) for each label.

    A post is an officer's id, or a zone's, which is all its officers; the first officer of a zone
    has the zone's id, and is then meant alone.

    Raises
    ------
    OptionError
        Naming every post that is neither.
    """
    days = officers_in_order(plan, schedule)
    posts: dict[str, set[int]] = {}
    for k, day in enumerate(days):
        posts.setdefault(day.zone_id, set()).add(k)
    posts |= {day.officer_id: {k} for k, day in enumerate(days)}
    unknown = {post: label for label, named in unfilled.items() for post in named}
    faults = [
        f"{label}: {post!r} is no officer and no zone of the timetable"
        for post, label in unknown.items()
        if post not in posts
    ]
    if faults:
        raise OptionError(
            "posts that are not filled are not in the timetable",
            faults,
            f"Its officers are {', '.join(first_few([day.officer_id for day in days]))}.",
        )
    found = {}
    for label, named in unfilled.items():
        empty = np.zeros(len(days), dtype=np.bool_)
        empty[sorted({k for post in named for k in posts[post]})] = True
        found[label] = empty
    return found


def scale_calls(calls: CallRates, factor: float) -> CallRates:
    """Multiply all call rates."""
    hourly = None if calls.hourly is None else calls.hourly * factor
    return replace(calls, per_day=calls.per_day * factor, hourly=hourly)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    label: str
    times: TravelTimes
    calls: CallRates
    empty_posts: NDArray[np.bool_] | None = None


def _cases(
    officers: int,
    times: TravelTimes,
    calls: CallRates,
    given: tuple[ResponseAssumptions, StressAssumptions],
    *,
    closures: Mapping[str, TravelTimes],
) -> Iterator[tuple[str, _Case]]:
    assumed, tested = given
    yield BASE, _Case(label="As planned", times=times, calls=calls)
    # The posts that are empty at a small share are among those at a larger one.
    rng = np.random.default_rng([assumed.seed, _POSTS_STREAM])
    chance = rng.random((tested.days, officers))
    for share in tested.empty_shares:
        label = f"{100 * share:g} % of posts empty"
        empty = chance < share
        yield (
            f"empty_{100 * share:g}",
            _Case(label=label, times=times, calls=calls, empty_posts=empty),
        )
    slower = replace(times, seconds=times.seconds / (1 - tested.snow_speed_loss))
    label = f"Snow: {100 * tested.snow_speed_loss:g} % slower"
    yield "snow", _Case(label=label, times=slower, calls=calls)
    for name, closed in closures.items():
        yield f"closed_{name}", _Case(label=f"Closed: {name}", times=closed, calls=calls)
    for factor in tested.growth:
        more = scale_calls(calls, factor)
        yield (
            f"calls_{factor:g}",
            _Case(label=f"{factor:g} times the calls", times=times, calls=more),
        )


def _row(found: SimulatedResponse, base: SimulatedResponse) -> dict[str, object]:
    row: dict[str, object] = {
        **found.figures(),
        "outside_share": found.outside_share,
        "offered_load": found.offered_load,
        "is_overloaded": found.is_overloaded,
    }
    if found.is_overloaded:
        row["note"] = "The officers cannot keep up: the queue never ends."
    elif found.outside_share > 0:
        share = max(round(100 * found.outside_share), 1)
        row["note"] = f"No officer answers {share} % of the calls; they are not in the mean."
    if found is not base and (change := compare_means(found, base)):
        row |= {
            "change_s": change.value,
            "change_low_s": change.low,
            "change_high_s": change.high,
        }
    return row


def _cut_off(error: UnreachableError) -> str:
    pairs = counted(len(error.faults), "pair")
    return f"Not computed: no way between {pairs} of buildings of one zone or more."


def _calls_together(
    plan: ZonePlan,
    schedule: PatrolSchedule,
    times: TravelTimes,
    schools: gpd.GeoDataFrame,
    calls: CallRates,
    *,
    assumed: ResponseAssumptions,
) -> dict[str, _Together]:
    """The two cases of calls at the same time, with all other officers on their timetable."""
    ids = list(plan.building_ids)
    days = officers_in_order(plan, schedule)
    first, last = min(d.start_s for d in days), max(d.end_s for d in days)
    rates = replace(calls, per_day=calls.per_day[ids])
    hours = call_times(rates, schools, day=(first, last))
    moments = np.arange(hours.edges.min(), hours.edges.max(), _STEP_S) + _STEP_S / 2
    weight = hours.density(moments) * rates.per_day.to_numpy(np.float64)
    at = times.positions(ids)
    zones = {zone.zone_id: zone for zone in plan.zones}
    homes = np.array([plan.zone_of(b).zone_id for b in ids])

    shape = len(moments), len(ids)
    own, other = np.full(shape, np.inf), np.full(shape, np.inf)
    nearest, next_s, who = np.full(shape, np.inf), np.full(shape, np.inf), np.full(shape, -1)
    for o, (on_duty, drives) in enumerate(officer_drives(days, moments, times, at)):
        mine = homes == days[o].zone_id
        # The zone's nearest officer is on the first call; another of the zone takes the second.
        free = np.where(mine, np.maximum(own[on_duty], drives), np.inf)
        own[on_duty, mine] = np.minimum(own[on_duty], drives)[:, mine]
        zone = zones.get(days[o].zone_id)  # None: of the whole district
        roves = zone is None or zone.kind is not ZoneKind.DEDICATED
        helps = zone is None or assumed.mutual_aid
        if helps and (roves or assumed.fixed_officers_help):
            free = np.where(mine, free, drives)
        np.minimum(other[on_duty], free, out=other[on_duty])
        closer = drives < nearest[on_duty]
        next_s[on_duty] = np.where(closer, nearest[on_duty], np.minimum(next_s[on_duty], drives))
        who[on_duty] = np.where(closer, o, who[on_duty])
        nearest[on_duty] = np.where(closer, drives, nearest[on_duty])

    # The chance, at each moment, that the first campus takes the nearest officer of the second.
    total = weight.sum(axis=1, keepdims=True)
    by_officer = np.zeros((len(moments), len(days) + 1))
    np.add.at(by_officer, (np.arange(len(moments))[:, None], who), weight)
    same = np.take_along_axis(by_officer, who, axis=1) - weight
    with np.errstate(invalid="ignore", divide="ignore"):
        taken = np.where(total > weight, same / (total - weight), 0.0).clip(0, 1)
    second = np.concatenate([nearest, next_s])
    chances = np.concatenate([weight * (1 - taken), weight * taken])
    tell = _Figures(assumed=assumed, ids=ids)
    return {
        "second_call": tell.of((other, weight), against=(own, weight)),
        "two_campuses": tell.of((second, chances), against=(nearest, weight)),
    }


Drives = tuple[Floats, Floats]
"""Seconds of drives, and the calls that each stands for; shape (any, buildings)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Together:
    """A row of the table, and the means of the buildings with the stress and without."""

    row: dict[str, object]
    means: pd.Series[float]
    against: pd.Series[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Figures:
    """Figures of drives that are known at every moment, weighted by calls."""

    assumed: ResponseAssumptions
    ids: Sequence[str]

    def mean(self, of: Drives) -> float:
        """Mean response, seconds; NaN if no officer ever comes."""
        drives, weight = of
        comes = np.isfinite(drives) & (weight > 0)
        total = weight[comes].sum()
        drive = float((weight[comes] * drives[comes]).sum() / total) if total > 0 else math.nan
        waiting = self.assumed.dispatch_s + self.assumed.turnout_s
        return waiting + drive * mean_drive_factor(self.assumed.drive_spread)

    def building_means(self, of: Drives) -> pd.Series[float]:
        """The mean of each building."""
        means = [self.mean((of[0][:, k], of[1][:, k])) for k in range(len(self.ids))]
        index = pd.Index(list(self.ids), name="building_id", dtype=object)
        return pd.Series(means, index=index, name="mean_s")

    def of(self, stressed: Drives, *, against: Drives) -> _Together:
        """What the stress does, beside the same drives without it."""
        assumed, (drives, weight), mean = self.assumed, stressed, self.mean(stressed)
        drawn = np.random.default_rng([assumed.seed, _POSTS_STREAM, 1]).random((3, *drives.shape))
        response = (
            lognormal(assumed.dispatch_s, assumed.dispatch_spread, drawn[0])
            + lognormal(assumed.turnout_s, assumed.turnout_spread, drawn[1])
            + drives * drive_factor(assumed.drive_spread, drawn[2])
        )
        comes = np.isfinite(drives) & (weight > 0)
        values, weights = response[comes], weight[comes]
        row: dict[str, object] = {"mean_s": mean, "change_s": mean - self.mean(against)}
        if len(values):
            order = np.argsort(values)
            reached = np.cumsum(weights[order]) / weights.sum()
            row["p90_s"] = float(values[order][int(np.searchsorted(reached, 0.9 - 1e-9))])
            row |= {
                f"share_within_{t}_s": float(weights[values <= t].sum() / weights.sum())
                for t in assumed.thresholds_s
            }
        else:
            row["note"] = "No other officer answers: the call waits or goes to outside police."
        row["outside_share"] = float(1 - weights.sum() / weight.sum())
        return _Together(
            row=row, means=self.building_means(stressed), against=self.building_means(against)
        )


def _building_changes(
    means: Mapping[str, pd.Series[float]], against: Mapping[str, pd.Series[float]]
) -> pd.DataFrame:
    changes = {key: mean - against.get(key, means[BASE]) for key, mean in means.items()}
    parts = {"mean_s": pd.concat(means), "change_s": pd.concat(changes)}
    return pd.DataFrame(parts).rename_axis(index=["stress", "building_id"])


def _notices(assumed: ResponseAssumptions, tested: StressAssumptions) -> Iterator[str]:
    yield (
        f"Stress: {tested.days} simulated school-days each, with the calls of the base case; the "
        "changes of the mean carry a 95 % interval. Officers keep their timetable in snow and when "
        "roads are closed."
    )
    yield (
        f"Snow lowers speeds by {100 * tested.snow_speed_loss:g} % (default; the Federal Highway "
        "Administration gives 30 to 40 % on arterials with snowy or slushy pavement)."
    )
    if assumed.mutual_aid:
        yield (
            "A second call and two campuses at once: from the timetable, minute by minute, with "
            "every other officer free."
        )
