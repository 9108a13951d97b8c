"""Workbooks of Excel and OpenDocument: from a file to the sheet and the table that are meant."""

from zoning.workbooks.reading import (
    WORKBOOK_ENDINGS,
    ShownDate,
    cell_name,
    read_workbook,
    split_sheet,
)
from zoning.workbooks.tables import (
    HEAD_LINES,
    MIN_NAMES,
    SENTENCE_LENGTH,
    Recognise,
    choose_table,
    find_table,
    header_row,
)

__all__ = [
    "HEAD_LINES",
    "MIN_NAMES",
    "SENTENCE_LENGTH",
    "WORKBOOK_ENDINGS",
    "Recognise",
    "ShownDate",
    "cell_name",
    "choose_table",
    "find_table",
    "header_row",
    "read_workbook",
    "split_sheet",
]
