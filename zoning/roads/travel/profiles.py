"""Driving profiles: speed factors on the speed table, and delays at junctions.

A delay belongs to an approach, which is the end of a directed edge, and to the class
of road of that edge. Turns are not distinguished: a left turn costs no more than a right turn.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zoning.errors import DistrictNotice, NetworkError, first_few, typed
from zoning.geotables import TableUse, read_geotable
from zoning.inputs import LARGEST_SETTINGS_BYTES, require_kind, require_size
from zoning.roads.streets.streets import Streets
from zoning.workbooks import WORKBOOK_ENDINGS, split_sheet

ANY: Final = "*"
"""Stands for every road class, or every kind of area."""

JUNCTION_KINDS: Final = ("signal", "stop", "yield", "roundabout", "crossing", "fork")
"""Junctions that can cost time (see `junction_kinds`)."""

ONE_CROSSING_M: Final = 40.0
"""Longest link inside one crossing with signals, metres: our choice.

Where a divided road crosses, the carriageways lie up to about 40 m apart, and each
has a junction of its own; two crossings with signals of their own are hardly ever
closer than 60 m.
"""

PROFILE_COLUMNS: Final = ("setting", "road_class", "area", "junction", "value")


class ClassFactor(NamedTuple):
    """Speed factor on one class of road in one kind of area; ``'*'`` is any."""

    road_class: str
    area: str
    factor: float


class JunctionDelay(NamedTuple):
    """Seconds lost at one kind of junction, coming from a class of road in a kind of area.

    ``'*'`` is any junction that can cost time, any class, any kind of area.
    """

    junction: str
    road_class: str
    seconds: float
    area: str = ANY


STREET_DELAYS: Final = (
    JunctionDelay("signal", ANY, 12.0),
    JunctionDelay("signal", ANY, 8.0, "urban"),
    JunctionDelay("stop", ANY, 8.0),
    JunctionDelay("yield", ANY, 4.0),
    JunctionDelay("roundabout", ANY, 5.0),
    JunctionDelay("crossing", ANY, 5.0),
    JunctionDelay("crossing", "arterial", 3.0),
    JunctionDelay("fork", ANY, 3.0),
    JunctionDelay("fork", "arterial", 0.5),
)
"""Seconds at junctions for streets whose speeds are posted limits: defaults of ours.

