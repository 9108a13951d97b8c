"""One file written whole or not at all, and never over another unasked."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from zoning.errors import OutputError


def write_whole(path: Path, data: bytes, *, replace: bool = False) -> Path:
    """Write a file beside its place, then move it there in one step.

    Folders on the way are made. If anything fails, what stood there before
    stands there still, and no part of the new file is left.

    Parameters
    ----------
    replace
        True to replace a file of that name.

    Raises
    ------
    OutputError
        If the file exists and may not be replaced, is a folder, or cannot be
        written.
    """
    refuse_to_replace(path, replace=replace)
    part = path.with_name(f".{path.name}-{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written: {error.strerror or error}\n"
            "Nothing was changed there; choose another place, or make room."
        ) from error
    return path


def refuse_to_replace(path: Path, *, replace: bool) -> None:
    """Raise `OutputError` if a file must not be written there, before work is done for it."""
    if path.is_dir():
        raise OutputError(f"{path} is a folder; give the name of a file.")
    if os.path.lexists(path) and not replace:
        raise OutputError(
            f"{path} exists; choose another name, or replace it with --force (force=True)."
        )
