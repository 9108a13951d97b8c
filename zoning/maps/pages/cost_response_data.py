"""Cost against response as a page or a picture shows it: a point an option."""

from __future__ import annotations

import math
from dataclasses import dataclass

from zoning.disclosure import PublicOption, PublicView

COST = ("annual_cost_usd", "annual_cost_low_usd", "annual_cost_high_usd")
RESPONSE = ("mean_response_s", "mean_response_low_s", "mean_response_high_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class CostPoint:
    """One option that has both figures.

    Attributes
    ----------
    option
        Position in `PublicView.options`.
    cost, response
        Annual dollars and mean response in minutes, each as value, low and high
        end of the range of assumptions; the value thrice where there is no range.
    said
        Both figures in words, as finely as they are told everywhere.
    not_dominated
        As in `zoning.disclosure.PublicOption`.
    """

    option: int
    cost: tuple[float, float, float]
    response: tuple[float, float, float]
    said: str
    not_dominated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CostFrontier:
    """The points of all options, and what is missing.

    Attributes
    ----------
    points
        Cheapest first.
    missing
        Positions of the options without a cost or a response.
    """

    points: tuple[CostPoint, ...]
    missing: tuple[int, ...]


def cost_frontier(view: PublicView) -> CostFrontier:
    """Annual cost against mean response of every option of a view."""
    found: list[CostPoint] = []
    missing: list[int] = []
    texts = {figure.key: figure.text for figure in view.figures}
    for k, option in enumerate(view.options):
        cost, response = _span(option, COST, 1.0), _span(option, RESPONSE, 60.0)
        if cost is None or response is None:
            missing.append(k)
            continue
        found.append(
            CostPoint(
                option=k,
                cost=cost,
                response=response,
                said=f"{texts[COST[0]](cost[0])} a year, mean response "
                f"{texts[RESPONSE[0]](response[0] * 60)}",
                not_dominated=option.not_dominated,
            )
        )
    return CostFrontier(
        points=tuple(sorted(found, key=lambda point: point.cost)), missing=tuple(missing)
    )


def _span(
    option: PublicOption, columns: tuple[str, str, str], unit: float
) -> tuple[float, float, float] | None:
    value, low, high = (option.values.get(column, math.nan) / unit for column in columns)
    if math.isnan(value):
        return None
    if math.isnan(low) or math.isnan(high):
        low = high = value
    return round(value, 4), round(low, 4), round(high, 4)
