"""Write the sentences of the board's documents: slides, brief and workbook share them."""

from __future__ import annotations

import math

from zoning.disclosure import PublicOption, PublicView
from zoning.disclosure.groups import waits_alike
from zoning.disclosure.zone_tables import is_numbered
from zoning.errors import OptionError
from zoning.reports.office_files import one_line
from zoning.staffing.figures import (
    NOT_COMPUTED,
    OVERLOADED,
    RESPONSE_STEP_IN_WORDS,
    WITHHELD,
    Figure,
)
from zoning.units import counted, date_in_words, join_names, minutes
from zoning.zones import ZoneKind

EXPOSURE_NOT_BENEFIT = (
    "Officer time is exposure, not a benefit: published evaluations find that officers change "
    "suspensions, referrals and arrests unevenly between groups (doi 10.1002/pam.22498)."
)
SMALL_GROUPS = (
    "Groups of fewer than ten students are left out. Shares published as 0 can be suppressed small "
    "counts, so small groups are understated."
)
NOT_A_CONFIDENCE_INTERVAL = (
    "A range shows what other reasonable assumptions would give. It is not a margin of error."
)
SAFETY_IS_NOT_MEASURED = (
    "Response time is how long an officer takes to arrive. It does not measure safety."
)
_SHARE_WITHIN = "share_within_"
_HEADLINE_S = 300  # the middle of the default thresholds


def find_figure(view: PublicView, key: str) -> Figure | None:
    """Find a public figure by its key; None if the view does not show it."""
    return next((f for f in view.figures if f.key == key), None)


def headline_share(view: PublicView) -> Figure | None:
    """Find the one share of calls that stands where there is room for one: nearest to 5 minutes."""
    shares = [f for f in view.figures if f.key.startswith(_SHARE_WITHIN)]
    return min(
        shares,
        key=lambda f: abs(int(f.key.removeprefix(_SHARE_WITHIN).removesuffix("_s")) - _HEADLINE_S),
        default=None,
    )


def figure_text(view: PublicView, option: PublicOption, key: str) -> str:
    """Format a figure of an option without its range, ``'not computed'`` when missing."""
    figure, number = find_figure(view, key), option.values.get(key, math.nan)
    if figure is None:
        return NOT_COMPUTED
    return option.missing(key) if math.isnan(number) else figure.with_whole(option.values)


def range_text(view: PublicView, option: PublicOption, key: str) -> str:
    """Format the range of a figure, ``'$2.1 M to $5.0 M'``; '' where there is none."""
    figure = find_figure(view, key)
    if figure is None or figure.low is None or figure.high is None:
        return ""
    low, high = (option.values.get(end, math.nan) for end in (figure.low, figure.high))
    if math.isnan(low) or math.isnan(high) or low == high:
        return ""
    return f"{figure.text(low)} to {figure.text(high)}"


def figure_with_range(view: PublicView, option: PublicOption, key: str) -> str:
    """Format a figure of an option with its range in brackets."""
    between = range_text(view, option, key)
    return figure_text(view, option, key) + (f" ({between})" if between else "")


def question(view: PublicView) -> str:
    """State the question to the board."""
    if view.alternatives is not None:
        return (
            f"Which of these {len(view.options)} plans of patrol zones should "
            f"{one_line(view.district)} choose?"
        )
    return (
        f"How many school safety officers should {one_line(view.district)} have on duty, "
        "and where should they be posted?"
    )


def describe_comparison(view: PublicView, *, proposed: str | None) -> str:
    """State how many options are compared, on what, and which one staff propose."""
    verb = "is" if len(view.options) == 1 else "are"
    on = "cost and how soon an officer reaches a call"
    if view.by_feeder:
        on = "cost, how soon an officer reaches a call, and how zones line up with high schools"
    told = f"{counted(len(view.options), 'staffing option')} {verb} compared on {on}"
    return f"{told}. {describe_proposal(view, proposed)}"


def describe_proposal(view: PublicView, proposed: str | None) -> str:
    """State which option staff propose."""
    if proposed is None:
        return "No option is recommended here."
    return f"Staff propose: {one_line(view.option(proposed).label)}."


def describe_posts(option: PublicOption) -> str:
    """State how many zones and posts an option has, for a caption or alternative text."""
    kinds = option.zones["kind"]
    patrol = int((kinds == str(ZoneKind.PATROL)).sum())
    own = int((kinds == str(ZoneKind.DEDICATED)).sum())
    parts = [counted(patrol, "patrol zone")] if patrol else []
    if own:
        their = "an officer of its own" if own == 1 else "an officer of their own"
        parts.append(f"{counted(own, 'building')} with {their}")
    on_call = option.zones[kinds == str(ZoneKind.ON_CALL)]
    waiting = on_call[on_call["officers"] > 0]
    if len(waiting):
        parts.append(f"{counted(len(waiting), 'zone')} with an officer who waits outside")
    if left := sum(map(len, on_call.loc[on_call["officers"] == 0, "building_ids"])):
        parts.append(f"{counted(left, 'building')} without an officer of their own")
    return join_names(parts) if parts else "no officers"


def list_names(option: PublicOption) -> str:
    """List the zones that have a name in a sentence; '' if all only have a number."""
    names = [one_line(str(zone)) for zone in option.zones.index if not is_numbered(str(zone))]
    return f"Zones with a name: {'; '.join(names)}." if names else ""


def has_plan(option: PublicOption) -> bool:
    """True if the option posts officers."""
    return len(option.zones) > 0


