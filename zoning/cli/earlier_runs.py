"""Read earlier runs from their folders: a finished comparison, and public releases.

The zones of a finished comparison need not be solved again. Public releases, together with this
run, may reveal the response at a school.
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import geopandas as gpd

from zoning.disclosure import PublicView, public_view, restricted_view
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
from zoning.files import RUN_RECORD, STUDY_AS_RUN
from zoning.inputs import read_json
from zoning.reports import InputFile
from zoning.reports.outputs import ASSIGNMENTS, COMPARISON_TABLE, plan_names
from zoning.reports.tables import comparison_table
from zoning.staffing import SolvedZones, StaffingComparison
from zoning.staffing.precision import response_assumptions
from zoning.study import Study, read_study
from zoning.study.inputs import RoleAndPath
from zoning.units import counted
from zoning.zones import Infeasibility, Status, read_plan


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedComparison:
    """The folder of a `zoning compare` run.

    Attributes
    ----------
    folder
        Where it is.
    record
        Its ``run.json``.
    """

    folder: Path
    record: dict[str, Any]

    @classmethod
    def read(cls, folder: Path) -> FinishedComparison:
        """Open the record of a run.

        Raises `OptionError` if it is not the folder of a comparison, or lacks one of its plans.
        """
        try:
            record = read_json(folder / RUN_RECORD, shown=RUN_RECORD, error=OptionError)
            words = shlex.split(record["command"])
            names = [
                *plan_names(o["option_id"] for o in record["options"]).values(),
                COMPARISON_TABLE,
            ]
            listed = dict(record["files"])
            _require_parts(record)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            first = error.faults[0] if isinstance(error, OptionError) and error.faults else error
            why = f"{RUN_RECORD}: {first}"
            if not (folder / RUN_RECORD).is_file():
                why = f"it has no {RUN_RECORD}" if folder.is_dir() else "there is no such folder"
            raise OptionError(
                f"{folder} cannot be read as the folder of a comparison",
                [why],
                "Give the folder that zoning compare wrote.",
            ) from error
        faults = [f"{name} is not of this run" for name in names if name not in listed]
        faults += [
            f"{name} is missing or was changed after the run"
            for name in names
            if name in listed and _sha256(folder / name) != listed[name]
        ]
        if words[1:2] != ["compare"]:
            faults = ["it was written by " + " ".join(words[:2])]
        if faults:
            raise OptionError(
                f"{folder} is not a complete folder of a comparison",
                faults,
                "Give a folder that zoning compare of this version wrote, as it wrote it; check "
                "plans that were edited with zoning check.",
            )
        return cls(folder=folder, record=record)

    def files(self) -> Iterator[RoleAndPath]:
        """The files of the comparison that are read."""
        yield "comparison", self.folder / RUN_RECORD
        for name in self._plans().values():
            yield "comparison", self.folder / name

    def require_inputs(self, inputs: Sequence[InputFile]) -> None:
        """Raise `OptionError` naming every input that changed, is new or is missing."""
        now = Counter((one.role, one.sha256) for one in inputs)
        then = Counter((one["role"], one["sha256"]) for one in self.record["inputs"])
        faults = [
            f"{one.role} {one.name} is not the file that was compared"
            for one in inputs
            if (one.role, one.sha256) in now - then
        ]
        roles = {one.role for one in inputs}
        faults += [
            f"{one['role']} {one['file']} is missing"
            for one in self.record["inputs"]
            if one["role"] not in roles
        ]
        if faults:
            raise OptionError(
                f"the files are not those of the comparison in {self.folder}",
                faults,
                "Give the files that were compared, or run zoning compare again.",
            )

    def solved(self, schools: gpd.GeoDataFrame) -> dict[str, SolvedZones]:
        """Read the zones of every option, or the reason why it has none."""
        names = self._plans()
        found = {}
        for option in self.record["options"]:
            zoning, option_id = option["zoning"], option["option_id"]
            if zoning is None:
                continue
            why = zoning["infeasibility"]
            found[option_id] = SolvedZones(
                plan=None
                if zoning["zones"] is None
                else read_plan(self.folder / names[option_id], schools),
                status=Status(zoning["status"]),
                gap=zoning["gap"],
                bound_over=zoning["bound_over"],
                infeasibility=None
                if why is None
                else Infeasibility(
                    request=why["request"], reasons=tuple(why["reasons"]), remedies=()
                ),
                interrupted=zoning["interrupted"],
                stopped_by=zoning["stopped_by"] or "",
            )
        return found

    def require_figures(self, comparison: StaffingComparison) -> None:
        """Raise `OptionError` if recomputed figures differ from the comparison in any digit."""
        restricted = self.record["edition"] == Edition.RESTRICTED
        view = restricted_view(comparison) if restricted else public_view(comparison)
        if (
            hashlib.sha256(comparison_table(view)).hexdigest()
            == self.record["files"][COMPARISON_TABLE]
        ):
            return
        wrote = self.record["versions"]["zoning"]
        raise OptionError(
            f"the figures are not those of the comparison in {self.folder}",
            [f"it was computed by zoning {wrote}; this is {version('zoning')}"]
            if wrote != version("zoning")
            else ["a setting that its public record does not hold differs, such as --seed"],
            "Give the same settings, or run zoning compare again.",
        )

    def _plans(self) -> dict[str, str]:
        return plan_names(option["option_id"] for option in self.record["options"])


def _require_parts(record: Mapping[str, Any]) -> None:
    """Read every part that is needed later; a bad one raises Python's own error."""
    Edition(record["edition"])
    str(record["versions"]["zoning"])
    Counter((one["role"], one["file"], one["sha256"]) for one in record["inputs"])
    for option in record["options"]:
        zones = option["zoning"]
        if zones is not None:
            Status(zones["status"])
            for name in ("zones", "gap", "bound_over", "interrupted"):
                str(zones[name])
            if (why := zones["infeasibility"]) is not None:
                str(why["request"]) + "".join(why["reasons"])


