"""Finished runs: what is read of their folders, and what changed between two of them."""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
from helpers.map_towns import ATTACKS, OPTIONS, nine_schools
from helpers.town_files import write_schools
from rich.console import Console

from zoning.cli import run_commands
from zoning.cli.run_commands import AgainRequest, DiffRequest
from zoning.cli.screen import Screen
from zoning.disclosure import PublicView, RestrictedView, public_view, restricted_view
from zoning.disclosure.releases import published_figures
from zoning.editions import RESTRICTED_MARK, Edition
from zoning.errors import OptionError, OutputError
from zoning.patrol import PatrolAssumptions
from zoning.reports import InputFile, Order, Purpose, RunSettings
from zoning.reports.run_record import run_record
from zoning.reports.tables import assignments_table, comparison_table
from zoning.response import ResponseAssumptions
from zoning.staffing import (
    StaffingComparison,
    compare_staffing,
)
from zoning.study import Study, read_study, runs
from zoning.study.differences import RunDiff, diff_runs, flat_settings, school_changes
from zoning.study.runs import Run, read_run, study_as_run
from zoning.study.toml_file import write_tables
from zoning.zones import SolverLimits, Zone, ZoneKind, ZonePlan

TWO, THREE = "zones-2", "zones-3"
RESTRICTED = Edition.RESTRICTED
DATE = datetime.date(2026, 11, 1)


@cache
def view_of(comparison: StaffingComparison, edition: Edition) -> PublicView | RestrictedView:
    return (restricted_view if edition is RESTRICTED else public_view)(comparison)


def write_run(
    folder: Path,
    comparison: StaffingComparison,
    *,
    edition: Edition = Edition.PUBLIC,
    inputs: Sequence[tuple[str, str, str]] = (),
    study: dict[str, Any] | str | None = None,
) -> Path:
    """The folder of a comparison, without pages and maps."""
    view = view_of(comparison, edition)
    files = {
        "comparison.csv": comparison_table(view),
        "assignments.csv": assignments_table(view),
    }
    text = write_tables(study, heading="a study") if isinstance(study, dict) else study
    if text is not None:
        files["study.toml"] = text.encode("utf-8")
    settings = RunSettings(
        command=("zoning", "compare"),
        inputs=tuple(InputFile(role=r, name=n, sha256=h) for r, n, h in inputs),
        calls_per_school_day=0.17,
        limits=SolverLimits(),
        patrol=PatrolAssumptions(),
        response=ResponseAssumptions(),
    )
    files["run.json"] = run_record(
        comparison,
        settings,
        edition=edition,
        purpose="comparison",
        study=text,
        files=files,
        published=published_figures(view.public),
    )
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture(scope="module")
def compared() -> StaffingComparison:
    return compare_staffing(nine_schools(ATTACKS), OPTIONS)


