"""The sheets of a workbook that only the restricted edition has."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from zoning.disclosure import RestrictedView
from zoning.editions import EXAMPLE_DAY, Edition
from zoning.reports.workbook_sheets import (
    PRESENCE,
    Column,
    Subject,
    assumptions,
    by_group,
    figure_columns,
    notes,
    plans,
)
from zoning.staffing import OptionOutcome
from zoning.staffing.figures import FIGURES
from zoning.units import clock

SLOWEST_SHOWN = 10


def restricted_subjects(view: RestrictedView) -> list[Subject]:
    """The sheets of the restricted edition, but the first."""
    return [
        *plans(view.public),
        _whole_equity(view),
        assumptions(view.public),
        notes(view.public),
        _restricted_figures(view),
        _visits(view),
        _responses(view),
        _slowest(view),
    ]


def _whole_equity(view: RestrictedView) -> Subject:
    labels = {option.option_id: option.label for option in view.public.options}
    columns = ["students", "officer_minutes", "presence_index", "mean_response_s"]
    return Subject(
        name="Equity",
        meaning="Officer presence and mean response by group of students, also where the public "
        f"edition withholds them. {PRESENCE}",
        columns=(
            Column("Option", width=32),
            Column("Students", width=34),
            Column("Number of students", "count"),
            Column("Officer minutes a day", "ratio"),
            Column("Presence index", "ratio"),
            Column("Mean response", "minutes"),
        ),
        rows=tuple(by_group(view.comparison.equity(), columns, labels)),
    )


def _restricted_figures(view: RestrictedView) -> Subject:
    listed = [figure for figure in FIGURES if figure.edition is Edition.RESTRICTED]
    columns = [column for figure in listed for column in figure.columns]
    return Subject(
        name="Restricted figures",
        meaning="One row a staffing option, with the figures that may not be published.",
        columns=(
            Column("Option", width=32),
            *(column for figure in listed for column in figure_columns(figure)),
        ),
        rows=tuple(
            (outcome.label, *(outcome.figures.get(column, math.nan) for column in columns))
            for outcome in view.comparison.outcomes
        ),
    )


def _visits(view: RestrictedView) -> Subject:
    names = view.public.schools["name"]
    time = partial(clock, to_the_second=True)
    rows = [
        (
            outcome.label,
            row["zone_id"],
            row["stop"],
            row["building_id"],
            names.get(row["building_id"], ""),
            time(row["arrival_s"]),
            time(row["departure_s"]),
            row["dwell_s"],
            row["travel_s"],
            "no bell time given"
            if row["building_id"] not in with_bells
            else "yes"
            if row["in_arrival_window"]
            else "no",
        )
        for outcome in view.comparison.outcomes
        if outcome.schedule is not None
        for with_bells in [outcome.schedule.bell_building_ids]
        for row in outcome.schedule.to_frame().to_dict("records")
    ]
    return Subject(
        name="Visits",
        meaning=f"Every visit of every officer. {EXAMPLE_DAY}",
        columns=(
            Column("Option", width=32),
            Column("Zone", width=16),
            Column("Stop", "count"),
            Column("Building", width=14),
            Column("School", width=44),
            Column("Arrival", width=11),
            Column("Departure", width=11),
            Column("At the school", "minutes"),
            Column("Drive there", "minutes"),
            Column("At the start of school", width=14),
        ),
        rows=tuple(rows),
    )


_RESPONSE_COLUMNS = (
    Column("Option", width=32),
    Column("Zone", width=16),
    Column("Building", width=14),
    Column("School", width=44),
    Column("Mean response", "minutes"),
    Column("Median response", "minutes"),
    Column("90th percentile", "minutes"),
)


def _responses(view: RestrictedView) -> Subject:
    return Subject(
        name="Response by building",
        meaning="The response at each school building.",
        columns=_RESPONSE_COLUMNS,
        rows=tuple(row for o in view.comparison.outcomes for row in _response_rows(view, o)),
    )


def _slowest(view: RestrictedView) -> Subject:
    rows: list[tuple[Any, ...]] = []
    for outcome in view.comparison.outcomes:
        slow = [row for row in _response_rows(view, outcome) if not math.isnan(row[4])]
        rows += sorted(slow, key=lambda row: -row[4])[:SLOWEST_SHOWN]
    return Subject(
        name="Slowest",
        meaning=f"The {SLOWEST_SHOWN} school buildings with the longest mean response, by option.",
        columns=_RESPONSE_COLUMNS,
        rows=tuple(rows),
    )


def _response_rows(view: RestrictedView, outcome: OptionOutcome) -> list[tuple[Any, ...]]:
    if outcome.response is None:
        return []
    names = view.public.schools["name"]
    columns = ["zone_id", "mean_s", "median_s", "p90_s"]
    table = outcome.response.buildings[columns]
    return [
        (outcome.label, zone_id, building, names.get(building, ""), *seconds)
        for building, (zone_id, *seconds) in zip(
            table.index, table.itertuples(index=False, name=None), strict=True
        )
    ]
