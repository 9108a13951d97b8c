"""Compare two staffing options school by school."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from zoning.disclosure.views import PublicOption, PublicView
from zoning.disclosure.zone_tables import is_numbered
from zoning.zones import ZoneKind

NO_OFFICER: Final = "no district officer"
NO_OWN_OFFICER: Final = "no officer of its own"
"""Of a school without a post, whose calls floats or outside police answer."""
OWN_OFFICER: Final = "its own officer all day"
NOT_A_SCHOOL: Final = "not among the option's schools"
SAME: Final = "no change"
OPENS: Final = "school opens"
CLOSES: Final = "school closes"
KINDS: Final = (
    "gains an officer of its own",
    "loses its own officer",
    "gains a patrol officer",
    "loses its patrol officer",
    "moves to a zone of another high school",
    "officer shared with fewer schools",
    "officer shared with more schools",
    "other schools share its officer",
    "officer comes only when called",
    SAME,
)
SCHOOL_KINDS: Final = (OPENS, CLOSES)
"""Kinds of change between options of different schools, besides `KINDS`."""
(_OWN, _NOT_OWN, _PATROL, _NO_PATROL, OTHER_HIGH_SCHOOL, _FEWER, _MORE, _OTHERS, _ON_CALL, _) = (
    KINDS
)
NAMED_KINDS: Final = (*SCHOOL_KINDS, _OWN, _NOT_OWN, _PATROL, _NO_PATROL, OTHER_HIGH_SCHOOL)
"""Kinds of change after which a school has another officer, whatever its zone is called."""
OTHER_ZONE: Final = "moves to another zone"
"""A school that leaves the schools it shared its officer with; see `OptionChange.moves`."""

_IN_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    OPENS: ("opens", "open"),
    CLOSES: ("closes", "close"),
    _OWN: (_OWN, "gain an officer of their own"),
    _NOT_OWN: (_NOT_OWN, "lose their own officer"),
    _PATROL: (_PATROL, "gain a patrol officer"),
    _NO_PATROL: (_NO_PATROL, "lose their patrol officer"),
    OTHER_HIGH_SCHOOL: (OTHER_HIGH_SCHOOL, "move to a zone of another high school"),
    OTHER_ZONE: (OTHER_ZONE, "move to another zone"),
    _FEWER: ("shares its officer with fewer", "share their officer with fewer"),
    _MORE: ("shares its officer with more", "share their officer with more"),
    _OTHERS: (
        "shares its officer with other schools than before",
        "share their officer with other schools than before",
    ),
    _ON_CALL: ("has an officer only when called", "have an officer only when called"),
    SAME: ("sees no change", "see no change"),
}


def kind_in_words(kind: str, schools: int) -> str:
    """Write one of `KINDS`, `SCHOOL_KINDS` or `OTHER_ZONE` behind a number of schools."""
    return _IN_WORDS[kind][0 if schools == 1 else 1]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OptionChange:
    """Two options of one view, school by school. Public: it holds no times.

    Attributes
    ----------
    before, after
        The options.
    schools
        Index ``building_id``; ``name``, ``level``, ``before`` and ``after`` (the
        building's officer, in words), ``change`` (one of `KINDS` or, between options
        of different schools, `SCHOOL_KINDS`).
    summary
        Index ``change``, those that occur, `SCHOOL_KINDS` first, in that order;
        ``schools``, the number of buildings.
    """

    before: PublicOption
    after: PublicOption
    schools: pd.DataFrame = field(repr=False)
    summary: pd.DataFrame = field(repr=False)

    def moves(self) -> pd.Series:
        """What changes for each school that gets another officer or another zone.

        Of schools that share an officer before and after, those move that leave the schools
        they were with, the zones being matched so that the fewest do (partition distance,
        Gusfield 2002, Information Processing Letters 82). Where zones line up with high
        schools and their number changes, most zones have no counterpart: there only schools
        whose zone is of another high school move.

        Returns
        -------
        Series
            Index ``building_id``, of these schools alone: one of `NAMED_KINDS` or `OTHER_ZONE`.
        """
        kinds = self.schools["change"]
        told = kinds.where(kinds.isin(NAMED_KINDS))
        is_matched = len(self.before.zones) == len(self.after.zones)
        if is_matched or OTHER_HIGH_SCHOOL not in kinds.to_numpy():
            told[kinds.isin([_FEWER, _MORE, _OTHERS]) & self._leaves_zone()] = OTHER_ZONE
        return told.dropna()

    def _leaves_zone(self) -> pd.Series:
        was, becomes = (
            option.places["zone_id"].reindex(self.schools.index)
            if len(option.places)
            else pd.Series("", index=self.schools.index)
            for option in (self.before, self.after)
        )
        shared = pd.crosstab(was, becomes)
        rows, columns = linear_sum_assignment(shared.to_numpy(), maximize=True)
        heir = dict(zip(shared.index[rows], shared.columns[columns], strict=True))
        return becomes != was.map(heir)


def option_change(view: PublicView, before: str, after: str) -> OptionChange:
    """List the changes for each school from one option to another.

    Parameters
    ----------
    before, after
        Option ids.

    Raises
    ------
    KeyError
        If an option was not compared.
    """
    options = view.option(before), view.option(after)
    shown = [view.at(option.option_id) for option in options]
    was, becomes = (_list_officers(at, option) for at, option in zip(shown, options, strict=True))
    schools = _all_schools(*(at.schools for at in shown))
    pairs = [(was.get(i), becomes.get(i)) for i in schools.index]
    table = pd.DataFrame(
        {
            "name": schools["name"],
            "level": schools["level"],
            "before": [_describe(one) for one, _ in pairs],
            "after": [_describe(other) for _, other in pairs],
            "change": [_classify(*pair) for pair in pairs],
        },
        index=schools.index,
    )
    counts = table["change"].value_counts()
    kinds = [kind for kind in (*SCHOOL_KINDS, *KINDS) if kind in counts.index]
    summary = pd.DataFrame(
        {"schools": counts.reindex(kinds).astype(np.int64)}, index=pd.Index(kinds, name="change")
    )
    return OptionChange(before=options[0], after=options[1], schools=table, summary=summary)


class _Officer(NamedTuple):
    """The officer of a building, by the zone's buildings (None for no officer) and high school.

    ``zone`` is the zone's name; '' if it only has a number, which says nothing to a school.
    ``is_left``: others have posts, and this building has none.
    """

    buildings: frozenset[str] | None = None
    is_own: bool = False
    kind: str = str(ZoneKind.PATROL)
    high_school_id: str | None = None
    high_school: str | None = None
    zone: str = ""
    is_left: bool = False


def _all_schools(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> pd.DataFrame:
    """The buildings of both options, as they are after where they are there."""
    if after.index.equals(before.index):
        return pd.DataFrame(after)
    closed = before[~before.index.isin(after.index)]
    return pd.concat([pd.DataFrame(after), pd.DataFrame(closed)])


def _list_officers(view: PublicView, option: PublicOption) -> dict[str, _Officer]:
    """The officer of each building of the option's schools."""
    zone_of = option.places["zone_id"].to_dict()
    officers = {}
    for zone in option.zones.itertuples():
        # Without feeders a high school is only a zone's name, so another one is no change.
        high_school = (zone.high_school_id, zone.high_school) if view.by_feeder else (None, None)
        if not zone.officers:
            officers[zone.Index] = _Officer(is_left=True)
            continue
        officers[zone.Index] = _Officer(
            buildings=frozenset(zone.building_ids),
            is_own=zone.kind == ZoneKind.DEDICATED,
            kind=zone.kind,
            high_school_id=high_school[0],
            high_school=high_school[1],
            zone="" if is_numbered(zone.Index) else zone.Index,
        )
    return {i: officers.get(zone_of.get(i, ""), _Officer()) for i in view.schools.index}


