"""Which files a run writes: by purpose and edition, for which options, needing what."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.map_towns import ATTACKS, hostile_comparison

from zoning.disclosure.audit import Verdict, audit
from zoning.editions import RESTRICTED_MARK, Edition
from zoning.errors import OptionError, OutputError
from zoning.patrol import PatrolAssumptions
from zoning.reports import (
    Extra,
    Order,
    Purpose,
    RunSettings,
    meaning_of,
    output_files,
    outputs,
)
from zoning.reports.outputs import picture_stems
from zoning.response import ResponseAssumptions
from zoning.staffing import StaffingComparison
from zoning.zones import SolverLimits

pytestmark = pytest.mark.slow

EVERY_EXTRA = frozenset(Extra)
RESTRICTED_ONLY = {
    *("patrol_day.html", "visits.csv", "response_by_building.csv", "severe_by_building.csv")
}


def settings(date: datetime.date | None = None) -> RunSettings:
    return RunSettings(
        command=("zoning", "compare"),
        inputs=(),
        calls_per_school_day=0.17,
        limits=SolverLimits(seed=7),
        patrol=PatrolAssumptions(),
        response=ResponseAssumptions(),
        date=date,
    )


def test_a_restricted_comparison_has_the_public_files_and_three_more() -> None:
    public, restricted = (
        set(Order(purpose=Purpose.COMPARISON, edition=edition).names()) for edition in Edition
    )
    assert restricted - public == RESTRICTED_ONLY
    assert public < restricted


def test_every_file_has_a_meaning_and_the_record_comes_last() -> None:
    for purpose in Purpose:
        for edition in Edition:
            order = Order(purpose=purpose, edition=edition, extras=EVERY_EXTRA, pdf=True)
            names = order.names(["none", "zones-2"])
            assert len(names) == len(set(names))
            assert names[-1] == "run.json"
            assert all(meaning_of(name) for name in names)
            assert {"map_none.png", "map_zones-2.svg"} <= set(names)


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("edition", list(Edition))
def test_the_files_are_those_of_the_order_and_audit_as_their_edition(
    compared: StaffingComparison, purpose: Purpose, edition: Edition, tmp_path: Path
) -> None:
    order = Order(
        purpose=purpose,
        edition=edition,
        extras=EVERY_EXTRA,
        date=datetime.date(2026, 11, 22),
        title="Options for the board",
        study=f"# {RESTRICTED_MARK if edition is Edition.RESTRICTED else 'as run'}\na.b = 1\n",
    )
    # Pictures of each option take most of the time: only one folder is of all four.
    first, last = {Purpose.PLAN: (1, 2), Purpose.DECK: (0, 2), Purpose.COMPARISON: (0, 4)}[purpose]
    comparison = replace(compared, outcomes=compared.outcomes[first:last])
    files = output_files(comparison, settings(order.date), order)
    assert order.study is not None
    assert tuple(files) == order.names([o.option_id for o in comparison.outcomes])
    record = json.loads(files["run.json"])
    assert (record["purpose"], record["study"]) == (purpose, {"a": {"b": 1}})
    assert files["study.toml"] == order.study.encode()
    for name, data in files.items():
        path = tmp_path / name
        path.write_bytes(data)
        found = audit(path)
        if edition is Edition.PUBLIC:
            assert found.verdict is Verdict.PUBLIC, (name, found)
        elif name not in {"frontier.html", "zones.qml"} and not name.startswith("plan"):
            assert found.verdict is Verdict.RESTRICTED, (name, found)


def test_the_same_comparison_gives_the_same_bytes(compared: StaffingComparison) -> None:
    order = Order(
        purpose=Purpose.COMPARISON,
        edition=Edition.PUBLIC,
        extras=EVERY_EXTRA,
        date=datetime.date(2026, 11, 22),
    )
    few = replace(compared, outcomes=compared.outcomes[:2])
    once, again = (output_files(few, settings(order.date), order) for _ in range(2))
    assert [name for name in once if once[name] != again[name]] == []


def test_hostile_names_reach_every_file_and_stop_none() -> None:
    order = Order(
        purpose=Purpose.DECK,
        edition=Edition.PUBLIC,
        extras=EVERY_EXTRA,
        title="".join(ATTACKS[:6]),
        date=datetime.date(2026, 11, 22),
    )
    comparison = hostile_comparison()
    files = output_files(comparison, settings(order.date), order)
    assert tuple(files) == order.names([o.option_id for o in comparison.outcomes])


@pytest.mark.parametrize(
    ("ids", "stems"),
    [
        (["none", "zones-30"], ["map_none", "map_zones-30"]),
        (["../../etc/passwd", "a/b", "a\\b"], ["map__etc_passwd", "map_a_b", "map_a_b_2"]),
        (["ZONES", "zones"], ["map_ZONES", "map_zones_2"]),
        (["x" * 300, "\x00", "école"], ["map_" + "x" * 60, "map__", "map__cole"]),
    ],
)
def test_a_file_name_leads_nowhere_else(ids: list[str], stems: list[str]) -> None:
    assert list(picture_stems(ids).values()) == stems


def test_files_of_another_run_are_stale_and_others_are_not() -> None:
    order = Order(
        purpose=Purpose.COMPARISON, edition=Edition.PUBLIC, extras=frozenset({Extra.PICTURES})
    )
    there = ["map_zones-31.png", "map_zones-30.png", "notes.txt", "visits.csv", "deck.pptx"]
    assert order.stale_files(there, ["zones-30"]) == ["map_zones-31.png", "visits.csv", "deck.pptx"]
    assert order.stale_files(there) == ["visits.csv", "deck.pptx"]


def test_what_is_not_installed_is_said_before_anything_is_computed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outputs, "find_spec", lambda _: None)
    order = Order(purpose=Purpose.DECK, edition=Edition.PUBLIC, extras=EVERY_EXTRA)
    with pytest.raises(OutputError, match="matplotlib, openpyxl, pptx; install them with"):
        order.require_packages()
    Order(purpose=Purpose.COMPARISON, edition=Edition.PUBLIC).require_packages()


def test_an_option_that_is_not_compared_is_refused_with_those_that_are() -> None:
    order = Order(
        purpose=Purpose.DECK, edition=Edition.PUBLIC, proposed="zones-31", instead_of="none"
    )
    order.require_options(["none", "zones-31"])
    with pytest.raises(OptionError) as refused:
        order.require_options(["none", "zones-30"])
    assert refused.value.faults == ("--propose zones-31 is not an option of this comparison",)
    assert "none, zones-30" in str(refused.value)
    itself = replace(order, instead_of="zones-31")
    with pytest.raises(OptionError, match="zones-31 cannot be proposed instead of itself"):
        itself.require_options(["none", "zones-31"])


def test_a_plan_alone_is_not_called_options(compared: StaffingComparison) -> None:
    of_plan = replace(compared, outcomes=compared.outcomes[1:2])
    order = Order(purpose=Purpose.PLAN, edition=Edition.PUBLIC)
    page = output_files(of_plan, settings(), order)["district.html"]
    assert "<title>Patrol zones · " in page.decode("utf-8")


def test_a_template_that_cannot_be_used_is_refused_before_anything_is_computed(
    tmp_path: Path,
) -> None:
    template = tmp_path / "look.pptx"
    template.write_text("not slides", encoding="utf-8")
    order = Order(purpose=Purpose.DECK, edition=Edition.PUBLIC, template=template)
    with pytest.raises(OptionError, match=r"look\.pptx"):
        order.require_packages()
