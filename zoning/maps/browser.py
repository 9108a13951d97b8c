"""Render pages to PNG and PDF in a browser without a network.

The system's Chromium or Chrome is driven; none is ever downloaded.
"""

from __future__ import annotations

import os
import re
import shutil
import struct
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from zoning.errors import OutputError, first_few

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES: Final = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
)
"""Supported browsers, by executable name."""

# Installation paths on macOS and Windows, where browsers are not on the PATH.
_MAC_APPLICATIONS = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_WINDOWS_FOLDERS = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
_WINDOWS_PROGRAMS = (
    "Google/Chrome/Application/chrome.exe",
    "Chromium/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
)
_TIMEOUT_MS = 60_000
_MAX_PIXELS = 16_384  # the largest side of a picture that Chromium renders
_DRAWN = """async () => {
  await document.fonts.ready;
  for (let k = 0; k < 2; k++) await new Promise((done) => requestAnimationFrame(done));
}"""
_MARKS = "nodes => nodes.map((node) => node.content)"
_PNG_START = b"\x89PNG\r\n\x1a\n"
_PDF_DATE = re.compile(rb"(/(?:Creation|Mod)Date\s*)\(D:[^)]*\)")
_NO_DATE = b"D:19800101000000+00'00'"
_FOOT = '<div style="width:100%;font:bold 8px sans-serif;text-align:center;color:#000">{mark}</div>'

Paper = Literal["Letter", "Legal", "Tabloid", "A4", "A3"]
_T = TypeVar("_T")


def find_browser() -> Path | None:
    """Find the system's Chromium, Chrome or Edge; None if there is none."""
    mac = (Path("/Applications") / name for name in _MAC_APPLICATIONS)
    windows = (
        Path(folder) / program
        for variable in _WINDOWS_FOLDERS
        if (folder := os.environ.get(variable))
        for program in _WINDOWS_PROGRAMS
    )
    on_path = (Path(found) for name in NAMES if (found := shutil.which(name)))
    return next(on_path, next((path for path in (*mac, *windows) if path.is_file()), None))


@contextmanager
def browser_session() -> Iterator[Browser]:
    """Start the system's browser without a window, and close it afterwards.

    Raises `OutputError` if playwright is not installed, there is no browser, or it does not start.
    """
    try:
        from playwright.sync_api import Error, sync_playwright  # noqa: PLC0415
    except ImportError as error:
        raise OutputError(
            "drawing a page in a browser needs the package playwright\n"
            "Install it with: pip install 'zoning[png]'"
        ) from error
    found = find_browser()
    if found is None:
        raise OutputError(
            f"no browser on this machine: looked for {', '.join(NAMES)}\n"
            "Install Chromium or Google Chrome, for example with: apt-get install chromium"
        )
    # Chromium's sandbox does not run as root, the usual user in containers.
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as driver:
        try:
            browser = driver.chromium.launch(
                executable_path=found, args=["--no-sandbox"] if as_root else []
            )
        except Error as error:
            raise OutputError(
                "\n".join([f"{found} does not start", *first_few(error.message.splitlines(), 3)])
            ) from error
        try:
            yield browser
        finally:
            browser.close()


def screenshot(
    html: str | Path,
    *,
    width_px: int = 1600,
    height_px: int = 1000,
    scale: float = 1.0,
    whole_page: bool = False,
) -> bytes:
    """Render a page as PNG.

    The page gets no network, nor any other file of this machine. A page that
    has a ``<meta name="classification">`` puts that sentence
    into the picture's ``Warning`` text; the picture has no other metadata.

    Parameters
    ----------
    html
        The page's text, or a file with it.
    width_px, height_px
        Of the window, in CSS pixels.
    scale
        Pixels of the picture for each CSS pixel.
    whole_page
        True for all that scrolling would show, not only the window.

    Raises
    ------
    OutputError
        If there is no playwright or no browser, the page cannot be read or
        fails, or the picture would be too large.
    """
    if not (1 <= width_px * scale <= _MAX_PIXELS and 1 <= height_px * scale <= _MAX_PIXELS):
        raise OutputError(
            f"a picture of {width_px} x {height_px} at scale {scale:g} cannot be drawn\n"
            f"Each side must be 1 to {_MAX_PIXELS} pixels."
        )

    def shoot(page: Page, marks: tuple[str, ...]) -> bytes:
        drawn = page.screenshot(full_page=whole_page, animations="disabled", caret="hide")
        return png_with_text(drawn, {"Warning": " ".join(marks)} if marks else {})

    return _render(html, shoot, width_px=width_px, height_px=height_px, scale=scale)


