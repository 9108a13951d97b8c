"""The page of a real district: small, complete and readable."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.browser import chromium, file_page

from zoning import maps
from zoning.disclosure import public_view
from zoning.district import District
from zoning.maps.pages.public_data import PublicPage, public_page
from zoning.staffing import NoDistrictOfficers, PatrolZones, StaffingComparison, compare_staffing

pytestmark = pytest.mark.slow

BYTES_ALLOWED = 1_000_000


@pytest.fixture(scope="module")
def compared(jefferson: District) -> StaffingComparison:
    return compare_staffing(jefferson, (NoDistrictOfficers(), PatrolZones(zones=30)))


@pytest.fixture(scope="module")
def page(compared: StaffingComparison) -> PublicPage:
    return public_page(public_view(compared))


def test_every_building_and_zone_is_on_the_page(page: PublicPage) -> None:
    assert len(page.schools) == 143
    zones = page.options[1].zones
    assert len(zones) == 30
    assert sorted(k for zone in zones for k in zone.schools) == list(range(143))
    assert all(page.areas[zone.area] and zone.labels_at for zone in zones)
    assert {school.level for school in page.schools} == {
        *("elementary", "middle", "high", "secondary", "combined")
    }


def test_the_streets_are_the_background(page: PublicPage) -> None:
    assert {name for name, _ in page.streets.names} >= {"I-64", "I-65", "I-71", "I-264"}
    assert len(page.streets.others) > 500
    assert page.outline
    assert "Kentucky School Report Card" in page.attribution


@pytest.mark.parametrize("edition", ["public", "restricted"])
def test_the_page_is_small(compared: StaffingComparison, tmp_path: Path, edition: str) -> None:
    path = tmp_path / "page.html"
    maps.comparison(compared, edition=edition).save(str(path))
    assert path.stat().st_size < BYTES_ALLOWED


@pytest.mark.browser
def test_every_zone_number_can_be_read_at_projector_size(
    compared: StaffingComparison, tmp_path: Path
) -> None:
    path = tmp_path / "page.html"
    maps.comparison(compared).save(str(path))
    with chromium() as browser, file_page(browser, path) as opened:
        opened.page.locator("#option-1").check()
        labels = opened.page.locator(".zone-label:not(.hidden):not(.part)")
        assert sorted(int(text) for text in labels.all_text_contents()) == list(range(1, 31))
        assert opened.requests == [path.as_uri()]
        assert opened.complaints == []
