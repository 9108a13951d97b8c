"""Draw the legend, the scale bar and the option's figures beside a map."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import numpy as np
from numpy.typing import NDArray

from zoning.disclosure import PublicOption
from zoning.maps.pages.public_data import HEADLINES, figure_text
from zoning.maps.pictures.sheet import INK, QUIET_INK, Box, Sheet
from zoning.staffing.figures import Figure
from zoning.symbols import SCHOOL_SYMBOLS, ZONE_FILLS, Shape, school_symbol
from zoning.units import METRES_PER_MILE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKER_PX: Final = {
    "circle": 10.0,
    "triangle": 12.5,
    "square": 10.0,
    "diamond": 13.5,
    "star": 22.0,
}
BAND_FILLS: Final = ("#ffffff", "#fdd9b5", "#f4a460", "#c65a11", "#6b1d00")
_MARKERS: Final = {"circle": "o", "triangle": "^", "square": "s", "diamond": "d", "star": "*"}
_NICE: Final = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)
_TEXT, _ROW, _LONGEST_BAR = 15.0, 25.0, 120.0
_SYMBOL_ROOM, _LINES = 34.0, 4  # width of the symbols beside the texts; lines of the longest text
DASHES: Final = (2.4, 1.3)
"""A dash and the gap after it, times the width of the line."""


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of the legend.

    Attributes
    ----------
    kind
        A shape of `zoning.symbols`, ``ring``, ``disc``, ``dot``, ``tile``, ``line`` or
        ``dashes``; ''
        for words alone.
    text
        Its meaning.
    fill
        Colour of the shape or the line.
    width
        Of a line, pixels.
    """

    kind: Shape | Literal["ring", "disc", "dot", "tile", "line", "dashes", ""]
    text: str
    fill: str = "#ffffff"
    width: float = 1.0


RING = Key("ring", "Officer there all day")
PLANNED = Key("disc", "Around a planned school", "#8fd19e")
DISTRICT = Key("line", "District", "#20262c", 2.6)
FREEWAY = Key("line", "Freeway", "#6a7076", 2.6)
STREET = Key("line", "Street", "#868c92", 1.1)
NEW_BORDER = Key("line", "New zones", "#3b434b", 2.2)
OLD_BORDER = Key("dashes", "Old zones", "#8c0d4f", 3.2)
ZONE = Key("tile", "Zone with its name", ZONE_FILLS[0])


def school_keys(levels: Iterable[str]) -> list[Key]:
    """Make one entry for each kind of school on the map."""
    present = {school_symbol(level).name for level in levels}
    return [Key(s.shape, s.name, s.fill) for s in SCHOOL_SYMBOLS if s.name in present]


def band_keys(title: str, names: Iterable[str]) -> list[Key]:
    """Make the entries of the discs behind the schools, the best first. Restricted."""
    discs = [Key("disc", name, fill) for name, fill in zip(names, BAND_FILLS, strict=True)]
    return [Key("", title), *discs]


def headlines(option: PublicOption, figures: Sequence[Figure]) -> list[tuple[str, str, str]]:
    """List the figures that a board asks for first: label, value, and range or ''."""
    by_key = {figure.key: figure for figure in figures}
    texts = [
        (by_key[k], figure_text(by_key[k], option.values, missing=option.missing(k)))
        for k in HEADLINES
    ]
    return [(figure.label, text.value, text.spread.strip("()")) for figure, text in texts]


def legend_width(sheet: Sheet, keys: Sequence[Key]) -> float:
    """Least width in pixels of a legend whose words are whole."""
    words = [word for key in keys for word in key.text.split()]
    longest = max((sheet.length(word, size=_TEXT * sheet.unit) for word in words), default=0.0)
    return longest + (_SYMBOL_ROOM + 4) * sheet.unit


