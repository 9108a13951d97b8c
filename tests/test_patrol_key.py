"""The key of drawn days: kept, refused, never shown; the same numbers on every machine."""

from __future__ import annotations

import copy
import hashlib
import hmac
import os
import pickle
import re
import stat
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import zoning.patrol.key as key_module
from zoning import OutputError, PatrolKey, PatrolKeyError, read_patrol_key
from zoning.files import write_whole
from zoning.patrol.key import KEY_VARIABLE, KeyedStream

# Written here for all to read, so no secret; as random as the digits of any hash.
SECRET = hashlib.sha256(b"a key of a test").digest()
DAY = date(2026, 9, 18)
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no modes of files")


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test looks at the user's own key."""
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    monkeypatch.setattr(key_module, "user_config_path", lambda *_, **__: tmp_path / "config")


def keep(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_key_is_made_once_and_kept(tmp_path: Path) -> None:
    made = read_patrol_key()
    path = tmp_path / "config" / "patrol.key"
    text = path.read_bytes()
    assert made.is_new
    assert [p.name for p in path.parent.iterdir()] == ["patrol.key"]
    again = read_patrol_key(str(path))
    assert not again.is_new
    assert (again, hash(again)) == (made, hash(made))
    assert path.read_bytes() == text
    other = read_patrol_key(tmp_path / "other" / "my.key")
    assert other != made
    assert other.fingerprint != made.fingerprint


@posix
def test_only_its_owner_may_read_a_new_key(tmp_path: Path) -> None:
    read_patrol_key()
    path = tmp_path / "config" / "patrol.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_key_that_another_process_makes_meanwhile_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "patrol.key"

    def quicker(place: Path, data: bytes, **options: bool) -> Path:
        keep(place, SECRET.hex())
        return write_whole(place, data, **options)

    monkeypatch.setattr(key_module, "write_whole", quicker)
    key = read_patrol_key(path)
    assert key == PatrolKey(SECRET)
    assert not key.is_new


def test_a_file_that_appears_while_another_is_written_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, link = tmp_path / "file", os.link

    def appear(part: Path, place: Path) -> None:
        path.write_text("first")
        link(part, place)

    monkeypatch.setattr(os, "link", appear)
    with pytest.raises(OutputError, match="exists"):
        write_whole(path, b"second")
    assert path.read_text() == "first"
    assert list(tmp_path.iterdir()) == [path]
    monkeypatch.setattr(os, "link", lambda *_: (tmp_path / "no links").stat())
    assert write_whole(tmp_path / "new", b"whole").read_bytes() == b"whole"


def test_a_key_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, f" {SECRET.hex().upper()}\n")
    assert read_patrol_key() == PatrolKey(SECRET)
    assert not (tmp_path / "config").exists()
    # A file that is named comes first.
    assert read_patrol_key(tmp_path / "patrol.key") != PatrolKey(SECRET)


RANDOM = "5f0c71e9d3b84a26"  # never to be seen in a message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "it is empty"),
        ("# a comment alone\n", "it is empty"),
        (RANDOM * 3, "it has 192 bits, and 256 are needed"),
        (RANDOM * 4 + "\n" + RANDOM * 4, "several lines"),
        (RANDOM * 3 + "not hexadecimal", "not written in hexadecimal digits"),
        (RANDOM * 4 + "5", "not written in hexadecimal digits"),
        ("00" * 32, "its bytes are too much alike"),
        (RANDOM * 4, "its bytes are too much alike"),
        (bytes(range(32)).hex(), "its bytes are too much alike"),
        (b"correct horse battery staple, no?".hex(), "it is written text"),
    ],
)
def test_what_is_no_key_is_refused_and_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: str
) -> None:
    path = keep(tmp_path / "patrol.key", text)
    monkeypatch.setenv(KEY_VARIABLE, text)
    for read in (lambda: read_patrol_key(path), read_patrol_key):
        with pytest.raises(PatrolKeyError, match=told) as caught:
            read()
        assert RANDOM not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.remedy
    assert path.read_text() == text


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = keep(tmp_path / "patrol.key", SECRET.hex(), mode)
    with pytest.raises(PatrolKeyError, match=f"mode is {mode:04o}") as caught:
        read_patrol_key(path)
    assert f"chmod 600 {path}" in caught.value.remedy
    path.chmod(0o400)
    assert read_patrol_key(path) == PatrolKey(SECRET)


