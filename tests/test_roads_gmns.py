"""Node and link tables by the names of GMNS: units, directions, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from road_towns import CRS, EAST, NORTH, buildings_at

from zoning.errors import NetworkError
from zoning.roads import RoadNetwork, read_network
from zoning.roads.sources import BuildOptions, GmnsUnits, read_gmns

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
    times = network.travel_times(buildings_at({"a": (0, 0), "b": (1000, 0)})).seconds
    assert times[0, 1] == pytest.approx(100, rel=1e-3)


def test_units_are_given_or_in_the_config_or_the_documented_default(tmp_path: Path) -> None:
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


def test_lengths_in_another_unit_are_noticed(tmp_path: Path) -> None:
    error = fault(tmp_path, nodes(), links(), crs=CRS)
    assert "the lengths cannot be in the unit" in str(error)
    assert "--length-unit" in str(error)
    error = fault(tmp_path, nodes(), links(length=[0.6, 0.7]), length="m", crs=CRS)
    assert "in the middle, a link is 0.0006" in str(error)
    assert "'leagues' is not a unit" in str(fault(tmp_path, nodes(), links(), length="leagues"))
    assert "'knots' is not a unit" in str(fault(tmp_path, nodes(), links(), speed="knots"))
    assert "'EPSG:x' is not a coor" in str(fault(tmp_path, nodes(), links(), crs="EPSG:x"))


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
        "link row 1: length 'far' is not a number above 0",
        "link row 1: the geometry is not a line in WKT",
    ):
        assert said in text


def test_lengths_shorter_than_the_straight_line_are_faults(tmp_path: Path) -> None:
    three = pd.concat([links(), links().iloc[1:]], ignore_index=True)
    three["length"] = [1000, 900, 1000]
    faults = fault(tmp_path, nodes(), three).faults
    assert len(faults) == 1
    assert faults[0].startswith("link row 2: length is 900.0 m, shorter than the straight line")


def test_missing_files_and_columns(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match=r"node\.csv does not exist"):
        read_gmns(tmp_path)
    text = str(fault(tmp_path, nodes().drop(columns="x_coord"), links().drop(columns="directed")))
    assert "node.csv: no column x_coord" in text
    assert "link.csv: no column directed" in text
    text = str(fault(tmp_path, nodes().iloc[:0], links().iloc[:0]))
    assert "node.csv: the table is empty" in text
