"""The files of a run: names, meanings, conditions and writers.

`OUTPUTS` lists them. A new file is one more entry of that list.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property, partial
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from zoning import maps
from zoning.disclosure import PublicView, RestrictedView, public_view, restricted_view
from zoning.disclosure.certainty import Checks
from zoning.disclosure.releases import published_figures
from zoning.disclosure.standing import Standing
from zoning.editions import Edition, Purpose
from zoning.errors import OptionError, OutputError
from zoning.files import RUN_RECORD, STUDY_AS_RUN
from zoning.maps.browser import find_browser
from zoning.maps.pages.embedding import Size
from zoning.maps.pages.offline import OfflineMap
from zoning.maps.pictures.picture import (
    PictureFormat,
    frontier_picture,
    moves_picture,
    picture,
    sensitivity_picture,
    standing_picture,
)
from zoning.reports import tables
from zoning.reports.board_text import choose_pair
from zoning.reports.brief import brief, brief_pdf
from zoning.reports.deck import check_template, deck
from zoning.reports.gis_files import geopackage, qgis_style, zones_geojson
from zoning.reports.office_files import file_stems
from zoning.reports.run_record import RunSettings, run_record
from zoning.reports.workbook import workbook
from zoning.staffing import StaffingComparison
from zoning.zones import CommandAreas
from zoning.zones.review.checking import PlanCheck
from zoning.zones.review.comparison import PlanComparison

COMPARISON_TABLE = "comparison.csv"
ASSIGNMENTS = "assignments.csv"
SCENARIOS_TABLE = "scenarios.csv"
SENSITIVITY_PICTURE = "sensitivity.png"
_ALTERNATIVES_TABLE = "alternatives.csv"
BUDGET_TABLE = "budget.csv"
VALUE_TABLE = "value.csv"
_BROKEN_RULES = "broken_rules.csv"
_BUILDING_TRAVEL = "travel_by_building.csv"
_CHART = "cost_and_response"
_PLAN_TITLE = "Patrol zones"
_PICTURE_FORMATS: tuple[PictureFormat, ...] = ("png", "svg")
# Few pixels give large letters beside the map: a pixel of a map on a slide is two points there, so
# that the letters of its legend have 18; on the printed brief they have 9. Each pixel is rendered
# as four by four.
_SLIDE_MAP_PX, _BRIEF_MAP_PX, _BOARD_MAP_SCALE = (456, 207), (400, 170), 4.0
_SLIDE_TORNADO_PX = (640, 290)
_FILE_OF_AN_OPTION = re.compile(rf"(map_.+|{_CHART})\.(png|svg)|plan_.+\.csv|patrol_day_.+\.html")


class Extra(StrEnum):
    """Files that are written only on request."""

    EXCEL = "excel"
    GEOPACKAGE = "geopackage"
    PICTURES = "pictures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Which files a run writes.

    Attributes
    ----------
    purpose, edition
        What the run is for, and the edition of its files.
    improved
        Whether the plan of a run for `Purpose.PLAN` improves another.
    alternatives
        Whether the options are near-best plans for one request.
    extras
        Further files to write.
    title, date
        Heading (a plain one if None) and date of every output (none if None).
    template
        A PowerPoint file whose look the slides take; None for a plain one.
    proposed, instead_of
        Options that the slides and the brief are about: the one proposed, and
        what it is compared with; chosen by them if None.
    pdf
        Whether the brief is printed too, which needs a browser.
    size, tiles
        Of the pages, as in `zoning.maps.comparison`.
    earlier
        Folders of public runs that were released before, to check what can be
        worked out from them and this run together. No file depends on them.
    scenarios
        Names of the scenarios of the schools that options are of.
    study
        The text of ``study.toml``, the study as run; None without one.
    ensemble, areas
        Whether a plan is shown among random plans, and whether its zones are grouped into
        areas of commanders.
    stress
        Whether options are tested under stress and their assumptions varied.
    """

    purpose: Purpose
    edition: Edition
    improved: bool = False
    alternatives: bool = False
    extras: frozenset[Extra] = frozenset()
    title: str | None = None
    date: datetime.date | None = None
    template: Path | None = None
    proposed: str | None = None
    instead_of: str | None = None
    pdf: bool = False
    size: Size = Size.PAGE
    tiles: str | None = None
    earlier: tuple[Path, ...] = ()
    scenarios: tuple[str, ...] = ()
    study: str | None = None
    ensemble: bool = False
    areas: bool = False
    stress: bool = False

    @property
    def restricted(self) -> bool:
        """True if the files may show patrol routes and times."""
        return self.edition is Edition.RESTRICTED

    def names(self, option_ids: Iterable[str] = ()) -> tuple[str, ...]:
        """List the files in the order of `OUTPUTS`; those of each option before the run record.

        Parameters
        ----------
        option_ids
            The options, for the names of their plans and pictures.
        """
        fixed = [output.name for output in OUTPUTS if output.written_for(self)]
        return (*fixed, *self._names_by_option(list(option_ids)), RUN_RECORD)

    def require_packages(self) -> None:
        """Check that the packages and the template for these files are available.

        Raises
        ------
        OutputError
            Naming every package that is missing.
        OptionError
            If the template cannot be used.
        """
        needed: set[str] = set()
        if self.purpose is Purpose.DECK:
            needed |= {"pptx", "matplotlib"}
        if Extra.EXCEL in self.extras:
            needed.add("openpyxl")
        if Extra.PICTURES in self.extras or self.ensemble:
            needed.add("matplotlib")
        missing = sorted(name for name in needed if find_spec(name) is None)
        if missing:
            raise OutputError(
                f"nothing was computed: these files need {', '.join(missing)}; "
                "install them with pip install 'zoning[report]'"
            )
        if self.template is not None:
            check_template(self.template)

    def require_options(self, option_ids: Collection[str]) -> None:
        """Check that the proposed option and the one it replaces are among those compared.

        Raises
        ------
        OptionError
            Naming the options there are.
        """
        asked = {"--propose": self.proposed, "--instead-of": self.instead_of}
        faults = [
            f"{word} {option} is not an option of this comparison"
            for word, option in asked.items()
            if option is not None and option not in option_ids
        ]
        if self.proposed is not None and self.proposed == self.instead_of:
            faults.append(f"{self.proposed} cannot be proposed instead of itself")
        if faults:
            raise OptionError(
                "the slides cannot be about these options",
                faults,
                f"The options are: {', '.join(option_ids)}.",
            )

    def stale_files(
        self, there: Iterable[str], option_ids: Collection[str] | None = None
    ) -> list[str]:
        """Find files of an earlier run in a folder that this run will not replace.

        Parameters
        ----------
        there
            The names of all files in the folder.
        option_ids
            The options of this run; None while they are not known, when no file of
            an option can be called stale.
        """
        names = self.names(option_ids or ())
        return stale_files(there, names, of_options=option_ids is not None)

    def _names_by_option(self, option_ids: Collection[str]) -> Iterator[str]:
        if self.purpose is Purpose.COMPARISON or _for_alternatives(self):
            yield from plan_names(option_ids).values()
        if _restricted_for_planners(self):
            yield from patrol_day_names(self.scenarios).values()
        if Extra.PICTURES in self.extras:
            stems = [*picture_stems(option_ids).values()]
            stems += [] if self.purpose is Purpose.PLAN else [_CHART]
            yield from (f"{stem}.{kind}" for stem in stems for kind in _PICTURE_FORMATS)


