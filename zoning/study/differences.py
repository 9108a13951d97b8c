"""What changed between two runs: settings, files, plans, figures and proofs."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import pandas as pd

from zoning.editions import Edition
from zoning.errors import FaultsError, first_few, typed
from zoning.files import STUDY_AS_RUN
from zoning.reports.outputs import ASSIGNMENTS
from zoning.reports.tables import csv_table
from zoning.settings import class_at, describe_settings, read_settings, walk, write_value
from zoning.staffing.figures import SHARE, Unit, find_figure
from zoning.study.runs import Run, RunOption, ZonesRecord
from zoning.study.sections import StudySettings
from zoning.study.toml_file import thaw
from zoning.units import counted
from zoning.zones import Status, ZoneKind, ZonePlan
from zoning.zones.review.comparison import moved_buildings, plan_moves

# Our choice: a screen shows this many changes of one part; the table has all.
_MOST_SHOWN: Final = 25
_MOST_RENAMED: Final = 3  # each on a line of its own
_RENAMED: Final = "renamed"


class Change(NamedTuple):
    """One thing that changed.

    Attributes
    ----------
    part
        One of `PARTS`.
    option_id
        The option it is about; both ids if they differ, '' if it is about none.
    item, name
        What it is: the key of a setting, the column of a figure (which ends in the unit),
        an id, or what happened to a zone; and the same for a reader.
    before, after
        Text, numbers or None.
    in_words
        The change in words.
    """

    part: str
    option_id: str
    item: str
    name: str
    before: str | float | None
    after: str | float | None
    in_words: str


PARTS: Final[Mapping[str, str]] = {
    "setting": "Settings",
    "file": "Files that were read",
    "school": "Schools",
    "version": "Versions",
    "option": "Options",
    "building": "Buildings moved",
    "zone": "Zones",
    "figure": "Figures",
    "proof": "Proofs",
}
"""The parts of a run that are compared, with their headings, in the order of a report."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunDiff:
    """What changed from one run to another.

    Attributes
    ----------
    before, after
        The runs.
    changes
        One row a change, with the columns of `Change`; in the order of `PARTS`.
    remarks
        What could not be compared, and why.
    restricted
        True if it may hold what is not public: settings or figures of a restricted run, or
        cells of a list of schools.
    """

    before: Run
    after: Run
    changes: pd.DataFrame = field(repr=False)
    remarks: tuple[str, ...]
    restricted: bool

    def part(self, name: str) -> pd.DataFrame:
        """The changes of one part: ``'setting'``, ``'figure'`` ...; see `PARTS`."""
        if name not in PARTS:
            raise KeyError(name)
        return self.changes[self.changes["part"] == name].reset_index(drop=True)

    def sections(self) -> Iterator[tuple[str, list[str]]]:
        """The changes in words, under a heading for each part and, where there is one, option."""
        for key, rows in self.changes.groupby(["part", "option_id"], sort=False):
            part, option_id = map(str, key)
            heading = f"{PARTS[part]}: {option_id}" if option_id else PARTS[part]
            # Zones are numbered by plan, so that one more zone gives many another number.
            renamed = rows["item"] == _RENAMED
            names = [f"{r.before} is {r.after}" for r in rows[renamed].itertuples()]
            if len(names) > _MOST_RENAMED:
                count = f"{counted(len(names), 'zone')} under another name: {', '.join(names)}"
                yield heading, [count, *first_few(list(rows["in_words"][~renamed]), _MOST_SHOWN)]
            else:
                yield heading, first_few(list(rows["in_words"]), _MOST_SHOWN)

    def to_csv(self) -> bytes:
        """Write `changes` as CSV; a column marks the restricted edition."""
        return csv_table(self.changes, Edition.RESTRICTED if self.restricted else Edition.PUBLIC)

    def __str__(self) -> str:
        lines = [f"{self.before.folder} -> {self.after.folder}"]
        for heading, sentences in self.sections():
            lines += [heading, *(f"  {one}" for one in sentences)]
        if self.changes.empty:
            lines.append("no difference was found")
        return "\n".join([*lines, *self.remarks])


