"""Response: how long a call waits for an officer, by simulated school-days."""

from zoning.response.assumptions import ResponseAssumptions
from zoning.response.busy_officers import BusyOfficers, estimate_busy_officers
from zoning.response.call_sample import CallSample, sample_calls
from zoning.response.estimate import (
    DistrictResponse,
    ResponseDifference,
    ResponseEstimate,
    ResponseSample,
    compare_responses,
    estimate_response,
)
from zoning.response.hypercube import (
    Hypercube,
    HypercubeResult,
    WhenAllBusy,
    solve_hypercube,
)
from zoning.response.traffic import travel_by_hour

__all__ = [
    "BusyOfficers",
    "CallSample",
    "DistrictResponse",
    "Hypercube",
    "HypercubeResult",
    "ResponseAssumptions",
    "ResponseDifference",
    "ResponseEstimate",
    "ResponseSample",
    "WhenAllBusy",
    "compare_responses",
    "estimate_busy_officers",
    "estimate_response",
    "sample_calls",
    "solve_hypercube",
    "travel_by_hour",
]
