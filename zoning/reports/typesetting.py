"""Measure text, so that slides and pages are filled and never overflow.

Widths are those of Arial, which every office program has or replaces by a font
with the same widths. They are a table here, not read from a font of the machine:
the same text is laid out alike everywhere.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

LINE_HEIGHT = 1.2  # times the font size; slides get the same line height, in points
ELLIPSIS = "…"

# Widths of the characters from space to tilde, in thousandths of the font size.
_REGULAR = (
    *(278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278),
    *((556,) * 10),
    *(278, 278, 584, 584, 584, 556, 1015),
    *(667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833),
    *(722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611),
    *(278, 278, 278, 469, 556, 333),
    *(556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833),
    *(556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500),
    *(334, 260, 334, 584),
)
_BOLD = (
    *(278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278),
    *((556,) * 10),
    *(333, 333, 584, 584, 584, 611, 975),
    *(722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833),
    *(722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611),
    *(333, 278, 333, 584, 556, 333),
    *(556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889),
    *(611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500),
    *(389, 280, 389, 584),
)
# Widths of the signs in the library's sentences; the wider of regular and bold.
_SIGNS = {
    "·": 333,
    "–": 556,
    "—": 1000,
    "…": 1000,
    "“": 500,
    "”": 500,
    "\u2018": 278,
    "\u2019": 278,
    "×": 584,
}
_UNKNOWN = 1100  # other characters: wider than most, so that room is rarely too little

# Line breaks: after a space only; after slashes and hyphens too; after brackets too.
_BREAKS = tuple(
    re.compile(rf"[^\s{after}]*[{after}]+\s*|[^\s{after}]+\s*|\s+")
    for after in ("\0", "/-", "/?!|>}-")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruler:
    """Measures text in a font.

    Attributes
    ----------
    factor
        Width of the font relative to Arial.
    """

    factor: float = 1.0

    def width(self, text: str, size: float, *, bold: bool = False) -> float:
        """Width of one line, in the unit of ``size``."""
        return self.factor * size * sum(_thousandths(c, bold=bold) for c in text) / 1000

    def lines(self, text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
        """Break text into lines; joined they are the text again.

        Between words, and inside words too long for a line. Some programs also
        break after strokes and hyphens: whichever makes more lines counts.
        """
        ways = (self._fill(parts.findall(text), width, size, bold=bold) for parts in _BREAKS)
        return max(ways, key=len)

    def _fill(self, parts: Sequence[str], width: float, size: float, *, bold: bool) -> list[str]:
        lines: list[str] = []
        line, used = "", 0.0
        for part in parts:
            if used + self.width(part.rstrip(), size, bold=bold) <= width:
                line, used = line + part, used + self.width(part, size, bold=bold)
                continue
            if line:
                lines.append(line)
            *full, line = self._split_word(part, width, size, bold=bold)
            lines, used = lines + full, self.width(line, size, bold=bold)
        return [*lines, line]

    def height(
        self, paragraphs: Sequence[str], width: float, size: float, *, bold: bool = False
    ) -> float:
        """Height of paragraphs without space between them."""
        count = sum(len(self.lines(p, width, size, bold=bold)) for p in paragraphs)
        return count * size * LINE_HEIGHT

    def shorten(
        self, text: str, width: float, size: float, *, lines: int = 1, bold: bool = False
    ) -> str:
        """Cut text to a number of lines, with an ellipsis if anything is cut."""
        if len(self.lines(text, width, size, bold=bold)) <= lines:
            return text

        def too_long(length: int) -> bool:
            cut = text[:length].rstrip() + ELLIPSIS
            return len(self.lines(cut, width, size, bold=bold)) > lines

        length = bisect_left(range(1, len(text) + 1), True, key=too_long)
        return text[:length].rstrip() + ELLIPSIS

    def largest_size(
        self,
        paragraphs: Sequence[str],
        width: float,
        height: float,
        sizes: Sequence[float],
        *,
        gap: float = 0.0,
        bold: bool = False,
    ) -> float | None:
        """Find the first of the sizes at which paragraphs fit in a box; None if none does.

        ``gap``: between paragraphs, as a multiple of the size.
        """
        for size in sizes:
            gaps = gap * size * max(len(paragraphs) - 1, 0)
            if self.height(paragraphs, width, size, bold=bold) + gaps <= height:
                return size
        return None

    def _split_word(self, word: str, width: float, size: float, *, bold: bool) -> list[str]:
        """Split a word that is too long for a line; a line takes at least one character."""
        parts, used = [""], 0
        for character in word.rstrip():
            wide = _thousandths(character, bold=bold)
            if parts[-1] and self.factor * size * (used + wide) / 1000 > width:
                parts.append("")
                used = 0
            parts[-1] += character
            used += wide
        parts[-1] += word[len(word.rstrip()) :]
        return parts


@cache
def _thousandths(character: str, *, bold: bool) -> int:
    code = ord(character)
    if 32 <= code <= 126:
        return (_BOLD if bold else _REGULAR)[code - 32]
    if character in _SIGNS:
        return _SIGNS[character]
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    base = unicodedata.normalize("NFD", character)[0]
    if base != character and 32 <= ord(base) <= 126:
        return (_BOLD if bold else _REGULAR)[ord(base) - 32]
    return _UNKNOWN
