"""Make the slides on money: five years of the proposed option beside the other."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache

import pandas as pd

from zoning.disclosure import PublicOption, PublicView
from zoning.reports import board_text
from zoning.reports.deck import messages
from zoning.reports.deck.canvas import Deck, Notes
from zoning.reports.deck.tables import Row, Table, TableColumn, table_slides, table_to_read
from zoning.reports.office_files import one_line
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
_DEFAULTS = "Prices are defaults unless the district gave its own: see the assumptions."
_TO_READ = (STEADY, ONCE, over_years())


def add_cost(
    deck: Deck, view: PublicView, start: PublicOption | None, focus: PublicOption | None
) -> None:
    """Add what the option that the slides are about costs, beside the one it replaces."""
    shown = _with_budget(start, focus)
    if not shown:
        return
    rows = [*_rows_of(shown, _TO_READ), *_interval_row(shown)]
    figure = board_text.find_figure(view, "cost_per_student_usd")
    if figure is not None:
        rows.append(
            Row((figure.label, *(board_text.figure_text(view, o, figure.key) for o in shown)))
        )
    table_to_read(
        deck,
        _message(f"{YEARS} years cost", shown, over_years()),
        _table(shown, rows),
        _notes(),
        below=[_DEFAULTS, *_what_it_buys(view, shown), *_reasons(view, shown)],
    )


def add_budget(
    deck: Deck, view: PublicView, start: PublicOption | None, focus: PublicOption | None
) -> None:
    """Add every year of both options, and who pays."""
    shown = _with_budget(start, focus)
    if not shown:
        return
    rows = [*_rows_of(shown, _PERIODS), *_interval_row(shown)]
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
    below = [*_what_it_buys(view, shown), *_reasons(view, shown), ROUNDED_APART, _DEFAULTS]
    title = _message("Year 1 costs", shown, period_of(1))
    table_slides(deck, title, _table(shown, rows), _notes(), below=below)


def _message(lead: str, shown: list[PublicOption], period: str) -> str:
    """What a period costs under each option, those of unknown cost last."""
    told = {option: _dollars(option, TOTAL, period) for option in shown}
    known = [f"{text} under {messages.name(o)}" for o, text in told.items() if _is_known(text)]
    unknown = [messages.name(o) for o, text in told.items() if not _is_known(text)]
    if not known:
        return f"{lead} an amount that is not computed under {' and '.join(unknown)}"
    rest = f"; not computed under {' and '.join(unknown)}" if unknown else ""
    return f"{lead} {' and '.join(known)}{rest}"


def _is_known(text: str) -> bool:
    return text not in {"", NOT_COMPUTED}


def _with_budget(*options: PublicOption | None) -> list[PublicOption]:
    return [option for option in options if option is not None and len(option.budget)]


def _rows_of(shown: list[PublicOption], periods: Iterable[str]) -> list[Row]:
    return [
        Row(
            (_PERIODS[period], *(_dollars(option, TOTAL, period) for option in shown)),
            period == over_years(),
        )
        for period in periods
    ]


def _interval_row(shown: list[PublicOption]) -> list[Row]:
    if not any(_interval(option) for option in shown):
        return []
    return [Row(("9 in 10 simulated totals", *(_interval(o) or _unknown(o) for o in shown)))]


def _table(shown: list[PublicOption], rows: list[Row]) -> Table:
    return Table(
        f"What {' and '.join(one_line(option.label) for option in shown)} cost.",
        (
            TableColumn("Cost", 1.6),
            *(TableColumn(option.label, 1.5, right=True, from_data=True) for option in shown),
        ),
        tuple(rows),
    )


def _notes() -> Notes:
    return Notes(
        say="The years hold what is bought at the start, hiring as it is planned, and prices as "
        f"they rise. {HOW_DRAWN} {ROUNDED_APART}",
        source="Computed by the software zoning from the people that each option needs and the "
        "prices listed under the assumptions; every line is in budget.csv of the comparison.",
        caution=f"Not an offer or a contract price. {_DEFAULTS}",
    )


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


@lru_cache(maxsize=1)
def _prices(view: PublicView) -> pd.DataFrame:
    """`PublicView.value`, computed once for both slides."""
    return view.value


def _what_it_buys(view: PublicView, shown: list[PublicOption]) -> list[str]:
    """What a minute costs between the two, and when a higher start is paid back."""
    ids = {option.option_id for option in shown}
    labels = {option.option_id: option.label for option in shown}
    told = []
    for row in _prices(view).to_dict("records"):
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
