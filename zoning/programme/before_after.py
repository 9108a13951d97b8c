"""Two periods side by side: what there was of each, and how far chance alone may explain it.

Nothing here says why two periods differ: officers come to schools together with much else.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from zoning.confidence import (
    percentile_interval,
    poisson_interval,
    rate_ratio_interval,
)
from zoning.programme.event_records import KINDS, EventRecords
from zoning.programme.periods import LEVEL_WORDS, PUBLISH, Period, select
from zoning.records import (
    Access,
    Column,
    Records,
    RecordTable,
    read_date,
    read_id,
    read_number,
    read_records,
    read_text,
    read_word,
)

HIGHER, LOWER, UNCLEAR = "higher", "lower", "no clear difference"
NOT_A_CAUSE: Final = (
    "Much else differs between two periods: students, staff, rules and how carefully records are "
    "kept. These figures describe; what made the difference, they cannot tell."
)
DRAWS: Final = 2_000
"""Bootstrap draws: the ends of a 95 % interval rest on 50 of them each."""
MIN_BUILDINGS: Final = 10
"""Fewest buildings with records for a bootstrap over buildings: our choice, since percentile
intervals of fewer clusters are too narrow (Cameron, Gelbach and Miller 2008)."""


def _table(on: date) -> RecordTable:
    public = partial(Column, access=Access.PUBLIC)
    day = partial(public, read=read_date, required=True)
    amount = partial(public, read=read_number(at_least=1e-9), required=True)
    return RecordTable(
        what="comparisons",
        one_row="Give one row a comparison: its id, kind, both periods, and the exposure of each.",
        columns=(
            public(
                name="comparison_id",
                meaning="Its id.",
                read=read_id,
                headings=("id",),
                required=True,
            ),
            public(
                name="kind", meaning="The kind of record.", read=read_word(KINDS), required=True
            ),
            public(
                name="category",
                meaning="The category that counts.",
                read=lambda cell: read_text(cell).casefold(),
                default="",
            ),
            public(
                name="level",
                meaning="The level of the buildings that count.",
                read=read_word(LEVEL_WORDS),
                default="",
            ),
            day(name="before_first", meaning="First day of the first period."),
            day(name="before_last", meaning="Last day of the first period."),
            day(name="after_first", meaning="First day of the second period."),
            day(name="after_last", meaning="Last day of the second period."),
            amount(name="before_exposure", meaning="What the first count is divided by."),
            amount(name="after_exposure", meaning="What the second count is divided by."),
            public(
                name="exposure_unit",
                meaning="What that is: school-days, student-days.",
                read=read_text,
                required=True,
            ),
            public(
                name="source", meaning="Where the exposures are from.", read=read_text, default=""
            ),
            PUBLISH,
        ),
        key=("comparison_id",),
        check=partial(_find_faults, on=on),
    )


def _find_faults(frame: pd.DataFrame, *, on: date) -> Iterable[tuple[int, str]]:
    names = ("before_first", "before_last", "after_first", "after_last")
    for k, row in enumerate(frame.to_dict("records")):
        if any(pd.isna(row[name]) for name in names):
            continue
        for early, late in (names[:2], names[2:], names[1:3]):
            is_ordered = (
                row[early] < row[late] if early == "before_last" else row[early] <= row[late]
            )
            if not is_ordered:
                yield k, f"{late} {str(row[late])!r} is not after {early} {str(row[early])!r}"
        if row["after_last"] > on:
            yield k, f"after_last {str(row['after_last'])!r} is after {on}: it has not ended"


def read_comparisons(source: str | Path | pd.DataFrame, *, on: date) -> Records:
    """Read which periods are to be compared, one comparison a row, with the exposure of each.

    Raises
    ------
    RecordError
        Listing every fault with its row.
    """
    return read_records(source, _table(on))


def compare_periods(comparisons: Records, records: EventRecords, *, seed: int = 1) -> pd.DataFrame:
    """Compute counts, rates and the ratio of the rates of two periods.

    The exact interval holds if events come independently at a steady rate. That over buildings,
    a bootstrap, lets buildings differ and change on their own; it takes the exposure of each
    building to change as the district's does. A difference is clear if both leave out 1.

    Returns
    -------
    DataFrame
        Index ``comparison_id``; the columns of the comparisons; of each period ``_count``,
        ``_rate``, ``_low`` and ``_high`` (exact Poisson); ``ratio`` (after over before), ``low``
        and ``high`` (exact), ``buildings_low`` and ``buildings_high`` (bootstrap; NaN of fewer
        than `MIN_BUILDINGS` buildings with records), and ``state``: higher, lower, or no clear
        difference. Restricted.
    """
    rows = []
    for row in comparisons.frame.to_dict("records"):
        made: dict[Any, Any] = dict(row)
        by_building = {}
        for when in ("before", "after"):
            chosen = select(
                records,
                kind=row["kind"],
                period=Period(first=row[f"{when}_first"], last=row[f"{when}_last"]),
                category=row["category"],
                level=row["level"],
            )
            count = float(chosen["count"].sum())
            by_building[when] = chosen.groupby("building")["count"].sum()
            names = [f"{when}_{end}" for end in ("rate", "low", "high")]
            ends = poisson_interval(count, row[f"{when}_exposure"])
            made |= {f"{when}_count": count, **dict(zip(names, ends, strict=True))}
        of_counts = made["before_count"], row["before_exposure"]
        made["ratio"], made["low"], made["high"] = rate_ratio_interval(
            *of_counts, made["after_count"], row["after_exposure"]
        )
        scale = row["before_exposure"] / row["after_exposure"]
        made["buildings_low"], made["buildings_high"] = _draw_buildings(
            by_building["before"], by_building["after"], scale, seed
        )
        made["state"] = _state(made)
        rows.append(made)
    figures = [
        f"{when}_{end}" for when in ("before", "after") for end in ("count", "rate", "low", "high")
    ]
    columns = [*comparisons.frame.columns, *figures, "ratio", "low", "high"]
    columns += ["buildings_low", "buildings_high", "state"]
    return pd.DataFrame(rows, columns=columns).set_index("comparison_id")


def _draw_buildings(
    before: pd.Series[float], after: pd.Series[float], scale: float, seed: int
) -> tuple[float, float]:
    every = before.index.union(after.index)
    n = len(every)
    if n < MIN_BUILDINGS:
        return math.nan, math.nan
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=DRAWS)
    first, second = (
        drawn @ one.reindex(every, fill_value=0.0).to_numpy(float) for one in (before, after)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        return percentile_interval(second / first * scale)


def _state(row: dict[Any, Any]) -> str:
    """Say whether the rates differ: clear only if every interval that is known agrees."""
    known = [(row["low"], row["high"])]
    if not math.isnan(row["buildings_low"]):
        known.append((row["buildings_low"], row["buildings_high"]))
    if all(low > 1 for low, _ in known):
        return HIGHER
    return LOWER if all(high < 1 for _, high in known) else UNCLEAR


def describe_comparison(row: pd.Series[Any]) -> str:
    """Write a row of `compare_periods` as sentences, without a word about why."""
    what = f"records of the kind {row['kind']}"
    limits = [f"{name} {row[name]}" for name in ("category", "level") if row[name]]
    what += f" ({', '.join(limits)})" if limits else ""
    periods = (
        f"{row[f'{when}_first']} to {row[f'{when}_last']}: {row[f'{when}_count']:,.0f} {what} in "
        f"{row[f'{when}_exposure']:,.10g} {row['exposure_unit']}."
        for when in ("before", "after")
    )
    if not math.isfinite(row["ratio"]):
        return " ".join([*periods, "The first count is 0, so there is no ratio."])
    low, high = (_shown(row[end]) for end in ("low", "high"))
    said = (
        f"The second rate is {_shown(row['ratio'])} times the first (95 % interval {low} to {high}"
    )
    if not math.isnan(row["buildings_low"]):
        ends = [_shown(row[f"buildings_{end}"]) for end in ("low", "high")]
        said += f"; over buildings {ends[0]} to {ends[1]}"
    end = "no clear difference." if row["state"] == UNCLEAR else f"a {row['state']} rate."
    if row["state"] == UNCLEAR and (row["low"] > 1 or row["high"] < 1):
        end = "no clear difference, since buildings differ."
    return " ".join([*periods, f"{said}): {end}"])


def _shown(value: float) -> str:
    return "no upper end" if math.isinf(value) else f"{value:.2f}"
