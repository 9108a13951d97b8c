"""A log of calls, and what a district's own figures are by it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zoning.confidence import wilson_interval
from zoning.demand.rates import HOUR_S, HOURS, CallRates, expected_of, note_unusual
from zoning.demand.shrinkage import COVERAGE, shrink_rates, shrink_shares
from zoning.demand.sources import IN_HOURS, compare_sources, completeness_by_month
from zoning.units import counted

EMERGENCY: Final = "emergency"
# 95 % of a normal distribution lies within so many standard deviations.
_Z: Final = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CallLog:
    """Calls of a district, each once, as its logs have them. Restricted: one row is one call.

    Attributes
    ----------
    calls
        One row a call: ``source`` (the first that has it), ``sources`` (tuple of all), ``time``
        (what the clock at the school showed), ``building_id``, ``when`` (school hours, outside
        school hours, not a school day), ``kind``, ``urgency`` (emergency, routine or None),
        ``responder``, ``units``, ``on_scene_s``, ``on_call_s`` (from the call to the last unit's
        leaving) and ``late_s`` (from the call to its entry in the log); NaN if not known.
    records
        One row a record of a source, before those of one call were joined: ``source``,
        ``time``, ``building_id``, ``when``, ``late_s`` and ``call``, its row in ``calls``.
    school_days
        School-days that the log covers.
    hours
        Hours of each building, as of `school_hours`.
    expected
        What the rates are expected to be in proportion to, by building.
    source
        Where the log is from and what a call is; public outputs show it.
    definitions
        What a call is in each source.
    left_out
        Rows left out, by reason.
    unknown_kinds
        Rows of kinds (or priorities) of which it is not known whether they are emergencies.
    notices
        What was left out, assumed or is doubtful; public, so without counts.
    """

    calls: pd.DataFrame
    records: pd.DataFrame
    school_days: float
    hours: pd.DataFrame
    expected: pd.Series[float]
    source: str
    definitions: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    unknown_kinds: Mapping[str, int] = field(default_factory=dict)
    notices: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"CallLog({counted(len(self.calls), 'call')}, source={self.source!r})"

    @property
    def in_hours(self) -> pd.DataFrame:
        """The calls of school hours, which are the demand of the school day."""
        return self.calls[self.calls["when"] == IN_HOURS]

    def estimates(
        self, *, prior: CallRates | None = None, coverage: float = COVERAGE
    ) -> pd.DataFrame:
        """Estimate the calls per school-day of each building, drawn towards its expected rate.

        Parameters
        ----------
        prior
            Rates to which the buildings' are expected to be proportional; default enrolment.
        coverage
            Of the intervals; 90 % is a default.

        Returns
        -------
        DataFrame
            Index ``building_id``; ``calls``, ``counted_per_day`` (calls by school-days),
            ``per_day`` (the estimate), ``sd``, ``low``, ``high`` and ``own_weight``: how much
            the building's own calls decide, 0 to 1. Restricted.
        """
        expected = self.expected if prior is None else expected_of(prior, self.hours.index)
        counts = self.in_hours["building_id"].value_counts().reindex(self.hours.index).fillna(0)
        shrunk = shrink_rates(counts, self.school_days, expected, coverage=coverage)
        total = float(counts.sum())
        prior_calls = shrunk.scale * expected.to_numpy() * total / float(expected.sum())
        weight = (
            prior_calls / (prior_calls + shrunk.strength)
            if math.isfinite(shrunk.strength)
            else np.zeros(len(counts))
        )
        return pd.DataFrame(
            {
                "calls": counts.astype(int),
                "counted_per_day": counts / self.school_days,
                "per_day": shrunk.mean,
                "sd": shrunk.sd,
                "low": shrunk.low,
                "high": shrunk.high,
                "own_weight": weight,
            },
            index=self.hours.index,
        )

    def rates(self, *, prior: CallRates | None = None) -> CallRates:
        """Make call rates: by building and hour, each drawn towards what is expected.

        The hours of a building are drawn towards the district's, in so far as it is open then.

        Parameters
        ----------
        prior
            As in `estimates`.
        """
        per_day = self.estimates(prior=prior)["per_day"]
        shares = self._hour_shares()
        return CallRates(
            per_day=per_day,
            hourly=shares.mul(per_day, axis=0),
            emergency_share=self._emergency_share(),
            source=self.source,
            notices=(*self.notices, *self._rate_notices(per_day)),
        )

    def measured(self) -> pd.DataFrame:
        """Compute the district's own figures of a call, which may replace defaults.

        Returns
        -------
        DataFrame
            Index ``figure``; ``value``, ``low`` and ``high`` (95 % interval), ``calls`` (how many
            it is from) and ``meaning``. Figures: ``on_scene_mean_s`` and ``on_scene_sd_s`` where
            arrivals are logged, ``on_call_mean_s`` and ``on_call_sd_s``, ``units_mean``,
            ``second_unit_share`` and ``emergency_share``. A figure of fewer than two calls is
            not there. Of calls in school hours.
        """
        calls = self.in_hours
        rows: dict[str, tuple[float, float, float, int, str]] = {}
        for column, what in (
            ("on_scene_s", "arrival to clearing"),
            ("on_call_s", "call to clearing, so with dispatch and drive"),
        ):
            values = calls[column].dropna().to_numpy(np.float64)
            if len(values) > 1:
                stem = column.removesuffix("_s")
                rows[f"{stem}_mean_s"] = (*_mean(values), len(values), f"mean time, {what}")
                rows[f"{stem}_sd_s"] = (
                    *_spread(values),
                    len(values),
                    f"standard deviation of the time, {what}",
                )
        units = calls["units"].dropna().to_numpy(np.float64)
        units = units[units > 0]
        if len(units) > 1:
            rows["units_mean"] = (*_mean(units), len(units), "units on a call that any unit took")
            rows["second_unit_share"] = (
                *wilson_interval(int((units > 1).sum()), len(units)),
                len(units),
                "share of these calls with a second unit",
            )
        urgent = calls["urgency"].dropna()
        if len(urgent) > 1:
            rows["emergency_share"] = (
                *wilson_interval(int((urgent == EMERGENCY).sum()), len(urgent)),
                len(urgent),
                "share of emergencies among the calls of which it is known",
            )
        columns = ["value", "low", "high", "calls", "meaning"]
        made = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
        return made.rename_axis(index="figure")

    def compare_sources(self) -> pd.DataFrame:
        """Compare the sources: what each calls a call, what only it has, and how late it is.

        Returns
        -------
        DataFrame
            Index ``source``; ``definition``, ``first_day``, ``last_day``, ``calls`` (in school
            hours), ``in_others`` (also in another source), ``only_here``, ``outside`` (not in
            school hours), ``late_median_s`` and ``late_p90_s`` (from the call to its entry).
        """
        return compare_sources(self.records, self.definitions)

    def completeness(self) -> pd.DataFrame:
        """Estimate by month how many calls each source misses, by capture and recapture.

        Assumes that a call is as likely to be in one source whether or not it is in the others.
        Sources that feed one another look more complete than they are.

        Returns
        -------
        DataFrame
            Index ``source`` and ``month`` (``'2025-03'``; ``'all'``); ``calls``, ``others`` (in
            other sources), ``in_both``, ``estimate`` (calls there were, Chapman), ``low`` and
            ``high`` (95 %), and ``completeness`` (calls by estimate). Estimates from fewer than
            7 calls in both are left out (NaN).
        """
        return completeness_by_month(self.records)

    def _hour_shares(self) -> pd.DataFrame:
        calls, hours = self.in_hours, self.hours
        hour = calls["time"].dt.hour.rename("hour")
        counts = pd.crosstab(calls["building_id"], hour).reindex(
            index=hours.index, columns=list(HOURS), fill_value=0
        )
        opens, closes = hours["opens_s"].to_numpy(), hours["closes_s"].to_numpy()
        begin = np.array(HOURS) * HOUR_S
        is_open = np.minimum(closes[:, None], begin + HOUR_S) - np.maximum(opens[:, None], begin)
        is_open = np.maximum(is_open, 0.0) / HOUR_S
        exposed = (self.expected.to_numpy()[:, None] * is_open).sum(axis=0)
        # One call spread evenly over the hours of school keeps an hour without calls above 0.
        in_hour = counts.to_numpy().sum(axis=0) + exposed / exposed.sum()
        rate = np.divide(in_hour, exposed, out=np.zeros(len(HOURS)), where=exposed > 0)
        prior = is_open * rate
        prior /= prior.sum(axis=1, keepdims=True)
        frame = pd.DataFrame(prior, index=hours.index, columns=list(HOURS))
        return shrink_shares(counts, frame)[0]

    def _emergency_share(self) -> float | None:
        urgency = self.in_hours["urgency"]
        known = urgency.dropna()
        # A minority that says it may be the emergencies alone.
        if len(known) * 2 < len(urgency) or known.empty:
            return None
        return float((known == EMERGENCY).mean())

    def _rate_notices(self, per_day: pd.Series[float]) -> list[str]:
        found = []
        urgency = self.in_hours["urgency"]
        share = self._emergency_share()
        if share is None and urgency.notna().any():
            found.append(
                "the log says of fewer than half of the calls whether they were emergencies, so "
                "their share is not known"
            )
        elif share is not None and urgency.isna().any():
            found.append("calls that do not say whether they were emergencies count as the others")
        rate = float(per_day.sum()) / max(len(per_day), 1)
        found += note_unusual(rate, said="the log's calls per building and school-day are")
        return found


def _mean(values: NDArray[np.float64]) -> tuple[float, float, float]:
    mean, error = float(values.mean()), float(values.std(ddof=1)) / math.sqrt(len(values))
    return mean, mean - _Z * error, mean + _Z * error


def _spread(values: NDArray[np.float64]) -> tuple[float, float, float]:
    """Compute the standard deviation; its error by the delta method, for any distribution."""
    spread = float(values.std(ddof=1))
    moments = ((values - values.mean()) ** 2, (values - values.mean()) ** 4)
    second, fourth = (float(m.mean()) for m in moments)
    if spread == 0:
        return 0.0, 0.0, 0.0
    error = math.sqrt(max(fourth - second**2, 0.0) / len(values)) / (2 * spread)
    return spread, max(spread - _Z * error, 0.0), spread + _Z * error
