"""What patrol settings, wishes, keys and days tell whom: looked for as somebody who means harm."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from helpers.bell_towns import school_table
from helpers.map_towns import ATTACKS
from typer.testing import CliRunner

import zoning.patrol.key as key_module
from zoning import PatrolKey, PatrolKeyError, read_patrol_key
from zoning.cli import app
from zoning.cli.patrol_words import PLANNED_DAYS, key_notices
from zoning.disclosure import public_view
from zoning.disclosure.audit import Verdict, audit, read_facts
from zoning.disclosure.releases import published_figures
from zoning.editions import Edition
from zoning.patrol import PatrolAssumptions, PatrolSchedule, SchoolDay, WishedPresence
from zoning.patrol.day_problem import PresenceKind
from zoning.patrol.school_day import make_school_day
from zoning.patrol.term import PatrolTerm, plan_rotation
from zoning.patrol.working_day import QUICK
from zoning.reports import RunSettings
from zoning.reports.patrol.calendar_files import DatedStop, calendar_file
from zoning.reports.patrol.patrol_files import calendar_names
from zoning.reports.patrol.predictability import predictability_page
from zoning.reports.run_record import LEFT_OUT, LIBRARY_DEFAULTS, WITHHELD, InputFile, run_record
from zoning.response import ResponseAssumptions
from zoning.roads.travel.travel_times import TravelTimes
from zoning.staffing import StaffingComparison
from zoning.staffing.precision import FEW_PATROLLED, MIN_PATROLLED, withheld_columns
from zoning.zones import SolverLimits, Zone, ZoneKind, ZonePlan

HOURS = {"officer_hours", "overtime_hours", "overtime_cost_usd"}
LUNCHES = {"lunches_met", "lunches_wished"}
STOP = DatedStop(
    day=date(2026, 9, 18), officer="Zone 1", place="Ash High", arrival_s=27_000, departure_s=27_720
)


# The public edition.


def record_with(compared: StaffingComparison, edition: Edition, *roles: str) -> Any:
    settings = RunSettings(
        command=("zoning", "compare"),
        inputs=tuple(InputFile(role=r, name=f"{r}.csv", sha256=f"hash of {r}") for r in roles),
        calls_per_school_day=0.17,
        limits=SolverLimits(),
        patrol=PatrolAssumptions(),
        response=ResponseAssumptions(),
    )
    told = published_figures(public_view(compared))
    return json.loads(
        run_record(
            compared, settings, edition=edition, purpose="comparison", files={}, published=told
        )
    )


def test_no_public_record_confirms_a_guess_of_the_wishes(compared: StaffingComparison) -> None:
    """A few weights and days: the hash of a table of them can be tried in a moment."""
    roles = ("wishes", "wanted", "school calendar")
    public = record_with(compared, Edition.PUBLIC, *roles)
    hashes = {read["role"]: read["sha256"] for read in public["inputs"]}
    assert hashes["wishes"] == hashes["wanted"] == LEFT_OUT
    assert hashes["school calendar"] == "hash of school calendar"
    assert public["parameters"]["patrol"] == WITHHELD  # wishes are settings of one's own
    plain = record_with(compared, Edition.PUBLIC, "school calendar")
    assert plain["parameters"]["patrol"] == LIBRARY_DEFAULTS
    inside = record_with(compared, Edition.RESTRICTED, *roles)
    assert [read["sha256"] for read in inside["inputs"]] == [f"hash of {r}" for r in roles]


def option(
    buildings: int, *, lunches: int = 0, day: SchoolDay | None = None, **assumed: Any
) -> Any:
    """An option whose officers patrol so many buildings, the first of which wish lunches."""
    ids = tuple(f"{k:02d}" for k in range(buildings))
    wished = [
        WishedPresence(building_id=i, kind=kind, open_s=27_000, close_s=28_800)
        for kind, of in ((PresenceKind.ARRIVAL, ids), (PresenceKind.LUNCH, ids[:lunches]))
        for i in of
    ]
    columns = {*HOURS, *LUNCHES, "arrivals_met", "annual_patrol_m", "annual_cost_usd"}
    return SimpleNamespace(
        plan=ZonePlan((Zone(zone_id="Zone 1", building_ids=ids),)),
        schedule=PatrolSchedule(
            days=(),
            assumptions=PatrolAssumptions(**assumed),
            school_day=day or SchoolDay(presences=tuple(wished)),
        ),
        response=None,
        figures=dict.fromkeys(columns, 1.0),
        withheld_jointly=frozenset(),
        calls_are_counted=False,
        is_overloaded=False,
    )


def test_presences_that_few_schools_wish_are_withheld() -> None:
    """Lunches met: 0 of 2 tells of both high schools of a district, however large it is."""
    assert withheld_columns(option(30, lunches=2)) == LUNCHES
    assert withheld_columns(option(30, lunches=MIN_PATROLLED - 1)) == LUNCHES
    assert not withheld_columns(option(30, lunches=MIN_PATROLLED))
    assert "Presences of a kind" in FEW_PATROLLED


def test_lunches_at_schools_with_their_own_officers_are_no_secret() -> None:
    fixed = option(30, lunches=2)
    posts = (
        Zone(zone_id=f"Post {i}", building_ids=(i,), kind=ZoneKind.DEDICATED) for i in ("00", "01")
    )
    others = Zone(zone_id="Zone 1", building_ids=tuple(f"{k:02d}" for k in range(2, 30)))
    fixed.plan = ZonePlan((*posts, others))
    assert not withheld_columns(fixed)


@pytest.mark.parametrize("own", [{"base": "07"}, {"shift_s": 27_000}, {"dwell_s": 600}])
def test_hours_do_not_tell_the_patrol_settings(own: dict[str, Any]) -> None:
    """Somebody who tries every school as the base compares hours: of 11 all 11 differed.

    Where all days are longer than a shift, hours without overtime over officers are the shift.
    """
    assert withheld_columns(option(30, **own)) == {*HOURS, "annual_patrol_m"}
    assert not withheld_columns(option(30))


def test_wishes_of_single_schools_count_as_settings_of_ones_own() -> None:
    buildings = pd.DataFrame(
        {
            "arrival_bells_s": [(27_000,)] * 30,
            "dismissal_bells_s": [(54_000,)] * 30,
            "level": "elementary",
        },
        index=[f"{k:02d}" for k in range(30)],
    )
    wishes = pd.DataFrame({"least_visits": [3]}, index=["04"])
    for given, withheld in ((None, set()), (wishes, {*HOURS, "annual_patrol_m"})):
        day = make_school_day(buildings, assumptions=PatrolAssumptions(), wishes=given)
        assert withheld_columns(option(30, day=day)) == withheld


# The audit.


def test_a_calendar_file_is_found_by_its_mark(tmp_path: Path) -> None:
    """Its lines are folded and its commas escaped, so the mark does not stand there as written."""
    pytest.importorskip("icalendar")
    for folded in ("Zone 1", "A zone with a name so long that the line of the mark is folded"):
        path = tmp_path / "officer.ics"
        stop = replace(STOP, officer=folded)
        path.write_bytes(calendar_file([stop], time_zone="America/New_York", title=folded))
        assert audit(path).verdict is Verdict.RESTRICTED
        # An event that was passed on, without the name of the calendar.
        data = path.read_bytes().split(b"\r\n")
        path.write_bytes(b"\r\n".join(li for li in data if b"NAME:" not in li))
        assert audit(path).verdict is Verdict.RESTRICTED


def test_a_memo_is_held_against_the_days_of_a_term(tmp_path: Path) -> None:
    """The folder of zoning patrol has no record of a run; its visits are those that are driven."""
    towns = ("Ash", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Iris", "Jasmine")
    names = [f"{town} High" for town in towns]
    rows = ["day,zone_id,officer_id,stop,activity,building_id,name,arrival,departure,edition"]
    times = np.random.default_rng(7).permutation(9 * 3600)[:40] + 25_200
    for k, at in enumerate(sorted(times.tolist())):
        clock = [f"{t // 3600:02d}:{t // 60 % 60:02d}:{t % 60:02d}" for t in (at, at + 600)]
        day, one = 1 + k % 2, k % 10
        rows.append(f"{day},Z,Z,{k},visit,B{one},{names[one]},{','.join(clock)},restricted")
    folder = tmp_path / "patrol"
    folder.mkdir()
    (folder / "visits.csv").write_text("\n".join(rows) + "\n")
    memo = tmp_path / "memo.txt"
    visits = list(csv.DictReader(io.StringIO("\n".join(rows))))[::2][:12]
    memo.write_text("".join(f"{v['name']} at {v['arrival'][:5]}\n" for v in visits))
    facts = read_facts(folder)
    assert audit(memo, against=facts).verdict is Verdict.RESTRICTED
    memo.write_text("".join(f"{v['name']} at 07:{k:02d}\n" for k, v in enumerate(visits)))
    assert not audit(memo, against=facts).findings


# The key, and what is drawn with it.


@pytest.fixture
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(key_module.KEY_VARIABLE, raising=False)
    monkeypatch.setattr(key_module, "user_config_path", lambda *_, **__: tmp_path / "me" / "config")


@pytest.mark.usefixtures("_own_folder")
def test_no_key_lies_in_a_folder_that_is_handed_on(tmp_path: Path) -> None:
    study, results = tmp_path / "study", tmp_path / "study" / "results"
    results.mkdir(parents=True)
    link = tmp_path / "link.key"
    link.symlink_to(results / "real.key")
    for place in (study / "a.key", study / "keys" / "a.key", results / "a.key", link):
        with pytest.raises(PatrolKeyError, match="a folder that is shared"):
            read_patrol_key(place, shared=[study, results])
    assert not list(study.rglob("*.key"))
    assert read_patrol_key(tmp_path / "elsewhere" / "a.key", shared=[study, results]).is_new
    # A study in the home folder, which holds the user's own settings too.
    with pytest.raises(PatrolKeyError, match="a folder that is shared"):
        read_patrol_key(tmp_path / "a.key", shared=[tmp_path])
    assert read_patrol_key(shared=[tmp_path]).is_new


@pytest.mark.usefixtures("_own_folder")
def test_the_command_refuses_a_key_with_its_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = tmp_path / "study"
    study.mkdir()
    (study / "town.csv").write_text(
        "school_id,name,level,latitude,longitude,bell_start,bell_end\n"
        "A,Ash,high,38.05,-85.70,07:40,14:20\nB,Birch,middle,38.05,-85.68,07:40,14:20\n"
    )
    (study / "plan.csv").write_text("building_id,zone_id\nA,Z\nB,Z\n")
    lines = '[schools]\nfile = "town.csv"\n[plan]\nfile = "plan.csv"\n[patrol]\nkey = "{}"\n'
    monkeypatch.setenv("HOME", str(study))
    for named, place in (("my.key", "my.key"), ("~/my.key", "my.key"), ("keys/k", "keys/k")):
        (study / "district.toml").write_text(lines.format(named))
        found = CliRunner(env={"COLUMNS": "500"}).invoke(
            app, ["patrol", "term", str(study / "district.toml")]
        )
        assert found.exit_code != 0
        assert str(study / place) in found.output + found.stderr
        assert "folder that is shared" in found.output + found.stderr
    assert {p.name for p in study.iterdir()} == {"town.csv", "plan.csv", "district.toml"}


def test_nobody_without_the_key_knows_on_which_day_a_school_has_no_officer() -> None:
    """Whoever plans the rotation from public inputs had 59 of 60 windows without an officer."""
    bells = {"A": ("08:00", "15:00"), "B": ("08:00", "15:00"), "C": ("08:00", "15:00")}
    far = 1_500 * (1 - np.eye(3, dtype=np.int64))
    keys = (PatrolKey(hashlib.sha256(text).digest()) for text in (b"one", b"two"))
    public, drawn, other = (
        plan_rotation(
            ZonePlan((Zone(zone_id="Z", building_ids=("A", "B", "C")),)),
            school_table(bells),
            TravelTimes.from_array(far.tolist(), list(bells)),
            days=12,
            effort=QUICK,
            key=key,
        )
        for key in (None, *keys)
    )
    turns = [met_by_day(term) for term in (public, drawn, other)]
    assert len(set(turns[0])) > 1
    for shuffled in turns[1:]:
        assert sorted(shuffled) == sorted(turns[0])  # as fair as before
        assert shuffled != turns[0]
    assert turns[1] != turns[2]


def met_by_day(term: PatrolTerm) -> list[tuple[str, ...]]:
    table = term.presences()
    met = table[table["met"]]
    words = met["building_id"] + " " + met["kind"]
    return [tuple(sorted(words[met["day"] == day])) for day in term.schedules]


def test_days_that_can_be_known_are_said_to_be() -> None:
    key = PatrolKey(bytes(np.random.default_rng(3).permutation(256)[:32].astype(np.uint8)))

    def said(key: PatrolKey | None, days: Sequence[Any]) -> str:
        return " ".join(key_notices(key, None, days))

    assert "whoever watches them once knows them" in said(key, [1, 2])
    assert "whoever watches" not in said(key, [date(2026, 9, 18)])
    assert PLANNED_DAYS in said(None, [date(2026, 9, 18)])


def test_the_id_of_an_event_tells_no_time() -> None:
    pytest.importorskip("icalendar")

    def ids(stop: DatedStop) -> set[bytes]:
        data = calendar_file([stop], time_zone="America/New_York", title="Zone 1")
        return {line for line in data.splitlines() if line.startswith(b"UID")}

    moved = replace(STOP, arrival_s=30_000, departure_s=31_000, place="Elm High")
    assert ids(STOP) == ids(moved) != set()


# Names that mean harm.


def test_hostile_zones_stay_in_the_folder_and_on_the_page() -> None:
    ids = ("../../evil", "/etc/passwd", "a\nb", "CON", "x" * 300, *ATTACKS)
    names = calendar_names(ids)
    assert len(set(names.values())) == len(ids)
    for name in names.values():
        assert not set(name) & set('/\\\n\r:*?"<>|\0\u2028\u202e')
        assert len(name.encode()) < 200
    table = pd.DataFrame(
        {
            "zone_id": ATTACKS[2],
            "buildings": [3, 3],
            "floor": 1 / 3,
            "extra_driving": [np.nan, 0.1],
            "chance": [0.7, 0.4],
            "undisturbed": [0.9, 0.5],
            "driving_s": [3600.0, 3700.0],
            "driving_m": [9000.0, 9100.0],
        }
    )
    page = predictability_page(table, district=ATTACKS[2] + ATTACKS[3], watched_days=20)
    assert "<script" not in page
    assert "<img" not in page
