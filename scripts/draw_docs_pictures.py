"""Draw the pictures of the documentation and of the README into docs/images.

Each entry of `PICTURES` is one file: the commands of the page that shows it make what is drawn, so
that a picture shows what a reader gets. Needs Chromium and ``pip install 'zoning[report,png]'``.
Pictures of restricted pages are of invented districts.

``python scripts/draw_docs_pictures.py [NAME ...]`` draws all, or those named, in some minutes.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parent))
from run_pages import ROOT, run_page

import zoning
from zoning.cli import app
from zoning.maps.browser import browser_session

IMAGES = ROOT / "docs" / "images"
# A screen of a usual laptop.
WIDTH_PX, HEIGHT_PX = 1366, 768
# Colours of a picture: more cannot be told apart on these pages, and make the file twice as large.
COLOURS = 128
# A map draws its layers and places its names in the frames after it has opened.
SETTLE_MS = 2000
DATE = "2026-11-30"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What is drawn in the folder that `made_by` fills."""

    made_by: Callable[[Path], object]
    draw: Callable[[Path], Image.Image]
    restricted: bool = False


def shoot(
    page: Path,
    *,
    width_px: int = WIDTH_PX,
    height_px: int = HEIGHT_PX,
    clicks: Sequence[str] = (),
    part: str | None = None,
) -> Image.Image:
    """Draw a page without a network, after some clicks; the window, or a part by its selector."""
    with browser_session() as browser:
        context = browser.new_context(
            viewport={"width": width_px, "height": height_px}, offline=True, reduced_motion="reduce"
        )
        window = context.new_page()
        window.set_content(page.read_text(encoding="utf-8"))
        window.evaluate("document.fonts.ready")
        for selector in clicks:
            window.locator(selector).first.click()
        if window.locator(".map-holder").count():
            window.wait_for_selector(".map-holder:visible path", state="attached")
        window.wait_for_timeout(SETTLE_MS)
        what = window if part is None else window.locator(part).first
        return Image.open(io.BytesIO(what.screenshot(animations="disabled", caret="hide")))


def beside(*images: Image.Image, gap_px: int = 16) -> Image.Image:
    """Put pictures of one height beside each other."""
    width = sum(one.width for one in images) + gap_px * (len(images) - 1)
    joined = Image.new("RGB", (width, max(one.height for one in images)), "white")
    left = 0
    for one in images:
        joined.paste(one, (left, 0))
        left += one.width + gap_px
    return joined


@cache
def page(name: str) -> Callable[[Path], object]:
    """Run the commands of a page of the documentation."""
    return lambda folder: run_page(ROOT / "docs" / f"{name}.md", folder)


def jefferson(folder: Path) -> None:
    """Compare six options of Jefferson County, as the README does."""
    study = folder / "district.toml"
    study.write_text(
        'format = 1\n[district]\ndata = "jefferson"\n[zones]\nnumber = [21, 30, 40]\n'
        f"[output]\ndate = {DATE}\n[stress]\nrun = false\n",
        encoding="utf-8",
    )
    run_zoning("compare", study, "--out", folder / "compared")


def mill_creek(folder: Path) -> None:
    """Plan the day of the invented town of the page on patrol days."""
    text = (ROOT / "docs" / "patrols.md").read_text(encoding="utf-8")
    schools, zones = re.findall(r"```text\n(\w+,\w.*?)```", text, flags=re.DOTALL)[:2]
    study = re.findall(r"```toml\n(.*?)```", text, flags=re.DOTALL)[0]
    for name, body in (("schools.csv", schools), ("zones.csv", zones), ("district.toml", study)):
        (folder / name).write_text(body, encoding="utf-8")
    run_zoning("patrol", "plan", folder, "--out", folder / "day")


def random_plans(_folder: Path) -> Image.Image:
    """Draw where the plan of the page for analysts stands among random plans."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - it is an extra

    result = zoning.read_study(ROOT / "data" / "example_district").plan()
    if result.plan is None:
        raise RuntimeError(str(result))
    figure = Figure(figsize=(7.5, 5), dpi=90, layout="constrained")
    drawn = zoning.draw_plans(result.problem, 600, seed=1)
    drawn.plot({"Proposed": result.plan}, ax=figure.subplots())
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return Image.open(out)


def nothing(_folder: Path) -> None:
    """Make no files: the picture is drawn from Python."""


def run_zoning(*words: object) -> None:
    """Run one command; its fault is an error."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    if done.exit_code:
        raise RuntimeError(done.output)


PICTURES = {
    "comparison": Picture(
        made_by=jefferson,
        draw=lambda folder: shoot(
            folder / "compared" / "comparison.html", clicks=["text='30 patrol zones'"]
        ),
    ),
    "frontier": Picture(
        made_by=jefferson, draw=lambda folder: shoot(folder / "compared" / "frontier.html")
    ),
    "tour": Picture(
        made_by=page("tour"),
        draw=lambda folder: beside(
            *(
                shoot(
                    folder / "my_district" / step / "district.html",
                    width_px=1100,
                    part=".map-holder",
                )
                for step in ("first", "improved")
            )
        ),
    ),
    "planner": Picture(
        made_by=page("planner"),
        draw=lambda folder: shoot(folder / "alder_fork" / "moved" / "district.html"),
    ),
    "planner-workbench": Picture(
        made_by=page("planner"),
        draw=lambda folder: shoot(folder / "alder_fork" / "workbench.html"),
        restricted=True,
    ),
    "board-comparison": Picture(
        made_by=page("board-staff"),
        draw=lambda folder: shoot(
            folder / "alder_fork" / "compared" / "comparison.html", clicks=["#tab-pair"]
        ),
    ),
    "board-brief": Picture(
        made_by=page("board-staff"),
        draw=lambda folder: shoot(
            folder / "alder_fork" / "slides" / "brief.html", width_px=850, height_px=1100
        ),
    ),
    "commander-roster": Picture(
        made_by=page("commander"),
        draw=lambda folder: shoot(
            folder / "alder_fork" / "zoning-staff-roster-restricted" / "roster.html",
            width_px=1000,
            height_px=560,
        ),
        restricted=True,
    ),
    "commander-sheet": Picture(
        made_by=page("commander"),
        draw=lambda folder: shoot(
            folder / "alder_fork" / "zoning-patrol-restricted" / "sheets.html",
            width_px=900,
            height_px=900,
        ),
        restricted=True,
    ),
    "analyst-random-plans": Picture(made_by=nothing, draw=random_plans),
    "patrol-timeline": Picture(
        made_by=mill_creek,
        draw=lambda folder: shoot(folder / "day" / "timeline.html", width_px=1440, height_px=800),
        restricted=True,
    ),
}
"""What the pictures are, by the name of their file."""


def main(names: Sequence[str]) -> None:
    """Draw the pictures named, or all; those that the same commands make, from one run."""
    wanted = {name: PICTURES[name] for name in names or PICTURES}
    while wanted:
        first = next(iter(wanted.values())).made_by
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            first(folder)
            for name in [name for name, one in wanted.items() if one.made_by is first]:
                drawn = wanted.pop(name).draw(folder)
                few = drawn.convert("RGB").quantize(COLOURS, kmeans=2, dither=Image.Dither.NONE)
                file = IMAGES / f"{name}.png"
                few.save(file, optimize=True)
                print(f"{file.name}, {file.stat().st_size / 1000:.0f} kB", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
