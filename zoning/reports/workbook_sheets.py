"""What the sheets of a workbook hold, one subject each, before any formatting."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import pandas as pd

from zoning.disclosure import PublicView, option_change
from zoning.reports.board_text import describe_equal_waits
from zoning.staffing.figures import UNBEATEN, WITHHELD, Figure
from zoning.units import METRES_PER_MILE

Kind = Literal["text", "count", "ratio", "dollars", "minutes", "share", "miles"]
_UNIT = {"dollars": "$", "minutes": "minutes", "share": "%", "miles": "miles"}
_PER = {"minutes": 60.0, "miles": METRES_PER_MILE}
_RATIOS = {"buildings_per_post"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: what stands above it and how its numbers are shown."""

    head: str
    kind: Kind = "text"
    width: float = 0.0

    @property
    def title(self) -> str:
        """The heading with its unit."""
        unit = _UNIT.get(self.kind)
        return self.head if unit is None else f"{self.head} ({unit})"

    def value(self, value: Any) -> str | float | None:
        """A cell: text, a number in the column's unit, or None for not computed."""
        if self.kind == "text" or isinstance(value, str):
            return str(value)
        number = float(value)
        if not math.isfinite(number):
            return None
        return number if self.kind == "count" else round(number / _PER.get(self.kind, 1.0), 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A sheet: its name, what it holds in a sentence, its columns and rows."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]


def public_subjects(view: PublicView) -> list[Subject]:
    """The sheets of every edition, but the first."""
    return [*plans(view), _equity(view), assumptions(view), notes(view)]


def plans(view: PublicView) -> list[Subject]:
    """Options, zones, schools and what changes for them."""
    return [
        _options(view),
        _zones(view),
        _schools(view),
        _changes(view),
    ]


def _options(view: PublicView) -> Subject:
    listed, beaten = view.figures, view.some_dominated
    rows = [
        (
            option.label,
            *(["yes" if option.not_dominated else "no"] if beaten else []),
            *(
                WITHHELD if column in option.withheld else option.values.get(column, math.nan)
                for f in listed
                for column in f.columns
            ),
            option.description,
            option.proof,
        )
        for option in view.options
    ]
    return Subject(
        name="Options",
        meaning="One row a staffing option, with every figure that may be published. Low and high "
        "are the ends of the range under other assumptions."
        + (f" Not beaten outright: {UNBEATEN}." if beaten else ""),
        columns=(
            Column("Option", width=32),
            *([Column("Not beaten outright", width=12)] if beaten else []),
            *(column for figure in listed for column in figure_columns(figure)),
            Column("What it is", width=60),
            Column("How good its zones are known to be", width=60),
        ),
        rows=tuple(rows),
    )


def figure_columns(figure: Figure) -> Iterator[Column]:
    """A figure and the ends of its range."""
    for column, end in zip(figure.columns, ("", ", low", ", high"), strict=False):
        yield Column(f"{figure.label}{end}", _kind(column))


def _kind(column: str) -> Kind:
    if column.endswith("_usd"):
        return "dollars"
    if column.startswith("share_within_") or column.endswith(("_share", "_fraction")):
        return "share"
    if column.endswith("_s"):
        return "minutes"
    if column.endswith("_m"):
        return "miles"
    return "ratio" if column in _RATIOS else "count"


def _zones(view: PublicView) -> Subject:
    names = view.schools["name"]
    rows = [
        (
            option.label,
            zone_id,
            zone["label"],
            "stays all day" if zone["kind"] == "dedicated" else "patrols",
            zone["high_school"] or "",
            len(zone["building_ids"]),
            "; ".join(names[building] for building in zone["building_ids"]),
        )
        for option in view.options
        for zone_id, zone in option.zones.drop(columns="geometry").to_dict("index").items()
    ]
    return Subject(
        name="Zones",
        meaning="One row a zone of an option: its officer, its high school and its schools.",
        columns=(
            Column("Option", width=32),
            Column("Zone", width=16),
            Column("Label on the map", width=12),
            Column("Officer", width=14),
            Column(view.high_school_heading, width=30),
            Column("Buildings", "count"),
            Column("Schools", width=90),
        ),
        rows=tuple(rows),
    )


def _schools(view: PublicView) -> Subject:
    drawn = [option for option in view.options if len(option.zones)]
    columns = [Column("Building", width=14), Column("School", width=44), Column("Level", width=14)]
    for option in drawn:
        columns += [
            Column(f"{option.label}: zone", width=16),
            Column(f"{option.label}: officer", width=16),
        ]
    zones = [option.places["zone_id"].to_dict() for option in drawn]
    posts = [option.places["full_time_officer"].to_dict() for option in drawn]
    rows = [
        (
            building,
            name,
            level,
            *(
                cell
                for zone, post in zip(zones, posts, strict=True)
                for cell in (
                    zone.get(building, "none"),
                    "" if building not in post else "all day" if post[building] else "patrol",
                )
            ),
        )
        for building, name, level in zip(
            view.schools.index, view.schools["name"], view.schools["level"], strict=True
        )
    ]
    return Subject(
        name="Schools",
        meaning="One row a school building: its zone and its officer in each option.",
        columns=tuple(columns),
        rows=tuple(rows),
    )


def _changes(view: PublicView) -> Subject:
    drawn = [option for option in view.options if len(option.zones)]
    rows = []
    for one, other in pairwise(drawn):
        schools = option_change(view, one.option_id, other.option_id).schools
        rows += [
            (one.label, other.label, building, *row)
            for building, row in zip(
                schools.index,
                schools[["name", "level", "change", "before", "after"]].itertuples(
                    index=False, name=None
                ),
                strict=True,
            )
        ]
    return Subject(
        name="Changes",
        meaning="What each option changes for each school, compared with the option before it.",
        columns=(
            Column("From", width=30),
            Column("To", width=30),
            Column("Building", width=14),
            Column("School", width=44),
            Column("Level", width=14),
            Column("Change", width=36),
            Column("Before", width=46),
            Column("After", width=46),
        ),
        rows=tuple(rows),
    )


PRESENCE = (
    "Presence index: officer time at the schools of a student of the group, over that of all "
    "students."
)


def _equity(view: PublicView) -> Subject:
    labels = {option.option_id: option.label for option in view.options}
    columns = ["students", "presence_index", "mean_response_s", "withheld"]
    return Subject(
        name="Equity",
        meaning=f"Officer presence and mean response by group of students. {PRESENCE}"
        + "".join(f" {sentence}" for sentence in describe_equal_waits(view)),
        columns=(
            Column("Option", width=32),
            Column("Students", width=34),
            Column("Number of students", "count"),
            Column("Presence index", "ratio"),
            Column("Mean response", "minutes"),
            Column("Withheld", width=60),
        ),
        rows=tuple(by_group(view.equity, columns, labels)),
    )


def by_group(
    equity: pd.DataFrame, columns: list[str], labels: Mapping[str, str]
) -> Iterator[tuple[Any, ...]]:
    """Label, group and columns of a table by option and group."""
    if equity.empty:
        return
    shown = equity[columns]
    for (option_id, group), row in zip(
        shown.index, shown.itertuples(index=False, name=None), strict=True
    ):
        if option_id in labels:
            yield (labels[option_id], group, *row)


def assumptions(view: PublicView) -> Subject:
    """What the figures rest on."""
    return Subject(
        name="Assumptions",
        meaning="What the figures rest on. A default is a general starting value, not a "
        "fact about the district.",
        columns=(
            Column("Assumption", width=60),
            Column("Value", width=18),
            Column("Range used", width=24),
            Column("Where it comes from", width=28),
        ),
        rows=tuple(view.assumptions.itertuples(index=False, name=None)),
    )


def notes(view: PublicView) -> Subject:
    """Cautions and notices."""
    return Subject(
        name="Notes",
        meaning="What to know before using the figures.",
        columns=(Column("Note", width=105),),
        rows=tuple((note,) for note in (*view.cautions, *view.notices)),
    )
