"""``zoning workbench``: what its page starts from, when it is older than the study, and faults."""

from __future__ import annotations

import json
import os
import re
import shlex
import stat
from pathlib import Path
from typing import Any

import pytest
from helpers.town_files import put, write_schools
from typer.testing import CliRunner, Result

from zoning.cli import app
from zoning.cli.options import read_request
from zoning.cli.study_request import StudyRequest
from zoning.cli.workbench import study_in_words
from zoning.disclosure.audit import Verdict, audit
from zoning.errors import OptionError, PlanError
from zoning.study import read_study, workbench
from zoning.zones import (
    Alternatives,
    Progress,
    Status,
    ZonePlan,
    ZoneProblem,
    ZoningResult,
    alternatives,
    write_plan,
)

pytestmark = pytest.mark.slow

NAME = "zoning-workbench-restricted.html"
STUDY = """
[schools]
file = "town.csv"

[zones]
number = 3
min_size = 2

[rules]
today = "today.csv"
longest_drive_minutes = 15

[[rules.together]]
schools = ["Ash Elementary", "E2"]

[rules.prices]
round_trip_minutes = 0.1

[plan]
alternatives = 2
within_percent = 40
"""
HAND = {"N": ("H1", "M2", "E1", "E2"), "S": ("H2", "M1", "E3", "E4"), "X": ("E5", "X1")}
TODAY = {"Zone 1": ("H1", "M1", "E1", "E2"), "Zone 2": ("H2", "M2", "E3", "E4", "E5", "X1")}


def run(*words: object) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, [str(word) for word in words])


def done(*words: object) -> Result:
    result = run(*words)
    assert result.exit_code == 0, result.output
    return result


def data_of(page: Path) -> dict[str, Any]:
    """The data that the scripts of a page get."""
    text = page.read_text(encoding="utf-8")
    block = re.search('<script type="application/json" id="zoning-data">(.*?)</script>', text)
    assert block is not None
    found: dict[str, Any] = json.loads(block[1])
    return found


def put_plan(path: Path, homes: dict[str, tuple[str, ...]]) -> None:
    write_plan(ZonePlan.from_assignment({b: z for z, ids in homes.items() for b in ids}), path)