Every profile without delays of its own is driven with them where the speeds of a
network are limits, and without where they include stops
(`RoadNetwork.includes_stops`). The signal lies at the lower end of level of service
B of the Highway Capacity Manual (10 to 20 s of control delay a vehicle); in urban
areas, where signals stand a block or two apart and are timed to be passed in
platoons, within its level A (up to 10 s), as the stop sign does. At a fork one
street of three waits as at a stop sign, 8 / 3 s. The others are guesses in
proportion. Beside a router's car times: see the benchmarks in the
documentation. Calibrate them where trips were observed.
"""


_NO_DELAY: Final = JunctionDelay(ANY, ANY, 0.0)


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
        Speed factors by road class and area that differ from ``factor``; of two
        that fit, the later counts.
    access_factor
        Speed factor on access legs between buildings and streets; above 0.
    delays
        Seconds at junctions passed or reached; of two that fit, the later counts. They
        are used as they are on any network; ``()`` is none at all. None, the default,
        leaves it to the network: if its speeds are posted limits, `STREET_DELAYS`
        divided by the speed factor of the street (see `default_delays`); if its speeds
        include stops, none.
    note
        Where the factors come from, or that they are a default.
    fitted
        For a profile fitted to observed trips how many and how well, for every output: ``fitted
        to 240 observed trips; ...``; '' for any other.

    Raises
    ------
    NetworkError
        If the name is empty, a factor is not a number above 0, a kind of
        junction is unknown or a delay is not a number of at least 0.
    """

    name: str
    factor: float = 1.0
    exceptions: tuple[ClassFactor, ...] = ()
    access_factor: float = 1.0
    delays: tuple[JunctionDelay, ...] | None = None
    note: str = "given by the user"
    fitted: str = ""

    def __post_init__(self) -> None:
        named = {"factor": self.factor, "access_factor": self.access_factor} | {
            f"{c} in {a} area": f for c, a, f in self.exceptions
        }
        faults = [
            f"{what} {f!r} is not a number above 0"
            for what, f in named.items()
            if not (math.isfinite(f) and f > 0)
        ]
        for delay in self.delays or ():
            if delay.junction not in (ANY, *JUNCTION_KINDS):
                faults.append(
                    f"junction {delay.junction!r} is not one of {', '.join(JUNCTION_KINDS)}"
                )
            if not (math.isfinite(delay.seconds) and delay.seconds >= 0):
                faults.append(
                    f"delay {delay.seconds!r} at a {delay.junction} is not a number of at least 0"
                )
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
            factors[((road_class == c) | (c == ANY)) & ((area == a) | (a == ANY))] = factor
        return factors

    def with_delays(self, delays: tuple[JunctionDelay, ...] | None) -> Profile:
        """Copy the profile with other delays; ``()`` is none, None leaves it to the network."""
        return replace(self, delays=None if delays is None else tuple(delays))

    def default_delays(self) -> tuple[JunctionDelay, ...]:
        """`STREET_DELAYS` divided by this profile's speed factors.

        Sources give a factor for the time of whole trips, stops included, and none
        separates driving from waiting. So the factor applies to both alike, and a
        profile means the same on limits with delays as on speeds that include stops.
        Lights and sirens at 1.35 save 26 % of either.
        """
        rows = [delay._replace(seconds=delay.seconds / self.factor) for delay in STREET_DELAYS]
        for road_class, area, factor in self.exceptions:
            for junction, of_class, seconds, of_area in STREET_DELAYS:
                named, there = _intersect(road_class, of_class), _intersect(area, of_area)
                if named and there:
                    rows.append(JunctionDelay(junction, named, seconds / factor, there))
        return tuple(rows)

    @property
    def is_default(self) -> bool:
        """Whether it is one of `PROFILES`, with the usual delays at junctions or none."""
        usual = PROFILES.get(self.name)
        return usual is not None and self in {
            usual.with_delays(delays) for delays in (None, (), usual.default_delays())
        }

    def to_frame(self) -> pd.DataFrame:
        """Convert the profile to a table that can be edited and read by `from_frame`.

        Returns
        -------
        DataFrame
            Columns ``setting`` (``factor``, ``access_factor`` or ``delay_s``),
            ``road_class``, ``area``, ``junction`` (``'*'`` for any, blank where
            it does not apply) and ``value``. No row ``delay_s`` leaves the delays
            to the network; 0 s at ``'*'`` alone is none at all.
        """
        rows: list[tuple[str, str, str, str, float]] = [("factor", ANY, ANY, "", self.factor)]
        rows += [("factor", c, a, "", f) for c, a, f in self.exceptions]
        rows += [("access_factor", "", "", "", self.access_factor)]
        delays = (_NO_DELAY,) if self.delays == () else self.delays or ()
        rows += [("delay_s", c, a, junction, s) for junction, c, s, a in delays]
        return pd.DataFrame(rows, columns=list(PROFILE_COLUMNS))

    @classmethod
    def from_frame(
        cls, frame: pd.DataFrame, *, name: str, note: str = "given by the user"
    ) -> Profile:
        """Make a profile from the columns of `to_frame`.

        The first ``factor`` row for any class in any area is the profile's
        ``factor``, 1 without one; ``access_factor`` is 1 without a row.

        Raises
        ------
        NetworkError
            If a column is missing, a setting is unknown, a value is not a number,
            or as for the class; every fault with its row (row 1 follows the header).
        """
        where = [f"row {k + 1}" for k in range(len(frame))]
        return cls._from_rows(frame, name=name, note=note, where=where)

    @classmethod
    def _from_rows(
        cls, frame: pd.DataFrame, *, name: str, note: str, where: Sequence[str]
    ) -> Profile:
        missing = [c for c in PROFILE_COLUMNS if c not in frame.columns]
        if missing:
            raise NetworkError(
                f"driving profile {name!r} cannot be used", [f"no column {', '.join(missing)}"]
            )
        factors: list[ClassFactor] = []
        access: list[float] = []
        delays: list[JunctionDelay] = []
        faults = []
        columns = [frame[c].fillna("").astype(str).str.strip() for c in PROFILE_COLUMNS]
        for row, setting, c, a, junction, text in zip(where, *columns, strict=True):
            value = pd.to_numeric(text, errors="coerce")
            if not math.isfinite(value):
                faults.append(f"{row}: value {text!r} is not a number")
            elif setting == "factor":
                factors.append(ClassFactor(c or ANY, a or ANY, float(value)))
            elif setting == "delay_s":
                delays.append(JunctionDelay(junction, c or ANY, float(value), a or ANY))
            elif setting == "access_factor":
                access.append(float(value))
            else:
                faults.append(f"{row}: setting {setting!r} is not factor, access_factor or delay_s")
        if len(access) > 1:
            faults.append(f"access_factor is given {len(access)} times")
        if faults:
            raise NetworkError(f"driving profile {name!r} cannot be used", faults)
        general = next((k for k, f in enumerate(factors) if f[:2] == (ANY, ANY)), None)
        return cls(
            name=name,
            factor=1.0 if general is None else factors[general].factor,
            exceptions=tuple(f for k, f in enumerate(factors) if k != general),
            access_factor=access[0] if access else 1.0,
            delays=() if delays == [_NO_DELAY] else tuple(delays) or None,
            note=note,
        )


