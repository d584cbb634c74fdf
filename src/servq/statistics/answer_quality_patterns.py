"""Careless answering that shows in a respondent's own answers and time: runs, spread, speed.

Every index has the shape (n_respondents,) and is NaN where a respondent's answers do not carry it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from servq.errors import InvalidArgument
from servq.statistics.matrix import as_items, as_vector

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Seconds per item below which nobody can have read it (Huang et al. 2012).
SECONDS_PER_ITEM = 2.0


def longstring(items: object, *, average: bool = False) -> NDArray[np.float64]:
    """Longest run of identical answers in a row, in the order in which the items were asked.

    Parameters
    ----------
    items
        Shape (n_respondents, n_items), as answered (not reversed). A missing answer neither breaks nor lengthens a run.
    average
        The mean length of all runs instead of the longest.

    Returns
    -------
    numpy.ndarray
        NaN for a respondent without answers.

    Raises
    ------
    InvalidArgument
        The items are no table of numbers.

    Notes
    -----
    R equivalent: ``careless::longstring(items, avg = TRUE)``. Source: Johnson (2005), *J. Res. Pers.* 39, 103–129.

    Examples
    --------
    >>> longstring([[3, 3, 3, 4], [1, 2, 1, 2]]).tolist()
    [3.0, 1.0]
    """
    values = as_items(items).values
    n = len(values)
    last, run, longest, runs, answered = np.full(n, np.nan), np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    for column in values.T:
        present = ~np.isnan(column)
        continues = present & (column == last)
        run = np.where(continues, run + 1, np.where(present, 1.0, run))
        runs += present & ~continues
        answered += present
        last = np.where(present, column, last)
        longest = np.maximum(longest, run)
    index = answered / np.maximum(runs, 1) if average else longest
    index[answered == 0] = np.nan
    return index


def intra_individual_variability(items: object) -> NDArray[np.float64]:
    """Standard deviation (n − 1 divisor) of a respondent's answers, in points of the response scale.

    Parameters
    ----------
    items
        Shape (n_respondents, n_items); NaN is left out.

    Returns
    -------
    numpy.ndarray
        NaN with fewer than two answers. Very low: straight-lining; very high: random answers.

    Raises
    ------
    InvalidArgument
        The items are no table of numbers.

    Notes
    -----
    R equivalent: ``careless::irv(items)``. Source: Dunn et al. (2018), *J. Bus. Psychol.* 33, 105–121.

    Examples
    --------
    >>> intra_individual_variability([[3, 3, 3], [1, 3, 5]]).tolist()
    [0.0, 2.0]
    """
    values = as_items(items).values
    present = ~np.isnan(values)
    count = present.sum(axis=1)
    filled = np.where(present, values, 0.0)
    mean = filled.sum(axis=1) / np.maximum(count, 1)
    squares = (np.where(present, values - mean[:, None], 0.0) ** 2).sum(axis=1)
    squares[count < 2] = np.nan  # a spread needs two answers
    spread: NDArray[np.float64] = np.sqrt(squares / np.maximum(count - 1, 1))
    return spread


def speeding(seconds: object, n_items: int, *, seconds_per_item: float = SECONDS_PER_ITEM) -> NDArray[np.bool_]:
    """Whether a respondent was faster than anybody can read.

    Parameters
    ----------
    seconds
        Shape (n_respondents,): time spent on the items; NaN where it was not recorded.
    n_items
        Items asked in that time.
    seconds_per_item
        The limit.

    Returns
    -------
    numpy.ndarray
        True below the limit; False where no time was recorded.

    Raises
    ------
    InvalidArgument
        `n_items` below 1, or a negative time.

    Notes
    -----
    R equivalent: ``seconds < 2 * n_items``. Source: Huang et al. (2012), *J. Bus. Psychol.* 27, 99–114 (two seconds per
    item).

    Examples
    --------
    >>> speeding([30, 120], n_items=22).tolist()
    [True, False]
    """
    spent = as_vector(seconds, argument="seconds")
    if n_items < 1 or (spent < 0).any():
        raise InvalidArgument("n_items must be at least 1 and seconds must not be negative.")
    fast: NDArray[np.bool_] = spent < seconds_per_item * n_items
    return fast
