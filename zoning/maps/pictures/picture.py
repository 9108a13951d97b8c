"""Maps and charts as pictures, without a browser: PNG and SVG for slides and print."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, Literal

from zoning.disclosure import PublicView, RestrictedView
from zoning.errors import OutputError
from zoning.maps.pictures.chart import draw_frontier
from zoning.maps.pictures.map import draw_map
from zoning.maps.pictures.sheet import PX_PER_INCH, Sheet, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PictureFormat = Literal["png", "svg"]
SHORTEST_SIDE_PX = 300
SHORTEST_BARE_PX = 160  # room for the legend, without heading, figures and foot
LONGEST_SIDE_PX = 16_384
_FONTS = ("DejaVu Sans", "Verdana", "Arial", "Helvetica", "sans-serif")
_DOCTYPE = re.compile(r"<!DOCTYPE[^>]*>\s*")
_ROOT = re.compile(r'<svg [^>]*?viewBox="([^"]+)"[^>]*>')


def picture(
    view: PublicView | RestrictedView,
    option_id: str,
    *,
    format: PictureFormat = "png",
    width_px: int = 1600,
    height_px: int = 1000,
    scale: float = 1.0,
    title: bool = True,
    bare: bool = False,
) -> bytes:
    """The zones of one option as a picture that stands on its own.

    Zones with their labels, schools by level, streets, the district's border, a
    legend, a scale bar, date, source and what the travel times are an estimate
    of. Colours and shapes are those of every other output (`zoning.symbols`); a
    shape or a label says everything that a colour says.

    Needs the extra ``report``; no browser and no network. The same view gives
    the same bytes, with the same version of matplotlib.

    Parameters
    ----------
    view
        A restricted view adds the mean response at each school as a disc behind
        it, and its mark on the picture and in the metadata (PNG text
        ``Warning``, SVG ``<desc>`` and ``<metadata>``).
    option_id
        The option.
    format
        ``svg`` keeps text as text: it can be searched, read aloud and edited.
        The reader's own fonts draw it, so its lines can be a little shorter. In a PNG
        a letter that DejaVu Sans does not have is drawn as a box.
    width_px, height_px
        Size; letters and lines grow with it.
    scale
        Pixels of a PNG for each pixel of the size, for print; SVG has any resolution.
    title
        False to leave out the heading, where the slide has its own.
    bare
        True for the map, its legend and its scale alone (and the mark), for a slide or
        a page that tells title, figures and sources itself. On few pixels letters are
        large beside the map: 400 x 230 at ``scale`` 4 fills two thirds of a slide with
        letters of 10 points and more.

    Raises
    ------
    KeyError
        If the option was not compared.
    OutputError
        If matplotlib is not installed or the size is out of range.
    """
    public = view.public if isinstance(view, RestrictedView) else view
    option = public.option(option_id)

    def draw(sheet: Sheet) -> None:
        draw_map(sheet, view, option, title=title and not bare, bare=bare)

    return _made(
        view,
        draw,
        about=f"{public.title}: {option.label}",
        kind=format,
        size_px=(width_px, height_px),
        scale=scale,
        shortest_px=SHORTEST_BARE_PX if bare else SHORTEST_SIDE_PX,
    )


def frontier_picture(
    view: PublicView | RestrictedView,
    *,
    format: PictureFormat = "png",
    width_px: int = 1600,
    height_px: int = 1000,
    scale: float = 1.0,
    title: bool = True,
) -> bytes:
    """Annual cost against mean response, one mark an option, with their ranges.

    Options without a cost or a response are named below the chart.

    Parameters
    ----------
    view, format, width_px, height_px, scale, title
        As for `picture`. The chart of a restricted view is the same, with its mark.

    Raises
    ------
    OutputError
        As for `picture`.
    """
    public = view.public if isinstance(view, RestrictedView) else view

    def draw(sheet: Sheet) -> None:
        draw_frontier(sheet, view, title=title)

    return _made(
        view,
        draw,
        about=f"{public.title}: cost and response",
        kind=format,
        size_px=(width_px, height_px),
        scale=scale,
    )


def _made(
    view: PublicView | RestrictedView,
    draw: Callable[[Sheet], None],
    *,
    about: str,
    kind: PictureFormat,
    size_px: tuple[int, int],
    scale: float,
    shortest_px: int = SHORTEST_SIDE_PX,
) -> bytes:
    _check(size_px, scale, kind, shortest_px)
    mark = view.mark if isinstance(view, RestrictedView) else ""
    with _settings():
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
        from matplotlib.figure import Figure  # noqa: PLC0415

        width, height = size_px
        figure = Figure(figsize=(width / PX_PER_INCH, height / PX_PER_INCH), dpi=PX_PER_INCH)
        draw(Sheet(figure, FigureCanvasAgg(figure), width_px=width, height_px=height))
        if kind == "svg":
            return _svg(figure, plain(about), mark, size_px)
        return _png(figure, mark, scale)


def _check(size_px: tuple[int, int], scale: float, kind: PictureFormat, shortest_px: int) -> None:
    if kind not in {"png", "svg"}:
        raise OutputError(f"a picture is png or svg, not {kind!r}")
    largest = max(size_px) * (scale if kind == "png" else 1.0)
    if min(size_px) < shortest_px or not scale > 0 or not largest <= LONGEST_SIDE_PX:
        width, height = size_px
        raise OutputError(
            f"a picture of {width} x {height} at scale {scale:g} cannot be drawn\n"
            f"Each side must be {shortest_px} to {LONGEST_SIDE_PX} pixels."
        )


@contextmanager
def _settings() -> Iterator[None]:
    """Matplotlib as it comes, whatever the user's own style; given back afterwards."""
    try:
        import matplotlib as mpl  # noqa: PLC0415
    except ImportError as error:
        raise OutputError(
            "drawing a picture needs the package matplotlib\n"
            "Install it with: pip install 'zoning[report]'"
        ) from error
    with mpl.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        mpl.rcdefaults()
        mpl.rcParams.update(
            {
                "font.family": ["sans-serif"],
                "font.sans-serif": list(_FONTS),
                "svg.fonttype": "none",
                "svg.hashsalt": "zoning",
                "text.parse_math": False,
                "path.simplify": False,
            }
        )
        yield


def _png(figure: Figure, mark: str, scale: float) -> bytes:
    file = BytesIO()
    texts = {"Software": None} | ({"Warning": mark} if mark else {})
    figure.savefig(file, format="png", dpi=PX_PER_INCH * scale, metadata=texts)
    return file.getvalue()


def _svg(figure: Figure, about: str, mark: str, size_px: tuple[int, int]) -> bytes:
    """Without a document type, which names an address; with a title and the size asked for."""
    file = BytesIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(file, format="svg", metadata=nothing)
    text = _DOCTYPE.sub("", file.getvalue().decode("utf-8"))
    width, height = size_px
    marked = f"<desc>{escape(mark)}</desc>\n<metadata>{escape(mark)}</metadata>\n" if mark else ""
    inside = f"<title>{escape(about)}</title>\n{marked}"

    def root(found: re.Match[str]) -> str:
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'version="1.1" role="img" width="{width}" height="{height}" '
            f'viewBox="{found[1]}">\n{inside}'
        )

    return _ROOT.sub(root, text, count=1).encode("utf-8")
