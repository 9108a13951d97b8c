"""Background tiles: only when asked for, from one named server, and never needed."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import pytest
from helpers.browser import Opened, blank_page

from zoning import maps
from zoning.errors import FaultsError
from zoning.maps.pages.offline import OPENSTREETMAP
from zoning.staffing import StaffingComparison

pytestmark = pytest.mark.slow

ONE_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def opened_without_network(opened: Opened, path: Path, *, answers: bool) -> None:
    def answer(route: Any) -> None:
        if answers:
            route.fulfill(content_type="image/png", body=ONE_PIXEL)
        else:
            route.abort()

    opened.page.route(re.compile("^https?:"), answer)
    opened.page.goto(path.as_uri())
    opened.page.wait_for_timeout(500)


def test_no_page_has_tiles_unless_asked(compared: StaffingComparison) -> None:
    page = str(maps.comparison(compared).get_root().render())
    assert "img-src data:;" in page
    assert "openstreetmap" not in page


def test_the_policy_names_the_one_server(compared: StaffingComparison) -> None:
    page = str(maps.district(compared, tiles="openstreetmap").get_root().render())
    assert "img-src data: https://tile.openstreetmap.org;" in page
    own = maps.Tiles(url="https://maps.example.org:8443/t/{z}/{y}/{x}.jpg", attribution="County")
    page = str(maps.comparison(compared, tiles=own).get_root().render())
    assert "img-src data: https://maps.example.org:8443;" in page


@pytest.mark.parametrize(
    ("url", "attribution", "fault"),
    [
        ("https://example.org/{z}/{x}.png", "me", r"no \{y\} in"),
        ("http://example.org/{z}/{x}/{y}.png", "me", "does not start with https"),
        ("https://{s}.example.org/{z}/{x}/{y}.png", "me", "not the name of one server"),
        ("https://*.example.org/{z}/{x}/{y}.png", "me", "not the name of one server"),
        ("https://a; script-src *//{z}/{x}/{y}", "me", "not the name of one server"),
        ('https://a"><script>/{z}/{x}/{y}', "me", "not the name of one server"),
        ("https://example.org/{z}/{x}/{y}.png", " ", "no attribution"),
    ],
)
def test_tiles_that_cannot_be_named_are_refused(url: str, attribution: str, fault: str) -> None:
    with pytest.raises(FaultsError, match=fault):
        maps.Tiles(url=url, attribution=attribution)


def test_an_unknown_name_says_what_to_give(compared: StaffingComparison) -> None:
    with pytest.raises(FaultsError, match=r"no tiles are known as 'stamen'[\s\S]*maps\.Tiles"):
        maps.comparison(compared, tiles="stamen")


@pytest.mark.browser
def test_only_the_named_server_is_asked_and_named_on_the_page(
    browser: Any, compared: StaffingComparison, tmp_path: Path
) -> None:
    path = tmp_path / "tiles.html"
    maps.comparison(compared, tiles="openstreetmap").save(str(path))
    with blank_page(browser) as opened:
        opened_without_network(opened, path, answers=True)
        asked = [r for r in opened.requests if not r.startswith(("data:", "file:"))]
        assert asked
        assert all(r.startswith("https://tile.openstreetmap.org/") for r in asked)
        assert OPENSTREETMAP.attribution in opened.text("#map .credit")
        assert "tile.openstreetmap.org, which sees the address" in opened.text("#notices")
        assert opened.page.locator("#map .leaflet-streets-pane path").count() == 0
        opened.page.locator("#map .layers summary").click()
        opened.page.get_by_label("Background from the network").uncheck()
        assert opened.page.locator("#map .leaflet-tile").count() == 0
        assert opened.page.locator("#map .leaflet-streets-pane path").count() > 0
        assert opened.complaints == []


@pytest.mark.browser
def test_without_a_network_the_page_shows_its_own_streets(
    browser: Any, compared: StaffingComparison, tmp_path: Path
) -> None:
    path = tmp_path / "tiles.html"
    maps.comparison(compared, tiles="openstreetmap").save(str(path))
    with blank_page(browser) as opened:
        opened_without_network(opened, path, answers=False)
        page = opened.page
        assert page.locator("#map .leaflet-streets-pane path").count() > 0
        assert page.locator("#map path.zone-area").count() == 2
        page.get_by_role("radio", name="3 patrol zones").check()
        assert page.locator("#map path.zone-area").count() == 3
        assert all("Failed to load resource" in text for text in opened.complaints)
