"""What a page holds, by edition, without opening it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers.map_towns import ATTACKS, hostile_comparison, plain_comparison

from zoning import maps
from zoning.disclosure import public_view, restricted_view
from zoning.editions import RESTRICTED_MARK, Edition
from zoning.maps.pages.offline import json_block
from zoning.maps.pages.public_data import PublicPage, public_page
from zoning.maps.pages.restricted_data import RestrictedLayer, restricted_layer
from zoning.staffing import StaffingComparison, figures

pytestmark = pytest.mark.slow

PUBLIC_KEYS = {
    *("page", "title", "district", "attribution", "cautions", "notices", "rows", "headlines"),
    *("schools", "outline", "streets", "areas", "options", "shown", "label", "meaning"),
    *("name", "level", "at", "freeways", "arterials", "others", "names", "description", "proof"),
    *("not_dominated", "figures", "zones", "value", "spread", "labels_at", "high_school"),
    *("dedicated", "area", "colour", "date", "order", "programs", "high", "borders"),
    *("high_school_heading", "officer", "officers"),
    *("changes", "kinds", "words", "care", "between", "sign", "ink", "tiles", "unbeaten"),
    *("look", "fills", "symbols", "levels", "shape", "fill", "certainty", "commands"),
    *("high_schools", "holds", "feeds", "neighbours"),
}
NOT_PUBLIC = re.compile(
    r"route|dwell|seed|arrival(?!s (?:met|of students))|departure|visit|p90_s|mean_s|worst|slowest|"
    r"unvisited|restricted",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def public(compared: StaffingComparison) -> str:
    return source(compared)


@pytest.fixture(scope="module")
def restricted(compared: StaffingComparison) -> str:
    return source(compared, edition="restricted")


def page_of(compared: StaffingComparison, **options: Any) -> PublicPage:
    return public_page(public_view(compared, **options))


def layer_of(compared: StaffingComparison) -> RestrictedLayer:
    return restricted_layer(restricted_view(compared))


def source(compared: StaffingComparison, **options: Any) -> str:
    return str(maps.comparison(compared, **options).get_root().render())


def data_of(page: str) -> dict[str, Any]:
    (block,) = re.findall(
        r'<script type="application/json" id="zoning-data">(.*?)</script>', page, re.DOTALL
    )
    return dict(json.loads(block))


def keys_of(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(keys_of(v) for v in value.values()))
    return set().union(*(keys_of(v) for v in value)) if isinstance(value, list) else set()


def without_leaflet(page: str) -> str:
    return re.sub(r"<script>\s*/\* @preserve.*?</script>", "", page, flags=re.DOTALL)


def test_a_page_links_nothing(public: str) -> None:
    page = re.sub(r"/\*.*?\*/", "", without_leaflet(public), flags=re.DOTALL)
    assert "Content-Security-Policy" in page
    assert "default-src 'none'" in page
    assert set(re.findall(r"""(?:src|href)\s*=\s*["']?([^"'>]*)""", page)) == {
        "data:,",
        "#notes",
    }
    assert re.findall(r"url\((?!data:|#default)", page) == []
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", page)


def test_leaflet_keeps_its_licence_and_loses_its_source_map(public: str) -> None:
    assert "(c) 2010-2022 Vladimir Agafonkin" in public
    assert "sourceMappingURL" not in public


def test_the_same_comparison_gives_the_same_bytes(
    compared: StaffingComparison, public: str, tmp_path: Path
) -> None:
    made = maps.comparison(compared)
    made.save(str(tmp_path / "one.html"))
    made.save(str(tmp_path / "again.html"))
    maps.comparison(plain_comparison()).save(str(tmp_path / "other.html"))
    one = (tmp_path / "one.html").read_bytes()
    assert one == (tmp_path / "again.html").read_bytes()
    assert one == (tmp_path / "other.html").read_bytes()
    assert one.decode() == public


def test_a_public_page_holds_what_is_public_and_nothing_else(public: str) -> None:
    data = data_of(public)
    assert keys_of(data) == PUBLIC_KEYS
    assert NOT_PUBLIC.findall(without_leaflet(public)) == []
    wanted = [f.label for f in figures(Edition.PUBLIC)]
    assert [row["label"] for row in data["page"]["rows"]] == wanted


def test_no_drive_of_a_patrol_is_in_a_public_page(
    compared: StaffingComparison, public: str, restricted: str
) -> None:
    drives = [list(path) for path in layer_of(compared).paths]
    assert drives
    shown, held = json.dumps(data_of(public)), json.dumps(data_of(restricted))
    assert not [drive for drive in drives if json.dumps(drive)[1:-1] in shown]
    assert all(json.dumps(drive)[1:-1] in held for drive in drives)


