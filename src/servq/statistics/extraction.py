"""Extraction of uncorrelated factors from a correlation matrix: minimum residuals, maximum likelihood, principal axis.

Each method looks for the unique variances Ψ, starting from 1 − squared multiple correlation; the loadings follow from
an eigenvalue problem. The searches end by the rules of R's psych package, because where a minimum is flat the last
digits of a loading depend on them: going on would move a unique variance by up to 1e-4.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Smallest unique variance that minres and ML may reach, as in R's psych and factanal.
SMALLEST_UNIQUENESS = 0.005
#: Relative decrease of the objective that ends the search, and its unit of steps: R's ``optim`` as psych calls it.
RELATIVE_DECREASE = 1e7 * np.finfo(float).eps
UNIT_STEP = 0.01
MAX_ITERATIONS = 1000
#: Sum of communality changes that ends the principal axis iterations.
PRINCIPAL_AXIS_TOLERANCE = 1e-8


class Extracted(NamedTuple):
    """Loadings of shape (n_items, n_factors), by falling eigenvalue, and how the search ended."""

    loadings: NDArray[np.float64]
    converged: bool
    is_heywood: bool


def minres(correlation: NDArray[np.float64], n_factors: int) -> Extracted:
    """Smallest sum of squared residual correlations (Harman & Jones 1966).

    R: ``psych::fa(fm = "minres")``.
    """

    def objective(uniqueness: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        reduced = correlation - np.diag(uniqueness)
        loadings = _leading_loadings(reduced, n_factors)
        residual = reduced - loadings @ loadings.T
        slope = -np.diag(residual)
        np.fill_diagonal(residual, 0.0)
        return float((residual**2).sum()), slope

    uniqueness, converged = _minimise(objective, correlation)
    return Extracted(_leading_loadings(correlation - np.diag(uniqueness), n_factors), converged, _at_bound(uniqueness))


def maximum_likelihood(correlation: NDArray[np.float64], n_factors: int) -> Extracted:
    """Largest likelihood of normal items (Jöreskog 1967). R: ``stats::factanal``, ``psych::fa(fm = "ml")``."""
    n_rest = len(correlation) - n_factors

    def objective(uniqueness: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scale = 1 / np.sqrt(uniqueness)
        values, vectors = np.linalg.eigh(correlation * np.outer(scale, scale))
        rest = np.maximum(values[:n_rest], np.finfo(float).tiny)
        slope = ((vectors[:, :n_rest] ** 2) @ (1 - rest)) / uniqueness
        return float((rest - np.log(rest) - 1).sum()), slope

    uniqueness, converged = _minimise(objective, correlation)
    scale = np.sqrt(uniqueness)
    values, vectors = np.linalg.eigh(correlation / np.outer(scale, scale))
    leading = np.sqrt(np.maximum(values[n_rest:] - 1, 0))
    loadings = (vectors[:, n_rest:] * leading * scale[:, None])[:, ::-1]
    return Extracted(loadings, converged, _at_bound(uniqueness))


def principal_axis(correlation: NDArray[np.float64], n_factors: int) -> Extracted:
    """Communalities put on the diagonal, starting from squared multiple correlations, until they repeat themselves.

    R: ``psych::fa(fm = "pa", min.err = 1e-8, max.iter = 1000)``. Communalities are not bounded; beyond one they are a
    Heywood case.
    """
    communalities = 1 - 1 / np.diag(np.linalg.inv(correlation))
    reduced = correlation.copy()
    for _ in range(MAX_ITERATIONS):
        np.fill_diagonal(reduced, communalities)
        loadings = _leading_loadings(reduced, n_factors)
        before, communalities = communalities, (loadings**2).sum(axis=1)
        if abs(communalities.sum() - before.sum()) < PRINCIPAL_AXIS_TOLERANCE:
            return Extracted(loadings, converged=True, is_heywood=bool(communalities.max() >= 1))
    return Extracted(loadings, converged=False, is_heywood=bool(communalities.max() >= 1))


EXTRACTIONS: dict[str, Callable[[NDArray[np.float64], int], Extracted]] = {
    "minres": minres,
    "ml": maximum_likelihood,
    "principal_axis": principal_axis,
}


def _minimise(
    objective: Callable[[NDArray[np.float64]], tuple[float, NDArray[np.float64]]], correlation: NDArray[np.float64]
) -> tuple[NDArray[np.float64], bool]:
    from scipy.optimize import minimize

    def in_steps(steps: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, slope = objective(steps * UNIT_STEP)
        return value, slope * UNIT_STEP

    low, high = SMALLEST_UNIQUENESS, 1.0
    start = np.clip(1 / np.diag(np.linalg.inv(correlation)), low, high)
    found = minimize(
        in_steps,
        start / UNIT_STEP,
        jac=True,
        method="L-BFGS-B",
        bounds=[(low / UNIT_STEP, high / UNIT_STEP)] * len(start),
        options={"maxcor": 5, "ftol": RELATIVE_DECREASE, "gtol": 0.0, "maxiter": MAX_ITERATIONS},
    )
    return found.x * UNIT_STEP, bool(found.success)


def _leading_loadings(matrix: NDArray[np.float64], n_factors: int) -> NDArray[np.float64]:
    values, vectors = np.linalg.eigh(matrix)
    loadings: NDArray[np.float64] = vectors[:, -n_factors:] * np.sqrt(np.maximum(values[-n_factors:], 0))
    return loadings[:, ::-1]


def _at_bound(uniqueness: NDArray[np.float64]) -> bool:
    return bool(uniqueness.min() <= SMALLEST_UNIQUENESS * (1 + 1e-9))
