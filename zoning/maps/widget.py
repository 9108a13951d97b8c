"""The workbench as a widget of a notebook. Needs the extra ``notebook``."""

from __future__ import annotations

import secrets
from typing import Any, Final

import anywidget
import pandas as pd
import traitlets

from zoning.disclosure.workbench import WorkbenchView
from zoning.errors import ZoningError
from zoning.maps.editing import empty_log, read_report, write_report
from zoning.maps.pages.embedding import WITH_DOWNLOADS
from zoning.maps.pages.offline import asset
from zoning.maps.pages.workbench_page import WorkbenchPage
from zoning.zones import ZonePlan, check_plan

_CHANNEL_BYTES: Final = 16  # of a secret that nobody guesses


class PlanEditor(anywidget.AnyWidget):
    """A plan that is edited in a cell; made by `zoning.maps.edit_plan`.

    Attributes
    ----------
    plan
        The plan in the page. Setting it shows it there; raises `PlanError` if it is of
        other buildings.
    log
        A row an edit: ``edit``, ``reason``, ``change_s`` (seconds of the objective). Empty
        after ``plan`` was set.
    """

    _esm = asset("plan_editor.js")
    _page = traitlets.Unicode().tag(sync=True)
    _title = traitlets.Unicode().tag(sync=True)
    _sandbox = traitlets.Unicode(WITH_DOWNLOADS).tag(sync=True)
    _height = traitlets.Int().tag(sync=True)
    _channel = traitlets.Unicode().tag(sync=True)
    _report = traitlets.Unicode().tag(sync=True)  # from the page, sound or not
    _record = traitlets.Unicode().tag(sync=True)  # for the page: the plan, once it is another
    _fault = traitlets.Unicode().tag(sync=True)

    plan = traitlets.Instance(ZonePlan)
    log = traitlets.Instance(pd.DataFrame, read_only=True)

    def __init__(self, view: WorkbenchView, *, height: int) -> None:
        channel = secrets.token_hex(_CHANNEL_BYTES)
        page = WorkbenchPage(view, channel=channel)
        self._view, self._sheet = view, page.sheet
        self._taking = False
        super().__init__(
            _page=page.get_root().render(),
            _title=f"{view.title} · {view.district.name}",
            _height=height,
            _channel=channel,
        )
        self.set_trait("log", empty_log())
        self._take(view.starts[0].plan, empty_log())

    @traitlets.validate("plan")
    def _check(self, proposal: dict[str, Any]) -> ZonePlan:
        plan: ZonePlan = proposal["value"]
        check_plan(plan, self._view.problem)
        return plan

    @traitlets.observe("plan")
    def _show(self, change: dict[str, Any]) -> None:
        """Send a plan that was set in Python to the page."""
        if not self._taking:
            self.set_trait("log", empty_log())
            self._fault = ""
            self._record = write_report(change["new"], self._sheet)

    @traitlets.observe("_report")
    def _hear(self, change: dict[str, Any]) -> None:
        """Take over what the page reported, if it is a plan of these buildings."""
        try:
            plan, log = read_report(change["new"], self._sheet, self._view.problem)
        except ZoningError as error:
            self._fault = str(error)
            return
        self._fault = ""
        self._record = change["new"]
        self._take(plan, log)

    def _take(self, plan: ZonePlan, log: pd.DataFrame) -> None:
        self._taking = True
        try:
            # The log first: who observes the plan finds both.
            self.set_trait("log", log)
            self.plan = plan
        finally:
            self._taking = False