def _intersect(one: str, other: str) -> str:
    """Intersect two classes or areas, where `ANY` stands for all; '' if disjoint."""
    if ANY in (one, other):
        return other if one == ANY else one
    return one if one == other else ""


_USE: Final = TableUse(
    what="driving profile",
    error=NetworkError,
    one_row="Give one row a setting.",
    recognise=lambda names: {*names} & {*PROFILE_COLUMNS},
    needs=tuple((name,) for name in PROFILE_COLUMNS),
)


@typed
def read_profile(path: str | Path, *, name: str | None = None) -> Profile:
    """Read a profile from a CSV file or a workbook with the columns of `Profile.to_frame`.

    Parameters
    ----------
    path
        CSV in UTF-8 with commas, or ``.xlsx``, ``.xlsm``, ``.xls`` or ``.ods``; of
        several sheets the one with these columns, or ``profile.xlsx#Sheet``.
    name
        The file's name without its ending if None.

    Raises
    ------
    NetworkError
        If the file is missing or is no table, or as for `Profile.from_frame`, but
        with Excel's row numbers.
    """
    place, sheet = split_sheet(path)
    title, note = place.stem if name is None else name, f"read from {place.name}"
    if place.suffix.lower() in WORKBOOK_ENDINGS:
        table = read_geotable(place, replace(_USE, sheet=sheet))
        if faults := [
            f"{table.where[row]}: {what}" for row, what in table.doubts_of(PROFILE_COLUMNS)
        ]:
            raise NetworkError(
                f"{table.source} cannot be read", first_few(faults), "Correct these cells."
            )
        for notice in table.notices:
            # The caller of read_profile.
            warnings.warn(f"{place.name}: {notice}", DistrictNotice, stacklevel=3)
        frame = pd.DataFrame({name: table.cells[name] for name in table.columns}, dtype=object)
        return Profile._from_rows(frame, name=title, note=note, where=table.where)
    require_kind(place, shown=place, error=NetworkError)
    require_size(place, most_bytes=LARGEST_SETTINGS_BYTES, shown=place, error=NetworkError)
    try:
        frame = pd.read_csv(place, dtype=str, keep_default_na=False)
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as e:
        raise NetworkError(
            "the driving profile cannot be read",
            [f"{place}: {e}"],
            "Write one with Profile.to_frame().to_csv(path, index=False) and change it.",
        ) from e
    return Profile.from_frame(frame, name=title, note=note)


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
            Profile(
                name="school_dismissal",
                factor=0.85,
                exceptions=(ClassFactor(ANY, "rural", 1.0),),
                access_factor=0.7,
                note="default: 15 % slower around dismissal in urban and suburban areas, "
                "30 % slower on access legs",
            ),
            Profile(
                name="midday",
                factor=0.95,
                exceptions=(ClassFactor(ANY, "rural", 1.0),),
                note="default: 5 % slower between the rush hours in urban and suburban areas",
            ),
        )
    }
)
"""The profiles with a name; any `Profile` can be used instead.

``free_flow``
    The speeds as they stand.
``school_arrival``
    Default of ours, not a measurement: 0.85 of the speed in urban and suburban
    areas and on access legs, where parents queue.
``emergency``
    Default of ours: 1.35 on streets, which saves 26 % of the time. Lights and
    sirens were measured to save 38.5 % in a city (pubmed 9795322) and 30.9 % in
    the country (pubmed 10634288); ours stays below both. Both were taken of whole
    trips, so delays at junctions are shortened by the same share. Access legs,
    school driveways among them, are not driven faster.
``school_dismissal``
    Default of ours, not a measurement: streets as at arrival, access legs slower,
    because parents park and wait before the bell.
``midday``
    Default of ours, not a measurement: nearly the speed table.

Calibrate one from observed trips (`zoning.roads.calibrate`) where there are any.
"""


