"""The terminal: output, progress and exit status of a command."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer
from rich.console import Console
from rich.status import Status
from rich.text import Text

from zoning import __version__
from zoning.errors import DistrictNotice, InternalError, OutputError, ZoningError

if TYPE_CHECKING:
    from zoning.zones import Progress

NOT_WRITTEN: Final = 1
BAD_INPUT: Final = 2
NO_PLAN: Final = 3
RULES_BROKEN: Final = 4
RESTRICTED_FOUND: Final = 5
NOT_ALL_READ: Final = 6
WORDS_FOUND: Final = 7
INTERNAL_ERROR: Final = 70
INTERRUPTED: Final = 130
"""Exit statuses; 130 is what a shell reports of a program that Ctrl-C ended (128 + SIGINT), 70 is
EX_SOFTWARE of sysexits.h, an internal software error."""

EXIT_STATUS: Final = (
    f"Exit status: 0 done, {NOT_WRITTEN} files could not be written, {BAD_INPUT} bad input, "
    f"{NO_PLAN} no plan exists, {RULES_BROKEN} a rule is broken (with --strict-exit), "
    f"{RESTRICTED_FOUND} restricted content found (audit), "
    f"{NOT_ALL_READ} a file could not be read in full (audit), "
    f"{WORDS_FOUND} words sound restricted (audit), {INTERNAL_ERROR} an error of zoning itself, "
    f"{INTERRUPTED} interrupted."
)

_SEND_THIS: Final = (
    "No file was changed. Send this message, the command and its study to the maintainers of "
    f"zoning {__version__}; ask your district first whether the school list may go with them."
)


class Screen:
    """Results go to stdout, progress and faults to stderr.

    Text from data is shown as typed: no markup, no control character of it
    reaches the terminal.
    """

    def __init__(self) -> None:
        self.out = Console(highlight=False)
        self.err = Console(stderr=True, highlight=False)

    def fail(self, message: str, *, headline: str = "Error: ") -> None:
        """Print why the command stops."""
        self.err.print(Text.assemble((headline, "bold red"), printable(message)), soft_wrap=True)

    def text(self, text: str) -> None:
        """Print sentences, one a line."""
        self.out.print(Text(printable(text)), soft_wrap=True)
        self.out.print()

    def listed(self, heading: str, sentences: Iterable[str]) -> None:
        """Print sentences as a list under a heading; nothing if there are none."""
        items = list(sentences)
        if not items:
            return
        self.out.print(Text(heading, style="bold"))
        for sentence in items:
            self.indented(Text(printable(sentence)), "- ", "  ")
        self.out.print()

    def indented(self, text: Text, first: str, rest: str) -> None:
        """Print text in lines that begin with these blanks or signs."""
        begin = first
        for line in text.wrap(self.out, max(20, self.out.width - len(rest))):
            line.rstrip()
            self.out.print(Text.assemble(begin, line), soft_wrap=True)
            begin = rest

    def notices(self, sentences: Iterable[str]) -> None:
        """Print the notices that a planner should read before using the figures."""
        self.listed("Notices", sentences)

    def written(self, path: Path, *, remark: str = "") -> None:
        """Print the path of a written file, without the folders it leaves again."""
        short = Path(os.path.normpath(path))
        path = short if short.resolve() == path.resolve() else path
        self.out.print(Text.assemble("Written to ", (printable(str(path)), "bold"), remark))

    def files(self, paths: Sequence[Path], meaning_of: Callable[[str], str]) -> None:
        """Print the folder of the results, and the meaning of each file.

        Files of one meaning, such as a file for each officer, share a line.
        """
        self.written(paths[0].parent)
        alike: dict[str, list[str]] = {}
        for path in paths:
            alike.setdefault(meaning_of(path.name) or path.name, []).append(path.name)
        lines = [line for meaning, names in alike.items() for line in _join_names(names, meaning)]
        width = max(len(name) for name, _ in lines)
        for name, meaning in lines:
            self.out.print(Text(f"  {name:<{width}}  {meaning}"), soft_wrap=True)


def _join_names(names: list[str], meaning: str) -> list[tuple[str, str]]:
    letters = list(zip(*names, strict=False))
    same = [len(set(column)) == 1 for column in letters]
    begin = names[0][: (*same, False).index(False)]
    if len(names) < 3 or not begin:
        return [(name, "" if meaning == name else meaning) for name in names]
    end = Path(names[0]).suffix
    return [(f"{begin}*{end}", f"{meaning} ({len(names)} files)")]


def printable(text: str) -> str:
    """Remove control characters that a terminal would obey; keep line breaks."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


