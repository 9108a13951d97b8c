"""A comparison as an Excel workbook: one sheet a subject, numbers as numbers."""

from __future__ import annotations

import datetime
import re
import zipfile
from io import BytesIO
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from zoning.disclosure import PublicView, RestrictedView
from zoning.errors import OutputError
from zoning.reports.office_files import FORMULA_STARTS, cell_text, header_text, xml_text
from zoning.reports.workbook_restricted import restricted_subjects
from zoning.reports.workbook_sheets import Column, Subject, public_subjects
from zoning.staffing.figures import NOT_COMPUTED

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

_FORMATS: Final = {
    "text": "@",
    "count": "#,##0",
    "ratio": "0.00",
    "dollars": '"$"#,##0',
    "minutes": "0.0#",
    "share": "0%",
    "miles": "#,##0",
}
_INK, _QUIET, _HEAD_FILL, _MARK_FILL = "1B2026", "767676", "DCE6F1", "8C1515"
_LINE_PT = 15.0
_MOST_LINES = 27  # Excel's tallest row is 409 points
_NUMBER_WIDTH = 14.0
_NO_DATE = datetime.date(1980, 1, 1)  # the first that a zip file can tell
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")


def workbook(view: PublicView | RestrictedView) -> bytes:
    """The options, zones, schools, changes and assumptions as an Excel workbook.

    Each sheet has a frozen heading, a filter and a print set-up; units stand in
    the headings; what was not computed says so. Text from data is written as
    text: no cell holds a formula, and no link leads out. The same view gives
    the same bytes. Needs the extra ``report``.

    Parameters
    ----------
    view
        A restricted view adds visits, response by building and the slowest
        buildings, and its mark on top of every sheet, on every printed page and
        in the document's properties.

    Returns
    -------
    bytes
        Of an ``.xlsx`` file.

    Raises
    ------
    OutputError
        If openpyxl is not installed.
    """
    try:
        from openpyxl import Workbook  # noqa: PLC0415
    except ImportError as error:
        raise OutputError(
            "writing an Excel workbook needs the package openpyxl\n"
            "Install it with: pip install 'zoning[report]'"
        ) from error
    if isinstance(view, RestrictedView):
        public, mark, subjects = view.public, view.mark, restricted_subjects(view)
    else:
        public, mark, subjects = view, "", public_subjects(view)
    book = Workbook()
    book.remove(book.active)
    for subject in (_read_me(public, mark, subjects), *subjects):
        _fill(book.create_sheet(subject.name), subject, public, mark)
    _describe(book, public, mark)
    file = BytesIO()
    book.save(file)
    return _timeless(file.getvalue(), public.date or _NO_DATE)


def _read_me(view: PublicView, mark: str, subjects: list[Subject]) -> Subject:
    about = [
        ("Title", view.title),
        ("District", view.district if view.state is None else f"{view.district}, {view.state}"),
        ("Date of the plan", "not given" if view.date is None else view.date.isoformat()),
        ("Edition", mark or "Public: can be handed to anyone."),
        *(("Estimate", caution) for caution in view.cautions),
        *((f"Sheet {subject.name}", subject.meaning) for subject in subjects),
        ("Not computed", "The figure has no value in this option. It does not mean zero."),
        ("Source of the data", view.attribution),
    ]
    return Subject(
        name="Read me",
        meaning="What this workbook holds.",
        columns=(Column("What", width=30), Column("In words", width=110)),
        rows=tuple(about),
    )


