"""A slide deck for a board meeting: native text, tables and a chart, with speaker notes.

Nothing here imports python-pptx, which is an extra, until a deck is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from zoning.disclosure import PublicView, RestrictedView
from zoning.reports.office_files import require_package

__all__ = ["check_template", "deck"]


def deck(
    view: PublicView | RestrictedView,
    *,
    pictures: Mapping[str, bytes],
    changes: bytes | None = None,
    tornado: bytes | None = None,
    template: Path | None = None,
    chosen: str | None = None,
    today: str | None = None,
) -> bytes:
    """Make an editable PowerPoint file (.pptx) of slides for a board.

    Each slide has one message, its title: a sentence with its computed figure. At most
    twelve slides are read in the room: the options, cost against response, the map of the
    option in question, a map and a summary of what changes, money, what would change the
    ranking and what stress does (where that was computed), groups of students, what the
    figures rest on, and in Kentucky what the law asks for. What is longer stands in an
    appendix: every figure, map, school that changes, assumption and limit, and the method.
    Tables and the chart are native; every slide has speaker notes, a footer and a number.

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
    changes
        PNG of `zoning.maps.moves_picture`, from ``today`` to ``chosen``; None to leave out the
        map of what changes.
    tornado
        PNG of `zoning.maps.pictures.picture.sensitivity_picture`, from the same view; None to
        leave out what would change the ranking.
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
    require_package("pptx", "python-pptx", "writing slides")
    from zoning.reports.deck.board_deck import board_deck  # noqa: PLC0415

    return board_deck(
        view,
        pictures,
        changes=changes,
        tornado=tornado,
        template=template,
        chosen=chosen,
        today=today,
    )


def check_template(template: Path) -> None:
    """Raise `OptionError` if slides cannot be made from a template."""
    require_package("pptx", "python-pptx", "writing slides")
    from zoning.reports.deck.template import read_template  # noqa: PLC0415

    read_template(template)
