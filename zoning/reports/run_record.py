"""The record of a run: with the same inputs and versions it can be repeated."""

from __future__ import annotations

import datetime
import hashlib
import json
import math
import platform
import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from zoning.editions import RESTRICTED_MARK, Edition
from zoning.files import hash_file
from zoning.patrol import PatrolAssumptions
from zoning.reports.tables import round_as_written
from zoning.response import ResponseAssumptions, StressAssumptions
from zoning.roads import TravelTimes
from zoning.staffing import OptionOutcome, StaffingComparison
from zoning.staffing.precision import public_gap
from zoning.zones import SolverLimits, ZoningResult

LIBRARIES = (
    "zoning",
    "ortools",
    "geopandas",
    "numpy",
    "pandas",
    "scipy",
    "shapely",
    "pyproj",
    "networkx",
    "folium",
)
LIBRARY_DEFAULTS = "library defaults"
WITHHELD = "set by the planner, withheld in the public edition"
LEFT_OUT = "left out of the public edition"
# A hash confirms a guess of what a file holds. Of a study, or the record of a restricted run, only
# the seed and patrol times have to be guessed; of a profile a few speeds; of calls, and the events
# in a list of schools, small counts; of wishes a few weights and days.
_WISHES = frozenset({"wishes", "wanted"})
_GUESSED = frozenset(
    {"study", "comparison", "calls", "patrol profile", "emergency profile", *_WISHES}
)
_COUNTED = ("behavior_events", "assault_weapon_events")
_DIGITS = 6  # decimals of a second: finer than any input, coarser than rounding errors of a sum


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """A file that the run read: its role, its name and its SHA-256."""

    role: str
    name: str
    sha256: str

    @classmethod
    def read(cls, path: Path, *, role: str, name: str) -> InputFile:
        """Hash a file."""
        return cls(role=role, name=name, sha256=hash_file(path))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """Settings of a run that its results do not contain.

    Attributes
    ----------
    command
        The command in words, without the seed, the folder and ``--force``.
    inputs
        Every file that was read.
    calls_per_school_day
        Of the call rates; None where the district counted its calls.
    limits
        Of the zone optimiser; its seed is restricted.
    patrol
        Restricted as a whole: dwell, windows, the officer's day, the seed.
    response
        What a call waits for.
    date
        That maps, slides and tables carry; None for none.
    stress
        How hard options were tested; None if they were not.
    """

    command: tuple[str, ...]
    inputs: tuple[InputFile, ...]
    calls_per_school_day: float | None
    limits: SolverLimits
    patrol: PatrolAssumptions
    response: ResponseAssumptions
    date: datetime.date | None = None
    stress: StressAssumptions | None = None


