"""Response: how long a call waits, from where the timetable has the officer."""

from zoning.response.assumptions import ResponseAssumptions
from zoning.response.estimate import DistrictResponse, ResponseEstimate, estimate_response

__all__ = [
    "DistrictResponse",
    "ResponseAssumptions",
    "ResponseEstimate",
    "estimate_response",
]
