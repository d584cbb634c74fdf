"""From outer weights to loadings, path coefficients, effects and R², for many samples at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from servq.statistics.paths_diagram import PathDiagram
from servq.statistics.pls_weights import own_correlations, score_correlations, solved

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


class PathNumbers(NamedTuple):
    """What a path model says; first axis of every array: samples.

    Parameters
    ----------
    weights, loadings
        Shape (n_samples, n_indicators).
    direct, indirect, total
        Effect of construct i on construct j at [:, i, j].
    r_squared
        Shape (n_samples, n_constructs); 0 where nothing leads to a construct.
    """

    weights: Array
    loadings: Array
    direct: Array
    indirect: Array
    total: Array
    r_squared: Array


class Structure(NamedTuple):
    """`PathNumbers` with what they were computed from.

    Parameters
    ----------
    numbers
        The model.
    correlations
        Between the constructs, shape (n_samples, n_constructs, n_constructs); corrected for measurement error in
        consistent partial least squares.
    rho_a
        Reliability of each construct's score, shape (n_samples, n_constructs); 1 where it is taken as free of error,
        NaN where it cannot be computed.
    collinear
        Explained constructs whose predecessors determine each other, same shape.
    uncorrectable
        Constructs whose reliability is not positive, in consistent partial least squares; same shape.
    """

    numbers: PathNumbers
    correlations: Array
    rho_a: Array
    collinear: NDArray[np.bool_]
    uncorrectable: NDArray[np.bool_]

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Samples that gave a whole model."""
        failed = np.logical_or(self.collinear, self.uncorrectable)
        return np.asarray(~failed.any(axis=1))


def structure(diagram: PathDiagram, correlations: Array, weights: Array, *, consistent: bool) -> Structure:
    """Regress each explained construct on those that lead to it.

    Parameters
    ----------
    diagram
        The model.
    correlations
        Of the indicators, shape (n_samples, n_indicators, n_indicators).
    weights
        Outer weights found for them, shape (n_samples, n_indicators).
    consistent
        Correct loadings and correlations of reflective constructs by rho_A (Dijkstra & Henseler 2015).
    """
    between = score_correlations(diagram, correlations, weights)
    loadings = own_correlations(diagram, correlations, weights)
    rho_a = reliability(diagram, weights)
    uncorrectable = np.zeros(rho_a.shape, dtype=bool)
    if consistent:
        uncorrectable = np.isnan(rho_a) | (rho_a <= 0)
        root = np.sqrt(np.where(uncorrectable, 1.0, rho_a))
        between = between / (root[:, :, None] * root[:, None, :])
        np.einsum("skk->sk", between)[:] = 1.0
        loadings = _consistent_loadings(diagram, weights, loadings, root)
    direct, r_squared, collinear = _regressions(diagram, between)
    total = _total_effects(direct)
    numbers = PathNumbers(weights, loadings, direct, total - direct, total, r_squared)
    return Structure(numbers, between, rho_a, collinear, uncorrectable)


def reliability(diagram: PathDiagram, weights: Array) -> Array:
    """rho_A of each construct from the weights that give its score a variance of 1.

    With such weights w, w'Rw = 1 and the formula (w'w)² · w'(R − I)w / w'(ww' − diag ww')w needs w alone.
    """
    squares = weights**2 @ diagram.membership
    fourths = weights**4 @ diagram.membership
    spread = squares**2 - fourths
    with np.errstate(divide="ignore", invalid="ignore"):
        rho = np.where(spread > 0, squares**2 * (1 - squares) / spread, np.nan)
    computed: Array = np.where(diagram.reflective, rho, 1.0)
    return computed


def _consistent_loadings(diagram: PathDiagram, weights: Array, loadings: Array, root: Array) -> Array:
    squares = weights**2 @ diagram.membership
    factor = np.divide(root, squares, out=np.zeros_like(root), where=squares > 0)[:, diagram.construct_of]
    corrected: Array = np.where(diagram.reflective[diagram.construct_of], weights * factor, loadings)
    return corrected


def _regressions(diagram: PathDiagram, between: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    direct = np.zeros_like(between)
    r_squared = np.zeros(between.shape[:2])
    collinear = np.zeros(between.shape[:2], dtype=bool)
    for target, sources in diagram.predecessors.items():
        right = between[:, sources, target]
        coefficients, regular = solved(between[:, sources[:, None], sources], right)
        direct[:, sources, target] = coefficients
        r_squared[:, target] = (coefficients * right).sum(axis=1)
        collinear[:, target] = ~regular
    return direct, r_squared, collinear


def _total_effects(direct: Array) -> Array:
    """Sum over all routes: without circles, the powers of the direct effects end."""
    total, routes = direct.copy(), direct
    while routes.any():
        routes = routes @ direct
        total += routes
    return total
