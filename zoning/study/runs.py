"""Read a finished run from its folder: record, plans and figures.

Only files that are as the run wrote them are used, which their hashes in ``run.json`` tell.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path, PurePath
from typing import Annotated, Any, Final, Literal

import geopandas as gpd
from pydantic import AfterValidator, Field, FiniteFloat, TypeAdapter, ValidationError

from zoning.disclosure import public_view, restricted_view
from zoning.disclosure.releases import Plan, Release, plan_hash
from zoning.district import load_district
from zoning.editions import Edition, Purpose
from zoning.errors import FaultsError, OptionError, first_few, typed
from zoning.files import RUN_RECORD, STUDY_AS_RUN, hash_file
from zoning.inputs import read_json, require_size
from zoning.reports import Order
from zoning.reports.outputs import ASSIGNMENTS, COMPARISON_TABLE
from zoning.reports.run_record import LEFT_OUT
from zoning.reports.tables import comparison_table
from zoning.schools import buildings
from zoning.schools.cells import unguarded
from zoning.settings import walk
from zoning.staffing import SolvedZones, StaffingComparison
from zoning.staffing.figures import find_figure
from zoning.study.inputs import (
    RoleAndPath,
    district_files,
    input_files,
    read_listed_schools,
)
from zoning.study.sections import StudySettings
from zoning.study.study import Study, read_study
from zoning.study.toml_file import thaw
from zoning.zones import Infeasibility, Status, ZonePlan
from zoning.zones.plan import ZoneKind

# A record has some KB for each option and input, a table of plans 200 bytes a building and option.
_LARGEST_RECORD_BYTES: Final = 20 * 2**20
_LARGEST_TABLE_BYTES: Final = 200 * 2**20
_REMEDY: Final = (
    "Give the folder that zoning plan, improve, compare or deck wrote, as it wrote it. What "
    "another version of zoning wrote may lack something: run it again."
)
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Range = tuple[FiniteFloat, FiniteFloat]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFigures:
    """What the public edition tells of an option; see `zoning.disclosure.releases`."""

    plan_sha256: str | None
    step_s: _Positive
    figures: dict[str, FiniteFloat]
    groups: dict[str, FiniteFloat]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitsRecord:
    """What a call waited for; the fields of `ResponseAssumptions` that releases need."""

    dispatch_s: FiniteFloat
    turnout_s: FiniteFloat
    dispatch_range_s: _Range
    turnout_range_s: _Range
    travel_factor_range: _Range


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictRecord:
    """The district of a run."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyNoPlan:
    """The request that no plan meets, and why."""

    request: str
    reasons: tuple[str, ...]

    def answer(self) -> Infeasibility:
        """The answer of the solver, without remedies."""
        return Infeasibility(request=self.request, reasons=self.reasons, remedies=())


@dataclass(frozen=True, slots=True, kw_only=True)
class ZonesRecord:
    """What was asked of the zones of an option, and what was proved of its plan.

    ``zones_asked`` is a number, or the two ends of a range of which the best was sought.
    """

    zones_asked: int | tuple[int, int] | None
    dedicated: tuple[str, ...]
    zones: int | None
    status: Status
    gap: FiniteFloat | None
    bound_over: str
    interrupted: bool
    stopped_by: str | None
    infeasibility: WhyNoPlan | None
    among: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOption:
    """A staffing option of a run; ``zoning`` is None where no zones were searched."""

    option_id: str
    label: str
    zoning: ZonesRecord | None
    told: PublishedFigures


