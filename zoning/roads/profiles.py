"""Driving profiles: how much faster or slower than the speed table a trip is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoning.errors import NetworkError


class ClassFactor(NamedTuple):
    """Speed factor on one class of road in one kind of area."""

    road_class: str
    area: str
    factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Factors on the speeds of a network: 1.35 is 35 % faster, 0.85 is 15 % slower.

    Attributes
    ----------
    name
        Carried by every travel-time table made with it.
    factor
        Speed factor of every road that ``exceptions`` does not list, and of the
        straight-line estimate; above 0.
    exceptions
        Speed factors by road class and area that differ from ``factor``.
    access_factor
        Speed factor on access legs between buildings and streets; above 0.
    note
        Where the factors come from, or that they are a default.

    Raises
    ------
    NetworkError
        If the name is empty or a factor is not a number above 0.
    """

    name: str
    factor: float = 1.0
    exceptions: tuple[ClassFactor, ...] = ()
    access_factor: float = 1.0
    note: str = "given by the user"

    def __post_init__(self) -> None:
        named = {"factor": self.factor, "access_factor": self.access_factor} | {
            f"{c} in {a} area": f for c, a, f in self.exceptions
        }
        faults = [
            f"{what} {f!r} is not a number above 0"
            for what, f in named.items()
            if not (math.isfinite(f) and f > 0)
        ]
        if not self.name:
            faults.append("the profile has no name")
        if faults:
            raise NetworkError(f"driving profile {self.name!r} cannot be used", faults)

    def factors_of(
        self, road_class: NDArray[np.str_], area: NDArray[np.str_]
    ) -> NDArray[np.float64]:
        """Speed factor of every edge, in the order given."""
        factors = np.full(len(road_class), self.factor)
        for c, a, factor in self.exceptions:
            factors[(road_class == c) & (area == a)] = factor
        return factors


_ROAD_CLASSES: Final = ("freeway", "arterial", "collector", "ramp")

PROFILES: Final[Mapping[str, Profile]] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            Profile(name="free_flow", note="the speed table as it stands"),
            Profile(
                name="school_arrival",
                factor=0.85,
                exceptions=tuple(ClassFactor(c, "rural", 1.0) for c in _ROAD_CLASSES),
                access_factor=0.85,
                note="default: 15 % slower around arrival in urban and suburban areas",
            ),
            Profile(
                name="emergency",
                factor=1.35,
                note="default: 35 % faster with lights and sirens, a saving of 26 %",
            ),
        )
    }
)
"""The profiles that can be asked for by name; any `Profile` can be used instead.

``free_flow``
    The speed table as it stands.
``school_arrival``
    Default of ours, not a measurement: 0.85 of the speed in urban and suburban
    areas and on access legs, where parents queue.
``emergency``
    Default of ours: 1.35 on streets, which saves 26 % of the time. Lights and
    sirens were measured to save 38.5 % in a city (pubmed 9795322) and 30.9 % in
    the country (pubmed 10634288); ours stays below both. Access legs, school
    driveways among them, are not driven faster.
"""


def profile_named(profile: str | Profile) -> Profile:
    """The profile itself, or the one of `PROFILES` with that name.

    Raises
    ------
    NetworkError
        If the name is unknown; lists the names there are.
    """
    if isinstance(profile, Profile):
        return profile
    if profile not in PROFILES:
        raise NetworkError(
            f"no driving profile is called {profile!r}",
            [f"known: {', '.join(PROFILES)}"],
            "Use one of these names, or give a Profile of your own.",
        )
    return PROFILES[profile]
