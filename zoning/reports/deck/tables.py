"""Draw native tables, measured beforehand and continued over slides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN

from zoning.reports.deck.canvas import GAP, Deck, Notes, Slide, describe, page_number, set_paragraph
from zoning.reports.deck.template import ACCENT, FONT, INK, WHITE, Box, points
from zoning.reports.office_files import LINE_HEIGHT, Ruler, one_line

SIZES = (18.0, 16.0, 15.0, 14.0, 13.0, 12.0, 11.0)
SPLIT_SIZES = (14.0, 13.0, 12.0, 11.0, 10.5, 10.0)
"""Font sizes of a table that continues on further slides."""
MOST_ROWS = 7
"""Rows of a table that a room can follow; a longer one stands in the appendix."""
_PAD_X, _PAD_Y = 6.0, 3.5
_SHADE, _RULE = "DCE9F5", "9AA7B3"
_NO_BREAK_SPACE = "\u00a0"
_TALLEST_CELL = 0.6  # share of a slide's height, so that a heading and another row fit as well
_LARGEST_MARGIN = 0.3  # share of a slide's height for sentences above a table; also below


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column.

    Attributes
    ----------
    heading, share
        Its name, and its share of the width.
    right
        Whether cells are set to the right, as numbers are.
    from_data
        Whether the heading is a name that somebody gave, with words of any length.
    """

    heading: str
    share: float
    right: bool = False
    from_data: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Cells of a row, one for each column.

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
        """Split the text of a cell into lines."""
        cell = self.cells[column]
        return [one_line(t) for t in ((cell,) if isinstance(cell, str) else cell) if t] or [""]