def _describe(officer: _Officer | None) -> str:
    if officer is None:
        return NOT_A_SCHOOL
    if officer.is_left:
        return NO_OWN_OFFICER
    if officer.buildings is None:
        return NO_OFFICER
    if officer.is_own:
        return OWN_OFFICER
    others = len(officer.buildings) - 1
    who = "officer on call" if officer.kind == ZoneKind.ON_CALL else "patrol officer"
    shared = f"{who}, shared with {others} other{'' if others == 1 else 's'}"
    if officer.zone:
        shared += f", in {officer.zone}"
        return shared if officer.high_school is None else f"{shared} ({officer.high_school})"
    return shared if officer.high_school is None else f"{shared}, {officer.high_school} zone"


def _classify(was: _Officer | None, becomes: _Officer | None) -> str:
    if was is None or becomes is None:
        return OPENS if was is None else CLOSES
    if was[:3] == becomes[:3] or (was.is_own and becomes.is_own):
        return SAME
    if was.is_own or becomes.is_own:
        return _OWN if becomes.is_own else _NOT_OWN
    on_call = [one.buildings is not None and one.kind == ZoneKind.ON_CALL for one in (was, becomes)]
    if becomes.buildings is None or was.buildings is None or on_call[0] != on_call[1]:
        gone = becomes.buildings is None
        return _ON_CALL if on_call[1] else _NO_PATROL if gone else _PATROL
    if was.high_school_id != becomes.high_school_id:
        return OTHER_HIGH_SCHOOL
    more = len(becomes.buildings) - len(was.buildings)
    return _OTHERS if more == 0 else _FEWER if more < 0 else _MORE
