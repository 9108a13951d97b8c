"""The workbench's plans: history, locks, kept plans, and files that the library reads too."""

from __future__ import annotations

import base64
import csv
import io
import itertools
import json
import re
import shlex
import subprocess
import tomllib
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from helpers.browser import file_page
from helpers.map_towns import ATTACKS, nine_schools
from test_maps_accessibility import faults
from test_workbench_page import ROWS, plan_of, problem_of

from zoning import compare_plans, maps
from zoning.disclosure.audit import Verdict, audit
from zoning.errors import PlanError
from zoning.schools import buildings, high_school_ids, schools_from_frame
from zoning.schools.buildings import HIGH_LEVELS
from zoning.units import minutes
from zoning.zones import Objective
from zoning.zones.files.plan_files import Known, build_plan, plan_csv, read_plan, write_plan
from zoning.zones.files.plan_tables import read_table
from zoning.zones.plan import Zone, ZoneKind, ZonePlan, zone_name_fault
from zoning.zones.review.comparison import SAME_S

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ASSETS = Path(maps.__file__).parent / "assets"
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
        "names": [f"School {k}" for k in range(7)],
        "high_schools": [{"id": "b0", "name": "School 0", "building": 0}],
        "starts": [{"name": "Today", "zones": zones}, {"name": "Best", "zones": other}],
    }


def script_page(folder: Path, sheet: dict[str, Any], *names: str) -> Path:
    """A page with these scripts, and the state of the sheet as `state`."""
    scripts = [
        (ASSETS / f"workbench_{name}.js").read_text(encoding="utf-8")
        for name in ("model", "kept", "state", *names)
    ]
    body = json.dumps(sheet).replace("<", "\\u003c")
    path = folder / "page.html"
    path.write_text(
        "<!DOCTYPE html><meta charset=utf-8><title>t</title>"
        f"<script>{''.join(scripts)}{SCORE}\nconst sheet = {body}; const said = [];\n"
        "const state = workbenchState({ sheet }, sheet);\n"
        "state.onChange((what, text) => said.push(text));\n"
        "const move = (b, id, reason) => state.edit({ text: `Moved ${b} to ${id}`, reason,"
        " plan: { zones: state.plan.zones.map((zone) => zone.id === id"
        " ? { ...zone, members: [...zone.members, b] }"
        " : zone.members.includes(b)"
        " ? { ...zone, members: zone.members.filter((m) => m !== b) } : zone) } });\n"
        "const members = () => state.plan.zones.map((zone) => zone.members.join(' '))"
        ".join(' | ');\n"
        "const names = () => state.kept.map((kept) => kept.name);"
        "</script>",
        encoding="utf-8",
    )
    return path


@pytest.fixture(scope="module")
def state_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return script_page(tmp_path_factory.mktemp("state"), small_sheet())


@pytest.fixture
def tabs(browser: Any, state_page: Path) -> Iterator[Any]:
    """Opens tabs of one page in one browser; fails if one of them complains."""
    context = browser.new_context()
    complaints: list[str] = []

    def tab(path: Path = state_page) -> Any:
        page = context.new_page()
        page.set_default_timeout(10_000)
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
    page.evaluate("void state.keep('B')")
    page.evaluate(
        "for (let k = 5e6; k; k = Math.floor(k / 2)) try {"
        " localStorage.setItem(`fill${k}`, 'x'.repeat(k)); } catch (error) { }"
    )
    said = page.evaluate("state.keep('A').said")
    assert "no room left" in said
    assert "download it" in said
    # The longer name has no room either: the plan has it while the page is open.
    page.evaluate("void state.rename(state.kept[0].key, 'B'.repeat(60))")
    assert page.evaluate("[names(), state.kept.map(({ passing }) => passing)]") == [
        ["B" * 60, "A"],
        [True, True],
    ]
    page.reload()
    assert page.evaluate("[names(), state.lasts]") == [["B"], True]


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
    tabs: Any, change: dict[str, Any], why: str
) -> None:
    page = tabs()
    page.evaluate("void (move(1, 'Zone 2'), state.keep('A'))")
    page.evaluate(
        "void (window.later = (change) => {"
        " const one = { ...sheet, ...change, fingerprint: 'f2' };"
        " one.starts = [{ name: 'x', zones: [{ id: 'x', school: null, members: [0] }] }];"
        " return workbenchState({ sheet: one }, one); })"
    )
    same = page.evaluate(
        "(() => { const s = later({}); const [{ other, key }] = s.kept;"
        " return [other, s.open(key).refused, s.plan.zones.map((z) => z.members.join(' '))]; })()"
    )
    assert same == [True, None, ["0", "1 2 3", "4 5", "6"]]
    refused, left = page.evaluate(
        "(change) => { const s = later(change); return [s.open(s.kept[0].key).refused, s.plan]; }",
        change,
    )
    assert why in refused
    assert [zone["id"] for zone in left["zones"]] == ["x"]


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


