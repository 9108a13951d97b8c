"""What a request may be given as: words, functions, and which types are refused."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from numbers import Integral

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zoning.demand import CallRates
from zoning.errors import ProblemError, first_few
from zoning.roads.travel.travel_times import TravelTimes
from zoning.zones.request.alignment import Alignment
from zoning.zones.request.costs import OwnCost
from zoning.zones.request.question import Objective
from zoning.zones.request.rules import AtMostMoved, OwnRule, Rule

OwnTest = Callable[[frozenset[str]], str | None]
OwnAmount = Callable[[frozenset[str]], float]


def objective_of(given: Objective | str | OwnCost | OwnAmount) -> Objective | OwnCost:
    """An objective as given: by its word, or a cost of one's own."""
    if isinstance(given, OwnCost):
        return given
    if callable(given):
        return OwnCost(name=getattr(given, "__name__", "own cost"), cost=given)
    try:
        return Objective(given)
    except ValueError:
        known = ", ".join(Objective)
        raise ProblemError(
            f"there is no objective {given!r}",
            remedy=f"Choose one of {known}, or give a function of a zone.",
        ) from None


def rule_of(given: Rule | AtMostMoved | OwnTest) -> Rule | AtMostMoved:
    """A rule as given: one of ours, or a function of a zone."""
    if isinstance(given, AtMostMoved | Rule):
        return given
    if not callable(given):
        raise ProblemError(
            f"{given!r} is not a rule",
            remedy="Give a rule of zoning.zones, or a function of a zone.",
        )
    return OwnRule(name=getattr(given, "__name__", "own rule"), test=given)


def require_types(
    *, times: object, calls: object, dedicated: object, rules: object, costs: object
) -> None:
    """Say in a sentence each which arguments are of another type."""
    faults = [
        f"{name} is a {type(given).__name__}: give {form}"
        for name, given, kinds, form in (
            ("times", times, TravelTimes, "TravelTimes, as of network.travel_times(schools)"),
            ("calls", calls, (CallRates, type(None)), "CallRates, as of call_rates(schools)"),
        )
        if not isinstance(given, kinds)
    ]
    faults += [
        f"{name} is {given!r}: give a list"
        for name, given in (("dedicated", dedicated), ("rules", rules), ("costs", costs))
        if isinstance(given, str) or not isinstance(given, Collection)
    ]
    if faults:
        raise ProblemError("the zone request has values of another type", faults)


def type_faults(
    *,
    zones: object,
    sizes: tuple[object, object],
    alignment: object,
    objective: object,
    rules: Collection[object],
    costs: Collection[object],
) -> list[str]:
    """Which values of a request are of another type, one sentence each."""
    faults = [
        f"{name} is {size!r}: give a whole number, or None for no bound"
        for name, size in zip(("min_size", "max_size"), sizes, strict=True)
        if not (size is None or _whole(size))
    ]
    range_given = isinstance(zones, tuple) and len(zones) == 2 and all(map(_whole, zones))
    if not (zones is None or _whole(zones) or range_given):
        faults.append(f"zones is {zones!r}: give a whole number, two as (20, 30), or None")
    if not isinstance(alignment, Alignment):
        faults.append(f"alignment is {alignment!r}: give an Alignment")
    if not isinstance(objective, Objective | OwnCost):
        faults.append(f"objective is {objective!r}: give an Objective or an OwnCost")
    faults += [
        f"rules holds {rule!r}: give rules of zoning.zones, or an OwnRule"
        for rule in rules
        if not isinstance(rule, AtMostMoved | Rule)
    ]
    faults += [
        f"costs holds {cost!r}: give TourLength, Imbalance, MovedBuildings or OwnCost"
        for cost in costs
        if not hasattr(cost, "price_s")
    ]
    return faults


def _whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def presence_of(given: str | Mapping[str, float], calls: pd.Series) -> NDArray[np.float64]:
    """Shares of an officer's time by building, as far as they are not shared out by zone."""
    if not isinstance(given, str):
        shares = pd.Series(dict(given), dtype=float).reindex(calls.index)
        wrong = list(shares.index[~(np.isfinite(shares) & (shares > 0))])
        if wrong:
            raise ProblemError(
                f"{len(wrong)} buildings have no presence above 0", [", ".join(first_few(wrong))]
            )
        return np.asarray(shares, dtype=np.float64)
    if given == "equal":
        return np.ones(len(calls))
    if given != "demand":
        raise ProblemError(
            f"there is no presence {given!r}",
            remedy="Choose equal or demand, or give minutes of dwell by building id.",
        )
    without = list(calls.index[calls == 0])
    if without:
        raise ProblemError(
            f"presence by demand: {len(without)} buildings have no calls",
            [", ".join(first_few(without))],
        )
    return np.asarray(calls / calls.mean(), dtype=np.float64)
