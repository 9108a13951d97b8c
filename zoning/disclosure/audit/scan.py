"""The scan that judges names, tables and texts, wherever a reader of a format meets them."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from zoning.disclosure import vocabulary as words
from zoning.disclosure.audit.findings import AuditResult, Finding, UnreadableError
from zoning.disclosure.audit.kinds import kind_of_bytes
from zoning.disclosure.vocabulary import Topic
from zoning.editions import Edition

DEEPEST = 8
"""Files inside files inside files are opened this deep."""
MOST_BYTES = 1 << 30
"""Of everything that is unpacked from one file, all together."""
_HEADER_ROWS = 12
_LONGEST_QUOTE = 60
_BEFORE = 12
_NUMBERED = re.compile(r"\[\d+\]|(?<=\bline )\d+|(?<=\bcell )\d+")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{64,}={0,2}")
_MARKUP = re.compile(r"<(?:!--|!doctype|html|body|div|table|script|span|p|b|li|iframe|svg)\b", re.I)


Opener = Callable[["Scan", bytes, str], None]


@dataclass(slots=True)
class _Collected:
    findings: dict[tuple[str, str], Finding] = field(default_factory=dict)
    unread: dict[str, None] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)
    unpacked: int = 0


class Scan:
    """Judges names, tables and texts, wherever a reader of a format meets them.

    Parameters
    ----------
    opener
        Opens a file inside the file: given a scan, its bytes and its name.
    """

    def __init__(self, opener: Opener) -> None:
        self._open = opener
        self._into = _Collected()
        self._place: tuple[str, ...] = ()
        self._depth = 0

    def result(self, path: Path) -> AuditResult:
        """Everything found so far."""
        return AuditResult(
            path=path,
            findings=tuple(self._into.findings.values()),
            unread=tuple(self._into.unread),
            notes=tuple(self._into.notes),
        )

    @contextmanager
    def at(self, place: str) -> Iterator[None]:
        """Everything met inside is in this part of the file."""
        outer = self._place
        self._place = (*outer, place)
        try:
            yield
        finally:
            self._place = outer

    def found(self, topic: Topic, what: str, *, where: str = "") -> None:
        """Something restricted; the same thing in the same kind of place counts once."""
        place = ", ".join((*self._place, *((where,) if where else ()))) or "the file"
        said = f"{what}: {topic.what}" if what else topic.what
        key = (_NUMBERED.sub("#", place), said)
        known = self._into.findings.get(key)
        self._into.findings[key] = Finding(
            where=place if known is None else known.where,
            what=said,
            why=topic.why,
            times=1 if known is None else known.times + 1,
        )

    def unread(self, why: str) -> None:
        """A part that could not be read."""
        self._into.unread[", ".join((*self._place, why))] = None

    def note(self, sentence: str) -> None:
        """What this audit cannot tell."""
        self._into.notes[sentence] = None

    def spend(self, size: int) -> None:
        """Count bytes that were unpacked; `UnreadableError` when there are too many."""
        self._into.unpacked += size
        if self._into.unpacked > MOST_BYTES:
            raise UnreadableError(f"it unpacks to more than {MOST_BYTES >> 20:,} MB")

    def embedded(self, data: bytes, name: str) -> None:
        """A file inside the file: it is opened like any other."""
        if not data:
            return
        with self.at(name):
            if self._depth >= DEEPEST:
                self.unread(f"files nested deeper than {DEEPEST}")
                return
            self._depth += 1
            try:
                self._open(self, data, name)
            finally:
                self._depth -= 1

    def name(self, name: str, kind: str, *, value: object = ..., where: str = "") -> None:
        """A column, key or layer: restricted if its name says so.

        Parameters
        ----------
        kind
            What it is the name of.
        value
            What it holds, where that is one value.
        """
        topic = words.topic_of_name(name)
        if topic is not None and not words.is_withheld(value):
            self.found(topic, f"{kind} {_quoted(name)}", where=where)
        elif isinstance(value, str) and _is_restricted_edition(name, value):
            self.found(words.MARKED, f"{kind} {_quoted(name)} is {_quoted(value)}", where=where)

    def text(self, text: str, *, where: str = "", markup: bool = True) -> None:
        """A text a reader may see, or may find in the source.

        Parameters
        ----------
        markup
            Whether a text with tags is to be read as a page of its own.
        """
        for topic, place in words.stated(text).items():
            self.found(topic, _quoted(text[max(0, place - _BEFORE) :]), where=where)
        start = text.lstrip()[:1]
        if start in {"{", "["} and (held := _as_json(text)) is not None:
            with self.at(where or "JSON in a text"):
                self.value(held)
        elif markup and (start == "<" or _MARKUP.search(text)):
            self.embedded(text.encode("utf-8", "surrogatepass"), f"{where or 'text'}.html")
        elif _BASE64.fullmatch(text.strip()):
            data = _from_base64(text)
            if data is not None and kind_of_bytes(data) is not None:
                self.embedded(data, f"{where or 'text'} (base64)")

    def value(self, value: object, path: str = "") -> None:
        """Anything read from JSON: every key and every text, however deep.

        Lists of alike objects are also judged as tables.
        """
        waiting: list[tuple[object, str]] = [(value, path)]
        while waiting:
            item, at = waiting.pop()
            if isinstance(item, str):
                self.text(item, where=at)
            elif isinstance(item, Mapping):
                waiting += reversed(self._members(item, at))
            elif isinstance(item, list | tuple):
                self._records(item, at)
                waiting += [
                    (part, f"{at}[{k}]")
                    for k, part in enumerate(item)
                    if isinstance(part, str | Mapping | list | tuple)
                ][::-1]

    def _members(self, item: Mapping[object, object], at: str) -> list[tuple[object, str]]:
        inside = []
        for key, value in item.items():
            name = str(key)
            here = f"{at}.{name}" if at else name
            self.name(name, "key", value=value, where=here)
            inside.append((value, here))
        columns, rows = item.get("columns"), item.get("data")
        if isinstance(columns, list) and isinstance(rows, list):
            lines = [row for row in rows if isinstance(row, list)]
            self.table([str(column) for column in columns], lines, where=at)
        lists = {str(k): v for k, v in item.items() if isinstance(v, list) and v}
        if len(lists) > 1 and len({len(v) for v in lists.values()}) == 1:
            longest = next(iter(lists.values()))
            if not isinstance(longest[0], Mapping | list):
                self.table(list(lists), list(zip(*lists.values(), strict=True)), where=at)
        amounts = [v for v in item.values() if words.is_amount(v)]
        if len(amounts) > 1 and len(amounts) == len(item) and words.are_places(map(str, item)):
            self.table(["school", at.rpartition(".")[2]], list(item.items()), where=at)
        return inside

    def _records(self, items: Sequence[object], at: str) -> None:
        records = [item for item in items if isinstance(item, Mapping)]
        if not records:
            return
        inner = [
            held if isinstance(held := record.get("properties"), Mapping) else record
            for record in records
        ]
        header = list(dict.fromkeys(str(key) for record in inner for key in record))
        self.table(header, [[r.get(key) for key in header] for r in inner], where=at, named=True)

    def table(
        self,
        header: Sequence[str],
        rows: Sequence[Sequence[object]],
        *,
        where: str = "",
        named: bool = False,
    ) -> None:
        """Rows under a header: names of columns, and times in rows about schools or zones.

        Parameters
        ----------
        named
            Whether the names have been judged already.
        """
        if not named:
            for name in header:
                self.name(name, "column", where=where)
        held = {"_".join(words.words_of(name)) for name in header}
        for together, restricted in words.RESTRICTED_TABLES:
            if together <= held:
                self.found(restricted, f"columns {', '.join(sorted(together))}", where=where)
        columns = [[row[k] for row in rows if k < len(row)] for k in range(len(header))]
        if not any(
            words.names_a_place(name) or words.are_places(column)
            for name, column in zip(header, columns, strict=True)
        ):
            return
        for name, column in zip(header, columns, strict=True):
            topic = words.topic_in_row_of_place(name)
            if words.topic_of_name(name) is None and topic and _mostly_amounts(column):
                self.found(topic, f"column {_quoted(name)} beside schools or zones", where=where)

    def grid(
        self,
        rows: Sequence[Sequence[object]],
        *,
        where: str = "",
        header_rows: int = _HEADER_ROWS,
    ) -> None:
        """Cells of a sheet, slide or page whose header row is not known.

        Every text is judged, each of the first rows is tried as the header, and
        the first column as the names of values beside it.

        Parameters
        ----------
        header_rows
            How many rows are tried; the default allows for titles above a table.
        """
        for text in dict.fromkeys(c for row in rows for c in row if isinstance(c, str)):
            self.text(text, where=where)
        for k, row in enumerate(rows[:header_rows]):
            header = ["" if cell is None else str(cell) for cell in row]
            titles = [title for title in header if title.strip()]
            if len(titles) > 1 and 2 * sum(map(words.is_amount, titles)) < len(titles):
                self.table(header, rows[k + 1 :], where=where)
        for row in rows:
            label, beside = (row[0] if row else None), [c for c in row[1:] if c not in (None, "")]
            if isinstance(label, str) and beside and words.is_amount(beside[0]):
                self.name(label, "row", where=where)
            for name, said in pairwise(row):
                if isinstance(name, str) and isinstance(said, str):
                    self._edition(name, said, where)

    def _edition(self, name: str, said: str, where: str) -> None:
        if _is_restricted_edition(name, said):
            self.name(name, "row", value=said, where=where)


def _is_restricted_edition(name: str, value: str) -> bool:
    return value.strip().casefold() == Edition.RESTRICTED and not {
        "edition",
        "classification",
        "category",
        "status",
        "mark",
        "keywords",
        "subject",
    }.isdisjoint(words.words_of(name))


def _mostly_amounts(column: Sequence[object]) -> bool:
    held = [v for v in column if v is not None and v != "" and v == v]  # noqa: PLR0124 (not NaN)
    return bool(held) and 2 * sum(map(words.is_amount, held)) >= len(held)


def _as_json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _from_base64(text: str) -> bytes | None:
    plain = text.strip().replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (ValueError, binascii.Error):
        return None


def _quoted(text: str) -> str:
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    short = plain if len(plain) <= _LONGEST_QUOTE else plain[: _LONGEST_QUOTE - 3] + "..."
    return f"'{short}'"
