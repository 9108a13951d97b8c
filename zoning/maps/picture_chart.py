"""Annual cost against mean response on a sheet, one mark an option."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from zoning.disclosure import PublicOption, PublicView, RestrictedView
from zoning.disclosure.views import DEFAULTS_ARE_NOT_FACTS, RESPONSE_IS_WHEN_FREE
from zoning.maps.picture_sheet import INK, QUIET_INK, Box, Sheet, Taken, shortened
from zoning.staffing.figures import UNBEATEN

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COST = ("annual_cost_usd", "annual_cost_low_usd", "annual_cost_high_usd")
RESPONSE = ("mean_response_s", "mean_response_low_s", "mean_response_high_s")
_BEST, _OTHER = "#0b4f8a", "#ffffff"
_LABEL_MOST = 44


def draw_frontier(sheet: Sheet, view: PublicView | RestrictedView, *, title: bool) -> None:
    """Fill a sheet with the chart."""
    public = view.public if isinstance(view, RestrictedView) else view
    unit, margin = sheet.unit, 24 * sheet.unit
    top = sheet.heading(view, "Cost a year and mean response" if title else None)
    bottom = (
        sheet.foot(public, notices=(DEFAULTS_ARE_NOT_FACTS, RESPONSE_IS_WHEN_FREE)) + 0.4 * margin
    )
    known = [o for o in public.options if not math.isnan(o.values[COST[0]] + o.values[RESPONSE[0]])]
    missing = [shortened(o.label, _LABEL_MOST) for o in public.options if o not in known]
    words = [
        *([f"Filled: {UNBEATEN}."] if public.some_dominated else []),
        "Bars: the range under other assumptions.",
    ]
    if missing:
        words.append(f"Not computed or withheld, so not drawn: {', '.join(missing)}.")
    lines = [
        line
        for text in words
        for line in sheet.wrapped(text, size=15 * unit, width=sheet.width_px - 2 * margin, lines=3)
    ]
    for line in reversed(lines):
        bottom += 20 * unit
        sheet.write(margin, bottom, line, size=15 * unit, color=QUIET_INK)
    box = (100 * unit, bottom + 78 * unit, sheet.width_px - 1.5 * margin, top - 1.2 * margin)
    axes = sheet.axes(box)
    _frame(sheet, axes)
    if not known:
        axes.set(xticks=[], yticks=[])
        return
    for option in known:
        _mark(sheet, axes, option)
    highest = [
        max(_end(o, column[2], column[0]) for o in known) or 1.0 for column in (COST, RESPONSE)
    ]
    axes.set(xlim=(0, highest[0] * 1.06 / 1e6), ylim=(0, highest[1] * 1.08 / 60))
    _labels(sheet, axes, box, known)


def _frame(sheet: Sheet, axes: Axes) -> None:
    size = sheet.points(16 * sheet.unit)
    axes.set_xlabel("Cost a year, millions of dollars", fontsize=size, color=INK)
    axes.set_ylabel("Mean response, minutes", fontsize=size, color=INK)
    axes.tick_params(labelsize=size * 0.95, colors=INK)
    axes.grid(visible=True, color="#dfe3e6", linewidth=sheet.points(1 * sheet.unit))
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _mark(sheet: Sheet, axes: Axes, option: PublicOption) -> None:
    cost, response = option.values[COST[0]] / 1e6, option.values[RESPONSE[0]] / 60
    ends = [
        [[abs(middle - _end(option, column, "") / per)] for column in columns]
        if all(not math.isnan(option.values.get(column, math.nan)) for column in columns)
        else None
        for middle, per, columns in ((cost, 1e6, COST[1:]), (response, 60, RESPONSE[1:]))
    ]
    axes.errorbar(
        [cost],
        [response],
        xerr=ends[0],
        yerr=ends[1],
        fmt="D",
        markersize=sheet.points(13 * sheet.unit),
        markerfacecolor=_BEST if option.not_dominated else _OTHER,
        markeredgecolor=_BEST,
        markeredgewidth=sheet.points(2 * sheet.unit),
        ecolor="#7f8a94",
        elinewidth=sheet.points(1.6 * sheet.unit),
        capsize=sheet.points(5 * sheet.unit),
        zorder=3,
        clip_on=False,
    )


def _end(option: PublicOption, column: str, instead: str) -> float:
    value = option.values.get(column, math.nan)
    return option.values[instead] if math.isnan(value) and instead else value


def _labels(sheet: Sheet, axes: Axes, box: Box, options: list[PublicOption]) -> None:
    """Beside each mark, clear of marks, bars and one another as far as there is room."""
    size = 16 * sheet.unit
    across = 12 * sheet.unit
    taken, bars = Taken(), Taken()
    spots = axes.transData.transform(
        [(o.values[COST[0]] / 1e6, o.values[RESPONSE[0]] / 60) for o in options]
    )
    for x, y in spots:
        taken.add((x - across, y - across, x + across, y + across))
    for option, (x, y) in zip(options, spots, strict=True):
        low, high = axes.transData.transform(
            [
                (_end(option, COST[k], COST[0]) / 1e6, _end(option, RESPONSE[k], RESPONSE[0]) / 60)
                for k in (1, 2)
            ]
        )
        bars.add((low[0], y - 1, high[0], y + 1), (x - 1, low[1], x + 1, high[1]))
    for (x, y), option in zip(spots, options, strict=True):
        text = shortened(option.label, _LABEL_MOST)
        wide, tall = sheet.length(text, size=size), 1.25 * size
        places = [
            (x + side * (across + 4) - (wide if side < 0 else 0), y + up * (across + tall / 2))
            for up in (1, -1, 2.2, -2.2, 3.4)
            for side in (1, -1)
        ]
        boxes: list[Box] = [(a, b - tall / 2, a + wide, b + tall / 2) for a, b in places]
        inside = [
            spot
            for spot in boxes
            if box[0] <= spot[0]
            and spot[2] <= sheet.width_px
            and box[1] <= spot[1]
            and spot[3] <= box[3] + tall
        ]
        free = [b for b in inside if taken.is_free(b)]
        clear = [b for b in free if bars.is_free(b)]
        chosen = (clear or free or inside or boxes)[0]
        taken.add(chosen)
        sheet.write(
            chosen[0],
            (chosen[1] + chosen[3]) / 2,
            text,
            size=size,
            va="center_baseline",
            bbox={"facecolor": "#ffffffd0", "edgecolor": "none", "pad": 1},
        )
