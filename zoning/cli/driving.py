"""How officers drive, from the words on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from zoning.cli.inputs import RoleAndPath
from zoning.cli.wishes import Wishes
from zoning.district import District
from zoning.errors import NetworkError, OptionError
from zoning.roads import PROFILES, Profile, RoadNetwork
from zoning.roads.sources import AREAS, ROAD_CLASSES
from zoning.roads.travel.profiles import ANY, profile_named, read_profile
from zoning.staffing.comparison import EMERGENCY_PROFILE, PATROL_PROFILE
from zoning.workbooks import split_sheet


class Delays(StrEnum):
    """Whether junctions cost time, whatever the speeds of the streets are."""

    STREET = "street"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrivingRequest:
    """The driving profiles of a run; files are still closed.

    Attributes
    ----------
    patrol, emergency
        A name in `zoning.roads.PROFILES` or a file for `zoning.roads.read_profile`;
        None for the library's own choice.
    delays
        None leaves delays at junctions to the streets, see `zoning.roads.Profile`.
    """

    patrol: Path | None = None
    emergency: Path | None = None
    delays: Delays | None = None

    def files(self) -> Iterator[RoleAndPath]:
        """Every file that the words name, with its role."""
        for role, word in (("patrol profile", self.patrol), ("emergency profile", self.emergency)):
            if word is not None and _is_file(word):
                yield role, split_sheet(word)[0]

    def profiles(self, district: District) -> tuple[Profile, Profile]:
        """The profiles on patrol and on the way to a call.

        Raises
        ------
        FaultsError
            With every fault of both, and of what they make of the district.
        """
        wishes, read = Wishes(), []
        words = (self.patrol or Path(PATROL_PROFILE), self.emergency or Path(EMERGENCY_PROFILE))
        for option, word in zip(("--patrol-profile", "--emergency-profile"), words, strict=True):
            with wishes:
                read.append(self._profile(option, word, district.network))
        if self.delays is not None and district.network is None:
            wishes.refuse("--delays is about streets, and none are given: add --streets FILE")
        wishes.require_contents()
        patrol, emergency = read
        return patrol, emergency

    def _profile(self, option: str, word: Path, network: RoadNetwork | None) -> Profile:
        profile = read_profile(word) if _is_file(word) else profile_named(str(word))
        if network is not None:
            _require_known(profile, network)
        if self.delays is None:
            return profile
        if profile.delays is not None:
            raise OptionError(
                f"--delays {self.delays} is given, and {option} {word.name} has delays of its own",
                remedy="Leave one of them out.",
            )
        return profile.with_delays(profile.default_delays() if self.delays is Delays.STREET else ())


def _is_file(word: Path) -> bool:
    return str(word) not in PROFILES and (word.suffix != "" or word.exists())


def _require_known(profile: Profile, network: RoadNetwork) -> None:
    """Raise, naming the classes and areas that no street has; a misspelt one would do nothing."""
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
