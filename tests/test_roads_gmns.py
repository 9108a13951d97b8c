"""Node and link tables by the names of GMNS: units, directions, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from helpers.road_towns import CRS, EAST, NORTH, buildings_at

from zoning.errors import NetworkError
from zoning.roads import RoadNetwork, read_network
from zoning.roads.sources import BuildOptions, GmnsUnits, read_gmns
from zoning.roads.travel.profiles import PROFILES

METRIC = GmnsUnits(length="m", speed="kmh", crs=CRS)
SUBURBAN = BuildOptions(area="suburban")


def nodes(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "node_id": ["01", "02", "03"],
            "x_coord": [EAST, EAST + 1000, EAST + 2000],
            "y_coord": [NORTH] * 3,
        }
        | columns
    )


def links(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "link_id": ["1", "2"],
            "from_node_id": ["01", "02"],
            "to_node_id": ["02", "03"],
            "directed": ["false", "true"],
            "length": [1000, 1200],
            "facility_type": ["Local", "arterial"],
            "free_speed": [36, 72],
            "name": ["Elm", "NA"],
        }
        | columns
    )


def folder(tmp_path: Path, node: pd.DataFrame, link: pd.DataFrame) -> Path:
    node.to_csv(tmp_path / "node.csv", index=False)
    link.to_csv(tmp_path / "link.csv", index=False)
    return tmp_path


def built(tmp_path: Path, node: pd.DataFrame, link: pd.DataFrame, **units: Any) -> RoadNetwork:
    path = folder(tmp_path, node, link)
    return read_gmns(path, units=GmnsUnits(**units) if units else METRIC, options=SUBURBAN)


def fault(tmp_path: Path, node: pd.DataFrame, link: pd.DataFrame, **units: Any) -> NetworkError:
    with pytest.raises(NetworkError) as caught:
        built(tmp_path, node, link, **units)
    return caught.value


def test_times_by_hand(tmp_path: Path) -> None:
    network = built(tmp_path, nodes(ctrl_type=["4_stop", "signal", "none"]), links())
    assert network.node_ids == ("01", "02", "03")
    assert network.name.tolist() == ["Elm", "Elm", "NA"]
    assert network.control.tolist() == ["stop", "signal", "none"]
    assert network.travel_time_s.tolist() == pytest.approx([100, 100, 60])
    assert network.links_frame()["oneway"].tolist() == ["B", "FT"]
    places = buildings_at({"a": (0, 0), "b": (1000, 0)})
    times = network.travel_times(places, profile=PROFILES["free_flow"].with_delays(())).seconds
    assert times[0, 1] == pytest.approx(100, rel=1e-3)
    waits = network.travel_times(places).seconds  # at b's signal, 12 s by default
    assert waits[0, 1] == pytest.approx(112, rel=1e-3)


def test_units_are_given_or_in_the_config_or_as_the_lines_show(tmp_path: Path) -> None:
    miles = links(length=[1000 / 1609.344, 1200 / 1609.344], free_speed=[30, 45])
    network = built(tmp_path, nodes(), miles, crs=CRS)
    assert network.length_m.tolist() == pytest.approx([1000, 1000, 1200])
    assert network.speed_kph[0] == pytest.approx(48.28032)
    assert network.report is not None
    assert network.report.count("units") == 2
    assert "lengths in mi, speeds in mph" in str(network.report)
    config = {"long_length": ["km"], "speed": ["km/h"], "crs": [CRS]}
    pd.DataFrame(config).to_csv(tmp_path / "config.csv", index=False)
    folder(tmp_path, nodes(), links(length=[1.0, 1.2]))
    network = read_network(tmp_path)
    assert network.length_m.tolist() == pytest.approx([1000, 1000, 1200])
    assert network.speed_kph.tolist() == [36, 36, 72]
    assert network.report is not None
    assert network.report.count("units") == 0


def test_tables_of_osm2gmns_are_metres_and_kilometres_an_hour(tmp_path: Path) -> None:
    """As osm2gmns 1.0.1 writes them: no config, 25 mph as 40, 1,000 m at 40 km/h are 90 s."""
    made = links(directed=[1, 1], dir_flag=[1, 1], free_speed=[40, 120]).drop(columns="name")
    network = built(tmp_path, nodes(osm_node_id=[1, 2, 3]), made, crs=CRS)
    assert network.travel_time_s.tolist() == pytest.approx([90, 36])
    assert "lengths in m, speeds in kmh" in str(network.report)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"free_speed": [35, 45]}, "2 of 2 speeds in free_speed end in 5, as limits in mph do"),
        (
            {"length": [0.621, 0.746], "free_speed": [50, 110]},
            "1 of 2 speeds in free_speed are abo",
        ),
        ({"length": [5, 5], "free_speed": [36, 72]}, "lengths: median ratio of link to line"),
    ],
)
def test_units_that_the_numbers_do_not_show_are_asked_for_together(
    tmp_path: Path, columns: dict[str, Any], said: str
) -> None:
    error = str(fault(tmp_path, nodes(), links(**columns), crs=CRS))
    assert said in error
    assert "--length-unit and --speed-unit" in error


def test_lengths_in_another_unit_than_config_says_are_taken_as_their_lines_show(
    tmp_path: Path,
) -> None:
    """The specification's own examples say miles and give feet."""
    config = {"long_length": ["mile"], "speed": ["mph"], "crs": ["32616"]}
    pd.DataFrame(config).to_csv(tmp_path / "config.csv", index=False)
    feet = links(length=[1000 / 0.3048, 1200 / 0.3048])
    network = built(tmp_path, nodes(), feet, length=None)
    assert network.length_m.tolist() == pytest.approx([1000, 1000, 1200])
    assert network.speed_kph[0] == pytest.approx(36 * 1.609344)
    assert network.report is not None
    assert network.report.count("length_unit") == 2


