"""What officers and schools produce themselves is refused as demand, by meaning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from test_demand import town

from zoning.demand import CallRates, call_rates, read_calls
from zoning.demand.enforcement import ENFORCEMENT, find_enforcement, refuse_enforcement
from zoning.errors import DemandError


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("arrests", "arrests"),
        ("TotalArrests2024", "arrests"),
        ("totalarrests", "arrests"),
        ("school-related arrests", "arrests"),
        ("Number of students arrested", "arrests"),
        ("SCH_DISCWODIS_ARR_HI_M", "arrests"),  # Civil Rights Data Collection, 2017-18
        ("TOT_DISCWDIS_REF_IDEA_M", "referrals to law enforcement"),
        ("SCH_DISCWODIS_SINGOOS_BL_F", "suspensions"),
        ("SCH_OOSINSTANCES_WODIS", "suspensions"),
        ("SCH_DISCWODIS_EXPZT_BL_F", "expulsions"),
        ("SCH_RSINSTANCES_SECL_WODIS", "restraints and seclusion"),
        ("students_susp_out_sch_single", "suspensions"),  # Urban Institute
        ("students_referred_law_enforcement", "referrals to law enforcement"),
        ("expulsions_no_ed_serv", "expulsions"),
        ("OSS_days", "suspensions"),
        ("OSSdays", "suspensions"),
        ("In-School Removals", "suspensions"),  # Kentucky
        ("LE_REFERRALS", "referrals to law enforcement"),
        ("Referrals to Law Enforcement", "referrals to law enforcement"),
        ("tickets issued by SRO", "citations"),
        ("Citations", "citations"),
        ("Restraint count", "restraints and seclusion"),
    ],
)
def test_what_officers_produce_is_known_by_its_words(name: str, kind: str) -> None:
    found = find_enforcement(name)
    assert found is not None
    assert found.name == kind
    assert found.reason in refuse_enforcement(name)
    assert find_enforcement(name, allow=[name.upper()]) is None


@pytest.mark.parametrize(
    "name",
    [
        *("calls", "fights", "assault_weapon_events", "behavior_events", "office referrals"),
        *("arrest-related delay", "cardiac arrest", "restarrests 2025", "arr_time"),
        *("suspension bridge closure", "issues", "crossing", "bosses", "missing days"),
        *("IT tickets", "restraining order violation", "reference", "ExpWeekly"),
    ],
)
def test_other_words_with_the_same_letters_are_not_refused(name: str) -> None:
    assert find_enforcement(name) is None


@pytest.mark.parametrize(
    ("kind", "refused"),
    [
        ("Arrest (juvenile)", True),
        ("TRAFFIC STOP", True),
        ("Self-Initiated", True),
        ("Fight, arrest made", False),
        ("Suspended student on campus", False),
        ("Assault", False),
    ],
)
def test_a_kind_of_call_may_mention_an_arrest(kind: str, refused: bool) -> None:
    assert (find_enforcement(kind, is_kind=True) is not None) is refused


def test_every_kind_on_the_list_is_refused_and_says_why() -> None:
    for kind in ENFORCEMENT:
        assert kind.reason
        for phrase in kind.phrases:
            assert find_enforcement(phrase) is not None, phrase
        for phrase in kind.unless:
            assert find_enforcement(phrase) is None, phrase


def test_every_entry_refuses_unless_the_name_is_given(tmp_path: Path) -> None:
    column: dict[str, Any] = {"OSS_days": [1.0, 2.0, 3.0, 4.0, 5.0]}
    schools = town().assign(**column)
    with pytest.raises(DemandError, match=r"allow_enforcement=\['OSS_days'\]"):
        call_rates(schools, incident_column="OSS_days")
    assert call_rates(
        schools, incident_column="OSS_days", allow_enforcement=["OSS_days"]
    ).per_day.sum()
    arrests = pd.Series({"a": 1.0, "b": 0.0, "c": 0.0}, name="arrests")
    with pytest.raises(DemandError, match="arrests counts actions of officers"):
        CallRates.from_series(arrests, source="x")
    insisted = CallRates.from_series(arrests, source="x", allow_enforcement=["Arrests"])
    assert insisted.per_day.sum() == 1.0
    path = tmp_path / "citations.csv"
    counts = pd.DataFrame({"school": list("abcd"), "LE_REFERRALS": 1})
    counts.to_csv(path, index=False)
    words: dict[str, Any] = {
        "school_days": 4,
        "source": "x",
        "columns": {"calls": "LE_REFERRALS"},
    }
    with pytest.raises(DemandError) as caught:
        read_calls(path, schools, **words)
    assert [fault.split(" ")[0] for fault in caught.value.faults] == ["LE_REFERRALS", "citations"]
    allowed = read_calls(path, schools, **words, allow_enforcement=["LE_REFERRALS", "citations"])
    assert allowed.per_day.sum() == 1.0
