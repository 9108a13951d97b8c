"""Write a comparison as an Excel workbook: one sheet a subject, with native numbers."""

from __future__ import annotations

import datetime
import math
import re
import zipfile
from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import pairwise
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pandas as pd

from zoning.disclosure import PublicView, RestrictedView, option_change
from zoning.disclosure.changes import NOT_A_SCHOOL
from zoning.editions import EXAMPLE_DAY, Edition
from zoning.reports.board_text import describe_equal_waits
from zoning.reports.office_files import (
    FORMULA_STARTS,
    NO_DATE,
    cell_text,
    header_text,
    remove_timestamps,
    require_package,
    xml_text,
)
from zoning.reports.tables import (
    SLOWEST_SHOWN,
    budget_frame,
    response_frame,
    value_frame,
    visit_frame,
)
from zoning.staffing.budget import AID, HOW_DRAWN
from zoning.staffing.figures import FIGURES, NOT_COMPUTED, WITHHELD, Figure
from zoning.staffing.precision import ROUNDED_APART
from zoning.units import METRES_PER_MILE

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet


class _Kind(NamedTuple):
    """Number format of a column: unit in the heading, factor, and Excel's format code."""

    unit: str
    per: float
    number_format: str


_TEXT: Final = _Kind("", 1.0, "@")
_COUNT: Final = _Kind("", 1.0, "#,##0")
_RATIO: Final = _Kind("", 1.0, "0.00")
_MINUTES: Final = _Kind(" (minutes)", 60.0, "0.0#")
_KINDS_BY_UNIT: Final = {
    "_usd": _Kind(" ($)", 1.0, '"$"#,##0'),
    "_share": _Kind(" (%)", 1.0, "0%"),
    "_fraction": _Kind(" (%)", 1.0, "0%"),
    "_s": _MINUTES,
    "_m": _Kind(" (miles)", METRES_PER_MILE, "#,##0"),
    "_per_post": _RATIO,
    "_per_day": _RATIO,
}
_INK, _GREY, _HEAD_FILL, _MARK_FILL = "1B2026", "767676", "DCE6F1", "8C1515"
_LINE_PT = 15.0
_MOST_LINES = 27  # Excel's tallest row is 409 points
_NUMBER_WIDTH = 14.0  # column width in characters: a heading of two words, and any number
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")
_PRESENCE = (
    "Presence index: officer time at the schools of a student of the group, over that of all "
    "students."
)


class SheetColumn(NamedTuple):
    """A column of a sheet: its name, its width in characters, and its number format."""

    name: str
    width: float = _NUMBER_WIDTH
    kind: _Kind = _TEXT

    @property
    def heading(self) -> str:
        """The name with the unit."""
        return f"{self.name}{self.kind.unit}"

    def value(self, value: Any) -> str | float | None:
        """Make a cell: text, a number in the column's unit, or None for not computed."""
        if self.kind is _TEXT or isinstance(value, str):
            return str(value)
        number = float(value)
        return round(number / self.kind.per, 6) if math.isfinite(number) else None


class Sheet(NamedTuple):
    """A sheet: its name, a sentence of description, its columns and rows."""

    name: str
    meaning: str
    columns: tuple[SheetColumn, ...]
    rows: list[tuple[Any, ...]]


TODAY = "today"
_OPTION = SheetColumn("Option", 32)
_SCHOOL = (SheetColumn("Building", 14), SheetColumn("School", 44))


