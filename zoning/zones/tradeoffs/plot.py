"""Draw a trade-off, one mark a plan, and how a figure is distributed over random plans."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zoning.errors import OptionError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation
    from matplotlib.transforms import Bbox

# Blue of Okabe and Ito (2008): distinct from grey with any colour vision, and darker in print.
_BLUE, _GREY, _INK = "#0072B2", "#767676", "#222222"
# Error bars may extend the axis by the range of the plans, at least by this share of the highest.
# Our choice.
_MIN_BAR_SHARE = 0.05
# Inches; fits the width of a letter page.
_SIZE = (7.6, 5.0)
# Bars of a histogram, and characters of a line of its note. Our choice, for the size above.
_MOST_BARS, _NOTE_WIDTH = 40, 105
# Offsets of a label from its mark in points, the first preferred.
_FREE_PLACES = ((6, 5), (-6, -5), (6, -5), (-6, 5), (0, 11), (0, -11), (12, 0), (-12, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A plan on the picture, in the units of the axes.

    Attributes
    ----------
    x, y
        The plan's amount of the quantity, and its response.
    unproved
        Distance from ``y`` down to the proved lower bound; 0 if the plan is optimal.
    text
        The values at which the plan is best.
    best
        Whether no other plan is better in one and at least as good in the other.
    """

    x: float
    y: float
    unproved: float
    text: str
    best: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A value without a plan: its place on the axis, None if unknown, and the reason."""

    x: float | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The content of a picture, in the units of its readers.

    Attributes
    ----------
    note
        A sentence below the axis; may be empty.
    whole
        Whether the amounts on the horizontal axis are whole numbers.
    """

    title: str
    subtitle: str
    x_axis: str
    y_axis: str
    marks: tuple[Mark, ...]
    missing: tuple[Missing, ...]
    note: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """How a figure is distributed over random plans, in the units of its readers.

    Attributes
    ----------
    values
        The figure of each random plan.
    plans
        Plans to mark: label and figure.
    step
        Width of a bar, whose middle is a multiple of it; None for 40 bars.
    note
        Sentences below the axis: how the plans were drawn.
    """

    title: str
    subtitle: str
    x_axis: str
    values: tuple[float, ...]
    plans: tuple[tuple[str, float], ...] = ()
    step: float | None = None
    note: str = ""


