"""The model behind a calibration: what is unknown of a profile, and its least squares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import least_squares

from zoning.roads.travel.access import AccessLegs
from zoning.roads.travel.hub_labels import edges_of_links
from zoning.roads.travel.profiles import ANY, ClassFactor, JunctionDelay, Profile
from zoning.roads.travel.routing import running_s, street_graph, ways_between
from zoning.roads.travel.turns import approach_kinds

if TYPE_CHECKING:
    from zoning.roads.road_network import RoadNetwork

FASTEST: Final = 4.0
"""A fitted speed is at most this many times the base profile's, and at least one in so many."""

LONGEST_DELAY_S: Final = 120.0
"""A fitted delay at a junction is at most this long."""

LEGS: Final = "access legs"

_USED = 1e-3
_ROUNDS = 12
_SETTLED = 1e-3
_LEAST_SCALE = 0.05
_PULL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class FitError:
    """How far computed trips are from observed ones.

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

    def only(self, rows: NDArray[np.bool_]) -> Trips:
        """Some of the trips."""
        return Trips(
            origin=self.origin[rows],
            destination=self.destination[rows],
            seconds=self.seconds[rows],
            weight=self.weight[rows],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Terms:
    """What each unknown multiplies on each trip, shape (n_trips, n_unknowns), and the rest."""

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
        Shape (n_edges,), position in ``kinds`` of what is waited for at an edge's end, -1 for
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
        """The unknowns that a network and a base profile leave."""
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
        """Unknowns of roads; then comes the one of access legs, then those of junctions."""
        return len(self.groups)

    def base_values(self) -> NDArray[np.float64]:
        """The values that stand for the base profile."""
        delays = {j: s for j, c, s, a in self.base.delays or () if c == ANY and a == ANY}
        return np.array([1.0] * (self.roads + 1) + [delays.get(k, 0.0) for k in self.kinds])

    def bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Least and greatest value of every unknown."""
        multipliers, delays = np.ones(self.roads + 1), np.ones(len(self.kinds))
        return (
            np.concatenate([multipliers / FASTEST, delays * 0.0]),
            np.concatenate([multipliers * FASTEST, delays * LONGEST_DELAY_S]),
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
        """What the unknowns multiply on the ways that are quickest by a profile."""
        network = self.network
        graph = street_graph(network, self.legs, profile)
        seconds, ways = ways_between(graph, trips.origin, trips.destination)
        trip = np.repeat(np.arange(len(ways)), [len(way) for way in ways])
        step = np.concatenate([*ways, np.empty(0, dtype=np.intp)])
        along = graph.share_to[step] > graph.share_from[step]
        edge = edges_of_links(network)[along.astype(np.intp), graph.link[step]]
        share = np.abs(graph.share_to[step] - graph.share_from[step])
        of = np.zeros((len(ways), self.roads + 1 + len(self.kinds)))
        np.add.at(of, (trip, self.group[edge]), self.base_s[edge] * share)
        base_leg_s = graph.leg_s * profile.access_factor / self.base.access_factor
        of[:, self.roads] = base_leg_s[trips.origin] + base_leg_s[trips.destination]
        kind = np.where(graph.head[step] < len(network.node_ids), self.kind[edge], -1)
        np.add.at(of, (trip[kind >= 0], self.roads + 1 + kind[kind >= 0]), 1.0)
        # Delays that are not fitted: what is left when the streets have been driven.
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
        trips = (terms.of > _USED).sum(axis=0)
        return pd.DataFrame(
            {"trips": trips, "speed": speed, "delay_s": delay, "fitted": trips >= fewest_trips},
            index=pd.Index([*names, LEGS, *self.kinds], name="what"),
        )


def fitted_values(model: Model, trips: Trips, fewest_trips: int) -> NDArray[np.float64]:
    """Values for the unknowns: ways and fit in turn until they settle."""
    values = model.base_values()
    best, least = values, np.inf
    for _ in range(_ROUNDS):
        profile = model.profile(values, name="fitting")
        terms = model.terms(profile, trips)
        error = float(np.abs(_scaled(terms.sum(values) - trips.seconds, trips)).sum())
        if error < least:
            best, least = values, error
        proposed = _solved(model, terms, trips, values, fewest_trips)
        if np.abs(proposed - values).max() < _SETTLED:
            break
        values = proposed
    return best


def _solved(
    model: Model, terms: Terms, trips: Trips, values: NDArray[np.float64], fewest_trips: int
) -> NDArray[np.float64]:
    """The least squares of one round, ways being given; ``values`` tell how far trips are off."""
    start, of = model.base_values(), terms.of
    free = (of > _USED).sum(axis=0) >= fewest_trips
    if not free.any():
        return start
    target = trips.seconds - terms.fixed_s - of[:, ~free] @ start[~free]
    root = _scaled(np.ones(len(of)), trips)
    design, goal = of[:, free] * root[:, None], target * root
    off = np.abs(_scaled(terms.sum(values) - trips.seconds, trips))
    # The standard deviation that a median deviation stands for, if errors are normal.
    scale = max(1.4826 * float(np.median(off)), _LEAST_SCALE)
    lower, upper = (bound[free] for bound in model.bounds())
    pull = _PULL / scale

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


def _scaled(seconds: NDArray[np.float64], trips: Trips) -> NDArray[np.float64]:
    """Seconds per root of the seconds observed: the variance of a trip grows with its length."""
    return np.asarray(seconds * np.sqrt(trips.weight / trips.weight.mean() / trips.seconds))
