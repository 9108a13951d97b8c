"""Clean and measured text, checked pictures and fixed timestamps, for all office files."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
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
# Nor what turns the text around it: after a name with U+202E figures read backwards.
_CONTROLS = re.compile("[\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069]")
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
_SURE = 1e-6  # points: sums of the widths of parts differ from that of a line by less
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
        return self.factor * size * _width_of(text, bold) / 1000

    def lines(self, text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
        """Break text into lines; joined they are the text again.

        Between words, and inside words too long for a line. Some programs also
        break after strokes and hyphens: whichever makes more lines counts.
        """
        if self.width(text, size, bold=bold) < width - _SURE:
            return [text]
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


@lru_cache(maxsize=20_000)
def _width_of(text: str, bold: bool) -> int:
    """Width in thousandths of the size. Cached: the same words are tried at every size."""
    return sum(_thousandths(c, bold=bold) for c in text)


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


def file_stems(ids: Iterable[str]) -> dict[str, str]:
    """Make a part of a file name of each id, none like another.

    Letters, digits, ``-`` and ``_`` of the id are kept; anything else, which could
    lead out of the folder or be refused by a file system, becomes ``_``.
    """
    stems: dict[str, str] = {}
    for one in ids:
        plain = re.sub(r"[^A-Za-z0-9-]+", "_", one)[:60]
        taken = {stem.lower() for stem in stems.values()}
        numbered = (plain if k == 1 else f"{plain}_{k}" for k in range(1, len(stems) + 2))
        stems[one] = next(stem for stem in numbered if stem.lower() not in taken)
    return stems