@pytest.fixture(scope="module")
def base(compared: StaffingComparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A public run; not to be changed."""
    return write_run(tmp_path_factory.mktemp("base") / "run", compared)


@pytest.fixture
def copied(base: Path, tmp_path: Path) -> Path:
    return shutil.copytree(base, tmp_path / "run")


def with_plan(run: Run, *zones: Zone) -> Run:
    """A run whose three zones are these."""
    return replace(run, plans={THREE: ZonePlan(zones)})


def zone(name: str, ids: str, school: str = "s1") -> Zone:
    return Zone(zone_id=name, building_ids=tuple(f"s{i}" for i in ids), high_school_id=school)


def edited(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    path = folder / "run.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    change(record)
    path.write_text(json.dumps(record), encoding="utf-8")
    return folder


def words_of(diff: RunDiff, part: str) -> list[str]:
    return list(diff.part(part)["in_words"])


# Reading.


def test_plans_and_figures_are_read_as_they_were(
    compared: StaffingComparison, base: Path, tmp_path: Path
) -> None:
    """Names that look like code or formulas come back as they are."""
    public = read_run(base)
    inside = read_run(write_run(tmp_path / "inside", compared, edition=RESTRICTED))
    for run in (public, inside):
        assert run.plans == {o.option_id: o.plan for o in compared.outcomes if o.plan is not None}
        assert list(run.building_names.values()) == list(ATTACKS)
        assert run.changed == ()
    assert public.exact_figures is None
    assert inside.exact_figures is not None
    exact = compared.outcome(TWO).figures["mean_response_s"]
    assert inside.exact_figures[TWO]["mean_response_s"] == pytest.approx(exact, abs=0.05)
    assert "median_response_s" not in inside.exact_figures["none"]
    assert [o.told for o in inside.record.options] == [o.told for o in public.record.options]


def test_a_changed_or_missing_file_is_named_and_not_used(copied: Path) -> None:
    table = copied / "assignments.csv"
    table.write_bytes(table.read_bytes().replace(b"Zone 1", b"Zone 9"))
    (copied / "comparison.csv").unlink()
    run = read_run(copied)
    assert run.changed == ("comparison.csv", "assignments.csv")
    assert run.plans == {}


def test_a_plan_of_another_run_is_refused(copied: Path) -> None:
    """Put in place with its hash, the plan still is not the one that the figures are about."""
    table = copied / "assignments.csv"
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    place = next(row for row in rows if row[3:5] == [TWO, "Zone 1"])
    place[4] = "Zone 2"
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    sha256 = hashlib.sha256(table.read_bytes()).hexdigest()
    edited(copied, lambda r: r["files"].update({"assignments.csv": sha256}))
    with pytest.raises(OptionError, match=f"the plan of {TWO} is not the one of run.json"):
        read_run(copied)


def test_plans_are_not_taken_for_other_schools(base: Path) -> None:
    fewer = nine_schools().schools.iloc[:8]
    with pytest.raises(OptionError, match="zones-2: its plan has other buildings"):
        read_run(base).solved(dict.fromkeys(read_run(base).plans, fewer))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda r: (r.pop("purpose"), r.update(command="make demo")), "purpose: it should be"),
        (lambda r: r.update(purpose="party"), r"purpose: it should be 'plan', 'improve'"),
        (lambda r: r.update(options={}), r"options: it should be a valid"),
        (lambda r: r["options"][1]["told"].update(step_s="6"), r"step_s: it should be a valid num"),
        (lambda r: r["options"][1]["told"]["figures"].update(posts=float("nan")), "finite"),
        (lambda r: r["options"][1].update(option_id="none"), "option 'none' is there twice"),
        (lambda r: r["files"].update({"../secret": "0"}), "'../secret' is no file of the folder"),
        (lambda r: r["files"].update({"a\\b": "0"}), "is no file of the folder"),
        (
            lambda r: (r["versions"].update(zoning="9.0"), r.pop("inputs")),
            r"it was written by zoning 9\.0; this is .*\n.*inputs: it is missing",
        ),
    ],
)
def test_a_record_that_cannot_be_used_says_why(
    copied: Path, change: Callable[[dict[str, Any]], object], why: str
) -> None:
    with pytest.raises(OptionError, match=why) as refused:
        read_run(edited(copied, change))
    assert refused.value.remedy.startswith("Give the folder that zoning plan")


def test_a_release_from_before_the_study_can_still_be_compared(copied: Path) -> None:
    def age(record: dict[str, Any]) -> None:
        del record["purpose"], record["study"]
        record["command"] = "zoning compare --schools town.csv"

    run = read_run(edited(copied, age))
    assert run.record.purpose == "comparison"
    assert run.release().told.keys() == {option.option_id for option in run.record.options}
    assert not diff_runs(run, read_run(copied)).changes.size


def test_every_fault_of_a_record_is_said_at_once(copied: Path) -> None:
    def spoil(record: dict[str, Any]) -> None:
        del record["date"]
        record["options"][0]["label"] = 5

    with pytest.raises(OptionError) as refused:
        read_run(edited(copied, spoil))
    assert len(refused.value.faults) == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", r"run\.json: Expecting property name"),
        ("[" * 9000, r"run\.json: its lists and tables are nested too deeply"),
        ("\udcff", "it is not UTF-8"),
        ('{"date": "\\ud800"}', r"run\.json"),
        ("[]" + " " * 300, "too large"),
        (None, r"it has no run\.json"),
    ],
)
def test_a_folder_without_a_record_is_refused(
    tmp_path: Path, text: str | None, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if text is not None:
        data = text.encode("utf-8", errors="surrogateescape")
        (tmp_path / "run.json").write_bytes(data)
        limit = 300 if text.startswith("[]") else 10_000
        monkeypatch.setattr(runs, "_LARGEST_RECORD_BYTES", limit)
    with pytest.raises(OptionError, match=why):
        read_run(tmp_path)
    with pytest.raises(OptionError, match="there is no such folder"):
        read_run(tmp_path / "nowhere")


def test_public_records_hold_no_hash_that_tells_a_secret(
    compared: StaffingComparison, tmp_path: Path
) -> None:
    """Whoever knows all but the seed of a study, or one school's events, could try them all."""
    inputs = [("study", "d.toml", "1"), ("schools", "s.csv", "2"), ("streets", "x", "3")]

    def hashes(folder: Path, comparison: StaffingComparison, edition: Edition) -> list[str | None]:
        run = read_run(write_run(folder, comparison, edition=edition, inputs=inputs))
        return [one.sha256 for one in run.record.inputs]

    schools = compared.district.schools.assign(assault_weapon_events=[0.0] * 8 + [2.0])
    events = replace(compared, district=replace(compared.district, schools=schools))
    assert hashes(tmp_path / "a", compared, Edition.PUBLIC) == [None, "2", "3"]
    assert hashes(tmp_path / "b", events, Edition.PUBLIC) == [None, None, "3"]
    assert hashes(tmp_path / "c", compared, RESTRICTED) == ["1", "2", "3"]


# Differences.


def test_a_run_does_not_differ_from_itself(base: Path) -> None:
    diff = diff_runs(read_run(base), read_run(base))
    assert diff.changes.empty
    assert "no difference was found" in str(diff)
    assert not diff.restricted


def test_settings_are_named_by_their_keys(compared: StaffingComparison, tmp_path: Path) -> None:
    (tmp_path / "town.csv").write_bytes(b"")
    one: dict[str, Any] = {
        "schools": {"file": "../town.csv"},
        "zones": {"max_size": 7, "dedicated": ["a", "b"]},
        "options": [{"name": "north", "number": 3}, {"name": "south", "number": 4}],
        "patrol": {"dwell_minutes": 12},
    }
    other: dict[str, Any] = {
        "withheld": ["patrol.dwell_minutes"],
        "schools": {"file": "../../town.csv"},
        "zones": {"max_size": 8, "objective": "worst", "dedicated": ["b", "c", "d"]},
        "options": [{"name": "south", "number": 5}, {"name": "north", "number": 3}],
    }
    a = read_run(write_run(tmp_path / "a", compared, study=one))
    b = write_run(tmp_path / "deep" / "b", compared, study=other)
    diff = diff_runs(a, read_run(b))
    assert words_of(diff, "setting") == [
        "zones.max_size: 7 -> 8",
        'zones.dedicated: without "a", with "c", with "d"',
        "options.south.number: 4 -> 5",
        'zones.objective: the default (patrol) -> "worst"',
    ]
    assert (
        f"{b}: withheld from its public files, so not compared: patrol.dwell_minutes."
        in diff.remarks
    )


def test_numbers_with_their_unit_are_numbers(compared: StaffingComparison, tmp_path: Path) -> None:
    """As ``--time-limit 60`` gives them, and a planner who writes "12 min"."""
    one = {"solver": {"time_limit_seconds": 60}, "rules": {"longest_drive_minutes": 12}}
    other = {"solver": {"time_limit_seconds": "60"}, "rules": {"longest_drive_minutes": "12 min"}}
    a, b = (write_run(tmp_path / name, compared, study=s) for name, s in (("a", one), ("b", other)))
    assert words_of(diff_runs(read_run(a), read_run(b)), "setting") == []
    other["rules"]["longest_drive_minutes"] = "90 s"
    c = write_run(tmp_path / "c", compared, study=other)
    words = words_of(diff_runs(read_run(a), read_run(c)), "setting")
    assert words == ["rules.longest_drive_minutes: 12 -> 1.5"]


def test_a_study_that_no_run_wrote_stops_nothing(base: Path, copied: Path) -> None:
    """Such tables have no file of schools, and withhold nothing; they are still compared."""
    study = {"district": 5, "withheld": "x", "options": [{"name": ["\x1b[31m"]}, 3]}
    edited(copied, lambda r: r.update(study=study))
    run = read_run(copied)
    assert run.withheld == ()
    assert words_of(diff_runs(run, run), "setting") == []
    edited(base_of := shutil.copytree(base, copied / "b"), lambda r: r.update(study={}))
    assert "district: 5 -> the default" in words_of(diff_runs(run, read_run(base_of)), "setting")


def test_defaults_of_another_version_are_compared(base: Path, copied: Path) -> None:
    def older(record: dict[str, Any]) -> None:
        record["versions"]["zoning"] = "0.0.9"
        record["parameters"]["costs"]["officer_year_usd"] = 140_000.0

    diff = diff_runs(read_run(edited(copied, older)), read_run(base))
    cost = "parameters.costs.officer_year_usd: 140000.0 -> 150000.0"
    assert words_of(diff, "setting") == [cost]
    assert words_of(diff, "version")[0].startswith("zoning: 0.0.9 -> ")


def test_tables_without_clear_names_go_by_number() -> None:
    same = {"options": [{"name": "a", "zones": 1}, {"name": "a", "zones": 2}]}
    assert [key for key, _ in flat_settings(same)][1::2] == ["options.1.zones", "options.2.zones"]
    assert dict(flat_settings({"a": [], "b": [1, 2]})) == {"a": [], "b": [1, 2]}


def test_files_are_compared_by_hash(compared: StaffingComparison, tmp_path: Path) -> None:
    one = [("schools", "a.csv", "1"), ("streets", "x.gpkg", "2"), ("rules", "r", "3")]
    other = [("schools", "b.csv", "1"), ("streets", "y.gpkg", "9"), ("today", "t.csv", "4")]
    a = read_run(write_run(tmp_path / "a", compared, inputs=one))
    b = read_run(write_run(tmp_path / "b", compared, inputs=other))
    assert words_of(diff_runs(a, b), "file") == [
        "streets: x.gpkg -> y.gpkg",
        "rules: r is left out",
        "today: t.csv is read too",
    ]


def test_moved_buildings_and_zones_are_named(base: Path) -> None:
    run = read_run(base)
    before = with_plan(run, zone("A", "012"), zone("B", "345"), zone("C", "678", "s8"))
    after = with_plan(run, zone("A", "0123", "s8"), zone("N", "45"), zone("C", "678", "s8"))
    diff = diff_runs(before, after)
    assert words_of(diff, "building") == [f"{ATTACKS[3]} (s3): B -> A"]
    assert words_of(diff, "zone") == [
        f"A: high school {ATTACKS[1]} (s1) -> {ATTACKS[8]} (s8)",
        "B is called N",
    ]
    posts = Zone(zone_id="P", building_ids=("s5",), kind=ZoneKind.DEDICATED)
    other = with_plan(run, zone("A", "01234"), zone("C", "678", "s8"), posts)
    assert words_of(diff_runs(before, other), "building") == [
        f"{ATTACKS[3]} (s3): B -> A",
        f"{ATTACKS[4]} (s4): B -> A",
        f"{ATTACKS[5]} (s5): B -> its own officer",
    ]
    assert words_of(diff_runs(before, other), "zone") == ["B is dissolved"]
    back = diff_runs(other, before)
    assert "B is new" in words_of(back, "zone")
    assert f"{ATTACKS[3]} (s3): A -> B (new)" in words_of(back, "building")
    called = [
        Zone(zone_id="On call", building_ids=ids, kind=ZoneKind.ON_CALL, officers=0)
        for ids in (("s4",), ("s4", "s5"))
    ]
    without, floating = (with_plan(run, zone("A", "0123"), of) for of in called)
    assert diff_runs(floating, floating).changes.empty
    told = words_of(diff_runs(before, floating), "building")
    assert f"{ATTACKS[5]} (s5): B -> On call (new)" in told
    assert words_of(diff_runs(without, floating), "zone") == []


def test_many_zones_under_other_names_are_one_sentence(base: Path) -> None:
    run = read_run(base)
    before = with_plan(run, *(zone(f"Zone {k}", str(k)) for k in range(5)))
    after = with_plan(run, *(zone(f"Zone {k + 1}", str(k)) for k in range(5)))
    ((_, sentences),) = diff_runs(before, after).sections()
    assert sentences == [
        "5 zones under another name: Zone 0 is Zone 1, Zone 1 is Zone 2, Zone 2 is Zone 3, "
        "Zone 3 is Zone 4, Zone 4 is Zone 5"
    ]
    moved = with_plan(run, zone("Zone 1", "0123"), zone("Zone 2", "4"))
    one = with_plan(run, zone("Zone 1", "34"), zone("Zone 2", "012"))
    assert words_of(diff_runs(one, moved), "building") == [
        f"{ATTACKS[3]} (s3): Zone 1 -> Zone 1 (was Zone 2)"
    ]


def test_plans_of_different_schools_are_compared(base: Path) -> None:
    """A school that closed, and one that opened, are told from those that moved."""
    run = read_run(base)
    diff = diff_runs(with_plan(run, zone("A", "01234")), with_plan(run, zone("A", "1234x")))
    assert words_of(diff, "building") == [
        f"{ATTACKS[0]} (s0): A -> not in that run",
        "sx (sx): not in that run -> A",
    ]


def with_figures(run: Run, *, exact: bool, **figures: float) -> Run:
    """A restricted run with these figures of three zones, or those of a public one."""
    if exact:
        record = replace(run.record, edition=RESTRICTED)
        return replace(run, record=record, exact_figures={THREE: figures})
    options = [
        replace(option, told=replace(option.told, figures=figures)) for option in run.record.options
    ]
    return replace(run, record=replace(run.record, options=tuple(options[2:3])))


def test_figures_differ_only_where_they_are_written_differently(base: Path) -> None:
    run = read_run(base)
    before = {"annual_cost_usd": 600_000.0, "mean_response_s": 241.0, "aligned_share": 0.5}
    after = {"annual_cost_usd": 600_000.4, "mean_response_s": 236.0, "aligned_share": 0.75}
    for exact in (True, False):
        diff = diff_runs(
            with_figures(run, exact=exact, **before), with_figures(run, exact=exact, **after)
        )
        assert words_of(diff, "figure") == [
            "Mean response: 4.0 min -> 3.9 min (0.1 min less)",
            "Schools in their feeder's zone: 50 % -> 75 % (25 points more)",
        ]
        assert diff.restricted == exact
        assert diff.part("figure")["after"].tolist() == [236.0, 0.75]


def test_only_figures_that_both_runs_show_are_compared(base: Path) -> None:
    run = read_run(base)
    one = with_figures(run, exact=True, posts=3.0, worst_building_response_s=400.0)
    other = with_figures(run, exact=True, posts=4.0, p90_response_s=300.0)
    assert words_of(diff_runs(one, other), "figure") == ["Officers on duty: 3 -> 4 (1 more)"]
    near = with_figures(run, exact=True, mean_response_s=242.9)
    over = with_figures(run, exact=True, mean_response_s=243.1)
    assert words_of(diff_runs(near, over), "figure") == ["Mean response: 4.0 min -> 4.1 min"]


def test_a_public_run_is_not_compared_in_restricted_figures(
    compared: StaffingComparison, base: Path, tmp_path: Path
) -> None:
    """Exact figures differ from published ones by rounding alone, which is no difference."""
    inside = read_run(write_run(tmp_path / "a", compared, edition=RESTRICTED))
    diff = diff_runs(read_run(base), inside)
    assert diff.changes.empty
    assert diff.restricted  # it names the settings of a restricted run
    assert any("the published figures are compared" in remark for remark in diff.remarks)


def test_options_whose_id_follows_a_setting_are_compared(base: Path, copied: Path) -> None:
    def rename(record: dict[str, Any]) -> None:
        del record["files"]["assignments.csv"]
        record["options"][1]["option_id"] = "zones-2-3to5"
        record["options"][2].update(option_id="zones-4", label="4 patrol zones")
        record["options"][2]["zoning"]["zones_asked"] = 4
        record["options"][1]["told"]["figures"]["posts"] = 5.0

    diff = diff_runs(read_run(base), read_run(edited(copied, rename)))
    assert words_of(diff, "option") == ["3 patrol zones is left out", "4 patrol zones is new"]
    assert diff.part("figure")["option_id"].tolist() == ["zones-2 -> zones-2-3to5"]


def test_a_run_that_asked_for_the_best_of_a_range_is_read(base: Path, copied: Path) -> None:
    def ask(record: dict[str, Any]) -> None:
        record["options"][1].update(option_id="zones-from2to4")
        record["options"][1]["zoning"]["zones_asked"] = [2, 4]
        del record["files"]["assignments.csv"]

    folder = edited(copied, ask)
    asked = [
        option.zoning.zones_asked for option in read_run(folder).record.options if option.zoning
    ]
    assert asked[:1] == [(2, 4)]
    assert "2 patrol zones is left out" in words_of(
        diff_runs(read_run(base), read_run(folder)), "option"
    )


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"status": "feasible", "gap": 0.0123}, "optimal -> gap 1.3 %"),
        ({"status": "feasible", "gap": 0.013}, "optimal -> gap 1.3 %"),
        ({"status": "infeasible", "zones": None, "gap": None}, "optimal -> no plan"),
    ],
)
def test_a_proof_is_compared_as_it_is_published(
    base: Path, copied: Path, answer: dict[str, Any], said: str
) -> None:
    edited(copied, lambda r: r["options"][2]["zoning"].update(answer))
    assert words_of(diff_runs(read_run(base), read_run(copied)), "proof") == [f"zones: {said}"]


