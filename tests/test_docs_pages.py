"""The tour and the pages by role show what their commands print, and pictures drawn by a script."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
# The page for the board makes slides, a brief and a restricted comparison, which takes half a
# minute and is tested elsewhere; scripts/run_pages.py runs it too.
RUN = ("tour", "planner", "analyst", "commander")


def load_script(name: str) -> ModuleType:
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(ROOT / "scripts")
        return importlib.import_module(name)


@pytest.fixture(scope="module")
def pages() -> ModuleType:
    return load_script("run_pages")


@pytest.mark.parametrize("name", RUN)
def test_a_page_shows_what_its_commands_print(name: str, pages: ModuleType, tmp_path: Path) -> None:
    """Every command runs in order in an empty folder, as a reader would type it."""
    shown = pages.run_page(ROOT / "docs" / f"{name}.md", tmp_path)
    assert shown
    wrong = [(block.text, block.printed) for block in shown if not block.agrees]
    assert wrong == [], f"run python scripts/run_pages.py docs/{name}.md"


def test_output_that_differs_is_found(pages: ModuleType, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "`a/b.csv`:\n\n```text\nx,y\n```\n\n"
        "In `s.toml`:\n\n```toml\n[rules]\nmost_moved = 1\n```\n\n"
        "In `s.toml`:\n\n```toml\n[rules]\nmost_moved = 2\n[zones]\nnumber = 3\n```\n\n"
        '```python\nprint(open("a/b.csv").read(), open("s.toml").read())\n```\n\n'
        "```text\nx,y\n...\nnumber = 3\n```\n\n"
        "```python\nprint(1, 2)\n```\n\n```text\n1 3\n```\n\n"
        "```text\nno output: prose stands between\n```\n",
        encoding="utf-8",
    )
    folder = tmp_path / "run"
    folder.mkdir()
    first, second = pages.run_page(page, folder)
    assert first.agrees
    assert " ".join(first.printed.split()) == "x,y [rules] most_moved = 2 [zones] number = 3"
    assert not second.agrees
    page.write_text("```sh\nzoning plan nowhere\n```\n", encoding="utf-8")
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(RuntimeError, match="status 2"):
        pages.run_page(page, other)


def pictures_used() -> set[str]:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    return set(re.findall(r"!\[[^\]]*\]\(\s*(?:docs/)?images/([\w-]+)\.png\)", text))


def test_the_script_draws_every_picture_that_is_used_and_no_other() -> None:
    script = load_script("draw_docs_pictures")
    files = {path.stem for path in (ROOT / "docs" / "images").iterdir()}
    assert set(script.PICTURES) == pictures_used() == files


def test_pictures_are_small() -> None:
    """A clone and a page load them all."""
    assert sum(p.stat().st_size for p in (ROOT / "docs" / "images").iterdir()) < 800_000


def test_restricted_pages_are_pictured_of_invented_districts_alone() -> None:
    script = load_script("draw_docs_pictures")
    for name, picture in script.PICTURES.items():
        assert not (picture.restricted and picture.made_by is script.jefferson), name
