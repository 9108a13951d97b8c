#!/usr/bin/env bash
# Leaflet 1.9.3 in Chromium: a tooltip makes every area of a map a stop of the Tab key.
#
# bindTooltip listens for focus on the SVG path of an area, so that a tooltip can come up for the
# keyboard. Chromium lets the keyboard reach every SVG element that listens for focus. Expected:
# areas that hold no focus of their own are passed over, with a tooltip or without. Seen: 5 areas
# without tooltips are no stop, 5 with tooltips are 5 stops, without a name for a screen reader.
#
# Why it matters: a map of 40 zones with tooltips puts 40 stops between its controls and the table
# behind it. tabindex="-1" on the path takes the stop away and leaves the tooltip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    xstatic-leaflet==1.9.3.0 playwright==1.65.2

cat > "$folder/stops.py" <<'PY'
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright
from xstatic.pkg import leaflet

browser, folder = sys.argv[1], Path(sys.argv[2])
code = (Path(leaflet.BASE_DIR) / "leaflet.js").read_text(encoding="utf-8")
page_of = """<!DOCTYPE html><html lang="en"><title>Map</title><div id="map" style="height:300px"></div>
<button>After the map</button><script>{code}</script><script>
const map = L.map("map", {{ keyboard: false, zoomControl: false, attributionControl: false }});
map.setView([38.2, -85.7], 11);
for (let k = 0; k < 5; k += 1) {{
  const west = -85.8 + 0.03 * k;
  const area = L.rectangle([[38.18, west], [38.22, west + 0.02]]).addTo(map);
  if ({hover}) area.bindTooltip("Zone " + k);
}}
</script></html>"""
with sync_playwright() as driver:
    chromium = driver.chromium.launch(executable_path=browser)
    print("Chromium", chromium.version.split(".")[0])
    counts = []
    for hover in ("false", "true"):
        file = folder / f"{hover}.html"
        file.write_text(page_of.format(code=code, hover=hover), encoding="utf-8")
        page = chromium.new_page()
        page.goto(file.as_uri())
        stops = 0
        page.keyboard.press("Tab")
        while page.evaluate("document.activeElement.tagName") == "path":
            stops += 1
            page.keyboard.press("Tab")
        at = page.evaluate("document.activeElement.tagName")
        version = page.evaluate("L.version")
        print(f"Leaflet {version}, tooltips {hover}: {stops} stops, then {at}")
        counts.append(stops)
    chromium.close()
assert counts == [0, 5], counts
PY
"$folder/venv/bin/python" "$folder/stops.py" "$browser" "$folder"
