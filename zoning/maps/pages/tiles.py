"""Background maps from a tile server: never without being asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from zoning.errors import FaultsError

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
        What the server's owner asks to be named as; plain text.
    most_zoom
        The closest zoom level the server has.

    Raises
    ------
    FaultsError
        If the page could not name the one server it may ask, or no source is given.
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
        """``'https://tile.example.org'``: the only place the page may ask."""
        return f"https://{urlsplit(self.url).netloc}"


OPENSTREETMAP_URL = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
OPENSTREETMAP = Tiles(
    url=OPENSTREETMAP_URL,
    attribution="© OpenStreetMap contributors (openstreetmap.org/copyright)",
)


def tiles_of(choice: Tiles | str | None) -> Tiles | None:
    """The tiles a caller chose: `Tiles`, ``'openstreetmap'``, or None for none.

    Raises
    ------
    FaultsError
        If the name is another.
    """
    if choice is None or isinstance(choice, Tiles):
        return choice
    if choice.strip().lower() == "openstreetmap":
        return OPENSTREETMAP
    raise FaultsError(
        f"no tiles are known as {choice!r}, only 'openstreetmap'",
        remedy="For another server give zoning.maps.Tiles(url=..., attribution=...).",
    )