def write_town(folder: Path) -> None:
    """A study, its schools, and two plans."""
    write_schools(folder / "town.csv")
    (folder / "district.toml").write_text(STUDY.replace("Ash Elementary", "E1"), encoding="utf-8")
    (folder / "bare.toml").write_text('schools = "town.csv"\nplan = "hand.csv"\n', encoding="utf-8")
    put_plan(folder / "hand.csv", HAND)
    put_plan(folder / "today.csv", TODAY)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with the page of a plan drawn by hand."""
    folder = tmp_path_factory.mktemp("town")
    write_town(folder)
    done("workbench", folder, "--plan", folder / "hand.csv")
    return folder


def test_the_page_begins_with_the_plan_and_has_solved_ones_and_todays(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = data_of(town / NAME)
    sheet, page = data["sheet"], data["page"]
    names = [start["name"] for start in sheet["starts"]]
    assert names == ["hand.csv", "Plan A", "Plan B", "Today"]
    assert "optimal" in sheet["starts"][1]["proof"]
    study = read_study(town / "district.toml").replace(plan={"file": "hand.csv"})
    read = study.open(review=True)
    found = alternatives(read.problem, count=2, within=0.4, start=read.plan)
    assert sheet["bound"]["objective_s"] == pytest.approx(found.results[0].lower_bound_s, abs=1e-6)
    # Python makes the same page; the time limit and the number of plans are the workbench's own.
    asked: dict[str, Any] = {}
    monkeypatch.setattr(workbench, "alternatives", lambda _, **given: asked.update(given) or found)
    study.workbench().save(str(tmp_path / "page.html"))
    assert (asked["count"], asked["within"], asked["limits"].time_s) == (2, 0.4, 120.0)
    assert asked["start"] == read.plan
    assert data_of(tmp_path / "page.html")["sheet"]["starts"] == sheet["starts"]
    study.replace(plan={"alternatives": 1}, solver={"time_limit_seconds": 5}).workbench()
    assert (asked["count"], asked["limits"].time_s) == (1, 5.0)
    read_study(town / "bare.toml").workbench()
    assert (asked["count"], asked["limits"].time_s) == (3, 120.0)
    assert {rule["kind"] for rule in sheet["rules"]} == {"Together", "LongestDrive"}
    assert "Cloud School" in " ".join(page["notices"])  # the inputs' own notices


def test_the_page_is_restricted_and_for_its_owner_alone(town: Path, tmp_path: Path) -> None:
    assert audit(town / NAME).verdict is Verdict.RESTRICTED
    copied = tmp_path / "mail.txt"  # the mark in the middle of a text is found too
    copied.write_text(f"From the page: {data_of(town / NAME)['sheet']['mark']}", encoding="utf-8")
    assert audit(copied).verdict is Verdict.RESTRICTED
    stripped = (town / NAME).read_text(encoding="utf-8").replace("RESTRICTED", "Planning")
    copied.write_text(stripped, encoding="utf-8")  # packed figures match nothing, keys do
    assert audit(copied).verdict is Verdict.HINT
    if os.name == "posix":
        assert stat.S_IMODE((town / NAME).stat().st_mode) == 0o600


def test_a_page_says_whether_it_is_older_than_the_study(town: Path) -> None:
    plan = ("--plan", town / "hand.csv")
    again = run("workbench", town, *plan)
    assert again.exit_code == 1
    assert "replace it with --force" in again.stderr
    assert f"{NAME} was made from these settings and files" in again.stderr
    page = town / "moved.html"
    page.write_bytes((town / NAME).read_bytes())
    study = read_study(town / "district.toml")
    assert workbench.changed_since(page, study) == []
    # The plan under review is changed in the page: another one makes no page old.
    assert workbench.changed_since(page, study.replace(plan={"file": "other.csv"})) == []
    counted = study.replace(
        calls={"file": "counts.csv", "school_days": 175, "source": "made up"},
        options=[{"number": 4, "scenario": "G", "rules": {"today": "hand.csv"}}],
        scenarios=[{"name": "G", "schools": "hand.csv", "calls": "hand.csv"}],
    )  # files of other options decide nothing here
    assert [one for one in workbench.changed_since(page, counted) if one.startswith("file")] == []
    changed = study.replace(
        schools={"details": ["more.csv"]},
        zones={"number": 4, "max_size": 6},
        plan={"lock": ["S"]},
        rules={"together": []},
        costs={"officer_year_usd": 1},
    )
    (town / "more.csv").write_text("school_id\nE1\n", encoding="utf-8")
    was = (town / "today.csv").read_bytes()
    try:
        (town / "today.csv").write_bytes(was + b"\n")
        assert workbench.changed_since(page, changed) == [
            "setting zones.number: 3 then, 4 now",
            'setting rules.together.1.schools: ["E1", "E2"] then, not given now',
            "file today.csv has changed",
            "setting zones.max_size: not given then, 6 now",
            'setting plan.lock: not given then, ["S"] now',
            "file more.csv was not read then",
        ]
        told = done("check", town, *plan, "--page", page, "--zones", 4).stdout
        assert "moved.html is older than the study, and its figures do not hold" in told
        assert "- setting zones.number: 3 then, 4 now" in told
        replaced = done("workbench", town, *plan, "--out", page, "--force").stdout
        assert "The page that is replaced" in replaced
        assert "- file today.csv has changed" in replaced
        assert workbench.changed_since(page, study) == []
    finally:
        (town / "today.csv").write_bytes(was)
        (town / "more.csv").unlink()


def test_what_a_page_was_made_from_names_no_folder_and_is_all_that_decides(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "alice").mkdir()
    write_schools(tmp_path / "alice" / "town.csv")
    write_schools(tmp_path / "mine" / "town.csv")
    given = {"file": str(tmp_path / "alice" / "town.csv"), "details": ["town.csv"]}
    (tmp_path / "mine" / "district.toml").write_text('schools = "town.csv"\n', encoding="utf-8")
    study = read_study(tmp_path / "mine").replace(schools=given)
    was = workbench.made_from(study)
    assert list(was) == ["zoning", "file town.csv"]  # one name stands for both
    for folder in ("alice", "mine"):
        content = (tmp_path / folder / "town.csv").read_bytes()
        (tmp_path / folder / "town.csv").write_bytes(content + b"\n")
        assert workbench.made_from(study)["file town.csv"] != was["file town.csv"]
        (tmp_path / folder / "town.csv").write_bytes(content)
    assert workbench.made_from(study) == was
    # A profile of ours and a sheet of a workbook are in no file's hash.
    midday = workbench.made_from(study.replace(streets={"emergency_profile": "midday"}))
    assert midday == was | {"setting streets.emergency_profile": '"midday"'}
    sheet = workbench.made_from(study.replace(schools={"file": f"{tmp_path}/town.xlsx#B"}))
    assert sheet["setting schools.file"] == '"town.xlsx#B"'


@pytest.mark.parametrize("content", [b"", b"<html>", b'<script type="application/json" id="zonin'
                                     b'g-data">[[</script>', b"\xff\xfe"])  # fmt: skip
def test_another_file_is_no_page(content: bytes, town: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.html"
    other.write_bytes(content)
    result = run("check", town, "--page", other)
    assert result.exit_code == 2
    assert "other.html is no page of zoning workbench" in result.stderr
    result = run("workbench", town, "--out", other)
    assert result.exit_code == 1
    assert "other.html exists" in result.stderr
    assert other.read_bytes() == content


def test_an_impossible_study_still_gives_the_page_of_its_plan(tmp_path: Path) -> None:
    write_town(tmp_path)
    more = ("--set", "rules.longest_drive_minutes=1")
    shown = done("workbench", tmp_path, "--plan", tmp_path / "hand.csv", *more)
    data = data_of(tmp_path / NAME)
    assert [start["name"] for start in data["sheet"]["starts"]] == ["hand.csv", "Today"]
    assert data["sheet"]["bound"] is None
    for told in (" ".join(data["page"]["notices"]), shown.stdout):
        assert "There is no best plan and no bound: no plan exists for 10 buildings" in told
        assert "no drive over 1.0 min inside a zone" in told


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--schools", "town.csv", "--zones", 4), 3, "4 zones of at least 3 need 12 buildings"),
        (("--schools", "town.csv", "--zones", 2, "--zones", 3), 2, "the study gives 2 numbers"),
        (("--schools", "town.csv", "--plan", "other.csv"), 2, "building 'E9' is not in the"),
        (("--schools", "town.csv", "--out", "page.pdf"), 2, "Give --out FILE.html."),
        (("--schools", "town.csv", "--alternatives", 40), 2, "40 is not a whole number from 1"),
        (("--schools", "town.csv", "--out", "folder.html"), 1, "folder.html is a folder"),
    ],
)
def test_without_a_plan_nothing_is_written(
    words: tuple[object, ...],
    status: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    write_schools(Path("town.csv"))
    put_plan(Path("other.csv"), {"A": ("H1", "E9"), "B": ("H2",)})
    Path("folder.html").mkdir()
    result = run("workbench", *words)
    assert result.exit_code == status, result.output
    assert said in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "folder.html",
        "other.csv",
        "town.csv",
    ]


def test_a_file_that_changes_during_the_search_makes_the_page_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_town(tmp_path)
    study = read_study(tmp_path / "bare.toml")

    def change(*given: Any, **named: Any) -> Alternatives:
        with (tmp_path / "town.csv").open("a", encoding="utf-8") as file:
            file.write("\n")
        return alternatives(*given, **{**named, "count": 1})

    monkeypatch.setattr(workbench, "alternatives", change)
    study.workbench().save(str(tmp_path / "page.html"))
    told = workbench.changed_since(tmp_path / "page.html", study)
    assert told == ["file town.csv has changed"]


def test_python_is_told_why_there_is_no_plan_to_start_from(tmp_path: Path) -> None:
    write_town(tmp_path)
    study = read_study(tmp_path / "bare.toml").set("plan.file=none", "zones.number=4")
    with pytest.raises(OptionError, match="4 zones of at least 3 need 12 buildings"):
        study.workbench()


def test_ctrl_c_keeps_the_plans_found_so_far(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_town(tmp_path)
    monkeypatch.chdir(tmp_path)

    def stop(*given: Any, **named: Any) -> Alternatives:
        """Interrupt the search as soon as there is a plan."""

        def interrupt(now: Progress) -> None:
            if now.incumbent is not None:
                raise KeyboardInterrupt

        return alternatives(*given, **{**named, "progress": interrupt})

    monkeypatch.setattr(workbench, "alternatives", stop)
    result = run("workbench", tmp_path, "--plan", tmp_path / "hand.csv")
    assert result.exit_code == 130
    assert "Interrupted; the plans found until then were written." in result.stderr
    sheet = data_of(tmp_path / NAME)["sheet"]
    names = [start["name"] for start in sheet["starts"]]
    assert (names[0], names[-1], len(names)) == ("hand.csv", "Today", 3)
    told = " ".join(data_of(tmp_path / NAME)["page"]["notices"])
    assert "The best plan is not proved: 3 zones for 10 buildings: feasible" in told
    assert "stopped by the user. " in told
    # Without today's plan the one under review is not taken for it.
    words = ("--schools", tmp_path / "town.csv", "--plan", tmp_path / "hand.csv")
    sizes = put("zones.min_size", 2)
    assert run("workbench", *words, *sizes, "--force").exit_code == 130
    sheet = data_of(Path(NAME))["sheet"]
    assert [start["name"] for start in sheet["starts"]][::2] == ["hand.csv"]
    assert sheet["today"] is None
    # If moves are counted from it, it is there once.
    assert run("workbench", *words, *sizes, *put("rules.most_moved", 9), "--force").exit_code == 130
    sheet = data_of(Path(NAME))["sheet"]
    assert [start["name"] for start in sheet["starts"]][::2] == ["hand.csv"]
    assert sheet["today"]["zones"] == ["N", "S", "X"]


def test_ctrl_c_before_a_plan_is_found_writes_the_given_plan_or_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_town(tmp_path)

    def stop(problem: ZoneProblem, *, within: float, apart: int, **_: Any) -> Alternatives:
        none = ZoningResult(
            problem=problem, status=Status.NO_SOLUTION, interrupted=True, stopped_by="the user"
        )
        return Alternatives(
            problem=problem, results=(none,), within=within, apart=apart, interrupted=True
        )

    def refuse(*_: object) -> None:
        raise PlanError("a cost is computed for zones of at most 3 buildings")

    monkeypatch.setattr(workbench, "alternatives", stop)
    monkeypatch.setattr(workbench, "check_plan", refuse)
    out = tmp_path / "page.html"
    schools = ("--schools", tmp_path / "town.csv", "--out", out)
    result = run("workbench", *schools, "--zones", 3)
    assert result.exit_code == 130
    assert "Interrupted before a plan was found; no file was changed." in result.stderr
    assert not out.exists()
    plans = ("--plan", tmp_path / "hand.csv", *put("rules.today", tmp_path / "today.csv"))
    assert run("workbench", *schools, *plans).exit_code == 130
    data = data_of(out)
    told = " ".join(data["page"]["notices"])
    assert [start["name"] for start in data["sheet"]["starts"]] == ["hand.csv"]
    assert "There is no best plan and no bound: no plan was found" in told
    assert "Today's plan is left out: a cost is computed for zones of at most 3" in told


def test_the_study_is_named_as_it_was_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "name", "posix")

    def named(**given: Any) -> str:
        return study_in_words(read_request(StudyRequest, given))

    assert named(study="my study/district.toml") == "'my study/district.toml'"
    assert named(study=str(tmp_path / "sub" / "district.toml")) == "sub/district.toml"
    assert (
        named(study=str(tmp_path.parent / "district.toml")) == "district.toml"
    )  # no user's folder
    words = {"schools": "a b.csv", "zones": ["30"], "changes": ["zones.names={A = '$x'}"]}
    assert named(**words) == (
        "--schools 'a b.csv' --zones 30 --set 'zones.names={A = '\"'\"'$x'\"'\"'}'"
    )
    away = tmp_path.parent
    sets = [f"streets.file={away}/s.csv", f"calls.log=['{away}/a b.csv', \"{tmp_path}/c.csv\"]"]
    told = named(schools="a.csv", changes=sets)
    assert shlex.split(told)[3::2] == ["streets.file=s.csv", "calls.log=['a b.csv', \"c.csv\"]"]
