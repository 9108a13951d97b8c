"""The pages about studies: the table of settings, and examples that can be used as they stand."""

from __future__ import annotations

import importlib.util
import json
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from zoning.patrol import PresenceKind, plan_patrols
from zoning.patrol.working_day import QUICK
from zoning.study.study import Study, read_study, study_schema

ROOT = Path(__file__).resolve().parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
EXAMPLES = [
    (page.name, block)
    for page in PAGES
    for block in re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)
]


def load_script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_settings_is_made_of_their_definitions() -> None:
    script = load_script("write_settings_page")
    assert script.PAGE.read_text(encoding="utf-8") == script.settings_page(), (
        "run python scripts/write_settings_page.py"
    )


def test_the_page_of_tables_is_made_of_their_definitions() -> None:
    script = load_script("write_record_tables")
    assert script.PAGE.read_text(encoding="utf-8") == script.tables_page(), (
        "run python scripts/write_record_tables.py"
    )


def test_there_are_examples_to_check() -> None:
    assert any("[[options]]" in block for _, block in EXAMPLES)


@pytest.mark.parametrize(("page", "block"), EXAMPLES)
def test_every_example_of_a_study_is_one(page: str, block: str) -> None:
    tables = tomllib.loads(block)
    if "schools" not in tables and "district" not in tables:
        tables["district"] = {"data": "jefferson"}  # an example of some sections only
    assert Study.from_tables(tables), page


@pytest.mark.parametrize(("page", "block"), EXAMPLES)
def test_the_schema_accepts_every_example(page: str, block: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    tables = json.loads(json.dumps(tomllib.loads(block), default=str))
    check = jsonschema.Draft202012Validator(study_schema())
    assert [one.message for one in check.iter_errors(tables)] == [], page


def test_the_page_of_patrol_days_shows_what_its_town_gives(tmp_path: Path) -> None:
    """The files of the page are read as they stand, and the plan meets what the page prints."""
    page = (ROOT / "docs" / "patrols.md").read_text(encoding="utf-8")
    names = ("schools", "zones", "wishes", "own timetable", "calendar", "wanted")
    tables = re.findall(r"```text\n(\w+,\w.*?)```", page, flags=re.DOTALL)
    for name, text in zip(names, tables, strict=True):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    first, wishes, term = re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL)
    study = tmp_path / "district.toml"
    for more in ("wishes", "wanted"):
        section = wishes if more == "wishes" else term
        study.write_text(first + section, encoding="utf-8")
        inputs = read_study(study).open(review=True)
        assert getattr(inputs, more) is not None
    assert inputs.calendar is not None
    assert len(inputs.calendar.school_days) == 10
    times, by_hour = inputs.patrol_travel()
    schools = inputs.district.schools
    schedule = plan_patrols(inputs.reviewed, schools, times, times_by_hour=by_hour, effort=QUICK)
    for kind in PresenceKind:
        met, wished = schedule.count_presences(kind)
        assert f"- {kind}: an officer is there at {met} of {wished}" in page
