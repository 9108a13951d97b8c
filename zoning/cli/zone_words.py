"""Words about zones on a command line: numbers, ranges, shares."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from zoning.cli.wishes import Wishes
from zoning.errors import OptionError
from zoning.zones import Alignment, AlignmentMode, Rule, Workload
from zoning.zones.files.rules_file import WORKLOAD_COLUMNS

ZoneNumber = int | tuple[int, int]


def zone_number(word: str) -> ZoneNumber:
    """A number of zones, ``30``, or a range, ``21-30``; `OptionError` otherwise."""
    found = re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", word, flags=re.ASCII)
    if found is None:
        raise OptionError(f"--zones {word} is neither a number, 30, nor a range, 21-30")
    fewest = int(found[1])
    most = fewest if found[2] is None else int(found[2])
    if fewest < 1:
        raise OptionError(f"--zones {word}: at least 1 zone is needed")
    if most < fewest:
        raise OptionError(f"--zones {word}: the range is empty")
    return fewest if most == fewest else (fewest, most)


def most_buildings(word: str) -> int | None:
    """The most buildings of a zone; None for ``none``. `OptionError` otherwise."""
    if word.strip().casefold() == "none":
        return None
    if not re.fullmatch(r"\s*[1-9]\d*\s*", word, flags=re.ASCII):
        raise OptionError(f"--max-size {word} is neither a number of 1 or more nor none")
    return int(word)


def alignment_of(mode: AlignmentMode, price_min: float | None) -> Alignment:
    """The alignment asked for; a price without ``prefer`` is an `OptionError`."""
    if price_min is None:
        return Alignment(mode=mode)
    if not 0 <= price_min < math.inf:
        raise OptionError(
            f"--alignment-price {price_min:g} is not a number of minutes of 0 or more"
        )
    if mode is not AlignmentMode.PREFER:
        raise OptionError(f"--alignment-price goes with --alignment prefer, not {mode}")
    return Alignment.prefer(price_min)


def seconds_of(
    name: str, minutes: float | None, wishes: Wishes, *, above: bool = False
) -> float | None:
    """Minutes of an option as seconds; None if not given, or if no such time makes sense."""
    if minutes is None:
        return None
    if math.isfinite(minutes) and (minutes > 0 if above else minutes >= 0):
        return minutes * 60
    least = "above 0" if above else "of 0 or more"
    wishes.refuse(f"{name} {minutes:g} is not a number of minutes {least}")
    return None


def workloads_of(words: Iterable[str]) -> list[Rule]:
    """Rules from ``calls:20``; `OptionError` with every word that is none."""
    found: dict[str, Rule] = {}
    faults = []
    for word in words:
        column, _, share = word.partition(":")
        percent = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%?", share.strip(), flags=re.ASCII)
        if column not in WORKLOAD_COLUMNS or percent is None:
            known = " or ".join(f"{name}:20" for name in WORKLOAD_COLUMNS)
            faults.append(f"--workload {word} is not of the form {known}")
        elif column in found:
            faults.append(f"--workload gives {column} more than once")
        else:
            found[column] = Workload(column=column, tolerance=float(percent[1]) / 100)
    if faults:
        raise OptionError("the workloads are not clear", faults)
    return list(found.values())
