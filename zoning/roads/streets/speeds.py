"""Speeds by road class and area, which convert metres of street to seconds."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zoning.errors import NetworkError, typed_fields

FASTEST_KPH: Final = 200.0
"""Highest plausible speed, km/h: a higher figure is in another unit, or an error."""


class ClassSpeed(NamedTuple):
    """Average running speed on one class of road in one kind of area."""

    road_class: str
    area: str
    kph: float


@typed_fields
@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedTable:
    """Kilometres per hour by road class and area, and the speed of access legs.

    Attributes
    ----------
    speeds
        One entry per road class and area; km/h, above 0 and at most 200.
    access_kph
        Speed on the access leg between a building and the nearest street of
        the network, km/h. Default 24 (15 mph): residential streets and school
        driveways.
    access_detour
        Metres driven per metre of straight access leg, at least 1. Default 1.3;
        published road to straight-line ratios are 1.2 to 1.3.
    no_access_from
        Road classes that no building is joined to. Default freeway and ramp:
        a school beside a freeway is reached from the street.
    note
        Where the speeds come from, in words for a planner.
    include_stops
        True if they are averages over whole trips, stops at junctions included, as
        measured speeds are; False for posted limits, which are driven with delays
        at junctions (`zoning.roads.STREET_DELAYS`).

    Raises
    ------
    NetworkError
        If a speed or access value makes no sense, or a class and area repeat;
        every fault in one error.
    """

    speeds: tuple[ClassSpeed, ...]
    access_kph: float = 24.0
    access_detour: float = 1.3
    no_access_from: tuple[str, ...] = ("freeway", "ramp")
    note: str = "speeds given by the user"
    # The repr is hashed; without this field, hashes in older files stay valid.
    include_stops: bool = field(default=True, repr=False)

    def __post_init__(self) -> None:
        faults = [
            f"{c} in {a} area: {kph!r} km/h is not above 0 and at most {FASTEST_KPH:.0f}"
            for c, a, kph in self.speeds
            if not _is_speed(kph)
        ]
        counts = Counter((c, a) for c, a, _ in self.speeds)
        faults += [f"{c} in {a} area is given {n} times" for (c, a), n in counts.items() if n > 1]
        if not self.speeds:
            faults.append("no road class has a speed")
        if not _is_speed(self.access_kph):
            faults.append(f"access_kph {self.access_kph!r} is not above 0 and at most 200")
        if not (math.isfinite(self.access_detour) and self.access_detour >= 1):
            faults.append(f"access_detour {self.access_detour!r} is not a number of at least 1")
        if faults:
            raise NetworkError("the speed table cannot be used", faults)

    @classmethod
    def from_mapping(
        cls,
        kph: Mapping[tuple[str, str], float],
        *,
        access_kph: float = 24.0,
        access_detour: float = 1.3,
        no_access_from: Iterable[str] = ("freeway", "ramp"),
        note: str = "speeds given by the user",
        include_stops: bool = True,
    ) -> SpeedTable:
        """Make a table from ``(road class, area) -> km/h``; other parameters as for the class."""
        return cls(
            speeds=tuple(ClassSpeed(c, a, float(v)) for (c, a), v in kph.items()),
            access_kph=access_kph,
            access_detour=access_detour,
            no_access_from=tuple(no_access_from),
            note=note,
            include_stops=include_stops,
        )

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        access_kph: float = 24.0,
        access_detour: float = 1.3,
        no_access_from: Iterable[str] = ("freeway", "ramp"),
        note: str = "speeds given by the user",
        include_stops: bool = True,
    ) -> SpeedTable:
        """Make a table from the columns ``road_class``, ``area`` and ``kph``.

        Change what `to_frame` gives and hand it back to replace the defaults.

        Raises
        ------
        NetworkError
            If a column is missing, a speed is not a number or not plausible, or
            a class and area repeat.
        """
        missing = [c for c in ClassSpeed._fields if c not in frame.columns]
        if missing:
            raise NetworkError(
                "the speed table cannot be used", [f"no column {', '.join(missing)}"]
            )
        kph = pd.to_numeric(frame["kph"], errors="coerce").to_numpy(np.float64)
        return cls(
            speeds=tuple(
                ClassSpeed(str(c), str(a), float(v))
                for c, a, v in zip(frame["road_class"], frame["area"], kph, strict=True)
            ),
            access_kph=access_kph,
            access_detour=access_detour,
            no_access_from=tuple(no_access_from),
            note=note,
            include_stops=include_stops,
        )

    def to_frame(self) -> pd.DataFrame:
        """The speeds as a table with columns ``road_class``, ``area``, ``kph``."""
        return pd.DataFrame(list(self.speeds), columns=list(ClassSpeed._fields))

    def kph_of(self, road_class: Iterable[str], area: Iterable[str]) -> NDArray[np.float64]:
        """Speed of every link, km/h, in the order given.

        Raises
        ------
        NetworkError
            Naming each class and area without a speed and how many links have it.
        """
        wanted = list(zip(map(str, road_class), map(str, area), strict=True))
        known = {(c, a): kph for c, a, kph in self.speeds}
        if not known.keys() >= set(wanted):
            missing = Counter(pair for pair in wanted if pair not in known)
            raise NetworkError(
                f"{missing.total()} links have no speed",
                [f"road class {c!r} in area {a!r}: {n} links" for (c, a), n in missing.items()],
                "Add these rows to the speed table (SpeedTable.to_frame and from_frame).",
            )
        return np.array([known[pair] for pair in wanted], dtype=np.float64)


def _is_speed(kph: float) -> bool:
    return math.isfinite(kph) and 0 < kph <= FASTEST_KPH


DEFAULT_SPEEDS: Final = SpeedTable.from_mapping(
    {
        ("freeway", "urban"): 80.0,
        ("freeway", "suburban"): 93.0,
        ("freeway", "rural"): 105.0,
        ("arterial", "urban"): 39.0,
        ("arterial", "suburban"): 52.0,
        ("arterial", "rural"): 77.0,
        ("collector", "urban"): 32.0,
        ("collector", "suburban"): 43.0,
        ("collector", "rural"): 61.0,
        ("ramp", "urban"): 45.0,
        ("ramp", "suburban"): 56.0,
        ("ramp", "rural"): 64.0,
    },
    note="default speeds by road class and area, not a measurement",
)
"""Default speeds of this library: our choice, not a measurement.

Average running speeds of a whole trip, stops at signals included, outside the
rush. In miles per hour, urban / suburban / rural: freeway 50 / 58 / 65,
arterial 24 / 32 / 48, collector 20 / 27 / 38, ramp 28 / 35 / 40. Freeways are
a little under the usual posted limits. Arterials and collectors are about two
thirds of the posted limit in town, where signals cost the most, and nearer to it
in the country. They bracket 25 mph, the speed of the planning sanity figure
(zones of 13.3 square miles, right-angle travel). Replace them with measured
speeds where a district has any.
"""
