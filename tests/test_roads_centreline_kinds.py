"""Centrelines as publishers write them: levels, whole streets, class words, stray features."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from helpers.road_towns import CRS
from pyproj import Geod
from shapely.geometry import LineString
from test_roads_centrelines import SUBURBAN, built, county, fault, line, seconds, seconds_quietly

from zoning.errors import NetworkError
from zoning.roads import RoadNetwork
from zoning.roads.sources import BuildOptions, ServiceRoads
from zoning.roads.sources.classes import class_meanings, is_openstreetmap, line_classes
from zoning.roads.sources.columns import levels_of
from zoning.roads.sources.links import lengths_m
from zoning.roads.streets.build_report import ReportDraft
from zoning.roads.streets.tables import as_text

GRID = [0, 200, 400, 600]
"""A grid of 4 by 4 places, 200 m apart: 24 blocks."""


def blocks() -> list[LineString]:
    pairs = list(itertools.pairwise(GRID))
    up = [line((x, low), (x, high)) for x in GRID for low, high in pairs]
    return up + [line((low, y), (high, y)) for y in GRID for low, high in pairs]


def whole_streets(n: int, *, vertices: bool) -> list[LineString]:
    """``n`` streets each way, drawn whole, with or without vertices where they cross."""
    inner = range(1, n + 1) if vertices else ()
    across = [line((0, k), *((100 * i, k) for i in inner), (100 * n + 100, k)) for k in _rows(n)]
    up = [line((k, 0), *((k, 100 * i) for i in inner), (k, 100 * n + 100)) for k in _rows(n)]
    return across + up


def _rows(n: int) -> range:
    return range(100, 100 * n + 1, 100)


def parts(network: RoadNetwork) -> int:
    assert network.report is not None
    return network.report.count("components")


def counts(network: RoadNetwork, *codes: str) -> list[int]:
    assert network.report is not None
    return [network.report.count(code) for code in codes]


@pytest.mark.parametrize(
    "cells",
    [
        [None, 0.0, 0.0, None],
        ["0", "00", "0.0", ""],
        ["GROUND", "0", None, "-999"],
        ["Level 0", " 0 ", "at grade", "+0"],
    ],
)
def test_nothing_and_every_way_to_write_zero_are_one_level(
    tmp_path: Path, cells: Sequence[Any]
) -> None:
    """The grid is one part of 16 junctions, whatever four of its blocks say."""
    shapes = blocks()
    rest = ["0" if isinstance(cells[0], str) else 0.0] * (len(shapes) - len(cells))
    column = [*cells, *rest]
    network = built(county(tmp_path, shapes, F_ELEV=column, T_ELEV=column))
    assert parts(network) == 1
    assert len(network.node_ids) == 16
    blank = sum(cell in {None, "", "-999"} for cell in cells)
    assert counts(network, "level_missing") == [blank]


@pytest.mark.parametrize("ground", [1, "M"])
def test_nothing_is_the_level_that_most_ends_have(tmp_path: Path, ground: int | str) -> None:
    """Some count from 1, New York has letters. Where most say nothing, the rest are bridges."""
    column: list[Any] = [ground] * 22 + [None, None]
    network = built(county(tmp_path, blocks(), FRM_LVL=column, TO_LVL=column))
    assert (len(network.node_ids), parts(network)) == (16, 1)
    assert counts(network, "level_missing") == [2]
    over = [line((-200, 0), (0, 0)), line((0, 0), (200, 0)), line((0, -200), (0, 0))]
    over += [line((0, 0), (0, 200)), line((0, 200), (200, 200)), line((0, 200), (0, 400))]
    bridge = [None, None, ground, ground, None, None]
    ends = [None, None, None, ground, None, None]
    network = built(county(tmp_path, over, "over.gpkg", FRM_LVL=ends, TO_LVL=bridge))
    assert parts(network) == 3


def test_levels_are_numbers_and_words_of_their_own() -> None:
    read = levels_of(np.array(["1", "01", "1.0", "L1", "-1", "bridge", "", "99"]))
    assert read.texts.tolist() == ["1", "1", "1", "1", "-1", "bridge", "0", "0"]
    assert read.blank.tolist() == [False] * 6 + [True, True]
    assert not read.altitudes
    assert levels_of(np.array(["212.4", "215", "0"])).altitudes
    assert not levels_of(np.array(["0"] * 20 + ["212.4"])).altitudes


@pytest.mark.parametrize(
    "names",
    [
        ("F_ELEV", "T_ELEV"),
        ("F_ZLEV", "T_ZLEV"),
        ("FROM_ZLEV", "TO_ZLEV"),
        ("FRZLEV", "TOZLEV"),
        ("ZELEV_F", "ZELEV_T"),
        ("F_LEVEL", "T_LEVEL"),
        ("from_level", "to_level"),
        ("FNODE_ELEV", "TNODE_ELEV"),
        ("BEG_LEVEL", "END_LEVEL"),
        ("REF_ZLEV", "NREF_ZLEV"),
        ("NodeLevelF", "NodeLevelT"),
        ("FRM_LVL_CO", "TO_LVL_CO"),
        ("level_from", "level_to"),
    ],
)
def test_a_street_over_another_does_not_meet_it(tmp_path: Path, names: tuple[str, str]) -> None:
    """Both streets are split at the overpass: four ends at one place, on two levels."""
    shapes = [
        line((-200, 0), (0, 0)),
        line((0, 0), (200, 0)),
        line((0, -200), (0, 0)),
        line((0, 0), (0, 200)),
    ]
    levels = {name: [0, 0, 1, 1] for name in names}
    network = built(county(tmp_path, shapes, **levels))
    assert (len(network.node_ids), parts(network)) == (6, 2)
    apart = built(county(tmp_path, shapes, **levels), columns=dict.fromkeys(("level_from",)))
    assert parts(apart) == 1


def test_one_level_a_line_lets_a_bridge_begin_on_the_ground(tmp_path: Path) -> None:
    """A bridge of level 1 between two approaches, over a street split below it."""
    shapes = [
        line((-300, 0), (-100, 0)),
        line((-100, 0), (0, 0)),
        line((0, 0), (100, 0)),
        line((100, 0), (300, 0)),
        line((0, -200), (0, 0)),
        line((0, 0), (0, 200)),
    ]
    network = built(county(tmp_path, shapes, Z_LEVEL=[0, 1, 1, 0, 0, 0]))
    assert parts(network) == 2
    assert len(network.node_ids) == 5 + 3
    slow = 40.2 / 3.6
    times = seconds(network, west=(-300, 0), east=(300, 0))
    assert times[0, 1] == pytest.approx(600 / slow, rel=1e-3)


def test_altitudes_are_not_levels_unless_they_are_mapped(tmp_path: Path) -> None:
    shapes = blocks()
    heights = [100 + 0.5 * k for k in range(len(shapes))]
    path = county(tmp_path, shapes, F_ELEV=heights, T_ELEV=heights)
    network = built(path)
    assert parts(network) == 1
    assert counts(network, "altitudes") == [24]
    assert "altitudes rather than levels in F_ELEV and T_ELEV" in str(network.report)
    assert "100 to 111.5" in str(network.report)
    told = built(path, columns={"level_from": "F_ELEV", "level_to": "T_ELEV"})
    assert parts(told) > 1
    assert counts(told, "altitudes") == [24]


@pytest.mark.parametrize("vertices", [True, False])
def test_streets_drawn_whole_are_joined_where_they_cross(tmp_path: Path, vertices: bool) -> None:
    """Five streets each way cross 25 times: 25 junctions and 20 ends, 60 blocks."""
    path = county(tmp_path, whole_streets(5, vertices=vertices))
    network = built(path)
    assert (len(network.node_ids), len(network.lines), parts(network)) == (45, 60, 1)
    assert counts(network, "whole_streets", "flat", "apart") == [25, 25, 0]
    assert "--no-crossings" in str(network.report)
    apart = built(path, crossings=False)
    assert (len(apart.lines), parts(apart)) == (10, 10)
    assert counts(apart, "apart") == [25]
    assert "add --crossings" in str(apart.report)
    assert len(built(path, crossings=True).lines) == 60


def test_a_freeway_is_not_met_where_whole_streets_pass_it(tmp_path: Path) -> None:
    """It shares vertices with all five streets, and one ramp ends on it."""
    shapes = whole_streets(5, vertices=True)
    freeway = line((50, 0), *((50, 100 * i) for i in range(1, 6)), (50, 250), (50, 600))
    shapes += [freeway, line((100, 200), (50, 250))]
    kinds = ["S1400"] * 10 + ["S1100", "S1630"]
    # Vertices of a line rise along it; the ramp's is between two of the crossings.
    shapes[10] = line(*sorted({(50, 0), (50, 250), (50, 600), *((50, 100 * i) for i in range(6))}))
    network = built(county(tmp_path, shapes, MTFCC=kinds))
    frame = network.links_frame()
    assert (frame["road_class"] == "freeway").sum() == 2
    assert parts(network) == 1
    assert counts(network, "whole_streets") == [25]
    assert "other bridges are intersections" in str(network.report)


def test_a_few_places_inside_split_streets_are_bridges(tmp_path: Path) -> None:
    """A street over the grid that shares vertices with it, as planners of a city draw one."""
    over = line((-100, 300), *((x, 300) for x in GRID), (700, 300))
    shapes = [*blocks(), over]
    shapes[1] = line((0, 200), (0, 300), (0, 400))
    network = built(county(tmp_path, shapes))
    assert parts(network) == 2
    assert counts(network, "apart", "cut") == [4, 0]
    assert "1 vertices or ends that several lines share, 3 bare crossings" in str(network.report)


def test_a_dead_end_on_a_street_is_joined_to_it(tmp_path: Path) -> None:
    """A stem that ends exactly on a street, one 20 cm short of it, and a street split there."""
    shapes = [
        line((0, 0), (1000, 0)),
        line((200, 300), (200, 0)),
        line((400, 300), (400, 0.2)),
        line((600, 300), (600, 0)),
        line((600, 0), (600, -300)),
    ]
    network = built(county(tmp_path, shapes))
    assert counts(network, "ends_on_lines", "cut", "apart") == [1, 1, 2]
    assert (len(network.lines), parts(network)) == (6, 3)
    assert len(built(county(tmp_path, shapes), crossings=True).lines) == 8
    assert len(built(county(tmp_path, shapes), crossings=False).lines) == 5


def test_a_flag_for_bridges_keeps_them_apart(tmp_path: Path) -> None:
    shapes = whole_streets(5, vertices=False)
    network = built(county(tmp_path, shapes, BRIDGE=["Y"] + ["N"] * 9))
    assert counts(network, "whole_streets", "flat") == [20, 0]
    assert parts(network) == 2


def test_a_shapefile_of_openstreetmap_meets_at_shared_nodes(tmp_path: Path) -> None:
    """Geofabrik's columns: ways are not split, a bridge has another layer than its approach."""
    shapes = [
        line((0, 0), (100, 0), (200, 0), (300, 0)),
        line((100, -100), (100, 0)),
        line((100, 0), (100, 50), (100, 150)),
        line((0, 50), (300, 50)),
        line((200, 0), (200, -100)),
        line((300, 0), (400, 0)),
        line((400, 0), (400, 400)),
    ]
    cells = {
        "fclass": [
            "primary",
            "residential",
            "tertiary",
            "motorway",
            "steps",
            "track_grade2",
            "unknown",
        ],
        "oneway": ["B", "F", "B", "F", "B", "B", "B"],
        "maxspeed": [60, 0, 0, 105, 0, 0, 0],
        "layer": [0, 0, 1, 0, 0, 0, 0],
        "bridge": ["F", "F", "T", "F", "F", "F", "F"],
        "tunnel": ["F"] * 7,
    }
    network = built(county(tmp_path, shapes, "gis_osm_roads_free_1.shp", **cells))
    frame = network.links_frame()
    classes = ["arterial", "arterial", "local", "collector", "freeway", "local"]
    assert frame["road_class"].tolist() == classes
    assert parts(network) == 3
    assert network.speed_kph[0] == 60
    assert counts(network, "not_streets", "speed_unit", "one_way_ft", "apart") == [2, 2, 2, 0]


