"""Maximum likelihood of normal data under covariance structures, in one group or several.

Fisher scoring at first, then Newton steps, with analytic first and second derivatives; damped where a full step would
not improve the likelihood. All of it needs no more than means and covariances of each group.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from servq.errors import NotEstimable
from servq.messages import Message
from servq.statistics.covariance_curvature import curvature_term
from servq.statistics.covariance_structure import CovarianceStructure, Matrices

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_ITERATIONS = 200
#: Steps by the expected information before those by the second derivatives, which need a place near the maximum.
SCORING_ITERATIONS = 8
#: Expected gain in discrepancy that ends the iterations: parameters are then within about 1e-9 standard errors · √n.
CONVERGED_GAIN = 1e-18
#: Rise of the discrepancy that is rounding and no rise.
ROUNDING = 1e-13
FIRST_DAMPING = 1e-3
LARGEST_DAMPING = 1e12


class Group(NamedTuple):
    """Structure and sample of one group; the covariance has the divisor n."""

    structure: CovarianceStructure
    n: int
    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]


class MaximumLikelihood(NamedTuple):
    """Where the search ended.

    `discrepancy` is twice the log-likelihood ratio per respondent against the saturated model, `information` the
    expected information of the whole sample about the parameters.
    """

    parameters: NDArray[np.float64]
    discrepancy: float
    information: NDArray[np.float64]
    converged: bool
    n_iterations: int


class _Local(NamedTuple):
    discrepancy: float
    gradient: NDArray[np.float64]
    expected: NDArray[np.float64]


class _Pieces(NamedTuple):
    """What derivatives of one group are made of."""

    matrices: Matrices
    precision: NDArray[np.float64]
    distance: NDArray[np.float64]
    target: NDArray[np.float64]
    discrepancy: float


def maximise_likelihood(groups: Sequence[Group], start: NDArray[np.float64]) -> MaximumLikelihood:
    """Fit all groups at once, from starting values at which every implied covariance matrix is positive definite.

    Raises
    ------
    NotEstimable
        One of them is not.
    """
    n = sum(group.n for group in groups)
    parameters = start
    here = _local(groups, parameters, n)
    if here is None:
        raise NotEstimable(Message("There is no place to start the search for this model from."), n=n)
    damping = 0.0
    curvature = here.expected
    for iteration in range(MAX_ITERATIONS):
        step = _damped_step(here, curvature, damping)
        if damping == 0 and step is not None and -here.gradient @ step < CONVERGED_GAIN:
            return _finished(parameters, here, n, converged=True, n_iterations=iteration)
        moved = parameters if step is None else parameters + step
        there = None if step is None else _local(groups, moved, n)
        if there is not None and there.discrepancy <= here.discrepancy + ROUNDING * (1 + abs(here.discrepancy)):
            parameters, here = moved, there
            curvature = (
                here.expected if iteration < SCORING_ITERATIONS else _best_curvature(groups, parameters, n, here)
            )
            damping = damping / 10 if damping > FIRST_DAMPING else 0.0
        else:
            damping = max(10 * damping, FIRST_DAMPING)
            if damping > LARGEST_DAMPING:
                break
    return _finished(parameters, here, n, converged=False, n_iterations=iteration + 1)


def _finished(
    parameters: NDArray[np.float64], here: _Local, n: int, *, converged: bool, n_iterations: int
) -> MaximumLikelihood:
    return MaximumLikelihood(parameters, here.discrepancy, here.expected * (n / 2), converged, n_iterations)


def _damped_step(here: _Local, curvature: NDArray[np.float64], damping: float) -> NDArray[np.float64] | None:
    damped = curvature + damping * np.diag(np.diag(here.expected))
    try:
        return -np.linalg.solve(damped, here.gradient).astype(np.float64, copy=False)
    except np.linalg.LinAlgError:
        return None


def _best_curvature(
    groups: Sequence[Group], parameters: NDArray[np.float64], n: int, here: _Local
) -> NDArray[np.float64]:
    """Return the second derivatives where they are positive definite, the expected ones elsewhere."""
    observed = np.zeros_like(here.expected)
    for group in groups:
        pieces = _pieces(group, parameters)
        if pieces is None:
            return here.expected
        assignment = group.structure.assignment(len(parameters))
        observed += group.n / n * (assignment.T @ _observed_of_group(group.structure, pieces) @ assignment)
    try:
        np.linalg.cholesky(observed)
    except np.linalg.LinAlgError:
        return here.expected
    return observed


def _local(groups: Sequence[Group], parameters: NDArray[np.float64], n: int) -> _Local | None:
    discrepancy = 0.0
    gradient = np.zeros(len(parameters))
    expected = np.zeros((len(parameters), len(parameters)))
    for group in groups:
        pieces = _pieces(group, parameters)
        if pieces is None:
            return None
        assignment = group.structure.assignment(len(parameters))
        group_gradient, group_expected = _expected_of_group(group.structure, pieces)
        share = group.n / n
        discrepancy += share * pieces.discrepancy
        gradient += share * (assignment.T @ group_gradient)
        expected += share * (assignment.T @ group_expected @ assignment)
    return _Local(discrepancy, gradient, expected)


def _pieces(group: Group, parameters: NDArray[np.float64]) -> _Pieces | None:
    """Discrepancy ln|Σ| + tr(Σ⁻¹S) − ln|S| − p + dᵀΣ⁻¹d with d = m − μ; None where Σ is not positive definite."""
    matrices = group.structure.matrices(parameters)
    covariance = matrices.covariance
    try:
        root = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        return None
    precision = np.linalg.inv(covariance).astype(np.float64, copy=False)
    distance = group.mean - matrices.mean if group.structure.has_means else np.zeros_like(group.mean)
    target = group.covariance + np.outer(distance, distance)
    discrepancy = (
        2 * float(np.log(np.diag(root)).sum())
        + float((precision * target).sum())
        - float(np.linalg.slogdet(group.covariance)[1])
        - len(covariance)
    )
    return _Pieces(matrices, precision, distance, target, discrepancy)


def _expected_of_group(
    structure: CovarianceStructure, pieces: _Pieces
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gradient of the discrepancy and expected second derivatives."""
    precision = pieces.precision
    left, right, scale, mean = structure.derivatives(pieces.matrices)
    slope = precision - precision @ pieces.target @ precision
    weighted_mean = mean @ precision
    gradient = 2 * scale * ((left @ slope) * right).sum(axis=1) - 2 * weighted_mean @ pieces.distance
    expected = np.outer(scale, scale) * _product_traces(left, right, precision, precision)
    return gradient, expected + 2 * weighted_mean @ mean.T


