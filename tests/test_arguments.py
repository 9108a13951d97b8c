"""Whatever a public function or value is given, it answers in a sentence."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import zoning
from zoning.errors import FaultsError, ZoningError, typed

# A protocol or a value that the library makes; nobody is asked to build one by hand. Of a
# series, what is in it is judged by the value itself.
MADE_BY_US = {"ZoneProblem", "ZonePlan", "SpeedTable"}
WRONG: list[Any] = [None, 5, "word", object()]


def _asked_for(name: str) -> list[str] | None:
    """The arguments that a public name needs; None if it is none to call."""
    thing = getattr(zoning, name)
    if not callable(thing) or getattr(thing, "_is_protocol", False) or name in MADE_BY_US:
        return None
    if inspect.isclass(thing) and (
        issubclass(thing, BaseException) or hasattr(thing, "__members__")
    ):
        return None
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [
        p.name
        for p in inspect.signature(thing).parameters.values()
        if p.default is p.empty and p.kind in kinds
    ]


@pytest.mark.parametrize("name", [n for n in zoning.__all__ if _asked_for(n)])
def test_a_wrong_type_gets_a_sentence(name: str) -> None:
    for wrong in WRONG:
        with suppress(ZoningError):  # no other exception
            getattr(zoning, name)(**dict.fromkeys(_asked_for(name) or [], wrong))


def test_every_argument_of_another_type_is_named() -> None:
    with pytest.raises(FaultsError) as caught:
        zoning.score("plan.csv", problem=None)  # type: ignore[arg-type]
    assert str(caught.value).splitlines()[:2] == [
        "score takes values of other types",
        "  plan is a str: it must be ZonePlan",
    ]


def test_what_stands_for_a_type_is_taken() -> None:
    @typed
    def takes(
        path: str | Path, share: float, ids: tuple[str, ...], table: Mapping[str, str] | None
    ) -> int:
        return len([path, share, *ids, table])

    assert takes(Path("a"), pd.Series([1]).iloc[0], ["a", "b"], None) == 5  # type: ignore[arg-type]
    with pytest.raises(FaultsError, match="ids is a str: it must be tuple") as caught:
        takes(b"a", "1", "ab", [])  # type: ignore[arg-type]
    assert len(caught.value.faults) == 4
