"""Make the slides on what changes for schools: a map, a summary, and the list."""

from __future__ import annotations

import math

import pandas as pd

from zoning.disclosure import OptionChange, PublicOption, PublicView, option_change
from zoning.disclosure.changes import KINDS, NAMED_KINDS, OTHER_HIGH_SCHOOL, OTHER_ZONE
from zoning.disclosure.zone_tables import is_numbered
from zoning.reports import board_text
from zoning.reports.deck import messages
from zoning.reports.deck.canvas import Deck, Notes
from zoning.reports.deck.tables import Row, Table, TableColumn, table_slides
from zoning.reports.office_files import one_line
from zoning.units import join_names

_SOURCE = "Compared school by school from the two plans."
_CAUTION = "It says who looks after a school, not how soon a call there is answered."
_BY_PATROL = "patrol officer, "
_NAMED = 3  # high schools that are named of those to whose zones schools come
_GAINS = ("aligned_share", "arrivals_met", "dismissals_met")
_LIST_SIZES = (14.0, 13.0, 12.0)


def add_changes(
    deck: Deck,
    view: PublicView,
    start: PublicOption | None,
    focus: PublicOption | None,
    picture: bytes | None,
) -> None:
    """Add one map of all moves, where it was drawn, and one summary in words."""
    if start is None or focus is None:
        return
    change = option_change(view, start.option_id, focus.option_id)
    moves = change.moves()
    between = _between(change)
    title = messages.of_moves(change, moves)
    if picture is not None:
        notes = Notes(
            say=f"{between} {title}. Marked schools get another officer or zone; solid lines are "
            "the borders of the new zones, dashed lines those of the old ones.",
            source=f"{_SOURCE} Data: {view.attribution}.",
            caution=f"{_CAUTION} A zone's area is a picture of the plan, not an attendance area.",
        )
        about = f"Map of what changes in {view.district}. {between} {title}. {_counts(change)}"
        slide = deck.slide(title, notes)
        slide.picture(deck.picture_area, picture, alternative=about, name="Map of changes")
    notes = Notes(
        say=f"{between} {title}. {board_text.describe_difference(view, focus, start)}",
        source=_SOURCE,
        caution=_CAUTION,
    )
    gain = messages.of_gain(view, focus, start)
    deck.list_slides(gain, _summary(view, change, moves), notes, sizes=deck.read_sizes)


def _between(change: OptionChange) -> str:
    return f"From: {one_line(change.before.label)}. To: {one_line(change.after.label)}."


def _counts(change: OptionChange) -> str:
    return " ".join(
        f"{messages.of_kind(str(kind), int(count))}."
        for kind, count in change.summary["schools"].items()
    )


def _summary(view: PublicView, change: OptionChange, moves: pd.Series) -> list[str]:
    """How many schools change, of which levels and to which high schools, and what is gained."""
    told = [f"{messages.of_moves(change, moves)}."]
    if moves.nunique() > 1:
        kinds = moves.value_counts(sort=False).items()
        told.append(f"{'; '.join(messages.of_kind(str(kind), n) for kind, n in kinds)}.")
    if len(moves):
        levels = change.schools.loc[moves.index, "level"].value_counts()
        told.append(f"By level: {', '.join(f'{n:,} {level}' for level, n in levels.items())}.")
        told += _where_to(change, moves)
    others = change.schools["change"].drop(moves.index).value_counts()
    if len(others):
        each = [messages.of_kind(k, int(others[k])) for k in KINDS if k in others.index]
        lead = "Of the others, " if len(moves) else ""
        told.append(f"{lead}{join_names(each)}.")
    told += _gains(view, change)
    return [*told, "The appendix names each school that changes."] if len(moves) else told


