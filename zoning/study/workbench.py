"""The workbench of a study: plans to start from, what is proved, and what the page was made of."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import zoning
from zoning.errors import OptionError, PlanError
from zoning.files import hash_file
from zoning.inputs import LARGEST_TEXT_BYTES, require_size
from zoning.settings import NONE, walk
from zoning.study.inputs import StudyInputs, input_files
from zoning.study.sections import StudySettings
from zoning.study.toml_file import thaw
from zoning.units import sentence
from zoning.zones import (
    Alternatives,
    ProgressCallback,
    ZonePlan,
    ZoneProblem,
    ZoningResult,
    alternatives,
    check_plan,
    read_plan,
)
from zoning.zones.solve.alternatives import COUNT

if TYPE_CHECKING:
    from zoning.maps.pages.workbench_page import WorkbenchPage
    from zoning.study.study import Study

NAME: Final = "zoning-workbench-restricted.html"
"""What ``zoning workbench`` writes beside the study."""
# Sections that decide what the page computes; of [plan] only the locks do, which are rules.
_SECTIONS: Final = ("district", "schools", "streets", "calls", "zones", "rules", "plan")
_LOCKS: Final = ("lock", "lock_schools")
_DATA: Final = re.compile(
    rb'<script type="application/json" id="zoning-data">(.*?)</script>', re.DOTALL
)
"""The data of a page, as `json_block` of the maps writes them, which takes long to import."""
TIME_S: Final = 120.0
"""Our choice: a planner waits two minutes for a plan, and one that is not proved has its gap."""
_OTHER_ROLES: Final = frozenset(
    ["plan", "start", "scenario", "wishes", "wanted", "school calendar", "bells"]
)


def open_workbench(study: Study) -> StudyInputs:
    """Read every file of a study for a workbench: also its plan, if it has one.

    Raises
    ------
    FaultsError
        With every fault of every file; and if the study gives several numbers of zones.
    """
    numbers, review = study.settings.zones.numbers, _is_review(study)
    if len(numbers) > 1 and not review:
        raise OptionError(
            f"the study gives {len(numbers)} numbers of zones, and a workbench has one",
            remedy="Choose one with --zones N, or give a plan.",
        )
    inputs = study.open(review=review)
    inputs.require_possible([inputs.zones])
    return inputs


def _is_review(study: Study) -> bool:
    """Whether a workbench is about a plan, which then gives the number of zones."""
    return (study.settings.plan.file or study.settings.rules.today) is not None


@dataclass(frozen=True, kw_only=True, eq=False)
class StudyWorkbench:
    """The plans of a workbench, solved; `page` makes the page.

    Attributes
    ----------
    found
        The best plan and near-best ones; without a plan where none exists or was found.
    today
        The plan of ``[rules] today``; None if there is none, or if it is left out.
    left_out
        Why today's plan is left out; '' if it is not.
    made_from
        What the files held before the search: see `made_from`.
    """

    inputs: StudyInputs
    found: Alternatives
    today: ZonePlan | None = None
    left_out: str = ""
    made_from: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def solve(
        cls, inputs: StudyInputs, *, progress: ProgressCallback | None = None
    ) -> StudyWorkbench:
        """Find the best plan and near-best ones: as many as ``[plan]`` says, else three.

        Without a time limit of the study each search ends after `TIME_S`.
        """
        study, asked = inputs.study, inputs.study.settings.plan
        # Before the search, in whose minutes a file may change that was read before it.
        made = made_from(study)
        limits, count = study.settings.solver, asked.alternatives
        if "time_limit_seconds" not in study.tables.get("solver", {}):
            limits = replace(limits, time_s=TIME_S)
        if "alternatives" not in study.tables.get("plan", {}):
            count = COUNT
        found = alternatives(
            inputs.problem,
            within=asked.within,
            count=count,
            apart=asked.apart,
            limits=limits,
            start=inputs.zones.start,
            progress=progress,
        )
        today, left_out = _find_today(inputs)
        # The search takes the plan under review for today's, if there is none.
        found = replace(found, today=today)
        return cls(inputs=inputs, found=found, today=today, left_out=left_out, made_from=made)

    @property
    def has_plan(self) -> bool:
        """Whether there is a plan to start from, solved or given."""
        return bool(self.found.plans or self.plans or self.today)

    @property
    def plans(self) -> dict[str, ZonePlan]:
        """The plan that was given, by the name of its file; empty if there is none."""
        plan, study = self.inputs.plan, self.inputs.study
        file, today = study.settings.plan.file, study.settings.rules.today
        if plan is None or file is None or file == today:
            return {}
        return {file.name: plan}

    @property
    def notices(self) -> tuple[str, ...]:
        """What a reader of the page should know: of the inputs, and why a plan is not there."""
        return (*map(sentence, filter(None, self._on_plans())), *self.inputs.notices)

    def _on_plans(self) -> Iterator[str]:
        """Say what is missing: a plan, its proof, near-best ones, names, today's plan."""
        found, best = self.found, self.found.results[0]
        if not found.plans:
            yield f"there is no best plan and no bound: {_why_none(best)}"
        elif best.stopped_by:
            yield f"the best plan is not proved: {str(best).splitlines()[0]}"
        yield found.ended if found.plans else ""
        yield from dict.fromkeys(notice for one in found.results for notice in one.notices)
        yield self.left_out

    def page(
        self, *, title: str | None = None, date: datetime.date | None = None, study: str = ""
    ) -> WorkbenchPage:
        """Make the page; see `zoning.maps.workbench`.

        Parameters
        ----------
        study
            How the study is named in the commands that the page shows.

        Raises
        ------
        OptionError
            If there is no plan to start from; says why none was found.
        """
        if not self.has_plan:
            raise OptionError(
                "a workbench starts from a plan, and there is none",
                [_why_none(self.found.results[0])],
                "Change what is asked for, or give a plan: [plan] file.",
            )
        shown: ZoneProblem | Alternatives = self.found if self.found.plans else self.found.problem
        return zoning.maps.workbench(
            self.inputs.district,
            shown,
            self.plans,
            today=self.today,
            title=title,
            date=date,
            study=study,
            notices=self.notices,
            made_from=self.made_from,
        )


