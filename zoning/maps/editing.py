"""Edit a plan in a notebook: the workbench in a cell, and what comes back from it."""

from __future__ import annotations

import datetime
import json
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from zoning.disclosure.workbench import WorkbenchView
from zoning.district import District
from zoning.errors import OutputError, PlanError, typed
from zoning.maps.pages.embedding import PAGE_HEIGHT
from zoning.maps.pages.workbench_data import Worksheet
from zoning.zones import Alternatives, Zone, ZoneKind, ZonePlan, ZoneProblem, ZoningResult
from zoning.zones import check_plan as check
from zoning.zones.plan import zone_name_fault

if TYPE_CHECKING:
    from zoning.maps.widget import PlanEditor
else:
    PlanEditor = object  # for the annotation; the package of the class may be missing

PLAN_FORMAT: Final = "zoning workbench plan"
_VERSION: Final = 1
_LOG: Final = {"edit": "str", "reason": "str", "change_s": "float64"}
_MAX_TEXT: Final = 4_000_000
"""Characters of a report, as in ``plan_editor.js``."""
_MOST_S: Final = sys.float_info.max
"""A whole number of JSON may be larger than any float."""
_NOT_TAKEN: Final = "The plan in Python is the one before. Show the cell again to go on from it."


@typed
def edit_plan(
    district: District,
    shown: ZoneProblem | ZoningResult | Alternatives,
    plans: Mapping[str, ZonePlan] | None = None,
    *,
    today: ZonePlan | None = None,
    title: str | None = None,
    date: datetime.date | None = None,
    study: str = "",
    height: int | None = None,
) -> PlanEditor:
    """Edit a plan in a cell of a notebook; the plan comes back to Python.

    Shows the page of `zoning.maps.workbench` without a server. Its ``plan`` is a
    `zoning.ZonePlan`, that of the page after every edit; ``log`` has the edits and their
    reasons. Setting ``plan`` shows it in the page; ``observe`` calls a function after an edit:
    ``editor.observe(lambda change: print(change.new), "plan")``. A report that is no plan of
    these buildings changes nothing, and the cell says what is wrong with it.

    Needs the extra ``notebook``. Restricted, as the workbench is: clear the outputs, and do not
    save the state of widgets, before the notebook goes to anybody else.

    Parameters
    ----------
    district, shown, plans, today, title, date, study
        As for `zoning.maps.workbench`.
    height
        Pixels of the cell; 860 when None.

    Raises
    ------
    OutputError
        If the package anywidget is not installed.
    FaultsError, PlanError
        As `zoning.maps.workbench`.
    """
    try:
        from zoning.maps.widget import PlanEditor  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name is not None and error.name.startswith("zoning"):
            raise
        raise OutputError(
            f"editing a plan in a notebook needs the package {error.name}\n"
            "Install it with: pip install 'zoning[notebook]'. Without it zoning.maps.workbench "
            "shows the same page, and its plan comes back as a file that it saves."
        ) from error
    view = WorkbenchView.of(
        district, shown, plans, today=today, title=title, date=date, study=study
    )
    return PlanEditor(view, height=PAGE_HEIGHT if height is None else height)


