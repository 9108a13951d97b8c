"""Tables of a TOML file, read key by key; what is wrong is gathered, not raised."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Faults:
    """What is wrong with a file, in the order it was found."""

    found: list[str] = field(default_factory=list)

    def add(self, where: str, what: str) -> None:
        """One more fault: ``where`` is the table and the key, as a planner would look for them."""
        self.found.append(f"{where}: {what}")


@dataclass(frozen=True, slots=True)
class Section:
    """A table of the file.

    Attributes
    ----------
    where
        What to call it, ``'[longest_drive]'`` or ``'[[together]] 2'``; '' for
        the file itself.
    values
        Its keys.
    faults
        Where faults go.
    """

    where: str
    values: Mapping[str, Any]
    faults: Faults

    def fault(self, key: str, what: str) -> None:
        """A fault of one key."""
        self.faults.add(f"{self.where} {key}".strip(), what)

    def only(self, known: Collection[str]) -> None:
        """A fault for every key that is not known."""
        for key in self.values:
            if key not in known:
                self.fault(key, f"there is no such key{self._instead(key, known)}")

    def text(self, key: str) -> str | None:
        """A text that is needed."""
        return self._read(key, _as_text, needed=True)

    def texts(self, key: str) -> list[str]:
        """A list of texts that is needed; empty after a fault."""
        return self._read(key, _as_texts, needed=True) or []

    def number(self, key: str, *, above: float | None = None, needed: bool = False) -> float | None:
        """A number of at least 0, or above another; None if it is not there or a fault."""
        return self._read(key, lambda value: _as_number(value, above), needed=needed)

    def whole(self, key: str, *, needed: bool = False) -> int | None:
        """A whole number of at least 0."""
        return self._read(key, _as_whole, needed=needed)

    def flag(self, key: str) -> bool:
        """True or false; false if it is not there."""
        return bool(self._read(key, _as_flag))

    def table(self, key: str) -> Section | None:
        """A table, ``[key]``; None if it is not there or not a table."""
        inside = f"{self.where.strip('[]')}.{key}" if self.where else key
        values = self._read(key, lambda value: _as_table(value, inside))
        return None if values is None else Section(f"[{inside}]", values, self.faults)

    def tables(self, key: str) -> list[Section]:
        """Any number of tables, ``[[key]]``."""
        listed = self._read(key, lambda value: _as_tables(value, key)) or ()
        return [
            Section(f"[[{key}]] {number}", values, self.faults)
            for number, values in enumerate(listed, start=1)
        ]

    def _read(self, key: str, read: Callable[[Any], T], *, needed: bool = False) -> T | None:
        if key not in self.values:
            if needed:
                self.fault(key, "it is missing")
            return None
        try:
            return read(self.values[key])
        except ValueError as wrong:
            self.fault(key, str(wrong))
            return None

    def _instead(self, key: str, known: Iterable[str]) -> str:
        listed = list(known)
        near = difflib.get_close_matches(key, listed, n=1)
        return f" (did you mean {near[0]}?)" if near else f"; there are {', '.join(listed)}"


def shown(value: Any) -> str:
    """A value as it stands in the file."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}'" if isinstance(value, str) else str(value)


def _as_text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{shown(value)} is no text; put it in quotes")
    if not value.strip():
        raise ValueError("it is blank")
    return value.strip()


def _as_texts(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise ValueError(f'{shown(value)} is no list; write it as ["...", "..."]')
    return [_as_text(one) for one in value]


def _as_number(value: Any, above: float | None) -> float:
    least = "of 0 or more" if above is None else f"above {above:g}"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or (value < 0 if above is None else value <= above):
        raise ValueError(f"{shown(value)} is not a number {least}")
    return float(value)


def _as_whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{shown(value)} is not a whole number of 0 or more")
    return value


def _as_flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{shown(value)} is neither true nor false")
    return value


def _as_table(value: Any, name: str) -> Mapping[str, Any]:
    if isinstance(value, list):
        raise ValueError(f"it can be given once; write [{name}], not [[{name}]]")
    if not isinstance(value, Mapping):
        raise ValueError(f"{shown(value)} is not a table; write [{name}] on a line of its own")
    return value


def _as_tables(value: Any, name: str) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise ValueError(f"write each on its own, under a line [[{name}]]")
    return value
