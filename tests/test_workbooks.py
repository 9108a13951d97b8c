"""Workbooks as planners have them: the sheet that is meant, cells as kept, and bad files.

``tests/fixtures/old_excel.xls`` is a file of Excel 97 to 2003, as no library of ours writes it.
"""

from __future__ import annotations

import datetime
import io
import struct
import warnings
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from openpyxl.utils import get_column_letter

from zoning import NetworkError, PlanError, SchoolDataError, read_plan, read_schools
from zoning.errors import DistrictNotice, FaultsError
from zoning.roads import Profile, read_profile
from zoning.study import Study
from zoning.study.inputs import district_files, open_district
from zoning.workbooks import cell_name, scan
from zoning.workbooks.reading import Sheet, read_workbook, split_sheet

OLD_EXCEL = Path(__file__).parent / "fixtures" / "old_excel.xls"
NAMES = ("school_id", "name", "level", "latitude", "longitude", "enrollment")
TOWN: tuple[tuple[Any, ...], ...] = (
    (1, "Ash", "high", 38.05, -85.70, 900),
    (2, "Birch", "middle", 38.00, -85.70, 500),
    (3, "Cedar", "elementary", 38.02, -85.69, 300),
)
Change = Callable[[openpyxl.Workbook], object]


def book(path: Path, **sheets: Sequence[Sequence[Any]]) -> Path:
    """A workbook of these sheets; a name that begins with ``hidden`` is hidden."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name.replace("_", " "))
        for row in rows:
            sheet.append(list(row))
        sheet.sheet_state = "hidden" if name.startswith("hidden") else "visible"
    made.save(path)
    return path


def town(path: Path, change: Change | None = None, rows: Sequence[Sequence[Any]] = TOWN) -> Path:
    """The town's schools in the only sheet, changed."""
    book(path, Schools=(NAMES, *rows))
    if change is not None:
        made = openpyxl.load_workbook(path)
        change(made)
        made.save(path)
    return path


def put(**cells: Any) -> Change:
    """Write cells of the first sheet; an error where the text is one."""

    def change(made: openpyxl.Workbook) -> None:
        for name, value in cells.items():
            cell = made.worksheets[0][name]
            cell.value = value
            if isinstance(value, str) and value.startswith("#"):
                cell.data_type = "e"

    return change


