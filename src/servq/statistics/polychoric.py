"""Correlations of the continuous traits behind ordered answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.estimate import Estimate
from servq.statistics.matrix import BLOCK_ROWS, as_items, complete_rows
from servq.statistics.reliability import PERFECT, alpha_of, negative_caveats

MOST_POINTS = 20
"""Items with more distinct answers are no rating scales; Pearson's correlation suits them."""

LARGEST = 0.9999
"""Bound of a correlation whose likelihood rises up to ±1, as in polycor."""

INFINITY = 40.0
"""Where the normal distribution has ended in double precision."""

N_NODES = 64
TOLERANCE = 1e-10
MAX_STEPS = 60
TINY = 1e-300


@dataclass(frozen=True, eq=False, kw_only=True)
class PolychoricCorrelation:
    """Polychoric correlations and the thresholds behind them.

    Parameters
    ----------
    matrix
        Correlations, shape (n_items, n_items).
    thresholds
        For each item the cuts between its observed points on the standard normal scale.
    names
        Names of the items.
    n
        Respondents without a blank.
    method
        How they were estimated.
    caveats
        What a careful reader must know.
    """

    matrix: NDArray[np.float64]
    thresholds: tuple[NDArray[np.float64], ...]
    names: tuple[str, ...]
    n: int
    method: str = "polychoric correlation, two-step maximum likelihood"
    caveats: tuple[Message, ...] = ()


def polychoric_correlation(items: object) -> PolychoricCorrelation:
    """Polychoric correlations of ordered answers by the two-step method.

    Parameters
    ----------
    items
        Answers of shape (n_respondents, n_items), NaN where missing; list-wise. Each item has 2 to 20 distinct
        answers, whose order counts and not their distance.

    Returns
    -------
    PolychoricCorrelation
        Empty cells are not filled. Caveats name left-out respondents, pairs at the bound ±.9999 and a matrix that is
        not positive definite.

    Raises
    ------
    NotEstimable
        Fewer than two complete respondents or a constant item.
    InvalidArgument
        Fewer than two items, or one with more than 20 distinct answers.

    Notes
    -----
    Thresholds from the margins, then one correlation per pair by maximum likelihood; Olsson 1979, *Psychometrika* 44,
    443–460. R: ``polycor::polychor``, ``psych::polychoric(correct = 0)``.

    Examples
    --------
    >>> answers = [[1, 1], [1, 2], [2, 2], [2, 2], [2, 3], [3, 2], [3, 3], [3, 3]]
    >>> round(float(polychoric_correlation(answers).matrix[0, 1]), 3)
    0.82
    """
    values, names = as_items(items)
    if len(names) < 2:  # a correlation
        raise InvalidArgument("Correlations need at least two items.")
    complete = complete_rows(values)
    n = len(complete)
    if n < 2:  # a correlation
        raise NotEstimable(Message("Fewer than two respondents answered every item."), n=n)
    points = [np.unique(column) for column in complete.T]
    _check_points(points, names, n)
    tables = _tables(complete, points)
    margins = [
        np.array([(column == point).sum() for point in own]) for column, own in zip(complete.T, points, strict=True)
    ]
    thresholds = [ndtri(margin.cumsum()[:-1] / n) for margin in margins]
    first, second = np.triu_indices(len(names), 1)
    correlations = _maximise(_bordered(thresholds), tables, first, second)
    matrix = np.eye(len(names))
    matrix[first, second] = matrix[second, first] = correlations
    at_bound = [
        f"{names[i]}–{names[j]}" for i, j, r in zip(first, second, correlations, strict=True) if abs(r) >= LARGEST
    ]
    return PolychoricCorrelation(
        matrix=matrix,
        thresholds=tuple(thresholds),
        names=names,
        n=n,
        caveats=_caveats(matrix, at_bound, len(values) - n, len(values)),
    )


def ordinal_alpha(items: object) -> Estimate:
    """Alpha of the traits behind ordered answers: standardised alpha of the polychoric correlations.

    Parameters
    ----------
    items
        As for `polychoric_correlation`.

    Returns
    -------
    Estimate
        Without an interval. It tells how reliable the underlying continuous traits would be, not the observed sum.

    Raises
    ------
    NotEstimable
        As `polychoric_correlation`, or the traits cancel each other out.
    InvalidArgument
        As `polychoric_correlation`.

    Notes
    -----
    Zumbo, Gadermann & Zeisser 2007, *J. Mod. Appl. Stat. Methods* 6, 21–29.
    R: ``psych::alpha(psych::polychoric(x)$rho)``.

    Examples
    --------
    >>> round(ordinal_alpha([[1, 1], [1, 2], [2, 2], [2, 2], [2, 3], [3, 2], [3, 3], [3, 3]]).value, 3)
    0.901
    """
    found = polychoric_correlation(items)
    # A correlation at its bound stands for ±1, so this much of the sum may be the bound's doing.
    if found.matrix.sum() <= (1 - LARGEST) * found.matrix.size:
        raise NotEstimable(Message("The traits behind the items cancel each other out."), n=found.n)
    value = alpha_of(found.matrix)
    caveats = (*found.caveats, *negative_caveats(value))
    return Estimate(value=value, n=found.n, method="ordinal alpha (polychoric)", caveats=caveats)


def _check_points(points: list[NDArray[np.float64]], names: tuple[str, ...], n: int) -> None:
    constant = [name for name, own in zip(names, points, strict=True) if len(own) == 1]
    if constant:
        raise NotEstimable(Message("Everybody gave the same answer to: {items}.", items=", ".join(constant)), n=n)
    many = [name for name, own in zip(names, points, strict=True) if len(own) > MOST_POINTS]
    if many:
        raise InvalidArgument(
            f"More than {MOST_POINTS} distinct answers to: {', '.join(many)}. Use Pearson correlations for such items."
        )


