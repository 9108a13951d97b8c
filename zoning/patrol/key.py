"""The secret of drawn patrol days, and the random numbers that are made of it.

The same key gives the same day on every machine; who lacks the key cannot compute a day from the
published inputs and this library, nor one day from others that were watched. See
`docs/decisions/0030-a-secret-for-drawn-days.md`.
"""

from __future__ import annotations

import hmac
import math
import os
import re
import secrets
import stat
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, Final, NoReturn, overload

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_config_path

from zoning.errors import OutputError, PatrolKeyError, typed
from zoning.files import RUN_RECORD, STUDY_AS_RUN, write_whole

KEY_VARIABLE: Final = "ZONING_PATROL_KEY"
"""The environment variable that may hold a key, as hexadecimal digits."""

_BYTES: Final = 32  # as long as the output of SHA-256: a longer key adds no strength (RFC 2104)
_MOST_DIGITS: Final = 4_096
# Of 32 random bytes some 30 differ; fewer than 16 do in one of 10^16 keys.
_LEAST_DIFFERENT: Final = 16
# Change these words if what is computed from a key changes: every drawn day is then another.
_STREAM: Final = b"zoning patrol stream 1"
_FINGERPRINT: Final = b"zoning patrol key fingerprint 1"
_FINGERPRINT_DIGITS: Final = 12
_BLOCK_WORDS: Final = 4  # numbers of 64 bits in an output of SHA-256
_HEAD: Final = "# Secret of the patrol days that zoning draws. Keep it; do not share it.\n"
_REMEDY: Final = (
    f"A key is {2 * _BYTES} hexadecimal digits. Delete the file and a new one is made in its "
    "place; the days that are drawn are then others."
)


class KeyedStream:
    """Random numbers that only the holder of a key can compute: HMAC-SHA-256 in counter mode.

    The methods are those of `numpy.random.Generator`, whose own numbers are not secret: who has
    seen some can compute the others. Every method takes the next numbers of the stream, so the
    same calls in the same order give the same numbers on every machine.
    """

    __slots__ = ("_block", "_key", "_words")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._block = 0
        self._words: list[int] = []

    def __repr__(self) -> str:
        return "KeyedStream(...)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a stream of a patrol key is secret and is not saved")

    def _next_words(self, count: int) -> list[int]:
        """Take whole numbers of 64 bits."""
        while len(self._words) < count:
            made = hmac.digest(self._key, self._block.to_bytes(8, "big"), "sha256")
            self._block += 1
            self._words += [
                int.from_bytes(made[8 * k : 8 * k + 8], "big") for k in range(_BLOCK_WORDS)
            ]
        taken, self._words = self._words[:count], self._words[count:]
        return taken

    @overload
    def random(self) -> float: ...

    @overload
    def random(self, size: int | tuple[int, ...]) -> NDArray[np.float64]: ...

    def random(self, size: int | tuple[int, ...] | None = None) -> float | NDArray[np.float64]:
        """Draw from 0 (included) to 1 (excluded), evenly: a number, or an array of a shape."""
        shape = (1,) if size is None else (size,) if isinstance(size, int) else size
        words = self._next_words(math.prod(shape))
        drawn = np.array([word >> 11 for word in words], np.float64) * 2.0**-53
        return float(drawn[0]) if size is None else drawn.reshape(shape)

    def integers(self, high: int) -> int:
        """Draw a whole number from 0 to below `high`, all exactly equally likely.

        Raises `ValueError` unless `high` is from 1 to 2**64.
        """
        if not 1 <= high <= 2**64:
            raise ValueError(f"high is {high}: give 1 to 2**64")
        usable = 2**64 - 2**64 % high
        while True:
            (word,) = self._next_words(1)
            if word < usable:
                return word % high

    def choice(self, count: int, *, p: Sequence[float] | NDArray[np.float64] | None = None) -> int:
        """Draw a number from 0 to below `count`, in proportion to weights; without them alike.

        Raises `ValueError` unless there are `count` weights, finite and at least 0, one above 0.
        """
        if p is None:
            return self.integers(count)
        given = np.asarray(p, np.float64)
        if given.shape != (count,) or not np.isfinite(given).all() or (given < 0).any():
            raise ValueError(f"give {count} weights, finite and at least 0")
        if not given.any():
            raise ValueError("give a weight above 0")
        sums = list(accumulate(given.tolist()))  # added one after another: same floats everywhere
        last = int(np.flatnonzero(given)[-1])
        return min(bisect_right(sums, self.random() * sums[-1]), last)

    def permutation(self, count: int) -> NDArray[np.int64]:
        """Draw an order of the numbers from 0 to `count` - 1, all equally likely."""
        order = list(range(count))
        for k in range(count - 1, 0, -1):  # Fisher and Yates
            other = self.integers(k + 1)
            order[k], order[other] = order[other], order[k]
        return np.array(order, np.int64)


