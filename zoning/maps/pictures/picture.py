"""Make maps and charts as PNG and SVG without a browser, for slides and print."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, Literal

from zoning.disclosure import PublicView, RestrictedView, option_change
from zoning.disclosure.notices import DEFAULTS_ARE_NOT_FACTS, RESPONSE_COUNTS_CALLS
from zoning.errors import OutputError
from zoning.maps.pages.public_data import CostPoint, cost_frontier
from zoning.maps.pictures.map import draw_map, draw_moves
from zoning.maps.pictures.sheet import (
    INK,
    PX_PER_INCH,
    QUIET_INK,
    Box,
    OccupiedBoxes,
    Sheet,
    plain,
    shortened,
)
from zoning.response import SevereCoverage
from zoning.zones.tradeoffs.plot import fill_histogram

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


PictureFormat = Literal["png", "svg"]
SHORTEST_SIDE_PX = 300
SHORTEST_BARE_PX = 160  # smallest picture: room for the legend, without heading, figures and foot
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
    severe: SevereCoverage | None = None,
) -> bytes:
    """Draw the zones of one option as a self-contained picture.

    Zones with their labels, schools by level, streets, the district's border, a legend,
    a scale bar, date, source and what the travel times are an estimate of. Colours and
    shapes are those of every other output (`zoning.symbols`); a shape or a label
    repeats what each colour says.

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
        a page that has its own title, figures and sources. On few pixels letters are
        large beside the map: 456 x 207 at ``scale`` 4 fills a slide, and its legend has
        letters of 18 points.
    severe
        Coverage of severe events by the option's officers: the discs then show how long
        a day the nearest officer is too far away. Restricted views only.

    Raises
    ------
    KeyError
        If the option was not compared.
    ValueError
        If ``severe`` is given with a public view.
    OutputError
        If matplotlib is not installed or the size is out of range.
    """
    if severe is not None and not isinstance(view, RestrictedView):
        raise ValueError("gaps in coverage are restricted: give severe with a restricted view")
    public = view.public
    option = public.option(option_id)

    def draw(sheet: Sheet) -> None:
        draw_map(sheet, view, option, title=title and not bare, bare=bare, severe=severe)

    return _render(
        view,
        draw,
        about=f"{public.title}: {option.label}",
        kind=format,
        size_px=(width_px, height_px),
        scale=scale,
        shortest_px=SHORTEST_BARE_PX if bare else SHORTEST_SIDE_PX,
    )


def moves_picture(
    view: PublicView | RestrictedView,
    before: str,
    after: str,
    *,
    width_px: int = 640,
    height_px: int = 400,
    scale: float = 4.0,
) -> bytes:
    """Draw a PNG of what changes between two options: who moves, old and new zones.

    The ground has the zones of ``after``; the borders of ``before`` are dashed. Schools that
    get another officer or zone (`zoning.disclosure.OptionChange.moves`) are marked by what
    changes, and named if they are few. Public: it holds no times.

    Parameters
    ----------
    view
        A restricted view adds its mark.
    before, after
        Option ids.
    width_px, height_px, scale
        As for `picture`; on few pixels letters are large beside the map.

    Raises
    ------
    KeyError, OutputError
        As for `picture`.
    """
    change = option_change(view.public, before, after)

    def draw(sheet: Sheet) -> None:
        draw_moves(sheet, view, change)

    return _render(
        view,
        draw,
        about=f"{view.public.title}: {change.before.label} to {change.after.label}",
        kind="png",
        size_px=(width_px, height_px),
        scale=scale,
        shortest_px=SHORTEST_BARE_PX,
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
    """Draw annual cost against mean response, one mark an option, with ranges.

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
    public = view.public

    def draw(sheet: Sheet) -> None:
        draw_frontier(sheet, view, title=title)

    return _render(
        view,
        draw,
        about=f"{public.title}: cost and response",
        kind=format,
        size_px=(width_px, height_px),
        scale=scale,
    )


