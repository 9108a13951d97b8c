"""Directions matter: one-way streets, and a freeway that is crossed at one bridge only."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from helpers.engines import ENGINES, Engine, times_by
from helpers.road_towns import buildings_at, link, town

from zoning.errors import DistrictNotice
from zoning.roads import RoadNetwork


def freeway_town(*, bridge: bool) -> RoadNetwork:
    """Two streets of 6 km with a freeway between them; a bridge at the east end, 36 km/h."""
    junctions = {
        "s0": (0, 0), "s1": (6000, 0),
        "n0": (0, 400), "n1": (6000, 400),
        "f0": (0, 200), "f1": (6000, 200),
    }  # fmt: skip
    links = [
        link("s0", "s1", 6000.0, name="South Street"),
        link("n0", "n1", 6000.0, name="North Street"),
        link("f0", "f1", 6000.0, road_class="freeway"),
    ]
    return town(junctions, [*links, link("s1", "n1", 400.0, name="Bridge")][: 4 if bridge else 3])


@pytest.mark.parametrize("engine", ENGINES)
def test_the_far_side_of_a_freeway_is_reached_over_the_bridge(engine: Engine) -> None:
    schools = buildings_at({"south": (1000, 0), "north": (1000, 400)})
    times = times_by(engine, freeway_town(bridge=True), schools)
    # 400 m apart, 5,000 m to the bridge, 400 m over it, 5,000 m back.
    assert times.between("south", "north") == pytest.approx(1040)
    assert times.metres is not None
    assert times.metres[0, 1] == pytest.approx(10_400)


@pytest.mark.parametrize("engine", ENGINES)
def test_without_a_bridge_there_is_no_way(engine: Engine) -> None:
    schools = buildings_at({"south": (1000, 0), "north": (1000, 400), "east": (5000, 0)})
    with pytest.warns(DistrictNotice, match="north"):
        times = times_by(engine, freeway_town(bridge=False).with_islands(), schools)
    assert np.isinf(times.between("south", "north"))
    assert times.between("south", "east") == pytest.approx(400)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_path_crosses_at_the_bridge(engine: Engine) -> None:
    network = freeway_town(bridge=True)
    schools = buildings_at({"south": (1000, 0), "north": (1000, 400)})
    path = network.paths(schools, [("south", "north")]).to_crs(network.crs)
    assert path.geometry.iloc[0].bounds[2] == pytest.approx(606_000, abs=0.01)
    times = times_by(engine, network, schools)
    assert path["seconds"].iloc[0] == pytest.approx(times.between("south", "north"))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_one_way_ring_is_driven_all_the_way_round(engine: Engine) -> None:
    """Four corners of 1 km, clockwise only: there and back is always the whole ring."""
    corners = {"a": (0, 0), "b": (0, 1000), "c": (1000, 1000), "d": (1000, 0)}
    ring = [link(x, y, 1000.0, oneway="FT") for x, y in ("ab", "bc", "cd", "da")]
    network = town(corners, ring)
    schools = buildings_at({"one": (0, 300), "two": (0, 700), "far": (1000, 500)})
    times = times_by(engine, network, schools)
    assert times.between("one", "two") == pytest.approx(40)
    assert times.between("two", "one") == pytest.approx(360)
    apart = ~np.eye(3, dtype=bool)
    np.testing.assert_allclose((times.seconds + times.seconds.T)[apart], 400)
    assert nx.is_strongly_connected(nx.DiGraph(network.to_networkx()))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_one_way_pair_makes_times_asymmetric(engine: Engine) -> None:
    """Eastbound on Main Street, westbound on a street 1 km north, at half the speed of a detour."""
    corners = {"w": (0, 0), "e": (2000, 0), "nw": (0, 1000), "ne": (2000, 1000)}
    links = [
        link("w", "e", 2000.0, oneway="FT"),
        link("ne", "nw", 2000.0, oneway="FT"),
        link("w", "nw", 1000.0),
        link("e", "ne", 1000.0),
    ]
    times = times_by(engine, town(corners, links), buildings_at({"w": (0, 0), "e": (2000, 0)}))
    assert times.between("w", "e") == pytest.approx(200)
    assert times.between("e", "w") == pytest.approx(400)
