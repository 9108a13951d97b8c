"""Profiles as tables, and what junctions cost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from road_towns import GRID, GRID_LINKS, buildings_at, link, tables, town

from zoning.errors import NetworkError
from zoning.roads import PROFILES, ClassFactor, Profile, RoadNetwork
from zoning.roads.profiles import STREET_DELAYS, JunctionDelay, read_profile
from zoning.roads.turns import junction_kinds

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
    for engine in ("dijkstra", "hierarchy"):
        times = network.travel_times(schools, profile=slow, engine=engine)  # type: ignore[arg-type]
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