def test_stairs_lead_no_car_to_a_service_road(tmp_path: Path) -> None:
    """A Geofabrik layer whose far corner hangs on steps alone: an access leg, no drive up them.

    500 m at 40.2 km/h, the suburban default of local streets, then from (700, 400) straight
    to (600, 0), 412.3 m times 1.3 at 24 km/h.
    """
    shapes = [line((0, 0), (600, 0)), line((600, 0), (600, 400)), line((600, 400), (800, 400))]
    cells = {"fclass": ["residential", "steps", "service"], "oneway": ["B"] * 3}
    path = county(tmp_path, shapes, "gis_osm_roads_free_1.shp", **cells)
    network = built(path)
    with pytest.warns(UserWarning, match="joined to a street farther off"):
        times = seconds(network, a=(100, 0), b=(700, 400))
    by_hand = 500 / (40.2 / 3.6) + np.hypot(100, 400) * 1.3 / (24 / 3.6)
    assert times[0, 1] == pytest.approx(by_hand, rel=2e-3)
    assert np.isinf(seconds_quietly(network, a=(100, 0), b=(700, 400))[0, 1])


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:2246"])
def test_a_stray_feature_is_named_and_left_out(tmp_path: Path, crs: str) -> None:
    """A grid and one line at 0, 0: in degrees the Gulf of Guinea, in feet another state."""
    grid = gpd.GeoSeries(blocks(), crs=CRS).to_crs(crs)
    far = LineString([(0, 0), (0.001, 0)] if crs == "EPSG:4326" else [(0, 0), (300, 0)])
    network = built(county(tmp_path, [*grid, far], crs=crs))
    assert (len(network.lines), parts(network)) == (24, 1)
    assert network.crs == "EPSG:32616"
    assert counts(network, "far_off") == [1]
    assert "feature 25 from x 0, y 0" in str(network.report)


