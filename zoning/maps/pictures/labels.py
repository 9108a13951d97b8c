"""Labels on a map: where there is room, and clear of the schools as far as possible."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from zoning.maps.geometry import label_places
from zoning.maps.pictures.sheet import INK, QUIET_INK, Box, Sheet, Taken, shortened

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes

_ZONE_PX, _POST_PX, _NAME_PX = 19, 12, 12
_LONGEST_LABEL, _LONGEST_NAME = 14, 30
# A further part of a zone has a label of its own when it has room for so many of them.
_PART_ROOM = 12
_PARTS = 3
_SIDES: Final = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))


@dataclass(slots=True, eq=False)
class Labels:
    """What is written on a map, in the order of asking: the first come have the room.

    Attributes
    ----------
    sheet, paper, box
        The sheet, its axes in pixels, and where the map is on it.
    zone_shrink
        Share of their usual size that labels of zones have.
    taken
        No label goes there.
    symbols
        Where schools are: names keep clear of them, labels of zones if they can.
    """

    sheet: Sheet
    paper: Axes
    box: Box
    zone_shrink: float = 1.0
    taken: Taken = field(default_factory=Taken)
    symbols: Taken = field(default_factory=Taken)

    def zone(self, label: str, ground: BaseGeometry, schools: NDArray[np.float64]) -> None:
        """The label of a zone, always; on each of its larger parts if there is room."""
        text, size = shortened(label, _LONGEST_LABEL), _ZONE_PX * self.zone_shrink * self.sheet.unit
        wide, tall = self._size(text, size, bold=True)
        if not text or ground.is_empty:
            return
        parts = shapely.get_parts(ground)
        areas = sorted(shapely.area(parts).tolist(), reverse=True)
        spots = _spots(ground, schools)[:_PARTS]
        for part, ((x, y), area) in enumerate(zip(spots, areas, strict=False)):
            places = [(x, y)] + [
                (x + dx * far * tall, y + dy * far * tall)
                for far in (0.7, 1.4)
                for dx, dy in _SIDES
            ]
            boxes = [
                _centred(*place, wide, tall)
                for place in places
                if shapely.contains_xy(ground, *place)
            ]
            free = [b for b in boxes if self.taken.is_free(b) and self._is_inside(b)]
            clear = [b for b in free if self.symbols.is_free(b)]
            if part == 0:
                chosen = (clear or free or boxes or [_centred(x, y, wide, tall)])[0]
                self._write(text, chosen, size=size, bold=True)
            elif clear and area > _PART_ROOM * wide * tall:
                self._write(text, clear[0], size=size, bold=True)

    def post(self, label: str, ground: BaseGeometry, schools: NDArray[np.float64]) -> None:
        """The label of a zone with one school and its own officer, if there is room."""
        text, size = shortened(label, _LONGEST_LABEL), _POST_PX * self.sheet.unit
        if not text or ground.is_empty:
            return
        x, y = _spots(ground, schools)[0]
        box = _centred(x, y, *self._size(text, size, bold=True))
        if self._is_inside(box) and self.taken.is_free(box) and self.symbols.is_free(box):
            self._write(text, box, size=size, bold=True)

    def name(self, name: str, at: NDArray[np.float64], *, gap: float) -> None:
        """The name of a school on one of its sides, ``gap`` pixels off, if there is room."""
        text, size = shortened(name, _LONGEST_NAME), _NAME_PX * self.sheet.unit
        if not text:
            return
        wide, tall = self._size(text, size, bold=False)
        for dx, dy in _SIDES:
            x = at[0] + dx * (gap + wide / 2)
            y = at[1] + dy * ((0.4 * gap if dx else gap) + tall / 2)
            box = _centred(x, y, wide, tall)
            if self._is_inside(box) and self.taken.is_free(box) and self.symbols.is_free(box):
                self._write(text, box, size=size, bold=False)
                return

    def _size(self, text: str, size: float, *, bold: bool) -> tuple[float, float]:
        return self.sheet.length(text, size=size, bold=bold) + 0.55 * size, 1.28 * size

    def _write(self, text: str, box: Box, *, size: float, bold: bool) -> None:
        """Dark letters on near white: readable over any fill, in grey too."""
        from matplotlib.patches import FancyBboxPatch  # noqa: PLC0415

        self.taken.add(box)
        left, bottom, right, top = box
        corner = 0.22 * size
        self.paper.add_patch(
            FancyBboxPatch(
                (left + corner, bottom + corner),
                right - left - 2 * corner,
                top - bottom - 2 * corner,
                boxstyle=f"round,pad={corner},rounding_size={corner}",
                facecolor="#ffffffd9",
                edgecolor="#00000055" if bold else "none",
                linewidth=self.sheet.points(0.7 * self.sheet.unit),
                zorder=20,
            )
        )
        self.sheet.write(
            (left + right) / 2,
            (bottom + top) / 2,
            text,
            size=size,
            bold=bold,
            ha="center",
            va="center_baseline",
            color=INK if bold else QUIET_INK,
        )

    def _is_inside(self, box: Box) -> bool:
        left, bottom, right, top = self.box
        return left <= box[0] and bottom <= box[1] and box[2] <= right and box[3] <= top


def _spots(ground: BaseGeometry, schools: NDArray[np.float64]) -> list[list[float]]:
    """Where there is room for a label, one spot a part, the largest first.

    A school further off than the ground is wide is left out: a spot is never so
    far from the ground's edge, so that the school could not move it.
    """
    west, south, east, north = ground.bounds
    far = max(east - west, north - south)
    x, y = schools.T
    near = (x > west - far) & (x < east + far) & (y > south - far) & (y < north + far)
    places = label_places(ground, schools[near] if near.any() else schools)
    spots: list[list[float]] = shapely.get_coordinates(places).tolist()
    return spots


def _centred(x: float, y: float, wide: float, tall: float) -> Box:
    return (x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2)
