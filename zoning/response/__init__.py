"""Response: how long a call waits for an officer, by simulated school-days."""

from zoning.response.assumptions import ResponseAssumptions
from zoning.response.call_sample import CallSample, sample_calls
from zoning.response.estimate import (
    DistrictResponse,
    ResponseDifference,
    ResponseEstimate,
    ResponseSample,
    compare_responses,
    estimate_response,
)
from zoning.response.traffic import travel_by_hour

__all__ = [
    "CallSample",
    "DistrictResponse",
    "ResponseAssumptions",
    "ResponseDifference",
    "ResponseEstimate",
    "ResponseSample",
    "compare_responses",
    "estimate_response",
    "sample_calls",
    "travel_by_hour",
]
