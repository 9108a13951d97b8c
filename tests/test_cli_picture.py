"""``zoning picture``: a page as PNG or PDF, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.browser import need_chromium
from typer.testing import CliRunner, Result

from zoning.cli.commands import app

PAGE = "<!DOCTYPE html><html lang='en'><title>A page</title><p>Zone 7</p></html>"


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["picture", *(str(word) for word in words)])


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.html"
    path.write_text(PAGE, encoding="utf-8")
    return path


@pytest.mark.slow
@pytest.mark.browser
def test_a_page_becomes_a_picture_of_the_size_asked_for_and_a_pdf(page: Path) -> None:
    need_chromium()
    done = run(page, "--width", 300, "--height", 200, "--scale", 2)
    assert done.exit_code == 0, done.output
    png = (page.parent / "page.png").read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(png[16:20]), int.from_bytes(png[20:24])) == (600, 400)
    assert run(page, "--out", page.parent / "page.pdf").exit_code == 0
    assert (page.parent / "page.pdf").read_bytes().startswith(b"%PDF-")


def test_nothing_is_overwritten_unasked(page: Path) -> None:
    there = page.parent / "page.png"
    there.write_bytes(b"mine")
    refused = run(page)
    assert refused.exit_code == 1
    assert "page.png exists" in refused.stderr.replace("\n", "")
    assert there.read_bytes() == b"mine"


def test_another_ending_is_refused(page: Path) -> None:
    refused = run(page, "--out", page.parent / "page.gif")
    assert refused.exit_code == 2
    assert "page.gif ends in neither .png nor .pdf" in refused.stderr
