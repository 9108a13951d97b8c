"""The commands about streets: ``zoning network build``, ``info``, ``check`` and ``snap``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

import typer
from rich.text import Text

from zoning.cli import network_options as opt
from zoning.cli.district_request import DistrictRequest
from zoning.cli.exits import EXIT_STATUS, clean_exit
from zoning.cli.inputs import RoleAndPath, street_files
from zoning.cli.job import district_notices
from zoning.cli.network_options import SpeedsAre
from zoning.cli.options import Columns as SchoolColumns
from zoning.cli.options import DistrictName, SchoolsFile
from zoning.cli.options import Levels as SchoolLevels
from zoning.cli.options import System as SchoolSystem
from zoning.cli.show import Screen, printable
from zoning.cli.wishes import Wishes
from zoning.errors import OptionError, OutputError, first_few
from zoning.files import refuse_to_replace, write_whole
from zoning.roads.quality import network_quality
from zoning.roads.reading import SourceKind, kind_of, read_network
from zoning.roads.road_network import RoadNetwork
from zoning.roads.saved import save_network
from zoning.roads.sources import (
    BuildOptions,
    GmnsUnits,
    from_place,
    read_centrelines,
    read_gmns,
    read_graph,
    read_openstreetmap,
)
from zoning.roads.sources.centrelines import SNAP_M
from zoning.roads.sources.files import unpack
from zoning.roads.sources.osmnx_graphs import is_graph
from zoning.roads.streets.snapping import NEAR_M, near_misses
from zoning.roads.travel.profiles import PROFILES, delays_meaning, speeds_meaning

_LISTED: Final = 20
_DEFAULTS: Final = BuildOptions()
_MAPS: Final = (SourceKind.OSM, SourceKind.PLACE, SourceKind.CENTRELINES, SourceKind.GMNS)
_ONLY_FOR: Final[Mapping[str, tuple[SourceKind, ...]]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("service", "private", "largest_only", "merge", "area", "plausible_kmh"), _MAPS
        ),
        **dict.fromkeys(
            ("column", "oneway", "layer", "snap", "crossings"), (SourceKind.CENTRELINES,)
        ),
        **dict.fromkeys(
            ("road_class", "speed_unit", "crs"), (SourceKind.CENTRELINES, SourceKind.GMNS)
        ),
        "length_unit": (SourceKind.GMNS,),
        "attribution": (SourceKind.CENTRELINES, SourceKind.GMNS, SourceKind.TABLES),
    }
)

network_app = typer.Typer(
    no_args_is_help=True,
    help="Build a street network from a map, look at one, check it for your schools, or join "
    "dead ends that nearly meet another street.",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@network_app.command(epilog=EXIT_STATUS)
def build(
    context: typer.Context,
    source: opt.Source,
    *,
    out: opt.Out,
    force: opt.Force = False,
    kind: opt.Kind = None,
    title: opt.Title = None,
    attribution: opt.Attribution = None,
    service: opt.Service = _DEFAULTS.service,
    private: opt.Private = False,
    largest_only: opt.LargestOnly = False,
    merge: opt.Merge = None,
    area: opt.Area = None,
    plausible_kmh: opt.Plausible = _DEFAULTS.plausible_kph,
    speeds: opt.Speeds = None,
    column: opt.Columns = None,
    road_class: opt.Classes = None,
    oneway: opt.OnewayCodes = None,
    speed_unit: opt.Unit = None,
    length_unit: opt.LengthUnit = None,
    crs: opt.System = None,
    layer: opt.Layer = None,
    snap: opt.Snap = SNAP_M,
    crossings: opt.Crossings = None,
) -> None:
    """Build a street network, say what was read, guessed, repaired and left out, and save it.

    The file is what --streets of the other commands takes.
    """
    screen = Screen()
    with clean_exit(screen):
        refuse_to_replace(out, replace=force)
        chosen = kind if kind is not None else _kind_of(source)
        wishes = Wishes()
        with wishes:
            _require_understood(context, chosen)
        with wishes:
            options = BuildOptions(
                service=service,
                private=private,
                plausible_kph=plausible_kmh,
                measured=speeds is SpeedsAre.MEASURED,
                area=area,
                merge=merge,
                largest_only=largest_only,
            )
        with wishes:
            columns = _pairs("--column", column)
        with wishes:
            classes = _pairs("--class", road_class)
        with wishes:
            codes = _pairs("--oneway", oneway)
        wishes.require()
        network = _Request(
            source=source,
            title=title,
            attribution=attribution,
            options=options,
            limits=speeds is SpeedsAre.LIMITS,
            columns={ours: theirs or None for ours, theirs in columns.items()},
            classes=classes,
            oneway_codes=codes,
            units=GmnsUnits(length=length_unit, speed=speed_unit, crs=crs),
            layer=layer,
            snap_m=snap,
            crossings=crossings,
        ).build(chosen)
        path = save_network(network, out, force=force)
        show_network(screen, network)
        screen.out.print(Text.assemble("Written to ", (printable(str(path)), "bold")))


@network_app.command(epilog=EXIT_STATUS)
def info(file: opt.NetworkFile) -> None:
    """Say what a network holds, where it comes from, and how it was built."""
    screen = Screen()
    with clean_exit(screen):
        warned: list[str] = []
        with district_notices(warned):
            network = read_network(file)
        show_network(screen, network)
        screen.notices(warned)


@network_app.command(epilog=EXIT_STATUS)
def check(
    file: opt.NetworkFile,
    *,
    district: DistrictName = None,
    schools: SchoolsFile = None,
    column: SchoolColumns = None,
    level: SchoolLevels = None,
    crs: SchoolSystem = None,
    out: opt.ProblemsOut = None,
    force: opt.Force = False,
) -> None:
    """Say how good a network is for a district's schools, and what to look at.

    Schools that cannot be reached, streets that nearly meet, odd speeds, long detours.
    """
    screen = Screen()
    with clean_exit(screen):
        wishes = Wishes()
        with wishes:
            asked = DistrictRequest.of(
                shipped=district,
                schools=schools,
                columns=column or (),
                levels=level or (),
                crs=crs,
            )
        wishes.require()
        if out is not None:
            _require_no_input(out, (*asked.files(), *street_files(file)))
            refuse_to_replace(out, replace=force)
        warned: list[str] = []
        with district_notices(warned):
            quality = network_quality(read_network(file), asked.read().schools)
        screen.text(str(quality))
        screen.notices(warned)
        if out is not None:
            places = quality.problems
            write_whole(out, places.to_json(drop_id=True).encode("utf-8"), replace=force)
            what = f"{len(places):,} places to look at" if len(places) else "no place to look at"
            screen.out.print(
                Text.assemble("Written to ", (printable(str(out)), "bold"), f": {what}")
            )


@network_app.command(epilog=EXIT_STATUS)
def snap(
    file: opt.NetworkFile,
    *,
    out: opt.Out,
    tolerance: opt.Tolerance = NEAR_M,
    force: opt.Force = False,
) -> None:
    """Join every dead end that nearly meets a junction to it, list the joins, and save the result.

    A court may end beside another street on purpose: look at the places first, with zoning
    network check.
    """
    screen = Screen()
    with clean_exit(screen):
        _require_no_input(out, street_files(file))
        refuse_to_replace(out, replace=force)
        warned: list[str] = []
        with district_notices(warned):
            network = read_network(file)
        near = near_misses(network, tolerance_m=tolerance)
        done = network.snapped(tolerance_m=tolerance)
        path = save_network(done.network, out, force=force)
        found = [f"{end} and {other}, {m:.1f} m apart" for end, other, m in near.to_numpy()]
        screen.text("\n".join([f"{done}.", *(f"  {each}" for each in first_few(found, _LISTED))]))
        screen.notices(warned)
        screen.out.print(Text.assemble("Written to ", (printable(str(path)), "bold")))


def _require_no_input(out: Path, files: Iterable[RoleAndPath]) -> None:
    if out.resolve() in {path.resolve() for _, path in files}:
        raise OutputError(f"{out} is an input of this run; choose another name.")


def show_network(screen: Screen, network: RoadNetwork) -> None:
    """Where the streets come from, what there is of each class, and how they were built."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """What is to be built; see the readers of `zoning.roads.sources` for the rest."""

    source: str
    title: str | None
    attribution: str | None
    options: BuildOptions
    limits: bool
    columns: Mapping[str, str | None]
    classes: Mapping[str, str]
    oneway_codes: Mapping[str, str]
    units: GmnsUnits
    layer: str | None
    snap_m: float
    crossings: bool | None

    def build(self, kind: SourceKind) -> RoadNetwork:
        if kind in {SourceKind.PLACE, SourceKind.CENTRELINES}:
            network = self._built(kind, self.source)
        else:
            with unpack(Path(self.source)) as place:
                network = self._built(kind, place)
        return replace(
            network,
            source=network.source if self.title is None else self.title,
            attribution=network.attribution if self.attribution is None else self.attribution,
        )

    def _built(self, kind: SourceKind, place: str | Path) -> RoadNetwork:
        match kind:
            case SourceKind.OSM if is_graph(Path(place)):
                return read_graph(place, options=self.options)
            case SourceKind.OSM:
                return read_openstreetmap(place, options=self.options)
            case SourceKind.PLACE:
                return from_place(self.source, options=self.options)
            case SourceKind.CENTRELINES:
                return read_centrelines(
                    place,
                    columns=self.columns,
                    speed_unit=self.units.speed,
                    classes=self.classes,
                    oneway_codes=self.oneway_codes,
                    layer=self.layer,
                    crs=self.units.crs,
                    snap_m=self.snap_m,
                    crossings=self.crossings,
                    options=self.options,
                )
            case SourceKind.GMNS:
                return read_gmns(
                    place, units=self.units, classes=self.classes, options=self.options
                )
            case SourceKind.TABLES:
                network = read_network(place)
                return replace(network, given_include_stops=False) if self.limits else network


def _kind_of(source: str) -> SourceKind:
    if not Path(source).exists():
        raise OptionError(
            f"{source!r} is not there",
            remedy="Check the path; a place to download is --kind place.",
        )
    return kind_of(source)


def _require_understood(context: typer.Context, kind: SourceKind) -> None:
    """Refuse options that the source would silently ignore."""
    faults = []
    for option in context.command.params:
        name = option.name or ""
        given = context.get_parameter_source(name)
        kinds = _ONLY_FOR.get(name)
        if kinds is not None and kind not in kinds and given and given.name == "COMMANDLINE":
            faults.append(f"{option.opts[0]} is for {' and '.join(kinds)}, SOURCE is {kind}")
    if faults:
        raise OptionError("these options cannot be used", faults)


def _pairs(option: str, words: Sequence[str] | None) -> dict[str, str]:
    """``A=B`` words as a mapping; a fault for each that is not, or that repeats."""
    parts = [(word, *word.partition("=")) for word in words or ()]
    faults = [
        f"{option} {word} is not of the form {'NAME=COLUMN' if option == '--column' else 'A=B'}"
        for word, left, middle, _ in parts
        if not (left and middle)
    ]
    names = [left for _, left, _, _ in parts]
    faults += [
        f"{option} gives {left} more than once"
        for left in dict.fromkeys(names)
        if names.count(left) > 1
    ]
    if faults:
        raise OptionError("these options cannot be used", faults)
    return {left: right for _, left, _, right in parts}
