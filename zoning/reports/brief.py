"""The decision on one page, to print and hand out."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from string import Template

from zoning.disclosure import PublicOption, PublicView, RestrictedView
from zoning.editions import RESTRICTED_MARK, Edition
from zoning.errors import OptionError
from zoning.maps.browser import Paper, printed
from zoning.reports import board_text as words
from zoning.reports.typesetting import Ruler, typed
from zoning.staffing.figures import law_on_campuses

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)
_PNG = b"\x89PNG\r\n\x1a\n"
# Points, as in brief.css: the page is as wide and as high as fits both Letter and A4.
_WIDTH, _HEIGHT = 520.0, 712.0
_TITLE_SIZE, _QUESTION_SIZE, _TEXT_SIZE, _SMALL_SIZE = 16.0, 11.5, 9.5, 7.5
_MOST_LINES = {"title": 2, "district": 1, "question": 4, "sentence": 3}
_TABLE_SIZES = (9.0, 8.5, 8.0, 7.5)
_TABLE_HEIGHT, _ROW_PADDING, _CSS_LINE = 300.0, 4.5, 1.3
_MOST_SMALL_LINES, _FEWEST_SMALL_LINES = 12, 4
# Mark, rule, district, headings, their gaps; and the smallest map worth printing.
_FURNITURE, _LEAST_MAP = 130.0, 90.0
_MORE = "More notes are in the slides."
_COLUMNS = (
    ("Option", "", 30),
    ("Officers on duty", "posts", 10),
    ("Cost a year", "annual_cost_usd", 19),
    ("Mean response", "mean_response_s", 17),
    ("90th percentile", "p90_response_s", 12),
    ("Within 5 min", "share_within_300_s", 12),
)
_CELL_PADDING = 8.0
# Programs differ a little in how they measure.
_RULER = Ruler(factor=1.04)


def brief(
    view: PublicView | RestrictedView,
    *,
    picture: bytes | None,
    chosen: str | None = None,
    today: str | None = None,
) -> str:
    """One page of HTML that prints on one sheet of Letter or A4 paper.

    The question, all options in a table, the map of one option, what that option
    costs and gains, and in small print what the figures rest on. Everything is
    inside the page, which runs no code and asks for nothing; text from data is
    shown as typed. Long text is cut with an ellipsis, so that it stays one page:
    the deck and the tables hold all of it.

    Parameters
    ----------
    view
        A restricted view adds only its mark: what it knows more does not belong
        on a hand-out.
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
    public = view.public if isinstance(view, RestrictedView) else view
    mark = view.mark if isinstance(view, RestrictedView) else ""
    start, focus = words.pair(public, today=today, chosen=chosen)
    if picture is not None:
        _check(picture, restricted=bool(mark))
    sentences = () if focus is None else _bought(public, focus, start)
    caption = "" if focus is None or picture is None else _caption(focus)
    edition = (Edition.RESTRICTED if mark else Edition.PUBLIC).value.capitalize()
    about = f"{_cut(public.district, _TEXT_SIZE, 'district', 0.6)} · {words.dated(public, edition)}"
    return Template(_asset("brief.html")).substitute(
        policy=_POLICY,
        classification=f'<meta name="classification" content="{escape(mark)}">\n' if mark else "",
        title=escape(typed(f"RESTRICTED: {public.title}" if mark else public.title)),
        style=_asset("brief.css"),
        mark=f'<p class="mark" role="note">{escape(mark)}</p>\n' if mark else "",
        heading=escape(_cut(public.title, _TITLE_SIZE, "title")),
        about=escape(about),
        question=escape(_cut(words.question(public), _QUESTION_SIZE, "question")),
        table_size=f"{_table_size(public):g}pt",
        columns="".join(
            f'<th scope="col" style="width:{share}%">{escape(heading)}</th>'
            for heading, _, share in _COLUMNS
        ),
        rows="\n".join(_row(public, o, shown=o is focus) for o in public.options),
        focus=_focus(sentences) if sentences else "",
        figure="" if focus is None or picture is None else _figure(public, focus, picture),
        limits=escape(_limits(public, _small_lines(public, sentences, caption))),
    )


def brief_pdf(html: str, *, paper: Paper = "Letter") -> bytes:
    """The page as the system's Chromium or Chrome prints it, on one sheet.

    Needs the extra ``png``. The same page, printed by the same browser, gives the
    same bytes.

    Parameters
    ----------
    html
        What `brief` returns.
    paper
        ``Letter`` or ``A4``; the page fits both.

    Raises
    ------
    OutputError
        If there is no playwright or no browser, or the page cannot be printed.
    """
    return printed(html, paper=paper)


def _check(picture: bytes, *, restricted: bool) -> None:
    faults = []
    if not picture.startswith(_PNG):
        faults.append("it is not a PNG")
    elif not restricted and RESTRICTED_MARK.encode() in picture:
        faults.append("it is restricted, and the page is public")
    if faults:
        raise OptionError(
            "the picture cannot be put on the page",
            faults,
            "Give the PNG of a map drawn from the same view as the page.",
        )


