"""The report to the board: what the programme did, how far its goals are, what comes next.

Figures are filled in where they were computed; what only staff can say is left open.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

import pandas as pd

from zoning.errors import typed
from zoning.programme.goals import amount_words, is_share, unit_of
from zoning.programme.law import BOARD_REPORT, CampusLaw, Standing
from zoning.programme.yearly_report import YearlyReport
from zoning.staffing.figures import find_figure
from zoning.units import date_in_words
from zoning.zones import ZoneKind, ZonePlan


class Part(StrEnum):
    """A part of the report, in its order."""

    ACTIVITIES = "Activities"
    PROGRESS = "Progress to goals"
    CHALLENGES = "Challenges"
    NEXT_STEPS = "Next steps"
    NEEDS = "Needs"


OPEN: Final = {
    Part.ACTIVITIES: "What officers did since the last report: training, work with students and "
    "families, drills, meetings with schools.",
    Part.PROGRESS: "How far each goal is, and what explains it.",
    Part.CHALLENGES: "What did not go as planned, and what students, families and staff say.",
    Part.NEXT_STEPS: "What is planned until the next report, who does it, and by when.",
    Part.NEEDS: "What the programme asks of the board: people, money, decisions.",
}
"""What staff fill in, in each part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardFigure:
    """A figure that was computed.

    Attributes
    ----------
    part
        Where it stands.
    label, value
        What it is, and the value as people read it.
    source
        What it was computed from.
    restricted
        Whether it may stand in the restricted edition alone.
    """

    part: Part
    label: str
    value: str
    source: str
    restricted: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardReport:
    """A report to the board.

    Attributes
    ----------
    district
        Its name.
    on
        The date of the report.
    since
        Day of the last one; None where it is not known.
    figures
        What was computed, in the order of `Part`.
    """

    district: str
    on: date
    since: date | None
    figures: tuple[BoardFigure, ...]

    def of(self, part: Part, *, restricted: bool) -> tuple[BoardFigure, ...]:
        """The figures of a part that an edition shows."""
        return tuple(
            one for one in self.figures if one.part is part and (restricted or not one.restricted)
        )


@typed
def make_board_report(
    figures: Iterable[BoardFigure], *, district: str, on: date, since: date | None = None
) -> BoardReport:
    """Put computed figures into the parts of a report to the board."""
    order = list(Part)
    listed = sorted(figures, key=lambda one: order.index(one.part))
    return BoardReport(district=district, on=on, since=since, figures=tuple(listed))


def figures_of_plan(plan: ZonePlan) -> Iterator[BoardFigure]:
    """The plan in figures: zones, dedicated posts, schools of a zone."""
    patrolled = plan.patrol_zones
    sizes = [len(zone.building_ids) for zone in patrolled]
    dedicated = sum(zone.kind is ZoneKind.DEDICATED for zone in plan.zones)
    officers = sum(zone.officers for zone in plan.zones)
    yield _public(Part.ACTIVITIES, "Officers on duty by the plan", officers, "the plan")
    if sizes:
        span = f"{min(sizes)}" if min(sizes) == max(sizes) else f"{min(sizes)} to {max(sizes)}"
        yield _public(Part.ACTIVITIES, "Patrol zones", len(patrolled), "the plan")
        yield _public(Part.ACTIVITIES, "Buildings in a patrol zone", span, "the plan")
    yield _public(Part.ACTIVITIES, "Campuses with an officer all day", dedicated, "the plan")


def figures_of_officers(report: YearlyReport) -> Iterator[BoardFigure]:
    """The officers in figures: how many, by employment and funding."""
    source = f"the list of officers, {date_in_words(report.on)}"
    yield _public(Part.ACTIVITIES, "Officers", report.officers, source)
    for column, what in (("employment", "employed"), ("funding", "paid")):
        counts = report.totals().groupby(column)["officers"].sum()
        told = "; ".join(f"{word}: {count}" for word, count in counts.items())
        yield _public(Part.ACTIVITIES, f"How they are {what}", told, source)
    if report.certified is not None and report.certified < report.officers:
        yield BoardFigure(
            part=Part.CHALLENGES,
            label="Officers without certification",
            value=str(report.officers - report.certified),
            source=source,
        )


