"""Law and policy: campuses, approvals, the yearly report, the board's report, the manual."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest
from helpers.bell_towns import school_table

from zoning.due import DueItem, DueState, add_months, due_table
from zoning.errors import RecordError
from zoning.programme.board_report import (
    Part,
    figures_of_due,
    figures_of_law,
    figures_of_officers,
    figures_of_plan,
    make_board_report,
)
from zoning.programme.law import (
    CampusLaw,
    LawSettings,
    Standing,
    check_campuses,
    law_notices,
    list_law_duties,
    manual_faults,
    read_approvals,
    require_manual,
)
from zoning.programme.yearly_report import NO_POST, NOT_GIVEN, make_yearly_report
from zoning.settings import read_settings
from zoning.staffing.state_law import LAW_NOT_CHECKED
from zoning.zones import Zone, ZoneKind, ZonePlan

SCHOOLS = school_table(dict.fromkeys("ABCDE", ("07:30", "14:20")))
PLAN = ZonePlan(
    (
        Zone(zone_id="Ash", building_ids=("A",), kind=ZoneKind.DEDICATED),
        Zone(zone_id="Elm", building_ids=("B", "C")),
        Zone(zone_id="Fir", building_ids=("D",)),  # a patrol zone of one building
        Zone(zone_id="Oak", building_ids=("E",), kind=ZoneKind.DEDICATED),
    )
)
DAY = date(2026, 11, 2)
APPROVALS = pd.DataFrame(
    {
        "school": ["B", "B", "D"],
        "approved_until": ["2026-06-30", "2027-06-30", "2026-11-01"],
        "approved_from": ["2025-07-01", "2026-07-01", ""],
        "approved_by": ["marshal", "marshal", ""],
        "reference": ["", "12/2026", "letter of May 3"],
        "arrangement": ["patrol", "patrol, monitor", "patrol"],
    }
)
OFFICERS = pd.DataFrame(
    {
        "officer_id": ["O1", "O2", "O3"],
        "employment": ["board", "board", "contract"],
        "funding": ["district", "state aid", "city"],
        "post": ["Ash", "Oak", "Elm"],
        "certified_until": [date(2027, 6, 30), DAY - timedelta(days=1), DAY],
        "building_ids": [("A",), ("E",), ("B", "C")],
        "why_not": [None, "not certified since 2026-11-01", None],
    }
)


def _check(on: date = DAY, state: str | None = "KY", **given: object) -> CampusLaw:
    approvals = read_approvals(APPROVALS, SCHOOLS)
    return check_campuses(SCHOOLS, PLAN, on=on, state=state, **{"approvals": approvals, **given})  # type: ignore[arg-type]


def test_each_campus_has_an_officer_or_an_approval_or_neither() -> None:
    """Worked out by hand: a patrol zone is no officer on site, even one of a single building."""
    found = _check()
    assert found.table["standing"].to_dict() == {
        "A": Standing.OFFICER,
        "B": Standing.APPROVED,
        "C": Standing.NEITHER,
        "D": Standing.NEITHER,  # the approval ended the day before
        "E": Standing.OFFICER,
    }
    assert found.table.loc["B", ["approved_until", "reference", "arrangement"]].tolist() == [
        *(date(2027, 6, 30), "12/2026", "patrol, monitor")
    ]
    assert not found.with_roster
    assert any(one.startswith("By the plan alone") for one in found.notices)
    assert _check(date(2026, 11, 1)).table["standing"]["D"] is Standing.APPROVED


def test_an_officer_who_waits_outside_is_on_site_at_no_campus() -> None:
    """Of three officers two stay at one campus and one waits; a zone of no officer counts none."""
    outside = [
        Zone(zone_id=f"Zone {b}", building_ids=(b,), kind=ZoneKind.ON_CALL, officers=n)
        for b, n in (("B", 1), ("C", 0))
    ]
    stays = Zone(zone_id="Ash", building_ids=("A",), kind=ZoneKind.DEDICATED, officers=2)
    plan = ZonePlan((stays, *outside))
    zones = [(zone.zone_id, zone.building_ids, str(zone.kind)) for zone in plan.zones]
    for posts in (plan, pd.DataFrame(zones, columns=["post_id", "building_ids", "kind"])):
        found = check_campuses(SCHOOLS, posts, on=DAY, state="KY").table["planned"]
        assert list(found[found == Standing.OFFICER].index) == ["A"]
    told = {one.label: one.value for one in figures_of_plan(plan)}
    assert told["Officers on duty by the plan"] == "3"


def test_an_approval_does_not_hold_before_it_begins() -> None:
    found = _check(date(2026, 6, 30))
    assert found.table["approved_until"]["B"] == date(2027, 6, 30)  # renewed on the day after
    assert found.table["standing"]["B"] is Standing.APPROVED
    assert _check(date(2025, 6, 30)).table["standing"]["B"] is Standing.NEITHER


def test_an_approval_may_be_renewed_before_it_ends() -> None:
    ends = [date(2026, 12, 31), date(2027, 12, 31), date(2029, 6, 30)]
    begins = [None, date(2027, 1, 1), date(2028, 1, 2)]  # the last leaves a day without
    table = pd.DataFrame(
        {
            "school": "B",
            "approved_until": ends,
            "approved_from": begins,
            "reference": ["1", "2", "3"],
            "arrangement": ["patrol", "monitor", "monitor"],
        }
    )
    found = _check(approvals=read_approvals(table, SCHOOLS))
    assert found.table.loc["B", ["approved_until", "reference", "arrangement"]].tolist() == [
        *(date(2027, 12, 31), "1; 2", "patrol")
    ]
    gap = _check(date(2028, 1, 1), approvals=read_approvals(table, SCHOOLS)).table.loc["B"]
    assert (gap["standing"], gap["approved_until"]) == (Standing.NEITHER, date(2027, 12, 31))
    late = _check(date(2028, 1, 2), approvals=read_approvals(table, SCHOOLS)).table.loc["B"]
    assert (late["standing"], late["approved_until"]) == (Standing.APPROVED, date(2029, 6, 30))


def test_tables_that_lack_a_column_are_refused() -> None:
    with pytest.raises(RecordError, match="posts lacks building_ids"):
        check_campuses(SCHOOLS, pd.DataFrame({"post_id": ["P"]}), on=DAY, state="KY")
    with pytest.raises(RecordError, match="officers lacks why_not"):
        _check(officers=OFFICERS.drop(columns="why_not"))
    with pytest.raises(RecordError, match="officers lacks funding, post"):
        make_yearly_report(OFFICERS.drop(columns=["funding", "post"]), {}, on=DAY, state="KY")


def test_the_roster_says_who_stands_there() -> None:
    found = _check(officers=OFFICERS)
    assert found.with_roster
    assert found.table.loc["A", ["standing", "officer_id"]].tolist() == [Standing.OFFICER, "O1"]
    assert found.table.loc["E", ["planned", "standing", "officer_id", "why_not"]].tolist() == [
        *(Standing.OFFICER, Standing.NEITHER, None, "O2: not certified since 2026-11-01")
    ]
    ill = "away (sick), 2026-11-02 to 2026-12-18"
    away = _check(officers=OFFICERS.assign(away=[ill, None, None]))
    assert away.table.loc["A", ["standing", "officer_id", "why_not"]].tolist() == [
        *(Standing.OFFICER, "O1", ill)
    ]
    another = pd.concat(
        [OFFICERS.assign(away=[ill, None, None]), OFFICERS[:1].assign(officer_id="O4")]
    )
    covered = _check(officers=another)
    assert covered.table.loc["A", ["officer_id", "why_not"]].tolist() == ["O4", None]
    nobody = _check(officers=OFFICERS[OFFICERS["post"] != "Ash"])
    assert nobody.table.loc["A", ["standing", "why_not"]].tolist() == [
        *(Standing.NEITHER, "nobody is posted there")
    ]


def test_public_counts_do_not_tell_who_is_missing() -> None:
    public = _check(officers=OFFICERS).count_planned()
    assert public.equals(_check().count_planned())
    assert public.to_dict("list") == {
        "standing": ["officer on site full time", "arrangement approved", "neither"],
        "campuses": [2, 1, 2],
    }
    assert _check(officers=OFFICERS).count_standing()["campuses"].tolist() == [1, 1, 3]


def test_posts_may_be_a_table() -> None:
    posts = pd.DataFrame(
        {"post_id": ["P1", "P2", "P3"], "building_ids": [("A",), ("B", "C"), ["A"]]}
    )
    found = check_campuses(SCHOOLS, posts, on=DAY, state="KY")
    assert found.table["post_id"].to_dict() == {**dict.fromkeys("BCDE"), "A": "P1; P3"}
    patrol = posts.assign(kind=["patrol", "patrol", "dedicated"])
    assert check_campuses(SCHOOLS, patrol, on=DAY, state="KY").table["post_id"]["A"] == "P3"
    with pytest.raises(RecordError, match="P1: 'X' is no building"):
        check_campuses(
            SCHOOLS, posts.assign(building_ids=[("X",), ("Y",), ("A",)]), on=DAY, state="KY"
        )


@pytest.mark.parametrize("state", ["TX", None])
def test_the_law_of_another_state_is_not_guessed(state: str | None) -> None:
    found = _check(state=state)
    assert found.table["standing"].to_dict() == {
        **dict.fromkeys("AE", Standing.OFFICER),
        **dict.fromkeys("CD", Standing.NOT_CHECKED),
        "B": Standing.APPROVED,
    }
    assert found.notices[0] == LAW_NOT_CHECKED
    assert [one.of for one in found.due()] == ["B", "D"]  # approvals end in every state
    duties = [one.duty for one in list_law_duties(LawSettings(), on=DAY, state=state)]
    assert not any("yearly" in one for one in duties)
    assert list(law_notices(LawSettings(), on=DAY, state=state))
    report = make_yearly_report(OFFICERS, {}, on=DAY, state=state)
    assert (report.law, report.due) == (None, None)
    assert not list(figures_of_law(found))


def test_every_fault_of_approvals_comes_at_once() -> None:
    bad = pd.DataFrame(
        {
            "school": ["A", "Nowhere", "B", "C", "D", "D", "E", "A"],
            "approved_until": [
                *("", "2027-06-30", "soon", "2027-06-30", "2027-06-30", "2027-06-30"),
                *("2020-01-01", "0206-06-30"),
            ],
            "approved_from": [*("", "", "", "", "", "", "2026-01-01"), ""],
            "approved_by": [*("m", "m", "m", "", "m", "m", "m", "m")],
            "arrangement": [*("p", "p", "p", "p", "p", "p", ""), "p"],
        }
    )
    with pytest.raises(RecordError) as caught:
        read_approvals(bad, SCHOOLS)
    text = str(caught.value)
    for said in (
        "row 1: approved_until is empty",
        "row 2: building_id 'Nowhere'",
        "row 3: approved_until 'soon' is not a date",
        "row 4: approved_by and reference are empty",
        "row 6: building_id 'D', approved_until '2027-06-30' is also in row 5",
        "row 7: arrangement is empty",
        "row 8: approved_until '0206-06-30' is before 1900",
    ):
        assert said in text, text
    with pytest.raises(RecordError, match="approved_from 2026-01-01 is after approved_until"):
        read_approvals(bad[6:7].assign(arrangement="patrol"), SCHOOLS)
    with pytest.raises(RecordError, match="approved_until"):
        read_approvals(bad.drop(columns="approved_until"), SCHOOLS)


def test_without_approvals_every_campus_without_an_officer_is_overdue() -> None:
    """KRS 158.4414(1) asked for officers by August 1, 2022."""
    items = list(check_campuses(SCHOOLS, PLAN, on=DAY, state="KY").due())
    assert [(one.of, one.due) for one in items] == [(b, date(2022, 8, 1)) for b in "BCD"]
    assert all(one.restricted and one.state(DAY) is DueState.OVERDUE for one in items)


def test_approvals_are_due_before_they_end() -> None:
    (b, c, d) = _check().due(alarm_days=30)
    assert (b.due, b.alarm_from) == (date(2027, 6, 30), date(2027, 5, 31))
    assert b.state(DAY) is DueState.LATER
    assert (c.of, c.due) == ("C", date(2022, 8, 1))
    assert (d.due, d.state(d.due), d.state(DAY)) == (
        *(date(2026, 11, 1), DueState.NOW, DueState.OVERDUE),
    )


def _yearly(on: date, last: date | None = None) -> DueItem:
    asked = LawSettings(last_yearly_report=last)
    found = [
        one
        for one in list_law_duties(asked, on=on, state="KY")
        if one.duty.startswith("yearly report")
    ]
    assert len(found) == 1
    assert not found[0].restricted
    return found[0]


@pytest.mark.parametrize(
    ("on", "state"),
    [
        (date(2026, 9, 30), DueState.LATER),
        (date(2026, 10, 1), DueState.NOW),
        (date(2026, 10, 31), DueState.NOW),
        (date(2026, 11, 1), DueState.NOW),
        (date(2026, 11, 2), DueState.OVERDUE),
        (date(2027, 6, 30), DueState.OVERDUE),
    ],
)
def test_the_yearly_report_is_due_on_1_november(on: date, state: DueState) -> None:
    item = _yearly(on)
    assert (item.due, item.state(on)) == (date(2026, 11, 1), state)


def test_a_yearly_report_counts_for_its_school_year() -> None:
    for made, due in (
        (date(2026, 7, 1), date(2027, 11, 1)),
        (date(2026, 11, 1), date(2027, 11, 1)),
        (date(2027, 6, 30), date(2027, 11, 1)),  # late, and of that year all the same
        (date(2026, 6, 30), date(2026, 11, 1)),
        (date(2024, 10, 1), date(2025, 11, 1)),  # the first that is missing
    ):
        assert _yearly(DAY, made).due == due
    assert _yearly(DAY, DAY).state(DAY) is DueState.LATER


def _duty(asked: LawSettings, words: str, on: date = DAY) -> DueItem:
    (found,) = (one for one in list_law_duties(asked, on=on, state="KY") if words in one.duty)
    return found


def test_the_board_has_a_report_within_a_year() -> None:
    item = _duty(LawSettings(last_board_report=date(2025, 11, 2)), "report to the board")
    assert item.due == DAY
    assert item.state(DAY) is DueState.NOW
    assert item.state(DAY + timedelta(days=1)) is DueState.OVERDUE
    assert _duty(LawSettings(last_board_report=DAY), "board").state(DAY) is DueState.LATER
    unknown = _duty(LawSettings(), "report to the board")
    assert (unknown.due, "not known" in unknown.duty) == (DAY, True)
    none = LawSettings(board_report_months=None)
    assert not [one for one in list_law_duties(none, on=DAY, state="KY") if "board" in one.duty]


def test_the_manual_is_reviewed_within_two_years() -> None:
    leap = LawSettings(manual_complete=date(2024, 2, 29))
    assert _duty(leap, "review of the manual").due == date(2026, 2, 28)
    again = LawSettings(manual_complete=date(2020, 8, 1), manual_reviewed=date(2024, 8, 1))
    assert _duty(again, "review of the manual").due == date(2026, 8, 1)
    assert _duty(LawSettings(), "manual").due == DAY


def test_months_end_where_a_month_ends() -> None:
    assert add_months(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert add_months(date(2024, 2, 29), 48) == date(2028, 2, 29)
    assert add_months(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert add_months(date(2026, 12, 15), 1) == date(2027, 1, 15)


def test_nobody_is_posted_before_the_manual_is_complete() -> None:
    for complete in (None, DAY, DAY + timedelta(days=1)):
        with pytest.raises(RecordError, match="has to be complete not later than the day before"):
            require_manual(LawSettings(manual_complete=complete), first_posting=DAY)
    require_manual(LawSettings(manual_complete=DAY - timedelta(days=1)), first_posting=DAY)
    assert not manual_faults(LawSettings(manual_required=False), first_posting=DAY)


def test_dates_of_the_study_are_read_in_the_usual_forms() -> None:
    text = {"last_board_report": "5/12/2026", "manual_complete": date(2026, 7, 15)}
    asked, faults = read_settings(LawSettings, text)
    assert not faults
    assert asked is not None
    assert (asked.last_board_report, asked.manual_complete) == (
        *(date(2026, 5, 12), date(2026, 7, 15)),
    )
    _, faults = read_settings(
        LawSettings, {"last_board_report": "soon", "manual_complete": "0206-07-15"}
    )
    assert len(faults) == 2
    (told,) = law_notices(LawSettings(last_board_report=date(2027, 1, 1)), on=DAY, state="KY")
    assert "last_board_report is 2027-01-01, after 2026-11-02" in told


def test_the_yearly_report_counts_officers_where_and_how_they_are_employed() -> None:
    names = {"A": "Ash High", "B": "Birch", "C": "Cedar", "E": "Elder"}
    report = make_yearly_report(OFFICERS, names, on=DAY, state="KY")
    assert (report.officers, report.certified, report.due) == (3, 2, date(2026, 11, 1))
    assert report.positions[["placement", "employment", "certified"]].to_dict("records") == [
        {"placement": "Ash High", "employment": "board", "certified": True},
        {"placement": "Birch; Cedar", "employment": "contract", "certified": True},
        {"placement": "Elder", "employment": "board", "certified": False},
    ]
    assert "officer_id" not in report.positions
    assert report.totals().to_dict("records") == [
        {"employment": "board", "funding": "district", "officers": 1},
        {"employment": "board", "funding": "state aid", "officers": 1},
        {"employment": "contract", "funding": "city", "officers": 1},
    ]
    assert report.by_campus()["officers"].sum() == 3


def test_a_district_may_have_contract_officers_only() -> None:
    contract = OFFICERS.assign(employment="contract", funding=None, certified_until=None)
    report = make_yearly_report(contract, {}, on=DAY, state="KY")
    assert report.totals().to_dict("records") == [
        {"employment": "contract", "funding": NOT_GIVEN, "officers": 3}
    ]
    assert report.certified is None
    told = {one.label: one.value for one in figures_of_officers(report)}
    assert told == {
        "Officers": "3",
        "How they are employed": "contract: 3",
        "How they are paid": "not given: 3",
    }


def test_a_report_without_officers_or_posts_is_a_report() -> None:
    none = make_yearly_report(OFFICERS[:0], {}, on=DAY, state="KY")
    assert (none.officers, none.certified, len(none.totals()), len(none.by_campus())) == (
        0,
        0,
        0,
        0,
    )
    free = OFFICERS.assign(post=None, building_ids=[()] * 3)
    report = make_yearly_report(free, {}, on=DAY, state="KY")
    assert set(report.positions["placement"]) == {NO_POST}


def test_the_report_to_the_board_shows_what_was_computed() -> None:
    campuses = _check(officers=OFFICERS)
    report = make_yearly_report(OFFICERS, {}, on=DAY, state="KY")
    duties = due_table(list_law_duties(LawSettings(), on=DAY, state="KY", campuses=campuses), DAY)
    figures = [
        *figures_of_law(campuses),
        *figures_of_due(duties),
        *figures_of_plan(PLAN),
        *figures_of_officers(report),
    ]
    board = make_board_report(figures, district="Town", on=DAY)
    public = {one.label: one.value for part in Part for one in board.of(part, restricted=False)}
    assert public["Patrol zones"] == "2"
    assert public["Buildings in a patrol zone"] == "1 to 2"
    assert public["Campuses with an officer all day"] == "2"
    assert public["Campuses with neither an officer nor an approved arrangement"] == "2"
    assert "overdue since 1 November 2026" in public.values()
    more = {one.label for part in Part for one in board.of(part, restricted=True)} - set(public)
    assert more == {
        "Campuses whose post nobody may fill on the day",
        "Officers without certification",
        "Duties overdue for single officers or campuses",
    }
    late = LawSettings(last_board_report=date(2025, 1, 1), manual_complete=date(2026, 7, 1))
    own = due_table(list_law_duties(late, on=DAY, state="IN"), DAY)
    assert own["state"].tolist() == ["overdue", "later"]  # a report does not tell of its own delay
    assert not list(figures_of_due(own))
    empty = make_board_report([], district="Town", on=DAY)
    assert not any(empty.of(part, restricted=True) for part in Part)


def test_several_officers_at_a_school_are_counted() -> None:
    plan = ZonePlan(
        (
            Zone(zone_id="Post 1", building_ids=("H1",), kind=ZoneKind.DEDICATED, officers=4),
            Zone(zone_id="No officer", building_ids=("E1",), kind=ZoneKind.ON_CALL, officers=0),
        )
    )
    told = {one.label: one.value for one in figures_of_plan(plan)}
    assert told["Officers on duty by the plan"] == "4"
    assert told["Campuses with an officer all day"] == "1"
