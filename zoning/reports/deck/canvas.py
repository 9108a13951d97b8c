"""Slides as they are filled: title, text, pictures, footer and speaker notes, measured to fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from zoning.reports.deck.geometry import POINT, Box
from zoning.reports.deck.office import office, points
from zoning.reports.deck.template import FURNITURE, TITLES, Stage, role_of
from zoning.reports.typesetting import LINE_HEIGHT, NARROWEST_FONT, Ruler, typed

TITLE_SIZES = (30, 28, 26, 24, 22, 20, 18, 16)
TEXT_SIZES = (20, 18, 16, 15, 14, 13, 12)
SMALLEST = 12.0
BULLET_INDENT = 16.0
PARAGRAPH_GAP = 0.5
FOOTER_SIZE = 12.0
MARK_HEIGHT = 24.0
MARK_FILL, MARK_INK = "7A1018", "FFFFFF"
_TITLE_INSETS = (14.4, 7.2)
_SAFE = 0.97
"""Share of a width that lines are filled to: programs differ a little in how they measure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """What the speaker reads, in three paragraphs.

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
        """The notes as written, under the mark of a restricted file."""
        parts = (
            ("What to say: ", self.say),
            ("Where it comes from: ", self.source),
            ("What it is not: ", self.caution),
        )
        return (*((mark,) if mark else ()), *(typed(head + text) for head, text in parts))


class Deck:
    """Slides of one look, added one after the other.

    Parameters
    ----------
    stage
        The presentation and its layouts.
    footer
        At the foot of every slide: whose it is, which is cut where it is long, and
        date and edition, which never are.
    mark
        Who may see it, on every slide and in every note; '' for a public deck.

    Attributes
    ----------
    ruler, table_ruler
        For text in the presentation's own fonts, and for tables and charts, which
        are always set in Arial: a wide font would break words in narrow columns.
    """

    def __init__(self, stage: Stage, *, footer: tuple[str, str], mark: str) -> None:
        self.stage = stage
        self.footer = footer
        self.mark = mark
        self.ruler = Ruler(factor=stage.font_factor / _SAFE)
        self.table_ruler = Ruler(factor=NARROWEST_FONT / _SAFE)
        self._pages: list[Page] = []

    def opening(self, title: str, lines: Sequence[str], notes: Notes) -> None:
        """The first slide: a title and a few lines under it."""
        page = self._new(self.stage.opening, notes)
        heading = page.slide.shapes.title
        room = self._title_box(heading)
        page.heading(title, room)
        under = next((p for p in page.slide.placeholders if role_of(p) == "subTitle"), None)
        box = Box(room.left, room.bottom + 12, room.width, 150)
        if under is not None:
            left, top, width, height = under.left, under.top, under.width, under.height
            box = Box(left / POINT, top / POINT, width / POINT, height / POINT)
            under._element.getparent().remove(under._element)
        foot = self._footer_box().top
        box = Box(box.left, box.top, box.width, min(box.height, foot - box.top - 6))
        page.text(box, lines, sizes=(20, 18, 16, 14, 12), inset=True)
        page.finish(len(self._pages), self._footer_box())

    def page(self, title: str, notes: Notes) -> Page:
        """A slide with a title; the rest is for the caller to fill."""
        page = self._new(self.stage.titled, notes)
        room = self._title_box(page.slide.shapes.title)
        page.heading(title, room)
        page.finish(len(self._pages), self._footer_box())
        return page

    def close(self) -> None:
        """Put footers last, where a screen reader expects them."""
        for page in self._pages:
            for shape in page.feet:
                shape._element.getparent().append(shape._element)

    @property
    def area(self) -> Box:
        """Where the contents of a slide go: between title and footer."""
        titles = [p for p in self.stage.titled.placeholders if role_of(p) in TITLES]
        room = self._title_box(titles[0] if titles else None)
        wide = room.width >= 0.6 * self.stage.width
        left = room.left + _TITLE_INSETS[0] / 2 if wide else 0.05 * self.stage.width
        width = room.width - _TITLE_INSETS[0] if wide else 0.9 * self.stage.width
        top = min(room.bottom + 10, 0.4 * self.stage.height)
        return Box(left, top, width, self._footer_box().top - 8 - top)

    def _new(self, layout: Any, notes: Notes) -> Page:
        slide = self.stage.presentation.slides.add_slide(layout)
        page = Page(self, slide)
        page.note(notes)
        self._pages.append(page)
        return page

    def _title_box(self, heading: Any) -> Box:
        top = MARK_HEIGHT + 4 if self.mark else 0.0
        if heading is None or heading.width is None:
            margin = 0.05 * self.stage.width
            return Box(margin, max(28.0, top), self.stage.width - 2 * margin, 60)
        given = Box(
            heading.left / POINT, heading.top / POINT, heading.width / POINT, heading.height / POINT
        )
        lower = max(given.top, top)
        return Box(given.left, lower, given.width, max(given.bottom - lower, 40.0))

    def _footer_box(self) -> Box:
        """Over the layout's own date, footer and number; else along the lower edge."""
        width, height = self.stage.width, self.stage.height
        boxes = [
            Box(p.left / POINT, p.top / POINT, p.width / POINT, p.height / POINT)
            for p in self.stage.titled.placeholders
            if role_of(p) in FURNITURE and p.width
        ]
        low = [box for box in boxes if box.top > 0.8 * height and box.bottom <= height]
        margin = 0.05 * width
        if not low:
            return Box(margin, height - 34, width - 2 * margin, 24)
        left = min(box.left for box in low)
        right = max(box.right for box in low)
        if right - left < 0.4 * width:
            left, right = margin, width - margin
        top = min(box.top for box in low)
        return Box(left, top, right - left, max(20.0, min(box.height for box in low)))


