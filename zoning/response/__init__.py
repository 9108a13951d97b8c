"""Response: how long a call waits for an officer, by simulated school-days."""

from zoning.response.assumptions import ResponseAssumptions
from zoning.response.busy_officers import BusyOfficers, estimate_busy_officers
from zoning.response.call_sample import CallSample, sample_calls
from zoning.response.estimate import (
    DistrictResponse,
    ResponseEstimate,
    SimulatedResponse,
    compare_responses,
    estimate_response,
    simulate_response,
)
from zoning.response.extra_officer import rank_extra_officers
from zoning.response.hypercube import (
    Hypercube,
    HypercubeResult,
    WhenAllBusy,
    solve_hypercube,
)
from zoning.response.intervals import ResponseDifference, ResponseSample
from zoning.response.severe import DistrictCoverage, SevereCoverage, cover_severe_events
from zoning.response.stress import StressAssumptions, StressTest, stress_plan
from zoning.roads.traffic import travel_by_hour

__all__ = [
    "BusyOfficers",
    "CallSample",
    "DistrictCoverage",
    "DistrictResponse",
    "Hypercube",
    "HypercubeResult",
    "ResponseAssumptions",
    "ResponseDifference",
    "ResponseEstimate",
    "ResponseSample",
    "SevereCoverage",
    "SimulatedResponse",
    "StressAssumptions",
    "StressTest",
    "WhenAllBusy",
    "compare_responses",
    "cover_severe_events",
    "estimate_busy_officers",
    "estimate_response",
    "rank_extra_officers",
    "sample_calls",
    "simulate_response",
    "solve_hypercube",
    "stress_plan",
    "travel_by_hour",
]