def draw(picture: Picture, ax: Axes | None = None) -> Axes:
    """Draw a picture, into new axes if None are given.

    Raises
    ------
    OptionError
        If the extra is missing.
    """
    ax = _make_axes(ax, "a frontier")
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    _draw_marks(ax, picture.marks)
    if picture.whole:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.margins(x=0.08, y=0.14)
    _cut_long_bars(ax, picture.marks)
    _write_heading(ax, picture.title, picture.subtitle)
    unplaced = [one.text for one in picture.missing if one.x is None]
    notes = [text for text in (picture.note, ". ".join(unplaced)) if text]
    ax.set_xlabel("\n".join([picture.x_axis, *notes]), fontsize=9)
    ax.set_ylabel(picture.y_axis, fontsize=9)
    ax.grid(visible=True, color="#E6E6E6", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    words = [_draw_missing(ax, one.x, one.text) for one in picture.missing if one.x is not None]
    if len(ax.get_legend_handles_labels()[0]) > 1:
        ax.legend(loc="upper right", frameon=False, fontsize=9)
    _draw_labels(ax, picture.marks, words)
    return ax


def draw_histogram(picture: Histogram, ax: Axes | None = None) -> Axes:
    """Draw a histogram, into new axes if None are given.

    Raises
    ------
    OptionError
        If the extra is missing.
    """
    ax = _make_axes(ax, "a histogram")
    fill_histogram(ax, picture, points=9)
    _write_heading(ax, picture.title, picture.subtitle)
    lines = textwrap.wrap(picture.note, _NOTE_WIDTH)
    ax.set_xlabel("\n".join([picture.x_axis, *lines]), fontsize=9)
    return ax


def fill_histogram(ax: Axes, picture: Histogram, *, points: float) -> None:
    """Draw bars, marked plans and their legend, with letters of a size, on axes."""
    ax.hist(picture.values, bins=_choose_bins(picture), color="#BBBBBB", edgecolor="white")
    styles = ("-", "--", ":", "-.")
    for k, (label, value) in enumerate(picture.plans):
        colour = _BLUE if k == len(picture.plans) - 1 else _INK
        ax.axvline(value, color=colour, linewidth=points / 4, linestyle=styles[k % 4], label=label)
    ax.margins(x=0.05)
    ax.set_ylabel("random plans", fontsize=points)
    ax.tick_params(labelsize=points)
    ax.spines[["top", "right"]].set_visible(False)
    if picture.plans:
        ax.set_ylim(top=ax.get_ylim()[1] * (1.1 + 0.09 * len(picture.plans)))
        ax.legend(loc="upper left", facecolor="white", edgecolor="none", fontsize=points)


def _choose_bins(picture: Histogram) -> list[float]:
    """Ends of the bars."""
    low, high = min(picture.values), max(picture.values)
    if picture.step is None:
        span = (high - low) or 1.0
        return [low + span * k / _MOST_BARS for k in range(_MOST_BARS + 1)]
    first, last = round(low / picture.step), round(high / picture.step)
    return [(k - 0.5) * picture.step for k in range(first, last + 2)]


def _make_axes(ax: Axes | None, what: str) -> Axes:
    try:
        from matplotlib import pyplot as plt  # noqa: PLC0415
    except ImportError as error:
        raise OptionError(
            f"drawing {what} needs the package matplotlib",
            remedy="Install it with: pip install 'zoning[report]'",
        ) from error
    return plt.subplots(figsize=_SIZE, layout="constrained")[1] if ax is None else ax


def _write_heading(ax: Axes, title: str, subtitle: str) -> None:
    ax.set_title(title, loc="left", fontweight="bold", pad=24)
    ax.annotate(
        subtitle,
        (0, 1),
        (0, 6),
        xycoords="axes fraction",
        textcoords="offset points",
        color=_GREY,
        fontsize=9,
    )


def _draw_marks(ax: Axes, marks: Sequence[Mark]) -> None:
    best = sorted((mark.x, mark.y) for mark in marks if mark.best)
    other = [(mark.x, mark.y) for mark in marks if not mark.best]
    open_ended = [mark for mark in marks if mark.unproved > 0]
    if len(best) > 1:
        ax.step(*zip(*best, strict=True), where="post", color=_BLUE, linewidth=1, alpha=0.6)
    if open_ended:
        ax.errorbar(
            [m.x for m in open_ended],
            [m.y for m in open_ended],
            yerr=[[m.unproved for m in open_ended], [0.0] * len(open_ended)],
            fmt="none",
            ecolor=_INK,
            elinewidth=1.2,
            capsize=4,
            label="not proved: down to the lower bound",
        )
    if best:
        ax.plot(
            *zip(*best, strict=True),
            "o",
            color=_BLUE,
            markersize=7,
            zorder=3,
            label="no other plan is better in both",
        )
    if other:
        ax.plot(
            *zip(*other, strict=True),
            "o",
            markerfacecolor="white",
            markeredgecolor=_GREY,
            markersize=7,
            zorder=3,
            label="another plan is better in both",
        )


def _cut_long_bars(ax: Axes, marks: Sequence[Mark]) -> None:
    """Cut long error bars at the bottom, so that the plans stay readable."""
    if not marks:
        return
    lowest, highest = min(m.y for m in marks), max(m.y for m in marks)
    room = max(highest - lowest, _MIN_BAR_SHARE * highest)
    if min(m.y - m.unproved for m in marks) < lowest - room:
        ax.set_ylim(lowest - room, highest + 0.2 * room)


def _draw_missing(ax: Axes, x: float, text: str) -> Annotation:
    ax.axvline(x, color=_GREY, linewidth=0.8, linestyle=":")
    return ax.annotate(
        text,
        (x, 0.02),
        (-3, 0),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        rotation=90,
        ha="right",
        va="bottom",
        fontsize=8,
        color=_GREY,
    )


def _draw_labels(ax: Axes, marks: Sequence[Mark], words: Sequence[Annotation]) -> None:
    """Place each mark's label where it overlaps least."""
    figure = ax.get_figure(root=True)
    if figure is None:
        return
    figure.draw_without_rendering()
    legend = ax.get_legend()
    taken = [word.get_window_extent() for word in words]
    taken += [legend.get_window_extent()] if legend is not None else []
    spots = [tuple(ax.transData.transform((mark.x, mark.y))) for mark in marks]
    for mark in marks:
        written = [_draw_text(ax, mark, place) for place in _FREE_PLACES]
        boxes = [one.get_window_extent() for one in written]
        covered = [_compute_penalty(box, taken, spots, ax.get_window_extent()) for box in boxes]
        chosen = covered.index(min(covered))
        for k, one in enumerate(written):
            if k != chosen:
                one.remove()
        taken.append(boxes[chosen])


def _draw_text(ax: Axes, mark: Mark, place: tuple[int, int]) -> Annotation:
    right, up = place
    return ax.annotate(
        mark.text,
        (mark.x, mark.y),
        place,
        textcoords="offset points",
        fontsize=8.5,
        color=_INK if mark.best else _GREY,
        ha={1: "left", 0: "center", -1: "right"}[(right > 0) - (right < 0)],
        va={1: "bottom", 0: "center", -1: "top"}[(up > 0) - (up < 0)],
    )


def _compute_penalty(
    box: Bbox, taken: Sequence[Bbox], spots: Sequence[tuple[float, float]], inside: Bbox
) -> int:
    """Penalty of a label: 2 for each label it overlaps, 1 for each mark, 4 outside the axes."""
    hidden = sum(2 for other in taken if box.overlaps(other))
    hidden += sum(1 for x, y in spots if box.padded(3).contains(x, y))
    outside: bool = (
        box.x0 < inside.x0 or box.x1 > inside.x1 or box.y0 < inside.y0 or box.y1 > inside.y1
    )
    return hidden + 4 * outside
