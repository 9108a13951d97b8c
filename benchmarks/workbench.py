"""How fast the workbench answers: a made-up metro of 1,000 schools in 150 zones, in a browser.

Streets of 22,500 junctions, travel times over them, feeders, and rules on sizes, drives,
contiguity and workload. A school is moved to a zone that touches its own, 120 times, each in a
frame of its own: the script of a move is timed (plan, figures, rules, map, panel), and the
frames are counted that `requestAnimationFrame` gives, with the first after each move apart.
Once with no school selected, and once with one, so that its best zones are listed after each.
Frames without any move are counted for comparison: what they cost is the machine's.

Run from the repository: ``python benchmarks/workbench.py [SCHOOLS [ZONES]]``. Needs the extra
``png`` and a browser.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from _metro import LEVELS
from large_network import metropolis, places

from zoning import maps
from zoning.district import District
from zoning.maps.browser import browser_session
from zoning.schools import schools_from_frame
from zoning.zones import (
    Contiguous,
    LongestDrive,
    Workload,
    Zone,
    ZonePlan,
    ZoneProblem,
    adjacent_buildings,
    building_areas,
)

JUNCTIONS = 22_500
MOVES = 120
FRAME_MS = 1000 / 60
MOVE_ABOUT = """async ([count, select]) => {
    const { sheet, state } = desk;
    let seed = 7;
    const random = (below) => { seed = (seed * 1103515245 + 12345) % 2147483648; return Math.floor(seed / 2147483648 * below); };
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const scripts = [], after = [], rest = [];
    if (select) desk.selectSchool(0, false);
    await new Promise((done) => setTimeout(done, 1500));
    let last = await frame();
    for (let done = 0; done < count;) {
        const [a, b] = sheet.neighbours[random(sheet.neighbours.length)];
        const to = desk.zoneOf(b).id;
        if (desk.zoneOf(a).id === to) continue;
        const begin = performance.now();
        desk.move([a], to);
        scripts.push(performance.now() - begin);
        done += 1;
        for (let k = 0; k < 12; k++) {
            const now = await frame();
            (k === 0 ? after : rest).push(now - last);
            last = now;
        }
    }
    return { scripts, after, rest, edits: state.log.length };
}"""
IDLE = """async (count) => {
    const gaps = [];
    let last = await new Promise((done) => requestAnimationFrame(done));
    for (let k = 0; k < count; k++) {
        const now = await new Promise((done) => requestAnimationFrame(done));
        gaps.push(now - last);
        last = now;
    }
    return gaps;
}"""


def metro(count: int) -> District:
    """Schools at random over crooked blocks; each feeds the nearest high school."""
    network = metropolis(JUNCTIONS)
    at = places(network, count).geometry
    levels = [LEVELS[k % len(LEVELS)] for k in range(count)]
    high = [k for k in range(count) if levels[k] == "high"]
    away = np.hypot(
        at.x.to_numpy()[:, None] - at.x.to_numpy()[high],
        at.y.to_numpy()[:, None] - at.y.to_numpy()[high],
    )
    frame = pd.DataFrame(
        {
            "school_id": [f"b{k:04d}" for k in range(count)],
            "name": [f"School number {k} of the made-up metro" for k in range(count)],
            "level": levels,
            "program": "resides",
            "latitude": at.y.to_numpy(),
            "longitude": at.x.to_numpy(),
            "enrollment": 300.0 + 7.0 * (np.arange(count) % 90),
            "feeder_high_school_ids": [f"b{high[k]:04d}" for k in away.argmin(axis=1)],
        }
    )
    return District(name="Made-up metro", schools=schools_from_frame(frame), network=network)


def plan_of(district: District, zones: int) -> ZonePlan:
    """Strips from west to east, cut from south to north."""
    at = district.buildings.geometry
    east = np.argsort(at.x.to_numpy(), kind="stable")
    strips = np.array_split(east, max(1, round(zones**0.5)))
    pieces = [len(part) for part in np.array_split(np.arange(zones), len(strips))]
    members = [
        part
        for strip, number in zip(strips, pieces, strict=True)
        for part in np.array_split(strip[np.argsort(at.y.to_numpy()[strip])], number)
    ]
    ids = at.index.to_numpy()
    return ZonePlan(
        tuple(
            Zone(zone_id=f"Zone {k + 1}", building_ids=tuple(ids[part]), high_school_id=None)
            for k, part in enumerate(members)
        )
    )


def main(schools: int, zones: int) -> None:
    district = metro(schools)
    assert district.network is not None
    areas = building_areas(
        list(district.buildings.index), district.schools, network=district.network
    )
    problem = ZoneProblem.from_schools(
        district.schools,
        district.network.travel_times(district.schools),
        zones=zones,
        min_size=3,
        max_size=9,
        rules=[
            LongestDrive(limit_s=900.0),
            Contiguous(neighbours=adjacent_buildings(areas)),
            Workload(column="enrollment", tolerance=0.5),
        ],
    )
    with tempfile.TemporaryDirectory() as folder, browser_session() as browser:
        file = Path(folder) / "workbench.html"
        maps.workbench(district, problem, {"Strips": plan_of(district, zones)}).save(str(file))
        print(f"{schools} schools, {zones} zones: {file.stat().st_size / 1e6:.2f} MB")
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.goto(file.as_uri())
        began = page.evaluate(
            "workbenchReady.then((desk) => { window.desk = desk; return performance.now(); })"
        )
        page.wait_for_timeout(3000)
        print(f"opened in {began / 1000:.1f} s")
        report("no move", {"idle frames": page.evaluate(IDLE, 300)})
        for name, selected in (("nothing selected", False), ("a school selected", True)):
            found = page.evaluate(MOVE_ABOUT, [MOVES, selected])
            parts = {
                "script of a move": found["scripts"],
                "frame after it": found["after"],
                "next frames": found["rest"],
            }
            report(name, parts)


def report(name: str, parts: dict[str, Any]) -> None:
    """Print median, 95th percentile and the number of those over a frame."""
    print(name)
    for what, values in parts.items():
        p95 = statistics.quantiles(values, n=20)[-1]
        over = sum(value > 1.5 * FRAME_MS for value in values)
        print(
            f"  {what:18} median {statistics.median(values):6.1f} ms, p95 {p95:6.1f} ms, "
            f"worst {max(values):6.1f} ms, {over} of {len(values)} over 25 ms"
        )


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:]]
    main(*(numbers + [1000, 150][len(numbers) :]))
