"""Draw what an observer learns of officers against what they drive."""

from __future__ import annotations

from html import escape
from typing import Final

import pandas as pd

from zoning.editions import RESTRICTED_MARK
from zoning.reports.patrol.sheets import make_page
from zoning.reports.patrol.timeline import INK, LINE, SOFT
from zoning.units import counted, miles

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _FOOT = 860.0, 420.0, 60.0, 170.0, 20.0, 50.0
_LETTERS: Final = 14.0
_COLOURS: Final = ("#0b5394", "#b45f06", "#38761d", "#8e3b7c", "#6b6b00", "#7a1018", "#2b2b2b")


def predictability_page(table: pd.DataFrame, *, district: str, watched_days: int) -> str:
    """Make a page with the curve of right guesses against driving, and its table.

    ``table``: of `zoning.patrol.drawing.measure_predictability`.
    """
    means = _means(table)
    about = (
        f"How often somebody who watched {counted(watched_days, 'day')} guesses the officer's "
        "school right, against what the officer drives beyond the planned day. Means over the "
        "zones of a size; circles left of the axis: every day is the planned one."
    )
    sheet = (
        f'<section class="sheet"><p class="mark" role="note">{escape(RESTRICTED_MARK)}</p>'
        f"<header><h1>How predictable patrols are</h1>"
        f'<p class="about">{escape(district)}</p></header><p>{escape(about)}</p>'
        f"{_curve(means)}{_rows(means)}</section>"
    )
    return make_page(f"How predictable patrols are, {district}", [sheet])


def _means(table: pd.DataFrame) -> pd.DataFrame:
    """Means over the zones of a size, for the planned day (-inf) and each bound."""
    bound = table["extra_driving"].fillna(-1.0)
    columns = ["floor", "chance", "undisturbed", "driving_s", "driving_m"]
    return table.groupby(["buildings", bound])[columns].mean().reset_index()


def _curve(means: pd.DataFrame) -> str:
    drawn = means[means["extra_driving"] > -1]
    low, high = float(drawn["extra_driving"].min()), float(drawn["extra_driving"].max())
    span = (high - low) or 1.0
    wide, tall = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _FOOT

    def x(extra: float) -> float:
        return round(_LEFT + 60 + (extra - low) / span * (wide - 60), 1)

    def y(chance: float) -> float:
        return round(_TOP + (1 - chance) * tall, 1)

    parts = [
        f'<svg class="timeline" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="img" font-size="13">',
        "<title>Right guesses against extra driving</title>",
    ]
    parts += [
        f'<line x1="{_LEFT:g}" x2="{_LEFT + wide:g}" y1="{y(tenth / 10):g}" '
        f'y2="{y(tenth / 10):g}" stroke="{LINE}"/><text x="{_LEFT - 8:g}" '
        f'y="{y(tenth / 10) + 4:g}" text-anchor="end" fill="{SOFT}">{tenth * 10} %</text>'
        for tenth in range(0, 11, 2)
    ]
    parts += [
        f'<text x="{x(extra):g}" y="{_HEIGHT - 24:g}" text-anchor="middle" fill="{SOFT}">'
        f"{extra:+.0%}</text>"
        for extra in sorted(set(drawn["extra_driving"]))
    ]
    parts.append(
        f'<text x="{_LEFT + 20:g}" y="{_HEIGHT - 24:g}" text-anchor="middle" fill="{SOFT}">planned'
        f'</text><text x="{_LEFT + wide / 2:g}" y="{_HEIGHT - 6:g}" text-anchor="middle" '
        f'fill="{INK}">bound of driving beyond the planned day</text>'
    )
    ends: list[tuple[float, str, str]] = []
    for k, (size, rows) in enumerate(means.groupby("buildings")):
        colour = _COLOURS[k % len(_COLOURS)]
        of_size = rows[rows["extra_driving"] > -1].dropna(subset="chance")
        line = " ".join(
            f"{x(extra):g},{y(chance):g}"
            for extra, chance in zip(of_size["extra_driving"], of_size["chance"], strict=True)
        )
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2.5"/>'
        )
        planned = rows[rows["extra_driving"] <= -1]["chance"]
        if len(planned):
            parts.append(
                f'<circle cx="{_LEFT + 20:g}" cy="{y(float(planned.iloc[0])):g}" r="5" '
                f'fill="{colour}"/>'
            )
        if len(of_size):
            ends.append((y(float(of_size["chance"].iloc[-1])) + 4, f"{size} schools", colour))
    below = 0.0
    for at, label, colour in sorted(ends):
        below = max(at, below + _LETTERS)  # names of near lines stand below one another
        parts.append(
            f'<text x="{_LEFT + wide + 8:g}" y="{below:g}" fill="{colour}">{escape(label)}</text>'
        )
    return "".join([*parts, "</svg>"])


def _rows(means: pd.DataFrame) -> str:
    heads = ["Schools", "Driving", "Right guesses", "By chance alone", "Hours driven a day"]
    has_miles = means["driving_m"].notna().all()
    heads += ["Miles a day"] if has_miles else []
    body = []
    for row in means.to_dict("records"):
        bound = "planned day" if row["extra_driving"] <= -1 else f"{row['extra_driving']:+.0%}"
        known = row["chance"] == row["chance"]
        cells = [
            f"{row['buildings']:.0f}",
            bound,
            f"{row['chance']:.0%}" if known else "no such days were found",
            f"{row['floor']:.0%}",
            f"{row['driving_s'] / 3600:.1f}" if known else "",
            *([f"{miles(row['driving_m']):.0f}" if known else ""] if has_miles else []),
        ]
        body.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    head = "".join(f'<th scope="col">{escape(word)}</th>' for word in heads)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"
