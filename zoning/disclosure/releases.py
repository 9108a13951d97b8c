"""Find the responses at single schools that several public releases together reveal.

Each public mean is a linear equation over the mean times after turnout at single
buildings (drives, and waits for an officer who is on another call), known to half a rounding
step, with public weights (enrolment). Linear programs over the equations of all releases
give the interval of each building's time. Whoever solves them is taken to know the waits at
buildings with an officer of their own.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse.csgraph import connected_components

from zoning.disclosure.views import PublicView, public_view
from zoning.editions import Edition
from zoning.staffing import OptionOutcome, StaffingComparison
from zoning.staffing.equity import ALL_STUDENTS, students_by_building
from zoning.staffing.figures import RESPONSE_STEP_S
from zoning.staffing.precision import patrolled_ids, response_assumptions
from zoning.units import counted

NARROW_S: Final = 60.0
"""Our choice: a response known to within a minute is disclosed."""
SHRUNK: Final = 0.5
"""Our choice: so is one whose interval shrinks to this share through earlier releases."""
_NOISE_S: Final = 1e-4  # the solver's tolerance is 1e-7, on values of some thousand seconds

Served = tuple[str, frozenset[str]]
"""A building, and the buildings that share its officer; its response depends on these."""
Plan = Sequence[tuple[str, Sequence[str]]]
"""Kind and buildings of each zone."""
Zones = Mapping[str, frozenset[str]]
"""Buildings that share an officer with each building, itself included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What an earlier public run published.

    Attributes
    ----------
    name
        What to call it.
    told
        Of `published_figures`, by option.
    response
        What a call waited for, by the fields of `ResponseAssumptions`.
    plans
        Its plans.
    """

    name: str
    told: Mapping[str, Mapping[str, Any]]
    response: Mapping[str, Any]
    plans: Sequence[Plan]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedMean:
    """A mean drive that a release publishes.

    Attributes
    ----------
    weights
        Weights of patrolled buildings; they sum to 1 with those of buildings that have
        an officer of their own.
    low_s, high_s
        Bounds on the mean, seconds.
    """

    weights: Mapping[Served, float]
    low_s: float
    high_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What whoever solves the equations of an option is taken to know of it.

    Attributes
    ----------
    own_waits_s
        Mean time after turnout at buildings with an officer of their own: waits alone.
    ends_off_s
        By how much the ends of the range of the mean differ from dispatch, turnout and drive
        at that end: waits do not grow as drives do. None if it is not known.
    """

    own_waits_s: Mapping[str, float]
    ends_off_s: tuple[float, float] | None = (0.0, 0.0)


_ALWAYS_FREE: Final = Known(own_waits_s={})


def known_of(outcome: OptionOutcome) -> Known:
    """What is known of an option of this run; nothing if it has no response."""
    if outcome.response is None or outcome.is_overloaded:
        return Known(own_waits_s={}, ends_off_s=None)
    assumed, figures = outcome.response.assumptions, outcome.figures
    response = asdict(assumed)
    drive = figures["mean_response_s"] - assumed.dispatch_s - assumed.turnout_s
    low, high = (
        figures[f"mean_response_{name}_s"] - shortest - factor * drive
        for name, shortest, factor in _range_ends(response)
    )
    patrolled = patrolled_ids(outcome.plan)
    after = _after_turnout(outcome)
    return Known(
        own_waits_s={b: s for b, s in after.items() if b not in patrolled}, ends_off_s=(low, high)
    )


def _after_turnout(outcome: OptionOutcome) -> dict[str, float]:
    """Mean seconds from turnout to arrival by building; none without a response."""
    if outcome.response is None or outcome.is_overloaded:
        return {}
    assumed, means = outcome.response.assumptions, outcome.response.buildings["mean_s"]
    after = means - assumed.dispatch_s - assumed.turnout_s
    return {str(b): max(float(s), 0.0) for b, s in after.items() if math.isfinite(s)}


def _range_ends(response: Mapping[str, Any]) -> Iterator[tuple[str, float, float]]:
    """Name, shortest wait and factor of the drives of both ends of the assumed ranges."""
    for end, name in enumerate(("low", "high")):
        shortest = response["dispatch_range_s"][end] + response["turnout_range_s"][end]
        yield name, shortest, response["travel_factor_range"][end]


def plan_hash(plan: Plan) -> str:
    """SHA-256 of a plan: kind and buildings of each zone; names and order do not matter."""
    plain = sorted([kind, sorted(buildings)] for kind, buildings in plan)
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()


def plans_of(view: PublicView) -> dict[str, Plan]:
    """The plan of each option; empty if it has none."""
    plans: dict[str, Plan] = {}
    for option in view.options:
        kinds, buildings = option.zones["kind"], option.zones["building_ids"]
        plans[option.option_id] = list(zip(map(str, kinds), map(tuple, buildings), strict=True))
    return plans


