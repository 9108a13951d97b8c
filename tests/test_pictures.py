from __future__ import annotations

import datetime
import io
import re
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from helpers.browser import chromium, file_page, need_chromium
from helpers.map_towns import hostile_comparison
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from shapely.geometry import box

from zoning.disclosure import PublicView, RestrictedView, restricted_view
from zoning.editions import RESTRICTED_MARK
from zoning.errors import OutputError
from zoning.maps import browser
from zoning.maps.browser import png_with_text, printed, screenshot
from zoning.maps.pages.offline import asset
from zoning.maps.pages.restricted_data import RESPONSE_BANDS_S
from zoning.maps.pictures.legend import BAND_FILLS, draw_scale_bar
from zoning.maps.pictures.map import Labels
from zoning.maps.pictures.picture import frontier_picture, moves_picture, picture
from zoning.maps.pictures.sheet import PX_PER_INCH, Sheet, plain
from zoning.response import cover_severe_events
from zoning.staffing import StaffingComparison

pytestmark = pytest.mark.slow

SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"
MATHS = "$x^2$ & <b>School</b>"


@pytest.fixture(scope="module")
def restricted(compared: StaffingComparison) -> RestrictedView:
    return restricted_view(compared)


@pytest.fixture(scope="module")
def view(restricted: RestrictedView) -> PublicView:
    return restricted.public


@pytest.fixture(scope="module")
def hostile() -> RestrictedView:
    return restricted_view(hostile_comparison(), title=MATHS)


def option_with_zones(view: PublicView) -> str:
    return next(option.option_id for option in view.options if len(option.zones))


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def words(svg: bytes) -> str:
    """Everything a reader of the SVG sees, line by line."""
    root = ElementTree.fromstring(svg)
    return "\n".join("".join(node.itertext()) for node in root.iter(f"{SVG}text"))


def sheet(width: int = 1600, height: int = 1000) -> Sheet:
    figure = Figure(figsize=(width / PX_PER_INCH, height / PX_PER_INCH), dpi=PX_PER_INCH)
    return Sheet(figure, FigureCanvasAgg(figure), width_px=width, height_px=height)


@pytest.mark.parametrize(
    ("width", "height", "scale"), [(1600, 1000, 1), (801, 503, 1), (800, 500, 2)]
)
def test_a_png_has_the_size_asked_for(
    view: PublicView, width: int, height: int, scale: float
) -> None:
    drawn = picture(view, option_with_zones(view), width_px=width, height_px=height, scale=scale)
    assert opened(drawn).size == (width * scale, height * scale)


def test_the_map_of_what_changes_marks_who_moves_and_both_borders(
    restricted: RestrictedView,
) -> None:
    view = restricted.public
    drawn = moves_picture(view, "zones-2", "zones-3", width_px=456, height_px=207, scale=2)
    image = opened(drawn)
    assert image.size == (912, 414)
    found = {colour for _, colour in image.convert("RGB").getcolors(maxcolors=1 << 20)}
    mover, old_border = (0xE0, 0x7B, 0x00), (0x8C, 0x0D, 0x4F)
    assert {mover, old_border} <= found
    assert RESTRICTED_MARK.encode() not in drawn
    assert drawn == moves_picture(view, "zones-2", "zones-3", width_px=456, height_px=207, scale=2)
    # Everybody gains an officer of its own: nobody moves to another high school.
    gained = opened(moves_picture(restricted, "zones-2", "campus", scale=1))
    found = {colour for _, colour in gained.convert("RGB").getcolors(maxcolors=1 << 20)}
    assert mover not in found
    assert (0x0B, 0x4F, 0x8A) in found
    assert gained.info["Warning"] == RESTRICTED_MARK


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_view_gives_the_same_bytes(restricted: RestrictedView, kind: str) -> None:
    chosen = option_with_zones(restricted.public)
    assert picture(restricted, chosen, format=kind) == picture(restricted, chosen, format=kind)
    assert frontier_picture(restricted, format=kind) == frontier_picture(restricted, format=kind)


