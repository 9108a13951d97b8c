"""Fill slides with title, text, pictures, footer and speaker notes, measured to fit."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from lxml import etree
from pptx.dml.color import RGBColor
from pptx.enum.dml import MSO_LINE
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.parts.image import Image

from zoning.reports.deck.template import (
    FONT,
    FOOTERS,
    TITLES,
    Box,
    SlideTemplate,
    box_of,
    points,
    role_of,
)
from zoning.reports.office_files import ELLIPSIS, LINE_HEIGHT, Ruler, one_line, remove_timestamps

TITLE_SIZES = (30, 28, 26, 24, 22, 20, 18, 16)
READ_SIZES = (28.0, 26.0, 24.0, 22.0, 20.0, 18.0)
"""Before the appendix: text is read from the back of a room."""
APPENDIX_SIZES = (18.0, 17.0, 16.0, 15.0, 14.0)
"""In the appendix, which is looked up at a desk. Lists are split where the last size is full."""
_FULL_HEIGHT = 540.0  # points: a slide that is less high is enlarged more on the screen
FOOTER_SIZE = 12.0
GAP = 14.0  # points between the parts of a slide
BULLET_INDENT = 16.0
PARAGRAPH_GAP = 0.5  # of the font size
MARK_HEIGHT = 24.0  # one line of 12 points with space around it
MARK_FILL, MARK_INK = "7A1018", "FFFFFF"
OPEN_SIZE = 16.0  # text that staff replace by their own
OPEN_INK = "8A4700"  # contrast 6.9 on white
_TITLE_INSETS = (14.4, 7.2)  # left and right insets of a placeholder together, in points
_SAFE = 0.97  # share of a width to fill, since office programs measure text differently


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """Speaker notes, in three paragraphs.

    Attributes
    ----------
    say
        What to say.
    source
        Where the figures come from.
    caution
        What the slide is not.
    """

    say: str
    source: str
    caution: str

    def paragraphs(self, mark: str) -> tuple[str, ...]:
        """Write the notes, under the mark of a restricted file."""
        parts = (
            f"What to say: {self.say}",
            f"Where it comes from: {self.source}",
            f"What it is not: {self.caution}",
        )
        return (*((mark,) if mark else ()), *map(one_line, parts))


class Deck:
    """A deck of slides with one design, added in order.

    Parameters
    ----------
    template
        The presentation and its layouts.
    footer
        At the foot of every slide: the district, which is cut where it is long, and
        date and edition, which never are.
    mark
        Who may see it, on every slide and in every note; '' for a public deck.

    Attributes
    ----------
    ruler, table_ruler
        For text in the presentation's own fonts, and for tables and charts, which
        are always set in Arial: a wide font would break words in narrow columns.
    area
        Where the contents of a slide go: between title and footer.
    picture_area
        The same, as large as a slide allows: for a map.
    read_sizes
        `READ_SIZES`, smaller on slides that are less high than usual.
    """

    def __init__(self, template: SlideTemplate, *, footer: tuple[str, str], mark: str) -> None:
        self.template = template
        self.footer = footer
        self.mark = mark
        self.ruler = Ruler(factor=template.font_factor / _SAFE)
        self.table_ruler = Ruler(factor=1 / _SAFE)
        self.foot = self._footer_box()
        self.area = self._content_area()
        margin = min(0.025 * template.width, self.area.left)
        top = self.area.top - 6
        self.picture_area = Box(margin, top, template.width - 2 * margin, self.foot.top - 4 - top)
        share = min(template.height / _FULL_HEIGHT, 1.0)
        self.read_sizes = tuple(size * share for size in READ_SIZES)
        self._slides: list[Slide] = []

    def opening(self, title: str, lines: Sequence[str], notes: Notes) -> None:
        """Add a slide that opens a part: a title and a few lines under it."""
        slide = self._add_slide(self.template.opening, title, notes)
        room = self._title_box(slide.shapes.title)
        box = Box(room.left, room.bottom + 12, room.width, 150)
        subtitle = next((p for p in slide.placeholders if role_of(p) == "subTitle"), None)
        if subtitle is not None:
            box = box_of(subtitle)
            subtitle._element.getparent().remove(subtitle._element)
        inset = _TITLE_INSETS[0] / 2
        box = Box(
            box.left + inset,
            box.top,
            box.width - 2 * inset,
            min(box.height, self.foot.top - box.top - 6),
        )
        slide.text(box, lines, sizes=(24, 22, 20, 18, 16, 14, 12))
        slide.finish()

    def slide(self, title: str, notes: Notes) -> Slide:
        """Add a slide with a title, for the caller to fill."""
        slide = self._add_slide(self.template.titled, title, notes)
        slide.finish()
        return slide

    def list_slides(
        self,
        title: str,
        sentences: Sequence[str],
        notes: Notes,
        *,
        sizes: Sequence[float] = APPENDIX_SIZES,
    ) -> None:
        """Add sentences as a list, on as many slides as they need at the smallest size."""
        width, height = self.area.width - BULLET_INDENT, self.area.height
        least = sizes[-1]
        parts = split_text(sentences, width, height, least, self.ruler)
        # The least height that needs no more slides fills them evenly, without a slide of one line.
        shares = [share / 20 for share in range(10, 20)] if len(parts) > 1 else []
        tried = (
            split_text(sentences, width, share * height, least, self.ruler) for share in shares
        )
        parts = next((even for even in tried if len(even) == len(parts)), parts)
        for k, part in enumerate(parts):
            slide = self.slide(title + page_number(k, len(parts)), notes)
            slide.text(self.area, part, bullets=True, sizes=sizes)

    def save(self, *, title: str, district: str, edition: str, date: datetime.date | None) -> bytes:
        """Finish the slides and write the file; its properties tell of no person and no machine."""
        for slide in self._slides:
            for shape in slide.feet:  # last, where a screen reader expects them
                shape._element.getparent().append(shape._element)
        about = self.template.presentation.core_properties
        for child in list(about._element):
            about._element.remove(child)
        longest = 255  # letters, of a property
        named = one_line(f"RESTRICTED: {title}" if self.mark else title)
        about.title, about.author = named[:longest], one_line(district)[:longest]
        about.subject = self.mark or f"{edition} edition"
        about.category = edition
        about.comments = about.keywords = self.mark
        about.language = "en-US"
        if date is not None:
            about.created = about.modified = datetime.datetime.combine(date, datetime.time())
        file = BytesIO()
        self.template.presentation.save(file)
        return remove_timestamps(file.getvalue())

    def _add_slide(self, layout: Any, title: str, notes: Notes) -> Slide:
        slide = Slide(self, layout, len(self._slides) + 1)
        slide.note(notes)
        slide.heading(title, self._title_box(slide.shapes.title))
        self._slides.append(slide)
        return slide

    def _content_area(self) -> Box:
        titles = [p for p in self.template.titled.placeholders if role_of(p) in TITLES]
        room = self._title_box(titles[0] if titles else None)
        margin = 0.05 * self.template.width
        left, width = margin, self.template.width - 2 * margin
        if room.width >= 0.6 * self.template.width:
            left, width = room.left + _TITLE_INSETS[0] / 2, room.width - _TITLE_INSETS[0]
        top = min(room.bottom + 10, 0.4 * self.template.height)
        return Box(left, top, width, self.foot.top - 8 - top)

    def _title_box(self, heading: Any) -> Box:
        """Find the layout's place for the title, under the mark."""
        top = MARK_HEIGHT + 4 if self.mark else 0.0
        if heading is None or heading.width is None:
            margin = 0.05 * self.template.width
            return Box(margin, max(28.0, top), self.template.width - 2 * margin, 60)
        given = box_of(heading)
        lower = max(given.top, top)
        return Box(given.left, lower, given.width, max(given.bottom - lower, 40.0))

    def _footer_box(self) -> Box:
        """Find the place of the footer: over the layout's own, else along the lower edge."""
        width, height = self.template.width, self.template.height
        feet = [p for p in self.template.titled.placeholders if role_of(p) in FOOTERS and p.width]
        low = [box for box in map(box_of, feet) if box.top > 0.8 * height and box.bottom <= height]
        margin = 0.05 * width
        if not low:
            return Box(margin, height - 34, width - 2 * margin, 24)
        left, right = min(box.left for box in low), max(box.right for box in low)
        if right - left < 0.4 * width:
            left, right = margin, width - margin
        top = min(box.top for box in low)
        return Box(left, top, right - left, max(20.0, min(box.height for box in low)))