def workbook(view: PublicView | RestrictedView) -> bytes:
    """Write options, zones, schools, changes and assumptions as an Excel workbook.

    Each sheet has a frozen heading, a filter and a print set-up; units stand in
    the headings; figures that were not computed are marked. Text from data is written as
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
    require_package("openpyxl", "openpyxl", "writing an Excel workbook")
    from openpyxl import Workbook  # noqa: PLC0415

    public = view.public
    mark = view.mark
    sheets = list(_sheets(view, public))
    book = Workbook()
    book.remove(book.active)
    for sheet in (_read_me(public, mark, sheets), *sheets):
        _write_sheet(book.create_sheet(sheet.name), sheet, public, mark)
    date = public.date or datetime.date(*NO_DATE)
    _set_properties(book, public, mark, date)
    file = BytesIO()
    book.save(file)
    core = "docProps/core.xml"
    with zipfile.ZipFile(file) as archive:
        moment = f"{date.isoformat()}T00:00:00Z".encode()
        about = _MODIFIED.sub(rb"\g<1>" + moment + rb"\g<2>", archive.read(core))
    return remove_timestamps(file.getvalue(), replaced={core: about})


def _sheets(view: PublicView | RestrictedView, public: PublicView) -> Iterator[Sheet]:
    """Make the sheets after the first."""
    yield _options(public)
    yield zones_sheet(public)
    yield _schools(public)
    yield _changes(public)
    if public.scenarios:
        yield _scenarios(public)
    yield _equity(view, public)
    yield _budget(view, public)
    yield _value(view, public)
    yield Sheet(
        "Assumptions",
        "What the figures rest on. A default is a general starting value, not a fact about the "
        "district.",
        (
            SheetColumn("Assumption", 60),
            SheetColumn("Value", 18),
            SheetColumn("Range used", 24),
            SheetColumn("Where it comes from", 28),
        ),
        _rows(public.assumptions),
    )
    yield Sheet(
        "Notes",
        "What to know before using the figures.",
        (SheetColumn("Note", 105),),
        [(note,) for note in (*public.cautions, *public.notices)],
    )
    if isinstance(view, RestrictedView):
        yield from _restricted_sheets(view)


def _rows(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    return list(frame.itertuples(index=False, name=None))


def _read_me(view: PublicView, mark: str, sheets: list[Sheet]) -> Sheet:
    rows = [
        ("Title", view.title),
        ("District", view.district if view.state is None else f"{view.district}, {view.state}"),
        ("Date of the plan", "not given" if view.date is None else view.date.isoformat()),
        ("Edition", mark or "Public: can be handed to anyone."),
        *(("Estimate", caution) for caution in view.cautions),
        *((f"Sheet {sheet.name}", sheet.meaning) for sheet in sheets),
        ("Not computed", "The figure has no value in this option. It does not mean zero."),
        ("Source of the data", view.attribution),
    ]
    columns = (SheetColumn("What", 30), SheetColumn("In words", 110))
    return Sheet("Read me", "What this workbook holds.", columns, rows)


def _options(view: PublicView) -> Sheet:
    beaten, mixed = view.some_dominated, bool(view.scenarios)
    keys = [column for figure in view.figures for column in figure.columns]
    rows = [
        (
            option.label,
            *([option.scenario or TODAY, len(view.at(option.option_id).schools)] if mixed else []),
            *(["yes" if option.not_dominated else "no"] if beaten else []),
            *(
                WITHHELD if key in option.withheld else option.values.get(key, math.nan)
                for key in keys
            ),
            option.description,
            option.proof,
        )
        for option in view.options
    ]
    meaning = (
        "One row a staffing option, with every figure that may be published. Low and high "
        "are the ends of the range under other assumptions."
    )
    return Sheet(
        "Options",
        f"{meaning} Not beaten outright: {view.unbeaten}." if beaten else meaning,
        (
            _OPTION,
            *(
                [SheetColumn("Schools of", 20), SheetColumn("School buildings", kind=_COUNT)]
                if mixed
                else []
            ),
            *([SheetColumn("Not beaten outright", 12)] if beaten else []),
            *_figure_columns(view.figures),
            SheetColumn("What it is", 60),
            SheetColumn("How good its zones are known to be", 60),
        ),
        rows,
    )


def _figure_columns(figures: Iterable[Figure]) -> Iterator[SheetColumn]:
    """Make a column for each figure and for the ends of its range."""
    for figure in figures:
        for key in figure.columns:
            share = key.startswith("share_within_")
            kinds = (kind for unit, kind in _KINDS_BY_UNIT.items() if key.endswith(unit))
            kind = _KINDS_BY_UNIT["_share"] if share else next(kinds, _COUNT)
            yield SheetColumn(figure.heading(key), kind=kind)


def zones_sheet(view: PublicView) -> Sheet:
    """Make one row a zone of an option."""
    names = {o.option_id: view.at(o.option_id).schools["name"] for o in view.options}
    rows = [
        (
            option.label,
            zone_id,
            zone["label"],
            zone["officer"],
            zone["high_school"] or "",
            len(zone["building_ids"]),
            "; ".join(names[option.option_id][building] for building in zone["building_ids"]),
        )
        for option in view.options
        for zone_id, zone in option.zones.drop(columns="geometry").to_dict("index").items()
    ]
    return Sheet(
        "Zones",
        "One row a zone of an option: its officer, its high school and its schools.",
        (
            _OPTION,
            SheetColumn("Zone", 16),
            SheetColumn("Label on the map", 12),
            SheetColumn("Officer", 14),
            SheetColumn(view.high_school_heading, 30),
            SheetColumn("Buildings", kind=_COUNT),
            SheetColumn("Schools", 90),
        ),
        rows,
    )


def _schools(view: PublicView) -> Sheet:
    schools = view.every_school()
    frame = schools[["name", "level"]].reset_index()
    columns = [*_SCHOOL, SheetColumn("Level", 14)]
    for option in view.options:
        if option.zones.empty:
            continue
        columns.append(SheetColumn(f"{option.label}: zone", 16))
        columns.append(SheetColumn(f"{option.label}: officer", 16))
        places = option.places.reindex(schools.index)
        here = schools.index.isin(view.at(option.option_id).schools.index)
        officers = places["full_time_officer"].map({True: "all day", False: "patrol"})
        zones = places["zone_id"].fillna("none").where(here, NOT_A_SCHOOL)
        frame[f"zone {option.option_id}"] = zones.to_numpy()
        frame[f"officer {option.option_id}"] = officers.fillna("").to_numpy()
    meaning = "One row a school building: its zone and its officer in each option."
    return Sheet("Schools", meaning, tuple(columns), _rows(frame))


def _scenarios(view: PublicView) -> Sheet:
    return Sheet(
        "Schools that change",
        "One row a school that a scenario of the schools opens, closes or changes.",
        (
            SheetColumn("Schools of", 20),
            SheetColumn("School id", 14),
            SheetColumn("School", 44),
            SheetColumn("Change", 12),
            SheetColumn("Of what", 24),
            SheetColumn("Before", 30),
            SheetColumn("After", 30),
        ),
        [
            (scenario.name, *row)
            for scenario in view.scenarios
            for row in scenario.table.itertuples(index=False, name=None)
        ],
    )


def _changes(view: PublicView) -> Sheet:
    rows = []
    for one, other in pairwise(option for option in view.options if len(option.zones)):
        schools = option_change(view, one.option_id, other.option_id).schools
        shown = schools[["name", "level", "change", "before", "after"]]
        rows += [(one.label, other.label, *row) for row in shown.itertuples(name=None)]
    return Sheet(
        "Changes",
        "What each option changes for each school, compared with the option before it.",
        (
            SheetColumn("From", 30),
            SheetColumn("To", 30),
            *_SCHOOL,
            SheetColumn("Level", 14),
            SheetColumn("Change", 36),
            SheetColumn("Before", 46),
            SheetColumn("After", 46),
        ),
        rows,
    )


def _equity(view: PublicView | RestrictedView, public: PublicView) -> Sheet:
    meaning = "Officer time and mean response by group of students"
    shown = {
        "group": SheetColumn("Students", 34),
        "students": SheetColumn("Number of students", kind=_COUNT),
        "presence_index": SheetColumn("Presence index", kind=_RATIO),
        "mean_response_s": SheetColumn("Mean response", kind=_MINUTES),
        "withheld": SheetColumn("Withheld", 60),
    }
    if isinstance(view, RestrictedView):
        equity = view.comparison.equity()
        meaning += f", also where the public edition withholds them. {_PRESENCE}"
        del shown["withheld"]
        shown["officer_minutes"] = SheetColumn("Officer minutes a day", kind=_RATIO)
        order = ("group", "students", "officer_minutes", "presence_index", "mean_response_s")
        shown = {key: shown[key] for key in order}
    else:
        equity = view.equity
        meaning = " ".join((f"{meaning}. {_PRESENCE}", *describe_equal_waits(view)))
    return Sheet("Equity", meaning, (_OPTION, *shown.values()), _by_option(equity, public, shown))


def _budget(view: PublicView | RestrictedView, public: PublicView) -> Sheet:
    columns = {
        "line": SheetColumn("Line", 34),
        "period": SheetColumn("Period", 12),
        "low_usd": SheetColumn("Low", kind=_KINDS_BY_UNIT["_usd"]),
        "likely_usd": SheetColumn("Likely", kind=_KINDS_BY_UNIT["_usd"]),
        "high_usd": SheetColumn("High", kind=_KINDS_BY_UNIT["_usd"]),
        "interval_low_usd": SheetColumn("Interval from", kind=_KINDS_BY_UNIT["_usd"]),
        "interval_high_usd": SheetColumn("Interval to", kind=_KINDS_BY_UNIT["_usd"]),
    }
    meaning = (
        "What each option costs, by line: in a year when everybody is hired, once at the start, "
        "and in each of the first years. Low and high: every price at that end of its range at "
        "once; attrition, which saves pay and costs recruiting, where the total is least or most. "
        f"Interval of a total: {HOW_DRAWN}"
    )
    frame = budget_frame(view)
    if (frame["line"] == AID).any():
        meaning = f"{meaning} Who pays adds up to the total before state aid."
    if view is public:
        meaning = f"{meaning} {ROUNDED_APART}"
    rows = _by_option(frame, public, columns)
    return Sheet("Budget", meaning, (_OPTION, *columns.values()), rows)


def _value(view: PublicView | RestrictedView, public: PublicView) -> Sheet:
    dollars = _KINDS_BY_UNIT["_usd"]
    columns = {
        "other": SheetColumn("Over", 32),
        "extra_usd": SheetColumn("Cost a year more", kind=dollars),
        "saved_s": SheetColumn("Mean response sooner by", kind=_MINUTES),
        "per_minute_usd": SheetColumn("A year for each minute", kind=dollars),
        "per_minute_low_usd": SheetColumn("A minute, 95 % interval from", kind=dollars),
        "per_minute_high_usd": SheetColumn("A minute, 95 % interval to", kind=dollars),
        "no_minute": SheetColumn("Why not computed", 34),
        "extra_officers": SheetColumn("Officers on duty more", kind=_COUNT),
        "per_officer_usd": SheetColumn("A year for each officer", kind=dollars),
        "pays_back": SheetColumn("Higher cost at the start", 60),
    }
    if view is public:  # a published difference has no interval
        del columns["per_minute_low_usd"], columns["per_minute_high_usd"]
    labels = {option.option_id: option.label for option in public.options}
    frame = value_frame(view)
    frame = frame.assign(other=frame["other_id"].map(labels))
    return Sheet(
        "Value",
        "What each option buys over one that costs less, on the same schools. A minute has a price "
        "only where the difference in response is clear.",
        (_OPTION, *columns.values()),
        _by_option(frame, public, columns),
    )


def _by_option(
    table: pd.DataFrame, view: PublicView, columns: Iterable[str]
) -> list[tuple[Any, ...]]:
    """Make rows of a table with ``option_id``, each under the label of its option."""
    if table.empty:
        return []
    labels = {option.option_id: option.label for option in view.options}
    frame = table.reset_index() if "option_id" in table.index.names else table
    frame = frame[frame["option_id"].isin(labels)]
    return _rows(frame.assign(option=frame["option_id"].map(labels))[["option", *columns]])


def _restricted_sheets(view: RestrictedView) -> Iterator[Sheet]:
    """Make the sheets that only the restricted edition has."""
    restricted = [figure for figure in FIGURES if figure.edition is Edition.RESTRICTED]
    keys = [column for figure in restricted for column in figure.columns]
    yield Sheet(
        "Restricted figures",
        "One row a staffing option, with the figures that may not be published.",
        (_OPTION, *_figure_columns(restricted)),
        [
            (outcome.label, *(outcome.figures.get(key, math.nan) for key in keys))
            for outcome in view.comparison.outcomes
        ],
    )
    visits = visit_frame(view)
    yield Sheet(
        "Visits",
        f"Every stop of every officer. {EXAMPLE_DAY}",
        (
            _OPTION,
            SheetColumn("Zone", 16),
            SheetColumn("Officer", 16),
            SheetColumn("Stop", kind=_COUNT),
            SheetColumn("What", 9),
            *_SCHOOL,
            SheetColumn("Arrival", 11),
            SheetColumn("Departure", 11),
            SheetColumn("At the school", kind=_MINUTES),
            SheetColumn("Drive there", kind=_MINUTES),
            SheetColumn("Present for", 18),
        ),
        _by_option(visits, view.public, visits.columns[1:]),
    )
    response = response_frame(view)
    columns = (
        _OPTION,
        SheetColumn("Zone", 16),
        *_SCHOOL,
        SheetColumn("Mean response", kind=_MINUTES),
        SheetColumn("Median response", kind=_MINUTES),
        SheetColumn("90th percentile", kind=_MINUTES),
    )
    shown = ("zone_id", "building_id", "name", "mean_s", "median_s", "p90_s")
    yield Sheet(
        "Response by building",
        "The response at each school building.",
        columns,
        _by_option(response, view.public, shown),
    )
    slowest = response.dropna(subset="mean_s").sort_values("mean_s", ascending=False, kind="stable")
    yield Sheet(
        "Slowest",
        f"The {SLOWEST_SHOWN} school buildings with the longest mean response, by option.",
        columns,
        [
            row
            for option_id in dict.fromkeys(response["option_id"])
            for row in _by_option(
                slowest[slowest["option_id"] == option_id].head(SLOWEST_SHOWN), view.public, shown
            )
        ],
    )


def _write_sheet(target: Worksheet, sheet: Sheet, view: PublicView, mark: str) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    head = 2 if mark else 1
    if mark:
        _write_text(target.cell(1, 1), mark)
        target.cell(1, 1).font = Font(bold=True, color="FFFFFF")
        for k in range(1, max(len(sheet.columns), 2) + 1):
            target.cell(1, k).fill = PatternFill("solid", fgColor=_MARK_FILL)
    top = Alignment(wrap_text=True, vertical="top")
    for k, column in enumerate(sheet.columns, start=1):
        cell = target.cell(head, k)
        _write_text(cell, column.heading)
        cell.font = Font(bold=True, color=_INK)
        cell.fill = PatternFill("solid", fgColor=_HEAD_FILL)
        cell.alignment = top
        target.column_dimensions[get_column_letter(k)].width = column.width
        for r, row in enumerate(sheet.rows, start=head + 1):
            cell, value = target.cell(r, k), column.value(row[k - 1])
            if isinstance(value, float):
                cell.value = value
                cell.number_format = column.kind.number_format
            else:
                _write_text(cell, NOT_COMPUTED if value is None else value)
                if value is None:
                    cell.font = Font(italic=True, color=_GREY)
            cell.alignment = top
    for r in range(head, head + len(sheet.rows) + 1):
        target.row_dimensions[r].height = _LINE_PT * _count_lines(target, sheet, r)
    last = get_column_letter(len(sheet.columns))
    if sheet.name not in {"Read me", "Notes"}:
        target.auto_filter.ref = f"A{head}:{last}{head + max(len(sheet.rows), 1)}"
    target.freeze_panes = target.cell(head + 1, 2 if len(sheet.columns) > 3 else 1)
    _set_print(target, view, mark, head)


def _count_lines(target: Worksheet, sheet: Sheet, row: int) -> int:
    """Count the lines of a row's tallest cell; not every program fits row heights on opening."""
    texts = [
        wrap(cell.value, max(int(column.width) - 2, 4))
        for cell, column in zip(target[row], sheet.columns, strict=False)
        if isinstance(cell.value, str)
    ]
    return min(max(map(len, texts), default=1) or 1, _MOST_LINES)


