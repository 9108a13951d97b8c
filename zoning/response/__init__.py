"""Response: how long a call waits for the officer, who is where the timetable says."""

from zoning.response.estimate import (
    DistrictResponse,
    ResponseAssumptions,
    ResponseEstimate,
    estimate_response,
)

__all__ = [
    "DistrictResponse",
    "ResponseAssumptions",
    "ResponseEstimate",
    "estimate_response",
]