@dataclass(frozen=True)
class _Run:
    """The inputs of the files of a run."""

    comparison: StaffingComparison
    order: Order
    changes: PlanComparison | None
    standing: Standing | None = None
    areas: CommandAreas | None = None
    checks: Checks | None = None

    @cached_property
    def view(self) -> PublicView | RestrictedView:
        make = restricted_view if self.order.restricted else public_view
        title = _PLAN_TITLE if self.order.purpose is Purpose.PLAN else None
        return make(
            self.comparison,
            title=self.order.title or title,
            date=self.order.date,
            standing=self.standing,
            command_areas=None if self.areas is None else self.areas.of_zone,
            checks=self.checks,
        )

    @property
    def public(self) -> PublicView:
        return self.view.public

    @property
    def restricted(self) -> RestrictedView:
        if not isinstance(self.view, RestrictedView):
            raise TypeError("a restricted file cannot be made from a public view")
        return self.view

    @property
    def option_ids(self) -> list[str]:
        return [option.option_id for option in self.public.options]

    def page(self, of: Callable[..., OfflineMap], *shown: object) -> bytes:
        """Render a map page as HTML."""
        page = of(*shown, size=self.order.size, tiles=self.order.tiles)
        return str(page.get_root().render()).encode("utf-8")

    def patrol_day(self, scenario: str) -> bytes:
        """Render the page of patrol days of a scenario of the schools."""
        parts = {part.comparison.scenario: part for part in self.restricted.parts}
        return self.page(maps.patrol_day, parts[scenario])

    def deck(self) -> bytes:
        with_zones = [option.option_id for option in self.public.options if len(option.zones)]
        return deck(
            self.view,
            pictures={i: _board_map(self.view, i, *_SLIDE_MAP_PX) for i in with_zones},
            changes=self._map_of_changes(),
            tornado=self._tornado(),
            template=self.order.template,
            chosen=self.order.proposed,
            today=self.order.instead_of,
        )

    def _map_of_changes(self) -> bytes | None:
        """Draw what changes between the pair that the slides are about; None without one."""
        start, focus = choose_pair(
            self.public, today=self.order.instead_of, chosen=self.order.proposed
        )
        if start is None or focus is None:
            return None
        width, height = _SLIDE_MAP_PX
        return moves_picture(
            self.view,
            start.option_id,
            focus.option_id,
            width_px=width,
            height_px=height,
            scale=_BOARD_MAP_SCALE,
        )

    def _tornado(self) -> bytes | None:
        """Draw the sensitivity of the pair that the slides are about; None without one."""
        found = self.public.certainty
        if found is None or not found.ranking():
            return None
        pair = choose_pair(self.public, today=self.order.instead_of, chosen=self.order.proposed)
        ids = [option.option_id for option in pair if option is not None]
        width, height = _SLIDE_TORNADO_PX
        return sensitivity_picture(
            self.view,
            option_ids=ids,
            width_px=width,
            height_px=height,
            scale=_BOARD_MAP_SCALE,
            bare=True,
        )

    @cached_property
    def brief(self) -> str:
        chosen, today = self.order.proposed, self.order.instead_of
        drawn = draw_brief_map(self.view, chosen=chosen, today=today)
        return brief(self.view, picture=drawn, chosen=chosen, today=today)

    def study(self) -> bytes:
        if self.order.study is None:
            raise TypeError("the run has no study")
        return self.order.study.encode("utf-8")

    def changes_table(self) -> bytes:
        if self.changes is None:
            raise TypeError("the changes to a plan need the plan that was improved")
        estimate = self.comparison.emergency_times.estimate
        return tables.changes_table(self.changes, estimate=estimate)


