"""Frames for notebooks, pages and slides; what changes between options, as data; large pages."""

from __future__ import annotations

import datetime
import runpy
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from helpers.browser import chromium, file_page
from helpers.map_towns import ATTACKS, hostile_comparison

from zoning import maps
from zoning.disclosure import PublicView, option_change, public_view
from zoning.disclosure.changes import SAME
from zoning.errors import FaultsError
from zoning.maps.pages.public_data import change_page, public_page
from zoning.staffing import StaffingComparison

pytestmark = pytest.mark.slow

METRO = Path(__file__).resolve().parents[1] / "benchmarks" / "_metro.py"


@pytest.fixture
def saved(compared: StaffingComparison, tmp_path: Path) -> Callable[..., Path]:
    def save(name: str, **options: Any) -> Path:
        path = tmp_path / name
        maps.district(compared, **options).save(str(path))
        return path

    return save


def attributes(snippet: str) -> dict[str, str | None]:
    """Those of the one element there is."""
    found = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, dict(attrs)))

    Parser().feed(snippet)
    ((tag, attrs),) = found
    assert tag == "iframe"
    return attrs


def test_a_frame_names_the_file_beside_it_and_its_title(saved: Callable[..., Path]) -> None:
    attrs = attributes(maps.embed(saved("Zones 2026 & more.html")))
    assert attrs["src"] == "Zones%202026%20%26%20more.html"
    assert attrs["title"] == "School safety staffing options · Nine Schools"
    assert attrs["sandbox"] == "allow-scripts"
    assert "height:860px" in str(attrs["style"])


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_title_ends_no_attribute(saved: Callable[..., Path], attack: str) -> None:
    path = saved("page.html", title=attack)
    assert attack in str(attributes(maps.embed(path))["title"])
    assert attributes(maps.embed(path, title=attack))["title"] == attack


def test_a_slide_keeps_its_shape_and_a_height_can_be_given(saved: Callable[..., Path]) -> None:
    path = saved("slide.html", size="slide")
    assert "aspect-ratio:16/9" in str(attributes(maps.embed(path, size="slide"))["style"])
    assert "height:500px" in str(attributes(maps.embed(path, size="slide", height=500))["style"])
    with pytest.raises(ValueError, match="poster"):
        maps.embed(path, size="poster")


def test_a_page_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(FaultsError, match=r"no page .*nothing\.html[\s\S]*Save the map first"):
        maps.embed(tmp_path / "nothing.html")
    (tmp_path / "bare.html").write_text("<p>no title", encoding="utf-8")
    with pytest.raises(FaultsError, match=r"bare\.html has no title"):
        maps.embed(tmp_path / "bare.html")


def test_a_notebook_frame_holds_the_whole_page_as_text(compared: StaffingComparison) -> None:
    made = maps.comparison(compared, height=640)
    shown = made._repr_html_()
    attrs = attributes(shown)
    assert attrs["srcdoc"] == made.get_root().render()
    assert "height:640px" in str(attrs["style"])
    assert attrs["title"]
    inside = shown.partition('srcdoc="')[2].partition('"')[0]
    assert not set("<>") & set(inside)
    assert unescape(inside) == made.get_root().render()


def test_hostile_names_stay_inside_a_notebook_frame() -> None:
    shown = maps.comparison(hostile_comparison(), edition="restricted", title=ATTACKS[3])
    attrs = attributes(shown._repr_html_())
    assert attrs["title"] is not None
    assert attrs["title"].startswith(f"RESTRICTED · {ATTACKS[3]}")


def test_the_changes_of_a_page_are_those_of_the_options(compared: StaffingComparison) -> None:
    view = public_view(compared)
    page = change_page(view)
    ids = [option.option_id for option in view.options]
    names = [*(kind.name for kind in page.kinds), SAME]
    for i, before in enumerate(ids):
        for j, after in enumerate(ids):
            change = option_change(view, before, after).schools
            assert [names[int(k)] for k in page.between[i][j]] == change["change"].tolist()
            assert [page.words[k] for k in page.care[j]] == change["after"].tolist()
    assert len({kind.sign for kind in page.kinds}) == len(page.kinds)


def test_the_slider_has_options_without_a_count_last(compared: StaffingComparison) -> None:
    view = public_view(compared)
    assert public_page(view).order == (0, 1, 2, 3)
    assert public_page(view, options=["campus", "zones-3", "none"]).order == (2, 1, 0)
    with pytest.raises(KeyError, match="nowhere"):
        public_page(view, options=["nowhere"])


def test_a_date_is_on_the_page_only_when_given(compared: StaffingComparison) -> None:
    assert public_page(public_view(compared)).date == ""
    dated = public_view(compared, date=datetime.date(2026, 5, 4))
    assert public_page(dated).date == "4 May 2026"


def test_a_view_has_its_own_title_and_an_option_must_exist(compared: StaffingComparison) -> None:
    view = public_view(compared, title="Own")
    assert "<title>Own" in str(maps.district(view).get_root().render())
    with pytest.raises(ValueError, match="its own title and date"):
        maps.district(view, title="Other")
    with pytest.raises(KeyError, match="nowhere"):
        maps.district(view, "nowhere")


@pytest.mark.browser
def test_a_page_of_a_thousand_schools_and_two_hundred_zones_is_small_and_opens(
    tmp_path: Path,
) -> None:
    view: PublicView = runpy.run_path(str(METRO))["metro_view"](1000, (200,))
    path = tmp_path / "metro.html"
    maps.district(view, "zones-200").save(str(path))
    assert path.stat().st_size < 10_000_000
    with chromium() as browser, file_page(browser, path) as opened:
        page = opened.page
        page.set_default_timeout(20_000)
        assert page.locator("path.zone-area").count() == 200
        assert page.locator(".school").count() == 1000
        assert page.locator("#zone-table tbody tr").count() == 200
        page.evaluate("void map_district.panBy([200, 100], { animate: false })")
        assert page.locator(".zone-label:not(.hidden)").count() > 50
        assert opened.complaints == []
