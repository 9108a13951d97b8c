"""The commands about streets: ``zoning network build``, ``info``, ``check`` and ``snap``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from rich.text import Text

import zoning
from zoning.cli.options import Flag, Option, read_pairs
from zoning.cli.screen import Screen, collect_notices, printable
from zoning.cli.study_request import StudyRequest
from zoning.cli.usage import add_to, make_app
from zoning.errors import FaultsError, OptionError, OutputError, first_few
from zoning.files import refuse_to_replace, write_whole
from zoning.settings import HIDDEN, METRES, Setting, settings

if TYPE_CHECKING:
    from zoning.roads.reading import SourceKind
    from zoning.study.inputs import RoleAndPath

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

network_app = make_app(
    "Build a street network from a map, show one, check it for your schools, or join dead ends "
    "that nearly meet another street."
)
command = add_to(network_app)


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkRequest:
    """The options of ``zoning network build``; see the readers of `zoning.roads.sources`."""

    source: Annotated[
        str,
        Setting(
            meaning="An OpenStreetMap extract (.osm, .osm.pbf), a graph of OSMnx (.graphml, "
            ".gpkg), street centrelines (.shp, .gpkg, .gdb, .geojson and others, also zipped), a "
            "folder of street tables (ours or GMNS), or with --kind place a name to download, "
            "such as 'Albemarle County, Virginia, USA'."
        ),
        Flag(argument="SOURCE"),
    ]
    out: Annotated[Path, Setting(meaning="File for the network."), Flag(panel=_RESULT)]
    force: Annotated[bool, Setting(meaning="Replace that file."), Flag(panel=_RESULT)] = False
    kind: Annotated[
        str | None,
        Setting(
            meaning="Format of SOURCE.", words=_KINDS, default="found by its ending or its files"
        ),
        Flag(panel=_SOURCE),
    ] = None
    title: Annotated[
        str | None,
        Setting(meaning="Source of the streets, as shown on maps.", default="made from SOURCE"),
        Flag(panel=_SOURCE),
    ] = None
    attribution: Annotated[
        str | None,
        Setting(meaning="Attribution that every map must show; known for OpenStreetMap."),
        Flag(panel=_SOURCE),
    ] = None
    service: Annotated[
        str,
        Setting(
            meaning="Service roads to include: through leaves out driveways, parking aisles and "
            "the like.",
            words=("none", "through", "all"),
        ),
        Flag(panel=_STREETS),
    ] = "through"
    private: Annotated[bool, Setting(meaning="Include private roads."), Flag(panel=_STREETS)] = (
        False
    )
    largest_only: Annotated[
        bool,
        Setting(meaning="Leave out streets that are cut off from the largest connected part."),
        Flag(panel=_STREETS),
    ] = False
    merge: Annotated[
        bool | None,
        Setting(
            meaning="Merge consecutive links of one class and speed where no other street meets "
            "them; if not given, only those of OpenStreetMap."
        ),
        Flag(panel=_STREETS),
    ] = None
    area: Annotated[
        str | None,
        Setting(
            meaning="Kind of area of all streets: urban, suburban or rural.",
            default="estimated from the density of junctions",
        ),
        Flag(takes="KIND", panel=_STREETS),
    ] = None
    plausible_kph: Annotated[
        tuple[float, float],
        Setting(
            meaning="Lowest and highest plausible speed, km/h; speeds outside are treated as "
            "unknown."
        ),
        Flag(name="--plausible-kmh", takes="LOW HIGH", panel=_STREETS),
    ] = (5.0, 130.0)
    speeds: Annotated[
        str | None,
        Setting(
            meaning="Meaning of the speeds in SOURCE: posted limits, to which delays at signals, "
            "stop signs and crossings are added; or measured over whole trips, stops included.",
            words=("limits", "measured"),
            default="measured for plain street tables, else limits",
        ),
        Flag(panel=_STREETS),
    ] = None
    columns: Annotated[
        Mapping[str, str],
        Setting(
            meaning="Read NAME (speed, oneway, road_class, name, area, level, level_from, "
            "level_to, bridge, tunnel) from column COLUMN of the centrelines; NAME= reads no "
            "column. Repeat for more.",
            read=read_pairs("NAME=COLUMN", empty=True),
        ),
        Flag(name="--column", takes="NAME=COLUMN", panel=_TABLES),
    ] = field(default_factory=dict)
    classes: Annotated[
        Mapping[str, str],
        Setting(
            meaning="VALUE of the class column means freeway, arterial, collector, local, "
            "service, ramp, private or 'leave out'. Repeat for more.",
            read=read_pairs("A=B", empty=True),
        ),
        Flag(name="--class", takes="VALUE=CLASS", panel=_TABLES),
    ] = field(default_factory=dict)
    oneway_codes: Annotated[
        Mapping[str, str],
        Setting(
            meaning="A one-way code of centrelines means B (both), FT (as drawn), TF (against) "
            "or closed. Repeat for more.",
            read=read_pairs("A=B", empty=True),
        ),
        Flag(name="--oneway", takes="CODE=MEANING", panel=_TABLES),
    ] = field(default_factory=dict)
    speed_unit: Annotated[
        str | None,
        Setting(meaning="Unit of speeds written without one.", words=("mph", "kmh")),
        Flag(panel=_TABLES),
    ] = None
    length_unit: Annotated[
        str | None,
        Setting(meaning="Unit of lengths in GMNS tables."),
        Flag(takes="m|km|mi|ft", panel=_TABLES),
    ] = None
    crs: Annotated[
        str | None,
        Setting(meaning="Coordinate system of a file that names none, such as EPSG:2246."),
        Flag(takes="CODE", panel=_TABLES),
    ] = None
    layer: Annotated[
        str | None,
        Setting(meaning="Layer to read from a file with several."),
        Flag(takes="NAME", panel=_TABLES),
    ] = None
    snap_m: Annotated[
        float,
        Setting(
            meaning="Join ends of centrelines within this distance of each other.", unit=METRES
        ),
        Flag(name="--snap", panel=_TABLES),
    ] = 0.5
    crossings: Annotated[
        bool | None,
        Setting(
            meaning="Join centrelines also where they cross at one level, or only at their ends; "
            "inferred from the file if not given."
        ),
        Flag(panel=_TABLES),
    ] = None

    def faults(self) -> Iterator[str]:
        """Find options that the source would ignore, and invalid values."""
        try:
            kind = self.source_kind()
        except OptionError as error:
            yield error.headline
            return
        for one in Option.all_of(type(self)):
            kinds = _ONLY_FOR.get(one.setting.name, _KINDS)
            changed = getattr(self, one.setting.name) != one.setting.default
            if kind not in kinds and changed:
                yield f"{one.name} is for {' and '.join(kinds)}, SOURCE is {kind}"
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


NetworkFile = Annotated[
    Path, Setting(meaning="A built network, or a folder of street tables."), Flag(argument="FILE")
]


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkFileRequest:
    """An existing network."""

    file: NetworkFile


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkCheckRequest(StudyRequest):
    """The options of ``zoning network check``."""

    file: NetworkFile
    streets: Annotated[str | None, HIDDEN] = None
    zones: Annotated[tuple[int | str, ...], HIDDEN] = ()
    out: Annotated[
        Path | None,
        Setting(meaning="Write the places to look at into this file, as GeoJSON for a GIS."),
        Flag(panel=_RESULT),
    ] = None
    force: Annotated[bool, Setting(meaning="Replace that file."), Flag(panel=_RESULT)] = False


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class SnapRequest:
    """The options of ``zoning network snap``."""

    file: NetworkFile
    out: Annotated[Path, Setting(meaning="File for the network."), Flag(panel=_RESULT)]
    tolerance_m: Annotated[
        float,
        Setting(
            meaning="Join a dead end to a junction at most this far away, if no street joins them.",
            unit=METRES,
        ),
        Flag(name="--tolerance"),
    ] = 5.0
    force: Annotated[bool, Setting(meaning="Replace that file."), Flag(panel=_RESULT)] = False


def _read_network(file: Path) -> tuple[zoning.RoadNetwork, list[str]]:
    """Read a network; return the notices too."""
    notices: list[str] = []
    with collect_notices(notices):
        return zoning.read_network(file), notices


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
    network, notices = _read_network(asked.file)
    show_network(screen, network)
    screen.notices(notices)


@command
def check(screen: Screen, asked: NetworkCheckRequest) -> None:
    """Check a network for a district's schools, and list the places to inspect.

    It finds schools that cannot be reached, streets that nearly meet, odd speeds and long detours.
    """
    from zoning.study.inputs import district_files, open_district

    study = asked.make_study().without("streets")
    if asked.out is not None:
        _require_no_input(asked.out, (*district_files(study), *_files(asked.file)))
        refuse_to_replace(asked.out, replace=asked.force)
    network, notices = _read_network(asked.file)
    with collect_notices(notices):
        quality = zoning.network_quality(network, open_district(study).schools)
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

    _require_no_input(asked.out, _files(asked.file))
    refuse_to_replace(asked.out, replace=asked.force)
    network, notices = _read_network(asked.file)
    near = near_misses(network, tolerance_m=asked.tolerance_m)
    done = network.snapped(tolerance_m=asked.tolerance_m)
    path = zoning.save_network(done.network, asked.out, force=asked.force)
    joins = [f"{end} and {other}, {m:.1f} m apart" for end, other, m in near.to_numpy()]
    screen.text("\n".join([f"{done}.", *(f"  {each}" for each in first_few(joins, _MOST_LISTED))]))
    screen.notices(notices)
    screen.written(path)


def _files(file: Path) -> Iterator[RoleAndPath]:
    from zoning.study.inputs import street_files

    return street_files(file)


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
