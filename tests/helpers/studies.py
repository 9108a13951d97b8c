"""Studies of the made-up town, as a planner writes them."""

from __future__ import annotations

from pathlib import Path

from helpers.town_files import write_schools

from zoning.study import Study, read_study


def write_study(folder: Path, text: str, *, name: str = "town.toml") -> Path:
    """A study of the town's schools; the lines of the text keep their numbers."""
    if not (folder / "town.csv").exists():
        write_schools(folder / "town.csv")
    path = folder / name
    path.write_text(f'{text}\n[schools]\nfile = "town.csv"\n', encoding="utf-8")
    return path


def town_study(folder: Path, text: str) -> Study:
    """Write a study of the town, and read it."""
    return read_study(write_study(folder, text))
