"""What a reader is told of the figures: cautions for the top of an output, notices for its end."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from zoning.district import District
from zoning.response import ResponseAssumptions
from zoning.response.assumptions import QUEUE
from zoning.staffing import OptionOutcome, StaffingComparison
from zoning.staffing.figures import (
    SHARE,
    find_figure,
)
from zoning.staffing.precision import (
    response_assumptions,
    round_for_public,
    withheld_columns,
)
from zoning.units import counted, minutes
from zoning.zones.areas import MARGIN_M

RESPONSE_COUNTS_CALLS: Final = (
    "Response is the time from a call until the first officer arrives: one is sent (dispatch), "
    "sets off (turnout) and drives there. School-days with their calls are simulated, so an "
    "officer can be on another call when one comes."
)
DEFAULTS_ARE_NOT_FACTS: Final = (
    "Costs, call rates, speeds, and who answers how soon and for how long are general starting "
    "values (defaults) unless the district gave its own; a default is no fact about the district."
)
NOT_LIKE_FOR_LIKE: Final = (
    "Options of different schools are not alike: each figure is of the option's own schools, "
    "students and calls. Their costs may be subtracted; a difference of two mean responses, or of "
    "two shares, would mix other schools with other officers, and is not formed."
)


def describe_zone_areas(district: District) -> str:
    """Describe the meaning of a zone's area in a sentence."""
    nearest = "reached soonest from its schools over the streets"
    if district.network is None:
        nearest = "nearest to its schools in a straight line"
    meaning = f"A zone's area is the ground {nearest}: a picture of the plan, not attendance areas."
    if district.outline is None:
        meaning += (
            f" The district's outline was not given: areas end about {MARGIN_M / 1000:g} km around "
            "the schools, which is not its border."
        )
    return meaning


def describe_answers(comparison: StaffingComparison) -> Iterator[str]:
    """Say who answers a call, how long it keeps an officer, and which calls the figures count."""
    assumed = response_assumptions(comparison.outcomes)
    if assumed is None:
        return
    busy, none_free = if_busy(assumed)
    kinds = "an emergency"
    share = comparison.calls.emergency_share
    share = assumed.emergency_share if share is None else share
    if share == 0:
        kinds = "routine"
    elif share < 1:
        kinds = f"an emergency or not ({100 * share:.0f} % are), and the figures count emergencies"
    posted = "leaves it for" if assumed.fixed_officers_help else "does not leave it for"
    yield (
        f"If the zone's officer is on another call, {busy}"
        + (f"; if none is free, {none_free}" if assumed.mutual_aid else "")
        + f". An officer posted at one campus {posted} others. Each call is {kinds}; "
        f"{100 * assumed.second_officer_share:.0f} % need a second officer, and each officer is at "
        f"the building for {minutes(assumed.on_scene_s)} on average."
    )


def if_busy(assumed: ResponseAssumptions) -> tuple[str, str]:
    """Say what happens to a call if the zone's officer is busy, and if nobody is free."""
    waits = assumed.when_all_busy == QUEUE
    none_free = "the call waits" if waits else "outside police answer"
    if assumed.mutual_aid:
        return "the nearest free officer goes", none_free
    return "the call waits for that officer" if waits else none_free, none_free


def margins(comparison: StaffingComparison) -> Iterator[str]:
    """Say how far simulated figures can be off by chance, over all options."""
    widest: dict[str, float] = {}
    days = []
    for outcome in comparison.outcomes:
        if outcome.response is None or outcome.is_overloaded:
            continue
        days.append(outcome.response.district.days)
        for column in set(outcome.figures) - withheld_columns(outcome):
            figure = find_figure(column)
            if figure is not None and column == figure.margin:
                margin = round_for_public(column, outcome.figures[column])
                name = "a share of calls" if figure.unit is SHARE else figure.label.lower()
                widest[name] = max(widest.get(name, 0.0), margin)
    known = {name: margin for name, margin in widest.items() if math.isfinite(margin)}
    if known:
        listed = "; ".join(
            f"{name} by "
            + (counted(round(100 * m), "point") if name == "a share of calls" else minutes(m))
            for name, m in sorted(known.items())
        )
        yield (
            f"By chance of the simulation ({_round_down(min(days)):,} school-days or more) figures "
            f"can be off, at 95 % confidence, by at most: {listed}. Differences of options are "
            "compared on the same calls; where the interval of a difference holds 0, there is no "
            "clear difference."
        )


def _round_down(days: int) -> int:
    """To one digit: how many days a mean needs follows from all that it rests on."""
    step = int(10 ** (len(str(days)) - 1))
    return days // step * step


def overloads(comparison: StaffingComparison) -> Iterator[str]:
    """Say which options cannot answer the calls."""
    for outcome in comparison.outcomes:
        if outcome.is_overloaded:
            calls = read_unrounded(outcome, "calls_per_day")
            rate = "" if math.isnan(calls) else f"at {calls:,.0f} calls a school-day "
            yield (
                f"{outcome.label}: {rate}officers cannot keep up. Calls ask for more time than "
                "officers have, and the queue never ends; no response is given."
            )


def cautions(comparison: StaffingComparison) -> tuple[str, ...]:
    """Say for the top of an output which options fail and which figures are only estimates."""
    return (*overloads(comparison), *_estimates(comparison))


def _estimates(comparison: StaffingComparison) -> tuple[str, ...]:
    if comparison.scenarios:
        today, *others = (_estimates(part) for part in comparison.parts)
        return (
            *today,
            *(
                f"{part.scenario}: {caution}"
                for part, cautions in zip(comparison.scenarios, others, strict=True)
                for caution in cautions
                if caution not in today
            ),
        )
    to_calls, on_patrol = comparison.emergency_times.estimate, comparison.patrol_times.estimate
    if to_calls == on_patrol:
        return () if to_calls is None else (to_calls,)
    named = (("On the way to a call", to_calls), ("On patrol", on_patrol))
    return tuple(f"{when}: {sentence}" for when, sentence in named if sentence)


def read_unrounded(outcome: OptionOutcome, column: str) -> float:
    """A figure before rounding; NaN if it is withheld."""
    withheld = column in withheld_columns(outcome)
    return math.nan if withheld else outcome.figures.get(column, math.nan)
