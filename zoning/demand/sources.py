"""Several logs of the same calls: which calls are in both, and how many each misses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

IN_HOURS: Final = "school hours"
# With fewer calls in both sources the estimate is biased by more than its interval shows
# (Robson and Regier 1964).
FEWEST_IN_BOTH: Final = 7
_Z: Final = 1.959963984540054


def match_calls(records: pd.DataFrame, same_call_s: float) -> NDArray[np.int64]:
    """Give the records of one call the same number, numbers in the order of the records.

    Records of one building in different sources are one call if they are at most `same_call_s`
    apart. A call has one record of a source at most; the closest records are joined first.

    Parameters
    ----------
    records
        Columns ``source``, ``building_id`` and ``utc_s``, sorted by ``utc_s``.
    same_call_s
        Seconds.
    """
    seconds = records["utc_s"].to_numpy(np.float64)
    sources = records["source"].to_numpy()
    call = np.arange(len(records))
    if len(set(sources)) > 1:
        for at in records.groupby("building_id", sort=False).indices.values():
            _join_closest(np.asarray(at), seconds, sources, call, same_call_s)
    _, first, numbers = np.unique(call, return_index=True, return_inverse=True)
    order = np.empty(len(first), dtype=np.int64)
    order[np.argsort(first)] = np.arange(len(first))
    return order[numbers]


def _join_closest(
    at: NDArray[np.int64],
    seconds: NDArray[np.float64],
    sources: NDArray[np.object_],
    call: NDArray[np.int64],
    same_call_s: float,
) -> None:
    """Join the records of one building, sorted by time, the closest first."""
    pairs = []
    for k, i in enumerate(at):
        for j in at[k + 1 :]:
            apart = seconds[j] - seconds[i]
            if apart > same_call_s:
                break
            if sources[i] != sources[j]:
                pairs.append((apart, i, j))
    members = {i: {i} for i in at}
    for _, i, j in sorted(pairs):
        one, other = members[i], members[j]
        if one is other or {sources[m] for m in one} & {sources[m] for m in other}:
            continue
        one |= other
        for m in other:
            members[m] = one
        call[list(one)] = min(call[list(one)])


def compare_sources(records: pd.DataFrame, definitions: Mapping[str, str]) -> pd.DataFrame:
    """Compare the sources; see `CallLog.compare_sources`."""
    shared = records.groupby("call")["source"].transform("nunique") > 1
    inside = records["when"] == IN_HOURS
    rows = {}
    for source, of in records.groupby("source"):
        here, both = inside.loc[of.index], shared.loc[of.index]
        late = of["late_s"].dropna()
        rows[source] = {
            "definition": definitions.get(str(source), ""),
            "first_day": of["time"].min().date(),
            "last_day": of["time"].max().date(),
            "calls": int(here.sum()),
            "in_others": int((here & both).sum()),
            "only_here": int((here & ~both).sum()),
            "outside": int((~here).sum()),
            "late_median_s": float(late.median()) if len(late) else math.nan,
            "late_p90_s": float(late.quantile(0.9)) if len(late) else math.nan,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(index="source")


def completeness_by_month(records: pd.DataFrame) -> pd.DataFrame:
    """Estimate what each source misses; see `CallLog.completeness`."""
    spans = records.groupby("source")["time"].agg(["min", "max"])
    late, early = spans["min"].max().normalize(), spans["max"].min().normalize()
    day = records["time"].dt.normalize()
    both = records[(records["when"] == IN_HOURS) & (day >= late) & (day <= early)]
    rows = []
    for source in spans.index if len(spans) > 1 else ():
        mine = both.loc[both["source"] == source, "call"]
        others = both.loc[both["source"] != source, "call"]
        months = both.drop_duplicates("call").set_index("call")["time"].dt.strftime("%Y-%m")
        for month in ("all", *sorted(set(months))):
            kept = months.index if month == "all" else months.index[months == month]
            first, second = set(mine) & set(kept), set(others) & set(kept)
            n, m, matched = len(first), len(second), len(first & second)
            estimate, low, high = chapman(n, m, matched)
            rows.append(
                {
                    **{"source": source, "month": month, "calls": n, "others": m},
                    **{"in_both": matched, "estimate": estimate, "low": low, "high": high},
                    "completeness": n / estimate if estimate else math.nan,
                }
            )
    columns = ["source", "month", "calls", "others", "in_both", "estimate", "low", "high"]
    made = pd.DataFrame(rows, columns=[*columns, "completeness"])
    return made.set_index(["source", "month"])


def chapman(first: int, second: int, both: int) -> tuple[float, float, float]:
    """Estimate how many there are from two independent samples, with a 95 % interval.

    Parameters
    ----------
    first, second, both
        How many are in each sample, and in both.

    Returns
    -------
    tuple
        The estimate and the ends of its interval, which is lognormal in the number that neither
        has; NaN if fewer than `FEWEST_IN_BOTH` are in both.

    References
    ----------
    Chapman (1951); Seber (1970), doi 10.1093/biomet/57.2.313, for the variance; Chao (1989),
    doi 10.2307/2531487, for the interval; Robson and Regier (1964) for the least number in both.
    """
    if both < FEWEST_IN_BOTH:
        return math.nan, math.nan, math.nan
    estimate = (first + 1) * (second + 1) / (both + 1) - 1
    variance = (estimate + 1) * (first - both) * (second - both) / ((both + 1) * (both + 2))
    seen = first + second - both
    unseen = estimate - seen
    if unseen <= 0 or variance <= 0:
        return estimate, float(seen), float(seen)
    factor = math.exp(_Z * math.sqrt(math.log1p(variance / unseen**2)))
    return estimate, seen + unseen / factor, seen + unseen * factor