def run_record(
    comparison: StaffingComparison,
    settings: RunSettings,
    *,
    edition: Edition,
    purpose: str,
    study: str | None = None,
    files: Mapping[str, bytes],
    published: Mapping[str, Mapping[str, Any]],
) -> bytes:
    """Write everything needed to repeat a run, as JSON without a timestamp.

    The public edition holds no seed, dwell, patrol window or response of a
    school: it says whether the library's defaults were used. Nor does it hold the speeds
    of a profile of the district's own, or a hash of a file in which these or counts of
    calls could be guessed: see the threat model in the documentation.

    Parameters
    ----------
    purpose
        ``improve``, or one of `zoning.reports.Purpose`.
    study
        The text of ``study.toml``; None of a run without a study.
    files
        The data files of the run, whose hashes are recorded.
    published
        What the public edition publishes of each option, to compare later releases
        with: see `zoning.disclosure.releases`.
    """
    restricted = edition is Edition.RESTRICTED
    guessed = _GUESSED
    district, seed = comparison.district, settings.limits.seed
    if district.schools.reindex(columns=_COUNTED).notna().any(axis=None):
        guessed |= {"schools"}
    default_seed = seed == SolverLimits().seed
    wished = any(read.role in _WISHES for read in settings.inputs)
    default_patrol = settings.patrol == PatrolAssumptions() and not wished
    solver = asdict(settings.limits)
    patrol: dict[str, Any] | str = asdict(settings.patrol)
    response = asdict(settings.response)
    costs = asdict(comparison.costs)
    if not restricted and costs["detailed"] is not None:
        costs["detailed"]["mile_usd"] = WITHHELD  # with it the miles follow from the cost
    if not restricted:
        solver["seed"] = LIBRARY_DEFAULTS if default_seed else WITHHELD
        default_days = response["seed"] == ResponseAssumptions().seed
        response["seed"] = LIBRARY_DEFAULTS if default_days else WITHHELD
        patrol = LIBRARY_DEFAULTS if default_patrol else WITHHELD
    document = {
        "edition": str(edition),
        **({"mark": RESTRICTED_MARK} if restricted else {}),
        "purpose": purpose,
        "date": None if settings.date is None else settings.date.isoformat(),
        "command": shlex.join(settings.command),
        "study": None if study is None else tomllib.loads(study),
        "district": {
            "name": district.name,
            "state": district.state,
            "schools": len(district.schools),
            "buildings": len(district.buildings),
            "attribution": district.attribution,
        },
        "parameters": {
            "calls": {
                "calls_per_school_day": settings.calls_per_school_day,
                "source": comparison.calls.source,
            },
            "travel_times": {
                "patrol": _times(comparison.patrol_times, restricted=restricted),
                "emergency": _times(comparison.emergency_times, restricted=restricted),
            },
            "solver": solver,
            "patrol": patrol,
            "response": response,
            "costs": costs,
            **({} if settings.stress is None else {"stress": asdict(settings.stress)}),
        },
        "options": [
            _option(outcome, published[outcome.option_id], restricted=restricted)
            for outcome in comparison.outcomes
        ],
        "notices": list(comparison.notices),
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        },
        "inputs": [
            {
                "role": read.role,
                "file": read.name,
                "sha256": LEFT_OUT if read.role in guessed and not restricted else read.sha256,
            }
            for read in settings.inputs
        ],
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    }
    if comparison.scenarios:
        document["scenarios"] = [
            {
                "name": part.scenario,
                "schools": len(part.district.schools),
                "buildings": len(part.district.buildings),
                "calls": part.calls.source,
                "travel_times": {
                    "patrol": _times(part.patrol_times, restricted=restricted),
                    "emergency": _times(part.emergency_times, restricted=restricted),
                },
                "options": [outcome.option_id for outcome in part.outcomes],
            }
            for part in comparison.scenarios
        ]
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2, default=str)
    return f"{text}\n".encode()


def _times(times: TravelTimes, *, restricted: bool) -> dict[str, Any]:
    driving = times.driving
    values: dict[str, Any] | str | None = None if driving is None else asdict(driving)
    if driving is not None and not (restricted or driving.is_default):
        values = WITHHELD
    return {
        "profile": times.profile,
        "source": times.source,
        "estimate": times.estimate,
        "profile_values": values,
    }


def _option(
    outcome: OptionOutcome, published: Mapping[str, Any], *, restricted: bool
) -> dict[str, Any]:
    """Record an option; published figures have as many digits as in ``comparison.csv``."""
    zoning = outcome.zoning
    values: dict[str, Any] = {
        "option_id": outcome.option_id,
        "label": outcome.label,
        "description": outcome.description,
        "zoning": None if zoning is None else _zoning(zoning, restricted=restricted),
    }
    if restricted:
        timetable = () if outcome.schedule is None else outcome.schedule.notices
        values["notices"] = list(dict.fromkeys((*outcome.notices, *timetable)))
    figures = {column: round_as_written(column, v) for column, v in published["figures"].items()}
    return {**values, "told": {**published, "figures": figures}}


def _zoning(zoning: ZoningResult, *, restricted: bool) -> dict[str, Any]:
    """Record the request for zones and its result.

    The objective is restricted, since exact drives can be worked out from it, and so are
    remedies, which can be a drive between two schools.
    """
    problem, why = zoning.problem, zoning.infeasibility
    reasons = None if why is None else asdict(why)
    if reasons is not None and not restricted:
        reasons["remedies"] = LEFT_OUT
    settings = problem.settings()
    values = {
        "zones_asked": settings.pop("zones"),
        **settings,
        "buildings": problem.n,
        "dedicated": list(problem.dedicated),
        "zones": None if zoning.plan is None else len(zoning.plan.patrol_zones),
        "status": str(zoning.status),
        "gap": _round(zoning.gap if restricted else public_gap(zoning), digits=8),
        "bound_over": zoning.bound_over,
        "among": zoning.among or None,
        "interrupted": zoning.interrupted,
        "stopped_by": zoning.stopped_by or None,
        "infeasibility": reasons,
    }
    if restricted:
        values["objective_building_s"] = _round(zoning.objective_s)
        values["lower_bound_building_s"] = _round(zoning.lower_bound_s) if why is None else None
    return values


def _round(value: float | None, *, digits: int = _DIGITS) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, digits)