@typed
def diff_runs(before: Run, after: Run) -> RunDiff:
    """Say what changed from one run to another.

    Compared are the settings that the planner gave, the files that were read (by their
    hash), the versions, and for each option of both runs the plan, the figures that both
    show and what was proved. Two restricted runs are compared by exact figures, others by the
    published ones. A figure that is written alike in both runs counts as the same.

    Options are matched by their id; of the others, those with as many zones and the same
    officers who stay, and the only options of two plans.
    """
    remarks = list(_remarks(before, after))
    pairs, alone = _match_options(before, after)
    changes = [
        *_settings(before, after),
        *_parameters(before, after),
        *_files(before, after),
        *_schools(before, after, remarks),
        *_versions(before, after),
        *alone,
    ]
    for pair in pairs:
        changes += _plans(before, after, pair, remarks)
    for pair in pairs:
        changes += _figures(before, after, pair)
    changes += [change for pair in pairs for change in _proofs(pair)]
    order = {part: k for k, part in enumerate(PARTS)}
    changes.sort(key=lambda change: order[change.part])
    return RunDiff(
        before=before,
        after=after,
        changes=pd.DataFrame(changes, columns=list(Change._fields), dtype=object),
        remarks=tuple(dict.fromkeys(remarks)),
        restricted=before.restricted
        or after.restricted
        or any(change.part == "school" for change in changes),
    )


def different_files(before: Run, after: Run) -> list[str]:
    """Name the files of a run that another one has not to the byte.

    ``study.toml`` is left out: files are named in it from the folder of the run.
    """
    files = after.record.files
    return [
        n
        for n, sha256 in before.record.files.items()
        if n != STUDY_AS_RUN and files.get(n) != sha256
    ]


def _remarks(before: Run, after: Run) -> Iterator[str]:
    for run in (before, after):
        if run.changed:
            listed = ", ".join(first_few(run.changed))
            yield f"{run.folder}: changed or missing since the run, so not compared: {listed}."
        if run.record.study is None:
            yield f"{run.folder}: the run had no study, so what its settings came to is compared."
        if run.withheld:
            listed = ", ".join(run.withheld)
            yield f"{run.folder}: withheld from its public files, so not compared: {listed}."
    one, other = before.record.district.name, after.record.district.name
    if one != other:
        yield f"The districts are called differently: {one}, {other}."
    if before.restricted != after.restricted:
        yield "One run is public and one restricted: the published figures are compared."


# Settings, files and versions.


def _settings(before: Run, after: Run) -> Iterator[Change]:
    if before.record.study is None or after.record.study is None:
        return
    one, other = (dict(flat_settings(_in_numbers(r.record.study or {}))) for r in (before, after))
    not_told = {"withheld", *before.withheld, *after.withheld}
    rows = describe_settings(StudySettings)
    defaults = {f"{row.section.strip('[]')}.{row.key}": row.default for row in rows}
    for key in dict.fromkeys((*one, *other)):
        was, becomes = (found.get(key, _UNSET) for found in (one, other))
        if key not in not_told and not _is_same_file(before, was, after, becomes):
            yield from _setting(key, was, becomes, default=defaults.get(key, ""))


def _in_numbers(study: Mapping[str, Any]) -> Mapping[str, Any]:
    """Write numbers that were given as text as numbers, so that 12 is "12 min".

    Any file may be compared, so what cannot be read stays as it is.
    """
    tables: dict[str, Any] = thaw(study)
    for table, where, one in walk(StudySettings, tables):
        given, owner = table[one.key], class_at(StudySettings, where[:-1])
        if owner is None or not isinstance(given, str | list):
            continue
        made: Any = read_settings(owner, {one.key: given})[0]
        value = None if made is None else getattr(made, one.name)
        parts = value if isinstance(given, list) and isinstance(value, tuple) else [value]
        if all(isinstance(part, int | float) for part in parts):
            table[one.key] = write_value(one, value)
    return tables


def _parameters(before: Run, after: Run) -> Iterator[Change]:
    """Compare what settings came to, if the studies do not tell it all.

    A run may have no study, and another version of zoning may have other defaults.
    """
    one, other = before.record, after.record
    told = one.versions.get("zoning") == other.versions.get("zoning")
    told = told and one.study is not None and other.study is not None
    if told or one.edition is not other.edition:
        return
    was, becomes = (dict(flat_settings(r.parameters, "parameters.")) for r in (one, other))
    for key in dict.fromkeys((*was, *becomes)):
        yield from _setting(key, was.get(key, _UNSET), becomes.get(key, _UNSET))


_UNSET: Final = object()