@dataclass(frozen=True, slots=True)
class Table:
    """A table before it is placed on slides.

    Attributes
    ----------
    about
        What it holds, for a screen reader.
    columns, rows
        What it says.
    """

    about: str
    columns: tuple[TableColumn, ...]
    rows: tuple[Row, ...]

    def over_slides(
        self, box: Box, ruler: Ruler, *, sizes: Sequence[float] = SIZES
    ) -> list[tuple[Table, float]]:
        """Split the table into parts that each fit in a box, with their font size.

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

    def draw(self, slide: Slide, box: Box, size: float) -> float:
        """Draw it on a slide as a native table; return its height."""
        heights = self.heights(box.width, size, slide.deck.table_ruler)
        place = box.upper(sum(heights))
        frame = slide.shapes.add_table(len(heights), len(self.columns), *place.emu)
        describe(frame, "Table", self.about)
        table = frame.table
        table.first_row, table.horz_banding = True, False
        for column, width in zip(table.columns, self._widths(box.width), strict=True):
            column.width = points(width)
        for row, height in zip(table.rows, heights, strict=True):
            row.height = points(height)
        for k, column in enumerate(self.columns):
            _fill_cell(table.cell(0, k), [one_line(column.heading)], size, column, head=True)
            for j, row in enumerate(self.rows):
                _fill_cell(table.cell(j + 1, k), row.texts(k), size, column, shaded=row.shaded)
        return place.height

    def _breaks_headings(self, width: float, size: float, ruler: Ruler) -> bool:
        """True if a column is too narrow for the longest word of its heading."""
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
        lines = max(int(_TALLEST_CELL * box.height / (size * LINE_HEIGHT)), 1)
        widths = [width - 2 * _PAD_X for width in self._widths(box.width)]
        rows = (
            replace(
                row,
                cells=tuple(
                    tuple(
                        ruler.shorten(t, width, size, lines=lines, bold=True) for t in row.texts(k)
                    )
                    for k, width in enumerate(widths)
                ),
            )
            for row in self.rows
        )
        return replace(self, rows=tuple(rows))


def table_slides(
    deck: Deck,
    title: str,
    table: Table,
    notes: Notes,
    *,
    above: Sequence[str] = (),
    below: Sequence[str] = (),
    sizes: Sequence[float] = SIZES,
) -> None:
    """Add a table between sentences to the appendix, on as many slides as it needs."""
    up, down = (_text_height(deck, told, 14.0) for told in (above, below))
    room = _table_room(deck, up, down)
    parts = table.over_slides(room, deck.table_ruler, sizes=sizes)
    for k, (part, size) in enumerate(parts):
        slide = deck.slide(title + page_number(k, len(parts)), notes)
        slide.text(deck.area.upper(up), above, sizes=(16, 15, 14, 13, 12))
        height = part.draw(slide, room, size)
        slide.text(room.below(height + GAP / 2).upper(down), below, sizes=(14, 13, 12))


def table_to_read(
    deck: Deck,
    title: str,
    table: Table,
    notes: Notes,
    *,
    above: Sequence[str] = (),
    below: Sequence[str] = (),
) -> bool:
    """Add a table to one slide that is read in the room; False, and no slide, if it is too long.

    Sentences below are left out from the last one on where there is no room for them.
    """
    if len(table.rows) > MOST_ROWS:
        return False
    least = deck.read_sizes[-1]
    up = _text_height(deck, above, least)
    for told in (below[:count] for count in range(len(below), -1, -1)):
        down = _text_height(deck, told, least)
        room = _table_room(deck, up, down)
        (part, size), *rest = table.over_slides(room, deck.table_ruler, sizes=deck.read_sizes)
        if rest or size < least:
            continue
        slide = deck.slide(title, notes)
        slide.text(deck.area.upper(up), above, sizes=(least,))
        height = part.draw(slide, room, size)
        slide.text(room.below(height + GAP / 2).upper(down), told, sizes=(least,))
        return True
    return False


def _table_room(deck: Deck, up: float, down: float) -> Box:
    room = deck.area.below(up + (GAP / 2 if up else 0.0))
    return room.upper(room.height - down - (GAP / 2 if down else 0.0))


def _text_height(deck: Deck, sentences: Sequence[str], size: float) -> float:
    """Height of sentences with half a line after each, at most a share of the slide."""
    texts = [one_line(sentence) for sentence in sentences]
    height = deck.ruler.height(texts, deck.area.width, size) + 0.65 * size * len(texts)
    return min(height, _LARGEST_MARGIN * deck.area.height)


def _fill_cell(
    cell: Any,
    texts: Sequence[str],
    size: float,
    column: TableColumn,
    *,
    head: bool = False,
    shaded: bool = False,
) -> None:
    cell.margin_left = cell.margin_right = points(_PAD_X)
    cell.margin_top = cell.margin_bottom = points(_PAD_Y)
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    _draw_rule(cell)
    cell.fill.solid()
    fill = ACCENT if head else _SHADE if shaded else WHITE
    cell.fill.fore_color.rgb = RGBColor.from_string(fill)
    for k, text in enumerate(texts):
        frame = cell.text_frame
        paragraph = frame.paragraphs[0] if k == 0 else frame.add_paragraph()
        # An empty cell would be as high as a line of 18 points, whatever its size.
        set_paragraph(paragraph, text or _NO_BREAK_SPACE, size, bold=head)
        paragraph.alignment = PP_ALIGN.RIGHT if column.right else PP_ALIGN.LEFT
        font = paragraph.runs[0].font
        font.name = FONT
        font.bold = head or (shaded and k == 0)
        font.color.rgb = RGBColor.from_string(WHITE if head else INK)


def _draw_rule(cell: Any) -> None:
    """Draw a thin line under the cell, and none at its sides."""
    properties = cell._tc.get_or_add_tcPr()
    space = cell._tc.nsmap["a"]
    for side in ("lnL", "lnR", "lnT", "lnB"):
        line = etree.SubElement(properties, f"{{{space}}}{side}")
        if side != "lnB":
            line.set("w", "0")
            etree.SubElement(line, f"{{{space}}}noFill")
            continue
        line.set("w", str(points(0.75)))
        solid = etree.SubElement(line, f"{{{space}}}solidFill")
        etree.SubElement(solid, f"{{{space}}}srgbClr").set("val", _RULE)
