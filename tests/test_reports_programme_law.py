"""The reports that law asks for: editions, hostile names in every file, the same bytes."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import date
from functools import cache
from html import unescape
from html.parser import HTMLParser
from io import BytesIO
from itertools import cycle
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from helpers.map_towns import ATTACKS
from typer.testing import CliRunner, Result

from zoning.cli import app
from zoning.disclosure.audit import Verdict, audit
from zoning.due import DueItem, due_table
from zoning.editions import RECORDS_MARK, Edition
from zoning.programme.board_report import (
    OPEN,
    BoardFigure,
    Part,
    figures_of_goals,
    figures_of_option,
    make_board_report,
)
from zoning.programme.law import check_campuses, read_approvals
from zoning.programme.yearly_report import make_yearly_report
from zoning.reports.office_files import one_line
from zoning.reports.programme.law_files import FILES, SLIDES, LawReports, report_names
from zoning.staffing.state_law import LAW_NOT_CHECKED
from zoning.study.runs import PublishedFigures, RunOption
from zoning.zones import Zone, ZoneKind, ZonePlan

pptx = pytest.importorskip("pptx", reason="python-pptx is not installed: no slides are made")

DAY = date(2026, 11, 2)
TAGS = {
    *("html", "head", "meta", "link", "title", "style", "body", "main", "p", "header", "h1", "h2"),
    *("section", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "div", "b"),
}
ATTRIBUTES = {
    *("lang", "charset", "http-equiv", "content", "name", "rel", "href", "class", "scope", "role"),
    *("aria-label", "aria-multiline", "contenteditable"),
}


@cache
def hostile(edition: Edition, *, roster: bool = True) -> LawReports:
    """Every word that may come from a table is an attack."""
    from helpers.bell_towns import school_table  # noqa: PLC0415

    schools = school_table(dict.fromkeys("ABC", ("07:30", "14:20")))
    schools["name"] = ATTACKS[:3]
    plan = ZonePlan(
        (
            Zone(zone_id=ATTACKS[3], building_ids=("A",), kind=ZoneKind.DEDICATED),
            Zone(zone_id=ATTACKS[4], building_ids=("B", "C")),
        )
    )
    approvals = pd.DataFrame(
        {
            "school": ["B"],
            "approved_until": [date(2027, 6, 30)],
            "approved_by": [ATTACKS[5]],
            "reference": [ATTACKS[6]],
            "arrangement": [ATTACKS[7]],
        }
    )
    officers = pd.DataFrame(
        {
            "officer_id": [ATTACKS[3], ATTACKS[8]],
            "employment": [ATTACKS[2], ATTACKS[4]],
            "funding": [ATTACKS[4], ATTACKS[3]],
            "post": [ATTACKS[3], ATTACKS[4]],
            "certified_until": [date(2026, 1, 1), None],
            "building_ids": [("A",), ("B", "C")],
            "why_not": [ATTACKS[6], None],
        }
    )
    campuses = check_campuses(
        schools,
        plan,
        on=DAY,
        state="KY",
        approvals=read_approvals(approvals, schools),
        officers=officers if roster else None,
    )
    figures = [
        BoardFigure(part=part, label=attack, value=attack, source=attack, restricted=False)
        for attack, part in zip(ATTACKS, cycle(Part), strict=False)
    ]
    duties = [
        DueItem(due=DAY, alarm_from=DAY, duty=a, of=a, remedy=a, source=a, restricted=k % 2 == 0)
        for k, a in enumerate(ATTACKS)
    ]
    return LawReports(
        district=ATTACKS[3],
        on=DAY,
        edition=edition,
        campuses=campuses,
        yearly=make_yearly_report(officers, schools["name"].to_dict(), on=DAY, state="KY"),
        board=make_board_report(figures, district=ATTACKS[3], on=DAY, since=date(2025, 11, 2)),
        due=due_table(duties, DAY),
        notices=ATTACKS,
    )


def text_of(page: bytes) -> str:
    body = page.decode()
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body[body.index("<body>") :])).split())


@pytest.mark.parametrize("edition", list(Edition))
@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".html")])
def test_pages_run_nothing_and_ask_for_nothing(name: str, edition: Edition) -> None:
    page = hostile(edition).write(name)
    tags: set[str] = set()
    attributes: set[str] = set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.add(tag)
            attributes.update(key for key, _ in attrs)

    Reader().feed(page.decode())
    assert tags <= TAGS
    assert attributes <= ATTRIBUTES
    assert b"http://" not in page
    assert b"https://" not in page
    said = text_of(page)
    assert all(" ".join(one_line(attack).split()) in said for attack in ATTACKS)
    assert (RECORDS_MARK in said) == (edition is Edition.RESTRICTED)
    assert ("RESTRICTED: " in page.decode().split("</title>")[0]) == (edition is Edition.RESTRICTED)


@pytest.mark.parametrize("edition", list(Edition))
def test_tables_hold_no_formula_and_are_marked(edition: Edition) -> None:
    for name in report_names(edition, officers=True):
        if not name.endswith(".csv"):
            continue
        rows = list(csv.reader(io.StringIO(hostile(edition).write(name).decode())))
        assert len(rows) > 1, name
        assert not [cell for row in rows for cell in row if cell[:1] in "=+@\t\r" and cell], name
        if edition is Edition.RESTRICTED:
            assert {row[-1] for row in rows[1:]} == {"restricted"}


@pytest.mark.parametrize("edition", list(Edition))
def test_slides_show_names_as_typed_and_leave_room_for_staff(edition: Edition) -> None:
    data = hostile(edition).write(SLIDES)
    slides = pptx.Presentation(BytesIO(data)).slides
    texts = []
    for slide in slides:
        assert not slide.part.rels or all(not rel.is_external for rel in slide.part.rels.values())
        for shape in slide.shapes:
            if shape.has_text_frame:
                texts.append(shape.text_frame.text)
            if shape.has_table:
                texts += [cell.text for row in shape.table.rows for cell in row.cells]
    said = "\n".join(texts)
    for part in Part:
        assert f"[Open: staff fill this in] {OPEN[part]}" in said
    assert ATTACKS[3] in said
    assert (RECORDS_MARK in said) == (edition is Edition.RESTRICTED)


def test_public_files_tell_of_no_officer_and_no_campus() -> None:
    public, inside = hostile(Edition.PUBLIC), hostile(Edition.RESTRICTED)
    assert set(report_names(Edition.RESTRICTED, officers=True)) - set(
        report_names(Edition.PUBLIC, officers=True)
    ) == {"placement.csv", "campuses.csv"}
    secret = replace(
        public,
        board=make_board_report(
            [
                BoardFigure(part=Part.NEEDS, label="open", value="1", source="s", restricted=False),
                BoardFigure(part=Part.NEEDS, label="vacancy-42", value="42", source="s"),
            ],
            district="Town",
            on=DAY,
        ),
        due=due_table(
            [
                DueItem(due=DAY, alarm_from=DAY, duty="training", of="officer-42"),
                DueItem(due=DAY, alarm_from=DAY, duty="report", restricted=False),
            ],
            DAY,
        ),
        notices=(),
        district="Town",
    )
    for name in report_names(Edition.PUBLIC, officers=True, slides=False):
        text = secret.write(name).decode()
        assert "42" not in text.replace("#1a2128", ""), name
        assert "officer-42" not in text
        for word in (ATTACKS[0], ATTACKS[1], ATTACKS[6], ATTACKS[8]):
            assert word not in unescape(text), name  # names of campuses, reasons, ids
    assert (
        "vacancy-42"
        in replace(secret, edition=Edition.RESTRICTED).write("board_report.html").decode()
    )
    # The counts of the public page do not change with who is on the roster.
    without = replace(hostile(Edition.PUBLIC, roster=False), notices=())
    for name in ("campus_counts.csv", "campuses.html"):
        told = replace(public, notices=()).write(name)
        assert re.sub(rb"<li>By the plan alone[^<]*</li>", b"", without.write(name)) == told
    assert b"officer_id" in inside.write("campuses.csv")


def test_the_audit_knows_restricted_files(tmp_path: Path) -> None:
    for edition in Edition:
        folder = tmp_path / edition
        folder.mkdir()
        for name in report_names(edition, officers=True):
            (folder / name).write_bytes(hostile(edition).write(name))
            found = audit(folder / name)
            is_marked = found.verdict is Verdict.RESTRICTED
            assert is_marked == (edition is Edition.RESTRICTED), (name, found)


def test_the_audit_knows_what_was_copied_from_restricted_files_into_public_ones(
    tmp_path: Path,
) -> None:
    """Without the mark, and inside a file that was public: its words sound restricted."""
    inside, public = hostile(Edition.RESTRICTED), hostile(Edition.PUBLIC)
    copied = b"".join(
        b"".join(line.removesuffix(b",restricted") + b"\n" for line in part.splitlines())
        for part in (inside.write("campuses.csv"), inside.write("placement.csv"))
    ).replace(b",edition\n", b"\n")
    for name in report_names(Edition.PUBLIC, officers=True, slides=False):
        path = tmp_path / name
        told = public.write(name)
        is_page = name.endswith(".html")
        comment = b"<!--" + copied.replace(b">", b"") + b"-->"
        path.write_bytes(told.replace(b"</main>", comment + b"</main>") if is_page else told)
        if not is_page:
            path.write_bytes(told + copied)
        found = audit(path)
        assert found.verdict is Verdict.HINT, (name, found)
        assert "single officers, posts and campuses" in str(found)


@pytest.mark.parametrize("edition", list(Edition))
def test_the_same_reports_give_the_same_bytes(edition: Edition) -> None:
    hostile.cache_clear()
    first = {n: hostile(edition).write(n) for n in report_names(edition, officers=True)}
    hostile.cache_clear()
    assert {n: hostile(edition).write(n) for n in report_names(edition, officers=True)} == first


def test_goals_and_options_are_figures_of_the_report() -> None:
    goals = pd.DataFrame(
        {
            "goal": ["Fewer fights", "More time"],
            "value": [0.42, float("nan")],
            "low": [0.3, float("nan")],
            "high": [0.5, float("nan")],
            "direction": ["at most", "at least"],
            "target": [0.4, 0.2],
            "state": ["not clear", "no value"],
            "source": ["records", ""],
            "measure": ["rate", "officer time"],
            "exposure_unit": ["student-days", None],
            "per": [1e5, 1.0],
        }
    )
    (goal,) = figures_of_goals(goals)
    assert (goal.part, goal.restricted) == (Part.PROGRESS, True)
    assert goal.value == (
        "not clear: 0.42 (0.3 to 0.5) per 100,000 student-days, target at most 0.4"
    )
    share = goals[:1].assign(measure="given", exposure_unit=float("nan"))
    assert next(figures_of_goals(share)).value == (
        "not clear: 42\xa0% (30\xa0% to 50\xa0%), target at most 40\xa0%"
    )
    # 2 of a target of 0 or 1 is no percentage, and 1,234 is not 1.23e+03.
    for value, target, shown in ((2.0, 0.0, "2, target at most 0"), (1234.0, 1.0, "1,234, target")):
        given = share.assign(value=value, target=target, low=float("nan"))
        assert f": {shown}" in next(figures_of_goals(given)).value


def test_text_that_turns_its_surroundings_is_marked() -> None:
    """After U+202E a figure reads backwards (Unicode Standard Annex 9, section 2.2)."""
    assert one_line("a\u202eb \u2067c") == "a\ufffdb \ufffdc"
    assert one_line("\u05d0\u200f 12") == "\u05d0\u200f 12"


def test_figures_of_an_option_are_told_in_its_units() -> None:
    values = {"officers": 35.0, "annual_cost_usd": 5_250_000.0, "mean_response_s": float("nan")}
    told = {one.label: one.value for one in figures_of_option("30 zones", values)}
    assert told == {"Officers employed": "35", "Cost a year": "$5.25 M"}


# The commands.

SCHOOLS = """school_id,name,level,latitude,longitude,enrollment,bell_start,bell_end
A,Ash High,high,38.05,-85.70,900,07:40,14:20
B,Birch Middle,middle,38.05,-85.68,500,07:40,14:20
C,Cedar Elementary,elementary,38.06,-85.69,300,09:05,15:45
E,Elm Elementary,elementary,37.98,-85.69,280,09:05,15:45
"""
FILES_OF_STUDY = {
    "town.csv": SCHOOLS,
    "plan.csv": "building_id,zone_id,kind\nA,North,dedicated\nB,Mid,patrol\nC,Mid,patrol\n"
    "E,South,dedicated\n",
    "officers.csv": "officer_id,employment,funding,post,certified_until\n"
    "O1,agency contract,city,North,2027-06-30\nO2,agency contract,city,South,2026-01-31\n",
    "approvals.csv": "school,approved_until,reference,arrangement\nB,2026-11-30,12/2025,patrol\n",
    "faulty.csv": "school,approved_until,reference,arrangement\nB,,12/2025,patrol\n"
    "X,2027-01-01,1,p\n",
}
BASE = '[schools]\nfile = "town.csv"\n[plan]\nfile = "plan.csv"\n[district]\nname = "Town"\n'
LAW = 'state = "KY"\n[law]\napprovals = "approvals.csv"\nlast_board_report = 2025-11-02\n'
ROSTER = '[roster]\nofficers = "officers.csv"\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("town")
    studies = {
        "study.toml": f"{BASE}{LAW}manual_complete = 2026-07-15\n{ROSTER}",
        "early.toml": f"{BASE}{LAW}{ROSTER}",
        "bare.toml": '[schools]\nfile = "town.csv"\n[district]\nname = "Town"\nstate = "KY"\n',
        "indiana.toml": f'{BASE}state = "IN"\n',
        "faulty.toml": f"{BASE}{LAW}{ROSTER}".replace("approvals.csv", "faulty.csv"),
    }
    for name, text in (FILES_OF_STUDY | studies).items():
        (made / name).write_text(text, encoding="utf-8")
    return made


def run(*words: object) -> Result:
    return CliRunner(env={"COLUMNS": "300"}).invoke(app, list(map(str, words)))


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_every_duty_is_in_one_list(folder: Path, tmp_path: Path) -> None:
    result = run("due", folder / "study.toml", "--on", "2026-11-02", "--out", tmp_path / "all")
    assert result.exit_code == 0, result.output
    assert RECORDS_MARK in result.stdout
    rows = rows_of(tmp_path / "all" / "due.csv")
    assert [row["state"] for row in rows] == sorted(
        (row["state"] for row in rows), key=["overdue", "due now", "later"].index
    )
    assert {(row["due"], row["of"]) for row in rows} >= {
        ("2026-01-31", "O2"),  # the roster
        ("2022-08-01", "C"),
        ("2022-08-01", "E"),  # a post, but nobody who may stand there
        ("2026-11-30", "B"),
        ("2026-11-01", ""),
        ("2026-11-02", ""),  # a year after the last report to the board
        ("2028-07-15", ""),
    }
    public = run(
        *("due", folder / "study.toml", "--on", "2026-11-02", "--edition", "public"),
        *("--out", tmp_path / "public", "--strict-exit"),
    )
    assert public.exit_code == 4, public.output
    assert not {"O2", "B", "C", "E"} & {
        word for row in rows_of(tmp_path / "public" / "due.csv") for word in row.values()
    }
    assert "of" not in rows_of(tmp_path / "public" / "due.csv")[0]
    assert "O2" not in public.stdout
    assert "Left out: what is due for single officers and campuses." in public.stdout
    later = run(
        *("due", folder / "bare.toml", "--on", "2026-08-01", "--out", tmp_path / "bare"),
        *("--strict-exit", "--set", "law.manual_required=false"),
    )
    assert later.exit_code == 0, later.output


def test_reports_are_public_unless_asked_otherwise(folder: Path, tmp_path: Path) -> None:
    result = run(
        "staff", "report", folder / "study.toml", "--on", "2026-11-02", "--out", tmp_path / "p"
    )
    assert result.exit_code == 0, result.output
    assert {one.name for one in (tmp_path / "p").iterdir()} == set(
        report_names(Edition.PUBLIC, officers=True)
    )
    totals = rows_of(tmp_path / "p" / "yearly_report.csv")
    assert totals == [{"employment": "agency contract", "funding": "city", "officers": "2"}]
    counts = {r["standing"]: r["campuses"] for r in rows_of(tmp_path / "p" / "campus_counts.csv")}
    assert counts == {
        "officer on site full time": "2",
        "arrangement approved": "1",
        "neither": "1",
    }
    inside = run(
        *("staff", "report", folder / "study.toml", "--on", "2026-11-02"),
        *("--edition", "restricted", "--out", tmp_path / "r"),
    )
    assert inside.exit_code == 0, inside.output
    standing = {r["name"]: r["standing"] for r in rows_of(tmp_path / "r" / "campuses.csv")}
    assert standing["Elm Elementary"] == "neither"
    assert (tmp_path / "r").stat().st_mode & 0o077 == 0
    # Neither edition replaces the other: files of one alone are in the way.
    again = run(
        *("staff", "report", folder / "study.toml", "--on", "2026-11-02", "--force"),
        *("--out", tmp_path / "r"),
    )
    assert again.exit_code == 1
    assert "campuses.csv is of an earlier run" in again.stderr


def test_without_roster_plan_or_a_known_state(folder: Path, tmp_path: Path) -> None:
    bare = run(
        "staff", "report", folder / "bare.toml", "--on", "2026-11-02", "--out", tmp_path / "b"
    )
    assert bare.exit_code == 0, bare.output
    assert not (tmp_path / "b" / "yearly_report.html").exists()
    page = (tmp_path / "b" / "campuses.html").read_bytes()
    assert "it is not known which campus has an officer all day" in text_of(page)
    counts = rows_of(tmp_path / "b" / "campus_counts.csv")
    assert {r["standing"]: r["campuses"] for r in counts}["not checked"] == "4"
    indiana = run(
        "staff", "report", folder / "indiana.toml", "--on", "2026-11-02", "--out", tmp_path / "i"
    )
    assert indiana.exit_code == 0, indiana.output
    said = text_of((tmp_path / "i" / "campuses.html").read_bytes())
    assert LAW_NOT_CHECKED in said
    assert "Kentucky" not in said
    assert "What yearly report state law asks for was not checked." in indiana.stdout


def test_the_report_to_the_board_shows_a_compared_option(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = PublishedFigures(
        plan_sha256=None, step_s=6.0, figures={"annual_cost_usd": 5_250_000.0}, groups={}
    )
    option = RunOption(option_id="zones-30", label=ATTACKS[3], zoning=None, told=told)
    run_of = SimpleNamespace(record=SimpleNamespace(options=(option,)))
    run_of.require_comparison = lambda: run_of
    monkeypatch.setattr("zoning.study.runs.read_run", lambda _: run_of)
    words = ("staff", "report", folder / "bare.toml", "--on", "2026-11-02", "--from", tmp_path)
    result = run(*words, "--option", "zones-30", "--out", tmp_path / "o")
    assert result.exit_code == 0, result.output
    page = (tmp_path / "o" / "board_report.html").read_bytes()
    assert "$5.25 M the comparison: <img src=x" in text_of(page)
    assert "computed, not measured" in text_of(page)
    for wrong in ((), ("--option", "zones-31")):
        result = run(*words, *wrong, "--out", tmp_path / "w")
        assert result.exit_code == 2
        assert "Give --option with one of zones-30" in result.stderr
    assert not (tmp_path / "w").exists()


def test_faults_and_posting_before_the_manual(folder: Path, tmp_path: Path) -> None:
    bad = run("due", folder / "faulty.toml", "--on", "2026-11-02", "--out", tmp_path / "x")
    assert bad.exit_code == 2
    assert "row 2: approved_until is empty" in bad.stderr
    assert "row 3: building_id 'X'" in bad.stderr
    assert not (tmp_path / "x").exists()
    # The faults of every part come together.
    given = {"review.file": folder / "town.csv", "programme.goals": folder / "plan.csv"}
    words = [word for key, path in given.items() for word in ("--set", f"{key}={path}")]
    all_parts = run("due", folder / "faulty.toml", "--on", "2026-11-02", *words)
    assert all_parts.exit_code == 2
    for said in ("row 2: approved_until is empty", "town.csv", "plan.csv"):
        assert said in all_parts.stderr
    early = run("staff", "check", folder / "early.toml", "--on", "2026-11-02", "--strict-exit")
    assert early.exit_code == 4, early.output
    assert "Nobody may be posted yet" in early.stdout
    fine = run("staff", "check", folder / "study.toml", "--on", "2026-11-02")
    assert "Nobody may be posted yet" not in fine.stdout
    old = run("due", folder / "study.toml", "--on", "0001-01-01")
    assert old.exit_code == 2
    assert "--on 0001-01-01 is not between" in old.stderr
    lost = run("staff", "report", folder / "study.toml", "--option", "zones-2")
    assert lost.exit_code == 2
    assert "--from" in lost.stderr