def standing_picture(
    view: PublicView | RestrictedView, *, width_px: int = 1600, height_px: int = 1000
) -> bytes:
    """Draw a PNG of the travel of random plans, with the plans that are compared with them.

    Raises
    ------
    OutputError
        As for `picture`.
    """
    standing = view.public.standing
    if standing is None:
        raise OutputError("no random plans were drawn, so there is nothing to draw")

    def draw(sheet: Sheet) -> None:
        unit, margin = sheet.unit, 24 * sheet.unit
        top = sheet.heading(view, "The plan among random plans")
        bottom = sheet.foot(view.public, notices=()) + 0.4 * margin
        width = sheet.width_px - 2 * margin
        for line in reversed(sheet.wrapped(standing.how, size=15 * unit, width=width, lines=6)):
            bottom += 20 * unit
            sheet.write(margin, bottom, line, size=15 * unit, color=QUIET_INK)
        if (histogram := standing.histogram) is None:
            return
        right, size = sheet.width_px - 1.5 * margin, sheet.points(16 * unit)
        axes = sheet.axes((100 * unit, bottom + 78 * unit, right, top - 1.2 * margin))
        fill_histogram(axes, histogram, points=size)
        axes.set_xlabel(histogram.x_axis, fontsize=size, color=INK)

    return _render(
        view,
        draw,
        about=f"{view.public.title}: among random plans",
        kind="png",
        size_px=(width_px, height_px),
        scale=1.0,
    )


def sensitivity_picture(
    view: PublicView | RestrictedView,
    *,
    option_ids: Sequence[str] | None = None,
    width_px: int = 1600,
    height_px: int | None = None,
    scale: float = 1.0,
    bare: bool = False,
) -> bytes:
    """Draw a PNG of the mean response of options over the range of each assumption, a tornado.

    Parameters
    ----------
    option_ids
        The options; all that have officers on today's schools if None.
    width_px, height_px, scale, bare
        As for `picture`; by default as high as the options need.

    Raises
    ------
    OutputError
        As for `picture`.
    """
    certainty = view.certainty
    found = None if certainty is None else certainty.sensitivity
    if found is None:
        raise OutputError("no assumption was varied, so there is nothing to draw")
    shown = found if option_ids is None else found.only(option_ids)
    rows = len(shown.labels) * (len(shown.assumptions) + 1.6)

    def draw(sheet: Sheet) -> None:
        unit, margin = sheet.unit, 24 * sheet.unit
        top = sheet.heading(view, None if bare else "What the mean response depends on")
        bottom = margin
        if not bare:
            bottom = sheet.foot(view.public, notices=shown.notices) + margin
        letters = (20 if bare else 16) * unit
        names = 22 * letters  # the longest: the range of second officers
        box = (names, bottom + 4.5 * letters, sheet.width_px - margin, top - margin)
        shown.plot(sheet.axes(box), points=sheet.points(letters))

    return _render(
        view,
        draw,
        about=f"{view.public.title}: what the mean response depends on",
        kind="png",
        size_px=(width_px, height_px or max(1000, 280 + round(27 * rows))),
        scale=scale,
        shortest_px=SHORTEST_BARE_PX if bare else SHORTEST_SIDE_PX,
    )


