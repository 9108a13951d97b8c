"""Any file as records of text: what readers of all formats share.

Nothing in a file is run, no entity is expanded, and no other file or network address is
reached.
"""

from __future__ import annotations

import sqlite3
import struct
import tarfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

DEEPEST = 8
"""Files inside files inside files are opened this deep, which no honest file needs."""
MOST_BYTES = 1 << 30
"""Of everything that is unpacked from one file together: a zip bomb stops here."""
MOST_RECORDS = 2_000_000
"""Of one file; a district's tables have some thousand rows."""


class Record(NamedTuple):
    """Cells that belong together.

    Attributes
    ----------
    where
        The part of the file; records of one part form a table or a text.
    cells
        Texts, in order.
    columns
        A name for each cell that is the same in all records of the part.
    """

    where: str
    cells: tuple[str, ...]
    columns: tuple[str, ...]


class UnreadableError(ValueError):
    """A file, or a part of one, that cannot be read; says why."""


_BROKEN = (
    UnreadableError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    EOFError,
    OverflowError,
    RecursionError,
    NotImplementedError,
    OSError,
    AssertionError,
    sqlite3.Error,
    struct.error,
    tarfile.TarError,
    zlib.error,
)
"""What readers raise on files that are broken, or made to break them."""


class Reader:
    """Reads a file; keeps what could not be read and what an audit cannot tell.

    Parameters
    ----------
    opener
        What reads bytes under a name; None if they are of no known kind.

    Attributes
    ----------
    unread, notes
        Sentences, each once, in the order they were met.
    """

    def __init__(self, opener: Callable[[bytes, str], Opener | None]) -> None:
        self._opener = opener
        self.unread: dict[str, None] = {}
        self.notes: dict[str, None] = {}
        self._spent = 0
        self._place: tuple[str, ...] = ()

    def read(self, data: bytes, name: str, *, opened: Opener | None = None) -> Iterator[Record]:
        """Every record of a file of this name, and of the files inside it.

        Parameters
        ----------
        opened
            What reads it, if that is known already.
        """
        if len(self._place) > DEEPEST:
            self.miss(f"files nested deeper than {DEEPEST}")
            return
        self._place = (*self._place, name)
        try:
            if not data:
                raise UnreadableError("it is empty")
            opened = opened or self._opener(data, name)
            if opened is None:
                raise UnreadableError("it is of no kind that can be read here")
            yield from opened(self, data)
        except _BROKEN as error:
            why = (
                str(error) if isinstance(error, UnreadableError) else "it is damaged or incomplete"
            )
            self.miss(why)
        finally:
            self._place = self._place[:-1]

    def embedded(self, data: bytes, name: str) -> Iterator[Record]:
        """Bytes met inside a file, if they are a file that is no plain text."""
        if data and decoded(data) is None:
            yield from self.read(data, name)

    def miss(self, why: str) -> None:
        """A part that could not be read."""
        self.unread[": ".join((", ".join(self._place), why)) if self._place else why] = None

    def record(
        self, cells: Sequence[object], *, where: str = "", columns: Sequence[str] | None = None
    ) -> Record:
        """Cells of a part of the file that is being read."""
        place = ", ".join((*self._place[1:], *([where] if where else []))) or self._place[0]
        texts = tuple("" if cell is None else str(cell) for cell in cells)
        names = tuple(map(str, range(len(texts)))) if columns is None else tuple(columns)
        return Record(place, texts, names)

    def spend(self, size: int) -> None:
        """Count bytes that were unpacked; `UnreadableError` when there are too many."""
        self._spent += size
        if self._spent > MOST_BYTES:
            raise UnreadableError(f"it unpacks to more than {MOST_BYTES >> 20:,} MB")


Opener = Callable[[Reader, bytes], Iterator[Record]]


def decoded(data: bytes) -> str | None:
    """Bytes as text; None if they are none."""
    boms = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
    marked = next((encoding for bom, encoding in boms if data.startswith(bom)), None)
    if marked is None and b"\x00" in data:
        return None
    for encoding in (marked,) if marked is not None else ("utf-8", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None if marked is not None else data.decode("latin-1")
