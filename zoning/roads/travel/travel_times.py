"""The travel-time matrix: computed from streets, cached on disk, or estimated without streets."""

from __future__ import annotations

import difflib
import io
import math
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
from numpy.typing import ArrayLike, NDArray
from platformdirs import user_cache_path
from scipy.sparse.csgraph import connected_components

from zoning.errors import (
    DistrictNotice,
    NetworkError,
    OutputError,
    UnreachableError,
    first_few,
    typed_fields,
)
from zoning.files import write_whole
from zoning.inputs import BAD_ARCHIVE, require_unpackable
from zoning.roads.streets.antimeridian import metric_crs
from zoning.roads.streets.speeds import FASTEST_KPH
from zoning.roads.streets.streets import EDGE_COLUMNS, Streets, content_hash
from zoning.roads.travel import hub_labels, routing
from zoning.roads.travel.access import AccessLegs, find_access_legs, join_buildings, points_of
from zoning.roads.travel.hub_labels import Preparation
from zoning.roads.travel.profiles import (
    Profile,
    delays_meaning,
    profile_named,
    speeds_meaning,
    with_own_delays,
)
from zoning.roads.travel.routing import describe_unreachable
from zoning.units import KPH_PER_MPH, metres_per_second

HIERARCHY_FROM: Final = 50
"""Number of buildings from which the hierarchy computes a matrix; below, Dijkstra's algorithm does.

Both take time in proportion to the junctions, Dijkstra's algorithm to the buildings too;
the hierarchy has to be prepared once. Measured with three profiles on 3,000 to 100,000
junctions: equal at 40 to 60 buildings; for 9 buildings and one profile the preparation
costs 3 to 14 times the search.
"""

DETOUR: Final = 1.3
"""Road metres per straight metre without streets: the upper end of the published 1.2 to 1.3."""

SPEED_KPH: Final = 40.0
"""Average speed without streets: 25 mph, the planning sanity figure."""

# Number of names that a message lists; it counts the others.
_NAMED = 5

_UNREADABLE: Final = (*BAD_ARCHIVE, OSError, KeyError, TypeError, AttributeError)
# Largest cache file: 11,000 buildings at 16 bytes a pair, more than any district has.
_LARGEST_MATRIX_BYTES: Final = 2**31

