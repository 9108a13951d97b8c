"""A calibration recovers what the trips were made with, and refuses what it cannot use."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from helpers.road_towns import buildings_at, city, link, town

from zoning.errors import NetworkError
from zoning.roads import PROFILES, ClassFactor, Profile, RoadNetwork
from zoning.roads.calibration import Calibration, calibrate
from zoning.roads.travel.profiles import STREET_DELAYS, JunctionDelay

TRUE = Profile(
    name="true",
    exceptions=(ClassFactor("street", "*", 0.8), ClassFactor("arterial", "*", 0.6)),
    access_factor=0.5,
)


@cache
def streets() -> RoadNetwork:
    return city(12)


@cache
def places() -> gpd.GeoDataFrame:
    drawn = np.random.default_rng(2).uniform(0, 2200, (16, 2))
    return buildings_at({f"b{k}": (x, y) for k, (x, y) in enumerate(drawn.tolist())})


def trips(profile: Profile, *, noise: float = 0.0, odd: int = 0) -> pd.DataFrame:
    times = streets().travel_times(places(), profile=profile)
    origin, destination = np.nonzero(~np.eye(len(times.ids), dtype=bool))
    rng = np.random.default_rng(3)
    chosen = rng.permutation(len(origin))[:120]
    origin, destination = origin[chosen], destination[chosen]
    seconds = times.seconds[origin, destination] * np.exp(noise * rng.standard_normal(len(chosen)))
    seconds[:odd] *= 10.0
    ids = np.array(times.ids)
    return pd.DataFrame(
        {"origin": ids[origin], "destination": ids[destination], "seconds": seconds}
    )


@cache
def exact() -> Calibration:
    return calibrate(streets(), places(), trips(TRUE))


def test_known_factors_are_recovered() -> None:
    fitted = exact()
    assert fitted.factors["speed"].to_dict() == pytest.approx(
        {"arterial": 0.6, "street": 0.8, "access legs": 0.5}, rel=0.01
    )
    assert fitted.factors["fitted"].all()
    assert fitted.before.median_absolute_s > 20
    assert fitted.after.median_absolute_s < 0.5
    assert fitted.held_out.median_absolute_s < 0.5
    assert fitted.after.within_20_percent == 1


def test_the_new_profile_gives_the_times_it_was_fitted_to() -> None:
    fitted, asked = exact(), trips(TRUE)
    times = streets().travel_times(places(), profile=fitted.profile)
    given = [
        times.between(a, b) for a, b in zip(asked["origin"], asked["destination"], strict=True)
    ]
    np.testing.assert_allclose(given, asked["seconds"], rtol=0.005)
    np.testing.assert_allclose(given, fitted.trips["after_s"], rtol=1e-9)
    base = streets().travel_times(places())
    before = [
        base.between(a, b) for a, b in zip(asked["origin"], asked["destination"], strict=True)
    ]
    np.testing.assert_allclose(before, fitted.trips["before_s"], rtol=1e-9)
    assert fitted.profile.name == "free_flow, calibrated"
    assert fitted.profile.note == "profile free_flow fitted to 120 observed trips"
    assert fitted.profile.fitted == (
        "fitted to 120 observed trips; on trips left out of the fit the median error is 0 s, and "
        "100% are within 20 %"
    )
    assert str(fitted).splitlines()[0] == "Profile 'free_flow, calibrated' fitted to 120 trips."


def test_a_few_odd_trips_change_little() -> None:
    fitted = calibrate(streets(), places(), trips(TRUE, noise=0.02, odd=5))
    assert fitted.factors.loc[["arterial", "street"], "speed"].tolist() == pytest.approx(
        [0.6, 0.8], rel=0.06
    )


@pytest.mark.slow
def test_delays_at_junctions_are_recovered() -> None:
    true = TRUE.with_delays((JunctionDelay("crossing", "*", 6.0), JunctionDelay("fork", "*", 2.0)))
    fitted = calibrate(streets(), places(), trips(true), fit_delays=True, name="measured")
    delays = fitted.factors["delay_s"].dropna()
    assert delays.to_dict() == pytest.approx({"crossing": 6.0, "fork": 2.0}, abs=0.1)
    assert fitted.profile.name == "measured"
    assert {d.junction: d.seconds for d in fitted.profile.delays} == pytest.approx(delays.to_dict())
    assert fitted.after.median_absolute_s < 1


def test_delays_of_the_base_stay_where_they_are_not_fitted() -> None:
    delays = (JunctionDelay("crossing", "*", 6.0), JunctionDelay("crossing", "arterial", 3.0))
    base = PROFILES["free_flow"].with_delays(delays)
    fitted = calibrate(streets(), places(), trips(TRUE.with_delays(delays)), base=base)
    assert fitted.profile.delays == delays
    assert fitted.factors.loc[["arterial", "street"], "speed"].tolist() == pytest.approx(
        [0.6, 0.8], rel=0.01
    )


def test_trips_of_the_base_profile_change_nothing() -> None:
    fitted = calibrate(streets(), places(), trips(PROFILES["free_flow"]))
    assert fitted.factors["speed"].tolist() == pytest.approx([1, 1, 1], abs=1e-3)
    assert fitted.before.median_absolute_s < 1e-6


def test_what_few_trips_use_keeps_the_base() -> None:
    network = town(
        {"a": (0, 0), "b": (2000, 0), "c": (4000, 0)},
        [link("a", "b", 2000.0), link("b", "c", 2000.0, road_class="ramp")],
    )
    schools = buildings_at({"a": (0, 0), "m": (1000, 0), "b": (1900, 0)})
    observed = pd.DataFrame(
        [("a", "m", 200.0), ("m", "b", 180.0), ("a", "b", 380.0), ("b", "a", 380.0)] * 2,
        columns=["origin", "destination", "seconds"],
    )
    fitted = calibrate(network, schools, observed, by="class and area")
    assert fitted.factors["fitted"].to_dict() == {
        "ramp, town": False, "street, town": True, "access legs": False,
    }  # fmt: skip
    assert fitted.factors.loc["ramp, town", "speed"] == 1
    assert fitted.factors.loc["street, town", "speed"] == pytest.approx(0.5, abs=0.01)


def test_weights_count() -> None:
    network = town({"a": (0, 0), "b": (2000, 0)}, [link("a", "b", 2000.0)])
    schools = buildings_at({"a": (0, 0), "b": (2000, 0)})
    observed = pd.DataFrame(
        [("a", "b", 400.0, 1.0)] * 5 + [("b", "a", 100.0, 1e-6)] * 5,
        columns=["origin", "destination", "seconds", "weight"],
    )
    fitted = calibrate(network, schools, observed)
    assert fitted.factors.loc["street", "speed"] == pytest.approx(0.5, abs=0.02)
    assert fitted.after.within_20_percent == pytest.approx(1, abs=1e-4)


def test_same_trips_same_profile() -> None:
    assert calibrate(streets(), places(), trips(TRUE)).profile == exact().profile


def test_trips_are_not_changed() -> None:
    observed = trips(TRUE)
    before = observed.copy()
    calibrate(streets(), places(), observed)
    assert observed.equals(before)


def test_every_fault_of_the_trips_is_reported() -> None:
    observed = trips(TRUE).astype({"seconds": object}).head(6)
    observed.loc[0, "origin"] = "nowhere"
    observed.loc[1, "seconds"] = -5
    observed.loc[2, "seconds"] = "soon"
    observed.loc[3, "destination"] = observed.loc[3, "origin"]
    with pytest.raises(NetworkError) as caught:
        calibrate(streets(), places(), observed.assign(weight=[1, 1, 1, 1, 0, 1]), folds=1)
    home = observed.loc[3, "origin"]
    assert caught.value.faults == (
        "folds 1 is not at least 2",
        "row 1: origin 'nowhere' is not a building",
        "row 2: seconds '-5' is not a number above 0",
        "row 3: seconds 'soon' is not a number above 0",
        f"row 4: leads from {home} to itself",
        "row 5: weight '0' is not a number above 0",
    )
    with pytest.raises(NetworkError, match="no column destination, seconds"):
        calibrate(streets(), places(), observed[["origin"]])
    with pytest.raises(NetworkError, match="3 trips are too few, 5 are needed"):
        calibrate(streets(), places(), trips(TRUE).head(3))


def test_trips_without_a_way_are_named() -> None:
    network = town({"a": (0, 0), "b": (1000, 0)}, [link("a", "b", 1000.0, oneway="FT")])
    schools = buildings_at({"a": (0, 0), "b": (1000, 0)})
    observed = pd.DataFrame(
        [("a", "b", 90.0)] * 5 + [("b", "a", 90.0)], columns=["origin", "destination", "seconds"]
    )
    with pytest.raises(NetworkError, match="row 6: there is no way from b to a"):
        calibrate(network, schools, observed)


def test_a_fit_on_limits_carries_the_delays_it_was_fitted_with() -> None:
    """Trips driven at 0.8 of the limits with the default delays, by class alike."""
    limits = streets().with_speeds(replace(streets().speeds, include_stops=False))
    true = Profile(name="true", factor=0.8, delays=STREET_DELAYS)
    times = limits.travel_times(places(), profile=true)
    ids = np.array(times.ids)
    origin, destination = np.nonzero(~np.eye(len(ids), dtype=bool))
    observed = pd.DataFrame(
        {
            "origin": ids[origin],
            "destination": ids[destination],
            "seconds": times.seconds[origin, destination],
        }
    )
    fitted = calibrate(limits, places(), observed)
    assert fitted.profile.delays == STREET_DELAYS
    assert fitted.factors.loc[["arterial", "street"], "speed"].tolist() == pytest.approx(
        [0.8, 0.8], rel=0.01
    )
    again = Profile.from_frame(fitted.profile.to_frame(), name="again")
    assert np.allclose(
        streets().travel_times(places(), profile=again).seconds,
        limits.travel_times(places(), profile=fitted.profile).seconds,
    )
