"""County centrelines: columns, codes, speeds, noding, and every kind of bad file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from helpers.road_towns import CRS, EAST, NORTH, buildings_at
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiLineString, Point

from zoning.errors import NetworkError
from zoning.roads import RoadNetwork
from zoning.roads.sources import BuildOptions, ServiceRoads, SpeedUnit, read_centrelines
from zoning.roads.sources.columns import kph_of
from zoning.roads.sources.links import Links, lengths_m, merge_chains

LEXINGTON = Path(__file__).parents[2] / "shared" / "data" / "lexington_streets" / "streets.shp"
SUBURBAN = BuildOptions(area="suburban")
Places = Sequence[tuple[float, float]]


def line(*places: tuple[float, float]) -> LineString:
    return LineString([(EAST + x, NORTH + y) for x, y in places])


def county(
    tmp_path: Path,
    shapes: Sequence[Any],
    name: str = "streets.gpkg",
    crs: str | None = CRS,
    **cells: Any,
) -> Path:
    path = tmp_path / name
    driver = "OpenFileGDB" if path.suffix == ".gdb" else None
    gpd.GeoDataFrame(cells, geometry=list(shapes), crs=crs).to_file(path, driver=driver)
    return path


def built(path: Path, **options: Any) -> RoadNetwork:
    return read_centrelines(path, **{"options": SUBURBAN} | options)


def fault(path: Path, **options: Any) -> str:
    with pytest.raises(NetworkError) as caught:
        built(path, **options)
    return str(caught.value)


def seconds(network: RoadNetwork, **places: tuple[float, float]) -> np.ndarray:
    return network.travel_times(buildings_at(places)).seconds


def test_speeds_directions_and_names_give_the_times_of_a_hand_sum(tmp_path: Path) -> None:
    """Two kilometres at 60 km/h, one of them one way, and a detour of three at 30 km/h."""
    path = county(
        tmp_path,
        [
            line((0, 0), (1000, 0)),
            line((1000, 0), (2000, 0)),
            line((2000, 0), (2000, 1000), (1000, 1000), (1000, 0)),
        ],
        SPEED=[60, 60, 30],
        ONEWAY=["B", "FT", "FT"],
        ROADNAME=["Main St", "Main St", "Back Ln"],
    )
    network = built(path, speed_unit="kmh")
    times = seconds(network, a=(0, 0), b=(2000, 0))
    assert times[0, 1] == pytest.approx(120, rel=1e-3)
    assert times[1, 0] == pytest.approx(360 + 60, rel=1e-3)
    assert sorted(set(network.name.tolist())) == ["Back Ln", "Main St"]
    assert network.speed_given.all()
    assert network.report is not None
    assert network.report.count("one_way_ft") == 2
    assert network.report.count("columns") == 3
    assert "speed from SPEED, oneway from ONEWAY, name from ROADNAME" in str(network.report)
    assert "streets.gpkg" in network.source


def test_a_far_side_of_a_freeway_is_reached_only_where_there_is_a_crossing(tmp_path: Path) -> None:
    """The road over the freeway meets it on the map, but not on the ground."""
    shapes = [
        line((0, -1000), (0, 1000)),
        line((-2000, 0), (2000, 0)),
        line((0, 1000), (2000, 1000)),
        line((2000, 1000), (2000, 50)),
    ]
    path = county(tmp_path, shapes, kind=["local", "freeway", "local", "local"], SPEED=60)
    network = built(path, columns={"road_class": "kind"}, speed_unit="kmh", crossings=True)
    times = seconds(network, north=(2000, 50), south=(0, -1000))
    assert times[0, 1] == pytest.approx((950 + 2000 + 2000) * 0.06, rel=1e-3)
    assert len(network.lines) == 4


def test_the_same_streets_in_every_format_are_the_same_network(tmp_path: Path) -> None:
    cells = {"SPEED": [25, 35], "ONEWAY": ["B", "TF"]}
    shapes = [line((0, 0), (500, 100)), line((500, 100), (900, 0))]
    first = built(county(tmp_path, shapes, **cells), speed_unit="mph")
    for name in ("streets.shp", "streets.gdb"):
        other = built(county(tmp_path, shapes, name, **cells), speed_unit="mph")
        assert other.content_hash == first.content_hash
    degrees = gpd.GeoSeries(shapes, crs=CRS).to_crs("EPSG:4326")
    other = built(
        county(tmp_path, degrees, "streets.geojson", "EPSG:4326", **cells), speed_unit="mph"
    )
    np.testing.assert_allclose(other.travel_time_s, first.travel_time_s, rtol=1e-5)
    assert first.speed_kph.tolist() == pytest.approx([40.2336, 40.2336, 56.32704])
    assert first.along.tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("text", "kph"),
    [("35 mph", 56.32704), ("50", 50), ("50 km/h", 50), ("48.5kph", 48.5), ("30;50", 40)],
)
def test_speeds_are_read_with_their_unit(text: str, kph: float) -> None:
    assert kph_of(text, SpeedUnit.KMH) == pytest.approx(kph)


def test_speeds_nobody_drives_are_unknown_and_counted(tmp_path: Path) -> None:
    texts = ["0", "999", "35 mph", "RU:urban", None, "fast", "30"]
    shapes = [line((0, k), (1000, k)) for k in range(len(texts))]
    network = built(county(tmp_path, shapes, SPEED=texts, RDCLASS="local"), speed_unit="mph")
    report = network.report
    assert report is not None
    assert report.count("speed_implausible") == 2
    assert report.count("speed_unreadable") == 2
    assert report.count("speed_by_class") == 5
    assert "'0' × 1, '999' × 1" in str(report)
    assert "'RU:urban' × 1" in str(report)
    given = network.speed_given[network.along]
    assert given.tolist() == [False, False, True, False, False, False, True]
    kph = network.speed_kph[network.along]
    assert kph[~given].tolist() == pytest.approx([40.2] * 5)
    assert kph[given].tolist() == pytest.approx([56.32704, 48.28032])


def test_the_plausible_range_can_be_widened(tmp_path: Path) -> None:
    path = county(tmp_path, [line((0, 0), (100, 0))], SPEED=[85])
    narrow = built(path, speed_unit="mph")
    wide = BuildOptions(plausible_kph=(5, 150), area="suburban")
    assert not narrow.speed_given.any()
    assert built(path, speed_unit="mph", options=wide).speed_given.all()
    with pytest.raises(NetworkError, match="need 0 < lowest < highest <= 200"):
        BuildOptions(plausible_kph=(50, 5))
    with pytest.raises(NetworkError, match="'town' is not one of urban, suburban, rural"):
        BuildOptions(area="town")


def test_a_number_without_a_unit_is_a_question_not_a_guess(tmp_path: Path) -> None:
    text = fault(county(tmp_path, [line((0, 0), (100, 0))] * 3, SPEED=[25, 25, 35]))
    assert "3 speeds in SPEED have no unit" in text
    assert "'25' × 2" in text
    assert "--speed-unit mph" in text
    path = tmp_path / "streets.gpkg"
    assert "is not a unit of speed" in fault(path, speed_unit="knots")
    network = built(path, columns={"speed": None})
    assert not network.speed_given.any()


@pytest.mark.parametrize(
    ("codes", "meanings"),
    [
        (["B", "FT", "TF", None], "B FT TF B"),
        (["b", "ft", "From-To", "TO_FROM"], "B FT FT TF"),
        (["0", "1", "-1", "1"], "B FT TF FT"),
        (["Y", "N", "", "Y"], "FT B B FT"),
        (["B", "F", "T", "b"], "B FT TF B"),
        (["yes", "no", "reverse", "Two Way"], "FT B TF B"),
    ],
)
def test_one_way_codes_of_the_field_are_understood(
    tmp_path: Path, codes: list[str | None], meanings: str
) -> None:
    shapes = [line((0, 10 * k), (1000, 10 * k)) for k in range(4)]
    frame = built(county(tmp_path, shapes, ONEWAY=codes)).links_frame()
    assert frame["oneway"].tolist() == meanings.split()


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        (["FT", "N", "N", "B"], "'N' × 2"),  # Esri: closed; elsewhere: not one-way
        (["T", "F", "F", "F"], "'F' × 3"),  # from and to, or false and true
        (["East", "B", "7", "East"], "'East' × 2"),
    ],
)
def test_one_way_codes_that_could_mean_two_things_are_listed_with_counts(
    tmp_path: Path, codes: list[str], said: str
) -> None:
    shapes = [line((0, 10 * k), (1000, 10 * k)) for k in range(4)]
    text = fault(county(tmp_path, shapes, ONEWAY=codes))
    assert said in text
    assert "--oneway CODE=FT" in text


def test_mapped_codes_win_and_closed_streets_are_left_out(tmp_path: Path) -> None:
    shapes = [line((0, 10 * k), (1000, 10 * k)) for k in range(3)]
    path = county(tmp_path, shapes, ONEWAY=["FT", "N", "East"])
    network = built(path, oneway_codes={"n": "closed", "EAST": "TF"})
    assert network.links_frame()["oneway"].tolist() == ["FT", "TF"]
    assert network.report is not None
    assert network.report.count("closed") == 1
    assert "feature 2" in str(network.report)
    assert "N=shut" in fault(path, oneway_codes={"N": "shut"})


def test_classes_are_mapped_known_by_name_or_guessed_and_counted(tmp_path: Path) -> None:
    values = ["1", "Interstate", "S1640", "S1710", "7", "9", None, "Private Road"]
    shapes = [line((0, 10 * k), (1000, 10 * k)) for k in range(len(values))]
    path = county(tmp_path, shapes, RDCLASS=values, SPEED=[30, 65, 10, 5, 45, 35, 20, 20])
    network = built(path, speed_unit="mph", classes={"1": "collector"})
    assert network.links_frame()["road_class"].tolist() == [
        "collector",
        "freeway",
        "service",
        "arterial",
        "collector",
        "local",
    ]
    report = network.report
    assert report is not None
    assert [report.count(c) for c in ("class_unknown", "class_missing", "private")] == [2, 1, 1]
    assert report.count("not_streets") == 1
    assert "'7' × 1, '9' × 1" in str(report)
    choices = BuildOptions(service=ServiceRoads.NONE, private=True, area="rural")
    other = built(path, speed_unit="mph", options=choices, classes={"9": "leave out"})
    assert other.links_frame()["road_class"].tolist().count("service") == 1
    assert set(other.area.tolist()) == {"rural"}
    assert "1=road" in fault(path, speed_unit="mph", classes={"1": "road"})


def test_columns_are_named_known_or_asked_for(tmp_path: Path) -> None:
    path = county(tmp_path, [line((0, 0), (100, 0))], SPEED=[30], SpeedLimit=[25], MPH=[45])
    network = built(path, speed_unit="mph")
    assert network.speed_kph[0] == pytest.approx(30 * 1.609344)
    assert "speed from SPEED, not SpeedLimit" in str(network.report)
    assert "--column NAME=COLUMN" in str(network.report)
    assert built(path, columns={"speed": "MPH"}, speed_unit="kmh").speed_kph[0] == 45
    text = fault(path, columns={"speed": "Mph", "velocity": "MPH", "level_from": "MPH"})
    assert "no column 'Mph', which is mapped to speed; it has: SPEED, SpeedLimit, MPH" in text
    assert "'velocity' is not a column that can be mapped" in text
    assert "not the level of the other end" in text


def test_a_kind_of_area_can_come_from_the_file(tmp_path: Path) -> None:
    shapes = [line((0, 0), (100, 0)), line((100, 0), (200, 0))]
    path = county(tmp_path, shapes, zone=["Urban", None])
    assert built(path, columns={"area": "zone"}).links_frame()["area"].tolist() == [
        "urban",
        "suburban",
    ]
    bad = county(tmp_path, shapes, "bad.gpkg", zone=["city", "city"])
    assert "'city' × 2" in fault(bad, columns={"area": "zone"})


def test_density_of_junctions_tells_town_from_country(tmp_path: Path) -> None:
    """A 15 by 15 grid of 100 m blocks holds about 100 crossings a square kilometre."""
    grid = [
        line((100 * a, 100 * b), (100 * a + 100, 100 * b)) for a in range(15) for b in range(15)
    ]
    grid += [
        line((100 * a, 100 * b), (100 * a, 100 * b + 100)) for a in range(15) for b in range(15)
    ]
    far = [line((30_000, 0), (31_000, 0))]
    network = built(county(tmp_path, grid + far), options=BuildOptions())
    areas = network.links_frame()["area"].tolist()
    assert areas[len(grid)] == "rural"
    assert areas[7 * 15 + 7] == "urban"


def test_a_file_without_a_coordinate_system_needs_to_be_told(tmp_path: Path) -> None:
    path = county(tmp_path, [line((0, 0), (100, 0))], "streets.shp", crs=None)
    assert "does not say which coordinate system" in fault(path)
    assert "'EPSG:nine' is not a coordinate system" in fault(path, crs="EPSG:nine")
    assert built(path, crs=CRS).length_m[0] == pytest.approx(100, rel=1e-3)
    other = county(tmp_path, [line((0, 0), (100, 0))])
    assert "says that its coordinates are in EPSG:32616" in fault(other, crs="EPSG:2246")


def test_projected_and_geographic_coordinates_mixed_are_named(tmp_path: Path) -> None:
    degrees = gpd.GeoSeries([line((0, 0), (100, 0))], crs=CRS).to_crs("EPSG:4326").iloc[0]
    mixed = [degrees, line((0, 0), (100, 0)), degrees]
    text = fault(county(tmp_path, mixed, "streets.geojson", "EPSG:4326"))
    assert "1 of 3 features have coordinates that cannot be in EPSG:4326" in text
    assert "feature 2: x 600000, y 4.23e+06" in text
    text = fault(county(tmp_path, mixed, crs=CRS))
    assert "2 of 3 features" in text
    assert "mixed" in text


def test_what_is_no_line_is_left_out_and_counted(tmp_path: Path) -> None:
    good = line((0, 0), (1000, 0))
    two = MultiLineString([line((1000, 0), (2000, 0)), line((2000, 0), (3000, 0))])
    shapes = [good, None, LineString(), line((5, 5), (5, 5)), two, Point(EAST, NORTH)]
    path = county(tmp_path, shapes, "streets.geojson")
    report = built(path).report
    assert report is not None
    assert report.count("features") == 6
    assert [report.count(c) for c in ("empty", "zero_length", "not_lines", "multi_part")] == [
        2,
        1,
        1,
        1,
    ]
    assert "features without a geometry: 2 (feature 2, feature 3)" in str(report)
    assert report.count("links") == 3
    text = fault(county(tmp_path, [Point(EAST, NORTH)], "points.geojson"))
    assert "no street is left" in text
    assert "features that are not lines: 1" in text


def test_ends_within_the_tolerance_are_one_junction_and_counted(tmp_path: Path) -> None:
    shapes = [line((0, 0), (1000, 0)), line((1000.4, 0), (2000, 0)), line((2002, 0), (3000, 0))]
    path = county(tmp_path, shapes)
    for snap, junctions, moved in ((0, 6, 0), (0.5, 5, 1), (3, 4, 2)):
        report = built(path, snap_m=snap).report
        assert report is not None
        assert (report.count("junctions"), report.count("snapped")) == (junctions, moved)
    report = built(county(tmp_path, [*shapes, line((3000, 0), (3002, 0))]), snap_m=3).report
    assert report is not None
    assert report.count("snapped_away") == 1
    assert "feature 4" in str(report)
    assert "not from 0 to 50 m" in fault(path, snap_m=-1)


def test_ends_of_different_levels_do_not_meet(tmp_path: Path) -> None:
    cross = [line((-1000, 0), (0, 0)), line((0, 0), (1000, 0)), line((0, -1000), (0, 0))]
    path = county(tmp_path, cross, F_ELEV=[0, 1, 0], T_ELEV=[1, 0, 0])
    network = built(path)
    assert len(network.node_ids) == 5
    assert np.isinf(seconds_quietly(network, a=(-1000, 0), b=(0, -1000))[0, 1])


def seconds_quietly(network: RoadNetwork, **places: tuple[float, float]) -> np.ndarray:
    """Of places that stay beside streets cut off from the rest."""
    with pytest.warns(UserWarning, match="no way between"):
        return seconds(network.with_islands(), **places)


def test_crossings_meet_at_their_level_only(tmp_path: Path) -> None:
    """A cross, a T whose stem stops 20 cm short, and a bridge over the long street."""
    shapes = [
        line((-1000, 0), (1000, 0)),
        line((0, -500), (0, 500)),
        line((500, 500), (500, 0.2)),
        line((-500, -500), (-500, 500)),
    ]
    path = county(tmp_path, shapes, z=[0, 0, 0, 1])
    apart = built(path)
    assert (len(apart.lines), len(apart.node_ids)) == (4, 8)
    met = built(path, columns={"level": "z"}, crossings=True)
    assert (len(met.lines), len(met.node_ids)) == (4 + 3, 9)
    assert met.report is not None
    assert met.report.count("cut") == 3
    assert met.report.count("components") == 2
    everywhere = built(path, crossings=True)
    assert everywhere.report is not None
    assert everywhere.report.count("components") == 1
    assert shapely.length(everywhere.lines).sum() == pytest.approx(
        shapely.length(apart.lines).sum(), abs=0.5
    )


def test_a_street_that_ends_on_itself_meets_itself_there(tmp_path: Path) -> None:
    lollipop = line((0, 0), (500, 0), (600, 100), (700, 0), (600, -100), (500, 0))
    network = built(county(tmp_path, [lollipop]), crossings=True)
    assert len(network.lines) == 3  # the stem, and the loop in two halves
    assert network.report is not None
    assert network.report.count("loops") == 1


def test_closed_loops_are_cut_in_two_of_the_same_length(tmp_path: Path) -> None:
    ring = line((0, 0), (100, 0), (100, 100), (0, 100), (0, 0))
    network = built(county(tmp_path, [ring, line((-100, 0), (0, 0))], ONEWAY=["FT", "B"]))
    assert network.report is not None
    assert network.report.count("loops") == 1
    assert len(network.lines) == 3
    frame = network.links_frame()
    halves = frame[frame["oneway"] == "FT"]
    assert halves["length_m"].tolist() == pytest.approx([200, 200], rel=1e-3)
    times = seconds(network, corner=(100, 100), end=(-100, 0))
    slow = 40.2 / 3.6
    assert times[0, 1] == pytest.approx((200 + 100) / slow, rel=1e-3)
    assert times[1, 0] == pytest.approx((100 + 200) / slow, rel=1e-3)


def test_only_the_largest_part_can_be_kept(tmp_path: Path) -> None:
    shapes = [line((0, 0), (1000, 0)), line((1000, 0), (2000, 0)), line((0, 500), (1000, 500))]
    path = county(tmp_path, [*shapes, line((2000, 0), (2000, 900))], ONEWAY=["B", "B", "B", "FT"])
    choices = BuildOptions(largest_only=True, area="urban")
    network = built(path, options=choices)
    assert len(network.lines) == 2
    assert network.report is not None
    assert network.report.count("off_largest") == 2


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("streets.shp", b"not a shapefile", "streets.shp cannot be read"),
        ("streets.geojson", b"\x89PNG", "streets.geojson cannot be read"),
        ("streets.gpkg", b"", "streets.gpkg cannot be read"),
        ("streets.csv", b"a,b", "files ending in '.csv' cannot be read"),
        ("streets", b"a,b", "files ending in 'nothing' cannot be read"),
    ],
)
def test_a_file_that_is_not_what_its_ending_says(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert said in fault(tmp_path / name)


def test_a_geopackage_called_geojson_is_named_for_what_it_is(tmp_path: Path) -> None:
    path = county(tmp_path, [line((0, 0), (100, 0))])
    path.rename(tmp_path / "streets.geojson")
    text = fault(tmp_path / "streets.geojson")
    assert "cannot be read" in text
    assert "is what its ending says" in text
    assert "streets.gpkg is not there" in fault(path)


def test_layers_are_chosen_by_name(tmp_path: Path) -> None:
    path = tmp_path / "county.gpkg"
    frame = gpd.GeoDataFrame(geometry=[line((0, 0), (100, 0))], crs=CRS)
    frame.to_file(path, layer="streets")
    frame.to_file(path, layer="rails")
    assert "has 2 layers" in fault(path)
    assert "it has: streets, rails" in fault(path, layer="roads")
    assert len(built(path, layer="streets").lines) == 1


def test_a_file_without_features_has_no_street(tmp_path: Path) -> None:
    path = tmp_path / "streets.geojson"
    path.write_text('{"type": "FeatureCollection", "features": []}')
    assert "streets.geojson" in fault(path)


@st.composite
def street_links(draw: st.DrawFn) -> Links:
    n = draw(st.integers(3, 9))
    ends = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))
    pairs = draw(st.lists(ends.filter(lambda e: e[0] != e[1]), min_size=2, max_size=14))
    m = len(pairs)
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    lon, lat = -85 + 0.01 * np.cos(angle), 38 + 0.01 * np.sin(angle)
    start, end = (np.array([p[k] for p in pairs], dtype=np.intp) for k in (0, 1))
    lines = shapely.linestrings(
        np.stack([np.stack([lon[start], lat[start]], 1), np.stack([lon[end], lat[end]], 1)], 1)
    )
    words = st.lists(st.sampled_from(["B", "B", "FT", "TF"]), min_size=m, max_size=m)
    speeds = st.lists(st.sampled_from([30.0, 30.0, 30.0, np.nan, 50.0]), min_size=m, max_size=m)
    return Links(
        junction_ids=np.array([str(k) for k in range(n)]),
        lon=lon,
        lat=lat,
        control=np.array(
            draw(st.lists(st.sampled_from(["", "", "", "stop"]), min_size=n, max_size=n))
        ),
        start=start,
        end=end,
        lines=lines,
        length_m=lengths_m(lines),
        oneway=np.array(draw(words)),
        kph=np.array(draw(speeds)),
        road_class=np.full(m, "local"),
        area=np.full(m, "urban"),
        name=np.full(m, ""),
    )


def _graph(links: Links) -> nx.DiGraph:
    graph: nx.DiGraph = nx.DiGraph()
    graph.add_nodes_from(links.junction_ids.tolist())
    ids = links.junction_ids
    for k in range(len(links.start)):
        a, b = str(ids[links.start[k]]), str(ids[links.end[k]])
        cost = float(links.length_m[k] / np.nan_to_num(links.kph[k], nan=20.0))
        for u, v, open_ in ((a, b, links.oneway[k] != "TF"), (b, a, links.oneway[k] != "FT")):
            if open_ and cost < graph.get_edge_data(u, v, {"cost": np.inf})["cost"]:
                graph.add_edge(u, v, cost=cost)
    return graph


@pytest.mark.slow
@given(street_links())
@settings(max_examples=80, deadline=None)
def test_merging_links_changes_no_travel_time(links: Links) -> None:
    """Every pair of junctions that stay, by networkx, before and after."""
    fewer = merge_chains(links)
    before = dict(nx.all_pairs_dijkstra_path_length(_graph(links), weight="cost"))
    after = dict(nx.all_pairs_dijkstra_path_length(_graph(fewer), weight="cost"))
    kept = fewer.junction_ids.tolist()
    for a in kept:
        for b in kept:
            assert after[a].get(b, np.inf) == pytest.approx(before[a].get(b, np.inf), rel=1e-12)
    np.testing.assert_allclose(lengths_m(fewer.lines), fewer.length_m, rtol=1e-9)
    assert fewer.length_m.sum() == pytest.approx(links.length_m.sum())
    here = np.column_stack([fewer.lon[fewer.start], fewer.lat[fewer.start]])
    np.testing.assert_array_equal(shapely.get_coordinates(shapely.get_point(fewer.lines, 0)), here)
    assert len(merge_chains(fewer).start) == len(fewer.start)


def test_merging_is_asked_for_and_keeps_the_bends(tmp_path: Path) -> None:
    shapes = [line((0, 0), (500, 100)), line((1000, 0), (500, 100)), line((1000, 0), (1500, 0))]
    path = county(tmp_path, shapes, ROADNAME=["Elm", "Elm", "Oak"])
    assert len(built(path).lines) == 3
    network = built(path, options=BuildOptions(merge=True, area="urban"))
    assert len(network.lines) == 2
    assert len(shapely.get_coordinates(network.lines[0])) == 3
    assert network.report is not None
    assert network.report.count("merged") == 1


@pytest.mark.slow
@pytest.mark.skipif(not LEXINGTON.exists(), reason="the Lexington centrelines are not here")
def test_lexington_is_one_city_with_one_way_streets() -> None:
    classes = {"1": "freeway", "2": "freeway", "3": "arterial", "4": "arterial", "5": "collector"}
    network = read_centrelines(
        LEXINGTON, speed_unit="mph", classes=classes | {"6": "local", "7": "local", "8": "service"}
    )
    report = network.report
    assert report is not None
    assert report.count("features") == 13_518
    assert report.count("multi_part") == 1
    assert report.count("class_unknown") == 2
    assert len(network.node_ids) == pytest.approx(10_330, rel=0.01)
    assert report.count("one_way_ft") >= 2_160
    assert network.speed_given.all()
    assert network.speed_kph.max() == pytest.approx(70 * 1.609344)
    total_km = gpd.read_file(LEXINGTON).to_crs("EPSG:32616").length.sum() / 1000
    assert network.describe()["kilometres"] == pytest.approx(total_km, rel=1e-3)
    reached = nx.number_weakly_connected_components(network.to_networkx())
    assert report.count("components") == reached