def zones_of(plan: Plan) -> Zones:
    """The buildings that share an officer with each building."""
    return {building: frozenset(shared) for _, shared in plan for building in shared}


def published_figures(view: PublicView) -> dict[str, dict[str, Any]]:
    """The published figures and the plan's hash of each option, for ``run.json``.

    ``step_s`` is the rounding step of responses, ``groups`` holds mean responses by
    group of students. Withheld figures are left out.
    """
    waits = view.equity["mean_response_s"].dropna().reset_index()
    return {
        option.option_id: {
            "plan_sha256": plan_hash(plan) if plan else None,
            "step_s": RESPONSE_STEP_S,
            "figures": {c: float(v) for c, v in option.values.items() if math.isfinite(v)},
            "groups": {
                str(group): float(wait)
                for option_id, group, wait in waits.itertuples(index=False, name=None)
                if option_id == option.option_id
            },
        }
        for option, plan in zip(view.options, plans_of(view).values(), strict=True)
    }


def mean_weights(comparison: StaffingComparison) -> dict[str, pd.Series[float]]:
    """Building weights of each published mean: '' by calls, else by a group of students.

    For the options of one set of schools: see `StaffingComparison.part_of`.
    """
    weights: dict[str, pd.Series[float]] = {"": comparison.calls.per_day}
    for response in (o.response for o in comparison.outcomes if o.response is not None):
        students = students_by_building(comparison.district.schools, response)
        weights |= {str(group): students[group] for group in students}
    return weights


def published_means(
    figures: Mapping[str, Any],
    zones: Zones,
    *,
    response: Mapping[str, Any],
    weights: Mapping[str, pd.Series[float]],
    known: Known = _ALWAYS_FREE,
) -> Iterator[PublishedMean]:
    """The equations of one option.

    Parameters
    ----------
    figures
        Of `published_figures`.
    zones
        Its plan.
    response
        Dispatch, turnout and their ranges, by the fields of `ResponseAssumptions`.
    weights
        Of `mean_weights`, for all buildings of the plan.
    known
        Of `known_of`.
    """
    half, values, groups = figures["step_s"] / 2, figures["figures"], figures["groups"]
    wait = response["dispatch_s"] + response["turnout_s"]
    ends: list[tuple[str, float, float]] = [("mean_response_s", wait, 1.0)]
    for (name, shortest, factor), off in zip(
        _range_ends(response), known.ends_off_s or (), strict=False
    ):
        ends.append((f"mean_response_{name}_s", shortest + off, factor))
    spans = [
        _bound_drive(values[column], half, waited=waited, factor=factor)
        for column, waited, factor in ends
        if column in values and factor > 0
    ]
    if spans:
        low, high = max(low for low, _ in spans), min(high for _, high in spans)
        yield _mean_of_patrols(weights[""], zones, low, high, known=known)
    for group, value in groups.items():
        if group in weights and weights[group].reindex(list(zones)).sum() > 0:
            # A mean within half a step of that of all students is published as theirs, so that
            # it can be off by a whole step.
            as_all = group != ALL_STUDENTS and value == groups.get(ALL_STUDENTS)
            low, high = _bound_drive(value, 2 * half if as_all else half, waited=wait, factor=1.0)
            yield _mean_of_patrols(weights[group], zones, low, high, known=known)


def _mean_of_patrols(
    weights: pd.Series[float], zones: Zones, low_s: float, high_s: float, *, known: Known
) -> PublishedMean:
    """The equation without what is known of it: buildings with an officer of their own."""
    of_plan = weights.reindex(list(zones)).fillna(0.0).to_numpy(np.float64)
    shares = of_plan / of_plan.sum()
    pairs = list(zip(zones.items(), map(float, shares), strict=True))
    own_s = sum(share * known.own_waits_s.get(b, 0.0) for (b, of), share in pairs if len(of) == 1)
    return PublishedMean(
        weights={served: share for served, share in pairs if len(served[1]) > 1},
        low_s=max(low_s - own_s, 0.0),
        high_s=max(high_s - own_s, 0.0),
    )


def _bound_drive(value: float, half: float, *, waited: float, factor: float) -> tuple[float, float]:
    """Bound the mean drive behind a published response.

    Responses are never rounded below dispatch plus turnout. If the published response
    is near that, it may have been rounded up, and the lower bound of the drive is 0.
    """
    low = value - half if value - 2 * half >= waited else waited
    return (low - waited) / factor, (value + half - waited) / factor


