"""Finding the names of buildings, zones and options in any text."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(r"\d+(?:[.,:h]\d+)*|[^\W\d_]+")
_LEVEL_WORDS: Final = frozenset(
    (
        *("elementary", "elem", "primary", "middle", "junior", "senior", "high", "secondary"),
        *("school", "schools", "academy", "es", "ms", "hs", "campus", "center", "centre", "magnet"),
    )
)
"""Words that people leave out of a school's name, or write otherwise."""
_SHORTEST_ALONE: Final = 4
"""Letters of a name without its level: shorter ones are words of any text."""
_ID_DIGITS: Final = 4
"""Digits of an id that is known by itself: shorter numbers stand for anything."""


class Token(NamedTuple):
    """A word or number of a text; ``plain`` is in small letters without accents."""

    plain: str
    is_capital: bool

    @property
    def is_number(self) -> bool:
        """Whether it begins with a digit."""
        return self.plain[:1].isdigit()


def tokens_of(text: str) -> list[Token]:
    """The words and numbers of a text."""
    apart = unicodedata.normalize("NFKD", text)
    kept = "".join(c for c in apart if not unicodedata.combining(c))
    return [Token(word.casefold(), word[:1].isupper()) for word in _TOKEN.findall(kept)]


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """Subjects of one kind and every way to write them.

    Attributes
    ----------
    number
        Number of each subject by its id.
    words
        First word -> ways to go on: the words, whether they must begin with a
        capital, and the subject; the longest first.
    """

    number: Mapping[str, int]
    words: Mapping[str, tuple[tuple[tuple[str, ...], bool, int], ...]]

    @classmethod
    def of(cls, ways: Mapping[str, Iterable[str]]) -> Names:
        """Names from the id and the names of each subject; a way that fits two is left out."""
        number = {one: k for k, one in enumerate(ways)}
        exact: dict[tuple[str, ...], set[int]] = defaultdict(set)
        short: dict[tuple[str, ...], set[int]] = defaultdict(set)
        for one, names in ways.items():
            if len(one) >= _ID_DIGITS and not one.isalpha():
                exact[tuple(t.plain for t in tokens_of(one))].add(number[one])
            for name in names:
                words = tuple(t.plain for t in tokens_of(name))
                exact[words].add(number[one])
                alone = words
                while alone and alone[-1] in _LEVEL_WORDS:
                    alone = alone[:-1]
                if sum(map(len, alone)) >= _SHORTEST_ALONE and not alone[-1].isdigit():
                    short[alone].add(number[one])
        found: dict[str, list[tuple[tuple[str, ...], bool, int]]] = defaultdict(list)
        for known, capital in ((exact, False), (short, True)):
            for words, subjects in known.items():
                if words and len(subjects) == 1 and not (capital and words in exact):
                    found[words[0]].append((words, capital, next(iter(subjects))))
        return cls(
            number,
            {first: tuple(sorted(w, key=lambda x: -len(x[0]))) for first, w in found.items()},
        )

    def found_in(self, tokens: list[Token]) -> Iterator[tuple[int, int, int]]:
        """First token, token after the last, and subject of every name in a text."""
        at = 0
        while at < len(tokens):
            for words, capital, subject in self.words.get(tokens[at].plain, ()):
                end = at + len(words)
                if (not capital or tokens[at].is_capital) and words == tuple(
                    token.plain for token in tokens[at:end]
                ):
                    yield at, end, subject
                    at = end
                    break
            else:
                at += 1
