"""Slides on what the figures rest on: equity, assumptions, limits, method and the law."""

from __future__ import annotations

import math

from zoning.disclosure import PublicView
from zoning.reports import board_text as words
from zoning.reports.deck.canvas import Deck, Notes
from zoning.reports.deck.parts import capital, computed, continued, table_pages, text_pages
from zoning.reports.deck.tables import Column, Row, Table
from zoning.staffing.figures import NOT_COMPUTED, response_text
from zoning.zones import ZoneKind

OPTIONS_ACROSS = 5
_NO_GROUPS = (
    "Enrolment by group of students was not given, or its groups are too small to publish: "
    "officer time and response are not compared between groups."
)


def equity(deck: Deck, view: PublicView) -> None:
    """Officer time and response by group of students, with its caution."""
    if not _has_groups(view):
        return  # an empty slide, or one row to compare with nothing: limits() says why
    title = "Officer time and response by group of students"
    notes = Notes(
        say=f"{words.EXPOSURE_NOT_BENEFIT} Compare groups within an option first.",
        source="Enrolment by group and school, weighted by students. Officer time is relative to "
        f"that of all students. {words.SMALL_GROUPS}",
        caution="Not a measure of how groups are treated, and not a reason to place officers.",
    )
    shown = [
        o for o in view.options if o.option_id in view.equity.index.get_level_values("option_id")
    ]
    groups = list(dict.fromkeys(view.equity.index.get_level_values("group")))
    reasons = sorted({str(reason) for reason in view.equity["withheld"] if reason})
    below = [
        "Each cell: officer time in the student's building, all students = 1.00, and mean wait.",
        *words.alike(view),
        words.EXPOSURE_NOT_BENEFIT,
        *(f"Figures are {reason}." for reason in reasons),
        words.SMALL_GROUPS,
    ]
    parts = [shown[k : k + OPTIONS_ACROSS] for k in range(0, len(shown), OPTIONS_ACROSS)]
    for k, part in enumerate(parts):
        table = Table(
            columns=(
                Column(heading="Group", share=1.7),
                Column(heading="Students", share=0.9, align="right"),
                *(Column(heading=o.label, share=1.2, align="right", from_data=True) for o in part),
            ),
            rows=tuple(
                Row((g, _students(view, g), *(_exposure(view, o.option_id, g) for o in part)))
                for g in groups
            ),
            about="Officer time and mean response by group of students, for each option.",
        )
        table_pages(deck, title + continued(k), table, notes, below=below)


def _has_groups(view: PublicView) -> bool:
    """Whether there are groups of students besides all of them."""
    return view.equity.index.get_level_values("group").nunique() > 1


def assumptions(deck: Deck, view: PublicView) -> None:
    """What the figures rest on."""
    table = Table(
        columns=(
            Column(heading="Assumption", share=2.6),
            Column(heading="Value", share=0.9, align="right"),
            Column(heading="Range", share=1.4, align="right"),
            Column(heading="Where it comes from", share=1.5),
        ),
        rows=tuple(
            Row((str(name), str(amount), str(spread), str(basis)))
            for name, amount, spread, basis in zip(
                view.assumptions["assumption"],
                view.assumptions["value"],
                view.assumptions["span"],
                view.assumptions["basis"],
                strict=True,
            )
        ),
        about="Values that costs and response rest on, and whether they are defaults.",
    )
    notes = Notes(
        say="Say which of these the district has checked. A default is a general starting "
        "value, not a fact about this district.",
        source="The documentation of the software zoning gives the source of each default.",
        caution=words.NOT_A_CONFIDENCE_INTERVAL,
    )
    below = [
        "A default is a general starting value, not a fact about this district; each can be "
        "replaced."
    ]
    table_pages(deck, "Assumptions", table, notes, below=below)


