"""What a run hands out: pages, tables, slides and pictures, by purpose and edition."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

from zoning import maps
from zoning.disclosure import PublicView, RestrictedView, public_view, restricted_view
from zoning.disclosure.releases import told_by
from zoning.editions import Edition
from zoning.errors import OptionError, OutputError
from zoning.files import RUN_RECORD
from zoning.maps.browser import find_browser
from zoning.maps.pages.embedding import Size
from zoning.maps.pages.offline import OfflineMap
from zoning.maps.pictures.picture import PictureFormat, frontier_picture, picture
from zoning.reports.board_words import pair
from zoning.reports.brief import brief, brief_pdf
from zoning.reports.deck import deck
from zoning.reports.deck.template import template_stage
from zoning.reports.geopackage import geopackage
from zoning.reports.qgis_style import qgis_style
from zoning.reports.results import TABLES, plan_file, table_files, table_names
from zoning.reports.run_record import RunSettings, run_record
from zoning.reports.workbook import workbook
from zoning.staffing import StaffingComparison
from zoning.zones.review.comparison import PlanComparison

COMPARISON_PAGE = "comparison.html"
DISTRICT_PAGE = "district.html"
FRONTIER_PAGE = "frontier.html"
PATROL_DAY_PAGE = "patrol_day.html"
DECK = "deck.pptx"
BRIEF = "brief.html"
BRIEF_PDF = "brief.pdf"
WORKBOOK = "tables.xlsx"
GEOPACKAGE = "zones.gpkg"
ZONE_STYLE = "zones.qml"
CHART = "cost_and_response"
PLAN_TITLE = "Patrol zones"
_PICTURE_FORMATS: tuple[PictureFormat, ...] = ("png", "svg")
# Few pixels make letters large beside the map: on two thirds of a slide those of the
# legend are of 12 points, on the printed brief of 9. Each pixel is drawn as four by four.
_SLIDE_MAP_PX, _BRIEF_MAP_PX, _BOARD_MAP_SCALE = (400, 230), (400, 170), 4.0
View = PublicView | RestrictedView
Maker = Callable[[], bytes]
_OF_OPTIONS = re.compile(rf"(map_.+|{CHART})\.(png|svg)|plan_.+\.csv")

MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        DECK: "slides for the board, with speaker notes",
        BRIEF: "the decision on one page",
        BRIEF_PDF: "the same, to print",
        COMPARISON_PAGE: "the map of all options; opens in a browser, without a network",
        DISTRICT_PAGE: "the map; opens in a browser, without a network",
        FRONTIER_PAGE: "cost against response; each point opens its map",
        PATROL_DAY_PAGE: "restricted: officers through the day, their reach, the gaps",
        **TABLES,
        ZONE_STYLE: "the style QGIS gives to zones.geojson",
        WORKBOOK: "all tables as an Excel workbook",
        GEOPACKAGE: "zones and schools for a GIS, with styles that QGIS shows",
        RUN_RECORD: "parameters, versions and hashes, to repeat the run",
    }
)


class Purpose(StrEnum):
    """What a run is for."""

    PLAN = "plan"
    COMPARISON = "comparison"
    DECK = "deck"


class Extra(StrEnum):
    """Files that are written when asked for."""

    EXCEL = "excel"
    GEOPACKAGE = "geopackage"
    PICTURES = "pictures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Which files a run writes.

    Attributes
    ----------
    purpose, edition
        What for, and for whom.
    improved
        Whether the plan of a run for `Purpose.PLAN` improves another.
    extras
        What else is asked for.
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
        Folders of public runs that were released before, to say what they and this
        run tell together. No file depends on them.
    """

    purpose: Purpose
    edition: Edition
    improved: bool = False
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

    def names(self, option_ids: Iterable[str] = ()) -> tuple[str, ...]:
        """The files, in the order a reader wants them.

        Parameters
        ----------
        option_ids
            The options, for the names of their plans and pictures.
        """
        wanted = set(self._fixed())
        fixed = [name for name in MEANINGS if name in wanted]
        ids = list(option_ids)
        return (*fixed[:-1], *self._plans(ids), *self._pictures(ids), fixed[-1])

    def require_means(self) -> None:
        """Say what these files lack, before anything is computed.

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
        if Extra.PICTURES in self.extras:
            needed.add("matplotlib")
        missing = sorted(name for name in needed if find_spec(name) is None)
        if missing:
            raise OutputError(
                f"nothing was computed: these files need {', '.join(missing)}; "
                "install them with pip install 'zoning[report]'"
            )
        if self.template is not None:
            template_stage(self.template)

    def require_options(self, option_ids: Collection[str]) -> None:
        """Say if the option proposed, or the one it replaces, is not compared.

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

    def strangers(self, there: Iterable[str], option_ids: Iterable[str] = ()) -> list[str]:
        """Of the names that are there, those that would be taken for files of this run."""
        names = set(self.names(option_ids))
        return [
            name
            for name in there
            if name not in names and (name in MEANINGS or _OF_OPTIONS.fullmatch(name))
        ]

    def _fixed(self) -> list[str]:
        restricted = self.edition is Edition.RESTRICTED
        if self.purpose is Purpose.DECK:
            pages = [DECK, BRIEF, *([BRIEF_PDF] if self.pdf else []), COMPARISON_PAGE]
            return [*pages, *self._also(), RUN_RECORD]
        compared = self.purpose is Purpose.COMPARISON
        pages = [COMPARISON_PAGE if compared or restricted else DISTRICT_PAGE]
        if compared:
            pages.append(FRONTIER_PAGE)
        if restricted:
            pages.append(PATROL_DAY_PAGE)
        tables = table_names(self.edition, compared=compared, improved=self.improved)
        return [*pages, *tables, ZONE_STYLE, *self._also(), RUN_RECORD]

    def _also(self) -> list[str]:
        files = {Extra.EXCEL: WORKBOOK, Extra.GEOPACKAGE: GEOPACKAGE}
        return [name for extra, name in files.items() if extra in self.extras]

    def _plans(self, option_ids: Iterable[str]) -> list[str]:
        return list(plan_names(option_ids).values()) if self.purpose is Purpose.COMPARISON else []

    def _pictures(self, option_ids: Iterable[str]) -> list[str]:
        if Extra.PICTURES not in self.extras:
            return []
        stems = list(picture_stems(option_ids).values())
        if self.purpose is not Purpose.PLAN:
            stems.append(CHART)
        return [f"{stem}.{kind}" for stem in stems for kind in _PICTURE_FORMATS]


