"""Finished runs: what is read of their folders, and what changed between two of them."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from helpers.map_towns import ATTACKS, OPTIONS, nine_schools

from zoning.disclosure import PublicView, RestrictedView, public_view, restricted_view
from zoning.disclosure.releases import published_figures
from zoning.editions import Edition
from zoning.errors import OptionError
from zoning.patrol import PatrolAssumptions
from zoning.reports import InputFile, RunSettings, StudyAsRun
from zoning.reports.run_record import run_record
from zoning.reports.tables import assignments_table, comparison_table
from zoning.response import ResponseAssumptions
from zoning.staffing import (
    CostAssumptions,
    OnePerCampus,
    PatrolZones,
    SolvedZones,
    StaffingComparison,
    compare_staffing,
)
from zoning.study import runs
from zoning.study.differences import RunDiff, diff_runs, flat_settings, school_changes
from zoning.study.runs import read_run
from zoning.zones import SolverLimits, Status, Zone, ZonePlan

TWO, THREE = "zones-2", "zones-3"
RESTRICTED = Edition.RESTRICTED


@cache
def view_of(comparison: StaffingComparison, edition: Edition) -> PublicView | RestrictedView:
    return (restricted_view if edition is RESTRICTED else public_view)(comparison)


def write_run(
    folder: Path,
    comparison: StaffingComparison,
    *,
    edition: Edition = Edition.PUBLIC,
    inputs: Sequence[tuple[str, str, str]] = (),
    study: dict[str, Any] | None = None,
    withheld: tuple[str, ...] = (),
) -> Path:
    """The folder of a comparison, without pages and maps."""
    view = view_of(comparison, edition)
    files = {
        "comparison.csv": comparison_table(view),
        "assignments.csv": assignments_table(view),
    }
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
        study=None if study is None else StudyAsRun(text="", tables=study, withheld=withheld),
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


def with_plan(compared: StaffingComparison, *zones: Zone) -> StaffingComparison:
    """Three zones with another plan, not solved for."""
    solved = {THREE: SolvedZones(plan=ZonePlan(zones), status=Status.FEASIBLE, gap=0.0123)}
    times = compared.patrol_times, compared.emergency_times
    return compare_staffing(compared.district, [PatrolZones(zones=3)], times=times, solved=solved)


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
        read_run(base).solved(fewer)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda r: r.pop("purpose"), r"run\.json: purpose: it is missing"),
        (lambda r: r.update(purpose="party"), r"purpose: it should be 'plan', 'comparison'"),
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
    assert hashes(tmp_path / "c", events, RESTRICTED) == ["1", "2", "3"]


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
        "zones": {"max_size": 7},
        "options": [{"id": "north", "zones": 3}, {"id": "south", "zones": 4}],
        "patrol": {"dwell_minutes": 12},
    }
    other: dict[str, Any] = {
        "schools": {"file": "../../town.csv"},
        "zones": {"max_size": 8, "objective": "worst"},
        "options": [{"id": "south", "zones": 5}, {"id": "north", "zones": 3}],
    }
    a = read_run(write_run(tmp_path / "a", compared, study=one))
    b = write_run(tmp_path / "deep" / "b", compared, study=other, withheld=("patrol",))
    diff = diff_runs(a, read_run(b))
    assert words_of(diff, "setting") == [
        "zones.max_size: 7 -> 8",
        "options.south.zones: 4 -> 5",
        'zones.objective: the default -> "worst"',
    ]
    assert f"{b}: withheld from its public files, so not compared: patrol." in diff.remarks


def test_tables_without_clear_names_go_by_number() -> None:
    same = {"options": [{"id": "a", "zones": 1}, {"id": "a", "zones": 2}]}
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
    assert a.changed_inputs([InputFile(role="schools", name="c.csv", sha256="8")]) == [
        "schools c.csv is not the file that was read",
        "streets x.gpkg is missing",
        "rules r is missing",
    ]


def test_moved_buildings_and_zones_are_named(compared: StaffingComparison, tmp_path: Path) -> None:
    def zone(name: str, ids: str, school: str = "s1") -> Zone:
        return Zone(zone_id=name, building_ids=tuple(f"s{i}" for i in ids), high_school_id=school)

    a = with_plan(compared, zone("A", "012"), zone("B", "345"), zone("C", "678", "s8"))
    b = with_plan(compared, zone("A", "0123", "s8"), zone("N", "45"), zone("C", "678", "s8"))
    diff = diff_runs(read_run(write_run(tmp_path / "a", a)), read_run(write_run(tmp_path / "b", b)))
    assert words_of(diff, "building") == [f"{ATTACKS[3]} (s3): B -> A"]
    assert words_of(diff, "zone") == [
        f"A: high school {ATTACKS[1]} (s1) -> {ATTACKS[8]} (s8)",
        "B is called N",
    ]


def test_plans_of_different_schools_are_compared(base: Path, tmp_path: Path) -> None:
    district = nine_schools(ATTACKS)
    fewer = replace(district, schools=district.schools.iloc[:6])
    diff = diff_runs(
        read_run(base), read_run(write_run(tmp_path / "b", compare_staffing(fewer, OPTIONS[:2])))
    )
    gone = [words for words in words_of(diff, "building") if words.endswith("-> not in that run")]
    assert len(gone) == 3
    assert words_of(diff, "option") == [
        "3 patrol zones is left out",
        "One officer per campus is left out",
    ]


def test_figures_differ_only_where_they_are_written_differently(
    compared: StaffingComparison, base: Path, tmp_path: Path
) -> None:
    costs = CostAssumptions(officer_year_usd=150_000.2, equipment_usd=61_000.0)
    times = compared.patrol_times, compared.emergency_times
    other = compare_staffing(compared.district, [OnePerCampus()], costs=costs, times=times)
    inside, both = (
        read_run(write_run(tmp_path / name, of, edition=RESTRICTED))
        for name, of in (("a", compared), ("b", other))
    )
    said = ["One-time cost: $660,000 -> $671,000 ($11,000 more)"]
    exact = diff_runs(inside, both)
    assert words_of(exact, "figure") == said
    assert exact.restricted
    public = diff_runs(read_run(base), both)
    assert words_of(public, "figure") == said
    assert not public.restricted
    assert any("the published figures are compared" in remark for remark in public.remarks)


def test_a_public_run_is_not_compared_in_restricted_figures(
    compared: StaffingComparison, base: Path, tmp_path: Path
) -> None:
    """Exact figures differ from published ones by rounding alone, which is no difference."""
    inside = read_run(write_run(tmp_path / "a", compared, edition=RESTRICTED))
    assert diff_runs(read_run(base), inside).changes.empty


def test_options_whose_id_follows_a_setting_are_compared(
    compared: StaffingComparison, base: Path, tmp_path: Path
) -> None:
    times = compared.patrol_times, compared.emergency_times
    options = [PatrolZones(zones=2, max_size=5), PatrolZones(zones=4, min_size=2)]
    other = compare_staffing(compared.district, options, times=times)
    diff = diff_runs(read_run(base), read_run(write_run(tmp_path / "b", other)))
    assert words_of(diff, "option") == [
        "No district officers is left out",
        "3 patrol zones is left out",
        "One officer per campus is left out",
        "4 patrol zones of 2 to 7 is new",
    ]


def test_a_proof_is_compared_as_it_is_published(
    compared: StaffingComparison, base: Path, tmp_path: Path
) -> None:
    plan = compared.outcome(THREE).plan
    assert plan is not None
    for edition in Edition:
        run = write_run(tmp_path / edition, with_plan(compared, *plan.zones), edition=edition)
        diff = diff_runs(read_run(base), read_run(run))
        assert words_of(diff, "proof") == ["zones: optimal -> gap 1.3 %"]
        assert diff.part("building").empty


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
