"""Make frames that show a page inside a notebook, a web page or slides."""

from __future__ import annotations

from enum import StrEnum
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

from zoning.errors import FaultsError

PAGE_HEIGHT = 860
WITH_DOWNLOADS = "allow-scripts allow-downloads"


class Size(StrEnum):
    """Layout of a page.

    ``page`` fills whatever window it has; ``slide`` is made for 1280 by 720 pixels
    with large type, and scales to any 16:9 frame.
    """

    PAGE = "page"
    SLIDE = "slide"


def embed(
    path: str | Path,
    *,
    size: Size | str = Size.PAGE,
    height: int | None = None,
    title: str | None = None,
) -> str:
    """Make the ``<iframe>`` that shows a saved page in another page of the same folder.

    Parameters
    ----------
    path
        The saved page. The frame names the file alone: put both in one folder.
    size
        As the page was made: ``page`` is as wide as what surrounds it, ``slide``
        keeps 16:9 and is at most 1280 pixels wide.
    height
        Pixels; of a ``page`` frame 860 when None (our choice).
    title
        What a screen reader calls the frame; the page's own title when None.

    Raises
    ------
    FaultsError
        If there is no such file, or no title in it and none is given.
    """
    file = Path(path)
    if not file.is_file():
        raise FaultsError(f"there is no page {file}", remedy="Save the map first.")
    named = _title_of(file) if title is None else title
    if not named.strip():
        raise FaultsError(f"{file} has no title", remedy="Give embed a title.")
    return frame(f'src="{escape(quote(file.name))}"', title=named, size=Size(size), height=height)


def frame(
    content: str, *, title: str, size: Size, height: int | None = None, downloads: bool = False
) -> str:
    """Make a sandboxed frame, whose scripts cannot reach the page around it.

    ``content``: the attribute that says what it shows, escaped. ``downloads``: whether its
    buttons may save a file.
    """
    shape = f"height:{PAGE_HEIGHT if height is None else height}px"
    if size is Size.SLIDE and height is None:
        shape = "max-width:1280px;aspect-ratio:16/9"
    allowed = WITH_DOWNLOADS if downloads else "allow-scripts"
    return (
        f'<iframe {content} title="{escape(title)}" sandbox="{allowed}" '
        f'style="display:block;width:100%;{shape};border:0"></iframe>'
    )


class _TitleParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.title = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._inside = tag == "title" and not self.title

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.title += data


def _title_of(file: Path) -> str:
    parser = _TitleParser()
    parser.feed(file.read_text(encoding="utf-8"))
    return parser.title