def profile_named(profile: str | Profile) -> Profile:
    """Find a profile of `PROFILES` by name; return a `Profile` unchanged.

    Raises `NetworkError` if the name is unknown; lists the names there are.
    """
    if isinstance(profile, Profile):
        return profile
    if profile not in PROFILES:
        raise NetworkError(
            f"no driving profile is called {profile!r}",
            [f"known: {', '.join(PROFILES)}"],
            "Use one of these names, or a profile of your own: a CSV file in a command.",
        )
    return PROFILES[profile]


def junction_kinds(network: Streets) -> NDArray[np.str_]:
    """Classify every junction, shape (n_nodes,).

    ``'signal'``, ``'stop'``, ``'yield'``, ``'roundabout'`` where the data say so
    (``network.control``); otherwise ``'crossing'`` where four or more streets meet
    and ``'fork'`` where three do, service roads not counted; ``''`` where nothing need
    be waited for: bends, ends, junctions of freeways and ramps alone, and those the
    data call free.
    """
    # Service roads do not count as arms: through traffic does not wait for an alley.
    is_arm = network.road_class != "service"
    one, other = network.edge_from[is_arm], network.edge_to[is_arm]
    n = len(network.node_ids)
    # Count each neighbour once. One number a pair is ten times as fast as two columns.
    pairs = np.unique(np.concatenate([one * n + other, other * n + one]))
    arms = np.bincount(pairs // n, minlength=n)
    on_streets = ~np.isin(network.road_class, network.speeds.no_access_from)
    street = np.zeros(len(network.node_ids), dtype=bool)
    street[network.edge_from[on_streets]] = True
    street[network.edge_to[on_streets]] = True
    kinds = np.where(arms >= 4, "crossing", np.where(arms == 3, "fork", "")).astype("U10")
    kinds[~street] = ""
    known = network.control != ""
    kinds[known] = network.control[known]
    kinds[network.control == "none"] = ""
    return kinds


def approach_kinds(network: Streets) -> NDArray[np.str_]:
    """Kind of the junction where each edge ends, as in `junction_kinds`; shape (n_edges,).

    The sign or signal of the approach where one is known (``network.approach``),
    else the kind of the junction. One crossing with signals is waited for once: an
    edge of at most 40 m between two junctions with signals lies inside it.
    """
    kinds = junction_kinds(network)[network.edge_to]
    known = network.approach != ""
    kinds[known] = network.approach[known]
    kinds[network.approach == "none"] = ""
    has_signals = np.zeros(len(network.node_ids), dtype=bool)
    has_signals[network.edge_to[kinds == "signal"]] = True
    inside = has_signals[network.edge_from] & has_signals[network.edge_to]
    kinds[inside & (network.length_m <= ONE_CROSSING_M)] = ""
    return kinds


def junction_delays(network: Streets, profile: Profile) -> NDArray[np.float64]:
    """Seconds of delay at the end of each edge, shape (n_edges,).

    A profile without delays of its own loses the default ones, on the edges whose
    speed is a posted limit.
    """
    seconds = np.zeros(len(network.edge_to))
    free = network.includes_stops if profile.delays is None else np.zeros(len(seconds), dtype=bool)
    delays = profile.default_delays() if profile.delays is None else profile.delays
    if free.all() or not delays:
        return seconds
    kind = approach_kinds(network)
    for junction, road_class, delay, area in delays:
        at = (kind == junction) | ((junction == ANY) & (kind != ""))
        at &= (network.road_class == road_class) | (road_class == ANY)
        seconds[at & ((network.area == area) | (area == ANY))] = delay
    seconds[free] = 0.0
    return seconds


def with_own_delays(network: Streets, profile: Profile) -> Profile:
    """Copy a profile with its delays on a network fixed as its own."""
    if profile.delays is not None:
        return profile
    return profile.with_delays(() if network.includes_stops.all() else profile.default_delays())


def speeds_meaning(network: Streets) -> str:
    """Describe the speeds of a network and where they come from, for a planner."""
    share = float(network.speed_given.mean())
    if not share:
        return network.speeds.note
    kind = "measured, stops included" if network.given_include_stops else "posted limits"
    return f"{share:.0%} with the data, {kind}; {network.speeds.note}"


def delays_meaning(network: Streets, profile: Profile) -> str:
    """Describe the delays at junctions that a profile has on a network, for a planner."""
    default = "default delays at signals, signs and crossings"
    if profile.delays is None:
        free = network.includes_stops
        if free.all():
            return "no delays at junctions, since the speeds include stops"
        return f"{default} on streets whose speed is a posted limit" if free.any() else default
    if not any(delay.seconds for delay in profile.delays):
        return "no delays at junctions"
    return default if profile.delays == profile.default_delays() else "delays of the profile's own"
