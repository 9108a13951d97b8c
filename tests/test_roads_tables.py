"""Street tables and speed tables: what is refused, and how it is said."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pandas as pd
import pytest
from helpers.road_towns import GRID, GRID_LINKS, STREETS, buildings_at, link, tables, town

from zoning.errors import NetworkError, ZoningError
from zoning.roads import DEFAULT_SPEEDS, ClassSpeed, RoadNetwork, SpeedTable, read_network


def faults_of(junctions: pd.DataFrame, links: pd.DataFrame) -> tuple[str, ...]:
    with pytest.raises(NetworkError) as caught:
        RoadNetwork.from_tables(junctions, links, speeds=STREETS, source="test")
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, ZoningError)
    return caught.value.faults


def test_every_fault_at_once_with_its_row() -> None:
    junctions, links = tables(GRID, GRID_LINKS)
    junctions = junctions.astype({"lon": object, "junction_id": object})
    junctions.loc[1, "lon"] = "west"
    junctions.loc[2, "junction_id"] = "00"
    junctions.loc[8, "lat"] = float("inf")
    links = links.astype({"length_m": object})
    links.loc[0, "to_junction"] = "nowhere"
    links.loc[1, "length_m"] = "1 km"
    links.loc[2, "length_m"] = -5.0
    links.loc[3, "length_m"] = 0.0
    links.loc[4, "from_junction"] = links.loc[4, "to_junction"]
    links.loc[8, "length_m"] = 500.0
    links.loc[9, "oneway"] = "yes"
    links.loc[10, "road_class"] = None
    faults = faults_of(junctions, links)
    lines = [line for line in faults if "'02'" not in line]
    assert [line.split(":")[0] for line in lines] == [
        "junctions row 3",
        "junctions row 2",
        "junctions row 9",
        "links row 1",
        "links row 5",
        "links row 2",
        "links row 3",
        "links row 4",
        "links row 11",
        "links row 10",
        "links row 9",
    ]
    text = "\n".join(lines)
    for said in (
        "junction_id '00' also in row 1",
        "lon 'west'",
        "to_junction 'nowhere' is not in the junctions",
        "to itself",
        "length_m '1 km' is not a number above 0",
        "length_m '-5' is not",
        "length_m '0' is not",
        "has no road_class",
        "oneway 'yes' is not one of B, FT, TF",
        "length_m 500.0 is shorter than the straight line between its ends, 1000.0 m",
    ):
        assert said in text


def test_junctions_that_links_lost_are_named() -> None:
    junctions, links = tables(GRID, GRID_LINKS)
    faults = faults_of(junctions[junctions["junction_id"] != "22"], links)
    assert len(faults) == 2
    assert all("'22' is not in the junctions" in fault for fault in faults)


def test_missing_columns_and_empty_tables() -> None:
    junctions, links = tables(GRID, GRID_LINKS)
    assert faults_of(junctions.drop(columns="lat"), links.drop(columns=["area", "length_m"])) == (
        "junctions: no column lat",
        "links: no column length_m, area",
    )
    assert faults_of(junctions, links.iloc[:0]) == ("links: the table is empty",)
    assert "junctions: no row has a usable place" in faults_of(junctions.iloc[:0], links)


def test_swapped_or_projected_coordinates_are_refused() -> None:
    junctions, links = tables(GRID, GRID_LINKS)
    swapped = junctions.rename(columns={"lon": "lat", "lat": "lon"})
    assert "missing, swapped or projected" in faults_of(swapped, links)[0]


def test_many_faults_of_a_kind_are_counted() -> None:
    junctions, links = tables(GRID, GRID_LINKS * 5)
    faults = faults_of(junctions, links.assign(length_m=-1.0))
    assert len(faults) == 21
    assert faults[-1].startswith("links: and 40 more rows like it: 21, 22,")


def test_lengths_rounded_or_taken_on_a_sphere_pass() -> None:
    junctions = {"a": (0, 0), "b": (1000, 0), "c": (1001, 0)}
    assert town(junctions, [link("a", "b", 990.0), link("b", "c", 0.3)]).describe()["links"] == 2
    with pytest.raises(NetworkError, match="by more than the 1% and 1 m allowed"):
        town(junctions, [link("a", "b", 988.0)])


def test_ids_are_text_whatever_their_type() -> None:
    junctions = pd.DataFrame({"junction_id": [1, 2], "lon": [-85.7, -85.69], "lat": [38.2, 38.2]})
    links = pd.DataFrame(
        {
            "from_junction": [1.0],
            "to_junction": ["2"],
            "length_m": ["900"],
            "road_class": "street",
            "area": "town",
        }
    )
    network = RoadNetwork.from_tables(junctions, links, speeds=STREETS, source="numbers")
    assert network.node_ids == ("1", "2")
    assert len(network.edge_from) == 2


def test_read_network_keeps_ids_and_names_as_written(tmp_path: Path) -> None:
    junctions, links = tables({"01": (0, 0), "NA": (1000, 0)}, [link("01", "NA", 1e3, name="NA")])
    junctions.to_csv(tmp_path / "junctions.csv", index=False)
    links.to_csv(tmp_path / "links.csv", index=False)
    network = read_network(tmp_path, speeds=STREETS)
    assert network.node_ids == ("01", "NA")
    assert network.name.tolist() == ["NA", "NA"]
    assert tmp_path.name in network.source
    assert read_network(str(tmp_path), speeds=STREETS, source="the county").source == "the county"
    times = network.travel_times(buildings_at({"a": (0, 0), "b": (1000, 0)}))
    assert times.between("a", "b") == pytest.approx(100)


def test_read_network_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "links.csv").write_bytes(b"")
    with pytest.raises(NetworkError) as caught:
        read_network(tmp_path)
    assert "junctions.csv does not exist" in caught.value.faults[0]
    assert "links.csv cannot be read" in caught.value.faults[1]


def test_default_speeds_cover_the_classes_and_fall_towards_town() -> None:
    table = DEFAULT_SPEEDS.to_frame().pivot_table(index="road_class", columns="area", values="kph")
    assert table.shape == (4, 3)
    assert (table["urban"] < table["suburban"]).all()
    assert (table["suburban"] < table["rural"]).all()
    assert DEFAULT_SPEEDS.no_access_from == ("freeway", "ramp")


def test_speeds_go_to_a_table_and_back() -> None:
    assert (
        SpeedTable.from_frame(DEFAULT_SPEEDS.to_frame(), note=DEFAULT_SPEEDS.note) == DEFAULT_SPEEDS
    )
    assert pickle.loads(pickle.dumps(DEFAULT_SPEEDS)) == copy.deepcopy(DEFAULT_SPEEDS)


def test_every_fault_of_a_speed_table_at_once() -> None:
    frame = pd.DataFrame(
        {
            "road_class": ["street", "street", "lane", "path"],
            "area": "town",
            "kph": [30, 40, "fast", 999],
        }
    )
    with pytest.raises(NetworkError) as caught:
        SpeedTable.from_frame(frame, access_kph=0.0, access_detour=0.5)
    assert len(caught.value.faults) == 5
    text = str(caught.value)
    for said in ("lane in town", "999", "street in town area is given 2", "access_kph", "access_d"):
        assert said in text
    with pytest.raises(NetworkError, match="no column area, kph"):
        SpeedTable.from_frame(frame[["road_class"]])
    with pytest.raises(NetworkError, match="no road class has a speed"):
        SpeedTable(speeds=())


def test_links_without_a_speed_are_counted_by_class_and_area() -> None:
    junctions, links = tables(GRID, GRID_LINKS)
    table = SpeedTable(speeds=(ClassSpeed("street", "country", 60.0),))
    with pytest.raises(NetworkError) as caught:
        RoadNetwork.from_tables(junctions, links, speeds=table, source="test")
    assert caught.value.faults == ("road class 'street' in area 'town': 12 links",)