@dataclass(frozen=True, slots=True, kw_only=True)
class InputRecord:
    """A file that was read; without a hash if one would tell a setting that is withheld."""

    role: str
    file: str
    sha256: Annotated[str | None, AfterValidator(lambda text: None if text == LEFT_OUT else text)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """What is read again of ``run.json``.

    Attributes
    ----------
    study
        What the planner set, as tables, with the keys that the public edition leaves out under
        ``withheld``; None of a run without a study.
    files
        SHA-256 of every other file of the run.
    """

    edition: Edition
    purpose: Literal["plan", "improve", "comparison", "deck"]
    date: str | None
    command: str
    district: DistrictRecord
    parameters: dict[str, Any]
    options: tuple[RunOption, ...]
    versions: dict[str, str]
    inputs: tuple[InputRecord, ...]
    files: dict[str, str]
    study: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """A finished run.

    Attributes
    ----------
    folder
        Where it is.
    record
        Its ``run.json``.
    plans
        By option id, the plan of each option that has one; empty for slides, which are
        written without a table of plans.
    building_names
        Name of each building of the plans.
    exact_figures
        By option id and column, the figures of a restricted ``comparison.csv``; None
        without one. Those of the public edition are in the record.
    changed
        Files that are missing or not as the run wrote them; they were not read.
    """

    folder: Path
    record: RunRecord
    plans: Mapping[str, ZonePlan]
    building_names: Mapping[str, str]
    exact_figures: Mapping[str, Mapping[str, float]] | None
    changed: tuple[str, ...]

    def __repr__(self) -> str:
        ids = [option.option_id for option in self.record.options]
        kind = f"{self.record.edition} {self.record.purpose}"
        return f"Run({str(self.folder)!r}, {kind}, options {ids})"

    @property
    def restricted(self) -> bool:
        """True if its files may show patrol routes and times."""
        return self.record.edition is Edition.RESTRICTED

    # Its study.

    @property
    def withheld(self) -> tuple[str, ...]:
        """Settings that its public folder leaves out."""
        found = (self.record.study or {}).get("withheld")
        return tuple(map(str, found)) if isinstance(found, list) else ()

    def study(self, *changes: str) -> Study:
        """Read the study as it was run, with the settings that its folder withholds.

        Parameters
        ----------
        changes
            As for `Study.set`: ``"patrol.dwell_minutes=12"``. Also for files that moved.

        Raises
        ------
        OptionError
            If the run was made without a study, or the study was changed since, or a
            setting is withheld and not given.
        """
        remedy = f"Run a changed study as a new one: zoning plan {self.folder / STUDY_AS_RUN}."
        if STUDY_AS_RUN not in self.record.files:
            faults = [f"it has no {STUDY_AS_RUN}"]
            remedy = "Runs of a study have one."
        elif STUDY_AS_RUN in self.changed:
            faults = [f"{STUDY_AS_RUN} is missing or was changed after the run"]
        else:
            study = read_study(self.folder / STUDY_AS_RUN)
            given = {change.partition("=")[0].strip() for change in changes}
            faults = [f"{key} is withheld" for key in study.withheld if key not in given]
            if not faults:
                found = self._with_files_of_the_study(study) or self._where_it_was(study)
                return found.set(*changes)
            remedy = "Give each with --set KEY=VALUE, or name the folder of the restricted run."
        raise OptionError(
            f"the study of the run in {self.folder} cannot be used as it is", faults, remedy
        )

    def _with_files_of_the_study(self, study: Study) -> Study | None:
        """Find files that the public edition names without their folder.

        The study that was run mostly stands one folder up. What it names at the same key is
        taken if it has the same file name; whether it is the file that was read is checked
        by its hash, as for every other. It is then seen from that study's folder, so that
        the folders of those files stay unnamed. None if no file was found so.
        """
        try:
            above = read_study(self.folder.resolve().parent)
        except FaultsError:
            return None
        named = {
            where: above.file(Path(table[one.key])).resolve()
            for table, where, one in walk(StudySettings, thaw(above.tables))
            if one.holds_files and isinstance(table[one.key], str)
        }
        tables, found = thaw(study.tables), False
        for table, where, one in walk(StudySettings, tables):
            file, there = table[one.key], named.get(where)
            if there is None or there.name != file or (self.folder / file).exists():
                continue
            if there.is_file():
                table[one.key] = os.path.relpath(there, self.folder.resolve())
                found = True
        if not found:
            return None
        whole = Study.from_tables(
            tables,
            folder=study.folder,
            path=study.path,
            origins=study.origins,
            withheld=study.withheld,
        )
        return whole.seen_from(Path(os.path.relpath(above.folder)))

    def _where_it_was(self, study: Study) -> Study:
        """See a study from the folder that holds all its files, as the one that was run.

        The public edition names no path to a file outside the folder of its study.
        """
        files = [path.resolve() for _, path in input_files(study, review=True)]
        try:
            shared = os.path.commonpath([self.folder.resolve(), *files])
            return study.seen_from(Path(os.path.relpath(shared)))
        except ValueError:  # on several drives of Windows
            return study

    def changed_files(self, files: Iterable[RoleAndPath]) -> list[str]:
        """Name every file that is missing or not as this run read it.

        A file whose hash the public record withholds counts as unchanged, and so does one
        of a role that the run did not read.
        """
        recorded: dict[str, dict[str | None, str]] = {}
        for one in self.record.inputs:
            recorded.setdefault(one.role, {})[one.sha256] = one.file
        faults: list[str] = []
        found: set[str | None] = {None}
        given = list(files)
        for role, path in given:
            known = recorded.get(role, {None: ""})
            sha256 = _hash(path)
            found.add(sha256)
            if sha256 is None:
                faults.append(f"{role} {path} is not there")
            elif None not in known and sha256 not in known:
                faults.append(f"{role} {path} is not the file that was read")
        return faults or [
            f"{role} {name} is missing"
            for role in dict.fromkeys(role for role, _ in given)
            for sha256, name in recorded.get(role, {}).items()
            if sha256 not in found
        ]

    def schools(self) -> gpd.GeoDataFrame:
        """Read its list of schools again; a `FaultsError` if it is not as it was read."""
        if STUDY_AS_RUN not in self.record.files or STUDY_AS_RUN in self.changed:
            raise OptionError(f"{STUDY_AS_RUN} is missing or was changed after the run")
        study = read_study(self.folder / STUDY_AS_RUN)
        if study.settings.schools.file is None:
            return load_district(study.settings.district.data or "").schools
        listed = [one for one in district_files(study) if one[0] == "schools"]
        if faults := self.changed_files(listed):
            raise OptionError("the list of schools changed", faults)
        return read_listed_schools(study)

    # A finished comparison, whose zones need not be solved again.

    @property
    def has_alternatives(self) -> bool:
        """Whether it wrote several near-best plans for one request."""
        return self.record.purpose in ("plan", "improve") and len(self.record.options) > 1

    def require_comparison(self) -> Run:
        """Raise `OptionError` if it is no whole comparison; else return the run itself.

        Several plans for one request are a comparison too.
        """
        faults = []
        if self.record.purpose != "comparison" and not self.has_alternatives:
            faults = [f"it was written by {' '.join(self.record.command.split()[:2])}"]
        faults += [
            f"{name} is missing or was changed after the run"
            for name in (ASSIGNMENTS, COMPARISON_TABLE)
            if name in self.changed or name not in self.record.files
        ]
        if faults:
            raise OptionError(
                f"{self.folder} is not a complete folder of a comparison",
                faults,
                "Give a folder that zoning compare, or zoning plan --alternatives, of this version "
                "wrote, as it wrote it; check plans that were edited with zoning check.",
            )
        return self

    def files(self) -> tuple[RoleAndPath, ...]:
        """The files that a run reads which takes its zones, with their roles."""
        return (
            ("comparison", self.folder / RUN_RECORD),
            ("plans", self.folder / ASSIGNMENTS),
        )

    def require_files(self, files: Iterable[RoleAndPath]) -> None:
        """Raise `OptionError` naming every file of the comparison that changed since."""
        if faults := self.changed_files(files):
            raise OptionError(
                f"the files are not those of the comparison in {self.folder}",
                faults,
                "Name files that moved with --set, such as --set schools.file=FILE, or run zoning "
                "compare again.",
            )

    def solved(self, schools: Mapping[str, gpd.GeoDataFrame]) -> dict[str, SolvedZones]:
        """The zones of every option, or the reason why it has none.

        ``schools``: those of each option, which has its own under a scenario.

        Raises `OptionError` if a plan is not of these schools.
        """
        faults = [
            f"{i}: its plan has other buildings"
            if i in schools
            else f"{i}: the study has no such option"
            for i, plan in self.plans.items()
            if i not in schools or set(plan.building_ids) != set(buildings(schools[i]).index)
        ]
        if faults:
            raise OptionError(
                f"the plans in {self.folder} are not of these schools and options",
                faults,
                "Give the study that was compared, or run zoning compare again.",
            )
        return {
            option.option_id: SolvedZones(
                plan=self.plans.get(option.option_id),
                status=zoning.status,
                gap=zoning.gap,
                bound_over=zoning.bound_over,
                among=zoning.among or "",
                infeasibility=None
                if zoning.infeasibility is None
                else zoning.infeasibility.answer(),
                interrupted=zoning.interrupted,
                stopped_by=zoning.stopped_by or "",
            )
            for option in self.record.options
            if (zoning := option.zoning) is not None
        }

    def require_figures(self, comparison: StaffingComparison) -> None:
        """Raise `OptionError` if recomputed figures differ from the comparison in any digit."""
        view = restricted_view(comparison) if self.restricted else public_view(comparison)
        again = hashlib.sha256(comparison_table(view)).hexdigest()
        if again == self.record.files[COMPARISON_TABLE]:
            return
        wrote = self.record.versions.get("zoning")
        raise OptionError(
            f"the figures are not those of the comparison in {self.folder}",
            [f"it was computed by zoning {wrote}; this is {version('zoning')}"]
            if wrote != version("zoning")
            else ["a setting that its public record does not hold differs, such as solver.seed"],
            "Give the same settings, or run zoning compare again.",
        )

    def release(self) -> Release:
        """What this run published, to find what later releases disclose beside it.

        Raises `OptionError` if it is restricted, or does not hold what its calls waited for.
        """
        if self.restricted:
            raise OptionError(
                f"{self.folder} is a restricted run, which was not published",
                remedy="Give the public folder of that run.",
            )
        waits = json.dumps(self.record.parameters.get("response"))
        try:
            response: WaitsRecord = _reader(WaitsRecord).validate_json(waits, strict=True)
        except ValidationError as error:
            raise _refusal(self.folder, list(_faults(error, "parameters", "response"))) from error
        return Release(
            name=str(self.folder),
            told={o.option_id: asdict(o.told) for o in self.record.options},
            response=asdict(response),
            plans=[_shared(plan) for plan in self.plans.values()],
        )


@typed
def read_run(folder: str | Path) -> Run:
    """Read the folder that ``zoning plan``, ``improve``, ``compare`` or ``deck`` wrote.

    Raises
    ------
    OptionError
        If it is not the folder of a run, its record lacks something, or a table in it is
        of another run. Lists every fault. Files that were only changed or deleted since
        are in `Run.changed`.
    """
    folder = Path(folder)
    record = _read_record(folder)
    changed = tuple(name for name, sha256 in record.files.items() if _hash(folder / name) != sha256)
    unchanged = record.files.keys() - set(changed)
    plans: dict[str, ZonePlan] = {}
    names: dict[str, str] = {}
    exact = None
    faults: list[str] = []
    try:
        if ASSIGNMENTS in unchanged:
            rows = _read_table(folder / ASSIGNMENTS)
            plans = _plans(rows)
            names = {row["building_id"]: row["name"] for row in rows}
            faults = [
                f"{ASSIGNMENTS}: the plan of {option.option_id} is not the one of {RUN_RECORD}"
                for option in record.options
                if plan_sha256(plans.get(option.option_id)) != option.told.plan_sha256
            ]
        if COMPARISON_TABLE in unchanged and record.edition is Edition.RESTRICTED:
            exact = _figures(_read_table(folder / COMPARISON_TABLE))
    except (OSError, ValueError, KeyError, csv.Error) as error:
        what = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
        faults.append(f"a table cannot be read: {what}")
    if faults:
        raise _refusal(folder, faults)
    return Run(
        folder=folder,
        record=record,
        plans=plans,
        building_names=names,
        exact_figures=exact,
        changed=changed,
    )


def _added_since(data: Mapping[str, Any]) -> dict[str, Any]:
    """What runs before the study did not record, so that a release of then can be read."""
    name = " ".join(str(data.get("command")).split()[1:2])
    purposes = {"plan": "plan", "improve": "improve", "compare": "comparison", "deck": "deck"}
    return {"purpose": purposes.get(name), "study": None}


def _read_record(folder: Path) -> RunRecord:
    path = folder / RUN_RECORD
    if not path.is_file():
        why = f"it has no {RUN_RECORD}" if folder.is_dir() else "there is no such folder"
        raise _refusal(folder, [why])
    try:
        data = read_json(path, shown="it", error=OptionError, most_bytes=_LARGEST_RECORD_BYTES)
    except OptionError as error:
        given = error.faults or (error.headline,)
        raise _refusal(folder, [f"{RUN_RECORD}: {fault}" for fault in given]) from error
    try:
        # As JSON, where a list may be read as a tuple and a word as an enum, but text as no number.
        if isinstance(data, dict) and "purpose" not in data:
            data = {**_added_since(data), **data}
        record: RunRecord = _reader(RunRecord).validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        raise _refusal(folder, first_few([*_writer(data), *_faults(error)])) from error
    ids = [option.option_id for option in record.options]
    faults = [f"option {i!r} is there twice" for i in dict.fromkeys(ids) if ids.count(i) > 1]
    faults += [f"{n!r} is no file of the folder" for n in record.files if not _is_plain(n)]
    if faults:
        raise _refusal(folder, [f"{RUN_RECORD}: {fault}" for fault in first_few(faults)])
    return record


@cache
def _reader(cls: Any) -> TypeAdapter[Any]:
    return TypeAdapter(cls)


def _faults(error: ValidationError, *inside: str) -> Iterator[str]:
    for one in error.errors(include_url=False, include_context=False, include_input=False):
        where = ".".join(str(part) for part in (*inside, *one["loc"]))
        why = "it is missing" if one["type"] == "missing" else one["msg"]
        why = why.replace("Input should be", "it should be")
        yield f"{RUN_RECORD}: {where}{': ' if where else ''}{why}"


def _writer(data: Any) -> Iterator[str]:
    """Name the version that wrote a record that cannot be read, if it is another."""
    versions = data.get("versions") if isinstance(data, dict) else None
    wrote = versions.get("zoning") if isinstance(versions, dict) else None
    if isinstance(wrote, str) and wrote != version("zoning"):
        yield f"it was written by zoning {wrote[:20]}; this is {version('zoning')}"


def _is_plain(name: str) -> bool:
    return PurePath(name).name == name and "\\" not in name and name.isprintable()


def _refusal(folder: Path, faults: Sequence[str]) -> OptionError:
    return OptionError(f"{folder} cannot be read as the folder of a run", faults, _REMEDY)


def _hash(path: Path) -> str | None:
    """Hash a file; None if there is none that can be read."""
    try:
        return hash_file(path)
    except OSError:
        return None


def _read_table(path: Path) -> list[dict[str, str]]:
    """Read a table of a run; cells lose the apostrophe against formulas."""
    require_size(path, most_bytes=_LARGEST_TABLE_BYTES, shown=path.name, error=OptionError)
    with path.open(encoding="utf-8", newline="") as file:
        return [
            {column: unguarded(cell or "") for column, cell in row.items() if column is not None}
            for row in csv.DictReader(file)
        ]


def _plans(rows: Sequence[Mapping[str, str]]) -> dict[str, ZonePlan]:
    """Make the plan of each option from ``assignments.csv``."""
    by_option: dict[str, list[Mapping[str, str]]] = {}
    for row in rows:
        by_option.setdefault(row["option_id"], []).append(row)
    plans = {}
    for option_id, of_option in by_option.items():
        plan = ZonePlan.from_assignment(
            {row["building_id"]: row["zone_id"] for row in of_option},
            high_school_of={
                r["zone_id"]: r["high_school_id"] for r in of_option if r["high_school_id"]
            },
        )
        known = {str(kind): kind for kind in ZoneKind}
        kinds = {r["zone_id"]: known.get(r["kind"], ZoneKind.PATROL) for r in of_option}
        plans[option_id] = ZonePlan(tuple(replace(z, kind=kinds[z.zone_id]) for z in plan.zones))
    return plans


def plan_sha256(plan: ZonePlan | None) -> str | None:
    """The hash by which a record names a plan; None for none."""
    return None if plan is None else plan_hash(_shared(plan))


def _shared(plan: ZonePlan) -> Plan:
    return [(str(zone.kind), zone.building_ids) for zone in plan.zones]


def _figures(rows: Sequence[Mapping[str, str]]) -> dict[str, dict[str, float]]:
    return {
        row["option_id"]: {c: float(row[c]) for c in row if row[c] and find_figure(c)}
        for row in rows
    }


def study_as_run(study: Study, folder: Path, order: Order) -> str:
    """Write ``study.toml`` for the folder of a run, with the edition and the date of its files."""
    written = {"edition": str(order.edition), **({"date": order.date} if order.date else {})}
    if order.purpose is not Purpose.PLAN and not order.alternatives:
        study = study.replace(stress={"run": order.stress})  # also where it follows from numba
    return study.replace(output=written).as_run(folder, edition=order.edition)