# Files

FORMULAS = (
    "=1+1",
    "-2 + 3",
    "+3",
    "@A1",
    "'=1",
    "\uff1d1",
    'a;=HYPERLINK("x")',
    "''=2",
    "a\t=1",
    ";'-1",
)


def hostile_schools() -> gpd.GeoDataFrame:
    """Thirteen schools in twelve buildings and a virtual one, with the names of nobody's wishes."""
    names = (*ATTACKS, *FORMULAS)[:11]
    rows = [
        (f"0{k}{name[:4]}" if k % 3 else f"00{k}", name, "high" if k == 2 else "elementary")
        for k, name in enumerate(names)
    ]
    rows += [("=2+3", "Byck, the old", "high"), ("012b", "Byck Annexe", "middle")]
    frame = pd.DataFrame(rows, columns=["school_id", "name", "level"]).assign(program="resides")
    frame["longitude"] = [-85.7, -85.0, *(-85.7123456789 + k / 50 for k in range(10)), 0.0]
    frame["latitude"] = [38.2, 38.0, *(38.25 + k / 70 for k in range(10)), 0.0]
    frame.loc[12, ["longitude", "latitude"]] = frame.loc[11, ["longitude", "latitude"]]
    frame.loc[13] = ["V1", "Virtual Academy", "high", "virtual", -85.7, 38.2]
    return schools_from_frame(frame)


def school_sheet(schools: gpd.GeoDataFrame) -> dict[str, Any]:
    """What the worksheet says of schools and buildings, with one zone of all."""
    homes = buildings(schools)
    number = {building: k for k, building in enumerate(homes.index)}
    high = {*high_school_ids(schools), *schools.index[schools["level"].isin(HIGH_LEVELS)]}
    zone = {"id": "Zone 1", "school": None, "kind": "patrol", "officers": 1}
    return small_sheet() | {
        "mark": "RESTRICTED",
        "building_ids": list(homes.index),
        "names": list(homes["name"]),
        "building_names": list(homes["name"]),
        "points": [[round(p.x, 7), round(p.y, 7)] for p in homes.geometry],
        "schools": [
            {
                "id": school,
                "name": row["name"],
                "building": -1 if row["program"] == "virtual" else number[row["campus_id"]],
                "level": row["level"],
                "high": school in high,
            }
            for school, row in schools.iterrows()
        ],
        "high_schools": [],
        "starts": [{"name": "All", "zones": [{**zone, "members": list(range(len(homes)))}]}],
    }


def random_plans(schools: gpd.GeoDataFrame, count: int) -> list[ZonePlan]:
    """Plans of these schools whose zones have all kinds of names that a file can hold."""
    random = Random(17)
    high = sorted(schools.index[schools["level"].isin(HIGH_LEVELS)])
    texts = [text for text in (*ATTACKS, *FORMULAS) if zone_name_fault(text) is None]
    every = list(buildings(schools).index)
    plans = []
    for _ in range(count):
        homes = list(every)
        random.shuffle(homes)
        zones = []
        while homes:
            size = random.randint(1, 5)
            members, homes = tuple(sorted(homes[:size])), homes[size:]
            alone = len(members) == 1 and random.random() < 0.5
            zones.append(
                Zone(
                    zone_id=f"{random.choice(texts)} {len(zones)}",
                    building_ids=members,
                    high_school_id=random.choice([None, *high]),
                    kind=ZoneKind.DEDICATED if alone else ZoneKind.PATROL,
                    officers=random.randint(1, 3) if alone else 1,
                )
            )
        plans.append(ZonePlan(tuple(zones)))
    return plans


