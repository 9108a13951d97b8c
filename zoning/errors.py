"""Everything the library raises on bad input.

Each error is a `ZoningError` and the built-in error a caller would expect, so
both ``except ZoningError`` and ``except ValueError`` work. An impossible
request is not an error: it is an answer (`zoning.ZoningResult`).
"""

from __future__ import annotations

from collections.abc import Sequence


class ZoningError(Exception):
    """Base of every error the library raises on purpose."""


class FaultsError(ZoningError, ValueError):
    """Several faults found in one pass, reported together.

    Parameters
    ----------
    headline
        What is wrong, in one line.
    faults
        One line a fault: where it is and what it is.
    remedy
        What to do about it.
    """

    def __init__(self, headline: str, faults: Sequence[str] = (), remedy: str = "") -> None:
        self.headline = headline
        self.faults = tuple(faults)
        self.remedy = remedy
        lines = [headline, *(f"  {fault}" for fault in self.faults)]
        if remedy:
            lines.append(remedy)
        super().__init__("\n".join(lines))


def first_few(lines: Sequence[str], most: int = 10) -> list[str]:
    """The first lines of many, and how many more there are."""
    more = [f"and {len(lines) - most} more"] if len(lines) > most else []
    return [*lines[:most], *more]


class SchoolDataError(FaultsError):
    """A school inventory that cannot be used as it stands."""


class DemandError(FaultsError):
    """Call rates that cannot be used as they stand."""


class NetworkError(FaultsError):
    """A street network or travel-time table that cannot be used as it stands."""


class UnreachableError(FaultsError):
    """Buildings that cannot be reached from one another; names the pairs."""


class ProblemError(FaultsError):
    """A zone design request that contradicts itself or its data."""


class PlanError(FaultsError):
    """A zone plan that does not put every building in exactly one zone."""


class ScheduleError(FaultsError):
    """A patrol day that cannot be driven as written or cannot be planned."""


class OptionError(FaultsError):
    """A staffing option whose parameters make no sense."""


class OutputError(ZoningError, OSError):
    """A file that could not be written; what stood there before is untouched."""


class DistrictNotice(UserWarning):
    """Something a planner should know about the data: used, but not as given."""