def legend_height(sheet: Sheet, keys: Sequence[Key], *, columns: int) -> float:
    """Height of the legend in pixels."""
    return -(-len(keys) // columns) * _ROW * sheet.unit


def draw_legend(
    sheet: Sheet,
    paper: Axes,
    box: Box,
    keys: Sequence[Key],
    *,
    figures: Sequence[tuple[str, str, str]],
    columns: int,
) -> None:
    """Draw the option's figures, and below them the legend, from the top of a box."""
    unit = sheet.unit
    left, bottom, right, top = box
    for label, value, spread in figures:
        sheet.write(left, top, label, size=_TEXT * unit, color=QUIET_INK)
        top -= 20 * unit
        sheet.write(left, top, value, size=22 * unit, bold=True)
        top -= 27 * unit
        if spread:
            sheet.write(left, top, spread, size=_TEXT * unit, color=QUIET_INK)
            top -= 21 * unit
        top -= 8 * unit
    if figures:
        top -= 14 * unit
    wide = (right - left) / columns
    rows = -(-len(keys) // columns)
    # In one column texts are wrapped: beside a map every pixel of the legend's width is the map's.
    texts = [
        [key.text]
        if columns > 1
        else sheet.wrapped(
            key.text,
            size=_TEXT * unit,
            width=wide - (_SYMBOL_ROOM * unit if key.kind else 0.0),
            lines=_LINES,
        )
        for key in keys
    ]
    further = 1.2 * _TEXT / _ROW  # height of a second line, in rows
    heights = [1 + further * (len(lines) - 1) for lines in texts]
    tall = max(sum(heights[k : k + rows]) for k in range(0, len(keys), rows)) if keys else 1.0
    high = min(_ROW * unit, (top - bottom) / tall)
    size = min(_TEXT * unit, high / 1.2)
    for k, (key, lines) in enumerate(zip(keys, texts, strict=True)):
        x = left + (k // rows) * wide
        above = sum(heights[k - k % rows : k])
        y = top - (above + 0.5) * high
        _draw_key(sheet, paper, key, x + 13 * unit, y)
        start = x if key.kind == "" else x + _SYMBOL_ROOM * unit
        for j, line in enumerate(lines):
            at = y - j * further * high
            sheet.write(start, at, line, size=size, va="center_baseline")


def _draw_key(sheet: Sheet, paper: Axes, key: Key, x: float, y: float) -> None:
    unit = sheet.unit
    if key.kind in {"line", "dashes"}:
        width = sheet.points(key.width * unit)
        style: Any = (0, DASHES) if key.kind == "dashes" else "-"
        ends = [x - 12 * unit, x + 12 * unit]
        paper.plot(ends, [y, y], color=key.fill, linewidth=width, linestyle=style)
    elif key.kind == "tile":
        _tile(sheet, paper, (x - 12 * unit, y - 8 * unit, x + 12 * unit, y + 8 * unit), key.fill)
    elif key.kind == "dot":
        at = np.array([[x, y]])
        draw_symbols(sheet, paper, at, "circle", across=8 * unit, fill=key.fill, edge="#ffffff")
    elif key.kind in {"ring", "disc"}:
        across = 19.0 if key.kind == "ring" else 20.0
        at = np.array([[x, y]])
        draw_symbols(sheet, paper, at, "circle", across=across * unit, fill=key.fill, edge=INK)
        if key.kind == "ring":
            dot = SCHOOL_SYMBOLS[0]
            draw_symbols(
                sheet, paper, at, dot.shape, across=MARKER_PX[dot.shape] * unit, fill=dot.fill
            )
    elif key.kind:
        across = MARKER_PX[key.kind] * unit
        at = np.array([[x, y]])
        draw_symbols(sheet, paper, at, cast("Shape", key.kind), across=across, fill=key.fill)


def _tile(
    sheet: Sheet, paper: Axes, box: Box, fill: str, *, edge: str = "#3b434b", at: float = 1
) -> None:
    from matplotlib.patches import Rectangle  # noqa: PLC0415

    left, bottom, right, top = box
    paper.add_patch(
        Rectangle(
            (left, bottom),
            right - left,
            top - bottom,
            facecolor=fill,
            edgecolor=edge,
            linewidth=sheet.points(1.2 * sheet.unit),
            zorder=at,
        )
    )


def draw_symbols(
    sheet: Sheet,
    paper: Axes,
    points: NDArray[np.float64],
    shape: Shape,
    *,
    across: float,
    fill: str,
    edge: str = "#111111",
    at: float = 12,
) -> None:
    """Draw symbols of one shape at points, shape (n, 2); ``across`` and points in pixels."""
    if not len(points):
        return
    paper.scatter(
        points[:, 0],
        points[:, 1],
        s=sheet.points(across) ** 2,
        marker=_MARKERS[shape],
        facecolor=fill,
        edgecolor=edge,
        linewidth=sheet.points(0.9 * sheet.unit),
        zorder=at,
    )


def scale_bar_size(sheet: Sheet, *, px_per_m: float) -> tuple[float, float]:
    """Width and height of the scale bar with its text, pixels."""
    unit = sheet.unit
    longest = max(length for length, _, _ in _scale_bars(sheet, px_per_m))
    return longest + 80 * unit, 52 * unit


def draw_scale_bar(sheet: Sheet, paper: Axes, box: Box, *, px_per_m: float) -> None:
    """Draw the scale bar: miles above the line, kilometres below, both round lengths."""
    unit = sheet.unit
    _tile(sheet, paper, box, "#ffffffcc", edge="none", at=20)
    left, middle = box[0] + 10 * unit, (box[1] + box[3]) / 2
    for length, words, up in _scale_bars(sheet, px_per_m):
        tick = middle + 7 * unit * up
        paper.plot(
            [left, left, left + length, left + length],
            [tick, middle, middle, tick],
            color=INK,
            linewidth=sheet.points(1.8 * unit),
            zorder=21,
        )
        sheet.write(
            left + length + 6 * unit,
            middle + 12 * unit * up,
            words,
            size=_TEXT * unit,
            va="center",
        )


def _scale_bars(sheet: Sheet, px_per_m: float) -> list[tuple[float, str, int]]:
    """Length in pixels, text and side (1 above the line) of each unit's bar."""
    longest = _LONGEST_BAR * sheet.unit
    bars = []
    for metres, name, up in ((METRES_PER_MILE, "mi", 1), (1000.0, "km", -1)):
        fitting = [n for n in _NICE if n * metres * px_per_m <= longest] or [_NICE[0]]
        bars.append((fitting[-1] * metres * px_per_m, f"{fitting[-1]:g} {name}", up))
    return bars
