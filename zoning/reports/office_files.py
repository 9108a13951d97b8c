"""Text from data for office files: it stands as typed and never runs."""

from __future__ import annotations

import re

# A spreadsheet takes a cell that begins with one of these for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
LONGEST_CELL = 32_767

# XML 1.0 has no place for these, however they are written.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# What office programs read as the character of that number (ECMA-376 part 1, 22.9.2.19).
_LIKE_AN_ESCAPE = re.compile("_(?=x[0-9a-fA-F]{4}_)")


def xml_text(text: str) -> str:
    """Text without characters that XML cannot hold: each is replaced by U+FFFD."""
    one_kind_of_end = text.replace("\r\n", "\n").replace("\r", "\n")
    return _NOT_IN_XML.sub("\ufffd", one_kind_of_end)


def cell_text(text: str) -> str:
    """Text for a cell of an Excel sheet, cut where Excel would, with an ellipsis."""
    safe = _LIKE_AN_ESCAPE.sub("_x005F_", xml_text(text))
    return safe if len(safe) <= LONGEST_CELL else safe[: LONGEST_CELL - 1] + "…"


def header_text(text: str, *, most: int = 200) -> str:
    """One line for the top or foot of a printed sheet, where ``&`` begins a code."""
    line = " ".join(xml_text(text).split())
    return (line if len(line) <= most else line[: most - 1] + "…").replace("&", "&&")
