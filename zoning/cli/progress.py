"""Telling a planner what is being solved, and how far it is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.status import Status
from rich.text import Text

from zoning.staffing.comparison import ComparisonProgress
from zoning.zones import Progress


@contextmanager
def telling(console: Console, *, steps: int) -> Iterator[ComparisonProgress]:
    """A callback for `compare_staffing`: one moving line on a terminal, else plain lines."""
    if not console.is_terminal:
        yield _Lines(console, steps)
        return
    with console.status(Text("starting")) as status:
        spoken = _OneLine(console, status, steps)
        yield spoken
        spoken.finish()


@dataclass(slots=True)
class _Steps:
    """Counts the steps by their names."""

    total: int
    label: str = ""
    done: int = 0

    def begin(self, label: str) -> bool:
        """Whether this is a new step."""
        if label == self.label:
            return False
        self.label = label
        self.done += 1
        return True

    def __str__(self) -> str:
        return f"[{self.done}/{self.total}] {self.label}"


class _Lines:
    """A line for every step, and one for every gap."""

    def __init__(self, console: Console, steps: int) -> None:
        self._console = console
        self._steps = _Steps(steps)
        self._said = ""

    def __call__(self, label: str, where: Progress | None) -> None:
        new = self._steps.begin(label)
        gap = "" if where is None or where.gap is None else _gap(where.gap)
        what = "" if where is None or not gap else _known(where)
        if new or (gap and gap != self._said):
            self._said = gap
            line = f"{self._steps}{f': {what}' if what else ''}"
            self._console.print(Text(line), soft_wrap=True)


class _OneLine:
    """A spinner with what is being done; finished steps stay above it."""

    def __init__(self, console: Console, status: Status, steps: int) -> None:
        self._console = console
        self._status = status
        self._steps = _Steps(steps)

    def __call__(self, label: str, where: Progress | None) -> None:
        before = str(self._steps)
        if self._steps.begin(label) and self._steps.done > 1:
            self._stay(before)
        self._status.update(Text(f"{self._steps}{_doing(where)}"))

    def finish(self) -> None:
        """Let the last step stay."""
        if self._steps.done:
            self._stay(str(self._steps))

    def _stay(self, line: str) -> None:
        self._console.print(Text.assemble(("✓ ", "green"), line))


def _doing(where: Progress | None) -> str:
    if where is None:
        return ""
    known = _known(where)
    return f": {where.stage}{f', {known}' if known else ''}"


def _known(where: Progress) -> str:
    """The best plan so far, what no plan can beat, and what lies between."""
    parts = []
    if where.incumbent is not None:
        parts.append(f"best {where.incumbent / 60:,.2f}")
    if where.bound is not None and where.bound > 0:
        parts.append(f"bound {where.bound / 60:,.2f}")
    told = f"{', '.join(parts)} min over all buildings" if parts else ""
    return f"{told}, {_gap(where.gap)}" if where.gap is not None else told


def _gap(gap: float) -> str:
    if not math.isfinite(gap):
        return "gap not known yet"
    if gap < 1e-6:
        return "proved"
    return f"gap {gap:.2%}" if gap >= 0.0001 else "gap under 0.01%"
