"""Slides that only a restricted deck has: a `PublicView` holds nothing to make them from."""

from __future__ import annotations

from collections.abc import Mapping

from zoning.disclosure import PublicOption, RestrictedView
from zoning.editions import Edition
from zoning.reports.deck.canvas import Deck, Notes
from zoning.reports.deck.parts import table_pages
from zoning.reports.deck.tables import Column, Row, Table
from zoning.staffing.figures import figures, response_text

SLOWEST_SHOWN = 10
_KEEP = "Keep these slides inside. They show where officers arrive last and when they are busy."


def restricted_pages(deck: Deck, view: RestrictedView, option: PublicOption) -> None:
    """The slowest buildings and how busy officers are, of one option with a plan."""
    outcome = view.comparison.outcome(option.option_id)
    response = outcome.response
    if response is None:
        return
    names = view.public.schools["name"]
    slowest = response.buildings.sort_values("mean_s", ascending=False, kind="stable")
    notes = Notes(
        say=f"{_KEEP} Option: {option.label}.",
        source="Expected response by building, from the patrol timetable and the travel times.",
        caution="Not a record of past calls. Do not publish.",
    )
    table_pages(
        deck,
        "Slowest buildings",
        Table(
            columns=(
                Column(heading="Building", share=2.4),
                Column(heading="Zone", share=1.2),
                Column(heading="Mean response", share=1, align="right"),
                Column(heading="90th percentile", share=1, align="right"),
            ),
            rows=tuple(
                Row(
                    (
                        str(names.get(building, building)),
                        str(row["zone_id"]),
                        response_text(float(row["mean_s"])),
                        response_text(float(row["p90_s"])),
                    )
                )
                for building, row in slowest.head(SLOWEST_SHOWN).iterrows()
            ),
            about="Buildings with the longest mean response, longest first.",
        ),
        notes,
        above=[f"Option: {option.label}. {_all_of_it(outcome.figures)}"],
    )
    share = next(f.text for f in figures(Edition.RESTRICTED) if f.key == "busy_fraction")
    busiest = response.zones.sort_values("busy_fraction", ascending=False, kind="stable")
    table_pages(
        deck,
        "How busy officers are",
        Table(
            columns=(
                Column(heading="Zone", share=1.6),
                Column(heading="Calls a school-day", share=1, align="right"),
                Column(heading="Mean response", share=1, align="right"),
                Column(heading="Busy on calls", share=1, align="right"),
            ),
            rows=tuple(
                Row(
                    (
                        str(zone),
                        f"{float(row['calls_per_day']):.2f}",
                        response_text(float(row["mean_s"])),
                        share(float(row["busy_fraction"])),
                    )
                )
                for zone, row in busiest.iterrows()
            ),
            about="Share of the day each zone's officer is on a call, busiest first.",
        ),
        notes,
        above=[f"Option: {option.label}. While an officer is on a call, another has to come."],
    )


def _all_of_it(values: Mapping[str, float]) -> str:
    """The restricted figures of the whole option, in one line."""
    hidden = [f for f in figures(Edition.RESTRICTED) if f.edition is Edition.RESTRICTED]
    return "; ".join(f"{f.label}: {f.present(values)}" for f in hidden) + "."