def longest_drives(
    plans: Iterable[tuple[StaffingComparison, Zones, OptionOutcome | None]],
) -> dict[Served, float]:
    """Bound the mean drive to each building by the drive from the farthest one of its zone.

    Where that officer is on another call, one comes from farther away or the call waits. A
    mean that is longer is bounded by the drive from the farthest building of all, if not
    even that is exceeded.

    Parameters
    ----------
    plans
        Each with the comparison of its schools, for the travel times, and the outcome of its
        option; None of an option that is not of this run.
    """
    longest: dict[Served, float] = {}
    for comparison, zones, outcome in plans:
        means = {} if outcome is None else _after_turnout(outcome)
        times = comparison.emergency_times
        row = {building: k for k, building in enumerate(times.ids)}
        for served in ((b, shared) for b, shared in zones.items() if len(shared) > 1):
            building, shared = served
            drive = float(times.seconds[[row[b] for b in shared], row[building]].max())
            if (mean := means.get(building, 0.0)) > drive:
                drive = max(float(times.seconds[:, row[building]].max()), mean)
            longest[served] = max(drive, longest.get(served, 0.0))
    in_order = sorted(longest, key=lambda one: (one[0], sorted(one[1])))
    return {served: longest[served] for served in in_order}


def possible_drives(
    means: Sequence[PublishedMean], longest_s: Mapping[Served, float], asked: Iterable[Served]
) -> tuple[dict[Served, tuple[float, float]], float]:
    """Find the shortest and longest mean drives that satisfy every published mean.

    Solves two linear programs for each building, so the interval is exact.

    Parameters
    ----------
    longest_s
        Upper bound on the mean drive, for every building that a mean weighs.

    Returns
    -------
    dict, float
        The intervals, and the seconds by which the means contradict one another. If
        they do, all limits are widened by twice that: widened once they would leave a
        single point, which is no evidence.
    """
    if not means:
        return {served: (0.0, longest_s[served]) for served in asked}, 0.0
    every = list(longest_s)
    at = {served: k for k, served in enumerate(every)}
    rows = np.zeros((len(means), len(every)))
    for row, mean in zip(rows, means, strict=True):
        for served, share in mean.weights.items():
            row[at[served]] += share
    longest = np.array([longest_s[served] for served in every])
    both = np.vstack([rows, -rows])  # mean <= high end, -mean <= -low end
    limits = np.array([mean.high_s for mean in means] + [-mean.low_s for mean in means])
    slack = _measure_contradiction(both, limits, longest)
    limits = limits + 2 * slack + _NOISE_S
    # Plans without a common zone give separate programs, which take a fifth of the time each.
    _, problem_of = connected_components(rows.T @ rows > 0, directed=False)
    found = {}
    for served in asked:
        linked = np.flatnonzero(problem_of == problem_of[at[served]])
        about = both[:, linked].any(axis=1)
        one = (linked == at[served]).astype(float)
        ends = (
            _minimise(sign * one, both[about][:, linked], limits[about], longest[linked]) @ one
            for sign in (1, -1)
        )
        found[served] = (float(next(ends)), float(next(ends)))
    return found, slack


def _measure_contradiction(
    rows: NDArray[np.float64], limits: NDArray[np.float64], longest: NDArray[np.float64]
) -> float:
    """Find the least widening of all limits, in seconds, that makes them feasible."""
    last = np.append(np.zeros(len(longest)), 1.0)
    widened = np.hstack([rows, -np.ones((len(rows), 1))])
    slack = float(_minimise(last, widened, limits, np.append(longest, np.inf)) @ last)
    return 0.0 if slack <= _NOISE_S else slack