@contextmanager
def clean_exit(screen: Screen) -> Iterator[None]:
    """Turn an error into a message on stderr and an exit status."""
    try:
        yield
    except OutputError as error:
        screen.fail(str(error))
        raise typer.Exit(NOT_WRITTEN) from error
    except InternalError as error:
        screen.fail(f"{error}\n{_SEND_THIS}", headline="Internal error: ")
        raise typer.Exit(INTERNAL_ERROR) from error
    except ZoningError as error:
        screen.fail(str(error))
        raise typer.Exit(BAD_INPUT) from error
    except KeyboardInterrupt as stop:
        screen.fail("Interrupted; no file was changed.", headline="")
        raise typer.Exit(INTERRUPTED) from stop


@contextmanager
def collect_notices(notices: list[str]) -> Iterator[None]:
    """Add the library's notices to a list, each once; other warnings are passed on."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DistrictNotice)
        yield
    for warning in caught:
        if issubclass(warning.category, DistrictNotice):
            # Streets repeat a warning for every profile.
            if str(warning.message) not in notices:
                notices.append(str(warning.message))
        else:
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno
            )


@contextmanager
def show_progress(
    console: Console, *, steps: int
) -> Iterator[Callable[[str, Progress | None], None]]:
    """A callback for `compare_staffing`: one moving line on a terminal, else plain lines."""
    if not console.is_terminal:
        yield _Steps(console, steps)
        return
    with console.status(Text("starting")) as status:
        shown = _Steps(console, steps, status)
        yield shown
        shown.print_done()


class _Steps:
    """Shows the steps of a run: with a status a moving line, and a line for each step done.

    Without one, prints a line when a step begins and when its gap changes.
    """

    def __init__(self, console: Console, total: int, status: Status | None = None) -> None:
        self._console = console
        self._total = total
        self._status = status
        self._label = ""
        self._done = 0
        self._last_gap = ""

    def __call__(self, label: str, progress: Progress | None) -> None:
        new = label != self._label
        if new:
            self.print_done()
            self._label, self._done = label, self._done + 1
        what = "" if progress is None else _bounds(progress)
        if self._status is not None:
            parts = () if progress is None else (progress.stage, what)
            self._status.update(self._line(", ".join(filter(None, parts))))
            return
        gap = "" if progress is None or progress.gap is None else _gap(progress.gap)
        if new or (gap and gap != self._last_gap):
            self._last_gap = gap
            self._console.print(self._line(what if gap else ""), soft_wrap=True)

    def _line(self, what: str = "") -> Text:
        step = f"[{self._done}/{self._total}] {self._label}"
        return Text(f"{step}: {what}" if what else step)

    def print_done(self) -> None:
        """Leave a line for the step that is done, on a terminal."""
        if self._status is not None and self._done:
            self._console.print(Text.assemble(("✓ ", "green"), self._line()))


def _bounds(progress: Progress) -> str:
    """Format the incumbent, the lower bound and the gap."""
    parts = []
    if progress.incumbent is not None:
        parts.append(f"best {progress.incumbent / 60:,.2f}")
    if progress.bound is not None and progress.bound > 0:
        parts.append(f"bound {progress.bound / 60:,.2f}")
    known = f"{', '.join(parts)} min over all buildings" if parts else ""
    return f"{known}, {_gap(progress.gap)}" if progress.gap is not None else known


def _gap(gap: float) -> str:
    if not math.isfinite(gap):
        return "gap not known yet"
    if gap < 1e-6:  # the gap at which the solver stops, and calls a plan optimal
        return "proved"
    return f"gap {gap:.2%}" if gap >= 0.0001 else "gap under 0.01%"