def figures_of_law(campuses: CampusLaw) -> Iterator[BoardFigure]:
    """The law in figures: campuses by what the plan and the approvals give them."""
    if campuses.law is None:
        return
    source = (
        f"{campuses.law.campus_source}; the plan and the approvals, {date_in_words(campuses.on)}"
    )
    counts = dict(campuses.count_planned().itertuples(index=False, name=None))
    for standing, part in (
        (Standing.APPROVED, Part.CHALLENGES),
        (Standing.NEITHER, Part.NEEDS),
    ):
        if counts.get(str(standing), 0):
            label = {
                Standing.APPROVED: "Campuses with an approved arrangement in place of an officer",
                Standing.NEITHER: "Campuses with neither an officer nor an approved arrangement",
            }[standing]
            yield _public(part, label, counts[str(standing)], source)
    if campuses.with_roster:
        empty = campuses.table["planned"].eq(Standing.OFFICER)
        vacant = int((empty & ~campuses.table["standing"].eq(Standing.OFFICER)).sum())
        if vacant:
            yield BoardFigure(
                part=Part.CHALLENGES,
                label="Campuses whose post nobody may fill today",
                value=str(vacant),
                source=f"the roster, {date_in_words(campuses.on)}",
            )


def figures_of_option(label: str, values: Mapping[str, float]) -> Iterator[BoardFigure]:
    """What an option of a comparison needs and is computed to give.

    Parameters
    ----------
    label
        Its name.
    values
        Its public figures by the columns of a comparison, as they were rounded for publication.
    """
    for key in _OPTION_FIGURES:
        figure = find_figure(key)
        if figure is not None and not math.isnan(values.get(key, math.nan)):
            shown = figure.present(values)
            yield _public(Part.NEEDS, figure.label, shown, f"the comparison: {label}")


_OPTION_FIGURES: Final = (
    *("officers", "annual_cost_usd", "startup_cost_usd", "mean_response_s", "p90_response_s"),
)
"""Figures of the comparison that a board decides on."""


def figures_of_goals(table: pd.DataFrame, *, restricted: bool = True) -> Iterator[BoardFigure]:
    """How far each goal is; one without a value is not shown.

    Parameters
    ----------
    table
        ``goal``, ``measure``, ``exposure_unit``, ``per``, ``value``, ``low`` and ``high`` (the
        ends of its interval), ``direction``, ``target``, ``state`` and ``source``.
    restricted
        Whether the table may not be published; one with small counts may not.
    """
    for row in table.to_dict("records"):
        if pd.isna(row["value"]):
            continue
        share, unit = is_share(row), unit_of(row)
        value, low, high, target = (
            amount_words(row[key], share=share) for key in ("value", "low", "high", "target")
        )
        span = f" ({low} to {high})" if low and high else ""
        told = f"{value}{span} {unit}".rstrip()
        yield BoardFigure(
            part=Part.PROGRESS,
            label=str(row["goal"]),
            value=f"{row['state']}: {told}, target {row['direction']} {target}",
            source=str(row["source"] or "the goals"),
            restricted=restricted,
        )


def figures_of_due(table: pd.DataFrame) -> Iterator[BoardFigure]:
    """The duties in figures: those that are overdue; see `zoning.due.due_table`.

    Single duties that may be published are named, but for the report itself; of the others there
    is a number.
    """
    is_this = table["duty"].str.startswith(BOARD_REPORT)
    overdue = table[(table["state"] == "overdue") & ~is_this.astype(bool)]
    for row in overdue[~overdue["restricted"].astype(bool)].to_dict("records"):
        duty = f"{row['duty'][:1].upper()}{row['duty'][1:]}"
        yield _public(
            Part.NEXT_STEPS, duty, f"overdue since {date_in_words(row['due'])}", row["source"]
        )
    others = int(overdue["restricted"].astype(bool).sum())
    if others:
        yield BoardFigure(
            part=Part.NEXT_STEPS,
            label="Duties overdue for single officers or campuses",
            value=f"{others:,}",
            source="the list of duties",
        )


def _public(part: Part, label: str, value: object, source: str) -> BoardFigure:
    shown = f"{value:,}" if isinstance(value, int) else str(value)
    return BoardFigure(part=part, label=label, value=shown, source=source, restricted=False)
