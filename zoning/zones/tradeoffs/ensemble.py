"""Where a plan stands among random plans that keep the same rules."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from scipy.fft import irfft, rfft
from scipy.stats import norm, rankdata

from zoning.errors import OptionError, PlanError, typed
from zoning.units import counted
from zoning.zones.arrays import Bools, Floats, Numbers
from zoning.zones.plan import ZonePlan
from zoning.zones.request.limits import SolverLimits
from zoning.zones.request.objective import Objective
from zoning.zones.request.problem import ZoneProblem
from zoning.zones.request.restrictions import Restrictions
from zoning.zones.review.checking import check_plan
from zoning.zones.review.naming import name_zones
from zoning.zones.review.score import Group, ZoneValuer, require_same_buildings, score
from zoning.zones.search.continuity import Stability, least_moved
from zoning.zones.search.zone_space import ZoneSpace
from zoning.zones.solve.feasibility import any_plan
from zoning.zones.solve.result import Infeasibility, contradiction
from zoning.zones.solve.solver import solve
from zoning.zones.tradeoffs.plot import Histogram, draw_histogram

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from zoning.zones.tradeoffs.recombination import Chain, Limits

# The first plan ends the search for one to start from.
_ANY_PLAN: Final = 0.999_999
# Changes of a chain for each zone, before the first draw and between two. Each changes two zones or
# three, so that between two draws a zone has changed four times or more. Our choice: 1,000 plans of
# Jefferson are then worth 600 independent draws.
_CHANGES_BEFORE, _CHANGES_BETWEEN = 30, 2
# Where draws are worth fewer than is advised, as under tight rules, they are drawn again with so
# many times the steps between them, up to `_STEPS_BETWEEN`. Our choice.
_LONGER = 3
# Steps of a chain before the first draw and between two, at most: where rules are so tight that
# hardly any step is allowed. Our choice, a few seconds for 1,000 plans of Jefferson.
_STEPS_BEFORE, _STEPS_BETWEEN = 200_000, 5_000
# Fewer where a rule is asked of each change, outside of the compiled loops.
_STEPS_IF_ASKED = 1_000
_STEPS_AT_ONCE = 1_000
# Chains agree and draws are enough by these, as Vehtari et al. (2021) advise.
_MOST_R_HAT, _LEAST_DRAWS = 1.01, 400
# 95 % of a normal distribution are within so many standard deviations.
_Z: Final = 1.959_964


@dataclass(frozen=True, slots=True)
class _Figure:
    """A figure of a plan: in words, its unit's factor and word, and whether more is better."""

    words: str
    unit: str
    per_unit: float = 1.0
    more_is_better: bool = False


