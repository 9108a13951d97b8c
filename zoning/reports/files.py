"""Files written whole or not at all, and never over others unasked."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from zoning.errors import OutputError


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsFolder:
    """A folder checked before anything is computed, and filled in one go after.

    Attributes
    ----------
    path
        The folder; made when the files are written.
    names
        The files that will be written, all of them.
    replace
        Whether files of these names may be replaced.
    """

    path: Path
    names: tuple[str, ...]
    replace: bool = False

    @classmethod
    def prepare(
        cls,
        path: Path,
        names: Sequence[str],
        *,
        replace: bool = False,
        strangers: Collection[str] = (),
        inputs: Collection[Path] = (),
    ) -> ResultsFolder:
        """A folder that can be written, as far as can be known beforehand.

        Parameters
        ----------
        path
            The folder; its parents are made if they are missing.
        names
            Files that will be written.
        replace
            True to replace files of these names.
        strangers
            Names that would be taken for files of this run: they are refused
            even with ``replace``, and never deleted.
        inputs
            Files that must not be replaced whatever their name.

        Raises
        ------
        OutputError
            Listing everything that stands in the way.
        """
        folder = cls(path=path, names=tuple(names), replace=replace)
        folder._refuse(strangers, inputs)
        nearest = next(place for place in (path, *path.resolve().parents) if place.exists())
        with _staging(nearest, name=path.name):
            return folder

    def write(self, contents: Mapping[str, bytes]) -> tuple[Path, ...]:
        """Write every file, or none and leave what was there as it was.

        Parameters
        ----------
        contents
            Bytes by name: exactly the names the folder was prepared for.

        Raises
        ------
        ValueError
            If the names are not the prepared ones.
        OutputError
            If anything cannot be written.
        """
        if set(contents) != set(self.names):
            raise ValueError(f"prepared for {self.names}, given {tuple(contents)}")
        self._refuse((), ())
        beside = self.path if self.path.exists() else self.path.parent
        with _staging(beside, name=self.path.name) as staging:
            try:
                new = staging / "new"
                new.mkdir()
                for name, data in contents.items():
                    _write_through(new / name, data)
                if self.path.exists():
                    self._exchange(new, staging / "old")
                else:
                    new.rename(self.path)
            except OSError as error:
                raise _not_written(self.path, error) from error
        return tuple(self.path / name for name in self.names)

    def _refuse(self, strangers: Collection[str], inputs: Collection[Path]) -> None:
        if self.path.exists() and not self.path.is_dir():
            raise OutputError(f"{self.path} is a file, not a folder; choose another folder.")
        read = {path.resolve() for path in inputs}
        there = [name for name in self.names if os.path.lexists(self.path / name)]
        own = [name for name in there if (self.path / name).resolve() in read]
        odd = [name for name in there if (self.path / name).is_dir()]
        kept = [name for name in there if name not in {*own, *odd}] if not self.replace else []
        left = [name for name in strangers if os.path.lexists(self.path / name)]
        faults = [
            *(f"{name} is an input of this run" for name in own),
            *(f"{name} is a folder" for name in odd),
            *(f"{name} exists" for name in kept),
            *(
                f"{name} is of another kind of run, and would be taken for this one"
                for name in left
            ),
        ]
        if faults:
            remedy = (
                "Choose another folder, or replace these files with --force."
                if not (own or odd or left)
                else "Choose another folder, or move these files away."
            )
            raise OutputError(
                "\n".join(
                    [
                        f"nothing was computed or written: in {self.path}",
                        *(f"  {fault}" for fault in faults),
                        remedy,
                    ]
                )
            )

    def _exchange(self, new: Path, old: Path) -> None:
        """Move every new file into place; on any failure put the old ones back."""
        old.mkdir()
        with ExitStack() as undo:
            for name in self.names:
                target = self.path / name
                if target.exists():
                    shutil.copy2(target, old / name)
                    undo.callback((old / name).replace, target)
                else:
                    undo.callback(target.unlink, missing_ok=True)
                (new / name).replace(target)
            undo.pop_all()


def names_in(folder: Path) -> list[str]:
    """The names of what is in a folder, sorted; none if it is no folder.

    Raises
    ------
    OutputError
        If the folder cannot be looked into.
    """
    try:
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        raise _not_written(folder, error) from error


@contextmanager
def _staging(beside: Path, *, name: str) -> Iterator[Path]:
    """A new folder on the disk of ``beside``, gone afterwards whatever happens."""
    staging = beside / f".{name}-{secrets.token_hex(4)}.part"
    try:
        beside.mkdir(parents=True, exist_ok=True)
        staging.mkdir()
    except OSError as error:
        raise _not_written(beside, error) from error
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _write_through(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _not_written(folder: Path, error: OSError) -> OutputError:
    why = error.strerror or str(error)
    return OutputError(
        f"{folder} cannot be written: {why}\n"
        "Nothing was changed there; choose another folder with --out, or make room."
    )
