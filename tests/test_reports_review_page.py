"""The page of the seven-step review: what it says, in each edition, and that nothing in it runs."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

import pandas as pd
import pytest
from helpers.browser import blank_page, chromium
from helpers.map_towns import ATTACKS, hostile_comparison
from test_programme_review import review, rows

from zoning.disclosure import public_view, restricted_view
from zoning.editions import RESTRICTED_MARK, Edition
from zoning.errors import OptionError
from zoning.maps.browser import Paper
from zoning.programme.review import Review, read_review
from zoning.reports.brief import brief, brief_pdf
from zoning.reports.office_files import one_line
from zoning.reports.programme.review_page import review_page
from zoning.staffing import StaffingComparison

DATE = date(2026, 10, 30)


def words_of(page: str) -> str:
    body = page[page.index("<body>") :]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


def hostile_review() -> Review:
    table: pd.DataFrame = rows(2)
    table["owner"] = [*ATTACKS[:7]]
    table["notes"] = [*ATTACKS[-7:]]
    return read_review(table)


def test_it_says_where_each_step_stands() -> None:
    text = words_of(review_page(review(2), on=DATE, district="Elm County"))
    assert "Elm County · as of 30 October 2026 · Public edition" in text
    assert "Step 3 (draft MOU, due 29 October 2026) is overdue." in text
    assert "Clerk 15 October 2026 Done 15 October 2026" in text
    assert "Clerk 29 October 2026 Overdue 1 day late" in text
    assert "Clerk 12 November 2026 Later 13 days left" in text
    assert "threat assessments" in text.casefold()
    assert "charlottesvilleschools.org/sros" in text
    assert "no comparison was given" in text
    stopped = words_of(
        review_page(review(4, vote="rejected"), on=date(2027, 1, 5), district="Elm County")
    )
    assert "Stopped: the board rejected the proposal on 12 November 2026." in stopped
    assert stopped.count("Not taken") == 3
    assert "Overdue" not in stopped


def test_notes_are_for_the_restricted_edition() -> None:
    public = review_page(review(2), on=DATE, district="Elm County")
    restricted = review_page(review(2), on=DATE, district="Elm County", edition=Edition.RESTRICTED)
    assert "note 3" in restricted
    assert "note 3" not in public
    assert f'<meta name="classification" content="{RESTRICTED_MARK}">' in restricted
    assert "RESTRICTED" not in public


def test_text_from_the_file_is_text() -> None:
    page = review_page(hostile_review(), on=DATE, district=ATTACKS[3], edition=Edition.RESTRICTED)
    assert "<script" not in page
    assert "<img" not in page
    assert ATTACKS[3] in words_of(page)
    assert "default-src 'none'" in page


@pytest.mark.slow
def test_the_sheet_of_options_is_that_of_the_brief(compared: StaffingComparison) -> None:
    view = public_view(compared, date=DATE)
    chosen = view.options[2]
    page = review_page(review(2), on=DATE, district="Elm", view=view, option=chosen.option_id)
    sheet = brief(view, picture=None, chosen=chosen.option_id).split("<main>")[1]
    assert sheet.split("</main>")[0].strip() in page
    text = words_of(page)
    assert f"Proposed: {one_line(chosen.label)}. 4 options are on the next page." in text
    rejected = review(4, vote="rejected")
    after = words_of(review_page(rejected, on=date(2027, 1, 5), district="Elm", view=view))
    assert "the options are shown for the record" in after
    with pytest.raises(OptionError, match="of the same edition"):
        review_page(review(2), on=DATE, district="Elm", view=restricted_view(compared, date=DATE))
    with pytest.raises(OptionError, match="chosen is 'x'"):
        review_page(review(2), on=DATE, district="Elm", view=view, option="x")


@pytest.mark.slow
@pytest.mark.browser
def test_it_prints_on_two_sheets_and_runs_nothing(compared: StaffingComparison) -> None:
    plain = review_page(review(2), on=DATE, district="Elm", view=public_view(compared, date=DATE))
    hostile = review_page(
        hostile_review(),
        on=DATE,
        district=ATTACKS[8],
        edition=Edition.RESTRICTED,
        view=restricted_view(hostile_comparison(), date=DATE),
    )
    with chromium() as browser, blank_page(browser, width=800) as opened:
        for page in (plain, hostile):
            opened.page.set_content(page)
            wide, ran = opened.page.evaluate(
                "() => [document.documentElement.scrollWidth - innerWidth, window.__x]"
            )
            assert wide <= 0
            assert ran is None
        assert opened.complaints == []
    papers: tuple[Paper, ...] = ("Letter", "A4")
    for paper in papers:
        assert len(re.findall(rb"/Type\s*/Page\b", brief_pdf(plain, paper=paper))) == 2
