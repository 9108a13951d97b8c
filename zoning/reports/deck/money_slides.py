"""Make the slide on money: five years of the proposed option beside the other."""

from __future__ import annotations

import math

from zoning.disclosure import PublicOption, PublicView
from zoning.reports import board_text
from zoning.reports.deck.canvas import Deck, Notes
from zoning.reports.deck.tables import Row, Table, TableColumn, table_slides
from zoning.staffing.budget import (
    AID,
    CITY,
    DISTRICT,
    HOW_DRAWN,
    ONCE,
    STATE,
    STEADY,
    TOTAL,
    YEARS,
    amounts_of,
    over_years,
    period_of,
)
from zoning.staffing.figures import DOLLARS, NOT_COMPUTED, WITHHELD
from zoning.staffing.precision import ROUNDED_APART

_PERIODS = {
    STEADY: "A year, everybody hired",
    ONCE: "Once, at the start",
    **{period_of(year): f"Year {year}" for year in range(1, YEARS + 1)},
    over_years(): f"{YEARS} years together",
}
BEFORE_AID = f"{YEARS} years before state aid, paid by"
_DEFAULTS = "Prices are defaults unless the district gave its own: see the slide of assumptions."


def add_budget(
    deck: Deck, view: PublicView, start: PublicOption | None, focus: PublicOption | None
) -> None:
    """Add five years of the option that the slides are about, beside the one it replaces."""
    shown = [option for option in (start, focus) if option is not None and len(option.budget)]
    if not shown:
        return
    rows = [
        Row((name, *(_dollars(option, TOTAL, period) for option in shown)), period == over_years())
        for period, name in _PERIODS.items()
    ]
    if any(_interval(option) for option in shown):
        rows.append(
            Row(("9 in 10 simulated totals", *(_interval(o) or _unknown(o) for o in shown)))
        )
    if any((AID, over_years()) in option.budget.index for option in shown):
        rows.append(Row((BEFORE_AID, *map(_before_aid, shown))))
    rows += [
        Row((payer, *(_dollars(o, payer, over_years()) for o in shown)))
        for payer in (DISTRICT, CITY, STATE)
        if any((payer, over_years()) in option.budget.index for option in shown)
    ]
    for key in ("cost_per_student_usd", "cost_per_building_usd"):
        figure = board_text.find_figure(view, key)
        if figure is not None:
            rows.append(Row((figure.label, *(board_text.figure_text(view, o, key) for o in shown))))
    table = Table(
        f"What {len(shown)} options cost, by year.",
        (
            TableColumn("Cost", 1.6),
            *(TableColumn(option.label, 1.5, right=True, from_data=True) for option in shown),
        ),
        tuple(rows),
    )
    notes = Notes(
        say="The years hold what is bought at the start, hiring as it is planned, and prices as "
        f"they rise. {HOW_DRAWN}",
        source="Computed by the software zoning from the people that each option needs and the "
        "prices listed under the assumptions; every line is in budget.csv of the comparison.",
        caution=f"Not an offer or a contract price. {_DEFAULTS}",
    )
    below = [*_what_it_buys(view, shown), *_reasons(view, shown), ROUNDED_APART, _DEFAULTS]
    table_slides(deck, f"Cost over {YEARS} years", table, notes, below=below)


def _dollars(option: PublicOption, line: str, period: str) -> str:
    if (line, period) not in option.budget.index:
        return ""
    _, likely, _ = amounts_of(option.budget, line, period)
    return NOT_COMPUTED if math.isnan(likely) else DOLLARS.text(likely)


def _before_aid(option: PublicOption) -> str:
    """What all years cost before state aid: the sum of what the payers pay."""
    _, likely, _ = amounts_of(option.budget, TOTAL, over_years())
    _, aid, _ = amounts_of(option.budget, AID, over_years())
    if math.isnan(likely):
        return NOT_COMPUTED
    return DOLLARS.text(DOLLARS.round_for_public(likely - aid))


def _interval(option: PublicOption) -> str:
    """The interval of the total of all years; '' where it is left out."""
    ends = option.budget[["interval_low_usd", "interval_high_usd"]]
    low, high = ends[ends.index == (TOTAL, over_years())].to_numpy(float)[0]
    return "" if math.isnan(low) else f"{DOLLARS.text(low)} to {DOLLARS.text(high)}"


def _unknown(option: PublicOption) -> str:
    """Say why a total has no interval: it is not computed itself, or the interval is withheld."""
    _, likely, _ = amounts_of(option.budget, TOTAL, over_years())
    return NOT_COMPUTED if math.isnan(likely) else WITHHELD


def _what_it_buys(view: PublicView, shown: list[PublicOption]) -> list[str]:
    """What a minute costs between the two, and when a higher start is paid back."""
    ids = {option.option_id for option in shown}
    labels = {option.option_id: option.label for option in shown}
    told = []
    for row in view.value.to_dict("records"):
        if {row["option_id"], row["other_id"]} != ids:
            continue
        one, other = labels[row["option_id"]], labels[row["other_id"]]
        if row["no_minute"]:
            told.append(f"{one} against {other}: no price of a minute, {row['no_minute']}.")
        else:
            told.append(
                f"{one} against {other}: {DOLLARS.text(row['per_minute_usd'])} a year for each "
                "minute of the mean response."
            )
        if not math.isnan(row["pays_back_years"]):
            told.append(row["pays_back"])
    return told


def _reasons(view: PublicView, shown: list[PublicOption]) -> list[str]:
    """Why an option has no cost."""
    unknown = any(math.isnan(o.values.get("annual_cost_usd", math.nan)) for o in shown)
    return [n for n in view.notices if unknown and "has no cost" in n]
