"""Folium maps without a network: one self-contained page.

Folium's own page links ten files on content delivery networks and passes what
it is given through a template twice. `OfflineMap` keeps Folium's map and leaves
both out: assets come from the installed ``xstatic-leaflet``, and data goes in
as one block of JSON that no template and no browser reads as code.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, fields, is_dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import branca.element
import folium
from folium.template import Template
from xstatic.pkg import leaflet

from zoning.errors import FaultsError
from zoning.maps.pages.embedding import Size, frame

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src {images}; base-uri 'none'; form-action 'none'"
)
DATA_ELEMENT_ID = "zoning-data"

# Escapes inside JSON strings, so that no text can end the script element.
_AS_JSON_ESCAPE = {ord(c): f"\\u{ord(c):04x}" for c in "<>&"}


def asset(name: str) -> str:
    """Read a file of the package's assets."""
    return (files("zoning.maps") / "assets" / name).read_text(encoding="utf-8")


def script(code: str) -> str:
    """Wrap the library's or Leaflet's code in a script element."""
    closed = re.sub(r"</(?=script)", r"<\\/", code, flags=re.IGNORECASE)
    return "<script>\n" + closed.replace("<!--", r"<\!--") + "\n</script>"


def style(rules: str) -> str:
    """Wrap the library's or Leaflet's CSS in a style element."""
    return f"<style>\n{rules}\n</style>"


def json_block(value: object) -> str:
    """Wrap data in a script element that is never run.

    Dataclasses become objects by their field names. ``<``, ``>``, ``&`` and
    everything outside ASCII, U+2028 and U+2029 too, are written as escapes.
    """
    text = json.dumps(value, default=_fields, allow_nan=False, separators=(",", ":"))
    safe = text.translate(_AS_JSON_ESCAPE)
    return f'<script type="application/json" id="{DATA_ELEMENT_ID}">{safe}</script>'


def leaflet_script() -> str:
    """Read Leaflet with its licence, without the link to its source map."""
    code = _leaflet_file("leaflet.js").decode()
    return script(re.sub(r"\n//# sourceMappingURL=\S+\s*$", "\n", code))


def leaflet_style() -> str:
    """Read Leaflet's CSS with its images embedded, without rules for Internet Explorer."""
    rules = re.sub(r"\s*behavior:[^;]+;", "", _leaflet_file("leaflet.css").decode())
    return style(re.sub(r"url\((images/[\w.-]+\.png)\)", _as_data_url, rules))


class Page(branca.element.Figure):
    """The HTML document around a map, with a content security policy that blocks all requests.

    Parameters
    ----------
    title
        Plain text, for the window.
    marks
        Sentences for ``<meta name="classification">``, for example who may see it.
    size
        Its layout, and the shape of its frame in a notebook.
    height
        Pixels of that frame; of its size when None.
    tile_server
        The one place the page may ask for pictures; none when None.
    downloads
        Whether the page saves files, also from that frame.
    """

    _template = Template(
        "<!DOCTYPE html>\n"
        '<html lang="en">\n'
        "<head>\n"
        "{{ this.header.render(**kwargs) }}\n"
        "</head>\n"
        '<body class="{{ this.size }}">\n'
        "{{ this.html.render(**kwargs) }}\n"
        "<script>\n"
        "{{ this.script.render(**kwargs) }}\n"
        "</script>\n"
        "</body>\n"
        "</html>\n"
    )

    def __init__(
        self,
        *,
        title: str,
        marks: tuple[str, ...] = (),
        size: Size = Size.PAGE,
        height: int | None = None,
        tile_server: str | None = None,
        downloads: bool = False,
    ) -> None:
        super().__init__(title=title)
        self.size = size
        self._downloads = downloads
        self._frame_title = title
        self._frame_height = height
        images = "data:" if tile_server is None else f"data: {tile_server}"
        policy = CONTENT_SECURITY_POLICY.format(images=images)
        head = [
            f'<meta http-equiv="Content-Security-Policy" content="{escape(policy, quote=False)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            '<link rel="icon" href="data:,">',
            *(f'<meta name="classification" content="{escape(mark)}">' for mark in marks),
            f"<title>{escape(title)}</title>",
        ]
        self.header.add_child(_Verbatim("\n".join(head)), name="head")

    def _repr_html_(self, **kwargs: Any) -> str:
        """The page in a frame, for notebooks and their exports."""
        content = f'srcdoc="{escape(self.render(**kwargs))}"'
        return frame(
            content,
            title=self._frame_title,
            size=self.size,
            height=self._frame_height,
            downloads=self._downloads,
        )


