"""Constants of the zone search, each with the reason for its value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """Constants of branch and price: they change how long a proof takes, never what it proves.

    Attributes
    ----------
    neighbours, neighbours_if_large, large
        Nearest buildings that the first columns combine: 10 give 88,000 columns for the
        143 buildings of Jefferson, 8 a quarter of that. From ``large`` buildings on 10
        would give three quarters of a million, so 8 are used.
    more_neighbours, most_neighbours
        Step and limit of widening the neighbourhood after the proof over all zones was
        given up: each step trebles the columns.
    early_plan_from, early_plan_columns, early_plan_nodes
        From so many buildings on an incumbent is sought before the proof, which may take
        all the time: over 8,000 columns, and in 20 branch-and-bound nodes.
    smoothing
        Weight of the best duals in the next ones (Wentges 1997): without it the duals
        oscillate.
    few_columns_share
        If smoothed duals find fewer columns than one for each 20 buildings, the latest
        duals are priced too: so few columns are not worth solving the master again.
    columns_per_building
        New columns for each building in an iteration: about a zone's size, so that they
        could form a plan or two. More make the master slow.
    new_zones, new_zones_per_building
        Zones that full pricing may return, in all and for each building: a district of a
        thousand buildings needs more.
    first_slack, smallest_slack
        Reduced-cost limit of the first list of zones, as a share of the bound, and the
        least of any, as a share of a building's cost: most root gaps are below 0.1 %.
    wider_slack, least_wider_slack
        Factor of the slack from one list to the next, and the least worth a new list.
    listed_zones
        Limit of zones in a list: 21 zones of Jefferson need 285,000, some 50 MB.
    few_zones
        Up to so many listed zones, an integer program is solved without cuts: in about a
        second.
    cut_columns_per_building, cuts_per_building, cuts_per_round
        New columns for each building, and new cuts for each building and in all (or one
        for each second building), between two solutions of the relaxation with cuts: more
        would make it slow and are often not needed.
    cut_penalty_factor, cut_penalty_raises
        Factor of the penalty for an uncovered building in the relaxation with cuts, and how
        often it is raised: GLOP's duals are less precise with cuts.
    least_violation, least_rise
        Cuts violated by less are left alone, and no more are added once the bound rises by
        a smaller share of the gap: an integer program then closes it sooner.
    fewest_chosen, more_chosen, many_zones, few_nodes
        A better plan is sought first among the ``fewest_chosen`` listed zones of least
        reduced cost, then ``more_chosen`` times as many, until there is a plan and they are
        ``many_zones``: in so many branch-and-bound nodes, since nothing is to be proved.
    unknown_ceiling
        Assumed upper bound of a plan if none is known, in costs of a typical building.
    penalty_factor, highest_penalty
        Factor and limit of the penalty for an uncovered building: beyond a thousand times
        the upper bound of a plan, GLOP's duals lose their precision.
    tolerance
        Share of the objective within which reduced costs count as 0, as in GLOP.
    kept_per_seed
        Beam width for each seed in the search for some new columns: enough to find a
        good column where there is one, and no proof depends on it.
    partial_zones, partial_zones_if_uneven, partial_zones_if_wide, partial_zones_if_hurried
        Limit of partial zones of one seed in a search for all zones: half a million of 7
        buildings fill 28 MB. Lower if the bound is not exact, if a narrower span of
        presence would give a tighter bound, and if a faster search follows.
    partial_zones_at_once
        Number of partial zones after which compiled loops look whether to stop: some 20 ms.
    narrowest_span, most_spans
        A span of presence is halved until it is within 2 %, at most 12 times in all.
    zones_at_once, cells_at_once
        Limits of rows and cells of one work table: some 30 MiB of memory.
    many_options
        Number of options above which dominated ones are dropped; fewer are all computed.
    rounding
        Relative tolerance: sums of the same numbers in another order differ by less.
    spare_s
        Absolute tolerance of costs, seconds, for the same reason.
    centring_rounds, centring_rounds_if_large
        Rounds in which a quick plan moves its centres: most settle sooner, and each
        assignment of more than ``large`` buildings takes seconds.
    swap_neighbours
        Nearest buildings that a quick plan tries to swap with: about three zones of them.
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
    new_zones: int = 8_000
    new_zones_per_building: int = 8
    first_slack: float = 1e-3
    smallest_slack: float = 1e-5
    wider_slack: float = 4.0
    least_wider_slack: float = 1.3
    listed_zones: int = 1_500_000
    few_zones: int = 2_000
    cut_columns_per_building: int = 6
    cuts_per_building: int = 6
    cuts_per_round: int = 60
    cut_penalty_factor: float = 10.0
    cut_penalty_raises: int = 4
    least_violation: float = 0.02
    least_rise: float = 0.01
    fewest_chosen: int = 500
    more_chosen: int = 4
    many_zones: int = 8_000
    few_nodes: int = 20
    unknown_ceiling: float = 1e3
    penalty_factor: float = 1e3
    highest_penalty: float = 1e3
    tolerance: float = 1e-7
    kept_per_seed: int = 60
    partial_zones: int = 500_000
    partial_zones_if_uneven: int = 60_000
    partial_zones_if_wide: int = 20_000
    partial_zones_if_hurried: int = 10_000
    partial_zones_at_once: int = 20_000
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
