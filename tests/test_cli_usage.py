"""Words that have no place on the command line, and what a study's options pass on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers.town_files import write_schools
from typer.testing import CliRunner, Result

from zoning.cli import app
from zoning.cli.options import read_request
from zoning.cli.study_request import DeckRequest, RunRequest, StudyRequest
from zoning.cli.usage import find_setting
from zoning.errors import OptionError, StudyError
from zoning.study import study_settings

ROWS = study_settings()


def run(*words: object, columns: int = 100) -> Result:
    runner = CliRunner(env={"COLUMNS": str(columns)})
    return runner.invoke(app, [str(word) for word in words], prog_name="zoning")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "my study"
    folder.mkdir()
    write_schools(folder / "schools.csv")
    path = folder / "district.toml"
    path.write_text(
        'schools = "schools.csv"\n[zones]\nnumber = 2\nmax_size = 7\n'
        '[[options]]\nnumber = 2\n[[options]]\nkind = "no_officers"\n',
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("max-size", "8", "--set zones.max_size=8"),
        ("seed", "7", "--set solver.seed=7"),
        ("today", "now.csv", "--set rules.today=now.csv"),
        ("title", "My plan", "--set 'output.title=My plan'"),
        ("dedicated", "X", "--set 'zones.dedicated=[\"X\"]'"),
        ("keep-islands", "study.toml", "--set streets.keep_islands=true"),
        ("alignment-price", "2", "--set zones.alignment.price_minutes=2"),
        ("calls-per-school-day", "", "--set calls.per_school_day=VALUE"),
        ("cost-per-officer", "1", "--set costs.officer_year_usd=1"),
        ("cost-range", "1", "--set 'costs.officer_year_range_usd=[1]'"),
        ("police-mean-min", "9", "--set police.mean_minutes=9"),
        ("move-price", "9", "--set rules.prices.moved_building_minutes=9"),
        ("names", "x", "--set zones.names=x"),
        ("alignment", "off", "zoning study settings zones.alignment"),
        ("rules", "rules.toml", "zoning study settings rules"),
        ("workload", "calls", "zoning study settings rules.workload"),
        ("xyzzy", "1", "neither an option nor a setting"),
        ("no", "1", "neither an option nor a setting"),
    ],
)
def test_a_former_option_is_found_among_the_settings(option: str, value: str, said: str) -> None:
    assert find_setting(option, value, ROWS).endswith(said) or said in find_setting(
        option, value, ROWS
    )


def test_every_word_without_a_place_is_named_at_once() -> None:
    result = run("check", "s.toml", "--max-size", "8", "--seed=7", "--from", "f", "--zzz", "--help")
    assert result.exit_code == 2
    assert result.output.splitlines() == [
        "Error: zoning check cannot read this",
        "  --max-size is now a setting of the study: --set zones.max_size=8",
        "  --seed is now a setting of the study: --set solver.seed=7",
        "  --from is no option here, but of zoning deck",
        "  --zzz is neither an option nor a setting: zoning study settings lists what there is",
        "zoning check --help lists what it takes.",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("explain", "s.toml"), "--school is missing"),
        (("explain", "s.toml", "North High", "--school", "x"), "North High has no place"),
        (("network", "build"), "SOURCE is missing"),
        (("plan", "--zones"), "option '--zones' requires an argument."),
        (("network", "snap", "x", "--max-size", "3"), "--max-size is no option here"),
        (("plan", "--schols", "x"), "--schols is no option; did you mean --schools?"),
        (("new", "x", "--schols", "x"), "--schols is no option; did you mean --schools?"),
        (("plan", "s.toml", "--start", "x"), "--set zones.start=x"),
        (("plan", "s.toml", "--state", "KY"), "--set district.state=KY"),
        (("plann",), "Did you mean 'plan'"),
        (("study", "chek"), "Did you mean 'check'"),
    ],
)
def test_faults_of_usage_are_said_plainly(words: tuple[str, ...], said: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert said in result.output
    assert result.output.startswith("Error: ")
    assert "Traceback" not in result.output


def test_help_lists_commands_in_the_order_of_the_work() -> None:
    lines = [line.split()[1:2] for line in run("--help").output.splitlines() if "│" in line]
    names = [one[0] for one in lines if one]
    order = ["new", "plan", "compare", "deck", "check", "improve", "explain", "again", "diff"]
    assert [name for name in names if name in order] == order


def test_a_study_reads_what_options_give_and_says_every_fault(study: Path) -> None:
    given = {"study": str(study), "zones": ["x"], "time_limit": "soon", "edition": "secret"}
    asked = read_request(RunRequest, {**given, "changes": ["solver.seed=-1", "nosign"]})
    with pytest.raises(StudyError) as caught:
        asked.make_study()
    said = "\n".join(caught.value.faults)
    for fault in (
        "--zones: [zones] number: 'x'",
        "--time-limit: [solver] time_limit_seconds: 'soon'",
        "--edition: [output] edition: 'secret'",
        "--set solver.seed: [solver] seed: -1",
        "--set nosign is not of the form",
    ):
        assert fault in said


def test_what_options_give(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(study.parent.parent)
    given = {"study": "my study", "zones": ["30", "21-30"], "time_limit": "2 min", "out": "here"}
    made = read_request(DeckRequest, {**given, "propose": "zones-30"}).make_study()
    assert made.settings.zones.numbers == (30, (21, 30))
    assert made.settings.solver.time_s == 120
    assert made.results_folder("zoning-deck") == Path("here")
    assert made.settings.deck.propose == "zones-30"
    assert list(read_request(StudyRequest, {"study": "s"}).values()) == []


def test_a_folder_named_none_is_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("none").mkdir()
    with pytest.raises(StudyError, match="the folder none holds no study"):
        read_request(StudyRequest, {"study": "none"}).make_study()
    with pytest.raises(OptionError, match="give one of STUDY"):
        read_request(StudyRequest, {})
    with pytest.raises(StudyError) as caught:
        read_request(StudyRequest, {"district": "jeferson"}).make_study()
    assert caught.value.faults[0].startswith("--district: [district] data: 'jeferson'")


def test_a_study_behind_a_link_finds_what_is_typed_here(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder above a linked folder is not the one that holds the link."""
    (tmp_path / "deep").mkdir()
    link = tmp_path / "deep" / "link"
    link.symlink_to(study.parent, target_is_directory=True)
    (tmp_path / "deep" / "plan.csv").write_text("building_id,zone_id\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "deep")
    made = read_request(StudyRequest, {"study": "link"}).make_study().set("plan=plan.csv")
    assert made.settings.plan.file is not None
    assert made.file(made.settings.plan.file) == Path("plan.csv")


def test_items_of_a_list_that_is_not_there(study: Path) -> None:
    asked = read_request(
        StudyRequest, {"study": str(study), "changes": ["rules.apart.1.schools=1"]}
    )
    with pytest.raises(StudyError) as caught:
        asked.make_study()
    assert caught.value.faults == (
        "--set rules.apart.1.schools has no place: the study has 0 of these",
    )


@pytest.mark.parametrize("numbers", [("3",), ("3", "4")])
def test_a_number_that_no_option_takes_is_refused(study: Path, numbers: tuple[str, ...]) -> None:
    words = [word for number in numbers for word in ("--zones", number)]
    result = run("compare", study, *words)
    assert result.exit_code == 2
    assert "--zones changes nothing: every option of the study has its own number" in result.output
    text = study.read_text(encoding="utf-8")
    study.write_text(text.replace("[[options]]\nnumber = 2\n", "[[options]]\n"), encoding="utf-8")
    result = run("compare", study, "--zones", "3", "--zones", "4")
    assert result.exit_code == 2
    assert "--zones gives 2 numbers of zones, and an option has one" in result.output


def test_the_calls_of_a_study_are_described(study: Path) -> None:
    """Invented: 8 calls, of which both logs have 7; each of 20 minutes, half with two units."""
    days = [f"2025-03-{day:02}" for day in (3, 4, 5, 6, 7, 10, 11, 12)]
    rows = [f"{day} 09:00,H1,Fight,{1 + k % 2},{day} 09:20" for k, day in enumerate(days)]
    cad = "time,school,kind,units,cleared\n" + "\n".join([*rows, "2025-03-08 09:00,H1,Test,1,"])
    study.with_name("cad.csv").write_text(cad, encoding="utf-8")
    own = "time,school,entered\n" + "\n".join(f"{day} 09:04,H1,{day} 10:04" for day in days[1:])
    study.with_name("own.csv").write_text(own, encoding="utf-8")
    result = run("study", "calls", study)
    assert result.exit_code == 2
    assert "the study has no log of calls" in result.output
    asked = ("log=['cad.csv', 'own.csv']", "time_zone=America/New_York", "school_days=8")
    changes = [word for key in (*asked, "source=invented") for word in ("--set", f"calls.{key}")]
    # Names given on the command line are sought from the folder of work.
    with pytest.MonkeyPatch.context() as here:
        here.chdir(study.parent)
        result = run("study", "calls", study, *changes, columns=110)
    assert result.exit_code == 0, result.output
    assert result.output.startswith("RESTRICTED")
    told = " ".join(result.output.split())
    for line in (
        "- 8 calls in school hours on 8 school-days, 1.00 a school-day",
        "- cad: 8 calls in school hours from 2025-03-03 to 2025-03-12, 7 also in another source",
        "and 1 only here - own: 7 calls",
        "half are entered within 60.0 min, 90 % within 60.0 min",
        "- cad, all months: 7 calls, 7 of them in another source; an estimated 7 calls there were "
        "(7 to 7): 100 % complete",
        "call to clearing, so with dispatch and drive: 20.0 min (20.0 min to 20.0 min; 8 calls)",
        "- share of these calls with a second unit: 50 % (22 % to 78 %; 8 calls)",
        "- kinds to be left out, such as tests: 1 row",
        "- Fight (8 times)",
    ):
        assert line in told


def test_the_check_of_a_study_lists_what_was_read(study: Path) -> None:
    result = run("study", "check", study, "--set", "zones.min_size=2", columns=80)
    assert result.exit_code == 0, result.output
    for line in (
        "- schools, schools.csv: 11 schools in 10 buildings",
        "- no streets: travel times are a straight-line estimate",
        "- zones-2-2to7: 2 patrol zones of 2 to 7",
        "- options.2.kind = 'no_officers' (line 8; default: zones)",
        "- zones.min_size = 2 (--set zones.min_size; default: 3)",
        "- 1 virtual school left out, with no building to patrol: Cloud School (V1)",
        "Nothing is wrong with the study.",
    ):
        assert line in result.output.splitlines()
    assert "max_size" not in result.output, "it is given as its default"


@pytest.mark.parametrize("columns", [80, 120])
def test_settings_fit_the_terminal(columns: int) -> None:
    lines = run("study", "settings", columns=columns).output.splitlines()
    assert max(map(len, lines)) <= columns
    assert not any(line.endswith(" ") for line in lines)
    assert "  any key of [zones] = as there  (default: [zones])" in lines
    assert lines.count("      Smallest number of buildings in a zone.") == 1
    assert run("study", "settings", "zone").exit_code == 2


def test_the_schema_is_written(tmp_path: Path) -> None:
    assert run("study", "schema", "--out", tmp_path / "s.json").exit_code == 0
    schema = json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))
    assert "options" in schema["properties"]
    assert run("study", "schema", "--out", tmp_path / "s.json").exit_code == 1


def test_a_picture_of_no_page_is_bad_input(tmp_path: Path) -> None:
    result = run("picture", tmp_path / "no.html")
    assert result.exit_code == 2
    assert "there is no file" in result.output