class Page:
    """One slide."""

    def __init__(self, deck: Deck, slide: Any) -> None:
        self.deck = deck
        self.slide = slide
        self.feet: list[Any] = []

    def heading(self, title: str, room: Box) -> None:
        """The title, in the layout's placeholder where there is one."""
        shape = self.slide.shapes.title
        if shape is None:
            shape = self.slide.shapes.add_textbox(*room.emu)
        shape.left, shape.top, shape.width, shape.height = room.emu
        width, height = room.width - _TITLE_INSETS[0], room.height - _TITLE_INSETS[1]
        ruler, text = self.deck.ruler, typed(title)
        widest = max((text, text.upper()), key=lambda t: ruler.width(t, 1, bold=True))
        measured = text if self.deck.stage.plain else widest
        size = ruler.largest([measured], width, height, TITLE_SIZES, bold=True)
        if size is None:
            size = float(TITLE_SIZES[-1])
            lines = max(int(height // (size * LINE_HEIGHT)), 1)
            short = ruler.shortened(measured, width, size, lines=lines, bold=True)
            text = text if short == measured else text[: len(short) - 1].rstrip() + "…"
        self._fill(shape.text_frame, [text], size, bold=self.deck.stage.plain)

    def text(
        self,
        box: Box,
        paragraphs: Sequence[str],
        *,
        sizes: Sequence[float] = TEXT_SIZES,
        bold: bool = False,
        bullets: bool = False,
        inset: bool = False,
    ) -> float:
        """Paragraphs in a box, as large as fits; returns the height they take.

        What does not fit at the smallest size is cut with an ellipsis: split longer
        text with `pages_of` first.
        """
        texts = [typed(p) for p in paragraphs if p]
        if not texts:
            return 0.0
        left = _TITLE_INSETS[0] / 2 if inset else 0.0
        box = Box(box.left + left, box.top, box.width - 2 * left, box.height)
        width = box.width - (BULLET_INDENT if bullets else 0.0)
        ruler = self.deck.ruler
        size = ruler.largest(texts, width, box.height, sizes, gap=PARAGRAPH_GAP, bold=bold)
        if size is None:
            size = float(sizes[-1])
            texts = pages_of(texts, width, box.height, size, ruler)[0]
            texts[-1] = texts[-1][: max(len(texts[-1]) - 2, 1)] + "…"
        shape = self.slide.shapes.add_textbox(*box.emu)
        frame = shape.text_frame
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        self._fill(frame, texts, size, bold=bold, bullets=bullets)
        gaps = PARAGRAPH_GAP * size * (len(texts) - 1)
        taken = ruler.height(texts, width, size, bold=bold) + gaps
        shape.height = points(min(taken, box.height)) + 1
        return taken

    def picture(self, box: Box, png: bytes, *, alternative: str) -> None:
        """A picture as large as fits, with text for those who do not see it."""
        across, down = office().Image.from_blob(png).size
        shape = self.slide.shapes.add_picture(BytesIO(png), *box.inside(across, down).emu)
        describe(shape, "Map", alternative)

    def note(self, notes: Notes) -> None:
        """Speaker notes."""
        frame = self.slide.notes_slide.notes_text_frame
        if frame is None:
            raise AssertionError("our notes master has a place for text")
        frame.text = "\n".join(notes.paragraphs(self.deck.mark))

    def finish(self, number: int, foot: Box) -> None:
        """Footer, number and mark; empty placeholders go."""
        for empty in list(self.slide.placeholders):
            if role_of(empty) not in TITLES:
                empty._element.getparent().remove(empty._element)
        count = Box(foot.right - 48, foot.top, 48, foot.height)
        line = Box(foot.left, foot.top, foot.width - 56, foot.height)
        whose, rest = self.deck.footer
        room = line.width - self.deck.ruler.width(f" · {rest}", FOOTER_SIZE)
        short = self.deck.ruler.shortened(typed(whose), room, FOOTER_SIZE)
        self._line(line, f"{short} · {rest}", "Footer")
        self._line(count, str(number), "Page number", as_number=True)
        if self.deck.mark:
            self._banner()

    def _banner(self) -> None:

        strip = Box(0, 0, self.deck.stage.width, MARK_HEIGHT)
        shape = self.slide.shapes.add_textbox(*strip.emu)
        shape.name = "Mark"
        shape.fill.solid()
        shape.fill.fore_color.rgb = office().Color.from_string(MARK_FILL)
        shape.text_frame.vertical_anchor = office().Anchor.MIDDLE
        self._fill(shape.text_frame, [self.deck.mark], SMALLEST, bold=True)
        paragraph = shape.text_frame.paragraphs[0]
        paragraph.alignment = office().Align.CENTER
        paragraph.runs[0].font.color.rgb = office().Color.from_string(MARK_INK)

    def _line(self, box: Box, text: str, name: str, *, as_number: bool = False) -> None:
        shape = self.slide.shapes.add_textbox(*box.emu)
        shape.name = name
        self.feet.append(shape)
        frame = shape.text_frame
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        frame.vertical_anchor = office().Anchor.MIDDLE
        self._fill(frame, [text], FOOTER_SIZE)
        if as_number:
            frame.paragraphs[0].alignment = office().Align.RIGHT
            _as_slide_number(frame.paragraphs[0])

    def _fill(
        self,
        frame: Any,
        texts: Sequence[str],
        size: float,
        *,
        bold: bool = False,
        bullets: bool = False,
    ) -> None:
        frame.word_wrap = True
        frame.auto_size = office().AutoSize.NONE
        frame.clear()
        for k, text in enumerate(texts):
            paragraph = frame.paragraphs[0] if k == 0 else frame.add_paragraph()
            set_paragraph(paragraph, text, size, bold=bold)
            if k:
                paragraph.space_before = points(PARAGRAPH_GAP * size)
            if bullets:
                _bullet(paragraph)


def set_paragraph(paragraph: Any, text: str, size: float, *, bold: bool) -> None:
    """One run of text, with the line height that was measured."""
    run = paragraph.add_run()
    run.text = text
    run.font.size = points(size)
    if bold:
        run.font.bold = True
    paragraph.line_spacing = points(size * LINE_HEIGHT)
    paragraph.space_before = paragraph.space_after = 0


def describe(shape: Any, name: str, alternative: str) -> None:
    """A name for the selection pane, and what a screen reader says."""
    about = shape._element.xpath(".//p:cNvPr")[0]
    about.set("name", name)
    about.set("descr", typed(alternative))


def pages_of(
    paragraphs: Sequence[str], width: float, height: float, size: float, ruler: Ruler
) -> list[list[str]]:
    """Paragraphs split into boxes of a size; one longer than a box goes on in the next."""
    line = size * LINE_HEIGHT
    pages: list[list[str]] = [[]]
    room = height
    for text in paragraphs:
        left = ruler.lines(typed(text), width, size)
        while left:
            before = PARAGRAPH_GAP * size if pages[-1] else 0.0
            fits = int((room - before + 1e-6) // line)
            if len(left) > fits and (pages[-1] or fits < 1) and len(left) * line <= height:
                fits = 0
            if fits < 1:
                pages.append([])
                room = max(height, line)
                continue
            pages[-1].append("".join(left[:fits]).rstrip())
            room -= before + min(fits, len(left)) * line
            left = left[fits:]
    return pages


def _bullet(paragraph: Any) -> None:
    properties = paragraph._p.get_or_add_pPr()
    properties.set("marL", str(points(BULLET_INDENT)))
    properties.set("indent", str(-points(BULLET_INDENT)))
    space = properties.nsmap["a"]
    office().etree.SubElement(properties, f"{{{space}}}buFont").set("typeface", "Arial")
    office().etree.SubElement(properties, f"{{{space}}}buChar").set("char", "•")


def _as_slide_number(paragraph: Any) -> None:
    """The text becomes a field, so that numbers stay right when slides are moved."""
    run = paragraph.runs[0]._r
    run.tag = run.tag.replace("}r", "}fld")
    run.set("id", "{C1FF6DA9-008F-8B48-92A6-B652298478BF}")
    run.set("type", "slidenum")
