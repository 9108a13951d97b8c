"""What changes for each school from one option to another, for the pages."""

from __future__ import annotations

from dataclasses import dataclass

from zoning.disclosure import PublicView, option_change
from zoning.disclosure.changes import KINDS, SAME

_LOOKS = (
    ("+", "#0b4f8a", "#ffffff"),
    ("−", "#8c2d04", "#ffffff"),
    ("P", "#1f6f9f", "#ffffff"),
    ("×", "#b83c07", "#ffffff"),
    ("→", "#6d2077", "#ffffff"),
    ("↑", "#a9d3ec", "#111111"),
    ("↓", "#fdc27a", "#111111"),
    ("~", "#dcdcdc", "#111111"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeKind:
    """A kind of change and its mark: a round patch with a sign in it.

    The sign tells the kinds apart without the colours.
    """

    name: str
    sign: str
    fill: str
    ink: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage:
    """What changes between every two options.

    Attributes
    ----------
    kinds
        Of change, most weighty first; no change is not among them.
    words
        Who looks after a school, in words, each once.
    care
        For each option, for each school, a position in ``words``.
    between
        For each option before, for each option after, one digit a school: a
        position in ``kinds``, or their number where nothing changes.
    """

    kinds: tuple[ChangeKind, ...]
    words: tuple[str, ...]
    care: tuple[tuple[int, ...], ...]
    between: tuple[tuple[str, ...], ...]


def change_page(view: PublicView) -> ChangePage:
    """Every two options of a view compared, in both directions."""
    number = {kind: k for k, kind in enumerate(kind for kind in KINDS if kind != SAME)}
    words: dict[str, int] = {}
    ids = [option.option_id for option in view.options]
    changes = [[option_change(view, before, after).schools for after in ids] for before in ids]
    return ChangePage(
        kinds=tuple(
            ChangeKind(name=name, sign=sign, fill=fill, ink=ink)
            for name, (sign, fill, ink) in zip(number, _LOOKS, strict=True)
        ),
        care=tuple(
            tuple(words.setdefault(text, len(words)) for text in row[0]["before"])
            for row in changes
        ),
        words=tuple(words),
        between=tuple(
            tuple("".join(str(number.get(k, len(number))) for k in of["change"]) for of in row)
            for row in changes
        ),
    )
