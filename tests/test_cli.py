"""The command as a planner meets it: what it writes, says and refuses."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from helpers.town_files import BUILDINGS, FORMULA, put, write_faulty_schools, write_schools
from rich.console import Console
from typer.testing import CliRunner, Result

from zoning import __version__
from zoning.cli import app, planning_run
from zoning.cli.comparison_table import show_comparison
from zoning.cli.screen import Screen, show_progress
from zoning.editions import RESTRICTED_MARK, Edition
from zoning.errors import InternalError
from zoning.files import ResultsFolder
from zoning.schools import read_schools
from zoning.staffing import FIGURES, CostAssumptions, StaffingComparison
from zoning.study import Study, inputs
from zoning.study.inputs import open_district
from zoning.zones import Progress

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
PUBLIC_FILES = {
    "assignments.csv",
    "budget.csv",
    "comparison.csv",
    "comparison.html",
    "equity.csv",
    "frontier.html",
    "run.json",
    "study.toml",
    "value.csv",
    "zones.geojson",
    "zones.qml",
}
FILES_OF_OPTIONS = {"budget.csv", "comparison.html", "equity.csv", "frontier.html", "value.csv"}
PLAN_FILES = PUBLIC_FILES - FILES_OF_OPTIONS | {
    "district.html",
    "plan.csv",
}
OPTION_PLANS = {
    f"plan_{option}.csv"
    for option in ("none", "zones-2", "zones-3", "secondary-and-zones", "campus")
}
NO_FIGURES = {"zones.qml", "study.toml"}  # colours; settings
RESTRICTED_FILES = {
    *("patrol_day.html", "visits.csv", "response_by_building.csv", "severe_by_building.csv")
}
SENTENCE = "Straight-line estimate, no streets were used"


def run(*words: object, columns: int = 120) -> Result:
    return CliRunner(env={"COLUMNS": str(columns)}).invoke(app, [str(word) for word in words])


def done(*words: object) -> Result:
    result = run(*words)
    assert result.exit_code == 0, result.output
    return result


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_schools(tmp_path_factory.mktemp("town") / "town.csv")


@pytest.fixture(scope="module")
def public(town: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    out = tmp_path_factory.mktemp("public") / "out"
    return out, done(
        "compare",
        "--schools",
        town,
        "--set",
        "solver.seed=7",
        "--set",
        "district.state=ky",
        "--out",
        out,
    )


@pytest.fixture(scope="module")
def restricted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a file beside the folder, with a blank in its name, and of settings of every kind."""
    here = tmp_path_factory.mktemp("restricted")
    write_schools(here / "our schools.csv")
    with contextlib.chdir(here):
        done(
            *("compare", "--schools", "our schools.csv", "--out", "out"),
            *("--zones", 2, "--zones", 3),
            *put("costs.officer_year_range_usd", "[1e5, 2e5]"),
            *put("costs.officer_year_usd", 123456.5),
            *put("solver.seed", 7),
            *("--edition", "restricted"),
        )
    return here / "out"


