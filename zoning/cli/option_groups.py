"""Options that several commands share, each group written once."""

from __future__ import annotations

import datetime
import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import Field, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, get_origin, get_type_hints

from zoning.cli import options as opt
from zoning.cli import request
from zoning.cli import zone_options as zone
from zoning.cli.district_request import DistrictRequest
from zoning.cli.driving import DrivingRequest
from zoning.cli.zone_request import ZoneRequest
from zoning.editions import Edition
from zoning.maps import Size
from zoning.reports import Order, Purpose
from zoning.staffing import CostAssumptions, OutsideResponse
from zoning.zones import AlignmentMode, Objective, SolverLimits


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """Give Typer the fields of each group of options as options of their own.

    A parameter whose type is a dataclass is a group; its ``Annotated`` fields are
    the options, the other fields keep their defaults.
    """
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, type[Any]] = {
        name: kind for name, kind in hints.items() if isinstance(kind, type) and is_dataclass(kind)
    }
    parameters: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        if name in groups:
            parameters += _options(groups[name])
        else:
            keyword = inspect.Parameter.KEYWORD_ONLY
            parameters.append(parameter.replace(kind=keyword, annotation=hints[name]))

    def flat(**given: Any) -> None:
        made = {
            name: kind(**{option.name: given.pop(option.name) for option in _options(kind)})
            for name, kind in groups.items()
        }
        command(**given, **made)

    flat.__name__ = command.__name__
    flat.__doc__ = command.__doc__
    flat.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    flat.__annotations__ = {p.name: p.annotation for p in parameters}
    return flat


