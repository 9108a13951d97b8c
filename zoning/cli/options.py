"""The options of district, costs, solver and results: names, and what their help says."""

from __future__ import annotations

import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from zoning.cli.driving import Delays
from zoning.cli.finished import take_settings
from zoning.editions import Edition
from zoning.maps import Size
from zoning.reports import Extra
from zoning.zones import SolverLimits


class TileChoice(StrEnum):
    """Backgrounds that are known by name."""

    OPENSTREETMAP = "openstreetmap"


DEFAULT_LIMITS = SolverLimits()

_DISTRICT = "The district"
_CALLS_AND_COSTS = "Calls and costs"
_SOLVER = "Solver"
_RESULTS = "Results"

DistrictName = Annotated[
    str | None,
    typer.Option(
        "--district",
        metavar="NAME",
        help="A district whose data ship with zoning: jefferson.",
        rich_help_panel=_DISTRICT,
    ),
]
SchoolsFile = Annotated[
    Path | None,
    typer.Option(
        "--schools",
        metavar="FILE",
        help="Your schools: CSV or a workbook (.xlsx, .xls, .ods; FILE.xlsx#SHEET names the sheet) "
        "with latitude and longitude, GeoJSON, GeoPackage, Shapefile (also zipped), File "
        "Geodatabase, KML, FlatGeobuf, Esri JSON or GeoParquet.",
        rich_help_panel=_DISTRICT,
    ),
]
Streets = Annotated[
    Path | None,
    typer.Option(
        "--streets",
        metavar="FILE",
        help="Streets built by zoning network build, or a folder of street tables. Without "
        "streets, travel times are a straight-line estimate, and every output says so.",
        rich_help_panel=_DISTRICT,
    ),
]
KeepIslands = Annotated[
    bool,
    typer.Option(
        "--keep-islands",
        help="Join schools to the nearest street even where it is cut off from the rest. Without "
        "it they are joined to the nearest street that is not, and named in a notice.",
        rich_help_panel=_DISTRICT,
    ),
]
PatrolProfile = Annotated[
    Path | None,
    typer.Option(
        "--patrol-profile",
        metavar="NAME|FILE",
        help="How officers drive on patrol: free_flow (if not given), school_arrival, midday, "
        "school_dismissal, emergency, or a CSV file or workbook of your own factors and delays.",
        rich_help_panel=_DISTRICT,
    ),
]
EmergencyProfile = Annotated[
    Path | None,
    typer.Option(
        "--emergency-profile",
        metavar="NAME|FILE",
        help="How officers drive to a call; emergency if not given. Zones are drawn on it.",
        rich_help_panel=_DISTRICT,
    ),
]
DelaysChoice = Annotated[
    Delays | None,
    typer.Option(
        "--delays",
        help="Whether signals, signs and crossings cost time: street, our default seconds for "
        "each; none. If not given, they do where speeds are posted limits, and do not where "
        "speeds include stops.",
        rich_help_panel=_DISTRICT,
    ),
]
OutlineFile = Annotated[
    Path | None,
    typer.Option(
        "--outline",
        metavar="FILE",
        help="Polygon of the district; zones are drawn inside it.",
        rich_help_panel=_DISTRICT,
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="NAME=COLUMN",
        help="Our column NAME is called COLUMN in your school file, for example "
        "school_id=SiteCode; nothing after = uses none. Repeat for more.",
        rich_help_panel=_DISTRICT,
    ),
]
Levels = Annotated[
    list[str] | None,
    typer.Option(
        "--level",
        metavar="VALUE=LEVEL",
        help="A VALUE of the level column in your school file is elementary, k-8, middle, "
        "secondary (6-12), high, combined (K-12) or 'leave out', for example EC=k-8. Repeat for "
        "more.",
        rich_help_panel=_DISTRICT,
    ),
]
System = Annotated[
    str | None,
    typer.Option(
        "--crs",
        metavar="EPSG:CODE",
        help="Coordinate system of x and y in your school file, or of a file that names none.",
        rich_help_panel=_DISTRICT,
    ),
]
Name = Annotated[
    str | None,
    typer.Option(
        "--name",
        metavar="TEXT",
        help="Name of the district on the map.",
        rich_help_panel=_DISTRICT,
    ),
]
State = Annotated[
    str | None,
    typer.Option(
        "--state",
        metavar="KY",
        help="Two letters of the state; schools must lie in it.",
        rich_help_panel=_DISTRICT,
    ),
]
CallsPerSchoolDay = Annotated[
    float,
    typer.Option(
        "--calls-per-school-day",
        metavar="NUMBER",
        help="Calls for an officer, per school and day. The default is Boston's; published "
        "figures run from 0.10 to 0.55.",
        rich_help_panel=_CALLS_AND_COSTS,
    ),
]
CostPerOfficer = Annotated[
    float | None,
    typer.Option(
        "--cost-per-officer",
        metavar="DOLLARS",
        help="All-in cost of an officer a year; 150000, range 85000 to 200000, if not given.",
        rich_help_panel=_CALLS_AND_COSTS,
    ),
]
CostRange = Annotated[
    tuple[float, float] | None,
    typer.Option(
        "--cost-range",
        metavar="LOW HIGH",
        help="Range of that cost; a cost of your own has none if not given.",
        rich_help_panel=_CALLS_AND_COSTS,
    ),
]
ReliefFactor = Annotated[
    float | None,
    typer.Option(
        "--relief-factor",
        metavar="NUMBER",
        help="Officers employed for each post, to cover leave and training; 1.15 if not given.",
        rich_help_panel=_CALLS_AND_COSTS,
    ),
]
PoliceMean = Annotated[
    float | None,
    typer.Option(
        "--police-mean-min",
        metavar="MINUTES",
        help="Mean response of the outside police, for the option without district officers; "
        "not shown if not given.",
        rich_help_panel=_CALLS_AND_COSTS,
    ),
]
PoliceMedian = Annotated[
    float | None,
    typer.Option(
        "--police-median-min",
        metavar="MINUTES",
        help="Their median response.",
        rich_help_panel=_CALLS_AND_COSTS,
    ),
]
PoliceP90 = Annotated[
    float | None,
    typer.Option(
        "--police-p90-min",
        metavar="MINUTES",
        help="Their 90th percentile.",
        rich_help_panel=_CALLS_AND_COSTS,
    ),
]
PoliceSource = Annotated[
    str,
    typer.Option(
        "--police-source",
        metavar="TEXT",
        help="Where these figures come from; shown on the map.",
        rich_help_panel=_CALLS_AND_COSTS,
    ),
]
TimeLimit = Annotated[
    float,
    typer.Option(
        "--time-limit",
        metavar="SECONDS",
        help="Longest search for the zones of one option; then the best plan so far counts.",
        rich_help_panel=_SOLVER,
    ),
]
Gap = Annotated[
    float,
    typer.Option(
        "--gap",
        metavar="PERCENT",
        help="Stop when the plan is proved this close to the best; 0.0001 if not given.",
        show_default=False,
        rich_help_panel=_SOLVER,
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        "--seed",
        min=0,
        max=2**31 - 1,
        metavar="N",
        help="Seed of the solvers; public files do not show it.",
        rich_help_panel=_SOLVER,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FOLDER",
        help="Where the files go. If not given: zoning-plan, zoning-comparison and so on, with "
        "-restricted behind it for that edition.",
        show_default=False,
        rich_help_panel=_RESULTS,
    ),
]
Force = Annotated[
    bool,
    typer.Option(
        "--force",
        help="Replace the files of an earlier run of the same edition in that folder.",
        rich_help_panel=_RESULTS,
    ),
]
Earlier = Annotated[
    list[Path] | None,
    typer.Option(
        "--earlier",
        metavar="FOLDER",
        help="A folder of a public run that was released before; repeatable. Says whether it and "
        "this run together tell the response at single schools.",
        rich_help_panel=_RESULTS,
    ),
]
EditionChoice = Annotated[
    Edition,
    typer.Option(
        "--edition",
        help="public can be handed to anyone; restricted adds routes, visit times and per-school "
        "response, with a mark, and must stay inside.",
        rich_help_panel=_RESULTS,
    ),
]
Date = Annotated[
    datetime.datetime | None,
    typer.Option(
        "--date",
        formats=["%Y-%m-%d"],
        metavar="YYYY-MM-DD",
        help="The date that maps, slides and tables carry; today if not given.",
        rich_help_panel=_RESULTS,
    ),
]
Title = Annotated[
    str | None,
    typer.Option(
        "--title",
        metavar="TEXT",
        help="Heading of the maps and slides; a plain one if not given.",
        rich_help_panel=_RESULTS,
    ),
]
Also = Annotated[
    list[Extra] | None,
    typer.Option(
        "--also",
        help="Write these too: an Excel workbook, a GeoPackage with QGIS styles, maps as PNG and "
        "SVG. Excel and pictures need pip install 'zoning[report]'. Repeat for more.",
        rich_help_panel=_RESULTS,
    ),
]
MapSize = Annotated[
    Size,
    typer.Option(
        "--map-size",
        help="page fills a window; slide is made for 1280 by 720 pixels, with large type.",
        rich_help_panel=_RESULTS,
    ),
]
TileServer = Annotated[
    TileChoice | None,
    typer.Option(
        "--tiles",
        help="A background map from the network. Its server sees the address of whoever opens the "
        "map; without this the maps ask nothing of anyone.",
        rich_help_panel=_RESULTS,
    ),
]
Template = Annotated[
    Path | None,
    typer.Option(
        "--template",
        metavar="FILE",
        help="A PowerPoint file of the district whose look the slides take.",
        rich_help_panel=_RESULTS,
    ),
]
Proposed = Annotated[
    str | None,
    typer.Option(
        "--propose",
        metavar="OPTION",
        help="The option that is proposed, for example zones-30: the slides say what it changes.",
        rich_help_panel=_RESULTS,
    ),
]
InsteadOf = Annotated[
    str | None,
    typer.Option(
        "--instead-of",
        metavar="OPTION",
        help="The option it is compared with, for example the one closest to today's staffing.",
        rich_help_panel=_RESULTS,
    ),
]
Finished = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="FOLDER",
        is_eager=True,
        callback=take_settings,
        help="A finished comparison: its zones and settings are taken, and nothing is solved "
        "again. The files it was made from must not have changed.",
        rich_help_panel=_RESULTS,
    ),
]
CheckOut = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FOLDER",
        help="Write the broken rules and the travel to each building there; these files are "
        "restricted.",
        rich_help_panel=_RESULTS,
    ),
]
StrictExit = Annotated[
    bool,
    typer.Option(
        "--strict-exit",
        help="Exit with status 4 if the plan breaks a rule, for scripts.",
        rich_help_panel=_RESULTS,
    ),
]
