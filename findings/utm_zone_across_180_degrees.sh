#!/usr/bin/env bash
# GeoPandas picks the UTM zone of places on both sides of 180 degrees in the Atlantic.
#
# Expected: estimate_utm_crs() of two places 21 km apart on Taveuni, Fiji (179.9 E and 179.9 W)
# is UTM 60 south or UTM 1 south, whose meridians are 3 degrees away.
# Seen: the middle of the bounding box is 0 degrees, so it is UTM 30 or 31 south, whose meridian
# is 177 degrees away; and a shape drawn in metres across 180 degrees comes back to EPSG:4326
# as one that goes round the globe.
# Why it matters: travel distances, isochrones and service areas are computed in the estimated
# zone, and shapes are written in degrees. A district on both sides of 180 degrees gets neither.
#
# Exits non-zero when the behaviour changes.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet geopandas==1.1.1 pyproj==3.7.2 shapely==2.1.2
"$work/venv/bin/python" - <<'PYTHON'
import geopandas as gpd
import pyproj

places = gpd.GeoSeries.from_xy([179.9, -179.9], [-16.85, -16.85], crs="EPSG:4326")
zone = places.estimate_utm_crs()
metres = pyproj.Geod(ellps="WGS84").line_length(places.x, places.y)
print(f"geopandas {gpd.__version__}, pyproj {pyproj.__version__}")
print(f"places {metres:,.0f} m apart: {zone.to_string()} ({zone.name})")
ground = places.to_crs("EPSG:32701").buffer(15_000).union_all()
west, _, east, _ = gpd.GeoSeries([ground], crs="EPSG:32701").to_crs("EPSG:4326").iloc[0].bounds
print(f"ground of about 51 km by 30 km: from {west:.2f} to {east:.2f} degrees")
assert metres < 22_000
assert zone.to_string() in {"EPSG:32730", "EPSG:32731"}, "the zone is chosen otherwise now"
assert east - west > 359, "shapes across 180 degrees are cut or run on now"
PYTHON
