"""Moments: the number of respondents, the means and the covariances that most statistics are computed from.

They cost one pass over the answers, stay small however many respondents there are, and merge exactly, so parts of a
large table can be summed anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.matrix import BLOCK_ROWS, as_items, as_vector
from servq.statistics.scan import CentredSums, provisional_centre, scan


@dataclass(frozen=True, eq=False, kw_only=True)
class Moments:
    """First and second moments of a set of columns over the respondents who answered all of them.

    Parameters
    ----------
    n
        Respondents without a blank in any of the columns (list-wise).
    mean
        Means, shape (n_columns,); meaningless when `n` is 0.
    scatter
        Sums of squares and products about the means, shape (n_columns, n_columns).
    names
        Names of the columns.
    n_respondents
        Respondents looked at, with or without blanks.

    Examples
    --------
    >>> moments = Moments.of([[1, 2], [2, 4], [3, 6], [4, None]])
    >>> moments.n, moments.n_respondents
    (3, 4)
    >>> moments.covariance
    array([[1., 2.],
           [2., 4.]])
    """

    n: int
    mean: NDArray[np.float64]
    scatter: NDArray[np.float64]
    names: tuple[str, ...]
    n_respondents: int

    @classmethod
    def of(cls, items: object, *, columns: Sequence[str] | None = None) -> Self:
        """Moments of all columns, over the rows without a blank.

        Parameters
        ----------
        items
            Answers of shape (n_respondents, n_items), NaN where missing; float32 is not copied. Accurate to about
            1e-12 of the standard deviations whatever the scale.
        columns
            Names for the columns of an array that has none of its own.

        Notes
        -----
        R: ``cov(na.omit(items))``, ``colMeans(na.omit(items))``.
        """
        values, names = as_items(items, keep_float32=True, allow_infinite=True)
        if columns is not None:
            if len(columns) != len(names) or len(set(columns)) != len(columns):
                raise InvalidArgument(f"columns must give {len(names)} different names, one for each column.")
            names = tuple(columns)
        everything = np.arange(len(names))
        sums = scan(values, everything, (), provisional_centre(values, everything)).complete
        return cls.from_sums(sums, names, len(values))

    @classmethod
    def of_sets(cls, items: object, sets: Mapping[str, Sequence[str]]) -> dict[str, Self]:
        """Moments of several sets of columns in one pass, each over the rows without a blank in that set.

        Parameters
        ----------
        items
            Answers of shape (n_respondents, n_items), NaN where missing.
        sets
            Column names of each set.

        Raises
        ------
        InvalidArgument
            A set is empty, names a column twice, or one that is not there.
        """
        values, names = as_items(items, keep_float32=True, allow_infinite=True)
        chosen = {name: positions_of(columns, names, argument=f"set {name}") for name, columns in sets.items()}
        used = np.unique(np.concatenate([*chosen.values(), np.empty(0, dtype=np.intp)]))
        within = [np.searchsorted(used, positions) for positions in chosen.values()]
        result = scan(values, used, within, provisional_centre(values, used))
        return {
            name: cls.from_sums(sums, tuple(names[i] for i in positions), len(values))
            for (name, positions), sums in zip(chosen.items(), result.sets, strict=True)
        }

    @classmethod
    def of_covariance(cls, covariance: object, n: int, names: Sequence[str] | None = None) -> Self:
        """Moments of a published covariance or correlation matrix of `n` respondents; the means are taken as 0.

        Raises
        ------
        InvalidArgument
            Not square, not symmetric, holds blanks, or `n` is below 2.
        """
        matrix, labels = as_items(covariance, argument="covariance")
        if matrix.shape[0] != matrix.shape[1] or not np.allclose(matrix, matrix.T, rtol=1e-9, atol=1e-12):
            raise InvalidArgument("covariance must be a symmetric square matrix without blanks.")
        if n < 2:  # a covariance needs two respondents
            raise InvalidArgument("A covariance matrix needs n of at least 2.")
        columns = tuple(names) if names is not None else labels
        if len(columns) != len(labels):
            raise InvalidArgument(f"names must have {len(labels)} entries; it has {len(columns)}.")
        scatter = (matrix + matrix.T) / 2 * (n - 1)
        return cls(n=n, mean=np.zeros(len(columns)), scatter=scatter, names=columns, n_respondents=n)

    @classmethod
    def merge(cls, first: Self, *others: Self) -> Self:
        """Moments of all respondents together, from the moments of parts that share no respondent.

        Raises
        ------
        InvalidArgument
            The parts do not have the same columns in the same order.
        """
        merged = first
        for other in others:
            if other.names != first.names:
                raise InvalidArgument("Only moments of the same columns in the same order can be merged.")
            merged = cls._pool(merged, other)
        return merged

    @classmethod
    def _pool(cls, first: Self, second: Self) -> Self:
        n_respondents = first.n_respondents + second.n_respondents
        n = first.n + second.n
        if first.n == 0 or second.n == 0:
            part = second if first.n == 0 else first
            return cls(n=n, mean=part.mean, scatter=part.scatter, names=first.names, n_respondents=n_respondents)
        apart = second.mean - first.mean
        return cls(
            n=n,
            mean=first.mean + apart * (second.n / n),
            scatter=first.scatter + second.scatter + np.outer(apart, apart) * (first.n * second.n / n),
            names=first.names,
            n_respondents=n_respondents,
        )

    @classmethod
    def from_sums(cls, sums: CentredSums, names: tuple[str, ...], n_respondents: int) -> Self:
        """Moments from sums about a provisional centre."""
        scatter = sums.scatter.copy()
        # rounding about a centre that other respondents set can leave a constant column just below nothing
        np.fill_diagonal(scatter, np.maximum(scatter.diagonal(), 0))
        return cls(n=sums.n, mean=sums.mean, scatter=scatter, names=names, n_respondents=n_respondents)

    @property
    def n_items(self) -> int:
        """Number of columns."""
        return len(self.names)

    @property
    def covariance(self) -> NDArray[np.float64]:
        """Covariance matrix, n − 1 divisor; raises `NotEstimable` below two respondents."""
        if self.n < 2:  # a covariance needs two respondents
            raise NotEstimable(Message("Fewer than two respondents answered every item."), n=self.n)
        return self.scatter / (self.n - 1)

    @property
    def sd(self) -> NDArray[np.float64]:
        """Standard deviations, n − 1 divisor."""
        return np.sqrt(np.maximum(self.covariance.diagonal(), 0))

    @property
    def constant(self) -> tuple[str, ...]:
        """Columns in which everybody gave the same answer, rounding in the sums allowed for."""
        size = np.abs(self.mean) * np.sqrt(self.n) + np.finfo(float).tiny
        spread = np.sqrt(np.maximum(self.scatter.diagonal(), 0))
        flat = spread <= 1e-11 * size
        return tuple(name for name, is_flat in zip(self.names, flat, strict=True) if is_flat)

    @property
    def correlation(self) -> NDArray[np.float64]:
        """Pearson correlations; raises `NotEstimable` where a column is constant."""
        covariance = self.covariance
        if self.constant:
            raise NotEstimable(
                Message("Everybody gave the same answer to: {items}.", items=", ".join(self.constant)),
                n=self.n,
            )
        sd = np.sqrt(covariance.diagonal())
        correlation: NDArray[np.float64] = np.clip(covariance / np.outer(sd, sd), -1, 1)
        np.fill_diagonal(correlation, 1)
        return correlation

    def select(self, columns: Sequence[str]) -> Self:
        """Moments of some of the columns, over the same respondents (complete in *all* columns of this object)."""
        positions = positions_of(columns, self.names, argument="columns")
        return type(self)(
            n=self.n,
            mean=self.mean[positions],
            scatter=self.scatter[np.ix_(positions, positions)],
            names=tuple(columns),
            n_respondents=self.n_respondents,
        )

    def combine(self, weights: NDArray[np.float64], names: Sequence[str]) -> Self:
        """Moments of weighted sums of the columns.

        Parameters
        ----------
        weights
            Shape (n_combinations, n_columns).
        names
            Names of the combinations.
        """
        return type(self)(
            n=self.n,
            mean=weights @ self.mean,
            scatter=weights @ self.scatter @ weights.T,
            names=tuple(names),
            n_respondents=self.n_respondents,
        )


def as_moments(items: object) -> Moments:
    """Moments as they are, or of the complete rows of raw items."""
    return items if isinstance(items, Moments) else Moments.of(items)


def positions_of(columns: Sequence[str], names: Sequence[str], *, argument: str) -> NDArray[np.intp]:
    """Where each of `columns` stands in `names`; refuses unknown, repeated and no columns."""
    unknown = [column for column in columns if column not in names]
    if unknown:
        raise InvalidArgument(f"{argument} names columns that are not there: {', '.join(map(str, unknown))}.")
    if not columns or len(set(columns)) != len(columns):
        raise InvalidArgument(f"{argument} must name at least one column, and each only once.")
    where = {name: position for position, name in enumerate(names)}
    return np.array([where[column] for column in columns], dtype=np.intp)


def point_counts(items: object, points: Iterable[float]) -> NDArray[np.int64]:
    """Count the answers on each point of the response scale.

    Parameters
    ----------
    items
        Answers of shape (n_respondents, n_items); blanks are not counted.
    points
        The points of the scale, e.g. ``range(1, 8)``.

    Returns
    -------
    Counts, shape (n_items, n_points).

    Raises
    ------
    InvalidArgument
        `points` is empty or repeats one, or an answer lies on no point.

    Notes
    -----
    R equivalent: ``sapply(items, function(x) table(factor(x, points)))``, transposed.

    Examples
    --------
    >>> point_counts([[1, 2], [2, 2], [None, 3]], range(1, 4))
    array([[1, 1, 0],
           [0, 2, 1]])
    """
    values, names = as_items(items, keep_float32=True)
    scale = as_vector(list(points), argument="points")
    if len(scale) == 0 or len(np.unique(scale)) != len(scale):
        raise InvalidArgument("points must name at least one point, and each only once.")
    counts = np.zeros((len(names), len(scale)), dtype=np.int64)
    n_answered = np.zeros(len(names), dtype=np.int64)
    for start in range(0, len(values), BLOCK_ROWS):
        block = values[start : start + BLOCK_ROWS]
        n_answered += (~np.isnan(block)).sum(axis=0)
        for position, point in enumerate(scale):
            counts[:, position] += (block == point).sum(axis=0)
    stray = [name for name, off in zip(names, counts.sum(axis=1) != n_answered, strict=True) if off]
    if stray:
        raise InvalidArgument(f"Answers lie on none of the points given: {', '.join(stray)}.")
    return counts


def pairwise_counts(items: object) -> NDArray[np.int64]:
    """Count the respondents who answered both items of each pair, shape (n_items, n_items).

    Parameters
    ----------
    items
        Answers of shape (n_respondents, n_items), NaN where missing. The diagonal counts the answers to each item.

    Raises
    ------
    InvalidArgument
        The items are no table of numbers.

    Notes
    -----
    R: ``psych::pairwiseCount``.

    Examples
    --------
    >>> pairwise_counts([[1, 2], [3, None]]).tolist()
    [[2, 1], [1, 1]]
    """
    values, names = as_items(items, keep_float32=True)
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    for start in range(0, len(values), BLOCK_ROWS):
        answered = (~np.isnan(values[start : start + BLOCK_ROWS])).astype(np.float32)
        counts += (answered.T @ answered).astype(np.int64)
    return counts