def choose_pair(
    view: PublicView, *, today: str | None, chosen: str | None
) -> tuple[PublicOption | None, PublicOption | None]:
    """Choose the baseline option and the option in focus; None for one that does not exist.

    Without ``today`` the first option with officers is the start; without
    ``chosen`` the next one with officers is in focus.

    Raises `OptionError` if an option named was not compared, or both are the same.
    """
    known = {option.option_id: option for option in view.options}
    faults = [
        f"{name} is {given!r}"
        for name, given in (("today", today), ("chosen", chosen))
        if given is not None and given not in known
    ]
    if faults:
        raise OptionError(
            "an option that was not compared was asked for",
            faults,
            f"The options are: {', '.join(known)}.",
        )
    if today is not None and today == chosen:
        raise OptionError(f"today and chosen are both {today!r}; name two different options")
    staffed = [option for option in view.options if has_plan(option)]
    focus = None if chosen is None else known[chosen]
    start = next((o for o in staffed if o is not focus), None) if today is None else known[today]
    if focus is None:
        at = staffed.index(start) + 1 if start in staffed else 0
        focus = next((o for o in staffed[at:] + staffed[:at] if o is not start), None)
    if focus is None and today is None:
        return None, start
    return start, focus


def describe_option(
    view: PublicView, option: PublicOption, start: PublicOption | None
) -> tuple[str, ...]:
    """Describe an option in sentences: posts, cost, response, difference from another option."""
    name = one_line(option.label)
    sentences = [
        f"{name}: {figure_text(view, option, 'posts')} officers on duty and "
        f"{figure_text(view, option, 'officers')} employed cost "
        f"{figure_with_range(view, option, 'annual_cost_usd')} a year.",
        _response(view, option),
    ]
    if start is not None:
        sentences.append(describe_difference(view, option, start))
    return tuple(sentences)


def call_rate(view: PublicView, option: PublicOption) -> str:
    """Format the calls that the figures are for, ``'6.6 calls a school-day'``; '' if not told."""
    if math.isnan(option.values.get("calls_per_day", math.nan)):
        return ""
    return f"{figure_text(view, option, 'calls_per_day')} calls a school-day"


def _response(view: PublicView, option: PublicOption) -> str:
    rate = call_rate(view, option)
    if math.isnan(option.values.get("mean_response_s", math.nan)):
        reason = option.missing("mean_response_s")
        if reason == OVERLOADED:
            calls = rate or "the calls"
            return f"Its officers cannot keep up with {calls}: the queue never ends."
        return f"How soon a call is reached is {reason} for it."
    mean = figure_with_range(view, option, "mean_response_s")
    one = f"With {rate}, a call" if rate else "A call"
    sentence = f"{one} is reached in {mean} on average"
    if not math.isnan(option.values.get("p90_response_s", math.nan)):
        p90 = figure_text(view, option, "p90_response_s")
        sentence += f", and nine calls in ten within {p90}"
    return f"{sentence}."


def describe_difference(view: PublicView, option: PublicOption, start: PublicOption) -> str:
    """Compare cost and mean response of two options in one sentence."""
    return f"Compared with {one_line(start.label)}, {difference(view, option, start)}."


def difference(view: PublicView, option: PublicOption, start: PublicOption) -> str:
    """Say what an option costs more than another, and how much sooner a call is reached."""
    money = option.cost_changes.get(start.option_id, math.nan)
    wait = option.mean_changes.get(start.option_id, math.nan)
    dollars = find_figure(view, "annual_cost_usd")
    if math.isnan(money) or dollars is None:
        cost = "the difference in cost was not computed"
    elif money == 0:
        cost = "the cost is the same"
    else:
        cost = f"it costs {dollars.text(abs(money))} a year {'more' if money > 0 else 'less'}"
    if option.scenario != start.scenario:
        response = "the two responses are of different schools, so they are not subtracted"
    elif math.isnan(wait):
        reasons = [one.missing("mean_response_s") for one in (start, option)]
        missing = WITHHELD if WITHHELD in reasons else NOT_COMPUTED
        response = f"the difference in response is {missing}"
        if OVERLOADED in reasons:
            pair = zip((start, option), reasons, strict=True)
            slow = [one_line(one.label) for one, reason in pair if reason == OVERLOADED]
            response = f"under {' and '.join(slow)} officers cannot keep up with the calls"
    elif wait == 0:
        response = "there is no clear difference in mean response"
    else:
        response = (
            f"a call is reached {minutes(abs(wait))} {'later' if wait > 0 else 'sooner'} on average"
        )
    return f"{cost} and {response}"


def describe_equal_waits(view: PublicView) -> list[str]:
    """Name the options in which no group of students waits longer than another."""
    labels = [one_line(o.label) for o in view.options if waits_alike(view.equity, o.option_id)]
    if not labels:
        return []
    return [
        f"The mean response is the same for all groups shown, to {RESPONSE_STEP_IN_WORDS}, under: "
        f"{'; '.join(labels)}."
    ]


def explain_shading(view: PublicView) -> str:
    """Explain the shading of options, or why none is shaded."""
    if not view.some_dominated:
        return (
            "No option here is beaten outright by another on cost a year, mean response and 90th "
            "percentile together."
        )
    return f"Shaded and marked ● (not beaten outright): {view.unbeaten}."


def is_shaded(view: PublicView, option: PublicOption) -> bool:
    """True if an option is shaded: it is not dominated and another one is."""
    return option.not_dominated and view.some_dominated


def date_and_edition(view: PublicView, edition: str) -> str:
    """``'22 November 2026 · Public edition'``; only the edition without a date."""
    if view.date is None:
        return f"{edition} edition"
    return f"{date_in_words(view.date)} · {edition} edition"