class PatrolKey:
    """A secret from which patrol days are drawn; see `read_patrol_key`.

    It is never shown: it has no text, cannot be pickled, and is in no error.

    Attributes
    ----------
    is_new
        Whether the key was made just now, so that days drawn before have another.
    """

    __slots__ = ("_secret", "is_new")

    @typed
    def __init__(self, secret: bytes, *, is_new: bool = False) -> None:
        """Take the bytes of a key.

        Raises `PatrolKeyError` if there are fewer than 32 of them, or they are not random.
        """
        fault = _find_fault(secret)
        if fault:
            raise PatrolKeyError(f"this is no key for patrol days: {fault}", remedy=_REMEDY)
        self._secret = bytes(secret)
        self.is_new = is_new

    def __repr__(self) -> str:
        return "PatrolKey(...)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a patrol key is secret and is not saved")

    def __copy__(self) -> PatrolKey:
        return self

    def __deepcopy__(self, memo: Mapping[int, Any]) -> PatrolKey:
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PatrolKey) and hmac.compare_digest(self._secret, other._secret)

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    @property
    def fingerprint(self) -> str:
        """Twelve digits that tell keys apart and do not reveal them; for restricted records."""
        return hmac.digest(self._secret, _FINGERPRINT, "sha256").hex()[:_FINGERPRINT_DIGITS]

    def stream(self, *labels: str | int | date) -> KeyedStream:
        """Make the random numbers of a purpose: the same labels give the same numbers.

        Parameters
        ----------
        labels
            What the numbers are for, such as a date, a zone and a purpose. Streams of different
            labels tell nothing of each other; ``("a", "b")`` and ``("ab",)`` differ, and so do
            1 and ``"1"``.

        Raises
        ------
        TypeError
            If a label is no text, whole number or date.
        """
        message = b"".join([_STREAM, *map(_encode, labels)])
        return KeyedStream(hmac.digest(self._secret, message, "sha256"))


@typed
def read_patrol_key(path: str | Path | None = None, *, shared: Iterable[Path] = ()) -> PatrolKey:
    """Read the key of drawn patrol days, or make it when it is first needed.

    Parameters
    ----------
    path
        The file. Default: the variable ``ZONING_PATROL_KEY`` if it is set, which holds the key
        itself; else `default_key_path`, in the user's own folder and in no study, since
        the folder of a study is shared. A file that is not there is made, with a new key of 256
        random bits that only its owner may read. A file that is there is never replaced.
    shared
        Folders that are handed on, such as those of the study and of its results: no key may lie
        in them. In a folder that also holds `default_key_path`, none may lie beside its files.

    Raises
    ------
    PatrolKeyError
        If others than the owner may read or write the file (on Windows this is not checked; the
        default place is then within the user's profile, which others cannot enter), it lies in
        the folder of a study or a run, or it holds no key of 256 random bits or more.
    OutputError
        If a new file cannot be written.
    """
    given = os.environ.get(KEY_VARIABLE)
    if path is None and given is not None:
        return PatrolKey(_parse(given, f"the variable {KEY_VARIABLE}", remedy=_VARIABLE_REMEDY))
    place = default_key_path() if path is None else Path(path).expanduser()
    _refuse_shared(place, shared)
    is_new = _make(place)
    return PatrolKey(_parse(_read(place), str(place)), is_new=is_new)


def default_key_path() -> Path:
    """Where the key is if no file is named: in the user's folder for settings of programs."""
    return user_config_path("zoning", appauthor=False) / "patrol.key"


_VARIABLE_REMEDY: Final = (
    f"Set it to {2 * _BYTES} hexadecimal digits, as of: python -c 'import secrets; "
    f"print(secrets.token_hex({_BYTES}))'. For a file, unset it and give the path."
)


