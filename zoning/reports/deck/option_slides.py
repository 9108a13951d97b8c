"""The first slides: the question, the options, their maps, and cost against response."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from zoning.disclosure import PublicOption, PublicView
from zoning.editions import EXAMPLE_DAY
from zoning.reports import board_text as words
from zoning.reports.deck.canvas import BULLET_INDENT, Deck, Notes, pages_of
from zoning.reports.deck.chart import Point, labelled_by_name, scatter
from zoning.reports.deck.geometry import Box
from zoning.reports.deck.parts import (
    COMPUTED,
    ESTIMATE,
    GAP,
    LIST_SIZE,
    computed,
    continued,
    meanings,
    table_pages,
    two_lines,
)
from zoning.reports.deck.tables import Column, Row, Table
from zoning.staffing.figures import NOT_COMPUTED
from zoning.units import counted

_MAP_SHARE = 0.67
_LONG_LABEL = 40
_GLANCE_SIZES = (16.0, 15.0, 14.0, 13.0, 12.0, 11.0, 10.5, 10.0)
_FIGURE_SIZES = (14.0, 13.0, 12.0)
_OPTION_FIGURES = (
    "posts",
    "annual_cost_usd",
    "mean_response_s",
    "p90_response_s",
    "share_within_300_s",
    "officers",
    "aligned_share",
    "campuses_without_own_officer",
    "campuses_with_own_officer",
    "startup_cost_usd",
    "cost_per_student_usd",
    "buildings_per_post",
)
"""The most needed first: where there is little room, those at the end are left out."""


def opening(deck: Deck, view: PublicView, edition: str) -> None:
    """Title, district, date and edition."""
    deck.opening(
        view.title,
        [
            view.district,
            words.dated(view, edition),
            EXAMPLE_DAY,
        ],
        Notes(
            say=f"These slides compare ways to staff school safety in {view.district}.",
            source=f"Data: {view.attribution}. {COMPUTED}",
            caution="Not a recommendation. The decision is the board's.",
        ),
    )


def the_question(deck: Deck, view: PublicView, *, proposed: str | None) -> None:
    """What is decided, and what is being compared."""
    notes = Notes(
        say=f"{words.question(view)} {words.compared(view, proposed=proposed)}",
        source="Options are those that staff asked to compare; their zones are computed.",
        caution=words.SAFETY_IS_NOT_MEASURED,
    )
    listed = [f"{o.label}: {o.description}" for o in view.options]
    width = deck.area.width - BULLET_INDENT
    lead = [words.question(view), words.compared(view, proposed=proposed)]
    first = 0.42 * deck.area.height
    texts = pages_of(listed, width, deck.area.height - first, LIST_SIZE, deck.ruler)
    for k, part in enumerate(texts):
        page = deck.page("The question" + continued(k), notes)
        taken = (
            page.text(deck.area.upper(first - GAP), lead, sizes=(24, 22, 20, 18, 16, 14, 12))
            if k == 0
            else 0.0
        )
        below = deck.area.below(taken + GAP if taken else 0.0)
        page.text(below, part, bullets=True, sizes=(18, 16, 15, 14))


def at_a_glance(deck: Deck, view: PublicView) -> None:
    """All options in one table."""
    longest = max(len(option.label) for option in view.options)
    aligned = words.figure(view, "aligned_share") is not None
    columns = (
        Column(heading="Option", share=2.4 if longest <= _LONG_LABEL else 4.2),
        Column(heading="Officers on duty (employed)", share=1.3, align="right"),
        Column(heading="Cost a year (range)", share=1.9, align="right"),
        Column(heading="Mean response (range)", share=1.9, align="right"),
        Column(heading="90th percentile", share=1.2, align="right"),
        Column(heading="Within 5 min", share=1.2, align="right"),
        *([Column(heading="Schools in their feeder's zone", share=1.3, align="right")] * aligned),
    )
    rows = tuple(
        Row(
            (
                ("● " if words.marks_unbeaten(view, option) else "") + option.label,
                f"{words.value(view, option, 'posts')} ({words.value(view, option, 'officers')})"
                if "posts" in computed(option)
                else NOT_COMPUTED,
                two_lines(view, option, "annual_cost_usd"),
                two_lines(view, option, "mean_response_s"),
                words.value(view, option, "p90_response_s"),
                words.value(view, option, "share_within_300_s"),
                *([words.value(view, option, "aligned_share")] * aligned),
            ),
            shaded=words.marks_unbeaten(view, option),
        )
        for option in view.options
    )
    table = Table(
        columns=columns,
        rows=rows,
        about=f"{counted(len(rows), 'option')} with officers, cost"
        f"{', response and alignment' if aligned else ' and response'}.",
    )
    below = [
        words.unbeaten(view),
        "Response is for the whole district, weighted by calls. 90th percentile: nine calls in ten "
        "are reached sooner.",
        *([words.NOT_A_CONFIDENCE_INTERVAL] if any(_ranges(o) for o in view.options) else []),
    ]
    notes = Notes(
        say="Read down one column at a time: cost first, then response. " + words.unbeaten(view),
        source=f"{COMPUTED} {meanings(view, ('annual_cost_usd', 'mean_response_s'))}",
        caution=f"{ESTIMATE} {words.NOT_A_CONFIDENCE_INTERVAL}",
    )
    table_pages(deck, "Options at a glance", table, notes, below=below, sizes=_GLANCE_SIZES)


def option_maps(deck: Deck, view: PublicView, pictures: Mapping[str, bytes]) -> None:
    """One slide for each option with a plan: map, key figures and how good the zones are."""
    for option in view.options:
        if words.has_plan(option):
            _option_map(deck, view, option, pictures.get(option.option_id))


def _option_map(deck: Deck, view: PublicView, option: PublicOption, picture: bytes | None) -> None:
    notes = Notes(
        say=" ".join(words.what_it_buys(view, option, None)) + f" {option.description}",
        source=" ".join(
            part
            for part in (
                f"Zones: {words.posted(option)}.",
                option.proof,
                f"Data: {view.attribution}.",
            )
            if part
        ),
        caution="A zone's ground is a picture of the plan, not an attendance area. " + ESTIMATE,
    )
    page = deck.page(option.label, notes)
    foot = [text for text in (option.proof or option.description, *view.cautions) if text]
    sizes = (14.0, 13.0, 12.0)
    foot_height = min(
        deck.ruler.height(foot, deck.area.width, sizes[0]) + 8 * len(foot), 0.3 * deck.area.height
    )
    upper = deck.area.upper(deck.area.height - foot_height - 6)
    left, right = upper.sides(_MAP_SHARE, gap=GAP)
    if picture is None:
        page.text(left, ["No map was given for this option."], sizes=(16, 14, 12))
    else:
        about = f"Map of {option.label} in {view.district}: {words.posted(option)}."
        page.picture(left, picture, alternative=about)
    part, size = _figures_that_fit(deck, view, option, right)
    part.draw(page, right, size)
    page.text(
        Box(deck.area.left, deck.area.bottom - foot_height, deck.area.width, foot_height),
        foot,
        sizes=sizes,
    )


def _figures_that_fit(
    deck: Deck, view: PublicView, option: PublicOption, box: Box
) -> tuple[Table, float]:
    """As many of the key figures as there is room for, the first of the list before the last."""
    for count in range(len(_OPTION_FIGURES), 0, -1):
        shown = [f for f in view.figures if f.key in _OPTION_FIGURES[:count]]
        table = Table(
            columns=(
                Column(heading="Figure", share=1.1),
                Column(heading="This option", share=1.0, align="right"),
            ),
            rows=tuple(Row((f.label, two_lines(view, option, f.key))) for f in shown),
            about=f"Key figures of {option.label}.",
        )
        parts = table.over_pages(box, deck.table_ruler, sizes=_FIGURE_SIZES)
        if len(parts) == 1:
            return parts[0]
    return parts[0]


def cost_against_response(deck: Deck, view: PublicView) -> None:
    """The chart, the table behind it, and the options that are not on it."""
    drawn = [o for o in view.options if {"annual_cost_usd", "mean_response_s"} <= computed(o)]
    missing = [o.label for o in view.options if o not in drawn]
    below = [
        "Each dot is an option. Lower is sooner, further left costs less. Bars: range of the "
        f"response under other assumptions. {_cost_range(drawn)}",
        *(
            [f"Not on the chart, because not computed or withheld: {'; '.join(missing)}."]
            if missing
            else []
        ),
    ]
    notes = Notes(
        say="Each step to the right costs more. Ask what each step buys in minutes, and for whom.",
        source=f"{COMPUTED} {meanings(view, ('annual_cost_usd', 'mean_response_s'))} "
        f"{words.NOT_A_CONFIDENCE_INTERVAL}",
        caution=words.SAFETY_IS_NOT_MEASURED,
    )
    page = deck.page("Cost against response", notes)
    if not drawn:
        page.text(deck.area, ["No option has both a cost and a response."])
        return
    points = [_point(o, k) for k, o in enumerate(drawn, start=1)]
    foot = min(deck.ruler.height(below, deck.area.width, 14) + 12, 0.3 * deck.area.height)
    box = deck.area.upper(deck.area.height - foot - 8)
    by_name = labelled_by_name(points, box.width, deck.table_ruler)
    about = "Annual cost against mean response: " + "; ".join(
        f"{o.label} {words.value(view, o, 'annual_cost_usd')} and "
        f"{words.value(view, o, 'mean_response_s')}"
        for o in drawn
    )
    low = Box(deck.area.left, deck.area.bottom - foot, deck.area.width, foot)
    page.text(low, below, sizes=(14, 13, 12))
    if by_name:
        scatter(page, box, points, by_name=True, about=about)
        return
    left, right = box.sides(0.62, gap=GAP)
    key = _key(view, points, drawn)
    (part, size), *rest = key.over_pages(right, deck.table_ruler)
    if not rest:
        scatter(page, left, points, by_name=False, about=about)
        part.draw(page, right, size)
        return
    scatter(page, box, points, by_name=False, about=about)
    table_pages(deck, "Cost against response: the options", key, notes)


def _key(view: PublicView, points: Sequence[Point], drawn: Sequence[PublicOption]) -> Table:
    return Table(
        columns=(
            Column(heading="No.", share=0.45, align="right"),
            Column(heading="Option", share=2.0),
            Column(heading="Cost a year", share=0.95, align="right"),
            Column(heading="Mean", share=0.8, align="right"),
        ),
        rows=tuple(
            Row(
                (
                    point.key,
                    option.label,
                    words.value(view, option, "annual_cost_usd"),
                    words.value(view, option, "mean_response_s"),
                )
            )
            for point, option in zip(points, drawn, strict=True)
        ),
        about="The numbers on the chart and the options they stand for.",
    )


def _ranges(option: PublicOption) -> bool:
    return bool({"annual_cost_low_usd", "mean_response_low_s"} & computed(option))


def _point(option: PublicOption, number: int) -> Point:
    mean = option.values["mean_response_s"] / 60
    low, high = (option.values.get(f"mean_response_{end}_s", math.nan) for end in ("low", "high"))
    return Point(
        name=option.label,
        key=str(number),
        cost=option.values["annual_cost_usd"] / 1e6,
        response=mean,
        low=mean if math.isnan(low) else low / 60,
        high=mean if math.isnan(high) else high / 60,
    )


def _cost_range(drawn: Sequence[PublicOption]) -> str:
    shares = [
        (
            o.values["annual_cost_low_usd"] / o.values["annual_cost_usd"],
            o.values["annual_cost_high_usd"] / o.values["annual_cost_usd"],
        )
        for o in drawn
        if {"annual_cost_low_usd", "annual_cost_high_usd"} <= computed(o)
        and o.values["annual_cost_usd"] > 0
    ]
    if not shares:
        return ""
    low, high = min(s[0] for s in shares), max(s[1] for s in shares)
    return (
        f"Costs could be {low * 100:.0f} % to {high * 100:.0f} % of those shown, for all options "
        "alike."
    )
