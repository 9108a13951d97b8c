"""Shared by slides, workbooks and GeoPackages: clean text, picture checks, fixed timestamps."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from importlib import import_module
from io import BytesIO
from types import MappingProxyType

from zoning.editions import RESTRICTED_MARK
from zoning.errors import OutputError

# A spreadsheet takes a cell that begins with one of these for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
LONGEST_CELL = 32_767  # Excel's limit
NO_DATE = (1980, 1, 1)
"""The earliest date that a zip archive can hold: stands where a file would have a timestamp."""

_PNG = b"\x89PNG\r\n\x1a\n"
# Characters that XML 1.0 cannot hold, not even escaped.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Control characters that XML can hold but office programs do not show.
_CONTROLS = re.compile("[\x7f-\x84\x86-\x9f]")
_LINE_ENDS = re.compile("[\t\r\n\x85\u2028\u2029]+")
# Escapes that office programs decode to a character (ECMA-376 part 1, 22.9.2.19).
_LIKE_AN_ESCAPE = re.compile("_(?=x[0-9a-fA-F]{4}_)")
_UNIX = 3  # operating system in the archive's headers, fixed so that bytes do not depend on it


def xml_text(text: str) -> str:
    """Replace characters that XML cannot hold by U+FFFD."""
    one_kind_of_end = text.replace("\r\n", "\n").replace("\r", "\n")
    return _NOT_IN_XML.sub("\ufffd", one_kind_of_end)


def one_line(text: object) -> str:
    """Put text on one line of a slide or page; replace unprintable characters by U+FFFD."""
    shown = _CONTROLS.sub("\ufffd", _NOT_IN_XML.sub("\ufffd", str(text)))
    return _LINE_ENDS.sub(" ", shown)


def cell_text(text: str) -> str:
    """Prepare text for an Excel cell, cut at Excel's limit with an ellipsis."""
    safe = _LIKE_AN_ESCAPE.sub("_x005F_", xml_text(text))
    return safe if len(safe) <= LONGEST_CELL else safe[: LONGEST_CELL - 1] + "…"


def header_text(text: str, *, max_length: int = 200) -> str:
    """Prepare a line for a sheet's header or footer, where ``&`` begins a code."""
    line = " ".join(xml_text(text).split())
    return (line if len(line) <= max_length else line[: max_length - 1] + "…").replace("&", "&&")


def picture_fault(picture: bytes, *, restricted: bool, of: str) -> str | None:
    """State why a picture cannot be used in a file of an edition; None if it can.

    ``restricted``: whether the file is restricted.
    ``of``: what the file is, ``the page is`` or ``the slides are``.
    """
    if not picture.startswith(_PNG):
        return "is not a PNG"
    if not restricted and RESTRICTED_MARK.encode() in picture:
        return f"is restricted, and {of} public"
    return None


def require_package(module: str, package: str, task: str) -> None:
    """Raise `OutputError` if an optional package is not installed."""
    try:
        import_module(module)
    except ImportError as error:
        raise OutputError(
            f"{task} needs the package {package}\nInstall it with: pip install 'zoning[report]'"
        ) from error


def remove_timestamps(
    archive: bytes, *, replaced: Mapping[str, bytes] = MappingProxyType({})
) -> bytes:
    """Repack an office file, and workbooks inside it, with one fixed timestamp.

    ``replaced``: parts to replace, by name.
    """
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(archive)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = replaced.get(name) or old.read(name)
            entry = zipfile.ZipInfo(name, (*NO_DATE, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = _UNIX
            entry.external_attr = 0o600 << 16
            inner = name.endswith(".xlsx")
            new.writestr(entry, remove_timestamps(content) if inner else content)
    return out.getvalue()
