"""One pass over a table of answers: sums of squares and products for every declared set of columns.

Blocks of rows keep the working memory constant. Sums of products of small whole numbers are taken in float32, where
they are exact as long as they stay below 2²⁴; everything else is accumulated in float64 about a provisional centre.
Most rows of a long questionnaire lack some answer, so a set does not look at its own columns row by row: the sums over
all rows of a block (blanks as zero) are taken once, and each set takes away the few rows that it may not count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servq.errors import InvalidArgument
from servq.statistics.matrix import LARGEST

BLOCK_ROWS = 8_192
SAMPLE_ROWS = 4_096
EXACT_FLOAT32 = 2**24

Rows = NDArray[np.floating[Any]]
Positions = NDArray[np.intp]
IncompleteRows = Callable[[Rows, Rows], None]


@dataclass(frozen=True, eq=False)
class CentredSums:
    """Sums about a provisional centre, over the rows that have every answer of one set of columns."""

    n: int
    centre: NDArray[np.float64]
    total: NDArray[np.float64]
    products: NDArray[np.float64]

    @property
    def mean(self) -> NDArray[np.float64]:
        """Means; the centre when there is no row."""
        return self.centre + self.total / max(self.n, 1)

    @property
    def scatter(self) -> NDArray[np.float64]:
        """Sums of squares and products about the mean."""
        return self.products - np.outer(self.total, self.total) / max(self.n, 1)


@dataclass(frozen=True, eq=False)
class Scan:
    """What one pass leaves behind: sums over the rows complete in all columns, and sums for each declared set."""

    complete: CentredSums
    sets: tuple[CentredSums, ...]


def scan(
    values: Rows,
    columns: Positions,
    sets: Sequence[Positions],
    centre: NDArray[np.float64],
    on_incomplete: IncompleteRows | None = None,
) -> Scan:
    """Read every row once.

    Parameters
    ----------
    values
        Shape (n_respondents, n_columns), float32 or float64, NaN where missing.
    columns
        Positions of the columns that take part, in the order in which the sums report them.
    sets
        Positions *within* `columns` of each set whose rows are counted where complete.
    centre
        Provisional centre of each of `columns`, as `provisional_centre` finds it.
    on_incomplete
        Called with the rows that lack an answer, as deviations from the centre with 0 in the blanks, and with ones
        for answers and zeros for blanks, both of shape (n_columns, n_rows). The deviations are float32 only when they
        are whole numbers.

    Raises
    ------
    InvalidArgument
        An answer is infinite, or answers are too large for their squares to be squared.
    """
    with one_blas_thread(len(values)), np.errstate(over="ignore", invalid="ignore"):
        found = _scan(values, columns, sets, centre, on_incomplete)
    if any(not (np.abs(sums.products) <= LARGEST**2).all() for sums in (found.complete, *found.sets)):
        raise InvalidArgument(f"Answers differ by more than {LARGEST:g}. Use a larger unit.")
    return found


def one_blas_thread(n_rows: int) -> AbstractContextManager[object]:
    """Keep the many small products of a long scan on one thread: waiting for each other costs more than it gains."""
    if n_rows <= BLOCK_ROWS:
        return nullcontext()
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no types

    limits: AbstractContextManager[object] = threadpool_limits(limits=1, user_api="blas")
    return limits


def _scan(
    values: Rows,
    columns: Positions,
    sets: Sequence[Positions],
    centre: NDArray[np.float64],
    on_incomplete: IncompleteRows | None,
) -> Scan:
    everything = np.array_equal(columns, np.arange(values.shape[1]))
    is_whole = bool((centre == np.rint(centre)).all())
    complete = _Accumulator(np.arange(len(columns)))
    accumulators = [_Accumulator(positions) for positions in sets]
    membership = np.zeros((len(sets), len(columns)), dtype=np.float32)
    for row, positions in enumerate(sets):
        membership[row, positions] = 1
    sizes = membership.sum(axis=1, keepdims=True)
    ones = np.ones(len(columns), dtype=values.dtype)
    for start in range(0, len(values), BLOCK_ROWS):
        block = values[start : start + BLOCK_ROWS]
        if not everything:
            block = block[:, columns]
        has_all = np.isfinite(block @ ones)
        n_complete = int(np.count_nonzero(has_all))
        if n_complete == len(block):
            complete.add(_centred(block.T, centre, is_whole=is_whole))
            continue
        if n_complete:
            complete.add(_centred(block.take(np.flatnonzero(has_all), axis=0).T, centre, is_whole=is_whole))
        deviations, present = _fill(block.take(np.flatnonzero(~has_all), axis=0), centre, is_whole=is_whole)
        if sets:
            _add_to_sets(accumulators, deviations, membership @ present < sizes)
        if on_incomplete is not None:
            on_incomplete(deviations, present)
    for accumulator in accumulators:
        accumulator.add_part_of(complete.n, complete.total, complete.products)
    return Scan(complete.about(centre), tuple(accumulator.about(centre) for accumulator in accumulators))


def _fill(rows: Rows, centre: NDArray[np.float64], *, is_whole: bool) -> tuple[Rows, Rows]:
    """Deviations, 0 in the blanks, and ones where there is an answer; both of shape (n_columns, n_rows)."""
    # One column after the other in memory: all that follows works on columns.
    by_column = np.ascontiguousarray(rows.T)
    missing = np.isnan(by_column)
    np.copyto(by_column, centre[:, np.newaxis], where=missing, casting="same_kind")
    # The sums are quick and tell of an infinity; only their own overflow makes a second look necessary.
    if not np.isfinite(np.ones(len(by_column), by_column.dtype) @ by_column).all() and np.isinf(by_column).any():
        raise InvalidArgument("An answer is infinite. Use NaN for a missing answer.")
    deviations = _centred(by_column, centre, is_whole=is_whole)
    if deviations.dtype != by_column.dtype:  # a centre rounded to float32 leaves something behind
        np.copyto(deviations, 0, where=missing)
    return deviations, np.logical_not(missing, out=missing).astype(np.float32)


def provisional_centre(values: Rows, columns: Positions) -> NDArray[np.float64]:
    """Rough column means from rows spread over the table; whole numbers where all those answers are whole."""
    sample = values[:: max(1, len(values) // SAMPLE_ROWS)][:, columns].astype(np.float64)
    missing = np.isnan(sample)
    counts = (~missing).sum(axis=0)
    np.copyto(sample, 0, where=missing)
    centre: NDArray[np.float64] = sample.sum(axis=0) / np.maximum(counts, 1)
    for position in np.flatnonzero(counts == 0):
        column = values[:, columns[position]]
        answered = column[~np.isnan(column)]
        centre[position] = answered.mean(dtype=np.float64) if len(answered) else 0.0
    return np.rint(centre) if (sample == np.rint(sample)).all() else centre


def as_slice(positions: Positions) -> Positions | slice:
    """Neighbouring columns as a slice, which numpy need not copy."""
    first = int(positions[0])
    return slice(first, first + len(positions)) if (np.diff(positions) == 1).all() else positions


class _Accumulator:
    def __init__(self, positions: Positions) -> None:
        self.positions = positions
        self.slice = as_slice(positions)
        self.n = 0
        self.total = np.zeros(len(positions))
        self.products = np.zeros((len(positions), len(positions)))

    def add(self, deviations: Rows, sign: int = 1) -> None:
        """Add (or take away) deviations of this set's columns, shape (n_columns, n_rows)."""
        total, products = _sums(deviations)
        self.n += sign * deviations.shape[1]
        self.total += sign * total
        self.products += sign * products

    def add_part_of(self, n: int, total: Rows, products: Rows) -> None:
        """Add sums over all columns, of which this set takes its own."""
        self.n += n
        self.total += total[self.positions]
        self.products += products[np.ix_(self.positions, self.positions)]

    def about(self, centre: NDArray[np.float64]) -> CentredSums:
        return CentredSums(self.n, centre[self.positions], self.total, self.products)