def empty_log() -> pd.DataFrame:
    """Make the log of a plan that nobody has edited; see `read_report`."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _LOG.items()}).rename_axis(
        index="step"
    )


def write_report(plan: ZonePlan, sheet: Worksheet) -> str:
    """Write a plan as the page reports and reads it, without a log."""
    return json.dumps(
        {
            "format": PLAN_FORMAT,
            "version": _VERSION,
            "fingerprint": sheet.fingerprint,
            "study": sheet.study,
            "name": "",
            "at": "",
            "start": "",
            "zones": [
                {
                    "id": zone.zone_id,
                    "high_school": zone.high_school_id,
                    "kind": str(zone.kind),
                    "officers": zone.officers,
                    "buildings": list(zone.building_ids),
                }
                for zone in plan.zones
            ],
            "locked": {"zones": [], "schools": []},
            "log": [],
        }
    )


def read_report(text: str, sheet: Worksheet, problem: ZoneProblem) -> tuple[ZonePlan, pd.DataFrame]:
    """Read what a page reported; anybody could have written it.

    Returns
    -------
    plan
        A plan of exactly the problem's buildings; it may break rules.
    log
        A row an edit, from 1: ``edit``, ``reason`` ('' for none) and ``change_s``, what it
        changed the objective by, NaN where that is not computed.

    Raises
    ------
    PlanError
        If it is no plan of these buildings; lists every fault.
    """
    try:
        report = json.loads(text) if len(text) <= _MAX_TEXT else None
    except (ValueError, RecursionError):
        report = None
    if not (
        isinstance(report, dict)
        and report.get("format") == PLAN_FORMAT
        and report.get("version") == _VERSION
    ):
        raise PlanError("what the page sent is no plan", remedy=_NOT_TAKEN)
    if report.get("fingerprint") != sheet.fingerprint:
        raise PlanError("what the page sent is a plan of another problem", remedy=_NOT_TAKEN)
    zones: Any = report.get("zones")
    log: Any = report.get("log")
    if not (isinstance(zones, list) and isinstance(log, list)):
        raise PlanError("what the page sent is no plan", ["no zones, or no log"], _NOT_TAKEN)
    faults = [*_zone_faults(zones, sheet), *_log_faults(log)]
    if faults:
        raise PlanError("what the page sent is no plan", faults, _NOT_TAKEN)
    try:
        plan = ZonePlan(
            tuple(
                Zone(
                    zone_id=zone["id"],
                    building_ids=tuple(sorted(zone["buildings"])),
                    high_school_id=zone["high_school"],
                    kind=ZoneKind(zone["kind"]),
                    officers=zone["officers"],
                )
                for zone in zones
            )
        )
        check(plan, problem)
    except PlanError as error:
        raise PlanError(
            f"what the page sent is no plan of this problem: {error.headline}",
            error.faults,
            _NOT_TAKEN,
        ) from error
    rows = pd.DataFrame(
        {
            "edit": [entry["text"] for entry in log],
            "reason": [entry["reason"] for entry in log],
            "change_s": [entry["change_s"] for entry in log],
        },
        index=pd.RangeIndex(1, len(log) + 1, name="step"),
    ).astype(_LOG)
    return plan, rows


def _zone_faults(zones: list[Any], sheet: Worksheet) -> Iterator[str]:
    named = {zone.id for start in sheet.starts for zone in start.zones}
    schools = {school.id for school in sheet.high_schools}
    schools |= {school.id for school in sheet.schools if school.high}
    kinds = {str(kind) for kind in ZoneKind}
    for number, zone in enumerate(zones, 1):
        if not isinstance(zone, dict):
            yield f"zone {number} is no zone"
            continue
        zone_id, officers, held = zone.get("id"), zone.get("officers"), zone.get("buildings")
        if not (isinstance(zone_id, str) and zone_id in named):
            why = zone_name_fault(zone_id)
            if why is not None:
                yield f"zone {number} cannot have its name: {why}"
        school = zone.get("high_school", 0)
        if school is not None and not (isinstance(school, str) and school in schools):
            yield f"zone {number} names a high school that the problem does not have"
        if not (isinstance(zone.get("kind"), str) and zone["kind"] in kinds):
            yield f"zone {number} is of no kind: {', '.join(sorted(kinds))}"
        if not isinstance(officers, int) or isinstance(officers, bool) or officers < 0:
            yield f"zone {number} has no number of officers"
        if not (isinstance(held, list) and all(isinstance(b, str) for b in held)):
            yield f"zone {number} has no list of buildings"


def _log_faults(log: list[Any]) -> Iterator[str]:
    for number, entry in enumerate(log, 1):
        values = entry if isinstance(entry, dict) else {}
        change = values.get("change_s", "")
        if not (
            isinstance(values.get("text"), str)
            and isinstance(values.get("reason"), str)
            and (change is None or (isinstance(change, int | float) and abs(change) <= _MOST_S))
        ):
            yield f"edit {number} of the log is none"