def _options(group: type[Any]) -> Iterator[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    offered: list[Field[Any]] = [f for f in fields(group) if get_origin(hints[f.name]) is Annotated]
    for field in offered:
        yield inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=hints[field.name],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictOptions:
    """Which district, from which files."""

    district: opt.DistrictName = None
    schools: opt.SchoolsFile = None
    streets: opt.Streets = None
    keep_islands: opt.KeepIslands = False
    outline: opt.OutlineFile = None
    column: opt.Columns = None
    level: opt.Levels = None
    crs: opt.System = None
    name: opt.Name = None
    state: opt.State = None

    def request(self) -> DistrictRequest:
        """As `DistrictRequest.of`."""
        return DistrictRequest.of(
            shipped=self.district,
            schools=self.schools,
            streets=self.streets,
            keep_islands=self.keep_islands,
            outline=self.outline,
            columns=self.column or (),
            levels=self.level or (),
            crs=self.crs,
            name=self.name,
            state=self.state,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DrivingOptions:
    """How officers drive."""

    patrol_profile: opt.PatrolProfile = None
    emergency_profile: opt.EmergencyProfile = None
    delays: opt.DelaysChoice = None

    def request(self) -> DrivingRequest:
        """The words together; files are still closed."""
        return DrivingRequest(
            patrol=self.patrol_profile, emergency=self.emergency_profile, delays=self.delays
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DrivingToCallsOptions:
    """How officers drive to a call, for a command that no patrol is part of."""

    emergency_profile: opt.EmergencyProfile = None
    delays: opt.DelaysChoice = None

    def request(self) -> DrivingRequest:
        """The words together; the file is still closed."""
        return DrivingRequest(emergency=self.emergency_profile, delays=self.delays)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRules:
    """What a plan is held to besides its shape; a command offers what makes sense to it."""

    dedicated: list[str] | None = None
    rules: Path | None = None
    start: Path | None = None
    today: Path | None = None
    most_moved: int | None = None
    move_price: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesOfPlan(KeptRules):
    """For a plan from scratch."""

    dedicated: zone.Dedicated = None
    rules: zone.RulesFile = None
    start: zone.Start = None
    today: zone.Today = None
    most_moved: zone.MostMoved = None
    move_price: zone.MovePrice = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesOfGivenPlan(KeptRules):
    """For a plan that is there."""

    dedicated: zone.DedicatedOfPlan = None
    rules: zone.RulesFile = None
    today: zone.TodayOrPlan = None
    most_moved: zone.MostMoved = None
    move_price: zone.MovePrice = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesCompared(KeptRules):
    """For zones in several numbers."""

    rules: zone.RulesFileCompared = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeOptions:
    """What every zone should be like."""

    min_size: zone.MinSize = 3
    max_size: zone.MaxSize = "7"
    objective: zone.ObjectiveChoice = Objective.PATROL
    presence: zone.PresenceChoice = zone.Presence.EQUAL
    alignment: zone.AlignmentChoice = AlignmentMode.PREFER
    alignment_price: zone.AlignmentPrice = None
    longest_drive: zone.LongestDrive = None
    workload: zone.Workloads = None

    def request(
        self, *, zones: Sequence[str], kept: KeptRules, given_plan: bool = False
    ) -> ZoneRequest:
        """As `ZoneRequest.of`."""
        return ZoneRequest.of(
            zones=zones,
            min_size=self.min_size,
            max_size=self.max_size,
            objective=self.objective,
            presence=self.presence,
            alignment=self.alignment,
            alignment_price_min=self.alignment_price,
            longest_drive_min=self.longest_drive,
            workloads=self.workload or (),
            dedicated=kept.dedicated,
            rules=kept.rules,
            start=kept.start,
            today=kept.today,
            most_moved=kept.most_moved,
            move_price_min=kept.move_price,
            given_plan=given_plan,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyOptions:
    """Costs, and the response of the police without district officers."""

    cost_per_officer: opt.CostPerOfficer = None
    cost_range: opt.CostRange = None
    relief_factor: opt.ReliefFactor = None
    police_mean_min: opt.PoliceMean = None
    police_median_min: opt.PoliceMedian = None
    police_p90_min: opt.PoliceP90 = None
    police_source: opt.PoliceSource = "figures given by the planner"

    def costs(self) -> CostAssumptions:
        """As `zoning.cli.request.costs`."""
        return request.costs(
            per_officer=self.cost_per_officer,
            between=self.cost_range,
            relief_factor=self.relief_factor,
        )

    def outside_response(self) -> OutsideResponse | None:
        """As `zoning.cli.request.outside_response`."""
        return request.outside_response(
            mean_min=self.police_mean_min,
            median_min=self.police_median_min,
            p90_min=self.police_p90_min,
            source=self.police_source,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SolverOptions:
    """How long and how exactly to search."""

    time_limit: opt.TimeLimit = opt.DEFAULT_LIMITS.time_s
    gap: opt.Gap = opt.DEFAULT_LIMITS.gap * 100
    seed: opt.Seed = 0

    def limits(self) -> SolverLimits:
        """As `zoning.cli.request.limits`."""
        return request.limits(time_s=self.time_limit, gap_percent=self.gap, seed=self.seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultOptions:
    """What the files are called, for whom they are, and which."""

    title: opt.Title = None
    date: opt.Date = None
    also: opt.Also = None
    map_size: opt.MapSize = Size.PAGE
    tiles: opt.TileServer = None
    force: opt.Force = False
    edition: opt.EditionChoice = Edition.PUBLIC
    earlier: opt.Earlier = None

    def folder(self, asked: Path | None, *, plain: str) -> Path:
        """Where the files go: the folder asked for, else one of this name for each edition."""
        if asked is not None:
            return asked
        return Path(plain if self.edition is Edition.PUBLIC else f"{plain}-{self.edition}")

    def order(self, purpose: Purpose) -> Order:
        """The files of a run for this purpose."""
        given = datetime.datetime.now() if self.date is None else self.date
        return Order(
            purpose=purpose,
            edition=self.edition,
            extras=frozenset(self.also or ()),
            title=self.title,
            date=given.date(),
            size=self.map_size,
            tiles=None if self.tiles is None else str(self.tiles),
            earlier=tuple(self.earlier or ()),
        )
