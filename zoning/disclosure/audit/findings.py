"""What an audit found: a verdict, with everything that speaks against publishing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Verdict(StrEnum):
    """Whether a file may be handed out, as far as an audit can tell.

    ``restricted``
        It carries the mark, or figures of the run it was compared with.
    ``hint``
        Words in it sound restricted; somebody has to look.
    ``unknown``
        Not all of it could be read.
    ``public``
        All of it was read and nothing was found.
    """

    RESTRICTED = "restricted"
    HINT = "hint"
    UNKNOWN = "unknown"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something restricted, or something that sounds so.

    Attributes
    ----------
    where
        Sheet, slide, table, key path or line inside the file; the first place.
    what
        What it is, in plain words.
    times
        How often the same was found.
    """

    where: str
    what: str
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
        Marks of restricted files, and figures that match the restricted run.
    hints
        Words that sound restricted.
    unread
        Parts that could not be read, with the reason.
    notes
        What an audit cannot tell about files of this kind.
    """

    path: Path
    findings: tuple[Finding, ...] = ()
    hints: tuple[Finding, ...] = ()
    unread: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The most serious of what was found; public only if everything was read."""
        if self.findings:
            return Verdict.RESTRICTED
        if self.hints:
            return Verdict.HINT
        return Verdict.UNKNOWN if self.unread else Verdict.PUBLIC

    def __str__(self) -> str:
        meaning = {
            Verdict.RESTRICTED: "restricted: do not publish",
            Verdict.HINT: "some words sound restricted: have somebody look before it is published",
            Verdict.UNKNOWN: "unknown: not all of it could be read, so do not publish unseen",
            Verdict.PUBLIC: "nothing restricted found",
        }
        return "\n".join(
            (
                f"{self.path}: {meaning[self.verdict]}",
                *(f"  {finding}" for finding in self.findings),
                *(f"  sounds restricted: {hint}" for hint in self.hints),
                *(f"  not read: {part}" for part in self.unread),
                *(f"  note: {note}" for note in self.notes),
            )
        )
