"""Careless answering that shows where items that belong together are answered differently.

Every index has the shape (n_respondents,) and is NaN where a respondent's answers do not carry it. Reverse-keyed items
must have been reversed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.matrix import Items, as_items

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Correlation from which two items count as saying the same (Meade & Craig 2012).
SYNONYM_CORRELATION = 0.60
MINIMUM_PAIRS = 3  # two pairs always correlate perfectly
# Sums of squares below this share of the sum of squared values are rounding.
ROUNDING = 1e-12


def even_odd_consistency(items: object, dimensions: Mapping[str, Sequence[str]] | Sequence[int]) -> NDArray[np.float64]:
    """Correlation, within a respondent, of the even and the odd items' means across dimensions; high is consistent.

    Parameters
    ----------
    items
        Shape (n_respondents, n_items), reverse-keyed items reversed.
    dimensions
        Column names by dimension; or the sizes of the dimensions, when the columns stand in their order.

    Returns
    -------
    numpy.ndarray
        −1 … 1, stepped up to full length by Spearman and Brown's formula and cut at −1. NaN when fewer than three
        dimensions have both halves answered, or a half does not vary.

    Raises
    ------
    InvalidArgument
        Fewer than three dimensions of at least two items, unknown columns, or sizes that do not add up.

    Notes
    -----
    R equivalent: ``-careless::evenodd(items, factors)``; since careless 1.2.0 its sign is turned round, so that higher
    is worse. Source: Johnson (2005), *J. Res. Pers.* 39, 103–129.

    Examples
    --------
    >>> consistency = even_odd_consistency([[1, 1, 4, 4, 2, 3], [1, 5, 4, 1, 5, 3]], [2, 2, 2])
    >>> consistency.round(4).tolist()
    [0.963, -1.0]
    """
    read = as_items(items)
    usable = [columns for columns in _columns_of(read, dimensions) if len(columns) > 1]
    if len(usable) < MINIMUM_PAIRS:
        raise InvalidArgument("dimensions must name at least three dimensions of two or more items.")
    odd = np.column_stack([_row_means(read.values[:, columns[::2]]) for columns in usable])
    even = np.column_stack([_row_means(read.values[:, columns[1::2]]) for columns in usable])
    r = _row_correlations(odd, even)
    stepped_up = np.divide(2 * r, 1 + r, out=np.full(len(r), -1.0), where=~(r <= -1.0))
    floored: NDArray[np.float64] = np.maximum(stepped_up, -1.0)
    return floored


def psychometric_synonyms(
    items: object, *, minimum_correlation: float = SYNONYM_CORRELATION, antonyms: bool = False
) -> NDArray[np.float64]:
    """Correlation, within a respondent, across pairs of items that everybody else answers alike.

    Parameters
    ----------
    items
        Shape (n_respondents, n_items). Correlations between items use the pairs of answers at hand.
    minimum_correlation
        Size of the correlation, 0–1, from which two items form a pair.
    antonyms
        Pairs with a correlation below −`minimum_correlation` instead; careful respondents are then near −1.

    Returns
    -------
    numpy.ndarray
        −1 … 1; NaN with fewer than three answered pairs, or when a side of the pairs does not vary.

    Raises
    ------
    NotEstimable
        Fewer than three pairs of items correlate that highly.

    Notes
    -----
    Within a pair the later item comes first, as in careless. R equivalent: ``careless::psychsyn(items, critval,
    resample_na = FALSE)``, ``psychant``. Source: Meade & Craig (2012), *Psychol. Methods* 17, 437–455.

    Examples
    --------
    >>> answers = [[1, 1, 2, 2, 3, 3], [4, 4, 2, 2, 1, 1], [2, 2, 5, 5, 4, 5], [5, 4, 1, 1, 2, 4]]
    >>> psychometric_synonyms(answers, minimum_correlation=0.7).round(3).tolist()
    [0.791, 0.91, 0.783, 0.753]
    """
    values = as_items(items).values
    correlations = np.tril(_item_correlations(values), -1)
    is_pair = correlations < -minimum_correlation if antonyms else correlations > minimum_correlation
    later, earlier = np.nonzero(is_pair)
    if len(later) < MINIMUM_PAIRS:
        raise NotEstimable(
            Message(
                "Only {n_pairs} pairs of items correlate beyond {limit}; at least 3 are needed.",
                n_pairs=len(later),
                limit=-minimum_correlation if antonyms else minimum_correlation,
            ),
            n=len(values),
        )
    return _row_correlations(values[:, later], values[:, earlier])


def _columns_of(items: Items, dimensions: Mapping[str, Sequence[str]] | Sequence[int]) -> list[list[int]]:
    if isinstance(dimensions, Mapping):
        unknown = [name for names in dimensions.values() for name in names if name not in items.names]
        if unknown:
            raise InvalidArgument(f"items has no column {', '.join(map(repr, unknown))}.")
        return [[items.names.index(name) for name in names] for names in dimensions.values()]
    if sum(dimensions) != len(items.names):
        raise InvalidArgument(
            f"The sizes of the dimensions add up to {sum(dimensions)}, but there are {len(items.names)} items."
        )
    ends = np.cumsum(dimensions)
    return [list(range(end - size, end)) for size, end in zip(dimensions, ends, strict=True)]


def _row_means(values: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    present = ~np.isnan(values)
    count = present.sum(axis=1)
    means: NDArray[np.float64] = np.where(present, values, 0.0).sum(axis=1) / np.maximum(count, 1)
    means[count == 0] = np.nan
    return means


def _row_correlations(first: NDArray[np.floating[Any]], second: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    both = ~(np.isnan(first) | np.isnan(second))
    count = np.maximum(both.sum(axis=1), 1)[:, None]
    one, two = np.where(both, first, 0.0), np.where(both, second, 0.0)
    size_one, size_two = (one**2).sum(axis=1), (two**2).sum(axis=1)
    one = np.where(both, one - one.sum(axis=1, keepdims=True) / count, 0.0)
    two = np.where(both, two - two.sum(axis=1, keepdims=True) / count, 0.0)
    spread_one, spread_two = (one**2).sum(axis=1), (two**2).sum(axis=1)
    defined = (
        (both.sum(axis=1) >= MINIMUM_PAIRS) & (spread_one > ROUNDING * size_one) & (spread_two > ROUNDING * size_two)
    )
    correlation = np.full(len(first), np.nan)
    np.divide((one * two).sum(axis=1), np.sqrt(spread_one * spread_two), out=correlation, where=defined)
    clipped: NDArray[np.float64] = np.clip(correlation, -1.0, 1.0)
    return clipped


def _item_correlations(values: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Pearson correlations over the pairs of answers at hand; 0 where an item does not vary over them."""
    # About the middle of each item, so that the sums of squares do not cancel
    present = ~np.isnan(values)
    centre = np.where(present, values, 0.0).sum(axis=0) / np.maximum(present.sum(axis=0), 1)
    centred, is_there = np.where(present, values - centre, 0.0), present.astype(float)
    count = np.maximum(is_there.T @ is_there, 1.0)
    sums = centred.T @ is_there
    squares = (centred**2).T @ is_there - sums**2 / count
    products = centred.T @ centred - sums * sums.T / count
    scale = np.sqrt(np.maximum(squares * squares.T, 0.0))
    defined = (squares > ROUNDING * count) & (ROUNDING * count < squares.T)
    correlations: NDArray[np.float64] = np.divide(products, scale, out=np.zeros_like(products), where=defined)
    return correlations
