"""Which cells of a table to leave out besides the small ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array, hstack

Cells = NDArray[np.bool_]
Amounts = NDArray[np.float64]
_TOTAL_COSTS = 100.0
_GRAND_TOTAL_COSTS = 10_000.0
_FREE = 1e-6
_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CellProblem:
    """Cells and totals as one vector, row by row, and the equations among them."""

    held: Amounts
    small: Cells
    least: int
    below: int
    equations: csr_array
    costs: Amounts

    @classmethod
    def of(
        cls, table: NDArray[np.int64], *, below: int, hide_zeros: bool, one_way: bool
    ) -> CellProblem:
        """The problem of a table with its totals in the last row and, of two ways, column."""
        held = table.astype(np.float64).ravel()
        least = 0 if hide_zeros else 1
        rows, columns = table.shape
        number = np.arange(table.size).reshape(table.shape)
        lines = list(number.T) if one_way else [*number, *number.T]
        equations = np.zeros((len(lines), table.size))
        for k, line in enumerate(lines):
            equations[k, line] = 1.0
            equations[k, line[-1]] = -1.0
        costs = 1.0 + table / max(1, table.max())
        costs[-1, :] *= _TOTAL_COSTS
        if not one_way:
            costs[:, -1] *= _TOTAL_COSTS
            costs[rows - 1, columns - 1] *= _GRAND_TOTAL_COSTS / _TOTAL_COSTS**2
        return cls(
            held=held,
            small=(held >= least) & (held < below),
            least=least,
            below=below,
            equations=csr_array(equations),
            costs=costs.ravel(),
        )

    @property
    def lowest(self) -> Amounts:
        """The least each cell can hold for whoever knows which cells are small."""
        return np.where(self.small, float(self.least), float(self.below))

    @property
    def highest(self) -> Amounts:
        """The most each cell can hold for the same; inf where there is no upper end."""
        return np.where(self.small, float(self.below - 1), np.inf)

    @property
    def can_hide(self) -> Cells:
        """Cells that may be left out: a zero that is not small is always shown."""
        return self.held >= self.least

    def interval(self, cell: int, hidden: Cells) -> tuple[float, float]:
        """The least and the most that a hidden cell can hold, given the cells shown."""
        ends = []
        for sign in (1.0, -1.0):
            objective = np.zeros(len(self.held))
            objective[cell] = sign
            solved = linprog(
                objective,
                A_eq=self.equations,
                b_eq=np.zeros(self.equations.shape[0]),
                bounds=np.column_stack(
                    (
                        np.where(hidden, self.lowest, self.held),
                        np.where(hidden, self.highest, self.held),
                    )
                ),
                method="highs",
            )
            ends.append(float(round(solved.x[cell])) if solved.status == 0 else sign * -np.inf)
        return ends[0], ends[1]

    def fewest_in_one_way(self) -> Cells | None:
        """The fewest further parts that protect, of those the least in sum; None if none do.

        Let the slack of a hidden cell be what it holds above its least. Any small
        cell can rise to the largest small count where the slacks add up to the
        width of the range of small counts, whichever cell it is; and can fall to
        the least where another cell can take it up, as every further cell can.
        """
        parts, width = slice(0, -1), float(self.below - 1 - self.least)
        extra = np.zeros(len(self.held), dtype=np.bool_)
        small = self.small[parts]
        if not self.small.any():
            return extra
        if self.small[-1]:
            return None
        slack = float((self.held[parts][small] - self.least).sum())
        room = float((self.below - 1 - self.held[parts][small]).sum())
        if slack >= width and room >= width:
            return extra
        large = np.flatnonzero(~small & (self.held[parts] >= self.below))
        chosen = self._fewest(large, max(0, int(width - slack)))
        if chosen is None:
            return None
        extra[list(chosen)] = True
        return extra

    def _fewest(self, large: NDArray[np.intp], needed: int) -> tuple[int, ...] | None:
        """At least one of some cells whose slacks reach a number: fewest, then least in sum."""
        best: dict[tuple[int, int], tuple[float, tuple[int, ...]]] = {(0, 0): (0.0, ())}
        for cell in large:
            held = float(self.held[cell])
            gain = min(needed, int(held) - self.below)
            for (count, reached), (total, cells) in list(best.items()):
                state = (count + 1, min(needed, reached + gain))
                option = (total + held, (*cells, int(cell)))
                if count < needed + 1 and (state not in best or option < best[state]):
                    best[state] = option
        done = [(count, *best[count, reached]) for count, reached in best if reached == needed]
        done = [option for option in done if option[0] > 0]
        return min(done)[2] if done else None

    def further_cells(self) -> Cells:
        """Cells to leave out besides the small ones so that each of those stays hidden."""
        everything = self.can_hide
        hidden = self.small.copy()
        moves: dict[tuple[int, Literal[-1, 1]], Amounts] = {}
        for cell in np.flatnonzero(self.small).tolist():
            low, high = self.interval(cell, everything)
            wanted: tuple[tuple[Literal[-1, 1], float], ...] = (
                (1, min(high, self.below - 1) - self.held[cell]),
                (-1, self.held[cell] - max(low, self.least)),
            )
            for sign, amount in wanted:
                move = self._move(cell, sign * amount, everything, hidden)
                if move is None:
                    raise AssertionError("a move that all hidden cells allow was not found")
                moves[cell, sign] = move
                hidden |= np.abs(move) > _TOLERANCE
        return self._without_needless(hidden, moves) & ~self.small

    def _move(self, cell: int, amount: float, allowed: Cells, hidden: Cells) -> Amounts | None:
        """A cheapest change of allowed cells that moves one by an amount and keeps all sums."""
        rise = np.where(allowed, self.highest - self.held, 0.0)
        fall = np.where(allowed, self.held - self.lowest, 0.0)
        least, most = np.zeros(2 * len(self.held)), np.concatenate((rise, fall))
        for at, size in ((cell, max(amount, 0.0)), (len(self.held) + cell, max(-amount, 0.0))):
            least[at] = most[at] = size
        costs = np.where(hidden, _FREE, self.costs)
        solved = linprog(
            np.concatenate((costs, costs)),
            A_eq=hstack((self.equations, -self.equations)),
            b_eq=np.zeros(self.equations.shape[0]),
            bounds=np.column_stack((least, most)),
            method="highs",
        )
        if solved.status != 0:
            return None
        up, down = np.split(np.asarray(solved.x, dtype=np.float64), 2)
        return up - down

    def _without_needless(
        self, hidden: Cells, moves: dict[tuple[int, Literal[-1, 1]], Amounts]
    ) -> Cells:
        """Show again, the costliest first, every further cell without which all moves exist."""
        hidden, moves = hidden.copy(), dict(moves)
        further = np.flatnonzero(hidden & ~self.small)
        for cell in sorted(further.tolist(), key=lambda c: (-self.costs[c], c)):
            hidden[cell] = False
            again = {}
            for (small, sign), move in moves.items():
                if abs(move[cell]) > _TOLERANCE:
                    other = self._move(small, move[small], hidden, hidden)
                    if other is None:
                        hidden[cell] = True
                        break
                    again[small, sign] = other
            else:
                moves.update(again)
        return hidden
