"""The files a run reads: what each is for, and its hash for the record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from zoning.reports import InputFile
from zoning.roads.sources.containers import GMNS_FILES, TABLE_FILES
from zoning.workbooks import split_sheet

_SHAPEFILE_PARTS = (".shx", ".dbf", ".prj", ".cpg")

RoleAndPath = tuple[str, Path]


def with_parts(role: str, path: Path) -> Iterator[RoleAndPath]:
    """A file, and those that make up a Shapefile or a File Geodatabase with it.

    Of ``schools.xlsx#Sheet`` the file is ``schools.xlsx``.
    """
    path, _ = split_sheet(path)
    if path.is_dir():
        yield from ((role, part) for part in sorted(path.iterdir()) if part.is_file())
        return
    yield role, path
    if path.suffix.lower() == ".shp":
        parts = (path.with_suffix(ending) for ending in _SHAPEFILE_PARTS)
        yield from ((role, part) for part in parts if part.is_file())


def street_files(path: Path) -> Iterator[RoleAndPath]:
    """A saved network, or the tables in a folder."""
    names = TABLE_FILES
    if path.is_file():
        yield "streets", path
        return
    if all((path / name).is_file() for name in GMNS_FILES):
        names = GMNS_FILES
    for name in names:
        yield Path(name).stem, path / name


def hashes(files: Iterable[RoleAndPath]) -> tuple[InputFile, ...]:
    """Role, name and SHA-256 of every file; they must have been read before."""
    return tuple(InputFile.read(path, role=role, name=shown_path(path)) for role, path in files)


def shown_path(path: Path) -> str:
    """A path as it was typed; of an absolute one the name only, whoever's folder it is in."""
    return path.name if path.is_absolute() else path.as_posix()