def meaning_of(name: str) -> str:
    """What a file of a run is for, in a few words."""
    if name in MEANINGS:
        return MEANINGS[name]
    if name.startswith("plan_"):
        return "the plan of an option, for zoning check, zoning improve and zoning deck --from"
    return "cost and response, as a picture" if name.startswith(CHART) else "a map as a picture"


def plan_names(option_ids: Iterable[str]) -> dict[str, str]:
    """The file with the plan of each option, of `zoning compare`."""
    stems = picture_stems(option_ids)
    return {i: f"plan_{stem.removeprefix('map_')}.csv" for i, stem in stems.items()}


def picture_stems(option_ids: Iterable[str]) -> dict[str, str]:
    """A file name without its ending for the map of each option.

    Letters, digits, ``-`` and ``_`` of the id are kept; anything else, which could
    lead out of the folder or be refused by a file system, becomes ``_``.
    """
    stems: dict[str, str] = {}
    for option_id in option_ids:
        plain = "map_" + re.sub(r"[^A-Za-z0-9-]+", "_", option_id)[:60]
        taken = {stem.lower() for stem in stems.values()}
        numbered = (plain if k == 1 else f"{plain}_{k}" for k in range(1, len(stems) + 2))
        stems[option_id] = next(stem for stem in numbered if stem.lower() not in taken)
    return stems