@pytest.mark.parametrize("draw", [picture, None])
def test_an_svg_from_hostile_data_runs_nothing_and_asks_for_nothing(
    hostile: RestrictedView, draw: object
) -> None:
    svg = (
        picture(hostile, option_with_zones(hostile.public), format="svg")
        if draw
        else frontier_picture(hostile, format="svg")
    )
    root = ElementTree.fromstring(svg)
    for node in root.iter():
        assert node.tag.removeprefix(SVG) not in {"script", "image", "foreignObject", "a"}
        for name, value in node.attrib.items():
            assert not name.lower().startswith("on")
            assert name != LINK or value.startswith("#")
    addresses = set(re.findall(rb"https?://[^\"'\s]*", svg))
    assert addresses == {b"http://www.w3.org/2000/svg", b"http://www.w3.org/1999/xlink"}
    assert b"<!DOCTYPE" not in svg
    assert b"date" not in svg.lower()


def test_names_are_never_read_as_mathematics(hostile: RestrictedView) -> None:
    svg = picture(hostile, option_with_zones(hostile.public), format="svg")
    assert MATHS in words(svg)
    assert MATHS in words(frontier_picture(hostile, format="svg"))


def test_labels_of_options_are_shown_as_typed(hostile: RestrictedView) -> None:
    option = next(o for o in hostile.public.options if len(o.zones))
    svg = picture(hostile, option.option_id, format="svg")
    shown = "".join(words(svg).split())
    assert "".join(plain(option.label).split())[:40] in shown


def test_a_restricted_picture_carries_the_mark(restricted: RestrictedView) -> None:
    chosen = option_with_zones(restricted.public)
    for png in (picture(restricted, chosen), frontier_picture(restricted)):
        image = opened(png)
        assert image.text == {"Warning": RESTRICTED_MARK}
        assert image.convert("RGB").getpixel((5, 5)) == (0x8C, 0x15, 0x15)
    for svg in (
        picture(restricted, chosen, format="svg", title=False),
        frontier_picture(restricted, format="svg"),
    ):
        root = ElementTree.fromstring(svg)
        assert root.findtext(f"{SVG}desc") == RESTRICTED_MARK
        assert root.findtext(f"{SVG}metadata") == RESTRICTED_MARK
        assert RESTRICTED_MARK in words(svg)


def test_a_public_picture_has_no_mark_no_metadata_and_no_discs(view: PublicView) -> None:
    chosen = option_with_zones(view)
    assert opened(picture(view, chosen)).text == {}
    svg = picture(view, chosen, format="svg")
    assert b"RESTRICTED" not in svg
    assert not any(fill.encode() in svg for fill in BAND_FILLS[1:])
    assert "Mean response at the school" not in words(svg)


def test_the_discs_show_gaps_where_coverage_is_given(
    restricted: RestrictedView, view: PublicView
) -> None:
    chosen = option_with_zones(restricted.public)
    outcome, comparison = restricted.comparison.outcome(chosen), restricted.comparison
    assert outcome.plan is not None
    assert outcome.schedule is not None
    coverage = cover_severe_events(
        outcome.plan,
        outcome.schedule,
        comparison.emergency_times,
        schools=comparison.district.schools,
    )
    gaps = [900.0, 901.0, 3600.0] + [0.0] * (len(coverage.buildings) - 3)
    shown = coverage.buildings.assign(gap_s_per_day=gaps)
    coverage = replace(coverage, buildings=shown)
    svg = picture(restricted, chosen, format="svg", severe=coverage)
    assert "Nearest officer over 8 min away:" in words(svg)
    assert "Mean response at the school" not in words(svg)
    for fill, count in zip(BAND_FILLS[1:], (1, 2, 0, 0), strict=True):
        drawn = len(re.findall(rf'<use [^>]*style="fill: {fill}', svg.decode()))
        assert drawn == count + 1, "and one in the legend"
    with pytest.raises(ValueError, match="restricted"):
        picture(view, chosen, severe=coverage)


