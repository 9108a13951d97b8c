"""Make the slides on how sure the comparison is: what would change the ranking, and stress."""

from __future__ import annotations

from zoning.disclosure import PublicView
from zoning.disclosure.certainty import Certainty
from zoning.reports.deck.canvas import GAP, Deck, Notes, page_number
from zoning.reports.deck.tables import Row, Table, TableColumn, table_slides
from zoning.response.stress import BASE
from zoning.units import counted

_PICTURE_SHARE = 0.66  # of the width; the sentences beside it need the rest
_SENTENCES = 3
_ACROSS = 4  # options whose cells have room for two lines of words beside the stresses
_BASIS = "Computed by the software zoning: simulated school-days with the same calls for all."
_CELLS = (
    "Each cell: mean response in minutes over the calls that an officer answers, and in brackets "
    "its change. Two calls at once are computed from the timetable with every other officer free: "
    "their change is against one call under the same terms, not against the first row."
)


def add_certainty(deck: Deck, view: PublicView, tornado: bytes | None) -> None:
    """Add what would change the ranking, and what stress does to each option; if computed."""
    found = view.certainty
    if found is None:
        return
    if found.ranking() and tornado is not None:
        _add_ranking(deck, found, tornado)
    if len(found.stress):
        _add_stress(deck, found)


def _add_ranking(deck: Deck, found: Certainty, tornado: bytes) -> None:
    every = found.ranking()
    shown = list(every[:_SENTENCES])
    if len(every) > len(shown):
        more = counted(len(every) - len(shown), "further change")
        shown.append(f"And {more}: see sensitivity.csv of the comparison.")
    notes = Notes(
        say=" ".join(shown),
        source=f"{_BASIS} {' '.join(found.notices)}",
        caution="Not a forecast: one assumption is changed at a time, and the ranges are general.",
    )
    slide = deck.slide("What would change the ranking", notes)
    left, right = deck.area.sides(_PICTURE_SHARE, gap=GAP)
    about = "Mean response of two options over the range of each assumption."
    slide.picture(left, tornado, alternative=about, name="Chart")
    slide.text(right, shown, sizes=(16, 15, 14, 13, 12))


def _add_stress(deck: Deck, found: Certainty) -> None:
    labels = found.stress["label"].droplevel("option_id")
    cases = {str(case): str(label) for case, label in labels.items()}
    options = list(found.labels.items())
    notes = Notes(
        say="Read a row: the same trouble for every option. " + " ".join(found.loads()),
        source=f"{_BASIS} {' '.join(found.notices)}",
        caution="Not a forecast of how often such days come. 'No clear change': the 95 % interval "
        "of the change holds 0.",
    )
    below = [_CELLS, *found.loads()] if len(options) <= _ACROSS else [_CELLS]
    for k, first in enumerate(range(0, len(options), _ACROSS)):
        part = options[first : first + _ACROSS]
        table = Table(
            "Mean response as planned and under each stress, for each option.",
            (
                TableColumn("Stress", 1.7, from_data=True),
                *(TableColumn(label, 1.3, right=True, from_data=True) for _, label in part),
            ),
            tuple(
                Row((label, *("; ".join(found.cell(one, case)) for one, _ in part)), case == BASE)
                for case, label in cases.items()
            ),
        )
        table_slides(deck, "When things go wrong" + page_number(k), table, notes, below=below)
