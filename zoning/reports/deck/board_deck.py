"""The whole deck, of a public or a restricted view: its slides in order, and its properties."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from zoning.disclosure import PublicView, RestrictedView
from zoning.editions import Edition
from zoning.errors import OptionError, first_few
from zoning.reports import board_text
from zoning.reports.deck import background_slides, option_slides
from zoning.reports.deck.canvas import Deck
from zoning.reports.deck.template import SlideTemplate, plain_template, read_template
from zoning.reports.office_files import one_line, picture_fault, without_timestamps


def board_deck(
    view: PublicView | RestrictedView,
    pictures: Mapping[str, bytes],
    *,
    template: Path | None,
    chosen: str | None,
    today: str | None,
) -> bytes:
    """The slides as a file; see `zoning.reports.deck.deck`."""
    restricted = isinstance(view, RestrictedView)
    public = view.public if isinstance(view, RestrictedView) else view
    mark = view.mark if isinstance(view, RestrictedView) else ""
    _check_pictures(pictures, public, restricted=restricted)
    start, focus = board_text.choose_pair(public, today=today, chosen=chosen)
    edition = (Edition.RESTRICTED if restricted else Edition.PUBLIC).value.capitalize()
    base = plain_template() if template is None else read_template(template)
    footer = (public.district, board_text.date_and_edition(public, edition))
    slides = Deck(base, footer=footer, mark=mark)
    option_slides.opening(slides, public, edition)
    option_slides.the_question(slides, public, proposed=chosen)
    option_slides.at_a_glance(slides, public)
    option_slides.option_maps(slides, public, pictures)
    option_slides.cost_against_response(slides, public)
    option_slides.changes(slides, public, start, focus)
    if isinstance(view, RestrictedView) and focus is not None:
        option_slides.restricted_slides(slides, view, focus)
    background_slides.equity(slides, public)
    background_slides.assumptions(slides, public)
    background_slides.limits(slides, public)
    background_slides.method(slides, public)
    background_slides.kentucky(slides, public)
    slides.close()
    _set_properties(base, public, edition, mark)
    file = BytesIO()
    base.presentation.save(file)
    return without_timestamps(file.getvalue())


def _check_pictures(pictures: Mapping[str, bytes], view: PublicView, *, restricted: bool) -> None:
    known = {option.option_id for option in view.options}
    faults = []
    for option_id, content in pictures.items():
        fault = picture_fault(content, restricted=restricted, of="the slides are")
        if option_id not in known:
            faults.append(f"{option_id!r} was not compared")
        elif fault is not None:
            faults.append(f"{option_id!r}: the picture {fault}")
    if faults:
        raise OptionError(
            "pictures that cannot be put on slides",
            first_few(faults),
            "Give a PNG for each option, drawn from the same view as the slides.",
        )


def _set_properties(base: SlideTemplate, view: PublicView, edition: str, mark: str) -> None:
    """What an office program shows about the file; nothing about a person or a machine."""
    about = base.presentation.core_properties
    for child in list(about._element):
        about._element.remove(child)
    longest = 255  # letters, of a property
    title = one_line(f"RESTRICTED: {view.title}" if mark else view.title)
    about.title, about.author = title[:longest], one_line(view.district)[:longest]
    about.subject = mark or f"{edition} edition"
    about.category = edition
    about.comments = about.keywords = mark
    about.language = "en-US"
    if view.date is not None:
        about.created = about.modified = datetime.datetime.combine(view.date, datetime.time())
