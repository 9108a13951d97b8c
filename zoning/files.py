"""Atomic writes: a file or a folder is written whole or not at all, and replaced only if asked.

A run's folder is prepared beside its final place and then renamed, so that each folder holds one
whole edition of one run at any moment, even if the program is killed. The next run that
writes there repairs what a killed run left.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from zoning.editions import Edition
from zoning.errors import OutputError

RUN_RECORD = "run.json"
"""The record of a run; its ``edition`` says which edition a folder holds."""

STUDY_AS_RUN = "study.toml"
"""The study of a run, in its folder."""

_OWNER_ONLY = 0o700
"""The mode of restricted folders, and of folders that files are prepared in."""


def write_whole(
    path: Path, data: bytes, *, replace: bool = False, owner_only: bool = False
) -> Path:
    """Write a file atomically: to a temporary file beside its place, then rename it.

    Folders on the way are made. If anything fails, what stood there before
    stands there still, and no part of the new file is left.

    ``replace``: True to replace a file of that name. ``owner_only``: True if only its owner may
    read it, as the files of a restricted run.

    Raises `OutputError` if the file exists and may not be replaced, is a folder, or cannot be
    written.
    """
    refuse_to_replace(path, replace=replace)
    part = path.with_name(f".{path.name}-{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            _write_through(part, data, owner_only=owner_only)
            if replace:
                part.replace(path)
            else:
                _rename_new(part, path)
        finally:
            part.unlink(missing_ok=True)
    except OutputError:
        raise
    except OSError as error:
        raise _not_written(path, error) from error
    return path


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def refuse_to_replace(path: Path, *, replace: bool) -> None:
    """Raise `OutputError` if a file must not be written there; call it before computing."""
    if path.is_dir():
        raise OutputError(f"{path} is a folder; give the name of a file.")
    if os.path.lexists(path) and not replace:
        raise OutputError(
            f"{path} exists; choose another name, or replace it with --force (force=True)."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsFolder:
    """A results folder: checked before anything is computed, replaced atomically afterwards.

    Attributes
    ----------
    path
        The folder; made when the files are written.
    names
        The files that will be written, all of them.
    edition
        Of the files. A restricted folder can be entered and read by its owner
        alone (0700, files 0600), where the system knows such permissions.
    replace
        Whether files of these names may be replaced.
    removed
        Files of the earlier run there that this one has none of: they go with it.
    """

    path: Path
    names: tuple[str, ...]
    edition: Edition = Edition.PUBLIC
    replace: bool = False
    removed: tuple[str, ...] = ()

    @classmethod
    def prepare(
        cls,
        path: Path,
        names: Sequence[str],
        *,
        edition: Edition = Edition.PUBLIC,
        replace: bool = False,
        stale_files: Collection[str] = (),
        inputs: Collection[Path] = (),
    ) -> ResultsFolder:
        """Check that the folder can be written; first recover from a killed run.

        Parameters
        ----------
        path
            The folder; its parents are made if they are missing.
        names
            Files that will be written.
        edition
            Of the files; a folder that holds a run of the other edition is
            refused even with ``replace``.
        replace
            True to replace files of these names.
        stale_files
            Files that an earlier run may have left, and that would be taken for this
            run's. With ``replace`` those go that ``run.json`` there lists and nobody
            changed since; the others are refused and never deleted.
        inputs
            Files that must not be replaced whatever their name.

        Raises
        ------
        OutputError
            Listing every obstacle; or if another run is writing there.
        """
        with claim(path):
            kept = {one.resolve() for one in inputs}
            removed = tuple(
                name
                for name in (_unchanged_files(path) if replace else ())
                if name in stale_files and (path / name).resolve() not in kept
            )
            folder = cls(
                path=path, names=tuple(names), edition=edition, replace=replace, removed=removed
            )
            folder._refuse([name for name in stale_files if name not in removed], inputs)
        return folder

    def write(self, contents: Mapping[str, bytes]) -> tuple[Path, ...]:
        """Write all files or none; on failure the folder is unchanged.

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
        with claim(self.path) as staging:
            self._refuse((), ())
            try:
                self._fill(staging.new, contents)
                staging.switch((*self.names, *self.removed))
            except OSError as error:
                raise _not_written(self.path, error) from error
        return tuple(self.path / name for name in self.names)

    def _fill(self, new: Path, contents: Mapping[str, bytes]) -> None:
        restricted = self.edition is Edition.RESTRICTED
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=_OWNER_ONLY if restricted else 0o777)
        if self.path.is_dir() and not restricted:
            shutil.copymode(self.path, new)  # it may be writable for a group
        for name, data in contents.items():
            _write_through(new / name, data, owner_only=restricted)
        _sync_folder(new)

    def _refuse(self, stale_files: Collection[str], inputs: Collection[Path]) -> None:
        _require_folder_name(self.path)
        read = {path.resolve() for path in inputs}
        there = [name for name in self.names if os.path.lexists(self.path / name)]
        own = [name for name in there if (self.path / name).resolve() in read]
        folders = [name for name in there if (self.path / name).is_dir()]
        others = [name for name in there if name not in {*own, *folders} and not self.replace]
        stale = [name for name in stale_files if os.path.lexists(self.path / name)]
        faults = [
            f"{name} {why}"
            for names, why in (
                (own, "is an input of this run"),
                (folders, "is a folder"),
                (others, "exists"),
                (
                    stale,
                    "is of an earlier run, and readers would take it for a file of this one",
                ),
            )
            for name in names
        ]
        held = edition_of(self.path)
        if held not in {None, self.edition}:
            faults.insert(0, f"a {held} run is there, and a {self.edition} one never replaces it")
        if faults:
            can_be_replaced = len(faults) == len(others)
            remedy = (
                "replace these files with --force" if can_be_replaced else "move these files away"
            )
            lines = [f"  {fault}" for fault in faults]
            raise OutputError(
                "\n".join(
                    [
                        f"nothing was computed or written: in {self.path}",
                        *lines,
                        f"Choose another folder, or {remedy}.",
                    ]
                )
            )


