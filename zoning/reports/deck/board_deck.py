"""The whole deck, of a public or a restricted view."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from zoning.disclosure import PublicView, RestrictedView
from zoning.editions import RESTRICTED_MARK, Edition
from zoning.errors import OptionError, first_few
from zoning.reports import board_text as words
from zoning.reports.deck import background_slides, change_pages, option_slides
from zoning.reports.deck.canvas import Deck
from zoning.reports.deck.package import package_bytes, set_properties
from zoning.reports.deck.restricted_pages import restricted_pages
from zoning.reports.deck.template import plain_stage, template_stage

_PNG = b"\x89PNG\r\n\x1a\n"


def deck(
    view: PublicView | RestrictedView,
    *,
    pictures: Mapping[str, bytes],
    template: Path | None = None,
    chosen: str | None = None,
    today: str | None = None,
) -> bytes:
    """A PowerPoint file (.pptx) of slides for a board, ready to be edited.

    The question, options at a glance, a map for each option with officers, cost
    against response, what changes for which schools, equity, assumptions,
    limits, the method, and in Kentucky what the law asks for. Tables and the
    chart are native; every slide has speaker notes, a footer and a number.
    Tables and lists go on over as many slides as they need.

    Needs the extra ``report``; no network. The same view, pictures and template
    give the same bytes, with the same version of python-pptx.

    Parameters
    ----------
    view
        A restricted view adds the slowest buildings and how busy officers are,
        and its mark on every slide, in every note and in the file's properties.
        From a public view those slides cannot be made.
    pictures
        PNG of the map of an option, by option id, as `zoning.maps.picture` draws
        it; an option without one says so on its slide.
    template
        The district's own .pptx: its size, fonts, colours and layouts are used,
        its slides are left out.
    chosen
        Option to show changes to; the next one with officers when None.
    today
        Option to show changes from; the first one with officers when None.

    Raises
    ------
    OptionError
        If an option was not compared, a picture is not a PNG or is restricted in
        a public deck, or the template cannot be used.
    OutputError
        If python-pptx is not installed.
    """
    restricted = view if isinstance(view, RestrictedView) else None
    public = view.public if isinstance(view, RestrictedView) else view
    _check(pictures, public, restricted=restricted is not None)
    start, focus = words.pair(public, today=today, chosen=chosen)
    edition = Edition.PUBLIC if restricted is None else Edition.RESTRICTED
    named = edition.value.capitalize()
    mark = "" if restricted is None else restricted.mark
    stage = plain_stage() if template is None else template_stage(template)
    slides = Deck(stage, footer=(public.district, words.dated(public, named)), mark=mark)
    option_slides.opening(slides, public, named)
    option_slides.the_question(slides, public, proposed=chosen)
    option_slides.at_a_glance(slides, public)
    option_slides.option_maps(slides, public, pictures)
    option_slides.cost_against_response(slides, public)
    change_pages.changes(slides, public, start, focus)
    if restricted is not None and focus is not None:
        restricted_pages(slides, restricted, focus)
    background_slides.equity(slides, public)
    background_slides.assumptions(slides, public)
    background_slides.limits(slides, public)
    background_slides.method(slides, public)
    background_slides.kentucky(slides, public)
    slides.close()
    set_properties(
        stage.presentation,
        title=public.title if not mark else f"RESTRICTED: {public.title}",
        district=public.district,
        edition=named,
        mark=mark,
        date=public.date,
    )
    return package_bytes(stage.presentation)


def _check(pictures: Mapping[str, bytes], view: PublicView, *, restricted: bool) -> None:
    known = {option.option_id for option in view.options}
    faults = []
    for option_id, content in pictures.items():
        if option_id not in known:
            faults.append(f"{option_id!r} was not compared")
        elif not content.startswith(_PNG):
            faults.append(f"{option_id!r}: the picture is not a PNG")
        elif not restricted and RESTRICTED_MARK.encode() in content:
            faults.append(f"{option_id!r}: the picture is restricted, and the slides are public")
    if faults:
        raise OptionError(
            "pictures that cannot be put on slides",
            first_few(faults),
            "Give a PNG for each option, drawn from the same view as the slides.",
        )
