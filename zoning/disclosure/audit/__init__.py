"""Search files for restricted content: the mark, hints, and figures of a restricted run."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from zoning.disclosure.audit.facts import Facts, read_facts
from zoning.disclosure.audit.matching import matches
from zoning.disclosure.audit.opening import opener_of
from zoning.disclosure.audit.records import MAX_RECORDS, Reader, Record
from zoning.editions import RECORDS_MARK, RESTRICTED_MARK, WORKBENCH_MARK, Edition

__all__ = ["AuditFinding", "AuditResult", "Facts", "Verdict", "audit", "read_facts"]

MAX_FILE_BYTES: Final = 1 << 29
"""Size limit of a file, bytes. Our choice: a thousand times a district's largest."""
_MARKS: Final = tuple(
    "".join(mark.split()).casefold() for mark in (RESTRICTED_MARK, WORKBENCH_MARK, RECORDS_MARK)
)
_ALONE: Final = re.compile(r"\s*RESTRICTED\s*(?:$|[:·|–-])")
_EDITION: Final = frozenset(
    ["edition", "classification", "category", "status", "keywords", "subject"]
)
"""Columns and properties whose value may name the edition."""
_RECORDS: Final = "records of the programme"
_RECORD_COLUMNS: Final = frozenset(
    ["officer", "occurred", "records", "filled", "discipline", "late_share", "per_1000"]
)
"""Headings of restricted tables of records: too plain to be looked for elsewhere."""
_HINTS: Final = (
    (re.compile(r"\bdwell(?:_s|s)?\b|present_for", re.I), "time that officers spend"),
    (re.compile(r"\b(?:patrol|officer)[ _]routes?\b|\bvisit(?:ing)?[ _]order\b", re.I), "routes"),
    (re.compile(r"\bofficers?\b.{0,60}\b(?:at|from|until) \d{1,2}[:.]\d\d", re.I), "visit times"),
    (re.compile(r"\b(?:slowest|worst)[ _](?:school|building)s?\b", re.I), "response of schools"),
    # The mean of busy_fraction over officers is public, and its column has that name.
    (
        re.compile(
            r"\boffered[ _]load\b|\bnone[ _]free[ _]share\b|\bunvisited\b"
            r"|\buncovered[ _]windows?\b|\blongest[ _]gap(?:_bound)?(?:_s)?\b|\bmean_idle_s\b"
            r"|\bno officer there at\b|\bwithout a visit for\b",
            re.I,
        ),
        "gaps",
    ),
    (
        re.compile(
            r"\bshift_(?:start|end)\b|\bbeyond_shift_hours\b|\bpresence_weight\b"
            r"|\b(?:shift|break)s?\b.{0,30}\b\d{1,2}[:.]\d\d"
            r"|\b\d{1,2}[:.]\d\d.{0,30}\b(?:shift|break)s?\b|\S \(second shift\)",
            re.I,
        ),
        "shifts and breaks",
    ),
    (
        re.compile(r"\bpatrol (?:sheets?|timelines?)\b", re.I),
        "officers' sheets",
    ),
    (
        re.compile(
            r"\bZONING_PATROL_KEY\b|\bpatrol key\b|\bkey fingerprint\b"
            r"|\bdrawn with the key\b|\bsecret of the patrol days\b",
            re.I,
        ),
        "the key of patrol days",
    ),
    (re.compile(r"\bstaging (?:area|point|place)s?\b|\bcall ?sign\b|\bbadge n", re.I), "officers"),
    (
        re.compile(
            r"\bofficer_(?:id|involved)\b|\bpost_id\b|\bwhy_not\b|\b(?:certified|approved)_until\b"
            r"|\bmay not stand in a school\b|\bwhy nobody is there\b|\bthat nobody fills\b"
            r"|\btraining of \d{4}: \d+ of \d+ hours missing\b|\bcertification to renew\b"
            r"|\bapproved arrangement ends\b|\bneither a full-time officer nor\b",
            re.I,
        ),
        "single officers, posts and campuses",
    ),
    (
        re.compile(
            r"^(?:Time of each officer|Discipline that went to an officer)$"
            r"|\bstudents in records\b|\bevents that two sources\b",
            re.I,
        ),
        _RECORDS,
    ),
    (
        # Keys of a workbench, whose travel times and calls are packed, and of what it writes.
        re.compile(
            r"\bfrom_high_school\b|\bobjective_change_s\b|^zoning workbench(?: plan)?$", re.I
        ),
        "a workbench, with travel times and calls of every school",
    ),
    (re.compile(r"--seed[ =]\d+|\bseed\s*=\s*\d+|\brandom seed\W{1,3}\d"), "a random seed"),
)
"""English words for content that only restricted files have; hints, not proof."""
_MAX_QUOTE: Final = 60


class Verdict(StrEnum):
    """Whether a file may be published, by the audit.

    ``restricted``
        It has the mark, or figures of the restricted run.
    ``hint``
        Some words suggest restricted content; a person must check.
    ``unknown``
        Not all of it could be read.
    ``public``
        All of it was read and nothing was found.
    """

    RESTRICTED = "restricted"
    HINT = "hint"
    UNKNOWN = "unknown"
    PUBLIC = "public"


