#!/usr/bin/env bash
# In a school list kept in Excel, python-calamine reads broken and uncomputed ids as empty cells.
#
# Expected: a cell with an error (#REF!) and a formula whose result was never stored differ from an
# empty cell, as they do in openpyxl (data_only=True), which gives '#REF!' and None.
# Seen: python-calamine gives '' for the error, for the uncomputed formula and for an empty cell alike.
# Why it matters: a school whose id or feeder school is broken in the sheet looks like one that never
# had any, and a planner is not told. zoning looks for errors and missing results in the file first.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check python-calamine==0.9.1 openpyxl==3.1.5

"$work/venv/bin/python" - "$work" <<'PYTHON'
import sys
from importlib.metadata import version
from pathlib import Path

import openpyxl
import python_calamine

file = Path(sys.argv[1]) / "schools.xlsx"
book = openpyxl.Workbook()
sheet = book.active
for row in (
    ["school", "feeder_high_school_id"],
    ["Oak Elementary", "0041"],
    ["Elm Elementary", "#REF!"],
    ["Ash Elementary", "=B2"],
    ["Fir Elementary", None],
):
    sheet.append(row)
sheet["B3"].data_type = "e"
book.save(file)

calamine = [row[1] for row in python_calamine.load_workbook(file).get_sheet_by_index(0).to_python()]
other = [row[1].value for row in openpyxl.load_workbook(file, data_only=True).active]
print("python-calamine", version("python-calamine"), calamine)
print("openpyxl", version("openpyxl"), other)
as_seen = calamine[1:] == ["0041", "", "", ""] and other[1:] == ["0041", "#REF!", None, None]
sys.exit(0 if as_seen else 1)
PYTHON
