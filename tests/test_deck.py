"""The slides for a board: what they say, what fits, and what is not in them."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from importlib.resources import files
from io import BytesIO
from itertools import compress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from helpers.map_towns import ATTACKS, hostile_comparison

from zoning.disclosure import (
    PublicView,
    RestrictedView,
    option_change,
    public_view,
    restricted_view,
)
from zoning.disclosure.audit import Verdict, audit
from zoning.disclosure.changes import OTHER_HIGH_SCHOOL
from zoning.editions import RESTRICTED_MARK
from zoning.errors import OptionError
from zoning.reports.deck import deck, messages
from zoning.reports.deck.change_slides import _where_to
from zoning.reports.deck.chart import ChartPoint, fits_names
from zoning.reports.deck.money_slides import BEFORE_AID, _unknown
from zoning.reports.deck.tables import MOST_ROWS
from zoning.reports.deck.template import Box
from zoning.reports.office_files import LINE_HEIGHT, Ruler, one_line
from zoning.reports.outputs import _SLIDE_MAP_PX
from zoning.staffing import Budget, CostAssumptions, Role, StaffingComparison, StaffLine
from zoning.staffing.equity import ALL_STUDENTS
from zoning.staffing.figures import response_text

pytestmark = pytest.mark.slow

pptx = pytest.importorskip("pptx", reason="python-pptx is not installed: no slides are made")
openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")
image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")

A_POINT = 12_700
DATE = pd.Timestamp("2026-11-22").date()
MINUTES = r"\d+\.\d+ min"
NOT_PUBLIC = re.compile(
    # How many arrivals are met in the whole district is public; when anyone arrives is not.
    r"dwell|seed\b|arrival(?!s met)|departure|break|slowest|busy|unvisited|restricted"
    r"|per-school",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def view(compared: StaffingComparison) -> PublicView:
    return public_view(compared, date=DATE)


@pytest.fixture(scope="module")
def attacked() -> PublicView:
    """Attack strings wherever words come from data, and a formula as the name of each option."""
    hostile = public_view(hostile_comparison(), date=DATE)
    options = tuple(replace(o, label='=HYPERLINK("http://x")') for o in hostile.options)
    return replace(hostile, options=options)


@pytest.fixture(scope="module")
def restricted(compared: StaffingComparison) -> RestrictedView:
    return restricted_view(compared, date=DATE)


@pytest.fixture(scope="module")
def changed(view: PublicView) -> PublicView:
    """In Kentucky, with groups, options that are beaten, and characters that XML cannot hold."""
    other = view.equity.rename(index={ALL_STUDENTS: "Black"}, level="group")
    return replace(
        view,
        state="KY",
        title="A\x00B\x1bC\ud800D\nE\u200fF",
        equity=pd.concat([view.equity, other]).sort_index(),
        options=tuple(replace(o, not_dominated=k == 1) for k, o in enumerate(view.options)),
    )


# Decks are made once and read by many tests.


@pytest.fixture(scope="module")
def plain_file(view: PublicView) -> bytes:
    return deck(view, pictures={view.options[1].option_id: png()}, changes=png())


@pytest.fixture(scope="module")
def shown(plain_file: bytes) -> Any:
    """The plain deck, from two zones to three; do not change it."""
    return pptx.Presentation(BytesIO(plain_file))


@pytest.fixture(scope="module")
def proposed(view: PublicView) -> Any:
    """From three zones to an officer on each campus, which is proposed; do not change it."""
    return made(view, today="zones-3", chosen="campus")


@pytest.fixture(scope="module")
def restricted_file(restricted: RestrictedView) -> bytes:
    return deck(restricted, pictures={})


@pytest.fixture(scope="module")
def attacked_file(attacked: PublicView) -> bytes:
    return deck(attacked, pictures={attacked.options[1].option_id: png()})


@pytest.fixture(scope="module")
def changed_deck(changed: PublicView) -> Any:
    return made(changed)


def png(text: str = "", *, size: tuple[int, int] = (400, 300)) -> bytes:
    info = pytest.importorskip("PIL.PngImagePlugin").PngInfo()
    if text:
        info.add_text("Warning", text)
    file = BytesIO()
    image.new("RGB", size, "#cfe3f5").save(file, format="PNG", pnginfo=info)
    return file.getvalue()


def made(view: PublicView | RestrictedView, **options: Any) -> Any:
    pictures = options.pop("pictures", {})
    return pptx.Presentation(BytesIO(deck(view, pictures=pictures, **options)))


def texts_of(slide: Any) -> list[str]:
    texts = []
    for shape in slide.shapes:
        if shape.has_text_frame:
            texts.append(shape.text_frame.text)
        if shape.has_table:
            texts += [cell.text_frame.text for row in shape.table.rows for cell in row.cells]
    return texts


def all_text(presentation: Any) -> str:
    return "\n".join(text for slide in presentation.slides for text in texts_of(slide))


def titles_of(presentation: Any) -> list[str]:
    return [slide.shapes.title.text_frame.text for slide in presentation.slides]


def slide_titled(presentation: Any, title: str) -> Any:
    """The first slide whose title begins so."""
    return next(
        slide
        for slide, text in zip(presentation.slides, titles_of(presentation), strict=True)
        if text.startswith(title)
    )


def to_read(presentation: Any) -> list[Any]:
    """The slides between the opening and the appendix."""
    end = titles_of(presentation).index("Appendix: to look up")
    return list(presentation.slides)[1:end]


def table_of(slide: Any) -> list[list[str]]:
    (frame,) = (shape for shape in slide.shapes if shape.has_table)
    return [[cell.text_frame.text for cell in row.cells] for row in frame.table.rows]


def with_long_names(view: PublicView, *, options: int, schools: int) -> PublicView:
    """Labels and names of 120 characters, more options, and copies of schools that all move."""
    word = "Consolidated Interdisciplinary Performing Arts Magnet Academy of Excellence "
    many = [view.options[k % len(view.options)] for k in range(options)]
    copies = math.ceil(schools / len(view.schools))
    ids = [f"{i}x{k}" for k in range(copies) for i in view.schools.index]
    wide = pd.concat([view.schools] * copies).set_axis(pd.Index(ids, name="building_id"))
    wide["name"] = [f"{i} {word * 3}"[:120] for i in ids]

    def copied(option: Any) -> Any:
        if option.zones.empty:
            return option
        zones = option.zones.copy()
        zones["building_ids"] = [
            tuple(f"{i}x{k}" for k in range(copies) for i in of) for of in zones["building_ids"]
        ]
        zones["high_school"] = [
            None if h is None else f"{h} {word * 3}"[:120] for h in zones["high_school"]
        ]
        places = pd.concat([option.places] * copies).set_axis(
            pd.Index([f"{i}x{k}" for k in range(copies) for i in option.places.index])
        )
        return replace(option, zones=zones, places=places)

    return replace(
        view,
        title=(word * 3)[:120],
        district=(word * 3)[:120],
        schools=wide,
        options=tuple(
            replace(copied(o), option_id=f"o{k}", label=f"{k} {word * 3}"[:120])
            for k, o in enumerate(many)
        ),
        equity=view.equity.iloc[:0],
        notices=(*view.notices, ", ".join(wide["name"])),
    )


def misfits(presentation: Any) -> list[str]:
    """What lies outside its slide, or whose text is higher than it; measured again here."""
    found = []
    width, height = presentation.slide_width, presentation.slide_height
    for number, slide in enumerate(presentation.slides, start=1):
        for shape in slide.shapes:
            where = f"slide {number}, {shape.name}"
            if not (
                shape.left >= 0
                and shape.top >= 0
                and shape.left + shape.width <= width + 1
                and shape.top + shape.height <= height + 1
            ):
                found.append(f"{where}: outside the slide")
            if shape.has_table:
                found += [f"{where}: {fault}" for fault in table_misfits(shape, height)]
            elif shape.has_text_frame:
                frame = shape.text_frame
                inner = shape.width - frame.margin_left - frame.margin_right
                room = shape.height - frame.margin_top - frame.margin_bottom
                if text_height(frame.paragraphs, inner) > room / A_POINT + 0.5:
                    found.append(f"{where}: text higher than its box: {frame.text[:40]}")
    return found


def table_misfits(shape: Any, slide_height: int) -> list[str]:
    table = shape.table
    found = []
    if shape.top + sum(row.height for row in table.rows) > slide_height:
        found.append("rows run off the slide")
    for row in table.rows:
        for cell, column in zip(row.cells, table.columns, strict=True):
            inner = column.width - cell.margin_left - cell.margin_right
            room = row.height - cell.margin_top - cell.margin_bottom
            if text_height(cell.text_frame.paragraphs, inner) > room / A_POINT + 0.5:
                found.append(f"cell higher than its row: {cell.text_frame.text[:40]}")
    return found


def text_height(paragraphs: Any, width: int) -> float:
    total = 0.0
    for paragraph in paragraphs:
        for run in paragraph.runs:
            size = run.font.size.pt
            indent = int(paragraph._p.pPr.get("marL", 0)) if paragraph._p.pPr is not None else 0
            lines = Ruler().lines(
                run.text, (width - indent) / A_POINT, size, bold=bool(run.font.bold)
            )
            before = (paragraph.space_before or 0) / A_POINT
            total += len(lines) * size * LINE_HEIGHT + before
    return total


def letters_of(shape: Any) -> set[float]:
    """Sizes of the letters of a shape."""
    if shape.has_table:
        cells = [cell for row in shape.table.rows for cell in row.cells]
        paragraphs = [p for cell in cells for p in cell.text_frame.paragraphs]
    elif shape.has_text_frame:
        paragraphs = list(shape.text_frame.paragraphs)
    else:
        return {math.inf}
    return {run.font.size.pt for p in paragraphs for run in p.runs} or {math.inf}


def sizes_of(presentation: Any) -> tuple[set[float], set[float]]:
    """Sizes of letters in text, and in tables."""
    shapes = [shape for slide in presentation.slides for shape in slide.shapes]
    return (
        {size for s in shapes if not s.has_table for size in letters_of(s)},
        {size for s in shapes if s.has_table for size in letters_of(s)},
    )


# What is read in the room


@pytest.mark.parametrize("name", ["shown", "proposed", "changed_deck"])
def test_a_room_gets_few_slides_with_a_figure_in_each_title(
    name: str, request: pytest.FixtureRequest
) -> None:
    slides = to_read(request.getfixturevalue(name))
    assert 6 <= len(slides) <= 11
    for slide in slides:
        title = slide.shapes.title.text_frame.text
        assert re.search(r"\d|\b(No|One|Two|Three|Four|withheld)\b", title), title
        assert len(title.split()) >= 5, f"{title} is a topic, not a sentence"


@pytest.mark.parametrize("name", ["shown", "proposed", "changed_deck"])
def test_a_room_can_read_every_letter(name: str, request: pytest.FixtureRequest) -> None:
    for slide in to_read(request.getfixturevalue(name)):
        for shape in slide.shapes:
            if shape.has_table:
                assert len(shape.table.rows) <= 1 + MOST_ROWS
            assert shape.name in {"Footer", "Page number"} or min(letters_of(shape)) >= 18


def test_a_map_fills_its_slide(view: PublicView) -> None:
    """The pictures of a run have the shape of the room between title and footer."""
    width, height = _SLIDE_MAP_PX
    ids = [o.option_id for o in view.options if len(o.zones)]
    presentation = made(view, pictures={i: png(size=(width, height)) for i in ids})
    for slide in presentation.slides:
        for shape in slide.shapes:
            if shape.name == "Map":
                assert shape.height > 0.75 * presentation.slide_height
                assert shape.width > 0.93 * presentation.slide_width
                # A pixel is two points, so that letters of 9.3 pixels have 18 points and more.
                assert shape.width / A_POINT / width * 15 * 0.62 >= 18


def test_the_options_are_told_as_the_view_tells_them(view: PublicView, shown: Any) -> None:
    slide = slide_titled(shown, "Four options put 0 to 9 officers on duty, for $0 to $1.50 M")
    rows = table_of(slide)
    assert [row[0] for row in rows[1:]] == [o.label for o in view.options]
    for row, option in zip(rows[1:], view.options, strict=True):
        assert row[1] == f"{option.values['posts']:.0f}"
        assert row[3].split("\n")[0] == response_text(option.values["mean_response_s"])
    assert "All 17 assumptions are general defaults" in " ".join(texts_of(slide))


def test_the_appendix_has_every_figure_of_an_option(view: PublicView, shown: Any) -> None:
    rows = table_of(slide_titled(shown, "Every figure of 4 options: none is beaten outright"))
    none, two, *_ = rows[1:]
    assert none[5] == "not computed"
    posts = view.options[1].values["posts"]
    assert two[1] == f"{posts:.0f} ({view.options[1].values['officers']:.0f})"
    # So few schools are patrolled that presences are withheld; officers of campuses are all there.
    assert [row[-1] for row in rows] == [
        *("Arrivals met, Dismissals met", "not computed", "withheld", "withheld"),
        "9 of 9\n9 of 9",
    ]


def test_options_stand_out_only_where_others_are_beaten(shown: Any, changed_deck: Any) -> None:
    title = "1 of 4 options is not beaten outright by another"
    marked = [row[0] for row in table_of(slide_titled(changed_deck, title))]
    assert [text.startswith("● ") for text in marked] == [False, False, True, False, False]
    assert "●" not in all_text(shown)


def test_an_unclear_difference_is_called_unclear(view: PublicView) -> None:
    drawn = [o for o in view.options if not math.isnan(o.values["mean_response_s"])]
    first, last = drawn[0], drawn[-1]
    assert "sooner on average" in messages.of_chart(view, drawn)
    for change, said in ((0.0, "no clear difference"), (30.0, "0.5 min later"), (math.nan, " to ")):
        unsure = replace(last, mean_changes={**last.mean_changes, first.option_id: change})
        title = messages.of_chart(view, [*drawn[:-1], unsure])
        assert said in title
        assert "sooner" not in title


def test_every_slide_has_a_title_notes_a_footer_and_its_number(shown: Any) -> None:
    for number, slide in enumerate(shown.slides, start=1):
        assert slide.shapes.title.text_frame.text
        notes = slide.notes_slide.notes_text_frame.text
        parts = ("What to say:", "Where it comes from:", "What it is not:")
        assert all(part in notes for part in parts)
        named = {
            shape.name: shape.text_frame.text for shape in slide.shapes if shape.has_text_frame
        }
        assert named["Footer"] == "Nine Schools · 22 November 2026 · Public edition"
        number_box = next(s for s in slide.shapes if s.name == "Page number")
        assert number_box.element.xpath(".//a:fld/a:t")[0].text == str(number)


def test_a_screen_reader_meets_the_title_first_and_the_footer_last(shown: Any) -> None:
    for slide in shown.slides:
        names = [shape.name for shape in slide.shapes]
        assert names[0].startswith("Title")
        assert names[-2:] == ["Footer", "Page number"]


def test_the_audit_tells_the_editions_apart(
    plain_file: bytes, restricted_file: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "deck.pptx"
    for file, verdict in ((plain_file, Verdict.PUBLIC), (restricted_file, Verdict.RESTRICTED)):
        path.write_bytes(file)
        assert audit(path).verdict is verdict


def test_maps_have_alternative_text_and_options_without_one_say_so(shown: Any) -> None:
    slide = slide_titled(shown, "2 patrol zones: a call is reached in")
    (map_shape,) = (s for s in slide.shapes if s.name == "Map")
    about = map_shape._element.xpath(".//p:cNvPr")[0].get("descr")
    assert about == "Map of 2 patrol zones in Nine Schools: 2 patrol zones."
    missing = slide_titled(shown, "3 patrol zones: a call is reached in")
    assert "No map was given" in "\n".join(texts_of(missing))


def test_the_chart_is_native_and_its_workbook_holds_no_formula(
    attacked: PublicView, attacked_file: bytes
) -> None:
    slides = pptx.Presentation(BytesIO(attacked_file)).slides
    (chart,) = (shape.chart for slide in slides for shape in slide.shapes if shape.has_chart)
    drawn = [o for o in attacked.options if not math.isnan(o.values["mean_response_s"])]
    (series,) = chart.plots[0].series
    assert list(series.values) == [
        pytest.approx(o.values["mean_response_s"] / 60, abs=1e-5) for o in drawn
    ]
    assert chart._chartSpace.xpath(".//c:errBars/c:plus//c:v")
    book = openpyxl.load_workbook(BytesIO(chart.part.chart_workbook.xlsx_part.blob))
    cells = [cell for row in book.active.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert book.active["E2"].value == '=HYPERLINK("http://x")'
    assert not any(cell.hyperlink for cell in cells)


def test_names_that_would_cover_each_other_become_numbers() -> None:
    points = [
        ChartPoint(name=f"Option {k}", key=str(k), cost=1.0, response=5.0, low=4.0, high=6.0)
        for k in range(3)
    ]
    apart = [replace(p, cost=1.0 + 4 * k) for k, p in enumerate(points)]
    box = Box(0, 0, 860, 330)
    assert fits_names(apart, box, Ruler())
    assert not fits_names(points, box, Ruler())
    assert not fits_names([replace(p, name="long " * 20) for p in apart], box, Ruler())


# What changes


def test_one_map_and_one_summary_tell_what_changes(shown: Any, view: PublicView) -> None:
    title = "1 of 9 schools moves to a zone of another high school"
    slide = slide_titled(shown, title)
    (drawn,) = (shape for shape in slide.shapes if shape.name == "Map of changes")
    about = drawn._element.xpath(".//p:cNvPr")[0].get("descr")
    assert f"From: 2 patrol zones. To: 3 patrol zones. {title}" in about
    summary = slide_titled(shown, "From 2 patrol zones to 3 patrol zones: it costs ")
    said = "\n".join(texts_of(summary))
    assert said.startswith("From 2 patrol zones to 3 patrol zones: it costs $106,000 a year more")
    assert "Of the others, 8 schools share their officer with fewer." in said
    change = option_change(view, "zones-2", "zones-3")
    (moved,) = change.moves().index
    assert f"By level: 1 {change.schools['level'][moved]}." in said
    assert "It comes to the zone of School" in said
    assert "100 %, then 89 %" in said


@pytest.mark.parametrize(
    ("arrivals", "said"),
    [
        ({"A": 2, "B": 1}, "They come to the zones of A (2) and B (1)."),
        ({"A": 3, "B": 1, "C": 1, "D": 1}, "Most come to the zones of A (3), B (1) and C (1)."),
        (dict.fromkeys("ABCDEF", 1), "Some come to the zones of A (1), B (1) and C (1)."),
    ],
)
def test_most_schools_come_to_high_schools_only_if_most_do(
    arrivals: dict[str, int], said: str
) -> None:
    to = [school for school, count in arrivals.items() for _ in range(count)]
    after = SimpleNamespace(
        places=pd.DataFrame({"zone_id": to}),
        zones=pd.DataFrame({"high_school": list(arrivals)}, index=list(arrivals)),
    )
    moves = pd.Series(OTHER_HIGH_SCHOOL, index=range(len(to)))
    change: Any = SimpleNamespace(after=after)
    assert _where_to(change, moves) == [said]


def test_near_best_plans_do_lie_within_what_is_said() -> None:
    for above, said in ((0.012_340_1, "1.24 %"), (0.02, "2 %"), (0.0, "0.01 %")):
        table = pd.DataFrame({"above_best": [0.0, above]})
        assert messages.of_plans(table).startswith(f"Two plans lie within {said} of the best")


def test_the_appendix_names_each_school_that_changes(proposed: Any, shown: Any) -> None:
    named = table_of(slide_titled(proposed, "9 schools gain an officer of their own"))
    assert [row[0] for row in named[1:]] == [f"School {k}" for k in range(9)]
    (row,) = table_of(slide_titled(shown, "1 school moves to a zone of another high school"))[1:]
    assert row[2:] == ["School 8, zone 2", "School 1, zone 1"]


def test_an_option_that_was_not_compared_is_refused(view: PublicView) -> None:
    with pytest.raises(OptionError, match=r"(?s)chosen is 'x'.*today is 'y'|today is 'y'.*'x'"):
        deck(view, pictures={}, chosen="x", today="y")
    with pytest.raises(OptionError, match="two different options"):
        deck(view, pictures={}, chosen="none", today="none")


def test_pictures_that_do_not_belong_are_refused_together(view: PublicView) -> None:
    ids = [o.option_id for o in view.options]
    wrong = {"x": png(), ids[1]: b"GIF89a", ids[2]: png(RESTRICTED_MARK)}
    with pytest.raises(OptionError) as caught:
        deck(view, pictures=wrong, changes=png(RESTRICTED_MARK))
    assert "the map of changes is restricted" in str(caught.value)
    assert "'x' was not compared" in str(caught.value)
    assert f"{ids[1]!r}: the picture is not a PNG" in str(caught.value)
    assert f"{ids[2]!r}: the picture is restricted" in str(caught.value)


def test_withheld_response_by_group_is_said_plainly(changed_deck: Any) -> None:
    text = all_text(changed_deck)
    assert "Response by group of students is withheld or not computed for 3 patrol zones" in text
    assert "exposure, not a benefit" in text
    assert "withheld: with fewer than 20 patrolled buildings" in text


def test_one_group_is_a_sentence_and_no_slide(shown: Any) -> None:
    assert not [title for title in titles_of(shown) if "roup" in title]
    assert "not compared between groups" in all_text(shown)


def test_kentucky_is_told_what_its_law_asks_for(shown: Any, changed_deck: Any) -> None:
    assert "KRS" not in all_text(shown)
    slide = slide_titled(changed_deck, "State law: 9 campuses need an approved arrangement under 3")
    text = "\n".join(texts_of(slide))
    assert "KRS 158.4414(2)" in text
    assert "state school security marshal" in text


def test_a_public_deck_holds_nothing_restricted(view: PublicView, plain_file: bytes) -> None:
    with zipfile.ZipFile(BytesIO(plain_file)) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                text = re.sub(r"<[^>]*>", " ", archive.read(name).decode("utf-8"))
                assert NOT_PUBLIC.findall(text) == [], name
    presentation = pptx.Presentation(BytesIO(plain_file))
    shown = set(re.findall(MINUTES, all_text(presentation)))
    public = {
        response_text(value)
        for option in view.options
        for key, value in option.values.items()
        if key.endswith("_s") and not math.isnan(value)
    }
    least = {response_text(abs(change)) for o in view.options for change in o.mean_changes.values()}
    grouped = {response_text(wait) for wait in view.equity["mean_response_s"].dropna()}
    # A default of the calls, and how far simulated figures can be off.
    told = {w for v in (*view.assumptions["value"], *view.notices) for w in re.findall(MINUTES, v)}
    assert shown <= public | least | grouped | told


def test_a_restricted_deck_is_marked_everywhere(
    restricted: RestrictedView, restricted_file: bytes
) -> None:
    presentation = pptx.Presentation(BytesIO(restricted_file))
    for slide in presentation.slides:
        assert RESTRICTED_MARK in texts_of(slide)
        assert RESTRICTED_MARK in slide.notes_slide.notes_text_frame.text
    about = presentation.core_properties
    assert about.subject == about.keywords == about.comments == RESTRICTED_MARK
    assert about.title.startswith("RESTRICTED")
    option = restricted.public.options[2].option_id
    response = restricted.comparison.outcome(option).response
    assert response is not None
    worst = response.buildings["mean_s"].idxmax()
    first = table_of(slide_titled(presentation, "The longest mean response of a building is"))[1]
    assert first[0] == restricted.public.schools["name"][worst]
    assert first[2] == response_text(response.buildings["mean_s"].max())
    assert len(table_of(slide_titled(presentation, "The busiest officer is on calls"))) == 1 + len(
        response.zones
    )
    assert misfits(presentation) == []


def test_attacks_stand_as_typed(attacked_file: bytes) -> None:
    presentation = pptx.Presentation(BytesIO(attacked_file))
    text = all_text(presentation)
    for attack in (*ATTACKS[:4], *ATTACKS[4:7]):
        assert one_line(attack) in text
    assert misfits(presentation) == []
    links = [r for part in presentation.part.package.iter_parts() for r in part.rels.values()]
    assert not [rel.target_ref for rel in links if rel.is_external]


def test_what_xml_cannot_hold_is_shown_as_missing(changed_deck: Any) -> None:
    assert changed_deck.slides[0].shapes.title.text_frame.text == "A\ufffdB\ufffdC\ufffdD E\u200fF"


def test_nothing_overflows_with_long_names_many_options_and_45_schools(
    view: PublicView,
) -> None:
    """So many that their names go on over several slides, and no table fits a room."""
    long = with_long_names(view, options=9, schools=45)
    presentation = made(long, pictures={"o1": png()}, today="o1", chosen="o3")
    assert misfits(presentation) == []
    text, cells = sizes_of(presentation)
    assert min(text) >= 12
    assert min(cells) >= 10
    named = all_text(presentation)
    assert "\n".join(texts_of(presentation.slides[1])).count("Staff propose") == 1
    assert sum(one_line(name) in named for name in long.schools["name"]) == len(long.schools) >= 45
    lists = [t for t in titles_of(presentation) if t.startswith("45 schools gain an officer")]
    assert len(lists) > 2
    numbers = [t.partition("(")[2] for t in lists]
    assert numbers == [f"{k} of {len(lists)})" for k in range(1, len(lists) + 1)]
    assert len(to_read(presentation)) <= 12


def test_five_years_of_the_proposed_option_stand_beside_the_other(
    view: PublicView, proposed: Any
) -> None:
    read = slide_titled(proposed, "5 years cost $3.31 M under 3 patrol zones and $8.16 M under One")
    assert "Prices are defaults unless the district gave its own" in "\n".join(texts_of(read))
    slide = slide_titled(
        proposed, "Year 1 costs $853,000 under 3 patrol zones and $2.16 M under One"
    )
    header, *rows = table_of(slide)
    assert all(row in rows for row in table_of(read)[1:])
    assert header[1:] == [view.option(i).label for i in ("zones-3", "campus")]
    cells = {row[0]: row[1:] for row in rows}
    # One officer a campus: $1.50 M a year and 11 officers with $60,000 of equipment each.
    assert cells["A year, everybody hired"][1] == "$1.50 M"
    assert cells["Once, at the start"][1] == "$660,000"
    assert cells["Year 1"][1] == "$2.16 M"
    assert cells["5 years together"][1] == "$8.16 M"
    assert cells["9 in 10 simulated totals"][0] == "withheld"  # few buildings are patrolled
    assert " to $" in cells["9 in 10 simulated totals"][1]
    assert "a year for each minute of the mean response" in "\n".join(texts_of(slide))
    assert "parts may not add up to their total to the last digit" in "\n".join(texts_of(slide))


def test_who_pays_and_a_price_that_is_missing_stand_on_the_slide(
    compared: StaffingComparison,
) -> None:
    campus = compared.outcome("campus")
    post = StaffLine(role=Role.CONTRACTED, what="city police", posts=9, hours=60.0)
    costs = CostAssumptions(city_share=0.25, state_aid_per_campus_usd=20_000)
    known = {k: v for k, v in campus.figures.items() if k.startswith("startup") or "usd" not in k}
    budget = Budget(staff=(post,), costs=costs)
    unknown = replace(campus, figures=known, budget=budget, public_notices=budget.notices)
    fewer = compared.outcome("zones-3")
    assert fewer.budget is not None
    staff = tuple(replace(one, campuses=2) for one in fewer.budget.staff)
    fewer = replace(fewer, budget=replace(fewer.budget, costs=costs, staff=staff))
    changed = replace(compared, outcomes=(*compared.outcomes[:2], fewer, unknown))
    presentation = made(public_view(changed), today="zones-3", chosen="campus")
    read = "5 years cost $3.31 M under 3 patrol zones; not computed under One officer per campus"
    assert read in titles_of(presentation)
    first = [t.startswith("Year 1 costs $") for t in titles_of(presentation)]
    slides = list(compress(presentation.slides, first))
    cells = {row[0]: row[1:] for slide in slides for row in table_of(slide)}
    assert cells["A year, everybody hired"][1] == cells["Year 1"][1] == "not computed"
    assert cells["Paid by the city"][1] == "not computed"
    payers = ("Paid by the district", "Paid by the city", "Paid by the state")
    assert [n for n in cells if n in (BEFORE_AID, *payers)] == [BEFORE_AID, *payers]
    assert cells[BEFORE_AID][1] == "not computed"
    before, *paid = (dollars(cells[name][0]) for name in (BEFORE_AID, *payers))
    assert sum(paid) == pytest.approx(before, rel=0.006)
    assert before - dollars(cells["5 years together"][0]) == pytest.approx(
        5 * 20_000 * sum(one.campuses for one in staff), abs=0.006 * before
    )
    assert f"{campus.label}: {budget.notices[0]}" in "\n".join(texts_of(slides[0]))


def test_a_total_that_is_not_computed_is_not_called_withheld() -> None:
    priced = StaffLine(role=Role.ADMINISTRATOR, what="administrators", posts=9, hours=60.0)
    contracted = replace(priced, role=Role.CONTRACTED)  # whose price is not given
    told = [
        _unknown(SimpleNamespace(budget=Budget(staff=(one,), costs=CostAssumptions()).table()))  # type: ignore[arg-type]
        for one in (priced, contracted)
    ]
    assert told == ["withheld", "not computed"]


def dollars(text: str) -> float:
    return float(text.strip("$M ").replace(",", "")) * (1e6 if text.endswith("M") else 1)


def test_a_box_that_is_too_small_is_found_by_the_check(plain_file: bytes) -> None:
    presentation = pptx.Presentation(BytesIO(plain_file))
    assert misfits(presentation) == []
    boxes = [s for s in presentation.slides[1].shapes if s.has_text_frame]
    boxes[0].width = 3 * A_POINT * 12
    assert misfits(presentation) != []


def test_the_same_deck_has_the_same_bytes_and_no_clock(view: PublicView, plain_file: bytes) -> None:
    assert plain_file == deck(view, pictures={view.options[1].option_id: png()}, changes=png())
    with zipfile.ZipFile(BytesIO(plain_file)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        (book,) = (n for n in archive.namelist() if n.endswith(".xlsx"))
        core = archive.read("docProps/core.xml").decode()
        with zipfile.ZipFile(BytesIO(archive.read(book))) as inside:
            assert {e.date_time for e in inside.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            assert "1980-01-01" in inside.read("docProps/core.xml").decode()
    assert set(re.findall(r"\d{4}-\d\d-\d\d", core)) == {"2026-11-22"}


def test_properties_name_the_district_and_no_person(shown: Any) -> None:
    about = shown.core_properties
    assert (about.author, about.last_modified_by) == ("Nine Schools", "")
    assert about.category == "Public"


def test_the_plain_look_holds_no_person_and_no_slides() -> None:
    look = pptx.Presentation(str(files("zoning.reports.deck") / "plain.pptx"))
    about = look.core_properties
    assert (about.author, about.last_modified_by) == ("", "")
    assert len(look.slides) == 0
    assert [layout.name for layout in look.slide_layouts] == ["Title Slide", "Title Only"]


def a_template(path: Path) -> Path:
    """4:3, white on dark blue, in a wide font, with slides, a note and an author of its own."""
    presentation = pptx.Presentation()
    ground = presentation.slide_master.background.fill
    ground.solid()
    ground.fore_color.rgb = pptx.dml.color.RGBColor(0x10, 0x20, 0x40)
    theme = presentation.slide_master.part.part_related_by(
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/theme"
    )
    theme.blob = theme.blob.replace(b'typeface="Calibri"', b'typeface="Verdana"')
    for _ in range(2):
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        slide.shapes.title.text_frame.text = "SAMPLE SLIDE"
        slide.notes_slide.notes_text_frame.text = "SAMPLE NOTE"
    presentation.core_properties.author = "Jane Doe"
    presentation.save(str(path))
    return path


def test_a_template_gives_its_size_and_layouts_and_loses_its_slides(
    view: PublicView, tmp_path: Path
) -> None:
    template = a_template(tmp_path / "district.pptx")
    file = deck(view, pictures={}, template=template)
    presentation = pptx.Presentation(BytesIO(file))
    assert (presentation.slide_width, presentation.slide_height) == (9_144_000, 6_858_000)
    assert {s.slide_layout.name for s in presentation.slides} == {"Title Slide", "Title Only"}
    assert len(presentation.slide_layouts) == 11
    with zipfile.ZipFile(BytesIO(file)) as archive:
        assert len([n for n in archive.namelist() if re.match(r"ppt/slides/[^/]+$", n)]) == len(
            presentation.slides
        )
        held = b"".join(archive.read(name) for name in archive.namelist())
    for trace in (b"SAMPLE", b"Jane Doe"):
        assert trace not in held
    assert misfits(presentation) == []


def test_a_template_without_titles_still_shows_them(view: PublicView, tmp_path: Path) -> None:
    presentation = pptx.Presentation()
    for layout in list(presentation.slide_layouts):
        if layout.name != "Blank":
            presentation.slide_layouts.remove(layout)
    path = tmp_path / "blank.pptx"
    presentation.save(str(path))
    shown = made(view, template=path)
    assert "Four options put 0 to 9 officers on duty" in all_text(shown)
    assert misfits(shown) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"not a zip", "not a PowerPoint file"),
        ("macro", "macros"),
        ("xlsx", "another kind of office file"),
        ("layouts", "no layout with a title"),
        ("small", "points; at least"),
        ("linked", "would be fetched"),
    ],
)
def test_a_template_that_cannot_be_used_says_why(
    view: PublicView, tmp_path: Path, content: bytes | str, said: str
) -> None:
    path = tmp_path / "template.pptx"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content == "xlsx":
        openpyxl.Workbook().save(path)
    else:
        spoiled(content, path)
    with pytest.raises(OptionError, match=said):
        deck(view, pictures={}, template=path)


def spoiled(how: str, path: Path) -> None:
    presentation = pptx.Presentation()
    if how == "layouts":
        for layout in list(presentation.slide_layouts):
            presentation.slide_layouts.remove(layout)
    elif how == "small":
        presentation.slide_width = 200 * A_POINT
    elif how == "linked":
        kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
        presentation.slide_layouts[0].part.relate_to("http://x.example/i.png", kind, True)
    presentation.save(str(path))
    if how == "macro":
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        types = "[Content_Types].xml"
        parts[types] = parts[types].replace(
            b"vnd.openxmlformats-officedocument.presentationml.presentation.main",
            b"vnd.ms-powerpoint.presentation.macroEnabled.main",
        )
        with zipfile.ZipFile(path, "w") as archive:
            for name, part in parts.items():
                archive.writestr(name, part)


def test_a_template_that_is_not_there_is_named(view: PublicView, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"there is no template .*none\.pptx"):
        deck(view, pictures={}, template=tmp_path / "none.pptx")


def test_widths_are_those_of_the_font_that_stands_in_for_arial() -> None:
    """Against Liberation Sans, which has the widths of Arial, where it is installed."""
    fonts = pytest.importorskip("PIL.ImageFont")
    folder = Path("/usr/share/fonts/truetype/liberation")
    if not folder.is_dir():
        pytest.skip("Liberation Sans is not installed")
    text = "".join(map(chr, range(32, 127)))
    for name, bold in (("Regular", False), ("Bold", True)):
        font = fonts.truetype(str(folder / f"LiberationSans-{name}.ttf"), 1000)
        for character in text:
            measured = Ruler().width(character, 1000, bold=bold)
            assert measured == pytest.approx(font.getlength(character), abs=1.01)


def test_lines_put_together_are_the_text() -> None:
    text = "Two words and " + "Unbroken" * 20 + " </script><script> end"
    for width in (30.0, 80.0, 200.0):
        lines = Ruler().lines(text, width, 12)
        assert "".join(lines) == text
        assert all(Ruler().width(line.rstrip(), 12) <= width for line in lines)


def test_the_deck_opens_in_libreoffice(attacked_file: bytes, tmp_path: Path) -> None:
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed: slides are not rendered")
    path = tmp_path / "deck.pptx"
    path.write_bytes(attacked_file)
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [program, profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)]
    subprocess.run([*command, str(path)], check=True, capture_output=True, timeout=120)
    pages = re.findall(rb"/Type\s*/Page\b", (tmp_path / "deck.pdf").read_bytes())
    assert len(pages) == len(pptx.Presentation(str(path)).slides)


def test_the_slides_say_what_is_proposed_only_if_something_is(shown: Any, proposed: Any) -> None:
    assert "No option is recommended here." in " ".join(texts_of(shown.slides[1]))
    said = " ".join(texts_of(proposed.slides[1]))
    assert "Staff propose: One officer per campus." in said
    assert "No option is recommended" not in all_text(proposed)
