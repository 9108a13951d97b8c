"""Make pages of the programme to read and to print; they need nothing and run no code."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from html import escape
from importlib.resources import files
from string import Template
from typing import Any, Final

import pandas as pd

from zoning.editions import RECORDS_MARK, Edition
from zoning.reports.office_files import one_line

_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)


def make_page(
    title: str, *, about: str, sections: Iterable[str], edition: Edition, notes: Iterable[str] = ()
) -> bytes:
    """Make a page of HTML of sections; text from data is shown as typed.

    Parameters
    ----------
    title
        Its heading.
    about
        The line below: district, date, edition.
    sections
        HTML, made by the functions of this module.
    edition
        A restricted page is marked.
    notes
        Sentences at its foot.
    """
    mark = RECORDS_MARK if edition is Edition.RESTRICTED else ""
    said = list(dict.fromkeys(notes))
    foot = f'<section class="notes"><h2>Notes</h2>{bullets(said)}</section>' if said else ""
    return (
        Template((files("zoning.reports.programme") / "page.html").read_text(encoding="utf-8"))
        .substitute(
            policy=_POLICY,
            classification=f'<meta name="classification" content="{escape(mark)}">\n'
            if mark
            else "",
            title=escape(one_line(f"RESTRICTED: {title}" if mark else title)),
            style=(files("zoning.reports.programme") / "page.css").read_text(encoding="utf-8"),
            mark=f'<p class="mark" role="note">{escape(mark)}</p>\n' if mark else "",
            heading=escape(one_line(title)),
            about=escape(one_line(about)),
            sections="\n".join([*sections, foot]),
        )
        .encode("utf-8")
    )


def section(heading: str, *parts: str) -> str:
    """Put parts under a heading."""
    return f"<section><h2>{escape(one_line(heading))}</h2>\n" + "\n".join(parts) + "</section>"


def paragraph(text: str, *, style: str = "") -> str:
    """Write a sentence or more; ``style``: ``lead`` or ``source``."""
    named = f' class="{style}"' if style else ""
    return f"<p{named}>{escape(one_line(text))}</p>"


def bullets(sentences: Iterable[str]) -> str:
    """Write a list."""
    items = "".join(f"<li>{escape(one_line(one))}</li>" for one in sentences)
    return f"<ul>{items}</ul>"


def table(
    frame: pd.DataFrame,
    headings: Mapping[str, str],
    *,
    numbers: Collection[str] = (),
    caption: str = "",
) -> str:
    """Write a table.

    Parameters
    ----------
    frame
        Its rows.
    headings
        The columns that are shown, with their headings.
    numbers
        Columns that are set to the right.
    caption
        What a screen reader says of it; its heading if ''.
    """
    styles = {column: ' class="number"' if column in numbers else "" for column in headings}
    head = "".join(f'<th scope="col"{styles[c]}>{escape(h)}</th>' for c, h in headings.items())
    rows = "\n".join(
        "<tr>"
        + "".join(
            f'<th scope="row"{styles[c]}>{_cell(cell)}</th>'
            if k == 0
            else f"<td{styles[c]}>{_cell(cell)}</td>"
            for k, (c, cell) in enumerate(zip(headings, row, strict=True))
        )
        + "</tr>"
        for row in frame[list(headings)].itertuples(index=False, name=None)
    )
    named = f' aria-label="{escape(one_line(caption))}"' if caption else ""
    return f"<table{named}><thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table>"


def open_field(what: str) -> str:
    """Leave room for text that only staff can write; a browser lets them type it there."""
    label = escape(one_line(what))
    return (
        f'<div class="open"><p class="label"><b>Open: staff fill this in.</b> {label}</p>'
        f'<div class="text" contenteditable="true" role="textbox" aria-multiline="true" '
        f'aria-label="{label}"></div></div>'
    )


def _cell(cell: Any) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return "" if pd.isna(cell) else escape(one_line(cell))
