"""The options of ``zoning network``: what each is called and what its help says."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from zoning.roads.reading import SourceKind
from zoning.roads.sources import ServiceRoads, SpeedUnit

_SOURCE = "The source"
_STREETS = "Which streets, and what is not known about them"
_COLUMNS = "Centrelines and GMNS tables"
_RESULT = "Result"


class SpeedsAre(StrEnum):
    """What the speeds that come with the data are."""

    LIMITS = "limits"
    MEASURED = "measured"


NetworkFile = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="A built network, or a folder of street tables."),
]
Source = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="An OpenStreetMap extract (.osm, .osm.pbf), a graph of OSMnx (.graphml, .gpkg), "
        "street centrelines (.shp, .gpkg, .gdb, .geojson and others, also zipped), a folder of "
        "street tables (ours or GMNS), or with --kind place a name to download, such as "
        "'Albemarle County, Virginia, USA'.",
    ),
]
Kind = Annotated[
    SourceKind | None,
    typer.Option(
        "--kind",
        help="What SOURCE is; told from its ending or its files if not given.",
        rich_help_panel=_SOURCE,
    ),
]
Title = Annotated[
    str | None,
    typer.Option(
        "--title",
        metavar="TEXT",
        help="Where the streets come from, for readers of the map.",
        rich_help_panel=_SOURCE,
    ),
]
Attribution = Annotated[
    str | None,
    typer.Option(
        "--attribution",
        metavar="TEXT",
        help="What every map must say about the streets; OpenStreetMap's is known.",
        rich_help_panel=_SOURCE,
    ),
]
Service = Annotated[
    ServiceRoads,
    typer.Option(
        "--service",
        help="Which service roads are streets: through leaves out driveways, parking aisles and "
        "the like.",
        rich_help_panel=_STREETS,
    ),
]
Private = Annotated[
    bool,
    typer.Option("--private", help="Private roads are streets too.", rich_help_panel=_STREETS),
]
LargestOnly = Annotated[
    bool,
    typer.Option(
        "--largest-only",
        help="Leave out what is cut off from the largest connected part.",
        rich_help_panel=_STREETS,
    ),
]
Merge = Annotated[
    bool | None,
    typer.Option(
        "--merge/--no-merge",
        help="Whether alike links become one where no other street meets them; if not given, only "
        "those of OpenStreetMap.",
        rich_help_panel=_STREETS,
    ),
]
Area = Annotated[
    str | None,
    typer.Option(
        "--area",
        metavar="KIND",
        help="urban, suburban or rural throughout; told from the density of junctions if not "
        "given.",
        rich_help_panel=_STREETS,
    ),
]
Plausible = Annotated[
    tuple[float, float],
    typer.Option(
        "--plausible-kmh",
        metavar="LOW HIGH",
        help="Speeds to believe, km/h; others are treated as unknown.",
        rich_help_panel=_STREETS,
    ),
]
Speeds = Annotated[
    SpeedsAre | None,
    typer.Option(
        "--speeds",
        help="What the speeds in SOURCE are: posted limits, which are driven with delays at "
        "signals, signs and crossings; or measured over whole trips, with the stops in them. If "
        "not given, limits; of plain street tables, measured.",
        rich_help_panel=_STREETS,
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="NAME=COLUMN",
        help="Our NAME (speed, oneway, road_class, name, area, level, level_from, level_to, "
        "bridge, tunnel) is called COLUMN in the file of centrelines; nothing after = uses none. "
        "Repeat for more.",
        rich_help_panel=_COLUMNS,
    ),
]
Unit = Annotated[
    SpeedUnit | None,
    typer.Option("--speed-unit", help="Unit of speeds that name none.", rich_help_panel=_COLUMNS),
]
LengthUnit = Annotated[
    str | None,
    typer.Option(
        "--length-unit",
        metavar="m|km|mi|ft",
        help="Unit of lengths in GMNS tables.",
        rich_help_panel=_COLUMNS,
    ),
]
Classes = Annotated[
    list[str] | None,
    typer.Option(
        "--class",
        metavar="VALUE=CLASS",
        help="A value of the class column is freeway, arterial, collector, local, service, ramp, "
        "private or 'leave out'. Repeat for more.",
        rich_help_panel=_COLUMNS,
    ),
]
OnewayCodes = Annotated[
    list[str] | None,
    typer.Option(
        "--oneway",
        metavar="CODE=MEANING",
        help="A one-way code of centrelines is B (both), FT (as drawn), TF (against) or closed. "
        "Repeat for more.",
        rich_help_panel=_COLUMNS,
    ),
]
System = Annotated[
    str | None,
    typer.Option(
        "--crs",
        metavar="CODE",
        help="Coordinate system of a file that names none, such as EPSG:2246.",
        rich_help_panel=_COLUMNS,
    ),
]
Layer = Annotated[
    str | None,
    typer.Option(
        "--layer", metavar="NAME", help="Layer of a file with several.", rich_help_panel=_COLUMNS
    ),
]
Snap = Annotated[
    float,
    typer.Option(
        "--snap",
        metavar="METRES",
        help="Ends of centrelines this near to each other are one place.",
        rich_help_panel=_COLUMNS,
    ),
]
Crossings = Annotated[
    bool | None,
    typer.Option(
        "--crossings/--no-crossings",
        help="Whether centrelines also meet where they cross at one level, not only at their "
        "ends; told from the file if not given.",
        rich_help_panel=_COLUMNS,
    ),
]
Out = Annotated[
    Path,
    typer.Option("--out", metavar="FILE", help="Where the network goes.", rich_help_panel=_RESULT),
]
Tolerance = Annotated[
    float,
    typer.Option(
        "--tolerance",
        metavar="METRES",
        help="Dead ends this near to a junction that no street joins them to are joined to it.",
    ),
]
ProblemsOut = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FILE",
        help="Write the places to look at there, as GeoJSON for a GIS.",
        rich_help_panel=_RESULT,
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Replace that file.", rich_help_panel=_RESULT)]
