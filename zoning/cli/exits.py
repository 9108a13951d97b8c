"""How a command ends: one clear message, and a number a script can test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from zoning.cli.show import Screen
from zoning.disclosure.audit import Verdict
from zoning.errors import OutputError, ZoningError

NOT_WRITTEN = 1
BAD_INPUT = 2
NO_PLAN = 3
RULES_BROKEN = 4
RESTRICTED_FOUND = 5
NOT_ALL_READ = 6
WORDS_FOUND = 7
INTERRUPTED = 130

EXIT_STATUS = (
    f"Exit status: 0 done, {NOT_WRITTEN} files could not be written, {BAD_INPUT} bad input, "
    f"{NO_PLAN} no plan exists, {RULES_BROKEN} a rule is broken (with --strict-exit), "
    f"{RESTRICTED_FOUND} something restricted is in a file (audit), "
    f"{NOT_ALL_READ} a file could not be read in full (audit), "
    f"{WORDS_FOUND} words sound restricted (audit), {INTERRUPTED} interrupted."
)
EXIT_OF_AUDIT = {
    Verdict.RESTRICTED: RESTRICTED_FOUND,
    Verdict.HINT: WORDS_FOUND,
    Verdict.UNKNOWN: NOT_ALL_READ,
}


@contextmanager
def clean_exit(screen: Screen) -> Iterator[None]:
    """Turn what went wrong into a message on stderr and an exit status."""
    try:
        yield
    except OutputError as error:
        screen.fail(str(error))
        raise typer.Exit(NOT_WRITTEN) from error
    except ZoningError as error:
        screen.fail(str(error))
        raise typer.Exit(BAD_INPUT) from error
    except KeyboardInterrupt as stop:
        screen.fail("Interrupted; no file was changed.", headline="")
        raise typer.Exit(INTERRUPTED) from stop
