"""What officers themselves produce is no demand for them: recognise it by its words.

The words are in ``enforcement_words.toml``, so that a user can see and question them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from zoning.geotables import plain_column

_WORDS: Final[Mapping[str, Any]] = tomllib.loads(
    Path(__file__).with_name("enforcement_words.toml").read_text(encoding="utf-8")
)
_SMALL: Final = frozenset(_WORDS["small"])
_FILLER: Final = frozenset(_WORDS["filler"])
# Words of a name, at capitals and digits: schoolArrests2024 is school, Arrests, 2024.
_CAMEL: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@dataclass(frozen=True, slots=True)
class EnforcementKind:
    """One kind of what officers and schools produce themselves.

    Attributes
    ----------
    name
        Such as ``'arrests'``.
    reason
        Why it is no demand, in one sentence without a full stop.
    phrases, unless
        Phrases that mean it, and longer ones that mean something else.
    """

    name: str
    reason: str
    phrases: tuple[str, ...]
    unless: tuple[str, ...]


ENFORCEMENT: Final = tuple(
    EnforcementKind(name.replace("_", " "), of["reason"], tuple(of["phrases"]), tuple(of["unless"]))
    for name, of in _WORDS.items()
    if isinstance(of, dict)
)
"""What is refused as demand, as listed in ``enforcement_words.toml``."""


def find_enforcement(
    name: str, *, allow: Collection[str] = (), is_kind: bool = False
) -> EnforcementKind | None:
    """Find what officers produce themselves in the name of a column or of a kind of call.

    Parameters
    ----------
    name
        Such as ``OSS_days`` or ``Arrest (juvenile)``.
    allow
        Names that the user insists on.
    is_kind
        Whether it is the kind of a call, which may mention an arrest and still be a call: then
        it must say nothing else.
    """
    is_allowed = plain_column(name) in map(plain_column, allow)
    return None if is_allowed else _find(name, is_kind)


@cache
def _find(name: str, is_kind: bool) -> EnforcementKind | None:
    words = _split(name)
    found: dict[int, EnforcementKind] = {}
    excused: set[int] = set()
    for kind in ENFORCEMENT:
        for phrase in kind.unless:
            excused.update(_places(words, _split(phrase)))
        for phrase in kind.phrases:
            found |= {at: kind for at in _places(words, _split(phrase)) if at not in found}
    hits = sorted(at for at in found if at not in excused)
    if not hits:
        return None
    if is_kind and any(
        at not in found and word not in _FILLER and not word.isdigit()
        for at, word in enumerate(words)
    ):
        return None
    return found[hits[0]]


def refuse_enforcement(name: str, *, allow: Collection[str] = ()) -> str:
    """Say why counts with this name are no demand; '' for any other name."""
    kind = find_enforcement(name, allow=allow)
    if kind is None:
        return ""
    return (
        f"{name} counts actions of officers and schools ({kind.name}), so it would send more "
        f"officers where they already are: {kind.reason}; use incidents or calls"
    )


def _places(words: Sequence[str], phrase: Sequence[str]) -> Iterator[int]:
    """Yield the positions of words that are part of a phrase."""
    for start in range(len(words) - len(phrase) + 1):
        if phrase and list(words[start : start + len(phrase)]) == list(phrase):
            yield from range(start, start + len(phrase))


@cache
def _split(name: str) -> tuple[str, ...]:
    """Split a name into words in small letters, without small words."""
    words: list[str] = []
    for chunk in re.findall(r"[A-Za-z]+[0-9]?(?![A-Za-z0-9])|[A-Za-z]+|[0-9]+", name):
        plain = chunk.casefold()
        known = _known_words()
        parts = (plain,) if plain in known else _segment(plain, known)
        words += parts or (part.casefold() for part in _CAMEL.findall(chunk))
    return tuple(word for word in words if word not in _SMALL)


@cache
def _known_words() -> frozenset[str]:
    """Collect every word of the lists."""
    listed = " ".join(p for kind in ENFORCEMENT for p in (*kind.phrases, *kind.unless))
    return frozenset(listed.split()) | _FILLER | _SMALL


def _segment(chunk: str, known: Collection[str]) -> tuple[str, ...]:
    """Split letters without a gap into known words, longest first; () if that is not possible."""
    if not chunk:
        return ()
    for end in range(len(chunk), 1, -1):
        if chunk[:end] in known:
            rest = _segment(chunk[end:], known)
            if rest or end == len(chunk):
                return (chunk[:end], *rest)
    return ()
