"""The TOML of a study: read with the line of every key, changed by ``key=value``, written."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path, PurePath
from types import MappingProxyType
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

_LONG_NUMBER: Final = re.compile(rf"[=\[,]\s*[-+]?[0-9a-fA-F_xob]{{{MOST_DIGITS + 1}}}")
_TOKEN: Final = re.compile(
    r'''"""(?:[^\\]|\\.)*?"""(?!")|'{3}.*?'{3}(?!')|"(?:[^"\\]|\\.)*"|'[^']*'|#[^\n]*'''
    r"""|[\[\]{}=,.\n]|[^\s\[\]{}=,.#"']+""",
    re.DOTALL,
)
"""Strings of four kinds, comments, signs and bare words."""


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
        why = TOO_DEEP if isinstance(error, RecursionError) else str(error)
        raise StudyError(
            f"{shown} is not TOML that can be read",
            [why.replace("Cannot overwrite a value", "A key is there a second time")],
            "Put texts in quotes, lists in brackets, and each table under its [name].",
        ) from error


def find_lines(text: str) -> dict[Location, int]:
    """Find the line of every table, key and item of a TOML text; tomllib does not keep them."""
    return _LineFinder(text).found


class _LineFinder:
    """Walks over the tokens of a text that is known to be TOML."""

    def __init__(self, text: str) -> None:
        self.found: dict[Location, int] = {}
        self._tokens: list[tuple[str, int]] = []
        line = 1
        for token in _TOKEN.findall(text):
            if not token.startswith("#"):
                self._tokens.append((token, line))
            line += token.count("\n")
        self._at = 0
        table: Location = ()
        counts: dict[Location, int] = {}
        while self._skip_lines():
            token, line = self._tokens[self._at]
            if token == "[":
                table = self._header(line, counts)
            else:
                self._pair(table)

    def _header(self, line: int, counts: dict[Location, int]) -> Location:
        """Read ``[a.b]`` or ``[[a.b]]``; count the tables of each array."""
        listed = self._tokens[self._at + 1][0] == "["
        self._at += 1 + listed
        names = self._names("]")
        self._at += listed
        where: Location = ()
        for k, name in enumerate(names):
            where = (*where, name)
            self.found.setdefault(where, line)
            if listed and k == len(names) - 1:
                counts[where] = counts.get(where, -1) + 1
            if where in counts:
                where = (*where, counts[where])
        self.found.setdefault(where, line)
        return where

    def _pair(self, where: Location) -> None:
        """Read ``a.b = value``."""
        line = self._tokens[self._at][1]
        for name in self._names("="):
            where = (*where, name)
            self.found.setdefault(where, line)
        self._value(where)

    def _names(self, end: str) -> list[str]:
        """Read a dotted key, and the token behind it."""
        names = []
        while (token := self._next()) != end:
            if token != ".":
                names.append(
                    tomllib.loads(f"value = {token}")["value"] if token[0] in "\"'" else token
                )
        return names

    def _value(self, where: Location) -> None:
        opening = self._next()
        if opening in ("[", "{"):
            count = 0
            while self._skip_lines() and self._tokens[self._at][0] not in ("]", "}"):
                if self._tokens[self._at][0] == ",":
                    self._at += 1
                elif opening == "{":
                    self._pair(where)
                else:
                    self.found[(*where, count)] = self._tokens[self._at][1]
                    self._value((*where, count))
                    count += 1
            self._at += 1
            return
        # A number or date may be of several tokens: 1.5, 1979-05-27 07:32:00.
        while self._at < len(self._tokens) and self._tokens[self._at][0] not in (
            ",",
            "]",
            "}",
            "\n",
        ):
            self._at += 1

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1][0]

    def _skip_lines(self) -> bool:
        """Go on to a token that is no line break; False at the end."""
        while self._at < len(self._tokens) and self._tokens[self._at][0] == "\n":
            self._at += 1
        return self._at < len(self._tokens)


def parse_change(text: str) -> tuple[Location, str, Any]:
    """Take ``zones.number=30`` apart: the names of the key, and the value as text and as TOML.

    A value that is no TOML is text. Raises `ValueError` if there is no key.
    """
    for sign in re.finditer("=", text):
        try:
            found: Any = tomllib.loads(f"{text[: sign.start()]}= 0")
        except tomllib.TOMLDecodeError:
            continue
        names = []
        while isinstance(found, dict):
            if len(found) != 1:
                break
            ((name, found),) = found.items()
            names.append(name)
        value = text[sign.end() :].strip()
        return tuple(names), value, _parse_value(value)
    raise ValueError("is not of the form section.key=value")


def _parse_value(text: str) -> Any:
    try:
        found = parse_tables(f"value = {text}", shown="the value")
    except StudyError:
        return text
    return found["value"] if len(found) == 1 else text


def merge(tables: Mapping[str, Any], changes: Mapping[str, Any]) -> Tables:
    """Put changes over a copy of tables, key by key; lists and values are replaced."""
    merged: Tables = thaw(tables)
    for key, value in changes.items():
        known = merged.get(key)
        both = isinstance(known, Mapping) and isinstance(value, Mapping)
        merged[key] = merge(known or {}, value) if both else thaw(value)
    return merged


def thaw(value: Any) -> Any:
    """Copy tables and lists as ones that can be changed; files as text."""
    if isinstance(value, Mapping):
        return {key: thaw(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [thaw(one) for one in value]
    return str(value) if isinstance(value, PurePath) else value


def freeze(value: Any) -> Any:
    """Copy tables and lists as ones that nobody can change."""
    if isinstance(value, Mapping):
        return MappingProxyType({key: freeze(one) for key, one in value.items()})
    return tuple(map(freeze, value)) if isinstance(value, list | tuple) else value


def write_tables(tables: Mapping[str, Any], *, heading: str) -> str:
    """Write tables as TOML under a heading of comment lines."""
    comment = "".join(f"# {line}\n" for line in heading.splitlines())
    return f"{comment}\n{tomlkit.dumps(tables)}"
