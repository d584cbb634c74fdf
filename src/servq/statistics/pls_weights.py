"""Outer weights by partial least squares, for many correlation matrices at once.

Only correlations are looked at, never respondents: a bootstrap sample costs as much as its correlation matrix.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from servq.errors import InvalidArgument
from servq.statistics.correlations import SMALLEST_EIGENVALUE
from servq.statistics.paths_diagram import PathDiagram

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Scheme = Literal["centroid", "factorial", "path"]

#: Covariances and variances of standardised variables below this are rounding.
NOTHING = 1e-12


@dataclass(frozen=True, kw_only=True)
class Search:
    """How the weights are searched for.

    Parameters
    ----------
    scheme
        How neighbouring constructs are weighted.
    tolerance
        Largest change of a standardised weight at which the search ends.
    max_iterations
        Steps after which it is given up.
    """

    scheme: Scheme
    tolerance: float
    max_iterations: int

    def __post_init__(self) -> None:
        """Refuse what no search can mean."""
        if self.scheme not in get_args(Scheme):
            raise InvalidArgument(f'scheme must be "centroid", "factorial" or "path"; it is {self.scheme!r}.')
        if not 0 < self.tolerance < 1:
            raise InvalidArgument(f"tolerance must lie between 0 and 1; it is {self.tolerance}.")
        if self.max_iterations < 1:
            raise InvalidArgument(f"max_iterations must be at least 1; it is {self.max_iterations}.")


@dataclass(frozen=True)
class OuterWeights:
    """Weights of standardised items that give each construct's score a variance of 1; first axis: samples.

    Parameters
    ----------
    weights
        Shape (n_samples, n_indicators). A construct's loadings add up to a positive number.
    flat
        Constructs whose score came out without variance, shape (n_samples, n_constructs).
    collinear
        Constructs whose items (mode B) or predecessors (path scheme) determine each other, same shape.
    converged, n_iterations
        How the search ended, shape (n_samples,).
    """

    weights: Array
    flat: NDArray[np.bool_]
    collinear: NDArray[np.bool_]
    converged: NDArray[np.bool_]
    n_iterations: NDArray[np.intp]

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Samples that gave weights."""
        usable: NDArray[np.bool_] = self.converged & ~self.flat.any(axis=1) & ~self.collinear.any(axis=1)
        return usable


def outer_weights(diagram: PathDiagram, correlations: Array, variances: Array, search: Search) -> OuterWeights:
    """Alternate between scores of the constructs and proxies made of their neighbours until the weights stay.

    Parameters
    ----------
    diagram
        The model.
    correlations
        Of the indicators, shape (n_samples, n_indicators, n_indicators).
    variances
        Of the indicators, shape (n_samples, n_indicators): ones when items are standardised. An item of mode A counts
        by its variance, which is what partial least squares on unstandardised items comes to.
    search
        Scheme and stopping rule.

    Notes
    -----
    The start gives every item of a block the same weight. Proxies are sums of the neighbours' scores, weighted by the
    sign of their correlation (centroid), by the correlation (factorial), or (path) by the regression coefficient of a
    predecessor and the correlation of a successor. New weights are the items' covariances with the proxy (mode A) or
    the coefficients of its regression on the items (mode B).
    """
    n_samples, n_constructs = len(correlations), len(diagram.constructs)
    flat = np.zeros((n_samples, n_constructs), dtype=bool)
    collinear = np.zeros((n_samples, n_constructs), dtype=bool)
    converged = np.zeros(n_samples, dtype=bool)
    n_iterations = np.zeros(n_samples, dtype=np.intp)
    for block in diagram.formed:
        collinear[:, diagram.construct_of[block[0]]] = ~_regular(correlations[:, block[:, None], block])
    weights, flat_start = _scaled(diagram, correlations, np.sqrt(variances))
    flat |= flat_start
    active = np.flatnonzero(~flat.any(axis=1) & ~collinear.any(axis=1))
    for _ in range(search.max_iterations):
        if len(active) == 0:
            break
        between = correlations[active] if len(active) < n_samples else correlations
        new, flat[active], collinear[active] = _step(diagram, between, variances[active], weights[active], search)
        change = np.abs(np.abs(new) - np.abs(weights[active])).max(axis=1)
        weights[active] = new
        n_iterations[active] += 1
        lost = flat[active].any(axis=1) | collinear[active].any(axis=1)
        converged[active] = ~lost & (change <= search.tolerance)
        active = active[~lost & ~converged[active]]
    return OuterWeights(_oriented(diagram, correlations, weights), flat, collinear, converged, n_iterations)


