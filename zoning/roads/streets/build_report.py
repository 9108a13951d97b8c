"""Report what a network builder read, guessed, repaired and left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# Number of examples that a finding lists.
_EXAMPLES = 5


class FindingKind(StrEnum):
    """Categories of findings; the values are the report's headings."""

    READ = "Read"
    GUESSED = "Guessed"
    REPAIRED = "Repaired"
    LEFT_OUT = "Left out"
    NOT_MODELLED = "Not modelled"
    BUILT = "Built"
    TO_DECIDE = "To decide"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A count of one code, with examples.

    Attributes
    ----------
    kind
        What happened to the things counted.
    code
        A name a script can ask for, for example ``'zero_length'``; the same
        whatever the source.
    count
        How many, at least 1.
    words
        Description for a planner: what was found and what was done.
    examples
        A few of them as the source names them, or values with their counts.
    """

    kind: FindingKind
    code: str
    count: int
    words: str
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        shown = f" ({', '.join(self.examples)})" if self.examples else ""
        return f"{self.words}: {self.count:,}{shown}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """Everything that was read, guessed, repaired or left out when a street network was built.

    Attributes
    ----------
    findings
        In the order they were made; each code once.
    """

    findings: tuple[Finding, ...] = ()

    def count(self, code: str) -> int:
        """The count of a code; 0 if there is no such finding."""
        return sum(finding.count for finding in self.findings if finding.code == code)

    def to_frame(self) -> pd.DataFrame:
        """One row a finding: ``kind``, ``code``, ``count``, ``words``, ``examples``."""
        return pd.DataFrame(
            self.to_records(), columns=["kind", "code", "count", "words", "examples"]
        )

    def to_records(self) -> list[dict[str, Any]]:
        """The findings as plain values for JSON; `from_records` reads them."""
        return [
            asdict(finding) | {"kind": str(finding.kind), "examples": list(finding.examples)}
            for finding in self.findings
        ]

    @classmethod
    def from_records(cls, records: Iterable[Mapping[str, Any]]) -> BuildReport:
        """The report that `to_records` wrote."""
        return cls(
            findings=tuple(
                Finding(
                    kind=FindingKind(record["kind"]),
                    code=str(record["code"]),
                    count=int(record["count"]),
                    words=str(record["words"]),
                    examples=tuple(str(example) for example in record["examples"]),
                )
                for record in records
            )
        )

    def sections(self) -> Iterator[tuple[FindingKind, tuple[Finding, ...]]]:
        """The findings by kind, in the order of `FindingKind`, empty kinds left out."""
        for kind in FindingKind:
            found = tuple(finding for finding in self.findings if finding.kind is kind)
            if found:
                yield kind, found

    def __str__(self) -> str:
        return "\n".join(
            line
            for kind, found in self.sections()
            for line in (str(kind), *(f"  {finding}" for finding in found))
        )


class ReportDraft:
    """Collects findings while a network is built."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []

    def add(
        self,
        kind: FindingKind,
        code: str,
        words: str,
        count: int,
        examples: Iterable[str] = (),
        *,
        most: int = _EXAMPLES,
    ) -> None:
        """Record a count with a few examples; ignore a count of 0."""
        if count:
            listed = list(examples)
            more = [f"and {len(listed) - most} more"] if len(listed) > most else []
            self._findings.append(
                Finding(
                    kind=kind,
                    code=code,
                    count=int(count),
                    words=words,
                    examples=(*listed[:most], *more),
                )
            )

    def finished(self) -> BuildReport:
        """Make the report."""
        return BuildReport(findings=tuple(self._findings))


def value_counts(values: Iterable[str] | NDArray[np.str_]) -> list[str]:
    """Values with how often each occurs, most frequent first, for a message."""
    if isinstance(values, np.ndarray):
        distinct, number = np.unique(values, return_counts=True)
        counts = dict(zip(distinct.tolist(), number.tolist(), strict=True))
    else:
        counts = Counter(values)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [f"{value!r} × {count:,}" for value, count in ranked]