FIGURES: Final[Mapping[str, _Figure]] = {
    "objective_s": _Figure("objective", "building-minutes", 60.0),
    "mean_travel_s": _Figure("mean expected travel to a call", "minutes", 60.0),
    "longest_drive_s": _Figure("longest drive inside a zone", "minutes", 60.0),
    "workload_off_mean": _Figure(
        "calls of the zone farthest from the mean", "% off the mean", 0.01
    ),
    "aligned_share": _Figure("schools in their feeder's zone", "%", 0.01, more_is_better=True),
    "moved": _Figure("buildings that leave today's zone", "buildings"),
}
"""The figures of an ensemble."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ensemble:
    """Random plans that keep every rule of a problem; see `draw_plans`.

    Attributes
    ----------
    problem
        The problem, with the number of zones of the plans.
    homes
        Shape (plans, n): number of the zone of each building; the numbers mean nothing else.
    chains
        Shape (plans,), the number of the chain that a plan is of; a chain's plans are in order.
    infeasibility
        Why there is no plan; None if there are plans, or none was found within the limits.
    today
        Today's plan, from which moved buildings are counted; None if none is known.
    changed_share
        Share of the merged zones that were split into others which keep the rules.
    steps_between
        Steps of a chain between two plans.
    how
        How the plans were drawn, for a reader.
    notices
        What limits their use: chains that disagree, plans that were drawn often.
    """

    problem: ZoneProblem
    homes: Numbers
    chains: Numbers
    infeasibility: Infeasibility | None = None
    today: ZonePlan | None = None
    changed_share: float = math.nan
    steps_between: int = 0
    how: str = ""
    notices: tuple[str, ...] = ()
    _values: Floats

    def __repr__(self) -> str:
        return f"Ensemble({counted(len(self), 'plan')}, {self.problem!r})"

    def __len__(self) -> int:
        return len(self.homes)

    def table(self) -> pd.DataFrame:
        """The figures of every plan.

        Returns
        -------
        DataFrame
            One row a plan. Columns ``chain``; ``objective_s``, building-seconds with all
            prices; ``mean_travel_s``, expected seconds of travel to a call, as planned;
            ``longest_drive_s``, inside any zone; ``workload_off_mean``, the largest distance
            of a zone's calls from the mean, as a share of it; ``aligned_share``, NaN without
            feeders; ``moved``, buildings that leave today's zone, NaN if none is known.
        """
        made = pd.DataFrame(self._values, columns=list(FIGURES))
        made.insert(0, "chain", self.chains)
        return made

    def plan(self, number: int) -> ZonePlan:
        """One of the plans, named as by `zoning.solve`."""
        space = ZoneValuer.of(self.problem).space
        return name_zones(self.problem, space, _groups(self.homes[number]), before=self.today)

    def diagnostics(self) -> pd.DataFrame:
        """How far the plans can be trusted, by figure.

        Returns
        -------
        DataFrame
            Index the figures; columns ``effective_draws``, the independent draws that the
            plans are worth, and ``r_hat``, 1 if the chains agree: rank-normalised, each
            chain split in two. NaN for a figure that is the same in every plan.

        References
        ----------
        Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021), Bayesian Analysis 16(2).
        """
        rows = {
            name: (_count_effective(values), _compute_r_hat(values))
            for name, values in self._by_chain().items()
        }
        return pd.DataFrame.from_dict(rows, orient="index", columns=["effective_draws", "r_hat"])

    def rank(self, plan: ZonePlan) -> pd.DataFrame:
        """How many of the drawn plans are better than a plan, by figure.

        Parameters
        ----------
        plan
            Of the same buildings; it may break rules, or have another number of zones.

        Returns
        -------
        DataFrame
            Index the figures that can be compared; columns ``value``; ``better``, the share
            of drawn plans that are better, and ``alike``, of those that are equal;
            ``better_low`` and ``better_high``, a 95 % interval of ``better`` (Wilson 1927,
            with the effective number of draws); ``p5``, ``p50`` and ``p95``, quantiles of
            the drawn plans.

        Raises
        ------
        OptionError
            If there are no plans.
        PlanError
            If the plan's buildings are not the problem's.
        """
        self._require_plans()
        value = dict(zip(FIGURES, self._figures_of(plan), strict=True))
        rows = {
            name: _rank(drawn, value[name], more_is_better=FIGURES[name].more_is_better)
            for name, drawn in self._by_chain().items()
            if not math.isnan(value[name])
        }
        return pd.DataFrame.from_dict(rows, orient="index", columns=list(_RANKS))

    def compare(self, plans: Mapping[str, ZonePlan]) -> pd.DataFrame:
        """Rank several plans, by name.

        Returns
        -------
        DataFrame
            Index ``plan`` and ``figure``; columns as of `rank`, and ``keeps_rules``, whether
            the plan keeps every rule that the drawn plans keep.
        """
        tables = {
            name: self.rank(plan).assign(keeps_rules=check_plan(plan, self.problem).ok)
            for name, plan in plans.items()
        }
        if not tables:
            raise OptionError("no plan was given", remedy="Give plans by name.")
        return pd.concat(tables, names=["plan", "figure"])

    @property
    def main_figure(self) -> str:
        """The figure that the problem minimises first."""
        return "longest_drive_s" if self.problem.objective is Objective.WORST else "objective_s"

    def describe(self, plan: ZonePlan, *, figure: str | None = None) -> str:
        """Say in a sentence where a plan stands, by the main figure if None is given."""
        figure = self.main_figure if figure is None else figure
        _require_figure(figure)
        ranks = self.rank(plan)
        if figure not in ranks.index:
            return f"The {FIGURES[figure].words} of the plan is not known."
        return f"In {FIGURES[figure].words} {describe_share(ranks.loc[figure].to_dict())}."

    def plot(
        self,
        plans: Mapping[str, ZonePlan] | None = None,
        *,
        figure: str | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """Draw how a figure is distributed over the plans, with some plans in it.

        Needs the extra ``report``.

        Parameters
        ----------
        plans
            Plans to mark, by the name to show: today's, the proposed.
        figure
            A column of `table`; the main figure if None.

        Raises
        ------
        OptionError
            If there are no plans, the figure is not known, or matplotlib is not installed.
        """
        return draw_histogram(self.histogram(plans, figure=figure), ax)

    def histogram(
        self, plans: Mapping[str, ZonePlan] | None = None, *, figure: str | None = None
    ) -> Histogram:
        """The content of `plot`, in the units of its readers."""
        figure = self.main_figure if figure is None else figure
        _require_figure(figure)
        self._require_plans()
        if figure not in self._by_chain():
            raise OptionError(f"the {FIGURES[figure].words} of the plans is not known")
        unit, number = FIGURES[figure], list(FIGURES).index(figure)
        ranks = {name: self.rank(plan) for name, plan in (plans or {}).items()}
        known = {
            name: rank.loc[figure].to_dict() for name, rank in ranks.items() if figure in rank.index
        }
        return Histogram(
            title=f"{len(self):,} random plans: {unit.words}",
            subtitle=f"{counted(self.problem.n, 'building')}, "
            f"{counted(self.problem.fewest_and_most[0], 'zone')}, the same rules for all plans",
            x_axis=f"{unit.words}, {unit.unit}",
            values=tuple((self._values[:, number] / unit.per_unit).tolist()),
            plans=tuple(
                (f"{name}: {describe_share(row)}", row["value"] / unit.per_unit)
                for name, row in known.items()
            ),
            step=1.0 if figure == "moved" else None,
            note=" ".join([self.how, *self.notices]),
        )

    def _require_plans(self) -> None:
        if not len(self):
            why = "" if self.infeasibility is None else f"\n{self.infeasibility}"
            raise OptionError(f"no plan was drawn: {' '.join(self.notices)}{why}")

    def _by_chain(self) -> dict[str, Floats]:
        """The known figures, shape (chains, plans of each): chains of equal length."""
        if not len(self):
            return {}
        shortest = int(np.bincount(self.chains).min())
        rows = [np.flatnonzero(self.chains == k)[:shortest] for k in np.unique(self.chains)]
        values = {name: self._values[rows, k] for k, name in enumerate(FIGURES)}
        return {name: drawn for name, drawn in values.items() if not np.isnan(drawn).any()}

    def _figures_of(self, plan: ZonePlan) -> list[float]:
        scored = score(plan, self.problem)
        number = {building: k for k, building in enumerate(self.problem.building_ids)}
        groups = [tuple(number[b] for b in z.building_ids) for z in plan.patrol_zones]
        moved = math.nan
        if self.today is not None:
            moved = float(_stability(self.problem, self.today).moved_in_plan(groups))
        off = _off_mean(np.array([self.problem.call_weight[list(g)].sum() for g in groups])[None])
        return [
            scored.objective_s,
            scored.mean_travel_s,
            scored.longest_drive_s,
            float(off[0]),
            scored.aligned_share,
            moved,
        ]


_RANKS: Final = ("value", "better", "alike", "better_low", "better_high", "p5", "p50", "p95")


@typed
def draw_plans(
    problem: ZoneProblem,
    count: int = 1000,
    seed: int = 0,
    *,
    start: ZonePlan | None = None,
    today: ZonePlan | None = None,
    chains: int = 4,
    near: int = 8,
    limits: SolverLimits | None = None,
) -> Ensemble:
    """Draw random plans that keep every rule of a problem, to see where a plan stands among them.

    Several Markov chains start from one plan. A step merges two or three zones that are near
    each other, and splits them again along a random spanning tree; plans that break a rule are
    not entered. Buildings are linked with their nearest, and a zone of a drawn plan hangs
    together by these links. The plans are no uniform sample of all plans: a chain draws a plan
    in proportion to the product, over its zones, of the number of spanning trees of their
    links, so plans of compact zones are likelier than scattered ones. Prices and costs play no
    part.

    Parameters
    ----------
    problem
        All its rules hold for every plan. An open number of zones is that of the plan that
        the chains start from.
    count
        Plans to draw.
    seed
        The same seed gives the same plans, with or without the extra ``fast``.
    start
        The plan to start from; any that keeps the rules, if None.
    today
        Today's plan, from which moved buildings are counted; that of the problem if None.
    chains
        Independent chains, whose agreement is reported.
    near
        How many of its nearest buildings, among those that may share its zone, each building
        is linked with. Buildings that have to be together are linked too, and what the plan to
        start from joins. With a rule `Contiguous`, the links are its neighbours instead.
    limits
        For finding a plan to start from.

    Returns
    -------
    Ensemble
        Without plans if none exists or none was found; ``infeasibility`` or ``notices`` say why.

    Raises
    ------
    OptionError
        If a number is below 1.
    PlanError
        If ``start`` breaks a rule, or its buildings are not the problem's.

    References
    ----------
    DeFord, Duchin and Solomon (2021), Harvard Data Science Review 3(1). Cannon, Duchin, Randall
    and Rule (2022), Spanning tree methods for sampling graph partitions.

    Examples
    --------
    >>> ensemble = draw_plans(problem, start=result.plan)  # doctest: +SKIP
    >>> ensemble.rank(result.plan)  # doctest: +SKIP
    """
    faults = [
        f"{name} is {value}"
        for name, value, least in (
            ("count", count, 1),
            ("seed", seed, 0),
            ("chains", chains, 1),
            ("near", near, 1),
        )
        if isinstance(value, bool) or value < least
    ]
    if count < chains:
        faults.append(f"{counted(count, 'plan')} cannot be drawn by {counted(chains, 'chain')}")
    if faults:
        raise OptionError("these plans cannot be drawn", faults)
    today = next(iter(problem.plans_of_today), None) if today is None else today
    if today is not None and problem.plans_of_today and today != problem.plans_of_today[0]:
        raise OptionError("moved buildings are counted from another plan by the problem")
    if start is None:
        found = solve(any_plan(problem), replace(limits or SolverLimits(), gap=_ANY_PLAN))
        if found.plan is None:
            why = "" if found.infeasibility is not None else "no plan to start from was found"
            return Ensemble(
                problem=problem,
                homes=np.zeros((0, problem.n), dtype=np.intp),
                chains=np.zeros(0, dtype=np.intp),
                infeasibility=found.infeasibility,
                today=today,
                notices=(why,) if why else (),
                _values=np.zeros((0, len(FIGURES))),
            )
        start = found.plan
    problem = replace(problem, zones=len(start.patrol_zones))
    _require_kept(start, problem)
    return _Drawing(problem, start, today, near).draw(count, seed, chains)


def _require_kept(start: ZonePlan, problem: ZoneProblem) -> None:
    require_same_buildings(start, problem)
    checked = check_plan(start, problem)
    if not checked.ok:
        raise PlanError(
            "the plan to start from breaks rules",
            [str(broken) for broken in checked.broken],
            "Give a plan that keeps them, or none.",
        )


class _Drawing:
    """The chains of one problem, and the figures of their plans."""

    def __init__(
        self, problem: ZoneProblem, start: ZonePlan, today: ZonePlan | None, near: int
    ) -> None:
        self.problem, self.today, self.near = problem, today, near
        self.valuer = ZoneValuer.of(problem)
        self.space = self.valuer.space
        self.home = np.zeros(problem.n, dtype=np.intp)
        for number, zone in enumerate(start.patrol_zones):
            self.home[list(self.valuer.group(zone))] = number
        self.linked = _link(problem, self.space, _groups(self.home), near)
        # Links are neighbours where one rule asks for contiguity: every zone keeps it then.
        rules = self.space.rules
        asked = Restrictions(
            companions=rules.companions,
            touching=rules.touching if len(rules.touching) > 1 else (),
            tests=rules.tests,
        )
        self.asks = bool(asked.companions or asked.touching or asked.tests)
        self.most_moved = None if self.space.stability is None else self.space.stability.most
        self.asked = asked
        self.known: dict[Group, bool] = {}
        # Buildings that the zones of a chain's plan share with today's, where moves are limited.
        self.shared: dict[Chain, Numbers] = {}

    def draw(self, count: int, seed: int, chains: int) -> Ensemble:
        """Draw the plans, chain by chain."""
        from zoning.zones.tradeoffs.recombination import Chain, Graph  # noqa: PLC0415

        graph, limits = Graph.of(self.linked), _limits(self.space, self.problem.n)
        seeds = np.random.SeedSequence(seed).spawn(chains)
        running = [Chain(graph, limits, self.home, own) for own in seeds]
        for chain in running:
            self._burn_in(chain)
        wanted = _CHANGES_BETWEEN * self.problem.fewest_and_most[0]
        each = wanted * running[0].steps / max(running[0].changed, 1)
        most = _STEPS_IF_ASKED if self.asks or self.most_moved is not None else _STEPS_BETWEEN
        between = min(math.ceil(each), most)
        drawn = self._draw_round(running, count, between)
        while not _is_enough(drawn) and _LONGER * between <= most:
            between *= _LONGER
            drawn = self._draw_round(running, count, between)
        return replace(drawn, notices=_notices(drawn))

    def _draw_round(self, running: Sequence[Chain], count: int, between: int) -> Ensemble:
        """Draw the plans, each chain going on from where it is."""
        numbers = np.sort(np.arange(count) % len(running))
        homes = np.zeros((count, self.problem.n), dtype=np.intp)
        for k, number in enumerate(numbers):
            self._advance(running[number], between)
            homes[k] = running[number].plan()
        merged, changed = (sum(getattr(c, n) for c in running) for n in ("merged", "changed"))
        return Ensemble(
            problem=self.problem,
            homes=homes,
            chains=numbers,
            today=self.today,
            changed_share=changed / merged if merged else 0.0,
            steps_between=between,
            how=self._describe(count, len(running)),
            _values=self._compute_figures(homes),
        )

    def _burn_in(self, chain: Chain) -> None:
        wanted = _CHANGES_BEFORE * self.problem.fewest_and_most[0]
        while chain.changed < wanted and chain.steps < _STEPS_BEFORE:
            self._advance(chain, _STEPS_AT_ONCE)

    def _advance(self, chain: Chain, steps: int) -> None:
        """Make steps; one that breaks a rule the chain does not know is taken back."""
        asks = self.asks or self.most_moved is not None
        end = chain.steps + steps
        while chain.steps < end and chain.advance(end - chain.steps, asks=asks):
            if not self._allows(chain):
                chain.undo()

    def _allows(self, chain: Chain) -> bool:
        zones = chain.touched()
        if self.asks and not all(map(self._allows_zone, zones.values())):
            return False
        stability, most = self.space.stability, self.most_moved
        if stability is None or most is None:
            return True
        shared = self.shared.get(chain)
        after = stability.count_shared(_groups(self.home)) if shared is None else shared.copy()
        after[list(zones)] = stability.count_shared(zones.values())
        # No zone keeps more than the most it shares with one of today's: quicker than matching.
        if after.sum() - after.max(axis=1).sum() > most or least_moved(after) > most:
            return False
        self.shared[chain] = after
        return True

    def _allows_zone(self, zone: Group) -> bool:
        if zone not in self.known:
            table = np.array([zone], dtype=np.int32)
            self.known[zone] = bool(self.asked.allows(table)[0])
        return self.known[zone]

    def _compute_figures(self, homes: Numbers) -> Floats:
        """Shape (plans, figures), as of `Ensemble.table`; each zone is looked at once."""
        number: dict[Group, int] = {}
        zones = np.array(
            [[number.setdefault(zone, len(number)) for zone in _groups(home)] for home in homes]
        )
        groups = list(number)
        schools = [self.valuer.school_of(group) for group in groups]
        found = self.valuer.values(groups, schools)
        if not found.allowed.all():
            broken = groups[int(np.argmin(found.allowed))]
            names = ", ".join(self.problem.building_ids[k] for k in broken)
            raise contradiction(self.problem, f"a drawn zone breaks a rule: {names}")
        calls = np.array([self.problem.call_weight[list(group)].sum() for group in groups])
        with_feeder = int(self.problem.with_feeder.sum())
        moved = np.full(len(homes), math.nan)
        if self.today is not None:
            stability = _stability(self.problem, self.today)
            moved[:] = [stability.moved_in_plan(_groups(home)) for home in homes]
        objective = found.cost_s[zones].sum(axis=1)
        if self.space.stability is not None:
            objective += self.space.stability.price_s * moved
        misaligned = found.misaligned[zones].sum(axis=1)
        return np.column_stack(
            [
                objective,
                found.travel_s[zones].sum(axis=1) / self.problem.call_weight.sum(),
                found.longest_drive_s[zones].max(axis=1),
                _off_mean(calls[zones]),
                1 - misaligned / with_feeder if with_feeder else np.full(len(homes), math.nan),
                moved,
            ]
        )

    def _describe(self, count: int, chains: int) -> str:
        links = f"its {self.near} nearest that may share its zone"
        if self.space.rules.touching:
            links = "its neighbours"
        return (
            f"{count:,} plans, drawn by {counted(chains, 'chain')} of steps "
            "that merge two or three neighbouring zones and split them again at random, along "
            f"trees that link each building with {links}; every plan keeps every rule of the "
            "request. They are not a uniform sample of all plans: plans of compact zones are "
            "likelier, and prices play no part."
        )


def _groups(home: Numbers) -> list[Group]:
    """The buildings of each zone, sorted."""
    order = np.argsort(home, kind="stable")
    ends = np.cumsum(np.bincount(home))[:-1]
    return [tuple(zone.tolist()) for zone in np.split(order, ends)]


def _link(problem: ZoneProblem, space: ZoneSpace, zones: Sequence[Group], near: int) -> Bools:
    """Which buildings are linked, shape (n, n); every zone of the plan hangs together."""
    n, rules = problem.n, space.rules
    may = ~np.eye(n, dtype=bool)
    if rules.apart is not None:
        may &= ~rules.apart
    for choice in space.choices:
        open_to = np.isfinite(choice.charge).astype(np.float64)
        may &= open_to @ open_to.T > 0
    distance = np.where(may, np.maximum(problem.seconds, problem.seconds.T), np.inf)
    if rules.touching:
        return np.asarray(rules.touching[0] & may)
    nearest = np.argsort(distance, axis=1, kind="stable")[:, :near]
    linked = np.zeros((n, n), dtype=bool)
    linked[np.arange(n)[:, None], nearest] = True
    for group in rules.groups:
        linked[np.ix_(group, group)] = True
    linked = (linked | linked.T) & may
    for zone in zones:
        _join(linked, list(zone), distance)
    return linked


def _join(linked: Bools, zone: Sequence[int], distance: Floats) -> None:
    """Link the parts of a zone by the shortest ways, until it hangs together."""
    reached, left = [zone[0]], list(zone[1:])
    while left:
        beside = linked[np.ix_(reached, left)]
        if not beside.any():
            between = distance[np.ix_(reached, left)]
            i, j = np.unravel_index(int(between.argmin()), between.shape)
            linked[reached[i], left[j]] = linked[left[j], reached[i]] = beside[i, j] = True
        new = [left[j] for j in np.flatnonzero(beside.any(axis=0))]
        reached += new
        left = [k for k in left if k not in new]


def _limits(space: ZoneSpace, n: int) -> Limits:
    """The rules that a chain keeps by itself."""
    from zoning.zones.tradeoffs.recombination import Limits  # noqa: PLC0415

    rules = space.rules
    group = np.full(n, -1)
    for number, members in enumerate(rules.groups):
        group[list(members)] = number
    closed, needs = np.zeros((n, 0), dtype=bool), np.zeros(0, dtype=np.intp)
    for choice in space.choices:
        closed, needs = ~np.isfinite(choice.charge), choice.needs
    return Limits.of(
        sizes=np.array([space.sizes[0], min(space.sizes[1], n)]),
        apart=np.zeros(0, dtype=bool) if rules.apart is None else rules.apart,
        group=group,
        values=np.array([load.values for load in rules.loads]),
        least=np.array([load.least for load in rules.loads]),
        most=np.array([load.most for load in rules.loads]),
        closed=closed,
        needs=needs,
    )


def _stability(problem: ZoneProblem, today: ZonePlan) -> Stability:
    number = {b: k for k, zone in enumerate(today.patrol_zones) for b in zone.building_ids}
    return Stability(today=np.array([number.get(b, -1) for b in problem.building_ids]))


def _off_mean(loads: Floats) -> Floats:
    """The largest distance of a zone's workload from the mean of each plan, as a share of it."""
    mean = loads.mean(axis=1)
    return np.asarray(abs(loads - mean[:, None]).max(axis=1) / mean)


