"""Read the presentation that slides are added to: the plain one, or the district's own."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from pptx import Presentation
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.util import Emu

from zoning.errors import OptionError, first_few
from zoning.inputs import BAD_ARCHIVE, require_unpackable

POINT = 12_700
"""English metric units, which files count in, to a point."""

FONT = "Arial"
INK, ACCENT, WHITE = "1A2128", "0B5394", "FFFFFF"
TITLES = frozenset({"title", "ctrTitle"})
FOOTERS = frozenset({"dt", "ftr", "sldNum"})
# Fonts at most as wide as Arial. Other fonts may be wider, so they get a fifth more room.
_NOT_WIDER = {
    *("arial", "helvetica", "liberation sans", "calibri", "carlito", "aptos", "gill sans mt"),
    *("times new roman", "georgia pro", "garamond", "cambria", "corbel", "candara", "arial narrow"),
}
_WIDER = 1.2
# External links that an office program follows as it opens slides.
_REMOTE_AND_OPENED = re.compile(r"/(image|video|audio|media|oleObject|slideMaster|theme)$")
# Parts that name people and machines, or belong to the template's own slides.
_LEFT_OUT = re.compile(
    r"/(thumbnail|extended-properties|custom-properties|customXml|printerSettings|"
    r"commentAuthors|authors|vbaProject|tags|handoutMaster|notesMaster)$"
)
# Elements of the presentation that refer to those parts or slides.
_LISTS = frozenset(
    {"custShowLst", "extLst", "custDataLst", "handoutMasterIdLst", "notesMasterIdLst"}
)
_VERTICAL = {"vertTx", "vertTitleAndTx"}  # layouts with vertical text
_LARGEST_BYTES = 2**30  # largest unpacked size; a template with pictures has some tens of megabytes
_LEAST_POINTS = (480.0, 360.0)  # smaller slides have no room for tables at 10 points


class Box(NamedTuple):
    """A rectangle on a slide, points from its upper left corner."""

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
        """The four numbers in English metric units."""
        left, top = round(self.left * POINT), round(self.top * POINT)
        return left, top, round(self.right * POINT) - left, round(self.bottom * POINT) - top

    def below(self, taken: float) -> Box:
        """The part below an upper strip of this height."""
        return Box(self.left, self.top + taken, self.width, max(self.height - taken, 0.0))

    def upper(self, height: float) -> Box:
        """The upper strip of this height."""
        return Box(self.left, self.top, self.width, height)

    def lower(self, height: float) -> Box:
        """The lower strip of this height."""
        return Box(self.left, self.bottom - height, self.width, height)

    def sides(self, share: float, *, gap: float) -> tuple[Box, Box]:
        """Split into a left part with this share of the width, and a right part."""
        first = (self.width - gap) * share
        second = self.width - gap - first
        return (
            Box(self.left, self.top, first, self.height),
            Box(self.left + first + gap, self.top, second, self.height),
        )

    def inside(self, width: float, height: float) -> Box:
        """The largest centred rectangle of this aspect ratio."""
        scale = min(self.width / width, self.height / height)
        w, h = width * scale, height * scale
        return Box(self.left + (self.width - w) / 2, self.top + (self.height - h) / 2, w, h)


def box_of(shape: Any) -> Box:
    """Find the box of a python-pptx shape."""
    return Box(shape.left / POINT, shape.top / POINT, shape.width / POINT, shape.height / POINT)


def points(size: float) -> Any:
    """Convert points to a length of python-pptx."""
    return Emu(round(size * POINT))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SlideTemplate:
    """A presentation without slides, and its layouts.

    Attributes
    ----------
    presentation
        Of python-pptx.
    opening, titled
        Layouts of the first slide and of the others.
    width, height
        Of a slide, points.
    font_factor
        Width of its fonts relative to Arial.
    plain
        Whether it is our own.
    """

    presentation: Any
    opening: Any
    titled: Any
    width: float
    height: float
    font_factor: float
    plain: bool


def plain_template() -> SlideTemplate:
    """Read ``plain.pptx``: white slides, 16:9, dark ink, one accent colour."""
    look = files("zoning.reports.deck") / "plain.pptx"
    return _choose_layouts(Presentation(BytesIO(look.read_bytes())), plain=True)


def read_template(template: Path) -> SlideTemplate:
    """Read the district's own template: layouts, size and fonts, without its slides.

    Raises
    ------
    OptionError
        If it is not a presentation that slides can be made from; says why.
    """
    headline = f"{template} cannot be used as a template"
    _require_pptx(template, headline)
    try:
        presentation = Presentation(str(template))
    except (*BAD_ARCHIVE, KeyError, TypeError, AttributeError, SyntaxError) as error:
        raise OptionError(
            headline,
            (f"it cannot be opened as a presentation: {error}",),
            "Open it in an office program, save it as a presentation (.pptx), and use that.",
        ) from error
    faults = list(_find_faults(presentation))
    if faults:
        raise OptionError(
            headline,
            first_few(faults),
            "Save a presentation with a title layout as .pptx, without linked files, and use that.",
        )
    _clean(presentation)
    return _choose_layouts(presentation, plain=False)


def _require_pptx(template: Path, headline: str) -> None:
    """Raise `OptionError` unless the file is a .pptx; python-pptx also opens files with macros."""
    remedy = "Save it in an office program as a presentation (.pptx), and use that."
    try:
        with zipfile.ZipFile(template) as archive:
            require_unpackable(
                archive.infolist(),
                most_bytes=_LARGEST_BYTES,
                shown=template,
                error=OptionError,
            )
            types = archive.read("[Content_Types].xml").decode("utf-8", errors="replace")
    except FileNotFoundError as error:
        raise OptionError(f"there is no template {template}") from error
    except OptionError:
        raise
    except (*BAD_ARCHIVE, KeyError, OSError) as error:
        raise OptionError(headline, ("it is not a PowerPoint file (.pptx)",), remedy) from error
    fault = None
    if "macroEnabled" in types:
        fault = "it can hold macros (.pptm or .potm)"
    elif "presentationml.template.main" in types:
        fault = "it is a template file (.potx), not a presentation (.pptx)"
    elif "presentationml.presentation.main" not in types:
        fault = "it is another kind of office file, not a presentation (.pptx)"
    if fault is not None:
        raise OptionError(headline, (fault,), remedy)


def _find_faults(presentation: Any) -> Iterator[str]:
    least_width, least_height = _LEAST_POINTS
    if presentation.slide_width is None or presentation.slide_height is None:
        yield "it does not say how large its slides are"
    else:
        width, height = presentation.slide_width / POINT, presentation.slide_height / POINT
        if width < least_width or height < least_height:
            yield (
                f"its slides are {width:.0f} by {height:.0f} points; at least "
                f"{least_width:.0f} by {least_height:.0f} are needed"
            )
    if not [layout for layout in presentation.slide_layouts if _is_usable(layout)]:
        yield "it has no layout with a title, and no blank one"
    slides = {slide.part for slide in presentation.slides}
    for part in presentation.part.package.iter_parts():
        for rel in part.rels.values():
            if rel.is_external and part not in slides and _REMOTE_AND_OPENED.search(rel.reltype):
                yield f"{part.partname} links to {rel.target_ref}, which would be fetched"


def _clean(presentation: Any) -> None:
    """Remove the sample slides, and every part that describes them or names their author."""
    part = presentation.part
    slide_ids = part._element.get_or_add_sldIdLst()
    for slide_id in list(slide_ids):
        part.drop_rel(slide_id.rId)
        slide_ids.remove(slide_id)
    for holder in (part.package, part):
        for r_id, rel in list(holder._rels.items()):
            if _LEFT_OUT.search(rel.reltype):
                holder._rels.pop(r_id)
    for child in list(part._element):
        if child.tag.rpartition("}")[2] in _LISTS:
            part._element.remove(child)


def _choose_layouts(presentation: Any, *, plain: bool) -> SlideTemplate:
    layouts = list(presentation.slide_layouts)
    usable = [layout for layout in layouts if _is_usable(layout)]
    titled = min(usable, key=lambda layout: (_layout_rank(layout), layouts.index(layout)))
    opening = next((layout for layout in usable if _kind(layout) == "title"), None)
    named = next((lay for lay in usable if lay.name.strip().casefold() == "title slide"), None)
    theme = presentation.slide_master.part.part_related_by(RELATIONSHIP_TYPE.THEME).blob.decode(
        "utf-8", errors="replace"
    )
    fonts = {f.strip().casefold() for f in re.findall(r'<a:latin typeface="([^"]*)"', theme)}
    return SlideTemplate(
        presentation=presentation,
        opening=opening or named or titled,
        titled=titled,
        width=int(presentation.slide_width or 0) / POINT,
        height=int(presentation.slide_height or 0) / POINT,
        font_factor=1.0 if fonts <= _NOT_WIDER | {""} else _WIDER,
        plain=plain,
    )


def _is_usable(layout: Any) -> bool:
    return _kind(layout) not in _VERTICAL and (_has_title(layout) or _kind(layout) == "blank")


def _layout_rank(layout: Any) -> tuple[bool, bool, int]:
    """Sort key of layouts: with a title, title only, fewest other placeholders."""
    by_name = layout.name.strip().casefold() == "title only"
    others = [r for r in map(role_of, layout.placeholders) if r not in FOOTERS | TITLES]
    return not _has_title(layout), not (_kind(layout) == "titleOnly" or by_name), len(others)


def _has_title(layout: Any) -> bool:
    return any(role_of(shape) in TITLES for shape in layout.placeholders)


def _kind(layout: Any) -> str:
    return str(layout.element.get("type", ""))


def role_of(placeholder: Any) -> str:
    """Find a placeholder's type in the file; a content placeholder has none and is ``obj``."""
    found = placeholder.element.xpath(".//p:nvPr/p:ph")
    return str(found[0].get("type", "obj")) if found else ""
