"""Places on a slide, in points from its upper left corner."""

from __future__ import annotations

from typing import NamedTuple

POINT = 12_700
"""English metric units, which files count in, to a point."""


class Box(NamedTuple):
    """A rectangle on a slide, points."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top + self.height

    @property
    def emu(self) -> tuple[int, int, int, int]:
        """The four numbers as files count."""
        left, top = round(self.left * POINT), round(self.top * POINT)
        return left, top, round(self.right * POINT) - left, round(self.bottom * POINT) - top

    def below(self, taken: float) -> Box:
        """What is left under so much of it."""
        return Box(self.left, self.top + taken, self.width, max(self.height - taken, 0.0))

    def upper(self, height: float) -> Box:
        """So much of its upper part."""
        return Box(self.left, self.top, self.width, height)

    def sides(self, share: float, *, gap: float) -> tuple[Box, Box]:
        """Left and right part, the left with this share of the width."""
        first = (self.width - gap) * share
        second = self.width - gap - first
        return (
            Box(self.left, self.top, first, self.height),
            Box(self.left + first + gap, self.top, second, self.height),
        )

    def inside(self, width: float, height: float) -> Box:
        """The largest rectangle of this shape in the middle of it."""
        scale = min(self.width / width, self.height / height)
        w, h = width * scale, height * scale
        return Box(self.left + (self.width - w) / 2, self.top + (self.height - h) / 2, w, h)
