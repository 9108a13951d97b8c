"""The presentation that slides are put in: our plain one, or the district's own."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoning.errors import OptionError, first_few
from zoning.inputs import BAD_ARCHIVE, require_unpackable
from zoning.reports.deck.geometry import POINT, Box
from zoning.reports.deck.office import office
from zoning.reports.typesetting import NARROWEST_FONT

PLAIN_WIDTH, PLAIN_HEIGHT = 960.0, 540.0
PLAIN_MARGIN = 48.0
BAND_HEIGHT = 10.0
FONT = "Arial"
INK, ACCENT = "1A2128", "0B5394"
# Fonts at most as wide as Arial; of any other we do not know, and leave a fifth more room.
_NOT_WIDER = {
    *("arial", "helvetica", "liberation sans", "calibri", "carlito", "aptos", "gill sans mt"),
    *("times new roman", "georgia pro", "garamond", "cambria", "corbel", "candara", "arial narrow"),
}
_WIDER = 1.2
_REMOTE_AND_OPENED = re.compile(r"/(image|video|audio|media|oleObject|slideMaster|theme)$")
# What a template says about people, machines and slides that are not ours.
_LEFT_OUT = re.compile(
    r"/(thumbnail|extended-properties|custom-properties|customXml|printerSettings|"
    r"commentAuthors|authors|vbaProject|tags|handoutMaster|notesMaster)$"
)
_SLIDE_LISTS = ("custShowLst", "extLst")
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
TITLES = frozenset({"title", "ctrTitle"})
FURNITURE = frozenset({"dt", "ftr", "sldNum"})
_NOT_ACROSS = {"vertTx", "vertTitleAndTx"}
# Of a template unpacked; a board's template with pictures has some tens of megabytes.
_LARGEST_BYTES = 2**30
_LEAST_POINTS = (480.0, 360.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stage:
    """A presentation without slides, and the layouts to make them from.

    Attributes
    ----------
    presentation
        Of python-pptx.
    opening, titled
        Layouts of the first slide and of the others.
    width, height
        Of a slide, points.
    font_factor
        How wide its fonts are beside Arial.
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


def plain_stage() -> Stage:
    """White slides, 16:9, dark ink, one accent colour.

    Raises
    ------
    OutputError
        If python-pptx is not installed.
    """
    presentation = _opened(None)
    presentation.slide_width, presentation.slide_height = _emu(PLAIN_WIDTH), _emu(PLAIN_HEIGHT)
    presentation.part._element.sldSz.attrib.pop("type", None)
    for layout in list(presentation.slide_layouts):
        if _kind(layout) not in {"title", "titleOnly"}:
            presentation.slide_layouts.remove(layout)
    master = presentation.slide_master
    across = PLAIN_WIDTH - 2 * PLAIN_MARGIN
    boxes = {
        "title": Box(PLAIN_MARGIN, 28, across, 60),
        "body": Box(PLAIN_MARGIN, 100, across, 380),
        "dt": Box(PLAIN_MARGIN + 7.2, 500, 200, 24),
        "ftr": Box(PLAIN_MARGIN + 210, 500, across - 290, 24),
        "sldNum": Box(PLAIN_WIDTH - PLAIN_MARGIN - 77.2, 500, 70, 24),
        "ctrTitle": Box(PLAIN_MARGIN, 120, across, 130),
        "subTitle": Box(PLAIN_MARGIN, 270, across, 150),
    }
    for holder in (master, *presentation.slide_layouts):
        for shape in holder.placeholders:
            box = boxes.get(role_of(shape))
            if box is not None:
                shape.left, shape.top, shape.width, shape.height = box.emu
    for style in master.element.xpath("./p:txStyles/p:titleStyle"):
        for level in style.iter(f"{_A}lvl1pPr"):
            level.set("algn", "l")
    for level in presentation.slide_layouts[0].element.iter(f"{_A}lvl1pPr"):
        level.set("algn", "l")
    _repaint(master.part)
    master.element.xpath("./p:cSld/p:spTree")[0].insert(2, _band())
    _clean(presentation)
    return _stage(presentation, plain=True)


def template_stage(template: Path) -> Stage:
    """The district's own template: its layouts, size and fonts, without its slides.

    Raises
    ------
    OptionError
        If it is not a presentation that slides can be made from; says why.
    OutputError
        If python-pptx is not installed.
    """
    _refuse_if_not_pptx(template)
    presentation = _opened(template)
    faults = list(_faults(presentation))
    if faults:
        raise OptionError(
            f"{template} cannot be used as a template",
            first_few(faults),
            "Save a presentation with a title layout as .pptx, without linked files, and use that.",
        )
    _clean(presentation)
    return _stage(presentation, plain=False)


def _opened(template: Path | None) -> Any:
    open_presentation = office().Presentation
    if template is None:
        return open_presentation()
    try:
        return open_presentation(str(template))
    except (*BAD_ARCHIVE, KeyError, TypeError, AttributeError, SyntaxError) as error:
        raise OptionError(
            f"{template} cannot be used as a template",
            (f"it cannot be opened as a presentation: {error}",),
            "Open it in an office program, save it as a presentation (.pptx), and use that.",
        ) from error


def _refuse_if_not_pptx(template: Path) -> None:
    """Whatever can be said before python-pptx opens it, which takes macros for slides."""
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
        raise OptionError(
            f"{template} cannot be used as a template",
            ("it is not a PowerPoint file (.pptx)",),
            remedy,
        ) from error
    fault = None
    if "macroEnabled" in types:
        fault = "it can hold macros (.pptm or .potm)"
    elif "presentationml.template.main" in types:
        fault = "it is a template file (.potx), not a presentation (.pptx)"
    elif "presentationml.presentation.main" not in types:
        fault = "it is another kind of office file, not a presentation (.pptx)"
    if fault is not None:
        raise OptionError(f"{template} cannot be used as a template", (fault,), remedy)