def test_the_discs_count_the_schools_of_each_band(restricted: RestrictedView) -> None:
    chosen = option_with_zones(restricted.public)
    svg = picture(restricted, chosen, format="svg").decode()
    outcome = restricted.comparison.outcome(chosen)
    assert outcome.response is not None
    means = outcome.response.buildings["mean_s"].dropna()
    for band, fill in list(enumerate(BAND_FILLS))[1:]:
        low = RESPONSE_BANDS_S[band - 1]
        high = (*RESPONSE_BANDS_S, np.inf)[band]
        expected = int(((means > low) & (means <= high)).sum())
        drawn = len(re.findall(rf'<use [^>]*style="fill: {fill}', svg))
        assert drawn == expected + 1, f"band {band}; one more in the legend"


def test_the_discs_have_the_colours_of_the_restricted_page() -> None:
    rules = asset("restricted.css")
    assert re.findall(r'\[data-band="\d"\] \{ --halo: (#\w+);', rules) == list(BAND_FILLS)


def test_without_a_title_the_slide_has_its_own(view: PublicView) -> None:
    svg = picture(view, option_with_zones(view), format="svg", title=False)
    assert view.title not in words(svg)
    assert view.attribution in words(svg)


def test_an_option_without_zones_says_so(view: PublicView) -> None:
    bare = next(o.option_id for o in view.options if not len(o.zones))
    assert "This option has no zones" in words(picture(view, bare, format="svg"))


def test_estimates_source_and_date_stand_on_the_picture(view: PublicView) -> None:
    told = replace(view, date=datetime.date(2026, 11, 22), cautions=("Straight lines.",))
    shown = words(picture(told, option_with_zones(told), format="svg"))
    assert "Straight lines." in shown
    assert "2026-11-22. Source: made up for a test" in shown


def test_options_without_a_response_are_named_below_the_chart(view: PublicView) -> None:
    first = view.options[0]
    blind = replace(first, values={**first.values, "mean_response_s": float("nan")}, label="Alone")
    shown = words(frontier_picture(replace(view, options=(blind, *view.options[1:])), format="svg"))
    assert "Not on the chart: Alone (not computed)." in shown
    none = replace(view, options=(blind,))
    assert "Not on the chart" in words(frontier_picture(none, format="svg"))


def test_the_users_own_style_is_neither_used_nor_changed(view: PublicView) -> None:
    chosen = option_with_zones(view)
    usual = picture(view, chosen)
    with mpl.rc_context({"font.size": 30, "figure.facecolor": "black", "text.color": "red"}):
        before = dict(mpl.rcParams)
        assert picture(view, chosen) == usual
        assert dict(mpl.rcParams) == before


def test_an_unknown_option_is_a_key_error(view: PublicView) -> None:
    with pytest.raises(KeyError, match="nowhere"):
        picture(view, "nowhere")


@pytest.mark.parametrize(
    "size",
    [
        {"width_px": 100},
        {"width_px": 20_000},
        {"scale": 20.0},
        {"scale": float("nan")},
        {"scale": 0.0},
    ],
)
def test_a_size_that_cannot_be_drawn_is_refused(view: PublicView, size: dict[str, float]) -> None:
    with pytest.raises(OutputError, match="Each side must be 300 to 16384 pixels"):
        picture(view, option_with_zones(view), **size)  # type: ignore[arg-type]


def test_a_kind_that_is_not_drawn_is_refused(view: PublicView) -> None:
    with pytest.raises(OutputError, match="png or svg, not 'gif'"):
        picture(view, option_with_zones(view), format="gif")  # type: ignore[arg-type]


