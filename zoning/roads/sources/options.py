"""Options of every source: which streets to keep, and defaults for missing data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from zoning.errors import NetworkError
from zoning.roads.sources.classes import AREAS, STREET_SPEEDS
from zoning.roads.streets.speeds import FASTEST_KPH, SpeedTable


class ServiceRoads(StrEnum):
    """Which roads of class ``service`` become links.

    ``none``
        None of them.
    ``through``
        Alleys and access roads, but no driveways, parking aisles, drive-throughs
        or emergency ways, as far as the source distinguishes them.
    ``all``
        All of them.
    """

    NONE = "none"
    THROUGH = "through"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """Options that every street source understands; each default is our choice.

    Attributes
    ----------
    service
        Which service roads are streets. Default ``through``: officers drive through
        alleys, and an access leg represents a driveway.
    private
        Whether private roads are streets, then of class ``service``. Default
        no: gates are not on the map.
    plausible_kph
        Lowest and highest speed to believe, km/h; one outside is treated as
        unknown and counted. Default 5 to 130 (81 mph).
    speeds
        Speeds by class and area, for streets without a known speed.
    measured
        Whether the speeds in the data were measured over whole trips, stops included,
        instead of posted limits. Default no: with limits, delays at junctions are
        added. The table ``speeds`` says for itself whether it includes stops.
    area
        Kind of area of every street the source gives none for: ``urban``,
        ``suburban`` or ``rural``. Default None: inferred from the density of
        junctions, see `zoning.roads.sources.finishing`.
    merge
        Whether two links that meet where no other link does are merged, if speed,
        class, area, name and direction agree. Times between junctions do not change,
        except for delays at crossings with several signals. None leaves it to the
        source.
    largest_only
        Whether to leave out every junction that cannot be reached from, or does
        not lead to, the largest connected part. Default no: the parts are
        counted, and buildings on them named when times are computed.

    Raises
    ------
    NetworkError
        With every choice that makes no sense.
    """

    service: ServiceRoads = ServiceRoads.THROUGH
    private: bool = False
    plausible_kph: tuple[float, float] = (5.0, 130.0)
    speeds: SpeedTable = STREET_SPEEDS
    measured: bool = False
    area: str | None = None
    merge: bool | None = None
    largest_only: bool = False

    def __post_init__(self) -> None:
        low, high = self.plausible_kph
        faults = []
        if not 0 < low < high <= FASTEST_KPH:
            faults.append(
                f"plausible speeds {low:g} to {high:g} km/h: need 0 < lowest < highest <= "
                f"{FASTEST_KPH:.0f}"
            )
        if self.area is not None and self.area not in AREAS:
            faults.append(f"area {self.area!r} is not one of {', '.join(AREAS)}")
        if faults:
            raise NetworkError("these choices for building a network cannot be used", faults)