def output_files(
    comparison: StaffingComparison,
    settings: RunSettings,
    order: Order,
    *,
    changes: PlanComparison | None = None,
    tell: Callable[[str], None] | None = None,
) -> dict[str, bytes]:
    """The bytes of every file of an order; the same comparison gives the same bytes.

    Parameters
    ----------
    changes
        What changed from the plan that was improved; None if none was.
    tell
        Called with the name of each file before it is made.

    Raises
    ------
    OutputError
        If something that an extra or a slide needs is not installed.
    """
    view = _view(comparison, order)
    makers: dict[str, Maker] = {
        **_page_makers(view, order),
        **_board_makers(view, order),
        WORKBOOK: lambda: workbook(view),
        GEOPACKAGE: lambda: geopackage(view),
        ZONE_STYLE: lambda: qgis_style("zones").encode("utf-8"),
        **table_files(comparison, view, changes=changes),
        **{
            name: partial(plan_file, comparison, option_id)
            for option_id, name in plan_names(o.option_id for o in comparison.outcomes).items()
        },
        **_picture_makers(view, order),
    }
    ids = [option.option_id for option in _public(view).options]
    names = [name for name in order.names(ids) if name != RUN_RECORD]
    files = {}
    for name in names:
        if tell is not None:
            tell(name)
        files[name] = makers[name]()
    return {
        **files,
        RUN_RECORD: run_record(
            comparison,
            settings,
            edition=order.edition,
            files=files,
            told=told_by(_public(view)),
        ),
    }


def _view(comparison: StaffingComparison, order: Order) -> View:
    make = restricted_view if order.edition is Edition.RESTRICTED else public_view
    plain = PLAN_TITLE if order.purpose is Purpose.PLAN else None
    return make(comparison, title=order.title or plain, date=order.date)


def _public(view: View) -> PublicView:
    return view.public if isinstance(view, RestrictedView) else view


def _page_makers(view: View, order: Order) -> dict[str, Maker]:
    public, size, tiles = _public(view), order.size, order.tiles
    first = public.options[0].option_id
    makers: dict[str, Maker] = {
        COMPARISON_PAGE: lambda: _html(maps.comparison(view, size=size, tiles=tiles)),
        DISTRICT_PAGE: lambda: _html(maps.district(public, first, size=size, tiles=tiles)),
        FRONTIER_PAGE: lambda: _html(maps.frontier(public, size=size, tiles=tiles)),
    }
    if isinstance(view, RestrictedView):
        makers[PATROL_DAY_PAGE] = lambda: _html(maps.patrol_day(view, size=size, tiles=tiles))
    return makers


def _html(page: OfflineMap) -> bytes:
    return str(page.get_root().render()).encode("utf-8")


def _picture_makers(view: View, order: Order) -> dict[str, Maker]:
    if Extra.PICTURES not in order.extras:
        return {}
    ids = [option.option_id for option in _public(view).options]
    makers: dict[str, Maker] = {}
    for kind in _PICTURE_FORMATS:
        for option_id, stem in picture_stems(ids).items():
            makers[f"{stem}.{kind}"] = partial(picture, view, option_id, format=kind)
        makers[f"{CHART}.{kind}"] = partial(frontier_picture, view, format=kind)
    return makers


def _board_makers(view: View, order: Order) -> dict[str, Maker]:
    if order.purpose is not Purpose.DECK:
        return {}

    @cache
    def page() -> str:
        _, focus = pair(_public(view), today=order.instead_of, chosen=order.proposed)
        drawn = None if focus is None else _bare_map(view, focus.option_id, *_BRIEF_MAP_PX)
        return brief(view, picture=drawn, chosen=order.proposed, today=order.instead_of)

    return {
        DECK: lambda: deck(
            view,
            pictures={
                option.option_id: _bare_map(view, option.option_id, *_SLIDE_MAP_PX)
                for option in _public(view).options
                if len(option.zones)
            },
            template=order.template,
            chosen=order.proposed,
            today=order.instead_of,
        ),
        BRIEF: lambda: page().encode("utf-8"),
        BRIEF_PDF: lambda: brief_pdf(page()),
    }


def _bare_map(view: View, option_id: str, width_px: int, height_px: int) -> bytes:
    return picture(
        view,
        option_id,
        width_px=width_px,
        height_px=height_px,
        scale=_BOARD_MAP_SCALE,
        bare=True,
    )


def can_print() -> bool:
    """Whether the brief can be printed to PDF here."""
    return find_spec("playwright") is not None and find_browser() is not None
