"""Where a plan stands among random plans, as it may be published."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import pandas as pd

from zoning.staffing import OptionOutcome
from zoning.staffing.precision import FEW_PATROLLED, withheld_columns
from zoning.zones import ZonePlan
from zoning.zones.tradeoffs.ensemble import FIGURES, Ensemble, describe_share
from zoning.zones.tradeoffs.plot import Histogram

_PUBLIC_STANDING: Final = {"objective_s": 0.0, "mean_travel_s": 0.1, "aligned_share": 1, "moved": 1}
"""Figures of a whole district that are told of random plans, with the step they are rounded to in
their unit; of the objective, which adds prices to travel, only the share of better plans is."""
_SHARES: Final = ("better", "better_low", "better_high")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Standing:
    """Where plans stand among random plans that keep the same rules, for publication.

    Attributes
    ----------
    table
        One row a plan and figure: ``plan``, ``figure``, ``unit``, ``value``,
        ``better_percent`` (of the random plans), ``better_low_percent`` and
        ``better_high_percent`` (a 95 % interval), ``p5``, ``p50`` and ``p95`` (of the random
        plans) and ``keeps_rules``.
    histogram
        Mean travel of the random plans; None if it is withheld.
    how
        How they were drawn, and what limits their use.
    """

    table: pd.DataFrame
    histogram: Histogram | None
    how: str

    def sentences(self) -> list[str]:
        """How many random plans are better than each plan, by figure."""
        made = []
        for row in self.table.to_dict("records"):
            shares = {name: row[f"{name}_percent"] / 100 for name in _SHARES}
            made.append(f"{row['plan']}: in {row['figure']} {describe_share(shares)}")
        return made

    @classmethod
    def of(
        cls, ensemble: Ensemble, plans: Mapping[str, ZonePlan], outcome: OptionOutcome
    ) -> Standing:
        """Round the figures of plans, the last the proposed; withhold what `outcome` withholds."""
        hidden = "mean_response_s" in withheld_columns(outcome)
        compared = ensemble.compare(plans)
        rows = []
        for name, figure in compared.index:
            if figure not in _PUBLIC_STANDING or (hidden and figure != "moved"):
                continue
            row, words, step = (
                compared.loc[(name, figure)],
                FIGURES[figure],
                _PUBLIC_STANDING[figure],
            )
            shown = {
                column: _round(row[column] / words.per_unit, step) if step else math.nan
                for column in ("value", "p5", "p50", "p95")
            }
            shares = {f"{column}_percent": round(100 * row[column], 1) for column in _SHARES}
            rows.append(
                {
                    "plan": name,
                    "figure": words.words,
                    "unit": words.unit if step else "",
                    "value": shown.pop("value"),
                    **shares,
                    **shown,
                    "keeps_rules": bool(row["keeps_rules"]),
                }
            )
        drawn = ensemble.histogram(plans, figure="mean_travel_s")
        step = _PUBLIC_STANDING["mean_travel_s"]
        rounded = replace(
            drawn,
            values=tuple(_round(value, step) for value in drawn.values),
            plans=tuple((label, _round(value, step)) for label, value in drawn.plans),
            step=step,
        )
        how = drawn.note + (f" {FEW_PATROLLED}" if hidden else "")
        return cls(table=pd.DataFrame(rows), histogram=None if hidden else rounded, how=how)


def _round(value: float, step: float) -> float:
    return round(round(value / step) * step, 6)
