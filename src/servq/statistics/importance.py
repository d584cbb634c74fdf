"""How much of an outcome's variance each driver accounts for: LMG shares and Johnson's relative weights.

Both split R² into non-negative parts that add up to it, also when drivers go together; LMG averages over every order
in which the drivers can enter, Johnson's weights approximate it at the price of one decomposition.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from servq.errors import InvalidArgument
from servq.messages import Message
from servq.statistics.least_squares import CompleteCases, complete_cases

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MOST_LMG_DRIVERS = 16
"""LMG fits every subset of the drivers: 65,536 at 16; beyond, Johnson's weights serve."""


@dataclass(frozen=True, kw_only=True)
class DriverImportance:
    """R² of an outcome split over its drivers.

    Parameters
    ----------
    shares
        Part of R² by driver; they add up to `r_squared`.
    relative
        The same as shares of R², adding up to 1.
    """

    n: int
    r_squared: float
    shares: dict[str, float]
    relative: dict[str, float]
    method: str
    caveats: tuple[Message, ...]


def lmg_importance(X: object, y: object) -> DriverImportance:  # noqa: N803 - the usual name
    """Split R² by the gain of each driver, averaged over every order of entry (LMG, Shapley).

    Parameters
    ----------
    X
        Drivers, shape (n_respondents, n_drivers), at most 16. Rows with a blank are left out.
    y
        Outcome, shape (n_respondents,).

    Raises
    ------
    InvalidArgument
        Lengths differ, or more than 16 drivers.
    NotEstimable
        Fewer respondents than drivers + 2, a constant driver or outcome, or drivers that determine one another.

    Notes
    -----
    R equivalent: ``relaimpo::calc.relimp(lm(y ~ X), type = "lmg")``. Source: Lindeman, Merenda & Gold (1980),
    *Introduction to Bivariate and Multivariate Analysis*; Grömping (2006), *J. Stat. Software* 17(1).

    Examples
    --------
    >>> result = lmg_importance([[1, 2], [2, 1], [3, 4], [4, 3], [5, 5], [6, 5]], [1, 2, 4, 4, 6, 6])
    >>> {name: round(share, 2) for name, share in result.relative.items()}
    {'1': 0.55, '2': 0.45}
    """
    cases = complete_cases(X, y)
    n_drivers = len(cases.names)
    if n_drivers > MOST_LMG_DRIVERS:
        raise InvalidArgument(f"lmg_importance takes at most {MOST_LMG_DRIVERS} drivers; use johnson_weights.")
    explained = _r_squared_of_subsets(cases)
    subsets = np.arange(len(explained))
    sizes = np.array([subset.bit_count() for subset in range(len(explained))])
    shares = np.empty(n_drivers)
    for driver in range(n_drivers):
        without = subsets[subsets & (1 << driver) == 0]
        gain = explained[without | (1 << driver)] - explained[without]
        orders = np.array([comb(n_drivers - 1, int(size)) for size in sizes[without]])
        shares[driver] = (gain / orders).sum() / n_drivers
    return _importance(cases, shares, "LMG (average over orders of entry)")


def johnson_weights(X: object, y: object) -> DriverImportance:  # noqa: N803 - the usual name
    """Split R² by Johnson's relative weights, through the orthogonal variables closest to the drivers.

    Parameters
    ----------
    X
        Drivers, shape (n_respondents, n_drivers). Rows with a blank are left out.
    y
        Outcome, shape (n_respondents,).

    Raises
    ------
    InvalidArgument
        Lengths differ.
    NotEstimable
        Fewer respondents than drivers + 2, a constant driver or outcome, or drivers that determine one another.

    Notes
    -----
    R equivalent: ``rwa::rwa``. Source: Johnson (2000), *Multivariate Behavioral Research* 35(1), 1–19.

    Examples
    --------
    >>> result = johnson_weights([[1, 2], [2, 1], [3, 4], [4, 3], [5, 5], [6, 5]], [1, 2, 4, 4, 6, 6])
    >>> {name: round(share, 2) for name, share in result.relative.items()}
    {'1': 0.55, '2': 0.45}
    """
    cases = complete_cases(X, y)
    correlation, with_outcome = _correlations(cases)
    eigenvalues, vectors = np.linalg.eigh(correlation)
    root = (vectors * np.sqrt(eigenvalues)) @ vectors.T
    orthogonal = np.linalg.solve(root, with_outcome)
    return _importance(cases, root**2 @ orthogonal**2, "Johnson's relative weights")


def _correlations(cases: CompleteCases) -> tuple[Array, Array]:
    """Correlations among the drivers, and of each driver with the outcome."""
    together = np.atleast_2d(np.corrcoef(np.column_stack([cases.x, cases.y]), rowvar=False))
    return together[:-1, :-1], together[:-1, -1]


def _r_squared_of_subsets(cases: CompleteCases) -> Array:
    """R² of the regression on every subset of the drivers; bit i of the index stands for driver i."""
    correlation, with_outcome = _correlations(cases)
    n_drivers = len(with_outcome)
    explained = np.zeros(1 << n_drivers)
    members = [np.flatnonzero([subset >> i & 1 for i in range(n_drivers)]) for subset in range(1 << n_drivers)]
    for size in range(1, n_drivers + 1):
        subsets = [subset for subset, inside in enumerate(members) if len(inside) == size]
        inside = np.array([members[subset] for subset in subsets])
        matrices = correlation[inside[:, :, None], inside[:, None, :]]
        right = with_outcome[inside]
        solved = np.linalg.solve(matrices, right[:, :, None])[:, :, 0]
        explained[subsets] = (solved * right).sum(axis=1)
    return explained


def _importance(cases: CompleteCases, shares: Array, method: str) -> DriverImportance:
    total = float(shares.sum())
    relative = shares / total if total > 0 else np.zeros_like(shares)
    return DriverImportance(
        n=len(cases.y),
        r_squared=total,
        shares=dict(zip(cases.names, map(float, shares), strict=True)),
        relative=dict(zip(cases.names, map(float, relative), strict=True)),
        method=method,
        caveats=cases.caveats,
    )
