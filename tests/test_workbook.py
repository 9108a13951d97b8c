from __future__ import annotations

import datetime
import io
import math
import re
import sys
import time
import zipfile
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

import openpyxl
import pandas as pd
import pytest
from helpers.map_towns import ATTACKS, hostile_comparison
from hypothesis import given
from hypothesis import strategies as st

from zoning.disclosure import PublicView, RestrictedView, restricted_view
from zoning.editions import RESTRICTED_MARK
from zoning.errors import OutputError
from zoning.reports.office_files import cell_text, header_text, xml_text
from zoning.reports.workbook import workbook
from zoning.staffing import StaffingComparison
from zoning.units import clock

pytestmark = pytest.mark.slow

PUBLIC_SHEETS = [
    "Read me",
    "Options",
    "Zones",
    "Schools",
    "Changes",
    "Equity",
    "Budget",
    "Value",
    "Assumptions",
    "Notes",
]
RESTRICTED_SHEETS = [
    *PUBLIC_SHEETS,
    "Restricted figures",
    "Visits",
    "Response by building",
    "Slowest",
]
FORMULAS = (
    '=HYPERLINK("http://evil.example","x")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "＝1+1",  # noqa: RUF001
    "#N/A",
    "_x0041_",
)


@pytest.fixture(scope="module")
def restricted(compared: StaffingComparison) -> RestrictedView:
    return restricted_view(compared, date=datetime.date(2026, 11, 22))


@pytest.fixture(scope="module")
def view(restricted: RestrictedView) -> PublicView:
    return restricted.public


@pytest.fixture(scope="module")
def hostile() -> RestrictedView:
    made = restricted_view(hostile_comparison(), title="a\x00b\x0bc\ud800 & Co &P")
    schools = made.public.schools.copy()
    schools["name"] = FORMULAS
    return replace(made, public=replace(made.public, schools=schools))


