"""What a person sees on the terminal: figures in people's units, notices, files."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from zoning.editions import EXAMPLE_DAY, RESTRICTED_MARK, Edition
from zoning.reports import meaning_of
from zoning.staffing import Figure, OptionOutcome, StaffingComparison
from zoning.staffing.figures import LAW_NOT_CHECKED, UNBEATEN, WITHHELD, law_on_campuses
from zoning.staffing.precision import (
    FEW_PATROLLED,
    precision_of,
    public_gap,
    public_values,
    withheld_columns,
)
from zoning.units import minutes
from zoning.zones import Status, ZoneProblem, ZoningResult
from zoning.zones.review.comparison import PlanComparison
from zoning.zones.review.score import long_drive

_LABEL_WIDTH = 39
_OPTION_WIDTH = 11
_WIDEST_OPTION = 24
_BETWEEN = 2
_MISSING = "-"
DRIVES_ELSEWHERE = "Drives of the plan are told by zoning check, or with --edition restricted."
OWN_SCREEN = "Travel by school, for your own screen: not for publication."


class Screen:
    """Results go to stdout, progress and faults to stderr.

    Text from data is shown as typed: no markup, no control character of it
    reaches the terminal.
    """

    def __init__(self) -> None:
        self.out = Console(highlight=False)
        self.err = Console(stderr=True, highlight=False)

    def fail(self, message: str, *, headline: str = "Error: ") -> None:
        """Say why the command stops."""
        self.err.print(Text.assemble((headline, "bold red"), printable(message)), soft_wrap=True)

    def notices(self, sentences: Iterable[str]) -> None:
        """Sentences a planner should read before the figures are used."""
        listed = list(sentences)
        if listed:
            self.out.print(Text("Notices", style="bold"))
            for sentence in listed:
                self._item(sentence)
            self.out.print()

    def told_together(self, sentences: Iterable[str]) -> None:
        """What this and earlier releases tell together, for whoever decides on publishing."""
        self.out.print(Text("With earlier releases", style="bold"))
        for sentence in sentences:
            self._item(sentence)
        self.out.print()

    def comparison(self, comparison: StaffingComparison, *, edition: Edition) -> None:
        """The table of figures, with what it is an estimate of in front."""
        if edition is Edition.RESTRICTED:
            self.out.print(Panel(Text(RESTRICTED_MARK), style="bold red", box=box.ASCII2))
        estimate = comparison.emergency_times.estimate
        if estimate is not None:
            self.out.print(Panel(Text(estimate), style="bold yellow", box=box.ASCII2))
        self.out.print(Text(printable(comparison.district.name), style="bold"))
        self.out.print(Text(EXAMPLE_DAY, style="dim"))
        outcomes = comparison.outcomes
        precision = precision_of(outcomes)
        exact = edition is Edition.RESTRICTED
        rows = {o.option_id: o.figures if exact else public_values(o, precision) for o in outcomes}
        hidden = {o.option_id: frozenset() if exact else withheld_columns(o) for o in outcomes}
        room = max(1, (self.out.width - _LABEL_WIDTH - _BETWEEN) // (_OPTION_WIDTH + _BETWEEN))
        per_table = math.ceil(len(outcomes) / math.ceil(len(outcomes) / room))
        wide = (self.out.width - _LABEL_WIDTH - _BETWEEN) // per_table - _BETWEEN
        for start in range(0, len(outcomes), per_table):
            self.out.print()
            self.out.print(
                _table(
                    outcomes[start : start + per_table],
                    comparison.figures(edition),
                    rows,
                    hidden,
                    width=min(max(wide, _OPTION_WIDTH), _WIDEST_OPTION),
                    beaten=_some_beaten(outcomes),
                )
            )
        self.out.print()
        if any(hidden.values()):
            self.out.print(Text(FEW_PATROLLED, style="dim"))
        for sentence in _footnotes(comparison, exact=exact):
            self.out.print(Text(printable(sentence), style="dim"))
        self.out.print()

    def proofs(self, outcomes: Sequence[OptionOutcome], *, edition: Edition) -> None:
        """How each plan was found, with its drives in a restricted run; why an option has none."""
        self.impossible(outcomes)
        for outcome in outcomes:
            if outcome.zoning is not None and outcome.plan is not None:
                exact = edition is Edition.RESTRICTED
                told = str(outcome.zoning) if exact else str(outcome.zoning).splitlines()[0]
                self.out.print(Text(printable(told)), soft_wrap=True)
                self._drive(outcome.zoning, exact=exact)
                for rule in outcome.zoning.problem.rules:
                    self.out.print(Text(f"  kept: {printable(rule.text)}"), soft_wrap=True)
                if not exact:
                    self.out.print(Text(DRIVES_ELSEWHERE, style="dim"), soft_wrap=True)
        self.out.print()

    def _drive(self, zoning: ZoningResult, *, exact: bool) -> None:
        """What is proved of the longest drive of a plan that was to keep it short; which it is."""
        if zoning.drive is None or zoning.score is None:
            return
        longest, bound = zoning.score.longest_drive_s, zoning.drive.bound_s
        proof = "no plan keeps every drive shorter"
        if bound < longest:
            proof = f"no plan keeps every drive under {minutes(bound)}" if exact else "not proved"
        told = f"longest drive inside a zone {minutes(longest) if exact else 'withheld'}; {proof}"
        self.out.print(Text(told), soft_wrap=True)

    def impossible(self, outcomes: Iterable[OptionOutcome]) -> None:
        """The options without a plan, and what would make one possible."""
        for outcome in outcomes:
            if outcome.zoning is not None and outcome.plan is None:
                if outcome.zoning.infeasibility is not None:
                    self.out.print(Text(OWN_SCREEN, style="yellow"))
                self.out.print(
                    Text.assemble((f"{outcome.label}: ", "bold"), printable(str(outcome.zoning))),
                    soft_wrap=True,
                )
                self.out.print()

    def stopped(self, label: str, zoning: ZoningResult) -> None:
        """That the user stopped a search, and how good its answer is."""
        best = "no plan was found until then"
        if zoning.gap is not None:
            best = "this is the best plan found until then"
            if zoning.lower_bound_s > 0:
                best += f"; no plan is better by more than {max(zoning.gap, 1e-5):.3%}"
            else:
                best += ", and nothing is proved of it"
        line = Text.assemble((f"{printable(label)}: ", "bold"), f"the search was stopped; {best}.")
        self.out.print(line, soft_wrap=True)
        self.out.print()

    def changes(self, changes: PlanComparison, *, since: Path) -> None:
        """What moved since a plan, and what got better or worse."""
        self.out.print(Text(f"Compared with {printable(str(since))}", style="bold"))
        self.out.print(Text(OWN_SCREEN, style="yellow"))
        self.text(str(changes))

    def inquiry(self, answer: str, problem: ZoneProblem) -> None:
        """What was found out about a plan, and what it rests on."""
        if problem.times_estimate is not None:
            self.out.print(Panel(Text(problem.times_estimate), style="bold yellow", box=box.ASCII2))
        self.out.print(Text(OWN_SCREEN, style="yellow"))
        self.out.print(Text(f"Drives: {printable(problem.times_source)}", style="dim"))
        self.text(answer)

    def text(self, text: str) -> None:
        """Sentences of the library, a line each."""
        self.out.print(Text(printable(text)), soft_wrap=True)
        self.out.print()

    def files(self, paths: Sequence[Path]) -> None:
        """Where the results are, and what each is for."""
        folder = paths[0].parent
        self.out.print(Text.assemble("Written to ", (printable(str(folder)), "bold")))
        width = max(len(path.name) for path in paths)
        for path in paths:
            self.out.print(Text(f"  {path.name:<{width}}  {meaning_of(path.name)}"), soft_wrap=True)

    def _item(self, sentence: str) -> None:
        row = Table.grid(padding=(0, 1))
        row.add_row("-", Text(printable(sentence)))
        self.out.print(row)


def printable(text: str) -> str:
    """Text without characters that would steer a terminal; line breaks stay."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


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
            _value(figure, figure.key, rows[o.option_id], hidden[o.option_id]) for o in outcomes
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
    return _MISSING if math.isnan(value) else figure.text(value)