def test_a_missing_matplotlib_names_the_extra(
    view: PublicView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(OutputError, match=re.escape("pip install 'zoning[report]'")):
        picture(view, option_with_zones(view))


class Drawn:
    """Axes that note the lines drawn on them."""

    def __init__(self) -> None:
        self.lines: list[tuple[list[float], list[float]]] = []

    def plot(self, x: list[float], y: list[float], **_look: object) -> None:
        self.lines.append((x, y))

    def add_patch(self, _patch: object) -> None: ...


def test_the_scale_bar_is_as_long_as_it_says() -> None:
    """At 0.05 px a metre: 1 mile is 80.4672 px, 1 km 50 px; 120 px are free."""
    page, axes = sheet(), Drawn()
    draw_scale_bar(page, axes, (0, 0, 190, 50), px_per_m=0.05)  # type: ignore[arg-type]
    lengths = [x[2] - x[0] for x, _ in axes.lines]
    assert lengths == pytest.approx([80.4672, 100.0])
    assert [text.get_text() for text in page.figure.texts] == ["1 mi", "2 km"]


@pytest.mark.filterwarnings("ignore:Glyph")  # `picture` hears none either
@settings(max_examples=30, deadline=None)
@given(
    st.text(st.characters(exclude_categories=("Cs",)), max_size=200),
    st.floats(40, 400),
)
def test_wrapped_lines_fit_and_nothing_is_lost(text: str, width: float) -> None:
    page = sheet()
    lines = page.wrapped(text, size=16, width=width, lines=10_000)
    assert "".join("".join(lines).split()) == "".join(plain(text).split())
    assert all(page.length(line, size=16) <= width for line in lines if len(line) > 1)


def test_a_text_too_long_for_its_lines_ends_with_an_ellipsis() -> None:
    page = sheet()
    lines = page.wrapped("word " * 200, size=16, width=300, lines=2)
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert page.length(lines[1], size=16) <= 300


def test_characters_nobody_sees_are_left_out() -> None:
    assert plain("a\x00b\u202ec\u2028d\te\r\n f\ud800") == "abc d e f"


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 800), st.floats(0, 600)), min_size=1, max_size=40))
def test_names_cover_neither_one_another_nor_a_school(places: list[tuple[float, float]]) -> None:
    page = sheet(800, 600)
    labels = Labels(page, page.paper(), (0, 0, 800, 600))
    spots = [(x - 5, y - 5, x + 5, y + 5) for x, y in places]
    labels.symbols.add(*spots)
    for k, place in enumerate(places):
        labels.name(f"School {k}", np.array(place), gap=6.0)
    boxes = labels.taken._boxes
    for k, (left, bottom, right, top) in enumerate(boxes):
        assert left >= 0
        assert bottom >= 0
        assert right <= 800
        assert top <= 600
        for other in (*boxes[:k], *spots):
            apart = right <= other[0] or other[2] <= left or top <= other[1] or other[3] <= bottom
            assert apart


@pytest.mark.parametrize(
    ("label", "lines"),
    [
        ("12", ["12"]),
        ("North East", ["North East"]),
        ("Preston Highway corridor", ["Preston Highway", "corridor"]),
        ("North-Eastern Corridor and Lakefront", ["North-Eastern", "Corridor and…"]),
        ("\u202e", []),
    ],
)
def test_a_name_of_a_zone_takes_two_lines_at_most(label: str, lines: list[str]) -> None:
    page = sheet(800, 600)
    labels = Labels(page, page.paper(), (0, 0, 800, 600))
    labels.zone(label, box(100, 100, 700, 500), np.array([[400.0, 300.0]]))
    written = [text for text in page.figure.texts if text.get_text()]
    assert [text.get_text() for text in written] == lines
    assert [text.get_position()[1] for text in written] == sorted(
        (text.get_position()[1] for text in written), reverse=True
    )
    assert len(labels.taken._boxes) == bool(lines)