def test_a_unit_of_the_user_that_cannot_be_is_refused(tmp_path: Path) -> None:
    error = fault(tmp_path, nodes(), links(length=[0.6, 0.7]), length="m", crs=CRS)
    assert "the median link is 0.00065 times as long as its line" in str(error)
    assert "they fit mi" in str(error)
    kilometres = fault(tmp_path, nodes(), links(length=[1, 1.2]), length="mi", crs=CRS)
    assert "they fit km" in str(kilometres)
    assert "'leagues' is not a unit" in str(fault(tmp_path, nodes(), links(), length="leagues"))
    assert "'knots' is not a unit" in str(fault(tmp_path, nodes(), links(), speed="knots", crs=CRS))
    assert "'EPSG:x' is not a coor" in str(fault(tmp_path, nodes(), links(), crs="EPSG:x"))
    unprojected = str(fault(tmp_path, nodes(), links(), length="m"))
    assert "3 of 3 nodes are no places in WGS 84" in unprojected
    assert "--crs" in unprojected


def test_geometry_is_wkt_in_the_same_system_and_may_run_backwards(tmp_path: Path) -> None:
    bend = f"LINESTRING ({EAST} {NORTH}, {EAST + 500} {NORTH + 90}, {EAST + 1000} {NORTH})"
    back = f"LINESTRING ({EAST + 2000} {NORTH}, {EAST + 1500} {NORTH + 90}, {EAST + 1000} {NORTH})"
    drawn = links(geometry=[bend, back], dir_flag=[1, -1], length=["", ""])
    network = built(tmp_path, nodes(), drawn)
    assert network.length_m.tolist() == pytest.approx([1016.07] * 3, rel=1e-3)
    assert network.lines[1].coords[0] == pytest.approx((EAST + 1000, NORTH), abs=0.01)
    assert network.report is not None
    assert network.report.count("length_measured") == 2


def test_what_cars_may_not_use_is_left_out(tmp_path: Path) -> None:
    three = pd.concat([links(), links().iloc[:1]], ignore_index=True)
    three["allowed_uses"] = ["auto;bike", "", "WALK;BIKE"]
    network = built(tmp_path, nodes(), three)
    assert network.report is not None
    assert (len(network.lines), network.report.count("closed")) == (2, 1)
    connector = links(facility_type=["centroid_connector", "local"])
    network = built(tmp_path, nodes(), connector)
    assert network.report is not None
    assert (len(network.lines), network.report.count("not_streets")) == (1, 1)


def test_every_fault_at_once_with_its_row(tmp_path: Path) -> None:
    bad_nodes = nodes(node_id=["01", "01", ""], x_coord=["west", EAST, 9e9])
    bad_links = links(
        from_node_id=["99", "01"],
        directed=["maybe", "true"],
        length=["far", 5],
        geometry=["LINESTRING (0 0", ""],
    )
    text = "\n".join(fault(tmp_path, bad_nodes, bad_links).faults)
    for said in (
        "node row 3: has no node_id",
        "node row 2: node_id 01 is repeated",
        "node row 1: x_coord 'west'",
        "node row 3: x_coord",
        "link row 1: from_node_id '99' is not in node.csv",
        "link row 1: to_node_id '02' is not in node.csv",
        "link row 1: directed 'maybe' is neither true nor false",
        "link row 1: length 'far' is not a number",
        "link row 1: the geometry is not a line in WKT",
    ):
        assert said in text