class Slide:
    """One slide of a deck, from a layout of its template."""

    def __init__(self, deck: Deck, layout: Any, number: int) -> None:
        self.deck = deck
        self.number = number
        self.feet: list[Any] = []
        self._slide = deck.template.presentation.slides.add_slide(layout)
        self.shapes = self._slide.shapes
        self.placeholders = self._slide.placeholders

    def heading(self, title: str, room: Box) -> None:
        """Set the title, in the layout's placeholder where there is one."""
        shape = self.shapes.title
        if shape is None:
            shape = self.shapes.add_textbox(*room.emu)
        shape.left, shape.top, shape.width, shape.height = room.emu
        width, height = room.width - _TITLE_INSETS[0], room.height - _TITLE_INSETS[1]
        ruler, text, plain = self.deck.ruler, one_line(title), self.deck.template.plain
        # A template may set titles in capitals: measure the wider of the two.
        measured = (
            text if plain else max((text, text.upper()), key=lambda t: ruler.width(t, 1, bold=True))
        )
        size = ruler.largest_size([measured], width, height, TITLE_SIZES, bold=True)
        if size is None:
            size = float(TITLE_SIZES[-1])
            lines = max(int(height // (size * LINE_HEIGHT)), 1)
            short = ruler.shorten(measured, width, size, lines=lines, bold=True)
            text = text if short == measured else text[: len(short) - 1].rstrip() + ELLIPSIS
        _fill(shape.text_frame, [text], size, bold=plain)

    def text(
        self,
        box: Box,
        paragraphs: Sequence[str],
        *,
        sizes: Sequence[float] = READ_SIZES,
        bullets: bool = False,
    ) -> float:
        """Write paragraphs in a box, as large as fits; return their height.

        What does not fit at the smallest size is cut with an ellipsis: split longer
        text with `split_text` first.
        """
        texts = [one_line(p) for p in paragraphs if p]
        if not texts:
            return 0.0
        width = box.width - (BULLET_INDENT if bullets else 0.0)
        ruler = self.deck.ruler
        size = ruler.largest_size(texts, width, box.height, sizes, gap=PARAGRAPH_GAP)
        if size is None:
            size = float(sizes[-1])
            texts = split_text(texts, width, box.height, size, ruler)[0]
            texts[-1] = texts[-1][: max(len(texts[-1]) - 2, 1)] + ELLIPSIS
        shape = self.shapes.add_textbox(*box.emu)
        frame = shape.text_frame
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        _fill(frame, texts, size, bullets=bullets)
        gaps = PARAGRAPH_GAP * size * (len(texts) - 1)
        taken = ruler.height(texts, width, size) + gaps
        shape.height = points(min(taken, box.height)) + 1
        return taken

    def open_field(self, box: Box, what: str) -> None:
        """Leave a framed box for text that only staff can write, and say what."""
        shape = self.shapes.add_textbox(*box.emu)
        shape.name = "Open: staff fill this in"
        shape.line.color.rgb = RGBColor.from_string(OPEN_INK)
        shape.line.width = points(1.5)
        shape.line.dash_style = MSO_LINE.DASH
        _fill(shape.text_frame, [f"[Open: staff fill this in] {one_line(what)}"], OPEN_SIZE)
        shape.text_frame.paragraphs[0].runs[0].font.color.rgb = RGBColor.from_string(OPEN_INK)

    def picture(self, box: Box, png: bytes, *, alternative: str, name: str = "Map") -> None:
        """Add a picture as large as fits, with alternative text for a screen reader."""
        width, height = Image.from_blob(png).size
        shape = self.shapes.add_picture(BytesIO(png), *box.inside(width, height).emu)
        describe(shape, name, alternative)

    def note(self, notes: Notes) -> None:
        """Set the speaker notes."""
        frame = self._slide.notes_slide.notes_text_frame
        frame.text = "\n".join(notes.paragraphs(self.deck.mark))

    def finish(self) -> None:
        """Add footer, number and mark; remove empty placeholders."""
        for empty in list(self.placeholders):
            if role_of(empty) not in TITLES:
                empty._element.getparent().remove(empty._element)
        foot = self.deck.foot
        line = Box(foot.left, foot.top, foot.width - 56, foot.height)
        district, rest = self.deck.footer
        room = line.width - self.deck.ruler.width(f" · {rest}", FOOTER_SIZE)
        short = self.deck.ruler.shorten(one_line(district), room, FOOTER_SIZE)
        self._foot(line, f"{short} · {rest}", "Footer")
        number = self._foot(
            Box(foot.right - 48, foot.top, 48, foot.height), str(self.number), "Page number"
        )
        number.alignment = PP_ALIGN.RIGHT
        _make_slide_number(number)
        if self.deck.mark:
            self._banner()

    def _banner(self) -> None:
        """Add the mark along the upper edge."""
        shape = self.shapes.add_textbox(*Box(0, 0, self.deck.template.width, MARK_HEIGHT).emu)
        shape.name = "Mark"
        shape.fill.solid()
        shape.fill.fore_color.rgb = RGBColor.from_string(MARK_FILL)
        shape.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        _fill(shape.text_frame, [self.deck.mark], FOOTER_SIZE, bold=True)
        paragraph = shape.text_frame.paragraphs[0]
        paragraph.alignment = PP_ALIGN.CENTER
        paragraph.runs[0].font.color.rgb = RGBColor.from_string(MARK_INK)

    def _foot(self, box: Box, text: str, name: str) -> Any:
        shape = self.shapes.add_textbox(*box.emu)
        shape.name = name
        self.feet.append(shape)
        frame = shape.text_frame
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        _fill(frame, [text], FOOTER_SIZE)
        return frame.paragraphs[0]


def page_number(k: int, count: int) -> str:
    """Number the title of slide ``k`` of ``count`` that belong together; '' for one alone."""
    return f" ({k + 1} of {count})" if count > 1 else ""


def set_paragraph(paragraph: Any, text: str, size: float, *, bold: bool) -> None:
    """Set one run of text, with the line height that was measured."""
    run = paragraph.add_run()
    run.text = text
    run.font.size = points(size)
    if bold:
        run.font.bold = True
    paragraph.line_spacing = points(size * LINE_HEIGHT)
    paragraph.space_before = paragraph.space_after = 0


def describe(shape: Any, name: str, alternative: str) -> None:
    """Set the name for the selection pane, and the alternative text."""
    about = shape._element.xpath(".//p:cNvPr")[0]
    about.set("name", name)
    about.set("descr", one_line(alternative))


def split_text(
    paragraphs: Sequence[str], width: float, height: float, size: float, ruler: Ruler
) -> list[list[str]]:
    """Split paragraphs into boxes of a size; a longer one continues in the next box."""
    line = size * LINE_HEIGHT
    boxes: list[list[str]] = [[]]
    room = height
    for text in paragraphs:
        left = ruler.lines(one_line(text), width, size)
        while left:
            before = PARAGRAPH_GAP * size if boxes[-1] else 0.0
            fits = int((room - before + 1e-6) // line)  # a box of whole lines fits all
            if len(left) > fits and (boxes[-1] or fits < 1) and len(left) * line <= height:
                fits = 0
            if fits < 1:
                boxes.append([])
                room = max(height, line)
                continue
            boxes[-1].append("".join(left[:fits]).rstrip())
            room -= before + min(fits, len(left)) * line
            left = left[fits:]
    return boxes


def _fill(
    frame: Any, texts: Sequence[str], size: float, *, bold: bool = False, bullets: bool = False
) -> None:
    frame.word_wrap = True
    frame.auto_size = MSO_AUTO_SIZE.NONE
    frame.clear()
    for k, text in enumerate(texts):
        paragraph = frame.paragraphs[0] if k == 0 else frame.add_paragraph()
        set_paragraph(paragraph, text, size, bold=bold)
        if k:
            paragraph.space_before = points(PARAGRAPH_GAP * size)
        if bullets:
            _add_bullet(paragraph)


def _add_bullet(paragraph: Any) -> None:
    properties = paragraph._p.get_or_add_pPr()
    properties.set("marL", str(points(BULLET_INDENT)))
    properties.set("indent", str(-points(BULLET_INDENT)))
    space = properties.nsmap["a"]
    etree.SubElement(properties, f"{{{space}}}buFont").set("typeface", FONT)
    etree.SubElement(properties, f"{{{space}}}buChar").set("char", "•")


def _make_slide_number(paragraph: Any) -> None:
    """Convert the text to a field, so that numbers stay right when slides are moved."""
    run = paragraph.runs[0]._r
    run.tag = run.tag.replace("}r", "}fld")
    run.set("id", "{C1FF6DA9-008F-8B48-92A6-B652298478BF}")
    run.set("type", "slidenum")
