"""Response: what a call waits for, from where the officer really is."""

from zoning.response.assumptions import ResponseAssumptions
from zoning.response.estimate import DistrictResponse, ResponseEstimate, estimate_response

__all__ = [
    "DistrictResponse",
    "ResponseAssumptions",
    "ResponseEstimate",
    "estimate_response",
]
