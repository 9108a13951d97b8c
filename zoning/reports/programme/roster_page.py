"""The roster of a term by week, to print and hang up where officers report. Restricted."""

from __future__ import annotations

from datetime import date
from itertools import groupby

import pandas as pd

from zoning.editions import Edition
from zoning.reports.programme.pages import make_page, section, table
from zoning.roster.term import TermRoster
from zoning.units import counted

_NOBODY = "nobody"


def roster_page(roster: TermRoster, *, district: str) -> bytes:
    """Make a page with a table for each week: who stands where, is in class, away or in reserve.

    ``district``: its name, for the line below the heading.
    """
    weeks = groupby(roster.problem.dates, lambda day: day.isocalendar()[:2])
    tables = roster.training, roster.reserve
    first, last = roster.problem.dates[0], roster.problem.dates[-1]
    return make_page(
        "Roster of the term",
        about=f"{district}, {first} to {last}. {counted(len(roster.unfilled), 'post-day')} "
        "that nobody fills.",
        sections=[_week(roster, list(days), *tables) for _, days in weeks],
        edition=Edition.RESTRICTED,
    )


def _week(
    roster: TermRoster, days: list[date], in_class: pd.DataFrame, reserve: pd.DataFrame
) -> str:
    asked, number = roster.problem, roster.problem.days
    rows: dict[str, list[str]] = {post: [] for post in asked.post_ids}
    others: dict[str, list[str]] = {"In class": [], "Away": [], "Reserve": []}
    for day in days:
        d = number[day]
        for p, post in enumerate(asked.post_ids):
            n = int(roster.posts[p, d])
            empty = _NOBODY if asked.needed[p, d] else ""
            rows[post].append(asked.officer_ids[n] if n >= 0 else empty)
        taught = in_class.loc[in_class["date"] == day, "officer_id"]
        free = reserve.loc[reserve["date"] == day, "officer_id"]
        gone = [one for n, one in enumerate(asked.officer_ids) if not roster.available[n, d]]
        for name, ids in (("In class", taught), ("Away", gone), ("Reserve", free)):
            others[name].append(", ".join(ids))
    names = [f"{day:%a} {day}" for day in days]
    lines = [(what, *cells) for part in (rows, others) for what, cells in part.items()]
    frame = pd.DataFrame(lines, columns=["Post", *names], dtype=object)
    held = roster.duties
    week = days[0].isocalendar()[:2]
    events = held[[one.isocalendar()[:2] == week for one in held["date"]]]
    parts = [table(frame, {name: name for name in ("Post", *names)})]
    if len(events):
        shown = events.groupby(["date", "duty_id"])["officer_id"].agg(", ".join).reset_index()
        heads = {"date": "Date", "duty_id": "Duty", "officer_id": "Officers"}
        parts.append(table(shown, heads))
    return section(f"Week of {days[0]}", *parts)
