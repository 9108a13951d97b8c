"""The notebooks explain each cell and hold no outputs; the build of the documentation runs them."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> nbformat.NotebookNode:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


@each
def test_stored_without_outputs(path: Path) -> None:
    for cell in read(path).cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@each
def test_nothing_in_a_notebook_keeps_it_from_being_run_as_a_reader_runs_it(path: Path) -> None:
    """Metadata and tags could skip a cell, or allow its errors and warnings, in the build."""
    notebook = read(path)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"
    assert all(cell.metadata == {} for cell in notebook.cells)


@each
def test_every_code_cell_is_explained(path: Path) -> None:
    kinds = [cell.cell_type for cell in read(path).cells]
    assert kinds[0] == "markdown"
    assert all(before == "markdown" for before, kind in pairwise(kinds) if kind == "code")


def test_the_build_of_the_documentation_runs_every_notebook_strictly() -> None:
    page = (DOCS / "notebooks.md").read_text("utf-8")
    listed = re.findall(r"<notebooks/(\w+)>$", page, re.MULTILINE)
    assert sorted(listed) == [path.stem for path in NOTEBOOKS]
    assert sorted(re.findall(r"\(notebooks/(\w+)\.ipynb\)", page)) == sorted(listed)

    set_to = settings(DOCS / "conf.py")
    assert "myst_nb" in set_to["extensions"]
    assert set_to["nb_execution_mode"] == "cache"
    assert set_to["nb_execution_raise_on_error"] is True
    assert set_to["nb_output_stderr"] == "error"
    assert "nb_execution_excludepatterns" not in set_to

    make = (ROOT / "Makefile").read_text("utf-8")
    _, recipe = re.search(r"^docs: (.*)\n((?:\t.*\n)+)", make, re.MULTILINE).groups()  # type: ignore[union-attr]
    assert "--fail-on-warning" in recipe


def settings(path: Path) -> dict[str, Any]:
    """Read the constants that a file of settings gives names."""
    found = {}
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                found[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                found[node.targets[0].id] = node.value
    return found
