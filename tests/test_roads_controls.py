"""Signals, signs and roundabouts delay the approach they stand on, each crossing once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from helpers.osm_towns import SUBURBAN, Nodes, Way, awaited, extract, way
from helpers.road_towns import STREETS, buildings_at, link, tables

from zoning.errors import NetworkError
from zoning.roads import PROFILES, RoadNetwork
from zoning.roads.saved import load_network, save_network
from zoning.roads.sources import read_openstreetmap
from zoning.roads.travel.profiles import STREET_DELAYS, approach_kinds

SLOW = PROFILES["free_flow"].with_delays(STREET_DELAYS)
STOP = {"highway": "stop"}
SIGNAL = {"highway": "traffic_signals"}
# A side street from the south, 3, drawn towards the main street, 0-1-2; 4 stands 20 m before it.
TEE: Nodes = {0: (0, 0), 1: (1000, 0), 2: (2000, 0), 3: (1000, -800), 4: (1000, -20)}
MAIN = way(0, 1, 2, highway="secondary", name="Main")
SIDE = way(3, 4, 1)


def town(
    tmp_path: Path, nodes: Nodes, ways: list[Way], tagged: Mapping[int, dict[str, str]]
) -> RoadNetwork:
    path = extract(tmp_path / "town.osm", nodes, ways, tagged=tagged)
    return read_openstreetmap(path, options=SUBURBAN)


def test_signs_on_side_streets_do_not_stop_the_main_street(tmp_path: Path) -> None:
    """900 m at 56.3 km/h past nine forks of half a second: 57.5 s + 4.5 s, signs or none."""
    nodes = {k: (100.0 * k, 0.0) for k in range(11)}
    nodes |= {100 + k: (100.0 * k, -15.0) for k in range(1, 10)}
    nodes |= {200 + k: (100.0 * k, -200.0) for k in range(1, 10)}
    ways = [way(*range(11), highway="primary", maxspeed="35 mph")]
    ways += [way(200 + k, 100 + k, k) for k in range(1, 10)]
    sign = {"highway": "stop", "stop": "minor", "direction": "forward"}
    places = buildings_at({"w": (50, 0), "e": (950, 0), "s": (500, -150)})
    for tagged in ({100 + k: sign for k in range(1, 10)}, {}):
        times = town(tmp_path, nodes, ways, tagged).travel_times(places, profile=SLOW)
        main_s = 900 / (35 * 1.609344 / 3.6) + 9 * 0.5
        assert times.between("w", "e") == pytest.approx(main_s, rel=1e-3)
        side_s = 150 / (25 * 1.609344 / 3.6) + 450 / (35 * 1.609344 / 3.6) + 4 * 0.5
        waits_s = 8.0 if tagged else 3.0
        assert times.between("s", "e") == pytest.approx(side_s + waits_s, rel=1e-2)
        assert times.between("e", "s") == pytest.approx(side_s + 0.5, rel=1e-2)


EVERY = {("0", "1"): "stop", ("2", "1"): "stop", ("3", "1"): "stop"}
ON_SIDE = {("3", "1"): "stop"}


@pytest.mark.parametrize(
    ("side", "tagged", "expected"),
    [
        (SIDE, {4: STOP}, ON_SIDE),
        (SIDE, {4: STOP | {"direction": "forward"}}, ON_SIDE),
        (way(1, 4, 3), {4: STOP | {"direction": "backward"}}, ON_SIDE),
        (SIDE, {4: {"highway": "give_way"}}, {("3", "1"): "yield"}),
        (SIDE, {4: STOP | {"stop": "all"}}, EVERY),
        # At the junction itself: the side street's, unless it says all.
        (SIDE, {1: STOP}, ON_SIDE),
        (SIDE, {1: STOP | {"direction": "forward"}}, ON_SIDE),
        (SIDE, {1: STOP | {"stop": "minor"}}, ON_SIDE),
        (SIDE, {1: STOP | {"stop": "all"}}, EVERY),
        (SIDE, {1: SIGNAL}, dict.fromkeys(EVERY, "signal")),
        (SIDE, {1: {"highway": "mini_roundabout"}}, dict.fromkeys(EVERY, "roundabout")),
        (SIDE, {4: SIGNAL}, {("3", "1"): "signal"}),
        # Both at the stop line and in the middle: one approach waits once.
        (SIDE, {1: SIGNAL, 4: SIGNAL}, dict.fromkeys(EVERY, "signal")),
        (SIDE, {4: SIGNAL | {"traffic_signals": "emergency"}}, {}),
    ],
)
def test_who_waits_at_a_side_street(
    tmp_path: Path,
    side: Way,
    tagged: dict[int, dict[str, str]],
    expected: dict[tuple[str, str], str],
) -> None:
    assert awaited(town(tmp_path, TEE, [MAIN, side], tagged)) == expected


def test_of_streets_of_one_class_the_one_whose_name_goes_on_has_no_sign(tmp_path: Path) -> None:
    ways = [way(0, 1, name="Elm"), way(1, 2, name="Elm"), way(3, 4, 1, name="Oak")]
    assert awaited(town(tmp_path, TEE, ways, {1: STOP})) == ON_SIDE
    unnamed = [way(0, 1), way(1, 2), way(3, 4, 1)]
    assert awaited(town(tmp_path, TEE, unnamed, {1: STOP})) == EVERY


@pytest.mark.parametrize(
    ("tags", "waits"),
    [
        (SIGNAL, {("0", "1"), ("2", "1")}),
        (SIGNAL | {"traffic_signals:direction": "forward"}, {("0", "1")}),
        (SIGNAL | {"traffic_signals:direction": "backward"}, {("2", "1")}),
        (SIGNAL | {"direction": "both"}, {("0", "1"), ("2", "1")}),
    ],
)
def test_a_signal_between_junctions_stops_its_direction(
    tmp_path: Path, tags: dict[str, str], waits: set[tuple[str, str]]
) -> None:
    network = town(tmp_path, TEE, [way(0, 1, 2)], {1: tags})
    assert awaited(network) == dict.fromkeys(waits, "signal")
    times = network.travel_times(buildings_at({"w": (500, 0), "e": (1500, 0)}), profile=SLOW)
    running_s = 1000 / (25 * 1.609344 / 3.6)
    assert times.between("w", "e") == pytest.approx(
        running_s + 12 * (("0", "1") in waits), rel=2e-3
    )
    assert times.between("e", "w") == pytest.approx(
        running_s + 12 * (("2", "1") in waits), rel=2e-3
    )


# A divided road west to east (south carriageway) and back, crossed by another: 20 m apart.
DIVIDED: Nodes = {
    10: (0, 0), 11: (990, 0), 12: (1010, 0), 13: (2000, 0),
    20: (0, 20), 21: (990, 20), 22: (1010, 20), 23: (2000, 20),
    31: (990, -900), 32: (1010, -900), 41: (990, 900), 42: (1010, 900),
    51: (970, 0), 52: (1030, 20), 53: (990, 40), 54: (1010, -20),
}  # fmt: skip
CARRIAGEWAYS = [
    way(10, 51, 11, 12, 13, highway="primary", oneway="yes"),
    way(23, 52, 22, 21, 20, highway="primary", oneway="yes"),
    way(41, 53, 21, 11, 31, highway="primary", oneway="yes"),
    way(32, 54, 12, 22, 42, highway="primary", oneway="yes"),
]


@pytest.mark.parametrize("signals", [(11, 12, 21, 22), (51, 52, 53, 54), (11, 22, 51, 52, 53, 54)])
def test_a_crossing_of_divided_roads_is_waited_for_once(
    tmp_path: Path, signals: tuple[int, ...]
) -> None:
    network = town(tmp_path, DIVIDED, CARRIAGEWAYS, dict.fromkeys(signals, SIGNAL)).with_islands()
    places = buildings_at({"w": (500, 0), "e": (1500, 0), "n": (1010, 500), "s": (990, -500)})
    delays_s = (
        network.travel_times(places, profile=SLOW).seconds
        - network.travel_times(places, profile=PROFILES["free_flow"].with_delays(())).seconds
    )
    straight_or_turning = [delays_s[0, 1], delays_s[0, 2], delays_s[0, 3]]
    assert straight_or_turning == pytest.approx([12.0] * 3)


def test_those_who_enter_a_roundabout_wait_once(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (50, 0), 3: (50, 50), 4: (0, 50)}
    nodes |= {5: (-500, 0), 6: (550, 0), 7: (550, 50), 8: (-500, 50), 9: (-10, 0)}
    ways = [way(1, 2, 3, 4, 1, junction="roundabout"), way(5, 9, 1), way(2, 6), way(3, 7)]
    ways += [way(4, 8)]
    network = town(tmp_path, nodes, ways, {9: {"highway": "give_way", "direction": "forward"}})
    assert awaited(network) == dict.fromkeys(
        (("5", "1"), ("6", "2"), ("7", "3"), ("8", "4")), "roundabout"
    )


def test_a_network_keeps_what_approaches_wait_for(tmp_path: Path) -> None:
    junctions, links = tables(
        {"w": (0, 0), "m": (1000, 0), "e": (2000, 0), "s": (1000, -900)},
        [
            link("w", "m", 1000.0),
            link("m", "e", 1000.0),
            link("m", "s", 900.0, control_from="stop"),
        ],
    )
    network = RoadNetwork.from_tables(junctions, links, speeds=STREETS, source="a town")
    assert awaited(network) == {("s", "m"): "stop"}
    loaded = load_network(save_network(network, tmp_path / "town.streets"))
    assert loaded.content_hash == network.content_hash
    assert awaited(loaded) == awaited(network)
    frame = network.links_frame()
    assert frame["control_from"].tolist() == ["", "", "stop"]
    again = RoadNetwork.from_tables(
        junctions, frame.reset_index(drop=True), speeds=network.speeds, source="a town"
    )
    assert approach_kinds(again).tolist() == approach_kinds(network).tolist()
    assert np.array_equal(network.snapped().network.approach, network.approach)
    with pytest.raises(NetworkError, match="control_from 'halt' is not one of"):
        RoadNetwork.from_tables(
            junctions, links.assign(control_from="halt"), speeds=STREETS, source="a town"
        )