def test_plans_without_a_table_differ_by_their_hash(base: Path, copied: Path) -> None:
    (copied / "assignments.csv").unlink()
    edited(copied, lambda r: r["options"][1]["told"].update(plan_sha256="0"))
    diff = diff_runs(read_run(base), read_run(copied))
    assert (
        f"zones-2: the plans differ; {copied} has no assignments.csv to say where." in diff.remarks
    )
    assert f"{copied}: changed or missing since the run, so not compared: assignments.csv." in (
        diff.remarks
    )


def test_schools_are_compared_cell_by_cell() -> None:
    before = nine_schools(ATTACKS).schools
    after = before.iloc[1:].rename({"s8": "s9"})
    after.loc["s2", "enrollment"] = 7.5
    after.loc["s3", "enrollment"] = float("nan")
    told = [change.in_words for change in school_changes(before, after)]
    was = f"{before['enrollment']['s2']:g}", f"{before['enrollment']['s3']:g}"
    assert told == [
        f"{ATTACKS[0]} (s0) is not in the list",
        f"{ATTACKS[8]} (s8) is not in the list",
        f"{ATTACKS[2]} (s2): enrollment {was[0]} -> 7.5",
        f"{ATTACKS[3]} (s3): enrollment {was[1]} -> blank",
        f"{ATTACKS[8]} (s9) is new in the list",
    ]
    assert list(school_changes(before, before)) == []


