#!/usr/bin/env bash
# A KMZ loses the columns that the same KML, unzipped, has.
#
# Expected: GDAL's LIBKML driver gives the same fields for a KML document and for a KMZ, which
# is that document in a zip (OGC KML 2.2, ExtendedData with a Schema).
# Seen: the column "level" of the KML is there; read from the KMZ it is gone, without a warning.
# Why it matters: portals offer school lists and districts as KMZ. Levels and ids are silently
# missing, so a reader unpacks the KMZ and opens the KML in it.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check pyogrio==0.13.0 numpy==2.4.2

"$work/venv/bin/python" - "$work" <<'PYTHON'
import sys
import zipfile
from pathlib import Path

import pyogrio

work = Path(sys.argv[1])
document = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document id="root">
<Schema name="schools" id="schools"><SimpleField name="level" type="string"/></Schema>
<Folder><name>schools</name><Placemark><name>Oak</name>
<ExtendedData><SchemaData schemaUrl="#schools">
<SimpleData name="level">high</SimpleData></SchemaData></ExtendedData>
<Point><coordinates>-85.7,38.2</coordinates></Point></Placemark></Folder></Document></kml>
"""
(work / "doc.kml").write_text(document)
with zipfile.ZipFile(work / "schools.kmz", "w") as archive:
    archive.writestr("doc.kml", document)
print("pyogrio", pyogrio.__version__, "GDAL", ".".join(map(str, pyogrio.__gdal_version__)))
has = {}
for name in ("doc.kml", "schools.kmz"):
    about = pyogrio.read_info(work / name)
    has[name] = "level" in about["fields"]
    print(f"{name:12} {about['driver']}, {about['features']} feature, level: {has[name]}")
sys.exit(0 if has == {"doc.kml": True, "schools.kmz": False} else 1)
PYTHON
