"""The programme around the zones: law, reports, what happened at the schools, and its goals."""

from zoning.programme.before_after import compare_periods, describe_comparison, read_comparisons
from zoning.programme.data_quality import (
    completeness,
    discipline_calls,
    discipline_shares,
    duplicates,
    lateness,
)
from zoning.programme.data_review import DataReview, DataSettings, read_data_review
from zoning.programme.event_records import EventRecords, count_records, read_programme_records
from zoning.programme.goals import evaluate_goals, read_goals
from zoning.programme.periods import Period
from zoning.programme.supports import (
    read_supports,
    records_by_group,
    supports_by_building,
    supports_by_group,
)
from zoning.programme.time_use import read_time_use, time_by_officer, time_use

__all__ = [
    "DataReview",
    "DataSettings",
    "EventRecords",
    "Period",
    "compare_periods",
    "completeness",
    "count_records",
    "describe_comparison",
    "discipline_calls",
    "discipline_shares",
    "duplicates",
    "evaluate_goals",
    "lateness",
    "read_comparisons",
    "read_data_review",
    "read_goals",
    "read_programme_records",
    "read_supports",
    "read_time_use",
    "records_by_group",
    "supports_by_building",
    "supports_by_group",
    "time_by_officer",
    "time_use",
]
