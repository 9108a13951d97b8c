"""Constants of the zone search, each with the reason for its value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """Constants of branch and price: they change how long a proof takes, never what it proves.

    Attributes
    ----------
    neighbours, neighbours_if_large, large
        Nearest buildings that the first columns are made of: 88,000 columns for the 143
        buildings of Jefferson, and a quarter of that with 8. From ``large`` buildings on
        10 would make three quarters of a million.
    more_neighbours, most_neighbours
        Step and end of a wider neighbourhood where the proof over all zones was given up:
        each step trebles the columns.
    early_plan_from, early_plan_columns, early_plan_nodes
        From so many buildings on a plan is chosen before the proof, which may take all the
        time there is: from 8,000 columns, as many as the default limit of candidates, and
        in 20 branch-and-bound nodes.
    smoothing
        Weight of the best duals in the next ones (Wentges 1997): without it the duals
        swing from one extreme to the other.
    few_columns_share
        A smoothed dual that finds fewer columns than one in so many buildings is not worth
        a solve: the latest duals are priced too.
    columns_per_building
        New columns that hold one building, in an iteration: a zone's size, so that the new
        ones could be a plan or two. More make the master slow.
    new_zones_per_building
        Zones that the search over all of them may return, for each building: a thousand
        buildings are not stopped by the default limit of candidates.
    first_slack, smallest_slack
        Width of the first integer problem, as a share of the bound, and the least of any,
        as a share of a building's cost: most root gaps are below 0.1 %.
    unknown_ceiling
        What a plan may cost where no ceiling is known, in costs of a typical building.
    penalty_factor, highest_penalty
        Step and end of the price of leaving a building out: beyond a thousand ceilings of
        a plan GLOP's duals lose their digits to it.
    tolerance
        Share of the objective within which reduced costs count as 0, as in GLOP.
    kept_per_seed
        Partial zones that a search for some new columns keeps at each step, of each seed:
        enough to find a column wherever there is a good one, and no proof hangs on it.
    partial_zones, partial_zones_if_uneven, partial_zones_if_wide, partial_zones_if_hurried
        Partial zones of one seed after which a search for all zones gives up: half a
        million of 7 buildings fill 28 MB. Less where the bound is not exact, where a
        narrower span of presence would bound better, and where a quicker search is next.
    narrowest_span, most_spans
        A span of presence is halved until it is within 2 %, at most 12 times in all.
    zones_at_once, cells_at_once
        Rows and cells of one work table: they bound its memory to some 30 MiB.
    many_options
        High schools from which on dominated ones are dropped; fewer are all weighed.
    rounding
        Sums of the same numbers in another order differ by a smaller share.
    spare_s
        And, where they are compared as costs, by fewer seconds.
    centring_rounds, centring_rounds_if_large
        Times that a quick plan moves its centres: most settle sooner, and each assignment
        of more than ``large`` buildings takes seconds.
    swap_neighbours
        Nearest buildings that a quick plan tries to swap with: those of some three zones.
    """

    neighbours: int = 10
    neighbours_if_large: int = 8
    large: int = 1_200
    more_neighbours: int = 2
    most_neighbours: int = 12
    early_plan_from: int = 400
    early_plan_columns: int = 8_000
    early_plan_nodes: int = 20
    smoothing: float = 0.7
    few_columns_share: int = 20
    columns_per_building: int = 6
    new_zones_per_building: int = 8
    first_slack: float = 1e-3
    smallest_slack: float = 1e-5
    unknown_ceiling: float = 1e3
    penalty_factor: float = 1e3
    highest_penalty: float = 1e3
    tolerance: float = 1e-7
    kept_per_seed: int = 60
    partial_zones: int = 500_000
    partial_zones_if_uneven: int = 60_000
    partial_zones_if_wide: int = 20_000
    partial_zones_if_hurried: int = 10_000
    narrowest_span: float = 1.02
    most_spans: int = 12
    zones_at_once: int = 20_000
    cells_at_once: int = 4_000_000
    many_options: int = 32
    rounding: float = 1e-9
    spare_s: float = 1e-6
    centring_rounds: int = 10
    centring_rounds_if_large: int = 3
    swap_neighbours: int = 24


TUNING = Tuning()
