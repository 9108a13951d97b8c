"""The commands about streets: ``zoning network build``, ``info``, ``check`` and ``snap``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

import typer
from rich.text import Text

import zoning
from zoning.cli.district_request import SchoolsRequest, street_files
from zoning.cli.options import (
    Request,
    RoleAndPath,
    argument,
    make_command,
    option,
    pairs,
    switch,
)
from zoning.cli.screen import (
    EXIT_STATUS,
    PlainCommand,
    PlainGroup,
    Screen,
    collect_notices,
    printable,
)
from zoning.errors import FaultsError, OptionError, OutputError, first_few
from zoning.files import refuse_to_replace, write_whole

if TYPE_CHECKING:
    from zoning.roads.reading import SourceKind

_SOURCE: Final = "The source"
_STREETS: Final = "Streets to include, and defaults for missing data"
_TABLES: Final = "Centrelines and GMNS tables"
_RESULT: Final = "Result"
_MOST_LISTED: Final = 20  # joins listed on the screen: about one screen
_KINDS: Final = ("osm", "place", "centrelines", "gmns", "tables")
_MAPS: Final = ("osm", "place", "centrelines", "gmns")
_ONLY_FOR: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(
        ("service", "private", "largest_only", "merge", "area", "plausible_kph"), _MAPS
    ),
    **dict.fromkeys(("columns", "oneway_codes", "layer", "snap_m", "crossings"), ("centrelines",)),
    **dict.fromkeys(("classes", "speed_unit", "crs"), ("centrelines", "gmns")),
    "length_unit": ("gmns",),
    "attribution": ("centrelines", "gmns", "tables"),
}
"""The kinds of source that use an option; others would silently ignore it."""

network_app = typer.Typer(
    cls=PlainGroup,
    no_args_is_help=True,
    help="Build a street network from a map, show one, check it for your schools, or join dead "
    "ends that nearly meet another street.",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def command(run: Callable[..., None]) -> Callable[..., None]:
    """Add a command about streets."""
    return network_app.command(cls=PlainCommand, epilog=EXIT_STATUS)(make_command(run))


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkRequest(Request):
    """The options of ``zoning network build``; see the readers of `zoning.roads.sources`."""

    panel: ClassVar = _TABLES

    source: str = argument(
        "SOURCE",
        "An OpenStreetMap extract (.osm, .osm.pbf), a graph of OSMnx (.graphml, .gpkg), street "
        "centrelines (.shp, .gpkg, .gdb, .geojson and others, also zipped), a folder of street "
        "tables (ours or GMNS), or with --kind place a name to download, such as 'Albemarle "
        "County, Virginia, USA'.",
    )
    out: Path = option("--out", "FILE", "File for the network.", default=MISSING, panel=_RESULT)
    force: bool = switch("--force", "Replace that file.", panel=_RESULT)
    kind: str | None = option(
        "--kind",
        _KINDS,
        "Format of SOURCE; detected from its ending or its files if not given.",
        panel=_SOURCE,
    )
    title: str | None = option(
        "--title", "TEXT", "Source of the streets, as shown on maps.", panel=_SOURCE
    )
    attribution: str | None = option(
        "--attribution",
        "TEXT",
        "Attribution that every map must show; known for OpenStreetMap.",
        panel=_SOURCE,
    )
    service: str = option(
        "--service",
        ("none", "through", "all"),
        "Service roads to include: through leaves out driveways, parking aisles and the like.",
        default="through",
        panel=_STREETS,
    )
    private: bool = switch("--private", "Include private roads.", panel=_STREETS)
    largest_only: bool = switch(
        "--largest-only",
        "Leave out streets that are cut off from the largest connected part.",
        panel=_STREETS,
    )
    merge: bool | None = switch(
        "--merge/--no-merge",
        "Merge consecutive links of one class and speed where no other street meets them; if not "
        "given, only those of OpenStreetMap.",
        panel=_STREETS,
        default=None,
    )
    area: str | None = option(
        "--area",
        "KIND",
        "Kind of area of all streets: urban, suburban or rural; estimated from the density of "
        "junctions if not given.",
        panel=_STREETS,
    )
    plausible_kph: tuple[float, float] = option(
        "--plausible-kmh",
        "LOW HIGH",
        "Lowest and highest plausible speed, km/h; speeds outside are treated as unknown.",
        default=(5.0, 130.0),
        panel=_STREETS,
    )
    speeds: str | None = option(
        "--speeds",
        ("limits", "measured"),
        "Meaning of the speeds in SOURCE: posted limits, to which delays at signals, stop signs "
        "and crossings are added; or measured over whole trips, stops included. If not given, "
        "measured for plain street tables, else limits.",
        panel=_STREETS,
    )
    columns: Mapping[str, str] = option(
        "--column",
        "NAME=COLUMN",
        "Read NAME (speed, oneway, road_class, name, area, level, level_from, level_to, bridge, "
        "tunnel) from column COLUMN of the centrelines; NAME= reads no column. Repeat for more.",
        repeated=True,
        read=pairs("--column", "NAME=COLUMN", empty=True),
    )
    classes: Mapping[str, str] = option(
        "--class",
        "VALUE=CLASS",
        "VALUE of the class column means freeway, arterial, collector, local, service, ramp, "
        "private or 'leave out'. Repeat for more.",
        repeated=True,
        read=pairs("--class", "A=B", empty=True),
    )
    oneway_codes: Mapping[str, str] = option(
        "--oneway",
        "CODE=MEANING",
        "A one-way code of centrelines means B (both), FT (as drawn), TF (against) or closed. "
        "Repeat for more.",
        repeated=True,
        read=pairs("--oneway", "A=B", empty=True),
    )
    speed_unit: str | None = option(
        "--speed-unit", ("mph", "kmh"), "Unit of speeds written without one."
    )
    length_unit: str | None = option(
        "--length-unit", "m|km|mi|ft", "Unit of lengths in GMNS tables."
    )
    crs: str | None = option(
        "--crs", "CODE", "Coordinate system of a file that names none, such as EPSG:2246."
    )
    layer: str | None = option("--layer", "NAME", "Layer to read from a file with several.")
    snap_m: float = option(
        "--snap",
        "METRES",
        "Join ends of centrelines within this distance of each other.",
        default=0.5,
    )
    crossings: bool | None = switch(
        "--crossings/--no-crossings",
        "Join centrelines also where they cross at one level, or only at their ends; inferred "
        "from the file if not given.",
        default=None,
    )

    def faults(self) -> Iterator[str]:
        """Find options that the source would ignore, and invalid values."""
        try:
            kind = self.source_kind()
        except OptionError as error:
            yield error.headline
            return
        for name, definition in self.changed_options():
            kinds = _ONLY_FOR.get(name, _KINDS)
            if kind not in kinds:
                yield f"{definition.flag} is for {' and '.join(kinds)}, SOURCE is {kind}"
        try:
            self._options()
        except FaultsError as error:
            yield from error.faults or (error.headline,)

    def source_kind(self) -> SourceKind:
        """Find the format of the source.

        Raises `OptionError` if it does not exist, `NetworkError` if it is no source of streets,
        with what to give instead.
        """
        from zoning.roads.reading import SourceKind, kind_of

        if self.kind is not None:
            return SourceKind(self.kind)
        if not Path(self.source).exists():
            raise OptionError(f"{self.source!r} is not there; a place to download is --kind place")
        return kind_of(Path(self.source))

    def build(self) -> zoning.RoadNetwork:
        """Read the source, and set its title and attribution."""
        from zoning.roads.reading import SourceKind
        from zoning.roads.sources.files import unpack

        kind = self.source_kind()
        if kind in {SourceKind.PLACE, SourceKind.CENTRELINES}:
            network = self._read_source(kind, self.source)
        else:
            with unpack(Path(self.source)) as place:
                network = self._read_source(kind, place)
        return replace(
            network,
            source=network.source if self.title is None else self.title,
            attribution=network.attribution if self.attribution is None else self.attribution,
        )

    def _options(self) -> zoning.BuildOptions:
        from zoning.roads.sources import ServiceRoads

        return zoning.BuildOptions(
            service=ServiceRoads(self.service),
            private=self.private,
            plausible_kph=self.plausible_kph,
            measured=self.speeds == "measured",
            area=self.area,
            merge=self.merge,
            largest_only=self.largest_only,
        )

    def _read_source(self, kind: SourceKind, place: str | Path) -> zoning.RoadNetwork:
        from zoning.roads.reading import SourceKind
        from zoning.roads.sources import GmnsUnits
        from zoning.roads.sources.osmnx_graphs import is_graph

        options = self._options()
        speed_unit = None if self.speed_unit is None else zoning.SpeedUnit(self.speed_unit)
        match kind:
            case SourceKind.OSM if is_graph(Path(place)):
                return zoning.read_graph(place, options=options)
            case SourceKind.OSM:
                return zoning.read_openstreetmap(place, options=options)
            case SourceKind.PLACE:
                return zoning.from_place(str(place), options=options)
            case SourceKind.CENTRELINES:
                return zoning.read_centrelines(
                    place,
                    columns={ours: theirs or None for ours, theirs in self.columns.items()},
                    speed_unit=speed_unit,
                    classes=self.classes,
                    oneway_codes=self.oneway_codes,
                    layer=self.layer,
                    crs=self.crs,
                    snap_m=self.snap_m,
                    crossings=self.crossings,
                    options=options,
                )
            case SourceKind.GMNS:
                units = GmnsUnits(length=self.length_unit, speed=speed_unit, crs=self.crs)
                return zoning.read_gmns(place, units=units, classes=self.classes, options=options)
            case SourceKind.TABLES:
                network = zoning.read_network(place)
                if self.speeds == "limits":
                    network = replace(network, given_include_stops=False)
                return network


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkFileRequest(Request):
    """An existing network."""

    file: Path = argument("FILE", "A built network, or a folder of street tables.")

    def files(self) -> Iterator[RoleAndPath]:
        """List the file, or the tables in the folder."""
        return street_files(self.file)

    def network(self) -> tuple[zoning.RoadNetwork, list[str]]:
        """Read the network; return the notices too."""
        notices: list[str] = []
        with collect_notices(notices):
            return zoning.read_network(self.file), notices


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkCheckRequest(NetworkFileRequest):
    """The options of ``zoning network check``."""

    panel: ClassVar = _RESULT

    schools: SchoolsRequest
    out: Path | None = option(
        "--out", "FILE", "Write the places to look at into this file, as GeoJSON for a GIS."
    )
    force: bool = switch("--force", "Replace that file.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapRequest(NetworkFileRequest):
    """The options of ``zoning network snap``."""

    out: Path = option("--out", "FILE", "File for the network.", default=MISSING, panel=_RESULT)
    tolerance_m: float = option(
        "--tolerance",
        "METRES",
        "Join a dead end to a junction at most this far away, if no street joins them.",
        default=5.0,
    )
    force: bool = switch("--force", "Replace that file.", panel=_RESULT)


@command
def build(screen: Screen, asked: NetworkRequest) -> None:
    """Build a street network, report what was read, guessed, repaired and left out, and save it.

    The file is what --streets of the other commands takes.
    """
    refuse_to_replace(asked.out, replace=asked.force)
    network = asked.build()
    path = zoning.save_network(network, asked.out, force=asked.force)
    show_network(screen, network)
    screen.written(path)


@command
def info(screen: Screen, asked: NetworkFileRequest) -> None:
    """Show what a network contains, where it comes from, and how it was built."""
    network, notices = asked.network()
    show_network(screen, network)
    screen.notices(notices)


@command
def check(screen: Screen, asked: NetworkCheckRequest) -> None:
    """Check a network for a district's schools, and list the places to inspect.

    It finds schools that cannot be reached, streets that nearly meet, odd speeds and long detours.
    """
    if asked.out is not None:
        _require_no_input(asked.out, (*asked.schools.files(), *asked.files()))
        refuse_to_replace(asked.out, replace=asked.force)
    network, notices = asked.network()
    with collect_notices(notices):
        quality = zoning.network_quality(network, asked.schools.open().schools)
    screen.text(str(quality))
    screen.notices(notices)
    if asked.out is not None:
        places = quality.problems
        write_whole(asked.out, places.to_json(drop_id=True).encode("utf-8"), replace=asked.force)
        what = f"{len(places):,} places to look at" if len(places) else "no place to look at"
        screen.written(asked.out, remark=f": {what}")


@command
def snap(screen: Screen, asked: SnapRequest) -> None:
    """Join every dead end that nearly meets a junction to it, list the joins, and save the result.

    A court may end beside another street on purpose: look at the places first, with zoning
    network check.
    """
    from zoning.roads.streets.snapping import near_misses

    _require_no_input(asked.out, asked.files())
    refuse_to_replace(asked.out, replace=asked.force)
    network, notices = asked.network()
    near = near_misses(network, tolerance_m=asked.tolerance_m)
    done = network.snapped(tolerance_m=asked.tolerance_m)
    path = zoning.save_network(done.network, asked.out, force=asked.force)
    joins = [f"{end} and {other}, {m:.1f} m apart" for end, other, m in near.to_numpy()]
    screen.text("\n".join([f"{done}.", *(f"  {each}" for each in first_few(joins, _MOST_LISTED))]))
    screen.notices(notices)
    screen.written(path)


def _require_no_input(out: Path, files: Iterable[RoleAndPath]) -> None:
    if out.resolve() in {path.resolve() for _, path in files}:
        raise OutputError(f"{out} is an input of this run; choose another name.")


def show_network(screen: Screen, network: zoning.RoadNetwork) -> None:
    """Print the source of the streets, kilometres by class, and the build report."""
    from zoning.roads import PROFILES
    from zoning.roads.travel.profiles import delays_meaning, speeds_meaning

    held = network.describe()
    screen.out.print(Text(printable(network.source), style="bold"))
    if network.attribution:
        screen.out.print(Text(printable(network.attribution)))
    screen.out.print(
        f"{held['junctions']:,} junctions, {held['links']:,} links "
        f"({held['one_way_links']:,} one-way), {held['kilometres']:,.0f} km",
        *(
            f"{name.removeprefix('kilometres_')} {km:,.0f} km"
            for name, km in held.items()
            if name.startswith("kilometres_")
        ),
        sep="\n  ",
        markup=False,
    )
    screen.out.print(f"Speeds: {speeds_meaning(network)}", markup=False, soft_wrap=True)
    limits = 1 - float(network.includes_stops.mean())
    what = "include stops" if not limits else f"are posted limits on {limits:.0%} of the streets"
    delays = delays_meaning(network, PROFILES["free_flow"])
    screen.out.print(f"The speeds {what}: {delays}", markup=False, soft_wrap=True)
    screen.out.print()
    for kind, found in network.report.sections() if network.report is not None else ():
        screen.out.print(Text(str(kind), style="bold"))
        for finding in found:
            screen.out.print(Text(f"  {printable(str(finding))}"), soft_wrap=True)
        screen.out.print()
