"""Make the slides on options: figures, maps, cost against response, changes for schools."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from zoning.disclosure import (
    OptionChange,
    PublicOption,
    PublicView,
    RestrictedView,
    option_change,
)
from zoning.disclosure.changes import SCHOOL_KINDS
from zoning.editions import Edition
from zoning.reports import board_text
from zoning.reports.deck.canvas import (
    GAP,
    Deck,
    Notes,
)
from zoning.reports.deck.chart import ChartPoint, fits_names, scatter
from zoning.reports.deck.tables import Row, Table, TableColumn, table_slides
from zoning.reports.deck.template import Box
from zoning.reports.office_files import one_line
from zoning.reports.tables import SLOWEST_SHOWN
from zoning.staffing.figures import NOT_COMPUTED, SHARE, figures, response_text
from zoning.units import counted, minutes
from zoning.zones.solve.alternatives import describe_alternatives

COMPUTED = "Computed by the software zoning from the district's data and the assumptions listed."
_ESTIMATE = "A planning estimate. Not a promise of how soon an officer arrives at any one school."
_MAP_SHARE = 0.67  # share of the width; the figures beside it need the rest for two columns
_CHART_SHARE = 0.62  # share of the width, where labels are numbers with a key beside the chart
_LONG_LABEL = 40  # length in characters from which the labels of options need the wider column
_LARGEST_FOOT = 0.3  # share of the height, for sentences under a map or chart
_GLANCE_SIZES = (16.0, 15.0, 14.0, 13.0, 12.0, 11.0, 10.5, 10.0)
_FOOT_SIZES = (14.0, 13.0, 12.0)
_PRESENCES = ("arrivals_met", "dismissals_met")
_SHARE = "share"  # stands for the one share of calls that is shown, see `headline_share`
_OPTION_FIGURES = (
    "posts",
    "annual_cost_usd",
    "mean_response_s",
    "p90_response_s",
    _SHARE,
    "officers",
    *_PRESENCES,
    "aligned_share",
    "campuses_without_own_officer",
    "campuses_with_own_officer",
    "startup_cost_usd",
    "cost_per_student_usd",
    "buildings_per_post",
)
"""The most needed first: where there is little room, those at the end are left out."""
_NAMED_CHANGES = (
    *SCHOOL_KINDS,
    "gains an officer of its own",
    "loses its own officer",
    "gains a patrol officer",
    "loses its patrol officer",
    "moves to a zone of another high school",
)
"""Kinds of change whose schools are named; of the others there are only numbers."""
_BY_PATROL = "patrol officer, "
_ALTERNATIVES: Mapping[str, tuple[str, Callable[[float], str]]] = {
    "from_best": ("Buildings in another zone than in Plan A", lambda value: f"{value:.0f}"),
    "above_best": ("Objective above the best", lambda value: f"{value * 100:.2g} %"),
    "mean_travel_s": ("Mean expected travel", lambda value: minutes(value, digits=2)),
    "longest_drive_s": ("Longest drive inside a zone", minutes),
    "misaligned": ("Schools outside their feeder's zone", lambda value: f"{value:.0f}"),
    "calls_cv": ("Spread of calls over zones", lambda value: f"{value * 100:.0f} %"),
    "moved": ("Buildings that leave today's zone", lambda value: f"{value:.0f}"),
}
"""Columns of `Alternatives.table`: heading and form. The edition decides which there are."""
_ABOUT_ALTERNATIVES = (
    "Objective: what Plan A makes as small as possible, the drives to calls and what was priced "
    "besides. Spread of calls: standard deviation of the zones' calls as a share of their mean."
)
_NUMBERS = {2: "Two", 3: "Three", 4: "Four", 5: "Five"}
_KEEP_INSIDE = (
    "Keep these slides inside. They show where officers arrive last and when they are busy."
)


def add_overview(deck: Deck, view: PublicView) -> None:
    """Add all options in one table."""
    longest = max(len(option.label) for option in view.options)
    aligned = board_text.find_figure(view, "aligned_share") is not None
    share = board_text.headline_share(view)
    columns = [
        TableColumn("Option", 2.4 if longest <= _LONG_LABEL else 4.2),
        TableColumn("Officers on duty (employed)", 1.3, right=True),
        TableColumn("Cost a year (range)", 1.9, right=True),
        TableColumn("Mean response (range)", 1.9, right=True),
        TableColumn("90th percentile", 1.2, right=True),
    ]
    single = ["p90_response_s"]
    if share is not None:
        columns.append(TableColumn(share.label, 1.2, right=True))
        single.append(share.key)
    if aligned:
        columns.append(TableColumn("Schools in their feeder's zone", 1.3, right=True))
        single.append("aligned_share")
    met = [f for key in _PRESENCES if (f := board_text.find_figure(view, key)) is not None]
    if met:
        columns.append(TableColumn(", ".join(figure.label for figure in met), 1.4, right=True))
    rows = []
    for option in view.options:
        shaded = board_text.is_shaded(view, option)
        posts, officers = (
            board_text.figure_text(view, option, key) for key in ("posts", "officers")
        )
        cells = (
            ("● " if shaded else "") + option.label,
            f"{posts} ({officers})" if "posts" in _computed(option) else NOT_COMPUTED,
            _with_range_below(view, option, "annual_cost_usd"),
            _with_range_below(view, option, "mean_response_s"),
            *(board_text.figure_text(view, option, key) for key in single),
        )
        if met:
            shown = tuple(board_text.figure_text(view, option, figure.key) for figure in met)
            known = any(figure.key in _computed(option) for figure in met)
            cells = (*cells, shown if known else shown[0])
        rows.append(Row(cells, shaded=shaded))
    about = (
        f"{counted(len(rows), 'option')} with officers, cost"
        f"{', response and alignment' if aligned else ' and response'}."
    )
    ranges = any(
        {"annual_cost_low_usd", "mean_response_low_s"} & _computed(o) for o in view.options
    )
    told = dict.fromkeys(board_text.call_rate(view, o) for o in view.options if not o.scenario)
    rates = "".join(f" ({rate})" for rate in told if rate)
    below = [
        board_text.explain_shading(view),
        f"Response is for the whole district, averaged over calls{rates}. 90th percentile: nine "
        "calls in ten are reached sooner.",
        *(["Met: an officer is there, of all at which one is wished."] if met else []),
        *([board_text.NOT_A_CONFIDENCE_INTERVAL] if ranges else []),
    ]
    notes = Notes(
        say="Read down one column at a time: cost first, then response. "
        + board_text.explain_shading(view),
        source=f"{COMPUTED} {_meanings(view)}",
        caution=f"{_ESTIMATE} {board_text.NOT_A_CONFIDENCE_INTERVAL}",
    )
    table = Table(about, tuple(columns), tuple(rows))
    table_slides(deck, "Options at a glance", table, notes, below=below, sizes=_GLANCE_SIZES)


def add_alternatives(deck: Deck, view: PublicView | RestrictedView) -> None:
    """Add near-best plans for one request in one table: what each is better and worse at."""
    table = view.public.alternatives
    if isinstance(view, RestrictedView) and view.comparison.alternatives is not None:
        table = view.comparison.alternatives.table()
    if table is None or len(table) < 2:
        return
    shown = [column for column in _ALTERNATIVES if column in table and table[column].notna().any()]
    rows = [
        Row((str(name), *(_cell(column, row[column]) for column in shown)))
        for name, row in table.iterrows()
    ]
    columns = [TableColumn("Plan", 0.8)]
    columns += [TableColumn(_ALTERNATIVES[c][0], 1.3, right=True) for c in shown]
    proofs = dict.fromkeys(option.proof for option in view.public.options if option.proof)
    notes = Notes(
        say="Plan A is the best plan by what was asked for. The others cost little more by that "
        "measure and put some buildings in other zones; the board may prefer what they are "
        "better at.",
        source=f"{COMPUTED} {' '.join(proofs)}",
        caution="Not a ranking by everything that matters: only these figures are compared.",
    )
    counted_plans = _NUMBERS.get(len(table), str(len(table)))
    table_slides(
        deck,
        f"{counted_plans} plans to choose from",
        Table(
            "Near-best plans, one a row, with what they are better at.", tuple(columns), tuple(rows)
        ),
        notes,
        below=[*describe_alternatives(table), _ABOUT_ALTERNATIVES],
    )


def _cell(column: str, value: object) -> str:
    if pd.isna(value):  # type: ignore[call-overload]
        return NOT_COMPUTED
    return _ALTERNATIVES[column][1](float(value))  # type: ignore[arg-type]


def add_maps(deck: Deck, view: PublicView, pictures: Mapping[str, bytes]) -> None:
    """Add a slide for each option with a plan: map, key figures and optimality gap."""
    for option in view.options:
        if board_text.has_plan(option):
            _add_map(deck, view, option, pictures.get(option.option_id))


def _add_map(deck: Deck, view: PublicView, option: PublicOption, picture: bytes | None) -> None:
    posts = board_text.describe_posts(option)
    sources = (f"Zones: {posts}.", option.proof, f"Data: {view.attribution}.")
    said = (*board_text.describe_option(view, option, None), option.description)
    notes = Notes(
        say=" ".join(text for text in (*said, board_text.list_names(option)) if text),
        source=" ".join(part for part in sources if part),
        caution="A zone's area on the map is a picture of the plan, not an attendance area. "
        + _ESTIMATE,
    )
    slide = deck.slide(option.label, notes)
    foot = [text for text in (option.proof or option.description, *view.cautions) if text]
    foot_height = min(
        deck.ruler.height(foot, deck.area.width, _FOOT_SIZES[0]) + 8 * len(foot),
        _LARGEST_FOOT * deck.area.height,
    )
    upper = deck.area.upper(deck.area.height - foot_height - 6)
    left, right = upper.sides(_MAP_SHARE, gap=GAP)
    if picture is None:
        slide.text(left, ["No map was given for this option."], sizes=(16, 14, 12))
    else:
        about = f"Map of {option.label} in {view.district}: {posts}."
        slide.picture(left, picture, alternative=about)
    table, size = _key_figures(deck, view, option, right)
    table.draw(slide, right, size)
    slide.text(deck.area.lower(foot_height), foot, sizes=_FOOT_SIZES)


def _key_figures(
    deck: Deck, view: PublicView, option: PublicOption, box: Box
) -> tuple[Table, float]:
    """Make a table of as many key figures as fit, in the order of the list."""
    columns = (TableColumn("Figure", 1.1), TableColumn("This option", 1.0, right=True))
    share = board_text.headline_share(view)
    wanted = [share.key if share and key == _SHARE else key for key in _OPTION_FIGURES]
    for count in range(len(wanted), 0, -1):
        rows = tuple(
            Row((figure.label, _with_range_below(view, option, figure.key)))
            for figure in view.figures
            if figure.key in wanted[:count]
        )
        table = Table(f"Key figures of {option.label}.", columns, rows)
        parts = table.over_slides(box, deck.table_ruler, sizes=_FOOT_SIZES)
        if len(parts) == 1:
            break
    return parts[0]


def add_cost_chart(deck: Deck, view: PublicView) -> None:
    """Add the chart, its table, and the options that are not on it."""
    drawn = [o for o in view.options if {"annual_cost_usd", "mean_response_s"} <= _computed(o)]
    missing = [
        f"{o.label} ({o.missing('mean_response_s')})" for o in view.options if o not in drawn
    ]
    below = [
        "Each dot is an option. Lower is sooner, further left costs less. Bars: range of the "
        f"response under other assumptions. {_cost_range(drawn)}",
    ]
    if missing:
        below.append(f"Not on the chart: {'; '.join(missing)}.")
    notes = Notes(
        say="Each step to the right costs more. Ask what each step buys in minutes, and for whom.",
        source=f"{COMPUTED} {_meanings(view)} {board_text.NOT_A_CONFIDENCE_INTERVAL}",
        caution=board_text.SAFETY_IS_NOT_MEASURED,
    )
    slide = deck.slide("Cost against response", notes)
    if not drawn:
        slide.text(deck.area, ["No option has both a cost and a response."])
        return
    points = [_point(o, k) for k, o in enumerate(drawn, start=1)]
    values = [
        [board_text.figure_text(view, o, key) for key in ("annual_cost_usd", "mean_response_s")]
        for o in drawn
    ]
    about = "Annual cost against mean response: " + "; ".join(
        f"{o.label} {cost} and {mean}" for o, (cost, mean) in zip(drawn, values, strict=True)
    )
    foot = min(deck.ruler.height(below, deck.area.width, 14) + 12, _LARGEST_FOOT * deck.area.height)
    slide.text(deck.area.lower(foot), below, sizes=(14, 13, 12))
    box = deck.area.upper(deck.area.height - foot - 8)
    if fits_names(points, box.width, deck.table_ruler):
        scatter(slide, box, points, by_name=True, about=about)
        return
    key = Table(
        "The numbers on the chart and the options they stand for.",
        (
            TableColumn("No.", 0.45, right=True),
            TableColumn("Option", 2.0),
            TableColumn("Cost a year", 0.95, right=True),
            TableColumn("Mean", 0.8, right=True),
        ),
        tuple(Row((p.key, p.name, *texts)) for p, texts in zip(points, values, strict=True)),
    )
    left, right = box.sides(_CHART_SHARE, gap=GAP)
    (part, size), *rest = key.over_slides(right, deck.table_ruler)
    scatter(slide, box if rest else left, points, by_name=False, about=about)
    if rest:
        table_slides(deck, "Cost against response: the options", key, notes)
    else:
        part.draw(slide, right, size)


def _point(option: PublicOption, number: int) -> ChartPoint:
    mean = option.values["mean_response_s"] / 60
    low, high = (option.values.get(f"mean_response_{end}_s", math.nan) for end in ("low", "high"))
    return ChartPoint(
        name=option.label,
        key=str(number),
        cost=option.values["annual_cost_usd"] / 1e6,
        response=mean,
        low=mean if math.isnan(low) else low / 60,
        high=mean if math.isnan(high) else high / 60,
    )


def _cost_range(drawn: Sequence[PublicOption]) -> str:
    shares = [
        [
            o.values[f"annual_cost_{end}_usd"] / o.values["annual_cost_usd"]
            for end in ("low", "high")
        ]
        for o in drawn
        if {"annual_cost_low_usd", "annual_cost_high_usd"} <= _computed(o)
        and o.values["annual_cost_usd"] > 0
    ]
    if not shares:
        return ""
    low, high = min(s[0] for s in shares), max(s[1] for s in shares)
    return (
        f"Costs could be {low * 100:.0f} % to {high * 100:.0f} % of those shown, for all options "
        "alike."
    )


def add_changes(
    deck: Deck, view: PublicView, start: PublicOption | None, focus: PublicOption | None
) -> None:
    """Add the changes for schools, as counts and then by name."""
    title = "What changes for schools"
    notes = Notes(
        say="First how many schools each kind of change touches, then which ones.",
        source="Compared school by school from the two plans.",
        caution="It says who looks after a school, not how soon a call there is answered.",
    )
    if start is None or focus is None:
        only = "Only one option has officers, so there is nothing to compare it with here."
        deck.slide(title, notes).text(deck.area, [only])
        return
    change = option_change(view, start.option_id, focus.option_id)
    between = f"From: {one_line(start.label)}. To: {one_line(focus.label)}."
    table = Table(
        "Number of schools by what changes for them.",
        (TableColumn("What changes", 3), TableColumn("Schools", 1, right=True)),
        tuple(
            Row((capitalize(str(kind)), f"{count:,}"))
            for kind, count in change.summary["schools"].items()
        ),
    )
    named = [str(kind) for kind in change.summary.index if kind in _NAMED_CHANGES]
    gained = "gain or lose an officer"
    if view.scenarios:
        gained = "open, close, gain or lose an officer"
    if view.by_feeder:
        gained += ", or move to a zone of another high school,"
    named_next = (
        f"Schools that {gained} are named on the next slides; the others are in the comparison "
        "page and its tables."
    )
    above = [between, board_text.describe_difference(view, focus, start)]
    table_slides(deck, title, table, notes, above=above, below=[named_next] if named else [])
    for kind in named:
        _add_named_changes(deck, change, kind, between, notes)


def _add_named_changes(
    deck: Deck, change: OptionChange, kind: str, between: str, notes: Notes
) -> None:
    rows = change.schools[change.schools["change"] == kind].sort_values(["name"], kind="stable")
    sides = rows[["before", "after"]]
    suffix = ""
    if all(text.startswith(_BY_PATROL) for text in sides.to_numpy().ravel()):
        # State it once in the heading rather than in every cell.
        suffix, sides = " (patrol officer)", sides.map(lambda text: text.removeprefix(_BY_PATROL))
    table = Table(
        f"Schools for which this changes: {kind}.",
        (
            TableColumn("School", 1.1),
            TableColumn(f"Before{suffix}", 1.2),
            TableColumn(f"After{suffix}", 1.2),
        ),
        tuple(
            Row((str(name), str(before), str(after)))
            for name, before, after in zip(
                rows["name"], sides["before"], sides["after"], strict=True
            )
        ),
    )
    title = f"{capitalize(kind)}: {counted(len(rows), 'school')}"
    table_slides(deck, title, table, notes, above=[between], sizes=(14.0, 13.0, 12.0))


def add_restricted_slides(deck: Deck, view: RestrictedView, option: PublicOption) -> None:
    """Add the slowest buildings and officers' busy shares of one option with a plan."""
    outcome = view.comparison.outcome(option.option_id)
    if outcome.response is None or outcome.is_overloaded:
        return
    notes = Notes(
        say=f"{_KEEP_INSIDE} Option: {option.label}.",
        source="Expected response by building, from the patrol timetable and the travel times.",
        caution="Not a record of past calls. Do not publish.",
    )
    names = view.public.at(option.option_id).schools["name"]
    hidden = [f for f in figures(Edition.RESTRICTED) if f.edition is Edition.RESTRICTED]
    whole = "; ".join(f"{f.label}: {f.present(outcome.figures)}" for f in hidden)
    slowest = outcome.response.buildings.sort_values("mean_s", ascending=False, kind="stable")
    table = Table(
        "Buildings with the longest mean response, longest first.",
        (
            TableColumn("Building", 2.4),
            TableColumn("Zone", 1.2),
            TableColumn("Mean response", 1, right=True),
            TableColumn("90th percentile", 1, right=True),
        ),
        tuple(
            Row(
                (
                    str(names.get(building, building)),
                    str(row["zone_id"]),
                    response_text(float(row["mean_s"])),
                    response_text(float(row["p90_s"])),
                )
            )
            for building, row in slowest.head(SLOWEST_SHOWN).iterrows()
        ),
    )
    above = [f"Option: {option.label}. {whole}."]
    table_slides(deck, "Slowest buildings", table, notes, above=above)
    busiest = outcome.response.zones.sort_values("busy_fraction", ascending=False, kind="stable")
    table = Table(
        "Share of the day each zone's officer is on a call, busiest first.",
        (
            TableColumn("Zone", 1.6),
            TableColumn("Calls a school-day", 1, right=True),
            TableColumn("Mean response", 1, right=True),
            TableColumn("Busy on calls", 1, right=True),
        ),
        tuple(
            Row(
                (
                    str(zone),
                    f"{float(row['calls_per_day']):.2f}",
                    response_text(float(row["mean_s"])),
                    SHARE.text(float(row["busy_fraction"])),
                )
            )
            for zone, row in busiest.iterrows()
        ),
    )
    above = [f"Option: {option.label}. While an officer is on a call, another has to come."]
    table_slides(deck, "How busy officers are", table, notes, above=above)


def capitalize(text: str) -> str:
    """Capitalise the first letter only."""
    return text[:1].upper() + text[1:]


def _computed(option: PublicOption) -> set[str]:
    """List the columns of an option that have a value."""
    return {key for key, number in option.values.items() if not math.isnan(number)}


def _with_range_below(view: PublicView, option: PublicOption, key: str) -> str | tuple[str, ...]:
    """Format a figure above its range, for a cell."""
    between = board_text.range_text(view, option, key)
    shown = board_text.figure_text(view, option, key)
    return (shown, between) if between else shown


def _meanings(view: PublicView) -> str:
    """Explain cost and mean response, for the notes."""
    found = [board_text.find_figure(view, key) for key in ("annual_cost_usd", "mean_response_s")]
    return " ".join(f"{f.label}: {f.meaning}" for f in found if f is not None)
