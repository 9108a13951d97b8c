"""Native tables that are measured before they are drawn, and go on over slides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from zoning.reports.deck.canvas import Page, describe, set_paragraph
from zoning.reports.deck.geometry import Box
from zoning.reports.deck.office import office, points
from zoning.reports.deck.template import FONT
from zoning.reports.typesetting import LINE_HEIGHT, Ruler, typed

SIZES = (16.0, 15.0, 14.0, 13.0, 12.0, 11.0)
SPLIT_SIZES = (12.0, 11.0, 10.5, 10.0)
"""For a table that goes on over slides."""
_PAD_X, _PAD_Y = 6.0, 3.5
_HEAD_FILL, _HEAD_INK = "0B5394", "FFFFFF"
_BODY_FILL, _SHADE, _INK, _RULE = "FFFFFF", "DCE9F5", "1A2128", "9AA7B3"
_MOST_OF_A_PAGE = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column.

    Attributes
    ----------
    heading, share, align
        Its name, its share of the width, and the side that cells are set to.
    from_data
        Whether the heading is a name that somebody gave, with words of any length.
    """

    heading: str
    share: float
    align: Literal["left", "right"] = "left"
    from_data: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Cells of a row, one for each column; a cell holds one line of text or several.

    Attributes
    ----------
    cells
        Each a text, or texts that stand under one another.
    shaded
        Whether the row stands out.
    """

    cells: tuple[str | tuple[str, ...], ...]
    shaded: bool = False

    def texts(self, column: int) -> list[str]:
        """The lines of a cell, as typed."""
        cell = self.cells[column]
        return [typed(t) for t in ((cell,) if isinstance(cell, str) else cell) if t] or [""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table before it has a place.

    Attributes
    ----------
    columns, rows
        What it says.
    about
        What it holds, for those who do not see it.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    about: str

    def over_pages(
        self, box: Box, ruler: Ruler, *, sizes: Sequence[float] = SIZES
    ) -> list[tuple[Table, float]]:
        """The table in parts that each fit in a box, with their size of letters.

        The largest size at which all rows fit in one box and no heading breaks
        inside a word; else as many boxes as are needed, at one of `SPLIT_SIZES`. A
        cell that would fill a box is cut.
        """
        for size in sizes:
            whole = not self._breaks_headings(box.width, size, ruler)
            if whole and sum(self.heights(box.width, size, ruler)) <= box.height:
                return [(self, size)]
        split = next(
            (s for s in SPLIT_SIZES if not self._breaks_headings(box.width, s, ruler)),
            SPLIT_SIZES[-1],
        )
        short = self._with_short_cells(box, split, ruler)
        head, *heights = short.heights(box.width, split, ruler)
        parts: list[list[Row]] = [[]]
        room = box.height - head
        for row, height in zip(short.rows, heights, strict=True):
            if height > room and parts[-1]:
                parts.append([])
                room = box.height - head
            parts[-1].append(row)
            room -= height
        return [(replace(short, rows=tuple(part)), split) for part in parts]

    def heights(self, width: float, size: float, ruler: Ruler) -> list[float]:
        """Heights of the heading and of every row, points."""
        headings = Row(tuple(c.heading for c in self.columns))
        return [
            self._height(row, width, size, ruler, bold=row is headings)
            for row in (headings, *self.rows)
        ]

    def draw(self, page: Page, box: Box, size: float) -> float:
        """Put it on a slide as a native table; returns its height."""
        heights = self.heights(box.width, size, page.deck.table_ruler)
        place = Box(box.left, box.top, box.width, sum(heights))
        frame = page.slide.shapes.add_table(len(heights), len(self.columns), *place.emu)
        describe(frame, "Table", self.about)
        table = frame.table
        table.first_row, table.horz_banding = True, False
        for column, width in zip(table.columns, self._widths(box.width), strict=True):
            column.width = points(width)
        for row, height in zip(table.rows, heights, strict=True):
            row.height = points(height)
        for k, column in enumerate(self.columns):
            _set(table.cell(0, k), [typed(column.heading)], size, column, head=True)
            for j, row in enumerate(self.rows):
                _set(table.cell(j + 1, k), row.texts(k), size, column, shaded=row.shaded)
        return sum(heights)

    def _breaks_headings(self, width: float, size: float, ruler: Ruler) -> bool:
        """Whether a column is too narrow for the longest word of its heading."""
        return any(
            ruler.width(word, size, bold=True) > w - 2 * _PAD_X
            for column, w in zip(self.columns, self._widths(width), strict=True)
            for word in ("" if column.from_data else column.heading).split()
        )

    def _widths(self, width: float) -> list[float]:
        total = sum(column.share for column in self.columns)
        return [width * column.share / total for column in self.columns]

    def _height(self, row: Row, width: float, size: float, ruler: Ruler, *, bold: bool) -> float:
        lines = max(
            sum(
                len(ruler.lines(t, w - 2 * _PAD_X, size, bold=bold or (row.shaded and k == 0)))
                for t in row.texts(k)
            )
            for k, w in enumerate(self._widths(width))
        )
        return lines * size * LINE_HEIGHT + 2 * _PAD_Y

    def _with_short_cells(self, box: Box, size: float, ruler: Ruler) -> Table:
        most = max(int(_MOST_OF_A_PAGE * box.height / (size * LINE_HEIGHT)), 1)
        widths = self._widths(box.width)

        def short(row: Row) -> Row:
            cells = tuple(
                tuple(
                    ruler.shortened(t, w - 2 * _PAD_X, size, lines=most, bold=True)
                    for t in row.texts(k)
                )
                for k, w in enumerate(widths)
            )
            return replace(row, cells=cells)

        return replace(self, rows=tuple(short(row) for row in self.rows))


def _set(
    cell: Any,
    texts: Sequence[str],
    size: float,
    column: Column,
    *,
    head: bool = False,
    shaded: bool = False,
) -> None:
    cell.margin_left = cell.margin_right = points(_PAD_X)
    cell.margin_top = cell.margin_bottom = points(_PAD_Y)
    cell.vertical_anchor = office().Anchor.MIDDLE
    _ruled(cell)
    cell.fill.solid()
    fill = _HEAD_FILL if head else _SHADE if shaded else _BODY_FILL
    cell.fill.fore_color.rgb = office().Color.from_string(fill)
    for k, text in enumerate(texts):
        frame = cell.text_frame
        paragraph = frame.paragraphs[0] if k == 0 else frame.add_paragraph()
        set_paragraph(paragraph, text, size, bold=head)
        paragraph.alignment = (
            office().Align.RIGHT if column.align == "right" else office().Align.LEFT
        )
        font = paragraph.runs[0].font
        font.name = FONT
        font.bold = head or (shaded and k == 0)
        font.color.rgb = office().Color.from_string(_HEAD_INK if head else _INK)


def _ruled(cell: Any) -> None:
    """A thin line under the cell, and none at its sides."""
    properties = cell._tc.get_or_add_tcPr()
    space = cell._tc.nsmap["a"]
    for side in ("lnL", "lnR", "lnT", "lnB"):
        line = office().etree.SubElement(properties, f"{{{space}}}{side}")
        if side != "lnB":
            line.set("w", "0")
            office().etree.SubElement(line, f"{{{space}}}noFill")
            continue
        line.set("w", str(points(0.75)))
        solid = office().etree.SubElement(line, f"{{{space}}}solidFill")
        office().etree.SubElement(solid, f"{{{space}}}srgbClr").set("val", _RULE)
