"""Options for the district and for how its officers drive."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import zoning
from zoning.cli.options import (
    DISTRICT,
    FaultCollector,
    Request,
    RoleAndPath,
    option,
    pairs,
    switch,
    with_parts,
)
from zoning.errors import FaultsError, NetworkError, OptionError, SchoolDataError
from zoning.workbooks import split_sheet

if TYPE_CHECKING:
    pass

_SHIPPED_FILES = {
    "schools": "schools.geojson",
    "junctions": "junctions.csv",
    "links": "links.csv",
    "outline": "outline.geojson",
}
_ARCHIVES = (".zip", ".kmz", ".shz")


def _state(word: str) -> str:
    if not re.fullmatch("[A-Za-z]{2}", word):
        raise ValueError("is not two letters, such as KY")
    return word.upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictRequest(Request):
    """The district to plan, and the files that describe it.

    Streets and outline may also replace those of a shipped district. ``columns``
    goes from our column names to the file's, ``levels`` from the values of the
    file's level column to ours.
    """

    panel: ClassVar = DISTRICT

    district: str | None = option(
        "--district", "NAME", "A district whose data come with zoning: jefferson."
    )
    schools: Path | None = option(
        "--schools",
        "FILE",
        "Your schools: CSV or a workbook (.xlsx, .xls, .ods; FILE.xlsx#SHEET names the sheet) with "
        "latitude and longitude, GeoJSON, GeoPackage, Shapefile (also zipped), File Geodatabase, "
        "KML, FlatGeobuf, Esri JSON or GeoParquet.",
    )
    streets: Path | None = option(
        "--streets",
        "FILE",
        "Streets built by zoning network build, or a folder of street tables. Without streets, "
        "travel times are a straight-line estimate, and every output says so.",
    )
    keep_islands: bool = switch(
        "--keep-islands",
        "Join each school to its nearest street, even one that is cut off from the rest. Without "
        "this option such a school is joined to the nearest connected street, and a notice names "
        "it.",
    )
    outline: Path | None = option(
        "--outline", "FILE", "Polygon of the district; zones are drawn inside it."
    )
    columns: Mapping[str, str] = option(
        "--column",
        "NAME=COLUMN",
        "Read NAME from column COLUMN of your school file, for example school_id=SiteCode; NAME= "
        "reads no column. Repeat for more.",
        repeated=True,
        read=pairs("--column", "NAME=COLUMN", empty=True),
    )
    levels: Mapping[str, str] = option(
        "--level",
        "VALUE=LEVEL",
        "VALUE in the level column of your school file means elementary, k-8, middle, secondary "
        "(6-12), high, combined (K-12) or 'leave out', for example EC=k-8. Repeat for more.",
        repeated=True,
        read=pairs("--level", "VALUE=LEVEL", last_sign=True),
    )
    crs: str | None = option(
        "--crs",
        "EPSG:CODE",
        "Coordinate system of x and y in your school file, or of a file that names none.",
    )
    name: str | None = option(
        "--name",
        "TEXT",
        "Name of the district on maps and slides; made from the name of the school file if not "
        "given.",
    )
    state: str | None = option(
        "--state",
        "STATE",
        "Two letters of the state, such as KY; schools must lie in it.",
        read=_state,
    )

    def faults(self) -> Iterator[str]:
        """Find options that do not go together."""
        if (self.district is None) == (self.schools is None):
            yield "give one of --district jefferson or --schools FILE"
        given = (("--column", self.columns), ("--level", self.levels), ("--crs", self.crs))
        for flag, value in given:
            if self.district is not None and value:
                yield f"{flag} is for a file given with --schools"
        if self.keep_islands and self.schools is not None and self.streets is None:
            yield "--keep-islands is for streets given with --streets"

    def files(self) -> Iterator[RoleAndPath]:
        """List every file the district is read from, with its role."""
        if self.district is not None:
            from zoning.district import data_folder

            replaced = {"junctions", "links"} if self.streets else set()
            replaced |= {"outline"} if self.outline else set()
            for role, name in _SHIPPED_FILES.items():
                if role not in replaced:
                    yield role, data_folder() / name
        if self.schools is not None:
            yield from with_parts("schools", self.schools)
        if self.streets is not None:
            yield from street_files(self.streets)
        if self.outline is not None:
            yield from with_parts("outline", self.outline)

    def open(self) -> zoning.District:
        """Read and check every file.

        Raises `FaultsError` if a file cannot be used; `SchoolDataError` and `NetworkError` for
        schools and streets.
        """
        district = self._load_shipped() if self.schools is None else self._read_own(self.schools)
        if self.streets is not None:
            network = zoning.read_network(self.streets)
            credit = f"; streets from {network.source}"
            if network.attribution not in credit:
                credit += f", {network.attribution}"
            own = "" if district.network is None else f"; {district.network.source}"
            district = replace(
                district,
                network=network,
                attribution=f"{district.attribution.removesuffix(own)}{credit}",
            )
        if self.keep_islands and district.network is not None:
            district = replace(district, network=district.network.with_islands())
        if self.outline is not None:
            outline = zoning.read_outline(self.outline, buildings=district.buildings)
            district = replace(district, outline=outline)
        return replace(
            district, name=self.name or district.name, state=self.state or district.state
        )

    def _load_shipped(self) -> zoning.District:
        try:
            return zoning.load_district(self.district or "")
        except SchoolDataError:
            raise
        except FaultsError as error:
            raise OptionError(
                error.headline, remedy="Give your own schools with --schools FILE."
            ) from error

    def _read_own(self, schools: Path) -> zoning.District:
        file, _ = split_sheet(schools)
        return zoning.District(
            name=_district_name(file.stem),
            schools=zoning.read_schools(
                schools, columns=self.columns, levels=self.levels, crs=self.crs, state=self.state
            ),
            attribution=f"Schools from {file.name}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolsRequest(DistrictRequest):
    """Schools alone, for a command with its own streets argument and no zones."""

    streets: Path | None = None
    keep_islands: bool = False
    outline: Path | None = None
    name: str | None = None
    state: str | None = None


def _district_name(stem: str) -> str:
    """Make a district's name from a file's name; ``--name`` replaces it.

    ``ccs_schools`` is "CCS schools": a word without a vowel is an abbreviation.
    A stem with capitals of its own keeps them.
    """
    words = re.sub(r"(?<=[^\W\d])-(?=[^\W\d])|[_\s]+", " ", stem).split()
    if stem == stem.lower():
        words = [w if re.search("[aeiouy]", w) or not w.isascii() else w.upper() for w in words]
    name = " ".join(words) or stem
    return name[:1].upper() + name[1:]


def street_files(path: Path) -> Iterator[RoleAndPath]:
    """List the files of a network: one saved file, or the tables in a folder."""
    from zoning.roads.sources.files import GMNS_FILES, TABLE_FILES

    if path.is_file():
        yield "streets", path
        return
    gmns = all((path / name).is_file() for name in GMNS_FILES)
    for name in GMNS_FILES if gmns else TABLE_FILES:
        yield Path(name).stem, path / name


# How officers drive.


@dataclass(frozen=True, slots=True, kw_only=True)
class DrivingRequest(Request):
    """The driving profiles of a run, each given by name or file."""

    panel: ClassVar = DISTRICT

    patrol_profile: Path | None = option(
        "--patrol-profile",
        "NAME|FILE",
        "Driving profile on patrol: free_flow (if not given), school_arrival, midday, "
        "school_dismissal, emergency, or a CSV file or workbook of your own factors and delays.",
    )
    emergency_profile: Path | None = option(
        "--emergency-profile",
        "NAME|FILE",
        "Driving profile to a call; emergency if not given. Zones are drawn with these times.",
    )
    delays: str | None = option(
        "--delays",
        ("street", "none"),
        "Delays at signals, stop signs and crossings: street adds our default seconds for each, "
        "none adds nothing. If not given, they are added where speeds are posted limits, but not "
        "where speeds were measured with stops included.",
    )

    def files(self) -> Iterator[RoleAndPath]:
        """List every profile that is a file, with its role."""
        for role, word in (
            ("patrol profile", self.patrol_profile),
            ("emergency profile", self.emergency_profile),
        ):
            if word is not None and _is_file(word):
                yield role, split_sheet(word)[0]

    def profiles(self, district: zoning.District) -> tuple[zoning.Profile, zoning.Profile]:
        """Find the profiles for patrol and for driving to a call.

        Raises `FaultsError` with every fault of both, and of what they make of the district.
        """
        from zoning.staffing.comparison import EMERGENCY_PROFILE, PATROL_PROFILE

        faults, read = FaultCollector(), []
        for flag, word in (
            ("--patrol-profile", self.patrol_profile or Path(PATROL_PROFILE)),
            ("--emergency-profile", self.emergency_profile or Path(EMERGENCY_PROFILE)),
        ):
            with faults:
                read.append(self._profile(flag, word, district.network))
        if self.delays is not None and district.network is None:
            faults.add("--delays is about streets, and none are given: add --streets FILE")
        faults.require_contents()
        patrol, emergency = read
        return patrol, emergency

    def _profile(self, flag: str, word: Path, network: zoning.RoadNetwork | None) -> zoning.Profile:
        from zoning.roads.travel.profiles import profile_named

        profile = zoning.read_profile(word) if _is_file(word) else profile_named(str(word))
        if network is not None:
            _require_known(profile, network)
        if self.delays is None:
            return profile
        if profile.delays is not None:
            raise OptionError(
                f"--delays {self.delays} is given, and {flag} {word.name} has delays of its own",
                remedy="Leave one of them out.",
            )
        return profile.with_delays(profile.default_delays() if self.delays == "street" else ())


@dataclass(frozen=True, slots=True, kw_only=True)
class DrivingToCallsRequest(DrivingRequest):
    """The driving profile for calls, for a command without patrols."""

    patrol_profile: Path | None = None


def _is_file(word: Path) -> bool:
    from zoning.roads import PROFILES

    return str(word) not in PROFILES and (word.suffix != "" or word.exists())


def _require_known(profile: zoning.Profile, network: zoning.RoadNetwork) -> None:
    """Raise for classes or areas that no street has: a misspelt one would have no effect."""
    from zoning.roads.sources import AREAS, ROAD_CLASSES
    from zoning.roads.travel.profiles import ANY

    delays = profile.delays or ()
    named = {
        "road class": {e.road_class for e in profile.exceptions} | {d.road_class for d in delays},
        "area": {e.area for e in profile.exceptions} | {d.area for d in delays},
    }
    known = {
        "road class": {*ROAD_CLASSES, *network.road_class.tolist()},
        "area": {*AREAS, *network.area.tolist()},
    }
    faults = [
        f"{what} {word!r} is not one of {', '.join(sorted(known[what]))}"
        for what, words in named.items()
        for word in sorted(words - known[what] - {ANY})
    ]
    if faults:
        raise NetworkError(f"driving profile {profile.name!r} does not fit the streets", faults)