@pytest.mark.parametrize("strays", [2, 10])
def test_many_stray_features_are_named_and_left_out(tmp_path: Path, strays: int) -> None:
    """Failed geocoding puts more than one at 0, 0."""
    at = pd.Series(range(strays)) / 100
    far = [LineString([(0, y), (0, y + 0.005)]) for y in at]
    grid = gpd.GeoSeries(blocks(), crs=CRS).to_crs("EPSG:4326")
    network = built(county(tmp_path, [*grid, *far], crs="EPSG:4326"))
    assert (len(network.lines), parts(network)) == (24, 1)
    assert counts(network, "far_off") == [strays]


def test_streets_of_two_ends_of_the_world_are_refused(tmp_path: Path) -> None:
    grid = gpd.GeoSeries(blocks(), crs=CRS).to_crs("EPSG:4326")
    far = list(grid.translate(85.7, -38.2))[:20]
    error = fault(county(tmp_path, [*grid, *far], crs="EPSG:4326"))
    assert "20 of 44 lines are more than 3,000 km from the others" in str(error)


def test_a_stray_junction_of_a_table_is_named_and_no_other() -> None:
    """The zone of the map projection is the median place's, so good rows stay good."""
    junctions = pd.DataFrame(
        {
            "junction_id": ["a", "b", "c", "d", "e"],
            "lon": [-85.70, -85.69, -85.68, -85.67, 0.0],
            "lat": [38.2, 38.2, 38.2, 38.2, 0.0],
        }
    )
    links = pd.DataFrame(
        {
            "from_junction": ["a", "b", "c"],
            "to_junction": ["b", "c", "d"],
            "length_m": 876.0,
            "road_class": "local",
            "area": "urban",
        }
    )
    with pytest.raises(NetworkError) as caught:
        RoadNetwork.from_tables(junctions, links, speeds=BuildOptions().speeds, source="test")
    assert len(caught.value.faults) == 1
    assert "junctions row 5: lon '0', lat '0' are 9,630 km" in str(caught.value)
    kept = junctions.iloc[:4]
    network = RoadNetwork.from_tables(kept, links, speeds=BuildOptions().speeds, source="test")
    assert network.crs == "EPSG:32616"