def _minimise(
    costs: NDArray[np.float64],
    rows: NDArray[np.float64],
    limits: NDArray[np.float64],
    longest: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Minimise costs subject to rows <= limits; callers ensure feasibility."""
    bounds = np.column_stack([np.zeros(len(longest)), longest])
    found = linprog(costs, A_ub=rows, b_ub=limits, bounds=bounds, method="highs")
    if found.x is None:
        raise ArithmeticError(f"the solver found no drives that fit: {found.message}")
    return np.asarray(found.x, dtype=np.float64)


def find_narrowed(
    new: Sequence[PublishedMean],
    earlier: Sequence[PublishedMean],
    longest_s: Mapping[Served, float],
    *,
    asked: Iterable[Served],
) -> tuple[pd.DataFrame, float]:
    """Find the buildings whose response the releases disclose.

    These are buildings whose interval under all releases is at most `NARROW_S`, or at
    most `SHRUNK` of that under the new release alone. Buildings whose interval is
    narrower than `NARROW_S` from plan and streets alone are skipped.

    Parameters
    ----------
    new, earlier
        The means of the releases.
    longest_s
        Upper bound on the mean drive to each building.
    asked
        The buildings in question.

    Returns
    -------
    DataFrame, float
        Columns ``building_id``, ``alone_s`` and ``together_s``, the widths in seconds,
        narrowest first; and the contradiction of the releases, seconds.
    """
    together, slack = possible_drives([*new, *earlier], longest_s, asked)
    width = {served: high - low for served, (low, high) in together.items()}
    # The interval under the new release alone is at most `longest_s`, so others cannot qualify.
    near = [
        served
        for served, left in width.items()
        if longest_s[served] > NARROW_S and left <= max(NARROW_S, SHRUNK * longest_s[served])
    ]
    alone, _ = possible_drives(new, longest_s, near)
    rows = [
        (served[0], high - low, width[served])
        for served, (low, high) in alone.items()
        if width[served] <= max(NARROW_S, SHRUNK * (high - low))
    ]
    table = pd.DataFrame(rows, columns=["building_id", "alone_s", "together_s"])
    return table.sort_values("together_s", kind="stable", ignore_index=True), slack


def describe_disclosure(
    comparison: StaffingComparison, earlier: Sequence[Release], *, edition: Edition
) -> Iterator[str]:
    """Describe what the public files of this and earlier runs disclose together.

    Only the restricted edition names buildings.
    """
    view = public_view(comparison)
    own = plans_of(view)
    parts = {option: comparison.part_of(option) for option in own}
    assumed = response_assumptions(comparison.outcomes)
    new_plans = {option: zones_of(zones) for option, zones in own.items() if zones}
    new: list[PublishedMean] = []
    old: list[PublishedMean] = []
    plans: list[tuple[StaffingComparison, Zones, OptionOutcome | None]] = [
        (parts[option], zones, comparison.outcome(option)) for option, zones in new_plans.items()
    ]
    known = {option: known_of(comparison.outcome(option)) for option in new_plans}
    if assumed is not None:
        told, response = published_figures(view), asdict(assumed)
        for option, zones in new_plans.items():
            weights = mean_weights(parts[option])
            new += published_means(
                told[option], zones, response=response, weights=weights, known=known[option]
            )
    # An officer of one building answers its calls alone, whatever the other zones are.
    own_waits = {b: s for one in known.values() for b, s in one.own_waits_s.items()}
    for release in earlier:
        by_hash = {plan_hash(zones): zones for zones in (*own.values(), *release.plans) if zones}
        for option, of_option in release.told.items():
            if of_option["plan_sha256"] is None:
                continue
            found = by_hash.get(of_option["plan_sha256"])
            zones = {} if found is None else zones_of(found)
            part = parts.get(option, comparison.parts[0])
            if set(zones) != set(part.calls.per_day.index):
                why = "its plan is not there" if found is None else "it has other buildings"
                yield f"{release.name}, {option}: not compared, as {why}."
                continue
            same = next((o for o, of in new_plans.items() if of == zones), None)
            plans.append((part, zones, None if same is None else comparison.outcome(same)))
            old += published_means(
                of_option,
                zones,
                response=release.response,
                weights=mean_weights(part),
                known=Known(own_waits_s=own_waits, ends_off_s=None)
                if same is None
                else known[same],
            )
    asked = longest_drives(plans[: len(new_plans)])
    table, contradiction = find_narrowed(new, old, longest_drives(plans), asked=asked)
    table = table.drop_duplicates("building_id")
    folders = " and ".join(release.name for release in earlier)
    if contradiction:
        yield (
            f"{folders} and this release contradict one another by {contradiction:.1f} s: "
            "enrolment, speeds or patrols changed in between. What follows is rough."
        )
    if table.empty:
        yield (
            f"Together with {folders} this release tells the response at no building to within "
            f"{NARROW_S:.0f} s. Only means are compared; it is no proof."
        )
        return
    yield (
        f"Together with {folders} this release tells too much about the response at "
        f"{counted(len(table), 'building')}: to within {NARROW_S:.0f} s, or "
        f"{SHRUNK:.0%} of what it leaves open alone (the narrowest: "
        f"{math.ceil(table['together_s'].iloc[0])} s). Publish fewer figures of response, or "
        "none; docs/threat-model.md says how to choose."
    )
    if edition is Edition.RESTRICTED:
        yield from _named(view, table.itertuples(index=False, name=None))


def _named(view: PublicView, rows: Iterator[tuple[str, float, float]]) -> Iterator[str]:
    names = view.schools["name"].to_dict()
    for scenario in view.scenarios:
        names = {**scenario.schools["name"], **names}
    for building, alone, together in rows:
        yield (
            f"{names[building]} ({building}): within {math.ceil(together)} s; "
            f"{math.ceil(alone)} s without the earlier releases."
        )