@pytest.fixture(scope="module")
def priced(town: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """One zone, of which there is no plan, and two, at prices of the planner."""
    out = tmp_path_factory.mktemp("priced") / "out"
    return out, done(
        *("compare", "--schools", town, "--zones", 1, "--zones", 2, "--out", out),
        *put("costs.relief_factor", 1),
        *put("costs.officer_year_usd", 100_000),
        *put("police.mean_minutes", 9),
        *put("police.p90_minutes", 15),
    )


def test_compare_writes_the_files_and_says_where(public: tuple[Path, Result]) -> None:
    out, result = public
    assert set(contents(out)) == PUBLIC_FILES | OPTION_PLANS
    assert str(out) in result.stdout
    assert all(name in result.stdout for name in PUBLIC_FILES)


def test_table_has_every_public_figure_and_option(public: tuple[Path, Result]) -> None:
    _, result = public
    for figure in FIGURES:
        assert (figure.label in result.stdout) == (figure.edition == "public"), figure.key
    heads = " ".join(result.stdout.split())
    assert "2 patrol" in heads
    assert "3 patrol" in heads
    assert "KRS 158.4414(2)" in result.stdout
    assert "1 virtual school left out" in heads


def test_every_building_is_assigned_once_an_option(public: tuple[Path, Result]) -> None:
    out, _ = public
    table = rows(out / "assignments.csv")
    options = {row["option_id"] for row in table}
    assert options == {"zones-2", "zones-3", "secondary-and-zones", "campus"}
    for option in options:
        ids = [row["building_id"] for row in table if row["option_id"] == option]
        assert len(ids) == len(set(ids)) == BUILDINGS


def test_aligned_says_whether_the_zone_is_the_feeders(
    public: tuple[Path, Result], town: Path
) -> None:
    out, _ = public
    feeders = read_schools(town)["feeder_high_school_ids"]
    for row in rows(out / "assignments.csv"):
        own = feeders[row["building_id"]]
        if row["kind"] == "dedicated" or not own:
            assert row["aligned"] == ""
        else:
            assert row["aligned"] == str(row["high_school_id"] in own).lower()
        assert row["full_time_officer"] == str(row["kind"] == "dedicated").lower()


def test_zones_cover_the_ground_once_an_option(public: tuple[Path, Result]) -> None:
    out, _ = public
    document = json.loads((out / "zones.geojson").read_text(encoding="utf-8"))
    assert "edition" not in document
    numbers = re.findall(r"-?\d+\.(\d+)", json.dumps([f["geometry"] for f in document["features"]]))
    assert max(len(digits) for digits in numbers) == 6
    frame = gpd.read_file(out / "zones.geojson")
    assert frame.crs.to_epsg() == 4326
    assert frame.is_valid.all()
    assert all(part.exterior.is_ccw for area in frame.geometry for part in shapely.get_parts(area))
    for _, zones in frame.groupby("option_id"):
        flat = zones.to_crs(32616).geometry
        assert flat.area.sum() == pytest.approx(flat.union_all().area, rel=1e-4)
        assert zones["buildings"].sum() == BUILDINGS


def test_estimate_stands_on_every_output(public: tuple[Path, Result], restricted: Path) -> None:
    out, result = public
    assert SENTENCE in result.stdout
    for folder in (out, restricted):
        for name, data in contents(folder).items():
            assert SENTENCE.encode() in data or name in {*NO_FIGURES, *OPTION_PLANS}, name


def test_a_small_district_keeps_its_schools_response_from_the_groups(
    public: tuple[Path, Result], restricted: Path
) -> None:
    """Seven group means over nine buildings or fewer would be equations to solve for each."""
    shown = rows(public[0] / "equity.csv")
    patrolled = [row for row in shown if row["option_id"] != "campus"]
    assert patrolled
    assert {row["presence_index"] + row["mean_response_s"] for row in patrolled} == {""}
    assert all(row["withheld"].startswith("withheld: ") for row in patrolled)
    told = {row["mean_response_s"] for row in shown if row not in patrolled}
    assert len(told) == 1  # every group waits for an officer of its own campus
    assert all(row["mean_response_s"] for row in rows(restricted / "equity.csv"))


def test_the_screen_says_which_figures_are_defaults(public: tuple[Path, Result]) -> None:
    assert "documented defaults unless you gave your own" in " ".join(public[1].stdout.split())


def test_hostile_names_stay_text(public: tuple[Path, Result]) -> None:
    out, result = public
    named = {row["building_id"]: row["name"] for row in rows(out / "assignments.csv")}
    assert named["E1"] == f"'{FORMULA}"
    assert "Birch \N{REPLACEMENT CHARACTER}[31mElementary" in result.stdout  # in a notice
    assert re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", result.stdout + result.stderr) is None


def test_public_files_hold_nothing_restricted(
    public: tuple[Path, Result], restricted: Path
) -> None:
    out, result = public
    visits = rows(restricted / "visits.csv")
    response = rows(restricted / "response_by_building.csv")
    assert visits
    assert response
    words = {f.key for f in FIGURES if f.edition == "restricted"}
    words |= {f.label for f in FIGURES if f.edition == "restricted"}
    words |= {"officer_minutes", "mean_half_width_s", "mean_s", "median_s", "p90_s", "runtime_s"}
    words |= {"arrival", "departure", "dwell_s", "travel_s", "present_for", "dwell"}
    words |= {row[end][:k] for row in visits for end in ("arrival", "departure") for k in (5, 8)}
    district = {row["mean_response_s"] for row in rows(out / "comparison.csv")}
    district |= {row["mean_response_s"] for row in rows(out / "equity.csv")}
    means = {row["mean_s"] for row in response if "." in row["mean_s"]} - district
    assert means
    for name, data in {**contents(out), "stdout": result.stdout.encode()}.items():
        text = data.decode("utf-8")
        found = {
            word
            for word in words
            if word in text and re.search(rf"(?<![\w.]){re.escape(word)}(?![\w.])", text)
        }
        assert found - {"arrival"} == set(), name  # "arrival" may stand in a notice
        assert not re.search(r"^(?:.*,)?arrival,", text, re.MULTILINE), name
        if name.endswith((".csv", ".json")):
            assert not [
                mean
                for mean in means
                if mean in text and re.search(rf"(?<![\d.]){re.escape(mean)}(?!\d)", text)
            ]


def test_public_record_withholds_the_seed(public: tuple[Path, Result]) -> None:
    record = json.loads((public[0] / "run.json").read_text(encoding="utf-8"))
    withheld = "set by the planner, withheld in the public edition"
    assert record["parameters"]["solver"]["seed"] == withheld
    assert record["command"] == "zoning compare"


def test_public_record_names_the_defaults(priced: tuple[Path, Result]) -> None:
    record = json.loads((priced[0] / "run.json").read_text(encoding="utf-8"))
    assert record["parameters"]["solver"]["seed"] == "library defaults"
    assert record["parameters"]["patrol"] == "library defaults"


def test_restricted_files_are_marked(restricted: Path) -> None:
    files = contents(restricted)
    assert set(files) == PUBLIC_FILES | RESTRICTED_FILES | OPTION_PLANS
    record = json.loads(files["run.json"])
    assert record["mark"] == json.loads(files["zones.geojson"])["mark"] == RESTRICTED_MARK
    assert record["parameters"]["solver"]["seed"] == 7
    assert record["parameters"]["patrol"]["dwell_s"] == 720
    assert record["command"] == "zoning compare"
    assert json.loads(files["zones.geojson"])["edition"] == "restricted"
    assert RESTRICTED_MARK.encode() in files["comparison.html"]
    for name in set(files) - OPTION_PLANS:  # the plans hold nothing that is restricted
        if name.endswith(".csv"):
            assert {row["edition"] for row in rows(restricted / name)} == {"restricted"}, name


def test_visits_are_the_officers_days(restricted: Path) -> None:
    visits = rows(restricted / "visits.csv")
    for before, after in pairwise(visits):
        if (before["option_id"], before["officer_id"]) == (after["option_id"], after["officer_id"]):
            moves = before["building_id"] != after["building_id"]
            assert (
                before["departure"] < after["arrival"]
                if moves
                else "break"
                in {
                    before["activity"],
                    after["activity"],
                }
            )
    assert {row["building_id"] for row in visits if row["option_id"] == "zones-2"} == {
        row["building_id"] for row in rows(restricted / "assignments.csv")
    }


def test_record_has_the_hashes_of_inputs_and_files(public: tuple[Path, Result], town: Path) -> None:
    files = contents(public[0])
    record = json.loads(files.pop("run.json"))
    assert record["files"] == {n: hashlib.sha256(d).hexdigest() for n, d in files.items()}
    (read,) = record["inputs"]
    assert read["sha256"] == hashlib.sha256(town.read_bytes()).hexdigest()
    assert read["file"] == "town.csv"
    assert {"python", "zoning", "ortools", "folium"} <= set(record["versions"])


def test_recorded_command_repeats_the_run_byte_for_byte(restricted: Path) -> None:
    first = contents(restricted)
    words = shlex.split(json.loads(first["run.json"])["command"])
    assert words == ["zoning", "compare"]
    again = restricted.parent / "again"
    done(*words[1:], restricted / "study.toml", "--out", again)
    assert contents(again) == first


def test_existing_files_are_listed_before_anything_is_computed(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run.json").write_text("mine", encoding="utf-8")
    (tmp_path / "zones.geojson").write_text("mine too", encoding="utf-8")
    monkeypatch.setattr(inputs, "compare_staffing", pytest.fail)
    result = run("compare", "--schools", town, "--out", tmp_path)
    assert result.exit_code == 1
    assert "run.json exists" in result.stderr
    assert "zones.geojson exists" in result.stderr
    assert "--force" in result.stderr
    assert contents(tmp_path) == {"run.json": b"mine", "zones.geojson": b"mine too"}


def test_force_replaces_and_leaves_other_files_alone(
    public: tuple[Path, Result], town: Path, tmp_path: Path
) -> None:
    out = shutil.copytree(public[0], tmp_path / "out")
    (out / "comparison.csv").write_text("old", encoding="utf-8")
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    assert (out / "plan_zones-3.csv").exists()
    done("compare", "--schools", town, "--zones", 2, "--out", out, "--force")
    files = contents(out)
    assert set(files) == PUBLIC_FILES | (OPTION_PLANS - {"plan_zones-3.csv"}) | {"notes.txt"}
    assert files["notes.txt"] == b"mine"
    assert files["comparison.csv"] != b"old"
    record = json.loads(files["run.json"])
    assert "zones-3" not in {option["option_id"] for option in record["options"]}


def test_public_run_is_not_mixed_with_restricted_files(town: Path, tmp_path: Path) -> None:
    (tmp_path / "visits.csv").write_text("secret", encoding="utf-8")
    result = run("compare", "--schools", town, "--out", tmp_path, "--force")
    assert result.exit_code == 1
    assert "visits.csv" in result.stderr
    assert contents(tmp_path) == {"visits.csv": b"secret"}


def test_an_input_is_never_replaced(tmp_path: Path) -> None:
    schools = write_schools(tmp_path / "assignments.csv")
    before = schools.read_bytes()
    result = run("plan", "--schools", schools, "--out", tmp_path, "--force")
    assert result.exit_code == 1
    assert "assignments.csv is an input of this run" in result.stderr
    assert contents(tmp_path) == {"assignments.csv": before}


def test_impossible_plan_says_why_and_writes_nothing(town: Path, tmp_path: Path) -> None:
    result = run("plan", "--schools", town, "--zones", 1, "--out", tmp_path / "a" / "out")
    assert result.exit_code == 3
    assert "No plan exists: 10 buildings, zones of 3 to 7, 1 zone." in result.stderr
    assert "2 zones instead of 1" in result.stderr
    assert "Error" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_other_options_are_compared_when_one_is_impossible(priced: tuple[Path, Result]) -> None:
    out, result = priced
    assert "1 patrol zone: No plan exists" in result.stdout
    table = {row["option_id"]: row for row in rows(out / "comparison.csv")}
    assert table["zones-1"]["zoning_status"] == "infeasible"
    assert table["zones-1"]["posts"] == ""
    assert table["zones-2"]["posts"] == "2"


def test_plan_takes_the_smallest_number_and_own_officers(town: Path, tmp_path: Path) -> None:
    result = done(
        "plan",
        "--schools",
        town,
        "--set",
        'zones.dedicated=["X1"]',
        "--set",
        "zones.alignment=strict",
        "--out",
        tmp_path / "out",
    )
    table = rows(tmp_path / "out" / "assignments.csv")
    assert "2 zones for 9 buildings: optimal" in result.stdout
    (own,) = [row for row in table if row["kind"] == "dedicated"]
    assert own["building_id"] == "X1"
    assert {row["aligned"] for row in table} == {"true", ""}
    assert set(contents(tmp_path / "out")) == PLAN_FILES


def test_costs_and_police_response_reach_the_table(priced: tuple[Path, Result]) -> None:
    table = {row["option_id"]: row for row in rows(priced[0] / "comparison.csv")}
    # From 20 min before 7:40 to 20 min after 15:45 each officer works 45 min beyond the shift.
    costs = CostAssumptions()
    overtime_h = 2 * 0.75 * costs.school_days
    paid = 200_000 + 100_000 * overtime_h * costs.overtime_premium / costs.paid_hours_per_year
    for column in ("annual_cost_usd", "annual_cost_low_usd"):
        assert float(table["zones-2"][column]) == pytest.approx(paid, abs=500)
    assert table["none"]["mean_response_s"] == "540"
    assert table["none"]["median_response_s"] == ""
    assert table["none"]["p90_response_s"] == "900"


def write_outline(path: Path, west: float, east: float, *, kind: str = "Polygon") -> Path:
    shape = shapely.box(west, 37.9, east, 38.1)
    gpd.GeoDataFrame(geometry=[shape if kind == "Polygon" else shape.centroid], crs=4326).to_file(
        path
    )
    return path


def test_zones_are_clipped_to_the_outline(town: Path, tmp_path: Path) -> None:
    outline = write_outline(tmp_path / "outline.geojson", -85.72, -85.66)
    done("plan", "--schools", town, *put("district.outline", outline), "--out", tmp_path / "out")
    bounds = gpd.read_file(tmp_path / "out" / "zones.geojson").total_bounds
    assert bounds == pytest.approx([-85.72, 37.9, -85.66, 38.1], abs=1e-5)
    roles = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))["inputs"]
    assert [read["role"] for read in roles] == ["schools", "outline"]


