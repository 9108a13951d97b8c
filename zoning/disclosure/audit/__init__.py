"""Does a file hold anything restricted? Compares it with a restricted run, mark first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from zoning.disclosure.audit.facts import Facts, read_facts
from zoning.disclosure.audit.findings import AuditResult, Finding, Verdict
from zoning.disclosure.audit.matching import matches
from zoning.disclosure.audit.opening import opener_of
from zoning.disclosure.audit.records import MOST_RECORDS, Reader, Record
from zoning.editions import RESTRICTED_MARK, Edition

__all__ = ["AuditResult", "Facts", "Finding", "Verdict", "audit", "read_facts"]

LARGEST: Final = 1 << 29
"""Bytes of a file that is opened; a district's largest is a thousandth of that."""
_MARK: Final = "".join(RESTRICTED_MARK.split()).casefold()
_ALONE: Final = re.compile(r"\s*RESTRICTED\s*(?:$|[:·|–-])")
_EDITION: Final = frozenset(
    ["edition", "classification", "category", "status", "keywords", "subject"]
)
_HINTS: Final = (
    (re.compile(r"\bdwell(?:_s|s)?\b|in_arrival_window", re.I), "time that officers spend"),
    (re.compile(r"\b(?:patrol|officer)[ _]routes?\b|\bvisit(?:ing)?[ _]order\b", re.I), "routes"),
    (re.compile(r"\bofficers?\b.{0,60}\b(?:at|from|until) \d{1,2}[:.]\d\d", re.I), "visit times"),
    (re.compile(r"\b(?:slowest|worst)[ _](?:school|building)s?\b", re.I), "response of schools"),
    (re.compile(r"\bbusy[ _]fraction\b|\bunvisited\b|\buncovered[ _]windows?\b", re.I), "gaps"),
    (re.compile(r"\bstaging (?:area|point|place)s?\b|\bcall ?sign\b|\bbadge n", re.I), "officers"),
    (re.compile(r"--seed[ =]\d+|\brandom seed\W{1,3}\d"), "a random seed"),
)
"""Words that name what only restricted files hold; in English, and no proof."""
_LONGEST_QUOTE: Final = 60


def audit(path: str | Path, *, against: Facts | None = None) -> AuditResult:
    """Whether a file holds anything restricted, as far as can be told from it.

    The content decides, not the name; files inside the file are opened too. With
    the facts of a restricted run, figures that agree with it are found whatever
    the language, layout, unit or rounding. Without, only its mark is, and words
    that sound restricted.

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
    marks: dict[tuple[str, str], Finding] = {}
    hints: dict[tuple[str, str], Finding] = {}
    found: list[Finding] = []
    for file in files:
        if file.stat().st_size > LARGEST:
            reader.miss(f"{file.name} is larger than {LARGEST >> 20} MB")
            continue
        inside = "" if file is place else f"{file.relative_to(place).as_posix()}: "
        records = _watched(reader.read(file.read_bytes(), file.name), inside, marks, hints, reader)
        agreed = matches(records, against) if against is not None else _drained(records)
        found += [Finding(where=_place(inside, one.where), what=one.what) for one in agreed]
    return AuditResult(
        path=place,
        findings=(*marks.values(), *found),
        hints=tuple(hints.values()),
        unread=tuple(reader.unread),
        notes=tuple(reader.notes),
    )


def _drained(records: Iterator[Record]) -> list[Finding]:
    for _ in records:
        pass
    return []


def _watched(
    records: Iterator[Record],
    inside: str,
    marks: dict[tuple[str, str], Finding],
    hints: dict[tuple[str, str], Finding],
    reader: Reader,
) -> Iterator[Record]:
    """The records, while their texts are searched for the mark and for telling words."""
    for count, record in enumerate(records):
        if count >= MOST_RECORDS:
            reader.miss(f"rows after the first {MOST_RECORDS:,}")
            return
        for column, cell in zip(record.columns, record.cells, strict=True):
            if _is_marked(column, cell):
                _count(marks, inside, record, "the mark of a restricted file")
            for pattern, what in _HINTS:
                if match := pattern.search(cell):
                    start = max(0, match.start() - _LONGEST_QUOTE // 2)
                    quote = " ".join(cell[start : start + _LONGEST_QUOTE].split())
                    _count(hints, inside, record, f"{what}: '{quote}'", key=what)
        yield record


def _count(
    into: dict[tuple[str, str], Finding],
    inside: str,
    record: Record,
    what: str,
    *,
    key: str | None = None,
) -> None:
    """Note something once for each file, with its first place, and how often it was seen."""
    seen = (inside, key or what)
    first = into.get(seen, Finding(where=_place(inside, record.where), what=what, times=0))
    into[seen] = replace(first, times=first.times + 1)


def _place(inside: str, where: str) -> str:
    """A part of a file; of a file in a folder with its path, once."""
    path = inside.removesuffix(": ")
    return path if path.endswith(where) else inside + where


def _is_marked(column: str, cell: str) -> bool:
    if "restr" not in cell.casefold() and "r e s t r" not in cell.casefold():
        return False
    if _MARK in "".join(cell.split()).casefold() or _ALONE.match(cell):
        return True
    named = column.casefold().split(".")[-1] in _EDITION
    return named and cell.strip().casefold() == Edition.RESTRICTED