# Repeating. A run is made here as the command makes it, without pages.


def execute(study: Study, folder: Path, *, edition: Edition = Edition.PUBLIC) -> Path:
    opened = study.open()
    order = Order(
        purpose=Purpose.COMPARISON, edition=edition, date=study.settings.output.date or DATE
    )
    read = [InputFile.read(path, role=role, name=path.name) for role, path in opened.files]
    return write_run(
        folder,
        opened.compare(),
        edition=edition,
        inputs=[("study", "d.toml", "0"), *((r.role, r.name, r.sha256) for r in read)],
        study=study_as_run(study, folder, order),
    )


def again(screen: Screen, folder: Path, **options: Any) -> None:
    run_commands.again(screen, AgainRequest(folder=folder, **options))


def diff(screen: Screen, before: str, after: str, **options: Any) -> None:
    run_commands.diff(screen, DiffRequest(before=Path(before), after=Path(after), **options))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a list of schools, and a public and a restricted run of one study."""
    home = tmp_path_factory.mktemp("town")
    write_schools(home / "town.csv")
    tables = {
        "schools": {"file": "town.csv"},
        "patrol": {"dwell_minutes": 14},
        "options": [{"kind": "one_per_campus"}],
    }
    study = Study.from_tables(tables, folder=home)
    execute(study, home / "public")
    execute(study, home / "inside", edition=RESTRICTED)
    return home


@pytest.fixture
def moved(town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, to work in, where a run is repeated without pages."""

    def repeat(_: Screen, study: Study, run: Run, out: Path, *, force: bool) -> None:
        assert not force
        execute(study, out, edition=run.record.edition)

    monkeypatch.setattr(run_commands, "repeat", repeat)
    shutil.copytree(town, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def screen() -> Screen:
    made = Screen()
    made.out = Console(file=io.StringIO(), width=200)
    return made


def printed(screen: Screen) -> str:
    return cast("io.StringIO", screen.out.file).getvalue()


@pytest.mark.usefixtures("moved")
def test_a_run_is_repeated_to_the_byte(screen: Screen) -> None:
    """Another study in the folder is none of the run's."""
    files = list(Path("inside").iterdir())
    Path("inside", "other.toml").write_text("zones.number = 9\n", encoding="utf-8")
    again(screen, Path("inside"))
    assert "The same to the byte as in inside: 2 files" in printed(screen)
    for path in files:
        assert path.read_bytes() == Path("inside-again", path.name).read_bytes()


def test_a_list_outside_the_folder_is_found_through_the_study_one_folder_up(
    moved: Path, screen: Screen
) -> None:
    """The public study names it without its folder."""
    (moved / "lists").mkdir()
    (moved / "town.csv").rename(moved / "lists" / "town.csv")
    (moved / "work").mkdir()
    study = moved / "work" / "district.toml"
    study.write_text(
        'schools = "../lists/town.csv"\n[[options]]\nkind = "one_per_campus"\n', encoding="utf-8"
    )
    execute(read_study(study), moved / "work" / "run")
    assert "lists" not in (moved / "work" / "run" / "study.toml").read_text(encoding="utf-8")
    again(screen, Path("work/run"))
    assert "The same to the byte as in work/run: 2 files" in printed(screen)
    assert "schools.file" not in printed(screen)
    repeated = (moved / "work" / "run-again" / "study.toml").read_text(encoding="utf-8")
    assert repeated == (moved / "work" / "run" / "study.toml").read_text(encoding="utf-8")
    with (moved / "lists" / "town.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    with pytest.raises(OptionError, match=r"lists/town\.csv is not the file that was read"):
        again(screen, Path("work/run"), out=Path("work/third"))


@pytest.mark.usefixtures("moved")
def test_a_public_run_asks_for_what_it_withholds(screen: Screen) -> None:
    text = Path("public/study.toml").read_text(encoding="utf-8")
    assert "14" not in text
    assert RESTRICTED_MARK not in text
    assert RESTRICTED_MARK in Path("inside/study.toml").read_text(encoding="utf-8")
    assert "dwell_minutes" in text
    with pytest.raises(OptionError, match=r"patrol\.dwell_minutes is withheld\n.*--set KEY=VALUE"):
        again(screen, Path("public"))
    again(screen, Path("public"), changes=("patrol.dwell_minutes=14",))
    assert "The same to the byte as in public: 2 files" in printed(screen)


def test_files_that_changed_are_named_before_anything_is_computed(
    moved: Path, screen: Screen
) -> None:
    text = (moved / "town.csv").read_text(encoding="utf-8")
    changed = text.replace("38.05", "38.07", 1).replace("Elm", "Oak")
    (moved / "town.csv").write_text(changed, encoding="utf-8")
    with pytest.raises(OptionError, match=r"schools .*town\.csv is not the file that was read"):
        again(screen, Path("inside"))
    again(screen, Path("inside"), out=Path("deep/now"), changed_inputs=True)
    said = printed(screen)
    assert "Changed since the run" in said
    assert "schools: town.csv was changed" in said
    assert "Not as in inside: assignments.csv" in said
    assert "its list of schools is not compared: schools town.csv is not the" in said
    assert "schools.file" not in said  # the same file, seen from another folder


def test_changed_schools_are_compared_where_both_lists_are_there(
    moved: Path, screen: Screen
) -> None:
    text = (moved / "town.csv").read_text(encoding="utf-8")
    (moved / "new.csv").write_text(text.replace("Elm", "Oak"), encoding="utf-8")
    again(
        screen,
        Path("inside"),
        changes=("schools.file=new.csv",),
        changed_inputs=True,
    )
    said = printed(screen)
    assert "Elm Elementary" in said
    diff(screen, "inside", "inside-again", out=moved / "d.csv")
    with (moved / "d.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["in_words"] for row in rows if row["part"] == "school"] == [
        "Oak Elementary (E5): name Elm Elementary -> Oak Elementary"
    ]
    assert {row["edition"] for row in rows} == {"restricted"}
    assert (moved / "d.csv").stat().st_mode & 0o077 == 0
    with pytest.raises(OutputError, match="exists"):
        diff(screen, "inside", "inside-again", out=moved / "d.csv")
    with pytest.raises(OptionError, match=r"does not end in \.csv"):
        diff(screen, "inside", "inside-again", out=moved / "d.pdf")


def test_files_that_moved_are_named(moved: Path, screen: Screen) -> None:
    (moved / "town.csv").rename(moved / "schools.csv")
    with pytest.raises(OptionError, match=r"town\.csv is not there\n.*--set schools\.file=FILE"):
        again(screen, Path("inside"))
    again(screen, Path("inside"), changes=("schools.file=schools.csv",))
    said = printed(screen)
    assert 'schools.file: "../town.csv" -> "../schools.csv"' in said


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda path: path.unlink(), "study.toml is missing or was changed"),
        (lambda path: path.write_text("[zones]\nnumber = 4\n"), "missing or was changed"),
    ],
)
def test_a_study_that_was_changed_is_no_run_to_repeat(
    moved: Path, screen: Screen, spoil: Callable[[Path], object], why: str
) -> None:
    spoil(moved / "inside" / "study.toml")
    with pytest.raises(OptionError, match=why):
        again(screen, Path("inside"))


def test_a_run_without_a_study_cannot_be_repeated(base: Path, screen: Screen) -> None:
    with pytest.raises(OptionError, match=r"it has no study\.toml"):
        again(screen, base)
