"""What an audit found: a verdict, with everything that speaks against publishing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Verdict(StrEnum):
    """Whether a file may be handed out, as far as an audit can tell."""

    RESTRICTED = "restricted"
    PUBLIC = "public"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something restricted.

    Attributes
    ----------
    where
        Sheet, slide, table, key path or line inside the file; the first place.
    what
        What it is, in plain words.
    why
        Why it may not be public.
    times
        How often the same was found.
    """

    where: str
    what: str
    why: str
    times: int = 1

    def __str__(self) -> str:
        more = f" ({self.times:,} times)" if self.times > 1 else ""
        return f"{self.where}: {self.what}{more}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditResult:
    """What one file, or one folder, holds.

    Attributes
    ----------
    path
        What was opened.
    findings
        Everything restricted that was found.
    unread
        Parts that could not be read, with the reason.
    notes
        What an audit cannot tell about files of this kind.
    """

    path: Path
    findings: tuple[Finding, ...] = ()
    unread: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Restricted if anything was found; public only if everything was read."""
        if self.findings:
            return Verdict.RESTRICTED
        return Verdict.UNKNOWN if self.unread else Verdict.PUBLIC

    def __str__(self) -> str:
        meaning = {
            Verdict.RESTRICTED: "restricted: do not publish",
            Verdict.PUBLIC: "nothing restricted found",
            Verdict.UNKNOWN: "unknown: not all of it could be read, so do not publish unseen",
        }
        return "\n".join(
            (
                f"{self.path}: {meaning[self.verdict]}",
                *(f"  {finding}" for finding in self.findings),
                *(f"  not read: {part}" for part in self.unread),
                *(f"  note: {note}" for note in self.notes),
            )
        )


class UnreadableError(ValueError):
    """A file, or a part of one, that cannot be read; says why."""
