"""Files a planner hands on: slides, tables, zones, and the record of a run.

The public edition is the default; files are written whole or not at all.
"""

from zoning.editions import Purpose
from zoning.files import ResultsFolder, names_in
from zoning.reports.brief import brief
from zoning.reports.deck import deck
from zoning.reports.gis_files import geopackage
from zoning.reports.outputs import (
    MEANINGS,
    SENSITIVITY_PICTURE,
    Extra,
    Order,
    can_draw,
    can_print,
    check_files,
    check_names,
    meaning_of,
    output_files,
    stale_files,
)
from zoning.reports.run_record import InputFile, RunSettings
from zoning.reports.workbook import workbook

__all__ = [
    "MEANINGS",
    "SENSITIVITY_PICTURE",
    "Extra",
    "InputFile",
    "Order",
    "Purpose",
    "ResultsFolder",
    "RunSettings",
    "brief",
    "can_draw",
    "can_print",
    "check_files",
    "check_names",
    "deck",
    "geopackage",
    "meaning_of",
    "names_in",
    "output_files",
    "stale_files",
    "workbook",
]
