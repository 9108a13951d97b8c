"""Slides on what changes for which schools from one option to another."""

from __future__ import annotations

from zoning.disclosure import OptionChange, PublicOption, PublicView, option_change
from zoning.reports import board_text as words
from zoning.reports.deck.canvas import Deck, Notes
from zoning.reports.deck.parts import capital, table_pages
from zoning.reports.deck.tables import Column, Row, Table
from zoning.reports.typesetting import typed
from zoning.units import counted

NAMED_KINDS = (
    "gains an officer of its own",
    "loses its own officer",
    "gains a patrol officer",
    "loses its patrol officer",
    "moves to a zone of another high school",
)
"""Kinds of change whose schools are named; of the others there are only numbers."""
_BY_PATROL = "patrol officer, "
_NAMED_NEXT = (
    "Schools that {whom} are named on the next slides; the others are in the comparison page and "
    "its tables."
)


def changes(
    deck: Deck, view: PublicView, start: PublicOption | None, focus: PublicOption | None
) -> None:
    """What changes for which schools, in numbers and then by name."""
    notes = Notes(
        say="First how many schools each kind of change touches, then which ones.",
        source="Compared school by school from the two plans.",
        caution="It says who looks after a school, not how soon a call there is answered.",
    )
    if start is None or focus is None:
        page = deck.page("What changes for schools", notes)
        page.text(
            deck.area,
            ["Only one option has officers, so there is nothing to compare it with here."],
        )
        return
    change = option_change(view, start.option_id, focus.option_id)
    between = f"From: {typed(start.label)}. To: {typed(focus.label)}."
    table = Table(
        columns=(
            Column(heading="What changes", share=3),
            Column(heading="Schools", share=1, align="right"),
        ),
        rows=tuple(
            Row((capital(str(kind)), f"{count:,}"))
            for kind, count in change.summary["schools"].items()
        ),
        about="Number of schools by what changes for them.",
    )
    table_pages(
        deck,
        "What changes for schools",
        table,
        notes,
        above=[between, words.difference(view, focus, start)],
        below=[_named_next(view)]
        if {str(k) for k in change.summary.index} & set(NAMED_KINDS)
        else [],
    )
    for kind in change.summary.index:
        if kind in NAMED_KINDS:
            _named(deck, change, str(kind), between, notes)


def _named_next(view: PublicView) -> str:
    whom = "gain or lose an officer"
    if view.by_feeder:
        whom += ", or move to a zone of another high school,"
    return _NAMED_NEXT.format(whom=whom)


def _named(deck: Deck, change: OptionChange, kind: str, between: str, notes: Notes) -> None:
    rows = change.schools[change.schools["change"] == kind].sort_values(["name"], kind="stable")
    patrolled = all(t.startswith(_BY_PATROL) for t in [*rows["before"], *rows["after"]])
    short = rows[["before", "after"]].map(lambda t: t.removeprefix(_BY_PATROL) if patrolled else t)
    who = " (patrol officer)" if patrolled else ""
    table = Table(
        columns=(
            Column(heading="School", share=1.1),
            Column(heading=f"Before{who}", share=1.2),
            Column(heading=f"After{who}", share=1.2),
        ),
        rows=tuple(
            Row((str(name), str(before), str(after)))
            for name, before, after in zip(
                rows["name"], short["before"], short["after"], strict=True
            )
        ),
        about=f"Schools for which this changes: {kind}.",
    )
    title = f"{capital(kind)}: {counted(len(rows), 'school')}"
    table_pages(deck, title, table, notes, above=[between], sizes=(14.0, 13.0, 12.0))