def _faults(presentation: Any) -> Iterator[str]:
    if presentation.slide_width is None or presentation.slide_height is None:
        yield "it does not say how large its slides are"
    elif (
        presentation.slide_width / POINT < _LEAST_POINTS[0]
        or presentation.slide_height / POINT < _LEAST_POINTS[1]
    ):
        yield (
            f"its slides are {presentation.slide_width / POINT:.0f} by "
            f"{presentation.slide_height / POINT:.0f} points; at least "
            f"{_LEAST_POINTS[0]:.0f} by {_LEAST_POINTS[1]:.0f} are needed"
        )
    if not [layout for layout in presentation.slide_layouts if _usable(layout)]:
        yield "it has no layout with a title, and no blank one"
    slides = {slide.part for slide in presentation.slides}
    for part in presentation.part.package.iter_parts():
        for rel in part.rels.values():
            if rel.is_external and part not in slides and _REMOTE_AND_OPENED.search(rel.reltype):
                yield f"{part.partname} links to {rel.target_ref}, which would be fetched"


def _clean(presentation: Any) -> None:
    """Take out the sample slides, and what tells of them or of who made them."""
    part = presentation.part
    slide_ids = part._element.get_or_add_sldIdLst()
    for slide_id in list(slide_ids):
        part.drop_rel(slide_id.rId)
        slide_ids.remove(slide_id)
    for child in list(part._element):
        if child.tag.rpartition("}")[2] in _SLIDE_LISTS:
            part._element.remove(child)
    for holder in (part.package, part):
        for r_id, rel in list(holder._rels.items()):
            if _LEFT_OUT.search(rel.reltype):
                holder._rels.pop(r_id)
    for child in list(part._element):
        if child.tag.rpartition("}")[2] in {
            "custDataLst",
            "handoutMasterIdLst",
            "notesMasterIdLst",
        }:
            part._element.remove(child)


def _stage(presentation: Any, *, plain: bool) -> Stage:
    layouts = list(presentation.slide_layouts)
    usable = [layout for layout in layouts if _usable(layout)]
    titled = min(usable, key=lambda layout: (_not_titled(layout), layouts.index(layout)))
    opening = next((layout for layout in usable if _kind(layout) == "title"), None)
    named = next((lay for lay in usable if lay.name.strip().casefold() == "title slide"), None)
    theme = presentation.slide_master.part.part_related_by(_theme_type()).blob.decode(
        "utf-8", errors="replace"
    )
    fonts = {f.strip().casefold() for f in re.findall(r'<a:latin typeface="([^"]*)"', theme)}
    return Stage(
        presentation=presentation,
        opening=opening or named or titled,
        titled=titled,
        width=int(presentation.slide_width or 0) / POINT,
        height=int(presentation.slide_height or 0) / POINT,
        font_factor=NARROWEST_FONT if fonts <= _NOT_WIDER | {""} else _WIDER,
        plain=plain,
    )


def _usable(layout: Any) -> bool:
    return _kind(layout) not in _NOT_ACROSS and (_has_title(layout) or _kind(layout) == "blank")


def _not_titled(layout: Any) -> tuple[bool, bool, int]:
    """How far a layout is from a title over empty space; the least is best."""
    by_name = layout.name.strip().casefold() == "title only"
    others = [r for r in map(role_of, layout.placeholders) if r not in FURNITURE | TITLES]
    return not _has_title(layout), not (_kind(layout) == "titleOnly" or by_name), len(others)


def _has_title(layout: Any) -> bool:
    return any(role_of(shape) in TITLES for shape in layout.placeholders)


def _kind(layout: Any) -> str:
    return str(layout.element.get("type", ""))


def role_of(placeholder: Any) -> str:
    """The kind of a placeholder as the file names it; content has none and is ``obj``."""
    found = placeholder.element.xpath(".//p:nvPr/p:ph")
    return str(found[0].get("type", "obj")) if found else ""


def _theme_type() -> str:
    return "http://schemas.openxmlformats.org/officeDocument/2006/relationships/theme"


def _band() -> Any:
    """A band of the accent colour along the upper edge, for the master: decoration only."""
    _, _, across, down = Box(0, 0, PLAIN_WIDTH, BAND_HEIGHT).emu
    return office().etree.fromstring(
        '<p:sp xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
        '<p:nvSpPr><p:cNvPr id="90" name="Band"/><p:cNvSpPr/><p:nvPr userDrawn="1"/></p:nvSpPr>'
        f'<p:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{across}" cy="{down}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:solidFill>'
        '<a:schemeClr val="accent1"/></a:solidFill><a:ln><a:noFill/></a:ln></p:spPr></p:sp>'
    )


def _repaint(master: Any) -> None:
    """Our ink, accent and font in the theme of the presentation python-pptx starts from."""
    theme = master.part_related_by(_theme_type())
    text = theme.blob.decode("utf-8")
    for name, colour in (("dk1", INK), ("dk2", INK), ("accent1", ACCENT)):
        text = re.sub(
            rf"(<a:{name}>).*?(</a:{name}>)", rf'\1<a:srgbClr val="{colour}"/>\2', text, count=1
        )
    theme.blob = re.sub(r'(<a:latin typeface=")[^"]*', rf"\1{FONT}", text).encode("utf-8")


def _emu(points: float) -> int:
    return round(points * POINT)