def _tables(complete: NDArray[np.floating], points: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Cross-tables of every pair, shape (n_pairs, n_points, n_points), padded with empty points."""
    size = max(map(len, points))
    k = len(points)
    counts = np.zeros((k * size, k * size))
    for start in range(0, len(complete), BLOCK_ROWS):
        block = complete[start : start + BLOCK_ROWS]
        indicator = np.zeros((len(block), k, size), dtype=np.float32)
        for item, own in enumerate(points):
            indicator[np.arange(len(block)), item, np.searchsorted(own, block[:, item])] = 1
        flat = indicator.reshape(len(block), -1)
        counts += flat.T @ flat
    by_pair = counts.reshape(k, size, k, size).transpose(0, 2, 1, 3)
    tables: NDArray[np.float64] = by_pair[np.triu_indices(k, 1)]
    return tables


def _bordered(thresholds: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Thresholds between an effective −∞ and +∞, shape (n_items, n_points + 1); empty points have no width."""
    size = max(map(len, thresholds)) + 2
    bordered = np.full((len(thresholds), size), INFINITY)
    bordered[:, 0] = -INFINITY
    for row, own in zip(bordered, thresholds, strict=True):
        row[1 : len(own) + 1] = own
    return bordered


def _maximise(
    borders: NDArray[np.float64], tables: NDArray[np.float64], first: NDArray[np.intp], second: NDArray[np.intp]
) -> NDArray[np.float64]:
    rows, columns = borders[first][:, :, np.newaxis], borders[second][:, np.newaxis, :]
    correlations = np.zeros(len(first))
    pending = np.arange(len(first))
    for _ in range(MAX_STEPS):
        slope, information = _slope(rows[pending], columns[pending], tables[pending], correlations[pending])
        # Steps in arctanh(r) stay within the bounds and are nearly quadratic.
        shrink = 1 - correlations[pending] ** 2
        step = np.clip(slope / np.maximum(information * shrink, TINY), -1.0, 1.0)
        moved = np.tanh(np.arctanh(correlations[pending]) + step)
        moved = np.clip(moved, -LARGEST, LARGEST)
        settled = np.abs(moved - correlations[pending]) < TOLERANCE
        correlations[pending] = moved
        pending = pending[~settled]
        if not len(pending):
            break
    for pair in pending:
        correlations[pair] = _bisect(rows[pair], columns[pair], tables[pair])
    return correlations


def _bisect(row: NDArray[np.float64], column: NDArray[np.float64], table: NDArray[np.float64]) -> float:
    """Where the slope of the likelihood changes sign; for tables too sparse for scoring steps."""
    low, high = -LARGEST, LARGEST
    for _ in range(MAX_STEPS):
        middle = (low + high) / 2
        slope, _ = _slope(row[np.newaxis], column[np.newaxis], table[np.newaxis], np.array([middle]))
        low, high = (middle, high) if slope[0] > 0 else (low, middle)
    return (low + high) / 2


def _slope(
    rows: NDArray[np.float64],
    columns: NDArray[np.float64],
    tables: NDArray[np.float64],
    correlations: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Slope of the log-likelihood and its expected curvature, per pair."""
    r = correlations[:, np.newaxis, np.newaxis]
    probability = np.maximum(_cells(_normal_below(rows, columns, r)), TINY)
    rate = _cells(_density(rows, columns, r))
    slope = (tables * rate / probability).sum(axis=(1, 2))
    curvature = (np.where(probability > PERFECT, rate**2 / probability, 0.0)).sum(axis=(1, 2))
    return slope, tables.sum(axis=(1, 2)) * curvature


def _cells(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.diff(np.diff(corners, axis=1), axis=2)


def _density(x: NDArray[np.float64], y: NDArray[np.float64], r: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bivariate normal density, which is also the derivative of the distribution function by r."""
    rest = 1 - r**2
    return np.asarray(np.exp(-(x**2 - 2 * r * x * y + y**2) / (2 * rest)) / (2 * np.pi * np.sqrt(rest)))


def _normal_below(x: NDArray[np.float64], y: NDArray[np.float64], r: NDArray[np.float64]) -> NDArray[np.float64]:
    """P(X ≤ x, Y ≤ y): the independent case plus the density integrated from 0 to r (Drezner & Wesolowsky 1990)."""
    nodes, weights = np.polynomial.legendre.leggauss(N_NODES)
    reach = np.arcsin(r)
    total = np.zeros(np.broadcast_shapes(x.shape, y.shape))
    squares, product = x**2 + y**2, 2 * x * y
    for node, weight in zip(nodes, weights, strict=True):
        angle = reach * (node + 1) / 2
        total += weight * np.exp(-(squares - product * np.sin(angle)) / (2 * np.cos(angle) ** 2))
    return np.asarray(ndtr(x) * ndtr(y) + total * reach / (4 * np.pi))


def _caveats(
    matrix: NDArray[np.float64], at_bound: list[str], left_out: int, n_respondents: int
) -> tuple[Message, ...]:
    caveats = []
    if left_out:
        caveats.append(
            Message(
                "{left_out} of {n_respondents} respondents are left out because they skipped an item.",
                left_out=left_out,
                n_respondents=n_respondents,
            )
        )
    if at_bound:
        caveats.append(
            Message("The likelihood rises up to a correlation of ±1 for: {pairs}.", pairs=", ".join(at_bound))
        )
    if np.linalg.eigvalsh(matrix)[0] <= PERFECT * len(matrix):
        caveats.append(Message("The matrix is not positive definite; factor methods may not accept it."))
    return tuple(caveats)