def _render(
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
    mark = view.mark
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
    """Use matplotlib's default style, and restore the user's afterwards."""
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
    """Render an SVG without a document type, which names an address, and with title and size."""
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


_MILLION = 1e6
_BEST, _OTHER = "#0b4f8a", "#ffffff"
_LABEL_MOST = 44


def draw_frontier(sheet: Sheet, view: PublicView | RestrictedView, *, title: bool) -> None:
    """Fill a sheet with the chart."""
    public = view.public
    unit, margin = sheet.unit, 24 * sheet.unit
    top = sheet.heading(view, "Cost a year and mean response" if title else None)
    bottom = (
        sheet.foot(public, notices=(DEFAULTS_ARE_NOT_FACTS, RESPONSE_COUNTS_CALLS)) + 0.4 * margin
    )
    chart = cost_frontier(public)
    labels = [shortened(option.label, _LABEL_MOST) for option in public.options]
    missing = [
        f"{labels[k]} ({reason})" for k, reason in zip(chart.missing, chart.reasons, strict=True)
    ]
    words = [
        *([f"Filled: {public.unbeaten}."] if public.some_dominated else []),
        "Bars: the range under other assumptions.",
    ]
    if missing:
        words.append(f"Not on the chart: {', '.join(missing)}.")
    lines = [
        line
        for text in words
        for line in sheet.wrapped(text, size=15 * unit, width=sheet.width_px - 2 * margin, lines=3)
    ]
    for line in reversed(lines):
        bottom += 20 * unit
        sheet.write(margin, bottom, line, size=15 * unit, color=QUIET_INK)
    box = (100 * unit, bottom + 78 * unit, sheet.width_px - 1.5 * margin, top - 1.2 * margin)
    axes = sheet.axes(box)
    _draw_axes(sheet, axes)
    if not chart.points:
        axes.set(xticks=[], yticks=[])
        return
    points = sorted(chart.points, key=lambda point: point.option)
    for point in points:
        _draw_mark(sheet, axes, point)
    highest = [
        max(ends) or 1.0 for ends in zip(*((p.cost[2], p.response[2]) for p in points), strict=True)
    ]
    axes.set(xlim=(0, highest[0] * 1.06 / _MILLION), ylim=(0, highest[1] * 1.08))
    _place_labels(sheet, axes, box, points, labels)


def _draw_axes(sheet: Sheet, axes: Axes) -> None:
    size = sheet.points(16 * sheet.unit)
    axes.set_xlabel("Cost a year, millions of dollars", fontsize=size, color=INK)
    axes.set_ylabel("Mean response, minutes", fontsize=size, color=INK)
    axes.tick_params(labelsize=size * 0.95, colors=INK)
    axes.grid(visible=True, color="#dfe3e6", linewidth=sheet.points(1 * sheet.unit))
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_mark(sheet: Sheet, axes: Axes, point: CostPoint) -> None:
    cost, response = (
        (value, None if low == high else [[value - low], [high - value]])
        for value, low, high in (tuple(end / _MILLION for end in point.cost), point.response)
    )
    axes.errorbar(
        [cost[0]],
        [response[0]],
        xerr=cost[1],
        yerr=response[1],
        fmt="D",
        markersize=sheet.points(13 * sheet.unit),
        markerfacecolor=_BEST if point.not_dominated else _OTHER,
        markeredgecolor=_BEST,
        markeredgewidth=sheet.points(2 * sheet.unit),
        ecolor="#7f8a94",
        elinewidth=sheet.points(1.6 * sheet.unit),
        capsize=sheet.points(5 * sheet.unit),
        zorder=3,
        clip_on=False,
    )


def _place_labels(
    sheet: Sheet, axes: Axes, box: Box, points: Sequence[CostPoint], labels: Sequence[str]
) -> None:
    """Place labels beside marks, clear of marks, bars and other labels where there is room."""
    size = 16 * sheet.unit
    across = 12 * sheet.unit
    taken, bars = OccupiedBoxes(), OccupiedBoxes()
    spots, lows, highs = (
        axes.transData.transform([(p.cost[k] / _MILLION, p.response[k]) for p in points])
        for k in range(3)
    )
    for x, y in spots:
        taken.add((x - across, y - across, x + across, y + across))
    for (x, y), low, high in zip(spots, lows, highs, strict=True):
        bars.add((low[0], y - 1, high[0], y + 1), (x - 1, low[1], x + 1, high[1]))
    for (x, y), point in zip(spots, points, strict=True):
        text = labels[point.option]
        wide, tall = sheet.length(text, size=size), 1.25 * size
        places = [
            (x + side * (across + 4) - (wide if side < 0 else 0), y + up * (across + tall / 2))
            for up in (1, -1, 2.2, -2.2, 3.4)
            for side in (1, -1)
        ]
        boxes: list[Box] = [(a, b - tall / 2, a + wide, b + tall / 2) for a, b in places]
        inside = [
            spot
            for spot in boxes
            if box[0] <= spot[0]
            and spot[2] <= sheet.width_px
            and box[1] <= spot[1]
            and spot[3] <= box[3] + tall
        ]
        free = [b for b in inside if taken.is_free(b)]
        clear = [b for b in free if bars.is_free(b)]
        chosen = (clear or free or inside or boxes)[0]
        taken.add(chosen)
        sheet.write(
            chosen[0],
            (chosen[1] + chosen[3]) / 2,
            text,
            size=size,
            va="center_baseline",
            bbox={"facecolor": "#ffffffd0", "edgecolor": "none", "pad": 1},
        )
