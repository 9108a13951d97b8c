"""Tables and text that go on over slides, and cells that several slides share."""

from __future__ import annotations

import math
from collections.abc import Sequence

from zoning.disclosure import PublicOption, PublicView
from zoning.reports import board_text as words
from zoning.reports.deck.canvas import BULLET_INDENT, Deck, Notes, pages_of
from zoning.reports.deck.geometry import Box
from zoning.reports.deck.tables import SIZES, Table
from zoning.reports.typesetting import typed

GAP = 14.0
LIST_SIZE = 14.0
COMPUTED = "Computed by the software zoning from the district's data and the assumptions listed."
ESTIMATE = "A planning estimate. Not a promise of how soon an officer arrives at any one school."


def table_pages(
    deck: Deck,
    title: str,
    table: Table,
    notes: Notes,
    *,
    above: Sequence[str] = (),
    below: Sequence[str] = (),
    sizes: Sequence[float] = SIZES,
) -> None:
    """A table between sentences, on as many slides as it needs."""
    area, ruler, size = deck.area, deck.ruler, 14.0
    most = 0.3 * area.height
    up, down = (
        min(ruler.height([typed(t) for t in texts], area.width, size) + 9 * len(texts), most)
        if texts
        else 0.0
        for texts in (above, below)
    )
    room = area.below(up + (GAP / 2 if up else 0.0))
    room = room.upper(room.height - down - (GAP / 2 if down else 0.0))
    parts = table.over_pages(room, deck.table_ruler, sizes=sizes)
    for k, (part, letters) in enumerate(parts):
        page = deck.page(title + continued(k), notes)
        page.text(area.upper(up), above, sizes=(16, 15, 14, 13, 12))
        height = part.draw(page, room, letters)
        place = Box(room.left, room.top + height + GAP / 2, room.width, down)
        page.text(place, below, sizes=(14, 13, 12))


def text_pages(deck: Deck, title: str, said: Sequence[str], notes: Notes) -> None:
    """Sentences as a list, on as many slides as they need."""
    width, height = deck.area.width - BULLET_INDENT, deck.area.height
    parts = pages_of(said, width, height, LIST_SIZE, deck.ruler)
    # No slide with one last line: the least height that needs no more slides fills them alike.
    shares = [share / 20 for share in range(10, 20)] if len(parts) > 1 else []
    tried = (pages_of(said, width, share * height, LIST_SIZE, deck.ruler) for share in shares)
    parts = next((even for even in tried if len(even) == len(parts)), parts)
    for k, part in enumerate(parts):
        page = deck.page(title + continued(k), notes)
        page.text(deck.area, part, bullets=True, sizes=(18, 17, 16, 15, 14))


def continued(k: int) -> str:
    """What the title of a slide that goes on ends in."""
    return f" ({k + 1})" if k else ""


def capital(text: str) -> str:
    """With a capital."""
    return text[:1].upper() + text[1:]


def computed(option: PublicOption) -> set[str]:
    """The figures that an option has."""
    return {key for key, number in option.values.items() if not math.isnan(number)}


def two_lines(view: PublicView, option: PublicOption, key: str) -> str | tuple[str, ...]:
    """A figure over its range, for a cell."""
    between = words.span(view, option, key)
    shown = words.value(view, option, key)
    return (shown, between) if between else shown


def meanings(view: PublicView, keys: Sequence[str]) -> str:
    """What figures mean, for the notes."""
    found = [words.figure(view, key) for key in keys]
    return " ".join(f"{f.label}: {f.meaning}" for f in found if f is not None)