_ADVICE: Final = {
    Verdict.RESTRICTED: "restricted: do not publish",
    Verdict.HINT: "some words sound restricted: have somebody look before it is published",
    Verdict.UNKNOWN: "unknown: not all of it could be read, so do not publish unseen",
    Verdict.PUBLIC: "nothing restricted found",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFinding:
    """Restricted content, or a hint of it.

    Attributes
    ----------
    where
        Sheet, slide, table, key path or line inside the file; the first place.
    what
        What it is, in plain words.
    times
        Number of occurrences.
    """

    where: str
    what: str
    times: int = 1

    def __str__(self) -> str:
        more = f" ({self.times:,} times)" if self.times > 1 else ""
        return f"{self.where}: {self.what}{more}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditResult:
    """The result for one file or one folder.

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
        What the audit cannot find in files of this kind.
    """

    path: Path
    findings: tuple[AuditFinding, ...] = ()
    hints: tuple[AuditFinding, ...] = ()
    unread: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The most serious finding; public only if everything was read."""
        if self.findings:
            return Verdict.RESTRICTED
        if self.hints:
            return Verdict.HINT
        return Verdict.UNKNOWN if self.unread else Verdict.PUBLIC

    def __str__(self) -> str:
        return "\n".join(
            (
                f"{self.path}: {_ADVICE[self.verdict]}",
                *(f"  {finding}" for finding in self.findings),
                *(f"  sounds restricted: {hint}" for hint in self.hints),
                *(f"  not read: {part}" for part in self.unread),
                *(f"  note: {note}" for note in self.notes),
            )
        )


def audit(path: str | Path, *, against: Facts | None = None) -> AuditResult:
    """Search a file for restricted content.

    The content decides, not the file's name; files inside the file are opened too.
    With the facts of a restricted run, matching figures are found in any language,
    layout, unit or rounding. Without them, only the mark and suspicious words are
    found.

    Parameters
    ----------
    path
        A file of any kind, or a folder of them.
    against
        From `read_facts`.

    Raises
    ------
    OSError
        If there is no such file or it may not be opened.
    """
    place = Path(path)
    reader = Reader(opener_of)
    files = sorted(p for p in place.rglob("*") if p.is_file()) if place.is_dir() else [place]
    if not files:
        reader.miss("the folder holds no file")
    marks, hints, figures = _Findings(), _Findings(), _Findings()
    for file in files:
        if file.stat().st_size > MAX_FILE_BYTES:
            reader.miss(f"{file.name} is larger than {MAX_FILE_BYTES >> 20} MB")
            continue
        for each in (marks, hints, figures):
            each.file = "" if file is place else file.relative_to(place).as_posix()
        records = _search(reader.read(file.read_bytes(), file.name), marks, hints, reader)
        if against is None:
            deque(records, maxlen=0)  # consume the iterator
        else:
            for where, what in matches(records, against):
                figures.add(where, what)
    return AuditResult(
        path=place,
        findings=(*marks.found.values(), *figures.found.values()),
        hints=tuple(hints.found.values()),
        unread=tuple(reader.unread),
        notes=tuple(reader.notes),
    )


def _search(
    records: Iterator[Record], marks: _Findings, hints: _Findings, reader: Reader
) -> Iterator[Record]:
    """Search records for the mark and for suspicious words, and pass them on."""
    for count, record in enumerate(records):
        if count >= MAX_RECORDS:
            reader.miss(f"rows after the first {MAX_RECORDS:,}")
            return
        for column, cell in zip(record.columns, record.cells, strict=True):
            if _is_marked(column, cell):
                marks.add(record.where, "the mark of a restricted file", key="mark")
            if column == cell and cell in _RECORD_COLUMNS:
                hints.add(record.where, f"{_RECORDS}: a column '{cell}'", key=_RECORDS)
            for pattern, what in _HINTS:
                if match := pattern.search(cell):
                    start = max(0, match.start() - _MAX_QUOTE // 2)
                    quote = " ".join(cell[start : start + _MAX_QUOTE].split())
                    hints.add(record.where, f"{what}: '{quote}'", key=what)
        yield record


@dataclass(slots=True)
class _Findings:
    """Findings of one kind; ``file`` is the file of a folder that is being read."""

    file: str = ""
    found: dict[tuple[str, ...], AuditFinding] = field(default_factory=dict)

    def add(self, where: str, what: str, *, key: str | None = None) -> None:
        """Add a finding; findings with the same key in a file are counted at the first place."""
        inside = self.file and not self.file.endswith(where)
        place = f"{self.file}: {where}" if inside else self.file or where
        seen = (self.file, key) if key is not None else (self.file, where, what)
        first = self.found.get(seen, AuditFinding(where=place, what=what, times=0))
        self.found[seen] = replace(first, times=first.times + 1)


def _is_marked(column: str, cell: str) -> bool:
    if "restr" not in cell.casefold() and "r e s t r" not in cell.casefold():
        return False
    plain = "".join(cell.split()).casefold()
    if any(mark in plain for mark in _MARKS) or _ALONE.match(cell):
        return True
    named = column.casefold().split(".")[-1] in _EDITION
    return named and cell.strip().casefold() == Edition.RESTRICTED
