"""Fitting a driving profile to trips that were observed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import least_squares

from zoning.errors import NetworkError, first_few, typed
from zoning.roads.road_network import RoadNetwork
from zoning.roads.streets.tables import numbers
from zoning.roads.travel.access import MAX_ACCESS_M, AccessLegs, join_buildings, points_of
from zoning.roads.travel.profiles import (
    ANY,
    ClassFactor,
    JunctionDelay,
    Profile,
    approach_kinds,
    profile_named,
    with_own_delays,
)
from zoning.roads.travel.routing import running_s, street_graph, ways_between

TRIP_COLUMNS: Final = ("origin", "destination", "seconds")

FEWEST_TRIPS: Final = 5
"""Default: an unknown that fewer trips use keeps the base profile's value."""

LEGS: Final = "access legs"

# Number of faulty trips that an error lists; it counts the others.
_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FitSettings:
    """Tuning constants of the fit, our choice; `FIT` has the values in use.

    Attributes
    ----------
    max_speed_ratio
        A fitted speed is at most this many times the base profile's, and at least
        the base profile's divided by it; a trip outside a factor of 4 is hardly a drive.
    max_delay_s
        A fitted delay at a junction is at most this long, seconds: a long signal cycle.
    min_use
        A trip uses an unknown if its coefficient is above this; smaller ones are rounding.
    max_rounds
        Largest number of rounds of path search and fit; the best round is the result.
    settled
        The fit has converged when no unknown changes by more than this.
    min_scale
        Residuals are divided by their spread, but at least by this, to avoid dividing by 0
        where trips fit exactly.
    pull
        Weight of the distance to the base profile relative to one trip's residual: small,
        so that it only determines unknowns that no trip determines.
    """

    max_speed_ratio: float = 4.0
    max_delay_s: float = 120.0
    min_use: float = 1e-3
    max_rounds: int = 12
    settled: float = 1e-3
    min_scale: float = 0.05
    pull: float = 0.05


