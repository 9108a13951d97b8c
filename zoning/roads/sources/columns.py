"""Which column of a centreline file holds what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from zoning.errors import NetworkError
from zoning.roads.build_report import FindingKind, ReportDraft

FIELDS: Final = (
    "speed",
    "oneway",
    "road_class",
    "name",
    "area",
    "level",
    "level_from",
    "level_to",
)
WELL_KNOWN: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "speed": ("speed", "speedlimit", "speed_limit", "speed_lim", "posted_speed", "maxspeed"),
        "oneway": ("oneway", "one_way"),
        "road_class": ("rdclass", "roadclass", "road_class", "mtfcc", "highway"),
        "name": ("roadname", "road_name", "streetname", "street_name", "fullname", "full_name"),
        "level_from": ("f_elev", "from_level", "level_from"),
        "level_to": ("t_elev", "to_level", "level_to"),
    }
)
"""Column names that mean one thing only, in any case; no other name is guessed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundColumns:
    """Our column -> the file's, for every column the file has.

    Attributes
    ----------
    by_field
        Keys are among `FIELDS`.
    """

    by_field: Mapping[str, str] = field(default_factory=dict)

    def get(self, ours: str) -> str | None:
        """The file's column, or None."""
        return self.by_field.get(ours)


def found_columns(
    there: Iterable[str],
    *,
    given: Mapping[str, str | None],
    source: str,
    draft: ReportDraft,
) -> FoundColumns:
    """The columns to use: those the user names, then the well-known ones.

    Parameters
    ----------
    there
        Columns of the file.
    given
        Our column -> the file's; None or ``''`` to use no column for it.
    draft
        Takes the columns that were guessed by their name.

    Raises
    ------
    NetworkError
        Every fault: a name that is not a column of ours or of the file, or two
        well-known names for one column.
    """
    listed = list(there)
    faults = [
        f"{ours!r} is not a column that can be mapped; these can: {', '.join(FIELDS)}"
        for ours in given
        if ours not in FIELDS
    ]
    faults += [
        f"no column {theirs!r}, which is mapped to {ours}; it has: {', '.join(listed)}"
        for ours, theirs in given.items()
        if theirs and theirs not in listed
    ]
    found = {ours: theirs for ours, theirs in given.items() if theirs}
    guessed = []
    for ours, names in WELL_KNOWN.items():
        matches = [name for name in listed if name.casefold() in names]
        if ours in given or not matches:
            continue
        if len(matches) > 1:
            faults.append(f"columns {', '.join(matches)} could each be {ours}: map the right one")
        found[ours] = matches[0]
        guessed.append(f"{ours} from {matches[0]}")
    if ("level_from" in found) != ("level_to" in found):
        alone = "level_from" if "level_from" in found else "level_to"
        faults.append(f"{alone} is known, but not the level of the other end: map both or neither")
    if "level" in found and "level_from" in found:
        faults.append("level and level_from are both mapped: map one level, or one for each end")
    if faults:
        raise NetworkError(
            f"the columns of {source} cannot be told",
            faults,
            "Map columns with --column NAME=COLUMN (in Python: columns={'NAME': 'COLUMN'}).",
        )
    draft.add(
        FindingKind.GUESSED,
        "columns",
        "columns recognised by their well-known names",
        len(guessed),
        guessed,
    )
    return FoundColumns(by_field=found)
