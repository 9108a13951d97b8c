"""Make the slides on how sure the comparison is: what would change the ranking, and stress."""

from __future__ import annotations

from zoning.disclosure import PublicOption, PublicView
from zoning.disclosure.certainty import Certainty
from zoning.reports.deck import messages
from zoning.reports.deck.canvas import Deck, Notes
from zoning.reports.deck.tables import Row, Table, TableColumn, table_slides, table_to_read
from zoning.response.stress import BASE
from zoning.units import counted, join_names

_ACROSS = 4  # options whose cells have room for two lines of words beside the stresses
_WORST = 5  # stresses on the slide that is read in the room
_BASIS = "Computed by the software zoning: simulated school-days with the same calls for all."
_CELL = "Mean response in minutes, its change in brackets."
_CELLS = (
    "Each cell: mean response in minutes over the calls that an officer answers, and in brackets "
    "its change. Two calls at once are computed from the timetable with every other officer free: "
    "their change is against one call under the same terms, not against the first row."
)


def add_certainty(
    deck: Deck,
    view: PublicView,
    tornado: bytes | None,
    start: PublicOption | None,
    focus: PublicOption | None,
) -> None:
    """Add what would change the ranking, and the stresses that slow one option most."""
    found = view.certainty
    if found is None:
        return
    if found.ranking() and tornado is not None:
        _add_ranking(deck, found, tornado, [o for o in (start, focus) if o is not None])
    shown = [o for o in (start, focus) if o is not None and o.option_id in found.labels]
    if len(found.stress) and shown:
        _add_worst(deck, found, shown)


def add_every_stress(deck: Deck, view: PublicView) -> None:
    """Add every change of the ranking in words, and every stress of every option."""
    found = view.certainty
    if found is None:
        return
    if ranking := found.ranking():
        deck.list_slides(messages.of_ranking(found), ranking, _ranking_notes(found))
    if len(found.stress):
        _add_stress(deck, found)


def _ranking_notes(found: Certainty) -> Notes:
    return Notes(
        say=" ".join(found.ranking()),
        source=f"{_BASIS} {' '.join(found.notices)}",
        caution="Not a forecast: one assumption is changed at a time, and the ranges are general.",
    )


def _add_ranking(deck: Deck, found: Certainty, tornado: bytes, pair: list[PublicOption]) -> None:
    slide = deck.slide(messages.of_ranking(found, pair), _ranking_notes(found))
    about = "Mean response of two options over the range of each assumption. " + " ".join(
        found.ranking()
    )
    slide.picture(deck.picture_area, tornado, alternative=about, name="Chart")


def _stress_notes(found: Certainty) -> Notes:
    return Notes(
        say="Read a row: the same trouble for every option. " + " ".join(found.loads()),
        source=f"{_BASIS} {' '.join(found.notices)} {_CELLS}",
        caution="Not a forecast of how often such days come. 'No clear change': the 95 % interval "
        "of the change holds 0.",
    )


def _add_worst(deck: Deck, found: Certainty, shown: list[PublicOption]) -> None:
    focus = shown[-1]
    worst = messages.worst_cases(found, focus.option_id)[:_WORST]
    every = found.stress.index.get_level_values("stress")
    cases = [case for case in dict.fromkeys(map(str, every)) if case == BASE or case in worst]
    ids = [option.option_id for option in shown]
    table_to_read(
        deck,
        messages.of_stress(found, focus),
        _table(found, {one: found.labels[one] for one in ids}, cases),
        _stress_notes(found),
        below=[_CELL],
    )


def _table(found: Certainty, options: dict[str, str], cases: list[str]) -> Table:
    labels = found.stress["label"].droplevel("option_id").to_dict()
    return Table(
        "Mean response as planned and under each stress, for each option.",
        (
            TableColumn("Stress", 1.7, from_data=True),
            *(TableColumn(label, 1.3, right=True, from_data=True) for label in options.values()),
        ),
        tuple(
            Row(
                (str(labels[case]), *("; ".join(found.cell(o, case)) for o in options)),
                case == BASE,
            )
            for case in cases
        ),
    )


def _add_stress(deck: Deck, found: Certainty) -> None:
    cases = list(dict.fromkeys(map(str, found.stress.index.get_level_values("stress"))))
    options = list(found.labels.items())
    below = [_CELLS, *found.loads()] if len(options) <= _ACROSS else [_CELLS]
    title = f"{len(cases) - 1} stress tests of {counted(len(options), 'option')}"
    for first in range(0, len(options), _ACROSS):
        part = dict(options[first : first + _ACROSS])
        which = "" if len(part) == len(options) else f": {join_names(list(part.values()))}"
        notes = _stress_notes(found)
        table_slides(deck, title + which, _table(found, part, cases), notes, below=below)
