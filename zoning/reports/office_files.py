"""What slides, workbooks and GeoPackages share: clean text, checked pictures, fixed timestamps."""

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
# XML 1.0 has no place for these, however they are written.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Control characters that XML can hold and no office program shows.
_CONTROLS = re.compile("[\x7f-\x84\x86-\x9f]")
_LINE_ENDS = re.compile("[\t\r\n\x85\u2028\u2029]+")
# What office programs read as the character of that number (ECMA-376 part 1, 22.9.2.19).
_LIKE_AN_ESCAPE = re.compile("_(?=x[0-9a-fA-F]{4}_)")
_UNIX = 3  # the system that made an archive, so that it is the same on every system


def xml_text(text: str) -> str:
    """Text without characters that XML cannot hold: each is replaced by U+FFFD."""
    one_kind_of_end = text.replace("\r\n", "\n").replace("\r", "\n")
    return _NOT_IN_XML.sub("\ufffd", one_kind_of_end)


def one_line(text: object) -> str:
    """Text from data on one line of a slide or page; what cannot be shown becomes U+FFFD."""
    shown = _CONTROLS.sub("\ufffd", _NOT_IN_XML.sub("\ufffd", str(text)))
    return _LINE_ENDS.sub(" ", shown)


def cell_text(text: str) -> str:
    """Text for a cell of an Excel sheet, cut where Excel would, with an ellipsis."""
    safe = _LIKE_AN_ESCAPE.sub("_x005F_", xml_text(text))
    return safe if len(safe) <= LONGEST_CELL else safe[: LONGEST_CELL - 1] + "…"


def header_text(text: str, *, max_length: int = 200) -> str:
    """One line for the top or foot of a printed sheet, where ``&`` begins a code."""
    line = " ".join(xml_text(text).split())
    return (line if len(line) <= max_length else line[: max_length - 1] + "…").replace("&", "&&")


def picture_fault(picture: bytes, *, restricted: bool, of: str) -> str | None:
    """Why a picture cannot stand in a file of an edition; None if it can.

    Parameters
    ----------
    restricted
        Whether the file is restricted.
    of
        What the file is, ``the page is`` or ``the slides are``.
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


def without_timestamps(
    archive: bytes, *, replaced: Mapping[str, bytes] = MappingProxyType({})
) -> bytes:
    """Pack an office file again with one fixed timestamp; workbooks inside it too.

    Parameters
    ----------
    replaced
        Parts to replace, by name.
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
            new.writestr(entry, without_timestamps(content) if inner else content)
    return out.getvalue()