def _where_to(change: OptionChange, moves: pd.Series) -> list[str]:
    """The high schools in whose zones the schools arrive, those of most schools."""
    moved = moves.index[moves == OTHER_HIGH_SCHOOL]
    zones = change.after.places["zone_id"].reindex(moved).dropna()
    names = zones.map(change.after.zones["high_school"]).dropna().value_counts()
    if not len(names):
        return []
    if len(names) == 1:
        they = "It comes" if len(moved) == 1 else "They come"
        return [f"{they} to the zone of {one_line(str(names.index[0]))}."]
    first = names.head(_NAMED)
    most = [f"{one_line(str(name))} ({count:,})" for name, count in first.items()]
    part = "Most" if 2 * first.sum() > len(moved) else "Some"
    return [f"{part if len(names) > _NAMED else 'They'} come to the zones of {join_names(most)}."]


def _gains(view: PublicView, change: OptionChange) -> list[str]:
    """Figures besides cost and response, before and after."""
    told: list[str] = []
    for key in _GAINS:
        figure = board_text.find_figure(view, key)
        values = [option.values.get(key) for option in (change.before, change.after)]
        if figure is None or any(value is None or math.isnan(value) for value in values):
            continue
        was, is_now = (
            board_text.figure_text(view, option, key) for option in (change.before, change.after)
        )
        same = was == is_now
        label = f"{figure.label[:1].lower()}{figure.label[1:]}" if told else figure.label
        told.append(f"{label}: {f'{was} in both' if same else f'{was}, then {is_now}'}")
    return [f"{'; '.join(told)}."] if told else []


def add_moves(
    deck: Deck, view: PublicView, start: PublicOption | None, focus: PublicOption | None
) -> None:
    """Add the complete list of the schools that get another officer or zone."""
    if start is None or focus is None:
        return
    change = option_change(view, start.option_id, focus.option_id)
    moves = change.moves()
    for kind in (*NAMED_KINDS, OTHER_ZONE):
        if moves.eq(kind).any():
            _add_moved(deck, change, kind, moves.index[moves == kind])


def _zone_names(option: PublicOption, schools: pd.Index) -> list[str]:
    """The zone of each school, with its high school where it is aligned with one."""
    zones = option.zones.loc[option.places["zone_id"].reindex(schools)]
    return [
        ", ".join(
            dict.fromkeys(
                one_line(str(part))
                for part in (high, f"zone {label}" if is_numbered(str(zone)) else zone)
                if isinstance(part, str)
            )
        )
        for zone, label, high in zip(zones.index, zones["label"], zones["high_school"], strict=True)
    ]


def _add_moved(deck: Deck, change: OptionChange, kind: str, moved: pd.Index) -> None:
    rows = change.schools.loc[moved].sort_values(["name"], kind="stable")
    if kind in {OTHER_ZONE, OTHER_HIGH_SCHOOL}:  # the map shows both zones by these names
        before, after = (
            _zone_names(option, rows.index) for option in (change.before, change.after)
        )
        rows = rows.assign(before=before, after=after)
    told = rows[["before", "after"]].astype(str)
    suffix = ""
    if all(text.startswith(_BY_PATROL) for text in told.to_numpy().ravel()):
        # State it once in the heading rather than in every cell.
        suffix, told = " (patrol officer)", told.map(lambda text: text.removeprefix(_BY_PATROL))
    table = Table(
        f"Schools for which this changes: {kind}.",
        (
            TableColumn("School", 1.3),
            TableColumn("Level", 0.6),
            TableColumn(f"Before{suffix}", 1.5),
            TableColumn(f"After{suffix}", 1.5),
        ),
        tuple(
            Row(tuple(map(str, row)))
            for row in zip(rows["name"], rows["level"], told["before"], told["after"], strict=True)
        ),
    )
    notes = Notes(
        say=f"{_between(change)} Look a school up by its name.", source=_SOURCE, caution=_CAUTION
    )
    title = messages.of_kind(kind, len(rows))
    table_slides(deck, title, table, notes, above=[_between(change)], sizes=_LIST_SIZES)