class OfflineMap(folium.Map):
    """A Folium map in a `Page`, without tiles and without links.

    A subclass gives a ``_template`` with Folium's macros ``header``, ``html``
    and ``script``. What it puts in the templates must be ours, never data.

    Parameters
    ----------
    name
        Makes the element's name ``map_<name>``; the same page has the same bytes.
    page
        The document the map is the only child of.
    head, data
        Elements for the head, and the data `json_block` puts in the body.
    """

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 (Folium's own annotation)
    default_css: list[tuple[str, str]] = []  # noqa: RUF012

    def __init__(
        self,
        *,
        name: str,
        page: Page,
        head: tuple[str, ...],
        data: object,
    ) -> None:
        super().__init__(location=[0.0, 0.0], tiles=None, zoom_start=2)
        self._id = name
        self._inside = {
            "header": _Verbatim("\n".join((leaflet_style(), leaflet_script(), *head))),
            "html": _Verbatim(json_block(data)),
        }
        page.add_child(self)

    def render(self, **kwargs: Any) -> None:  # type: ignore[override]
        """Put the assets, the data and the map into the page around it."""
        root = self.get_root()
        if not isinstance(root, branca.element.Figure):
            raise TypeError("a map is rendered inside a Figure")
        root.header.add_child(self._inside["header"], name=f"{self.get_name()}_assets")
        root.html.add_child(self._inside["html"], name=f"{self.get_name()}_data")
        super().render(**kwargs)  # type: ignore[no-untyped-call]


class _Verbatim(branca.element.Element):
    """Text that goes into the page verbatim, past Folium's templates."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def render(self, **_kwargs: Any) -> str:
        return self._text


def _fields(value: object) -> dict[str, object]:
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} cannot be put in a page")


def _leaflet_file(name: str) -> bytes:
    return (Path(leaflet.BASE_DIR) / name).read_bytes()


def _as_data_url(match: re.Match[str]) -> str:
    image = base64.b64encode(_leaflet_file(match[1])).decode()
    return f"url(data:image/png;base64,{image})"


_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?")
_PLACES = ("{z}", "{x}", "{y}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiles:
    """A tile server. Whoever opens a page with tiles shows that server their address.

    Attributes
    ----------
    url
        Template with ``{z}``, ``{x}`` and ``{y}``, over https.
    attribution
        The credit that the server's owner asks for; plain text.
    most_zoom
        The closest zoom level the server has.

    Raises
    ------
    FaultsError
        If the address does not name one server, or no attribution is given.
    """

    url: str
    attribution: str
    most_zoom: int = 19

    def __post_init__(self) -> None:
        missing = [place for place in _PLACES if place not in self.url]
        parts = urlsplit(self.url)
        faults = [
            *([f"no {' '.join(missing)} in {self.url!r}"] if missing else []),
            *(["the address does not start with https://"] if parts.scheme != "https" else []),
            *(
                [f"{parts.netloc!r} is not the name of one server"]
                if _HOST.fullmatch(parts.netloc) is None
                else []
            ),
            *([] if self.attribution.strip() else ["no attribution is given"]),
        ]
        if faults:
            raise FaultsError(
                "these tiles cannot be used",
                faults,
                "Give the server's own address, such as "
                f"{OPENSTREETMAP_URL}, and the attribution it asks for.",
            )

    @property
    def server(self) -> str:
        """The only address that the page may request, such as ``'https://tile.example.org'``."""
        return f"https://{urlsplit(self.url).netloc}"


OPENSTREETMAP_URL = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
OPENSTREETMAP = Tiles(
    url=OPENSTREETMAP_URL,
    attribution="© OpenStreetMap contributors (openstreetmap.org/copyright)",
)


def tiles_of(choice: Tiles | str | None) -> Tiles | None:
    """Find the chosen tiles: `Tiles`, ``'openstreetmap'``, or None for none.

    Raises `FaultsError` if the name is another.
    """
    if choice is None or isinstance(choice, Tiles):
        return choice
    if choice.strip().lower() == "openstreetmap":
        return OPENSTREETMAP
    raise FaultsError(
        f"no tiles are known as {choice!r}, only 'openstreetmap'",
        remedy="For another server give zoning.maps.Tiles(url=..., attribution=...).",
    )
