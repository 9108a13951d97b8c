"""A plan edited in a notebook: what the page reports, what Python takes, what the cell says."""

from __future__ import annotations

import base64
import json
import math
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from helpers.browser import Opened, blank_page
from helpers.map_towns import ATTACKS, nine_schools

from zoning import maps
from zoning.errors import OutputError, PlanError
from zoning.maps.editing import read_report, write_report
from zoning.maps.pages.offline import asset
from zoning.maps.pages.workbench_data import Worksheet
from zoning.zones import Zone, ZoneKind, ZonePlan, ZoneProblem

pytest.importorskip("anywidget", reason="anywidget is not installed: no plan comes back")

ROWS = (("s0", "s1", "s2"), ("s3", "s4", "s5"), ("s6", "s7", "s8"))
COLUMNS = (("s0", "s3", "s6"), ("s1", "s4", "s7"), ("s2", "s5", "s8"))


def plan_of(*groups: tuple[str, ...], names: tuple[str, ...] = ()) -> ZonePlan:
    ids = names or tuple(f"Zone {k + 1}" for k in range(len(groups)))
    return ZonePlan(
        tuple(
            Zone(zone_id=name, building_ids=group, high_school_id="s1")
            for name, group in zip(ids, groups, strict=True)
        )
    )


@pytest.fixture(scope="module")
def problem() -> ZoneProblem:
    schools = nine_schools().schools
    times = nine_schools().network.travel_times(schools)
    return ZoneProblem.from_schools(schools, times, zones=3, min_size=2, max_size=4)


@pytest.fixture
def editor(problem: ZoneProblem) -> Any:
    return maps.edit_plan(nine_schools(), problem, {"Given": plan_of(*ROWS)})


@pytest.fixture(scope="module")
def sheet(problem: ZoneProblem) -> Worksheet:
    return maps.workbench(nine_schools(), problem, {"Given": plan_of(*ROWS)}).sheet


def reported(
    sheet: Worksheet, plan: ZonePlan, log: tuple[tuple[str, str, float | None], ...]
) -> str:
    """What the page would report."""
    report = json.loads(write_report(plan, sheet))
    report["log"] = [{"text": t, "reason": r, "change_s": c} for t, r, c in log]
    return json.dumps(report)


def test_a_plan_comes_back_with_its_log(editor: Any) -> None:
    assert editor.plan == plan_of(*ROWS)
    assert editor.log.empty
    seen: list[tuple[ZonePlan, int]] = []
    editor.observe(lambda change: seen.append((change.new, len(editor.log))), "plan")

    fixed = Zone(zone_id="B", building_ids=("s8",), kind=ZoneKind.DEDICATED)
    rest = plan_of(("s0", "s1", "s2", "s3"), ("s4", "s5", "s6", "s7"))
    plan = ZonePlan((*rest.zones, fixed))
    edits = (("Moved A", "closer", -12.5), ("Made B", "", None))
    editor.set_state({"_report": reported(editor._sheet, plan, edits)})

    assert editor._fault == ""
    assert editor.plan == plan
    assert seen == [(plan, 2)]
    assert editor.log.index.tolist() == [1, 2]
    assert editor.log["edit"].tolist() == ["Moved A", "Made B"]
    assert editor.log["reason"].tolist() == ["closer", ""]
    assert editor.log["change_s"].tolist() == [-12.5, pytest.approx(math.nan, nan_ok=True)]
    assert editor._record == editor._report  # what a cell that is shown again opens


def test_a_plan_that_is_set_goes_to_the_page_and_must_be_of_the_buildings(editor: Any) -> None:
    editor.set_state({"_report": reported(editor._sheet, plan_of(*COLUMNS), (("Moved", "", 1.0),))})
    editor.plan = plan_of(*ROWS)
    assert read_report(editor._record, editor._sheet, editor._view.problem)[0] == plan_of(*ROWS)
    assert editor.log.empty
    with pytest.raises(PlanError, match="s8"):
        editor.plan = plan_of(("s0", "s1", "s2", "s3"), ("s4", "s5", "s6", "s7"))
    assert editor.plan == plan_of(*ROWS)


def changed(**values: Any) -> Callable[[dict[str, Any]], object]:
    return lambda report: report | values


def zone_with(**values: Any) -> Callable[[dict[str, Any]], object]:
    return lambda report: report | {"zones": [report["zones"][0] | values, *report["zones"][1:]]}


