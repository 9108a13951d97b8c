"""Who may stand in a school on a date: deadlines, extensions, certification, time away."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from zoning import read_school_calendar
from zoning.due import due_table
from zoning.errors import RecordError
from zoning.roster import HOURS_COLUMNS, Roster, TrainingRules, read_roster

DAY = timedelta(days=1)
TRAINING_COLUMNS = ("officer_id", "date", "hours", "programme", "topic")
Row = tuple[str, str, float, str, str | None]


def make_roster(
    *training: Row, absences: Sequence[tuple[str, str, str, str]] = (), **given: Any
) -> Roster:
    """A roster of officers 1 and 2 of the board; ``given``: their columns, or arguments."""
    arguments = {
        name: given.pop(name)
        for name in ("rules", "topics", "classes", "calendar")
        if name in given
    }
    ids = [str(k + 1) for k in range(len(next(iter(given.values()), [0, 0])))]
    return read_roster(
        pd.DataFrame({"officer_id": ids, "employment": "board", **given}),
        training=pd.DataFrame(list(training), columns=list(TRAINING_COLUMNS)),
        absences=pd.DataFrame(list(absences), columns=["officer_id", "first", "last", "kind"]),
        **arguments,
    )


def barred(roster: Roster, *days: str) -> list[bool]:
    """Whether officer 1 may not stand in a school on each day."""
    found = roster.availability([date.fromisoformat(day) for day in days])
    return (~found.may_stand[0]).tolist()


# The deadline.


def test_missing_state_hours_keep_an_officer_out_from_the_day_after_the_deadline() -> None:
    roster = make_roster(
        ("1", "2026-03-02", 24, "state", None), ("1", "2026-03-03", 15, "state", None)
    )
    assert barred(roster, "2026-12-30", "2026-12-31", "2027-01-01", "2027-01-02") == [
        *(False, False, True, True)
    ]
    assert roster.deployable_on(date(2026, 12, 31)).loc["1", "reason"] == ""
    assert roster.deployable_on(date(2027, 1, 1)).loc["1", "reason"] == (
        "state training of 2026: 1 of 40 hours missing, due 2026-12-31"
    )


def test_hours_done_on_the_deadline_are_in_time() -> None:
    roster = make_roster(
        ("1", "2026-03-02", 24, "state", None), ("1", "2026-12-31", 16, "state", None)
    )
    assert barred(roster, "2026-12-31", "2027-01-01", "2027-12-31") == [False] * 3


def test_an_extension_moves_the_deadline_of_its_officer_alone() -> None:
    roster = make_roster(
        ("1", "2026-03-02", 24, "state", None),
        ("2", "2026-03-02", 24, "state", None),
        extension_until=["2027-06-01", None],
    )
    assert barred(roster, "2027-01-01", "2027-06-01", "2027-06-02") == [False, False, True]
    assert not roster.availability([date(2027, 1, 1)]).may_stand[1, 0]


def test_an_officer_is_back_on_the_day_after_the_missing_hours_are_done() -> None:
    roster = make_roster(
        ("1", "2026-03-02", 24, "state", None),
        ("1", "2027-02-10", 8, "state", None),
        ("1", "2027-02-11", 8, "state", None),
    )
    days = ("2027-02-10", "2027-02-11", "2027-02-12")
    assert barred(roster, *days) == [True, True, False]
    assert roster.deployable_on(date(2027, 2, 11)).loc["1", "reason"] == (
        "state training of 2026: 8 of 40 hours missing, due 2026-12-31; at training for 8 hours"
    )


def test_an_hour_counts_once() -> None:
    # 30 hours of 2026 are done in 2027: 16 more of that year's own 40 are missing at its end.
    roster = make_roster(
        ("1", "2026-03-02", 10, "state", None),
        ("1", "2027-02-10", 24, "state", None),
        ("1", "2027-02-11", 24, "state", None),
        ("1", "2027-02-12", 6, "state", None),
    )
    assert barred(roster, "2027-02-11", "2027-02-12") == [True, False]
    assert roster.deployable_on(date(2028, 1, 1)).loc["1", "reason"] == (
        "state training of 2027: 16 of 40 hours missing, due 2027-12-31"
    )


def test_hours_beyond_those_of_a_year_are_not_carried_over() -> None:
    days = ("2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05")
    roster = make_roster(*(("1", day, 20, "state", None) for day in days))
    assert barred(roster, "2027-12-31", "2028-01-01") == [False, True]


def test_a_leap_day_is_a_day() -> None:
    done = ("1", "2026-03-02", 24, "state", None), ("1", "2026-03-03", 16, "state", None)
    roster = make_roster(
        *done,
        ("1", "2028-02-29", 16, "state", None),
        ("1", "2028-02-28", 24, "state", None),
        absences=[("2", "2028-02-29", "2028-02-29", "sick")],
        extension_until=["2028-02-28", None],
        certified_until=[None, "2028-02-29"],
    )
    days = ("2028-02-28", "2028-02-29", "2028-03-01")
    assert barred(roster, *days) == [False, True, False]
    found = roster.deployable_on(date(2028, 2, 29)).loc["2"]
    assert found["reason"].endswith("away (sick), on 2028-02-29")
    assert "expired" not in found["reason"]
    assert (
        "certification expired on 2028-02-29"
        in (roster.deployable_on(date(2028, 3, 1)).loc["2", "reason"])
    )


def test_a_school_year_goes_over_the_new_year() -> None:
    """The state's year ends in the middle of a school year, a district's may end with it."""
    rules = TrainingRules(district_deadline=(6, 30))
    roster = make_roster(
        ("1", "2026-08-03", 24, "state", None),
        ("1", "2026-08-04", 16, "state", None),
        ("1", "2026-08-05", 20, "district", None),
        ("1", "2027-01-06", 20, "district", None),
        ("1", "2027-06-30", 20, "district", None),
        rules=rules,
    )
    assert barred(roster, "2026-12-18", "2027-01-05", "2027-12-31", "2028-01-01") == [
        *(False, False, False, True)
    ]
    done = roster.hours(2027).query("programme == 'district' and officer_id == '1'")
    assert done[["done_hours", "due", "done_on"]].values.tolist() == [
        [60.0, date(2027, 6, 30), date(2027, 6, 30)]
    ]
    assert roster.deployable_on(date(2027, 7, 1)).loc["1", "flags"] == ""


def test_missing_district_hours_are_a_flag_only() -> None:
    roster = make_roster(
        ("1", "2026-03-02", 20, "state", None),
        ("1", "2026-03-03", 20, "state", None),
        ("1", "2026-03-04", 12, "district", None),
    )
    found = roster.deployable_on(date(2027, 1, 1)).loc["1"]
    assert found["deployable"]
    assert found["reason"] == ""
    assert found["flags"] == "district training of 2026: 48 of 60 hours missing, due 2026-12-31"
    assert roster.deployable_on(date(2026, 12, 31)).loc["1", "flags"] == ""


def test_a_new_officer_has_twelve_months_and_a_course_in_them_counts_for_its_year_too() -> None:
    late = make_roster(("2", "2026-03-02", 1, "state", None), hired=["2026-08-03", None])
    assert barred(late, "2027-01-01", "2027-08-03", "2027-08-04") == [False, False, True]
    done = make_roster(
        ("2", "2026-03-02", 1, "state", None),
        ("1", "2027-05-03", 20, "state", None),
        ("1", "2027-05-04", 20, "state", None),
        hired=["2026-08-03", None],
    )
    assert barred(done, "2027-08-04", "2028-01-01", "2028-12-31", "2029-01-01") == [
        *(False, False, False, True)
    ]
    none = TrainingRules(new_officer_months=0)
    at_once = make_roster(
        ("2", "2026-03-02", 1, "state", None), hired=["2026-08-03", None], rules=none
    )
    assert barred(at_once, "2026-12-31", "2027-01-01") == [False, True]


def test_a_year_from_a_leap_day_ends_on_28_february() -> None:
    roster = make_roster(("2", "2028-01-10", 1, "state", None), hired=["2028-02-29", None])
    assert barred(roster, "2029-02-28", "2029-03-01") == [False, True]


def test_years_before_the_training_in_the_table_are_not_judged() -> None:
    row = ("1", "2026-03-02", 8, "state", None)
    assert barred(make_roster(row, hired=["2020-08-03"]), "2026-12-31") == [False]
    asked = TrainingRules(first_year=2025)
    assert barred(make_roster(row, rules=asked), "2025-12-31", "2026-01-01") == [False, True]
    nothing = make_roster()
    assert barred(nothing, "2027-01-01") == [False]
    assert "state training is not judged: the table of training has none" in nothing.notices[1]


# Topics.

TOPICS = pd.DataFrame({"programme": "state", "topic": ["First aid", "Law"], "hours": ["", 8]})


def test_listed_topics_must_be_done_too() -> None:
    rows = [
        ("1", "2026-03-02", 24, "state", "first AID"),
        ("1", "2026-03-03", 16, "state", "first aid"),
    ]
    assert barred(make_roster(*rows), "2027-01-01") == [False]
    roster = make_roster(*rows, ("1", "2027-01-05", 4, "state", "Law"), topics=TOPICS)
    assert roster.deployable_on(date(2027, 1, 1)).loc["1", "reason"] == (
        "state training of 2026: topics missing: Law, due 2026-12-31"
    )
    assert barred(roster, "2027-01-06") == [True]
    done = make_roster(
        *rows,
        ("1", "2027-01-05", 4, "state", "Law"),
        ("1", "2027-01-06", 24, "state", "Law"),
        topics=TOPICS,
    )
    assert barred(done, "2027-01-06", "2027-01-07") == [True, False]
    # 4 of the 28 hours were missing in 2026 beside the first 4: 20 are of 2027.
    assert done.hours(2027).query("topic == ''")["done_hours"].tolist() == [20.0, 0.0]


# Employment, certification, time away.


def test_employment_and_certification_have_a_first_and_a_last_day() -> None:
    roster = make_roster(
        hired=["2026-08-03"],
        left=["2026-12-18"],
        certified_from=["2026-09-01"],
        certified_until=["2026-11-30"],
    )
    days = [date(2026, 8, 2), date(2026, 8, 3), date(2026, 8, 31), date(2026, 9, 1)]
    days += [date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 18), date(2026, 12, 19)]
    found = roster.availability(days)
    assert found.may_stand[0].tolist() == [False] * 3 + [True] * 2 + [False] * 3
    assert found.present[0].tolist() == [False] + [True] * 6 + [False]
    assert [roster.deployable_on(day).loc["1", "reason"] for day in days] == [
        "not hired before 2026-08-03",
        "not certified before 2026-09-01",
        "not certified before 2026-09-01",
        "",
        "",
        "certification expired on 2026-11-30",
        "certification expired on 2026-11-30",
        "left on 2026-12-18",
    ]


def test_an_absent_officer_may_stand_in_a_school_and_is_not_there() -> None:
    roster = make_roster(
        ("2", "2026-09-02", 4, "district", None),
        ("1", "2026-09-04", 3, "district", None),
        absences=[("1", "2026-09-01", "2026-09-02", "vacation")],
    )
    day = roster.deployable_on(date(2026, 9, 2))
    assert day["may_stand"].tolist() == [True, True]
    assert day["present"].tolist() == [False, False]
    assert day["reason"].tolist() == [
        "away (leave), 2026-09-01 to 2026-09-02",
        "at training for 4 hours",
    ]
    assert roster.deployable_on(date(2026, 9, 3))["deployable"].all()
    # Three hours are less than half a shift: the officer is at the post for the rest.
    assert roster.deployable_on(date(2026, 9, 4))["deployable"].all()


def test_a_course_of_a_week_counts_on_its_last_day_and_takes_all_of_its_weekdays() -> None:
    roster = read_roster(
        pd.DataFrame({"officer_id": ["1"], "employment": ["board"]}),
        training=pd.DataFrame(
            {
                "officer_id": ["1", "1"],
                "began": [None, "2027-01-07"],
                "date": ["2026-03-02", "2027-01-13"],
                "hours": [8, 32],
                "programme": "state",
            }
        ),
    )
    days = [date(2027, 1, 6) + k * DAY for k in range(9)]  # a Wednesday to a Thursday
    found = roster.availability(days)
    assert found.may_stand[0].tolist() == [False] * 8 + [True]
    # Thursday, Friday, and Monday to Wednesday are of the course; the weekend is not.
    away = [False, True, True, False, False, True, True, True, False]
    assert (~found.present[0]).tolist() == away


# Against a twin that goes day by day and hour by hour.


def _stands(
    day: date,
    hired: date | None,
    extension: date | None,
    training: dict[date, int],
    *,
    first_year: int,
    hours: int,
) -> bool:
    """Walk through all days up to one, and count each hour for the oldest year that misses it."""
    is_new = hired is not None and hired.year >= first_year
    due: dict[Any, date] = {}
    if is_new:
        due["new"] = date(hired.year + 1, hired.month, hired.day)  # type: ignore[union-attr]
    start = hired.year + 1 if is_new else first_year  # type: ignore[union-attr]
    due |= {year: date(year, 12, 31) for year in range(start, 2031)}
    own = dict(due)
    if extension is not None and min(due.values()) < extension:
        latest = max((end, str(name)) for name, end in due.items() if end < extension)
        due = {name: extension if (end, str(name)) == latest else end for name, end in due.items()}
    done: dict[Any, int] = dict.fromkeys(due, 0)
    now = date(2025, 1, 1)
    while now < day:
        for _ in range(training.get(now, 0)):
            if is_new and (now <= own["new"] or done["new"] < hours):
                done["new"] += 1  # and for the year of the date too
            missing = [y for y in due if y != "new" and y < now.year and done[y] < hours]
            if missing:
                done[min(missing)] += 1
            elif now.year in done:
                done[now.year] += 1
        now += DAY
    return all(day <= end or done[name] >= hours for name, end in due.items())


@pytest.mark.parametrize("seed", range(12))
def test_availability_is_that_of_a_twin_that_goes_day_by_day(seed: int) -> None:
    draw = random.Random(seed)
    begin, hours = date(2025, 1, 1), 6
    officers: list[dict[str, Any]] = []
    rows: list[Row] = [("0", "2025-01-01", 0, "state", None)]  # so that 2025 is judged
    absences: list[tuple[str, str, str, str]] = []
    done: list[dict[date, int]] = []
    for k in range(5):
        hired = None if draw.random() < 0.5 else begin + draw.randrange(1, 700) * DAY
        hired = None if hired is not None and (hired.month, hired.day) == (2, 29) else hired
        extension = None
        if draw.random() < 0.5:
            extension = date(draw.choice((2026, 2027)), 1, 1) + draw.randrange(150) * DAY
            ends = None if hired is None else date(hired.year + 1, hired.month, hired.day)
            if ends is not None and ends.year <= extension.year:
                extension = None  # of which deadline it is would be the question
        officers.append({"officer_id": str(k + 1), "hired": hired, "extension_until": extension})
        first = begin if hired is None else hired
        days = [first + draw.randrange(0, 1100) * DAY for _ in range(draw.randrange(1, 8))]
        training = {day: draw.randrange(1, 6) for day in days}
        done.append(training)
        rows += [(str(k + 1), str(day), one, "state", None) for day, one in training.items()]
        away = first + draw.randrange(0, 900) * DAY
        absences.append((str(k + 1), str(away), str(away + draw.randrange(40) * DAY), "sick"))
    first_one = {"officer_id": "0", "hired": None, "extension_until": None}
    frame = pd.DataFrame([*officers, first_one]).assign(employment="board")
    roster = read_roster(
        frame,
        training=pd.DataFrame(rows, columns=list(TRAINING_COLUMNS)),
        absences=pd.DataFrame(absences, columns=["officer_id", "first", "last", "kind"]),
        rules=TrainingRules(state_hours=hours),
    )
    dates = sorted(begin + draw.randrange(0, 1300) * DAY for _ in range(60))
    found = roster.availability(dates)
    for k, officer in enumerate(officers):
        hired, extension = officer["hired"], officer["extension_until"]
        _, first, last, _ = absences[k]
        for at, day in enumerate(dates):
            employed = hired is None or day >= hired
            stands = employed and _stands(
                day, hired, extension, done[k], first_year=2025, hours=hours
            )
            assert found.may_stand[k, at] == stands, (officer, day)
            away = first <= str(day) <= last or done[k].get(day, 0) >= 4
            assert found.present[k, at] == (employed and not away), (officer, day)
    day = dates[30]
    table = roster.deployable_on(day)
    assert table["deployable"].tolist() == found.deployable[:, 30].tolist()
    assert ((table["reason"] == "") == table["deployable"]).all()
    pd.testing.assert_series_equal(found.to_frame()[day], table["deployable"], check_names=False)


def test_dates_may_repeat_and_stand_in_any_order() -> None:
    roster = make_roster(
        ("1", "2026-09-02", 8, "district", None), hired=["2026-09-02"], left=["2026-09-03"]
    )
    days = [date(2026, 9, k) for k in (3, 2, 2, 4)]
    assert roster.availability(days).present[0].tolist() == [True, False, False, False]
    assert roster.availability([]).may_stand.shape == (1, 0)


# What is due, hours, relief.


def test_duties_are_due_with_the_class_that_helps() -> None:
    roster = make_roster(
        ("1", "2026-03-02", 24, "state", "Law"),
        ("2", "2026-03-02", 20, "state", "Law"),
        ("2", "2026-03-03", 20, "state", "First aid"),
        hired=[None, None, "2027-02-01"],
        left=[None, "2026-12-01", None],
        certified_until=["2027-03-01", "2027-03-01", None],
        topics=TOPICS,
        classes=pd.DataFrame(
            {
                "class_id": ["S1", "S2", "S3"],
                "dates": ["2026-11-01", "2026-12-07", "2026-12-05"],
                "hours": 16,
                "programme": ["state", "state", "state"],
                "topic": ["First aid", "First aid", "Law"],
            }
        ),
    )
    on = date(2026, 11, 30)
    table = due_table(roster.due(on), on)
    assert table[["due", "state", "duty", "of", "remedy"]].values.tolist() == [
        [
            date(2026, 12, 31),
            "due now",
            "state training of 2026: 16 of 40 hours missing; topics missing: First aid",
            "1",
            "Enrol the officer in a class; the next one offered is S2 on 2026-12-07.",
        ],
        [
            date(2027, 3, 1),
            "later",
            "certification to renew",
            "1",
            "Renew it, or plan for another officer from the day after.",
        ],
    ]
    assert table["restricted"].all()
    assert table["source"][0] == "KRS 158.4414, KRS 15.404(2)"
    late = roster.due(date(2027, 1, 1))
    assert [
        one.state(date(2027, 1, 1)) for one in late if one.duty.startswith("state training of 2026")
    ] == ["overdue"]


def test_a_class_that_ends_after_the_deadline_is_offered_as_late() -> None:
    roster = make_roster(
        ("1", "2026-03-02", 24, "state", None),
        classes=pd.DataFrame(
            {
                "class_id": ["S1"],
                "dates": ["2026-12-30; 2027-01-04"],
                "hours": 16,
                "programme": ["state"],
            }
        ),
    )
    remedies = [one.remedy for one in roster.due(date(2026, 11, 30)) if one.of == "1"]
    assert "S1 on 2026-12-30, which is late" in remedies[0]


def test_training_after_the_date_of_a_due_list_is_not_counted() -> None:
    roster = make_roster(
        ("1", "2026-03-02", 20, "state", None), ("1", "2026-12-01", 20, "state", None)
    )
    assert any(one.of == "1" for one in roster.due(date(2026, 11, 30)))
    assert not any(one.of == "1" for one in roster.due(date(2026, 12, 1)))


def test_hours_are_listed_by_programme_and_topic() -> None:
    roster = make_roster(
        ("1", "2026-03-02", 24, "state", "First aid"),
        ("1", "2026-06-02", 4, "state", "law"),
        ("1", "2027-01-04", 20, "state", "First aid"),
        ("1", "2026-06-03", 6, "district", "Radio"),
        topics=TOPICS,
        hired=[None],
    )
    table = roster.hours(2026)
    assert list(table) == list(HOURS_COLUMNS)
    assert table[list(HOURS_COLUMNS[1:6])].values.tolist() == [
        ["state", "", 40.0, 40.0, 0.0],
        ["state", "First aid", 36.0, 0.0, 0.0],
        ["state", "Law", 4.0, 8.0, 4.0],
        ["district", "", 6.0, 60.0, 54.0],
        ["district", "Radio", 6.0, 0.0, 0.0],
    ]
    seen = roster.hours(2026, on=date(2026, 6, 1))
    assert seen["missing_hours"].tolist()[:3] == [16.0, 0.0, 8.0]


def test_time_away_is_counted_on_school_days(tmp_path: Path) -> None:
    """By hand: Mon 30 November to Fri 11 December 2026, the Wednesday of the first week off."""
    lines = [f"2026-{m}-{d:02},full" for m, d in ((11, 30), *((12, k) for k in (1, 3, 4)))]
    lines += ["2026-12-02,off", *(f"2026-12-{k:02},full" for k in range(7, 12))]
    path = tmp_path / "calendar.csv"
    path.write_text("date,kind\n" + "\n".join(lines) + "\n", encoding="utf-8")
    roster = make_roster(
        ("1", "2026-12-07", 8, "state", None),  # counts: a school day, and not away
        ("1", "2026-12-02", 8, "state", None),  # a day off
        ("2", "2026-12-10", 8, "state", None),  # away
        absences=[
            ("1", "2026-12-01", "2026-12-03", "sick"),  # 2 school days: Tue, Thu
            ("2", "2026-12-10", "2026-12-20", "leave"),  # 2 school days: Thu, Fri
            ("1", "2026-12-11", "2026-12-11", "court"),
        ],
        hired=[None, "2026-12-07"],
        calendar=read_school_calendar(path),
    )
    found = roster.time_away()
    assert found.reset_index().values.tolist() == [
        ["1", 9, 0, 2, 1, 8.0],
        ["2", 5, 2, 0, 0, 0.0],
    ]
    assert list(found) == ["school_days", "leave_days", "sick_days", "other_days", "training_hours"]
    early = roster.time_away(last=date(2026, 12, 4))
    assert early.loc["1"].tolist() == [4, 0, 2, 0, 0.0]
    assert early.loc["2"].tolist() == [0] * 5
    with pytest.raises(RecordError, match="no school day is from 2027-01-01"):
        roster.time_away(first=date(2027, 1, 1))
    with pytest.raises(RecordError, match="needs a school calendar"):
        make_roster().time_away()