def limits(deck: Deck, view: PublicView) -> None:
    """What the figures leave out and what was noticed in the data."""
    unplanned = [f"{o.label}: {o.proof}" for o in view.options if o.proof and not words.has_plan(o)]
    notes = Notes(
        say="These are the limits to keep in mind before relying on a figure.",
        source=f"Noted while the data were read and figures computed. Data: {view.attribution}.",
        caution="Not a complete list of what could matter: the model leaves out what it has no "
        "data on.",
    )
    said = [*view.cautions, *unplanned, words.SAFETY_IS_NOT_MEASURED, *view.notices]
    if not _has_groups(view):
        said.append(_NO_GROUPS)
    said.append(f"Data: {view.attribution}.")
    text_pages(deck, "Limits and notes on the data", list(dict.fromkeys(map(capital, said))), notes)


def method(deck: Deck, view: PublicView) -> None:
    """How the figures are made, in plain words."""
    staffed = [o for o in view.options if words.has_plan(o)]
    patrolled = any((o.zones["kind"] == str(ZoneKind.PATROL)).any() for o in staffed)
    aligned = " and by how well zones line up with high schools" if view.by_feeder else ""
    said = [
        *(
            [
                "Zones: every school is in exactly one zone. Plans are compared by the drive to a "
                f"call, averaged over calls{aligned}. "
                "Each plan is proved best within its rules, or its largest gap to the best is "
                "stated beside its map."
            ]
            if patrolled
            else []
        ),
        *(
            [
                "Response: sending an officer (dispatch), setting off (turnout) and the drive from "
                "where the zone's officer is likely to be at that time of day, averaged over calls "
                "(Larson and Odoni 1981, Urban Operations Research, chapter 5)."
            ]
            if any("mean_response_s" in computed(o) for o in staffed)
            else []
        ),
        "Officers employed: officers on duty times the relief factor, rounded up, to cover leave "
        "and training.",
        "Cost a year: officers employed times the cost of an officer for a year. Vehicles and "
        "equipment are counted once, apart.",
        "Ranges: the same computation with the low and the high end of each assumption.",
    ]
    notes = Notes(
        say="The computation is open: the same data give the same answer to anyone who runs it.",
        source="Method and formulas, with their sources, are in the documentation of the software "
        "zoning.",
        caution="Not a simulation of real incidents. " + words.SAFETY_IS_NOT_MEASURED,
    )
    text_pages(deck, "How this was computed", said, notes)


def kentucky(deck: Deck, view: PublicView) -> None:
    """KRS 158.4414(2), campus by campus; only in Kentucky."""
    if view.state != "KY":
        return
    table = Table(
        columns=(
            Column(heading="Option", share=2.6),
            Column(heading="Campuses with a full-time officer", share=1.4, align="right"),
            Column(heading="Campuses that need an approved arrangement", share=1.6, align="right"),
        ),
        rows=tuple(
            Row(
                (
                    o.label,
                    words.value(view, o, "campuses_with_own_officer"),
                    words.value(view, o, "campuses_without_own_officer"),
                )
            )
            for o in view.options
        ),
        about="Campuses with and without an officer of their own, for each option.",
    )
    law = (
        "Kentucky law asks for a certified school resource officer on site full time in the "
        "buildings of each campus, or an arrangement approved in writing by the state school "
        "security marshal (KRS 158.4414(2)). Patrol zones alone do not meet it."
    )
    notes = Notes(
        say=law,
        source="KRS 158.4414(2); campuses are counted from the options' plans.",
        caution="Not legal advice: counsel and the state school security marshal decide.",
    )
    table_pages(deck, "State law on campus officers", table, notes, above=[law])


def _students(view: PublicView, group: str) -> str:
    rows = view.equity.xs(group, level="group")
    return f"{int(rows['students'].max()):,}"


def _exposure(view: PublicView, option_id: str, group: str) -> str:
    if (option_id, group) not in view.equity.index:
        return NOT_COMPUTED
    row = view.equity.loc[[(option_id, group)]].iloc[0]
    if row["withheld"]:
        return "withheld"
    index, wait = float(row["presence_index"]), float(row["mean_response_s"])
    parts = f"{index:.2f}", response_text(wait)
    missing = math.isnan(index), math.isnan(wait)
    return " · ".join(NOT_COMPUTED if no else t for t, no in zip(parts, missing, strict=True))