def entry(**values: Any) -> Callable[[dict[str, Any]], object]:
    return changed(log=[{"text": "a", "reason": "", "change_s": 1.0} | values])


BROKEN: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "no object": (lambda _: ["zones"], "no plan"),
    "a later format": (changed(version=2), "no plan"),
    "another problem": (changed(fingerprint="0" * 16), "another problem"),
    "no zones": (changed(zones="Zone 1"), "no zones"),
    "a zone that is none": (changed(zones=[7]), "zone 1 is no zone"),
    "a name on two lines": (zone_with(id="A\nB"), "zone 1 cannot have its name"),
    "a name of 61 letters": (zone_with(id="A" * 61), "61 characters"),
    "a name that is a list": (zone_with(id=["A"]), "not text"),
    "an unknown high school": (zone_with(high_school="s99"), "high school"),
    "a high school that is a list": (zone_with(high_school=["s1"]), "high school"),
    "another kind": (zone_with(kind="armed"), "of no kind"),
    "no officers": (zone_with(officers=True), "no number of officers"),
    "buildings in an object": (zone_with(buildings={"s0": 1}), "no list of buildings"),
    "a building twice": (zone_with(buildings=["s0", "s3", "s6", "s1"]), "s1"),
    "an unknown building": (zone_with(buildings=["s0", "s3", "s6", "s99"]), "s99"),
    "a building in no zone": (zone_with(buildings=["s0", "s3"]), "s6"),
    "an empty zone": (zone_with(buildings=[]), "no building"),
    "two zones of one name": (zone_with(id="Zone 2"), "Zone 2"),
    "an edit that is none": (changed(log=["moved"]), "edit 1"),
    "an edit that costs infinity": (entry(change_s=float("inf")), "edit 1"),
    "an edit that costs more than a float": (entry(change_s=10**400), "edit 1"),
    "an edit without a reason": (entry(reason=None), "edit 1"),
}


@pytest.mark.parametrize(("break_it", "says"), BROKEN.values(), ids=BROKEN)
def test_a_broken_report_is_no_plan(
    sheet: Worksheet,
    problem: ZoneProblem,
    break_it: Callable[[dict[str, Any]], object],
    says: str,
) -> None:
    sound = json.loads(reported(sheet, plan_of(*COLUMNS), (("Moved", "", 1.0),)))
    assert read_report(json.dumps(sound), sheet, problem)[0] == plan_of(*COLUMNS)
    with pytest.raises(PlanError, match=re.escape(says)):
        read_report(json.dumps(break_it(sound)), sheet, problem)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "1" * 5_000, "7" * 4_000_001, "\ud800"])
def test_text_that_is_no_report_is_no_plan(
    sheet: Worksheet, problem: ZoneProblem, text: str
) -> None:
    with pytest.raises(PlanError, match="no plan"):
        read_report(text, sheet, problem)


def test_a_broken_report_changes_nothing_and_is_told_whole(editor: Any) -> None:
    sound = reported(editor._sheet, plan_of(*COLUMNS), ())
    report = json.loads(sound)
    report["zones"][0]["officers"] = -1
    report["zones"][2]["kind"] = None
    report["log"] = [None]
    editor.set_state({"_report": json.dumps(report)})
    for fault in ("zone 1 has no number", "zone 3 is of no kind", "edit 1 of the log"):
        assert fault in editor._fault
    assert editor.plan == plan_of(*ROWS)
    assert editor._record == ""
    editor.set_state({"_report": sound})
    assert editor.plan == plan_of(*COLUMNS)
    assert editor._fault == ""


def test_without_anywidget_the_error_names_the_extra(
    problem: ZoneProblem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "zoning.maps.widget", raising=False)
    plans = {"Given": plan_of(*ROWS)}
    with pytest.raises(OutputError, match=r"anywidget\n.*zoning\[notebook\]"):
        maps.edit_plan(nine_schools(), problem, plans)
    shown = maps.workbench(nine_schools(), problem, plans)._repr_html_()
    assert 'sandbox="allow-scripts allow-downloads"' in shown


def test_only_the_page_of_a_widget_can_report(problem: ZoneProblem, editor: Any) -> None:
    page = maps.workbench(nine_schools(), problem, {"Given": plan_of(*ROWS)})
    text = page.get_root().render()
    assert "function reportPlans" not in text
    assert "postMessage" not in text
    assert page.sheet.channel == ""
    assert editor._page.count("function reportPlans") == 1
    assert f'"channel":"{editor._channel}"' in editor._page
    other = maps.edit_plan(nine_schools(), problem, {"Given": plan_of(*ROWS)})
    assert other._channel != editor._channel


