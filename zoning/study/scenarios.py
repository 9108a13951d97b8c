"""The ``[[scenarios]]`` of a study: the schools as they may become."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import geopandas as gpd

from zoning.demand import call_rates, read_calls, read_school_days
from zoning.district import District
from zoning.schools import read_school_changes, read_schools
from zoning.schools.school_names import SchoolNames
from zoning.settings import Fault
from zoning.staffing import SchoolScenario
from zoning.study.sections import ScenarioTable, StudySettings

if TYPE_CHECKING:
    from zoning.study.study import Study


def read_scenario(study: Study, asked: ScenarioTable, district: District) -> SchoolScenario:
    """Read the schools of a scenario, and their calls.

    Raises `SchoolDataError` or `DemandError` if a file cannot be used.
    """
    schools = study.settings.schools
    columns, levels, state = schools.columns, schools.levels, study.settings.district.state
    notices: tuple[str, ...] = ()
    if asked.changes is not None:
        changed = read_school_changes(
            study.file(asked.changes), district.schools, columns=columns, levels=levels, state=state
        )
        table, notices = changed.schools, changed.notices
    else:
        assert asked.schools is not None  # checked when the study was read
        table = read_schools(
            study.file(asked.schools),
            columns=columns,
            levels=levels,
            crs=schools.crs,
            state=state,
            where=schools.where,
            leave_out=schools.leave_out,
        )
    calls = study.settings.calls
    if asked.calls is None:
        rates = call_rates(table, calls_per_school_day=calls.per_school_day)
    else:
        days = calls.school_days
        if days is None and calls.calendar is not None:
            days = sum(read_school_days(study.file(calls.calendar), district.schools).values())
        rates = read_calls(
            study.file(asked.calls),
            table,
            school_days=days or 1.0,
            source=calls.source or "",
            # The columns of [calls] are those of the log, if it has one.
            columns={} if calls.log else calls.columns,
            allow_enforcement=calls.allow_enforcement,
            shrink=calls.shrink or bool(calls.log),
        )
    settings = study.settings
    here = [one for one in settings.options if one.scenario == asked.name]
    given = dict.fromkeys(
        pair for one in (settings.zones, *here) for pair in one.zone_names.items()
    )
    closed = closed_of((word for word, _ in given), district.schools, table)
    notices += tuple(
        f"the zone name '{name}' is not used: {word} is closed"
        for word, name in sorted(given)
        if word in closed
    )
    return SchoolScenario(name=asked.name, schools=table, calls=rates, notices=notices)


def closed_of(
    words: Iterable[str], before: gpd.GeoDataFrame, after: gpd.GeoDataFrame
) -> frozenset[str]:
    """Find the words that name a school which is closed under a scenario."""
    today, later = SchoolNames.of(before, ()), SchoolNames.of(after, ())
    return frozenset(w for w in words if _is_known(today, w) and not _is_known(later, w))


def _is_known(names: SchoolNames, word: str) -> bool:
    try:
        return bool(names.building(word))
    except ValueError:
        return False


def scenario_faults(settings: StudySettings) -> Iterator[Fault]:
    """Find faults of ``[[scenarios]]``, and options under one that there is not."""
    known = [one.name for one in settings.scenarios]
    for k, one in enumerate(settings.scenarios):
        where = ("scenarios", k)
        if (one.changes is None) == (one.schools is None):
            yield Fault(where, "give one of changes (what differs) and schools (a whole list)")
        if one.name in known[:k]:
            yield Fault((*where, "name"), f"'{one.name}' is the name of an earlier scenario")
        if settings.calls.is_counted and one.calls is None:
            yield Fault(where, "the calls were counted at today's schools: add calls = 'FILE'")
        if not settings.calls.is_counted and one.calls is not None:
            yield Fault((*where, "calls"), "it goes with [calls] file or log, and none is given")
    for k, option in enumerate(settings.options):
        if option.scenario and option.scenario not in known:
            there = ", ".join(known) or "none"
            what = f"'{option.scenario}' is none of the scenarios; there are {there}"
            yield Fault(("options", k, "scenario"), what)
    used = {option.scenario for option in settings.options}
    for k, name in enumerate(known):
        if settings.options and name not in used:
            what = f"no option is under it: add scenario = '{name}' to one of the [[options]]"
            yield Fault(("scenarios", k), what)
