"""The workbench: a page on which zones are changed by hand, and scored at once."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from folium.template import Template

from zoning.disclosure.workbench import WorkbenchView
from zoning.district import District
from zoning.errors import typed
from zoning.maps.pages.embedding import Size
from zoning.maps.pages.offline import OfflineMap, Page, asset, script, style
from zoning.maps.pages.pages import SHARED_ASSETS, without_scenarios
from zoning.maps.pages.workbench_data import sheet_page, worksheet
from zoning.zones import Alternatives, ZonePlan, ZoneProblem, ZoningResult

WORKBENCH_ASSETS: Final = (
    "restricted.css",
    "workbench.css",
    "workbench_plans.css",
    "tabs.js",
    "workbench_model.js",
    "workbench_kept.js",
    "workbench_state.js",
    "workbench_files.js",
    "workbench_reader.js",
    "workbench_map.js",
    "workbench_gestures.js",
    "workbench_panel.js",
    "workbench_plans.js",
    "workbench.js",
)

REPORT_ASSET: Final = "workbench_report.js"


class WorkbenchPage(OfflineMap):
    """The page of a workbench, as a Folium map. Restricted by type: it is made of a view alone.

    ``channel`` is a secret of the notebook that holds the page: only with it does the page
    report its plan.
    """

    def __init__(
        self, view: WorkbenchView, *, height: int | None = None, channel: str = ""
    ) -> None:
        self.sheet = replace(worksheet(view), channel=channel)
        super().__init__(
            name="workbench",
            page=Page(
                title=f"RESTRICTED · {view.title} · {view.district.name}",
                marks=(view.mark,),
                size=Size.PAGE,
                height=height,
                downloads=True,
            ),
            head=tuple(
                style(asset(name))
                if name.endswith(".css")
                else script(without_scenarios(asset(name)))
                for name in (
                    *SHARED_ASSETS,
                    *WORKBENCH_ASSETS,
                    *((REPORT_ASSET,) if channel else ()),
                )
            ),
            data={
                "page": sheet_page(view),
                "sheet": self.sheet,
                "tiles": None,
                "made_from": dict(view.made_from),
            },
        )
        self._template = Template(asset("workbench.html"))


@typed
def workbench(
    district: District,
    shown: ZoneProblem | ZoningResult | Alternatives,
    plans: Mapping[str, ZonePlan] | None = None,
    *,
    today: ZonePlan | None = None,
    title: str | None = None,
    date: datetime.date | None = None,
    study: str = "",
    notices: Sequence[str] = (),
    made_from: Mapping[str, str] = MappingProxyType({}),
    height: int | None = None,
) -> WorkbenchPage:
    """Make a page on which schools are moved between zones, with what each move costs.

    Everything is computed in the page, as `zoning.check_plan` does it: it opens with no
    network, and its policy allows no connection out. Restricted: it holds the travel time
    between every two schools. Own rules are named and not tested; with an own objective or
    an own cost the page shows no objective.

    Parameters
    ----------
    district
        Schools, streets and outline of the problem.
    shown
        The problem, or what was solved: its plans become starting points, the best or all
        near-best ones, with the bound that is proved.
    plans
        Further plans to start from, by name; the page opens with the first.
    today
        The plan in force, to count moved buildings from; that of the problem's rules and
        costs if they have one, whatever is given.
    title, date
        Heading of the page, and the plan's date; a plain heading and no date when None.
    study
        How the study is named in the commands that the page shows; '' for none.
    notices
        Further sentences for the foot of the page.
    made_from
        Hash or text of each input by its name: the page holds it, and it can be read back to
        see which has changed.
    height
        Pixels of the frame in a notebook; 860 when None.

    Returns
    -------
    WorkbenchPage
        A `folium.Map`: ``.save(path)`` writes the page; a notebook shows it in a frame.

    Raises
    ------
    FaultsError
        If there is no plan to start from, or two have one name.
    PlanError
        If a plan is of other buildings, or too large for a cost; names the plan.
    """
    view = WorkbenchView.of(
        district,
        shown,
        plans,
        today=today,
        title=title,
        date=date,
        study=study,
        notices=notices,
        made_from=made_from,
    )
    return WorkbenchPage(view, height=height)