def _fill(sheet: Worksheet, subject: Subject, view: PublicView, mark: str) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    head = 1
    if mark:
        head = 2
        _write(sheet.cell(1, 1), mark)
        sheet.cell(1, 1).font = Font(bold=True, color="FFFFFF")
        for k in range(1, max(len(subject.columns), 2) + 1):
            sheet.cell(1, k).fill = PatternFill("solid", fgColor=_MARK_FILL)
    for k, column in enumerate(subject.columns, start=1):
        cell = sheet.cell(head, k)
        _write(cell, column.title)
        cell.font = Font(bold=True, color=_INK)
        cell.fill = PatternFill("solid", fgColor=_HEAD_FILL)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        letter = get_column_letter(k)
        sheet.column_dimensions[letter].width = column.width or _NUMBER_WIDTH
    top = Alignment(wrap_text=True, vertical="top")
    missing = Font(italic=True, color=_QUIET)
    for r, row in enumerate(subject.rows, start=head + 1):
        for k, (column, given) in enumerate(zip(subject.columns, row, strict=True), start=1):
            cell = sheet.cell(r, k)
            value = column.value(given)
            if isinstance(value, float):
                cell.value = value
                cell.number_format = _FORMATS[column.kind]
            else:
                _write(cell, NOT_COMPUTED if value is None else value)
                if value is None:
                    cell.font = missing
            cell.alignment = top
        sheet.row_dimensions[r].height = _LINE_PT * _lines(sheet, r)
    sheet.row_dimensions[head].height = _LINE_PT * _lines(sheet, head)
    last = get_column_letter(len(subject.columns))
    if subject.name not in {"Read me", "Notes"}:
        sheet.auto_filter.ref = f"A{head}:{last}{head + max(len(subject.rows), 1)}"
    beside = 1 if len(subject.columns) > 3 else 0
    sheet.freeze_panes = sheet.cell(head + 1, beside + 1)
    _set_print(sheet, view, mark, head)


def _lines(sheet: Worksheet, row: int) -> int:
    """Lines of the tallest cell of a row: not every program works them out when it opens."""
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    tallest = 1
    for cell in sheet[row]:
        if isinstance(cell.value, str):
            room = int(sheet.column_dimensions[get_column_letter(cell.column)].width)
            tallest = max(tallest, len(wrap(cell.value, max(room - 2, 4))))
    return min(tallest, _MOST_LINES)


def _set_print(sheet: Worksheet, view: PublicView, mark: str, head: int) -> None:
    """Landscape, as wide as the page, with the heading and the mark on every page."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_LETTER
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"1:{head}"
    if mark:
        sheet.oddHeader.center.text = header_text(mark)
        sheet.oddHeader.center.font = "Calibri,Bold"
        sheet.oddFooter.center.text = header_text(mark, most=100)
    else:
        sheet.oddHeader.left.text = header_text(view.title, most=100)
    sheet.oddFooter.left.text = header_text(view.district, most=60)
    sheet.oddFooter.right.text = "&A, page &P of &N"


def _write(cell: Cell, text: str) -> None:
    """Text as text: not a formula, not an error value, whatever it looks like."""
    safe = cell_text(text)
    cell.value = safe
    cell.data_type = "s"
    cell.number_format = _FORMATS["text"]
    cell.quotePrefix = safe.startswith(FORMULA_STARTS)


def _describe(book: Workbook, view: PublicView, mark: str) -> None:
    from openpyxl.packaging.custom import StringProperty  # noqa: PLC0415

    about = book.properties
    about.title = xml_text(view.title)
    about.creator = "zoning"
    about.created = datetime.datetime.combine(view.date or _NO_DATE, datetime.time())
    if mark:
        about.category = "RESTRICTED"
        about.description = xml_text(mark)
        book.custom_doc_props.append(StringProperty(name="Classification", value=xml_text(mark)))


def _timeless(xlsx: bytes, date: datetime.date) -> bytes:
    """The same file without the moment it was written."""
    moment = f"{date.isoformat()}T00:00:00Z".encode()
    file = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(xlsx)) as old,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in sorted(old.namelist()):
            data = old.read(name)
            if name == "docProps/core.xml":
                data = _MODIFIED.sub(rb"\g<1>" + moment + rb"\g<2>", data)
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, data)
    return file.getvalue()
