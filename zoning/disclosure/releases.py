"""Find the responses at single schools that several public releases together reveal.

Each public mean is a linear equation over the mean drives to single buildings, known to
half a rounding step, with public weights (enrolment). Linear programs over the
equations of all releases give the interval of each building's drive.
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
from zoning.staffing import StaffingComparison
from zoning.staffing.equity import ALL_STUDENTS, students_by_building
from zoning.staffing.figures import RESPONSE_STEP_S
from zoning.staffing.precision import response_assumptions
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
    """
    half, values, groups = figures["step_s"] / 2, figures["figures"], figures["groups"]
    wait = response["dispatch_s"] + response["turnout_s"]
    ends: list[tuple[str, float, float]] = [("mean_response_s", wait, 1.0)]
    for name, end in (("low", 0), ("high", 1)):
        shortest = response["dispatch_range_s"][end] + response["turnout_range_s"][end]
        factor = response["travel_factor_range"][end]
        ends.append((f"mean_response_{name}_s", shortest, factor))
    spans = [
        _bound_drive(values[column], half, waited=waited, factor=factor)
        for column, waited, factor in ends
        if column in values and factor > 0
    ]
    if spans:
        low, high = max(low for low, _ in spans), min(high for _, high in spans)
        yield PublishedMean(weights=_share_weights(weights[""], zones), low_s=low, high_s=high)
    for group, value in groups.items():
        if group in weights and weights[group].reindex(list(zones)).sum() > 0:
            # A mean within half a step of that of all students is published as theirs, so that
            # it can be off by a whole step.
            as_all = group != ALL_STUDENTS and value == groups.get(ALL_STUDENTS)
            low, high = _bound_drive(value, 2 * half if as_all else half, waited=wait, factor=1.0)
            yield PublishedMean(
                weights=_share_weights(weights[group], zones), low_s=low, high_s=high
            )


def _bound_drive(value: float, half: float, *, waited: float, factor: float) -> tuple[float, float]:
    """Bound the mean drive behind a published response.

    Responses are never rounded below dispatch plus turnout. If the published response
    is near that, it may have been rounded up, and the lower bound of the drive is 0.
    """
    low = value - half if value - 2 * half >= waited else waited
    return (low - waited) / factor, (value + half - waited) / factor


def _share_weights(weights: pd.Series[float], zones: Zones) -> dict[Served, float]:
    of_plan = weights.reindex(list(zones)).fillna(0.0).to_numpy(np.float64)
    shares = of_plan / of_plan.sum()
    pairs = zip(zones.items(), shares, strict=True)
    return {served: float(share) for served, share in pairs if len(served[1]) > 1}


def longest_drives(
    plans: Iterable[tuple[StaffingComparison, Zones]],
) -> dict[Served, float]:
    """Bound the mean drive to each building by the drive from the farthest one of its zone.

    Parameters
    ----------
    plans
        Each with the comparison of its schools, for the travel times.
    """
    longest: dict[Served, float] = {}
    for comparison, zones in plans:
        times = comparison.emergency_times
        row = {building: k for k, building in enumerate(times.ids)}
        for served in ((b, shared) for b, shared in zones.items() if len(shared) > 1):
            building, shared = served
            drive = float(times.seconds[[row[b] for b in shared], row[building]].max())
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
    plans = [(parts[option], zones) for option, zones in new_plans.items()]
    if assumed is not None:
        told, response = published_figures(view), asdict(assumed)
        for option, zones in new_plans.items():
            weights = mean_weights(parts[option])
            new += published_means(told[option], zones, response=response, weights=weights)
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
            plans.append((part, zones))
            weights = mean_weights(part)
            old += published_means(of_option, zones, response=release.response, weights=weights)
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
