"""The options about zones: what each is called and what its help says."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from zoning.zones import AlignmentMode, Objective

_ZONES = "Zones"
_RULES = "Rules and today's plan"


class Presence(StrEnum):
    """How an officer's time in a zone is shared among its buildings."""

    EQUAL = "equal"
    DEMAND = "demand"


PlanFile = Annotated[
    Path,
    typer.Argument(
        metavar="PLAN",
        help="A plan, drawn by hand or written by zoning: CSV or a workbook (FILE.xlsx#SHEET names "
        "the sheet) with building_id and zone_id, or GeoJSON, GeoPackage or Shapefile with points "
        "or zones.",
        show_default=False,
    ),
]
Building = Annotated[
    str,
    typer.Argument(metavar="BUILDING", help="Its id or its name.", show_default=False),
]
Others = Annotated[
    int, typer.Option("--others", min=1, metavar="N", help="How many other zones to show.")
]
ZoneNumber = Annotated[
    str | None,
    typer.Option(
        "--zones",
        metavar="N|N-N",
        help="How many patrol zones, 30, or from how many to how many, 21-30; the fewest possible "
        "if not given.",
        rich_help_panel=_ZONES,
    ),
]
ZoneNumberOfPlan = Annotated[
    str | None,
    typer.Option(
        "--zones",
        metavar="N|N-N",
        help="How many patrol zones there should be, 30 or 21-30; as many as the plan has if not "
        "given.",
        rich_help_panel=_ZONES,
    ),
]
ZoneNumbers = Annotated[
    list[str] | None,
    typer.Option(
        "--zones",
        metavar="N|N-N",
        help="A number of patrol zones to compare, or the best of a range, 21-30; repeat for more. "
        "If not given: zones of 7, 4.8 and 3.6 buildings on average.",
        rich_help_panel=_ZONES,
    ),
]
MinSize = Annotated[
    int,
    typer.Option(
        "--min-size", min=1, metavar="N", help="Fewest buildings in a zone.", rich_help_panel=_ZONES
    ),
]
MaxSize = Annotated[
    str,
    typer.Option(
        "--max-size",
        metavar="N|none",
        help="Most buildings in a zone.",
        rich_help_panel=_ZONES,
    ),
]
ObjectiveChoice = Annotated[
    Objective,
    typer.Option(
        "--objective",
        help="What the best zones are: patrol, calls wait least for an officer who drives round; "
        "station, for one who waits at the best building; worst, the longest drive inside any zone "
        "is shortest.",
        rich_help_panel=_ZONES,
    ),
]
PresenceChoice = Annotated[
    Presence,
    typer.Option(
        "--presence",
        help="An officer on patrol is at every building of the zone equally, or by its demand for "
        "calls.",
        rich_help_panel=_ZONES,
    ),
]
AlignmentChoice = Annotated[
    AlignmentMode,
    typer.Option(
        "--alignment",
        help="Schools outside their feeder high school's zone: prefer gives each a price, strict "
        "allows none, off ignores feeders.",
        rich_help_panel=_ZONES,
    ),
]
AlignmentPrice = Annotated[
    float | None,
    typer.Option(
        "--alignment-price",
        metavar="MINUTES",
        help="With prefer: the travel time that one school outside its feeder's zone is worth; 1.5 "
        "if not given.",
        rich_help_panel=_ZONES,
    ),
]
Dedicated = Annotated[
    list[str] | None,
    typer.Option(
        "--dedicated",
        metavar="SCHOOL",
        help="A school, by id or name, with an officer of its own, outside the zones; repeat for "
        "more.",
        rich_help_panel=_ZONES,
    ),
]
DedicatedOfPlan = Annotated[
    list[str] | None,
    typer.Option(
        "--dedicated",
        metavar="SCHOOL",
        help="A school, by id or name, that should have an officer of its own; those of the plan "
        "if not given.",
        rich_help_panel=_ZONES,
    ),
]
LongestDrive = Annotated[
    float | None,
    typer.Option(
        "--longest-drive",
        metavar="MINUTES",
        help="No two buildings of a zone are farther apart.",
        rich_help_panel=_RULES,
    ),
]
Workloads = Annotated[
    list[str] | None,
    typer.Option(
        "--workload",
        metavar="WHAT:PERCENT",
        help="calls:20 or enrollment:20, how far a zone's sum may be from the mean of all zones; "
        "repeat for both.",
        rich_help_panel=_RULES,
    ),
]
RulesFile = Annotated[
    Path | None,
    typer.Option(
        "--rules",
        metavar="FILE",
        help="Rules and prices in a TOML file: schools together or apart, locked zones, workloads "
        "and more.",
        rich_help_panel=_RULES,
    ),
]
RulesFileCompared = Annotated[
    Path | None,
    typer.Option(
        "--rules",
        metavar="FILE",
        help="Rules and prices in a TOML file, for the options that put every building in a zone.",
        rich_help_panel=_RULES,
    ),
]
Start = Annotated[
    Path | None,
    typer.Option(
        "--start",
        metavar="PLAN",
        help="A plan to begin with: today's, or one drawn by hand. The answer is at least as good "
        "if it keeps the rules.",
        rich_help_panel=_RULES,
    ),
]
Today = Annotated[
    Path | None,
    typer.Option(
        "--today",
        metavar="PLAN",
        help="Today's plan, from which moved buildings are counted.",
        rich_help_panel=_RULES,
    ),
]
TodayOrPlan = Annotated[
    Path | None,
    typer.Option(
        "--today",
        metavar="PLAN",
        help="Today's plan, from which moved buildings are counted; PLAN itself if not given.",
        rich_help_panel=_RULES,
    ),
]
MostMoved = Annotated[
    int | None,
    typer.Option(
        "--most-moved",
        min=0,
        metavar="N",
        help="At most so many buildings leave their zone of today.",
        rich_help_panel=_RULES,
    ),
]
MovePrice = Annotated[
    float | None,
    typer.Option(
        "--move-price",
        metavar="MINUTES",
        help="The travel time that keeping one building in its zone of today is worth.",
        rich_help_panel=_RULES,
    ),
]