def _find_today(inputs: StudyInputs) -> tuple[ZonePlan | None, str]:
    """Read today's plan; where it cannot be scored, say why it is left out."""
    file = inputs.study.settings.rules.today
    if file is None:
        return None, ""
    try:
        today = read_plan(inputs.study.file(file), inputs.district.schools)
        check_plan(today, inputs.problem)
    except PlanError as error:
        return None, f"today's plan is left out: {error.headline}"
    return today, ""


def _why_none(result: ZoningResult) -> str:
    """Say in one paragraph why there is no plan, and what would allow one."""
    why = result.infeasibility
    if why is None:
        told = str(result)
        return told[:1].lower() + told[1:]
    allow = f" Any one of these allows one: {'; '.join(why.remedies)}." if why.remedies else ""
    return f"no plan exists for {why.request}: {'; '.join(why.reasons)}.{allow}"


# What a page was made from.


def made_from(study: Study) -> dict[str, str]:
    """List what decides the figures of a workbench: the version, settings, and hashes of files.

    Files go by their path from the study; of one that is not below it only the name is told,
    since folders may name a user. The plan under review is not among them: the page changes it.
    """
    found = {"zoning": version("zoning")}
    tables = thaw(study.tables)
    tables["plan"] = {key: v for key, v in tables.get("plan", {}).items() if key in _LOCKS}
    for table, where, one in walk(StudySettings, tables):
        value = _without_files(table[one.key], study) if one.holds_files else table[one.key]
        if where[0] in _SECTIONS and one.sections is None and value is not None:
            # Items of lists are counted from 1, as in --set.
            told = [str(part + 1) if isinstance(part, int) else part for part in where]
            found[f"setting {'.'.join(told)}"] = json.dumps(value, default=str)
    for name, path in _files(study):
        # Two files may have one name: that of either then stands for both.
        found[f"file {name}"] = found.get(f"file {name}", "") + hash_file(path)
    return found


def _without_files(value: str | list[str], study: Study) -> str | list[str] | None:
    """Keep what no hash of a file tells: the name of a profile, a sheet; None if there is none."""
    names = value if isinstance(value, list) else [value]
    found = [Path(n).name for n in names if n != NONE and not study.file(Path(n)).is_file()]
    return found[0] if found and names is not value else found or None


def _files(study: Study) -> Iterator[tuple[str, Path]]:
    """List the files that decide figures, each with the name it goes by."""
    folder = study.folder.resolve()
    of_scenarios = {study.file(one.calls) for one in study.settings.scenarios if one.calls}
    for role, path in input_files(study, review=True):  # without the plans of options
        if role in _OTHER_ROLES or path in of_scenarios or not path.is_file():
            continue
        real = path.resolve()
        is_below = real.is_relative_to(folder)
        yield (real.relative_to(folder).as_posix() if is_below else path.name), path


def changed_since(page: Path, study: Study) -> list[str]:
    """Say what of a study is not as it was when a workbench was made; empty if all is.

    Raises
    ------
    OptionError
        If the file is no page of ``zoning workbench``.
    """
    was, now = _read_made_from(page), made_from(study)
    return [
        _say_change(name, was.get(name), now.get(name))
        for name in dict.fromkeys((*was, *now))
        if was.get(name) != now.get(name)
    ]


def _say_change(name: str, was: str | None, now: str | None) -> str:
    if name.startswith("file ") and was and now:
        return f"{name} has changed"
    if name.startswith("file "):
        return f"{name} was {'read then, and is not now' if was else 'not read then'}"
    return f"{name}: {was or 'not given'} then, {now or 'not given'} now"


def _read_made_from(page: Path) -> Mapping[str, str]:
    """Read back what a page was made from."""
    require_size(page, most_bytes=LARGEST_TEXT_BYTES, shown=page, error=OptionError)
    found = None
    try:
        block = _DATA.search(page.read_bytes())
        found = json.loads(block[1])["made_from"] if block else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass  # any file may be given
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        raise OptionError(
            f"{page} is no page of zoning workbench",
            remedy="Give the HTML file that the command wrote, as it wrote it.",
        )
    return found
