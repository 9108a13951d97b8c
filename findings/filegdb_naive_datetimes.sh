#!/usr/bin/env bash
# A clock time without a zone comes back from a File Geodatabase as a moment in UTC.
#
# Expected: a date-time without a time zone, written to a File Geodatabase and read again by
# pyogrio (GDAL's OpenFileGDB driver), has no time zone, as from a GeoPackage.
# Seen: 2025-08-20 07:30 comes back as 2025-08-20 07:30 UTC, exactly as a moment that was meant
# to be UTC does. Nothing in the table tells the two apart.
# Why it matters: a school's bell of 07:30 local time becomes 03:30 in New York when a reader
# trusts the zone, and a bell that was stored in UTC becomes 11:30 when a reader ignores it. A
# reader of local times can only refuse date-times of a File Geodatabase.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  geopandas==1.1.4 pyogrio==0.13.0 pandas==3.0.3 shapely==2.1.2

"$work/venv/bin/python" - "$work" <<'PYTHON'
import sys
import warnings

import geopandas as gpd
import pandas as pd
import pyogrio

warnings.simplefilter("ignore")
work = sys.argv[1]
naive = pd.to_datetime(["2025-08-20 07:30", "2025-12-01 07:30"])
frame = gpd.GeoDataFrame(
    {"bell": naive}, geometry=gpd.points_from_xy([-85.7, -85.6], [38.2, 38.3]), crs=4326
)
print("pyogrio", pyogrio.__version__, "GDAL", ".".join(map(str, pyogrio.__gdal_version__)))
zones = {}
for driver, ending in (("GPKG", "gpkg"), ("OpenFileGDB", "gdb")):
    path = f"{work}/schools.{ending}"
    frame.to_file(path, driver=driver)
    back = gpd.read_file(path)["bell"]
    zones[ending] = back.dt.tz
    print(f"{driver:12} {naive[0]} comes back as {back[0]}")
sys.exit(0 if zones["gpkg"] is None and str(zones["gdb"]) == "UTC" else 1)
PYTHON