FIT: Final = FitSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class FitError:
    """Errors of computed trip times against observed ones.

    Attributes
    ----------
    median_absolute_s
        Half of the trips (by weight) are nearer than this, seconds.
    mean_s
        Computed less observed, weighted mean, seconds: above 0 is too slow.
    within_20_percent
        Share of the trips (by weight) computed within 20 % of what was observed.
    """

    median_absolute_s: float
    mean_s: float
    within_20_percent: float

    def __str__(self) -> str:
        return (
            f"median error {self.median_absolute_s:.0f} s, mean {self.mean_s:+.0f} s, "
            f"{self.within_20_percent:.0%} within 20 %"
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """A fitted profile, and its errors before and after the fit.

    Attributes
    ----------
    profile
        The fitted profile.
    before, after
        Errors of the base profile and of the fitted one on all trips.
    held_out
        Errors on trips that were left out of the fit, each once; the figure to
        expect of new trips.
    factors
        One row a class (and area), ``access legs``, and kind of junction fitted:
        index ``what``; ``trips`` that use it; ``speed`` relative to the base
        profile (NaN for junctions); ``delay_s`` (NaN for roads); ``fitted``
        False where too few trips use it and the base profile stays.
    trips
        The trips as given, with ``before_s`` and ``after_s``.
    """

    profile: Profile
    before: FitError
    after: FitError
    held_out: FitError
    factors: pd.DataFrame
    trips: pd.DataFrame

    def __str__(self) -> str:
        return "\n".join(
            [
                f"Profile {self.profile.name!r} fitted to {len(self.trips)} trips.",
                f"  before: {self.before}",
                f"  after: {self.after}",
                f"  on trips left out of the fit: {self.held_out}",
            ]
        )


@typed
def calibrate(
    network: RoadNetwork,
    schools: gpd.GeoDataFrame,
    trips: pd.DataFrame,
    *,
    base: str | Profile = "free_flow",
    by: Literal["class", "class and area"] = "class",
    fit_delays: bool = False,
    fewest_trips: int = FEWEST_TRIPS,
    folds: int = 5,
    name: str | None = None,
    max_access_m: float = MAX_ACCESS_M,
) -> Calibration:
    """Fit the factors of a profile to observed trips.

    The model of a trip multiplies the base profile's seconds on each road class of its
    quickest way, and on its access legs, by an unknown factor. On request it adds
    unknown seconds for each kind of junction passed. The unknowns are fitted by least
    squares. The variance of a trip is assumed to grow with its length; a soft absolute
    loss limits the weight of a few odd trips; and a weak pull towards the base profile
    decides what the trips do not determine. Quickest ways change with the speeds, so
    routing and fitting are repeated until both settle.

    Parameters
    ----------
    schools
        From `zoning.read_schools`, or any places (index ``building_id``).
    trips
        Columns ``origin`` and ``destination`` (ids of buildings), ``seconds``
        (observed, above 0), and, if wanted, ``weight`` (above 0; 1 without). From
        `zoning.read_trips`, or a table of your own.
    base
        The profile to start from.
    by
        One unknown a road class, or one a road class and area.
    fit_delays
        True to fit seconds at junctions too; otherwise those of ``base`` on this
        network stay. Either way the fitted profile has them as its own.
    fewest_trips
        Default 5: what fewer trips use keeps the base profile's value.
    folds
        Parts the trips are split into for ``held_out``; each is computed with a
        profile fitted to the others. At least 2.
    name
        Of the new profile; the base's with ``', calibrated'`` if None.

    Returns
    -------
    Calibration

    Raises
    ------
    NetworkError
        If the trips or the options cannot be used; every fault at once.
    """
    # Default delays change with the factors of a profile: fix them, so that they are not fitted.
    chosen = with_own_delays(network, profile_named(base))
    legs = join_buildings(network, points_of(schools), max_access_m=max_access_m)
    observed = _read_trips(trips, legs.ids, fewest_trips=fewest_trips, folds=folds)
    model = Model.of(network, legs, chosen, by=by, fit_delays=fit_delays)
    _require_ways(model, observed)

    fitted = fit_values(model, observed, fewest_trips)
    before_s = model.terms(chosen, observed).sum(model.base_values())
    new = model.profile(fitted, name=f"{chosen.name}, calibrated" if name is None else name)
    after_s = model.terms(new, observed).sum(fitted)
    after = fit_error(after_s, observed)
    held_out_s = np.empty(len(trips))
    # A fixed shuffle: trips in a table are often in the order they were driven.
    part_of = np.random.default_rng(0).permutation(len(trips)) % folds
    for part in range(folds):
        out = part_of == part
        values = fit_values(model, observed.subset(~out), fewest_trips)
        profile = model.profile(values, name="fold")
        held_out_s[out] = model.terms(profile, observed.subset(out)).sum(values)
    held_out = fit_error(held_out_s, observed)
    factors = model.frame(fitted, model.terms(new, observed), fewest_trips)
    new = replace(
        new,
        note=f"profile {chosen.name} fitted to {len(trips)} observed trips",
        fitted=_describe_fit(len(trips), held_out, factors, base=chosen.name),
    )
    return Calibration(
        profile=new,
        before=fit_error(before_s, observed),
        after=after,
        held_out=held_out,
        factors=factors,
        trips=trips.assign(before_s=before_s, after_s=after_s),
    )


def _describe_fit(count: int, held_out: FitError, factors: pd.DataFrame, *, base: str) -> str:
    """Say for every output what a profile was fitted to, and what no trip told."""
    kept = [
        f"{road_class} in {area} areas" if area else road_class
        for name in factors.index[~factors["fitted"]]
        for road_class, _, area in [str(name).partition(", ")]
    ]
    rest = f"; too few trips for {', '.join(kept)}, which keep the speeds of profile {base}"
    return (
        f"fitted to {count} observed trips{rest if kept else ''}; on trips left out of the fit "
        f"the median error is {held_out.median_absolute_s:.0f} s, and "
        f"{held_out.within_20_percent:.0%} are within 20 %"
    )


def _read_trips(trips: pd.DataFrame, ids: Sequence[str], *, fewest_trips: int, folds: int) -> Trips:
    """Read the columns of a trip table; raise one error with every fault."""
    missing = [column for column in TRIP_COLUMNS if column not in trips.columns]
    if missing:
        raise _unusable([f"no column {', '.join(missing)}"])
    faults = []
    if folds < 2:
        faults.append(f"folds {folds!r} is not at least 2")
    if fewest_trips < 1:
        faults.append(f"fewest_trips {fewest_trips!r} is not at least 1")
    if len(trips) < max(folds, fewest_trips):
        faults.append(f"{len(trips)} trips are too few, {max(folds, fewest_trips)} are needed")
    position = {building: k for k, building in enumerate(ids)}
    origins, destinations = (trips[c].astype(str).tolist() for c in ("origin", "destination"))
    given = trips if "weight" in trips.columns else trips.assign(weight=1.0)
    seconds, weight = numbers(given["seconds"]), numbers(given["weight"])
    for row, (a, b) in enumerate(zip(origins, destinations, strict=True)):
        here = [
            f"{column} {building!r} is not a building"
            for column, building in (("origin", a), ("destination", b))
            if building not in position
        ]
        if a == b and not here:
            here.append(f"leads from {a} to itself")
        here += [
            f"{column} {str(given[column].iloc[row])!r} is not a number above 0"
            for column, values in (("seconds", seconds), ("weight", weight))
            if not (np.isfinite(values[row]) and values[row] > 0)
        ]
        if here:
            faults.append(f"row {row + 1}: {', '.join(here)}")
    if faults:
        raise _unusable(first_few(faults, _SHOWN))
    origin, destination = (
        np.array([position[i] for i in column], dtype=np.intp) for column in (origins, destinations)
    )
    return Trips(origin=origin, destination=destination, seconds=seconds, weight=weight)


def _require_ways(model: Model, trips: Trips) -> None:
    """Raise an error naming the trips for which the streets have no path."""
    computed = model.terms(model.base, trips).sum(model.base_values())
    ids = model.legs.ids
    faults = [
        f"row {k + 1}: there is no way from {ids[trips.origin[k]]} to {ids[trips.destination[k]]}"
        for k in np.flatnonzero(np.isinf(computed)).tolist()
    ]
    if faults:
        raise _unusable(first_few(faults, _SHOWN))


def _unusable(faults: list[str]) -> NetworkError:
    return NetworkError(
        "the observed trips cannot be used",
        faults,
        "Correct or leave out these rows (row 1 is the first after the header).",
    )


def fit_error(computed_s: NDArray[np.float64], trips: Trips) -> FitError:
    """Errors of computed seconds, shape (n_trips,)."""
    off, weight = computed_s - trips.seconds, trips.weight
    order = np.argsort(np.abs(off), kind="stable")
    half = np.searchsorted(np.cumsum(weight[order]), weight.sum() / 2)
    near = np.abs(off) <= 0.2 * trips.seconds
    return FitError(
        median_absolute_s=float(np.abs(off)[order][half]),
        mean_s=float((off * weight).sum() / weight.sum()),
        within_20_percent=float(weight[near].sum() / weight.sum()),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trips:
    """Observed trips: positions of buildings, seconds, weights; shape (n_trips,) each."""

    origin: NDArray[np.intp]
    destination: NDArray[np.intp]
    seconds: NDArray[np.float64]
    weight: NDArray[np.float64]

    def subset(self, rows: NDArray[np.bool_]) -> Trips:
        """Some of the trips."""
        return Trips(**{each.name: getattr(self, each.name)[rows] for each in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Terms:
    """Coefficients of the unknowns, shape (n_trips, n_unknowns), and the constant seconds."""

    of: NDArray[np.float64]
    fixed_s: NDArray[np.float64]

    def sum(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Seconds of every trip, shape (n_trips,)."""
        return self.of @ values + self.fixed_s


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """The unknowns: a time multiplier a road group, one for access legs, seconds a junction kind.

    Attributes
    ----------
    group
        Shape (n_edges,), road group of each edge.
    kinds
        Kinds of junction whose seconds are fitted.
    kind
        Shape (n_edges,), index in ``kinds`` of the junction kind at an edge's end, -1 for
        none of them.
    base_s
        Shape (n_edges,), seconds of each edge by the base profile.
    """

    network: RoadNetwork
    legs: AccessLegs
    base: Profile
    groups: tuple[tuple[str, str], ...]
    group: NDArray[np.intp]
    kinds: tuple[str, ...]
    kind: NDArray[np.intp]
    base_s: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        network: RoadNetwork,
        legs: AccessLegs,
        base: Profile,
        *,
        by: Literal["class", "class and area"],
        fit_delays: bool,
    ) -> Model:
        """Set up the unknowns of a fit on a network that starts from a base profile."""
        area = network.area if by == "class and area" else np.full(len(network.area), ANY)
        pairs = [*zip(network.road_class.tolist(), area.tolist(), strict=True)]
        groups = tuple(sorted(set(pairs)))
        number = {pair: k for k, pair in enumerate(groups)}
        kind = approach_kinds(network)
        kinds = tuple(sorted(set(kind.tolist()) - {""})) if fit_delays else ()
        return cls(
            network=network,
            legs=legs,
            base=base,
            groups=groups,
            group=np.array([number[pair] for pair in pairs], dtype=np.intp),
            kinds=kinds,
            kind=np.array([kinds.index(k) if k in kinds else -1 for k in kind.tolist()]),
            base_s=running_s(network, base),
        )

    @property
    def roads(self) -> int:
        """Number of road unknowns; that of access legs follows, then those of junctions."""
        return len(self.groups)

    def base_values(self) -> NDArray[np.float64]:
        """The values of the unknowns that reproduce the base profile."""
        delays = {j: s for j, c, s, a in self.base.delays or () if c == ANY and a == ANY}
        return np.array([1.0] * (self.roads + 1) + [delays.get(k, 0.0) for k in self.kinds])

    def bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lower and upper bounds of every unknown."""
        multipliers, delays = np.ones(self.roads + 1), np.ones(len(self.kinds))
        return (
            np.concatenate([multipliers / FIT.max_speed_ratio, delays * 0.0]),
            np.concatenate([multipliers * FIT.max_speed_ratio, delays * FIT.max_delay_s]),
        )

    def profile(self, values: NDArray[np.float64], *, name: str) -> Profile:
        """The base profile with fitted values."""
        network, base = self.network, self.base
        multiplier = values[self.group]
        factors = base.factors_of(network.road_class, network.area) / multiplier
        seen = {
            (c, a): float(f)
            for c, a, f in zip(
                network.road_class.tolist(), network.area.tolist(), factors.tolist(), strict=True
            )
        }
        overall = float((self.base_s * multiplier).sum() / self.base_s.sum())
        fitted = tuple(
            JunctionDelay(k, ANY, float(s))
            for k, s in zip(self.kinds, values[self.roads + 1 :], strict=True)
        )
        return replace(
            base,
            name=name,
            factor=base.factor / overall,
            exceptions=tuple(ClassFactor(c, a, seen[c, a]) for c, a in sorted(seen)),
            access_factor=base.access_factor / float(values[self.roads]),
            delays=fitted if self.kinds else base.delays,
        )

    def terms(self, profile: Profile, trips: Trips) -> Terms:
        """Coefficients of the unknowns along the paths that are quickest under a profile."""
        network = self.network
        graph = street_graph(network, self.legs, profile)
        seconds, ways = ways_between(graph, trips.origin, trips.destination)
        trip = np.repeat(np.arange(len(ways)), [len(way) for way in ways])
        step = np.concatenate([*ways, np.empty(0, dtype=np.intp)])
        piece = graph.piece[step]
        edge = network.edges_of_links()[graph.along[step].astype(np.intp), graph.pieces.link[piece]]
        share = graph.pieces.high[piece] - graph.pieces.low[piece]
        of = np.zeros((len(ways), self.roads + 1 + len(self.kinds)))
        np.add.at(of, (trip, self.group[edge]), self.base_s[edge] * share)
        base_leg_s = graph.leg_s * profile.access_factor / self.base.access_factor
        of[:, self.roads] = base_leg_s[trips.origin] + base_leg_s[trips.destination]
        kind = np.where(graph.head[step] < len(network.node_ids), self.kind[edge], -1)
        np.add.at(of, (trip[kind >= 0], self.roads + 1 + kind[kind >= 0]), 1.0)
        # Delays that are not fitted: the trip's seconds minus driving and access legs.
        fixed_s = np.zeros(len(ways))
        if not self.kinds and self.base.delays:
            driving_s = np.zeros(len(ways))
            np.add.at(driving_s, trip, running_s(network, profile)[edge] * share)
            legs_s = graph.leg_s[trips.origin] + graph.leg_s[trips.destination]
            fixed_s = seconds - driving_s - legs_s
        fixed_s[np.isinf(seconds)] = np.inf
        return Terms(of=of, fixed_s=fixed_s)

    def frame(self, values: NDArray[np.float64], terms: Terms, fewest_trips: int) -> pd.DataFrame:
        """The fitted values as `zoning.roads.Calibration.factors`."""
        n_multipliers = self.roads + 1
        names = [c if a == ANY else f"{c}, {a}" for c, a in self.groups]
        speed, delay = np.full(len(values), np.nan), np.full(len(values), np.nan)
        speed[:n_multipliers] = 1.0 / values[:n_multipliers]
        delay[n_multipliers:] = values[n_multipliers:]
        trips = (terms.of > FIT.min_use).sum(axis=0)
        return pd.DataFrame(
            {"trips": trips, "speed": speed, "delay_s": delay, "fitted": trips >= fewest_trips},
            index=pd.Index([*names, LEGS, *self.kinds], name="what"),
        )


def fit_values(model: Model, trips: Trips, fewest_trips: int) -> NDArray[np.float64]:
    """Alternate between finding quickest paths and solving for the unknowns until they converge."""
    values = model.base_values()
    best, least = values, np.inf
    for _ in range(FIT.max_rounds):
        profile = model.profile(values, name="fitting")
        terms = model.terms(profile, trips)
        error = float(np.abs(_scale(terms.sum(values) - trips.seconds, trips)).sum())
        if error < least:
            best, least = values, error
        proposed = _solve_round(model, terms, trips, values, fewest_trips)
        if np.abs(proposed - values).max() < FIT.settled:
            break
        values = proposed
    return best


def _solve_round(
    model: Model, terms: Terms, trips: Trips, values: NDArray[np.float64], fewest_trips: int
) -> NDArray[np.float64]:
    """Solve one round's least-squares problem; ``values`` are those of the previous round."""
    start, of = model.base_values(), terms.of
    free = (of > FIT.min_use).sum(axis=0) >= fewest_trips
    if not free.any():
        return start
    target = trips.seconds - terms.fixed_s - of[:, ~free] @ start[~free]
    root = _scale(np.ones(len(of)), trips)
    design, goal = of[:, free] * root[:, None], target * root
    off = np.abs(_scale(terms.sum(values) - trips.seconds, trips))
    # Standard deviation of normal errors, from their median absolute deviation.
    scale = max(1.4826 * float(np.median(off)), FIT.min_scale)
    lower, upper = (bound[free] for bound in model.bounds())
    pull = FIT.pull / scale

    def residuals(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.concatenate([(design @ x - goal) / scale, pull * (x - start[free])])

    slopes = np.concatenate([design / scale, pull * np.eye(int(free.sum()))])
    found = least_squares(
        residuals,
        np.clip(start[free], lower, upper),
        jac=lambda _: slopes,
        bounds=(lower, upper),
        loss="soft_l1",
        x_scale="jac",
        xtol=1e-12,
        ftol=1e-12,
    )
    values = start.copy()
    values[free] = found.x
    return values


def _scale(seconds: NDArray[np.float64], trips: Trips) -> NDArray[np.float64]:
    """Error scale in seconds per root second: a trip's variance grows with its duration."""
    return np.asarray(seconds * np.sqrt(trips.weight / trips.weight.mean() / trips.seconds))