_OF_THE_SLIDES = ("output", "deck")
# Settings that a public study leaves out, and that have to be given again.
_WITHHELD = ("patrol", "solver.seed")


def study_of_comparison(
    finished: FinishedComparison, changes: Sequence[str], values: Iterable[tuple[str, Any, Any]]
) -> Study:
    """Read the study of a finished comparison, with the slides' own settings over it.

    Raises `OptionError` with every setting that needs a new search.
    """
    study = read_study(finished.folder / STUDY_AS_RUN).without("output")
    given = [(f"--set {one.partition('=')[0]}", one.partition("=")[0]) for one in changes]
    options = list(values)
    given += [(flag, ".".join(map(str, where))) for flag, where, _ in options]
    faults = [
        f"{flag} is fixed by the comparison"
        for flag, key in given
        if key.split(".")[0] not in _OF_THE_SLIDES
        and not (key.startswith(_WITHHELD) and study.withheld)
    ]
    if faults:
        raise OptionError(
            "slides of a finished comparison cannot use other settings",
            faults,
            "Leave these out, or run zoning compare with them.",
        )
    return study.set(*changes, values=options)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


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
    parts = {option: comparison.part_of(option) for option in own}
    assumed = response_assumptions(comparison.outcomes)
    new_plans = {option: zones_of(zones) for option, zones in own.items() if zones}
    new: list[PublishedMean] = []
    old: list[PublishedMean] = []
    plans = [(parts[option], zones) for option, zones in new_plans.items()]
    if assumed is not None:
        told, response = published_figures(view), asdict(assumed)
        for option, zones in new_plans.items():
            weights = mean_weights(parts[option])
            new += published_means(told[option], zones, response=response, weights=weights)
    for release in earlier:
        for option, of_option in release.told.items():
            if of_option["plan_sha256"] is None:
                continue
            found = {**by_hash, **release.plans}.get(of_option["plan_sha256"])
            zones = {} if found is None else zones_of(found)
            part = parts.get(option, comparison.parts[0])
            if set(zones) != set(part.calls.per_day.index):
                why = "its plan is not there" if found is None else "it has other buildings"
                yield f"{release.folder}, {option}: not compared, as {why}."
                continue
            plans.append((part, zones))
            weights = mean_weights(part)
            old += published_means(of_option, zones, response=release.response, weights=weights)
    asked = longest_drives(plans[: len(new_plans)])
    table, contradiction = find_narrowed(new, old, longest_drives(plans), asked=asked)
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
    names = view.schools["name"].to_dict()
    for scenario in view.scenarios:
        names = {**scenario.schools["name"], **names}
    for building, alone, together in rows:
        yield (
            f"{names[building]} ({building}): within {math.ceil(together)} s; "
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