def test_road_classes_of_next_generation_911(tmp_path: Path) -> None:
    """NENA's road classes are the Census Bureau's: a primary road has limited access."""
    words = ["Primary", "Secondary", "Local", "Ramp", "Service", "Alley", "Private", "Other"]
    gone = ["Vehicular Trail", "Walkway", "Stairway", "Parking Lot", "Trail", "Bridle Path"]
    shapes = [line((0, 10 * k), (1000, 10 * k)) for k in range(len(words + gone))]
    path = county(tmp_path, shapes, RoadClass=words + gone, SpeedLimit=35)
    options = BuildOptions(area="suburban", private=True, service=ServiceRoads.ALL)
    network = built(path, speed_unit="mph", options=options)
    assert network.links_frame()["road_class"].tolist() == [
        *("freeway", "arterial", "local", "ramp", "service", "service", "service"),
        "collector",  # Other says nothing, and 35 mph is a collector's speed.
    ]
    assert counts(network, "not_streets", "class_missing") == [6, 1]
    assert "'Primary' freeway × 1" in str(network.report)


@pytest.mark.parametrize(
    ("column", "values", "classes"),
    [
        (
            "MTFCC",
            ["S1100", "S1630", "S1780", "R1011", "H3010", "L4010", "P0004", "C3061"],
            ["freeway", "ramp"] + ["leave out"] * 6,
        ),
        (
            "CFCC",
            [
                "A11",
                "A21",
                "A31",
                "A41",
                "A51",
                "A61",
                "A63",
                "A64",
                "A71",
                "A73",
                "A74",
                "B11",
                "H01",
            ],
            [
                "freeway",
                "arterial",
                "arterial",
                "local",
                "leave out",
                "local",
                "ramp",
                "service",
                "leave out",
                "service",
                "private",
                "leave out",
                "leave out",
            ],
        ),
        (
            "F_SYSTEM",
            ["1", "2", "3", "4", "5", "6", "7"],
            ["freeway"] * 2 + ["arterial"] * 2 + ["collector"] * 2 + ["local"],
        ),
        (
            "FUNC_CLASS",
            [
                "Interstate",
                "Principal Arterial - Other Freeways and Expressways",
                "Other Principal Arterial",
                "Urban Minor Arterial",
                "Rural Major Collector",
                "Local",
            ],
            ["freeway", "freeway", "arterial", "arterial", "collector", "local"],
        ),
        (
            "class",
            [
                "US Highway",
                "STATE_ROUTE",
                "Interstate Ramp",
                "Railroad",
                "Service Drive along a ",
                "Bike Path/Trail",
                "Proposed Arterial",
                "Cul-de-sac",
                "Private Drive",
                "Ferry",
            ],
            [
                "arterial",
                "arterial",
                "ramp",
                "leave out",
                "service",
                "leave out",
                "leave out",
                "local",
                "private",
                "leave out",
            ],
        ),
        (
            "highway",
            ["primary", "trunk", "footway", "busway", "construction", "unclassified", "track"],
            ["arterial", "arterial"] + ["leave out"] * 3 + ["local", "leave out"],
        ),
        (
            "F_SYSTEM",
            ["1", "01", "3.0", "07", "0", "10"],
            ["freeway", "freeway", "arterial", "local", None, None],
        ),
        (
            "ROADCLASS",
            ["primary", "secondary", "tertiary", "motorway"],
            ["arterial", "arterial", "collector", "freeway"],
        ),
    ],
)
def test_class_words_of_publishers(
    column: str, values: list[str], classes: list[str | None]
) -> None:
    known = class_meanings(values, column=column)
    assert [known.get(value) for value in values] == classes