def test_a_restricted_page_is_marked_and_a_public_one_is_not(public: str, restricted: str) -> None:
    assert re.search(r"<title>RESTRICTED", restricted)
    assert f'<meta name="classification" content="{RESTRICTED_MARK}">' in restricted
    assert data_of(restricted)["restricted"]["mark"] == RESTRICTED_MARK
    assert "RESTRICTED" not in public
    assert 'name="classification"' not in public


def test_an_unknown_edition_is_refused(compared: StaffingComparison) -> None:
    with pytest.raises(ValueError, match="secret"):
        maps.comparison(compared, edition="secret")


def test_zones_and_figures_are_those_of_the_options(compared: StaffingComparison) -> None:
    page = page_of(compared, title="Options")
    assert page.title == "Options"
    assert [len(option.zones) for option in page.options] == [0, 2, 3, 9]
    assert page.shown == 1
    for option, outcome in zip(page.options, compared.outcomes, strict=True):
        assert option.figures[0].value == f"{outcome.figures['posts']:.0f}"
        assert sorted(s for z in option.zones for s in z.schools) == (
            list(range(9)) if option.zones else []
        )
    # 700 s of the outside police, told to a tenth of a minute like the options beside it.
    labels = [figure.label for figure in compared.figures(Edition.PUBLIC)]
    assert page.options[0].figures[labels.index("Mean response")].value == "11.7 min"
    assert {z.high_school for z in page.options[1].zones} <= {"School 1", "School 8"}
    assert all(z.dedicated for z in page.options[3].zones)


def test_shared_ground_is_stored_once(compared: StaffingComparison) -> None:
    twice = replace(compared, outcomes=(*compared.outcomes, compared.outcomes[1]))
    assert page_of(twice).areas == page_of(compared).areas


def test_per_school_response_and_slowest_schools_are_in_order(
    compared: StaffingComparison,
) -> None:
    option = layer_of(compared).options[1]
    response = compared.outcomes[1].response
    assert response is not None
    means = response.buildings["mean_s"].reindex(compared.district.buildings.index).to_list()
    assert [means[k] for k in option.slowest] == sorted(means, reverse=True)
    one = option.responses[0]
    assert one is not None
    assert one.mean == f"{means[0] / 60:.1f} min"
    assert one.band == sum(means[0] > t for t in (180, 300, 480, 600))


def test_without_streets_routes_are_straight_and_say_so(compared: StaffingComparison) -> None:
    bare = replace(compared, district=replace(compared.district, network=None))
    layer = layer_of(bare)
    assert "straight lines" in layer.route_note
    assert {len(path) for path in layer.paths} == {4}
    assert page_of(bare).streets.others == ()


def test_an_estimate_stands_at_the_top(compared: StaffingComparison) -> None:
    said = "Straight lines, not streets."
    times = replace(compared.emergency_times, estimate=said)
    page = page_of(replace(compared, emergency_times=times, notices=(said, "other")))
    assert page.cautions == (f"On the way to a call: {said}",)
    assert said not in page.notices
    assert "Other." in page.notices
    both = replace(
        compared,
        emergency_times=times,
        patrol_times=replace(compared.patrol_times, estimate=said),
    )
    assert page_of(both).cautions == (said,)


def test_notices_of_an_option_stay_in_the_restricted_edition(compared: StaffingComparison) -> None:
    told = replace(
        compared,
        outcomes=tuple(replace(o, notices=("Gap at School 3.",)) for o in compared.outcomes),
    )
    assert "Gap at School 3." not in source(told)
    assert "Gap at School 3." in source(told, edition="restricted")


@pytest.mark.parametrize("attack", [*ATTACKS, "\x00\x07\x1b[31m\x7f\u0085", "\u200f\u2066\ufeff"])
def test_data_in_the_page_can_end_no_element(attack: str) -> None:
    block = json_block({"name": attack})
    inside = block.removeprefix('<script type="application/json" id="zoning-data">').removesuffix(
        "</script>"
    )
    assert not set("<>&\u2028\u2029") & set(inside)
    assert json.loads(inside) == {"name": attack}


def test_templates_and_elements_in_names_are_left_alone() -> None:
    page = source(hostile_comparison(), edition="restricted", title=ATTACKS[2] + ATTACKS[5])
    data = data_of(page)
    assert [s["name"] for s in data["page"]["schools"]] == list(ATTACKS)
    assert data["page"]["title"] == ATTACKS[2] + ATTACKS[5]
    assert "<script>window.__x" not in page
    assert "<img src=x" not in page
