"""Files written whole or not at all, and tables that spreadsheets cannot misread."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from helpers.map_towns import nine_schools
from hypothesis import given
from hypothesis import strategies as st

from zoning.cli.screen import printable
from zoning.district import District
from zoning.editions import Edition
from zoning.errors import OutputError
from zoning.patrol import PatrolAssumptions
from zoning.reports import Order, Purpose, ResultsFolder, RunSettings, output_files
from zoning.reports.gis_files import _geometry
from zoning.reports.tables import csv_table
from zoning.response import ResponseAssumptions
from zoning.schools import schools_from_frame
from zoning.staffing import NoDistrictOfficers, PatrolZones, compare_staffing
from zoning.zones import LongestDrive, SolverLimits

NAMES = ("a.csv", "b.json", "c.html")
NEW = {name: f"new {name}".encode() for name in NAMES}

RECORDED = RunSettings(
    command=("zoning", "compare", "--name", "=Nine"),
    inputs=(),
    calls_per_school_day=0.17,
    limits=SolverLimits(),
    patrol=PatrolAssumptions(),
    response=ResponseAssumptions(),
)


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def cells(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8"))))


def test_a_new_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "out"
    folder = ResultsFolder.prepare(target, NAMES)
    assert list(tmp_path.iterdir()) == []  # checked, and nothing left behind
    assert folder.write(NEW) == tuple(target / name for name in NAMES)
    assert files_of(tmp_path) == NEW


def test_everything_in_the_way_is_listed_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"mine")
    (tmp_path / "b.json").mkdir()
    (tmp_path / "c.html").symlink_to(tmp_path / "nowhere")
    (tmp_path / "d.csv").write_bytes(b"")
    with pytest.raises(OutputError) as refused:
        ResultsFolder.prepare(tmp_path, NAMES, stale_files=["d.csv", "e.csv"])
    text = str(refused.value)
    assert "a.csv exists" in text
    assert "b.json is a folder" in text
    assert "c.html exists" in text
    assert "d.csv is of an earlier run" in text
    assert "e.csv" not in text


def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    folder = ResultsFolder.prepare(tmp_path, NAMES)
    (tmp_path / "b.json").write_bytes(b"somebody else's")
    with pytest.raises(OutputError, match=r"b\.json exists"):
        folder.write(NEW)
    assert files_of(tmp_path) == {"b.json": b"somebody else's"}


def test_replace_keeps_other_files(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"old")
    (tmp_path / "mine.txt").write_bytes(b"mine")
    ResultsFolder.prepare(tmp_path, NAMES, replace=True).write(NEW)
    assert files_of(tmp_path) == NEW | {"mine.txt": b"mine"}


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("at", [0, 1])
def test_a_failure_half_way_puts_the_old_files_back(
    at: int, failure: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """a.csv is old, b.json and c.html are new; the renaming number `at` fails."""
    target = tmp_path / "out"
    target.mkdir()
    (target / "a.csv").write_bytes(b"old")
    folder = ResultsFolder.prepare(target, NAMES, replace=True)
    real, moves = Path.rename, iter(range(99))

    def rename(self: Path, to: Path) -> Path:
        if next(moves) == at:
            raise failure
        return real(self, to)

    monkeypatch.setattr(Path, "rename", rename)
    expected = OutputError if isinstance(failure, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        folder.write(NEW)
    assert files_of(target) == {"a.csv": b"old"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked process")
def test_a_run_killed_at_any_step_leaves_one_whole_run(tmp_path: Path) -> None:
    """Killed after each system call in turn; then the next run starts and puts it right."""
    target = tmp_path / "out"
    old = {name: f"old {name}".encode() for name in NAMES}
    for step in itertools.count():
        shutil.rmtree(target, ignore_errors=True)
        ResultsFolder.prepare(target, NAMES).write(old)
        (target / "mine.txt").write_bytes(b"mine")
        finished = _write_and_die(target, step)
        if target.exists():
            seen = {n: d for n, d in files_of(target).items() if n != "mine.txt"}
            assert seen in (old, NEW), step
        ResultsFolder.prepare(target, NAMES, replace=True)
        assert files_of(target) in ({**old, "mine.txt": b"mine"}, {**NEW, "mine.txt": b"mine"})
        assert [path.name for path in tmp_path.iterdir()] == ["out"], step
        if finished:
            break
    assert step > 10  # the steps were really counted


def _write_and_die(target: Path, step: int) -> bool:
    """Replace a folder in a process that dies after so many system calls; whether it ended."""
    child = os.fork()
    if child == 0:
        calls = itertools.count()

        def watched(call: Callable[..., Any]) -> Callable[..., Any]:
            def counted(*given: Any, **named: Any) -> Any:
                if next(calls) == step:
                    os._exit(9)
                return call(*given, **named)

            return counted

        for name in ("rename", "mkdir", "open", "unlink", "rmdir", "fsync"):
            setattr(os, name, watched(getattr(os, name)))
        try:
            ResultsFolder.prepare(target, NAMES, replace=True).write(NEW)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_two_runs_do_not_write_to_one_folder(tmp_path: Path) -> None:
    """The lock is held by another process, as the system sees it."""
    held = "import sys; from pathlib import Path; from zoning.files import claim\n"
    held += "with claim(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    target = tmp_path / "out"
    with subprocess.Popen(
        [sys.executable, "-c", held, str(target)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(OutputError, match="another run of zoning is writing"):
            ResultsFolder.prepare(target, NAMES)
        other.communicate("")
    ResultsFolder.prepare(target, NAMES).write(NEW)
    assert files_of(tmp_path) == NEW


@pytest.mark.parametrize("edition", list(Edition))
def test_an_edition_never_replaces_the_other(edition: Edition, tmp_path: Path) -> None:
    record = {"run.json": json.dumps({"edition": edition}).encode()}
    target = tmp_path / "out"
    ResultsFolder.prepare(target, ["run.json"], edition=edition).write(record)
    (other,) = set(Edition) - {edition}
    with pytest.raises(OutputError, match=f"a {edition} run is there"):
        ResultsFolder.prepare(target, ["run.json"], edition=other, replace=True)
    ResultsFolder.prepare(target, ["run.json"], edition=edition, replace=True)


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_a_restricted_folder_is_its_owners_alone(tmp_path: Path) -> None:
    for edition in Edition:
        ResultsFolder.prepare(tmp_path / edition, NAMES, edition=edition).write(NEW)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.rglob("*")}
    assert modes["restricted"] == 0o700
    assert (tmp_path / "restricted" / "a.csv").stat().st_mode & 0o777 == 0o600
    assert modes["public"] & 0o500 == 0o500


def test_a_place_for_no_folder_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(OutputError, match="leads nowhere"):
        ResultsFolder.prepare(tmp_path / "link", NAMES)
    monkeypatch.chdir(tmp_path)
    for name in ("", "."):
        with pytest.raises(OutputError, match="the folder you are in"):
            ResultsFolder.prepare(Path(name), NAMES)


def test_a_full_disk_is_an_output_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    folder = ResultsFolder.prepare(tmp_path / "out", NAMES)
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match="cannot be written: No space left on device"):
        folder.write(NEW)
    assert list(tmp_path.iterdir()) == []


def test_other_names_than_prepared_are_a_mistake_of_ours(tmp_path: Path) -> None:
    folder = ResultsFolder.prepare(tmp_path, NAMES)
    with pytest.raises(ValueError, match="prepared for"):
        folder.write({"a.csv": b""})


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＠"])  # noqa: RUF001
def test_no_text_is_a_formula(start: str) -> None:
    frame = pd.DataFrame({"name": [f"{start}cmd()", "plain", "in = the middle"]})
    assert cells(csv_table(frame, Edition.PUBLIC))[1:] == [
        [f"'{start}cmd()"],
        ["plain"],
        ["in = the middle"],
    ]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=4))
def test_text_survives_a_table(texts: list[str]) -> None:
    """Whatever a name holds, a reader of CSV gets it back, with at most an apostrophe more."""
    frame = pd.DataFrame({"first": ["x"] * len(texts), "name": pd.Series(texts, dtype=object)})
    read = [row[1] for row in cells(csv_table(frame, Edition.PUBLIC))[1:]]
    assert [cell.removeprefix("'") for cell in read] == [text.removeprefix("'") for text in texts]


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("annual_cost_usd", 4_125_000.4, "4125000"),
        ("cost_per_student_usd", 67.191867, "67.19"),
        ("mean_response_s", 276.5077, "276.5"),
        ("mean_response_s", 276.04, "276"),
        ("share_within_180_s", 0.304292, "0.3043"),
        ("aligned_share", 1.0, "1"),
        ("annual_patrol_m", 646791770.17, "646791770"),
        ("zoning_gap", 1.234e-7, "0.00000012"),
        ("zoning_gap", -0.0, "0"),
        ("buildings_per_post", 3.575, "3.575"),
        ("posts", 1000, "1000"),
        ("mean_response_s", float("nan"), ""),
        ("mean_response_s", float("inf"), "inf"),
        ("aligned", None, ""),
        ("not_dominated", True, "true"),
        ("not_dominated", np.False_, "false"),
    ],
)
def test_numbers_have_the_digits_of_their_unit(column: str, value: object, shown: str) -> None:
    frame = pd.DataFrame({"id": ["x"], column: pd.Series([value], dtype=object)})
    assert cells(csv_table(frame, Edition.PUBLIC)) == [["id", column], ["x", shown]]


def test_tables_end_their_lines_with_lf() -> None:
    data = csv_table(pd.DataFrame({"a": ["é", "b"]}), Edition.RESTRICTED)
    assert data == "a,edition\né,restricted\nb,restricted\n".encode()


def test_rings_are_rounded_and_anticlockwise() -> None:
    holed = shapely.Polygon(
        [(0, 0), (0, 1.00000049), (1, 1), (1, 0)],
        holes=[[(0.2, 0.2), (0.4, 0.2), (0.4, 0.4), (0.2, 0.4)]],
    )
    drawn = _geometry(holed)
    assert drawn is not None
    assert drawn["type"] == "Polygon"
    outer, hole = drawn["coordinates"]
    assert [0.0, 1.0] in outer
    assert shapely.LinearRing(outer).is_ccw
    assert not shapely.LinearRing(hole).is_ccw


@pytest.mark.parametrize("area", [shapely.Polygon(), shapely.LineString([(0, 0), (1, 1)])])
def test_a_zone_without_ground_has_no_geometry(area: shapely.Geometry) -> None:
    assert _geometry(area) is None


@pytest.mark.slow
@pytest.mark.parametrize("options", [[NoDistrictOfficers()], [PatrolZones(zones=1)]])
@pytest.mark.parametrize("edition", list(Edition))
def test_options_without_officers_still_make_every_file(
    options: list[NoDistrictOfficers | PatrolZones], edition: Edition
) -> None:
    """One zone of 3 to 7 cannot hold nine schools; no officers need no zones."""
    places = [(f"S{k}", "elementary", 38 + k / 100, -85.7) for k in range(9)]
    frame = pd.DataFrame(places, columns=["school_id", "level", "latitude", "longitude"])
    comparison = compare_staffing(
        District(name="=Nine", schools=schools_from_frame(frame)), options
    )
    order = Order(purpose=Purpose.COMPARISON, edition=edition)
    files = output_files(comparison, RECORDED, order)
    option_id = comparison.outcomes[0].option_id
    assert tuple(files) == order.names([option_id])
    assert len(cells(files[f"plan_{option_id}.csv"])) == 1
    assert json.loads(files["zones.geojson"])["features"] == []
    assert len(cells(files["assignments.csv"])) == len(cells(files["equity.csv"])) == 1
    (option,) = json.loads(files["run.json"])["options"]
    assert option["zoning"] is None or option["zoning"]["status"] == "infeasible"


@pytest.mark.parametrize("character", ["\x1b", "\x07", "\r", "\x9b", "\u202e", "\u2028", "\x00"])
def test_a_terminal_gets_no_control_characters(character: str) -> None:
    shown = printable(f"a{character}b\nc")
    assert shown == "a\N{REPLACEMENT CHARACTER}b\nc"


@pytest.mark.slow
def test_a_public_record_does_not_tell_the_drive_that_would_make_a_plan_possible() -> None:
    """A remedy such as 'allow drives of 3.35 min' is a drive between two schools."""
    comparison = compare_staffing(
        nine_schools(), [PatrolZones(zones=2, rules=(LongestDrive(limit_s=120),))]
    )
    told = {}
    for edition in Edition:
        order = Order(purpose=Purpose.COMPARISON, edition=edition)
        record = output_files(comparison, RECORDED, order)["run.json"]
        told[edition] = json.loads(record)["options"][0]["zoning"]["infeasibility"]["remedies"]
    assert told[Edition.PUBLIC] == "left out of the public edition"
    assert any("allow drives of" in str(remedy) for remedy in told[Edition.RESTRICTED])


@pytest.mark.slow
def test_a_public_record_leaves_the_objective_out() -> None:
    places = [(f"S{k}", "elementary", 38 + k / 100, -85.7) for k in range(9)]
    frame = pd.DataFrame(places, columns=["school_id", "level", "latitude", "longitude"])
    district = District(name="Nine", schools=schools_from_frame(frame))
    comparison = compare_staffing(district, [PatrolZones(zones=2)])
    values = {
        edition: json.loads(
            output_files(comparison, RECORDED, Order(purpose=Purpose.COMPARISON, edition=edition))[
                "run.json"
            ]
        )["options"][0]["zoning"]
        for edition in Edition
    }
    assert not [key for key in values[Edition.PUBLIC] if "building_s" in key]
    assert values[Edition.PUBLIC]["gap"] == 0.0
    assert values[Edition.RESTRICTED]["objective_building_s"] > 0


def test_a_changed_request_replaces_the_files_that_only_the_earlier_run_had(tmp_path: Path) -> None:
    """Planners change an option and run again; what they edited or read is not deleted."""
    first = {"plan_a.csv": b"a", "plan_b.csv": b"b", "plan_c.csv": b"c"}
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in first.items()}
    record = json.dumps({"edition": "public", "files": {**hashes, "../x": "0", "gone": "0"}})
    folder = ResultsFolder.prepare(tmp_path / "out", (*first, "run.json"))
    folder.write({**first, "run.json": record.encode()})
    (tmp_path / "out" / "plan_b.csv").write_bytes(b"edited")
    stale, read = ("plan_a.csv", "plan_b.csv", "plan_c.csv"), [tmp_path / "out" / "plan_c.csv"]
    with pytest.raises(OutputError) as caught:
        ResultsFolder.prepare(
            tmp_path / "out", ("run.json",), replace=True, stale_files=stale, inputs=read
        )
    assert "plan_b.csv is of an earlier run" in str(caught.value)
    assert "plan_c.csv is of an earlier run" in str(caught.value)
    assert "plan_a.csv" not in str(caught.value)
    (tmp_path / "out" / "plan_b.csv").write_bytes(b"b")
    folder = ResultsFolder.prepare(tmp_path / "out", ("run.json",), replace=True, stale_files=stale)
    folder.write({"run.json": b"{}"})
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["run.json"]
