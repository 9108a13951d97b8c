"""How large the pages are, beside plain Folium's with the same content, and how they pan.

Jefferson County with the standard options, and a made-up metro of 1,000 schools
with 143, 170 and 200 zones over 28,560 street links. Plain Folium is what a
planner would write first: a layer of zones for each option, a marker for each
school, streets and outline as GeoJSON, tooltips with names; no figures, no views.
Its page links ten files on content delivery networks, which are not counted; ours
holds everything. Frames are those of the system's Chromium while a script drags
the map to and fro three times, at the whole district and closer.

Run from the repository: ``python benchmarks/page_sizes.py``. Frames need the
extra ``png`` and a browser.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import folium
import numpy as np
from _metro import metro_view

from zoning import compare_staffing, load_district, maps, standard_options
from zoning.disclosure import PublicView, public_view, restricted_view
from zoning.maps.browser import browser_session, find_browser
from zoning.symbols import ZONE_FILLS, school_symbol

CLOSER = 2.6
RECORD = """() => {
    window.frames_at = [];
    window.recording = true;
    const next = (at) => {
        window.frames_at.push(at);
        if (window.recording) requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
}"""


def plain_folium(view: PublicView) -> folium.Map:
    """The same zones, schools and streets in Folium's own layers."""
    page = folium.Map(tiles=None)
    if view.streets is not None:
        streets = folium.GeoJson(view.streets[["geometry"]].to_json(), name="Streets")
        streets.add_to(page)
    if view.outline is not None:
        folium.GeoJson(view.outline.__geo_interface__, name="District").add_to(page)
    for option in view.options:
        group = folium.FeatureGroup(name=option.label, overlay=False)
        for zone in option.zones.itertuples():
            fill = ZONE_FILLS[zone.colour]
            folium.GeoJson(
                zone.geometry.__geo_interface__,
                style_function=lambda _, fill=fill: {"fillColor": fill, "color": "#333"},
                tooltip=zone.Index,
            ).add_to(group)
        group.add_to(page)
    for school in view.schools.itertuples():
        folium.CircleMarker(
            (school.geometry.y, school.geometry.x),
            radius=4,
            color=school_symbol(school.level).fill,
            tooltip=school.name,
        ).add_to(page)
    folium.LayerControl().add_to(page)
    return page


def size_of(page: folium.Map, path: Path) -> int:
    """Bytes of the saved page."""
    page.save(str(path))
    return path.stat().st_size


def frames(browser: Any, path: Path, *, closer: float) -> np.ndarray:
    """Milliseconds between frames while the map is dragged."""
    tab = browser.new_page(viewport={"width": 1366, "height": 768})
    tab.goto(path.as_uri())
    tab.evaluate(f"map_comparison.setZoom(map_comparison.getZoom() + {closer})")
    tab.wait_for_timeout(800)
    box = tab.locator(".folium-map").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.evaluate(RECORD)
    for _ in range(3):
        tab.mouse.move(x, y)
        tab.mouse.down()
        for step in range(30):
            tab.mouse.move(x + 6 * step, y + 3 * step)
        tab.mouse.up()
        tab.wait_for_timeout(300)
    times = tab.evaluate("() => { window.recording = false; return window.frames_at; }")
    tab.close()
    return np.diff(np.array(times))


def main() -> None:
    """Print both tables."""
    district = load_district("jefferson")
    comparison = compare_staffing(district, standard_options(district.schools))
    jefferson = public_view(comparison)
    metro = metro_view(1000, (143, 170, 200))
    print("kilobytes; plain Folium leaves out the scripts and styles it links")
    print(f"{'page':<42} {'ours':>8} {'plain Folium':>13} {'ratio':>6}")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for name, view in (("Jefferson", jefferson), ("metro, 1,000 schools", metro)):
            theirs = size_of(plain_folium(view), place / "plain.html")
            pages = {
                "comparison": maps.comparison(view),
                "district": maps.district(view, view.options[-1].option_id),
            }
            if view is jefferson:
                pages["restricted"] = maps.comparison(restricted_view(comparison))
            for kind, page in pages.items():
                ours = size_of(page, place / f"{kind} of {name}.html")
                print(
                    f"{name + ', ' + kind:<42} {ours / 1e3:>8,.0f} {theirs / 1e3:>13,.0f} "
                    f"{ours / theirs:>6.2f}"
                )
        if find_browser() is None:
            print("no browser on this machine: frames are not measured")
            return
        print("\nmilliseconds between frames while dragging")
        print(f"{'page':<42} {'frames':>7} {'median':>7} {'95 %':>7} {'longest':>8}")
        with browser_session() as browser:
            for name in ("Jefferson", "metro, 1,000 schools"):
                for closer in (0.0, CLOSER):
                    gaps = frames(browser, place / f"comparison of {name}.html", closer=closer)
                    where = f"{name}, {'closer' if closer else 'whole district'}"
                    print(
                        f"{where:<42} {len(gaps):>7} {np.median(gaps):>7.1f} "
                        f"{np.percentile(gaps, 95):>7.1f} {gaps.max():>8.1f}"
                    )


if __name__ == "__main__":
    main()