def _setting(key: str, was: Any, becomes: Any, *, default: str = "") -> Iterator[Change]:
    """Say how a setting changed, of a list which values; nothing if it did not."""
    if was == becomes:
        return
    unset = f"the default ({default})" if default else "the default"
    old, new = (
        unset if value is _UNSET else json.dumps(value, ensure_ascii=False)
        for value in (was, becomes)
    )
    words = f"{key}: {old} -> {new}"
    if isinstance(was, list) and isinstance(becomes, list):
        gone = [f"without {json.dumps(v, ensure_ascii=False)}" for v in was if v not in becomes]
        more = [f"with {json.dumps(v, ensure_ascii=False)}" for v in becomes if v not in was]
        words = f"{key}: {', '.join(first_few([*gone, *more])) or 'in another order'}"
    yield Change("setting", "", key, key, old, new, words)


def flat_settings(tables: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The settings of nested tables under keys such as ``zones.max_size``.

    Tables of a list go by their ``name``, or by their number if one has none or two have the
    same.
    """
    for key, value in tables.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from flat_settings(value, f"{name}.")
        elif isinstance(value, Sequence) and value and all(isinstance(v, Mapping) for v in value):
            names = [str(one.get("name", "")) for one in value]
            if "" in names or len(set(names)) < len(names):
                names = [str(k) for k in range(1, len(names) + 1)]
            for part, one in zip(names, value, strict=True):
                yield from flat_settings(one, f"{name}.{part}.")
        else:
            yield name, value


def _is_same_file(before: Run, was: Any, after: Run, becomes: Any) -> bool:
    """Whether two settings are paths, seen from either folder, to one file."""
    if not isinstance(was, str) or not isinstance(becomes, str):
        return False
    try:
        one, other = (
            (run.folder / text).resolve() for run, text in ((before, was), (after, becomes))
        )
        return one == other and one.exists()
    except (OSError, ValueError):
        return False


def _files(before: Run, after: Run) -> Iterator[Change]:
    """Compare the files that were read, by role and hash; names say which are meant."""
    roles = dict.fromkeys(one.role for run in (before, after) for one in run.record.inputs)
    for role in roles:
        # The settings of a study are compared, and the plans that were taken.
        if role in {"study", "comparison", "plans"}:
            continue
        files = [[one for one in run.record.inputs if one.role == role] for run in (before, after)]
        if any(one.sha256 is None for of_run in files for one in of_run):
            continue
        hashes = [Counter(one.sha256 for one in of_run) for of_run in files]
        gone = [one.file for one in files[0] if one.sha256 in hashes[0] - hashes[1]]
        new = [one.file for one in files[1] if one.sha256 in hashes[1] - hashes[0]]
        pairs = [(name, name) for name in gone if name in new]
        if len(gone) == len(new) == 1:
            pairs = [(gone[0], new[0])]
        for name, now in pairs:
            words = f"{role}: {name} was changed" if name == now else f"{role}: {name} -> {now}"
            yield Change("file", "", role, name, name, now, words)
        for name in gone:
            if name not in [pair[0] for pair in pairs]:
                yield Change("file", "", role, name, name, None, f"{role}: {name} is left out")
        for name in new:
            if name not in [pair[1] for pair in pairs]:
                yield Change("file", "", role, name, None, name, f"{role}: {name} is read too")


def _versions(before: Run, after: Run) -> Iterator[Change]:
    one, other = before.record.versions, after.record.versions
    for name in dict.fromkeys((*one, *other)):
        was, becomes = one.get(name), other.get(name)
        if was != becomes:
            words = f"{name}: {was or 'none'} -> {becomes or 'none'}"
            yield Change("version", "", name, name, was, becomes, words)


# Options.

_Pair = tuple[RunOption, RunOption]


def _match_options(before: Run, after: Run) -> tuple[list[_Pair], list[Change]]:
    """Pair the options of two runs; the others are changes."""
    one, other = before.record.options, after.record.options
    ids = {option.option_id: option for option in other}
    pairs = [(option, ids[option.option_id]) for option in one if option.option_id in ids]
    left = [option for option in one if option.option_id not in ids]
    right = [option for option in other if option not in [pair[1] for pair in pairs]]
    asked: list[Counter[object]] = [Counter(map(_request, options)) for options in (left, right)]
    for option in left:
        key = _request(option)
        if key is not None and asked[0][key] == asked[1][key] == 1:
            pairs.append((option, next(o for o in right if _request(o) == key)))
    if len(one) == len(other) == 1:
        pairs = [(one[0], other[0])]
    matched = [option for pair in pairs for option in pair]
    alone = [
        *(
            Change("option", "", o.option_id, o.label, o.label, None, f"{o.label} is left out")
            for o in left
            if o not in matched
        ),
        *(
            Change("option", "", o.option_id, o.label, None, o.label, f"{o.label} is new")
            for o in right
            if o not in matched
        ),
    ]
    return pairs, alone


def _request(option: RunOption) -> object:
    """What identifies an option whose id changed with a setting; None for nothing."""
    return None if option.zoning is None else (option.zoning.zones_asked, option.zoning.dedicated)


def _name_pair(pair: _Pair) -> str:
    return " -> ".join(dict.fromkeys(option.option_id for option in pair))


def _plans(before: Run, after: Run, pair: _Pair, remarks: list[str]) -> Iterator[Change]:
    of_pair = _name_pair(pair)
    if pair[0].told.plan_sha256 is None or pair[1].told.plan_sha256 is None:
        return  # the proof says which run has no plan
    plans = before.plans.get(pair[0].option_id), after.plans.get(pair[1].option_id)
    one, other = plans
    if one is None or other is None:
        if pair[0].told.plan_sha256 != pair[1].told.plan_sha256:
            folder = before.folder if one is None else after.folder
            remarks.append(
                f"{of_pair}: the plans differ; {folder} has no {ASSIGNMENTS} to say where."
            )
        return
    names = {**before.building_names, **after.building_names}
    continues = plan_moves(one, other).continued
    moved = moved_buildings(one, other, continues, lambda building: names.get(building, building))
    for building, name, was, becomes in moved.itertuples(name=None):
        words = f"{name} ({building}): {_place(one, was)} -> {_place(other, becomes)}"
        if becomes in continues and continues[becomes] != becomes:
            words += f" ({'new' if continues[becomes] is None else f'was {continues[becomes]}'})"
        yield Change("building", of_pair, building, name, was, becomes, words)
    high_schools = [{z.zone_id: z.high_school_id for z in plan.zones} for plan in (one, other)]
    for zone, was in continues.items():
        if was is None:
            yield Change("zone", of_pair, "new", zone, None, zone, f"{zone} is new")
            continue
        if zone != was:
            yield Change("zone", of_pair, _RENAMED, zone, was, zone, f"{was} is called {zone}")
        old, new = high_schools[0][was], high_schools[1][zone]
        if old != new:
            shown = [_high_school(school, names) for school in (old, new)]
            words = f"{zone}: high school {shown[0]} -> {shown[1]}"
            yield Change("zone", of_pair, "high_school_id", zone, old, new, words)
    shared = (zone.zone_id for zone in one.zones if zone.kind is not ZoneKind.DEDICATED)
    for zone in shared:
        if zone not in continues.values():
            yield Change("zone", of_pair, "dissolved", zone, zone, None, f"{zone} is dissolved")


def _place(plan: ZonePlan, zone_id: str | None) -> str:
    if zone_id is None:
        return "not in that run"
    (zone,) = (zone for zone in plan.zones if zone.zone_id == zone_id)
    return "its own officer" if zone.kind is ZoneKind.DEDICATED else zone_id


def _high_school(school_id: str | None, names: Mapping[str, str]) -> str:
    if school_id is None:
        return "none"
    return f"{names[school_id]} ({school_id})" if school_id in names else school_id


def _figures(before: Run, after: Run, pair: _Pair) -> Iterator[Change]:
    ids = [option.option_id for option in pair]
    one: Mapping[str, float] = pair[0].told.figures
    other: Mapping[str, float] = pair[1].told.figures
    if before.exact_figures is not None and after.exact_figures is not None:
        one, other = before.exact_figures.get(ids[0], {}), after.exact_figures.get(ids[1], {})
    for column in dict.fromkeys((*one, *other)):
        figure, was, becomes = find_figure(column), one.get(column), other.get(column)
        if figure is None or column == figure.margin:
            continue
        name = figure.heading(column)
        if was is None or becomes is None:
            # Other figures are missing where the edition or the data differ.
            if column == "mean_response_s":
                told = "none in the other, where it is withheld or officers cannot keep up"
                known = becomes if was is None else was
                side = "second" if was is None else "first"
                text = "" if known is None else figure.unit.text(known)
                words = f"{name}: {text} in the {side} run; {told}"
                yield Change("figure", _name_pair(pair), column, name, was, becomes, words)
            continue
        shown = figure.unit.text(was), figure.unit.text(becomes)
        if shown[0] == shown[1]:
            continue
        words = f"{name}: {shown[0]} -> {shown[1]}{_more(becomes - was, figure.unit)}"
        yield Change("figure", _name_pair(pair), column, name, was, becomes, words)


def _more(change: float, unit: Unit) -> str:
    """Say how much more or less a figure is; '' if that is less than what is written."""
    points = counted(round(abs(change) * 100), "point")
    size = points if unit is SHARE else unit.text(abs(change))
    if size in {unit.text(0.0), "0 points"}:
        return ""
    return f" ({size} {'more' if change > 0 else 'less'})"


def _proofs(pair: _Pair) -> Iterator[Change]:
    was, becomes = (_proof(option.zoning) for option in pair)
    if was is not None and becomes is not None and was != becomes:
        words = f"zones: {was} -> {becomes}"
        yield Change("proof", _name_pair(pair), "proof", "Zones", was, becomes, words)


def _proof(zoning: ZonesRecord | None) -> str | None:
    """What was proved, in the words of the comparison table; a gap is rounded up as in public."""
    if zoning is None:
        return None
    if zoning.zones is None or zoning.gap is None:
        return "no plan"
    if zoning.status is Status.OPTIMAL:
        return "optimal"
    return f"gap {math.ceil(zoning.gap * 1000 - 1e-6) / 10:.1f} %"


# Schools.


def _schools(before: Run, after: Run, remarks: list[str]) -> Iterator[Change]:
    """Compare the lists of schools, unless they are the same file."""
    hashes = [
        [one.sha256 for one in run.record.inputs if one.role == "schools"]
        for run in (before, after)
    ]
    shipped = [
        dict(flat_settings(r.record.study or {})).get("district.data") for r in (before, after)
    ]
    if shipped[0] is not None and shipped[0] == shipped[1]:
        return
    if not all(hashes) or (hashes[0] == hashes[1] and None not in hashes[0]):
        return
    lists = []
    for run, of_run in zip((before, after), hashes, strict=True):
        try:
            lists.append(run.schools())
            if None in of_run:
                remarks.append(f"{run.folder}: its list of schools is compared as it is now.")
        except FaultsError as error:
            why = error.faults[0] if error.faults else error.headline
            remarks.append(f"{run.folder}: its list of schools is not compared: {why}.")
    if len(lists) == 2:
        yield from school_changes(*lists)


def school_changes(before: pd.DataFrame, after: pd.DataFrame) -> Iterator[Change]:
    """Compare two lists of schools, of `zoning.read_schools`, cell by cell."""
    one, other = (_cells(schools) for schools in (before, after))
    for school in [i for i in one.index if i not in other.index]:
        name = one["name"][school]
        words = f"{name} ({school}) is not in the list"
        yield Change("school", "", school, "name", name, None, words)
    for school in other.index:
        name = other["name"][school]
        if school not in one.index:
            words = f"{name} ({school}) is new in the list"
            yield Change("school", "", school, "name", None, name, words)
            continue
        for column in dict.fromkeys((*one.columns, *other.columns)):
            was, becomes = (
                frame[column][school] if column in frame else "" for frame in (one, other)
            )
            if was != becomes:
                words = f"{name} ({school}): {column} {was or 'blank'} -> {becomes or 'blank'}"
                yield Change("school", "", school, column, was, becomes, words)


def _cells(schools: pd.DataFrame) -> pd.DataFrame:
    """The cells as text, blank where missing; places in degrees, to about 10 cm."""
    cells = pd.DataFrame(index=schools.index)
    for column in schools.columns:
        if column == "geometry":
            places = schools.geometry
            cells["place"] = [
                "" if p is None or p.is_empty else f"{p.y:.6f} {p.x:.6f}" for p in places
            ]
        else:
            cells[column] = [_cell(value) for value in schools[column]]
    return cells


def _cell(value: Any) -> str:
    if isinstance(value, (list, tuple, set, frozenset)):
        return "; ".join(map(str, value))
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124 NaN and NaT
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)