def _set_print(target: Worksheet, view: PublicView, mark: str, head: int) -> None:
    """Set up printing: landscape, one page wide, heading and mark on every page."""
    target.page_setup.orientation = "landscape"
    target.page_setup.paperSize = target.PAPERSIZE_LETTER
    target.page_setup.fitToWidth = 1
    target.page_setup.fitToHeight = 0
    target.sheet_properties.pageSetUpPr.fitToPage = True
    target.print_title_rows = f"1:{head}"
    if mark:
        target.oddHeader.center.text = header_text(mark)
        target.oddHeader.center.font = "Calibri,Bold"
        target.oddFooter.center.text = header_text(mark, max_length=100)
    else:
        target.oddHeader.left.text = header_text(view.title, max_length=100)
    target.oddFooter.left.text = header_text(view.district, max_length=60)
    target.oddFooter.right.text = "&A, page &P of &N"


def _write_text(cell: Cell, text: str) -> None:
    """Write text, never as a formula or an error value."""
    safe = cell_text(text)
    cell.value = safe
    cell.data_type = "s"
    cell.number_format = _TEXT.number_format
    cell.quotePrefix = safe.startswith(FORMULA_STARTS)


def _set_properties(book: Workbook, view: PublicView, mark: str, date: datetime.date) -> None:
    from openpyxl.packaging.custom import StringProperty  # noqa: PLC0415

    about = book.properties
    about.title = xml_text(view.title)
    about.creator = "zoning"
    about.created = datetime.datetime.combine(date, datetime.time())
    if mark:
        about.category = "RESTRICTED"
        about.description = xml_text(mark)
        book.custom_doc_props.append(StringProperty(name="Classification", value=xml_text(mark)))
