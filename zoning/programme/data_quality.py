"""How far the records can be relied on: complete, in time, each event once, and of what."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import numpy as np
import pandas as pd

from zoning.confidence import wilson_interval
from zoning.demand.sources import match_calls
from zoning.programme.event_records import EVENTS, POLICE_CALL, WRITTEN, EventRecords
from zoning.schools.school_names import plain_words
from zoning.units import seconds_of_day

ALL_FIELDS: Final = "all of them"
IN_TIME, LATE, NOT_KNOWN = "in time", "late", "not known"
_DAY_S: Final = 86_400.0


def is_complete(records: EventRecords, required: Sequence[str]) -> pd.DataFrame:
    """Say of each record (index of the frame) which of the required fields are filled."""
    frame = records.frame
    filled = {
        name: frame[name].astype(bool) if name in WRITTEN else frame[name].notna()
        for name in required
    }
    made = pd.DataFrame(filled, index=frame.index).astype(bool)
    return made.assign(**{ALL_FIELDS: made.all(axis=1)})


def completeness(records: EventRecords, required: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Compute how many records have the fields that they must have.

    Parameters
    ----------
    required
        Columns of `event_table` by kind of record.

    Returns
    -------
    DataFrame
        Index ``kind`` and ``field`` (`ALL_FIELDS`: records that lack none); ``records``,
        ``filled``, ``share``, ``low`` and ``high`` (Wilson's 95 % interval).
    """
    rows = []
    for kind, names in required.items():
        mine = records.frame["kind"] == kind
        if not mine.any():
            continue
        filled = is_complete(records, names)[mine]
        for name in filled:
            n, part = len(filled), int(filled[name].sum())
            rows.append((kind, name, n, part, *wilson_interval(part, n)))
    columns = ["kind", "field", "records", "filled", "share", "low", "high"]
    return pd.DataFrame(rows, columns=columns).set_index(["kind", "field"])


def timeliness(records: EventRecords, limits: Mapping[str, int]) -> pd.Series[str]:
    """Say of each record whether it was reported in time; index of the frame.

    A record without a date of report is late once its limit has passed, and not known before;
    of a kind without a limit nothing is known. The limit of a count runs from the end of its
    period.
    """
    states = []
    for kind, ended, reported in zip(
        records.frame["kind"], records.ended, records.frame["reported"], strict=True
    ):
        limit = limits.get(kind)
        if limit is None:
            states.append(NOT_KNOWN)
            continue
        due = ended + timedelta(days=limit)
        if reported is None and records.on <= due:
            states.append(NOT_KNOWN)
        else:
            states.append(IN_TIME if reported is not None and reported <= due else LATE)
    return pd.Series(states, index=records.frame.index, dtype=object)


def lateness(records: EventRecords, limits: Mapping[str, int]) -> pd.DataFrame:
    """Compute the days from the event, or the end of a count's period, to its report.

    Parameters
    ----------
    limits
        Days by kind; a kind without one has no late records.

    Returns
    -------
    DataFrame
        Index ``kind``; ``records``, ``reported`` (with a date of report), ``median_days`` and
        ``p90_days`` of these, ``limit_days``, ``late``, ``late_share`` (of those of which it is
        known), ``low`` and ``high`` (Wilson's 95 % interval).
    """
    frame = records.frame
    states = timeliness(records, limits)
    rows = []
    for kind, of in frame.groupby("kind", sort=True):
        days = [
            float(max((reported - ended).days, 0))
            for ended, reported in zip(records.ended[of.index], of["reported"], strict=True)
            if reported is not None
        ]
        mine = states[of.index]
        late = int((mine == LATE).sum())
        share = wilson_interval(late, int((mine != NOT_KNOWN).sum()))
        middle, most = np.quantile(days, (0.5, 0.9)) if days else (np.nan, np.nan)
        limit = limits.get(str(kind), np.nan)
        rows.append((kind, len(of), len(days), middle, most, limit, late, *share))
    columns = ["kind", "records", "reported", "median_days", "p90_days", "limit_days", "late"]
    made = pd.DataFrame(rows, columns=[*columns, "late_share", "low", "high"])
    return made.set_index("kind")


