"""The TOML of a study: read with the line of every key, changed by ``key=value``, written."""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import tomlkit

from zoning.errors import StudyError
from zoning.inputs import (
    DEEPEST,
    LARGEST_SETTINGS_BYTES,
    MOST_DIGITS,
    TOO_DEEP,
    is_nested,
    require_size,
)
from zoning.settings import Location

Tables = dict[str, Any]
"""The tables of a study as TOML gives them."""

_LONG_NUMBER: Final = re.compile(rf"[0-9a-fA-F_]{{{MOST_DIGITS + 1}}}")
_STRING_ENDS: Final = ('"""', "'''", '"', "'")


def read_tables(path: Path) -> tuple[Tables, dict[Location, int]]:
    """Read a TOML file: its tables, and the line of every table and key.

    Raises `StudyError` if it cannot be read or is not TOML.
    """
    require_size(path, most_bytes=LARGEST_SETTINGS_BYTES, shown=path, error=StudyError)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        why = "it is not there" if isinstance(error, FileNotFoundError) else str(error.strerror)
        raise StudyError(f"{path} cannot be read as a study", [why], "Check the path.") from error
    except UnicodeDecodeError as error:
        raise StudyError(f"{path} cannot be read as a study", ["it is not UTF-8 text"]) from error
    return parse_tables(text, shown=path), find_lines(text)


def parse_tables(text: str, *, shown: object) -> Tables:
    """Parse TOML; raise `StudyError`, with the line, if it is none."""
    try:
        if number := _LONG_NUMBER.search(text):
            line = text.count("\n", 0, number.start()) + 1
            raise ValueError(f"a number has more than {MOST_DIGITS} digits (at line {line})")
        found = tomllib.loads(text)
        if is_nested(found, DEEPEST):
            raise ValueError(TOO_DEEP)
        return found
    except (ValueError, RecursionError) as error:
        raise StudyError(
            f"{shown} is not TOML that can be read",
            [TOO_DEEP if isinstance(error, RecursionError) else str(error)],
            "Put texts in quotes, lists in brackets, and each table under its [name].",
        ) from error


def find_lines(text: str) -> dict[Location, int]:
    """Find the line of every table and key of a TOML text; tomllib does not keep them."""
    found: dict[Location, int] = {}
    counts: dict[tuple[str, ...], int] = {}
    table: Location = ()
    for number, line in _statements(text):
        if line.startswith("["):
            names = _names(line.strip("[] \t") + "=0")
            if line.startswith("[["):
                counts[names] = counts.get(names, -1) + 1
            table = _with_counts(names, counts)
            found.setdefault(table, number)
        else:
            key = (*table, *_names(line))
            for end in range(len(table) + 1, len(key) + 1):
                found.setdefault(key[:end], number)
    return found


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield the number and text of each line that begins a table or a key."""
    depth, end, starts = 0, "", True
    for number, line in enumerate(text.splitlines(), start=1):
        if starts and line.strip() and not line.lstrip().startswith("#"):
            yield number, line.strip()
        at = 0
        while at < len(line):
            if end:
                if line[at] == "\\" and end.startswith('"'):
                    at += 1
                elif line.startswith(end, at):
                    at, end = at + len(end) - 1, ""
            elif line[at] == "#":
                break
            elif opening := next((e for e in _STRING_ENDS if line.startswith(e, at)), ""):
                at, end = at + len(opening) - 1, opening
            else:
                depth += (line[at] in "[{") - (line[at] in "]}")
            at += 1
        if len(end) == 1:
            end = ""  # a text of one line ends with it
        starts = not end and depth <= 0


def _names(line: str) -> tuple[str, ...]:
    """The names of a key, ``a."b c".d = ...``; () if it is none."""
    for at, letter in enumerate(line):
        if letter == "=":
            try:
                found: Any = tomllib.loads(f"{line[:at]}= 0")
            except tomllib.TOMLDecodeError:
                continue
            names: list[str] = []
            while isinstance(found, dict):
                ((name, found),) = found.items()
                names.append(name)
            return tuple(names)
    return ()


def _with_counts(names: tuple[str, ...], counts: Mapping[tuple[str, ...], int]) -> Location:
    """Put the number of each array of tables behind its name."""
    where: list[str | int] = []
    for end in range(1, len(names) + 1):
        where.append(names[end - 1])
        if names[:end] in counts:
            where.append(counts[names[:end]])
    return tuple(where)


def parse_value(text: str) -> Any:
    """Read the value of ``--set key=value``: as TOML if it is, else as text."""
    try:
        return parse_tables(f"value = {text}", shown="the value")["value"]
    except (StudyError, KeyError):
        return text


def merge(tables: Mapping[str, Any], changes: Mapping[str, Any]) -> Tables:
    """Put changes over tables, key by key; lists and values are replaced."""
    merged = copy.deepcopy(dict(tables))
    for key, value in changes.items():
        known = merged.get(key)
        if isinstance(known, Mapping) and isinstance(value, Mapping):
            merged[key] = merge(known, value)
        else:
            merged[key] = copy.deepcopy(value)
    return merged


def write_tables(tables: Mapping[str, Any], *, heading: str) -> str:
    """Write tables as TOML under a heading of comment lines."""
    comment = "".join(f"# {line}\n" for line in heading.splitlines())
    return f"{comment}\n{tomlkit.dumps(tables)}"
