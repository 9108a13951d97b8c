"""Compare this run with earlier public releases: what they disclose together."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from zoning.disclosure import PublicView, public_view
from zoning.disclosure.releases import (
    NARROW_S,
    SHRUNK,
    Plan,
    PublishedMean,
    find_narrowed,
    longest_drives,
    mean_weights,
    plan_hash,
    plans_of,
    published_figures,
    published_means,
    zones_of,
)
from zoning.editions import Edition
from zoning.errors import OptionError
from zoning.files import RUN_RECORD
from zoning.reports.outputs import ASSIGNMENTS
from zoning.staffing import StaffingComparison
from zoning.units import counted

_WAITS = ("dispatch_s", "turnout_s")
_RANGES = ("dispatch_range_s", "turnout_range_s", "travel_factor_range")
_TABLE = ("option_id", "kind", "zone_id", "building_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierRelease:
    """The published figures in the folder of a public run.

    Attributes
    ----------
    folder
        Where it is.
    told
        Of `zoning.disclosure.releases.published_figures`, by option.
    response
        What a call waited for, by the fields of `ResponseAssumptions`.
    plans
        Of ``assignments.csv``, by their hash.
    """

    folder: Path
    told: Mapping[str, Mapping[str, Any]]
    response: Mapping[str, Any]
    plans: Mapping[str, Plan]

    @classmethod
    def read(cls, folder: Path) -> EarlierRelease:
        """Read ``run.json`` and, if present, ``assignments.csv``.

        Raises `OptionError` if it is not the folder of a public run of this version or a later
        one.
        """
        try:
            record = json.loads((folder / RUN_RECORD).read_text(encoding="utf-8"))
            public = record["edition"] == Edition.PUBLIC
            told = {str(o["option_id"]): _checked(o["told"]) for o in record["options"]}
            response = record["parameters"]["response"]
            if not all(_numbers(response[k]) for k in _WAITS) or not all(
                _numbers(*response[k]) and len(response[k]) == 2 for k in _RANGES
            ):
                raise ValueError("the response assumptions are not numbers")
            plans = _plans(folder / ASSIGNMENTS)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            what = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
            raise OptionError(
                f"--earlier {folder} cannot be read as the folder of a public run",
                [f"{RUN_RECORD}: {what}"],
                f"Give a folder as zoning wrote it, with {RUN_RECORD} and {ASSIGNMENTS}. Records "
                "of older versions lack the published figures: run them again.",
            ) from error
        if not public:
            raise OptionError(
                f"--earlier {folder} is a restricted run, which was not published",
                remedy="Give the public folder of that run.",
            )
        return cls(folder=folder, told=told, response=response, plans=plans)


def describe_disclosure(
    comparison: StaffingComparison, earlier: Sequence[EarlierRelease], *, edition: Edition
) -> Iterator[str]:
    """Describe what the public files of this and earlier runs disclose together.

    Only the restricted edition names buildings.
    """
    view = public_view(comparison)
    own = plans_of(view)
    by_hash = {plan_hash(zones): zones for zones in own.values() if zones}
    weights = mean_weights(comparison)
    buildings = set(comparison.calls.per_day.index)
    assumed = next((o.response.assumptions for o in comparison.outcomes if o.response), None)
    new_plans = {option: zones_of(zones) for option, zones in own.items() if zones}
    new: list[PublishedMean] = []
    old: list[PublishedMean] = []
    plans = list(new_plans.values())
    if assumed is not None:
        told, response = published_figures(view), asdict(assumed)
        for option, zones in new_plans.items():
            new += published_means(told[option], zones, response=response, weights=weights)
    for release in earlier:
        for option, of_option in release.told.items():
            if of_option["plan_sha256"] is None:
                continue
            found = {**by_hash, **release.plans}.get(of_option["plan_sha256"])
            zones = {} if found is None else zones_of(found)
            if set(zones) != buildings:
                why = "its plan is not there" if found is None else "it has other buildings"
                yield f"{release.folder}, {option}: not compared, as {why}."
                continue
            plans.append(zones)
            old += published_means(of_option, zones, response=release.response, weights=weights)
    asked = longest_drives(comparison, new_plans.values())
    table, contradiction = find_narrowed(new, old, longest_drives(comparison, plans), asked=asked)
    table = table.drop_duplicates("building_id")
    folders = " and ".join(str(release.folder) for release in earlier)
    if contradiction:
        yield (
            f"{folders} and this release contradict one another by {contradiction:.1f} s: "
            "enrolment, speeds or patrols changed in between. What follows is rough."
        )
    if table.empty:
        yield (
            f"Together with {folders} this release tells the response at no building to within "
            f"{NARROW_S:.0f} s. Only means are compared; it is no proof."
        )
        return
    yield (
        f"Together with {folders} this release tells too much about the response at "
        f"{counted(len(table), 'building')}: to within {NARROW_S:.0f} s, or "
        f"{SHRUNK:.0%} of what it leaves open alone (the narrowest: "
        f"{math.ceil(table['together_s'].iloc[0])} s). Publish fewer figures of response, or "
        "none; docs/threat-model.md says how to choose."
    )
    if edition is Edition.RESTRICTED:
        yield from _named(view, table.itertuples(index=False, name=None))


def _named(view: PublicView, rows: Iterator[tuple[str, float, float]]) -> Iterator[str]:
    for building, alone, together in rows:
        yield (
            f"{view.schools['name'][building]} ({building}): within {math.ceil(together)} s; "
            f"{math.ceil(alone)} s without the earlier releases."
        )


def _plans(path: Path) -> dict[str, Plan]:
    """Read the plans of a table of assignments, by hash; empty without the table."""
    if not path.is_file():
        return {}
    zones: dict[str, dict[tuple[str, str], list[str]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            option, kind, zone, building = (row[column] for column in _TABLE)
            # The table has "'-7" for "-7", which spreadsheets would take for a formula.
            plain = building[1:] if building[:1] == "'" and building[1:2] else building
            zones.setdefault(option, {}).setdefault((kind, zone), []).append(plain)
    plans: list[Plan] = [[(kind, ids) for (kind, _), ids in of.items()] for of in zones.values()]
    return {plan_hash(plan): plan for plan in plans}


def _checked(told: Mapping[str, Any]) -> Mapping[str, Any]:
    numbers = (told["step_s"], *told["figures"].values(), *told["groups"].values())
    if not _numbers(*numbers) or told["step_s"] <= 0:
        raise ValueError("a published figure is not a number")
    if not isinstance(told["plan_sha256"], str | None):
        raise ValueError("plan_sha256 is not text")
    return told


def _numbers(*values: object) -> bool:
    return all(
        isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v) for v in values
    )