def _is_enough(ensemble: Ensemble) -> bool:
    """Whether the plans are worth as many independent draws as is advised, or half their number."""
    known = ensemble.diagnostics()["effective_draws"].dropna()
    return known.empty or known.min() >= min(_LEAST_DRAWS, len(ensemble) / 2)


def _notices(ensemble: Ensemble) -> tuple[str, ...]:
    distinct = len(np.unique([_canonical(home) for home in ensemble.homes], axis=0))
    share = f"{100 * ensemble.changed_share:.2g} % of the splits kept the rules and were used."
    if distinct == 1:
        return (
            "Only one plan was drawn, again and again: no merging of neighbouring zones leads to "
            "another that keeps the rules.",
        )
    told = [share]
    if distinct < len(ensemble):
        told.append(f"{distinct:,} of the plans are different.")
    known = ensemble.diagnostics().dropna()
    if ensemble.chains.max() == 0 or known.empty:
        return (*told, "Whether they are enough is not known: it takes several chains.")
    worst, least = known["r_hat"].max(), known["effective_draws"].min()
    told.append(f"They are worth {least:,.0f} independent draws or more; R-hat is {worst:.3f}.")
    if worst > _MOST_R_HAT or least < _LEAST_DRAWS:
        told.append(
            f"That is short of what is advised ({_LEAST_DRAWS} and {_MOST_R_HAT}): draw more "
            "plans before a share is quoted."
        )
    return tuple(told)