def opened(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def table(data: bytes, sheet: str, *, above: int = 0) -> pd.DataFrame:
    return pd.read_excel(io.BytesIO(data), sheet_name=sheet, header=above, keep_default_na=False)


def everything(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        return "".join(parts.read(name).decode("utf-8") for name in parts.namelist())


def test_each_edition_has_its_sheets(restricted: RestrictedView) -> None:
    assert opened(workbook(restricted.public)).sheetnames == PUBLIC_SHEETS
    assert opened(workbook(restricted)).sheetnames == RESTRICTED_SHEETS


def test_the_sheets_of_money_are_those_of_the_views(restricted: RestrictedView) -> None:
    view, years = restricted.public, "5 years"
    told, exact = table(workbook(view), "Budget"), table(workbook(restricted), "Budget", above=1)
    for option, outcome in zip(view.options, restricted.comparison.outcomes, strict=True):
        assert outcome.budget is not None
        of_option = [sheet[sheet["Option"] == option.label] for sheet in (told, exact)]
        totals = [s[(s["Line"] == "Total") & (s["Period"] == years)] for s in of_option]
        assert totals[0]["Likely ($)"].item() == option.values["five_year_cost_usd"]
        assert totals[1]["Likely ($)"].item() == pytest.approx(outcome.budget.total(years)[1])
    assert "Overtime" in set(exact["Line"])
    assert "A minute, 95 % interval from ($)" not in table(workbook(view), "Value")
    assert "A minute, 95 % interval from ($)" in table(workbook(restricted), "Value", above=1)


def test_numbers_are_numbers_in_the_unit_of_the_heading(view: PublicView) -> None:
    data = workbook(view)
    read = table(data, "Options").set_index("Option")
    for option in view.options:
        row = read.loc[option.label]
        assert row["Officers on duty"] == option.values["posts"]
        assert row["Cost a year ($)"] == pytest.approx(option.values["annual_cost_usd"])
        for head, column, per in (
            ("Mean response (minutes)", "mean_response_s", 60),
            ("Within 5 min (%)", "share_within_300_s", 1),
        ):
            value = option.values[column]
            missing = option.missing(column)
            expected = missing if math.isnan(value) else pytest.approx(value / per, abs=1e-6)
            assert row[head] == expected
    sheet = opened(data)["Options"]
    formats = {cell.value: sheet.cell(5, cell.column).number_format for cell in sheet[1]}
    assert formats["Cost a year ($)"] == '"$"#,##0'
    assert formats["Mean response (minutes)"] == "0.0#"
    assert formats["Within 5 min (%)"] == "0%"


def test_what_was_not_computed_says_so_in_grey(view: PublicView) -> None:
    first = view.options[0]
    blind = replace(first, values={**first.values, "mean_response_s": float("nan")})
    sheet = opened(workbook(replace(view, options=(blind,))))["Options"]
    column = next(c.column for c in sheet[1] if c.value == "Mean response (minutes)")
    cell = sheet.cell(2, column)
    assert cell.value == "not computed"
    assert cell.font.color.rgb == "00767676"


def test_zones_schools_and_changes_are_those_of_the_view(view: PublicView) -> None:
    data = workbook(view)
    drawn = [option for option in view.options if len(option.zones)]
    zones = table(data, "Zones")
    assert len(zones) == sum(len(option.zones) for option in drawn)
    assert zones["Buildings"].sum() == sum(len(option.places) for option in drawn)
    schools = table(data, "Schools").set_index("Building")
    for option in drawn:
        shown = schools[f"{option.label}: zone"]
        assert shown.to_dict() == option.places["zone_id"].reindex(shown.index).to_dict()
        own = schools[f"{option.label}: officer"] == "all day"
        assert own.sum() == option.places["full_time_officer"].sum()
    changes = table(data, "Changes")
    pairs = list(dict.fromkeys(zip(changes["From"], changes["To"], strict=True)))
    labels = [option.label for option in drawn]
    assert pairs == list(pairwise(labels))
    assert len(changes) == len(view.schools) * len(pairs)


def test_visits_and_responses_are_those_of_the_comparison(restricted: RestrictedView) -> None:
    data = workbook(restricted)
    visits = table(data, "Visits", above=1)
    days = [o.schedule.to_frame() for o in restricted.comparison.outcomes if o.schedule]
    assert len(visits) == sum(map(len, days))
    assert visits["Arrival"][0] == clock(days[0]["arrival_s"].iloc[0], to_the_second=True)
    assert visits["At the school (minutes)"][0] == pytest.approx(days[0]["dwell_s"].iloc[0] / 60)
    responses = table(data, "Response by building", above=1)
    slowest = table(data, "Slowest", above=1)
    for label, rows in responses.groupby("Option"):
        means = rows["Mean response (minutes)"].astype(float)
        top = slowest.loc[slowest["Option"] == label, "Mean response (minutes)"]
        assert top.tolist() == sorted(means, reverse=True)[:10]


def test_a_public_workbook_holds_nothing_restricted(restricted: RestrictedView) -> None:
    """No mark, no restricted sheet, and no response of a single building."""
    text = everything(workbook(restricted.public))
    assert "RESTRICTED" not in text
    assert not any(name in text for name in set(RESTRICTED_SHEETS) - set(PUBLIC_SHEETS))
    public = {
        round(value / 60, 6)
        for option in restricted.public.options
        for value in option.values.values()
    } | set(round(restricted.public.equity["mean_response_s"] / 60, 6))
    for outcome in restricted.comparison.outcomes:
        if outcome.response is not None:
            for mean in outcome.response.buildings["mean_s"].dropna():
                shown = round(mean / 60, 6)
                assert shown in public or f"<v>{shown}</v>" not in text


def test_the_mark_is_on_every_sheet_and_page_and_in_the_properties(
    restricted: RestrictedView,
) -> None:
    book = opened(workbook(restricted))
    for sheet in book:
        assert sheet["A1"].value == RESTRICTED_MARK
        assert sheet.oddHeader.center.text == RESTRICTED_MARK
        assert sheet.print_title_rows == "$1:$2"
    assert book.properties.category == "RESTRICTED"
    assert book.properties.description == RESTRICTED_MARK
    assert {p.name: p.value for p in book.custom_doc_props.props} == {
        "Classification": RESTRICTED_MARK
    }


def test_the_heading_stays_in_sight_and_the_page_is_landscape(view: PublicView) -> None:
    book = opened(workbook(view))
    for sheet in book:
        assert sheet.freeze_panes in {"A2", "B2"}
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.print_title_rows == "$1:$1"
    assert book["Options"].auto_filter.ref.startswith("A1:")


def test_text_from_data_is_text_in_every_cell(hostile: RestrictedView) -> None:
    data = workbook(hostile)
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        assert not any("externalLink" in name for name in parts.namelist())
        for name in parts.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                root = ElementTree.fromstring(parts.read(name))
                tags = {node.tag.rpartition("}")[2] for node in root.iter()}
                assert tags.isdisjoint({"f", "hyperlink"})
                kinds = {node.get("t") for node in root.iter() if node.tag.endswith("}c")}
                assert kinds <= {"inlineStr", "s", "n", None}


def test_names_show_as_typed(hostile: RestrictedView) -> None:
    book = opened(workbook(hostile))
    shown = {cell.value for cell in book["Schools"]["B"]}
    escaped = {name.replace("\r", "\n").replace("_x0041_", "_x005F_x0041_") for name in FORMULAS}
    assert escaped <= shown
    quoted = {cell.value for cell in book["Schools"]["B"] if cell.quotePrefix}
    assert quoted == {name for name in escaped if not name.startswith(("#", "_"))}
    labels = {cell.value for cell in book["Options"]["A"]}
    assert {option.label for option in hostile.public.options} <= labels
    assert ATTACKS[2] in labels | {o.label for o in hostile.public.options}


def test_characters_that_xml_cannot_hold_are_replaced(hostile: RestrictedView) -> None:
    book = opened(workbook(hostile))
    assert book.properties.title == "a�b�c� & Co &P"


def test_the_same_view_gives_the_same_bytes_at_any_time(
    restricted: RestrictedView, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = workbook(restricted)
    later = time.time() + 86_400 * 400
    monkeypatch.setattr(time, "time", lambda: later)
    monkeypatch.setattr(time, "localtime", lambda *_: time.gmtime(later))
    assert workbook(restricted) == first
    with zipfile.ZipFile(io.BytesIO(first)) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    stamps = re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", everything(first))
    assert set(stamps) == {"2026-11-22T00:00:00Z"}


def test_without_a_date_the_properties_say_1980(view: PublicView) -> None:
    about = opened(workbook(replace(view, date=None))).properties
    assert about.created.year == about.modified.year == 1980
    assert about.creator == "zoning"
    assert about.lastModifiedBy is None


def test_a_missing_openpyxl_names_the_extra(
    view: PublicView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(OutputError, match=re.escape("pip install 'zoning[report]'")):
        workbook(view)


@given(st.text())
def test_any_text_can_stand_in_xml(text: str) -> None:
    safe = xml_text(text)
    root = ElementTree.fromstring(f"<a>{safe.replace('&', '&amp;').replace('<', '&lt;')}</a>")
    assert (root.text or "") == safe


def test_long_text_is_cut_where_excel_would() -> None:
    assert len(cell_text("x" * 40_000)) == 32_767
    assert cell_text("x" * 40_000).endswith("…")
    assert header_text("A & B\nC") == "A && B C"
    assert len(header_text("x" * 300)) == 200
