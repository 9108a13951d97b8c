"""Faults of a study: collected, placed by line, section and key, and reported at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from zoning.errors import FaultsError, StudyError
from zoning.settings import Fault, Location, class_at, is_settings
from zoning.study.sections import StudySettings
from zoning.units import counted

SETTINGS_HELP: Final = "zoning study settings lists every key with its unit and range."


def fault_error(
    faults: Iterable[Fault], origins: Mapping[Location, str], *, path: Path | None
) -> StudyError:
    """Make one error of the faults of a study, with the line or option of each."""
    found = list(dict.fromkeys(faults))
    lines = []
    for fault in found:
        end = next((k for k in range(len(fault.where), 0, -1) if fault.where[:k] in origins), 0)
        origin = f"{origins[fault.where[:end]]}: " if end else ""
        name = _name_in_study(fault.where)
        line = f"{origin}{name}{': ' if name else ''}{fault.what}"
        # A name may be any text, and a fault is one line.
        lines.append("".join(letter if letter.isprintable() else " " for letter in line))
    shown = "the study" if path is None else path
    return StudyError(
        f"{shown} has {counted(len(found), 'fault')}",
        lines,
        f"Correct these; nothing was computed. {SETTINGS_HELP}",
    )


def _name_in_study(where: Location) -> str:
    """Name a value as the file shows it: ``[[rules.together]] 2 schools``."""
    numbers = [k for k, part in enumerate(where) if isinstance(part, int)]
    end = numbers[-1] + 1 if numbers else len(where)
    while not numbers and end and not is_settings(class_at(StudySettings, where[:end])):
        end -= 1
    names = ".".join(str(part) for part in where[:end] if isinstance(part, str))
    header = f"[{names}]" if names else ""
    if numbers:  # of a list in a list both: [[options]] 2, [[options.posts]] 1
        header = ", ".join(
            f"[[{'.'.join(str(part) for part in where[:k] if isinstance(part, str))}]] "
            f"{int(where[k]) + 1}"
            for k in numbers
        )
    return f"{header} {'.'.join(map(str, where[end:]))}".strip()


class FaultCollector:
    """Collects the faults of a study and of its files, to report them all at once.

    Each ``with faults:`` holds one part of the work; a `FaultsError` in it is recorded, and the
    next part is still looked at.
    """

    def __init__(self, origins: Mapping[Location, str], *, path: Path | None) -> None:
        self._origins = origins
        self._path = path
        self._errors: list[FaultsError] = []
        self._faults: list[Fault] = []

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> bool:
        if not isinstance(error, FaultsError):
            return False
        self._errors.append(error)
        return True

    def add(self, faults: Iterable[Fault]) -> None:
        """Add faults of settings."""
        self._faults += faults

    def require_none(self) -> None:
        """Raise one error with every fault, if there is any."""
        errors = list(self._errors)
        if self._faults:
            errors.append(fault_error(self._faults, self._origins, path=self._path))
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise StudyError(
                "the study cannot be used; nothing was computed",
                [line for error in errors for line in str(error).splitlines()],
            )