def _observed_of_group(structure: CovarianceStructure, pieces: _Pieces) -> NDArray[np.float64]:
    """Second derivatives of the discrepancy."""
    precision = pieces.precision
    left, right, scale, mean = structure.derivatives(pieces.matrices)
    weighted_target = precision @ pieces.target @ precision
    pull = precision @ pieces.distance
    traces = 2 * _product_traces(left, right, precision, weighted_target)
    traces -= _product_traces(left, right, precision, precision)
    bent = scale[:, None] * ((right @ pull)[:, None] * left + (left @ pull)[:, None] * right)
    across = 2 * bent @ precision @ mean.T
    observed = np.outer(scale, scale) * traces + across + across.T + 2 * mean @ precision @ mean.T
    observed += curvature_term(structure, pieces.matrices, precision - weighted_target, pull)
    symmetric: NDArray[np.float64] = (observed + observed.T) / 2
    return symmetric


def _product_traces(
    left: NDArray[np.float64], right: NDArray[np.float64], first: NDArray[np.float64], second: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Symmetric part of tr(Σᵢ first Σⱼ second) for Σᵢ = left rightᵀ + right leftᵀ of every pair of rows."""
    left_left, right_right = left @ first @ left.T, right @ first @ right.T
    left_right = left @ first @ right.T
    other_left_right = left @ second @ right.T
    traces = (
        left_right.T * other_left_right
        + right_right * (left @ second @ left.T)
        + left_left * (right @ second @ right.T)
        + left_right * other_left_right.T
    )
    symmetric: NDArray[np.float64] = (traces + traces.T) / 2
    return symmetric
