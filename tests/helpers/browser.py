"""The system's Chromium, driven for tests: what a page asked for and complained of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from zoning.maps.browser import NAMES, browser_session, find_browser


@dataclass
class Opened:
    """A page, the addresses it requested, and its errors, warnings and dialogs."""

    page: Any
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def text(self, selector: str) -> str:
        return str(self.page.locator(selector).first.text_content())


@contextmanager
def chromium() -> Iterator[Any]:
    """The browser; skips the test where there is none."""
    need_chromium()
    with browser_session() as browser:
        yield browser


def need_chromium() -> None:
    """Skip the test where there is no browser, without starting one."""
    pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pages are not opened"
    )
    if find_browser() is None:
        pytest.skip(f"no browser on this machine ({', '.join(NAMES)}): pages are not opened")


@contextmanager
def blank_page(browser: Any, *, width: int = 1366, height: int = 768) -> Iterator[Opened]:
    """An empty page that records requests, console messages, errors and dialogs."""
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_default_timeout(5000)
    opened = Opened(page)
    page.on("request", lambda request: opened.requests.append(request.url))
    page.on("console", lambda message: opened.complaints.append(message.text))
    page.on("pageerror", lambda error: opened.complaints.append(str(error)))

    def refuse(dialog: Any) -> None:
        opened.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.on("dialog", refuse)
    try:
        yield opened
    finally:
        page.close()


@contextmanager
def file_page(
    browser: Any, path: Path, *, width: int = 1366, height: int = 768
) -> Iterator[Opened]:
    """A file opened from disk, as a reader opens it."""
    with blank_page(browser, width=width, height=height) as opened:
        opened.page.goto(path.as_uri())
        yield opened
