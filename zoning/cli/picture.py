"""The command that turns a page into a picture or paper: ``zoning picture``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zoning.cli import options as opt
from zoning.cli.exits import clean_exit
from zoning.cli.show import Screen
from zoning.errors import OptionError
from zoning.files import refuse_to_replace, write_whole
from zoning.maps.browser import printed, screenshot

_ENDINGS = (".png", ".pdf")
PageFile = Annotated[
    Path,
    typer.Argument(
        metavar="PAGE",
        help="A page that zoning wrote: comparison.html, district.html, brief.html ...",
        show_default=False,
    ),
]
PictureFile = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FILE",
        help="A name that ends in .png, or in .pdf for the page as it prints; PAGE with .png if "
        "not given.",
    ),
]
Width = Annotated[int, typer.Option("--width", min=1, metavar="PIXELS", help="Of the window.")]
Height = Annotated[int, typer.Option("--height", min=1, metavar="PIXELS", help="Of the window.")]
Scale = Annotated[
    float,
    typer.Option(
        "--scale", min=0.1, metavar="NUMBER", help="Pixels of the picture for each of the window."
    ),
]


def picture(
    page: PageFile,
    *,
    out: PictureFile = None,
    width: Width = 1600,
    height: Height = 900,
    scale: Scale = 2.0,
    force: opt.Force = False,
) -> None:
    """Draw a page as the browser shows it, as PNG, or print it to PDF.

    Needs Chromium or Chrome and pip install 'zoning[png]'; no network is used. For maps as PNG and
    SVG without a browser see --also pictures of zoning compare.
    """
    screen = Screen()
    with clean_exit(screen):
        path = page.with_suffix(".png") if out is None else out
        if path.suffix.lower() not in _ENDINGS:
            raise OptionError(
                f"{path.name} ends in neither {' nor '.join(_ENDINGS)}",
                remedy="Give --out a name with one of these endings.",
            )
        refuse_to_replace(path, replace=force)
        if path.suffix.lower() == ".pdf":
            data = printed(page)
        else:
            data = screenshot(page, width_px=width, height_px=height, scale=scale)
        screen.text(f"Written to {write_whole(path, data, replace=force)}")
