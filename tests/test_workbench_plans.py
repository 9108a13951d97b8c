"""The workbench's plans: history, locks, kept plans, and files that the library reads and writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import zoning.maps

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ASSETS = Path(zoning.maps.__file__).parent / "assets"
# Figures are the model's business: here a plan costs the sum of the squares of its zones' sizes.
SCORE = """
function scorePlan(problem, plan) {
  return { objective_s: plan.zones.reduce((sum, zone) => sum + zone.members.length ** 2, 0) };
}
"""


def small_sheet() -> dict[str, Any]:
    """Six buildings in three zones, and a seventh that has an officer of its own."""
    zones = [
        {"id": "Zone 1", "school": "b0", "members": [0, 1], "kind": "patrol", "officers": 1},
        {"id": "Zone 2", "school": None, "members": [2, 3], "kind": "patrol", "officers": 1},
        {"id": "Zone 3", "school": None, "members": [4, 5], "kind": "patrol", "officers": 1},
        {"id": "Alt", "school": None, "members": [6], "kind": "dedicated", "officers": 2},
    ]
    other = [
        {**zones[0], "members": [0, 1, 2]},
        {**zones[1], "id": "Zone 4", "members": [3, 4, 5]},
        zones[3],
    ]
    return {
        "fingerprint": "f1",
        "study": "study.toml",
        "building_ids": [f"b{k}" for k in range(7)],
        "building_names": [f"School {k}" for k in range(7)],
        "high_schools": [{"id": "b0", "name": "School 0", "building": 0}],
        "starts": [{"name": "Today", "zones": zones}, {"name": "Best", "zones": other}],
    }


def script_page(folder: Path, sheet: dict[str, Any], *names: str) -> Path:
    """A page with these scripts, and the state of the sheet as `state`."""
    scripts = [(ASSETS / f"{name}.js").read_text(encoding="utf-8") for name in names]
    body = json.dumps(sheet).replace("<", "\\u003c")
    path = folder / "page.html"
    path.write_text(
        "<!DOCTYPE html><meta charset=utf-8><title>t</title>"
        f"<script>{SCORE}{''.join(scripts)}\nconst sheet = {body}; const said = [];\n"
        "const state = workbenchState({}, sheet);\n"
        "state.onChange((what, text) => said.push(text));\n"
        "const move = (b, id, reason) => state.edit({ text: `Moved ${b} to ${id}`, reason,"
        " plan: { zones: state.plan.zones.map((zone) => zone.id === id"
        " ? { ...zone, members: [...zone.members, b] }"
        " : zone.members.includes(b)"
        " ? { ...zone, members: zone.members.filter((m) => m !== b) } : zone) } });\n"
        "const members = () => state.plan.zones.map((zone) => zone.members.join(' ')).join(' | ');\n"
        "const names = () => state.kept.map((kept) => kept.name);"
        "</script>",
        encoding="utf-8",
    )
    return path


@pytest.fixture(scope="module")
def state_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return script_page(
        tmp_path_factory.mktemp("state"), small_sheet(), "workbench_kept", "workbench_state"
    )


@pytest.fixture
def tabs(browser: Any, state_page: Path) -> Iterator[Any]:
    """Opens tabs of one page in one browser; fails if one of them complains."""
    context = browser.new_context()
    complaints: list[str] = []

    def tab(path: Path = state_page) -> Any:
        page = context.new_page()
        page.set_default_timeout(5000)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path.as_uri())
        return page

    yield tab
    context.close()
    assert complaints == []


def test_undo_goes_back_to_what_was_there_with_locks_log_and_reasons(tabs: Any) -> None:
    page = tabs()
    page.evaluate("void move(1, 'Zone 2', ' a shorter drive ')")
    page.evaluate("void state.lockZone('Zone 3', true)")
    page.evaluate("void move(0, 'Zone 2')")
    log = page.evaluate("state.log")
    assert [entry["text"] for entry in log] == ["Moved 1 to Zone 2", "Moved 0 to Zone 2"]
    assert [entry["reason"] for entry in log] == ["a shorter drive", ""]
    assert [entry["change_s"] for entry in log] == [2, 6]
    page.evaluate("void state.setReason(state.log[1].step, 'the bridge is closed')")
    assert page.evaluate("[state.undo(), state.undo(), members()]") == [
        "Moved 0 to Zone 2",
        "Locked Zone 3",
        "0 | 1 2 3 | 4 5 | 6",
    ]
    assert page.evaluate("[state.locked.zones.size, state.log.length]") == [0, 1]
    page.evaluate("void state.redo()")
    assert page.evaluate("[...state.locked.zones]") == ["Zone 3"]
    page.evaluate("void state.redo()")
    # A reason that was written after the edit is there again when the edit is done again.
    assert page.evaluate("state.log[1].reason") == "the bridge is closed"
    assert page.evaluate("state.redo()") is None
    page.evaluate("void (state.undo(), move(2, 'Zone 1'))")
    assert page.evaluate("[state.redoes, members()]") == [None, "0 2 | 1 3 | 4 5 | 6"]


def test_starting_again_can_be_undone_and_zones_that_stay_are_the_same_objects(tabs: Any) -> None:
    page = tabs()
    assert page.evaluate(
        "(() => { const before = state.plan; move(1, 'Zone 2');"
        " return state.plan.zones[2] === before.zones[2] && Object.isFrozen(state.plan.zones[0])"
        " && Object.isFrozen(state.plan.zones[0].members); })()"
    )
    page.evaluate("void state.restart(1)")
    assert page.evaluate("[members(), state.start, state.log.length]") == [
        "0 1 2 | 3 4 5 | 6",
        1,
        0,
    ]
    page.evaluate("void state.undo()")
    assert page.evaluate("[members(), state.start, state.log.length]") == [
        "0 | 1 2 3 | 4 5 | 6",
        0,
        1,
    ]


@pytest.mark.parametrize(
    ("lock", "edit", "refused"),
    [
        ("state.lockSchool(1, true)", "move(1, 'Zone 2')", "School 1 is locked"),
        ("state.lockZone('Zone 1', true)", "move(1, 'Zone 2')", "Zone 1 is locked"),
        ("state.lockZone('Zone 2', true)", "move(1, 'Zone 2')", "Zone 2 is locked"),
        # Dissolved: the locked school would go elsewhere.
        (
            "state.lockSchool(4, true)",
            "state.edit({ text: 'x', plan: { zones: [{ ...state.plan.zones[0], members:"
            " [0, 1, 4, 5] }, state.plan.zones[1], state.plan.zones[3]] } })",
            "School 4 is locked",
        ),
    ],
)
def test_a_lock_refuses_an_edit_in_words(tabs: Any, lock: str, edit: str, refused: str) -> None:
    page = tabs()
    page.evaluate(f"void {lock}")
    assert page.evaluate(f"{edit}.refused").startswith(refused)
    assert page.evaluate("members()") == "0 1 | 2 3 | 4 5 | 6"
    assert page.evaluate("state.log.length") == 0
    page.evaluate("void state.undo()")
    assert page.evaluate(f"{edit}.refused") is None


def test_a_locked_zone_can_be_renamed_and_stays_locked(tabs: Any) -> None:
    page = tabs()
    page.evaluate("void (state.lockZone('Zone 1', true), state.lockSchool(0, true))")
    renamed = "state.plan.zones.map((z, k) => (k ? z : { ...z, id: 'North' }))"
    assert (
        page.evaluate(f"state.edit({{ text: 'x', plan: {{ zones: {renamed} }} }}).refused") is None
    )
    assert page.evaluate("[...state.locked.zones]") == ["North"]
    assert page.evaluate("move(2, 'North').refused").startswith("North is locked")


def test_kept_plans_are_there_when_the_page_is_opened_again(tabs: Any) -> None:
    page = tabs()
    assert "in this browser on this computer" in page.evaluate("state.place")
    page.evaluate("void (move(1, 'Zone 2', 'why not'), state.lockSchool(5, true))")
    assert page.evaluate("state.unkept")
    assert page.evaluate("state.keep(' Plan A ').said") == "Kept as “Plan A”."
    assert not page.evaluate("state.unkept")
    page.evaluate("void state.setReason(state.log[0].step, 'because')")
    assert page.evaluate("state.unkept")
    said = page.evaluate("state.keep('Plan A').said")
    assert said == "Kept as “Plan A (2)”. Another plan is called “Plan A”; it is unchanged."
    page.reload()
    assert page.evaluate("names()") == ["Plan A", "Plan A (2)"]
    page.evaluate("void state.open(state.kept[1].key)")
    assert page.evaluate("[members(), state.log[0].reason, ...state.locked.schools]") == [
        "0 | 1 2 3 | 4 5 | 6",
        "because",
        5,
    ]
    page.evaluate("void state.undo()")
    assert page.evaluate("[members(), state.log.length]") == ["0 1 | 2 3 | 4 5 | 6", 0]
    assert page.evaluate("state.rename(state.kept[0].key, 'Plan A (2)').name") == "Plan A (2) (2)"
    assert page.evaluate("[state.keep('').refused, state.keep('x'.repeat(61)).refused]") == [
        "Give the plan a name.",
        "The name has 61 characters; at most 60 fit.",
    ]
    page.evaluate("void state.drop(state.kept[0].key)")
    assert page.evaluate("[names(), state.dropped]") == [["Plan A (2)"], "Plan A (2) (2)"]
    page.evaluate("void state.putBack()")
    assert page.evaluate("[names(), state.dropped]") == [["Plan A (2) (2)", "Plan A (2)"], None]
    page.evaluate("void state.forgetAll()")
    assert page.evaluate("[names().length, localStorage.length]") == [0, 0]


def test_two_tabs_lose_no_plan_and_say_what_the_other_did(tabs: Any) -> None:
    one, other = tabs(), tabs()
    one.evaluate("void (move(1, 'Zone 2'), state.keep('A'))")
    other.evaluate("void (move(3, 'Zone 1'), state.keep('A'))")
    other.wait_for_function("said.some((text) => text.includes('another tab'))")
    assert other.evaluate("said.join(' ').split('was kept in another').length") == 2
    one.wait_for_function("names().length === 2")
    assert one.evaluate("names()") == other.evaluate("names()") == ["A", "A (2)"]
    plans = one.evaluate("state.kept.map((k) => k.plan.zones.map((z) => z.members.join(' '))[0])")
    assert plans == ["0", "0 1 3"]
    # Deleted there while it is on the list here.
    key = one.evaluate("state.kept[1].key")
    other.evaluate("(key) => void state.drop(key)", key)
    one.wait_for_function("said.includes('“A (2)” was deleted in another tab of this browser.')")
    assert "no longer kept" in one.evaluate("(key) => state.open(key).refused", key)
    assert "no longer kept" in one.evaluate("(key) => state.rename(key, 'B').refused", key)


def test_two_plans_of_one_name_in_the_storage_get_two_names(tabs: Any) -> None:
    """As two tabs leave them that keep a plan in the same moment."""
    page = tabs()
    page.evaluate("void state.keep('A')")
    page.evaluate(
        "void localStorage.setItem('zoning-workbench:f1:zz', Object.values(localStorage)[0])"
    )
    assert page.evaluate("names()") == ["A", "A (2)"]


def test_a_page_without_storage_says_so_and_keeps_plans_while_it_is_open(
    browser: Any, state_page: Path
) -> None:
    """A sandboxed frame, as notebooks use, has an origin of its own and no storage."""
    page = browser.new_page()
    frame = "<iframe sandbox='allow-scripts'></iframe>"
    page.set_content(frame)
    text = state_page.read_text(encoding="utf-8")
    page.evaluate("(text) => { document.querySelector('iframe').srcdoc = text; }", text)
    inside = page.frames[1]
    inside.wait_for_function("typeof state === 'object'")
    assert "only while the page is open" in inside.evaluate("state.place")
    assert "download it" in inside.evaluate("state.keep('A').said")
    assert inside.evaluate("names()") == ["A"]
    page.close()


def test_a_full_storage_says_so_and_the_plan_is_still_there(tabs: Any) -> None:
    page = tabs()
    page.evaluate(
        "for (let k = 5e6; k; k = Math.floor(k / 2)) try {"
        " localStorage.setItem(`fill${k}`, 'x'.repeat(k)); } catch (error) { }"
    )
    said = page.evaluate("state.keep('A').said")
    assert "no room left" in said
    assert "download it" in said
    assert page.evaluate("[names(), state.kept[0].passing]") == [["A"], True]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"building_ids": [f"b{k}" for k in range(6)]}, "does not have: b6"),
        ({"building_ids": [f"b{k}" for k in range(8)]}, "lacks buildings of this study: b7"),
        (
            {"building_ids": [f"c{k}" for k in range(7)]},
            "of other buildings. It has b0, b1, b2 and 4",
        ),
        ({"high_schools": []}, "a high school that this study does not have: b0"),
    ],
)
def test_a_plan_of_another_version_is_listed_and_opens_only_if_the_buildings_are_the_same(
    tabs: Any, tmp_path: Path, change: dict[str, Any], why: str
) -> None:
    page = tabs()
    page.evaluate("void (move(1, 'Zone 2'), state.keep('A'))")
    sheet = small_sheet() | {"fingerprint": "f2"}
    later = tabs(script_page(tmp_path, sheet, "workbench_kept", "workbench_state"))
    assert later.evaluate("[state.kept[0].other, state.open(state.kept[0].key).refused]") == [
        True,
        None,
    ]
    assert later.evaluate("members()") == "0 | 1 2 3 | 4 5 | 6"
    if "building_ids" in change:
        for start in sheet["starts"]:
            start["zones"] = [zone for zone in start["zones"] if zone["id"] != "Alt"]
    other = tabs(script_page(tmp_path, sheet | change, "workbench_kept", "workbench_state"))
    assert why in other.evaluate("state.open(state.kept[0].key).refused")
    assert other.evaluate("state.log.length") == 0


def test_rubbish_in_the_storage_is_left_alone(tabs: Any) -> None:
    page = tabs()
    page.evaluate("void state.keep('A')")
    record = json.loads(page.evaluate("Object.values(localStorage)[0]"))
    broken = [
        "{",
        "null",
        "[]",
        json.dumps(record | {"zones": 3}),
        json.dumps(record | {"log": [{}]}),
        json.dumps(record | {"zones": [{**record["zones"][0], "buildings": [1]}]}),
    ]
    for k, text in enumerate(broken):
        page.evaluate(
            "([k, text]) => localStorage.setItem(`zoning-workbench:f1:${k}`, text)", [k, text]
        )
    assert page.evaluate("names()") == ["A"]
