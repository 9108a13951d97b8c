"""The notebooks run from top to bottom, explain each cell and hold no outputs."""

from __future__ import annotations

import importlib
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def read(path: Path) -> nbformat.NotebookNode:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


def test_there_is_a_notebook() -> None:
    assert "staffing_options.ipynb" in {path.name for path in NOTEBOOKS}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_without_outputs(path: Path) -> None:
    for cell in read(path).cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
        assert cell.metadata == {}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_code_cell_is_explained(path: Path) -> None:
    kinds = [cell.cell_type for cell in read(path).cells]
    assert kinds[0] == "markdown"
    assert all(before == "markdown" for before, kind in pairwise(kinds) if kind == "code")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs_from_top_to_bottom(path: Path) -> None:
    """An error in a cell fails here with its traceback."""
    importlib.import_module("matplotlib.font_manager")
    notebook = read(path)
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(FOLDER)}}).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    warned = [
        output["text"] for cell in code for output in cell.outputs if output.get("name") == "stderr"
    ]
    assert warned == []
    if path.stem == "staffing_options":
        page = code[-1].outputs[-1]["data"]["text/html"]
        assert "<iframe" in page
        assert "zoning-data" in page
    else:
        pictures = [o for cell in code for o in cell.outputs if "image/png" in o.get("data", {})]
        assert (
            len(pictures)
            == {"trade_offs": 3, "patrol_days": 1, "running_the_programme": 1}[path.stem]
        )
