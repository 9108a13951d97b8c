"""Make the deck of a public or a restricted view: its slides in order, and their basis.

Slides that show the options are in `option_slides`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from zoning.disclosure import PublicOption, PublicView, RestrictedView
from zoning.disclosure.notices import DEFAULTS_ARE_NOT_FACTS
from zoning.editions import EXAMPLE_DAY, Edition
from zoning.errors import OptionError, first_few
from zoning.reports import board_text
from zoning.reports.deck import messages, option_slides
from zoning.reports.deck.canvas import Deck, Notes
from zoning.reports.deck.certainty_slides import add_certainty, add_every_stress
from zoning.reports.deck.change_slides import add_changes, add_moves
from zoning.reports.deck.money_slides import add_budget, add_cost
from zoning.reports.deck.option_slides import COMPUTED, capitalize
from zoning.reports.deck.tables import Row, Table, TableColumn, table_slides, table_to_read
from zoning.reports.deck.template import plain_template, read_template
from zoning.reports.office_files import picture_fault
from zoning.staffing.figures import NOT_COMPUTED, response_text
from zoning.staffing.state_law import find_state_law
from zoning.zones import ZoneKind

_PLANS_SHOWN = 3  # maps of near-best plans before the appendix; as many as are drawn by default
_CAMPUSES = ("campuses_with_own_officer", "campuses_without_own_officer")
_EACH_CELL = (
    "Each cell: officer time in the student's building, all students = 1.00, and mean wait."
)
_OPTIONS_ACROSS = 5  # number of option columns that fit beside groups and students
_NO_GROUPS = (
    "Enrolment by group of students was not given, or its groups are too small to publish: "
    "officer time and response are not compared between groups."
)


def board_deck(
    view: PublicView | RestrictedView,
    pictures: Mapping[str, bytes],
    *,
    changes: bytes | None,
    tornado: bytes | None,
    template: Path | None,
    chosen: str | None,
    today: str | None,
) -> bytes:
    """Make the slides as a file; see `zoning.reports.deck.deck`."""
    restricted = isinstance(view, RestrictedView)
    public = view.public
    mark = view.mark
    others = {"the map of changes": changes, "the tornado": tornado}
    _check_pictures(pictures, others, public, restricted=restricted)
    start, focus = board_text.choose_pair(public, today=today, chosen=chosen)
    edition = (Edition.RESTRICTED if restricted else Edition.PUBLIC).value.capitalize()
    base = plain_template() if template is None else read_template(template)
    footer = (public.district, board_text.date_and_edition(public, edition))
    slides = Deck(base, footer=footer, mark=mark)
    _add_opening(slides, public, edition)
    drawn = _Pictures(pictures, changes, tornado)
    _add_to_read(slides, view, drawn, (start, focus), proposed=chosen)
    _add_appendix(slides, view, pictures, (start, focus))
    return slides.save(
        title=public.title, district=public.district, edition=edition, date=public.date
    )


class _Pictures(NamedTuple):
    """The pictures of a deck, as given to it."""

    maps: Mapping[str, bytes]
    changes: bytes | None
    tornado: bytes | None


def _add_to_read(
    deck: Deck,
    view: PublicView | RestrictedView,
    pictures: _Pictures,
    pair: tuple[PublicOption | None, PublicOption | None],
    *,
    proposed: str | None,
) -> None:
    """Add the slides that are shown in the room: one message each."""
    public, (start, focus) = view.public, pair
    plans = option_slides.alternatives_of(view)
    if plans is None:
        option_slides.add_options(deck, public, proposed=proposed)
        option_slides.add_cost_chart(deck, public)
    else:
        option_slides.add_alternatives(deck, public, plans)
    option_slides.add_maps(deck, public, _to_map(public, pair), pictures.maps)
    add_changes(deck, public, start, focus, pictures.changes)
    if plans is None:
        add_cost(deck, public, start, focus)
    add_certainty(deck, public, pictures.tornado, start, focus)
    _add_groups(deck, public, start, focus)
    _add_basis(deck, public)
    _add_state_law(deck, public, focus)


def _add_appendix(
    deck: Deck,
    view: PublicView | RestrictedView,
    pictures: Mapping[str, bytes],
    pair: tuple[PublicOption | None, PublicOption | None],
) -> None:
    """Add what is looked up: every option, school and assumption."""
    public, (start, focus) = view.public, pair
    notes = Notes(
        say="What follows is not shown in the meeting unless somebody asks.",
        source=COMPUTED,
        caution="Not a further argument: the figures are those of the slides before.",
    )
    contents = [
        "Every option in words, in figures and on its map",
        "The complete list of schools that change",
        "Every assumption, the limits of the figures and the method",
    ]
    deck.opening("Appendix: to look up", contents, notes)
    option_slides.add_words(deck, public)
    option_slides.add_overview(deck, public)
    option_slides.add_chart_key(deck, public)
    shown = {option.option_id for option in _to_map(public, pair)}
    others = [option for option in public.options if option.option_id not in shown]
    option_slides.add_maps(deck, public, others, pictures)
    option_slides.add_proofs(deck, public)
    add_moves(deck, public, start, focus)
    add_budget(deck, public, start, focus)
    add_every_stress(deck, public)
    if isinstance(view, RestrictedView) and focus is not None:
        option_slides.add_restricted_slides(deck, view, focus)
    _add_equity(deck, public)
    _add_assumptions(deck, public)
    _add_limits(deck, public)
    _add_method(deck, public)


def _to_map(
    view: PublicView, pair: tuple[PublicOption | None, PublicOption | None]
) -> list[PublicOption]:
    """The options whose maps are shown in the room: the proposed one, or near-best plans."""
    if view.alternatives is not None:
        return list(view.options[:_PLANS_SHOWN])
    start, focus = pair
    shown = start if focus is None else focus
    return [] if shown is None else [shown]


def _check_pictures(
    pictures: Mapping[str, bytes],
    others: Mapping[str, bytes | None],
    view: PublicView,
    *,
    restricted: bool,
) -> None:
    known = {option.option_id for option in view.options}
    faults = []
    for option_id, content in pictures.items():
        fault = picture_fault(content, restricted=restricted, of="the slides are")
        if option_id not in known:
            faults.append(f"{option_id!r} was not compared")
        elif fault is not None:
            faults.append(f"{option_id!r}: the picture {fault}")
    for name, given in others.items():
        if given is not None:
            fault = picture_fault(given, restricted=restricted, of="the slides are")
            faults += [] if fault is None else [f"{name} {fault}"]
    if faults:
        raise OptionError(
            "pictures that cannot be put on slides",
            first_few(faults),
            "Give a PNG for each option, drawn from the same view as the slides.",
        )


def _add_opening(deck: Deck, view: PublicView, edition: str) -> None:
    """Add the opening slide: title, district, date and edition."""
    notes = Notes(
        say=f"These slides compare ways to staff school safety in {view.district}.",
        source=f"Data: {view.attribution}. {COMPUTED}",
        caution="Not a recommendation. The decision is the board's.",
    )
    about = f"{view.district} · {board_text.date_and_edition(view, edition)}"
    deck.opening(view.title, [board_text.question(view), about, EXAMPLE_DAY], notes)


def _add_groups(
    deck: Deck, view: PublicView, start: PublicOption | None, focus: PublicOption | None
) -> None:
    """Add officer time and response by group of students for the two options in question."""
    known = set(view.equity.index.get_level_values("option_id"))
    shown = [o for o in (start, focus) if o is not None and o.option_id in known and not o.scenario]
    if not shown or not _has_groups(view):
        return
    below = [_EACH_CELL, board_text.EXPOSURE_NOT_BENEFIT]
    title = messages.of_groups(view, shown[-1])
    table_to_read(deck, title, _equity_table(view, shown), _equity_notes(), below=below)


def _equity_notes() -> Notes:
    return Notes(
        say=f"{board_text.EXPOSURE_NOT_BENEFIT} Compare groups within an option first.",
        source="Enrolment by group and school, weighted by students. Officer time is relative to "
        f"that of all students. {board_text.SMALL_GROUPS}",
        caution="Not a measure of how groups are treated, and not a reason to place officers.",
    )


def _equity_table(view: PublicView, shown: Sequence[PublicOption]) -> Table:
    known = view.equity.index.get_level_values("option_id")
    listed = [option.option_id for option in shown]
    of_today = view.equity[known.isin(listed)]
    groups = list(dict.fromkeys(of_today.index.get_level_values("group")))
    return Table(
        "Officer time and mean response by group of students, for each option.",
        (
            TableColumn("Group", 1.7),
            TableColumn("Students", 0.9, right=True),
            *(TableColumn(o.label, 1.2, right=True, from_data=True) for o in shown),
        ),
        tuple(
            Row((g, _students(view, g), *(_exposure(view, o.option_id, g) for o in shown)))
            for g in groups
        ),
    )


def _add_equity(deck: Deck, view: PublicView) -> None:
    """Add officer time and response by group of students, with its caution."""
    if not _has_groups(view):
        return  # no group to compare; _add_limits states the reason
    known = view.equity.index.get_level_values("option_id")
    shown = [o for o in view.options if o.option_id in known and not o.scenario]
    if not shown:
        return
    of_today = view.equity[known.isin([option.option_id for option in shown])]
    reasons = sorted({str(reason) for reason in of_today["withheld"] if reason})
    below = [
        _EACH_CELL,
        *board_text.describe_equal_waits(view),
        board_text.EXPOSURE_NOT_BENEFIT,
        *(f"Figures are {reason}." for reason in reasons),
        *(["Options of other schools than today's are not shown here."] if view.scenarios else []),
        board_text.SMALL_GROUPS,
    ]
    title = f"Officer time and response for {len(view.equity.loc[shown[0].option_id])} groups"
    for first in range(0, len(shown), _OPTIONS_ACROSS):
        part = shown[first : first + _OPTIONS_ACROSS]
        which = f", options {first + 1} to {first + len(part)}" if len(part) < len(shown) else ""
        table = _equity_table(view, part)
        table_slides(deck, title + which, table, _equity_notes(), below=below)


def _has_groups(view: PublicView) -> bool:
    """True if there is a group of students other than all students."""
    return view.equity.index.get_level_values("group").nunique() > 1


def _students(view: PublicView, group: str) -> str:
    today = [o.option_id for o in view.options if not o.scenario]
    rows = view.equity.xs(group, level="group")
    rows = rows[rows.index.isin(today)]
    return f"{int(rows['students'].max()):,}"


def _exposure(view: PublicView, option_id: str, group: str) -> str:
    if (option_id, group) not in view.equity.index:
        return NOT_COMPUTED
    row = view.equity.loc[[(option_id, group)]].iloc[0]
    if row["withheld"]:
        return "withheld"
    index, wait = float(row["presence_index"]), float(row["mean_response_s"])
    presence = NOT_COMPUTED if math.isnan(index) else f"{index:.2f}"
    return f"{presence} · {NOT_COMPUTED if math.isnan(wait) else response_text(wait)}"


def _add_assumptions(deck: Deck, view: PublicView) -> None:
    """Add the assumptions."""
    shown = view.assumptions[["assumption", "value", "span", "basis"]]
    table = Table(
        "Values that costs and response rest on, and whether they are defaults.",
        (
            TableColumn("Assumption", 2.6),
            TableColumn("Value", 0.9, right=True),
            TableColumn("Range", 1.4, right=True),
            TableColumn("Where it comes from", 1.5),
        ),
        tuple(Row(tuple(map(str, row))) for row in shown.itertuples(index=False, name=None)),
    )
    notes = Notes(
        say="Say which of these the district has checked. A default is a general starting "
        "value, not a fact about this district.",
        source="The documentation of the software zoning gives the source of each default.",
        caution=board_text.NOT_A_CONFIDENCE_INTERVAL,
    )
    below = [
        "A default is a general starting value, not a fact about this district; each can be "
        "replaced."
    ]
    table_slides(deck, messages.of_assumptions(view), table, notes, below=below)


def _add_basis(deck: Deck, view: PublicView) -> None:
    """Add what the figures rest on and do not say, in a few sentences."""
    notes = Notes(
        say="Say which assumptions the district has checked. The appendix lists all of them, and "
        "every limit of the figures.",
        source="Counted in the table of assumptions.",
        caution=board_text.NOT_A_CONFIDENCE_INTERVAL,
    )
    told = [
        *view.cautions,
        board_text.SAFETY_IS_NOT_MEASURED,
        board_text.NOT_A_CONFIDENCE_INTERVAL,
        *([DEFAULTS_ARE_NOT_FACTS] if DEFAULTS_ARE_NOT_FACTS in view.notices else []),
        "Calls are simulated: they are no record of incidents.",
    ]
    deck.list_slides(messages.of_assumptions(view), told, notes, sizes=deck.read_sizes)


def _add_limits(deck: Deck, view: PublicView) -> None:
    """Add the limits of the figures, and the notices about the data."""
    unplanned = [
        f"{o.label}: {o.proof}" for o in view.options if o.proof and not board_text.has_plan(o)
    ]
    notes = Notes(
        say="These are the limits to keep in mind before relying on a figure.",
        source=f"Noted while the data were read and figures computed. Data: {view.attribution}.",
        caution="Not a complete list of what could matter: the model leaves out what it has no "
        "data on.",
    )
    sentences = [
        *view.cautions,
        *unplanned,
        board_text.SAFETY_IS_NOT_MEASURED,
        *view.notices,
        *([] if _has_groups(view) else [_NO_GROUPS]),
        f"Data: {view.attribution}.",
    ]
    once = list(dict.fromkeys(map(capitalize, sentences)))
    deck.list_slides(f"{len(once)} limits and notes on the data", once, notes)


def _add_method(deck: Deck, view: PublicView) -> None:
    """Add the method, in plain words."""
    staffed = [o for o in view.options if board_text.has_plan(o)]
    sentences = []
    if any((o.zones["kind"] == str(ZoneKind.PATROL)).any() for o in staffed):
        aligned = " and by how well zones line up with high schools" if view.by_feeder else ""
        sentences.append(
            "Zones: every school is in exactly one zone. Plans are compared by the drive to a "
            f"call, averaged over calls{aligned}. "
            "Each plan is proved best within its rules, or its largest gap to the best is "
            "stated."
        )
    if any(not math.isnan(o.values.get("mean_response_s", math.nan)) for o in staffed):
        sentences.append(
            "Response: sending an officer (dispatch), the wait if none is free, setting off "
            "(turnout) and the drive from where the officer is then. School-days are simulated, "
            "with calls at random and officers on their patrol (Larson and Odoni 1981, Urban "
            "Operations Research, chapters 5 and 7)."
        )
    sentences += [
        "Officers employed: officers on duty who are the district's own, times the relief factor, "
        "rounded up, to cover leave and training.",
        "Cost a year: full-time officers times the cost of an officer for a year, and overtime; "
        "other people at their own prices. "
        "Full-time officers are the hours of the shifts over those of full shifts, times the "
        "relief factor, rounded up. Vehicles and equipment are a one-time cost, shown separately.",
        "Ranges: the same computation with the low and the high end of each assumption.",
    ]
    notes = Notes(
        say="The computation is open: the same data give the same answer to anyone who runs it.",
        source="Method and formulas, with their sources, are in the documentation of the software "
        "zoning.",
        caution="The calls are made up at random; they are no real incidents. "
        + board_text.SAFETY_IS_NOT_MEASURED,
    )
    deck.list_slides("The same data give anyone the same figures: the method", sentences, notes)


def _add_state_law(deck: Deck, view: PublicView, focus: PublicOption | None) -> None:
    """Add the state's law, campus by campus; only where it is known."""
    known = find_state_law(view.state)
    if known is None:
        return
    table = Table(
        "Campuses with and without an officer of their own, for each option.",
        (
            TableColumn("Option", 2.6),
            TableColumn("Campuses with a full-time officer", 1.4, right=True),
            TableColumn("Campuses that need an approved arrangement", 1.6, right=True),
        ),
        tuple(
            Row((o.label, *(board_text.figure_text(view, o, key) for key in _CAMPUSES)))
            for o in view.options
        ),
    )
    law = f"{known.in_full} Patrol zones alone do not meet it."
    advice = f"Not legal advice: counsel and {known.approved_by} decide."
    notes = Notes(
        say=law,
        source=f"{known.campus_source}; campuses are counted from the options' plans.",
        caution=advice,
    )
    title = messages.of_law(focus)
    if not table_to_read(deck, title, table, notes, above=[law], below=[advice]):
        table_slides(deck, title, table, notes, above=[law], below=[advice])
