"""Make the deck of a public or a restricted view: its slides in order, and their basis.

Slides that show the options are in `option_slides`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from zoning.disclosure import PublicView, RestrictedView
from zoning.editions import EXAMPLE_DAY, Edition
from zoning.errors import OptionError, first_few
from zoning.reports import board_text
from zoning.reports.deck import option_slides
from zoning.reports.deck.canvas import (
    BULLET_INDENT,
    GAP,
    LIST_SIZE,
    Deck,
    Notes,
    page_number,
    split_text,
)
from zoning.reports.deck.certainty_slides import add_certainty
from zoning.reports.deck.money_slides import add_budget
from zoning.reports.deck.option_slides import COMPUTED, capitalize
from zoning.reports.deck.tables import Row, Table, TableColumn, table_slides
from zoning.reports.deck.template import plain_template, read_template
from zoning.reports.office_files import picture_fault
from zoning.staffing.figures import NOT_COMPUTED, response_text
from zoning.staffing.state_law import find_state_law
from zoning.zones import ZoneKind

_LEAD_SHARE = 0.42  # of the height, for the question above the options
_OPTIONS_ACROSS = 5  # number of option columns that fit beside groups and students
_NO_GROUPS = (
    "Enrolment by group of students was not given, or its groups are too small to publish: "
    "officer time and response are not compared between groups."
)


def board_deck(
    view: PublicView | RestrictedView,
    pictures: Mapping[str, bytes],
    *,
    tornado: bytes | None,
    template: Path | None,
    chosen: str | None,
    today: str | None,
) -> bytes:
    """Make the slides as a file; see `zoning.reports.deck.deck`."""
    restricted = isinstance(view, RestrictedView)
    public = view.public
    mark = view.mark
    _check_pictures(pictures, tornado, public, restricted=restricted)
    start, focus = board_text.choose_pair(public, today=today, chosen=chosen)
    edition = (Edition.RESTRICTED if restricted else Edition.PUBLIC).value.capitalize()
    base = plain_template() if template is None else read_template(template)
    footer = (public.district, board_text.date_and_edition(public, edition))
    slides = Deck(base, footer=footer, mark=mark)
    _add_opening(slides, public, edition)
    _add_question(slides, public, proposed=chosen)
    option_slides.add_overview(slides, public)
    option_slides.add_alternatives(slides, view)
    option_slides.add_maps(slides, public, pictures)
    option_slides.add_cost_chart(slides, public)
    add_budget(slides, public, start, focus)
    add_certainty(slides, public, tornado)
    option_slides.add_changes(slides, public, start, focus)
    if isinstance(view, RestrictedView) and focus is not None:
        option_slides.add_restricted_slides(slides, view, focus)
    _add_equity(slides, public)
    _add_assumptions(slides, public)
    _add_limits(slides, public)
    _add_method(slides, public)
    _add_state_law(slides, public)
    return slides.save(
        title=public.title, district=public.district, edition=edition, date=public.date
    )


def _check_pictures(
    pictures: Mapping[str, bytes], tornado: bytes | None, view: PublicView, *, restricted: bool
) -> None:
    known = {option.option_id for option in view.options}
    faults = []
    for option_id, content in pictures.items():
        fault = picture_fault(content, restricted=restricted, of="the slides are")
        if option_id not in known:
            faults.append(f"{option_id!r} was not compared")
        elif fault is not None:
            faults.append(f"{option_id!r}: the picture {fault}")
    if tornado is not None:
        fault = picture_fault(tornado, restricted=restricted, of="the slides are")
        faults += [] if fault is None else [f"the tornado {fault}"]
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
    lines = [view.district, board_text.date_and_edition(view, edition), EXAMPLE_DAY]
    deck.opening(view.title, lines, notes)


def _add_question(deck: Deck, view: PublicView, *, proposed: str | None) -> None:
    """Add the question and the compared options."""
    question = board_text.question(view)
    compared = board_text.describe_comparison(view, proposed=proposed)
    notes = Notes(
        say=f"{question} {compared}",
        source="Options are those that staff asked to compare; their zones are computed.",
        caution=board_text.SAFETY_IS_NOT_MEASURED,
    )
    listed = [f"{o.label}: {o.description}" for o in view.options]
    width, first = deck.area.width - BULLET_INDENT, _LEAD_SHARE * deck.area.height
    texts = split_text(listed, width, deck.area.height - first, LIST_SIZE, deck.ruler)
    for k, part in enumerate(texts):
        slide = deck.slide("The question" + page_number(k), notes)
        below = deck.area
        if k == 0:
            lead, sizes = deck.area.upper(first - GAP), (24, 22, 20, 18, 16, 14, 12)
            below = below.below(slide.text(lead, [question, compared], sizes=sizes) + GAP)
        slide.text(below, part, bullets=True, sizes=(18, 16, 15, 14))


def _add_equity(deck: Deck, view: PublicView) -> None:
    """Add officer time and response by group of students, with its caution."""
    if not _has_groups(view):
        return  # no group to compare; _add_limits states the reason
    title = "Officer time and response by group of students"
    notes = Notes(
        say=f"{board_text.EXPOSURE_NOT_BENEFIT} Compare groups within an option first.",
        source="Enrolment by group and school, weighted by students. Officer time is relative to "
        f"that of all students. {board_text.SMALL_GROUPS}",
        caution="Not a measure of how groups are treated, and not a reason to place officers.",
    )
    known = view.equity.index.get_level_values("option_id")
    shown = [o for o in view.options if o.option_id in known and not o.scenario]
    if not shown:
        return
    of_today = view.equity[known.isin([option.option_id for option in shown])]
    groups = list(dict.fromkeys(of_today.index.get_level_values("group")))
    reasons = sorted({str(reason) for reason in of_today["withheld"] if reason})
    below = [
        "Each cell: officer time in the student's building, all students = 1.00, and mean wait.",
        *board_text.describe_equal_waits(view),
        board_text.EXPOSURE_NOT_BENEFIT,
        *(f"Figures are {reason}." for reason in reasons),
        *(["Options of other schools than today's are not shown here."] if view.scenarios else []),
        board_text.SMALL_GROUPS,
    ]
    for k, first in enumerate(range(0, len(shown), _OPTIONS_ACROSS)):
        part = shown[first : first + _OPTIONS_ACROSS]
        table = Table(
            "Officer time and mean response by group of students, for each option.",
            (
                TableColumn("Group", 1.7),
                TableColumn("Students", 0.9, right=True),
                *(TableColumn(o.label, 1.2, right=True, from_data=True) for o in part),
            ),
            tuple(
                Row((g, _students(view, g), *(_exposure(view, o.option_id, g) for o in part)))
                for g in groups
            ),
        )
        table_slides(deck, title + page_number(k), table, notes, below=below)


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
    table_slides(deck, "Assumptions", table, notes, below=below)


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
    deck.list_slides("Limits and notes on the data", once, notes)


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
            "stated beside its map."
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
    deck.list_slides("How this was computed", sentences, notes)


def _add_state_law(deck: Deck, view: PublicView) -> None:
    """Add the state's law, campus by campus; only where it is known."""
    known = find_state_law(view.state)
    if known is None:
        return
    counts = ("campuses_with_own_officer", "campuses_without_own_officer")
    table = Table(
        "Campuses with and without an officer of their own, for each option.",
        (
            TableColumn("Option", 2.6),
            TableColumn("Campuses with a full-time officer", 1.4, right=True),
            TableColumn("Campuses that need an approved arrangement", 1.6, right=True),
        ),
        tuple(
            Row((o.label, *(board_text.figure_text(view, o, key) for key in counts)))
            for o in view.options
        ),
    )
    law = f"{known.in_full} Patrol zones alone do not meet it."
    notes = Notes(
        say=law,
        source=f"{known.campus_source}; campuses are counted from the options' plans.",
        caution=f"Not legal advice: counsel and {known.approved_by} decide.",
    )
    table_slides(deck, "State law on campus officers", table, notes, above=[law])