def test_numbers_and_odd_words_are_not_understood() -> None:
    values = ["1", "6", "Levee", "A1", "C12", "S9999", ""]
    assert class_meanings(values, column="RDCLASS") == {}


def test_a_column_of_route_numbers_is_not_openstreetmap() -> None:
    assert not is_openstreetmap(["US 60", "KY 4", ""], column="HIGHWAY")
    assert is_openstreetmap(["residential", "yes"], column="highway")
    assert is_openstreetmap(["primary"], column="fclass")


def test_unknown_words_are_listed_and_guessed_only_from_a_speed() -> None:
    draft = ReportDraft()
    values = [f"Kind {k}" for k in range(12)] + ["Local", ""]
    kph = np.array([80.0, 50.0] + [np.nan] * 12)
    found = line_classes(np.array(values), kph, given={"kind 11": "leave out"}, draft=draft)
    assert found.tolist() == ["arterial", "collector"] + ["local"] * 9 + ["leave out", "local"] + [
        "local"
    ]
    report = draft.finished()
    codes = ("class_unknown", "class_unknown_local", "class_missing_local")
    assert [report.count(code) for code in codes] == [2, 9, 1]
    assert all(f"'Kind {k}' × 1" in str(report) for k in range(11))
    assert "'VALUE=leave out'" in str(report)


