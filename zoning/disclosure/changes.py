"""What one staffing option changes for each school, compared with another."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from zoning.disclosure.views import PublicOption, PublicView

NO_OFFICER = "no district officer"
OWN_OFFICER = "its own officer all day"
SAME = "no change"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OptionChange:
    """Two options of one view, school by school. Public: it holds no times.

    Attributes
    ----------
    before, after
        The options.
    schools
        Index ``building_id``; ``name``, ``level``, ``before`` and ``after`` (who
        looks after the building, in words), ``change`` (one of `KINDS`).
    summary
        Index ``change``, in the order of `KINDS`, those that occur; ``schools``,
        how many buildings.
    """

    before: PublicOption
    after: PublicOption
    schools: pd.DataFrame = field(repr=False)
    summary: pd.DataFrame = field(repr=False)


KINDS = (
    "gains an officer of its own",
    "loses its own officer",
    "gains a patrol officer",
    "loses its patrol officer",
    "moves to a zone of another high school",
    "officer shared with fewer schools",
    "officer shared with more schools",
    "other schools share its officer",
    SAME,
)
(_OWN, _NOT_OWN, _PATROL, _NO_PATROL, _OTHER_HIGH_SCHOOL, _FEWER, _MORE, _OTHERS, _) = KINDS


def option_change(view: PublicView, before: str, after: str) -> OptionChange:
    """What changes for each school from one option to another.

    Parameters
    ----------
    before, after
        Option ids.

    Raises
    ------
    KeyError
        If an option was not compared.
    """
    one, other = view.option(before), view.option(after)
    ids = view.schools.index
    was, becomes = (_Care.of(o, ids, by_feeder=view.by_feeder) for o in (one, other))
    table = pd.DataFrame(
        {
            "name": view.schools["name"],
            "level": view.schools["level"],
            "before": was.in_words(),
            "after": becomes.in_words(),
            "change": [
                _kind(*pair) for pair in zip(was.of_building, becomes.of_building, strict=True)
            ],
        },
        index=ids,
    )
    counts = table["change"].value_counts()
    kinds = [kind for kind in KINDS if kind in counts.index]
    summary = pd.DataFrame(
        {"schools": counts.reindex(kinds).astype(np.int64)}, index=pd.Index(kinds, name="change")
    )
    return OptionChange(before=one, after=other, schools=table, summary=summary)


@dataclass(frozen=True, slots=True)
class _Officer:
    """Who looks after a building: the zone's buildings, None for no officer."""

    buildings: frozenset[str] | None
    own: bool
    high_school_id: str | None
    high_school: str | None


@dataclass(frozen=True, slots=True)
class _Care:
    of_building: tuple[_Officer, ...]

    @classmethod
    def of(cls, option: PublicOption, ids: pd.Index[str], *, by_feeder: bool) -> _Care:
        zones = option.zones
        if not by_feeder:
            # A zone's high school is then a name alone, and another name changes nothing.
            zones = zones.assign(high_school_id=None, high_school=None)
        zone_of = option.places["zone_id"].to_dict()
        officers = {
            zone_id: _Officer(frozenset(members), kind == "dedicated", *high_school)
            for zone_id, members, kind, *high_school in zip(
                zones.index,
                zones["building_ids"],
                zones["kind"],
                zones["high_school_id"],
                zones["high_school"],
                strict=True,
            )
        }
        nobody = _Officer(None, False, None, None)
        return cls(tuple(officers.get(zone_of.get(i, ""), nobody) for i in ids))

    def in_words(self) -> list[str]:
        return [_words(officer) for officer in self.of_building]


def _words(officer: _Officer) -> str:
    if officer.buildings is None:
        return NO_OFFICER
    if officer.own:
        return OWN_OFFICER
    others = len(officer.buildings) - 1
    shared = f"shared with {others} other{'' if others == 1 else 's'}"
    return f"patrol officer, {shared}" + (
        "" if officer.high_school is None else f", {officer.high_school} zone"
    )


def _kind(was: _Officer, becomes: _Officer) -> str:
    if (was.buildings, was.own) == (becomes.buildings, becomes.own) or (was.own and becomes.own):
        return SAME
    if becomes.buildings is None:
        return _NOT_OWN if was.own else _NO_PATROL
    if was.own or becomes.own:
        return _OWN if becomes.own else _NOT_OWN
    if was.buildings is None:
        return _PATROL
    if was.high_school_id != becomes.high_school_id:
        return _OTHER_HIGH_SCHOOL
    more = len(becomes.buildings) - len(was.buildings)
    return _OTHERS if more == 0 else _FEWER if more < 0 else _MORE
