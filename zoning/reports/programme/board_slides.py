"""Slides of the report to the board: the figures of each part, and what staff fill in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from zoning.editions import RECORDS_MARK, Edition
from zoning.programme.board_report import OPEN, BoardFigure, BoardReport, Part
from zoning.reports.deck.canvas import GAP, Deck, Notes
from zoning.reports.deck.tables import Row, Table, TableColumn, table_slides
from zoning.reports.deck.template import plain_template, read_template
from zoning.reports.programme.words import TITLE, about_line, period_words
from zoning.units import date_in_words

_FIGURES_SHARE = 0.6  # of a slide, so that staff have room below for some lines of their own


def board_slides(
    report: BoardReport, *, edition: Edition, notes: Sequence[str], template: Path | None
) -> bytes:
    """Make the slides as a file; see `zoning.reports.programme.board_report_slides`."""
    restricted = edition is Edition.RESTRICTED
    base = plain_template() if template is None else read_template(template)
    footer = (report.district, f"{date_in_words(report.on)} · {edition.value.capitalize()} edition")
    deck = Deck(base, footer=footer, mark=RECORDS_MARK if restricted else "")
    deck.opening(
        TITLE,
        [about_line(report.district, report.on, edition), period_words(report)],
        Notes(
            say=f"This is the yearly report on school safety officers in {report.district}.",
            source="Figures are computed from the district's own tables; each slide names them.",
            caution="Not complete before staff have filled in the framed fields.",
        ),
    )
    for part in Part:
        _add_part(deck, part, report.of(part, restricted=restricted))
    if notes:
        told = Notes(
            say="What the figures rest on.",
            source="The library's notices.",
            caution="Not legal advice.",
        )
        deck.list_slides("What the figures rest on", notes, told)
    return deck.save(
        title=TITLE, district=report.district, edition=edition.value.capitalize(), date=report.on
    )


def _add_part(deck: Deck, part: Part, figures: Sequence[BoardFigure]) -> None:
    """Add the figures of a part, and below them, or on the next slide, what staff fill in."""
    notes = Notes(
        say=" ".join(f"{one.label}: {one.value}." for one in figures) or OPEN[part],
        source="; ".join(dict.fromkeys(one.source for one in figures)) or "Staff of the programme.",
        caution="Not a measure of safety. What was not computed is not shown.",
    )
    table = Table(
        f"{part}: figures that were computed.",
        (
            TableColumn("Figure", 2.4, from_data=True),
            TableColumn("Value", 1.8, from_data=True),
            TableColumn("Computed from", 1.6, from_data=True),
        ),
        tuple(Row((one.label, one.value, one.source)) for one in figures),
    )
    room = deck.area.upper(_FIGURES_SHARE * deck.area.height)
    drawn = table.over_slides(room, deck.table_ruler) if figures else []
    if len(drawn) > 1:
        table_slides(deck, f"{part}: figures", table, notes)
        drawn = []
    slide = deck.slide(str(part), notes)
    below = deck.area
    for fits, size in drawn:
        below = below.below(fits.draw(slide, room, size) + GAP)
    slide.open_field(below.upper(below.height - GAP), OPEN[part])