def test_columns_that_could_hold_the_class_are_shown(tmp_path: Path) -> None:
    """Interstates of a file without a known class column are local streets until it is mapped."""
    shapes = blocks()
    kinds = ["I"] * 3 + ["SR"] * 5 + ["CS"] * 16
    path = county(tmp_path, shapes, OWNER_TY=kinds, SEGID=range(24), STATE="KY")
    network = built(path)
    text = str(network.report)
    assert counts(network, "class_column") == [24]
    assert "--column road_class=COLUMN" in text
    assert "OWNER_TY: 'CS' × 16, 'SR' × 5, 'I' × 3" in text
    assert "SEGID" not in text
    mapped = built(
        path,
        columns={"road_class": "OWNER_TY"},
        classes={"I": "freeway", "SR": "arterial", "CS": "local"},
    )
    assert counts(mapped, "class_column") == [0]
    blank = county(tmp_path, shapes, "blank.gpkg", RDCLASS="", OWNER_TY=kinds)
    assert "OWNER_TY: 'CS' × 16" in str(built(blank).report)
    assert (mapped.links_frame()["road_class"] == "freeway").sum() == 3


def test_the_column_that_holds_more_is_taken_and_said(tmp_path: Path) -> None:
    """Whatever their order in the file; a mapped name wins."""
    shapes = blocks()
    full, thin = [35] * 24, [0] * 23 + [25]
    for cells in ({"SPEED": thin, "SPEEDLIMIT": full}, {"SPEEDLIMIT": full, "SPEED": thin}):
        network = built(county(tmp_path, shapes, **cells), speed_unit="kmh")
        assert set(network.speed_kph.tolist()) == {35.0}
        assert "speed from SPEEDLIMIT, not SPEED" in str(network.report)
    told = built(tmp_path / "streets.gpkg", speed_unit="kmh", columns={"speed": "SPEED"})
    assert 25.0 in told.speed_kph.tolist()
    assert counts(told, "column_choice") == [0]
    words = {"RDCLASS": ["1"] * 24, "MTFCC": ["S1400"] * 24}
    network = built(county(tmp_path, shapes, **words))
    assert "road_class from MTFCC, not RDCLASS" in str(network.report)