# In a browser: the module as anywidget runs it, with a model that keeps what it is given.

MODEL = """(values) => {
  const listeners = {};
  window.sent = {};
  window.model = {
    get: (name) => values[name],
    set: (name, value) => { values[name] = value; sent[name] = value; },
    save_changes: () => {},
    on: (name, f) => { (listeners[name] ||= new Set()).add(f); },
    off: (name, f) => listeners[name].delete(f),
    listening: () => Object.values(listeners).reduce((sum, all) => sum + all.size, 0),
    receive(changes) {
      Object.assign(values, changes);
      const names = Object.keys(changes).map((name) => `change:${name}`);
      names.forEach((name) => (listeners[name] || []).forEach((tell) => tell()));
    },
  };
}"""
SHOW = """async (code) => {
  const module = await import(`data:text/javascript;base64,${code}`);
  const cell = document.createElement("div");
  document.body.append(cell);
  (window.closing ||= []).push(await module.default.render({ model, el: cell }));
}"""


class Cell:
    """A cell that shows an editor."""

    def __init__(self, opened: Opened, editor: Any) -> None:
        self.page, self.editor = opened.page, editor
        names = [name for name in editor.keys if name.startswith("_")]
        self.page.evaluate(MODEL, {name: getattr(editor, name) for name in names if name != "_esm"})
        self.show()

    def show(self) -> None:
        code = base64.b64encode(asset("plan_editor.js").encode()).decode()
        self.page.evaluate(SHOW, code)
        self.frame = self.page.frames[-1]
        self.frame.wait_for_function("typeof workbenchReady === 'object'")
        self.frame.evaluate("workbenchReady.then((desk) => { window.desk = desk; })")

    def settle(self) -> None:
        """Let messages arrive, here and there, and carry what changed between model and Python."""
        rest = "() => new Promise((done) => setTimeout(done, 60))"
        self.page.evaluate(rest)
        self.editor.set_state(
            self.page.evaluate("(() => { const s = sent; sent = {}; return s; })()")
        )
        told = {name: getattr(self.editor, name) for name in ("_record", "_fault")}
        changed = {k: v for k, v in told.items() if self.page.evaluate(f"model.get('{k}')") != v}
        self.page.evaluate("(changes) => model.receive(changes)", changed)
        self.page.evaluate(rest)

    def zones(self) -> dict[str, list[int]]:
        script = "Object.fromEntries(desk.state.plan.zones.map((zone) => [zone.id, zone.members]))"
        return dict(self.frame.evaluate(script))

    def move(self, school: int, to: str) -> None:
        """An edit as the page's controls make it."""
        self.frame.evaluate(
            """([b, to]) => {
              const { problem, state } = desk;
              const { plan, notes } = moveBuildings(problem, state.plan, [b], to);
              state.edit({ text: `Moved ${b}`, plan, notes, reason: "a reason" });
            }""",
            [school, to],
        )

    @property
    def fault(self) -> str:
        return str(self.page.locator("pre[role=alert]").last.text_content())


@pytest.fixture
def cell(browser: Any, editor: Any) -> Iterator[Cell]:
    with blank_page(browser) as opened:
        made = Cell(opened, editor)
        made.settle()
        yield made
        made.page.evaluate("closing.forEach((close) => close())")
        assert made.page.evaluate("model.listening()") == 0
        assert opened.complaints == []
        assert [r for r in opened.requests if not r.startswith(("about:", "data:"))] == []


def members(plan: ZonePlan) -> dict[str, list[int]]:
    return {z.zone_id: sorted(int(b[1:]) for b in z.building_ids) for z in plan.zones}


