"""The one-page brief: what it says, that it is one page, and that nothing in it runs."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from io import BytesIO

import pandas as pd
import pytest
from helpers.browser import blank_page, chromium
from helpers.map_towns import ATTACKS, hostile_comparison

from zoning.disclosure import PublicView, RestrictedView, public_view, restricted_view
from zoning.editions import RESTRICTED_MARK
from zoning.errors import OptionError
from zoning.maps.browser import Paper
from zoning.reports.brief import brief, brief_pdf
from zoning.reports.office_files import one_line
from zoning.staffing import StaffingComparison

pytestmark = pytest.mark.slow

image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")

DATE = pd.Timestamp("2026-11-22").date()


@pytest.fixture(scope="module")
def restricted(compared: StaffingComparison) -> RestrictedView:
    return restricted_view(compared, date=DATE)


@pytest.fixture(scope="module")
def view(restricted: RestrictedView) -> PublicView:
    return restricted.public


@pytest.fixture(scope="module")
def hostile() -> PublicView:
    return public_view(hostile_comparison(), date=DATE)


def png() -> bytes:
    file = BytesIO()
    image.new("RGB", (800, 560), "#cfe3f5").save(file, format="PNG")
    return file.getvalue()


def words_of(page: str) -> str:
    body = page[page.index("<body>") :]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


def attributes_of(page: str) -> list[str]:
    names: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
            names.extend(name for name, _ in attrs)

    Reader().feed(page)
    assert "alt" in names
    return names


def crowded(view: PublicView) -> PublicView:
    """Twelve options, and labels, names and notices far too long for a page."""
    word = "Consolidated Interdisciplinary Magnet Academy of Excellence "
    many = (view.options * 3)[:12]
    return replace(
        view,
        title=word * 6,
        district=word * 6,
        options=tuple(
            replace(o, option_id=f"o{k}", label=f"{k} {word * 3}"[:120], proof=word * 9)
            for k, o in enumerate(many)
        ),
        notices=(word * 300,),
        attribution=word * 90,
    )


def test_it_asks_the_question_and_says_what_the_option_costs_and_buys(view: PublicView) -> None:
    text = words_of(brief(view, picture=png()))
    start, focus = view.options[1], view.options[2]
    values, before = focus.values, start.values
    assert "How many school safety officers should Nine Schools have on duty" in text
    assert (
        f"{focus.label}: 3 officers on duty and {values['officers']:.0f} employed cost "
        f"${values['annual_cost_usd']:,.0f} "
    ) in text
    sooner = (before["mean_response_s"] - values["mean_response_s"]) / 60
    more = values["annual_cost_usd"] - before["annual_cost_usd"]
    said = re.search(
        rf"Compared with {start.label}, it costs \${more:,.0f} a year more and a call is reached "
        r"(\d\.\d) min sooner on average\.",
        text,
    )
    assert said is not None
    # The difference is rounded by itself, the means to a tenth of a minute each.
    assert float(said[1]) == pytest.approx(sooner, abs=0.11)
    assert "not computed" in text
    assert "22 November 2026 · Public edition" in text


def test_less_money_and_a_longer_wait_are_said_so_too(view: PublicView) -> None:
    three, two = view.options[2].option_id, view.options[1].option_id
    text = words_of(brief(view, picture=None, chosen=two, today=three))
    assert re.search(r"it costs \$106,000 a year less and a call is reached .* min later", text)
    nan = float("nan")
    nothing = replace(view.options[1], values={"annual_cost_usd": nan}, cost_changes={three: nan})
    unknown = replace(view, options=(nothing, *view.options[2:]))
    text = words_of(brief(unknown, picture=None, chosen=two, today=three))
    assert "the difference in cost was not computed" in text
    assert "How soon a call is reached is not computed" in text


def test_it_holds_the_map_of_the_option_with_alternative_text(view: PublicView) -> None:
    page = brief(view, picture=png())
    assert f'src="data:image/png;base64,{base64.b64encode(png()).decode()}"' in page
    assert re.search(r'alt="Map of [^"]*: 3 patrol zones in Nine Schools\."', page)
    assert "<figure" not in brief(view, picture=None)


def test_it_runs_nothing_and_asks_for_nothing(view: PublicView, hostile: PublicView) -> None:
    for page in (brief(view, picture=png()), brief(hostile, picture=png())):
        assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in page
        assert '<html lang="en">' in page
        assert "<script" not in page
        assert not re.search(r"https?://", page.replace("http://x", ""))
        assert not [name for name in attributes_of(page) if name.startswith("on")]


def test_attacks_show_as_typed(hostile: PublicView) -> None:
    text = words_of(brief(hostile, picture=None))
    for attack in (ATTACKS[2], ATTACKS[3], ATTACKS[4], ATTACKS[5]):
        assert one_line(attack) in text


def test_a_restricted_brief_is_marked_and_says_no_more(
    restricted: RestrictedView, view: PublicView
) -> None:
    page, public = brief(restricted, picture=None), brief(view, picture=None)
    assert f'<meta name="classification" content="{RESTRICTED_MARK}">' in page
    assert "<title>RESTRICTED" in page
    unmarked = words_of(page).replace(f"{RESTRICTED_MARK} ", "")
    assert unmarked == words_of(public).replace("Public edition", "Restricted edition")
    assert "RESTRICTED" not in public


def test_a_picture_that_does_not_belong_is_refused(
    restricted: RestrictedView, view: PublicView
) -> None:
    with pytest.raises(OptionError, match="not a PNG"):
        brief(view, picture=b"GIF89a")
    marked = png() + RESTRICTED_MARK.encode()
    with pytest.raises(OptionError, match="restricted, and the page is public"):
        brief(view, picture=marked)
    assert "<figure" in brief(restricted, picture=marked)


def test_an_option_that_was_not_compared_is_refused(view: PublicView) -> None:
    with pytest.raises(OptionError, match="chosen is 'x'"):
        brief(view, picture=None, chosen="x")


def test_the_same_view_gives_the_same_page(view: PublicView) -> None:
    assert brief(view, picture=png()) == brief(view, picture=png())


@pytest.mark.browser
def test_it_prints_on_one_sheet_and_nothing_is_cut_off(
    view: PublicView, hostile: PublicView
) -> None:
    pages = [brief(v, picture=png()) for v in (view, hostile, crowded(view))]
    with chromium() as browser, blank_page(browser) as opened:
        for page in pages:
            opened.page.set_content(page)
            opened.page.emulate_media(media="print")
            sheet = opened.page.evaluate(
                "() => { const s = document.querySelector('.sheet');"
                " return [s.scrollHeight - s.clientHeight, s.scrollWidth - s.clientWidth,"
                " window.__x === undefined]; }"
            )
            assert sheet == [0, 0, True]
            assert opened.complaints == []
    sizes: tuple[Paper, ...] = ("Letter", "A4")
    for paper in sizes:
        pdf = brief_pdf(pages[-1], paper=paper)
        assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