def _unchanged_files(folder: Path) -> list[str]:
    """List the files of the earlier run in a folder that are as it wrote them."""
    try:
        record = json.loads((folder / RUN_RECORD).read_text(encoding="utf-8"))
        return [
            name
            for name, sha256 in record["files"].items()
            if Path(name).name == name
            and (folder / name).is_file()
            and hash_file(folder / name) == sha256
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []


def edition_of(folder: Path) -> Edition | None:
    """Read the edition from the run record of a folder; None without a record."""
    try:
        record = json.loads((folder / RUN_RECORD).read_text(encoding="utf-8"))
        return Edition(record["edition"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def names_in(folder: Path) -> list[str]:
    """List the sorted names in a folder; empty if it is not a folder.

    Raises
    ------
    OutputError
        If the folder cannot be looked into.
    """
    try:
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        raise _not_written(folder, error) from error


@dataclass(frozen=True, slots=True)
class _Staging:
    """The staging folder of a run: ``.NAME.zoning``, beside the folder ``NAME``.

    A switch renames the old folder to ``old``, then the new one to ``NAME``. Which of
    the two exist says how far a killed run came.
    """

    target: Path
    path: Path

    @property
    def new(self) -> Path:
        return self.path / "new"

    @property
    def old(self) -> Path:
        return self.path / "old"

    def switch(self, names: Collection[str]) -> None:
        """Replace the old folder by the new one, and keep the old one's other files."""
        (self.path / "names.json").write_text(json.dumps(sorted(names)), encoding="utf-8")
        _sync_folder(self.path)
        if self.target.exists():
            self.target.rename(self.old)
            try:
                self.new.rename(self.target)
            except BaseException:
                self.old.rename(self.target)
                raise
        else:
            self.new.rename(self.target)
        self.recover()

    def recover(self) -> None:
        """Complete an interrupted switch, so that no other file of the old folder is lost."""
        if not self.old.exists():
            return
        if not self.target.exists():
            self.new.rename(self.target)
        names = set(json.loads((self.path / "names.json").read_text(encoding="utf-8")))
        for other in sorted(self.old.iterdir()):
            if other.name in names:
                continue
            if os.path.lexists(self.target / other.name):
                raise OutputError(
                    f"{other.name} is in {self.target} and, from before, in {self.old}\n"
                    "Move one of the two away and start again."
                )
            other.rename(self.target / other.name)
        _sync_folder(self.target.parent)
        shutil.rmtree(self.old)


@contextmanager
def claim(path: Path) -> Iterator[_Staging]:
    """Lock a folder against other runs until it is written.

    May be nested. Afterwards nothing is left beside the folder.

    Raises `OutputError` if the name is none for a folder, another run holds it, or files cannot be
    made beside it.
    """
    _require_folder_name(path)
    target = path.resolve()
    staging = _Staging(target, target.with_name(f".{target.name}.zoning"))
    made = [parent for parent in target.parents if not parent.exists()]
    lock = FileLock(staging.path / "lock", timeout=0, is_singleton=True)
    try:
        _acquire(lock, staging.path)
    except Timeout as error:
        raise OutputError(
            f"another run of zoning is writing to {path}\n"
            "Wait until it has ended, or choose another folder with --out."
        ) from error
    except OSError as error:
        raise _not_written(path, error) from error
    outermost = lock.lock_counter == 1
    try:
        if outermost:
            try:
                staging.recover()
            except OSError as error:
                raise _not_written(path, error) from error
        yield staging
    finally:
        if outermost and not staging.old.exists():
            shutil.rmtree(staging.path, ignore_errors=True)
        lock.release()
        if outermost:
            if os.name == "nt":  # On Windows an open lock file cannot be deleted.
                shutil.rmtree(staging.path, ignore_errors=True)
            for parent in made:
                with suppress(OSError):  # Not empty: it holds the written files.
                    parent.rmdir()


def _acquire(lock: FileLock, folder: Path) -> None:
    """Acquire the lock; try again if its last holder deleted the file in between."""
    while True:
        folder.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
        try:
            lock.acquire()
        except FileNotFoundError:
            continue
        if Path(lock.lock_file).exists():
            return
        lock.release()


def _require_folder_name(path: Path) -> None:
    """Raise `OutputError` for a path that no folder can be renamed to."""
    if path.is_symlink() and not path.exists():
        raise OutputError(f"{path} is a link that leads nowhere; choose another folder.")
    if path.exists() and not path.is_dir():
        raise OutputError(f"{path} is a file, not a folder; choose another folder.")
    target = path.resolve()
    if target == Path.cwd() or not target.name:
        raise OutputError(
            f"{str(path)!r} is the folder you are in, or none; the results need one of their own.\n"
            "Give --out a name, for example --out results."
        )


def _write_through(path: Path, data: bytes, *, owner_only: bool = False) -> None:
    mode = 0o600 if owner_only else 0o666
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:  # noqa: PTH123
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _rename_new(part: Path, path: Path) -> None:
    """Give a file its name, unless another file has got it meanwhile."""
    try:
        os.link(part, path)
    except FileExistsError:
        refuse_to_replace(path, replace=False)
        raise
    except OSError:  # A file system without links.
        refuse_to_replace(path, replace=False)
        part.rename(path)


def _sync_folder(path: Path) -> None:
    """Flush a folder's entries to disk, so that they survive a power failure."""
    if os.name == "nt":  # Windows cannot open a folder.
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _not_written(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{path} cannot be written: {error.strerror or error}\nNothing was changed there; choose "
        "another place, or free disk space."
    )
