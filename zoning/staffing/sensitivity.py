"""Stress of every option, and which assumption changes their order, on the same calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from io import BytesIO
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

import numpy as np
import pandas as pd

from zoning.demand import CallRates
from zoning.errors import OptionError, typed
from zoning.response.assumptions import ResponseAssumptions
from zoning.response.estimate import SimulatedResponse, compare_means, simulate_response
from zoning.response.stress import StressAssumptions, StressTest, scale_calls, stress_plan
from zoning.roads import TravelTimes
from zoning.roads.traffic import carry_over
from zoning.staffing.comparison import EMERGENCY_PROFILE, StaffingComparison
from zoning.staffing.figures import RESPONSE, SHARE, response_text
from zoning.staffing.precision import withheld_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

T = TypeVar("T")

PUBLISHED_CALLS: Final = (0.10, 0.55)
"""Calls a school-day and building: Louisville 2021, and Jefferson County's 2024 runs."""
ON_SCENE_RANGE_S: Final = (900.0, 3600.0)
"""A quarter of an hour to an hour; our choice, the comparison of cities gives 28.7 min."""
DAYS: Final = 100
"""School-days of each simulation. Our choice: fewer than for the main figures, since differences
are paired; what is not clear on them is called so."""
STEPS: Final = 5
"""Halvings of the range beyond the value used: a flip is found to a 32nd of it."""
FIRST, NEITHER, SECOND = -1, 0, 1
"""Which of two options answers sooner; `NEITHER`: no clear difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """An assumption and its range.

    Attributes
    ----------
    key, label
        Its column name, and what a reader sees.
    value, low, high
        What the comparison uses, and the ends of the range.
    text
        Writes a value in people's units.
    """

    key: str
    label: str
    value: float
    low: float
    high: float
    text: Callable[[float], str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sensitivity:
    """How the mean response of each option, and their order, follow from the assumptions.

    Attributes
    ----------
    means
        Index (``option_id``, ``assumption``); columns ``label``, ``value``, ``low``, ``high``
        (in the units of the assumption: seconds, calls, shares), ``mean_s``, ``mean_low_s``
        and ``mean_high_s``, the mean response at these; ``inf`` where officers cannot keep up.
    order
        Index (``assumption``, ``first``, ``second``), every pair of options; ``now``,
        ``at_low`` and ``at_high``: which answers sooner, -1 the first, 1 the second, 0 no clear
        difference; ``flips_below`` and ``flips_above``: the value nearest the one used at
        which that changes, NaN if it does not in the range.
    assumptions
        By key.
    labels
        Of the options, by id.
    notices
        Plain sentences on what was done.
    """

    means: pd.DataFrame = field(repr=False)
    order: pd.DataFrame = field(repr=False)
    assumptions: Mapping[str, Assumption]
    labels: Mapping[str, str]
    notices: tuple[str, ...]

    def describe(self) -> tuple[str, ...]:
        """Say which assumption changes the order of which options, one sentence each.

        Where the other option comes to answer sooner stands before where a clear difference
        comes or goes.
        """
        told = list(self._sentences())
        if not told:
            listed = ", ".join(one.label.lower() for one in self.assumptions.values())
            return (f"No assumption changes the order of the options within its range ({listed}).",)
        return tuple(text for _, text in sorted(told, key=lambda one: not one[0]))

    def _sentences(self) -> Iterator[tuple[bool, str]]:
        words = {FIRST: "{0} answers sooner", SECOND: "{1} answers sooner"}
        for pair, row in self.order.iterrows():
            key, first, second = (str(part) for part in cast(tuple[str, ...], pair))
            assumption = self.assumptions[key]
            names = self.labels[first], self.labels[second]
            for side, column in (("below", "flips_below"), ("above", "flips_above")):
                if np.isnan(row[column]):
                    continue
                end = row["at_low"] if side == "below" else row["at_high"]
                now, then = (
                    words.get(state, "there is no clear difference").format(*names)
                    for state in (row["now"], end)
                )
                yield (
                    row["now"] * end < 0,
                    f"{assumption.label} ({assumption.text(assumption.value)} assumed), {names[0]} "
                    f"and {names[1]}: {now}; {side} about "
                    f"{assumption.text(row[column])} {then}.",
                )

    def for_public(self, comparison: StaffingComparison) -> Sensitivity:
        """The same with public options and rounding; it names no school.

        Options whose mean response is withheld are left out.
        """
        shown = [
            option
            for option in self.labels
            if "mean_response_s" not in withheld_columns(comparison.outcome(option))
        ]
        kept = self.only(shown)
        means = kept.means
        for column in ("mean_s", "mean_low_s", "mean_high_s"):
            finite = np.isfinite(means[column])
            means.loc[finite, column] = means.loc[finite, column].map(RESPONSE.round_for_public)
        return kept

    def only(self, options: Sequence[str]) -> Sensitivity:
        """The same of some options, in the order of all."""
        shown = [option for option in self.labels if option in options]
        pairs = self.order.index
        kept = pairs.get_level_values("first").isin(shown)
        kept &= pairs.get_level_values("second").isin(shown)
        return replace(
            self,
            means=self.means[self.means.index.get_level_values("option_id").isin(shown)].copy(),
            order=self.order[kept],
            labels={option: self.labels[option] for option in shown},
        )

    def plot(self, ax: Axes | None = None, *, points: float = 9.0) -> Axes:
        """Draw a tornado: for each option, the mean over the range of each assumption.

        Parameters
        ----------
        points
            Size of its letters.

        Raises
        ------
        OptionError
            If matplotlib is not installed.
        """
        return _draw(self, ax, points)

    def png(self) -> bytes:
        """The tornado as a picture, the same bytes for the same figures."""
        axes = self.plot()
        axes.set_title("What the mean response depends on", loc="left", fontweight="bold")
        data = BytesIO()
        figure: Any = axes.figure
        figure.savefig(data, format="png", dpi=150, metadata={"Software": None})
        _pyplot().close(figure)
        return data.getvalue()


@typed
def stress_options(
    comparison: StaffingComparison,
    *,
    stress: StressAssumptions | None = None,
    closed_streets: Sequence[str] = (),
) -> dict[str, StressTest]:
    """Test the plan of every option with officers under stress, by option id.

    Parameters
    ----------
    comparison
        Its options, each on its own schools.
    stress
        How hard; the defaults if None.
    closed_streets
        Names of streets or classes of roads, each closed alone; only where streets are known.

    Raises
    ------
    ZoningError
        As `zoning.response.stress_plan` and `zoning.RoadNetwork.times_without`.
    """
    found: dict[str, StressTest] = {}
    for part in comparison.parts:
        network, driving = part.district.network, part.emergency_times.driving
        places = part.district.buildings
        closures = {}
        if network is not None:
            closures = {
                name: network.times_without(places, [name], profile=driving or EMERGENCY_PROFILE)
                for name in closed_streets
            }
        for one in part.outcomes:
            if one.plan is not None and one.schedule is not None and one.response is not None:
                found[one.option_id] = stress_plan(
                    one.plan,
                    one.schedule,
                    part.emergency_times,
                    schools=places,
                    calls=part.calls,
                    assumptions=one.response.assumptions,
                    stress=stress,
                    closures=closures,
                    times_by_hour=part.times_by_hour,
                )
    return found


def public_stress_table(
    comparison: StaffingComparison, tests: Mapping[str, StressTest]
) -> pd.DataFrame:
    """The tables of `stress_options` for publication: rounded, and withheld as the figures are.

    Returns
    -------
    DataFrame
        Index (``option_id``, ``stress``); columns of `zoning.response.StressTest` without
        ``offered_load`` and ``median_s``. NaN: not computed or withheld.
    """
    tables = {}
    for option, test in tests.items():
        withheld = withheld_columns(comparison.outcome(option))
        table = test.table.drop(columns=["offered_load", "median_s"], errors="ignore")
        for column in table.columns:
            unit = SHARE if "share" in column else RESPONSE if column.endswith("_s") else None
            if unit is None:
                continue
            known = np.isfinite(table[column].astype(float))
            table.loc[known, column] = table.loc[known, column].map(unit.round_for_public)
            is_mean = column == "mean_s" or column.startswith("change")
            if withheld & ({"mean_response_s"} if is_mean else {"p90_response_s"}):
                table[column] = np.nan
        tables[option] = table
    return pd.concat(tables, names=["option_id", "stress"]) if tables else pd.DataFrame()


@typed
def vary_assumptions(comparison: StaffingComparison, *, days: int = DAYS) -> Sensitivity:
    """Vary one assumption at a time over its range, and look at the order of the options.

    Call rate, drive times, time on scene, dispatch, and second officers. Every simulation
    answers the same calls (common random numbers), so that a difference of two options can be
    clear where the options' own intervals overlap. Where the order of a pair at an end of the
    range is not that at the value used, the value at which it changes is found by bisection;
    an order that changes and changes back inside the range is not seen.

    Parameters
    ----------
    comparison
        Its options with officers, on today's schools.
    days
        School-days of each simulation.

    Raises
    ------
    OptionError
        If no option has officers, or they do not share their assumptions.
    """
    part = comparison.parts[0]
    staffed = {o.option_id: o for o in part.outcomes if o.response is not None}
    assumed = {one.response.assumptions for one in staffed.values() if one.response is not None}
    if len(assumed) != 1:
        raise OptionError(
            "no option with officers is compared"
            if not assumed
            else "options differ in assumptions"
        )
    base = assumed.pop()
    calls, times, places = part.calls, part.emergency_times, part.district.buildings

    def respond(option: str, key: str, value: float) -> SimulatedResponse:
        outcome = staffed[option]
        if outcome.plan is None or outcome.schedule is None:
            raise OptionError(f"{option} has no officers")
        changed_calls, changed_times, changed = _change(key, value, calls, times, base)
        return simulate_response(
            outcome.plan,
            outcome.schedule,
            changed_times,
            schools=places,
            calls=changed_calls,
            days=days,
            assumptions=changed,
            times_by_hour=carry_over(part.times_by_hour, of=times, to=changed_times),
        )

    means, order = find_flips(
        tuple(staffed),
        assumptions := _assumptions(calls, base),
        Model(respond=respond, mean=_mean, compare=compare_order),
    )
    return Sensitivity(
        means=means,
        order=order,
        assumptions={one.key: one for one in assumptions},
        labels={option: outcome.label for option, outcome in staffed.items()},
        notices=(
            f"Sensitivity: one assumption at a time over its range, {days} simulated school-days "
            "each on the same calls; an order is called clear if the 95 % interval of the paired "
            f"difference of the means leaves out 0. A flip is found to 1/{2**STEPS} of the range.",
        ),
    )


def _assumptions(calls: CallRates, base: ResponseAssumptions) -> tuple[Assumption, ...]:
    rate = float(calls.per_day.mean())

    def over(
        key: str,
        label: str,
        value: float,
        ends: tuple[float, float],
        text: Callable[[float], str],
    ) -> Assumption:
        low, high = min(ends[0], value), max(ends[1], value)
        return Assumption(key=key, label=label, value=value, low=low, high=high, text=text)

    return (
        over(
            "calls_per_day",
            "Calls a school-day and building",
            rate,
            PUBLISHED_CALLS,
            lambda v: f"{v:.2f}",
        ),
        over(
            "travel_factor",
            "Drive times",
            1.0,
            base.travel_factor_range,
            lambda v: f"× {v:.2f}",
        ),
        over("on_scene_s", "Time on scene", base.on_scene_s, ON_SCENE_RANGE_S, response_text),
        over("dispatch_s", "Dispatch", base.dispatch_s, base.dispatch_range_s, response_text),
        over(
            "second_officer_share",
            "Calls with a second officer",
            base.second_officer_share,
            (0.0, 1.0),
            lambda v: f"{100 * v:.0f} %",
        ),
    )


def _change(
    key: str, value: float, calls: CallRates, times: TravelTimes, base: ResponseAssumptions
) -> tuple[CallRates, TravelTimes, ResponseAssumptions]:
    """Calls, times and assumptions with one of them changed."""
    if key == "calls_per_day":
        return scale_calls(calls, value / float(calls.per_day.mean())), times, base
    if key == "travel_factor":
        return calls, replace(times, seconds=times.seconds * value), base
    changes: dict[str, Any] = {key: value}
    return calls, times, replace(base, **changes)


def _mean(found: SimulatedResponse) -> float:
    return np.inf if found.is_overloaded else found.mean_s


def compare_order(one: SimulatedResponse, other: SimulatedResponse) -> int:
    """Which of two options answers sooner: `FIRST`, `SECOND` or `NEITHER`.

    Officers who cannot keep up come after those who can.
    """
    if one.is_overloaded or other.is_overloaded:
        return int(one.is_overloaded) - int(other.is_overloaded)
    change = compare_means(one, other)
    if change is None or not change.is_clear:
        return NEITHER
    return FIRST if change.value < 0 else SECOND


# The search, for any model.


@dataclass(frozen=True, slots=True, kw_only=True)
class Model(Generic[T]):
    """What is varied.

    Attributes
    ----------
    respond
        The response of an option at a value of an assumption: option, key, value.
    mean
        Its mean, seconds.
    compare
        Which of two answers sooner: `FIRST`, `NEITHER` or `SECOND`.
    """

    respond: Callable[[str, str, float], T]
    mean: Callable[[T], float]
    compare: Callable[[T, T], int]


def find_flips(
    options: Sequence[str],
    assumptions: Sequence[Assumption],
    model: Model[T],
    *,
    steps: int = STEPS,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables ``means`` and ``order`` of `Sensitivity`, for any model."""
    used = {one.key: one.value for one in assumptions}
    base = assumptions[0].key

    @cache
    def respond(option: str, key: str, value: float) -> T:
        if value == used[key] and key != base:
            return respond(option, base, used[base])
        return model.respond(option, key, value)

    @cache
    def state(first: str, second: str, key: str, value: float) -> int:
        return model.compare(respond(first, key, value), respond(second, key, value))

    means: dict[tuple[str, ...], Sequence[object]] = {}
    order: dict[tuple[str, ...], Sequence[object]] = {}
    for one in assumptions:
        for option in options:
            at = (model.mean(respond(option, one.key, v)) for v in (one.value, one.low, one.high))
            means[option, one.key] = (one.label, one.value, one.low, one.high, *at)
        for first, second in combinations(options, 2):

            def at_value(value: float, pair: tuple[str, str] = (first, second)) -> int:
                return state(*pair, one.key, value)  # noqa: B023 - called before the next one

            order[one.key, first, second] = (
                *(at_value(v) for v in (one.value, one.low, one.high)),
                *(find_flip(at_value, one.value, end, steps=steps) for end in (one.low, one.high)),
            )
    columns = ["label", "value", "low", "high", "mean_s", "mean_low_s", "mean_high_s"]
    return (
        _table(means, ["option_id", "assumption"], columns).sort_index(
            level="option_id", sort_remaining=False, key=lambda ids: ids.map(list(options).index)
        ),
        _table(
            order,
            ["assumption", "first", "second"],
            ["now", "at_low", "at_high", "flips_below", "flips_above"],
        ),
    )