def _canonical(home: Numbers) -> Numbers:
    """Number the zones by their first building."""
    _, first, inverse = np.unique(home, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[inverse])


def _rank(drawn: Floats, value: float, *, more_is_better: bool) -> list[float]:
    """The columns of `Ensemble.rank` for one figure; ``drawn`` has shape (chains, plans)."""
    slack = 1e-9 * (1 + abs(value))
    gain = drawn - value if more_is_better else value - drawn
    better = gain > slack
    share = float(better.mean())
    effective = _count_effective(drawn)
    if 0 < share < 1:
        effective = min(effective, _count_effective(better.astype(float)))
    low, high = _wilson(share, drawn.size if math.isnan(effective) else effective)
    quantiles = np.quantile(drawn, (0.05, 0.5, 0.95)).tolist()
    return [value, share, float((abs(gain) <= slack).mean()), low, high, *quantiles]


def describe_share(row: Mapping[Any, float]) -> str:
    """How many random plans are better, with the interval, from a row of `Ensemble.rank`."""
    better, low, high = (100 * row[name] for name in ("better", "better_low", "better_high"))
    share = f"{better:.3g} % of random plans are better" if better else "no random plan is better"
    return f"{share} (95 % interval {low:.2g} to {high:.2g} %)"


def _wilson(share: float, draws: float) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927)."""
    centre = (share + _Z**2 / (2 * draws)) / (1 + _Z**2 / draws)
    half = (
        _Z / (1 + _Z**2 / draws) * math.sqrt(share * (1 - share) / draws + _Z**2 / (4 * draws**2))
    )
    return max(centre - half, 0.0), min(centre + half, 1.0)


def _split(drawn: Floats) -> Floats:
    """Rank-normalise, and split each chain in two."""
    ranks = rankdata(drawn).reshape(drawn.shape)
    scores = norm.ppf((ranks - 0.375) / (drawn.size + 0.25))
    half = drawn.shape[1] // 2
    return np.concatenate([scores[:, :half], scores[:, -half:]]) if half else scores


def _variances(chains: Floats) -> tuple[float, float]:
    """The mean variance within chains, and the variance that chains and their means estimate."""
    length = chains.shape[1]
    within = float(chains.var(axis=1, ddof=1).mean())
    return within, within * (length - 1) / length + float(chains.mean(axis=1).var(ddof=1))


def _compute_r_hat(drawn: Floats) -> float:
    """Split R-hat of rank-normalised draws, the larger of the draws and their distances."""
    if drawn.shape[1] < 4 or np.ptp(drawn) == 0:
        return math.nan
    found = []
    for values in (drawn, abs(drawn - np.median(drawn))):
        within, total = _variances(_split(values))
        found.append(math.sqrt(total / within) if within else math.inf)
    return max(found)


def _count_effective(drawn: Floats) -> float:
    """Effective number of draws: correlations summed in falling pairs (Geyer 1992)."""
    if drawn.shape[1] < 8 or np.ptp(drawn) == 0:
        return math.nan
    chains = _split(drawn)
    length = chains.shape[1]
    centred = chains - chains.mean(axis=1, keepdims=True)
    spectrum = rfft(centred, 2 * length, axis=1)
    covariance = irfft(abs(spectrum) ** 2, 2 * length, axis=1)[:, :length].mean(axis=0) / length
    within, total = _variances(chains)
    correlation = 1 - (within - covariance * length / (length - 1)) / total
    pairs = correlation[: length - length % 2].reshape(-1, 2).sum(axis=1)
    positive = np.flatnonzero(pairs < 0)
    pairs = np.minimum.accumulate(pairs[: positive[0] if len(positive) else None])
    # No more than n log10 n: draws that alternate would count as many more than there are.
    time = max(2 * float(pairs.sum()) - 1, 1 / math.log10(drawn.size))
    return drawn.size / time


def _require_figure(figure: str) -> None:
    if figure not in FIGURES:
        raise OptionError(
            f"there is no figure {figure!r}",
            remedy=f"Choose one of {', '.join(FIGURES)}.",
        )