@pytest.mark.browser
@pytest.mark.slow
def test_edits_come_back_and_plans_that_are_set_are_shown(cell: Cell) -> None:
    editor = cell.editor
    cell.move(2, "Zone 2")
    cell.settle()
    moved = {"Zone 1": [0, 1], "Zone 2": [2, 3, 4, 5], "Zone 3": [6, 7, 8]}
    assert members(editor.plan) == cell.zones() == moved
    assert editor.log["reason"].tolist() == ["a reason"]
    assert editor.log["edit"].item().startswith("Moved 2")
    assert editor.log["change_s"].notna().all()
    assert cell.frame.evaluate("desk.state.undoes") == "Moved 2"  # its own report is not opened
    report = editor._report

    editor.plan = plan_of(*COLUMNS)
    cell.settle()
    assert cell.zones() == members(plan_of(*COLUMNS))
    assert cell.frame.evaluate("desk.state.log") == []
    assert cell.frame.evaluate("desk.caption()") == "Plan of the notebook"
    assert editor._report == report  # what Python sent does not come back
    assert cell.fault == ""

    cell.frame.evaluate("desk.state.undo()")
    cell.settle()
    assert members(editor.plan) == moved
    assert len(editor.log) == 1

    # Shown once more, further down: it opens the plan as it is, and both cells stay together.
    first = cell.frame
    cell.show()
    cell.settle()
    assert cell.zones() == moved
    cell.move(8, "Zone 1")
    cell.settle()
    assert members(editor.plan) == cell.zones()
    assert cell.zones()["Zone 1"] == [0, 1, 8]
    cell.frame = first
    assert cell.zones()["Zone 1"] == [0, 1, 8]


@pytest.mark.browser
@pytest.mark.slow
def test_strangers_and_broken_messages_change_nothing(cell: Cell) -> None:
    editor = cell.editor
    sound = reported(editor._sheet, plan_of(*COLUMNS), ())
    forged = {"channel": editor._channel, "record": sound}
    before = cell.zones()

    # The notebook's own page, and another frame of it, know the channel but are not the frame.
    cell.page.evaluate("(message) => window.postMessage(message, '*')", forged)
    cell.page.evaluate(
        """(message) => {
          const other = document.createElement("iframe");
          other.srcdoc = `<script>parent.postMessage(${JSON.stringify(message)}, "*");
            parent.frames[0].postMessage(${JSON.stringify(message)}, "*")</` + "script>";
          document.body.append(other);
        }""",
        forged,
    )
    # The frame itself, should it show another page, does not know the channel.
    for strange in ({"record": sound}, {"channel": "0", "record": sound}, None, "text", 7):
        cell.frame.evaluate("(message) => parent.postMessage(message, '*')", strange)
    cell.settle()
    assert editor.plan == plan_of(*ROWS)
    assert cell.zones() == before
    assert cell.fault == ""

    # One that knows it sends what is no plan: the cell says so.
    tell = "([channel, record]) => parent.postMessage({ channel, record }, '*')"
    for broken in ({"zones": []}, "x" * 5_000_000, ATTACKS[0]):
        cell.frame.evaluate(tell, [editor._channel, broken])
        cell.settle()
        assert editor.plan == plan_of(*ROWS)
        assert "no plan" in cell.fault
        assert len(editor._report) < 100
    named = plan_of(*COLUMNS, names=("<img src=x onerror=alert(1)>", "B", "C"))
    record = json.loads(reported(editor._sheet, named, ()))
    record["zones"][1]["kind"] = "<script>alert(2)</script>"
    cell.frame.evaluate(tell, [editor._channel, json.dumps(record)])
    cell.settle()
    assert "zone 2 is of no kind" in cell.fault
    assert cell.page.locator("pre *").count() == 0

    # The next edit is taken again.
    cell.move(2, "Zone 2")
    cell.settle()
    assert cell.fault == ""
    assert members(editor.plan) == cell.zones() != before


@pytest.mark.browser
@pytest.mark.slow
def test_nothing_is_reported_to_a_window_that_does_not_know_the_channel(
    browser: Any, editor: Any
) -> None:
    with blank_page(browser) as opened:
        opened.page.evaluate(
            """(page) => {
              window.heard = [];
              const keep = ({ data, source }) => {
                heard.push(data);
                source.postMessage({ channel: data.channel || data.ready }, "*");
              };
              window.addEventListener("message", keep);
              const frame = document.createElement("iframe");
              frame.setAttribute("sandbox", "allow-scripts");
              frame.srcdoc = page;
              document.body.append(frame);
            }""",
            editor._page,
        )
        frame = opened.page.frames[-1]
        frame.wait_for_function("typeof workbenchReady === 'object'")
        frame.evaluate("workbenchReady.then((desk) => desk.state.lockSchools([0], true))")
        opened.page.evaluate("document.querySelector('iframe').contentWindow.postMessage({}, '*')")
        frame.evaluate("workbenchReady.then((desk) => desk.state.lockSchools([0], false))")
        opened.page.evaluate("() => new Promise((done) => setTimeout(done, 60))")
        half = editor._channel[: len(editor._channel) // 2]
        assert opened.page.evaluate("heard") == [{"ready": half}]