def test_columns_can_be_mapped(tmp_path: Path) -> None:
    schools = write_schools(
        tmp_path / "mapped.csv",
        header="SiteCode,name,Kind,program,latitude,longitude,enrollment,"
        "feeder_high_school_ids,bell_start,bell_end,pct_black",
    )
    done(
        "plan",
        "--schools",
        schools,
        "--set",
        "schools.columns.school_id=SiteCode",
        "--set",
        "schools.columns.level=Kind",
        "--out",
        tmp_path / "out",
    )


Words = Callable[[Path, Path], list[object]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (lambda _town, _tmp: [], ["STUDY, --district jefferson and --schools FILE"]),
        (lambda town, _: ["--schools", town, "--district", "jefferson"], ["give one of"]),
        (lambda _town, _tmp: ["--district", "atlantis"], ["'atlantis' is none of jefferson"]),
        (lambda _, tmp: ["--schools", tmp / "nowhere.csv"], ["there is no file"]),
        (
            lambda _, tmp: ["--schools", write_faulty_schools(tmp / "bad.csv")],
            ["bad.csv has 4 faults", "look swapped", "nursery"],
        ),
        (lambda town, tmp: ["--schools", town, "--streets", tmp], ["junctions.csv", "links.csv"]),
        (
            lambda town, tmp: ["--schools", town, *put("district.outline", tmp / "no.geojson")],
            ["there is no file"],
        ),
        (
            lambda town, tmp: [
                "--schools",
                town,
                *put("district.outline", write_outline(tmp / "far.geojson", 10, 11)),
            ],
            ["none of the schools is inside"],
        ),
        (
            lambda town, tmp: [
                "--schools",
                town,
                *put("district.outline", write_outline(tmp / "p.geojson", 10, 11, kind="Point")),
            ],
            ["Point", "an outline is a Polygon"],
        ),
        (lambda town, _: ["--schools", town, *put("district.outline", town)], ["cannot be"]),
        (lambda town, _: ["--schools", town, "--set", "zones.min_size=8"], ["8"]),
        (lambda town, _: ["--schools", town, "--set", "calls.per_school_day=0"], ["above 0"]),
        (
            lambda town, _: [
                "--schools",
                town,
                "--set",
                "schools.columns",
                "--set",
                "district.state=Kentucky",
            ],
            ["--set schools.columns is not of the form section.key=value"],
        ),
        (
            lambda town, _: [
                "--schools",
                town,
                "--set",
                "schools.columns=level",
                "--set",
                "district.state=Kentucky",
                "--set",
                "solver.gap_percent=100",
                "--time-limit",
                "nan",
            ],
            [
                "--set schools.columns: [schools] columns: 'level' is not a table",
                "[district] state: 'Kentucky' is not two letters",
                "[solver] gap_percent: 100 is not a percentage",
                "--time-limit: [solver] time_limit_seconds: 'nan' is not a number",
            ],
        ),
        (
            lambda town, _: [
                "--schools",
                town,
                "--set",
                "zones.alignment=off",
                "--set",
                "zones.alignment.price_minutes=2",
            ],
            ["goes with mode = 'prefer', not off"],
        ),
    ],
)
@pytest.mark.parametrize("command", ["plan", "compare"])
def test_bad_input_gets_one_clear_message(
    command: str, words: Words, said: list[str], town: Path, tmp_path: Path
) -> None:
    result = run(command, *words(town, tmp_path), "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert result.stderr.count("Error: ") == 1
    assert [text for text in said if text not in result.stderr] == []
    assert "Traceback" not in result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["--set", "costs.officer_year_usd=-1", "--set", "costs.relief_factor=0.5"],
            ["-1 is not", "0.5 is not"],
        ),
        (["--set", "costs.officer_year_range_usd=[9, 8]"], ["is not between 9 and 8"]),
        (
            ["--set", "police.mean_minutes=0", "--set", "police.p90_minutes=inf"],
            ["mean_minutes: 0 is not", "p90_minutes: inf is not"],
        ),
    ],
)
def test_costs_that_make_no_sense(
    words: list[object], said: list[str], town: Path, tmp_path: Path
) -> None:
    result = run("compare", "--schools", town, *words, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert [text for text in said if text not in result.stderr] == []


def test_unknown_building_of_its_own_is_named(town: Path, tmp_path: Path) -> None:
    result = run(
        "plan", "--schools", town, "--set", 'zones.dedicated=["Z9"]', "--out", tmp_path / "out"
    )
    assert result.exit_code == 2
    assert "Z9" in result.stderr


def test_interrupt_leaves_a_message_and_no_file(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(inputs, "compare_staffing", interrupted)
    result = run("compare", "--schools", town, "--out", tmp_path / "out")
    assert result.exit_code == 130
    assert "Interrupted; no file was changed." in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_zoning_itself_has_a_status_of_its_own(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def contradict(*_: object, **__: object) -> None:
        raise InternalError("the zone solver contradicts itself: the bound is above a plan")

    monkeypatch.setattr(inputs, "compare_staffing", contradict)
    result = run("compare", "--schools", town, "--out", tmp_path / "out")
    assert result.exit_code == 70
    assert result.stderr.startswith("Internal error: the zone solver contradicts itself")
    assert f"maintainers of zoning {__version__}" in " ".join(result.stderr.split())
    assert not (tmp_path / "out").exists()
    assert "70 an error of zoning itself" in " ".join(run("--help").stdout.split())


@pytest.mark.parametrize("inside", ["file", "file/deeper"])
def test_a_folder_that_cannot_be(inside: str, town: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    result = run("plan", "--schools", town, "--out", tmp_path / inside)
    assert result.exit_code == 1
    assert "Error: " in result.stderr
    assert contents(tmp_path) == {"file": b"mine"}


def test_a_full_disk_leaves_the_old_files(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system refuses files over 50 kB, as a full disk would; the map is larger."""
    resource = pytest.importorskip("resource")
    old = dict.fromkeys(PLAN_FILES, b"old")
    for name, data in old.items():
        (tmp_path / name).write_bytes(data)
    write, before = ResultsFolder.write, resource.getrlimit(resource.RLIMIT_FSIZE)

    def write_little(folder: ResultsFolder, files: dict[str, bytes]) -> tuple[Path, ...]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
        try:
            return write(folder, files)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    monkeypatch.setattr(ResultsFolder, "write", write_little)
    answer = run("plan", "--schools", town, "--zones", 3, "--out", tmp_path, "--force")
    assert answer.exit_code == 1, answer.stderr
    assert "cannot be written: File too large" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert "Mean response" in answer.stdout  # a minute's work is not lost with the files
    assert contents(tmp_path) == old


def test_a_user_runs_it_as_a_module(town: Path, tmp_path: Path) -> None:
    words = [
        sys.executable,
        "-m",
        "zoning",
        "plan",
        "--schools",
        town.name,
        "--out",
        tmp_path / "o",
    ]
    answer = subprocess.run(words, cwd=town.parent, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    assert "[1/3] travel times" in answer.stderr
    assert "Officers on duty" in answer.stdout
    assert re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", answer.stdout + answer.stderr) is None
    assert set(contents(tmp_path / "o")) == PLAN_FILES
    assert str(tmp_path) not in (tmp_path / "o" / "run.json").read_text(encoding="utf-8")


def test_version_and_help() -> None:
    assert re.fullmatch(r"zoning \d+\.\d+\.\d+\n", done("--version").stdout)
    for command in ("demo", "plan", "compare", "deck"):
        assert "--edition" in done(command, "--help").stdout


@pytest.fixture(scope="module")
def compared_town(town: Path) -> StaffingComparison:
    read = Study.from_tables({"schools": {"file": str(town)}}).open()
    return read.compare(read.options)


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_table_fits_the_terminal(
    columns: int,
    compared_town: StaffingComparison,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    show_comparison(Screen(), compared_town, edition=Edition.PUBLIC)
    table = capsys.readouterr().out
    lengths = [len(line.rstrip()) for line in table.splitlines()]
    assert columns - 20 < max(lengths) <= columns
    assert "$" in table


def test_demo_is_the_comparison_of_jefferson(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def instead(self: planning_run.PlanningRun, _screen: object) -> None:
        asked.append((self.study.settings, self.purpose, self.review))
        asked.append(self.out)

    monkeypatch.setattr(planning_run.PlanningRun, "run", instead)
    done("demo", "--out", tmp_path / "out")
    done("compare", "--district", "jefferson", "--out", tmp_path / "out")
    assert asked[0] == asked[2]
    assert asked[1] == asked[3]


def test_jefferson_from_its_own_files(tmp_path: Path) -> None:
    """The shipped data given as a user's own: streets, outline and 143 buildings."""
    data = ROOT / "data"
    result = done(
        "plan",
        "--schools",
        data / "schools.geojson",
        "--streets",
        data,
        "--zones",
        40,
        *put("district.outline", data / "outline.geojson"),
        "--set",
        "district.name=Jefferson",
        "--out",
        tmp_path / "out",
    )
    table = rows(tmp_path / "out" / "assignments.csv")
    assert len(table) == len({row["building_id"] for row in table}) == 143
    assert len({row["zone_id"] for row in table}) == 40
    assert {row["estimate"] for row in table} == {""}
    assert SENTENCE not in result.output
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert [read["role"] for read in record["inputs"]] == [
        "schools",
        "junctions",
        "links",
        "outline",
    ]
    assert record["options"][0]["zoning"]["status"] == "optimal"


def test_a_school_beside_an_island_of_streets_is_moved_off_it_or_kept(
    town: Path, tmp_path: Path
) -> None:
    """Blocks of a kilometre, and a street of 100 m beside E3 that meets none of them."""
    east, north = (-85.702, -85.692, -85.682), [37.975 + 0.01 * k for k in range(9)]
    places = [(x, y) for x in east for y in north]
    pairs = [(k, k + 1) for k in range(26) if k % 9 != 8] + [(k, k + 9) for k in range(18)]
    pairs.append((27, 28))
    places += [(-85.7005, 38.0295), (-85.7005, 38.0305)]
    streets = tmp_path / "streets"
    streets.mkdir()
    (streets / "junctions.csv").write_text(
        "junction_id,lon,lat\n" + "".join(f"{k},{x},{y}\n" for k, (x, y) in enumerate(places))
    )
    (streets / "links.csv").write_text(
        "from_junction,to_junction,length_m,road_class,area\n"
        + "".join(f"{a},{b},1200,arterial,urban\n" for a, b in pairs)
    )
    words = ("plan", "--schools", town, "--streets", streets, "--zones", 2)
    told = " ".join(done(*words, "--out", tmp_path / "out").stdout.split())
    assert told.count("1 building joined to a street farther off than the nearest") == 1
    assert "E3 (132 m farther, 176 m in all)" in told
    kept = ("--set", "streets.keep_islands=true", "--out", tmp_path / "kept")
    result = run(*words, *kept)
    assert result.exit_code == 2
    assert "cut off from the other 9 in one direction or both: E3" in result.stderr
    result = run("plan", "--schools", town, *kept)
    assert result.exit_code == 2
    assert "keep_islands: it is about streets, and none are given" in result.stderr


def test_the_second_district_goes_the_same_way(shared_data: Path, tmp_path: Path) -> None:
    result = done(
        "compare",
        "--schools",
        shared_data / "ccs_schools.csv",
        "--set",
        "district.state=VA",
        "--set",
        "district.name=Charlottesville City Schools",
        "--out",
        tmp_path / "out",
    )
    assert "Charlottesville City Schools" in result.stdout
    assert "no bell times" in result.stdout
    assert "KRS" not in result.stdout
    for name, data in contents(tmp_path / "out").items():
        assert SENTENCE.encode() in data or name in {*NO_FIGURES, *OPTION_PLANS}, name


def tell_a_run(*, terminal: bool) -> str:
    said = io.StringIO()
    console = Console(file=said, force_terminal=terminal, width=100, highlight=False)
    with show_progress(console, steps=2) as tell:
        tell("travel times", None)
        tell("30 patrol zones", None)
        for incumbent in (None, 200.0, 200.0, 100.0):
            tell(
                "30 patrol zones",
                Progress(stage="choosing zones", elapsed_s=1, incumbent=incumbent, bound=100.0),
            )
    return said.getvalue()


def test_progress_is_plain_lines_where_there_is_no_terminal() -> None:
    assert tell_a_run(terminal=False).splitlines() == [
        "[1/2] travel times",
        "[2/2] 30 patrol zones",
        "[2/2] 30 patrol zones: best 3.33, bound 1.67 min over all buildings, gap 50.00%",
        "[2/2] 30 patrol zones: best 1.67, bound 1.67 min over all buildings, proved",
    ]


def test_progress_never_rounds_a_gap_to_nothing() -> None:
    said = io.StringIO()
    with show_progress(Console(file=said, highlight=False), steps=1) as tell:
        tell("zones", Progress(stage="choosing zones", elapsed_s=1, incumbent=100.001, bound=100.0))
    assert said.getvalue().splitlines() == [
        "[1/1] zones: best 1.67, bound 1.67 min over all buildings, gap under 0.01%"
    ]


def test_progress_moves_on_a_terminal() -> None:
    said = tell_a_run(terminal=True)
    assert "✓ " in said
    assert "[1/2] travel times" in said
    assert (
        "30 patrol zones: choosing zones, best 1.67, bound 1.67 min over all buildings, proved"
        in said
    )


def test_what_a_solver_prints_from_c_is_not_on_standard_output() -> None:
    code = """
import ctypes, sys
from zoning.cli import commands
commands._keep_stdout_to_ourselves()
ctypes.CDLL(None).puts(b"Running HiGHS")
ctypes.CDLL(None).fflush(None)
print("ours")
"""
    # Python warns of a stream left open at the end where warnings are shown.
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert (ran.stdout, ran.stderr) == ("ours\n", "")


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("ccs_schools.csv", "CCS schools"),
        ("lexington-schools.csv", "Lexington schools"),
        ("fcps_2024-25.csv", "FCPS 2024-25"),
        ("MyDistrict.csv", "MyDistrict"),
        ("schools.csv", "Schools"),
    ],
)
def test_a_district_without_a_name_is_called_after_its_file(
    tmp_path: Path, file: str, name: str
) -> None:
    study = Study.from_tables({"schools": {"file": str(write_schools(tmp_path / file))}})
    assert open_district(study).name == name