def test_text_that_arrow_cannot_carry_is_read_all_the_same(tmp_path: Path) -> None:
    """A Shapefile in Latin 1: without its .cpg, and with one that says UTF-8."""
    path = tmp_path / "streets.shp"
    frame = gpd.GeoDataFrame({"ROADNAME": ["Cañon Rd"]}, geometry=[line((0, 0), (100, 0))], crs=CRS)
    frame.to_file(path, encoding="ISO-8859-1")
    for text in (None, "UTF-8"):
        path.with_suffix(".cpg").unlink(missing_ok=True)
        if text is not None:
            path.with_suffix(".cpg").write_text(text)
        assert built(path).name.tolist() == ["Cañon Rd"] * 2


def test_arrays_of_a_source_give_the_network_of_its_tables(tmp_path: Path) -> None:
    """Made from plain tables of what was built, the network is the same to the last digit."""
    shapes = [*blocks(), line((0, 0), (-50, 20), (-100, 0))]
    network = built(county(tmp_path, shapes, SPEED=[30] * 25), speed_unit="mph")
    frame = network.links_frame()
    junctions = pd.DataFrame(
        {"junction_id": network.node_ids, "lon": network.lon, "lat": network.lat}
    )
    again = RoadNetwork.from_tables(
        junctions, pd.DataFrame(frame), speeds=SUBURBAN.speeds, source="the same"
    )
    np.testing.assert_allclose(again.x, network.x, atol=1e-6)
    np.testing.assert_allclose(again.travel_time_s, network.travel_time_s)
    assert again.edge_from.tolist() == network.edge_from.tolist()


def test_text_of_columns_is_what_it_was() -> None:
    assert as_text(pd.Series([1.0, np.nan, 2.5, -0.0])).tolist() == ["1", "", "2.5", "0"]
    assert as_text(pd.Series([True, False])).tolist() == ["True", "False"]
    assert as_text(pd.Series([1, True, None, " a "], dtype=object)).tolist() == [
        *("1", "True", "", "a")
    ]
    assert as_text(pd.Series(["x ", None, "x "])).tolist() == ["x", "", "x"]


def test_levels_of_one_end_only_are_refused_when_mapped(tmp_path: Path) -> None:
    path = county(tmp_path, [line((0, 0), (100, 0))], F_ELEV=[0])
    assert parts(built(path)) == 1
    assert "not the level of the other end" in fault(path, columns={"level_from": "F_ELEV"})


def test_an_unreachable_side_stays_unreachable(tmp_path: Path) -> None:
    """Streams and rails of a file of all lines are no bridges: 'All Lines' of the Bureau."""
    shapes = [line((-500, 0), (0, 0)), line((0, 0), (0, 500)), line((0, 500), (500, 500))]
    network = built(county(tmp_path, shapes, MTFCC=["S1400", "H3010", "S1400"]))
    times = seconds_quietly(network, a=(-500, 0), b=(500, 500))
    assert np.isinf(times[0, 1])
    assert counts(network, "not_streets") == [1]


def test_lengths_are_those_of_the_exact_geodesic() -> None:
    """Short steps by the radii of curvature, beside pyproj's geodesic: within 1 in 10^8."""
    draw = np.random.default_rng(1)
    start = np.column_stack([draw.uniform(-180, 179, 500), draw.uniform(-79, 83, 500)])
    step = draw.uniform(-0.01, 0.01, (500, 2)) * draw.choice([0.01, 0.3, 1, 50], (500, 1))
    end = np.clip(start + step, [-180, -80], [180, 84])
    exact = Geod(ellps="WGS84").inv(*start.T, *end.T)[2]
    lines = shapely.linestrings(np.stack([start, end], axis=1))
    np.testing.assert_allclose(lengths_m(lines), exact, rtol=1e-8, atol=1e-9)
