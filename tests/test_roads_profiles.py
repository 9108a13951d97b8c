"""Profiles as tables, and what junctions cost."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.engines import ENGINES, times_by
from helpers.road_towns import GRID, GRID_LINKS, STREETS, buildings_at, link, tables, town

from zoning.errors import NetworkError
from zoning.roads import (
    PROFILES,
    ClassFactor,
    Profile,
    RoadNetwork,
    SpeedTable,
    TravelTimes,
)
from zoning.roads.travel.profiles import (
    STREET_DELAYS,
    JunctionDelay,
    delays_meaning,
    junction_kinds,
    read_profile,
)

DELAYS = (
    JunctionDelay("crossing", "*", 7.0),
    JunctionDelay("fork", "*", 3.0),
    JunctionDelay("fork", "freeway", 1.0),
    JunctionDelay("signal", "*", 20.0),
)


def test_the_profiles_that_ship() -> None:
    assert set(PROFILES) == {
        "free_flow", "school_arrival", "school_dismissal", "midday", "emergency",
    }  # fmt: skip
    assert not any(profile.delays for profile in PROFILES.values())
    areas = np.array(["urban", "suburban", "rural"])
    streets = np.array(["local"] * 3)
    dismissal, midday = PROFILES["school_dismissal"], PROFILES["midday"]
    assert dismissal.factors_of(streets, areas).tolist() == [0.85, 0.85, 1.0]
    assert dismissal.access_factor == 0.7
    assert midday.factors_of(streets, areas).tolist() == [0.95, 0.95, 1.0]


def test_junctions_passed_cost_what_their_kind_costs() -> None:
    """On the 3 x 3 grid the middle is a crossing, the middles of the sides are forks."""
    network = town(GRID, GRID_LINKS)
    kinds = dict(zip(network.node_ids, junction_kinds(network).tolist(), strict=True))
    assert kinds == {
        "00": "", "01": "fork", "02": "",
        "10": "fork", "11": "crossing", "12": "fork",
        "20": "", "21": "fork", "22": "",
    }  # fmt: skip
    schools = buildings_at({"south": (1000, 500), "north": (1000, 1500), "side": (500, 0)})
    slow = PROFILES["free_flow"].with_delays(DELAYS)
    for engine in ENGINES:
        times = times_by(engine, network, schools, profile=slow)
        assert times.between("south", "north") == pytest.approx(50 + 7 + 50)
        assert times.between("side", "south") == pytest.approx(50 + 3 + 50)


def test_delays_on_a_link_are_not_met_between_two_buildings_of_it() -> None:
    slow = PROFILES["free_flow"].with_delays(DELAYS)
    schools = buildings_at({"a": (1100, 1000), "b": (1900, 1000)})
    assert town(GRID, GRID_LINKS).travel_times(schools, profile=slow).between(
        "a", "b"
    ) == pytest.approx(80)


def test_a_delay_may_depend_on_the_road_one_comes_from() -> None:
    junctions = {"w": (0, 0), "m": (1000, 0), "e": (2000, 0), "n": (1000, 1000)}
    links = [
        link("w", "m", 1000.0, road_class="freeway"),
        link("m", "e", 1000.0),
        link("m", "n", 1000.0),
    ]
    network = town(junctions, links)
    times = network.travel_times(
        buildings_at({"e": (1500, 0), "n": (1000, 500), "w": (0, 0)}),
        profile=PROFILES["free_flow"].with_delays(DELAYS),
    )
    assert times.between("e", "n") == pytest.approx(50 + 3 + 50)
    assert network.travel_times(
        buildings_at({"w": (1000, 0), "n": (1000, 500)})
    ).seconds.max() == pytest.approx(50)


def test_signals_of_the_data_come_before_what_the_shape_tells() -> None:
    junctions, links = tables(GRID, GRID_LINKS)
    junctions["control"] = ["", "signal", "", "none", "roundabout", "", "", "", ""]
    network = RoadNetwork.from_tables(
        junctions, links, speeds=town(GRID, GRID_LINKS).speeds, source="a grid"
    )
    kinds = dict(zip(network.node_ids, junction_kinds(network).tolist(), strict=True))
    assert (kinds["01"], kinds["10"], kinds["11"], kinds["12"]) == (
        "signal",
        "",
        "roundabout",
        "fork",
    )


def test_junctions_of_freeways_alone_cost_nothing() -> None:
    junctions = {"a": (0, 0), "b": (1000, 0), "c": (2000, 0), "d": (2000, 900), "s": (0, 900)}
    links = [
        link("a", "b", 1000.0, road_class="freeway"),
        link("b", "c", 1000.0, road_class="freeway"),
        link("b", "d", 1400.0, road_class="ramp"),
        link("s", "d", 2000.0),
    ]
    assert junction_kinds(town(junctions, links)).tolist() == [""] * 5


def test_a_profile_goes_through_its_table_and_a_file_unchanged(tmp_path: Path) -> None:
    profile = Profile(
        name="mine",
        factor=0.9,
        exceptions=(ClassFactor("arterial", "urban", 0.7), ClassFactor("*", "rural", 1.0)),
        access_factor=0.8,
        delays=STREET_DELAYS,
        note="read from mine.csv",
    )
    assert Profile.from_frame(profile.to_frame(), name="mine", note=profile.note) == profile
    profile.to_frame().to_csv(tmp_path / "mine.csv", index=False)
    assert read_profile(tmp_path / "mine.csv") == profile
    assert read_profile(tmp_path / "mine.csv", name="other").name == "other"


def test_every_fault_of_a_profile_table_is_reported() -> None:
    frame = pd.DataFrame(
        [
            ("factor", "*", "*", "", "fast"),
            ("speed", "arterial", "urban", "", 1.0),
            ("access_factor", "", "", "", 1.0),
            ("access_factor", "", "", "", 0.9),
        ],
        columns=["setting", "road_class", "area", "junction", "value"],
    )
    with pytest.raises(NetworkError) as caught:
        Profile.from_frame(frame, name="odd")
    assert caught.value.faults == (
        "row 1: value 'fast' is not a number",
        "row 2: setting 'speed' is not factor, access_factor or delay_s",
        "access_factor is given 2 times",
    )
    with pytest.raises(NetworkError, match="no column area, junction"):
        Profile.from_frame(frame.drop(columns=["area", "junction"]), name="odd")


def test_a_profile_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match=r"cannot be read\n.*absent\.csv"):
        read_profile(tmp_path / "absent.csv")
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(NetworkError, match="cannot be read"):
        read_profile(tmp_path / "bytes.csv")


def test_delays_that_make_no_sense() -> None:
    with pytest.raises(NetworkError) as caught:
        Profile(
            name="odd",
            delays=(JunctionDelay("bridge", "*", 1.0), JunctionDelay("signal", "*", -5.0)),
        )
    assert caught.value.faults == (
        "junction 'bridge' is not one of signal, stop, yield, roundabout, crossing, fork",
        "delay -5.0 at a signal is not a number of at least 0",
    )


LIMITS = replace(STREETS, include_stops=False)


def crossed(profile: str | Profile, network: RoadNetwork) -> float:
    """Seconds over the crossing in the middle of the grid: 50 s before it, 50 s after it."""
    schools = buildings_at({"south": (1000, 500), "north": (1000, 1500)})
    return network.travel_times(schools, profile=profile).between("south", "north")


@pytest.mark.parametrize("name", list(PROFILES))
def test_limits_are_driven_with_default_delays_in_every_named_profile(name: str) -> None:
    """5 s at the crossing, which the factor shortens or lengthens as it does the drive."""
    factor = PROFILES[name].factor
    limits = town(GRID, GRID_LINKS, speeds=LIMITS)
    assert not limits.includes_stops.any()
    assert crossed(name, limits) == pytest.approx((100 + 5) / factor)
    assert crossed(name, town(GRID, GRID_LINKS)) == pytest.approx(100 / factor)
    mine = Profile(name="mine", factor=factor)
    assert crossed(mine, limits) == pytest.approx((100 + 5) / factor)


def test_delays_of_ones_own_are_kept_on_any_streets() -> None:
    own = PROFILES["emergency"].with_delays(DELAYS)
    for network in (town(GRID, GRID_LINKS), town(GRID, GRID_LINKS, speeds=LIMITS)):
        assert crossed(own, network) == pytest.approx(100 / 1.35 + 7)
        assert crossed(own.with_delays(()), network) == pytest.approx(100 / 1.35)
        assert delays_meaning(network, own) == "delays of the profile's own"


def test_only_streets_whose_speed_is_a_limit_have_default_delays() -> None:
    """Limits came with the rows of the grid; its columns have measured speeds by class."""
    links = [
        one | {"speed_kph": 36.0 if str(one["name"]).startswith("Row") else None}
        for one in GRID_LINKS
    ]
    junctions, table = tables(GRID, links)
    network = RoadNetwork.from_tables(
        junctions, table, speeds=STREETS, source="mixed", given_include_stops=False
    )
    assert crossed("free_flow", network) == pytest.approx(100)
    rows = buildings_at({"west": (500, 1000), "east": (1500, 1000)})
    assert network.travel_times(rows).between("west", "east") == pytest.approx(105)
    assert network.with_speeds(LIMITS).content_hash != network.content_hash
    assert crossed("free_flow", network.with_speeds(LIMITS)) == pytest.approx(105)
    assert "on streets whose speed is a posted limit" in network.travel_times(rows).source
    assert "50% with the data, posted limits" in network.travel_times(rows).source


def test_default_delays_follow_the_factors_of_class_and_area() -> None:
    """Hand-computed: 12 s and, in town, 8 s at a signal; 0.5 s for an arterial at a fork."""
    profile = Profile(name="mine", factor=0.5, exceptions=(ClassFactor("arterial", "rural", 2.0),))
    given = ("signal", "fork"), ("local", "arterial"), ("urban", "rural")
    last = {
        (j, c, a): next(
            d.seconds
            for d in reversed(profile.default_delays())
            if d.junction == j and d.road_class in (c, "*") and d.area in (a, "*")
        )
        for j, c, a in itertools.product(*given)
    }
    assert last == {
        ("signal", "local", "urban"): 16.0, ("signal", "local", "rural"): 24.0,
        ("signal", "arterial", "urban"): 16.0, ("signal", "arterial", "rural"): 6.0,
        ("fork", "local", "urban"): 6.0, ("fork", "local", "rural"): 6.0,
        ("fork", "arterial", "urban"): 1.0, ("fork", "arterial", "rural"): 0.25,
    }  # fmt: skip


def test_an_alley_is_not_waited_for() -> None:
    junctions = {"w": (0, 0), "m": (1000, 0), "e": (2000, 0), "n": (1000, 500), "s": (1000, -500)}
    links = [link("w", "m", 1000.0), link("m", "e", 1000.0)]
    alleys = [link("m", end, 500.0, road_class="service") for end in "ns"]
    speeds = SpeedTable.from_mapping({("street", "town"): 36.0, ("service", "town"): 18.0})
    kinds = junction_kinds(town(junctions, [*links, *alleys], speeds=speeds))
    assert kinds.tolist() == [""] * 5


@pytest.mark.parametrize("delays", [None, (), DELAYS])
def test_whether_a_profile_has_delays_goes_through_its_table(
    delays: tuple[JunctionDelay, ...] | None,
) -> None:
    profile = Profile(name="mine", delays=delays, note="a note")
    assert Profile.from_frame(profile.to_frame(), name="mine", note="a note") == profile


def test_times_carry_the_profile_that_made_them() -> None:
    own = Profile(name="own", factor=0.8)
    times = town(GRID, GRID_LINKS).travel_times(
        buildings_at({"a": (0, 0), "b": (900, 0)}), profile=own
    )
    assert times.driving == own
    assert times.subset(["b"]).driving == own
    assert TravelTimes.from_array([[0.0]], ["a"]).driving is None
