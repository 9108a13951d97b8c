"""How fast the workbench answers: a made-up metro of 1,000 schools in 150 zones, in a browser.

Streets of 10,000 junctions, travel times over them, feeders, and rules on sizes, drives,
contiguity and workload. A school is moved to a zone that touches its own, 120 times, each in a
frame of its own: plan, figures, rules, map and panel. What waits for a pause, the list of what
could be done next, is held back meanwhile. Given are

- the script of a move;
- the work of the page's main thread for a move: script, layout and drawing, its processor time
  as Chromium counts it, less that of as many frames without a move;
- the frames that `requestAnimationFrame` gives, and how many are longer than one and a half.

Times by the clock are those of an idle machine only; processor time is not.
Once beside the list of schools, and once beside the table of zones.

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

JUNCTIONS = 10_000
MOVES = 120
FRAME_MS = 1000 / 60
MOVE_ABOUT = """async ([count, moving]) => {
    const { sheet } = desk;
    let seed = 7;
    const random = (below) => {
        seed = (seed * 1103515245 + 12345) % 2147483648;
        return Math.floor(seed / 2147483648 * below);
    };
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const [scripts, frames] = [[], []];
    const wait = window.setTimeout;
    window.setTimeout = (act, ms) => wait(act, ms + 600000);
    let last = await frame();
    for (let done = 0; done < count;) {
        const [a, b] = sheet.neighbours[random(sheet.neighbours.length)];
        const to = desk.zoneOf(b).id;
        if (desk.zoneOf(a).id === to) continue;
        const begin = performance.now();
        if (moving) desk.move([a], to);
        scripts.push(performance.now() - begin);
        done += 1;
        const now = await frame();
        frames.push(now - last);
        last = now;
    }
    window.setTimeout = wait;
    return { scripts, frames };
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
        for name in ("Schools", "Zones"):
            page.get_by_role("tab", name=name).click()
            page.wait_for_timeout(2000)
            _, _, still_ms = move_about(page, moving=False)
            scripts, frames, moving_ms = move_about(page, moving=True)
            print(f"beside {name}")
            report("script of a move", scripts)
            print(f"  main thread, a move: {(moving_ms - still_ms) / MOVES:.1f} ms of processor")
            report("frames", frames)


def move_about(page: Any, *, moving: bool) -> tuple[list[float], list[float], float]:
    """Move schools; ms of each script and each frame, and of the main thread in all."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def thread_ms() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return 1000 * float(next(m["value"] for m in metrics if m["name"] == "ThreadTime"))

    before = thread_ms()
    found = page.evaluate(MOVE_ABOUT, [MOVES, moving])
    return found["scripts"], found["frames"], thread_ms() - before


def report(what: str, values: list[float]) -> None:
    """Print median, 95th percentile and the number of those over a frame and a half."""
    p95 = statistics.quantiles(values, n=20)[-1]
    over = sum(value > 1.5 * FRAME_MS for value in values)
    print(
        f"  {what}: median {statistics.median(values):.1f} ms, 95 % under {p95:.1f} ms, "
        f"{over} of {len(values)} over {1.5 * FRAME_MS:.0f} ms"
    )


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:]]
    main(*(numbers + [1000, 150][len(numbers) :]))
