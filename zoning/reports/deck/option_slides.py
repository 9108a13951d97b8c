"""Make the slides on options: figures, maps, cost against response."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from zoning.disclosure import PublicOption, PublicView, RestrictedView
from zoning.editions import Edition
from zoning.reports import board_text
from zoning.reports.deck import messages
from zoning.reports.deck.canvas import GAP, Deck, Notes, Slide
from zoning.reports.deck.chart import ChartPoint, fits_names, scatter
from zoning.reports.deck.tables import (
    MOST_ROWS,
    Row,
    Table,
    TableColumn,
    table_slides,
    table_to_read,
)
from zoning.reports.deck.template import Box
from zoning.reports.office_files import one_line
from zoning.reports.tables import SLOWEST_SHOWN
from zoning.staffing.figures import NOT_COMPUTED, SHARE, figures, response_text
from zoning.units import counted, minutes
from zoning.zones.solve.alternatives import describe_alternatives

COMPUTED = "Computed by the software zoning from the district's data and the assumptions listed."
_ESTIMATE = "A planning estimate. Not a promise of how soon an officer arrives at any one school."
_CHART_SHARE = 0.64  # share of the width, where labels are numbers with a key beside the chart
_LONG_LABEL = 40  # length in characters from which the labels of options need the wider column
_LARGEST_FOOT = 0.3  # share of the height, for sentences under a map or chart
_GLANCE_SIZES = (16.0, 15.0, 14.0, 13.0, 12.0, 11.0, 10.5, 10.0)
_PRESENCES = ("arrivals_met", "dismissals_met")
_OPTION_FIGURES = (
    "posts",
    "officers",
    "annual_cost_usd",
    "mean_response_s",
    "p90_response_s",
    *_PRESENCES,
    "aligned_share",
    "campuses_without_own_officer",
    "campuses_with_own_officer",
    "startup_cost_usd",
    "cost_per_student_usd",
    "buildings_per_post",
)
"""In the notes of a map: what a board asks about an option."""
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
_IN_APPENDIX = "Every option stands in the appendix with its figures."
_KEEP_INSIDE = (
    "Keep these slides inside. They show where officers arrive last and when they are busy."
)


def add_options(deck: Deck, view: PublicView, *, proposed: str | None) -> None:
    """Add the options with their officers, cost and response; in words where they are many."""
    compared = board_text.describe_comparison(view, proposed=proposed)
    above = [f"{board_text.describe_proposal(view, proposed)} {messages.of_assumptions(view)}."]
    told = " ".join(f"{one_line(o.label)}: {o.description}" for o in view.options)
    notes = Notes(
        say=f"{board_text.question(view)} {compared} {told}",
        source="Options are those that staff asked to compare; their zones are computed. "
        f"{COMPUTED} {_meanings(view)}",
        caution=f"{_ESTIMATE} {board_text.SAFETY_IS_NOT_MEASURED} "
        f"{board_text.NOT_A_CONFIDENCE_INTERVAL}",
    )
    title = messages.of_options(view)
    table = Table(
        f"{counted(len(view.options), 'option')} with officers, cost and response.",
        (
            TableColumn("Option", 2.0),
            TableColumn("Officers on duty", 1.0, right=True),
            TableColumn("Cost a year (range)", 1.9, right=True),
            TableColumn("Mean response (range)", 1.9, right=True),
        ),
        tuple(
            Row(
                (
                    option.label,
                    board_text.figure_text(view, option, "posts"),
                    _with_range_below(view, option, "annual_cost_usd"),
                    _with_range_below(view, option, "mean_response_s"),
                ),
                option.option_id == proposed,
            )
            for option in view.options
        ),
    )
    below = [board_text.NOT_A_CONFIDENCE_INTERVAL] if _some_range(view) else []
    if not table_to_read(deck, title, table, notes, above=above, below=below):
        basis = (f"{messages.of_assumptions(view)}.", f"{messages.of_unbeaten(view)}.")
        listed = [compared, *basis, *view.cautions, _IN_APPENDIX]
        deck.list_slides(title, listed, notes, sizes=deck.read_sizes)


def add_words(deck: Deck, view: PublicView) -> None:
    """Add what each option is, in words."""
    notes = Notes(
        say="Each option in the words that staff gave it.",
        source="Options are those that staff asked to compare; their zones are computed.",
        caution=board_text.SAFETY_IS_NOT_MEASURED,
    )
    listed = [f"{o.label}: {o.description}" for o in view.options]
    title = f"{messages.number(len(view.options), 'option')} in words: what each of them is"
    deck.list_slides(title, listed, notes)


def add_proofs(deck: Deck, view: PublicView) -> None:
    """Add how close to optimal each plan is proved to be."""
    proved = [o for o in view.options if o.proof and board_text.has_plan(o)]
    if not proved:
        return
    notes = Notes(
        say="No other plan within the rules is better by what was asked for than a plan that is "
        "proved best; of the others it is known how much better one could be at most.",
        source=COMPUTED,
        caution="Proved for the model: its travel times and call rates are estimates.",
    )
    listed = [f"{o.label}: {o.proof}" for o in proved]
    deck.list_slides(messages.of_proofs(proved), listed, notes)


def add_overview(deck: Deck, view: PublicView) -> None:
    """Add every figure of all options in one table."""
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
    told = dict.fromkeys(board_text.call_rate(view, o) for o in view.options if not o.scenario)
    rates = "".join(f" ({rate})" for rate in told if rate)
    below = [
        board_text.explain_shading(view),
        f"Response is for the whole district, averaged over calls{rates}. 90th percentile: nine "
        "calls in ten are reached sooner.",
        *(["Met: an officer is there, of all at which one is wished."] if met else []),
        *([board_text.NOT_A_CONFIDENCE_INTERVAL] if _some_range(view) else []),
    ]
    notes = Notes(
        say="Read down one column at a time: cost first, then response. "
        + board_text.explain_shading(view),
        source=f"{COMPUTED} {_meanings(view)}",
        caution=f"{_ESTIMATE} {board_text.NOT_A_CONFIDENCE_INTERVAL}",
    )
    table = Table(about, tuple(columns), tuple(rows))
    title = messages.of_unbeaten(view)
    table_slides(deck, title, table, notes, below=below, sizes=_GLANCE_SIZES)


def alternatives_of(view: PublicView | RestrictedView) -> pd.DataFrame | None:
    """The table of near-best plans of an edition; None where there are no two."""
    table = view.public.alternatives
    if isinstance(view, RestrictedView) and view.comparison.alternatives is not None:
        table = view.comparison.alternatives.table()
    return None if table is None or len(table) < 2 else table


def add_alternatives(deck: Deck, view: PublicView, table: pd.DataFrame) -> None:
    """Add near-best plans for one request in one table: what each is better and worse at."""
    shown = [column for column in _ALTERNATIVES if column in table and table[column].notna().any()]
    rows = [
        Row((str(name), *(_cell(column, row[column]) for column in shown)))
        for name, row in table.iterrows()
    ]
    columns = [TableColumn("Plan", 0.8)]
    columns += [TableColumn(_ALTERNATIVES[c][0], 1.3, right=True) for c in shown]
    proofs = dict.fromkeys(option.proof for option in view.options if option.proof)
    notes = Notes(
        say="Plan A is the best plan by what was asked for. The others cost little more by that "
        "measure and put some buildings in other zones; the board may prefer what they are "
        "better at.",
        source=f"{COMPUTED} {' '.join(proofs)}",
        caution="Not a ranking by everything that matters: only these figures are compared.",
    )
    about = "Near-best plans, one a row, with what they are better at."
    plans = Table(about, tuple(columns), tuple(rows))
    title, told = messages.of_plans(table), describe_alternatives(table)
    if not table_to_read(deck, title, plans, notes, below=[_ABOUT_ALTERNATIVES]):
        table_slides(deck, title, plans, notes, below=[*told, _ABOUT_ALTERNATIVES])


def _cell(column: str, value: object) -> str:
    if pd.isna(value):  # type: ignore[call-overload]
        return NOT_COMPUTED
    return _ALTERNATIVES[column][1](float(value))  # type: ignore[arg-type]


def add_maps(
    deck: Deck,
    view: PublicView,
    options: Sequence[PublicOption],
    pictures: Mapping[str, bytes],
) -> None:
    """Add a slide for each of some options that has a plan: its map, as large as it gets."""
    for option in options:
        if board_text.has_plan(option):
            _add_map(deck, view, option, pictures.get(option.option_id))


def _add_map(deck: Deck, view: PublicView, option: PublicOption, picture: bytes | None) -> None:
    posts = board_text.describe_posts(option)
    sources = (f"Zones: {posts}.", option.proof, f"Data: {view.attribution}.")
    said = (*board_text.describe_option(view, option, None), option.description)
    share = board_text.headline_share(view)
    wanted = (*_OPTION_FIGURES, *([] if share is None else [share.key]))
    figures = [
        f"{figure.label}: {board_text.figure_with_range(view, option, figure.key)}."
        for figure in view.figures
        if figure.key in wanted and figure.key in _computed(option)
    ]
    notes = Notes(
        say=" ".join(text for text in (*said, *figures, board_text.list_names(option)) if text),
        source=" ".join(part for part in sources if part),
        caution="A zone's area on the map is a picture of the plan, not an attendance area. "
        + _ESTIMATE,
    )
    slide = deck.slide(messages.of_plan(view, option) or messages.of_map(view, option), notes)
    box = _above_cautions(deck, slide, view)
    if picture is None:
        slide.text(box, ["No map was given for this option."])
        return
    about = f"Map of {option.label} in {view.district}: {posts}."
    slide.picture(box, picture, alternative=about)


def _above_cautions(deck: Deck, slide: Slide, view: PublicView) -> Box:
    """Write which figures are only estimates along the foot; return the room above."""
    box, size = deck.picture_area, deck.read_sizes[-1]
    if not view.cautions:
        return box
    texts = list(map(one_line, view.cautions))
    height = deck.ruler.height(texts, deck.area.width, size) + size * (len(texts) - 1)
    height = min(height + 2, _LARGEST_FOOT * box.height)
    foot = Box(deck.area.left, box.bottom - height, deck.area.width, height)
    slide.text(foot, texts, sizes=(size, 0.9 * size, 0.8 * size, 0.7 * size))
    return box.upper(box.height - height - GAP / 2)


def add_cost_chart(deck: Deck, view: PublicView) -> None:
    """Add the chart, and which options are not on it."""
    drawn = _drawn(view)
    missing = [
        f"{o.label} ({o.missing('mean_response_s')})" for o in view.options if o not in drawn
    ]
    told = [
        "Each dot is an option; its bar is the range of the response under other assumptions.",
        _cost_range(drawn),
        f"Not on the chart: {'; '.join(missing)}." if missing else "",
    ]
    below = [" ".join(filter(None, told))]
    notes = Notes(
        say="Lower is sooner, further left costs less. Each step to the right costs more. Ask "
        "what each step buys in minutes, and for whom.",
        source=f"{COMPUTED} {_meanings(view)} {board_text.NOT_A_CONFIDENCE_INTERVAL}",
        caution=board_text.SAFETY_IS_NOT_MEASURED,
    )
    slide = deck.slide(messages.of_chart(view, drawn), notes)
    if not drawn:
        slide.text(deck.area, below)
        return
    points = [_point(o, k) for k, o in enumerate(drawn, start=1)]
    values = [
        [board_text.figure_text(view, o, key) for key in ("annual_cost_usd", "mean_response_s")]
        for o in drawn
    ]
    about = "Annual cost against mean response: " + "; ".join(
        f"{o.label} {cost} and {mean}" for o, (cost, mean) in zip(drawn, values, strict=True)
    )
    least = deck.read_sizes[-1]
    foot = min(
        deck.ruler.height(below, deck.area.width, least) + least * len(below),
        _LARGEST_FOOT * deck.area.height,
    )
    slide.text(deck.area.lower(foot), below, sizes=(least, 0.9 * least, 0.8 * least, 0.7 * least))
    box = deck.area.upper(deck.area.height - foot - 8)
    by_name = fits_names(points, box, deck.table_ruler)
    if not by_name:
        listed = [f"{point.key}: {point.name}" for point in points]
        if len(listed) <= MOST_ROWS:
            box, key = box.sides(_CHART_SHARE, gap=GAP)
            slide.text(key, listed, sizes=(least, 0.9 * least, 0.8 * least, 0.7 * least))
    scatter(slide, box, points, by_name=by_name, about=about)


def add_chart_key(deck: Deck, view: PublicView) -> None:
    """Add what the numbers on the chart stand for, where they are too many to stand beside it."""
    drawn = _drawn(view)
    points = [_point(o, k) for k, o in enumerate(drawn, start=1)]
    if len(points) <= MOST_ROWS:
        return
    key = Table(
        "The numbers on the chart and the options they stand for.",
        (
            TableColumn("No.", 0.45, right=True),
            TableColumn("Option", 2.6),
            TableColumn("Cost a year", 0.95, right=True),
            TableColumn("Mean response", 0.95, right=True),
        ),
        tuple(
            Row(
                (
                    point.key,
                    point.name,
                    board_text.figure_text(view, option, "annual_cost_usd"),
                    board_text.figure_text(view, option, "mean_response_s"),
                )
            )
            for point, option in zip(points, drawn, strict=True)
        ),
    )
    notes = Notes(
        say="The numbers of the chart of cost and response, and the options.",
        source=f"{COMPUTED} {_meanings(view)}",
        caution=board_text.SAFETY_IS_NOT_MEASURED,
    )
    title = f"The chart's numbers stand for {counted(len(drawn), 'option')}"
    table_slides(deck, title, key, notes)


def _drawn(view: PublicView) -> list[PublicOption]:
    """The options that have a place on the chart."""
    return [o for o in view.options if {"annual_cost_usd", "mean_response_s"} <= _computed(o)]


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
    return f"Costs could be {low * 100:.0f} % to {high * 100:.0f} % of those shown, for all alike."


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
    longest = response_text(float(slowest["mean_s"].iloc[0]))
    title = f"The longest mean response of a building is {longest}"
    table_slides(deck, title, table, notes, above=above)
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
    most = SHARE.text(float(busiest["busy_fraction"].max()))
    table_slides(
        deck, f"The busiest officer is on calls {most} of the day", table, notes, above=above
    )


def capitalize(text: str) -> str:
    """Capitalise the first letter only."""
    return text[:1].upper() + text[1:]


def _some_range(view: PublicView) -> bool:
    ends = {"annual_cost_low_usd", "mean_response_low_s"}
    return any(ends & _computed(option) for option in view.options)


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