def in_numbers(plan: ZonePlan, sheet: dict[str, Any]) -> list[dict[str, Any]]:
    number = {building: k for k, building in enumerate(sheet["building_ids"])}
    return [
        {
            "id": zone.zone_id,
            "school": zone.high_school_id,
            "members": sorted(number[b] for b in zone.building_ids),
            "kind": str(zone.kind),
            "officers": zone.officers,
        }
        for zone in plan.zones
    ]


@pytest.fixture(scope="module")
def schools() -> gpd.GeoDataFrame:
    return hostile_schools()


@pytest.fixture(scope="module")
def file_tab(
    browser: Any, schools: gpd.GeoDataFrame, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """One page that reads and writes files of the hostile schools."""
    folder = tmp_path_factory.mktemp("files")
    path = script_page(folder, school_sheet(schools), "files", "reader")
    with file_page(browser, path) as opened:
        opened.page.evaluate(
            "void (window.readAll = (files) => files.map(([name, bytes]) =>"
            " readPlanFile(sheet, name, Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0)))))"
        )
        yield opened.page
        assert opened.complaints == []
        assert opened.page.evaluate("window.__x") is None


def read_in_page(page: Any, files: Sequence[tuple[str, bytes]]) -> list[dict[str, Any]]:
    packed = [(name, base64.b64encode(data).decode()) for name, data in files]
    return list(page.evaluate("(files) => readAll(files)", packed))


def test_the_page_writes_the_bytes_of_the_library_and_reads_them_back(
    file_tab: Any, schools: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    sheet = school_sheet(schools)
    plans = random_plans(schools, 15)
    zones = [in_numbers(plan, sheet) for plan in plans]
    written = file_tab.evaluate(
        "(plans) => plans.map((zones) => [planCsv, planGeojson]"
        ".map((write) => write(sheet, planOf(zones))))",
        zones,
    )
    files = []
    for plan, texts in zip(plans, written, strict=True):
        for ending, text in zip((".csv", ".geojson"), texts, strict=True):
            path = write_plan(plan, tmp_path / f"plan{ending}", schools=schools, force=True)
            assert text.encode() == path.read_bytes()
            files.append((path.name, path.read_bytes()))
    assert any(zone.officers > 1 for plan in plans for zone in plan.zones)
    for k, found in enumerate(read_in_page(file_tab, files)):
        assert found == {"plan": {"zones": zones[k // 2]}, "notes": []}


def spoilt_files(plans: Sequence[ZonePlan], schools: gpd.GeoDataFrame) -> list[Any]:
    """Files of plans, each changed as spreadsheets, people and mistakes change them."""
    random = Random(5)
    ids = list(buildings(schools).index)
    files = []
    texts = [plan_csv(plan, schools=schools).decode() for plan in plans]
    for k, text in enumerate(texts * 7):
        rows = list(csv.reader(io.StringIO(text, newline="")))
        for _ in range(random.randint(0, 3)):
            row = random.randrange(1, len(rows))
            column = random.randrange(min(map(len, rows)))
            change = random.randrange(8)
            if change == 0:
                del rows[row]
            elif change == 1:
                rows.append(list(rows[row]))
            elif change == 2:
                rows[row][column] = random.choice(
                    ["", " ", "1-Mar", "5.10078E+11", "x", '="00"', "VIRTUAL", "V1", "12.0", "'007"]
                )
            elif change == 3:
                rows[row][1] = f" {rows[row][1].upper()} "
            elif change == 4:
                rows[row] = rows[row][: random.randrange(2, 6)]
            elif change == 5:
                rows[0][column] = random.choice(["School", "ZONE", "High School", "note", ""])
            elif change == 6:
                rows[row][0] = random.choice(["012b", "Byck Annexe", "3", "BYCK the old", ids[0]])
            else:
                rows[row].append(random.choice(["", "extra"]))
        if random.random() < 0.2:
            rows.insert(0, ["Plan of the zones"])
        if random.random() < 0.2:
            rows.append(["Source: the district's list of 2026"])
        out = io.StringIO()
        mark, end = random.choice(",;\t"), random.choice(["\n", "\r\n"])
        style = random.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
        csv.writer(out, delimiter=mark, lineterminator=end, quoting=style).writerows(rows)
        coding = random.choice(["utf-8", "utf-8-sig", "utf-16"])
        head = f"sep={mark}{end}" if mark != "\t" and random.random() < 0.2 else ""
        files.append((f"plan {k}.csv", (head + out.getvalue()).encode(coding)))
    return files


def test_what_the_library_makes_of_a_spoilt_file_the_page_makes_of_it(
    file_tab: Any, schools: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    sheet = school_sheet(schools)
    files = spoilt_files(random_plans(schools, 10), schools)
    known = Known.of(schools, None)
    kinds = set()
    for (name, data), found in zip(files, read_in_page(file_tab, files), strict=True):
        path = tmp_path / name
        path.write_bytes(data)
        with warnings.catch_warnings(record=True) as noticed:
            warnings.simplefilter("always")
            try:
                plan = build_plan(read_table(path), known)
            except PlanError as error:
                expected: dict[str, Any] = {
                    "headline": error.headline.replace(str(path), name),
                    "faults": [re.sub(r" \(did you mean .*?\)", "", f) for f in error.faults],
                }
                found.pop("remedy", None)
            else:
                notes = [str(w.message).removeprefix(f"{name}: ") for w in noticed]
                expected = {"plan": {"zones": in_numbers(plan, sheet)}, "notes": notes}
        assert found == expected, data.decode("utf-16" if data[:1] == b"\xff" else "utf-8")
        kinds.update(re.sub(r"'[^']*'|\d+", "", fault) for fault in expected.get("faults", ()))
        kinds.add("read" if "plan" in expected else "faults")
    assert "read" in kinds
    assert len(kinds) > 15


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("plan.csv", b"", ("plan.csv is empty", "", "one row a building")),
        ("plan.csv", b"building_id,zone_id\n", ("plan.csv is empty", "", "one row a building")),
        ("plan.csv", b"\x89PNG\r\n\x1a\n\0\0", ("cannot be read", "a picture (PNG)", "ending")),
        ("plan.csv", b"<!DOCTYPE html><p>Sign in", ("cannot be read", "a web page", "ending")),
        ("plan.csv", b"PK\x03\x04....", ("cannot be read", "a zip archive or an office file", "")),
        (
            "plan.xlsx",
            b"PK\x03\x04....",
            ("is a workbook", "", "save the sheet with the plan as CSV"),
        ),
        (
            "plan.gpkg",
            b"SQLite",
            ("a plan cannot be read here", "", "zoning check STUDY --plan FILE"),
        ),
        ("plan.csv", b'a,b\n"x', ("cannot be read", "row 2: unexpected end of data", "quotes")),
        ("plan.csv", b'a,b\n"x"y,', ("cannot be read", "row 2: ',' expected after '\"'", "quotes")),
        ("plan.csv", b"a\0b", ("cannot be read", "NUL bytes", "")),
        ("plan.geojson", b"{", ("cannot be read", "JSON", "")),
        ("plan.geojson", b"[1]", ("cannot be read", "not a GeoJSON FeatureCollection", "")),
        (
            "areas.geojson",
            b'{"features": [{"geometry": {"type": "Polygon", "coordinates": []}}]}',
            ("has polygons", "", "zoning check STUDY --plan FILE"),
        ),
        (
            "plan.geojson",
            b'{"features": [{"properties": {"building_id": 12345678901234567890, "zone_id": true},'
            b' "geometry": {"type": "Point", "coordinates": ["a"]}}]}',
            (
                "has 4 faults",
                "building_id 12345678901234567000 is too long a number: save ids as text",
                "nothing was read",
            ),
        ),
        (
            "plan.geojson",
            b'{"features": [{"geometry": {"type": "Point", "coordinates": [1e6, 2e6]}}]}',
            ("which coordinate system", "1000000, 2000000", "in the GIS"),
        ),
        ("plan.csv", b"a,b\n" + b"1,2\n" * 20_001, ("has 20,001 rows", "", "of the district")),
    ],
)
def test_a_file_that_is_no_plan_is_told_in_words(
    file_tab: Any, name: str, data: bytes, told: tuple[str, str, str]
) -> None:
    headline, fault, remedy = told
    (found,) = read_in_page(file_tab, [(name, data)])
    assert headline in found["headline"]
    assert fault in "\n".join(found["faults"])
    assert remedy in found["remedy"]
    assert "plan" not in found


def test_a_point_far_from_its_building_is_a_fault_as_in_the_library(
    file_tab: Any, schools: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    path = write_plan(random_plans(schools, 1)[0], tmp_path / "plan.geojson", schools=schools)
    document = json.loads(path.read_text(encoding="utf-8"))
    for k, feature in enumerate(document["features"]):
        feature["geometry"]["coordinates"][0] += 0.004 * k
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(PlanError) as caught:
        read_plan(path, schools)
    (found,) = read_in_page(file_tab, [(path.name, path.read_bytes())])
    assert tuple(found["faults"]) == caught.value.faults
    assert len(found["faults"]) == 1


def test_numbers_are_written_as_python_writes_them(file_tab: Any) -> None:
    numbers = [85.0, -85.5, 0.0, -0.0, 1e-4, -1e-5, 1.25e-5, 1e-7, -179.9999999]
    written = file_tab.evaluate("(numbers) => numbers.map(pythonFloat)", numbers)
    assert written == [json.dumps(number) for number in numbers]


def test_the_log_is_a_marked_table_that_no_spreadsheet_runs(file_tab: Any, tmp_path: Path) -> None:
    text = file_tab.evaluate(
        "logCsv([{ text: '=cmd()', reason: 'a \"b\"\\n=1', change_s: -12.34567 },"
        " { text: 'x', reason: '', change_s: null }])"
    )
    assert text == (
        "step,edit,reason,objective_change_s,edition\n"
        '1,\'=cmd(),"a ""b""\n\'=1",-12.346,restricted\n2,x,,,restricted\n'
    )
    (tmp_path / "log.csv").write_text(text, encoding="utf-8")
    assert audit(tmp_path / "log.csv").verdict is Verdict.RESTRICTED


# The part "Plans" of the page


def shuffled(random: Random, names: Sequence[str]) -> ZonePlan:
    """The nine schools in so many zones, in any way."""
    schools = [f"s{k}" for k in range(9)]
    random.shuffle(schools)
    cuts = sorted(random.sample(range(1, 9), len(names) - 1))
    groups = [schools[a:b] for a, b in itertools.pairwise([0, *cuts, 9])]
    return plan_of([sorted(group) for group in groups], names)


@pytest.fixture(scope="module")
def bench_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bench") / "workbench.html"
    town = nine_schools()
    maps.workbench(town, problem_of(town), {"Given": plan_of(ROWS)}, study="my.toml").save(
        str(path)
    )
    return path


@pytest.fixture
def bench(tabs: Any, bench_path: Path) -> Any:
    """The workbench of nine schools with its plans in view, after an edit."""
    page = tabs(bench_path)
    page.evaluate(
        "workbenchReady.then((desk) => { window.desk = desk; window.state = desk.state; })"
    )
    page.evaluate("desk.move([2], 'Zone 2')")
    page.get_by_role("tab", name="Plans").click()
    page.locator("#plans-part table").first.wait_for()
    return page


def focused(page: Any) -> str:
    script = (
        "document.activeElement.getAttribute('aria-label') || document.activeElement.textContent"
    )
    return str(page.evaluate(script))


def test_plans_are_kept_renamed_deleted_and_put_back_by_keyboard(bench: Any) -> None:
    keys = bench.keyboard
    bench.get_by_label("Name", exact=True).focus()
    keys.type("Bridge")
    keys.press("Enter")
    assert bench.locator("#live").text_content() == "Kept as “Bridge”."
    row = bench.locator(".plans-table tr", has_text="Bridge")
    assert "1 edit" in row.locator("th").text_content()
    bench.get_by_role("button", name="Rename Bridge").focus()
    keys.press("Enter")
    assert bench.evaluate("document.activeElement.value") == "Bridge"
    keys.press("Escape")
    assert focused(bench) == "Rename Bridge"
    keys.press("Enter")
    keys.press("ControlOrMeta+A")
    keys.type("No bridge")
    keys.press("Enter")
    assert focused(bench) == "Rename No bridge"
    keys.press("Tab")
    assert focused(bench) == "Delete No bridge"
    keys.press("Enter")
    assert focused(bench) == "Put it back"
    keys.press("Enter")
    assert bench.locator(".plans-table strong", has_text="No bridge").count() == 1
    bench.get_by_role("button", name="Open Given").focus()
    keys.press("Enter")
    assert bench.evaluate("state.log.length") == 0
    assert focused(bench) == "Open Given"
    bench.get_by_role("button", name="Open No bridge").focus()
    keys.press("Enter")
    assert bench.evaluate("state.log.length") == 1
    bench.get_by_role("button", name="Forget everything that").focus()
    keys.press("Enter")
    assert focused(bench) == "Leave them"
    keys.press("Shift+Tab")
    keys.press("Enter")
    assert "is gone: 1 plan." in bench.locator("#live").text_content()
    assert bench.evaluate("[state.kept.length, localStorage.length]") == [0, 0]
    assert focused(bench) == "Forget everything that is kept in this browser"


@pytest.mark.parametrize("objective", ["patrol", "station"])
def test_what_moved_and_who_gains_and_loses_is_what_the_library_says(
    browser: Any, tmp_path: Path, objective: str
) -> None:
    town = nine_schools()
    problem = replace(problem_of(town), objective=Objective(objective))
    random = Random(3)
    names = [["A", "B", "C"], ["B", "C", "D", "E"], ["A", "X"]]
    plans = {str(k): shuffled(random, names[k % 3]) for k in range(4)}
    path = tmp_path / "bench.html"
    maps.workbench(town, problem, plans).save(str(path))
    with file_page(browser, path) as opened:
        opened.page.evaluate("workbenchReady.then((desk) => { window.desk = desk; })")
        found = opened.page.evaluate(
            "desk.state.starts.flatMap((a) => desk.state.starts.map((b) =>"
            " [movedSchools(a, b), changedDrives(desk.problem, a, b)]))"
        )
        count = int(opened.page.evaluate("desk.state.starts.length"))
    pairs = itertools.product(range(count), repeat=2)
    several = 0
    for (a, b), (moved, drives) in zip(pairs, found, strict=True):
        if not a < b < len(plans):
            continue  # the last is today's plan, which the page adds
        told = compare_plans(plans[str(a)], plans[str(b)], problem)
        assert len(moved) == len(told.moved)
        homes = told.buildings
        for school in moved:
            row = homes.iloc[school["b"]]
            assert (school["from"], school["to"]) == (row["zone_before"], row["zone_after"])
        # A change of half a second to the last digit may fall on either side of it.
        sure = homes[(homes["change_s"].abs() - SAME_S).abs() > 1e-4]
        for way, is_so in (
            ("later", sure["change_s"] > SAME_S),
            ("sooner", sure["change_s"] < -SAME_S),
        ):
            listed = [problem.building_ids[school["b"]] for school in drives[way]]
            assert {b for b in listed if b in sure.index} == set(sure.index[is_so])
        for school in (*drives["sooner"], *drives["later"]):
            row = homes.iloc[school["b"]]
            assert school["before_s"] == pytest.approx(row["before_s"], abs=1e-4)
            assert school["after_s"] == pytest.approx(row["after_s"], abs=1e-4)
        several += len(told.moved) > 1
    assert several > 3


def test_two_plans_stand_side_by_side(bench: Any) -> None:
    part = bench.locator("section[aria-labelledby=plans-compare]")
    said = part.locator("p").first.text_content()
    assert "Open now beside Given: 1 school is in another zone. It costs" in said
    told = compare_plans(
        plan_of(ROWS), plan_of([ROWS[0][:2], ("s2", *ROWS[1]), ROWS[2]]), problem_of(nine_schools())
    )
    worst = told.buildings["change_s"].idxmax()
    by = minutes(told.buildings["change_s"].max(), digits=2)
    later = int(told.by_group.iloc[0]["worse"])
    assert f"later at {later} schools, most at {told.buildings['name'][worst]}: by {by}." in said
    rows = [row.all_text_contents() for row in part.locator("tbody tr").all()]
    cells = [row.locator("th, td").all_text_contents() for row in part.locator("tbody tr").all()]
    assert rows
    assert ["School 2", "Zone 1", "Zone 2"] in cells
    drive = told.totals.loc["longest drive"]
    assert cells[1][:3] == ["Worst drive", minutes(drive["before"]), minutes(drive["after"])]
    part.get_by_label("From").select_option(label="Open now")
    assert "no school is in another zone" in part.locator("p").first.text_content()
    assert "no school is in another zone" in bench.locator("#live").text_content()


def test_a_reason_is_asked_for_and_stays_with_its_edit(bench: Any) -> None:
    reason = bench.get_by_label("Reason for edit 1: Moved School 2 from Zone 1 to Zone 2")
    reason.fill("the bridge is closed")
    bench.keyboard.press("Tab")
    assert bench.evaluate("state.log[0].reason") == "the bridge is closed"
    bench.evaluate("void (state.undo(), state.redo())")
    assert reason.input_value() == "the bridge is closed"
    bench.evaluate("desk.move([1], 'Zone 2')")
    bench.locator(".plans-log li").nth(1).wait_for()
    listed = bench.locator(".plans-log li").all_text_contents()
    assert [text.split(" from")[0] for text in listed] == ["Moved School 1", "Moved School 2"]


def downloaded(page: Any, name: str) -> bytes:
    with page.expect_download() as caught:
        page.get_by_role("button", name=name, exact=True).click()
    assert caught.value.suggested_filename == name
    return Path(caught.value.path()).read_bytes()


def give(page: Any, name: str, data: bytes) -> str:
    """Load a file; what the page answers."""
    page.evaluate("document.querySelector('.answer').replaceChildren()")
    page.get_by_label("Load a plan").set_input_files(
        {"name": name, "mimeType": "text/plain", "buffer": data}
    )
    page.locator(".answer *").first.wait_for()
    return str(page.locator(".answer").inner_text())


def test_files_leave_the_page_and_come_back(tabs: Any, bench: Any, tmp_path: Path) -> None:
    schools = nine_schools().schools
    plan = plan_of([ROWS[0][:2], ("s2", *ROWS[1]), ROWS[2]])
    for name in ("plan.csv", "plan.geojson"):
        path = write_plan(plan, tmp_path / name, schools=schools)
        assert downloaded(bench, name) == path.read_bytes()
    bench.evaluate("void (state.lockZone('Zone 3', true), state.keep('A'), state.restart(0))")
    everything = downloaded(bench, "workbench.json")
    assert downloaded(bench, "log.csv") == b"step,edit,reason,objective_change_s,edition\n"
    assert "plan.csv is open" in give(bench, "plan.csv", (tmp_path / "plan.csv").read_bytes())
    assert bench.evaluate("state.plan.zones[1].members") == [2, 3, 4, 5]
    assert "from plan.csv" in bench.locator(".plans-table th").nth(5).text_content()
    assert bench.evaluate("[state.undo(), state.plan === state.starts[0]]") == [
        "Loaded plan.csv",
        True,
    ]
    text = (tmp_path / "plan.csv").read_text(encoding="utf-8").replace("s5,", "t9,")
    answer = give(bench, "other.csv", text.encode())
    assert answer.split("\n")[:1] == ["other.csv has 2 faults."]
    assert "row 7: building 't9' is not in the district" in answer
    assert "in no zone: s5" in answer
    assert bench.evaluate("state.plan === state.starts[0]")

    other = tabs(Path(bench.url.removeprefix("file://")))
    other.evaluate("workbenchReady.then((desk) => { window.state = desk.state; })")
    other.evaluate("void state.forgetAll()")
    other.get_by_role("tab", name="Plans").click()
    assert "2 plans are new" in give(other, "workbench.json", everything)
    assert "0 plans are new" in give(other, "workbench.json", everything)
    assert other.evaluate("state.kept.map(({ name }) => name)") == [
        "A",
        "Open when the file was written",
    ]
    other.evaluate("void state.open(state.kept[0].key)")
    assert other.evaluate("[...state.locked.zones, state.log.length]") == ["Zone 3", 1]
    broken = everything.replace(b'"kind": "patrol"', b'"kind": "none"', 1)
    assert "the plan that was open is not whole" in give(other, "workbench.json", broken)


def test_the_command_holds_every_name_in_every_shell_or_the_study_does(bench: Any) -> None:
    part = bench.locator("section[aria-labelledby=plans-solver]")
    assert "Nothing is locked" in part.text_content()
    bench.evaluate("void (state.lockZone('Zone 1', true), state.lockSchool(4, true))")
    part.get_by_text("It keeps what is locked, 1 zone and 1 school").wait_for()
    commands = part.locator("code").all_text_contents()
    check, improve = (shlex.split(command) for command in commands)
    assert check == ["zoning", "check", "my.toml", "--plan", "plan.csv"]
    assert improve[:5] == ["zoning", "improve", "my.toml", "--plan", "plan.csv"]
    assert improve[5:] == ["--lock", "Zone 1", "--lock-school", "School 4", "--out", "finished"]
    names = ["O'Brien & <Sons> | #1", "School 1", "School 1", "$HOME", "b`id`", "C:\\", "!!", "%A%"]
    sheet = {
        "study": "",
        "divided": 9,
        "building_ids": [f"s{k}" for k in range(8)] + ["$8"],
        "building_names": [*names, "-x"],
        "schools": [],
    }
    zones = ["Zone 1", "a;b", *(f"{name} 1" for name in names[3:])]
    found = bench.evaluate(
        "([sheet, zones]) => zones.map((id, k) => planCommands(sheet,"
        " { zones: [{ id, kind: 'patrol', members: [] }] },"
        " { zones: new Set([id]), schools: new Set(k < 2 ? [0, 1, 3, 4, 5, 6, 7] : [8]) }))",
        [sheet, zones],
    )
    schools = [names[0], "s1", "s3", "s4", "s5", "s6", "s7"]
    for zone, made in zip(zones, found, strict=True):
        if zone in zones[:2]:
            wanted = ["--lock", zone, *(w for s in schools for w in ("--lock-school", s))]
            echoed = subprocess.run(
                ["bash", "-c", made["improve"].replace("zoning", 'printf "%s\\0"', 1)],
                capture_output=True,
                check=True,
                text=True,
            ).stdout.split("\0")[:-1]
            assert echoed == [
                "improve",
                "STUDY",
                "--plan",
                "plan.csv",
                *wanted,
                "--out",
                "finished",
            ]
            assert "settings" not in made
        else:
            settings = {"file": "plan.csv", "lock": [zone], "lock_schools": ["$8"]}
            assert tomllib.loads(made["settings"]) == {"plan": settings}
            assert zone not in made["improve"]


def test_the_part_has_no_serious_fault_and_hostile_names_are_text(
    tabs: Any, bench: Any, tmp_path: Path
) -> None:
    bench.evaluate("void (state.keep('A'), state.drop(state.kept[0].key), state.keep('B'))")
    bench.get_by_role("button", name="Rename B").click()
    assert faults(bench) == []
    town = nine_schools(ATTACKS)
    start = plan_of(ROWS, [ATTACKS[k][:50] for k in (2, 3, 5)])
    path = tmp_path / "hostile.html"
    maps.workbench(town, problem_of(town), {ATTACKS[3]: start}, study=ATTACKS[0]).save(str(path))
    page = tabs(path)
    page.evaluate(
        "workbenchReady.then((desk) => { window.desk = desk; window.state = desk.state; })"
    )
    page.get_by_role("tab", name="Plans").click()
    page.evaluate("(id) => desk.move([2], id)", ATTACKS[3][:50])
    page.evaluate("(name) => state.keep(name)", ATTACKS[3][:50])
    page.evaluate("state.lockZone(state.plan.zones[2].id, true); state.lockSchool(3, true)")
    give(
        page, f"{ATTACKS[3].replace('/', '')}.csv", f"building_id,zone_id\n{ATTACKS[3]},1".encode()
    )
    assert ATTACKS[3][:50] in page.locator(".plans-table").text_content()
    assert page.evaluate("window.__x") is None
    assert page.locator("#plans-part img").count() == 0
    for width in (1366, 820):
        page.set_viewport_size({"width": width, "height": 768})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