def _asset(name: str) -> str:
    return (files("zoning.reports") / name).read_text(encoding="utf-8")


def _cut(text: str, size: float, kind: str, share: float = 1.0) -> str:
    return _RULER.shortened(
        typed(text), _WIDTH * share, size, lines=_MOST_LINES[kind], bold=kind != "district"
    )


def _label(option: PublicOption, size: float) -> str:
    width = _WIDTH * _COLUMNS[0][2] / 100 - _CELL_PADDING
    return _RULER.shortened(typed(option.label), width, size, lines=2, bold=True)


def _table_size(view: PublicView) -> float:
    """The largest size of letters at which all options, on two lines each, have room."""
    rows = len(view.options) + 1
    return next(
        (
            size
            for size in _TABLE_SIZES
            if rows * (2 * size * _CSS_LINE + _ROW_PADDING) <= _TABLE_HEIGHT
        ),
        _TABLE_SIZES[-1],
    )


def _row(view: PublicView, option: PublicOption, *, shown: bool) -> str:
    cells = []
    for _, key, _ in _COLUMNS[1:]:
        value, between = words.value(view, option, key), words.span(view, option, key)
        spread = f'<span class="span">{escape(between)}</span>' if between else ""
        cells.append(f"<td>{escape(value)}{spread}</td>")
    label = escape(_label(option, _table_size(view)))
    head = f'<th scope="row">{label}</th>'
    row = '<tr class="shown">' if shown else "<tr>"
    return f"{row}{head}{''.join(cells)}</tr>"


def _bought(view: PublicView, option: PublicOption, start: PublicOption | None) -> tuple[str, ...]:
    return tuple(
        _cut(sentence, _TEXT_SIZE + 0.5, "sentence", 0.95)
        for sentence in words.what_it_buys(view, option, start)
    )


def _focus(sentences: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return (
        '<section aria-labelledby="buys">\n'
        f'<h2 id="buys">What the shaded option buys</h2>\n<ul class="buys">{items}</ul>\n'
        "</section>\n"
    )


def _caption(option: PublicOption) -> str:
    return _RULER.shortened(f"{typed(option.label)}. {option.proof}", _WIDTH, _TEXT_SIZE, lines=2)


def _figure(view: PublicView, option: PublicOption, picture: bytes) -> str:
    alternative = f"Map of {typed(option.label)}: {words.posted(option)} in {typed(view.district)}."
    return (
        f'<figure>\n<img src="data:image/png;base64,{base64.b64encode(picture).decode()}" '
        f'alt="{escape(alternative)}">\n<figcaption>{escape(_caption(option))}</figcaption>\n'
        "</figure>\n"
    )


def _limits(view: PublicView, lines: int) -> str:
    """Whole sentences, what matters most first, as many as there is room for."""
    said = [
        *view.cautions,
        words.SAFETY_IS_NOT_MEASURED,
        words.NOT_A_CONFIDENCE_INTERVAL,
        law_on_campuses(view.state),
        *_assumed(view),
        f"Data: {view.attribution}.",
        *view.notices,
    ]
    shown = ""
    for sentence in map(typed, said):
        longer = f"{shown} · {sentence}" if shown else sentence
        if len(_RULER.lines(f"{longer} · {_MORE}", _WIDTH, _SMALL_SIZE)) > lines:
            return f"{shown} · {_MORE}" if shown else _MORE
        shown = longer
    return shown


def _assumed(view: PublicView) -> list[str]:
    """The assumptions, those from the same place in one sentence."""
    rows = list(
        zip(
            view.assumptions["basis"].map(str),
            view.assumptions["assumption"],
            view.assumptions["value"],
            view.assumptions["span"],
            strict=True,
        )
    )
    return [
        f"Assumed ({basis}): "
        + "; ".join(
            f"{name} {value}" + (f" ({span})" if span else "")
            for where, name, value, span in rows
            if where == basis
        )
        + "."
        for basis in dict.fromkeys(row[0] for row in rows)
    ]


def _small_lines(view: PublicView, sentences: Sequence[str], caption: str) -> int:
    """Lines of small print that leave room for a map; as brief.css sets them."""

    def high(text: str, size: float) -> float:
        return len(_RULER.lines(text, _WIDTH, size, bold=True)) * size * _CSS_LINE

    table = (len(view.options) + 1) * (2 * _table_size(view) * _CSS_LINE + _ROW_PADDING)
    taken = (
        _FURNITURE
        + high(_cut(view.title, _TITLE_SIZE, "title"), _TITLE_SIZE)
        + high(_cut(words.question(view), _QUESTION_SIZE, "question"), _QUESTION_SIZE)
        + table
        + sum(high(sentence, _TEXT_SIZE + 0.5) for sentence in sentences)
        + (_LEAST_MAP + high(caption, _TEXT_SIZE) if caption else 0.0)
    )
    room = int((_HEIGHT - taken) // (_SMALL_SIZE * _CSS_LINE))
    return min(max(room, _FEWEST_SMALL_LINES), _MOST_SMALL_LINES)
