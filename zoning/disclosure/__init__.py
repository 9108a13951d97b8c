"""The public and the restricted view of a comparison, the only inputs of maps and reports.

A public renderer takes a `PublicView`, which has no field for a route, a visit
or the response of one school. Only a `RestrictedView` has those.
"""

from zoning.disclosure.changes import OptionChange, option_change
from zoning.disclosure.programme import PublicData, public_data
from zoning.disclosure.views import (
    PublicOption,
    PublicScenario,
    PublicView,
    RestrictedView,
    public_view,
    restricted_view,
)
from zoning.staffing.precision import MIN_PATROLLED

__all__ = [
    "MIN_PATROLLED",
    "OptionChange",
    "PublicData",
    "PublicOption",
    "PublicScenario",
    "PublicView",
    "RestrictedView",
    "option_change",
    "public_data",
    "public_view",
    "restricted_view",
]
