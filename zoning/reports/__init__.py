"""Files a planner hands on: tables, zones and the record of a run.

The public edition is the default; files are written whole or not at all.
"""

from zoning.reports.files import ResultsFolder
from zoning.reports.results import (
    MEANINGS,
    check_files,
    check_names,
    result_files,
    result_names,
)
from zoning.reports.run_record import InputFile, RunSettings

__all__ = [
    "MEANINGS",
    "InputFile",
    "ResultsFolder",
    "RunSettings",
    "check_files",
    "check_names",
    "result_files",
    "result_names",
]