def _table(
    rows: Mapping[tuple[str, ...], Sequence[object]], names: list[str], columns: list[str]
) -> pd.DataFrame:
    index = pd.MultiIndex.from_tuples(list(rows), names=names)
    return pd.DataFrame(list(rows.values()), index=index, columns=columns)


def find_flip(state: Callable[[float], int], value: float, end: float, *, steps: int) -> float:
    """The value at which a state changes between the one used and an end of the range.

    Returns
    -------
    float
        The middle of the last bracket, of ``|end - value| / 2^steps``; NaN if both ends have
        the same state.
    """
    now = state(value)
    if end == value or state(end) == now:
        return np.nan
    same, other = value, end
    for _ in range(steps):
        middle = (same + other) / 2
        if state(middle) == now:
            same = middle
        else:
            other = middle
    return (same + other) / 2


# The tornado.

_LOW, _HIGH, _GREY = "#0072B2", "#D55E00", "#767676"
"""Blue and vermilion of Okabe and Ito (2008), distinct with any colour vision."""


def _pyplot() -> Any:
    try:
        from matplotlib import pyplot as plt  # noqa: PLC0415
    except ImportError as error:
        raise OptionError(
            "drawing a tornado needs the package matplotlib",
            remedy="Install it with: pip install 'zoning[report]'",
        ) from error
    return plt


