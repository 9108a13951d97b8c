"""Symbols of schools and colours of zones, the same in every map, picture, slide and GIS style.

The colours can be distinguished with the three common kinds of colour blindness, and in
greyscale by the borders and labels that every zone has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Shape = Literal["circle", "triangle", "square", "diamond", "star"]

# Tol's light scheme (Paul Tol, Colour Schemes, 2021): made for areas under dark text.
ZONE_FILLS: Final = (
    "#77aadd",
    "#eedd88",
    "#ffaabb",
    "#44bb99",
    "#ee8866",
    "#bbcc33",
    "#99ddff",
    "#c9c9c9",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolSymbol:
    """The symbol of a school by its level.

    Attributes
    ----------
    name
        For the legend.
    levels
        The levels of `read_schools` that it represents.
    shape, fill
        Both differ from level to level, so that either is enough.
    """

    name: str
    levels: tuple[str, ...]
    shape: Shape
    fill: str


SCHOOL_SYMBOLS: Final = (
    SchoolSymbol(name="Elementary", levels=("elementary",), shape="circle", fill="#0b4f8a"),
    SchoolSymbol(name="K-8", levels=("k-8",), shape="triangle", fill="#1d7a5f"),
    SchoolSymbol(name="Middle", levels=("middle",), shape="square", fill="#c1440e"),
    SchoolSymbol(
        name="Secondary or combined",
        levels=("secondary", "combined"),
        shape="diamond",
        fill="#6d2077",
    ),
    SchoolSymbol(name="High", levels=("high",), shape="star", fill="#ffd23f"),
)


def school_symbol(level: str) -> SchoolSymbol:
    """The symbol of a level; that of an elementary school for a level without one."""
    return next((s for s in SCHOOL_SYMBOLS if level in s.levels), SCHOOL_SYMBOLS[0])