def _refuse_shared(place: Path, shared: Iterable[Path]) -> None:
    """Raise `PatrolKeyError` for a place that is shared or published with a study or a run."""
    there = [name for name in (STUDY_AS_RUN, RUN_RECORD) if (place.parent / name).exists()]
    where = f"beside {there[0]}, in a folder" if there else ""
    own, link = default_key_path().resolve(), place.parent.resolve() / place.name
    for folder in (each.resolve() for each in shared):
        for real in (link, place.resolve()):
            inside = real.is_relative_to(folder) and not own.is_relative_to(folder)
            if inside or real.parent == folder:
                where = f"in {folder}, a folder"
    if where:
        raise PatrolKeyError(
            f"{place} lies {where} that is shared",
            remedy=f"Keep the key where only you look, such as {own}.",
        )


def _make(place: Path) -> bool:
    """Write a new key if there is no file; True if this call has written it."""
    if os.path.lexists(place):
        return False
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{place} cannot be written: {error.strerror or error}") from error
    text = f"{_HEAD}{secrets.token_hex(_BYTES)}\n"
    try:
        write_whole(place, text.encode(), owner_only=True)
    except OutputError:
        if place.is_file():  # another process was quicker
            return False
        raise
    return True


def _read(place: Path) -> str:
    """Read a key file, unless others may read or write it."""
    if not place.is_file():
        raise PatrolKeyError(f"{place} is no file", remedy="Give the path of a file for the key.")
    try:
        with place.open("rb") as file:
            about = os.fstat(file.fileno())
            _refuse_readable(place, about)
            return file.read(_MOST_DIGITS).decode("ascii", errors="replace")
    except OSError as error:
        raise PatrolKeyError(
            f"{place} cannot be read: {error.strerror}",
            remedy="It must be yours, and readable for you alone.",
        ) from error


def _refuse_readable(place: Path, about: os.stat_result) -> None:
    if os.name == "nt":  # modes say nothing there
        return
    faults = []
    mode = stat.S_IMODE(about.st_mode)
    if mode & 0o077:
        faults.append(f"its mode is {mode:04o}: group or others may read or write it")
    if about.st_uid not in {os.geteuid(), 0}:
        faults.append("it belongs to another user")
    if faults:
        raise PatrolKeyError(
            f"{place} is not secret",
            faults,
            f"If nobody else has read it: chmod 600 {place}. Otherwise delete it: a new key is "
            "made in its place, and the days that are drawn are then others.",
        )


def _parse(text: str, what: str, *, remedy: str = _REMEDY) -> bytes:
    """Read the digits of a key; errors do not show them."""
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    digits = lines[0] if len(lines) == 1 else ""
    if not lines:
        fault = "it is empty"
    elif len(lines) > 1:
        fault = "it has several lines"
    elif not re.fullmatch(r"(?:[0-9a-fA-F]{2})+", digits):
        fault = "it is not written in hexadecimal digits, two for each byte"
    else:
        fault = _find_fault(bytes.fromhex(digits))
    if fault:
        raise PatrolKeyError(f"{what} holds no key for patrol days: {fault}", remedy=remedy)
    return bytes.fromhex(digits)


def _find_fault(key: bytes) -> str:
    """Say why bytes are no key; '' if they may be one."""
    if len(key) < _BYTES:
        return f"it has {8 * len(key)} bits, and {8 * _BYTES} are needed"
    steps = {(b - a) % 256 for a, b in pairwise(key)}
    if min(len(set(key)), len(steps)) < _LEAST_DIFFERENT:
        return "it is not random: its bytes are too much alike"
    if all(0x20 <= byte < 0x7F for byte in key):
        return "it is not random: it is written text"
    return ""


def _encode(label: str | int | date) -> bytes:
    """Write a label so that no two sequences of labels have the same bytes."""
    kinds: dict[type, bytes] = {str: b"s", int: b"i", np.int64: b"i", date: b"d"}
    kind = kinds.get(type(label))
    if kind is None:
        raise TypeError(f"a label is a {type(label).__name__}: it must be text, a number or a date")
    text = label.isoformat() if isinstance(label, date) else str(label)
    data = text.encode("utf-8")
    return kind + len(data).to_bytes(8, "big") + data