def test_text_outside_latin_1_survives_in_a_png() -> None:
    empty = io.BytesIO()
    Image.new("RGB", (1, 1)).save(empty, "PNG")
    marked = png_with_text(empty.getvalue(), {"Warning": "né", "Title": "学校 🏫"})
    assert opened(marked).text == {"Warning": "né", "Title": "学校 🏫"}
    assert opened(png_with_text(marked, {})).text == {}


def test_a_missing_browser_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("playwright.sync_api")
    monkeypatch.setattr(browser, "find_browser", lambda: None)
    with pytest.raises(OutputError, match="Install Chromium or Google Chrome"):
        screenshot("<p>hello</p>")


def test_a_missing_playwright_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    with pytest.raises(OutputError, match=re.escape("pip install 'zoning[png]'")):
        screenshot("<p>hello</p>")


def test_a_page_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"nowhere\.html cannot be read"):
        screenshot(tmp_path / "nowhere.html")
    with pytest.raises(ValueError, match="is no page; for a file, give a Path"):
        screenshot("map.html")


@pytest.mark.browser
def test_the_browser_draws_a_page_and_keeps_its_mark() -> None:
    need_chromium()
    page = f'<meta name="classification" content="{RESTRICTED_MARK}"><body bgcolor="#00ff00">'
    image = opened(screenshot(page, width_px=200, height_px=100, scale=2))
    assert image.size == (400, 200)
    assert image.convert("RGB").getpixel((200, 100)) == (0, 255, 0)
    assert image.text == {"Warning": RESTRICTED_MARK}
    paper = printed(page)
    assert paper.startswith(b"%PDF")
    assert set(re.findall(rb"D:\d+", paper)) == {b"D:19800101000000"}


@pytest.mark.browser
def test_a_page_gets_no_network_and_no_file(tmp_path: Path) -> None:
    """The page turns red if anything it asks for arrives."""
    need_chromium()
    secret = tmp_path / "secret.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    asked = "".join(
        f'<img src="{address}" onload="document.body.bgColor=\'#ff0000\'">'
        for address in (secret.as_uri(), "http://127.0.0.1:9/x.png", "https://example.org/x.png")
    )
    image = opened(screenshot(f'<body bgcolor="#00ff00">{asked}', width_px=300, height_px=300))
    assert image.convert("RGB").getpixel((290, 290)) == (0, 255, 0)


@pytest.mark.browser
def test_a_page_that_fails_is_no_picture() -> None:
    need_chromium()
    with pytest.raises(OutputError, match="the sky fell"):
        screenshot("<script>throw new Error('the sky fell')</script>")


@pytest.mark.browser
def test_an_svg_opened_from_disk_is_quiet(hostile: RestrictedView, tmp_path: Path) -> None:
    path = tmp_path / "map.svg"
    path.write_bytes(picture(hostile, option_with_zones(hostile.public), format="svg"))
    with chromium() as running, file_page(running, path) as shown:
        assert shown.requests == [path.as_uri()]
        assert shown.complaints == []
        assert shown.page.evaluate("window.__x") is None


def test_letters_are_measured_as_a_slide_draws_them() -> None:
    """At 8 pixels letters are fitted to whole ones; at four times the pixels words are longer."""
    name, size = "Eastland Elementary School", 8.0
    small = Figure(figsize=(6, 4), dpi=PX_PER_INCH)
    sheet = Sheet(small, FigureCanvasAgg(small), width_px=384, height_px=256)
    large = Figure(figsize=(6, 4), dpi=4 * PX_PER_INCH)
    canvas = FigureCanvasAgg(large)
    drawn = large.text(0, 0, name, fontsize=sheet.points(size), family="sans-serif")
    canvas.draw()
    renderer = canvas.get_renderer()  # type: ignore[no-untyped-call]
    width = drawn.get_window_extent(renderer).width / 4
    assert sheet.length(name, size=size) == pytest.approx(width, rel=0.02)