Tables = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Seconds and metres, shape (n, n) each."""


@typed_fields
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TravelTimes:
    """Seconds from every building to every other, by one profile.

    Asymmetric by nature: ``seconds[i, j]`` is from ``ids[i]`` to ``ids[j]``. The
    tables are copies of what is given.

    Attributes
    ----------
    ids
        Building ids, in the order of rows and columns.
    seconds
        Shape (n, n), seconds, zero diagonal, read-only; ``inf`` is unreachable.
    metres
        Shape (n, n), metres driven on the quickest way, read-only; None when
        not known, and then nothing that needs a distance is computed.
    profile
        Name of the driving profile, for example ``'emergency'``.
    source
        Where the times came from, in words for a planner.
    estimate
        None when the times come from streets; otherwise the sentence that every
        output must show, for example that they are a straight-line estimate.
    driving
        The driving profile itself, with which maps draw ways and reach; None
        where it is not known, as of a table that is given.
    """

    ids: tuple[str, ...]
    seconds: NDArray[np.float64]
    metres: NDArray[np.float64] | None = None
    profile: str
    source: str
    estimate: str | None = None
    driving: Profile | None = None

    def __repr__(self) -> str:
        return f"TravelTimes({len(self.ids)} places, {self.profile!r}, source={self.source!r})"

    def __post_init__(self) -> None:
        n = len(self.ids)
        faults = [f"id {i!r} appears {c} times" for i, c in Counter(self.ids).items() if c > 1]
        tables = {"seconds": self.seconds} | (
            {} if self.metres is None else {"metres": self.metres}
        )
        for name, table in tables.items():
            if table.shape != (n, n):
                faults.append(f"{name} has shape {table.shape}, {n} ids need ({n}, {n})")
                continue
            for problem, where in (
                ("is not a number", np.isnan(table)),
                ("is negative", table < 0),
            ):
                if where.any():
                    i, j = (int(k) for k in np.argwhere(where)[0])
                    faults.append(
                        f"{name} from {self.ids[i]} to {self.ids[j]} {problem}"
                        + (f", and {int(where.sum()) - 1} more" if where.sum() > 1 else "")
                    )
            if np.diagonal(table).any():
                i = int(np.flatnonzero(np.diagonal(table))[0])
                faults.append(f"{name} from {self.ids[i]} to itself is not 0")
        if faults:
            raise NetworkError("the travel-time table cannot be used", faults)
        for name, table in tables.items():
            kept = table.copy()
            kept.flags.writeable = False
            object.__setattr__(self, name, kept)

    @classmethod
    def from_array(
        cls,
        seconds: ArrayLike,
        ids: Iterable[str],
        *,
        metres: ArrayLike | None = None,
        profile: str = "given",
        source: str = "table given by the user",
    ) -> TravelTimes:
        """Make travel times from a plain square array, which is copied.

        Parameters
        ----------
        seconds
            Shape (n, n), seconds from row to column; ``inf`` is unreachable.
        ids
            n building ids.
        metres
            Shape (n, n), metres; None when distances are not known.

        Raises
        ------
        NetworkError
            If shapes differ, ids repeat, or a time is negative or not a number.
        """
        return cls(
            ids=tuple(str(i) for i in ids),
            seconds=np.asarray(seconds, dtype=np.float64),
            metres=None if metres is None else np.asarray(metres, dtype=np.float64),
            profile=profile,
            source=source,
        )

    def positions(self, ids: Sequence[str]) -> NDArray[np.intp]:
        """Row (and column) numbers of some ids, in the order asked.

        Raises
        ------
        NetworkError
            Naming every id the table does not have.
        """
        index = {building: k for k, building in enumerate(self.ids)}
        missing = [i for i in ids if i not in index]
        if missing:
            raise NetworkError(
                f"{len(missing)} buildings have no travel times",
                [", ".join(first_few(missing))],
                "Compute the times for the same schools, or leave these buildings out.",
            )
        return np.array([index[i] for i in ids], dtype=np.intp)

    def between(self, origin: str, destination: str) -> float:
        """Seconds from one building to another."""
        i, j = self.positions((origin, destination))
        return float(self.seconds[i, j])

    def subset(self, ids: Sequence[str]) -> TravelTimes:
        """Select the times of some buildings, in the order given."""
        at = self.positions(ids)
        square = np.ix_(at, at)
        return replace(
            self,
            ids=tuple(ids),
            seconds=self.seconds[square],
            metres=None if self.metres is None else self.metres[square],
        )

    def unreachable_pairs(self) -> list[tuple[str, str]]:
        """Pairs (origin, destination) without a path."""
        return [
            (self.ids[int(i)], self.ids[int(j)]) for i, j in np.argwhere(np.isinf(self.seconds))
        ]

    def cut_off(self) -> list[str]:
        """Buildings outside the largest group in which each can reach every other."""
        _, group = connected_components(np.isfinite(self.seconds), connection="strong")
        largest = np.bincount(group, minlength=1).argmax()
        return [self.ids[int(k)] for k in np.flatnonzero(group != largest)]

    def require_reachable(self) -> None:
        """Raise `UnreachableError`, naming the buildings cut off, unless all are reachable."""
        pairs = [f"{a} to {b}" for a, b in self.unreachable_pairs()]
        if pairs:
            off = self.cut_off()
            raise UnreachableError(
                describe_unreachable(len(pairs)),
                [
                    f"cut off from the other {len(self.ids) - len(off)} in one direction or both: "
                    f"{', '.join(first_few(off, _NAMED))}",
                    *first_few(pairs, _NAMED),
                ],
                "The streets beside these buildings are not joined to the rest: zoning network "
                "check says where. Repair them, or leave these buildings out.",
            )


def street_times(
    network: Streets,
    preparation: Preparation,
    schools: gpd.GeoDataFrame,
    *,
    profile: str | Profile,
    max_access_m: float,
    cache: bool | str | Path,
) -> TravelTimes:
    """Compute the matrix of `zoning.roads.RoadNetwork.travel_times`, or read it from the cache."""
    chosen = profile_named(profile)
    legs = join_buildings(network, points_of(schools), max_access_m=max_access_m)
    kept = MatrixCache.at(cache)
    key = "" if kept is None else MatrixCache.key(network, legs, chosen)
    tables = None if kept is None else kept.load(key)
    if tables is None:
        tables = matrix(network, preparation, legs, chosen)
        if kept is not None:
            kept.store(key, tables)
    times = TravelTimes(
        ids=legs.ids,
        seconds=tables[0],
        metres=tables[1],
        profile=chosen.name,
        source=f"streets: {network.source}; speeds: {speeds_meaning(network)}; "
        f"{delays_meaning(network, chosen)}; "
        f"profile {chosen.name.replace('_', ' ')}: {chosen.note}",
        driving=chosen,
    )
    _warn_unreachable(times)
    return times


def times_without(
    network: Streets,
    schools: gpd.GeoDataFrame,
    closed: Sequence[str],
    *,
    profile: str | Profile,
    max_access_m: float,
) -> TravelTimes:
    """Compute the matrix of `zoning.roads.RoadNetwork.times_without`."""
    chosen = profile_named(profile)
    shut = closed_edges(network, closed)
    gone = np.zeros(len(network.lines), dtype=bool)
    gone[network.link_id[shut]] = True
    number = np.cumsum(~gone) - 1
    edges = {column: getattr(network, column)[~shut] for column in EDGE_COLUMNS}
    rest = replace(
        network,
        **edges | {"link_id": number[edges["link_id"]]},
        lines=network.lines[~gone],
        keep_islands=True,  # what a closure cuts off is not joined across it
    )
    points = points_of(schools)
    legs, _ = find_access_legs(network, points, max_access_m=max_access_m)
    beside = gone[legs.link]
    changed: dict[str, Any] = {"link": number[legs.link]}
    if beside.any():
        other, _ = find_access_legs(rest, points[beside], max_access_m=max_access_m)
        changed |= {column: getattr(legs, column).copy() for column in _OF_LEG}
        for column, values in changed.items():
            values[beside] = getattr(other, column)
    seconds, metres = matrix(rest, Preparation(), replace(legs, **changed), chosen)
    return TravelTimes(
        ids=legs.ids,
        seconds=seconds,
        metres=metres,
        profile=chosen.name,
        source=f"streets: {network.source}, without {', '.join(closed)}",
        driving=chosen,
    )


_OF_LEG: Final = ("share", "straight_m", "metres")
"""What the leg of a building beside a closed street takes from its new leg, with its link."""


def closed_edges(network: Streets, closed: Sequence[str]) -> NDArray[np.bool_]:
    """The edges of streets by name or class; names joined by / or ; count as each of them."""
    names, of_edge = np.unique(network.name, return_inverse=True)
    parts = [
        {whole.casefold(), *(part.strip() for part in re.split("[/;]", whole.casefold()))} - {""}
        for whole in names.tolist()
    ]
    shut, faults = np.zeros(len(network.link_id), dtype=bool), []
    for word in closed:
        named = np.array([word.casefold() in known for known in parts], dtype=bool)
        found = named[of_edge] | (network.road_class == word)
        if not found.any():
            known = sorted({*names.tolist(), *network.road_class.tolist()} - {""})
            near = difflib.get_close_matches(word, known)
            faults.append(f"{word!r}" + (f"; similar: {', '.join(near)}" if near else ""))
        shut |= found
    if faults:
        raise NetworkError(
            "the network has no streets of this name or class",
            faults,
            f"Classes are {', '.join(sorted(set(network.road_class.tolist())))}; "
            "names are those of network.links_frame().",
        )
    return shut


def matrix(
    network: Streets, preparation: Preparation, legs: AccessLegs, profile: Profile
) -> Tables:
    """Seconds and metres between all buildings, access legs included, ``inf`` without a path.

    Two buildings that join the streets at one place are an access leg out and
    an access leg in apart.
    """
    if len(legs.ids) >= HIERARCHY_FROM:
        hierarchy = preparation.hierarchy(network)
        seconds, metres = hub_labels.times_between(network, hierarchy, legs, profile)
    else:
        seconds, metres = routing.times_between(routing.street_graph(network, legs, profile))
    leg_s = routing.leg_seconds(network, legs, profile)
    seconds = leg_s[:, None] + seconds + leg_s[None, :]
    metres = legs.metres[:, None] + metres + legs.metres[None, :]
    np.fill_diagonal(seconds, 0.0)
    np.fill_diagonal(metres, 0.0)
    return seconds, metres


def _warn_unreachable(times: TravelTimes) -> None:
    """Warn, naming buildings and pairs, if some have no path between them."""
    pairs = times.unreachable_pairs()
    if not pairs:
        return
    off = times.cut_off()
    shown = ", ".join(first_few([f"{a} to {b}" for a, b in pairs], _NAMED))
    warnings.warn(
        f"{describe_unreachable(len(pairs))}, their time is inf. "
        f"Cut off from the other {len(times.ids) - len(off)} in one direction or both: "
        f"{', '.join(first_few(off, _NAMED))}. Pairs: {shown}.",
        DistrictNotice,
        stacklevel=4,
    )


def straight_line_times(
    schools: gpd.GeoDataFrame,
    *,
    detour: float = DETOUR,
    speed_kph: float = SPEED_KPH,
    profile: str | Profile = "free_flow",
) -> TravelTimes:
    """Estimate travel times without streets: straight line times a detour factor, at one speed.

    Rivers, railways and freeways are not seen, so a building across one looks
    nearer than it is; the sentence in ``estimate`` must be shown on every output.

    Parameters
    ----------
    schools
        From `zoning.read_schools`, or buildings (index ``building_id``).
    detour
        Road metres per straight metre, at least 1. Default 1.3; published
        ratios are 1.2 to 1.3.
    speed_kph
        Average speed, km/h. Default 40 (25 mph), the planning sanity figure.
    profile
        Its ``factor`` multiplies the speed; without road classes, its
        exceptions do not apply.

    Returns
    -------
    TravelTimes
        Symmetric; ``metres`` is the straight line times the detour. Distances
        are taken in the UTM zone of the buildings, within 0.1 % in a district.

    Raises
    ------
    NetworkError
        If a building has no usable place, or detour or speed make no sense.
    """
    chosen = profile_named(profile)
    faults = []
    if not (math.isfinite(detour) and detour >= 1):
        faults.append(f"detour {detour!r} is not a number of at least 1")
    if not (math.isfinite(speed_kph) and 0 < speed_kph <= FASTEST_KPH):
        faults.append(f"speed_kph {speed_kph!r} is not above 0 and at most {FASTEST_KPH:.0f}")
    if faults:
        raise NetworkError("no straight-line estimate can be made", faults)

    points = points_of(schools)
    places = points.geometry.to_crs(metric_crs(points))
    x, y = places.x.to_numpy(), places.y.to_numpy()
    metres = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :]) * detour
    kph = speed_kph * chosen.factor
    sentence = (
        f"Straight-line estimate, no streets were used: {detour:g} times the straight line "
        f"at {kph:g} km/h ({kph / KPH_PER_MPH:.0f} mph)."
    )
    return TravelTimes(
        ids=tuple(points.index),
        seconds=metres / metres_per_second(kph),
        metres=metres,
        profile=chosen.name,
        source="straight line between the buildings",
        estimate=sentence,
        driving=chosen,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixCache:
    """A folder of matrices, one file a key; it may be emptied at any time.

    Attributes
    ----------
    folder
        Made when the first matrix is cached.
    """

    folder: Path

    @classmethod
    def at(cls, place: bool | str | Path) -> MatrixCache | None:
        """Open the cache of a folder; of the user's cache folder if True, none if False."""
        if place is False:
            return None
        if place is True:
            return cls(folder=user_cache_path("zoning", appauthor=False) / "matrices")
        return cls(folder=Path(place))

    @staticmethod
    def key(network: Streets, legs: AccessLegs, profile: Profile) -> str:
        """A hash of streets, profile, the places of the buildings, and this library's version.

        Ids and notes do not count: a matrix does not depend on them.
        """
        return content_hash(
            [
                version("zoning"),
                network.content_hash,
                repr(replace(profile, name="any", note="", fitted="")),
                repr(with_own_delays(network, profile).delays),
                legs.link,
                legs.share,
                legs.metres,
            ]
        )

    def load(self, key: str) -> Tables | None:
        """Load the matrix of a key, None if there is none; warn of a damaged or changed file."""
        path = self._path(key)
        try:
            # Refuse pickles: a manipulated file must not run code.
            with np.load(path, allow_pickle=False) as kept:
                members = kept.zip.infolist()
                require_unpackable(
                    members, most_bytes=_LARGEST_MATRIX_BYTES, shown=path.name, error=NetworkError
                )
                if str(kept["key"]) != key:
                    raise ValueError("it holds another matrix")
                tables = kept["seconds"], kept["metres"]
                if str(kept["content"]) != _digest(key, tables):
                    raise ValueError("it was changed after it was written")
                return tables
        except (FileNotFoundError, NotADirectoryError):
            return None
        except _UNREADABLE as error:
            _notice(f"{path} cannot be used and is written anew: {error}")
            return None

    def store(self, key: str, tables: Tables) -> None:
        """Write a matrix to the cache; if that fails, warn and go on."""
        data = io.BytesIO()
        content = np.array(_digest(key, tables))
        np.savez_compressed(
            data, key=np.array(key), content=content, seconds=tables[0], metres=tables[1]
        )
        try:
            write_whole(self._path(key), data.getvalue(), replace=True)
        except OutputError as error:
            _notice(f"the travel times were computed but not kept: {error}")

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.npz"


def _digest(key: str, tables: Tables) -> str:
    return content_hash([key, *tables])


def _notice(words: str) -> None:
    # Skip load or store, street_times and RoadNetwork.travel_times: warn at the caller's line.
    warnings.warn(words, DistrictNotice, stacklevel=5)
