"""Units of GMNS tables: as given, as config.csv says, or as the lines and numbers show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from zoning.errors import NetworkError
from zoning.roads.sources.values import SpeedUnit, speed_unit_named
from zoning.roads.streets.build_report import FindingKind, ReportDraft
from zoning.units import METRES_PER_MILE

_UNITS: Final[Mapping[str, tuple[str, ...]]] = {
    "m": ("m", "meter", "meters", "metre", "metres"),
    "km": ("km", "kilometer", "kilometers", "kilometre", "kilometres"),
    "mi": ("mi", "mile", "miles"),
    "ft": ("ft", "foot", "feet", "us survey foot", "us survey feet"),
}
_NAMES: Final = {name: unit for unit, names in _UNITS.items() for name in names}
_METRES: Final = {"m": 1.0, "km": 1000.0, "mi": METRES_PER_MILE, "ft": 0.3048}
_SPEED_UNITS: Final[Mapping[str, SpeedUnit]] = {
    **dict.fromkeys(("mph", "mi/h", "miles per hour", "miles/hour"), SpeedUnit.MPH),
    **dict.fromkeys(("kmh", "kph", "km/h", "kmph", "kilometers per hour"), SpeedUnit.KMH),
}
# A link is as long as its line, give or take rounding, or a bend where only its ends are given.
_FITS: Final = (0.9, 1.45)
# A unit that somebody named is believed a bit longer; the next unit is 1.6 times as long.
_LEAST_RATIO: Final = 0.8
_MOST_RATIO: Final = 3.0
# Limits in mph often end in 5, in km/h hardly ever; no limit in the United States is above 85 mph.
_FIVES_SHARE: Final = 0.25
_HIGHEST_MPH: Final = 85.0
_TOO_FAST_SHARE: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class GmnsUnits:
    """Units of a GMNS folder; None takes them from its ``config.csv``, else from what shows.

    Attributes
    ----------
    length
        Of ``length``: ``m``, ``km``, ``mi`` or ``ft``. By default the one in
        which links are as long as their lines.
    speed
        Of ``free_speed``: ``mph`` or ``kmh``. By default km/h beside metres and
        kilometres, mph beside miles and feet, unless the numbers speak against it.
    crs
        Of ``x_coord``, ``y_coord`` and ``geometry``. Default EPSG:4326.

    Raises
    ------
    NetworkError
        If a unit is not known.
    """

    length: str | None = None
    speed: SpeedUnit | str | None = None
    crs: str | None = None

    def __post_init__(self) -> None:
        _length_named(self.length)
        _speed_named(self.speed)


def system_of(given: str | None, config: Mapping[str, str], draft: ReportDraft) -> CRS:
    """The coordinate system; `NetworkError` if it is none."""
    named = given or config.get("crs")
    try:
        system = CRS.from_user_input(named or "EPSG:4326")
    except CRSError as error:
        raise NetworkError(
            f"{named!r} is not a coordinate system", remedy="Give a code such as EPSG:4326."
        ) from error
    draft.add(
        FindingKind.GUESSED,
        "crs",
        "coordinate system that neither config.csv nor the options give, taken by default",
        int(not named),
        ["EPSG:4326"],
    )
    return system


def units_of(
    given: GmnsUnits,
    config: Mapping[str, str],
    *,
    length: NDArray[np.float64],
    measured: NDArray[np.float64],
    speeds: NDArray[np.str_],
    draft: ReportDraft,
) -> tuple[float, SpeedUnit | None]:
    """Metres in a unit of ``length``, and the unit of speeds that name none.

    Parameters
    ----------
    length
        Shape (n_links,), as given, NaN unknown.
    measured
        Shape (n_links,), metres along the lines.
    speeds
        Shape (n_links,), as given, '' unknown.

    Raises
    ------
    NetworkError
        If a unit is unknown, the lengths cannot be in the one the user gave, or
        a unit is not given and cannot be told: asks for all of these at once.
    """
    both = np.isfinite(length) & (measured > 0)
    ratio = float(np.median(length[both] / measured[both])) if both.any() else None
    fitting = _fitting(ratio)
    told = _length_named(given.length)
    if told is not None and ratio is not None and told != fitting:
        _require_like(ratio * _METRES[told], fitting)
    says = _length_named(config.get("long_length"))
    unit = told or says or fitting
    if told is None and says is not None and fitting not in {None, says}:
        unit = fitting
        draft.add(
            FindingKind.REPAIRED,
            "length_unit",
            f"lengths that cannot be in {says}, as config.csv says, since links would be "
            f"{(ratio or 0) * _METRES[says]:,.4g} times as long as their lines; taken as {fitting}",
            int(both.sum()),
        )
    elif told is None and says is not None and ratio is not None and says != fitting:
        _require_like(ratio * _METRES[says], fitting)
    speed = named = _speed_named(given.speed or config.get("speed"))
    numbers = np.array([float(text) for text in speeds.tolist() if _is_number(text)])
    faults = [] if unit or ratio is None else [_unfit(ratio)]
    if len(numbers) and speed is None:
        speed = SpeedUnit.KMH if unit in {"m", "km"} else SpeedUnit.MPH
        unknown = [f"speeds in free_speed have no unit ({_range(numbers)})"]
        faults += _against(speed, numbers) if unit else unknown
    elif len(numbers) and speed is SpeedUnit.MPH and not given.speed:
        faults += [f"{why}, but config.csv says {speed}" for why in _against(speed, numbers)]
    if faults:
        raise NetworkError(
            "the units of the tables cannot be told",
            faults,
            "Say both with --length-unit and --speed-unit (in Python: GmnsUnits(length='m', "
            "speed='kmh')), or in long_length and speed of config.csv.",
        )
    assumed = [
        *([f"lengths in {unit}"] if ratio is not None and not (told or says) else []),
        *([f"speeds in {speed}"] if len(numbers) and named is None else []),
    ]
    draft.add(
        FindingKind.GUESSED,
        "units",
        "units that neither config.csv nor the options give; lengths are in the unit in which "
        "links are as long as their lines, speeds per hour in the same system",
        len(assumed),
        assumed,
    )
    return _METRES[unit or "m"], speed


def _length_named(name: str | None) -> str | None:
    if not name:
        return None
    if name.strip().lower() not in _NAMES:
        raise NetworkError(
            f"{name!r} is not a unit of length", remedy=f"Use one of {', '.join(_METRES)}."
        )
    return _NAMES[name.strip().lower()]


def _speed_named(name: SpeedUnit | str | None) -> SpeedUnit | None:
    if not name:
        return None
    return _SPEED_UNITS.get(str(name).strip().lower()) or speed_unit_named(name)


def _fitting(ratio: float | None) -> str | None:
    """The unit in which links are as long as their lines, if there is one."""
    low, high = _FITS
    fits = {
        unit: abs(np.log(ratio * metres))
        for unit, metres in _METRES.items()
        if ratio is not None and low <= ratio * metres <= high
    }
    return min(fits, key=lambda unit: fits[unit]) if fits else None


def _require_like(ratio: float, fitting: str | None) -> None:
    """Refuse a unit that was named, if another fits or links are far from their lines."""
    if fitting is None and _LEAST_RATIO <= ratio <= _MOST_RATIO:
        return
    raise NetworkError(
        "the lengths cannot be in the unit that was given",
        [
            f"in the middle, a link is {ratio:.3g} times as long as its line",
            *([f"they fit {fitting}"] if fitting else []),
        ],
        "Say the unit with --length-unit (in Python: GmnsUnits(length='m')), or in long_length of "
        "config.csv.",
    )


def _unfit(ratio: float) -> str:
    times = ", ".join(f"{ratio * metres:.3g} in {unit}" for unit, metres in _METRES.items())
    return f"lengths: in the middle, a link is so many times as long as its line: {times}"


def _against(unit: SpeedUnit, numbers: NDArray[np.float64]) -> list[str]:
    """What in the numbers speaks against a unit."""
    if unit is SpeedUnit.KMH:
        odd = numbers % 10 == 5
        what, share = "end in 5, as limits in mph do and those in km/h do not", _FIVES_SHARE
    else:
        odd = numbers > _HIGHEST_MPH
        what, share = f"are above {_HIGHEST_MPH:g}, more than any limit in mph", _TOO_FAST_SHARE
    if odd.mean() < share:
        return []
    return [f"{int(odd.sum()):,} of {len(odd):,} speeds in free_speed {what} ({_range(numbers)})"]


def _range(numbers: NDArray[np.float64]) -> str:
    return f"from {numbers.min():g} to {numbers.max():g}"


def _is_number(text: str) -> bool:
    try:
        return np.isfinite(float(text)) and float(text) > 0
    except ValueError:
        return False