def _add_to_sets(accumulators: list[_Accumulator], deviations: Rows, lacks: NDArray[np.bool_]) -> None:
    total, products = _sums(deviations)
    n = deviations.shape[1]
    for accumulator, lacking in zip(accumulators, lacks, strict=True):
        n_lacking = int(np.count_nonzero(lacking))
        # Whichever side has fewer rows: quicker, and no digits are lost by taking away nearly everything.
        if 2 * n_lacking <= n:
            accumulator.add_part_of(n, total, products)
            if n_lacking:
                accumulator.add(deviations[accumulator.slice].take(np.flatnonzero(lacking), axis=1), sign=-1)
        elif n_lacking < n:
            accumulator.add(deviations[accumulator.slice].take(np.flatnonzero(~lacking), axis=1))


def _centred(by_column: Rows, centre: NDArray[np.float64], *, is_whole: bool) -> Rows:
    if by_column.dtype == np.float32 and is_whole and np.array_equal(by_column, np.rint(by_column)):
        return by_column - centre.astype(np.float32)[:, np.newaxis]
    return by_column.astype(np.float64) - centre[:, np.newaxis]


def _sums(deviations: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    products = deviations @ deviations.T
    if deviations.dtype == np.float32 and products.diagonal().max() > EXACT_FLOAT32:
        return _sums(deviations.astype(np.float64))
    total = deviations @ np.ones(deviations.shape[1], dtype=deviations.dtype)
    return total.astype(np.float64), products.astype(np.float64)
