"""``zoning network``: what it prints, what it refuses, what it leaves behind."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
from helpers.road_towns import CRS, EAST, GRID, GRID_LINKS, NORTH, link, tables
from shapely.geometry import LineString
from typer.testing import CliRunner

from zoning.cli.network import network_app
from zoning.cli.screen import BAD_INPUT, NOT_WRITTEN
from zoning.roads import read_network
from zoning.roads.saved import load_network

PATIENT = {"COLUMNS": "200"}


@pytest.fixture
def county(tmp_path: Path) -> Path:
    path = tmp_path / "county.gpkg"
    shapes = [
        LineString([(EAST, NORTH), (EAST + 1000, NORTH)]),
        LineString([(EAST + 1000, NORTH), (EAST + 2000, NORTH)]),
    ]
    cells = {"SPEED": [25, 999], "ONEWAY": ["B", "X"], "RDCLASS": ["1", "2"]}
    gpd.GeoDataFrame(cells, geometry=shapes, crs=CRS).to_file(path)
    return path


def run(*words: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(network_app, [str(word) for word in words], env=PATIENT)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def test_build_prints_what_was_done_and_info_says_it_again(county: Path, tmp_path: Path) -> None:
    out = tmp_path / "county.streets"
    mapped = ("--speed-unit", "mph", "--oneway", "X=FT", "--class", "1=arterial", "--area", "rural")
    code, told, _ = run("build", county, "--out", out, *mapped, "--title", "The [county]")
    assert code == 0
    for said in (
        "The [county]",
        "3 junctions, 2 links (1 one-way), 2 km",
        "arterial 1 km",
        "Speeds: 67% with the data, posted limits",
        "The speeds are posted limits on 100% of the streets: default delays at signals, signs",
        "Guessed",
        "speeds in SPEED outside 5 to 130 km/h, treated as unknown: 1 ('999' × 1)",
        "lines of an unknown road class",
        "one-way links, open along the line as drawn: 1",
        f"Written to {out}",
    ):
        assert said in told
    assert load_network(out).source == "The [county]"
    code, again, _ = run("info", out)
    assert code == 0
    assert again.strip() == told[: told.index("Written to")].strip()


def test_what_cannot_be_told_is_asked_with_every_fault(county: Path, tmp_path: Path) -> None:
    out = tmp_path / "county.streets"
    code, _, said = run("build", county, "--out", out, "--speed-unit", "mph")
    assert code == BAD_INPUT
    assert "'X' × 1" in said
    wrong = ("--length-unit", "m", "--column", "speed", "--class", "1", "--area", "town")
    code, _, said = run("build", county, "--out", out, *wrong)
    assert code == BAD_INPUT
    for fault in (
        "--length-unit is for gmns, SOURCE is centrelines",
        "--column speed is not of the form NAME=COLUMN",
        "--class 1 is not of the form A=B",
        "area 'town' is not one of urban, suburban, rural",
    ):
        assert fault in said
    twice = ("--oneway", "X=FT", "--oneway", "X=TF")
    assert "--oneway gives X more than once" in run("build", county, "--out", out, *twice)[2]
    assert not out.exists()


def test_no_column_can_be_asked_for(county: Path, tmp_path: Path) -> None:
    out = tmp_path / "county.streets"
    words = ("--column", "speed=", "--column", "oneway=", "--area", "urban")
    assert run("build", county, "--out", out, *words)[0] == 0
    assert not load_network(out).speed_given.any()


def test_a_source_nobody_knows_is_asked_about(tmp_path: Path) -> None:
    code, _, said = run("build", "Charlottesville", "--out", tmp_path / "x")
    assert code == BAD_INPUT
    assert "a place to download is --kind place" in said


def test_a_file_is_not_replaced_unasked_and_nothing_is_read_first(
    county: Path, tmp_path: Path
) -> None:
    out = tmp_path / "county.streets"
    out.write_text("mine")
    code, _, said = run("build", county, "--out", out)
    assert code == NOT_WRITTEN
    assert "--force" in said
    assert out.read_text() == "mine"
    words = ("--speed-unit", "mph", "--oneway", "X=B", "--area", "urban", "--force")
    assert run("build", county, "--out", out, *words)[0] == 0
    assert len(read_network(out).lines) == 2


def test_street_tables_become_a_file_too(tmp_path: Path) -> None:
    links = [dict(one) | {"road_class": "arterial", "area": "urban"} for one in GRID_LINKS]
    junctions, rows = tables(GRID, links)
    junctions.to_csv(tmp_path / "junctions.csv", index=False)
    rows.to_csv(tmp_path / "links.csv", index=False)
    out = tmp_path / "town.streets"
    code, told, _ = run("build", tmp_path, "--out", out, "--attribution", "The county")
    assert code == 0
    assert "The county" in told
    assert load_network(out).attribution == "The county"
    assert "The speeds include stops: no delays at junctions" in told
    assert load_network(out).includes_stops.all()
    code, _, said = run("build", tmp_path, "--out", out, "--force", "--service", "all")
    assert code == BAD_INPUT
    assert "--service is for osm and place and centrelines and gmns, SOURCE is tables" in said


def test_what_the_speeds_are_can_be_said(county: Path, tmp_path: Path) -> None:
    out = tmp_path / "made.streets"
    mapped = ("--speed-unit", "mph", "--oneway", "X=FT", "--area", "rural", "--out", out)
    assert run("build", county, *mapped, "--speeds", "measured")[0] == 0
    network = load_network(out)
    assert (network.includes_stops == network.speed_given).all()
    junctions, rows = tables(GRID, GRID_LINKS)
    junctions.to_csv(tmp_path / "junctions.csv", index=False)
    named = {"road_class": "arterial", "area": "urban", "speed_kph": 40}
    rows.assign(**named).to_csv(tmp_path / "links.csv", index=False)
    assert run("build", tmp_path, "--out", out, "--force", "--speeds", "limits")[0] == 0
    assert not load_network(out).includes_stops.any()


def test_info_on_something_else(tmp_path: Path) -> None:
    (tmp_path / "x.streets").write_text("no")
    code, _, said = run("info", tmp_path / "x.streets")
    assert code == BAD_INPUT
    assert "is not a saved street network" in said


def test_snap_joins_dead_ends_lists_them_and_writes_a_new_file(tmp_path: Path) -> None:
    """Two streets that stop 3 m short of one another."""
    junctions, links = tables(
        {"w": (0, 0), "m1": (1000, 0), "m2": (1003, 0), "e": (2000, 0)},
        [link("w", "m1", 1000.0), link("m2", "e", 997.0)],
    )
    links = links.assign(road_class="arterial", area="urban")
    junctions.to_csv(tmp_path / "junctions.csv", index=False)
    links.to_csv(tmp_path / "links.csv", index=False)
    out = tmp_path / "snapped.streets"
    assert run("snap", tmp_path, "--out", out, "--tolerance", "-1")[0] == BAD_INPUT
    assert not out.exists()
    code, told, _ = run("snap", tmp_path, "--out", out)
    assert code == 0
    assert "1 junction joined to another within reach, 0 links between them dropped." in told
    assert "  m1 and m2, 3.0 m apart\n" in told
    assert load_network(out).node_ids == ("w", "m1", "e")
    before = out.read_bytes()
    for words in ((tmp_path, "--out", out), (out, "--out", out, "--force")):
        code, _, said = run("snap", *words)
        assert code == NOT_WRITTEN
        assert str(out) in said
    assert out.read_bytes() == before
    code, told, _ = run("snap", tmp_path, "--out", out, "--tolerance", "2", "--force")
    assert code == 0
    assert "0 junctions joined" in told
    assert len(load_network(out).node_ids) == 4
