"""The sheet of a picture: axes in pixels, text that fits, the restricted mark."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zoning.disclosure import PublicView, RestrictedView

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

PX_PER_INCH = 64  # A power of two, so that sizes in pixels stay whole.
POINTS_PER_INCH = 72
INK = "#1b2026"
QUIET_INK = "#4a525a"
MARK_FILL = "#8c1515"
_SMALLEST_UNIT = 0.62
# Letters are measured at this size. At a few pixels hinting rounds widths to whole pixels, and the
# same words on a slide, drawn at four times the pixels, would be a tenth longer.
_MEASURED_PX = 200.0
_MARGIN = 24

Box = tuple[float, float, float, float]
"""Left, bottom, right, top in pixels from the lower left corner."""


def plain(text: str) -> str:
    """Put text on one line, without invisible characters.

    Control and formatting characters, those that turn the direction of writing
    too, are left out; blanks of every kind and ends of lines become one blank.
    """
    kept = (
        " " if c.isspace() or unicodedata.category(c) in {"Zl", "Zp"} else c
        for c in text
        if c.isspace() or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"}
    )
    return " ".join("".join(kept).split())


def shortened(text: str, most: int) -> str:
    """Shorten plain text to a number of characters, with an ellipsis where it was cut."""
    whole = plain(text)
    return whole if len(whole) <= most else whole[: most - 1].rstrip() + "…"


@dataclass(slots=True, eq=False)
class Sheet:
    """A figure of a size in pixels.

    Attributes
    ----------
    figure, canvas
        Matplotlib's.
    width_px, height_px
        Size.
    """

    figure: Figure
    canvas: FigureCanvasAgg
    width_px: int
    height_px: int
    _letters: dict[tuple[bool, str], float] = field(default_factory=dict, init=False)

    @property
    def unit(self) -> float:
        """Scale of letters, lines and gaps; 1 on a sheet of 1600 x 1000."""
        return max(min(self.width_px / 1600, self.height_px / 1000), _SMALLEST_UNIT)

    def points(self, px: float) -> float:
        """Convert pixels to matplotlib's points."""
        return px * POINTS_PER_INCH / PX_PER_INCH

    def axes(self, box: Box) -> Axes:
        """Add axes that fill a box."""
        left, bottom, right, top = box
        return self.figure.add_axes(
            (
                left / self.width_px,
                bottom / self.height_px,
                (right - left) / self.width_px,
                (top - bottom) / self.height_px,
            )
        )

    def paper(self) -> Axes:
        """Add axes over the whole sheet in pixels, from the lower left corner."""
        whole = self.axes((0.0, 0.0, self.width_px, self.height_px))
        whole.set(xlim=(0, self.width_px), ylim=(0, self.height_px), autoscale_on=False)
        whole.set_axis_off()
        return whole

    def write(
        self, x: float, y: float, text: str, *, size: float, bold: bool = False, **look: Any
    ) -> None:
        """Write one line of text without math parsing; ``size`` in pixels."""
        self.figure.text(
            x / self.width_px,
            y / self.height_px,
            text,
            fontsize=self.points(size),
            fontweight="bold" if bold else "normal",
            parse_math=False,
            **({"color": INK, "va": "top"} | look),
        )

    def paragraph(
        self,
        x: float,
        top: float,
        text: str,
        *,
        size: float,
        width: float,
        lines: int,
        bold: bool = False,
        color: str = INK,
    ) -> float:
        """Write wrapped text from a corner down; return where it ends."""
        for line in self.wrapped(text, size=size, width=width, lines=lines, bold=bold):
            self.write(x, top, line, size=size, bold=bold, color=color)
            top -= size * 1.32
        return top

    def wrapped(
        self, text: str, *, size: float, width: float, lines: int, bold: bool = False
    ) -> list[str]:
        """Wrap plain text to ``width``; cut with an ellipsis after ``lines``."""
        done: list[str] = []
        line = ""
        for word in self._pieces(plain(text), size=size, width=width, bold=bold):
            longer = f"{line} {word}" if line else word
            if self.length(longer, size=size, bold=bold) <= width:
                line = longer
                continue
            done.append(line)
            line = word
        done.append(line)
        if len(done) <= lines:
            return done
        last = done[lines - 1]
        while last and self.length(f"{last}…", size=size, bold=bold) > width:
            last = last[:-1]
        return [*done[: lines - 1], f"{last.rstrip()}…"]

    def _pieces(self, text: str, *, size: float, width: float, bold: bool) -> list[str]:
        """Split text into words, and words longer than a line into pieces."""
        pieces = []
        for word in text.split(" "):
            piece = ""
            for letter in word:
                if piece and self.length(piece + letter, size=size, bold=bold) > width:
                    pieces.append(piece)
                    piece = ""
                piece += letter
            pieces.append(piece)
        return pieces

    def length(self, text: str, *, size: float, bold: bool = False) -> float:
        """Width of a line of text, pixels: the sum of its letters, without kerning."""
        return size * sum(self._letter(letter, bold) for letter in text)

    def _letter(self, letter: str, bold: bool) -> float:
        known = self._letters.get((bold, letter))
        if known is None:
            from matplotlib.font_manager import FontProperties  # noqa: PLC0415

            look = FontProperties(
                size=self.points(_MEASURED_PX),
                weight="bold" if bold else "normal",
                family="sans-serif",
            )
            # Measure it between two letters, since a blank at an end has no width.
            renderer = self.canvas.get_renderer()  # type: ignore[no-untyped-call]
            measure = renderer.get_text_width_height_descent
            both, alone = (measure(word, look, ismath=False)[0] for word in (f"|{letter}|", "||"))
            known = self._letters[bold, letter] = float(both - alone) / _MEASURED_PX
        return known

    def heading(self, view: PublicView | RestrictedView, subtitle: str | None) -> float:
        """Write the mark of a restricted view; with a subtitle also the title and subtitle.

        Returns
        -------
        float
            The upper edge of the room below.
        """
        top = self._banner(view.mark) if view.mark else float(self.height_px)
        if subtitle is None:
            return top
        public = view.public
        unit = self.unit
        left, width = _MARGIN * unit, self.width_px - 2 * _MARGIN * unit
        top -= 0.7 * _MARGIN * unit
        top = self.paragraph(
            left, top, public.title, size=31 * unit, width=width, lines=2, bold=True
        )
        district = plain(public.district)
        about = f"{plain(subtitle)} · {district}" if district else subtitle
        return self.paragraph(
            left, top - 2 * unit, about, size=20 * unit, width=width, lines=2, color=QUIET_INK
        )

    def foot(self, public: PublicView, *, notices: Sequence[str]) -> float:
        """Write sources and notes along the bottom; return the lower edge of the room above."""
        size, width = 12.5 * self.unit, self.width_px - 2 * _MARGIN * self.unit
        when = "" if public.date is None else f"{public.date.isoformat()}. "
        said = (
            *((caution, 2) for caution in public.cautions),
            *((notice, 2) for notice in notices),
            (f"{when}Source: {public.attribution}", 3),
        )
        lines = [
            line
            for text, most in said
            for line in self.wrapped(text, size=size, width=width, lines=most)
        ]
        top = above = 0.5 * _MARGIN * self.unit + 1.32 * size * len(lines)
        for line in lines:
            self.write(_MARGIN * self.unit, top, line, size=size, color=QUIET_INK)
            top -= 1.32 * size
        return above

    def _banner(self, mark: str) -> float:
        """Write the mark in white on red across the top; return its lower edge."""
        from matplotlib.patches import Rectangle  # noqa: PLC0415

        # On one line, if its letters can be as large as others on the sheet then.
        room = 0.96 * self.width_px / self.length(plain(mark), size=1.0, bold=True)
        size = min(19 * self.unit, max(0.99 * room, 12 * self.unit))
        lines = self.wrapped(mark, size=size, width=0.96 * self.width_px, lines=3, bold=True)
        height = size * (1.32 * len(lines) + 0.7)
        share = height / self.height_px
        band = Rectangle((0, 1 - share), 1, share, facecolor=MARK_FILL, edgecolor="none")
        band.set_transform(self.figure.transFigure)
        self.figure.add_artist(band)
        top = self.height_px - size * 0.5
        for line in lines:
            self.write(
                self.width_px / 2, top, line, size=size, bold=True, color="white", ha="center"
            )
            top -= size * 1.32
        return self.height_px - height


class OccupiedBoxes:
    """Occupied boxes of a sheet."""

    def __init__(self) -> None:
        self._boxes: list[Box] = []

    def add(self, *boxes: Box) -> None:
        """Mark boxes as occupied."""
        self._boxes.extend(boxes)

    def is_free(self, box: Box) -> bool:
        """True if a box touches no occupied box."""
        if not self._boxes:
            return True
        left, bottom, right, top = np.asarray(self._boxes, dtype=float).T
        return not bool(
            ((box[0] < right) & (left < box[2]) & (box[1] < top) & (bottom < box[3])).any()
        )


def around(points: NDArray[np.float64], radius: float) -> list[Box]:
    """Make boxes of a radius around points, shape (n, 2), pixels."""
    return [(x - radius, y - radius, x + radius, y + radius) for x, y in points.tolist()]
