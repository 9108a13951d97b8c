"""The pages about studies: the table of settings, and examples that can be used as they stand."""

from __future__ import annotations

import importlib.util
import json
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from zoning.study.study import Study, study_schema

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