def test_places_for_no_key(tmp_path: Path) -> None:
    for name in ("study.toml", "run.json"):
        folder = tmp_path / name.split(".")[0]
        folder.mkdir()
        (folder / name).write_text("")
        with pytest.raises(PatrolKeyError, match=f"beside {name}, in a folder that is shared"):
            read_patrol_key(folder / "patrol.key")
        assert not (folder / "patrol.key").exists()
    with pytest.raises(PatrolKeyError, match="is no file"):
        read_patrol_key(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        read_patrol_key(tmp_path / "file" / "patrol.key")


def test_a_key_is_never_shown_or_saved() -> None:
    key = PatrolKey(SECRET)
    stream = key.stream("zone")
    hidden = {repr(SECRET), SECRET.hex(), hmac.digest(SECRET, b"", "sha256").hex()}
    for one in (key, stream):
        for text in (repr(one), str(one), f"{one}", repr({"key": one})):
            assert re.fullmatch(r".*\((\.\.\.)\)\}?", text)
            assert not any(secret in text for secret in hidden)
        with pytest.raises(TypeError, match="is secret and is not saved"):
            pickle.dumps(one)
        assert not hasattr(one, "__dict__")
    assert copy.deepcopy(key) is key
    assert key.fingerprint not in SECRET.hex()
    with pytest.raises(PatrolKeyError) as caught:
        PatrolKey(SECRET[:31])
    assert SECRET[:31].hex() not in str(caught.value)


def test_the_same_key_and_labels_give_the_same_numbers_everywhere() -> None:
    """Computed by hand as the decision says, and pinned for other machines and versions."""
    key = PatrolKey(SECRET)
    day, zone = b"2026-09-18", b"Ballard"
    message = b"zoning patrol stream 1"
    for kind, data in ((b"d", day), (b"s", zone), (b"i", b"2")):
        message += kind + len(data).to_bytes(8, "big") + data
    made = hmac.new(SECRET, message, hashlib.sha256).digest()
    blocks = b"".join(
        hmac.new(made, k.to_bytes(8, "big"), hashlib.sha256).digest() for k in range(2)
    )
    words = np.frombuffer(blocks, ">u8")
    drawn = key.stream(DAY, "Ballard", 2).random(6)
    assert drawn.tolist() == [int(word) // 2**11 / 2**53 for word in words[:6]]
    assert [round(x, 12) for x in drawn[:3].tolist()] == PINNED
    stream = key.stream(DAY, "Ballard", 2)
    assert [stream.random(), *stream.random(3), *stream.random(2)] == drawn.tolist()
    assert key.stream(DAY, "Ballard", np.int64(2)).random(6).tolist() == drawn.tolist()
    assert key.fingerprint == PINNED_FINGERPRINT


PINNED = [0.702965200687, 0.495302294345, 0.391137963297]
PINNED_FINGERPRINT = "5ec37e5530fa"


def test_other_labels_or_keys_give_other_numbers() -> None:
    key = PatrolKey(SECRET)
    other = PatrolKey(hashlib.sha256(b"another").digest())
    labels = [(), ("ab",), ("a", "b"), ("a", "b", ""), ("1",), (1,), (DAY,), ("2026-09-18",)]
    first = [one.stream(*of).random(1)[0] for one in (key, other) for of in labels]
    assert len(set(first)) == 2 * len(labels)
    assert key.stream("a").random() == key.stream("a").random(1)[0]
    for wrong in (1.5, None, True, np.datetime64("2026-09-18")):
        with pytest.raises(TypeError, match="must be text, a number or a date"):
            key.stream(wrong)  # type: ignore[arg-type]


def stream(*labels: str) -> KeyedStream:
    return PatrolKey(SECRET).stream(*labels)


def test_numbers_are_uniform_and_their_uses_in_proportion() -> None:
    """Chi-square and Kolmogorov-Smirnov tests of fixed draws: at the 0.1 % level."""
    drawn = stream("uniform").random(20_000)
    assert ((drawn >= 0) & (drawn < 1)).all()
    assert stats.kstest(drawn, "uniform").pvalue > 0.001
    dice = stream("dice")
    counts = np.bincount([dice.integers(6) for _ in range(6_000)], minlength=6)
    assert stats.chisquare(counts).pvalue > 0.001
    weights = np.array([0.0, 1.0, 3.0, 0.0, 6.0, 0.0])
    urn = stream("urn")
    counts = np.bincount([urn.choice(6, p=weights) for _ in range(6_000)], minlength=6)
    assert counts[weights == 0].sum() == 0
    assert stats.chisquare(counts[weights > 0], 600 * weights[weights > 0]).pvalue > 0.001
    cards = stream("cards")
    orders = [tuple(cards.permutation(3).tolist()) for _ in range(6_000)]
    counts = np.unique(orders, axis=0, return_counts=True)[1]
    assert len(counts) == 6
    assert stats.chisquare(counts).pvalue > 0.001


def test_bounds_and_weights_that_cannot_be() -> None:
    assert stream().integers(1) == stream().choice(1) == 0
    assert 0 <= stream().integers(2**64) < 2**64
    assert stream().permutation(0).tolist() == []
    for bound in (0, -1, 2**64 + 1):
        with pytest.raises(ValueError, match="give 1 to"):
            stream().integers(bound)
    for weights in ([], [0.0], [-1.0], [np.nan], [[1.0]], [1.0, 1.0]):
        with pytest.raises(ValueError, match="weight"):
            stream().choice(1, p=weights)  # type: ignore[arg-type]


def test_numbers_are_refused_that_would_favour_small_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """2**64 - 1 lies in the last, partial round of 3: it is drawn again."""
    words = iter([2**64 - 1, 5])
    monkeypatch.setattr(KeyedStream, "_next_words", lambda *_: [next(words)])
    assert stream().integers(3) == 2