def draw_brief_map(
    view: PublicView | RestrictedView, *, chosen: str | None = None, today: str | None = None
) -> bytes | None:
    """Draw the map of the option that a brief shows, as PNG; None where it shows none."""
    _, focus = choose_pair(view.public, today=today, chosen=chosen)
    return None if focus is None else _board_map(view, focus.option_id, *_BRIEF_MAP_PX)


def _board_map(
    view: PublicView | RestrictedView, option_id: str, width_px: int, height_px: int
) -> bytes:
    return picture(
        view,
        option_id,
        width_px=width_px,
        height_px=height_px,
        scale=_BOARD_MAP_SCALE,
        bare=True,
    )


class _Output(NamedTuple):
    """A file: name, meaning to a reader, condition and writer."""

    name: str
    meaning: str
    written_for: Callable[[Order], bool]
    make: Callable[[_Run], bytes]


def _for_board(order: Order) -> bool:
    return order.purpose is Purpose.DECK


def _for_planners(order: Order) -> bool:
    return order.purpose is not Purpose.DECK


def _for_comparison(order: Order) -> bool:
    return order.purpose is Purpose.COMPARISON


def _for_alternatives(order: Order) -> bool:
    return order.alternatives and _for_planners(order)


def _is_one_plan(order: Order) -> bool:
    return order.purpose is Purpose.PLAN and not (order.restricted or order.alternatives)


