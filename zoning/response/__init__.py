"""Response: how long a call waits for the officer, who is where the timetable says."""

from zoning.response.busy_officers import BusyOfficers, estimate_busy_officers
from zoning.response.estimate import (
    DistrictResponse,
    ResponseAssumptions,
    ResponseEstimate,
    estimate_response,
)
from zoning.response.hypercube import (
    Hypercube,
    HypercubeResult,
    WhenAllBusy,
    solve_hypercube,
)

__all__ = [
    "BusyOfficers",
    "DistrictResponse",
    "Hypercube",
    "HypercubeResult",
    "ResponseAssumptions",
    "ResponseEstimate",
    "WhenAllBusy",
    "estimate_busy_officers",
    "estimate_response",
    "solve_hypercube",
]