def duplicates(records: EventRecords, *, same_event_s: float) -> pd.DataFrame:
    """Find events that two sources have: one building, like category, close in time.

    Categories are alike if they are the same, or if one is not given. Records without a time
    match by the date. Each source has an event once; the closest are joined first
    (`zoning.demand.sources.match_calls`). Counts of a period are no events.

    Parameters
    ----------
    same_event_s
        Records this close together are one event.

    Returns
    -------
    DataFrame
        One row a record of an event that several sources have; ``event`` (from 1), ``kind``,
        ``id``, ``building``, ``occurred``, ``time`` and ``category``. Restricted.
    """
    frame = records.frame
    usable = frame["kind"].isin(EVENTS) & frame["building"].notna() & frame["until"].isna()
    frame = frame[usable & (frame["count"] == 1)]
    columns = ["kind", "id", "building", "occurred", "time", "category"]
    event = pd.Series(-1, index=frame.index, dtype=int)
    timed = frame["time"].notna()
    found = 0
    # Of like category first, so that a record that says none does not take another's place.
    for alike in (True, False):
        for dated in ("", *(k for k in EVENTS if (~timed & (frame["kind"] == k)).any())):
            free = frame[event < 0]
            keep = (free["kind"] != dated) | free["time"].isna() if dated else free["time"].notna()
            free = free[keep]
            joined = _match(free, same_event_s=same_event_s, alike=alike, by_date=dated)
            shared = joined.duplicated(keep=False)
            for _, same in free[shared].groupby(joined[shared], sort=True):
                kinds = set(same["kind"])
                if len(kinds) == len(same) and (not dated or dated in kinds):
                    event[same.index] = found
                    found += 1
    found_rows = frame.loc[event >= 0, columns].assign(event=event[event >= 0])
    found_rows = found_rows.sort_values(["occurred", "event"], kind="stable")
    numbers = {old: new for new, old in enumerate(dict.fromkeys(found_rows["event"]), start=1)}
    found_rows["event"] = found_rows["event"].map(numbers)
    return found_rows[["event", *columns]].reset_index(drop=True)


def _match(
    frame: pd.DataFrame, *, same_event_s: float, alike: bool, by_date: str
) -> pd.Series[int]:
    """Number the events of some records.

    Parameters
    ----------
    alike
        Whether categories must be the same; otherwise one of the two must be missing.
    by_date
        The kind whose records have no time, and are matched with others by the date.
    """
    category = frame["category"].where(frame["category"].notna(), "")
    day = np.array([d.toordinal() for d in frame["occurred"]], dtype=float)
    clock = np.array([0 if pd.isna(t) else seconds_of_day(t) for t in frame["time"]])
    source = frame["kind"].to_numpy(object)
    if by_date:
        source = np.where(source == by_date, by_date, "others")
    key = frame["building"].astype(str)
    table = pd.DataFrame(
        {
            "source": source,
            "building_id": key + "\0" + category if alike else key,
            "utc_s": day * _DAY_S + (0 if by_date else clock),
            "named": category.to_numpy() != "",
        },
        index=frame.index,
    )
    if not alike:
        # Two named categories that differ stay apart: a nameless record joins another source's.
        table["source"] = np.where(table["named"], "named", table["source"])
    table = table.sort_values("utc_s", kind="stable")
    numbers = match_calls(table, 0.0 if by_date else same_event_s)
    return pd.Series(numbers, index=table.index).reindex(frame.index)


def discipline_calls(records: EventRecords, categories: Collection[str]) -> pd.DataFrame:
    """Find what was discipline, and went to an officer all the same.

    A call for the police went to one; another record did if it says that an officer took part.

    Parameters
    ----------
    categories
        What is discipline, in the words of the column ``category``.

    Returns
    -------
    DataFrame
        The rows of these records: ``kind``, ``id``, ``building``, ``occurred``, ``category`` and
        ``count``. Restricted.
    """
    frame = records.frame
    is_discipline = _is_one_of(frame["category"], categories)
    sent = (frame["kind"] == POLICE_CALL) | (frame["officer_involved"] == True)  # noqa: E712
    columns = ["kind", "id", "building", "occurred", "category", "count"]
    return frame.loc[is_discipline & sent, columns].reset_index(drop=True)


def _is_one_of(category: pd.Series[Any], names: Collection[str]) -> pd.Series[bool]:
    known = {plain_words(one) for one in names}
    return pd.Series(
        [not pd.isna(one) and plain_words(one) in known for one in category],
        index=category.index,
        dtype=bool,
    )


def discipline_shares(records: EventRecords, categories: Collection[str]) -> pd.DataFrame:
    """Compute which share of the discipline was sent to an officer.

    Returns
    -------
    DataFrame
        Index ``kind``; ``discipline`` and ``sent`` (events), ``share``, ``low`` and ``high``
        (Wilson's 95 % interval). Restricted.
    """
    flagged = discipline_calls(records, categories).groupby("kind")["count"].sum()
    frame = records.frame
    all_of = frame[_is_one_of(frame["category"], categories)].groupby("kind")["count"].sum()
    rows = []
    for kind, n in all_of[all_of > 0].astype(int).items():
        sent = int(flagged.get(kind, 0))
        rows.append((kind, n, sent, *wilson_interval(sent, n)))
    columns = ["kind", "discipline", "sent", "share", "low", "high"]
    return pd.DataFrame(rows, columns=columns).set_index("kind")