def _with_stress(order: Order) -> bool:
    return order.stress and _for_comparison(order)


def _restricted_for_planners(order: Order) -> bool:
    return order.restricted and _for_planners(order)


OUTPUTS: tuple[_Output, ...] = (
    _Output("deck.pptx", "slides for the board, with speaker notes", _for_board, _Run.deck),
    _Output(
        "brief.html", "the decision on one page", _for_board, lambda run: run.brief.encode("utf-8")
    ),
    _Output(
        "brief.pdf",
        "the same, to print",
        lambda order: _for_board(order) and order.pdf,
        lambda run: brief_pdf(run.brief),
    ),
    _Output(
        "comparison.html",
        "the map of all options; opens in a browser, without a network",
        lambda order: not _is_one_plan(order),
        lambda run: run.page(maps.comparison, run.view),
    ),
    _Output(
        "district.html",
        "the map; opens in a browser, without a network",
        _is_one_plan,
        lambda run: run.page(maps.district, run.public, run.option_ids[0]),
    ),
    _Output(
        "frontier.html",
        "cost against response; each point opens its map",
        _for_comparison,
        lambda run: run.page(maps.frontier, run.public),
    ),
    _Output(
        "patrol_day.html",
        "restricted: officers through the day, their reach, the gaps",
        _restricted_for_planners,
        lambda run: run.page(maps.patrol_day, run.restricted.parts[0]),
    ),
    _Output(
        COMPARISON_TABLE,
        "one row an option, every figure",
        _for_planners,
        lambda run: tables.comparison_table(run.view),
    ),
    _Output(
        BUDGET_TABLE,
        "what each option costs: every line, at the start, in a year and over five years",
        _for_comparison,
        lambda run: tables.budget_table(run.view),
    ),
    _Output(
        VALUE_TABLE,
        "what each option buys over a cheaper one: dollars a minute and an officer, pay-back",
        _for_comparison,
        lambda run: tables.value_table(run.view),
    ),
    _Output(
        _ALTERNATIVES_TABLE,
        "one row a plan: how far it is from the best one, and what it is better at",
        _for_alternatives,
        lambda run: tables.alternatives_table(run.view),
    ),
    _Output(
        SCENARIOS_TABLE,
        "one row a school that a scenario opens, closes or changes",
        lambda order: bool(order.scenarios) and _for_planners(order),
        lambda run: tables.scenarios_table(run.view),
    ),
    _Output(
        "plan.csv",
        "the best plan, to change by hand and give to zoning check or zoning improve",
        lambda order: order.purpose is Purpose.PLAN,
        lambda run: tables.plan_table(run.comparison, run.option_ids[0]),
    ),
    _Output(
        ASSIGNMENTS,
        "one row a building and option: its zone",
        _for_planners,
        lambda run: tables.assignments_table(run.view),
    ),
    _Output(
        "ensemble.csv",
        "where the plan stands among random plans within the same rules",
        lambda order: order.ensemble,
        lambda run: tables.standing_table(run.view),
    ),
    _Output(
        "ensemble.png",
        "the same as a picture: travel of the random plans, the new plan and today's",
        lambda order: order.ensemble,
        lambda run: standing_picture(run.view),
    ),
    _Output(
        "areas.csv",
        "one row a zone: the commander's area it is in",
        lambda order: order.areas,
        lambda run: tables.areas_table(run.view),
    ),
    _Output(
        "zones.geojson", "the zones, for a GIS", _for_planners, lambda run: zones_geojson(run.view)
    ),
    _Output(
        "equity.csv",
        "officer time and response by group of students",
        _for_comparison,
        lambda run: tables.equity_table(run.view),
    ),
    _Output(
        "stress.csv",
        "one row an option and stress: empty posts, snow, closed streets, more calls",
        _with_stress,
        lambda run: tables.stress_table(run.view),
    ),
    _Output(
        "stress_by_building.csv",
        "restricted: the buildings that lose most under each stress",
        lambda order: order.restricted and _with_stress(order),
        lambda run: tables.building_stress_table(run.restricted),
    ),
    _Output(
        "sensitivity.csv",
        "which assumption changes the order of the options, and at what value",
        _with_stress,
        lambda run: tables.sensitivity_table(run.view),
    ),
    _Output(
        SENSITIVITY_PICTURE,
        "the same as a picture: the mean response over the range of each assumption",
        lambda order: _with_stress(order) and can_draw(),
        lambda run: sensitivity_picture(run.view),
    ),
    _Output(
        "visits.csv",
        "restricted: every visit of every officer's day",
        _restricted_for_planners,
        lambda run: tables.visits_table(run.restricted),
    ),
    _Output(
        "response_by_building.csv",
        "restricted: response at each building",
        _restricted_for_planners,
        lambda run: tables.building_response_table(run.restricted),
    ),
    _Output(
        "severe_by_building.csv",
        "restricted: how near an officer is to each building in a severe event, and the gaps",
        _restricted_for_planners,
        lambda run: tables.severe_table(run.restricted),
    ),
    _Output(
        "changes_by_building.csv",
        "restricted: zone and travel of each building, before and after",
        lambda order: _restricted_for_planners(order) and order.improved,
        _Run.changes_table,
    ),
    _Output(
        "zones.qml",
        "the style QGIS gives to zones.geojson",
        _for_planners,
        lambda _: qgis_style("zones").encode("utf-8"),
    ),
    _Output(
        STUDY_AS_RUN,
        "the study as run, for zoning again",
        lambda order: order.study is not None,
        _Run.study,
    ),
    _Output(
        "tables.xlsx",
        "all tables as an Excel workbook",
        lambda order: Extra.EXCEL in order.extras,
        lambda run: workbook(run.view),
    ),
    _Output(
        "zones.gpkg",
        "zones and schools for a GIS, with styles that QGIS shows",
        lambda order: Extra.GEOPACKAGE in order.extras,
        lambda run: geopackage(run.view),
    ),
)
"""The files of a run, in the order a reader wants them."""

MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        **{output.name: output.meaning for output in OUTPUTS},
        _BROKEN_RULES: "restricted: the rules that the plan breaks",
        _BUILDING_TRAVEL: "restricted: zone and travel of each building",
        RUN_RECORD: "parameters, versions and hashes, to repeat the run",
    }
)


def stale_files(
    there: Iterable[str], written: Collection[str], *, of_options: bool = False
) -> list[str]:
    """Find files in a folder that a reader would take for results of this run.

    Parameters
    ----------
    there
        The names of all files in the folder.
    written
        The files of the run.
    of_options
        Whether the run writes files for each option, such as ``plan_zones-30.csv``.
    """
    return [
        name
        for name in there
        if name not in written
        and (name in MEANINGS or (of_options and _FILE_OF_AN_OPTION.fullmatch(name)))
    ]


def meaning_of(name: str) -> str:
    """Describe a file of a run in a few words."""
    if name in MEANINGS:
        return MEANINGS[name]
    if name.startswith("patrol_day_"):
        return f"{MEANINGS['patrol_day.html']}, under a scenario of the schools"
    if name.startswith("plan_"):
        return "the plan of an option; on today's schools, for zoning check and zoning improve"
    return "cost and response, as a picture" if name.startswith(_CHART) else "a map as a picture"


