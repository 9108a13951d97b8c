"""Make the brief: the decision on one printed page."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template

from zoning.disclosure import PublicOption, PublicView, RestrictedView
from zoning.editions import Edition
from zoning.errors import OptionError
from zoning.maps.browser import Paper, printed
from zoning.reports import board_text
from zoning.reports.office_files import Ruler, one_line, picture_fault
from zoning.staffing.state_law import law_on_campuses

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)
_MORE = "More notes are in the slides."
_SHARE = "share"  # stands for the one share of calls that is shown, see `headline_share`
_COLUMNS = (
    ("Option", "", 30),
    ("Officers on duty", "posts", 10),
    ("Cost a year", "annual_cost_usd", 19),
    ("Mean response", "mean_response_s", 17),
    ("90th percentile", "p90_response_s", 12),
    ("", _SHARE, 12),
)
"""Heading, figure and percent of the width."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """Dimensions of the page in points; keep them equal to those of `brief.css`.

    Attributes
    ----------
    width, height
        Of what fits on both Letter and A4.
    title, question, sentence, text, small
        Sizes of letters.
    table_sizes
        Sizes of letters of the table of options, the largest that fits is taken.
    table_height
        Room for that table, so that half of the page is left for the rest.
    row_padding, cell_padding
        White space of a row from top to bottom, and of a cell from side to side.
    line_height
        Multiple of the size of letters.
    fixed_height
        Height of mark, rule, district, headings and gaps.
    least_map
        Height of the smallest map worth printing.
    small_lines
        Fewest and most lines of small print.
    """

    width: float = 520.0
    height: float = 712.0
    title: float = 16.0
    question: float = 11.5
    sentence: float = 10.0
    text: float = 9.5
    small: float = 7.5
    table_sizes: tuple[float, ...] = (9.0, 8.5, 8.0, 7.5)
    table_height: float = 300.0
    row_padding: float = 4.5
    cell_padding: float = 8.0
    line_height: float = 1.3
    fixed_height: float = 130.0
    least_map: float = 90.0
    small_lines: tuple[int, int] = (4, 12)


_SHEET = _Sheet()
# Browsers differ in how they measure text: leave 4 % of the width free.
_RULER = Ruler(factor=1.04)


def brief(
    view: PublicView | RestrictedView,
    *,
    picture: bytes | None,
    chosen: str | None = None,
    today: str | None = None,
) -> str:
    """Make a page of HTML that prints on one sheet of Letter or A4 paper.

    The question, all options in a table, the map of one option, what that option costs
    and gains, and in small print what the figures rest on. The page contains everything
    it needs, runs no code and loads nothing; text from data is shown as typed. Long
    text is shortened with an ellipsis to keep one page: the deck and the tables contain
    all of it.

    Parameters
    ----------
    view
        A restricted view adds only its mark: restricted figures do not belong on a
        hand-out.
    picture
        PNG of the map of the option shown, or None for a page without a map.
    chosen
        The option shown; the second one with officers when None.
    today
        The option it is compared with; the first one with officers when None.

    Raises
    ------
    OptionError
        If an option was not compared, or the picture is not a PNG or is
        restricted on a public page.
    """
    sheet = options_sheet(view, picture=picture, chosen=chosen, today=today)
    return sheets_page(view.public.title, [sheet], mark=view.mark)


def sheets_page(title: str, sheets: Sequence[str], *, mark: str, style: str = "") -> str:
    """Make a page of HTML of printed sheets; it needs nothing and runs no code.

    ``mark``: of the restricted edition; '' on a public page.
    ``style``: of sheets that are not the brief's.
    """
    return Template(_asset("brief.html")).substitute(
        policy=_POLICY,
        classification=f'<meta name="classification" content="{escape(mark)}">\n' if mark else "",
        title=escape(one_line(f"RESTRICTED: {title}" if mark else title)),
        style=_asset("brief.css") + style,
        sheets="\n".join(sheets),
    )


def mark_line(mark: str) -> str:
    """Write the mark at the head of a sheet; nothing on a public one."""
    return f'<p class="mark" role="note">{escape(mark)}</p>\n' if mark else ""


def options_sheet(
    view: PublicView | RestrictedView,
    *,
    picture: bytes | None,
    chosen: str | None = None,
    today: str | None = None,
) -> str:
    """Make the sheet of a `brief`, for a page with other sheets; see there."""
    public, mark = view.public, view.mark
    start, focus = board_text.choose_pair(public, today=today, chosen=chosen)
    if picture is not None:
        fault = picture_fault(picture, restricted=bool(mark), of="the page is")
        if fault is not None:
            raise OptionError(
                "the picture cannot be put on the page",
                [f"it {fault}"],
                "Give the PNG of a map drawn from the same view as the page.",
            )
    sentences, caption = [], ""
    if focus is not None:
        said = board_text.describe_option(public, focus, start)
        sentences = [_shorten(one, _SHEET.sentence, lines=3, share=0.95) for one in said]
    if focus is not None and picture is not None:
        about = f"{focus.label}. {focus.proof}"
        caption = _shorten(about, _SHEET.text, lines=2, bold=False)
    title, question = (
        _shorten(public.title, _SHEET.title, lines=2),
        _shorten(board_text.question(public), _SHEET.question, lines=4),
    )
    district = _shorten(public.district, _SHEET.text, lines=1, share=0.6, bold=False)
    edition = (Edition.RESTRICTED if mark else Edition.PUBLIC).value.capitalize()
    size = _table_size(public)
    table_height = (len(public.options) + 1) * _row_height(size)
    used = (
        _SHEET.fixed_height
        + _height(title, _SHEET.title)
        + _height(question, _SHEET.question)
        + table_height
        + sum(_height(sentence, _SHEET.sentence) for sentence in sentences)
        + (_SHEET.least_map + _height(caption, _SHEET.text) if caption else 0.0)
    )
    return Template(_asset("brief_sheet.html")).substitute(
        mark=mark_line(mark),
        heading=escape(title),
        about=escape(f"{district} · {board_text.date_and_edition(public, edition)}"),
        question=escape(question),
        table_size=f"{size:g}pt",
        columns="".join(
            f'<th scope="col" style="width:{share}%">{escape(heading)}</th>'
            for heading, _, share in _columns(public)
        ),
        rows="\n".join(_row(public, o, size, shown=o is focus) for o in public.options),
        focus=_gains(sentences) if sentences else "",
        figure="" if focus is None or picture is None else _figure(public, focus, picture, caption),
        limits=escape(_small_print(public, room=_SHEET.height - used)),
    )


def brief_pdf(html: str, *, paper: Paper = "Letter") -> bytes:
    """Print the page on one sheet with the system's Chromium or Chrome.

    Needs the extra ``png``. The same page, printed by the same browser, gives the
    same bytes.

    ``html``: what `brief` returns.
    ``paper``: ``Letter`` or ``A4``; the page fits both.

    Raises `OutputError` if there is no playwright or no browser, or the page cannot be printed.
    """
    return printed(html, paper=paper)


def _asset(name: str) -> str:
    return (files("zoning.reports") / name).read_text(encoding="utf-8")


def _shorten(text: str, size: float, *, lines: int, share: float = 1.0, bold: bool = True) -> str:
    return _RULER.shorten(one_line(text), _SHEET.width * share, size, lines=lines, bold=bold)


def _height(text: str, size: float) -> float:
    lines = _RULER.lines(text, _SHEET.width, size, bold=True)
    return len(lines) * size * _SHEET.line_height


def _row_height(size: float) -> float:
    """Height of a row of the table, with room for two lines."""
    return 2 * size * _SHEET.line_height + _SHEET.row_padding


def _table_size(view: PublicView) -> float:
    """Find the largest font size at which all options fit, else the smallest."""
    rows = len(view.options) + 1
    sizes = _SHEET.table_sizes
    fitting = (size for size in sizes if rows * _row_height(size) <= _SHEET.table_height)
    return next(fitting, sizes[-1])


def _columns(view: PublicView) -> list[tuple[str, str, int]]:
    """List heading, figure and percent of the width of each column."""
    share = board_text.headline_share(view)
    own = {} if share is None else {_SHARE: (share.label, share.key)}
    return [
        (*own.get(key, (heading, key)), width)
        for heading, key, width in _COLUMNS
        if key != _SHARE or own
    ]


def _row(view: PublicView, option: PublicOption, size: float, *, shown: bool) -> str:
    cells = []
    for _, key, _ in _columns(view)[1:]:
        value = board_text.figure_text(view, option, key)
        between = board_text.range_text(view, option, key)
        spread = f'<span class="span">{escape(between)}</span>' if between else ""
        cells.append(f"<td>{escape(value)}{spread}</td>")
    width = _SHEET.width * _COLUMNS[0][2] / 100 - _SHEET.cell_padding
    label = _RULER.shorten(one_line(option.label), width, size, lines=2, bold=True)
    head = f'<th scope="row">{escape(label)}</th>'
    row = '<tr class="shown">' if shown else "<tr>"
    return f"{row}{head}{''.join(cells)}</tr>"


def _gains(sentences: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return (
        '<section aria-labelledby="buys">\n'
        f'<h2 id="buys">What the shaded option buys</h2>\n<ul class="buys">{items}</ul>\n'
        "</section>\n"
    )


def _figure(view: PublicView, option: PublicOption, picture: bytes, caption: str) -> str:
    posts = board_text.describe_posts(option)
    alternative = f"Map of {one_line(option.label)}: {posts} in {one_line(view.district)}."
    return (
        f'<figure>\n<img src="data:image/png;base64,{base64.b64encode(picture).decode()}" '
        f'alt="{escape(alternative)}">\n<figcaption>{escape(caption)}</figcaption>\n'
        "</figure>\n"
    )


def _small_print(view: PublicView, *, room: float) -> str:
    """Choose as many sentences as fit, the most important first."""
    fewest, most = _SHEET.small_lines
    lines = min(max(int(room // (_SHEET.small * _SHEET.line_height)), fewest), most)
    sentences = [
        *view.cautions,
        board_text.SAFETY_IS_NOT_MEASURED,
        board_text.NOT_A_CONFIDENCE_INTERVAL,
        law_on_campuses(view.state),
        *_assumed(view),
        f"Data: {view.attribution}.",
        *view.notices,
    ]
    shown = ""
    for sentence in map(one_line, sentences):
        longer = f"{shown} · {sentence}" if shown else sentence
        if len(_RULER.lines(f"{longer} · {_MORE}", _SHEET.width, _SHEET.small)) > lines:
            return f"{shown} · {_MORE}" if shown else _MORE
        shown = longer
    return shown


def _assumed(view: PublicView) -> list[str]:
    """Write the assumptions, those from the same source in one sentence."""
    sentences = []
    for basis, rows in view.assumptions.groupby("basis", sort=False):
        values = [
            f"{name} {value}" + (f" ({span})" if span else "")
            for name, value, span in rows[["assumption", "value", "span"]].itertuples(
                index=False, name=None
            )
        ]
        sentences.append(f"Assumed ({basis}): {'; '.join(values)}.")
    return sentences
