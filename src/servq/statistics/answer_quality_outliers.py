"""Respondents whose answers are unlike everybody else's: Mahalanobis distances and Guttman errors.

Every index has the shape (n_respondents,) and is NaN for a respondent with a missing answer. Reverse-keyed items must
have been reversed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import chdtrc

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.correlations import regular_correlation, varying_moments
from servq.statistics.matrix import BLOCK_ROWS, as_items
from servq.statistics.moments import Moments

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class MahalanobisDistance:
    """Squared distances from the mean of all answers, with the chance of a larger one under normality.

    Both have the shape (n_respondents,); NaN for a respondent with a missing answer.
    """

    squared: NDArray[np.float64]
    p_value: NDArray[np.float64]
    n: int
    df: int


def mahalanobis(items: object) -> MahalanobisDistance:
    """Squared Mahalanobis distance of every respondent's answers from the mean.

    Parameters
    ----------
    items
        Shape (n_respondents, n_items). Mean and covariance come from respondents without a missing answer.

    Raises
    ------
    NotEstimable
        Not more complete respondents than items, or a singular covariance (an item that is constant, or is determined
        by others).

    Notes
    -----
    R equivalent: ``mahalanobis(items, colMeans(items), cov(items))``, ``careless::mahad(items)``. Source: Mahalanobis
    (1936), *Proc. Natl. Inst. Sci. India* 2, 49–55; p < .001 is the usual mark.

    Examples
    --------
    >>> mahalanobis([[1, 2], [2, 1], [3, 4], [4, 3], [5, 1]]).squared.round(3).tolist()
    [1.624, 1.247, 1.906, 0.776, 2.447]
    """
    values, names = as_items(items)
    moments = varying_moments(Moments.of(values, columns=names))
    root = np.linalg.cholesky(regular_correlation(moments))
    complete = ~np.isnan(values).any(axis=1)
    standardised = (values[complete] - moments.mean) / moments.sd
    squared, p_value = np.full(len(values), np.nan), np.full(len(values), np.nan)
    squared[complete] = (solve_triangular(root, standardised.T, lower=True) ** 2).sum(axis=0)
    p_value[complete] = chdtrc(moments.n_items, squared[complete])
    return MahalanobisDistance(squared=squared, p_value=p_value, n=moments.n, df=moments.n_items)


def guttman_errors(items: object) -> NDArray[np.float64]:
    """How often a respondent takes a rarely taken step of an item but not one that more respondents take.

    Parameters
    ----------
    items
        Shape (n_respondents, n_items), whole points of one response scale, reverse-keyed items reversed.

    Returns
    -------
    numpy.ndarray
        Number of errors; NaN for a respondent with a missing answer. Steps that equally many respondents take are not
        held against each other.

    Raises
    ------
    InvalidArgument
        Answers that are not whole numbers.
    NotEstimable
        No respondent without missing answers.

    Notes
    -----
    R equivalent: ``mokken::check.errors(items)`` (which orders tied steps by item). Sources: Molenaar
    (1991), *Kwantitatieve Methoden* 12(37), 97–117; Zijlstra, Van der Ark & Sijtsma (2007), *Multivar. Behav. Res.* 42,
    531–555.

    Examples
    --------
    >>> guttman_errors([[1, 1, 0], [1, 0, 0], [1, 1, 1], [0, 0, 1], [1, 1, 0]]).tolist()
    [0.0, 0.0, 0.0, 2.0, 0.0]
    """
    values = as_items(items).values
    complete = ~np.isnan(values).any(axis=1)
    rows = values[complete]
    if not len(rows):
        raise NotEstimable(Message("Nobody answered all of the items."), n=0)
    if (rows != np.round(rows)).any():
        raise InvalidArgument("items must be whole points of a response scale.")
    low = rows.min()
    steps = np.arange(low + 1, rows.max() + 1)
    taken = np.array([(rows >= step).sum(axis=0) for step in steps]).reshape(len(steps), rows.shape[1])
    order = np.argsort(-taken.ravel(), kind="stable")
    step_of, item_of = steps[order // rows.shape[1]], order % rows.shape[1]
    starts = np.searchsorted(-taken.ravel()[order], -taken.ravel()[order], side="left")
    errors = np.full(len(values), np.nan)
    counted = np.empty(len(rows))
    for start in range(0, len(rows), BLOCK_ROWS):
        passed = rows[start : start + BLOCK_ROWS, item_of] >= step_of
        failed_before = np.zeros((len(passed), len(order) + 1))
        np.cumsum(~passed, axis=1, out=failed_before[:, 1:])
        counted[start : start + BLOCK_ROWS] = (passed * failed_before[:, starts]).sum(axis=1)
    errors[complete] = counted
    return errors