def plan_names(option_ids: Iterable[str]) -> dict[str, str]:
    """Name the plan file of each option, of `zoning compare`."""
    stems = picture_stems(option_ids)
    return {i: f"plan_{stem.removeprefix('map_')}.csv" for i, stem in stems.items()}


def patrol_day_names(scenarios: Iterable[str]) -> dict[str, str]:
    """Name the page of patrol days of each scenario of the schools."""
    stems = picture_stems(scenarios)
    return {s: f"patrol_day_{stem.removeprefix('map_')}.html" for s, stem in stems.items()}


def picture_stems(option_ids: Iterable[str]) -> dict[str, str]:
    """Name the map picture of each option, without its ending."""
    return {option_id: f"map_{stem}" for option_id, stem in file_stems(option_ids).items()}


def output_files(
    comparison: StaffingComparison,
    settings: RunSettings,
    order: Order,
    *,
    changes: PlanComparison | None = None,
    standing: Standing | None = None,
    areas: CommandAreas | None = None,
    checks: Checks | None = None,
    tell: Callable[[str], None] | None = None,
) -> dict[str, bytes]:
    """Write every file of an order to bytes; equal comparisons give equal bytes.

    Parameters
    ----------
    changes
        What changed from the plan that was improved; None if none was.
    standing, areas
        Where the plan stands among random plans, and its zones grouped, if the order asks.
    checks
        Stress tests and sensitivity, if the order asks.
    tell
        Called with the name of each file before it is made.

    Raises
    ------
    OutputError
        If something that an extra or a slide needs is not installed.
    """
    order = replace(order, scenarios=tuple(part.scenario for part in comparison.scenarios))
    run = _Run(comparison, order, changes, standing, areas, checks)
    makers: dict[str, Callable[[], bytes]] = dict(_makers_by_option(run))
    makers |= {output.name: partial(output.make, run) for output in OUTPUTS}
    files: dict[str, bytes] = {}
    *names, record = order.names(run.option_ids)
    for name in names:
        if tell is not None:
            tell(name)
        files[name] = makers[name]()
    files[record] = run_record(
        comparison,
        settings,
        edition=order.edition,
        purpose="improve" if order.improved else order.purpose,
        study=order.study,
        files=files,
        published=published_figures(run.public),
    )
    return files


def _makers_by_option(run: _Run) -> Iterator[tuple[str, Callable[[], bytes]]]:
    for option_id, name in plan_names(run.option_ids).items():
        yield name, partial(tables.plan_table, run.comparison, option_id)
    for scenario, name in patrol_day_names(run.order.scenarios).items():
        yield name, partial(run.patrol_day, scenario)
    for kind in _PICTURE_FORMATS:
        for option_id, stem in picture_stems(run.option_ids).items():
            yield f"{stem}.{kind}", partial(picture, run.view, option_id, format=kind)
        yield f"{_CHART}.{kind}", partial(frontier_picture, run.view, format=kind)


def check_names() -> tuple[str, ...]:
    """List the files of a checked plan."""
    return _BROKEN_RULES, _BUILDING_TRAVEL


def check_files(check: PlanCheck, *, estimate: str | None) -> dict[str, bytes]:
    """Write every file of `check_names` to bytes. Restricted: there is no public edition.

    Parameters
    ----------
    estimate
        What to say if the travel times are an estimate.
    """
    return {
        _BROKEN_RULES: tables.broken_rules_table(check, estimate=estimate),
        _BUILDING_TRAVEL: tables.building_travel_table(check, estimate=estimate),
    }


def can_draw() -> bool:
    """True if pictures can be drawn on this machine."""
    return find_spec("matplotlib") is not None


def can_print() -> bool:
    """True if the brief can be printed to PDF on this machine."""
    return find_spec("playwright") is not None and find_browser() is not None