def test_lengths_shorter_than_the_straight_line_are_counted_and_the_line_is_taken(
    tmp_path: Path,
) -> None:
    three = pd.concat([links(), links().iloc[1:]], ignore_index=True)
    three["length"] = [1000, 900, 1000]
    network = built(tmp_path, nodes(), three)
    assert network.length_m.tolist() == pytest.approx([1000] * 4, rel=1e-3)
    assert network.report is not None
    assert network.report.count("length_short") == 1
    assert "row 2: 900.0 m for 1000" in str(network.report)


def test_lengths_that_are_not_above_zero_are_counted_and_the_line_is_taken(tmp_path: Path) -> None:
    three = pd.concat([links(), links().iloc[1:]], ignore_index=True)
    three["length"] = [-1000, 0, 1000]
    network = built(tmp_path, nodes(), three)
    assert network.length_m.tolist() == pytest.approx([1000] * 4, rel=1e-3)
    assert network.report is not None
    assert network.report.count("length_not_positive") == 2


def test_blank_and_nan_are_missing_values(tmp_path: Path) -> None:
    bare = links(
        **{"from_node_id": ["1.0", "2.0"], "to_node_id": ["2", "3"], "length": ["NaN", " "]},
        **{"free_speed": ["nan", ""], "facility_type": ["NaN", "null"], "name": ["NaN", "NA"]},
        geometry=["NaN", ""],
    )
    network = built(tmp_path, nodes(node_id=["1", "2", "3"], ctrl_type=["NaN", "", ""]), bare)
    assert network.length_m.tolist() == pytest.approx([1000] * 3, rel=1e-3)
    assert network.name.tolist() == ["", "", "NA"]
    assert not network.speed_given.any()


def test_links_that_do_not_say_directed_are_one_way_where_most_have_one_back(
    tmp_path: Path,
) -> None:
    """As in the specification's Lima; without links back nothing shows it."""
    three = pd.concat([links(), links().iloc[:1]], ignore_index=True).drop(columns="directed")
    three.loc[2, ["from_node_id", "to_node_id"]] = ["02", "01"]
    network = built(tmp_path, nodes(), three)
    assert network.links_frame()["oneway"].tolist() == ["FT", "FT", "FT"]
    assert network.report is not None
    assert network.report.count("directed") == 3
    error = str(fault(tmp_path, nodes(), links(directed=["", "NaN"])))
    assert "directed is blank in 2 of 2 rows, of which 0 have a link back" in error


def test_tables_as_the_examples_of_the_specification_have_them(tmp_path: Path) -> None:
    """Names cut by a Shapefile, a line by its id, in parts, or off its nodes; groups of uses."""
    tables = links(
        geometry_id=["g", ""],
        geometry=["", f"MULTILINESTRING (({EAST + 2000} {NORTH}, {EAST + 1000} {NORTH}))"],
        allowed_uses=["motors", "auto, bike"],
        lanes=[1, 0],
    ).rename(columns={"from_node_id": "from_node_", "facility_type": "FACILITY_T"})
    more = pd.DataFrame(
        {
            "geometry_id": ["g"],
            "geometry": [f"LINESTRING ({EAST + 20} {NORTH}, {EAST + 980} {NORTH})"],
        }
    )
    more.to_csv(tmp_path / "geometry.csv", index=False)
    groups = pd.DataFrame({"use_group": ["motors"], "uses": ["car, truck"]})
    groups.to_csv(tmp_path / "use_group.csv", index=False)
    groups.to_csv(tmp_path / "movement.csv", index=False)
    network = built(tmp_path, nodes(ctrl_type=["2_stop", "no_control", "4_stop"]), tables)
    assert len(network.lines) == 2
    assert network.road_class.tolist() == ["local", "local", "arterial"]
    assert network.lines[1].coords[0] == pytest.approx((EAST + 1000, NORTH), abs=0.01)
    assert network.control.tolist() == ["", "none", "stop"]
    assert network.report is not None
    assert [network.report.count(code) for code in ("tables", "stops_in_part")] == [1, 1]
    walks = links(allowed_uses=["walk", "auto"], lanes=[1, 1])
    assert len(built(tmp_path, nodes(), walks).lines) == 1
    assert len(built(tmp_path, nodes(), links(lanes=[0, 2])).lines) == 1


def test_missing_files_and_columns(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match=r"node\.csv does not exist"):
        read_gmns(tmp_path)
    lacking = nodes().drop(columns="x_coord"), links().drop(columns="to_node_id")
    text = str(fault(tmp_path, *lacking))
    assert "node.csv: no column x_coord" in text
    assert "link.csv: no column to_node_id" in text
    text = str(fault(tmp_path, nodes().iloc[:0], links().iloc[:0]))
    assert "node.csv: the table is empty" in text