def printed(html: str | Path, *, paper: Paper = "Letter", landscape: bool = False) -> bytes:
    """Print a page as PDF, in its print style.

    The sentence of ``<meta name="classification">`` stands at the foot of every
    sheet. The same page, printed by the same browser, gives the same bytes.

    Parameters
    ----------
    html
        The page's text, or a file with it.
    paper
        Used unless the page's own style names a size.
    landscape
        True for the long side across.

    Raises
    ------
    OutputError
        As for `screenshot`.
    """

    def onto_paper(page: Page, marks: tuple[str, ...]) -> bytes:
        foot = _FOOT.format(mark=escape(" ".join(marks)))
        made = page.pdf(
            format=paper,
            landscape=landscape,
            print_background=True,
            prefer_css_page_size=True,
            display_header_footer=bool(marks),
            header_template="<span></span>",
            footer_template=foot,
            tagged=True,
        )
        return _blank_timestamps(made)

    return _render(html, onto_paper, width_px=1100, height_px=850, scale=1.0)


def png_with_text(png: bytes, texts: dict[str, str]) -> bytes:
    """Replace the text and time chunks of a PNG by the given texts, by keyword.

    Keywords are those of the PNG specification, 11.3.3.2; text outside Latin-1
    is written as UTF-8 (``iTXt``).
    """
    if not png.startswith(_PNG_START):
        raise ValueError("not a PNG")
    kept = [
        whole for kind, whole in _chunks(png) if kind not in {b"tEXt", b"zTXt", b"iTXt", b"tIME"}
    ]
    ours = [_text_chunk(keyword, text) for keyword, text in texts.items()]
    return b"".join((_PNG_START, kept[0], *ours, *kept[1:]))


def _render(
    html: str | Path,
    what: Callable[[Page, tuple[str, ...]], _T],
    *,
    width_px: int,
    height_px: int,
    scale: float,
) -> _T:
    """Open a page, wait until it is drawn, and return what `what` makes of it.

    In a thread of its own: playwright refuses one where asyncio runs, as in a
    notebook.
    """
    text = _text(html)

    def make() -> _T:
        with (
            browser_session() as browser,
            _page(browser, width_px=width_px, height_px=height_px, scale=scale) as page,
        ):
            from playwright.sync_api import Error  # noqa: PLC0415

            failures: list[str] = []
            page.on("pageerror", lambda error: failures.append(str(error)))
            try:
                page.set_content(text)
                page.evaluate(_DRAWN)
                if not failures:
                    marks = page.eval_on_selector_all("meta[name=classification]", _MARKS)
                    return what(page, tuple(marks))
            except Error as error:
                failures.append(error.message)
            raise OutputError(
                "\n".join(["the browser could not draw the page", *first_few(failures, 5)])
            )

    with ThreadPoolExecutor(max_workers=1) as worker:
        return worker.submit(make).result()


def _text(html: str | Path) -> str:
    if isinstance(html, str):
        if "<" not in html:
            raise ValueError(f"{html[:80]!r} is no page; for a file, give a Path")
        return html
    try:
        return html.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OutputError(f"{html} cannot be read: {error}") from error


@contextmanager
def _page(browser: Browser, *, width_px: int, height_px: int, scale: float) -> Iterator[Page]:
    """Open an empty page without a network and without the user's settings."""
    context = browser.new_context(
        viewport={"width": width_px, "height": height_px},
        device_scale_factor=scale,
        offline=True,
        service_workers="block",
        accept_downloads=False,
        locale="en-US",
        timezone_id="UTC",
        color_scheme="light",
        reduced_motion="reduce",
    )
    try:
        context.set_default_timeout(_TIMEOUT_MS)
        context.route("**/*", lambda route: route.abort())
        yield context.new_page()
    finally:
        context.close()


def _blank_timestamps(pdf: bytes) -> bytes:
    """Blank the timestamps of a PDF, without moving any other byte."""

    def blank(match: re.Match[bytes]) -> bytes:
        room = len(match[0]) - len(match[1])
        return match[1] + b"(" + _NO_DATE[: room - 2].ljust(room - 2, b" ") + b")"

    return _PDF_DATE.sub(blank, pdf)


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_PNG_START)
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        end = at + 12 + length
        yield png[at + 4 : at + 8], png[at:end]
        at = end


def _text_chunk(keyword: str, text: str) -> bytes:
    try:
        kind, content = b"tEXt", keyword.encode("latin-1") + b"\0" + text.encode("latin-1")
    except UnicodeEncodeError:
        kind = b"iTXt"
        content = keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode("utf-8")
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