def _proof(outcome: OptionOutcome) -> str:
    zoning = outcome.zoning
    if zoning is None:
        return _MISSING
    if zoning.status is Status.OPTIMAL:
        return "optimal"
    return "no plan" if zoning.gap is None else f"gap {100 * public_gap(zoning):.1f} %"


def _some_beaten(outcomes: Sequence[OptionOutcome]) -> bool:
    return any(o.figures and not o.not_dominated for o in outcomes)


def _not_dominated(outcome: OptionOutcome) -> str:
    if not outcome.figures:
        return _MISSING
    return "yes" if outcome.not_dominated else "no"


def _footnotes(comparison: StaffingComparison, *, exact: bool) -> Iterable[str]:
    if _some_beaten(comparison.outcomes):
        yield f"Not beaten outright: {UNBEATEN}."
    yield (
        "Zones: optimal is proved; a gap is what is left to prove. "
        f"{_MISSING} is not computed or not given."
    )
    for outcome in comparison.outcomes if len(comparison.outcomes) > 1 else ():
        if outcome.plan is not None and outcome.zoning is not None and outcome.zoning.stopped_by:
            yield f"{printable(outcome.label)}: stopped by {outcome.zoning.stopped_by}."
        if exact and outcome.plan is not None and outcome.zoning is not None:
            far = long_drive(outcome.plan, outcome.zoning.problem)
            if far:
                yield f"{printable(outcome.label)}: {printable(far)}."
    yield (
        "Response counts dispatch, turnout and the drive of the zone's own officer when free; low "
        "and high are the ends of the assumed ranges."
    )
    to_calls, on_patrol = comparison.emergency_times, comparison.patrol_times
    for driven, times in (("to a call", to_calls), ("on patrol", on_patrol)):
        yield f"Drives {driven}: {(times.estimate or times.source).rstrip('.')}."
    yield (
        "Costs, the relief factor, call rates, speeds and dispatch times are documented defaults "
        "unless you gave your own; they are not facts about this district."
    )
    law = law_on_campuses(comparison.district.state)
    yield law if law == LAW_NOT_CHECKED else f"{law} assignments.csv says which they are."
