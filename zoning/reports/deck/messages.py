"""Write the titles of slides: one message each, in a sentence with its computed figure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import pandas as pd

from zoning.disclosure import OptionChange, PublicOption, PublicView
from zoning.disclosure.assumptions import DEFAULT
from zoning.disclosure.certainty import Certainty
from zoning.disclosure.changes import kind_in_words
from zoning.reports import board_text
from zoning.reports.office_files import ELLIPSIS, one_line
from zoning.response.stress import BASE
from zoning.staffing.figures import OVERLOADED, response_text
from zoning.units import counted, minutes
from zoning.zones import Status
from zoning.zones.solve.alternatives import describe_alternatives

_LONGEST_NAME = 60  # characters of an option's label in a title; the slide has it whole
_NUMBERS = {1: "One", 2: "Two", 3: "Three", 4: "Four", 5: "Five", 6: "Six", 7: "Seven"}


def name(option: PublicOption) -> str:
    """The label of an option, short enough for a title."""
    label = one_line(option.label)
    return label if len(label) <= _LONGEST_NAME else label[: _LONGEST_NAME - 1].rstrip() + ELLIPSIS


def number(count: int, what: str) -> str:
    """``'Six options'``; figures from eight on."""
    words = counted(count, what)
    return words.replace(f"{count:,}", _NUMBERS[count], 1) if count in _NUMBERS else words


def of_options(view: PublicView) -> str:
    """How many options there are, and between what officers and costs lie."""
    told = number(len(view.options), "option")
    plural = len(view.options) > 1
    posts, cost = _between(view, "posts"), _between(view, "annual_cost_usd")
    if posts:
        told += f" {'put' if plural else 'puts'} {posts} officers on duty"
    if cost:
        told += f"{',' if posts else ''} for {cost} a year"
    return told if posts or cost else f"{told}, whose officers and cost are not computed"


def _between(view: PublicView, key: str) -> str:
    """``'0 to 143'``: the least and the largest of a figure; '' where none is known."""
    known = {o.values[key]: o for o in view.options if not math.isnan(o.values.get(key, math.nan))}
    ends = [board_text.figure_text(view, known[at(known)], key) for at in (min, max) if known]
    return " to ".join(dict.fromkeys(ends))


def of_plans(table: pd.DataFrame) -> str:
    """How near to one another near-best plans are by what was asked for."""
    plans = number(len(table), "plan")
    if "above_best" in table and table["above_best"].notna().any():
        # Rounded up, so that they do lie within it; noise of the last digits is no hundredth.
        most = max(math.ceil(float(table["above_best"].max()) * 1e4 - 1e-6) / 100, 0.01)
        return f"{plans} lie within {most:g} % of the best and differ in what else they do well"
    least, most = (int(table["from_best"].iloc[1:].agg(end)) for end in ("min", "max"))
    places = f"{least}" if least == most else f"{least} to {most}"
    return f"{plans} are near the best and put {places} schools elsewhere than it"


def of_plan(view: PublicView, option: PublicOption) -> str:
    """What a near-best plan is better and worse at than the best; '' for another option."""
    table = view.alternatives
    named = [] if table is None else [n for n in map(str, table.index) if option.label.endswith(n)]
    if table is None or not named:
        return ""
    others = map(str, table.index[1:])
    told: dict[str, str] = dict(zip(others, describe_alternatives(table), strict=True))
    best = f"{named[-1]}: the best plan by what was asked for"
    return told.get(named[-1], best).removesuffix(".")


def of_chart(view: PublicView, drawn: list[PublicOption]) -> str:
    """What the dearest option on the chart buys over the cheapest."""
    if not drawn:
        return "No option has both a cost and a response"
    ranked = sorted(drawn, key=lambda o: o.values["annual_cost_usd"])
    first, last = ranked[0], ranked[-1]
    costs = (
        _between(view, "annual_cost_usd")
        if len(drawn) == len(view.options)
        else " to ".join(
            dict.fromkeys(board_text.figure_text(view, o, "annual_cost_usd") for o in (first, last))
        )
    )
    means = [o.values["mean_response_s"] for o in drawn]
    between = " to ".join(dict.fromkeys(response_text(end) for end in (min(means), max(means))))
    change = last.mean_changes.get(first.option_id, math.nan)
    if " to " not in costs or math.isnan(change):
        is_one = len(drawn) == 1
        return (
            f"{number(len(drawn), 'option')} {'costs' if is_one else 'cost'} {costs} a year; a "
            f"call is reached in {between} on average"
        )
    if change == 0:
        return f"From {costs} a year there is no clear difference in how soon a call is reached"
    side = "sooner" if change < 0 else "later"
    return f"From {costs} a year, a call is reached {minutes(abs(change))} {side} on average"


def of_map(view: PublicView, option: PublicOption) -> str:
    """What an option is: how soon a call is reached and at what cost."""
    cost = board_text.figure_text(view, option, "annual_cost_usd")
    mean = board_text.figure_text(view, option, "mean_response_s")
    if math.isnan(option.values.get("mean_response_s", math.nan)):
        reason = option.missing("mean_response_s")
        told = (
            "officers cannot keep up with the calls"
            if reason == OVERLOADED
            else f"how soon a call is reached is {reason}"
        )
    else:
        told = f"a call is reached in {mean} on average"
    money = (
        "" if math.isnan(option.values.get("annual_cost_usd", math.nan)) else f", for {cost} a year"
    )
    return f"{name(option)}: {told}{money}"


def of_moves(change: OptionChange, moves: pd.Series) -> str:
    """How many schools get another officer or zone."""
    count, every = len(moves), len(change.schools)
    if not count:
        return "No school gets another officer or another zone"
    kinds = list(dict.fromkeys(moves))
    if len(kinds) > 1:
        several = count > 1
        what = f"{'get' if several else 'gets'} another officer or another zone"
    else:
        what = kind_in_words(kinds[0], count)
    if count == every:
        return f"All {counted(every, 'school')} {what}" if every > 1 else f"The one school {what}"
    return f"{count:,} of {counted(every, 'school')} {what}"


def of_gain(view: PublicView, option: PublicOption, start: PublicOption) -> str:
    """What going from one option to another costs, and how much sooner a call is reached."""
    told = board_text.difference(view, option, start)
    return f"From {name(start)} to {name(option)}: {told}"


def of_kind(kind: str, count: int) -> str:
    """Whom a list of schools with one kind of change holds."""
    return f"{counted(count, 'school')} {kind_in_words(kind, count)}"


def of_ranking(found: Certainty, pair: Sequence[PublicOption] = ()) -> str:
    """How many assumptions change the order of two options: of a pair, or of any two."""
    tested = found.sensitivity
    if tested is None:
        return "No assumption was varied"
    order = tested.order
    flips = order[["flips_below", "flips_above"]].notna().any(axis=1)
    shown = "which option answers sooner"
    ids = [option.option_id for option in pair]
    if len(ids) == 2:
        shown = f"which of {name(pair[0])} and {name(pair[1])} answers sooner"
        pairs = [{first, second} == set(ids) for _, first, second in order.index]
        flips &= pd.Series(pairs, index=order.index, dtype=bool)
    changing = order.index[flips].get_level_values("assumption").unique()
    every = len(tested.assumptions)
    does = "changes" if len(changing) < 2 else "change"
    many = f"{len(changing) or 'None'} of {counted(every, 'assumption')}"
    return f"{many} {does} {shown}, or whether that is clear"


def worst_cases(found: Certainty, option_id: str) -> list[str]:
    """The stresses of an option, the one that slows it most first; those of unknown effect last."""
    table = found.stress.loc[[option_id]].droplevel("option_id").drop(BASE, errors="ignore")
    overloaded = table["is_overloaded"].map(lambda value: value is True)
    loss = table["change_s"].astype(float).where(~overloaded, math.inf)
    return [str(case) for case in loss.sort_values(ascending=False, kind="stable").index]


def of_stress(found: Certainty, option: PublicOption) -> str:
    """What slows an option most."""
    worst, *others = worst_cases(found, option.option_id)
    label = str(found.stress.loc[(option.option_id, worst), "label"])
    cell = "; ".join(found.cell(option.option_id, worst))
    return f"{name(option)}, the worst of {len(others) + 1} stress tests: {label}, {cell}"


def of_groups(view: PublicView, option: PublicOption) -> str:
    """Between what the mean wait of groups of students lies under an option."""
    rows = view.equity[view.equity.index.get_level_values("option_id") == option.option_id]
    waits = rows["mean_response_s"].dropna()
    if not len(waits):
        return f"Response by group of students is withheld or not computed for {name(option)}"
    ends = dict.fromkeys(response_text(float(end)) for end in (waits.min(), waits.max()))
    return f"By group of students, a call is reached in {' to '.join(ends)} under {name(option)}"


def of_assumptions(view: PublicView) -> str:
    """How many of the assumptions nobody in the district has given."""
    every = len(view.assumptions)
    defaults = int((view.assumptions["basis"] == DEFAULT).sum())
    if defaults == every > 1:
        return f"All {every} assumptions are general defaults, not facts about the district"
    if not defaults:
        return f"None of {counted(every, 'assumption')} is a general default"
    are = "is a general default" if defaults == 1 else "are general defaults"
    return f"{defaults} of {counted(every, 'assumption')} {are}, not facts about the district"


def of_proofs(options: Iterable[PublicOption]) -> str:
    """How many plans are proved best."""
    found = [option.zoning_status for option in options]
    best = found.count(str(Status.OPTIMAL))
    plans = counted(len(found), "plan")
    if best == len(found) > 1:
        every = f"Both {plans.partition(' ')[2]}" if best == 2 else f"All {plans}"
        return f"{every} are proved best within the rules"
    return f"{best} of {plans} {'is' if best == 1 else 'are'} proved best within the rules"


def of_unbeaten(view: PublicView) -> str:
    """How many options no other one beats."""
    best = sum(option.not_dominated for option in view.options)
    if not view.some_dominated:
        return f"Every figure of {counted(len(view.options), 'option')}: none is beaten outright"
    are = "is" if best == 1 else "are"
    return f"{best} of {counted(len(view.options), 'option')} {are} not beaten outright by another"


def of_law(option: PublicOption | None) -> str:
    """How many campuses need an arrangement under a plan, by the law of the state."""
    missing = "campuses_without_own_officer"
    if option is None or math.isnan(option.values.get(missing, math.nan)):
        return "State law asks for an officer at each campus, or an approved arrangement"
    count = int(option.values[missing])
    need = "needs an approved arrangement" if count == 1 else "need an approved arrangement"
    noun = "campus" if count == 1 else "campuses"
    return f"State law: {count:,} {noun} {need} under {name(option)}"
