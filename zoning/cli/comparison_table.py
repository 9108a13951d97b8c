"""Print a finished run: the table of figures, proofs, and answers about a plan."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from rich import box
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from zoning.cli.screen import Screen, printable
from zoning.disclosure.notices import RESPONSE_COUNTS_CALLS, describe_answers, margins, overloads
from zoning.editions import EXAMPLE_DAY, RESTRICTED_MARK, Edition
from zoning.staffing import Figure, OptionOutcome, StaffingComparison
from zoning.staffing.comparison import option_notices
from zoning.staffing.figures import (
    OVERLOADED,
    UNBEATEN,
    UNBEATEN_AMONG_ALIKE,
    WITHHELD,
    is_of_response,
)
from zoning.staffing.precision import (
    public_alternatives,
    public_gap,
    public_values,
    withheld_columns,
    withheld_reason,
)
from zoning.staffing.state_law import LAW_NOT_CHECKED, law_on_campuses
from zoning.units import minutes
from zoning.zones import Alternatives, PlanComparison, Status, ZoneProblem, ZoningResult
from zoning.zones.review.score import long_drive
from zoning.zones.solve.alternatives import describe_alternatives

_LABEL_WIDTH = 39  # the longest label of a figure
_OPTION_WIDTH = 11  # the widest figure, an amount in dollars
_WIDEST_OPTION = 24  # wider columns make a row hard to follow
_BETWEEN = 2  # spaces that rich puts between columns
_MISSING = "-"
DRIVES_ELSEWHERE = "For the drives of the plan use zoning check, or --edition restricted."
OWN_SCREEN = "Travel by school, for your own screen: not for publication."


def show_comparison(screen: Screen, comparison: StaffingComparison, *, edition: Edition) -> None:
    """Print the table of figures, under the marks of the edition and of an estimate."""
    if edition is Edition.RESTRICTED:
        screen.out.print(Panel(Text(RESTRICTED_MARK), style="bold red", box=box.ASCII2))
    show_estimate(screen, comparison.emergency_times.estimate)
    screen.out.print(Text(printable(comparison.district.name), style="bold"))
    screen.out.print(Text(EXAMPLE_DAY, style="dim"))
    outcomes = comparison.outcomes
    exact = edition is Edition.RESTRICTED
    shown = comparison.figures(edition)
    rows = {o.option_id: o.figures if exact else public_values(o, shown) for o in outcomes}
    hidden = {o.option_id: frozenset() if exact else withheld_columns(o) for o in outcomes}
    for sentence in overloads(comparison):
        screen.out.print(Panel(Text(printable(sentence)), style="bold yellow", box=box.ASCII2))
    room = max(1, (screen.out.width - _LABEL_WIDTH - _BETWEEN) // (_OPTION_WIDTH + _BETWEEN))
    per_table = math.ceil(len(outcomes) / math.ceil(len(outcomes) / room))
    wide = (screen.out.width - _LABEL_WIDTH - _BETWEEN) // per_table - _BETWEEN
    for start in range(0, len(outcomes), per_table):
        screen.out.print()
        screen.out.print(
            _table(
                outcomes[start : start + per_table],
                shown,
                rows,
                hidden,
                width=min(max(wide, _OPTION_WIDTH), _WIDEST_OPTION),
                beaten=_some_beaten(outcomes),
            )
        )
    screen.out.print()
    for reason in () if exact else dict.fromkeys(filter(None, map(withheld_reason, outcomes))):
        screen.out.print(Text(reason, style="dim"))
    for sentence in _footnotes(comparison, exact=exact):
        screen.out.print(Text(printable(sentence), style="dim"))
    screen.out.print()


def show_estimate(screen: Screen, estimate: str | None) -> None:
    """Print that travel times are an estimate, if they are."""
    if estimate is not None:
        screen.out.print(Panel(Text(estimate), style="bold yellow", box=box.ASCII2))


def show_proofs(screen: Screen, outcomes: Sequence[OptionOutcome], *, edition: Edition) -> None:
    """Print the optimality gap of each plan, or why an option has no plan."""
    show_impossible(screen, outcomes)
    for outcome in outcomes:
        if outcome.zoning is not None and outcome.plan is not None:
            exact = edition is Edition.RESTRICTED
            full = str(outcome.zoning)
            shown = full if exact else full.splitlines()[0]
            screen.out.print(Text(printable(shown)), soft_wrap=True)
            _show_drive(screen, outcome.zoning, exact=exact)
            for rule in outcome.zoning.problem.rules:
                screen.out.print(Text(f"  kept: {printable(rule.text)}"), soft_wrap=True)
            if not exact:
                screen.out.print(Text(DRIVES_ELSEWHERE, style="dim"), soft_wrap=True)
    screen.out.print()


def show_alternatives(
    screen: Screen, found: Alternatives, *, edition: Edition, calls_are_counted: bool
) -> None:
    """Print the proof of each plan, what differs from the best one, and why there are no more."""
    exact = edition is Edition.RESTRICTED
    table = (
        found.table() if exact else public_alternatives(found, calls_are_counted=calls_are_counted)
    )
    for name, result in zip(found.names, found.results, strict=False):
        screen.out.print(Text.assemble((f"{name}: ", "bold"), str(result).splitlines()[0]))
    for line in describe_alternatives(table):
        screen.out.print(Text(line), soft_wrap=True)
    if not exact:
        screen.out.print(Text(DRIVES_ELSEWHERE, style="dim"), soft_wrap=True)
    for rule in found.problem.rules:
        screen.out.print(Text(f"  kept: {printable(rule.text)}"), soft_wrap=True)
    screen.out.print()


def _show_drive(screen: Screen, zoning: ZoningResult, *, exact: bool) -> None:
    """Print the longest drive of a plan whose objective is `worst`, and its lower bound."""
    if zoning.drive is None or zoning.score is None:
        return
    longest, bound = zoning.score.longest_drive_s, zoning.drive.bound_s
    proof = "no plan keeps every drive shorter"
    if bound < longest:
        proof = f"no plan keeps every drive under {minutes(bound)}" if exact else "not proved"
    line = f"longest drive inside a zone {minutes(longest) if exact else 'withheld'}; {proof}"
    screen.out.print(Text(line), soft_wrap=True)


def show_impossible(screen: Screen, outcomes: Iterable[OptionOutcome]) -> None:
    """Print the options without a plan, with remedies."""
    for outcome in outcomes:
        if outcome.zoning is not None and outcome.plan is None:
            if outcome.zoning.infeasibility is not None:
                screen.out.print(Text(OWN_SCREEN, style="yellow"))
            screen.out.print(
                Text.assemble((f"{outcome.label}: ", "bold"), printable(str(outcome.zoning))),
                soft_wrap=True,
            )
            screen.out.print()


def show_stopped(screen: Screen, label: str, zoning: ZoningResult) -> None:
    """Print that the user stopped a search, and the gap of its answer."""
    best = "no plan was found until then"
    if zoning.gap is not None:
        best = "this is the best plan found until then"
        if zoning.lower_bound_s > 0:
            best += f"; no plan is better by more than {max(zoning.gap, 1e-5):.3%}"
        else:
            best += ", and no bound on its cost was proved"
    line = Text.assemble((f"{printable(label)}: ", "bold"), f"the search was stopped; {best}.")
    screen.out.print(line, soft_wrap=True)
    screen.out.print()


def show_changes(screen: Screen, changes: PlanComparison, *, since: Path) -> None:
    """Print which buildings moved since a plan, and which figures got better or worse."""
    screen.out.print(Text(f"Compared with {printable(str(since))}", style="bold"))
    screen.out.print(Text(OWN_SCREEN, style="yellow"))
    screen.text(str(changes))


def show_answer(screen: Screen, answer: str, problem: ZoneProblem) -> None:
    """Print the answer to a question about a plan, with the source of its travel times."""
    show_estimate(screen, problem.times_estimate)
    screen.out.print(Text(OWN_SCREEN, style="yellow"))
    screen.out.print(Text(f"Drives: {printable(problem.times_source)}", style="dim"))
    screen.text(answer)


def _table(
    outcomes: Sequence[OptionOutcome],
    listed: Sequence[Figure],
    rows: Mapping[str, Mapping[str, float]],
    hidden: Mapping[str, frozenset[str]],
    *,
    width: int,
    beaten: bool,
) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", max_width=_LABEL_WIDTH)
    for outcome in outcomes:
        label = Text(printable(outcome.label))
        table.add_column(label, justify="right", vertical="bottom", width=width)
    for figure in listed:
        values = (
            OVERLOADED
            if o.is_overloaded and is_of_response(figure.key)
            else _value(figure, figure.key, rows[o.option_id], hidden[o.option_id])
            for o in outcomes
        )
        table.add_row(Text(figure.label), *values)
        for name, column in (("  low", figure.low), ("  high", figure.high)):
            if column is not None:
                values = (
                    _value(figure, column, rows[o.option_id], hidden[o.option_id]) for o in outcomes
                )
                table.add_row(Text(name, style="dim"), *values, style="dim")
    table.add_row("Zones", *(_proof(o) for o in outcomes))
    if beaten:
        table.add_row("Not beaten outright", *(_not_dominated(o) for o in outcomes))
    return table


def _value(figure: Figure, column: str, row: Mapping[str, float], hidden: frozenset[str]) -> str:
    value = row.get(column, math.nan)
    if column in hidden:
        return WITHHELD
    if math.isnan(value):
        return _MISSING
    return figure.with_whole(row) if column == figure.key else figure.text(value)


def _proof(outcome: OptionOutcome) -> str:
    zoning = outcome.zoning
    if zoning is None:
        return _MISSING
    if zoning.status is Status.OPTIMAL:
        return "next best" if zoning.among else "optimal"
    return "no plan" if zoning.gap is None else f"gap {100 * public_gap(zoning):.1f} %"


def _some_beaten(outcomes: Sequence[OptionOutcome]) -> bool:
    return any(o.figures and not o.not_dominated for o in outcomes)


def _not_dominated(outcome: OptionOutcome) -> str:
    if not outcome.figures:
        return _MISSING
    return "yes" if outcome.not_dominated else "no"


def _footnotes(comparison: StaffingComparison, *, exact: bool) -> Iterator[str]:
    if _some_beaten(comparison.outcomes):
        meaning = UNBEATEN_AMONG_ALIKE if comparison.scenarios else UNBEATEN
        yield f"Not beaten outright: {meaning}."
    yield (
        "Zones: optimal is proved; a gap is what is left to prove. "
        f"{_MISSING} is not computed or not given."
    )
    among = dict.fromkeys(o.zoning.among for o in comparison.outcomes if o.zoning is not None)
    yield from (f"Next best: proved best of {which}." for which in among if which)
    for outcome in comparison.outcomes if len(comparison.outcomes) > 1 else ():
        if outcome.plan is not None and outcome.zoning is not None and outcome.zoning.stopped_by:
            yield f"{printable(outcome.label)}: stopped by {outcome.zoning.stopped_by}."
        if exact and outcome.zoning is not None and outcome.zoning.plan is not None:
            far = long_drive(outcome.zoning.plan, outcome.zoning.problem)
            if far:
                yield f"{printable(outcome.label)}: {printable(far)}."
    yield RESPONSE_COUNTS_CALLS
    yield from describe_answers(comparison)
    yield "Low and high are the ends of the assumed ranges."
    yield from margins(comparison)
    yield from option_notices(comparison.outcomes)
    to_calls, on_patrol = comparison.emergency_times, comparison.patrol_times
    for driven, times in (("to a call", to_calls), ("on patrol", on_patrol)):
        yield f"Drives {driven}: {(times.estimate or times.source).rstrip('.')}."
    yield (
        "Costs, the relief factor, call rates, speeds, and who answers how soon and for how long "
        "are documented defaults unless you gave your own; they are not facts about this district."
    )
    law = law_on_campuses(comparison.district.state)
    yield law if law == LAW_NOT_CHECKED else f"{law} assignments.csv says which they are."
