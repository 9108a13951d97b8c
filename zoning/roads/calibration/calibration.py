"""Fitting a driving profile to trips that were observed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from zoning.errors import NetworkError, first_few, typed
from zoning.roads.calibration.fitting import FitError, Model, Trips, fit_error, fitted_values
from zoning.roads.travel.access import MAX_ACCESS_M, points_of, reach
from zoning.roads.travel.profiles import Profile, profile_named
from zoning.roads.travel.turns import with_own_delays

if TYPE_CHECKING:
    from zoning.roads.road_network import RoadNetwork

TRIP_COLUMNS: Final = ("origin", "destination", "seconds")

FEWEST_TRIPS: Final = 5
"""Default: what fewer trips use keeps the base profile's value."""

_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """A fitted profile and how much better it is.

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

    A trip takes, for each class of road on its quickest way, the base profile's
    seconds there times an unknown; so do its access legs; and, if asked, unknown
    seconds for each kind of junction passed. The unknowns are fitted by least
    squares, the variance of a trip taken to grow with its length, with a soft
    absolute loss, so that a few odd trips count little; and drawn weakly to the
    base profile, so that what no trip tells stays. Quickest ways change with the
    speeds: ways and fit are repeated until they settle.

    Parameters
    ----------
    schools
        From `zoning.read_schools`, or any places (index ``building_id``).
    trips
        Columns ``origin`` and ``destination`` (ids of buildings), ``seconds``
        (observed, above 0), and, if wanted, ``weight`` (above 0; 1 without).
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
    # As its own: delays that depend on the factors could not be told from them.
    chosen = with_own_delays(network, profile_named(base))
    legs = reach(network, points_of(schools), max_access_m=max_access_m)
    observed = _checked(trips, legs.ids, fewest_trips=fewest_trips, folds=folds)
    model = Model.of(network, legs, chosen, by=by, fit_delays=fit_delays)
    _require_ways(model, observed)

    fitted = fitted_values(model, observed, fewest_trips)
    before_s = model.terms(chosen, observed).sum(model.base_values())
    new = model.profile(fitted, name=f"{chosen.name}, calibrated" if name is None else name)
    after_s = model.terms(new, observed).sum(fitted)
    after = fit_error(after_s, observed)
    held_out_s = np.empty(len(trips))
    # A fixed shuffle: trips in a table are often in the order they were driven.
    part_of = np.random.default_rng(0).permutation(len(trips)) % folds
    for part in range(folds):
        out = part_of == part
        values = fitted_values(model, observed.only(~out), fewest_trips)
        profile = model.profile(values, name="fold")
        held_out_s[out] = model.terms(profile, observed.only(out)).sum(values)
    new = replace(new, note=f"fitted to {len(trips)} observed trips from {chosen.name}; {after}")
    return Calibration(
        profile=new,
        before=fit_error(before_s, observed),
        after=after,
        held_out=fit_error(held_out_s, observed),
        factors=model.frame(fitted, model.terms(new, observed), fewest_trips),
        trips=trips.assign(before_s=before_s, after_s=after_s),
    )


def _checked(trips: pd.DataFrame, ids: Sequence[str], *, fewest_trips: int, folds: int) -> Trips:
    """The columns of a trip table, or one error with every fault."""
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
    ends = {c: trips[c].astype(str).tolist() for c in ("origin", "destination")}
    seconds = np.array(pd.to_numeric(trips["seconds"], errors="coerce"), dtype=np.float64)
    weighty = "weight" in trips.columns
    weight = (
        np.array(pd.to_numeric(trips["weight"], errors="coerce"), dtype=np.float64)
        if weighty
        else np.ones(len(trips))
    )
    for row, (a, b) in enumerate(zip(*ends.values(), strict=True)):
        here = [
            f"{c} {i!r} is not a building"
            for c, i in zip(ends, (a, b), strict=True)
            if i not in position
        ]
        if a == b and not here:
            here.append(f"leads from {a} to itself")
        if not (np.isfinite(seconds[row]) and seconds[row] > 0):
            here.append(f"seconds {str(trips['seconds'].iloc[row])!r} is not a number above 0")
        if not (np.isfinite(weight[row]) and weight[row] > 0):
            here.append(f"weight {str(trips['weight'].iloc[row])!r} is not a number above 0")
        if here:
            faults.append(f"row {row + 1}: {', '.join(here)}")
    if faults:
        raise _unusable(first_few(faults, _SHOWN))
    origin, destination = (np.array([position[i] for i in ends[c]], dtype=np.intp) for c in ends)
    return Trips(origin=origin, destination=destination, seconds=seconds, weight=weight)


def _require_ways(model: Model, trips: Trips) -> None:
    """Raise, naming the trips that the streets do not allow."""
    computed = model.terms(model.base, trips).sum(model.base_values())
    cut = np.flatnonzero(np.isinf(computed)).tolist()
    if cut:
        ids = model.legs.ids
        raise _unusable(
            first_few(
                [
                    f"row {k + 1}: there is no way from {ids[trips.origin[k]]} to "
                    f"{ids[trips.destination[k]]}"
                    for k in cut
                ],
                _SHOWN,
            )
        )


def _unusable(faults: list[str]) -> NetworkError:
    return NetworkError(
        "the observed trips cannot be used",
        faults,
        "Correct or leave out these rows (row 1 is the first after the header).",
    )