def read(path: Path | str, **given: Any) -> tuple[pd.DataFrame, list[str]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        schools = read_schools(path, **given)
    return schools, [str(c.message) for c in caught if issubclass(c.category, DistrictNotice)]


def faults_of(path: Path | str, **given: Any) -> SchoolDataError:
    with pytest.raises(SchoolDataError) as caught:
        read(path, **given)
    return caught.value


# --- where the table is ---


def test_a_plain_workbook_reads_as_its_csv_does(tmp_path: Path) -> None:
    schools, notices = read(town(tmp_path / "schools.xlsx"))
    pd.DataFrame(TOWN, columns=list(NAMES)).to_csv(tmp_path / "schools.csv", index=False)
    assert schools.equals(read(tmp_path / "schools.csv")[0])
    assert schools.index.tolist() == ["1", "2", "3"]
    assert notices == []


def test_titles_above_and_sources_below_are_left_out(tmp_path: Path) -> None:
    """As a state portal has it: a title, a date in two cells, names, rows, a gap, a source."""
    rows = [
        ("Kentucky Department of Education",),
        (),
        ("Run date:", datetime.date(2025, 9, 3)),
        ("NCES ID", "School Name", "Level", "Lat", "Long"),
        *(row[:5] for row in TOWN),
        (),
        ("Source: KDE",),
        ("Suppressed values are shown as * in this report.",),
    ]
    schools, notices = read(book(tmp_path / "portal.xlsx", Directory=rows))
    assert schools["name"].tolist() == ["Ash", "Birch", "Cedar"]
    assert notices[:2] == [
        "portal.xlsx: 2 lines above the names of the columns left out",
        "portal.xlsx: 2 lines below the table left out",
    ]


def test_two_rows_of_names_with_merged_cells(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    sheet = made.active
    heads = {
        "B2": "Bell schedule",
        **{"B4": "School No.", "C4": "School", "D4": "Grade level", "E4": "Place"},
        **{"G4": "Bell time", "E5": "Latitude", "F5": "Longitude", "G5": "Start", "H5": "End"},
    }
    for name, text in heads.items():
        sheet[name] = text
    for merged in ("B2:H2", "B4:B5", "C4:C5", "D4:D5", "E4:F4", "G4:H4"):
        sheet.merge_cells(merged)
    for k, row in enumerate(TOWN):
        for column, value in enumerate((f"{row[0]:04d}", *row[1:5]), start=2):
            sheet.cell(6 + k, column, value)
        sheet.cell(6 + k, 7, datetime.time(7, 40))
        sheet.cell(6 + k, 8, datetime.time(14, 20))
    made.save(tmp_path / "bells.xlsx")
    schools, notices = read(tmp_path / "bells.xlsx")
    assert schools.index.tolist() == ["0001", "0002", "0003"]
    assert set(schools["bell_start"]) == {datetime.time(7, 40)}
    assert set(schools["bell_end"]) == {datetime.time(14, 20)}
    assert "bells.xlsx: the names of the columns stand in two rows and were put together" in notices


def test_names_of_groups_repeated_above_every_column(tmp_path: Path) -> None:
    groups = ("School", "School", "School", "Place", "Place", "Bell time", "Bell time")
    names = ("ID", "Name", "Level", "Latitude", "Longitude", "Start", "End")
    rows = [(*row[:5], "7:40", "14:20") for row in TOWN]
    schools, _ = read(book(tmp_path / "s.xlsx", Schools=[groups, names, *rows]))
    assert schools["name"].tolist() == ["Ash", "Birch", "Cedar"]
    assert set(schools["bell_start"]) == {datetime.time(7, 40)}


def test_names_merged_over_two_rows_are_no_school(tmp_path: Path) -> None:
    def change(made: openpyxl.Workbook) -> None:
        sheet = made.active
        sheet.insert_rows(2)
        for letter in "ABCDEF":
            sheet.merge_cells(f"{letter}1:{letter}2")

    assert len(read(town(tmp_path / "s.xlsx", change))[0]) == 3


def test_faults_have_excel_s_row_numbers(tmp_path: Path) -> None:
    rows = [(), ("Schools",), NAMES, (), TOWN[0], (), (2, "Birch", "nursery", 38.0, -85.7)]
    error = faults_of(book(tmp_path / "s.xlsx", Notes=[["none"]], Schools=rows))
    assert error.headline.endswith("s.xlsx, sheet Schools has 1 fault")
    assert error.faults[0].startswith("row 7  Birch")


def test_columns_without_a_name_and_hidden_rows_are_told(tmp_path: Path) -> None:
    def change(made: openpyxl.Workbook) -> None:
        made.active["I3"] = "checked"
        made.active.row_dimensions[3].hidden = True

    schools, notices = read(town(tmp_path / "s.xlsx", change))
    assert len(schools) == 3
    assert notices == [
        "s.xlsx: 1 row that Excel hides, as a filter does, read like the others",
        "s.xlsx: 1 cell in columns without a name left out",
    ]


# --- which sheet is meant ---

LEVELS = {"Elementary": [NAMES, TOWN[2]], "Middle": [NAMES, TOWN[1]], "hidden": [NAMES, TOWN[0]]}


def test_the_only_sheet_of_schools_is_found_among_ten(tmp_path: Path) -> None:
    notes = {f"Notes_{k}": [[f"note {k}"]] for k in range(7)}
    path = book(
        tmp_path / "s.xlsx",
        Codes=[("level", "meaning"), ("ES", "elementary")],
        **notes,
        Schools=[NAMES, *TOWN],
        hidden=[NAMES, *TOWN],
    )
    schools, notices = read(path)
    assert len(schools) == 3
    assert notices == [
        "s.xlsx, sheet Schools: other sheets of the workbook not read: Codes, Notes 0, Notes 1, "
        "Notes 2, Notes 3, Notes 4, Notes 5, Notes 6, and 1 more"
    ]


def test_a_sheet_with_more_of_our_columns_wins(tmp_path: Path) -> None:
    short = [row[:5] for row in (NAMES, *TOWN)]
    schools, _ = read(book(tmp_path / "s.xlsx", Short=short, Long=[NAMES, *TOWN]))
    assert schools["enrollment"].tolist() == [900, 500, 300]


def test_two_sheets_that_fit_equally_are_listed(tmp_path: Path) -> None:
    path = book(tmp_path / "s.xlsx", Notes=[["see below"]], **LEVELS)
    error = faults_of(path)
    assert error.faults == (
        "sheets Elementary, Middle could each be the schools; its sheets are",
        "Elementary: 1 row of school_id, name, level, latitude, longitude, enrollment",
        "Middle: 1 row of school_id, name, level, latitude, longitude, enrollment",
        "Notes: only see below",
        "hidden (hidden): 1 row of school_id, name, level, latitude, longitude, enrollment",
    )
    assert f"'{path}#Elementary'" in error.remedy


@pytest.mark.parametrize("name", ["Middle", "middle ", "hidden"])
def test_a_sheet_can_be_named(tmp_path: Path, name: str) -> None:
    path = book(tmp_path / "s.xlsx", **LEVELS)
    behind, notices = read(f"{path}#{name}")
    assert behind["level"].tolist() == ["high" if name == "hidden" else "middle"]
    assert notices == []
    assert read(path, sheet=name)[0].equals(behind)


def test_a_sheet_that_is_not_there(tmp_path: Path) -> None:
    error = faults_of(f"{book(tmp_path / 's.xlsx', **LEVELS)}#High")
    assert error.faults[0] == "it has no sheet 'High'; its sheets are"
    assert len(error.faults) == 4


def test_no_sheet_has_schools(tmp_path: Path) -> None:
    empty = book(tmp_path / "empty.xlsx", One=[], Two=[])
    assert "no sheet with anything in it" in str(faults_of(empty))
    error = faults_of(book(tmp_path / "s.xlsx", One=[("a", "b")], Two=[("c", "d")]))
    assert error.faults[0] == "none of its sheets is clearly the schools; its sheets are"


def test_mapped_columns_help_to_find_the_sheet(tmp_path: Path) -> None:
    names = ("Nr", "Was", "Stufe", "Breite", "Laenge", "Kinder")
    path = book(tmp_path / "s.xlsx", Notes=[NAMES[:3]], Schulen=[("Titel",), names, *TOWN])
    columns = dict(zip(NAMES, names, strict=True))
    schools, _ = read(path, columns=columns)
    assert schools["name"].tolist() == ["Ash", "Birch", "Cedar"]


def test_the_sheet_is_no_part_of_the_file_s_name(tmp_path: Path) -> None:
    path = town(tmp_path / "town.xlsx")
    strange = tmp_path / "a.xlsx#b.csv"
    strange.write_text("x")
    assert split_sheet(f"{path}#Sheet 1.2") == (path, "Sheet 1.2")
    assert split_sheet(strange) == (strange, None)
    study = Study.from_tables({"schools": f"{path}#Schools"})
    assert list(district_files(study)) == [("schools", path)]
    district = open_district(study)
    assert (district.name, district.attribution) == ("Town", "Schools from town.xlsx")


def test_a_sheet_of_a_file_without_sheets(tmp_path: Path) -> None:
    pd.DataFrame(TOWN, columns=list(NAMES)).to_csv(tmp_path / "s.csv", index=False)
    assert "has no sheets" in str(faults_of(tmp_path / "s.csv", sheet="Schools"))


def test_a_workbook_in_a_zip(tmp_path: Path) -> None:
    path = book(tmp_path / "s.xlsx", **LEVELS)
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as archive:
        archive.write(path, "folder/s.xlsx")
    assert len(read(f"{tmp_path / 's.zip'}#Middle")[0]) == 1


# --- cells as Excel keeps them ---


@pytest.mark.parametrize(
    "value",
    [
        datetime.time(7, 30),
        datetime.datetime(2025, 8, 13, 7, 30),
        datetime.timedelta(hours=7, minutes=30),
        0.3125,
        "7:30 AM",
        "07:30",
        730,
    ],
    ids=str,
)
@pytest.mark.parametrize("is_1904", [False, True], ids=["1900", "1904"])
def test_bell_times_of_every_kind(tmp_path: Path, value: Any, is_1904: bool) -> None:
    def change(made: openpyxl.Workbook) -> None:
        if is_1904:
            made.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
        put(G1="bell_start", G2=value)(made)

    schools, _ = read(town(tmp_path / "s.xlsx", change))
    assert schools["bell_start"].iloc[0] == datetime.time(7, 30)


def test_numbers_text_and_percentages(tmp_path: Path) -> None:
    def change(made: openpyxl.Workbook) -> None:
        put(A2="0041", A3=1041.0, F2="1,764", F3=" 12 ", G1="pct_black", G2=0.254, G3=25.4)(made)
        made.active["G2"].number_format = "0.0%"

    schools, _ = read(town(tmp_path / "s.xlsx", change))
    assert schools.index.tolist() == ["0041", "1041", "3"]
    assert schools["enrollment"].tolist() == [1764, 12, 300]
    assert schools["pct_black"].tolist()[:2] == [25.4, 25.4]


def test_zeros_that_only_the_format_shows(tmp_path: Path) -> None:
    """As of ids and of zip codes, which Excel keeps as numbers."""

    def change(made: openpyxl.Workbook) -> None:
        for row in range(2, 5):
            made.active.cell(row, 1).number_format = "0000"

    assert read(town(tmp_path / "s.xlsx", change))[0].index.tolist() == ["0001", "0002", "0003"]


def test_grades_that_excel_took_for_dates(tmp_path: Path) -> None:
    changed = put(C2="9-12", C3=datetime.date(2025, 6, 8), C4="K-5")
    schools, notices = read(town(tmp_path / "s.xlsx", changed))
    assert schools["level"].tolist() == ["high", "middle", "elementary"]
    assert any("grades that a spreadsheet took for dates" in notice for notice in notices)


def test_cells_that_cannot_be_read_are_faults_where_they_matter(tmp_path: Path) -> None:
    changed = put(
        **{"A2": "#REF!", "D3": "#DIV/0!", "F3": "#N/A", "F4": "=SUM(1,2)", "E4": True},
        **{"H1": "remark", "H2": "#NAME?"},
    )
    error = faults_of(town(tmp_path / "s.xlsx", changed))
    assert [" ".join(fault.split()) for fault in error.faults] == [
        "row 2 Ash cell 'A2' holds #REF!",
        "row 3 Birch cell 'D3' holds #DIV/0!",
        "row 3 Birch no latitude",
        "row 4 Cedar cell 'F4' holds a formula without a result",
        "row 4 Cedar longitude 'TRUE' is not a number (empty if unknown)",
    ]
    _, notices = read(town(tmp_path / "s.xlsx", put(F3="#N/A")))
    assert notices == ["s.xlsx: enrollment: 1 cell taken for not known: '#N/A'"]


def test_ids_whose_digits_are_lost(tmp_path: Path) -> None:
    rows = [(210299000000000001 + k, *row[1:]) for k, row in enumerate(TOWN)]
    error = faults_of(town(tmp_path / "s.xlsx", rows=rows))
    assert "cell 'A2' holds a number of over 15 digits" in error.faults[0]
    fine = town(tmp_path / "t.xlsx", rows=[(210299000001 + k, *r[1:]) for k, r in enumerate(TOWN)])
    assert read(fine)[0].index[0] == "210299000001"


def test_a_workbook_of_old_excel() -> None:
    """The cells of a hidden row, a percentage, a clock and an error in a column not read."""
    schools, notices = read(OLD_EXCEL)
    assert schools.index.tolist() == ["1", "2", "3"]
    assert schools["enrollment"].tolist()[:2] == [900, 1200]
    assert schools["pct_black"].tolist() == [40, 25.4, 10]
    assert schools["bell_start"].tolist()[0] == datetime.time(7, 30)
    assert [notice.partition(": ")[2] for notice in notices[:5]] == [
        "other sheets of the workbook not read: Last year (hidden)",
        "1 line above the names of the columns left out",
        "1 row that Excel hides, as a filter does, read like the others",
        "2 cells below the first of merged cells given its value",
        "1 cell in columns without a name left out",
    ]
    first, hidden = sheets(OLD_EXCEL)
    assert (first.is_hidden, hidden.is_hidden) == (False, True)
    assert first.doubts == {(4, 9): "#REF!"}


# --- OpenDocument ---

_ODS = "urn:oasis:names:tc:opendocument:xmlns"
_SPACES = " ".join(
    [
        *(f'xmlns:{n}="{_ODS}:{n}:1.0"' for n in ("office", "table", "text", "style")),
        'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"',
    ]
)
_TYPE = "application/vnd.oasis.opendocument.spreadsheet"


def ods(path: Path, body: str, *, manifest: str = "") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", _TYPE)
        archive.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{_ODS}:manifest:1.0">{manifest}'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_TYPE}"/>'
            "</manifest:manifest>",
        )
        archive.writestr(
            "content.xml",
            f'<office:document-content {_SPACES} office:version="1.3"><office:body>'
            f"<office:spreadsheet>{body}</office:spreadsheet></office:body>"
            "</office:document-content>",
        )
    return path


def ods_cell(value: Any, attributes: str = "") -> str:
    kind, stored, shown = "string", "", value
    if isinstance(value, int | float):
        kind, stored = "float", f'office:value="{value}"'
    elif isinstance(value, datetime.time):
        kind, stored = "time", f'office:time-value="PT{value:%HH%MM%SS}"'
    elif str(value).endswith("%"):
        kind, stored = "percentage", f'office:value="{float(value[:-1]) / 100}"'
    elif str(value).startswith("#"):
        stored = 'office:string-value="" calcext:value-type="error"'
    return (
        f'<table:table-cell {attributes} office:value-type="{kind}" {stored}>'
        f"<text:p>{shown}</text:p></table:table-cell>"
    )


def ods_rows(rows: Sequence[Sequence[Any]], name: str = "Schools") -> str:
    body = "".join(
        f"<table:table-row>{''.join(map(ods_cell, row))}</table:table-row>" for row in rows
    )
    return f'<table:table table:name="{name}">{body}{_REST}</table:table>'


# LibreOffice fills a sheet to its end with one empty row and one empty cell.
_REST = (
    '<table:table-row table:number-rows-repeated="1048000">'
    '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
)


def test_opendocument_reads_as_excel_does(tmp_path: Path) -> None:
    names = (*NAMES, "bell_start", "pct_black")
    rows = [("Schools",), (), names, *((*row, datetime.time(7, 30), "25.4%") for row in TOWN)]
    schools, _ = read(ods(tmp_path / "s.ods", ods_rows(rows)))
    excel = tmp_path / "s.xlsx"
    book(excel, Schools=[names, *((*row, datetime.time(7, 30), 25.4) for row in TOWN)])
    assert schools.equals(read(excel)[0])


def test_errors_of_opendocument(tmp_path: Path) -> None:
    rows = [NAMES, TOWN[0], (*TOWN[1][:5], "#REF!"), (*TOWN[2][:5], "#N/A")]
    error = faults_of(ods(tmp_path / "s.ods", ods_rows(rows)))
    assert [" ".join(fault.split()) for fault in error.faults] == [
        "row 3 Birch cell 'F3' holds #REF!"
    ]


# --- plans and profiles ---


def test_a_plan_by_hand_with_merged_zones(tmp_path: Path) -> None:
    def change(made: openpyxl.Workbook) -> None:
        made["Plan"].merge_cells("A2:A3")

    path = book(
        tmp_path / "plan.xlsx",
        Notes=[["from the meeting"]],
        Plan=[("Zone", "School", "ID"), ("North", "Ash", 1), (None, "Birch", 2), ("S", "Cedar", 3)],
    )
    made = openpyxl.load_workbook(path)
    change(made)
    made.save(path)
    schools, _ = read(town(tmp_path / "s.xlsx"))
    with pytest.warns(DistrictNotice):
        plan = read_plan(path, schools)
    assert {zone.zone_id: zone.building_ids for zone in plan.zones} == {
        "North": ("1", "2"),
        "S": ("3",),
    }
    assert read_plan(f"{path}#plan", schools) == read_plan(path, schools, sheet="Plan") == plan


def test_a_plan_with_faults_names_rows_and_cells(tmp_path: Path) -> None:
    rows = [("building_id", "zone_id"), (1, "A"), (2, "#REF!"), (9, "A")]
    path = book(tmp_path / "plan.xlsx", Plan=rows)
    made = openpyxl.load_workbook(path)
    made.active["B3"].data_type = "e"
    made.save(path)
    with pytest.raises(PlanError) as caught:
        read_plan(path, building_ids=["1", "2"])
    assert "row 3: cell 'B3' holds #REF!" in caught.value.faults
    assert "row 4: building '9' is not in the district" in caught.value.faults


def test_zone_ids_that_excel_took_for_dates(tmp_path: Path) -> None:
    rows = [("building_id", "zone_id"), ("1", datetime.date(2025, 3, 1)), ("2", "3-2")]
    with pytest.warns(DistrictNotice, match="spreadsheet may have made dates of: 1-Mar"):
        read_plan(book(tmp_path / "plan.xlsx", Plan=rows))


def test_a_driving_profile_from_a_workbook(tmp_path: Path) -> None:
    frame = Profile(name="mine", factor=0.85, access_factor=0.9).to_frame()
    rows = [list(frame.columns), *frame.to_numpy(dtype=object).tolist()]
    path = book(tmp_path / "mine.xlsx", Notes=[["measured"]], Profile=[["Our drives"], *rows])
    with pytest.warns(DistrictNotice, match=r"mine\.xlsx: other sheets .* not read: Notes"):
        profile = read_profile(path)
    assert (profile.name, profile.factor, profile.access_factor) == ("mine", 0.85, 0.9)
    wrong = book(
        tmp_path / "wrong.xlsx", Profile=[["Our drives"], *rows[:2], ["what", *rows[2][1:]]]
    )
    with pytest.raises(NetworkError, match="row 4: setting 'what'"), pytest.warns(DistrictNotice):
        read_profile(wrong)


# --- files that are not what they seem, and files made to harm ---


def sheets(path: Path) -> list[Sheet]:
    return read_workbook(path, shown=path.name, error=FaultsError)


def rewritten(path: Path, name: str, old: str, new: str) -> Path:
    """A workbook with a text replaced in one of its parts."""
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    text = parts[name].decode()
    assert old in text
    parts[name] = text.replace(old, new).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for part, data in parts.items():
            archive.writestr(part, data)
    return path


@pytest.mark.parametrize(
    ("name", "content", "fault", "remedy"),
    [
        ("s.xls", b"<html><table><tr><td>1", "web page or XML that was named .xls", "(.xlsx)"),
        ("s.xls", b'<?xml version="1.0"?><Workbook>', "web page or XML", "(.xlsx)"),
        ("s.xls", b"school_id,name\n1,Ash\n", "table of text", "ends in .csv"),
        ("s.xls", b"PK\x03\x04", "newer workbook (.xlsx or .ods)", "Rename it"),
        ("s.xlsx", OLD_EXCEL.read_bytes(), "old workbook (.xls)", "password"),
        ("s.ods", OLD_EXCEL.read_bytes(), "old workbook (.xls)", "password"),
        ("s.xlsx", b"school_id,name\n", "it is no Excel workbook but of another kind", "whole"),
        ("s.xlsx", b"", "is empty", "one row a school"),
        ("s.xlsx", b"PK\x03\x04", "the workbook is damaged", "saving it again"),
        ("s.xls", OLD_EXCEL.read_bytes()[:3000], "the workbook is damaged", "saving it again"),
        ("s.xls", OLD_EXCEL.read_bytes()[:20], "the workbook is damaged", "saving it again"),
        ("s.xlsb", b"PK\x03\x04", "cannot be read from a file ending in '.xlsb'", ".xlsx"),
    ],
)
def test_other_files_under_a_workbook_s_ending(
    tmp_path: Path, name: str, content: bytes, fault: str, remedy: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    error = faults_of(path)
    assert fault in str(error)
    assert remedy in error.remedy


def test_a_zip_that_is_no_workbook(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "s.xlsx", "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert "it has no sheets" in str(faults_of(tmp_path / "s.xlsx"))


def test_workbooks_that_open_with_a_password(tmp_path: Path) -> None:
    locked = ods(tmp_path / "s.ods", ods_rows([NAMES]), manifest="<manifest:encryption-data/>")
    error = faults_of(locked)
    assert error.faults == ("it opens only with a password",)
    assert "take the password off" in error.remedy
    old = OLD_EXCEL.read_bytes()
    at = old.index(struct.pack("<HHH", 0x85, 8 + len("Schools"), 0)[:2] + b"\x0f\x00")
    (tmp_path / "s.xls").write_bytes(old[:at] + b"\x2f\x00" + old[at + 2 :])  # FILEPASS
    assert faults_of(tmp_path / "s.xls").faults == ("it opens only with a password",)


def test_one_cell_far_out_makes_no_grid(tmp_path: Path) -> None:
    """calamine would make 17 billion cells of it."""
    far = put(XFD1048576="x")
    error = faults_of(town(tmp_path / "s.xlsx", far))
    assert "a cell so far out that there are too many columns" in error.faults[0]
    other = book(tmp_path / "t.xlsx", Schools=[NAMES, *TOWN], Far=[["x"]])
    rewritten(other, "xl/worksheets/sheet2.xml", 'r="A1"', 'r="XFD1048576"')
    schools, _ = read(other)
    assert len(schools) == 3
    cell = ods_cell("x", 'table:number-columns-repeated="16384"')
    wide = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    path = ods(tmp_path / "s.ods", f'<table:table table:name="S">{wide}</table:table>')
    assert "sheet S has more cells than are read" in str(faults_of(path))
    (tmp_path / "s.ods").unlink()
    ods(tmp_path / "s.ods", ods_rows([NAMES]).replace('"16384"', '"999999999"'))
    assert "repeated 999,999,999 times" in str(faults_of(tmp_path / "s.ods"))


def test_an_empty_text_far_out_makes_no_grid(tmp_path: Path) -> None:
    path = rewritten(
        town(tmp_path / "s.xlsx"),
        "xl/worksheets/sheet1.xml",
        "</sheetData>",
        '<row r="1048576"><c r="XFD1048576" t="str"><v></v></c></row></sheetData>',
    )
    assert "a cell so far out" in str(faults_of(path))


def test_merged_cells_that_overlap_a_thousandfold(tmp_path: Path) -> None:
    ranges = '<mergeCell ref="A1:A1048576"/>' * 10
    path = rewritten(
        town(tmp_path / "s.xlsx"),
        "xl/worksheets/sheet1.xml",
        "</sheetData>",
        f"</sheetData><mergeCells>{ranges}</mergeCells>",
    )
    assert "merged cells that overlap" in str(faults_of(path))


def test_charts_are_no_sheets_of_schools(tmp_path: Path) -> None:
    schools, notices = read(
        town(tmp_path / "s.xlsx", lambda made: made.create_chartsheet("Chart", 0))
    )
    assert (len(schools), notices) == (3, [])


def test_a_cell_far_out_in_old_excel(tmp_path: Path) -> None:
    data = OLD_EXCEL.read_bytes()
    at = data.index(struct.pack("<HH", 0x203, 14))  # the first NUMBER: its row and column
    far = data[: at + 4] + struct.pack("<HH", 65_535, 65_535) + data[at + 8 :]
    (tmp_path / "s.xls").write_bytes(far)
    assert "sheet Schools has more cells than are read, or one cell far out" in str(
        faults_of(tmp_path / "s.xls")
    )


def test_sizes_that_old_excel_cannot_have(tmp_path: Path) -> None:
    """calamine asks for the memory that these say, and the whole program ends with it."""
    data = OLD_EXCEL.read_bytes()
    dimensions, texts = struct.pack("<HH", 0x200, 14), struct.pack("<HH", 0xFC, 192)
    for record, at, number in ((dimensions, 0, 146), (dimensions, 4, 2**31), (texts, 4, 2**31)):
        start = data.index(record) + 4 + at
        (tmp_path / "s.xls").write_bytes(
            data[:start] + struct.pack("<I", number) + data[start + 4 :]
        )
        assert "it says" in str(faults_of(tmp_path / "s.xls"))


def test_a_workbook_that_unpacks_to_more_than_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = town(tmp_path / "s.xlsx")
    monkeypatch.setattr(scan, "LARGEST_TEXT_BYTES", 1000)
    assert "too large to unpack" in str(faults_of(path))


def test_a_part_that_is_larger_than_the_zip_says(tmp_path: Path) -> None:
    path = town(tmp_path / "s.xlsx")
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    at = data.rindex(b"xl/worksheets/sheet1.xml") - 46  # its entry in the directory
    assert struct.unpack("<I", data[at + 24 : at + 28]) == (size,)
    data[at + 24 : at + 28] = struct.pack("<I", 10)
    path.write_bytes(data)
    assert "the workbook is damaged" in str(faults_of(path))


def test_xml_that_declares_a_document_type(tmp_path: Path) -> None:
    path = rewritten(
        town(tmp_path / "s.xlsx"),
        "xl/worksheets/sheet1.xml",
        "<worksheet",
        '<!DOCTYPE worksheet [<!ENTITY a "b">]><worksheet',
    )
    assert "declares a document type" in str(faults_of(path))


def test_parts_beside_the_sheets_are_not_handed_on(tmp_path: Path) -> None:
    """Macros and pictures, which nobody here wants to read, may be anything."""
    path = town(tmp_path / "s.xlsm")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\0" * 100)
        archive.writestr("xl/media/image1.png", b"\x89PNG")
    assert len(read(path)[0]) == 3
    data, _ = scan.scan_zip(path, "s.xlsm", FaultsError)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert not [n for n in archive.namelist() if n.endswith((".bin", ".png"))]


def test_a_sheet_with_more_rows_than_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "MOST_ROWS", 1)
    monkeypatch.setattr(scan, "_MAX_ROWS_AROUND", 1)
    path = book(tmp_path / "s.xlsx", Big=[NAMES, *TOWN], Schools=[NAMES, TOWN[0]])
    schools, _ = read(path)
    assert schools["name"].tolist() == ["Ash"]
    assert "too large" in str(faults_of(f"{path}#None"))


@pytest.mark.parametrize("column", [0, 25, 26, 701, 702, 16_383])
def test_names_of_cells(column: int) -> None:
    assert cell_name(7, column) == f"{get_column_letter(column + 1)}7"
