"""What every factor model starts from: moments of complete rows, refused where they carry no correlations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.moments import Moments, as_moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Smallest eigenvalue of a correlation matrix that still counts as regular; rounding leaves about 1e-15.
SMALLEST_EIGENVALUE = 1e-10


def varying_moments(source: object, columns: Sequence[str] | None = None, *, argument: str = "items") -> Moments:
    """Moments of the rows that are complete in some columns, every one of which varies.

    Parameters
    ----------
    source
        Answers of shape (n_respondents, n_items), a frame that may have other columns as well, or `Moments`.
    columns
        Names of the columns to use, in this order; all when None. Only these decide which rows are complete, except
        with `Moments`, whose rows are already chosen.
    argument
        What the caller calls the source.

    Raises
    ------
    InvalidArgument
        A column that does not exist.
    NotEstimable
        Fewer than two complete rows, or a column without variance.
    """
    if columns is None:
        moments = as_moments(source)
    elif isinstance(source, Moments):
        _refuse_unknown(columns, source.names, argument)
        moments = source.select(columns)
    else:
        moments = replace(Moments.of(select_columns(source, columns, argument=argument)), names=tuple(columns))
    if moments.n < 2:  # a covariance needs two rows
        raise NotEstimable(Message("Only {n} complete rows; at least 2 are needed.", n=moments.n), n=moments.n)
    if moments.constant:
        raise NotEstimable(
            Message("Everybody answered the same on {items}.", items=", ".join(moments.constant)), n=moments.n
        )
    return moments


def select_columns(source: Any, columns: Sequence[str], *, argument: str = "items") -> object:
    """Return the values of named columns of a frame, or of an array whose columns are called ``"1"`` … ``"k"``."""
    labels = getattr(source, "columns", None)
    if labels is not None:
        by_name = {str(label): label for label in labels}
        _refuse_unknown(columns, tuple(by_name), argument)
        return source[[by_name[column] for column in columns]]
    array = np.asarray(source)
    names = tuple(map(str, range(1, array.shape[1] + 1))) if array.ndim > 1 else ()
    _refuse_unknown(columns, names, argument)
    return array[:, [names.index(column) for column in columns]]


def regular_correlation(moments: Moments) -> NDArray[np.float64]:
    """Return the correlation matrix, refused where it is singular.

    Raises
    ------
    NotEstimable
        Items that determine each other, or not more respondents than items.
    """
    correlation = moments.correlation
    if np.linalg.eigvalsh(correlation)[0] > SMALLEST_EIGENVALUE:
        return correlation
    if moments.n <= moments.n_items:
        raise NotEstimable(
            Message(
                "{n} complete respondents for {n_items} items: there must be more respondents than items.",
                n=moments.n,
                n_items=moments.n_items,
            ),
            n=moments.n,
        )
    rows, columns = np.nonzero(np.triu(np.abs(correlation) > 1 - SMALLEST_EIGENVALUE, 1))
    if len(rows):
        raise NotEstimable(
            Message(
                "{first} and {second} correlate perfectly; leave one of them out.",
                first=moments.names[rows[0]],
                second=moments.names[columns[0]],
            ),
            n=moments.n,
        )
    raise NotEstimable(
        Message("The correlation matrix is singular: some items are exact combinations of others; leave them out."),
        n=moments.n,
    )


def correlation_of(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale a covariance matrix with positive variances to correlations."""
    sd = np.sqrt(np.diag(covariance))
    correlation: NDArray[np.float64] = covariance / np.outer(sd, sd)
    return correlation


def _refuse_unknown(columns: Sequence[str], names: Sequence[str], argument: str) -> None:
    unknown = [column for column in columns if column not in names]
    if unknown:
        raise InvalidArgument(
            f"{argument} has no column {', '.join(map(repr, unknown))}; its columns are {', '.join(names)}."
        )