def in_columns(diagram: PathDiagram, weights: Array) -> Array:
    """Spread weights over the columns of their constructs, shape (n_samples, n_indicators, n_constructs)."""
    return weights[:, :, None] * diagram.membership


def score_correlations(diagram: PathDiagram, correlations: Array, weights: Array) -> Array:
    """Correlations of the constructs' scores, shape (n_samples, n_constructs, n_constructs)."""
    columns = in_columns(diagram, weights)
    between: Array = columns.transpose(0, 2, 1) @ correlations @ columns
    return between


def own_correlations(diagram: PathDiagram, correlations: Array, weights: Array) -> Array:
    """Correlation of each indicator with the score of its own construct, shape (n_samples, n_indicators)."""
    own: Array = ((correlations @ in_columns(diagram, weights)) * diagram.membership).sum(axis=2)
    return own


def solved(matrices: Array, right: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Solve many small symmetric systems; zeros, and False, where a matrix is singular.

    Parameters
    ----------
    matrices, right
        Shapes (n_samples, k, k) and (n_samples, k).
    """
    regular = _regular(matrices)
    safe = np.where(regular[:, None, None], matrices, np.eye(matrices.shape[1]))
    solution = np.linalg.solve(safe, right[:, :, None])[:, :, 0]
    return np.where(regular[:, None], solution, 0.0), regular


def _regular(matrices: Array) -> NDArray[np.bool_]:
    """Whether no eigenvalue is 0; corrected correlations may have negative ones and still be solved."""
    regular: NDArray[np.bool_] = np.abs(np.linalg.eigvalsh(matrices)).min(axis=1) > SMALLEST_EIGENVALUE
    return regular


def _step(
    diagram: PathDiagram, correlations: Array, variances: Array, weights: Array, search: Search
) -> tuple[Array, NDArray[np.bool_], NDArray[np.bool_]]:
    columns = in_columns(diagram, weights)
    with_scores = correlations @ columns
    inner, collinear = _inner_weights(diagram, columns.transpose(0, 2, 1) @ with_scores, search.scheme)
    with_proxy = ((with_scores @ inner) * diagram.membership).sum(axis=2)
    new = with_proxy * variances
    for block in diagram.formed:  # seen to be regular before the search began
        new[:, block], _ = solved(correlations[:, block[:, None], block], with_proxy[:, block])
    scaled, flat = _scaled(diagram, correlations, new)
    return scaled, flat, collinear


def _inner_weights(diagram: PathDiagram, between: Array, scheme: Scheme) -> tuple[Array, NDArray[np.bool_]]:
    """Weights of the constructs (rows) in the proxies (columns), given the correlations between their scores."""
    collinear = np.zeros(between.shape[:2], dtype=bool)
    neighbours = diagram.arrows | diagram.arrows.T
    if scheme == "centroid":
        return np.sign(between) * neighbours, collinear
    inner = between * neighbours
    if scheme == "path":
        for target, sources in diagram.predecessors.items():
            inner[:, sources, target], regular = solved(
                between[:, sources[:, None], sources], inner[:, sources, target]
            )
            collinear[:, target] = ~regular
    return inner, collinear


def _scaled(diagram: PathDiagram, correlations: Array, weights: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Weights that give each score a variance of 1, and which scores have none."""
    largest = np.stack([np.abs(weights[:, members]).max(axis=1) for members in diagram.membership.T > 0], axis=1)
    relative = weights / np.where(largest > NOTHING, largest, 1.0)[:, diagram.construct_of]
    variance = np.einsum("skk->sk", score_correlations(diagram, correlations, relative))
    flat = (largest <= NOTHING) | (variance <= NOTHING)
    return relative / np.sqrt(np.where(flat, 1.0, variance))[:, diagram.construct_of], flat


def _oriented(diagram: PathDiagram, correlations: Array, weights: Array) -> Array:
    """Weights with the sign that makes a construct's loadings add up to a positive number."""
    direction = own_correlations(diagram, correlations, weights) @ diagram.membership
    return weights * np.where(direction < 0, -1.0, 1.0)[:, diagram.construct_of]