def _draw(of: Sensitivity, ax: Axes | None, points: float) -> Axes:
    keys = list(of.assumptions)
    high = len(of.labels) * (len(keys) + 1.6)
    if ax is None:
        _, ax = _pyplot().subplots(figsize=(8.5, 1.4 + 0.24 * high), layout="constrained")
    at, ticks = 0.0, []
    finite = of.means[["mean_s", "mean_low_s", "mean_high_s"]].to_numpy(float)
    edge = 1.05 * finite[np.isfinite(finite)].max(initial=60.0) / 60
    flips = of.order[["flips_below", "flips_above"]].notna().any(axis=1)
    for option, label in of.labels.items():
        rows = of.means.loc[option]
        ends = rows[["mean_low_s", "mean_high_s"]].to_numpy(float)
        spread = np.nan_to_num(np.abs(ends[:, 1] - ends[:, 0]), posinf=np.inf)
        ax.text(0, at, label, fontweight="bold", fontsize=points, va="center", clip_on=False)
        for k in np.argsort(-spread, kind="stable").tolist():
            at += 1
            key, row = rows.index[k], rows.iloc[k]
            _bar(ax, at, row, edge, 0.8 * points)
            flipped = any(
                flips[pair] for pair in flips.index if pair[0] == key and option in pair[1:]
            )
            text = of.assumptions[key].text
            name = f"{row['label']}: {text(row['low'])} to {text(row['high'])}"
            ticks.append((at, f"{name} {'◆' if flipped else ' '}"))
        at += 1.6
    ax.set_yticks([y for y, _ in ticks], [name for _, name in ticks], fontsize=0.9 * points)
    ax.set_ylim(at - 0.8, -0.9)
    ax.set_xlim(0, edge)
    ax.set_xlabel(
        "Mean response, minutes. Blue: at the low end of the range, orange: at the high end.\n"
        "◆ the order of this option and another changes within the range.",
        fontsize=points,
        loc="right",
    )
    ax.tick_params(axis="x", labelsize=points)
    ax.grid(visible=True, axis="x", color="#E6E6E6", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    return ax


def _bar(ax: Axes, at: float, row: pd.Series[Any], edge: float, points: float) -> None:
    """The bars from the mean used to those at both ends, and their values."""
    middle = row["mean_s"] / 60
    for column, colour in (("mean_low_s", _LOW), ("mean_high_s", _HIGH)):
        end = row[column] / 60
        shown = min(end, edge)
        ax.barh(at, shown - min(middle, edge), left=min(middle, edge), height=0.7, color=colour)
        if end > edge:
            ax.text(edge, at, "cannot keep up", ha="right", va="center", fontsize=points)
    ax.plot([min(middle, edge)] * 2, [at - 0.45, at + 0.45], color="#222222", linewidth=1.2)
