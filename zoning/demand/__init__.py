"""Calls for an officer: how many come from each building, and at which hours."""

from zoning.demand.call_log import CallLog
from zoning.demand.counts import read_calls
from zoning.demand.estimate import BOSTON_CALLS_PER_SCHOOL_DAY, call_rates
from zoning.demand.log_reading import SAME_CALL_MINUTES, read_call_log
from zoning.demand.rates import CallRates, school_hours
from zoning.demand.school_days import read_school_days

__all__ = [
    "BOSTON_CALLS_PER_SCHOOL_DAY",
    "SAME_CALL_MINUTES",
    "CallLog",
    "CallRates",
    "call_rates",
    "read_call_log",
    "read_calls",
    "read_school_days",
    "school_hours",
]
